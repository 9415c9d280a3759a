//! What the report on decisions says in all: the sentence beside every number, the problems, and what a gate asks.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::gone::NAME_UNKNOWN;
use super::rows::{DECIDED_IN, EXPIRING, ROWS, ROWS_KEPT, STATE};
use crate::frame::{Cell, Table};
use crate::model::{DecisionState, Decisions};
use crate::problem::{Kind, Problem, counted};
use crate::report::ATTENTION;

/// The report on decisions in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionTotals {
    /// How many of its rows are in each state.
    pub states: BTreeMap<DecisionState, i64>,
    /// How many rows of the lists of what could go are kept by a decision.
    pub kept: i64,
    /// Of these, how many come back within 30 days.
    pub expiring: i64,
    /// Entries that have run out or decide nothing.
    pub problems: Vec<Problem>,
}

impl DecisionTotals {
    /// What stands beside the numbers of every report.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.kept_remark().into_iter().chain(self.attention()).collect()
    }

    /// How many rows need attention, and why.
    fn attention(&self) -> Option<String> {
        let of: Vec<_> = self.states.iter().filter(|(state, count)| state.needs_attention() && **count > 0).collect();
        let states: Vec<String> = of.iter().map(|(state, count)| format!("{count} {state}")).collect();
        let all: i64 = of.iter().map(|(_, count)| **count).sum();
        (all > 0).then(|| format!("{ATTENTION}: {all} ({}). The report Decisions lists them.", states.join(", ")))
    }

    fn kept_remark(&self) -> Option<String> {
        let rows = counted(usize::try_from(self.kept).unwrap_or_default(), "row", "rows");
        let is = if self.kept == 1 { "is" } else { "are" };
        let expiring = match self.expiring {
            0 => String::new(),
            1 => " (1 expires within 30 days)".to_owned(),
            many => format!(" ({many} expire within 30 days)"),
        };
        let what = "counted, and not in the lists of what could go";
        (self.kept > 0).then(|| format!("{rows} {is} kept by decision{expiring}: {what}."))
    }

    /// How many rows are in this state.
    #[must_use]
    pub fn of(&self, state: DecisionState) -> i64 {
        self.states.get(&state).copied().unwrap_or_default()
    }
}

/// Adds up the rows of the report on decisions.
///
/// # Errors
/// Where two entries decide about a permission and neither is more specific: the sentence names both.
pub fn decision_totals(table: &Table, decisions: &Decisions) -> Result<DecisionTotals, String> {
    let columns: Vec<&str> = table.names().collect();
    let reader = table.reader();
    let at = |name: &str| columns.iter().position(|of| *of == name).expect("a column of the report");
    let (state, note, decided_in) = (at(STATE), at("note"), at(DECIDED_IN));
    let (rows_kept, rows_expiring) = (at(ROWS_KEPT), at(EXPIRING));
    // Rows that nobody reads are added up in part already.
    let rows = columns.iter().position(|of| *of == ROWS);
    let number = |row, column| if let Cell::Int(number) = reader.cell(row, column) { number } else { 0 };
    let mut totals = DecisionTotals::default();
    let mut entries: BTreeSet<(DecisionState, String)> = BTreeSet::new();
    for row in 0..table.height() {
        let Cell::Text(word) = reader.cell(row, state) else {
            return Err(if let Cell::Text(note) = reader.cell(row, note) { note.to_owned() } else { String::new() });
        };
        let Some(state) = DecisionState::parse(word) else { continue };
        let count = rows.map_or(1, |rows| number(row, rows));
        *totals.states.entry(state).or_default() += count;
        totals.kept += number(row, rows_kept);
        totals.expiring += number(row, rows_expiring);
        let is_unknown = matches!(reader.cell(row, note), Cell::Text(NAME_UNKNOWN));
        let is_problem = matches!(state, DecisionState::Expired | DecisionState::Unmatched) || is_unknown;
        if let (true, Cell::Text(place)) = (is_problem, reader.cell(row, decided_in)) {
            entries.insert((state, place.to_owned()));
        }
    }
    totals.problems = problems(&entries, decisions);
    Ok(totals)
}

/// One for each entry that has run out or decides nothing.
fn problems(entries: &BTreeSet<(DecisionState, String)>, decisions: &Decisions) -> Vec<Problem> {
    if entries.is_empty() {
        return Vec::new();
    }
    let by_place: FxHashMap<String, _> = decisions.all().iter().map(|decision| (decision.place(), decision)).collect();
    let problem = |(state, place): &(DecisionState, String)| {
        let decision = by_place.get(place)?;
        let about = decision.service.as_deref().map_or_else(String::new, |service| format!(" and {service}"));
        let about = format!("{}{about}", decision.entity.as_str());
        let (kind, what, advice) = if *state == DecisionState::Expired {
            let day = decision.expires.map_or_else(String::new, |day| format!(" on {day}"));
            let what = format!("the decision to keep {about} expired{day}, and hides nothing any more");
            (Kind::DecisionExpired, what, "Decide again, or delete the entry.")
        } else if *state == DecisionState::Unmatched {
            let what = format!("the decision about {about} decides nothing that the inputs show");
            (Kind::DecisionUnmatched, what, "Correct the entry, or delete it if the permission is gone.")
        } else {
            // A misspelt name stays in the policy, and the one that was meant goes.
            let name = decision.action.as_deref().or(decision.service.as_deref()).unwrap_or_default();
            let what = format!(
                "the decision about {about} names {name:?}, which no list has: a pattern of a policy may grant it"
            );
            (Kind::DecisionUnmatched, what, "Look whether the name is spelt as AWS spells it.")
        };
        Some(Problem::new(kind, &decision.file, what).at(format!("line {}", decision.line)).advise(advice))
    };
    entries.iter().filter_map(problem).collect()
}

/// The actions, each after its service, of which somebody has to look whether any dump lists them: AWS does not track every action, and a
/// removal of one that it does not track can never be seen, nor that it is there.
#[must_use]
pub fn wanted_actions(decisions: &Decisions) -> FxHashSet<(String, String)> {
    let named = decisions.all().iter().filter(|decision| !decision.is_wild());
    named
        .filter_map(|decision| Some((decision.service.as_deref()?.to_owned(), decision.action.as_deref()?.to_owned())))
        .collect()
}
