//! An answer in any spelling, from members with values that are still text.
//!
//! This is slower than [`wire`](super::wire) and accepts more: enums in wrappers, dates in objects and numbers, rows in
//! other cases. It refuses what it cannot understand; it never guesses, because a member that it skips may be the date
//! of an access.

use std::cell::LazyCell;

use rustc_hash::FxHashSet;
use serde_json::value::RawValue;

use super::cut;
use super::flat::FlatRow;
use super::members::{Members, members, normal};
use super::refuse::REPORT;
use super::stated;
use super::time;
use super::unexplained;
use super::wire::{AnswerBody, DateNotes};
use crate::model::{
    Accessed, ActionRow, Instant, Job, JobError, JobStatus, JobType, ListState, ServiceRow, Symbol, SymbolCache,
};
use crate::problem::Kind;

const ACCESSED: &[&str] = &[
    "lastauthenticated",
    "lastauthenticateddate",
    "lastauthenticatedtime",
    "lastauthenticatedat",
    "lastaccessed",
    "lastaccesseddate",
    "lastaccessedtime",
    "lastaccessedat",
    "lastused",
    "lastuseddate",
];
const BY: &[&str] = &["lastauthenticatedentity", "lastauthenticatedarn", "lastaccessedentity", "lastaccessedby"];
const REGION: &[&str] = &["lastauthenticatedregion", "lastaccessedregion"];
pub const OF_ANOTHER_NAME: time::DateReading =
    time::DateReading::Unreadable("in a member that AWS names differently, in some rows and not in all");
/// What a number that is missing among zeros means: AWS writes it in every row, so something took it away.
const NO_COUNT: time::DateReading = time::DateReading::Unreadable("is missing, and other rows have it");
const TOTAL: &[&str] = &["totalauthenticatedentities"];
const ACTIONS: &[&str] = &["trackedactionslastaccessed", "trackedactions"];

/// Why an answer was refused, and what to do.
#[derive(Clone)]
pub struct Refusal {
    /// The kind of problem.
    pub kind: Kind,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub advice: &'static str,
}

pub(super) fn bad(what: impl Into<String>) -> Refusal {
    let advice = "Save what `aws iam get-service-last-accessed-details` prints, unchanged.";
    Refusal { kind: Kind::BadValue, what: what.into(), advice }
}

/// Reads an answer from the members of its object.
///
/// # Errors
/// If a member holds a value that cannot be understood.
pub fn answer(members: &Members, names: &mut SymbolCache) -> Result<AnswerBody, Refusal> {
    let mut body = AnswerBody::default();
    body.job = job(&FlatRow::of(members), &mut body.dates)?;
    body.stated = stated::of_answer(members, body.job.created.or(body.job.completed));
    let lists = members.iter().filter(|(name, _)| normal(name) == "serviceslastaccessed");
    let list = lists.clone().next();
    // Parsers differ in which one they take.
    if lists.clone().any(|(_, other)| list.is_some_and(|(_, first)| first.get() != other.get())) {
        return Err(bad("ServicesLastAccessed stands in it twice"));
    }
    let is_flattened =
        |name: &str| normal(name).strip_prefix("serviceslastaccessed").is_some_and(|rest| !rest.is_empty());
    match list.map(|(_, value)| value.get().trim()) {
        None if members.iter().any(|(name, _)| is_flattened(name)) => {
            return Err(Refusal {
                kind: Kind::WrongFormat,
                what: "its list is flattened: the rows are members such as `ServicesLastAccessed.0.ServiceNamespace`"
                    .to_owned(),
                advice: "Save what the client prints, before it is flattened.",
            });
        }
        None => {}
        Some("null") => body.list = ListState::Null,
        Some(json) => {
            let elements: Vec<&RawValue> = list_elements(json, "ServicesLastAccessed")?;
            let rows: Vec<FlatRow> = elements.iter().map(|e| row_of(e.get())).collect::<Result<_, _>>()?;
            push_rows(&rows, &mut body, names)?;
            if let Some(name) = dates_beside(members, &rows) {
                return Err(bad(format!(
                    "{name} has dates of services next to the list, and their meaning is unknown"
                )));
            }
            let ends_itself = body.job.is_truncated.is_some() || body.job.has_marker;
            if cut::is_said_around(members, json, rows.len(), ends_itself) {
                body.job.is_truncated = Some(true);
            }
            body.list = ListState::Present;
        }
    }
    Ok(body)
}

