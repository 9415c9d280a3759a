//! A pack: original documents, byte for byte, compressed together.
//!
//! ```text
//! magic | frame … | footer | footer's place, packed and unpacked length, SHA-256 of all that is before | magic
//! ```
//!
//! Dumps of neighbouring paths resemble one another, so up to [`DOCUMENTS`] of them share a zstd frame. The footer is JSON in zstd:
//! which files were stored, and where each document lies. A pack is named by the SHA-256 of all its bytes, and is believed only if its
//! name fits. That does not make it harmless: somebody who can write to a store can name a pack rightly. So no length is believed
//! before the bytes are there, a frame holds at most [`FRAME`] bytes, and each document has a SHA-256 of its own.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zstd::zstd_safe::CParameter;

use crate::util::hex;

const MAGIC: &[u8; 8] = b"DRMPACK2";
/// Three numbers, the checksum and the magic.
const TRAILER: usize = 3 * 8 + 32 + 8;
/// Documents that are compressed together at most.
pub const DOCUMENTS: usize = 64;
/// Unpacked bytes of a frame at most. A larger document takes several frames.
pub const FRAME: usize = 32 << 20;
/// Unpacked bytes of the footer at most: 500 bytes for each of half a million documents.
const FOOTER: usize = 256 << 20;
const LEVEL: i32 = 3;
/// 16 MiB: the repeats of a 350 KB dump lie in the dumps beside it.
const WINDOW_LOG: u32 = 24;

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The name is the SHA-256 of other bytes.
    #[error("it is named {named} and its content has the SHA-256 {found}")]
    Name {
        /// The SHA-256 that the name promises.
        named: String,
        /// The SHA-256 of the bytes.
        found: String,
    },
    /// The bytes are not a pack as this program writes it.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// Reading or compressing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// One file as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedFile {
    /// Its path as the user typed it.
    pub path: String,
    /// How many leading bytes of `path` are the folder that the user typed.
    pub root: usize,
    /// Length of the file in bytes: of the archive, where the documents are its members.
    pub bytes: u64,
    /// SHA-256 of the file in hex; none if it could not be read whole.
    pub sha256: Option<String>,
    /// When it was stored: seconds since 1970, UTC.
    pub ingested_at: i64,
    /// Members that hold no document.
    pub skipped: usize,
    /// Members that could not be read.
    pub failed: usize,
    /// What went wrong when it was opened.
    pub problems: Vec<PackedProblem>,
    /// SHA-256 of the file that this one was split from, in hex.
    pub split_from: Option<String>,
    /// Its documents, in order. None for a foreign file: its name, hash and problems are all that is kept.
    pub documents: Vec<PackedDocument>,
}

/// A problem of opening a file, as text: its kind is the stable code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedProblem {
    /// The file, or `archive!member`.
    pub source: String,
    /// Where in it.
    pub place: String,
    /// The stable code of its kind.
    pub kind: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub advice: String,
}

