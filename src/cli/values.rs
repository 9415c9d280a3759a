//! The values that options take: text in, a checked value or the reason why not out.
//!
//! Apart from the arguments because clap turns every reason given here into a usage error that names the option; so a mistyped
//! value can never be read as something else, or be ignored. Nothing here asks the clock: `today` stays a word until
//! [`When::start`] or [`When::end`] is told which day it is.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate};
use clap::builder::{PathBufValueParser, PossibleValuesParser, TypedValueParser};
use dormant::model::{AccountId, Arn, DAY_MS, Day, EntityKind, Instant, Mention};
use dormant::util::sanitize::harmless;
use globset::{Glob, GlobBuilder};

/// A parser for a closed set, from the spellings that the library itself uses. A word outside the set is answered with all of them.
pub fn one_of<T>(all: &'static [T], spelling: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|&member| spelling(member))).try_map(move |text| {
        all.iter().copied().find(|&member| spelling(member) == text).ok_or("is not a member of the set")
    })
}

/// A duration in whole days, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(pub i64);

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { "day" } else { "days" })
    }
}

/// Longer than any log reaches, and short enough that no sum of days overflows.
const MOST_DAYS: i64 = 36_500;

/// Reads `7d`, `12w`, `6m` (months of 30 days), `1y` (years of 365 days).
///
/// Zero is refused: with a threshold of no days, a permission watched for no time at all would be called unused.
pub fn days(text: &str) -> Result<Days, String> {
    const FORMS: &str = "write a whole number and its unit: 7d, 12w, 6m (30 days each) or 1y (365 days)";
    let number = text.trim_end_matches(['d', 'w', 'm', 'y']);
    let unit = match &text[number.len()..] {
        "d" => 1,
        "w" => 7,
        "m" => 30,
        "y" => 365,
        _ => return Err(FORMS.into()),
    };
    if !is_digits(number) {
        return Err(FORMS.into());
    }
    // Digits alone fail to parse only where there are too many of them.
    match number.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(unit) {
        0 => Err("a duration is at least one day".into()),
        days @ 1..=MOST_DAYS => Ok(Days(days)),
        _ => Err(format!("a duration is at most {MOST_DAYS} days")),
    }
}

/// `--sort`: a column, and the direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// By machine name or short name.
    pub column: String,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Order {
    /// The order by risk: the highest first.
    pub fn by_risk() -> Self {
        Self { column: RISK.to_owned(), descending: false }
    }

    /// Whether it is [`Order::by_risk`].
    pub fn is_by_risk(&self) -> bool {
        self.column == RISK && !self.descending
    }

    /// Whether it is the order in which files have the rows.
    pub fn is_of_files(&self) -> bool {
        self.column == "entity" && !self.descending
    }
}

/// The column that says what a permission is worth to an attacker.
const RISK: &str = "risk";

/// Reads `last_used` or `last_used:desc`.
pub fn order(text: &str) -> Result<Order, String> {
    let (column, direction) = text.split_once(':').unwrap_or((text, "asc"));
    match direction {
        "asc" | "desc" if !column.is_empty() => {
            Ok(Order { column: column.to_owned(), descending: direction == "desc" })
        }
        _ => Err("write the name of a column, or the name and :desc for the greatest first: days_since:desc".into()),
    }
}

/// The lower bounds of the age buckets, in days: ascending, each greater than 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buckets(pub Vec<i64>);

impl fmt::Display for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days: Vec<String> = self.0.iter().map(i64::to_string).collect();
        f.write_str(&days.join(","))
    }
}

/// Reads `30,90,180,365`.
pub fn buckets(text: &str) -> Result<Buckets, String> {
    const FORM: &str = "write ascending numbers of days, each greater than 0: 30,90,180,365";
    let bound = |part: &str| part.parse::<i64>().ok().filter(|days| is_digits(part) && (1..=MOST_DAYS).contains(days));
    let bounds = text.split(',').map(bound).collect::<Option<Vec<i64>>>().ok_or(FORM)?;
    if !bounds.is_sorted_by(|a, b| a < b) {
        return Err(FORM.into());
    }
    Ok(Buckets(bounds))
}

