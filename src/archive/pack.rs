//! A pack: original documents, byte for byte, compressed together.
//!
//! ```text
//! magic | frame … | footer | footer's place, packed and unpacked length, SHA-256 of all that is before | magic
//! ```
//!
//! Dumps of neighboring paths are similar, so up to [`DOCUMENTS`] of them share a zstd frame. The footer is JSON in
//! zstd: which files were stored, and where each document is. The name of a pack is the SHA-256 of all its bytes, and a
//! pack is used only if its name fits. That does not make it harmless: a person who can write to a store can give a
//! pack the right name. So no length is believed before the bytes are there, a frame holds at most [`FRAME`] bytes, and
//! each document has a SHA-256 of its own.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zstd::zstd_safe::CParameter;

use crate::model::Source;
use crate::util::hex;
use crate::util::sanitize::harmless;
use crate::util::turn::Turn;

const MAGIC: &[u8; 8] = b"DRMPACK2";
/// Three numbers, the checksum and the magic.
const TRAILER: usize = 3 * 8 + 32 + 8;
/// At most this many documents are compressed together.
pub const DOCUMENTS: usize = 64;
/// The most unpacked bytes of a frame. A larger document takes several frames.
pub const FRAME: usize = 32 << 20;
/// The most unpacked bytes of the footer. No longer one is written: nothing could read it.
const FOOTER: usize = 256 << 20;
/// A pack is closed when its footer has this many bytes: 500 for each of a hundred thousand documents.
const LISTED: usize = 64 << 20;
/// A pack is closed when its frames have this many bytes: it is read and held as a whole.
const PACK: usize = 64 << 20;
/// On zstd's scale from 1 to 22. An original is written once and kept for years: level 9 takes 0.3 s more for 532 MB of
/// dumps than level 3 (1.0 and 0.7 s of the processor), and a seventeenth less space (6.35 and 6.75 MB).
const LEVEL: i32 = 9;
/// A pack up to this length is held in memory while it is read. A longer pack holds a single large file, and its frames
/// are read one by one: a person who can write to a store can put a file of any length into it.
const HELD: u64 = 128 << 20;
/// The most bytes of a compressed frame or footer: data that cannot be compressed grows by a 256th.
const fn packed_ceiling(unpacked: usize) -> usize {
    unpacked + (unpacked >> 7) + 1024
}
/// The checksum of the trailer covers everything before this and the magic.
const END: u64 = 32 + 8;
/// 16 MiB: the text that a 350 KB dump repeats is in the dumps next to it.
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
    /// The canonical path of the folder that the user typed, or that holds the file that the user typed. Two folders
    /// can be typed alike, from two working folders, and one can be typed in several ways. `None` for a stream, and in
    /// packs of earlier programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Whether the user typed this very path: a file that is not ours is a failure then, not skipped.
    pub named: bool,
    /// Length of the file in bytes: the length of the archive, if the documents are its members.
    pub bytes: u64,
    /// SHA-256 of the file in hex; `None` if only a part of it is left, see `split_from`.
    pub sha256: Option<String>,
    /// When it was stored: milliseconds since 1970, UTC.
    pub ingested_at: i64,
    /// SHA-256 in hex of the file that these documents were split from.
    pub split_from: Option<String>,
    /// Its documents, in order.
    pub documents: Vec<PackedDocument>,
}

impl PackedFile {
    /// The file of the disk that this one was: its canonical path; if that is not known, the path as it was typed.
    pub fn place(&self) -> String {
        let source = self.source();
        self.folder.as_deref().map_or_else(|| source.path.clone(), |folder| source.place_in(folder))
    }

    /// The place where it was read.
    pub fn source(&self) -> Source {
        // A store can come from anyone, and a root may lie outside the path or inside a character.
        let root = if self.path.is_char_boundary(self.root) { self.root } else { 0 };
        Source { path: self.path.clone(), inside: None, root }
    }

    /// What tells this file from another content in the same place.
    pub fn content(&self) -> &str {
        self.sha256.as_deref().or(self.split_from.as_deref()).unwrap_or_default()
    }

    /// Whether only its name and hash are kept.
    pub fn is_foreign(&self) -> bool {
        self.documents.iter().all(|document| document.at.is_none())
    }

