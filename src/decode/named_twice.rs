//! Two members that name different entities.
//!
//! JSON does not define which of them counts: this program would take the first, Python and jq the last. So neither is
//! used, and nothing is taken from the object: otherwise its rows would count for the wrong entity.

use std::collections::BTreeMap;

use super::members::{Members, NormalName, is_arn_member, members as members_of, normal};
use super::tolerant::{Refusal, bad, text_of};
use crate::model::Arn;

/// Why nothing can be taken from the object, if it has `Arn` (or another member that names its entity) twice, with
/// different ARNs.
pub fn named_twice(members: &Members) -> Option<Refusal> {
    let mut named: BTreeMap<NormalName, String> = BTreeMap::new();
    for (name, value) in members {
        let name = normal(name);
        if let Some(refused) =
            holds_entity(&name).then(|| members_of(value.get()).ok()).flatten().and_then(|inner| named_twice(&inner))
        {
            return Some(refused);
        }
        if !is_arn_member(&name) {
            continue;
        }
        let Some(arn) = text_of(value.get()).ok().flatten().filter(|text| text.starts_with("arn:")) else { continue };
        match named.get(&name) {
            Some(first) if *first != arn => {
                return Some(bad(format!("it names two entities in members of one name: {first} and {arn}")));
            }
            Some(_) => {}
            None => drop(named.insert(name, arn)),
        }
    }
    None
}

/// Why nothing can be taken from an answer, if two of its members, or one of them, name different users, roles, groups or
/// policies: one of them may be the role that collected it (`RoleArn`), and the names do not tell which.
pub fn named_apart<'t>(members: impl Iterator<Item = (&'t str, &'t str)> + Clone) -> Option<Refusal> {
    let has_two = |value: &str| value.starts_with("arn:") && value.matches("arn:aws").nth(1).is_some();
    if let Some((name, value)) = members.clone().find(|(name, value)| is_arn_member(name) && has_two(value)) {
        return Some(bad(format!("it names two entities in `{name}`: {value}")));
    }
    let mut arns = members.filter(|(name, value)| is_arn_member(name) && Arn::parse(value).is_ok());
    let (first, arn) = arns.next()?;
    let (second, other) = arns.find(|(_, value)| *value != arn)?;
    Some(bad(format!("it names two entities: {arn} in `{first}`, and {other} in `{second}`")))
}

/// Whether a member of this name holds an entity: `{"Role": {"Arn": …}}`.
fn holds_entity(name: &str) -> bool {
    ["role", "user", "group", "policy", "entity", "principal"].contains(&name)
}
