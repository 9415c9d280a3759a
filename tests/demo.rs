//! `dormant demo`: from nothing to a report, and nothing of anybody's is touched.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::Path;

use program::{dormant, put};

#[test]
fn the_demo_reports_what_the_sample_estate_does() {
    let home = tempfile::tempdir().expect("a folder");
    let demo = dormant(home.path(), ["demo"]);
    assert_eq!(demo.code, 0, "{demo:?}");
    assert!(demo.stderr.contains("dormant report dormant-demo -o audit"), "{demo:?}");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    for report in [&["summary"][..], &["unused", "--level", "action"], &["check"]] {
        let on = |folder: &Path, name| dormant(folder, report.iter().copied().chain([name, "--format", "csv"]));
        let (unpacked, sample) = (on(home.path(), "dormant-demo"), on(&samples, "estate"));
        assert_eq!(unpacked.code, 0, "{unpacked:?}");
        assert!(unpacked.stdout.lines().count() > 1, "{unpacked:?}");
        assert_eq!(unpacked.stdout.replace("dormant-demo/", "estate/"), sample.stdout, "{report:?}");
    }
}

#[test]
fn a_folder_that_holds_something_is_left_as_it_is() {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("mine/EXPECT.md"), "my notes");
    let demo = dormant(home.path(), ["demo", "mine"]);
    assert_eq!(demo.code, 1, "{demo:?}");
    assert!(demo.stderr.contains("mine is not empty"), "{demo:?}");
    assert_eq!(fs::read_dir(home.path().join("mine")).expect("a folder").count(), 1);
    assert_eq!(fs::read_to_string(home.path().join("mine/EXPECT.md")).expect("a file"), "my notes");
}

#[test]
fn an_empty_folder_that_is_there_already_is_filled() {
    let home = tempfile::tempdir().expect("a folder");
    assert_eq!(dormant(home.path(), ["demo", "."]).code, 0);
    assert!(home.path().join("EXPECT.md").is_file());
}

#[test]
fn what_can_be_no_folder_is_refused_in_words() {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("f"), "mine");
    let ran = dormant(home.path(), ["demo", "f"]);
    assert!(ran.code == 1 && ran.stderr.contains("f is not a folder; name one that is new or empty"), "{ran:?}");
    // Elsewhere `-` is stdin or stdout, and a folder of that name is hard to remove.
    for command in ["demo -", "ingest f --store -", "import-decisions f -o -", "store export f -o -", "man -"] {
        let ran = dormant(home.path(), command.split(' '));
        assert!(ran.code == 2 && ran.stderr.contains("`-` is stdin or stdout"), "{ran:?}");
    }
    put(home.path().join("folder/g"), "mine");
    let ran = dormant(home.path(), ["import-decisions", "f", "-o", "folder"]);
    assert!(ran.code == 1 && ran.stderr.contains("folder: is a folder: give a file, such as folder/"), "{ran:?}");
    let ran = dormant(home.path(), ["unused", "f", "-o", "x.tsv"]);
    assert!(ran.code == 2 && ran.stderr.contains("xlsx|html|ocsf|asff|jira"), "{ran:?}");
    assert_eq!(fs::read_dir(home.path()).expect("a folder").count(), 2);
}
