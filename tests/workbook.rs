//! The workbook, read back by a reader that shares no code with its writer: it says what the CSV files say, and holds no formula.

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use calamine::{Data, Reader, Xlsx};

/// The CSV files of a report folder and the sheets that hold the same rows. `compare` is a matrix in the workbook.
const SHEETS: [(&str, &str); 10] = [
    ("summary", "Summary"),
    ("services", "Services"),
    ("unused-services", "Unused services"),
    ("unused-actions", "Unused actions"),
    ("staleness", "Staleness"),
    ("roles", "Roles"),
    ("pairs", "Pairs"),
    ("trend", "Trend"),
    ("diff", "Diff"),
    ("sources", "Sources"),
];
/// Columns whose values may look like numbers and are none.
const NAMES: [&str; 7] =
    ["account_id", "account_a", "account_b", "entity_name", "service_namespace", "action_name", "member"];
/// What a reader fills in.
const TO_FILL_IN: [&str; 3] = ["Decision", "Owner", "Comment"];

fn dormant(arguments: &[&str]) -> Output {
    let sample_data = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    Command::new(env!("CARGO_BIN_EXE_dormant")).args(arguments).current_dir(sample_data).output().expect("runs")
}

/// A report of `story`, in a folder that lives as long as the first value.
fn report(story: &str, more: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folder = home.path().join("audit");
    let arguments = [&["report", story, "-o", folder.to_str().expect("UTF-8")], more].concat();
    let output = dormant(&arguments);
    assert!(folder.join("report.xlsx").exists(), "{}", String::from_utf8_lossy(&output.stderr));
    (home, folder)
}

fn open(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    calamine::open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook")
}

fn workbook(folder: &Path) -> Xlsx<Cursor<Vec<u8>>> {
    open(fs::read(folder.join("report.xlsx")).expect("readable"))
}

/// The CSV with its guard against formulas taken away, as the documentation says.
fn csv(text: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    let unguarded = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    reader.records().map(|row| row.expect("CSV").iter().map(unguarded).collect()).collect()
}

/// The rows of a sheet from the one that begins with `first`.
fn rows_from(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str, first: &str) -> Vec<Vec<Data>> {
    let range = book.worksheet_range(sheet).unwrap_or_else(|e| panic!("{sheet}: {e}"));
    let begins = |row: &&[Data]| matches!(&row[0], Data::String(text) if text == first);
    range.rows().skip_while(|row| !begins(row)).map(<[Data]>::to_vec).collect()
}

/// Whether `cell` says what the CSV says, as the type that it is meant to have.
fn agrees(cell: &Data, text: &str, column: &str) -> bool {
    let is_name = NAMES.contains(&column);
    match cell {
        Data::Empty => text.is_empty(),
        Data::String(string) => string == text && (is_name || text.parse::<f64>().is_err()) && !is_date(text),
        Data::Float(number) => !is_name && text.parse() == Ok(*number),
        Data::Int(number) => !is_name && text.parse() == Ok(*number),
        Data::Bool(flag) => text == flag.to_string(),
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            milli == 0 && (text == date || text == format!("{date}T{hour:02}:{minute:02}:{second:02}Z"))
        }
        _ => false,
    }
}

fn is_date(text: &str) -> bool {
    let digits = |part: &str, n| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    matches!(parts.as_slice(), [year, month, day] if digits(year, 4) && digits(month, 2) && digits(&day[..day.len().min(2)], 2))
}

fn assert_same(sheet: &str, found: &[Vec<Data>], expected: &[Vec<String>], is_removal: bool) {
    assert!(found.len() >= expected.len(), "{sheet}: {} rows of {}", found.len(), expected.len());
    let header = &expected[0];
    for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(found.len() >= header.len(), "{sheet}: row {number} is short");
        for (at, text) in expected.iter().enumerate() {
            assert!(
                agrees(&found[at], text, &header[at]),
                "{sheet}, row {number}, {}: {:?} is not {text:?}",
                header[at],
                found[at]
            );
        }
        let to_fill_in = &found[header.len()..];
        if is_removal && number == 0 {
            assert_eq!(to_fill_in, TO_FILL_IN.map(|name| Data::String(name.to_owned())));
        } else {
            assert!(to_fill_in.iter().all(|cell| *cell == Data::Empty), "{sheet}, row {number}: {to_fill_in:?}");
        }
    }
}

fn assert_holds_its_csv_files(story: &str) {
    let (_home, folder) = report(story, &[]);
    let mut book = workbook(&folder);
    for (stem, sheet) in SHEETS {
        let Ok(text) = fs::read(folder.join(format!("{stem}.csv"))) else {
            assert!(!book.sheet_names().contains(&sheet.to_owned()), "{story}: {sheet} has no CSV file");
            continue;
        };
        let expected = csv(&text);
        let mut found = rows_from(&mut book, sheet, &expected[0][0]);
        if stem == "summary" {
            // More stands below the accounts, after an empty row.
            assert!(found[expected.len()].iter().all(|cell| *cell == Data::Empty), "{story}: one row too many");
            found.truncate(expected.len());
        }
        assert_eq!(found.len(), expected.len(), "{story}: rows of {sheet}");
        assert_same(&format!("{story}: {sheet}"), &found, &expected, stem.starts_with("unused"));
    }
    let expected = csv(&dormant(&["compare", story, "--format", "csv"]).stdout);
    let found = rows_from(&mut book, "Compare", &expected[0][0]);
    assert_eq!(found.len(), expected.len(), "{story}: rows of Compare");
    assert_same(&format!("{story}: Compare"), &found, &expected, false);
}

