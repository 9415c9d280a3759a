//! The tables beside the answers: hive Parquet for other engines, written where it is not as it should be.
//!
//! Comes in: for each file that the answers come to, its path, a fingerprint of what it says, and how to make its rows. Goes out:
//! a tree of exactly these files. `tables.json` says of what each was made; it is written last, so a killed run is seen and
//! its work done again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use polars::prelude::*;
use polars_io::parquet::write::{BatchedWriter, KeyValueMetadata};
use polars_io::prelude::{ParquetCompression, ParquetWriter, StatisticsOptions};
use polars_parquet::write::ZstdLevel;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{SCHEMA_VERSION, Store, StoreError, hex, place};
use crate::frame::Frames;
use crate::frame::schema::{ACCOUNT_ID, AS_OF};
use crate::util::threads::in_order;
use crate::util::{hash, owned};

/// The folders of tables. What lies elsewhere below a store is not touched.
pub const TABLES: [&str; 7] =
    ["dumps", "services", "actions", "entities", "sources", "org_services", "entities_by_service"];

/// zstd's scale from 1 to 22: a file is written once and kept for years. Beyond this a twentieth less costs twice the time.
const LEVEL: i32 = 9;

/// The folder in which earlier programs kept what a question had come to. Publishing clears what they wrote there, and nothing else.
const OLD_CACHE: &str = "settled";

/// The one file of each partition.
pub const FILE: &str = "part-0.parquet";

/// The instant of which the folder's `as_of` is the day.
const AS_OF_AT: &str = "as_of_at";

/// The most bytes of the index that are read: 100 accounts of 500 days have 40 MB.
const INDEX_CEILING: u64 = 1 << 30;

/// The index of the tables.
pub(super) const INDEX: &str = "tables.json";

/// One file that should be there.
pub struct Part<'p> {
    /// Below the store: `dumps/account_id=…/as_of=…/part-0.parquet`.
    pub path: String,
    /// Equal exactly where the rows are.
    pub fingerprint: String,
    /// Its rows.
    pub frames: Frames<'p>,
}

/// What became of the tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Files written.
    pub written: usize,
    /// Files that were right already.
    pub kept: usize,
    /// Files taken away.
    pub removed: usize,
}

/// What `tables.json` says.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Index {
    schema_version: u32,
    /// The files of answers that were settled, and of what was said about them.
    answers: Vec<String>,
    files: BTreeMap<String, Entry>,
}

/// One file as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    fingerprint: String,
    rows: u64,
    bytes: u64,
    sha256: String,
}

impl Store {
    /// Brings the tables to exactly `parts`. For the holder of the whole store's lock.
    ///
    /// # Errors
    /// What the system reports; then the tables are partly new, and the next settling does the rest.
    pub fn settle(&self, parts: &[Part], step: &(dyn Fn() + Sync)) -> Result<Settled, StoreError> {
        let mut before = self.index()?;
        let holds = |part: &&Part| {
            let length = fs::metadata(self.root.join(&part.path)).map(|there| there.len()).ok();
            let held = before.files.get(&part.path);
            held.is_some_and(|held| held.fingerprint == part.fingerprint && Some(held.bytes) == length)
        };
        let right: BTreeSet<&str> = parts.iter().filter(holds).map(|part| part.path.as_str()).collect();
        // What is about to change is said to be nothing first: a killed run leaves no file that is taken for what it was before.
        let known = before.files.len();
        before.files.retain(|path, _| right.contains(path.as_str()));
        if before.files.len() < known {
            before.answers.clear();
            self.write_index(&before)?;
        }
        let settle = |part: &Part| -> Result<(String, Entry, bool), StoreError> {
            let (entry, is_new) = match before.files.get(&part.path) {
                Some(entry) => (entry.clone(), false),
                None => (self.write(part)?, true),
            };
            step();
            Ok((part.path.clone(), entry, is_new))
        };
        let files = in_order(parts, settle).into_iter().collect::<Result<Vec<_>, _>>()?;
        let written = files.iter().filter(|(.., is_new)| *is_new).count();
        let files: BTreeMap<_, _> = files.into_iter().map(|(path, entry, _)| (path, entry)).collect();
        let mut removed = 0;
        let ours = self.files_of_tables()?.into_iter().chain(self.files_of_the_old_cache()?);
        for path in ours.filter(|path| !files.contains_key(path)) {
            self.remove(&path)?;
            removed += 1;
            remove_empty(self.root.join(&path).parent(), &self.root);
        }
        let kept = files.len() - written;
        let index = Index { schema_version: SCHEMA_VERSION, answers: self.evidence()?, files };
        self.write_index(&index)?;
        Ok(Settled { written, kept, removed })
    }

