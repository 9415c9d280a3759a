//! One sheet of one table: introduction, header, rows, and what makes it pleasant to read and to print.

use rust_xlsxwriter::{DataValidation, Format, IgnoreError, Note, Worksheet, XlsxError};

use super::column::{Meaning, Part, SheetColumn};
use super::grid::Grid;
use super::pages::Page;
use super::{look, measure, value};

/// What may be decided.
const DECISIONS: [&str; 3] = ["remove", "keep", "ask"];
/// On longer sheets no text wraps: each height of a row takes half a kilobyte of memory until the workbook is written, which is 130 MB for
/// the 435,000 unused actions of 1,000 entities. Nobody prints these.
const MOST_ROWS_THAT_WRAP: usize = 2_000;
/// A matrix is as wide as it is: it goes over several pages, at this percentage.
const SCALE_OF_MATRIX: u16 = 75;
/// The paper, by its number in the format.
const A4: u8 = 9;

/// Writes `page` to the empty `sheet`.
pub(super) fn write(sheet: &mut Worksheet, page: &Page, title: &str) -> Result<(), XlsxError> {
    sheet.set_name(&page.name)?;
    sheet.set_tab_color(look::tab(&page.grid.id));
    let mut layout = Layout::of(page);
    let printed = measure::last_printed(page.grid, &layout.widths);
    for (row, line) in (0_u32..).zip(&page.lead) {
        let format = if row == 0 { look::title() } else { look::remark() };
        across(sheet, (row, 0, printed), line, measure::characters(&layout.widths, printed), &format)?;
    }
    let header = page.header_row() as u32;
    let last = table(sheet, page, &mut layout, header)?;
    sheet.set_freeze_panes(header + 1, page.grid.frozen as u16)?;
    sheet.autofilter(header, 0, last, page.grid.columns().len() as u16 - 1)?;
    fold(sheet, page.grid)?;
    set_up_print(sheet, page.grid, title, (header, last), printed)
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

/// How wide the columns of a page are, in characters, and which of them hold texts that wrap. What is folded away is as wide as its rows turn out to
/// be; the others are looked at first, since a text that wraps has another format.
pub(super) struct Layout {
    pub(super) widths: Vec<usize>,
    wraps: Vec<bool>,
}

impl Layout {
    /// That of `page`.
    pub(super) fn of(page: &Page) -> Self {
        let (grid, columns) = (page.grid, page.grid.columns());
        let is_decided = grid.part(Part::Decision).is_some();
        let looked_at: Vec<usize> = (0..columns.len()).filter(|at| columns[*at].part != Part::Technical).collect();
        let mut widest = vec![0; columns.len()];
        // Row by row, as a table is read best.
        for row in page.rows.clone() {
            for at in &looked_at {
                widest[*at] = widest[*at].max(value::width(grid.cell(row, *at), &columns[*at]));
            }
        }
        let may_wrap = page.rows.len() <= MOST_ROWS_THAT_WRAP;
        let of_column = |(column, widest): (&SheetColumn, usize)| match measure::width(column, widest, is_decided) {
            (_, true) if !may_wrap && column.part == Part::Shown => (measure::unwrapped(column, widest), false),
            (width, wraps) => (width, wraps),
        };
        let (widths, wraps) = columns.iter().zip(widest).map(of_column).unzip();
        Self { widths, wraps }
    }
}

/// Writes header and rows of `page`, the header in row `header`; gives the last row.
pub(super) fn table(sheet: &mut Worksheet, page: &Page, layout: &mut Layout, header: u32) -> Result<u32, XlsxError> {
    let columns = page.grid.columns();
    sheet.set_default_note_author("dormant");
    sheet.set_row_height_pixels(header, measure::head_height(columns, &layout.widths))?;
    for (at, column) in (0_u16..).zip(columns) {
        sheet.set_column_format(at, &look::cells(column, layout.wraps[usize::from(at)]))?;
        sheet.write_string_with_format(header, at, value::clip(&column.label), &look::header(column))?;
        let note = Note::new(value::clip(&format!("{}\n{}", column.name, column.about)));
        let lines = column.about.chars().count().div_ceil(38) + 2;
        sheet.insert_note(
            header,
            at,
            &note.add_author_prefix(false).set_width(260).set_height(17 * lines as u32 + 8),
        )?;
    }
    let widest = rows(sheet, page, layout, header + 1)?;
    for (at, (column, widest)) in columns.iter().zip(widest).enumerate() {
        if column.part == Part::Technical {
            layout.widths[at] = measure::width(column, widest, false).0;
        }
        sheet.set_column_width(at as u16, measure::in_sheet(layout.widths[at]))?;
    }
    let last = header + page.rows.len() as u32;
    if !page.rows.is_empty() {
        finish_rows(sheet, page.grid, header + 1, last)?;
    }
    Ok(last)
}

/// Writes the rows, the first one in row `first`; gives the width that each column needs.
fn rows(sheet: &mut Worksheet, page: &Page, layout: &Layout, first: u32) -> Result<Vec<usize>, XlsxError> {
    let columns = page.grid.columns();
    let wrapping: Vec<usize> =
        (0..columns.len()).filter(|at| layout.wraps[*at] && columns[*at].origin.is_some()).collect();
    let mut widest = vec![0; columns.len()];
    for (row, of_grid) in (first..).zip(page.rows.clone()) {
        let height = wrapping.iter().filter_map(|at| {
            let text = value::text(page.grid.cell(of_grid, *at), &columns[*at])?;
            measure::height(&text, layout.widths[*at])
        });
        if let Some(height) = height.max() {
            sheet.set_row_height_pixels(row, height)?;
        }
        for (at, column) in columns.iter().enumerate() {
            let width = value::write(sheet, (row, at as u16), page.grid.cell(of_grid, at), column)?;
            widest[at] = widest[at].max(width);
        }
    }
    Ok(widest)
}

fn finish_rows(sheet: &mut Worksheet, grid: &Grid, first: u32, last: u32) -> Result<(), XlsxError> {
    look::colour(sheet, grid, first, last)?;
    // An account is twelve digits and no number; no green corner need say so.
    sheet.ignore_error_range(first, 0, last, grid.columns().len() as u16 - 1, IgnoreError::NumberStoredAsText)?;
    if let Some((from, to)) = grid.part(Part::Decision) {
        let choice = DataValidation::new().allow_list_strings(&DECISIONS)?;
        let choice = choice.set_error_title("Decision")?.set_error_message("Choose remove, keep or ask.")?;
        sheet.add_data_validation(first, from, last, from, &choice)?;
        look::colour_decisions(sheet, (from, to), first, last)?;
    }
    Ok(())
}

/// Folds the technical columns away, behind a cross in the margin.
pub(super) fn fold(sheet: &mut Worksheet, grid: &Grid) -> Result<(), XlsxError> {
    if let Some((from, to)) = grid.part(Part::Technical) {
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
    printed: u16,
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
    sheet.set_print_fit_to_pages(1, 0);
    Ok(())
}

/// Paper, margins, and a footer that says where the page belongs.
pub(super) fn lay_out_page(sheet: &mut Worksheet, title: &str) {
    sheet.set_landscape().set_paper_size(A4).set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_footer(format!("&L{}: &A&RPage &P of &N", title.replace('&', "&&")));
}
