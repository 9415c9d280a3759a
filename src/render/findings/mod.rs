//! Findings for other programs. A finding is a row of `unused`: a permission that is shown to be unused or stale. What is unknown is never
//! one, and neither is what a decision keeps, because such a row is not in the report.
//!
//! Times come from `as_of`, so that the same dumps give the same findings. The id of a finding is made of the entity and the permission
//! alone: a later run updates the finding instead of adding another.

mod asff;
mod jira;
mod ocsf;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::iter;

use rustc_hash::FxHashMap;

use super::{CsvDialect, Out};
use super::{cell, words};
use crate::frame::{Cell, TableReader};
use crate::model::policy::{PolicyAuthor, Risk};
use crate::model::{EntityKind, IdentifiedBy, Instant, Remedy, Verdict};
use crate::report::{Column, ColumnKind, GoneEntity, Section};
use crate::util::hash::sha256_of;
use crate::util::sanitize::harmless;

pub use asff::{AsffFile, asff_files, write_asff};

/// Writes each finding as an OCSF event, one per line.
pub(super) fn write_ocsf(section: &Section, out: &mut Out) -> io::Result<()> {
    let rows = UnusedRows::of(section);
    rows.findings().try_for_each(|finding| ocsf::write(&finding, out))
}

/// Writes one issue for each policy.
pub(super) fn write_jira(section: &Section, dialect: CsvDialect, out: &mut Out) -> io::Result<()> {
    jira::write(&UnusedRows::of(section), dialect, out)
}

/// The rows of a report on what is unused.
struct UnusedRows<'s> {
    columns: &'s [Column],
    reader: TableReader<'s>,
    height: usize,
    /// ARN and account of what is not there any more.
    gone: BTreeSet<(Option<&'s str>, Option<&'s str>)>,
    unlisted: BTreeMap<(Option<&'s str>, Option<&'s str>), String>,
    /// The owners of inline policies, by the ARN of the holder and the name.
    inline: FxHashMap<(&'s str, &'s str), &'s (EntityKind, String)>,
}

impl<'s> UnusedRows<'s> {
    fn of(section: &'s Section) -> Self {
        let unlisted = section.unlisted.iter().map(|one| (one.named(), one.place())).collect();
        let (columns, gone) = (&section.columns, section.gone.iter().map(GoneEntity::named).collect());
        let mut inline = FxHashMap::default();
        for policy in &section.inline_owners {
            inline.entry((policy.holder.as_str(), policy.name.as_str())).or_insert(&policy.owner);
        }
        Self { columns, reader: section.table.reader(), height: section.table.height(), gone, unlisted, inline }
    }

    /// The findings, in the order of the rows.
    fn findings(&self) -> impl Iterator<Item = Finding<'_>> {
        (0..self.height).filter_map(|row| self.finding(row))
    }

    /// The finding of a row; `None` if the row shows no permission to be dormant.
    fn finding(&self, row: usize) -> Option<Finding<'_>> {
        let of = Finding { rows: self, row, verdict: Verdict::Unused };
        let verdict = of.text("verdict").as_deref().and_then(Verdict::parse)?;
        matches!(verdict, Verdict::Unused | Verdict::Stale).then_some(Finding { verdict, ..of })
    }
}

/// A row, in the words that findings share.
struct Finding<'r> {
    rows: &'r UnusedRows<'r>,
    row: usize,
    verdict: Verdict,
}

