//! `diff`: what changed between two dumps of each entity.
//!
//! Whether an entity came, went, or cannot be compared is decided on dumps; what happened to its permissions is a join of the
//! rows of both sides. Absence proves something only where a list is whole: a cut list revokes nothing and grants nothing.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::present::newest;
use super::verdict::{VERDICT, accessed};
use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, Sides, history, permission_key, sorted};
use crate::frame::build;
use crate::frame::schema::{self, ACTION_NAME, AS_OF, ENTITY, EVIDENCE, LAST_ACCESSED, SERVICE_NAMESPACE};
use crate::model::{Dump, Evidence, Level, Verdict};

const CHANGE: &str = "change";
const KEPT: &str = "kept";
const PRESENT: &str = "present";

/// The columns; what happened leads, then to whom.
const COLUMNS: [&str; 13] = [
    CHANGE,
    schema::ACCOUNT_ID,
    schema::ENTITY_TYPE,
    schema::ENTITY_NAME,
    schema::ENTITY_ARN,
    SERVICE_NAMESPACE,
    ACTION_NAME,
    "old_last_accessed",
    "new_last_accessed",
    "old_verdict",
    "new_verdict",
    "old_as_of",
    "new_as_of",
];

/// See the module.
pub struct Diff {
    /// Services or actions.
    pub level: Level,
    /// Show rows that only got a newer date, too.
    pub all: bool,
}

/// What one entity has on each side.
struct Meeting<'d> {
    old: Option<&'d Dump>,
    new: Option<&'d Dump>,
    /// The change of the entity as a whole, if there is one.
    change: Option<&'static str>,
}

