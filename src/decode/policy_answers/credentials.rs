//! Passwords, access keys and the use of roles, from the answers that hold them.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::Object;
use crate::decode::time;
use crate::model::{Accessed, CredentialKind, CredentialRecord, EntityKind, Instant, KeyPlace};

/// How the header of the report begins.
const HEADER: &str = "user,arn,user_creation_time,";

/// Reads the credential report, the CSV that IAM makes: how many users it has, and their credentials; `None` for any
/// other text.
pub fn credential_report(text: &str) -> Option<(usize, Vec<CredentialRecord>)> {
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().next()?;
    if !header.trim_matches('"').replace("\",\"", ",").starts_with(HEADER) {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
    let mut rows = 0;
    let mut credentials = Vec::new();
    for record in reader.records().filter_map(Result::ok) {
        rows += 1;
        let cell = |name: &str| {
            let at = names.iter().position(|one| one == name)?;
            record.get(at).map(str::trim).filter(|cell| !cell.is_empty())
        };
        credentials.extend(of_user(rows, cell));
    }
    Some((rows, credentials))
}

/// The password and the two keys of a row.
fn of_user<'c>(row: usize, cell: impl Fn(&str) -> Option<&'c str>) -> Vec<CredentialRecord> {
    let (Some(owner), Some(arn)) = (cell("user"), cell("arn")) else { return Vec::new() };
    let record = |kind, is_active, created: Option<&str>, used: Option<&str>| CredentialRecord {
        arn: Some(arn.to_owned()),
        owner: owner.to_owned(),
        kind,
        id: None,
        place: None,
        is_active,
        created: created.and_then(instant),
        used: used.and_then(last_use),
        region: None,
        service: None,
    };
    let mut all = Vec::new();
    // The root user always has a password, and the report has `not_supported` for it.
    let enabled = match cell("password_enabled") {
        Some("not_supported") => Some(true),
        other => flag(other),
    };
    let changed =
        cell("password_last_changed").filter(|cell| instant(cell).is_some()).or_else(|| cell("user_creation_time"));
    if enabled == Some(true) {
        all.push(record(CredentialKind::Password, enabled, changed, cell("password_last_used")));
    }
    for number in [1, 2] {
        let column = |name: &str| cell(&format!("access_key_{number}_{name}"));
        let (active, made) = (flag(column("active")), column("last_rotated"));
        let used = ["last_used_region", "last_used_service"].into_iter().filter_map(column).any(names_a_place)
            || column("last_used_date").and_then(instant).is_some();
        // A column pair without a key has none of these.
        if active == Some(true) || made.and_then(instant).is_some() || used {
            let word = |name| column(name).filter(|word| names_a_place(word)).map(str::to_owned);
            all.push(with_its_trace(CredentialRecord {
                region: word("last_used_region"),
                service: word("last_used_service"),
                place: Some(KeyPlace { row, number }),
                ..record(CredentialKind::AccessKey, active, made, column("last_used_date"))
            }));
        }
    }
    all
}

fn flag(cell: Option<&str>) -> Option<bool> {
    cell.and_then(|cell| cell.to_ascii_lowercase().parse().ok())
}

fn instant(cell: &str) -> Option<Instant> {
    time::parse_str(cell).instant()
}

/// IAM's words for no use.
const NO_USE: [&str; 2] = ["N/A", "no_information"];

/// Whether a text is the name of a region or service.
fn names_a_place(text: &str) -> bool {
    let is_word = |word: &&str| text.trim().eq_ignore_ascii_case(word);
    !["", "not_supported"].iter().chain(&NO_USE).any(is_word)
}

/// Rule 13: a region or a service is the trace of a use, whatever the place of its date holds.
fn with_its_trace(record: CredentialRecord) -> CredentialRecord {
    let is_traced = record.region.is_some() || record.service.is_some();
    let used = match record.used {
        None | Some(Accessed::Never) if is_traced => Some(Accessed::Unreadable),
        used => used,
    };
    CredentialRecord { used, ..record }
}

/// A date, or one of IAM's words for no use.
fn last_use(cell: &str) -> Option<Accessed> {
    match cell {
        word if NO_USE.contains(&word) => Some(Accessed::Never),
        "not_supported" => None,
        date => Some(instant(date).map_or(Accessed::Unreadable, Accessed::At)),
    }
}

/// The report inside the answer of `get-credential-report`.
pub(super) fn packed_report(object: &Object) -> Option<(usize, Vec<CredentialRecord>)> {
    let packed = object.text("content")?;
    let text =
        BASE64_STANDARD.decode(packed.as_bytes()).map_or(packed, |bytes| String::from_utf8_lossy(&bytes).into_owned());
    credential_report(&text)
}

/// A row of `list-access-keys`, which does not tell when the key was used.
pub(super) fn access_key(row: &Object) -> Option<CredentialRecord> {
    Some(CredentialRecord {
        arn: None,
        owner: row.text("username")?,
        kind: CredentialKind::AccessKey,
        id: row.text("accesskeyid"),
        place: None,
        is_active: row.text("status").map(|status| status == "Active"),
        created: row.date("createdate"),
        used: None,
        region: None,
        service: None,
    })
}

/// The answer of `get-access-key-last-used`, which names the user and not the key.
pub(super) fn key_last_used(object: &Object) -> Option<CredentialRecord> {
    let used = Object::parse(object.get("accesskeylastused")?)?;
    let word = |name| used.text(name).filter(|word| names_a_place(word));
    Some(with_its_trace(CredentialRecord {
        arn: None,
        owner: object.text("username")?,
        kind: CredentialKind::AccessKey,
        id: object.text("accesskeyid"),
        place: None,
        is_active: None,
        created: None,
        used: Some(accessed(&used, "lastuseddate")),
        region: word("region"),
        service: word("servicename"),
    }))
}

/// The use of a role in authorization details. They leave out what is empty: without the member there was no use within
/// 400 days.
pub(super) fn role(row: &Object, arn: &str) -> Option<CredentialRecord> {
    let used = row.get("rolelastused").and_then(Object::parse);
    let in_a_string = || row.get("rolelastused").is_some_and(|value| value.get().starts_with('"'));
    let last_use = match &used {
        Some(used) => accessed(used, "lastuseddate"),
        None if in_a_string() => accessed(row, "rolelastused"),
        None if row.lacks("rolelastused") => Accessed::Never,
        None => Accessed::Unreadable,
    };
    Some(with_its_trace(CredentialRecord {
        arn: Some(arn.to_owned()),
        owner: row.text("rolename")?,
        kind: CredentialKind::Role,
        id: None,
        place: None,
        is_active: None,
        created: row.date("createdate"),
        used: Some(last_use),
        region: used.and_then(|used| used.text("region")).filter(|region| names_a_place(region)),
        service: None,
    }))
}

/// The password of a row of `list-users`. The row shows that there is one only if it was used.
pub(super) fn password(row: &Object) -> Option<CredentialRecord> {
    if row.lacks("passwordlastused") {
        return None;
    }
    let arn = row.arn("arn").filter(|arn| arn.kind() == EntityKind::User)?;
    Some(CredentialRecord {
        arn: Some(arn.to_string()),
        owner: arn.name().to_owned(),
        kind: CredentialKind::Password,
        id: None,
        place: None,
        is_active: None,
        created: None,
        used: Some(accessed(row, "passwordlastused")),
        region: None,
        service: None,
    })
}

fn accessed(object: &Object, member: &str) -> Accessed {
    if object.lacks(member) {
        return Accessed::Never;
    }
    object.date(member).map_or(Accessed::Unreadable, Accessed::At)
}
