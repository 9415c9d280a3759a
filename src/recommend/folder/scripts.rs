//! `apply.sh` and `rollback.sh`: the AWS CLI in a POSIX shell. Everything is looked at before anything is changed; nothing is deleted but
//! what is proposed to go and can be written again.

use std::fmt::Write;

use super::{DocumentPart, Proposal, oldest};
use crate::model::EntityKind;
use crate::model::policy::AdviceStep;
use crate::recommend::json::quoted;
use crate::recommend::propose::PolicyOwner;

/// Older dumps than this are not applied without `--stale-ok`.
const MOST_DAYS: i64 = 30;

/// A text as one word of a shell.
pub(super) fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

const HEAD: &str = r#"#!/bin/sh
# Written by dormant. Needs the AWS CLI with credentials that may change IAM. It looks at everything before it changes anything.
set -eu
cd "$(dirname "$0")"

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# Documents without the blanks at the ends of lines. No text in JSON goes over a line, so texts keep their blanks.
plain() {
    LC_ALL=C sed -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' | tr -d '\r\n'
}

# Whether the first document says what the file says.
same() {
    [ "$(printf '%s\n' "$1" | plain)" = "$(plain < "$2")" ]
}

# The texts of a list that the AWS CLI prints, in order.
names() {
    printf '%s\n' "$1" | LC_ALL=C sed -n 's/^ *\(".*"\),\{0,1\}$/\1/p' | LC_ALL=C sort
}

"#;

/// The script that applies.
pub(super) fn apply(proposals: &[Proposal]) -> String {
    let mut out = HEAD.to_owned();
    let (made, old) = match oldest(proposals) {
        Some(made) => (made.millis().div_euclid(1000), format!("The dump is older than {MOST_DAYS} days.")),
        None => (0, "Nothing tells when the dump was made.".to_owned()),
    };
    let _ = write!(
        out,
        r#"stale_ok=no
for argument in "$@"; do
    case "$argument" in
        --stale-ok) stale_ok=yes ;;
        *) fail "usage: apply.sh [--stale-ok]" ;;
    esac
done

# What was unused when the dump was made may be in use now.
if [ "$stale_ok" = no ] && [ $(($(date +%s) - {made})) -gt $(({MOST_DAYS} * 86400)) ]; then
    fail "{old} Collect a new one, or give --stale-ok. Nothing was changed."
fi
"#
    );
    check_account(proposals, &mut out);
    for proposal in proposals {
        checks(proposal, &mut out);
    }
    for proposal in proposals {
        changes(proposal, &mut out);
    }
    out
}

/// The script that undoes. What is as before already is left alone, so it can be run where `apply.sh` stopped half-way, and twice.
pub(super) fn rollback(proposals: &[Proposal]) -> String {
    let mut out = HEAD.to_owned();
    check_account(proposals, &mut out);
    for (number, proposal) in proposals.iter().enumerate() {
        checks_before_undo(proposal, number, &mut out);
    }
    for (number, proposal) in proposals.iter().enumerate() {
        let _ = writeln!(out, "\nif [ \"$put_back_{number}\" = yes ]; then");
        put_back(proposal, &mut out);
        if !proposal.change.added.is_empty() {
            out.push_str(WAIT);
        }
        let removed = proposal.change.rows.iter().filter(|row| row.is_removed).map(|row| row.action.as_str());
        let removed: std::collections::BTreeSet<&str> = removed.collect();
        for action in removed {
            say(&mut out, &format!("allowed again: {action}"));
        }
        out.push_str("fi\n");
        take_back(proposal, &mut out);
        let _ = writeln!(out, "if [ \"$undo_{number}\" = yes ]; then");
        say(&mut out, &format!("{}: undone", proposal.of.policy_name));
        out.push_str("else\n");
        say(&mut out, &format!("{}: as before", proposal.of.policy_name));
        out.push_str("fi\n");
    }
    out
}

