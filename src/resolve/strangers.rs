//! Accesses by another entity in the dump of a user or role: then the dump, or a part of it, is about that entity.
//!
//! The input is what is known about the entity of a dump, and its rows. The output is which entity made the accesses.
//! In the report of a user or role, AWS lists only what that entity itself did, so one access by another entity means
//! that the file is about something else, or that two answers were mixed.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::entity::Who;
use super::join;
use crate::model::{Accessed, Arn, EntityKind, Rows, Symbol};
use crate::util::sanitize::harmless;

/// Which entity made the accesses in the rows of a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Strangers {
    /// Only the entity itself, as far as ARNs tell.
    None,
    /// A single stranger made every dated access: the dump is about another entity.
    All(String),
    /// A stranger made some of them; this is the first.
    Some(String),
}

/// Looks which entity made the accesses in `rows`, if `who` is a user or role with a name.
pub(super) fn among(rows: &Rows, who: &Who, texts: &[Arc<str>]) -> Strangers {
    let Some(entity) = Entity::of(who) else { return Strangers::None };
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
    match (first, dated) {
        (None, _) => Strangers::None,
        (Some(_), Dated::By(by)) => Strangers::All(text(by)),
        (Some(by), _) => Strangers::Some(text(by)),
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

/// The user or role that a dump is about, as far as it is known.
struct Entity<'w> {
    account: Option<&'w str>,
    kind: EntityKind,
    name: Cow<'w, str>,
}

impl<'w> Entity<'w> {
    fn of(who: &'w Who) -> Option<Self> {
        let kind = who.kind.filter(|kind| matches!(kind, EntityKind::User | EntityKind::Role))?;
        let name = who.arn.as_ref().map(Arn::name).or(who.name.as_deref())?;
        let account = who.account.as_ref().map(crate::model::AccountId::as_str);
        Some(Self { account, kind, name: harmless(name) })
    }

    /// Whether `text` is an ARN of IAM or STS of another account, kind or name. An id, or a text that is not an ARN,
    /// counts as no entity.
    fn is_not(&self, text: &str) -> bool {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", _, service @ ("iam" | "sts"), _, account, resource] = parts[..] else { return false };
        let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
        let (kind, name) = match (service, kind) {
            ("sts", "assumed-role") => (Some(EntityKind::Role), rest.split('/').next()),
            ("iam", kind) => (EntityKind::parse(kind), rest.rsplit('/').next()),
            _ => (None, None),
        };
        let is_account = self.account.is_none_or(|own| own == account);
        let is_name = name.is_some_and(|name| name.eq_ignore_ascii_case(&self.name));
        !(is_account && kind == Some(self.kind) && is_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_another_account_kind_or_name() {
        let role = Entity { account: Some("111122223333"), kind: EntityKind::Role, name: "prod-api".into() };
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
}
