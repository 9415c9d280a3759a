//! Rule 32: what shows that the entity is at least as old as the threshold.

use super::documents::is_seen;
use super::{Documents, VerdictParams};
use crate::model::{AgeKnownBy, DAY_MS, Instant};

/// What the documents up to a moment tell about the age of an entity, for any threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Age {
    /// Whether a creation date or a recreation is known.
    pub is_stated: bool,
    /// When the first usable dump was made.
    pub first_dump: Option<Instant>,
    /// The earliest access.
    pub first_access: Option<Instant>,
}

impl Age {
    /// Made from the dumps, each with its date and its earliest access, and from all other documents.
    pub(super) fn of(
        documents: &Documents,
        dumps: impl Iterator<Item = (Option<Instant>, Option<Instant>)>,
        is_stated: bool,
        moment: Option<Instant>,
    ) -> Self {
        let accesses = documents.accesses.iter().filter(|access| is_seen(access.made_at, moment));
        let uses = documents.stated(moment).filter_map(|statement| statement.last_used);
        let others = accesses.filter_map(|access| access.at).chain(uses).min();
        let age = Self { is_stated, first_dump: None, first_access: others };
        dumps.filter(|(made_at, _)| is_seen(*made_at, moment)).fold(age, |age, (made_at, access)| Self {
            first_dump: earlier(age.first_dump, made_at),
            first_access: earlier(age.first_access, access),
            ..age
        })
    }

    /// `age_known_by`, the first that fits, at the end of the observation: a later `--as-of` makes no entity older.
    pub(super) fn known_by(&self, watched_until: Option<Instant>, question: &VerdictParams) -> AgeKnownBy {
        if self.is_stated {
            return AgeKnownBy::Creation;
        }
        let Some(until) = watched_until else { return AgeKnownBy::None };
        let early = Instant::from_millis(until.millis().saturating_sub(question.stale_after.saturating_mul(DAY_MS)));
        let is_early = |at: Option<Instant>| at.is_some_and(|at| at <= early);
        if is_early(self.first_dump) {
            AgeKnownBy::History
        } else if is_early(self.first_access) {
            AgeKnownBy::Access
        } else {
            AgeKnownBy::None
        }
    }
}

fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    one.into_iter().chain(other).min()
}
