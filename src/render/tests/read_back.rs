//! CSV, JSON, JSON lines and Parquet, read back by other code than wrote them, give the same cells.

use polars::prelude::*;
use polars_io::prelude::{ParquetReader, SerReader};
use serde_json::Value;

use super::sample::{HOSTILE, kinds, names, report_of};
use crate::render::{Format, RenderOptions, cell, render};
use crate::report::Section;

fn bytes(section: Section, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    render(&report_of(section), format, &RenderOptions::default(), &mut out).expect("a sound report");
    out
}

/// The CSV with the apostrophes taken away again as its module head says; header first.
fn from_csv(section: Section) -> Vec<Vec<String>> {
    let csv = bytes(section, Format::Csv);
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_slice());
    let unguarded = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    reader.records().map(|row| row.expect("RFC 4180").iter().map(unguarded).collect()).collect()
}

/// JSON rows as the texts that CSV would hold, header first.
fn as_texts(section: &Section, rows: &[Value]) -> Vec<Vec<String>> {
    let header: Vec<String> = section.columns.iter().map(|column| column.name.clone()).collect();
    let texts = rows.iter().map(|row| {
        let cells = section.columns.iter().map(|column| match (&row[&column.name], cell::decimals(column.kind)) {
            (Value::Null, _) => String::new(),
            (Value::String(text), _) => text.clone(),
            (Value::Number(number), Some(places)) => {
                format!("{:.*}", usize::from(places), number.as_f64().expect("a float"))
            }
            (other, _) => other.to_string(),
        });
        cells.collect()
    });
    std::iter::once(header).chain(texts).collect()
}

fn from_parquet(section: Section) -> DataFrame {
    let parquet = bytes(section, Format::Parquet);
    ParquetReader::new(std::io::Cursor::new(parquet)).finish().expect("a sound file")
}

#[test]
fn csv_and_json_and_json_lines_hold_the_same_cells() {
    for section in [kinds(), names()] {
        let csv = from_csv(section.clone());
        assert_eq!(csv.len(), section.table.height() + 1);
        let json: Value = serde_json::from_slice(&bytes(section.clone(), Format::Json)).expect("JSON");
        let rows = json["sections"][0]["rows"].as_array().expect("a list of rows");
        assert_eq!(as_texts(&section, rows), csv);
        let lines = String::from_utf8(bytes(section.clone(), Format::Jsonl)).expect("UTF-8");
        let rows: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(as_texts(&section, &rows), csv);
    }
}

#[test]
fn hostile_names_survive_csv() {
    let cells: Vec<String> = from_csv(names()).into_iter().skip(1).map(|row| row[0].clone()).collect();
    assert_eq!(cells, HOSTILE.map(|name| crate::util::sanitize::harmless(name).into_owned()));
}

#[test]
fn parquet_holds_the_same_cells_as_csv() {
    for section in [kinds(), names()] {
        let read = Section { table: crate::frame::Table::new(from_parquet(section.clone())), ..section.clone() };
        assert_eq!(from_csv(read), from_csv(section));
    }
}

#[test]
fn parquet_types_are_those_that_every_reader_knows() {
    let frame = from_parquet(kinds());
    let instant = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    let expected = [
        DataType::String,
        DataType::String,
        DataType::String,
        DataType::String,
        DataType::UInt32,
        DataType::Int64,
        DataType::Int64,
        DataType::Float64,
        DataType::Float64,
        instant,
        DataType::Date,
        DataType::Boolean,
    ];
    assert_eq!(frame.dtypes(), expected);
    let percent = frame.column("unused_pct").expect("there").f64().expect("floats");
    assert_eq!(percent.get(0), Some(33.3));
    assert!(percent.get(3).is_some_and(|zero| zero == 0.0 && zero.is_sign_positive()));
    assert_eq!(frame.column("jaccard").expect("there").null_count(), 2, "a number that is none is null");
}

#[test]
fn tables_keep_their_full_precision() {
    let mut out = Vec::new();
    let table = kinds().table;
    let frames: crate::frame::Frames = Box::new(|sink| table.frames().try_for_each(sink));
    let rows = crate::render::write_parquet_table(&frames, &mut out).expect("a sound table");
    assert_eq!(rows, table.height() as u64);
    let frame = ParquetReader::new(std::io::Cursor::new(out)).finish().expect("a sound file");
    let percent = frame.column("unused_pct").expect("there").f64().expect("floats");
    assert_eq!(percent.get(0), Some(100.0 / 3.0));
}
