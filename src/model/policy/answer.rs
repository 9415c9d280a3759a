//! What saved answers of IAM tell about policies and their holders, as found: before accounts are put together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{PolicyDocument, PolicyQuotas};
use crate::model::terms::closed_set;
use crate::model::{AccountId, Arn, CredentialRecord, EntityKind, Instant, Source};

closed_set! {
    /// The operations from which policies, and the entities that hold them, are read.
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
        /// One group with its members.
        Group = "get-group",
        /// The entities that hold one managed policy, or have it as their permissions boundary.
        EntitiesForPolicy = "list-entities-for-policy",
        /// Which policies grant a service, without statements.
        PoliciesGrantingServiceAccess = "list-policies-granting-service-access",
        /// Passwords and keys of all users of an account.
        CredentialReport = "get-credential-report",
        /// The access keys of one user.
        AccessKeys = "list-access-keys",
        /// The last use of one access key.
        AccessKeyLastUsed = "get-access-key-last-used",
        /// When the password of one user was made.
        LoginProfile = "get-login-profile",
        /// The accounts of an organization, with their names.
        Accounts = "list-accounts",
        /// One account of an organization.
        Account = "describe-account",
        /// A permission set of IAM Identity Center: its name and ARN.
        PermissionSet = "describe-permission-set",
        /// The inline policy of a permission set, which the answer does not name.
        PermissionSetInlinePolicy = "get-inline-policy-for-permission-set",
        /// The policies by AWS of a permission set, which the answer does not name.
        PermissionSetPolicies = "list-managed-policies-in-permission-set",
        /// The policies of each account that a permission set attaches; the answer does not name the set.
        PermissionSetCustomerPolicies = "list-customer-managed-policy-references-in-permission-set",
        /// Numbers about an account, among them the quotas of its policies.
        AccountSummary = "get-account-summary",
        /// Rows of Steampipe's tables `aws_iam_role`, `aws_iam_user`, `aws_iam_group` and `aws_iam_policy`.
        Steampipe = "steampipe",
    }
}

impl PolicyOperation {
    /// Whether its answer is about passwords or access keys alone.
    #[must_use]
    pub const fn tells_of_credentials(self) -> bool {
        matches!(self, Self::CredentialReport | Self::AccessKeys | Self::AccessKeyLastUsed | Self::LoginProfile)
    }

    /// Whether its answer describes entities, and tells when they were created.
    #[must_use]
    pub const fn names_entities(self) -> bool {
        matches!(
            self,
            Self::AuthorizationDetails
                | Self::Roles
                | Self::Users
                | Self::Groups
                | Self::Group
                | Self::Policies
                | Self::CredentialReport
                | Self::Steampipe
        )
    }
}

/// The entities in a list of an account, which are all that a run could examine. All pages of one list together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedInventory {
    /// The account, if it is known.
    pub account: Option<AccountId>,
    /// Which list it is.
    pub operation: PolicyOperation,
    /// Users, groups, roles and the account's own policies, in order.
    pub entities: BTreeSet<Arn>,
    /// Whether its last page is missing; of a credential report, the row of the root user.
    pub is_cut: bool,
    /// When the oldest of its pages was saved, if each has a date.
    pub made_at: Option<Instant>,
}

/// One saved answer about policies or about the entities that hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyAnswer {
    /// Where it was read.
    pub source: Source,
    /// Where in the document.
    pub locator: String,
    /// The operation that gave it.
    pub operation: PolicyOperation,
    /// The account, if a key above the answer gives it.
    pub account: Option<AccountId>,
    /// The ARN in a key or member next to the answer, unchecked.
    pub claim: Option<String>,
    /// The owner that a member next to the answer names without its ARN.
    pub owner: Option<(EntityKind, String)>,
    /// When it was made, if the answer itself tells.
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
    /// The accounts in it, with their names.
    pub accounts: Vec<NamedAccount>,
    /// The quotas in it.
    pub quotas: Option<PolicyQuotas>,
    /// What it says about a part of what one entity, policy or permission set holds.
    pub part: Option<PolicyPart>,
}

/// An account of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedAccount {
    /// Its number.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// The partition in its ARN.
    pub partition: Option<String>,
}

impl PolicyAnswer {
    /// An answer of `operation` that holds nothing yet.
    #[must_use]
    pub const fn empty(source: Source, operation: PolicyOperation) -> Self {
        Self {
            source,
            locator: String::new(),
            operation,
            account: None,
            claim: None,
            owner: None,
            made_at: None,
            is_truncated: false,
            rows: 0,
            entities: Vec::new(),
            policies: Vec::new(),
            credentials: Vec::new(),
            accounts: Vec::new(),
            quotas: None,
            part: None,
        }
    }
}

/// A part of what one entity or permission set holds, or of one policy. Most of these answers do not name their owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyPart {
    /// One inline policy.
    Inline(InlineRecord),
    /// The names of all inline policies.
    InlineNames(Vec<String>),
    /// The ARNs of all managed policies.
    Attached(Vec<String>),
    /// Versions of one policy, with or without their documents.
    Versions(Vec<PolicyVersion>),
    /// The members of one group.
    Members {
        /// The group.
        group: Arn,
        /// Its users.
        users: Vec<Arn>,
    },
    /// Kinds and names of the entities to which one policy is attached, or that have it as their permissions boundary.
    Holders(Vec<(EntityKind, String)>),
    /// The name and ARN of a permission set.
    PermissionSet {
        /// As reserved roles have it in their names.
        name: String,
        /// `arn:aws:sso:::permissionSet/ssoins-…/ps-…`.
        arn: String,
    },
    /// The inline policy of a permission set; `None` where it has none.
    InlineOfSet(Option<InlinePolicy>),
    /// Paths and names of policies that a permission set attaches in each account.
    CustomerOfSet(Vec<(String, String)>),
}

/// A policy document: read, or the reason why it was not. A document that was not read is unknown, which is not the
/// same as empty.
pub type ReadDocument = Result<Arc<PolicyDocument>, String>;

/// A user, group or role. A list that the answer does not have is `None`, which is not the same as empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityRecord {
    /// Its ARN.
    pub arn: Arn,
    /// `CreateDate`.
    pub created: Option<Instant>,
    /// Whether `CreateDate` is there and cannot be read.
    pub undated: bool,
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

/// What an answer tells about a permissions boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoundaryRecord {
    /// The answer does not tell about boundaries.
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
    /// `UpdateDate`: when its newest version was created.
    pub updated: Option<Instant>,
    /// Whether one of these dates is there and cannot be read.
    pub undated: bool,
    /// `DefaultVersionId`.
    pub default_version: Option<String>,
    /// `AttachmentCount`: users, groups and roles to which it is attached.
    pub attachments: Option<u32>,
    /// `PermissionsBoundaryUsageCount`: users and roles that have it as their permissions boundary.
    pub boundary_uses: Option<u32>,
    /// Its versions, as many as the answer holds.
    pub versions: Vec<PolicyVersion>,
}

impl PolicyRecord {
    /// Whether a date of it, or of one of its versions, is there and cannot be read.
    #[must_use]
    pub fn has_lost_a_date(&self) -> bool {
        self.undated || self.versions.iter().any(|version| version.undated)
    }
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// `v1`, `v2`, ….
    pub id: String,
    /// Whether it is the one in force.
    pub is_default: bool,
    /// `CreateDate`.
    pub created: Option<Instant>,
    /// Whether `CreateDate` is there and cannot be read.
    pub undated: bool,
    /// Its document, if the answer has one.
    pub document: Option<ReadDocument>,
}
