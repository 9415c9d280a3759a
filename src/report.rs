//! A finished report, before it has a format: `analyse` hands it to `render`.
//!
//! A number that is in two outputs is computed once, before a report is rendered; a renderer only formats it.

mod headline;
mod parameters;
pub mod people;
mod redaction;
mod workpaper;

use crate::frame::Table;
use crate::model::{EntityKind, Instant};
use crate::problem::Problem;
use crate::util::hash;
pub use headline::{Headline, Permissions};
pub use parameters::{Parameter, ParameterValue};
pub use redaction::{EstateNames, Redactor};
pub use workpaper::{ATTENTION, Completeness, Counted, Engagement, SampleAsked, Workpaper};

/// How a remark begins that names accounts without a comparison.
pub const NOT_COMPARED: &str = "Nothing is compared where all dumps of an account are of one day";

/// How a remark begins that names entities of which the dump that is compared is not of the last day.
pub const BEHIND: &str = "No dump of the last day of the account";

/// The remark on an action that AWS never records.
pub const UNRECORDED: &str =
    "AWS does not record the use of this action (untracked): no dump can ever say whether it is used.";

/// The remark on an entity of which documents show accesses without a date that can be read.
pub const USED_UNDATED: &str = "It was used at times that cannot be read.";

/// The meaning of a column's values, which decides how they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A name, an ARN, a word of a closed set.
    Text,
    /// A whole number.
    Count,
    /// A whole number of days.
    Days,
    /// A percentage, one decimal; null if the denominator is 0.
    Percent,
    /// A ratio between 0 and 1, four decimals; null if the denominator is 0.
    Ratio,
    /// UTC, `2026-04-01T01:53:35Z`.
    Instant,
    /// `2026-04-01`.
    Date,
    /// `true` or `false`.
    Flag,
}

/// One column of a section: its stable name, its kind, and its definition in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name in every output.
    pub name: String,
    /// How to write its values.
    pub kind: ColumnKind,
    /// Its meaning.
    pub about: String,
}

/// One table of a report.
#[derive(Debug, Clone)]
pub struct Section {
    /// Stable, fit for a file name: `unused-services`.
    pub id: String,
    /// For people: "Unused services".
    pub title: String,
    /// One sentence that tells what a row is.
    pub caption: String,
    /// One for each column of `table`, in order.
    pub columns: Vec<Column>,
    /// The rows, already in their final order.
    pub table: Table,
    /// Label and value of the totals that make sense for the section.
    pub totals: Vec<(String, i64)>,
    /// What was left out of this section and why; shown next to the numbers.
    pub remarks: Vec<String>,
    /// Entities, each with its account, that may hold permissions that none of their rows lists; a matrix made from the
    /// rows shows `?` there.
    pub unseen_entities: Vec<(String, Option<String>)>,
    /// Entities that are not there any more: nothing can be taken away from them.
    pub gone: Vec<GoneEntity>,
    /// Entities that may not be there any more.
    pub unlisted: Vec<UnlistedEntity>,
    /// The owners of inline policies: several entities may have one of the same name, and each is a policy by itself.
    pub inline_owners: Vec<InlineOwner>,
}

/// The owner of an inline policy that an entity holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InlineOwner {
    /// The ARN of the entity.
    pub holder: String,
    /// The name of the policy.
    pub name: String,
    /// The type and the name of what it is written in: the entity, or a group of it.
    pub owner: (EntityKind, String),
}

/// An entity that the newest list of its account does not have, with nothing newer that names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoneEntity {
    /// Its ARN.
    pub arn: String,
    /// Its account.
    pub account: Option<String>,
    /// When the list was made.
    pub since: Instant,
}

impl GoneEntity {
    /// Its ARN and account, as rows have them.
    #[must_use]
    pub fn named(&self) -> (Option<&str>, Option<&str>) {
        (Some(&self.arn), self.account.as_deref())
    }
}

/// An entity that the newest list of its kind does not have, which may have been saved with a filter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnlistedEntity {
    /// Its ARN.
    pub arn: String,
    /// Its account.
    pub account: Option<String>,
    /// The operation that gave the list: `list-roles`.
    pub list: &'static str,
    /// When the list was made.
    pub made_at: Instant,
}

impl UnlistedEntity {
    /// The list, with its day.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{} of {}", self.list, self.made_at.day())
    }

    /// Its ARN and account, as rows have them.
    #[must_use]
    pub fn named(&self) -> (Option<&str>, Option<&str>) {
        (Some(&self.arn), self.account.as_deref())
    }
}

/// What happened to the inputs; the other three add up to `found`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InputCounts {
    /// Files (and archive members) found.
    pub found: usize,
    /// Understood and used.
    pub read: usize,
    /// It belongs to another program.
    pub skipped: usize,
    /// Ours or unreadable, and not used.
    pub failed: usize,
}

