//! The holder of a store's lock changes it: it puts files in, lists them in the head so that they count, and removes
//! what the head no longer lists.
//!
//! Every change has one moment in which it happens: when the new head is renamed into place. Before and after that
//! moment, the head names the files that may be there or not ([`Head::in_transit`]), so that a killed run leaves
//! nothing that could count as evidence, and a reader sees no file that the head does not know.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::head::ListedFile;
use super::lock::{self, Lock};
use super::originals::FoundOriginals;
use super::{HEAD, Head, HeadError, MARKER, Marker, SCHEMA_VERSION, Shard, Store, StoreError, TOOL};
use super::{attributions, hex, is_begun, is_shard_head, names_in, originals, place, tables};
use crate::util::durable::create_private_folder;
use crate::util::owned;

/// The holder of a store's lock: one for the whole store, or one for each shard.
#[derive(Debug)]
pub struct StoreWriter {
    pub(super) store: Store,
    shard: Option<Shard>,
    /// The list that this writer writes: the shard's, or the whole one.
    pub(super) head: Head,
    /// What a killed run left and this one removes: by path below the store.
    cleared: Vec<String>,
    _lock: Lock,
}

/// A difference between a store and its head that was accepted.
#[derive(Debug)]
pub struct Accepted {
    /// The difference.
    pub difference: HeadError,
    /// The path of a file that is not a whole original or attribution: it stays, and every report names it.
    pub left: Option<String>,
}

/// The files that are added and removed at one moment.
#[derive(Debug, Default)]
pub struct Change {
    added: BTreeMap<String, ListedFile>,
    removed: BTreeSet<String>,
}

impl Change {
    /// Takes `path` off the list.
    pub fn remove(&mut self, path: &str) {
        self.removed.insert(path.to_owned());
    }
}

impl StoreWriter {
    /// Locks the store at `root`, and creates it if there is nothing yet.
    ///
    /// # Errors
    /// Those of [`StoreWriter::take`], and an error if the folder holds other things.
    pub fn begin(root: &Path, shard: Option<Shard>) -> Result<Self, StoreError> {
        if let Some(store) = Store::at(root)? {
            return Self::take(store, shard);
        }
        if !root.is_dir() {
            // A store names privileged roles and shows when nobody is watching; an existing folder keeps its
            // permissions.
            create_private_folder(root).map_err(StoreError::io("write", root))?;
        }
        if !is_begun(root)? {
            return Err(StoreError::NotAStore(root.to_owned()));
        }
        let store = Store { root: root.to_owned() };
        store.check_folders()?;
        let lock = lock::take(root, shard)?;
        let put = |name: &str, bytes: &[u8]| place::write_whole(root, Path::new(name), |out| out.write_all(bytes));
        // Several shards may create it at once: each writes the same.
        if Store::at(root)?.is_none() {
            put(HEAD, &Head::default().encode())?;
            let marker = Marker { tool: TOOL.to_owned(), kind: "store".to_owned(), schema_version: SCHEMA_VERSION };
            let text = serde_json::to_string_pretty(&marker).expect("two words and a number") + "\n";
            put(MARKER, text.as_bytes())?;
        }
        Self::locked(store, shard, lock)?.checked()
    }

    /// Locks `store` for writing, and removes what a killed run left.
    ///
    /// # Errors
    /// If another process has it, if it cannot be written, or if its evidence is not what its head lists.
    pub fn take(store: Store, shard: Option<Shard>) -> Result<Self, StoreError> {
        store.check_folders()?;
        let lock = lock::take(&store.root, shard)?;
        if shard.is_none() {
            // The lists of the others are about to be merged, and then nothing would tell that one is missing.
            let differences = store.missing_shards()?;
            if !differences.is_empty() {
                return Err(StoreError::Differs { root: store.root, differences });
            }
        }
        Self::locked(store, shard, lock)?.checked()
    }

    /// Takes `store` as it is: takes files that are missing or different off the head, and adds those that are whole
    /// and not listed.
    ///
    /// # Errors
    /// Those of [`StoreWriter::take`], except for differences; an error if a file that is not listed is not an original
    /// of a store.
    pub fn take_as_it_is(store: Store) -> Result<(Self, Vec<Accepted>), StoreError> {
        store.check_folders()?;
        let lock = lock::take(&store.root, None)?;
        if store.head().is_err() {
            for name in names_in(&store.root, is_shard_head)? {
                store.remove(&name)?;
            }
            store.write_head(HEAD, &Head::default())?;
        }
        let lost = store.missing_shards()?;
        let mut writer = Self::locked(store, None, lock)?;
        let found = writer.store.evidence_found(&writer.head)?;
        let mut accepted: Vec<_> = lost.into_iter().map(|difference| Accepted { difference, left: None }).collect();
        for difference in writer.store.evidence_differences(&writer.head, &found) {
            let left = writer.accept(&difference, &found);
            accepted.push(Accepted { difference, left });
        }
        writer.write()?;
        let writer = writer.checked_but_listed()?;
        Ok((writer, accepted))
    }

