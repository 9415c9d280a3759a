//! What every column and every word means, as the last sheet: a workbook is read far from the program's documentation.

use super::column::{Meaning, SheetColumn};
use super::grid::Grid;
use crate::report::ColumnKind;
use crate::report::people::Origin;

/// The words that cells hold, as `docs/reports.md` defines them.
const WORDS: &[(&str, &str)] = &[
    ("active", "verdict: there was an access less than the threshold (stale after) before the dump was made"),
    ("stale", "verdict: there was an access, but at least the threshold before the dump was made"),
    (
        "unused",
        "verdict: no access is recorded, and AWS had been watching for at least the threshold. It means not in the days that AWS \
         was watching (observed_days), not never in the entity's life",
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
    let words = WORDS.iter().map(|(word, about)| ["all", word, about, "word", ""].map(str::to_owned).to_vec());
    let rows = words.chain(grids.iter().flat_map(of_grid)).collect();
    let columns = vec![
        SheetColumn::text(0, "sheet", "the sheet that has the column", Meaning::Plain),
        SheetColumn::text(1, "column", "the head of the column, or the word", Meaning::Plain),
        SheetColumn::text(2, "meaning", "what it says", Meaning::Prose),
        SheetColumn::text(3, "values", "what its values are", Meaning::Plain),
        SheetColumn::text(4, "name", "the name of the column in CSV, JSON and Parquet", Meaning::Plain),
    ];
    Grid::of_texts("Definitions", "One row per word and per column of this workbook. All times are UTC.", columns, rows)
}

fn of_grid<'g>(grid: &'g Grid) -> impl Iterator<Item = Vec<String>> + use<'g> {
    // The columns of a matrix differ only in which entity they are about: one row says it for all of them.
    let is_of_entity = |column: &&SheetColumn| column.meaning == Meaning::DaysOfEntity;
    let of_entities = grid.columns().iter().find(is_of_entity).map(|_| {
        let about = "days since the entity last accessed it; unused; unknown; ? where its dumps do not show whether it is granted; empty where it is not";
        row(grid, "(one per entity)", about, "days or a word", "(the ARN of the entity)")
    });
    let columns = grid.columns().iter().filter(move |column| !is_of_entity(column));
    let columns = columns.map(|column| row(grid, &column.label, &column.about, values(column), &column.name));
    columns.chain(of_entities)
}

fn row(grid: &Grid, column: &str, about: &str, values: &str, name: &str) -> Vec<String> {
    [&grid.name, column, about, values, name].map(str::to_owned).to_vec()
}

const fn values(column: &SheetColumn) -> &'static str {
    if matches!(column.origin, Some(Origin::LastUsed { .. })) {
        return "UTC date; > N d where no access is seen in the N days that AWS was watching";
    }
    match (column.meaning, column.kind) {
        (Meaning::DaysOrWord | Meaning::DaysOfEntity, _) => "days or a word",
        (_, ColumnKind::Text) => "text",
        (_, ColumnKind::Count) => "whole number",
        (_, ColumnKind::Days) => "whole days",
        (_, ColumnKind::Percent) => "percent",
        (_, ColumnKind::Ratio) => "ratio from 0 to 1",
        (_, ColumnKind::Instant) => "UTC date and time",
        (_, ColumnKind::Date) => "UTC date",
        (_, ColumnKind::Flag) => "true or false",
    }
}