/// A date as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// `today`: the UTC day on which the program runs.
    Today,
    /// `2026-04-01`: a UTC day.
    Day(Day),
    /// `2026-04-01T10:00:00Z`: a point in time.
    Instant(Instant),
}

impl When {
    /// A day means its first instant. For `--as-of`, from which ages are counted.
    pub fn start(self, today: Day) -> Instant {
        match self {
            Self::Today => midnight(today),
            Self::Day(day) => midnight(day),
            Self::Instant(instant) => instant,
        }
    }

    /// A day means its last instant. For `--at`, `--from` and `--to`, so that the dumps made on that day count.
    pub fn end(self, today: Day) -> Instant {
        match self {
            Self::Today => today.end(),
            Self::Day(day) => day.end(),
            Self::Instant(instant) => instant,
        }
    }

    /// For the parameters of a report: the date that was meant, never the word `today`.
    pub fn shown(self, today: Day) -> String {
        match self {
            Self::Today => today.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Instant(instant) => instant.to_string(),
        }
    }
}

fn midnight(day: Day) -> Instant {
    Instant::from_millis(i64::from(day.0) * DAY_MS)
}

/// Reads `2026-04-01`, `2026-04-01T10:00:00Z` (any offset), `today`.
pub fn when(text: &str) -> Result<When, String> {
    const FORMS: &str = "write 2026-04-01, 2026-04-01T10:00:00Z (or another offset), or today";
    if text == "today" {
        return Ok(When::Today);
    }
    // chrono also takes 2026-4-1 and +2026-04-01; what is not written in full may be a slip.
    if text.len() == "2026-04-01".len() {
        return match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(date) if text.starts_with(|c: char| c.is_ascii_digit()) => Ok(When::Day(Day::of_date(date))),
            _ => Err(FORMS.into()),
        };
    }
    let instant = DateTime::parse_from_rfc3339(text).map_err(|_| FORMS)?;
    Ok(When::Instant(Instant::from_millis(instant.timestamp_millis())))
}

/// With what findings are compared, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselineArg {
    /// The folder of an audit.
    Audit(PathBuf),
    /// A date.
    Date(When),
}

/// Reads a date, or else a path: a folder that is named like a date is written `./2026-04-01`.
pub fn baseline(text: &str) -> Result<BaselineArg, String> {
    if text.is_empty() {
        return Err("name the folder of an audit, or a date".into());
    }
    Ok(when(text).map_or_else(|_| BaselineArg::Audit(text.into()), BaselineArg::Date))
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// Reads `1048576`, `512K`, `64M`, `4G`, `1T`, also as `4GiB`: powers of 1024.
pub fn bytes(text: &str) -> Result<Bytes, String> {
    const FORMS: &str = "write a number of bytes, alone or with K, M, G or T (powers of 1024): 512M, 4GiB";
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match &text[number.len()..] {
        "" => 0,
        "K" | "KiB" => 10,
        "M" | "MiB" => 20,
        "G" | "GiB" => 30,
        "T" | "TiB" => 40,
        _ => return Err(FORMS.into()),
    };
    if !is_digits(number) {
        return Err(FORMS.into());
    }
    match number.parse::<u64>().unwrap_or(u64::MAX).checked_mul(1 << shift) {
        Some(0) => Err("a ceiling of 0 bytes reads nothing".into()),
        Some(bytes) => Ok(Bytes(bytes)),
        None => Err("is more than 16 EiB".into()),
    }
}

/// More threads than this only wait for one another: 4096 of them had read fifteen files not even after a minute.
const MOST_THREADS: usize = 256;

/// Reads a number of rows.
pub fn whole(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "write a whole number, 0 or more".to_owned())
}

/// Reads a number of rows that cannot be 0.
pub fn positive(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "write a whole number, 1 or more".to_owned())
}

/// Reads a number of threads.
pub fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().ok().and_then(NonZeroUsize::new).filter(|threads| threads.get() <= MOST_THREADS);
    threads.ok_or_else(|| format!("write a whole number from 1 to {MOST_THREADS}"))
}

