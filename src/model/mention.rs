//! What stands next to an answer and names an IAM entity, which may be another one than that of the answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountId, Arn, EntityKind};

/// Stands before an id; no name holds a blank.
const WITH_ID: &str = "with the id ";

/// A name, an ARN or a kind of entity in a member, a key or a path near an answer. An answer is never *inferred* to be
/// about an entity that this mention cannot mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mention {
    /// The account of the answer, or that of the identity which saved it.
    Account(AccountId),
    /// An ARN of IAM, as it is written there.
    Arn(String),
    /// A name, with its kind if the member gives it: `"PolicyName": "shared"`.
    Name(Option<EntityKind>, String),
    /// Only a kind: `"GroupId"`, a folder `local-policies`.
    Kind(EntityKind),
    /// The unique id of an entity, with its kind: `"RoleId": "AROA…"`.
    Id(EntityKind, String),
}

impl Mention {
    /// Whether this may mean `arn`: the same account, kind and name, without case and whatever the IAM path.
    #[must_use]
    pub fn may_mean(&self, arn: &Arn) -> bool {
        let is_named = |name: &str| name.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(arn.name()));
        match self {
            // An ARN of something else (a provider, an MFA device) names no entity.
            Self::Arn(text) => Arn::parse(text).is_ok_and(|said| said.is_alike(arn)) || Arn::parse(text).is_err(),
            Self::Name(kind, name) => kind.is_none_or(|kind| kind == arn.kind()) && is_named(name),
            // Nothing in the ARN tells its id.
            Self::Kind(kind) | Self::Id(kind, _) => *kind == arn.kind(),
            // Often it is that of the identity that collects.
            Self::Account(_) => true,
        }
    }

    /// The meaning of a text that is meant to name the entity of an answer and is not the ARN of one: a session belongs
    /// to its role, anything else is another entity.
    #[must_use]
    pub fn of_claim(text: &str) -> Self {
        match text.split_once(":assumed-role/") {
            Some((_, session)) => {
                let role = session.split('/').next().unwrap_or_default();
                Self::Name(Some(EntityKind::Role), role.to_owned())
            }
            None => Self::Name(None, text.to_owned()),
        }
    }

    /// The mention that [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.starts_with("arn:") {
            return Some(Self::Arn(text.to_owned()));
        }
        match text.split_once(' ') {
            None => EntityKind::parse(text).map(Self::Kind),
            Some(("account", id)) => AccountId::parse(id).map(Self::Account),
            Some((kind, rest)) if rest.starts_with(WITH_ID) => {
                EntityKind::parse(kind).map(|kind| Self::Id(kind, rest[WITH_ID.len()..].to_owned()))
            }
            Some(("name", name)) => Some(Self::Name(None, name.to_owned())),
            Some((kind, name)) => EntityKind::parse(kind).map(|kind| Self::Name(Some(kind), name.to_owned())),
        }
    }
}

impl fmt::Display for Mention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arn(arn) => f.write_str(arn),
            Self::Name(None, name) => write!(f, "name {name}"),
            Self::Name(Some(kind), name) => write!(f, "{kind} {name}"),
            Self::Kind(kind) => write!(f, "{kind}"),
            Self::Id(kind, id) => write!(f, "{kind} {WITH_ID}{id}"),
            Self::Account(account) => write!(f, "account {account}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_means_one_entity_without_case_and_path() {
        let role = Arn::parse("arn:aws:iam::111122223333:role/app/prod-api").expect("an ARN");
        let name = |kind, name: &str| Mention::Name(kind, name.to_owned());
        let arn = |text: &str| Mention::Arn(text.to_owned());
        for mention in [
            arn("arn:aws:iam::111122223333:role/Prod-API"),
            arn("arn:aws:iam::111122223333:mfa/alice"),
            name(None, "prod-api"),
            name(Some(EntityKind::Role), "app/prod-api"),
            Mention::Kind(EntityKind::Role),
            Mention::Id(EntityKind::Role, "AROAEXAMPLE".to_owned()),
            Mention::Account(AccountId::parse("999999999999").expect("an account")),
        ] {
            assert!(mention.may_mean(&role), "{mention}");
            assert_eq!(Mention::parse(&mention.to_string()), Some(mention));
        }
        for mention in [
            arn("arn:aws:iam::999999999999:role/app/prod-api"),
            arn("arn:aws:iam::111122223333:policy/prod-api"),
            arn("arn:aws:iam::aws:policy/ReadOnlyAccess"),
            name(Some(EntityKind::Policy), "prod-api"),
            name(None, "shared"),
            Mention::Kind(EntityKind::Group),
        ] {
            assert!(!mention.may_mean(&role), "{mention}");
        }
    }
}
