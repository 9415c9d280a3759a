//! CSV for Jira's import: one issue for each policy, because a policy is what somebody edits. Each row of the report is in the
//! description of exactly one issue. Where no policy is known the issue is about the entity.

use std::io;

use rustc_hash::FxHashMap;

use super::{Finding, UnusedRows, shortened};
use crate::problem::counted;
use crate::render::csv::{guarded, line};
use crate::render::{CsvDialect, Out};
use crate::util::sanitize::harmless;

/// The most characters of a summary in Jira.
const SUMMARY: usize = 255;

/// The most characters of a description in Jira are 32,767: an issue with more rows goes on in another.
const DESCRIPTION: usize = 30_000;

/// The rows of one issue.
struct Issue {
    /// `policy launch`, `role deploy`, or `dump 7` where nothing tells the entity.
    about: String,
    /// Whether nothing tells the entity: there is nothing to review before somebody names it.
    is_of_nobody: bool,
    account: String,
    rows: Vec<usize>,
}

pub(super) fn write(rows: &UnusedRows<'_>, dialect: CsvDialect, out: &mut Out) -> io::Result<()> {
    out.write_all(&line(["Summary", "Description", "Labels", "Due date"])?)?;
    for issue in issues(rows) {
        let parts = parts(rows, &issue);
        let count = parts.len();
        for (at, part) in parts.iter().enumerate() {
            let number = if count > 1 { format!(" (part {} of {count})", at + 1) } else { String::new() };
            let guard = |text: String| guarded(&text, dialect);
            out.write_all(&line([
                guard(summary(&issue, part.len(), &number)),
                // Its texts are harmless, it has line breaks, and it begins with a star.
                description(rows, part),
                guard(labels(rows, &issue, part)),
                guard(due(rows, part)),
            ])?)?;
        }
    }
    Ok(())
}

/// In the order in which their first rows come.
fn issues(rows: &UnusedRows<'_>) -> Vec<Issue> {
    let mut issues: Vec<Issue> = Vec::new();
    let mut known: FxHashMap<(String, String), usize> = FxHashMap::default();
    for finding in rows.findings() {
        let (account, about) = (finding.word("account_id").into_owned(), about(&finding));
        let place = *known.entry((account.clone(), about.clone())).or_insert_with(|| {
            issues.push(Issue { about, is_of_nobody: finding.is_of_nobody(), account, rows: Vec::new() });
            issues.len() - 1
        });
        issues[place].rows.push(finding.row);
    }
    issues
}

/// The policy that grants the permission first, else the entity. An inline policy is one of its entity or group alone, whatever others are called.
fn about(finding: &Finding<'_>) -> String {
    let policy = finding.text("granted_by");
    // `launch +2 more`: no name of a policy has a blank.
    let policy = policy.as_deref().map(|policy| policy.split_once(" +").map_or(policy, |(first, _)| first));
    let Some(policy) = policy else { return finding.entity() };
    match finding.owner_of_inline(policy) {
        Some((kind, name)) => format!("policy {policy} of {kind} {}", harmless(name)),
        None => format!("policy {policy}"),
    }
}

/// The rows in stretches that fit into a description.
fn parts(rows: &UnusedRows<'_>, issue: &Issue) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = vec![Vec::new()];
    let mut length = 0;
    for row in &issue.rows {
        let more = rows.finding(*row).map_or(0, |finding| sentence(&finding).chars().count() + 1);
        let part = parts.last_mut().expect("there is always one");
        if length + more > DESCRIPTION && !part.is_empty() {
            parts.push(vec![*row]);
            length = more;
        } else {
            part.push(*row);
            length += more;
        }
    }
    parts
}

fn summary(issue: &Issue, rows: usize, number: &str) -> String {
    let permissions = counted(rows, "permission", "permissions");
    let account = if issue.account.is_empty() { String::new() } else { format!(" in {}", issue.account) };
    let rest = if issue.is_of_nobody {
        format!(": name its entity ({permissions}){account}{number}")
    } else {
        format!(": {permissions} to review{account}{number}")
    };
    format!("{}{rest}", shortened(&issue.about, SUMMARY - rest.chars().count()))
}

fn sentence(finding: &Finding<'_>) -> String {
    let whole = format!("* {} {}", finding.description(), finding.remedy());
    shortened(&whole, DESCRIPTION).into_owned()
}

fn description(rows: &UnusedRows<'_>, part: &[usize]) -> String {
    let sentences = part.iter().filter_map(|row| rows.finding(*row)).map(|finding| sentence(&finding));
    sentences.collect::<Vec<_>>().join("\n")
}

/// Labels are separated by blanks, and have none themselves.
fn labels(rows: &UnusedRows<'_>, issue: &Issue, part: &[usize]) -> String {
    // Risks are in order, the worst first.
    let worst = part.iter().filter_map(|row| rows.finding(*row)?.risk()).min();
    let risk = worst.map_or_else(String::new, |risk| format!(" risk-{risk}"));
    let account = if issue.account.is_empty() { String::new() } else { format!(" account-{}", issue.account) };
    let about = if issue.is_of_nobody { "unknown-entity" } else { "unused-permissions" };
    format!("{about}{account}{risk}")
}

/// The first day by which something of it is due.
fn due(rows: &UnusedRows<'_>, part: &[usize]) -> String {
    let days =
        part.iter().filter_map(|row| rows.finding(*row)).filter_map(|finding| Some(finding.text("due")?.into_owned()));
    days.min().unwrap_or_default()
}
