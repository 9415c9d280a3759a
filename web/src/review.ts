// What to look at first: the entities from which the most dangerous permissions could go, each with a sentence, and those that do nothing.

import { counted, h, visible } from "./dom";
import { type Entity, entityOf, linkTo, only } from "./entities";
import { accountLine } from "./words";
import { both, howMany, linked, number, plural } from "./numbers";
import { goneSince, type Report, type Section, sectionOf } from "./report";
import { type Filters, NO_FILTERS, select } from "./rows";

const MOST = 10;
/** Actions that a sentence names. */
const NAMED = 3;

/** Services with one of the first risks are named even where actions are: critical and high. */
const MOST_NAMED_RISKS = 2;

/** The worst first, as `dormant overview` counts them. */
const RISKS = ["critical", "high", "medium", "low", "info"];

/**
 * What an action is for, to someone who should not have it; the first that an unused action has is what the sentence says. An action of
 * an escalation path is "open" where a path is open with it; "escalation" counts where policies are missing, so that nobody knows whether
 * one is. If all policies are known and none is open, the action is what its other words say.
 */
const DANGERS: [string, string][] = [
  ["open", "may raise its own rights"],
  ["escalation", "may raise its own rights"],
  ["credentials", "may make or take credentials"],
  ["exposure", "may open resources to others"],
  ["exfiltration", "may read secrets and data out"],
  ["destructive", "may delete"],
  ["write", "may write"],
];

/** Unused actions that are for one thing: how many, the filter that finds them, and some names. */
interface Danger {
  count: number;
  where: Record<string, string[]>;
  names: string[];
}

interface Candidate {
  entity: Entity;
  /** Whether nothing tells which entity it is: then nobody can take anything away. */
  isUnnamed: boolean;
  unused: number;
  stale: number;
  actions: number;
  /** Rows to review of each risk. */
  risks: number[];
  /** Unused services, then stale ones, by their risk. */
  services: { name: string; risk: number; isUnused: boolean }[];
  /** Of unused actions, by what they are for. */
  dangers: Map<string, Danger>;
}

/** The candidates among the rows to review, the most dangerous first: by the number of the worst risk, then the next, then all rows. */
export function candidates(report: Report, base: Partial<Filters>): Candidate[] {
  const found = new Map<string, Candidate>();
  const lists = ["unused-services", "unused-actions"].map((id) => sectionOf(report, id)).filter((section) => section?.isHere);
  for (const list of lists as Section[]) addRows(list, base, found);
  const all = [...found.values()];
  const rows = (of: Candidate): number => of.unused + of.stale + of.actions;
  return all.sort((a, b) => {
    const risk = RISKS.findIndex((_, at) => a.risks[at] !== b.risks[at]);
    return (risk < 0 ? 0 : b.risks[risk]! - a.risks[risk]!) || rows(b) - rows(a);
  });
}

function addRows(section: Section, base: Partial<Filters>, found: Map<string, Candidate>): void {
  const of = entityOf(section);
  const [verdict, risk] = [section.words("verdict"), section.words("risk")];
  if (!of || !verdict) return;
  const [service, action] = [section.words("service_namespace"), section.words("action_name")];
  const identified = section.words("identified_by");
  const riskOf = risk?.words.map((word) => RISKS.indexOf(word));
  const unusedCode = verdict.words.indexOf("unused");
  // One text for an entity, however many rows it has here.
  const here = new Map<Entity, Candidate>();
  const candidateOf = (entity: Entity, row: number): Candidate => {
    const known = found.get(entity.key) ?? { entity, isUnnamed: identified?.text(row) === "unknown", unused: 0, stale: 0, actions: 0, risks: RISKS.map(() => 0), services: [], dangers: new Map() };
    found.set(entity.key, known);
    here.set(entity, known);
    return known;
  };
  const dangerOf = dangers(section);
  let [entity, candidate]: [Entity | undefined, Candidate | undefined] = [undefined, undefined];
  for (const row of select(section, { ...NO_FILTERS, ...base }).rows) {
    const ofRow = of(row);
    // Rows of one entity follow each other.
    if (candidate === undefined || ofRow !== entity) [entity, candidate] = [ofRow, here.get(ofRow) ?? candidateOf(ofRow, row)];
    const isUnused = verdict.codes[row] === unusedCode;
    if (action) candidate.actions++;
    else if (isUnused) candidate.unused++;
    else candidate.stale++;
    const place = riskOf?.[risk!.codes[row]!] ?? -1;
    if (place >= 0) candidate.risks[place]!++;
    if (!action && service) candidate.services.push({ name: service.text(row), risk: place < 0 ? RISKS.length : place, isUnused });
    const danger = action && isUnused ? dangerOf(row) : undefined;
    if (danger === undefined) continue;
    const known = candidate.dangers.get(danger.name) ?? { count: 0, where: {}, names: [] };
    known.count++;
    for (const column of danger.columns) {
      const [words, word] = [(known.where[column] ??= []), section.words(column)!.text(row)];
      if (!words.includes(word)) words.push(word);
    }
    if (known.names.length < NAMED) known.names.push(`${service?.text(row)}:${action!.text(row)}`);
    candidate.dangers.set(danger.name, known);
  }
}

