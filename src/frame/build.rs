//! Dumps to columns. Comes in: the dumps of one partition. Goes out: the three tables of [`schema`](super::schema).
//!
//! Values go straight from [`Rows`](crate::model::Rows) into column buffers; a name is a number all the way. What a dump says
//! once (entity, dates, evidence) is repeated for each of its rows.

use std::sync::Arc;

use polars::prelude::*;

use super::schema;
use crate::model::{Accessed, Dump, Symbol, Symbols};

/// From the symbols of a run to the categories of Polars.
#[derive(Debug)]
pub struct Dictionary {
    mapping: Arc<CategoricalMapping>,
    categories: Vec<u32>,
}

impl Dictionary {
    /// Registers every symbol as a category.
    ///
    /// # Errors
    /// Where Polars can hold no more categories (2^32).
    pub fn new(symbols: &Symbols) -> PolarsResult<Self> {
        let DataType::Categorical(_, mapping) = schema::name() else { unreachable!("names are categorical") };
        let categories = symbols.texts().iter().map(|text| mapping.insert_cat(text)).collect::<PolarsResult<_>>()?;
        Ok(Self { mapping, categories })
    }

    fn symbol(&self, symbol: Symbol) -> Option<u32> {
        symbol.index().map(|i| self.categories[i as usize])
    }

    fn text(&self, text: Option<&str>) -> PolarsResult<Option<u32>> {
        text.map(|t| self.mapping.insert_cat(t)).transpose()
    }
}

/// One row per dump: what `dumps.parquet` holds.
///
/// `hash` gives the SHA-256 of a source, where it was computed.
///
/// # Errors
/// Where Polars refuses a column: a bug.
pub fn dumps(
    dumps: &[&Dump],
    dictionary: &Dictionary,
    hash: impl Fn(&str) -> Option<String>,
) -> PolarsResult<DataFrame> {
    let once: Vec<_> = dumps.iter().map(|dump| (*dump, 1)).collect();
    let mut columns = entity_columns(&once, dictionary)?;
    let text = |name: &str, value: &dyn Fn(&Dump) -> Option<String>| -> Column {
        StringChunked::from_iter_options(name.into(), dumps.iter().map(|d| value(d))).into_column()
    };
    let count = |name: &str, value: &dyn Fn(&Dump) -> usize| -> Column {
        UInt32Chunked::from_iter_values(name.into(), dumps.iter().map(|d| value(d) as u32)).into_column()
    };
    let set = |name: &str, value: &dyn Fn(&Dump) -> Option<u8>| -> PolarsResult<Column> {
        enum_column(name, &schema::DUMPS, dumps.iter().map(|d| value(d)).collect())
    };
    let source = |d: &Dump| d.sources.iter().map(|(s, _)| s.to_string()).collect::<Vec<_>>();
    columns.extend([
        set(schema::JOB_TYPE, &|d| d.job_type.map(|t| t as u8))?,
        set(schema::JOB_STATUS, &|d| d.job_status.map(|s| s as u8))?,
        instant_column(
            schema::CREATED_AT,
            dumps.iter().map(|d| d.created_at.map(crate::model::Instant::millis)).collect(),
        ),
        count(schema::PAGES, &|d| d.pages as usize),
        count(schema::SERVICES, &|d| d.rows.services().len()),
        count(schema::TRACKED_ACTIONS, &|d| d.rows.action_count()),
        text(schema::ERROR_CODE, &|d| d.error.as_ref().map(|e| e.code.clone())),
        text(schema::ERROR_MESSAGE, &|d| d.error.as_ref().map(|e| e.message.clone())),
        text(schema::SOURCE, &|d| Some(source(d).join(", "))),
        text(schema::SHA256, &|d| source(d).iter().map(|s| hash(s)).collect::<Option<Vec<_>>>().map(|h| h.join(", "))),
    ]);
    frame(columns, &schema::DUMPS)
}

