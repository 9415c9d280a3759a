//! `collect-script`: prints the script that saves dumps, or the policy that it needs. The program itself calls nobody.

use anyhow::Result;
use dormant::render::output::Target;
use serde_json::{Value, json};

use super::args::{CollectScriptArgs, CollectShell};

const SH: &str = include_str!("collect.sh");
const PYTHON: &str = include_str!("collect.py");

/// What stands for the role in the scripts.
const ROLE: &str = "@ORG_ROLE@";

/// Prints what was asked for to stdout.
pub fn collect_script(args: &CollectScriptArgs) -> Result<()> {
    let role = args.org.as_deref();
    let text = if args.policy { policy(role, &args.partition) } else { script(args.shell, role) };
    Ok(Target::Stdout.write(false, |out| Ok(out.write_all(text.as_bytes())?))?)
}

fn script(shell: CollectShell, role: Option<&str>) -> String {
    let script = match shell {
        CollectShell::Sh => SH,
        CollectShell::Python => PYTHON,
    };
    script.replace(ROLE, role.unwrap_or_default())
}

/// The least policy for the identity that runs the script. With a role, it may also list the accounts and assume the role there.
fn policy(role: Option<&str>, partition: &str) -> String {
    let read = json!({
        "Sid": "SaveLastAccessed",
        "Effect": "Allow",
        "Action": [
            "iam:GenerateCredentialReport",
            "iam:GenerateServiceLastAccessedDetails",
            "iam:GetAccountAuthorizationDetails",
            "iam:GetCredentialReport",
            "iam:GetServiceLastAccessedDetails",
            "iam:ListPolicies",
        ],
        "Resource": "*",
    });
    let statements: Vec<Value> =
        std::iter::once(read).chain(role.into_iter().flat_map(|role| organization(role, partition))).collect();
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    format!("{policy:#}\n")
}

fn organization(role: &str, partition: &str) -> [Value; 2] {
    [
        json!({
            "Sid": "ListAccounts",
            "Effect": "Allow",
            "Action": ["organizations:ListAccounts"],
            "Resource": "*",
        }),
        json!({
            "Sid": "AssumeTheRole",
            "Effect": "Allow",
            "Action": ["sts:AssumeRole"],
            "Resource": format!("arn:{partition}:iam::*:role/{role}"),
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_is_written_into_both_scripts_and_nothing_else_is_left_open() {
        for shell in [CollectShell::Sh, CollectShell::Python] {
            let with = script(shell, Some("audit/Read+Only"));
            assert!(with.contains("ORG_ROLE") && with.contains("'audit/Read+Only'"), "{shell:?}");
            assert!(!with.contains(ROLE) && !script(shell, None).contains(ROLE), "{shell:?}");
        }
    }

    #[test]
    fn the_policy_of_an_organization_names_the_role_in_its_partition() {
        let resource = |partition| {
            let policy: Value = serde_json::from_str(&policy(Some("Audit"), partition)).expect("JSON");
            policy["Statement"][2]["Resource"].clone()
        };
        assert_eq!(resource("aws"), "arn:aws:iam::*:role/Audit");
        assert_eq!(resource("aws-us-gov"), "arn:aws-us-gov:iam::*:role/Audit");
    }

    #[test]
    fn the_scripts_only_read_and_write_no_credentials() {
        for text in [SH, PYTHON] {
            for forbidden in
                ["set -x", "iam create", "iam delete", "iam put", "iam attach", "iam update", "credentials:", "jq "]
            {
                assert!(!text.contains(forbidden), "{forbidden}");
            }
        }
    }
}
