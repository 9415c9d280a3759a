//! Passwords, access keys and the use of roles, as saved answers have them.

use super::terms::closed_set;
use super::{Accessed, AccountId, Instant};

closed_set! {
    /// By what an entity is used.
    CredentialKind {
        /// The password of a user, or of the root user.
        Password = "password",
        /// An access key.
        AccessKey = "access-key",
        /// A role: whoever assumes it has its credentials.
        Role = "role",
    }
}

/// What one answer says about one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRecord {
    /// The ARN of its owner, where the answer has it: of a user, a role, or the root user.
    pub arn: Option<String>,
    /// The name of its owner.
    pub owner: String,
    /// What it is.
    pub kind: CredentialKind,
    /// The id of an access key.
    pub id: Option<String>,
    /// Whether it can be used.
    pub is_active: Option<bool>,
    /// When it was made; of a password, when it was changed last.
    pub created: Option<Instant>,
    /// Its last use; `None` where the answer does not speak of it.
    pub used: Option<Accessed>,
    /// Where it was used.
    pub region: Option<String>,
    /// For which service it was used.
    pub service: Option<String>,
}

/// What all answers say about one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The key of its owner as an entity; of the root user, its ARN.
    pub entity: String,
    /// The account.
    pub account: Option<AccountId>,
    /// What it says; the use is the last that any answer shows.
    pub record: CredentialRecord,
    /// Whether any answer shows a use without a date that can be read.
    pub undated: bool,
    /// When the newest answer was made that speaks of its use, where that is known.
    pub as_of: Option<Instant>,
    /// The file of that answer.
    pub source: String,
}
