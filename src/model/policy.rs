//! The content of an identity policy: statements, and the patterns by which they name actions.

mod advice;
mod answer;
mod held;
mod pattern;
mod quotas;
mod reach;
mod terms;
mod times;
mod universe;
mod usage;
mod written;

pub use advice::{AdviceStep, AdviceStyle, DocumentForm, KeptBecause, ReasonNone};
pub use answer::{
    BoundaryRecord, EntityRecord, InlinePolicy, InlineRecord, NamedAccount, PolicyAnswer, PolicyOperation, PolicyPart,
    PolicyRecord, PolicyVersion, ReadDocument, SavedInventory,
};
pub use held::{
    Boundary, DisputedHoldings, EarlierBoundary, EarlierHoldings, Grants, Held, HeldPolicy, Holder, KnownPolicies,
    Lacked, NarrowList, PolicyAuthor, PolicyKind, SavedVersion, SavedVersions, SinceKind, Via,
};
pub use pattern::{ActionPattern, PatternKind};
pub(crate) use pattern::{glob, glob_with_case};
pub use quotas::{OfEachKind, PolicyQuotas};
pub use terms::{
    ActionEvidence, Agreement, BoundaryWord, Denied, GrantPattern, ResourceWord, Risk, RiskBasis, RiskCategory, ViaKind,
};
pub use times::{StatementTimes, TimeBound};
pub use universe::{ActionSet, Universe};
pub use usage::{ActionUse, EntityUsage, ServiceUse, UsageProof};
pub use written::WrittenDocument;

/// One document of an identity policy, in the order of its JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDocument {
    /// `2012-10-17`, `2008-10-17`, or nothing, as in the JSON.
    pub version: Option<String>,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// The whole JSON, unchanged.
    pub text: WrittenDocument,
}

/// One statement. It has no name that IAM guarantees, so [`number`](Self::number) identifies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From 1, in the order of the document.
    pub number: usize,
    /// The optional name.
    pub sid: Option<String>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// Which actions.
    pub actions: Actions,
    /// On which resources.
    pub resources: ResourceScope,
    /// The number of condition keys; 0 if there is no condition.
    pub conditions: usize,
    /// From when and until when it speaks.
    pub times: StatementTimes,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies.
    Deny,
}

/// `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actions {
    /// Every action that one of the patterns matches.
    Listed(Vec<ActionPattern>),
    /// Every action, known or not, that none of the patterns matches.
    AllBut(Vec<ActionPattern>),
}

/// How far `Resource` or `NotResource` reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceScope {
    /// `Resource` holds `*`.
    All,
    /// `Resource` only holds narrower patterns.
    Some,
    /// `NotResource`.
    NotResource,
}

impl Statement {
    /// Whether the statement is about the action. A malformed pattern counts in an Allow and not in a Deny, so that a
    /// grant is never missed.
    #[must_use]
    pub fn matches(&self, service: &str, action: &str) -> bool {
        let any = |patterns: &[ActionPattern]| {
            patterns.iter().any(|pattern| self.heeds(pattern) && pattern.matches(service, action))
        };
        match &self.actions {
            Actions::Listed(patterns) => any(patterns),
            Actions::AllBut(patterns) => !any(patterns),
        }
    }

    /// Whether `pattern` of this statement counts: a well-formed one always does. A malformed one counts where it can only widen
    /// what is granted: in the `Action` of an Allow and in the `NotAction` of a Deny.
    #[must_use]
    pub fn heeds(&self, pattern: &ActionPattern) -> bool {
        let widens = matches!(
            (self.effect, &self.actions),
            (Effect::Allow, Actions::Listed(_)) | (Effect::Deny, Actions::AllBut(_))
        );
        widens || pattern.kind() != PatternKind::Malformed
    }

    /// Whether a Deny takes its actions away everywhere: it has no condition and is about every resource.
    #[must_use]
    pub fn denies_wholly(&self) -> bool {
        self.effect == Effect::Deny && self.conditions == 0 && self.resources == ResourceScope::All
    }
}

#[cfg(test)]
mod tests;
