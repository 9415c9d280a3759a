//! What became of a decision about a permission that is still there.

use crate::model::{Choice, DAY_MS, Day, Decision, DecisionState, Instant, Verdict};

/// What the dumps show of a permission that an entry decides about.
#[derive(Debug, Clone, Copy)]
pub struct DecidedUse {
    /// The verdict of its row.
    pub verdict: Verdict,
    /// Its last access.
    pub last: Option<Instant>,
    /// What its ages are counted from.
    pub as_of: Option<Instant>,
    /// How many rows of the lists of what could go the entry hides there.
    pub hidden: usize,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionFate {
    /// The state.
    pub state: DecisionState,
    /// Since when it is in this state, as far as that is known.
    pub since: Option<Instant>,
}

impl DecisionFate {
    pub(super) const fn new(state: DecisionState, since: Option<Instant>) -> Self {
        Self { state, since }
    }

    /// Of an entry about which the documents say nothing yet.
    pub(super) fn waiting(decision: &Decision) -> Self {
        let state = if decision.choice == Choice::Keep { DecisionState::Kept } else { DecisionState::Open };
        Self::new(state, decision.decided.map(Day::start))
    }
}

/// Whether an access disproves the decision to remove: one on the day of the decision was not known to it.
pub fn is_used_after(decision: &Decision, last: Option<Instant>) -> bool {
    decision.choice == Choice::Remove && decision.decided.zip(last).is_some_and(|(day, last)| last >= day.start())
}

/// The first state that fits. `due` days after the decision a removal without a day of its own is overdue.
pub fn fate(decision: &Decision, of: &DecidedUse, due: i64) -> DecisionFate {
    let is_active = of.verdict == Verdict::Active;
    if is_used_after(decision, of.last) {
        return DecisionFate::new(DecisionState::Contradicted, of.last);
    }
    if decision.choice != Choice::Keep {
        let last_day = last_day(decision, due);
        if last_day.zip(of.as_of).is_some_and(|(day, as_of)| as_of > day.end()) {
            return DecisionFate::new(DecisionState::Overdue, last_day.map(after));
        }
        if decision.choice == Choice::Ask && is_active {
            return DecisionFate::new(DecisionState::UsedAgain, of.last);
        }
        return DecisionFate::waiting(decision);
    }
    if decision.is_expired(of.as_of) {
        return DecisionFate::new(DecisionState::Expired, decision.expires.map(after));
    }
    if is_active && of.hidden == 0 {
        return DecisionFate::new(DecisionState::UsedAgain, of.last);
    }
    DecisionFate::waiting(decision)
}

/// The day by which it is to be carried out. Only a removal has one by itself: a question may stay open.
fn last_day(decision: &Decision, due: i64) -> Option<Day> {
    let usual = || decision.decided.filter(|_| decision.choice == Choice::Remove);
    let later = |day: Day| Instant::from_millis(day.start().millis() + due * DAY_MS).day();
    decision.due.or_else(|| usual().map(later))
}

/// The moment after a day.
fn after(day: Day) -> Instant {
    Instant::from_millis(day.end().millis() + 1)
}
