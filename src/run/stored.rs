//! Files from stores together with files from disk: the same decoder reads their bytes, and every later stage treats
//! them alike.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::context::Decoding;
use super::error::RunError;
use super::files::{Workers, pack};
use super::read_file::ReadFile;
use crate::archive::{HeadError, Pack, PackError, PackedFile, Store};
use crate::decode::bytes::{self, Opened};
use crate::decode::{self, Decoded, Limits, Outcome};
use crate::model::{Arn, Instant, Job, JobStatus, ListState, OtherOperation, Sidecar, Source};
use crate::problem::{Kind, Problem};
use crate::report::InputFile;
use crate::resolve::telling_folders;
use crate::util::sanitize::harmless;
use crate::util::turn::Turn;

/// A file that a store keeps, as the decoder reads it now.
#[derive(Debug)]
pub struct StoredFile {
    /// What it gave.
    pub read: ReadFile,
    /// For each document that it gave, the number of the original that holds it.
    pub originals: Vec<usize>,
    /// The name of each of its originals inside the file, if it is a member of an archive.
    pub names: Vec<Option<String>>,
    /// What tells it from another content in the same place.
    pub content: String,
    /// The canonical path of the folder that the user typed, or that holds the file that the user typed, if it is known.
    pub folder: Option<String>,
    /// When it was stored.
    pub ingested_at: Instant,
    /// Whether only its name and hash are kept.
    pub is_foreign: bool,
}

/// The files of every pack, in the order of packs and files, and the differences between the store and its head.
///
/// # Errors
/// If the head cannot be read.
pub fn decoded(store: &Store, decoding: Decoding) -> Result<(Vec<Vec<StoredFile>>, Vec<Problem>), RunError> {
    let workers = Workers::new(decoding.symbols);
    let (packs, mut differences) = store.each_pack(|pack| decode_pack(pack, decoding, &workers))?;
    workers.into_freed();
    // The attributions are read elsewhere; the report names a lost one with the rest.
    differences.extend(store.attributions()?.1);
    differences.extend(store.missing_shards()?);
    Ok((packs, differences.iter().map(|difference| problem(store, difference)).collect()))
}

/// Everything that `stores` keep, in the order of their places, each file once, and the differences between the stores
/// and their heads.
///
/// # Errors
/// If the head of a store cannot be read.
pub fn files_of(stores: &[Store], decoding: Decoding) -> Result<(Vec<StoredFile>, Vec<Problem>), RunError> {
    let (mut kept, mut problems) = (Vec::new(), Vec::new());
    for store in stores {
        let (packs, differences) = decoded(store, decoding)?;
        kept.extend(packs.into_iter().flatten());
        problems.extend(differences);
    }
    Ok((in_order(kept), problems))
}

/// The files that were read, each with its canonical path, and those that stores keep, in the order of their places, each
/// once.
pub fn merged(read: impl Iterator<Item = (ReadFile, Option<String>)>, kept: Vec<StoredFile>) -> Vec<ReadFile> {
    let name = |source: &Source, sha256: Option<&str>| (source.to_string(), sha256.map(str::to_owned));
    let known: BTreeSet<_> = kept.iter().map(|file| name(&file.read.source, Some(&file.content))).collect();
    let is_new = |file: &ReadFile| !known.contains(&name(&file.source, file.file.sha256.as_deref()));
    let of_stores = kept.into_iter().map(|file| {
        let place = file.folder.as_deref().map(|folder| file.read.source.place_in(folder));
        (place.map(|place| (place, Some(file.content))), file.read)
    });
    let of_disk = read
        .filter(|(file, _)| is_new(file))
        .map(|(file, place)| (place.map(|place| (place, file.file.sha256.clone())), file));
    // A file that was typed in two ways is one file, and the longer path tells more about it.
    let mut all: Vec<_> = of_stores.chain(of_disk).collect();
    all.sort_by_cached_key(|(place, file)| (place.clone(), Reverse(file.source.logical_path().len())));
    all.dedup_by(|(later, _), (earlier, _)| later.is_some() && later == earlier);
    let mut all: Vec<ReadFile> = all.into_iter().map(|(_, file)| file).collect();
    all.sort_by(|a, b| (&a.source, &a.file.sha256).cmp(&(&b.source, &b.file.sha256)));
    all
}

/// What one original gave: how it was opened, and its documents.
type Given = (Opened, Vec<Decoded>);

