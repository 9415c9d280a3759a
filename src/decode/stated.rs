//! What the members of an object, or the columns of a row, tell about an entity itself: its creation date, its id, its
//! last use.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::dated_object::{self, DatedObject};
use super::flat::FlatRow;
use super::members::{Members, NormalName, members as members_of, normal};
use super::time::{self, DateReading};
use super::tolerant::{Refusal, text_of};
use crate::model::{Instant, Stated, StatedPolicy};
use crate::problem::Kind;
use crate::util::sanitize::harmless;

const CREATED: &[&str] = &[
    "createdate",
    "createddate",
    "creationdate",
    "entitycreatedat",
    "entitycreatedate",
    "groupcreatedate",
    "policycreatedate",
    "rolecreatedat",
    "rolecreatedate",
    "rolecreationdate",
    "usercreatedat",
    "usercreatedate",
    "usercreationdate",
    "usercreationtime",
];
/// Names of the same, which a database also gives to the time at which it stored a record.
const CREATED_OR_STORED: &[&str] = &["created", "createdat", "createdon", "createtime", "creationtime"];
const IDS: &[&str] = &["roleid", "userid", "groupid", "policyid", "roleuniqueid", "useruniqueid"];
const USED: &[&str] = &[
    "accesskey1lastuseddate",
    "accesskey2lastuseddate",
    "lastuseddate",
    "lastusedlastuseddate",
    "passwordlastused",
    "rolelastuseddate",
    "rolelastusedlastuseddate",
    "userpasswordlastused",
];
/// The use of a role: a date, or the object of the API around it, which tables flatten into columns.
const USED_OR_OBJECT: &[&str] = &["lastused", "rolelastused"];
/// Where a role was used: the trace of a use, whatever became of its date.
const REGION_OF_USE: &[&str] = &["lastusedregion", "rolelastusedregion"];
/// Objects that describe the entity of the answer next to them.
const HOLDERS: &[&str] = &["role", "user", "group", "policy", "entity", "principal"];

/// Reads an object, and the object below it that describes its entity: `{"Role": {…}, "ServicesLastAccessed": […]}`.
pub fn of(members: &Members) -> Stated {
    of_members(members, &FlatRow::without_lists(members))
}

fn of_members(members: &Members, own: &FlatRow) -> Stated {
    of_object(members, own, None, &dated_object::of(own))
}

/// Reads an object that is about its entity alone, such as the one in the answer of `get-role`: it tells more than a row of a list.
pub fn of_single(members: &Members) -> Stated {
    let own = FlatRow::without_lists(members);
    let stated = of_members(members, &own);
    let boundary = stated.boundary.clone().or_else(|| boundary(&own));
    let policy = stated.policy.clone().or_else(|| policy(&own));
    Stated { boundary, policy, ..stated }
}

/// Reads the same beside an answer that was made at `made`: what was created later is the record that holds the answer.
pub fn of_answer(members: &Members, made: Option<Instant>) -> Stated {
    // The ids next to an answer are those of its job and of the saving of it, and its entity is what it is about.
    of_object(members, &FlatRow::without_lists(members), made, &DatedObject::Entity)
}

fn of_object(members: &Members, own: &FlatRow, made: Option<Instant>, object: &DatedObject) -> Stated {
    let mut stated = without_dates_of_another(of_row(own), object);
    let mut of_record = without_dates_of_another(created_or_stored(own), object);
    let holder = members.iter().find(|(name, _)| HOLDERS.contains(&normal(name).as_str()));
    if let Some(inner) = holder.and_then(|(_, value)| members_of(value.get()).ok()) {
        let inner = FlatRow::without_lists(&inner);
        merge(&mut stated, of_entity(&inner));
        (stated.boundary, stated.policy) = (boundary(&inner), policy(&inner));
    }
    let is_later = made.is_some_and(|made| of_record.created.is_some_and(|created| created >= made));
    if is_later || stated.created.is_some() {
        of_record = Stated::default();
    }
    merge(&mut stated, of_record);
    stated
}

/// The ARN of the permissions boundary of an entity. A list of entities has none.
fn boundary(row: &FlatRow) -> Option<String> {
    let boundary = members_of(row.get(&["permissionsboundary"])?).ok()?;
    let arn = boundary.iter().find(|(name, _)| normal(name) == "permissionsboundaryarn")?.1;
    serde_json::from_str(arn.get()).ok()
}

