//! ARNs in paths, in every form in which savers make a file name of them.
//!
//! The input is the components of a path. The output is the ARN if the form can be undone, otherwise its certain parts
//! ([`Flattened`]): `arn_aws_iam__123456789012_role_app_prod-api` may be `role/app/prod-api` or `role/app_prod-api`,
//! and only an ARN from elsewhere can tell.

use percent_encoding::percent_decode_str;

use super::dates;
use super::words;
use crate::model::{AccountId, Arn, EntityKind};

/// Longest first, so that `aws` does not hide the others.
const PARTITIONS: &[&str] =
    &["aws-us-gov", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-iso", "aws-eusc", "aws-cn", "aws"];

/// An ARN found in a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EncodedArn {
    /// The form can be undone.
    Exact(Arn),
    /// Some of it is lost.
    Flattened(Flattened),
}

/// An ARN with its `:` and `/` replaced by a character that names may hold too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flattened {
    /// Certain.
    pub partition: &'static str,
    /// Certain; `None` for an AWS-managed policy.
    pub account: Option<AccountId>,
    /// Certain.
    pub kind: EntityKind,
    /// IAM path and name, with the replacement of `/`.
    pub rest: String,
    /// The replacement of `/`.
    pub slash: String,
}

impl Flattened {
    /// The ARN, if nothing in the rest can be a replaced `/`, or if every occurrence must be one.
    pub fn undo(&self) -> Option<Arn> {
        let in_names = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        let certain = !self.rest.contains(&self.slash) || !self.slash.chars().all(in_names);
        certain.then(|| self.spelt(&self.rest.replace(&self.slash, "/"))).flatten()
    }

    /// Whether `arn` becomes this text when its separators are replaced the same way.
    pub fn may_be(&self, arn: &Arn) -> bool {
        arn.partition() == self.partition
            && arn.account() == self.account.as_ref()
            && arn.kind() == self.kind
            && path_and_name(arn).replace('/', &self.slash) == self.rest
    }

    fn spelt(&self, path_and_name: &str) -> Option<Arn> {
        let account = self.account.as_ref().map_or("aws", AccountId::as_str);
        Arn::parse(&format!("arn:{}:iam::{account}:{}/{path_and_name}", self.partition, self.kind)).ok()
    }
}

/// The text after `role/` in an ARN.
pub(super) fn path_and_name(arn: &Arn) -> &str {
    arn.as_str().split_once('/').map_or("", |(_, rest)| rest)
}

/// The ARN in `components` (folders, then the file) that is nearest to the file; `is_known` tells whether a file without
/// its extensions is called like a known entity.
pub(super) fn find(components: &[&str], is_known: impl Fn(&str) -> bool) -> Option<EncodedArn> {
    let last = components.len().checked_sub(1)?;
    (0..=last).rev().find_map(|at| {
        let stem = || words::without_extensions_unless(components[at], &is_known);
        let text = if at == last { stem() } else { components[at] };
        let text = percent_decoded(text);
        let text = &text[start_of_arn(&text)?..];
        Arn::parse(text)
            .ok()
            .or_else(|| over_folders(text, &components[at + 1..]))
            .map(EncodedArn::Exact)
            .or_else(|| flattened(text).map(|f| f.undo().map_or(EncodedArn::Flattened(f), EncodedArn::Exact)))
    })
}

/// The ARN of a text without folders, if its form can be undone.
pub(super) fn undone(text: &str) -> Option<Arn> {
    flattened(text)?.undo()
}

/// A literal ARN with slashes that became folders: `arn:aws:iam::123456789012:role/app/prod-api.json`.
fn over_folders(head: &str, below: &[&str]) -> Option<Arn> {
    let (file, folders) = below.split_last()?;
    let stem = percent_decoded(words::without_extensions(file));
    let says_nothing = words::is_generic(&stem)
        || words::job_id(&stem).is_some()
        || dates::take_out(&stem).is_some_and(|(rest, _)| rest.is_empty());
    let mut parts = vec![head];
    parts.extend(folders);
    if !says_nothing || folders.is_empty() {
        parts.push(&stem);
    }
    Arn::parse(&parts.join("/")).ok()
}

/// Undoes percent encoding, once or twice. A `+` stays: an ARN has no blanks that it could replace.
///
/// It ends as soon as there is a whole ARN: the path of a role may hold a `%` of its own, and `%2541` is then `%41`, not `A`.
pub(super) fn percent_decoded(text: &str) -> String {
    let mut decoded = text.to_owned();
    for _ in 0..2 {
        if decoded.contains("arn:") && decoded.contains('/') {
            break;
        }
        match percent_decode_str(&decoded).decode_utf8() {
            Ok(next) if next != decoded => decoded = next.into_owned(),
            _ => break,
        }
    }
    decoded
}

/// The position at which `arn` begins, as a word of its own before a partition.
fn start_of_arn(text: &str) -> Option<usize> {
    text.match_indices("arn").map(|(at, _)| at).find(|&at| {
        let apart = !text[..at].ends_with(|c: char| c.is_alphanumeric());
        let after = text[at + 3..].trim_start_matches(|c: char| !c.is_alphanumeric());
        apart && after.len() < text.len() - at - 3 && after.starts_with("aws")
    })
}

