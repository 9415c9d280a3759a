//! Attacks on what is not ours: crafted folders, stores and markers. No command removes a file that the program did not write, waits
//! for a FIFO, or lets a folder vanish without a word.
#![cfg(unix)]

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use program::{answer, dormant, put};
use tempfile::TempDir;

/// A folder with `dumps/a.json` and `dumps/b/b.json`.
fn home() -> TempDir {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("dumps/a.json"), answer("prod-api").to_string());
    put(home.path().join("dumps/b/b.json"), answer("batch").to_string());
    home
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

fn ingested(root: &Path) {
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "store"]).code, 0);
}

#[test]
fn force_removes_only_what_the_manifest_lists() {
    let home = home();
    let root = home.path();
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit"]).code, 0);
    assert_eq!(
        dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code,
        0,
        "an audit as it was written is replaced"
    );
    // The dumps that are read, a note, a link, and a report that somebody has worked in.
    put(root.join("audit/dumps/a.json"), answer("prod-api").to_string());
    let refused = dormant(root, ["report", "audit/dumps", "-o", "audit", "--force"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("dumps/a.json"), "{}", refused.stderr);
    fs::remove_dir_all(root.join("audit/dumps")).expect("removed");
    put(root.join("audit/notes.txt"), "mine");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code, 1);
    fs::remove_file(root.join("audit/notes.txt")).expect("removed");
    let workbook = fs::read(root.join("audit/report.xlsx")).expect("readable");
    fs::write(root.join("audit/report.xlsx"), [&workbook[..], b"decided"].concat()).expect("written");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code, 1);
    assert!(fs::read(root.join("audit/report.xlsx")).expect("readable").ends_with(b"decided"));
    fs::write(root.join("audit/report.xlsx"), workbook).expect("written");
    symlink(root.join("dumps"), root.join("audit/link")).expect("a link");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code, 1);
    assert!(root.join("dumps/a.json").exists());
    // A marker of one line makes no folder ours.
    put(root.join("mine/manifest.json"), r#"{"tool":"dormant"}"#);
    put(root.join("mine/thesis.txt"), "years of work");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "mine", "--force"]).code, 1);
    assert!(root.join("mine/thesis.txt").exists());
}

