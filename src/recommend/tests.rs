//! The rewriting of one document, on random documents over few names: whatever may go, nothing else changes.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::check::{Promise, check};
use super::json::pretty;
use super::rewrite::{PatternFate, Removal, rewrite};
use crate::decode::policy::policy_document;
use crate::model::policy::{
    ActionPattern, ActionSet, Actions, DocumentForm, Effect, PatternKind, PolicyDocument, Universe,
};

const FORMS: [DocumentForm; 3] = [DocumentForm::List, DocumentForm::Compact, DocumentForm::Deny];

fn statement() -> impl Strategy<Value = Value> {
    let pattern = "\\*|[ab]:[ABab]{1,3}|[ab]:[AB]{0,2}\\*|[ab]:[AB*?]{1,3}|[AB]:[ab]{1,2}";
    let patterns = prop::collection::vec(pattern, 1..5);
    let resource = prop_oneof![Just(json!("*")), Just(json!(["arn:aws:s3:::x/${aws:username}", "b"]))];
    (patterns, 0..8_u8, resource, prop::option::of("[A-Z]{1,3}"), any::<bool>()).prop_map(
        |(patterns, kind, resource, sid, is_text)| {
            let effect = if kind == 0 { "Deny" } else { "Allow" };
            let member = if kind == 1 { "NotAction" } else { "Action" };
            let patterns = if is_text { json!(patterns[0]) } else { json!(patterns) };
            let mut statement = json!({"Effect": effect, member: patterns, "Resource": resource});
            if let Some(sid) = sid {
                statement["Sid"] = json!(sid);
            }
            if kind > 5 {
                statement["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/é": ["1", "\u{1}\\\""]}});
            }
            statement
        },
    )
}

fn read(json: &str) -> PolicyDocument {
    policy_document(json).expect("a document")
}

/// What may go after rule 11 and the rule about patterns that would match nothing known, for one document by itself.
fn settled(
    document: &PolicyDocument,
    universe: &Universe,
    goes: &mut ActionSet,
    is_whole: &dyn Fn(&str) -> bool,
    is_kept: &dyn Fn(&str, &str) -> bool,
) {
    let allows = || document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    for statement in allows() {
        match &statement.actions {
            Actions::AllBut(_) => goes.subtract(&universe.expand(statement)),
            Actions::Listed(patterns) => {
                let malformed = patterns.iter().filter(|pattern| pattern.kind() == PatternKind::Malformed);
                malformed.flat_map(|pattern| universe.matched(pattern)).for_each(|place| goes.remove(place));
            }
        }
    }
    loop {
        let removal = Removal { universe, goes, is_whole, is_kept, listed: &BTreeSet::new };
        let patterns = allows().flat_map(|statement| match &statement.actions {
            Actions::Listed(patterns) => patterns.as_slice(),
            Actions::AllBut(_) => &[],
        });
        let stuck: Vec<usize> = patterns.flat_map(|pattern| removal.stuck(pattern)).collect();
        if stuck.is_empty() {
            return;
        }
        for place in stuck {
            goes.remove(place);
        }
    }
}

