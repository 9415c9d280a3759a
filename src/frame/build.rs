//! From dumps to columns: what each dump tells about itself.

use polars::prelude::*;

use super::columns::{entity_columns, enum_column, frame, instant_column};
use super::schema;
use crate::model::Dump;

pub use super::dictionary::{Dictionary, names_of};

/// One row per dump: the content of `dumps.parquet`.
///
/// `hash` gives the SHA-256 of a source, if it was computed.
///
/// # Errors
/// If Polars refuses a column, which is a bug.
pub fn dumps(dumps: &[&Dump], hash: impl Fn(&str) -> Option<String>) -> PolarsResult<DataFrame> {
    let mut columns = entity_columns(dumps, (0..dumps.len() as IdxSize).collect())?;
    let text = |name: &str, value: &dyn Fn(&Dump) -> Option<String>| -> Column {
        StringChunked::from_iter_options(name.into(), dumps.iter().map(|d| value(d))).into_column()
    };
    let count = |name: &str, value: &dyn Fn(&Dump) -> usize| -> Column {
        UInt32Chunked::from_iter_values(name.into(), dumps.iter().map(|d| value(d) as u32)).into_column()
    };
    let set = |name: &str, value: &dyn Fn(&Dump) -> Option<u8>| -> PolarsResult<Column> {
        enum_column(name, &schema::DUMPS, dumps.iter().map(|d| value(d)).collect())
    };
    let source = |d: &Dump| d.sources.iter().map(|(s, _)| s.to_string()).collect::<Vec<_>>();
    columns.extend([
        set(schema::JOB_TYPE, &|d| d.job_type.map(|t| t as u8))?,
        set(schema::JOB_STATUS, &|d| d.job_status.map(|s| s as u8))?,
        instant_column(
            schema::CREATED_AT,
            dumps.iter().map(|d| d.created_at.map(crate::model::Instant::millis)).collect(),
        ),
        count(schema::PAGES, &|d| d.pages as usize),
        count(schema::SERVICES, &|d| d.rows.service_count()),
        count(schema::TRACKED_ACTIONS, &|d| d.rows.action_count()),
        text(schema::ERROR_CODE, &|d| d.error.as_ref().map(|e| e.code.clone())),
        text(schema::ERROR_MESSAGE, &|d| d.error.as_ref().map(|e| e.message.clone())),
        text(schema::SOURCE, &|d| Some(source(d).join(", "))),
        text(schema::SHA256, &|d| source(d).iter().map(|s| hash(s)).collect::<Option<Vec<_>>>().map(|h| h.join(", "))),
    ]);
    let flag = |name: &str, value: fn(&Dump) -> bool| {
        BooleanChunked::from_iter_values(name.into(), dumps.iter().map(|d| value(d))).into_column()
    };
    columns.push(flag(schema::WHOLE, Dump::proves_absence));
    columns.push(flag(schema::ACTION_LEVEL, Dump::has_action_level));
    frame(columns, &schema::DUMPS)
}
