//! Every report, computed a second time by plain Python that shares nothing with this program (`tests/independent/`), on random
//! estates of several accounts and dates: row for row the same. The article's two queries are put to real `jq` beside it.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod estates;

use std::path::Path;
use std::process::Command;

fn python(arguments: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/independent");
    let mut python = Command::new("python3");
    python.env("PYTHONDONTWRITEBYTECODE", "1").args(arguments).current_dir(folder);
    let output = python.output().expect("python3 is needed; tests/run installs it");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let end = said.char_indices().rev().nth(6000).map_or(0, |(at, _)| at);
    assert!(output.status.success(), "{python:?}\n…{}", &said[end..]);
}

#[test]
#[ignore = "needs Python and jq: tests/run"]
fn the_second_computation_is_right_itself() {
    python(&["-m", "unittest", "--quiet"]);
}

#[test]
#[ignore = "needs Python and jq: tests/run"]
fn both_computations_agree_on_every_report() {
    python(&["compare.py", env!("CARGO_BIN_EXE_dormant")]);
}

/// The estates of `tests/monotony.rs` are odder than those of `estate.py`: undated and lost dates, strangers, doubled rows, sidecars.
#[test]
fn both_computations_agree_on_odd_estates() {
    let home = tempfile::tempdir().expect("a folder");
    for seed in 0..40 {
        estates::estate(seed).write(&home.path().join(format!("{seed:02}")));
    }
    python(&["compare.py", env!("CARGO_BIN_EXE_dormant"), "--estates", home.path().to_str().expect("UTF-8")]);
}

#[test]
#[ignore = "needs Python and jq: tests/run"]
fn both_computations_agree_on_thousands_of_dumps() {
    python(&["compare.py", env!("CARGO_BIN_EXE_dormant"), "--large"]);
}
