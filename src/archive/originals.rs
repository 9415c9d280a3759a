//! The packs of original documents: they are read in parallel, and each counts only if it is the one that the head
//! lists.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;

use super::head::ListedFile;
use super::writer::Change;
use super::{Head, HeadError, Pack, PackError, PackWriter, PackedFile, Store, StoreError, StoreWriter};
use super::{attributions, names_in};
use crate::util::marker::is_pack;
use crate::util::{hash, owned};

/// The folder of the packs.
const FOLDER: &str = "originals";

/// The ending of every pack.
const ENDING: &str = ".pack";

/// A pack is closed after this many unpacked bytes, which is also the most that a killed run loses.
pub const UNPACKED: u64 = 256 << 20;

/// Whether this is the path of a pack, below the store.
pub(super) fn is_named_so(path: &str) -> bool {
    path.strip_prefix("originals/").is_some_and(is_pack)
}

/// The results of packs, in the order of their names, and the differences between the store and its head.
pub type Originals<T> = (Vec<T>, Vec<HeadError>);

impl Store {
    /// Hands every pack to `each`, several at a time. A pack that is missing, or that has another content than the one
    /// in the head, is left out and reported.
    ///
    /// # Errors
    /// If the head cannot be read.
    pub fn each_pack<T: Send>(
        &self,
        each: impl Fn(&Pack) -> Result<T, PackError> + Sync,
    ) -> Result<Originals<T>, StoreError> {
        self.consistent(|head| {
            let read = |(path, file): (&String, &ListedFile)| {
                let pack = self.pack(path, file)?;
                each(&pack).map_err(|_| HeadError::Other(path.clone()))
            };
            let read: Vec<Result<T, HeadError>> = head.originals.par_iter().map(read).collect();
            let mut differences = self.surplus(head, FOLDER, is_named_so)?;
            let mut found = Vec::with_capacity(read.len());
            for one in read {
                match one {
                    Ok(one) => found.push(one),
                    Err(difference) => differences.push(difference),
                }
            }
            differences.sort();
            Ok((found, differences))
        })
    }

    /// Does the same as [`Store::each_pack`], for writers: a pack that cannot be read, perhaps only for a moment, must
    /// not count as missing.
    ///
    /// # Errors
    /// As [`Store::each_pack`]; [`StoreError::Differs`] if a pack is missing or not what the head lists.
    pub fn every_pack<T: Send>(
        &self,
        each: impl Fn(&Pack) -> Result<T, PackError> + Sync,
    ) -> Result<Vec<T>, StoreError> {
        let (found, differences) = self.each_pack(each)?;
        self.unless_lost(differences).map(|()| found)
    }

    /// An error if a file that the head lists is missing or different. A file that it does not list is not evidence,
    /// and was reported before.
    fn unless_lost(&self, mut differences: Vec<HeadError>) -> Result<(), StoreError> {
        differences.retain(|difference| !matches!(difference, HeadError::Surplus(_)));
        if differences.is_empty() {
            return Ok(());
        }
        Err(StoreError::Differs { root: self.root.clone(), differences })
    }

    /// Hands every pack to `each`, one after another, in the order of [`Store::each_pack`].
    ///
    /// # Errors
    /// What `each` reports; [`StoreError::Differs`] if a pack is missing or not what the head lists;
    /// [`StoreError::Locked`] if a writer removed it in the meantime.
    pub fn in_turn(&self, each: &mut dyn FnMut(&Pack) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut differences = Vec::new();
        let head = self.head()?;
        for (path, file) in &head.originals {
            match self.pack(path, file) {
                Ok(pack) => each(&pack)?,
                Err(difference) => differences.push(difference),
            }
        }
        if !differences.is_empty() && self.head()? != head {
            return Err(StoreError::Locked { root: self.root.clone() });
        }
        self.unless_lost(differences)
    }

    /// The files of a folder that have names of ours and that the head does not know.
    pub(super) fn surplus(
        &self,
        head: &Head,
        folder: &str,
        is_ours: fn(&str) -> bool,
    ) -> Result<Vec<HeadError>, StoreError> {
        let is_surplus = |path: &String| {
            let known = head.originals.contains_key(path) || head.attributions.contains_key(path);
            is_ours(path) && !known && !head.in_transit.contains(path)
        };
        let paths = names_in(&self.root.join(folder), |_| true)?.into_iter().map(|name| format!("{folder}/{name}"));
        Ok(paths.filter(is_surplus).map(HeadError::Surplus).collect())
    }

