//! What two other operations answer: not which services one entity uses, but which entities use one service, and which
//! services an organization uses. They prove nothing about one entity's permissions, so they are kept apart from the
//! dumps.

use super::terms::closed_set;
use super::{Accessed, EntityKind, Evidence, IdentifiedBy, Instant, Job, ListState, Source};

closed_set! {
    /// The two operations.
    OtherOperation {
        /// `get-organizations-access-report`.
        Organizations = "organizations-access-report",
        /// `get-service-last-accessed-details-with-entities`.
        Entities = "with-entities",
    }
}

impl OtherOperation {
    /// The name of the operation, as in the AWS CLI.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        match self {
            Self::Organizations => "get-organizations-access-report",
            Self::Entities => "get-service-last-accessed-details-with-entities",
        }
    }

    /// The command that reports on it.
    #[must_use]
    pub const fn command(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Entities => "service-entities",
        }
    }
}

/// One service that the policies of an organizations path allow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrgService {
    /// `ServiceNamespace`.
    pub namespace: String,
    /// `ServiceName`.
    pub name: Option<String>,
    /// `LastAuthenticatedTime`.
    pub accessed: Accessed,
    /// `EntityPath`: the root, unit or account from which the last access came.
    pub path: Option<String>,
    /// `Region` of the last access.
    pub region: Option<String>,
    /// `TotalAuthenticatedEntities`: accounts with an access.
    pub accounts: Option<u32>,
}

/// One entity that may use the service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntityUse {
    /// `Arn`.
    pub arn: String,
    /// `Name`.
    pub name: Option<String>,
    /// `Type`.
    pub kind: Option<EntityKind>,
    /// `Id`.
    pub id: Option<String>,
    /// `Path`.
    pub path: Option<String>,
    /// `LastAuthenticated`.
    pub accessed: Accessed,
}

/// The rows of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OtherRows {
    /// `AccessDetails`.
    Organizations(Vec<OrgService>),
    /// `EntityDetailsList`.
    Entities(Vec<EntityUse>),
}

impl OtherRows {
    /// Which operation it is.
    #[must_use]
    pub const fn kind(&self) -> OtherOperation {
        match self {
            Self::Organizations(_) => OtherOperation::Organizations,
            Self::Entities(_) => OtherOperation::Entities,
        }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Organizations(rows) => rows.len(),
            Self::Entities(rows) => rows.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One answer of another operation, as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherAnswer {
    /// Where it was read.
    pub source: Source,
    /// Where in the document.
    pub locator: String,
    /// The ARN of the entity that the saver asked about, if a member or a key gives it.
    pub claim: Option<String>,
    /// The organizations path or the service, if a member next to the list gives it.
    pub stated: Option<String>,
    /// The job's members.
    pub job: Job,
    /// Whether a list was there.
    pub list: ListState,
    /// `NumberOfServicesAccessible`.
    pub accessible: Option<u32>,
    /// The rows.
    pub rows: OtherRows,
}

/// An answer of another operation, with its subject and its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherReport {
    /// The answer.
    pub other_answer: OtherAnswer,
    /// The organizations path or the service that it is about, if anything tells.
    pub subject: Option<String>,
    /// How that is known.
    pub identified_by: IdentifiedBy,
    /// What it proves.
    pub evidence: Evidence,
    /// When it was made.
    pub as_of: Option<Instant>,
    /// The place of the same answer, if another place holds it too and it counts there.
    pub duplicate_of: Option<String>,
}
