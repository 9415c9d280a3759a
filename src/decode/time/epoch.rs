//! Dates as a count since 1970: bare numbers, and .NET's `/Date(1715677200000+0200)/`.

use super::{DateReading, NO_SPELLING, NO_SUCH_NUMBER, YEAR_ONE_MS, Zone, judge};

/// Numbers above this are milliseconds: read as seconds it is the year 5138, read as milliseconds the year 1973.
const MILLISECONDS_ABOVE: i128 = 100_000_000_000;
/// Numbers above this are microseconds.
const MICROSECONDS_ABOVE: i128 = 1000 * MILLISECONDS_ABOVE;
/// Numbers above this are nanoseconds.
const NANOSECONDS_ABOVE: i128 = 1000 * MICROSECONDS_ABOVE;
/// No number that is a date is longer; this bounds what is parsed.
const MAX_LENGTH: usize = 40;

/// Reads a decimal number, with or without fraction or exponent; `None` if the text is not a number.
pub(super) fn number(text: &str) -> Option<DateReading> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit())
        && unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !is_number {
        return None;
    }
    // A text that only resembles a number, `05-14-2024`, is left to the other readers.
    let value: f64 = text.parse().ok()?;
    let plain = |text: &str| decimal(text).unwrap_or(DateReading::Unreadable(NO_SUCH_NUMBER));
    Some(if text.contains(['e', 'E']) { plain(&format!("{value:.6}")) } else { plain(text) })
}

/// Reads digits with or without a fraction, exactly: as a float, `.123` would become `.122999…`.
fn decimal(text: &str) -> Option<DateReading> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if text.len() > MAX_LENGTH {
        return None;
    }
    let count: i128 = whole.parse().ok()?;
    if count == 0 && fraction.bytes().all(|b| b == b'0') {
        return Some(DateReading::Never);
    }
    if count < 0 {
        return is_year_one(count).then_some(DateReading::Never);
    }
    let ms = match count {
        nanoseconds if nanoseconds > NANOSECONDS_ABOVE => nanoseconds / 1_000_000,
        microseconds if microseconds > MICROSECONDS_ABOVE => microseconds / 1000,
        milliseconds if milliseconds > MILLISECONDS_ABOVE => milliseconds,
        seconds => seconds * 1000 + thousandths(fraction),
    };
    Some(judge(i64::try_from(ms).ok()?, Zone::Offset(0)))
}

/// The first three digits of a fraction, as a whole number.
fn thousandths(fraction: &str) -> i128 {
    let place = |at: usize| fraction.as_bytes().get(at).map_or(0, |b| i128::from(b - b'0'));
    place(0) * 100 + place(1) * 10 + place(2)
}

/// Whether it is the first instant of the year 1, in seconds, milliseconds or microseconds: Go and .NET write that for
/// a date that is not there. No other negative number is a date of IAM.
fn is_year_one(count: i128) -> bool {
    let ms = i128::from(YEAR_ONE_MS);
    [ms / 1000, ms, ms * 1000].contains(&count)
}

/// Reads `/Date(…)/`, with or without escaped slashes; `None` if the text does not have that form. The offset only
/// tells where the writer was: the count is in UTC in any case.
pub(super) fn dotnet(text: &str) -> Option<DateReading> {
    let inner = text.strip_prefix("\\/Date(").or_else(|| text.strip_prefix("/Date("))?;
    let inner = inner.strip_suffix(")\\/").or_else(|| inner.strip_suffix(")/"))?;
    let sign_of_offset = inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-'));
    let (count, offset) = inner.split_at(sign_of_offset.map_or(inner.len(), |(at, _)| at));
    let is_offset = offset.is_empty() || (offset.len() == 5 && offset.bytes().skip(1).all(|b| b.is_ascii_digit()));
    Some(match count.parse() {
        Ok(ms) if is_offset => judge(ms, Zone::Offset(0)),
        _ => DateReading::Unreadable(NO_SPELLING),
    })
}