#[test]
fn a_marker_hides_nothing() {
    let home = home();
    let root = home.path();
    let rows = |paths: &[&str]| {
        let ran = dormant(root, ["list", "--level", "service"].iter().chain(paths).copied());
        (ran.code, ran.stdout.lines().count())
    };
    let all = rows(&["dumps"]);
    put(root.join("dumps/b/manifest.json"), r#"{"tool":"dormant"}"#);
    put(root.join("dumps/b/store.json"), r#"{"tool":"dormant","kind":"store","schema_version":1}"#);
    assert_eq!(rows(&["dumps"]).1, all.1, "a folder with markers of one line is read");
    // A real audit among the dumps is passed by, which is said, and is incomplete where strictness is asked for.
    assert_eq!(dormant(root, ["report", "dumps", "-o", "dumps/audit"]).code, 0);
    let ran = dormant(root, ["list", "dumps", "--level", "service"]);
    assert_eq!(ran.stdout.lines().count(), all.1);
    assert!(ran.stderr.contains("dumps/audit"), "{}", ran.stderr);
    assert_eq!(dormant(root, ["list", "dumps", "--strict"]).code, 3);
    // So is a dump that somebody puts into it: only what the manifest lists is passed by.
    put(root.join("dumps/audit/new.json"), answer("new").to_string());
    assert!(dormant(root, ["list", "dumps", "--level", "service"]).stdout.lines().count() > all.1);
}

#[test]
fn a_named_store_with_a_damaged_marker_is_an_error() {
    let home = home();
    let root = home.path();
    ingested(root);
    let marker = root.join("store/store.json");
    for damage in [r#"{"tool":"dormant","kind":"storf","schema_version":1}"#, "{", ""] {
        fs::write(&marker, damage).expect("written");
        let ran = dormant(root, ["summary", "store", "dumps"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{damage}: {}", ran.stderr);
        assert!(ran.stderr.contains("store.json"), "{}", ran.stderr);
    }
    fs::remove_file(&marker).expect("removed");
    assert_eq!(dormant(root, ["summary", "store", "dumps"]).code, 1, "a store without its marker");
}

#[test]
fn a_fifo_or_8_gb_of_nothing_as_a_marker_is_passed_by() {
    let home = home();
    let root = home.path();
    for name in ["manifest.json", "store.json"] {
        fs::create_dir_all(root.join("dumps/c")).expect("made");
        fifo(&root.join("dumps/c").join(name));
    }
    assert_eq!(dormant(root, ["summary", "dumps"]).code, 0);
    fs::create_dir_all(root.join("t")).expect("made");
    fifo(&root.join("t/store.json"));
    assert_ne!(dormant(root, ["summary", "t"]).code, 0);
    ingested(root);
    fifo(&root.join("store/answers/0123.answers"));
    fs::File::create(root.join("store/said.json")).expect("made");
    dormant(root, ["summary", "store"]);
    dormant(root, ["store", "verify", "store"]);
}

#[test]
fn ingest_takes_no_folder_of_somebody_else_for_a_begun_store() {
    let home = home();
    let root = home.path();
    for folder in ["tmp", "locks"] {
        let file = root.join(folder).join(folder).join("mine.txt");
        put(file.clone(), "mine");
        let ran = dormant(root, ["ingest", "dumps", "--store", folder]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(file.exists());
    }
}

#[test]
fn a_store_removes_nothing_outside_of_it() {
    let home = home();
    let root = home.path();
    put(root.join("outside/part-0.parquet"), "mine");
    put(root.join("outside/part-1"), "mine");
    let commands: [&[&str]; 3] = [
        &["store", "compact", "store"],
        &["ingest", "dumps", "--store", "store"],
        &["store", "forget", "store", "--account", "123456789012"],
    ];
    // Folders of the store that are links.
    for folder in ["tmp", "services", "actions", "dumps", "locks", "answers"] {
        let _ = fs::remove_dir_all(root.join("store"));
        ingested(root);
        let _ = fs::remove_dir_all(root.join("store").join(folder));
        symlink(root.join("outside"), root.join("store").join(folder)).expect("a link");
        for command in commands {
            assert_eq!(dormant(root, command.iter().copied()).code, 1, "{folder}, {command:?}");
        }
        let mut left: Vec<_> =
            fs::read_dir(root.join("outside")).expect("a folder").flatten().map(|e| e.file_name()).collect();
        left.sort();
        assert_eq!(left, ["part-0.parquet", "part-1"], "{folder}");
    }
    // An index that names files of others.
    fs::remove_dir_all(root.join("store")).expect("removed");
    ingested(root);
    let index = root.join("store/tables.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&index).expect("readable")).expect("JSON");
    let absolute = root.join("outside/part-1").to_str().expect("UTF-8").to_owned();
    for path in
        ["../outside/part-0.parquet", "dumps/../../outside/part-0.parquet", absolute.as_str(), "tmp/part-0.parquet"]
    {
        json["files"][path] = serde_json::json!({"fingerprint": "x", "rows": 1, "bytes": 1, "sha256": "x"});
    }
    fs::write(&index, json.to_string()).expect("written");
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 1);
    assert_eq!(dormant(root, ["store", "compact", "store"]).code, 0);
    assert!(root.join("outside/part-0.parquet").exists() && root.join("outside/part-1").exists());
}

#[test]
fn one_room_removes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut strays = Vec::new();
    for entry in walk(&root).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs")) {
        let name = entry.strip_prefix(&root).expect("below").to_str().expect("UTF-8").replace('\\', "/");
        let text = fs::read_to_string(&entry).expect("readable");
        let code = text.split("#[cfg(test)]").next().expect("a part before the tests");
        if name != "util/owned.rs"
            && ["remove_file", "remove_dir", "remove_dir_all"].iter().any(|call| code.contains(call))
        {
            strays.push(name);
        }
    }
    strays.retain(|name| !name.contains("tests"));
    assert!(strays.is_empty(), "{strays:?} remove files past util/owned.rs");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