/// Where one document lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedDocument {
    /// The member's name, where the file is an archive.
    pub inside: Option<String>,
    /// SHA-256 of the document in hex.
    pub sha256: String,
    /// Length in bytes.
    pub length: u64,
    /// The frame in which it begins.
    pub frame: usize,
    /// Where in this frame it begins, in unpacked bytes.
    pub offset: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame {
    at: usize,
    packed: usize,
    unpacked: usize,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Footer {
    frames: Vec<Frame>,
    files: Vec<PackedFile>,
}

/// Makes a pack. Files are given in the order of their paths.
#[derive(Debug)]
pub struct PackWriter {
    bytes: Vec<u8>,
    pending: Vec<u8>,
    documents: usize,
    footer: Footer,
}

impl Default for PackWriter {
    fn default() -> Self {
        Self { bytes: MAGIC.to_vec(), pending: Vec::new(), documents: 0, footer: Footer::default() }
    }
}

impl PackWriter {
    /// Begins a file; the documents that follow are its own.
    pub fn file(&mut self, file: PackedFile) {
        self.footer.files.push(PackedFile { documents: Vec::new(), ..file });
    }

    /// Adds a document to the file that was begun last.
    ///
    /// # Errors
    /// What the compressor reports; [`io::ErrorKind::InvalidInput`] if no file was begun.
    pub fn document(&mut self, inside: Option<&str>, document: &[u8]) -> io::Result<()> {
        if self.documents == DOCUMENTS || (self.documents > 0 && self.pending.len() + document.len() > FRAME) {
            self.end_frame()?;
        }
        let file = self.footer.files.last_mut().ok_or(io::ErrorKind::InvalidInput)?;
        file.documents.push(PackedDocument {
            inside: inside.map(str::to_owned),
            sha256: hex(&Sha256::digest(document)),
            length: document.len() as u64,
            frame: self.footer.frames.len(),
            offset: self.pending.len(),
        });
        self.documents += 1;
        for part in document.chunks(FRAME) {
            if self.pending.len() + part.len() > FRAME {
                self.end_frame()?;
            }
            self.pending.extend_from_slice(part);
        }
        Ok(())
    }

    fn end_frame(&mut self) -> io::Result<()> {
        let packed = compressed(&self.pending)?;
        self.footer.frames.push(Frame { at: self.bytes.len(), packed: packed.len(), unpacked: self.pending.len() });
        self.bytes.extend(packed);
        self.pending.clear();
        self.documents = 0;
        Ok(())
    }

    /// The SHA-256 in hex by which the pack is to be named, and its bytes.
    ///
    /// # Errors
    /// What the compressor reports.
    pub fn finish(mut self) -> io::Result<(String, Vec<u8>)> {
        self.end_frame()?;
        let footer = serde_json::to_vec(&self.footer)?;
        let packed = compressed(&footer)?;
        let numbers = [self.bytes.len(), packed.len(), footer.len()];
        self.bytes.extend(packed);
        self.bytes.extend(numbers.iter().flat_map(|number| (*number as u64).to_le_bytes()));
        self.bytes.extend(Sha256::digest(&self.bytes));
        self.bytes.extend(MAGIC);
        Ok((hex(&Sha256::digest(&self.bytes)), self.bytes))
    }
}

fn compressed(raw: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
    compressor.set_parameter(CParameter::WindowLog(WINDOW_LOG))?;
    compressor.compress(raw)
}

/// Exactly `length` bytes. Memory grows with what is there, never with what is claimed.
fn unpacked(bytes: &[u8], length: usize, ceiling: usize) -> Result<Vec<u8>, PackError> {
    let damaged = |_| PackError::Damaged("a frame does not unpack");
    if length > ceiling {
        return Err(PackError::Damaged("a frame claims more than its ceiling"));
    }
    let mut raw = Vec::new();
    let mut stream = zstd::Decoder::with_buffer(bytes).map_err(damaged)?;
    stream.window_log_max(WINDOW_LOG).map_err(damaged)?;
    stream.take(length as u64 + 1).read_to_end(&mut raw).map_err(damaged)?;
    if raw.len() == length { Ok(raw) } else { Err(PackError::Damaged("a frame has another length than it claims")) }
}

/// A pack that was read, with a name that fits its content.
#[derive(Debug)]
pub struct Pack {
    bytes: Vec<u8>,
    footer: Footer,
}

impl Pack {
    /// Checks `bytes` against `name`, the SHA-256 in hex, and reads the footer.
    ///
    /// # Errors
    /// [`PackError`]: another content than the name says, or no pack.
    pub fn new(name: &str, bytes: Vec<u8>) -> Result<Self, PackError> {
        let found = hex(&Sha256::digest(&bytes));
        if found != name {
            return Err(PackError::Name { named: name.to_owned(), found });
        }
        let footer = footer(&bytes)?;
        Ok(Self { bytes, footer })
    }

    /// The files in it, in the order in which they were given.
    pub fn files(&self) -> &[PackedFile] {
        &self.footer.files
    }

    /// Hands every document to `each`, with its file, in order; none may have more than `ceiling` bytes. One frame is in memory at a time, or one document if it is larger.
    ///
    /// # Errors
    /// [`PackError`] of the first frame or document that is not as the footer says; what was handed over before is whole.
    pub fn documents(
        &self,
        ceiling: u64,
        each: &mut dyn FnMut(&PackedFile, &PackedDocument, &[u8]),
    ) -> Result<(), PackError> {
        let mut open = (usize::MAX, Vec::new());
        for file in self.files() {
            for document in &file.documents {
                if document.length > ceiling {
                    return Err(PackError::Damaged("a document is longer than the ceiling"));
                }
                if open.0 != document.frame {
                    open = (document.frame, self.frame(document.frame)?);
                }
                let bytes = self.document(document, &open.1)?;
                if hex(&Sha256::digest(&bytes)) != document.sha256 {
                    return Err(PackError::Damaged("a document has another SHA-256 than the footer says"));
                }
                each(file, document, &bytes);
            }
        }
        Ok(())
    }

    fn frame(&self, number: usize) -> Result<Vec<u8>, PackError> {
        let frame = self.footer.frames.get(number).ok_or(PackError::Damaged("a document lies in no frame"))?;
        let end = frame.at.checked_add(frame.packed);
        let bytes = end.and_then(|end| self.bytes.get(frame.at..end));
        unpacked(bytes.ok_or(PackError::Damaged("a frame lies outside"))?, frame.unpacked, FRAME)
    }

    fn document<'f>(
        &self,
        document: &PackedDocument,
        first: &'f [u8],
    ) -> Result<std::borrow::Cow<'f, [u8]>, PackError> {
        let outside = PackError::Damaged("a document lies outside its frames");
        let length = usize::try_from(document.length).map_err(|_| PackError::Damaged("a document is too long"))?;
        let Some(rest) = first.get(document.offset..) else { return Err(outside) };
        if let Some(whole) = rest.get(..length) {
            return Ok(whole.into());
        }
        let mut bytes = rest.to_vec();
        let mut number = document.frame;
        while bytes.len() < length {
            number += 1;
            let next = self.frame(number)?;
            if next.is_empty() {
                return Err(outside);
            }
            bytes.extend_from_slice(&next[..next.len().min(length - bytes.len())]);
        }
        Ok(bytes.into())
    }
}

