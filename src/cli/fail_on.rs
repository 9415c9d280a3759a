//! Whether a `--fail-on` condition is met by what was written: decided from the rows that the user is shown, so that exit code and
//! report never disagree.

use dormant::analyse::{self, DecisionTotals, ReportSpec};
use dormant::model::{DecisionState, Verdict};
use dormant::problem::Kind;
use dormant::report::Report;
use dormant::util::numbers::thousands;

use super::args::{FailOn, FailOnMore};

/// What the conditions count, beside the rows of the reports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shortcomings {
    /// Findings that were not there before.
    pub new: u64,
    /// Inputs that fell short; with `--strict` those with a warning too.
    pub inputs: u64,
}

/// The conditions that are met, with what was counted: there are more than allowed. `reports` are those of `specs`, in order.
pub fn met(
    conditions: &[FailOnMore],
    specs: &[ReportSpec],
    reports: &[Report],
    decisions: Option<&DecisionTotals>,
    shortcomings: Shortcomings,
) -> Vec<String> {
    let decided = |state| {
        let rows = decisions.map_or(0, |totals| totals.of(state).unsigned_abs());
        (rows, ["row of decisions", "rows of decisions"])
    };
    let count = |what| match what {
        FailOn::New => (shortcomings.new, ["row", "rows"]),
        FailOn::Unused => (listed(Verdict::Unused, specs, reports), ["row", "rows"]),
        FailOn::Stale => (listed(Verdict::Stale, specs, reports), ["row", "rows"]),
        // Each report of a run has the problems of all inputs.
        FailOn::Contradicted => {
            (reports.iter().map(contradicted).max().unwrap_or(0), ["problem of inputs", "problems of inputs"])
        }
        FailOn::Incomplete => (shortcomings.inputs, ["problem of inputs", "problems of inputs"]),
        FailOn::ExpiredDecision => decided(DecisionState::Expired),
        FailOn::UnmatchedDecision => decided(DecisionState::Unmatched),
        FailOn::Overdue => decided(DecisionState::Overdue),
        FailOn::ContradictedDecision => decided(DecisionState::Contradicted),
    };
    let told = |condition: &FailOnMore| {
        let (counted, [one, several]) = count(condition.what);
        let is_met = counted > condition.allowed;
        is_met.then(|| {
            format!("--fail-on {condition}: {} {}", thousands(counted), if counted == 1 { one } else { several })
        })
    };
    conditions.iter().filter_map(told).collect()
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
        !met(&[on], std::slice::from_ref(spec), &[report], decisions, Shortcomings::default()).is_empty()
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
        assert!(!met(&[any(FailOn::Unused)], &[list, UNUSED], &both, None, Shortcomings::default()).is_empty());
    }

    #[test]
    fn as_many_as_allowed_pass() {
        let over = |allowed| {
            let on = FailOnMore { what: FailOn::Unused, allowed };
            is_met_by(on, &UNUSED, report(&["unused", "stale", "unused"]), None)
        };
        assert_eq!([0, 1, 2, 3].map(over), [true, true, false, false]);
        let of = |new, inputs| Shortcomings { new, inputs };
        let over = |what, shortcomings| {
            !met(&[FailOnMore { what, allowed: 3 }], &[UNUSED], &[report(&[])], None, shortcomings).is_empty()
        };
        assert!(!over(FailOn::New, of(3, 9)) && over(FailOn::New, of(4, 0)));
        assert!(!over(FailOn::Incomplete, of(9, 3)) && over(FailOn::Incomplete, of(0, 4)));
    }

    #[test]
    fn incomplete_is_about_the_inputs() {
        let one = Shortcomings { new: 0, inputs: 1 };
        assert!(!met(&[any(FailOn::Incomplete)], &[UNUSED], &[report(&[])], None, one).is_empty());
        assert!(!is_met_by(any(FailOn::Incomplete), &UNUSED, report(&["unused"]), None));
        assert!(met(&[], &[UNUSED], &[report(&["unused"])], None, one).is_empty());
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

    #[test]
    fn a_condition_that_is_met_says_its_number() {
        let unused = |allowed| FailOnMore { what: FailOn::Unused, allowed };
        let of = |conditions: &[FailOnMore]| {
            met(conditions, &[UNUSED], &[report(&["unused", "unused", "stale"])], None, Shortcomings::default())
        };
        let stale = any(FailOn::Stale);
        assert_eq!(of(&[unused(1), stale, any(FailOn::New)]), ["--fail-on unused>1: 2 rows", "--fail-on stale: 1 row"]);
        assert!(of(&[unused(2)]).is_empty());
    }
}
