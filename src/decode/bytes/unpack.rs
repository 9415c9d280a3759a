//! Archives in archives: opens everything that is packed, hands on everything that is not, and counts.

use std::borrow::Cow;
use std::io;

use flate2::bufread::GzDecoder;

use super::format::Packing;
use super::{Failure, Opened, read_bounded, tar_members, zip_members};
use crate::decode::Limits;
use crate::model::Source;
use crate::problem::{Kind, Problem, counted};
use crate::util::hash::sha256_of;
use crate::util::turn::Turn;

/// The most bytes of the name of a member: no file system takes a longer path. Every document and every problem holds the name: 300
/// members with names of a megabyte each took 2.4 GB.
const LONGEST_NAME: usize = 4096;

/// What is wrong with a member that has a longer name.
const ENDLESS: &str = "has a name of more than 4096 bytes, which no file system takes";

/// How much of such a name is shown.
const SHOWN_NAME: usize = 100;

/// The name; of one that is too long the beginning, and enough of its SHA-256 to tell it from others.
pub(super) fn shortened(name: String) -> String {
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let shown = &name[..name.floor_char_boundary(SHOWN_NAME)];
    format!("{shown}…{}", &sha256_of(name.as_bytes())[..12])
}

/// One member of an archive: its name as shown, and either its bytes or the reason why there are none.
pub(super) type Member<'a> = (String, Result<Cow<'a, [u8]>, Unopened>);

/// Why a member is not opened.
#[derive(Debug)]
pub(super) enum Unopened {
    /// It holds no document of its own: the reason.
    Skipped(String),
    /// It cannot be read.
    Failed(Failure),
}

/// The way through one stored file.
pub(super) struct Unpacker<'a> {
    stored: &'a Source,
    limits: &'a Limits,
    each: &'a mut dyn FnMut(&Source, &[u8]),
    /// Members of all archives in this file that have been taken so far.
    members: usize,
    /// Bytes that all of this file together may unpack to, and how many of them are left.
    ceiling: u64,
    left: u64,
    opened: Opened,
    turn: &'a mut Turn,
}

/// A file may unpack to this many times its length, so that a run unpacks no more than its inputs explain, in one
/// archive or in many. The dumps of real clients shrink to a sixteenth, and those of thousands of equal roles that
/// never used anything to a 145th at most, in one document or in an archive, as UTF-8 or UTF-16. gzip shrinks blanks to
/// a thousandth, and archives in archives shrink them to a millionth.
pub(in crate::decode) const MOST_TIMES: u64 = 200;

impl<'a> Unpacker<'a> {
    pub(super) fn new(
        stored: &'a Source,
        length: usize,
        limits: &'a Limits,
        each: &'a mut dyn FnMut(&Source, &[u8]),
        opened: Opened,
        turn: &'a mut Turn,
    ) -> Self {
        let ceiling = limits.unpacked_bytes.max((length as u64).saturating_mul(MOST_TIMES));
        Self { stored, limits, each, members: 0, ceiling, left: ceiling, opened, turn }
    }

    pub(super) fn finish(self) -> Opened {
        self.opened
    }

    /// Decompresses the whole of `reader` and appends it to `into`, within the limits of one document and of the whole
    /// file.
    pub(super) fn inflate(
        &mut self,
        reader: impl io::Read,
        into: &mut Vec<u8>,
        refused: impl Fn(io::Error) -> Failure,
    ) -> Result<(), Failure> {
        let before = into.len();
        let of_document = self.limits.document_bytes.saturating_sub(before as u64);
        let (limit, is_of_file) = (of_document.min(self.left), self.left < of_document);
        let read = read_bounded(reader, limit, into, self.turn, refused);
        self.left = self.left.saturating_sub((into.len() - before) as u64);
        match read {
            Err(Failure::TooLarge(_)) if is_of_file => Err(Failure::Bomb(self.ceiling)),
            Err(Failure::TooLarge(_)) => Err(Failure::TooLarge(self.limits.document_bytes)),
            read => read,
        }
    }

    /// Whether this file has unpacked to all that it may.
    pub(super) const fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Opens the bytes of the stored file (`inside` is `None`) or of a member, `level` archives deep.
    pub(super) fn open(&mut self, inside: Option<&str>, bytes: &[u8], level: usize) {
        let name = inside.unwrap_or(&self.stored.path);
        let format = Packing::of(bytes, name);
        if matches!(format, Packing::Gzip | Packing::Zip | Packing::Tar) && level >= self.limits.archive_depth {
            let what = format!("is packed more than {} archives deep, and was not opened", self.limits.archive_depth);
            let problem = Problem::new(Kind::TooLarge, self.place(inside), what).advise("Unpack the outer ones first.");
            self.fail(inside, problem);
            return;
        }
        match format {
            Packing::Plain => self.document(inside, bytes),
            Packing::Gzip => self.gzip(inside, bytes, level),
            Packing::Zip => zip_members::open_all(self, inside, bytes, level),
            Packing::Tar => tar_members::open_all(self, inside, bytes, level),
            Packing::Foreign(name) => {
                let what = format!("is packed with {name}, which this program does not read");
                self.fail_with(inside, Failure::Unsupported(what));
            }
        }
    }

