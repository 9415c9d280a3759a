//! From paths to a sorted list of files.
//!
//! The input is what the user typed. The output is every file below it, once, in an order that depends on nothing but
//! the files; and a [`Problem`] for everything that the walk could not enter. This is a module of its own because it is
//! the only stage that asks the file system which files exist; it does not read the files.

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use walkdir::WalkDir;

use crate::model::Source;
use crate::problem::{Kind, Problem};
use crate::util::marker::{self, Audit};
use crate::util::shown::{printable, push_printable};

/// What the user types to read standard input.
pub(crate) const STDIN: &str = "-";

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its name in messages and reports.
    pub source: Source,
    /// The path to open: if the walk found it, a path with a last part that is not a link. `-` is standard input.
    pub path: PathBuf,
    /// Whether the user typed this very path: then it must be one of our files, while another program's file that the
    /// walk finds is only skipped.
    pub named: bool,
}

/// The result of the walk.
#[derive(Debug)]
pub struct Discovery {
    /// Sorted by the bytes of `source.path`.
    pub files: Vec<Found>,
    /// What the walk could not enter and what it left out, sorted.
    pub problems: Vec<Problem>,
    /// What it could not enter, or did not follow, in order: the path of such a file can name an entity.
    pub unopened: Vec<Source>,
}

/// A path that the user typed does not exist or cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DiscoverError {
    /// There is nothing of that name.
    #[error("no such file or folder: `{path}`")]
    Missing {
        /// As typed.
        path: String,
    },
    /// The operating system refused.
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable {
        /// As typed.
        path: String,
        /// The message of the operating system.
        reason: io::Error,
    },
}

/// Finds every file at and below `paths`; `-` is standard input. A link that the user typed is followed, and so is a
/// link that stays inside the folders among `paths`. A link that leads out of them is followed only with
/// `follow_links`, and is a problem otherwise: a folder of dumps can come from anyone, and must not bring other files
/// of this machine into a report. A file that is reached twice, through a link or through overlapping arguments, is
/// listed once: under its own name and not under a link's, then under the first name in order.
///
/// # Errors
/// If one of `paths` itself does not exist or cannot be opened: a mistyped path must not look like an empty folder.
/// Anything that fails further down is a [`Problem`], and the walk continues.
pub fn discover(paths: &[PathBuf], follow_links: bool) -> Result<Discovery, DiscoverError> {
    let folders = paths.iter().filter(|typed| typed.is_dir()).filter_map(|typed| typed.canonicalize().ok());
    let inside = (!follow_links).then(|| folders.collect());
    let mut finds = Finds { inside, ..Finds::default() };
    for typed in paths {
        if typed.as_os_str() == STDIN {
            finds.add(typed.clone(), false, Found { source: Source::file(STDIN), path: typed.clone(), named: true });
            continue;
        }
        let refused = |reason| refusal(typed, reason);
        let kind = fs::metadata(typed).map_err(refused)?.file_type();
        let canonical = if kind.is_dir() || kind.is_file() {
            typed.canonicalize().map_err(refused)?
        } else {
            // The shell's `<(…)` is a pipe, which has no canonical name and must not be opened twice.
            typed.clone()
        };
        if kind.is_dir() {
            fs::read_dir(typed).map_err(refused)?;
            finds.walk(typed, canonical);
        } else {
            if kind.is_file() {
                File::open(typed).map_err(refused)?;
            }
            let via_link = typed.is_symlink();
            let source = Source::file(display(typed));
            finds.add(canonical, via_link, Found { source, path: typed.clone(), named: true });
        }
    }
    Ok(finds.sorted())
}

fn refusal(typed: &Path, reason: io::Error) -> DiscoverError {
    let path = display(typed);
    match reason.kind() {
        io::ErrorKind::NotFound => DiscoverError::Missing { path },
        _ => DiscoverError::Unreadable { path, reason },
    }
}

/// What has been found so far.
#[derive(Default)]
struct Finds {
    /// The files by canonical path; with whether a link led to them.
    files: FxHashMap<PathBuf, (bool, Found)>,
    problems: Vec<Problem>,
    unopened: Vec<Source>,
    /// The canonical paths of the folders that no link may leave; `None` lets links lead anywhere.
    inside: Option<Vec<PathBuf>>,
}

