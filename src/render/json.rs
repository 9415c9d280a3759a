//! A whole report as one JSON object: pretty outside, one row per line, so that both people and `grep` can read it.
//!
//! Characters that act instead of being seen are spelt out in every text. Numbers are numbers (rounded as everywhere), instants and days strings, null is null and flags are booleans. The frame of the
//! object is written by hand and every value by `serde_json`: no row is held longer than it takes to write it.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{cell, words};
use crate::frame::{Cell, TableReader};
use crate::model::{Instant, UnknownReason};
use crate::problem::Problem;
use crate::report::{
    Column, ColumnKind, Headline, InputCounts, Parameter, ParameterValue, Permissions, Report, Section,
};
use crate::util::marker::TOOL;
use crate::util::sanitize::harmless;

/// The number of the definitions in `docs/reports.md`: two audits can be compared only where it is the same.
pub(super) const DEFINITIONS: u32 = 2;

/// The name of what is written here, for who reads it; `docs/report.schema.json` describes it.
const SCHEMA: &str = "dormant-report";
/// Goes up where something that was there is gone or means something else; what is only added does not count.
const SCHEMA_VERSION: u32 = 1;

/// Writes the whole report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\n  \"schema\": {{\"name\":\"{SCHEMA}\",\"version\":{SCHEMA_VERSION}}},\n  \"tool\": ")?;
    let version = env!("CARGO_PKG_VERSION");
    write!(out, "{{\"name\":\"{TOOL}\",\"version\":\"{version}\",\"definitions\":{DEFINITIONS}}}")?;
    for (key, text) in [("report", &report.id), ("title", &report.title)] {
        write!(out, ",\n  \"{key}\": ")?;
        value(out, &*harmless(text))?;
    }
    out.write_all(b",\n  \"parameters\": ")?;
    value(out, &Values(&report.parameters))?;
    out.write_all(b",\n  \"inputs\": ")?;
    value(out, &Inputs::from(report.inputs))?;
    out.write_all(b",\n  \"headline\": ")?;
    value(out, &report.headline.as_ref().map(Leading::from))?;
    out.write_all(b",\n  \"sections\": [")?;
    for (at, section) in report.sections.iter().enumerate() {
        out.write_all(if at == 0 { b"\n" } else { b",\n" })?;
        write_section(section, out)?;
    }
    out.write_all(if report.sections.is_empty() { b"],\n" } else { b"\n  ],\n" })?;
    list(out, "  ", "not_read", words::shown_problems(report).map(NotRead::from))?;
    out.write_all(b"\n}\n")
}

fn write_section(section: &Section, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"    {\n")?;
    for (key, text) in [("id", &section.id), ("title", &section.title), ("caption", &section.caption)] {
        write!(out, "      \"{key}\": ")?;
        value(out, &*harmless(text))?;
        out.write_all(b",\n")?;
    }
    list(out, "      ", "columns", section.columns.iter().map(About::from))?;
    out.write_all(b",\n      \"totals\": ")?;
    value(out, &Totals(&section.totals))?;
    out.write_all(b",\n")?;
    list(out, "      ", "remarks", section.remarks.iter().map(|remark| harmless(remark)))?;
    out.write_all(b",\n")?;
    let reader = section.table.reader();
    let rows = (0..section.table.height()).map(|at| JsonRow { columns: &section.columns, reader: &reader, at });
    list(out, "      ", "rows", rows)?;
    out.write_all(b"\n    }")
}

/// `"key": [` … `]`, each item on a line of its own.
fn list<T: Serialize>(out: &mut dyn Write, indent: &str, key: &str, items: impl Iterator<Item = T>) -> io::Result<()> {
    write!(out, "{indent}\"{key}\": [")?;
    let mut any = false;
    for item in items {
        write!(out, "{}\n{indent}  ", if any { "," } else { "" })?;
        value(out, &item)?;
        any = true;
    }
    if any {
        write!(out, "\n{indent}")?;
    }
    out.write_all(b"]")
}

fn value<T: Serialize + ?Sized>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    Ok(serde_json::to_writer(out, value)?)
}

/// One row as an object.
pub(super) struct JsonRow<'a> {
    pub(super) columns: &'a [Column],
    pub(super) reader: &'a TableReader<'a>,
    pub(super) at: usize,
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (column_at, column) in self.columns.iter().enumerate() {
            map.serialize_entry(&column.name, &Value(self.reader.cell(self.at, column_at), column.kind))?;
        }
        map.end()
    }
}

