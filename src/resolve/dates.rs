//! Dates in paths: `2024-02-14/prod-api.json`, `prod-api-20240514T102030Z.json`, `2024/02/14/…`.
//!
//! The input is a component of a path. The output is the date in it, and the text without it, so that one label at two
//! dates is one entity in two snapshots. Only calendar dates that exist, between 2010 and 2099, are dates.

use chrono::{Days, Months, NaiveDate};

use super::words::is_separator;
use crate::model::{DAY_MS, Instant, Source};

/// How far the date in a name may be from the job's own date and still be the date of the dump: AWS keeps a job's answer for
/// seven days.
const SLACK: i64 = 7 * DAY_MS;

/// A date found in a path: a day, or a whole month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PathDate {
    start: NaiveDate,
    whole_month: bool,
    /// Whether it is twelve digits, a day with hour and minute: they may be the number of an account.
    may_be_account: bool,
}

impl PathDate {
    fn day(year: i32, month: u32, day: u32) -> Option<Self> {
        let start = NaiveDate::from_ymd_opt(year, month, day)?;
        (2010..=2099).contains(&year).then_some(Self { start, whole_month: false, may_be_account: false })
    }

    fn month(year: i32, month: u32) -> Option<Self> {
        Self::day(year, month, 1).map(|date| Self { whole_month: true, ..date })
    }

    /// Its first moment: of all moments that it may mean, the one that makes no permission look older than it is.
    pub fn start(self) -> Instant {
        Instant::midnight(self.start)
    }

    /// Whether it is a day, and not a whole month.
    pub const fn is_day(self) -> bool {
        !self.whole_month
    }

    /// Whether it may be the number of an account: then it is not the date of a dump that has no other.
    pub const fn may_be_account(self) -> bool {
        self.may_be_account
    }

    /// Whether `at` falls into the day or month.
    pub fn holds(self, at: Instant) -> bool {
        (self.start()..self.end()).contains(&at)
    }

    /// Whether a job of the date `job` may have been saved at this date. In a name such as `migration-2019-01` the date
    /// is part of the name; without it, two entities would become one.
    pub fn fits(self, job: Instant) -> bool {
        let (start, end) = (self.start().millis() - SLACK, self.end().millis() + SLACK);
        (start..end).contains(&job.millis())
    }

    fn end(self) -> Instant {
        let next = if self.whole_month { self.start + Months::new(1) } else { self.start + Days::new(1) };
        Instant::midnight(next)
    }
}

/// The date in the name of the folder that the user typed (`dumps/2026-11-03`, `dumps/2026/11/03`). The folders above it may have the date
/// of an audit, and say nothing of the files.
pub(super) fn in_typed_folder(source: &Source) -> Option<PathDate> {
    let parts: Vec<&str> = source.path[..source.root].split('/').filter(|part| !part.is_empty()).collect();
    let spelt = [3, 2].into_iter().find_map(|count| {
        let folders = &parts[parts.len().checked_sub(count)?..];
        in_folders(folders).filter(|(_, all)| *all == count).map(|(date, _)| date)
    });
    let own = || parts.last().and_then(|part| take_out(part)).map(|(_, date)| date);
    spelt.or_else(own).filter(|date| !date.may_be_account)
}

/// The date of a document that does not hold one: the first moment of the last date in its path, which is in whole
/// folders (`2026/11/03`), or in part of a name.
pub(super) fn in_path(source: &Source) -> Option<Instant> {
    let path = source.logical_path();
    let parts: Vec<&str> = path.split('/').collect();
    let dated = (0..parts.len()).rev().find_map(|at| {
        let folders = &parts[at..parts.len() - 1];
        let spelt = in_folders(folders).map(|(date, _)| date);
        take_out(parts[at]).map(|(_, date)| date).filter(|date| !date.may_be_account).or(spelt)
    });
    dated.or_else(|| in_typed_folder(source)).map(PathDate::start)
}

