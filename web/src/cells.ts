// What one cell of a table looks like, and how wide its column is.

import type { Column } from "./columns";
import { h, visible } from "./dom";

/** The cell at `row`; `at` is the column's place among those that are shown. */
export function cell(column: Column, row: number, at: number, link: string | undefined): HTMLElement {
  const text = column.text(row);
  const shown = visible(text);
  const attributes = { "aria-colindex": at + 1, class: column.isNumber ? "number" : undefined };
  if (shown === "") return h("td", attributes);
  const inner = link === undefined ? h("span", { class: wordClass(column, text) }, shown) : h("a", { href: link }, shown);
  inner.dir = "ltr";
  if (shown.length > 24) {
    // What is cut off by the column's width can still be read.
    inner.title = shown;
    inner.classList.add("long");
  }
  return h("td", attributes, inner);
}

const COLOURED = new Set(["verdict", "old_verdict", "new_verdict", "severity", "evidence", "bucket", "cell", "change", "outcome"]);

function wordClass(column: Column, text: string): string | undefined {
  if (column.kind === "instant" || column.kind === "date") return "when";
  return COLOURED.has(column.name) && /^[a-z -]+$/.test(text) ? `word ${text.replace(" ", "-")}` : undefined;
}

const ruler = document.createElement("canvas").getContext("2d")!;
/** Names that are longer end in an ellipsis; prose must be readable to its end. */
const WIDEST = { prose: 1800, name: 380 };

/** Wide enough for the longest cell, up to a bound, and for the label with its arrow. */
export function widthOf(column: Column): number {
  const { fontFamily } = getComputedStyle(document.documentElement);
  const measured = (text: string, weight: number): number => {
    ruler.font = `${weight} 13px ${fontFamily}`;
    return ruler.measureText(visible(text)).width;
  };
  const bound = /^(note|what|advice)$/.test(column.name) ? WIDEST.prose : WIDEST.name;
  // A coloured word has a dot before it.
  const dot = COLOURED.has(column.name) ? 14 : 0;
  const inner = Math.max(measured(column.longest.slice(0, 400), 400) * 1.04 + dot, measured(column.label.slice(0, 200), 600) + 16);
  return Math.ceil(Math.min(bound, inner)) + 26;
}
