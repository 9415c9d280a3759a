//! A smaller document from a document: patterns of Allow statements give way to what stays, and nothing else moves.

use std::collections::BTreeSet;

use serde_json::value::RawValue;

use super::compact::compacted;
use super::json::{OrderedMembers, array, object, quoted};
use crate::model::policy::DocumentForm;
use crate::model::policy::{
    ActionPattern, ActionSet, Actions, Effect, PatternKind, PolicyDocument, Statement, Universe,
};

/// The Sid of a Deny statement that a smaller document gets, with a number.
pub(super) const DENY_SID: &str = "DormantUnused";

/// What may go from a document.
pub(super) struct Removal<'a> {
    /// The actions that exist.
    pub universe: &'a Universe,
    /// Those that go.
    pub goes: &'a ActionSet,
    /// Whether all of the service goes, known or not.
    pub is_whole: &'a dyn Fn(&str) -> bool,
    /// Whether something keeps what the pattern matches, known or not; service and pattern in lower case.
    pub is_kept: &'a dyn Fn(&str, &str) -> bool,
    /// The services that the dumps list, in lower case.
    pub listed: &'a dyn Fn() -> BTreeSet<&'a str>,
}

/// What becomes of one pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PatternFate {
    /// It stays, byte for byte.
    Stays,
    /// It goes.
    Goes,
    /// It matches what goes and what stays, the places of which these are, ascending.
    Parts {
        /// Stays.
        kept: Vec<usize>,
        /// Goes.
        gone: Vec<usize>,
    },
}

/// A smaller document.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rewritten {
    /// The document; `None` where no statement is left.
    pub json: Option<String>,
    /// Whether a pattern with wildcards gave way to names, so that what it would have matched in future is not allowed any more.
    pub closes_wildcard: bool,
    /// Whether any pattern was of use for the form: otherwise all forms are the same.
    pub has_parts: bool,
}

impl Removal<'_> {
    /// Rules 1 to 4.
    pub fn fate(&self, pattern: &ActionPattern) -> PatternFate {
        if pattern.kind() == PatternKind::Malformed {
            return PatternFate::Stays;
        }
        let matched = self.universe.matched(pattern);
        let (gone, kept): (Vec<usize>, Vec<usize>) = matched.into_iter().partition(|place| self.goes.contains(*place));
        if !kept.is_empty() {
            return if gone.is_empty() { PatternFate::Stays } else { PatternFate::Parts { kept, gone } };
        }
        // What is known goes; what else it matches is unknown, but for a whole service.
        match (pattern.kind(), pattern.parts()) {
            (PatternKind::Exact, _) if !gone.is_empty() => PatternFate::Goes,
            (_, Some((service, rest))) if (self.is_whole)(service) && !(self.is_kept)(service, rest) => {
                PatternFate::Goes
            }
            _ => PatternFate::Stays,
        }
    }
}

