//! One section as CSV: UTF-8 without a mark, RFC 4180 quoting, LF, a header row, null as an empty cell.
//!
//! **Formulas.** Spreadsheets run a cell that begins with `=`, `+`, `-` or `@`, some of them the full-width forms of these too, and
//! blanks in front do not always help. Names in dumps are chosen by others. Such a *text* gets one apostrophe in front, which
//! spreadsheets take as "this is text". So that a program can undo it without guessing, a text that begins with an apostrophe gets
//! one more: a cell of a text column that begins with `'` is the value with exactly one `'` in front. Numbers, dates and flags are
//! never touched; a negative number stays a number. `--csv-dialect plain` leaves the apostrophes out.
//!
//! **Characters that act** are spelt out in texts, as everywhere: people print CSV to a terminal.

use std::io;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{CsvDialect, Out, cell};
use crate::frame::{Cell, Run};
use crate::report::{ColumnKind, Section};
use crate::util::sanitize::harmless;
use crate::util::threads::pipe;

/// How many rows a thread spells at a time.
const ROWS: usize = 4096;

/// How many of these column by column: few, so that what is known of them stays at hand.
const AT_A_TIME: usize = 512;

/// About as many as a field has, its comma included.
const BYTES_OF_A_FIELD: usize = 16;

/// Writes the section; its rows are spelled in parallel.
pub(super) fn write(section: &Section, dialect: CsvDialect, out: &mut Out) -> io::Result<()> {
    out.write_all(&line(section.columns.iter().map(|column| guarded(&column.name, dialect)))?)?;
    let height = section.table.height();
    let starts: Vec<usize> = (0..height).step_by(ROWS).collect();
    let piece = |&start: &usize| rows(section, dialect, start..height.min(start + ROWS));
    pipe(&starts, piece, |piece| out.write_all(&piece))
}

fn rows(section: &Section, dialect: CsvDialect, rows: Range<usize>) -> Vec<u8> {
    let width = section.columns.len();
    let mut out = Vec::with_capacity(rows.len() * width * BYTES_OF_A_FIELD);
    let mut lines = Lines::new(width, dialect);
    for run in section.table.runs(rows) {
        let mut rest = run.rows();
        while !rest.is_empty() {
            let some = rest.start..rest.end.min(rest.start + AT_A_TIME);
            rest.start = some.end;
            lines.spell(section, &run, some);
            lines.write(&mut out);
        }
    }
    out
}

/// Rows column by column. They are sorted, so most cells say what the one above them says: such fields are spelled once, and
/// copied many at a time.
struct Lines {
    fields: Fields,
    /// Of each column the rows in which it says something new, and what.
    news: Vec<Vec<(usize, Range<usize>)>>,
    /// Of each row the first and the last column that say something new; `None` where it is as the one above.
    changed: Vec<Option<(usize, usize)>>,
}

impl Lines {
    fn new(width: usize, dialect: CsvDialect) -> Self {
        let fields = Fields { dialect, ..Fields::default() };
        Self { fields, news: vec![Vec::new(); width], changed: Vec::new() }
    }

    fn spell(&mut self, section: &Section, run: &Run, rows: Range<usize>) {
        self.changed.clear();
        self.changed.resize(rows.len(), None);
        for ((at, column), news) in section.columns.iter().enumerate().zip(&mut self.news) {
            news.clear();
            run.changes(rows.clone(), at, |row, cell| {
                let row = row - rows.start;
                news.push((row, self.fields.spell(cell, column.kind)));
                self.changed[row] = Some((self.changed[row].map_or(at, |(first, _)| first), at));
            });
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let width = self.news.len();
        let mut news: Vec<_> = self.news.iter().map(|news| news.iter().peekable()).collect();
        let mut fields = vec![0..0; width];
        // Where the fields of the row above begin, counted from the first; then where it ends.
        let mut starts = vec![0; width + 1];
        for (row, changed) in self.changed.iter().enumerate() {
            let (start, above) = (out.len(), out.len() - starts[width]);
            let Some((first, last)) = *changed else {
                out.extend_from_within(above..);
                continue;
            };
            out.extend_from_within(above..above + starts[first]);
            for at in first..=last {
                if let Some((_, field)) = news[at].next_if(|(new, _)| *new == row) {
                    fields[at] = field.clone();
                }
                starts[at] = out.len() - start;
                // A row of one empty field would be an empty line, which readers pass over.
                let field =
                    if width == 1 && fields[at].is_empty() { b"\"\"" } else { self.fields.get(fields[at].clone()) };
                out.extend_from_slice(field);
                out.push(if at + 1 == width { b'\n' } else { b',' });
            }
            let (after, now) = (starts[last + 1], out.len() - start);
            out.extend_from_within(above + after..above + starts[width]);
            starts[last + 1..].iter_mut().for_each(|start| *start = *start - after + now);
        }
    }
}

/// Fields as they stand in the file, quoted where they have to be.
#[derive(Default)]
struct Fields {
    dialect: CsvDialect,
    spelled: Vec<u8>,
    text: String,
    /// Where the texts stand that were spelled before, by their place in memory: an entity has the services of the one before. A
    /// text lives as long as its table, so a place means one text.
    known: FxHashMap<(usize, usize), Range<usize>>,
}

impl Fields {
    /// Spells one more; gives where it stands.
    fn spell(&mut self, cell: Cell<'_>, kind: ColumnKind) -> Range<usize> {
        let Cell::Text(value) = cell else {
            self.text.clear();
            cell::push(&mut self.text, cell, kind);
            return self.quoted();
        };
        let place = (value.as_ptr().addr(), value.len());
        if let Some(field) = self.known.get(&place) {
            return field.clone();
        }
        self.text.clear();
        push_text(&mut self.text, value, self.dialect);
        let field = self.quoted();
        self.known.insert(place, field.clone());
        field
    }

