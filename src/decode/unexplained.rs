//! Dates in members that nobody knows: `{"ServiceNamespace": "s3", "Access": {"When": "2026-05-01T08:00:00Z"}}`.
//!
//! A row that shows no access in the members that AWS gives it, and has a date in another one, may be a row that was used: somebody
//! renamed the member, or moved it into an object. Nothing can be concluded from such a row. A date that every row has is no access
//! but the time at which something saved them.

use rustc_hash::FxHashSet;

use super::flat::FlatRow;

/// Names of members that tell when a row was saved, or when its entity or grant was made; parts of them.
const STAMPS: &[&str] = &[
    "collect",
    "snapshot",
    "scan",
    "ingest",
    "export",
    "fetch",
    "retrieve",
    "generate",
    "report",
    "job",
    "update",
    "create",
    "creation",
    "timestamp",
    "asof",
    "load",
    "sync",
    "crawl",
    "extract",
    "import",
    "process",
    "saved",
    "partition",
    "granted",
];

/// The members of `rows` that have a date in a row and not in all of them. Members that `is_known` accepts are read by others.
pub fn members(rows: &[FlatRow], is_known: impl Fn(&str) -> bool) -> FxHashSet<&str> {
    let mut found: Vec<(&str, usize)> = Vec::new();
    for row in rows {
        for (name, _) in row.0.iter().filter(|(name, raw)| !is_known(name) && has_date(raw)) {
            match found.iter_mut().find(|(known, _)| known == name) {
                Some((_, count)) => *count += 1,
                None => found.push((name, 1)),
            }
        }
    }
    let is_stamp = |name: &str| STAMPS.iter().any(|stamp| name.contains(stamp));
    let is_of_some = |name: &str, count: usize| count < rows.len() || rows.len() == 1 && !is_stamp(name);
    found.into_iter().filter(|(name, count)| is_of_some(name, *count)).map(|(name, _)| name).collect()
}

/// Whether the row has a date in one of these members.
pub fn is_in(row: &FlatRow, members: &FxHashSet<&str>) -> bool {
    !members.is_empty() && row.0.iter().any(|(name, raw)| members.contains(name.as_str()) && has_date(raw))
}

/// Whether a date of this century is in the text, as a day or, inside an object or a list, as seconds or milliseconds since 1970.
pub fn has_date(raw: &str) -> bool {
    let raw = raw.trim();
    let bytes = raw.as_bytes();
    let is_day = |part: &[u8]| {
        let digit = |at: usize| part[at].is_ascii_digit();
        part.starts_with(b"20") && [2, 3, 5, 6, 8, 9].into_iter().all(digit) && part[4] == b'-' && part[7] == b'-'
    };
    if bytes.windows(10).any(is_day) {
        return true;
    }
    let is_nested = raw.starts_with('{') || raw.starts_with('[');
    let mut numbers = raw.split(|c: char| !c.is_ascii_alphanumeric());
    is_nested
        && numbers.any(|part| {
            matches!(part.len(), 10 | 13) && part.starts_with('1') && part.bytes().all(|b| b.is_ascii_digit())
        })
}
