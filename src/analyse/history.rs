//! `--history`: the last access that any dump ever showed. AWS forgets after 400 days; whoever keeps dumps need not.
//!
//! It stands beside a verdict or a change and alters neither: what was used two years ago is unused now, and worth a question
//! before it goes.

use polars::prelude::*;

use super::present::usable;
use super::{Scope, permission_key};
use crate::frame::groups::Groups;
use crate::frame::schema::{ENTITY, LAST_ACCESSED, MADE_AT};
use crate::model::{Dump, Level};

/// The latest date of an access in any dump of the entity that the filters and `--at` leave.
pub const LAST_ACCESSED_EVER: &str = "last_accessed_ever";

/// When the newest dump was made that shows an access.
pub const LAST_SEEN_IN: &str = "last_seen_in";

/// The columns that [`with_history`] adds; none where nobody asked.
pub fn columns(scope: &Scope) -> &'static [&'static str] {
    if scope.context.params.history { &[LAST_ACCESSED_EVER, LAST_SEEN_IN] } else { &[] }
}

/// `rows`, which have an entity and the key of a permission, with the history of each; as they are where nobody asked.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn with_history(rows: LazyFrame, scope: &Scope, level: Level) -> PolarsResult<LazyFrame> {
    with_history_in(rows, scope, level, &scope.dumps)
}

/// The same, the history being what `dumps` show.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn with_history_in(rows: LazyFrame, scope: &Scope, level: Level, dumps: &[&Dump]) -> PolarsResult<LazyFrame> {
    if !scope.context.params.history {
        return Ok(rows);
    }
    let dumps: Vec<&Dump> = usable(dumps, level).collect();
    let is_dated = || col(LAST_ACCESSED).is_not_null();
    let seen = match level {
        Level::Service => scope.context.rows(level, &dumps)?.filter(is_dated()),
        Level::Action => {
            let dated = scope.collect(scope.context.groups(&dumps)?.filter(is_dated()))?;
            Groups { frame: &dated, dumps: &dumps }.named(scope.context.dictionary)?.lazy()
        }
    };
    let key: Vec<Expr> = std::iter::once(ENTITY).chain(permission_key(level).iter().copied()).map(col).collect();
    let latest = |of: &str, name: &str| col(of).max().alias(name);
    let ever = seen.group_by(&key).agg([latest(LAST_ACCESSED, LAST_ACCESSED_EVER), latest(MADE_AT, LAST_SEEN_IN)]);
    Ok(rows.join(ever, &key, &key, JoinArgs::new(JoinType::Left)))
}
