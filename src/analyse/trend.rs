//! `trend`: what each account granted and used, day by day.

use polars::prelude::*;

use super::present::newest;
use super::{Analysis, Combined, Context, Needs, Scope, sorted, tally};
use crate::frame::schema::{ACCOUNT_ID, AS_OF};
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
        let by_day = |dump: &Dump| dump.as_of.map(crate::model::Instant::day);
        let dated: Vec<&Dump> = scope.dumps.iter().copied().filter(|dump| dump.as_of.is_some()).collect();
        let of_services = newest(&dated, Level::Service, by_day);
        let counted = |level, chosen: &[&Dump], prefix, total| -> PolarsResult<LazyFrame> {
            let mut rows = scope.context.rows(level, chosen)?.with_column(date());
            if let Some(condition) = scope.context.params.filter.row_condition() {
                rows = rows.filter(condition);
            }
            Ok(rows.group_by([col(ACCOUNT_ID), col(DATE)]).agg(tally::verdicts(prefix, total)))
        };
        Ok(vec![
            entities(&of_services, scope)?,
            counted(Level::Service, &of_services, "services", "services_granted")?,
            counted(Level::Action, &newest(&dated, Level::Action, by_day), "actions", "actions_tracked")?,
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
fn entities(dumps: &[&Dump], scope: &Scope) -> PolarsResult<LazyFrame> {
    let table = crate::frame::build::dumps(dumps, scope.context.dictionary, |_| None)?;
    let counted = len().cast(DataType::Int64).alias(ENTITIES);
    Ok(table.lazy().with_column(date()).group_by([col(ACCOUNT_ID), col(DATE)]).agg([counted]))
}
