//! The nouns of the field, and nothing else: every stage may use them.
//!
//! Nothing here reads a user's file, computes a verdict or prints. `decode` produces [`Answer`]s, `resolve` turns them
//! into [`Dump`]s, `frame` turns those into tables; this is the only place where all three meet.

mod accounts;
mod answer;
mod arn;
mod beside;
pub(crate) mod codec;
mod credentials;
mod decisions;
mod dump;
mod instant;
mod mention;
mod other_operations;
mod packed_rows;
pub mod policy;
mod rows;
mod stated;
mod symbols;
mod terms;

pub use accounts::Accounts;
pub use answer::{Answer, Claim, ClaimKind, Job, JobError, ListState, Outcome, Shape, Sidecar, Source};
pub use arn::{AccountId, Arn, ArnError, EntityKind};
pub use beside::{DocumentsBeside, EntityFact, Named, OtherAccess};
pub use credentials::{Credential, CredentialKind, CredentialRecord, KeyPlace};
pub use decisions::{Choice, DecidedEntity, Decision, DecisionState, Decisions, EntityDecisions, Ruling};
pub use dump::{AsOfSource, Dump, Entity};
pub use instant::{Accessed, DAY_MS, Day, Instant, SHOWN_WITHIN_MS};
pub use mention::Mention;
pub use other_operations::{EntityUse, OrgService, OtherAnswer, OtherOperation, OtherReport, OtherRows};
pub use packed_rows::{ListFacts, PackedRows, RowNumbers, RowTerms};
pub use rows::{ActionRow, Lists, Rows, ServiceRow};
pub use stated::{EntityStatement, Stated, StatedPolicy};
pub use symbols::{Symbol, SymbolCache, Symbols, folded};
pub use terms::{
    AgeKnownBy, Evidence, IdentifiedBy, JobStatus, JobType, Level, ManagedBy, ObservedLimit, Remedy, UnknownReason,
    Verdict,
};
