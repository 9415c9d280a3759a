//! The tables, four of dumps and two of other operations: column names, dtypes, and one `Schema` each. `docs/reports.md` defines what the columns mean.
//!
//! The tables are wide on purpose: one row tells everything about itself, so that a table means the same in memory, in
//! the Parquet files that `report` writes, and in any engine that reads those.

use std::sync::{Arc, LazyLock};

use polars::prelude::*;

use crate::model::policy::{
    Agreement, BoundaryWord, Denied, GrantPattern, PolicyKind, ResourceWord, Risk, RiskBasis, SinceKind, ViaKind,
};
use crate::model::{EntityKind, Evidence, IdentifiedBy, JobStatus, JobType, ObservedLimit, Remedy, UnknownReason};

/// Declares column names as constants, each with the same name as its value.
macro_rules! columns {
    ($($name:ident = $text:literal),+ $(,)?) => { $(#[doc = concat!("`", $text, "`")] pub const $name: &str = $text;)+ };
}

columns! {
    ENTITY = "entity",
    ENTITY_ARN = "entity_arn",
    ACCOUNT_ID = "account_id",
    PARTITION = "partition",
    ENTITY_TYPE = "entity_type",
    ENTITY_NAME = "entity_name",
    ENTITY_CREATED_AT = "entity_created_at",
    AWS_CONTROLLED = "aws_controlled",
    REMEDY = "remedy",
    IDENTIFIED_BY = "identified_by",
    EVIDENCE = "evidence",
    AS_OF = "as_of",
    MADE_AT = "made_at",
    JOB_TYPE = "job_type",
    JOB_STATUS = "job_status",
    CREATED_AT = "created_at",
    PAGES = "pages",
    SERVICES = "services",
    TRACKED_ACTIONS = "tracked_actions",
    USED_ACTIONS = "used_actions",
    ERROR_CODE = "error_code",
    ERROR_MESSAGE = "error_message",
    SOURCE = "source",
    SHA256 = "sha256",
    SERVICE_NAMESPACE = "service_namespace",
    SERVICE_NAME = "service_name",
    ACTION_NAME = "action_name",
    LAST_ACCESSED = "last_accessed",
    LAST_ACCESSED_BY = "last_accessed_by",
    LAST_ACCESSED_REGION = "last_accessed_region",
    AUTHENTICATED_ENTITIES = "authenticated_entities",
    ACCESS_UNDATED = "access_undated",
    ORGANIZATIONS_PATH = "organizations_path",
    LAST_ACCESSED_PATH = "last_accessed_path",
    ACCOUNTS_ACCESSED = "accounts_accessed",
    ENTITY_ID = "entity_id",
    ENTITY_PATH = "entity_path",
    ACTIONS = "actions",
    MEMBERS = "members",
    HIDDEN = "hidden",
    WITHOUT_ACTIONS = "without_actions",
    OBSERVED_LIMIT = "observed_limit",
    GRANTED_SINCE = "granted_since",
    POLICY_SINCE = "policy_since",
    AGE_KNOWN_BY = "age_known_by",
    LAST_ACCESSED_SOURCE = "last_accessed_source",
    USED_UNTRACKED = "used_untracked",
    ACCESS_LEVEL = "access_level",
    WITHHELD = "withheld",
    OBSERVED_SINCE = "observed_since",
    OBSERVED_UNTIL = "observed_until",
    DUMP_LAST_ACCESSED = "dump_last_accessed",
    DUMP_ACCESS_UNDATED = "dump_access_undated",
    DUMP_SILENT = "dump_silent",
    AGE_STATED = "age_stated",
    FIRST_DUMP_AT = "first_dump_at",
    FIRST_ACCESS_AT = "first_access_at",
    IS_PRESENT = "is_present",
    IS_SNAPSHOT = "is_snapshot",
    WHOLE = "whole",
    ACTION_LEVEL = "action_level",
    PERMISSION_SET = "permission_set",
    DUMPS_COUNT = "dumps",
    DUMPS_INCOMPLETE = "dumps_incomplete",
}

/// UTC milliseconds.
#[must_use]
pub fn instant() -> DataType {
    DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
}

/// Open sets share one dictionary, so that an ARN is the same category in every column.
#[must_use]
pub fn name() -> DataType {
    static NAME: LazyLock<DataType> = LazyLock::new(|| DataType::from_categories(Categories::global()));
    NAME.clone()
}

/// A closed set, in its meaningful order.
pub fn closed_set<'a>(members: impl IntoIterator<Item = &'a str>) -> DataType {
    let categories = FrozenCategories::new(members).expect("the members of a closed set differ");
    DataType::from_frozen_categories(categories)
}

/// The words of a closed set, as a dtype.
macro_rules! set_of {
    ($type:ty) => {
        $crate::frame::schema::closed_set(<$type>::ALL.iter().map(|member| member.as_str()))
    };
}
pub(crate) use set_of;

/// The columns that tell which entity a row is about and on which dump it is based; they lead every table.
fn entity_columns() -> Vec<(&'static str, DataType)> {
    vec![
        (ENTITY, name()),
        (ENTITY_ARN, name()),
        (ACCOUNT_ID, name()),
        (PARTITION, name()),
        (ENTITY_TYPE, set_of!(EntityKind)),
        (ENTITY_NAME, name()),
        (ENTITY_CREATED_AT, instant()),
        (AWS_CONTROLLED, DataType::Boolean),
        (REMEDY, set_of!(Remedy)),
        (IDENTIFIED_BY, set_of!(IdentifiedBy)),
        (EVIDENCE, set_of!(Evidence)),
        (AS_OF, instant()),
        (MADE_AT, instant()),
    ]
}

fn schema(leading: Vec<(&'static str, DataType)>, own: Vec<(&'static str, DataType)>) -> SchemaRef {
    Arc::new(leading.into_iter().chain(own).map(|(name, dtype)| Field::new(name.into(), dtype)).collect())
}

/// One row per dump.
pub static DUMPS: LazyLock<SchemaRef> = LazyLock::new(|| {
    schema(
        entity_columns(),
        vec![
            (JOB_TYPE, set_of!(JobType)),
            (JOB_STATUS, set_of!(JobStatus)),
            (CREATED_AT, instant()),
            (PAGES, DataType::UInt32),
            (SERVICES, DataType::UInt32),
            (TRACKED_ACTIONS, DataType::UInt32),
            (ERROR_CODE, DataType::String),
            (ERROR_MESSAGE, DataType::String),
            (SOURCE, DataType::String),
            (SHA256, DataType::String),
            (WHOLE, DataType::Boolean),
            (ACTION_LEVEL, DataType::Boolean),
        ],
    )
});

/// One row per entity that any document names.
pub static ENTITIES: LazyLock<SchemaRef> = LazyLock::new(|| {
    let own = vec![
        (ENTITY, name()),
        (ENTITY_ARN, name()),
        (ACCOUNT_ID, name()),
        (PARTITION, name()),
        (ENTITY_TYPE, set_of!(EntityKind)),
        (ENTITY_NAME, name()),
        (AWS_CONTROLLED, DataType::Boolean),
        (REMEDY, set_of!(Remedy)),
        (PERMISSION_SET, name()),
        (EVIDENCE, set_of!(Evidence)),
        (AS_OF, instant()),
        (MADE_AT, instant()),
        (DUMPS_COUNT, DataType::UInt32),
        (DUMPS_INCOMPLETE, DataType::UInt32),
        (HIDDEN, DataType::Boolean),
    ];
    schema(own, Vec::new())
});

/// The policy of a row, and how its entity holds it.
fn policy_columns() -> Vec<(&'static str, DataType)> {
    vec![
        ("policy_kind", set_of!(PolicyKind)),
        ("policy_name", name()),
        ("policy_arn", name()),
        ("policy_version", name()),
        ("via", set_of!(ViaKind)),
        ("via_name", name()),
        ("holders", DataType::UInt32),
        ("holders_complete", DataType::Boolean),
    ]
}

/// The entity of a row about policies.
fn holder_columns() -> Vec<(&'static str, DataType)> {
    vec![
        (ENTITY, name()),
        (ENTITY_ARN, name()),
        (ACCOUNT_ID, name()),
        (ENTITY_TYPE, set_of!(EntityKind)),
        (ENTITY_NAME, name()),
    ]
}

/// One row per entity × policy that it holds or has as its boundary.
pub static ATTACHMENTS: LazyLock<SchemaRef> = LazyLock::new(|| {
    let own = vec![
        ("is_boundary", DataType::Boolean),
        ("document_known", DataType::Boolean),
        ("policies_complete", DataType::Boolean),
        (AS_OF, instant()),
        (SOURCE, name()),
    ];
    schema(holder_columns(), policy_columns().into_iter().chain(own).collect())
});

/// One row per entity × service × Allow statement that grants it.
pub static STATEMENTS: LazyLock<SchemaRef> = LazyLock::new(|| {
    let own = vec![
        ("statement", DataType::UInt32),
        ("sid", name()),
        ("pattern", name()),
        ("pattern_kind", set_of!(GrantPattern)),
        ("resource_scope", set_of!(ResourceWord)),
        ("conditions", DataType::UInt32),
        ("deny", set_of!(Denied)),
        ("boundary", set_of!(BoundaryWord)),
        (GRANTED_SINCE, instant()),
        ("granted_since_kind", set_of!(SinceKind)),
        ("agreement", set_of!(Agreement)),
        (AS_OF, instant()),
        (AWS_CONTROLLED, DataType::Boolean),
        (SOURCE, name()),
        ("note", name()),
        ("risk", set_of!(Risk)),
        ("risk_category", name()),
        ("paths", name()),
        ("risk_basis", set_of!(RiskBasis)),
    ];
    let services = [(SERVICE_NAMESPACE, name()), (SERVICE_NAME, name())];
    schema(holder_columns(), services.into_iter().chain(policy_columns()).chain(own).collect())
});

/// One row per entity × service or action that policies began to grant within its silence; no action for a service.
pub static GRANT_DATES: LazyLock<SchemaRef> = LazyLock::new(|| {
    let permission = vec![(SERVICE_NAMESPACE, name()), (ACTION_NAME, name()), (POLICY_SINCE, instant())];
    schema(vec![(ENTITY, name())], permission)
});

/// What a row of either table tells besides its permission, its access and its dump.
fn evidence_columns() -> Vec<(&'static str, DataType)> {
    vec![
        (WITHHELD, set_of!(UnknownReason)),
        (OBSERVED_SINCE, instant()),
        (OBSERVED_UNTIL, instant()),
        (OBSERVED_LIMIT, set_of!(ObservedLimit)),
        (GRANTED_SINCE, instant()),
        (LAST_ACCESSED_SOURCE, name()),
        (USED_UNTRACKED, DataType::Boolean),
        (DUMP_LAST_ACCESSED, instant()),
        (DUMP_ACCESS_UNDATED, DataType::Boolean),
        (DUMP_SILENT, DataType::Boolean),
        (AGE_STATED, DataType::Boolean),
        (FIRST_DUMP_AT, instant()),
        (FIRST_ACCESS_AT, instant()),
        (IS_PRESENT, DataType::Boolean),
        (IS_SNAPSHOT, DataType::Boolean),
    ]
}

/// One row per dump × service.
pub static SERVICE_ROWS: LazyLock<SchemaRef> = LazyLock::new(|| {
    let own = vec![
        (SERVICE_NAMESPACE, name()),
        (SERVICE_NAME, name()),
        (LAST_ACCESSED, instant()),
        (LAST_ACCESSED_BY, name()),
        (LAST_ACCESSED_REGION, name()),
        (AUTHENTICATED_ENTITIES, DataType::UInt32),
        (ACCESS_UNDATED, DataType::Boolean),
        (TRACKED_ACTIONS, DataType::UInt32),
        (USED_ACTIONS, DataType::UInt32),
        (WITHOUT_ACTIONS, DataType::Boolean),
    ];
    schema(entity_columns(), own.into_iter().chain(evidence_columns()).collect())
});

/// One row per dump × service × tracked action.
pub static ACTION_ROWS: LazyLock<SchemaRef> = LazyLock::new(|| {
    let own = vec![
        (SERVICE_NAMESPACE, name()),
        (ACTION_NAME, name()),
        (LAST_ACCESSED, instant()),
        (LAST_ACCESSED_BY, name()),
        (LAST_ACCESSED_REGION, name()),
        (ACCESS_UNDATED, DataType::Boolean),
        (SERVICE_NAME, name()),
        (ACCESS_LEVEL, name()),
    ];
    schema(entity_columns(), own.into_iter().chain(evidence_columns()).collect())
});

/// The columns at the end of the tables of other operations.
fn other_operation_columns() -> Vec<(&'static str, DataType)> {
    vec![
        (ACCESS_UNDATED, DataType::Boolean),
        (AS_OF, instant()),
        (JOB_STATUS, set_of!(JobStatus)),
        (EVIDENCE, set_of!(Evidence)),
        (IDENTIFIED_BY, set_of!(IdentifiedBy)),
        (SOURCE, DataType::String),
    ]
}

/// One row per service of an organizations path.
pub static ORG_SERVICES: LazyLock<SchemaRef> = LazyLock::new(|| {
    let own = vec![
        (ORGANIZATIONS_PATH, DataType::String),
        (SERVICE_NAMESPACE, DataType::String),
        (SERVICE_NAME, DataType::String),
        (LAST_ACCESSED, instant()),
        (LAST_ACCESSED_PATH, DataType::String),
        (LAST_ACCESSED_REGION, DataType::String),
        (ACCOUNTS_ACCESSED, DataType::UInt32),
    ];
    schema(own, other_operation_columns())
});

/// One row per service and entity that may use it.
pub static SERVICE_ENTITIES: LazyLock<SchemaRef> = LazyLock::new(|| {
    let own = vec![
        (SERVICE_NAMESPACE, DataType::String),
        (ACCOUNT_ID, DataType::String),
        (ENTITY_TYPE, set_of!(EntityKind)),
        (ENTITY_NAME, DataType::String),
        (ENTITY_ARN, DataType::String),
        (ENTITY_ID, DataType::String),
        (ENTITY_PATH, DataType::String),
        (LAST_ACCESSED, instant()),
    ];
    schema(own, other_operation_columns())
});
