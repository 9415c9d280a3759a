//! Passwords, access keys and the use of roles, from the answers that hold them.

use super::Object;
use crate::decode::time::{self, DateReading};
use crate::model::{Accessed, CredentialKind, CredentialRecord, EntityKind};

/// IAM's words for no use.
const NO_USE: [&str; 2] = ["N/A", "no_information"];

/// Whether a text is the name of a region or service.
pub(super) fn names_a_place(text: &str) -> bool {
    let is_word = |word: &&str| text.trim().eq_ignore_ascii_case(word);
    !["", "not_supported"].iter().chain(&NO_USE).any(is_word)
}

/// Rule 13: a region or a service is the trace of a use, whatever the place of its date holds.
pub(super) fn with_its_trace(record: CredentialRecord) -> CredentialRecord {
    let is_traced = record.region.is_some() || record.service.is_some();
    let used = match record.used {
        None | Some(Accessed::Never) if is_traced => Some(Accessed::Unreadable),
        used => used,
    };
    CredentialRecord { used, ..record }
}

/// A date as JSON, or one of IAM's words for no use.
pub(super) fn last_use(raw: &str) -> Option<Accessed> {
    match time::parse_json(raw) {
        DateReading::At(at) | DateReading::AtNoOffset(at) => Some(Accessed::At(at)),
        DateReading::Never => Some(Accessed::Never),
        DateReading::Unreadable(_) => match raw.trim_matches('"') {
            word if NO_USE.contains(&word) => Some(Accessed::Never),
            "not_supported" => None,
            _ => Some(Accessed::Unreadable),
        },
    }
}

/// The use of a role in authorization details. Some clients leave out what is empty: without the member there was no use
/// within 400 days. `is_told` is whether any role of the answer has the member: where none has it, the client does not know
/// it, or a query has dropped it.
pub(super) fn role(row: &Object, arn: &str, is_told: bool) -> Option<CredentialRecord> {
    let used = row.get("rolelastused").and_then(Object::parse);
    let in_a_string = || row.get("rolelastused").is_some_and(|value| value.get().starts_with('"'));
    let last_use = match &used {
        Some(used) => Some(accessed(used, "lastuseddate")),
        None if in_a_string() => Some(accessed(row, "rolelastused")),
        None if row.lacks("rolelastused") => is_told.then_some(Accessed::Never),
        None => Some(Accessed::Unreadable),
    };
    Some(with_its_trace(CredentialRecord {
        arn: Some(arn.to_owned()),
        owner: row.text("rolename")?,
        kind: CredentialKind::Role,
        id: None,
        place: None,
        is_active: None,
        created: row.date("createdate"),
        used: last_use,
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
