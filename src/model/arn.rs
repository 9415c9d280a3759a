//! IAM ARNs: `arn:aws:iam::123456789012:role/app/prod-api`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Remedy;
use super::terms::closed_set;

closed_set! {
    /// The four kinds of entity for which IAM makes a last-accessed report.
    EntityKind {
        /// Used through its members.
        Group = "group",
        /// Used through the entities that it is attached to.
        Policy = "policy",
        /// Used by any principal that assumes it.
        Role = "role",
        /// Used with its own credentials.
        User = "user",
    }
}

/// A 12-digit AWS account number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(Box<str>);

impl AccountId {
    /// Takes exactly 12 ASCII digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())).then(|| Self(text.into()))
    }

    /// The 12 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a text is not the ARN of an IAM entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// Not six parts, or not in their form.
    #[error("does not have the six parts of an ARN (arn:partition:iam::account:resource)")]
    Parts,
    /// The service is not `iam`.
    #[error("is an ARN of another service, not of IAM")]
    NotIam,
    /// The account is not a number of 12 digits.
    #[error("has no 12-digit account")]
    Account,
    /// The resource is of another kind.
    #[error("is not a user, role, group or policy")]
    Kind,
    /// The name is empty or not one that IAM allows.
    #[error("names no resource, or holds a character that an ARN cannot hold")]
    Name,
}

/// The ARN of an IAM user, role, group or policy. Compared case-sensitively, partition and account included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    text: Box<str>,
    account: Option<AccountId>,
    kind: EntityKind,
    /// Byte offset of the name, which is the text after the last `/`.
    name_at: usize,
}

impl Arn {
    /// Reads `arn:<partition>:iam::<account>:<kind>/<path/><name>`.
    ///
    /// The account is `aws` for AWS-managed policies, which belong to no account.
    ///
    /// # Errors
    /// The error tells which part is wrong. An assumed-role ARN (`sts`) is [`ArnError::NotIam`]: it names a session,
    /// not an entity.
    pub fn parse(text: &str) -> Result<Self, ArnError> {
        // A script that reads a list with CRLF line ends, or a cell of a spreadsheet, leaves a blank at the end.
        let text = text.trim();
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or(ArnError::Parts);
        let (scheme, partition, service) = (next()?, next()?, next()?);
        let (region, account, resource) = (next()?, next()?, next()?);
        if scheme != "arn" || partition.is_empty() || !region.is_empty() {
            return Err(ArnError::Parts);
        }
        if !partition.starts_with("aws") || !partition.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') {
            return Err(ArnError::Parts);
        }
        if service != "iam" {
            return Err(ArnError::NotIam);
        }
        let (kind, path_and_name) = resource.split_once('/').ok_or(ArnError::Kind)?;
        let kind = EntityKind::parse(kind).ok_or(ArnError::Kind)?;
        let account = match account {
            "aws" if kind == EntityKind::Policy => None,
            digits => Some(AccountId::parse(digits).ok_or(ArnError::Account)?),
        };
        // A path may hold any ASCII character from `!` to DEL (API reference of IAM, `CreateRole`, Path). A name never ends in '/', and
        // neither of them holds a blank or another control character.
        let name_at = text.rfind('/').expect("a resource holds a '/'") + 1;
        let is_in_no_path = |c: char| c.is_whitespace() || (c.is_control() && c != '\u{7f}');
        if path_and_name.is_empty()
            || path_and_name.ends_with('/')
            || path_and_name.chars().any(is_in_no_path)
            // Two ARNs in one cell of a table: the first is no path of the second.
            || path_and_name.contains("arn:aws")
            || text[name_at..].contains('\u{7f}')
        {
            return Err(ArnError::Name);
        }
        Ok(Self { text: text.into(), account, kind, name_at })
    }

    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        self.text.split(':').nth(1).expect("checked when parsed")
    }

    /// The account; `None` for an AWS-managed policy.
    #[must_use]
    pub const fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// User, role, group or policy.
    #[must_use]
    pub const fn kind(&self) -> EntityKind {
        self.kind
    }

    /// The name without its path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text[self.name_at..]
    }

    /// The permission set of IAM Identity Center that a role is made from: `AWSReservedSSO_<permission set>_<16 hexadecimal digits>` under
    /// `/aws-reserved/sso.amazonaws.com/`.
    #[must_use]
    pub fn permission_set(&self) -> Option<&str> {
        let (set, digits) = self.name().strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
        let is_number = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let is_reserved =
            self.kind() == EntityKind::Role && self.path().starts_with("/aws-reserved/sso.amazonaws.com/");
        (is_number && is_reserved && !set.is_empty()).then_some(set)
    }

    /// Whether both belong to one account and kind and have the same name, without case and whatever their paths: IAM
    /// does not allow two such entities at a time.
    #[must_use]
    pub fn is_alike(&self, other: &Self) -> bool {
        self.account == other.account && self.kind == other.kind && self.name().eq_ignore_ascii_case(other.name())
    }

    /// The IAM path with both slashes: `/`, `/app/`, `/aws-service-role/…/`.
    #[must_use]
    pub fn path(&self) -> &str {
        let slash = self.text.find('/').expect("checked when parsed");
        &self.text[slash..self.name_at]
    }

    /// What the owner of the account can do about the entity.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        let is_role = self.kind == EntityKind::Role;
        if is_role && self.path().starts_with("/aws-service-role/") {
            Remedy::None
        } else if is_role && self.path().starts_with("/aws-reserved/") {
            Remedy::ChangePermissionSet
        } else if self.account.is_none() {
            Remedy::DetachOrReplace
        } else {
            Remedy::EditPolicy
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = ArnError;

    fn try_from(text: String) -> Result<Self, ArnError> {
        Self::parse(&text).ok_or(ArnError::Account)
    }
}

impl From<AccountId> for String {
    fn from(account: AccountId) -> Self {
        account.0.into()
    }
}

impl TryFrom<String> for Arn {
    type Error = ArnError;

    fn try_from(text: String) -> Result<Self, ArnError> {
        Self::parse(&text)
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.text.into()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}
