//! Years of dumps on disk: the original documents, byte for byte.
//!
//! The input is the bytes of files, and attributions. The output is the same bytes, for the same decoder that files go
//! through. This is a module of its own because only it writes what a later run reads, and its files must be intact
//! whenever a run is killed.
//!
//! ```text
//! DIR/store.json            what this folder is: the schema version
//! DIR/head.json             the one list of what has to be here, written last; each shard has a list of its own until the next writer
//! DIR/originals/*.pack      the documents, compressed together: what reports are made of
//! DIR/attributions/*.json   what users stated about them
//! DIR/dumps/…, services/…, actions/…  the published tables as hive Parquet, for other engines; no report reads them
//! DIR/locks/, DIR/tmp/      the locks of writers, and files that are not whole yet
//! ```
//!
//! The originals are the truth. Which entity one is about can depend on any other, and a later program may understand
//! one better: so they are decoded and resolved whenever a report is made, by the same rules as files.

mod attributions;
mod head;
mod lock;
mod originals;
mod pack;
mod place;
mod shard;
mod tables;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use head::{Head, HeadError};
pub use originals::{Originals, Repacker, UNPACKED};
pub use pack::{DocumentParts, Pack, PackError, PackWriter, PackedDocument, PackedFile, PackedProblem};
pub use shard::Shard;
pub use tables::{FILE, Part, Published};
pub use writer::{Accepted, StoreWriter};

pub use crate::util::hex;
use crate::util::marker::{self, HEAD, STORE as MARKER, TOOL};
use crate::util::owned;

/// The version of the layout and of every file in it. A program reads the version that it writes.
pub const SCHEMA_VERSION: u32 = 2;

/// The most bytes of a head that are read: 100 accounts of 500 days have 40 MB.
const HEAD_CEILING: u64 = marker::CEILING;

/// Bytes of a line break, a SHA-256 in hex, and a line break.
const SEAL: u64 = 66;

/// So many missing shards of one number are named: a name of a file can tell of billions.
const MISSING_SHARDS: usize = 16;

/// How often a reader starts again if a writer changed the store in the meantime. It waits a millisecond longer each
/// time, so that a writer that removes the lists of a thousand shards has two seconds for it.
const ATTEMPTS: u64 = 64;

/// Why a store cannot be used. Each message holds its cause, which is shown once for that reason: none has a source.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {doing} `{}`: {reason}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The message of the system.
        reason: io::Error,
    },
    /// A folder with other things in it.
    #[error("`{}` is not empty and not a store (it has no {MARKER}). Choose an empty or new folder.", .0.display())]
    NotAStore(PathBuf),
    /// There is no store to look into.
    #[error("no store at `{}`. `dormant ingest PATH… --store {}` makes one.", .0.display(), .0.display())]
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
    /// Written by an earlier version, which kept no originals.
    #[error(
        "`{}` has schema version {version}, and this program reads {SCHEMA_VERSION}. A store of that version does not keep the original \
         files, so it cannot be converted: ingest the dumps again, into a new folder, with `dormant ingest PATH… --store NEW`",
        path.display()
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// Different from what was written.
    #[error("`{}` is damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// An original holds documents that are to go and documents that stay, and cannot be split.
    #[error("`{of}` cannot be split: {why}; nothing was dropped")]
    Unsplittable {
        /// The original.
        of: String,
        /// Why not.
        why: String,
    },
    /// The store has already changed.
    #[error("the store is changed, but {0}")]
    Done(Box<StoreError>),
    /// The evidence is not what the head lists, so nothing is written.
    #[error(
        "`{}` is not as its head says: {}. Nothing was written. Bring back what is missing or damaged from a copy; \
         `dormant store compact {} --accept-losses` takes the store as it is now",
        root.display(), listed(differences), root.display()
    )]
    Differs {
        /// The store.
        root: PathBuf,
        /// Where it differs.
        differences: Vec<HeadError>,
    },
}

fn listed(differences: &[HeadError]) -> String {
    let shown: Vec<String> = differences.iter().take(3).map(ToString::to_string).collect();
    let more = differences.len().saturating_sub(shown.len());
    if more == 0 { shown.join("; ") } else { format!("{}; and {more} more", shown.join("; ")) }
}

impl StoreError {
    /// The error happened after the change, or a part of it, was made.
    fn done(self) -> Self {
        if self.is_done() { self } else { Self::Done(Box::new(self)) }
    }

    /// Whether the store has changed.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    fn io(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |reason| Self::Io { doing, path: path.clone(), reason }
    }
}

