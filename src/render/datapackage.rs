//! `datapackage.json` of a report folder: what the columns of each CSV file are, in the words of the Data Package standard
//! (<https://datapackage.org>). A program that reads it keeps an account's leading zeros and knows a date from a text.

use std::io::{self, Write};

use serde::Serialize;

use super::{CsvDialect, WrittenFile};
use crate::report::people::label;
use crate::report::{Column, ColumnKind, Report, Section};

/// The name of the file.
pub const DATA_PACKAGE: &str = "datapackage.json";

/// Writes the description of those sections of `report` that are among `files` as CSV.
///
/// # Errors
/// What `out` reports.
pub fn write_data_package(
    report: &Report,
    files: &[WrittenFile],
    dialect: CsvDialect,
    out: &mut dyn Write,
) -> io::Result<()> {
    let of_section = |section| written(section, files).map(|file| Resource::of(section, file));
    let guard = match dialect {
        CsvDialect::Excel => " A text that a spreadsheet would take for a formula begins with an apostrophe.",
        CsvDialect::Plain => "",
    };
    let package = Package {
        schema: "https://datapackage.org/profiles/2.0/datapackage.json",
        name: "iam-access-audit",
        title: &report.title,
        description: format!("Which IAM permissions nobody uses. manifest.json says what it rests on.{guard}"),
        resources: report.sections.iter().filter_map(of_section).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &package)?;
    out.write_all(b"\n")
}

/// The CSV file of a section, where it is written.
fn written<'f>(section: &Section, files: &'f [WrittenFile]) -> Option<&'f WrittenFile> {
    files.iter().find(|file| file.path.strip_suffix(".csv") == Some(section.id.as_str()))
}

#[derive(Serialize)]
struct Package<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    name: &'static str,
    title: &'a str,
    description: String,
    resources: Vec<Resource<'a>>,
}

/// One file.
#[derive(Serialize)]
struct Resource<'a> {
    name: &'a str,
    r#type: &'static str,
    title: &'a str,
    description: &'a str,
    path: &'a str,
    format: &'static str,
    mediatype: &'static str,
    encoding: &'static str,
    bytes: u64,
    hash: String,
    schema: TableSchema<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TableSchema<'a> {
    fields: Vec<PackageField<'a>>,
    /// An empty cell is not recorded, or does not apply; it is never 0.
    missing_values: [&'static str; 1],
}

#[derive(Serialize)]
struct PackageField<'a> {
    name: &'a str,
    r#type: &'static str,
    title: String,
    description: &'a str,
}

impl<'a> Resource<'a> {
    fn of(section: &'a Section, file: &'a WrittenFile) -> Self {
        Self {
            name: &section.id,
            r#type: "table",
            title: &section.title,
            description: &section.caption,
            path: &file.path,
            format: "csv",
            mediatype: "text/csv",
            encoding: "utf-8",
            bytes: file.bytes,
            hash: format!("sha256:{}", file.sha256),
            schema: TableSchema {
                fields: section.columns.iter().map(PackageField::from).collect(),
                missing_values: [""],
            },
        }
    }
}

impl<'a> From<&'a Column> for PackageField<'a> {
    fn from(column: &'a Column) -> Self {
        let r#type = match column.kind {
            ColumnKind::Text => "string",
            ColumnKind::Count | ColumnKind::Days => "integer",
            ColumnKind::Percent | ColumnKind::Ratio => "number",
            ColumnKind::Instant => "datetime",
            ColumnKind::Date => "date",
            ColumnKind::Flag => "boolean",
        };
        Self { name: &column.name, r#type, title: label(&column.name), description: &column.about }
    }
}
