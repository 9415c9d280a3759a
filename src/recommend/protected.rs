//! What is kept although nobody was seen to use it, because silence says nothing about it or because its absence would hurt most when it
//! is needed.

use super::RecommendOptions;
use crate::catalogue::Catalogue;
use crate::model::Entity;
use crate::model::policy::{Grants, Holder, KeptBecause, glob};

/// Checked inside another call, whoever makes it: AWS records none of them.
const PERMISSION_ONLY: &[&str] = &[
    "*:pass*",
    "sts:tagsession",
    "sts:setsourceidentity",
    "sts:setcontext",
    "sts:getservicebearertoken",
    "s3:bypassgovernanceretention",
    "logs:*logdelivery",
    "*:allowvendedlogdeliveryforresource",
];

/// Needed once a quarter, or once: when something is lost.
const RECOVERY: &[&str] = &[
    "kms:*",
    "backup:*",
    "backup-gateway:*",
    "drs:*",
    "*:restore*",
    "*:*restore",
    "*:failover*",
    "ec2:createvolume",
    "ec2:createsnapshot",
    "ec2:createsnapshots",
    "ec2:copysnapshot",
    "ec2:createimage",
    "ec2:registerimage",
    "ec2:copyimage",
    "route53:changeresourcerecordsets",
    "route53-recovery-cluster:*",
    "arc-region-switch:*",
];

/// What services call in the name of a caller on encrypted data.
pub(super) const KEY_USES: &[&str] =
    &["decrypt", "encrypt", "generatedatakey*", "reencrypt*", "creategrant", "describekey"];

/// Why the action stays, whoever holds it and whatever the dumps say; names in lower case.
pub(super) fn everywhere(service: &str, action: &str, options: &RecommendOptions) -> Option<KeptBecause> {
    if is_permission_only(service, action) {
        return Some(KeptBecause::PermissionOnly);
    }
    let name = format!("{service}:{action}");
    if !options.include_recovery && RECOVERY.iter().any(|pattern| glob(pattern, &name)) {
        return Some(KeptBecause::Recovery);
    }
    let is_protected = options.protect.iter().any(|pattern| glob(pattern, &name));
    is_protected.then_some(KeptBecause::Protected)
}

/// Whether AWS checks the action inside other calls and never records it; names in lower case.
pub(super) fn is_permission_only(service: &str, action: &str) -> bool {
    let name = format!("{service}:{action}");
    PERMISSION_ONLY.iter().any(|pattern| glob(pattern, &name))
}

/// Why the action stays with this holder.
pub(super) fn of_holder(
    service: &str,
    action: &str,
    holder: &Holder,
    options: &RecommendOptions,
) -> Option<KeptBecause> {
    let applies = options.applied_by.is_some_and(|caller| caller.may_mean(&holder.arn));
    if applies && service == "iam" && action.contains("policy") {
        return Some(KeptBecause::Repair);
    }
    let decided = options.decisions.keep(&holder.entity, service, action);
    decided.then_some(KeptBecause::Decision)
}

/// The patterns of `--protect` that protect nothing: no entity, no policy and no known action has such a name.
pub fn without_effect<'p>(protect: &'p [String], grants: &Grants, catalogue: &Catalogue) -> Vec<&'p String> {
    // The access levels of all actions take 12 ms to read: a fiftieth of a question to a store of 13,000 dumps.
    if protect.is_empty() {
        return Vec::new();
    }
    let (universe, known) = (&grants.universe, catalogue.access_levels());
    let known = known.map(|(service, action, _)| format!("{service}:{action}"));
    let granted =
        (0..universe.len()).map(|place| universe.action(place)).map(|(service, action)| format!("{service}:{action}"));
    let actions: Vec<String> = known.chain(granted).collect();
    let protects = |pattern: &&String| {
        let of_holder = |holder: &Holder| {
            let mut policies = holder.held.iter().map(|held| &held.policy);
            is_named(pattern, &holder.entity)
                || policies.any(|policy| is_policy_named(pattern, &policy.name, policy.arn.as_deref()))
        };
        grants.holders.values().any(of_holder) || actions.iter().any(|action| glob(pattern, action))
    };
    protect.iter().filter(|pattern| !protects(pattern)).collect()
}

/// Whether `--protect` names the entity.
pub(super) fn is_entity(entity: &Entity, options: &RecommendOptions) -> bool {
    options.protect.iter().any(|pattern| is_named(pattern, entity))
}

/// Whether a pattern of `--protect` names the entity: by its name, its ARN, or as reports print it, `role/AdminRole` or `role/ci/AdminRole`.
fn is_named(pattern: &str, entity: &Entity) -> bool {
    let arn = entity.arn.as_ref().map_or("", |arn| arn.as_str());
    let with_path = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let printed = entity.kind.map(|kind| format!("{kind}/{}", entity.name)).unwrap_or_default();
    [entity.name.as_str(), arn, with_path, &printed].into_iter().any(|name| glob(pattern, name))
}

/// Whether `--protect` names the policy.
pub(super) fn is_policy(name: &str, arn: Option<&str>, options: &RecommendOptions) -> bool {
    options.protect.iter().any(|pattern| is_policy_named(pattern, name, arn))
}

fn is_policy_named(pattern: &str, name: &str, arn: Option<&str>) -> bool {
    let printed = format!("policy/{name}");
    [Some(name), arn, Some(&printed)].into_iter().flatten().any(|name| glob(pattern, name))
}
