//! The head: the one list of what has to be in a store.
//!
//! Each pack can be checked by its name; that one is *absent* cannot. An answers file that was lost in a copy turned a permission in
//! use into `unused`, with exit code 0. So what is written last, `head.json`, lists everything, and what is missing, surplus or other
//! is an error. It is one line of JSON and a line with the SHA-256 of the first.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::util::hex;

/// What the head says of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedFile {
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
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
    pub tables: BTreeMap<String, ListedFile>,
    /// What the tables were made of; none before the first are published.
    pub fingerprint: Option<String>,
}

/// Where a store differs from its head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// The head does not carry its own checksum, or is of another program.
    #[error("the head is damaged")]
    Damaged,
    /// Listed and not there.
    #[error("{0} is missing")]
    Missing(String),
    /// There and not listed.
    #[error("{0} is not listed in the head")]
    Surplus(String),
    /// There with another content than the head says.
    #[error("{0} has another content than the head says")]
    Other(String),
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

    /// The way back from [`Head::encode`].
    ///
    /// # Errors
    /// [`HeadError::Damaged`] if one byte is another.
    pub fn decode(bytes: &[u8]) -> Result<Self, HeadError> {
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(HeadError::Damaged)?;
        let checksum = format!("\n{}\n", hex(&Sha256::digest(&bytes[..end])));
        if &bytes[end..] != checksum.as_bytes() {
            return Err(HeadError::Damaged);
        }
        serde_json::from_slice(&bytes[..end]).map_err(|_| HeadError::Damaged)
    }

    /// Adds what a shard has written. Its originals and attributions join; the tables remain those of this head, and are then behind.
    pub fn fold(&mut self, shard: Self) {
        self.originals.extend(shard.originals);
        self.attributions.extend(shard.attributions);
    }

    /// Everything in which `found` (all files of the store that the head would list) differs, in order of paths.
    pub fn differences(&self, found: &BTreeMap<String, ListedFile>) -> Vec<HeadError> {
        let listed: BTreeMap<_, _> =
            [&self.originals, &self.attributions, &self.tables].into_iter().flatten().collect();
        let lost = listed.iter().filter_map(|(path, listed)| match found.get(*path) {
            None => Some(((*path).clone(), HeadError::Missing((*path).clone()))),
            Some(found) if found != *listed => Some(((*path).clone(), HeadError::Other((*path).clone()))),
            Some(_) => None,
        });
        let surplus = found.keys().filter(|path| !listed.contains_key(path));
        let surplus = surplus.map(|path| (path.clone(), HeadError::Surplus(path.clone())));
        let by_path: BTreeMap<_, _> = lost.chain(surplus).collect();
        by_path.into_values().collect()
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
        Head { originals, attributions, tables: listed(&["t/1"]), fingerprint: Some("f".into()) }
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
        let shard = Head { originals: listed(&["o/3"]), tables: listed(&["t/9"]), ..Head::default() };
        whole.fold(shard);
        assert_eq!(whole, Head { originals: listed(&["o/1", "o/2", "o/3"]), ..head() });
    }
}
