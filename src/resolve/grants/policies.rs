//! Policies as their holders have them, each expanded once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::links::UnplacedHolders;
use super::merge::{MergedEntity, MergedPolicies, MergedPolicy};
use super::{GroupMembers, members};
use crate::model::policy::{
    ActionSet, HeldPolicy, InlinePolicy, PolicyDocument, PolicyKind, PolicyRecord, PolicyVersion, SavedVersion,
    SavedVersions, Universe,
};
use crate::model::{AccountId, Arn, EntityKind, Instant};

type Key = (Option<AccountId>, String);

/// The known actions of one document.
#[derive(Debug)]
struct Expansion {
    /// Of each statement.
    statements: Arc<Vec<ActionSet>>,
    /// What the document allows, if a policy has had several versions: their differences are asked for.
    granted: Option<Arc<ActionSet>>,
}

/// By the JSON of the document: many entities have the same one, and a policy by AWS is the same in all accounts.
type Expansions = FxHashMap<Arc<str>, Expansion>;

/// The policies of a run, made when they are first asked for.
pub(super) struct Shelf {
    records: MergedPolicies,
    unplaced: UnplacedHolders,
    counts: BTreeMap<Key, Counts>,
    made: BTreeMap<Key, Arc<HeldPolicy>>,
    expansions: Expansions,
}

/// Who has a managed policy.
#[derive(Debug, Default)]
struct Counts {
    /// Users, groups and roles to which it is attached, each once.
    attachments: usize,
    /// Users and roles that hold it.
    holders: BTreeSet<Arn>,
}

impl Shelf {
    pub fn new(
        universe: &Universe,
        entities: &BTreeMap<Arn, MergedEntity>,
        records: MergedPolicies,
        unplaced: UnplacedHolders,
    ) -> Self {
        let expansions = expansions(universe, entities, &records);
        Self { records, unplaced, counts: BTreeMap::new(), made: BTreeMap::new(), expansions }
    }

    /// Counts who has which policy.
    pub fn count(&mut self, entities: &BTreeMap<Arn, MergedEntity>) {
        let members: GroupMembers = members(entities);
        for entity in entities.values() {
            let account = entity.arn.account();
            let distinct: BTreeSet<&String> = entity.attached.iter().flatten().collect();
            for arn in distinct {
                let counts = self.counts.entry((account.cloned(), arn.clone())).or_default();
                counts.attachments += usize::from(!entity.maybe_boundary.contains(arn));
                match entity.arn.kind() {
                    EntityKind::Group => {
                        let users = members.get(&(account, entity.arn.name())).into_iter().flatten();
                        counts.holders.extend(users.map(|user| (*user).clone()));
                    }
                    _ => drop(counts.holders.insert(entity.arn.clone())),
                }
            }
        }
    }

    /// The managed policies, as all answers together have them.
    pub const fn records(&self) -> &MergedPolicies {
        &self.records
    }

    /// Account and ARN of every managed policy that an answer describes.
    pub fn known(&self) -> Vec<(Option<AccountId>, Arn)> {
        self.records.keys().cloned().collect()
    }

    /// The managed policy `arn` in `account`; one that no answer describes has no document.
    pub fn managed(&mut self, account: Option<&AccountId>, arn: &str) -> Arc<HeldPolicy> {
        let key = (account.cloned(), arn.to_owned());
        if let Some(made) = self.made.get(&key) {
            return Arc::clone(made);
        }
        let policy = Arc::new(self.make(&key));
        self.made.insert(key, Arc::clone(&policy));
        policy
    }

    /// What the answers say of a managed policy. What was saved without an account serves every one.
    fn described(&self, account: Option<&AccountId>, arn: &Arn) -> Option<&MergedPolicy> {
        let of = |account: Option<&AccountId>| self.records.get(&(account.cloned(), arn.clone()));
        of(account).or_else(|| of(None))
    }

    /// The versions of a managed policy, as each answer has them, if answers of an unknown order differ.
    pub fn disputed(&self, account: Option<&AccountId>, arn: &str) -> &[Vec<PolicyVersion>] {
        let described = Arn::parse(arn).ok().and_then(|arn| self.described(account, &arn));
        described.map_or(&[], |policy| &policy.disputed)
    }

    /// Whether no answer has the document of a managed policy. One that is there and cannot be read is told where it is read.
    pub fn lacks_document(&self, account: Option<&AccountId>, arn: &str) -> bool {
        let described = Arn::parse(arn).ok().and_then(|arn| self.described(account, &arn));
        let mut versions = described.into_iter().flat_map(|policy| &policy.record.versions);
        !versions.any(|version| version.is_default && version.document.is_some())
    }

