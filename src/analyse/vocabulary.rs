//! The vocabulary of `docs/reports.md` for each row: age, window, verdict, bucket. Each number has one definition, and it is here.
//!
//! Comes in: a table of service or action rows ([`schema::SERVICE_ROWS`], [`schema::ACTION_ROWS`], [`schema::ACTION_GROUPS`]). Goes
//! out: the same with four more columns. Row by row and in plain code: as expressions these are thirty passes over whole columns, and every
//! report wants them of every row. Days are whole 24 hours.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::Params;
use super::verdict::{BUCKET, DAYS_SINCE, OBSERVED_DAYS, RECORDING_BEGAN, VERDICT, bucket_names, verdicts};
use crate::catalogue::Catalogue;
use crate::frame::schema;
use crate::model::{DAY_MS, Instant, Level, Verdict};

/// AWS looks back "at least 400 days"; a longer silence proves no more than that.
const LONGEST_WINDOW: i64 = 400;

/// A date of a row in milliseconds, where there is one.
type Date = Option<i64>;

/// Whole days from `start` to `end`.
const fn days_between(start: i64, end: i64) -> i64 {
    end.saturating_sub(start).div_euclid(DAY_MS)
}

/// `days_since`: none without a date on either side; an access after `as_of` counts as 0.
fn days_since(last_accessed: Date, as_of: Date) -> Option<i64> {
    Some(days_between(last_accessed?, as_of?).max(0))
}

/// `observed_days` of a row without an access: 0 to 400. AWS watched until the dump was made: an `as_of` later than that ages what was
/// seen, but proves no longer silence.
fn observed_days(window_start: i64, as_of: Date, made_at: Date) -> Option<i64> {
    let watched_until = as_of?.min(made_at.unwrap_or(i64::MAX));
    Some(days_between(window_start, watched_until).clamp(0, LONGEST_WINDOW))
}

/// `verdict`. Whatever the evidence does not carry is `unknown`.
fn verdict(days_since: Option<i64>, observed_days: Option<i64>, is_undated: bool, stale_after: i64) -> Verdict {
    match (days_since, observed_days) {
        _ if is_undated => Verdict::Unknown,
        (Some(days), _) if days < stale_after => Verdict::Active,
        (Some(_), _) => Verdict::Stale,
        (None, Some(days)) if days >= stale_after => Verdict::Unused,
        (None, _) => Verdict::Unknown,
    }
}

/// Where the row falls among [`bucket_names`]: by age where it was accessed, else `never` or `unknown` as the verdict says.
fn bucket(verdict: Verdict, days_since: Option<i64>, edges: &[i64]) -> usize {
    let never = edges.len() + 1;
    match (verdict, days_since) {
        (Verdict::Unused, _) => never,
        (Verdict::Unknown, _) | (_, None) => never + 1,
        (_, Some(days)) => edges.partition_point(|&edge| edge <= days),
    }
}

/// The latest of: recording began (in the partition), the tracking of the service's actions began (for actions), and the entity was
/// created. What follows from a name is looked up once for each name, which rows give as its category.
struct Windows<'c> {
    level: Level,
    catalogue: &'c Catalogue,
    partition_names: &'c CategoricalMapping,
    service_names: &'c CategoricalMapping,
    partitions: FxHashMap<Option<u32>, i64>,
    services: FxHashMap<Option<u32>, i64>,
}

impl<'c> Windows<'c> {
    fn new(
        level: Level,
        catalogue: &'c Catalogue,
        partition_names: &'c CategoricalMapping,
        service_names: &'c CategoricalMapping,
    ) -> Self {
        let (partitions, services) = Default::default();
        Self { level, catalogue, partition_names, service_names, partitions, services }
    }

    fn start(&mut self, (partition, service): (Option<u32>, Option<u32>), created: Date) -> i64 {
        let recording = once(&mut self.partitions, partition, || {
            let name = partition.and_then(|code| self.partition_names.cat_to_str(code));
            name.and_then(|name| self.catalogue.partition_start(name)).unwrap_or(RECORDING_BEGAN)
        });
        let tracking = match self.level {
            Level::Service => i64::MIN,
            Level::Action => once(&mut self.services, service, || {
                let name = service.and_then(|code| self.service_names.cat_to_str(code));
                self.catalogue.action_tracking_start(name.unwrap_or_default())
            }),
        };
        recording.max(tracking).max(created.unwrap_or(i64::MIN))
    }
}

fn once(known: &mut FxHashMap<Option<u32>, i64>, name: Option<u32>, start: impl FnOnce() -> Instant) -> i64 {
    *known.entry(name).or_insert_with(|| start().millis())
}

/// `rows` with [`DAYS_SINCE`], [`OBSERVED_DAYS`], [`VERDICT`] and [`BUCKET`].
///
/// # Errors
/// Where a column is missing: a bug.
pub fn with_vocabulary(
    mut rows: DataFrame,
    level: Level,
    params: &Params,
    catalogue: &Catalogue,
) -> PolarsResult<DataFrame> {
    for column in vocabulary(&rows, level, params, catalogue)? {
        rows.with_column(column)?;
    }
    Ok(rows)
}

