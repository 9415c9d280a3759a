//! Rules 27 and 29: since when dumps prove that there was no access.

use super::{Joined, Timeline, Track};
use crate::model::{DAY_MS, Instant, SHOWN_WITHIN_MS};

/// AWS keeps an access for 400 days.
const WINDOW_DAYS: i64 = 400;
/// Before June 2020 it kept an access for 365 days.
const OLD_WINDOW_DAYS: i64 = 365;
/// The change happened on 2020-06-01.
const WINDOW_GREW: Instant = Instant::from_millis(1_590_969_600_000);

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

/// How much later than its date a dump can have been made: clocks and time zones differ by a day, and a folder may be named by the first day
/// of its week.
const SLACK_MS: i64 = 7 * DAY_MS;
/// A folder may be named by its month, and the clocks of its last day may differ.
const LONGEST_MONTH_MS: i64 = 32 * DAY_MS;

/// `latest`, if a dump that shows an access then cannot have been made at `made_at`.
fn disproves(made_at: Instant, latest: Option<Instant>) -> Option<Instant> {
    latest.filter(|latest| latest.millis().saturating_sub(made_at.millis()) > SLACK_MS)
}

/// Rule 27: the start of the window of a dump that shows an access at `latest`. If its date cannot be right, the window
/// begins later: nobody knows how much later, unless the date may be that of a month.
pub(super) fn window_start_of(made_at: Instant, latest: Option<Instant>) -> Instant {
    match disproves(made_at, latest) {
        None => window_start(made_at),
        Some(latest) if latest.millis() - made_at.millis() <= LONGEST_MONTH_MS => window_start(latest),
        Some(_) => made_at,
    }
}

/// The date of a dump that shows an access at `latest`, if nothing in it disproves that date.
pub(super) fn believed_date(made_at: Option<Instant>, latest: Option<Instant>) -> Option<Instant> {
    made_at.filter(|&made_at| disproves(made_at, latest).is_none())
}

impl Joined {
    /// Whether it shows an access that disproves its date.
    pub(super) fn is_misdated(&self) -> bool {
        self.believed_date() != self.made_at
    }

    /// The earliest moment at which it can have been made.
    pub(super) fn made_no_earlier(&self) -> Option<Instant> {
        let made_at = self.made_at?;
        Some(disproves(made_at, self.latest).unwrap_or(made_at))
    }

    /// Its date, if nothing in it disproves that.
    pub(super) fn believed_date(&self) -> Option<Instant> {
        believed_date(self.made_at, self.latest)
    }
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
        let own_window = window_start_of(own.made_at?, own.latest);
        let mut window = own_window;
        if whole(own) && own.named && !own.is_misdated() {
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
                if !whole(joined) || joined.is_misdated() {
                    continue;
                }
                // What this dump did not show yet, the next one must still remember.
                let is_gap = made.millis() - SHOWN_WITHIN_MS < window.millis();
                if row.is_none() || !joined.named || is_gap {
                    break;
                }
                window = window_start(made);
            }
        }
        Some(Silence { from: window, is_chain: window != own_window })
    }
}
