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
    let Some(below) = Below::of(folder) else { return Ok(reports) };
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
    let Some(below) = Below::of(folder) else { return tables };
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
    /// Where all inputs are in one folder.
    fn of(folder: &str) -> Option<Self> {
        (!folder.is_empty()).then(|| Self { folder: folder.to_owned(), in_notes: false })
    }

    /// A sentence that may name files. `old-dumps/a.json` is not below `dumps/`.
    fn sentence(&self, text: &str) -> String {
        let goes_on = |c: char| c.is_alphanumeric() || "-_./~".contains(c);
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for (at, folder) in text.match_indices(&self.folder).filter(|(at, _)| !text[..*at].ends_with(goes_on)) {
            out.push_str(&text[from..at]);
            from = at + folder.len();
        }
        out + &text[from..]
    }

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
        Problem {
            source: self.path(&problem.source),
            what: self.sentence(&problem.what),
            advice: self.sentence(&problem.advice),
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
        if column == "note" { self.sentence(text) } else { self.path(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folder_itself_goes() {
        let below = Below::of("dumps/").expect("a folder");
        let told = [
            ("holds the same answer as dumps/b.json", "holds the same answer as b.json"),
            ("dumps/a.json and `dumps/c/b.json`", "a.json and `c/b.json`"),
            ("old-dumps/a.json, x/dumps/b.json", "old-dumps/a.json, x/dumps/b.json"),
            ("dumps/dumps/a.json", "dumps/a.json"),
        ];
        for (text, cut) in told {
            assert_eq!(below.sentence(text), cut);
        }
        assert!(Below::of("").is_none());
    }
}
