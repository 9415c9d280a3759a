//! One section as CSV: UTF-8 without a mark, RFC 4180 quoting, LF, a header row, null as an empty cell.
//!
//! **Formulas.** Spreadsheets run a cell that begins with `=`, `+`, `-` or `@` (blanks of the kind TAB and CR before it do not
//! help), and names in dumps are chosen by others. Such a *text* gets one apostrophe in front, which spreadsheets take as "this is
//! text". So that a program can undo it without guessing, a text that begins with an apostrophe gets one more: a cell of a text
//! column that begins with `'` is the value with exactly one `'` in front. Numbers, dates and flags are never touched; a negative
//! number stays a number.

use std::io::{self, Write};
use std::ops::Range;

use rayon::prelude::*;

use super::cell;
use crate::frame::Cell;
use crate::report::Section;

/// How many rows a thread spells at a time.
const ROWS: usize = 4096;

/// How many such pieces are in memory at a time: a few, not the text of a million rows.
const PIECES: usize = 16;

/// Writes the section; its rows are spelled in parallel.
pub(super) fn write(section: &Section, out: &mut dyn Write) -> io::Result<()> {
    let mut header = ::csv::Writer::from_writer(Vec::new());
    let mut text = String::new();
    for column in &section.columns {
        text.clear();
        push_guarded(&mut text, &column.name);
        header.write_field(&text)?;
    }
    end_row(&mut header)?;
    out.write_all(&written(header)?)?;
    let height = section.table.height();
    let starts: Vec<usize> = (0..height).step_by(ROWS).collect();
    for some in starts.chunks(PIECES) {
        let piece = |&start: &usize| rows(section, start..height.min(start + ROWS));
        let pieces: Vec<_> = some.par_iter().map(piece).collect::<io::Result<_>>()?;
        pieces.iter().try_for_each(|piece| out.write_all(piece))?;
    }
    Ok(())
}

fn rows(section: &Section, rows: Range<usize>) -> io::Result<Vec<u8>> {
    let mut csv = ::csv::Writer::from_writer(Vec::new());
    let reader = section.table.reader();
    // Rows are sorted, so most cells say what the one above them says, and need not be spelled again.
    let mut spelt = vec![String::new(); section.columns.len()];
    let first = rows.start;
    for row in rows {
        for ((at, column), text) in section.columns.iter().enumerate().zip(&mut spelt) {
            if row == first || !reader.repeats(row, at) {
                text.clear();
                match reader.cell(row, at) {
                    Cell::Text(value) => push_guarded(text, value),
                    value => cell::push(text, value, column.kind),
                }
            }
            csv.write_field(&text)?;
        }
        end_row(&mut csv)?;
    }
    written(csv)
}

fn end_row(csv: &mut ::csv::Writer<Vec<u8>>) -> ::csv::Result<()> {
    csv.write_record(None::<&[u8]>)
}

fn written(csv: ::csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    csv.into_inner().map_err(::csv::IntoInnerError::into_error)
}

fn push_guarded(out: &mut String, text: &str) {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        out.push('\'');
    }
    out.push_str(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_could_be_formulas_get_an_apostrophe() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+x", "'+x"),
            ("-x", "'-x"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'x", "''x"),
            ("x=1", "x=1"),
            ("", ""),
        ] {
            let mut out = String::new();
            push_guarded(&mut out, text);
            assert_eq!(out, cell);
        }
    }
}
