//! The columns of a store's tables, in the words of each engine, from the schemas with which the tables are written.

use std::sync::Arc;

use dormant::analyse::check_frame;
use dormant::frame::schema;
use polars::prelude::{DataType, SchemaRef};

use super::Dialect;

/// How wide a line of columns may be.
const WIDTH: usize = 116;

/// Where the engines find the account and the day of a row: in the names of its folders.
const PARTITION: [&str; 2] = [schema::ACCOUNT_ID, "as_of_at"];

/// A table of a store.
#[derive(Debug, Clone)]
pub struct TableColumns {
    /// Name and dtype of each column of its view.
    columns: Vec<(String, DataType)>,
    /// Whether it lies in folders of accounts and days.
    is_partitioned: bool,
}

impl TableColumns {
    /// The table `name`; `None` where a store has none of that name.
    pub fn named(name: &str) -> Option<Self> {
        let (schema, is_partitioned): (SchemaRef, bool) = match name {
            "dumps" => (Arc::clone(&schema::DUMPS), true),
            "services" => (Arc::clone(&schema::SERVICE_ROWS), true),
            "actions" => (Arc::clone(&schema::ACTION_ROWS), true),
            "entities" => (Arc::clone(&schema::ENTITIES), false),
            "org_services" => (Arc::clone(&schema::ORG_SERVICES), false),
            "service_entities" => (Arc::clone(&schema::SERVICE_ENTITIES), false),
            "attachments" => (Arc::clone(&schema::ATTACHMENTS), false),
            "statements" => (Arc::clone(&schema::STATEMENTS), false),
            "grant_dates" => (Arc::clone(&schema::GRANT_DATES), false),
            "sources" => (Arc::clone(check_frame(Vec::new()).ok()?.frames().next()?.schema()), false),
            _ => return None,
        };
        let mut columns: Vec<_> = schema.iter().map(|(name, dtype)| (name.to_string(), dtype.clone())).collect();
        if is_partitioned {
            columns.push(("dump".to_owned(), DataType::String));
        }
        Some(Self { columns, is_partitioned })
    }

    /// Names and types of what the files hold.
    pub fn of_files(&self, dialect: Dialect) -> String {
        let in_files = self.stored().filter(|(stored, ..)| !self.is_partitioned || *stored != PARTITION[0]);
        lines(in_files.map(|(stored, _, dtype)| format!("{} {}", quoted(stored, dialect), type_of(dtype, dialect))))
    }

    /// What a view selects from the files.
    pub fn of_view(&self, dialect: Dialect) -> String {
        lines(self.stored().map(|(stored, shown, dtype)| match (dialect, dtype) {
            // What a session shows does not depend on its time zone.
            (Dialect::DuckDb, DataType::Datetime(..)) => format!("EPOCH_MS(EPOCH_MS({stored})) AS {shown}"),
            _ if stored == shown => shown.to_owned(),
            _ => format!("{stored} AS {shown}"),
        }))
    }

    /// Nulls of the right names and types.
    pub fn of_nothing(&self, dialect: Dialect) -> String {
        lines(self.stored().map(|(stored, _, dtype)| {
            let of = match dtype {
                DataType::Datetime(..) => "TIMESTAMPTZ",
                _ => type_of(dtype, dialect),
            };
            format!("NULL::{of} AS {stored}")
        }))
    }

    /// The name in the files, that in the view, and the dtype.
    fn stored(&self) -> impl Iterator<Item = (&str, &str, &DataType)> {
        self.columns.iter().map(|(name, dtype)| {
            let is_moved = self.is_partitioned && name == schema::AS_OF;
            (if is_moved { PARTITION[1] } else { name.as_str() }, name.as_str(), dtype)
        })
    }
}

/// Hive keeps a word for itself that is a column of ours.
fn quoted(name: &str, dialect: Dialect) -> String {
    match (dialect, name) {
        (Dialect::Athena, schema::PARTITION) => format!("`{name}`"),
        _ => name.to_owned(),
    }
}

/// Counts are written as 64 bits, because not every engine reads unsigned ones.
const fn type_of(dtype: &DataType, dialect: Dialect) -> &'static str {
    match (dialect, dtype) {
        (Dialect::Athena, DataType::Boolean) => "boolean",
        (_, DataType::Boolean) => "BOOLEAN",
        (Dialect::Trino, DataType::Datetime(..)) => "TIMESTAMP(3)",
        (Dialect::Athena, DataType::Datetime(..)) => "timestamp",
        (_, DataType::Datetime(..)) => "TIMESTAMP",
        (Dialect::Athena, DataType::UInt32 | DataType::Int64) => "bigint",
        (_, DataType::UInt32 | DataType::Int64) => "BIGINT",
        (Dialect::Athena, _) => "string",
        (Dialect::Spark, _) => "STRING",
        _ => "VARCHAR",
    }
}

/// Between commas, on lines that can be read.
fn lines(columns: impl Iterator<Item = String>) -> String {
    let (mut text, mut width) = (String::new(), 0);
    for column in columns {
        if !text.is_empty() {
            text.push(',');
            if width + column.len() > WIDTH {
                text.push_str("\n    ");
                width = 0;
            } else {
                text.push(' ');
            }
        }
        width += column.len() + 2;
        text.push_str(&column);
    }
    text
}
