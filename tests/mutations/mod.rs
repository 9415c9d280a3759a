//! Real dumps, damaged: each number gives one damaged document, the same on every machine.

use std::fs;
use std::path::{Path, PathBuf};

/// A stream of numbers that looks random and is none (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `end`; 0 where there is nothing less.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).expect("less than a usize")
    }

    fn one_of<'a, T>(&mut self, these: &'a [T]) -> &'a T {
        &these[self.below(these.len())]
    }
}

/// Documents to damage, below the package at `root`: the samples of every kind of problem, an estate, and the seeds of the
/// fuzz targets.
pub fn originals(root: &Path) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    for folder in ["fuzz/seeds/dumps", "sample-data/broken", "sample-data/estate/2026-07-06", "tests/data"] {
        gather(&root.join(folder), &mut paths);
    }
    paths.sort();
    let originals: Vec<_> = paths.iter().map(|path| fs::read(path).expect("a readable sample")).collect();
    assert!(originals.len() > 80, "only {} documents to damage", originals.len());
    originals
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of samples") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { gather(&path, paths) } else { paths.push(path) }
    }
}

/// The damaged document of this number: one to four wounds.
pub fn damaged(originals: &[Vec<u8>], number: u64) -> Vec<u8> {
    let mut numbers = Numbers(number);
    let mut document = numbers.one_of(originals).clone();
    for _ in 0..=numbers.below(4) {
        wound(&mut document, originals, &mut numbers);
    }
    document
}

/// Numbers, dates and words that are right where they are not expected.
const MISPLACED: &[&str] = &[
    "1e999",
    "-1",
    "99999999999999999999999999",
    "18446744073709551616",
    "4294967296",
    "0.1",
    "NaN",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "\"2024-02-30T00:00:00Z\"",
    "\"0001-01-01T00:00:00Z\"",
    "\"COMPLETED\"",
    "\"arn:aws:iam::123456789012:role/x\"",
    "\"\\ud800\"",
    "\u{feff}",
];

fn wound(document: &mut Vec<u8>, originals: &[Vec<u8>], numbers: &mut Numbers) {
    let length = document.len();
    let (a, b) = (numbers.below(length + 1), numbers.below(length + 1));
    let (from, to) = (a.min(b), a.max(b));
    match numbers.below(9) {
        // A bit flips.
        0 if length > 0 => document[a.min(length - 1)] ^= 1 << numbers.below(8),
        // The end is missing.
        1 => document.truncate(a),
        // A piece is missing.
        2 => drop(document.drain(from..to.min(from + 200))),
        // A piece stands twice, or ten times.
        3 => {
            let piece = document[from..to.min(from + 500)].to_vec();
            for _ in 0..*numbers.one_of(&[1, 1, 1, 10]) {
                document.splice(to..to, piece.iter().copied());
            }
        }
        // Goes on as another document.
        4 => {
            let other = numbers.one_of(originals);
            let start = numbers.below(other.len() + 1);
            document.truncate(a);
            document.extend_from_slice(&other[start..]);
        }
        // Stands in lists, objects or a string.
        5 => {
            let (open, close) = *numbers.one_of(&[("[", "]"), ("{\"a\":", "}"), ("[[", "]]"), ("[{}, ", ", {}]")]);
            let times = *numbers.one_of(&[1, 2, 30, 40, 3000]);
            let inside = std::mem::take(document);
            document.extend(open.repeat(times).bytes());
            document.extend(inside);
            document.extend(close.repeat(times).bytes());
        }
        6 => {
            let text = String::from_utf8_lossy(document);
            *document = serde_json::to_vec(&text).expect("a string is JSON");
        }
        // A value is another one.
        7 => {
            let colons: Vec<usize> = (0..length).filter(|&at| document[at] == b':').collect();
            let Some(at) = colons.get(numbers.below(colons.len())).map(|at| at + 1) else { return };
            let end = (at..length).find(|&end| matches!(document[end], b',' | b'}' | b'\n')).unwrap_or(length);
            document.splice(at..end, numbers.one_of(MISPLACED).bytes());
        }
        // Words stand where they do not belong.
        _ => drop(document.splice(from..from, numbers.one_of(MISPLACED).bytes())),
    }
}
