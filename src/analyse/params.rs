//! What a user may ask of the analyses, resolved: every date is an instant, every duration is in days, every glob is
//! compiled.

use globset::GlobSet;

use crate::model::{EntityKind, Instant, Level, OtherOperation, Verdict};
use crate::report::SampleAsked;

/// The parameters that every report shares.
#[derive(Debug, Clone)]
pub struct Params {
    /// `--stale-after`, in days.
    pub stale_after: i64,
    /// `--buckets`: ascending day counts, each greater than 0.
    pub buckets: Vec<i64>,
    /// `--at`: no document that was made after this instant counts.
    pub at: Option<Instant>,
    /// `--snapshots all`: keep every usable dump, not only the newest of each entity.
    pub all_snapshots: bool,
    /// `--include-aws-controlled`: also list what could go from service-linked roles, `/aws-reserved/` roles and
    /// AWS-managed policies.
    pub include_aws_controlled: bool,
    /// `--strict-age`: an entity of unknown age has no unused permissions.
    pub strict_age: bool,
    /// `--due`, in days: a decision to remove without a day of its own is overdue this many days after it was made.
    pub due_days: i64,
    /// Which rows to keep.
    pub filter: Filter,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            stale_after: 90,
            buckets: vec![30, 90, 180, 365],
            at: None,
            all_snapshots: false,
            include_aws_controlled: false,
            strict_age: false,
            due_days: 30,
            filter: Filter::default(),
        }
    }
}

/// Which rows to keep; an empty list or `None` keeps all. All conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `--account`.
    pub accounts: Vec<String>,
    /// `--type`.
    pub types: Vec<EntityKind>,
    /// `--entity GLOB`, matched against name and ARN; one that begins with a type, against `role/NAME` and `role/PATH/NAME` too.
    pub entities: Option<GlobSet>,
    /// The globs of `entities` as typed, in the order of the set.
    pub entity_patterns: Vec<String>,
    /// `--service`, exact namespaces.
    pub services: Vec<String>,
    /// `--action GLOB`, matched against `Action` and `namespace:Action`; action rows only.
    pub actions: Option<GlobSet>,
    /// The globs of `actions` as typed, in the order of the set.
    pub action_patterns: Vec<String>,
    /// `--region`: the region of the last access.
    pub regions: Vec<String>,
    /// `--verdict`.
    pub verdicts: Vec<Verdict>,
    /// `--within`, in days: last accessed later than `as_of` minus this.
    pub within: Option<i64>,
    /// `--used`: an access is recorded.
    pub used: bool,
    /// `--unused`: verdict `unused`.
    pub unused: bool,
}

impl Filter {
    /// The options that narrow the question (rule 45), if any was given: a reader of the numbers must know.
    #[must_use]
    pub fn narrowing(&self) -> Option<String> {
        let given = [
            ("--account", !self.accounts.is_empty()),
            ("--type", !self.types.is_empty()),
            ("--entity", self.entities.is_some()),
            ("--service", !self.services.is_empty()),
            ("--action", self.actions.is_some()),
        ];
        let names: Vec<&str> = given.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect();
        (!names.is_empty()).then(|| format!("The question is narrowed by {}.", names.join(", ")))
    }
}

/// The key of `staleness`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// One row per entity.
    Entity,
    /// One row per service (or action).
    Service,
    /// One row per account.
    Account,
}

/// The order of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By entity and permission.
    #[default]
    Entity,
    /// The permissions that are worth most come first.
    Risk,
}

/// One report, with the options that are its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportSpec {
    /// `summary`.
    Summary,
    /// `services`.
    Services,
    /// `unused`.
    Unused {
        /// Rows per service or per action.
        level: Level,
        /// Keep the actions of services that are themselves stale or unused.
        all_actions: bool,
        /// The order of the rows.
        sort: Sort,
    },
    /// `staleness`.
    Staleness {
        /// The key of a row.
        by: By,
        /// Whether services or actions are counted.
        level: Level,
        /// One row per key and age, instead of a column for each age.
        long: bool,
    },
    /// `compare`.
    Compare {
        /// Rows per service or per action.
        level: Level,
        /// One row per entity and permission, instead of a matrix.
        long: bool,
    },
    /// `compare --pairs`.
    Pairs {
        /// Whether services or actions are counted.
        level: Level,
    },
    /// `compare --roles`.
    Roles,
    /// `diff` between the old and the new side.
    Diff {
        /// Rows per service or per action.
        level: Level,
        /// Keep rows that only got a newer date.
        all: bool,
    },
    /// `trend`.
    Trend,
    /// `list`.
    List {
        /// Rows per service or per action.
        level: Level,
    },
    /// The rows behind the numbers of the page of an audit.
    Permissions {
        /// Rows per service or per action.
        level: Level,
    },
    /// The actions that dumps list and that can be in the sample of an audit.
    SampledActions(SampleAsked),
    /// `entities`.
    Entities,
    /// `credentials`.
    Credentials,
    /// `grants`.
    Grants {
        /// Rows per service or per action.
        level: Level,
    },
    /// `decisions`: the state of each decision.
    Decisions,
    /// The rows that decisions keep out of the lists of what could go.
    Kept,
    /// `recommend`.
    Recommend,
    /// `organizations` or `service-entities`: the answers of another operation.
    OtherOperation(OtherOperation),
    /// `check`.
    Check,
}

impl ReportSpec {
    /// Whether it shows the answers of another operation.
    #[must_use]
    pub fn shows(&self, kind: OtherOperation) -> bool {
        matches!(self, Self::Check) || *self == Self::OtherOperation(kind)
    }
}