fn decode_pack(pack: &Pack, decoding: Decoding, workers: &Workers) -> Result<Vec<StoredFile>, PackError> {
    let Decoding { limits, symbols, cache } = decoding;
    let cached = cache.and_then(|cache| cache.read(pack, limits, symbols));
    let is_cached = cached.is_some();
    let mut cached = cached.unwrap_or_default();
    let fits = |f: usize, d: usize| {
        pack.files()[f].documents[d].length <= limits.document_bytes && !cached.contains_key(&(f, d))
    };
    let read = |group: &Vec<(usize, usize)>| {
        let mut given = Vec::with_capacity(group.len());
        workers.with_own(|scratch, memory| {
            pack.each_of(group, &fits, scratch.buffer(), &mut |f, d, parts| {
                let mut turn = Turn::default();
                let document = parts.whole(&mut turn)?;
                given.push(((f, d), decode_original(&pack.files()[f], d, (&document, &mut turn), limits, memory)));
                Ok(())
            })
        })?;
        Ok(given)
    };
    let groups: Vec<Vec<((usize, usize), Given)>> =
        pack.groups().par_iter().map(read).collect::<Result<_, PackError>>()?;
    let mut all: Vec<((usize, usize), Given)> = groups.into_iter().flatten().collect();
    if let Some(cache) = cache.filter(|_| !is_cached) {
        // For an archive that is kept as it was on disk, there is more to report than for one document.
        let is_plain = |opened: &Opened| {
            (opened.documents, opened.skipped, opened.failed) == (1, 0, 0) && opened.problems.is_empty()
        };
        let documents = all.iter().filter_map(|(at, (opened, documents))| match documents.as_slice() {
            [document] if is_plain(opened) => Some((*at, document)),
            _ => None,
        });
        cache.write(pack, limits, symbols, documents);
    }
    all.extend(
        std::mem::take(&mut cached)
            .into_iter()
            .map(|(at, document)| (at, (Opened { documents: 1, ..Opened::default() }, vec![document]))),
    );
    all.sort_by_key(|(at, _)| *at);
    Ok(files_with(pack, all, limits))
}

/// The files of `pack` with what their originals gave, which is in the same order.
fn files_with(pack: &Pack, given: Vec<((usize, usize), Given)>, limits: &Limits) -> Vec<StoredFile> {
    let mut given = given.into_iter().peekable();
    let mut files = Vec::with_capacity(pack.files().len());
    for (f, packed) in pack.files().iter().enumerate() {
        let mut file = empty(packed);
        for d in 0..packed.documents.len() {
            let (opened, documents) = match given.next_if(|(at, _)| *at == (f, d)) {
                Some((_, given)) => given,
                None => not_decoded(packed, d, limits),
            };
            file.originals.extend(documents.iter().map(|_| d));
            file.read.documents.extend(documents);
            let all = &mut file.read.opened;
            all.documents += opened.documents;
            all.skipped += opened.skipped;
            all.failed += opened.failed;
            all.lost.extend(opened.lost);
            all.problems.extend(opened.problems);
        }
        file.read.documents.shrink_to_fit();
        files.push(file);
    }
    files
}

fn empty(packed: &PackedFile) -> StoredFile {
    let source = packed.source();
    let file =
        InputFile { source: source.to_string(), root: source.root, bytes: packed.bytes, sha256: packed.sha256.clone() };
    let opened = Opened { bytes: packed.bytes, ..Opened::default() };
    StoredFile {
        read: ReadFile { source, documents: Vec::new(), file, opened },
        originals: Vec::new(),
        names: packed.documents.iter().map(|document| document.inside.clone()).collect(),
        content: packed.content().to_owned(),
        folder: packed.folder.clone(),
        ingested_at: Instant::from_millis(packed.ingested_at),
        is_foreign: packed.is_foreign(),
    }
}

/// Decodes the original `d` of `packed`. A file that is kept as it was on disk is opened like a file on disk: an
/// archive that could not be opened completely when it was stored may open today.
fn decode_original(
    packed: &PackedFile,
    d: usize,
    (bytes, turn): (&[u8], &mut Turn),
    limits: &Limits,
    memory: &mut decode::Memory,
) -> Given {
    let mut documents = Vec::new();
    let mut each = |source: &Source, document: &[u8]| {
        let named = packed.named && source.inside.is_none();
        let mut decoded = decode::decode(source, document, named, limits, memory);
        pack(&mut decoded, memory);
        documents.push(decoded);
    };
    let source = packed.source();
    let opened = if packed.is_whole() {
        bytes::unpack(&source, bytes, limits, Opened::default(), turn, &mut each)
    } else {
        each(&Source { inside: packed.documents[d].inside.clone(), ..source }, bytes);
        Opened { documents: 1, ..Opened::default() }
    };
    (opened, documents)
}

