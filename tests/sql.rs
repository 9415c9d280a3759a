//! What `dormant sql` prints, run by real engines: `DuckDB` and Spark give the same rows as `dormant` does, in the same
//! order, on samples and random estates (`tests/sql/agree.py`). `tests/run` installs them; without them this fails, it does not pass.
//!
//! Trino is a server and is not run. Its statements are read by sqlglot, and what that understands is put to `DuckDB`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql")
}

/// The Python that has the engines.
fn python() -> Command {
    let output = Command::new(folder().join("install")).stderr(Stdio::inherit()).output().expect("bash");
    assert!(
        output.status.success(),
        "tests/sql/install could not install the engines; tests/run installs what it needs"
    );
    let path = String::from_utf8(output.stdout).expect("UTF-8");
    let mut python = Command::new(path.trim());
    python.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(folder());
    python
}

fn agree(engine: &str) {
    let mut command = python();
    command.args(["agree.py", env!("CARGO_BIN_EXE_dormant"), engine]);
    let output = command.output().expect("Python");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    let end = said.char_indices().rev().nth(6000).map_or(0, |(at, _)| at);
    assert!(output.status.success(), "{command:?}\n…{}", &said[end..]);
}

#[test]
#[ignore = "needs Python with DuckDB: tests/run"]
fn duckdb_agrees_on_every_report() {
    agree("duckdb");
}

#[test]
#[ignore = "needs Python with DuckDB: tests/run"]
fn duckdb_agrees_on_every_case_of_the_evidence() {
    agree("duckdb-cases");
}

#[test]
#[ignore = "needs Python and Java: tests/run"]
fn spark_agrees_on_every_report() {
    agree("spark");
}

#[test]
#[ignore = "needs Python and Java: tests/run"]
fn spark_agrees_with_two_workers() {
    agree("spark-cluster");
}

#[test]
#[ignore = "needs Python with DuckDB: tests/run"]
fn what_trino_and_athena_are_asked_says_the_same() {
    agree("trino-read");
    agree("athena-read");
}

#[test]
#[ignore = "needs Python with DuckDB: tests/run"]
fn the_tables_of_trino_and_athena_are_their_sql() {
    for (dialect, statements) in [("trino", "13"), ("athena", "16")] {
        let mut dormant = Command::new(env!("CARGO_BIN_EXE_dormant"));
        let printed = dormant.args(["sql", "schema", "--dialect", dialect, "--store", "s3://bucket/o'store"]).output();
        let printed = printed.expect("dormant").stdout;
        let mut reads = python();
        reads.args(["parses.py", dialect]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut reads = reads.spawn().expect("Python");
        reads.stdin.take().expect("a pipe").write_all(&printed).expect("written");
        let output = reads.wait_with_output().expect("an end");
        assert!(output.status.success(), "{dialect}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), statements, "{dialect}");
    }
}
