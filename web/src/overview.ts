// The first view: what falls short, what to look at first, the numbers, and charts. Every number is counted from the rows to which it leads.

import { type Bar, barChart, type Figure, type Segment, sparkline } from "./charts";
import type { WordColumn } from "./columns";
import { brief, counted, h, visible } from "./dom";
import { entityOf, linkTo, only } from "./entities";
import { accountNames } from "./filterbar";
import { both, type Counted, howMany, linked, number, ofAccount, plural, withoutDump } from "./numbers";
import { type Report, type Section, sectionOf } from "./report";
import { reviewFirst, withoutUse } from "./review";
import { ANY, type Filters, NO_FILTERS, select } from "./rows";
import { address } from "./state";
import { ageStep, SAID, VERDICTS } from "./theme";
import { withoutFlags } from "./words";

/** More bars than this are no chart any more; the table has them all. */
const MOST_BARS = 12;

export class Overview {
  readonly element = h("section", { "aria-labelledby": "overview-title" });
  private shownFor: string | undefined;

  constructor(private readonly report: Report) {}

  /** Counts for one account, or all; with what AWS controls, or without. */
  update({ account, aws }: Filters): void {
    const base: Partial<Filters> = { ...(account && { account }), ...(aws && { aws }) };
    if (this.shownFor === JSON.stringify(base)) return;
    this.shownFor = JSON.stringify(base);
    const { report } = this;
    const blocks = [reviewFirst(report, base), withoutUse(report, base)].filter((block) => block !== undefined);
    const figures = [verdicts(report, base), ages(report, base), services(report, base), entities(report, base)];
    const charts = [...figures.filter((figure) => figure !== undefined).map(barChart), trend(report, base)].filter((chart) => chart !== undefined);
    this.element.replaceChildren(
      h("h2", { id: "overview-title" }, "Overview"),
      ...banner(report, base),
      ...attention(report, base),
      cards(report, base),
      ...reconciliation(report, base),
      h("div", { class: "blocks" }, ...blocks),
      h("div", { class: "charts" }, ...charts),
      contents(report),
    );
  }
}

/** What the numbers do not rest on, before any of them. */
function banner(report: Report, base: Partial<Filters>): HTMLElement[] {
  const lines: (Node | string)[][] = [];
  const notWhole = (view: string): string[] => [...new Set(sectionOf(report, view)?.words("evidence")?.words ?? [])].filter((word) => !["complete", "empty", ""].includes(word));
  const files: Counted = { view: "sources", filters: { where: { evidence: notWhole("sources") } } };
  const dumps = report.headline?.dumps_incomplete ?? 0;
  const hasFiles = notWhole("sources").length > 0 && howMany(report, files) > 0;
  const ofAll = base.account ? " in all accounts" : "";
  // One dump can be in several files, and one file can hold several dumps.
  if (dumps > 0 && hasFiles) lines.push([`${plural(dumps, "dump is", "dumps are")} incomplete${ofAll} (`, number(report, files, (count) => plural(count, "file")), ")."]);
  else if (dumps > 0) lines.push([`${plural(dumps, "dump is", "dumps are")} incomplete${ofAll}.`]);
  const entities = sectionOf(report, "entities");
  if (entities?.words("evidence")) {
    const unusable = ["pending", "failed", "contradicted"];
    const partial = notWhole("entities").filter((word) => !unusable.includes(word));
    const where = (filter: Record<string, string[]>): Counted => ({ view: "entities", filters: both(base, { where: filter, aws: "with" }) });
    const some = (filter: Record<string, string[]>, one: [string, string], many: [string, string]): void => {
      const count = howMany(report, where(filter));
      const [before, after] = count === 1 ? one : many;
      if (count > 0) lines.push([before, number(report, where(filter), (of) => plural(of, "entity", "entities")), after]);
    };
    // The table says of each entity what its newest usable dump proves: an older dump may count for a job that failed since.
    const newest: [string, string] = ["Of ", ", the newest usable dump is incomplete."];
    if (partial.length > 0) some({ evidence: partial }, newest, newest);
    const without = withoutDump(report, { ...base, aws: "with" });
    const unread = where({ missing: ["true"] });
    const known = entities.has("missing") ? howMany(report, unread) : 0;
    const count = howMany(report, without);
    const ofThese = known === 0 ? ["."] : [", ", known === count && known > 1 ? "all " : "", number(report, unread, (of) => (of === 1 ? "1 of them because no dump about it was read" : `${counted(of)} of them because no dump about them was read`)), "."];
    if (count > 0) lines.push([number(report, without, (of) => plural(of, "entity", "entities")), count === 1 ? " has" : " have", " no usable dump", ...ofThese]);
  }
  const notRead: Counted = { view: report.notRead.id, filters: { where: { severity: ["not read"] } } };
  if (howMany(report, notRead) > 0) lines.push([number(report, notRead, (count) => plural(count, "input")), " could not be read."]);
  if (lines.length === 0) return [];
  return [
    h(
      "div",
      { class: "banner", role: "note" },
      h("strong", {}, "Incomplete. "),
      ...lines.flatMap((line) => [...line, " "]),
      "What they would show is not counted: no number here says anything about it.",
    ),
  ];
}

