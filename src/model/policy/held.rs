//! Which entity holds which policy, in all accounts: the basis of reports on grants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ActionSet, Effect, PolicyDocument, PolicyOperation, PolicyQuotas, Universe};
use crate::model::terms::closed_set;
use crate::model::{AccountId, Arn, Entity, EntityKind, Instant};

closed_set! {
    /// The place where a policy is kept.
    PolicyKind {
        /// In its owner: a user, a group or a role.
        Inline = "inline",
        /// In the account, by the customer.
        Customer = "customer",
        /// By AWS.
        Aws = "aws",
    }
}

closed_set! {
    /// Who writes some policies, and so who can edit them.
    PolicyAuthor {
        /// The owner of the account.
        Account = "account",
        /// AWS: they can only be detached.
        Aws = "aws",
        /// AWS some of them, and the owner of the account the others.
        Both = "both",
    }
}

impl PolicyAuthor {
    /// Who writes policies of these kinds; `None` of none.
    #[must_use]
    pub fn of(kinds: impl IntoIterator<Item = PolicyKind>) -> Option<Self> {
        let author = |kind| if kind == PolicyKind::Aws { Self::Aws } else { Self::Account };
        kinds.into_iter().map(author).reduce(|one, other| if one == other { one } else { Self::Both })
    }
}

closed_set! {
    /// How exact the date of a grant is.
    SinceKind {
        /// The grant began at this date.
        Exact = "exact",
        /// It began at this date or earlier.
        OrEarlier = "or-earlier",
        /// It began at this date or later.
        OrLater = "or-later",
        /// Nothing tells when it began.
        Unknown = "unknown",
    }
}

/// How an entity comes to hold a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// The policy is inside the entity or attached to it.
    Direct,
    /// The policy belongs to a group that the user is a member of.
    Group(String),
    /// The entity is the policy.
    Itself,
}

impl Via {
    /// The name of the group.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        if let Self::Group(name) = self { Some(name) } else { None }
    }
}

/// A policy as its holders have it: the version in force, expanded once for all of them.
#[derive(Debug)]
pub struct HeldPolicy {
    /// The place where it is kept.
    pub kind: PolicyKind,
    /// Its name.
    pub name: String,
    /// Its ARN; an inline policy has none.
    pub arn: Option<String>,
    /// The version in force; an inline policy has none.
    pub version: Option<String>,
    /// Its content; `None` if the document is missing or cannot be read: then nobody knows what it grants.
    pub document: Option<Arc<PolicyDocument>>,
    /// The known actions of each statement, in the order of the document.
    pub expanded: Arc<Vec<ActionSet>>,
    /// Distinct users and roles that hold it, directly or through a group, as far as they are known.
    pub holders: usize,
    /// Whether the attachments that were found are as many as AWS counts; `None` if no count is known.
    pub holders_complete: Option<bool>,
    /// The saved versions, oldest first, with the position of the one in force.
    pub history: Option<SavedVersions>,
    /// When the version in force was created, if that is known.
    pub made: Option<Instant>,
    /// `UpdateDate`: when its newest version was created, if that is known.
    pub updated: Option<Instant>,
    /// Whether a date of it or of one of its versions is there and cannot be read: then it may be as young as the newest dump.
    pub undated: bool,
    /// `AttachmentCount`: users, groups and roles to which it is attached.
    pub attachments: Option<u32>,
    /// `PermissionsBoundaryUsageCount`: users and roles that have it as their permissions boundary.
    pub boundary_uses: Option<u32>,
    /// The file that it was read from; empty if it was not found.
    pub source: String,
}

/// The saved versions of a managed policy.
#[derive(Debug)]
pub struct SavedVersions {
    /// `CreateDate` of the policy.
    pub created: Option<Instant>,
    /// Oldest first.
    pub versions: Vec<SavedVersion>,
    /// The position of the one in force.
    pub default: usize,
}

/// One saved version.
#[derive(Debug)]
pub struct SavedVersion {
    /// 3 for `v3`.
    pub number: u32,
    /// `CreateDate`.
    pub created: Instant,
    /// Its document, if it could be read.
    pub document: Option<Arc<PolicyDocument>>,
    /// The known actions that the document allows, if it could be read.
    pub granted: Option<Arc<ActionSet>>,
}

