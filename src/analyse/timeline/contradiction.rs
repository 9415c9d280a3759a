//! Rules 15 and 16: a dump that lacks an access which an older document shows, and which AWS cannot have forgotten.

use super::accesses::Speaking;
use super::silence::window_days;
use super::{Joined, Sighting, Timeline, Track, Witness};
use crate::model::{DAY_MS, Instant};

impl Timeline<'_> {
    /// When the newest older document was made that shows an access which `shown`, the row of `dump`, lacks or dates
    /// earlier by more than 24 hours. Documents from before `since` do not count.
    pub(super) fn contradicted_by(
        &self,
        track: &Track,
        (dump, shown): (&Joined, &Sighting),
        speaking: &Speaking,
        since: Option<Instant>,
    ) -> Option<Instant> {
        self.documents.keeps_accesses().then(|| lacking(track, (dump, shown), speaking, since))?
    }
}

/// Those of the rows `seen` that can lack an access which an older one of `witnesses` shows; both are those of one
/// track. Nearly every permission that was used keeps its accesses from dump to dump, and then its rows need not be
/// compared one by one with all older documents.
pub(super) fn rows_that_may_lack<'t>(
    seen: &'t [Sighting],
    witnesses: &'t [Witness],
    dumps: &'t [Joined],
) -> impl Iterator<Item = &'t Sighting> {
    let mut earlier = witnesses.iter().peekable();
    let mut newest = None;
    let seen = if witnesses.is_empty() { &[] } else { seen };
    seen.iter().filter(move |shown| {
        let made_at = dumps[shown.dump as usize].made_at;
        while let Some(witness) = earlier.next_if(|witness| witness.made_at < made_at) {
            newest = witness.newest_so_far;
        }
        newest.is_some_and(|newest| is_earlier(shown.at, newest))
    })
}

impl Track<'_> {
    /// Rule 35: whether the row of the service in `dump` lacks an access that another document shows, so that nobody knows which actions made it. Groups and
    /// policies may lose an access; its actions are as little known. So are they where a list of accesses or an access key names the service and no
    /// action: such a document contradicts no dump, because it may show what AWS does not track.
    pub(super) fn lacks_an_access(&self, row: (&Joined, &Sighting), speaking: &Speaking) -> bool {
        let is_of_another = |witness: &Witness| witness.made_at != row.0.made_at;
        lacking(self, row, speaking, None).is_some()
            || self.undated_accesses(speaking).any(is_of_another)
            || self.lacks_an_unnamed_action(row, speaking)
    }

    fn lacks_an_unnamed_action(&self, (dump, shown): (&Joined, &Sighting), speaking: &Speaking) -> bool {
        let Some(made_at) = dump.made_at else { return false };
        let mut unnamed = self.witnesses.iter().filter(|witness| witness.rank == Witness::OF_SERVICE_ELSEWHERE);
        unnamed.any(|witness| {
            let Some(at) = witness.at.filter(|_| speaking.sees(witness)) else { return false };
            let is_lacked = || OwnAccess::of(self, made_at, shown).is_some_and(|own| own.lacks(at, made_at));
            (witness.is_of_unknown_action && is_remembered(at, made_at)) || (at <= made_at && is_lacked())
        })
    }
}

/// When the newest document was made that shows an access which the row lacks; see [`Timeline::contradicted_by`].
fn lacking(
    track: &Track,
    (dump, shown): (&Joined, &Sighting),
    speaking: &Speaking,
    since: Option<Instant>,
) -> Option<Instant> {
    let made_at = dump.made_at.filter(|_| dump.named)?;
    let own = OwnAccess::of(track, made_at, shown)?;
    let earlier = track.witnesses.partition_point(|witness| witness.made_at < Some(made_at));
    let earlier = &track.witnesses[..earlier];
    // Nearly always the dump itself shows the newest access, and no older document is needed.
    earlier.last()?.newest_so_far.filter(|&newest| own.lacks(newest, made_at))?;
    let contradicts = |witness: &&Witness| {
        witness.contradicts
            && witness.at.is_some_and(|at| own.lacks(at, made_at))
            && !speaking.is_hidden(witness.made_at)
    };
    let from = |witness: &Witness| witness.made_at.filter(|&made| since.is_none_or(|since| made >= since));
    earlier
        .iter()
        .rev()
        .map_while(|witness| from(witness).map(|made| (witness, made)))
        .find(|(w, _)| contradicts(w))
        .map(|(_, made)| made)
}

/// The newest access that the dump shows, or with-entities answers of the same moment.
struct OwnAccess(Option<Instant>);

impl OwnAccess {
    /// Rule 16: a row with an undated access contradicts nothing, and neither does a row that tells nothing.
    fn of(track: &Track, made_at: Instant, shown: &Sighting) -> Option<Self> {
        let start = track.witnesses.partition_point(|witness| witness.made_at < Some(made_at));
        let same = || track.witnesses[start..].iter().take_while(|witness| witness.made_at == Some(made_at));
        let newest = same().filter_map(|witness| witness.at).max();
        let speaks = (shown.silent || newest.is_some()) && same().all(|witness| witness.at.is_some());
        speaks.then_some(Self(newest))
    }

    /// Whether an access at `at` should be in the dump and is not.
    fn lacks(&self, at: Instant, made_at: Instant) -> bool {
        is_remembered(at, made_at) && is_earlier(self.0, at)
    }
}

/// Whether AWS still knows an access at `at` when it makes a dump.
fn is_remembered(at: Instant, made_at: Instant) -> bool {
    made_at.millis() - at.millis() < window_days() * DAY_MS
}

/// Rule 15: whether `own` is missing, or earlier than `at` by more than a day.
fn is_earlier(own: Option<Instant>, at: Instant) -> bool {
    own.is_none_or(|own| own.millis() < at.millis() - DAY_MS)
}
