//! `services`: one row per service, with its unused actions.
//!
//! An action is only claimed to be unused by all if nothing is unseen (rules 38 to 41): next to each such number stands
//! the same number for what was seen, and how many entities prevent the claim.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::action_counts::{ActionCount, ActionCounts, Grant};
use super::grants::{GRANTED_BY, HOLDING, POLICY, policies_of_services, with_others};
use super::groups::Groups;
use super::scope::kept;
use super::unused::CREATED_AT;
use super::verdict::{VERDICT, accessed};
use super::{Analysis, Combined, Context, Needs, Scope, tally};
use crate::frame::schema::{
    self, ACCOUNT_ID, ACTION_NAME, ENTITY, ENTITY_ARN, HIDDEN, LAST_ACCESSED, LAST_ACCESSED_BY, MADE_AT, MEMBERS,
    REMEDY, SERVICE_NAME, SERVICE_NAMESPACE, USED_UNTRACKED, WITHOUT_ACTIONS,
};
use crate::model::{Level, Remedy, Symbol};

const ENTITIES: &str = "entities_granted";
const GRANTS: &str = "grants";
const USERS: &str = "users";
const CHANGEABLE: &str = "changeable";
const CHANGEABLE_UNUSED: &str = "changeable_unused";
const UNSEEN: &str = "entities_unseen";
const WITHOUT: &str = "entities_without_actions";
/// The number of those entities that are unseen or without actions and for which the owner can do something.
const HINDERING: &str = "hindering";
const UNUSED_SEEN: &str = "actions_unused_seen";

/// The report; see the module.
pub struct Services;