    /// Whether its only document is the file itself, and not something that was unpacked from it.
    pub fn is_whole(&self) -> bool {
        matches!(&self.documents[..], [only] if only.inside.is_none() && Some(&only.sha256) == self.sha256.as_ref())
    }
}

/// A problem of a document that is not kept, as text: its kind is the stable code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedProblem {
    /// Where in the document.
    pub place: String,
    /// The stable code of its kind.
    pub kind: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub advice: String,
}

/// One document, and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackedDocument {
    /// The member's name, if the file is an archive.
    pub inside: Option<String>,
    /// SHA-256 of the document in hex.
    pub sha256: String,
    /// Length in bytes.
    pub length: u64,
    /// The place of its bytes; `None` for a document of another program: only its name, hash and problems are kept.
    pub at: Option<At>,
    /// Why it is not kept; empty for a document that is.
    pub foreign: Vec<PackedProblem>,
}

/// Where the bytes of a document begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// The frame in which it begins.
    pub frame: usize,
    /// The position in this frame at which it begins, in unpacked bytes.
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
    /// The approximate bytes of the files and documents in the footer.
    listed: usize,
}

impl Default for PackWriter {
    fn default() -> Self {
        Self { bytes: MAGIC.to_vec(), pending: Vec::new(), documents: 0, footer: Footer::default(), listed: 0 }
    }
}

/// The bytes that an entry takes in the footer.
fn listed_bytes(entry: &impl Serialize) -> usize {
    serde_json::to_vec(entry).map_or(0, |json| json.len() + 1)
}

impl PackWriter {
    /// Begins a file; the documents that follow belong to it.
    pub fn file(&mut self, file: PackedFile) {
        let file = PackedFile { documents: Vec::new(), ..file };
        self.listed += listed_bytes(&file);
        self.footer.files.push(file);
    }

    /// Whether the pack must be closed before `file` with its documents is added.
    pub fn is_full_for(&self, file: &PackedFile) -> bool {
        self.files() > 0 && (self.bytes.len() > PACK || self.listed + listed_bytes(file) > LISTED)
    }

    /// Whether the pack must be closed before the files of `other` are added.
    pub fn is_full_for_all(&self, other: &Self) -> bool {
        self.files() > 0 && self.listed + other.listed > LISTED
    }

    /// Adds a document to the file that was begun last.
    ///
    /// # Errors
    /// What the compressor reports; [`io::ErrorKind::InvalidInput`] if no file was begun.
    pub fn document(&mut self, inside: Option<&str>, document: &[u8]) -> io::Result<()> {
        self.document_of(inside, document, hex(&Sha256::digest(document)))
    }

    /// Does the same for a document with a known SHA-256.
    ///
    /// # Errors
    /// As [`PackWriter::document`].
    pub fn document_of(&mut self, inside: Option<&str>, document: &[u8], sha256: String) -> io::Result<()> {
        self.begin_document(inside, document.len() as u64, sha256)?;
        self.add_part(document)
    }

    /// Begins a document of `length` bytes, which is added part by part.
    ///
    /// # Errors
    /// As [`PackWriter::document`].
    pub fn begin_document(&mut self, inside: Option<&str>, length: u64, sha256: String) -> io::Result<()> {
        let room = (FRAME - self.pending.len()) as u64;
        if self.documents == DOCUMENTS || (self.documents > 0 && length > room) {
            self.end_frame()?;
        }
        let at = Some(At { frame: self.footer.frames.len(), offset: self.pending.len() });
        self.list(PackedDocument { inside: inside.map(str::to_owned), sha256, length, at, foreign: Vec::new() })?;
        self.documents += 1;
        Ok(())
    }

    fn list(&mut self, document: PackedDocument) -> io::Result<()> {
        let file = self.footer.files.last_mut().ok_or(io::ErrorKind::InvalidInput)?;
        self.listed += listed_bytes(&document);
        file.documents.push(document);
        Ok(())
    }

