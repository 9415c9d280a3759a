//! Where files are on the disk, whatever the user typed to name them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::discover::{Found, display_folder};

/// The canonical paths of the folders in which files were found.
#[derive(Debug)]
pub struct Folders(BTreeMap<String, Option<String>>);

impl Folders {
    /// Those of the folders among `paths`, by their text in the paths of files.
    pub fn of(paths: &[PathBuf]) -> Self {
        let folders = paths.iter().filter(|typed| typed.is_dir());
        Self(folders.map(|typed| (display_folder(typed), canonical(typed))).collect())
    }

    /// The folder that the user typed, or that holds the file that the user typed.
    pub fn around(&self, file: &Found) -> Option<String> {
        if file.source.root > 0 {
            return self.0.get(&file.source.path[..file.source.root]).cloned().flatten();
        }
        if !file.path.is_file() {
            return None;
        }
        let folder = file.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        canonical(folder.unwrap_or(Path::new(".")))
    }

    /// The canonical path of the file.
    pub fn place(&self, file: &Found) -> Option<String> {
        self.around(file).map(|folder| file.source.place_in(&folder))
    }
}

fn canonical(folder: &Path) -> Option<String> {
    folder.canonicalize().ok().map(|folder| display_folder(&folder))
}
