//! Rule 9: the smaller document is held against the old one before anything is given. It cannot be switched off, and what fails is a bug
//! of this program: nothing is given then.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::json::{OrderedMembers, pretty};
use super::rewrite::DENY_SID;
use crate::model::policy::{
    ActionPattern, ActionSet, Actions, Effect, PatternKind, PolicyDocument, Statement, Universe,
};

/// A document that is not what it was meant to be.
#[derive(Debug, thiserror::Error)]
#[error("a bug in dormant: the proposal for the policy {policy} {what}. Nothing is proposed. Please report it")]
pub struct CheckError {
    /// The policy.
    pub policy: String,
    /// What is wrong with it.
    pub what: String,
}

/// What a document has to satisfy.
pub(super) struct Promise<'a> {
    pub universe: &'a Universe,
    /// What goes.
    pub goes: &'a ActionSet,
    /// Whether all that a pattern matches goes, known or not: the service, and the rest of the pattern.
    pub is_whole: &'a dyn Fn(&str, &str) -> bool,
    /// What somebody who has permissions by it was seen to use.
    pub used: &'a ActionSet,
    /// The services that somebody who has permissions by it was seen to use, in lower case.
    pub used_services: &'a BTreeSet<&'a str>,
    /// Reads a document.
    pub parse: fn(&str) -> Result<PolicyDocument, String>,
}

/// Holds `json` against `before`; `None` is a document without a statement.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(before: &PolicyDocument, json: Option<&str>, promise: &Promise) -> Result<(), String> {
    let mut used = promise.used.clone();
    used.intersect(promise.goes);
    if let Some(place) = used.places().next() {
        return Err(format!("takes {}, which is used", promise.universe.titled(place)));
    }
    let Some(json) = json else { return check_statements(before, &[], &[], promise) };
    let after = (promise.parse)(json)?;
    let printed = pretty(json);
    if (promise.parse)(&printed)? != after {
        return Err("is another one when it is printed".to_owned());
    }
    let (own, new) = (Parts::of(before.text.as_str())?, Parts::of(json)?);
    if own.others != new.others {
        return Err("changes more than statements".to_owned());
    }
    let is_new = |statement: &Statement| {
        let sid = statement.sid.as_deref().unwrap_or_default();
        statement.effect == Effect::Deny
            && sid.starts_with(DENY_SID)
            && !before.statements.iter().any(|own| own.sid.as_deref() == Some(sid))
    };
    let denies = after.statements.iter().position(&is_new).unwrap_or(after.statements.len());
    let (kept, denies) = after.statements.split_at(denies);
    if !denies.iter().all(is_new) {
        return Err("has a new statement among the old ones".to_owned());
    }
    let pairs = check_statements(before, kept, denies, promise);
    pairs?;
    check_members(before, &own, &after, &new)
}

/// A document in pieces.
struct Parts {
    /// Name and value of every member but the statements.
    others: Vec<(String, String)>,
    /// Name and value of every member of each statement but its actions.
    statements: Vec<Vec<(String, String)>>,
}

impl Parts {
    fn of(json: &str) -> Result<Self, String> {
        let read = |raw: &str| -> serde_json::Result<Self> {
            let OrderedMembers(members) = serde_json::from_str(raw)?;
            let (mut others, mut statements) = (Vec::new(), Vec::new());
            for (name, value) in members {
                if name != "Statement" {
                    others.push((name, pretty(value.get())));
                    continue;
                }
                let one = || Ok(vec![value]);
                let raw: Vec<&RawValue> =
                    if value.get().starts_with('[') { serde_json::from_str(value.get()) } else { one() }?;
                for raw in raw {
                    let OrderedMembers(members) = serde_json::from_str(raw.get())?;
                    let but_actions = members.into_iter().filter(|(name, _)| name != "Action");
                    statements.push(but_actions.map(|(name, value)| (name, pretty(value.get()))).collect());
                }
            }
            Ok(Self { others, statements })
        };
        read(json).map_err(|error| error.to_string())
    }
}

/// Which statement of the new document is which of the old one: statements may go, and keep their order.
fn pairs<'s>(
    before: &'s [Statement],
    after: &'s [Statement],
    goes: &dyn Fn(&Statement) -> bool,
) -> Vec<Option<&'s Statement>> {
    let mut rest = after.iter();
    before.iter().map(|statement| if goes(statement) { None } else { rest.next() }).collect()
}