fn say(out: &mut String, text: &str) {
    let _ = writeln!(out, "printf '%s\\n' {}", word(text));
}

fn check_account(proposals: &[Proposal], out: &mut String) {
    let Some(account) = proposals.first().and_then(|proposal| proposal.of.account.as_deref()) else { return };
    let _ = write!(
        out,
        "\naccount=$(aws sts get-caller-identity --query Account --output text)\n[ \"$account\" = {} ] || fail {}\n",
        word(account),
        word(&format!("These credentials are not of account {account}. Nothing was changed.")),
    );
}

/// `aws iam VERB-role-policy --role-name='…'`, for whatever the owner is.
fn of_owner(verb: &str, owner: &PolicyOwner, noun: &str) -> String {
    let kind = match owner.kind {
        EntityKind::User => "user",
        EntityKind::Group => "group",
        EntityKind::Role | EntityKind::Policy => "role",
    };
    format!("aws iam {verb}-{kind}-{noun} --{kind}-name={}", word(&owner.name))
}

fn fetch_inline(proposal: &Proposal, owner: &PolicyOwner) -> String {
    let get = of_owner("get", owner, "policy");
    format!("live=$({get} --policy-name={} --query PolicyDocument --output json)\n", word(&proposal.of.policy_name))
}

fn fetch_managed(arn: &str, version: &str) -> String {
    format!(
        "live=$(aws iam get-policy-version --policy-arn={} --version-id={version} --query PolicyVersion.Document --output json)\n",
        word(arn)
    )
}

const DEFAULT: &str = "\"$version\"";

fn default_version(arn: &str) -> String {
    format!("version=$(aws iam get-policy --policy-arn={} --query Policy.DefaultVersionId --output text)\n", word(arn))
}

/// Fetches the document as it is now, into `$live`.
fn fetch(proposal: &Proposal) -> String {
    match (&proposal.of.policy_arn, &proposal.of.entity) {
        (Some(arn), _) => default_version(arn) + &fetch_managed(arn, DEFAULT),
        (None, Some(owner)) => fetch_inline(proposal, owner),
        (None, None) => String::new(),
    }
}

/// Fetches the live policy and compares it with the document that the proposal rests on.
fn hold_against_current(proposal: &Proposal, out: &mut String) {
    out.push_str(&fetch(proposal));
    let _ = writeln!(
        out,
        "same \"$live\" {} || fail {}",
        word(&format!("./{}.current.json", proposal.stem)),
        word(&format!("The policy {} was changed after the dump. Nothing was changed now.", proposal.of.policy_name))
    );
}

/// Holds what is there against what the proposal rests on.
fn checks(proposal: &Proposal, out: &mut String) {
    let of = proposal.of;
    out.push('\n');
    hold_against_current(proposal, out);
    for (group, members) in &proposal.change.members {
        check_members(group, members, out);
    }
    check_added(proposal, out);
    let Some(arn) = &of.policy_arn else { return };
    for owner in attached(proposal) {
        let _ = writeln!(
            out,
            "{} || fail {}",
            is_attached(owner, arn),
            word(&format!(
                "The policy {} is not attached to {} any more. Nothing was changed.",
                of.policy_name, owner.name
            ))
        );
    }
    check_attachments(proposal, arn, out);
    if of.step == AdviceStep::Narrow {
        check_versions(&of.policy_name, arn, out);
    }
}

/// A command that succeeds where the policy is attached to the owner.
fn is_attached(owner: &PolicyOwner, arn: &str) -> String {
    let list = of_owner("list-attached", owner, "policies");
    let print = "--query 'AttachedPolicies[].PolicyArn' --output text | tr '\\t' '\\n'";
    format!("{list} {print} | grep -Fqx -e {}", word(arn))
}

/// Texts as `names` gives them.
fn as_names(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.map(quoted).collect();
    names.sort();
    word(&names.join("\n"))
}