    fn make(&mut self, key: &Key) -> HeldPolicy {
        let (account, text) = key;
        let arn = Arn::parse(text).ok();
        let is_by_aws = arn.as_ref().is_some_and(|arn| arn.account().is_none());
        let described = arn.and_then(|arn| self.described(account.as_ref(), &arn));
        let (record, source) = described.map(|policy| (policy.record.clone(), policy.source.clone())).unzip();
        let default = record.as_ref().and_then(|record| record.versions.iter().find(|version| version.is_default));
        let document = default.and_then(|version| version.document.as_ref()?.as_ref().ok()).cloned();
        let counts = self.counts.get(key);
        let (attachments, holders) = counts.map_or((0, 0), |counts| (counts.attachments, counts.holders.len()));
        let counted = record.as_ref().and_then(|record| record.attachments);
        HeldPolicy {
            kind: if is_by_aws { PolicyKind::Aws } else { PolicyKind::Customer },
            name: text.rsplit('/').next().unwrap_or_default().to_owned(),
            arn: Some(text.clone()),
            version: default.map(|version| version.id.clone()).or_else(|| record.as_ref()?.default_version.clone()),
            made: default.and_then(|version| version.created),
            updated: record.as_ref().and_then(|record| record.updated),
            undated: record.as_ref().is_some_and(PolicyRecord::has_lost_a_date),
            attachments: counted,
            boundary_uses: record.as_ref().and_then(|record| record.boundary_uses),
            history: record.as_ref().and_then(|record| self.history(&record.versions, record.created)),
            holders,
            holders_complete: counted
                .map(|counted| counted as usize == attachments && !self.unplaced.policies.contains(key)),
            expanded: self.expanded(document.as_deref()),
            document,
            source: source.unwrap_or_default(),
        }
    }

    /// An inline policy.
    pub fn inline(&self, policy: &InlinePolicy, holders: usize, source: &str) -> Arc<HeldPolicy> {
        let document = policy.document.as_ref().ok().cloned();
        let expanded = self.expanded(document.as_deref());
        Arc::new(HeldPolicy {
            kind: PolicyKind::Inline,
            name: policy.name.clone(),
            arn: None,
            version: None,
            document,
            expanded,
            holders,
            holders_complete: None,
            history: None,
            made: None,
            updated: None,
            undated: false,
            attachments: None,
            boundary_uses: None,
            source: source.to_owned(),
        })
    }

    fn expanded(&self, document: Option<&PolicyDocument>) -> Arc<Vec<ActionSet>> {
        let expansion = document.and_then(|document| self.expansions.get(document.text.as_str()));
        expansion.map(|expansion| Arc::clone(&expansion.statements)).unwrap_or_default()
    }

    /// The versions that say when they were made; `None` where the one that holds is not among them.
    fn history(&self, versions: &[PolicyVersion], created: Option<Instant>) -> Option<SavedVersions> {
        let saved = |version: &PolicyVersion| {
            let number = version.id.strip_prefix('v')?.parse().ok()?;
            let document = version.document.as_ref().and_then(|document| document.as_ref().ok()).cloned();
            let expansion = document.as_ref().and_then(|document| self.expansions.get(document.text.as_str()));
            let granted = expansion.and_then(|expansion| expansion.granted.clone());
            Some((SavedVersion { number, created: version.created?, document, granted }, version.is_default))
        };
        let mut saved: Vec<_> = versions.iter().filter_map(saved).collect();
        saved.sort_by_key(|(version, _)| (version.number, version.created));
        let default = saved.iter().position(|(_, is_default)| *is_default)?;
        Some(SavedVersions { created, versions: saved.into_iter().map(|(version, _)| version).collect(), default })
    }
}

/// Expands each document once, with all threads.
fn expansions(universe: &Universe, entities: &BTreeMap<Arn, MergedEntity>, records: &MergedPolicies) -> Expansions {
    let mut documents: FxHashMap<Arc<str>, (&PolicyDocument, bool)> = FxHashMap::default();
    let inline = entities.values().flat_map(|entity| entity.inline.iter().flatten());
    let inline = inline.filter_map(|policy| Some((policy.document.as_ref().ok()?, false)));
    let managed = records.values().flat_map(|policy| {
        let versions = &policy.record.versions;
        let read = versions.iter().filter_map(|version| version.document.as_ref()?.as_ref().ok());
        read.map(|document| (document, versions.len() > 1))
    });
    for (document, has_history) in inline.chain(managed) {
        documents.entry(document.text.shared()).or_insert((document, false)).1 |= has_history;
    }
    let documents: Vec<_> = documents.into_iter().collect();
    let expand = |(text, (document, has_history)): (Arc<str>, (&PolicyDocument, bool))| {
        let statements = document.statements.iter().map(|statement| universe.expand(statement)).collect();
        let granted = has_history.then(|| Arc::new(universe.granted(document)));
        (text, Expansion { statements: Arc::new(statements), granted })
    };
    documents.into_par_iter().map(expand).collect::<Vec<_>>().into_iter().collect()
}
