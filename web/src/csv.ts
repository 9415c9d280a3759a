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

// What Rust's `trim_start` takes for blanks, which is not quite what JavaScript's does.
const FORMULA = /^(?:'|[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*[=+\-@＝＋－＠])/;

// `acts` of `src/util/sanitize.rs`.
const ACTS =
  /[\0-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u3164\ufeff\uffa0\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufff9-\ufffb\ue000-\uf8ff\u{e0000}-\u{e0fff}\u{f0000}-\u{10ffff}]/gu;

const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A spreadsheet must not take a name for a formula, and no character of it may act on a terminal. */
export function guarded(text: string): string {
  const harmless = text.replace(ACTS, (c) => SHORT[c] ?? `\\u{${c.codePointAt(0)?.toString(16)}}`);
  return FORMULA.test(text) ? `'${harmless}` : harmless;
}

function quoted(text: string, alone: boolean): string {
  return /[",\r\n]/.test(text) || (alone && text === "") ? `"${text.replaceAll('"', '""')}"` : text;
}
