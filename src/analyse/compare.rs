//! `compare`: who may use what, and how long ago they did, as a matrix or in the long form.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::verdict::{DAYS_SINCE, verdict_is};
use super::{Analysis, Combined, Context, Needs, Scope, permission_key, sorted};
use crate::frame::schema::{ENTITY, ENTITY_ARN};
use crate::model::{Level, Verdict};

const CELL: &str = "cell";

/// See the module.
pub struct Compare {
    /// Rows per service or per action.
    pub level: Level,
    /// One row per cell instead of one column per entity.
    pub long: bool,
}

/// The ARN, or what stands for the entity where there is none, as [`ENTITY_ARN`].
pub fn entity_title() -> Expr {
    coalesce(&[col(ENTITY_ARN).cast(DataType::String), col(ENTITY).cast(DataType::String)]).alias(ENTITY_ARN)
}

impl Analysis for Compare {
    fn needs(&self) -> Needs {
        Needs::level(self.level)
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let cell = when(verdict_is(Verdict::Unknown))
            .then(lit("unknown"))
            .when(verdict_is(Verdict::Unused))
            .then(lit("never"))
            .otherwise(col(DAYS_SINCE).cast(DataType::String))
            .alias(CELL);
        let keys = permission_key(self.level).iter().map(|c| col(*c).cast(DataType::String));
        let columns = std::iter::once(entity_title()).chain(keys).chain([cell]).collect::<Vec<_>>();
        Ok(vec![scope.rows(self.level).select(columns)])
    }

    fn combine(&self, mut parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        let rows = parts.pop().expect("as many as partials gives");
        if self.long {
            let keys: Vec<_> = std::iter::once(&ENTITY_ARN).chain(permission_key(self.level)).copied().collect();
            return Ok(sorted(rows.lazy(), &keys).into());
        }
        Ok(matrix(&rows, permission_key(self.level))?.lazy().into())
    }
}

/// Namespace, and at action level the action.
type Key<'f> = Vec<Option<&'f str>>;

/// Turns rows of (entity, key…, cell) into one row per key and one column per entity, both in order.
fn matrix(rows: &DataFrame, keys: &[&str]) -> PolarsResult<DataFrame> {
    let entities = rows.column(ENTITY_ARN)?.str()?;
    let cells = rows.column(CELL)?.str()?;
    let keys_of = keys.iter().map(|key| rows.column(key)?.str()).collect::<PolarsResult<Vec<_>>>()?;
    let mut row_of: BTreeMap<Key, usize> = BTreeMap::new();
    let mut columns: BTreeMap<&str, Vec<(Key, Option<&str>)>> = BTreeMap::new();
    for row in 0..rows.height() {
        let key: Vec<_> = keys_of.iter().map(|column| column.get(row)).collect();
        row_of.insert(key.clone(), 0);
        columns.entry(entities.get(row).unwrap_or_default()).or_default().push((key, cells.get(row)));
    }
    for (at, row) in row_of.values_mut().enumerate() {
        *row = at;
    }
    let leading = keys
        .iter()
        .enumerate()
        .map(|(at, key)| StringChunked::from_iter_options((*key).into(), row_of.keys().map(|k| k[at])).into_column());
    let by_entity = columns.iter().map(|(entity, cells)| {
        let mut column = vec![None; row_of.len()];
        for (key, cell) in cells {
            column[row_of[key]] = *cell;
        }
        StringChunked::from_iter_options((*entity).into(), column.into_iter()).into_column()
    });
    DataFrame::new(row_of.len(), leading.chain(by_entity).collect())
}
