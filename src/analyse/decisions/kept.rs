//! `kept`: the rows that a decision keeps out of the lists of what could go.

use polars::prelude::*;

use super::cells::{DECISION_COLUMNS, decision_columns, names};
use super::{RowAdvice, Ruled, Rulings, advisable};
use crate::analyse::groups::Groups;
use crate::analyse::removable::changeable;
use crate::analyse::verdict::{DAYS_SINCE, OBSERVED_DAYS, VERDICT};
use crate::analyse::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, sorted};
use crate::frame::schema::{ACTION_NAME, AS_OF, LAST_ACCESSED, SERVICE_NAME, SERVICE_NAMESPACE};
use crate::model::Level;

/// See the module.
pub struct Kept;

const COLUMNS: [&str; 8] =
    [SERVICE_NAMESPACE, SERVICE_NAME, ACTION_NAME, VERDICT, LAST_ACCESSED, DAYS_SINCE, OBSERVED_DAYS, AS_OF];

impl Analysis for Kept {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: true, evidence: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let of_level = |level| -> PolarsResult<LazyFrame> {
            let (rows, entries) = kept_rows(scope, level)?;
            let mut rows = rows;
            for column in decision_columns(&entries, scope.context.decisions)? {
                rows.with_column(column)?;
            }
            let columns = ENTITY_KEY.iter().chain(&COLUMNS).chain(&DECISION_COLUMNS);
            Ok(rows.lazy().select(columns.map(|name| col(*name)).collect::<Vec<_>>()))
        };
        let both = [of_level(Level::Service)?, of_level(Level::Action)?];
        Ok(vec![concat(both, UnionArgs::default())?])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        Some(&ENTITY_KEY)
    }

    fn in_order(&self, rows: DataFrame, _: &Context) -> LazyFrame {
        let keys: Vec<_> = ENTITY_KEY.iter().chain(&[SERVICE_NAMESPACE, ACTION_NAME]).copied().collect();
        sorted(rows.lazy(), &keys)
    }

    fn combine(&self, _: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        Ok(Combined::listed(Vec::new()))
    }
}

/// How many rows of the list of `level` a decision keeps, and how many actions go with a service that is kept.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn kept_counts(scope: &Scope, level: Level) -> PolarsResult<[i64; 2]> {
    if scope.context.decisions.is_empty() {
        return Ok([0, 0]);
    }
    let ruled = ruled_rows(scope, level)?.1;
    let count = |standing| ruled.standings.iter().filter(|of| **of == standing).count() as i64;
    Ok([count(RowAdvice::Kept), count(RowAdvice::KeptWithService)])
}

/// The rows that are kept out of the list of `level`, each with the entry that keeps it. A row about a service has no action.
///
/// # Errors
/// Where Polars refuses: a bug.
pub(super) fn kept_rows(scope: &Scope, level: Level) -> PolarsResult<(DataFrame, Vec<Option<u32>>)> {
    let (rows, ruled) = ruled_rows(scope, level)?;
    let kept = ruled.mask(RowAdvice::Kept);
    let entries = ruled.entries.iter().zip(&ruled.standings).filter(|(_, of)| **of == RowAdvice::Kept);
    let entries = entries.map(|(at, _)| *at).collect();
    let mut rows = rows.filter(&kept)?;
    if level == Level::Service {
        rows.with_column(names(ACTION_NAME, std::iter::repeat_n(None, rows.height()))?)?;
    }
    Ok((rows, entries))
}

/// The rows of the list of `level` of the entities that an entry may apply to, and what is ruled on them.
fn ruled_rows(scope: &Scope, level: Level) -> PolarsResult<(DataFrame, Ruled)> {
    let (rulings, rows) = match level {
        Level::Service => (Rulings::of(scope), scope.rows(Level::Service)),
        Level::Action => (Rulings::beside_services(scope)?, scope.groups()),
    };
    let rows = if rulings.is_empty() { rows.limit(0) } else { rows };
    let rows = scope.collect(changeable(advisable(rows, level, false, scope)?, scope))?;
    let mut rows = rulings.decided_alone(&rows)?;
    if level == Level::Action {
        rows = Groups { frame: &rows, sets: scope.sets() }.named(scope.context.dictionary)?;
    }
    let ruled = rulings.rule(&rows, level)?;
    Ok((rows, ruled))
}
