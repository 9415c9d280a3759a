//! `staleness`: how many permissions of each entity, service or account fall into each bucket.

use polars::prelude::*;

use super::verdict::BUCKET;
use super::{
    Analysis, By, Combined, Context, ENTITY_KEY, Needs, Scope, bucket_names, entities, permission_key, sorted, tally,
};
use crate::frame::schema::{ACCOUNT_ID, ENTITY};
use crate::model::Level;

const TOTAL: &str = "total";
const PERMISSIONS: &str = "permissions";
const INCOMPLETE: &str = entities::INCOMPLETE;

/// The report; see the module.
pub struct Staleness {
    /// The key.
    pub by: By,
    /// What is counted: services or actions.
    pub level: Level,
    /// One row per key and bucket, instead of one column per bucket.
    pub long: bool,
}

impl Staleness {
    fn key(&self) -> &'static [&'static str] {
        match self.by {
            By::Entity => &ENTITY_KEY,
            By::Service => permission_key(self.level),
            By::Account => &[ACCOUNT_ID],
        }
    }

    /// The columns by which the dumps of the entities are counted: all of them count for a service, because a cut list
    /// may lack any.
    const fn dumps_by(&self) -> &'static [&'static str] {
        match self.by {
            By::Entity => &[ENTITY],
            By::Service => &[],
            By::Account => &[ACCOUNT_ID],
        }
    }

    /// The key of a row, and the columns that join it to its dumps.
    fn grouping(&self) -> Vec<Expr> {
        let more = self.dumps_by().iter().filter(|column| !self.key().contains(column));
        self.key().iter().chain(more).map(|column| col(*column)).collect()
    }
}

impl Analysis for Staleness {
    fn needs(&self) -> Needs {
        Needs::level(self.level)
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let buckets = bucket_names(&scope.context.params.buckets)
            .into_iter()
            .map(|bucket| col(BUCKET).eq(lit(bucket.clone())).sum().cast(DataType::Int64).alias(bucket));
        let total = len().cast(DataType::Int64).alias(TOTAL);
        let counts: Vec<_> = [total, tally::passes(scope.context.params)].into_iter().chain(buckets).collect();
        let shared = permission_key(self.level).iter().map(|column| scope.context.shared_spelling(column));
        let rows = scope.rows(self.level).with_columns(shared.collect::<Vec<_>>());
        let dumps = entities::incomplete(scope)?;
        Ok(vec![rows.group_by(self.grouping()).agg(counts), counted(dumps, self.dumps_by())])
    }

    fn combine(&self, parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let [rows, dumps] = <[DataFrame; 2]>::try_from(parts).expect("as many as partials gives");
        let counts: Vec<_> = std::iter::once(TOTAL.to_owned()).chain(bucket_names(&context.params.buckets)).collect();
        let sums = counts.iter().map(String::as_str).chain([tally::PASSES]).map(|c| col(c).sum());
        let rows = tally::passing(rows.lazy().group_by(self.grouping()).agg(sums.collect::<Vec<_>>()), context.params);
        let joined = if self.dumps_by().is_empty() {
            let all = dumps.column(INCOMPLETE)?.i64()?.sum().unwrap_or(0);
            rows.with_column(lit(all).cast(DataType::Int64).alias(INCOMPLETE))
        } else {
            let by = || self.dumps_by().iter().map(|column| col(*column)).collect::<Vec<_>>();
            let dumps = counted(dumps, self.dumps_by());
            rows.join(dumps, by(), by(), JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Left) })
        };
        let counts = counts.iter().map(String::as_str).chain([INCOMPLETE]).map(|c| col(c).fill_null(lit(0i64)));
        let columns = self.grouping().into_iter().chain(counts.clone()).collect::<Vec<_>>();
        let order: Vec<_> = self.key().iter().chain(self.dumps_by()).copied().collect();
        let rows = sorted(joined.select(columns), &order);
        if self.long {
            return Ok(long(rows, self.key(), &bucket_names(&context.params.buckets))?.into());
        }
        let shown: Vec<_> = self.key().iter().map(|column| col(*column)).chain(counts).collect();
        Ok(rows.select(shown).into())
    }
}

/// Each of `rows` once for each of its buckets, in the order of these: those that hold nothing too, so that every row has as many.
fn long(rows: LazyFrame, key: &[&str], buckets: &[String]) -> PolarsResult<LazyFrame> {
    const ROW: &str = "row";
    let rows = rows.with_row_index(ROW, None);
    let of_bucket = |bucket: &String| {
        let of_key = [ROW].iter().chain(key).map(|column| col(*column));
        let counted = [lit(bucket.as_str()).alias(BUCKET), col(bucket.as_str()).alias(PERMISSIONS), col(INCOMPLETE)];
        rows.clone().select(of_key.chain(counted).collect::<Vec<_>>())
    };
    let all = concat(buckets.iter().map(of_bucket).collect::<Vec<_>>(), UnionArgs::default())?;
    let shown: Vec<_> = key.iter().chain(&[BUCKET, PERMISSIONS, INCOMPLETE]).map(|column| col(*column)).collect();
    Ok(all.sort([ROW], SortMultipleOptions::default().with_maintain_order(true)).select(shown))
}

/// The incomplete dumps by `key`; the sum of all if it is empty.
fn counted(dumps: DataFrame, key: &[&str]) -> LazyFrame {
    let sum = col(INCOMPLETE).sum();
    if key.is_empty() {
        return dumps.lazy().select([sum]);
    }
    dumps.lazy().group_by(key.iter().map(|column| col(*column)).collect::<Vec<_>>()).agg([sum])
}