    /// The bytes of the file `path`, which the head lists as `file`.
    pub(super) fn listed_bytes(&self, path: &str, file: &ListedFile) -> Result<Vec<u8>, HeadError> {
        let read = self.opened(path, file).and_then(|_| owned::read_in(&self.root, Path::new(path), file.bytes));
        read.map_err(|error| refused(path, &error))
    }

    /// The pack `path`, which the head lists as `file`.
    pub(super) fn pack(&self, path: &str, file: &ListedFile) -> Result<Pack, HeadError> {
        let other = || HeadError::Other(path.to_owned());
        let name = path.rsplit('/').next().and_then(|name| name.strip_suffix(ENDING)).ok_or_else(other)?;
        if !is_named_so(path) || name != file.sha256 {
            return Err(other());
        }
        let opened = self.opened(path, file).map_err(|error| refused(path, &error))?;
        Pack::open(name, opened, file.bytes).map_err(|error| match error {
            PackError::Io(error) => refused(path, &error),
            _ => other(),
        })
    }

    /// The file `path`, if it has the length that the head lists.
    fn opened(&self, path: &str, file: &ListedFile) -> io::Result<std::fs::File> {
        let opened = owned::open_in(&self.root, Path::new(path))?;
        if opened.metadata()?.len() == file.bytes { Ok(opened) } else { Err(io::ErrorKind::FileTooLarge.into()) }
    }

    /// Everything in the folders of originals and attributions, under any name. Only what can be a file that `head`
    /// lists is read: another file may be of any length.
    pub(super) fn evidence_found(&self, head: &Head) -> Result<FoundOriginals, StoreError> {
        let mut paths = Vec::new();
        for folder in [FOLDER, attributions::FOLDER] {
            let names = names_in(&self.root.join(folder), |_| true)?;
            paths.extend(names.into_iter().map(|name| format!("{folder}/{name}")));
        }
        let listed = |path: &str| head.originals.get(path).or_else(|| head.attributions.get(path));
        let hashed: Vec<_> = paths.into_par_iter().map(|path| (self.compared(&path, listed(&path)), path)).collect();
        let mut found = FoundOriginals::default();
        for (file, path) in hashed {
            match file {
                Ok(file) => drop(found.files.insert(path, file)),
                // A name that is not UTF-8 is not found in the form in which it is shown; every other file that is not
                // found is gone.
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound && !path.contains(char::REPLACEMENT_CHARACTER) => {}
                Err(_) => drop(found.others.insert(path)),
            }
        }
        Ok(found)
    }

    /// The differences between what was found and the originals and attributions of `head`.
    pub(super) fn evidence_differences(&self, head: &Head, found: &FoundOriginals) -> Vec<HeadError> {
        let evidence = Head { tables: BTreeMap::new(), ..head.clone() };
        let mut differences = evidence.differences(&found.files);
        for difference in &mut differences {
            let HeadError::Missing(path) = difference else { continue };
            if let Err(error) = owned::open_in(&self.root, Path::new(&*path))
                && error.kind() != io::ErrorKind::NotFound
            {
                *difference = HeadError::Unreadable(path.clone(), error.to_string());
            }
        }
        let listed = evidence.listed();
        let strangers = found.others.iter().filter(|path| !listed.contains_key(path.as_str()));
        differences.extend(strangers.cloned().map(HeadError::Surplus));
        differences.sort();
        differences
    }

    /// What is wrong with the originals and attributions: every difference from the head, and packs with documents that
    /// are not what their pack lists.
    ///
    /// # Errors
    /// If the head cannot be read.
    pub fn wrong_evidence(&self) -> Result<Vec<HeadError>, StoreError> {
        let ((), differences) = self.consistent(|head| {
            let mut differences = self.evidence_differences(head, &self.evidence_found(head)?);
            let check = |path: &String| {
                let pack = self.pack(path, &head.originals[path])?;
                pack.checked(&mut |_, _, _| Ok(())).map_err(|_| HeadError::Other(path.clone()))
            };
            let paths: Vec<&String> = head.originals.keys().collect();
            differences.extend(paths.into_par_iter().filter_map(|path| check(path).err()).collect::<Vec<_>>());
            differences.extend(self.missing_shards()?);
            differences.sort();
            differences.dedup();
            Ok(((), differences))
        })?;
        Ok(differences)
    }

