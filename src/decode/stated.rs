//! What the members of an object, or the columns of a row, tell about an entity itself: its creation date, its id, its
//! last use.

use super::dated_object::{self, DatedObject};
use super::flat::FlatRow;
use super::members::{Members, members as members_of, normal};
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
const USED: &[&str] =
    &["accesskey1lastuseddate", "accesskey2lastuseddate", "lastuseddate", "passwordlastused", "rolelastuseddate"];
/// Objects that describe the entity of the answer next to them.
const HOLDERS: &[&str] = &["role", "user", "group", "policy", "entity", "principal"];

/// Reads an object, and the object below it that describes its entity: `{"Role": {…}, "ServicesLastAccessed": […]}`.
pub fn of(members: &Members) -> Stated {
    let own = FlatRow::without_lists(members);
    let object = dated_object::of(&own);
    of_object(members, &own, None, &object)
}

/// Reads an object that is about its entity alone, such as the one in the answer of `get-role`: it tells more than a row of a list.
pub fn of_single(members: &Members) -> Stated {
    let (stated, own) = (of(members), FlatRow::without_lists(members));
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
pub fn tells(columns: &[String]) -> bool {
    let is_told = |name: &String| CREATED.contains(&name.as_str()) || CREATED_OR_STORED.contains(&name.as_str());
    columns.iter().any(is_told)
}

/// Why nothing is taken from what describes entities by their names alone: two accounts may have one name, and so may a role and a user.
pub fn without_arn() -> Refusal {
    let what = "gives creation dates of entities without their ARNs, so none of them was used".to_owned();
    let advice = "Add the ARN of each, or save what `aws iam list-roles` prints, without `--query`.";
    Refusal { kind: Kind::WrongFormat, what, advice }
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
    for (name, raw) in &row.0 {
        let name = name.as_str();
        if CREATED.contains(&name) {
            let (created, unreadable) = date(raw);
            stated.created = stated.created.max(created);
            stated.unreadable = stated.unreadable.take().or(unreadable);
        } else if IDS.contains(&name) {
            let id = text_of(raw).ok().flatten().filter(|id| Stated::is_unique_id(id));
            stated.unique_id = stated.unique_id.take().or(id);
        } else if USED.contains(&name) {
            used(&mut stated, raw);
        } else if name == "rolelastused" {
            role_last_used(&mut stated, raw);
        } else if name == "sourceroletemplate" {
            stated.from_template |= raw != "null";
        }
    }
    stated
}

/// Reads `{"LastUsedDate": …, "Region": …}`, `{}` for a role that was not used, or the date alone, as tables keep it. A
/// region without a date was kept by a program that lost the date.
fn role_last_used(stated: &mut Stated, raw: &str) {
    let Ok(members) = members_of(raw) else { return used(stated, raw) };
    match members.iter().find(|(name, _)| normal(name) == "lastuseddate") {
        Some((_, date)) => used(stated, date.get()),
        None => stated.used_undated |= members.iter().any(|(_, value)| value.get() != "null"),
    }
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
