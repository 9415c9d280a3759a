//! One answer of `get-service-last-accessed-details` as found in a document, before its entity is known.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::terms::closed_set;
use super::{Instant, JobStatus, JobType, Mention, PackedRows, Stated};

/// A file, or a member of an archive: the place where bytes came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// The path as the user typed it, joined with what the walk found below it; always `/` between parts. Bytes that are not
    /// UTF-8 are shown as `\xNN`.
    pub path: String,
    /// The member's name, if the file is an archive.
    pub inside: Option<String>,
    /// How many leading bytes of `path` are the folder that the user typed: the part above the estate tells nothing
    /// about entities, and dates in it do not count.
    pub root: usize,
}

impl Source {
    /// A plain file.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: path.into(), inside: None, root: 0 }
    }

    /// The path of the file, if `folder` is the canonical path of the folder that the user typed or that holds the file
    /// that the user typed.
    #[must_use]
    pub fn place_in(&self, folder: &str) -> String {
        let below = match self.root {
            0 => self.path.rsplit('/').next().unwrap_or_default(),
            root => self.path[root..].trim_start_matches('/'),
        };
        format!("{}/{below}", folder.trim_end_matches('/'))
    }

    /// The path below the folder that the user typed, continued into the archive: path forms and templates are read
    /// from it.
    #[must_use]
    pub fn logical_path(&self) -> String {
        let below = self.path[self.root..].trim_start_matches('/');
        match &self.inside {
            None => below.to_owned(),
            Some(inside) => format!("{below}/{inside}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inside {
            None => f.pad(&self.path),
            Some(inside) => write!(f, "{}!{inside}", self.path),
        }
    }
}

closed_set! {
    /// The shapes in which answers are saved; numbers as in `docs/input-formats.md`.
    Shape {
        /// 1: one answer per file, as the client prints it.
        Answer = "answer",
        /// 2: an object keyed by ARN.
        ByArn = "by-arn",
        /// 3: a list of objects that name their entity.
        List = "list",
        /// 4: only the `ServicesLastAccessed` list.
        BareList = "bare-list",
        /// 5: one flat row per service.
        FlatRows = "flat-rows",
        /// 6: several answers one after another.
        Concatenated = "concatenated",
        /// 8: aardvark's `/advisors` answer.
        Aardvark = "aardvark",
        /// 10: recorded by placebo or wrapped by an SDK.
        Wrapped = "wrapped",
    }
}

closed_set! {
    /// The place in a document that names an entity.
    ClaimKind {
        /// An ARN member next to or above the list, or a header line of text before it.
        Member = "member",
        /// A map key.
        Key = "key",
    }
}

/// The entity that the document itself names for its answer. The text is not checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The text found, meant to be an ARN.
    pub text: String,
    /// The place where it was found.
    pub kind: ClaimKind,
}

/// Whether the list of services was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListState {
    /// No such member.
    Missing,
    /// The member is `null`.
    Null,
    /// A list, possibly empty.
    Present,
    /// The entity is named, and the value in the place of its answer is not an answer; the error of the job holds it.
    NoAnswer,
}

/// `Error` of a failed job.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct JobError {
    /// `Code`.
    pub code: String,
    /// `Message`.
    pub message: String,
}

/// The job's own members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job {
    /// Not part of the answer, but some savers add it.
    pub id: Option<String>,
    /// `JobStatus`.
    pub status: Option<JobStatus>,
    /// `JobType`; absent in answers before June 2020.
    pub job_type: Option<JobType>,
    /// `JobCreationDate`.
    pub created: Option<Instant>,
    /// `JobCompletionDate`.
    pub completed: Option<Instant>,
    /// `IsTruncated`; `None` if a saver dropped it.
    pub is_truncated: Option<bool>,
    /// Whether a `Marker` is there.
    pub has_marker: bool,
    /// `Error`.
    pub error: Option<JobError>,
}

impl Job {
    /// When the job ran: its completion, or otherwise its creation.
    #[must_use]
    pub fn date(&self) -> Option<Instant> {
        self.completed.or(self.created)
    }
}

/// One answer: job, rows, and what the document tells about the entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Where it was read.
    pub source: Source,
    /// Where in the document: empty for the whole, else `[3]`, `#2` (second value of a concatenation) or a key.
    pub locator: String,
    /// The shape it was found in.
    pub shape: Shape,
    /// The entity that the document names.
    pub claim: Option<Claim>,
    /// A 12-digit key above the answer.
    pub account: Option<String>,
    /// What stands next to or above the answer and names entities, if nothing names the entity of the answer itself.
    pub beside: Vec<Mention>,
    /// What it tells about the entity itself.
    pub stated: Stated,
    /// The job's members.
    pub job: Job,
    /// Whether a list was there.
    pub list: ListState,
    /// The rows, sorted as found.
    #[serde(skip)]
    pub rows: PackedRows,
}

/// A document that is not an answer but tells which entity another one is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sidecar {
    /// The answer of `generate-service-last-accessed-details`: the `JobId` of the entity that its path names.
    Generate {
        /// Where it was read.
        source: Source,
        /// Where in the document.
        locator: String,
        /// The job.
        job_id: String,
        /// The entity of the job, if the request stands next to the answer.
        arn: Option<String>,
    },
    /// The answer of `get-role`, `get-user`, … or one row of a list: an ARN, and what it tells about the entity.
    Entity {
        /// Where it was read.
        source: Source,
        /// The entity.
        arn: String,
        /// Its `CreateDate` and more.
        stated: Stated,
        /// Whether the document is about this entity alone, and so names the files next to it.
        alone: bool,
    },
    /// A short document without an answer (`{}`, `"ERROR"`, the error of a client). If it has a name like those of the
    /// dumps next to it, it is in the place of one; anywhere else it belongs to another program.
    NoAnswer {
        /// Where it was read.
        source: Source,
        /// Its text.
        said: String,
        /// Whether the user typed its path.
        named: bool,
    },
}

closed_set! {
    /// The result for one file or archive member. `found = read + skipped + failed` counts these.
    Outcome {
        /// Answers, of this operation or another, or a sidecar were taken from it.
        Read = "read",
        /// It belongs to another program.
        Skipped = "skipped",
        /// Nothing of it could be used.
        Failed = "failed",
    }
}
