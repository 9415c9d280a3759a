//! The paths of the inputs in an audit, below the folder that all inputs are in: a typed path has the names of its maker's folders, which are
//! said once. A report on its own has them as they were typed, so that they can be opened.
//! [`Names::file`](crate::analyse::Names::file) does the same for the files of rows, before they are in lists.

use polars::prelude::PolarsResult;

use super::export::TableExport;
use crate::frame::{Renaming, RowBudget, renamed_frames};
use crate::problem::Problem;
use crate::report::{Report, Section};

/// The reports, each with paths below `folder`, which the list of inputs names; as they are if it is empty.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn below(reports: Vec<Report>, folder: &str, budget: &RowBudget) -> PolarsResult<Vec<Report>> {
    if folder.is_empty() {
        return Ok(reports);
    }
    let below = Below { folder: folder.to_owned(), in_notes: false };
    let mut made = Vec::with_capacity(reports.len());
    for report in reports {
        let sections = report.sections.iter().map(|section| below.section(section, budget));
        let sections = sections.collect::<PolarsResult<_>>()?;
        let problems = report.problems.iter().map(|problem| below.problem(problem)).collect();
        made.push(Report { sections, problems, ..report });
    }
    Ok(made)
}

/// The tables, each with paths below `folder`; as they are if it is empty.
pub fn tables_below(tables: Vec<TableExport>, folder: &str) -> Vec<TableExport> {
    if folder.is_empty() {
        return tables;
    }
    let below = Below { folder: folder.to_owned(), in_notes: false };
    let of = |TableExport { name, frames }| TableExport { name, frames: renamed_frames(frames, below.clone()) };
    tables.into_iter().map(of).collect()
}

/// What is done to paths.
#[derive(Debug, Clone)]
struct Below {
    /// With the slash at its end.
    folder: String,
    /// Whether notes are sentences that may name files.
    in_notes: bool,
}

impl Below {
    /// One path, or several with commas between them.
    fn path(&self, path: &str) -> String {
        let first = path.strip_prefix(&self.folder).unwrap_or(path);
        first.replace(&format!(", {}", self.folder), ", ")
    }

    fn section(&self, section: &Section, budget: &RowBudget) -> PolarsResult<Section> {
        let is_list = section.id == "check";
        let below = Self { in_notes: is_list, ..self.clone() };
        if !section.columns.iter().any(|column| below.changes(&column.name)) {
            return Ok(section.clone());
        }
        let mut remarks = section.remarks.clone();
        if is_list {
            remarks.push(format!("Files are in {}", self.folder));
        }
        Ok(Section { table: section.table.renamed(&below, budget)?, remarks, ..section.clone() })
    }

    fn problem(&self, problem: &Problem) -> Problem {
        let within = |text: &str| text.replace(&self.folder, "");
        Problem {
            source: self.path(&problem.source),
            what: within(&problem.what),
            advice: within(&problem.advice),
            ..problem.clone()
        }
    }
}

impl Renaming for Below {
    fn column(&self, name: &str) -> String {
        name.to_owned()
    }

    fn changes(&self, column: &str) -> bool {
        column == "source" || self.in_notes && column == "note"
    }

    fn text(&self, column: &str, text: &str) -> String {
        if column == "note" { text.replace(&self.folder, "") } else { self.path(text) }
    }
}
