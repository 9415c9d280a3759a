//! The members of an object, and their names in any spelling: `ServiceNamespace`, `serviceNamespace`,
//! `service_namespace`.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// The members of an object in their order, values unread.
pub type Members<'t> = Vec<(Cow<'t, str>, &'t RawValue)>;

/// The name without underscores, blanks and hyphens, in lower case: equal for all spellings of one member.
#[must_use]
pub fn normal(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | ' ' | '-')).flat_map(char::to_lowercase).collect()
}

/// Whether a member names the entity of an answer: Ansible's loops write `item`, jq's `to_entries` writes `key`.
/// `LastAuthenticatedEntity` is not among them: it names the entity that used the service.
#[must_use]
pub fn is_arn_member(name: &str) -> bool {
    matches!(
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
