//! What is wrong with the inputs, as a table: every problem but the files of other programs, which are only counted.

use super::column::{Meaning, SheetColumn};
use super::grid::Grid;
use crate::problem::{Problem, Severity};
use crate::render::words;
use crate::report::Report;

/// The table, where there is any problem. Worst first, as in the Markdown report.
pub(super) fn grid(report: &Report) -> Option<Grid<'static>> {
    let severities = [Severity::NotRead, Severity::Incomplete, Severity::Warning];
    let problems = severities.into_iter().flat_map(|severity| words::problems_of(report, severity));
    let rows: Vec<Vec<String>> = problems.map(row).collect();
    let columns = vec![
        SheetColumn::text(
            0,
            "severity",
            "not read: nothing of it was used; incomplete: a part of it is missing; warning: read, but know this",
            Meaning::Plain,
        ),
        SheetColumn::text(1, "source", "the file, or archive!member", Meaning::Plain),
        SheetColumn::text(2, "place", "where in it; empty for the whole", Meaning::Plain),
        SheetColumn::text(3, "problem", "what is wrong", Meaning::Prose),
        SheetColumn::text(4, "advice", "what to do about it", Meaning::Prose),
        SheetColumn::text(5, "kind", "what kind of problem; stable, for scripts", Meaning::Plain),
    ];
    (!rows.is_empty()).then(|| Grid::of_texts("Problems", words::OF_PROBLEMS, columns, rows))
}

fn row(problem: &Problem) -> Vec<String> {
    let Problem { source, place, kind, what, advice } = problem;
    let texts = [problem.severity().as_str(), source, place, what, advice, kind.code()];
    texts.map(str::to_owned).to_vec()
}
