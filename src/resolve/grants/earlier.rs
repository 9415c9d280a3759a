//! What entities held on earlier days, from older answers of `get-account-authorization-details`.
//!
//! Comes in: the answers that are older than the newest of their account. Goes out: for each entity, the documents that it held on each of
//! those days, where all of them are known and differ from today's, and the days on which they are today's. A permission that none of them
//! grants was granted later. Before, a policy that was attached last week to an old role seemed to have been unused for 400 days.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::merge::{MergedEntity, MergedPolicies, Merger};
use super::{Dated, group};
use crate::model::policy::{EarlierHoldings, Holder, PolicyDocument};
use crate::model::{AccountId, Arn, EntityKind, Instant};

/// Adds what `answers` say to the `holders`.
pub(super) fn add(answers: &[Dated], holders: &mut Holders) {
    let mut days: BTreeMap<_, Vec<&Dated>> = BTreeMap::new();
    for answer in answers {
        let day = answer.made_at.map(Instant::day);
        days.entry((day, answer.account.clone())).or_default().push(answer);
    }
    for answers in days.into_values() {
        each_described(
            &answers,
            holders,
            |_| true,
            |holder, at, documents| {
                if let Some(before) = holder.earlier.last_mut() {
                    before.until.get_or_insert(at);
                }
                if are_held(&documents, holder) {
                    holder.unchanged.push(at);
                } else {
                    holder.earlier.push(EarlierHoldings { at, until: None, documents, is_whole: true });
                }
            },
        );
    }
}

/// Adds what the newest answers say to those `holders` of which a later answer leaves something unknown, such as a list that names a policy
/// without its document: what the entity held on the day of the newest answers is known all the same.
pub(super) fn add_newest(answers: &[Dated], holders: &mut Holders) {
    // Merging is most of the work, and nearly always everything is known.
    if holders.values().all(|holder| holder.is_complete) {
        return;
    }
    let mut accounts: BTreeMap<_, Vec<&Dated>> = BTreeMap::new();
    for answer in answers {
        accounts.entry(answer.account.clone()).or_default().push(answer);
    }
    for answers in accounts.into_values() {
        each_described(
            &answers,
            holders,
            |holder| !holder.is_complete,
            |holder, at, documents| {
                holder.earlier.push(EarlierHoldings { at, until: None, documents, is_whole: true });
            },
        );
    }
}

/// The entities of a run, with what they hold.
type Holders = BTreeMap<(Option<AccountId>, Arn), Holder>;

/// Hands every holder that `answers` of one day describe, and that `is_asked` accepts, to `take`: with the moment of the answers and
/// all documents that it held then, if these are known.
fn each_described(
    answers: &[&Dated],
    holders: &mut Holders,
    is_asked: impl Fn(&Holder) -> bool,
    take: impl Fn(&mut Holder, Instant, Vec<Arc<PolicyDocument>>),
) {
    let Some(at) = answers.iter().filter_map(|answer| answer.made_at).min() else { return };
    let mut merger = Merger::default();
    for answer in answers {
        merger.add(answer);
    }
    // What contradicts on an earlier day is known of nobody then; the newest answers say it of today.
    let (entities, policies) = merger.merged(&mut Vec::new());
    for entity in entities.values() {
        let key = (entity.arn.account().cloned(), entity.arn.clone());
        let Some(holder) = holders.get_mut(&key).filter(|holder| is_asked(holder)) else { continue };
        if let Some(documents) = documents(entity, &entities, &policies) {
            take(holder, at, documents);
        }
    }
}

/// All documents that the entity held, of its groups too; `None` where one of them is not known.
fn documents(
    entity: &MergedEntity,
    entities: &BTreeMap<Arn, MergedEntity>,
    policies: &MergedPolicies,
) -> Option<Vec<Arc<PolicyDocument>>> {
    let mut owners = vec![entity];
    if entity.arn.kind() == EntityKind::User {
        for name in entity.groups.as_ref()? {
            owners.push(group(entities, &entity.arn, name)?);
        }
    }
    let mut documents = Vec::new();
    for owner in owners {
        for policy in owner.inline.as_ref()? {
            documents.push(policy.document.as_ref().ok().cloned()?);
        }
        for arn in owner.attached.as_ref()? {
            documents.push(managed(arn, entity.arn.account(), policies)?);
        }
    }
    Some(documents)
}

/// The document of a managed policy that held then.
fn managed(arn: &str, account: Option<&AccountId>, policies: &MergedPolicies) -> Option<Arc<PolicyDocument>> {
    let arn = Arn::parse(arn).ok()?;
    let of = |account: Option<AccountId>| policies.get(&(account, arn.clone()));
    let policy = of(account.cloned()).or_else(|| of(None))?;
    let default = policy.record.versions.iter().find(|version| version.is_default)?;
    default.document.as_ref()?.as_ref().ok().cloned()
}

/// Whether these are the documents that the entity holds today.
fn are_held(documents: &[Arc<PolicyDocument>], holder: &Holder) -> bool {
    let held: Vec<_> = holder.held.iter().filter_map(|held| held.policy.document.as_ref()).collect();
    let is_all = held.len() == holder.held.len();
    is_all && held.iter().all(|one| documents.contains(one)) && documents.iter().all(|one| held.contains(&one))
}
