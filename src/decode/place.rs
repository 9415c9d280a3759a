//! Where in a document a value stands, and what stands around it.

use std::rc::Rc;

use super::beside::Beside;
use crate::model::{Claim, Mention, Shape};

/// Where a value stands, and what stands around it.
#[derive(Clone)]
pub struct Place {
    /// Empty for the whole document, else how to find the value in it.
    pub locator: String,
    /// The shape that the containers around it make.
    pub shape: Shape,
    pub(super) claim: Option<Claim>,
    pub(super) account: Option<String>,
    pub(super) depth: usize,
    pub(super) beside: Option<Rc<Level>>,
    /// What says that rows are missing here, where something around them does.
    pub(super) cut: Option<Rc<str>>,
    /// The name of the member that holds the value; empty for an element of a list, and for what is named by its key.
    pub(super) member: Rc<str>,
}

/// What stands beside a value, and beside the containers around it.
pub(super) struct Level {
    own: Beside,
    above: Option<Rc<Self>>,
}

impl Place {
    /// The top of a document, or one of several values in it.
    pub fn top(locator: String, shape: Shape, claim: Option<Claim>) -> Self {
        Self { locator, shape, claim, account: None, depth: 0, beside: None, cut: None, member: "".into() }
    }

    pub(super) fn below(&self, step: &str, shape: Shape) -> Self {
        Self {
            locator: format!("{}{step}", self.locator),
            shape,
            depth: self.depth + 1,
            member: "".into(),
            ..self.clone()
        }
    }

    /// Whom the place says it is about.
    pub fn claim_text(&self) -> Option<&str> {
        self.claim.as_ref().map(|claim| claim.text.as_str())
    }

    pub(super) fn is_named(&self) -> bool {
        self.claim.is_some()
    }

    /// The same place, with what stands beside it.
    pub(super) fn with_beside(&self, own: Beside) -> Self {
        if own == Beside::default() {
            return self.clone();
        }
        Self { beside: Some(Rc::new(Level { own, above: self.beside.clone() })), ..self.clone() }
    }

    /// What stands beside it, nearest first.
    pub(super) fn levels(&self) -> impl Iterator<Item = &Beside> {
        std::iter::successors(self.beside.as_deref(), |level| level.above.as_deref()).map(|level| &level.own)
    }

    /// Everything beside it that names an entity.
    pub(super) fn mentions(&self) -> impl Iterator<Item = &Mention> {
        self.levels().flat_map(|level| &level.mentions)
    }

    /// The entity that the request for it names: the only one, at the nearest level that names any.
    pub(super) fn asked_arn(&self) -> Option<String> {
        let claimed = self.claim_text().filter(|claim| claim.starts_with("arn:")).map(str::to_owned);
        claimed.or_else(|| self.levels().find_map(Beside::only_arn))
    }

    /// The job that the request for it names.
    pub(super) fn asked_job(&self) -> Option<&String> {
        self.levels().find_map(Beside::only_job)
    }
}