impl SavedVersions {
    /// The versions that are in force no more. One that is newer than the one in force was left at an unknown time after it was made.
    fn replaced(&self) -> Vec<EarlierBoundary> {
        let one = |(at, version): (usize, &SavedVersion)| {
            let until = self.versions.get(at + 1).map(|next| next.created).filter(|_| at < self.default);
            EarlierBoundary { at: until.unwrap_or(version.created), until, document: version.document.clone() }
        };
        self.versions.iter().enumerate().filter(|(at, _)| *at != self.default).map(one).collect()
    }

    /// Since when the policy grants what a version either allows or not. The search goes back from the version in force,
    /// over versions that allow it, as far as none is missing.
    fn since(&self, is_allowed: impl Fn(&SavedVersion) -> Option<bool>) -> (Option<Instant>, SinceKind) {
        let allows = |at: usize| is_allowed(&self.versions[at]);
        // A newer version lacks it: the policy was set back to the version in force after that one, and nobody knows
        // when.
        let newer = self.default + 1..self.versions.len();
        if let Some(lacking) = newer.rev().find(|at| allows(*at) != Some(true)) {
            return (Some(self.versions[lacking].created), SinceKind::OrLater);
        }
        let mut at = self.default;
        while at > 0 {
            let (before, here) = (&self.versions[at - 1], &self.versions[at]);
            if before.number + 1 != here.number {
                return (Some(here.created), SinceKind::OrEarlier);
            }
            match allows(at - 1) {
                Some(true) => at -= 1,
                Some(false) => return (Some(here.created), SinceKind::Exact),
                None => return (Some(here.created), SinceKind::OrEarlier),
            }
        }
        let oldest = &self.versions[at];
        match (oldest.number, self.created) {
            (1, Some(created)) => (Some(created), SinceKind::Exact),
            (1, None) => (Some(oldest.created), SinceKind::Exact),
            _ => (Some(oldest.created), SinceKind::OrEarlier),
        }
    }
}

impl HeldPolicy {
    /// Since when the policy grants the action, which need not be a known one.
    #[must_use]
    pub fn granted_since(&self, service: &str, action: &str) -> (Option<Instant>, SinceKind) {
        self.since(|version| version.document.as_ref().map(|document| document.allows(service, action)))
    }

    /// Since when the policy grants the known action at `place` of the universe.
    #[must_use]
    pub fn granted_since_at(&self, place: usize) -> (Option<Instant>, SinceKind) {
        self.since(|version| version.granted.as_ref().map(|granted| granted.contains(place)))
    }

    /// Since when the policy reaches a service, by the services that its statements name: for one of which no action is known.
    #[must_use]
    pub fn service_since(&self, service: &str) -> Option<Instant> {
        let reaches = |document: &Arc<PolicyDocument>| {
            let mut allows = document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
            allows.any(|statement| statement.reaches_service(service))
        };
        self.since(|version| version.document.as_ref().map(reaches)).0
    }

    fn since(&self, is_allowed: impl Fn(&SavedVersion) -> Option<bool>) -> (Option<Instant>, SinceKind) {
        let history = self.history.as_ref();
        // For an AWS-managed policy, the default version alone tells nothing about those before it.
        let history =
            history.filter(|h| self.kind != PolicyKind::Aws || h.versions.len() > 1 || h.versions[0].number == 1);
        history.map_or((None, SinceKind::Unknown), |history| history.since(is_allowed))
    }
}

/// A policy that an entity holds, and how.
#[derive(Debug, Clone)]
pub struct Held {
    /// The policy.
    pub policy: Arc<HeldPolicy>,
    /// How it holds the policy.
    pub via: Via,
    /// When the group through which it is held was created: before that, it was not held through the group.
    pub group_created: Option<Instant>,
    /// Whether that date is there and cannot be read.
    pub group_undated: bool,
    /// Whether it may only be the entity's permissions boundary: a list of those who have a policy does not tell which of the two it is.
    pub may_be_boundary: bool,
    /// When it was seen without the policy, or with another document of it: what the policy grants this way is no older.
    pub lacked: Vec<Lacked>,
}

/// A moment at which an entity did not hold a policy as it does today.
#[derive(Debug, Clone)]
pub struct Lacked {
    /// When the answer that tells was made; `None` if nothing tells that, and it may be as young as the newest dump.
    pub at: Option<Instant>,
    /// When an answer first shows it as it is today, after that; `None` if none with a date does. It may have been granted on that day.
    pub until: Option<Instant>,
    /// What the policy said then; `None` if the entity did not hold it.
    pub document: Option<Arc<PolicyDocument>>,
}