#[test]
fn every_sheet_holds_the_rows_of_its_csv_file() {
    for story in ["estate", "two-accounts", "two-dates", "hostile-names", "service-linked", "truncated", "broken"] {
        assert_holds_its_csv_files(story);
    }
}

#[test]
fn the_sheets_stand_in_the_order_of_the_audit() {
    let (_home, folder) = report("estate", &[]);
    let names = [
        "Summary",
        "Services",
        "Unused services",
        "Unused actions",
        "Staleness",
        "Compare",
        "Roles",
        "Pairs",
        "Trend",
        "Diff",
        "Entities",
        "Sources",
        "Definitions",
    ];
    assert_eq!(workbook(&folder).sheet_names(), names);
    let (_home, folder) = report("broken", &[]);
    assert!(workbook(&folder).sheet_names().contains(&"Not read".to_owned()));
}

#[test]
fn every_column_is_defined() {
    let (_home, folder) = report("estate", &[]);
    let mut book = workbook(&folder);
    let text = |cell: &Data| cell.to_string();
    let defined: Vec<(String, String)> = rows_from(&mut book, "Definitions", "sheet")
        .iter()
        .filter(|row| !text(&row[3]).is_empty())
        .map(|row| (text(&row[0]), text(&row[1])))
        .collect();
    for (stem, sheet) in SHEETS {
        let columns = csv(&fs::read(folder.join(format!("{stem}.csv"))).expect("a file")).swap_remove(0);
        for column in columns {
            assert!(defined.contains(&(sheet.to_owned(), column.clone())), "{sheet}: {column}");
        }
    }
    for column in TO_FILL_IN {
        assert!(defined.contains(&("Unused actions".to_owned(), column.to_owned())), "{column}");
    }
}

/// The parts of the package whose names begin with `prefix`, by name.
fn parts(folder: &Path, prefix: &str) -> Vec<(String, String)> {
    let file = fs::File::open(folder.join("report.xlsx")).expect("readable");
    let mut package = zip::ZipArchive::new(file).expect("a ZIP");
    let names = package.file_names().map(|name| name.expect("a name").into_owned());
    let names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    let mut read = |name: String| {
        let mut text = String::new();
        package.by_name(&name).expect("there").read_to_string(&mut text).expect("UTF-8");
        (name, text)
    };
    names.into_iter().map(&mut read).collect()
}

#[test]
fn no_cell_is_a_formula_and_nothing_points_outside() {
    for story in ["hostile-names", "estate"] {
        let (_home, folder) = report(story, &[]);
        let sheets = parts(&folder, "xl/worksheets/sheet");
        assert!(sheets.len() >= 9, "{story}: {} sheets", sheets.len());
        for (name, sheet) in sheets {
            // Rules of colours have elements of other names.
            assert!(!sheet.contains("<f>") && !sheet.contains("<f "), "{story}: {name} holds a formula");
        }
        for (name, relations) in parts(&folder, "xl/") {
            assert!(!relations.contains("TargetMode=\"External\""), "{story}: {name} points outside");
        }
    }
    let (_home, folder) = report("hostile-names", &[]);
    let rows = rows_from(&mut workbook(&folder), "Unused services", "account_id");
    let names: Vec<String> = rows.iter().map(|row| row[2].to_string()).collect();
    for name in ["=1+1", "-2+3", "@SUM", "+ops", "backup,nightly"] {
        assert!(names.contains(&name.to_owned()), "{name} is not among {names:?}");
    }
}

#[test]
fn two_runs_give_the_same_bytes() {
    let (_home, one) = report("estate", &["--threads", "1"]);
    let (_home_2, two) = report("estate", &["--threads", "4"]);
    let bytes = |folder: &Path| fs::read(folder.join("report.xlsx")).expect("readable");
    assert!(bytes(&one) == bytes(&two), "the workbooks differ");
}

#[test]
fn sheets_are_made_to_be_worked_with() {
    let (_home, folder) = report("estate", &[]);
    let sheets = parts(&folder, "xl/worksheets/sheet");
    let with = |what: &str| sheets.iter().filter(|(_, sheet)| sheet.contains(what)).count();
    assert_eq!(with("<autoFilter "), sheets.len(), "filters");
    assert_eq!(with("state=\"frozen\""), sheets.len() - 1, "frozen heads, but for the summary");
    assert_eq!(with("orientation=\"landscape\""), sheets.len());
    assert_eq!(with("fitToPage=\"1\""), sheets.len());
    assert_eq!(with("\"remove,keep,ask\""), 2, "sheets with a column for decisions");
    assert_eq!(with("<colorScale>"), 5, "percentages of Summary, Services and Trend; Staleness; Compare");
    assert_eq!(with("<formula>\"unused\"</formula>"), 5, "both removal sheets, Diff, Compare, and Entities");
    assert_eq!(parts(&folder, "xl/charts/chart").len(), 2);
    let book = &parts(&folder, "xl/workbook.xml")[0].1;
    assert_eq!(book.matches("_xlnm.Print_Titles").count(), sheets.len() - 1, "heads on every page");
}

#[test]
fn a_single_report_is_a_workbook_too() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let file = home.path().join("services.xlsx");
    let path = file.to_str().expect("UTF-8");
    let output = dormant(&["services", "estate", "-o", path]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let mut book = open(fs::read(&file).expect("readable"));
    assert_eq!(book.sheet_names(), ["Summary", "Services", "Definitions"]);
    let expected = csv(&dormant(&["services", "estate", "--format", "csv"]).stdout);
    assert_same("Services", &rows_from(&mut book, "Services", "service_namespace"), &expected, false);
}

#[test]
fn a_workbook_is_not_written_to_a_pipe() {
    let output = dormant(&["services", "estate", "--format", "xlsx"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("give -o FILE"));
}
