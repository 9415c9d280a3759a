//! The name of each report, what a row of it is, and which of its columns have a meaningful total.

use super::headline::rows_with;
use super::{By, GRANTED_ACTIONS, ReportSpec};
use crate::frame::{Cell, Table, schema};
use crate::model::{DecisionState, Evidence, Level, OtherOperation, Verdict};

/// The names of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Description {
    /// Stable, fit for a file name.
    pub id: &'static str,
    /// For a heading.
    pub title: &'static str,
    /// What a row is.
    pub caption: &'static str,
}

/// Describes the report of `spec`. A table with a line for each report, so it is as long as they are many.
#[must_use]
pub const fn describe(spec: &ReportSpec) -> Description {
    use Level::{Action, Service};
    let (id, title, caption) = match spec {
        ReportSpec::Summary => ("summary", "Summary", "One row per account."),
        ReportSpec::Services => {
            ("services", "Services", "One row per service: who may use it, and which of its actions nobody uses.")
        }
        ReportSpec::Unused { level: Service, .. } => {
            ("unused-services", "Unused services", "One row per unused or stale service.")
        }
        ReportSpec::Unused { level: Action, .. } => (
            "unused-actions",
            "Unused actions",
            "One row per unused or stale action. Actions of services that are wholly unused or stale are in \
             the report on unused services (--all-actions lists them here too).",
        ),
        ReportSpec::Staleness { long: true, .. } => {
            ("staleness-long", "Staleness", "One row per key and age: how many permissions were last used so long ago.")
        }
        ReportSpec::Staleness { by: By::Entity, .. } => {
            ("staleness", "Staleness", "One row per entity: its permissions by days since the last access.")
        }
        ReportSpec::Staleness { by: By::Service, .. } => {
            ("staleness", "Staleness", "One row per permission: its holders by days since the last access.")
        }
        ReportSpec::Staleness { by: By::Account, .. } => {
            ("staleness", "Staleness", "One row per account: its permissions by days since the last access.")
        }
        ReportSpec::Compare { long: false, .. } => {
            ("compare", "Compare", "One row per permission, one column per entity: days since the last access.")
        }
        ReportSpec::Compare { long: true, .. } => {
            ("compare-long", "Compare", "One row per entity and permission: days since the last access.")
        }
        ReportSpec::Pairs { .. } => ("pairs", "Pairs", "One row per two entities: what they share."),
        ReportSpec::Roles => ("roles", "Roles", "One row per role name and service, over all accounts."),
        ReportSpec::Diff { .. } => ("diff", "Changes", "One row per change between the old and the new dump."),
        ReportSpec::Trend => ("trend", "Trend", "One row per account and day."),
        ReportSpec::List { .. } => ("list", "List", "One row per entity and permission."),
        ReportSpec::Permissions { level: Service } => {
            ("all-services", "All services", "One row per entity and service that it is granted, with its verdict.")
        }
        ReportSpec::Permissions { level: Action } => (
            "all-actions",
            "All actions",
            "One row per entity and tracked action, with its verdict. Unused and stale actions of a service that is itself unused or stale \
             are not repeated here: the service is in the list of unused services.",
        ),
        ReportSpec::SampledActions(_) => (
            GRANTED_ACTIONS,
            "Granted actions",
            "One row per entity and tracked action that can be in the sample of an audit.",
        ),
        ReportSpec::Credentials => (
            "credentials",
            "Credentials",
            "One row per password, access key and role: when it was made, and when it was used last.",
        ),
        ReportSpec::Entities => (
            "entities",
            "Entities",
            "One row per user, role, group and policy, those without a dump included: what it may do, and when it last did anything.",
        ),
        ReportSpec::Grants { .. } => (
            "grants",
            "Grants",
            "One row per entity, permission and statement that grants it: which policy it is in, and what the dumps say about its use.",
        ),
        ReportSpec::Decisions => (
            "decisions",
            "Decisions",
            "One row per decision and permission: what was decided, and what became of it since.",
        ),
        ReportSpec::Kept => (
            "kept",
            "Kept by decision",
            "One row per unused or stale service or action that is not in the lists of these, because a decision keeps it.",
        ),
        ReportSpec::Recommend => (
            "recommend",
            "Recommendations",
            "One row per policy: the smaller policy that the dumps allow to propose, or why there is none.",
        ),
        ReportSpec::OtherOperation(OtherOperation::Organizations) => {
            ("organizations", "Organizations", "One row per service of an organizations path: who accessed it last.")
        }
        ReportSpec::OtherOperation(OtherOperation::Entities) => (
            "service-entities",
            "Service entities",
            "One row per service and entity that may use it: when it last did.",
        ),
        ReportSpec::Check => (
            "check",
            "Sources",
            "One row per input, or per dump where an input holds several: what it is, which entity it covers, whether it is complete. An input is a file, or a member of an archive.",
        ),
    };
    Description { id, title, caption }
}