    /// Returns an error if the originals and attributions are not what the head lists, or a shard is missing: the
    /// question that every writer asks, for a command that takes everything out of the store.
    ///
    /// # Errors
    /// [`StoreError::Differs`]; if the head cannot be read.
    pub fn check_evidence(&self) -> Result<(), StoreError> {
        let ((), mut differences) =
            self.consistent(|head| Ok(((), self.evidence_differences(head, &self.evidence_found(head)?))))?;
        differences.extend(self.missing_shards()?);
        if differences.is_empty() { Ok(()) } else { Err(StoreError::Differs { root: self.root.clone(), differences }) }
    }

    /// The number of packs, and their bytes.
    ///
    /// # Errors
    /// If the head cannot be read.
    pub fn extent(&self) -> Result<(usize, u64), StoreError> {
        let head = self.head()?;
        Ok((head.originals.len(), head.originals.values().map(|file| file.bytes).fold(0, u64::saturating_add)))
    }

    /// Length and SHA-256 of the regular file `path` of this store, to be compared with `listed`. The SHA-256 of a file
    /// of another length is left empty: such a file is not read.
    pub(super) fn compared(&self, path: &str, listed: Option<&ListedFile>) -> io::Result<ListedFile> {
        let bytes = owned::length_in(&self.root, Path::new(path))?;
        match listed {
            Some(listed) if listed.bytes == bytes => self.hash_of(path, bytes),
            _ => Ok(ListedFile { bytes, sha256: String::new() }),
        }
    }

    /// The SHA-256 of the first `bytes` bytes, and of one more if there is one, of the regular file `path`.
    fn hash_of(&self, path: &str, bytes: u64) -> io::Result<ListedFile> {
        let file = owned::open_in(&self.root, Path::new(path))?;
        hash::sha256(file.take(bytes.saturating_add(1))).map(|(bytes, sha256)| ListedFile { bytes, sha256 })
    }

    /// What the head has to list for the file `path`, which it does not list as it is; `None` if the file is not whole
    /// evidence of a store.
    pub(super) fn acceptable(&self, path: &str, found: &ListedFile) -> Option<ListedFile> {
        if is_named_so(path) {
            let named = path.strip_prefix("originals/")?.strip_suffix(ENDING)?;
            let file = ListedFile { sha256: named.to_owned(), ..found.clone() };
            return self.pack(path, &file).is_ok().then_some(file);
        }
        if !attributions::is_named_so(path) || found.bytes > attributions::CEILING {
            return None;
        }
        self.hash_of(path, found.bytes).ok().filter(|file| attributions::fits(path, file))
    }
}

/// The meaning of an error that occurs while the listed file `path` is read.
fn refused(path: &str, error: &io::Error) -> HeadError {
    match error.kind() {
        io::ErrorKind::NotFound => HeadError::Missing(path.to_owned()),
        io::ErrorKind::InvalidInput | io::ErrorKind::FileTooLarge | io::ErrorKind::UnexpectedEof => {
            HeadError::Other(path.to_owned())
        }
        _ => HeadError::Unreadable(path.to_owned(), error.to_string()),
    }
}

/// What is in the folders of the evidence.
#[derive(Debug, Default)]
pub(super) struct FoundOriginals {
    /// Regular files.
    pub(super) files: BTreeMap<String, ListedFile>,
    /// What is not a regular file, or cannot be read: links, pipes, folders.
    others: BTreeSet<String>,
}

impl StoreWriter {
    /// Adds the files of `pack`.
    ///
    /// # Errors
    /// What the system reports; then nothing was added.
    pub fn add(&mut self, pack: PackWriter) -> Result<(), StoreError> {
        let mut change = Change::default();
        self.put_pack(&mut change, pack)?;
        self.commit(change)
    }

    fn put_pack(&mut self, change: &mut Change, pack: PackWriter) -> Result<(), StoreError> {
        if pack.files() == 0 {
            return Ok(());
        }
        let packed = pack.finish().map_err(StoreError::io("compress the originals for", &self.store.root))?;
        self.put(change, format!("{FOLDER}/{}{ENDING}", packed.0), &packed.1)
    }