    /// The next part of the document that was begun last.
    ///
    /// # Errors
    /// What the compressor reports.
    pub fn add_part(&mut self, mut part: &[u8]) -> io::Result<()> {
        while self.pending.len() + part.len() > FRAME {
            let (fits, rest) = part.split_at(FRAME - self.pending.len());
            self.pending.extend_from_slice(fits);
            self.next_frame()?;
            part = rest;
        }
        self.pending.extend_from_slice(part);
        Ok(())
    }

    /// Adds the facts about a document that is not kept.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if no file was begun.
    pub fn foreign(&mut self, inside: Option<&str>, document: &[u8], problems: Vec<PackedProblem>) -> io::Result<()> {
        let (length, sha256) = (document.len() as u64, hex(&Sha256::digest(document)));
        let inside = inside.map(str::to_owned);
        self.known(PackedDocument { inside, sha256, length, at: None, foreign: problems })
    }

    /// Adds a document that is not kept, with the facts from another pack.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if no file was begun.
    pub fn known(&mut self, document: PackedDocument) -> io::Result<()> {
        self.list(PackedDocument { at: None, ..document })
    }

    /// Adds the files of `other` after those of this one.
    ///
    /// # Errors
    /// What the compressor reports.
    pub fn append(&mut self, mut other: Self) -> io::Result<()> {
        self.end_frame()?;
        other.end_frame()?;
        let (bytes, frames) = (self.bytes.len() - MAGIC.len(), self.footer.frames.len());
        self.bytes.extend_from_slice(&other.bytes[MAGIC.len()..]);
        self.footer.frames.extend(other.footer.frames.into_iter().map(|frame| Frame { at: frame.at + bytes, ..frame }));
        let documents = other.footer.files.iter_mut().flat_map(|file| &mut file.documents);
        documents.filter_map(|document| document.at.as_mut()).for_each(|at| at.frame += frames);
        self.footer.files.extend(other.footer.files);
        self.listed += other.listed;
        Ok(())
    }

    /// How many files were begun.
    pub fn files(&self) -> usize {
        self.footer.files.len()
    }

    fn end_frame(&mut self) -> io::Result<()> {
        if self.documents > 0 || !self.pending.is_empty() { self.next_frame() } else { Ok(()) }
    }

    fn next_frame(&mut self) -> io::Result<()> {
        let packed = compressed(&self.pending)?;
        self.footer.frames.push(Frame { at: self.bytes.len(), packed: packed.len(), unpacked: self.pending.len() });
        self.bytes.extend(packed);
        self.pending.clear();
        self.documents = 0;
        Ok(())
    }