/** For each row what its action is for, and the columns that say so. */
function dangers(section: Section): (row: number) => { name: string; columns: string[] } | undefined {
  const [category, closes, basis] = [section.words("risk_category"), section.words("closes"), section.words("risk_basis")];
  const named = category?.words.map((word) => DANGERS.filter(([name]) => word.split(", ").includes(name)).map(([name]) => name));
  return (row) => {
    if (closes && closes.text(row) !== "") return { name: "open", columns: ["closes"] };
    const isUnclear = basis?.text(row) !== "granted";
    const name = named?.[category!.codes[row]!]?.find((name) => name !== "escalation" || isUnclear);
    return name === undefined ? undefined : { name, columns: name === "escalation" && basis ? ["risk_category", "risk_basis"] : ["risk_category"] };
  };
}

/** The block at the head of the page. */
export function reviewFirst(report: Report, base: Partial<Filters>): HTMLElement | undefined {
  if (!sectionOf(report, "unused-services")?.isHere) return undefined;
  const found = candidates(report, base);
  // Nobody can take anything away from what is not there any more.
  const all = found.filter(({ isUnnamed, entity }) => !isUnnamed && goneSince(report, entity.arn, entity.account) === undefined);
  const unnamed = found.filter(({ isUnnamed }) => isUnnamed);
  const lastOf = lastUses(report);
  const items = all.slice(0, MOST).map((candidate) => {
    const { entity } = candidate;
    const last = lastOf.get(entity.key);
    const lastSaid = last === undefined ? [] : [" Last active ", h("span", { class: "day" }, `${last.day}${last.dump === "" ? "." : `, after its dump of ${last.dump}.`}`)];
    return h(
      "li",
      {},
      h("p", { class: "who" }, h("a", { href: linkTo(entity), dir: "ltr" }, visible(entity.title)), ...accountLine(report, entity.account, entity.accountName)),
      h("p", { class: "says" }, ...sentence(report, candidate, base), ...lastSaid),
    );
  });
  return h(
    "section",
    { class: "review", "aria-labelledby": "review-title" },
    h("h3", { id: "review-title" }, "Review first"),
    h("p", { class: "caption" }, all.length > MOST ? `The ${MOST} of ${plural(all.length, "entity", "entities")} with the most dangerous unused or stale permissions, the worst first.` : "Entities with unused or stale permissions, the most dangerous first."),
    items.length === 0 ? h("p", {}, nothingToReview(report)) : h("ol", {}, ...items),
    ...(unnamed.length === 0 ? [] : [toName(unnamed)]),
  );
}

/** Where nothing could be judged, an empty list is not good news. */
function nothingToReview({ headline }: Report): string {
  if (headline?.entities === 0) return "Nothing could be judged: no usable dump is of what was asked for.";
  if (headline && headline.services.granted + headline.actions.granted === 0) return "Nothing could be judged: no usable dump lists a permission of what was asked for.";
  return "Nothing: no permission that you can take away is shown to be unused or stale.";
}

/** What has to be named before anybody reviews it. */
function toName(unnamed: Candidate[]): HTMLElement {
  const links = unnamed.slice(0, NAMED).flatMap(({ entity }, at) => [at === 0 ? "" : ", ", h("a", { href: linkTo(entity), dir: "ltr" }, visible(entity.title))]);
  const more = unnamed.length > NAMED ? ` and ${counted(unnamed.length - NAMED)} more` : "";
  return h("p", { class: "caption" }, `Not listed: ${unnamed.length === 1 ? "1 dump that tells" : `${counted(unnamed.length)} dumps that tell`} no entity (`, ...links, `${more}). Find out which entity it is, and name it with --manifest.`);
}