/// Reads an answer from its rows alone; if the job has members, they are in the rows.
///
/// # Errors
/// If a row holds a value that cannot be understood, or no row has a member that tells used from unused.
pub fn answer_of_rows(rows: &[FlatRow], names: &mut SymbolCache) -> Result<AnswerBody, Refusal> {
    let mut body = AnswerBody { list: ListState::Present, stated: stated::of_rows(rows), ..AnswerBody::default() };
    if let Some(first) = rows.first() {
        body.job = job(first, &mut body.dates)?;
        // aardvark keeps no job; the day on which it last refreshed a row is the nearest date that it has.
        if body.job.created.is_none() && body.job.completed.is_none() {
            let refreshed = rows.iter().filter_map(|row| row.get(&["lastupdated"]));
            let refreshed = refreshed.filter_map(|raw| date(raw, &mut body.dates).instant());
            body.job.created = refreshed.max();
        }
    }
    push_rows(rows, &mut body, names)?;
    Ok(body)
}

pub(super) fn job(row: &FlatRow, dates: &mut DateNotes) -> Result<Job, Refusal> {
    let text = |name: &str| row.get(&[name]).map(text_of).transpose().map(Option::flatten);
    let word = |name: &str| -> Result<Option<String>, Refusal> { Ok(text(name)?.filter(|word| !word.is_empty())) };
    let status = word("jobstatus")?;
    let job_type = word("jobtype")?;
    let mut instant = |name: &str| -> Option<Instant> { row.get(&[name]).and_then(|raw| date(raw, dates).instant()) };
    let (created, completed) = (instant("jobcreationdate"), instant("jobcompletiondate"));
    let error = match row.get(&["error", "errordetails"]).filter(|raw| raw.trim() != "null") {
        Some(raw) => Some(job_error(raw)?),
        None => None,
    };
    Ok(Job {
        id: word("jobid")?,
        status: parsed(status, "JobStatus", |w| JobStatus::parse(&w.to_ascii_uppercase()))?,
        job_type: parsed(job_type, "JobType", |w| JobType::parse(&w.to_ascii_uppercase()))?,
        created,
        completed,
        is_truncated: is_truncated(row)?,
        has_marker: cut::has_marker(row),
        error,
    })
}

/// Whether the list is cut, in any wording; if several members tell, one is enough.
fn is_truncated(row: &FlatRow) -> Result<Option<bool>, Refusal> {
    let said = cut::FLAGS.iter().filter_map(|name| row.get(&[name]).map(truth));
    Ok(said.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().max())
}

