//! What could go, whatever was decided about it: stale or unused, in entities that their owner can edit.

use polars::prelude::*;

use super::Scope;
use super::verdict::verdict_is;
use crate::frame::schema::{AWS_CONTROLLED, ENTITY, MADE_AT, SERVICE_NAMESPACE};
use crate::model::{Level, Verdict};

/// The namespace as all spellings of it share it.
const SERVICE: &str = "service";

/// What could go: stale or unused.
pub fn dormant() -> Expr {
    verdict_is(Verdict::Stale).or(verdict_is(Verdict::Unused))
}

/// Of `rows`, what could go, whatever was decided: stale or unused, and no action of a service that is so itself.
pub fn removable(rows: LazyFrame, level: Level, scope: &Scope) -> LazyFrame {
    let rows = rows.filter(dormant());
    match level {
        Level::Service => rows,
        Level::Action => without_actions_of(scope.rows(Level::Service).filter(dormant()), rows, scope),
    }
}

/// `rows` of actions without those of `services`.
pub fn without_actions_of(services: LazyFrame, rows: LazyFrame, scope: &Scope) -> LazyFrame {
    // An action's service is that of the present; where every snapshot speaks, that of its own dump.
    let key: &[&str] =
        if scope.context.params.all_snapshots { &[ENTITY, MADE_AT, SERVICE] } else { &[ENTITY, SERVICE] };
    let key = || key.iter().map(|column| col(*column)).collect::<Vec<_>>();
    let shared = |rows: LazyFrame| rows.with_column(scope.context.shared_spelling(SERVICE_NAMESPACE).alias(SERVICE));
    let covered = shared(services).select(key());
    let covers = JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Anti) };
    shared(rows).join(covered, key(), key(), covers)
}

/// Of `rows`, those that their owner can edit; all, where the user asks for it.
pub fn changeable(rows: LazyFrame, scope: &Scope) -> LazyFrame {
    if scope.context.params.include_aws_controlled { rows } else { rows.filter(col(AWS_CONTROLLED).not()) }
}
