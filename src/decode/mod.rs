//! Bytes to answers. Comes in: one file. Goes out: every answer in it, columns filled, and a problem for whatever was not
//! understood. Knows nothing of entities or verdicts.

pub mod bytes;
pub mod time;

use crate::model::{Answer, Sidecar, Source};
use crate::problem::Problem;

/// Ceilings for hostile or broken input. Each has a flag; reaching one makes a `too-large` problem that names the flag.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one document after decompression (`--max-bytes`).
    pub document_bytes: u64,
    /// Members of one archive (`--max-members`).
    pub archive_members: usize,
    /// Nesting of archives in archives; deeper ones are not opened.
    pub archive_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { document_bytes: 4 << 30, archive_members: 100_000, archive_depth: 3 }
    }
}

/// What became of one file or archive member. `found = read + skipped + failed` counts these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Answers or a sidecar were taken from it.
    Read,
    /// Not ours.
    Skipped,
    /// Nothing of it could be used.
    Failed,
}

/// All that one document gave.
#[derive(Debug)]
pub struct Decoded {
    /// The document.
    pub source: Source,
    /// What became of it.
    pub outcome: Outcome,
    /// The answers, in the order of the document.
    pub answers: Vec<Answer>,
    /// Documents that name the entity of others.
    pub sidecars: Vec<Sidecar>,
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// SHA-256 of the bytes as stored, in hex, where asked for.
    pub sha256: Option<String>,
    /// Length of the bytes as stored.
    pub bytes: u64,
}