    /// Whether the tables are those of the answers that are there.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn is_settled(&self) -> Result<bool, StoreError> {
        Ok(self.index()?.answers == self.evidence()?)
    }

    /// What is wrong with the files of the tables: missing, not as they were written, or strangers; path and finding.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub fn wrong_tables(&self) -> Result<Vec<(String, String)>, StoreError> {
        let index = self.index()?;
        let look = |(path, entry): (&String, &Entry)| -> Option<(String, String)> {
            let what = match hash_of(&self.root.join(path)) {
                _ if !(is_ours(path) || is_of_the_old_cache(path))
                    || !owned::is_inside(&self.root, Path::new(path)) =>
                {
                    "is not a file of this store".to_owned()
                }
                Ok((bytes, _)) if bytes != entry.bytes => format!("has {bytes} bytes, not {}", entry.bytes),
                Ok((_, sha256)) if sha256 != entry.sha256 => "is not as it was written".to_owned(),
                Ok(_) => return None,
                Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing".to_owned(),
                Err(error) => format!("cannot be read: {error}"),
            };
            Some((path.clone(), what))
        };
        let mut wrong: Vec<_> = index.files.par_iter().filter_map(look).collect();
        for path in self.everything_below(&TABLES)? {
            if !index.files.contains_key(&path) {
                wrong.push((path, "is not of this program".to_owned()));
            }
        }
        wrong.sort();
        Ok(wrong)
    }

    /// Forgets what `tables.json` says of files that are not as they were written, so that the next settling writes them.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn distrust(&self, wrong: &[(String, String)]) -> Result<(), StoreError> {
        let ours = self.index()?;
        // The index says what was written; which names are ours is for this program to say.
        for (path, _) in wrong.iter().filter(|(path, _)| ours.files.contains_key(path) && is_ours(path)) {
            self.remove(path)?;
        }
        Ok(())
    }

    /// Files, rows and bytes of each table.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn tables(&self) -> Result<Vec<(&'static str, usize, u64, u64)>, StoreError> {
        let index = self.index()?;
        let of = |table: &'static str| {
            let files = || index.files.iter().filter(|(path, _)| path.split('/').next() == Some(table));
            let sum = |of: fn(&Entry) -> u64| files().map(|(_, entry)| of(entry)).sum();
            (table, files().count(), sum(|entry| entry.rows), sum(|entry| entry.bytes))
        };
        Ok(TABLES.into_iter().map(of).filter(|(_, files, ..)| *files > 0).collect())
    }

    /// The accounts and days of the tables' partitions, as far as they are known.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn batches(&self) -> Result<(BTreeSet<String>, BTreeSet<String>), StoreError> {
        let index = self.index()?;
        let of = |key: &str| -> BTreeSet<String> {
            let parts = index.files.keys().flat_map(|path| path.split('/'));
            let values = parts.filter_map(|part| part.strip_prefix(key)?.strip_prefix('='));
            values.filter(|value| !value.starts_with("__")).map(str::to_owned).collect()
        };
        Ok((of("account_id"), of("as_of")))
    }

    fn index(&self) -> Result<Index, StoreError> {
        let path = self.root.join(INDEX);
        match owned::read(&path, INDEX_CEILING) {
            // One that cannot be understood says nothing: the tables are written anew.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Index::default()),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    fn write_index(&self, index: &Index) -> Result<(), StoreError> {
        let text = serde_json::to_string_pretty(index).expect("names and numbers") + "\n";
        place::write_whole(&self.root.join(INDEX), &self.temporary(), |out| out.write_all(text.as_bytes()))
    }

    fn write(&self, part: &Part) -> Result<Entry, StoreError> {
        let mut counted = (0, 0, String::new());
        if !owned::is_inside(&self.root, Path::new(&part.path)) {
            let what = "a folder on the way to it is a link; remove the link".to_owned();
            return Err(StoreError::Damaged { path: self.root.join(&part.path), what });
        }
        place::write_whole(&self.root.join(&part.path), &self.temporary(), |out| {
            let mut counting = Counting { out, bytes: 0, digest: Sha256::new() };
            let rows = encode(&part.path, &part.frames, &mut counting).map_err(io::Error::other)?;
            counted = (rows, counting.bytes, hex(&counting.digest.finalize()));
            Ok(())
        })?;
        let (rows, bytes, sha256) = counted;
        Ok(Entry { fingerprint: part.fingerprint.clone(), rows, bytes, sha256 })
    }

    /// The files of tables that carry the name of ours, below the store.
    fn files_of_tables(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut files = self.everything_below(&TABLES)?;
        files.retain(|path| is_ours(path));
        Ok(files)
    }

    /// The files of the cache of earlier programs that carry the names which these gave.
    fn files_of_the_old_cache(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut files = self.everything_below(&[OLD_CACHE])?;
        files.retain(|path| is_of_the_old_cache(path));
        Ok(files)
    }

    fn everything_below(&self, folders: &[&str]) -> Result<BTreeSet<String>, StoreError> {
        let mut files = BTreeSet::new();
        for folder in folders {
            let folder = self.root.join(folder);
            // A link is not entered: what is behind it belongs to somebody else.
            if !fs::symlink_metadata(&folder).is_ok_and(|there| there.is_dir()) {
                continue;
            }
            for entry in walkdir::WalkDir::new(&folder) {
                let entry = entry.map_err(|error| StoreError::io("read", &folder)(error.into()))?;
                if entry.file_type().is_dir() {
                    continue;
                }
                let below = entry.path().strip_prefix(&self.root).unwrap_or(entry.path());
                let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
                files.insert(parts.join("/"));
            }
        }
        Ok(files)
    }
}