fn parsed<T>(word: Option<String>, member: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refusal> {
    let refused = |word: &str| bad(format!("{member} is {word:?}, which is none of the API's words"));
    word.map(|word| parse(&word).ok_or_else(|| refused(&word))).transpose()
}

fn job_error(raw: &str) -> Result<JobError, Refusal> {
    let row = row_of(raw)?;
    let text = |name: &str| row.get(&[name]).map(text_of).transpose().map(|t| t.flatten().unwrap_or_default());
    Ok(JobError { code: text("code")?, message: text("message")? })
}

/// Members that only the rows of this program's own reports have.
const OF_REPORTS: &[&str] = &["verdict", "cell", "grants", "accountsgranted", "oldverdict"];

fn push_rows(rows: &[FlatRow], body: &mut AnswerBody, names: &mut SymbolCache) -> Result<(), Refusal> {
    if rows.first().is_some_and(|row| row.get(OF_REPORTS).is_some()) {
        return Err(Refusal {
            kind: Kind::WrongFormat,
            what: REPORT.to_owned(),
            advice: "Give the dumps that it was made from.",
        });
    }
    let has_date =
        |row: &FlatRow| row.0.iter().any(|(name, _)| ACCESSED.contains(&name.as_str()) || is_of_access(name));
    let tells = |row: &FlatRow| has_date(row) || row.get(TOTAL).is_some();
    if !rows.is_empty() && !rows.iter().any(tells) {
        return Err(bad(
            "no row has LastAuthenticated or TotalAuthenticatedEntities, so used and unused rows look the same",
        ));
    }
    if rows.iter().any(|row| row.get(&["entitypath"]).is_some()) {
        return Err(Refusal {
            kind: Kind::WrongOperation,
            what: "this is the list of an organizations access report, without its answer".to_owned(),
            advice: "Save what `aws iam get-organizations-access-report` prints, unchanged.",
        });
    }
    if rows.iter().any(|row| row.get(&["actionname"]).is_some()) {
        return Err(bad(
            "it has a row for each action, and does not show whether a service was used through other actions",
        ));
    }
    let unexplained = unexplained::members(rows, is_known_of_service);
    let writes_zeros = rows.iter().any(|row| row.get(TOTAL).is_some_and(|raw| matches!(count(raw), Ok(Some(0)))));
    for row in rows {
        let namespace = symbol(row, &["servicenamespace"], names)?;
        if namespace == Symbol::NONE {
            return Err(bad("a service row has no ServiceNamespace"));
        }
        let lists_actions = push_actions(row, body, names, row.get(&["servicenamespace"]).unwrap_or_default())?;
        if !lists_actions && body.actions_elsewhere.is_none() {
            body.actions_elsewhere = actions_elsewhere(row);
        }
        let mut accessed = accessed(row, &mut body.dates);
        let mut by = symbol(row, BY, names)?;
        // The answer about the entities that used the service, in the row of the service.
        if accessed == Accessed::Never
            && let Some((at, arn)) = access_of_entities(row, &mut body.dates)
        {
            (accessed, by) = (at, symbol_of(&arn, names));
        }
        if accessed == Accessed::Never && unexplained::is_in(row, &unexplained) {
            accessed = body.dates.accessed(OF_ANOTHER_NAME, || "a sign of a use".to_owned());
        }
        let entities = most_entities(row)?;
        if accessed == Accessed::Never && writes_zeros && entities.is_none() {
            accessed = body.dates.accessed(NO_COUNT, || "TotalAuthenticatedEntities".to_owned());
        }
        body.rows.push_service(ServiceRow {
            namespace,
            name: symbol(row, &["servicename"], names)?,
            accessed,
            by,
            region: symbol(row, REGION, names)?,
            entities,
            lists_actions,
        });
    }
    Ok(())
}

/// The member of a row that has dated rows of actions under another name than AWS gives it.
fn actions_elsewhere(row: &FlatRow) -> Option<String> {
    let is_action = |row: &&RawValue| {
        members(row.get()).is_ok_and(|members| members.iter().any(|(name, _)| normal(name) == "actionname"))
    };
    let lists_them = |raw: &str| {
        let rows: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
        rows.first().is_some_and(is_action)
    };
    let of_other_name = row.0.iter().filter(|(name, _)| !ACTIONS.contains(&name.as_str()));
    let lists = of_other_name.filter(|(_, raw)| raw.starts_with('[') && unexplained::has_date(raw));
    lists.map(|(name, raw)| (name, raw.as_str())).find(|(_, raw)| lists_them(raw)).map(|(name, _)| name.to_string())
}

/// How many entities used a service: of two numbers the larger one, so that no access is lost.
fn most_entities(row: &FlatRow) -> Result<Option<u32>, Refusal> {
    let counts = row.0.iter().filter(|(name, _)| TOTAL.contains(&name.as_str())).map(|(_, raw)| count(raw));
    Ok(counts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().max())
}

/// A member beside the list that has a date for one of its services: `"LastUse": {"s3": "2026-05-01T08:00:00Z"}`.
fn dates_beside<'m>(all: &'m Members, rows: &[FlatRow]) -> Option<&'m str> {
    let namespace = |row: &FlatRow| text_of(row.get(&["servicenamespace"])?).ok().flatten();
    let services = LazyCell::new(|| {
        let named = rows.iter().filter_map(namespace);
        named.map(|of| of.trim().to_ascii_lowercase()).collect::<FxHashSet<String>>()
    });
    let is_service = |name: &str| services.contains(&name.trim().to_ascii_lowercase());
    let has_one = |raw: &str| {
        let inner = members(raw).unwrap_or_default();
        inner.iter().any(|(name, value)| unexplained::has_date(value.get()) && is_service(name))
    };
    let objects = all.iter().filter(|(_, value)| value.get().starts_with('{'));
    objects
        .filter(|(name, value)| normal(name) != "serviceslastaccessed" && has_one(value.get()))
        .map(|(name, _)| name.as_ref())
        .next()
}

