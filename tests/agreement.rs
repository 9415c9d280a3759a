//! The same inputs give the same bytes, however they lie and however many threads read them; and the same numbers stand in every
//! format.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use polars::prelude::{AnyValue, DataFrame, DataType};
use polars_io::SerReader as _;
use polars_io::parquet::read::ParquetReader;
use serde_json::Value;
use tempfile::TempDir;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data")
}

/// Runs `dormant` in `sample-data/`; reports on samples with gaps end with 3.
fn dormant(arguments: &[&str]) -> Vec<u8> {
    let run =
        Command::new(env!("CARGO_BIN_EXE_dormant")).args(arguments).current_dir(samples()).output().expect("runs");
    assert!(matches!(run.status.code(), Some(0 | 3)), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
    run.stdout
}

/// Every file below `folder`, by its path there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("a readable folder"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(folder).expect("below").to_str().expect("UTF-8").to_owned();
    files.map(|entry| (name(entry.path()), fs::read(entry.path()).expect("readable"))).collect()
}

/// The audit of `inputs`, as files.
fn audit(inputs: &[&str], options: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let out = TempDir::new().expect("a folder");
    let folder = out.path().join("audit");
    let mut arguments = vec!["report", "-o", folder.to_str().expect("UTF-8")];
    arguments.extend(options);
    arguments.extend(inputs);
    dormant(&arguments);
    files(&folder)
}

fn assert_same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in one {
        assert!(*bytes == other[name], "{name} differs");
    }
}

#[test]
fn order_and_threads_change_no_byte() {
    let folders = ["estate", "broken", "two-dates", "truncated", "hostile-names"];
    let reversed: Vec<_> = folders.iter().rev().copied().collect();
    let one = audit(&folders, &["--threads", "1"]);
    assert!(one.contains_key("tables/actions.parquet") && one.contains_key("diff.csv"), "{:?}", one.keys());
    assert_same(&one, &audit(&reversed, &["--threads", "8"]));
    assert_same(&one, &audit(&folders, &[]));
}

#[test]
fn rows_that_do_not_fit_into_memory_change_no_byte() {
    let folders = ["estate", "broken", "two-dates", "truncated", "hostile-names"];
    let roomy = audit(&folders, &[]);
    // Not one row fits into a byte: every piece of a listing is packed.
    assert_same(&roomy, &audit(&folders, &["--memory", "1"]));
    assert_same(&roomy, &audit(&folders, &["--memory", "3K", "--threads", "1"]));
    for command in [
        &["diff", "estate", "two-dates"][..],
        &["list", "estate"],
        &["compare", "estate", "--pairs"],
        &["check", "broken"],
    ] {
        assert!(dormant(command) == dormant(&[command, &["--memory", "1"]].concat()), "{command:?}");
    }
}

#[test]
fn one_folder_or_many_give_the_same_reports() {
    let flat = TempDir::new().expect("a folder");
    for (number, (name, bytes)) in files(&samples().join("estate")).into_iter().enumerate() {
        // In front, so that names sort otherwise; a policy that AWS manages has its account from the folder alone.
        if !name.contains("Billing") {
            let name = Path::new(&name).file_name().expect("a name").to_str().expect("UTF-8").to_owned();
            // The sidecar must keep the stem of the dump it lies beside.
            let number = if name.starts_with("report-builder") { 0 } else { 900 - number };
            // Authorization details say nowhere when they were made; the path does.
            let name = if name == "authorization-details.json" { format!("2026-07-06.{name}") } else { name };
            fs::write(flat.path().join(format!("{number:03}-{name}")), bytes).expect("written");
        }
    }
    let nested = TempDir::new().expect("a folder");
    for (name, bytes) in files(&samples().join("estate")) {
        if !name.contains("Billing") {
            let path = nested.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            fs::write(path, bytes).expect("written");
        }
    }
    let of = |folder: &TempDir| {
        let mut files = audit(&[folder.path().to_str().expect("UTF-8")], &[]);
        // These name the inputs.
        let is_table = |name: &str| Path::new(name).extension().is_some_and(|ending| ending == "csv");
        files.retain(|name, _| is_table(name) && name != "sources.csv");
        files.into_iter().map(|(name, bytes)| (name, without_sources(&bytes))).collect::<BTreeMap<_, _>>()
    };
    let (one, many) = (of(&flat), of(&nested));
    assert!(one.len() >= 10, "{:?}", one.keys());
    assert_same(&one, &many);
}

