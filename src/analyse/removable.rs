//! What could go, whatever decisions exist: stale or unused permissions of entities that their owner can edit.

use polars::prelude::*;

use super::Scope;
use super::verdict::verdict_is;
use crate::frame::schema::{AWS_CONTROLLED, ENTITY, MADE_AT, SERVICE_NAMESPACE};
use crate::model::{Level, Verdict};

/// The namespace in the spelling that all its spellings share.
const SERVICE: &str = "service";

/// Whether a permission could go: it is stale or unused.
pub fn dormant() -> Expr {
    verdict_is(Verdict::Stale).or(verdict_is(Verdict::Unused))
}

/// Those of `rows` that could go, whatever decisions exist: stale or unused, without the actions of a service that is
/// stale or unused itself.
pub fn removable(rows: LazyFrame, level: Level, scope: &Scope) -> LazyFrame {
    let rows = rows.filter(dormant());
    match level {
        Level::Service => rows,
        Level::Action => without_actions_of(scope.rows(Level::Service).filter(dormant()), rows, scope),
    }
}

/// `rows` of actions without those of `services`.
pub fn without_actions_of(services: LazyFrame, rows: LazyFrame, scope: &Scope) -> LazyFrame {
    // An action's service is that of the present; if every snapshot counts, that of its own dump.
    let key: &[&str] =
        if scope.context.params.all_snapshots { &[ENTITY, MADE_AT, SERVICE] } else { &[ENTITY, SERVICE] };
    let key = || key.iter().map(|column| col(*column)).collect::<Vec<_>>();
    let shared = |rows: LazyFrame| rows.with_column(scope.context.shared_spelling(SERVICE_NAMESPACE).alias(SERVICE));
    let covered = shared(services).select(key());
    let covers = JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Anti) };
    shared(rows).join(covered, key(), key(), covers)
}

/// Those of `rows` that their owner can edit; all of them, if the user asks for it.
pub fn changeable(rows: LazyFrame, scope: &Scope) -> LazyFrame {
    if scope.context.params.include_aws_controlled { rows } else { rows.filter(col(AWS_CONTROLLED).not()) }
}