impl Finds {
    /// Keeps `found` unless the same file has been found under a better name. The choice does not depend on which one
    /// came first.
    fn add(&mut self, canonical: PathBuf, via_link: bool, found: Found) {
        match self.files.entry(canonical) {
            Entry::Vacant(slot) => {
                slot.insert((via_link, found));
            }
            Entry::Occupied(mut slot) => {
                let (known_via_link, known) = slot.get_mut();
                let named = known.named || found.named;
                let rank = |via_link, found: &Found| (via_link, found.source.path.clone(), found.source.root);
                if rank(via_link, &found) < rank(*known_via_link, known) {
                    (*known_via_link, *known) = (via_link, found);
                }
                known.named = named;
            }
        }
    }

    /// Adds every file below the folder `typed`. One loop, in which each question about an entry may be the last one asked about it.
    fn walk(&mut self, typed: &Path, canonical: PathBuf) {
        let root = display_folder(typed);
        let mut is_empty = true;
        let mut folders = LinkedFolders::new(typed, canonical);
        let mut own = OwnFolders::default();
        let mut walk = WalkDir::new(typed).follow_links(true).into_iter();
        while let Some(step) = walk.next() {
            let entry = match step {
                Ok(entry) => entry,
                Err(error) => {
                    is_empty = false;
                    let problem = walk_problem(typed, &root, &error);
                    self.leave_closed(&root, problem);
                    continue;
                }
            };
            let path = entry.path();
            let shown = display_below(typed, &root, path);
            let kind = entry.file_type();
            is_empty &= kind.is_dir();
            if entry.depth() > 0 && entry.path_is_symlink() && self.leads_out(path) {
                self.leave_closed(&root, not_followed(shown));
                if kind.is_dir() {
                    walk.skip_current_dir();
                }
                continue;
            }
            if kind.is_dir() {
                self.problems.extend(own.enter(path, &shown, entry.depth() == 0));
            } else if kind.is_file() {
                match own.file(path, &shown) {
                    OwnFile::OfAStore => continue,
                    OwnFile::AReport(problem) => {
                        self.problems.push(problem);
                        continue;
                    }
                    OwnFile::FalseMarker(problem) => self.problems.push(problem),
                    OwnFile::No => {}
                }
            }
            if entry.depth() == 0 {
                continue;
            }
            let (canonical, via_link) = match folders.canonical(path, entry.depth(), entry.path_is_symlink()) {
                Ok(known) => known,
                Err(reason) => {
                    self.leave_closed(&root, unreadable(&shown, &reason.to_string()));
                    continue;
                }
            };
            if kind.is_dir() {
                folders.enter(path, entry.depth(), canonical, via_link);
            } else if kind.is_file() {
                let source = Source { path: shown, inside: None, root: root.len() };
                let path = if via_link { canonical.clone() } else { entry.into_path() };
                self.add(canonical, via_link, Found { source, path, named: false });
            } else {
                self.problems.push(not_opened(shown));
            }
        }
        if is_empty {
            let what = "was named, and no file is in it";
            self.problems.push(Problem::new(Kind::Note, root, what).advise("Look whether it is the right folder."));
        }
    }

    /// Keeps a problem with something below the folder `root` that was not opened.
    fn leave_closed(&mut self, root: &str, problem: Problem) {
        self.unopened.push(Source { path: problem.source.clone(), inside: None, root: root.len() });
        self.problems.push(problem);
    }

    /// Whether the link at `path` leads out of the folders that no link may leave.
    fn leads_out(&self, path: &Path) -> bool {
        let Some(inside) = &self.inside else { return false };
        path.canonicalize().is_ok_and(|target| !inside.iter().any(|folder| target.starts_with(folder)))
    }

    fn sorted(self) -> Discovery {
        let mut files: Vec<Found> = self.files.into_values().map(|(_, found)| found).collect();
        files.sort_unstable_by(|a, b| a.source.cmp(&b.source).then_with(|| a.path.cmp(&b.path)));
        let mut problems = self.problems;
        problems.sort_unstable();
        problems.dedup();
        let mut unopened = self.unopened;
        unopened.sort_unstable();
        unopened.dedup();
        Discovery { files, problems, unopened }
    }
}