    /// The SHA-256 in hex that is the name of the pack, and its bytes.
    ///
    /// # Errors
    /// What the compressor reports; [`io::ErrorKind::InvalidData`] if its list is longer than can be read.
    pub fn finish(mut self) -> io::Result<(String, Vec<u8>)> {
        self.end_frame()?;
        let footer = serde_json::to_vec(&self.footer)?;
        if footer.len() > FOOTER {
            let what = format!("the list of what is in them has more than {FOOTER} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
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

/// Exactly `length` bytes. Before the bytes are there, no more memory is reserved than a frame may take.
fn unpacked(bytes: &[u8], length: usize, ceiling: usize) -> Result<Vec<u8>, PackError> {
    let mut raw = Vec::new();
    unpack_into(&mut raw, bytes, length, ceiling)?;
    Ok(raw)
}

/// Does the same with a buffer that is used again: new memory of 32 MB for each frame took a third of the time to read
/// a pack.
fn unpack_into(raw: &mut Vec<u8>, bytes: &[u8], length: usize, ceiling: usize) -> Result<(), PackError> {
    let damaged = |_| PackError::Damaged("a frame does not unpack");
    if length > ceiling {
        return Err(PackError::Damaged("a frame claims more than its ceiling"));
    }
    raw.clear();
    raw.reserve(length.min(FRAME) + 1);
    let mut stream = zstd::Decoder::with_buffer(bytes).map_err(damaged)?;
    stream.window_log_max(WINDOW_LOG).map_err(damaged)?;
    stream.take(length as u64 + 1).read_to_end(raw).map_err(damaged)?;
    if raw.len() == length { Ok(()) } else { Err(PackError::Damaged("a frame has another length than it claims")) }
}

/// A function of the numbers of a file and of a document in it, and the document.
pub type EachNumbered<'e> = dyn FnMut(usize, usize, &DocumentParts) -> Result<(), PackError> + 'e;

/// A function of a document and its file.
pub type EachDocument<'e> = dyn FnMut(&PackedFile, &PackedDocument, &DocumentParts) -> Result<(), PackError> + 'e;

/// The bytes of a pack.
#[derive(Debug)]
enum PackBytes {
    /// In memory.
    Held(Vec<u8>),
    /// In a file of this length.
    In(Mutex<File>, u64),
}

impl PackBytes {
    fn len(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::In(_, length) => *length,
        }
    }

    /// A part of the bytes; `None` if it lies outside.
    fn part(&self, at: usize, length: usize) -> io::Result<Option<Cow<'_, [u8]>>> {
        let Some(end) = at.checked_add(length).filter(|end| *end as u64 <= self.len()) else { return Ok(None) };
        match self {
            Self::Held(bytes) => Ok(bytes.get(at..end).map(Cow::Borrowed)),
            Self::In(file, _) => {
                let mut part = vec![0; length];
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(at as u64))?;
                file.read_exact(&mut part)?;
                Ok(Some(part.into()))
            }
        }
    }

    fn digest(&self, digest: &mut Sha256, range: Range<u64>) -> io::Result<()> {
        const STEP: u64 = 1 << 20;
        let mut at = range.start;
        while at < range.end {
            let length = STEP.min(range.end - at);
            let part = self.part(at as usize, length as usize)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            digest.update(&part);
            at += length;
        }
        Ok(())
    }

    /// SHA-256 of everything but the end of the trailer, and of everything.
    fn checksums(&self) -> io::Result<([u8; 32], [u8; 32])> {
        let mut digest = Sha256::new();
        let body = self.len().saturating_sub(END);
        self.digest(&mut digest, 0..body)?;
        let of_body = digest.clone().finalize().into();
        self.digest(&mut digest, body..self.len())?;
        Ok((of_body, digest.finalize().into()))
    }
}

/// A pack that was read, with a name that fits its content.
#[derive(Debug)]
pub struct Pack {
    name: String,
    bytes: PackBytes,
    footer: Footer,
}

impl Pack {
    /// Checks `bytes` against `name`, the SHA-256 in hex, and reads the footer.
    ///
    /// # Errors
    /// [`PackError`]: the content does not fit the name, or it is not a pack.
    pub fn new(name: &str, bytes: Vec<u8>) -> Result<Self, PackError> {
        Self::of(name, PackBytes::Held(bytes))
    }

