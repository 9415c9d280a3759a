//! Rows between the stages, where they only wait: in memory while there is room, else in a temporary file.
//!
//! Comes in: the [`Rows`] of an answer. Goes out: [`KeptRows`], which knows by heart what is asked of every dump (how many rows,
//! the first and the last service, who accessed) and fetches the rest. The file has no name from the moment it is made, so
//! nothing is left of it however the program ends. It holds numbers of [`Symbol`]s and of lists, and is of no use to anyone
//! without this run's memory.

use std::borrow::Cow;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::rows::packed;
use super::{Rows, Symbol};

/// Rows, or where they wait and what is known of them meanwhile.
#[derive(Debug, Clone)]
pub struct KeptRows {
    gist: Gist,
    place: Place,
}

/// What is asked of rows too often to fetch them for it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Gist {
    services: u32,
    actions: u32,
    used: u32,
    first: Symbol,
    last: Symbol,
    actors: Box<[Symbol]>,
}

#[derive(Debug, Clone)]
enum Place {
    Here(Rows),
    Away { room: Arc<WaitingRoom>, from: u64, length: u32 },
}

impl From<Rows> for KeptRows {
    fn from(rows: Rows) -> Self {
        let mut actors: Vec<Symbol> = Vec::new();
        for service in rows.services() {
            if service.by != Symbol::NONE && !actors.contains(&service.by) {
                actors.push(service.by);
            }
        }
        let namespace = |service: Option<&super::ServiceRow>| service.map_or(Symbol::NONE, |service| service.namespace);
        let gist = Gist {
            services: rows.services().len() as u32,
            actions: rows.action_count() as u32,
            used: rows.used_count() as u32,
            first: namespace(rows.services().first()),
            last: namespace(rows.services().last()),
            actors: actors.into(),
        };
        Self { gist, place: Place::Here(rows) }
    }
}

impl KeptRows {
    /// The number of service rows.
    #[must_use]
    pub const fn service_count(&self) -> usize {
        self.gist.services as usize
    }

    /// The number of action rows of all services.
    #[must_use]
    pub const fn action_count(&self) -> usize {
        self.gist.actions as usize
    }

    /// How many actions of all services have more recorded than their name.
    #[must_use]
    pub const fn used_count(&self) -> usize {
        self.gist.used as usize
    }

    /// Whether any service lists at least one tracked action.
    #[must_use]
    pub const fn has_actions(&self) -> bool {
        self.gist.actions > 0
    }

    /// The namespace of the first service; [`Symbol::NONE`] where there is none.
    #[must_use]
    pub const fn first(&self) -> Symbol {
        self.gist.first
    }

    /// The namespace of the last service; [`Symbol::NONE`] where there is none.
    #[must_use]
    pub const fn last(&self) -> Symbol {
        self.gist.last
    }

    /// Everyone by whom a service was accessed, each once.
    #[must_use]
    pub fn service_actors(&self) -> &[Symbol] {
        &self.gist.actors
    }

    /// The rows, fetched where they are away. Where that fails they are empty, and [`WaitingRoom::check`] says why.
    #[must_use]
    pub fn open(&self) -> Cow<'_, Rows> {
        match &self.place {
            Place::Here(rows) => Cow::Borrowed(rows),
            Place::Away { room, from, length } => Cow::Owned(room.fetch(*from, *length)),
        }
    }

    /// The rows of a dump whose partition is at work.
    ///
    /// # Panics
    /// Where they are away: a bug, because who works on a partition fetches it first.
    #[must_use]
    pub fn here(&self) -> &Rows {
        match &self.place {
            Place::Here(rows) => rows,
            Place::Away { .. } => unreachable!("the rows of a partition are fetched before anyone works on it"),
        }
    }

    /// Whether the rows are in memory.
    #[must_use]
    pub const fn are_here(&self) -> bool {
        matches!(self.place, Place::Here(_))
    }

    /// The same with the rows in memory.
    #[must_use]
    pub fn fetched(&self) -> Self {
        // The gist anew: rows that could not be fetched are none, and nobody may count on them.
        self.open().into_owned().into()
    }
}

impl PartialEq for KeptRows {
    fn eq(&self, other: &Self) -> bool {
        self.gist == other.gist && self.open() == other.open()
    }
}

impl Eq for KeptRows {}

impl Hash for KeptRows {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.open().hash(state);
    }
}

/// Holds rows up to a number of bytes; what does not fit waits in a temporary file. One per run.
#[derive(Debug)]
pub struct WaitingRoom {
    room: u64,
    held: AtomicU64,
    file: OnceLock<Option<Mutex<(File, u64)>>>,
    lists: RwLock<Lists>,
    failure: OnceLock<WaitingRoomError>,
}

/// The temporary file failed.
#[derive(Debug, thiserror::Error)]
#[error("the temporary file in {} {what}: {source}; TMPDIR names another folder, --memory SIZE holds more in memory", folder.display())]
pub struct WaitingRoomError {
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

impl WaitingRoom {
    /// Holds about `room` bytes of rows in memory.
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

