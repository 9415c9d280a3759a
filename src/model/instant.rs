//! Points in time: UTC milliseconds, and what a date member of a dump can mean.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Milliseconds in 24 hours: the unit of every age in this program.
pub const DAY_MS: i64 = 86_400_000;

/// AWS shows an access within about four hours: what happened right before a dump may be in no list of that dump.
pub const SHOWN_WITHIN_MS: i64 = 4 * 3_600_000;

/// A point in time, as UTC milliseconds since 1970. Prints as `2026-04-01T01:53:35Z` (fractions only where there are any).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instant(i64);

impl Instant {
    /// The instant `ms` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Midnight UTC of `date`.
    #[must_use]
    pub fn midnight(date: NaiveDate) -> Self {
        Self(i64::from(Day::of_date(date).0) * DAY_MS)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The UTC day on which the instant falls.
    #[must_use]
    pub const fn day(self) -> Day {
        Day(self.0.div_euclid(DAY_MS) as i32)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::<Utc>::from_timestamp_millis(self.0) {
            Some(t) if self.0.rem_euclid(1000) == 0 => write!(f, "{}", t.format("%Y-%m-%dT%H:%M:%SZ")),
            Some(t) => write!(f, "{}", t.format("%Y-%m-%dT%H:%M:%S%.3fZ")),
            None => write!(f, "{}ms", self.0),
        }
    }
}

/// A UTC calendar day, as days since 1970-01-01. Prints as `2026-04-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a calendar date.
    #[must_use]
    pub fn of_date(date: NaiveDate) -> Self {
        Self(date.to_epoch_days())
    }

    /// The day in the form `2026-07-06`; any other text gives `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_plain).map(Self::of_date)
    }

    /// The first millisecond of the day.
    #[must_use]
    pub const fn start(self) -> Instant {
        Instant(self.0 as i64 * DAY_MS)
    }

    /// The last millisecond of the day.
    #[must_use]
    pub const fn end(self) -> Instant {
        Instant((self.0 as i64 + 1) * DAY_MS - 1)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NaiveDate::from_epoch_days(self.0) {
            Some(d) => write!(f, "{d}"),
            None => write!(f, "day {}", self.0),
        }
    }
}

/// The meaning of a row's date member: a date, no access, or a date that cannot be read.
///
/// The three must never be confused: an unreadable date that is read as "never" would call a used permission unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Accessed {
    /// No access is recorded: the member is absent, or its text means "never".
    Never,
    /// There is a date, but it cannot be read; the verdict is `unknown`.
    Unreadable,
    /// The last access.
    At(Instant),
}

impl Accessed {
    /// The date, if there is one that can be read.
    #[must_use]
    pub const fn instant(self) -> Option<Instant> {
        match self {
            Self::At(t) => Some(t),
            Self::Never | Self::Unreadable => None,
        }
    }
}
