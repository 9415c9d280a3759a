//! What is said when dumps go into a store is kept with them: every report and every table is as if it had been said to that.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::Path;

use program::{Ran, answer, dormant, put};
use serde_json::json;
use tempfile::TempDir;

/// Reports in formats that say what was asked, too.
const REPORTS: [&str; 9] = [
    "list --level service --format json",
    "unused",
    "summary --format md",
    "services",
    "trend",
    "compare --long",
    "diff --from 2026-05-05 --to 2026-06-01 --format json",
    "check --verbose",
    "entities --format json",
];

const MANIFEST: &str = "path,arn\n\
    a.json,arn:aws:iam::111122223333:role/api\n\
    b.json,arn:aws:iam::111122223333:policy/read\n\
    c.json,arn:aws:iam::444455556666:user/ann\n";

/// Two weeks of dumps that do not say whose they are, one answer about a service that does not say which, and a manifest.
fn home() -> TempDir {
    let home = TempDir::new().expect("a folder");
    for day in ["2026-05-04", "2026-05-11"] {
        for name in ["a", "b", "c"] {
            let mut answer = answer("api");
            answer.as_object_mut().expect("an object").remove("Arn");
            put(home.path().join(format!("dumps/{day}/{name}.json")), answer.to_string().replace("2026-05-04", day));
        }
    }
    put(home.path().join("dumps/unsaid.json"), include_str!("data/with-entities.json"));
    put(home.path().join("whose.csv"), MANIFEST);
    put(home.path().join("services.csv"), "file,service_namespace\nunsaid.json,kms\n");
    home
}

fn ran(home: &TempDir, line: &str) -> Ran {
    dormant(home.path(), line.split_whitespace())
}

fn done(home: &TempDir, line: &str) {
    let ran = ran(home, line);
    assert!(matches!(ran.code, 0 | 3), "{line}: {ran:?}");
}

/// The reports that take `options`, those that take no `--as-of` last.
fn reports(options: &str) -> impl Iterator<Item = &'static str> {
    let with_dates = if options.contains("--as-of") { REPORTS.len() - 2 } else { REPORTS.len() };
    REPORTS.into_iter().take(with_dates)
}

/// All that every report says.
fn told(home: &TempDir, path: &str, options: &str) -> Vec<(i32, String, String)> {
    let of = |report: &str| {
        let Ran { code, stdout, stderr } = ran(home, &format!("{report} {path} {options}"));
        (code, stdout, stderr)
    };
    reports(options).map(of).collect()
}

fn arns(home: &TempDir, path: &str) -> Vec<String> {
    let rows = ran(home, &format!("check {path} --format json")).rows();
    let mut arns: Vec<_> = rows.iter().filter_map(|row| row["entity_arn"].as_str().map(str::to_owned)).collect();
    arns.sort();
    arns.dedup();
    arns.iter().map(|arn| arn.rsplit(':').next().expect("a resource").to_owned()).collect()
}

/// Every file of `store` that is not named by the clock or by what the clock says.
fn tables(store: &Path) -> Vec<(String, Vec<u8>)> {
    let files = walkdir::WalkDir::new(store).sort_by_file_name().into_iter().map(|entry| entry.expect("readable"));
    let tables = files.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "parquet"));
    let read = |entry: walkdir::DirEntry| {
        let below = entry.path().strip_prefix(store).expect("below").display().to_string();
        (below, fs::read(entry.path()).expect("readable"))
    };
    tables.map(read).collect()
}

