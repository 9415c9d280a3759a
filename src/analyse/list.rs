//! `list`: one row per entity × service [× action], with everything that is known about it.

use polars::prelude::*;

use super::rows::NOTE;
use super::verdict::{BUCKET, DAYS_SINCE, OBSERVED_DAYS, UNKNOWN_REASON, VERDICT};
use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, permission_key, sorted_whole};
use crate::frame::schema::{
    AGE_KNOWN_BY, AS_OF, AWS_CONTROLLED, GRANTED_SINCE, IDENTIFIED_BY, LAST_ACCESSED, LAST_ACCESSED_BY,
    LAST_ACCESSED_REGION, LAST_ACCESSED_SOURCE, MADE_AT, OBSERVED_LIMIT, REMEDY, USED_UNTRACKED,
};
use crate::model::Level;

/// The report; see the module.
pub struct List {
    /// Services or actions.
    pub level: Level,
}

const FACTS: [&str; 18] = [
    VERDICT,
    LAST_ACCESSED,
    DAYS_SINCE,
    LAST_ACCESSED_BY,
    LAST_ACCESSED_REGION,
    BUCKET,
    OBSERVED_DAYS,
    UNKNOWN_REASON,
    USED_UNTRACKED,
    NOTE,
    REMEDY,
    AWS_CONTROLLED,
    AS_OF,
    IDENTIFIED_BY,
    OBSERVED_LIMIT,
    GRANTED_SINCE,
    AGE_KNOWN_BY,
    LAST_ACCESSED_SOURCE,
];

impl Analysis for List {
    fn needs(&self) -> Needs {
        Needs { evidence: true, ..Needs::level(self.level) }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let made = scope.context.is_dated_otherwise.then_some(&MADE_AT);
        let columns = ENTITY_KEY.iter().chain(permission_key(self.level)).chain(&FACTS).chain(made);
        Ok(vec![scope.listed(self.level).select(columns.map(|c| col(*c)).collect::<Vec<_>>())])
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
