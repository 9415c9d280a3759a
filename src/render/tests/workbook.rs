//! Workbooks of hand-built reports: what a cell cannot hold, and what a sheet cannot hold, with limits small enough to reach.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use polars::prelude::{Column as Values, DataFrame, IntoColumn, NamedFrom, Series};

use super::sample::{HOSTILE, kinds, names, report, report_of};
use crate::frame::Table;
use crate::render::xlsx::{SheetLimits, write_within};
use crate::report::{Column, ColumnKind, Report, Section};

type Book = Xlsx<Cursor<Vec<u8>>>;

fn book(report: &Report, limits: SheetLimits) -> Book {
    let mut bytes = Vec::new();
    write_within(report, limits, &mut bytes).expect("a sound report");
    calamine::open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook")
}

/// The head of column `name`, as Definitions has it. What is made of several columns for people has the name of one of them, which comes later.
fn head(book: &mut Book, sheet: &str, name: &str) -> usize {
    let range = book.worksheet_range("Definitions").expect("definitions");
    let of_sheet: Vec<_> = range.rows().filter(|row| row[0] == word(sheet)).collect();
    of_sheet.iter().rposition(|row| row[4] == word(name)).unwrap_or_else(|| panic!("{sheet} has no {name}"))
}

/// The texts of a sheet, row by row.
fn texts(book: &mut Book, sheet: &str) -> Vec<Vec<String>> {
    let range = book.worksheet_range(sheet).unwrap_or_else(|e| panic!("{sheet}: {e}"));
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

fn values(book: &mut Book, column: &str) -> Vec<Data> {
    let column = head(book, "Kinds", column);
    let range = book.worksheet_range("Kinds").expect("a sheet");
    let header = range.rows().position(|row| row[1] != Data::Empty).expect("a header");
    range.rows().skip(header + 1).map(|row| row[column].clone()).collect()
}

#[test]
fn hostile_names_are_texts_to_the_letter() {
    let mut book = book(&report(), SheetLimits::EXCEL);
    let rows = texts(&mut book, "Names");
    let header = rows.iter().position(|row| row[0] == "-name").expect("a header");
    let found: Vec<&str> = rows[header + 1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(found, HOSTILE);
}

#[test]
fn every_kind_is_written_as_what_it_is() {
    let mut book = book(&report_of(kinds()), SheetLimits::EXCEL);
    assert_eq!(values(&mut book, "grants")[1], Data::Float(4_294_967_295.0), "a count");
    assert_eq!(values(&mut book, "change_of_grants")[0], Data::Float(-5.0), "a negative count");
    let largest = &values(&mut book, "change_of_grants")[2];
    assert_eq!(*largest, Data::String(i64::MAX.to_string()), "what a float cannot hold stays whole");
    assert_eq!(values(&mut book, "unused_pct")[0], Data::Float(0.333), "rounded as everywhere, a share");
    assert_eq!(values(&mut book, "jaccard")[1], Data::Empty, "a number that is none");
    let times = values(&mut book, "last_accessed");
    assert!(
        matches!(&times[0], Data::DateTime(at) if at.to_ymd_hms_milli() == (2026, 4, 1, 1, 53, 35, 0)),
        "{times:?}"
    );
    assert_eq!(times[2], Data::Empty);
    assert!(
        matches!(&values(&mut book, "date")[0], Data::DateTime(at) if at.to_ymd_hms_milli() == (2026, 4, 1, 0, 0, 0, 0))
    );
    assert_eq!(values(&mut book, "aws_controlled")[0], Data::Bool(true));
}

#[test]
fn rows_beyond_the_limit_go_on_on_the_next_sheet() {
    // Title, caption, the line about the continuation, header: seven rows are left for names.
    let mut book = book(&report_of(names()), SheetLimits { rows: 11, ..SheetLimits::EXCEL });
    assert_eq!(book.sheet_names()[..3], ["Summary", "Names", "Names (2)"]);
    let (first, second) = (texts(&mut book, "Names"), texts(&mut book, "Names (2)"));
    assert_eq!(first[2][0], "Rows 1 to 7 of 12: more than one sheet can hold. The rest is on the sheet “Names (2)”.");
    assert_eq!(second[2][0], "Rows 8 to 12 of 12: more than one sheet can hold. They continue the sheet “Names”.");
    assert_eq!(first[3], second[3], "both have the header");
    assert_eq!((first.len(), second.len()), (11, 4 + 5));
    let found: Vec<&str> = first[4..].iter().chain(&second[4..]).map(|row| row[0].as_str()).collect();
    assert_eq!(found, HOSTILE, "every row once, in order");
    let summary = texts(&mut book, "Summary");
    assert!(summary.iter().flatten().any(|text| text.contains("Rows 8 to 12 of 12")), "the summary says so too");
}

#[test]
fn a_table_that_just_fits_is_not_cut() {
    let whole = book(&report_of(names()), SheetLimits { rows: 15, ..SheetLimits::EXCEL });
    assert!(!whole.sheet_names().contains(&"Names (2)".to_owned()));
    let cut = book(&report_of(names()), SheetLimits { rows: 14, ..SheetLimits::EXCEL });
    assert!(cut.sheet_names().contains(&"Names (2)".to_owned()));
}

fn section(id: &str, columns: &[(&str, &[Option<&str>])]) -> Section {
    let values: Vec<Values> =
        columns.iter().map(|(name, cells)| Series::new((*name).into(), *cells).into_column()).collect();
    let described =
        |(name, _): &(&str, _)| Column { name: (*name).into(), kind: ColumnKind::Text, about: "A word.".into() };
    Section {
        id: id.into(),
        columns: columns.iter().map(described).collect(),
        table: Table::new(DataFrame::new_infer_height(values).expect("columns of one height")),
        remarks: Vec::new(),
        ..names()
    }
}

/// Two accounts have an entity under one ARN, as with policies of AWS.
fn long() -> Section {
    let columns: [(&str, &[Option<&str>]); 4] = [
        ("entity_arn", &[Some("p"), Some("p"), Some("q"), Some("q")]),
        ("service_namespace", &[Some("s3"), Some("s3"), Some("ec2"), Some("s3")]),
        ("cell", &[Some("7"), Some("unused"), Some("unknown"), Some("400")]),
        ("account_id", &[Some("1"), Some("2"), Some("1"), Some("1")]),
    ];
    section("compare", &columns)
}

fn matrix() -> Section {
    let columns: [(&str, &[Option<&str>]); 4] = [
        ("service_namespace", &[Some("ec2"), Some("s3")]),
        ("p (1)", &[None, Some("7")]),
        ("p (2)", &[None, Some("unused")]),
        ("q", &[Some("unknown"), Some("400")]),
    ];
    section("compare", &columns)
}

fn compared(section: Section, columns: usize) -> (String, Vec<Vec<Data>>) {
    let mut book = book(&report_of(section), SheetLimits { columns, ..SheetLimits::EXCEL });
    let range = book.worksheet_range("Compare").expect("a sheet");
    let is_header = |row: &[Data]| {
        row.len() > 2 && ["Service", "Entity", "ARN"].contains(&row[0].to_string().as_str()) && row[1] != Data::Empty
    };
    let header = range.rows().position(is_header).expect("a header");
    let lead = range.rows().take(header).map(|row| row[0].to_string()).collect::<Vec<_>>().join("\n");
    (lead, range.rows().skip(header).map(<[Data]>::to_vec).collect())
}

fn word(text: &str) -> Data {
    Data::String(text.to_owned())
}

#[test]
fn compare_is_a_matrix_whichever_form_it_comes_in() {
    let expected = vec![
        vec![word("Service"), word("p\n1"), word("p\n2"), word("q")],
        vec![word("ec2"), Data::Empty, Data::Empty, word("unknown")],
        vec![word("s3"), Data::Float(7.0), word("unused"), Data::Float(400.0)],
    ];
    assert_eq!(compared(long(), 4).1, expected);
    assert_eq!(compared(matrix(), 4).1, expected);
}

#[test]
fn compare_with_too_many_entities_is_long_and_says_so() {
    let (lead, rows) = compared(long(), 3);
    assert!(lead.contains("In the long form: 3 entities are more than a sheet has columns."), "{lead}");
    assert_eq!(rows[1], [word("p"), word("1"), word("s3"), Data::Float(7.0), word("p")]);
    assert_eq!(rows.len(), 1 + 4);

    let (lead, rows) = compared(matrix(), 3);
    assert!(lead.contains("In the long form: 3 entities are more than a sheet has columns."), "{lead}");
    let expected = vec![
        vec![word("ARN"), word("Service"), word("Last used, days")],
        vec![word("p (1)"), word("s3"), Data::Float(7.0)],
        vec![word("p (2)"), word("s3"), word("unused")],
        vec![word("q"), word("ec2"), word("unknown")],
        vec![word("q"), word("s3"), Data::Float(400.0)],
    ];
    assert_eq!(rows, expected);
}
