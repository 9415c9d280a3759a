//! The object of which a row with an ARN tells the creation: the entity, or another one, such as an access key of the user
//! or a version of the policy.
//!
//! A date of another object that were taken for the entity's would make every older dump one of a former entity, and hide
//! the accesses in it.

use std::collections::BTreeMap;

use super::flat::FlatRow;
use super::members::is_arn_member;
use crate::model::{Arn, EntityKind};

/// The object of which a row has the creation date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatedObject {
    /// The entity: nothing else in the row has an id or a name.
    Entity,
    /// Another object.
    Another,
    /// Nothing tells: a member of this name may be the name of another object.
    Unclear(String),
}

/// Objects that have the ARN of an entity next to them, and a creation of their own.
const OTHERS: &[&str] = &[
    "accesskey",
    "alert",
    "attachment",
    "case",
    "certificate",
    "change",
    "credential",
    "event",
    "execution",
    "finding",
    "incident",
    "instanceprofile",
    "issue",
    "job",
    "key",
    "loginprofile",
    "mfadevice",
    "policyversion",
    "publickey",
    "report",
    "request",
    "run",
    "scan",
    "secret",
    "servercertificate",
    "servicespecificcredential",
    "session",
    "signingcertificate",
    "snapshot",
    "sshpublickey",
    "statement",
    "tag",
    "task",
    "ticket",
    "version",
    "virtualmfadevice",
];
/// Such objects that a row names by the word alone.
const NAMED_BY_A_WORD: &[&str] = &["finding", "incident", "issue", "snapshot", "ticket"];
/// How a member that names something ends.
const OF_NAMES: &[&str] = &["id", "name", "key", "arn", "number"];
/// How a member begins that describes the entity, or where it is, and to which team it belongs.
const DESCRIBES: &[&str] = &[
    "account",
    "application",
    "app",
    "aws",
    "boundary",
    "business",
    "cloud",
    "contact",
    "cost",
    "cq",
    "created",
    "customer",
    "default",
    "department",
    "display",
    "division",
    "env",
    "full",
    "last",
    "manager",
    "org",
    "ou",
    "owner",
    "parent",
    "partition",
    "permissionsboundary",
    "product",
    "project",
    "record",
    "region",
    "row",
    "service",
    "source",
    "sso",
    "team",
    "tenant",
    "unique",
    "updated",
];

/// Reads it from the other members of the row.
pub fn of(row: &FlatRow) -> DatedObject {
    let arn = row.0.iter().filter(|(name, _)| is_arn_member(name)).find_map(|(_, raw)| Arn::parse(&word(raw)?).ok());
    let told = row.0.iter().filter_map(|(name, raw)| {
        let value = word(raw)?;
        let is_arn = is_arn_member(name) && value.starts_with("arn:");
        (!is_arn).then(|| of_member(name, &value, arn.as_ref()))
    });
    let mut unclear = None;
    for object in told {
        match object {
            DatedObject::Entity => {}
            DatedObject::Another => return DatedObject::Another,
            DatedObject::Unclear(name) => unclear = unclear.or(Some(name)),
        }
    }
    unclear.map_or(DatedObject::Entity, DatedObject::Unclear)
}

/// What a member with a value shows.
fn of_member(name: &str, value: &str, arn: Option<&Arn>) -> DatedObject {
    let names = |of: &&str| {
        name == *of && NAMED_BY_A_WORD.contains(of) || name.strip_prefix(*of).is_some_and(|end| OF_NAMES.contains(&end))
    };
    if name == "serialnumber" || OTHERS.iter().any(names) {
        return DatedObject::Another;
    }
    if !OF_NAMES.iter().any(|end| name.ends_with(end)) || DESCRIBES.iter().any(|start| name.starts_with(start)) {
        return DatedObject::Entity;
    }
    let of_kind = |kind: EntityKind| {
        name.strip_prefix(kind.as_str()).is_some_and(|end| ["id", "name", "uniqueid"].contains(&end))
    };
    let kinds = [EntityKind::User, EntityKind::Role, EntityKind::Group, EntityKind::Policy];
    match kinds.into_iter().find(|kind| of_kind(*kind)) {
        Some(kind) if arn.is_none_or(|arn| arn.kind() == kind) => DatedObject::Entity,
        // The inline policy of a role, the group of a user.
        Some(_) => DatedObject::Another,
        None => {
            // The row number of a database, and the entity's own name under another word.
            let is_plain = matches!(name, "id" | "entityid" | "entityname" | "principalid" | "principalname");
            let is_its_name = arn.is_some_and(|arn| arn.name() == value || arn.as_str() == value);
            if is_plain || is_its_name { DatedObject::Entity } else { DatedObject::Unclear(name.to_owned()) }
        }
    }
}

/// The text of a member that holds one, or a number; `DynamoDB` writes it as `{"S": "…"}`.
fn word(raw: &str) -> Option<String> {
    let text = match raw.trim_start().as_bytes().first()? {
        b'"' => serde_json::from_str(raw).ok()?,
        b'{' => {
            let wrapped: BTreeMap<String, String> = serde_json::from_str(raw).ok()?;
            wrapped.into_values().next()?
        }
        b'[' | b'n' => return None,
        _ => raw.to_owned(),
    };
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(members: &str) -> FlatRow {
        let pairs = members.split_whitespace().map(|pair| pair.split_once('=').expect("a member and its value"));
        FlatRow(pairs.map(|(name, value)| (name.into(), format!("\"{value}\""))).collect())
    }

    #[test]
    fn only_a_row_of_the_entity_tells_its_creation() {
        for own in [
            "arn=arn:aws:iam::111122223333:role/a",
            "rolearn=arn:aws:iam::111122223333:role/a accountid=111122223333 owner=me path=/",
            "arn=arn:aws:iam::111122223333:role/a rolename=a roleid=AROAA name=a permissionsboundaryarn=x id=17",
            "policyarn=arn:aws:iam::111122223333:policy/p policyname=p policyid=ANPAP defaultversionid=v2",
            "arn=arn:aws:iam::111122223333:user/u username=u userid=AIDAU teamname=x status=x accesskeyid=",
        ] {
            assert_eq!(of(&row(own)), DatedObject::Entity, "{own}");
        }
        for other in [
            "policyarn=arn:aws:iam::111122223333:policy/p versionid=v1",
            "userarn=arn:aws:iam::111122223333:user/u username=u accesskeyid=AKIA status=Active",
            "arn=arn:aws:iam::111122223333:user/u servicespecificcredentialid=x",
            "arn=arn:aws:iam::111122223333:user/u serialnumber=x",
            "arn=arn:aws:iam::111122223333:user/u tagkey=x",
            "arn=arn:aws:iam::111122223333:user/u ticket=SEC-1",
            "rolearn=arn:aws:iam::111122223333:role/a policyname=x",
            "rolearn=arn:aws:iam::111122223333:role/a instanceprofilename=x",
        ] {
            assert_eq!(of(&row(other)), DatedObject::Another, "{other}");
        }
        let unclear = "arn=arn:aws:iam::111122223333:user/u gadgetid=7";
        assert_eq!(of(&row(unclear)), DatedObject::Unclear("gadgetid".to_owned()));
    }
}
