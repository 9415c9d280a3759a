//! Dates as JSON values, and the objects in which some savers wrap them.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Civil, DateReading, NO_SPELLING, NO_SUCH_NUMBER, NOT_A_DATE, ZONE, Zone, epoch, judge, parse_str, words};

/// The deepest form that is known is `{"$date": {"$numberLong": "…"}}`.
pub(super) const MAX_DEPTH: u32 = 3;

/// Members that hold the date, or wrap it once more: extended JSON of `MongoDB`, `ConvertTo-Json`, the typed JSON of
/// `DynamoDB`.
const WRAPPERS: [&str; 8] = ["$date", "$numberLong", "$numberInt", "$numberDouble", "value", "Value", "S", "N"];

type ObjectMembers<'a> = FxHashMap<Cow<'a, str>, &'a RawValue>;

/// Reads one JSON value, trimmed; `depth` bounds the objects in it.
pub(super) fn read_json(raw: &str, depth: u32) -> DateReading {
    match raw.as_bytes().first() {
        Some(b'"') => string(raw),
        Some(b'{') if depth > 0 => object(raw, depth - 1),
        Some(b'[') if depth > 0 => list(raw, depth - 1),
        Some(b'{' | b'[') => DateReading::Unreadable(NOT_A_DATE),
        Some(b'0'..=b'9' | b'-') => epoch::number(raw).unwrap_or(DateReading::Unreadable(NO_SUCH_NUMBER)),
        // `NaN` and `undefined` are not JSON, but pandas and JavaScript write them.
        Some(_) if words::is_never(raw) => DateReading::Never,
        _ => DateReading::Unreadable(NOT_A_DATE),
    }
}

/// A JSON string, borrowed if nothing in it is escaped.
fn string(raw: &str) -> DateReading {
    let inner = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(text) if !text.contains(['\\', '"']) => parse_str(text),
        _ => match serde_json::from_str::<Cow<'_, str>>(raw) {
            Ok(text) => parse_str(&text),
            Err(_) => DateReading::Unreadable(NOT_A_DATE),
        },
    }
}

fn object(raw: &str, depth: u32) -> DateReading {
    let Ok(members) = serde_json::from_str::<ObjectMembers<'_>>(raw) else {
        return DateReading::Unreadable(NOT_A_DATE);
    };
    if members.contains_key("__class__") {
        return placebo(raw);
    }
    if members.get("NULL").is_some_and(|null| null.get() == "true") && members.len() == 1 {
        return DateReading::Never;
    }
    if let Some(reading) = seconds_and_nanoseconds(&members).or_else(|| php(&members)) {
        return reading;
    }
    let mut wrapped = WRAPPERS.iter().filter_map(|&name| members.get(name));
    match (wrapped.next(), wrapped.next()) {
        (Some(value), None) => read_json(value.get(), depth),
        _ => DateReading::Unreadable(NOT_A_DATE),
    }
}

/// Reads a list of one element, as R's jsonlite writes every scalar; or year, month, day, hour, minute and more, as
/// Jackson writes a `LocalDateTime`, which has no offset.
fn list(raw: &str, depth: u32) -> DateReading {
    let Ok(values) = serde_json::from_str::<Vec<&RawValue>>(raw) else { return DateReading::Unreadable(NOT_A_DATE) };
    if let [one] = values[..] {
        return read_json(one.get(), depth);
    }
    let numbers: Option<Vec<u32>> = values.iter().map(|value| value.get().parse().ok()).collect();
    match numbers.as_deref() {
        Some(&[year, month, day, hour, minute, ref rest @ ..]) if rest.len() <= 2 => {
            let (second, nanos) = (rest.first().copied().unwrap_or(0), rest.get(1).copied().unwrap_or(0));
            let Ok(year) = i32::try_from(year) else { return DateReading::Unreadable(NOT_A_DATE) };
            Civil { year, month, day, hour, minute, second, millisecond: nanos / 1_000_000 }.settle(Zone::Untold)
        }
        _ => DateReading::Unreadable(NOT_A_DATE),
    }
}

/// Reads PHP's `DateTime`: `{"date": "2026-05-01 12:00:00.000000", "timezone_type": 3, "timezone": "UTC"}`.
fn php(members: &ObjectMembers<'_>) -> Option<DateReading> {
    let text = |name: &str| serde_json::from_str::<String>(members.get(name)?.get()).ok();
    members.get("timezone_type")?;
    let (date, zone) = (text("date")?, text("timezone")?);
    let offset = if matches!(&*zone, "UTC" | "Z" | "GMT" | "Etc/UTC") { "Z" } else { &zone };
    let is_offset = offset == "Z" || offset.starts_with(['+', '-']);
    Some(if is_offset { parse_str(&format!("{date}{offset}")) } else { DateReading::Unreadable(ZONE) })
}

/// Reads `{"__class__": "datetime", "year": …}`. Placebo records what botocore returned, which is always UTC, and
/// replays it as UTC.
fn placebo(raw: &str) -> DateReading {
    #[derive(Deserialize)]
    struct Recorded<'a> {
        #[serde(borrow, rename = "__class__")]
        class: Cow<'a, str>,
        year: i32,
        month: u32,
        day: u32,
        #[serde(default)]
        hour: u32,
        #[serde(default)]
        minute: u32,
        #[serde(default)]
        second: u32,
        #[serde(default)]
        microsecond: u32,
    }
    match serde_json::from_str::<Recorded<'_>>(raw) {
        Ok(Recorded { class, year, month, day, hour, minute, second, microsecond }) if class == "datetime" => {
            let millisecond = microsecond / 1000;
            Civil { year, month, day, hour, minute, second, millisecond }.settle(Zone::Offset(0))
        }
        Ok(_) | Err(_) => DateReading::Unreadable(NO_SPELLING),
    }
}

/// Reads Java's `Instant` without a date module, `{"epochSecond": …, "nano": …}`, protobuf's `{"seconds": …, "nanos":
/// …}`, and Firestore's `{"_seconds": …, "_nanoseconds": …}`.
fn seconds_and_nanoseconds(members: &ObjectMembers<'_>) -> Option<DateReading> {
    let (seconds, nanos) = [("epochSecond", "nano"), ("seconds", "nanos"), ("_seconds", "_nanoseconds")]
        .into_iter()
        .find_map(|(seconds, nanos)| Some((members.get(seconds)?, members.get(nanos))))?;
    let number = |raw: &RawValue| raw.get().trim_matches('"').parse::<i64>();
    let reading = match (number(seconds), nanos.map_or(Ok(0), |raw| number(raw))) {
        (Ok(seconds), Ok(nanos @ 0..1_000_000_000)) => seconds
            .checked_mul(1000)
            .and_then(|ms| ms.checked_add(nanos / 1_000_000))
            .map(|ms| judge(ms, Zone::Offset(0))),
        _ => None,
    };
    Some(reading.unwrap_or(DateReading::Unreadable(NO_SUCH_NUMBER)))
}
