//! What reports need from a judged row, as expressions.

use polars::prelude::*;

use crate::frame::schema;
use crate::model::Verdict;

/// Whole days from `last_accessed` to `as_of`.
pub const DAYS_SINCE: &str = "days_since";
/// How long AWS has been recording without an access.
pub const OBSERVED_DAYS: &str = "observed_days";
/// See [`Verdict`].
pub const VERDICT: &str = "verdict";
/// See [`UnknownReason`](crate::model::UnknownReason).
pub const UNKNOWN_REASON: &str = "unknown_reason";
/// The bucket of the row among `--buckets`.
pub const BUCKET: &str = "bucket";

/// Whether an access is recorded, with or without a date.
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

/// The names of the buckets, in order: `0-29`, …, `365+`, `unused`, `unknown`.
#[must_use]
pub fn bucket_names(edges: &[i64]) -> Vec<String> {
    let starts = std::iter::once(0).chain(edges.iter().copied());
    let ends = edges.iter().map(|edge| Some(edge - 1)).chain([None]);
    let ages = starts.zip(ends).map(|(start, end)| match end {
        Some(end) if end == start => start.to_string(),
        Some(end) => format!("{start}-{end}"),
        None => format!("{start}+"),
    });
    ages.chain(["unused".to_owned(), "unknown".to_owned()]).collect()
}

/// The position of a row among [`bucket_names`]: by age if the verdict is based on an access, otherwise by the verdict.
pub fn bucket_of(verdict: Verdict, days_since: Option<i64>, edges: &[i64]) -> u32 {
    let unused = edges.len() + 1;
    let place = match (verdict, days_since) {
        (Verdict::Unused, _) => unused,
        (Verdict::Unknown, _) | (_, None) => unused + 1,
        (_, Some(days)) => edges.partition_point(|&edge| edge <= days),
    };
    place as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_begin_at_their_edge() {
        let edges = [30, 90];
        let of = |verdict, days| bucket_names(&edges)[bucket_of(verdict, days, &edges) as usize].clone();
        let ages = [0, 29, 30, 89, 90, 9000].map(|days| of(Verdict::Active, Some(days)));
        assert_eq!(ages, ["0-29", "0-29", "30-89", "30-89", "90+", "90+"]);
        assert_eq!((of(Verdict::Unused, None), of(Verdict::Unknown, Some(3))), ("unused".into(), "unknown".into()));
    }
}
