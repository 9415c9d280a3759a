//! A document that no policy holds, in parts that policies hold: by statements, and a statement by the services of its actions. Of two parts
//! nothing is in both, and all of them say what the one document said.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::json::{OrderedMembers, array, object, policy_size, pretty, quoted};
use super::rewrite::with_actions;
use crate::model::policy::PolicyDocument;

/// A part in the making.
struct FilledPart {
    statements: Vec<String>,
    size: usize,
}

/// The parts of the document `json`, none with more than `room` characters; `None` where a statement does not fit and cannot be cut.
///
/// # Errors
/// Where `json` is no document: a bug.
pub(super) fn split(json: &str, room: usize) -> Result<Option<Vec<String>>, serde_json::Error> {
    let OrderedMembers(members) = serde_json::from_str(json)?;
    let with = |statements: Vec<String>| {
        let statements = array(statements);
        let value =
            |name: &str, own: &RawValue| if name == "Statement" { statements.clone() } else { own.get().to_owned() };
        let members: Vec<_> = members.iter().map(|(name, own)| (name.as_str(), value(name, own))).collect();
        object(members.iter().map(|(name, value)| (*name, value.as_str())))
    };
    let Some(room_of_one) = room.checked_sub(policy_size(&with(Vec::new()))) else { return Ok(None) };
    let mut parts: Vec<FilledPart> = Vec::new();
    for statement in statements_of(&members)? {
        let Some(pieces) = cut(statement, room_of_one)? else { return Ok(None) };
        for piece in pieces {
            // With the comma before it.
            let size = policy_size(&piece) + 1;
            if let Some(part) = parts.iter_mut().find(|part| part.size + size <= room_of_one) {
                part.size += size;
                part.statements.push(piece);
            } else {
                parts.push(FilledPart { statements: vec![piece], size: size - 1 });
            }
        }
    }
    Ok(Some(parts.into_iter().map(|part| with(part.statements)).collect()))
}

fn statements_of<'t>(members: &[(String, &'t RawValue)]) -> Result<Vec<&'t RawValue>, serde_json::Error> {
    let Some((_, value)) = members.iter().find(|(name, _)| name == "Statement") else { return Ok(Vec::new()) };
    if value.get().starts_with('[') { serde_json::from_str(value.get()) } else { Ok(vec![value]) }
}

/// The statement in pieces of at most `room` characters, each with some of its actions: whole services, as long as one fits.
fn cut(statement: &RawValue, room: usize) -> Result<Option<Vec<String>>, serde_json::Error> {
    if policy_size(statement.get()) <= room {
        return Ok(Some(vec![statement.get().to_owned()]));
    }
    let OrderedMembers(members) = serde_json::from_str(statement.get())?;
    let actions = members.iter().find(|(name, value)| name == "Action" && value.get().starts_with('['));
    let Some((_, actions)) = actions else { return Ok(None) };
    let actions: Vec<String> = serde_json::from_str(actions.get())?;
    let Some(room) = room.checked_sub(policy_size(&with_actions(statement, &[])?)) else { return Ok(None) };
    let size_of = |action: &String| policy_size(&quoted(action)) + 1;
    let mut services: Vec<Vec<String>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for action in &actions {
        let service = action.split_once(':').map_or("", |(service, _)| service);
        let place = *places.entry(service.to_ascii_lowercase()).or_insert_with(|| {
            services.push(Vec::new());
            services.len() - 1
        });
        services[place].push(action.clone());
    }
    let (mut pieces, mut piece, mut size): (Vec<Vec<String>>, Vec<String>, usize) = Default::default();
    for actions in services {
        let of_service: usize = actions.iter().map(size_of).sum();
        if size > 0 && size + of_service > room + 1 {
            pieces.push(std::mem::take(&mut piece));
            size = 0;
        }
        for action in actions {
            let of_action = size_of(&action);
            if of_action > room + 1 {
                return Ok(None);
            }
            if size + of_action > room + 1 {
                pieces.push(std::mem::take(&mut piece));
                size = 0;
            }
            size += of_action;
            piece.push(action);
        }
    }
    pieces.push(piece);
    pieces.iter().map(|actions| with_actions(statement, actions)).collect::<Result<Vec<_>, _>>().map(Some)
}

/// Holds the parts of a document against the whole: together they have each action of each statement once, with the same Sid, resources and
/// conditions, and each has the members beside the statements.
///
/// # Errors
/// What is wrong with them.
pub(super) fn check_parts(
    whole: &str,
    parts: &[String],
    room: usize,
    parse: fn(&str) -> Result<PolicyDocument, String>,
) -> Result<(), String> {
    let (expected, mut is) = (Pieces::of(whole)?, Pieces::default());
    for (part, number) in parts.iter().zip(1..) {
        let read = parse(part)?;
        if parse(&pretty(part))? != read {
            return Err(format!("is another one in part {number} when it is printed"));
        }
        if policy_size(part) > room {
            return Err(format!("is too long in part {number}"));
        }
        let of_part = Pieces::of(part)?;
        if of_part.others != expected.others || of_part.actions.is_empty() {
            return Err(format!("changes more than statements in part {number}"));
        }
        is.actions.extend(of_part.actions);
    }
    is.others.clone_from(&expected.others);
    is.actions.sort();
    if is == expected { Ok(()) } else { Err("is not the same in parts".to_owned()) }
}