/// What `get-policy` alone says. A list of policies is read as such.
fn policy(row: &FlatRow) -> Option<Box<StatedPolicy>> {
    let count = |name: &str| row.get(&[name])?.trim_matches('"').parse().ok();
    let stated = StatedPolicy {
        default_version: row.get(&["defaultversionid"]).and_then(|raw| serde_json::from_str(raw).ok()),
        updated: row.get(&["updatedate"]).and_then(|raw| date(raw).0),
        attachments: count("attachmentcount"),
        boundary_uses: count("permissionsboundaryusagecount"),
    };
    (stated != StatedPolicy::default()).then(|| Box::new(stated))
}

/// Reads the row of an entity in a table of entities.
pub fn of_entity(row: &FlatRow) -> Stated {
    let mut stated = of_row(row);
    if stated.created.is_none() {
        merge(&mut stated, created_or_stored(row));
    }
    without_dates_of_another(stated, &dated_object::of(row))
}

/// Rule 18: takes the creation of another object out of what a row tells. Where nothing shows which it is, it cannot be
/// read as the entity's, and must not be forgotten either.
fn without_dates_of_another(mut stated: Stated, object: &DatedObject) -> Stated {
    let Some(created) = stated.created.filter(|_| *object != DatedObject::Entity) else {
        stated.of_another |= stated.unreadable.is_some() && *object == DatedObject::Another;
        stated.unreadable = stated.unreadable.filter(|_| *object != DatedObject::Another);
        return stated;
    };
    stated.created = None;
    match object {
        DatedObject::Unclear(member) => stated.unreadable = Some(format!("{created}, next to {}", harmless(member))),
        DatedObject::Another | DatedObject::Entity => (stated.of_another, stated.unreadable) = (true, None),
    }
    stated
}

/// The creation date in a member that may also hold another time.
fn created_or_stored(row: &FlatRow) -> Stated {
    let mut stated = Stated::default();
    let texts = row.0.iter().filter(|(name, raw)| CREATED_OR_STORED.contains(&name.as_str()) && !raw.starts_with('{'));
    for (created, unreadable) in texts.map(|(_, raw)| date(raw)) {
        stated.created = stated.created.max(created);
        // A word such as `true` or a name is no date.
        let unreadable = unreadable.filter(|text| text.contains(|c: char| c.is_ascii_digit()));
        stated.unreadable = stated.unreadable.take().or(unreadable);
    }
    stated
}

/// Whether a table with columns of these names tells when entities were created.
pub fn tells(columns: &[NormalName]) -> bool {
    let is_told = |name: &NormalName| CREATED.contains(&name.as_str()) || CREATED_OR_STORED.contains(&name.as_str());
    columns.iter().any(is_told)
}

/// Whether a table with columns of these names tells when entities were used.
pub fn tells_of_use(columns: &[NormalName]) -> bool {
    let is_told = |name: &NormalName| [USED, USED_OR_OBJECT].concat().contains(&&*unflattened(name));
    columns.iter().any(is_told)
}

/// The name of a column without the dots of flattened objects: `RoleLastUsed.LastUsedDate`.
fn unflattened(name: &str) -> Cow<'_, str> {
    if name.contains(['.', '/']) { name.replace(['.', '/'], "").into() } else { name.into() }
}

/// Why nothing is taken from what describes entities by their names alone: two accounts may have one name, and so may a role and a user.
pub fn without_arn() -> Refusal {
    let what = "gives creation dates of entities without their ARNs, so none of them was used".to_owned();
    let advice = "Add the ARN of each, or save what `aws iam list-roles` prints, without `--query`.";
    Refusal { kind: Kind::WrongFormat, what, advice }
}

/// Why nothing is taken from what tells when entities were used and names them without their ARNs.
pub fn used_without_arn() -> Refusal {
    let what = "tells when entities were used without their ARNs, so none of it was taken".to_owned();
    let advice =
        "Add the ARN of each, or save what `aws iam get-account-authorization-details` prints, without `--query`.";
    Refusal { kind: Kind::WrongFormat, what, advice }
}

