//! What a sheet shows: named columns and typed cells, wherever they come from.
//!
//! Comes in: a section's table, or something made from the report. Goes out: [`Grid`]. Apart so that the writing of sheets knows
//! nothing of matrices, long forms and lists of problems.

use crate::frame::{Cell, TableReader};
use crate::report::{Column, ColumnKind, Section};

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
    /// Sentences.
    Prose,
}

/// One column of a sheet.
#[derive(Debug, Clone)]
pub(super) struct SheetColumn {
    /// As in every output.
    pub(super) name: String,
    /// How to write its values.
    pub(super) kind: ColumnKind,
    /// What it says.
    pub(super) about: String,
    /// How to show it.
    pub(super) meaning: Meaning,
}

impl SheetColumn {
    /// A column of text that no report defines.
    pub(super) fn text(name: &str, about: &str, meaning: Meaning) -> Self {
        Self { name: name.to_owned(), kind: ColumnKind::Text, about: about.to_owned(), meaning }
    }
}

/// A column of a report, with what its name says about it.
pub(super) fn described(column: &Column, after_total: bool) -> SheetColumn {
    let meaning = match column.name.as_str() {
        "verdict" | "old_verdict" | "new_verdict" => Meaning::Verdict,
        "bucket" => Meaning::Bucket,
        "evidence" => Meaning::Evidence,
        "cell" => Meaning::DaysOrWord,
        "note" => Meaning::Prose,
        _ if after_total && column.kind == ColumnKind::Count => Meaning::BucketCount,
        _ => Meaning::Plain,
    };
    SheetColumn { name: column.name.clone(), kind: column.kind, about: column.about.clone(), meaning }
}

/// Where the cells come from.
pub(super) enum Cells<'a> {
    /// The table of a section, as it is.
    Table(TableReader<'a>),
    /// A long form of `compare`, as a matrix.
    Matrix(super::compare::Matrix<'a>),
    /// A matrix of `compare`, in the long form.
    Long(super::compare::Long<'a>),
    /// Rows of texts.
    Texts(Vec<Vec<String>>),
}

/// One table of the workbook.
pub(super) struct Grid<'a> {
    /// The name of its sheet: `Unused services`.
    pub(super) name: String,
    /// One sentence about what a row is.
    pub(super) caption: String,
    /// What must stand beside the numbers.
    pub(super) remarks: Vec<String>,
    /// Whether a reader is to decide about each row.
    pub(super) is_removal: bool,
    /// How many of the first columns stay in view.
    pub(super) frozen: usize,
    columns: Vec<SheetColumn>,
    height: usize,
    cells: Cells<'a>,
}

impl<'a> Grid<'a> {
    /// A section as it is.
    pub(super) fn of_section(section: &'a Section) -> Self {
        let total = section.columns.iter().position(|column| column.name == "total");
        let columns = section.columns.iter().enumerate();
        let columns = columns.map(|(at, column)| described(column, total.is_some_and(|total| at > total))).collect();
        Self::new(section, columns, section.table.height(), Cells::Table(section.table.reader()))
    }

    /// A section, but with other columns and cells.
    pub(super) fn new(section: &'a Section, columns: Vec<SheetColumn>, height: usize, cells: Cells<'a>) -> Self {
        Self {
            name: sheet_name(&section.id),
            caption: section.caption.clone(),
            remarks: section.remarks.clone(),
            is_removal: section.id.starts_with("unused"),
            frozen: 0,
            columns,
            height,
            cells,
        }
    }

    /// Rows of texts that are no section.
    pub(super) fn of_texts(name: &str, caption: &str, columns: Vec<SheetColumn>, rows: Vec<Vec<String>>) -> Self {
        Self {
            name: name.to_owned(),
            caption: caption.to_owned(),
            remarks: Vec::new(),
            is_removal: false,
            frozen: 0,
            columns,
            height: rows.len(),
            cells: Cells::Texts(rows),
        }
    }

    /// Its columns, in order.
    pub(super) fn columns(&self) -> &[SheetColumn] {
        &self.columns
    }

    /// The number of rows.
    pub(super) const fn height(&self) -> usize {
        self.height
    }

    /// The value at `row` and `column`, both from 0.
    pub(super) fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        match &self.cells {
            Cells::Table(reader) => reader.cell(row, column),
            Cells::Matrix(matrix) => matrix.cell(row, column),
            Cells::Long(long) => long.cell(row, column),
            Cells::Texts(rows) => Cell::Text(&rows[row][column]),
        }
    }
}

/// `unused-services` becomes `Unused services`.
fn sheet_name(id: &str) -> String {
    let spaced = id.replace('-', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
