// What changed between two dumps, as a sentence.

import type { Section } from "./report";

/** "started using athena (2026-06-29)", for the entity that is named before it. */
export function changeOf(section: Section, row: number): string {
  const text = (name: string): string => section.column(name)?.text(row) ?? "";
  const day = (name: string): string => text(name).slice(0, 10);
  const what = [text("service_namespace"), text("action_name")].filter(Boolean).join(":");
  const on = (name: string): string => (day(name) === "" ? "" : ` (${day(name)})`);
  const last = (of: string): string => (of === "" ? "" : `: last used ${of}`);
  // The sentences of report.md: a change is told in one way.
  switch (text("change")) {
    case "entity-added":
      return "has a dump for the first time";
    case "entity-removed":
      return "has no dump any more";
    case "granted":
      return `was granted ${what}${text("new_verdict") === "unused" ? ", and has not used it" : ""}`;
    case "revoked":
      return `may not use ${what} any more${last(day("old_last_accessed"))}`;
    case "listed":
      return `has ${what} in its list for the first time`;
    case "unlisted":
      return `does not have ${what} in its list any more`;
    case "started":
      return `started using ${what}${on("new_last_accessed")}`;
    case "resumed":
      // The verdicts are of all documents, and the dates those of the two dumps.
      if (day("old_last_accessed") >= day("new_last_accessed")) return `uses ${what} again, as a document beside its dumps shows: in these it was last used ${day("new_last_accessed")}`;
      return `uses ${what} again${on("new_last_accessed")}, after ${day("old_last_accessed")}`;
    case "went-stale":
      return `stopped using ${what}${last(day("new_last_accessed") || day("old_last_accessed"))}`;
    case "aged-out":
      return `used ${what} last on ${day("old_last_accessed")}, which AWS does not remember any more`;
    case "went-backwards":
      if (day("new_last_accessed") === "") return `shows no use of ${what} any more, after ${day("old_last_accessed")}`;
      return `shows an earlier use of ${what} than before: ${day("new_last_accessed")} after ${day("old_last_accessed")}`;
    case "not-comparable":
      return "cannot be compared: it has the same dump at both dates, or one that is incomplete or not usable";
    case "newer-date":
      return `used ${what} again${on("new_last_accessed")}`;
    default:
      return `${text("change").replaceAll("-", " ")} ${what}`.trim();
  }
}