/// Finds canonical paths without asking the file system about every file: below a folder with a known canonical path,
/// only links can lead elsewhere.
struct LinkedFolders {
    /// The typed folder, then the linked folders that the walk is in: depth, path as walked, canonical path.
    stack: Vec<(usize, PathBuf, PathBuf)>,
}

impl LinkedFolders {
    fn new(typed: &Path, canonical: PathBuf) -> Self {
        Self { stack: vec![(0, typed.to_owned(), canonical)] }
    }

    /// The canonical path of `path`, and whether a link below the typed folder leads there.
    fn canonical(&mut self, path: &Path, depth: usize, is_link: bool) -> io::Result<(PathBuf, bool)> {
        while self.stack.len() > 1 && self.stack.last().is_some_and(|(linked_at, ..)| *linked_at >= depth) {
            self.stack.pop();
        }
        let (linked_at, walked, canonical) = self.stack.last().expect("the typed folder stays");
        match path.strip_prefix(walked) {
            Ok(below) if !is_link => Ok((canonical.join(below), *linked_at > 0)),
            _ => Ok((path.canonicalize()?, true)),
        }
    }

    /// Remembers a folder that the walk enters, if it is a link.
    fn enter(&mut self, path: &Path, depth: usize, canonical: PathBuf, is_link: bool) {
        if is_link {
            self.stack.push((depth, path.to_owned(), canonical));
        }
    }
}

/// Whether the file marks its folder as a store or a folder of reports, and the folder is neither: someone may have
/// tried to hide it from the walk.
fn is_of_no_folder_of_ours(file: &Path) -> bool {
    let is_marker = file.file_name().is_some_and(|name| name == marker::MANIFEST || name == marker::STORE);
    is_marker
        && marker::read(file, marker::CEILING).is_ok_and(|bytes| marker::is_ours(&bytes))
        && file.parent().is_some_and(|folder| Audit::at(folder).is_none() && !marker::is_store(folder))
}

/// What this program wrote below a folder that is walked: its reports among the dumps that they were made from must not come back as dumps.
/// A manifest alone hides nothing: only the files that it lists are left out, and the folder is reported.
#[derive(Default)]
struct OwnFolders {
    audits: Vec<(PathBuf, Audit)>,
    stores: Vec<PathBuf>,
    /// Folders of proposals that have lost their manifest.
    proposals: BTreeSet<PathBuf>,
}

/// What a file is to this program.
enum OwnFile {
    /// Nothing of its own.
    No,
    /// A store in a folder above keeps a file of this name.
    OfAStore,
    /// An audit in a folder above wrote this very file.
    AReport(Problem),
    /// It says that this program wrote the folder, which is not so. It is read as any other file.
    FalseMarker(Problem),
}