/// One row per dump × service, in the order given.
///
/// # Errors
/// Where Polars refuses a column: a bug.
pub fn services(dumps: &[&Dump], dictionary: &Dictionary) -> PolarsResult<DataFrame> {
    let repeated: Vec<_> = dumps.iter().map(|dump| (*dump, dump.rows.services().len())).collect();
    let mut columns = entity_columns(&repeated, dictionary)?;
    let height = repeated.iter().map(|(_, n)| n).sum();
    let mut access = AccessColumns::with_capacity(height);
    let mut namespace = Vec::with_capacity(height);
    let mut name = Vec::with_capacity(height);
    let mut entities = Vec::with_capacity(height);
    let mut tracked = Vec::with_capacity(height);
    let mut used = Vec::with_capacity(height);
    for (at, dump) in dumps.iter().flat_map(|d| (0..d.rows.services().len()).map(move |at| (at, d))) {
        let row = dump.rows.services()[at];
        namespace.push(dictionary.symbol(row.namespace));
        name.push(dictionary.symbol(row.name));
        entities.push(row.entities);
        // Counted, but without a date: there was an access, and nobody can say when.
        let counted = row.accessed == Accessed::Never && row.entities.is_some_and(|n| n > 0);
        access.push(if counted { Accessed::Unreadable } else { row.accessed }, row.by, row.region, dictionary);
        let actions = dump.rows.actions_of(at);
        tracked.push(row.lists_actions.then_some(actions.len() as u32));
        used.push(row.lists_actions.then(|| dump.rows.used_actions_of(at) as u32));
    }
    columns.push(name_column(schema::SERVICE_NAMESPACE, namespace));
    columns.push(name_column(schema::SERVICE_NAME, name));
    let undated = access.finish(&mut columns);
    columns.push(
        UInt32Chunked::from_iter_options(schema::AUTHENTICATED_ENTITIES.into(), entities.into_iter()).into_column(),
    );
    columns.push(undated);
    columns.push(UInt32Chunked::from_iter_options(schema::TRACKED_ACTIONS.into(), tracked.into_iter()).into_column());
    columns.push(UInt32Chunked::from_iter_options(schema::USED_ACTIONS.into(), used.into_iter()).into_column());
    frame(columns, &schema::SERVICE_ROWS)
}

/// One row per dump × service × tracked action, in the order given.
///
/// # Errors
/// Where Polars refuses a column: a bug.
pub fn actions(dumps: &[&Dump], dictionary: &Dictionary) -> PolarsResult<DataFrame> {
    let repeated: Vec<_> = dumps.iter().map(|dump| (*dump, dump.rows.action_count())).collect();
    let mut columns = entity_columns(&repeated, dictionary)?;
    let height = repeated.iter().map(|(_, n)| n).sum();
    let mut access = AccessColumns::with_capacity(height);
    let mut namespace = Vec::with_capacity(height);
    let mut name = Vec::with_capacity(height);
    let mut service_name = Vec::with_capacity(height);
    for (service, actions) in dumps.iter().flat_map(|d| d.rows.iter()) {
        for action in actions {
            name.push(dictionary.symbol(action.name));
            access.push(action.accessed, action.by, action.region, dictionary);
        }
        namespace.resize(name.len(), dictionary.symbol(service.namespace));
        service_name.resize(name.len(), dictionary.symbol(service.name));
    }
    columns.push(name_column(schema::SERVICE_NAMESPACE, namespace));
    columns.push(name_column(schema::ACTION_NAME, name));
    let undated = access.finish(&mut columns);
    columns.push(undated);
    columns.push(name_column(schema::SERVICE_NAME, service_name));
    frame(columns, &schema::ACTION_ROWS)
}

/// Date, entity and region of an access: the same for services and actions.
struct AccessColumns {
    last: Vec<Option<i64>>,
    by: Vec<Option<u32>>,
    region: Vec<Option<u32>>,
    undated: Vec<bool>,
}