    /// Does the same for a file of `length` bytes, which is held in memory only if it is not too long.
    ///
    /// # Errors
    /// As [`Pack::new`]; what the system reports.
    pub fn open(name: &str, file: File, length: u64) -> Result<Self, PackError> {
        if length > HELD {
            return Self::of(name, PackBytes::In(Mutex::new(file), length));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
        file.take(length + 1).read_to_end(&mut bytes)?;
        Self::new(name, bytes)
    }

    fn of(name: &str, bytes: PackBytes) -> Result<Self, PackError> {
        // This check is fast, and a file of terabytes without content ends here.
        let last = bytes.len().saturating_sub(MAGIC.len() as u64);
        let is_magic =
            |at: u64| Ok::<_, io::Error>(bytes.part(at as usize, MAGIC.len())?.is_some_and(|magic| *magic == *MAGIC));
        let is_pack = is_magic(0)? && is_magic(last)?;
        if bytes.len() > HELD && !is_pack {
            return Err(PackError::Damaged("it is not a pack"));
        }
        let (of_body, found) = bytes.checksums()?;
        let found = hex(&found);
        if found != name {
            return Err(PackError::Name { named: name.to_owned(), found });
        }
        if !is_pack {
            return Err(PackError::Damaged("it is not a pack"));
        }
        let footer = footer(&bytes, of_body)?;
        Ok(Self { name: found, bytes, footer })
    }

    /// Its name: the SHA-256 of its bytes, in hex.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The files in it, in the order in which they were given.
    pub fn files(&self) -> &[PackedFile] {
        &self.footer.files
    }

    /// The documents with bytes that are kept, as numbers of files and of documents in them; those that begin in one
    /// frame are together, so that each group costs one frame.
    pub fn groups(&self) -> Vec<Vec<(usize, usize)>> {
        let mut groups: Vec<(usize, Vec<(usize, usize)>)> = Vec::new();
        for (f, file) in self.files().iter().enumerate() {
            for (d, at) in file.documents.iter().enumerate().filter_map(|(d, document)| Some((d, document.at?))) {
                match groups.last_mut() {
                    Some((frame, group)) if *frame == at.frame => group.push((f, d)),
                    _ => groups.push((at.frame, vec![(f, d)])),
                }
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// Hands every document of `group` that `wants` accepts to `each`, in order. One frame is in memory at a time:
    /// `buffer` holds it, and should be passed again.
    ///
    /// # Errors
    /// [`PackError`] of the first frame or document that is not as the footer lists it.
    pub fn each_of(
        &self,
        group: &[(usize, usize)],
        wants: &dyn Fn(usize, usize) -> bool,
        buffer: &mut Vec<u8>,
        each: &mut EachNumbered,
    ) -> Result<(), PackError> {
        let mut open = usize::MAX;
        for &(f, d) in group {
            let document = &self.files()[f].documents[d];
            let Some(at) = document.at.filter(|_| wants(f, d)) else { continue };
            if open != at.frame {
                self.frame_into(buffer, at.frame)?;
                open = at.frame;
            }
            let first = buffer.get(at.offset..).ok_or(PackError::Damaged(OUTSIDE))?;
            each(f, d, &DocumentParts { pack: self, document, frame: at.frame, first })?;
        }
        Ok(())
    }

    /// Hands every document to `each`, in order, checked against its SHA-256.
    ///
    /// # Errors
    /// [`PackError`] of the first frame or document that is not as the footer lists it; what `each` reports.
    pub fn checked(&self, each: &mut EachDocument) -> Result<(), PackError> {
        let mut buffer = Vec::new();
        for group in self.groups() {
            self.each_of(&group, &|_, _| true, &mut buffer, &mut |f, d, document| {
                let file = &self.files()[f];
                if document.sha256()? != file.documents[d].sha256 {
                    return Err(PackError::Damaged("a document has another SHA-256 than the footer says"));
                }
                each(file, &file.documents[d], document)
            })?;
        }
        Ok(())
    }

    fn frame_into(&self, buffer: &mut Vec<u8>, number: usize) -> Result<(), PackError> {
        let frame = self.footer.frames.get(number).ok_or(PackError::Damaged("a document lies in no frame"))?;
        let bytes = self.bytes.part(frame.at, frame.packed)?.ok_or(PackError::Damaged("a frame lies outside"))?;
        unpack_into(buffer, &bytes, frame.unpacked, FRAME)
    }
}

const OUTSIDE: &str = "a document lies outside its frames";

/// A document of a pack. It may take many frames, and a footer of a few bytes can claim any length: 300 KB of frames
/// that hold nothing but zeros are 9.6 GB. So no more than a frame of it is in memory, unless the caller asks for the
/// [whole](DocumentParts::whole).
#[derive(Debug)]
pub struct DocumentParts<'p> {
    pack: &'p Pack,
    document: &'p PackedDocument,
    frame: usize,
    /// The frame in which it begins, from its first byte on.
    first: &'p [u8],
}

impl DocumentParts<'_> {
    /// Hands the bytes to `take`, part by part.
    ///
    /// # Errors
    /// [`PackError`] of a frame that is not as the footer lists it; what `take` reports.
    pub fn each(&self, take: &mut dyn FnMut(&[u8]) -> Result<(), PackError>) -> Result<(), PackError> {
        let mut left = self.document.length;
        let mut pass = |frame: &[u8]| {
            let part = &frame[..usize::try_from(left).unwrap_or(usize::MAX).min(frame.len())];
            left -= part.len() as u64;
            take(part).map(|()| left)
        };
        let mut buffer = Vec::new();
        let mut number = self.frame;
        let mut more = pass(self.first)?;
        while more > 0 {
            number += 1;
            self.pack.frame_into(&mut buffer, number)?;
            if buffer.is_empty() {
                return Err(PackError::Damaged(OUTSIDE));
            }
            more = pass(&buffer)?;
        }
        Ok(())
    }

    /// All bytes. The caller must keep `turn` as long as it keeps them.
    ///
    /// # Errors
    /// [`PackError`] of a frame that is not as the footer lists it.
    pub fn whole(&self, turn: &mut Turn) -> Result<Cow<'_, [u8]>, PackError> {
        let length = usize::try_from(self.document.length).map_err(|_| PackError::Damaged("a document is too long"))?;
        if let Some(whole) = self.first.get(..length) {
            return Ok(whole.into());
        }
        turn.take_for(self.document.length);
        let mut bytes = Vec::new();
        self.each(&mut |part| {
            bytes.extend_from_slice(part);
            Ok(())
        })?;
        Ok(bytes.into())
    }

    /// SHA-256 in hex.
    ///
    /// # Errors
    /// As [`DocumentParts::each`].
    pub fn sha256(&self) -> Result<String, PackError> {
        let mut digest = Sha256::new();
        self.each(&mut |part| {
            digest.update(part);
            Ok(())
        })?;
        Ok(hex(&digest.finalize()))
    }
}

fn footer(bytes: &PackBytes, checksum: [u8; 32]) -> Result<Footer, PackError> {
    let cut = || PackError::Damaged("it is cut");
    let body = usize::try_from(bytes.len()).ok().and_then(|length| length.checked_sub(TRAILER)).ok_or_else(cut)?;
    let trailer = bytes.part(body, TRAILER)?.ok_or_else(cut)?;
    if !trailer.ends_with(MAGIC) {
        return Err(PackError::Damaged("it is not a pack"));
    }
    if checksum != trailer[24..56] {
        return Err(PackError::Damaged("its checksum does not fit"));
    }
    let number = |i: usize| {
        let bytes = trailer[8 * i..8 * i + 8].try_into().expect("eight bytes");
        usize::try_from(u64::from_le_bytes(bytes)).unwrap_or(usize::MAX)
    };
    let (at, packed, length) = (number(0), number(1), number(2));
    let elsewhere = || PackError::Damaged("its footer lies elsewhere");
    if at.checked_add(packed) != Some(body) || packed > packed_ceiling(FOOTER) {
        return Err(elsewhere());
    }
    let packed = bytes.part(at, packed)?.ok_or_else(elsewhere)?;
    let mut turn = Turn::default();
    turn.take_for(length as u64);
    let json = unpacked(&packed, length, FOOTER)?;
    let footer = serde_json::from_slice(&json).map_err(|_| PackError::Damaged("its footer is unreadable"))?;
    if fits(&footer, at) { Ok(footer) } else { Err(PackError::Damaged("its footer does not fit its frames")) }
}

/// Whether the frames follow one another up to `end`, and the documents too: otherwise a small pack could name the same
/// bytes often.
fn fits(footer: &Footer, end: usize) -> bool {
    let mut at = Some(MAGIC.len());
    let frames_follow = footer.frames.iter().all(|frame| {
        let follows = at == Some(frame.at) && frame.unpacked <= FRAME && frame.packed <= packed_ceiling(FRAME);
        at = frame.at.checked_add(frame.packed);
        follows
    });
    let is_text = |text: &str| harmless(text) == text;
    let names_are_text = footer.files.iter().all(|file| {
        is_text(&file.path) && file.documents.iter().filter_map(|document| document.inside.as_deref()).all(is_text)
    });
    let documents = || footer.files.iter().flat_map(|file| &file.documents).filter(|document| document.at.is_some());
    let unpacked = footer.frames.iter().try_fold(0u64, |sum, frame| sum.checked_add(frame.unpacked as u64));
    let named = documents().try_fold(0u64, |sum, document| sum.checked_add(document.length));
    frames_follow
        && names_are_text
        && at == Some(end)
        && documents().is_sorted_by_key(|document| document.at.map(|at| at.frame))
        && named.is_some()
        && named == unpacked
}

#[cfg(test)]
mod tests;
