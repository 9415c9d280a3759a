//! Where things wait that memory has no room for: a temporary file.
//!
//! Comes in: bytes. Goes out: [`Away`], which gives them back. The file has no name from the moment it is made, so nothing is
//! left of it however the program ends. What waits here are numbers of [`Symbol`]s, lists and categories, of no use to anyone without
//! this run's memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::Symbol;

/// Says what may be held in memory, and keeps the rest in a temporary file. One per run.
#[derive(Debug)]
pub struct SpillFile {
    room: u64,
    held: AtomicU64,
    file: OnceLock<Option<Mutex<(File, u64)>>>,
    lists: RwLock<Lists>,
    failure: OnceLock<SpillError>,
}

/// The temporary file failed.
#[derive(Debug, thiserror::Error)]
#[error("the temporary file in {} {what}: {source}; TMPDIR names another folder, --memory SIZE holds more in memory", folder.display())]
pub struct SpillError {
    folder: PathBuf,
    what: &'static str,
    source: io::Error,
}

/// Lists of action names by number: dumps share them, and still do when they come back.
#[derive(Debug, Default)]
struct Lists {
    numbers: FxHashMap<Arc<[Symbol]>, u32>,
    lists: Vec<Arc<[Symbol]>>,
}

impl SpillFile {
    /// Holds about `room` bytes in memory.
    #[must_use]
    pub fn new(room: u64) -> Arc<Self> {
        Arc::new(Self {
            room,
            held: AtomicU64::new(0),
            file: OnceLock::new(),
            lists: RwLock::default(),
            failure: OnceLock::new(),
        })
    }

    /// Room for everything: nothing is ever put away.
    #[must_use]
    pub fn boundless() -> Arc<Self> {
        Self::new(u64::MAX)
    }

    /// Whether there is room for `bytes` more in memory. Where there is, they count as held from now on.
    #[must_use]
    pub fn has_room_for(&self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let fits = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes <= self.room;
        if !fits {
            self.held.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    /// Counts everything that is held as gone: what follows may be held in its place.
    pub fn forget(&self) {
        self.held.store(0, Ordering::Relaxed);
    }

    /// Puts `bytes` away; `None` where that fails, and [`SpillFile::check`] says why.
    pub fn put_away(self: &Arc<Self>, bytes: &[u8]) -> Option<Away> {
        match self.append(bytes) {
            Ok(from) => Some(Away { room: Arc::clone(self), from, length: bytes.len() }),
            Err(source) => {
                self.fail("cannot be written", source);
                None
            }
        }
    }

    /// How many bytes wait in the file.
    #[must_use]
    pub fn away(&self) -> u64 {
        self.file.get().and_then(Option::as_ref).map_or(0, |file| lock(file).1)
    }

    /// Whether everything that was put away could be written and fetched; nothing computed meanwhile may be used else.
    ///
    /// # Errors
    /// What the system said first.
    pub fn check(&self) -> Result<(), &SpillError> {
        self.failure.get().map_or(Ok(()), Err)
    }

    /// The number of `list`, new or known.
    pub(super) fn number(&self, list: &Arc<[Symbol]>) -> u32 {
        if let Some(&known) = self.lists.read().unwrap_or_else(PoisonError::into_inner).numbers.get(list) {
            return known;
        }
        let Lists { numbers, lists } = &mut *self.lists.write().unwrap_or_else(PoisonError::into_inner);
        *numbers.entry(Arc::clone(list)).or_insert_with(|| {
            lists.push(Arc::clone(list));
            u32::try_from(lists.len() - 1).expect("fewer than 2^32 distinct lists")
        })
    }

    /// The list of a number.
    pub(super) fn list(&self, number: u32) -> Option<Arc<[Symbol]>> {
        self.lists.read().unwrap_or_else(PoisonError::into_inner).lists.get(number as usize).cloned()
    }

    fn append(&self, bytes: &[u8]) -> io::Result<u64> {
        let file = self.file.get_or_init(|| match tempfile::tempfile() {
            Ok(file) => Some(Mutex::new((file, 0))),
            Err(source) => {
                self.fail("cannot be made", source);
                None
            }
        });
        let file = file.as_ref().ok_or_else(|| io::Error::other("there is no temporary file"))?;
        let (file, end) = &mut *lock(file);
        file.seek(SeekFrom::Start(*end))?;
        file.write_all(bytes)?;
        let from = *end;
        *end += bytes.len() as u64;
        Ok(from)
    }

    fn fetch(&self, from: u64, length: usize) -> io::Result<Vec<u8>> {
        let file = self.file.get().and_then(Option::as_ref).ok_or(io::ErrorKind::NotFound)?;
        let mut bytes = vec![0; length];
        let (file, _) = &mut *lock(file);
        file.seek(SeekFrom::Start(from))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Only the first failure is told: the others follow from it.
    fn fail(&self, what: &'static str, source: io::Error) {
        let _ = self.failure.set(SpillError { folder: std::env::temp_dir(), what, source });
    }

    #[cfg(test)]
    pub(super) fn cut_the_file(&self, length: u64) {
        lock(self.file.get().and_then(Option::as_ref).expect("a file")).0.set_len(length).expect("a shorter file");
    }
}

/// Bytes that wait in a [`SpillFile`].
#[derive(Debug, Clone)]
pub struct Away {
    room: Arc<SpillFile>,
    from: u64,
    length: usize,
}

impl Away {
    /// The room in which they wait.
    pub(super) fn room(&self) -> &SpillFile {
        &self.room
    }

    /// Fetches the bytes and makes of them what `read` makes; `None` where either fails, and [`SpillFile::check`] says why.
    pub fn fetch<T, E>(&self, read: impl FnOnce(Vec<u8>) -> Result<T, E>) -> Option<T> {
        let damaged = |_| io::Error::new(io::ErrorKind::InvalidData, "it holds something else than was written");
        let fetched = self.room.fetch(self.from, self.length).and_then(|bytes| read(bytes).map_err(damaged));
        fetched.map_err(|source| self.room.fail("cannot be read", source)).ok()
    }
}

/// Nothing is half done where a thread that held it panicked: the end is moved last.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
