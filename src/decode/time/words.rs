//! Dates with words in them: "never" in its spellings, months and weekdays by name, and why a text is refused.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::{CULTURE, Civil, DateReading, NO_SPELLING, ORDER, ZONE, Zone};

/// What savers write for an access that is not recorded; the case does not matter. Words that may also mean "not known"
/// are not in this list.
const NEVER: [&str; 18] = [
    "",
    "-",
    "(none)",
    "<na>",
    "<nil>",
    "n/a",
    "na",
    "nan",
    "nat",
    "never",
    "never accessed",
    "never used",
    "nil",
    "none",
    "not accessed",
    "not accessed in the tracking period",
    "null",
    "undefined",
];

/// Whether the text, trimmed, means that there was no access.
pub(super) fn is_never(text: &str) -> bool {
    NEVER.iter().any(|never| text.eq_ignore_ascii_case(never)) || is_first_of_january_of_year_one(text)
}

/// Whether it is .NET's missing date in the spelling of a culture, `1/1/0001 12:00:00 AM`: whether month or day comes
/// first makes no difference here.
fn is_first_of_january_of_year_one(text: &str) -> bool {
    let date = text.split(' ').next().unwrap_or(text);
    date.ends_with("0001") && numbers_of_culture_date(date) == Some(["1"; 3])
}

/// The three numbers of `05/14/2024`, `14.5.2024` or `14-05-2024`, without leading zeros; `None` if the text does not
/// have that form.
fn numbers_of_culture_date(date: &str) -> Option<[&str; 3]> {
    let separator = date.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '.' | '-'))?;
    let mut parts = date.split(separator).map(|part| part.trim_start_matches('0'));
    let numbers = [parts.next()?, parts.next()?, parts.next()?];
    let all_digits = numbers.iter().all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    (all_digits && parts.next().is_none()).then_some(numbers)
}

fn is_no_month(number: &str) -> bool {
    number.parse::<u32>().is_ok_and(|number| number > 12)
}

/// Layouts with an offset. In chrono's formats `%B` and `%A` also read the short names. (RFC 2822 has a layout of its
/// own here because chrono's reader completes years of two digits and reads any single letter as UTC.)
const ZONED: [&str; 6] = [
    "%A, %d %B %Y %H:%M:%S%.f %z", // RFC 2822
    "%d %B %Y %H:%M:%S%.f %z",
    "%A %B %d %Y %H:%M:%S GMT%z", // JavaScript's Date.toString
    "%A %B %d %H:%M:%S %z %Y",    // Ruby, C
    "%d/%B/%Y:%H:%M:%S %z",       // log files
    "%Y/%m/%d %H:%M:%S%.f %z",
];

/// Layouts without an offset. `UTC` or `GMT` is taken out before they are tried.
const UNZONED: [&str; 17] = [
    "%A %B %d %H:%M:%S %Y",    // C's asctime; `date` and Java's Date.toString with UTC taken out
    "%A %B %d %I:%M:%S %p %Y", // `date` in an American locale
    "%A, %d %B %Y %H:%M:%S",   // PowerShell's DateTime member, British
    "%A, %d %B %Y %I:%M:%S %p",
    "%A, %B %d, %Y %H:%M:%S",
    "%A, %B %d, %Y %I:%M:%S %p", // the same, American
    "%B %d, %Y %H:%M:%S",
    "%B %d, %Y %I:%M:%S %p",
    "%B %d, %Y, %H:%M:%S", // Java's medium style since its version 9
    "%B %d, %Y, %I:%M:%S %p",
    "%d %B %Y %H:%M:%S",
    "%d %B %Y %I:%M:%S %p",
    "%d-%B-%Y %H:%M:%S",
    "%Y/%m/%d %H:%M:%S%.f", // the year first: no culture has the day second
    "%Y/%m/%d %I:%M:%S %p",
    "%Y-%m-%d %I:%M:%S %p",
    "%Y-%m-%d %H:%M:%S%.f", // an hour of one digit
];

/// Layouts of a day without a time.
const DAYS: [&str; 6] = ["%B %d, %Y", "%d %B %Y", "%d-%B-%Y", "%A, %B %d, %Y", "%A, %d %B %Y", "%Y/%m/%d"];

/// Reads a date in which the month or the weekday has a name, or the year comes first; `None` if no layout fits the
/// whole text.
pub(super) fn read(text: &str) -> Option<DateReading> {
    let (date, zone) = zoned(without_remark(text)).or_else(|| unzoned(text))?;
    // chrono reads the `01` of `14 May 01` as the year 1, which would mean "never".
    text.contains(&format!("{:04}", date.year())).then(|| civil(date).settle(zone))
}

fn zoned(text: &str) -> Option<(NaiveDateTime, Zone)> {
    let date = ZONED.iter().find_map(|layout| DateTime::parse_from_str(text, layout).ok())?;
    Some((date.naive_local(), Zone::Offset(date.offset().local_minus_utc())))
}

fn unzoned(text: &str) -> Option<(NaiveDateTime, Zone)> {
    let (text, zone) = without_utc(text);
    let date = UNZONED.iter().find_map(|layout| NaiveDateTime::parse_from_str(&text, layout).ok());
    let day = || DAYS.iter().find_map(|layout| NaiveDate::parse_from_str(&text, layout).ok());
    Some((date.or_else(|| day()?.and_hms_opt(0, 0, 0))?, zone))
}

/// JavaScript appends the zone's name: `… GMT+0200 (Central European Summer Time)`.
fn without_remark(text: &str) -> &str {
    match text.split_once(" (") {
        Some((date, remark)) if remark.ends_with(')') => date,
        _ => text,
    }
}

/// The text without the word `UTC` or `GMT`, and the zone that the word gave.
fn without_utc(text: &str) -> (String, Zone) {
    let is_utc = |word: &&str| matches!(*word, "UTC" | "GMT");
    let zone = if text.split(' ').any(|word| is_utc(&word)) { Zone::Offset(0) } else { Zone::Untold };
    let words: Vec<&str> = text.split_ascii_whitespace().filter(|word| !is_utc(word)).collect();
    (words.join(" "), zone)
}

/// The parts of a date. A leap second becomes the 60th again: chrono counts it as the 59th with more than 999
/// milliseconds.
fn civil(date: NaiveDateTime) -> Civil {
    let millisecond = date.nanosecond() / 1_000_000;
    Civil {
        year: date.year(),
        month: date.month(),
        day: date.day(),
        hour: date.hour(),
        minute: date.minute(),
        second: date.second() + millisecond / 1000,
        millisecond: millisecond % 1000,
    }
}

/// Why no layout fits.
pub(super) fn why_not(text: &str) -> &'static str {
    let date = text.split([' ', 'T', ',']).next().unwrap_or(text);
    match numbers_of_culture_date(date) {
        // One of its dates shows the order, and the next leaves it open again.
        Some([first, second, ..]) if first.len() < 3 && [first, second].iter().any(|part| is_no_month(part)) => ORDER,
        Some([first, ..]) if first.len() < 3 => CULTURE,
        Some(_) => ZONE,
        None => NO_SPELLING,
    }
}