impl Removal<'_> {
    /// What stays although it could go, because a pattern that matches it matches what nobody knows too.
    pub fn stuck(&self, pattern: &ActionPattern) -> Vec<usize> {
        if matches!(pattern.kind(), PatternKind::Exact | PatternKind::Malformed) {
            return Vec::new();
        }
        let matched = self.universe.matched(pattern);
        let goes = |place: &usize| self.goes.contains(*place);
        match self.fate(pattern) {
            PatternFate::Goes => return Vec::new(),
            PatternFate::Stays if matched.iter().all(goes) => return matched,
            PatternFate::Stays | PatternFate::Parts { .. } => {}
        }
        let is_stuck = |places: &[usize]| {
            let service = self.service_of(places[0]);
            // A service that was used, and not by any action that is known, is used by one that is not.
            let by_unknown = || pattern.kind() == PatternKind::All && places.iter().all(goes);
            !self.is_all_gone(service) && (!self.is_in_catalogue(service) || by_unknown())
        };
        let of_services = matched.chunk_by(|one, other| self.service_of(*one) == self.service_of(*other));
        of_services.filter(|places| is_stuck(places)).flatten().copied().filter(goes).collect()
    }

    /// Whether a catalogue has the service. Of another one only that is known which AWS tracks, or a policy names: names in the place of a
    /// pattern would lack all that AWS does not track.
    fn is_in_catalogue(&self, service: &str) -> bool {
        self.universe.service(service).any(|place| self.universe.is_listed(place))
    }

    fn service_of(&self, place: usize) -> &str {
        self.universe.action(place).0
    }

    /// Whether everything of the service goes, known or not.
    fn is_all_gone(&self, service: &str) -> bool {
        (self.is_whole)(service) && !(self.is_kept)(service, "*")
    }

    /// What stays of `*`: services of which nothing goes, those too of which no action is known; of the others the actions.
    fn rest_of_all(&self, all: &ActionPattern, kept: &[usize], gone: &[usize], form: DocumentForm) -> Vec<String> {
        let gone_of = |service: &str| {
            let actions = self.universe.service(service);
            let first = gone.partition_point(|place| *place < actions.start);
            &gone[first..gone.partition_point(|place| *place < actions.end)]
        };
        let changed: BTreeSet<&str> = gone.iter().map(|place| self.service_of(*place)).collect();
        let mut names = Vec::new();
        for places in kept.chunk_by(|one, other| self.service_of(*one) == self.service_of(*other)) {
            let service = self.service_of(places[0]);
            if !changed.contains(service) {
                names.push(format!("{service}:*"));
            } else if form == DocumentForm::Compact {
                let pattern = ActionPattern::new(&format!("{service}:*"));
                names.extend(compacted(self.universe, &pattern, places, gone_of(service)));
            } else {
                names.extend(places.iter().map(|place| self.universe.titled(*place)));
            }
        }
        let unknown = (self.listed)().into_iter().filter(|service| self.universe.service(service).is_empty());
        let unknown = unknown.filter(|service| all.reaches_service(service) && !self.is_all_gone(service));
        names.extend(unknown.map(|service| format!("{service}:*")));
        names
    }
}

/// Writes `document` without what goes.
///
/// # Errors
/// Where the text of the document is not what was read: a bug.
pub(super) fn rewrite(
    document: &PolicyDocument,
    removal: &Removal,
    form: DocumentForm,
) -> Result<Rewritten, serde_json::Error> {
    let OrderedMembers(members) = serde_json::from_str(document.text.as_str())?;
    let mut written = Rewritten { json: None, closes_wildcard: false, has_parts: false };
    let mut sids: BTreeSet<String> = document.statements.iter().filter_map(|statement| statement.sid.clone()).collect();
    let mut out = Vec::new();
    for (name, value) in &members {
        if name != "Statement" {
            out.push((name.as_str(), value.get().to_owned()));
            continue;
        }
        let is_list = value.get().starts_with('[');
        let raw: Vec<&RawValue> = if is_list { serde_json::from_str(value.get())? } else { vec![value] };
        let (mut statements, mut denies) = (Vec::new(), Vec::new());
        for (raw, statement) in raw.into_iter().zip(&document.statements) {
            let edited = edit(raw, statement, removal, form, &mut written)?;
            statements.extend(edited.statement);
            if let Some(deny) = edited.deny {
                denies.push(deny_statement(raw, &deny, fresh_sid(&mut sids))?);
            }
        }
        if statements.is_empty() {
            return Ok(written);
        }
        statements.extend(denies);
        let alone = if is_list || statements.len() > 1 { None } else { statements.pop() };
        out.push((name.as_str(), alone.unwrap_or_else(|| array(statements))));
    }
    written.json = Some(object(out.iter().map(|(name, value)| (*name, value.as_str()))));
    Ok(written)
}

/// What becomes of one statement.
struct Edited {
    /// The statement; `None` where it goes.
    statement: Option<String>,
    /// The actions that a statement of its own has to deny.
    deny: Option<Vec<String>>,
}

