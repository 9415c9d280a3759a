//! The tables of the other operations. They have few rows, so texts are texts and not categories.

use polars::prelude::*;

use super::columns::{enum_column, frame, instant_column};
use super::schema;
use crate::model::{Accessed, Arn, EntityUse, Instant, OrgService, OtherReport, OtherRows};

/// One row of a table: the report that holds it, and its content.
type Row<'r, T> = (&'r OtherReport, &'r T);

/// One row per service of an organizations path: the content of `org_services.parquet`. Pending, failed and repeated
/// answers have none.
///
/// # Errors
/// If Polars refuses a column, which is a bug.
pub fn org_services(reports: &[OtherReport]) -> PolarsResult<DataFrame> {
    let counted = reports.iter().filter(|report| report.counts());
    let rows: Vec<Row<OrgService>> = counted
        .flat_map(|report| match &report.other_answer.rows {
            OtherRows::Organizations(rows) => rows.iter().map(|row| (report, row)).collect(),
            OtherRows::Entities(_) => Vec::new(),
        })
        .collect();
    let columns = vec![
        text(schema::ORGANIZATIONS_PATH, &rows, |(report, _)| report.subject.as_deref()),
        text(schema::SERVICE_NAMESPACE, &rows, |(_, row)| Some(&row.namespace)),
        text(schema::SERVICE_NAME, &rows, |(_, row)| row.name.as_deref()),
        accessed_at(&rows, |row| row.accessed),
        text(schema::LAST_ACCESSED_PATH, &rows, |(_, row)| row.path.as_deref()),
        text(schema::LAST_ACCESSED_REGION, &rows, |(_, row)| row.region.as_deref()),
        UInt32Chunked::from_iter_options(schema::ACCOUNTS_ACCESSED.into(), rows.iter().map(|(_, row)| row.accounts))
            .into_column(),
    ];
    // It is counted, but without a date: there was an access, and nobody can tell when.
    let undated = |row: &OrgService| row.accessed == Accessed::Never && row.accounts.is_some_and(|n| n > 0);
    finish(columns, &rows, |row| row.accessed == Accessed::Unreadable || undated(row), &schema::ORG_SERVICES)
}

/// One row per entity and service: the content of `service_entities.parquet`. Pending, failed and repeated answers have
/// none.
///
/// # Errors
/// If Polars refuses a column, which is a bug.
pub fn service_entities(
    reports: &[OtherReport],
    keeps: impl Fn(&EntityUse, Option<&Arn>) -> bool,
) -> PolarsResult<DataFrame> {
    let counted = reports.iter().filter(|report| report.counts());
    let rows: Vec<Row<EntityUse>> = counted
        .flat_map(|report| match &report.other_answer.rows {
            OtherRows::Organizations(_) => Vec::new(),
            OtherRows::Entities(rows) => rows.iter().map(|row| (report, row)).collect(),
        })
        .filter(|(_, row)| keeps(row, Arn::parse(&row.arn).ok().as_ref()))
        .collect();
    let arns: Vec<Option<Arn>> = rows.iter().map(|(_, row)| Arn::parse(&row.arn).ok()).collect();
    let accounts = arns.iter().map(|arn| arn.as_ref()?.account().map(crate::model::AccountId::as_str));
    // The ARN gives what the answer leaves out.
    let names = rows.iter().zip(&arns).map(|((_, row), arn)| row.name.as_deref().or(arn.as_ref().map(Arn::name)));
    let kinds = rows.iter().zip(&arns).map(|((_, row), arn)| row.kind.or(arn.as_ref().map(Arn::kind)));
    let columns = vec![
        text(schema::SERVICE_NAMESPACE, &rows, |(report, _)| report.subject.as_deref()),
        StringChunked::from_iter_options(schema::ACCOUNT_ID.into(), accounts).into_column(),
        enum_column(schema::ENTITY_TYPE, &schema::SERVICE_ENTITIES, kinds.map(|k| k.map(|k| k as u8)).collect())?,
        StringChunked::from_iter_options(schema::ENTITY_NAME.into(), names).into_column(),
        text(schema::ENTITY_ARN, &rows, |(_, row)| Some(&row.arn)),
        text(schema::ENTITY_ID, &rows, |(_, row)| row.id.as_deref()),
        text(schema::ENTITY_PATH, &rows, |(_, row)| row.path.as_deref()),
        accessed_at(&rows, |row| row.accessed),
    ];
    finish(columns, &rows, |row| row.accessed == Accessed::Unreadable, &schema::SERVICE_ENTITIES)
}

/// The columns at the end of both tables.
fn finish<T>(
    mut columns: Vec<Column>,
    rows: &[Row<T>],
    undated: impl Fn(&T) -> bool,
    schema: &Schema,
) -> PolarsResult<DataFrame> {
    let set = |name: &str, of: &dyn Fn(&OtherReport) -> Option<u8>| {
        enum_column(name, schema, rows.iter().map(|(report, _)| of(report)).collect())
    };
    columns.extend([
        BooleanChunked::from_iter_values(schema::ACCESS_UNDATED.into(), rows.iter().map(|(_, row)| undated(row)))
            .into_column(),
        instant_column(schema::AS_OF, rows.iter().map(|(report, _)| report.as_of.map(Instant::millis)).collect()),
        set(schema::JOB_STATUS, &|report| report.other_answer.job.status.map(|status| status as u8))?,
        set(schema::EVIDENCE, &|report| Some(report.evidence as u8))?,
        set(schema::IDENTIFIED_BY, &|report| Some(report.identified_by as u8))?,
        StringChunked::from_iter_values(
            schema::SOURCE.into(),
            rows.iter().map(|(report, _)| report.other_answer.source.to_string()),
        )
        .into_column(),
    ]);
    frame(columns, schema)
}

fn accessed_at<T>(rows: &[Row<T>], of: impl Fn(&T) -> Accessed) -> Column {
    let at = rows.iter().map(|(_, row)| of(row).instant().map(Instant::millis));
    instant_column(schema::LAST_ACCESSED, at.collect())
}

fn text<'r, T>(name: &str, rows: &[Row<'r, T>], of: impl Fn(Row<'r, T>) -> Option<&'r str>) -> Column {
    StringChunked::from_iter_options(name.into(), rows.iter().map(|row| of(*row))).into_column()
}