    fn quoted(&mut self) -> Range<usize> {
        let start = self.spelled.len();
        if self.text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n')) {
            let line = line([&self.text]).expect("a Vec takes everything");
            self.spelled.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(&line));
        } else {
            // Nothing that could be meant otherwise, as in nearly all fields.
            self.spelled.extend_from_slice(self.text.as_bytes());
        }
        start..self.spelled.len()
    }

    fn get(&self, field: Range<usize>) -> &[u8] {
        &self.spelled[field]
    }
}

/// A text as it stands in a field, before it is quoted.
pub(super) fn guarded(text: &str, dialect: CsvDialect) -> String {
    let mut out = String::new();
    push_text(&mut out, text, dialect);
    out
}

/// Fields as a line, each quoted where it has to be.
pub(super) fn line(fields: impl IntoIterator<Item = impl AsRef<[u8]>>) -> io::Result<Vec<u8>> {
    let mut csv = ::csv::Writer::from_writer(Vec::new());
    csv.write_record(fields)?;
    csv.into_inner().map_err(::csv::IntoInnerError::into_error)
}

fn push_text(out: &mut String, text: &str, dialect: CsvDialect) {
    let behind_blanks = text.trim_start();
    let is_risky = text.starts_with('\'') || behind_blanks.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if dialect == CsvDialect::Excel && is_risky {
        out.push('\'');
    }
    out.push_str(&harmless(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_as_in_a_row_of_their_own() {
        let texts =
            ["", "a", "", "a,b", "say \"x\"", "two\nlines", "\r", "=1", "ü", " a ", "a;b", "#a", "a\tb", "\u{0}", "'"];
        let mut fields = Fields::default();
        for text in texts {
            let mut guarded = String::new();
            push_text(&mut guarded, text, CsvDialect::Excel);
            let row = String::from_utf8(line([guarded.as_str(), "end"]).expect("a row")).expect("UTF-8");
            let field = fields.spell(Cell::Text(text), ColumnKind::Text);
            assert_eq!(format!("{},end\n", std::str::from_utf8(fields.get(field)).expect("UTF-8")), row);
        }
    }

    #[test]
    fn the_plain_dialect_adds_nothing() {
        let mut fields = Fields { dialect: CsvDialect::Plain, ..Fields::default() };
        for (text, field) in [("=1+1", "=1+1"), ("'x", "'x"), ("@SUM(1,2)", "\"@SUM(1,2)\""), ("\u{1b}", "\\u{1b}")] {
            let spelt = fields.spell(Cell::Text(text), ColumnKind::Text);
            assert_eq!(std::str::from_utf8(fields.get(spelt)), Ok(field));
        }
    }

    /// The page writes CSV too, and is held against the same file by `web/check.mjs`.
    #[test]
    fn texts_that_could_be_formulas_get_an_apostrophe_and_what_acts_is_spelt_out() {
        let cells: Vec<(String, String)> =
            serde_json::from_str(include_str!("../../tests/data/csv-cells.json")).expect("pairs of texts");
        assert!(cells.len() > 100 && cells.iter().any(|(text, _)| text.starts_with('\u{3000}')));
        for (text, cell) in cells {
            let mut out = String::new();
            push_text(&mut out, &text, CsvDialect::Excel);
            assert_eq!(out, cell);
        }
    }
}