    /// Puts rows away if there is no room for them. Where that fails they stay, and [`WaitingRoom::check`] says why.
    pub fn keep(self: &Arc<Self>, kept: &mut KeptRows) {
        let Place::Here(rows) = &kept.place else { return };
        let bytes = rows.bytes() as u64;
        if self.held.fetch_add(bytes, Ordering::Relaxed) + bytes <= self.room {
            return;
        }
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        let packed = packed::write(rows, |list| self.number(list));
        let length = u32::try_from(packed.len());
        match length.map_err(io::Error::other).and_then(|length| Ok((self.append(&packed)?, length))) {
            Ok((from, length)) => kept.place = Place::Away { room: Arc::clone(self), from, length },
            Err(source) => self.fail("cannot be written", source),
        }
    }

    /// Counts rows that [`WaitingRoom::keep`] let stay as gone: what follows may be held in their place.
    pub fn forget(&self) {
        self.held.store(0, Ordering::Relaxed);
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
    pub fn check(&self) -> Result<(), &WaitingRoomError> {
        self.failure.get().map_or(Ok(()), Err)
    }

    fn number(&self, list: &Arc<[Symbol]>) -> u32 {
        if let Some(&known) = self.lists.read().unwrap_or_else(PoisonError::into_inner).numbers.get(list) {
            return known;
        }
        let Lists { numbers, lists } = &mut *self.lists.write().unwrap_or_else(PoisonError::into_inner);
        *numbers.entry(Arc::clone(list)).or_insert_with(|| {
            lists.push(Arc::clone(list));
            u32::try_from(lists.len() - 1).expect("fewer than 2^32 distinct lists")
        })
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

    fn fetch(&self, from: u64, length: u32) -> Rows {
        let read = || -> io::Result<Rows> {
            let file = self.file.get().and_then(Option::as_ref).ok_or(io::ErrorKind::NotFound)?;
            let mut bytes = vec![0; length as usize];
            {
                let (file, _) = &mut *lock(file);
                file.seek(SeekFrom::Start(from))?;
                file.read_exact(&mut bytes)?;
            }
            let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
            packed::read(&bytes, |number| lists.lists.get(number as usize).cloned())
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it holds something else than was written"))
        };
        read().unwrap_or_else(|source| {
            self.fail("cannot be read", source);
            Rows::default()
        })
    }

    /// Only the first failure is told: the others follow from it.
    fn fail(&self, what: &'static str, source: io::Error) {
        let _ = self.failure.set(WaitingRoomError { folder: std::env::temp_dir(), what, source });
    }
}

/// Nothing is half done where a thread that held it panicked: the end is moved last.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Accessed, ActionRow, Instant, ServiceRow, Symbols};

    fn some_rows(symbols: &Symbols, many: u32) -> Rows {
        let mut rows = Rows::default();
        for at in 0..many {
            let accessed =
                [Accessed::Never, Accessed::Unreadable, Accessed::At(Instant::from_millis(i64::from(at) * 7 - 9))];
            let accessed = accessed[at as usize % 3];
            let by = if at % 2 == 0 { symbols.intern("arn:aws:iam::111122223333:role/x") } else { Symbol::NONE };
            for name in 0..at % 5 {
                let name = symbols.intern(&format!("Do{name}"));
                rows.push_action(ActionRow { name, accessed, by, region: Symbol::NONE });
                rows.push_unrecorded(name);
            }
            rows.push_service(ServiceRow {
                namespace: symbols.intern(&format!("service-{at}")),
                name: Symbol::NONE,
                accessed,
                by,
                region: symbols.intern("eu-west-1"),
                entities: (at % 2 == 0).then_some(at),
                lists_actions: at % 5 > 0,
            });
        }
        rows
    }

    #[test]
    fn what_is_put_away_comes_back_as_it_was() {
        let symbols = Symbols::default();
        let room = WaitingRoom::new(0);
        for many in [0, 1, 2, 300] {
            let rows = some_rows(&symbols, many);
            let mut kept = KeptRows::from(rows.clone());
            let held = kept.clone();
            room.keep(&mut kept);
            assert_eq!((kept.are_here(), kept.service_count()), (false, many as usize));
            assert_eq!(*kept.open(), rows);
            assert_eq!(kept.fetched(), held);
            assert_eq!(*kept.fetched().here(), rows);
        }
        assert!(room.away() > 0 && room.check().is_ok());
    }

    #[test]
    fn what_fits_stays() {
        let symbols = Symbols::default();
        let mut kept = KeptRows::from(some_rows(&symbols, 10));
        let room = WaitingRoom::new(1 << 20);
        room.keep(&mut kept);
        assert!(kept.are_here() && room.away() == 0);
    }

    #[test]
    fn rows_that_cannot_be_fetched_are_told() {
        let symbols = Symbols::default();
        let room = WaitingRoom::new(0);
        let mut kept = KeptRows::from(some_rows(&symbols, 10));
        room.keep(&mut kept);
        lock(room.file.get().and_then(Option::as_ref).expect("a file")).0.set_len(3).expect("a shorter file");
        assert_eq!(*kept.open(), Rows::default());
        assert_eq!(kept.fetched().service_count(), 0);
        let told = room.check().expect_err("it cannot be read").to_string();
        assert!(told.contains("cannot be read") && told.contains("TMPDIR"), "{told}");
    }
}
