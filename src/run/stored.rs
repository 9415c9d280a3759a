//! Files from stores beside files from disk: the same to everything that follows.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::read_file::ReadFile;
use super::request::RunError;
use crate::archive::{Document, Store, StoredFile, in_order};
use crate::decode::Decoded;
use crate::decode::bytes::Opened;
use crate::model::policy::PolicyAnswer;
use crate::model::{Instant, Source, SpillFile, Symbols};
use crate::problem::{Kind, Problem};
use crate::report::InputFile;

/// The stores among `paths`, and what is none.
///
/// # Errors
/// Where a store is of a later version.
pub fn apart(paths: &[PathBuf]) -> Result<(Vec<Store>, Vec<PathBuf>), RunError> {
    let (mut stores, mut others) = (Vec::new(), Vec::new());
    for path in paths {
        match Store::at(path)? {
            Some(store) => stores.push(store),
            None => others.push(path.clone()),
        }
    }
    Ok((stores, others))
}

/// `read` and all that `stores` keep, in the order of their places, each file once. Hashes stay where they were asked for.
///
/// # Errors
/// Where a store is damaged.
pub fn with_kept(
    read: Vec<ReadFile>,
    stores: &[Store],
    keep_hashes: bool,
    symbols: &Symbols,
    room: &Arc<SpillFile>,
) -> Result<Vec<ReadFile>, RunError> {
    let mut kept = Vec::new();
    for store in stores {
        kept.extend(store.files(symbols, room)?);
    }
    // One store is in order already.
    let kept = if stores.len() > 1 { in_order(kept) } else { kept };
    let name = |source: &Source, sha256: Option<&str>| (source.to_string(), sha256.map(str::to_owned));
    let known: BTreeSet<_> = if read.is_empty() {
        BTreeSet::new()
    } else {
        kept.iter().map(|file| name(&file.source, Some(&file.sha256))).collect()
    };
    let mut all: Vec<ReadFile> =
        read.into_iter().filter(|file| !known.contains(&name(&file.source, file.file.sha256.as_deref()))).collect();
    all.extend(kept.into_iter().map(given));
    all.sort_by(|a, b| (&a.source, &a.file.sha256).cmp(&(&b.source, &b.file.sha256)));
    if !keep_hashes {
        for file in &mut all {
            file.file.sha256 = None;
        }
    }
    Ok(all)
}

/// What a store keeps, as if it had been read just now.
fn given(kept: StoredFile) -> ReadFile {
    let StoredFile { source, bytes, sha256, documents, skipped, failed, problems, .. } = kept;
    let opened = Opened { bytes, sha256: None, documents: documents.len(), skipped, failed, problems };
    let of = |document: Document| {
        let Document { inside, outcome, answers, sidecars, others, problems } = document;
        let policies = Vec::new();
        Decoded { source: Source { inside, ..source.clone() }, outcome, answers, sidecars, others, policies, problems }
    };
    let documents = documents.into_iter().map(of).collect();
    let file = InputFile { source: source.to_string(), bytes, sha256: Some(sha256) };
    ReadFile { source, documents, file, opened }
}

/// What was read, as a store keeps it; `None` for a file that could not be read whole.
pub fn keepable(read: ReadFile, now: Instant) -> Option<StoredFile> {
    let ReadFile { source, documents, file, opened } = read;
    let of = |document: Decoded| {
        let Decoded { source, outcome, answers, sidecars, others, policies, mut problems } = document;
        // What a store has no room for is said, at every ingest and in every report on it.
        problems.extend(policies.iter().map(not_kept));
        Document { inside: source.inside, outcome, answers, sidecars, others, problems }
    };
    Some(StoredFile {
        source,
        bytes: file.bytes,
        sha256: file.sha256?,
        ingested_at: now,
        documents: documents.into_iter().map(of).collect(),
        skipped: opened.skipped,
        failed: opened.failed,
        problems: opened.problems,
    })
}

/// What is said of an answer about policies, which a store does not keep.
fn not_kept(policies: &PolicyAnswer) -> Problem {
    let what = format!("a store does not keep the answer of `aws iam {}`", policies.operation);
    let problem = Problem::new(Kind::Note, &policies.source, what).at(&policies.locator);
    problem.advise("Name the file beside the store: `dormant grants STORE FILE`.")
}