/// Reads permissions of a file: `600`, `0640`. Its owner has to be able to read and write it, and it is no program.
pub fn mode(text: &str) -> Result<u32, String> {
    const FORM: &str = "write three digits of 0, 2, 4 and 6 that begin with 6: 600, 640, 644";
    if cfg!(not(unix)) {
        return Err("this system has no such permissions".into());
    }
    let digits = text.strip_prefix('0').unwrap_or(text);
    let is_mode = digits.len() == 3 && digits.starts_with('6') && digits.bytes().all(|digit| b"0246".contains(&digit));
    u32::from_str_radix(digits, 8).ok().filter(|_| is_mode).ok_or_else(|| FORM.into())
}

/// Reads a line of text that stands on a workpaper.
pub fn line(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text {
        "" => Err("write something, or leave the option out".into()),
        _ if text.chars().any(char::is_control) => Err("write one line, without control characters".into()),
        _ if text.chars().count() > 200 => Err("write at most 200 characters".into()),
        _ => Ok(text.to_owned()),
    }
}

/// A folder, or a file that keeps what is in it. Elsewhere `-` is stdin or stdout, which can be neither.
pub fn place() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        let is_stream = path == Path::new("-");
        if is_stream {
            Err("`-` is stdin or stdout, which this cannot be: give a name, or ./- if it is called so")
        } else {
            Ok(path)
        }
    })
}

/// A glob with the text it was made from.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As typed.
    pub text: String,
    /// Compiled.
    pub glob: Glob,
}

/// A glob over entity names and ARNs. Case counts, as it does in ARNs; `*` crosses `/`, because paths in ARNs are no folders.
/// An entity that only a path names can have a name with escapes, as reports show it; it may be typed as it is too.
pub fn entity_pattern(text: &str) -> Result<Pattern, String> {
    let mut shown = String::new();
    let named = harmless(text);
    let mut rest = named.as_ref();
    while let Some((before, code, after)) = next_escape(rest) {
        shown.extend([before, r"\\u\{", code, r"\}"]);
        rest = after;
    }
    shown.push_str(rest);
    let glob = pattern(&shown, false)?.glob;
    Ok(Pattern { text: text.to_owned(), glob })
}

/// The text before the first `\u{fe0f}`, the code in it, and the text after it.
fn next_escape(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once(r"\u{")?;
    let (code, after) = rest.split_once('}')?;
    Some((before, code, after))
}

/// A glob over action names. Case does not count, as it does not in IAM policies.
pub fn action_pattern(text: &str) -> Result<Pattern, String> {
    pattern(text, true)
}

fn pattern(text: &str, case_insensitive: bool) -> Result<Pattern, String> {
    if text.is_empty() {
        return Err("an empty glob matches nothing".into());
    }
    let glob = GlobBuilder::new(text)
        .case_insensitive(case_insensitive)
        .literal_separator(false)
        .backslash_escape(true)
        .build()
        .map_err(|e| format!("not a glob: {}", e.kind()))?;
    Ok(Pattern { text: text.to_owned(), glob })
}

/// Takes what `aws sts get-caller-identity` prints: the ARN of a user, a role, or a session, which means its role.
pub fn caller(text: &str) -> Result<Mention, String> {
    let is_caller = |arn: &Arn| matches!(arn.kind(), EntityKind::User | EntityKind::Role);
    match Mention::of_claim(text) {
        role @ Mention::Name(Some(_), _) => Ok(role),
        _ if Arn::parse(text).is_ok_and(|arn| is_caller(&arn)) => Ok(Mention::Arn(text.to_owned())),
        _ => Err("write the ARN of a user, a role or a session, as `aws sts get-caller-identity` prints it".into()),
    }
}

/// Takes a 12-digit account number.
pub fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).ok_or_else(|| "an account is 12 digits, as in 123456789012".into())
}

/// Takes what can be a service namespace: `s3`, `lambda`, `application-autoscaling`. Which exist is not known offline.
pub fn namespace(text: &str) -> Result<String, String> {
    lower_case_word(text).ok_or_else(|| {
        "a service is named by its namespace, in lower case and without an action: ec2, s3, application-autoscaling"
            .into()
    })
}

/// Takes what can be a region: `eu-central-1`.
pub fn region(text: &str) -> Result<String, String> {
    lower_case_word(text).ok_or_else(|| "a region is written as in eu-central-1".into())
}

