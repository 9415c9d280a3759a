// Which rows of a section are shown, and in which order. Half a million rows are filtered and sorted by their codes alone.

import { type Column, EMPTY_LAST, WordColumn } from "./columns";
import type { Section } from "./report";

export interface Filters {
  account: string;
  entity: string;
  service: string;
  verdicts: string[];
  search: string;
}

export const NO_FILTERS: Filters = { account: "", entity: "", service: "", verdicts: [], search: "" };

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
}

interface Test {
  column: Column;
  marks: Uint8Array;
}

export function select(section: Section, filters: Filters): Selected {
  const ignored: string[] = [];
  const all: Test[][] = [];
  const ask = (label: string, names: readonly string[], marksOf: (column: WordColumn) => Uint8Array): void => {
    const columns = names.map((name) => section.words(name)).filter((column) => column !== undefined);
    if (columns.length === 0) ignored.push(label);
    else all.push(columns.map((column) => ({ column, marks: marksOf(column) })));
  };
  const among = (...wanted: string[]) => (column: WordColumn) => column.marked((word) => wanted.includes(word));
  if (filters.account) ask("account", LOOKS_AT.account, among(filters.account));
  if (filters.entity) ask("entity", entityColumns(section, filters.entity), (column) => entityMarks(column, filters.entity));
  if (filters.service) ask("service", LOOKS_AT.service, among(filters.service));
  if (filters.verdicts.length > 0) ask("verdict", LOOKS_AT.verdict, among(...filters.verdicts));
  if (filters.search) {
    const part = filters.search.toLowerCase();
    const texts = section.columns.filter((column) => column instanceof WordColumn && column.kind === "text");
    all.push(texts.map((column) => ({ column, marks: (column as WordColumn).containing(part) })));
  }
  return { rows: passing(section.head.rows, all), ignored };
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

/** A whole ARN means that entity and no other; anything else is looked for inside names and ARNs. */
function entityMarks(column: WordColumn, entity: string): Uint8Array {
  if (!isArn(entity)) return column.containing(entity.toLowerCase());
  const wanted = column.name === "entity_name" ? entity.slice(entity.lastIndexOf("/") + 1) : entity;
  return column.marked((word) => word === wanted);
}

function isArn(entity: string): boolean {
  return /^arn:[^:]*:iam::[^:]*:[^/]+\/./.test(entity);
}

function passing(count: number, all: Test[][]): Uint32Array {
  const rows = new Uint32Array(count);
  let kept = 0;
  row: for (let row = 0; row < count; row++) {
    for (const any of all) {
      let holds = false;
      for (const { column, marks } of any) {
        if (marks[column.codes[row]!] === 1) {
          holds = true;
          break;
        }
      }
      if (!holds) continue row;
    }
    rows[kept++] = row;
  }
  return rows.slice(0, kept);
}

export interface Sorting {
  id: string;
  desc: boolean;
}

/** 2^21 rows and keys of 32 bits fill the 53 bits that a number has exactly. */
const PLACES = 2 ** 21;

/** The rows by these columns, the first one leading; rows that are equal keep the report's order, empty cells come last. */
export function sorted(section: Section, rows: Uint32Array, sorting: Sorting[]): Uint32Array {
  return sorting.toReversed().reduce((rows, { id, desc }) => {
    const column = section.column(id);
    if (column === undefined) return rows;
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
