//! What real clients write, file by file: `tests/corpus/expected.csv` says what each is, whom it is about and what it proves.
//!
//! `clients/` holds one file per client and trap, `variants/` one for each other shape, encoding and container, imitated from
//! documentation; each is read on its own. `layouts/` holds folders as people lay them out, each read whole.
//! The table was checked by hand against what the files were made to show. `UPDATE=1 cargo test --test corpus` writes it anew: look
//! at every line that changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const COLUMNS: [&str; 12] = [
    "member",
    "shape",
    "outcome",
    "entity_arn",
    "entity_name",
    "identified_by",
    "job_type",
    "job_status",
    "evidence",
    "as_of",
    "services",
    "tracked_actions",
];

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// What is read in one run: files one by one, layouts whole. A layout's `jobs.csv` is its manifest.
fn inputs() -> Vec<PathBuf> {
    let files = ["clients", "variants"].into_iter().flat_map(|folder| walkdir::WalkDir::new(corpus().join(folder)));
    let files = files.map(|entry| entry.expect("a readable corpus"));
    let files = files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    let layouts = fs::read_dir(corpus().join("layouts")).expect("layouts").map(|entry| entry.expect("an entry").path());
    let inputs: BTreeSet<PathBuf> = files.chain(layouts).collect();
    inputs.iter().map(|path| path.strip_prefix(corpus()).expect("below the corpus").to_owned()).collect()
}

/// `check`'s rows about `input`, the columns that matter, and the codes of the problems.
fn checked(input: &Path) -> Vec<Vec<String>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dormant"));
    command.arg("check").arg(input).args(["--format", "csv"]).current_dir(corpus());
    let manifest = input.join("jobs.csv");
    if corpus().join(&manifest).exists() {
        command.arg("--manifest").arg(manifest);
    }
    let output = command.output().expect("dormant runs");
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}: {output:?}", input.display());
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let headers = reader.headers().expect("a header").clone();
    let at =
        |name: &str| headers.iter().position(|header| header == name).unwrap_or_else(|| panic!("no column {name}"));
    let read = |row: csv::StringRecord| {
        let mut cells = vec![row[at("source")].to_owned()];
        cells.extend(COLUMNS.iter().map(|name| row[at(name)].to_owned()));
        cells.push(codes(&row[at("note")]).join(" "));
        cells
    };
    reader.records().map(|row| read(row.expect("CSV"))).collect()
}

/// The codes of problems that a note names.
fn codes(note: &str) -> Vec<&'static str> {
    let named = |code: &&str| {
        note.split("; ").any(|part| part.starts_with(&format!("{code}:")) || part.starts_with(&format!("{code} (")))
    };
    dormant::problem::Kind::ALL.iter().map(|kind| kind.code()).filter(named).collect()
}

#[test]
fn every_file_is_taken_for_what_it_is() {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["source"].into_iter().chain(COLUMNS).chain(["problems"])).expect("in memory");
    for input in inputs() {
        for row in checked(&input) {
            writer.write_record(row).expect("in memory");
        }
    }
    let found = String::from_utf8(writer.into_inner().expect("in memory")).expect("UTF-8");
    let path = corpus().join("expected.csv");
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &found).expect("a writable checkout");
    }
    let expected = fs::read_to_string(&path).expect("expected.csv");
    let (found, expected): (BTreeSet<_>, BTreeSet<_>) = (found.lines().collect(), expected.lines().collect());
    let missing: Vec<_> = expected.difference(&found).collect();
    let new: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty() && new.is_empty(), "expected:\n{missing:#?}\nfound:\n{new:#?}");
}

/// `check`'s rows of a layout, and the exit code.
fn layout(name: &str) -> (Vec<Vec<String>>, Option<i32>) {
    let input = Path::new("layouts").join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_dormant"));
    let status = command.arg("check").arg(&input).current_dir(corpus()).output().expect("dormant runs").status;
    (checked(&input), status.code())
}

#[test]
fn data_that_names_the_api_is_never_foreign() {
    let (rows, code) = layout("foreign-wrappings");
    let files = walkdir::WalkDir::new(corpus().join("layouts/foreign-wrappings")).into_iter();
    let files = files.filter(|entry| entry.as_ref().expect("a readable corpus").file_type().is_file()).count();
    assert!(files >= 40, "{files} files");
    let sources: BTreeSet<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!((sources.len(), code), (files, Some(3)));
    let skipped: Vec<_> = rows.iter().filter(|row| row[3] == "skipped").collect();
    assert!(skipped.is_empty(), "{skipped:#?}");
}

#[test]
fn programs_and_prose_that_name_the_api_cost_no_exit_code() {
    let (rows, code) = layout("programs-beside");
    let (read, other): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row[3] == "read");
    assert_eq!((read.len(), code), (1, Some(0)), "{rows:#?}");
    let last = COLUMNS.len() + 1;
    assert!(other.iter().all(|row| row[3] == "skipped" && row[last] == "mentions-the-api"), "{other:#?}");
}