/** The decisions that somebody has to look at, in the words of every report. */
function attention(report: Report, base: Partial<Filters>): HTMLElement[] {
  const said = report.sections.flatMap((section) => section.head.remarks).find((remark) => remark.startsWith("Rows of decisions that need attention"));
  if (said === undefined || !sectionOf(report, "decisions")) return [];
  return [h("p", { class: "banner", role: "note" }, h("a", { href: address("decisions", {}) }, visible(said)), base.account ? " This is about all accounts." : "")];
}

function cards(report: Report, base: Partial<Filters>): HTMLElement {
  const card = (label: string, of: Counted, mark: string, ...detail: (Node | string)[]): HTMLElement | undefined => {
    const section = sectionOf(report, of.view);
    if (!section?.isHere) return undefined;
    const count = howMany(report, of);
    const value = linked(count, of, brief(count));
    value.title = counted(count);
    return h("div", { class: `tile ${mark}` }, h("dt", {}, label), h("dd", { class: "value" }, value), h("dd", { class: "detail" }, ...detail));
  };
  const at = (view: string, change: Partial<Filters> = {}): Counted => ({ view, filters: both(base, change) });
  const some = (of: Counted, what: string): Node => number(report, of, (count) => `${counted(count)} ${what}`);
  // A comma belongs to its link: behind one that fills its line, it would stand on a line of its own.
  const list = (...parts: [Counted, string][]): (Node | string)[] => parts.flatMap(([of, what], place) => [...(place === 0 ? [] : [" "]), some(of, place < parts.length - 1 ? `${what},` : what)]);
  const split = (view: string): (Node | string)[] => list([at(view, { verdicts: ["unused"] }), "unused"], [at(view, { verdicts: ["stale"] }), "stale"]);
  const unknown = (view: string): (Node | string)[] => {
    const column = sectionOf(report, view)?.words("unknown_reason");
    const reasons = column ? [...new Set(column.words)].filter(Boolean) : [];
    const counts = reasons.map((reason) => ({ reason, of: at(view, { verdicts: ["unknown"], where: { unknown_reason: [reason] } }) })).filter(({ of }) => howMany(report, of) > 0);
    return list(...counts.map(({ reason, of }): [Counted, string] => [of, REASONS[reason] ?? reason]));
  };
  const aws = at("entities", { aws: "only" });
  const leftOut = !report.withAws && base.aws !== "with" && howMany(report, aws) > 0 ? [[aws, "more that AWS controls"] as [Counted, string]] : [];
  const missing = withoutDump(report, base);
  const ofVerdicts = VERDICTS.map((verdict): [Counted, string] => [at("entities", { verdicts: [verdict] }), verdict]).filter(([of]) => howMany(report, of) > 0);
  const without = howMany(report, missing) > 0 ? ["; ", number(report, missing, (count) => `${counted(count)} without a usable dump`)] : [];
  const problem = (severity: string): Counted => ({ view: report.notRead.id, filters: { where: { severity: [severity] } } });
  const problems = (["not read", "incomplete", "warning"] as const).map((severity): [Counted, string] => [problem(severity), severity === "warning" && howMany(report, problem(severity)) !== 1 ? "warnings" : severity]).filter(([of]) => howMany(report, of) > 0);
  const all = [
    card("Entities", at("entities"), "", ...list(...ofVerdicts, ...leftOut), ...without),
    card("Services to review", at("unused-services"), "unused", ...split("unused-services")),
    card("Actions to review", at("unused-actions"), "unused", ...split("unused-actions")),
    card("Services in use", at("all-services", { verdicts: ["active"] }), "active", "of ", some(at("all-services"), "that entities are granted")),
    card("Services unknown", at("all-services", { verdicts: ["unknown"] }), "unknown", ...unknown("all-services")),
    card("Actions unknown", at("all-actions", { verdicts: ["unknown"] }), "unknown", ...unknown("all-actions")),
    card(report.notRead.head.title, { view: report.notRead.id, filters: {} }, report.notRead.head.rows > 0 ? "stale" : "", ...(report.notRead.head.rows === 0 ? ["no problem with any input"] : list(...problems)), ...(report.skipped > 0 ? [`; ${plural(report.skipped, "other file")} skipped`] : [])),
  ];
  return h("dl", { class: "tiles" }, ...all.filter((one) => one !== undefined));
}

