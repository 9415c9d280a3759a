// Elements without a line of HTML text: every string that comes from a report becomes a text node or an attribute's value.

export type Child = Node | string;

type Attributes = Record<string, string | number | boolean | EventListener | undefined>;

/** An element; `on…` attributes are listeners, `true` is an empty attribute, `false` and `undefined` are none. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** The same for pictures. */
export function svg(tag: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

// What `acts` of `src/util/sanitize.rs` names: characters that act instead of being seen, or look like nothing.
const ACTING =
  /[\p{Cc}\u2028\u2029\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\u2800\u{16fe4}\u{1d159}\u{13430}-\u{1343f}\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\u{1fffe}\u{1ffff}\u{2fffe}\u{2ffff}\u{3fffe}\u{3ffff}\u{4fffe}\u{4ffff}\u{5fffe}\u{5ffff}\u{6fffe}\u{6ffff}\u{7fffe}\u{7ffff}\u{8fffe}\u{8ffff}\u{9fffe}\u{9ffff}\u{afffe}\u{affff}\u{bfffe}\u{bffff}\u{cfffe}\u{cffff}\u{dfffe}\u{dffff}\u{efffe}\u{effff}\u{f0000}-\u{10ffff}]/gu;
const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** `text` for eyes: a control character or a mark that turns the reading direction round is spelt out. */
export function visible(text: string): string {
  return text.replace(ACTING, (c) => SHORT[c] ?? `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

const GROUPED = new Intl.NumberFormat("en");

/** A count for people: 1,234. */
export function counted(count: number): string {
  return GROUPED.format(count);
}

/** A count where there is little room: 2.96 M; below a million it is whole. */
export function brief(count: number): string {
  if (count < 1_000_000) return counted(count);
  const [unit, size] = count < 999_500_000 ? (["M", 1_000_000] as const) : (["G", 1_000_000_000] as const);
  const units = count / size;
  return `${units.toFixed(units < 10 ? 2 : units < 100 ? 1 : 0)} ${unit}`;
}

/** Saves a file from memory; no request is made. */
export function save(name: string, parts: BlobPart[]): void {
  const address = URL.createObjectURL(new Blob(parts, { type: "text/csv;charset=utf-8" }));
  h("a", { href: address, download: name }).click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
