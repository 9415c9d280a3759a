//! ISO 8601 and similar forms, read by position: `2024-05-14T09:00:00.123+02:00`, a blank instead of the `T`, Go's
//! `2024-05-14 09:00:00 +0000 UTC m=+0.1`, Java's `…Z[UTC]`, the compact `20240514T090000Z`.
//!
//! This runs once for every date in an estate of millions of rows, so nothing here allocates, except for week dates.

use chrono::NaiveDate;

use super::{Civil, DateReading, Zone};

/// Reads a date of this layout; `None` if the text has another layout, and may still be a date.
pub(super) fn read(text: &[u8]) -> Option<DateReading> {
    let (mut civil, rest) = date(text)?;
    let zone = match rest {
        [b'T' | b't' | b' ', clock @ ..] => zone(time(clock, &mut civil)?)?,
        // A day without a time does not take a numeric offset: the `-09` of `2024-05-14-09` is more likely an hour.
        b"" => Zone::Untold,
        b"Z" | b"z" => Zone::Offset(0),
        _ => return None,
    };
    Some(civil.settle(zone))
}

/// Reads `20240514`, `20240514090000` and `20240514T090000Z`. No count of seconds or of fractions of them since 1970
/// that lies in IAM's time has 8 or 14 digits, so these cannot be such counts.
pub(super) fn compact(text: &[u8]) -> Option<DateReading> {
    let (day, rest) = text.split_at_checked(8)?;
    let mut civil = Civil {
        year: i32::try_from(digits(&day[..4])?).ok()?,
        month: digits(&day[4..6])?,
        day: digits(&day[6..])?,
        ..Civil::default()
    };
    let rest = match rest {
        [] => rest,
        [b'T' | b't', clock @ ..] | clock => {
            let (clock, rest) = clock.split_at_checked(6)?;
            (civil.hour, civil.minute) = (digits(&clock[..2])?, digits(&clock[2..4])?);
            civil.second = digits(&clock[4..])?;
            fraction(rest, &mut civil)?
        }
    };
    Some(civil.settle(zone(rest)?))
}

/// Reads a week date, `2024-W20-2T09:00:00Z`: the day of the week comes last, and Monday is 1. A week without a day is
/// not a date.
pub(super) fn week(text: &str) -> Option<DateReading> {
    let day = NaiveDate::parse_from_str(text.get(..10)?, "%G-W%V-%u").ok()?;
    read(format!("{day}{}", &text[10..]).as_bytes())
}

/// Reads `2024-05-14`, and returns the text after it.
fn date(text: &[u8]) -> Option<(Civil, &[u8])> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let year = digits(&date[..4])?.cast_signed();
    Some((Civil { year, month: digits(&date[5..7])?, day: digits(&date[8..])?, ..Civil::default() }, rest))
}

/// Reads `09:00`, `09:00:00` or `09:00:00.123`, and returns the text after it.
fn time<'a>(text: &'a [u8], civil: &mut Civil) -> Option<&'a [u8]> {
    let (clock, rest) = text.split_first_chunk::<5>()?;
    if clock[2] != b':' {
        return None;
    }
    (civil.hour, civil.minute) = (digits(&clock[..2])?, digits(&clock[3..])?);
    let [b':', rest @ ..] = rest else { return Some(rest) };
    let (second, rest) = rest.split_at_checked(2)?;
    civil.second = digits(second)?;
    fraction(rest, civil)
}

/// Reads `.123456` or `,123`: kept to the millisecond, as instants are.
fn fraction<'a>(text: &'a [u8], civil: &mut Civil) -> Option<&'a [u8]> {
    let [b'.' | b',', rest @ ..] = text else { return Some(text) };
    let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let (fraction, rest) = rest.split_at(length);
    if fraction.is_empty() {
        return None;
    }
    let place = |at: usize| fraction.get(at).map_or(0, |b| u32::from(b - b'0'));
    civil.millisecond = place(0) * 100 + place(1) * 10 + place(2);
    Some(rest)
}

/// Reads everything that may follow the time of day, up to the end of the text.
pub(super) fn zone(text: &[u8]) -> Option<Zone> {
    match text {
        b"" => Some(Zone::Untold),
        b"Z" | b"z" | b"+00:00" => Some(Zone::Offset(0)),
        _ => uncommon_zone(text.trim_ascii_start()),
    }
}

fn uncommon_zone(text: &[u8]) -> Option<Zone> {
    let (seconds, rest) = match text {
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let (seconds, rest) = offset(rest)?;
            (if *sign == b'-' { -seconds } else { seconds }, rest)
        }
        [b'Z' | b'z', rest @ ..] => (0, rest),
        _ => (0, utc_word(text)?),
    };
    is_zone_name(rest, seconds).then_some(Zone::Offset(seconds))
}

/// Reads `02:00`, `0200`, `02`, or `00:53:28`, which Python writes for local clocks from the time before zones existed.
/// Returns it in seconds, and the text after it.
fn offset(text: &[u8]) -> Option<(i32, &[u8])> {
    let (hours, rest) = text.split_at_checked(2)?;
    let hours = digits(hours)?;
    let (minutes, rest) = match rest {
        [b':', a, b, rest @ ..] => (digits(&[*a, *b])?, rest),
        [a, b, rest @ ..] if a.is_ascii_digit() => (digits(&[*a, *b])?, rest),
        rest => (0, rest),
    };
    let (seconds, rest) = match rest {
        [b':', a, b, rest @ ..] => (digits(&[*a, *b])?, rest),
        rest => (0, rest),
    };
    let total = (hours * 60 + minutes) * 60 + seconds;
    (hours < 24 && minutes < 60 && seconds < 60).then_some((total.cast_signed(), rest))
}

/// The rest of the text after `UTC` or `GMT`. Other abbreviations do not define an offset: `IST` has three.
fn utc_word(text: &[u8]) -> Option<&[u8]> {
    let (word, rest) = text.split_first_chunk::<3>()?;
    [b"UTC", b"GMT"].iter().any(|utc| word.eq_ignore_ascii_case(*utc)).then_some(rest)
}

/// Whether the text after an offset only names it once more: Java's `[Europe/Berlin]`; Go's ` CEST` or ` +0200`, and
/// its clock reading ` m=+0.123`. A name with another offset contradicts it, and then neither is used.
fn is_zone_name(text: &[u8], offset: i32) -> bool {
    match text {
        b"" => true,
        [b'[', name @ .., b']'] => !name.is_empty() && name.iter().all(|b| b.is_ascii_graphic() && *b != b'['),
        [b' ', rest @ ..] => rest.split(|&b| b == b' ').all(|word| repeats_offset(word, offset)),
        _ => false,
    }
}

fn repeats_offset(word: &[u8], seconds: i32) -> bool {
    match word {
        b"UTC" | b"GMT" | b"Z" => seconds == 0,
        [b'm', b'=', b'+' | b'-', clock @ ..] => clock.iter().all(|b| b.is_ascii_digit() || *b == b'.'),
        [b'+', rest @ ..] => offset(rest) == Some((seconds, b"")),
        [b'-', rest @ ..] => offset(rest) == Some((-seconds, b"")),
        // `PM` is not a zone, and would move the time by twelve hours.
        letters => (3..=5).contains(&letters.len()) && letters.iter().all(u8::is_ascii_uppercase),
    }
}

/// The number that up to nine ASCII digits form; `None` if there is any other byte, or none.
fn digits(text: &[u8]) -> Option<u32> {
    let mut number = 0;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u32::from(byte - b'0');
    }
    (!text.is_empty()).then_some(number)
}
