//! Where outputs stand: what is there already, whether more may be created, and the temporary names beside it.
//!
//! Apart from [`output`](super::output) and [`folder`](super::folder) because both ask the same questions and fail in the same words.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile, TempDir};

use super::RenderError;
use crate::util::durable;
use crate::util::marker::{self, FolderKind};
use crate::util::temporary::{self, Temporary};

/// Why an output cannot be written. Each message names the path and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It would replace something.
    #[error("{} already exists. Use --force to replace it, or choose another name.", .0.display())]
    Exists(PathBuf),
    /// A file was wanted.
    #[error("{} is a folder: name a file in it", .0.display())]
    IsFolder(PathBuf),
    /// A folder was wanted.
    #[error("{} is a file. Choose a folder for the reports.", .0.display())]
    IsFile(PathBuf),
    /// A folder was wanted, and a link leads to no folder.
    #[error("{} is a link that leads to no folder. Choose a folder for the reports.", .0.display())]
    IsLink(PathBuf),
    /// The parent is missing.
    #[error("cannot write {}: the folder {} does not exist. Create it first.", path.display(), parent.display())]
    NoParent {
        /// The output.
        path: PathBuf,
        /// What is missing.
        parent: PathBuf,
    },
    /// The parent is no folder.
    #[error("cannot write {}: {} is not a folder", path.display(), parent.display())]
    ParentIsFile {
        /// The output.
        path: PathBuf,
        /// What is no folder.
        parent: PathBuf,
    },
    /// Nothing may be created in the parent.
    #[error("cannot write {}. Choose another folder: no file can be created in `{}`", path.display(), parent.display())]
    ReadOnly {
        /// The output.
        path: PathBuf,
        /// Where nothing can be created.
        parent: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A store holds only what belongs to it.
    #[error("cannot write {}: {} is a store, and holds only its own files. Choose another folder.", path.display(), store.display())]
    InStore {
        /// The output.
        path: PathBuf,
        /// The store.
        store: PathBuf,
    },
    /// `--force` may not delete what this program did not write.
    #[error("{} contains files but no manifest.json of dormant, so it is not replaced. Choose another folder, \
        or empty this one.", .0.display())]
    NotOurs(PathBuf),
    /// `--force` replaces a folder by one of its kind.
    #[error("{} holds {}, and --force replaces a folder by one of its kind: choose another folder", .0.display(), match .1 {
        FolderKind::Audit => "an audit of dormant report",
        FolderKind::Proposals => "proposals of dormant recommend",
        FolderKind::Findings => "findings of dormant unused",
    })]
    OtherKind(PathBuf, FolderKind),
    /// `--force` removes what an audit wrote, and nothing else.
    #[error("{} holds `{}`, which is not as this program wrote it, and replacing the folder would remove it: move it away, or name another folder",
        path.display(), file.display())]
    HoldsOther {
        /// The output.
        path: PathBuf,
        /// The first file that its manifest does not list, or lists with another content; below it.
        file: PathBuf,
    },
    /// A file came into the old folder while it was being replaced.
    #[error("the new reports are in {}; what came into the old folder meanwhile is now in {}: move it back", path.display(), kept.display())]
    LeftBehind {
        /// The output.
        path: PathBuf,
        /// Where the rest of the old folder is.
        kept: PathBuf,
    },
    /// The output is there, and the system refused to make it last.
    #[error("{} is written, but the system did not make it last", path.display())]
    NotSynced {
        /// The output.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The new folder is there, and the old one could not be removed.
    #[error("the new reports are in {}; those that they replace are now in {} and could not be removed: remove them", path.display(), kept.display())]
    NotRemoved {
        /// The output.
        path: PathBuf,
        /// Where the old folder is.
        kept: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The old folder was moved aside, the new one could not take its place, nor could the old one return.
    #[error("cannot replace {}; what was in it is now {}: move it back", path.display(), kept.display())]
    NotPutBack {
        /// The output.
        path: PathBuf,
        /// Where the old folder is.
        kept: PathBuf,
        /// Why the new one could not take its place.
        source: io::Error,
    },
    /// A name inside a report folder that leads out of it.
    #[error("{0} is no name of a file inside a report folder")]
    BadName(String),
    /// The system refused.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried: "write", "rename", ….
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The report could not be turned into bytes.
    #[error("cannot write {}", path.display())]
    Render {
        /// The output.
        path: PathBuf,
        /// Why.
        source: RenderError,
    },
}

impl OutputError {
    /// Whether the output is there, and something else went wrong.
    #[must_use]
    pub const fn is_written(&self) -> bool {
        matches!(self, Self::NotSynced { .. } | Self::NotRemoved { .. } | Self::LeftBehind { .. })
    }

    /// For `map_err`: the system refused `doing` on `path`.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// For `map_err`: bytes for `path` could not be made or written.
    pub(super) fn render(path: &Path) -> impl FnOnce(RenderError) -> Self {
        let path = path.to_owned();
        move |source| match source {
            RenderError::Io(source) => Self::Io { doing: "write", path, source },
            source => Self::Render { path, source },
        }
    }
}

/// Checks that a file can be created beside `path`, by creating one and letting it go.
pub(super) fn check_parent(path: &Path) -> Result<(), OutputError> {
    let parent = parent_of(path);
    let named = || (path.to_owned(), parent.to_owned());
    match existing(parent)? {
        None => {
            let (path, parent) = named();
            Err(OutputError::NoParent { path, parent })
        }
        Some(there) if !there.is_dir() => {
            let (path, parent) = named();
            Err(OutputError::ParentIsFile { path, parent })
        }
        Some(_) => {
            check_stores_above(path, parent)?;
            tempfile::tempfile_in(parent).map(drop).map_err(|source| {
                let (path, parent) = named();
                OutputError::ReadOnly { path, parent, source }
            })
        }
    }
}

/// Refuses a folder that is in a store, or would be: the folders above it may not be there yet.
///
/// # Errors
/// [`OutputError::InStore`], or what the system reports.
pub fn check_outside_stores(dir: &Path) -> Result<(), OutputError> {
    let mut above = dir;
    while existing(above)?.is_none() && parent_of(above) != above {
        above = parent_of(above);
    }
    check_stores_above(dir, above)
}

/// Refuses an output in a store, at any depth: a file of another program among the originals makes every report say so.
fn check_stores_above(path: &Path, parent: &Path) -> Result<(), OutputError> {
    let whole = fs::canonicalize(parent).map_err(OutputError::io("look at", parent))?;
    // One that lost its marker or its head still holds the originals.
    match whole.ancestors().find(|folder| marker::is_store(folder) || marker::holds_packs(folder)) {
        Some(store) => Err(OutputError::InStore { path: path.to_owned(), store: store.to_owned() }),
        None => Ok(()),
    }
}

/// The folder that holds `path`; a bare name stands in the current one.
pub(super) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => path,
    }
}

