//! Rule 32: what shows that the entity is at least as old as the threshold.

use super::documents::is_seen;
use super::{Documents, UsableAnswer, VerdictParams};
use crate::model::{AgeKnownBy, DAY_MS, Instant};

/// `age_known_by`, the first that fits.
pub(super) fn age_known_by(
    documents: &Documents,
    is_born: bool,
    as_of: Option<Instant>,
    moment: Option<Instant>,
    question: &VerdictParams,
) -> AgeKnownBy {
    if is_born {
        return AgeKnownBy::Creation;
    }
    let Some(as_of) = as_of else { return AgeKnownBy::None };
    let early = Instant::from_millis(as_of.millis() - question.stale_after * DAY_MS);
    let seen = || documents.answers.iter().filter(|answer| is_seen(answer.made_at, moment));
    if seen().any(|answer| answer.made_at.is_some_and(|made| made <= early)) {
        return AgeKnownBy::History;
    }
    let others =
        documents.accesses.iter().filter(|access| is_seen(access.made_at, moment)).filter_map(|access| access.at);
    let uses = documents.stated(moment).filter_map(|statement| statement.last_used);
    if others.chain(uses).any(|at| at <= early) || seen().any(|answer| shows_access_before(answer, early)) {
        return AgeKnownBy::Access;
    }
    AgeKnownBy::None
}

fn shows_access_before(answer: &UsableAnswer, early: Instant) -> bool {
    let rows = answer.rows;
    let is_early = |at: Option<Instant>| at.is_some_and(|at| at <= early);
    rows.services().iter().enumerate().any(|(place, service)| {
        is_early(service.accessed.instant())
            || rows.recorded_actions_of(place).any(|(_, action)| is_early(action.accessed.instant()))
    })
}
