//! Where the data of a run comes from: files or stores. The choice is made here, once; after it both are [`Loaded`]
//! documents.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::attribution::Attribution;
use super::context::RunContext;
use super::error::RunError;
use super::files::{self, Loaded};
use super::folders::Folders;
use super::read_file::ReadFile;
use super::request::Request;
use super::stored;
use crate::archive::{Store, StoreError};
use crate::discover::{Found, discover};
use crate::util::replaced::Replaced;

/// What a run reads: two sides for `diff OLD NEW`, otherwise only the new one.
#[derive(Debug)]
pub struct InputSides {
    /// The old side.
    pub old: DataSource,
    /// The new side, or the only one.
    pub new: DataSource,
}

impl InputSides {
    /// Tells stores and files of both sides apart.
    ///
    /// # Errors
    /// As [`DataSource::of`].
    pub fn of(request: &Request) -> Result<Self, RunError> {
        Ok(Self { old: DataSource::of(&request.old_paths)?, new: DataSource::of(&request.paths)? })
    }

    /// The attributions of all stores, by path.
    ///
    /// # Errors
    /// If the head of a store cannot be read.
    pub fn attribution_paths(&self) -> Result<Vec<Vec<String>>, StoreError> {
        self.stores().map(Store::attribution_paths).collect()
    }

    /// The stores of both sides.
    pub fn stores(&self) -> impl Iterator<Item = &Store> {
        self.old.stores.iter().chain(&self.new.stores)
    }

    /// Whether standard input, which can be read once, is among the paths.
    pub fn has_stdin(&self) -> bool {
        [&self.old, &self.new].iter().any(|side| side.paths.iter().any(|path| path == Path::new("-")))
    }

    /// The attribution that all stores keep.
    ///
    /// # Errors
    /// As [`Attribution::to`].
    pub fn attribution(&self) -> Result<Attribution, RunError> {
        Attribution::to(self.stores())
    }
}

/// One side of a run: the stores among the paths, and the files.
#[derive(Debug)]
pub struct DataSource {
    /// Folders that are stores, in the order of the paths.
    pub stores: Vec<Store>,
    /// Everything else: files, folders, archives; `-` is stdin.
    pub paths: Vec<PathBuf>,
}

impl DataSource {
    /// Tells stores and files apart.
    ///
    /// # Errors
    /// If a store is of another version or its marker is damaged.
    pub fn of(paths: &[PathBuf]) -> Result<Self, RunError> {
        let (mut stores, mut others) = (Vec::new(), Vec::new());
        for path in paths {
            match Store::at(path)? {
                Some(store) => stores.push(store),
                None => others.push(path.clone()),
            }
        }
        Ok(Self { stores, paths: others })
    }

    /// Finds and decodes every document of the files and the stores.
    ///
    /// # Errors
    /// If a path that the user typed leads nowhere, the head of a store cannot be read, or the result is going to replace
    /// a file that was read.
    pub fn load(&self, context: &RunContext) -> Result<Loaded, RunError> {
        let request = context.request;
        let found = discover(&self.paths, request.limits.follow_links).map_err(|e| RunError::Input(e.to_string()))?;
        let mut problems = found.problems;
        // A file that is also in a store counts once, and is recognized by its content.
        let hash = request.hash_inputs || !self.stores.is_empty();
        let mut read = files::read_files(&found.files, hash, context);
        refuse_to_replace(&found.files, &read, &request.replaced)?;
        if !self.stores.is_empty() {
            let (kept, differences) = stored::files_of(&self.stores, context.decoding())?;
            problems.extend(differences);
            read = if self.paths.is_empty() && self.stores.len() == 1 {
                kept.into_iter().map(|file| file.read).collect()
            } else {
                let folders = Folders::of(&self.paths);
                let places: Vec<_> = found.files.iter().map(|file| folders.place(file)).collect();
                stored::merged(read.into_iter().zip(places), kept)
            };
            if !request.hash_inputs {
                for file in &mut read {
                    file.file.sha256 = None;
                }
            }
        }
        Ok(Loaded::of(read, problems, found.unopened))
    }
}

/// Refuses a result that would replace a file that was read. A file of another program and an older report, which the
/// walk found and from which nothing was taken, may be replaced.
fn refuse_to_replace(files: &[Found], read: &[ReadFile], replaced: &Replaced) -> Result<(), RunError> {
    let mut both = files.iter().zip(read);
    match both.find(|(found, read)| replaced.holds(&found.path) && read.is_input() && !is_empty_report(&found.path)) {
        Some((found, _)) => {
            Err(RunError::ReplacesInput { output: replaced.output().to_owned(), input: found.path.clone() })
        }
        None => Ok(()),
    }
}

/// Whether the file is a report of this program without rows, in which the decoder sees no row that is one of a report.
fn is_empty_report(path: &Path) -> bool {
    const LONGEST_HEADER: u64 = 4 << 10;
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST_HEADER).read_to_end(&mut bytes));
    let is_name = |cell: &str| !cell.is_empty() && cell.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header = lines.next().unwrap_or_default();
    let is_json = text.starts_with('{') && text.contains("\"dormant-report\"");
    read.is_ok() && (is_json || lines.next().is_none() && (header.is_empty() || header.split(',').all(is_name)))
}
