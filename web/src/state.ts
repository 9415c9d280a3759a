// What is shown, in the address after `#`: links, the Back button and bookmarks work, and a state can be sent to a colleague.

import { type AwsRows, type Filters, NO_FILTERS } from "./rows";

/** Which columns of a table are shown, and what leads its order; `-` before a name turns it round. Empty leaves both to the report. */
export interface Layout {
  columns: string[];
  sort: string[];
}

export const NO_LAYOUT: Layout = { columns: [], sort: [] };

export interface State {
  view: string;
  filters: Filters;
  layout: Layout;
}

/** Before the machine name of a column whose words are chosen. */
const WHERE = "w.";

export function readState(): State {
  const given = new URLSearchParams(location.hash.slice(1));
  const text = (name: string): string => given.get(name) ?? "";
  const list = (name: string): string[] => text(name).split(",").filter(Boolean);
  // Without a prototype: any name may stand in an address.
  const where = Object.create(null) as Record<string, string[]>;
  for (const [name, word] of given) if (name.startsWith(WHERE)) (where[name.slice(WHERE.length)] ??= []).push(word);
  const aws = text("aws");
  return {
    // An entity alone is the entity's own page.
    view: text("view") || (given.has("entity") ? "entity" : "overview"),
    filters: {
      account: text("account"),
      entity: text("entity"),
      service: text("service"),
      verdicts: list("verdict"),
      search: text("search"),
      where,
      aws: aws === "with" || aws === "only" ? (aws as AwsRows) : "",
    },
    layout: { columns: list("columns"), sort: list("sort") },
  };
}

export function address(view: string, filters: Partial<Filters>, layout: Layout = NO_LAYOUT): string {
  const { account, entity, service, verdicts, search, where, aws } = { ...NO_FILTERS, ...filters };
  const chosen = Object.entries(where).flatMap(([name, words]) => words.map((word): [string, string] => [WHERE + name, word]));
  const given: [string, string][] = [
    ["view", view === "entity" && entity ? "" : view],
    ["account", account],
    ["entity", entity],
    ["service", service],
    ["verdict", verdicts.join(",")],
    ["search", search],
    ["aws", aws],
    ["columns", layout.columns.join(",")],
    ["sort", layout.sort.join(",")],
  ];
  // A word of a column may be empty: that too can be chosen.
  return `#${new URLSearchParams([...given.filter(([, value]) => value !== ""), ...chosen])}`;
}

/** Goes there; `quietly` without a step for the Back button, as while someone types. */
export function go(to: string, quietly = false): void {
  if (quietly) {
    history.replaceState(null, "", to);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = to;
  }
}
