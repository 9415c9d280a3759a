//! How savers tell, other than with `IsTruncated`, that a list is cut: another word, a token for the rest, a larger
//! total.

use super::flat::FlatRow;
use super::members::{Members, members as members_of, normal};

/// Members that tell whether more follows. Jackson uses such a name for the getter `isTruncated()`.
pub const FLAGS: &[&str] = &[
    "istruncated",
    "truncated",
    "hasmore",
    "hasmorepages",
    "hasmoreresults",
    "hasnext",
    "hasnextpage",
    "moreresults",
    // Splunk shows rows of a search that has not ended.
    "preview",
    "terminatedearly",
    "timedout",
    "truncatedrows",
];

/// Members that hold the token for the next page.
const TOKENS: &[&str] = &[
    "continuationtoken",
    "lastevaluatedkey",
    "marker",
    "next",
    "nextcontinuationtoken",
    "nextcursor",
    "nextlink",
    "nextmarker",
    "nextpage",
    "nextpagetoken",
    "nexttoken",
    "nexturl",
    "@odata.nextlink",
    "odata.nextlink",
    "pagetoken",
    "paginationtoken",
    "resumetoken",
    "resumptiontoken",
    "unprocessedkeys",
];

/// Members that hold such members: JSON:API and HAL name the next page in them, others the number of pages.
const AROUND: &[&str] = &[
    "$metadata",
    "links",
    "meta",
    "metadata",
    "page",
    "pageinfo",
    "paging",
    "pagination",
    "responsemetadata",
    "resultmetadata",
];

/// Members for a list of any kind. Beside the list of an answer, a count may be of something else.
const LISTS: &[&str] =
    &["data", "edges", "entries", "hits", "items", "nodes", "records", "resources", "results", "rows", "value"];

/// Members that tell how many elements there are on all pages.
const TOTALS: &[&str] = &["count", "total", "totalcount", "totalelements", "totalhits", "totalitems", "totalresults"];

/// Whether a row, or the members of an answer, hold a token for the rest.
pub fn has_marker(row: &FlatRow) -> bool {
    TOKENS.iter().filter_map(|name| row.get(&[name])).any(is_token)
}

/// Whether what surrounds the list of an answer tells that it is cut: an object next to it, the object that holds it, or a
/// number of elements that is larger. The number counts only if `ends_itself` is false: on the last of several pages it is that of all.
pub fn is_said_around(answer: &Members, list: &str, rows: usize, ends_itself: bool) -> bool {
    let beside = || answer.iter().filter(|(name, _)| AROUND.contains(&normal(name).as_str()));
    let objects = || beside().filter_map(|(_, value)| members_of(value.get()).ok());
    let holder = || members_of(list).ok().and_then(|holder| said_by(&holder));
    let is_more = |of: &Members| total_of(of).is_some_and(|total| total > rows as u64);
    objects().any(|inner| said_directly(&inner).is_some())
        || holder().is_some()
        || !ends_itself && (is_more(answer) || objects().any(|inner| is_more(&inner)))
}

/// Whether the text of an object that is otherwise skipped may tell that a list is cut.
pub fn may_be_said_in(object: &[u8]) -> bool {
    let words: [&[u8]; 6] = [b"truncated", b"marker", b"token", b"next", b"more", b"cursor"];
    let lower = object.to_ascii_lowercase();
    words.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
}

/// The number of elements on all pages that an object tells.
fn total_of(members: &Members) -> Option<u64> {
    let (_, value) = members.iter().find(|(name, _)| TOTALS.contains(&normal(name).as_str()))?;
    value.get().trim().trim_matches('"').parse().ok()
}

/// What an object around rows tells about rows that are not in it; `None` if it tells nothing.
pub fn said_by(members: &Members) -> Option<String> {
    said_directly(members)
        .or_else(|| {
            let around = members.iter().filter(|(name, _)| AROUND.contains(&normal(name).as_str()));
            around.filter_map(|(_, value)| members_of(value.get()).ok()).find_map(|inner| said_directly(&inner))
        })
        .or_else(|| lost_shards(members))
        .or_else(|| larger_total(members))
}

/// Tells of parts of an index that did not answer, as Elasticsearch does: `{"_shards": {"total": 5, "failed": 1}}`.
fn lost_shards(members: &Members) -> Option<String> {
    let (_, shards) = members.iter().find(|(name, _)| normal(name) == "shards")?;
    let shards = members_of(shards.get()).ok()?;
    let (_, failed) = shards.iter().find(|(name, _)| normal(name) == "failed")?;
    let failed: u64 = failed.get().parse().ok()?;
    (failed > 0).then(|| format!("_shards.failed: {failed}"))
}

fn said_directly(members: &Members) -> Option<String> {
    let said = members.iter().find(|(name, value)| {
        let name = normal(name);
        let is_true = || matches!(value.get().trim_matches('"'), "true" | "True" | "TRUE" | "1");
        TOKENS.contains(&name.as_str()) && is_token(value.get()) || FLAGS.contains(&name.as_str()) && is_true()
    });
    said.map(|(name, _)| name.to_string())
}

/// Whether below a member of this name there are keys of rows, and no rows.
pub fn is_key(name: &str) -> bool {
    matches!(normal(name).as_str(), "lastevaluatedkey" | "exclusivestartkey")
}

/// Reads a total that is larger than the list next to it, as of Elasticsearch: `{"total": {"value": 240}, "hits": [ten of
/// them]}`. The total may also be in a member about pages.
fn larger_total(members: &Members) -> Option<String> {
    let named = |of: &Members<'_>, wanted: &[&str]| {
        let (_, value) = of.iter().find(|(name, _)| wanted.contains(&normal(name).as_str()))?;
        Some(value.get().trim().to_owned())
    };
    let list = named(members, LISTS)?;
    let rows: Vec<&serde_json::value::RawValue> = serde_json::from_str(&list).ok()?;
    let around = members.iter().filter(|(name, _)| AROUND.contains(&normal(name).as_str()));
    let around = around.filter_map(|(_, value)| members_of(value.get()).ok());
    let total = named(members, TOTALS).or_else(|| around.into_iter().find_map(|inner| named(&inner, TOTALS)))?;
    let inner = members_of(&total).ok().and_then(|inner| named(&inner, &["value"]));
    let total: u64 = inner.unwrap_or(total).parse().ok()?;
    (total > rows.len() as u64).then(|| format!("{} of {total} elements", rows.len()))
}

fn is_token(raw: &str) -> bool {
    !matches!(raw.trim(), "" | "null" | "\"\"" | "false" | "{}" | "[]" | "\"None\"" | "\"null\"")
}
