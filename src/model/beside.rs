//! What documents beside its dumps say about an entity: accesses, creation dates, ids, or only its name.

use super::{Entity, Instant, Symbol};

/// An access that another document shows: a with-entities answer, or a list of accesses known from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherAccess {
    /// The namespace.
    pub service: Symbol,
    /// The action; [`Symbol::NONE`] where only the service is known.
    pub action: Symbol,
    /// When the document was made; `None` where it has no date and so is always seen.
    pub made_at: Option<Instant>,
    /// When the access was; `None` where its date cannot be read.
    pub at: Option<Instant>,
    /// Who made it: the user or the role that the document is about; [`Symbol::NONE`] where it is about a group or a policy.
    pub by: Symbol,
    /// Whether a later dump that lacks it is contradicted.
    pub contradicts: bool,
    /// The file.
    pub source: Symbol,
}

/// What a document says about the entity itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntityFact {
    /// When the document was made; `None` where it has no date and so is always seen.
    pub made_at: Option<Instant>,
    /// When the entity was created.
    pub created: Option<Instant>,
    /// Whether it has a creation date that cannot be read.
    pub unreadable: bool,
    /// The unique id that AWS gave the entity; [`Symbol::NONE`] where the document has none.
    pub unique_id: Symbol,
    /// When the entity did anything at all.
    pub last_used: Option<Instant>,
    /// Whether it did something at an unknown time.
    pub used_undated: bool,
}

impl EntityFact {
    /// A fact that says nothing, for those that say one thing.
    pub const NOTHING: Self = Self {
        made_at: None,
        created: None,
        unreadable: false,
        unique_id: Symbol::NONE,
        last_used: None,
        used_undated: false,
    };
}

/// All that documents beside its dumps say about one entity. An entity without a dump is named by them alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentsBeside {
    /// The entity.
    pub entity: Entity,
    /// Accesses, in the order of their files.
    pub accesses: Vec<OtherAccess>,
    /// Facts about the entity, in the order of their files.
    pub facts: Vec<EntityFact>,
    /// Whether a file about it could not be read: on the old side of `diff OLD NEW`, and on the only or the new one.
    pub unread: (bool, bool),
}
