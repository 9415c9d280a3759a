//! The exact path reads everything that it accepts as the tolerant path does: every saved answer of this repository,
//! and what is left of each after thousands of small damages.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use super::super::members::members;
use super::super::operations::{Operation, operation_of};
use super::super::tolerant;
use super::{AnswerBody, Memory, parse};
use crate::model::{Job, ListState, Rows, Symbols};

#[path = "../../../benches/estate/estate.rs"]
#[allow(dead_code, reason = "the generator's command line uses the rest")]
mod estate;

/// Rows, list, job, and how many dates have no offset.
type Taken = (Rows, ListState, Job, u32);

fn taken(body: AnswerBody) -> Taken {
    (body.rows, body.list, body.job, body.dates.without_offset)
}

fn by_tolerance(json: &[u8], memory: &mut Memory) -> Option<Taken> {
    let members = members(std::str::from_utf8(json).ok()?).ok()?;
    let Some(Operation::Answer) = operation_of(&members) else { return None };
    tolerant::answer(&members, &mut memory.names).ok().map(taken)
}

/// Every whole file of the samples and the corpus, and some answers at action level like those of a big estate.
fn documents() -> Vec<Vec<u8>> {
    fn walk(folder: &Path, found: &mut Vec<Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder of the repository") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(fs::read(path).expect("a readable file"));
            }
        }
    }
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    walk(&root.join("sample-data"), &mut found);
    walk(&root.join("tests/data"), &mut found);
    walk(&root.join("tests/corpus"), &mut found);
    let (accounts, entities, dates) = (1, 12, 2);
    let estate = estate::Estate { accounts, entities, dates, level: estate::Level::Action };
    for number in 0..estate.dumps() {
        for style in [estate::Style::Cli, estate::Style::Compact] {
            let mut text = Vec::new();
            estate.dump(number).print(style, &mut text);
            found.push(text);
        }
    }
    found
}

#[test]
fn both_paths_read_the_same_from_every_saved_answer() {
    let symbols = Symbols::default();
    let mut warm = Memory::new(&symbols);
    let mut exact = 0;
    for document in documents() {
        let cold = parse(&document, &mut Memory::new(&symbols)).ok().map(taken);
        assert_eq!(parse(&document, &mut warm).ok().map(taken), cold, "what was read before makes no difference");
        if cold.is_some() {
            exact += 1;
            assert_eq!(by_tolerance(&document, &mut warm), cold, "{}", String::from_utf8_lossy(&document));
        }
    }
    assert!(exact > 50, "the exact path takes only {exact}");
}

/// What damage puts into a document: every kind of token, and members that mean something in their new place.
const SPLINTERS: [&[u8]; 24] = [
    b"",
    b" ",
    b"\n    ",
    b"\t",
    b",",
    b":",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"null",
    b"true",
    b"0",
    b"01",
    b"-1",
    b"1.5",
    b"\x00",
    b"\xff",
    "é".as_bytes(),
    b"\"ActionName\": \"GetObject\",",
    b"\"LastAccessedTime\": null,",
    b"\"ServiceNamespace\": \"s3\",",
];

const WORDS: [(&[u8], &[u8]); 10] = [
    (b"\"ActionName\"", b"\"LastAccessedTime\""),
    (b"\"ServiceNamespace\"", b"\"ServiceName\""),
    (b"\"TotalAuthenticatedEntities\": 1", b"\"TotalAuthenticatedEntities\": 1e2"),
    (b"COMPLETED", b"IN_PROGRESS"),
    (b"ACTION_LEVEL", b"action_level"),
    (b"+00:00\"", b"\""),
    (b"+00:00\"", b"+00:0\""),
    (b"\"arn:", b"\"N/A"),
    (b"20", b"02"),
    (b"\"us-", b"\"\\u0075s-"),
];

/// One small damage; a place is a part of the length.
#[derive(Debug, Clone)]
enum Damage {
    Overwrite(Index, u8),
    Cut(Index, usize),
    Insert(Index, Index),
    Copy(Index, Index, usize),
    Reword(Index, Index),
    /// A line is a member if the client prints each on its own line.
    CutLine(Index),
    SwapLines(Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), b' '..=b'~').prop_map(|(at, byte)| Damage::Overwrite(at, byte)),
        (any::<Index>(), 1..=40usize).prop_map(|(at, length)| Damage::Cut(at, length)),
        any::<(Index, Index)>().prop_map(|(at, splinter)| Damage::Insert(at, splinter)),
        (any::<Index>(), any::<Index>(), 1..=200usize).prop_map(|(at, from, length)| Damage::Copy(at, from, length)),
        any::<(Index, Index)>().prop_map(|(after, word)| Damage::Reword(after, word)),
        any::<Index>().prop_map(Damage::CutLine),
        (any::<Index>(), 1..=6usize).prop_map(|(line, distance)| Damage::SwapLines(line, distance)),
    ]
}