impl Analysis for Services {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let context = &scope.context;
        let shared = |rows: LazyFrame| rows.with_column(context.shared_spelling(SERVICE_NAMESPACE));
        let rows = || shared(scope.rows(Level::Service));
        let by_service = || [col(SERVICE_NAMESPACE)];
        let passing = [kept(scope.rows(Level::Service), context.params), kept(scope.groups(), context.params)];
        let passing = passing.map(|rows| shared(rows).group_by(by_service()).agg([] as [Expr; 0]));
        Ok(vec![
            rows().group_by([col(SERVICE_NAMESPACE), col(ACCOUNT_ID)]).agg(tally::verdicts("entities", ENTITIES)),
            newest_access(rows()),
            by_action(scope)?.lazy().with_columns([SERVICE_NAMESPACE, ACTION_NAME].map(|c| context.shared_spelling(c))),
            names(rows()),
            rows().group_by(by_service()).agg(seen()),
            hidden(scope)?.lazy(),
            concat(passing, UnionArgs::default())?.unique(None, UniqueKeepStrategy::Any),
            policies_of_services(scope)?.lazy(),
            youngest(rows().select([col(SERVICE_NAMESPACE), col(schema::ENTITY_CREATED_AT).alias(CREATED_AT)])),
        ])
    }

    fn condense(&self, parts: Vec<DataFrame>) -> PolarsResult<Vec<LazyFrame>> {
        let Parts { by_account, accesses, by_action, service_names, seen, hidden, passing, policies, created } =
            Parts::of(parts);
        Ok(vec![
            by_account.lazy(),
            newest_access(accesses.lazy()),
            summed(by_action),
            names(service_names.lazy()),
            seen.lazy().group_by([col(SERVICE_NAMESPACE)]).agg(tally::sums(&SEEN.map(str::to_owned))),
            hidden.lazy().select(tally::sums(&[UNSEEN.to_owned(), HINDERING.to_owned()])),
            passing.lazy().unique(None, UniqueKeepStrategy::Any),
            policies.lazy().group_by([SERVICE_NAMESPACE, POLICY].map(col)).agg(tally::sums(&[HOLDING.to_owned()])),
            youngest(created.lazy()),
        ])
    }

    fn combine(&self, parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        let Parts { by_account, accesses, by_action, service_names, seen, hidden, passing, policies, created } =
            Parts::of(parts);
        let total = |name: &str| -> PolarsResult<i64> { Ok(hidden.column(name)?.i64()?.sum().unwrap_or(0)) };
        let sums = tally::sums(&SEEN.map(str::to_owned));
        let seen = seen.lazy().group_by([col(SERVICE_NAMESPACE)]).agg(sums);
        let passing = passing.lazy().unique(None, UniqueKeepStrategy::Any);
        let (hidden_all, hidden_hindering) = (total(UNSEEN)?, total(HINDERING)?);
        let entities = tally::verdict_columns("entities", ENTITIES);
        let grants = tally::verdict_columns(GRANTS, GRANTS);

        let mut of_services = tally::sums(&entities);
        of_services.push(col(ACCOUNT_ID).drop_nulls().n_unique().cast(DataType::Int64).alias("accounts"));
        let services = by_account.lazy().group_by([col(SERVICE_NAMESPACE)]).agg(of_services);

        let mut of_actions = tally::sums(&grants);
        of_actions.push(len().cast(DataType::Int64).alias("actions_tracked"));
        of_actions.push(col(USERS).gt(lit(0i64)).sum().cast(DataType::Int64).alias("actions_used"));
        let is_unused = col(USERS).eq(lit(0i64)).and(col(CHANGEABLE).gt(lit(0i64)));
        let is_unused = is_unused.and(col(CHANGEABLE).eq(col(CHANGEABLE_UNUSED)));
        of_actions.push(is_unused.sum().cast(DataType::Int64).alias(UNUSED_SEEN));
        let actions = summed(by_action).group_by([col(SERVICE_NAMESPACE)]).agg(of_actions);

        let by_namespace = || [col(SERVICE_NAMESPACE)];
        let counts = grants.iter().map(String::as_str).chain(["actions_tracked", "actions_used", UNUSED_SEEN]);
        // Every hidden entity is unseen for a service, unless one of its rows lists it.
        let unseen = (lit(hidden_all) - col(LISTED_HIDDEN)).alias(UNSEEN);
        let hindering = lit(hidden_hindering) - col(LISTED_HINDERING) + col(WITHOUT_HINDERING);
        let unused = when(hindering.gt(lit(0i64))).then(lit(0i64)).otherwise(col(UNUSED_SEEN)).alias("actions_unused");
        let unknown = (col("actions_tracked") - col("actions_used") - col("actions_unused")).alias("actions_unknown");
        let joined = services
            .join(passing, by_namespace(), by_namespace(), JoinArgs::new(JoinType::Semi))
            .join(actions, by_namespace(), by_namespace(), JoinArgs::new(JoinType::Left))
            .join(newest_access(accesses.lazy()), by_namespace(), by_namespace(), JoinArgs::new(JoinType::Left))
            .join(newest(service_names), by_namespace(), by_namespace(), JoinArgs::new(JoinType::Left))
            .join(most_held(&policies)?, by_namespace(), by_namespace(), JoinArgs::new(JoinType::Left))
            .join(youngest(created.lazy()), by_namespace(), by_namespace(), JoinArgs::new(JoinType::Left))
            .join(seen, by_namespace(), by_namespace(), JoinArgs::new(JoinType::Left))
            .with_columns(counts.map(|c| col(c).fill_null(lit(0i64))).collect::<Vec<_>>())
            .with_columns([unseen, unused])
            .with_column(unknown);

        let columns = [SERVICE_NAMESPACE, SERVICE_NAME, "accounts"].map(col).into_iter();
        let columns = columns
            .chain(entities.iter().map(|c| col(c.as_str())))
            .chain([LAST_ACCESSED, LAST_ACCESSED_BY, "actions_tracked", "actions_used", "actions_unused"].map(col))
            .chain(grants.iter().map(|c| col(c.as_str())))
            .chain([tally::percent("grants_unused", GRANTS).alias("grants_unused_pct")])
            .chain(["actions_unknown", UNUSED_SEEN, UNSEEN, WITHOUT, USED_UNTRACKED].map(col))
            .chain([GRANTED_BY, CREATED_AT].map(col));
        let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
        Ok(joined.select(columns.collect::<Vec<_>>()).sort(["grants_unused", SERVICE_NAMESPACE], order).into())
    }
}

