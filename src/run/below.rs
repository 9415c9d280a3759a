//! The paths in the list of inputs and in the problems of an audit, below the folder that all inputs are in: a typed path has the names
//! of its maker's folders, which are said once.

use polars::prelude::PolarsResult;

use crate::frame::{Renaming, RowBudget};
use crate::problem::Problem;
use crate::report::{Report, Section};

/// The reports, each with paths below `folder`, which the list of inputs names.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn below(reports: Vec<Report>, folder: &str, budget: &RowBudget) -> PolarsResult<Vec<Report>> {
    let below = Below(folder);
    let mut made = Vec::with_capacity(reports.len());
    for report in reports {
        let sections = report.sections.iter().map(|section| below.section(section, budget));
        let sections = sections.collect::<PolarsResult<_>>()?;
        let problems = report.problems.iter().map(|problem| below.problem(problem)).collect();
        made.push(Report { sections, problems, ..report });
    }
    Ok(made)
}

/// A folder, with the slash at its end.
struct Below<'f>(&'f str);

impl Below<'_> {
    fn path(&self, path: &str) -> String {
        path.strip_prefix(self.0).unwrap_or(path).to_owned()
    }

    fn section(&self, section: &Section, budget: &RowBudget) -> PolarsResult<Section> {
        // Lists of permissions can have millions of rows; only that of the inputs is made again.
        if section.id != "check" {
            return Ok(section.clone());
        }
        let mut remarks = section.remarks.clone();
        remarks.push(format!("Files are in {}", self.0));
        Ok(Section { table: section.table.renamed(self, budget)?, remarks, ..section.clone() })
    }

    fn problem(&self, problem: &Problem) -> Problem {
        let within = |text: &str| text.replace(self.0, "");
        Problem {
            source: self.path(&problem.source),
            what: within(&problem.what),
            advice: within(&problem.advice),
            ..problem.clone()
        }
    }
}

impl Renaming for Below<'_> {
    fn column(&self, name: &str) -> String {
        name.to_owned()
    }

    fn changes(&self, column: &str) -> bool {
        matches!(column, "source" | "note")
    }

    fn text(&self, column: &str, text: &str) -> String {
        if column == "note" { text.replace(self.0, "") } else { self.path(text) }
    }
}
