//! `manifest.json` of a report folder: what was read, with which parameters, how the run ended, and what was written.
//!
//! No clock and no host name: two runs over the same inputs write the same manifest. The folder that holds one was written by
//! this program, which is what [`folder`](super::folder) asks before it replaces anything.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::ser::{Serialize, Serializer};

use super::json::{DEFINITIONS, Inputs, Values, spelt};
use crate::problem::Problem;
use crate::report::{Headline, InputCounts, InputFile, Parameter, hash_of_list};
use crate::util::marker::TOOL;

/// Goes up where something that was there is gone or means something else; what is only added does not count.
const SCHEMA_VERSION: u32 = 1;

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

/// What a manifest says.
#[derive(Debug, Clone, Copy)]
pub struct AuditManifest<'a> {
    /// The parameters of the run, in the order shown.
    pub parameters: &'a [Parameter],
    /// The code with which the run ends.
    pub exit_code: u8,
    /// Its numbers, where it counts everything.
    pub headline: Option<&'a Headline>,
    /// How the inputs fared.
    pub inputs: InputCounts,
    /// What is wrong with them.
    pub problems: &'a [Problem],
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
            schema: u32,
            definitions: u32,
            parameters: Values<'a>,
            exit_code: u8,
            oldest_as_of: Option<String>,
            newest_as_of: Option<String>,
            inputs: Inputs,
            problems: BTreeMap<&'static str, usize>,
            inputs_sha256: String,
            input_roots: Vec<&'a str>,
            input_files: Vec<Input<'a>>,
            rows: RowCounts<'a>,
            files: &'a [WrittenFile],
        }
        let mut problems = BTreeMap::new();
        for problem in self.problems {
            *problems.entry(problem.kind.code()).or_default() += 1;
        }
        let (input_roots, input_files) = below_roots(self.input_files);
        Document {
            tool: TOOL,
            version: env!("CARGO_PKG_VERSION"),
            schema: SCHEMA_VERSION,
            definitions: DEFINITIONS,
            parameters: Values(self.parameters),
            exit_code: self.exit_code,
            oldest_as_of: self.headline.and_then(|headline| headline.oldest).map(spelt),
            newest_as_of: self.headline.and_then(|headline| headline.newest).map(spelt),
            inputs: self.inputs.into(),
            problems,
            inputs_sha256: hash_of_list(self.input_files),
            input_roots,
            input_files,
            rows: RowCounts(self.rows),
            files: self.files,
        }
        .serialize(serializer)
    }
}

/// An input, by its path below one of the folders that were named.
#[derive(serde::Serialize)]
struct Input<'a> {
    root: usize,
    path: &'a str,
    bytes: u64,
    sha256: Option<&'a str>,
}

/// The folders that were named, in the order in which inputs come from them, and the inputs below them. A typed path carries the names of its maker's
/// folders; so it stands in one place, and nothing else depends on where the dumps lie.
fn below_roots(files: &[InputFile]) -> (Vec<&str>, Vec<Input<'_>>) {
    let mut roots: Vec<&str> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut inputs = Vec::with_capacity(files.len());
    for file in files {
        let (folder, path) = file.place();
        let root = *places.entry(folder).or_insert_with(|| {
            roots.push(if folder.is_empty() { "." } else { folder });
            roots.len() - 1
        });
        inputs.push(Input { root, path, bytes: file.bytes, sha256: file.sha256.as_deref() });
    }
    (roots, inputs)
}

struct RowCounts<'a>(&'a [(String, u64)]);

impl Serialize for RowCounts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(path, rows)| (path, rows)))
    }
}
