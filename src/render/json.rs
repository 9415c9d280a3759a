//! A whole report as one JSON object: pretty outside, one row per line, so that both people and `grep` can read it.
//!
//! Characters that act instead of being seen are spelt out in every text. Numbers are numbers (rounded as everywhere), instants and days strings, null is null and flags are booleans. The frame of the
//! object is written by hand and every value by `serde_json`: no row is held longer than it takes to write it.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{cell, words};
use crate::frame::{Cell, TableReader};
use crate::problem::Problem;
use crate::report::{Column, ColumnKind, InputCounts, Report, Section};
use crate::util::sanitize::harmless;

/// Writes the whole report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\n  \"title\": ")?;
    value(out, &*harmless(&report.title))?;
    out.write_all(b",\n  \"parameters\": ")?;
    value(out, &Pairs(&report.parameters))?;
    out.write_all(b",\n  \"inputs\": ")?;
    value(out, &Inputs::from(report.inputs))?;
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
    list(
        out,
        "      ",
        "columns",
        section.columns.iter().map(|c| About { name: harmless(&c.name), about: harmless(&c.about) }),
    )?;
    out.write_all(b",\n      \"totals\": ")?;
    value(out, &Pairs(&section.totals))?;
    out.write_all(b",\n")?;
    list(out, "      ", "remarks", section.remarks.iter().map(|remark| harmless(remark)))?;
    out.write_all(b",\n")?;
    let reader = section.table.reader();
    let rows = (0..section.table.height()).map(|at| Row { columns: &section.columns, reader: &reader, at });
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
pub(super) struct Row<'a> {
    pub(super) columns: &'a [Column],
    pub(super) reader: &'a TableReader<'a>,
    pub(super) at: usize,
}

impl Serialize for Row<'_> {
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

/// Labels and values as an object that keeps their order.
pub(super) struct Pairs<'a>(pub(super) &'a [(String, String)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(label, value)| (harmless(label), harmless(value))))
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
struct About<'a> {
    name: Cow<'a, str>,
    about: Cow<'a, str>,
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
