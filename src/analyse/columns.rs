//! The definition of every column of every report: written once, shown by Markdown, JSON, `docs/reports.md` and whatever else
//! explains a column.

use crate::report::{Column, ColumnKind};

use ColumnKind::{Count, Date, Days, Flag, Instant, Percent, Ratio, Text};

/// Name, kind, and what the column says.
const DEFINITIONS: &[(&str, ColumnKind, &str)] = &[
    ("account_id", Text, "12-digit account of the entity; empty where it is not known, as for AWS-managed policies"),
    ("entity_type", Text, "user, role, group or policy"),
    ("entity_name", Text, "name without the IAM path, or the label under which the dump was saved"),
    ("entity_arn", Text, "ARN of the entity, where it is known exactly"),
    ("service_namespace", Text, "the service's key in policies, such as ec2"),
    ("service_name", Text, "the service's name for display, from the newest dump"),
    ("action_name", Text, "the tracked action, without the namespace"),
    ("access_level", Text, "List, Read, Write, Tagging or Permissions management"),
    ("last_accessed", Instant, "last access that any document shows"),
    ("last_accessed_by", Text, "who made that access"),
    ("last_accessed_region", Text, "where that access went"),
    ("days_since", Days, "whole days from last_accessed to as_of"),
    ("observed_days", Days, "for a row with no access: for how many days AWS was watching"),
    ("verdict", Text, "active, stale, unused, or unknown where the evidence carries no more"),
    (
        "unknown_reason",
        Text,
        "why the verdict is unknown: contradicted, date-unreadable, newer-access, no-date, no-start, granted-recently, \
         window-too-short, age-unknown or no-dump",
    ),
    ("bucket", Text, "age class of the last access; unused where the verdict is"),
    ("as_of", Instant, "date of the dump, from which ages are counted"),
    (
        "evidence",
        Text,
        "what the dump proves: complete, empty, truncated, suspect, used-only, pending, failed or contradicted",
    ),
    (
        "identified_by",
        Text,
        "how the entity is known: member, key, manifest, sidecar, template, path, inferred or unknown",
    ),
    (
        "aws_controlled",
        Flag,
        "whether AWS edits the entity: a service-linked role, a role under /aws-reserved/, an AWS-managed policy",
    ),
    ("remedy", Text, "what the owner can do: edit-policy, detach-or-replace, change-permission-set or none"),
    (
        "observed_limit",
        Text,
        "what the watch begins with: grant, recreated, creation, tracking, recording, history or window",
    ),
    ("granted_since", Instant, "when the permission was last seen to be missing; empty where no whole dump lacks it"),
    ("age_known_by", Text, "what shows that the entity is old enough: creation, history, access or none"),
    ("last_accessed_source", Text, "the file that shows the last access"),
    ("used_untracked", Flag, "whether the service was used through actions that AWS does not track"),
    ("entities", Count, "entities with a usable dump"),
    ("services_granted", Count, "entity × service pairs that identity policies allow"),
    ("services_active", Count, "of these, accessed less than the threshold before the dump"),
    ("services_stale", Count, "of these, accessed, but at least the threshold before the dump"),
    ("services_unused", Count, "of these, never accessed while watched for at least the threshold"),
    ("services_unknown", Count, "of these, nothing can be concluded"),
    ("services_unused_pct", Percent, "services_unused of services_granted"),
    ("actions_active", Count, "of the tracked actions, accessed less than the threshold before the dump"),
    ("actions_stale", Count, "of the tracked actions, accessed, but at least the threshold before the dump"),
    ("actions_unknown", Count, "of the tracked actions, nothing can be concluded"),
    ("actions_unused_pct", Percent, "actions_unused of actions_tracked"),
    ("oldest_as_of", Instant, "date of the oldest dump that speaks for an entity of the account"),
    ("newest_as_of", Instant, "date of the newest such dump"),
    ("dumps_incomplete", Count, "dumps of all dates that are neither complete nor empty"),
    ("accounts", Count, "accounts concerned"),
    ("entities_granted", Count, "entities that may use the service"),
    ("entities_active", Count, "of these, accessed less than the threshold before the dump"),
    ("entities_stale", Count, "of these, accessed, but at least the threshold before the dump"),
    ("entities_unused", Count, "of these, never accessed while watched for at least the threshold"),
    ("entities_unknown", Count, "of these, nothing can be concluded"),
    ("actions_used", Count, "of these, those that anyone accessed"),
    ("grants", Count, "entity × tracked action pairs"),
    ("grants_active", Count, "of these, accessed less than the threshold before the dump"),
    ("grants_stale", Count, "of these, accessed, but at least the threshold before the dump"),
    ("grants_unused", Count, "of these, never accessed while watched for at least the threshold"),
    ("grants_unknown", Count, "of these, nothing can be concluded"),
    ("grants_unused_pct", Percent, "grants_unused of grants"),
    ("total", Count, "permissions counted in the row"),
    ("cell", Text, "days since the last access, unused, or unknown"),
    ("entity_a", Text, "the first entity"),
    ("entity_b", Text, "the second entity"),
    ("account_a", Text, "the account of the first"),
    ("account_b", Text, "the account of the second"),
    ("granted_a", Count, "permissions of the first"),
    ("granted_b", Count, "permissions of the second"),
    ("granted_both", Count, "permissions of both"),
    ("used_a", Count, "of these, accessed by the first at any time in the window"),
    ("used_b", Count, "of these, accessed by the second at any time in the window"),
    ("used_both", Count, "accessed by both"),
    ("jaccard_granted", Ratio, "granted_both of what either may do"),
    ("jaccard_used", Ratio, "used_both of what either accessed"),
    ("accounts_granted", Count, "accounts in which the role may use the service"),
    ("accounts_used", Count, "of these, those in which it did at any time in the window"),
    ("accounts_unused", Count, "of these, those in which it never did while watched for at least the threshold"),
    ("accounts_unknown", Count, "accounts in which nothing can be concluded, those where nothing was seen included"),
    (
        "unused_everywhere",
        Flag,
        "whether it is unused in every account, nothing is unseen, and the owner can change it",
    ),
    ("unused_everywhere_seen", Flag, "the same, without regard to accounts where nothing was seen"),
    ("actions_unused_seen", Count, "of the names, those that nobody used as far as the dumps show"),
    ("entities_unseen", Count, "entities whose dumps do not show whether the service is granted to them"),
    ("entities_without_actions", Count, "entities to which it is granted and whose actions the dumps do not show"),
    ("change", Text, "what happened between the two dumps"),
    ("old_last_accessed", Instant, "last access in the old dump"),
    ("new_last_accessed", Instant, "last access in the new dump"),
    ("old_verdict", Text, "verdict in the old dump"),
    ("new_verdict", Text, "verdict in the new dump"),
    ("old_as_of", Instant, "date of the old dump"),
    ("new_as_of", Instant, "date of the new dump"),
    ("date", Date, "the UTC day on which the dumps were made"),
    ("source", Text, "the file"),
    ("member", Text, "the member of an archive, or the place in the document"),
    ("organizations_path", Text, "the root, unit or account that the report is about, where file or path names it"),
    ("last_accessed_path", Text, "the root, unit or account from which that access came"),
    ("accounts_accessed", Count, "accounts in the organizations path with an access"),
    ("entity_id", Text, "the unique id of the entity"),
    ("entity_path", Text, "the IAM path of the entity"),
    ("shape", Text, "what the file was taken for"),
    ("job_type", Text, "SERVICE_LEVEL or ACTION_LEVEL"),
    ("job_status", Text, "COMPLETED, IN_PROGRESS or FAILED"),
    ("services", Count, "service rows"),
    ("tracked_actions", Count, "action rows"),
    ("risk", Text, "critical, high, medium, low or info; empty where the action is not known"),
    (
        "risk_category",
        Text,
        "why: escalation, credentials, exfiltration, exposure, destructive, write, tagging, read, list",
    ),
    ("closes", Text, "escalation paths that are open, and closed by removing this unused permission"),
    ("risk_basis", Text, "granted, or potential where it rests on the action alone"),
    ("policy_kind", Text, "inline, customer (a managed policy of the account) or aws (one by AWS)"),
    ("policy_name", Text, "the policy that grants the permission; empty where no policy that is known does"),
    ("policy_arn", Text, "its ARN; an inline policy has none"),
    ("policy_version", Text, "its default version, the one that holds"),
    ("via", Text, "direct, group, or self where the entity is the policy"),
    ("via_name", Text, "the group"),
    ("statement", Count, "the number of the statement in the document, from 1"),
    ("sid", Text, "the Sid of the statement, where it has one"),
    ("pattern", Text, "the most specific pattern of the statement that matches, as written; empty with NotAction"),
    ("pattern_kind", Text, "exact, prefix, wildcard, service, all, malformed or not-action"),
    ("resource_scope", Text, "all where Resource holds *, some, or not-resource"),
    ("conditions", Count, "condition keys of the statement"),
    ("deny", Text, "what Deny statements of the entity take away: none, partly, or whole: then it is not granted"),
    ("boundary", Text, "what the permissions boundary says: none (there is none), allows, partly, excludes or unknown"),
    ("holders", Count, "users and roles found that hold the policy, directly or through a group"),
    ("holders_complete", Flag, "whether the attachments found are as many as AWS counts; empty without a count"),
    ("granted_since_kind", Text, "exact, or-earlier, or-later or unknown: what granted_since is"),
    ("action_known", Flag, "whether the catalogue or a dump has the action"),
    ("evidence_of_action", Text, "used, stale, unused, unknown, untracked or no-evidence"),
    ("agreement", Text, "whether dump and policies agree about the service: ok, dump-only, policy-only or unknown"),
    ("note", Text, "what a reader should know, and what to do"),
    ("outcome", Text, "read, skipped or failed"),
];

