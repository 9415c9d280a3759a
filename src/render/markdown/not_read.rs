//! The problems with inputs.

use std::io::{self, Write};

use super::escaped::Escaped;
use crate::problem::{Problem, Severity};
use crate::render::{RenderOptions, words};
use crate::report::Report;

/// The problems with inputs, worst first.
pub(super) fn write_not_read(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Problems")?;
    // Who reads an audit has no command line.
    let is_audit = report.workpaper.is_some();
    let headings =
        [(Severity::NotRead, "Not read"), (Severity::Incomplete, "Incomplete"), (Severity::Warning, "Warnings")];
    for (severity, heading) in headings {
        let problems: Vec<&Problem> = words::problems_of(report, severity).collect();
        if !problems.is_empty() {
            write_problems(heading, &problems, (options, is_audit), out)?;
        }
    }
    match report.inputs.skipped {
        0 if report.inputs.failed == 0 && words::shown_problems(report).next().is_none() => {
            writeln!(out, "\nNothing: every file found was read.")
        }
        0 => Ok(()),
        n if is_audit => {
            let files = words::counted(
                n as i64,
                "file that is not a last-accessed dump",
                "files that are not last-accessed dumps",
            );
            let list = if options.full_table_at.is_some() {
                "sources.csv lists every file"
            } else {
                "manifest.json lists every input"
            };
            writeln!(out, "\nSkipped: {files}. {list}.")
        }
        1 => writeln!(out, "\nSkipped: 1 file that is not a last-accessed dump. Run `dormant check` to see it."),
        n => writeln!(out, "\nSkipped: {n} files that are not last-accessed dumps. Run `dormant check` to see them."),
    }
}

fn write_problems(
    heading: &str,
    problems: &[&Problem],
    (options, is_audit): (&RenderOptions, bool),
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown = at_most(problems.len(), options.max_rows);
    writeln!(out, "\n### {heading}: {}\n", problems.len())?;
    for problem in words::most_telling(problems, shown) {
        let said = problem.to_string();
        let said = if is_audit { words::without_options(&said) } else { said.into() };
        writeln!(out, "- {}", Escaped(&said))?;
    }
    if shown < problems.len() {
        let files: Vec<&str> =
            ["report.xlsx", "report.html"].into_iter().filter(|name| options.beside.contains(name)).collect();
        let rest = match files[..] {
            [] => "`dormant check` names them".to_owned(),
            [file] => format!("{file} has them"),
            _ => format!("{} have them", files.join(" and ")),
        };
        writeln!(out, "- {} more: {rest}.", problems.len() - shown)?;
    }
    Ok(())
}

/// How many of `count` to show; a `limit` of 0 is none.
pub(super) const fn at_most(count: usize, limit: usize) -> usize {
    if limit == 0 || count < limit { count } else { limit }
}