fn is_known_of_service(name: &str) -> bool {
    let of_row = ["servicename", "servicenamespace"];
    of_row.contains(&name)
        || name.starts_with("job")
        || [BY, REGION, TOTAL, ACTIONS].iter().any(|of| of.contains(&name))
        || tells_access(name)
}

fn is_known_of_action(name: &str) -> bool {
    name == "actionname" || [BY, REGION].iter().any(|of| of.contains(&name)) || tells_access(name)
}

fn tells_access(name: &str) -> bool {
    ACCESSED.contains(&name) || is_of_access(name)
}

/// The newest access in a with-entities answer that is in the row of its service, and who made it.
fn access_of_entities(row: &FlatRow, dates: &mut DateNotes) -> Option<(Accessed, String)> {
    let lists = row.0.iter().filter_map(|(_, raw)| entity_details(raw));
    let uses = lists.flatten().filter_map(|element| {
        let row = row_of(element.get()).ok()?;
        let arn = row.get(&["entityinfo"]).and_then(|info| row_of(info).ok()?.get(&["arn"]).map(str::to_owned));
        let arn = arn.and_then(|raw| text_of(&raw).ok().flatten()).unwrap_or_default();
        Some((date(row.get(&["lastauthenticated"]).unwrap_or("null"), dates), arn))
    });
    uses.filter(|(accessed, _)| *accessed != Accessed::Never).max_by_key(|(accessed, _)| accessed.instant())
}

/// The elements of `EntityDetailsList`, if `raw` is such a list, or an answer that holds one.
pub(super) fn entity_details(raw: &str) -> Option<Vec<&RawValue>> {
    if !["EntityInfo", "entityInfo", "entity_info"].iter().any(|name| raw.contains(name)) {
        return None;
    }
    if raw.trim_start().starts_with('[') {
        return serde_json::from_str(raw).ok();
    }
    let inner = members(raw).ok()?;
    let (_, list) = inner.into_iter().find(|(name, _)| normal(name) == "entitydetailslist")?;
    serde_json::from_str(list.get()).ok()
}

/// The access of a row: it was never accessed only if every member about access agrees.
fn accessed(row: &FlatRow, dates: &mut DateNotes) -> Accessed {
    let readings = row.0.iter().filter_map(|(name, raw)| {
        let is_known = ACCESSED.contains(&name.as_str());
        (is_known || is_of_access(name)).then(|| match date(raw, dates) {
            // A number under a name that is not AWS's may be a number of days.
            Accessed::At(_) if !is_known && !raw.starts_with('"') => Accessed::Unreadable,
            reading => reading,
        })
    });
    readings.into_iter().find(|reading| *reading != Accessed::Never).unwrap_or(Accessed::Never)
}