/// What stands at `path`, links followed; a link that leads nowhere counts as being there, for something would be replaced.
pub(super) fn existing(path: &Path) -> Result<Option<Metadata>, OutputError> {
    let there = fs::metadata(path).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => fs::symlink_metadata(path),
        _ => Err(error),
    });
    match there {
        Ok(there) => Ok(Some(there)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(OutputError::Io { doing: "look at", path: path.to_owned(), source }),
    }
}

/// How an output comes into its place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Placing {
    /// Whether it may replace what is there.
    pub force: bool,
    /// The permissions of its files, as in `0o600`; a folder can be entered by those who may read them. `None` leaves them to the umask, or
    /// keeps those of what is replaced.
    pub mode: Option<u32>,
    /// Of a folder, what it is for.
    pub kind: FolderKind,
}

impl From<bool> for Placing {
    fn from(force: bool) -> Self {
        Self { force, ..Self::default() }
    }
}

/// The permissions of a folder of which the files have `mode`: it can be entered by those who may read them.
pub(super) const fn mode_of_folder(mode: u32) -> u32 {
    mode | (mode & 0o444) >> 2
}

/// A temporary file beside `path`, gone when dropped or when a signal ends the run. Only its owner can ever open it; with it come the
/// permissions that a plain create gives.
pub(super) fn temporary_file(path: &Path) -> Result<(NamedTempFile, Temporary, Permissions), OutputError> {
    let parent = parent_of(path);
    let prefix = temporary::prefix(path);
    let make = |mode| {
        let make = || durable::plain_permissions(Builder::new().prefix(&prefix), mode).tempfile_in(parent);
        Temporary::make(make, |file| file.path())
    };
    let made = || -> io::Result<_> {
        // What the umask leaves is seen on a file with nothing in it.
        let plain = make(0o666)?.0.as_file().metadata()?.permissions();
        let (file, temporary) = make(0o600)?;
        Ok((file, temporary, plain))
    };
    made().map_err(OutputError::io("create a temporary file in", parent))
}

/// A temporary folder beside `path`, as [`temporary_file`].
pub(super) fn temporary_folder(path: &Path) -> Result<(TempDir, Temporary, Permissions), OutputError> {
    let parent = parent_of(path);
    let prefix = temporary::prefix(path);
    let make = |mode| {
        let make = || durable::plain_permissions(Builder::new().prefix(&prefix), mode).tempdir_in(parent);
        Temporary::make(make, TempDir::path)
    };
    let made = || -> io::Result<_> {
        let plain = fs::metadata(make(0o777)?.0.path())?.permissions();
        let (folder, temporary) = make(0o700)?;
        Ok((folder, temporary, plain))
    };
    made().map_err(OutputError::io("create a temporary folder in", parent))
}

/// A private folder beside `path` into which that is moved while something else takes its place. It is kept: what is in it is not ours to
/// clear.
pub(super) fn folder_aside(path: &Path) -> Result<PathBuf, OutputError> {
    let parent = parent_of(path);
    let made = Builder::new().prefix(&temporary::prefix(path)).tempdir_in(parent);
    made.map(TempDir::keep).map_err(OutputError::io("create a temporary folder in", parent))
}

/// Makes the rename to `path` last.
pub(super) fn sync_rename(path: &Path) -> Result<(), OutputError> {
    durable::sync_folder(parent_of(path)).map_err(|source| OutputError::NotSynced { path: path.to_owned(), source })
}