/// Who joined a group since is not in the dumps.
fn check_members(group: &str, members: &[String], out: &mut String) {
    let _ = writeln!(
        out,
        "live=$(aws iam get-group --group-name={} --query 'Users[].UserName' --output json)\n[ \"$(names \"$live\")\" = {} ] || fail {}",
        word(group),
        as_names(members.iter().cloned()),
        word(&format!("The group {group} has other members than when its policies were saved. Nothing was changed.")),
    );
}

/// Nor is who holds the policy since, or has it as a boundary.
fn check_attachments(proposal: &Proposal, arn: &str, out: &mut String) {
    let of = proposal.of;
    if is_of_one(proposal) {
        return;
    }
    let all = "[PolicyGroups[].join('/', ['group', GroupName]), PolicyRoles[].join('/', ['role', RoleName]), \
               PolicyUsers[].join('/', ['user', UserName])][]";
    let owners = proposal.change.attached_to.iter().map(|owner| format!("{}/{}", owner.kind, owner.name));
    let _ = writeln!(
        out,
        "live=$(aws iam list-entities-for-policy --policy-arn={} --query {} --output json)\n[ \"$(names \"$live\")\" = {} ] || fail {}",
        word(arn),
        word(all),
        as_names(owners),
        word(&format!(
            "The policy {} is attached to others than when it was saved. Nothing was changed.",
            of.policy_name
        ))
    );
}

fn check_versions(policy: &str, arn: &str, out: &mut String) {
    let _ = write!(
        out,
        "versions=$(aws iam list-policy-versions --policy-arn={arn} --query 'length(Versions)' --output text)
if [ \"$versions\" -ge 5 ]; then
    oldest=$(aws iam list-policy-versions --policy-arn={arn} --query 'sort_by(Versions[?!IsDefaultVersion], &CreateDate)[0].VersionId' --output text)
    fail {}\"$oldest\"{}
fi
",
        word(&format!("The policy {policy} has 5 versions, as many as IAM takes. The oldest that is not the default is ")),
        word(". Delete a version that you do not need, and run this again. Nothing was changed."),
        arn = word(arn),
    );
}

/// A policy with the name of a new one has to be it.
fn check_added(proposal: &Proposal, out: &mut String) {
    for (part, arn) in added(proposal) {
        let name = part.added.unwrap_or_default();
        let other = format!("There is another policy with the name {name}. Nothing was changed.");
        let _ = write!(
            out,
            "if aws iam get-policy --policy-arn={} > /dev/null 2>&1; then\n{}fi\n",
            word(&arn),
            same_as_part(&part, &arn, &other)
        );
    }
}

/// The entities that lose a policy.
fn attached<'p>(proposal: &'p Proposal) -> impl Iterator<Item = &'p PolicyOwner> {
    let of = proposal.of;
    let swapped = of.entity.iter().filter(|_| matches!(of.step, AdviceStep::CopyAndSwap) || is_of_one(proposal));
    let all = proposal.change.attached_to.iter().filter(|_| of.step == AdviceStep::Detach && !is_of_one(proposal));
    swapped.filter(|_| of.step != AdviceStep::Narrow).chain(all)
}

/// Whether the row is about one entity that has a policy by AWS.
fn is_of_one(proposal: &Proposal) -> bool {
    proposal.of.policy_kind == crate::model::policy::PolicyKind::Aws
}

/// The new policies, each with its ARN.
fn added<'p>(proposal: &'p Proposal) -> Vec<(DocumentPart<'p>, String)> {
    let receivers = proposal.receivers();
    let arn = receivers.first().map_or("", |owner| owner.arn.as_str());
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    let (account, path) = (proposal.of.account.as_deref().unwrap_or_default(), proposal.change.path.as_str());
    let with_arn = |part: DocumentPart<'p>| {
        let arn = format!("arn:{partition}:iam::{account}:policy{path}{}", part.added?);
        Some((part, arn))
    };
    proposal.parts().into_iter().filter_map(with_arn).collect()
}

