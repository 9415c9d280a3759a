//! `manifest.json` of a report folder: what was read, with which parameters, and what was written.
//!
//! No clock and no host name: two runs over the same inputs write the same manifest. The folder that holds one was written by
//! this program, which is what [`folder`](super::folder) asks before it replaces anything.

use std::io::{self, Write};

use serde::ser::{Serialize, Serializer};

use super::json::{DEFINITIONS, Inputs, Shown};
use crate::report::{InputCounts, InputFile, Parameter};
use crate::util::marker::TOOL;

/// A file that was written, by its path inside the folder, always with `/` between parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct WrittenFile {
    /// Its path inside the folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// What a manifest says, in the order in which it says it.
#[derive(Debug, Clone, Copy)]
pub struct AuditManifest<'a> {
    /// The parameters of the run, in the order shown.
    pub parameters: &'a [Parameter],
    /// How the inputs fared.
    pub inputs: InputCounts,
    /// Every input.
    pub input_files: &'a [InputFile],
    /// Path inside the folder and number of rows, for each file that holds a table.
    pub rows: &'a [(String, u64)],
    /// Every other file of the folder; see [`FolderWriter::written`](super::folder::FolderWriter::written).
    pub files: &'a [WrittenFile],
}

impl AuditManifest<'_> {
    /// Writes the manifest as pretty JSON.
    ///
    /// # Errors
    /// What `out` reports.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

impl Serialize for AuditManifest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Document<'a> {
            tool: &'static str,
            version: &'static str,
            definitions: u32,
            parameters: Shown<'a>,
            inputs: Inputs,
            input_files: Vec<Input<'a>>,
            rows: Rows<'a>,
            files: &'a [WrittenFile],
        }
        Document {
            tool: TOOL,
            version: env!("CARGO_PKG_VERSION"),
            definitions: DEFINITIONS,
            parameters: Shown(self.parameters),
            inputs: self.inputs.into(),
            input_files: self.input_files.iter().map(Input::from).collect(),
            rows: Rows(self.rows),
            files: self.files,
        }
        .serialize(serializer)
    }
}

#[derive(serde::Serialize)]
struct Input<'a> {
    source: &'a str,
    bytes: u64,
    sha256: Option<&'a str>,
}

impl<'a> From<&'a InputFile> for Input<'a> {
    fn from(file: &'a InputFile) -> Self {
        Self { source: &file.source, bytes: file.bytes, sha256: file.sha256.as_deref() }
    }
}

struct Rows<'a>(&'a [(String, u64)]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(path, rows)| (path, rows)))
    }
}
