//! What the page knows beside its rows: title, parameters, sections and their columns, and where each section's rows are.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;

use super::columns::{Encoding, encode};
use super::{MOST_ROWS, RenderOptions, Strings, block};
use crate::frame::Cell;
use crate::model::Verdict;
use crate::problem::Problem;
use crate::render::json::Leading;
use crate::render::words;
use crate::report::people::{Field, Origin, fields, label};
use crate::report::{ColumnKind, GoneEntity, Report, Section};

/// The block `report`.
#[derive(Serialize)]
pub(super) struct Payload<'a> {
    title: &'a str,
    version: &'static str,
    /// What was asked: machine name, label and text.
    parameters: Vec<(&'a str, &'a str, &'a str)>,
    /// The numbers that lead the report.
    headline: Option<Leading<'a>>,
    /// The same in words: label and sentence.
    numbers: Vec<(&'static str, String)>,
    inputs: String,
    skipped: usize,
    /// Entities that are not there any more: ARN, account, and the day of the list that does not have them.
    gone: Vec<(&'a str, &'a str, String)>,
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
    /// The block that holds them; none where there are too many, or all stand in another section.
    block: Option<String>,
    /// The section that has these rows among others: those of its rows that are unused or stale. Columns without an encoding are that
    /// section's.
    within: Option<&'static str>,
    /// What has all rows, as the end of a sentence.
    instead: String,
    columns: Vec<ColumnHead<'a>>,
    /// What a person sees first, the most telling columns with the lowest ranks.
    fields: Vec<FieldHead>,
}

/// A column for people: `report::people` says what it is.
#[derive(Serialize)]
struct FieldHead {
    name: String,
    label: String,
    rank: u8,
    #[serde(flatten)]
    origin: OriginHead,
}

/// Where its texts come from: places of columns.
#[derive(Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
enum OriginHead {
    Column { at: usize },
    Arn { at: usize },
    Entity { kind: usize, title: usize },
    Action { service: usize, action: usize },
    LastUsed { days: usize, at: usize, observed: Option<usize> },
}

impl From<Origin> for OriginHead {
    fn from(origin: Origin) -> Self {
        match origin {
            // The page finds the other columns by their names.
            Origin::Column(at) | Origin::Advice { remedy: at, .. } => Self::Column { at },
            Origin::Arn(at) => Self::Arn { at },
            Origin::Entity { kind, name } => Self::Entity { kind, title: name },
            Origin::Action { service, action } => Self::Action { service, action },
            Origin::LastUsed { days, at, observed } => Self::LastUsed { days, at, observed },
        }
    }
}

fn field_heads(section: &Section) -> Vec<FieldHead> {
    let head = |field: Field| FieldHead {
        name: field.name,
        label: field.label,
        rank: field.rank,
        origin: field.source.into(),
    };
    fields(section).into_iter().map(head).collect()
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
            sections.push(write_section(section, at, within(section, report), options, strings, out)?);
        }
        Ok(Self {
            title: &report.title,
            version: env!("CARGO_PKG_VERSION"),
            parameters: report.parameters.iter().map(|asked| (asked.name, &*asked.label, &*asked.shown)).collect(),
            headline: report.headline.as_ref().map(Leading::from),
            numbers: report.headline.iter().flat_map(|headline| words::headline(headline, None)).collect(),
            inputs: words::inputs(&report.inputs),
            skipped: report.inputs.skipped,
            gone: gone(report),
            sections,
            not_read: write_problems(report, strings, out)?,
        })
    }
}

fn gone(report: &Report) -> Vec<(&str, &str, String)> {
    let all: BTreeSet<&GoneEntity> = report.sections.iter().flat_map(|section| &section.gone).collect();
    let told = |of: &'_ GoneEntity| of.since.day().to_string();
    all.into_iter().map(|of| (&*of.arn, of.account.as_deref().unwrap_or_default(), told(of))).collect()
}

/// The lists of what could go, each with the section of an audit's page that has its rows among others.
const WITHIN: [(&str, &str); 2] = [("unused-services", "all-services"), ("unused-actions", "all-actions")];

/// The section that has the rows of `section` among its own, where the page has it: as many of its rows are unused or stale.
fn within<'a>(section: &Section, report: &'a Report) -> Option<&'a Section> {
    let (_, all) = WITHIN.into_iter().find(|(list, _)| *list == section.id)?;
    let all = report.sections.iter().find(|section| section.id == all && section.table.height() <= MOST_ROWS)?;
    let at = |name: &str| all.columns.iter().position(|column| column.name == name);
    let (verdict, aws) = (at("verdict")?, at("aws_controlled")?);
    let rows = all.table.reader();
    let is_dormant = |row: usize| matches!(rows.cell(row, verdict), Cell::Text(verdict) if [Verdict::Unused, Verdict::Stale].iter().any(|of| of.as_str() == verdict));
    let (mut count, mut of_aws) = (0, 0);
    for row in (0..all.table.height()).filter(|row| is_dormant(*row)) {
        count += 1;
        of_aws += usize::from(rows.cell(row, aws) == Cell::Flag(true));
    }
    [count, count - of_aws].contains(&section.table.height()).then_some(all)
}

fn write_section<'a>(
    section: &'a Section,
    at: usize,
    within: Option<&Section>,
    options: &RenderOptions,
    strings: &mut Strings,
    out: &mut dyn Write,
) -> io::Result<SectionHead<'a>> {
    let rows = section.table.height();
    let fits = rows <= MOST_ROWS;
    let table = if fits { section.table.in_memory() } else { section.table.clone() };
    let reader = table.reader();
    let mut bytes = Vec::new();
    let is_within = |name: &str| within.is_some_and(|all| all.columns.iter().any(|column| column.name == name));
    let columns = section.columns.iter().enumerate().map(|(column_at, column)| ColumnHead {
        name: &column.name,
        label: label(&column.name),
        kind: words::kind(column.kind),
        about: &column.about,
        encoding: (fits && !is_within(&column.name)).then(|| {
            let cells = (0..rows).map(|row| reader.cell(row, column_at));
            encode(cells, column.kind, strings, &mut bytes)
        }),
    });
    let columns: Vec<_> = columns.collect();
    let id = format!("rows-{at}");
    let has_own = fits && columns.iter().any(|column| column.encoding.is_some());
    if has_own {
        block(&id, out, |packed| packed.write_all(&bytes))?;
    }
    Ok(SectionHead {
        id: &section.id,
        title: &section.title,
        caption: &section.caption,
        totals: &section.totals,
        remarks: &section.remarks,
        rows,
        block: has_own.then_some(id),
        within: within.and_then(|all| WITHIN.iter().find(|(_, id)| *id == all.id)).map(|(_, id)| *id),
        instead: options.full_table_at.as_ref().map_or_else(
            || "--format csv gives all".to_owned(),
            |file| format!("{} has all", file.replace("{id}", &section.id)),
        ),
        columns,
        fields: field_heads(section),
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
        title: "Problems",
        caption: words::OF_PROBLEMS,
        totals: &[],
        remarks: &[],
        rows: problems.len(),
        block: Some(id.to_owned()),
        within: None,
        instead: String::new(),
        columns: columns.into(),
        fields: Vec::new(),
    })
}
