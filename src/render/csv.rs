//! One section as CSV: UTF-8 without a mark, RFC 4180 quoting, LF, a header row, null as an empty cell.
//!
//! **Formulas.** Spreadsheets run a cell that begins with `=`, `+`, `-` or `@` (blanks of the kind TAB and CR before it do not
//! help), and names in dumps are chosen by others. Such a *text* gets one apostrophe in front, which spreadsheets take as "this is
//! text". So that a program can undo it without guessing, a text that begins with an apostrophe gets one more: a cell of a text
//! column that begins with `'` is the value with exactly one `'` in front. Numbers, dates and flags are never touched; a negative
//! number stays a number.

use std::io::{self, Write};

use super::cell;
use crate::frame::Cell;
use crate::report::Section;

/// Writes the section row by row, holding one cell's text at a time.
pub(super) fn write(section: &Section, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = ::csv::WriterBuilder::new().from_writer(out);
    let mut text = String::new();
    for column in &section.columns {
        text.clear();
        push_guarded(&mut text, &column.name);
        csv.write_field(&text)?;
    }
    end_row(&mut csv)?;
    let reader = section.table.reader();
    for row in 0..section.table.height() {
        for (at, column) in section.columns.iter().enumerate() {
            text.clear();
            match reader.cell(row, at) {
                Cell::Text(value) => push_guarded(&mut text, value),
                value => cell::push(&mut text, value, column.kind),
            }
            csv.write_field(&text)?;
        }
        end_row(&mut csv)?;
    }
    csv.flush()
}

fn end_row<W: Write>(csv: &mut ::csv::Writer<W>) -> ::csv::Result<()> {
    csv.write_record(None::<&[u8]>)
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