/// The last date in `text`, and the text without any of its dates and without the separators next to them.
pub(super) fn take_out(text: &str) -> Option<(String, PathDate)> {
    let (at, len, first) = find(text)?;
    let (left, right) = (&text[..at], &text[at + len..]);
    let (left_end, right_start) = (left.trim_end_matches(is_separator), right.trim_start_matches(is_separator));
    let rest = match (left_end.is_empty(), right_start.is_empty()) {
        (true, _) => right_start.to_owned(),
        (_, true) => left_end.to_owned(),
        (false, false) => format!("{left_end}{}{right_start}", left.chars().next_back().unwrap_or('-')),
    };
    Some(take_out(&rest).unwrap_or((rest, first)))
}

/// The date that whole folders form: `2024`, `02`, `14`, or `year=2024`, `month=02`. Returns the date and the number of
/// folders.
pub(super) fn in_folders(folders: &[&str]) -> Option<(PathDate, usize)> {
    let number = |at: usize, keys: [&str; 2], digits: usize| -> Option<u32> {
        let folder = folders.get(at)?;
        let text = match folder.split_once('=') {
            Some((key, value)) => keys.iter().any(|k| key.eq_ignore_ascii_case(k)).then_some(value)?,
            None => folder,
        };
        (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    };
    let year = i32::try_from(number(0, ["year", "y"], 4)?).ok()?;
    let month = number(1, ["month", "m"], 2)?;
    let with_day = number(2, ["day", "d"], 2).and_then(|day| PathDate::day(year, month, day));
    with_day.map(|date| (date, 3)).or_else(|| PathDate::month(year, month).map(|date| (date, 2)))
}

/// The first date in `text`: its position, its length in bytes with its time of day, and the date.
fn find(text: &str) -> Option<(usize, usize, PathDate)> {
    let bytes = text.as_bytes();
    (0..bytes.len())
        .filter(|&at| at == 0 || !bytes[at - 1].is_ascii_alphanumeric())
        .find_map(|at| date_at(bytes, at).map(|(len, date)| (at, len, date)))
}

fn date_at(bytes: &[u8], at: usize) -> Option<(usize, PathDate)> {
    let year = i32::try_from(digits(bytes, at, 4)?).ok()?;
    let separator = bytes.get(at + 4).copied().filter(|b| matches!(b, b'-' | b'_' | b'.'));
    let wide = usize::from(separator.is_some());
    let month_at = at + 4 + wide;
    let month = digits(bytes, month_at, 2)?;
    let day_at = month_at + 2 + wide;
    let same_separator = separator.is_none() || bytes.get(month_at + 2).copied() == separator;
    let day = digits(bytes, day_at, 2).filter(|_| same_separator);
    if let Some(date) = day.and_then(|day| PathDate::day(year, month, day)) {
        let end = time_of_day(bytes, day_at + 2).unwrap_or(day_at + 2);
        let may_be_account =
            bytes.get(at..end).is_some_and(|run| run.len() == 12 && run.iter().all(u8::is_ascii_digit));
        return ends_word(bytes, end).then_some((end - at, PathDate { may_be_account, ..date }));
    }
    let end = month_at + 2;
    // `2024-05-1` is neither a day nor a month.
    let goes_on = bytes.get(end).copied() == separator && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    let ends = separator.is_some() && ends_word(bytes, end) && !goes_on;
    ends.then(|| PathDate::month(year, month)).flatten().map(|date| (end - at, date))
}

/// Where a time of day that begins at `at` ends: `T102030Z`, `_10-20-30`, `-1020`, `T10:20:30.123+00:00`.
fn time_of_day(bytes: &[u8], at: usize) -> Option<usize> {
    let start = at + usize::from(bytes.get(at).is_some_and(|b| matches!(b, b'T' | b't' | b'_' | b'-' | b' ')));
    let tied =
        |at: usize| at + usize::from(bytes.get(at).is_some_and(|b| matches!(b, b':' | b'-' | b'_' | b'.' | b'h')));
    digits(bytes, start, 2).filter(|&hour| hour < 24)?;
    let minute_at = tied(start + 2);
    digits(bytes, minute_at, 2).filter(|&minute| minute < 60)?;
    let mut end = minute_at + 2;
    let second_at = tied(end);
    if digits(bytes, second_at, 2).is_some_and(|second| second < 61) {
        end = second_at + 2;
    }
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end += 1 + bytes[end + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
    }
    if bytes.get(end).is_some_and(|b| matches!(b, b'Z' | b'z')) {
        end += 1;
    } else if bytes.get(end) == Some(&b'+') && digits(bytes, end + 1, 2).is_some() {
        end += 3;
        let minutes = tied(end);
        end = digits(bytes, minutes, 2).map_or(end, |_| minutes + 2);
    }
    ends_word(bytes, end).then_some(end)
}

fn ends_word(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|b| !b.is_ascii_alphanumeric())
}

