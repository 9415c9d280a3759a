//! One sheet of one table: introduction, header, rows, and what makes it pleasant to read and to print.

use std::ops::Range;

use rayon::prelude::*;
use rust_xlsxwriter::{
    DataValidation, DataValidationRule, ExcelDateTime, Format, IgnoreError, Note, Url, Worksheet, XlsxError,
};

use super::column::{Meaning, SheetColumn, SheetPart};
use super::grid::Grid;
use super::pages::Page;
use super::rows::BodyRows;
use super::{look, measure, value};
use crate::model::Instant;
use crate::report::ColumnKind;

/// What may be decided about a finding, and what may be found out about a row of the sample.
const DECISIONS: [&str; 3] = ["remove", "keep", "ask"];
const RESULTS: [&str; 3] = ["confirmed", "differs", "not tested"];
/// How many links a sheet can hold.
const MOST_LINKS: usize = 65_530;
/// On longer sheets no text wraps: nobody prints these.
const MOST_ROWS_THAT_WRAP: usize = 2_000;
/// The columns of so many rows are measured together.
const MEASURED_ROWS: usize = 1 << 13;
/// The longest note lies over fewer rows.
const UNDER_NOTES: usize = 40;
/// A matrix is as wide as it is: it goes over several pages, at this percentage.
const SCALE_OF_MATRIX: u16 = 75;
/// The paper, by its number in the format.
const A4: u8 = 9;

/// Writes `page` to the empty `sheet`, all but its rows: they are given, to be put in the place of an empty last row.
pub(super) fn write<'p>(
    sheet: &mut Worksheet,
    page: &'p Page<'p>,
    title: &str,
) -> Result<Option<BodyRows<'p>>, XlsxError> {
    sheet.set_name(&page.name)?;
    sheet.set_tab_color(look::tab(&page.grid.id));
    let layout = Layout::of(page);
    let printed = measure::last_printed(page.grid, &layout.widths);
    for (row, line) in (0_u32..).zip(&page.lead) {
        let format = if row == 0 { look::title() } else { look::remark() };
        across(sheet, (row, 0, printed), line, measure::characters(&layout.widths, printed), &format)?;
    }
    let header = page.header_row() as u32;
    let rows = body_rows(page, &layout, header + 1);
    let last = table(sheet, page, &layout, header, |sheet| match &rows {
        Some(rows) => leave_out(sheet, rows),
        None => Ok(()),
    })?;
    link_proposals(sheet, page, header + 1)?;
    sheet.set_freeze_panes(header + 1, page.grid.frozen as u16)?;
    sheet.autofilter(header, 0, last, page.grid.columns().len() as u16 - 1)?;
    fold(sheet, page.grid)?;
    set_up_print(sheet, page.grid, title, (header, last), (&layout.widths, printed))?;
    Ok(rows)
}

/// The rows of `page`, the first one in row `first`; `None` where there are none.
fn body_rows<'p>(page: &'p Page<'p>, layout: &Layout, first: u32) -> Option<BodyRows<'p>> {
    let columns = page.grid.columns().iter().enumerate();
    let wraps = columns.map(|(at, column)| (layout.wraps[at] && column.origin.is_some()).then_some(layout.widths[at]));
    (!page.rows.is_empty()).then(|| BodyRows { page, first, wraps: wraps.collect() })
}

/// Writes one cell where the last of `rows` ends, so that the sheet knows how large it is; and says how high those rows are over which the notes
/// of the header lie.
fn leave_out(sheet: &mut Worksheet, rows: &BodyRows) -> Result<(), XlsxError> {
    let (columns, reader) = (rows.page.grid.columns(), rows.page.grid.reader());
    for (row, of_grid) in (rows.first..).zip(rows.page.rows.clone()).take(UNDER_NOTES) {
        if let Some(height) = rows.height(&reader, of_grid) {
            sheet.set_row_height_pixels(row, height)?;
        }
    }
    let Some(column) = columns.last() else { return Ok(()) };
    let format = look::cells(column, false, is_apart(columns, columns.len() - 1));
    sheet.write_blank(rows.last(), columns.len() as u16 - 1, &format).map(drop)
}

/// Whether numbers stand before a column, and end where its texts would begin.
fn is_apart(columns: &[SheetColumn], at: usize) -> bool {
    at.checked_sub(1).is_some_and(|before| columns[before].is_number())
}

