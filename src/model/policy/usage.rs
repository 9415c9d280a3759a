//! What the dumps together tell about the use of one entity's permissions: the basis for a change of a policy.

use std::collections::BTreeMap;

use crate::model::{Entity, IdentifiedBy, Instant, Symbol, Verdict};

/// One entity, as its newest usable dump and everything else that is known show it.
#[derive(Debug, Clone)]
pub struct EntityUsage {
    /// The entity.
    pub entity: Entity,
    /// How the entity of that dump is known; `None` if there is no usable dump.
    pub identified_by: Option<IdentifiedBy>,
    /// What that dump proves.
    pub proof: UsageProof,
    /// Whether a job about the entity did not end well, and no usable dump is newer.
    pub is_unfinished: bool,
    /// When it was made.
    pub made_at: Option<Instant>,
    /// The date from which its ages are counted.
    pub as_of: Option<Instant>,
    /// When it was created, by the latest date that any document states.
    pub created: Option<Instant>,
    /// Whether AWS made it from a role template.
    pub from_template: bool,
    /// Its services, by their namespaces in lower case.
    pub services: BTreeMap<String, ServiceUse>,
}

/// What the newest usable dump of an entity proves about permissions that it does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UsageProof {
    /// There is no usable dump.
    None,
    /// It is cut, or something about it is doubtful.
    Incomplete,
    /// It lists all services that are granted, and tells nothing about actions.
    Services,
    /// It lists all services that are granted, and all of their actions that AWS tracks.
    Actions,
}

/// A service that is listed.
#[derive(Debug, Clone)]
pub struct ServiceUse {
    /// What may be concluded about it.
    pub verdict: Verdict,
    /// Whether any document shows an access.
    pub is_accessed: bool,
    /// Whether the newest dump of the entity lists it.
    pub is_current: bool,
    /// For how many days an access would have been seen.
    pub observed_days: Option<u32>,
    /// Whether it may have been granted within the threshold: an older dump does not list it, and no dump that does is old enough.
    pub may_be_new: bool,
    /// Its actions.
    pub actions: Vec<ActionUse>,
}

/// An action that is listed. There are millions of them, so it is small.
#[derive(Debug, Clone, Copy)]
pub struct ActionUse {
    /// Its name.
    pub action: Symbol,
    /// What may be concluded about it.
    pub verdict: Verdict,
    /// Whether any document shows an access.
    pub is_accessed: bool,
    /// Whether the newest dump of the entity lists it, and nothing made later shows a use of its service.
    pub is_current: bool,
    /// For how many days an access would have been seen.
    pub observed_days: Option<u32>,
    /// Whether it may have been granted within the threshold, as of a service.
    pub may_be_new: bool,
}
