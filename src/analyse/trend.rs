//! `trend`: what each account granted and used, day by day.

use polars::prelude::*;

use super::present::newest;
use super::scope::kept;
use super::{Analysis, Combined, Context, Needs, Scope, sorted, tally};
use crate::frame::schema::{ACCOUNT_ID, ACTIONS, AS_OF};
use crate::model::{DAY_MS, Dump, Level};

const DATE: &str = "date";
const ENTITIES: &str = "entities";

/// See the module.
pub struct Trend;

impl Analysis for Trend {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let day = |dump: &Dump| dump.as_of.map(crate::model::Instant::day);
        let dated: Vec<&Dump> = scope.dumps.iter().copied().filter(|dump| dump.as_of.is_some()).collect();
        let of_services = newest(&dated, Level::Service, day);
        let of_actions = newest(&dated, Level::Action, day);
        let by_day = |rows: LazyFrame, counts| {
            kept(rows, scope.context.params).with_column(date()).group_by([col(ACCOUNT_ID), col(DATE)]).agg(counts)
        };
        let services = scope.context.rows(Level::Service, &of_services)?;
        let actions = scope.context.groups(&of_actions)?;
        Ok(vec![
            entities(&of_services)?,
            by_day(services, tally::verdicts("services", "services_granted")),
            by_day(actions, tally::weighted_verdicts("actions", "actions_tracked", ACTIONS)),
        ])
    }

    fn combine(&self, parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        let counts = [
            ENTITIES,
            "services_granted",
            "services_active",
            "services_stale",
            "services_unused",
            "services_unknown",
            "actions_tracked",
            "actions_unused",
        ];
        let below_one_another =
            concat_lf_diagonal(parts.into_iter().map(IntoLazy::lazy).collect::<Vec<_>>(), UnionArgs::default())?;
        let sums: Vec<_> = counts.iter().map(|c| col(*c).sum()).collect();
        let columns = [
            col(ACCOUNT_ID),
            col(DATE),
            col(ENTITIES),
            col("services_granted"),
            col("services_active"),
            col("services_stale"),
            col("services_unused"),
            tally::percent("services_unused", "services_granted").alias("services_unused_pct"),
            col("actions_tracked"),
            col("actions_unused"),
            tally::percent("actions_unused", "actions_tracked").alias("actions_unused_pct"),
            col("services_unknown"),
        ];
        let by_day = below_one_another.group_by([col(ACCOUNT_ID), col(DATE)]).agg(sums).select(columns);
        Ok(sorted(by_day, &[ACCOUNT_ID, DATE]).into())
    }
}

fn date() -> Expr {
    col(AS_OF).cast(DataType::Int64).floor_div(lit(DAY_MS)).cast(DataType::Int32).cast(DataType::Date).alias(DATE)
}

/// One row per entity and day, so that an entity that may use nothing counts too.
fn entities(dumps: &[&Dump]) -> PolarsResult<LazyFrame> {
    let table = crate::frame::build::dumps(dumps, |_| None)?;
    let counted = len().cast(DataType::Int64).alias(ENTITIES);
    Ok(table.lazy().with_column(date()).group_by([col(ACCOUNT_ID), col(DATE)]).agg([counted]))
}
