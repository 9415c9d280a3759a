//! `services`: one row per service, with the actions that nobody uses.

use polars::prelude::*;

use super::action_counts::{ActionCount, ActionCounts};
use super::verdict::{VERDICT, accessed};
use super::{Analysis, Combined, Context, Needs, Scope, tally};
use crate::frame::groups::Groups;
use crate::frame::schema::{
    self, ACCOUNT_ID, ACTION_NAME, LAST_ACCESSED, LAST_ACCESSED_BY, MADE_AT, SERVICE_NAME, SERVICE_NAMESPACE,
};
use crate::model::{Level, Symbol};

const ENTITIES: &str = "entities_granted";
const GRANTS: &str = "grants";
const USERS: &str = "users";

/// See the module.
pub struct Services;

impl Analysis for Services {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let entities = tally::verdicts("entities", ENTITIES);
        Ok(vec![
            scope.rows(Level::Service).group_by([col(SERVICE_NAMESPACE), col(ACCOUNT_ID)]).agg(entities),
            newest_access(scope.rows(Level::Service)),
            by_action(scope)?.lazy(),
            names(scope.rows(Level::Service)),
            names(scope.groups()),
        ])
    }

    fn condense(&self, parts: Vec<DataFrame>) -> PolarsResult<Vec<LazyFrame>> {
        let [by_account, accesses, by_action, service_names, action_names] = five(parts);
        let names = [service_names, action_names].map(|some| names(some.lazy()));
        Ok([by_account.lazy(), newest_access(accesses.lazy()), summed(by_action)].into_iter().chain(names).collect())
    }

    fn combine(&self, parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        let [by_account, accesses, by_action, service_names, action_names] = five(parts);
        let entities = tally::verdict_columns("entities", ENTITIES);
        let grants = tally::verdict_columns(GRANTS, GRANTS);

        let mut of_services = tally::sums(&entities);
        of_services.push(col(ACCOUNT_ID).drop_nulls().n_unique().cast(DataType::Int64).alias("accounts"));
        let services = by_account.lazy().group_by([col(SERVICE_NAMESPACE)]).agg(of_services);

        let mut of_actions = tally::sums(&grants);
        of_actions.push(len().cast(DataType::Int64).alias("actions_tracked"));
        of_actions.push(col(USERS).gt(lit(0i64)).sum().cast(DataType::Int64).alias("actions_used"));
        // A name that some entity may have used unseen is not "used by no one": every grant of it has to be unused.
        let proven = col("grants_unused").eq(col(GRANTS));
        of_actions.push(proven.sum().cast(DataType::Int64).alias("actions_unused"));
        let actions = summed(by_action).group_by([col(SERVICE_NAMESPACE)]).agg(of_actions);
        let of_dumps_with_actions = format!("{SERVICE_NAME}_right");
        let by_namespace = || [col(SERVICE_NAMESPACE)];

        // A newer dump without action level may no longer list a service whose actions an older one lists: full, not left.
        let counts = entities.iter().chain(&grants).map(String::as_str);
        let counts = counts.chain(["accounts", "actions_tracked", "actions_used", "actions_unused"]);
        let joined = services
            .join(
                actions,
                by_namespace(),
                by_namespace(),
                JoinArgs::new(JoinType::Full).with_coalesce(JoinCoalesce::CoalesceColumns),
            )
            .join(newest_access(accesses.lazy()), by_namespace(), by_namespace(), JoinArgs::new(JoinType::Left))
            .join(newest(service_names), by_namespace(), by_namespace(), JoinArgs::new(JoinType::Left))
            .join(newest(action_names), by_namespace(), by_namespace(), JoinArgs::new(JoinType::Left))
            .with_column(coalesce(&[col(SERVICE_NAME), col(of_dumps_with_actions.as_str())]).alias(SERVICE_NAME))
            .with_columns(counts.map(|c| col(c).fill_null(lit(0i64))).collect::<Vec<_>>())
            .with_column(
                (col("actions_tracked") - col("actions_used") - col("actions_unused")).alias("actions_unknown"),
            );

        let columns = [SERVICE_NAMESPACE, SERVICE_NAME, "accounts"].map(col).into_iter();
        let columns = columns
            .chain(entities.iter().map(|c| col(c.as_str())))
            .chain([LAST_ACCESSED, LAST_ACCESSED_BY, "actions_tracked", "actions_used", "actions_unused"].map(col))
            .chain(grants.iter().map(|c| col(c.as_str())))
            .chain([tally::percent("grants_unused", GRANTS).alias("grants_unused_pct"), col("actions_unknown")]);
        let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
        Ok(joined.select(columns.collect::<Vec<_>>()).sort(["grants_unused", SERVICE_NAMESPACE], order).into())
    }
}

