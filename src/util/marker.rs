//! How folders of this program are recognised: an audit before it is replaced, and audits and stores before a walk reads what is in
//! them.
//!
//! A marker alone proves nothing: anybody can put a file of one line into a folder of dumps. An audit is what its manifest lists, file
//! by file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{hash, owned};

/// The file that marks an audit folder.
pub const MANIFEST: &str = "manifest.json";

/// The file that marks a store.
pub const STORE: &str = "store.json";

/// The value of their `tool` member.
pub const TOOL: &str = "dormant";

/// The most bytes of a marker that are read: the manifest of an audit of 20,000 inputs has 4 MB.
pub const CEILING: u64 = 256 << 20;

/// Whether `marker`, the bytes of such a file, was written by this program.
#[must_use]
pub fn is_ours(marker: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Marker {
        tool: String,
    }
    serde_json::from_slice(marker).is_ok_and(|marker: Marker| marker.tool == TOOL)
}

/// The files of an audit, as its manifest lists them.
#[derive(Debug, Default)]
pub struct Audit {
    files: BTreeMap<PathBuf, Listed>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    path: PathBuf,
    bytes: u64,
    sha256: String,
}

/// How closely a file is held against the manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closely {
    /// By its length.
    Length,
    /// By its SHA-256 too.
    Content,
}

impl Audit {
    /// The audit in `folder`; `None` if there is no manifest of this program that can be read.
    #[must_use]
    pub fn at(folder: &Path) -> Option<Self> {
        #[derive(Deserialize)]
        struct Manifest {
            tool: String,
            files: Vec<Listed>,
        }
        let bytes = owned::read(&folder.join(MANIFEST), CEILING).ok()?;
        let manifest: Manifest = serde_json::from_slice(&bytes).ok().filter(|found: &Manifest| found.tool == TOOL)?;
        Some(Self { files: manifest.files.into_iter().map(|file| (file.path.clone(), file)).collect() })
    }

    /// Whether `relative`, a file below `folder`, is as this audit wrote it.
    #[must_use]
    pub fn wrote(&self, folder: &Path, relative: &Path, closely: Closely) -> bool {
        if relative == Path::new(MANIFEST) {
            return true;
        }
        let Some(listed) = self.files.get(relative) else { return false };
        let Ok(file) = owned::open(&folder.join(relative)) else { return false };
        let has_length = file.metadata().is_ok_and(|there| there.len() == listed.bytes);
        has_length
            && (closely == Closely::Length || hash::sha256(file).is_ok_and(|(_, sha256)| sha256 == listed.sha256))
    }

    /// The files below `folder` that are not as this audit wrote them, or that it did not write, in order; links count as files.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn strangers(&self, folder: &Path, closely: Closely) -> io::Result<Vec<PathBuf>> {
        let mut strangers = Vec::new();
        for entry in walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name() {
            let entry = entry?;
            let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            if !entry.file_type().is_dir() && !self.wrote(folder, relative, closely) {
                strangers.push(relative.to_owned());
            }
        }
        Ok(strangers)
    }

    /// Removes from `folder` the files that this audit wrote, and every folder that is empty then; whether nothing is left. A file that
    /// has come in or was changed meanwhile stays.
    ///
    /// # Errors
    /// What the system reports.
    pub fn remove(&self, folder: &Path) -> io::Result<bool> {
        for relative in self.files.keys().filter(|file| self.wrote(folder, file, Closely::Length)) {
            owned::remove(folder, relative)?;
        }
        owned::remove(folder, Path::new(MANIFEST))?;
        for entry in walkdir::WalkDir::new(folder).contents_first(true) {
            let entry = entry?;
            if entry.file_type().is_dir() {
                owned::remove_empty(entry.path());
            }
        }
        Ok(fs::symlink_metadata(folder).is_err())
    }
}
