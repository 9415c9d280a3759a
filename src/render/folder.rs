//! The report folder, there whole or not at all.
//!
//! [`check_folder`] runs before the work. [`write_folder`] fills a hidden folder beside the wanted one, syncs it and renames it into
//! place. Replacing a folder deletes what is in it, so even with `force` only a folder that is empty or that this program wrote
//! is replaced, and the old one is put back where the new one cannot take its place.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::manifest::WrittenFile;
use super::output::OutputError;
use super::place::{check_parent, existing, parent_of, sync_folder, temporary_folder};
use super::{Out, RenderError};
use crate::util::marker;

/// Checks that a report folder can be written at `path`: its parent exists and takes new files, and `path` itself is not there or,
/// with `force`, is a folder that is empty or holds a `manifest.json` of this program.
///
/// # Errors
/// Which of these does not hold.
pub fn check_folder(path: &Path, force: bool) -> Result<(), OutputError> {
    match existing(path)? {
        None => check_parent(path),
        Some(there) if !there.is_dir() => Err(OutputError::IsFile(path.to_owned())),
        Some(_) if !is_replaceable(path)? => Err(OutputError::NotOurs(path.to_owned())),
        Some(_) if !force => Err(OutputError::Exists(path.to_owned())),
        Some(_) => check_parent(&whole(path)?),
    }
}

/// Writes the folder: `fill` creates every file through the [`FolderWriter`].
///
/// # Errors
/// As [`check_folder`], once more, because time has passed; what `fill` and the system report. What was at `path` then still is (or the error says where it is now), and
/// nothing is left beside it.
pub fn write_folder(
    path: &Path,
    force: bool,
    fill: &mut dyn FnMut(&FolderWriter) -> Result<(), OutputError>,
) -> Result<(), OutputError> {
    check_folder(path, force)?;
    let replaces = existing(path)?.is_some();
    let goal = if replaces { whole(path)? } else { path.to_owned() };
    let temporary = temporary_folder(&goal, "tmp")?;
    if replaces {
        // Before anything is in it: a private report is private from the first byte.
        copy_permissions(&goal, temporary.path())?;
    }
    let writer = FolderWriter { root: temporary.path().to_owned(), shown: path.to_owned(), written: Mutex::default() };
    fill(&writer)?;
    sync_tree(temporary.path())?;
    if replaces {
        replace(&goal, temporary.path())?;
    } else {
        fs::rename(temporary.path(), &goal).map_err(OutputError::io("rename a temporary folder to", path))?;
    }
    // It has the wanted name now; there is nothing left to remove under the old one.
    let _ = temporary.keep();
    sync_folder(parent_of(&goal))
}

/// Creates the files of a report folder. May be shared by several threads.
#[derive(Debug)]
pub struct FolderWriter {
    root: PathBuf,
    /// The final path of the folder, for messages: the temporary one is gone when they are read.
    shown: PathBuf,
    written: Mutex<Vec<WrittenFile>>,
}

impl FolderWriter {
    /// Creates the file `relative` (`services.csv`, `tables/dumps.parquet`), and the folders above it; gives what `fill` gives.
    ///
    /// # Errors
    /// [`OutputError::BadName`] where `relative` leads out of the folder; what `fill` reports; what the system reports, as when the
    /// file is there already.
    pub fn file<T>(
        &self,
        relative: &str,
        fill: impl FnOnce(&mut Out) -> Result<T, RenderError>,
    ) -> Result<T, OutputError> {
        let inside = Path::new(relative);
        if relative.is_empty() || !inside.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(OutputError::BadName(relative.to_owned()));
        }
        let (path, shown) = (self.root.join(inside), self.shown.join(inside));
        fs::create_dir_all(parent_of(&path)).map_err(OutputError::io("create the folder of", &shown))?;
        let created = File::create_new(&path).map_err(OutputError::io("create", &shown))?;
        let mut out = BufWriter::with_capacity(1 << 16, Counting { file: &created, bytes: 0, digest: Sha256::new() });
        let filled = fill(&mut out).map_err(OutputError::render(&shown))?;
        let counted = out.into_inner().map_err(|e| OutputError::io("write", &shown)(e.into_error()))?;
        let written =
            WrittenFile { path: relative.to_owned(), bytes: counted.bytes, sha256: hex(&counted.digest.finalize()) };
        created.sync_all().map_err(OutputError::io("write", &shown))?;
        self.list().push(written);
        Ok(filled)
    }

    /// The files written so far, by path: what the manifest lists.
    #[must_use]
    pub fn written(&self) -> Vec<WrittenFile> {
        let mut files = self.list().clone();
        files.sort();
        files
    }

    /// The list stays whole even where a thread that held it panicked: entries are only ever added.
    fn list(&self) -> MutexGuard<'_, Vec<WrittenFile>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts and hashes what goes by.
