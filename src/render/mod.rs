//! Reports to bytes, and bytes to files that are never half-written.
//!
//! Comes in: a finished [`Report`]. Goes out: one format's bytes, or files. Nothing here computes a number; `cell` decides once
//! how a value is spelt, each format escapes what could mean something else in it, and [`output`] and [`folder`] see to it
//! that a reader finds a whole file or none.

mod audit;
mod cell;
mod csv;
mod datapackage;
mod findings;
pub mod folder;
mod html;
mod json;
mod jsonl;
mod manifest;
mod markdown;
pub mod output;
mod parquet;
mod people;
mod place;
mod screen;
mod table;
mod words;
mod xlsx;

#[cfg(test)]
mod tests;

use std::io::{self, Write};

use polars::prelude::PolarsError;
use rust_xlsxwriter::XlsxError;

use crate::model::Day;
use crate::report::{Report, Section};

pub use datapackage::{DATA_PACKAGE, write_data_package};
pub use findings::{AsffFile, asff_files, write_asff};
pub use manifest::{AuditManifest, WrittenFile};
pub use parquet::write_table as write_parquet_table;

/// Every format a report can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Table,
    /// RFC 4180, one section.
    Csv,
    /// GitHub-flavoured Markdown.
    Md,
    /// One object with everything.
    Json,
    /// One object per row, one section.
    Jsonl,
    /// Apache Parquet, one section.
    Parquet,
    /// A workbook for spreadsheet programs, with everything.
    Xlsx,
    /// One page for a browser, with everything.
    Html,
    /// Findings as OCSF events, one per line.
    Ocsf,
    /// Findings for AWS Security Hub, in files of what one call takes.
    Asff,
    /// Issues for Jira's import of CSV.
    Jira,
}

impl Format {
    /// Every format that any report can be written in, in the order in which help lists them.
    pub const ALL: &'static [Self] =
        &[Self::Table, Self::Csv, Self::Md, Self::Json, Self::Jsonl, Self::Parquet, Self::Xlsx, Self::Html];

    /// The formats of `unused`: its rows can be findings for other programs too.
    pub const OF_UNUSED: &'static [Self] = &[
        Self::Table,
        Self::Csv,
        Self::Md,
        Self::Json,
        Self::Jsonl,
        Self::Parquet,
        Self::Xlsx,
        Self::Html,
        Self::Ocsf,
        Self::Asff,
        Self::Jira,
    ];

    /// The spelling on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Md => "md",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Ocsf => "ocsf",
            Self::Asff => "asff",
            Self::Jira => "jira",
        }
    }

    /// The format spelt `text`, if there is one; spelling is exact.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::OF_UNUSED.iter().copied().find(|format| format.as_str() == text)
    }

    /// The usual ending of a file name, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Table => "txt",
            other => other.as_str(),
        }
    }

    /// Whether the bytes would upset a terminal, or tell a reader there nothing.
    #[must_use]
    pub const fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Xlsx | Self::Html)
    }

    /// Whether the format is written to a named file only: nothing reads it from a pipe.
    #[must_use]
    pub const fn needs_file(self) -> bool {
        matches!(self, Self::Xlsx)
    }

    /// Whether each row becomes a finding for another program.
    #[must_use]
    pub const fn is_of_findings(self) -> bool {
        matches!(self, Self::Ocsf | Self::Asff | Self::Jira)
    }

    /// Whether the format has room for exactly one table, and so for one section.
    #[must_use]
    pub const fn holds_one_table(self) -> bool {
        matches!(self, Self::Csv | Self::Jsonl | Self::Parquet) || self.is_of_findings()
    }
}

/// Where bytes go. Who writes them may do so while others spell the next, on another thread.
pub type Out<'o> = dyn Write + Send + 'o;

/// What a format may need to know beside the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderOptions {
    /// The most rows that a Markdown table shows; 0 shows all.
    pub max_rows: usize,
    /// The file that holds all rows, named where a Markdown table or a page is cut; `{id}` in it stands for the section's id.
    pub full_table_at: Option<String>,
    /// The files of the same folder that hold every table: `report.html`, `report.xlsx`, `report.json`.
    pub beside: Vec<&'static str>,
    /// The width of the terminal in columns; `None` lets a terminal table be as wide as its content.
    pub width: Option<u16>,
    /// The most rows that a terminal table shows; `None` shows all.
    pub limit: Option<usize>,
    /// Whether a table for people has every column, the ARN too, whatever the width.
    pub wide: bool,
    /// The columns of a table for people, by machine name or short name; none leaves the choice to the report.
    pub columns: Vec<String>,
    /// How CSV guards texts.
    pub csv: CsvDialect,
    /// Whether verdicts in a terminal table are colored.
    pub color: bool,
    /// The day on which a person reads it at a terminal; what is written to files knows no clock.
    pub today: Option<Day>,
}

/// How CSV guards texts that a spreadsheet could run as a formula.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CsvDialect {
    /// An apostrophe goes before them.
    #[default]
    Excel,
    /// They are written as they are, for programs that join by names.
    Plain,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            max_rows: 200,
            full_table_at: None,
            beside: Vec::new(),
            width: None,
            limit: None,
            wide: false,
            columns: Vec::new(),
            csv: CsvDialect::Excel,
            color: false,
            today: None,
        }
    }
}

/// Why a report could not be written in a format.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The format has room for one table only.
    #[error("{format} holds one table, and this report has {sections}: ask for one report alone, or for md, json or html",
        format = .format.as_str())]
    NotOneTable {
        /// The format asked for.
        format: Format,
        /// How many sections the report has.
        sections: usize,
    },
    /// The format is several files.
    #[error("{} is written into a folder: give -o DIR", .0.as_str())]
    NeedsFolder(Format),
    /// The bytes could not be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The Parquet encoder refused.
    #[error("cannot encode as Parquet")]
    Parquet(#[source] PolarsError),
    /// The workbook encoder refused.
    #[error("cannot encode as a workbook")]
    Workbook(#[source] XlsxError),
}

/// Writes `report` to `out` as `format`. `out` should be buffered; it is not flushed.
///
/// # Errors
/// [`RenderError::NotOneTable`] and [`RenderError::NeedsFolder`] before anything is written, else what `out` or an encoder reports.
pub fn render(report: &Report, format: Format, options: &RenderOptions, out: &mut Out) -> Result<(), RenderError> {
    match format {
        Format::Table => screen::write(report, options, out)?,
        Format::Csv => csv::write(only_section(report, format)?, options.csv, out)?,
        Format::Md => markdown::write(report, options, out)?,
        Format::Json => json::write(report, out)?,
        Format::Jsonl => jsonl::write(only_section(report, format)?, out)?,
        Format::Parquet => parquet::write(only_section(report, format)?, out)?,
        Format::Xlsx => xlsx::write(report, out)?,
        Format::Html => html::write(report, options, out)?,
        Format::Ocsf => findings::write_ocsf(only_section(report, format)?, out)?,
        Format::Jira => findings::write_jira(only_section(report, format)?, options.csv, out)?,
        Format::Asff => return Err(RenderError::NeedsFolder(format)),
    }
    Ok(())
}

fn only_section(report: &Report, format: Format) -> Result<&Section, RenderError> {
    match report.sections.as_slice() {
        [section] => Ok(section),
        sections => Err(RenderError::NotOneTable { format, sections: sections.len() }),
    }
}
