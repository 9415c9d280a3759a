//! Signs of a use in members that nobody knows: a date as in `{"ServiceNamespace": "s3", "Access": {"When":
//! "2026-05-01T08:00:00Z"}}`, a number of days (`"DaysSinceLastAccess": 4`), or a word (`"Used": true`).
//!
//! A row that shows no access in the members that AWS gives it, and has a date in another one, may be a row that was used: somebody
//! renamed the member, or moved it into an object. Nothing can be concluded from such a row. A date that every row has is no access
//! but the time at which something saved them.

use rustc_hash::{FxHashMap, FxHashSet};

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

/// The members of `rows` that show a use in a row and not in all of them. Members that `is_known` accepts are read by others.
pub fn members(rows: &[FlatRow], is_known: impl Fn(&str) -> bool) -> FxHashSet<&str> {
    let mut found: FxHashMap<&str, usize> = FxHashMap::default();
    for row in rows {
        for (name, _) in row.0.iter().filter(|(name, raw)| !is_known(name) && shows_use(name, raw)) {
            *found.entry(name).or_default() += 1;
        }
    }
    let is_stamp = |name: &str| STAMPS.iter().any(|stamp| name.contains(stamp));
    let is_of_some = |name: &str, count: usize| count < rows.len() || rows.len() == 1 && !is_stamp(name);
    found.into_iter().filter(|(name, count)| is_of_some(name, *count)).map(|(name, _)| name).collect()
}

/// Whether the row shows a use in one of these members.
pub fn is_in(row: &FlatRow, members: &FxHashSet<&str>) -> bool {
    !members.is_empty() && row.0.iter().any(|(name, raw)| members.contains(name.as_str()) && shows_use(name, raw))
}

/// Whether a member of this name with this value may show a use.
fn shows_use(name: &str, raw: &str) -> bool {
    let value = raw.trim().trim_matches('"').trim().to_ascii_lowercase();
    has_date(raw) || is_word_of_use(name, &value) || is_number_of_days(name, &value)
}

/// `"Status": "Used"`, `"InUse": "yes"`. A number of entities is told apart from a flag by its name alone.
fn is_word_of_use(name: &str, value: &str) -> bool {
    let is_after_denial = |at: usize| ["un", "in", "not", "never", "no"].iter().any(|no| name[..at].ends_with(no));
    let is_denied = || {
        let mut words = ["used", "accessed", "active"].iter().flat_map(|word| name.match_indices(word));
        words.any(|(at, _)| is_after_denial(at))
    };
    let is_of_use = || ["used", "inuse", "accessed", "active"].iter().any(|word| name.contains(word)) && !is_denied();
    matches!(value, "used" | "in use" | "accessed" | "recently used")
        || matches!(value, "true" | "yes" | "y" | "1" | "x" | "active") && is_of_use()
}

/// `"DaysSinceLastAccess": 4`, `"last_seen_days_ago": "4.0"`, `"daysAgo": "4 days"`.
fn is_number_of_days(name: &str, value: &str) -> bool {
    let is_denied = ["unused", "without", "inactive", "window", "observed", "retention", "threshold"];
    let is_of_days = name.contains("day") && !is_denied.iter().any(|word| name.contains(word));
    let number = value.trim_end_matches("ago").trim_end().trim_end_matches("days").trim_end_matches("day").trim_end();
    is_of_days && number.parse::<f64>().is_ok_and(|days| days >= 0.0)
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
