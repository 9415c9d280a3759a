//! Names of members, whatever their spelling: `ServiceNamespace`, `serviceNamespace`, `service_namespace`.

/// The name without underscores, blanks and hyphens, in lower case: equal for all spellings of one member.
#[must_use]
pub fn normal(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | ' ' | '-')).flat_map(char::to_lowercase).collect()
}

/// Members that name the entity of an answer: Ansible's loops say `item`, jq's `to_entries` says `key`. `LastAuthenticatedEntity` is not among them: it names who accessed.
#[must_use]
pub fn is_arn_member(name: &str) -> bool {
    matches!(
        normal(name).as_str(),
        "arn"
            | "rolearn"
            | "userarn"
            | "grouparn"
            | "policyarn"
            | "principalarn"
            | "entityarn"
            | "resourcearn"
            | "iamarn"
            | "principal"
            | "entity"
            | "identityarn"
            | "item"
            | "key"
    )
}