/// Whether this program gives a table such a name, below the store.
fn is_ours(path: &str) -> bool {
    let is_of_tables = path.split('/').next().is_some_and(|first| TABLES.contains(&first));
    is_of_tables && !path.contains("..") && path.ends_with(&format!("/{FILE}"))
}

/// Whether a program of before gave this name to a file below [`OLD_CACHE`].
fn is_of_the_old_cache(path: &str) -> bool {
    match path.split('/').collect::<Vec<_>>()[..] {
        [OLD_CACHE, name] => matches!(name, "names" | "dumps.memo") || name.ends_with(".report"),
        [OLD_CACHE, account, day, name] => {
            account.starts_with("account_id=") && day.starts_with("as_of=") && name == "part-0.rows"
        }
        _ => false,
    }
}

/// Removes folders that hold nothing any more, up to `root`.
fn remove_empty(from: Option<&Path>, root: &Path) {
    let mut folder = from;
    // One that holds something, or that somebody is looking at, stays: nothing depends on it.
    while let Some(empty) = folder.filter(|folder| *folder != root && owned::remove_empty(folder)) {
        folder = empty.parent();
    }
}

/// Writes the rows of the file `path`; gives how many.
fn encode(path: &str, frames: &Frames, out: &mut Counting) -> PolarsResult<u64> {
    let is_partitioned = path.contains("/account_id=");
    let version = vec![("dormant.schema_version".to_owned(), SCHEMA_VERSION.to_string())];
    let mut rows = 0;
    let mut open: Option<BatchedWriter<&mut Counting>> = None;
    let mut out = Some(out);
    frames(&mut |frame| {
        let mut frame = if is_partitioned { without_folders(&frame)? } else { plain(&frame)? };
        frame.rechunk_mut_par();
        rows += frame.height() as u64;
        if let Some(out) = out.take() {
            let writer = ParquetWriter::new(out)
                .with_compression(ParquetCompression::Zstd(Some(ZstdLevel::try_new(LEVEL)?)))
                .with_statistics(StatisticsOptions::default())
                .with_key_value_metadata(Some(KeyValueMetadata::from_static(version.clone())));
            open = Some(writer.batched(frame.schema())?);
        }
        match &mut open {
            Some(writer) if frame.height() > 0 => writer.write_batch(&frame),
            _ => Ok(()),
        }
    })?;
    match open {
        Some(writer) => writer.finish().map(|_| rows),
        None => polars_bail!(ComputeError: "{path} has no schema"),
    }
}

/// The frame as the file of a partition holds it: what the folders say left out, the instant of `as_of` under a name of its own.
fn without_folders(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let mut frame = plain(frame)?.drop(ACCOUNT_ID)?;
    frame.rename(AS_OF, AS_OF_AT.into())?;
    Ok(frame)
}

/// The frame with every category as a string: as Arrow dictionaries with notes of Polars beside them other readers understand
/// them only in part, and Parquet's own dictionaries keep strings as small.
fn plain(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let plain = |column: &Column| match column.dtype() {
        DataType::Categorical(..) | DataType::Enum(..) => column.cast(&DataType::String),
        _ => Ok(column.clone()),
    };
    DataFrame::new(frame.height(), frame.columns().iter().map(plain).collect::<PolarsResult<Vec<_>>>()?)
}

/// Counts and hashes what passes.
struct Counting<'o> {
    out: &'o mut dyn Write,
    bytes: u64,
    digest: Sha256,
}

impl Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Length and SHA-256 of a file.
fn hash_of(path: &Path) -> io::Result<(u64, String)> {
    hash::sha256(owned::open(path)?)
}
