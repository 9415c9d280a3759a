// Definitions: the words that every number rests on, and every column of every table.

import { h, visible } from "./dom";
import { plural } from "./numbers";
import type { Report } from "./report";

const WORDS: [string, string][] = [
  ["granted", "The dump lists the service or action. AWS lists what identity policies allow; resource policies, service control policies, permissions boundaries and session policies are not looked at."],
  ["access", "An attempt, permitted or denied, by API or console. For a group or policy only use through it counts."],
  ["as_of", "When the dump was made, or the date of --as-of. Ages are counted from then, never from today."],
  ["active", "Also “used”. There was an access, less than the threshold (“stale after”) before the dump."],
  ["stale", "There was an access, at least the threshold before the dump."],
  ["unused", "No document shows an access, and AWS was watching this permission of this entity for at least the threshold. It means: not within the days that were watched (observed_days); it does not mean: never in the entity's life."],
  ["unknown", "The evidence does not carry any of these; unknown_reason says why."],
  ["not listed", "An action that no row names is not tracked by AWS or not granted, and the dump does not say which. Data events (such as s3:GetObject), some reads and iam:PassRole are never tracked."],
  ["?", "In a comparison: the dumps of the entity do not show whether the permission is granted."],
  ["aws_controlled", "Service-linked roles, the roles of IAM Identity Center and AWS-managed policies cannot be edited in their account; this page leaves their rows out of every table, number and chart until “AWS-controlled too” is on. The tables Summary, Services and Trend hold sums that were made with them."],
];

/** The account beside a name, where there are several. */
export function accountLine(report: Report, account: string, name: string): Node[] {
  if (!report.severalAccounts || account === "") return [];
  return [h("span", { class: "account", dir: "ltr" }, ` ${[name, account].filter(Boolean).map(visible).join(" · ")}`)];
}

/** A text without the sentences and brackets that speak of options of the command line: a reader of the page has none. */
export function withoutFlags(text: string): string {
  return text
    .replace(/ *\([^()]*--[a-z][^()]*\)/g, "")
    .split(/(?<=\.) +/)
    .filter((sentence) => !/(^|[ `])--[a-z]|`dormant /.test(sentence))
    .join(" ");
}

/** What was asked and what was read: flags of the command line stand here and nowhere else. */
function madeBy(report: Report): HTMLElement {
  const facts: [string, string][] = [["program", `dormant ${report.version}`], ...report.parameters.map(([, label, value]): [string, string] => [label, value]), ["inputs", report.inputs]];
  return h("section", { class: "made" }, h("h3", {}, "How this was made"), h("dl", { class: "terms" }, ...facts.map(([label, value]) => h("div", {}, h("dt", {}, visible(label)), h("dd", {}, visible(value))))));
}

export function definitions(report: Report): HTMLElement {
  const terms = (pairs: [string, string][]): HTMLElement =>
    h("dl", { class: "terms" }, ...pairs.map(([term, about]) => h("div", {}, h("dt", {}, visible(term)), h("dd", {}, visible(about)))));
  const sections = report.sections.map((section) => {
    // A wide comparison has a column per entity, all with the same meaning.
    const columns = section.head.columns.slice(0, 40).map(({ name, label, about }): [string, string] => [name, `${label}: ${about}`]);
    const more = section.head.columns.length - columns.length;
    return h(
      "section",
      {},
      h("h3", {}, section.head.title),
      h("p", {}, section.head.caption),
      terms(columns),
      ...(more > 0 ? [h("p", {}, `And ${plural(more, "more column")} like the last one.`)] : []),
    );
  });
  return h(
    "section",
    { "aria-labelledby": "definitions-title" },
    h("h2", { id: "definitions-title" }, "Definitions"),
    madeBy(report),
    h("h3", {}, "Words"),
    terms(WORDS),
    ...sections,
  );
}
