//! Answers about a part of what one entity, policy or permission set holds.

use super::lists::{self, Forms};
use super::{Object, attached_policies, document, policy_version};
use crate::decode::members::normal;
use crate::model::EntityKind;
use crate::model::policy::{EntityRecord, InlinePolicy, PolicyOperation, PolicyPart};
use crate::problem::Problem;

/// The name that IAM Identity Center gives the inline policy of a permission set in each reserved role.
const INLINE_OF_SET: &str = "AwsSSOInlinePolicy";

/// Reads the part that an answer of `operation` is about; `None` where it is none of these operations.
pub fn read(
    object: &Object,
    operation: PolicyOperation,
    forms: &mut Forms,
    troubles: &mut Vec<Problem>,
) -> Option<PolicyPart> {
    use PolicyOperation as Of;
    let mut attached =
        |list: &'static str, member: &str| attached_policies(object, list, member, "", forms).map(PolicyPart::Attached);
    Some(match operation {
        Of::AttachedPolicies => attached("AttachedPolicies", "policyarn")?,
        Of::PermissionSetPolicies => attached("AttachedManagedPolicies", "arn")?,
        Of::InlinePolicies => PolicyPart::InlineNames(inline_names(object, forms)?),
        Of::PolicyVersion => {
            let version = object.get("policyversion").and_then(Object::parse)?;
            PolicyPart::Versions(vec![policy_version(&version, "", troubles)])
        }
        Of::PolicyVersions => {
            let rows = forms.objects(object, "Versions", "").into_iter();
            PolicyPart::Versions(rows.map(|row| policy_version(&row, "", troubles)).collect())
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
            let rows = forms.objects(object, "CustomerManagedPolicyReferences", "");
            PolicyPart::CustomerOfSet(rows.into_iter().filter_map(row).collect())
        }
        Of::EntitiesForPolicy => {
            let lists = [
                ("PolicyGroups", "groupname", EntityKind::Group),
                ("PolicyRoles", "rolename", EntityKind::Role),
                ("PolicyUsers", "username", EntityKind::User),
            ];
            let of_list = |(list, member, kind)| holders(object, list, member, kind, forms);
            PolicyPart::Holders(lists.into_iter().flat_map(of_list).collect())
        }
        _ => return None,
    })
}

/// The names of inline policies. What has another form may be any policy, so it is one that is not known, with an empty name.
fn inline_names(object: &Object, forms: &mut Forms) -> Option<Vec<String>> {
    let policies = forms.elements(object, "PolicyNames", "policyname", "")?;
    let name = |policy: &Object| policy.text("policyname").filter(|name| lists::is_name(name)).unwrap_or_default();
    let names: Vec<String> = policies.iter().map(name).collect();
    if names.iter().any(String::is_empty) {
        forms.add("PolicyNames", "");
    }
    Some(names)
}

/// The entities of one kind that have a policy. A list may be missing: a filter asks for one kind.
fn holders(
    object: &Object,
    list: &'static str,
    member: &str,
    kind: EntityKind,
    forms: &mut Forms,
) -> Vec<(EntityKind, String)> {
    if !object.has(&normal(list)) {
        return Vec::new();
    }
    let elements = forms.elements(object, list, member, "").unwrap_or_default();
    let names: Vec<_> = elements.iter().filter_map(|element| lists::name(element, member, kind)).collect();
    if names.len() < elements.len() {
        forms.add(list, "");
    }
    names.into_iter().map(|name| (kind, name)).collect()
}

/// The members of the group that is among the rows of its answer.
pub fn members(rows: &[EntityRecord]) -> Option<PolicyPart> {
    let of_kind = |kind| rows.iter().map(|row| &row.arn).filter(move |arn| arn.kind() == kind).cloned();
    let group = of_kind(EntityKind::Group).next()?;
    Some(PolicyPart::Members { group, users: of_kind(EntityKind::User).collect() })
}
