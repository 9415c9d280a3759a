//! Rules 27 and 29: since when dumps prove that there was no access.

use super::{Joined, Timeline, Track};
use crate::model::{DAY_MS, Instant};

/// AWS keeps an access for 400 days.
const WINDOW_DAYS: i64 = 400;
/// Before June 2020 it kept an access for 365 days.
const OLD_WINDOW_DAYS: i64 = 365;
/// The change happened on 2020-06-01.
const WINDOW_GREW: Instant = Instant::from_millis(1_590_969_600_000);

/// AWS shows an access within about four hours: what happened right before a dump may be in no list of that dump.
const SHOWN_WITHIN_MS: i64 = 4 * 3_600_000;

/// How long AWS keeps an access, in days.
#[must_use]
pub const fn window_days() -> i64 {
    WINDOW_DAYS
}

/// Rule 27: the start of the window of a dump made at `made_at`.
pub fn window_start(made_at: Instant) -> Instant {
    let days = if made_at < WINDOW_GREW { OLD_WINDOW_DAYS } else { WINDOW_DAYS };
    Instant::from_millis(made_at.millis() - days * DAY_MS)
}

/// The start of a silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Silence {
    /// `silent_from`.
    pub from: Instant,
    /// Whether several dumps prove it together.
    pub is_chain: bool,
}

impl Timeline<'_> {
    /// Rule 29: the chain of whole dumps, backwards from the one at `dump`, which all list the permission as silent.
    pub(super) fn silence(&self, track: &Track, dump: usize, recreated: Option<Instant>) -> Option<Silence> {
        let whole = |joined: &Joined| if track.is_action { joined.whole_actions } else { joined.whole };
        let own = &self.dumps[dump];
        let own_made = own.made_at?;
        let mut oldest = own_made;
        if whole(own) && own.named {
            let older = self.dumps[..dump].iter().enumerate().rev();
            let mut seen =
                track.seen[..track.seen.partition_point(|s| (s.dump as usize) < dump)].iter().rev().peekable();
            for (at, joined) in older {
                let Some(made) = joined.made_at.filter(|&made| recreated.is_none_or(|start| made >= start)) else {
                    break;
                };
                let row = seen.next_if(|sighting| sighting.dump as usize == at);
                let ends = row.is_some_and(|row| row.accessed() || row.lost || row.strange);
                if ends || (joined.strangers && !joined.whole) {
                    break;
                }
                if !whole(joined) {
                    continue;
                }
                // What this dump did not show yet, the next one must still remember.
                let is_gap = made.millis() - SHOWN_WITHIN_MS < window_start(oldest).millis();
                if row.is_none() || !joined.named || is_gap {
                    break;
                }
                oldest = made;
            }
        }
        Some(Silence { from: window_start(oldest), is_chain: oldest != own_made })
    }
}
