//! Whether a `--fail-on` condition is met by what was written: decided from the rows that the user is shown, so that exit code and
//! report never disagree.

use dormant::analyse::{self, DecisionTotals, ReportSpec};
use dormant::model::{DecisionState, Verdict};
use dormant::problem::Kind;
use dormant::report::Report;

use super::args::FailOn;

/// Whether any of `conditions` is met. `reports` are those of `specs`, in order, and `has_new` says whether one of them lists what was not
/// there before.
pub fn is_met(
    conditions: &[FailOn],
    specs: &[ReportSpec],
    reports: &[Report],
    decisions: Option<&DecisionTotals>,
    has_new: bool,
    inputs_fell_short: bool,
) -> bool {
    let decided = |state| decisions.is_some_and(|totals| totals.of(state) > 0);
    conditions.iter().any(|condition| match condition {
        FailOn::New => has_new,
        FailOn::Unused => lists(Verdict::Unused, specs, reports),
        FailOn::Stale => lists(Verdict::Stale, specs, reports),
        FailOn::Contradicted => reports.iter().any(is_contradicted),
        FailOn::Incomplete => inputs_fell_short,
        FailOn::ExpiredDecision => decided(DecisionState::Expired),
        FailOn::UnmatchedDecision => decided(DecisionState::Unmatched),
        FailOn::Overdue => decided(DecisionState::Overdue),
        FailOn::ContradictedDecision => decided(DecisionState::Contradicted),
    })
}

/// Whether documents disprove one another: rows, or a whole dump.
fn is_contradicted(report: &Report) -> bool {
    report.problems.iter().any(|problem| problem.kind == Kind::ContradictedRows)
}

/// Whether an `unused` report has a row of `verdict`: there the filters have been applied and roles that nobody can edit left out.
fn lists(verdict: Verdict, specs: &[ReportSpec], reports: &[Report]) -> bool {
    let removals = specs.iter().zip(reports).filter(|(spec, _)| matches!(spec, ReportSpec::Unused { .. }));
    removals.flat_map(|(_, report)| &report.sections).any(|section| analyse::rows_with(verdict, &section.table) > 0)
}

#[cfg(test)]
mod tests {
    use dormant::analyse::Sort;
    use dormant::model::Level;

    use super::*;
    use crate::cli::sample_for_tests::report;

    const UNUSED: ReportSpec = ReportSpec::Unused { level: Level::Service, all_actions: false, sort: Sort::Entity };

    #[test]
    fn a_row_that_is_shown_meets_the_condition() {
        let met =
            |condition, verdicts: &[&str]| is_met(&[condition], &[UNUSED], &[report(verdicts)], None, false, false);
        assert!(met(FailOn::Unused, &["stale", "unused"]));
        assert!(met(FailOn::Stale, &["stale", "unused"]));
        assert!(!met(FailOn::Unused, &["stale"]));
        assert!(!met(FailOn::Stale, &[]));
    }

    #[test]
    fn only_reports_of_what_to_remove_count() {
        let list = ReportSpec::List { level: Level::Service };
        assert!(!is_met(&[FailOn::Unused], std::slice::from_ref(&list), &[report(&["unused"])], None, false, false));
        let both = [report(&[]), report(&["unused"])];
        assert!(is_met(&[FailOn::Unused], &[list, UNUSED], &both, None, false, false));
    }

    #[test]
    fn incomplete_is_about_the_inputs() {
        assert!(is_met(&[FailOn::Incomplete], &[UNUSED], &[report(&[])], None, false, true));
        assert!(!is_met(&[FailOn::Incomplete], &[UNUSED], &[report(&["unused"])], None, false, false));
        assert!(!is_met(&[], &[UNUSED], &[report(&["unused"])], None, false, true));
    }

    #[test]
    fn decisions_are_counted_by_their_state() {
        let totals = |state| DecisionTotals { states: [(state, 1)].into(), ..DecisionTotals::default() };
        let conditions = [
            (FailOn::ExpiredDecision, DecisionState::Expired),
            (FailOn::UnmatchedDecision, DecisionState::Unmatched),
            (FailOn::Overdue, DecisionState::Overdue),
            (FailOn::ContradictedDecision, DecisionState::Contradicted),
        ];
        for (condition, state) in conditions {
            assert!(is_met(&[condition], &[UNUSED], &[report(&[])], Some(&totals(state)), false, false));
            assert!(!is_met(&[condition], &[UNUSED], &[report(&[])], Some(&totals(DecisionState::Open)), false, false));
            assert!(!is_met(&[condition], &[UNUSED], &[report(&[])], None, false, false));
        }
    }
}
