//! The rows of a sheet as XML, column by column.
//!
//! Comes in: a [`Page`], and the style of each column. Goes out: the elements `row`, as `rust_xlsxwriter` would write them. It keeps the cells of a
//! row in a tree, formats each one anew and compresses on one thread: on 440,000 rows that is five seconds of the processor, and this one. Rows are
//! sorted, so that most cells say what the one above says: each is spelled once, and copied until another comes.

use std::io::Write;
use std::ops::Range;

use super::column::SheetColumn;
use super::grid::GridReader;
use super::measure;
use super::pages::Page;
use super::value::{CellValue, clip, shown};

/// About so many cells are spelled at a time: a megabyte.
const CELLS: usize = 1 << 15;

/// The rows of a page.
pub(super) struct BodyRows<'p> {
    pub(super) page: &'p Page<'p>,
    /// The place of the first one on the sheet, from 0.
    pub(super) first: u32,
    /// Of each column whose texts wrap the width, in characters.
    pub(super) wraps: Vec<Option<usize>>,
}

/// The number of a sheet in the package, from 1, and its rows.
pub(super) type RowsOfSheet<'p> = (usize, BodyRows<'p>);

impl BodyRows<'_> {
    /// The place of the last one on the sheet, from 0.
    pub(super) fn last(&self) -> u32 {
        self.first + self.page.rows.len() as u32 - 1
    }

    /// The rows in pieces that can be spelled by themselves.
    pub(super) fn pieces(&self) -> Vec<Range<usize>> {
        let height = (CELLS / self.page.grid.columns().len().max(1)).max(1);
        let end = self.page.rows.end;
        self.page.rows.clone().step_by(height).map(|start| start..end.min(start + height)).collect()
    }

    /// How high a row must be for its texts, in pixels; `None` where one line is enough.
    pub(super) fn height(&self, reader: &GridReader, row: usize) -> Option<u32> {
        let columns = self.page.grid.columns().iter().zip(&self.wraps).enumerate();
        columns.filter_map(|(at, (column, wraps))| height(&shown(reader.cell(row, at), column), *wraps)).max()
    }

    /// The XML of `rows`; `styles` are the numbers of the formats of the columns.
    pub(super) fn spell(&self, rows: Range<usize>, styles: &[u32]) -> Vec<u8> {
        let reader = self.page.grid.reader();
        let mut bodies = Vec::with_capacity(CELLS);
        let columns = self.page.grid.columns().iter().zip(styles).zip(&self.wraps).enumerate();
        let mut columns: Vec<Cells> = columns
            .map(|(at, ((column, style), wraps))| {
                Cells::of(&reader, rows.clone(), at, (column, *style, *wraps), &mut bodies)
            })
            .collect();
        let mut out = Vec::with_capacity(2 * CELLS * columns.len().min(32));
        for row in rows {
            let number = (row - self.page.rows.start) as u32 + self.first + 1;
            write_row(&mut out, row, number.to_string().as_bytes(), &mut columns, &bodies);
        }
        out
    }
}

/// How high a cell must be for its text.
fn height(cell: &CellValue, wraps: Option<usize>) -> Option<u32> {
    match (cell, wraps) {
        (CellValue::Text(text), Some(width)) => measure::height(text, width),
        _ => None,
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, Default)]
struct Body {
    /// Its XML behind the number of the row; empty where there is no cell.
    xml: Range<usize>,
    /// How high the row must be for it, in pixels; 0 where one line is enough.
    height: u32,
}

/// The cells of a column.
struct Cells {
    /// Their XML before the number of the row: `<c r="AB`.
    begin: Vec<u8>,
    /// The rows in which something else begins, in order, and what.
    news: std::iter::Peekable<std::vec::IntoIter<(usize, Body)>>,
    /// What stands in the row at hand.
    now: Body,
}

