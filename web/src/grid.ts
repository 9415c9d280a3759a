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

export interface Grid {
  lines: Line[];
  columns: string[];
  /** Filters about which these rows say nothing. */
  ignored: string[];
}

/** The section that a matrix can be made of: a comparison in its long form. */
export function matrixSection(report: Report): Section | undefined {
  return report.sections.find((section) => section.has("entity_arn", "service_namespace", "cell") && section.head.rows > 0);
}

/** What stands between two codes that are joined to one number: no dictionary has more texts. */
const SPAN = 2 ** 26;

/** How lines are ordered. */
export type Order = "unused" | "account" | "name";

/** Lines and columns of the rows that pass the filters; columns have the most unused first, unless lines go by name. */
export function gridOf(section: Section, filters: Filters, by: Order): Grid {
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
  const moved = new Uint32Array(order.length);
  order.forEach((from, to) => (moved[from] = to));
  const list = [...lines.values()];
  for (const line of list) {
    for (const cell of line.cells) cell.across = moved[cell.across]!;
    line.cells.sort((a, b) => a.across - b.across);
  }
  if (by === "account") list.sort((a, b) => compare(a.account, b.account) || b.unused - a.unused);
  else if (by === "unused") list.sort((a, b) => b.unused - a.unused);
  else list.sort((a, b) => compare(a.label, b.label) || compare(a.account, b.account));
  return { lines: list, columns: order.map((at) => across[at]!.name), ignored };
}

export function ellipsis(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
