//! What the page knows beside its rows: title, parameters, sections and their columns, and where each section's rows are.

use std::io::{self, Write};

use serde::Serialize;

use super::columns::{Encoding, encode};
use super::{MOST_ROWS, RenderOptions, Strings, block};
use crate::frame::Cell;
use crate::problem::Problem;
use crate::render::json::Leading;
use crate::render::words;
use crate::report::people::label;
use crate::report::{ColumnKind, Report, Section};

/// The block `report`.
#[derive(Serialize)]
pub(super) struct Payload<'a> {
    title: &'a str,
    version: &'static str,
    parameters: Vec<(&'a str, &'a str)>,
    /// The numbers that lead the report.
    headline: Option<Leading<'a>>,
    /// The same in words: label and sentence.
    numbers: Vec<(&'static str, String)>,
    inputs: String,
    skipped: usize,
    sections: Vec<SectionHead<'a>>,
    not_read: SectionHead<'a>,
}

#[derive(Serialize)]
struct SectionHead<'a> {
    id: &'a str,
    title: &'a str,
    caption: &'a str,
    totals: &'a [(String, i64)],
    remarks: &'a [String],
    /// All rows of the section, whether the page has them or not.
    rows: usize,
    /// The block that holds them; none where there are too many.
    block: Option<String>,
    /// What has all rows, as the end of a sentence.
    instead: String,
    columns: Vec<ColumnHead<'a>>,
}

#[derive(Serialize)]
struct ColumnHead<'a> {
    name: &'a str,
    /// In words.
    label: String,
    kind: &'static str,
    about: &'a str,
    encoding: Option<Encoding>,
}

impl<'a> Payload<'a> {
    /// Writes a block for each section that is not too long, and gives what the page must know to read them.
    pub(super) fn write_sections(
        report: &'a Report,
        options: &RenderOptions,
        strings: &mut Strings,
        out: &mut dyn Write,
    ) -> io::Result<Self> {
        let mut sections = Vec::with_capacity(report.sections.len());
        for (at, section) in report.sections.iter().enumerate() {
            sections.push(write_section(section, at, options, strings, out)?);
        }
        Ok(Self {
            title: &report.title,
            version: env!("CARGO_PKG_VERSION"),
            parameters: report.parameters.iter().map(|asked| (&*asked.label, &*asked.shown)).collect(),
            headline: report.headline.as_ref().map(Leading::from),
            numbers: report.headline.iter().flat_map(|headline| words::headline(headline, None)).collect(),
            inputs: words::inputs(&report.inputs),
            skipped: report.inputs.skipped,
            sections,
            not_read: write_problems(report, strings, out)?,
        })
    }
}

fn write_section<'a>(
    section: &'a Section,
    at: usize,
    options: &RenderOptions,
    strings: &mut Strings,
    out: &mut dyn Write,
) -> io::Result<SectionHead<'a>> {
    let rows = section.table.height();
    let fits = rows <= MOST_ROWS;
    let table = if fits { section.table.in_memory() } else { section.table.clone() };
    let reader = table.reader();
    let mut bytes = Vec::new();
    let columns = section.columns.iter().enumerate().map(|(column_at, column)| ColumnHead {
        name: &column.name,
        label: label(&column.name),
        kind: words::kind(column.kind),
        about: &column.about,
        encoding: fits.then(|| {
            let cells = (0..rows).map(|row| reader.cell(row, column_at));
            encode(cells, column.kind, strings, &mut bytes)
        }),
    });
    let columns = columns.collect();
    let id = format!("rows-{at}");
    if fits {
        block(&id, out, |packed| packed.write_all(&bytes))?;
    }
    Ok(SectionHead {
        id: &section.id,
        title: &section.title,
        caption: &section.caption,
        totals: &section.totals,
        remarks: &section.remarks,
        rows,
        block: fits.then_some(id),
        instead: options.full_table_at.as_ref().map_or_else(
            || "--format csv gives all".to_owned(),
            |file| format!("{} has all", file.replace("{id}", &section.id)),
        ),
        columns,
    })
}

/// A column of problems: name, what it says, and how to get it.
type ProblemColumn = (&'static str, &'static str, fn(&Problem) -> &str);

const PROBLEM_COLUMNS: [ProblemColumn; 6] = [
    ("severity", "not read, incomplete, or a warning", |problem| problem.severity().as_str()),
    ("kind", "the kind of problem, a stable word", |problem| problem.kind.code()),
    ("source", "the file, or archive!member", |problem| &problem.source),
    ("place", "where in it; empty for the whole", |problem| &problem.place),
    ("what", "what is wrong", |problem| &problem.what),
    ("advice", "what to do about it", |problem| &problem.advice),
];

/// The problems as one more table, so that they too can be searched; worst first.
fn write_problems<'a>(report: &'a Report, strings: &mut Strings, out: &mut dyn Write) -> io::Result<SectionHead<'a>> {
    let mut problems: Vec<&Problem> = words::shown_problems(report).collect();
    problems.sort_by_key(|problem| problem.severity());
    let mut bytes = Vec::new();
    let columns = PROBLEM_COLUMNS.map(|(name, about, text)| {
        let cells = problems.iter().map(|problem| Cell::Text(text(problem)));
        let encoding = Some(encode(cells, ColumnKind::Text, strings, &mut bytes));
        ColumnHead { name, label: label(name), kind: words::kind(ColumnKind::Text), about, encoding }
    });
    let id = "rows-not-read";
    block(id, out, |packed| packed.write_all(&bytes))?;
    Ok(SectionHead {
        id: "not-read",
        title: "Not read",
        caption: "What the numbers do not rest on: one row per problem with an input.",
        totals: &[],
        remarks: &[],
        rows: problems.len(),
        block: Some(id.to_owned()),
        instead: String::new(),
        columns: columns.into(),
    })
}