/// Whether a member with a name of the client's own tells when the last access was: `LastAccessedTimestamp`. Without
/// this, actions with such dates would be `unused`.
fn is_of_access(name: &str) -> bool {
    let is_of_access = ["access", "authenticated", "used", "activity"].iter().any(|word| name.contains(word));
    let is_of_actor = ["entity", "arn", "by", "region", "name", "id", "service", "source", "path"];
    name.starts_with("last") && is_of_access && !is_of_actor.iter().any(|end| name.ends_with(end))
}

fn push_actions(row: &FlatRow, body: &mut AnswerBody, names: &mut SymbolCache, service: &str) -> Result<bool, Refusal> {
    let service = text_of(service).ok().flatten().unwrap_or_default();
    let mut any = false;
    // A list that stands there twice may hold its accesses in either.
    for (_, raw) in row.0.iter().filter(|(name, _)| ACTIONS.contains(&name.as_str())) {
        if !matches!(raw.trim(), "null" | "\"\"") {
            any |= push_list(raw, body, names, &service)?;
        }
    }
    Ok(any)
}

fn push_list(raw: &str, body: &mut AnswerBody, names: &mut SymbolCache, service: &str) -> Result<bool, Refusal> {
    // Databases keep the list as JSON in a string.
    let inner = if raw.starts_with('"') { text_of(raw)? } else { None };
    let actions = list_elements(inner.as_deref().unwrap_or(raw), "TrackedActionsLastAccessed")?;
    let rows: Vec<FlatRow> = actions.iter().map(|action| row_of(action.get())).collect::<Result<_, _>>()?;
    let unexplained = unexplained::members(&rows, is_known_of_action);
    for action in &rows {
        let spelt = action.get(&["actionname"]).map(text_of).transpose()?.flatten().unwrap_or_default();
        // `s3:PutBucketPolicy`, as policies write it, is the action PutBucketPolicy.
        let name = match spelt.split_once(':') {
            Some((prefix, bare)) if prefix.trim().eq_ignore_ascii_case(service.trim()) => bare,
            Some(_) => return Err(bad("the list of a service holds an action of another one")),
            None => &spelt,
        };
        let name = symbol_of(name, names);
        if name == Symbol::NONE {
            return Err(bad("an action row has no ActionName"));
        }
        let mut accessed = accessed(action, &mut body.dates);
        if accessed == Accessed::Never && unexplained::is_in(action, &unexplained) {
            accessed = body.dates.accessed(OF_ANOTHER_NAME, || "a sign of a use".to_owned());
        }
        let (by, region) = (symbol(action, BY, names)?, symbol(action, REGION, names)?);
        body.rows.push_action(ActionRow { name, accessed, by, region });
    }
    Ok(!actions.is_empty())
}

pub(super) fn row_of(json: &str) -> Result<FlatRow, Refusal> {
    let members = members(json).map_err(|_| not_an_object(json))?;
    match members.as_slice() {
        // DynamoDB's map.
        [(name, inner)] if name == "M" => row_of(inner.get()),
        _ => Ok(FlatRow::of(&members)),
    }
}

fn not_an_object(json: &str) -> Refusal {
    if ["@{", "System.Object", "Amazon.IdentityManagement"].iter().any(|mark| json.contains(mark)) {
        return Refusal {
            kind: Kind::WrongFormat,
            what: "PowerShell cut the nested rows off: beyond its -Depth, ConvertTo-Json writes them as text"
                .to_owned(),
            advice: "Save it again with `ConvertTo-Json -Depth 10`.",
        };
    }
    if json.contains("{'") || json.contains("': '") {
        return Refusal {
            kind: Kind::WrongFormat,
            what: "a cell of it holds what Python prints of a list, not JSON".to_owned(),
            advice: "Write the column with `json.dumps(…, default=str)` before the table is saved.",
        };
    }
    bad(format!("where rows should be stands {}", shortened(json)))
}

