//! What the decoder made of a pack, kept in the user's own cache folder: a question to a store then decodes nothing
//! twice.
//!
//! The result of decoding depends on exactly three things: the bytes of the pack, the limits, and the program. They
//! form the name of a file in the cache, so the content of that file is what the decoder would give, for any question:
//! nothing that depends on an option, on another file or on a definition is kept. The cache is not in the store,
//! because anyone who can write to a store could put a cache into it that differs from the originals. A file that is
//! missing, damaged or from another program is ignored, and so is every file that another user could have written.
//!
//! ```text
//! length of the header | header, in Postcard's form: names, lists of names, documents without their rows | packed rows | SHA-256 of the name of the file and of all that is before
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::archive::Pack;
use crate::decode::{Decoded, Limits};
use crate::model::{PackedRows, RowNumbers, RowTerms, Symbols};
use crate::util::durable::create_private_folder;
use crate::util::{hex, owned};

/// The most bytes of one file: the documents of a pack have 256 MB, and what the decoder makes of them a hundredth of
/// that.
const CEILING: u64 = 64 << 20;

/// The most bytes of all files; above this the oldest are removed.
const BOUND: u64 = 1 << 30;

/// The ending of every file of the cache.
const ENDING: &str = ".decoded";

/// The folder of the cache, and the program that reads and writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeCache {
    folder: PathBuf,
    program: String,
}

/// Documents by the numbers of their file and of themselves in it.
pub(super) type CachedDocuments = FxHashMap<(usize, usize), Decoded>;

/// The first part of a file.
#[derive(Default, Serialize, Deserialize)]
struct Header {
    names: Vec<String>,
    lists: Vec<Vec<u32>>,
    documents: Vec<CachedDocument>,
}

#[derive(Serialize, Deserialize)]
struct CachedDocument {
    at: (usize, usize),
    document: Decoded,
    /// The number of bytes of the rows of each answer.
    rows: Vec<usize>,
}

impl DecodeCache {
    /// The cache in `folder`, to which only its owner may be able to write. `program` names this very build: another
    /// one may decode differently.
    #[must_use]
    pub const fn new(folder: PathBuf, program: String) -> Self {
        Self { folder, program }
    }

    /// The documents of `pack` in the cache; `None` if there is no file for it, or the file is not as it was written.
    pub(super) fn read(&self, pack: &Pack, limits: &Limits, symbols: &Symbols) -> Option<CachedDocuments> {
        let name = self.name(pack, limits);
        let bytes = owned::read_private(&self.folder, &name, CEILING).ok()?;
        let (content, checksum) = bytes.split_last_chunk::<32>()?;
        if sealed(&name, content)[..] != checksum[..] {
            return None;
        }
        let (length, rest) = content.split_first_chunk::<8>()?;
        let (header, rows) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        documents(postcard::from_bytes(header).ok()?, rows, symbols)
    }

    /// Keeps those of `documents` that hold only answers and sidecars. A failure does not stop the command.
    pub(super) fn write<'d>(
        &self,
        pack: &Pack,
        limits: &Limits,
        symbols: &Symbols,
        documents: impl Iterator<Item = ((usize, usize), &'d Decoded)>,
    ) {
        let content = encoded(documents, symbols);
        if content.len() as u64 > CEILING {
            return;
        }
        let name = self.name(pack, limits);
        if self.put(&name, &content).is_ok() {
            self.drop_oldest(&name);
        }
    }

    /// Removes the files of the packs with these names.
    pub(super) fn forget(&self, packs: &[String]) {
        for (name, ..) in self.files() {
            if packs.iter().any(|pack| name.starts_with(pack.as_str())) {
                // A file that cannot be removed is never read again: its pack is gone.
                let _ = owned::remove(&self.folder, Path::new(&name));
            }
        }
    }

    /// The name of a pack and of everything else on which the result of the decoder depends.
    fn name(&self, pack: &Pack, limits: &Limits) -> String {
        let basis = Sha256::digest(format!("{}\n{limits:?}", self.program));
        format!("{}-{}{ENDING}", pack.name(), &hex(&basis)[..16])
    }

    fn put(&self, name: &str, content: &[u8]) -> io::Result<()> {
        create_private_folder(&self.folder)?;
        if !owned::is_private_folder(&self.folder) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let mut file = tempfile::Builder::new().prefix(".").suffix(ENDING).tempfile_in(&self.folder)?;
        file.write_all(content)?;
        file.write_all(&sealed(name, content))?;
        owned::persist(file, &self.folder.join(name), true)
    }

    /// Name, length and age of every file.
    fn files(&self) -> Vec<(String, u64, SystemTime)> {
        let own = Some(&self.folder).filter(|folder| owned::is_private_folder(folder));
        let entries = own.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
        let file = |entry: fs::DirEntry| {
            let name = entry.file_name().into_string().ok().filter(|name| name.ends_with(ENDING))?;
            let there = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((name, there.len(), there.modified().ok()?))
        };
        entries.filter_map(file).collect()
    }

    fn drop_oldest(&self, newest: &str) {
        let mut files = self.files();
        let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
        files.sort_by(|a, b| (a.2, &a.0).cmp(&(b.2, &b.0)));
        for (name, length, _) in files.iter().filter(|(name, ..)| name != newest) {
            if bytes <= BOUND {
                return;
            }
            if owned::remove(&self.folder, Path::new(name)).unwrap_or(false) {
                bytes -= length;
            }
        }
    }
}

/// The checksum of a file with this name and content: the file of one pack, copied over that of another, is no file of
/// the cache.
fn sealed(name: &str, content: &[u8]) -> impl std::ops::Deref<Target = [u8]> + use<> {
    Sha256::new().chain_update(name).chain_update("\n").chain_update(content).finalize()
}

fn encoded<'d>(documents: impl Iterator<Item = ((usize, usize), &'d Decoded)>, symbols: &Symbols) -> Vec<u8> {
    let mut header = Header::default();
    let (mut numbers, mut rows) = (RowNumbers::default(), Vec::new());
    for (at, document) in documents.filter(|(_, document)| document.others.is_empty() && document.policies.is_empty()) {
        let of_answers = document.answers.iter().map(|answer| answer.rows.numbered(&mut numbers));
        let of_answers: Vec<Vec<u8>> = of_answers.collect();
        header.documents.push(CachedDocument {
            at,
            document: document.clone(),
            rows: of_answers.iter().map(Vec::len).collect(),
        });
        rows.extend(of_answers.into_iter().flatten());
    }
    (header.names, header.lists) = numbers.finish(&symbols.written());
    let header = postcard::to_stdvec(&header).expect("texts, numbers, lists and what is made of them");
    let mut content = (header.len() as u64).to_le_bytes().to_vec();
    content.extend_from_slice(&header);
    content.extend_from_slice(&rows);
    content
}

fn documents(header: Header, mut rows: &[u8], symbols: &Symbols) -> Option<CachedDocuments> {
    let names = header.names.iter().map(|name| symbols.intern(name)).collect();
    let terms = RowTerms::of(names, &header.lists, symbols.row_terms())?;
    let mut documents = CachedDocuments::default();
    for CachedDocument { at, mut document, rows: lengths } in header.documents {
        if document.answers.len() != lengths.len() {
            return None;
        }
        for (answer, length) in document.answers.iter_mut().zip(lengths) {
            let (of_answer, rest) = rows.split_at_checked(length)?;
            answer.rows = PackedRows::with_terms(of_answer, &terms).ok()?;
            rows = rest;
        }
        documents.insert(at, document);
    }
    Some(documents)
}
