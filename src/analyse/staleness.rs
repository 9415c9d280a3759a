//! `staleness`: how many permissions of each entity, service or account fall into each bucket.

use polars::prelude::*;

use super::verdict::BUCKET;
use super::{Analysis, By, Combined, Context, ENTITY_KEY, Needs, Scope, bucket_names, permission_key, sorted};
use crate::frame::schema::ACCOUNT_ID;
use crate::model::Level;

const TOTAL: &str = "total";

/// See the module.
pub struct Staleness {
    /// The key.
    pub by: By,
    /// What is counted: services or actions.
    pub level: Level,
}

impl Staleness {
    fn key(&self) -> &'static [&'static str] {
        match self.by {
            By::Entity => &ENTITY_KEY,
            By::Service => permission_key(self.level),
            By::Account => &[ACCOUNT_ID],
        }
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
        let counts: Vec<_> = std::iter::once(len().cast(DataType::Int64).alias(TOTAL)).chain(buckets).collect();
        Ok(vec![scope.rows(self.level).group_by(self.key().iter().map(|c| col(*c)).collect::<Vec<_>>()).agg(counts)])
    }

    fn combine(&self, mut parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let counts = std::iter::once(TOTAL.to_owned()).chain(bucket_names(&context.params.buckets));
        let sums: Vec<_> = counts.map(|c| col(c).sum()).collect();
        let rows = parts.pop().expect("as many as partials gives").lazy();
        let by_key = rows.group_by(self.key().iter().map(|c| col(*c)).collect::<Vec<_>>()).agg(sums);
        Ok(sorted(by_key, self.key()).into())
    }
}
