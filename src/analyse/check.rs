//! `check`: one row per source: what it was recognized as, which entity it is about, how that is known, and what it
//! proves.

use polars::prelude::*;

use crate::frame::{Table, schema};
use crate::model::Instant;

/// One row of `check`, as text; `None` if there is nothing to tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceRow {
    /// The file.
    pub source: String,
    /// The member of an archive, the place in the document, or both.
    pub member: Option<String>,
    /// What it was recognized as.
    pub shape: Option<String>,
    /// The entity that it is about.
    pub entity_arn: Option<String>,
    /// How that is known.
    pub identified_by: Option<String>,
    /// `SERVICE_LEVEL` or `ACTION_LEVEL`.
    pub job_type: Option<String>,
    /// `COMPLETED`, `IN_PROGRESS` or `FAILED`.
    pub job_status: Option<String>,
    /// What it proves.
    pub evidence: Option<String>,
    /// When it was made.
    pub as_of: Option<Instant>,
    /// Service rows.
    pub services: Option<i64>,
    /// Action rows.
    pub tracked_actions: Option<i64>,
    /// Everything else a reader should know, and what to do.
    pub note: String,
    /// The name or label of the entity.
    pub entity_name: Option<String>,
    /// `read`, `skipped` or `failed`.
    pub outcome: String,
}

/// The columns of `check`, in order.
pub const CHECK_COLUMNS: [&str; 14] = [
    "source",
    "member",
    "outcome",
    "shape",
    "entity_name",
    "entity_arn",
    "as_of",
    "evidence",
    "services",
    "tracked_actions",
    "note",
    "job_type",
    "job_status",
    "identified_by",
];

/// The rows, sorted by source and member, as a table.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn check_frame(mut rows: Vec<SourceRow>) -> PolarsResult<Table> {
    rows.sort();
    let text = |name: &str, of: &dyn Fn(&SourceRow) -> Option<&str>| {
        StringChunked::from_iter_options(name.into(), rows.iter().map(of)).into_column()
    };
    let count = |name: &str, of: &dyn Fn(&SourceRow) -> Option<i64>| {
        Int64Chunked::from_iter_options(name.into(), rows.iter().map(of)).into_column()
    };
    let as_of = rows.iter().map(|row| row.as_of.map(Instant::millis));
    let as_of = Int64Chunked::from_iter_options("as_of".into(), as_of).cast(&schema::instant())?;
    let frame = DataFrame::new_infer_height(vec![
        text("source", &|r| Some(&r.source)),
        text("member", &|r| r.member.as_deref()),
        text("outcome", &|r| Some(&r.outcome)),
        text("shape", &|r| r.shape.as_deref()),
        text("entity_name", &|r| r.entity_name.as_deref()),
        text("entity_arn", &|r| r.entity_arn.as_deref()),
        as_of.into_column(),
        text("evidence", &|r| r.evidence.as_deref()),
        count("services", &|r| r.services),
        count("tracked_actions", &|r| r.tracked_actions),
        text("note", &|r| Some(&r.note)),
        text("job_type", &|r| r.job_type.as_deref()),
        text("job_status", &|r| r.job_status.as_deref()),
        text("identified_by", &|r| r.identified_by.as_deref()),
    ])?;
    Ok(Table::new(frame))
}