    fn document(&mut self, inside: Option<&str>, bytes: &[u8]) {
        self.opened.documents += 1;
        let source = self.place(inside);
        (self.each)(&source, bytes);
    }

    fn gzip(&mut self, inside: Option<&str>, bytes: &[u8], level: usize) {
        match self.gunzip(bytes) {
            Ok((mut content, rest)) => {
                // Padding with NUL bytes is common and has no meaning. A document that was appended without packing it
                // is read like one that was packed.
                if is_document(rest) {
                    content.push(b'\n');
                    content.extend_from_slice(rest);
                } else if rest.iter().any(|&b| b != 0) {
                    let what = format!("{} bytes after the end of the gzip stream were not read", rest.len());
                    self.note(Problem::new(Kind::Note, self.place(inside), what));
                }
                // A .tar.gz is one archive, not two.
                let is_tar = Packing::of(&content, inside.unwrap_or(&self.stored.path)) == Packing::Tar;
                self.open(inside, &content, if is_tar { level } else { level + 1 });
            }
            Err(failure) => self.fail_with(inside, failure),
        }
    }

    /// Decompresses every gzip stream at the beginning of `bytes`, and returns the bytes after the last one too. All
    /// streams together are one document, so a damaged stream leaves nothing.
    fn gunzip<'b>(&mut self, bytes: &'b [u8]) -> Result<(Vec<u8>, &'b [u8]), Failure> {
        let mut content = Vec::new();
        let mut rest = bytes;
        while Packing::of(rest, "") == Packing::Gzip {
            let mut stream = GzDecoder::new(rest);
            self.inflate(&mut stream, &mut content, |error| {
                Failure::Damaged(format!("the gzip stream breaks off or is wrong ({error})"))
            })?;
            rest = stream.into_inner();
        }
        Ok((content, rest))
    }

    /// Whether one more member may be taken.
    pub(super) const fn has_room(&self) -> bool {
        self.members < self.limits.archive_members && !self.is_spent()
    }

    /// Opens one member of an archive.
    pub(super) fn member(&mut self, archive: Option<&str>, (name, content): Member<'_>, level: usize) {
        self.members += 1;
        let is_endless = name.len() > LONGEST_NAME;
        let name = shortened(name);
        let inside = match archive {
            None => name,
            Some(outer) => format!("{outer}!{name}"),
        };
        match content {
            _ if is_endless => self.fail_with(Some(&inside), Failure::Unsupported(ENDLESS.to_owned())),
            Ok(bytes) => self.open(Some(&inside), &bytes, level + 1),
            Err(Unopened::Skipped(why)) => {
                self.opened.skipped += 1;
                self.note(Problem::new(Kind::Foreign, self.place(Some(&inside)), why));
            }
            Err(Unopened::Failed(failure)) => self.fail_with(Some(&inside), failure),
        }
    }

    /// Reports that `left` members of an archive were not looked at.
    pub(super) fn too_many(&mut self, archive: Option<&str>, left: usize) {
        let (what, flag) = if self.is_spent() {
            (format!("unpacks to more than {} bytes", self.ceiling), "--max-bytes")
        } else {
            (format!("holds more than {} members", self.limits.archive_members), "--max-members")
        };
        let problem = Problem::new(Kind::TooLarge, self.place(archive), format!("{what}; {left} were not read"));
        self.note(problem.advise(format!("Raise the ceiling with {flag}.")));
        self.opened.failed += left;
    }

    /// Reports that an archive holds `count` members that its table of contents does not list.
    pub(super) fn unlisted(&mut self, archive: Option<&str>, count: usize) {
        let members = counted(count, "member", "members");
        let what = format!(
            "holds {members} not in its table of contents, or under a name that another one has; they were not read"
        );
        let advice = "Archives were put one after another, or a name was added twice: pack the files again.";
        self.note(Problem::new(Kind::DamagedArchive, self.place(archive), what).advise(advice));
        self.opened.failed += count;
    }

    /// Reports that an archive holds no file at all.
    pub(super) fn empty(&mut self, archive: Option<&str>) {
        self.fail(archive, Problem::new(Kind::EmptyFile, self.place(archive), "is an archive without files"));
    }

    pub(super) fn fail_with(&mut self, inside: Option<&str>, failure: Failure) {
        self.fail(inside, failure.problem(&self.place(inside)));
    }

    fn fail(&mut self, inside: Option<&str>, problem: Problem) {
        self.opened.failed += 1;
        self.opened.lost.push(self.place(inside));
        self.opened.problems.push(problem);
    }

    /// Adds a problem that loses no document, or one for documents that are counted elsewhere.
    pub(super) fn note(&mut self, problem: Problem) {
        self.opened.problems.push(problem);
    }

    pub(super) fn place(&self, inside: Option<&str>) -> Source {
        Source { inside: inside.map(str::to_owned), ..self.stored.clone() }
    }
}

/// Whether bytes after a gzip stream begin like a document: with an object, a list or a line of text.
fn is_document(rest: &[u8]) -> bool {
    let start = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
    rest[start..].starts_with(b"{") || rest[start..].starts_with(b"[") || rest.starts_with(b"\xef\xbb\xbf")
}
