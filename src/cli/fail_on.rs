//! Whether a `--fail-on` condition is met by what was written: decided from the rows that the user is shown, so that exit code and
//! report never disagree.

use dormant::analyse::{self, DecisionTotals, ReportSpec};
use dormant::model::{DecisionState, Verdict};
use dormant::problem::Kind;
use dormant::report::Report;

use super::args::{FailOn, FailOnMore};

/// What the conditions count, beside the rows of the reports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shortcomings {
    /// Findings that were not there before.
    pub new: u64,
    /// Inputs that fell short; with `--strict` those with a warning too.
    pub inputs: u64,
}

/// Whether there are more than allowed of what any of `conditions` counts. `reports` are those of `specs`, in order.
pub fn is_met(
    conditions: &[FailOnMore],
    specs: &[ReportSpec],
    reports: &[Report],
    decisions: Option<&DecisionTotals>,
    shortcomings: Shortcomings,
) -> bool {
    let decided = |state| decisions.map_or(0, |totals| totals.of(state).unsigned_abs());
    let count = |what| match what {
        FailOn::New => shortcomings.new,
        FailOn::Unused => listed(Verdict::Unused, specs, reports),
        FailOn::Stale => listed(Verdict::Stale, specs, reports),
        // Each report of a run has the problems of all inputs.
        FailOn::Contradicted => reports.iter().map(contradicted).max().unwrap_or(0),
        FailOn::Incomplete => shortcomings.inputs,
        FailOn::ExpiredDecision => decided(DecisionState::Expired),
        FailOn::UnmatchedDecision => decided(DecisionState::Unmatched),
        FailOn::Overdue => decided(DecisionState::Overdue),
        FailOn::ContradictedDecision => decided(DecisionState::Contradicted),
    };
    conditions.iter().any(|condition| count(condition.what) > condition.allowed)
}

/// How often documents disprove one another: rows, or a whole dump.
fn contradicted(report: &Report) -> u64 {
    report.problems.iter().filter(|problem| problem.kind == Kind::ContradictedRows).count() as u64
}

/// How many rows of `verdict` the `unused` reports have: there the filters have been applied and roles that nobody can edit left out.
fn listed(verdict: Verdict, specs: &[ReportSpec], reports: &[Report]) -> u64 {
    let removals = specs.iter().zip(reports).filter(|(spec, _)| matches!(spec, ReportSpec::Unused { .. }));
    let sections = removals.flat_map(|(_, report)| &report.sections);
    sections.map(|section| analyse::rows_with(verdict, &section.table).unsigned_abs()).sum()
}

#[cfg(test)]
mod tests {
    use dormant::analyse::Sort;
    use dormant::model::Level;

    use super::*;
    use crate::cli::sample_for_tests::report;

    const fn any(what: FailOn) -> FailOnMore {
        FailOnMore { what, allowed: 0 }
    }

    fn is_met_by(on: FailOnMore, spec: &ReportSpec, report: Report, decisions: Option<&DecisionTotals>) -> bool {
        is_met(&[on], std::slice::from_ref(spec), &[report], decisions, Shortcomings::default())
    }

    const UNUSED: ReportSpec = ReportSpec::Unused { level: Level::Service, all_actions: false, sort: Sort::Entity };

    #[test]
    fn a_row_that_is_shown_meets_the_condition() {
        let met = |condition, verdicts: &[&str]| is_met_by(any(condition), &UNUSED, report(verdicts), None);
        assert!(met(FailOn::Unused, &["stale", "unused"]));
        assert!(met(FailOn::Stale, &["stale", "unused"]));
        assert!(!met(FailOn::Unused, &["stale"]));
        assert!(!met(FailOn::Stale, &[]));
    }

    #[test]
    fn only_reports_of_what_to_remove_count() {
        let list = ReportSpec::List { level: Level::Service };
        assert!(!is_met_by(any(FailOn::Unused), &list, report(&["unused"]), None));
        let both = [report(&[]), report(&["unused"])];
        assert!(is_met(&[any(FailOn::Unused)], &[list, UNUSED], &both, None, Shortcomings::default()));
    }

    #[test]
    fn as_many_as_allowed_pass() {
        let met = |allowed| {
            let on = FailOnMore { what: FailOn::Unused, allowed };
            is_met_by(on, &UNUSED, report(&["unused", "stale", "unused"]), None)
        };
        assert_eq!([0, 1, 2, 3].map(met), [true, true, false, false]);
        let of = |new, inputs| Shortcomings { new, inputs };
        let met = |what, shortcomings| {
            is_met(&[FailOnMore { what, allowed: 3 }], &[UNUSED], &[report(&[])], None, shortcomings)
        };
        assert!(!met(FailOn::New, of(3, 9)) && met(FailOn::New, of(4, 0)));
        assert!(!met(FailOn::Incomplete, of(9, 3)) && met(FailOn::Incomplete, of(0, 4)));
    }

    #[test]
    fn incomplete_is_about_the_inputs() {
        let one = Shortcomings { new: 0, inputs: 1 };
        assert!(is_met(&[any(FailOn::Incomplete)], &[UNUSED], &[report(&[])], None, one));
        assert!(!is_met_by(any(FailOn::Incomplete), &UNUSED, report(&["unused"]), None));
        assert!(!is_met(&[], &[UNUSED], &[report(&["unused"])], None, one));
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
            assert!(is_met_by(any(condition), &UNUSED, report(&[]), Some(&totals(state))));
            assert!(!is_met_by(any(condition), &UNUSED, report(&[]), Some(&totals(DecisionState::Open))));
            assert!(!is_met_by(any(condition), &UNUSED, report(&[]), None));
        }
    }
}
