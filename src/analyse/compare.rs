//! `compare`: which entities may use what, and how long ago they did, as a matrix or in the long form.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::tally::PASSES;
use super::verdict::{DAYS_SINCE, VERDICT, verdict_is};
use super::{Analysis, Combined, Context, Needs, Scope, permission_key, sorted};
use crate::frame::schema::{ACCOUNT_ID, ENTITY, ENTITY_ARN, HIDDEN, SERVICE_NAMESPACE, WITHOUT_ACTIONS};
use crate::model::{Level, Verdict};
use crate::util::sanitize::harmless;

const CELL: &str = "cell";

/// The report; see the module.
pub struct Compare {
    /// Rows per service or per action.
    pub level: Level,
    /// One row per cell instead of one column per entity.
    pub long: bool,
}

/// The ARN, or the title of the entity if there is none, as [`ENTITY_ARN`].
pub fn entity_title() -> Expr {
    coalesce(&[col(ENTITY_ARN), col(ENTITY)]).alias(ENTITY_ARN)
}

impl Analysis for Compare {
    fn needs(&self) -> Needs {
        Needs { services: true, ..Needs::NOTHING }.and(Needs::level(self.level))
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let cell = when(verdict_is(Verdict::Unknown).or(verdict_is(Verdict::Unused)))
            .then(col(VERDICT).cast(DataType::String))
            .otherwise(col(DAYS_SINCE).cast(DataType::String))
            .alias(CELL);
        let params = scope.context.params;
        let rows = if self.long { scope.listed(self.level) } else { scope.rows(self.level) };
        let passes = params.filter.row_condition().unwrap_or_else(|| lit(true)).alias(PASSES);
        let keys = permission_key(self.level).iter().map(|c| scope.context.shared_spelling(c));
        let columns = [col(ACCOUNT_ID), entity_title()].into_iter().chain(keys).chain([cell]);
        let columns = if self.long { columns.collect::<Vec<_>>() } else { columns.chain([passes]).collect() };
        let seen = [entity_title(), col(ACCOUNT_ID), scope.context.shared_spelling(SERVICE_NAMESPACE)];
        let seen = seen.into_iter().chain([HIDDEN, WITHOUT_ACTIONS].map(col)).collect::<Vec<_>>();
        Ok(vec![rows.select(columns), scope.rows(Level::Service).select(seen)])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        self.long.then_some(&[ENTITY_ARN])
    }

    fn in_order(&self, rows: DataFrame, _: &Context) -> LazyFrame {
        let keys = std::iter::once(&ENTITY_ARN).chain(permission_key(self.level)).chain(&[CELL, ACCOUNT_ID]);
        sorted(rows.lazy(), &keys.copied().collect::<Vec<_>>())
    }

    fn combine(&self, mut parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        let seen = parts.pop().expect("as many as partials gives");
        if self.long {
            let unseen_entities = Seen::of(&seen)?.hidden_entities();
            return Ok(Combined { unseen_entities, ..Combined::listed(Vec::new()) });
        }
        let rows = parts.pop().expect("as many as partials gives");
        Ok(matrix(&rows, permission_key(self.level), &Seen::of(&seen)?)?.lazy().into())
    }
}

/// Namespace, and at action level the action.
type Key<'f> = Vec<Option<&'f str>>;

/// The cells of one entity.
type Cells<'f> = Vec<(Key<'f>, Option<&'f str>)>;

/// An entity: its title and its account.
type Who = (String, Option<String>);

/// What is known about permissions that the dumps of an entity do not show.
#[derive(Default)]
struct Seen {
    /// For each entity: whether its newest usable dump is not whole, and its services, with whether their actions are
    /// not shown.
    entities: BTreeMap<Who, (bool, BTreeMap<String, bool>)>,
}

impl Seen {
    fn of(rows: &DataFrame) -> PolarsResult<Self> {
        let texts = |name: &str| Ok::<_, PolarsError>(rows.column(name)?.cast(&DataType::String)?.str()?.clone());
        let (entities, accounts, services) = (texts(ENTITY_ARN)?, texts(ACCOUNT_ID)?, texts(SERVICE_NAMESPACE)?);
        let (hidden, without) = (rows.column(HIDDEN)?.bool()?, rows.column(WITHOUT_ACTIONS)?.bool()?);
        let mut seen = Self::default();
        for row in 0..rows.height() {
            let text = |column: &StringChunked| column.get(row).map(str::to_owned);
            let who = (text(&entities).unwrap_or_default(), text(&accounts));
            let (is_hidden, listed) = seen.entities.entry(who).or_default();
            *is_hidden = hidden.get(row) == Some(true);
            listed.insert(text(&services).unwrap_or_default(), without.get(row) == Some(true));
        }
        Ok(seen)
    }

    /// The entities with a newest usable dump that is not whole.
    fn hidden_entities(self) -> Vec<Who> {
        self.entities.into_iter().filter(|(_, (is_hidden, _))| *is_hidden).map(|(who, _)| who).collect()
    }

    /// Rule 44: whether the dumps leave open if the permission is granted.
    fn is_unseen(&self, who: &Who, service: &str, is_action: bool) -> bool {
        let Some((is_hidden, services)) = self.entities.get(who) else { return false };
        services.get(service).map_or(*is_hidden, |is_without_actions| is_action && *is_without_actions)
    }
}

/// Turns rows of (entity, key…, cell) into one row per key and one column per entity, both in order.
fn matrix(rows: &DataFrame, keys: &[&str], seen: &Seen) -> PolarsResult<DataFrame> {
    let texts = |name: &str| Ok(rows.column(name)?.cast(&DataType::String)?.str()?.clone());
    let (entities, cells, accounts) = (texts(ENTITY_ARN)?, texts(CELL)?, texts(ACCOUNT_ID)?);
    let passes = rows.column(PASSES)?.bool()?;
    let keys_of = keys.iter().map(|key| texts(key)).collect::<PolarsResult<Vec<_>>>()?;
    let mut row_of: BTreeMap<Key, usize> = BTreeMap::new();
    // An AWS-managed policy has one ARN and is a separate entity in every account.
    let mut columns: BTreeMap<(&str, Option<&str>), Cells> = BTreeMap::new();
    for row in 0..rows.height() {
        let key: Vec<_> = keys_of.iter().map(|column| column.get(row)).collect();
        // A row that passes the filters brings the whole line: the filters change no cell.
        if passes.get(row) == Some(true) {
            row_of.insert(key.clone(), 0);
        }
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
        let who = ((*title).to_owned(), account.map(str::to_owned));
        let unseen = |key: &Key| seen.is_unseen(&who, key[0].unwrap_or_default(), keys.len() > 1).then_some("?");
        let mut column: Vec<Option<&str>> = row_of.keys().map(unseen).collect();
        for (key, cell) in cells {
            if let Some(row) = row_of.get(key) {
                column[*row] = *cell;
            }
        }
        // A label can be anything, and the name of a column is written to places that escape only cells.
        StringChunked::from_iter_options((*harmless(&heading)).into(), column.into_iter()).into_column()
    });
    DataFrame::new(row_of.len(), leading.chain(by_entity).collect())
}