/// An original without bytes, or with more bytes than `limits` allow.
fn not_decoded(packed: &PackedFile, d: usize, limits: &Limits) -> Given {
    let original = &packed.documents[d];
    let source = Source { inside: original.inside.clone(), ..packed.source() };
    if original.at.is_some() {
        let problems = vec![bytes::too_large(&source, limits)];
        return (Opened { failed: 1, lost: vec![source], problems, ..Opened::default() }, Vec::new());
    }
    let told = original.foreign.iter().map(|told| {
        let kind = Kind::parse(&told.kind).unwrap_or(Kind::Foreign);
        let problem = Problem::new(kind, &source, told.what.clone()).at(told.place.clone());
        problem.advise(harmless(&told.advice))
    });
    let decoded = Decoded { outcome: Outcome::Skipped, problems: told.collect(), ..Decoded::nothing(&source) };
    (Opened { documents: 1, ..Opened::default() }, vec![decoded])
}

/// The text of a problem about a file that the head does not list.
const NOT_LISTED: &str = "is not listed in head.json, and was not read";

/// Whether a problem of a store means that something listed was not read.
pub fn is_loss(problem: &Problem) -> bool {
    problem.kind == Kind::StoreDiffers && problem.what != NOT_LISTED
}

fn problem(store: &Store, difference: &HeadError) -> Problem {
    let (path, what, advice) = match difference {
        HeadError::Missing(path) => {
            (path.as_str(), "is missing; what was in it is not in this report".to_owned(), "Bring it back from a copy.")
        }
        HeadError::Surplus(path) => (
            path.as_str(),
            NOT_LISTED.to_owned(),
            "Bring head.json back from a copy, or remove the file; `dormant store compact --accept-losses` takes it in.",
        ),
        HeadError::Other(path) => (
            path.as_str(),
            "is damaged: it is not what head.json lists, and was not read".to_owned(),
            "Bring it back from a copy.",
        ),
        HeadError::Unreadable(path, reason) => {
            (path.as_str(), format!("cannot be read: {reason}"), "Bring it back from a copy.")
        }
        HeadError::NoShard(shard) => {
            let what = format!(
                "lacks shard {shard}: it has not run yet, or its list is lost; its part of the input is not in this report"
            );
            let problem = Problem::new(Kind::StoreDiffers, harmless(&store.root().display().to_string()), what);
            return problem.advise("Run it, or bring its list and its originals back from a copy.");
        }
        HeadError::Damaged => ("head.json", "is damaged".to_owned(), "Bring it back from a copy."),
    };
    Problem::new(Kind::StoreDiffers, harmless(&store.root().join(path).display().to_string()), what).advise(advice)
}

/// Whether nothing can be concluded from a document.
pub(super) fn says_nothing(document: &Decoded) -> bool {
    document.sidecars.iter().all(|sidecar| matches!(sidecar, Sidecar::NoAnswer { .. }))
        && document.policies.is_empty()
        && document.answers.iter().all(|one| !is_usable(&one.job, one.list) && one.rows.service_count() == 0)
        && document.others.iter().all(|other| !is_usable(&other.job, other.list) && other.rows.is_empty())
}

fn is_usable(job: &Job, list: ListState) -> bool {
    list == ListState::Present && job.status.is_none_or(|status| status == JobStatus::Completed)
}

/// What a file is about: an operation, the entity if the file itself names it, and when its job was made.
#[derive(Debug, PartialEq, Eq)]
struct About<'f> {
    operation: Option<OtherOperation>,
    entity: Option<&'f str>,
    made: Option<Instant>,
}

impl StoredFile {
    /// Whether nothing can be concluded from it, although all of it was read: behind a limit there may be anything.
    fn says_nothing(&self) -> bool {
        let is_limit = |problem: &Problem| problem.kind == Kind::TooLarge;
        let documents = &self.read.documents;
        documents.iter().all(says_nothing)
            && !self.read.opened.problems.iter().any(is_limit)
            && !documents.iter().flat_map(|document| &document.problems).any(is_limit)
    }

    /// Which files with its path and content are the same file: those below folders of the same account, kind and date;
    /// if it says nothing, those in its very place.
    fn key(&self, telling: &FxHashMap<String, String>) -> String {
        match &self.folder {
            Some(folder) if self.is_foreign || !self.says_nothing() => format!("{}/", telling[folder]),
            Some(folder) => folder.clone(),
            None => String::new(),
        }
    }