/// The content of [`MARKER`].
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
    /// The store at `root`; `None` if there is something else, or nothing.
    ///
    /// # Errors
    /// If it is a store of another version, or its marker cannot be read.
    pub fn at(root: &Path) -> Result<Option<Self>, StoreError> {
        let path = root.join(MARKER);
        // A damaged marker, or a link or a FIFO in its place, must not make the originals disappear.
        let holds_evidence = || ["originals", "answers"].iter().any(|folder| root.join(folder).is_dir());
        let holds_packs = || marker::holds_packs(root);
        let damaged = || StoreError::Damaged {
            path: path.clone(),
            what: format!(
                "it does not say which store this is; bring it back from a copy, or write \
                 {{\"tool\":\"dormant\",\"kind\":\"store\",\"schema_version\":{SCHEMA_VERSION}}} into it"
            ),
        };
        let bytes = match owned::read(&path, marker::STORE_CEILING) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                let is_store = holds_packs() || (holds_evidence() && root.join(HEAD).exists());
                return if is_store { Err(damaged()) } else { Ok(None) };
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge) => {
                return if holds_evidence() { Err(damaged()) } else { Ok(None) };
            }
            // A folder that nobody may enter is named itself, and not a file that it may not even have.
            Err(error) => {
                return Err(StoreError::io("read", if root.join(".").exists() { &path } else { root })(error));
            }
        };
        let is_ours = |marker: &Marker| marker.tool == TOOL && marker.kind == "store";
        match serde_json::from_slice::<Marker>(&bytes).ok().filter(is_ours) {
            None if holds_evidence() || marker::is_ours(&bytes) => Err(damaged()),
            None => Ok(None),
            Some(Marker { schema_version: version, .. }) if version > SCHEMA_VERSION => {
                Err(StoreError::Newer { path, version })
            }
            Some(Marker { schema_version: version, .. }) if version < SCHEMA_VERSION => {
                Err(StoreError::Older { path, version })
            }
            Some(_) => Ok(Some(Self { root: root.to_owned() })),
        }
    }

    /// The store at `root`.
    ///
    /// # Errors
    /// Those of [`Store::at`], and [`StoreError::Missing`] if there is none.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        Self::at(root)?.ok_or_else(|| StoreError::Missing(root.to_owned()))
    }

    /// Its folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The head, with what shards have added to it.
    ///
    /// # Errors
    /// If one of the lists is missing, damaged, or cannot be read; [`StoreError::Locked`] if writers never stop.
    pub fn head(&self) -> Result<Head, StoreError> {
        let HeadLists { mut head, of_shards } = self.lists()?;
        for (_, list) in of_shards {
            head.fold(list);
        }
        Ok(head)
    }

    /// The head and the lists of shards, as they are at one moment.
    fn lists(&self) -> Result<HeadLists, StoreError> {
        self.quiet(|| {
            let names = names_in(&self.root, is_shard_head)?;
            let mut of_shards = Vec::with_capacity(names.len());
            for name in &names {
                match self.head_in(name) {
                    Ok(list) => of_shards.push((name.clone(), list)),
                    // A writer has added this list to the head, and removed it.
                    Err(error) if is_gone(&error) => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
            let head = self.head_in(HEAD)?;
            // The head is read while all of these lists are there: a writer removes one only after the head holds it.
            Ok((names == names_in(&self.root, is_shard_head)?).then_some(HeadLists { head, of_shards }))
        })
    }

    /// The result of `read`, which is `None` if a writer changed the store in the meantime; then it runs again.
    fn quiet<T>(&self, mut read: impl FnMut() -> Result<Option<T>, StoreError>) -> Result<T, StoreError> {
        for attempt in 0..ATTEMPTS {
            thread::sleep(Duration::from_millis(attempt));
            if let Some(found) = read()? {
                return Ok(found);
            }
        }
        Err(StoreError::Locked { root: self.root.clone() })
    }

    /// The shards that are missing beside those that have run, but for a few, and not yet merged into the head: one that
    /// is lost with its list leaves no other trace.
    ///
    /// # Errors
    /// If one of the lists is damaged, or cannot be read.
    pub fn missing_shards(&self) -> Result<Vec<HeadError>, StoreError> {
        let HeadLists { head, of_shards } = self.lists()?;
        let mut there: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        let mut waits = BTreeSet::new();
        for (name, list) in of_shards {
            let Some(shard) = shard_of(&name) else { continue };
            there.entry(shard.of).or_default().insert(shard.number);
            // A writer that merges the lists, or was killed while it did, has removed some of the others.
            if !(head.in_transit.contains(&name) && list.is_in(&head)) {
                waits.insert(shard.of);
            }
        }
        let missing = waits.into_iter().flat_map(|of| {
            let there = &there[&of];
            let missing = (1..=of).filter(|number| !there.contains(number)).take(MISSING_SHARDS);
            missing.map(move |number| HeadError::NoShard(Shard { number, of })).collect::<Vec<_>>()
        });
        Ok(missing.collect())
    }

    fn head_in(&self, name: &str) -> Result<Head, StoreError> {
        let path = self.root.join(name);
        let damaged = |what: &str| StoreError::Damaged {
            path: path.clone(),
            what: format!(
                "{what}; bring it back from a copy, or `dormant store compact {} --accept-losses` makes it of what is there",
                self.root.display()
            ),
        };
        let bytes = match read_head(&self.root, Path::new(name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound && name == HEAD => {
                return Err(damaged("the list of what has to be in the store is missing"));
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge) => {
                return Err(damaged(&error.to_string()));
            }
            Err(error) => return Err(StoreError::io("read", &path)(error)),
        };
        Head::decode(&bytes).map_err(|_| damaged("the list of what has to be in the store does not fit its checksum"))
    }

    /// What `read` makes of the store under its head, and the differences from that head; it runs again if a writer
    /// changed the store in the meantime.
    fn consistent<T>(
        &self,
        read: impl Fn(&Head) -> Result<(T, Vec<HeadError>), StoreError>,
    ) -> Result<(T, Vec<HeadError>), StoreError> {
        let mut head = self.head()?;
        self.quiet(|| {
            let (found, differences) = read(&head)?;
            if differences.is_empty() {
                return Ok(Some((found, differences)));
            }
            let before = std::mem::replace(&mut head, self.head()?);
            Ok((before == head).then_some((found, differences)))
        })
    }
}

/// The lists of what must be in a store.
#[derive(Debug)]
struct HeadLists {
    head: Head,
    /// What shards have added and no writer has merged into the head yet, by the name of the list.
    of_shards: Vec<(String, Head)>,
}

/// Whether a file is not there, or no longer.
fn is_gone(error: &StoreError) -> bool {
    matches!(error, StoreError::Io { reason, .. } if reason.kind() == io::ErrorKind::NotFound)
}

/// The bytes of a head. A file that does not end like a head is not read whole.
fn read_head(root: &Path, name: &Path) -> io::Result<Vec<u8>> {
    let mut file = owned::open_in(root, name)?;
    let mut end = Vec::new();
    file.seek(io::SeekFrom::End(0)).and_then(|length| file.seek(io::SeekFrom::Start(length.saturating_sub(SEAL))))?;
    file.take(SEAL).read_to_end(&mut end)?;
    if end.len() as u64 == SEAL && end.starts_with(b"\n") && end.ends_with(b"\n") {
        owned::read_in(root, name, HEAD_CEILING)
    } else {
        Ok(end)
    }
}

/// Whether a shard keeps its list under this name.
fn is_shard_head(name: &str) -> bool {
    i_of_n(name).is_some_and(is_i_of_n)
}

/// The shard that keeps its list under this name.
fn shard_of(name: &str) -> Option<Shard> {
    i_of_n(name)?.replace("-of-", "/").parse().ok()
}

fn i_of_n(name: &str) -> Option<&str> {
    name.strip_prefix("head-shard-")?.strip_suffix(".json")
}

/// `3-of-8`.
fn is_i_of_n(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once("-of-").is_some_and(|(i, n)| is_number(i) && is_number(n))
}

/// Whether the folder is empty, or only holds what an ingest leaves that was killed before it wrote the marker. Its
/// lock is the first file that it creates, so temporary files without a lock belong to another program.
fn is_begun(root: &Path) -> Result<bool, StoreError> {
    let holds_only = |folder: &str, ours: fn(&str) -> bool| {
        let folder = root.join(folder);
        let is_real = fs::symlink_metadata(&folder).is_ok_and(|there| there.is_dir());
        Ok::<_, StoreError>(is_real && names_in(&folder, |name| !ours(name))?.is_empty())
    };
    let names = names_in(root, |_| true)?;
    for name in &names {
        let is_ours = match name.as_str() {
            place::FOLDER => holds_only(place::FOLDER, place::is_temporary)?,
            lock::FOLDER => holds_only(lock::FOLDER, lock::is_named_so)?,
            HEAD => owned::read_in(root, Path::new(HEAD), HEAD_CEILING)
                .is_ok_and(|bytes| Head::decode(&bytes) == Ok(Head::default())),
            _ => false,
        };
        if !is_ours {
            return Ok(false);
        }
    }
    let is_locked =
        || owned::length_in(root, &Path::new(lock::FOLDER).join(lock::WHOLE)).is_ok_and(|length| length == 0);
    Ok(names_in(&root.join(place::FOLDER), |_| true)?.is_empty() || is_locked())
}

/// The names in `folder` that are `ours`, sorted; none if there is no folder.
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
