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

// The characters that `src/util/sanitize.rs` spells out: they act instead of being seen.
const ACTING =
  /[\p{Cc}\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ue000-\uf8ff\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}\u{f0000}-\u{10ffff}]/gu;
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

/** Saves a file from memory; no request is made. */
export function save(name: string, parts: BlobPart[]): void {
  const address = URL.createObjectURL(new Blob(parts, { type: "text/csv;charset=utf-8" }));
  h("a", { href: address, download: name }).click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
