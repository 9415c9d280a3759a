//! What saved answers of IAM say about policies and about who holds them, as found: before accounts are put together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::PolicyDocument;
use crate::model::terms::closed_set;
use crate::model::{AccountId, Arn, CredentialRecord, EntityKind, Instant, Source};

closed_set! {
    /// The operations whose saved answers are read for policies, and for the entities that hold them.
    PolicyOperation {
        /// All users, groups, roles and policies of an account, with every document.
        AuthorizationDetails = "get-account-authorization-details",
        /// One inline policy of a role.
        RolePolicy = "get-role-policy",
        /// One inline policy of a user.
        UserPolicy = "get-user-policy",
        /// One inline policy of a group.
        GroupPolicy = "get-group-policy",
        /// One version of a managed policy, with its document.
        PolicyVersion = "get-policy-version",
        /// The versions of one managed policy, without documents.
        PolicyVersions = "list-policy-versions",
        /// The managed policies of an account, without documents.
        Policies = "list-policies",
        /// The roles of an account, without policies.
        Roles = "list-roles",
        /// The users of an account, without policies.
        Users = "list-users",
        /// The groups of an account or of a user: the two answers look the same.
        Groups = "list-groups",
        /// The managed policies of one role, user or group: the three answers look the same.
        AttachedPolicies = "list-attached-policies",
        /// The names of the inline policies of one role, user or group: the three answers look the same.
        InlinePolicies = "list-inline-policies",
        /// Who holds one managed policy.
        EntitiesForPolicy = "list-entities-for-policy",
        /// Which policies grant a service, without statements.
        PoliciesGrantingServiceAccess = "list-policies-granting-service-access",
        /// Passwords and keys of all users of an account.
        CredentialReport = "get-credential-report",
        /// The access keys of one user.
        AccessKeys = "list-access-keys",
        /// The last use of one access key.
        AccessKeyLastUsed = "get-access-key-last-used",
        /// The accounts of an organization, with their names.
        Accounts = "list-accounts",
        /// One account of an organization.
        Account = "describe-account",
        /// Rows of Steampipe's tables `aws_iam_role`, `aws_iam_user`, `aws_iam_group` and `aws_iam_policy`.
        Steampipe = "steampipe",
    }
}

impl PolicyOperation {
    /// Whether its answer describes entities, and says when they were made.
    #[must_use]
    pub const fn names_entities(self) -> bool {
        matches!(
            self,
            Self::AuthorizationDetails
                | Self::Roles
                | Self::Users
                | Self::Groups
                | Self::Policies
                | Self::CredentialReport
                | Self::Steampipe
        )
    }
}

/// The entities that a list of an account names: what there is to be tested. All pages of one list together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedInventory {
    /// The account, where it is known.
    pub account: Option<AccountId>,
    /// Which list it is.
    pub operation: PolicyOperation,
    /// Users, groups, roles and the account's own policies, in order.
    pub entities: BTreeSet<Arn>,
    /// Whether its last page is missing.
    pub is_cut: bool,
}

/// One saved answer that says something about policies or about who holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyAnswer {
    /// Where it was read.
    pub source: Source,
    /// Where in the document.
    pub locator: String,
    /// Which operation it is of.
    pub operation: PolicyOperation,
    /// The account, where a key above the answer says so.
    pub account: Option<AccountId>,
    /// The ARN that a key or member beside the answer gives, unchecked.
    pub claim: Option<String>,
    /// When it was made, where the answer itself says so.
    pub made_at: Option<Instant>,
    /// Whether the answer says that another page follows.
    pub is_truncated: bool,
    /// How many rows its lists hold.
    pub rows: usize,
    /// The users, groups and roles in it.
    pub entities: Vec<EntityRecord>,
    /// The managed policies in it.
    pub policies: Vec<PolicyRecord>,
    /// Passwords, access keys and roles in it, with their uses.
    pub credentials: Vec<CredentialRecord>,
    /// The accounts in it, by their names.
    pub accounts: Vec<(AccountId, String)>,
    /// The single inline policy of [`PolicyOperation::RolePolicy`] and its likes.
    pub inline: Option<InlineRecord>,
}

/// A policy document: read, or why it was not. What is not read is unknown, which is not the same as empty.
pub type ReadDocument = Result<Arc<PolicyDocument>, String>;

/// A user, group or role. What a list of the answer does not say is `None`, which is not the same as empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityRecord {
    /// Its ARN.
    pub arn: Arn,
    /// `CreateDate`.
    pub created: Option<Instant>,
    /// Its inline policies.
    pub inline: Option<Vec<InlinePolicy>>,
    /// The ARNs of its managed policies, in the order of the answer.
    pub attached: Option<Vec<String>>,
    /// The names of the groups of a user.
    pub groups: Option<Vec<String>>,
    /// Its permissions boundary.
    pub boundary: BoundaryRecord,
    /// Its tags: keys and values.
    pub tags: Vec<(String, String)>,
}

/// What an answer says about a permissions boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundaryRecord {
    /// The answer does not speak of boundaries.
    NotSaid,
    /// There is none.
    None,
    /// The ARN of the policy.
    Policy(String),
}

/// An inline policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlinePolicy {
    /// Its name, unique among those of its owner.
    pub name: String,
    /// Its document.
    pub document: ReadDocument,
}

/// An inline policy that was saved alone: the answer names its owner, and not the owner's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineRecord {
    /// Role, user or group.
    pub owner_kind: EntityKind,
    /// The owner's name.
    pub owner: String,
    /// The policy.
    pub policy: InlinePolicy,
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRecord {
    /// Its ARN.
    pub arn: Arn,
    /// `CreateDate`.
    pub created: Option<Instant>,
    /// `UpdateDate`: when its newest version was made.
    pub updated: Option<Instant>,
    /// `DefaultVersionId`.
    pub default_version: Option<String>,
    /// `AttachmentCount`: users, groups and roles to which it is attached.
    pub attachments: Option<u32>,
    /// `PermissionsBoundaryUsageCount`: users and roles of which it is the permissions boundary.
    pub boundary_uses: Option<u32>,
    /// Its versions, as many as the answer holds.
    pub versions: Vec<PolicyVersion>,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// `v1`, `v2`, ….
    pub id: String,
    /// Whether it is the one that holds.
    pub is_default: bool,
    /// `CreateDate`.
    pub created: Option<Instant>,
    /// Its document, where the answer has one.
    pub document: Option<ReadDocument>,
}