#[test]
fn what_is_said_at_ingest_holds_for_every_report() {
    let home = home();
    for (at, options) in [
        "--manifest whose.csv",
        "--manifest services.csv --no-infer",
        "--path-template {type}/{name}.json",
        "--as-of 2026-06-01",
        "--manifest whose.csv --as-of 2026-06-01T12:00:00Z",
    ]
    .iter()
    .enumerate()
    {
        let store = format!("store-{at}");
        done(&home, &format!("ingest dumps --store {store} {options}"));
        let (files, kept) = (told(&home, "dumps", options), told(&home, &store, ""));
        for ((report, of_files), of_store) in reports(options).zip(files).zip(kept) {
            assert_eq!(of_files, of_store, "{report} {options}");
        }
        assert_eq!(ran(&home, &format!("store verify {store}")).code, 0);
        let audits = [("dumps", *options, "audit-files"), (&store, "", "audit-store")]
            .map(|(from, options, into)| ran(&home, &format!("report {from} {options} -o {into} --force")).code);
        assert_eq!(audits[0], audits[1], "{options}");
        // Under the wrong names no dump is usable, and there is no audit.
        if audits[0] == 1 {
            continue;
        }
        for name in ["report.md", "manifest.json", "services.csv", "tables/services.parquet"] {
            let of = |audit: &str| fs::read(home.path().join(audit).join(name)).expect("readable");
            assert!(of("audit-files") == of("audit-store"), "{options}: {name} differs");
        }
    }
}

#[test]
fn what_is_said_later_is_laid_over_what_was_said_before() {
    let home = home();
    assert_eq!(arns(&home, "dumps"), ["role/api"], "inferred");
    done(&home, "ingest dumps/2026-05-04 --store store --manifest whose.csv");
    done(&home, "ingest dumps/2026-05-11 --store store");
    assert_eq!(arns(&home, "store"), ["policy/read", "role/api", "user/ann"]);
    put(home.path().join("next.csv"), "path,arn\nc.json,arn:aws:iam::444455556666:user/eve\n");
    done(&home, "ingest dumps --store store --manifest next.csv");
    assert_eq!(arns(&home, "store"), ["policy/read", "role/api", "user/eve"]);
    let info = ran(&home, "store info store").stdout;
    assert!(info.contains("whose.csv, next.csv"), "{info}");
    assert_eq!(fs::read_dir(home.path().join("store/attributions")).expect("a folder").count(), 1);

    // Attribution to a report it is said last, and to that report alone.
    assert_eq!(arns(&home, "store --manifest whose.csv"), ["policy/read", "role/api", "user/ann"]);
    assert_eq!(arns(&home, "store"), ["policy/read", "role/api", "user/eve"]);
    // And once more to the store.
    done(&home, "store compact store --manifest whose.csv");
    assert_eq!(arns(&home, "store"), ["policy/read", "role/api", "user/ann"]);

    // Another store takes it over with the dumps.
    done(&home, "ingest store --store other");
    assert_eq!(tables(&home.path().join("other")), tables(&home.path().join("store")));
    assert_eq!(arns(&home, "other dumps/2026-05-04"), ["policy/read", "role/api", "user/ann"]);
}

#[test]
fn a_kept_date_of_ages_is_not_that_of_an_earlier_moment() {
    let home = home();
    done(&home, "ingest dumps --store store --as-of 2026-06-01");
    let asked = |path: &str| ran(&home, &format!("list {path} --level service --at 2026-05-05 --format csv")).stdout;
    assert_eq!(asked("store"), asked("dumps"));
    assert!(asked("store").contains("2026-05-04") && !asked("store").contains("2026-06-01"), "{}", asked("store"));
    assert!(ran(&home, "list store --level service --format csv").stdout.contains("2026-06-01"));
}

#[test]
fn shards_say_it_together() {
    let home = home();
    done(&home, "ingest dumps --store whole --manifest whose.csv --no-infer");
    for shard in 1..=3 {
        done(&home, &format!("ingest dumps --store parts --manifest whose.csv --no-infer --shard {shard}/3"));
        assert_eq!(ran(&home, "check parts --format json").json()["parameters"]["manifest"], json!(["whose.csv"]));
    }
    done(&home, "store compact parts");
    assert_eq!(tables(&home.path().join("parts")), tables(&home.path().join("whole")));
    assert_eq!(told(&home, "parts", ""), told(&home, "whole", ""));
}