/// Whether members or columns of these names tell when an entity was used, and name it without its ARN.
pub fn is_use_by_name(names: &[NormalName]) -> bool {
    let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&&*unflattened(name)));
    let of_role = ["rolelastused", "rolelastuseddate", "rolelastusedlastuseddate", "lastusedlastuseddate"];
    has(&["rolename"]) && has(&of_role) || has(&["username"]) && has(&["passwordlastused"])
}

/// What several rows of one entity tell together.
pub fn of_rows(rows: &[FlatRow]) -> Stated {
    let mut stated = Stated::default();
    for row in rows {
        merge(&mut stated, of_row(row));
    }
    stated
}

/// What a row tells.
fn of_row(row: &FlatRow) -> Stated {
    let mut stated = Stated::default();
    let mut has_region = false;
    for (name, raw) in &row.0 {
        let name = &*unflattened(name);
        if CREATED.contains(&name) {
            let (created, unreadable) = date(raw);
            stated.created = stated.created.max(created);
            stated.unreadable = stated.unreadable.take().or(unreadable);
        } else if IDS.contains(&name) {
            let id = text_of(raw).ok().flatten().filter(|id| Stated::is_unique_id(id));
            stated.unique_id = stated.unique_id.take().or(id);
        } else if USED.contains(&name) {
            used(&mut stated, raw);
        } else if USED_OR_OBJECT.contains(&name) {
            role_last_used(&mut stated, raw, name == "lastused");
        } else if REGION_OF_USE.contains(&name) {
            has_region |= text_of(raw).ok().flatten().is_some_and(|region| names_a_region(&region));
        } else if name == "sourceroletemplate" {
            stated.from_template |= raw != "null";
        }
    }
    stated.used_undated |= has_region && stated.last_used.is_none();
    stated
}

/// Reads `{"LastUsedDate": …, "Region": …}`, `{}` for a role that was not used, a list with that object, or the date alone,
/// as tables keep it. A region without a date was kept by a program that lost the date. A word in a member of a
/// `common` name is no date.
fn role_last_used(stated: &mut Stated, raw: &str, common: bool) {
    let listed: Vec<&RawValue> =
        if raw.starts_with('[') { serde_json::from_str(raw).unwrap_or_default() } else { Vec::new() };
    for element in &listed {
        role_last_used(stated, element.get(), common);
    }
    let is_word = common && !raw.contains(|c: char| c.is_ascii_digit());
    if raw.starts_with('[') || is_word {
        return;
    }
    let Ok(members) = members_of(raw) else { return used(stated, raw) };
    match members.iter().find(|(name, _)| normal(name) == "lastuseddate") {
        Some((_, date)) => used(stated, date.get()),
        None if common && time::parse_json(raw).instant().is_some() => used(stated, raw),
        None => stated.used_undated |= members.iter().any(|(_, value)| value.get() != "null"),
    }
}

/// Whether a text is the name of a region, and none of the words for no use.
fn names_a_region(text: &str) -> bool {
    !["", "N/A", "no_information", "not_supported"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

fn used(stated: &mut Stated, raw: &str) {
    let (at, unreadable) = date(raw);
    stated.last_used = stated.last_used.max(at);
    stated.used_undated |= unreadable.is_some();
}

fn merge(into: &mut Stated, other: Stated) {
    into.created = into.created.max(other.created);
    into.unreadable = into.unreadable.take().or(other.unreadable);
    into.unique_id = into.unique_id.take().or(other.unique_id);
    into.last_used = into.last_used.max(other.last_used);
    into.used_undated |= other.used_undated;
    into.from_template |= other.from_template;
    into.boundary = into.boundary.take().or(other.boundary);
    into.policy = into.policy.take().or(other.policy);
    into.of_another |= other.of_another;
}

/// The date, or the text that is not a date.
fn date(raw: &str) -> (Option<Instant>, Option<String>) {
    match time::parse_json(raw) {
        DateReading::At(at) | DateReading::AtNoOffset(at) => (Some(at), None),
        DateReading::Never => (None, None),
        // The credential report writes a date that AWS does not have in this way.
        DateReading::Unreadable(_) if matches!(raw.trim_matches('"'), "no_information" | "not_supported") => {
            (None, None)
        }
        DateReading::Unreadable(_) => (None, Some(harmless(raw.trim_matches('"')).into_owned())),
    }
}
