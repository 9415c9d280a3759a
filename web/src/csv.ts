// Rows as CSV, byte for byte as `src/render/csv.rs` writes them.

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

/** A spreadsheet must not take a name for a formula. */
function guarded(text: string): string {
  return /^[=+\-@\t\r']/.test(text) ? `'${text}` : text;
}

function quoted(text: string, alone: boolean): string {
  return /[",\r\n]/.test(text) || (alone && text === "") ? `"${text.replaceAll('"', '""')}"` : text;
}