/// Names and values of members.
type WrittenMembers = Vec<(String, String)>;

/// A document, action by action.
#[derive(Default, PartialEq, Eq)]
struct Pieces {
    /// Every member but the statements.
    others: WrittenMembers,
    /// Each action with the other members of its statement, in order; without an action where the statement has none.
    actions: Vec<(WrittenMembers, Option<String>)>,
}

impl Pieces {
    fn of(json: &str) -> Result<Self, String> {
        Self::read(json).map_err(|error| error.to_string())
    }

    fn read(json: &str) -> Result<Self, serde_json::Error> {
        let OrderedMembers(members) = serde_json::from_str(json)?;
        let named = |name: &str, value: &RawValue| (name.to_owned(), pretty(value.get()));
        let mut pieces = Self::default();
        let others = members.iter().filter(|(name, _)| name != "Statement");
        pieces.others.extend(others.map(|(name, value)| named(name, value)));
        for statement in statements_of(&members)? {
            let OrderedMembers(members) = serde_json::from_str(statement.get())?;
            let others = members.iter().filter(|(name, _)| name != "Action");
            let others: Vec<_> = others.map(|(name, value)| named(name, value)).collect();
            let actions: Vec<String> = match members.iter().find(|(name, _)| name == "Action") {
                Some((_, one)) if one.get().starts_with('"') => vec![serde_json::from_str(one.get())?],
                Some((_, many)) => serde_json::from_str(many.get())?,
                None => Vec::new(),
            };
            if actions.is_empty() {
                pieces.actions.push((others.clone(), None));
            }
            pieces.actions.extend(actions.into_iter().map(|action| (others.clone(), Some(action))));
        }
        pieces.actions.sort();
        Ok(pieces)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::decode::policy::policy_document;

    fn parse(json: &str) -> Result<PolicyDocument, String> {
        policy_document(json).map_err(|error| error.to_string())
    }

    fn statement(actions: impl Into<Value>) -> Value {
        json!({"Sid": "S", "Effect": "Allow", "Action": actions.into(), "Resource": "*"})
    }

    proptest! {
        #[test]
        fn parts_say_what_the_whole_said(
            lists in prop::collection::vec(prop::collection::vec("[a-d]:[A-Za-z]{1,9}", 1..40), 1..6),
            room in 120_usize..600,
        ) {
            let statements: Vec<Value> = lists.into_iter().map(statement).collect();
            let whole = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
            let parts = split(&whole, room).expect("JSON").expect("every action fits");
            prop_assert_eq!(check_parts(&whole, &parts, room, parse), Ok(()));
            let least = policy_size(&whole).div_ceil(room);
            prop_assert!(parts.len() >= least);
            // Two neighbors that fit into one are one.
            let sizes: Vec<usize> = parts.iter().map(|part| policy_size(part)).collect();
            prop_assert!(sizes.iter().all(|size| *size <= room), "{sizes:?}");
            if policy_size(&whole) <= room {
                prop_assert_eq!(parts.len(), 1);
            }
        }

        #[test]
        fn parts_that_are_tampered_with_are_found_out(at in 0_usize..4, kind in 0_u8..4) {
            let names = |service: &str| (0..6).map(|n| format!("{service}:Action{n}")).collect::<Vec<_>>();
            let whole = json!({"Statement": [statement([names("a"), names("b")].concat()), statement("c:*")]}).to_string();
            let parts = split(&whole, 150).expect("JSON").expect("it fits");
            prop_assert!(parts.len() > 2 && check_parts(&whole, &parts, 150, parse).is_ok());
            let mut other = parts.clone();
            let at = at % parts.len();
            match kind {
                0 => drop(other.remove(at)),
                1 => other.push(parts[at].clone()),
                2 => other[at] = parts[at].replace("Allow", "Deny"),
                _ => other[at] = parts[at].replace("\"Resource\":\"*\"", "\"Resource\":\"b\""),
            }
            prop_assert!(check_parts(&whole, &other, 150, parse).is_err(), "{other:?}");
        }
    }

    #[test]
    fn a_service_stays_together_while_it_fits_and_what_cannot_be_cut_does_not_fit() {
        let names = |service: &str| (0..3).map(|n| format!("{service}:Act{n}")).collect::<Vec<_>>();
        let whole = json!({"Statement": [statement([names("a"), names("b"), names("a")].concat())]}).to_string();
        let parts = split(&whole, 140).expect("JSON").expect("it fits");
        assert_eq!(parts.len(), 2, "{parts:?}");
        assert!(!parts[0].contains("b:") && !parts[1].contains("a:"), "{parts:?}");
        assert_eq!(split(&json!({"Statement": [statement("a:LongName")]}).to_string(), 60).expect("JSON"), None);
        let all_but = json!({"Statement": {"Effect": "Allow", "NotAction": names("a"), "Resource": "*"}}).to_string();
        assert_eq!(split(&all_but, 60).expect("JSON"), None);
        assert_eq!(split(&all_but, 200).expect("JSON").map(|parts| parts.len()), Some(1));
    }
}