fn vocabulary(rows: &DataFrame, level: Level, params: &Params, catalogue: &Catalogue) -> PolarsResult<[Column; 4]> {
    let dates = |name| Ok::<_, PolarsError>(dates(rows, name)?.rechunk());
    let (last_accessed, created) = (dates(schema::LAST_ACCESSED)?, dates(schema::ENTITY_CREATED_AT)?);
    let (as_of, made_at) = (dates(schema::AS_OF)?, dates(schema::MADE_AT)?);
    let undated = rows.column(schema::ACCESS_UNDATED)?.bool()?.rechunk();
    let (partition, service) =
        (rows.column(schema::PARTITION)?.cat32()?, rows.column(schema::SERVICE_NAMESPACE)?.cat32()?);
    let mut windows = Windows::new(level, catalogue, partition.get_mapping(), service.get_mapping());
    let (partition, service) = (partition.physical().rechunk(), service.physical().rechunk());
    // One chunk each, whose values are there by index.
    let [last_accessed, created, as_of, made_at] =
        [&last_accessed, &created, &as_of, &made_at].map(|dates| dates.downcast_as_array());
    let [partition, service] = [&partition, &service].map(|names| names.downcast_as_array());
    let undated = undated.downcast_as_array();

    let mut days = Vec::with_capacity(rows.height());
    let mut observed = Vec::with_capacity(rows.height());
    let mut verdict_of = Vec::with_capacity(rows.height());
    let mut bucket_of = Vec::with_capacity(rows.height());
    for row in 0..rows.height() {
        let (accessed, as_of) = (last_accessed.get(row), as_of.get(row));
        let is_undated = undated.get(row) == Some(true);
        let since = days_since(accessed, as_of);
        let silence = if accessed.is_none() && !is_undated {
            let start = windows.start((partition.get(row), service.get(row)), created.get(row));
            observed_days(start, as_of, made_at.get(row))
        } else {
            None
        };
        let verdict = verdict(since, silence, is_undated, params.stale_after);
        bucket_of.push(bucket(verdict, since, &params.buckets) as IdxSize);
        verdict_of.push(verdict as u8);
        days.push(since);
        observed.push(silence);
    }
    let buckets = bucket_names(&params.buckets);
    let buckets = StringChunked::from_iter_values(BUCKET.into(), buckets.iter().map(String::as_str))
        .cast(&schema::closed_set(buckets.iter().map(String::as_str)))?;
    let verdict_of = UInt8Chunked::from_vec(VERDICT.into(), verdict_of);
    Ok([
        Int64Chunked::from_iter_options(DAYS_SINCE.into(), days.into_iter()).into_column(),
        Int64Chunked::from_iter_options(OBSERVED_DAYS.into(), observed.into_iter()).into_column(),
        Categorical8Chunked::from_cats_and_dtype(verdict_of, verdicts()).into_column(),
        buckets.into_column().take(&IdxCa::from_vec(BUCKET.into(), bucket_of))?,
    ])
}

fn dates<'r>(rows: &'r DataFrame, name: &str) -> PolarsResult<&'r Int64Chunked> {
    Ok(rows.column(name)?.datetime()?.physical())
}

/// `rows` with [`DAYS_SINCE`] alone: of those that have no verdict.
///
/// # Errors
/// Where a column is missing: a bug.
pub fn with_days_since(mut rows: DataFrame) -> PolarsResult<DataFrame> {
    let days = dates(&rows, schema::LAST_ACCESSED)?.iter().zip(dates(&rows, schema::AS_OF)?.iter());
    let days = days.map(|(last_accessed, as_of)| days_since(last_accessed, as_of));
    let days = Int64Chunked::from_iter_options(DAYS_SINCE.into(), days).into_column();
    rows.with_column(days)?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = DAY_MS;

    #[test]
    fn days_are_whole_and_never_negative() {
        assert_eq!(days_since(Some(0), Some(2 * DAY - 1)), Some(1));
        assert_eq!(days_since(Some(5), Some(0)), Some(0));
        assert_eq!((days_since(None, Some(0)), days_since(Some(0), None)), (None, None));
        assert_eq!(days_since(Some(i64::MIN), Some(i64::MAX)), Some(i64::MAX / DAY));
    }

    #[test]
    fn silence_is_proven_only_as_long_as_aws_watched() {
        assert_eq!(observed_days(0, Some(90 * DAY), Some(30 * DAY)), Some(30));
        assert_eq!(observed_days(0, Some(90 * DAY), None), Some(90));
        assert_eq!(observed_days(0, Some(900 * DAY), Some(900 * DAY)), Some(LONGEST_WINDOW));
        assert_eq!(observed_days(9 * DAY, Some(DAY), None), Some(0));
        assert_eq!(observed_days(0, None, Some(0)), None);
    }

    #[test]
    fn what_the_evidence_does_not_carry_is_unknown() {
        let of = |days, observed, undated| verdict(days, observed, undated, 90);
        assert_eq!((of(Some(89), None, false), of(Some(90), None, false)), (Verdict::Active, Verdict::Stale));
        assert_eq!((of(None, Some(90), false), of(None, Some(89), false)), (Verdict::Unused, Verdict::Unknown));
        assert_eq!((of(None, None, false), of(None, None, true)), (Verdict::Unknown, Verdict::Unknown));
    }

    #[test]
    fn buckets_begin_at_their_edge() {
        let edges = [30, 90];
        let of = |verdict, days| bucket_names(&edges)[bucket(verdict, days, &edges)].clone();
        let ages = [0, 29, 30, 89, 90, 9000].map(|days| of(Verdict::Active, Some(days)));
        assert_eq!(ages, ["0-29", "0-29", "30-89", "30-89", "90+", "90+"]);
        assert_eq!((of(Verdict::Unused, None), of(Verdict::Unknown, None)), ("never".to_owned(), "unknown".to_owned()));
    }
}
