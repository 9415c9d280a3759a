//! Verdicts and grants to smaller policies: keep what was used, keep what cannot be known, take only what is shown to be unused.
//!
//! Comes in: what the dumps say of the use of each permission ([`EntityUsage`]), who holds which document ([`Grants`]), and the catalogue.
//! Goes out: a [`Recommendation`] for each policy, with the smaller document or the reason why there is none. Nothing here reads or
//! writes a file, and nothing knows a clock.
//!
//! The order: [`known`] (every action that anything names) → [`silence`] (what each entity does not use) → [`policies`] (who holds what)
//! → [`settle`] (what may go from each policy, seen together) → [`rewrite`] → [`check`] (the smaller document is held against the old
//! one, and one that fails is a bug and is not given) → [`split`] (where no policy holds it) → [`folder`] (files for people, scripts and
//! other tools).

mod check;
mod compact;
mod folder;
mod json;
mod known;
mod paths;
mod policies;
mod propose;
mod protected;
mod rewrite;
mod settle;
mod silence;
mod split;
#[cfg(test)]
mod tests;

use crate::catalogue::Catalogue;
use crate::model::policy::{EntityUsage, Grants, Holder, PolicyDocument, PolicyKind};
use crate::model::{Entity, Mention, Symbol};
pub use check::CheckError;
pub use folder::{ProposalFile, files};
pub use propose::{ChangeRow, PolicyChange, PolicyOwner, Recommendation, recommend};
pub use protected::without_effect;

/// What recommendations rest on.
#[derive(Clone, Copy)]
pub struct RecommendInputs<'a> {
    /// Who holds which policy.
    pub grants: &'a Grants,
    /// Public facts.
    pub catalogue: &'a Catalogue,
    /// What each entity uses.
    pub usages: &'a [EntityUsage],
    /// What the symbols in `usages` mean.
    pub names: &'a (dyn SymbolTexts + Sync),
    /// Which escalation paths are open.
    pub paths: &'a (dyn OpenPaths + Sync),
    /// Reads a document as it was read from an answer: a smaller one has to be what it was meant to be.
    pub parse: fn(&str) -> Result<PolicyDocument, String>,
}

/// What symbols mean.
pub trait SymbolTexts {
    /// The text of a symbol.
    fn text(&self, name: Symbol) -> &str;
}

/// Which escalation paths are open to whom. The reports on use say so too, and there is one answer.
pub trait OpenPaths {
    /// The names of those that the holder has all actions of, after what Deny statements and its boundary take away.
    fn open_to(&self, holder: &Holder) -> Vec<&'static str>;
}

/// What the user asked for.
#[derive(Clone, Copy)]
pub struct RecommendOptions<'a> {
    /// `--stale-after`, in days.
    pub stale_after: i64,
    /// `--style`.
    pub style: crate::model::policy::AdviceStyle,
    /// `--protect`, in lower case: actions, entities and policies about which nothing is proposed.
    pub protect: &'a [String],
    /// Whether every action is accounted for: what the files say, and a table does not.
    pub with_rows: bool,
    /// `--service-level`: whole services go, and of the others everything stays.
    pub service_level: bool,
    /// `--include-recovery`.
    pub include_recovery: bool,
    /// `--applied-by`: the ARN of the entity that applies what is proposed.
    pub applied_by: Option<&'a Mention>,
    /// What people decided.
    pub decisions: &'a (dyn KeepDecisions + Sync),
    /// What the question is about.
    pub scope: &'a (dyn RecommendScope + Sync),
}

/// Whether a decision keeps a permission. Without decisions nothing is kept: `()`.
pub trait KeepDecisions {
    /// Whether the entity keeps the action; names in lower case.
    fn keep(&self, entity: &Entity, service: &str, action: &str) -> bool;
    /// The actions, each after its service, that decisions to keep name: a pattern of a policy may grant one that no list has.
    fn named(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }
}

impl KeepDecisions for () {
    fn keep(&self, _: &Entity, _: &str, _: &str) -> bool {
        false
    }
}

/// What a question is narrowed to. It chooses what is proposed, never what a proposal rests on.
pub trait RecommendScope {
    /// Whether a policy that the entity holds, or that is the entity, is asked about.
    fn has_entity(&self, entity: &Entity) -> bool;
    /// Whether a policy is asked about.
    fn has_policy(&self, kind: PolicyKind, name: &str, arn: Option<&str>) -> bool;
    /// Whether an action may be proposed to go; names in lower case.
    fn has_action(&self, service: &str, action: &str) -> bool;
    /// Whether all of a service may be proposed to go.
    fn has_service(&self, service: &str) -> bool;
}
