//! An audit on two pages: sentences and short tables for who reads it before anything else.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::escaped::Escaped;
use super::not_read::{at_most, write_not_read};
use crate::frame::{Cell, TableReader};
use crate::model::Day;
use crate::render::{RenderOptions, audit, people, words};
use crate::report::people::{Field, fields};
use crate::report::{BEHIND, Engagement, NOT_COMPARED, Report, Section, Workpaper};

/// The most names in a sentence that two pages have room for.
const MOST_NAMES: usize = 3;

/// The columns of accounts that fit on a page.
const OF_ACCOUNTS: [&str; 8] = [
    "account_id",
    "account_name",
    "entities",
    "services_granted",
    "services_stale",
    "services_unused",
    "services_unknown",
    "services_unused_pct",
];

/// Writes the two pages.
pub(super) fn write(
    report: &Report,
    workpaper: &Workpaper,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "# {}\n", Escaped(&report.title))?;
    write_engagement(&workpaper.engagement, out)?;
    write_scope(report, workpaper, out)?;
    write_result(report, workpaper, options, out)?;
    write_first(report, workpaper, options, out)?;
    write_changes(report, options, out)?;
    writeln!(out, "\n## Limits\n")?;
    audit::LIMITS.iter().try_for_each(|limit| writeln!(out, "- {}", Escaped(limit)))?;
    // A problem takes the room of two rows.
    let of_problems = RenderOptions { max_rows: options.max_rows.div_ceil(2), ..options.clone() };
    write_not_read(report, &of_problems, out)?;
    write_rest(report, options, out)?;
    writeln!(out, "\n## How this was made\n\n{}", Escaped(&audit::made(report)))
}

fn write_engagement(engagement: &Engagement, out: &mut dyn Write) -> io::Result<()> {
    let Engagement { reference, prepared_by, .. } = engagement;
    let lines = [("Reference", reference), ("Prepared by", prepared_by)];
    for (label, text) in lines.into_iter().filter_map(|(label, text)| Some((label, text.as_ref()?))) {
        writeln!(out, "{label}: {}\n", Escaped(text))?;
    }
    Ok(())
}

fn write_scope(report: &Report, workpaper: &Workpaper, out: &mut dyn Write) -> io::Result<()> {
    let headline = report.headline.clone().unwrap_or_default();
    writeln!(
        out,
        "## Scope\n\n{} {}",
        audit::scope(&headline, workpaper),
        audit::period(&headline, &report.parameters)
    )?;
    if let Some(filters) = audit::filters(&report.parameters) {
        writeln!(out, "\nNarrowed to {}.", Escaped(&filters))?;
    }
    writeln!(out)?;
    let mut completeness = workpaper.completeness.clone();
    // Two pages have no room for what the workpaper says about many accounts.
    if completeness.inventories.len() > MOST_NAMES {
        completeness.untested.clear();
    }
    let said = audit::completeness(&completeness, MOST_NAMES);
    said.iter().try_for_each(|said| writeln!(out, "{}", Escaped(said)))
}

fn write_result(
    report: &Report,
    workpaper: &Workpaper,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "\n## Result\n")?;
    for sentence in report.headline.iter().flat_map(audit::results) {
        writeln!(out, "- {sentence}")?;
    }
    if let Some(without) = audit::without_use(workpaper) {
        writeln!(out, "- {without}")?;
    }
    section(report, "sample").map_or(Ok(()), |sample| {
        let drawn = sample.remarks.iter().skip(1).map(String::as_str).collect::<Vec<_>>().join(" ");
        let place = rest_of("sample", options);
        let place = place.map_or_else(
            || "was drawn, and no file of these formats has it".to_owned(),
            |file| format!("is in {file}"),
        );
        writeln!(out, "- A sample to check by hand {}. {}", Escaped(&place), Escaped(&drawn))
    })?;
    // What was left out and why stands beside the numbers. How many dumps are incomplete is one of the numbers.
    let remarks: BTreeSet<&String> =
        ["summary", "unused-services"].iter().filter_map(|id| section(report, id)).flat_map(|of| &of.remarks).collect();
    for remark in remarks.into_iter().filter(|remark| !remark.contains(" incomplete (")) {
        let said = words::without_options(remark);
        // Why that is so is one of the limits.
        let said = said.split_once(". AWS does not track every action").map_or(&*said, |(fact, _)| fact);
        writeln!(out, "- {}.", Escaped(said.trim_end_matches('.')))?;
    }
    let Some(accounts) = section(report, "summary") else { return Ok(()) };
    let kept: Vec<Field> =
        fields(accounts).into_iter().filter(|field| OF_ACCOUNTS.contains(&field.name.as_str())).collect();
    write_table(accounts, &kept, options, out)
}

