//! Accesses that the entity of a dump cannot have: then the dump, or a part of it, is about another entity.
//!
//! The input is what is known about the entity of a dump, and its rows. The output is which entity made the accesses.
//! In the report of a user or role, AWS lists only what that entity itself did; in that of a group, what users of its
//! account did; in that of a policy, what entities of its account did. So one other access means that the file is about
//! something else, or that two answers were mixed. A row of a user or role that counts two entities means the same.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::entity::Who;
use super::join;
use crate::model::{Accessed, Arn, EntityKind, PackedRows, Symbol};
use crate::util::sanitize::harmless;

/// Which entity made the accesses in the rows of a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Strangers {
    /// Only the entity itself, as far as ARNs tell.
    None,
    /// A single stranger made every dated access: the dump is about another entity.
    All(String),
    /// The entity cannot have some of them: why, in words.
    Some(String),
}

/// Looks which entity made the accesses in `rows`, if the kind of `who` is known.
pub(super) fn among(rows: &PackedRows, who: &Who, texts: &[Arc<str>]) -> Strangers {
    let Some(entity) = KnownEntity::of(who) else { return Strangers::None };
    let mut known: FxHashMap<Symbol, bool> = FxHashMap::default();
    // Nearly every row names the same one, and it is the entity. Characters that act on a terminal are escaped in
    // names, and so in the text that they are compared with.
    let own = who.arn.as_ref().map(|arn| harmless(arn.as_str()));
    let mut is_stranger = |by: Symbol| {
        *known.entry(by).or_insert_with(|| {
            let text = join::text(texts, by);
            own.as_deref() != Some(text) && entity.is_not(text)
        })
    };
    let has_several = entity.acts() && rows.most_entities().is_some_and(|most| most > 1);
    if !has_several && !rows.actors().iter().any(|&by| is_stranger(by)) {
        return Strangers::None;
    }
    let rows = rows.open();
    let mut first = None;
    let mut dated = Dated::None;
    for (accessed, by) in rows.accesses() {
        let stranger = by != Symbol::NONE && is_stranger(by);
        first = first.or_else(|| stranger.then_some(by));
        if matches!(accessed, Accessed::At(_)) {
            dated = dated.and(stranger.then_some(by));
        }
    }
    let text = |by| join::text(texts, by).to_owned();
    let several = || rows.services().iter().filter_map(|row| row.entities).find(|total| *total > 1 && entity.acts());
    match (first, dated) {
        (Some(_), Dated::By(by)) => Strangers::All(text(by)),
        (Some(by), _) => Strangers::Some(format!("holds an access by {}", text(by))),
        (None, _) => several().map_or(Strangers::None, |total| {
            Strangers::Some(format!("counts {total} entities in one row, as only a group or a policy has them"))
        }),
    }
}

/// The entity that made the dated accesses.
#[derive(Clone, Copy)]
enum Dated {
    None,
    By(Symbol),
    Several,
}

impl Dated {
    fn and(self, stranger: Option<Symbol>) -> Self {
        match (self, stranger) {
            (Self::None, Some(by)) => Self::By(by),
            (Self::By(one), Some(by)) if one == by => self,
            _ => Self::Several,
        }
    }
}

/// The entity that a dump is about, as far as it is known.
struct KnownEntity<'w> {
    partition: Option<&'w str>,
    account: Option<&'w str>,
    kind: EntityKind,
    /// Empty for a group or a policy, which make no accesses.
    name: Cow<'w, str>,
}

impl<'w> KnownEntity<'w> {
    fn of(who: &'w Who) -> Option<Self> {
        let kind = who.kind?;
        let partition = who.arn.as_ref().map(Arn::partition);
        let account = who.account.as_ref().map(crate::model::AccountId::as_str);
        let name = match kind {
            EntityKind::User | EntityKind::Role => who.arn.as_ref().map(Arn::name).or(who.name.as_deref())?,
            EntityKind::Group | EntityKind::Policy => "",
        };
        Some(Self { partition, account, kind, name: harmless(name) })
    }

    /// Whether it makes its accesses itself.
    const fn acts(&self) -> bool {
        matches!(self.kind, EntityKind::User | EntityKind::Role)
    }

    /// Whether `text` is an ARN of IAM or STS that cannot have made an access in its dump: of another partition or
    /// account, or of another kind or name than the dump can list. An id, or a text that is not an ARN, counts as no
    /// entity.
    fn is_not(&self, text: &str) -> bool {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service @ ("iam" | "sts"), _, account, resource] = parts[..] else { return false };
        let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
        let (kind, name) = match (service, kind) {
            ("sts", "assumed-role") => (Some(EntityKind::Role), rest.split('/').next()),
            ("iam", kind) => (EntityKind::parse(kind), rest.rsplit('/').next()),
            _ => (None, None),
        };
        let is_place =
            self.account.is_none_or(|own| own == account) && self.partition.is_none_or(|own| own == partition);
        let is_one = match self.kind {
            EntityKind::User | EntityKind::Role => {
                kind == Some(self.kind) && name.is_some_and(|name| name.eq_ignore_ascii_case(&self.name))
            }
            EntityKind::Group => kind != Some(EntityKind::Role),
            EntityKind::Policy => true,
        };
        !(is_place && is_one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_another_account_kind_or_name() {
        let (partition, account) = (Some("aws"), Some("111122223333"));
        let role = KnownEntity { partition, account, kind: EntityKind::Role, name: "prod-api".into() };
        for own in [
            "arn:aws:iam::111122223333:role/app/Prod-API",
            "arn:aws:sts::111122223333:assumed-role/prod-api/i-0abc",
            "AROAEXAMPLE",
            "an access by someone",
            "arn:aws:s3:::bucket",
        ] {
            assert!(!role.is_not(own), "{own}");
        }
        for other in [
            "arn:aws:iam::999999999999:role/prod-api",
            "arn:aws:iam::111122223333:user/prod-api",
            "arn:aws:iam::111122223333:role/prod-web",
            "arn:aws:sts::111122223333:assumed-role/prod-web/prod-api",
            "arn:aws:iam::111122223333:root",
        ] {
            assert!(role.is_not(other), "{other}");
        }
    }

    #[test]
    fn a_group_has_users_and_a_policy_entities_of_its_account() {
        let (partition, account) = (Some("aws"), Some("111122223333"));
        let group = KnownEntity { partition, account, kind: EntityKind::Group, name: "".into() };
        let policy = KnownEntity { partition, account, kind: EntityKind::Policy, name: "".into() };
        let (user, role) = ("arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:role/a");
        assert!(!group.is_not(user) && group.is_not(role) && !policy.is_not(user) && !policy.is_not(role));
        for other in ["arn:aws:iam::999999999999:user/a", "arn:aws-cn:iam::111122223333:user/a"] {
            assert!(group.is_not(other) && policy.is_not(other), "{other}");
        }
    }
}
