// What is shown, in the address after `#`: links, the Back button and bookmarks work, and a state can be sent to a colleague.

import { type Filters, NO_FILTERS } from "./rows";

export interface State {
  view: string;
  filters: Filters;
}

export function readState(): State {
  const given = new URLSearchParams(location.hash.slice(1));
  const text = (name: string): string => given.get(name) ?? "";
  return {
    view: text("view") || "overview",
    filters: {
      account: text("account"),
      entity: text("entity"),
      service: text("service"),
      verdicts: text("verdict").split(",").filter(Boolean),
      search: text("search"),
    },
  };
}

export function address(view: string, filters: Partial<Filters>): string {
  const { account, entity, service, verdicts, search } = { ...NO_FILTERS, ...filters };
  const given = { view, account, entity, service, verdict: verdicts.join(","), search };
  return `#${new URLSearchParams(Object.entries(given).filter(([, value]) => value !== ""))}`;
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