/// One row per action, from what several partitions counted.
fn summed(by_action: DataFrame) -> LazyFrame {
    let mut counts = tally::sums(&tally::verdict_columns(GRANTS, GRANTS));
    counts.push(col(USERS).sum());
    // In the order in which columns of the partials stand, so that more can be stacked below.
    let order: Vec<_> = by_action.get_column_names_owned().into_iter().map(col).collect();
    by_action.lazy().group_by([col(SERVICE_NAMESPACE), col(ACTION_NAME)]).agg(counts).select(order)
}

fn five(parts: Vec<DataFrame>) -> [DataFrame; 5] {
    <[DataFrame; 5]>::try_from(parts).expect("as many as partials gives")
}

/// Every name that a service has in `rows`, and the date of the newest dump that has it.
fn names(rows: LazyFrame) -> LazyFrame {
    let date = col(MADE_AT).fill_null(lit(0i64).cast(schema::instant())).max();
    rows.filter(col(SERVICE_NAME).is_not_null()).group_by([SERVICE_NAMESPACE, SERVICE_NAME].map(col)).agg([date])
}

/// The newest of [`names`]; among equals the first in the alphabet.
fn newest(names: DataFrame) -> LazyFrame {
    let newest = col(MADE_AT).eq(col(MADE_AT).max());
    names.lazy().group_by([col(SERVICE_NAMESPACE)]).agg([col(SERVICE_NAME).filter(newest).cast(DataType::String).min()])
}

/// The last access to each service and by whom; among equals the first in the alphabet. Most rows have none, and are not looked at.
fn newest_access(rows: LazyFrame) -> LazyFrame {
    let newest = col(LAST_ACCESSED).eq(col(LAST_ACCESSED).max());
    let by = col(LAST_ACCESSED_BY).filter(newest).cast(DataType::String).min();
    rows.filter(col(LAST_ACCESSED).is_not_null()).group_by([col(SERVICE_NAMESPACE)]).agg([by, col(LAST_ACCESSED).max()])
}

/// Verdicts and users of each action.
fn by_action(scope: &Scope) -> PolarsResult<DataFrame> {
    let [total, by_verdict @ ..] = &tally::verdict_columns(GRANTS, GRANTS)[..] else { unreachable!("a total leads") };
    let facts = [col(VERDICT).to_physical().alias(VERDICT), accessed().alias(USERS)];
    let places = [schema::DUMP, schema::SERVICE, schema::ACTION].map(col);
    let facts = scope.collect(scope.groups().select([&facts[..], &places].concat()))?;
    let (verdicts, used) = (facts.column(VERDICT)?.u8()?, facts.column(USERS)?.bool()?);
    let mut counts = ActionCounts::default();
    let groups = Groups { frame: &facts, dumps: scope.grouped() };
    for (group, (verdict, used)) in groups.rows()?.zip(verdicts.iter().zip(used.iter())) {
        counts.add(group, verdict.map(usize::from), used == Some(true));
    }
    let counted: Vec<_> = counts.finish().collect();
    let names = |column, of: fn(&(Symbol, Symbol)) -> Symbol| {
        scope.context.dictionary.column(column, counted.iter().map(|(key, _)| of(key)))
    };
    let count = |column: &str, of: &dyn Fn(&ActionCount) -> i64| {
        Int64Chunked::from_iter_values(column.into(), counted.iter().map(|(_, c)| of(c))).into_column()
    };
    let mut columns = vec![
        names(SERVICE_NAMESPACE, |key| key.0)?,
        names(ACTION_NAME, |key| key.1)?,
        count(total, &|c| c.grants),
        count(USERS, &|c| c.users),
    ];
    columns.extend(by_verdict.iter().enumerate().map(|(at, name)| count(name, &|c| c.by_verdict[at])));
    DataFrame::new(counted.len(), columns)
}
