//! The vocabulary of `docs/reports.md` as expressions: age, window, verdict, bucket. Each number has one definition, and it
//! is here.
//!
//! All work on a table of service or action rows ([`schema::SERVICE_ROWS`], [`schema::ACTION_ROWS`]); days are whole 24 hours.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::Params;
use crate::catalogue::Catalogue;
use crate::frame::schema;
use crate::model::{DAY_MS, Instant, Level, UnknownReason, Verdict};

/// AWS looks back "at least 400 days"; a longer silence proves no more than that.
const LONGEST_WINDOW: i64 = 400;
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

fn millis(column: &str) -> Expr {
    col(column).cast(DataType::Int64)
}

fn days_between(start: Expr, end: Expr) -> Expr {
    (end - start).floor_div(lit(DAY_MS))
}

/// `days_since`: null without a date on either side; an access after `as_of` counts as 0.
pub fn days_since() -> Expr {
    let days = days_between(millis(schema::LAST_ACCESSED), millis(schema::AS_OF));
    when(days.clone().lt(lit(0i64))).then(lit(0i64)).otherwise(days).alias(DAYS_SINCE)
}

/// `observed_days`: null where an access is recorded, else 0 to 400. AWS watched until the dump was made: an `--as-of` later
/// than that ages what was seen, but proves no longer silence.
pub fn observed_days(level: Level, catalogue: &Catalogue) -> Expr {
    let (as_of, made_at) = (millis(schema::AS_OF), millis(schema::MADE_AT));
    let watched_until = when(made_at.clone().lt(as_of.clone())).then(made_at).otherwise(as_of);
    let days = days_between(window_start(level, catalogue), watched_until);
    let clamped = when(days.clone().gt(lit(LONGEST_WINDOW)))
        .then(lit(LONGEST_WINDOW))
        .when(days.clone().lt(lit(0i64)))
        .then(lit(0i64))
        .otherwise(days);
    when(accessed()).then(lit(NULL)).otherwise(clamped).cast(DataType::Int64).alias(OBSERVED_DAYS)
}

/// Whether an access is recorded, dated or not.
pub fn accessed() -> Expr {
    col(schema::LAST_ACCESSED).is_not_null().or(col(schema::ACCESS_UNDATED))
}

/// The latest of: recording began (in the partition), the entity was created, and (for actions) the tracking of the service's
/// actions began.
fn window_start(level: Level, catalogue: &Catalogue) -> Expr {
    let mut start = starts_by(
        schema::PARTITION,
        catalogue.partition_starts().map(|(p, t)| (p, t.millis())),
        RECORDING_BEGAN.millis(),
    );
    if level == Level::Action {
        let tracking = catalogue.action_tracking().map(|(namespace, t)| (namespace, t.millis()));
        start =
            later(start, starts_by(schema::SERVICE_NAMESPACE, tracking, catalogue.action_tracking_default().millis()));
    }
    let created = millis(schema::ENTITY_CREATED_AT);
    when(created.clone().is_null()).then(start.clone()).otherwise(later(start, created))
}

fn later(a: Expr, b: Expr) -> Expr {
    when(a.clone().gt_eq(b.clone())).then(a).otherwise(b)
}

/// The start for each named value of `column`, and `otherwise` for all others: one comparison per distinct start.
fn starts_by<'c>(column: &str, starts: impl Iterator<Item = (&'c str, i64)>, otherwise: i64) -> Expr {
    let mut by_start: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for (value, start) in starts.filter(|(_, start)| *start != otherwise) {
        by_start.entry(start).or_default().push(value);
    }
    by_start
        .into_iter()
        .fold(lit(otherwise), |rest, (start, values)| when(is_one_of(column, &values)).then(lit(start)).otherwise(rest))
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

/// `verdict`, from [`DAYS_SINCE`] and [`OBSERVED_DAYS`]. Whatever the evidence does not carry is `unknown`.
pub fn verdict(params: &Params) -> Expr {
    let threshold = lit(params.stale_after);
    when(col(schema::AS_OF).is_null().or(col(schema::ACCESS_UNDATED)))
        .then(verdict_value(Verdict::Unknown))
        .when(col(DAYS_SINCE).lt(threshold.clone()))
        .then(verdict_value(Verdict::Active))
        .when(col(DAYS_SINCE).is_not_null())
        .then(verdict_value(Verdict::Stale))
        .when(col(OBSERVED_DAYS).gt_eq(threshold))
        .then(verdict_value(Verdict::Unused))
        .otherwise(verdict_value(Verdict::Unknown))
        .alias(VERDICT)
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

/// `bucket`: by age where the row was accessed, else `never` or `unknown` as the verdict says.
pub fn bucket(params: &Params) -> Expr {
    let names = bucket_names(&params.buckets);
    let dtype = schema::closed_set(names.iter().map(String::as_str));
    let value = |name: &str| lit(name.to_owned()).cast(dtype.clone());
    let (oldest, ages) = names[..names.len() - 2].split_last().expect("there is always a last bucket");
    let by_age = ages.iter().zip(&params.buckets).rev().fold(value(oldest), |older, (name, edge)| {
        when(col(DAYS_SINCE).lt(lit(*edge))).then(value(name)).otherwise(older)
    });
    when(verdict_is(Verdict::Unknown))
        .then(value("unknown"))
        .when(verdict_is(Verdict::Unused))
        .then(value("never"))
        .otherwise(by_age)
        .alias(BUCKET)
}
