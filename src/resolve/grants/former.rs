//! Entities that the newest authorization details leave open, as older ones describe them.
//!
//! Comes in: the answers that are older than the newest of their account. Goes out: for each entity of a dump that the newest answers do not
//! describe, or only in part, what it held when an older answer described it. Nobody knows whether it still holds that, so it is no grant; but a
//! permission that was granted last month was not unused before. Without this, one more answer made a young grant look old: details that were
//! saved with a filter, or cut, set all limits of the older ones aside.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Beside, Dated, Key, settle_dated};
use crate::model::policy::{BoundaryRecord, EntityRecord, Holder, PolicyAnswer, PolicyRecord, Universe};
use crate::model::{AccountId, Entity, EntityKind};

/// How many days are looked through for descriptions of what is still open. Where no document is saved, all stays open on every day, and the
/// work would grow with the square of the days.
const MOST_DESCRIPTIONS: usize = 8;

/// What `older` answers say of the entities that `holders` leaves open, the newest description first.
pub(super) fn holders(
    older: &[Dated],
    holders: &BTreeMap<Key, Holder>,
    beside: &Beside,
    universe: &Arc<Universe>,
) -> BTreeMap<Key, Vec<Holder>> {
    let is_open =
        |entity: &&Entity| key(entity).is_some_and(|key| holders.get(&key).is_none_or(|one| !one.is_complete));
    let is_deep = beside.depth == MOST_DESCRIPTIONS;
    let known: Vec<&Entity> =
        beside.known.iter().copied().filter(|entity| !older.is_empty() && !is_deep && is_open(entity)).collect();
    let open = Open::of(&known);
    let described: Vec<(&Dated, PolicyAnswer)> = open.described(older);
    if described.is_empty() {
        return BTreeMap::new();
    }
    let dated = described.iter().map(|(of, answer)| Dated { answer, account: of.account.clone(), made_at: of.made_at });
    // What is wrong with an older answer changes nothing about today.
    let (grants, _) =
        settle_dated(dated.collect(), &Beside { known: &known, depth: beside.depth + 1, ..*beside }, Some(universe));
    let mut former: BTreeMap<Key, Vec<Holder>> = BTreeMap::new();
    for (key, holder) in grants.holders.into_iter().filter(|(key, _)| open.keys.contains(key)) {
        former.entry(key).or_default().push(holder);
    }
    for (key, older) in grants.former_holders {
        former.entry(key).or_default().extend(older);
    }
    former
}

fn key(entity: &Entity) -> Option<Key> {
    let arn = entity.arn.clone()?;
    Some((arn.account().or(entity.account.as_ref()).cloned(), arn))
}

/// Entities that the newest answers leave open.
struct Open {
    keys: BTreeSet<Key>,
    /// The accounts of the users among them: what a user holds depends on groups.
    of_users: BTreeSet<Option<AccountId>>,
}

impl Open {
    fn of(entities: &[&Entity]) -> Self {
        let keys: BTreeSet<Key> = entities.iter().filter_map(|entity| key(entity)).collect();
        let users = keys.iter().filter(|(_, arn)| arn.kind() == EntityKind::User);
        Self { of_users: users.map(|(account, _)| account.clone()).collect(), keys }
    }

    /// The answers that describe one of the entities, without everything that is not about them.
    fn described<'a, 'd>(&self, answers: &'a [Dated<'d>]) -> Vec<(&'a Dated<'d>, PolicyAnswer)> {
        let entities = answers.iter().flat_map(|dated| &dated.answer.entities).filter(|one| self.needs(one));
        let named = entities.flat_map(|one| {
            let boundary = if let BoundaryRecord::Policy(arn) = &one.boundary { Some(arn) } else { None };
            one.attached.iter().flatten().chain(boundary)
        });
        let named: BTreeSet<&str> = named.map(String::as_str).collect();
        let about_them = |dated: &'a Dated<'d>| {
            let is_needed = |policy: &&PolicyRecord| {
                let account = policy.arn.account().or(dated.account.as_ref()).cloned();
                named.contains(policy.arn.as_str()) || self.keys.contains(&(account, policy.arn.clone()))
            };
            let PolicyAnswer { source, operation, entities, policies, .. } = dated.answer;
            // Entities and the documents of their policies may be in different answers of one day.
            let entities: Vec<_> = entities.iter().filter(|one| self.needs(one)).cloned().collect();
            let policies: Vec<_> = policies.iter().filter(is_needed).cloned().collect();
            if entities.is_empty() && policies.is_empty() {
                return None;
            }
            let answer = PolicyAnswer {
                locator: dated.answer.locator.clone(),
                account: dated.answer.account.clone(),
                made_at: dated.answer.made_at,
                is_truncated: dated.answer.is_truncated,
                entities,
                policies,
                ..PolicyAnswer::empty(source.clone(), *operation)
            };
            Some((dated, answer))
        };
        answers.iter().filter_map(about_them).collect()
    }

    /// Whether what one of the entities holds depends on `record`.
    fn needs(&self, record: &EntityRecord) -> bool {
        let account = record.arn.account().cloned();
        record.arn.kind() == EntityKind::Group && self.of_users.contains(&account)
            || self.keys.contains(&(account, record.arn.clone()))
    }
}