fn check_statements(
    before: &PolicyDocument,
    after: &[Statement],
    denies: &[Statement],
    promise: &Promise,
) -> Result<(), String> {
    let universe = promise.universe;
    let pairs = pairs(&before.statements, after, &|statement| is_gone(statement, promise));
    if pairs.iter().flatten().count() != after.len() {
        return Err("has other statements than it should".to_owned());
    }
    let denied = denies.iter().fold(ActionSet::empty(universe.len()), |mut all, deny| {
        all.union(&universe.expand(deny));
        all
    });
    let mut surplus = denied.clone();
    surplus.subtract(promise.goes);
    if !surplus.is_empty() {
        return Err("denies what stays".to_owned());
    }
    for (own, new) in before.statements.iter().zip(pairs) {
        if let Some(service) = promise.used_services.iter().find(|service| loses(own, new, service)) {
            return Err(format!("takes all of {service} from statement {}, and it is used", own.number));
        }
        let Some(new) = new else {
            if is_gone(own, promise) {
                continue;
            }
            return Err(format!("lacks statement {}", own.number));
        };
        if (new.effect, new.resources, new.conditions, &new.sid)
            != (own.effect, own.resources, own.conditions, &own.sid)
        {
            return Err(format!("changes statement {}", own.number));
        }
        let (mut expected, mut is) = (universe.expand(own), universe.expand(new));
        if own.effect == Effect::Allow && matches!(own.actions, Actions::Listed(_)) {
            expected.subtract(promise.goes);
            is.subtract(&denied);
        }
        if expected != is {
            return Err(format!("does not allow in statement {} what it should", own.number));
        }
        if let Some(pattern) = wider(own, new) {
            return Err(format!(
                "has the pattern {pattern} in statement {}, which is wider than what was there",
                own.number
            ));
        }
    }
    Ok(())
}

/// Whether an Allow statement was about all of the service, and the new one is about nothing of it. Then the actions that are lost may be some
/// that nobody knows.
fn loses(own: &Statement, new: Option<&Statement>, service: &str) -> bool {
    own.effect == Effect::Allow && own.covers_service(service) && !new.is_some_and(|new| new.reaches_service(service))
}

/// Whether nothing of an Allow statement stays.
fn is_gone(statement: &Statement, promise: &Promise) -> bool {
    let (Effect::Allow, Actions::Listed(patterns)) = (statement.effect, &statement.actions) else { return false };
    // A statement without an action grants nothing, and stays.
    let mut patterns = patterns.iter().peekable();
    patterns.peek().is_some()
        && patterns.all(|pattern| {
            let mut matched = promise.universe.matched(pattern).into_iter().peekable();
            let of_service = pattern.parts().is_some_and(|(service, rest)| (promise.is_whole)(service, rest));
            let is_known = matched.peek().is_some();
            let is_plain = pattern.kind() == PatternKind::Exact && is_known || of_service;
            is_plain && matched.all(|place| promise.goes.contains(place))
        })
}

/// A pattern of `new` that may match what no pattern of `own` did, whatever it is.
fn wider<'s>(own: &Statement, new: &'s Statement) -> Option<&'s str> {
    let (Actions::Listed(own), Actions::Listed(new)) = (&own.actions, &new.actions) else {
        return (own.actions != new.actions).then_some("NotAction");
    };
    let is_within = |pattern: &&ActionPattern| {
        own.iter().any(|own| {
            let exact = pattern.kind() == PatternKind::Exact;
            let named = || pattern.parts().is_some_and(|(service, action)| own.matches(service, action));
            own == *pattern || own.covers(pattern) || exact && named()
        })
    };
    new.iter().find(|pattern| !is_within(pattern)).map(ActionPattern::written)
}

/// Every member of a statement but its actions is as it was.
fn check_members(before: &PolicyDocument, own: &Parts, after: &PolicyDocument, new: &Parts) -> Result<(), String> {
    let mut rest = own.statements.iter().zip(&before.statements);
    for (members, statement) in new.statements.iter().zip(&after.statements) {
        let is_added =
            statement.sid.as_deref().is_some_and(|sid| sid.starts_with(DENY_SID)) && !own.statements.contains(members);
        if is_added {
            let of = |members: &[(String, String)]| -> Vec<(String, String)> {
                let kept = members.iter().filter(|(name, _)| !matches!(name.as_str(), "Sid" | "Effect"));
                kept.cloned().collect()
            };
            if !own.statements.iter().any(|own| of(own) == of(members)) {
                return Err("denies on other resources or under another condition".to_owned());
            }
        } else if !rest.any(|(own, _)| own == members) {
            return Err("changes a resource, a condition, a Sid or the order of statements".to_owned());
        }
    }
    Ok(())
}
