//! The workbook, read back by a reader that shares no code with its writer: it says what the CSV files say, and holds no formula.

use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use calamine::{Data, Reader, Xlsx};

/// The CSV files of a report folder and the sheets that hold the same rows. `compare` is a matrix in the workbook.
const SHEETS: [(&str, &str); 13] = [
    ("summary", "Summary"),
    ("services", "Services"),
    ("unused-services", "Unused services"),
    ("unused-actions", "Unused actions"),
    ("staleness", "Staleness"),
    ("roles", "Roles"),
    ("pairs", "Pairs"),
    ("trend", "Trend"),
    ("diff", "Changes"),
    ("entities", "Entities"),
    ("credentials", "Credentials"),
    ("grants", "Grants"),
    ("sources", "Sources"),
];
/// Columns whose values may look like numbers and are none.
const NAMES: [&str; 8] =
    ["account_id", "account_a", "account_b", "entity_name", "service_namespace", "action_name", "member", "pattern"];
/// The sheets on which a reader decides.
const DECIDED: [&str; 3] = ["Unused services", "Unused actions", "Entities"];
/// What a reader fills in.
const TO_FILL_IN: [&str; 5] = ["Decision", "Owner", "Due", "Ticket", "Comment"];

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

/// The columns of a sheet, as Definitions has them: what stands in the head, and the name in files.
fn defined(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<(String, String)> {
    let range = book.worksheet_range("Definitions").expect("definitions");
    let of_sheet = range.rows().filter(|row| matches!(&row[0], Data::String(name) if name == sheet));
    of_sheet.map(|row| (row[1].to_string(), row[4].to_string())).collect()
}

/// The rows of a sheet, its head first.
fn rows_of(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<Vec<Data>> {
    let (first, _) = defined(book, sheet).swap_remove(0);
    let range = book.worksheet_range(sheet).unwrap_or_else(|e| panic!("{sheet}: {e}"));
    let is_head = |row: &&[Data]| row[0].to_string() == first && row[1] != Data::Empty;
    range.rows().skip_while(|row| !is_head(row)).map(<[Data]>::to_vec).collect()
}

/// Whether `cell` says what the CSV says, as the type that it is meant to have.
fn agrees(cell: &Data, text: &str, column: &str) -> bool {
    let is_name = NAMES.contains(&column);
    match cell {
        Data::Empty => text.is_empty(),
        Data::String(string) => string == text && (is_name || text.parse::<f64>().is_err()) && !is_date(text),
        // A percentage is a share, shown as one.
        Data::Float(share) if column.ends_with("_pct") => format!("{:.1}", share * 100.0) == text,
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
    // A path may begin with a date.
    let day = |text: &str| digits(text.split('T').next().unwrap_or_default(), 2);
    matches!(parts.as_slice(), [year, month, rest] if digits(year, 4) && digits(month, 2) && day(rest))
}

/// Holds the rows of a sheet against its CSV file: each column of the file is one of the sheet, which may stand elsewhere.
fn assert_same(what: &str, found: &[Vec<Data>], defined: &[(String, String)], expected: &[Vec<String>]) {
    assert_eq!(found.len(), expected.len(), "rows of {what}");
    let head: Vec<String> = found[0].iter().map(ToString::to_string).filter(|label| !label.is_empty()).collect();
    let labels: Vec<&String> = defined.iter().map(|(label, _)| label).collect();
    assert_eq!(head.iter().collect::<Vec<_>>(), labels, "{what}: the head");
    for (at, name) in expected[0].iter().enumerate() {
        // What is made of several columns for people has the name of one of them, which stands behind it as it is.
        let column = defined.iter().rposition(|(_, of)| of == name).unwrap_or_else(|| panic!("{what} has no {name}"));
        for (number, (found, expected)) in found.iter().zip(expected).enumerate().skip(1) {
            let (cell, text) = (&found[column], &expected[at]);
            assert!(agrees(cell, text, name), "{what}, row {number}, {name}: {cell:?} is not {text:?}");
        }
    }
}

/// What a reader fills in stands beside the finding, and is empty.
fn assert_asks_for_decisions(what: &str, found: &[Vec<Data>]) {
    let at = found[0]
        .iter()
        .position(|cell| matches!(cell, Data::String(label) if label == "Last used"))
        .expect("a finding")
        + 1;
    let head: Vec<String> = found[0][at..at + TO_FILL_IN.len()].iter().map(ToString::to_string).collect();
    assert_eq!(head, TO_FILL_IN, "{what}");
    assert_eq!(found[0][0].to_string(), "Entity", "{what}");
    let is_empty = |row: &Vec<Data>| row[at..at + TO_FILL_IN.len()].iter().all(|cell| *cell == Data::Empty);
    assert!(found[1..].iter().all(is_empty), "{what} has decisions");
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
        let mut found = rows_of(&mut book, sheet);
        if stem == "summary" {
            // More stands below the accounts, after an empty row.
            assert!(found[expected.len()].iter().all(|cell| *cell == Data::Empty), "{story}: one row too many");
            found.truncate(expected.len());
        }
        let what = format!("{story}: {sheet}");
        assert_same(&what, &found, &defined(&mut book, sheet), &expected);
        if DECIDED.contains(&sheet) {
            assert_asks_for_decisions(&what, &found);
        }
    }
    let expected = csv(&dormant(&["compare", story, "--format", "csv"]).stdout);
    let found = rows_of(&mut book, "Compare");
    assert_eq!(found.len(), expected.len(), "{story}: rows of Compare");
    for (found, row) in found.iter().zip(&expected).skip(1) {
        let same = found.iter().zip(row).zip(&expected[0]).all(|((cell, text), column)| agrees(cell, text, column));
        assert!(same && found.len() == row.len(), "{story}: Compare: {found:?} is not {row:?}");
    }
    // The head of an entity is its name above its account; its ARN is in the comment.
    assert_eq!(notes(&folder, "Compare"), expected[0], "{story}: Compare");
}

/// The first line of the comment of each head of a sheet: the name of the column in files.
fn notes(folder: &Path, sheet: &str) -> Vec<String> {
    let names = workbook(folder).sheet_names();
    let number = names.iter().position(|name| name == sheet).expect("a sheet") + 1;
    let relations = parts(folder, &format!("xl/worksheets/_rels/sheet{number}.xml")).swap_remove(0).1;
    let file = relations.split("../comments").nth(1).and_then(|rest| rest.split('"').next()).expect("comments");
    let comments = parts(folder, &format!("xl/comments{file}")).swap_remove(0).1;
    let texts = comments.split("<t").filter_map(|part| {
        let (attributes, text) = part.split_once('>')?;
        ["", " xml:space=\"preserve\""].contains(&attributes).then_some(text)
    });
    let first =
        |text: &str| text.split(['\n', '<']).next().unwrap_or_default().replace("&lt;", "<").replace("&amp;", "&");
    texts.map(first).collect()
}

#[test]
fn every_sheet_holds_the_rows_of_its_csv_file() {
    let stories = [
        "estate",
        "two-accounts",
        "two-dates",
        "hostile-names",
        "service-linked",
        "truncated",
        "broken",
        "who-grants-it",
    ];
    for story in stories {
        assert_holds_its_csv_files(story);
    }
}

#[test]
fn the_sheets_stand_in_the_order_of_the_audit() {
    let (_home, folder) = report("estate", &[]);
    let names = [
        "Workpaper",
        "Summary",
        "Entities",
        "Unused services",
        "Unused actions",
        "Changes",
        "Services",
        "Staleness",
        "Compare",
        "Roles",
        "Pairs",
        "Trend",
        "Credentials",
        "Grants",
        "Sources",
        "Definitions",
    ];
    assert_eq!(workbook(&folder).sheet_names(), names);
    // What is drawn and what was decided before stand behind what changed.
    let (_home, folder) = report("estate", &["--sample", "3", "--seed", "1"]);
    let with_sample = [&names[..6], &["Sample"], &names[6..]].concat();
    assert_eq!(workbook(&folder).sheet_names(), with_sample);
    let (_home, folder) = report("broken", &[]);
    assert!(workbook(&folder).sheet_names().contains(&"Problems".to_owned()));
}

#[test]
fn every_column_is_defined() {
    let (_home, folder) = report("estate", &[]);
    let mut book = workbook(&folder);
    let range = book.worksheet_range("Definitions").expect("definitions");
    let is_empty = |row: &&[Data]| row[0] != Data::Empty && row[2] == Data::Empty && row[4] != Data::Empty;
    assert_eq!(range.rows().find(is_empty), None, "nothing is said about it");
    for (stem, sheet) in SHEETS {
        let Ok(text) = fs::read(folder.join(format!("{stem}.csv"))) else { continue };
        let names: Vec<String> = defined(&mut book, sheet).into_iter().map(|(_, name)| name).collect();
        for column in csv(&text).swap_remove(0) {
            assert!(names.contains(&column), "{sheet}: {column}");
        }
    }
}

#[test]
fn a_label_stands_once_on_a_sheet_and_its_comment_has_the_name() {
    let (_home, folder) = report("who-grants-it", &[]);
    let mut book = workbook(&folder);
    for (_, sheet) in SHEETS.into_iter().filter(|(_, sheet)| !["Changes", "Trend"].contains(sheet)) {
        let defined = defined(&mut book, sheet);
        let mut labels: Vec<&String> = defined.iter().map(|(label, _)| label).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), defined.len(), "{sheet}: {labels:?}");
        assert!(labels.iter().all(|label| !label.contains('_')), "{sheet}: {labels:?}");
        let names: Vec<String> = defined.into_iter().map(|(_, name)| name).collect();
        assert_eq!(notes(&folder, sheet), names, "{sheet}");
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
            // Rules of colors have elements of other names.
            assert!(!sheet.contains("<f>") && !sheet.contains("<f "), "{story}: {name} holds a formula");
        }
        for (name, relations) in parts(&folder, "xl/") {
            assert!(!relations.contains("TargetMode=\"External\""), "{story}: {name} points outside");
        }
    }
    let (_home, folder) = report("hostile-names", &[]);
    let mut book = workbook(&folder);
    let at = defined(&mut book, "Unused services").iter().position(|(_, name)| name == "entity_name").expect("names");
    let names: Vec<String> = rows_of(&mut book, "Unused services").iter().map(|row| row[at].to_string()).collect();
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
    assert_eq!(with("<autoFilter "), sheets.len() - 1, "filters, but for the workpaper");
    assert_eq!(with("state=\"frozen\""), sheets.len() - 2, "frozen heads, but for workpaper and summary");
    assert_eq!(with("orientation=\"landscape\""), sheets.len() - 1, "all but the workpaper");
    assert_eq!(with("\"remove,keep,ask\""), 3, "sheets with a column for decisions");
    assert_eq!(with("textRotation"), 0, "no head is turned");
    assert_eq!(with("<tabColor "), sheets.len(), "colors of tabs");
    assert!(with("hidden=\"1\" customWidth=\"1\" outlineLevel=\"1\"") >= 10, "technical columns are folded away");
    assert_eq!(with("<colorScale>"), 5, "percentages of Summary, Services and Trend; Staleness; Compare");
    assert_eq!(
        with("<formula>\"unused\"</formula>"),
        7,
        "both removal sheets, Changes, Compare, Entities, Credentials, and Grants"
    );
    assert_eq!(parts(&folder, "xl/charts/chart").len(), 2);
    let book = &parts(&folder, "xl/workbook.xml")[0].1;
    assert_eq!(book.matches("_xlnm.Print_Titles").count(), sheets.len() - 2, "heads on every page");
}