/// Whether a column of `staleness` counts a bucket. The user gives the bounds; names of accounts and owners are columns too.
fn is_bucket(name: &str) -> bool {
    let is_verdict = [Verdict::Unused, Verdict::Unknown].iter().any(|verdict| verdict.as_str() == name);
    is_verdict || name.starts_with(|first: char| first.is_ascii_digit())
}

/// The totals of a report: always the number of rows, and the sums of columns that count things once.
#[must_use]
pub fn totals(spec: &ReportSpec, table: &Table) -> Vec<(String, i64)> {
    let summed: &[&str] = match spec {
        ReportSpec::Summary => &[
            "entities",
            "services_granted",
            "services_active",
            "services_stale",
            "services_unused",
            "services_unknown",
            "actions_tracked",
            "actions_unused",
        ],
        ReportSpec::Services => &["grants", "grants_active", "grants_stale", "grants_unused", "grants_unknown"],
        ReportSpec::Recommend => &["actions_removed"],
        _ => &[],
    };
    let names: Vec<&str> = table.names().collect();
    let reader = table.reader();
    let is_summed = |name: &str| match spec {
        ReportSpec::Staleness { long: true, .. } => name == "permissions",
        ReportSpec::Staleness { .. } => name == "total" || is_bucket(name),
        _ => summed.contains(&name),
    };
    let sum = |column: usize| -> i64 {
        let cells = (0..table.height()).map(|row| reader.cell(row, column));
        cells.map(|cell| if let Cell::Int(n) = cell { n } else { 0 }).sum()
    };
    let sums = names.iter().enumerate().filter(|(_, name)| is_summed(name));
    let sums = sums.map(|(at, name)| (name.to_string(), sum(at)));
    let rows = std::iter::once(("rows".to_owned(), table.height() as i64));
    let more = match spec {
        ReportSpec::Check => evidence(table),
        ReportSpec::Decisions => states(table),
        ReportSpec::Unused { .. } => {
            let of = |verdict: Verdict| (verdict.to_string(), rows_with(verdict, table));
            vec![of(Verdict::Unused), of(Verdict::Stale)]
        }
        _ => Vec::new(),
    };
    rows.chain(sums).chain(more).collect()
}

/// How many sources have each evidence.
fn evidence(sources: &Table) -> Vec<(String, i64)> {
    words(sources, schema::EVIDENCE, Evidence::ALL.iter().map(|evidence| evidence.as_str()))
}

/// How many decisions are in each state.
fn states(decisions: &Table) -> Vec<(String, i64)> {
    words(decisions, "state", DecisionState::ALL.iter().map(|state| state.as_str()))
}

/// How many rows have each word of a closed set in `column`, in the order of the set; words without a row are left out.
fn words(table: &Table, column: &str, set: impl Iterator<Item = &'static str>) -> Vec<(String, i64)> {
    let Some(column) = table.names().position(|name| name == column) else { return Vec::new() };
    let reader = table.reader();
    let mut counts: Vec<(String, i64)> = set.map(|word| (word.to_owned(), 0)).collect();
    for row in 0..table.height() {
        if let Cell::Text(word) = reader.cell(row, column)
            && let Some((_, count)) = counts.iter_mut().find(|(of, _)| of == word)
        {
            *count += 1;
        }
    }
    counts.retain(|(_, count)| *count > 0);
    counts
}
