//! The members of a zip archive.

use std::borrow::Cow;
use std::io::{self, Cursor};

use zip::ZipArchive;
use zip::result::ZipError;

use super::Failure;
use super::unpack::{Unopened, Unpacker};
use crate::util::shown::printable;

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Hands every file of the archive to `unpacker`, sorted by name. A name is only a label: no file is ever written under
/// it.
pub(super) fn open_all(unpacker: &mut Unpacker<'_>, inside: Option<&str>, bytes: &[u8], level: usize) {
    let mut archive = match open(bytes) {
        Ok(archive) => archive,
        Err(failure) => return unpacker.fail_with(inside, failure),
    };
    match unlisted(&mut archive, bytes) {
        Ok(0) => {}
        Ok(count) => unpacker.unlisted(inside, count),
        Err(error) => return unpacker.fail_with(inside, failure(&error)),
    }
    let files = sorted_files(&archive);
    if files.is_empty() {
        return unpacker.empty(inside);
    }
    let mut buffer = Vec::new();
    for (done, (name, index)) in files.iter().enumerate() {
        if !unpacker.has_room() {
            return unpacker.too_many(inside, files.len() - done);
        }
        let content = read(unpacker, &mut archive, *index, &mut buffer);
        let content = content.map(|()| Cow::Borrowed(buffer.as_slice()));
        unpacker.member(inside, (printable(name), content), level);
    }
}

fn open(bytes: &[u8]) -> Result<Archive<'_>, Failure> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| failure(&error))?;
    // An honest archive stores nothing twice; a bomb refers to the same bytes a hundred thousand times.
    match archive.has_overlapping_files() {
        Ok(false) => Ok(archive),
        Ok(true) => Err(Failure::Damaged("its members overlap".to_owned())),
        Err(error) => Err(failure(&error)),
    }
}

/// How many members the bytes hold that the table of contents does not list: those of an archive to which another one was
/// appended, and of two members of one name the first.
fn unlisted(archive: &mut Archive<'_>, bytes: &[u8]) -> Result<usize, ZipError> {
    let mut listed = Vec::with_capacity(archive.len());
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index)?;
        let start = as_position(member.header_start());
        listed.push((start, end_of_header(bytes, start).saturating_add(as_position(member.compressed_size()))));
    }
    listed.sort_unstable();
    let contents = as_position(archive.central_directory_start()).min(bytes.len());
    listed.push((contents, contents));
    let mut count = 0;
    let mut end = 0;
    for (start, stop) in listed {
        let between = bytes.get(end..start.min(contents)).unwrap_or_default();
        count += memchr::memmem::find_iter(between, LOCAL_HEADER).count();
        end = end.max(stop);
    }
    Ok(count)
}

/// How the header before a member begins.
const LOCAL_HEADER: &[u8] = b"PK\x03\x04";

/// Where the header that begins at `start` ends: it has 30 bytes, a name and extra fields.
fn end_of_header(bytes: &[u8], start: usize) -> usize {
    let length = |at: usize| {
        let field = start.checked_add(at).and_then(|at| bytes.get(at..at + 2));
        field.map_or(0, |field| usize::from(u16::from_le_bytes([field[0], field[1]])))
    };
    start.saturating_add(30 + length(26) + length(28))
}

fn as_position(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Names and numbers of the members that are not folders.
fn sorted_files(archive: &Archive<'_>) -> Vec<(Vec<u8>, usize)> {
    let names = archive.file_names_raw().map(with_slashes).enumerate();
    let mut files: Vec<_> =
        names.map(|(index, name)| (name, index)).filter(|(name, _)| !name.ends_with(b"/")).collect();
    files.sort_unstable();
    files
}

/// Older Windows programs write `\` between folders.
fn with_slashes(name: &[u8]) -> Vec<u8> {
    let mut name = name.to_owned();
    if !name.contains(&b'/') {
        name.iter_mut().filter(|b| **b == b'\\').for_each(|b| *b = b'/');
    }
    name
}

/// Decompresses one member into `into`; its checksum is checked on the way.
fn read(
    unpacker: &mut Unpacker<'_>,
    archive: &mut Archive<'_>,
    index: usize,
    into: &mut Vec<u8>,
) -> Result<(), Unopened> {
    into.clear();
    let member = archive.by_index(index).map_err(|error| Unopened::Failed(failure(&error)))?;
    if member.is_symlink() {
        return Err(Unopened::Skipped("is a link inside the archive, and was not followed".to_owned()));
    }
    unpacker.inflate(member, into, |error| read_failure(&error)).map_err(Unopened::Failed)
}

/// A compression method is only refused when the first byte is read, and the error then comes wrapped.
fn read_failure(error: &io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<ZipError>()) {
        Some(inner) => failure(inner),
        None => Failure::Damaged(error.to_string()),
    }
}

fn failure(error: &ZipError) -> Failure {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Failure::Unsupported("is encrypted".to_owned()),
        ZipError::UnsupportedArchive(what) => {
            Failure::Unsupported(format!("is a zip archive that cannot be read: {what}"))
        }
        ZipError::CompressionMethodNotSupported(method) => Failure::Unsupported(format!(
            "is compressed with {}, which this program does not read",
            method_name(*method)
        )),
        other => Failure::Damaged(other.to_string()),
    }
}

/// The names of the compression methods of the zip specification that are still in use.
fn method_name(method: u16) -> Cow<'static, str> {
    match method {
        9 => "Deflate64".into(),
        12 => "bzip2".into(),
        14 => "LZMA".into(),
        93 => "zstd".into(),
        95 => "xz".into(),
        98 => "PPMd".into(),
        99 => "AES encryption".into(),
        other => format!("zip method {other}").into(),
    }
}
