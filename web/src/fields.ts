// The columns of a table as a person sees them: `src/report/people.rs` chooses, this file spells. The exported CSV has the columns of the
// machine, all of them.

import { changeOf } from "./changes";
import { type Column, EMPTY_LAST, NumberColumn, WordColumn } from "./columns";
import type { FieldHead, Report, Section } from "./report";
import type { Key } from "./rows";

/** Columns that a table shows before anyone chooses: more do not fit beside each other at 1,024 pixels. */
const MOST_SHOWN = 7;
/** A table with more columns than this has one per entity: it is a matrix, and shows all. */
const MATRIX = 40;
/** Shown wherever they are: what was decided is the first thing to know. */
const ALWAYS = new Set(["decision"]);

export interface Field {
  /** What the address calls it. */
  id: string;
  label: string;
  /** Machine names of the columns it is made of, and what they say. */
  about: string;
  isNumber: boolean;
  /** The column whose cell leads somewhere, and whose words have colours. */
  column: Column;
  /** What a cell says. */
  text(row: number): string;
  /** A second line, softer: the account under an entity. */
  under: ((row: number) => string) | undefined;
  /** Whether it is shown before anyone chooses. */
  usual: boolean;
  /** What its rows are ordered by. */
  order: Key;
}

/** All columns that a person can see of a section: first those made for people, then every column of the machine that they do not show as it is. */
export function fieldsOf(report: Report, section: Section): Field[] {
  const made = section.head.fields.map((head) => ({ head, field: fromHead(report, section, head) }));
  const usual = usualOf(section, made);
  const fields = made.map(({ field }) => ({ ...field, usual: usual.has(field.id) }));
  const change = section.column("change");
  if (change) fields.splice(1, 0, { ...ofColumn(change), id: "sentence", label: "What changed", usual: true, text: (row) => changeOf(section, row) });
  const plain = section.columns.filter((column) => !fields.some((field) => field.id === column.name));
  const all = made.length === 0;
  const taken = new Set(fields.map(({ label }) => label));
  for (const column of plain) {
    const field = ofColumn(column);
    if (taken.has(field.label)) field.label = capital(column.name.replaceAll("_", " "));
    const tells = column.name === "evidence" && isIncomplete(section, column);
    fields.push({ ...field, usual: all || tells || ALWAYS.has(column.name) });
  }
  return fields;
}

function usualOf(section: Section, made: { head: FieldHead; field: Field }[]): Set<string> {
  if (section.columns.length > MATRIX) return new Set(made.map(({ field }) => field.id));
  const hasEntity = made.some(({ head }) => head.from === "entity" || head.name === "entity_arn");
  // A sentence says what old and new columns say.
  if (section.has("change")) return new Set(["entity", "change", "old_verdict", "new_verdict"]);
  const says = made.filter(({ head, field }) => {
    // The account stands under the entity's name.
    if (hasEntity && /^account_(id|name)$/.test(head.name)) return false;
    return head.rank === 0 || !isEmpty(section, field.column);
  });
  const byRank = says.toSorted((a, b) => a.head.rank - b.head.rank || says.indexOf(a) - says.indexOf(b));
  return new Set(byRank.slice(0, MOST_SHOWN).map(({ field }) => field.id));
}

function isEmpty(section: Section, column: Column): boolean {
  // A flag that nobody has says as little.
  const none = column.kind === "flag" ? ["", "false"] : [""];
  if (column instanceof WordColumn) return column.words.every((word) => none.includes(word));
  return section.rows.every((row) => column.text(row) === "");
}

/** Whether a word of it says that a dump is not whole: only then has the column anything to tell. */
function isIncomplete(section: Section, column: Column): boolean {
  const words = section.words(column.name);
  if (!words) return false;
  const whole = words.marked((word) => word === "complete" || word === "empty" || word === "");
  return section.rows.some((row) => whole[words.codes[row]!] === 0);
}

function fromHead(report: Report, section: Section, head: FieldHead): Field {
  const at = (place: number): Column => section.column(section.head.columns[place]!.name)!;
  switch (head.from) {
    case "entity":
      return entity(report, section, at(head.kind), at(head.title));
    case "arn":
      return head.name === "entity_arn" ? arnOf("entity", "Entity", at(head.at), report, section) : arnOf(head.name, head.label, at(head.at), report);
    case "action": {
      const [service, action] = [at(head.service), at(head.action)];
      const text = (row: number): string => [service.text(row), action.text(row)].filter(Boolean).join(":");
      return { ...ofColumn(action), id: "action", label: capital(head.label), about: aboutOf(service, action), text };
    }
    case "last_used":
      return lastUsed(head.label, at(head.days), at(head.at), head.observed === null ? undefined : at(head.observed));
    default:
      return { ...ofColumn(at(head.at)), label: capital(head.label), ...(head.name === "remedy" && advice(section, at(head.at))) };
  }
}