    /// Takes the file of `difference` off the head, or adds it if it is whole; returns its path if it is there and
    /// cannot be added.
    fn accept(&mut self, difference: &HeadError, found: &FoundOriginals) -> Option<String> {
        let (HeadError::Missing(path)
        | HeadError::Other(path)
        | HeadError::Unreadable(path, _)
        | HeadError::Surplus(path)) = difference
        else {
            return None;
        };
        self.head.originals.remove(path);
        self.head.attributions.remove(path);
        let file = found.files.get(path).and_then(|file| self.store.acceptable(path, file));
        match file {
            Some(file) if originals::is_named_so(path) => drop(self.head.originals.insert(path.clone(), file)),
            Some(file) => drop(self.head.attributions.insert(path.clone(), file)),
            None => return (!matches!(difference, HeadError::Missing(_))).then(|| path.clone()),
        }
        None
    }

    fn locked(store: Store, shard: Option<Shard>, lock: Lock) -> Result<Self, StoreError> {
        let mut cleared = Vec::new();
        let head = match shard {
            None => {
                for name in names_in(&store.root.join(place::FOLDER), place::is_temporary)? {
                    let left = format!("{}/{name}", place::FOLDER);
                    store.remove(&left)?;
                    cleared.push(left);
                }
                store.head()?
            }
            Some(shard) if store.root.join(shard_head(shard)).exists() => store.head_in(&shard_head(shard))?,
            Some(shard) => {
                // A list of nothing tells that the shard has run.
                store.write_head(&shard_head(shard), &Head::default())?;
                Head::default()
            }
        };
        let mut writer = Self { store, shard, head, cleared, _lock: lock };
        if shard.is_none() {
            writer.remove_merged_lists()?;
        }
        let left = writer.clear()?;
        writer.cleared.extend(left);
        Ok(writer)
    }

    /// Writes the head, which holds by now what the shards have added, and removes their lists. While that lasts, the
    /// head names the lists: else a run that is killed in the middle would look like a store that has lost shards.
    fn remove_merged_lists(&mut self) -> Result<(), StoreError> {
        let lists = names_in(&self.store.root, is_shard_head)?;
        if lists.is_empty() {
            return Ok(());
        }
        self.head.in_transit.extend(lists.iter().cloned());
        self.write()?;
        lists.iter().try_for_each(|list| self.store.remove(list).map(drop))
    }

    /// Returns the writer if the evidence is what the head lists.
    fn checked(self) -> Result<Self, StoreError> {
        let ((), differences) = self
            .store
            .consistent(|head| Ok(((), self.store.evidence_differences(head, &self.store.evidence_found(head)?))))?;
        self.unless(differences)
    }

    /// Returns the writer if everything that the head lists is there; the user must move away what it does not list and
    /// what could not be added.
    fn checked_but_listed(self) -> Result<Self, StoreError> {
        let mut differences = self.store.evidence_differences(&self.head, &self.store.evidence_found(&self.head)?);
        differences.retain(|difference| !matches!(difference, HeadError::Surplus(_)));
        self.unless(differences)
    }

    fn unless(self, differences: Vec<HeadError>) -> Result<Self, StoreError> {
        if differences.is_empty() {
            return Ok(self);
        }
        Err(StoreError::Differs { root: self.store.root, differences })
    }

    /// The store that is written.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The files that a killed run left, and that this one has removed, by path.
    pub fn cleared(&self) -> impl Iterator<Item = PathBuf> {
        self.cleared.iter().map(|path| self.store.root.join(path))
    }

    /// Whether this writer has the store alone.
    #[must_use]
    pub const fn is_alone(&self) -> bool {
        self.shard.is_none()
    }

