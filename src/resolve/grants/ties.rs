//! Who had which policy, and who was in which group, at any time.
//!
//! Comes in: all answers about policies, older ones too. Goes out: each entity with a policy or a group that an answer gives it. What an entity
//! did while it had a policy is a use of the policy, also after it has lost it.

use std::collections::BTreeSet;

use super::owners::Known;
use super::parts::{Owned, part_of};
use super::{Dated, dated};
use crate::model::policy::{PolicyAnswer, PolicyPart};
use crate::model::{Arn, Entity, EntityKind};

/// What an entity had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tie {
    /// The ARN of a policy.
    Policy(String),
    /// The name of a group.
    Group(String),
}

/// What every entity had that an answer names. `others` are entities that other documents name: some answers say only a name.
#[must_use]
pub fn ties<'a>(answers: impl Iterator<Item = &'a PolicyAnswer>, others: &[&Entity]) -> BTreeSet<(Arn, Tie)> {
    let dated: Vec<Dated> = answers.map(dated).collect();
    let named = dated.iter().flat_map(|dated| {
        let entities = dated.answer.entities.iter().map(|entity| &entity.arn);
        entities.chain(dated.answer.policies.iter().map(|policy| &policy.arn))
    });
    let others = others.iter().filter_map(|entity| entity.arn.as_ref());
    let known = Known { arns: named.chain(others).cloned().collect() };
    let mut ties = BTreeSet::new();
    for dated in &dated {
        for entity in &dated.answer.entities {
            let policies = entity.attached.iter().flatten().cloned().map(Tie::Policy);
            let groups = entity.groups.iter().flatten().cloned().map(Tie::Group);
            ties.extend(policies.chain(groups).map(|tie| (entity.arn.clone(), tie)));
        }
        ties.extend(of_part(dated, &known));
    }
    ties
}

/// The ties in an answer about one entity, one policy or one group.
fn of_part(dated: &Dated, known: &Known) -> Vec<(Arn, Tie)> {
    match &dated.answer.part {
        Some(PolicyPart::Members { group, users }) => {
            users.iter().map(|user| (user.clone(), Tie::Group(group.name().to_owned()))).collect()
        }
        Some(PolicyPart::Holders(holders)) => {
            let Some(policy) = known.owner(dated, &[EntityKind::Policy], None) else { return Vec::new() };
            let account = policy.account().or(dated.account.as_ref());
            let arns = holders.iter().filter_map(|(kind, name)| known.named(account, *kind, name));
            arns.map(|arn| (arn, Tie::Policy(policy.to_string()))).collect()
        }
        Some(PolicyPart::Attached(policies)) => match part_of(dated, known) {
            Owned::Entity(arn) => policies.iter().map(|policy| (arn.clone(), Tie::Policy(policy.clone()))).collect(),
            _ => Vec::new(),
        },
        None => match part_of(dated, known) {
            Owned::Entity(arn) => {
                let groups = dated.answer.entities.iter().filter(|entity| entity.arn.kind() == EntityKind::Group);
                groups.map(|group| (arn.clone(), Tie::Group(group.arn.name().to_owned()))).collect()
            }
            _ => Vec::new(),
        },
        Some(_) => Vec::new(),
    }
}