/** "45 of 60 services unused; may raise its own rights with 4 unused actions (iam:AttachRolePolicy, …)." */
export function sentence(report: Report, of: Candidate, base: Partial<Filters> = {}): (Node | string)[] {
  const own = both(base, only(of.entity));
  const parts: (Node | string)[][] = [];
  if (of.unused > 0) {
    const granted = sectionOf(report, "all-services") ? [" of ", number(report, { view: "all-services", filters: own }, (count) => plural(count, "service"))] : [of.unused === 1 ? " service" : " services"];
    parts.push([linked(of.unused, { view: "unused-services", filters: both(own, { verdicts: ["unused"] }) }, counted(of.unused)), ...granted, " unused", ...worst(of, true)]);
  }
  if (of.stale > 0) parts.push([linked(of.stale, { view: "unused-services", filters: both(own, { verdicts: ["stale"] }) }, plural(of.stale, "service")), " not used for a long time", ...worst(of, false)]);
  const danger = DANGERS.find(([name]) => of.dangers.has(name));
  if (danger) {
    const { count, where, names } = of.dangers.get(danger[0])!;
    const filters = both(own, { verdicts: ["unused"], where });
    const more = count > names.length ? ` and ${counted(count - names.length)} more` : "";
    parts.push([`${danger[1]} with `, linked(count, { view: "unused-actions", filters }, plural(count, "unused action")), ` (${visible(names.join(", "))}${more})`]);
  } else if (of.actions > 0) {
    parts.push([linked(of.actions, { view: "unused-actions", filters: own }, plural(of.actions, "action")), " of other services unused or stale"]);
  }
  return [...parts.flatMap((part, at) => (at === 0 ? part : ["; ", ...part])), "."];
}

/**
 * The names of the most dangerous services, with their risks: " (iam: critical risk, s3: high risk)". Where actions are named, only the services
 * of the risk that brings the entity here.
 */
function worst(of: Candidate, isUnused: boolean): string[] {
  const first = of.risks.findIndex((count) => count > 0);
  const isNamed = (risk: number): boolean => of.dangers.size === 0 || (risk === first && risk < MOST_NAMED_RISKS);
  const services = of.services.filter((service) => service.isUnused === isUnused && isNamed(service.risk));
  if (services.length === 0) return [];
  const names = [...services].sort((a, b) => a.risk - b.risk).slice(0, NAMED).map(({ name, risk }) => (RISKS[risk] === undefined ? name : `${name}: ${RISKS[risk]} risk`));
  const more = services.length > NAMED ? `, and ${counted(services.length - NAMED)} more` : "";
  return [visible(` (${names.join(", ")}${more})`)];
}

/** The day of each entity's last access, by its key, and the day of its dump where that is older: the verdicts are of that day. */
function lastUses(report: Report): Map<string, { day: string; dump: string }> {
  const days = new Map<string, { day: string; dump: string }>();
  const section = sectionOf(report, "entities");
  const [of, last, asOf] = [section && entityOf(section), section?.column("last_accessed"), section?.column("made_at") ?? section?.column("as_of")];
  if (!section || !of || !last) return days;
  for (const row of section.rows) {
    const [day, dump] = [last.text(row).slice(0, 10), asOf?.text(row).slice(0, 10) ?? ""];
    if (day !== "") days.set(of(row).key, { day, dump: day > dump ? dump : "" });
  }
  return days;
}

/** Entities that did nothing while AWS was watching: the first kind of finding of AWS's own analyzer. */
export function withoutUse(report: Report, base: Partial<Filters>): HTMLElement | undefined {
  const section = sectionOf(report, "entities");
  const of = section && entityOf(section);
  if (!section?.has("verdict", "remedy") || !of) return undefined;
  const filters = both(base, { verdicts: ["unused"] });
  const { rows } = select(section, { ...NO_FILTERS, ...filters });
  const text = (name: string, row: number): string => section.column(name)?.text(row) ?? "";
  const items = [...rows.subarray(0, MOST)].map((row) => {
    const entity = of(row);
    const granted = text("services_granted", row);
    const facts = [
      granted && granted !== "0" ? `may use ${plural(Number(granted), "service")} and used none` : "used nothing",
      text("observed_days", row) && `in ${plural(Number(text("observed_days", row)), "day")} that AWS was watching`,
      text("created_at", row) && `created ${text("created_at", row).slice(0, 10)}`,
    ].filter(Boolean);
    return h("li", {}, h("p", { class: "who" }, h("a", { href: linkTo(entity), dir: "ltr" }, visible(entity.title)), ...accountLine(report, entity.account, entity.accountName)), h("p", { class: "says" }, `${facts.join(", ")}.`));
  });
  const unknown = { view: "entities", filters: both(base, { verdicts: ["unknown"] }) };
  const open = howMany(report, unknown) === 0 ? ["."] : ["; of ", number(report, unknown, (count) => plural(count, "entity", "entities")), " that is unknown."];
  const head = rows.length === 0 ? h("p", { class: "caption" }, "No entity is shown to have used nothing", ...open) : h("p", { class: "caption" }, linked(rows.length, { view: "entities", filters }, plural(rows.length, "entity", "entities")), rows.length > MOST ? `; the first ${MOST} of them:` : " without any access that a dump shows:");
  return h("section", { class: "review", "aria-labelledby": "never-title" }, h("h3", { id: "never-title" }, "Entities without any use while AWS was watching"), head, ...(items.length > 0 ? [h("ol", {}, ...items)] : []));
}
