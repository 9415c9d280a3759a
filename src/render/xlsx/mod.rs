//! A report as a workbook, for an auditor who opens it, sorts it, writes a decision next to each row and signs it off.
//!
//! Comes in: the [`Report`] that every format is made from. Goes out: one `.xlsx`: the workpaper of an audit, a summary with charts, a sheet for each section,
//! what was not read, and what every column means. [`grid`] is what a sheet shows (a section, or `compare` turned from its long
//! form into a matrix), [`columns`] says which columns stand where, [`pages`](mod@pages) cuts it where a sheet would be too long, [`sheet`] writes
//! everything but its rows, which are spelled by [`rows`] and put in their places by [`package`], [`measure`] says how wide, and [`look`] how it looks.
//!
//! **Formulas.** Every text is written as a text, and marked as one, so that it stays a text even when somebody edits the cell.
//! The workbook holds no formula at all.
//!
//! **Memory.** Rows are spelled and compressed some at a time, so memory does not grow with them.

mod charts;
mod column;
mod columns;
mod compare;
mod cover;
mod definitions;
mod grid;
mod look;
mod measure;
mod package;
mod pages;
mod problems;
mod rows;
mod sheet;
mod value;
mod workpaper;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use self::grid::Grid;
use self::pages::{Page, pages};
use self::rows::RowsOfSheet;
use super::{Out, RenderError};
use crate::report::Report;

/// What a sheet can hold. A parameter, so that tests need no million rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SheetLimits {
    /// Rows, header and introduction included.
    pub(super) rows: usize,
    /// Columns.
    pub(super) columns: usize,
}

impl SheetLimits {
    /// What Excel, and with it every other reader, allows.
    pub(super) const EXCEL: Self = Self { rows: 1_048_576, columns: 16_384 };
}

/// Writes the whole report.
pub(super) fn write(report: &Report, out: &mut Out) -> Result<(), RenderError> {
    write_within(report, SheetLimits::EXCEL, out)
}

/// Writes the whole report as if a sheet could hold no more than `limits`.
pub(super) fn write_within(report: &Report, limits: SheetLimits, out: &mut Out) -> Result<(), RenderError> {
    let grids = grids(report, limits);
    let on_cover = grids.iter().find(|grid| grid.id == "summary");
    let listed = grids.iter().filter(|grid| grid.id != "summary");
    let pages: Vec<Page> = listed.flat_map(|grid| pages(grid, limits)).collect();
    let (bare, rows) = encode(report, on_cover, &pages).map_err(RenderError::Workbook)?;
    package::write(bare, &rows, out)
}

/// The place of a sheet among the others.
fn place(id: &str) -> usize {
    const FIRST: [&str; 8] =
        ["summary", "entities", "unused-services", "unused-actions", "diff", "sample", "kept", "decisions"];
    const LAST: [&str; 2] = ["sources", "check"];
    let first = FIRST.iter().position(|first| *first == id);
    first.unwrap_or(FIRST.len() + usize::from(LAST.contains(&id)))
}

/// What the workbook shows, in order.
fn grids(report: &Report, limits: SheetLimits) -> Vec<Grid<'_>> {
    let mut grids: Vec<Grid> = report.sections.iter().map(|section| compare::grid(section, limits)).collect();
    // As an audit is read: what to decide on, what helps to decide, what it rests on.
    grids.sort_by_key(|grid| place(&grid.id));
    let newest = report.headline.as_ref().and_then(|headline| headline.newest);
    for grid in &mut grids {
        grid.newest = newest;
    }
    grids.extend(problems::grid(report));
    grids.push(definitions::grid(&grids));
    grids
}

/// The package without the rows of its `pages`; and these, by the number of the sheet.
fn encode<'p>(
    report: &Report,
    on_cover: Option<&Grid>,
    pages: &'p [Page<'p>],
) -> Result<(Vec<u8>, Vec<RowsOfSheet<'p>>), XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(report));
    workbook.set_zip_compression_level(package::COMPRESSION);
    if let Some(made) = &report.workpaper {
        workpaper::write(workbook.add_worksheet(), report, made)?;
    }
    let cover = workbook.add_worksheet();
    cover::write(cover, report, on_cover, pages)?;
    let mut rows = Vec::new();
    for page in pages {
        let of_page = sheet::write(workbook.add_worksheet(), page, &report.title)?;
        rows.extend(of_page.map(|of_page| (workbook.worksheets().len(), of_page)));
    }
    if let [_] = report.sections.as_slice() {
        // Who asked for one report wants to see it; the summary is there for the record.
        workbook.worksheet_from_index(usize::from(on_cover.is_none()))?.set_active(true);
    }
    Ok((workbook.save_to_buffer()?, rows))
}

/// The date is that of no clock: the same report gives the same bytes.
fn properties(report: &Report) -> DocProperties {
    let properties = DocProperties::new().set_title(&report.title).set_author("dormant");
    match ExcelDateTime::from_ymd(1980, 1, 1) {
        Ok(date) => properties.set_creation_datetime(&date),
        Err(error) => unreachable!("1980-01-01 is a date: {error}"),
    }
}
