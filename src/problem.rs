//! Everything that can be wrong with an input, as data: shown on stderr, in every report's "Problems" section, by
//! `check`, and in the exit code. Nothing in this program drops a file without making one of these.

use crate::util::numbers::thousands;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::util::sanitize::harmless;

/// How bad a problem is: this decides the exit code and where the problem is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing of the source could be used.
    NotRead,
    /// It was read, but does not hold everything: it is cut, pending or failed.
    Incomplete,
    /// It was read; a reader should know this.
    Warning,
    /// It is not an input of ours: another program's file in the same folder.
    Skipped,
}

impl Severity {
    /// The word in every output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRead => "not read",
            Self::Incomplete => "incomplete",
            Self::Warning => "warning",
            Self::Skipped => "skipped",
        }
    }
}

/// Declares the kinds: a variant, its stable code, its severity.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $severity:ident;)+) => {
        /// Every way in which an input can fail. The code is stable: scripts may match on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind { $($(#[$doc])* $name),+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// The kind of this code, if there is one.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.code() == code)
            }

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity),+ }
            }
        }
    };
}

kinds! {
    /// The walk or the operating system refused.
    Unreadable = "unreadable", NotRead;
    /// An archive or gzip stream that is damaged.
    DamagedArchive = "damaged-archive", NotRead;
    /// A ceiling was reached: bytes, members, depth, rows.
    TooLarge = "too-large", NotRead;
    /// JSON that ends in the middle.
    CutOff = "cut-off-json", NotRead;
    /// JSON that breaks a rule of JSON.
    BrokenJson = "broken-json", NotRead;
    /// The answer of another operation.
    WrongOperation = "wrong-operation", NotRead;
    /// A rendering that lost what is needed: text, table, YAML, repr, ….
    WrongFormat = "wrong-format", NotRead;
    /// The error text of a client, saved instead of an answer.
    ClientError = "client-error", NotRead;
    /// A file that the user typed and that is not ours: one that the walk finds would only be skipped.
    NotADump = "not-a-dump", NotRead;
    /// A store does not hold what its head lists.
    StoreDiffers = "store-differs", NotRead;
    /// The right shape, but with a member that cannot be understood.
    BadValue = "bad-value", NotRead;
    /// Zero bytes, or nothing but blanks.
    EmptyFile = "empty-file", NotRead;
    /// The job had not finished when the file was saved.
    Pending = "pending", Incomplete;
    /// The job failed.
    FailedJob = "failed-job", Incomplete;
    /// Every access in the dump is by another entity than the one that the document names.
    Contradicted = "contradicted", Incomplete;
    /// The list was cut.
    Truncated = "truncated", Incomplete;
    /// The list may have been cut.
    Suspect = "suspect", Incomplete;
    /// The saver kept only used rows.
    UsedOnly = "used-only", Incomplete;
    /// Nothing tells which entity the dump is about.
    UnknownEntity = "unknown-entity", Warning;
    /// Documents contradict one another: nothing can be concluded from these rows.
    ContradictedRows = "contradicted-rows", Warning;
    /// Two sources of evidence about the entity disagree.
    Contradiction = "contradiction", Warning;
    /// Nothing tells when the dump was made.
    NoDate = "no-date", Warning;
    /// A date that cannot be read: its row is `unknown`.
    UnreadableDate = "unreadable-date", Warning;
    /// An access later than the dump.
    FutureAccess = "future-access", Warning;
    /// An action of a policy that IAM does not store: it is read as what grants more.
    MalformedStatement = "malformed-statement", Warning;
    /// A policy that entities hold, and of which no document was saved: what it grants is unknown.
    DocumentMissing = "document-missing", Warning;
    /// Anything else a reader should know.
    Note = "note", Warning;
    /// Another copy of the same answer.
    Duplicate = "duplicate", Warning;
    /// A decision to keep that has expired: what it hid is advice again.
    DecisionExpired = "decision-expired", Warning;
    /// A decision about nothing that the inputs show.
    DecisionUnmatched = "decision-unmatched", Warning;
    /// A value of a filter that fits nothing in the inputs.
    UnmatchedFilter = "unmatched-filter", Warning;
    /// A folder that this program wrote, found among the dumps and left out.
    OwnFolder = "own-folder", Warning;
    /// The answer of another operation, which this report does not use.
    OtherReport = "other-report", Skipped;
    /// A program or a page that mentions the API and holds no answer.
    MentionsTheApi = "mentions-the-api", Skipped;
    /// Not one of our documents.
    Foreign = "foreign", Skipped;
}

/// One problem with one input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// The file, or `archive!member`.
    pub source: String,
    /// Where in it: `line 3, column 7`, `[2]`, a key; empty for the whole.
    pub place: String,
    /// What kind of problem.
    pub kind: Kind,
    /// What is wrong, in one sentence without its full stop.
    pub what: String,
    /// What to do about it, in one sentence; empty if there is nothing to do.
    pub advice: String,
}

impl Problem {
    /// A problem with the whole of `source`.
    pub fn new(kind: Kind, source: impl fmt::Display, what: impl Into<String>) -> Self {
        // A quoted message of a client often ends in a full stop, and may hold any character.
        let what = harmless(what.into().trim_end_matches('.')).into_owned();
        Self { source: source.to_string(), place: String::new(), kind, what, advice: String::new() }
    }

    /// The same, at a place inside the source.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = harmless(&place.into()).into_owned();
        self
    }

    /// The same, with what to do.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

/// `1 date`, `2 dates`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count as u64), if count == 1 { one } else { many })
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        if !self.place.is_empty() {
            write!(f, " ({})", self.place)?;
        }
        write!(f, ": {}", self.what)?;
        if !self.advice.is_empty() {
            write!(f, ". {}", self.advice)?;
        }
        Ok(())
    }
}
