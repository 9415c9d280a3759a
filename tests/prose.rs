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
const PLACES: &[&str] = &["docs/design.md", "docs/scale.md", "docs/store.md", "src/archive", "src/run"];

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
