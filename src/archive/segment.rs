//! One file of a store's `answers/`: what one ingest added, in blocks that are read in parallel.
//!
//! Written once and never changed, under a name made of its content. A file that takes the place of others (after `compact`
//! and `forget`) names them, so that it counts from the moment it is there and they no longer do, whenever they are removed.

use std::io;
use std::path::Path;
use std::sync::Arc;

use flate2::Crc;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::block::{self, Block};
use super::stored_file::StoredFile;
use super::{SCHEMA_VERSION, StoreError, hex, place};
use crate::model::codec::{Damaged, Reader, Writer};
use crate::model::{SpillFile, Symbols};
use crate::util::zstd_framed::{compressed, decompressed};

/// The first bytes of every such file; the version follows.
const MAGIC: &[u8; 8] = b"dormant\n";

/// The ending of every such file.
const ENDING: &str = ".answers";

/// A block is closed after this many service rows and recorded actions: some milliseconds of work.
const BLOCK_ROWS: usize = 40_000;

/// The same for what is not a row.
const BLOCK_FILES: usize = 2000;

/// A file of answers, its bytes read and its frame checked.
#[derive(Debug)]
pub struct Segment {
    /// Its file name.
    pub name: String,
    /// The names of those whose place it takes.
    pub replaces: Vec<String>,
    bytes: Vec<u8>,
    blocks: Vec<Place>,
}

/// Where a block's two runs of bytes lie.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    heads: usize,
    rows: usize,
    raw_heads: usize,
    raw_rows: usize,
    crc: u32,
}

/// Writes `files`, whose rows wait in `room`, into `folder`, unless a file of just that content is there; gives its name. `temporary` is a folder of the same
/// file system.
///
/// # Errors
/// What the system reports.
pub fn write(
    folder: &Path,
    temporary: &Path,
    files: &[StoredFile],
    replaces: &[String],
    symbols: &Symbols,
    room: &SpillFile,
) -> Result<String, StoreError> {
    let bytes = encode(files, replaces, symbols).map_err(StoreError::io("compress the answers for", folder))?;
    // Rows that could not be fetched count as none, and would be none from now on.
    room.check().map_err(|failure| StoreError::NoRoom(failure.to_string()))?;
    let name = format!("{}{ENDING}", &hex(&Sha256::digest(&bytes))[..24]);
    let path = folder.join(&name);
    place::write_whole(&path, temporary, |out| out.write_all(&bytes))?;
    Ok(name)
}

