//! What one file gave, either read just now or kept by a store.

use crate::decode::bytes::Opened;
use crate::decode::{Decoded, Outcome, is_of_report};
use crate::model::Source;
use crate::problem::{Problem, Severity};
use crate::report::InputFile;

/// Everything that one stored file gave.
#[derive(Debug)]
pub struct ReadFile {
    /// The place of the file.
    pub source: Source,
    /// The documents in it.
    pub documents: Vec<Decoded>,
    /// What it is, for the manifest.
    pub file: InputFile,
    /// What happened to its members.
    pub opened: Opened,
}

impl ReadFile {
    /// Whether it is an input, and not a file of another program or an older report. One that could not be read is an
    /// input, too: a damaged dump is still evidence.
    pub fn is_input(&self) -> bool {
        let refused = |problems: &[Problem]| {
            let mut lost = problems.iter().filter(|problem| problem.severity() == Severity::NotRead).peekable();
            lost.peek().is_none() || !lost.all(is_of_report)
        };
        let of_document = |document: &Decoded| match document.outcome {
            Outcome::Read => true,
            Outcome::Failed => refused(&document.problems),
            Outcome::Skipped => false,
        };
        self.documents.iter().any(of_document) || self.opened.failed > 0 && refused(&self.opened.problems)
    }
}
