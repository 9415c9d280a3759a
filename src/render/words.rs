//! The sentences that several formats share, so that no two of them count differently.

use crate::problem::{Problem, Severity};
use crate::report::people::label;
use crate::report::{InputCounts, Report};

/// How the inputs fared, in one line.
pub(super) fn inputs(counts: &InputCounts) -> String {
    let InputCounts { found, read, skipped, failed } = counts;
    format!("found {found}: read {read}, skipped {skipped}, failed {failed}")
}

/// The problems of one severity, in the report's order.
pub(super) fn problems_of(report: &Report, severity: Severity) -> impl Iterator<Item = &Problem> {
    report.problems.iter().filter(move |problem| problem.severity() == severity)
}

/// The problems that a report shows: all but files of other programs, which are only counted.
pub(super) fn shown_problems(report: &Report) -> impl Iterator<Item = &Problem> {
    report.problems.iter().filter(|problem| problem.severity() != Severity::Skipped)
}

/// "3 not read, 2 incomplete, 1 warning", or `None` where there is nothing to tell.
pub(super) fn problem_counts(report: &Report) -> Option<String> {
    let count = |severity, one: &str, many: &str| match problems_of(report, severity).count() {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {many}")),
    };
    let parts: Vec<String> = [
        count(Severity::NotRead, "not read", "not read"),
        count(Severity::Incomplete, "incomplete", "incomplete"),
        count(Severity::Warning, "warning", "warnings"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `label value, label value`, the labels in words.
pub(super) fn totals(totals: &[(String, String)]) -> String {
    totals.iter().map(|(name, value)| format!("{} {value}", label(name))).collect::<Vec<_>>().join(", ")
}
