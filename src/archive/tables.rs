//! The published tables next to the originals: hive Parquet for other engines; a file is written if it is not up to
//! date.
//!
//! The input is, for each file that the originals give, its path, a fingerprint of its content, and how to make its
//! rows. The output is a tree of exactly these files. The head lists what each was made from; it is written last, so a
//! killed run is noticed and its work is done again. No report reads a table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use polars::prelude::*;
use polars_io::parquet::write::{BatchedWriter, KeyValueMetadata};
use polars_io::prelude::{ParquetCompression, ParquetWriter, StatisticsOptions};
use polars_parquet::write::ZstdLevel;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::head::{ListedFile, ListedTable};
use super::{Head, SCHEMA_VERSION, Store, StoreError, StoreWriter, hex, place};
use crate::frame::Frames;
use crate::frame::schema::{ACCOUNT_ID, AS_OF};
use crate::util::owned;
use crate::util::threads::in_order;

/// The folders of tables. Nothing elsewhere below a store is touched.
pub const TABLES: [&str; 10] = [
    "dumps",
    "services",
    "actions",
    "entities",
    "sources",
    "org_services",
    "service_entities",
    "attachments",
    "statements",
    "grant_dates",
];

/// On zstd's scale from 1 to 22. A file is written once and kept for years; beyond this level, a twentieth less space
/// costs twice the time.
const LEVEL: i32 = 9;

/// Rows of a row group. Each group carries the names in its columns: with a group for every three entities, the names
/// of ten thousand actions were four fifths of a store (718 MB for 4,855 MB of JSON; with this number it is 170 MB).
/// The number is fixed, so that the bytes of a file do not depend on how its rows arrive.
const GROUP_ROWS: usize = 1 << 18;

/// The only file of each partition.
pub const FILE: &str = "part-0.parquet";

/// The column with the exact instant; its day is the folder's `as_of`.
const AS_OF_AT: &str = "as_of_at";

/// One file that should be there.
pub struct Part<'p> {
    /// Below the store: `dumps/account_id=…/as_of=…/part-0.parquet`.
    pub path: String,
    /// Two fingerprints are equal exactly if the rows are.
    pub fingerprint: String,
    /// Its rows.
    pub frames: Frames<'p>,
}

/// What was done to the tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Published {
    /// Files written.
    pub written: usize,
    /// Files that were already right.
    pub kept: usize,
    /// Files that were removed.
    pub removed: usize,
}

impl StoreWriter {
    /// The fingerprints of the tables that are listed and there, by their paths.
    #[must_use]
    pub fn tables_in_place(&self) -> BTreeMap<String, String> {
        let length = |path: &str| owned::length_in(&self.store.root, Path::new(path)).ok();
        let tables = self.head.tables.iter().filter(|(path, table)| Some(table.file.bytes) == length(path));
        tables.map(|(path, table)| (path.clone(), table.fingerprint.clone())).collect()
    }

    /// Brings the tables to exactly `parts`: writes those that have changed, or `all` of them.
    ///
    /// # Errors
    /// What the system reports; then the tables are partly new, and the next run of publishing does the rest.
    pub fn publish(&mut self, parts: &[Part], all: bool, step: &(dyn Fn() + Sync)) -> Result<Published, StoreError> {
        let current = if all { BTreeMap::new() } else { self.tables_in_place() };
        let holds = |part: &&Part| current.get(&part.path) == Some(&part.fingerprint);
        let right: BTreeSet<&str> = parts.iter().filter(holds).map(|part| part.path.as_str()).collect();
        // A table that is about to change is taken off the list first: so a killed run leaves no file that looks like
        // its old version.
        let known = self.head.tables.len();
        self.head.tables.retain(|path, _| right.contains(path.as_str()));
        if self.head.tables.len() < known {
            self.head.published = None;
            self.write()?;
        }
        let publish = |part: &Part| -> Result<(String, ListedTable, bool), StoreError> {
            let (table, is_new) = match self.head.tables.get(&part.path) {
                Some(table) => (table.clone(), false),
                None => (self.store.write_table(part)?, true),
            };
            step();
            Ok((part.path.clone(), table, is_new))
        };
        let tables = in_order(parts, publish).into_iter().collect::<Result<Vec<_>, _>>()?;
        let written = tables.iter().filter(|(.., is_new)| *is_new).count();
        let kept = tables.len() - written;
        let tables: BTreeMap<_, _> = tables.into_iter().map(|(path, table, _)| (path, table)).collect();
        let mut removed = 0;
        for path in
            self.store.everything_below(&TABLES)?.iter().filter(|path| is_ours(path) && !tables.contains_key(*path))
        {
            self.store.remove(path)?;
            removed += 1;
            remove_empty(self.store.root.join(path).parent(), &self.store.root);
        }
        let published = Some(self.head.evidence());
        if self.head.tables != tables || self.head.published != published {
            (self.head.tables, self.head.published) = (tables, published);
            self.write()?;
        }
        Ok(Published { written, kept, removed })
    }
}