fn digits(bytes: &[u8], at: usize, len: usize) -> Option<u32> {
    let part = bytes.get(at..at + len).filter(|part| part.iter().all(u8::is_ascii_digit))?;
    Some(part.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_come_out_of_names() {
        for (text, rest, start) in [
            ("2024-02-14", "", "2024-02-14T00:00:00Z"),
            ("20240214", "", "2024-02-14T00:00:00Z"),
            ("2024-02", "", "2024-02-01T00:00:00Z"),
            ("2024_02_14T10_20_30", "", "2024-02-14T00:00:00Z"),
            ("prod-api-2024-05-14", "prod-api", "2024-05-14T00:00:00Z"),
            ("prod-api-20240514T102030Z", "prod-api", "2024-05-14T00:00:00Z"),
            ("prod-api_2024-05-14_10-20-30", "prod-api", "2024-05-14T00:00:00Z"),
            ("2024-05-14_prod-api", "prod-api", "2024-05-14T00:00:00Z"),
            ("prod_2024-05-14_api", "prod_api", "2024-05-14T00:00:00Z"),
            ("snapshot.2024.05.14", "snapshot", "2024-05-14T00:00:00Z"),
            ("date=2024-05-14", "date", "2024-05-14T00:00:00Z"),
            ("20240514102030", "", "2024-05-14T00:00:00Z"),
        ] {
            let (left, date) = take_out(text).unwrap_or_else(|| panic!("no date in {text}"));
            assert_eq!((left.as_str(), date.start().to_string().as_str()), (rest, start), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_date_stays() {
        for text in [
            "2024-13-01",
            "20240230",
            "123456789012",
            "v2024",
            "1999-01-01",
            "prod20240514",
            "2024",
            "a-202405",
            "x-2024-05-1",
        ] {
            assert_eq!(take_out(text), None, "{text}");
        }
    }

    #[test]
    fn folders_spell_dates_together() {
        let date = |folders: &[&str]| in_folders(folders).map(|(d, n)| (d.start().to_string(), n));
        assert_eq!(date(&["2024", "02", "14", "x"]), Some(("2024-02-14T00:00:00Z".into(), 3)));
        assert_eq!(date(&["year=2024", "month=02"]), Some(("2024-02-01T00:00:00Z".into(), 2)));
        assert_eq!(date(&["2024", "roles"]), None);
    }

    #[test]
    fn a_date_that_the_job_denies_is_part_of_the_name() {
        let (_, date) = take_out("migration-2019-01").expect("a month");
        assert!(date.fits(Instant::midnight(NaiveDate::from_ymd_opt(2019, 1, 31).expect("a date"))));
        assert!(!date.fits(Instant::midnight(NaiveDate::from_ymd_opt(2024, 5, 14).expect("a date"))));
    }

    #[test]
    fn twelve_digits_are_a_minute_only_where_they_spell_one() {
        let (_, minute) = take_out("202405141020").expect("a minute");
        assert!(minute.may_be_account() && !take_out("20240514-1020").expect("a minute").1.may_be_account());
        assert_eq!(in_path(&Source::file("202405141020/roles/a.json")), None);
        assert_eq!(take_out("202413141020"), None);
    }
}