/// What an entity held at an earlier time, if that differs from what it holds now.
#[derive(Debug, Clone)]
pub struct EarlierHoldings {
    /// When the answer that tells was made.
    pub at: Instant,
    /// When the next answer was made that tells all that it held; `None` if that is the newest one.
    pub until: Option<Instant>,
    /// The documents that it held then.
    pub documents: Vec<Arc<PolicyDocument>>,
    /// Whether these are all. Of some only a Deny tells something.
    pub is_whole: bool,
}

/// A permissions boundary that an entity had, or another version of the one that it has.
#[derive(Debug, Clone)]
pub struct EarlierBoundary {
    /// When it was last in force, as far as that is known.
    pub at: Instant,
    /// When it was in force no more; `None` if nothing tells that.
    pub until: Option<Instant>,
    /// Its document; `None` if it is not saved or cannot be read: it may have shut out everything.
    pub document: Option<Arc<PolicyDocument>>,
}

/// A part of what an entity holds about which answers differ, where nothing tells which of them is newer.
#[derive(Debug, Clone)]
pub struct DisputedHoldings {
    /// The documents of the part, as each of the answers has them.
    pub alternatives: Vec<Vec<Arc<PolicyDocument>>>,
}

/// What is known about a permissions boundary.
#[derive(Debug, Clone)]
pub enum Boundary {
    /// There is none.
    None,
    /// Nothing tells whether there is one, or its document is missing.
    Unknown,
    /// The policy.
    Policy(Arc<HeldPolicy>),
}

/// Which of the lists of an entity's policies are known in full: what a list-roles names only is not known to hold nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPolicies {
    /// Those that are attached to it.
    pub attached: bool,
    /// Those inside it.
    pub inline: bool,
    /// Those of the groups that it is in.
    pub of_groups: bool,
}

impl KnownPolicies {
    /// Of an entity about the policies of which everything is told.
    pub const ALL: Self = Self { attached: true, inline: true, of_groups: true };
}

/// An entity with all policies that it is known to hold.
#[derive(Debug)]
pub struct Holder {
    /// Its ARN.
    pub arn: Arn,
    /// The same as in a dump; an AWS-managed policy has the account of the answer.
    pub entity: Entity,
    /// What it holds: inline policies by name, then attached ones by ARN, then those of its groups.
    pub held: Vec<Held>,
    /// Groups of a user that no answer describes.
    pub missing_groups: Vec<String>,
    /// Which lists of policies are known in full.
    pub known: KnownPolicies,
    /// Whether its inline and attached policies and its groups are all known. Otherwise it may hold more than is listed
    /// here.
    pub is_complete: bool,
    /// Its permissions boundary.
    pub boundary: Boundary,
    /// The boundaries that it had before: what they shut out, it could not use.
    pub earlier_boundaries: Vec<EarlierBoundary>,
    /// When the answer was made, if that is known.
    pub as_of: Option<Instant>,
    /// The moments, oldest first, at which older answers show that it held what it holds today, all of it. In between it may have held more.
    pub unchanged: Vec<Instant>,
    /// What it held before, oldest first: each earlier day on which all of it is known and differs from today, or some of it.
    pub earlier: Vec<EarlierHoldings>,
    /// What answers of an unknown order say differently. It is in none of the lists above.
    pub disputed: Vec<DisputedHoldings>,
    /// The file that tells what it holds.
    pub source: String,
}

impl Holder {
    /// The boundaries that it had before, with all but the last one of the versions that its present one had.
    pub fn former_boundaries(&self) -> impl Iterator<Item = EarlierBoundary> {
        let policy = if let Boundary::Policy(policy) = &self.boundary { Some(policy) } else { None };
        let of_history = policy.and_then(|policy| policy.history.as_ref()).map(SavedVersions::replaced);
        self.earlier_boundaries.iter().cloned().chain(of_history.into_iter().flatten())
    }

    /// Whether its present boundary is known to shut out what `is_allowed` looks for in a document.
    #[must_use]
    pub fn is_shut_out(&self, is_allowed: impl Fn(&PolicyDocument) -> bool) -> bool {
        let Boundary::Policy(policy) = &self.boundary else { return false };
        policy.document.as_deref().is_some_and(|document| !is_allowed(document))
    }

