//! `collect-script`, as typed.

use clap::{Args, ValueEnum};

/// What `--help` shows last.
pub const EXAMPLES: &str = "\
Examples:
  dormant collect-script > collect.sh                   then: sh collect.sh
  dormant collect-script --shell python > collect.py
  dormant collect-script --org OrganizationAccountAccessRole > collect.sh
  dormant collect-script --policy > policy.json
  dormant collect-script --policy --org Audit --partition aws-us-gov > policy.json";

/// `collect-script`.
#[derive(Debug, Clone, Args)]
pub struct CollectScriptArgs {
    /// What runs the script: any POSIX shell with aws-cli, or Python with boto3
    #[arg(long, value_enum, value_name = "SHELL", default_value = "sh")]
    pub shell: CollectShell,
    /// Also save every other active account of the organization, through this role in each
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub org: Option<String>,
    /// Print the smallest policy that the script needs, as JSON, instead of the script
    #[arg(long)]
    pub policy: bool,
    /// The partition of the organization in the policy: aws-us-gov, aws-cn, …; the scripts find theirs themselves
    #[arg(long, value_name = "PARTITION", default_value = "aws", requires_all = ["policy", "org"], value_parser = partition)]
    pub partition: String,
}

/// What runs the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CollectShell {
    /// A POSIX shell with aws-cli 1 or 2
    Sh,
    /// Python 3.9 or newer with boto3
    Python,
}

/// The name of a role, with its path if it has one. It is written between quotes into a script, so nothing else may pass.
fn role(text: &str) -> Result<String, String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@-_/".contains(letter);
    if !text.is_empty() && text.chars().all(allowed) && !text.starts_with('/') && !text.ends_with('/') {
        return Ok(text.to_owned());
    }
    Err("give the name of a role, such as Audit or path/Audit; not its ARN".to_owned())
}

/// The second part of an ARN.
fn partition(text: &str) -> Result<String, String> {
    let is_one = text.starts_with("aws") && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_one
        .then(|| text.to_owned())
        .ok_or_else(|| "give the second part of its ARNs, such as aws or aws-us-gov".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_is_the_second_part_of_an_arn() {
        assert_eq!(partition("aws-us-gov").as_deref(), Ok("aws-us-gov"));
        for wrong in ["", "gov", "AWS", "aws:iam", "aws\"", "aws *"] {
            assert!(partition(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_role_cannot_end_the_quotes_around_it() {
        assert_eq!(role("path/Audit+=,.@-_1").as_deref(), Ok("path/Audit+=,.@-_1"));
        for hostile in ["", "a'b", "a b", "a\nb", "$(id)", "a;b", "a\\", "arn:aws:iam::1:role/a", "/a", "a/", "ä"] {
            assert!(role(hostile).is_err(), "{hostile}");
        }
    }
}