fn edit(
    raw: &RawValue,
    statement: &Statement,
    removal: &Removal,
    form: DocumentForm,
    written: &mut Rewritten,
) -> Result<Edited, serde_json::Error> {
    let unchanged = || Ok(Edited { statement: Some(raw.get().to_owned()), deny: None });
    let (Effect::Allow, Actions::Listed(patterns)) = (statement.effect, &statement.actions) else { return unchanged() };
    let fates: Vec<PatternFate> = patterns.iter().map(|pattern| removal.fate(pattern)).collect();
    if fates.iter().all(|fate| *fate == PatternFate::Stays) {
        return unchanged();
    }
    let staying = patterns.iter().zip(&fates).filter(|(_, fate)| **fate == PatternFate::Stays);
    let mut said: BTreeSet<String> = staying.map(|(pattern, _)| pattern.written().to_ascii_lowercase()).collect();
    let (mut actions, mut denied) = (Vec::new(), Vec::new());
    for (pattern, fate) in patterns.iter().zip(&fates) {
        match fate {
            PatternFate::Stays => actions.push(pattern.written().to_owned()),
            PatternFate::Goes => {}
            PatternFate::Parts { kept, gone } => {
                written.has_parts = true;
                if form == DocumentForm::Deny {
                    actions.push(pattern.written().to_owned());
                    denied.extend(denied_names(removal, pattern, gone));
                    continue;
                }
                written.closes_wildcard = true;
                let mut names: Vec<String> = match form {
                    _ if pattern.kind() == PatternKind::All => removal.rest_of_all(pattern, kept, gone, form),
                    DocumentForm::Compact => compacted(removal.universe, pattern, kept, gone),
                    DocumentForm::List | DocumentForm::Deny => {
                        kept.iter().map(|place| removal.universe.titled(*place)).collect()
                    }
                };
                names.sort_unstable();
                // What another pattern names too stands there once.
                actions.extend(names.into_iter().filter(|name| said.insert(name.to_ascii_lowercase())));
            }
        }
    }
    denied.sort();
    denied.dedup();
    let statement = (!actions.is_empty()).then(|| with_actions(raw, &actions)).transpose()?;
    Ok(Edited { statement, deny: (!denied.is_empty()).then_some(denied) })
}

/// What a Deny statement says of `gone`: of a whole service, the service, where the pattern covers services and nothing of it stays.
fn denied_names(removal: &Removal, pattern: &ActionPattern, gone: &[usize]) -> Vec<String> {
    let universe = removal.universe;
    let is_all_gone = |service: &str| {
        pattern.kind() == PatternKind::All
            && removal.is_all_gone(service)
            && universe.service(service).all(|place| removal.goes.contains(place))
    };
    let names = gone.iter().map(|place| {
        let (service, _) = universe.action(*place);
        if is_all_gone(service) { format!("{service}:*") } else { universe.titled(*place) }
    });
    names.collect()
}

/// The statement with these actions in the place of its own.
pub(super) fn with_actions(raw: &RawValue, actions: &[String]) -> Result<String, serde_json::Error> {
    let OrderedMembers(members) = serde_json::from_str(raw.get())?;
    let own = members.iter().find(|(name, _)| name == "Action");
    let was_text = own.is_some_and(|(_, value)| value.get().starts_with('"'));
    let value = match actions {
        [only] if was_text => quoted(only),
        _ => array(actions.iter().map(quoted)),
    };
    let value = |name: &str, own: &RawValue| if name == "Action" { value.clone() } else { own.get().to_owned() };
    let members: Vec<_> = members.iter().map(|(name, own)| (name.as_str(), value(name, own))).collect();
    Ok(object(members.iter().map(|(name, value)| (*name, value.as_str()))))
}

/// A statement that denies `actions` where the statement `raw` allows: on its resources, under its condition.
fn deny_statement(raw: &RawValue, actions: &[String], sid: String) -> Result<String, serde_json::Error> {
    let OrderedMembers(members) = serde_json::from_str(raw.get())?;
    let (sid, actions) = (quoted(sid), array(actions.iter().map(quoted)));
    let head = [("Sid", sid.as_str()), ("Effect", "\"Deny\""), ("Action", actions.as_str())];
    let same = members.iter().filter(|(name, _)| matches!(name.as_str(), "Resource" | "NotResource" | "Condition"));
    Ok(object(head.into_iter().chain(same.map(|(name, value)| (name.as_str(), value.get())))))
}

fn fresh_sid(sids: &mut BTreeSet<String>) -> String {
    let mut numbers = 1..;
    let sid = numbers.find_map(|number| Some(format!("{DENY_SID}{number}")).filter(|sid| !sids.contains(sid)));
    let sid = sid.unwrap_or_default();
    sids.insert(sid.clone());
    sid
}
