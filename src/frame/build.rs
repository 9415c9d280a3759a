//! Dumps to columns. Comes in: the dumps of one partition. Goes out: the three tables of [`schema`].
//!
//! Values go straight from [`Rows`](crate::model::Rows) into column buffers; a name is a number all the way. What a dump says
//! once (entity, dates, evidence) is repeated for each of its rows.

use polars::prelude::*;

use super::columns::{AccessColumns, entity_columns, enum_column, frame, instant_column};
use super::schema;
use crate::model::{Accessed, Dump};

pub use super::dictionary::Dictionary;

/// One row per dump: what `dumps.parquet` holds.
///
/// `hash` gives the SHA-256 of a source, where it was computed.
///
/// # Errors
/// Where Polars refuses a column: a bug.
pub fn dumps(dumps: &[&Dump], hash: impl Fn(&str) -> Option<String>) -> PolarsResult<DataFrame> {
    let once: Vec<_> = dumps.iter().map(|dump| (*dump, 1)).collect();
    let mut columns = entity_columns(&once)?;
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
    frame(columns, &schema::DUMPS)
}

/// One row per dump × service, in the order given.
///
/// # Errors
/// Where Polars refuses a column: a bug.
pub fn services(dumps: &[&Dump], dictionary: &Dictionary) -> PolarsResult<DataFrame> {
    let repeated: Vec<_> = dumps.iter().map(|dump| (*dump, dump.rows.service_count())).collect();
    let mut columns = entity_columns(&repeated)?;
    let height = repeated.iter().map(|(_, n)| n).sum();
    let mut access = AccessColumns::with_capacity(height);
    let mut namespace = Vec::with_capacity(height);
    let mut name = Vec::with_capacity(height);
    let mut entities = Vec::with_capacity(height);
    let mut tracked = Vec::with_capacity(height);
    let mut used = Vec::with_capacity(height);
    for (at, dump) in dumps.iter().flat_map(|d| (0..d.rows.service_count()).map(move |at| (at, d))) {
        let row = dump.rows.here().services()[at];
        namespace.push(row.namespace);
        name.push(row.name);
        entities.push(row.entities);
        // Counted, but without a date: there was an access, and nobody can say when.
        let counted = row.accessed == Accessed::Never && row.entities.is_some_and(|n| n > 0);
        access.push(if counted { Accessed::Unreadable } else { row.accessed }, row.by, row.region);
        let actions = dump.rows.here().actions_of(at);
        tracked.push(row.lists_actions.then_some(actions.len() as u32));
        used.push(row.lists_actions.then(|| dump.rows.here().used_actions_of(at) as u32));
    }
    columns.push(dictionary.column(schema::SERVICE_NAMESPACE, namespace)?);
    columns.push(dictionary.column(schema::SERVICE_NAME, name)?);
    let undated = access.finish(&mut columns, dictionary)?;
    columns.push(
        UInt32Chunked::from_iter_options(schema::AUTHENTICATED_ENTITIES.into(), entities.into_iter()).into_column(),
    );
    columns.push(undated);
    columns.push(UInt32Chunked::from_iter_options(schema::TRACKED_ACTIONS.into(), tracked.into_iter()).into_column());
    columns.push(UInt32Chunked::from_iter_options(schema::USED_ACTIONS.into(), used.into_iter()).into_column());
    frame(columns, &schema::SERVICE_ROWS)
}

/// One row per dump × service × tracked action, in the order given.
///
/// # Errors
/// Where Polars refuses a column: a bug.
pub fn actions(dumps: &[&Dump], dictionary: &Dictionary) -> PolarsResult<DataFrame> {
    let repeated: Vec<_> = dumps.iter().map(|dump| (*dump, dump.rows.action_count())).collect();
    let mut columns = entity_columns(&repeated)?;
    let height = repeated.iter().map(|(_, n)| n).sum();
    let mut access = AccessColumns::with_capacity(height);
    let mut namespace = Vec::with_capacity(height);
    let mut name = Vec::with_capacity(height);
    let mut service_name = Vec::with_capacity(height);
    for (service, actions) in dumps.iter().flat_map(|d| d.rows.here().iter()) {
        for action in actions {
            name.push(action.name);
            access.push(action.accessed, action.by, action.region);
        }
        namespace.resize(name.len(), service.namespace);
        service_name.resize(name.len(), service.name);
    }
    columns.push(dictionary.column(schema::SERVICE_NAMESPACE, namespace)?);
    columns.push(dictionary.column(schema::ACTION_NAME, name)?);
    let undated = access.finish(&mut columns, dictionary)?;
    columns.push(undated);
    columns.push(dictionary.column(schema::SERVICE_NAME, service_name)?);
    frame(columns, &schema::ACTION_ROWS)
}
