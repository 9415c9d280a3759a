//! The rows behind every number of the page: each service of each entity with its verdict, and each action that the
//! list of unused services does not already cover. In an estate with three million tracked actions, 2.9 million are
//! unused and belong to a service that is listed as a whole; the rest are half a million, which a browser filters at
//! once.

use polars::prelude::*;

use super::grants::columns_beside;
use super::groups::Groups;
use super::removable::{dormant, removable};
use super::scope::kept;
use super::unused::{access_level, columns};
use super::verdict::{BUCKET, UNKNOWN_REASON};
use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, sorted_whole};
use crate::frame::schema::{LAST_ACCESSED_BY, LAST_ACCESSED_REGION, USED_UNTRACKED};
use crate::model::Level;

/// The columns of a row in addition to those of `unused`.
const MORE: [&str; 5] = [BUCKET, UNKNOWN_REASON, LAST_ACCESSED_BY, LAST_ACCESSED_REGION, USED_UNTRACKED];

/// The report; see the module.
pub struct AllPermissions {
    /// Services or actions.
    pub level: Level,
}

impl Analysis for AllPermissions {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: self.level == Level::Action, evidence: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let mut rows = match self.level {
            Level::Service => scope.collect(scope.listed(Level::Service))?,
            Level::Action => {
                let rows = kept(scope.groups(), scope.context.params);
                let others = rows.clone().filter(dormant().not());
                let rows = [others, removable(rows, Level::Action, scope)];
                let rows = scope.collect(concat_lf_diagonal(rows, UnionArgs::default())?)?;
                let mut named = Groups { frame: &rows, sets: scope.sets() }.named(scope.context.dictionary)?;
                named.with_column(access_level(&named, scope.context.catalogue, scope.context.dictionary)?)?;
                named
            }
        };
        for column in columns_beside(&rows, self.level, scope)? {
            rows.with_column(column)?;
        }
        let columns: Vec<Expr> = columns(self.level, &scope.context).into_iter().chain(MORE.map(col)).collect();
        Ok(vec![rows.lazy().select(columns)])
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
