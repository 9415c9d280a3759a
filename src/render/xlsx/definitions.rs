//! What every column and every word means, as the last sheet: a workbook is read far from the program's documentation.

use super::grid::{Grid, Meaning, SheetColumn};
use crate::report::ColumnKind;

/// The words that cells hold, as `docs/reports.md` defines them.
const WORDS: &[(&str, &str)] = &[
    ("active", "verdict: there was an access less than the threshold (stale after) before the dump was made"),
    ("stale", "verdict: there was an access, but at least the threshold before the dump was made"),
    (
        "unused",
        "verdict: no access is recorded, and AWS had been watching for at least the threshold. It means not within the window that AWS \
         keeps (at least 400 days), not never in the entity's life",
    ),
    (
        "unknown",
        "verdict: nothing can be concluded: AWS had not been watching for as long as the threshold, or a date is missing or unreadable",
    ),
    ("?", "cell of Compare: the dumps of the entity do not show whether the permission is granted"),
    ("complete", "evidence: the job had finished, and every page of the answer is here"),
    ("empty", "evidence: the job had finished, and identity policies allow no service"),
    ("truncated", "evidence: what is listed is true; what is not listed is unknown"),
    ("suspect", "evidence: looks whole, but may have been cut; treated as truncated"),
    ("used-only", "evidence: only rows with an access were saved; it never means that nothing is unused"),
    ("pending", "evidence: the job had not finished: no data"),
    ("failed", "evidence: the job failed: no data"),
    ("contradicted", "evidence: every dated access is by another entity: no data"),
    (
        "granted",
        "identity policies allow it; resource policies, SCPs, boundaries and session policies are not looked at",
    ),
    ("access", "an attempt, permitted or denied, by API or console; for a group or policy only use through it counts"),
    ("tracked action", "an action that AWS records; one that is not listed may be granted and in use all the same"),
];

/// The words, then the columns of each of `grids`.
pub(super) fn grid(grids: &[Grid]) -> Grid<'static> {
    let words = WORDS.iter().map(|(word, about)| ["all", word, "word", about].map(str::to_owned).to_vec());
    let rows = words.chain(grids.iter().flat_map(of_grid)).collect();
    let columns = vec![
        SheetColumn::text("sheet", "the sheet that has the column", Meaning::Plain),
        SheetColumn::text("name", "the column, or the word", Meaning::Plain),
        SheetColumn::text("values", "what its values are", Meaning::Plain),
        SheetColumn::text("meaning", "what it says", Meaning::Prose),
    ];
    Grid::of_texts("Definitions", "One row per word and per column of this workbook. All times are UTC.", columns, rows)
}

fn of_grid<'g>(grid: &'g Grid) -> impl Iterator<Item = Vec<String>> + use<'g> {
    // The columns of a matrix differ only in whom they are about: one row says it for all of them.
    let keys = if grid.frozen == 0 { grid.columns().len() } else { grid.frozen };
    let of_entities = (keys < grid.columns().len()).then(|| {
        let about = "days since the entity last accessed it; unused; unknown; ? where its dumps do not show whether it is granted; empty where it is not";
        row(grid, "(one per entity, by ARN)", "days or a word", about)
    });
    let columns = grid.columns()[..keys].iter().map(|column| row(grid, &column.name, values(column), &column.about));
    let decisions = grid.is_removal.then(|| {
        [
            row(grid, "Decision", "remove, keep or ask", "for you to fill in: what shall become of the permission"),
            row(grid, "Owner", "text", "for you to fill in: who decides or does it"),
            row(grid, "Comment", "text", "for you to fill in"),
        ]
    });
    columns.chain(of_entities).chain(decisions.into_iter().flatten())
}

fn row(grid: &Grid, name: &str, values: &str, about: &str) -> Vec<String> {
    [&grid.name, name, values, about].map(str::to_owned).to_vec()
}

const fn values(column: &SheetColumn) -> &'static str {
    match (column.meaning, column.kind) {
        (Meaning::DaysOrWord, _) => "days or a word",
        (_, ColumnKind::Text) => "text",
        (_, ColumnKind::Count) => "whole number",
        (_, ColumnKind::Days) => "whole days",
        (_, ColumnKind::Percent) => "percent, one decimal",
        (_, ColumnKind::Ratio) => "ratio from 0 to 1",
        (_, ColumnKind::Instant) => "UTC date and time",
        (_, ColumnKind::Date) => "UTC date",
        (_, ColumnKind::Flag) => "true or false",
    }
}