const LISTED_HIDDEN: &str = "listed_hidden";
const LISTED_HINDERING: &str = "listed_hindering";
const WITHOUT_HINDERING: &str = "without_hindering";

/// What rows tell about how much was seen, by service.
const SEEN: [&str; 5] = [LISTED_HIDDEN, LISTED_HINDERING, WITHOUT, WITHOUT_HINDERING, USED_UNTRACKED];

/// Counts entities, each once for all its dumps.
fn seen() -> [Expr; 5] {
    let entities = |of: Expr, name: &str| col(ENTITY).filter(of).n_unique().cast(DataType::Int64).alias(name);
    let hinders = || col(REMEDY).neq(lit(Remedy::None.as_str()));
    [
        entities(col(HIDDEN), LISTED_HIDDEN),
        entities(col(HIDDEN).and(hinders()), LISTED_HINDERING),
        entities(col(WITHOUT_ACTIONS), WITHOUT),
        entities(col(WITHOUT_ACTIONS).and(hinders()), WITHOUT_HINDERING),
        entities(col(USED_UNTRACKED), USED_UNTRACKED),
    ]
}

/// How many entities of the batch are hidden, and for how many of these the owner can do something (rule 39).
fn hidden(scope: &Scope) -> PolarsResult<DataFrame> {
    let at = scope.context.params.at;
    let hidden = || scope.asked.iter().filter(|history| history.is_hidden(at));
    let hindering = hidden().filter(|history| history.entity.remedy() != Remedy::None).count();
    let count = |name: &str, of: usize| Int64Chunked::from_slice(name.into(), &[of as i64]).into_column();
    DataFrame::new(1, vec![count(UNSEEN, hidden().count()), count(HINDERING, hindering)])
}

/// The contributions by name.
struct Parts {
    by_account: DataFrame,
    accesses: DataFrame,
    by_action: DataFrame,
    service_names: DataFrame,
    seen: DataFrame,
    hidden: DataFrame,
    passing: DataFrame,
    policies: DataFrame,
    created: DataFrame,
}

impl Parts {
    fn of(parts: Vec<DataFrame>) -> Self {
        let [by_account, accesses, by_action, service_names, seen, hidden, passing, policies, created] =
            <[DataFrame; 9]>::try_from(parts).expect("as many as partials gives");
        Self { by_account, accesses, by_action, service_names, seen, hidden, passing, policies, created }
    }
}

/// One row per action, from the counts of several batches.
fn summed(by_action: DataFrame) -> LazyFrame {
    let mut counts = tally::sums(&tally::verdict_columns(GRANTS, GRANTS));
    counts.extend([USERS, CHANGEABLE, CHANGEABLE_UNUSED].map(|count| col(count).sum()));
    // In the order of the columns of the partials, so that more can be stacked below.
    let order: Vec<_> = by_action.get_column_names_owned().into_iter().map(col).collect();
    by_action.lazy().group_by([col(SERVICE_NAMESPACE), col(ACTION_NAME)]).agg(counts).select(order)
}

/// For each service, when the youngest entity that may use it was created.
fn youngest(rows: LazyFrame) -> LazyFrame {
    rows.group_by([col(SERVICE_NAMESPACE)]).agg([col(CREATED_AT).max()])
}

