//! Every format on one hand-built report: golden files, and the same cells read back from each.

mod files;
mod formats;
mod read_back;
pub mod sample;
mod workbook;
