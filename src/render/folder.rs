//! The report folder, there whole or not at all.
//!
//! [`check_folder`] runs before the work. [`write_folder`] fills a hidden folder beside the wanted one, syncs it and renames it into
//! place. Replacing a folder removes what its manifest lists and nothing else: with `force`, a folder is replaced only if it is empty or
//! every file in it is as the manifest of an audit lists it. The old and the new folder change places in one step where the system can,
//! so there is no moment without a folder.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::manifest::WrittenFile;
use super::output::OutputError;
use super::place::{Placing, check_parent, existing, folder_aside, mode_of_folder, sync_rename, temporary_folder};
use super::{Out, RenderError};
use crate::util::marker::{Audit, Closely, FolderKind};
use crate::util::temporary::{LeftBehind, left_behind};
use crate::util::{durable, hex, owned};

/// Checks that a report folder can be written at `path`: its parent exists and takes new files, and `path` itself is not there or,
/// with `force`, is a folder that is empty or holds exactly what the `manifest.json` of an audit of its kind lists.
///
/// # Errors
/// Which of these does not hold.
pub fn check_folder(path: &Path, placing: impl Into<Placing>) -> Result<(), OutputError> {
    let Placing { force, kind, .. } = placing.into();
    match existing(path)? {
        None => check_parent(path),
        Some(there) if !there.is_dir() => {
            let told = if path.is_symlink() { OutputError::IsLink } else { OutputError::IsFile };
            Err(told(path.to_owned()))
        }
        Some(_) => {
            replaceable(path, kind)?;
            if force { check_parent(&whole(path)?) } else { Err(OutputError::Exists(path.to_owned())) }
        }
    }
}

/// Writes the folder: `fill` creates every file through the [`FolderWriter`].
///
/// # Errors
/// As [`check_folder`], once more, because time has passed; what `fill` and the system report. What was at `path` then still is (or the error says where it is now), and
/// nothing is left beside it.
pub fn write_folder(
    path: &Path,
    placing: impl Into<Placing>,
    fill: &mut dyn FnMut(&FolderWriter) -> Result<(), OutputError>,
) -> Result<(), OutputError> {
    let placing @ Placing { mode, kind, .. } = placing.into();
    check_folder(path, placing)?;
    let replaces = existing(path)?.is_some();
    let goal = if replaces { whole(path)? } else { path.to_owned() };
    // While it is written nobody but its owner can look into it.
    let (folder, temporary, plain) = temporary_folder(&goal)?;
    let writer =
        FolderWriter { root: folder.path().to_owned(), shown: path.to_owned(), mode, written: Mutex::default() };
    fill(&writer)?;
    let permissions = match mode {
        Some(mode) => durable::permissions(&plain, mode_of_folder(mode)),
        None if replaces => permissions_of(&goal)?,
        None => plain,
    };
    fs::set_permissions(folder.path(), permissions).map_err(OutputError::io("set the permissions of", path))?;
    sync_tree(folder.path())?;
    if replaces {
        return temporary.finish(|| replace(&goal, folder, kind));
    }
    let renamed = temporary.finish(|| owned::rename(folder.path(), &goal));
    renamed.map_err(OutputError::io("rename a temporary folder to", path))?;
    // It has its final name now; there is nothing left to remove under the temporary one.
    let _ = folder.keep();
    sync_rename(&goal)
}

/// Removes what runs that were killed left beside the folder `path`; `is_ours` says of a file in them whether this program writes such
/// ones.
#[must_use]
pub fn clear_leftovers(path: &Path, is_ours: impl Fn(&Path) -> bool) -> LeftBehind {
    left_behind(&fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()), is_ours)
}

