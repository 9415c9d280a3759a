//! One page about a folder of proposals: what goes, what stays and why, how to apply it and how to take it back.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Proposal, oldest};
use crate::catalogue;
use crate::model::policy::{AdviceStep, DocumentForm, KeptBecause, PolicyKind};
use crate::problem::counted;
use crate::util::marker::PROPOSALS;

/// Names that come from files, in Markdown: nothing in them is special.
fn code(name: &str) -> String {
    format!("`{}`", name.replace('`', "'").replace(char::is_control, " "))
}

pub(super) fn readme(proposals: &[Proposal]) -> String {
    let title = proposals.first().map_or_else(String::new, |proposal| match &proposal.of.entity {
        Some(entity) => format!("{} {}", entity.kind, code(&entity.name)),
        None => format!("policy {}", code(&proposal.of.policy_name)),
    });
    let account = proposals.first().and_then(|proposal| proposal.of.account.as_deref()).unwrap_or("unknown");
    let made = match oldest(proposals) {
        Some(made) => format!("The oldest dump is from {}.", made.day()),
        None => "Nothing tells when the dump was made: apply.sh wants --stale-ok.".to_owned(),
    };
    let mut out = format!("{PROPOSALS}{title}\n\nAccount {account}. {made}\n");
    for proposal in proposals {
        section(proposal, &mut out);
    }
    let _ = write!(
        out,
        "
## What the dumps cannot show

- `changes.csv` has every action, and why it goes or stays. Actions that AWS does not record stay while their service is in use.
- Resource policies, service control policies and session policies were not looked at.
- A job that runs once a year did not run while AWS was watching. Ask its owner.

## Apply and undo

    sh apply.sh       # stops if the policy, its attachments or its versions changed, or if the dump is older than 30 days
    sh rollback.sh    # restores what was there, and names each action that is allowed again

For Terraform and CloudFormation use the `.tf` and `.cfn.json` files instead of the scripts.
"
    );
    out
}

fn section(proposal: &Proposal, out: &mut String) {
    let of = proposal.of;
    let what = match of.step {
        AdviceStep::Narrow => "gets a smaller document",
        AdviceStep::Detach => "is detached: nothing that it allows was used",
        AdviceStep::DeleteInline => "is deleted: nothing that it allows was used",
        AdviceStep::CopyAndSwap if of.policy_kind == PolicyKind::Inline => {
            "is replaced by customer policies, because the smaller document is too long for it"
        }
        AdviceStep::CopyAndSwap => "is replaced by a smaller copy, because AWS alone can edit it",
        AdviceStep::None => "stays",
    };
    let _ = write!(out, "\n## {}\n\nThe policy {what}.\n\n", code(&of.policy_name));
    let _ = writeln!(
        out,
        "- {} of {} go; {} as a whole.",
        of.actions_removed,
        counted(of.actions_before, "known action", "known actions"),
        counted(of.services_removed, "service goes", "services go")
    );
    let parts = proposal.parts();
    if let Some(size) = of.size_after.filter(|_| parts.len() == 1) {
        let _ = writeln!(
            out,
            "- The document had {} characters and has {size}; the limit is {}.",
            of.size_before, of.limit
        );
    }
    if parts.len() > 1 {
        let _ = writeln!(
            out,
            "- The document is split into {} policies, because one holds {} characters. Together they allow what stays; a user or \
             role that gets the policy later needs all of them. They count toward the number of policies that may be attached.",
            parts.len(),
            of.limit
        );
        for part in &parts {
            let place = part.added.map_or_else(
                || format!("the document of {}", code(&of.policy_name)),
                |name| format!("the new policy {}", code(name)),
            );
            let _ = writeln!(out, "- {} is {place}.", code(&part.file));
        }
    } else if let Some(copy) = parts.iter().find_map(|part| part.added) {
        let _ = writeln!(out, "- The copy is called {}.", code(copy));
    }
    if of.step == AdviceStep::CopyAndSwap && of.policy_kind == PolicyKind::Aws {
        out.push_str("- AWS does not keep the copy up to date.\n");
    }
    match (of.closes_wildcard, of.form) {
        ("yes", _) => {
            let _ = writeln!(
                out,
                "- A pattern with wildcards gives way to the names of the actions that are known (catalogue of {}). Actions that AWS adds later, \
                 or that no list has, are not allowed any more.",
                catalogue::DATE
            );
        }
        ("partly", _) => {
            let _ = writeln!(
                out,
                "- A pattern with wildcards gives way to narrower ones (catalogue of {}). Actions that AWS adds later are allowed only where \
                 these match.",
                catalogue::DATE
            );
        }
        (_, Some(DocumentForm::Deny)) => {
            let _ = writeln!(
                out,
                "- A Deny statement names what goes. No other policy can allow it again while the statement is there."
            );
        }
        _ => {}
    }
    if !of.closes_paths.is_empty() {
        let _ = writeln!(out, "- Escalation paths that are closed: {}.", of.closes_paths);
    }
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    for row in proposal.change.rows.iter().filter(|row| !row.is_removed) {
        *kept.entry(row.reason.split(':').next().unwrap_or_default()).or_default() += 1;
    }
    if !kept.is_empty() {
        let _ = writeln!(out, "- What stays, by pattern and reason:");
        for (reason, count) in kept {
            let meaning = KeptBecause::parse(reason).map_or("", KeptBecause::meaning);
            let _ = writeln!(out, "  - {count} `{reason}`: {meaning}");
        }
    }
}