/// What to look at first.
fn write_first(report: &Report, workpaper: &Workpaper, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let entities = audit::first_entities(workpaper);
    if entities.is_empty() {
        return writeln!(out, "\n## Review first\n\n{}", audit::nothing_to_review(report));
    }
    writeln!(out, "\n## Review first\n\n| entity | account | what could go |\n| --- | --- | --- |")?;
    let shown = at_most(entities.len(), options.max_rows);
    for first in entities.into_iter().take(shown) {
        writeln!(out, "| {} | {} | {} |", Escaped(&first.entity), Escaped(&first.account), Escaped(&first.sentence))?;
    }
    let permissions = audit::first_permissions(workpaper);
    if permissions.is_empty() {
        return Ok(());
    }
    let shown = at_most(permissions.len(), options.max_rows);
    let heading = "The most dangerous permissions, unused while AWS was watching (\"1 of 2\": one with this risk):";
    writeln!(out, "\n{heading}\n")?;
    writeln!(out, "| permission | risk | left unused by | what it could do |\n| --- | --- | --- | --- |")?;
    for first in permissions.into_iter().take(shown) {
        let texts = [&first.permission, &first.risk, &first.held_by, &first.category];
        let [permission, risk, held_by, category] = texts.map(|text| Escaped(text));
        writeln!(out, "| {permission} | {risk} | {held_by} | {category} |")?;
    }
    Ok(())
}

/// How many changes of each kind there are, and the first of them.
fn write_changes(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let Some(changes) = section(report, "diff") else { return Ok(()) };
    let Some(at) = changes.columns.iter().position(|column| column.name == "change") else { return Ok(()) };
    let reader = changes.table.reader();
    let mut kinds: BTreeMap<&str, i64> = BTreeMap::new();
    for row in 0..changes.table.height() {
        if let Cell::Text(kind) = reader.cell(row, at) {
            *kinds.entry(kind).or_default() += 1;
        }
    }
    let dates = dates(changes).map_or_else(String::new, |(old, new)| format!(" (from {old} to {new})"));
    let between = format!("Between the first day and the last of each account{dates}");
    let is_of_dates = |remark: &&String| [NOT_COMPARED, BEHIND].iter().any(|begin| remark.starts_with(begin));
    let beside = changes.remarks.iter().filter(is_of_dates);
    let beside: Vec<String> = beside.map(|remark| format!(" {}", Escaped(remark))).collect();
    let beside = beside.concat();
    if kinds.is_empty() && report.headline.as_ref().is_some_and(|headline| headline.entities == 0) {
        return writeln!(out, "\n## Changes\n\nNothing was compared: no usable dump is of what was asked for.");
    }
    if kinds.is_empty() {
        return writeln!(out, "\n## Changes\n\n{between}, nothing changed.{beside}");
    }
    let mut kinds: Vec<(&str, i64)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let counts: Vec<String> = kinds.into_iter().map(|(kind, count)| audit::changes_of_kind(kind, count)).collect();
    writeln!(out, "\n## Changes\n\n{between}: {}.{beside}", counts.join("; "))?;
    writeln!(out, "\n| entity | account | what changed |\n| --- | --- | --- |")?;
    let keys: Vec<Field> = fields(changes)
        .into_iter()
        .filter(|field| ["entity_arn", "account_id"].contains(&field.name.as_str()))
        .collect();
    let height = changes.table.height();
    let shown = at_most(height, options.max_rows);
    for row in 0..shown {
        let what = audit::change(changes, &reader, row);
        writeln!(out, "| {} | {} |", line(&keys, &reader, row), Escaped(&what))?;
    }
    if shown < height { write_more(changes, height - shown, options, out) } else { Ok(()) }
}

