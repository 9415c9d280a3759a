//! Rules 9 to 14 and 20: which accesses of a permission count.

use std::cmp::Reverse;

use super::documents::{is_seen, is_shown};
use super::silence::window_days;
use super::{Track, Witness};
use crate::model::{DAY_MS, Instant};

/// The moment, and the speaking dump: the dump that a row is judged for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speaking {
    /// When the speaking dump was made.
    pub made_at: Option<Instant>,
    /// No document that was made later counts.
    pub moment: Option<Instant>,
    /// When the entity was created.
    pub created: Option<Instant>,
}

impl Speaking {
    /// Rule 20: a document from before a creation that is not later than the row's dump shows no access.
    pub(super) fn is_hidden(&self, made_at: Option<Instant>) -> bool {
        let Some((made_at, created)) = made_at.zip(self.created) else { return false };
        made_at < created && self.made_at.is_none_or(|dump| created <= dump)
    }

    pub(super) fn sees(&self, witness: &Witness) -> bool {
        is_shown(witness.made_at, witness.at, self.moment) && !self.is_hidden(witness.made_at)
    }
}

impl Track<'_> {
    /// Rule 9: the newest access that any document shows up to the moment, however old it is. If several documents show
    /// it, the speaking dump comes first, then the newest.
    pub(super) fn last_access(&self, speaking: &Speaking) -> Option<Witness> {
        let dated = self.witnesses.iter().filter(|witness| witness.at.is_some() && speaking.sees(witness));
        dated.min_by_key(|witness| (Reverse(witness.at), nearness(witness, speaking))).copied()
    }

    /// Rule 13: an undated access that counts, because it is not too old and no later document shows a dated one.
    pub(super) fn undated_access(&self, speaking: &Speaking) -> Option<Witness> {
        self.undated_accesses(speaking).min_by_key(|witness| nearness(witness, speaking)).copied()
    }

    /// Every undated access that counts.
    pub(super) fn undated_accesses<'s>(&'s self, speaking: &'s Speaking) -> impl Iterator<Item = &'s Witness> {
        let seen = || self.witnesses.iter().filter(|witness| speaking.sees(witness));
        let settled_before = seen().filter(|witness| witness.at.is_some()).filter_map(|witness| witness.made_at).max();
        seen().filter(move |witness| {
            let is_settled = witness.made_at.is_some_and(|made| settled_before.is_some_and(|before| before > made));
            witness.at.is_none() && !is_settled && is_recent(witness.made_at, speaking.made_at)
        })
    }

    /// Rule 35: whether a document made more than 30 days after the dump of an action shows a later access of its
    /// service, or an undated one.
    pub(super) fn is_used_after(&self, dump: Instant, moment: Option<Instant>) -> bool {
        self.shows_later_use(dump, moment, 30)
    }

    /// Rule 35, for the note: whether any document made after the dump shows one.
    pub(super) fn is_used_since(&self, dump: Instant, moment: Option<Instant>) -> bool {
        self.shows_later_use(dump, moment, 0)
    }

    fn shows_later_use(&self, dump: Instant, moment: Option<Instant>, days: i64) -> bool {
        let is_later = |witness: &Witness| {
            let is_newer = witness.made_at.is_some_and(|made| made.millis() > dump.millis() + days * DAY_MS);
            is_newer && is_seen(witness.made_at, moment) && witness.at.is_none_or(|at| at > dump)
        };
        self.witnesses.iter().any(is_later)
    }
}

/// Whether an undated access can be in the window of the dump: its document was made within the window, later, or at an
/// unknown time.
fn is_recent(made_at: Option<Instant>, dump: Option<Instant>) -> bool {
    let age = made_at.zip(dump).map(|(made_at, dump)| dump.millis() - made_at.millis());
    age.is_none_or(|age| age < window_days() * DAY_MS)
}

fn nearness(witness: &Witness, speaking: &Speaking) -> impl Ord + use<> {
    (witness.made_at != speaking.made_at, Reverse(witness.made_at), witness.rank, witness.source)
}
