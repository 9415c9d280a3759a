//! Why a run gives nothing.

use std::path::PathBuf;

use crate::problem::{Problem, counted};

/// Why there is no report at all. One bad file is never a reason; it is a [`Problem`].
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A path that the user typed cannot be read, a manifest is broken, …: the sentence tells what to do.
    #[error("{0}")]
    Input(String),
    /// A file of decisions cannot be used: the sentence names the entry.
    #[error("{0}")]
    Decisions(String),
    /// Nothing usable was found; the problems tell why.
    #[error("nothing usable was found in {}", counted(*found, "file", "files"))]
    NothingUsable {
        /// How many files were looked at.
        found: usize,
        /// Why none was used.
        problems: Vec<Problem>,
        /// Whether there are answers about policies, which other reports show.
        has_policies: bool,
    },
    /// The originals of a store are up to date, and its tables could not be written.
    #[error(
        "{0}; the originals are stored all the same, and the tables for other engines are behind: run `dormant store compact`"
    )]
    Behind(Box<RunError>),
    /// An ingest failed after some files had been added.
    #[error(
        "{error}; before that {} added, and stored: run the same `dormant ingest` again for the rest",
        counted(*added, "file was", "files were")
    )]
    Partly {
        /// How many files were added.
        added: usize,
        /// Why the rest was not added.
        error: Box<RunError>,
    },
    /// The result is going to replace a file that the run reads.
    #[error("{} would replace {}, which is an input of this report. Choose another output.", output.display(), input.display())]
    ReplacesInput {
        /// The output, as it was given.
        output: PathBuf,
        /// The file, or the folder that holds it.
        input: PathBuf,
    },
    /// A store cannot be used.
    #[error(transparent)]
    Store(#[from] crate::archive::StoreError),
    /// A bug in a recommendation.
    #[error(transparent)]
    Proposal(#[from] crate::recommend::CheckError),
    /// A bug in an analysis.
    #[error("the analysis failed: {0}")]
    Analysis(polars::prelude::PolarsError),
}

/// Without a source, because the message holds the cause.
impl From<polars::prelude::PolarsError> for RunError {
    fn from(error: polars::prelude::PolarsError) -> Self {
        Self::Analysis(error)
    }
}

impl RunError {
    /// Whether a store has changed.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        match self {
            Self::Behind(_) | Self::Partly { .. } => true,
            Self::Store(error) => error.is_done(),
            _ => false,
        }
    }
}