/// Lines, indented, that stop with `otherwise` unless the policy `arn` has the document of the part.
fn same_as_part(part: &DocumentPart, arn: &str, otherwise: &str) -> String {
    format!(
        "    {}    {}    same \"$live\" {} || fail {}\n",
        default_version(arn),
        fetch_managed(arn, DEFAULT),
        word(&format!("./{}", part.file)),
        word(otherwise),
    )
}

/// So long an attached policy may need to hold everywhere. What it replaces goes after that.
const WAIT: &str = "printf '%s\\n' 'Waiting until the attached policies hold everywhere.'\nsleep 15\n";

/// Creates and attaches the new policies, before anything goes.
fn add(proposal: &Proposal, out: &mut String) {
    let added = added(proposal);
    if added.is_empty() {
        return;
    }
    let failed = word(&format!(
        "What replaces the policy {} could not be attached everywhere. Nothing was taken away; rollback.sh detaches those that were.",
        proposal.of.policy_name
    ));
    let path = &proposal.change.path;
    let path = if path == "/" { String::new() } else { format!(" --path={}", word(path)) };
    for (part, arn) in &added {
        let _ = writeln!(
            out,
            "aws iam get-policy --policy-arn={} > /dev/null 2>&1 ||\n    aws iam create-policy --policy-name={}{path} --policy-document={} > /dev/null ||\n    \
             fail {failed}",
            word(arn),
            word(part.added.unwrap_or_default()),
            word(&format!("file://{}", part.file)),
        );
    }
    for (_, arn) in &added {
        for owner in proposal.receivers() {
            let attach = of_owner("attach", owner, "policy");
            let _ = writeln!(out, "{attach} --policy-arn={} || fail {failed}", word(arn));
        }
    }
    out.push_str(WAIT);
}

/// Detaches the new policies, where they are attached.
fn take_back(proposal: &Proposal, out: &mut String) {
    for (part, arn) in added(proposal) {
        for owner in proposal.receivers() {
            let detach = of_owner("detach", owner, "policy");
            let _ = writeln!(out, "! {} ||\n    {detach} --policy-arn={}", is_attached(owner, &arn), word(&arn));
        }
        let stays = format!("the policy {} stays, attached to nobody here", part.added.unwrap_or_default());
        let _ = writeln!(
            out,
            "! aws iam get-policy --policy-arn={} > /dev/null 2>&1 ||\n    printf '%s\\n' {}",
            word(&arn),
            word(&stays)
        );
    }
}

fn changes(proposal: &Proposal, out: &mut String) {
    let of = proposal.of;
    let policy = word(&of.policy_name);
    let parts = proposal.parts();
    let in_place = parts.iter().find(|part| part.added.is_none());
    let document = in_place.map(|part| word(&format!("file://{}", part.file))).unwrap_or_default();
    out.push('\n');
    add(proposal, out);
    match (of.step, &of.entity, &of.policy_arn) {
        (AdviceStep::Narrow, Some(owner), None) => {
            let put = of_owner("put", owner, "policy");
            let _ = writeln!(out, "{put} --policy-name={policy} --policy-document={document}");
        }
        (AdviceStep::Narrow, _, Some(arn)) => {
            let _ = writeln!(
                out,
                "aws iam create-policy-version --policy-arn={} --policy-document={document} --set-as-default > /dev/null",
                word(arn)
            );
        }
        (AdviceStep::DeleteInline | AdviceStep::CopyAndSwap, Some(owner), None) => {
            let delete = of_owner("delete", owner, "policy");
            let _ = writeln!(out, "{delete} --policy-name={policy}");
        }
        (AdviceStep::Detach | AdviceStep::CopyAndSwap, _, Some(arn)) => each(proposal, "detach", arn, out),
        _ => return,
    }
    say(out, &format!("{}: {}", of.policy_name, of.step));
}