fn encode(files: &[StoredFile], replaces: &[String], symbols: &Symbols) -> io::Result<Vec<u8>> {
    let texts: Vec<Arc<str>> = symbols.texts();
    let pack = |files: Vec<&StoredFile>| -> io::Result<(Block, Block)> {
        let raw = block::encode(&files, &texts);
        let packed = Block { heads: compressed(&raw.heads)?, rows: compressed(&raw.rows)? };
        Ok((raw, packed))
    };
    let blocks: Vec<(Block, Block)> = cut(files).into_par_iter().map(pack).collect::<io::Result<_>>()?;
    let mut header = Writer::default();
    header.count(replaces.len());
    for name in replaces {
        header.text(name);
    }
    header.count(blocks.len());
    for (raw, packed) in &blocks {
        let sizes = [packed.heads.len(), packed.rows.len(), raw.heads.len(), raw.rows.len()];
        for size in sizes {
            header.count(size);
        }
        header.number(crc(&[&packed.heads, &packed.rows]).into());
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend(SCHEMA_VERSION.to_le_bytes());
    bytes.extend((header.0.len() as u32).to_le_bytes());
    bytes.extend(crc(&[&header.0]).to_le_bytes());
    bytes.extend(header.0);
    for (_, packed) in blocks {
        bytes.extend(packed.heads);
        bytes.extend(packed.rows);
    }
    Ok(bytes)
}

fn cut(files: &[StoredFile]) -> Vec<Vec<&StoredFile>> {
    let rows = |file: &StoredFile| -> usize {
        let answers = file.documents.iter().flat_map(|document| &document.answers);
        answers.map(|answer| answer.rows.service_count() + answer.rows.used_count()).sum()
    };
    let mut blocks: Vec<Vec<&StoredFile>> = Vec::new();
    let mut held = usize::MAX;
    for file in files {
        let rows = rows(file);
        match blocks.last_mut() {
            Some(open) if held.saturating_add(rows) <= BLOCK_ROWS && open.len() < BLOCK_FILES => {
                open.push(file);
                held += rows;
            }
            _ => {
                blocks.push(vec![file]);
                held = rows;
            }
        }
    }
    blocks
}

/// Whether a file of this name is one of answers.
pub fn is_named_so(name: &str) -> bool {
    name.ends_with(ENDING)
}

/// The most bytes of a file of answers that are read: `compact` wrote 10 MB for 52,000 dumps.
const CEILING: u64 = 16 << 30;

impl Segment {
    /// Reads a file of answers and checks its frame.
    ///
    /// # Errors
    /// Where it cannot be read, was written by a later version, or is not as it was written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let bytes = crate::util::owned::read(path, CEILING).map_err(StoreError::io("read", path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (version, replaces, blocks) = frame(&bytes).map_err(StoreError::damaged(path))?;
        if version != SCHEMA_VERSION {
            return Err(StoreError::Newer { path: path.to_owned(), version });
        }
        Ok(Self { name, replaces, bytes, blocks })
    }

    /// Length of the file.
    pub const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Its files without their rows.
    ///
    /// # Errors
    /// Where it is not as it was written.
    pub fn heads(&self, folder: &Path) -> Result<Vec<StoredFile>, StoreError> {
        self.each(folder, |heads, _| block::decode_heads(&heads()?))
    }

    /// Its files whole; their rows wait in `room`.
    ///
    /// # Errors
    /// Where it is not as it was written.
    pub fn files(
        &self,
        folder: &Path,
        symbols: &Symbols,
        room: &Arc<SpillFile>,
    ) -> Result<Vec<StoredFile>, StoreError> {
        self.each(folder, |heads, rows| {
            let mut files = block::decode(&heads()?, &rows()?, symbols)?;
            let documents = files.iter_mut().flat_map(|file| &mut file.documents);
            documents.flat_map(|document| &mut document.answers).for_each(|answer| answer.rows.wait_in(room));
            Ok(files)
        })
    }

    fn each(
        &self,
        folder: &Path,
        decode: impl Fn(&Unpack, &Unpack) -> Result<Vec<StoredFile>, Damaged> + Sync,
    ) -> Result<Vec<StoredFile>, StoreError> {
        let read = |place: &Place| -> Result<Vec<StoredFile>, Damaged> {
            let (heads, rest) = self.bytes[place.start..].split_at(place.heads);
            let rows = &rest[..place.rows];
            if crc(&[heads, rows]) != place.crc {
                return Err(Damaged);
            }
            decode(&|| decompressed(heads, place.raw_heads), &|| decompressed(rows, place.raw_rows))
        };
        let read: Result<Vec<Vec<StoredFile>>, Damaged> = self.blocks.par_iter().map(read).collect();
        read.map(|blocks| blocks.into_iter().flatten().collect()).map_err(StoreError::damaged(&folder.join(&self.name)))
    }
}

type Unpack<'u> = dyn Fn() -> Result<Vec<u8>, Damaged> + 'u;

/// The version, what is replaced, and the blocks of a file; every block lies within it.
fn frame(bytes: &[u8]) -> Result<(u32, Vec<String>, Vec<Place>), Damaged> {
    let mut reader = Reader::new(bytes);
    if reader.bytes(MAGIC.len())? != MAGIC {
        return Err(Damaged);
    }
    let mut word =
        || -> Result<u32, Damaged> { Ok(u32::from_le_bytes(reader.bytes(4)?.try_into().map_err(|_| Damaged)?)) };
    let (version, length, sum) = (word()?, word()? as usize, word()?);
    if version != SCHEMA_VERSION {
        return Ok((version, Vec::new(), Vec::new()));
    }
    let header = reader.bytes(length)?;
    if crc(&[header]) != sum {
        return Err(Damaged);
    }
    let mut start = MAGIC.len() + 12 + length;
    let mut header = Reader::new(header);
    let replaces = header.list(|header| header.text().map(str::to_owned))?;
    let blocks = header.list(|header| {
        let [heads, rows, raw_heads, raw_rows] = [header.size()?, header.size()?, header.size()?, header.size()?];
        let crc = u32::try_from(header.number()?).map_err(|_| Damaged)?;
        let end = start.checked_add(heads).and_then(|end| end.checked_add(rows)).ok_or(Damaged)?;
        let place = Place { start, heads, rows, raw_heads, raw_rows, crc };
        start = end;
        Ok(place)
    })?;
    if start == bytes.len() { Ok((version, replaces, blocks)) } else { Err(Damaged) }
}

fn crc(parts: &[&[u8]]) -> u32 {
    let mut crc = Crc::new();
    for part in parts {
        crc.update(part);
    }
    crc.sum()
}
