//! Decisions as columns, under the names that every surface has for them.

use polars::prelude::*;

use crate::frame::columns::closed_column;
use crate::frame::schema::{self, set_of};
use crate::model::{Choice, Day, Decision, Decisions};

/// The columns of a decision.
pub const DECISION_COLUMNS: [&str; 5] = ["decision", "owner", "due", "ticket", "comment"];

/// The actions of a service that decisions keep, beside a row about the whole service.
pub const KEPT_ACTIONS: &str = "kept_actions";

/// [`DECISION_COLUMNS`] for rows about which these entries decide.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn decision_columns(entries: &[Option<u32>], decisions: &Decisions) -> PolarsResult<Vec<Column>> {
    let of = |at: &Option<u32>| at.map(|at| decisions.get(at));
    let [decision, owner, due, ticket, comment] = DECISION_COLUMNS;
    let names =
        |name: &str, text: fn(&Decision) -> Option<&str>| names(name, entries.iter().map(|at| of(at).and_then(text)));
    Ok(vec![
        closed_column(decision, &set_of!(Choice), entries.iter().map(|at| of(at).map(|of| of.choice as u8))),
        names(owner, |of| Some(&of.owner))?,
        days(due, entries.iter().map(|at| of(at).and_then(Decision::due_day))),
        names(ticket, |of| of.ticket.as_deref())?,
        names(comment, |of| of.reason.as_deref())?,
    ])
}

/// A column of names.
pub(super) fn names<'a>(name: &str, texts: impl Iterator<Item = Option<&'a str>>) -> PolarsResult<Column> {
    Ok(Categorical32Chunked::from_str_iter(name.into(), schema::name(), texts)?.into_column())
}

/// A column of days.
pub(super) fn days(name: &str, days: impl Iterator<Item = Option<Day>>) -> Column {
    Int32Chunked::from_iter_options(name.into(), days.map(|day| day.map(|day| day.0))).into_date().into_column()
}
