//! Tables that a user writes and gives with an option: a CSV with a header, JSON lines, or TOML for the tables that
//! allow it.
//!
//! The input is the path, and the type of a line. The output is what the caller makes of each line. The user wrote the
//! table: a line that is not understood is an error with its number, and none is silently left out.

mod toml;

pub(super) use toml::parts as toml_parts;

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::util::open_quote::{OPEN_QUOTE, open_quote};

/// Why a table was refused.
#[derive(Debug, thiserror::Error)]
pub enum UserTableError {
    /// The operating system refused.
    #[error("cannot read the {of} in {}: {reason}", path.display())]
    Unreadable {
        /// What the table lists.
        of: &'static str,
        /// The file.
        path: PathBuf,
        /// The message of the operating system.
        reason: std::io::Error,
    },
    /// A line is wrong.
    #[error("{of} in {}, line {line}: {what}", path.display())]
    Wrong {
        /// What the table lists.
        of: &'static str,
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong, in one sentence.
        what: String,
    },
}

/// What a table lists, and its format.
#[derive(Debug, Clone, Copy)]
pub(super) struct UserTable {
    /// What it lists, for messages: `accounts`.
    pub of: &'static str,
    /// The header of its CSV.
    pub header: &'static str,
    /// The columns that must be there, each with its other names.
    pub required: &'static [&'static [&'static str]],
    /// If it may be TOML: the name of the array with its lines.
    pub toml: Option<&'static str>,
    /// How large it may be: every row is compared with such a table, so a larger one is a mistake.
    pub ceiling: Ceiling,
}

/// How large a table may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ceiling {
    /// Bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: usize,
}

impl Ceiling {
    /// As large as memory allows.
    pub const NONE: Self = Self { bytes: u64::MAX, lines: usize::MAX };
}

/// How a workbook begins.
const ZIP: &[u8] = b"PK\x03\x04";

/// What is wrong with a line, and its number from 1.
type Fault = (u64, String);

impl UserTable {
    /// What to do with a workbook in the place of a table.
    fn of_workbook(&self, path: &Path) -> String {
        if self.of != "decisions" {
            return "this is a workbook or another ZIP: save the sheet as CSV".to_owned();
        }
        let path = path.display().to_string().replace('\'', "'\\''");
        format!(
            "this is a workbook: run `dormant import-decisions '{path}' -o decisions.toml`, then give --decisions decisions.toml"
        )
    }

    /// Reads the table at `path` and hands each line to `take`, with its number from 1.
    ///
    /// # Errors
    /// If the file cannot be read, or the form of a line is wrong, or `take` refuses it.
    pub fn read<L: DeserializeOwned, T>(
        &self,
        path: &Path,
        mut take: impl FnMut(u64, L) -> Result<T, String>,
    ) -> Result<Vec<T>, UserTableError> {
        let of = self.of;
        let wrong = |(line, what)| UserTableError::Wrong { of, path: path.to_owned(), line, what };
        let bytes = self.bytes(path)?;
        if bytes.len() as u64 > self.ceiling.bytes {
            let most = self.ceiling.bytes >> 20;
            return Err(wrong((1, format!("the file is larger than {most} MiB, the most that {of} may have"))));
        }
        if bytes.starts_with(ZIP) {
            return Err(wrong((1, self.of_workbook(path))));
        }
        let text = String::from_utf8(bytes).map_err(|error| wrong(not_utf8(&error)))?;
        let text = text.trim_start_matches('\u{feff}');
        let start = text.trim_start();
        let is_toml = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
        let most = self.ceiling.lines;
        let mut all = Vec::new();
        // Each line is taken as it comes: a hundred thousand that wait for the last one are a hundred megabytes.
        let each = |at, line| {
            if all.len() == most {
                return Err((at, format!("there are more than {most} {of}")));
            }
            all.push(take(at, line).map_err(|what| (at, what))?);
            Ok(())
        };
        let read = match self.toml {
            Some(name) if is_toml || start.is_empty() || start.starts_with(['[', '#']) => toml::lines(text, name, each),
            _ if start.starts_with('{') => json_lines(text, each),
            _ => self.csv_lines(text, each),
        };
        read.map_err(wrong)?;
        Ok(all)
    }

    /// The file, or a little more of it than is allowed: a file without an end is one that is too large.
    fn bytes(&self, path: &Path) -> Result<Vec<u8>, UserTableError> {
        let refused = |reason| UserTableError::Unreadable { of: self.of, path: path.to_owned(), reason };
        let file = std::fs::File::open(path).map_err(refused)?;
        let mut bytes = Vec::new();
        file.take(self.ceiling.bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(refused)?;
        Ok(bytes)
    }

    fn csv_lines<L: DeserializeOwned>(
        &self,
        text: &str,
        mut each: impl FnMut(u64, L) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if let Some(line) = open_quote(text, b',') {
            return Err((line, OPEN_QUOTE.to_owned()));
        }
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).flexible(true).from_reader(text.as_bytes());
        let named = match reader.headers() {
            Ok(header) => header.iter().map(str::to_ascii_lowercase).collect::<csv::StringRecord>(),
            Err(error) => return Err((1, error.to_string())),
        };
        let has = |names: &[&str]| named.iter().any(|name| names.contains(&name));
        if let Some([missing, ..]) = self.required.iter().find(|names| !has(names)) {
            return Err((1, format!("there is no column {missing}: the header is `{}`", self.header)));
        }
        let mut numbers = LineNumbers::of(text);
        let mut record = csv::StringRecord::new();
        let broken = |error: csv::Error| (error.position().map_or(1, csv::Position::line), error.to_string());
        while reader.read_record(&mut record).map_err(broken)? {
            let at = record.position().map_or(1, |position| numbers.at(position.byte()));
            // Few tables have anything to trim, and to trim makes a copy.
            if record.iter().any(|cell| cell.trim().len() < cell.len()) {
                record.trim();
            }
            if !record.iter().all(str::is_empty) {
                each(at, record.deserialize(Some(&named)).map_err(|error| (at, error.to_string()))?)?;
            }
        }
        Ok(())
    }
}

/// The numbers of lines in a text, which are asked for in the order of the text.
struct LineNumbers<'t> {
    text: &'t str,
    /// How far the ends of lines are counted, and how many there are.
    counted: (usize, u64),
}

impl<'t> LineNumbers<'t> {
    const fn of(text: &'t str) -> Self {
        Self { text, counted: (0, 0) }
    }

    /// The line of the first character at or after `byte` that does not end a line: the reader skips blank lines
    /// without counting them.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).map_or(self.text.len(), |at| at.min(self.text.len()));
        let after = &self.text.as_bytes()[byte..];
        let blank = after.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (from, before) = self.counted;
        let to = (byte + blank).max(from);
        let ends = ends_of_lines(&self.text.as_bytes()[from..to]);
        self.counted = (to, before + ends);
        1 + self.counted.1
    }
}

fn ends_of_lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// The line from which a file is not UTF-8.
fn not_utf8(error: &std::string::FromUtf8Error) -> (u64, String) {
    let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    (1 + ends_of_lines(good), "the file is not UTF-8".to_owned())
}

/// One JSON value for each line; blank lines are counted and skipped.
fn json_lines<L: DeserializeOwned>(text: &str, mut each: impl FnMut(u64, L) -> Result<(), Fault>) -> Result<(), Fault> {
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.try_for_each(|(at, line)| each(at, serde_json::from_str(line).map_err(|error| (at, error.to_string()))?))
}