impl Cells {
    fn of(
        reader: &GridReader,
        rows: Range<usize>,
        at: usize,
        (column, style, wraps): (&SheetColumn, u32, Option<usize>),
        bodies: &mut Vec<u8>,
    ) -> Self {
        let mut news = Vec::new();
        reader.changes(rows, at, |row, cell| {
            let (cell, start) = (shown(cell, column), bodies.len());
            push_body(bodies, &cell, style);
            news.push((row, Body { xml: start..bodies.len(), height: height(&cell, wraps).unwrap_or_default() }));
        });
        let begin = format!("<c r=\"{}", letters(at)).into_bytes();
        Self { begin, news: news.into_iter().peekable(), now: Body::default() }
    }

    fn turn_to(&mut self, row: usize) {
        if let Some((_, body)) = self.news.next_if(|(from, _)| *from == row) {
            self.now = body;
        }
    }
}

/// Appends a row with its cells; nothing where it has none.
fn write_row(out: &mut Vec<u8>, row: usize, number: &[u8], columns: &mut [Cells], bodies: &[u8]) {
    for column in columns.iter_mut() {
        column.turn_to(row);
    }
    let height = columns.iter().map(|column| column.now.height).max().unwrap_or_default();
    let is_empty = columns.iter().all(|column| column.now.xml.is_empty());
    if is_empty && height == 0 {
        return;
    }
    out.extend_from_slice(b"<row r=\"");
    out.extend_from_slice(number);
    if height > 0 {
        push(out, format_args!("\" ht=\"{}\" customHeight=\"1", f64::from(height) * POINTS));
    }
    out.extend_from_slice(if is_empty { b"\"/>" } else { b"\">" });
    for column in columns.iter().filter(|column| !column.now.xml.is_empty()) {
        out.extend_from_slice(&column.begin);
        out.extend_from_slice(number);
        out.extend_from_slice(&bodies[column.now.xml.clone()]);
    }
    if !is_empty {
        out.extend_from_slice(b"</row>");
    }
}

/// A pixel in points.
const POINTS: f64 = 0.75;

/// Appends the XML of a cell behind the number of its row.
fn push_body(out: &mut Vec<u8>, cell: &CellValue, style: u32) {
    let style = if style > 0 { format!("\" s=\"{style}\"") } else { "\"".to_owned() };
    match cell {
        CellValue::Empty => {}
        CellValue::Text(text) if text.is_empty() => {}
        CellValue::Flag(flag) => push(out, format_args!("{style} t=\"b\"><v>{}</v></c>", u8::from(*flag))),
        CellValue::Number(number) => push(out, format_args!("{style}><v>{number}</v></c>")),
        CellValue::Text(text) => {
            let text = clip(text);
            let is_kept = text.starts_with(BLANKS) || text.ends_with(BLANKS);
            let preserve = if is_kept { " xml:space=\"preserve\"" } else { "" };
            push(out, format_args!("{style} t=\"inlineStr\"><is><t{preserve}>"));
            push_escaped(out, &text);
            out.extend_from_slice(b"</t></is></c>");
        }
    }
}

/// What readers drop at the ends of a text unless they are told to keep it.
const BLANKS: [char; 3] = ['\t', '\n', ' '];

fn push(out: &mut Vec<u8>, text: std::fmt::Arguments) {
    out.write_fmt(text).expect("a Vec takes everything");
}

