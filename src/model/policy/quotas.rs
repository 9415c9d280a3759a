//! How long policies may be, and how many of them an entity may have attached.

use crate::model::EntityKind;

/// The quotas of an account, as `get-account-summary` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyQuotas {
    /// Characters of a managed policy, without white space.
    pub managed: usize,
    /// Characters of all inline policies of one user, group and role.
    pub inline: OfEachKind,
    /// Managed policies that a user, a group and a role may have attached.
    pub attached: OfEachKind,
}

/// One number for each kind of entity that holds policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfEachKind {
    /// Of a user.
    pub user: usize,
    /// Of a group.
    pub group: usize,
    /// Of a role.
    pub role: usize,
}

impl Default for PolicyQuotas {
    /// What IAM grants unless AWS was asked for more.
    fn default() -> Self {
        Self {
            managed: 6144,
            inline: OfEachKind { user: 2048, group: 5120, role: 10240 },
            attached: OfEachKind { user: 10, group: 10, role: 10 },
        }
    }
}

impl PolicyQuotas {
    /// The lower of both, number by number: a proposal that fits there fits whichever is true.
    #[must_use]
    pub fn lower(self, other: Self) -> Self {
        Self {
            managed: self.managed.min(other.managed),
            inline: self.inline.lower(other.inline),
            attached: self.attached.lower(other.attached),
        }
    }
}

impl OfEachKind {
    /// The number of a kind.
    #[must_use]
    pub const fn of(self, kind: EntityKind) -> usize {
        match kind {
            EntityKind::User => self.user,
            EntityKind::Group => self.group,
            EntityKind::Role | EntityKind::Policy => self.role,
        }
    }

    fn lower(self, other: Self) -> Self {
        Self { user: self.user.min(other.user), group: self.group.min(other.group), role: self.role.min(other.role) }
    }
}
