//! The whole run, stage by stage, in order: the only file that names every stage, and the only place that collects a
//! `LazyFrame`.

use std::path::PathBuf;

use crate::analyse::{Params, ReportSpec};
use crate::decode::Limits;
use crate::model::Instant;
use crate::problem::Problem;
use crate::report::{InputCounts, Report};

/// All that a run needs to know, every value checked and resolved.
#[derive(Debug, Clone)]
pub struct Request {
    /// Files, folders and archives to read; `-` is stdin. For `diff OLD NEW`, the new side.
    pub paths: Vec<PathBuf>,
    /// The old side of `diff OLD NEW`; else empty.
    pub old_paths: Vec<PathBuf>,
    /// `diff --from`: the old side is the newest usable dump not after this.
    pub from: Option<Instant>,
    /// `diff --to`: the new side is the newest usable dump not after this.
    pub to: Option<Instant>,
    /// Ceilings for hostile input.
    pub limits: Limits,
    /// Whether to compute the SHA-256 of every input.
    pub hash_inputs: bool,
    /// `--as-of`: overrides the date of every dump.
    pub as_of: Option<Instant>,
    /// `--manifest FILE`.
    pub manifest: Option<PathBuf>,
    /// `--path-template`.
    pub path_template: Option<String>,
    /// `false` with `--no-infer`.
    pub infer: bool,
    /// `--catalogue DIR`: replaces compiled-in facts.
    pub catalogue: Option<PathBuf>,
    /// What the analyses share.
    pub params: Params,
    /// The reports wanted, in order.
    pub specs: Vec<ReportSpec>,
    /// Whether the three tables are wanted too.
    pub tables: bool,
}

/// Told how far the run is; called from several threads.
pub trait Progress: Sync {
    /// A new stage begins, with `total` steps.
    fn begin(&self, stage: &'static str, total: u64);
    /// `steps` more steps of the stage are done.
    fn advance(&self, steps: u64);
}

/// What a run gives.
#[derive(Debug)]
pub struct Outcome {
    /// One report for each spec, in the same order.
    pub reports: Vec<Report>,
    /// The three tables and their names, where they were asked for.
    pub tables: Vec<(String, crate::frame::Table)>,
    /// How the inputs fared.
    pub inputs: InputCounts,
    /// Every problem, sorted.
    pub problems: Vec<Problem>,
    /// Every input with its length and, where asked for, its SHA-256.
    pub sources: Vec<InputFile>,
}

/// One input, for the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// As shown everywhere.
    pub source: String,
    /// Length of the stored bytes.
    pub bytes: u64,
    /// In hex, where asked for.
    pub sha256: Option<String>,
}

/// Why there is no report at all. One bad file is never one of these; it is a [`Problem`].
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A path that the user typed cannot be read, a manifest is broken, …: the sentence says what to do.
    #[error("{0}")]
    Input(String),
    /// Nothing usable was found; the problems say why.
    #[error("nothing usable was found in the {found} files given")]
    NothingUsable {
        /// How many files were looked at.
        found: usize,
        /// Why none was used.
        problems: Vec<Problem>,
    },
    /// A bug in an analysis.
    #[error("the analysis failed: {0}")]
    Analysis(#[from] polars::prelude::PolarsError),
}

/// A stand-in that finds nothing, until the stages are merged.
///
/// # Errors
/// Always.
pub fn run(request: &Request, progress: &dyn Progress) -> Result<Outcome, RunError> {
    progress.begin("nothing", 0);
    Err(RunError::NothingUsable { found: request.paths.len(), problems: Vec::new() })
}
