//! Answers about a part of what one entity, policy or permission set holds.

use super::{Object, document, policy_version};
use crate::model::EntityKind;
use crate::model::policy::{EntityRecord, InlinePolicy, PolicyOperation, PolicyPart};
use crate::problem::Problem;

/// The name that IAM Identity Center gives the inline policy of a permission set in each reserved role.
const INLINE_OF_SET: &str = "AwsSSOInlinePolicy";

/// Reads the part that an answer of `operation` is about; `None` where it is none of these operations.
pub fn read(object: &Object, operation: PolicyOperation, troubles: &mut Vec<Problem>) -> Option<PolicyPart> {
    use PolicyOperation as Of;
    let texts = |list: &str, member: &str| object.objects(list).filter_map(|row| row.text(member)).collect::<Vec<_>>();
    // What has another form may be any policy, so it is one that is not known, with an empty name.
    let every = |list: &str, member: &str| {
        let elements = object.elements(list, member).into_iter();
        elements.map(|element| element.text(member).unwrap_or_default()).collect::<Vec<_>>()
    };
    Some(match operation {
        Of::AttachedPolicies => PolicyPart::Attached(every("attachedpolicies", "policyarn")),
        Of::PermissionSetPolicies => PolicyPart::Attached(every("attachedmanagedpolicies", "arn")),
        Of::InlinePolicies => PolicyPart::InlineNames(every("policynames", "policyname")),
        Of::PolicyVersion => {
            let version = object.get("policyversion").and_then(Object::parse)?;
            PolicyPart::Versions(vec![policy_version(&version, "", troubles)])
        }
        Of::PolicyVersions => {
            PolicyPart::Versions(object.objects("versions").map(|row| policy_version(&row, "", troubles)).collect())
        }
        Of::PermissionSet => {
            let set = object.get("permissionset").and_then(Object::parse)?;
            PolicyPart::PermissionSet { name: set.text("name")?, arn: set.text("permissionsetarn")? }
        }
        Of::PermissionSetInlinePolicy => {
            // The answer for a permission set without an inline policy is an empty text.
            let is_empty = object.text("inlinepolicy").is_some_and(|text| text.trim().is_empty());
            let place = "the inline policy of a permission set".to_owned();
            PolicyPart::InlineOfSet((!is_empty).then(|| InlinePolicy {
                name: INLINE_OF_SET.to_owned(),
                document: document(object, "inlinepolicy", place, troubles),
            }))
        }
        Of::PermissionSetCustomerPolicies => {
            let row =
                |row: super::Object| Some((row.text("path").unwrap_or_else(|| "/".to_owned()), row.text("name")?));
            PolicyPart::CustomerOfSet(object.objects("customermanagedpolicyreferences").filter_map(row).collect())
        }
        Of::EntitiesForPolicy => {
            let lists = [
                ("policygroups", "groupname", EntityKind::Group),
                ("policyroles", "rolename", EntityKind::Role),
                ("policyusers", "username", EntityKind::User),
            ];
            let of_list = |(list, member, kind)| texts(list, member).into_iter().map(move |name| (kind, name));
            PolicyPart::Holders(lists.into_iter().flat_map(of_list).collect())
        }
        _ => return None,
    })
}

/// The members of the group that is among the rows of its answer.
pub fn members(rows: &[EntityRecord]) -> Option<PolicyPart> {
    let of_kind = |kind| rows.iter().map(|row| &row.arn).filter(move |arn| arn.kind() == kind).cloned();
    let group = of_kind(EntityKind::Group).next()?;
    Some(PolicyPart::Members { group, users: of_kind(EntityKind::User).collect() })
}