/// Whether a statement of the document allows the action, and none that a smaller document got denies it.
fn allows(document: &PolicyDocument, before: usize, service: &str, action: &str) -> bool {
    let matching = |statement: &&crate::model::policy::Statement| statement.matches(service, action);
    let (own, added): (Vec<_>, Vec<_>) = document.statements.iter().partition(|statement| {
        let sid = statement.sid.as_deref().unwrap_or_default();
        !(statement.effect == Effect::Deny && sid.starts_with("DormantUnused"))
    });
    assert!(own.len() <= before);
    own.into_iter().filter(|statement| statement.effect == Effect::Allow).any(|statement| matching(&statement))
        && !added.into_iter().any(|statement| matching(&statement))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_may_go_goes_and_nothing_else_changes(
        statements in prop::collection::vec(statement(), 1..5),
        alone: bool,
        names in prop::collection::btree_set(("[ab]", "[AB]{1,3}"), 1..14),
        going in prop::collection::vec(any::<bool>(), 64),
        whole in prop::collection::btree_set(prop::sample::select(vec!["a", "b"]), 0..3),
        kept in prop::collection::btree_set(prop::sample::select(vec!["a", "b"]), 0..2),
        invented in prop::collection::vec(("[abc]", "[ABC]{1,4}"), 200),
    ) {
        let universe = Universe::new(names.iter().map(|(service, action)| (service.as_str(), action.as_str())), []);
        let list = if alone { statements[0].clone() } else { json!(statements) };
        let text = json!({"Version": "2012-10-17", "Statement": list, "Id": "x"}).to_string();
        let document = read(&text);
        let mut goes = ActionSet::empty(universe.len());
        for place in 0..universe.len() {
            if going[place % going.len()] || whole.contains(universe.action(place).0) {
                goes.insert(place);
            }
        }
        let mut allowed = ActionSet::empty(universe.len());
        let own = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        own.for_each(|statement| allowed.union(&universe.expand(statement)));
        goes.intersect(&allowed);
        let is_whole = |service: &str| whole.contains(service);
        let is_kept = |service: &str, _: &str| kept.contains(service);
        settled(&document, &universe, &mut goes, &is_whole, &is_kept);
        let goes_whole = |service: &str, rest: &str| is_whole(service) && !is_kept(service, rest);
        let used = ActionSet::empty(universe.len());
        for form in FORMS {
            let listed = || BTreeSet::from(["a", "unknown"]);
            let removal =
                Removal { universe: &universe, goes: &goes, is_whole: &is_whole, is_kept: &is_kept, listed: &listed };
            let written = rewrite(&document, &removal, form).expect("JSON");
            let parse = |json: &str| policy_document(json).map_err(|error| error.to_string());
            // What is not whole may be in use, also a service of which no action is known: then a dump lists it.
            let may_be_used = |service: &&str| {
                !goes_whole(service, "*") && (listed().contains(service) || !universe.service(service).is_empty())
            };
            let used_services = ["a", "b", "unknown"].into_iter().filter(may_be_used).collect();
            let promise = Promise {
                universe: &universe, goes: &goes, is_whole: &goes_whole, used: &used, used_services: &used_services, parse,
            };
            prop_assert_eq!(check(&document, written.json.as_deref(), &promise), Ok(()), "{:?} {:?}", form, written.json);
            let Some(json) = &written.json else { continue };
            let after = read(json);
            prop_assert_eq!(&read(&pretty(json)), &after);
            for place in 0..universe.len() {
                let (service, action) = universe.action(place);
                let is = allows(&after, document.statements.len(), service, action);
                prop_assert_eq!(is, allowed.contains(place) && !goes.contains(place), "{:?} {}:{} in {}", form, service, action, json);
            }
            for (service, action) in &invented {
                let was = allows(&document, document.statements.len(), service, action);
                prop_assert!(was || !allows(&after, document.statements.len(), service, action), "{service}:{action} in {json}");
            }
            if goes.is_empty() && whole.is_empty() {
                prop_assert_eq!(pretty(json), pretty(&text));
            }
        }
    }

    #[test]
    fn a_document_that_is_tampered_with_is_found_out(statement in statement(), wider in "a:\\*|\\*|c:X|a:A\\*") {
        prop_assume!(statement["Effect"] == "Allow" && statement.get("Action").is_some());
        let universe = Universe::new([("a", "A"), ("a", "AB"), ("b", "B"), ("c", "X")], []);
        let before = read(&json!({"Statement": [statement.clone()]}).to_string());
        let goes = ActionSet::empty(universe.len());
        let parse = |json: &str| policy_document(json).map_err(|error| error.to_string());
        let used_services = &BTreeSet::new();
        let promise = Promise { universe: &universe, goes: &goes, is_whole: &|_, _| false, used: &goes, used_services, parse };
        let is_refused = |statement: &Value| {
            let json = json!({"Statement": [statement]}).to_string();
            check(&before, Some(&json), &promise).is_err()
        };
        prop_assert!(!is_refused(&statement));
        for (member, value) in [("Resource", json!("c")), ("Sid", json!("other")), ("Effect", json!("Deny")), ("Condition", json!({"Null": {"x": "y"}}))] {
            let mut other = statement.clone();
            other[member] = value;
            prop_assert!(is_refused(&other), "{other}");
        }
        let removal = Removal { universe: &universe, goes: &goes, is_whole: &|_| false, is_kept: &|_, _| false, listed: &BTreeSet::new };
        let Actions::Listed(patterns) = &before.statements[0].actions else { unreachable!() };
        prop_assert!(patterns.iter().all(|pattern| removal.fate(pattern) == PatternFate::Stays));
        let had = patterns.iter().any(|pattern| pattern.written() == wider || pattern.kind() == PatternKind::All);
        let mut other = statement.clone();
        other["Action"] = json!(patterns.iter().map(ActionPattern::written).chain([wider.as_str()]).collect::<Vec<_>>());
        prop_assume!(!had && !patterns.iter().any(|pattern| pattern.matches("a", "a") || pattern.kind() == PatternKind::Malformed));
        prop_assert!(is_refused(&other), "{other}");
    }
}

#[test]
fn a_used_action_is_never_given_up() {
    let universe = Universe::new([("a", "A")], []);
    let before = read(r#"{"Statement":[{"Effect":"Allow","Action":"a:A","Resource":"*"}]}"#);
    let mut set = ActionSet::empty(universe.len());
    set.insert(0);
    let parse = |json: &str| policy_document(json).map_err(|error| error.to_string());
    let used_services = &BTreeSet::new();
    let promise = Promise { universe: &universe, goes: &set, is_whole: &|_, _| true, used: &set, used_services, parse };
    assert_eq!(check(&before, None, &promise), Err("takes a:A, which is used".to_owned()));
}

#[test]
fn a_used_service_of_which_no_action_is_known_is_never_given_up() {
    let universe = Universe::new([("a", "A"), ("b", "B")], []);
    let before = read(r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#);
    let after = r#"{"Statement":[{"Effect":"Allow","Action":["a:*"],"Resource":"*"}]}"#;
    let mut goes = ActionSet::empty(universe.len());
    goes.insert(universe.place("b", "B").expect("known"));
    let used = &ActionSet::empty(universe.len());
    let parse = |json: &str| policy_document(json).map_err(|error| error.to_string());
    let said = |used_services: &BTreeSet<&str>| {
        let promise = Promise { universe: &universe, goes: &goes, is_whole: &|_, _| true, used, used_services, parse };
        check(&before, Some(after), &promise)
    };
    assert_eq!(said(&BTreeSet::from(["a"])), Ok(()));
    assert_eq!(said(&BTreeSet::from(["new"])), Err("takes all of new from statement 1, and it is used".to_owned()));
}
