//! Dumps as tables: the schema, the building of columns, and the finished table that renderers read.
//!
//! With `analyse`, `store` and `render::parquet` this is where Polars types are allowed.

pub mod build;
mod columns;
mod dictionary;
pub mod groups;
pub mod schema;
pub mod siblings;
mod table;

pub use table::{Cell, Table, TableReader};
