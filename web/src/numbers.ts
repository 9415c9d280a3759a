// Numbers that lead to what they count: each is the number of rows that its own address shows.

import { counted, h } from "./dom";
import { type Report, sectionOf } from "./report";
import { countOf, type Filters, NO_FILTERS } from "./rows";
import { address } from "./state";

/** A table and the filters under which it has the rows that are counted. */
export interface Counted {
  view: string;
  filters: Partial<Filters>;
}

export function howMany(report: Report, { view, filters }: Counted): number {
  return countOf(sectionOf(report, view), { ...NO_FILTERS, ...filters });
}

/** The number, with what is counted, as a link to the rows; nothing to count leads nowhere. */
export function number(report: Report, of: Counted, say: (count: number) => string = counted): HTMLElement {
  const count = howMany(report, of);
  return linked(count, of, say(count));
}

/** `count` is known already: that of the rows behind the address. */
export function linked(count: number, { view, filters }: Counted, text: string): HTMLElement {
  if (count === 0) return h("span", {}, text);
  return h("a", { href: address(view, filters), "data-count": count }, text);
}

/** The entities without a dump that tells anything: known by name only, or from a job that is pending or failed. */
export function withoutDump(report: Report, base: Partial<Filters>): Counted {
  const words = sectionOf(report, "entities")?.words("evidence")?.words ?? [];
  const evidence = [...new Set(words)].filter((word) => ["", "pending", "failed", "contradicted"].includes(word));
  // Without a word, nothing would be asked for.
  return { view: "entities", filters: both(base, { where: { evidence: evidence.length > 0 ? evidence : ["pending"] } }) };
}

/** `1 entity`, `2 entities`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${counted(count)} ${count === 1 ? one : many}`;
}

/** The filter for one account, or for rows without one. */
export function ofAccount(id: string): Partial<Filters> {
  return id === "" ? { where: { account_id: [""] } } : { account: id };
}

/** Filters of both, those of the second leading. */
export function both(first: Partial<Filters>, second: Partial<Filters>): Partial<Filters> {
  return { ...first, ...second, where: { ...first.where, ...second.where } };
}
