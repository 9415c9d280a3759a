//! `overview` and `explain` for a person at a terminal, one screen each. The same reports have all their rows in the other formats.

mod advice;
mod explain;
mod granted;
mod newer;
mod overview;
mod page;

use std::io::{self, Write};

use super::{RenderOptions, table};
use crate::report::Report;

/// Writes `report` as its screen looks; every other report is a table.
pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    match report.id.as_str() {
        "overview" => overview::write(report, options, out),
        "explain" => explain::write(report, options, out),
        _ => table::write(report, options, out),
    }
}
