//! The partition of an entity that only a path names.
//!
//! A path such as `111122223333/role/app.json` names no partition, and the partition decides since when AWS recorded.
//! The ARNs and the regions of all dumps tell it: an account belongs to one partition. Without this, an entity in China
//! would count as watched since AWS began to record elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::clues::Clues;
use super::join;
use super::piece::Piece;
use crate::model::policy::PolicyAnswer;
use crate::model::{AccountId, Arn, OtherAnswer, OtherRows, Rows, Symbol};

/// How the names of regions begin, for every partition but `aws`.
const REGIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
];

/// The partitions of the accounts of a run.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    by_account: BTreeMap<AccountId, BTreeSet<Box<str>>>,
    /// Those of all accounts.
    all: BTreeSet<Box<str>>,
}

impl Partitions {
    /// Looks through everything that tells a partition.
    pub fn gather(pieces: &[Piece], clues: &Clues, texts: &[Arc<str>]) -> Self {
        let mut found = Self::default();
        for arn in clues.known.all() {
            found.add(arn.account(), arn.partition());
        }
        for (account, partition) in &clues.options.partitions {
            found.add(account.as_ref(), partition);
        }
        for piece in pieces.iter().filter(|piece| piece.who.arn.is_none()) {
            for partition in told_by(&piece.rows.open(), texts) {
                found.add(piece.who.account.as_ref(), &partition);
            }
        }
        found
    }

    fn add(&mut self, account: Option<&AccountId>, partition: &str) {
        if let Some(account) = account {
            self.by_account.entry(account.clone()).or_default().insert(partition.into());
        }
        self.all.insert(partition.into());
    }

    /// The partition of a piece without an ARN, if anything tells one: its account, its rows, or otherwise the other
    /// dumps. If several are told, any but `aws`, which is the one that proves most.
    pub fn of(&self, piece: &Piece, texts: &[Arc<str>]) -> Option<Box<str>> {
        if piece.who.arn.is_some() {
            return None;
        }
        let own = || told_by(&piece.rows.open(), texts);
        let of_account = piece.who.account.as_ref().and_then(|account| self.by_account.get(account)).cloned();
        let told = of_account.unwrap_or_else(own);
        let told = if told.is_empty() { &self.all } else { &told };
        told.iter().find(|partition| ***partition != *"aws").or_else(|| told.first()).cloned()
    }
}

/// The partitions that documents other than dumps tell: the ARNs in with-entities answers, and in and next to answers about policies.
#[must_use]
pub fn told_beside<'a>(
    others: impl Iterator<Item = &'a OtherAnswer>,
    policies: impl Iterator<Item = &'a PolicyAnswer>,
) -> BTreeSet<(Option<AccountId>, String)> {
    let mut told: BTreeSet<(Option<AccountId>, String)> = others.flat_map(of_uses).collect();
    for answer in policies {
        let entities = answer.entities.iter().map(|entity| &entity.arn);
        let arns = entities.chain(answer.policies.iter().map(|policy| &policy.arn)).map(Arn::as_str);
        let credentials = answer.credentials.iter().filter_map(|record| record.arn.as_deref());
        told.extend(arns.chain(credentials).chain(answer.claim.as_deref()).filter_map(of_arn));
        let accounts = answer.accounts.iter();
        told.extend(accounts.filter_map(|account| Some((Some(account.id.clone()), account.partition.clone()?))));
    }
    told
}

fn of_uses(answer: &OtherAnswer) -> Vec<(Option<AccountId>, String)> {
    match &answer.rows {
        OtherRows::Entities(rows) => rows.iter().filter_map(|row| of_arn(&row.arn)).collect(),
        OtherRows::Organizations(_) => Vec::new(),
    }
}

/// The account and the partition in an ARN of any service.
fn of_arn(arn: &str) -> Option<(Option<AccountId>, String)> {
    let mut parts = arn.strip_prefix("arn:")?.split(':');
    let partition = parts.next().filter(|partition| partition.starts_with("aws"))?;
    Some((parts.nth(2).and_then(AccountId::parse), partition.to_owned()))
}

/// The partitions of the entities that made the accesses in `rows`, and of the regions of these.
fn told_by(rows: &Rows, texts: &[Arc<str>]) -> BTreeSet<Box<str>> {
    let services = || rows.services().iter();
    let actors: FxHashSet<Symbol> = services().map(|service| service.by).collect();
    let regions: FxHashSet<Symbol> = services().map(|service| service.region).collect();
    let of_actor = |by: Symbol| of_arn(join::text(texts, by)).map(|(_, partition)| partition.into());
    let of_region = |region: Symbol| {
        let region = join::text(texts, region);
        let other = REGIONS.iter().find(|(start, _)| region.starts_with(start)).map(|(_, partition)| *partition);
        other.or_else(|| (!region.is_empty()).then_some("aws"))
    };
    let of_regions = regions.into_iter().filter_map(of_region).map(Into::into);
    actors.into_iter().filter_map(of_actor).chain(of_regions).collect()
}
