//! A finished report, before it has a format: what `analyse` hands to `render`.
//!
//! A number that stands in two outputs is computed once, here above; a renderer only spells it.

mod headline;
mod parameters;
pub mod people;
mod workpaper;

use crate::frame::Table;
use crate::problem::Problem;
pub use headline::{Headline, Permissions};
pub use parameters::{Parameter, ParameterValue};
pub use workpaper::{Completeness, Counted, Engagement, Workpaper};

/// How the values of a column are meant, which decides how they are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// A name, an ARN, a word of a closed set.
    Text,
    /// A whole number.
    Count,
    /// A whole number of days.
    Days,
    /// A percentage, one decimal; null where the denominator is 0.
    Percent,
    /// A ratio between 0 and 1, four decimals; null where the denominator is 0.
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
    /// As in every output.
    pub name: String,
    /// How to spell its values.
    pub kind: ColumnKind,
    /// What it says.
    pub about: String,
}

/// One table of a report.
#[derive(Debug, Clone)]
pub struct Section {
    /// Stable, fit for a file name: `unused-services`.
    pub id: String,
    /// For people: "Unused services".
    pub title: String,
    /// One sentence about what a row is.
    pub caption: String,
    /// One for each column of `table`, in order.
    pub columns: Vec<Column>,
    /// The rows, already in their final order.
    pub table: Table,
    /// Label and value of the totals that make sense for the section.
    pub totals: Vec<(String, i64)>,
    /// What was left out of this section and why; shown beside the numbers.
    pub remarks: Vec<String>,
    /// Entities, each with its account, that may hold what no row of them lists; a matrix made of the rows shows `?` there.
    pub unseen_entities: Vec<(String, Option<String>)>,
}

/// How the inputs fared; the three add up to `found`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InputCounts {
    /// Files (and archive members) found.
    pub found: usize,
    /// Understood and used.
    pub read: usize,
    /// Not ours.
    pub skipped: usize,
    /// Ours or unreadable, and not used.
    pub failed: usize,
}

/// One input, for the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// As shown everywhere.
    pub source: String,
    /// Length of the stored bytes.
    pub bytes: u64,
    /// In hex, where asked for.
    pub sha256: Option<String>,
}

/// One or more sections with all that must travel with them.
#[derive(Debug, Clone)]
pub struct Report {
    /// "Unused services", or the name of the whole audit.
    pub title: String,
    /// Stable: the name of the command, or the id of the one section.
    pub id: String,
    /// What was asked, in the order shown.
    pub parameters: Vec<Parameter>,
    /// The numbers that lead the report, where it counts everything.
    pub headline: Option<Headline>,
    /// The tables.
    pub sections: Vec<Section>,
    /// How the inputs fared.
    pub inputs: InputCounts,
    /// Every problem, sorted; renderers show those that are not [`Severity::Skipped`](crate::problem::Severity::Skipped).
    pub problems: Vec<Problem>,
    /// What an audit says beside its tables; a report alone has none.
    pub workpaper: Option<Box<Workpaper>>,
}
