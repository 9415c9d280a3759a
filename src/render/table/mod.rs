//! A report for a person at a terminal.
//!
//! No value is ever cut: where a section is too wide, long texts wrap, then columns that a reader misses least are left out and named
//! below, and where even that does not help, each row is written as a list of its own, one value per line. Whatever acts on a terminal is spelt out first, see [`harmless`].
//!
//! Rows go through in blocks, twice: once to measure, once to write. A million rows need no more memory than a block does.

mod layout;
mod paint;

use std::io::{self, Write};

use comfy_table::{Cell as GridCell, CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle};
use comfy_table::{Table as Grid, TableStyle, Width};

use self::layout::Layout;

use super::{RenderOptions, cell, words};
use crate::frame::{Cell, TableReader};
use crate::report::{Column, Parameter, Report, Section};
use crate::util::sanitize::harmless;

/// How many rows are laid out at a time.
const BLOCK_ROWS: usize = 2048;

/// Two blanks between columns and a rule below the header: what is left can be copied.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─'))
    .content_lines(ContentLineStyle::none());

/// Writes the whole report.
pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", harmless(&report.title))?;
    for Parameter { label, shown, .. } in &report.parameters {
        writeln!(out, "  {}: {}", harmless(label), harmless(shown))?;
    }
    for (label, text) in report.headline.iter().flat_map(|headline| words::headline(headline, options.today)) {
        writeln!(out, "{}", words::wrapped(&format!("  {label}: {text}"), options.width, 4))?;
    }
    for section in &report.sections {
        write_section(section, options, out)?;
    }
    writeln!(out, "\nInputs {}", words::inputs(&report.inputs))?;
    match words::problem_counts(report) {
        Some(counts) => writeln!(out, "{counts}: run `dormant check`"),
        None => Ok(()),
    }
}

fn write_section(section: &Section, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}: {}", harmless(&section.title), harmless(&section.caption))?;
    for remark in &section.remarks {
        writeln!(out, "  {}", harmless(remark))?;
    }
    writeln!(out)?;
    let columns = section.columns.iter().enumerate().collect();
    let mut rows = Rows { columns, reader: section.table.reader(), height: section.table.height() };
    if rows.height == 0 {
        writeln!(out, "(no rows)")?;
    } else {
        match Layout::fit(&section.columns, &rows.natural_widths(), options.width) {
            Layout::Grid { shown, widths } => {
                rows.columns.retain(|(at, _)| shown.contains(at));
                write_grid(&rows, &widths, options.colour, out)?;
                write_left_out(section, &shown, out)?;
            }
            Layout::Lists => write_lists(&rows, options.colour, out)?,
        }
    }
    if !section.totals.is_empty() {
        writeln!(out, "\nTotal {}", harmless(&words::totals(&section.totals)))?;
    }
    Ok(())
}

fn write_left_out(section: &Section, shown: &[usize], out: &mut dyn Write) -> io::Result<()> {
    let missing = section.columns.iter().enumerate().filter(|(at, _)| !shown.contains(at));
    let missing: Vec<_> = missing.map(|(_, column)| harmless(&column.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNot shown, for lack of width: {}. --format csv has all columns.", missing.join(", "))
}

/// The rows of a section as texts that are safe to show.
struct Rows<'a> {
    /// The columns shown, with their places in the table.
    columns: Vec<(usize, &'a Column)>,
    reader: TableReader<'a>,
    height: usize,
}

impl Rows<'_> {
    /// The widest content of each column, headers apart.
    fn natural_widths(&self) -> Vec<u16> {
        let mut widths = vec![0; self.columns.len()];
        for start in (0..self.height).step_by(BLOCK_ROWS) {
            let block = self.grid_of(start, false).column_max_content_widths();
            for (widest, width) in widths.iter_mut().zip(block) {
                *widest = width.max(*widest);
            }
        }
        widths
    }

    /// The block of rows from `start` on, without a header.
    fn grid_of(&self, start: usize, colour: bool) -> Grid {
        let mut grid = Grid::new();
        grid.load_style(STYLE);
        for row in start..self.height.min(start + BLOCK_ROWS) {
            grid.add_row(self.columns.iter().map(|&column| self.cell(row, column, colour)));
        }
        grid
    }

    fn cell(&self, row: usize, column: (usize, &Column), colour: bool) -> GridCell {
        let align = if cell::is_number(column.1.kind) { CellAlignment::Right } else { CellAlignment::Left };
        GridCell::new_owned(self.text(row, column, colour)).set_alignment(align)
    }

    fn text(&self, row: usize, (at, column): (usize, &Column), colour: bool) -> String {
        match self.reader.cell(row, at) {
            Cell::Text(text) if colour => paint::mark(&column.name, &harmless(text)),
            Cell::Text(text) => harmless(text).into_owned(),
            value => {
                let mut text = String::new();
                cell::push(&mut text, value, column.kind);
                text
            }
        }
    }
}

fn write_grid(rows: &Rows<'_>, widths: &[u16], colour: bool, out: &mut dyn Write) -> io::Result<()> {
    for start in (0..rows.height).step_by(BLOCK_ROWS) {
        let mut grid = rows.grid_of(start, colour);
        if start == 0 {
            grid.set_header(header(&rows.columns, widths));
        }
        // Without a width of its own the grid keeps to the widths of its columns, also in a block whose content is narrower.
        grid.set_content_arrangement(ContentArrangement::Dynamic).set_width(u16::MAX);
        for (at, (column, &width)) in grid.column_iter_mut().zip(widths).enumerate() {
            let gap = if at + 1 < widths.len() { layout::GAP } else { 0 };
            column.set_padding((0, gap));
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width + gap)));
        }
        for line in grid.lines() {
            writeln!(out, "{}", paint::paint(line.trim_end()))?;
        }
    }
    Ok(())
}

fn header(columns: &[(usize, &Column)], widths: &[u16]) -> Vec<GridCell> {
    let cells = columns.iter().zip(widths).map(|((_, column), &width)| {
        let align = if cell::is_number(column.kind) { CellAlignment::Right } else { CellAlignment::Left };
        GridCell::new_owned(layout::fold_name(&harmless(&column.name), width.into())).set_alignment(align)
    });
    cells.collect()
}

/// Each row as lines of name and value.
fn write_lists(rows: &Rows<'_>, colour: bool, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<_> = rows.columns.iter().map(|(_, column)| harmless(&column.name)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for row in 0..rows.height {
        writeln!(out, "─── {} of {} ───", row + 1, rows.height)?;
        for (name, &column) in names.iter().zip(&rows.columns) {
            let line = format!("{name:width$}  {}", rows.text(row, column, colour));
            writeln!(out, "{}", paint::paint(line.trim_end()))?;
        }
    }
    Ok(())
}