    /// What its answers are about; only those with a list, or only those without one.
    fn about(&self, usable: bool) -> impl Iterator<Item = About<'_>> {
        self.read.documents.iter().flat_map(move |document| {
            let made = |job: &Job| job.created.or(job.completed);
            let of = move |job: &Job, list| is_usable(job, list) == usable;
            let answers = document.answers.iter().filter(move |one| of(&one.job, one.list)).map(move |one| About {
                operation: None,
                entity: one.claim.as_ref().map(|claim| claim.text.as_str()),
                made: made(&one.job),
            });
            let others = document.others.iter().filter(move |one| of(&one.job, one.list)).map(move |one| About {
                operation: Some(one.rows.kind()),
                entity: one.stated.as_deref(),
                made: made(&one.job),
            });
            answers.chain(others)
        })
    }

    /// Whether it is the same file of the disk as `earlier`, with what was in it later.
    fn is_later_than(&self, earlier: &Self) -> bool {
        self.folder.is_some() && self.folder == earlier.folder && self.ingested_at > earlier.ingested_at
    }

    /// Whether `other`, which has the same path, replaces this file, from which nothing can be concluded: every answer
    /// that is missing here is there, about the same entity, of a job that is not older.
    fn is_replaced_by(&self, other: &Self) -> bool {
        let is_later = other.is_later_than(self);
        let answered = |missing: About| {
            other.about(true).any(|answer| {
                let is_same_job = missing.made.is_some() && missing.made == answer.made;
                let is_same_entity = match (missing.entity, answer.entity) {
                    (Some(missing), Some(answer)) => missing == answer,
                    (Some(_), None) => false,
                    // Its path names the entity: it must be the same file, or the same job.
                    (None, _) => is_later || is_same_job,
                };
                let is_not_older = match (missing.made, answer.made) {
                    (Some(missing), Some(answer)) => answer >= missing,
                    _ => is_later,
                };
                missing.operation == answer.operation && is_same_entity && is_not_older
            })
        };
        // What could not be read has no date and may name entities; then its own place tells what it was.
        let lost: Vec<&str> =
            self.read.documents.iter().flat_map(|document| &document.unread).map(Arn::as_str).collect();
        let is_named = |lost: &&str| {
            other.about(true).any(|answer| match answer.entity {
                Some(entity) => entity == *lost,
                None => lost.rsplit('/').next().is_some_and(|name| self.read.source.path.contains(name)),
            })
        };
        let mut missing = self.about(false).peekable();
        let has_no_answer = missing.peek().is_none();
        missing.all(answered) && lost.iter().all(is_named) && (is_later || !has_no_answer && lost.is_empty())
    }
}

/// The files in the order of their places, each once; without those that told nothing (a job still running, an empty
/// file) if another one in the same place gives the answer.
#[must_use]
pub fn in_order(files: Vec<StoredFile>) -> Vec<StoredFile> {
    fn order((key, file): &(String, StoredFile)) -> impl Ord {
        (&file.read.source, &file.content, key, file.is_foreign, Reverse(file.ingested_at))
    }
    // Thousands of files are below one folder.
    let mut telling: FxHashMap<String, String> = FxHashMap::default();
    for folder in files.iter().filter_map(|file| file.folder.as_deref()) {
        if !telling.contains_key(folder) {
            telling.insert(folder.to_owned(), telling_folders(folder));
        }
    }
    let mut files: Vec<(String, StoredFile)> = files.into_par_iter().map(|file| (file.key(&telling), file)).collect();
    files.par_sort_by(|a, b| order(a).cmp(&order(b)));
    files.dedup_by(|(later_key, later), (earlier_key, earlier)| {
        let is_alike = later.read.source == earlier.read.source && later.content == earlier.content;
        let is_same = is_alike && (later_key == earlier_key || earlier_key.is_empty());
        if is_same && later_key != earlier_key {
            // A program that did not keep the folder stored it; the other one tells more.
            std::mem::swap(later, earlier);
            std::mem::swap(later_key, earlier_key);
        }
        is_same
    });
    let mut ordered: Vec<StoredFile> = Vec::with_capacity(files.len());
    let mut rest = files.into_iter().map(|(_, file)| file).peekable();
    while let Some(first) = rest.next() {
        let mut same_path = vec![first];
        while let Some(next) = rest.next_if(|next| next.read.source == same_path[0].read.source) {
            same_path.push(next);
        }
        if same_path.len() > 1 {
            let (silent, speaking): (Vec<_>, Vec<_>) = same_path.into_iter().partition(StoredFile::says_nothing);
            let is_left = |file: &StoredFile| !speaking.iter().any(|other| file.is_replaced_by(other));
            let left: Vec<_> = silent.into_iter().filter(is_left).collect();
            same_path = speaking;
            same_path.extend(left);
            same_path.sort_by(|a, b| a.content.cmp(&b.content));
        }
        ordered.extend(same_path);
    }
    ordered
}
