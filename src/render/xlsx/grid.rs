//! What a sheet shows: columns and typed cells, wherever they come from.
//!
//! Comes in: a section's table, or something made from the report. Goes out: [`Grid`]. Apart so that the writing of sheets knows
//! nothing of matrices, long forms and lists of problems. Which columns stand where is decided in [`columns`].

use std::borrow::Cow;
use std::ops::Range;

use super::column::{SheetColumn, SheetPart};
use super::columns;
use crate::frame::{Cell, Table, TableReader};
use crate::model::Instant;
use crate::render::{people, words};
use crate::report::people::Origin;
use crate::report::{ColumnKind, Section};

/// What a cell of a sheet holds.
pub(super) enum SheetCell<'c> {
    /// A value of a table.
    Value(Cell<'c>),
    /// A text that is made for people.
    Text(Cow<'c, str>),
}

/// Where the cells come from.
pub(super) enum Cells<'a> {
    /// The table of a section, as it is.
    Table(&'a Table),
    /// A long form of `compare`, as a matrix.
    Matrix(super::compare::Matrix<'a>),
    /// A matrix of `compare`, in the long form.
    Long(super::compare::Long<'a>),
    /// Rows of texts.
    Texts(Vec<Vec<String>>),
}

/// One table of the workbook.
pub(super) struct Grid<'a> {
    /// The id of its section.
    pub(super) id: String,
    /// The name of its sheet: `Unused services`.
    pub(super) name: String,
    /// One sentence about what a row is.
    pub(super) caption: String,
    /// What must stand beside the numbers.
    pub(super) remarks: Vec<String>,
    /// The date of the newest dump that counts, where the report knows it.
    pub(super) newest: Option<Instant>,
    /// How many of the first columns stay in view.
    pub(super) frozen: usize,
    columns: Vec<SheetColumn>,
    height: usize,
    cells: Cells<'a>,
}

impl<'a> Grid<'a> {
    /// A section as it is, its columns in the order for people.
    pub(super) fn of_section(section: &'a Section) -> Self {
        let columns = columns::of_section(section);
        let frozen = columns::frozen(section, &columns);
        Self::new(section, columns, frozen, section.table.height(), Cells::Table(&section.table))
    }

    /// A section, but with other columns and cells.
    pub(super) fn new(
        section: &'a Section,
        columns: Vec<SheetColumn>,
        frozen: usize,
        height: usize,
        cells: Cells<'a>,
    ) -> Self {
        Self {
            id: section.id.clone(),
            name: columns::sheet_name(&section.id),
            caption: words::without_options(&section.caption).into_owned(),
            remarks: section.remarks.iter().map(|remark| words::without_options(remark).into_owned()).collect(),
            newest: None,
            frozen,
            columns,
            height,
            cells,
        }
    }

    /// Rows of texts that are no section.
    pub(super) fn of_texts(name: &str, caption: &str, columns: Vec<SheetColumn>, rows: Vec<Vec<String>>) -> Self {
        Self {
            id: name.to_lowercase().replace(' ', "-"),
            name: name.to_owned(),
            caption: caption.to_owned(),
            remarks: Vec::new(),
            newest: None,
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

    /// The places of the columns of one part, which follow each other; none where there are none.
    pub(super) fn part(&self, part: SheetPart) -> Option<(u16, u16)> {
        let first = self.columns.iter().position(|column| column.part == part)?;
        let last = self.columns.iter().rposition(|column| column.part == part)?;
        Some((first as u16, last as u16))
    }

    /// The number of rows.
    pub(super) const fn height(&self) -> usize {
        self.height
    }

    /// Access to its cells, for one thread.
    pub(super) fn reader(&self) -> GridReader<'_> {
        let table = match &self.cells {
            Cells::Table(table) => Some(table.reader()),
            Cells::Long(long) => Some(long.table().reader()),
            Cells::Matrix(_) | Cells::Texts(_) => None,
        };
        GridReader { grid: self, table }
    }
}

/// Reads the cells of a [`Grid`].
pub(super) struct GridReader<'g> {
    grid: &'g Grid<'g>,
    /// The table that the cells come from, where they do.
    table: Option<TableReader<'g>>,
}

impl GridReader<'_> {
    /// The value at `row` and `column`, both from 0.
    pub(super) fn cell(&self, row: usize, column: usize) -> SheetCell<'_> {
        let Some(origin) = self.grid.columns[column].origin else { return SheetCell::Value(Cell::Null) };
        let value = match (&self.grid.cells, &self.table) {
            (Cells::Matrix(matrix), _) => matrix.cell(row, column),
            (Cells::Texts(rows), _) => Cell::Text(&rows[row][column]),
            (Cells::Long(long), Some(reader)) => long.cell(reader, row, column),
            (_, Some(reader)) => match origin {
                Origin::Column(at) => reader.cell(row, at),
                Origin::LastUsed { at, .. } if matches!(reader.cell(row, at), Cell::Instant(_)) => reader.cell(row, at),
                made => return SheetCell::Text(people::text_from(made, ColumnKind::Text, reader, row)),
            },
            (Cells::Table(_) | Cells::Long(_), None) => unreachable!("both have a table"),
        };
        SheetCell::Value(value)
    }

    /// Tells `each` of the first of `rows`, and of every other in which `column` may say something else than in the row above.
    pub(super) fn changes(&self, rows: Range<usize>, column: usize, mut each: impl FnMut(usize, SheetCell<'_>)) {
        match (&self.grid.cells, self.grid.columns[column].origin) {
            (_, None) => {}
            (Cells::Table(table), Some(Origin::Column(at))) => {
                for run in table.runs(rows) {
                    run.changes(run.rows(), at, |row, cell| each(row, SheetCell::Value(cell)));
                }
            }
            (Cells::Table(table), Some(made)) => {
                let mut changes = vec![false; rows.len()];
                for run in table.runs(rows.clone()) {
                    for at in people::made_of(made) {
                        run.changes(run.rows(), at, |row, _| changes[row - rows.start] = true);
                    }
                }
                let changed = rows.zip(changes).filter_map(|(row, changes)| changes.then_some(row));
                changed.for_each(|row| each(row, self.cell(row, column)));
            }
            _ => rows.for_each(|row| each(row, self.cell(row, column))),
        }
    }
}
