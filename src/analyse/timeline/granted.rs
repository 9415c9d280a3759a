//! Rule 25: since when a permission can have been granted.

use super::{Joined, Timeline, Track};
use crate::model::Instant;

impl Timeline<'_> {
    /// `granted_since`: `made_at` of the newest whole dump before the one at `dump`, made at or after `start`, that
    /// does not list the permission; if one shows an access that disproves its date, that of the access. One of an entity that is only a label counts: it can only make a verdict weaker. For actions, only dumps count that list the service with its actions.
    pub(super) fn granted_since(&self, track: &Track, dump: usize, start: Option<Instant>) -> Option<Instant> {
        self.dumps[dump].made_at?;
        let listed = &track.seen[..track.seen.partition_point(|s| (s.dump as usize) < dump)];
        // Nearly always every older dump lists it.
        if listed.len() == dump {
            return None;
        }
        let is_within = |made: Option<Instant>| made.is_some_and(|made| start.is_none_or(|start| made >= start));
        let older =
            self.dumps[..dump].iter().enumerate().rev().filter(|(_, joined)| is_within(joined.made_no_earlier()));
        let mut listed = listed.iter().rev().peekable();
        let mut newest = None;
        for (at, joined) in older {
            while listed.next_if(|sighting| sighting.dump as usize > at).is_some() {}
            let lists = listed.next_if(|sighting| sighting.dump as usize == at).is_some();
            if !lists && !joined.inferred && self.would_list(track, at, joined) {
                newest = newest.max(joined.made_no_earlier());
                // Dumps are in the order of their dates; only one that disproves its date can be later than this one.
                if !self.has_misdated {
                    break;
                }
            }
        }
        newest
    }

    /// Whether the dump would list the permission, if it were granted.
    fn would_list(&self, track: &Track, at: usize, joined: &Joined) -> bool {
        if !track.is_action {
            return joined.whole;
        }
        let service = || self.track(track.service).in_dump(at);
        joined.whole_actions && service().is_some_and(|service| service.with_actions)
    }
}
