//! What is kept although nobody was seen to use it, because silence says nothing about it or because its absence would hurt most when it
//! is needed.

use super::RecommendOptions;
use crate::model::Entity;
use crate::model::policy::KeptBecause;
use crate::model::policy::{Holder, glob};

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
    let applies = options.applied_by == Some(holder.arn.as_str());
    if applies && service == "iam" && action.contains("policy") {
        return Some(KeptBecause::Repair);
    }
    let decided = options.decisions.keep(&holder.entity, service, action);
    decided.then_some(KeptBecause::Decision)
}

/// Whether `--protect` names the entity.
pub(super) fn is_entity(entity: &Entity, options: &RecommendOptions) -> bool {
    let arn = entity.arn.as_ref().map_or("", |arn| arn.as_str());
    options.protect.iter().any(|pattern| glob(pattern, &entity.name) || glob(pattern, arn))
}

/// Whether `--protect` names the policy.
pub(super) fn is_policy(name: &str, arn: Option<&str>, options: &RecommendOptions) -> bool {
    options.protect.iter().any(|pattern| glob(pattern, name) || arn.is_some_and(|arn| glob(pattern, arn)))
}
