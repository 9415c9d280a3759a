//! Passwords, access keys and the use of roles, as saved answers hold them.

use super::terms::closed_set;
use super::{Accessed, AccountId, Instant};

closed_set! {
    /// The kinds of credentials of an entity.
    CredentialKind {
        /// The password of a user, or of the root user.
        Password = "password",
        /// An access key.
        AccessKey = "access-key",
        /// A role: the principal that assumes it gets its credentials.
        Role = "role",
    }
}

/// What one answer tells about one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialRecord {
    /// The ARN of its owner, if the answer has it: a user, a role, or the root user.
    pub arn: Option<String>,
    /// The name of its owner.
    pub owner: String,
    /// Its kind.
    pub kind: CredentialKind,
    /// The id of an access key.
    pub id: Option<String>,
    /// The place of an access key in a credential report, which has no ids.
    pub place: Option<KeyPlace>,
    /// Whether it can be used.
    pub is_active: Option<bool>,
    /// When it was created; for a password, when it was last changed.
    pub created: Option<Instant>,
    /// Its last use; `None` if the answer does not tell.
    pub used: Option<Accessed>,
    /// The region in which it was used.
    pub region: Option<String>,
    /// The service for which it was used.
    pub service: Option<String>,
}

/// A place for an access key in a credential report. Each row has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPlace {
    /// The row of the report.
    pub row: usize,
    /// Which of the two keys of its row.
    pub number: u8,
}

/// What all answers tell about one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The key of its owner as an entity; for the root user, its ARN.
    pub entity: String,
    /// The account.
    pub account: Option<AccountId>,
    /// Its record; the use is the last one in any answer.
    pub record: CredentialRecord,
    /// Whether any answer shows a use without a date that can be read.
    pub undated: bool,
    /// When the newest answer about its use was made, if that is known.
    pub as_of: Option<Instant>,
    /// When the newest answer was made that shows it switched off, if it is switched on since.
    pub off_until: Option<Instant>,
    /// The file of that answer.
    pub source: String,
    /// Whether a newer list does not have it any more.
    pub is_gone: bool,
    /// When its owner was created: the latest date that a document states.
    pub owner_created: Option<Instant>,
    /// When another unique id showed that its owner was created again.
    pub owner_recreated: Option<Instant>,
    /// Whether a creation date of its owner cannot be read.
    pub creation_unread: bool,
    /// The last use that answers from before the creation show: it is that of a former owner.
    pub former_use: Option<Instant>,
}
