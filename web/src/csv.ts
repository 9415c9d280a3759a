// Rows as CSV, byte for byte as `src/render/csv.rs` writes them.

import { visible } from "./dom";
import type { Section } from "./report";

const ROWS_AT_ONCE = 20_000;

export function csvOf(section: Section, rows: Uint32Array): string[] {
  const alone = section.columns.length === 1;
  const parts = [line(section.columns.map((column) => quoted(guarded(column.name), alone)))];
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    let part = "";
    for (const row of rows.subarray(from, from + ROWS_AT_ONCE)) {
      part += line(
        section.columns.map((column) => {
          const text = column.text(row);
          return quoted(column.kind === "text" ? guarded(text) : text, alone);
        }),
      );
    }
    parts.push(part);
  }
  return parts;
}

function line(cells: string[]): string {
  return `${cells.join(",")}\n`;
}

// What Rust's `trim_start` takes for blanks, which is not quite what JavaScript's does.
const FORMULA = /^(?:'|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[=+\-@＝＋－＠])/;

/** A spreadsheet must not take a name for a formula, and no character of it may act on a terminal. */
export function guarded(text: string): string {
  const harmless = visible(text);
  return FORMULA.test(text) ? `'${harmless}` : harmless;
}

function quoted(text: string, alone: boolean): string {
  return /[",\r\n]/.test(text) || (alone && text === "") ? `"${text.replaceAll('"', '""')}"` : text;
}
