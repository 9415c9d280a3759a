//! The files of proposals: documents and tables for people, scripts that apply and undo, and templates for other tools.

mod readme;
mod scripts;
mod templates;

use std::collections::{BTreeMap, BTreeSet};

use super::paths::in_path;
use super::propose::{ChangeRow, PolicyChange, PolicyOwner, Recommendation};
use crate::model::Instant;
use crate::model::policy::AdviceStep;
use crate::util::marker::CHANGES;

/// A file of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalFile {
    /// Its path below the folder of all proposals, with `/`.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// A policy that changes, with the start of the names of its files.
struct Proposal<'a> {
    of: &'a Recommendation,
    change: &'a PolicyChange,
    stem: String,
}

/// A smaller document, or a part of one.
struct DocumentPart<'a> {
    document: &'a str,
    /// The name of its file.
    file: String,
    /// The name of the new policy that gets it; `None` where the policy itself does.
    added: Option<&'a str>,
}

impl Proposal<'_> {
    /// The parts of the smaller document: one, several where it is split, none where the policy goes.
    fn parts(&self) -> Vec<DocumentPart<'_>> {
        let proposed = &self.change.proposed;
        let in_place = proposed.len() - self.change.added.len();
        let added = std::iter::repeat_n(None, in_place).chain(self.change.added.iter().map(|name| Some(name.as_str())));
        let file = |number: usize| match proposed.len() {
            1 => format!("{}.proposed.json", self.stem),
            _ => format!("{}.proposed.{number}.json", self.stem),
        };
        let parts = proposed.iter().zip(added).zip(1..);
        parts.map(|((document, added), number)| DocumentPart { document, file: file(number), added }).collect()
    }

    /// Who gets the new policies.
    fn receivers(&self) -> Vec<&PolicyOwner> {
        match self.of.step {
            AdviceStep::CopyAndSwap => self.of.entity.iter().collect(),
            _ => self.change.attached_to.iter().collect(),
        }
    }
}

/// The files of all proposals, by their paths.
#[must_use]
pub fn files(all: &[Recommendation]) -> Vec<ProposalFile> {
    let mut folders: BTreeMap<&str, Vec<Proposal>> = BTreeMap::new();
    for of in all {
        let Some(change) = &of.change else { continue };
        folders.entry(&of.folder).or_default().push(Proposal { of, change, stem: in_path(&of.policy_name) });
    }
    folders.iter_mut().flat_map(|(folder, proposals)| files_of(folder, proposals)).collect()
}

fn files_of(folder: &str, proposals: &mut [Proposal]) -> Vec<ProposalFile> {
    // An inline policy and one by AWS may have one name, and some file systems take two spellings of it for one.
    let mut taken = BTreeSet::new();
    for proposal in proposals.iter_mut() {
        let stem = proposal.stem.clone();
        let mut numbers = 2..;
        while !taken.insert(proposal.stem.to_lowercase()) {
            proposal.stem = format!("{stem}~{}", numbers.next().unwrap_or_default());
        }
    }
    let proposals = &*proposals;
    let mut files = Vec::new();
    let mut add = |name: &str, text: String| files.push(ProposalFile { path: format!("{folder}/{name}"), text });
    let is_alone = proposals.len() == 1;
    for proposal in proposals {
        let stem = &proposal.stem;
        add(&format!("{stem}.current.json"), proposal.change.current.clone());
        for part in proposal.parts() {
            add(&part.file, part.document.to_owned());
        }
        let template = if is_alone { "policy" } else { stem };
        add(&format!("{template}.tf"), templates::terraform(proposal));
        if let Some(text) = templates::cloudformation(proposal) {
            add(&format!("{template}.cfn.json"), text);
        }
    }
    add("changes.csv", changes(proposals));
    add("README.md", readme::readme(proposals));
    add("apply.sh", scripts::apply(proposals));
    add("rollback.sh", scripts::rollback(proposals));
    files
}

/// When the oldest dump was made that any of them rests on; `None` if nothing tells that of one of them.
fn oldest(proposals: &[Proposal]) -> Option<Instant> {
    let dates: Option<Vec<Instant>> = proposals.iter().map(|proposal| proposal.of.as_of).collect();
    dates?.into_iter().min()
}

fn changes(proposals: &[Proposal]) -> String {
    let mut out = CHANGES.to_owned();
    for proposal in proposals {
        for row in &proposal.change.rows {
            let cells = cells(row, &proposal.of.policy_name);
            out.push_str(&cells.map(|text| cell(&text)).join(","));
            out.push('\n');
        }
    }
    out
}

fn cells(row: &ChangeRow, policy: &str) -> [String; 10] {
    [
        row.action.clone(),
        row.statement.to_string(),
        row.sid.clone().unwrap_or_default(),
        row.pattern.clone(),
        (if row.is_removed { "removed" } else { "kept" }).to_owned(),
        row.verdict.unwrap_or_default().to_owned(),
        row.observed_days.map(|days| days.to_string()).unwrap_or_default(),
        row.granted_since.map(|since| since.to_string()).unwrap_or_default(),
        row.reason.clone(),
        policy.to_owned(),
    ]
}

/// A cell that no spreadsheet runs.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
