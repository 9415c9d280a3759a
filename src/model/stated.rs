//! What a document tells about an entity itself, besides its accesses.

use serde::{Deserialize, Serialize};

use super::{Entity, Instant, Source};

/// Creation, id and last use, as one document states them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stated {
    /// When the entity was created.
    pub created: Option<Instant>,
    /// The text of a creation date that cannot be read.
    pub unreadable: Option<String>,
    /// The unique id that AWS gave it, such as `AROAEXAMPLE`.
    pub unique_id: Option<String>,
    /// When it last used any service: `RoleLastUsed`, or the columns of a credential report.
    pub last_used: Option<Instant>,
    /// Whether it did so at a time that cannot be read or is left out.
    pub used_undated: bool,
    /// Whether AWS made it from a role template: `SourceRoleTemplate`, which `get-role` alone has.
    #[serde(default)]
    pub from_template: bool,
    /// The ARN of its permissions boundary, as `get-user` and `get-role` have it.
    #[serde(default)]
    pub boundary: Option<String>,
    /// What `get-policy` says of a policy.
    #[serde(default)]
    pub policy: Option<Box<StatedPolicy>>,
    /// Whether it has the creation of another object next to the ARN: then it only names the entity.
    #[serde(default)]
    pub of_another: bool,
}

impl Stated {
    /// Whether it is without content.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `id` is an id that IAM gives only once: `AROA…`, `AIDA…`, `AGPA…`, `ANPA…`.
    #[must_use]
    pub fn is_unique_id(id: &str) -> bool {
        let begins = ["AROA", "AIDA", "AGPA", "ANPA"].iter().any(|prefix| id.starts_with(prefix));
        begins && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    }
}

/// What an answer about one managed policy says of it, besides its creation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatedPolicy {
    /// `DefaultVersionId`.
    pub default_version: Option<String>,
    /// `UpdateDate`.
    pub updated: Option<Instant>,
    /// `AttachmentCount`.
    pub attachments: Option<u32>,
    /// `PermissionsBoundaryUsageCount`.
    pub boundary_uses: Option<u32>,
}

/// What one document states about one entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityStatement {
    /// The document.
    pub source: Source,
    /// The entity, with the creation date from all documents together.
    pub entity: Entity,
    /// When the dump next to it was made; `None` for a document without a date, which always counts.
    pub made_at: Option<Instant>,
    /// What it states.
    pub stated: Stated,
}