/// The oldest and the newest day between which there are changes.
fn dates(changes: &Section) -> Option<(Day, Day)> {
    let reader = changes.table.reader();
    let days = |name: &str| {
        let at = changes.columns.iter().position(|column| column.name == name);
        let of_row = |row| match reader.cell(row, at?) {
            Cell::Instant(at) => Some(at.day()),
            _ => None,
        };
        (0..changes.table.height()).filter_map(of_row).collect::<Vec<_>>()
    };
    Some((days("old_as_of").into_iter().min()?, days("new_as_of").into_iter().max()?))
}

/// What else the audit consists of.
fn rest(options: &RenderOptions) -> String {
    let has = |name: &str| options.beside.contains(&name);
    let of_people = match (has("report.html"), has("report.xlsx")) {
        (true, true) => {
            "`report.html` and `report.xlsx` have the tables, the workbook with a workpaper to sign and room for decisions. "
        }
        (true, false) => "`report.html` has the tables. ",
        (false, true) => "`report.xlsx` has the tables, a workpaper to sign and room for decisions. ",
        (false, false) => "",
    };
    let tables = if options.full_table_at.is_some() { " The tables, with their rows:" } else { "" };
    format!("{of_people}`manifest.json` lists every input and every file with its SHA-256.{tables}")
}

/// The tables in the order in which they are read, each group with what it is for.
const GROUPS: [(&str, &[&str]); 3] = [
    ("to review", &["unused-services", "unused-actions", "entities", "diff", "sample", "kept", "decisions"]),
    ("evidence", &["sources"]),
    ("context", &[]),
];

/// Where everything is that two pages have no room for.
fn write_rest(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n## Where the rest is\n\n{}", rest(options))?;
    let Some(file) = &options.full_table_at else { return Ok(()) };
    let group = |section: &Section| {
        GROUPS.iter().position(|(_, ids)| ids.contains(&section.id.as_str())).unwrap_or(GROUPS.len() - 1)
    };
    writeln!(out)?;
    for (at, (name, _)) in GROUPS.iter().enumerate() {
        let of_group = report.sections.iter().filter(|section| group(section) == at);
        let files: Vec<String> = of_group
            .map(|section| {
                let rows = words::grouped(section.table.height() as i64);
                format!("{} ({rows})", Escaped(&file.replace("{id}", &section.id)))
            })
            .collect();
        if !files.is_empty() {
            writeln!(out, "- {name}: {}", files.join(", "))?;
        }
    }
    Ok(())
}

fn section<'r>(report: &'r Report, id: &str) -> Option<&'r Section> {
    report.sections.iter().find(|section| section.id == id)
}

/// The first rows of a table, and how many more there are.
fn write_table(section: &Section, fields: &[Field], options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let heads: Vec<String> = fields.iter().map(|field| Escaped(&field.label).to_string()).collect();
    let rules: Vec<&str> = fields.iter().map(|field| if people::is_number(field) { "---:" } else { "---" }).collect();
    writeln!(out, "\n| {} |\n| {} |", heads.join(" | "), rules.join(" | "))?;
    let (reader, height) = (section.table.reader(), section.table.height());
    let shown = at_most(height, options.max_rows);
    (0..shown).try_for_each(|row| writeln!(out, "| {} |", line(fields, &reader, row)))?;
    if shown < height { write_more(section, height - shown, options, out) } else { Ok(()) }
}

/// How many rows of a table are left out, and where they are.
fn write_more(section: &Section, rows: usize, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let rows = words::counted(rows as i64, "more is", "more are");
    match rest_of(&section.id, options) {
        Some(file) => writeln!(out, "\n{rows} in {}.", Escaped(&file)),
        None => writeln!(out, "\n{rows} left out: with csv, xlsx or html among the formats, a file has them."),
    }
}

fn line(fields: &[Field], reader: &TableReader<'_>, row: usize) -> String {
    let cell = |field: &Field| {
        let text = people::text(field, reader, row);
        // The point of a number makes no list.
        if people::is_number(field) { text.into_owned() } else { Escaped(&text).to_string() }
    };
    fields.iter().map(cell).collect::<Vec<_>>().join(" | ")
}

/// The file of the folder that has every row of a table.
fn rest_of(id: &str, options: &RenderOptions) -> Option<String> {
    let of_all = ["report.xlsx", "report.html", "report.json"].into_iter().find(|name| options.beside.contains(name));
    let of_all = of_all.map(|name| if name == "report.xlsx" { "the workbook" } else { name }.to_owned());
    options.full_table_at.as_ref().map(|file| file.replace("{id}", id)).or(of_all)
}
