// Where a click leads: on an account, an entity or a service to its rows.

import type { Column } from "./columns";
import type { Report, Section } from "./report";
import type { Filters } from "./rows";
import { address } from "./state";

/** Sections with one row per account, entity or service: a click leads to the rows behind it. */
const ROLL_UPS = new Set(["summary", "services", "staleness", "roles", "trend"]);
/** Sections with a row per entity and permission, in the order in which they answer "what can go?". */
const ROWS = ["unused-services", "unused-actions", "list", "compare", "compare-long"];

/** The view that has the rows of one entity or service. */
export function rowsView(report: Report): string {
  const here = ROWS.find((id) => report.sections.some((section) => section.id === id));
  return here ?? report.sections[0]?.id ?? "overview";
}

/** The address behind a cell; `undefined` where it leads nowhere. Filters that are set stay set. */
export function linkOf(report: Report, section: Section, column: Column, row: number, filters: Filters): string | undefined {
  const change = filterOf(section, column, row);
  if (change === undefined) return undefined;
  return address(ROLL_UPS.has(section.id) ? rowsView(report) : section.id, { ...filters, ...change });
}

function filterOf(section: Section, column: Column, row: number): Partial<Filters> | undefined {
  const text = (name: string): string => section.column(name)?.text(row) ?? "";
  switch (column.name) {
    case "account_id":
    case "account_a":
    case "account_b":
      return { account: column.text(row) };
    case "entity_name":
    case "entity_arn": {
      // The ARN of an AWS-managed policy is that of every account's.
      const account = text("account_id");
      return { entity: text("entity_arn") || text("entity_name"), ...(account && { account }) };
    }
    case "entity_a":
    case "entity_b":
      return { entity: column.text(row) };
    case "service_namespace":
      return { service: column.text(row) };
    default:
      return undefined;
  }
}
