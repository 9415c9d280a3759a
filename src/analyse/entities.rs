//! What rows cannot tell: entities that may use nothing have no row, and neither have dumps that show nothing.

use polars::prelude::*;

use super::Scope;
use super::histories::History;
use super::roles::permission_set;
use crate::catalogue::Catalogue;
use crate::frame::columns::{entity_columns, enum_column, frame, instant_column};
use crate::frame::schema;
use crate::model::{AccountId, Arn, DocumentsBeside, Dump, Entity, Instant};

/// Dumps that are neither complete nor empty (rule 44).
pub const INCOMPLETE: &str = "dumps_incomplete";

/// The account of an entity, if it is known.
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
    let counts = with_dumps.iter().map(|(_, incomplete)| i64::from(*incomplete));
    columns.push(Int64Chunked::from_iter_values(INCOMPLETE.into(), counts).into_column());
    DataFrame::new(dumps.len(), columns)
}

/// The published table of entities: every entity that any of these documents names, and what its rows cannot tell. It
/// looks at no row of a dump.
///
/// # Errors
/// If Polars refuses a column, which is a bug.
pub fn entity_rows(dumps: &[&Dump], besides: &[&DocumentsBeside], catalogue: &Catalogue) -> PolarsResult<DataFrame> {
    let histories = History::all(dumps, besides, catalogue);
    let name = |column: &str, text: &dyn for<'h> Fn(&'h Entity) -> Option<&'h str>| -> PolarsResult<Column> {
        let texts = histories.iter().map(|history| text(history.entity));
        Ok(Categorical32Chunked::from_str_iter(column.into(), schema::name(), texts)?.into_column())
    };
    let set = |column: &str, member: &dyn Fn(&Entity) -> Option<u8>| {
        enum_column(column, &schema::ENTITIES, histories.iter().map(|history| member(history.entity)).collect())
    };
    let flag = |column: &str, flag: &dyn Fn(&History) -> bool| {
        BooleanChunked::from_iter_values(column.into(), histories.iter().map(flag)).into_column()
    };
    let instant = |column: &str, at: fn(&Dump) -> Option<Instant>| {
        let of_newest = histories
            .iter()
            .map(|history| history.newest(None).and_then(|newest| at(newest.dump)).map(Instant::millis));
        instant_column(column, of_newest.collect())
    };
    let count = |column: &str, count: &dyn Fn(&History) -> u32| {
        UInt32Chunked::from_iter_values(column.into(), histories.iter().map(count)).into_column()
    };
    let evidence = histories.iter().map(|history| history.newest(None).map(|newest| newest.dump.evidence as u8));
    let columns = vec![
        name(schema::ENTITY, &|e| Some(&e.key))?,
        name(schema::ENTITY_ARN, &|e| e.arn.as_ref().map(Arn::as_str))?,
        name(schema::ACCOUNT_ID, &|e| e.account.as_ref().map(AccountId::as_str))?,
        name(schema::PARTITION, &Entity::partition)?,
        set(schema::ENTITY_TYPE, &|e| e.kind.map(|kind| kind as u8))?,
        name(schema::ENTITY_NAME, &|e| Some(&e.name))?,
        flag(schema::AWS_CONTROLLED, &|history| history.entity.is_aws_controlled()),
        set(schema::REMEDY, &|e| Some(e.remedy() as u8))?,
        name(schema::PERMISSION_SET, &permission_set)?,
        enum_column(schema::EVIDENCE, &schema::ENTITIES, evidence.collect())?,
        instant(schema::AS_OF, |dump| dump.as_of),
        instant(schema::MADE_AT, |dump| dump.made_at),
        count(schema::DUMPS_COUNT, &|history| history.dumps.len() as u32),
        count(schema::DUMPS_INCOMPLETE, &|history| history.incomplete(None)),
        flag(schema::HIDDEN, &|history| history.is_hidden(None)),
    ];
    frame(columns, &schema::ENTITIES)
}