impl Analysis for Diff {
    fn needs(&self) -> Needs {
        Needs { other_actions: self.level == Level::Action, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let meetings = self.meetings(scope);
        let both: Vec<_> = meetings.iter().filter_map(|m| Some((m.old?, m.new?))).collect();
        let (old, new): (Vec<_>, Vec<_>) = both.into_iter().unzip();
        let rows = self.changed_rows(scope, &old, &new)?;
        let entities = entity_changes(&meetings)?;
        let columns = COLUMNS.iter().chain(history::columns(scope)).map(|column| col(*column)).collect::<Vec<_>>();
        Ok(vec![concat_lf_diagonal([entities, rows], UnionArgs::default())?.select(columns)])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        Some(&COLUMNS[..5])
    }

    fn in_order(&self, rows: DataFrame, _: &Context) -> LazyFrame {
        sorted(rows.lazy(), &COLUMNS)
    }

    fn combine(&self, _: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        Ok(Combined::listed(Vec::new()))
    }
}

impl Diff {
    /// Pairs the newest usable dumps of both sides.
    fn meetings<'d>(&self, scope: &Scope<'d>) -> Vec<Meeting<'d>> {
        let filter = &scope.context.params.filter;
        let kept =
            |side: &[&'d Dump]| -> Vec<&'d Dump> { side.iter().copied().filter(|d| filter.keeps_entity(d)).collect() };
        let (old, new) = (kept(&scope.sides.old), kept(&scope.sides.new));
        let by_key = |dumps: &[&'d Dump], level| -> BTreeMap<&'d str, &'d Dump> {
            newest(dumps, level, |_| ()).into_iter().map(|dump| (dump.entity.key.as_str(), dump)).collect()
        };
        // The entity is there or not whatever the level; rows are compared at the level asked for.
        let (old_any, new_any) = (by_key(&old, Level::Service), by_key(&new, Level::Service));
        let (old_rows, new_rows) = (by_key(&old, self.level), by_key(&new, self.level));
        let seen =
            |side: &[&'d Dump]| -> BTreeSet<&'d str> { side.iter().map(|dump| dump.entity.key.as_str()).collect() };
        let (old_seen, new_seen) = (seen(&old), seen(&new));
        let keys: BTreeSet<_> = old_any.keys().chain(new_any.keys()).copied().collect();
        let meet = |key: &str| {
            let old = old_rows.get(key).or(old_any.get(key)).copied();
            let new = new_rows.get(key).or(new_any.get(key)).copied();
            let change = match (old, new) {
                (Some(_), None) if new_seen.contains(key) => Some("not-comparable"),
                (None, Some(_)) if old_seen.contains(key) => Some("not-comparable"),
                (Some(_), None) => Some("entity-removed"),
                (None, _) => Some("entity-added"),
                (Some(old), Some(new)) => {
                    let level_missing = !old_rows.contains_key(key) || !new_rows.contains_key(key);
                    let cut = !old.evidence.is_whole() || !new.evidence.is_whole();
                    (level_missing || cut).then_some("not-comparable")
                }
            };
            Meeting { old, new, change }
        };
        keys.into_iter().map(meet).collect()
    }

    /// One row for each permission of the entities on both sides to which something happened.
    fn changed_rows(&self, scope: &Scope, old: &[&Dump], new: &[&Dump]) -> PolarsResult<LazyFrame> {
        // A dump without action level has no action rows, and says nothing by it.
        let comparable = |pair: &(&&Dump, &&Dump)| {
            self.level == Level::Service || (pair.0.has_action_level() && pair.1.has_action_level())
        };
        let pairs = old.iter().zip(new).filter(comparable);
        let (old, new): (Vec<&Dump>, Vec<&Dump>) = pairs.map(|(old, new)| (*old, *new)).unzip();
        let key: Vec<_> = std::iter::once(ENTITY).chain(permission_key(self.level).iter().copied()).map(col).collect();
        let old_rows = self.side(scope, &old, "old")?;
        let new_rows = self.side(scope, &new, "new")?;
        let joined = old_rows.join(
            new_rows,
            &key,
            &key,
            JoinArgs::new(JoinType::Full).with_coalesce(JoinCoalesce::CoalesceColumns),
        );
        // One side's columns are null for a row that is on the other side only; what the entity is stands on both.
        let entities = build::dumps(&new, |_| None)?.lazy();
        let old_dumps = build::dumps(&old, |_| None)?.lazy();
        let about = |dumps: LazyFrame, side: &str| {
            dumps.select([
                col(ENTITY),
                col(AS_OF).alias(format!("{side}_as_of")),
                is_whole().alias(format!("{side}_whole")),
            ])
        };
        let of_entity = entities.clone().select(std::iter::once(ENTITY).chain(ENTITY_KEY).map(col).collect::<Vec<_>>());
        let entity = || [col(ENTITY)];
        let joined = joined
            .join(of_entity, entity(), entity(), JoinArgs::new(JoinType::Left))
            .join(about(old_dumps, "old"), entity(), entity(), JoinArgs::new(JoinType::Left))
            .join(about(entities, "new"), entity(), entity(), JoinArgs::new(JoinType::Left));
        let changed = joined
            .filter(col("old_kept").fill_null(lit(false)).or(col("new_kept").fill_null(lit(false))))
            .with_column(self.change())
            .filter(col(CHANGE).is_not_null());
        let changed = history::with_history_in(changed, scope, self.level, &seen(scope))?;
        let action = if self.level == Level::Action { ACTION_NAME } else { SERVICE_NAMESPACE };
        let action = match self.level {
            Level::Action => col(action),
            Level::Service => lit(NULL).cast(schema::name()).alias(ACTION_NAME),
        };
        let columns = [CHANGE].into_iter().chain(ENTITY_KEY).chain([SERVICE_NAMESPACE]).map(col).chain([action]);
        let facts = ["last_accessed", "verdict", "as_of"]
            .into_iter()
            .flat_map(|fact| ["old", "new"].map(|side| col(format!("{side}_{fact}"))));
        let of_history = history::columns(scope).iter().map(|column| col(*column));
        Ok(changed.select(columns.chain(facts).chain(of_history).collect::<Vec<_>>()))
    }

    /// The rows of one side, its columns prefixed.
    fn side(&self, scope: &Scope, dumps: &[&Dump], side: &str) -> PolarsResult<LazyFrame> {
        let kept = scope.context.params.filter.row_condition().unwrap_or_else(|| lit(true));
        let key = std::iter::once(ENTITY).chain(permission_key(self.level).iter().copied()).map(col);
        let facts = [
            col(LAST_ACCESSED).alias(format!("{side}_last_accessed")),
            col(VERDICT).alias(format!("{side}_verdict")),
            accessed().alias(format!("{side}_accessed")),
            kept.alias(format!("{side}_{KEPT}")),
            lit(true).alias(format!("{side}_{PRESENT}")),
        ];
        Ok(scope.context.rows(self.level, dumps)?.select(key.chain(facts).collect::<Vec<_>>()))
    }

    /// The first change of the documented order that fits; null where none does.
    fn change(&self) -> Expr {
        let missing = |side: &str| col(format!("{side}_{PRESENT}")).is_null();
        let used = |side: &str| col(format!("{side}_accessed"));
        let date = |side: &str| col(format!("{side}_last_accessed"));
        let whole = |side: &str| col(format!("{side}_whole"));
        let verdict = |side: &str, verdict: Verdict| col(format!("{side}_verdict")).eq(lit(verdict.as_str()));
        let nothing = || lit(NULL).cast(DataType::String);
        let newer = if self.all {
            when(date("new").gt(date("old"))).then(lit("newer-date")).otherwise(nothing())
        } else {
            nothing()
        };
        when(missing("old"))
            .then(when(whole("old")).then(lit("granted")).otherwise(nothing()))
            .when(missing("new"))
            .then(when(whole("new")).then(lit("revoked")).otherwise(nothing()))
            .when(used("old").not().and(date("new").is_not_null()))
            .then(lit("started"))
            .when(date("old").is_not_null().and(used("new").not()))
            .then(lit("aged-out"))
            .when(date("new").lt(date("old")))
            .then(lit("went-backwards"))
            .when(verdict("old", Verdict::Stale).and(verdict("new", Verdict::Active)))
            .then(lit("resumed"))
            .when(verdict("old", Verdict::Active).and(verdict("new", Verdict::Stale)))
            .then(lit("went-stale"))
            .otherwise(newer)
            .alias(CHANGE)
    }
}

/// What either side has of the entities that the filters keep, each dump once.
fn seen<'d>(scope: &Scope<'d>) -> Vec<&'d Dump> {
    let Sides { old, new } = &scope.sides;
    let is_new: BTreeSet<*const Dump> = new.iter().map(|dump| std::ptr::from_ref(*dump)).collect();
    let only_old = old.iter().filter(|dump| !is_new.contains(&std::ptr::from_ref(**dump)));
    let filter = &scope.context.params.filter;
    new.iter().chain(only_old).copied().filter(|dump| filter.keeps_entity(dump)).collect()
}

