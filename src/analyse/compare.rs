//! `compare`: who may use what, and how long ago they did, as a matrix or in the long form.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::verdict::{DAYS_SINCE, verdict_is};
use super::{Analysis, Combined, Context, Needs, Scope, permission_key, sorted};
use crate::frame::schema::{ACCOUNT_ID, ENTITY, ENTITY_ARN};
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
    coalesce(&[col(ENTITY_ARN), col(ENTITY)]).alias(ENTITY_ARN)
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
        let keys = permission_key(self.level).iter().map(|c| col(*c));
        let columns = std::iter::once(entity_title()).chain(keys).chain([cell, col(ACCOUNT_ID)]).collect::<Vec<_>>();
        Ok(vec![scope.rows(self.level).select(columns)])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        self.long.then_some(&[ENTITY_ARN])
    }

    fn in_order(&self, rows: DataFrame, _: &Context) -> LazyFrame {
        let keys = std::iter::once(&ENTITY_ARN).chain(permission_key(self.level)).chain(&[CELL, ACCOUNT_ID]);
        sorted(rows.lazy(), &keys.copied().collect::<Vec<_>>())
    }

    fn combine(&self, mut parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        if self.long {
            return Ok(Combined::listed(Vec::new()));
        }
        let rows = parts.pop().expect("as many as partials gives");
        Ok(matrix(&rows, permission_key(self.level))?.lazy().into())
    }
}

/// Namespace, and at action level the action.
type Key<'f> = Vec<Option<&'f str>>;

/// The cells of one entity.
type Cells<'f> = Vec<(Key<'f>, Option<&'f str>)>;

/// Turns rows of (entity, key…, cell) into one row per key and one column per entity, both in order.
fn matrix(rows: &DataFrame, keys: &[&str]) -> PolarsResult<DataFrame> {
    let texts = |name: &str| Ok(rows.column(name)?.cast(&DataType::String)?.str()?.clone());
    let (entities, cells, accounts) = (texts(ENTITY_ARN)?, texts(CELL)?, texts(ACCOUNT_ID)?);
    let keys_of = keys.iter().map(|key| texts(key)).collect::<PolarsResult<Vec<_>>>()?;
    let mut row_of: BTreeMap<Key, usize> = BTreeMap::new();
    // A policy that AWS manages has one ARN and is another entity in every account.
    let mut columns: BTreeMap<(&str, Option<&str>), Cells> = BTreeMap::new();
    for row in 0..rows.height() {
        let key: Vec<_> = keys_of.iter().map(|column| column.get(row)).collect();
        row_of.insert(key.clone(), 0);
        let entity = (entities.get(row).unwrap_or_default(), accounts.get(row));
        columns.entry(entity).or_default().push((key, cells.get(row)));
    }
    for (at, row) in row_of.values_mut().enumerate() {
        *row = at;
    }
    let leading = keys
        .iter()
        .enumerate()
        .map(|(at, key)| StringChunked::from_iter_options((*key).into(), row_of.keys().map(|k| k[at])).into_column());
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (title, _) in columns.keys() {
        *times.entry(title).or_default() += 1;
    }
    let by_entity = columns.iter().map(|((title, account), cells)| {
        let heading = match account {
            Some(account) if times[title] > 1 => format!("{title} ({account})"),
            _ => (*title).to_owned(),
        };
        let mut column = vec![None; row_of.len()];
        for (key, cell) in cells {
            column[row_of[key]] = *cell;
        }
        StringChunked::from_iter_options(heading.into(), column.into_iter()).into_column()
    });
    DataFrame::new(row_of.len(), leading.chain(by_entity).collect())
}
