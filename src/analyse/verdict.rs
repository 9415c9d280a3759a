//! What reports ask of the [`vocabulary`](super::vocabulary) of a row, as expressions.

use polars::prelude::*;

use crate::frame::schema;
use crate::model::{Instant, UnknownReason, Verdict};

/// 2015-10-01, when IAM began to record accesses at all.
pub const RECORDING_BEGAN: Instant = Instant::from_millis(1_443_657_600_000);

/// Whole days from `last_accessed` to `as_of`.
pub const DAYS_SINCE: &str = "days_since";
/// How long AWS has watched without recording an access.
pub const OBSERVED_DAYS: &str = "observed_days";
/// See [`Verdict`].
pub const VERDICT: &str = "verdict";
/// See [`UnknownReason`].
pub const UNKNOWN_REASON: &str = "unknown_reason";
/// Where the row falls among `--buckets`.
pub const BUCKET: &str = "bucket";

/// Whether an access is recorded, dated or not.
pub fn accessed() -> Expr {
    col(schema::LAST_ACCESSED).is_not_null().or(col(schema::ACCESS_UNDATED))
}

/// Whether the name in `column` is one of `values`.
pub fn is_one_of(column: &str, values: &[&str]) -> Expr {
    values
        .iter()
        .map(|value| col(column).eq(lit(*value)))
        .reduce(Expr::or)
        .unwrap_or_else(|| lit(false))
        .fill_null(lit(false))
}

/// One verdict as a value of the closed set.
pub fn verdict_is(verdict: Verdict) -> Expr {
    col(VERDICT).eq(verdict_value(verdict))
}

fn verdict_value(verdict: Verdict) -> Expr {
    lit(verdict.as_str()).cast(verdicts())
}

/// The dtype of [`VERDICT`].
pub fn verdicts() -> DataType {
    schema::closed_set(Verdict::ALL.iter().map(|v| v.as_str()))
}

/// Why the verdict is `unknown`; null where it is not. See [`UnknownReason`].
pub fn unknown_reason() -> Expr {
    let reasons = schema::closed_set(UnknownReason::ALL.iter().map(|reason| reason.as_str()));
    let value = |reason: UnknownReason| lit(reason.as_str()).cast(reasons.clone());
    when(verdict_is(Verdict::Unknown).not())
        .then(lit(NULL).cast(reasons.clone()))
        .when(col(schema::AS_OF).is_null())
        .then(value(UnknownReason::NoDate))
        .when(col(schema::ACCESS_UNDATED))
        .then(value(UnknownReason::DateUnreadable))
        .otherwise(value(UnknownReason::WindowTooShort))
        .alias(UNKNOWN_REASON)
}

/// The names of the buckets, in order: `0-29`, …, `365+`, `never`, `unknown`.
#[must_use]
pub fn bucket_names(edges: &[i64]) -> Vec<String> {
    let starts = std::iter::once(0).chain(edges.iter().copied());
    let ends = edges.iter().map(|edge| Some(edge - 1)).chain([None]);
    let ages = starts.zip(ends).map(|(start, end)| match end {
        Some(end) if end == start => start.to_string(),
        Some(end) => format!("{start}-{end}"),
        None => format!("{start}+"),
    });
    ages.chain(["never".to_owned(), "unknown".to_owned()]).collect()
}
