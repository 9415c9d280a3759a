//! `summary`: one row per account.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::entities::{INCOMPLETE, account};
use super::grants::{risk_columns, risks_of_accounts};
use super::{Analysis, Combined, Context, Needs, Scope, sorted, tally};
use crate::frame::schema::{self, ACCOUNT_ID, MADE_AT};
use crate::model::{Instant, Level};

/// Entities with a usable dump.
pub const ENTITIES: &str = "entities";
/// Date of the oldest dump that counts.
pub const OLDEST: &str = "oldest_as_of";
/// Date of the newest.
pub const NEWEST: &str = "newest_as_of";
const SERVICES_TOTAL: &str = "services_granted";
const ACTIONS_TOTAL: &str = "actions_tracked";

/// The report; see the module.
pub struct Summary;

impl Analysis for Summary {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let by_account = |rows: LazyFrame, mut counts: Vec<Expr>| {
            counts.extend([col(MADE_AT).min().alias(OLDEST), col(MADE_AT).max().alias(NEWEST)]);
            counts.push(tally::passes(scope.context.params));
            rows.group_by([col(ACCOUNT_ID)]).agg(counts)
        };
        Ok(vec![
            dumps_by_account(scope)?.lazy(),
            by_account(scope.rows(Level::Service), tally::verdicts("services", SERVICES_TOTAL)),
            by_account(scope.groups(), tally::weighted_verdicts("actions", ACTIONS_TOTAL, schema::ACTIONS)),
            risks_of_accounts(scope)?.lazy(),
        ])
    }

    fn combine(&self, parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let services = tally::verdict_columns("services", SERVICES_TOTAL);
        let actions = tally::verdict_columns("actions", ACTIONS_TOTAL);
        let risks: Vec<String> = risk_columns().collect();
        let below_one_another =
            concat_lf_diagonal(parts.into_iter().map(IntoLazy::lazy).collect::<Vec<_>>(), UnionArgs::default())?;
        let mut totals = tally::sums(&[ENTITIES, INCOMPLETE, tally::PASSES].map(str::to_owned));
        totals.extend(tally::sums(&services));
        totals.extend(tally::sums(&actions));
        totals.extend(tally::sums(&risks));
        totals.extend([col(OLDEST).min(), col(NEWEST).max()]);
        let columns = [ACCOUNT_ID, ENTITIES].map(col).into_iter();
        let columns = columns
            .chain(services.iter().map(|c| col(c.as_str())))
            .chain([tally::percent("services_unused", SERVICES_TOTAL).alias("services_unused_pct")])
            .chain(actions.iter().map(|c| col(c.as_str())))
            .chain([tally::percent("actions_unused", ACTIONS_TOTAL).alias("actions_unused_pct")])
            .chain([OLDEST, NEWEST, INCOMPLETE].map(col))
            .chain(risks.iter().map(|c| col(c.as_str())));
        let by_account = tally::passing(below_one_another.group_by([col(ACCOUNT_ID)]).agg(totals), context.params);
        Ok(sorted(by_account.select(columns.collect::<Vec<_>>()), &[ACCOUNT_ID]).into())
    }
}

/// Entities, the dates of their newest usable dumps, and dumps that only hold a part.
pub fn dumps_by_account(scope: &Scope) -> PolarsResult<DataFrame> {
    #[derive(Default)]
    struct Account {
        entities: i64,
        dates: Vec<Instant>,
        incomplete: i64,
    }
    let at = scope.context.params.at;
    let mut accounts: BTreeMap<Option<&str>, Account> = BTreeMap::new();
    for history in scope.asked.iter().filter(|history| history.dumps_until(at).next().is_some()) {
        let entry = accounts.entry(account(history.entity)).or_default();
        let newest = history.newest(at);
        entry.entities += i64::from(newest.is_some());
        entry.dates.extend(newest.and_then(|newest| newest.dump.made_at));
        entry.incomplete += i64::from(history.incomplete(at));
    }
    let count = |name: &str, value: &dyn Fn(&Account) -> i64| {
        Int64Chunked::from_iter_values(name.into(), accounts.values().map(value)).into_column()
    };
    let date = |name: &str, value: &dyn Fn(&Account) -> Option<Instant>| {
        Int64Chunked::from_iter_options(name.into(), accounts.values().map(|a| value(a).map(Instant::millis)))
            .cast(&schema::instant())
            .map(IntoColumn::into_column)
    };
    let names = StringChunked::from_iter_options(ACCOUNT_ID.into(), accounts.keys().copied()).cast(&schema::name())?;
    DataFrame::new_infer_height(vec![
        names.into_column(),
        count(ENTITIES, &|a| a.entities),
        date(OLDEST, &|a| a.dates.iter().min().copied())?,
        date(NEWEST, &|a| a.dates.iter().max().copied())?,
        count(INCOMPLETE, &|a| a.incomplete),
    ])
}
