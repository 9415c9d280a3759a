// Rows of entity, service and age as lines of cells, for the heat map. Apart from the picture because it knows no pixel.

import { shortArn } from "./fields";
import type { Report, Section } from "./report";
import { type Filters, select } from "./rows";

export interface Cell {
  across: number;
  /** The word of the cell: days, `unused` or `unknown`. */
  code: number;
}

export interface Line {
  /** Type and name. */
  label: string;
  entity: string;
  account: string;
  /** From left to right; what is not granted has none. */
  cells: Cell[];
}

/** A service, or an action with its service; or several that have the same cell in every line. */
export interface Column {
  label: string;
  names: string[];
}

export interface Grid {
  lines: Line[];
  columns: Column[];
  /** Filters about which these rows say nothing. */
  ignored: string[];
}

/** The section that a heat map can be made of: a comparison in its long form. */
export function heatMapSection(report: Report): Section | undefined {
  return report.sections.find((section) => section.has("entity_arn", "service_namespace", "cell") && section.head.rows > 0);
}

/** What stands between two codes that are joined to one number: no dictionary has more texts. */
const SPAN = 2 ** 26;

/** How lines are ordered. */
export type Order = "unused" | "account" | "name";

/**
 * Lines and columns of the rows that pass the filters; columns have the most unused first, unless lines go by name. `together` makes
 * one column of those that are alike.
 */
export function gridOf(section: Section, filters: Filters, by: Order, together: boolean): Grid {
  const mostUnusedFirst = by !== "name";
  const { rows, ignored } = select(section, filters);
  const entity = section.words("entity_arn")!;
  const service = section.words("service_namespace")!;
  const action = section.words("action_name");
  const account = section.words("account_id");
  const cell = section.words("cell")!;
  const unused = cell.words.indexOf("unused");
  const places = new Map<number, number>();
  const across: { name: string; unused: number }[] = [];
  const lines = new Map<number, Line & { unused: number }>();
  for (const row of rows) {
    const what = service.codes[row]! * SPAN + (action ? action.codes[row]! : 0);
    let place = places.get(what);
    if (place === undefined) {
      place = across.push({ name: action ? `${service.text(row)}:${action.text(row)}` : service.text(row), unused: 0 }) - 1;
      places.set(what, place);
    }
    const whose = entity.codes[row]! * SPAN + (account ? account.codes[row]! : 0);
    let line = lines.get(whose);
    if (line === undefined) {
      const [arn, id] = [entity.text(row), account?.text(row) ?? ""];
      line = { label: shortArn(arn), entity: arn, account: id, cells: [], unused: 0 };
      lines.set(whose, line);
    }
    const code = cell.codes[row]!;
    line.cells.push({ across: place, code });
    if (code === unused) {
      line.unused++;
      across[place]!.unused++;
    }
  }
  const order = across.map((_, at) => at);
  order.sort((a, b) => (mostUnusedFirst && across[b]!.unused - across[a]!.unused) || compare(across[a]!.name, across[b]!.name));
  const list = [...lines.values()];
  const first = together ? alike(list, across.length) : across.map((_, at) => at);
  // Each stands where the first of its kind stands; `moved` is where that is.
  const moved = new Uint32Array(order.length);
  const columns: Column[] = [];
  const led = new Set<number>();
  for (const at of order) {
    const leader = first[at]!;
    if (led.has(leader)) {
      columns[moved[leader]!]!.names.push(across[at]!.name);
    } else {
      led.add(leader);
      moved[leader] = columns.push({ label: "", names: [across[at]!.name] }) - 1;
    }
  }
  for (const column of columns) column.label = column.names.length === 1 ? column.names[0]! : `${column.names.length} ${action ? "actions" : "services"}`;
  for (const line of list) {
    line.cells = line.cells.filter((cell) => first[cell.across] === cell.across);
    for (const cell of line.cells) cell.across = moved[cell.across]!;
    line.cells.sort((a, b) => a.across - b.across);
  }
  if (by === "account") list.sort((a, b) => compare(a.account, b.account) || b.unused - a.unused);
  else if (by === "unused") list.sort((a, b) => b.unused - a.unused);
  else list.sort((a, b) => compare(a.label, b.label) || compare(a.account, b.account));
  return { lines: list, columns, ignored };
}

/** For each column the first one that has the same cells. */
function alike(lines: Line[], columns: number): number[] {
  const cells = Array.from({ length: columns }, (): number[] => []);
  lines.forEach((line, down) => {
    for (const { across, code } of line.cells) cells[across]!.push(down, code);
  });
  const seen = new Map<string, number>();
  return cells.map((of, at) => {
    const key = of.join();
    const first = seen.get(key) ?? at;
    seen.set(key, first);
    return first;
  });
}

export function ellipsis(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
