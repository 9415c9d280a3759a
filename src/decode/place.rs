//! The place of a value in a document, and what stands around it.

use std::rc::Rc;

use super::beside::Beside;
use crate::model::{Arn, Claim, ClaimKind, Mention, Shape};

/// The place of a value, and what is around it.
#[derive(Clone)]
pub struct Place {
    /// Empty for the whole document; otherwise how to find the value in it.
    pub locator: String,
    /// The shape that the containers around it make.
    pub shape: Shape,
    pub(super) claim: Option<Claim>,
    pub(super) account: Option<String>,
    pub(super) depth: usize,
    pub(super) beside: Option<Rc<Level>>,
    /// The reason to believe that rows are missing here, if something around them gives one.
    pub(super) cut: Option<Rc<str>>,
    /// The name of the member that holds the value; empty for an element of a list, and for a value that its key names.
    pub(super) member: Rc<str>,
    /// The steps that lead here, two bits each: places with the same steps hold the same kind of thing.
    pub(super) way: u64,
    /// The steps to the object or the value that names the entity.
    pub(super) named_at: Option<u64>,
    /// The member of the named object that leads here.
    pub(super) first: Rc<str>,
}

/// A step into a container, as [`Place::way`] counts it.
#[derive(Clone, Copy)]
pub(super) enum Step {
    /// Into a string that holds JSON.
    Text = 0,
    /// Into the member of an object.
    Member = 1,
    /// Into the element of a list.
    Element = 2,
    /// Into the value of a key that is an ARN or the name of the entity.
    Key = 3,
}

/// What stands next to a value, and next to the containers around it.
pub(super) struct Level {
    own: Beside,
    above: Option<Rc<Self>>,
}

impl Place {
    /// The top of a document, or of one of several values in it.
    pub fn top(locator: String, shape: Shape, claim: Option<Claim>) -> Self {
        let named_at = claim.as_ref().map(|_| 0);
        Self {
            locator,
            shape,
            claim,
            account: None,
            depth: 0,
            beside: None,
            cut: None,
            member: "".into(),
            way: 0,
            named_at,
            first: "".into(),
        }
    }

    pub(super) fn below(&self, step: &str, shape: Shape) -> Self {
        let kind = match step.as_bytes().first() {
            Some(b'[') => Step::Element,
            Some(b'.') => Step::Member,
            _ => Step::Text,
        };
        Self {
            locator: format!("{}{step}", self.locator),
            shape,
            depth: self.depth + 1,
            member: "".into(),
            way: self.way << 2 | kind as u64,
            ..self.clone()
        }
    }

    /// The same place, for the entity that its key names.
    pub(super) fn keyed(self, text: String) -> Self {
        let way = self.way & !3 | Step::Key as u64;
        Self { way, ..self }.named(text, ClaimKind::Key)
    }

    /// The same place, for the entity that is named here, unless a container around it already named the same one.
    pub(super) fn named(self, text: String, kind: ClaimKind) -> Self {
        let is_known = self.claim_text() == Some(&text);
        let named_at = self.named_at.filter(|_| is_known).or(Some(self.way));
        Self { claim: Some(Claim { text, kind }), named_at, ..self }
    }

    /// The same place, without the entity that a container around it names, if `nearer` names another one: the answer is
    /// about what is named nearer to it, and the name around it may be that of the collector.
    pub(super) fn unless_nearer(self, mut nearer: Beside) -> Self {
        let claimed = self.claim_text().and_then(|text| Arn::parse(text).ok());
        let Some(arn) = claimed.filter(|arn| nearer.names_another(arn)) else { return self };
        nearer.mentions.insert(Mention::Arn(arn.as_str().to_owned()));
        Self { claim: None, named_at: None, first: "".into(), ..self.with_beside(nearer) }
    }

    /// Whether the entity is named at this very place, and not by a container around it.
    pub(super) fn is_named_here(&self) -> bool {
        self.named_at == Some(self.way)
    }

    /// The entity that the place names.
    pub fn claim_text(&self) -> Option<&str> {
        self.claim.as_ref().map(|claim| claim.text.as_str())
    }

    pub(super) fn is_named(&self) -> bool {
        self.claim.is_some()
    }

    /// The same place, with what stands next to it.
    pub(super) fn with_beside(&self, own: Beside) -> Self {
        if own == Beside::default() {
            return self.clone();
        }
        Self { beside: Some(Rc::new(Level { own, above: self.beside.clone() })), ..self.clone() }
    }

    /// What stands next to the place, nearest level first.
    pub(super) fn levels(&self) -> impl Iterator<Item = &Beside> {
        std::iter::successors(self.beside.as_deref(), |level| level.above.as_deref()).map(|level| &level.own)
    }

    /// Everything next to the place that names an entity.
    pub(super) fn mentions(&self) -> impl Iterator<Item = &Mention> {
        self.levels().flat_map(|level| &level.mentions)
    }

    /// The entity in the request for this value: the only one at the nearest level that names any.
    pub(super) fn asked_arn(&self) -> Option<String> {
        let claimed = self.claim_text().filter(|claim| claim.starts_with("arn:")).map(str::to_owned);
        claimed.or_else(|| self.levels().find_map(Beside::only_arn))
    }

    /// The job in the request for this value.
    pub(super) fn asked_job(&self) -> Option<&String> {
        self.levels().find_map(Beside::only_job)
    }
}
