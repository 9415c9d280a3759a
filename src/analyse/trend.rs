//! `trend`: what each account granted and used, day by day.
//!
//! A day's rows are those of its own dumps, each as known then; limits and accesses come from all documents up to it
//! (rule 55).

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::entities::{INCOMPLETE, account};
use super::histories::History;
use super::scope::RowTables;
use super::timeline::{Judged, RowMembers, Scratch, fold};
use super::{Analysis, Combined, Context, Needs, Scope, sorted, tally};
use crate::frame::schema::{self, ACCOUNT_ID, ACTIONS, MADE_AT};
use crate::model::{DAY_MS, Day, Instant};

const DATE: &str = "date";
const ENTITIES: &str = "entities";

/// The report; see the module.
pub struct Trend;

impl Analysis for Trend {
    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let context = scope.context;
        let needs = Needs { services: true, groups: true, ..Needs::NOTHING };
        let rows =
            context.rows(scope.asked, needs, &|history, scratch, emit| days(&context, history, scratch, emit))?;
        let RowTables { services, groups, .. } = rows;
        let by_day = |rows: DataFrame, mut counts: Vec<Expr>| {
            counts.push(tally::passes(context.params));
            rows.lazy().with_column(date()).group_by([col(ACCOUNT_ID), col(DATE)]).agg(counts)
        };
        Ok(vec![
            entities(scope)?.lazy(),
            by_day(services, tally::verdicts("services", "services_granted")),
            by_day(groups, tally::weighted_verdicts("actions", "actions_tracked", ACTIONS)),
        ])
    }

    fn combine(&self, parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let counts = [
            ENTITIES,
            "services_granted",
            "services_active",
            "services_stale",
            "services_unused",
            "services_unknown",
            "actions_tracked",
            "actions_unused",
            INCOMPLETE,
            tally::PASSES,
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
            col("services_unknown"),
            tally::percent("services_unused", "services_granted").alias("services_unused_pct"),
            col("actions_tracked"),
            col("actions_unused"),
            tally::percent("actions_unused", "actions_tracked").alias("actions_unused_pct"),
            col(INCOMPLETE),
        ];
        let by_day = below_one_another.group_by([col(ACCOUNT_ID), col(DATE)]).agg(sums);
        // A day without a usable dump has nothing to compare.
        let by_day = tally::passing(by_day.filter(col(ENTITIES).gt(lit(0i64))), context.params).select(columns);
        Ok(sorted(by_day, &[ACCOUNT_ID, DATE]).into())
    }
}

fn date() -> Expr {
    col(MADE_AT).cast(DataType::Int64).floor_div(lit(DAY_MS)).cast(DataType::Int32).cast(DataType::Date).alias(DATE)
}

/// The rows of every day.
fn days<'a>(
    context: &Context<'a>,
    history: &'a History<'a>,
    scratch: &mut Scratch<'a>,
    mut emit: &mut dyn FnMut(&Judged, RowMembers),
) {
    let question = &history.question(context.params);
    let made = history.speaking(context.params.at).iter().filter_map(|speaker| speaker.dump.made_at);
    let days: BTreeSet<Day> = made.map(Instant::day).collect();
    fold(&history.documents, question, context.names, scratch, |timeline, by| {
        for day in days {
            let end = Instant::from_millis(day.end().millis() + 1);
            timeline.day(Instant::from_millis(end.millis() - DAY_MS)..end, by, &mut emit);
        }
    });
}

/// Entities with a usable dump on each day, so that an entity that may use nothing counts too, and the day's dumps that
/// only hold a part.
fn entities(scope: &Scope) -> PolarsResult<DataFrame> {
    let at = scope.context.params.at;
    let mut by_day: BTreeMap<(Option<&str>, Day), (i64, i64)> = BTreeMap::new();
    for history in scope.asked {
        let usable = history.speaking(at).iter().filter_map(|speaker| speaker.dump.made_at).map(Instant::day);
        for day in usable.collect::<BTreeSet<_>>() {
            by_day.entry((account(history.entity), day)).or_default().0 += 1;
        }
        for day in history.incomplete_dumps(at).filter_map(|dump| dump.made_at).map(Instant::day) {
            by_day.entry((account(history.entity), day)).or_default().1 += 1;
        }
    }
    let accounts = StringChunked::from_iter_options(ACCOUNT_ID.into(), by_day.keys().map(|(account, _)| *account));
    let days = Int32Chunked::from_iter_values(DATE.into(), by_day.keys().map(|(_, day)| day.0));
    let count = |name: &str, of: fn(&(i64, i64)) -> i64| {
        Int64Chunked::from_iter_values(name.into(), by_day.values().map(of)).into_column()
    };
    DataFrame::new_infer_height(vec![
        accounts.cast(&schema::name())?.into_column(),
        days.cast(&DataType::Date)?.into_column(),
        count(ENTITIES, |counts| counts.0),
        count(INCOMPLETE, |counts| counts.1),
    ])
}
