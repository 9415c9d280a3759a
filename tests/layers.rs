//! The picture in `docs/design.md` stays true: a room may only use what lies below it, and Polars stays where tables are.

use std::fs;
use std::path::{Path, PathBuf};

/// For each room, what its files may not import.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "model",
        &[
            "problem",
            "report",
            "archive",
            "decode",
            "resolve",
            "frame",
            "analyse",
            "render",
            "run",
            "discover",
            "catalogue",
        ],
    ),
    (
        "problem",
        &["archive", "report", "decode", "resolve", "frame", "analyse", "render", "run", "discover", "catalogue"],
    ),
    ("catalogue", &["archive", "decode", "resolve", "frame", "analyse", "render", "run", "discover", "report"]),
    ("discover", &["archive", "decode", "resolve", "frame", "analyse", "render", "run", "report", "catalogue"]),
    ("decode", &["archive", "resolve", "frame", "analyse", "render", "run", "report", "catalogue"]),
    ("resolve", &["archive", "decode", "discover", "frame", "analyse", "render", "run", "report"]),
    ("frame", &["archive", "decode", "discover", "resolve", "analyse", "render", "run", "report"]),
    ("analyse", &["archive", "decode", "discover", "resolve", "render", "run"]),
    ("report", &["archive", "decode", "discover", "resolve", "analyse", "render", "run"]),
    ("render", &["archive", "decode", "discover", "resolve", "analyse", "run"]),
    ("archive", &["decode", "discover", "resolve", "analyse", "render", "run", "report", "catalogue"]),
];

/// Where Polars types may appear.
const POLARS: &[&str] = &["src/frame/", "src/analyse/", "src/render/parquet.rs", "src/archive/tables.rs", "src/run"];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files
}

/// Every source file with its path below the package, its room, and its code without line comments and tests.
fn sources() -> Vec<(String, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root).expect("below the root").to_str().expect("UTF-8").replace('\\', "/");
        let room = name["src/".len()..].split(['/', '.']).next().expect("a first part").to_owned();
        let text = fs::read_to_string(&path).expect("a readable source");
        let code = text.split("#[cfg(test)]").next().expect("a part before the tests");
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        (name, room, code)
    };
    let is_test = |path: &PathBuf| path.to_str().is_some_and(|p| p.contains("tests"));
    rust_files(&root.join("src")).into_iter().filter(|path| !is_test(path)).map(read).collect()
}

#[test]
fn no_room_uses_one_above_it() {
    let mut found = Vec::new();
    for (name, room, code) in sources() {
        for (_, forbidden) in FORBIDDEN.iter().filter(|(of, _)| *of == room) {
            for above in *forbidden {
                if code.contains(&format!("crate::{above}")) {
                    found.push(format!("{name} uses crate::{above}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn polars_stays_where_tables_are() {
    let uses = |code: &str| code.contains("polars::") || code.contains("polars_io::");
    let strays: Vec<_> = sources()
        .into_iter()
        .filter(|(name, _, code)| uses(code) && !POLARS.iter().any(|place| name.starts_with(place)))
        .map(|(name, _, _)| name)
        .collect();
    assert!(strays.is_empty(), "{strays:?} use Polars");
}

#[test]
fn the_library_does_not_print() {
    let prints = ["println!", "eprintln!", "print!(", "eprint!(", "dbg!("];
    let found: Vec<_> = sources()
        .into_iter()
        .filter(|(_, room, code)| room != "main" && prints.iter().any(|p| code.contains(p)))
        .map(|(name, _, _)| name)
        .collect();
    assert!(found.is_empty(), "{found:?} print");
}