impl Damage {
    fn befall(&self, document: &mut Vec<u8>) {
        let length = document.len();
        if length == 0 {
            return;
        }
        match self {
            Self::Overwrite(at, byte) => document[at.index(length)] = *byte,
            Self::Cut(at, cut) => {
                let at = at.index(length);
                document.drain(at..length.min(at + cut));
            }
            Self::Insert(at, splinter) => {
                let at = at.index(length);
                document.splice(at..at, splinter.get(&SPLINTERS).iter().copied());
            }
            Self::Copy(at, from, copied) => {
                let (at, from) = (at.index(length), from.index(length));
                let copied = document[from..length.min(from + copied)].to_vec();
                document.splice(at..at, copied);
            }
            Self::Reword(after, word) => {
                let (after, (word, other)) = (after.index(length), word.get(&WORDS));
                if let Some(start) = memchr::memmem::find(&document[after..], word) {
                    document.splice(after + start..after + start + word.len(), other.iter().copied());
                }
            }
            Self::CutLine(line) => edit_lines(document, |lines| {
                lines.remove(line.index(lines.len()));
            }),
            Self::SwapLines(line, distance) => edit_lines(document, |lines| {
                let line = line.index(lines.len());
                let other = (line + distance).min(lines.len() - 1);
                lines.swap(line, other);
            }),
        }
    }
}

fn edit_lines(document: &mut Vec<u8>, edit: impl FnOnce(&mut Vec<&[u8]>)) {
    let mut lines = document.split(|&byte| byte == b'\n').collect();
    edit(&mut lines);
    *document = lines.join(&b'\n');
}

/// `PROPTEST_CASES` tries more cases.
#[test]
fn damage_is_never_taken_for_something_else() {
    let symbols = Symbols::default();
    // One memory for all documents, as a worker has: what one document leaves behind must not show in the next.
    let memory = RefCell::new(Memory::new(&symbols));
    let whole = |document: &Vec<u8>| parse(document, &mut memory.borrow_mut()).is_ok() && document.len() < 100_000;
    let documents: Vec<_> = documents().into_iter().filter(whole).collect();
    let (taken_so, refused) = (Cell::new(0), Cell::new(0));
    let config = Config { failure_persistence: None, ..Config::with_cases(Config::default().cases.max(8_000)) };
    let cases = (any::<Index>(), vec(damage(), 1..=3));
    let holds = TestRunner::new(config).run(&cases, |(which, damages)| {
        let memory = &mut *memory.borrow_mut();
        let document = which.get(&documents);
        let mut damaged = document.clone();
        for damage in &damages {
            damage.befall(&mut damaged);
        }
        if let Ok(body) = parse(&damaged, memory) {
            taken_so.set(taken_so.get() + 1);
            prop_assert_eq!(by_tolerance(&damaged, memory), Some(taken(body)), "{}", String::from_utf8_lossy(&damaged));
        } else {
            refused.set(refused.get() + 1);
        }
        // Nothing is left of an answer that was given up in the middle.
        let again = parse(document, memory).ok().map(taken);
        prop_assert_eq!(again, by_tolerance(document, memory));
        Ok(())
    });
    holds.unwrap_or_else(|fault| panic!("{fault}"));
    let (taken_so, refused) = (taken_so.get(), refused.get());
    assert!(taken_so > 300 && refused > 300, "{taken_so} taken, {refused} refused: one side is hardly tried");
}

#[test]
fn actions_before_the_name_of_their_service_are_no_surprise() {
    let symbols = Symbols::default();
    let mut memory = Memory::new(&symbols);
    let usual = br#"{"JobStatus":"COMPLETED","ServicesLastAccessed":[{"ServiceName":"Amazon S3","ServiceNamespace":"s3",
        "TotalAuthenticatedEntities":0,"TrackedActionsLastAccessed":[{"ActionName":"GetObject"},{"ActionName":"PutObject"}]}]}"#;
    let turned = br#"{"JobStatus":"COMPLETED","ServicesLastAccessed":[{"TrackedActionsLastAccessed":[
        {"ActionName":"Amazon S3"},{"ActionName":"GetObject"},{"ActionName":"PutObject"}],
        "ServiceName":"Amazon S3","ServiceNamespace":"s3","TotalAuthenticatedEntities":0}]}"#;
    for document in [&usual[..], turned, usual, turned] {
        let exact = parse(document, &mut memory).ok().map(taken);
        assert!(exact.is_some());
        assert_eq!(exact, by_tolerance(document, &mut memory));
    }
}