impl AccessColumns {
    fn with_capacity(n: usize) -> Self {
        Self {
            last: Vec::with_capacity(n),
            by: Vec::with_capacity(n),
            region: Vec::with_capacity(n),
            undated: Vec::with_capacity(n),
        }
    }

    fn push(&mut self, accessed: Accessed, by: Symbol, region: Symbol, dictionary: &Dictionary) {
        self.last.push(accessed.instant().map(crate::model::Instant::millis));
        self.by.push(dictionary.symbol(by));
        self.region.push(dictionary.symbol(region));
        self.undated.push(accessed == Accessed::Unreadable);
    }

    /// Pushes date, entity and region; gives back the `access_undated` column, which stands elsewhere.
    fn finish(self, columns: &mut Vec<Column>) -> Column {
        columns.push(instant_column(schema::LAST_ACCESSED, self.last));
        columns.push(name_column(schema::LAST_ACCESSED_BY, self.by));
        columns.push(name_column(schema::LAST_ACCESSED_REGION, self.region));
        BooleanChunked::from_iter_values(schema::ACCESS_UNDATED.into(), self.undated.into_iter()).into_column()
    }
}

/// What a dump says once, repeated for each of its rows.
fn entity_columns(repeated: &[(&Dump, usize)], dictionary: &Dictionary) -> PolarsResult<Vec<Column>> {
    fn fill<T: Copy>(
        repeated: &[(&Dump, usize)],
        value: impl Fn(&Dump) -> PolarsResult<Option<T>>,
    ) -> PolarsResult<Vec<Option<T>>> {
        let mut filled = Vec::with_capacity(repeated.iter().map(|(_, n)| n).sum());
        for (dump, n) in repeated {
            filled.resize(filled.len() + n, value(dump)?);
        }
        Ok(filled)
    }
    let name = |column: &str, text: &dyn Fn(&Dump) -> Option<&str>| -> PolarsResult<Column> {
        Ok(name_column(column, fill(repeated, |d| dictionary.text(text(d)))?))
    };
    let set = |column: &str, member: &dyn Fn(&Dump) -> Option<u8>| -> PolarsResult<Column> {
        enum_column(column, &schema::DUMPS, fill(repeated, |d| Ok(member(d)))?)
    };
    let managed = fill(repeated, |d| Ok(Some(d.entity.is_managed())))?;
    Ok(vec![
        name(schema::ENTITY, &|d| Some(&d.entity.key))?,
        name(schema::ENTITY_ARN, &|d| d.entity.arn.as_ref().map(crate::model::Arn::as_str))?,
        name(schema::ACCOUNT_ID, &|d| d.entity.account.as_ref().map(crate::model::AccountId::as_str))?,
        name(schema::PARTITION, &|d| d.entity.partition())?,
        set(schema::ENTITY_TYPE, &|d| d.entity.kind.map(|k| k as u8))?,
        name(schema::ENTITY_NAME, &|d| Some(&d.entity.name))?,
        instant_column(
            schema::ENTITY_CREATED_AT,
            fill(repeated, |d| Ok(d.entity.created.map(crate::model::Instant::millis)))?,
        ),
        BooleanChunked::from_iter_options(schema::MANAGED.into(), managed.into_iter()).into_column(),
        set(schema::IDENTIFIED_BY, &|d| Some(d.identified_by as u8))?,
        set(schema::EVIDENCE, &|d| Some(d.evidence as u8))?,
        instant_column(schema::AS_OF, fill(repeated, |d| Ok(d.as_of.map(crate::model::Instant::millis)))?),
        instant_column(schema::MADE_AT, fill(repeated, |d| Ok(d.made_at.map(crate::model::Instant::millis)))?),
    ])
}

fn name_column(name: &str, categories: Vec<Option<u32>>) -> Column {
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