pub(super) fn list_elements<'j>(json: &'j str, member: &str) -> Result<Vec<&'j RawValue>, Refusal> {
    // DynamoDB and version 5 of PowerShell wrap lists: `{"L": […]}`, `{"value": […], "Count": 2}`.
    let members = members(json).unwrap_or_default();
    // .NET's serializer with references writes `{"$id": "2", "$values": […]}`.
    let is_list = |name: &str| matches!(name, "L" | "value" | "$values");
    let wrapped = members.iter().find(|(name, value)| is_list(name) && value.get().starts_with('['));
    if let Some((_, list)) = wrapped.filter(|_| members.len() <= 2) {
        return list_elements(list.get(), member);
    }
    // PowerShell writes a list of one element as the element.
    if json.trim_start().starts_with('{') {
        return serde_json::from_str(json).map(|one| vec![one]).map_err(|e| bad(e.to_string()));
    }
    serde_json::from_str(json).map_err(|_| match not_an_object(json) {
        cut @ Refusal { kind: Kind::WrongFormat, .. } => cut,
        _ => bad(format!("{member} is {}, which is not a list", shortened(json))),
    })
}

pub(super) fn date(raw: &str, dates: &mut DateNotes) -> Accessed {
    let reading = time::parse_json(raw);
    dates.accessed(reading, || raw.trim_matches('"').to_owned())
}

fn symbol(row: &FlatRow, members: &[&str], names: &mut SymbolCache) -> Result<Symbol, Refusal> {
    // Of an empty one and another of the same name, the other tells of an access.
    for name in members {
        for (_, raw) in row.0.iter().filter(|(own, _)| own == name) {
            let symbol = symbol_of(text_of(raw)?.as_deref().unwrap_or_default(), names);
            if symbol != Symbol::NONE {
                return Ok(symbol);
            }
        }
    }
    Ok(Symbol::NONE)
}

fn symbol_of(text: &str, names: &mut SymbolCache) -> Symbol {
    match text.trim() {
        "" | "None" | "N/A" | "NaN" | "nan" => Symbol::NONE,
        text => names.intern(text),
    }
}

/// The text of a string, a number or a wrapper such as `{"Value": "COMPLETED"}`; `None` for null.
pub(super) fn text_of(raw: &str) -> Result<Option<String>, Refusal> {
    let raw = raw.trim();
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).map(Some).map_err(|e| bad(e.to_string())),
        Some(b'{') => {
            let inner = row_of(raw)?;
            inner.get(&["value", "s", "n"]).map_or_else(
                || {
                    if inner.get(&["null"]) == Some("true") {
                        Ok(None)
                    } else {
                        Err(bad(format!("expected text, found {}", shortened(raw))))
                    }
                },
                text_of,
            )
        }
        Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(raw).as_deref() {
            // R's jsonlite writes every scalar as a list of one element, unless it is called with `auto_unbox = TRUE`.
            Ok([one]) if !one.get().starts_with('[') => text_of(one.get()),
            Ok([]) => Ok(None),
            _ => Err(bad(format!("expected text, found {}", shortened(raw)))),
        },
        _ if raw == "null" => Ok(None),
        _ => Ok(Some(raw.to_owned())),
    }
}

fn truth(raw: &str) -> Result<Option<bool>, Refusal> {
    match text_of(raw)?.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("") => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(other) => Err(bad(format!("IsTruncated is {other:?}, neither true nor false"))),
    }
}

/// A whole number, in any type in which a table keeps it (`3`, `"3"`, `3.0`).
pub(super) fn count(raw: &str) -> Result<Option<u32>, Refusal> {
    let text = text_of(raw)?;
    let Some(text) = text.as_deref().filter(|t| !matches!(*t, "" | "None" | "NaN" | "nan" | "N/A")) else {
        return Ok(None);
    };
    let whole = text.strip_suffix(".0").unwrap_or(text);
    whole
        .parse()
        .map(Some)
        .map_err(|_| bad(format!("TotalAuthenticatedEntities is {text:?}, not a number of entities")))
}

fn shortened(json: &str) -> String {
    let start: String = json.chars().take(40).collect();
    if start.len() < json.len() { format!("`{start}…`") } else { format!("`{start}`") }
}
