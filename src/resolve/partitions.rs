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
use crate::model::{AccountId, Rows, Symbol};

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

/// The partitions of the entities that made the accesses in `rows`, and of the regions of these.
fn told_by(rows: &Rows, texts: &[Arc<str>]) -> BTreeSet<Box<str>> {
    let services = || rows.services().iter();
    let actors: FxHashSet<Symbol> = services().map(|service| service.by).collect();
    let regions: FxHashSet<Symbol> = services().map(|service| service.region).collect();
    let of_arn = |by: Symbol| {
        let mut parts = join::text(texts, by).split(':');
        let (scheme, partition) = (parts.next()?, parts.next()?);
        (scheme == "arn" && partition.starts_with("aws")).then_some(partition)
    };
    let of_region = |region: Symbol| {
        let region = join::text(texts, region);
        let other = REGIONS.iter().find(|(start, _)| region.starts_with(start)).map(|(_, partition)| *partition);
        other.or_else(|| (!region.is_empty()).then_some("aws"))
    };
    let told = actors.into_iter().filter_map(of_arn).chain(regions.into_iter().filter_map(of_region));
    told.map(Into::into).collect()
}
