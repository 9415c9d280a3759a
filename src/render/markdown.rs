//! A report as GitHub-flavoured Markdown, for a ticket or a pull request.
//!
//! Every text that comes from outside this file goes through [`Escaped`]: names are chosen by others, and one that reads
//! `[click](…)`, `| x |` or `<script>` stays just that.

mod audit;
mod escaped;
mod not_read;

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use super::{RenderOptions, people, words};
use crate::report::{Parameter, Report, Section};
use escaped::Escaped;
use not_read::{at_most, write_not_read};

/// Writes the whole report. Of an audit, what a person reads: its tables are in other files.
pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    if let Some(workpaper) = &report.workpaper {
        return audit::write(report, workpaper, options, out);
    }
    writeln!(out, "# {}\n", Escaped(&report.title))?;
    for Parameter { label, shown, .. } in &report.parameters {
        writeln!(out, "- {}: {}", Escaped(label), Escaped(shown))?;
    }
    writeln!(out, "- inputs: {}", words::foot(report, None))?;
    for (label, text) in report.headline.iter().flat_map(|headline| words::headline(headline, None)) {
        writeln!(out, "- {label}: {text}")?;
    }
    for section in &report.sections {
        write_section(section, options, out)?;
    }
    write_not_read(report, options, out)
}

fn write_section(section: &Section, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## {}\n\n{}", Escaped(&section.title), Escaped(&section.caption))?;
    let height = section.table.height();
    let shown = at_most(height, options.max_rows);
    if !section.remarks.is_empty() || shown < height {
        writeln!(out)?;
    }
    for remark in &section.remarks {
        writeln!(out, "- {}", Escaped(remark))?;
    }
    if shown < height {
        writeln!(out, "- {}", left_out(section, shown, options))?;
    }
    if !section.totals.is_empty() {
        writeln!(out, "\nTotal: {}", Escaped(&words::totals(&section.totals)))?;
    }
    if height == 0 { writeln!(out, "\nNo rows.") } else { write_table(section, shown, options, out) }
}

/// The remark that a table was cut, and where the rest is.
fn left_out(section: &Section, shown: usize, options: &RenderOptions) -> String {
    let height = section.table.height();
    let rest = match &options.full_table_at {
        Some(file) => format!("{} has them all", Escaped(&file.replace("{id}", &section.id))),
        None => "`--max-rows 0` shows them all".to_owned(),
    };
    let are = if height - shown == 1 { "is" } else { "are" };
    format!("Showing {shown} of {height} rows, {} {are} left out; {rest}.", height - shown)
}

fn write_table(section: &Section, shown: usize, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let fields = people::fields(section, options);
    let (mut labels, mut rules) = (String::from("\n|"), String::from("|"));
    for field in &fields {
        push(&mut labels, format_args!(" {} |", Escaped(&field.label)));
        rules.push_str(if people::is_number(field) { " ---: |" } else { " --- |" });
    }
    writeln!(out, "{labels}\n{rules}")?;
    let reader = section.table.reader();
    let mut line = String::new();
    for row in 0..shown {
        line.clear();
        line.push('|');
        for field in &fields {
            let text = people::text(field, &reader, row);
            // The point of a number makes no list.
            if people::is_number(field) {
                push(&mut line, format_args!(" {text} |"));
            } else {
                push(&mut line, format_args!(" {} |", Escaped(&text)));
            }
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn push(line: &mut String, text: fmt::Arguments<'_>) {
    line.write_fmt(text).expect("a String takes whatever is written to it");
}
