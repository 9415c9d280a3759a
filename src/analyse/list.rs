//! `list`: one row per entity × service [× action], with all that is known about it.

use polars::prelude::*;

use super::verdict::{BUCKET, DAYS_SINCE, UNKNOWN_REASON, VERDICT, unknown_reason};
use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, history, permission_key, sorted_whole};
use crate::frame::schema::{AS_OF, IDENTIFIED_BY, LAST_ACCESSED, LAST_ACCESSED_BY, LAST_ACCESSED_REGION, MANAGED};
use crate::model::Level;

/// See the module.
pub struct List {
    /// Services or actions.
    pub level: Level,
}

impl Analysis for List {
    fn needs(&self) -> Needs {
        Needs::level(self.level)
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let facts = [
            LAST_ACCESSED,
            LAST_ACCESSED_BY,
            LAST_ACCESSED_REGION,
            DAYS_SINCE,
            VERDICT,
            BUCKET,
            AS_OF,
            IDENTIFIED_BY,
            MANAGED,
            UNKNOWN_REASON,
        ];
        let columns = ENTITY_KEY.iter().chain(permission_key(self.level)).chain(&facts).chain(history::columns(scope));
        let rows = scope.rows(self.level).with_column(unknown_reason());
        let rows = history::with_history(rows, scope, self.level)?;
        Ok(vec![rows.select(columns.map(|c| col(*c)).collect::<Vec<_>>())])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        Some(&ENTITY_KEY)
    }

    fn in_order(&self, rows: DataFrame, context: &Context) -> LazyFrame {
        sorted_whole(rows, context, self.level)
    }

    fn combine(&self, _: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        Ok(Combined::listed(Vec::new()))
    }
}