/// Links each folder of a proposal to the description in it. The folders lie beside the workbook.
fn link_proposals(sheet: &mut Worksheet, page: &Page, first: u32) -> Result<(), XlsxError> {
    let Some(at) = page.grid.columns().iter().position(|column| column.meaning == Meaning::Proposal) else {
        return Ok(());
    };
    let reader = page.grid.reader();
    for (row, of_grid) in (first..).zip(page.rows.clone()).take(MOST_LINKS) {
        let value::CellValue::Text(folder) = value::shown(reader.cell(of_grid, at), &page.grid.columns()[at]) else {
            continue;
        };
        // The name of the folder may hold `%`, which an address has to spell.
        let address = format!("file:///{}/README.md", folder.replace('%', "%25"));
        sheet.write_url_with_format(row, at as u16, Url::new(address).set_text(&*folder), &look::link())?;
    }
    Ok(())
}

/// Writes a text over several columns, on as many lines as it needs.
pub(super) fn across(
    sheet: &mut Worksheet,
    (row, from, to): (u32, u16, u16),
    text: &str,
    characters: usize,
    format: &Format,
) -> Result<(), XlsxError> {
    let text = value::clip(text);
    // Cells that are merged do not grow by themselves.
    if let Some(height) = measure::height(&text, characters) {
        sheet.set_row_height_pixels(row, height)?;
    }
    if from == to {
        sheet.write_string_with_format(row, from, text, format)?;
    } else {
        sheet.merge_range(row, from, row, to, &text, format)?;
    }
    Ok(())
}

/// How wide the columns of a page are, in characters, and which of them hold texts that wrap.
pub(super) struct Layout {
    pub(super) widths: Vec<usize>,
    wraps: Vec<bool>,
}

impl Layout {
    /// That of `page`.
    pub(super) fn of(page: &Page) -> Self {
        let (grid, columns) = (page.grid, page.grid.columns());
        let is_decided = grid.part(SheetPart::Decision).is_some();
        let may_wrap = page.rows.len() <= MOST_ROWS_THAT_WRAP;
        let widest = widest(page);
        let of_column = |(column, widest): (&SheetColumn, &usize)| match measure::width(column, *widest, is_decided) {
            (width, _) if column.part == SheetPart::Technical => (width, false),
            (_, true) if !may_wrap && column.part == SheetPart::Shown => (measure::unwrapped(column, *widest), false),
            (width, wraps) => (width, wraps),
        };
        let (mut widths, wraps): (Vec<usize>, Vec<bool>) = columns.iter().zip(&widest).map(of_column).unzip();
        if is_decided && may_wrap {
            measure::grow(columns, &mut widths, &widest);
        }
        Self { widths, wraps }
    }
}

/// How many characters the widest value of each column of `page` has.
///
/// All columns are measured in some rows, then in the next: to measure one column after the other unpacks every piece of
/// a long table once for each column.
fn widest(page: &Page) -> Vec<usize> {
    let columns = page.grid.columns();
    let end = page.rows.end;
    let some: Vec<Range<usize>> =
        page.rows.clone().step_by(MEASURED_ROWS).map(|start| start..end.min(start + MEASURED_ROWS)).collect();
    let in_some = |rows: &Range<usize>| -> Vec<usize> {
        let reader = page.grid.reader();
        let of_column = |(at, column): (usize, &SheetColumn)| {
            let mut widest = 0;
            reader.changes(rows.clone(), at, |_, cell| widest = widest.max(value::width(cell, column)));
            widest
        };
        columns.iter().enumerate().map(of_column).collect()
    };
    let wider = |one: Vec<usize>, other: Vec<usize>| one.into_iter().zip(other).map(|(a, b)| a.max(b)).collect();
    some.par_iter().map(in_some).reduce(|| vec![0; columns.len()], wider)
}

/// Writes header and rows of `page`, the header in row `header`; gives the last row.
pub(super) fn table(
    sheet: &mut Worksheet,
    page: &Page,
    layout: &Layout,
    header: u32,
    rows: impl FnOnce(&mut Worksheet) -> Result<(), XlsxError>,
) -> Result<u32, XlsxError> {
    let columns = page.grid.columns();
    sheet.set_default_note_author("dormant");
    sheet.set_row_height_pixels(header, measure::head_height(columns, &layout.widths))?;
    for (at, column) in (0_u16..).zip(columns) {
        let apart = is_apart(columns, usize::from(at));
        sheet.set_column_format(at, &look::cells(column, layout.wraps[usize::from(at)], apart))?;
        sheet.write_string_with_format(header, at, value::clip(&column.label), &look::header(column, apart))?;
        let note = Note::new(value::clip(&format!("{}\n{}", column.name, column.about)));
        let lines = column.about.chars().count().div_ceil(38) + 2;
        sheet.insert_note(
            header,
            at,
            &note.add_author_prefix(false).set_width(260).set_height(17 * lines as u32 + 8),
        )?;
    }
    rows(sheet)?;
    for (at, width) in (0_u16..).zip(&layout.widths) {
        sheet.set_column_width(at, measure::in_sheet(*width))?;
    }
    let last = header + page.rows.len() as u32;
    if !page.rows.is_empty() {
        finish_rows(sheet, page.grid, header + 1, last)?;
    }
    Ok(last)
}

