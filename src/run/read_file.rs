//! What one file gave, whether it was read just now or a store keeps it.

use crate::decode::Decoded;
use crate::decode::bytes::Opened;
use crate::model::Source;
use crate::report::InputFile;

/// All that one stored file gave.
#[derive(Debug)]
pub struct ReadFile {
    /// Where it lies.
    pub source: Source,
    /// The documents in it.
    pub documents: Vec<Decoded>,
    /// What it is, for the manifest.
    pub file: InputFile,
    /// How its members fared.
    pub opened: Opened,
}
