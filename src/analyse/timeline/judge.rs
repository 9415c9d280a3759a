//! Judges the rows of one dump from everything that the documents tell.

use super::accesses::Speaking;
use super::age::Age;
use super::documents::is_seen;
use super::silence::window_start;
use super::verdict::{EntityDates, Known, judged};
use super::{Asking, Joined, Judged, RowMembers, Sighting, Spellings, Timeline, Track, VerdictParams};
use crate::model::Instant;

impl Timeline<'_> {
    /// Judges every row of the dump at `dump` for documents up to `moment`.
    pub(super) fn judge_dump(
        &self,
        dump: usize,
        moment: Option<Instant>,
        by: &Asking<impl Spellings>,
        emit: &mut impl FnMut(&Judged, RowMembers),
    ) {
        self.judge_with_places(dump, moment, by, &mut |place, row| emit(row, self.members(place, by.layouts)));
    }

    /// The same; each row comes with the position of its track.
    pub(super) fn judge_with_places(
        &self,
        dump: usize,
        moment: Option<Instant>,
        by: &Asking<impl Spellings>,
        emit: &mut impl FnMut(usize, &Judged),
    ) {
        let entity = self.entity(dump, moment, by.question);
        let mut granted = vec![None; self.spans.len()];
        for (place, track) in self.tracks().enumerate() {
            let of_service = granted[track.service];
            if let Some(row) = self.judge_row(&track, (dump, moment), (&entity, of_service), by) {
                granted[place] = row.granted_since;
                emit(place, &row);
            }
        }
    }

    /// Judges one row. Rule 26: an action is granted no earlier than its service.
    pub(super) fn judge_row(
        &self,
        track: &Track,
        (dump, moment): (usize, Option<Instant>),
        (entity, granted_service): (&EntityDates, Option<Instant>),
        by: &Asking<impl Spellings>,
    ) -> Option<Judged> {
        let service = self.track(track.service);
        // Rule 51: one dump writes a service in one way.
        let of_service = service.in_dump(dump)?;
        let shown = Sighting { service: of_service.service, ..*track.in_dump(dump)? };
        let joined = &self.dumps[dump];
        let speaking = Speaking { made_at: joined.made_at, moment, created: entity.created };
        let start = entity.recreated.max(entity.created);
        let is_out_of_date =
            |made| service.is_used_after(made, moment) || service.lacks_an_access((joined, of_service), &speaking);
        let is_used_since = track.is_action && joined.made_at.is_some_and(|made| service.is_used_since(made, moment));
        let gap = self.grant_gap(track, dump, start);
        let known = Known {
            shown,
            last: track.last_access(&speaking),
            undated: track.undated_access(&speaking),
            is_contradicted: self.contradicted_by(track, (joined, &shown), &speaking, None).is_some(),
            granted_since: gap.map(|gap| gap.since).max(granted_service),
            listed_since: gap.map(|gap| gap.listed),
            silence: self.silence(track, dump, entity.recreated),
            is_used_since,
            is_out_of_date: track.is_action && joined.made_at.is_some_and(is_out_of_date),
            tracking: track.is_action.then(|| by.names.tracking(shown.service)),
            is_untracked: track.is_action && by.names.is_untracked(shown.service, shown.action),
            is_used_untracked: of_service.is_used_untracked(),
            is_without_actions: !track.is_action && self.is_without_actions(&service, moment),
        };
        Some(judged(&known, entity, by.question))
    }

    /// What is known about the entity for the speaking dump at `dump`.
    pub(super) fn entity(&self, dump: usize, moment: Option<Instant>, question: &VerdictParams) -> EntityDates {
        let joined = &self.dumps[dump];
        let as_of = question.as_of.or(joined.made_at);
        let created = self.documents.created(moment);
        let recreated = self.recreated_at(moment);
        let is_born = created.is_some() || recreated.is_some();
        let seen = self.dumps.iter().filter(|dump| is_seen(dump.made_at, moment));
        let seen = seen.map(|dump| (dump.believed_date(), dump.earliest));
        EntityDates {
            made_at: joined.made_at,
            as_of,
            created,
            silence_is_unread: self.documents.silence_is_unread(moment),
            recreated,
            recording: self.documents.recording,
            watched: watched(joined.made_at, as_of, || self.documents.undated_until()),
            age: Age::of(self.documents, seen, is_born, moment),
        }
    }

    /// Rule 40: whether the dumps do not show the actions of the service at `service`, which the entity has: the newest
    /// whole dump with action level is missing, does not list the service, or is out of date for it.
    pub(super) fn is_without_actions(&self, service: &Track, moment: Option<Instant>) -> bool {
        let speaks = |joined: &Joined| joined.whole_actions && is_seen(joined.made_at, moment);
        let is_dated = self.dumps.iter().any(|dump| dump.made_at.is_some() && is_seen(dump.made_at, moment));
        let newest = self.dumps.iter().rposition(|dump| speaks(dump) && dump.made_at.is_some() == is_dated);
        newest.is_none_or(|at| {
            let lists = service.in_dump(at).is_some_and(|shown| shown.with_actions);
            !lists || self.dumps[at].made_at.is_some_and(|made| service.is_used_after(made, moment))
        })
    }
}

/// Rules 8 and 27: from when to when a dump shows the absence of accesses. For an undated one, this goes from 400 days
/// before `as_of`, at the earliest, to the newest access in it.
pub(super) fn watched(
    made_at: Option<Instant>,
    as_of: Option<Instant>,
    newest_access: impl FnOnce() -> Option<Instant>,
) -> Option<(Instant, Instant)> {
    let as_of = as_of?;
    match made_at {
        Some(made_at) => Some((window_start(made_at), as_of.min(made_at))),
        None => newest_access().map(|newest| (window_start(as_of), as_of.min(newest))),
    }
}
