//! The beginning of a table of text: where its header is, and what stands between its columns.

use std::fmt;

use crate::problem::counted;
use crate::util::open_quote::{OPEN_QUOTE, open_quote};

/// How exporters write an empty cell.
const NOTHING: &[&str] = &["", "<null>", "(null)", "[NULL]", "NULL", "null", "\\N"];

/// A table of text, from its header on.
pub struct TableText<'t> {
    text: &'t str,
    delimiter: u8,
}

impl<'t> TableText<'t> {
    /// Finds the header of `text`; `None` if there is none, and for JSON.
    pub fn of(text: &'t str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim_start().starts_with(['{', '[']) {
            return None;
        }
        let (text, told) = from_header(text);
        let header = text.lines().next()?;
        let mut delimiters = vec![b',', b';', b'\t'];
        // A bar with blanks around it is drawn for the eye, and so are its rows.
        if !header.starts_with('|') && !header.contains(" |") && !header.contains("| ") {
            delimiters.push(b'|');
        }
        let most = delimiters.into_iter().max_by_key(|d| header.bytes().filter(|b| b == d).count())?;
        Some(Self { text, delimiter: told.unwrap_or(most) })
    }

    /// The line with the names of the columns.
    pub fn header(&self) -> &'t str {
        self.text.lines().next().unwrap_or_default()
    }

    /// Everything from the header on.
    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// Every row, headers of tables that were appended among them: a damaged table gives nothing, not half.
    ///
    /// # Errors
    /// If a row does not fit the header, or the table ends inside a cell.
    pub fn records(&self) -> Result<Vec<csv::StringRecord>, TableDamage> {
        if let Some(line) = open_quote(self.text, self.delimiter) {
            return Err(TableDamage::OpenQuote(line));
        }
        Ok(self.reader(false).records().collect::<Result<_, _>>()?)
    }

    /// Whether the last line ends with an empty cell and, unlike the lines before it, has no end: the cell may be cut off.
    pub fn ends_in_an_empty_cell(&self) -> bool {
        self.text.as_bytes().last() == Some(&self.delimiter)
    }

    /// A reader of the rows. If it is `flexible`, a row may have more or fewer cells than the header.
    pub fn reader(&self, flexible: bool) -> csv::Reader<&'t [u8]> {
        csv::ReaderBuilder::new().delimiter(self.delimiter).flexible(flexible).from_reader(self.text.as_bytes())
    }
}

/// Whether `record` is the header of a table that was appended to one with `columns`, as `cat a.csv b.csv` does: no row has
/// the names of two columns in its cells. `bare` is how the names of `columns` are written.
pub fn is_header<N: PartialEq>(record: &csv::StringRecord, columns: &[N], bare: impl Fn(&str) -> N) -> bool {
    let is_name = |cell: &&str| !cell.is_empty() && columns.contains(&bare(cell));
    record.iter().filter(is_name).nth(1).is_some()
}

/// Why the rows of a table cannot be read.
#[derive(Debug)]
pub enum TableDamage {
    /// A record does not fit the header, or is no text.
    Record(csv::Error),
    /// The quote of the last cell, which begins on this line, never closes.
    OpenQuote(u64),
    /// The header on this line is of a table with other columns.
    AnotherTable(u64),
}

impl From<csv::Error> for TableDamage {
    fn from(error: csv::Error) -> Self {
        Self::Record(error)
    }
}

/// What is wrong, where the library speaks of records and bytes.
impl fmt::Display for TableDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = match self {
            Self::OpenQuote(line) => return write!(f, "line {line}: {OPEN_QUOTE}"),
            Self::AnotherTable(line) => return write!(f, "another table, with other columns, begins on line {line}"),
            Self::Record(error) => error,
        };
        match error.kind() {
            csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
                if let Some(pos) = pos {
                    write!(f, "line {} has ", pos.line())?;
                }
                let columns = counted(usize::try_from(*len).unwrap_or(usize::MAX), "column", "columns");
                write!(f, "{columns}, and the lines before have {expected_len}")
            }
            csv::ErrorKind::Utf8 { pos: Some(pos), .. } => write!(f, "line {} is not UTF-8", pos.line()),
            _ => error.fmt(f),
        }
    }
}

/// A cell without the word that an exporter writes into an empty one.
pub fn cell(text: &str) -> &str {
    if NOTHING.contains(&text) { "" } else { text }
}

/// The text from its first line that is neither empty nor a comment, and the delimiter in Excel's line `sep=;`.
fn from_header(text: &str) -> (&str, Option<u8>) {
    let mut told = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        match line.trim().as_bytes() {
            [b's', b'e', b'p', b'=', delimiter] => told = Some(*delimiter),
            [] | [b'#', ..] => {}
            _ => break,
        }
        start += line.len();
    }
    (&text[start..], told)
}
