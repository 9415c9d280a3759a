//! What one file gave, either read just now or kept by a store.

use crate::decode::Decoded;
use crate::decode::bytes::Opened;
use crate::model::Source;
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
