//! One dump: an answer with a resolved entity and decided evidence, its pages joined.

use super::terms::closed_set;
use super::{
    AccountId, Arn, EntityKind, Evidence, IdentifiedBy, Instant, JobError, JobStatus, JobType, PackedRows, Remedy,
    Shape, Source,
};

closed_set! {
    /// Where a dump's `as_of` comes from, best first.
    AsOfSource {
        /// `--as-of`.
        Override = "override",
        /// `JobCompletionDate`.
        Completed = "completed",
        /// `JobCreationDate`.
        Created = "created",
        /// A date in the path or the path template.
        Path = "path",
        /// `--made-at`.
        MadeAt = "made-at",
        /// There is none; ages are unknown.
        None = "none",
    }
}

/// The entity of a dump, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Two dumps are about one entity exactly if their keys are equal: account and ARN if both are known, otherwise the
    /// path.
    pub key: String,
    /// The ARN, if it is known exactly.
    pub arn: Option<Arn>,
    /// The partition, if the ARN is not known and something else tells it.
    pub partition: Option<Box<str>>,
    /// The account: the one in the ARN, or (for AWS-managed policies and labels) the one in the path.
    pub account: Option<AccountId>,
    /// User, role, group or policy.
    pub kind: Option<EntityKind>,
    /// The name without its IAM path, or the label under which the dump was saved.
    pub name: String,
    /// When the entity was created: the latest of all dates that any document states.
    pub created: Option<Instant>,
    /// Whether a document states a creation date that cannot be read.
    pub creation_unreadable: bool,
}

impl Entity {
    /// The entity of an ARN.
    #[must_use]
    pub fn of(arn: Arn) -> Self {
        let account = arn.account().map_or("-", AccountId::as_str);
        Self {
            key: format!("{account}|{arn}"),
            account: arn.account().cloned(),
            kind: Some(arn.kind()),
            name: arn.name().to_owned(),
            arn: Some(arn),
            partition: None,
            created: None,
            creation_unreadable: false,
        }
    }

    /// `aws`, `aws-cn`, …, if the ARN or something else tells it.
    #[must_use]
    pub fn partition(&self) -> Option<&str> {
        self.arn.as_ref().map(Arn::partition).or(self.partition.as_deref())
    }

    /// What the owner can do about it; see [`Arn::remedy`]. A label can be anything, so its owner edits it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.arn.as_ref().map_or(Remedy::EditPolicy, Arn::remedy)
    }

    /// Whether AWS edits it: a service-linked role, a role under `/aws-reserved/`, an AWS-managed policy.
    #[must_use]
    pub fn is_aws_controlled(&self) -> bool {
        self.remedy() != Remedy::EditPolicy
    }

    /// The ARN, or the label if there is none: the text for the entity in a heading.
    #[must_use]
    pub fn title(&self) -> &str {
        self.arn.as_ref().map_or(&self.name, Arn::as_str)
    }
}

/// One whole answer about one entity at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dump {
    /// The entity that it is about.
    pub entity: Entity,
    /// How that is known.
    pub identified_by: IdentifiedBy,
    /// The shape it was found in.
    pub shape: Shape,
    /// As stated, otherwise from whether actions are listed; `None` if there is no list either.
    pub job_type: Option<JobType>,
    /// As stated, otherwise `COMPLETED` if there is a list.
    pub job_status: Option<JobStatus>,
    /// `JobCreationDate`.
    pub created_at: Option<Instant>,
    /// The dump's own date, without `--as-of`: it orders the snapshots of an entity.
    pub made_at: Option<Instant>,
    /// The date from which ages are counted.
    pub as_of: Option<Instant>,
    /// Where `as_of` comes from.
    pub as_of_source: AsOfSource,
    /// What the dump proves.
    pub evidence: Evidence,
    /// Entities that it may be about, if it only has a name, and nothing tells whether it is one of them.
    pub may_be: Vec<Arn>,
    /// Whether an entity that it cannot be about made some of its accesses: then a permission that it lists as silent
    /// proves nothing.
    pub strangers: bool,
    /// Whether its lists of actions lack some that AWS listed: then an action that they do not list is unknown, as in a
    /// dump without actions. Either only used actions were kept, which AWS's service reference can show, or the lists
    /// were taken out of an answer at action level.
    pub lacks_actions: bool,
    /// How many answers were joined into it.
    pub pages: u32,
    /// `Error` of a failed job.
    pub error: Option<JobError>,
    /// The rows, sorted by namespace as the API sorts them.
    pub rows: PackedRows,
    /// Where it was read: one place for each page, in page order.
    pub sources: Vec<(Source, String)>,
    /// Places that hold another copy of the same answer.
    pub duplicates: Vec<(Source, String)>,
    /// What a reader should know about it.
    pub notes: Vec<String>,
}

impl Dump {
    /// Whether the dump lists every action that is granted and tracked.
    #[must_use]
    pub fn has_action_level(&self) -> bool {
        (self.job_type == Some(JobType::ActionLevel) || self.rows.has_actions()) && !self.lacks_actions
    }

    /// Whether a permission that it does not list is not granted: the list is whole, and all of it is about the entity.
    #[must_use]
    pub const fn proves_absence(&self) -> bool {
        self.evidence.is_whole() && !self.strangers
    }
}
