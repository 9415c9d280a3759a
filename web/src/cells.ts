// What one cell of a table looks like, and how wide its column is.

import { h, visible } from "./dom";
import type { Field } from "./fields";

/** The cell at `row`; `at` is the column's place among those that are shown. */
export function cell(field: Field, row: number, at: number, link: string | undefined): HTMLElement {
  const shown = visible(field.text(row));
  const attributes = { role: at === 0 ? "rowheader" : "cell", "aria-colindex": at + 1, class: field.isNumber ? "number" : undefined, "data-label": visible(field.label) };
  if (shown === "") return h("td", attributes);
  const inner = link === undefined ? h("span", { class: wordClass(field, shown) }, shown) : h("a", { href: link }, shown);
  inner.dir = "ltr";
  if (shown.length > 24) {
    // What is cut off by the column's width can still be read.
    inner.title = shown;
    inner.classList.add("long");
  }
  const below = field.under === undefined ? "" : visible(field.under(row));
  const under = below === "" ? [] : [underName(below)];
  return h("td", attributes, inner, ...under);
}

/** The account below a name. Of a long one the name is cut, never the number: it alone says which account it is. */
function underName(text: string): HTMLElement {
  const number = text.split(" ").at(-1)!;
  return h("span", { class: "under-name", dir: "ltr", title: text }, h("span", {}, text.slice(0, text.length - number.length)), h("span", { class: "whole" }, number));
}

const COLOURED = new Set(["verdict", "old_verdict", "new_verdict", "severity", "evidence", "bucket", "cell", "change", "outcome", "risk"]);

function wordClass(field: Field, text: string): string | undefined {
  const { column } = field;
  if (column.kind === "instant" || column.kind === "date") return "when";
  return COLOURED.has(field.id) && /^[a-z -]+$/.test(text) ? `word ${text.replaceAll(" ", "-")}` : undefined;
}

const ruler = document.createElement("canvas").getContext("2d")!;
/** Names that are longer end in an ellipsis; prose must be readable to its end. */
const WIDEST = { prose: 1800, name: 380, path: 560 };
/** Rows that are measured: names in one table are much alike, and measuring half a million takes a second. */
const MEASURED = 2_000;

/** So many different texts of a column are all measured. */
const FEW = 12;

/** The size of the line below a name, as the style has it. */
const UNDER = 0.78;
const rem = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

/** Wide enough for the longest cell of those measured, up to a bound, and for the label with its arrow. */
export function widthOf(field: Field, rows: Uint32Array): number {
  const { fontFamily } = getComputedStyle(document.documentElement);
  const measured = (text: string, weight: number, size = 13): number => {
    ruler.font = `${weight} ${size}px ${fontFamily}`;
    return ruler.measureText(visible(text)).width;
  };
  const bound = /^(note|what|advice|sentence)$/.test(field.id) ? WIDEST.prose : field.id === "source" ? WIDEST.path : WIDEST.name;
  // A coloured word has a mark before it.
  const dot = COLOURED.has(field.id) ? 18 : 0;
  let [longest, below] = ["", ""];
  // "critical" has more letters than "medium" and is narrower: a few words are all measured.
  const words = new Set<string>();
  const step = Math.max(1, Math.floor(rows.length / MEASURED));
  for (let at = 0; at < rows.length; at += step) {
    const text = field.text(rows[at]!);
    if (text.length > longest.length) longest = text;
    if (words.size <= FEW) words.add(text);
    const under = field.under?.(rows[at]!) ?? "";
    if (under.length > below.length) below = under;
  }
  const all = words.size <= FEW ? [...words] : [longest];
  const texts = Math.max(...all.map((text) => measured(text.slice(0, 400), 500) * 1.06), measured(below, 400, UNDER * rem()) * 1.06);
  return Math.ceil(Math.min(bound, Math.max(texts + dot, measured(field.label.slice(0, 200), 600) + 16))) + 26;
}