fn is_whole() -> Expr {
    let whole: Vec<_> = Evidence::ALL.iter().filter(|e| e.is_whole()).map(|e| e.as_str()).collect();
    super::verdict::is_one_of(EVIDENCE, &whole)
}

/// One row for each entity that came, went, or cannot be compared; the permission columns stay empty.
fn entity_changes(meetings: &[Meeting]) -> PolarsResult<LazyFrame> {
    let changed: Vec<_> = meetings.iter().filter_map(|m| Some((m, m.change?))).collect();
    let shown: Vec<&Dump> = changed.iter().filter_map(|(m, _)| m.new.or(m.old)).collect();
    let mut table = build::dumps(&shown, |_| None)?;
    let instants = |name: &str, of: &dyn Fn(&Meeting) -> Option<i64>| {
        Int64Chunked::from_iter_options(name.into(), changed.iter().map(|(m, _)| of(m))).cast(&schema::instant())
    };
    let as_of = |dump: Option<&Dump>| dump.and_then(|d| d.as_of).map(crate::model::Instant::millis);
    let columns = [
        StringChunked::from_iter_values(CHANGE.into(), changed.iter().map(|(_, change)| *change)).into_series(),
        instants("old_as_of", &|m| as_of(m.old))?,
        instants("new_as_of", &|m| as_of(m.new))?,
    ];
    for column in columns {
        table.with_column(column.into_column())?;
    }
    let leading = [CHANGE].into_iter().chain(ENTITY_KEY).chain(["old_as_of", "new_as_of"]).map(col);
    Ok(table.lazy().select(leading.collect::<Vec<_>>()))
}
