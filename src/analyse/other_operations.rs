//! `organizations` and `service-entities`: the answers of the other operations, row by row, with their ages.
//!
//! There is no verdict here. A service that was never used in an organizations path may be granted nowhere in it, and a
//! service that an entity did not use through one policy may be used through another: neither shows that a permission
//! of one entity is unused.

use polars::prelude::*;

use super::verdict::DAYS_SINCE;
use super::{Filter, Params};
use crate::frame::{other_operations, schema};
use crate::model::{Arn, DAY_MS, EntityUse, OtherOperation, OtherReport};

/// The report about the answers of `kind`.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn other_operation_frame(
    reports: &[OtherReport],
    kind: OtherOperation,
    params: &Params,
) -> PolarsResult<LazyFrame> {
    let filter = &params.filter;
    let (rows, columns): (DataFrame, &[&str]) = match kind {
        OtherOperation::Organizations => (other_operations::org_services(reports)?, &ORGANIZATIONS),
        OtherOperation::Entities => {
            (other_operations::service_entities(reports, |row, arn| keeps(filter, row, arn))?, &ENTITIES)
        }
    };
    let rows = with_days_since(rows)?.lazy();
    let rows = if filter.services.is_empty() { rows } else { rows.filter(keeps_service(filter)) };
    let rows = match filter.row_condition() {
        Some(condition) => rows.filter(condition),
        None => rows,
    };
    // Words by their letters, and the place last: no two rows are equal in all of it.
    let spelt = columns.iter().map(|column| match *column {
        schema::EVIDENCE | schema::IDENTIFIED_BY | schema::JOB_STATUS => col(*column).cast(DataType::String),
        column => col(column),
    });
    let order = SortMultipleOptions::default().with_maintain_order(true);
    Ok(rows.sort_by_exprs(spelt.collect::<Vec<_>>(), order).select(columns.iter().map(|c| col(*c)).collect::<Vec<_>>()))
}

const ORGANIZATIONS: [&str; 13] = [
    schema::ORGANIZATIONS_PATH,
    schema::SERVICE_NAMESPACE,
    schema::SERVICE_NAME,
    schema::LAST_ACCESSED,
    schema::LAST_ACCESSED_PATH,
    schema::LAST_ACCESSED_REGION,
    schema::ACCOUNTS_ACCESSED,
    DAYS_SINCE,
    schema::AS_OF,
    schema::JOB_STATUS,
    schema::EVIDENCE,
    schema::IDENTIFIED_BY,
    schema::SOURCE,
];

const ENTITIES: [&str; 13] = [
    schema::SERVICE_NAMESPACE,
    schema::ACCOUNT_ID,
    schema::ENTITY_TYPE,
    schema::ENTITY_NAME,
    schema::ENTITY_ARN,
    schema::ENTITY_ID,
    schema::ENTITY_PATH,
    schema::LAST_ACCESSED,
    DAYS_SINCE,
    schema::AS_OF,
    schema::EVIDENCE,
    schema::IDENTIFIED_BY,
    schema::SOURCE,
];

/// `--account`, `--type` and `--entity`.
fn keeps(filter: &Filter, row: &EntityUse, arn: Option<&Arn>) -> bool {
    let account = arn.and_then(Arn::account).map(crate::model::AccountId::as_str);
    let kind = row.kind.or(arn.map(Arn::kind));
    let name = row.name.as_deref().or(arn.map(Arn::name)).unwrap_or_default();
    filter.keeps(account, kind, name, Some(&row.arn))
}

/// `--service`.
fn keeps_service(filter: &Filter) -> Expr {
    let filter = filter.clone();
    let keeps = move |namespaces: Column| {
        let kept = namespaces.str()?.iter().map(|namespace| namespace.is_some_and(|name| filter.keeps_service(name)));
        Ok(BooleanChunked::from_iter_values("kept".into(), kept).into_column())
    };
    col(schema::SERVICE_NAMESPACE).map(keeps, |_, _| Ok(Field::new("kept".into(), DataType::Boolean)))
}

/// `rows` with [`DAYS_SINCE`]: whole periods of 24 hours; an access after `as_of` counts as 0.
fn with_days_since(mut rows: DataFrame) -> PolarsResult<DataFrame> {
    let dates = |name| PolarsResult::Ok(rows.column(name)?.datetime()?.physical().clone());
    let (last_accessed, as_of) = (dates(schema::LAST_ACCESSED)?, dates(schema::AS_OF)?);
    let days = last_accessed
        .iter()
        .zip(as_of.iter())
        .map(|(last_accessed, as_of)| Some(as_of?.saturating_sub(last_accessed?).div_euclid(DAY_MS).max(0)));
    let days = Int64Chunked::from_iter_options(DAYS_SINCE.into(), days).into_column();
    rows.with_column(days)?;
    Ok(rows)
}
