//! From every spelling of a date that a saver is known to write, to an instant, "never", or "unreadable".
//!
//! The input is the text of one member, or its raw JSON. The output is a [`DateReading`]. This is a module of its own
//! because the three results decide over production permissions: an unreadable date that is read as "never" would call
//! a used permission unused. So everything that is not understood beyond doubt is [`DateReading::Unreadable`], and so
//! is every date on which IAM did not exist.
//!
//! Nearly all dates are ISO 8601 and are read by position, without allocation (`iso`); all others take the slow path.

mod epoch;
mod iso;
mod object;
mod words;

use chrono::{Datelike, NaiveDate};

use crate::model::{DAY_MS, Instant};

/// The meaning of a date's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateReading {
    /// There was no access: `null`, an empty text, 0, epoch 0, the year 1, or a word with that meaning.
    Never,
    /// A date.
    At(Instant),
    /// A date without an offset, read as UTC. The report must tell the reader.
    AtNoOffset(Instant),
    /// A text that cannot be read beyond doubt: why, as the end of a sentence that begins with the text.
    Unreadable(&'static str),
}

impl DateReading {
    /// The date, if there is one.
    #[must_use]
    pub const fn instant(self) -> Option<Instant> {
        match self {
            Self::At(t) | Self::AtNoOffset(t) => Some(t),
            Self::Never | Self::Unreadable(_) => None,
        }
    }
}

const NO_SPELLING: &str = "is not a known spelling of a date";
const CULTURE: &str = "leaves open which number is the month and which the day";
const ORDER: &str = "is a form in which some programs write the month first and others the day, and is not read";
const NO_SUCH_DATE: &str = "is not in the calendar";
const NO_SUCH_TIME: &str = "is not a time of day";
const NO_SUCH_NUMBER: &str =
    "is not a number of seconds, milliseconds, microseconds or nanoseconds since 1970 in IAM's time";
const OUT_OF_RANGE: &str = "lies outside the years 2006 to 2100, and IAM's records cannot";
const ZONE: &str = "has an offset or a zone that cannot be read";
const NOT_A_DATE: &str = "is neither text nor a number";

/// Midnight of 2006-01-01: AWS itself is hardly older.
const EARLIEST_MS: i64 = 1_136_073_600_000;
/// Midnight of 2101-01-01.
const END_MS: i64 = 4_133_980_800_000;
/// Midnight of 0001-01-01, which .NET and Go write for a date that is not there.
const YEAR_ONE_MS: i64 = -62_135_596_800_000;
/// Midnight of 0002-01-01: a local offset may have moved the first instant of the year 1.
const YEAR_TWO_MS: i64 = -62_104_060_800_000;

/// Reads the text of a date member.
#[must_use]
pub fn parse_str(text: &str) -> DateReading {
    match iso::read(text.as_bytes()) {
        Some(reading) => reading,
        // Java 20 and later put a narrow no-break space before AM and PM.
        None if text.contains(['\u{202f}', '\u{a0}']) => uncommon(text.replace(['\u{202f}', '\u{a0}'], " ").trim()),
        None => uncommon(text.trim()),
    }
}

/// Reads the raw JSON of a date member: a string, a number, `null`, or one of the objects that wrap a date.
#[must_use]
pub fn parse_json(raw: &str) -> DateReading {
    object::read_json(raw.trim(), object::MAX_DEPTH)
}

/// Everything that is not plain ISO 8601.
fn uncommon(text: &str) -> DateReading {
    if words::is_never(text) {
        return DateReading::Never;
    }
    epoch::dotnet(text)
        .or_else(|| iso::compact(text.as_bytes()))
        .or_else(|| epoch::number(text))
        .or_else(|| iso::week(text))
        .or_else(|| iso::read(text.as_bytes()))
        .or_else(|| words::read(text))
        .unwrap_or_else(|| DateReading::Unreadable(words::why_not(text)))
}

/// A calendar date and time of day, not yet checked.
#[derive(Debug, Clone, Copy, Default)]
struct Civil {
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    millisecond: u32,
}

/// The time zone of a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    /// Seconds east of Greenwich.
    Offset(i32),
    /// The text has no zone.
    Untold,
}

impl Civil {
    /// The instant, checked against calendar, clock, and the time in which IAM exists.
    ///
    /// A leap second (23:59:60 UTC) counts as the last millisecond of its minute: AWS's clocks have no leap seconds,
    /// ages are counted in days, and a refusal would lose the row.
    fn settle(self, zone: Zone) -> DateReading {
        let Some(date) = NaiveDate::from_ymd_opt(self.year, self.month, self.day) else {
            return DateReading::Unreadable(NO_SUCH_DATE);
        };
        let leap = self.second == 60;
        if self.hour > 23 || self.minute > 59 || self.second > 60 || self.millisecond > 999 {
            return DateReading::Unreadable(NO_SUCH_TIME);
        }
        // This comes before the offset is applied, which would move the first hours of the year 1 out of it.
        if date.year() == 1 {
            return DateReading::Never;
        }
        let (second, millisecond) = if leap { (59, 999) } else { (self.second, self.millisecond) };
        let clock = i64::from(((self.hour * 60 + self.minute) * 60 + second) * 1000 + millisecond);
        let east = if let Zone::Offset(seconds) = zone { seconds } else { 0 };
        let ms = i64::from(date.to_epoch_days()) * DAY_MS + clock - i64::from(east) * 1000;
        if leap && ms.rem_euclid(DAY_MS) != DAY_MS - 1 {
            return DateReading::Unreadable(NO_SUCH_TIME);
        }
        judge(ms, zone)
    }
}

/// Decides whether an instant, in milliseconds since 1970, means "never", or lies in IAM's time.
fn judge(ms: i64, zone: Zone) -> DateReading {
    match ms {
        0 | YEAR_ONE_MS..YEAR_TWO_MS => DateReading::Never,
        EARLIEST_MS..END_MS if zone == Zone::Untold => DateReading::AtNoOffset(Instant::from_millis(ms)),
        EARLIEST_MS..END_MS => DateReading::At(Instant::from_millis(ms)),
        _ => DateReading::Unreadable(OUT_OF_RANGE),
    }
}

#[cfg(test)]
mod tests;
