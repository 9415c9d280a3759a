//! Dumps as tables: the schema, the building of columns, and the finished table that renderers read.
//!
//! With `analyse`, `store` and `render::parquet` this is where Polars types are allowed.

mod arrange;
pub mod build;
mod cells;
pub mod columns;
mod dictionary;
mod frames;
pub mod listing;
pub mod other_operations;
mod piece;
pub mod schema;
mod table;

pub use cells::Cell;
pub use frames::{Frames, Sink};
pub use piece::RowBudget;
pub use table::{Run, Table, TableReader};
