//! What a document says about an entity itself, beside its accesses.

use serde::{Deserialize, Serialize};

use super::{Entity, Instant, Source};

/// Creation, id and last use, as one document states them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stated {
    /// When the entity was created.
    pub created: Option<Instant>,
    /// A creation date that cannot be read, as it is written there.
    pub unreadable: Option<String>,
    /// The unique id that AWS gave it, such as `AROAEXAMPLE`.
    pub unique_id: Option<String>,
    /// When it did anything at all: `RoleLastUsed`, or the columns of a credential report.
    pub last_used: Option<Instant>,
    /// Whether it did so at a time that cannot be read, or is left out.
    pub used_undated: bool,
}

impl Stated {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `id` is what IAM gives an entity once: `AROA…`, `AIDA…`, `AGPA…`, `ANPA…`.
    #[must_use]
    pub fn is_unique_id(id: &str) -> bool {
        let begins = ["AROA", "AIDA", "AGPA", "ANPA"].iter().any(|prefix| id.starts_with(prefix));
        begins && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    }
}

/// What one document states about one entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityStatement {
    /// Where it stands.
    pub source: Source,
    /// The entity; its creation date is the one that all documents give together.
    pub entity: Entity,
    /// When the dump was made beside which it stands; `None` of a document without a date, which is always seen.
    pub made_at: Option<Instant>,
    /// What it says.
    pub stated: Stated,
}