/// What a column means in one report only.
const IN_REPORT: &[(&str, &str, ColumnKind, &str)] = &[
    ("services", "actions_tracked", Count, "distinct action names listed"),
    (
        "services",
        "actions_unused",
        Count,
        "of these, those shown to be used by nobody: 0 while an entity that could have used them is unseen",
    ),
    ("services", "actions_unknown", Count, "of these, the rest: neither used nor shown to be unused"),
    ("summary", "actions_tracked", Count, "entity × tracked action pairs"),
    (
        "summary",
        "actions_unused",
        Count,
        "of the tracked actions, never accessed while watched for at least the threshold",
    ),
    ("services", "used_untracked", Count, "entities that used the service through actions that AWS does not track"),
    ("organizations", "identified_by", Text, "how organizations_path is known: member, path or unknown"),
    ("entities", "identified_by", Text, "how the service is known: member, manifest, path or unknown"),
    ("entities", "account_id", Text, "12-digit account of the entity"),
    ("entities", "entity_arn", Text, "ARN of the entity"),
    (
        "grants",
        "granted_since",
        Instant,
        "since when this policy grants it, by its saved versions; granted_since_kind says how sure that is",
    ),
    ("grants", "verdict", Text, "verdict of the permission, as in list; empty where a dump does not list it"),
    ("grants", "source", Text, "the file that holds the policy, or says what the entity holds"),
    (
        "grants",
        "note",
        Text,
        "no-dump, policies-unknown, policies-incomplete, document-missing, group-missing, tracked-and-not-listed",
    ),
    ("trend", "actions_tracked", Count, "entity × tracked action pairs"),
    (
        "trend",
        "actions_unused",
        Count,
        "of the tracked actions, never accessed while watched for at least the threshold",
    ),
];

/// Every fixed column, as name, kind and sentence.
pub fn definitions() -> impl Iterator<Item = (&'static str, ColumnKind, &'static str)> {
    let in_report = IN_REPORT.iter().map(|&(_, name, kind, about)| (name, kind, about));
    DEFINITIONS.iter().copied().chain(in_report)
}

/// The definition of column `name` in the report `report`; a name that is not fixed is a bucket or an entity.
#[must_use]
pub fn define(report: &str, name: &str) -> Column {
    let own = IN_REPORT.iter().find(|d| d.0 == report && d.1 == name).map(|d| (d.2, d.3));
    let fixed = own.or_else(|| DEFINITIONS.iter().find(|d| d.0 == name).map(|d| (d.1, d.2)));
    let (kind, about) = match fixed {
        Some((kind, about)) => (kind, about.to_owned()),
        None if report.starts_with("compare") => (
            Text,
            format!(
                "days since {name} last accessed it, unused, unknown, or ? where its dumps do not show whether it is granted"
            ),
        ),
        None => (Count, format!("permissions in the bucket {name}")),
    };
    Column { name: name.to_owned(), kind, about }
}
