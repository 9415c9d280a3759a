//! The head: the one list of what has to be in a store.
//!
//! The name of a pack shows whether it is intact; nothing in a pack shows that another one is *absent*. An answers file
//! that was lost in a copy turned a permission in use into `unused`, with exit code 0. So the file that is written
//! last, `head.json`, lists everything, and a file that is missing, surplus or different is an error. It is one line of
//! JSON and a line with the SHA-256 of the first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::shard::Shard;
use crate::util::hex;
use crate::util::marker::sealed;

/// What the head lists for one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedFile {
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// A published table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedTable {
    /// Its bytes.
    pub file: ListedFile,
    /// How many rows it has.
    pub rows: u64,
    /// Two fingerprints are equal exactly if the rows are.
    pub fingerprint: String,
}

/// The list, by path below the store, with `/` between parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The packs of original documents.
    pub originals: BTreeMap<String, ListedFile>,
    /// The attributions.
    pub attributions: BTreeMap<String, ListedFile>,
    /// The published tables.
    pub tables: BTreeMap<String, ListedTable>,
    /// The state of originals and attributions from which all tables were made; `None` while tables are being written,
    /// and before the first ones are.
    pub published: Option<String>,
    /// Files that may be there or not: not listed yet, or no longer listed and about to be removed, as are the lists of
    /// shards that this one holds. A killed run leaves them, and the next run removes them.
    pub in_transit: BTreeSet<String>,
}

/// A difference between a store and its head. The path is below the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum HeadError {
    /// The head does not carry its own checksum, or is of another program.
    #[error("the head is damaged")]
    Damaged,
    /// Listed and missing.
    #[error("{0} is missing")]
    Missing(String),
    /// There and not listed.
    #[error("{0} is not listed in the head")]
    Surplus(String),
    /// There, with another content than the one in the head.
    #[error("{0} is damaged: it has another content than the head says")]
    Other(String),
    /// Another shard of as many has run, and there is no list of this one.
    #[error("shard {0} has not run yet, or its list is lost")]
    NoShard(Shard),
    /// There, but the system cannot read it: why.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, String),
}

impl Head {
    /// The bytes of the head.
    ///
    /// # Panics
    /// Never: maps of text are JSON.
    pub fn encode(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("maps of text are JSON");
        let checksum = hex(&Sha256::digest(&line));
        line.extend(format!("\n{checksum}\n").into_bytes());
        line
    }

    /// The inverse of [`Head::encode`].
    ///
    /// # Errors
    /// [`HeadError::Damaged`] if a single byte differs.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeadError> {
        let line = sealed(bytes).ok_or(HeadError::Damaged)?;
        serde_json::from_slice(line).map_err(|_| HeadError::Damaged)
    }

    /// Adds what a shard has written. Its originals and attributions are added; the tables remain those of this head,
    /// and are then out of date.
    pub fn fold(&mut self, shard: Self) {
        self.originals.extend(shard.originals);
        self.attributions.extend(shard.attributions);
        self.in_transit.extend(shard.in_transit);
    }

    /// Whether everything that this list adds is in `whole`.
    pub fn is_in(&self, whole: &Self) -> bool {
        let holds = |all: &BTreeMap<String, ListedFile>, some: &BTreeMap<String, ListedFile>| {
            some.iter().all(|(path, file)| all.get(path) == Some(file))
        };
        holds(&whole.originals, &self.originals) && holds(&whole.attributions, &self.attributions)
    }

    /// A hash of the originals and the attributions: two are equal exactly if these are.
    pub fn evidence(&self) -> String {
        let mut digest = Sha256::new();
        for (path, file) in self.originals.iter().chain(&self.attributions) {
            digest.update(format!("{path} {}\n", file.sha256));
        }
        hex(&digest.finalize())
    }

    /// Whether all tables were made from the present originals and attributions.
    pub fn is_published(&self) -> bool {
        self.published.as_ref() == Some(&self.evidence())
    }

    /// Every file that must be there.
    pub fn listed(&self) -> BTreeMap<&str, &ListedFile> {
        let evidence = self.originals.iter().chain(&self.attributions).map(|(path, file)| (path.as_str(), file));
        evidence.chain(self.tables.iter().map(|(path, table)| (path.as_str(), &table.file))).collect()
    }

    /// The difference between the list and the file `path`, which is there with this content, or is missing.
    pub fn difference(&self, path: &str, found: Option<&ListedFile>) -> Option<HeadError> {
        let listed = self.originals.get(path).or_else(|| self.attributions.get(path));
        match (listed.or_else(|| self.tables.get(path).map(|table| &table.file)), found) {
            (Some(_), None) => Some(HeadError::Missing(path.to_owned())),
            (Some(listed), Some(found)) if listed != found => Some(HeadError::Other(path.to_owned())),
            (None, Some(_)) if !self.in_transit.contains(path) => Some(HeadError::Surplus(path.to_owned())),
            _ => None,
        }
    }

    /// All differences between the list and `found` (all files of the store that the head would list), in the order of
    /// paths.
    pub fn differences(&self, found: &BTreeMap<String, ListedFile>) -> Vec<HeadError> {
        let paths: BTreeSet<&str> = self.listed().into_keys().chain(found.keys().map(String::as_str)).collect();
        paths.into_iter().filter_map(|path| self.difference(path, found.get(path))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&str]) -> BTreeMap<String, ListedFile> {
        names.iter().map(|name| ((*name).to_owned(), ListedFile { bytes: 1, sha256: format!("of {name}") })).collect()
    }

    fn head() -> Head {
        let (originals, attributions) = (listed(&["o/1", "o/2"]), listed(&["a/1"]));
        let table = |(path, file)| (path, ListedTable { file, rows: 1, fingerprint: "f".into() });
        let tables = listed(&["t/1"]).into_iter().map(table).collect();
        Head { originals, attributions, tables, published: Some("f".into()), in_transit: ["o/9".into()].into() }
    }

    #[test]
    fn every_flipped_byte_and_every_cut_is_noticed() {
        let bytes = head().encode();
        assert_eq!(Head::decode(&bytes), Ok(head()));
        for i in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[i] ^= 1;
            assert_eq!(Head::decode(&flipped), Err(HeadError::Damaged), "byte {i}");
            assert_eq!(Head::decode(&bytes[..i]), Err(HeadError::Damaged), "cut at {i}");
        }
    }

    #[test]
    fn missing_surplus_renamed_and_other_content_is_noticed() {
        let all = listed(&["o/1", "o/2", "a/1", "t/1"]);
        assert_eq!(head().differences(&all), []);
        assert_eq!(head().differences(&listed(&["o/1", "o/2", "o/9", "a/1", "t/1"])), [], "in transit");
        for path in all.keys() {
            let mut found = all.clone();
            let content = found.remove(path).expect("listed");
            assert_eq!(head().differences(&found), [HeadError::Missing(path.clone())]);
            found.insert("z".into(), content.clone());
            assert_eq!(head().differences(&found), [HeadError::Missing(path.clone()), HeadError::Surplus("z".into())]);
            found.remove("z");
            found.insert(path.clone(), ListedFile { bytes: 2, ..content });
            assert_eq!(head().differences(&found), [HeadError::Other(path.clone())]);
        }
    }

    #[test]
    fn a_shard_adds_what_it_stored_and_no_tables() {
        let mut whole = head();
        let shard = Head { originals: listed(&["o/3"]), published: Some("other".into()), ..Head::default() };
        whole.fold(shard);
        assert_eq!(whole, Head { originals: listed(&["o/1", "o/2", "o/3"]), ..head() });
    }
}
