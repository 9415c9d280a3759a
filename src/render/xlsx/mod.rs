//! A report as a workbook, for an auditor who opens it, sorts it, writes a decision beside each row and signs it off.
//!
//! Comes in: the [`Report`] that every format is made from. Goes out: one `.xlsx`: the workpaper of an audit, a summary with charts, a sheet for each section,
//! what was not read, and what every column means. [`grid`] is what a sheet shows (a section, or `compare` turned from its long
//! form into a matrix), [`columns`] says which columns stand where, [`pages`](mod@pages) cuts it where a sheet would be too long, [`sheet`] writes it
//! row by row, [`measure`] says how wide, and [`look`] how it looks.
//!
//! **Formulas.** Every text is written as a text, and marked as one, so that it stays a text even when somebody edits the cell.
//! The workbook holds no formula at all.
//!
//! **Memory.** A finished row goes to a temporary file at once, so memory does not grow with the rows. The disk of the folder for
//! temporary files must hold the unpacked workbook, about 70 bytes for each cell.

mod charts;
mod column;
mod columns;
mod compare;
mod cover;
mod definitions;
mod grid;
mod look;
mod measure;
mod pages;
mod problems;
mod sheet;
mod value;
mod workpaper;

use std::io::{self, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::grid::Grid;
use self::pages::{Page, pages};
use super::RenderError;
use crate::report::Report;

/// What a sheet can hold. A parameter, so that tests need no million rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Rows, header and introduction included.
    pub(super) rows: usize,
    /// Columns.
    pub(super) columns: usize,
}

impl Limits {
    /// What Excel, and with it every other reader, allows.
    pub(super) const EXCEL: Self = Self { rows: 1_048_576, columns: 16_384 };
}

/// More cells than this on one sheet, and its unpacked XML may pass the 4 GiB that an ordinary ZIP entry can have.
const MOST_CELLS_OF_A_PLAIN_ZIP: usize = 20_000_000;

/// Packing takes most of the time: this level halves the time of the usual one, for a file that is a sixth larger.
const COMPRESSION: u8 = 2;

/// Writes the whole report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    write_within(report, Limits::EXCEL, out)
}

/// Writes the whole report as if a sheet could hold no more than `limits`.
pub(super) fn write_within(report: &Report, limits: Limits, out: &mut dyn Write) -> Result<(), RenderError> {
    // The encoder wants a writer that may cross threads, which standard output cannot.
    let mut finished = tempfile::tempfile().map_err(|error| io::Error::new(error.kind(), no_room()))?;
    // It also panics where its temporary files cannot be written; a full disk is no bug.
    let encoded = catch_unwind(AssertUnwindSafe(|| encode(report, limits)?.save_to_writer(&finished)));
    match encoded {
        Ok(Ok(())) => {}
        Ok(Err(XlsxError::IoError(error))) => return Err(error.into()),
        Ok(Err(error)) => return Err(RenderError::Workbook(error)),
        Err(_) => return Err(no_room().into()),
    }
    finished.rewind()?;
    io::copy(&mut finished, out)?;
    Ok(())
}

fn no_room() -> io::Error {
    let folder = std::env::temp_dir();
    io::Error::other(format!(
        "the rows of a workbook go to a temporary file first, and {} takes none: is it there, and has it room?",
        folder.display()
    ))
}

/// The place of a sheet among the others.
fn place(id: &str) -> usize {
    const FIRST: [&str; 5] = ["summary", "entities", "unused-services", "unused-actions", "diff"];
    const LAST: [&str; 2] = ["sources", "check"];
    let first = FIRST.iter().position(|first| *first == id);
    first.unwrap_or(FIRST.len() + usize::from(LAST.contains(&id)))
}

fn encode(report: &Report, limits: Limits) -> Result<Workbook, XlsxError> {
    let mut grids: Vec<Grid> = report.sections.iter().map(|section| compare::grid(section, limits)).collect();
    // As an audit is read: what to decide on, what helps to decide, what it rests on.
    grids.sort_by_key(|grid| place(&grid.id));
    grids.extend(problems::grid(report));
    grids.push(definitions::grid(&grids));
    let on_cover = grids.iter().position(|grid| grid.id == "summary");
    let listed: Vec<&Grid> =
        grids.iter().enumerate().filter(|(at, _)| Some(*at) != on_cover).map(|(_, grid)| grid).collect();
    let pages: Vec<Page> = listed.into_iter().flat_map(|grid| pages(grid, limits)).collect();

    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(report));
    workbook.set_zip_compression_level(COMPRESSION);
    workbook
        .use_zip_large_file(grids.iter().any(|grid| grid.height() * grid.columns().len() > MOST_CELLS_OF_A_PLAIN_ZIP));
    if let Some(made) = &report.workpaper {
        workpaper::write(workbook.add_worksheet_with_constant_memory()?, report, made)?;
    }
    let cover = workbook.add_worksheet_with_constant_memory()?;
    cover::write(cover, report, on_cover.map(|at| &grids[at]), &pages)?;
    for page in &pages {
        sheet::write(workbook.add_worksheet_with_constant_memory()?, page, &report.title)?;
    }
    if let [_] = report.sections.as_slice() {
        // Who asked for one report wants to see it; the summary is there for the record.
        workbook.worksheet_from_index(usize::from(on_cover.is_none()))?.set_active(true);
    }
    Ok(workbook)
}

/// The date is that of no clock: the same report gives the same bytes.
fn properties(report: &Report) -> DocProperties {
    let properties = DocProperties::new().set_title(&report.title).set_author("dormant");
    match ExcelDateTime::from_ymd(1980, 1, 1) {
        Ok(date) => properties.set_creation_datetime(&date),
        Err(error) => unreachable!("1980-01-01 is a date: {error}"),
    }
}
