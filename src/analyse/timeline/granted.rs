//! Rule 25: since when a permission can have been granted.

use super::{Joined, Timeline, Track};
use crate::model::Instant;

/// The gap between two dumps in which a permission was granted.
#[derive(Debug, Clone, Copy)]
pub(super) struct GrantGap {
    /// `granted_since`: `made_at` of the newest whole dump before the row's one, made at or after a start, that does not list the
    /// permission; if one shows an access that disproves its date, that of the access.
    pub since: Instant,
    /// When the next dump was made that lists it.
    pub listed: Instant,
}

impl Timeline<'_> {
    /// The gap in which the permission was granted, as seen from the dump at `dump`. A dump of an entity that is only a label counts: it can
    /// only make a verdict weaker. For actions, only dumps count that list the service with its actions.
    pub(super) fn grant_gap(&self, track: &Track, dump: usize, start: Option<Instant>) -> Option<GrantGap> {
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
        let mut newest: Option<GrantGap> = None;
        let mut next = dump;
        for (at, joined) in older {
            while let Some(sighting) = listed.next_if(|sighting| sighting.dump as usize > at) {
                next = sighting.dump as usize;
            }
            if listed.next_if(|sighting| sighting.dump as usize == at).is_some() {
                next = at;
                continue;
            }
            let Some(since) =
                joined.made_no_earlier().filter(|_| !joined.inferred && self.would_list(track, at, joined))
            else {
                continue;
            };
            if newest.is_none_or(|newest| since > newest.since) {
                let listed = self.dumps[next].made_no_earlier().expect("dumps without a date come first");
                newest = Some(GrantGap { since, listed });
            }
            // Dumps are in the order of their dates; only one that disproves its date can be later than this one.
            if !self.has_misdated {
                break;
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
