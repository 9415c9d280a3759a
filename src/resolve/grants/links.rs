//! Answers about one group or policy that name those who have it: its members, its holders.
//!
//! Comes in: these answers, and the entities that may be meant. Goes out: for each entity, the groups and policies that these answers give it. They
//! say nothing of what else it has, so an entity that is known by them alone is never known as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::{MergedEntity, MergedPolicies};
use super::owners::{Known, nobody};
use super::{Dated, is_of_earlier_day};
use crate::model::policy::{BoundaryRecord, PolicyPart};
use crate::model::{AccountId, Arn, EntityKind, Instant, Source};
use crate::problem::{Kind, Problem};

/// So many names a message has.
const NAMED: usize = 3;

/// The names for a message: the first ones, and how many others there are.
pub(super) fn listed(names: &[String]) -> String {
    let (first, more) = (names.get(..NAMED).unwrap_or(names).join(", "), names.len().saturating_sub(NAMED));
    if more == 0 { first } else { format!("{first} and {more} more") }
}

/// Answers about one group or policy, each with the entities in it.
type Answers<'a, T> = Vec<(&'a [T], &'a Dated<'a>)>;

/// One group or policy that an entity has.
struct Link<'a> {
    name: String,
    made_at: Option<Instant>,
    source: &'a Source,
}

/// What the answers give to one entity.
#[derive(Default)]
pub(super) struct Links<'a> {
    groups: Vec<Link<'a>>,
    policies: Vec<Link<'a>>,
}

/// What is held by entities that an answer names and no other document has.
#[derive(Debug, Default)]
pub(super) struct UnplacedHolders {
    /// Policies, by account and ARN.
    pub policies: BTreeSet<(Option<AccountId>, String)>,
    /// Accounts in which such a user is in a group.
    pub accounts: BTreeSet<AccountId>,
}

/// The entities with what the answers give them, what the answers name and nobody knows, and the policies held by the latter.
pub(super) fn of<'a>(
    answers: &[&'a Dated<'a>],
    known: &Known,
    listed_on: impl Fn(Option<&AccountId>, EntityKind) -> Option<Instant>,
) -> (BTreeMap<Arn, Links<'a>>, Vec<Problem>, UnplacedHolders) {
    let mut links: BTreeMap<Arn, Links> = BTreeMap::new();
    let (mut problems, mut unplaced) = (Vec::new(), UnplacedHolders::default());
    let mut groups: BTreeMap<&Arn, Answers<Arn>> = BTreeMap::new();
    let mut policies: BTreeMap<_, Answers<(EntityKind, String)>> = BTreeMap::new();
    for dated in answers {
        match &dated.answer.part {
            Some(PolicyPart::Members { group, users }) => groups.entry(group).or_default().push((users, dated)),
            Some(PolicyPart::Holders(holders)) => match known.owner(dated, &[EntityKind::Policy], None) {
                Some(arn) => policies.entry((account(&arn, dated), arn)).or_default().push((holders, dated)),
                None => problems.push(nobody(dated, known)),
            },
            _ => {}
        }
    }
    for (group, answers) in groups {
        for (users, dated) in of_newest_day(answers) {
            for user in users {
                links.entry(user.clone()).or_default().groups.push(link(group.name(), dated));
            }
        }
    }
    for ((account, policy), answers) in policies {
        for (holders, dated) in of_newest_day(answers) {
            let mut unknown = Vec::new();
            for (kind, name) in holders {
                if let Some(arn) = known.named(account.as_ref(), *kind, name) {
                    links.entry(arn).or_default().policies.push(link(policy.as_str(), dated));
                    continue;
                }
                // Who is missing in a later list of all was deleted.
                if !is_of_earlier_day(dated.made_at, listed_on(account.as_ref(), *kind)) {
                    unplaced.policies.insert((account.clone(), policy.to_string()));
                }
                unknown.push(format!("{kind} {name}"));
            }
            problems.extend(unnamed(&unknown, dated));
        }
    }
    (links, problems, unplaced)
}

fn link<'a>(name: &str, dated: &'a Dated<'a>) -> Link<'a> {
    Link { name: name.to_owned(), made_at: dated.made_at, source: &dated.answer.source }
}

/// The account of those who have the policy.
fn account(policy: &Arn, dated: &Dated) -> Option<AccountId> {
    policy.account().or_else(|| dated.account.as_ref().filter(|_| dated.is_placed())).cloned()
}

/// Without the answers of earlier days: who is only in these has left.
fn of_newest_day<'a, T>(answers: Vec<(T, &'a Dated<'a>)>) -> impl Iterator<Item = (T, &'a Dated<'a>)> {
    let newest = answers.iter().map(|(_, dated)| dated.made_at.map(Instant::day)).max().flatten();
    answers.into_iter().filter(move |(_, dated)| dated.made_at.map(Instant::day) == newest)
}

/// Names without an ARN: no other document has them, or two entities have one of these names.
fn unnamed(unknown: &[String], dated: &Dated) -> Option<Problem> {
    let names = listed(unknown);
    let what = format!("no other document says which entity this is: {names}. What it says of these was not used");
    let problem = Problem::new(Kind::Note, &dated.answer.source, what).at(&dated.answer.locator);
    let advice = "Save list-roles, list-users and list-groups of the account too.";
    (!unknown.is_empty()).then(|| problem.advise(advice))
}

impl Links<'_> {
    /// When the newest of the answers was made.
    pub fn newest(&self) -> Option<Instant> {
        self.groups.iter().chain(&self.policies).filter_map(|link| link.made_at).max()
    }

    /// Adds them to `entity`.
    pub fn settle(self, entity: &mut MergedEntity, policies: &MergedPolicies) {
        let as_of = entity.as_of;
        let is_gone = |is_said: bool, link: &Link| is_said && is_of_earlier_day(link.made_at, as_of);
        let is_said = entity.groups.is_some();
        for link in self.groups.into_iter().filter(|link| !is_gone(is_said, link)) {
            let own = entity.groups.get_or_insert_default();
            if !own.contains(&link.name) {
                own.push(link.name);
                entity.is_partial = true;
            }
            name_source(entity, link.source);
        }
        let is_said = entity.attached.is_some();
        for link in self.policies.into_iter().filter(|link| !is_gone(is_said, link)) {
            let is_attached = entity.attached.iter().flatten().any(|own| *own == link.name);
            if is_attached || entity.boundary == BoundaryRecord::Policy(link.name.clone()) {
                continue;
            }
            entity.is_partial = true;
            let is_sure = entity.boundary != BoundaryRecord::NotSaid
                || entity.arn.kind() == EntityKind::Group
                || is_no_boundary(&link.name, entity.arn.account(), policies);
            // A list of what is attached to it lacks the policy: then it is its boundary, or one of the two lists is older.
            if is_said && !is_sure {
                continue;
            }
            if !is_sure {
                entity.maybe_boundary.insert(link.name.clone());
            }
            entity.attached.get_or_insert_default().push(link.name);
            name_source(entity, link.source);
        }
    }
}

fn name_source(entity: &mut MergedEntity, source: &Source) {
    if entity.source.is_empty() {
        entity.source = source.to_string();
    }
}

/// Whether the policy is the boundary of nobody.
fn is_no_boundary(policy: &str, account: Option<&AccountId>, policies: &MergedPolicies) -> bool {
    let Ok(arn) = Arn::parse(policy) else { return false };
    policies.get(&(account.cloned(), arn)).is_some_and(|policy| policy.record.boundary_uses == Some(0))
}