/// Writes the rows of a table that stands among other things, the first one in row `first`.
pub(super) fn few_rows(sheet: &mut Worksheet, page: &Page, layout: &Layout, first: u32) -> Result<(), XlsxError> {
    let (columns, reader) = (page.grid.columns(), page.grid.reader());
    let rows = body_rows(page, layout, first);
    for (row, of_grid) in (first..).zip(page.rows.clone()) {
        let height = rows.as_ref().and_then(|rows| rows.height(&reader, of_grid));
        if let Some(height) = height {
            sheet.set_row_height_pixels(row, height)?;
        }
        for (at, column) in columns.iter().enumerate() {
            value::write(sheet, (row, at as u16), reader.cell(of_grid, at), column)?;
        }
    }
    Ok(())
}

fn finish_rows(sheet: &mut Worksheet, grid: &Grid, first: u32, last: u32) -> Result<(), XlsxError> {
    look::color(sheet, grid, first, last)?;
    // An account is twelve digits and no number; no green corner need say so.
    sheet.ignore_error_range(first, 0, last, grid.columns().len() as u16 - 1, IgnoreError::NumberStoredAsText)?;
    if let Some((from, to)) = grid.part(SheetPart::Decision) {
        let (choices, message) = match grid.columns()[usize::from(from)].name.as_str() {
            "decision" => (DECISIONS, "Choose remove, keep or ask."),
            _ => (RESULTS, "Choose confirmed, differs or not tested."),
        };
        let label = &grid.columns()[usize::from(from)].label;
        let choice = DataValidation::new().allow_list_strings(&choices)?;
        let choice = choice.set_error_title(label)?.set_error_message(message)?;
        sheet.add_data_validation(first, from, last, from, &choice)?;
        for (at, column) in (0_u16..).zip(grid.columns()) {
            if column.part == SheetPart::Decision && column.kind == ColumnKind::Date {
                sheet.add_data_validation(first, at, last, at, &a_day(&column.label, grid.newest)?)?;
            }
        }
        look::color_decisions(sheet, (from, to), first, last)?;
    }
    Ok(())
}

/// A day, and none before the newest dump: what is due or tested then was so before anybody knew of it.
fn a_day(label: &str, newest: Option<Instant>) -> Result<DataValidation, XlsxError> {
    let day = newest.map_or(ExcelDateTime::from_ymd(2000, 1, 1), |newest| {
        ExcelDateTime::from_serial_datetime(f64::from(newest.day().0) + value::UNIX_EPOCH as f64)
    })?;
    let day = DataValidation::new().allow_date(DataValidationRule::GreaterThanOrEqualTo(day));
    day.set_error_title(label)?.set_error_message("Write a day such as 2026-07-06, and none before the dumps.")
}

/// Folds the technical columns away, behind a cross in the margin.
pub(super) fn fold(sheet: &mut Worksheet, grid: &Grid) -> Result<(), XlsxError> {
    if let Some((from, to)) = grid.part(SheetPart::Technical) {
        sheet.group_columns_collapsed(from, to)?;
    }
    Ok(())
}

/// Landscape, the columns for people as wide as the paper, the header on every page.
fn set_up_print(
    sheet: &mut Worksheet,
    grid: &Grid,
    title: &str,
    (header, last): (u32, u32),
    (widths, printed): (&[usize], u16),
) -> Result<(), XlsxError> {
    lay_out_page(sheet, title);
    sheet.set_repeat_rows(header, header)?;
    if grid.columns().iter().any(|column| column.meaning == Meaning::DaysOfEntity) {
        sheet.set_print_scale(SCALE_OF_MATRIX);
        if let Some(last) = (grid.frozen as u16).checked_sub(1) {
            sheet.set_repeat_columns(0, last)?;
        }
        return Ok(());
    }
    sheet.set_print_area(0, 0, last, printed)?;
    sheet.set_print_scale(measure::scale_in_landscape(widths, printed));
    Ok(())
}

/// Paper, margins, and a footer that says where the page belongs.
pub(super) fn lay_out_page(sheet: &mut Worksheet, title: &str) {
    sheet.set_landscape().set_paper_size(A4).set_margins(0.25, 0.25, 0.35, 0.5, 0.25, 0.25);
    // The foot is printed at the scale of the sheet, as its cells are.
    sheet.set_footer(format!("&L&11{}: &A&R&11Page &P of &N", title.replace('&', "&&")));
}
