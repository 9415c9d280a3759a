//! The members of an object, and their names in any spelling: `ServiceNamespace`, `serviceNamespace`,
//! `service_namespace`.

use std::borrow::Cow;

use compact_str::CompactString;
use serde_json::value::RawValue;

/// The members of an object in their order, values unread.
pub type Members<'t> = Vec<(Cow<'t, str>, &'t RawValue)>;

/// The normal name of a member. Nearly all are short enough to need no memory of their own: the names of every object
/// are asked for a dozen times, and a `String` for each was a fifth of the time that a list of roles took.
pub type NormalName = CompactString;

/// The name without underscores, blanks and hyphens, in lower case: equal for all spellings of one member.
#[must_use]
pub fn normal(name: &str) -> NormalName {
    let is_part = |byte: &u8| !matches!(byte, b'_' | b' ' | b'-');
    let mut short = [0; 64];
    if name.is_ascii() && name.len() <= short.len() {
        let mut length = 0;
        for (place, byte) in short.iter_mut().zip(name.bytes().filter(is_part)) {
            (*place, length) = (byte.to_ascii_lowercase(), length + 1);
        }
        if let Ok(normal) = NormalName::from_utf8(&short[..length]) {
            return normal;
        }
    }
    name.chars().filter(|c| !matches!(c, '_' | ' ' | '-')).flat_map(char::to_lowercase).collect()
}

/// Whether a member names the entity of an answer: Ansible's loops write `item`, jq's `to_entries` writes `key`.
/// `LastAuthenticatedEntity` is not among them: it names the entity that used the service.
#[must_use]
pub fn is_arn_member(name: &str) -> bool {
    // All of them end in one of four letters, and most other names do not.
    let may_be = name.bytes().last().is_some_and(|last| {
        !last.is_ascii_alphanumeric() || matches!(last.to_ascii_lowercase(), b'l' | b'm' | b'n' | b'y')
    });
    may_be
        && matches!(
            normal(name).as_str(),
            "arn"
                | "rolearn"
                | "userarn"
                | "grouparn"
                | "policyarn"
                | "principalarn"
                | "entityarn"
                | "resourcearn"
                | "iamarn"
                | "principal"
                | "entity"
                | "identityarn"
                | "item"
                | "key"
        )
}

/// The members of the object `json`, values as slices of it.
///
/// # Errors
/// If `json` is not an object.
pub fn members(json: &str) -> Result<Members<'_>, serde_json::Error> {
    serde_json::from_str(json).map(|Row(members)| members)
}

/// The members of each element of the list `json`, read at once.
///
/// # Errors
/// If `json` is not a list, or one of its elements is not an object.
pub fn rows(json: &str) -> Result<Vec<Members<'_>>, serde_json::Error> {
    serde_json::from_str(json).map(|rows: Vec<Row>| rows.into_iter().map(|Row(members)| members).collect())
}

/// An object.
struct Row<'t>(Members<'t>);

impl<'t> serde::Deserialize<'t> for Row<'t> {
    fn deserialize<D: serde::Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shallow;
        impl<'t> serde::de::Visitor<'t> for Shallow {
            type Value = Members<'t>;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'t>>(self, mut map: A) -> Result<Members<'t>, A::Error> {
                let mut members = Vec::new();
                while let Some(name) = map.next_key::<BorrowedName>()? {
                    members.push((name.0, map.next_value()?));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Shallow).map(Row)
    }
}

/// A member name, borrowed from the text where it holds no escape.
#[derive(serde::Deserialize)]
struct BorrowedName<'t>(#[serde(borrow)] Cow<'t, str>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_names_an_entity_in_any_spelling() {
        for name in ["Arn", "ARN", "a_r_n_", "role-arn", "Principal", "ENTITY", "item", "Key ", "policyArn"] {
            assert!(is_arn_member(name), "{name}");
        }
        for name in ["", "_", "ArnLike", "RoleName", "keys", "Action", "LastAuthenticatedEntity", "cl\u{e9}"] {
            assert!(!is_arn_member(name), "{name}");
        }
    }

    #[test]
    fn a_name_of_any_length_and_alphabet_is_normal() {
        assert_eq!(normal("Service_Name-Space "), "servicenamespace");
        assert_eq!(normal(""), "");
        for length in [60, 64, 65, 200] {
            assert_eq!(normal(&"_A".repeat(length)), "a".repeat(length));
            assert_eq!(normal(&"B".repeat(length)), "b".repeat(length));
        }
        assert_eq!(normal("_\u{c4}RGER \u{130}"), "\u{e4}rgeri\u{307}");
    }
}
