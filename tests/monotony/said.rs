//! What the program says about an estate, and how two answers are compared.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Command;

use crate::estates::Estate;

pub type Cells = BTreeMap<String, String>;
/// Rows by what they are about.
pub type Rows = BTreeMap<Vec<String>, Cells>;

/// What the program says about an estate.
#[derive(Clone)]
pub struct Said {
    pub list: Rows,
    pub services: Rows,
    pub roles: Rows,
    pub summary: Rows,
}

/// The program that is asked.
pub fn program() -> String {
    env::var("MONOTONY_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_dormant").to_owned())
}

pub fn run(folder: &Path, line: &str) -> Vec<Cells> {
    let mut command = Command::new(program());
    command.args(line.split(' ')).args(["--format", "csv"]).current_dir(folder);
    let output = command.output().expect("runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    // 1 where nothing is left to report on: pending and failed jobs alone.
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)) && !stderr.contains("panicked"), "{line}: {stderr}");
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header = reader.headers().expect("CSV").clone();
    let cells =
        |record: csv::StringRecord| header.iter().zip(&record).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    reader.records().map(|record| cells(record.expect("CSV"))).collect()
}

fn key(row: &Cells, columns: &[&str]) -> Vec<String> {
    let cell = |column: &&str| row.get(*column).cloned().unwrap_or_default();
    let folded = |column: &&str| {
        if matches!(*column, "service_namespace" | "action_name") { cell(column).to_lowercase() } else { cell(column) }
    };
    columns.iter().map(folded).collect()
}

fn by_key(rows: Vec<Cells>, columns: &[&str]) -> Rows {
    rows.into_iter().map(|row| (key(&row, columns), row)).collect()
}

const LIST_KEY: [&str; 6] =
    ["account_id", "entity_type", "entity_name", "entity_arn", "service_namespace", "action_name"];
const ROLES_KEY: [&str; 3] = ["entity_name", "service_namespace", "remedy"];

pub fn ask(estate: &Estate, stale_after: &str) -> Said {
    let home = tempfile::tempdir().expect("a folder");
    estate.write(home.path());
    said_of(home.path(), "a b", stale_after)
}

/// What the program says about `paths` in a folder.
pub fn said_of(folder: &Path, paths: &str, stale_after: &str) -> Said {
    let run = |report: &str| run(folder, &format!("{report} {paths} --stale-after {stale_after}"));
    let mut list = by_key(run("list --level service"), &LIST_KEY);
    list.extend(by_key(run("list --level action"), &LIST_KEY));
    Said {
        list,
        services: by_key(run("services"), &["service_namespace"]),
        roles: by_key(run("compare --roles"), &ROLES_KEY),
        summary: by_key(run("summary"), &["account_id"]),
    }
}
