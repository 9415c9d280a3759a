//! Dumps as tables: the schema, the building of columns, and the finished table that renderers read.
//!
//! Polars types are allowed here and in `analyse`, `run`, `archive::tables`, `render::parquet` and `cli::sql::tables`.

mod arrange;
pub mod build;
mod cells;
pub mod columns;
mod dictionary;
mod frames;
pub mod listing;
pub mod other_operations;
mod piece;
mod renamed;
pub mod schema;
mod table;

pub use cells::Cell;
pub use frames::{Frames, Sink};
pub use piece::RowBudget;
pub use renamed::{Renaming, renamed_frames};
pub use table::{Run, Table, TableReader};
