//! From workbooks in which people have decided row by row to a file of decisions.
//!
//! Comes in: workbooks, and sheets that were saved as CSV, sorted, filtered and saved again by whatever program; and the file of decisions that
//! there is. Goes out: the text of the new file. Entries that nobody changed stay byte for byte, with their comments and in their order.
//! What is not understood is named by its cell.

mod cells;
mod entries;
mod merge;
mod sheets;

use std::path::{Path, PathBuf};

use crate::model::{Day, Decisions};
use crate::problem::Problem;
use crate::resolve::decisions;
use entries::Filled;

/// What is asked of an import.
#[derive(Debug, Clone)]
pub struct DecisionImport {
    /// Workbooks and CSV files, in the order in which they are given.
    pub files: Vec<PathBuf>,
    /// The file of decisions to add to, where it is there.
    pub to: PathBuf,
    /// If two files disagree about a row, this one counts.
    pub prefer: Option<PathBuf>,
    /// So many days after it was made a decision to keep expires that names no day.
    pub expires_after: i64,
    /// The day of the decisions; else the date of the dump beside each.
    pub decided: Option<Day>,
    /// Who answers for decisions without an owner.
    pub owner: Option<String>,
    /// The services that are known: namespace and name.
    pub services: Vec<(String, String)>,
}

/// What an import gives.
#[derive(Debug)]
pub struct ImportedDecisions {
    /// The file of decisions as it is to be.
    pub text: String,
    /// Entries that are new.
    pub added: usize,
    /// Entries that say something else than before.
    pub changed: usize,
    /// Rows that say what the file says already.
    pub unchanged: usize,
    /// Rows that are not understood, each named by its cell: they are left out.
    pub problems: Vec<Problem>,
}

/// Why nothing is imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read, or cannot be a filled-in report.
    #[error("{}: {what}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, in one sentence.
        what: String,
    },
    /// The file of decisions is wrong.
    #[error("{0}")]
    Decisions(String),
    /// Two rows about one permission say different things.
    #[error("{0}")]
    Contradiction(String),
}

/// Reads `asked.files` and adds what they say to the decisions that there are.
///
/// # Errors
/// Where a file cannot be read, a cell holds a formula, or two rows contradict each other: then nothing may be written.
pub fn import(asked: &DecisionImport) -> Result<ImportedDecisions, ImportError> {
    let existing = existing(&asked.to)?;
    let known = match &existing {
        Some(_) => decisions::read(&[&asked.to]).map_err(ImportError::Decisions)?,
        None => Decisions::default(),
    };
    let mut problems = Vec::new();
    let (mut filled, mut recorded): (Vec<Filled>, Vec<Filled>) = (Vec::new(), Vec::new());
    for path in &asked.files {
        let (sheets, not_read) = sheets::read(path)?;
        problems.extend(not_read);
        for sheet in sheets {
            if sheet.is_record() {
                // What it shows of other entries, such as a wildcard, is nothing to decide.
                recorded.extend(entries::of_sheet(&sheet, path, asked, &mut Vec::new()).unwrap_or_default());
            } else {
                filled.extend(entries::of_sheet(&sheet, path, asked, &mut problems)?);
            }
        }
    }
    let filled = entries::agreed(filled, asked.prefer.as_deref())?;
    let (mut written, mut unchanged) = (Vec::new(), 0);
    for row in &filled {
        match row.written(asked, &known) {
            Ok(Some(entry)) => written.push(entry),
            Ok(None) => unchanged += 1,
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(entries::lost(&recorded, &filled, asked, &known));
    let merged = merge::merge(existing.as_deref().unwrap_or_default(), &known, &written);
    let changed = written.iter().filter(|entry| entry.replaces.is_some()).count();
    problems.sort();
    Ok(ImportedDecisions { text: merged, added: written.len() - changed, changed, unchanged, problems })
}

/// The text of the file of decisions, where there is one.
fn existing(path: &Path) -> Result<Option<String>, ImportError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(_) if path.is_dir() => {
            let what = format!("is a folder: give a file, such as {}", path.join("decisions.toml").display());
            Err(ImportError::File { path: path.to_owned(), what })
        }
        Err(error) => Err(ImportError::File { path: path.to_owned(), what: error.to_string() }),
    }
}
