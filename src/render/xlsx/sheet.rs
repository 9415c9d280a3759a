//! One sheet of one table: introduction, header, rows, and what makes it pleasant to read and to print.

use rust_xlsxwriter::{DataValidation, IgnoreError, Worksheet, XlsxError};

use super::pages::Page;
use super::{look, value};

/// What a reader fills in, with the width of the column.
const TO_FILL_IN: [(&str, u32); 3] = [("Decision", 13), ("Owner", 20), ("Comment", 36)];
/// What may be decided.
const DECISIONS: [&str; 3] = ["remove", "keep", "ask"];
/// Sheets with more columns are not squeezed onto the width of one page.
const MOST_COLUMNS_OF_A_PAGE: usize = 40;
/// The paper, by its number in the format.
const A4: u8 = 9;

/// Writes `page` to the empty `sheet`.
pub(super) fn write(sheet: &mut Worksheet, page: &Page, title: &str) -> Result<(), XlsxError> {
    sheet.set_name(&page.name)?;
    for (row, line) in (0_u32..).zip(&page.lead) {
        let format = if row == 0 { look::title() } else { look::remark() };
        sheet.write_string_with_format(row, 0, value::clip(line), &format)?;
    }
    let header = page.header_row() as u32;
    let last = table(sheet, page, header)?;
    sheet.set_freeze_panes(header + 1, page.grid.frozen as u16)?;
    let columns = page.grid.columns().len() + if page.grid.is_removal { TO_FILL_IN.len() } else { 0 };
    sheet.autofilter(header, 0, last, columns as u16 - 1)?;
    set_up_print(sheet, title, header, columns)
}

/// Writes header and rows of `page`, the header in row `header`; gives the last row.
pub(super) fn table(sheet: &mut Worksheet, page: &Page, header: u32) -> Result<u32, XlsxError> {
    let columns = page.grid.columns();
    if let Some(height) = look::header_height(columns) {
        sheet.set_row_height_pixels(header, height)?;
    }
    for (at, column) in (0_u16..).zip(columns) {
        sheet.set_column_format(at, &look::cells(column))?;
        sheet.write_string_with_format(header, at, value::clip(&column.name), &look::header(column))?;
    }
    if page.grid.is_removal {
        for (at, (name, width)) in (columns.len() as u16..).zip(TO_FILL_IN) {
            sheet.write_string_with_format(header, at, name, &look::header_to_fill_in())?;
            sheet.set_column_width(at, width)?;
        }
    }
    let widest = rows(sheet, page, header + 1)?;
    for (at, (column, widest)) in (0_u16..).zip(columns.iter().zip(widest)) {
        sheet.set_column_width(at, look::width(column, widest))?;
    }
    let last = header + page.rows.len() as u32;
    if !page.rows.is_empty() {
        finish_rows(sheet, page, header + 1, last)?;
    }
    Ok(last)
}

/// Writes the rows, the first one in row `first`; gives the width that each column needs.
fn rows(sheet: &mut Worksheet, page: &Page, first: u32) -> Result<Vec<usize>, XlsxError> {
    let columns = page.grid.columns();
    let mut widest = vec![0; columns.len()];
    let owner = columns.iter().position(|column| column.name == "owner");
    for (row, of_grid) in (first..).zip(page.rows.clone()) {
        for (at, column) in columns.iter().enumerate() {
            let width = value::write(sheet, (row, at as u16), page.grid.cell(of_grid, at), column)?;
            widest[at] = widest[at].max(width);
        }
        // Whoever is known to answer for the entity is who decides, until somebody says otherwise.
        if let Some(owner) = owner.filter(|_| page.grid.is_removal) {
            let (cell, to_fill_in) = (page.grid.cell(of_grid, owner), &columns[owner]);
            value::write(sheet, (row, columns.len() as u16 + 1), cell, to_fill_in)?;
        }
    }
    Ok(widest)
}

fn finish_rows(sheet: &mut Worksheet, page: &Page, first: u32, last: u32) -> Result<(), XlsxError> {
    let columns = page.grid.columns().len() as u16;
    look::colour(sheet, page.grid, first, last)?;
    // An account is twelve digits and no number; no green corner need say so.
    sheet.ignore_error_range(first, 0, last, columns - 1, IgnoreError::NumberStoredAsText)?;
    if page.grid.is_removal {
        let choice = DataValidation::new().allow_list_strings(&DECISIONS)?;
        let choice = choice.set_error_title("Decision")?.set_error_message("Choose remove, keep or ask.")?;
        sheet.add_data_validation(first, columns, last, columns, &choice)?;
        look::colour_decisions(sheet, columns, first, last)?;
    }
    Ok(())
}

/// Landscape, as wide as the paper, the header on every page.
fn set_up_print(sheet: &mut Worksheet, title: &str, header: u32, columns: usize) -> Result<(), XlsxError> {
    lay_out_page(sheet, title);
    sheet.set_repeat_rows(header, header)?;
    if columns <= MOST_COLUMNS_OF_A_PAGE {
        sheet.set_print_fit_to_pages(1, 0);
    } else {
        sheet.set_print_scale(60);
    }
    Ok(())
}

/// Paper, margins, and a footer that says where the page belongs.
pub(super) fn lay_out_page(sheet: &mut Worksheet, title: &str) {
    sheet.set_landscape().set_paper_size(A4).set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_footer(format!("&L{}: &A&RPage &P of &N", title.replace('&', "&&")));
}
