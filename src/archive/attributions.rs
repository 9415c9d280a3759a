//! What was said when dumps went in about whose they are: evidence like the answers, and kept like them.
//!
//! One file for each saying, never changed. Its name begins with when it was said, so that of two that contradict one is the later, and
//! goes on with its content, so that it is believed only whole and shards that say something at once touch no file twice. What a
//! saying means is not this room's matter.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::{Store, StoreError, hex, place};
use crate::model::Instant;
use crate::model::codec::Damaged;
use crate::util::owned;

/// The most bytes of such a file that are read: a manifest of a million dumps has a hundred MB.
const CEILING: u64 = 256 << 20;

/// The ending of every such file.
const ENDING: &str = ".said";

impl Store {
    /// Everything that was said, the latest last.
    ///
    /// # Errors
    /// Where a file cannot be read, or is not as it was written.
    pub fn sayings(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let read = || -> Result<Vec<Vec<u8>>, StoreError> {
            self.said_names()?.iter().map(|name| self.saying(name)).collect()
        };
        // One that is taken away between the listing and the reading is in the file that took its place.
        read().or_else(|error| if error.is_missing() { read() } else { Err(error) })
    }

    fn saying(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.said().join(name);
        let bytes = owned::read(&path, CEILING).map_err(StoreError::io("read", &path))?;
        let is_whole = name.strip_suffix(ENDING).is_some_and(|stem| stem.ends_with(&fingerprint(&bytes)));
        if is_whole { Ok(bytes) } else { Err(StoreError::damaged(&path)(Damaged)) }
    }

    /// Adds what is said at `now`.
    ///
    /// # Errors
    /// What the system reports; then nothing was added.
    pub fn say(&self, saying: &[u8], now: Instant) -> Result<(), StoreError> {
        // A clock that is behind makes nothing earlier than what was there when it was said.
        let newest = self.said_names()?.last().and_then(|name| name.split('-').next()?.parse().ok());
        let at = newest.map_or(now.millis(), |newest: i64| now.millis().max(newest + 1));
        let path = self.said().join(format!("{at:015}-{}{ENDING}", fingerprint(saying)));
        place::write_whole(&path, &self.temporary(), |out| out.write_all(saying))
    }

    /// Puts `saying`, where there is any, in the place of everything that was said. For the holder of the whole store's lock.
    ///
    /// # Errors
    /// What the system reports; then what was said stands, or both do.
    pub fn say_instead(&self, saying: Option<&[u8]>, now: Instant) -> Result<(), StoreError> {
        let old = self.said_names()?;
        if let Some(saying) = saying {
            self.say(saying, now)?;
        }
        old.iter().try_for_each(|name| self.remove(&format!("said/{name}")))
    }

    /// What is wrong with what was said.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub(super) fn wrong_sayings(&self) -> Result<Vec<StoreError>, StoreError> {
        Ok(self.said_names()?.iter().filter_map(|name| self.saying(name).err()).collect())
    }

    fn said(&self) -> PathBuf {
        self.root.join("said")
    }

    /// The names of the files, in the order in which they were said.
    pub(super) fn said_names(&self) -> Result<Vec<String>, StoreError> {
        super::names_in(&self.said(), |name| name.ends_with(ENDING))
    }
}

fn fingerprint(saying: &[u8]) -> String {
    hex(&Sha256::digest(saying)[..12])
}
