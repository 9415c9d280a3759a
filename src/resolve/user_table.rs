//! Tables that a user writes and gives with an option: a CSV with a header, or JSON lines.
//!
//! Comes in: the path, and what a line holds. Goes out: what the caller makes of each line. The table is the user's word: a line that is not
//! understood is an error with its number, and none is left out in silence.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

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
        /// What the operating system said.
        #[source]
        reason: std::io::Error,
    },
    /// A line is wrong.
    #[error("{of} in {}, line {line}: {what}", path.display())]
    Wrong {
        /// What the table lists.
        of: &'static str,
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong, in one sentence.
        what: String,
    },
}

/// What a table lists and how it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct UserTable {
    /// What it lists, for messages: `accounts`.
    pub of: &'static str,
    /// The header of its CSV.
    pub header: &'static str,
    /// The columns that must be there, each with its other names.
    pub required: &'static [&'static [&'static str]],
}

/// A line, or what is wrong; with its number from 1.
type Numbered<T> = Result<(u64, T), (u64, String)>;

impl UserTable {
    /// Reads the table at `path` and hands each line to `take`.
    ///
    /// # Errors
    /// Where the file cannot be read, or `take` or the form of a line is wrong.
    pub fn read<L: DeserializeOwned, T>(
        &self,
        path: &Path,
        mut take: impl FnMut(L) -> Result<T, String>,
    ) -> Result<Vec<T>, UserTableError> {
        let of = self.of;
        let bytes =
            std::fs::read(path).map_err(|reason| UserTableError::Unreadable { of, path: path.to_owned(), reason })?;
        let wrong = |(line, what)| UserTableError::Wrong { of, path: path.to_owned(), line, what };
        let text = String::from_utf8(bytes).map_err(|_| wrong((1, "the file is not UTF-8".to_owned())))?;
        let text = text.trim_start_matches('\u{feff}');
        let lines = if text.trim_start().starts_with('{') { json_lines(text) } else { self.csv_lines(text) };
        lines
            .into_iter()
            .map(|line| line.and_then(|(at, line)| take(line).map_err(|what| (at, what))).map_err(wrong))
            .collect()
    }

    fn csv_lines<L: DeserializeOwned>(&self, text: &str) -> Vec<Numbered<L>> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
        let named = match reader.headers() {
            Ok(header) => header.iter().map(str::to_ascii_lowercase).collect::<csv::StringRecord>(),
            Err(error) => return vec![Err((1, error.to_string()))],
        };
        let has = |names: &[&str]| named.iter().any(|name| names.contains(&name));
        if let Some([missing, ..]) = self.required.iter().find(|names| !has(names)) {
            return vec![Err((1, format!("there is no column {missing}: the header is `{}`", self.header)))];
        }
        let line = |record: Result<csv::StringRecord, csv::Error>| {
            let record = match record {
                Ok(record) => record,
                Err(error) => return Some(Err((error.position().map_or(1, csv::Position::line), error.to_string()))),
            };
            let at = record.position().map_or(1, |position| line_at(text, position.byte()));
            let is_blank = record.iter().all(str::is_empty);
            let read = || record.deserialize(Some(&named)).map_err(|error| (at, error.to_string()));
            (!is_blank).then(|| read().map(|line| (at, line)))
        };
        reader.records().filter_map(line).collect()
    }
}

/// The line of the first character at or after `byte` that ends no line: the reader passes blank lines without counting them.
fn line_at(text: &str, byte: u64) -> u64 {
    let (before, after) = text.split_at(usize::try_from(byte).map_or(text.len(), |at| at.min(text.len())));
    let blank = after.len() - after.trim_start_matches(['\r', '\n']).len();
    let ends = before.bytes().chain(after[..blank].bytes()).filter(|byte| *byte == b'\n');
    1 + ends.count() as u64
}

/// One JSON value for each line; blank lines count and say nothing.
fn json_lines<L: DeserializeOwned>(text: &str) -> Vec<Numbered<L>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(at, line)| Ok((at, serde_json::from_str(line).map_err(|error| (at, error.to_string()))?))).collect()
}
