// What changed between two dumps, as a sentence.

import type { Section } from "./report";

/** "started using athena (2026-06-29)", for the entity that is named before it. */
export function changeOf(section: Section, row: number): string {
  const text = (name: string): string => section.column(name)?.text(row) ?? "";
  const day = (name: string): string => text(name).slice(0, 10);
  const what = [text("service_namespace"), text("action_name")].filter(Boolean).join(":");
  const on = (name: string): string => (day(name) === "" ? "" : ` (${day(name)})`);
  switch (text("change")) {
    case "entity-added":
      return "has a dump for the first time";
    case "entity-removed":
      return "has no dump any more";
    case "granted":
      return `was granted ${what}${text("new_verdict") === "unused" ? ", and has not used it" : ""}`;
    case "revoked":
      return `may not use ${what} any more${day("old_last_accessed") === "" ? "" : `, last used ${day("old_last_accessed")}`}`;
    case "started":
      return `started using ${what}${on("new_last_accessed")}`;
    case "resumed":
      // The verdicts are of all documents, and the dates those of the two dumps.
      if (day("old_last_accessed") >= day("new_last_accessed")) return `uses ${what} again, as a document beside its dumps shows: in these it was last used ${day("new_last_accessed")}`;
      return `uses ${what} again${on("new_last_accessed")}, after ${day("old_last_accessed")}`;
    case "went-stale":
      return `stopped using ${what}: last used ${day("new_last_accessed") || day("old_last_accessed")}`;
    case "aged-out":
      return `used ${what} last on ${day("old_last_accessed")}, which AWS has forgotten since`;
    case "went-backwards":
      return `shows an earlier use of ${what} than before: ${day("new_last_accessed")} after ${day("old_last_accessed")}`;
    case "newer-date":
      return `used ${what} again${on("new_last_accessed")}`;
    default:
      return `${text("change").replaceAll("-", " ")} ${what}`.trim();
  }
}