/** Why nothing can be said, in words that fit a card. */
const REASONS: Record<string, string> = {
  "window-too-short": "not watched for long enough",
  "date-unreadable": "with an unreadable date",
  "no-date": "in a dump without a date",
  contradicted: "contradicted by another document",
  "newer-access": "of a service that was used since",
  "no-start": "without a known start of recording",
  "granted-recently": "granted recently",
  "age-unknown": "of entities of unknown age",
  "no-dump": "without a dump",
};

/** How the numbers to review come about from all that is unused or stale. */
function reconciliation(report: Report, base: Partial<Filters>): HTMLElement[] {
  if (!sectionOf(report, "all-services")?.isHere) return [];
  const line = (what: string, all: string, list: string, action: string): HTMLElement | undefined => {
    if (!sectionOf(report, all)?.isHere || !sectionOf(report, list)?.isHere) return undefined;
    const every = (change: Partial<Filters>): Counted => ({ view: all, filters: both({ ...base, aws: "with" }, change) });
    const unused = every({ verdicts: ["unused"] });
    const stale = every({ verdicts: ["stale"] });
    const both_ = every({ verdicts: ["unused", "stale"] });
    const aws: Counted = { view: all, filters: both(base, { verdicts: ["unused", "stale"], aws: "only" }) };
    const listed: Counted = { view: list, filters: base };
    const of = (counted_: Counted): Node => number(report, counted_);
    const kept: Counted = { view: "kept", filters: both(base, { where: { action_name: [action] } }) };
    const parts: [number, (Node | string)[]][] = [
      [base.aws === "with" && sectionOf(report, list)!.head.within !== null ? 0 : howMany(report, aws), [of(aws), " of entities that AWS controls"]],
      [howMany(report, kept), [of(kept), " kept by a decision"]],
    ];
    const rest = howMany(report, both_) - howMany(report, listed) - parts.reduce((sum, [count]) => sum + count, 0);
    // A decision to keep a service keeps its actions.
    parts.push([rest, [`${counted(rest)} kept with their service`]]);
    const taken = parts.filter(([count]) => count > 0);
    const less = taken.length > 0 ? [of(both_), ...taken.flatMap(([, says]) => [" − ", ...says]), " = "] : [];
    return h("li", {}, h("b", {}, what), ": ", of(unused), " unused + ", of(stale), " stale = ", ...less, of(listed), " to review.");
  };
  const actions = report.headline?.actions.listed_with_service ?? 0;
  const lines = [line("Services", "all-services", "unused-services", ""), line("Actions of the other services", "all-actions", "unused-actions", ANY)].filter((one) => one !== undefined);
  const rest = actions > 0 && !base.account ? [h("li", {}, `Another ${plural(actions, "unused or stale action belongs", "unused or stale actions belong")} to services that are in `, h("a", { href: address("unused-services", base) }, "Unused services"), ` as a whole; ${actions === 1 ? "it goes" : "they go"} with the service.`)] : [];
  return [h("ul", { class: "reconciliation", "aria-label": "How these numbers come about" }, ...lines, ...rest)];
}

