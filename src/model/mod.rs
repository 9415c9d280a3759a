//! The nouns of the field, and nothing else: what every stage may know.
//!
//! Nothing here reads a user's file, computes a verdict or prints. `decode` produces [`Answer`]s, `resolve` turns them into
//! [`Dump`]s, `frame` turns those into tables; all three meet here and only here.

mod answer;
mod arn;
pub(crate) mod codec;
mod dump;
mod harmless;
mod instant;
mod kept;
mod rows;
mod sibling;
mod symbols;
mod terms;
mod waiting;

pub use answer::{Answer, Claim, ClaimKind, Job, JobError, ListState, Outcome, Shape, Sidecar, Source};
pub use arn::{AccountId, Arn, ArnError, EntityKind};
pub use dump::{AsOfSource, Dump, Entity};
pub use harmless::{acts, harmless};
pub use instant::{Accessed, DAY_MS, Day, Instant};
pub use kept::KeptRows;
pub use rows::{ActionRow, Lists, Rows, ServiceRow};
pub use sibling::{EntityUse, OrgService, Sibling, SiblingKind, SiblingReport, SiblingRows};
pub use symbols::{Symbol, SymbolCache, Symbols};
pub use terms::{Evidence, IdentifiedBy, JobStatus, JobType, Level, UnknownReason, Verdict};
pub use waiting::{Away, WaitingRoom, WaitingRoomError};