    /// Puts a file into the store; it counts as soon as `change` is committed.
    pub(super) fn put(&mut self, change: &mut Change, path: String, bytes: &[u8]) -> Result<(), StoreError> {
        let file = ListedFile { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) };
        let known = self.head.originals.get(&path).or_else(|| self.head.attributions.get(&path));
        if known != Some(&file) {
            self.head.in_transit.insert(path.clone());
            self.write()?;
            place::write_whole(&self.store.root, Path::new(&path), |out| out.write_all(bytes))?;
        }
        change.added.insert(path, file);
        Ok(())
    }

    /// Makes `change` count, and removes what is no longer listed.
    ///
    /// # Errors
    /// What the system reports; then either all of it counts, or nothing.
    pub fn commit(&mut self, change: Change) -> Result<(), StoreError> {
        let Change { added, mut removed } = change;
        removed.retain(|path| !added.contains_key(path));
        for path in &removed {
            self.head.originals.remove(path);
            self.head.attributions.remove(path);
        }
        for (path, file) in added {
            self.head.in_transit.remove(&path);
            let list =
                if originals::is_named_so(&path) { &mut self.head.originals } else { &mut self.head.attributions };
            list.insert(path, file);
        }
        self.head.in_transit.extend(removed);
        self.write()?;
        self.clear().map(drop).map_err(StoreError::done)
    }

    /// Removes the files in transit; returns those that were there.
    fn clear(&mut self) -> Result<Vec<String>, StoreError> {
        let mut cleared = Vec::new();
        if self.head.in_transit.is_empty() {
            return Ok(cleared);
        }
        // The head names the files; this program decides which names are its own.
        let is_ours = |path: &&String| {
            let is_listed = self.head.originals.contains_key(*path) || self.head.attributions.contains_key(*path);
            !is_listed && (originals::is_named_so(path) || attributions::is_named_so(path))
        };
        for path in self.head.in_transit.iter().filter(is_ours) {
            if self.store.remove(path)? {
                cleared.push(path.clone());
            }
        }
        self.head.in_transit.clear();
        self.write()?;
        Ok(cleared)
    }

    pub(super) fn write(&self) -> Result<(), StoreError> {
        let name = self.shard.map_or(HEAD.to_owned(), shard_head);
        self.store.write_head(&name, &self.head)
    }
}

impl Store {
    fn write_head(&self, name: &str, head: &Head) -> Result<(), StoreError> {
        place::write_whole(&self.root, Path::new(name), |out| out.write_all(&head.encode()))
    }

    /// Removes a file of this store, by its path below the root; `false` if it is already gone.
    pub(super) fn remove(&self, relative: &str) -> Result<bool, StoreError> {
        let removed = owned::remove(&self.root, Path::new(relative));
        removed.map_err(StoreError::io("remove", &self.root.join(relative)))
    }

    /// Refuses a store in which one of its own folders is a link: its target belongs to another program.
    fn check_folders(&self) -> Result<(), StoreError> {
        let own = tables::TABLES.into_iter().chain(["originals", "attributions", "locks", "tmp"]);
        let mut links = own.map(|name| self.root.join(name)).filter(|folder| folder.is_symlink());
        links.next().map_or(Ok(()), |path| {
            let what = "it is a link, and a store writes only into folders of its own".to_owned();
            Err(StoreError::Damaged { path, what })
        })
    }
}

fn shard_head(shard: Shard) -> String {
    format!("head-shard-{}-of-{}.json", shard.number, shard.of)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// The lists of all shards are there, so none is missing: neither before a writer merges them, nor while it removes
    /// one after the other, nor after that.
    #[test]
    fn no_shard_is_called_missing_while_a_writer_merges_their_lists() {
        const SHARDS: u32 = 40;
        let home = tempfile::tempdir().expect("a folder");
        for round in 0..25 {
            let root = home.path().join(round.to_string());
            drop(StoreWriter::begin(&root, None).expect("a new store"));
            for number in 1..=SHARDS {
                let list = root.join(shard_head(Shard { number, of: SHARDS }));
                fs::write(list, Head::default().encode()).expect("written");
            }
            let store = Store::open(&root).expect("a store");
            let is_done = AtomicBool::new(false);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        while !is_done.load(Ordering::Relaxed) {
                            assert_eq!(store.missing_shards().expect("the lists"), []);
                            store.head().expect("the head");
                        }
                    });
                }
                let merged = StoreWriter::take(store.clone(), None);
                is_done.store(true, Ordering::Relaxed);
                drop(merged.expect("nothing is missing"));
            });
            assert_eq!(names_in(&root, is_shard_head).expect("a folder"), [""; 0]);
        }
    }
}