/// Creates the files of a report folder. May be shared by several threads.
#[derive(Debug)]
pub struct FolderWriter {
    root: PathBuf,
    /// The final path of the folder, for messages: the temporary one is gone when they are read.
    shown: PathBuf,
    /// The permissions of its files, unless the umask decides.
    mode: Option<u32>,
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
        self.create_folders(inside).map_err(OutputError::io("create the folder of", &shown))?;
        let created = File::create_new(&path).map_err(OutputError::io("create", &shown))?;
        if let Some(mode) = self.mode {
            let plain = created.metadata().map_err(OutputError::io("look at", &shown))?.permissions();
            let permissions = durable::permissions(&plain, mode);
            created.set_permissions(permissions).map_err(OutputError::io("set the permissions of", &shown))?;
        }
        let mut out = BufWriter::with_capacity(1 << 16, Counting { file: &created, bytes: 0, digest: Sha256::new() });
        let filled = fill(&mut out).map_err(OutputError::render(&shown))?;
        let counted = out.into_inner().map_err(|e| OutputError::io("write", &shown)(e.into_error()))?;
        let written =
            WrittenFile { path: relative.to_owned(), bytes: counted.bytes, sha256: hex(&counted.digest.finalize()) };
        created.sync_all().map_err(OutputError::io("write", &shown))?;
        self.list().push(written);
        Ok(filled)
    }

    /// Makes the folders on the way to a file, which may be there already. The root is never made again: a signal may just have removed it.
    fn create_folders(&self, inside: &Path) -> io::Result<()> {
        let mut folder = self.root.clone();
        for part in inside.parent().unwrap_or(Path::new("")) {
            folder.push(part);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            if let Some(mode) = self.mode {
                let plain = fs::metadata(&folder)?.permissions();
                fs::set_permissions(&folder, durable::permissions(&plain, mode_of_folder(mode)))?;
            }
        }
        Ok(())
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

/// Checks that every file in the folder is one that an audit of the kind wrote and that nobody has changed; gives the audit, which is empty for
/// an empty folder.
fn replaceable(folder: &Path, kind: FolderKind) -> Result<Audit, OutputError> {
    let failed = || OutputError::io("read the folder", folder);
    let mut entries = fs::read_dir(folder).map_err(failed())?;
    if entries.next().is_none() {
        return Ok(Audit::default());
    }
    let audit = Audit::at(folder).ok_or_else(|| OutputError::NotOurs(folder.to_owned()))?;
    if audit.kind() != kind {
        return Err(OutputError::OtherKind(folder.to_owned(), audit.kind()));
    }
    let strangers = audit.strangers(folder, Closely::Content).map_err(failed())?;
    match strangers.into_iter().next() {
        None => Ok(audit),
        Some(file) => Err(OutputError::HoldsOther { path: folder.to_owned(), file }),
    }
}

/// The path without links, `.` and `..`: what a rename must be given, lest it replace a link and leave the folder.
fn whole(path: &Path) -> Result<PathBuf, OutputError> {
    fs::canonicalize(path).map_err(OutputError::io("look at", path))
}

/// Whom `old` lets in, and its owner.
fn permissions_of(old: &Path) -> Result<fs::Permissions, OutputError> {
    let permissions = fs::metadata(old).map_err(OutputError::io("look at", old))?.permissions();
    #[cfg(unix)]
    let permissions = {
        use std::os::unix::fs::PermissionsExt;
        fs::Permissions::from_mode(permissions.mode() & 0o777 | 0o700)
    };
    Ok(permissions)
}

/// Puts `new` in the place of `old`, and removes what the audit in the old one wrote. That comes last, when nothing else can fail any
/// more.
fn replace(old: &Path, new: TempDir, kind: FolderKind) -> Result<(), OutputError> {
    let audit = replaceable(old, kind)?;
    if owned::exchange(old, new.path()).is_ok() {
        // The temporary name leads to the old folder now, so it must not be cleared as a whole.
        let kept = new.keep();
        sync_rename(old)?;
        return remove_replaced(&audit, old, &kept);
    }
    let aside = folder_aside(old)?;
    let kept = aside.join("old");
    let refused = |source| {
        // Empty again, and if it stays nevertheless the refusal is what matters.
        owned::remove_empty(&aside);
        OutputError::Io { doing: "replace", path: old.to_owned(), source }
    };
    owned::rename(old, &kept).map_err(refused)?;
    if let Err(source) = owned::rename(new.path(), old) {
        return Err(match owned::rename(&kept, old) {
            Ok(()) => refused(source),
            Err(_) => OutputError::NotPutBack { path: old.to_owned(), kept, source },
        });
    }
    let _ = new.keep();
    sync_rename(old)?;
    remove_replaced(&audit, old, &kept)?;
    owned::remove_empty(&aside);
    Ok(())
}

/// Removes what `audit` wrote from `kept`, which was at `path` before.
fn remove_replaced(audit: &Audit, path: &Path, kept: &Path) -> Result<(), OutputError> {
    match audit.remove(kept) {
        Ok(true) => Ok(()),
        Ok(false) => Err(OutputError::LeftBehind { path: path.to_owned(), kept: kept.to_owned() }),
        Err(source) => Err(OutputError::NotRemoved { path: path.to_owned(), kept: kept.to_owned(), source }),
    }
}

/// Syncs every folder below `root`, and `root`; the files were synced when they were written.
fn sync_tree(root: &Path) -> Result<(), OutputError> {
    for entry in walkdir::WalkDir::new(root).contents_first(true) {
        let entry = entry.map_err(|e| OutputError::io("look through", root)(e.into()))?;
        if entry.file_type().is_dir() {
            durable::sync_folder(entry.path()).map_err(OutputError::io("sync the folder", root))?;
        }
    }
    Ok(())
}