/// Appends a text as XML. What XML cannot hold becomes `_x0007_`, and what looks like that already `_x005F_x0007_`, as Excel has it.
fn push_escaped(out: &mut Vec<u8>, text: &str) {
    let is_plain = |byte: u8| !matches!(byte, b'&' | b'<' | b'>' | b'_' | ..b' ' | 0xEF);
    if text.bytes().all(is_plain) {
        return out.extend_from_slice(text.as_bytes());
    }
    for (at, letter) in text.char_indices() {
        match letter {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '\t' | '\n' => out.push(letter as u8),
            '_' if is_escape(&text.as_bytes()[at..]) => out.extend_from_slice(b"_x005F_"),
            ..' ' | '\u{FFFE}' | '\u{FFFF}' => push(out, format_args!("_x{:04X}_", u32::from(letter))),
            _ => out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Whether it begins as `_x0007_` does.
fn is_escape(text: &[u8]) -> bool {
    text.len() >= 7 && text.starts_with(b"_x") && text[2..6].iter().all(u8::is_ascii_hexdigit) && text[6] == b'_'
}

/// The letters of a column, from 0: `A`, `Z`, `AA`.
fn letters(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(b'A' + (column % 26) as u8);
        match (column / 26).checked_sub(1) {
            Some(next) => column = next,
            None => return letters.iter().rev().map(|letter| char::from(*letter)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_xlsxwriter::{Format, Workbook};
    use std::borrow::Cow;
    use std::io::{Cursor, Read};

    use super::*;

    /// What the library writes for the cells of a row, each in the format of number 1; a text by itself, since it keeps texts apart.
    fn of_library(cells: &[CellValue]) -> String {
        let mut workbook = Workbook::new();
        let (sheet, format) = (workbook.add_worksheet(), Format::new().set_bold());
        let mut part = "xl/worksheets/sheet1.xml";
        for (at, cell) in (0_u16..).zip(cells) {
            match cell {
                CellValue::Empty => continue,
                CellValue::Flag(flag) => sheet.write_boolean_with_format(0, at, *flag, &format),
                CellValue::Number(number) => sheet.write_number_with_format(0, at, *number, &format),
                CellValue::Text(text) => {
                    part = "xl/sharedStrings.xml";
                    sheet.write_string_with_format(0, at, text.clone(), &format)
                }
            }
            .expect("a cell");
        }
        let book = workbook.save_to_buffer().expect("a workbook");
        let mut archive = zip::ZipArchive::new(Cursor::new(book)).expect("a ZIP");
        let mut xml = String::new();
        archive.by_name(part).expect("a part").read_to_string(&mut xml).expect("UTF-8");
        let between = if part.contains("sheet1") { ("<c ", "</row>") } else { ("<t", "</si>") };
        cut(&xml, between).to_owned()
    }

    fn cut<'x>(xml: &'x str, (from, to): (&str, &str)) -> &'x str {
        let (from, to) = (xml.find(from).expect("a beginning"), xml.rfind(to).expect("an end"));
        &xml[from..to]
    }

    fn of_ours(cells: &[CellValue]) -> String {
        let mut bodies = Vec::new();
        let mut columns = Vec::new();
        for (at, cell) in cells.iter().enumerate() {
            let start = bodies.len();
            push_body(&mut bodies, cell, 1);
            let now = Body { xml: start..bodies.len(), height: 0 };
            let begin = format!("<c r=\"{}", letters(at)).into_bytes();
            columns.push(Cells { begin, news: Vec::new().into_iter().peekable(), now });
        }
        let mut out = Vec::new();
        write_row(&mut out, 0, b"1", &mut columns, &bodies);
        String::from_utf8(out).expect("UTF-8")
    }

    proptest! {
        #[test]
        fn a_text_is_written_as_the_library_writes_it(
            text in "(\\PC|[\\x00-\\x20&<>\u{FFFD}\u{FFFE}\u{FFFF}]|_x00[0-9A-F]{2}_|_x|_){1,12}"
        ) {
            let cells = [CellValue::Text(Cow::Borrowed(text.as_str()))];
            let ours = of_ours(&cells);
            prop_assert_eq!(cut(&ours, ("<t", "</is>")), of_library(&cells));
        }

        #[test]
        fn a_number_is_written_as_the_library_writes_it(number in prop_oneof![-1e9..1e9, any::<i32>().prop_map(f64::from)]) {
            let cells = [CellValue::Flag(true), CellValue::Empty, CellValue::Number(number), CellValue::Flag(false)];
            let ours = of_ours(&cells);
            prop_assert_eq!(cut(&ours, ("<c ", "</row>")), of_library(&cells));
        }
    }

    #[test]
    fn columns_have_the_letters_of_a_sheet() {
        let found = [0, 25, 26, 51, 77, 701, 702, 16_383].map(letters);
        assert_eq!(found, ["A", "Z", "AA", "AZ", "BZ", "ZZ", "AAA", "XFD"]);
    }
}
