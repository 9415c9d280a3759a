// All that the report knows about one entity, on a page of its own: `#entity=ARN`.

import { UNNAMED, UNUSABLE, adviceFor, remedyOf } from "./advice";
import { changeOf } from "./changes";
import { counted, h, visible } from "./dom";
import { type Entity, entityOf } from "./entities";
import { fieldsOf, lastAccess } from "./fields";
import { both, howMany, linked, number, plural } from "./numbers";
import { goneSince, type Report, type Section, sectionOf } from "./report";
import { candidates, sentence } from "./review";
import { type Filters, NO_FILTERS, select } from "./rows";
import { address } from "./state";
import { SAID, VERDICTS } from "./theme";
import { accountLine } from "./words";

/** Names and lines of a list before the table has the rest. */
const MOST = 60;
const MOST_LINES = 30;

export class EntityView {
  readonly element = h("section", { "aria-labelledby": "entity-title", class: "entity-view" });
  private shownFor = "";

  constructor(private readonly report: Report) {}

  update(filters: Filters): void {
    // What AWS controls is shown here too: who asks for one entity has chosen it.
    const own: Partial<Filters> = { entity: filters.entity, ...(filters.account && { account: filters.account }), where: filters.where, aws: "with" };
    if (this.shownFor === JSON.stringify(own)) return;
    this.shownFor = JSON.stringify(own);
    const found = this.find(own);
    if (found.length === 1) this.element.replaceChildren(...this.all(found[0]!, own));
    else this.element.replaceChildren(...choice(this.report, found, filters.entity));
  }

  /** The title that the window has. */
  get title(): string {
    return this.element.querySelector("h2")?.textContent ?? "Entity";
  }

  private find(own: Partial<Filters>): Entity[] {
    const found = new Map<string, Entity>();
    for (const section of this.report.sections) {
      const of = entityOf(section);
      if (!of || !section.isHere || found.size > 0) continue;
      for (const row of select(section, { ...NO_FILTERS, ...own }).rows) found.set(of(row).key, of(row));
    }
    return [...found.values()];
  }

  private all(entity: Entity, own: Partial<Filters>): HTMLElement[] {
    const { report } = this;
    const inventory = sectionOf(report, "entities");
    const row = inventory?.isHere ? select(inventory, { ...NO_FILTERS, ...own }).rows[0] : undefined;
    const text = (name: string): string => (row === undefined ? "" : (inventory!.column(name)?.text(row) ?? ""));
    return [
      h("h2", { id: "entity-title", dir: "ltr" }, visible(entity.title)),
      h("p", { class: "caption arn", dir: "ltr" }, visible(entity.arn || entity.name), ...accountLine(report, entity.account, entity.accountName)),
      ...this.evidence(own, text),
      this.facts(text),
      ...this.summary(entity, own),
      ...this.verdicts(own),
      this.table("Changes", "diff", own, (section, row) => [`${changeOf(section, row)}`]),
      this.policies(own),
      this.table("Decisions", "decisions", own, decisionOf),
      this.table("Kept by a decision", "kept", own, decisionOf),
      this.todo(own, text),
      this.note(entity, own, text),
    ].filter((part) => part !== undefined);
  }

  /** What the verdicts rest on; a dump that is incomplete is said before any number. */
  private evidence(own: Partial<Filters>, text: (name: string) => string): HTMLElement[] {
    const word = text("evidence");
    // With --as-of the date of the dump is another one than that from which ages are counted.
    const [asOf, made] = [text("as_of").slice(0, 10), text("made_at").slice(0, 10)];
    const isOther = this.report.sections.find(({ id }) => id === "entities")?.column("made_at") !== undefined;
    const dated = isOther ? `${made ? ` It was made on ${made}.` : " It has no date of its own."} Ages are counted from ${asOf}.` : asOf && ` It was made on ${asOf}; ages are counted from then.`;
    const sources = sectionOf(this.report, "sources");
    const files = sources?.isHere ? [" It rests on ", number(this.report, { view: "sources", filters: { entity: own.entity ?? "" } }, (count) => plural(count, "file")), "."] : [];
    if (text("missing") === "true") return [h("p", { class: "banner", role: "note" }, h("strong", {}, "No dump. "), "The entity is known by name only: nothing can be said about what it uses.")];
    if (word === "") return [];
    if (word === "complete" || word === "empty") {
      const says = word === "empty" ? "The dump is complete and lists no service: identity policies allow nothing." : "The dump is complete.";
      return [h("p", { class: "evidence" }, `${says}${dated}`, ...files)];
    }
    return [h("p", { class: "banner", role: "note" }, h("strong", {}, `The dump is incomplete (${word}). `), "Services that it does not list are judged by an older dump that lists them, as of the date of that dump. Without one they are not counted: they are neither unused nor revoked.", ...files)];
  }

