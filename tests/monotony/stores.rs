//! Rules 4 and 5 for stores: the same evidence in another order, in several ingests or shards, gives what the files give; and what is
//! forgotten is as if it had never been there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::estates::{Estate, Rng};
use crate::rules::{describe, new_unused};
use crate::said::{Said, program, run, said_of};

const REPORTS: [&str; 7] = [
    "list --level service",
    "list --level action",
    "list --snapshots all",
    "services",
    "compare --roles",
    "summary",
    "entities",
];

/// Runs a command that writes; returns what is wrong with its end.
fn write(folder: &Path, line: &str) -> Option<String> {
    let output = Command::new(program()).args(line.split(' ')).current_dir(folder).output().expect("runs");
    let is_right = matches!(output.status.code(), Some(0 | 3));
    (!is_right).then(|| format!("{line}: {}", String::from_utf8_lossy(&output.stderr)))
}

type Files = BTreeMap<String, String>;

/// Writes files below `a` and `b` of a folder; both are there, whatever the files.
fn lay(folder: &Path, files: &Files) {
    for part in ["a", "b"] {
        fs::create_dir_all(folder.join(part)).expect("a folder");
    }
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
}

/// Takes the files into `home/store`, in random order and in several parts.
fn ingest(home: &Path, files: &Files, rng: &mut Rng) -> Option<String> {
    let parts = 1 + rng.below(3);
    let is_sharded = parts > 1 && rng.chance(40);
    if is_sharded {
        let first = rng.below(parts);
        let shards = (0..parts).map(|at| (first + at) % parts + 1);
        return shards
            .map(|shard| format!("ingest a b --store store --shard {shard}/{parts}"))
            .find_map(|line| write(home, &line));
    }
    let mut split: Vec<Files> = vec![Files::new(); parts];
    for (path, bytes) in files {
        split[rng.below(parts)].insert(path.clone(), bytes.clone());
    }
    // An ingest of nothing is an error.
    split.iter().filter(|part| !part.is_empty()).enumerate().find_map(|(at, part)| {
        let folder = home.join(format!("part-{at}"));
        lay(&folder, part);
        write(&folder, "ingest a b --store ../store")
    })
}

/// The reports on a store that differ from those on the files.
fn differing(store: &Path, files: &Path, when: &str) -> Vec<String> {
    let differs = |report: &&&str| run(store, &format!("{report} store")) != run(files, &format!("{report} a b"));
    REPORTS
        .iter()
        .filter(differs)
        .map(|report| format!("{when}, {report} on the store differs from the files"))
        .collect()
}

/// What is wrong with stores of the estate.
pub fn stores(estate: &Estate, before: &Said, rng: &mut Rng, stale_after: &str) -> Vec<String> {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path();
    let files: Files = estate.files();
    lay(home, &files);
    if let Some(wrong) = ingest(home, &files, rng) {
        return vec![wrong];
    }
    let mut wrong = differing(home, home, "after the ingest");
    let accounts = ["111122223333", "222233334444"];
    let account = *rng.pick(&accounts);
    let (options, is_account) = match rng.below(3) {
        0 => ("--to 2026-01-01".to_owned(), false),
        1 => ("--from 2026-03-15 --to 2026-05-03".to_owned(), false),
        _ => (format!("--account {account}"), true),
    };
    // Shards are of one list before anything is forgotten; there may be nothing to forget.
    let kept = "store compact store";
    if let Some(failed) = write(home, kept).or_else(|| write(home, &format!("store forget store --split {options}"))) {
        return [wrong, vec![failed]].concat();
    }
    if let Some(failed) = write(home, "store export store -o out") {
        return [wrong, vec![failed]].concat();
    }
    let out = home.join("out");
    lay(&out, &Files::new());
    wrong.extend(differing(home, &out, &format!("after forget {options}")));
    let is_gone = |path: &str| !out.join(path).exists();
    for answer in estate.answers.iter().filter(|answer| is_account && answer.named) {
        let path = files.keys().find(|path| path.contains(&format!("dump-{:02}.", answer.number)));
        let path = path.expect("each answer has a file");
        if is_gone(path) != answer.arn.contains(account) {
            wrong.push(format!(
                "forget {options}: {path} of {} is {}",
                answer.arn,
                if is_gone(path) { "gone" } else { "kept" }
            ));
        }
    }
    if is_account {
        let after = said_of(home, "store", stale_after);
        let others = new_unused(before, &after).filter(|(key, _)| key[0] != account && !key[3].is_empty());
        wrong.extend(others.map(|(key, row)| format!("after forget {options}: {}", describe(key, row, before))));
    }
    wrong
}
