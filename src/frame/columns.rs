//! Columns that several tables have, made from dumps.

use polars::prelude::*;

use super::dictionary::Dictionary;
use super::schema;
use crate::model::{Dump, Instant, Symbol};

/// Date, entity and region of an access: the same for services and actions.
#[derive(Debug, Default)]
pub struct AccessColumns {
    last: Vec<Option<i64>>,
    by: Vec<Symbol>,
    region: Vec<Symbol>,
    undated: Vec<bool>,
}

impl AccessColumns {
    /// No rows, with capacity for `n`.
    pub fn with_capacity(n: usize) -> Self {
        Self {
            last: Vec::with_capacity(n),
            by: Vec::with_capacity(n),
            region: Vec::with_capacity(n),
            undated: Vec::with_capacity(n),
        }
    }

    /// Adds a row; `undated` means that there was an access without a date.
    pub fn push(&mut self, at: Option<Instant>, undated: bool, by: Symbol, region: Symbol) {
        self.last.push(at.map(Instant::millis));
        self.by.push(by);
        self.region.push(region);
        self.undated.push(undated);
    }

    /// Pushes date, entity and region; returns the `access_undated` column, which has its place elsewhere.
    ///
    /// # Errors
    /// If Polars refuses a column, which is a bug.
    pub fn finish(self, columns: &mut Vec<Column>, dictionary: &Dictionary) -> PolarsResult<Column> {
        columns.push(instant_column(schema::LAST_ACCESSED, self.last));
        columns.push(dictionary.column(schema::LAST_ACCESSED_BY, self.by)?);
        columns.push(dictionary.column(schema::LAST_ACCESSED_REGION, self.region)?);
        Ok(BooleanChunked::from_slice(schema::ACCESS_UNDATED.into(), &self.undated).into_column())
    }
}

/// What a dump tells once, repeated for each of its rows: `places` gives the dump of each row, by its position in
/// `dumps`.
///
/// # Errors
/// If Polars refuses a column, which is a bug.
pub fn entity_columns(dumps: &[&Dump], places: Vec<IdxSize>) -> PolarsResult<Vec<Column>> {
    let once = said_once(&dumps.iter().copied())?;
    let places = IdxCa::from_vec("dump".into(), places);
    once.iter().map(|column| column.take(&places)).collect()
}

/// One row per dump.
fn said_once<'d>(dumps: &(impl Iterator<Item = &'d Dump> + Clone)) -> PolarsResult<Vec<Column>> {
    let name = |column: &str, text: &dyn Fn(&'d Dump) -> Option<&'d str>| -> PolarsResult<Column> {
        let texts = dumps.clone().map(text);
        Ok(Categorical32Chunked::from_str_iter(column.into(), schema::name(), texts)?.into_column())
    };
    let set = |column: &str, member: &dyn Fn(&Dump) -> Option<u8>| {
        enum_column(column, &schema::DUMPS, dumps.clone().map(member).collect())
    };
    let instant = |column: &str, at: &dyn Fn(&Dump) -> Option<Instant>| {
        instant_column(column, dumps.clone().map(|dump| at(dump).map(Instant::millis)).collect())
    };
    let aws_controlled = dumps.clone().map(|dump| dump.entity.is_aws_controlled());
    Ok(vec![
        name(schema::ENTITY, &|d| Some(&d.entity.key))?,
        name(schema::ENTITY_ARN, &|d| d.entity.arn.as_ref().map(crate::model::Arn::as_str))?,
        name(schema::ACCOUNT_ID, &|d| d.entity.account.as_ref().map(crate::model::AccountId::as_str))?,
        name(schema::PARTITION, &|d| d.entity.partition())?,
        set(schema::ENTITY_TYPE, &|d| d.entity.kind.map(|k| k as u8))?,
        name(schema::ENTITY_NAME, &|d| Some(&d.entity.name))?,
        instant(schema::ENTITY_CREATED_AT, &|d| d.entity.created),
        BooleanChunked::from_iter_values(schema::AWS_CONTROLLED.into(), aws_controlled).into_column(),
        set(schema::REMEDY, &|d| Some(d.entity.remedy() as u8))?,
        set(schema::IDENTIFIED_BY, &|d| Some(d.identified_by as u8))?,
        set(schema::EVIDENCE, &|d| Some(d.evidence as u8))?,
        instant(schema::AS_OF, &|d| d.as_of),
        instant(schema::MADE_AT, &|d| d.made_at),
    ])
}

/// Instants as a column.
pub fn instant_column(name: &str, millis: Vec<Option<i64>>) -> Column {
    Int64Chunked::from_iter_options(name.into(), millis.into_iter())
        .into_datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
        .into_column()
}

/// Members of the closed set that `schema` gives the column, by their positions in the set.
///
/// # Errors
/// If the schema has no such column, which is a bug.
pub fn enum_column(name: &str, schema: &Schema, members: Vec<Option<u8>>) -> PolarsResult<Column> {
    Ok(closed_column(name, schema.try_get(name)?, members))
}

/// Members of a closed set, by their positions in it, as a column of `dtype`.
pub fn closed_column(name: &str, dtype: &DataType, members: impl IntoIterator<Item = Option<u8>>) -> Column {
    let places = UInt8Chunked::from_iter_options(name.into(), members.into_iter());
    Categorical8Chunked::from_cats_and_dtype(places, dtype.clone()).into_column()
}

/// Assembles the frame and compares it with its schema, so that builder and schema cannot drift apart.
///
/// # Errors
/// If they have, which is a bug.
pub fn frame(columns: Vec<Column>, schema: &Schema) -> PolarsResult<DataFrame> {
    let frame = DataFrame::new_infer_height(columns)?;
    polars_ensure!(**frame.schema() == *schema, SchemaMismatch: "built {:?}, wanted {schema:?}", frame.schema());
    Ok(frame)
}
