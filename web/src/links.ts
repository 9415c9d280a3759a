// Where a click on a cell leads: on an entity to its own page, on an account or a service to its rows, on a count to what it counts, on the folder of a proposal to its description.

import type { Field } from "./fields";
import { type Report, type Section, sectionOf } from "./report";
import { exactly, type Filters, NO_FILTERS } from "./rows";
import { address } from "./state";

/** Sections with one row per account, entity or service: a click leads to the rows behind it. */
const ROLL_UPS = new Set(["summary", "services", "staleness", "roles", "trend", "entities"]);
/** Sections with a row per entity and permission, in the order in which they answer "what can go?". */
const ROWS = ["unused-services", "unused-actions", "list", "all-services", "compare", "compare-long"];

/** The view that has the rows of one entity or service. */
export function rowsView(report: Report): string {
  return ROWS.find((id) => sectionOf(report, id) !== undefined) ?? report.sections[0]?.id ?? "overview";
}

/** The address behind a cell; `undefined` where it leads nowhere. Filters that are set stay set. */
export function linkOf(report: Report, section: Section, field: Field, row: number, filters: Filters): string | undefined {
  const text = (name: string): string => section.column(name)?.text(row) ?? "";
  const rows = (change: Partial<Filters>): string => address(ROLL_UPS.has(section.id) ? rowsView(report) : section.id, { ...filters, ...change });
  switch (field.id) {
    case "account_id":
    case "account_a":
    case "account_b":
      return rows({ account: text(field.id) });
    case "entity":
    case "entity_arn":
    case "entity_name":
      return entityLink(text("entity_arn"), text("entity_name"), text("account_id"));
    case "entity_a":
      return entityLink(text(field.id), "", text("account_a"));
    case "entity_b":
      return entityLink(text(field.id), "", text("account_b"));
    case "service_namespace":
      return rows({ service: text(field.id) });
    case "policy_name":
    case "folder":
      return proposalLink(text("folder"));
    default:
      return countLink(report, section, field, row);
  }
}

/** The description of a proposal, in its folder beside the page. The folder's name may hold `%`, which an address has to spell. */
function proposalLink(folder: string): string | undefined {
  return folder === "" ? undefined : `${folder.split("/").map(encodeURIComponent).join("/")}/README.md`;
}

/** The address of an entity's own page. The ARN of an AWS-managed policy is that of every account's, so the account goes along. */
export function entityLink(arn: string, name: string, account: string): string {
  return address("entity", { entity: exactly(arn, name), account });
}

/** The numbers of `summary`, `entities` and `staleness` that are counts of rows in "All services". */
const VERDICT_COUNTS: Record<string, string[]> = {
  services_granted: [],
  services_active: ["active"],
  services_stale: ["stale"],
  services_unused: ["unused"],
  services_unknown: ["unknown"],
};

function countLink(report: Report, section: Section, field: Field, row: number): string | undefined {
  const verdicts = VERDICT_COUNTS[field.id];
  if (verdicts === undefined || !sectionOf(report, "all-services") || !["summary", "entities"].includes(section.id)) return undefined;
  const text = (name: string): string => section.column(name)?.text(row) ?? "";
  if (field.column.text(row) === "0") return undefined;
  const of = section.id === "entities" ? { entity: exactly(text("entity_arn"), text("entity_name")) } : {};
  // These numbers count what AWS controls too.
  return address("all-services", { ...NO_FILTERS, account: text("account_id"), ...of, verdicts, aws: "with" });
}