/** The section that has every permission with its verdict. */
function verdictRows(report: Report): Section | undefined {
  return ["all-services", "list"].map((id) => sectionOf(report, id)).find((section) => section?.has("verdict")) ?? report.sections.find((section) => section.has("account_id", "verdict"));
}

function verdicts(report: Report, base: Partial<Filters>): Figure | undefined {
  const section = verdictRows(report);
  const [account, verdict] = [section?.words("account_id"), section?.words("verdict")];
  if (!section || !account || !verdict) return undefined;
  const names = accountNames(report);
  const counts = tally(section, base, account, verdict);
  const total = (of: Map<string, number>): number => [...of.values()].reduce((sum, count) => sum + count, 0);
  const order = [...counts].sort(([, a], [, b]) => (b.get("unused") ?? 0) - (a.get("unused") ?? 0) || total(b) - total(a));
  if (order.length === 0) return undefined;
  const bars = order.slice(0, MOST_BARS).map(([code, of]): Bar => {
    const id = account.words[code]!;
    const filters = both(base, ofAccount(id));
    return {
      label: names.get(id) ?? (id || "(no account)"),
      title: id,
      href: address("overview", { account: id, ...(base.aws && { aws: base.aws }) }),
      segments: VERDICTS.map((word): Segment => ({ kind: word, label: SAID[word]!, count: of.get(word) ?? 0, view: section.id, filters: both(filters, { verdicts: [word] }) })),
    };
  });
  return {
    title: "Verdicts per account",
    caption: `Rows of “${section.head.title}”${cut(bars.length, order.length, "accounts", "unused")}.`,
    bars,
    link: { to: address(section.id, base), text: section.head.title },
  };
}

function ages(report: Report, base: Partial<Filters>): Figure | undefined {
  const section = verdictRows(report);
  const bucket = section?.words("bucket");
  if (!section || !bucket) return undefined;
  const counts = tally(section, base, bucket);
  const words = bucket.words.filter((word) => /^\d/.test(word)).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  const asked = report.parameters.find(([name]) => name === "buckets_days")?.[2].split(",").length ?? 4;
  const bounds = bucketNames(report, words);
  const bars = [...bounds, "unused", "unknown"].map((word): Bar => {
    const count = counts.get(bucket.words.indexOf(word))?.get("") ?? 0;
    const kind = /^\d/.test(word) ? `age-${ageStep(bounds.indexOf(word), asked + 1)}` : word;
    const label = /^\d/.test(word) ? `${word.replace("-", "–")} days` : word;
    return { label, segments: [{ kind, label: "rows", count, view: section.id, filters: both(base, { where: { bucket: [word] } }) }] };
  });
  return {
    title: "Days since the last access",
    caption: `Rows of “${section.head.title}”, counted at the date of each dump.`,
    bars,
    link: { to: address(section.id, base), text: section.head.title },
  };
}

