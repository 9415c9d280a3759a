//! One CSV file of the catalogue, with everything that an error message must name.

use std::borrow::Cow;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::CatalogueError;
use crate::util::open_quote::{OPEN_QUOTE, open_quote};

/// The text of one file and its name in messages.
#[derive(Debug)]
pub(super) struct CsvTable {
    file: String,
    text: Cow<'static, str>,
}

impl CsvTable {
    /// The compiled-in table.
    pub(super) fn builtin(name: &str, text: &'static str) -> Self {
        Self { file: name.to_owned(), text: Cow::Borrowed(text) }
    }

    /// The file `name` of `dir` if there is one, otherwise the compiled-in table.
    pub(super) fn load(dir: Option<&Path>, name: &str, builtin: &'static str) -> Result<Self, CatalogueError> {
        let Some(path) = dir.map(|dir| dir.join(name)).filter(|path| path.exists()) else {
            return Ok(Self::builtin(name, builtin));
        };
        if !path.is_file() {
            // A program would wait for a pipe without end.
            return Err(CatalogueError::Unreadable { path, reason: std::io::Error::other("it is not a file") });
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Self { file: path.display().to_string(), text: Cow::Owned(text) }),
            Err(reason) => Err(CatalogueError::Unreadable { path, reason }),
        }
    }

    /// Whether this is the compiled-in table.
    pub(super) const fn is_builtin(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }

    /// Hands every row to `take`, which returns what is wrong with it. The header must be exactly `columns`, and no
    /// cell may be empty.
    pub(super) fn rows<const N: usize>(
        &self,
        columns: [&str; N],
        mut take: impl FnMut([&str; N]) -> Result<(), String>,
    ) -> Result<(), CatalogueError> {
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        if let Some(line) = open_quote(text, b',').filter(|_| !self.is_builtin()) {
            return Err(self.error(line, OPEN_QUOTE.to_owned()));
        }
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
        let mut record = StringRecord::new();
        let mut header_seen = false;
        loop {
            let before = reader.position().byte();
            let line = || line_of_record(text, before);
            match reader.read_record(&mut record) {
                Ok(false) if header_seen => return Ok(()),
                Ok(false) => return Err(self.error(1, format!("the header {} is missing", columns.join(",")))),
                Ok(true) => {}
                Err(error) => return Err(self.error(line(), error.to_string())),
            }
            let cells = cells::<N>(&record).map_err(|what| self.error(line(), what))?;
            if header_seen {
                take(cells).map_err(|what| self.error(line(), what))?;
            } else if cells == columns {
                header_seen = true;
            } else {
                return Err(self.error(line(), format!("the header must be {}", columns.join(","))));
            }
        }
    }

    /// An error at `line` of this file, from 1.
    pub(super) fn error(&self, line: u64, what: String) -> CatalogueError {
        CatalogueError::Line { file: self.file.clone(), line, what }
    }

    /// The number of lines: the position of an error about something that the file lacks.
    pub(super) fn last_line(&self) -> u64 {
        self.text.lines().count() as u64
    }
}

/// The line, from 1, of the record that is read next at byte `before`: the reader silently skips blank lines.
fn line_of_record(text: &str, before: u64) -> u64 {
    let blank = |b: &u8| matches!(b, b'\r' | b'\n');
    let before = usize::try_from(before).unwrap_or(usize::MAX).min(text.len());
    let (passed, rest) = text.as_bytes().split_at(before);
    let skipped = rest.iter().take_while(|b| blank(b));
    1 + passed.iter().chain(skipped).filter(|&&b| b == b'\n').count() as u64
}

/// The cells of one record, none of them empty.
fn cells<const N: usize>(record: &StringRecord) -> Result<[&str; N], String> {
    if record.len() != N {
        return Err(format!("{} cells, and {N} are needed", record.len()));
    }
    if record.iter().any(str::is_empty) {
        return Err("a cell is empty".to_owned());
    }
    Ok(std::array::from_fn(|at| &record[at]))
}
