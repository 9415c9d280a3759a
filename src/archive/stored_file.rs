//! What a store keeps of a file: everything that reading it gave, so that whatever is computed from files can be computed from a
//! store, and is the same.

use crate::model::{Answer, Instant, OtherAnswer, Outcome, Sidecar, Source};
use crate::problem::Problem;

/// One file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where it was read.
    pub source: Source,
    /// Length of the stored bytes.
    pub bytes: u64,
    /// SHA-256 of these, in hex. A file that could not be read whole has none, and is not kept.
    pub sha256: String,
    /// When it was taken in.
    pub ingested_at: Instant,
    /// The documents in it: one, or the members of an archive.
    pub documents: Vec<Document>,
    /// Members that hold no document.
    pub skipped: usize,
    /// Members that could not be read.
    pub failed: usize,
    /// What was wrong with the file as a whole.
    pub problems: Vec<Problem>,
}

/// One document as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The member's name, where the file is an archive.
    pub inside: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// The answers in it, in order; their places are those of the document.
    pub answers: Vec<Answer>,
    /// What it says about whom other documents are about.
    pub sidecars: Vec<Sidecar>,
    /// The answers of other operations in it.
    pub others: Vec<OtherAnswer>,
    /// What was wrong with it.
    pub problems: Vec<Problem>,
}

/// By what a file is known again: its path below the folder that was named, and its content.
pub type Known = (String, String);

impl StoredFile {
    /// See [`Known`].
    #[must_use]
    pub fn known_by(&self) -> Known {
        (self.source.logical_path(), self.sha256.clone())
    }

    /// Whether nothing can be concluded from it: what a later file in its place makes good.
    fn says_nothing(&self) -> bool {
        self.documents.iter().all(|document| {
            let usable = |job: &crate::model::Job, list| {
                list == crate::model::ListState::Present
                    && job.status.is_none_or(|s| s == crate::model::JobStatus::Completed)
            };
            document.sidecars.is_empty()
                && document.answers.iter().all(|answer| !usable(&answer.job, answer.list))
                && document.others.iter().all(|other_answer| !usable(&other_answer.job, other_answer.list))
        })
    }
}

/// The files in the order of their places, each once; without those that said nothing (a job still running, an empty file)
/// where a later one in the same place did better.
#[must_use]
pub fn in_order(mut files: Vec<StoredFile>) -> Vec<StoredFile> {
    files.sort_by(|a, b| (&a.source, &a.sha256, a.ingested_at).cmp(&(&b.source, &b.sha256, b.ingested_at)));
    files.dedup_by(|later, earlier| later.source == earlier.source && later.sha256 == earlier.sha256);
    let mut ordered = Vec::with_capacity(files.len());
    for mut same_place in chunks(files, |a, b| a.source == b.source) {
        if same_place.len() > 1 {
            let newest = same_place.iter().map(|file| (file.ingested_at, file.sha256.clone())).max();
            same_place.retain(|file| {
                !file.says_nothing()
                    || newest.as_ref().is_some_and(|(at, sha)| (*at, sha) == (file.ingested_at, &file.sha256))
            });
        }
        ordered.extend(same_place);
    }
    ordered
}

fn chunks<T>(items: Vec<T>, same: impl Fn(&T, &T) -> bool) -> Vec<Vec<T>> {
    let mut chunks: Vec<Vec<T>> = Vec::new();
    for item in items {
        match chunks.last_mut() {
            Some(chunk) if same(&chunk[0], &item) => chunk.push(item),
            _ => chunks.push(vec![item]),
        }
    }
    chunks
}