/** All age classes that were asked for, also those that no row has. */
function bucketNames(report: Report, found: string[]): string[] {
  const given = report.parameters.find(([name]) => name === "buckets_days")?.[2];
  if (given === undefined) return found;
  const bounds = given.split(",").map(Number);
  return [...bounds.map((bound, at) => `${at === 0 ? 0 : bounds[at - 1]!}-${bound - 1}`), `${bounds[bounds.length - 1]!}+`];
}

function services(report: Report, base: Partial<Filters>): Figure | undefined {
  const section = sectionOf(report, "unused-actions");
  const service = section?.words("service_namespace");
  if (!section?.isHere || !service) return undefined;
  return topOf(section, base, "Services with the most actions to review", "Unused and stale actions of services that are otherwise in use", (row) => service.codes[row]!, (row) => {
    const name = service.text(row);
    return { label: name, href: address(section.id, both(base, { service: name })), filters: { service: name } };
  }, "No action to review: no action of a service in use is unused or stale, or the dumps have no action-level data. An unused service is listed as a whole, without its actions.");
}

function entities(report: Report, base: Partial<Filters>): Figure | undefined {
  const section = sectionOf(report, "unused-services");
  const of = section && entityOf(section);
  if (!section?.isHere || !of) return undefined;
  return topOf(section, base, "Entities with the most services to review", "Unused and stale services", of, (row) => {
    const entity = of(row);
    // An entity of the same name may be in another account.
    return { label: report.severalAccounts ? `${entity.title} (${entity.account || "no account"})` : entity.title, title: `${entity.arn || entity.name} ${entity.account}`, href: linkTo(entity), filters: only(entity) };
  }, "No service to review.");
}

interface Group {
  label: string;
  title?: string;
  href: string;
  filters: Partial<Filters>;
}

/** The groups of rows with the most unused ones. */
function topOf(section: Section, base: Partial<Filters>, title: string, caption: string, keyOf: (row: number) => unknown, groupOf: (row: number) => Group, none: string): Figure {
  const verdict = section.words("verdict")!;
  const unusedCode = verdict.words.indexOf("unused");
  const groups = new Map<unknown, { row: number; unused: number; stale: number }>();
  // Rows of one group often follow each other.
  let [latest, of]: [unknown, { row: number; unused: number; stale: number } | undefined] = [undefined, undefined];
  for (const row of select(section, { ...NO_FILTERS, ...base }).rows) {
    const key = keyOf(row);
    if (of === undefined || key !== latest) {
      latest = key;
      of = groups.get(key);
      if (of === undefined) groups.set(key, (of = { row, unused: 0, stale: 0 }));
    }
    if (verdict.codes[row] === unusedCode) of.unused++;
    else of.stale++;
  }
  const order = [...groups.values()].sort((a, b) => b.unused - a.unused || b.stale - a.stale);
  const bars = order.slice(0, MOST_BARS).map(({ row, unused, stale }): Bar => {
    const group = groupOf(row);
    const segment = (kind: string, count: number): Segment => ({ kind, label: kind, count, view: section.id, filters: both(both(base, group.filters), { verdicts: [kind] }) });
    return { label: group.label, ...(group.title && { title: group.title }), href: group.href, segments: [segment("unused", unused), segment("stale", stale)] };
  });
  return {
    title,
    caption: bars.length === 0 ? none : `${caption}${cut(bars.length, order.length, title.startsWith("Services") ? "services" : "entities", "unused")}.`,
    bars,
    link: { to: address(section.id, base), text: section.head.title },
  };
}