impl Store {
    /// What is wrong with the files of the tables: missing, changed, or not ours; path and finding. It looks again if a
    /// writer changed the head in the meantime.
    ///
    /// # Errors
    /// If a folder cannot be read; [`StoreError::Locked`] if writers never stop.
    pub fn wrong_tables(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut head = self.head()?;
        self.quiet(|| {
            let wrong = self.wrong_tables_of(&head)?;
            if wrong.is_empty() {
                return Ok(Some(wrong));
            }
            let before = std::mem::replace(&mut head, self.head()?);
            Ok((before == head).then_some(wrong))
        })
    }

    fn wrong_tables_of(&self, head: &Head) -> Result<Vec<(String, String)>, StoreError> {
        let look = |(path, table): (&String, &ListedTable)| -> Option<(String, String)> {
            let stranger = || Err(io::ErrorKind::InvalidInput.into());
            let found = if is_ours(path) { self.compared(path, Some(&table.file)) } else { stranger() };
            let what = match found {
                Ok(found) if found.bytes != table.file.bytes => {
                    format!("has {} bytes, not {}", found.bytes, table.file.bytes)
                }
                Ok(found) if found != table.file => "is not as it was written".to_owned(),
                Ok(_) => return None,
                Err(error) if error.kind() == io::ErrorKind::NotFound => "is missing".to_owned(),
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => "is not a file of this store".to_owned(),
                Err(error) => format!("cannot be read: {error}"),
            };
            Some((path.clone(), what))
        };
        let mut wrong: Vec<_> = head.tables.par_iter().filter_map(look).collect();
        // While tables are behind, a writer makes new ones, or a killed run has: they are listed when all are made.
        let is_being_made = |path: &str| is_ours(path) && !head.is_published();
        for path in self.everything_below(&TABLES)? {
            if !head.tables.contains_key(&path) && !is_being_made(&path) {
                wrong.push((path, "is not of this program".to_owned()));
            }
        }
        wrong.sort();
        Ok(wrong)
    }

    /// The differences between the tables that the head lists and `parts`, which are made and thrown away: path and
    /// finding.
    ///
    /// # Errors
    /// If the head cannot be read, or Polars refuses.
    pub fn compare_tables(
        &self,
        parts: &[Part],
        step: &(dyn Fn() + Sync),
    ) -> Result<Vec<(String, String)>, StoreError> {
        let head = self.head()?;
        let look = |part: &Part| -> Result<Option<(String, String)>, StoreError> {
            let found = encoded(part, &mut io::sink()).map_err(StoreError::io("make", &self.root.join(&part.path)))?;
            step();
            let what = match head.tables.get(&part.path) {
                None => "is not published",
                Some(table) if table.file != found.file => "holds other rows than the originals give",
                Some(_) => return Ok(None),
            };
            Ok(Some((part.path.clone(), what.to_owned())))
        };
        let looked = in_order(parts, look).into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut wrong: Vec<_> = looked.into_iter().flatten().collect();
        let made: BTreeSet<&str> = parts.iter().map(|part| part.path.as_str()).collect();
        let strays = head.tables.keys().filter(|path| !made.contains(path.as_str()));
        wrong.extend(strays.map(|path| (path.clone(), "is made of nothing that the store holds".to_owned())));
        wrong.sort();
        Ok(wrong)
    }

