//! Tables to reports.

mod params;

pub use params::{By, Filter, Params, ReportSpec};