/** Small multiples: a line for each account, with what changed from the first day to the last. */
function trend(report: Report, base: Partial<Filters>): HTMLElement | undefined {
  const section = sectionOf(report, "trend");
  const [account, date] = [section?.words("account_id"), section?.column("date")];
  if (!section?.has("services_unused", "services_granted") || !account || !date) return undefined;
  const { rows } = select(section, { ...NO_FILTERS, ...(base.account && { account: base.account }) });
  const dates = [...new Set([...section.rows].map((row) => date.text(row)))].sort();
  const names = accountNames(report);
  const byAccount = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const id = account.text(row);
    byAccount.set(id, (byAccount.get(id) ?? new Map<string, number>()).set(date.text(row), row));
  }
  const series = (of: Map<string, number>, name: string): (number | undefined)[] =>
    dates.map((day) => (of.has(day) ? Number(section.column(name)!.text(of.get(day)!)) : undefined));
  const order = [...byAccount].sort(([, a], [, b]) => (series(b, "services_unused").findLast((value) => value !== undefined) ?? 0) - (series(a, "services_unused").findLast((value) => value !== undefined) ?? 0));
  const lines = order.slice(0, MOST_BARS).map(([id, of]) => {
    const cell = (name: string): HTMLElement => {
      const values = series(of, name);
      const known = values.filter((value) => value !== undefined);
      const [first, last] = [known[0]!, known[known.length - 1]!];
      // One day shows no change.
      if (known.length === 1) return h("td", {}, sparkline(values), h("span", { class: "change" }, `${counted(first)} (${dates[values.indexOf(first)]!} only)`));
      const change = last - first;
      const sign = change === 0 ? "±0" : change > 0 ? `+${counted(change)}` : `−${counted(-change)}`;
      return h("td", {}, sparkline(values), h("span", { class: "change" }, `${counted(first)} → ${counted(last)} `, h("b", {}, sign)));
    };
    return h("tr", {}, h("th", { scope: "row" }, h("a", { href: address(section.id, ofAccount(id)), dir: "ltr" }, visible(names.get(id) ?? (id || "(no account)")))), cell("services_unused"), cell("services_granted"));
  });
  return h(
    "figure",
    { class: "trend" },
    h("figcaption", {}, h("h3", {}, "Trend"), h("p", {}, `Services of all entities, those that AWS controls too, from ${dates[0]} to ${dates[dates.length - 1]}; each line has a scale of its own${cut(lines.length, order.length, "accounts", "unused")}. Days are comparable only if the same entities were collected.`)),
    h("div", { class: "trend-table", tabindex: 0, role: "region", "aria-label": "Trend, table" }, h("table", { class: "plain" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Account"), h("th", { scope: "col" }, "Unused"), h("th", { scope: "col" }, "Granted"))), h("tbody", {}, ...lines))),
    h("p", { class: "under" }, h("a", { href: address(section.id, {}) }, section.head.title)),
  );
}

/** How many rows there are of each code of `column`, by their word in `of`; without it, by the empty word. */
function tally(section: Section, base: Partial<Filters>, column: WordColumn, of?: WordColumn): Map<number, Map<string, number>> {
  const words = of?.words ?? [""];
  const flat = new Uint32Array(column.words.length * words.length);
  const [codes, others] = [column.codes, of?.codes];
  for (const row of select(section, { ...NO_FILTERS, ...base }).rows) flat[codes[row]! * words.length + (others?.[row] ?? 0)]!++;
  const counts = new Map<number, Map<string, number>>();
  flat.forEach((count, at) => {
    if (count === 0) return;
    const code = Math.floor(at / words.length);
    counts.set(code, (counts.get(code) ?? new Map<string, number>()).set(words[at % words.length]!, count));
  });
  return counts;
}

/** Says what a chart leaves out. */
function cut(shown: number, of: number, what: string, first: string): string {
  return shown === of ? "" : `; the ${shown} ${what} of ${counted(of)} with the most ${first}`;
}

function contents(report: Report): HTMLElement {
  const items = report.sections.map((section) => h("li", {}, h("a", { href: address(section.id, {}) }, section.head.title), ` — ${withoutFlags(section.head.caption)}`));
  return h("div", { class: "contents" }, h("h3", {}, "Tables"), h("ul", {}, ...items));
}