impl OwnFolders {
    /// Remembers the folder at `path` if it is an audit or a store, and tells about it. A store that the user named (`is_root`) is read elsewhere.
    fn enter(&mut self, path: &Path, shown: &str, is_root: bool) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut tell = |what, advice| problems.push(Problem::new(Kind::OwnFolder, shown, what).advise(advice));
        if let Some(audit) = Audit::at(path) {
            tell(
                "is a folder of reports that this program wrote; the reports were not read",
                "If it should hold dumps, remove its manifest.json; else keep reports outside the folder of dumps.",
            );
            self.audits.push((path.to_owned(), audit));
        }
        if !is_root && marker::is_store(path) {
            tell("is a store of this program; what it keeps was not read", "Name it itself to read it.");
            self.stores.push(path.to_owned());
        } else if !is_root && marker::holds_packs(path) {
            tell(
                "holds originals of a store of this program, and its store.json or head.json is missing or damaged; they were not read",
                "Bring these back from a copy.",
            );
        }
        problems.extend(self.proposals(path, shown));
        problems
    }

    /// Tells once of a folder of proposals without its manifest, when the first folder of an entity in it is entered.
    /// Nothing is left out for that: no document of a proposal is an answer.
    fn proposals(&mut self, path: &Path, shown: &str) -> Option<Problem> {
        let has_manifest = self.audits.iter().any(|(folder, _)| path.starts_with(folder));
        if has_manifest || !marker::holds_proposals(path) {
            return None;
        }
        let whole = path.ancestors().nth(3).unwrap_or(Path::new(""));
        let name = shown.rsplitn(4, '/').nth(3).unwrap_or(shown);
        let what = "is a folder of proposals that this program wrote, and its manifest.json is missing; the proposals are not evidence, and any dump in it is read";
        let problem = Problem::new(Kind::OwnFolder, name, what).advise("Keep proposals outside the folder of dumps.");
        self.proposals.insert(whole.to_owned()).then_some(problem)
    }

    /// What the file at `path` is. Any other file in a folder of ours is read.
    fn file(&self, path: &Path, shown: &str) -> OwnFile {
        if self.stores.iter().any(|folder| path.strip_prefix(folder).is_ok_and(marker::is_of_store)) {
            return OwnFile::OfAStore;
        }
        let wrote = |(folder, audit): &(PathBuf, Audit)| {
            path.strip_prefix(folder).is_ok_and(|relative| audit.passes(folder, relative))
        };
        if self.audits.iter().any(wrote) {
            return OwnFile::AReport(Problem::new(Kind::Foreign, shown, "is a report that this program wrote"));
        }
        if is_of_no_folder_of_ours(path) {
            let what = "says that its folder holds what this program wrote, which is not so; the folder was read";
            return OwnFile::FalseMarker(Problem::new(Kind::OwnFolder, shown, what).advise("Remove it."));
        }
        OwnFile::No
    }
}

fn walk_problem(typed: &Path, root: &str, error: &walkdir::Error) -> Problem {
    let shown = error.path().map_or_else(|| root.to_owned(), |path| display_below(typed, root, path));
    match (error.loop_ancestor(), error.io_error()) {
        (Some(above), _) => {
            let above = display_below(typed, root, above);
            Problem::new(
                Kind::Unreadable,
                shown,
                format!("is a link back to `{above}`, which holds it; it was not followed"),
            )
        }
        (None, Some(reason)) => unreadable(&shown, &reason.to_string()),
        (None, None) => unreadable(&shown, &error.to_string()),
    }
}

fn not_opened(shown: String) -> Problem {
    Problem::new(Kind::Foreign, shown, "is a pipe, a socket or a device, and was not opened")
}

fn not_followed(shown: String) -> Problem {
    let what = "is a link that leads out of the folders that were named, and was not followed";
    Problem::new(Kind::Unreadable, shown, what)
        .advise("If you trust it, name what it leads to, or give --follow-links.")
}

fn unreadable(shown: &str, reason: &str) -> Problem {
    Problem::new(Kind::Unreadable, shown, format!("cannot be read: {reason}"))
}

/// The typed folder, without the slashes at its end, so that `dumps` and `dumps/` are the same.
pub(crate) fn display_folder(typed: &Path) -> String {
    let shown = display(typed);
    let trimmed = shown.trim_end_matches('/');
    trimmed.to_owned()
}

/// A path that the walk found below `typed`, which is shown as `root`.
fn display_below(typed: &Path, root: &str, path: &Path) -> String {
    let Ok(below) = path.strip_prefix(typed) else { return display(path) };
    let mut shown = root.to_owned();
    for part in below {
        shown.push('/');
        push_printable(&mut shown, part.as_encoded_bytes());
    }
    shown
}

/// A typed path, with `/` between its parts on every system, safe to print.
fn display(path: &Path) -> String {
    shown_with(std::path::MAIN_SEPARATOR, path.as_os_str().as_encoded_bytes())
}

/// On a system that separates the parts of a path by `\`, a name cannot hold it: `C:\dumps` is shown as `C:/dumps`.
fn shown_with(separator: char, path: &[u8]) -> String {
    if separator == '/' {
        return printable(path);
    }
    let slashes: Vec<u8> = path.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
    printable(&slashes)
}

#[cfg(all(test, unix))]
mod tests;
