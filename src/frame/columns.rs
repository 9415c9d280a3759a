//! Columns that several tables have, from what dumps say.

use polars::prelude::*;

use super::dictionary::Dictionary;
use super::schema;
use crate::model::{Accessed, Dump, Instant, Symbol};

/// Date, entity and region of an access: the same for services and actions.
pub(super) struct AccessColumns {
    last: Vec<Option<i64>>,
    by: Vec<Option<u32>>,
    region: Vec<Option<u32>>,
    undated: Vec<bool>,
}

impl AccessColumns {
    pub fn with_capacity(n: usize) -> Self {
        Self {
            last: Vec::with_capacity(n),
            by: Vec::with_capacity(n),
            region: Vec::with_capacity(n),
            undated: Vec::with_capacity(n),
        }
    }

    pub fn push(&mut self, accessed: Accessed, by: Symbol, region: Symbol, dictionary: &Dictionary) {
        self.last.push(accessed.instant().map(Instant::millis));
        self.by.push(dictionary.symbol(by));
        self.region.push(dictionary.symbol(region));
        self.undated.push(accessed == Accessed::Unreadable);
    }

    /// Pushes date, entity and region; gives back the `access_undated` column, which stands elsewhere.
    pub fn finish(self, columns: &mut Vec<Column>) -> Column {
        columns.push(instant_column(schema::LAST_ACCESSED, self.last));
        columns.push(name_column(schema::LAST_ACCESSED_BY, self.by));
        columns.push(name_column(schema::LAST_ACCESSED_REGION, self.region));
        BooleanChunked::from_iter_values(schema::ACCESS_UNDATED.into(), self.undated.into_iter()).into_column()
    }
}

/// What a dump says once, repeated for each of its rows.
pub(super) fn entity_columns(repeated: &[(&Dump, usize)], dictionary: &Dictionary) -> PolarsResult<Vec<Column>> {
    let name = |column: &str, text: &dyn Fn(&Dump) -> Option<&str>| -> PolarsResult<Column> {
        let categories = repeat(column, repeated, |dump| dictionary.text(text(dump)))?;
        Ok(Categorical32Chunked::from_cats_and_dtype(categories, schema::name()).into_column())
    };
    let set = |column: &str, member: &dyn Fn(&Dump) -> Option<u8>| -> PolarsResult<Column> {
        let members: UInt8Chunked = repeat(column, repeated, |dump| Ok(member(dump)))?;
        let dtype = schema::DUMPS.try_get(column)?.clone();
        Ok(Categorical8Chunked::from_cats_and_dtype(members, dtype).into_column())
    };
    let instant = |column: &str, at: &dyn Fn(&Dump) -> Option<Instant>| -> PolarsResult<Column> {
        let millis: Int64Chunked = repeat(column, repeated, |dump| Ok(at(dump).map(Instant::millis)))?;
        Ok(millis.into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)).into_column())
    };
    let managed = repeated.iter().flat_map(|(dump, n)| std::iter::repeat_n(dump.entity.is_managed(), *n));
    Ok(vec![
        name(schema::ENTITY, &|d| Some(&d.entity.key))?,
        name(schema::ENTITY_ARN, &|d| d.entity.arn.as_ref().map(crate::model::Arn::as_str))?,
        name(schema::ACCOUNT_ID, &|d| d.entity.account.as_ref().map(crate::model::AccountId::as_str))?,
        name(schema::PARTITION, &|d| d.entity.partition())?,
        set(schema::ENTITY_TYPE, &|d| d.entity.kind.map(|k| k as u8))?,
        name(schema::ENTITY_NAME, &|d| Some(&d.entity.name))?,
        instant(schema::ENTITY_CREATED_AT, &|d| d.entity.created)?,
        BooleanChunked::from_iter_values(schema::MANAGED.into(), managed).into_column(),
        set(schema::IDENTIFIED_BY, &|d| Some(d.identified_by as u8))?,
        set(schema::EVIDENCE, &|d| Some(d.evidence as u8))?,
        instant(schema::AS_OF, &|d| d.as_of)?,
        instant(schema::MADE_AT, &|d| d.made_at)?,
    ])
}

/// One value for each dump, repeated for each of its rows. Most columns have no nulls or nothing else, and are then made without
/// looking at every row.
fn repeat<T: PolarsNumericType>(
    name: &str,
    repeated: &[(&Dump, usize)],
    value: impl Fn(&Dump) -> PolarsResult<Option<T::Native>>,
) -> PolarsResult<ChunkedArray<T>> {
    let values: Vec<_> = repeated.iter().map(|(dump, n)| Ok((value(dump)?, *n))).collect::<PolarsResult<_>>()?;
    let height = values.iter().map(|(_, n)| n).sum();
    if values.iter().all(|(value, _)| value.is_none()) {
        return Ok(ChunkedArray::full_null(name.into(), height));
    }
    if values.iter().any(|(value, _)| value.is_none()) {
        let options = values.into_iter().flat_map(|(value, n)| std::iter::repeat_n(value, n));
        return Ok(ChunkedArray::from_iter_options(name.into(), options));
    }
    let mut column = Vec::with_capacity(height);
    for (value, n) in values {
        column.extend(value.into_iter().flat_map(|value| std::iter::repeat_n(value, n)));
    }
    Ok(ChunkedArray::from_vec(name.into(), column))
}

pub(super) fn name_column(name: &str, categories: Vec<Option<u32>>) -> Column {
    let physical = UInt32Chunked::from_iter_options(name.into(), categories.into_iter());
    Categorical32Chunked::from_cats_and_dtype(physical, schema::name()).into_column()
}

pub(super) fn instant_column(name: &str, millis: Vec<Option<i64>>) -> Column {
    Int64Chunked::from_iter_options(name.into(), millis.into_iter())
        .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
        .into_column()
}

pub(super) fn enum_column(name: &str, schema: &Schema, members: Vec<Option<u8>>) -> PolarsResult<Column> {
    let physical = UInt8Chunked::from_iter_options(name.into(), members.into_iter());
    Ok(Categorical8Chunked::from_cats_and_dtype(physical, schema.try_get(name)?.clone()).into_column())
}

/// Assembles the frame and holds it against its schema, so that builder and schema cannot drift apart.
pub(super) fn frame(columns: Vec<Column>, schema: &Schema) -> PolarsResult<DataFrame> {
    let frame = DataFrame::new_infer_height(columns)?;
    polars_ensure!(**frame.schema() == *schema, SchemaMismatch: "built {:?}, wanted {schema:?}", frame.schema());
    Ok(frame)
}