/// One input, for the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// As shown everywhere.
    pub source: String,
    /// How many leading bytes of it are the folder that the user named; 0 for a file that was named itself.
    pub root: usize,
    /// Length of the stored bytes.
    pub bytes: u64,
    /// In hex, if it was asked for.
    pub sha256: Option<String>,
}

impl InputFile {
    /// The folder that the user named, and the path below it. Of a file that was named itself the folder is the one that holds it; empty is the folder in
    /// which the program ran.
    #[must_use]
    pub fn place(&self) -> (&str, &str) {
        let below = self.source.get(self.root..).map_or("", |below| below.trim_start_matches('/'));
        if self.root > 0 && !below.is_empty() {
            return (&self.source[..self.root], below);
        }
        match self.source.rfind('/') {
            Some(0) => self.source.split_at(1),
            Some(at) => (&self.source[..at], &self.source[at + 1..]),
            None => ("", &self.source),
        }
    }
}

/// The folder that all of `paths` are in, with the slash at its end; empty where they have none in common.
#[must_use]
pub fn common_folder<P: AsRef<str>>(mut paths: impl Iterator<Item = P>) -> String {
    let Some(first) = paths.next() else { return String::new() };
    let mut folder = first.as_ref().to_owned();
    folder.truncate(folder.rfind('/').map_or(0, |at| at + 1));
    for path in paths {
        let same = folder.bytes().zip(path.as_ref().bytes()).take_while(|(a, b)| a == b).count();
        folder.truncate(folder.as_bytes()[..same].iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1));
        if folder.is_empty() {
            break;
        }
    }
    folder
}

/// The folder that all folders are in which the user named, with the slash at its end: paths of an audit are below it.
#[must_use]
pub fn input_folder(files: &[InputFile]) -> String {
    common_folder(files.iter().map(|file| match file.place() {
        ("", _) => String::new(),
        (folder, _) => format!("{}/", folder.trim_end_matches('/')),
    }))
}

/// The SHA-256 of what `sha256sum` prints for the inputs in the folder that the user named: the same wherever that folder lies.
#[must_use]
pub fn hash_of_list(files: &[InputFile]) -> String {
    let line = |file: &InputFile| format!("{}  {}\n", file.sha256.as_deref().unwrap_or("not-read"), file.place().1);
    hash::sha256_of(files.iter().map(line).collect::<String>().as_bytes())
}

/// One or more sections with everything that must accompany them.
#[derive(Debug, Clone)]
pub struct Report {
    /// "Unused services", or the name of the whole audit.
    pub title: String,
    /// Stable: the name of the command, or the id of the one section.
    pub id: String,
    /// The parameters of the request, in the order shown.
    pub parameters: Vec<Parameter>,
    /// The numbers at the beginning of the report, if it counts everything.
    pub headline: Option<Headline>,
    /// The tables.
    pub sections: Vec<Section>,
    /// What happened to the inputs.
    pub inputs: InputCounts,
    /// When the newest dump was made, if one has a date.
    pub newest_dump: Option<Instant>,
    /// Every problem, sorted; renderers show those that are not [`Severity::Skipped`](crate::problem::Severity::Skipped).
    pub problems: Vec<Problem>,
    /// What an audit holds besides its tables; a single report has none.
    pub workpaper: Option<Box<Workpaper>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_all_files() {
        let of = |paths: &[&str]| common_folder(paths.iter());
        assert_eq!(of(&["in/a/1.json", "in/a/2.json"]), "in/a/");
        assert_eq!(of(&["in/ab/1.json", "in/ac/2.json"]), "in/");
        assert_eq!(of(&["in/a/1.json", "out/2.json"]), "");
        assert_eq!(of(&["in/é/1.json", "in/è/2.json"]), "in/", "no letter is cut");
        assert_eq!(of(&["in/a/1.json"]), "in/a/");
        assert_eq!(of(&["1.json", "in/2.json"]), "");
        assert_eq!(of(&[]), "");
    }

    #[test]
    fn the_folder_of_all_inputs() {
        let file = |source: &str, root| InputFile { source: source.to_owned(), root, bytes: 0, sha256: None };
        let of = |files: &[InputFile]| input_folder(files);
        assert_eq!(of(&[file("/data/me/in/a/1.json", 11), file("/data/me/in/b/2.json", 11)]), "/data/me/in/");
        assert_eq!(of(&[file("/data/me/in/1.json", 11), file("/data/me/old/2.json", 12)]), "/data/me/");
        assert_eq!(of(&[file("in/1.json", 2), file("2.json", 0)]), "");
        assert_eq!(of(&[file("in/1.json", 0)]), "in/");
    }
}