fn lower_case_word(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    fits.then(|| text.to_owned())
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(days("7d"), Ok(Days(7)));
        assert_eq!(days("12w"), Ok(Days(84)));
        assert_eq!(days("6m"), Ok(Days(180)));
        assert_eq!(days("1y"), Ok(Days(365)));
        for wrong in ["90", "", "d", "7D", "-7d", "+7d", "1.5y", "7 d", "7dd", "7days", "０d", "7é"] {
            let reason = days(wrong).expect_err(wrong);
            assert!(reason.contains("12w"), "{wrong}: {reason}");
        }
    }

    #[test]
    fn durations_are_neither_empty_nor_endless() {
        assert!(days("0d").is_err());
        assert!(days("101y").is_err());
        assert!(days("99999999999999999999y").is_err());
    }

    #[test]
    fn buckets_ascend() {
        assert_eq!(buckets("30,90"), Ok(Buckets(vec![30, 90])));
        for wrong in ["", "30,", "90,30", "30,30", "0,30", "-1,30", "+1,30", "30d", "30, 90"] {
            assert!(buckets(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_starts_at_midnight_and_ends_before_the_next() {
        let today = Day(0);
        let april = when("2026-04-01").expect("a date");
        assert_eq!(april.start(today).to_string(), "2026-04-01T00:00:00Z");
        assert_eq!(april.end(today).to_string(), "2026-04-01T23:59:59.999Z");
        assert_eq!(when("today").map(|w| w.end(today).to_string()), Ok("1970-01-01T23:59:59.999Z".into()));
        assert_eq!(when("today").map(|w| w.shown(today)), Ok("1970-01-01".into()));
    }

    #[test]
    fn a_point_in_time_is_itself() {
        let point = when("2026-04-01T12:00:00+02:00").expect("a point in time");
        assert_eq!(point.start(Day(0)), point.end(Day(0)));
        assert_eq!(point.start(Day(0)).to_string(), "2026-04-01T10:00:00Z");
    }

    #[test]
    fn a_slip_in_a_date_is_refused() {
        for wrong in
            ["", "2026-4-1", "2026-02-30", "01.04.2026", "2026-04-01T10:00:00", "Today", "yesterday", "+026-04-01"]
        {
            let reason = when(wrong).expect_err(wrong);
            assert!(reason.contains("2026-04-01T10:00:00Z"), "{wrong}: {reason}");
        }
    }

    #[test]
    fn sizes_count_in_powers_of_1024() {
        assert_eq!(bytes("1000"), Ok(Bytes(1000)));
        assert_eq!(bytes("4G"), Ok(Bytes(4 << 30)));
        assert_eq!(bytes("4GiB"), bytes("4096M"));
        for wrong in ["", "0", "4GB", "4g", "-1", "1.5G", "99999999T"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn globs_follow_the_case_rules_of_iam() {
        let matches = |p: Result<Pattern, String>, text: &str| p.expect("a glob").glob.compile_matcher().is_match(text);
        assert!(matches(action_pattern("ec2:describe*"), "ec2:DescribeInstances"));
        assert!(!matches(entity_pattern("Prod-*"), "prod-api"));
        assert!(matches(entity_pattern("arn:aws:iam::*:role/*"), "arn:aws:iam::123456789012:role/app/prod-api"));
        assert_eq!(
            entity_pattern("prod-[a").expect_err("unclosed"),
            "not a glob: unclosed character class; missing ']'"
        );
    }

    #[test]
    fn a_name_that_is_shown_with_escapes_is_typed_as_it_is_or_as_it_is_shown() {
        for typed in ["\u{2601}\u{fe0f}*", "\u{2601}\\u{fe0f}-{a,b}", "\u{2601}?u?fe0f?-a"] {
            let glob = entity_pattern(typed).expect("a glob").glob.compile_matcher();
            assert!(glob.is_match("\u{2601}\\u{fe0f}-a"), "{typed}");
            assert!(!glob.is_match("\u{2601}-a"), "{typed}");
        }
        assert!(entity_pattern("").is_err());
    }

    #[test]
    fn names_that_no_filter_could_match_are_refused() {
        assert!(account("12345678901").is_err());
        assert!(namespace("EC2").is_err());
        assert!(namespace("ec2:RunInstances").is_err());
        assert_eq!(namespace("application-autoscaling"), Ok("application-autoscaling".into()));
        assert!(region("eu central 1").is_err());
    }
}
