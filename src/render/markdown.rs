//! A report as GitHub-flavoured Markdown, for a ticket or a pull request.
//!
//! Every text that comes from outside this file goes through [`Escaped`]: names are chosen by others, and one that reads
//! `[click](…)`, `| x |` or `<script>` stays just that.

use std::fmt::{self, Display, Write as _};
use std::io::{self, Write};

use super::{RenderOptions, people, words};
use crate::problem::{Problem, Severity};
use crate::report::{Parameter, Report, Section};
use crate::util::sanitize::harmless;

/// Writes the whole report.
pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {}\n", Escaped(&report.title))?;
    for Parameter { label, shown, .. } in &report.parameters {
        writeln!(out, "- {}: {}", Escaped(label), Escaped(shown))?;
    }
    writeln!(out, "- inputs: {}", words::inputs(&report.inputs))?;
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
    format!("The first {shown} of {height} rows are shown, {} are left out; {rest}.", height - shown)
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

/// What the numbers above do not rest on, worst first.
fn write_not_read(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Not read")?;
    let headings =
        [(Severity::NotRead, "Not read"), (Severity::Incomplete, "Incomplete"), (Severity::Warning, "Warnings")];
    for (severity, heading) in headings {
        let problems: Vec<&Problem> = words::problems_of(report, severity).collect();
        if !problems.is_empty() {
            write_problems(heading, &problems, options, out)?;
        }
    }
    match report.inputs.skipped {
        0 if report.inputs.failed == 0 && words::shown_problems(report).next().is_none() => {
            writeln!(out, "\nNothing: every file found was read.")
        }
        0 => Ok(()),
        1 => writeln!(out, "\nSkipped: 1 file that is not a last-accessed dump. Run `dormant check` to see it."),
        n => writeln!(out, "\nSkipped: {n} files that are not last-accessed dumps. Run `dormant check` to see them."),
    }
}

fn write_problems(
    heading: &str,
    problems: &[&Problem],
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let shown = at_most(problems.len(), options.max_rows);
    writeln!(out, "\n### {heading}: {}\n", problems.len())?;
    for problem in &problems[..shown] {
        writeln!(out, "- {}", Escaped(&problem.to_string()))?;
    }
    if shown < problems.len() {
        writeln!(out, "- {} more: `dormant check` names them.", problems.len() - shown)?;
    }
    Ok(())
}

/// How many of `count` to show; a `limit` of 0 is none.
const fn at_most(count: usize, limit: usize) -> usize {
    if limit == 0 || count < limit { count } else { limit }
}

/// Shows a text as just that text, wherever in a line it stands.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = harmless(self.0);
        for (at, c) in text.char_indices() {
            let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                // An underscore inside a word is never emphasis; left alone, column names stay readable in the raw text.
                '_' if in_word(before.chars().next_back()) && in_word(after.chars().next()) => f.write_char(c)?,
                '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '$' => write!(f, "\\{c}")?,
                // At the start these would make a list or an indented block.
                '-' | '+' if before.is_empty() => write!(f, "\\{c}")?,
                ' ' if before.is_empty() => f.write_str("&#32;")?,
                '.' | ')' if !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit()) => write!(f, "\\{c}")?,
                // Bare addresses become links on GitHub.
                '/' if before.ends_with(':') => f.write_str("\\/")?,
                '.' if before.ends_with("www") => f.write_str("\\.")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

fn in_word(neighbour: Option<char>) -> bool {
    neighbour.is_some_and(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text() {
        for (text, escaped) in [
            ("a|b", "a\\|b"),
            ("<script>&", "&lt;script&gt;&amp;"),
            ("[x](javascript:1)", "\\[x\\](javascript:1)"),
            ("`*_~", "\\`\\*\\_\\~"),
            ("two\nlines", "two\\\\nlines"),
            ("\u{1b}[2J", "\\\\u{1b}\\[2J"),
            ("service_name", "service_name"),
            ("__x__", "\\_\\_x\\_\\_"),
            ("- x", "\\- x"),
            ("a-b", "a-b"),
            ("12. x", "12\\. x"),
            ("1.5", "1\\.5"),
            ("    x", "&#32;   x"),
            ("http://x", "http:\\//x"),
            ("www.x", "www\\.x"),
            ("arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x"),
        ] {
            assert_eq!(Escaped(text).to_string(), escaped);
        }
    }
}
