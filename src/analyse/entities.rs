//! What rows cannot say: entities that may use nothing have no row, nor have dumps that show nothing.

use polars::prelude::*;

use super::Scope;
use crate::frame::columns::entity_columns;
use crate::model::{Dump, Entity};

/// Dumps that are neither complete nor empty (rule 44).
pub const INCOMPLETE: &str = "dumps_incomplete";

/// The account of an entity, where it is known.
pub fn account(entity: &Entity) -> Option<&str> {
    entity.account.as_ref().map(crate::model::AccountId::as_str)
}

/// One row for each entity that has a dump, with the number of its dumps that are neither complete nor empty.
pub fn incomplete(scope: &Scope) -> PolarsResult<DataFrame> {
    let at = scope.context.params.at;
    let with_dumps: Vec<_> =
        scope.asked.iter().filter_map(|history| Some((*history.dumps.last()?, history.incomplete(at)))).collect();
    let dumps: Vec<&Dump> = with_dumps.iter().map(|(dump, _)| *dump).collect();
    let mut columns = entity_columns(&dumps, (0..dumps.len() as IdxSize).collect())?;
    let counts = with_dumps.iter().map(|(_, incomplete)| *incomplete);
    columns.push(Int64Chunked::from_iter_values(INCOMPLETE.into(), counts).into_column());
    DataFrame::new(dumps.len(), columns)
}