  private facts(text: (name: string) => string): HTMLElement | undefined {
    const days = text("days_since");
    const facts: [string, string][] = [
      ["Last active", days === "" ? (text("verdict") === "unused" ? `not in the ${text("observed_days")} days that AWS was watching` : text("last_accessed").slice(0, 10)) : [text("last_accessed").slice(0, 10), Number(days) > 0 && lastAccess(Number(days), "")].filter(Boolean).join(", ")],
      ["Created", text("created_at").slice(0, 10)],
      ["Owner", text("owner")],
      ["Highest risk", text("risk") && `${text("risk")}${text("risk_basis") === "potential" ? ", or higher: not all of its policies are known" : ""}`],
      ["Managed by", text("managed_by") === "account" ? "" : text("managed_by")],
      ["Permission set", text("permission_set")],
      ["Attached policies", text("attached_policies")],
      ["Inline policies", text("inline_policies")],
      ["Policies through groups", text("group_policies")],
      ["Identified by", text("identified_by")],
    ];
    const known = facts.filter(([, value]) => value !== "");
    return known.length === 0 ? undefined : h("dl", { class: "facts" }, ...known.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, visible(value)))));
  }

  private summary(entity: Entity, own: Partial<Filters>): HTMLElement[] {
    const candidate = candidates(this.report, own).find((one) => one.entity.key === entity.key);
    return candidate === undefined ? [] : [h("p", { class: "summary" }, ...sentence(this.report, candidate, { aws: "with" }))];
  }

  /** Used, stale, unused and unknown services, then actions, each with its rows. */
  private verdicts(own: Partial<Filters>): HTMLElement[] {
    const levels: [string, string, string][] = [["all-services", "Services", "service"], ["all-actions", "Actions", "action"]];
    const here = levels.filter(([id]) => sectionOf(this.report, id)?.isHere);
    const shown = here.length > 0 ? here : [["list", "Permissions", "permission"] as [string, string, string]].filter(([id]) => sectionOf(this.report, id)?.has("verdict"));
    return shown.flatMap(([view, title]) => {
      const section = sectionOf(this.report, view)!;
      const parts = VERDICTS.map((verdict) => this.ofVerdict(section, view, both(own, { verdicts: [verdict] }), verdict)).filter((part) => part !== undefined);
      if (parts.length === 0) return [];
      const remark = view === "all-actions" ? [h("p", { class: "caption" }, "Of services that are unused or stale as a whole, actions are not repeated.")] : [];
      return [h("section", { class: "verdict-lists" }, h("h3", {}, title, " ", linked(howMany(this.report, { view, filters: own }), { view, filters: own }, `(${counted(howMany(this.report, { view, filters: own }))})`)), ...remark, ...parts)];
    });
  }

  private ofVerdict(section: Section, view: string, filters: Partial<Filters>, verdict: string): HTMLElement | undefined {
    const { rows } = select(section, { ...NO_FILTERS, ...filters });
    if (rows.length === 0) return undefined;
    const text = (name: string, row: number): string => section.column(name)?.text(row) ?? "";
    const said = [...rows.subarray(0, MOST)].map((row) => {
      const name = [text("service_namespace", row), text("action_name", row)].filter(Boolean).join(":");
      const beside = verdict === "unknown" ? text("unknown_reason", row) : verdict === "unused" ? text("access_level", row) || text("risk", row) : lastAccess(Number(text("days_since", row)), text("last_accessed", row).slice(0, 10));
      const item = h("li", {}, h("span", { dir: "ltr" }, visible(name)), beside === "" ? "" : h("small", {}, ` ${visible(beside)}`));
      const granted = text("granted_by", row);
      item.title = granted === "" ? "" : `granted by ${visible(granted)}`;
      return item;
    });
    const more = rows.length > MOST ? [h("li", {}, h("a", { href: address(view, filters) }, `and ${counted(rows.length - MOST)} more`))] : [];
    return h("div", { class: "verdict-list" }, h("h4", { class: `word ${verdict}` }, linked(rows.length, { view, filters }, `${counted(rows.length)} ${SAID[verdict]}`)), h("ul", { class: "names" }, ...said, ...more));
  }

  private table(title: string, id: string, own: Partial<Filters>, say: (section: Section, row: number) => string[]): HTMLElement | undefined {
    const section = sectionOf(this.report, id);
    if (!section?.isHere) return undefined;
    const { rows, ignored } = select(section, { ...NO_FILTERS, ...own });
    if (rows.length === 0 || ignored.length > 0) return undefined;
    const lines = [...rows.subarray(0, MOST_LINES)].map((row) => h("li", {}, visible(say(section, row).join(""))));
    return h("section", {}, h("h3", {}, title, " ", linked(rows.length, { view: id, filters: own }, `(${counted(rows.length)})`)), h("ul", {}, ...lines), ...(rows.length > MOST_LINES ? [h("p", {}, h("a", { href: address(id, own) }, "All of them"))] : []));
  }

  /** Which policy and which statement grants what, where policies are known. */
  private policies(own: Partial<Filters>): HTMLElement | undefined {
    const section = sectionOf(this.report, "grants");
    if (!section?.isHere) return undefined;
    const { rows } = select(section, { ...NO_FILTERS, ...own });
    if (rows.length === 0) return undefined;
    const text = (name: string, row: number): string => section.column(name)?.text(row) ?? "";
    const statements = new Map<string, { policy: string; sid: string; via: string; names: Map<string, string>; scope: string }>();
    for (const row of rows) {
      const key = ["policy_arn", "policy_name", "statement", "via", "via_name"].map((name) => text(name, row)).join("\n");
      const via = text("via_name", row) ? `${text("via", row)} ${text("via_name", row)}` : text("via", row);
      const of = statements.get(key) ?? { policy: text("policy_name", row) || text("policy_arn", row), sid: text("sid", row) || (text("statement", row) && `statement ${text("statement", row)}`), via, names: new Map(), scope: text("resource_scope", row) };
      // Without a document or a policy nothing is a statement; what is denied is not granted.
      if (text("note", row) === "document-missing") of.sid = "its document is not among the inputs";
      else of.names.set(text("service_namespace", row), text("deny", row) === "whole" ? "denied" : text("verdict", row));
      of.policy ||= "no known policy";
      statements.set(key, of);
    }
    const lines = [...statements.values()].slice(0, MOST_LINES).map(({ policy, sid, via, names, scope }) =>
      h("tr", {}, h("th", { scope: "row", dir: "ltr" }, visible(policy)), h("td", { dir: "ltr" }, visible(sid)), h("td", {}, visible(via)), h("td", {}, visible(scope)), h("td", {}, ...[...names].flatMap(([name, verdict], at) => [at === 0 ? "" : ", ", h("span", { class: `word ${verdict}` }, visible(`${name || "everything"} ${SAID[verdict] ?? verdict}`))]))),
    );
    return h(
      "section",
      {},
      h("h3", {}, "Policies and statements ", linked(rows.length, { view: "grants", filters: own }, `(${counted(rows.length)} rows)`)),
      h("div", { class: "statements", tabindex: 0, role: "region", "aria-label": "Policies and statements, table" }, h("table", { class: "plain" }, h("thead", {}, h("tr", {}, ...["Policy", "Statement", "Held", "Resources", "Grants"].map((label) => h("th", { scope: "col" }, label)))), h("tbody", {}, ...lines))),
    );
  }

  /** The remedy of the entity; where it is to edit policies, who writes those that grant what is to review: `aws` or `both`. */
  private remedy(own: Partial<Filters>, text: (name: string) => string): string {
    const authors = ["unused-services", "unused-actions"].flatMap((id) => {
      const section = sectionOf(this.report, id);
      const author = section?.isHere ? section.column("policy_author") : undefined;
      return section && author ? [...select(section, { ...NO_FILTERS, ...own }).rows].map((row) => author.text(row)) : [];
    });
    const known = new Set(authors.filter(Boolean));
    if (text("remedy") !== "edit-policy" || known.size === 0) return text("remedy");
    if (known.size > 1) return "both";
    return known.has("account") ? "edit-policy" : [...known][0]!;
  }

  private todo(own: Partial<Filters>, text: (name: string) => string): HTMLElement | undefined {
    const gone = goneSince(this.report, text("entity_arn"), text("account_id"));
    if (gone !== undefined) return h("section", {}, h("h3", {}, "What to do"), h("p", {}, `Nothing: it is gone since ${gone}, because the list of its account does not have it. What is here is evidence of what was.`));
    // Nobody can take anything away from what nobody can name.
    if (text("identified_by") === "unknown") return h("section", {}, h("h3", {}, "What to do"), h("p", {}, UNNAMED));
    const has = (view: string, verdict: string): boolean => howMany(this.report, { view, filters: both(own, { verdicts: [verdict] }) }) > 0;
    const services = sectionOf(this.report, "all-services") ? "all-services" : "list";
    const evidence = text("evidence");
    const advice = adviceFor(
      {
        never: text("verdict") === "unused",
        unused: has(services, "unused"),
        actions: has("all-actions", "unused"),
        stale: has(services, "stale") || has("all-actions", "stale"),
        unknown: has(services, "unknown") || has("all-actions", "unknown"),
        incomplete: ["complete", "empty"].includes(evidence) ? "" : evidence,
        newer: this.newer(own, text),
      },
      this.remedy(own, text),
    );
    if (advice.length === 0) return undefined;
    return h("section", {}, h("h3", {}, "What to do"), ...advice.map(({ title, lines }, at) => h("details", { class: "advice", open: at === 0 }, h("summary", {}, title), h("ul", {}, ...lines.map((line) => h("li", {}, line))))));
  }

  /** What happened after the newest usable dump, so that a new one has to be saved first. */
  private newer(own: Partial<Filters>, text: (name: string) => string): string[] {
    const entities = this.report.sections.find(({ id }) => id === "entities");
    const [dump, used] = [text("as_of"), text("last_accessed")];
    // With --as-of, the dates of the dumps are other ones.
    if (dump === "" || entities?.column("made_at") !== undefined) return [];
    const found = used.slice(0, 10) > dump.slice(0, 10) ? [`It was used on ${used.slice(0, 10)}, after its newest usable dump of ${dump.slice(0, 10)}.`] : [];
    const sources = sectionOf(this.report, "sources");
    if (!sources?.isHere) return found;
    for (const row of select(sources, { ...NO_FILTERS, entity: own.entity ?? "" }).rows) {
      const [made, said] = [sources.column("as_of")?.text(row) ?? "", UNUSABLE[sources.column("evidence")?.text(row) ?? ""]];
      if (said !== undefined && made > dump) found.push(`The job of ${made.slice(0, 10)} ${said}.`);
    }
    return found;
  }

  /** A text for the owner, to copy into a mail or a ticket. */
  private note(entity: Entity, own: Partial<Filters>, text: (name: string) => string): HTMLElement | undefined {
    if (text("identified_by") === "unknown") return undefined;
    const list = (view: string, verdict: string): string[] => {
      const section = sectionOf(this.report, view);
      if (!section?.isHere) return [];
      const field = fieldsOf(this.report, section).find(({ id }) => id === "action") ?? fieldsOf(this.report, section).find(({ id }) => id === "service_namespace");
      return field ? [...select(section, { ...NO_FILTERS, ...own, verdicts: [verdict] }).rows].map((row) => field.text(row)) : [];
    };
    const named = (what: string, names: string[]): string[] => (names.length === 0 ? [] : [`${what} (${counted(names.length)}): ${names.slice(0, MOST).join(", ")}${names.length > MOST ? `, and ${counted(names.length - MOST)} more` : ""}`]);
    const lines = [
      ...named("Unused services", list("unused-services", "unused")),
      ...named("Services not used for a long time", list("unused-services", "stale")),
      ...named("Unused actions of other services", list("unused-actions", "unused")),
      ...named("Actions of other services not used for a long time", list("unused-actions", "stale")),
    ];
    if (lines.length === 0) return undefined;
    const threshold = this.report.parameters.find(([name]) => name === "stale_after_days")?.[2] ?? "90 days";
    const body = [
      `${entity.arn || entity.name}${entity.account && !entity.arn.includes(entity.account) ? ` in account ${entity.account}` : ""}`,
      "",
      `This entity has permissions that AWS's last-accessed data of ${(text("made_at") || text("as_of")).slice(0, 10) || "the dump"} does not show to be in use (threshold: ${threshold}).`,
      ...lines.map((line) => `- ${line}`),
      "",
      remedyOf(this.remedy(own, text)) ?? "",
      "Please say for each: remove, keep (with the reason), or ask someone else (whom). Think of work that runs once a quarter or once a year.",
      "AWS does not track every action: iam:PassRole and data events such as s3:GetObject never appear in this data.",
    ].filter((line, at, all) => line !== "" || all[at - 1] !== "");
    const area = h("textarea", { readonly: true, rows: Math.min(16, body.length + 4), "aria-label": "Note for the owner" });
    area.value = body.map(visible).join("\n");
    const said = h("span", { role: "status", class: "copied" });
    const copy = async (): Promise<void> => {
      area.select();
      // From a file on disk, some browsers have no clipboard: the selection stays to be copied by hand.
      const done = await navigator.clipboard?.writeText(area.value).then(() => true, () => false);
      said.textContent = done || document.execCommand("copy") ? "Copied." : "Selected: copy it with Ctrl+C.";
    };
    return h("section", { class: "note" }, h("h3", {}, "Note for the owner"), area, h("p", {}, h("button", { type: "button", class: "export", onclick: () => void copy() }, "Copy"), " ", said));
  }
}

