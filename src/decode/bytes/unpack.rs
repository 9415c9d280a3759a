//! Archives in archives: opens whatever is packed, hands on whatever is not, and keeps count.

use std::borrow::Cow;

use flate2::bufread::GzDecoder;

use super::format::Format;
use super::{Failure, Opened, read_bounded, tar_members, zip_members};
use crate::decode::Limits;
use crate::model::Source;
use crate::problem::{Kind, Problem};

/// One member of an archive: its name as shown, and its bytes or why there are none.
pub(super) type Member<'a> = (String, Result<Cow<'a, [u8]>, Refusal>);

/// Why a member is not opened.
#[derive(Debug)]
pub(super) enum Refusal {
    /// It holds no document of its own: why.
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
    opened: Opened,
}

impl<'a> Unpacker<'a> {
    pub(super) fn new(
        stored: &'a Source,
        limits: &'a Limits,
        each: &'a mut dyn FnMut(&Source, &[u8]),
        opened: Opened,
    ) -> Self {
        Self { stored, limits, each, members: 0, opened }
    }

    pub(super) fn finish(self) -> Opened {
        self.opened
    }

    pub(super) const fn limits(&self) -> &Limits {
        self.limits
    }

    /// Opens the bytes of the stored file (`inside` is `None`) or of a member, `level` archives deep.
    pub(super) fn open(&mut self, inside: Option<&str>, bytes: &[u8], level: usize) {
        let name = inside.unwrap_or(&self.stored.path);
        let format = Format::of(bytes, name);
        if matches!(format, Format::Gzip | Format::Zip | Format::Tar) && level >= self.limits.archive_depth {
            let what = format!("is packed more than {} archives deep, and was not opened", self.limits.archive_depth);
            self.fail(Problem::new(Kind::TooLarge, self.place(inside), what).advise("Unpack the outer ones first."));
            return;
        }
        match format {
            Format::Plain => self.document(inside, bytes),
            Format::Gzip => self.gzip(inside, bytes, level),
            Format::Zip => zip_members::open_all(self, inside, bytes, level),
            Format::Tar => tar_members::open_all(self, inside, bytes, level),
            Format::Foreign(name) => {
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
        match gunzip(bytes, self.limits.document_bytes) {
            Ok((content, rest)) => {
                // Padding with NUL bytes is common and says nothing.
                if rest.iter().any(|&b| b != 0) {
                    let what = format!("{} bytes after the end of the gzip stream were not read", rest.len());
                    self.note(Problem::new(Kind::Note, self.place(inside), what));
                }
                // A .tar.gz is one archive, not two.
                let is_tar = Format::of(&content, inside.unwrap_or(&self.stored.path)) == Format::Tar;
                self.open(inside, &content, if is_tar { level } else { level + 1 });
            }
            Err(failure) => self.fail_with(inside, failure),
        }
    }

    /// Whether one more member may be taken.
    pub(super) const fn has_room(&self) -> bool {
        self.members < self.limits.archive_members
    }

    /// Opens one member of an archive.
    pub(super) fn member(&mut self, archive: Option<&str>, (name, content): Member<'_>, level: usize) {
        self.members += 1;
        let inside = match archive {
            None => name,
            Some(outer) => format!("{outer}!{name}"),
        };
        match content {
            Ok(bytes) => self.open(Some(&inside), &bytes, level + 1),
            Err(Refusal::Skipped(why)) => {
                self.opened.skipped += 1;
                self.note(Problem::new(Kind::Foreign, self.place(Some(&inside)), why));
            }
            Err(Refusal::Failed(failure)) => self.fail_with(Some(&inside), failure),
        }
    }

    /// Says that `left` members of an archive were not looked at.
    pub(super) fn too_many(&mut self, archive: Option<&str>, left: usize) {
        let what = format!("holds more than {} members; {left} were not read", self.limits.archive_members);
        let problem = Problem::new(Kind::TooLarge, self.place(archive), what);
        self.note(problem.advise("Raise the ceiling with --max-members."));
        self.opened.failed += left;
    }

    /// Says that an archive holds no file at all.
    pub(super) fn empty(&mut self, archive: Option<&str>) {
        self.fail(Problem::new(Kind::EmptyFile, self.place(archive), "is an archive without files"));
    }

    pub(super) fn fail_with(&mut self, inside: Option<&str>, failure: Failure) {
        self.fail(failure.problem(&self.place(inside), self.limits));
    }

    fn fail(&mut self, problem: Problem) {
        self.opened.failed += 1;
        self.opened.problems.push(problem);
    }

    /// A problem that loses no document, or whose documents are counted elsewhere.
    pub(super) fn note(&mut self, problem: Problem) {
        self.opened.problems.push(problem);
    }

    pub(super) fn place(&self, inside: Option<&str>) -> Source {
        Source { inside: inside.map(str::to_owned), ..self.stored.clone() }
    }
}

/// Decompresses every gzip stream at the beginning of `bytes`; gives what follows the last one too. All of them together are one
/// document, so a damaged stream leaves nothing.
fn gunzip(bytes: &[u8], limit: u64) -> Result<(Vec<u8>, &[u8]), Failure> {
    let mut content = Vec::new();
    let mut rest = bytes;
    while Format::of(rest, "") == Format::Gzip {
        let mut stream = GzDecoder::new(rest);
        let room = limit - content.len() as u64;
        read_bounded(&mut stream, room, &mut content, |error| {
            Failure::Damaged(format!("the gzip stream breaks off or is wrong ({error})"))
        })?;
        rest = stream.into_inner();
    }
    Ok((content, rest))
}
