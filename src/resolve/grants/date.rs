//! The date of an answer that carries none: that of its path.

use crate::model::{Instant, Source};
use crate::resolve::dates;

/// The last date in the path, at its beginning: whole folders (`2026/11/03`), or a part of a name.
pub(super) fn in_path(source: &Source) -> Option<Instant> {
    let path = source.logical_path();
    let parts: Vec<&str> = path.split('/').collect();
    let dated = (0..parts.len()).rev().find_map(|at| {
        let folders = &parts[at..parts.len() - 1];
        let spelt = dates::in_folders(folders).map(|(date, _)| date);
        dates::take_out(parts[at]).map(|(_, date)| date).or(spelt)
    });
    dated.map(dates::PathDate::start)
}
