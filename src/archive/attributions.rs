//! Attributions, as a store keeps them: evidence like the originals.
//!
//! Each attribution is one file that never changes. Its name begins with its time, so that of two that contradict each
//! other one is the later, and continues with the hash of its content, so that shards that add attributions at the same
//! time never touch the same file. The meaning of an attribution does not matter here.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::head::ListedFile;
use super::writer::Change;
use super::{HeadError, Store, StoreError, StoreWriter, hex};
use crate::model::Instant;
use crate::util::marker::is_attribution;

/// The folder of the attributions.
pub(super) const FOLDER: &str = "attributions";

/// The ending of every such file.
const ENDING: &str = ".json";

/// The most bytes of an attribution: a manifest of a million lines.
pub(super) const CEILING: u64 = 256 << 20;

/// The last moment that has 15 digits.
const LAST: i64 = 999_999_999_999_999;

/// All attributions by their paths, the latest last, and the differences between the store and its head.
type Attributions = (BTreeMap<String, Vec<u8>>, Vec<HeadError>);

/// Whether this is the path of an attribution, below the store.
pub(super) fn is_named_so(path: &str) -> bool {
    path.strip_prefix("attributions/").is_some_and(is_attribution)
}

/// Whether the name of an attribution is that of its content.
pub(super) fn fits(path: &str, file: &ListedFile) -> bool {
    path.strip_suffix(ENDING).is_some_and(|stem| file.sha256.get(..24).is_some_and(|sha256| stem.ends_with(sha256)))
}

impl Store {
    /// The paths of all attributions: two stores with the same paths keep the same attributions.
    ///
    /// # Errors
    /// If the head cannot be read.
    pub fn attribution_paths(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.head()?.attributions.into_keys().collect())
    }

    /// All attributions by their paths, the latest last, and the differences between the store and its head.
    ///
    /// # Errors
    /// If the head cannot be read.
    pub fn attributions(&self) -> Result<Attributions, StoreError> {
        self.consistent(|head| {
            let (mut found, mut differences) = (BTreeMap::new(), self.surplus(head, FOLDER, is_named_so)?);
            for (path, file) in &head.attributions {
                let is_whole = |bytes: &Vec<u8>| hex(&Sha256::digest(bytes)) == file.sha256 && is_named_so(path);
                if file.bytes > CEILING {
                    differences.push(HeadError::Other(path.clone()));
                    continue;
                }
                match self.listed_bytes(path, file) {
                    Ok(bytes) if is_whole(&bytes) => {
                        found.insert(path.clone(), bytes);
                    }
                    Ok(_) => differences.push(HeadError::Other(path.clone())),
                    Err(difference) => differences.push(difference),
                }
            }
            differences.sort();
            Ok((found, differences))
        })
    }
}

impl StoreWriter {
    /// Adds an attribution made at `now`; with `instead`, it replaces all earlier ones.
    ///
    /// # Errors
    /// What the system reports; then the earlier attributions still count.
    pub fn attribute(&mut self, said: Option<&[u8]>, instead: bool, now: Instant) -> Result<(), StoreError> {
        let mut change = Change::default();
        let all = self.store.head()?.attributions;
        if let Some(said) = said {
            if said.len() as u64 > CEILING {
                let too_large = std::io::Error::from(std::io::ErrorKind::FileTooLarge);
                return Err(StoreError::io("keep what was said in", &self.store.root)(too_large));
            }
            // A clock that is behind must not make a new attribution earlier than those that are already there.
            let at_of = |path: &String| path.strip_prefix("attributions/")?.split('-').next()?.parse::<i64>().ok();
            let newest = all.keys().next_back().and_then(at_of);
            let at = newest.map_or(now.millis(), |newest| now.millis().max(newest + 1)).min(LAST);
            let name = format!("{FOLDER}/{at:015}-{}{ENDING}", &hex(&Sha256::digest(said))[..24]);
            self.put(&mut change, name, said)?;
        }
        if instead {
            for path in all.keys() {
                change.remove(path);
            }
        }
        self.commit(change)
    }
}
