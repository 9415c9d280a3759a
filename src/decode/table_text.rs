//! The beginning of a table of text: where its header is, and what stands between its columns.

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

    /// A reader of the rows. If it is `flexible`, a row may have more or fewer cells than the header.
    pub fn reader(&self, flexible: bool) -> csv::Reader<&'t [u8]> {
        csv::ReaderBuilder::new().delimiter(self.delimiter).flexible(flexible).from_reader(self.text.as_bytes())
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