    /// Begins to add files of another store.
    #[must_use]
    pub fn append(&mut self) -> Repacker<'_> {
        Repacker { writer: self, change: Change::default(), open: PackWriter::default(), unpacked: 0 }
    }

    /// Begins to write all originals again.
    #[must_use]
    pub fn repack(&mut self) -> Repacker<'_> {
        let mut change = Change::default();
        for path in self.head.originals.keys() {
            change.remove(path);
        }
        Repacker { writer: self, change, open: PackWriter::default(), unpacked: 0 }
    }
}

/// Writes originals into new packs, which replace all old ones at once.
#[derive(Debug)]
pub struct Repacker<'w> {
    writer: &'w mut StoreWriter,
    change: Change,
    open: PackWriter,
    unpacked: u64,
}

impl Repacker<'_> {
    /// Adds the documents of `pack` that `keeps` accepts, by the numbers of file and document. If only a part of a file
    /// is left, it names the SHA-256 of the whole file.
    ///
    /// # Errors
    /// If a document cannot be read, or a pack cannot be written.
    pub fn add_pack(&mut self, pack: &Pack, keeps: &dyn Fn(usize, usize) -> bool) -> Result<(), StoreError> {
        let root = self.writer.store.root.clone();
        let failed = |error: PackError| StoreError::io("read an original of", &root)(io::Error::other(error));
        let mut walk = Walk { pack, keeps, at: (0, 0), begun: None };
        let mut buffer = Vec::new();
        for group in pack.groups() {
            pack.each_of(&group, keeps, &mut buffer, &mut |f, d, parts| {
                walk.pass(self, (f, d))?;
                walk.begin(self, f)?;
                let document = &pack.files()[f].documents[d];
                self.open.begin_document(document.inside.as_deref(), document.length, document.sha256.clone())?;
                self.unpacked = self.unpacked.saturating_add(document.length);
                parts.each(&mut |part| Ok(self.open.add_part(part)?))
            })
            .map_err(failed)?;
        }
        walk.pass(self, (pack.files().len(), 0)).map_err(failed)
    }

    /// Adds `file` with `documents`: names and bytes.
    ///
    /// # Errors
    /// If a pack cannot be written.
    pub fn add_documents(
        &mut self,
        file: PackedFile,
        documents: &[(Option<String>, Vec<u8>)],
    ) -> Result<(), StoreError> {
        let root = self.writer.store.root.clone();
        let failed = StoreError::io("write the originals of", &root);
        self.begin(file).map_err(io::Error::other).map_err(&failed)?;
        for (inside, bytes) in documents {
            self.open.document(inside.as_deref(), bytes).map_err(&failed)?;
            self.unpacked += bytes.len() as u64;
        }
        Ok(())
    }

    fn begin(&mut self, file: PackedFile) -> Result<(), StoreError> {
        if self.unpacked > UNPACKED || self.open.is_full_for(&file) {
            self.unpacked = 0;
            let full = std::mem::take(&mut self.open);
            self.writer.put_pack(&mut self.change, full)?;
        }
        self.open.file(file);
        Ok(())
    }

    /// Replaces the old packs by the new ones.
    ///
    /// # Errors
    /// What the system reports; then either the old ones count, or the new ones.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.writer.put_pack(&mut self.change, self.open)?;
        self.writer.commit(self.change)
    }
}

/// The way through the files of a pack, in order.
struct Walk<'p> {
    pack: &'p Pack,
    keeps: &'p dyn Fn(usize, usize) -> bool,
    /// The next file and document.
    at: (usize, usize),
    /// The file that was begun last.
    begun: Option<usize>,
}

impl Walk<'_> {
    /// Moves on to `to`; on the way it adds the documents that are kept by name only.
    fn pass(&mut self, into: &mut Repacker, to: (usize, usize)) -> Result<(), PackError> {
        while self.at < to {
            let (f, d) = self.at;
            match self.pack.files()[f].documents.get(d) {
                None => self.at = (f + 1, 0),
                Some(document) => {
                    self.at = (f, d + 1);
                    if document.at.is_none() && (self.keeps)(f, d) {
                        self.begin(into, f)?;
                        into.open.known(document.clone())?;
                    }
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, into: &mut Repacker, f: usize) -> Result<(), PackError> {
        if self.begun == Some(f) {
            return Ok(());
        }
        self.begun = Some(f);
        let mut file = self.pack.files()[f].clone();
        if !(0..file.documents.len()).all(|d| (self.keeps)(f, d)) {
            file.split_from = Some(file.content().to_owned());
            file.sha256 = None;
        }
        into.begin(file).map_err(|error| PackError::Io(io::Error::other(error)))
    }
}
