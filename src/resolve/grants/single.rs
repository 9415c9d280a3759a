//! What answers about single entities say of policies, by what it is about.
//!
//! Comes in: the statements of answers about single entities. Goes out: the same by policy, by boundary and by entity, with the dates.

use std::collections::BTreeMap;

use super::dates;
use crate::model::{Arn, EntityStatement, Instant, StatedPolicy};

/// The answers about single entities that say something of a policy: `get-policy`, and the boundaries in `get-user` and `get-role`.
#[derive(Default)]
pub(super) struct Single<'a> {
    pub policies: BTreeMap<&'a Arn, Vec<(&'a StatedPolicy, Option<Instant>)>>,
    /// By the boundary: the entities that have it.
    pub boundaries: BTreeMap<&'a str, Vec<(&'a Arn, Option<Instant>)>>,
    /// The same by the entity.
    limits: BTreeMap<&'a Arn, Vec<(&'a str, Option<Instant>)>>,
}

impl<'a> Single<'a> {
    pub fn of(statements: &'a [EntityStatement]) -> Self {
        let mut single = Self::default();
        for EntityStatement { source, entity, made_at, stated } in statements {
            let Some(arn) = &entity.arn else { continue };
            let at = dates::in_path(source).or(*made_at);
            if let Some(policy) = &stated.policy {
                single.policies.entry(arn).or_default().push((policy, at));
            }
            if let Some(boundary) = &stated.boundary {
                single.boundaries.entry(boundary).or_default().push((arn, at));
                single.limits.entry(arn).or_default().push((boundary, at));
            }
        }
        single
    }

    /// To how many answers of any time say that the policy is attached. One by AWS has as many numbers as there are accounts.
    pub fn attachments_of(&self, policy: &Arn) -> impl Iterator<Item = (u32, Option<Instant>)> {
        let of_account = policy.account().and_then(|_| self.policies.get(policy));
        of_account.into_iter().flatten().filter_map(|(said, at)| Some((said.attachments?, *at)))
    }

    /// The boundaries that answers of any time say `limited` to have.
    pub fn boundaries_of(&self, limited: &Arn) -> impl Iterator<Item = (&'a str, Option<Instant>)> {
        self.limits.get(limited).into_iter().flatten().copied()
    }
}