struct Counting<'a> {
    file: &'a File,
    bytes: u64,
    digest: Sha256,
}

impl Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.file.write(bytes)?;
        self.digest.update(&bytes[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn hex(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::with_capacity(2 * digest.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes whatever is written to it");
        text
    })
}

/// Whether the folder is empty or was written by this program.
fn is_replaceable(folder: &Path) -> Result<bool, OutputError> {
    let mut entries = fs::read_dir(folder).map_err(OutputError::io("read the folder", folder))?;
    if entries.next().is_none() {
        return Ok(true);
    }
    let manifest = folder.join(marker::MANIFEST);
    match fs::read(&manifest) {
        Ok(bytes) => Ok(marker::is_ours(&bytes)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => Ok(false),
        Err(source) => Err(OutputError::Io { doing: "read", path: manifest, source }),
    }
}

/// The path without links, `.` and `..`: what a rename must be given, lest it replace a link and leave the folder.
fn whole(path: &Path) -> Result<PathBuf, OutputError> {
    fs::canonicalize(path).map_err(OutputError::io("look at", path))
}

/// Lets into `new` only whom `old` lets in, and its owner.
#[cfg(unix)]
fn copy_permissions(old: &Path, new: &Path) -> Result<(), OutputError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(old).map_err(OutputError::io("look at", old))?.permissions().mode();
    let permissions = fs::Permissions::from_mode(mode & 0o777 | 0o700);
    fs::set_permissions(new, permissions).map_err(OutputError::io("set the permissions of", new))
}

/// Elsewhere a folder has the permissions of the one above it.
#[cfg(not(unix))]
fn copy_permissions(_old: &Path, _new: &Path) -> Result<(), OutputError> {
    Ok(())
}

/// Puts `new` in the place of `old`. The old folder is deleted last, when nothing else can fail any more.
fn replace(old: &Path, new: &Path) -> Result<(), OutputError> {
    let aside = temporary_folder(old, "old")?.keep();
    let kept = aside.join("old");
    let refused = |source| {
        // Empty again, and if it stays nevertheless the refusal is what matters.
        let _ = fs::remove_dir(&aside);
        OutputError::Io { doing: "replace", path: old.to_owned(), source }
    };
    fs::rename(old, &kept).map_err(refused)?;
    if let Err(source) = fs::rename(new, old) {
        return Err(match fs::rename(&kept, old) {
            Ok(()) => refused(source),
            Err(_) => OutputError::NotPutBack { path: old.to_owned(), kept, source },
        });
    }
    fs::remove_dir_all(&aside).map_err(OutputError::io("delete the replaced folder, now", &aside))
}

/// Syncs every folder below `root`, and `root`; the files were synced when they were written.
fn sync_tree(root: &Path) -> Result<(), OutputError> {
    for entry in walkdir::WalkDir::new(root).contents_first(true) {
        let entry = entry.map_err(|e| OutputError::io("look through", root)(e.into()))?;
        if entry.file_type().is_dir() {
            sync_folder(entry.path())?;
        }
    }
    Ok(())
}
