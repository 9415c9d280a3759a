//! The reading half of a run: from paths to dumps, files in parallel, results in the order of the files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::context::RunContext;
use super::read_file::ReadFile;
use crate::decode::bytes::{self, StoredBytes};
use crate::decode::{self, Decoded, Limits, Memory, Outcome};
use crate::discover::Found;
use crate::model::{Arn, OtherReport, Source, Symbols};
use crate::problem::{Kind, Problem, Severity};
use crate::report::{InputCounts, InputFile};
use crate::resolve;

/// Every document below the paths, decoded, and what happened to the files.
#[derive(Debug, Default)]
pub struct Loaded {
    /// In the order of the sources.
    pub documents: Vec<Decoded>,
    /// Every stored file.
    pub files: Vec<InputFile>,
    /// Problems without a document: those of the walk, and damaged archives.
    pub problems: Vec<Problem>,
    /// Files and members that gave not even a document.
    lost: InputCounts,
    /// Files, members of archives and links that failed before they gave a document.
    lost_sources: Vec<Source>,
}

impl Loaded {
    /// What was read, and what the walk and the stores reported.
    ///
    /// `unopened` are the places of what the walk could not open.
    pub fn of(read: Vec<ReadFile>, problems: Vec<Problem>, unopened: Vec<Source>) -> Self {
        let mut loaded = Self { lost_sources: unopened, ..Self::default() };
        for problem in problems {
            // A note is about a folder, and means that no file is lost.
            if problem.kind == Kind::Note {
                loaded.problems.push(problem);
                continue;
            }
            loaded.lost.found += 1;
            match problem.severity() {
                // A folder of our own was left out, which is a warning and not only a skipped file.
                Severity::Skipped | Severity::Warning => loaded.lost.skipped += 1,
                _ => loaded.lost.failed += 1,
            }
            loaded.problems.push(problem);
        }
        loaded.documents.reserve_exact(read.iter().map(|file| file.documents.len()).sum());
        loaded.files.reserve_exact(read.len());
        for file in read {
            loaded.push(file);
        }
        loaded
    }

    fn push(&mut self, read: ReadFile) {
        let ReadFile { documents, file, opened, .. } = read;
        // The name of an archive from which something was read names no entity: its members do.
        let is_lost = |source: &Source| source.inside.is_some() || documents.is_empty();
        self.lost_sources.extend(opened.lost.into_iter().filter(is_lost));
        self.documents.extend(documents);
        self.files.push(file);
        self.lost.found += opened.skipped + opened.failed;
        self.lost.skipped += opened.skipped;
        self.lost.failed += opened.failed;
        self.problems.extend(opened.problems);
    }

    /// Leaves out the tables of uses that the user gave as such: they are read there, and are no lost data among the dumps.
    pub fn leave_out(&mut self, tables: &[PathBuf]) {
        let tables: Vec<PathBuf> = tables.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let is_use = |problem: &Problem| problem.kind == Kind::WrongOperation;
        let is_table = |source: &Source| {
            source.inside.is_none() && Path::new(&*source.path).canonicalize().is_ok_and(|path| tables.contains(&path))
        };
        let refused = self.documents.iter_mut().filter(|document| document.problems.iter().any(is_use));
        for document in refused.filter(|document| document.outcome == Outcome::Failed) {
            if !tables.is_empty() && is_table(&document.source) {
                *document = Decoded::nothing(&document.source);
                document.problems.push(Problem::new(Kind::Foreign, &document.source, "given as a table of uses"));
            }
        }
    }

    /// What happened to the inputs: documents, and files that never became one.
    pub fn counts(&self) -> InputCounts {
        let mut counts = self.lost;
        for document in &self.documents {
            counts.found += 1;
            *match document.outcome {
                Outcome::Read => &mut counts.read,
                Outcome::Skipped => &mut counts.skipped,
                Outcome::Failed => &mut counts.failed,
            } += 1;
        }
        counts
    }

    /// The places of what could not be read and does not tell itself which entity it is about: documents, and files that
    /// gave not even a document.
    pub fn unread(&self) -> impl Iterator<Item = &Source> {
        let is_unread = |document: &&Decoded| document.outcome == Outcome::Failed && !document.unread_are_told;
        let documents = self.documents.iter().filter(is_unread);
        documents.map(|document| &document.source).chain(&self.lost_sources)
    }

    /// The entities that are named in what could not be read, each with its document.
    pub fn unread_names(&self) -> impl Iterator<Item = (&Source, &Arn)> {
        self.documents.iter().flat_map(|document| document.unread.iter().map(|arn| (&document.source, arn)))
    }

    /// Marks the documents that `problems` refuse as not read: only next to the others does a sidecar show whether it
    /// is of use.
    pub fn refuse(&mut self, problems: &[Problem]) {
        let refusal = |problem: &Problem| match problem.severity() {
            Severity::NotRead => Some(Outcome::Failed),
            Severity::Skipped => Some(Outcome::Skipped),
            Severity::Incomplete | Severity::Warning => None,
        };
        let refused: BTreeMap<&str, Outcome> =
            problems.iter().filter_map(|problem| Some((problem.source.as_str(), refusal(problem)?))).collect();
        for document in self.documents.iter_mut().filter(|d| !d.sidecars.is_empty() && d.policies.is_empty()) {
            if let Some(outcome) = refused.get(document.source.to_string().as_str()) {
                document.outcome = *outcome;
                document.sidecars.clear();
            }
        }
    }

