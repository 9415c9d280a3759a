//! What answers state about a managed policy itself: to how many it is attached, whether it is a boundary, which of its versions is in force.
//!
//! Comes in: every answer that says it, of any operation. Goes out: the policies with the most cautious of what the newest answers say. The order of
//! files decides nothing: before, the first file counted, and a policy with two holders was narrowed as that of one.

use std::collections::{BTreeMap, BTreeSet};

use super::merge::{MergedEntity, MergedPolicies, MergedPolicy};
use super::past::PastHoldings;
use super::single::Single;
use crate::model::policy::{BoundaryRecord, PolicyVersion};
use crate::model::{AccountId, Arn, DAY_MS, Instant};
use crate::problem::{Kind, Problem};

/// What one answer says of a policy.
#[derive(Default)]
struct Saying<'a> {
    at: Option<Instant>,
    attachments: Option<u32>,
    boundary_uses: Option<u32>,
    default: Option<&'a str>,
    updated: Option<Instant>,
}

impl Single<'_> {
    /// Adds the boundaries to the entities that have none by an answer of the same day or an earlier one.
    pub fn limit(&self, entities: &mut BTreeMap<Arn, MergedEntity>) {
        for (boundary, limited) in &self.boundaries {
            for (arn, at) in limited {
                let Some(entity) = entities.get_mut(*arn) else { continue };
                let is_said = matches!(entity.boundary, BoundaryRecord::Policy(_));
                if !is_said && !super::is_of_earlier_day(*at, entity.as_of) {
                    entity.boundary = BoundaryRecord::Policy((*boundary).to_owned());
                }
            }
        }
    }

    /// Settles what answers state about each of the `policies`.
    pub fn settle(&self, past: &PastHoldings, policies: &mut MergedPolicies) -> Vec<Problem> {
        let mut problems = Vec::new();
        for ((account, arn), policy) in policies {
            let sayings = self.sayings(past, account.as_ref(), arn);
            let record = &mut policy.record;
            record.attachments = newest(&sayings, |saying| saying.attachments).max().or(record.attachments);
            record.boundary_uses = newest(&sayings, |saying| saying.boundary_uses).max().or(record.boundary_uses);
            record.updated = record.updated.max(sayings.iter().filter_map(|saying| saying.updated).max());
            let defaults: BTreeSet<&str> = newest(&sayings, |saying| saying.default).collect();
            // An answer that contradicts itself has a problem of its own.
            let is_unclear = past.policy_records(account.as_ref(), arn).any(|(record, _)| {
                !record.versions.is_empty() && !record.versions.iter().any(|version| version.is_default)
            });
            if !is_unclear {
                problems.extend(settle_default(arn, &defaults, past, policy));
            }
        }
        problems
    }

    fn sayings<'c>(&'c self, past: &'c PastHoldings, account: Option<&AccountId>, arn: &Arn) -> Vec<Saying<'c>> {
        let of_records = past.policy_records(account, arn).map(|(record, at)| {
            let in_force = record.versions.iter().find(|version| version.is_default);
            let stated = record.default_version.as_deref().filter(|_| record.versions.is_empty());
            Saying {
                at: *at,
                attachments: record.attachments,
                boundary_uses: record.boundary_uses,
                default: in_force.map(|version| version.id.as_str()).or(stated),
                updated: record.updated,
            }
        });
        let of_single = self.policies.get(arn).into_iter().flatten().map(|(policy, at)| Saying {
            at: *at,
            attachments: policy.attachments,
            boundary_uses: policy.boundary_uses,
            default: policy.default_version.as_deref(),
            updated: policy.updated,
        });
        let of_limited = self.boundaries.get(arn.as_str()).into_iter().flatten();
        let of_limited = of_limited.filter(|(limited, _)| account.is_none() || limited.account() == account);
        let of_limited = of_limited.map(|(_, at)| Saying { at: *at, boundary_uses: Some(1), ..Saying::default() });
        let of_versions = past.saved_versions(arn).filter(|(version, _)| version.is_default);
        let of_versions =
            of_versions.map(|(version, at)| Saying { at: *at, default: Some(&version.id), ..Saying::default() });
        of_records.chain(of_single).chain(of_limited).chain(of_versions).collect()
    }
}

/// What the sayings that are not older than another say of one thing. A date without a time may be that of any time of the day.
fn newest<'c, T>(
    sayings: &'c [Saying<'_>],
    part: impl Fn(&'c Saying<'c>) -> Option<T> + Copy,
) -> impl Iterator<Item = T> {
    let newest = sayings.iter().filter(|saying| part(saying).is_some()).filter_map(|saying| saying.at).max();
    let is_older = move |saying: &Saying| {
        let at = saying.at.zip(newest).filter(|(at, newest)| at < newest);
        at.is_some_and(|(at, newest)| at.day() < newest.day() || at.millis() % DAY_MS != 0)
    };
    sayings.iter().filter(move |saying| !is_older(saying)).filter_map(part)
}

/// Puts the default version in force that the newest answers name. Where they name two, nobody knows which it is.
fn settle_default(
    arn: &Arn,
    defaults: &BTreeSet<&str>,
    past: &PastHoldings,
    policy: &mut MergedPolicy,
) -> Option<Problem> {
    let versions = &mut policy.record.versions;
    let current = versions.iter().find(|version| version.is_default).map(|version| version.id.clone());
    let is_as_said = defaults.len() == 1 && defaults.first().copied() == current.as_deref();
    if versions.is_empty() || defaults.is_empty() || is_as_said {
        return None;
    }
    for &(saved, _) in past.saved_versions(arn) {
        match versions.iter_mut().find(|version| version.id == saved.id) {
            Some(version) => version.document = version.document.take().or_else(|| saved.document.clone()),
            None => versions.push(PolicyVersion { is_default: false, ..saved.clone() }),
        }
    }
    let with_default = |id: Option<&str>| -> Vec<PolicyVersion> {
        let version =
            |version: &PolicyVersion| PolicyVersion { is_default: Some(&*version.id) == id, ..version.clone() };
        versions.iter().map(version).collect()
    };
    let id = defaults.first().copied().filter(|_| defaults.len() == 1);
    let settled = with_default(id);
    if id.is_some() {
        policy.record.default_version = id.map(str::to_owned);
        *versions = settled;
        return None;
    }
    policy.disputed.extend(defaults.iter().map(|id| with_default(Some(id))));
    *versions = settled;
    policy.record.default_version = None;
    let names = defaults.iter().copied().collect::<Vec<_>>().join(" and ");
    let what = format!("answers differ about which version of {arn} is in force ({names}): none of them was used");
    let problem = Problem::new(Kind::Contradiction, &policy.source, what);
    Some(problem.advise("Keep the newer file, or put each into a folder that is named by its date."))
}
