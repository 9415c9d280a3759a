//! How savers tell, other than with `IsTruncated`, that a list is cut: another word, a token for the rest, a larger
//! total.

use super::flat::FlatRow;
use super::members::{Members, members as members_of, normal};

/// Members that tell whether more follows. Jackson uses such a name for the getter `isTruncated()`.
pub const FLAGS: &[&str] =
    &["istruncated", "truncated", "hasmore", "hasmorepages", "hasmoreresults", "hasnext", "hasnextpage", "moreresults"];

/// Members that hold the token for the next page.
const TOKENS: &[&str] = &[
    "continuationtoken",
    "lastevaluatedkey",
    "marker",
    "nextcontinuationtoken",
    "nextcursor",
    "nextmarker",
    "nextpagetoken",
    "nexttoken",
];

/// Whether a row, or the members of an answer, hold a token for the rest.
pub fn has_marker(row: &FlatRow) -> bool {
    TOKENS.iter().filter_map(|name| row.get(&[name])).any(is_token)
}

/// What an object around rows tells about rows that are not in it; `None` if it tells nothing.
pub fn said_by(members: &Members) -> Option<String> {
    let said = members.iter().find(|(name, value)| {
        let name = normal(name);
        let is_true = || matches!(value.get().trim_matches('"'), "true" | "True" | "TRUE" | "1");
        TOKENS.contains(&name.as_str()) && is_token(value.get()) || FLAGS.contains(&name.as_str()) && is_true()
    });
    said.map(|(name, _)| name.to_string()).or_else(|| larger_total(members))
}

/// Whether below a member of this name there are keys of rows, and no rows.
pub fn is_key(name: &str) -> bool {
    matches!(normal(name).as_str(), "lastevaluatedkey" | "exclusivestartkey")
}

/// Reads the answer of Elasticsearch: `{"total": {"value": 240}, "hits": [ten of them]}`.
fn larger_total(members: &Members) -> Option<String> {
    let value = |wanted: &str| members.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.get());
    let hits: Vec<&serde_json::value::RawValue> = serde_json::from_str(value("hits")?).ok()?;
    let total = value("total")?;
    let inner = members_of(total).unwrap_or_default();
    let total = inner.iter().find(|(name, _)| name == "value").map_or(total, |(_, value)| value.get());
    let total: u64 = total.trim().parse().ok()?;
    (total > hits.len() as u64).then(|| format!("{} of {total} hits", hits.len()))
}

fn is_token(raw: &str) -> bool {
    !matches!(raw.trim(), "" | "null" | "\"\"" | "false" | "{}" | "[]" | "\"None\"" | "\"null\"")
}