    /// Files, rows and bytes of each table.
    ///
    /// # Errors
    /// If the head cannot be read.
    pub fn tables(&self) -> Result<Vec<(&'static str, usize, u64, u64)>, StoreError> {
        let head = self.head()?;
        let of = |table: &'static str| {
            let files = || head.tables.iter().filter(|(path, _)| path.split('/').next() == Some(table));
            let sum = |of: fn(&ListedTable) -> u64| files().map(|(_, table)| of(table)).fold(0, u64::saturating_add);
            (table, files().count(), sum(|table| table.rows), sum(|table| table.file.bytes))
        };
        Ok(TABLES.into_iter().map(of).filter(|(_, files, ..)| *files > 0).collect())
    }

    /// The accounts and days of the tables' partitions, as far as they are known.
    ///
    /// # Errors
    /// If the head cannot be read.
    pub fn partitions(&self) -> Result<(BTreeSet<String>, BTreeSet<String>), StoreError> {
        let head = self.head()?;
        let of = |key: &str| -> BTreeSet<String> {
            let parts = head.tables.keys().flat_map(|path| path.split('/'));
            let values = parts.filter_map(|part| part.strip_prefix(key)?.strip_prefix('='));
            values.filter(|value| !value.starts_with("__")).map(str::to_owned).collect()
        };
        Ok((of("account_id"), of("as_of")))
    }

    fn write_table(&self, part: &Part) -> Result<ListedTable, StoreError> {
        let mut written = None;
        place::write_whole(&self.root, Path::new(&part.path), |out| {
            written = Some(encoded(part, out)?);
            Ok(())
        })?;
        Ok(written.expect("it was filled"))
    }

    fn everything_below(&self, folders: &[&str]) -> Result<BTreeSet<String>, StoreError> {
        let mut files = BTreeSet::new();
        for folder in folders {
            let folder = self.root.join(folder);
            // A link is not entered: what is behind it belongs to another program.
            if !fs::symlink_metadata(&folder).is_ok_and(|there| there.is_dir()) {
                continue;
            }
            for entry in walkdir::WalkDir::new(&folder) {
                let entry = match entry.map_err(io::Error::from) {
                    // A writer has removed a folder that became empty.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                    entry => entry.map_err(StoreError::io("read", &folder))?,
                };
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

/// Whether this program gives a table such a name, below the store: `dumps/account_id=…/as_of=…/part-0.parquet`, or
/// `entities/part-0.parquet`.
fn is_ours(path: &str) -> bool {
    let is_value = |part: &str, key: &str| part.strip_prefix(key).is_some_and(|value| !value.is_empty());
    match path.split('/').collect::<Vec<_>>()[..] {
        [table, FILE] => TABLES.contains(&table),
        [table, account, day, FILE] => {
            TABLES.contains(&table) && is_value(account, "account_id=") && is_value(day, "as_of=")
        }
        _ => false,
    }
}

/// Writes the rows of `part`; returns what the head lists for them.
fn encoded(part: &Part, out: &mut dyn Write) -> io::Result<ListedTable> {
    let mut counting = Counting { out, bytes: 0, digest: Sha256::new() };
    let rows = encode(&part.path, &part.frames, &mut counting).map_err(io::Error::other)?;
    let file = ListedFile { bytes: counting.bytes, sha256: hex(&counting.digest.finalize()) };
    Ok(ListedTable { file, rows, fingerprint: part.fingerprint.clone() })
}

/// Removes empty folders, up to `root`.
fn remove_empty(from: Option<&Path>, root: &Path) {
    let mut folder = from;
    // A folder that holds something, or that another process has open, stays: nothing depends on it.
    while let Some(empty) = folder.filter(|folder| *folder != root && owned::remove_empty(folder)) {
        folder = empty.parent();
    }
}

/// Writes the rows of the file `path`; returns their number.
fn encode(path: &str, frames: &Frames, out: &mut Counting) -> PolarsResult<u64> {
    let is_partitioned = path.contains("/account_id=");
    let version = vec![("dormant.schema_version".to_owned(), SCHEMA_VERSION.to_string())];
    let mut pending: Option<DataFrame> = None;
    let mut groups = RowGroups { open: None, rows: 0 };
    let mut out = Some(out);
    frames(&mut |frame| {
        let frame = if is_partitioned { without_folders(&frame)? } else { plain(&frame)? };
        if let Some(out) = out.take() {
            let writer = ParquetWriter::new(out)
                .with_compression(ParquetCompression::Zstd(Some(ZstdLevel::try_new(LEVEL)?)))
                .with_statistics(StatisticsOptions::default())
                .with_key_value_metadata(Some(KeyValueMetadata::from_static(version.clone())));
            groups.open = Some(writer.batched(frame.schema())?);
        }
        let mut rows = match pending.take() {
            Some(above) => above.vstack(&frame)?,
            None => frame,
        };
        while rows.height() >= GROUP_ROWS {
            groups.write(rows.slice(0, GROUP_ROWS))?;
            rows = rows.slice(GROUP_ROWS as i64, usize::MAX);
        }
        pending = Some(rows);
        Ok(())
    })?;
    pending.map_or(Ok(()), |rest| groups.write(rest))?;
    match groups.open {
        Some(writer) => writer.finish().map(|_| groups.rows),
        None => polars_bail!(ComputeError: "{path} has no schema"),
    }
}

/// The row groups of a file, while they are written.
struct RowGroups<'w, 'o> {
    open: Option<BatchedWriter<&'w mut Counting<'o>>>,
    rows: u64,
}

impl RowGroups<'_, '_> {
    fn write(&mut self, mut group: DataFrame) -> PolarsResult<()> {
        group.rechunk_mut_par();
        self.rows += group.height() as u64;
        match &mut self.open {
            Some(writer) if group.height() > 0 => writer.write_batch(&group),
            _ => Ok(()),
        }
    }
}

/// The frame as the file of a partition holds it: without the columns that the folders give, with the instant of
/// `as_of` under a name of its own.
fn without_folders(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let mut frame = plain(frame)?.drop(ACCOUNT_ID)?;
    frame.rename(AS_OF, AS_OF_AT.into())?;
    Ok(frame)
}

/// The frame with every category as a string. Other readers only partly understand Arrow dictionaries with Polars'
/// notes next to them, and Parquet's own dictionaries keep strings as small.
fn plain(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let plain = |column: &Column| match column.dtype() {
        DataType::Categorical(..) | DataType::Enum(..) => column.cast(&DataType::String),
        _ => Ok(column.clone()),
    };
    DataFrame::new(frame.height(), frame.columns().iter().map(plain).collect::<PolarsResult<Vec<_>>>()?)
}

/// Counts and hashes the bytes that pass.
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
