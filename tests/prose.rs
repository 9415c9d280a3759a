//! Words that a stranger stumbles over may not appear in docs and comments; beside each, what to write.

use std::fs;
use std::path::{Path, PathBuf};

/// What may not appear, and what to write in its place.
const WORDS: &[(&str, &str)] = &[
    ("whoever", "anyone who, who"),
    ("whom", "which entity, for which"),
    ("anew", "again"),
    ("mended", "corrected, repaired"),
    ("stands for", "means"),
    ("said of", "stated about"),
    ("wanted are", "wants"),
    ("waiting room", "packed rows"),
    ("put away", "packed"),
    ("memo", "cache"),
    ("standing report", "report"),
    ("settled on", "resolved"),
    ("partition at work", "batch"),
];

/// Which files are held to it. More join as they are rewritten.
const PLACES: &[&str] = &[
    "README.md",
    "docs/catalogue.md",
    "docs/design.md",
    "docs/grants.md",
    "docs/how-to",
    "docs/index.md",
    "docs/input-formats.md",
    "docs/performance.md",
    "docs/portable.md",
    "docs/recommend.md",
    "docs/scale.md",
    "docs/sql.md",
    "docs/store.md",
    "docs/tutorial.md",
    "src/archive",
    "src/cli/args",
    "src/run",
];

/// What may not stand in a text that the program prints, and what to write in its place: say the fact, then what to do.
const MESSAGES: &[(&str, &str)] = &[
    ("whoever", "anyone who, who"),
    ("whom", "which entity"),
    ("anew", "again"),
    ("mend", "fix"),
    ("wanted are", "expected"),
    ("wanted is", "expected"),
    ("nothing follows", "… is unknown"),
    ("nothing says", "… is unknown"),
    ("is no file", "is not a file"),
    ("is no dump", "is not a dump"),
    ("is no date", "is not a date"),
    ("is no list", "is not a list"),
    ("is no store", "is not a store"),
    ("and its kin", "and related commands"),
];

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.flat_map(|entry| files(&entry.expect("an entry").path())).collect()
}

/// The prose of a file: all of a document, of a source its comments.
fn prose<'t>(path: &Path, text: &'t str) -> Vec<(usize, &'t str)> {
    let is_source = path.extension().is_some_and(|ending| ending == "rs");
    let lines = text.lines().zip(1..).map(|(line, number)| (number, line));
    lines.filter(|(_, line)| !is_source || line.trim_start().starts_with("//")).collect()
}

/// Whether `text` holds `word` as whole words.
fn holds(text: &str, word: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, found)| {
        !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + found.len()..].chars().next())
    })
}

#[test]
fn a_word_is_found_whole_and_in_any_case() {
    assert!(holds("to whom it may", "whom") && holds("whom", "whom"));
    assert!(!holds("whomever and memory", "whom") && !holds("memory", "memo"));
}

#[test]
fn no_word_of_the_list_appears() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in PLACES.iter().flat_map(|place| files(&root.join(place))) {
        let text = fs::read_to_string(&path).expect("readable");
        for (number, line) in prose(&path, &text) {
            let line = line.to_lowercase();
            let bad = WORDS.iter().filter(|(word, _)| holds(&line, word));
            let name = path.strip_prefix(root).expect("below the root").display();
            found.extend(bad.map(|(word, better)| format!("{name}:{number}: \"{word}\"; write: {better}")));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The texts between quotes in the code of a line.
fn texts(line: &str) -> impl Iterator<Item = &str> {
    let is_code = !line.trim_start().starts_with("//");
    line.split('"').skip(1).step_by(2).filter(move |_| is_code)
}

#[test]
fn no_message_says_it_in_a_way_that_a_reader_stumbles_over() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = files(&root.join("src")).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    let mut found = Vec::new();
    for path in sources.filter(|path| !path.to_string_lossy().contains("tests")) {
        let text = fs::read_to_string(&path).expect("readable");
        let code = text.split("#[cfg(test)]").next().expect("a part before the tests");
        for (line, number) in code.lines().zip(1..) {
            let texts: Vec<String> = texts(line).map(str::to_lowercase).collect();
            let bad = MESSAGES.iter().filter(|(word, _)| texts.iter().any(|text| holds(text, word)));
            found.extend(bad.map(|(word, better)| format!("{}:{number}: \"{word}\"; write: {better}", path.display())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
