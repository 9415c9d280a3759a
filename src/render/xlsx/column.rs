//! One column of a sheet: what stands in its head, what its cells hold, and how they are shown.

use crate::report::ColumnKind;
use crate::report::people::{self, Field, Origin};

/// How the cells of a column are meant, beyond their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// As the kind says.
    Plain,
    /// `active`, `stale`, `unused` or `unknown`.
    Verdict,
    /// The name of a bucket.
    Bucket,
    /// What a dump proves.
    Evidence,
    /// A count of rows in a bucket.
    BucketCount,
    /// A number of days, or a word where there is none.
    DaysOrWord,
    /// The same, in a column of a matrix that is about one entity.
    DaysOfEntity,
    /// Sentences.
    Prose,
    /// The folder of a proposal, below that of the workbook.
    Proposal,
}

/// To which part of a sheet a column belongs. They follow each other in this order, but for what is [`SheetPart::Shown`] behind decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SheetPart {
    /// What a person reads.
    Shown,
    /// What a person fills in.
    Decision,
    /// What programs and doubters need: folded away until somebody unfolds it.
    Technical,
}

/// One column of a sheet.
#[derive(Debug, Clone)]
pub(super) struct SheetColumn {
    /// As in every file.
    pub(super) name: String,
    /// What stands in the header.
    pub(super) label: String,
    /// How to write its values.
    pub(super) kind: ColumnKind,
    /// What it says.
    pub(super) about: String,
    /// How to show it.
    pub(super) meaning: Meaning,
    /// Where on the sheet it stands.
    pub(super) part: SheetPart,
    /// Where its cells come from; none for a column that is empty.
    pub(super) origin: Option<Origin>,
}

impl SheetColumn {
    /// Column `at` of a table of texts, which no report defines.
    pub(super) fn text(at: usize, name: &str, about: &str, meaning: Meaning) -> Self {
        Self {
            name: name.to_owned(),
            label: heading(name),
            kind: ColumnKind::Text,
            about: about.to_owned(),
            meaning,
            part: SheetPart::Shown,
            origin: Some(Origin::Column(at)),
        }
    }

    /// A column of a section.
    pub(super) fn of_field(field: Field, about: &str, part: SheetPart, after_total: bool) -> Self {
        let Field { name, label, kind, source, .. } = field;
        let (meaning, kind) = match (name.as_str(), source) {
            // A day where there was an access, words where there was none.
            (_, Origin::LastUsed { .. }) => (Meaning::Plain, ColumnKind::Instant),
            ("verdict" | "old_verdict" | "new_verdict", _) => (Meaning::Verdict, kind),
            ("bucket", _) => (Meaning::Bucket, kind),
            ("evidence", _) => (Meaning::Evidence, kind),
            ("cell", _) => (Meaning::DaysOrWord, kind),
            ("folder", _) => (Meaning::Proposal, kind),
            ("note" | "comment", _) => (Meaning::Prose, kind),
            _ if after_total && kind == ColumnKind::Count => (Meaning::BucketCount, kind),
            _ => (Meaning::Plain, kind),
        };
        let label = capitalized(&label);
        Self { name, label, kind, about: about.to_owned(), meaning, part, origin: Some(source) }
    }

    /// Whether its values are numbers, which stand at the right.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.origin, Some(Origin::Column(_))) && crate::render::cell::is_number(self.kind)
    }
}

/// The head of a column that no section has.
pub(super) fn heading(name: &str) -> String {
    capitalized(&people::label(name))
}

/// `last used` becomes `Last used`.
pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