fn footer(bytes: &[u8]) -> Result<Footer, PackError> {
    let (body, trailer) = bytes.split_last_chunk::<TRAILER>().ok_or(PackError::Damaged("it is cut"))?;
    if !trailer.ends_with(MAGIC) || !body.starts_with(MAGIC) {
        return Err(PackError::Damaged("it is not a pack"));
    }
    if Sha256::digest(&bytes[..bytes.len() - 40])[..] != trailer[24..56] {
        return Err(PackError::Damaged("its checksum does not fit"));
    }
    let number = |i: usize| {
        let bytes = trailer[8 * i..8 * i + 8].try_into().expect("eight bytes");
        usize::try_from(u64::from_le_bytes(bytes)).unwrap_or(usize::MAX)
    };
    let packed = body.get(number(0)..).filter(|packed| packed.len() == number(1));
    let json = unpacked(packed.ok_or(PackError::Damaged("its footer lies elsewhere"))?, number(2), FOOTER)?;
    let footer = serde_json::from_slice(&json).map_err(|_| PackError::Damaged("its footer is unreadable"))?;
    if fits(&footer, number(0)) { Ok(footer) } else { Err(PackError::Damaged("its footer does not fit its frames")) }
}

/// Whether the frames follow one another up to `end`, and the documents too: so that a small pack cannot name the same bytes often.
fn fits(footer: &Footer, end: usize) -> bool {
    let mut at = Some(MAGIC.len());
    let frames_follow = footer.frames.iter().all(|frame| {
        let follows = at == Some(frame.at) && frame.unpacked <= FRAME;
        at = frame.at.checked_add(frame.packed);
        follows
    });
    let documents = || footer.files.iter().flat_map(|file| &file.documents);
    let unpacked: u64 = footer.frames.iter().map(|frame| frame.unpacked as u64).sum();
    let named = documents().try_fold(0u64, |sum, document| sum.checked_add(document.length));
    frames_follow
        && at == Some(end)
        && documents().is_sorted_by_key(|document| document.frame)
        && named == Some(unpacked)
}

#[cfg(test)]
mod tests;