#[test]
fn what_was_said_can_be_forgotten() {
    let home = home();
    done(&home, "ingest dumps --store store --manifest whose.csv --as-of 2026-06-01");
    let said = || {
        let files = fs::read_dir(home.path().join("store/attributions")).expect("a folder");
        let read = files.map(|entry| fs::read_to_string(entry.expect("readable").path()).expect("readable"));
        read.collect::<String>()
    };
    assert!(said().contains("444455556666") && said().contains("111122223333"), "{}", said());
    done(&home, "store forget store --account 444455556666");
    assert!(!said().contains("444455556666") && said().contains("111122223333"), "{}", said());
    assert_eq!(arns(&home, "store"), ["policy/read", "role/api"]);

    done(&home, "store forget store --attributions --dry-run");
    assert_eq!(arns(&home, "store"), ["policy/read", "role/api"]);
    done(&home, "store forget store --attributions");
    assert_eq!((said().as_str(), arns(&home, "store")), ("", vec!["role/api".to_owned()]));
    assert_eq!(ran(&home, "check store --format json").rows().len(), 5, "no dump is gone with it");
    assert_eq!(ran(&home, "store verify store").code, 0);
}

#[test]
fn what_is_wrong_is_said_and_changes_nothing() {
    let home = home();
    put(home.path().join("wrong.csv"), "path,arn\na.json,nobody\n");
    for options in ["--manifest wrong.csv", "--manifest none.csv", "--path-template {nothing}"] {
        let ran = ran(&home, &format!("ingest dumps --store store {options}"));
        assert_eq!((ran.code, home.path().join("store").exists()), (1, false), "{ran:?}");
    }
    done(&home, "ingest dumps --store store --manifest whose.csv");
    let said = fs::read_dir(home.path().join("store/attributions")).expect("a folder").next().expect("a file");
    let said = said.expect("readable").path();
    let whole = fs::read(&said).expect("readable");
    fs::write(&said, &whole[..whole.len() - 9]).expect("written");
    for line in ["list store", "check store", "store verify store", "store compact store", "ingest dumps --store store"]
    {
        let ran = ran(&home, line);
        let code = if line.starts_with("list") || line.starts_with("check") { 3 } else { 1 };
        assert!(ran.code == code && ran.stderr.contains("damaged"), "{line}: {ran:?}");
    }
    fs::write(&said, whole).expect("written");
    assert_eq!(ran(&home, "store verify store").code, 0);
}

#[test]
fn the_order_of_stores_decides_nothing() {
    let home = home();
    for (store, name) in [("first", "api"), ("second", "web")] {
        put(home.path().join("one.csv"), format!("path,arn\na.json,arn:aws:iam::111122223333:role/{name}\n"));
        done(&home, &format!("ingest dumps/2026-05-04/a.json --store {store} --manifest one.csv"));
    }
    let of = |paths: &str| arns(&home, paths);
    assert_eq!(of("first second"), of("second first"));
    // The later of two that contradict each other counts.
    assert_eq!(of("first second"), ["role/web"]);
}

#[test]
fn a_file_of_a_store_that_is_typed_in_another_way_counts_once() {
    let home = home();
    for (typed, again) in [("dumps", "dumps/2026-05-04"), ("dumps/2026-05-04", "dumps")] {
        let store = format!("store-{}", typed.len());
        done(&home, &format!("ingest {typed} --store {store}"));
        let rows = ran(&home, &format!("check {store} {again} --format json")).rows();
        let of_a = rows.iter().filter(|row| row["source"] == "dumps/2026-05-04/a.json").count();
        let others =
            rows.iter().filter(|row| row["source"].as_str().is_some_and(|source| source.ends_with("04/a.json")));
        assert_eq!((of_a, others.count()), (1, 1), "{store} {again}: {rows:#?}");
    }
}