    /// About how many rows the policies that it holds have without a dump: one for each service that a statement names.
    #[must_use]
    pub fn rows(&self) -> usize {
        let documents = self.held.iter().filter_map(|held| held.policy.document.as_ref());
        documents.flat_map(|document| &document.statements).map(|statement| statement.patterns().count().max(1)).sum()
    }
}

/// A list of the roles or of the users of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NarrowList {
    /// Which list it is.
    pub operation: PolicyOperation,
    /// When it was made.
    pub made_at: Instant,
    /// The names in it, in lower case.
    pub names: BTreeSet<String>,
}

/// Everything that is known about grants.
#[derive(Debug, Default)]
pub struct Grants {
    /// The actions that exist.
    pub universe: Arc<Universe>,
    /// By account and ARN.
    pub holders: BTreeMap<(Option<AccountId>, Arn), Holder>,
    /// Entities that the newest answers do not describe, or only in part, as older authorization details describe them, the newest first. What
    /// they held is no grant of today, and limits a silence all the same.
    pub former_holders: BTreeMap<(Option<AccountId>, Arn), Vec<Holder>>,
    /// When all entities of a kind in an account were listed, if a whole answer with a date does that.
    pub inventories: BTreeMap<(AccountId, EntityKind), Instant>,
    /// The newest list of each kind in an account that may have been saved with a filter.
    pub narrow_lists: BTreeMap<(AccountId, EntityKind), NarrowList>,
    /// The accounts with whole authorization details, users included: the members of their groups are known.
    pub whole_accounts: BTreeSet<AccountId>,
    /// How much policies may hold, by account, where a summary of it was saved.
    pub quotas: BTreeMap<Option<AccountId>, PolicyQuotas>,
}

impl Grants {
    /// How much the policies of an account may hold.
    #[must_use]
    pub fn quotas(&self, account: Option<&AccountId>) -> PolicyQuotas {
        let own = account.and_then(|account| self.quotas.get(&Some(account.clone()))).copied().unwrap_or_default();
        self.quotas.get(&None).map_or(own, |unplaced| own.lower(*unplaced))
    }

    /// The entity `arn`; for an AWS-managed policy, in `account`.
    #[must_use]
    pub fn holder(&self, account: Option<&AccountId>, arn: &Arn) -> Option<&Holder> {
        let account = arn.account().or(account).cloned();
        self.holders.get(&(account, arn.clone()))
    }

    /// The entity `arn` as the newest answers describe it, and as older ones do where these leave something open.
    pub fn now_and_before(&self, account: Option<&AccountId>, arn: &Arn) -> impl Iterator<Item = &Holder> {
        let key = (arn.account().or(account).cloned(), arn.clone());
        self.holders.get(&key).into_iter().chain(self.former_holders.get(&key).into_iter().flatten())
    }

    /// When a whole list of its account no longer had the entity, if a list made after all of `seen` shows that.
    #[must_use]
    pub fn removed(&self, entity: &Entity, seen: impl IntoIterator<Item = Option<Instant>>) -> Option<Instant> {
        let (account, kind, arn) = (entity.account.clone()?, entity.kind?, entity.arn.as_ref()?);
        let listed = *self.inventories.get(&(account, kind))?;
        let is_newest = seen.into_iter().all(|seen| seen.is_some_and(|seen| seen < listed));
        (is_newest && self.holder(None, arn).is_none()).then_some(listed)
    }

    /// The list of its account that lacks the entity, of a later day than all of `seen`. Nothing in such a list shows whether a filter
    /// (`--path-prefix`) left the entity out.
    #[must_use]
    pub fn lacking(&self, entity: &Entity, seen: impl IntoIterator<Item = Option<Instant>>) -> Option<&NarrowList> {
        let list = self.narrow_lists.get(&(entity.account.clone()?, entity.kind?))?;
        let is_newest = seen.into_iter().all(|seen| seen.is_some_and(|seen| seen.day() < list.made_at.day()));
        (is_newest && !list.names.contains(&entity.name.to_lowercase())).then_some(list)
    }

    /// Users, groups and roles, which are entities other than a policy.
    pub fn entities(&self) -> impl Iterator<Item = &Holder> {
        self.holders.values().filter(|holder| holder.arn.kind() != EntityKind::Policy)
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.holders.is_empty() && self.former_holders.is_empty()
    }
}

#[cfg(test)]
mod tests;