struct Value<'a>(Cell<'a>, ColumnKind);

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match cell::settle(self.0, self.1) {
            Cell::Null => serializer.serialize_unit(),
            Cell::Text(text) => serializer.serialize_str(&harmless(text)),
            Cell::Int(value) => serializer.serialize_i64(value),
            Cell::Float(value) => serializer.serialize_f64(value),
            Cell::Flag(value) => serializer.serialize_bool(value),
            time @ (Cell::Instant(_) | Cell::Day(_)) => {
                let mut text = String::with_capacity(20);
                cell::push(&mut text, time, self.1);
                serializer.serialize_str(&text)
            }
        }
    }
}

/// What was asked as names and values, an object that keeps their order.
pub(super) struct Values<'a>(pub(super) &'a [Parameter]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|asked| (asked.name, AskedValue(&asked.value))))
    }
}

struct AskedValue<'a>(&'a ParameterValue);

impl Serialize for AskedValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ParameterValue::Usual => serializer.serialize_unit(),
            ParameterValue::Flag(flag) => serializer.serialize_bool(*flag),
            ParameterValue::Number(number) => serializer.serialize_i64(*number),
            ParameterValue::Numbers(numbers) => serializer.collect_seq(numbers),
            ParameterValue::Text(text) => serializer.serialize_str(&harmless(text)),
            ParameterValue::Texts(texts) => serializer.collect_seq(texts.iter().map(|text| harmless(text))),
        }
    }
}

/// Labels and sums as an object that keeps their order.
struct Totals<'a>(&'a [(String, i64)]);

impl Serialize for Totals<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(label, sum)| (harmless(label), sum)))
    }
}

/// The numbers that lead a report, as an object.
#[derive(serde::Serialize)]
pub(super) struct Leading<'a> {
    accounts: i64,
    entities: i64,
    dumps_incomplete: i64,
    oldest_as_of: Option<String>,
    newest_as_of: Option<String>,
    services: LeadingOf<'a>,
    actions: LeadingOf<'a>,
}

impl<'a> From<&'a Headline> for Leading<'a> {
    fn from(headline: &'a Headline) -> Self {
        Self {
            accounts: headline.accounts,
            entities: headline.entities,
            dumps_incomplete: headline.dumps_incomplete,
            oldest_as_of: headline.oldest.map(spelt),
            newest_as_of: headline.newest.map(spelt),
            services: LeadingOf::from(&headline.services),
            actions: LeadingOf::from(&headline.actions),
        }
    }
}

pub(super) fn spelt(at: Instant) -> String {
    let mut text = String::with_capacity(20);
    cell::push(&mut text, Cell::Instant(at), ColumnKind::Instant);
    text
}

#[derive(serde::Serialize)]
struct LeadingOf<'a> {
    granted: i64,
    active: i64,
    stale: i64,
    unused: i64,
    unknown: i64,
    unknown_because: Reasons<'a>,
    aws_controlled: i64,
    listed_with_service: i64,
    kept_by_decision: i64,
    to_review: i64,
}

impl<'a> From<&'a Permissions> for LeadingOf<'a> {
    fn from(of: &'a Permissions) -> Self {
        Self {
            granted: of.granted,
            active: of.active,
            stale: of.stale,
            unused: of.unused,
            unknown: of.unknown,
            unknown_because: Reasons(&of.unknown_because),
            aws_controlled: of.aws_controlled,
            listed_with_service: of.listed_with_service,
            kept_by_decision: of.kept_by_decision,
            to_review: of.to_review,
        }
    }
}

struct Reasons<'a>(&'a [(UnknownReason, i64)]);

impl Serialize for Reasons<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(reason, count)| (reason.as_str(), count)))
    }
}

/// How the inputs fared, as an object.
#[derive(serde::Serialize)]
pub(super) struct Inputs {
    found: usize,
    read: usize,
    skipped: usize,
    failed: usize,
}

impl From<InputCounts> for Inputs {
    fn from(InputCounts { found, read, skipped, failed }: InputCounts) -> Self {
        Self { found, read, skipped, failed }
    }
}

#[derive(serde::Serialize)]
#[expect(clippy::struct_field_names, reason = "as in the document")]
struct About<'a> {
    name: Cow<'a, str>,
    r#type: &'static str,
    about: Cow<'a, str>,
}

impl<'a> From<&'a Column> for About<'a> {
    fn from(column: &'a Column) -> Self {
        let Column { name, kind, about } = column;
        Self { name: harmless(name), r#type: words::kind(*kind), about: harmless(about) }
    }
}

#[derive(serde::Serialize)]
struct NotRead<'a> {
    source: Cow<'a, str>,
    place: Cow<'a, str>,
    kind: &'static str,
    severity: &'static str,
    what: Cow<'a, str>,
    advice: Cow<'a, str>,
}

impl<'a> From<&'a Problem> for NotRead<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            source: harmless(&problem.source),
            place: harmless(&problem.place),
            kind: problem.kind.code(),
            severity: problem.severity().as_str(),
            what: harmless(&problem.what),
            advice: harmless(&problem.advice),
        }
    }
}