/// The table without the columns that name the inputs.
fn without_sources(bytes: &[u8]) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("CSV")).collect();
    let is_source = |name: &str| matches!(name, "last_accessed_source" | "source");
    let named: Vec<bool> = rows[0].iter().map(is_source).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in &rows {
        let cells = row.iter().enumerate().filter(|(at, _)| !named[*at]).map(|(_, cell)| cell);
        writer.write_record(cells).expect("written");
    }
    writer.into_inner().expect("written")
}

/// Cells as CSV spells them.
type Rows = Vec<Vec<String>>;

fn csv_rows(bytes: &[u8]) -> (Vec<String>, Rows) {
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    // An apostrophe in front keeps spreadsheets from taking a name for a formula.
    let plain = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    (header, reader.records().map(|row| row.expect("CSV").iter().map(plain).collect()).collect())
}

fn spelt(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn parquet_rows(path: &Path) -> (Vec<String>, Rows) {
    let file = fs::File::open(path).expect("written");
    let frame: DataFrame = ParquetReader::new(file).finish().expect("Parquet");
    let names: Vec<String> = frame.get_column_names().into_iter().map(ToString::to_string).collect();
    let cell = |name: &String, row: usize| match frame.column(name).expect("a column").get(row).expect("a row") {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => text.to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        value @ (AnyValue::Datetime(..) | AnyValue::DatetimeOwned(..)) => {
            let millis: i64 = value.cast(&DataType::Int64).try_extract().expect("a number");
            let instant = chrono::DateTime::from_timestamp(millis.div_euclid(1000), 0).expect("an instant");
            instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
        }
        AnyValue::Date(days) => {
            let day = chrono::DateTime::from_timestamp(i64::from(days) * 86_400, 0).expect("a day");
            day.format("%Y-%m-%d").to_string()
        }
        other => other.str_value().to_string(),
    };
    let rows = (0..frame.height()).map(|row| names.iter().map(|name| cell(name, row)).collect()).collect();
    (names, rows)
}

/// Equal as texts, or as numbers: `0.6000` is `0.6`.
fn same_cell(one: &str, other: &str) -> bool {
    one == other || matches!((one.parse::<f64>(), other.parse::<f64>()), (Ok(a), Ok(b)) if a.total_cmp(&b).is_eq())
}

fn assert_same_rows(what: &str, (names, rows): &(Vec<String>, Rows), (other_names, others): &(Vec<String>, Rows)) {
    assert_eq!(names, other_names, "{what}: columns");
    assert_eq!(rows.len(), others.len(), "{what}: rows");
    for (at, (row, other)) in rows.iter().zip(others).enumerate() {
        let same = row.iter().zip(other).all(|(one, other)| same_cell(one, other));
        assert!(same, "{what}, row {at}: {row:?} in CSV, {other:?} here");
    }
}

/// The report's command line, on samples with gaps and odd names; `diff` takes one path.
fn asked(report: &str) -> Vec<&str> {
    let inputs: &[&str] = if report.starts_with("diff") { &["estate"] } else { &["estate", "hostile-names", "broken"] };
    report.split(' ').chain(inputs.iter().copied()).collect()
}

#[test]
fn every_format_holds_the_same_rows() {
    let reports = [
        "summary",
        "services",
        "unused",
        "unused --level action",
        "staleness",
        "staleness --by service --level action",
        "compare",
        "compare --long",
        "compare --pairs",
        "compare --roles",
        "trend",
        "list",
        "list --level service",
        "check",
        "diff --from 2026-02-01 --to 2026-08-01",
    ];
    let out = TempDir::new().expect("a folder");
    for report in reports {
        let run = |format: &str| dormant(&[&asked(report)[..], &["--format", format]].concat());
        let csv = csv_rows(&run("csv"));
        assert!(!csv.1.is_empty(), "{report} has rows");

        let lines = String::from_utf8(run("jsonl")).expect("UTF-8");
        let objects: Vec<serde_json::Map<String, Value>> =
            lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let cells = |object: &serde_json::Map<String, Value>| csv.0.iter().map(|name| spelt(&object[name])).collect();
        let of_objects =
            |objects: &[serde_json::Map<String, Value>]| (csv.0.clone(), objects.iter().map(cells).collect());
        assert_same_rows(&format!("{report} as jsonl"), &csv, &of_objects(&objects));

        let document: Value = serde_json::from_slice(&run("json")).expect("JSON");
        let in_document: Vec<_> = document["sections"][0]["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row.as_object().expect("a row").clone())
            .collect();
        assert_same_rows(&format!("{report} as json"), &csv, &of_objects(&in_document));

        let parquet = out.path().join("report.parquet");
        dormant(&[&asked(report)[..], &["--force", "-o", parquet.to_str().expect("UTF-8")]].concat());
        assert_same_rows(&format!("{report} as parquet"), &csv, &parquet_rows(&parquet));
    }
}

#[test]
fn the_paths_of_an_audit_are_below_the_folder_of_its_inputs_however_that_is_typed() {
    let story = "who-grants-it";
    let whole = samples().join(story);
    let formats = ["--formats", "csv,parquet,json"];
    let typed = audit(&[story], &formats);
    let absolute = audit(&[whole.to_str().expect("UTF-8")], &formats);
    assert_eq!(typed.keys().collect::<Vec<_>>(), absolute.keys().collect::<Vec<_>>());
    for (name, bytes) in &typed {
        // These two name the folder, once.
        if !["manifest.json", "report.json"].contains(&name.as_str()) {
            assert!(bytes == &absolute[name], "{name} differs");
        }
    }
    let home = tempfile::tempdir().expect("a folder");
    let mut seen = BTreeMap::new();
    for (name, bytes) in &absolute {
        let rows = if name.strip_suffix(".csv").is_some() {
            let mut reader = csv::Reader::from_reader(&**bytes);
            let names = reader.headers().expect("a head").iter().map(str::to_owned).collect();
            let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
            (names, rows)
        } else if name.ends_with(".parquet") {
            let path = home.path().join("table.parquet");
            fs::write(&path, bytes).expect("written");
            parquet_rows(&path)
        } else {
            continue;
        };
        let (names, rows): (Vec<String>, Rows) = rows;
        for column in ["source", "last_accessed_source"] {
            let Some(at) = names.iter().position(|of| of == column) else { continue };
            let paths = rows.iter().flat_map(|row| row[at].split(", ")).filter(|path| !path.is_empty());
            for path in paths {
                let file = path.split('!').next().expect("a path");
                assert!(whole.join(file).is_file() && !file.starts_with('/'), "{name}: {column}: {path}");
                *seen.entry((name.clone(), column)).or_insert(0) += 1;
            }
        }
    }
    for table in ["grants.csv", "credentials.csv", "sources.csv", "tables/dumps.parquet"] {
        assert!(seen.contains_key(&(table.to_owned(), "source")), "{table}: {seen:?}");
    }
    for table in ["unused-services.csv", "tables/services.parquet", "tables/actions.parquet"] {
        assert!(seen.contains_key(&(table.to_owned(), "last_accessed_source")), "{table}: {seen:?}");
    }
}
