// Which rows of a section are shown, and in which order. Half a million rows are filtered and sorted by their codes alone.

import { EMPTY_LAST, keptBy, type Test, WordColumn } from "./columns";
import type { Section } from "./report";

/** What to do with rows of entities that AWS controls: leave them out, show them too, or show them alone. */
export type AwsRows = "" | "with" | "only";

export interface Filters {
  account: string;
  /** A whole ARN, `=name` for exactly that name, or a part of either. */
  entity: string;
  service: string;
  verdicts: string[];
  search: string;
  /** Columns by their machine names, and the words of them that hold. */
  where: Record<string, string[]>;
  aws: AwsRows;
}

export const NO_FILTERS: Filters = { account: "", entity: "", service: "", verdicts: [], search: "", where: {}, aws: "" };

/** Among the words of a column: any that is not empty. As a glob says it, at least one character. */
export const ANY = "?*";

/** For each filter the columns that it looks at; one of them must hold. */
const LOOKS_AT = {
  account: ["account_id", "account_a", "account_b"],
  entity: ["entity_arn", "entity_name", "entity_a", "entity_b"],
  service: ["service_namespace"],
  verdict: ["verdict", "old_verdict", "new_verdict"],
} as const;

export interface Selected {
  rows: Uint32Array;
  /** Filters that are set, but about which this section's rows say nothing. */
  ignored: string[];
  /** Rows that pass, but for being of entities that AWS controls. */
  awsLeftOut: number;
}

/** What was chosen last of each section: a view asks for the same rows several times. */
const LATEST = new WeakMap<Section, Map<string, Selected>>();
const MOST_KEPT = 6;

/** The rows that pass, in the report's order. */
export function select(section: Section, filters: Filters): Selected {
  const asked = JSON.stringify(filters);
  const kept = LATEST.get(section) ?? new Map<string, Selected>();
  LATEST.set(section, kept);
  const found = kept.get(asked) ?? selected(section, filters);
  // The one that is asked for is the youngest.
  kept.delete(asked);
  kept.set(asked, found);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
  return found;
}

function selected(section: Section, filters: Filters): Selected {
  const ignored: string[] = [];
  const all: Test[][] = [];
  const ask = (label: string, names: readonly string[], marksOf: (column: WordColumn) => Uint8Array): void => {
    const columns = names.map((name) => section.words(name)).filter((column) => column !== undefined);
    if (columns.length === 0) ignored.push(label);
    else all.push(columns.map((column) => ({ column, marks: marksOf(column) })));
  };
  const among = (...wanted: string[]) => (column: WordColumn) => column.marked((word) => wanted.includes(word) || (word !== "" && wanted.includes(ANY)));
  if (filters.account) ask("account", LOOKS_AT.account, among(filters.account));
  if (filters.entity) ask("entity", entityColumns(section, filters.entity), (column) => entityMarks(column, filters.entity));
  if (filters.service) ask("service", LOOKS_AT.service, among(filters.service));
  if (filters.verdicts.length > 0) ask("verdict", LOOKS_AT.verdict, among(...filters.verdicts));
  for (const [name, words] of Object.entries(filters.where)) {
    if (words.length > 0) ask(section.column(name)?.label ?? name.replaceAll("_", " "), [name], among(...words));
  }
  if (filters.search) {
    const part = filters.search.toLowerCase();
    const texts = section.columns.filter((column) => column instanceof WordColumn && column.kind === "text");
    all.push(texts.map((column) => ({ column, marks: (column as WordColumn).containing(part) })));
  }
  return { ...passing(section, all, filters.aws), ignored };
}

/** How many rows pass. */
export function countOf(section: Section | undefined, filters: Filters): number {
  return section?.isHere ? select(section, filters).rows.length : 0;
}

/**
 * A whole ARN is looked for where ARNs are: a name beside it may be that of another account's entity. Only rows that have nothing but
 * names are found by the name that ends the ARN.
 */
function entityColumns(section: Section, entity: string): readonly string[] {
  const here = LOOKS_AT.entity.filter((name) => section.column(name) !== undefined);
  const withArns = here.filter((name) => name !== "entity_name");
  return isArn(entity) && withArns.length > 0 ? withArns : here;
}

/** A whole ARN means that entity and no other, and so does a name after `=`; anything else is looked for inside names and ARNs. */
function entityMarks(column: WordColumn, entity: string): Uint8Array {
  if (entity.startsWith("=")) return column.marked((word) => word === entity.slice(1));
  if (!isArn(entity)) return column.containing(entity.toLowerCase());
  const wanted = column.name === "entity_name" ? entity.slice(entity.lastIndexOf("/") + 1) : entity;
  return column.marked((word) => word === wanted);
}

function isArn(entity: string): boolean {
  return /^arn:[^:]*:iam::[^:]*:[^/]+\/./.test(entity);
}

/** The filter that means exactly the entity of this ARN, or of this name where there is no ARN. */
export function exactly(arn: string, name: string): string {
  return isArn(arn) ? arn : `=${arn || name}`;
}

function passing(section: Section, all: Test[][], aws: AwsRows): { rows: Uint32Array; awsLeftOut: number } {
  let rows = all.reduce((rows, any) => (any.length === 1 ? keptBy(rows, any[0]!) : keptByAny(rows, any)), section.rows);
  if (aws === "with" || section.aws.length === 0) return { rows, awsLeftOut: 0 };
  const before = rows.length;
  const { awsRows } = section;
  const wanted = aws === "only" ? 1 : 0;
  const marks = wanted === 1 ? [0, 1] : [1, 0];
  rows = keptBy(rows, { column: { codes: awsRows }, marks: Uint8Array.from(marks) });
  return { rows, awsLeftOut: aws === "" ? before - rows.length : 0 };
}

/** One column at a time here too; most of the columns that are searched hold no such word, and some hold nothing else. */
function keptByAny(rows: Uint32Array, any: Test[]): Uint32Array {
  const telling = any.filter(({ marks }) => marks.includes(1));
  if (telling.some(({ marks }) => !marks.includes(0))) return rows;
  if (telling.length === 0) return rows.subarray(0, 0);
  if (telling.length === 1) return keptBy(rows, telling[0]!);
  const holds = new Uint8Array(rows.length);
  for (const test of telling) markRows(rows, test, holds);
  const kept = new Uint32Array(rows.length);
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    kept[count] = rows[at]!;
    count += holds[at]!;
  }
  return kept.subarray(0, count);
}

function markRows(rows: Uint32Array, { column: { codes }, marks }: Test, holds: Uint8Array): void {
  for (let at = 0; at < rows.length; at++) holds[at]! |= marks[codes[rows[at]!]!]!;
}

/** What rows are ordered by. */
export interface Key {
  key(row: number): number;
  readonly greatest: number;
}

/** 2^21 rows and keys of 32 bits fill the 53 bits that a number has exactly. */
const PLACES = 2 ** 21;

/** The rows by these keys, the first one leading; rows that are equal keep their order, empty cells come last. */
export function sorted(rows: Uint32Array, sorting: { key: Key; desc: boolean }[]): Uint32Array {
  return sorting.toReversed().reduce((rows, { key: column, desc }) => {
    const { greatest } = column;
    // Key and place in one number: the engine's own sort of numbers needs no comparison of ours, and is stable this way.
    const keys = Float64Array.from(rows, (row, place) => {
      const key = column.key(row);
      return (key === EMPTY_LAST ? key : desc ? greatest - key : key) * PLACES + place;
    });
    keys.sort();
    return Uint32Array.from(keys, (key) => rows[key % PLACES]!);
  }, rows);
}