/** "iam:CreateUser: keep, since in use once a year · owner ops · due 2026-12-31". */
function decisionOf(section: Section, row: number): string[] {
  const text = (name: string): string => section.column(name)?.text(row) ?? "";
  const what = [text("service_namespace"), text("action_name")].filter(Boolean).join(":") || "all that it may do";
  const beside = [text("state"), text("comment"), text("owner") && `owner ${text("owner")}`, text("due") && `due ${text("due")}`, text("ticket"), text("note")];
  return [`${what}: ${text("decision")}`, ...beside.filter(Boolean).map((part) => ` · ${part}`)];
}

/** Where the address fits none or several. */
function choice(report: Report, found: Entity[], asked: string): HTMLElement[] {
  const title = h("h2", { id: "entity-title" }, "Entity");
  if (found.length === 0) return [title, h("p", { class: "nothing" }, `No row is about ${visible(asked.replace(/^=/, "")) || "an entity"}.`)];
  const items = found.slice(0, MOST).map((entity) => h("li", {}, h("a", { href: address("entity", { entity: entity.arn || `=${entity.name}`, account: entity.account }), dir: "ltr" }, visible(entity.title)), ...accountLine(report, entity.account, entity.accountName)));
  return [title, h("p", {}, `${counted(found.length)} entities fit “${visible(asked.replace(/^=/, ""))}”:`), h("ul", {}, ...items)];
}
