//! Every ARN that anything in the input names: an incomplete name in a path is compared with them.
//!
//! The input is ARNs from claims, keys, manifests, sidecars, paths and accesses. The output is those that fit an
//! account, a kind and a name, or a flattened text. One that fits is the answer; if several fit, there is none.

use std::collections::{BTreeMap, BTreeSet};

use super::encoded::{Flattened, path_and_name, percent_decoded};
use crate::model::{AccountId, Arn, EntityKind};

type Owner = (Option<AccountId>, EntityKind);

/// The known ARNs, by the keys that are looked up.
#[derive(Debug, Default)]
pub(super) struct Known {
    all: BTreeSet<Arn>,
    by_name: BTreeMap<(Owner, String), Vec<Arn>>,
    /// The same without case.
    by_fold: BTreeMap<(Owner, String), Vec<Arn>>,
    by_letters: BTreeMap<(Owner, String), Vec<Arn>>,
    accounts: BTreeSet<AccountId>,
    /// By the name alone, without case.
    by_bare_name: BTreeMap<String, Vec<Arn>>,
    /// Names in lower case that a document gives to an entity without its ARN.
    names: BTreeSet<String>,
}

impl Known {
    /// Indexes `all`.
    pub fn new(all: BTreeSet<Arn>) -> Self {
        let mut known = Self::default();
        for arn in &all {
            let owner: Owner = (arn.account().cloned(), arn.kind());
            known.by_name.entry((owner.clone(), arn.name().to_owned())).or_default().push(arn.clone());
            let folded = (owner.clone(), arn.name().to_ascii_lowercase());
            known.by_fold.entry(folded).or_default().push(arn.clone());
            known.by_letters.entry((owner, letters(path_and_name(arn)))).or_default().push(arn.clone());
            known.by_bare_name.entry(arn.name().to_ascii_lowercase()).or_default().push(arn.clone());
            known.accounts.extend(arn.account().cloned());
        }
        Self { all, ..known }
    }

    /// These, and names without an ARN.
    pub fn with_names(mut self, names: impl IntoIterator<Item = String>) -> Self {
        self.names.extend(names.into_iter().map(|name| name.to_ascii_lowercase()));
        self
    }

    /// Every ARN.
    pub fn all(&self) -> impl Iterator<Item = &Arn> {
        self.all.iter()
    }

    /// The accounts of all ARNs.
    pub const fn accounts(&self) -> &BTreeSet<AccountId> {
        &self.accounts
    }

    /// Whether exactly this ARN is known.
    pub fn contains(&self, arn: &Arn) -> bool {
        self.all.contains(arn)
    }

    /// The ARNs of this name, without case, of any account and kind.
    pub fn called(&self, name: &str) -> &[Arn] {
        self.by_bare_name.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Whether an entity of any account and kind is called so, without case.
    pub fn has_name(&self, name: &str) -> bool {
        !self.called(name).is_empty() || !self.names.is_empty() && self.names.contains(&name.to_ascii_lowercase())
    }

    /// Whether a file without its extensions is called like a known entity: by its name, or by its ARN.
    pub fn has_stem(&self, stem: &str) -> bool {
        self.has_name(stem) || percent_decoded(stem).rsplit_once('/').is_some_and(|(_, name)| self.has_name(name))
    }

    /// The ARNs of this account, kind and name; they differ in path or partition. If none is written like it, those that
    /// are equal without case: IAM allows no two such names at a time.
    pub fn named(&self, account: &AccountId, kind: EntityKind, name: &str) -> &[Arn] {
        let owner: Owner = (Some(account.clone()), kind);
        let spelt = self.by_name.get(&(owner.clone(), name.to_owned()));
        spelt.or_else(|| self.by_fold.get(&(owner, name.to_ascii_lowercase()))).map_or(&[], Vec::as_slice)
    }

    /// Whether an entity of this kind and name is known, in the account if it is given, below the IAM path if it is
    /// given.
    pub fn has_named(&self, account: Option<&AccountId>, kind: EntityKind, name: &str, below: Option<&str>) -> bool {
        let fits = |arn: &Arn| below.is_none_or(|path| arn.path().ends_with(&format!("/{path}/")));
        match account {
            Some(account) => self.named(account, kind, name).iter().any(fits),
            None => self.accounts.iter().any(|account| self.named(account, kind, name).iter().any(fits)),
        }
    }

    /// The ARNs that become this text when flattened.
    pub fn flattened(&self, text: &Flattened) -> Vec<&Arn> {
        let key = ((text.account.clone(), text.kind), letters(&text.rest));
        let near = self.by_letters.get(&key).map_or(&[][..], Vec::as_slice);
        near.iter().filter(|arn| text.may_be(arn)).collect()
    }
}

/// The letters and digits of a text: equal for the rest of an ARN and every flattened form of it.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(arns: &[&str]) -> Known {
        Known::new(arns.iter().map(|a| Arn::parse(a).unwrap()).collect())
    }

    #[test]
    fn finds_by_name_and_by_flattened_text() {
        let known = known(&[
            "arn:aws:iam::123456789012:role/app/prod-api",
            "arn:aws:iam::123456789012:role/prod-web",
            "arn:aws:iam::999999999999:role/prod-api",
        ]);
        let account = AccountId::parse("123456789012").unwrap();
        assert_eq!(known.named(&account, EntityKind::Role, "prod-api").len(), 1);
        assert_eq!(known.named(&account, EntityKind::User, "prod-api").len(), 0);
        assert!(known.has_named(None, EntityKind::Role, "prod-api", Some("app")));
        assert!(!known.has_named(None, EntityKind::Role, "prod-web", Some("app")));
        let text = Flattened {
            partition: "aws",
            account: Some(account),
            kind: EntityKind::Role,
            rest: "app_prod-api".into(),
            slash: "_".into(),
        };
        assert_eq!(known.flattened(&text).len(), 1);
    }
}
