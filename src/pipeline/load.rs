//! The reading half of a run: paths to dumps, files in parallel, results in the order of the files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::prelude::*;

use super::{Progress, Request, RunError};
use crate::catalogue::Catalogue;
use crate::decode::{self, Decoded, Outcome, bytes};
use crate::discover::{Found, discover};
use crate::model::{Arn, SymbolCache, Symbols};
use crate::problem::{Kind, Problem, Severity};
use crate::report::{InputCounts, InputFile};
use crate::resolve;

/// Every document below the paths, decoded, and how the files fared.
#[derive(Debug, Default)]
pub struct Loaded {
    /// In the order of the sources.
    pub documents: Vec<Decoded>,
    /// Every stored file.
    pub files: Vec<InputFile>,
    /// What no document stands for: the walk's troubles, damaged archives.
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// How the inputs fared: documents, and files of which not even a document came.
    pub fn counts(&self) -> InputCounts {
        let count = |outcome| self.documents.iter().filter(|d| d.outcome == outcome).count();
        let lost = |severity: fn(Severity) -> bool| self.problems.iter().filter(|p| severity(p.severity())).count();
        let (read, skipped, failed) = (
            count(Outcome::Read),
            count(Outcome::Skipped) + lost(|s| s == Severity::Skipped),
            count(Outcome::Failed) + lost(|s| s == Severity::NotRead),
        );
        InputCounts { found: read + skipped + failed, read, skipped, failed }
    }

    /// Everything that went wrong, in documents and outside them.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().chain(self.documents.iter().flat_map(|d| &d.problems))
    }
}

/// Finds and decodes everything below `paths`.
///
/// # Errors
/// Where a path that the user typed leads nowhere.
pub fn load(
    paths: &[PathBuf],
    request: &Request,
    symbols: &Symbols,
    progress: &dyn Progress,
) -> Result<Loaded, RunError> {
    let found = discover(paths).map_err(|e| RunError::Input(e.to_string()))?;
    progress.begin("reading", found.files.len() as u64);
    let read: Vec<_> = found
        .files
        .par_iter()
        .map_init(
            || (Vec::new(), SymbolCache::new(symbols)),
            |(scratch, names), file| {
                let read = read_file(file, request, scratch, names);
                progress.advance(1);
                read
            },
        )
        .collect();
    let mut loaded = Loaded { problems: found.problems, ..Loaded::default() };
    for (documents, file, problems) in read {
        loaded.documents.extend(documents);
        loaded.files.push(file);
        loaded.problems.extend(problems);
    }
    Ok(loaded)
}

fn read_file(
    found: &Found,
    request: &Request,
    scratch: &mut Vec<u8>,
    names: &mut SymbolCache,
) -> (Vec<Decoded>, InputFile, Vec<Problem>) {
    let mut documents = Vec::new();
    let opened = bytes::open(found, &request.limits, request.hash_inputs, scratch, &mut |source, document| {
        let named = found.named && source.inside.is_none();
        documents.push(decode::decode(source, document, named, names));
    });
    let file = InputFile { source: found.source.to_string(), bytes: opened.bytes, sha256: opened.sha256 };
    let mut problems = opened.problems;
    if documents.is_empty() && problems.is_empty() {
        problems.push(Problem::new(Kind::Foreign, &found.source, "an archive without files."));
    }
    (documents, file, problems)
}

/// Settles whom the answers are about and what they prove; takes them out of `loaded`.
///
/// # Errors
/// Where the manifest or the path template is wrong.
pub fn settle(
    loaded: &mut Loaded,
    known_arns: BTreeSet<Arn>,
    request: &Request,
    catalogue: &Catalogue,
    symbols: &Symbols,
) -> Result<resolve::Resolved, RunError> {
    let options = options(request, known_arns)?;
    let sidecars: Vec<_> = loaded.documents.iter().flat_map(|d| d.sidecars.clone()).collect();
    let answers = loaded.documents.iter_mut().flat_map(|d| std::mem::take(&mut d.answers)).collect();
    Ok(resolve::resolve(answers, &sidecars, symbols, catalogue, &options))
}

/// The ARNs that `loaded` names anywhere.
///
/// # Errors
/// Where the manifest or the path template is wrong.
pub fn arns_seen(loaded: &Loaded, request: &Request, symbols: &Symbols) -> Result<BTreeSet<Arn>, RunError> {
    let options = options(request, BTreeSet::new())?;
    let sidecars: Vec<_> = loaded.documents.iter().flat_map(|d| d.sidecars.clone()).collect();
    let answers: Vec<_> = loaded.documents.iter().flat_map(|d| d.answers.clone()).collect();
    Ok(resolve::arns_seen(&answers, &sidecars, symbols, &options))
}

fn options(request: &Request, known_arns: BTreeSet<Arn>) -> Result<resolve::Options, RunError> {
    let wrong = |e: &dyn std::fmt::Display| RunError::Input(e.to_string());
    Ok(resolve::Options {
        manifest: request.manifest.as_deref().map(resolve::Manifest::read).transpose().map_err(|e| wrong(&e))?,
        template: request
            .path_template
            .as_deref()
            .map(resolve::PathTemplate::parse)
            .transpose()
            .map_err(|e| wrong(&e))?,
        infer: request.infer,
        as_of: request.as_of,
        known_arns,
    })
}
