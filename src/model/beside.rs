//! What documents other than its dumps tell about an entity: accesses, creation dates, ids, or only its name.

use super::{Entity, Instant, Symbol};

/// An access that another document shows: a with-entities answer, or a list of accesses known from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherAccess {
    /// The namespace.
    pub service: Symbol,
    /// The action; [`Symbol::NONE`] if only the service is known.
    pub action: Symbol,
    /// Whether the document names an action of which nobody knows what it is called in IAM: it may be any of the service.
    pub is_of_unknown_action: bool,
    /// When the document was made; `None` if it has no date, and then it always counts.
    pub made_at: Option<Instant>,
    /// When the access was; `None` if its date cannot be read.
    pub at: Option<Instant>,
    /// The entity that made it: the user or the role that the document is about; [`Symbol::NONE`] if it is about a
    /// group or a policy.
    pub by: Symbol,
    /// Whether it contradicts a later dump that lacks it.
    pub contradicts: bool,
    /// The file.
    pub source: Symbol,
}

/// What a document tells about the entity itself.
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the entity")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntityFact {
    /// When the document was made; `None` if it has no date, and then it always counts.
    pub made_at: Option<Instant>,
    /// When the entity was created.
    pub created: Option<Instant>,
    /// Whether it has a creation date that cannot be read.
    pub unreadable: bool,
    /// The unique id that AWS gave the entity; [`Symbol::NONE`] if the document has none.
    pub unique_id: Symbol,
    /// When the entity last used any service.
    pub last_used: Option<Instant>,
    /// Whether it used a service at an unknown time.
    pub used_undated: bool,
    /// Whether it used a service of which nobody knows which one it is.
    pub used_unknown: bool,
    /// Whether AWS made it from a role template.
    pub from_template: bool,
}

impl EntityFact {
    /// A fact without content, to which a document adds what it tells.
    pub const NOTHING: Self = Self {
        made_at: None,
        created: None,
        unreadable: false,
        unique_id: Symbol::NONE,
        last_used: None,
        used_undated: false,
        used_unknown: false,
        from_template: false,
    };
}

/// Everything that documents other than its dumps tell about one entity. Only they name an entity without a dump.
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
    /// The newest listing or description of it, on the same sides.
    pub named: (Option<Named>, Option<Named>),
    /// The date of the oldest one on the only side, which may be of the day of the earlier dumps.
    pub first_named: Option<Instant>,
}

/// When a document was made that names an entity, and so shows that it was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// At the date in its path.
    At(Instant),
    /// Nothing tells when.
    Undated,
}