/// For each service, the policy through which most entities have it, and how many other policies there are.
fn most_held(policies: &DataFrame) -> PolarsResult<LazyFrame> {
    let text = |column: &str| -> PolarsResult<Vec<String>> {
        let texts = policies.column(column)?.cast(&DataType::String)?;
        Ok(texts.str()?.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
    };
    let mut services: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    let counts = policies.column(HOLDING)?.i64()?.iter().map(Option::unwrap_or_default);
    for ((service, policy), count) in text(SERVICE_NAMESPACE)?.into_iter().zip(text(POLICY)?).zip(counts) {
        *services.entry(service).or_default().entry(policy).or_default() += count;
    }
    let cell = |policies: &BTreeMap<String, i64>| {
        // Among equal ones, the first in the alphabet.
        let most = policies.iter().min_by_key(|(_, count)| -**count).map(|(policy, _)| policy)?;
        Some(with_others(most, policies.len() - 1))
    };
    let cells: Vec<Option<String>> = services.values().map(cell).collect();
    let column = |name: &str, texts: Vec<Option<&str>>| -> PolarsResult<Column> {
        Ok(Categorical32Chunked::from_str_iter(name.into(), schema::name(), texts)?.into_column())
    };
    let columns = vec![
        column(SERVICE_NAMESPACE, services.keys().map(|service| Some(service.as_str())).collect())?,
        column(GRANTED_BY, cells.iter().map(Option::as_deref).collect())?,
    ];
    Ok(DataFrame::new(services.len(), columns)?.lazy())
}

/// Every name that a service has in `rows`, and the date of the newest dump that has it.
fn names(rows: LazyFrame) -> LazyFrame {
    let date = col(MADE_AT).fill_null(lit(0i64).cast(schema::instant())).max();
    rows.filter(col(SERVICE_NAME).is_not_null()).group_by([SERVICE_NAMESPACE, SERVICE_NAME].map(col)).agg([date])
}

/// The newest of [`names`]; among equal ones the first in the alphabet.
fn newest(names: DataFrame) -> LazyFrame {
    let newest = col(MADE_AT).eq(col(MADE_AT).max());
    names.lazy().group_by([col(SERVICE_NAMESPACE)]).agg([col(SERVICE_NAME).filter(newest).cast(DataType::String).min()])
}

/// The last access to each service, and the entity that made it; among equal ones the first in the alphabet. Most rows
/// have none, and are not looked at.
fn newest_access(rows: LazyFrame) -> LazyFrame {
    let newest = col(LAST_ACCESSED).eq(col(LAST_ACCESSED).max());
    let by = col(LAST_ACCESSED_BY).filter(newest).cast(DataType::String).min();
    rows.filter(col(LAST_ACCESSED).is_not_null()).group_by([col(SERVICE_NAMESPACE)]).agg([by, col(LAST_ACCESSED).max()])
}

/// Verdicts and users of each action.
fn by_action(scope: &Scope) -> PolarsResult<DataFrame> {
    let [total, by_verdict @ ..] = &tally::verdict_columns(GRANTS, GRANTS)[..] else { unreachable!("a total leads") };
    let changeable = col(ENTITY_ARN).is_not_null().and(col(REMEDY).neq(lit(Remedy::None.as_str())));
    let facts = [col(VERDICT).to_physical().alias(VERDICT), accessed().alias(USERS), changeable.alias(CHANGEABLE)];
    let facts = scope.collect(scope.groups().select([&facts[..], &[col(MEMBERS)]].concat()))?;
    let flag =
        |name: &str| -> PolarsResult<_> { Ok(facts.column(name)?.bool()?.iter().map(|flag| flag == Some(true))) };
    let verdicts = facts.column(VERDICT)?.u8()?.into_no_null_iter();
    let mut counts = ActionCounts::default();
    let groups = Groups { frame: &facts, sets: scope.sets() }.rows()?;
    for ((((namespace, group), verdict), is_used), is_changeable) in
        groups.zip(verdicts).zip(flag(USERS)?).zip(flag(CHANGEABLE)?)
    {
        counts.add(namespace, group, Grant { verdict: usize::from(verdict), is_used, is_changeable });
    }
    let counted = counts.finish(scope.context.names);
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
        count(CHANGEABLE, &|c| c.changeable),
        count(CHANGEABLE_UNUSED, &|c| c.changeable_unused),
    ];
    columns.extend(by_verdict.iter().enumerate().map(|(at, name)| count(name, &|c| c.by_verdict[at])));
    DataFrame::new(counted.len(), columns)
}
