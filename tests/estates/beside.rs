//! What is read beside the answers.

use serde_json::json;

use super::{pretty, put, spell};

/// Anything that is read beside the answers.
#[derive(Clone, Debug)]
pub enum Beside {
    /// A `get-role`, `get-user` … answer; the date as it is spelt.
    Sidecar { arn: String, created: Option<String> },
    /// The answer of list-roles: these ARNs exist.
    Listed(Vec<String>),
    /// A with-entities answer: this role or user used the service.
    Entities { arn: String, namespace: String, made: i64, at: Option<i64> },
}

impl Beside {
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Sidecar { arn, .. } | Self::Entities { arn, .. } => vec![arn],
            Self::Listed(arns) => arns.iter().map(String::as_str).collect(),
        }
    }

    pub fn file(&self, number: usize) -> (String, String) {
        match self {
            Self::Sidecar { arn, created } => {
                let mut thing = json!({"Arn": arn, "Path": "/"});
                put(&mut thing, "CreateDate", created.clone());
                let kind = if arn.contains(":user/") { ("User", "get-user") } else { ("Role", "get-role") };
                thing[format!("{}Name", kind.0)] = json!(arn.rsplit('/').next());
                (format!("b/side-{number}.{}.json", kind.1), pretty(&json!({ kind.0: thing })))
            }
            Self::Listed(arns) => {
                let roles: Vec<_> = arns
                    .iter()
                    .map(|arn| json!({"RoleName": arn.rsplit('/').next(), "Arn": arn, "Path": "/"}))
                    .collect();
                (format!("b/list-roles-{number}.json"), pretty(&json!({"Roles": roles})))
            }
            Self::Entities { arn, namespace, made, at } => {
                let kind = if arn.contains(":user/") { "USER" } else { "ROLE" };
                let mut entity =
                    json!({"EntityInfo": {"Arn": arn, "Name": arn.rsplit('/').next(), "Type": kind, "Path": "/"}});
                put(&mut entity, "LastAuthenticated", at.map(spell));
                let answer = json!({"JobStatus": "COMPLETED", "JobCreationDate": spell(*made), "JobCompletionDate": spell(*made),
                    "ServiceNamespace": namespace, "IsTruncated": false, "EntityDetailsList": [entity]});
                (format!("a/{namespace}.with-entities-{number}.json"), pretty(&answer))
            }
        }
    }
}
