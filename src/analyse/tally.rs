//! Counting: verdicts in a group, and the percentages made of counts.

use polars::prelude::*;

use super::Params;
use super::verdict::verdict_is;
use crate::model::Verdict;

/// `<prefix>_active`, `_stale`, `_unused`, `_unknown` of a group, and the number of its rows as `total`.
pub fn verdicts(prefix: &str, total: &str) -> Vec<Expr> {
    let counts = Verdict::ALL.iter().map(|&verdict| {
        verdict_is(verdict).sum().cast(DataType::Int64).alias(format!("{prefix}_{}", verdict.as_str()))
    });
    std::iter::once(len().cast(DataType::Int64).alias(total)).chain(counts).collect()
}

/// As [`verdicts`], for rows that each hold several permissions: `weight` is the column with their number.
pub fn weighted_verdicts(prefix: &str, total: &str, weight: &str) -> Vec<Expr> {
    let weight = || col(weight).cast(DataType::Int64);
    let counts = Verdict::ALL.iter().map(|&verdict| {
        let counted = when(verdict_is(verdict)).then(weight()).otherwise(lit(0i64));
        counted.sum().alias(format!("{prefix}_{}", verdict.as_str()))
    });
    std::iter::once(weight().sum().alias(total)).chain(counts).collect()
}

/// The columns that [`verdicts`] names.
pub fn verdict_columns(prefix: &str, total: &str) -> Vec<String> {
    let counts = Verdict::ALL.iter().map(|verdict| format!("{prefix}_{}", verdict.as_str()));
    std::iter::once(total.to_owned()).chain(counts).collect()
}

/// The sum of each column.
pub fn sums(columns: &[String]) -> Vec<Expr> {
    columns.iter().map(|column| col(column.as_str()).sum()).collect()
}

/// `100 * part / whole` to one decimal, halves away from zero; null if `whole` is 0. It is exact: computed in whole
/// tenths.
pub fn percent(part: &str, whole: &str) -> Expr {
    fraction(part, whole, 1000, 10.0)
}

/// `part / whole` to four decimals, halves away from zero; null if `whole` is 0.
pub fn ratio(part: &str, whole: &str) -> Expr {
    fraction(part, whole, 10_000, 10_000.0)
}

fn fraction(part: &str, whole: &str, steps: i64, scale: f64) -> Expr {
    let doubled = lit(2 * steps) * col(part) + col(whole);
    when(col(whole).gt(lit(0i64)))
        .then(doubled.floor_div(lit(2i64) * col(whole)).cast(DataType::Float64) / lit(scale))
        .otherwise(lit(NULL))
        .cast(DataType::Float64)
}

/// How many rows of a group pass the filters of a row's values.
pub const PASSES: &str = "passes";

/// [`PASSES`] of a group.
pub fn passes(params: &Params) -> Expr {
    let count = match params.filter.row_condition() {
        Some(condition) => condition.cast(DataType::Int64).sum(),
        None => len().cast(DataType::Int64),
    };
    count.alias(PASSES)
}

/// The groups with a row that passes; all of them if there is no such filter. Rule 45: a filter of rows changes no
/// number.
pub fn passing(groups: LazyFrame, params: &Params) -> LazyFrame {
    match params.filter.row_condition() {
        Some(_) => groups.filter(col(PASSES).gt(lit(0i64))),
        None => groups,
    }
}