fn flattened(text: &str) -> Option<Flattened> {
    let after_run = |text: &'_ str| {
        let rest = text.trim_start_matches(|c: char| !c.is_alphanumeric());
        (rest.len() < text.len()).then(|| text.len() - rest.len())
    };
    let text = text.strip_prefix("arn")?;
    let text = &text[after_run(text)?..];
    let (partition, text) = PARTITIONS.iter().find_map(|&partition| {
        let head = text.get(..partition.len())?;
        (head.replace('_', "-") == partition).then(|| (partition, &text[partition.len()..]))
    })?;
    let text = text[after_run(text)?..].strip_prefix("iam")?;
    let text = &text[after_run(text)?..];
    let (account, text) = match text.get(..12).and_then(AccountId::parse) {
        Some(account) => (Some(account), &text[12..]),
        None => (None, text.strip_prefix("aws")?),
    };
    let text = &text[after_run(text)?..];
    let (kind, text) = EntityKind::ALL.iter().find_map(|&k| Some((k, text.strip_prefix(k.as_str())?)))?;
    let (slash, rest) = text.split_at(after_run(text)?);
    let owned_by_aws_only_policies = account.is_some() || kind == EntityKind::Policy;
    owned_by_aws_only_policies.then(|| Flattened {
        partition,
        account,
        kind,
        rest: rest.to_owned(),
        slash: slash.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(path: &str) -> Option<String> {
        match find(&path.split('/').collect::<Vec<_>>(), |_| false)? {
            EncodedArn::Exact(arn) => Some(arn.as_str().to_owned()),
            EncodedArn::Flattened(_) => None,
        }
    }

    #[test]
    fn spellings_that_can_be_undone() {
        for path in [
            "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp%2Fprod-api.json",
            "x/arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp%2Fprod-api",
            "arn%253Aaws%253Aiam%253A%253A123456789012%253Arole%252Fapp%252Fprod-api.json.gz",
            "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp%2Fprod-api/access-advisor.json",
            "dumps/arn:aws:iam::123456789012:role/app/prod-api.json",
            "dumps/arn:aws:iam::123456789012:role/app/prod-api/2024-05-14.json",
            "arn:aws:iam::123456789012:role|app|prod-api.json",
            "arn;aws;iam;;123456789012;role;app;prod-api.json",
            "arn\u{ff1a}aws\u{ff1a}iam\u{ff1a}\u{ff1a}123456789012\u{ff1a}role\u{2215}app\u{2215}prod-api.json",
            "last-accessed-arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp%2Fprod-api.json",
        ] {
            assert_eq!(exact(path).as_deref(), Some("arn:aws:iam::123456789012:role/app/prod-api"), "{path}");
        }
        assert_eq!(exact("arn_aws_iam__123456789012_group_devs.json").unwrap(), "arn:aws:iam::123456789012:group/devs");
        assert_eq!(
            exact("arn_aws-us-gov_iam__123456789012_user_al-ice.json").unwrap(),
            "arn:aws-us-gov:iam::123456789012:user/al-ice"
        );
        assert_eq!(exact("arn-aws-iam--aws-policy-ReadOnly.json").unwrap(), "arn:aws:iam::aws:policy/ReadOnly");
    }

    #[test]
    fn a_percent_sign_of_the_path_itself_stays() {
        // The scripts of `collect-script` encode once: `%` is `%25`, and DEL, which IAM allows in a path, is `%7F`.
        for (path, arn) in [
            ("arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa%2541%2FX.json", "arn:aws:iam::123456789012:role/a%41/X"),
            ("arn:aws:iam::123456789012:role%2Fa%252e%2FX.json", "arn:aws:iam::123456789012:role/a%2e/X"),
            ("arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa%7F%2FX.json", "arn:aws:iam::123456789012:role/a\u{7f}/X"),
        ] {
            assert_eq!(exact(path).as_deref(), Some(arn), "{path}");
        }
    }

    #[test]
    fn a_name_with_the_separator_in_it_stays_open() {
        let path = ["arn_aws_iam__123456789012_role_app_prod-api.json"];
        let Some(EncodedArn::Flattened(found)) = find(&path, |_| false) else { panic!("ambiguous") };
        assert_eq!((found.rest.as_str(), found.slash.as_str()), ("app_prod-api", "_"));
        for (arn, fits) in [
            ("arn:aws:iam::123456789012:role/app/prod-api", true),
            ("arn:aws:iam::123456789012:role/app_prod-api", true),
            ("arn:aws:iam::123456789012:role/app/prod_api", false),
            ("arn:aws:iam::999999999999:role/app/prod-api", false),
            ("arn:aws:iam::123456789012:user/app/prod-api", false),
        ] {
            assert_eq!(found.may_be(&Arn::parse(arn).unwrap()), fits, "{arn}");
        }
    }

    #[test]
    fn other_arns_and_words_are_no_entities() {
        for path in ["learn-aws.json", "arn%3Aaws%3As3%3A%3A%3Abucket.json", "barn_aws_iam.json", "arn.json"] {
            assert_eq!(find(&[path], |_| false), None, "{path}");
        }
    }
}
