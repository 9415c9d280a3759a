//! Permission sets of IAM Identity Center, and the reserved roles that are made from them.

use std::collections::{BTreeMap, BTreeSet};

use super::Dated;
use super::merge::MergedEntity;
use super::owners::{Known, names_in, nobody};
use super::parts::{Parts, documents, empty};
use crate::model::policy::{PolicyOperation, PolicyPart};
use crate::model::{AccountId, Arn, Source};
use crate::problem::Problem;

/// Gives each reserved role of which no answer says what it holds the policies of its permission set. What a set says reaches a role when it is
/// provisioned the next time, so this is never known to be all.
pub(super) fn add(
    answers: &[&Dated],
    known: &Known,
    lacks: impl Fn(&Arn) -> bool,
    entities: &mut BTreeMap<Arn, MergedEntity>,
    problems: &mut Vec<Problem>,
) {
    let mut sets: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for dated in answers {
        if let Some(PolicyPart::PermissionSet { name, arn }) = &dated.answer.part {
            sets.entry(name).or_default().insert(arn);
        }
    }
    let mut parts: BTreeMap<&str, (Vec<&Dated>, Parts)> = BTreeMap::new();
    for dated in answers.iter().filter(|dated| is_of_set(dated)) {
        match set_of(dated, answers, &sets) {
            Some(name) => {
                let (found, of_set) = parts.entry(name).or_default();
                found.push(dated);
                of_set.add(dated);
            }
            None => problems.push(nobody(dated, known)),
        }
    }
    for arn in &known.arns {
        let Some((found, of_set)) = arn.permission_set().and_then(|set| parts.get(set)) else { continue };
        let is_said = entities.get(arn).is_some_and(|entity| entity.attached.is_some() || entity.inline.is_some());
        if is_said || !entities.contains_key(arn) && !lacks(arn) {
            continue;
        }
        let entity = entities.entry(arn.clone()).or_insert_with(|| empty(arn.clone()));
        let customer = of_set.customer.iter().map(|(path, name)| customer_arn(arn, path, name));
        let attached = of_set.attached.iter().flat_map(|(arns, _)| arns.iter().cloned());
        entity.attached = Some(attached.chain(customer).collect::<BTreeSet<_>>().into_iter().collect());
        let (inline, disputes) = documents(of_set.inline.clone(), entity, problems);
        entity.inline = Some(inline.into_iter().map(|(policy, _)| policy).collect());
        entity.disputes.extend(disputes);
        entity.is_partial = true;
        entity.source = found[0].answer.source.to_string();
    }
}

/// The policy of that path and name in the account of the role.
fn customer_arn(role: &Arn, path: &str, name: &str) -> String {
    let account = role.account().map_or("", AccountId::as_str);
    format!("arn:{}:iam::{account}:policy{}/{name}", role.partition(), path.trim_end_matches('/'))
}

/// Whether an ARN next to the answer for a permission set is the set's, or that of an entity of IAM.
fn names_its_owner(claim: &str) -> bool {
    claim.contains(":permissionSet/") || Arn::parse(claim).is_ok()
}

fn is_of_set(dated: &Dated) -> bool {
    matches!(
        dated.answer.operation,
        PolicyOperation::PermissionSetInlinePolicy
            | PolicyOperation::PermissionSetPolicies
            | PolicyOperation::PermissionSetCustomerPolicies
    )
}

/// The name of the permission set that an answer is about: by the ARN next to it, the number or the name in its place, or the only description
/// in its folder. Two sets of one name, of two instances, are told apart by nothing in a role.
fn set_of<'a>(dated: &Dated, answers: &[&'a Dated], sets: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<&'a str> {
    let path = dated.answer.source.logical_path();
    let words: BTreeSet<&str> = path.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).collect();
    let names: Vec<String> = names_in(&dated.answer.source).concat();
    let single = || sets.iter().filter(|(_, arns)| arns.len() == 1);
    let only = |fits: &dyn Fn(&str, &str) -> bool| {
        let mut fitting = single().filter(|(name, arns)| arns.iter().any(|arn| fits(name, arn)));
        fitting.next().map(|(name, _)| *name).filter(|_| fitting.next().is_none())
    };
    let number = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    let folder = |source: &Source| source.logical_path().rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let beside = || {
        let in_folder = answers.iter().filter(|other| folder(&other.answer.source) == folder(&dated.answer.source));
        let described: BTreeSet<&str> = in_folder
            .filter_map(|other| match &other.answer.part {
                Some(PolicyPart::PermissionSet { name, .. }) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        described.first().copied().filter(|name| described.len() == 1 && sets[name].len() == 1)
    };
    // What names another owner is not about the set that its place names.
    if let Some(claim) = dated.answer.claim.as_deref().filter(|claim| names_its_owner(claim)) {
        return only(&|_, arn| claim == arn);
    }
    only(&|_, arn| words.contains(number(arn).as_str()))
        .or_else(|| only(&|name, _| names.iter().any(|one| one == name)))
        .or_else(beside)
}
