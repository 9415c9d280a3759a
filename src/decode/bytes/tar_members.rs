//! The members of a tar archive, which are slices of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use tar::{Archive, EntryType};

use super::Failure;
use super::format::TAR_BLOCK;
use super::unpack::{Unopened, Unpacker, shortened};
use crate::problem::{Kind, Problem};
use crate::util::shown::printable;

/// Hands every file of the archive to `unpacker`, sorted by name. A name is only a label: no file is ever written under
/// it.
pub(super) fn open_all(unpacker: &mut Unpacker<'_>, inside: Option<&str>, bytes: &[u8], level: usize) {
    let mut index = Index::default();
    let end = index.read(bytes);
    for name in index.repeated.iter().take(MOST_NAMED) {
        let name = shortened(printable(name));
        let what = format!("holds `{name}` more than once; each was read");
        unpacker.note(Problem::new(Kind::Note, unpacker.place(inside), what));
    }
    if let Some(more @ 1..) = index.repeated.len().checked_sub(MOST_NAMED) {
        let what = format!("holds {more} more names more than once; each was read");
        unpacker.note(Problem::new(Kind::Note, unpacker.place(inside), what));
    }
    if index.members.is_empty() && end.is_ok() {
        return unpacker.empty(inside);
    }
    let members = || index.members.iter().flat_map(|(name, all)| all.iter().map(move |content| (name, content)));
    let count = members().count();
    for (done, (name, content)) in members().enumerate() {
        if !unpacker.has_room() {
            unpacker.too_many(inside, count - done);
            break;
        }
        let content = index.resolve(content).map(Cow::Borrowed);
        unpacker.member(inside, (printable(name), content), level);
    }
    if let Err(failure) = end {
        unpacker.fail_with(inside, failure);
    }
}

/// How many names that an archive holds more than once are reported one by one.
const MOST_NAMED: usize = 20;

/// What an entry of the archive holds.
enum Content<'a> {
    File(&'a [u8]),
    /// The same content as another entry: the name of that entry.
    HardLink(Vec<u8>),
    /// Nothing to read: what it is instead.
    Skipped(&'static str),
    /// It is cut off, or it links to nothing: what is wrong.
    Damaged(&'static str),
    /// It is stored with holes, which this program does not fill.
    Sparse,
}

/// The archive's table of contents.
#[derive(Default)]
struct Index<'a> {
    /// Several of one name are dumps of several days, which unpacking would put over one another.
    members: BTreeMap<Vec<u8>, Vec<Content<'a>>>,
    /// Names that several entries have.
    repeated: BTreeSet<Vec<u8>>,
}

impl<'a> Index<'a> {
    /// Goes from header to header. An error tells how the archive ends if it does not end well. All entries before that
    /// are in the table.
    fn read(&mut self, bytes: &'a [u8]) -> Result<(), Failure> {
        let damaged = |error: std::io::Error| Failure::Damaged(error.to_string());
        let mut archive = Archive::new(Cursor::new(bytes));
        for entry in archive.entries_with_seek().map_err(damaged)? {
            let entry = entry.map_err(damaged)?;
            let start = usize::try_from(entry.raw_file_position()).unwrap_or(usize::MAX);
            let length = usize::try_from(entry.size()).unwrap_or(usize::MAX);
            let data = start.checked_add(length).and_then(|stop| bytes.get(start..stop));
            let name = entry.path_bytes().into_owned();
            let content = match entry.header().entry_type() {
                EntryType::Regular | EntryType::Continuous if name.ends_with(b"/") => None,
                EntryType::Directory | EntryType::XGlobalHeader => None,
                EntryType::Regular | EntryType::Continuous => {
                    Some(data.map_or(Content::Damaged("it is cut off"), Content::File))
                }
                EntryType::Link => {
                    let target = entry.link_name_bytes().map(Cow::into_owned);
                    Some(target.map_or(Content::Damaged("it is a link to nothing"), Content::HardLink))
                }
                EntryType::Symlink => Some(Content::Skipped("is a link inside the archive, and was not followed")),
                EntryType::GNUSparse => Some(Content::Sparse),
                _ => Some(Content::Skipped("is a device, a pipe or a mark of the archive's, and holds no file")),
            };
            if let Some(content) = content {
                self.add(name, content);
            }
        }
        // A whole archive ends with blocks of zeros; without them it may have been cut between two members.
        let end = usize::try_from(archive.into_inner().position()).unwrap_or(usize::MAX);
        let last_block = end.checked_sub(TAR_BLOCK).and_then(|start| bytes.get(start..end));
        match last_block {
            Some(block) if block.iter().all(|&b| b == 0) => Ok(()),
            _ => Err(Failure::Damaged("the archive ends without its end mark; members may be missing".to_owned())),
        }
    }

    fn add(&mut self, name: Vec<u8>, content: Content<'a>) {
        let all = self.members.entry(name.clone()).or_default();
        match (all.last(), &content) {
            (None, _) => all.push(content),
            (Some(Content::File(known)), Content::File(again)) if known == again => {}
            _ => {
                all.push(content);
                self.repeated.insert(name);
            }
        }
    }

    /// The bytes of a member; a hard link is followed. Links point to files, so one step is enough.
    fn resolve(&self, content: &Content<'a>) -> Result<&'a [u8], Unopened> {
        let damaged = |what: &str| Err(Unopened::Failed(Failure::Damaged(what.to_owned())));
        match content {
            Content::File(data) => Ok(data),
            Content::HardLink(target) => match self.members.get(target).and_then(|all| all.last()) {
                Some(Content::File(data)) => Ok(data),
                _ => damaged("it is a link to a member that is not there"),
            },
            Content::Skipped(what) => Err(Unopened::Skipped((*what).to_owned())),
            Content::Damaged(what) => damaged(what),
            Content::Sparse => {
                let what = "is stored with holes, which this program does not read";
                Err(Unopened::Failed(Failure::Unsupported(what.to_owned())))
            }
        }
    }
}
