//! From stored bytes to the text of documents: gzip, zip, tar, encodings.
//!
//! The input is one file. The output is the bytes of every document in it, decompressed, in an order that does not
//! depend on how an archive was packed; then, through [`text()`], their text. This is a module of its own because
//! hostile bytes arrive here: nothing here believes a length that a header claims, every ceiling is a [`Limits`] field,
//! and nothing half-read is handed on.

mod format;
mod stored_bytes;
mod tar_members;
mod text;
mod unpack;
mod zip_members;

use std::fs::File;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

use super::Limits;
use crate::discover::{Found, STDIN};
use crate::model::Source;
use crate::problem::{Kind, Problem};
use crate::util::turn::{LARGE, Turn, without_turn};
use crate::util::{hash, hex, owned};

pub use stored_bytes::StoredBytes;
pub use text::{Text, TextError, text};
pub(super) use unpack::MOST_TIMES;
use unpack::Unpacker;

/// What became of one stored file. Every document in it is counted once: handed over, skipped, or failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// Length of the stored bytes, as far as they were read.
    pub bytes: u64,
    /// SHA-256 of the stored bytes, in hex; `None` unless it was asked for and the whole file could be read.
    pub sha256: Option<String>,
    /// Documents handed over: 1 for a plain file, one for each member of an archive.
    pub documents: usize,
    /// Members that hold no document (links, devices), each with a problem.
    pub skipped: usize,
    /// Documents that could not be read, each with a problem (one problem for all those beyond `--max-members`).
    pub failed: usize,
    /// The file, or the members, that failed by themselves.
    pub lost: Vec<Source>,
    /// What went wrong, in the order of the members.
    pub problems: Vec<Problem>,
}

/// Opens `found` and hands every document in it to `each`, with its place and its decompressed bytes.
///
/// An archive is recognized by its content, not by its name. Archives inside archives are opened down to
/// `limits.archive_depth`. The members come sorted by name, with [`Source::inside`] set (`outer.zip!inner.json` where
/// nested). Nothing of a member that is damaged or too large is handed over; the whole members next to it are.
/// `scratch` holds the stored bytes until it is [released](StoredBytes::release) or the next file is opened with it. A
/// large file waits until no other thread holds one: see [`Turn`].
pub fn open(
    found: &Found,
    limits: &Limits,
    hash: bool,
    scratch: &mut StoredBytes,
    each: &mut dyn FnMut(&Source, &[u8]),
) -> Opened {
    let mut opened = Opened::default();
    let read = scratch.read(found, limits.document_bytes);
    opened.bytes = scratch.bytes().len() as u64;
    if let Err(failure) = read {
        opened.failed = 1;
        opened.lost.push(found.source.clone());
        opened.problems.push(failure.problem(&found.source));
        return opened;
    }
    if hash {
        opened.sha256 = Some(sha256(scratch.bytes()));
    }
    scratch.unpack(&found.source, limits, opened, each)
}

/// Does the same for bytes that are already in memory: `stored` are the bytes at `source`, and `turn` is the turn of
/// the thread that holds them. The result is added to `opened`.
pub fn unpack(
    source: &Source,
    stored: &[u8],
    limits: &Limits,
    opened: Opened,
    turn: &mut Turn,
    each: &mut dyn FnMut(&Source, &[u8]),
) -> Opened {
    let mut unpacker = Unpacker::new(source, stored.len(), limits, each, opened, turn);
    unpacker.open(None, stored, 0);
    unpacker.finish()
}

/// Why bytes could not be read.
#[derive(Debug)]
enum Failure {
    /// The operating system refused.
    Refused(io::Error),
    /// A compressed stream or an archive is damaged: what is wrong with it.
    Damaged(String),
    /// It has a form that this program does not read: which one.
    Unsupported(String),
    /// Longer than so many bytes, which `--max-bytes` raises.
    TooLarge(u64),
    /// It begins with nothing but blanks and zeros, for longer than any small document is.
    Hollow,
    /// Together with it, the file that holds it unpacks to more than so many bytes.
    Bomb(u64),
}