fn each(proposal: &Proposal, verb: &str, arn: &str, out: &mut String) {
    for owner in attached(proposal) {
        let _ = writeln!(out, "{} --policy-arn={}", of_owner(verb, owner, "policy"), word(arn));
    }
}

/// Holds what is there against what was applied: what somebody changed since is theirs. Sets `undo_NUMBER`, and `put_back_NUMBER` where
/// the policy itself is another one than before.
fn checks_before_undo(proposal: &Proposal, number: usize, out: &mut String) {
    let of = proposal.of;
    let current = word(&format!("./{}.current.json", proposal.stem));
    let changed = word(&format!("The policy {} was changed after apply.sh. Nothing was changed now.", of.policy_name));
    out.push('\n');
    let parts = proposal.parts();
    let in_place = parts.iter().find(|part| part.added.is_none());
    match (of.step, &of.entity, &of.policy_arn) {
        (AdviceStep::Narrow, ..) => {
            out.push_str(&fetch(proposal));
            let _ = write!(
                out,
                "put_back_{number}=no\nif ! same \"$live\" {current}; then\n    same \"$live\" {} || fail {changed}\n    put_back_{number}=yes\nfi\n",
                word(&format!("./{}", in_place.map(|part| part.file.as_str()).unwrap_or_default())),
            );
        }
        (AdviceStep::DeleteInline | AdviceStep::CopyAndSwap, Some(owner), None) => {
            let fetch = fetch_inline(proposal, owner);
            let _ = write!(
                out,
                "put_back_{number}=yes\nif {} 2> /dev/null; then\n    same \"$live\" {current} || fail {changed}\n    put_back_{number}=no\nfi\n",
                fetch.trim_end(),
            );
        }
        _ => {
            let _ = writeln!(out, "put_back_{number}=no");
            let arn = of.policy_arn.as_deref().unwrap_or_default();
            for owner in attached(proposal) {
                let _ = writeln!(out, "{} || put_back_{number}=yes", is_attached(owner, arn));
            }
        }
    }
    let _ = writeln!(out, "undo_{number}=\"$put_back_{number}\"");
    for (part, arn) in added(proposal) {
        let name = part.added.unwrap_or_default();
        let any = proposal
            .receivers()
            .into_iter()
            .map(|owner| is_attached(owner, &arn))
            .collect::<Vec<_>>()
            .join(" ||\n    ");
        let other = format!("The policy {name} was changed after apply.sh. Nothing was changed now.");
        let same = same_as_part(&part, &arn, &other);
        let _ = write!(out, "if {any}; then\n{same}    undo_{number}=yes\nfi\n");
    }
}

/// Puts back what is another one than before.
fn put_back(proposal: &Proposal, out: &mut String) {
    let of = proposal.of;
    let (policy, current) = (word(&of.policy_name), word(&format!("file://{}.current.json", proposal.stem)));
    match (of.step, &of.entity, &of.policy_arn) {
        (AdviceStep::Narrow | AdviceStep::DeleteInline | AdviceStep::CopyAndSwap, Some(owner), None) => {
            let put = of_owner("put", owner, "policy");
            let _ = writeln!(out, "    {put} --policy-name={policy} --policy-document={current}");
        }
        (AdviceStep::Narrow, _, Some(arn)) => {
            let version = of.policy_version.as_deref().unwrap_or_default();
            let _ = writeln!(
                out,
                "    aws iam set-default-policy-version --policy-arn={} --version-id={}",
                word(arn),
                word(version)
            );
            out.push_str("    ");
            say(
                out,
                &format!("{}: the version that apply.sh made stays; {version} is the default again", of.policy_name),
            );
        }
        (AdviceStep::Detach | AdviceStep::CopyAndSwap, _, Some(arn)) => each(proposal, "attach", arn, out),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_name_is_one_word_whatever_it_holds() {
        assert_eq!(word("it's $(rm -rf x) `y` \"z\"\n"), "'it'\\''s $(rm -rf x) `y` \"z\"\n'");
    }
}
