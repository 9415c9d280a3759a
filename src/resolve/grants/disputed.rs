//! What answers of an unknown order say differently about what an entity holds.
//!
//! Comes in: the entities and policies, put together. Goes out: for each part of what an entity holds about which answers differ, the
//! documents of each answer. A permission that one of them grants and another lacks may have been granted a moment before the dump: with two
//! undated authorization details, of which only one granted `sqs`, `sqs` seemed to have been unused for 400 days.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::group;
use super::merge::{Dispute, MergedEntity};
use super::policies::Shelf;
use crate::model::policy::{DisputedHoldings, InlinePolicy, PolicyDocument, PolicyVersion};
use crate::model::{AccountId, Arn, EntityKind};

/// All that is disputed about `entity`, and about the groups of a user.
pub(super) fn of(
    entity: &MergedEntity,
    entities: &BTreeMap<Arn, MergedEntity>,
    shelf: &mut Shelf,
) -> Vec<DisputedHoldings> {
    let names = entity.groups.iter().flatten().filter(|_| entity.arn.kind() == EntityKind::User);
    let groups = names.filter_map(|name| group(entities, &entity.arn, name));
    let mut all = Vec::new();
    for owner in groups.chain([entity]) {
        let account = owner.arn.account();
        for dispute in &owner.disputes {
            let alternatives = match dispute {
                Dispute::Inline(all) => all.iter().map(|policies| inline(policies)).collect(),
                Dispute::Attached(all) => all.iter().map(|arns| attached(arns, account, shelf)).collect(),
                Dispute::Groups(all) => all.iter().map(|names| of_groups(names, entity, entities, shelf)).collect(),
            };
            all.push(DisputedHoldings { alternatives });
        }
        // A policy that may be attached is disputed too.
        let maybe = owner.disputes.iter().flat_map(|dispute| match dispute {
            Dispute::Attached(all) => all.as_slice(),
            Dispute::Inline(_) | Dispute::Groups(_) => &[],
        });
        let arns = owner.attached.iter().chain(maybe).flatten();
        all.extend(arns.filter_map(|arn| of_policy(account, arn, shelf)));
    }
    all
}

/// What is disputed about a managed policy; `None` if nothing is.
pub(super) fn of_policy(account: Option<&AccountId>, arn: &str, shelf: &Shelf) -> Option<DisputedHoldings> {
    let default = |versions: &Vec<PolicyVersion>| -> Vec<Arc<PolicyDocument>> {
        let of_default = versions.iter().filter(|version| version.is_default);
        of_default.filter_map(|version| version.document.as_ref()?.as_ref().ok().cloned()).collect()
    };
    let versions = shelf.disputed(account, arn);
    (!versions.is_empty()).then(|| DisputedHoldings { alternatives: versions.iter().map(default).collect() })
}

fn inline(policies: &[InlinePolicy]) -> Vec<Arc<PolicyDocument>> {
    policies.iter().filter_map(|policy| policy.document.as_ref().ok().cloned()).collect()
}

fn attached(arns: &[String], account: Option<&AccountId>, shelf: &mut Shelf) -> Vec<Arc<PolicyDocument>> {
    arns.iter().filter_map(|arn| shelf.managed(account, arn).document.clone()).collect()
}

fn of_groups(
    names: &[String],
    user: &MergedEntity,
    entities: &BTreeMap<Arn, MergedEntity>,
    shelf: &mut Shelf,
) -> Vec<Arc<PolicyDocument>> {
    let mut documents = Vec::new();
    for of_group in names.iter().filter_map(|name| group(entities, &user.arn, name)) {
        documents.extend(inline(of_group.inline.as_deref().unwrap_or_default()));
        documents.extend(attached(of_group.attached.as_deref().unwrap_or_default(), of_group.arn.account(), shelf));
    }
    documents
}