impl Failure {
    fn problem(self, source: &Source) -> Problem {
        match self {
            Self::Refused(reason) => Problem::new(Kind::Unreadable, source, format!("cannot be read: {reason}")),
            Self::Damaged(what) => {
                let what = format!("the packed data is damaged: {what}");
                Problem::new(Kind::DamagedArchive, source, what).advise("Copy it again, or save it again.")
            }
            Self::Unsupported(what) => Problem::new(Kind::WrongFormat, source, what).advise("Unpack it first."),
            Self::TooLarge(ceiling) => {
                let what = format!("is longer than {ceiling} bytes");
                Problem::new(Kind::TooLarge, source, what).advise("Raise the ceiling with --max-bytes.")
            }
            Self::Hollow => {
                let what = format!("begins with {LARGE} bytes of blanks or zeros, and was not read further");
                Problem::new(Kind::TooLarge, source, what).advise("Copy or save it again.")
            }
            Self::Bomb(ceiling) => {
                let what = format!("unpacks to more than {ceiling} bytes, which is far more than its length explains");
                Problem::new(Kind::TooLarge, source, what)
                    .advise("If you know that it is honest, raise the ceiling with --max-bytes.")
            }
        }
    }
}

/// The problem of a document that is longer than `limits` allow.
pub fn too_large(source: &Source, limits: &Limits) -> Problem {
    Failure::TooLarge(limits.document_bytes).problem(source)
}

/// Reads the whole of a file, or of standard input, into `into`.
fn read_stored(found: &Found, limit: u64, into: &mut Vec<u8>, turn: &mut Turn) -> Result<(), Failure> {
    into.clear();
    if found.path.as_os_str() == STDIN {
        return read_bounded(io::stdin().lock(), limit, into, turn, Failure::Refused);
    }
    // The user may name a pipe, as the shell's `<(…)` does. The walk found a regular file; if a FIFO or a link has
    // taken its place since, it is refused: opening a FIFO would wait forever.
    let opened = if found.named { File::open(&found.path) } else { owned::open(&found.path) };
    let file = opened.map_err(Failure::Refused)?;
    // One allocation instead of many; a wrong length costs at most what a small document takes.
    let length = file.metadata().map_err(Failure::Refused)?.len();
    if length > limit {
        return Err(Failure::TooLarge(limit));
    }
    turn.take_for(length);
    into.reserve(usize::try_from(length.min(without_turn())).unwrap_or(0) + 1);
    read_bounded(file, limit, into, turn, Failure::Refused)
}

/// Reads to the end, but never more than `limit` bytes; a large file is read only in its turn. `refused` gives the
/// meaning of an error of the reader.
fn read_bounded(
    mut reader: impl Read,
    limit: u64,
    into: &mut Vec<u8>,
    turn: &mut Turn,
    refused: impl Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let before = into.len() as u64;
    let ceiling = limit.saturating_add(1);
    let end = before.saturating_add(ceiling);
    // Reads until there are `length` bytes; whether there may be more.
    let mut fill = |into: &mut Vec<u8>, length: u64| {
        let missing = length.min(end).saturating_sub(into.len() as u64);
        let read = reader.by_ref().take(missing).read_to_end(into).map_err(&refused)? as u64;
        Ok(read == missing && (into.len() as u64) < end)
    };
    if fill(into, without_turn())? {
        turn.take_for(end);
        if fill(into, LARGE)? && into.iter().all(|byte| matches!(byte, b'\0' | b' ' | b'\t' | b'\r' | b'\n')) {
            return Err(Failure::Hollow);
        }
        fill(into, u64::MAX)?;
    }
    if into.len() as u64 - before > limit { Err(Failure::TooLarge(limit)) } else { Ok(()) }
}

/// SHA-256 of a regular file, in hex, without holding it. A pipe is refused: what is read from it once cannot be read again.
///
/// # Errors
/// What the system reports.
pub fn hash_of(found: &Found) -> io::Result<String> {
    let path = if found.named { found.path.canonicalize()? } else { found.path.clone() };
    hash::sha256(owned::open(&path)?).map(|(_, sha256)| sha256)
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;