    /// Gives the uses of keys that only name the key to the owner that other documents name.
    pub fn name_owners_of_keys(&mut self) {
        let answers = self.documents.iter_mut().flat_map(|document| &mut document.policies);
        let mut lost: BTreeMap<String, Vec<Problem>> = BTreeMap::new();
        for problem in resolve::credentials::name_owners(answers.collect()) {
            lost.entry(problem.source.clone()).or_default().push(problem);
        }
        if lost.is_empty() {
            return;
        }
        for document in &mut self.documents {
            document.problems.extend(lost.remove(&document.source.to_string()).unwrap_or_default());
        }
    }

    /// Everything that went wrong, in documents and outside them.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(self.documents.iter().flat_map(|d| &d.problems))
    }
}

/// One buffer and one memory for each thread: rayon hands out a thread's work in pieces, and a memory should last over
/// all of them.
pub(super) struct Workers<'s>(Vec<Mutex<(StoredBytes, Memory<'s>)>>);

impl<'s> Workers<'s> {
    pub(super) fn new(symbols: &'s Symbols) -> Self {
        let worker = || Mutex::new((StoredBytes::default(), Memory::new(symbols)));
        Self(std::iter::repeat_with(worker).take(rayon::current_num_threads().max(1)).collect())
    }

    /// Lends the calling thread its own buffer and memory, so that no thread waits for another. The memory for a large
    /// file is released after it.
    pub(super) fn with_own<T>(&self, work: impl FnOnce(&mut StoredBytes, &mut Memory<'s>) -> T) -> T {
        let own = &self.0[rayon::current_thread_index().unwrap_or(0) % self.0.len()];
        // A panic of a worker ends the run; its memory is never read again.
        let mut own = own.lock().unwrap_or_else(PoisonError::into_inner);
        let (scratch, memory) = &mut *own;
        let done = work(scratch, memory);
        scratch.release();
        done
    }

    /// Frees the memories of the workers in parallel: they are many small allocations.
    pub(super) fn into_freed(self) {
        self.0.into_par_iter().for_each(drop);
    }
}

/// How many files a thread takes at a time. They are few, so that the others do not wait while one reads the last and
/// largest.
const FILES_AT_A_TIME: usize = 4;

/// Reads files in parallel; returns their results in the order of the files.
pub fn read_files(files: &[Found], hash: bool, context: &RunContext) -> Vec<ReadFile> {
    context.progress.begin("reading", files.len() as u64);
    let workers = Workers::new(context.symbols);
    let limits = &context.request.limits;
    let read = |file: &Found| {
        let read = workers.with_own(|scratch, memory| read_file(file, limits, hash, scratch, memory));
        context.progress.advance(1);
        read
    };
    let read = files.par_iter().with_max_len(FILES_AT_A_TIME).map(read).collect();
    workers.into_freed();
    read
}

fn read_file(found: &Found, limits: &Limits, hash: bool, scratch: &mut StoredBytes, memory: &mut Memory) -> ReadFile {
    let mut documents = Vec::new();
    let mut opened = bytes::open(found, limits, hash, scratch, &mut |source, document| {
        let named = found.named && source.inside.is_none();
        let mut decoded = decode::decode(source, document, named, limits, memory);
        pack(&mut decoded, memory);
        documents.push(decoded);
    });
    documents.shrink_to_fit();
    let file = InputFile {
        source: found.source.to_string(),
        root: found.source.root,
        bytes: opened.bytes,
        sha256: opened.sha256.take(),
    };
    ReadFile { source: found.source.clone(), documents, file, opened }
}

/// Packs the rows of a document until all others are read.
pub(super) fn pack(decoded: &mut Decoded, memory: &Memory) {
    decoded.answers.shrink_to_fit();
    decoded.answers.iter_mut().for_each(|answer| answer.rows.pack(memory.names.shared().row_terms()));
}

/// Resolves which entity each answer is about and what it proves; takes the answers out of `loaded`.
pub fn resolve_answers(loaded: &mut Loaded, options: &resolve::Options, context: &RunContext) -> resolve::Resolved {
    let sidecars: Vec<_> = loaded.documents.iter().flat_map(|d| d.sidecars.clone()).collect();
    let mut answers = Vec::with_capacity(loaded.documents.iter().map(|d| d.answers.len()).sum());
    answers.extend(loaded.documents.iter_mut().flat_map(|d| std::mem::take(&mut d.answers)));
    resolve::resolve(answers, &sidecars, context.symbols, context.catalogue, options)
}

/// Resolves the answers of other operations; takes them out of `loaded`.
pub fn resolve_other_operations(
    loaded: &mut Loaded,
    options: &resolve::Options,
    context: &RunContext,
) -> Vec<(OtherReport, Vec<Problem>)> {
    let others = loaded.documents.iter_mut().flat_map(|d| std::mem::take(&mut d.others)).collect();
    resolve::other_operations::settle(others, context.catalogue, options)
}

/// The ARNs that `loaded` names anywhere.
pub fn arns_seen(loaded: &Loaded, context: &RunContext) -> BTreeSet<Arn> {
    let sidecars: Vec<_> = loaded.documents.iter().flat_map(|d| d.sidecars.clone()).collect();
    let answers: Vec<_> = loaded.documents.iter().flat_map(|d| d.answers.clone()).collect();
    resolve::arns_seen(&answers, &sidecars, context.symbols, context.options)
}