impl Finding<'_> {
    /// The cell of a column; null if the report has no such column.
    fn cell(&self, name: &str) -> (Cell<'_>, ColumnKind) {
        let at = self.rows.columns.iter().position(|column| column.name == name);
        at.map_or((Cell::Null, ColumnKind::Text), |at| {
            (self.rows.reader.cell(self.row, at), self.rows.columns[at].kind)
        })
    }

    /// The value of a column as text, without characters that act; `None` where it is null.
    fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.cell(name) {
            (Cell::Null, _) => None,
            (Cell::Text(text), _) => Some(harmless(text)),
            (cell, kind) => {
                let mut text = String::new();
                cell::push(&mut text, cell, kind);
                Some(Cow::Owned(text))
            }
        }
    }

    fn days(&self, name: &str) -> String {
        let days = self.word(name);
        format!("{days} {}", if days == "1" { "day" } else { "days" })
    }

    fn word(&self, name: &str) -> Cow<'_, str> {
        self.text(name).unwrap_or_default()
    }

    /// Every column of the row that has a value, by name.
    fn facts(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let names = self.rows.columns.iter().map(|column| column.name.as_str());
        names.filter_map(|name| Some((name, self.text(name)?)))
    }

    /// The date of the dump, by which everything is counted.
    fn as_of(&self) -> Instant {
        match self.cell("as_of").0 {
            Cell::Instant(at) => cell::whole_second(at),
            // A row without a date is unknown, and so no finding.
            _ => Instant::from_millis(0),
        }
    }

    /// The entity: its type and its name, as people write it, or the label of a dump that nothing tells it of.
    fn entity(&self) -> String {
        let kind = if self.is_of_nobody() { Cow::Borrowed("dump") } else { self.word("entity_type") };
        format!("{kind} {}", self.word("entity_name")).trim_start().to_owned()
    }

    /// Whether nothing tells which entity the dump is about: then nobody can change what it may do.
    fn is_of_nobody(&self) -> bool {
        IdentifiedBy::parse(&self.word("identified_by")) == Some(IdentifiedBy::Unknown)
    }

    /// Whether the list of its account does not have the entity any more: then there is nothing to take away.
    fn is_gone(&self) -> bool {
        let (arn, account) = (self.text("entity_arn"), self.text("account_id"));
        self.rows.gone.contains(&(arn.as_deref(), account.as_deref()))
    }

    /// The newer list that lacks the entity: it may be gone.
    fn unlisted(&self) -> Option<String> {
        let (arn, account) = (self.text("entity_arn"), self.text("account_id"));
        let list = self.rows.unlisted.get(&(arn.as_deref(), account.as_deref()));
        list.map(|list| format!("It is not in {list}: check whether it still exists."))
    }

    /// The type and the name of what the inline policy `policy` of the entity is written in; `None` if it has no such policy.
    fn owner_of_inline(&self, policy: &str) -> Option<&(EntityKind, String)> {
        self.rows.inline.get(&(self.text("entity_arn")?.as_ref(), policy)).copied()
    }

    /// The entity in a sentence: the ARN, or what is known in place of it.
    fn subject(&self) -> String {
        let account = self.text("account_id").map_or_else(String::new, |account| format!(" in {account}"));
        self.text("entity_arn").map_or_else(|| format!("{}{account}", self.entity()), Cow::into_owned)
    }

    /// What names the entity to a program: the ARN, or what is known in place of it.
    fn resource(&self) -> String {
        let parts = || [self.word("account_id"), self.word("entity_type"), self.word("entity_name")].join("/");
        self.text("entity_arn").map_or_else(parts, Cow::into_owned)
    }

    /// `aws`, `aws-cn`, `aws-us-gov`.
    fn partition(&self) -> String {
        let arn = self.word("entity_arn");
        arn.split(':').nth(1).filter(|partition| partition.starts_with("aws")).unwrap_or("aws").to_owned()
    }

    fn is_about_action(&self) -> bool {
        !self.word("action_name").is_empty()
    }

    /// The permission as in a policy: `ec2:*` or `ec2:RunInstances`.
    fn permission(&self) -> String {
        let (service, action) = (self.word("service_namespace"), self.word("action_name"));
        if action.is_empty() { format!("{service}:*") } else { format!("{service}:{action}") }
    }

    /// The permission in words: a service has a name too.
    fn permission_in_words(&self) -> String {
        match (self.is_about_action(), self.text("service_name")) {
            (false, Some(name)) => format!("{name} ({})", self.word("service_namespace")),
            (false, None) => self.word("service_namespace").into_owned(),
            (true, _) => self.permission(),
        }
    }

    /// The same for the same entity and permission in every run.
    fn id(&self) -> String {
        let (service, action) = (self.word("service_namespace"), self.word("action_name"));
        sha256_of([self.resource(), service.to_lowercase(), action.to_lowercase()].join("\n").as_bytes())
    }

    fn title(&self) -> String {
        let (entity, permission) = (self.entity(), self.permission_in_words());
        let has = if self.is_of_nobody() { "names no entity: somebody has" } else { "has" };
        format!("{entity} {has} the {} permission {permission}", self.verdict.as_str())
    }

    /// The evidence, in sentences.
    fn description(&self) -> String {
        let (permission, subject) = (self.permission(), self.subject());
        let subject = if self.is_of_nobody() { format!("The entity of {subject}") } else { subject };
        let day = self.word("as_of");
        let used = if self.verdict == Verdict::Stale {
            let (last, days) = (self.word("last_accessed"), self.days("days_since"));
            format!("{subject} last used {permission} at {last}, {days} before {day}.")
        } else {
            let (until, days) = (self.watched_until(), self.days("observed_days"));
            format!("{subject} did not use {permission} in the {days} before {until}.")
        };
        let granted = self.text("granted_by").map(|policy| format!("It is granted by {policy}."));
        let closes = self.text("closes").map(|paths| format!("Removing it closes these escalation paths: {paths}."));
        let decided = self.text("decision").map(|decision| {
            let facts = [("owner", "owner"), ("due", "due"), ("ticket", "ticket"), ("comment", "comment")];
            let facts = facts.iter().filter_map(|(name, label)| Some(format!(", {label} {}", self.text(name)?)));
            format!("Decided: {decision}{}.", facts.collect::<String>())
        });
        let evidence = self.text("evidence").map(|evidence| format!("Evidence: {evidence}."));
        let pass_role = self.text("note").filter(|note| note == "may-be-pass-role").map(|_| {
            "AWS never records iam:PassRole, so it may be in use all the same: look for it in the policies first."
                .to_owned()
        });
        iter::once(used)
            .chain([self.unlisted(), pass_role, granted, closes, decided, evidence].into_iter().flatten())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Until when AWS was watching: the date of the dump, or an earlier one from which ages are counted.
    fn watched_until(&self) -> String {
        let made = self.text("made_at").filter(|_| self.instant("made_at") < self.instant("as_of"));
        made.map_or_else(|| self.word("as_of").into_owned(), |made| format!("{made}, the date of its dump"))
    }

    fn instant(&self, name: &str) -> Option<Instant> {
        if let Cell::Instant(at) = self.cell(name).0 { Some(at) } else { None }
    }

    /// What its owner can do.
    fn remedy(&self) -> &'static str {
        if self.is_of_nobody() {
            return "Find out which entity this dump is about, and name it with --manifest. Remove nothing before.";
        }
        if self.is_gone() {
            return "Nothing: the list of its account does not have the entity any more.";
        }
        match Remedy::parse(&self.word("remedy")) {
            Some(Remedy::EditPolicy) => words::taking_away(PolicyAuthor::parse(&self.word("policy_author"))),
            Some(Remedy::DetachOrReplace) => "Detach the policy, or replace it by a smaller one: AWS manages it.",
            Some(Remedy::ChangePermissionSet) => {
                "Change the permission set in IAM Identity Center that makes this role, unless its role in another account uses the permission."
            }
            Some(Remedy::None) | None => "The account cannot edit this entity: AWS controls it.",
        }
    }

    /// `None` where the catalogue does not know the action.
    fn risk(&self) -> Option<Risk> {
        Risk::parse(&self.word("risk"))
    }
}

/// At most `most` characters of `text`; an ellipsis shows that there are more.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().count() <= most {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(most - 1).chain(['…']).collect())
}

#[cfg(test)]
mod tests;
