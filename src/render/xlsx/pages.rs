//! A table that is too long for one sheet goes on on the next, and both say so.

use std::ops::Range;

use super::SheetLimits;
use super::grid::Grid;

/// One sheet of a table.
pub(super) struct Page<'a> {
    /// The name on its tab.
    pub(super) name: String,
    /// The table.
    pub(super) grid: &'a Grid<'a>,
    /// Its rows that stand here.
    pub(super) rows: Range<usize>,
    /// The lines above the header, the first one the title.
    pub(super) lead: Vec<String>,
}

impl Page<'_> {
    /// The row of the header, from 0.
    pub(super) fn header_row(&self) -> usize {
        self.lead.len()
    }
}

/// The sheets that `grid` needs, in order; one where it has no rows.
pub(super) fn pages<'a>(grid: &'a Grid<'a>, limits: SheetLimits) -> Vec<Page<'a>> {
    let mut lead = vec![grid.name.clone(), grid.caption.clone()];
    lead.extend(grid.remarks.iter().cloned());
    if grid.height() == 0 {
        lead.push("No rows.".to_owned());
    }
    if lead.len() + 1 + grid.height() <= limits.rows {
        return vec![Page { name: grid.name.clone(), grid, rows: 0..grid.height(), lead }];
    }
    // Each of several sheets has one line more, and at least one row whatever the limit.
    let room = limits.rows.saturating_sub(lead.len() + 2).max(1);
    let count = grid.height().div_ceil(room);
    (0..count)
        .map(|at| {
            let rows = at * room..grid.height().min((at + 1) * room);
            let mut lead = lead.clone();
            lead.push(continuation(grid, &rows, at, count));
            Page { name: name_of(grid, at), grid, rows, lead }
        })
        .collect()
}

fn name_of(grid: &Grid, at: usize) -> String {
    if at == 0 { grid.name.clone() } else { format!("{} ({})", grid.name, at + 1) }
}

fn continuation(grid: &Grid, rows: &Range<usize>, at: usize, count: usize) -> String {
    let here = format!("Rows {} to {} of {}: more than one sheet can hold.", rows.start + 1, rows.end, grid.height());
    let before = (at > 0).then(|| format!(" They continue the sheet “{}”.", name_of(grid, at - 1)));
    let after = (at + 1 < count).then(|| format!(" The rest is on the sheet “{}”.", name_of(grid, at + 1)));
    [Some(here), before, after].into_iter().flatten().collect()
}
