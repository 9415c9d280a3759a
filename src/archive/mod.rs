//! Years of dumps on disk: what was read once, kept so that it need not be read again.
//!
//! Comes in: files as `decode` gave them. Goes out: the same files, again and again, for the same pipeline. It stands apart because
//! it alone writes what a later run reads, and has to hold whenever that is killed.
//!
//! ```text
//! DIR/store.json            what this folder is: the schema version
//! DIR/answers/*.answers     every document as it was read: what reports are made of
//! DIR/said/                 what was said about whose they are, when they went in
//! DIR/dumps/…, services/…, actions/…  the three tables as hive Parquet, for other engines; made of the answers
//! DIR/tables.json           which of them are there, and of what they were made
//! DIR/locks/, DIR/tmp/      who writes, and what is not whole yet
//! ```
//!
//! The answers are the truth. Whom one is about can depend on any other, so nothing of that is settled in them; it is settled when
//! they are read, by the same rules as for JSON. The tables are what came out for all of them at the last settling, and are written
//! anew where that has changed.

mod attributions;
mod block;
#[cfg_attr(not(test), expect(dead_code, reason = "the format of schema 2; `run` does not write it yet"))]
mod head;
mod lock;
#[cfg_attr(not(test), expect(dead_code, reason = "the format of schema 2; `run` does not write it yet"))]
mod pack;
mod place;
mod rows;
mod segment;
mod shard;
mod stored_file;
mod tables;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use lock::Lock;
pub use shard::Shard;
pub use stored_file::{Document, Known, StoredFile, in_order};
pub use tables::{FILE, Part, Settled};

use crate::model::codec::Damaged;
use crate::model::{SpillFile, Symbols};
use crate::util::durable::create_private_folder;
pub use crate::util::hex;
use crate::util::marker::{self, STORE as MARKER, TOOL};
use crate::util::owned;
use segment::Segment;

/// Of the layout and of every file in it. A program reads the version that it writes.
pub const SCHEMA_VERSION: u32 = 1;

/// Why a store cannot be used. In every case it is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder with other things in it.
    #[error("`{}` is not empty and holds no {MARKER}: it is no store, and none is made of it", .0.display())]
    NotAStore(PathBuf),
    /// There is no store to look into.
    #[error("there is no store at `{}`: `dormant ingest PATH… --store {}` makes one", .0.display(), .0.display())]
    Missing(PathBuf),
    /// Another process writes.
    #[error("`{}` is being written to by another dormant; try again when that has ended", root.display())]
    Locked {
        /// The store.
        root: PathBuf,
    },
    /// Written by a later version.
    #[error("`{}` has schema version {version}, and this program knows {SCHEMA_VERSION}: a newer dormant reads it", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// Rows that did not fit into memory cannot be fetched.
    #[error("{0}")]
    NoRoom(String),
    /// Not as it was written.
    #[error("`{}` is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

impl StoreError {
    fn io(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path: path.clone(), source }
    }

    /// Whether a file is not there, or not any more.
    fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    fn damaged(path: &Path) -> impl Fn(Damaged) -> Self {
        let path = path.to_owned();
        move |damaged| Self::Damaged { path: path.clone(), what: damaged.to_string() }
    }
}

/// The most bytes of [`MARKER`] that are read; it has a hundred.
const MARKER_CEILING: u64 = 64 << 10;

/// What [`MARKER`] says.
#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    tool: String,
    kind: String,
    schema_version: u32,
}