/// Digits of 7 pixels are those of Calibri, and of 9.33 those of `DejaVu` Sans, which a program takes that has no Calibri: columns grow with them.
const DIGITS: [f64; 2] = [7.0, 9.33];

#[test]
fn nothing_is_printed_smaller_than_eight_points_and_what_is_printed_fits_on_the_page() {
    for story in ["estate", "hostile-names", "who-grants-it", "broken"] {
        let (_home, folder) = report(story, &["--sample", "5", "--seed", "7"]);
        let book = parts(&folder, "xl/workbook.xml").swap_remove(0).1;
        let sheets = parts(&folder, "xl/worksheets/sheet");
        for (name, sheet) in &sheets {
            // What is fitted to a page shrinks with the font that is missing.
            assert!(!sheet.contains("<pageSetUpPr fitToPage=\"1\""), "{story}: {name}");
            let scale: f64 =
                attribute(sheet, "pageSetup", "scale").map_or(100.0, |scale| scale.parse().expect("a number"));
            assert!(11.0 * scale / 100.0 >= 8.0, "{story}: {name} is printed at {scale} %");
        }
        let mut printed = 0;
        for area in book.split("name=\"_xlnm.Print_Area\" localSheetId=\"").skip(1) {
            let number: usize = area.split('"').next().expect("a number").parse().expect("a number");
            let last = area.split(":$").nth(1).and_then(|rest| rest.split('$').next()).expect("a column");
            let last = last.bytes().fold(0, |at, letter| at * 26 + usize::from(letter - b'A') + 1);
            let (_, sheet) = parts(&folder, &format!("xl/worksheets/sheet{}.xml", number + 1)).swap_remove(0);
            let value = |column: &str, name: &str| -> f64 {
                let text = column.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
                text.and_then(|text| text.parse().ok()).expect("a number")
            };
            let widths =
                sheet.split("<col ").skip(1).map(|column| (value(column, "min"), value(column, "max"), column));
            let digits = widths
                .filter(|(first, ..)| *first <= last as f64)
                .map(|(first, until, column)| (until.min(last as f64) - first + 1.0) * value(column, "width"));
            // Columns that the sheet does not mention are of the usual width.
            let mentioned = sheet.split("<col ").skip(1).map(|column| value(column, "max")).fold(0.0, f64::max);
            let digits = digits.sum::<f64>() + (last as f64 - mentioned).max(0.0) * 9.14;
            let scale: f64 =
                attribute(&sheet, "pageSetup", "scale").map_or(100.0, |scale| scale.parse().expect("a number"));
            let papers = if sheet.contains("orientation=\"landscape\"") { [11.69, 11.0] } else { [8.27, 8.5] };
            for (paper, inches) in ["A4", "Letter"].into_iter().zip(papers) {
                for digit in DIGITS {
                    let (needed, there) = (digits * digit * scale / 100.0, (inches - 0.5) * 96.0);
                    assert!(needed <= there, "{story}, sheet {}: {needed} of {there} pixels on {paper}", number + 1);
                }
            }
            printed += 1;
        }
        assert!(printed >= 11, "{story}: {printed} sheets with an area to print");
    }
}

/// The attribute of the first element of a name.
fn attribute<'x>(xml: &'x str, element: &str, name: &str) -> Option<&'x str> {
    let element = xml.split(&format!("<{element} ")).nth(1)?.split('>').next()?;
    element.split(&format!("{name}=\"")).nth(1)?.split('"').next()
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
    let (found, defined) = (rows_of(&mut book, "Services"), defined(&mut book, "Services"));
    assert_same("Services", &found, &defined, &expected);
}

#[test]
fn a_workbook_is_not_written_to_a_pipe() {
    let output = dormant(&["services", "estate", "--format", "xlsx"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("give -o FILE"));
}