function ofColumn(column: Column): Field {
  return {
    id: column.name,
    label: capital(column.label),
    about: aboutOf(column),
    isNumber: column.isNumber,
    column,
    text: (row) => spelt(column, row),
    under: undefined,
    usual: false,
    order: column,
  };
}

function entity(report: Report, section: Section, kind: Column, name: Column): Field {
  const text = (row: number): string => [kind.text(row), name.text(row)].filter(Boolean).join("/");
  return { ...ofColumn(name), id: "entity", label: "Entity", about: aboutOf(kind, name), text, under: accountUnder(report, section) };
}

function arnOf(id: string, label: string, column: Column, report: Report, section?: Section): Field {
  return { ...ofColumn(column), id, label: capital(label), text: (row) => shortArn(column.text(row)), under: section && accountUnder(report, section) };
}

/** The account below an entity's name, with its own name where it has one. */
function accountUnder(report: Report, section: Section): ((row: number) => string) | undefined {
  const [account, name] = [section.column("account_id"), section.column("account_name")];
  if (!report.severalAccounts || !account) return undefined;
  return (row) => [name?.text(row) ?? "", account.text(row)].filter(Boolean).join(" · ");
}

function lastUsed(label: string, days: Column, at: Column, observed: Column | undefined): Field {
  const text = (row: number): string => {
    const age = days.text(row);
    if (age !== "") return lastAccess(Number(age), spelt(at, row));
    if (at.text(row) !== "") return spelt(at, row);
    const watched = observed?.text(row) ?? "";
    return watched === "" ? "not seen" : `not in ${Number(watched).toLocaleString("en")} d`;
  };
  // What was never used is older than everything else.
  const key = (row: number): number => (days.key(row) === EMPTY_LAST ? days.greatest + 1 : days.key(row));
  return {
    ...ofColumn(at),
    id: "last_used",
    label: capital(label),
    about: aboutOf(at, days, ...(observed ? [observed] : [])),
    isNumber: false,
    column: at,
    text,
    order: {
      key,
      get greatest() {
        return days.greatest + 1;
      },
    },
  };
}

/** `363 d ago`. An access of the last 24 hours before the dump, or after it, has its day: ages are counted from the dump, and not from today. */
export function lastAccess(days: number, day: string): string {
  return days === 0 ? day : `${days.toLocaleString("en")} d ago`;
}

/** What to do: a policy that AWS writes cannot be edited, and what nobody can name has to be named. */
function advice(section: Section, remedy: Column): Partial<Field> {
  const [author, identified] = [section.column("policy_author"), section.column("identified_by")];
  const text = (row: number): string => {
    if (identified?.text(row) === "unknown") return "name its entity";
    const by = remedy.text(row) === "edit-policy" ? author?.text(row) : undefined;
    return by === "aws" ? "detach or replace AWS's policy" : by === "both" ? "edit your policy, detach AWS's" : spelt(remedy, row);
  };
  return { text };
}

const REMEDIES: Record<string, string> = {
  "edit-policy": "edit the policy",
  "detach-or-replace": "detach or replace the policy",
  "change-permission-set": "change the permission set",
  none: "none: AWS controls it",
};

/** A cell for a person: of an instant the day, of a flag yes or no, thousands with commas. */
export function spelt(column: Column, row: number): string {
  const text = column.text(row);
  if (text === "") return "";
  if (column.name === "remedy") return REMEDIES[text] ?? text;
  if (column.kind === "flag") return text === "true" ? "yes" : "no";
  if (column.kind === "instant" && column instanceof NumberColumn) return text.slice(0, 10);
  if ((column.kind === "count" || column.kind === "days") && column instanceof NumberColumn) return Number(text).toLocaleString("en");
  return text;
}

/** `role/AdminRole` of an ARN; another text stays. */
export function shortArn(text: string): string {
  const parts = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:([^/]+)\/(?:.*\/)?([^/]+)$/.exec(text);
  return parts ? `${parts[1]}/${parts[2]}` : text;
}

function aboutOf(...columns: Column[]): string {
  return columns.map((column) => `${column.name}: ${column.about}`).join("; ");
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
