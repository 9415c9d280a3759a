//! Attacks on what is not ours: crafted folders, stores and markers. No command removes a file that the program did not write, waits
//! for a FIFO, or lets a folder vanish without a word.
#![cfg(unix)]

mod folders;
mod inputs;
mod large;
#[allow(dead_code, reason = "each file of tests needs a part of it")]
#[path = "../program/mod.rs"]
mod program;
mod signals;
mod stores;

use std::fs;
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

/// The sources of the program without their tests, by path below `src`.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walk(&root).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs"));
    let read = |file: std::path::PathBuf| {
        let name = file.strip_prefix(&root).expect("below").to_str().expect("UTF-8").replace('\\', "/");
        let text = fs::read_to_string(&file).expect("readable");
        let code = text.split("\nmod tests {").next().expect("a part before the tests");
        let code: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (name, code.join("\n"))
    };
    files.map(read).filter(|(name, _)| !name.contains("tests")).collect()
}

#[test]
fn one_room_removes_and_renames() {
    let calls = [
        "remove_file",
        "remove_dir",
        "unlink",
        "::rename(",
        "renameat",
        ".persist",
        "set_len(",
        "fs::write",
        "fs::copy",
    ];
    // Columns of a table have names too, and the spill has no name at all.
    let harmless = ["frame.rename(", "set_len(length).expect(\"a shorter file\")"];
    let mut strays = Vec::new();
    for (name, code) in sources() {
        let lines = code.lines().filter(|line| !harmless.iter().any(|harmless| line.contains(harmless)));
        let lines = lines.filter(|line| !line.contains("owned::") && calls.iter().any(|call| line.contains(call)));
        strays
            .extend(lines.filter(|_| !name.starts_with("util/owned/")).map(|line| format!("{name}: {}", line.trim())));
    }
    assert!(strays.is_empty(), "past util/owned: {strays:#?}");
}

/// What belongs to a store is reached from its root, so that no link on the way is followed.
#[test]
fn the_archive_opens_only_below_its_root() {
    let calls = [
        "fs::read(",
        "read_to_string",
        "File::open",
        "File::create",
        "OpenOptions",
        "options()",
        "owned::open(",
        "create_dir",
    ];
    let mut strays = Vec::new();
    for (name, code) in sources().into_iter().filter(|(name, _)| name.starts_with("archive/")) {
        let lines = code.lines().filter(|line| calls.iter().any(|call| line.contains(call)));
        strays.extend(lines.map(|line| format!("{name}: {}", line.trim())));
    }
    assert!(strays.is_empty(), "{strays:#?}");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