/// A folder that is a store.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store at `root`; `None` where there is something else, or nothing.
    ///
    /// # Errors
    /// Where it is one, but of a later version, or its marker cannot be read.
    pub fn at(root: &Path) -> Result<Option<Self>, StoreError> {
        let path = root.join(MARKER);
        // A marker that is damaged, a link or a FIFO beside answers must not make them vanish.
        let holds_answers = || root.join("answers").is_dir();
        let damaged = || StoreError::Damaged {
            path: path.clone(),
            what: "it does not say which store this is; bring it back from a copy, or write \
                {\"tool\":\"dormant\",\"kind\":\"store\",\"schema_version\":1} into it"
                .to_owned(),
        };
        let bytes = match owned::read(&path, MARKER_CEILING) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return if holds_answers() && root.join(tables::INDEX).exists() { Err(damaged()) } else { Ok(None) };
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge) => {
                return if holds_answers() { Err(damaged()) } else { Ok(None) };
            }
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        let is_ours = |marker: &Marker| marker.tool == TOOL && marker.kind == "store";
        match serde_json::from_slice::<Marker>(&bytes).ok().filter(is_ours) {
            None if holds_answers() || marker::is_ours(&bytes) => Err(damaged()),
            None => Ok(None),
            Some(marker) if marker.schema_version > SCHEMA_VERSION => {
                Err(StoreError::Newer { path, version: marker.schema_version })
            }
            Some(_) => Ok(Some(Self { root: root.to_owned() })),
        }
    }

    /// The store at `root`.
    ///
    /// # Errors
    /// As [`Store::at`], and where there is none.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        Self::at(root)?.ok_or_else(|| StoreError::Missing(root.to_owned()))
    }

    /// The store at `root`, made where there is nothing yet.
    ///
    /// # Errors
    /// As [`Store::at`]; where the folder holds other things; what the system reports.
    pub fn open_or_create(root: &Path) -> Result<Self, StoreError> {
        if let Some(store) = Self::at(root)? {
            return Ok(store);
        }
        let failed = StoreError::io("write", root);
        if !root.is_dir() {
            // It names privileged roles and says when nobody looks; a folder that is there already stays as open as it is.
            create_private_folder(root).map_err(&failed)?;
        }
        if !is_begun(root)? {
            return Err(StoreError::NotAStore(root.to_owned()));
        }
        let store = Self { root: root.to_owned() };
        let marker = Marker { tool: TOOL.to_owned(), kind: "store".to_owned(), schema_version: SCHEMA_VERSION };
        let text = serde_json::to_string_pretty(&marker).expect("two words and a number") + "\n";
        place::write_whole(&root.join(MARKER), &store.temporary(), |out| out.write_all(text.as_bytes()))?;
        Ok(store)
    }

    /// Where it is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn answers(&self) -> PathBuf {
        self.root.join("answers")
    }

    /// Removes a file of this store that may be gone already, by its path below the root.
    fn remove(&self, relative: &str) -> Result<(), StoreError> {
        let removed = owned::remove(&self.root, Path::new(relative));
        removed.map(drop).map_err(StoreError::io("remove", &self.root.join(relative)))
    }

    fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Takes the store for writing, and clears away what a killed run left; a shard leaves that to others.
    ///
    /// # Errors
    /// Where another process has it, or it cannot be written.
    pub fn lock(&self, shard: Option<Shard>) -> Result<Lock, StoreError> {
        self.check_folders()?;
        let lock = lock::take(&self.root, shard)?;
        if shard.is_none() {
            for name in names_in(&self.temporary(), place::is_temporary)? {
                self.remove(&format!("tmp/{name}"))?;
            }
            for name in &self.replaced()? {
                self.remove(&format!("answers/{name}"))?;
            }
        }
        Ok(lock)
    }

    /// Refuses a store in which a folder of its own is a link: what it leads to belongs to somebody else.
    fn check_folders(&self) -> Result<(), StoreError> {
        let own = tables::TABLES.into_iter().chain(["answers", "said", "settled", "locks", "tmp"]);
        let mut links = own.map(|name| self.root.join(name)).filter(|folder| folder.is_symlink());
        links.next().map_or(Ok(()), |path| {
            Err(StoreError::Damaged {
                path,
                what: "it is a link, and a store writes only into folders of its own".to_owned(),
            })
        })
    }

    /// Every file of answers that counts.
    fn segments(&self) -> Result<Vec<Segment>, StoreError> {
        // One that `compact` takes away between the listing and the opening is in the file that took its place.
        let all =
            self.all_segments().or_else(|error| if error.is_missing() { self.all_segments() } else { Err(error) })?;
        let replaced: BTreeSet<String> = all.iter().flat_map(|segment| segment.replaces.iter().cloned()).collect();
        Ok(all.into_iter().filter(|segment| !replaced.contains(&segment.name)).collect())
    }

    fn all_segments(&self) -> Result<Vec<Segment>, StoreError> {
        self.names()?.iter().map(|name| Segment::open(&self.answers().join(name))).collect()
    }

    fn replaced(&self) -> Result<Vec<String>, StoreError> {
        let all = self.all_segments()?;
        let names: BTreeSet<&String> = all.iter().map(|segment| &segment.name).collect();
        Ok(all.iter().flat_map(|segment| &segment.replaces).filter(|name| names.contains(name)).cloned().collect())
    }

    fn names(&self) -> Result<Vec<String>, StoreError> {
        names_in(&self.answers(), segment::is_named_so)
    }

    /// The files of which everything else is made: the answers, and what was said about them.
    fn evidence(&self) -> Result<Vec<String>, StoreError> {
        let mut names = self.names()?;
        names.extend(self.said_names()?);
        Ok(names)
    }

    /// Every file that is kept, in the order of their places; names become symbols of `symbols`, and rows wait in `room`.
    ///
    /// # Errors
    /// Where a file of answers cannot be read or is damaged.
    pub fn files(&self, symbols: &Symbols, room: &Arc<SpillFile>) -> Result<Vec<StoredFile>, StoreError> {
        let mut files = Vec::new();
        for segment in self.segments()? {
            files.extend(segment.files(&self.answers(), symbols, room)?);
        }
        Ok(in_order(files))
    }

    /// The same without the rows of answers.
    ///
    /// # Errors
    /// As [`Store::files`].
    pub fn heads(&self) -> Result<Vec<StoredFile>, StoreError> {
        let mut files = Vec::new();
        for segment in self.segments()? {
            files.extend(segment.heads(&self.answers())?);
        }
        Ok(in_order(files))
    }

    /// By what every file that is kept is known, superseded ones too.
    ///
    /// # Errors
    /// As [`Store::files`].
    pub fn known(&self) -> Result<BTreeSet<Known>, StoreError> {
        let mut known = BTreeSet::new();
        for segment in self.segments()? {
            known.extend(segment.heads(&self.answers())?.iter().map(StoredFile::known_by));
        }
        Ok(known)
    }

    /// Adds `files`, whose rows wait in `room`, all at once.
    ///
    /// # Errors
    /// What the system reports; then nothing was added.
    pub fn add(&self, files: &[StoredFile], symbols: &Symbols, room: &SpillFile) -> Result<(), StoreError> {
        if !files.is_empty() {
            segment::write(&self.answers(), &self.temporary(), files, &[], symbols, room)?;
        }
        Ok(())
    }

    /// Puts `files`, whose rows wait in `room`, in the place of all that is kept. For the holder of the whole store's lock.
    ///
    /// # Errors
    /// What the system reports; then what was kept still is.
    pub fn replace(&self, files: &[StoredFile], symbols: &Symbols, room: &SpillFile) -> Result<(), StoreError> {
        let old = self.names()?;
        let folder = self.answers();
        let new = segment::write(&folder, &self.temporary(), files, &old, symbols, room)?;
        // From here on the new file counts and the old ones do not, whether this comes to its end or not.
        for name in old.iter().filter(|name| **name != new) {
            self.remove(&format!("answers/{name}"))?;
        }
        place::sync(&folder)
    }

    /// How many files of answers there are, and their bytes.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub fn extent(&self) -> Result<(usize, u64), StoreError> {
        let segments = self.segments()?;
        Ok((segments.len(), segments.iter().map(|segment| segment.bytes() as u64).sum()))
    }

    /// What is wrong with the files of answers, and of what was said about them.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn wrong_answers(&self) -> Result<Vec<StoreError>, StoreError> {
        let (symbols, room) = (Symbols::default(), SpillFile::boundless());
        let folder = self.answers();
        let look = |name: &String| {
            Segment::open(&folder.join(name)).and_then(|segment| segment.files(&folder, &symbols, &room)).err()
        };
        let wrong = self.names()?.iter().filter_map(look).chain(self.wrong_sayings()?).collect();
        Ok(wrong)
    }
}

/// Whether the folder is empty, or holds only what an ingest leaves that was killed before it wrote the marker.
fn is_begun(root: &Path) -> Result<bool, StoreError> {
    let is_empty = |folder: &str, ours: fn(&str) -> bool| {
        let folder = root.join(folder);
        let is_real = fs::symlink_metadata(&folder).is_ok_and(|there| there.is_dir());
        Ok::<_, StoreError>(is_real && names_in(&folder, |name| !ours(name))?.is_empty())
    };
    for name in names_in(root, |_| true)? {
        let is_ours = match name.as_str() {
            "tmp" => is_empty("tmp", place::is_temporary)?,
            "locks" => is_empty("locks", lock::is_named_so)?,
            _ => false,
        };
        if !is_ours {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The names in `folder` that are `ours`, sorted; none where there is no folder.
fn names_in(folder: &Path, ours: impl Fn(&str) -> bool) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("read", folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(StoreError::io("read", folder))?.file_name().to_string_lossy().into_owned();
        if ours(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
