//! Rules 1 to 4 of docs/reports.md, on random estates: evidence that is taken away makes no verdict stronger, an access that is added
//! creates no `unused`, and filters and order change nothing: not in a store either, however the evidence came into it, and not against a
//! `--baseline`.
//!
//! `MONOTONY_CHANGES=5000` tries more changes than the normal run, `MONOTONY_SEED=17` one estate alone, and `MONOTONY_KEEP=DIR` leaves there
//! what failed. `MONOTONY_PROGRAM` runs another program, such as `tests/independent/audit.py`.

mod baseline;
mod changes;
#[path = "../estates/mod.rs"]
mod estates;
mod rules;
mod said;
mod stores;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, fs, thread};

use estates::{Estate, Rng};

/// Leaves an estate for a look at it.
fn keep(estate: &Estate, name: &str) {
    if let Ok(folder) = env::var("MONOTONY_KEEP") {
        let folder = Path::new(&folder).join(name);
        let _ = fs::remove_dir_all(&folder);
        estate.write(&folder);
    }
}

/// Tries some changes on the estate of `seed`: how many, and what was wrong.
fn try_seed(seed: u64) -> (u64, Vec<String>) {
    let (estate, mut rng) = (estates::estate(seed), Rng::new(seed + 1_000_000));
    let stale_after = *rng.pick(&["30d", "90d", "90d", "90d", "180d", "400d"]);
    let before = said::ask(&estate, stale_after);
    let mut found = Vec::new();
    let mut tried = 3;
    let mut note = |words: &str, wrong: Vec<String>, after: &Estate, number: u64| {
        if !wrong.is_empty() {
            keep(&estate, &format!("{seed}-before"));
            keep(after, &format!("{seed}-{number}-after"));
            let first = wrong[..wrong.len().min(3)].join("\n      ");
            found.push(format!("MONOTONY_SEED={seed} (N {stale_after}): {words}\n      {first}"));
        }
    };
    let days = stale_after.trim_end_matches('d').parse().expect("days");
    note("what is unused", rules::not_carried(&estate, &before, days), &estate, 0);
    note("filters and order", rules::filters_and_order(&estate), &estate, 0);
    note("stores", stores::stores(&estate, &before, &mut rng, stale_after), &estate, 1);
    for _ in 0..40 {
        if tried >= 12 {
            break;
        }
        let Some(change) = changes::change(&estate, &mut rng) else { continue };
        let after = said::ask(&change.after, stale_after);
        note(&change.words, (change.judge)(&before, &after), &change.after, tried);
        tried += 1;
        if tried == 4 {
            let words = format!("--baseline of before, {}", change.words);
            let is_weaker = change.is_of_the_only_document;
            let there = baseline::baseline(&estate, &change.after, is_weaker, stale_after);
            let back = baseline::baseline(&change.after, &estate, false, stale_after);
            note(&words, [there, back].concat(), &change.after, tried);
            tried += 1;
        }
    }
    (tried, found)
}

#[test]
fn less_evidence_makes_no_verdict_stronger() {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let wanted = number("MONOTONY_CHANGES").unwrap_or(400);
    let only = number("MONOTONY_SEED");
    let (next, tried, found) = (AtomicU64::new(only.unwrap_or(0)), AtomicU64::new(0), Mutex::new(Vec::new()));
    let work = || {
        while tried.load(Ordering::Relaxed) < wanted {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if only.is_some_and(|only| seed > only) {
                break;
            }
            let (changes, wrong) = try_seed(seed);
            tried.fetch_add(changes, Ordering::Relaxed);
            found.lock().expect("no panic").extend(wrong);
        }
    };
    thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(work))));
    let mut found = found.into_inner().expect("no panic");
    found.sort();
    let tried = tried.into_inner();
    assert!(
        found.is_empty(),
        "{} of {tried} changes of evidence are judged wrongly\n{}",
        found.len(),
        found[..found.len().min(30)].join("\n")
    );
    assert!(only.is_some() || tried >= wanted, "only {tried} changes were tried");
}
