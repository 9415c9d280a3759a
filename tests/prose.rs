//! Words that a stranger stumbles over must not appear in documents and comments. Each comes with what to write instead.

use std::fs;
use std::path::{Path, PathBuf};

/// What must not appear, and what to write in its place.
const WORDS: &[(&str, &str)] = &[
    ("whoever", "anyone who, who"),
    ("whom", "which entity, for which"),
    ("whose", "that has, with its; the … of which"),
    ("anew", "again"),
    ("afresh", "again"),
    ("spelt", "written"),
    ("lest", "so that … not"),
    ("hence", "so"),
    ("thereof", "of it"),
    ("mended", "corrected, repaired"),
    ("stands for", "means"),
    ("stand for", "mean"),
    ("beside it", "next to it"),
    ("beside them", "next to them"),
    ("beside its", "next to its"),
    ("nobody's", "that belongs to nobody"),
    ("somebody's", "of a person"),
    ("what is said", "what the dump says"),
    ("of a row only", "only the cells of a row that"),
    ("held against", "compared with"),
    ("said of", "stated about"),
    ("rests on", "is based on"),
    ("upon", "on"),
    ("one and the same", "the same"),
    ("for good", "permanently"),
    ("at hand", "in use"),
    ("stands in", "is in"),
    ("otherwise than", "differently from"),
    ("goes first", "takes precedence"),
    ("gives way", "is used only if nothing else is known"),
    ("and the like", "and similar things"),
    ("this is no", "this is not a"),
    ("which is no", "which is not a"),
    ("file is no", "file is not a"),
    ("that are no", "that are not"),
    ("wanted are", "wants"),
    ("waiting room", "packed rows"),
    ("put away", "packed"),
    ("memo", "cache"),
    ("standing report", "report"),
    ("settled on", "resolved"),
    ("partition at work", "batch"),
];

/// Files and folders in which they must not appear.
const PLACES: &[&str] = &["CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md", "docs", "src"];

/// Files and folders that still have some of the words. The first that fits a file decides, so a list only gets shorter.
const STILL: &[(&str, &str)] = &[
    ("src/cli/args", "whose, beside its, what is said, rests on, for good, goes first"),
    (
        "src/cli",
        "whoever, whose, spelt, stands for, beside it, beside them, somebody's, what is said, \
         held against, rests on, at hand, stands in",
    ),
    ("src/decisions", "whose, what is said, stands in, goes first"),
    ("src/recommend", "whoever, whom, spelt, held against, rests on, gives way"),
    (
        "src/render",
        "whoever, whom, whose, anew, spelt, lest, hence, stands for, beside it, beside them, beside its, \
         nobody's, held against, rests on, at hand, stands in, that are no",
    ),
];

/// What must not appear in a text that the program prints, and what to write in its place: the fact, then what to do.
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

/// The prose of a file, line by line: the comments of a source; all of a document but its fenced code, which other tests
/// run.
fn prose<'t>(path: &Path, text: &'t str) -> Vec<(usize, &'t str)> {
    let is_source = path.extension().is_some_and(|ending| ending == "rs");
    let mut is_fenced = false;
    let mut is_prose = |line: &str| {
        let line = line.trim_start();
        is_fenced ^= line.starts_with("```");
        if is_source { line.starts_with("//") } else { !is_fenced }
    };
    let lines = text.lines().zip(1..).map(|(line, number)| (number, line));
    lines.filter(|(_, line)| is_prose(line)).collect()
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
fn prose_is_comments_of_a_source_and_a_document_without_its_code() {
    let numbers =
        |name: &str, text| prose(Path::new(name), text).into_iter().map(|(number, _)| number).collect::<Vec<_>>();
    assert_eq!(numbers("a.rs", "//! whom\nlet whom = 1;\n    // whom"), [1, 3]);
    assert_eq!(numbers("a.md", "whom\n```sh\nwhom\n```\nwhom"), [1, 4, 5]);
}

#[test]
fn no_word_of_the_list_appears() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let is_text = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "md" || ending == "rs");
    let places = PLACES.iter().flat_map(|place| files(&root.join(place)));
    for path in places.filter(is_text) {
        let text = fs::read_to_string(&path).expect("readable");
        let still = STILL.iter().find(|(place, _)| path.starts_with(root.join(place)));
        let may_stay = |word: &str| still.is_some_and(|(_, words)| words.split(", ").any(|one| one == word));
        for (number, line) in prose(&path, &text) {
            let line = line.to_lowercase();
            let bad = WORDS.iter().filter(|(word, _)| holds(&line, word) && !may_stay(word));
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
