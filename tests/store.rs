//! A store gives what the files gave: however they came into it, whatever happened on the way, and never more than was read.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use program::{Ran, answer, dormant, put, run};
use serde_json::json;
use tempfile::TempDir;

/// Reports that say everything a store has to give.
const REPORTS: [&str; 24] = [
    "summary",
    "summary --stale-after 30d",
    "services",
    "unused --format json",
    "unused --level action --all-actions",
    "unused --snapshots all",
    "list --format json",
    "unused --unused",
    "staleness --format md",
    "staleness --buckets 7,400",
    "staleness --by service",
    "compare --long --level action",
    "compare --pairs",
    "compare --roles",
    "trend",
    "list",
    "list --level service --snapshots all --format md --max-rows 0",
    "check --verbose",
    "organizations",
    "entities",
    "diff --from 2026-02-01 --to 2026-08-01",
    "diff --from 2026-02-01 --to 2026-08-01 --level action --all",
    "diff --from 2026-02-01 --to 2026-08-01 --format json",
    "diff --from 2026-05-01 --to 2026-08-01 --level action --all",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One report on `paths`, read from `folder`.
fn report(folder: &Path, report: &str, paths: &[String]) -> Ran {
    let arguments = report.split(' ').map(str::to_owned).chain(paths.iter().cloned());
    dormant(folder, arguments)
}

/// Exit code, stdout and stderr of every report that takes `paths`.
fn everything(folder: &Path, paths: &[String]) -> Vec<(String, i32, String, String)> {
    let fits = |report: &&&str| paths.len() == 1 || !report.starts_with("diff");
    let told = REPORTS.iter().filter(fits).map(|name| {
        let Ran { code, stdout, stderr } = report(folder, name, paths);
        ((*name).to_owned(), code, stdout, stderr)
    });
    told.collect()
}

fn assert_same(one: &[(String, i32, String, String)], other: &[(String, i32, String, String)], what: &str) {
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        assert_eq!(one, other, "{what}");
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// Takes `paths`, as seen from `folder`, into `store`.
fn ingest(folder: &Path, paths: &[String], store: &Path, options: &[&str]) -> Ran {
    let mut arguments = vec!["ingest".to_owned(), "--store".to_owned(), text(store)];
    arguments.extend(options.iter().map(|&option| option.to_owned()));
    arguments.extend(paths.iter().cloned());
    let ran = dormant(folder, arguments);
    assert!(matches!(ran.code, 0 | 3), "{ran:?}");
    ran
}

fn verify(store: &Path) -> Ran {
    dormant(store, ["store", "verify", "."])
}

/// Every file below `folder` that `keeps`, as a path seen from `folder`.
fn files(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.expect("readable"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|entry| text(entry.path().strip_prefix(folder).expect("below"))).collect()
}

/// The same numbers in the same order wherever the tests run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.below(at + 1);
            items.swap(at, other);
        }
    }
}

#[test]
fn every_sample_gives_the_same_reports_from_a_store() {
    let samples = root().join("sample-data");
    let folders = fs::read_dir(&samples).expect("samples").map(|entry| entry.expect("readable"));
    let mut folders: Vec<_> = folders.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name()).collect();
    folders.sort();
    for name in folders {
        let name = name.to_str().expect("UTF-8").to_owned();
        let home = TempDir::new().expect("a folder");
        let store = home.path().join("store");
        let paths = [name];
        ingest(&samples, &paths, &store, &[]);
        assert_same(&everything(&samples, &paths), &everything(&samples, &[text(&store)]), &paths[0]);
    }
}

#[test]
fn every_shape_gives_the_same_reports_from_a_store() {
    let corpus = root().join("tests/corpus");
    for name in ["clients", "layouts", "variants"] {
        let home = TempDir::new().expect("a folder");
        let store = home.path().join("store");
        ingest(&corpus, &[name.to_owned()], &store, &[]);
        let from_files = everything(&corpus, &[name.to_owned()]);
        assert_same(&from_files, &everything(&corpus, &[text(&store)]), name);
    }
}

#[test]
fn the_options_of_reading_do_the_same_on_a_store() {
    let samples = root().join("sample-data");
    let home = TempDir::new().expect("a folder");
    let store = home.path().join("store");
    ingest(&samples, &["estate".to_owned()], &store, &[]);
    let filters = ["--at 2026-03-15", "--account 111122223333", "--service s3,ec2"];
    for options in ["--no-infer", "--as-of 2026-06-01", "--no-infer --memory 1KiB"].iter().chain(&filters) {
        let asked = format!("unused --level action {options}");
        let from = |path: String| {
            let Ran { code, stdout, stderr } = report(&samples, &asked, &[path]);
            (code, stdout, stderr)
        };
        assert_eq!(from("estate".to_owned()), from(text(&store)), "{asked}");
    }
}

#[test]
fn the_audit_of_a_store_is_that_of_its_files() {
    let samples = root().join("sample-data");
    let home = TempDir::new().expect("a folder");
    let store = home.path().join("store");
    ingest(&samples, &["estate".to_owned()], &store, &[]);
    let audit = |path: &str, into: &str| {
        let folder = home.path().join(into);
        let ran = dormant(&samples, ["report", path, "-o", &text(&folder)]);
        assert!(matches!(ran.code, 0 | 3), "{ran:?}");
        let read = |name: String| (name.clone(), fs::read(folder.join(&name)).expect("readable"));
        files(&folder).into_iter().map(read).collect::<Vec<_>>()
    };
    for (one, other) in audit("estate", "one").iter().zip(&audit(&text(&store), "other")) {
        assert!(one == other, "{} differs", one.0);
    }
}

#[test]
fn pieces_in_any_order_twice_over_or_in_shards_are_the_same_store() {
    let samples = root().join("sample-data");
    let mut paths: Vec<String> = files(&samples.join("estate")).iter().map(|file| format!("estate/{file}")).collect();
    paths.extend(files(&samples.join("truncated")).iter().map(|file| format!("truncated/{file}")));
    let expected = everything(&samples, &paths);
    let home = TempDir::new().expect("a folder");
    let at = |name: &str| home.path().join(name);

    ingest(&samples, &paths, &at("once"), &[]);
    assert_same(&expected, &everything(&samples, &[text(&at("once"))])[..expected.len()], "in one go");

    let mut dice = Dice(7);
    for round in 0..3 {
        let mut shuffled = paths.clone();
        dice.shuffle(&mut shuffled);
        let store = at(&format!("pieces-{round}"));
        for piece in shuffled.chunks(paths.len().div_ceil(10)) {
            ingest(&samples, piece, &store, &[]);
        }
        assert_same(&expected, &everything(&samples, &[text(&store)])[..expected.len()], "in ten pieces");
        assert_eq!(tables(&store), tables(&at("once")), "the tables of ten pieces");
    }

    let again = ingest(&samples, &paths, &at("once"), &[]);
    assert!(again.stderr.contains("0 files added") && !again.stderr.contains("left to"), "{again:?}");
    assert_same(&expected, &everything(&samples, &[text(&at("once"))])[..expected.len()], "twice");

    let mut shards: Vec<usize> = (1..=8).collect();
    dice.shuffle(&mut shards);
    for shard in shards {
        ingest(&samples, &paths, &at("shards"), &["--shard", &format!("{shard}/8")]);
    }
    assert_same(&expected, &everything(&samples, &[text(&at("shards"))])[..expected.len()], "in shards");
    assert_eq!(dormant(home.path(), ["store", "compact", "shards"]).code, 0);
    assert_same(&expected, &everything(&samples, &[text(&at("shards"))])[..expected.len()], "in shards, compact");
    assert_eq!(tables(&at("shards")), tables(&at("once")), "the tables of shards");
    for store in ["once", "pieces-0", "shards"] {
        assert_eq!(verify(&at(store)).code, 0, "{store}");
    }
}

/// Every Parquet file of the tables, by its path.
fn tables(store: &Path) -> Vec<(String, Vec<u8>)> {
    let is_table = |name: &String| Path::new(name).extension().is_some_and(|ending| ending == "parquet");
    let names = files(store).into_iter().filter(is_table);
    names.map(|name| (name.clone(), fs::read(store.join(&name)).expect("readable"))).collect()
}

#[test]
fn stores_and_files_may_be_read_together() {
    let samples = root().join("sample-data");
    let home = TempDir::new().expect("a folder");
    let (one, other) = (home.path().join("one"), home.path().join("other"));
    ingest(&samples, &["estate".to_owned()], &one, &[]);
    ingest(&samples, &["two-accounts".to_owned(), "policy".to_owned()], &other, &[]);
    let paths = |paths: &[&str]| paths.iter().map(|&path| path.to_owned()).collect::<Vec<String>>();
    let expected = everything(&samples, &paths(&["estate", "two-accounts", "policy"]));
    let (one, other) = (text(&one), text(&other));
    assert_same(&expected, &everything(&samples, &paths(&[&other, &one])), "two stores");
    assert_same(&expected, &everything(&samples, &paths(&["policy", &one, "two-accounts"])), "a store and files");
    assert_same(&expected, &everything(&samples, &paths(&[&one, "policy", "two-accounts", "estate"])), "overlapping");

    let sides = |old: &str, new: &str| report(&samples, &format!("diff {old} {new}"), &[]).stdout;
    assert_eq!(sides(&other, &one), sides(&other, "estate"));
}

#[test]
fn a_store_within_a_folder_of_dumps_is_not_read_as_dumps() {
    let home = TempDir::new().expect("a folder");
    put(home.path().join("dumps/a.json"), answer("a").to_string());
    ingest(home.path(), &["dumps".to_owned()], &home.path().join("dumps/store"), &[]);
    let ran = dormant(home.path(), ["check", "dumps", "--format", "json"]);
    let rows = ran.rows();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(ran.stdout.contains("is a store of this program"), "{ran:?}");
}

#[test]
fn a_page_heals_what_was_incomplete_and_an_answer_what_was_pending() {
    let home = TempDir::new().expect("a folder");
    let store = home.path().join("store");
    let page = |marker: Option<&str>, namespace: &str| {
        let mut page = answer("a");
        page["ServicesLastAccessed"] =
            json!([{"ServiceName": namespace, "ServiceNamespace": namespace, "TotalAuthenticatedEntities": 0}]);
        page["IsTruncated"] = json!(marker.is_some());
        if let Some(marker) = marker {
            page["Marker"] = json!(marker);
        }
        page.to_string()
    };
    let pending = json!({"JobStatus": "IN_PROGRESS", "JobCreationDate": "2026-05-04T08:00:00Z"});
    put(home.path().join("dumps/a.page1.json"), page(Some("more"), "ec2"));
    put(home.path().join("dumps/b.json"), pending.to_string());
    let first = ingest(home.path(), &["dumps".to_owned()], &store, &[]);
    assert_eq!(first.code, 3, "{first:?}");
    assert!(first.stderr.contains("IsTruncated") && first.stderr.contains("had not finished"), "{first:?}");

    put(home.path().join("dumps/a.page2.json"), page(None, "ecr"));
    put(home.path().join("dumps/b.json"), answer("b").to_string());
    let second = ingest(home.path(), &["dumps".to_owned()], &store, &[]);
    assert_eq!(second.code, 0, "{second:?}");
    let ran = dormant(home.path(), ["check", "store", "--format", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let evidence: Vec<_> = ran.rows().iter().map(|row| row["evidence"].as_str().map(str::to_owned)).collect();
    assert_eq!(evidence, vec![Some("complete".to_owned()); 3], "{ran:?}");
}

/// A job of `role/NAME` in `account` that was still running on a day of May 2026; without `account` it names no entity.
fn running(account: Option<&str>, name: &str, day: u8) -> String {
    let mut job = json!({"JobStatus": "IN_PROGRESS", "JobCreationDate": format!("2026-05-{day:02}T08:00:00Z")});
    if let Some(account) = account {
        job["Arn"] = json!(format!("arn:aws:iam::{account}:role/{name}"));
    }
    job.to_string()
}

/// The evidence of every document of `store`, sorted.
fn evidence(home: &Path, store: &str, options: &[&str]) -> Vec<String> {
    let ran = dormant(home, ["check", store, "--format", "json"].iter().chain(options));
    let cell = |row: &serde_json::Value| row["evidence"].as_str().unwrap_or("null").to_owned();
    let mut evidence: Vec<_> = ran.rows().iter().map(cell).collect();
    evidence.sort();
    evidence
}

/// Two working folders, in which the same words lead to other files.
#[test]
fn what_says_nothing_is_replaced_by_its_own_answer_only() {
    let whole = || answer("a").to_string();
    let other_account = || whole().replace("123456789012", "111122223333");
    let newer = || running(Some("123456789012"), "a", 11);
    let big = format!("{}{}", " ".repeat(2 << 20), whole());
    let (a, ours) = ("a", Some("123456789012"));
    let cases = [
        ("another account", running(Some("111122223333"), a, 4), whole(), "", ["complete", "pending"]),
        ("another role", running(ours, "b", 4), whole(), "", ["complete", "pending"]),
        ("an older answer", newer(), whole(), "", ["complete", "pending"]),
        ("an older answer about a later job", whole(), newer(), "", ["complete", "pending"]),
        ("no name, another job", running(None, a, 3), whole(), "", ["complete", "pending"]),
        ("nothing, another folder", String::new(), other_account(), "", ["complete", "null"]),
        ("behind a limit", big, running(ours, a, 4), "--max-bytes=1MiB", ["null", "pending"]),
    ];
    for (what, first, second, option, expected) in cases {
        let home = TempDir::new().expect("a folder");
        put(home.path().join("1/out/a.json"), &first);
        put(home.path().join("2/out/a.json"), &second);
        for order in [["1", "2"], ["2", "1"]] {
            let store = home.path().join(format!("store-{}", order[0]));
            for week in order {
                ingest(&home.path().join(week), &["out".to_owned()], &store, &[]);
            }
            assert_eq!(dormant(home.path(), ["store", "compact", &text(&store)]).code, 0);
            let options: Vec<&str> = Some(option).filter(|option| !option.is_empty()).into_iter().collect();
            assert_eq!(evidence(home.path(), &text(&store), &options), expected, "{what}, {order:?}");
        }
    }
}

#[test]
fn the_answer_of_the_same_job_replaces_it_in_any_order() {
    for job in [running(None, "a", 4), running(Some("123456789012"), "a", 3)] {
        for order in [["1", "2"], ["2", "1"]] {
            let home = TempDir::new().expect("a folder");
            put(home.path().join("1/out/a.json"), &job);
            put(home.path().join("2/out/a.json"), answer("a").to_string());
            for week in order {
                ingest(&home.path().join(week), &["out".to_owned()], &home.path().join("store"), &[]);
            }
            assert_eq!(evidence(home.path(), "store", &[]), ["complete"], "{job} {order:?}");
        }
    }
}

/// The documented week: an answer was lost, was saved again, and is lost again a week later, in the same place or below
/// the folder of the next week.
#[test]
fn an_answer_that_is_lost_a_second_time_is_reported_a_second_time() {
    for next in ["dumps/2026-05-04", "dumps/2026-05-11", "dumps/next"] {
        for lost in ["", "{\"JobStatus\": \"IN_PROGRESS\"}", "{}"] {
            let home = TempDir::new().expect("a folder");
            let store = home.path().join("store");
            let week = |folder: &str, content: &str| {
                put(home.path().join(folder).join("a.json"), content);
                put(home.path().join(folder).join("b.json"), answer("b").to_string());
                ingest(home.path(), &[folder.to_owned()], &store, &[]).code
            };
            assert_eq!(week("dumps/2026-05-04", lost), 3);
            assert_eq!(week("dumps/2026-05-04", &answer("a").to_string()), 0, "it was saved again");
            assert_eq!(week(next, lost), 3, "{next} {lost}");
            assert_eq!(dormant(home.path(), ["check", "store"]).code, 3, "{next} {lost}");
            assert_eq!(dormant(home.path(), ["store", "compact", "store"]).code, 0);
            assert_eq!(dormant(home.path(), ["check", "store"]).code, 3, "{next} {lost}, compact");
        }
    }
}

#[test]
fn equal_files_below_two_folders_are_two_files() {
    let mut nameless = answer("app");
    nameless.as_object_mut().expect("an object").remove("Arn");
    nameless["ServicesLastAccessed"][0].as_object_mut().expect("a row").remove("LastAuthenticatedEntity");
    let job = running(None, "app", 4);
    for content in [nameless.to_string(), job] {
        for [one, other] in [["111122223333", "444455556666"], ["x/roles", "x/users"], ["2026-05-04", "2026-05-11"]] {
            let home = TempDir::new().expect("a folder");
            let paths = [one.to_owned(), other.to_owned()];
            for folder in &paths {
                put(home.path().join(folder).join("app.json"), &content);
            }
            let told = |paths: &[String]| {
                let reports = ["check", "services", "list --level service"].iter();
                let each = reports.map(|name| ((*name).to_owned(), report(home.path(), name, paths)));
                each.map(|(name, Ran { code, stdout, stderr })| (name, code, stdout, stderr)).collect::<Vec<_>>()
            };
            let from_files = told(&paths);
            let from = |store: &Path| told(&[text(store)]);
            let stores = ["apart", "together", "inside"].map(|name| home.path().join(name));
            for folder in &paths {
                ingest(home.path(), std::slice::from_ref(folder), &stores[0], &[]);
                ingest(&home.path().join(folder), &[".".to_owned()], &stores[2], &[]);
            }
            ingest(home.path(), &paths, &stores[1], &[]);
            for store in &stores[..2] {
                assert_same(&from_files, &from(store)[..from_files.len()], &format!("{store:?} {paths:?}"));
            }
            for store in &stores {
                let before = from(store);
                assert_eq!(dormant(home.path(), ["store", "compact", &text(store)]).code, 0);
                assert_same(&before, &from(store), &format!("{store:?} {paths:?}, compact"));
                let info = dormant(home.path(), ["store", "info", &text(store)]).stdout;
                assert!(info.starts_with("files                 2 "), "{info}");
            }
        }
    }
}

#[test]
fn one_folder_is_one_folder_however_it_is_typed() {
    let home = TempDir::new().expect("a folder");
    put(home.path().join("d/111122223333/roles/a.json"), answer("a").to_string());
    put(home.path().join("d/111122223333/roles/b.json"), "");
    let store = home.path().join("store");
    let typed = text(&home.path().join("d/111122223333"));
    let first = ingest(home.path(), &["d/111122223333".to_owned()], &store, &[]);
    assert!(first.stderr.contains("2 files added"), "{first:?}");
    let below = home.path().join("d/111122223333");
    let ways = [
        (home.path(), "d/111122223333/"),
        (home.path(), "./d/111122223333"),
        (home.path(), typed.as_str()),
        (below.as_path(), "."),
        (home.path(), "d"),
        (below.as_path(), "roles/a.json"),
    ];
    for (from, path) in ways {
        let again = ingest(from, &[path.to_owned()], &store, &[]);
        assert!(again.stderr.contains("0 files added"), "{path}: {again:?}");
    }
    // A copy that a pipeline fetches anew, and calls as it called it the last time.
    put(home.path().join("e/d/111122223333/roles/a.json"), answer("a").to_string());
    let copy = ingest(&home.path().join("e"), &["d/111122223333".to_owned()], &store, &[]);
    assert!(copy.stderr.contains("0 files added, 1 file in already"), "{copy:?}");
}

/// What is no answer about one entity cannot be told apart yet: then nothing is dropped.
#[test]
fn forget_splits_no_original_that_also_holds_other_evidence() {
    let role = json!({"RoleName": "web", "RoleId": "AROAWEB", "Arn": "arn:aws:iam::444455556666:role/web",
        "CreateDate": "2026-04-20T00:00:00Z", "Path": "/", "AssumeRolePolicyDocument": {}});
    let used = json!({"JobStatus": "COMPLETED", "JobCreationDate": "2026-05-05T08:00:00Z",
        "JobCompletionDate": "2026-05-05T08:00:00Z", "ServiceNamespace": "ec2", "EntityDetailsList": [
            {"EntityInfo": {"Arn": "arn:aws:iam::444455556666:role/web", "Name": "web", "Type": "ROLE", "Id": "AROAWEB",
             "Path": "/"}, "LastAuthenticated": "2026-05-01T00:00:00Z"}]});
    for beside in [used, json!({"Role": role}), json!({"Roles": [role]})] {
        for account in ["123456789012", "444455556666"] {
            let home = TempDir::new().expect("a folder");
            put(home.path().join("d/x.json"), json!([answer("a"), beside, answer("b")]).to_string());
            ingest(home.path(), &["d".to_owned()], &home.path().join("store"), &[]);
            let before = dormant(home.path(), ["entities", "store"]);
            let ran = dormant(home.path(), ["store", "forget", "store", "--split", "--account", account]);
            let after = dormant(home.path(), ["entities", "store"]);
            assert!(ran.code == 1 && ran.stderr.contains("d/x.json") && before == after, "{account} {beside}: {ran:?}");
        }
    }
}

/// What a document names decides, not the folder that it lies in; and one that also names an account that stays does not
/// go. Each of the three files keeps `s3` of a role of 123456789012 from being `unused`.
#[test]
fn forget_takes_no_evidence_from_another_account() {
    let used = |account: &str, day: &str| {
        json!({"EntityInfo": {"Arn": format!("arn:aws:iam::{account}:role/a"), "Name": "a", "Type": "ROLE", "Id": "AROAA",
            "Path": "/"}, "LastAuthenticated": format!("2026-05-{day}T00:00:00Z")})
    };
    let uses = json!({"JobStatus": "COMPLETED", "JobCreationDate": "2026-05-21T08:00:00Z",
        "JobCompletionDate": "2026-05-21T08:00:00Z", "EntityDetailsList":
            [used("444455556666", "02"), used("123456789012", "20")]});
    let role = json!({"Roles": [{"RoleName": "a", "RoleId": "AROAA", "Arn": "arn:aws:iam::123456789012:role/a",
        "CreateDate": "2026-04-20T00:00:00Z", "Path": "/", "AssumeRolePolicyDocument": {}}]});
    let files = [
        ("arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa/s3.json", json!({"s3": uses}), 1),
        ("444455556666/list-roles.json", role.clone(), 0),
        ("444455556666.list-roles.json", role, 0),
    ];
    for (path, document, code) in files {
        let home = TempDir::new().expect("a folder");
        put(home.path().join("d").join(path), document.to_string());
        put(home.path().join("d/123456789012/roles/a.json"), answer("a").to_string());
        ingest(home.path(), &["d".to_owned()], &home.path().join("store"), &[]);
        let list = || dormant(home.path(), ["list", "store", "--level", "service", "--format", "json"]);
        let before = list();
        for more in [&[][..], &["--split"], &["--dry-run"], &["--split", "--dry-run"]] {
            let forget =
                ["store", "forget", "store", "--account", "444455556666"].into_iter().chain(more.iter().copied());
            let ran = dormant(home.path(), forget);
            assert!(ran.code == code && list() == before, "{path} {more:?}: {ran:?}");
        }
    }
}

/// A rehearsal says what the run would, and a refusal does not advise what would be refused.
#[test]
fn forget_rehearses_what_it_would_refuse() {
    let home = TempDir::new().expect("a folder");
    let role = |account: &str| {
        json!({"RoleName": "a", "RoleId": "AROAA", "Arn": format!("arn:aws:iam::{account}:role/a"),
            "CreateDate": "2026-04-20T00:00:00Z", "Path": "/", "AssumeRolePolicyDocument": {}})
    };
    put(home.path().join("d/roles.json"), json!({"Roles": [role("444455556666"), role("123456789012")]}).to_string());
    put(home.path().join("d/123456789012/roles/a.json"), answer("a").to_string());
    ingest(home.path(), &["d".to_owned()], &home.path().join("store"), &[]);
    for more in [&[][..], &["--split"], &["--split", "--dry-run"]] {
        let forget = ["store", "forget", "store", "--account", "444455556666"].into_iter().chain(more.iter().copied());
        let ran = dormant(home.path(), forget);
        assert!(ran.code == 1 && ran.stderr.contains("cannot be split"), "{more:?}: {ran:?}");
        assert!(!ran.stderr.contains("is replaced"), "{more:?}: {ran:?}");
    }
}

/// The name of a member that cannot be read tells which entity is unseen, from a store as from files.
#[test]
fn a_member_that_cannot_be_read_leaves_its_entity_unseen_in_a_store() {
    let home = tempfile::tempdir().expect("a folder");
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/evidence/unseen-a-cut-member-of-an-archive/in");
    let files = case.to_str().expect("UTF-8");
    assert_eq!(dormant(home.path(), ["ingest", files, "--store", "store"]).code, 3);
    let ask =
        |of: &str| dormant(home.path(), ["services", of, "--columns", "service,entities_unseen", "--format", "csv"]);
    assert_eq!(ask("store").stdout, ask(files).stdout);
    assert!(ask("store").stdout.ends_with("s3,1\n"), "{}", ask("store").stdout);
}

/// A member that cannot be read may be of the account that stays: nobody would know any more that it was there.
#[test]
fn forget_splits_a_damaged_archive_only_if_all_that_is_lost_goes() {
    for (cut, code) in [("123456789012/roles/b.json", 1), ("444455556666/roles/b.json", 0)] {
        let home = TempDir::new().expect("a folder");
        fs::create_dir_all(home.path().join("d")).expect("a folder");
        let mut archive = zip::ZipWriter::new(File::create(home.path().join("d/x.zip")).expect("a file"));
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for member in ["123456789012/roles/a.json", "444455556666/roles/a.json", cut] {
            let name = if member == cut { "b" } else { "a" };
            let text = answer(name).to_string().replace("123456789012", member.split('/').next().expect("an account"));
            archive.start_file(member, stored).expect("a member");
            archive.write_all(text.replace("/b\"", "/BAD\"").as_bytes()).expect("written");
        }
        archive.finish().expect("written");
        // Another letter than the one of the checksum.
        let mut bytes = fs::read(home.path().join("d/x.zip")).expect("the archive");
        let at = bytes.windows(3).position(|window| window == b"BAD").expect("the member");
        bytes[at] = b'b';
        fs::write(home.path().join("d/x.zip"), bytes).expect("written");
        ingest(home.path(), &["d".to_owned()], &home.path().join("store"), &[]);
        let ran = dormant(home.path(), ["store", "forget", "store", "--account", "444455556666", "--split"]);
        assert_eq!(ran.code, code, "{cut}: {ran:?}");
        let left = dormant(home.path(), ["check", "store", "--format", "json"]);
        assert_eq!(left.code, if code == 1 { 3 } else { 0 }, "{cut}: {left:?}");
    }
}

/// A file that was a job, and later an answer: what was wrong with the one is not said of the other.
#[test]
fn a_note_about_one_content_of_a_file_is_not_said_of_the_next() {
    let home = TempDir::new().expect("a folder");
    let pending = json!({"JobStatus": "IN_PROGRESS", "JobCreationDate": "2026-05-01T08:00:00Z",
        "Arn": "arn:aws:iam::123456789012:role/b"});
    for document in [pending, answer("c")] {
        put(home.path().join("w/out.json"), document.to_string());
        ingest(home.path(), &["w".to_owned()], &home.path().join("store"), &[]);
    }
    let rows = dormant(home.path(), ["check", "store", "--columns", "evidence,note", "--format", "csv"]).stdout;
    assert!(rows.contains("\ncomplete,\n") && rows.contains("\npending,"), "{rows}");
}

#[test]
fn nothing_else_is_written_into_a_store() {
    let home = TempDir::new().expect("a folder");
    put(home.path().join("d/123456789012/roles/a.json"), answer("a").to_string());
    ingest(home.path(), &["d".to_owned()], &home.path().join("store"), &[]);
    for command in ["demo store/demo", "demo store/originals/a/b", "man store/man"] {
        let ran = dormant(home.path(), command.split(' '));
        assert!(ran.code == 1 && ran.stderr.contains("is a store"), "{command}: {ran:?}");
    }
    let verified = dormant(home.path(), ["store", "verify", "store"]);
    assert!(verified.code == 0 && !home.path().join("store/man").exists(), "{verified:?}");
}

#[test]
fn forget_finds_the_account_in_what_could_not_be_read() {
    let home = TempDir::new().expect("a folder");
    let cut = answer("gone").to_string().replace("123456789012", "444455556666");
    put(home.path().join("d/cut.json"), &cut[..cut.len() - 40]);
    put(home.path().join("d/whole.json"), answer("stays").to_string());
    ingest(home.path(), &["d".to_owned()], &home.path().join("store"), &[]);
    let ran = dormant(home.path(), ["store", "forget", "store", "--account", "444455556666"]);
    let left = dormant(home.path(), ["check", "store", "--format", "json"]);
    assert!(
        ran.code == 0 && !left.stdout.contains("cut.json") && left.stdout.contains("whole.json"),
        "{ran:?} {left:?}"
    );
}

/// Of what is no dump, only the name is kept: on disk, and as a member of an archive.
#[test]
fn forget_finds_the_account_in_the_names_of_foreign_files() {
    let home = TempDir::new().expect("a folder");
    put(home.path().join("d/444455556666/notes.txt"), "a note");
    put(home.path().join("d/123456789012/roles/a.json"), answer("a").to_string());
    let mut archive = zip::ZipWriter::new(fs::File::create(home.path().join("d/staging.zip")).expect("a file"));
    let members = [
        ("444455556666/inside.txt", "a note".to_owned()),
        ("444455556666/roles/gone.json", answer("gone").to_string().replace("123456789012", "444455556666")),
        ("123456789012/roles/stays.json", answer("stays").to_string()),
    ];
    for (name, text) in members {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a member");
        archive.write_all(text.as_bytes()).expect("written");
    }
    archive.finish().expect("written");
    ingest(home.path(), &["d".to_owned()], &home.path().join("store"), &[]);
    let ran = dormant(home.path(), ["store", "forget", "store", "--account", "444455556666"]);
    let left = dormant(home.path(), ["check", "store", "--format", "json"]).stdout;
    assert!(ran.code == 0 && !left.contains("444455556666") && left.contains("stays.json"), "{ran:?} {left}");
}

#[test]
fn an_exclamation_mark_in_a_name_hides_no_problem() {
    for path in ["d/we!rd.json", "d!d/a.json", "d/a!b/c!.json"] {
        let home = TempDir::new().expect("a folder");
        put(home.path().join(path), running(None, "a", 4));
        let folder = path.split('/').next().expect("a folder").to_owned();
        let ran = ingest(home.path(), &[folder], &home.path().join("store"), &[]);
        assert!(ran.code == 3 && ran.stderr.contains("had not finished"), "{path}: {ran:?}");
    }
}

#[test]
fn killed_at_any_point_it_is_a_store_and_the_next_run_completes_it() {
    let home = TempDir::new().expect("a folder");
    let samples = root().join("sample-data");
    // Enough of it that there is something to interrupt.
    for copy in 0..30 {
        for file in files(&samples.join("estate")) {
            let to = format!("dumps/{:012}/{file}", 111_122_220_000_u64 + copy);
            put(home.path().join(to), fs::read(samples.join("estate").join(&file)).expect("readable"));
        }
    }
    let paths = ["dumps".to_owned()];
    let whole = home.path().join("whole");
    let begun = Instant::now();
    ingest(home.path(), &paths, &whole, &[]);
    let takes = begun.elapsed();
    let store = home.path().join("store");
    for kill in 0..20 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dormant"))
            .args(["ingest", "dumps", "--store", "store"])
            .current_dir(home.path())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        std::thread::sleep(takes.mul_f64(f64::from(kill) / 20.0));
        child.kill().expect("ends");
        child.wait().expect("ends");
        if store.join("store.json").exists() {
            let ran = dormant(home.path(), ["check", "store", "--quiet"]);
            let is_empty = ran.code == 1 && ran.stderr.contains("no files in");
            assert!(matches!(ran.code, 0 | 3) || is_empty, "after kill {kill}: {ran:?}");
        }
        if kill % 5 == 4 {
            // From the beginning once more.
            fs::remove_dir_all(&store).or_else(|_| fs::create_dir(&store)).expect("removed");
        }
    }
    ingest(home.path(), &paths, &store, &[]);
    assert_eq!(verify(&store).code, 0);
    assert_eq!(tables(&store), tables(&whole));
    let of = |store: &str| everything(home.path(), &[store.to_owned()]);
    assert_same(&of("store"), &of("whole"), "after kills");
    assert!(fs::read_dir(store.join("tmp")).expect("a folder").next().is_none(), "nothing half written is left");
}

#[test]
fn one_writes_at_a_time_and_anyone_reads() {
    let (home, store) = small();
    let lock = File::open(store.join("locks/store.lock")).expect("a lock");
    lock.lock().expect("free");
    for command in ["ingest a.json --store store", "store compact store", "store forget store --to 2030-01-01"] {
        let ran = dormant(home.path(), command.split(' '));
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("being written to by another dormant"), "{ran:?}");
    }
    assert_eq!(dormant(home.path(), ["unused", "store"]).code, 0);
    drop(lock);
    assert_eq!(dormant(home.path(), ["store", "compact", "store"]).code, 0);

    let mine = File::create(store.join("locks/shard-2-of-3.lock")).expect("a lock");
    mine.lock().expect("free");
    let shard = |shard: &str| dormant(home.path(), ["ingest", "a.json", "--store", "store", "--shard", shard]).code;
    assert_eq!((shard("1/3"), shard("2/3"), shard("3/3")), (0, 1, 0));
}

/// A folder with one dump, and the store that it is in.
fn small() -> (TempDir, PathBuf) {
    let home = TempDir::new().expect("a folder");
    put(home.path().join("a.json"), answer("a").to_string());
    let store = home.path().join("store");
    ingest(home.path(), &["a.json".to_owned()], &store, &[]);
    (home, store)
}

/// The only pack.
fn pack(store: &Path) -> PathBuf {
    fs::read_dir(store.join("originals")).expect("a folder").next().expect("a file").expect("readable").path()
}

#[test]
fn a_damaged_pack_is_never_read() {
    let (home, store) = small();
    let path = pack(&store);
    let whole = fs::read(&path).expect("readable");
    let mut flipped = whole.clone();
    let last = flipped.len() - 3;
    flipped[last] ^= 1;
    let parquet =
        fs::read(tables(&store).first().map(|(name, _)| store.join(name)).expect("a table")).expect("readable");
    for (damage, bytes) in
        [("truncated", &whole[..whole.len() / 2]), ("flipped", &flipped), ("empty", &[][..]), ("foreign", &parquet)]
    {
        fs::write(&path, bytes).expect("written");
        for command in ["unused store", "ingest a.json --store store", "store verify store", "store compact store"] {
            let ran = dormant(home.path(), command.split(' '));
            assert_eq!(ran.code, 1, "{damage}: {ran:?}");
            assert!(ran.stderr.contains("damaged") && ran.stdout.is_empty(), "{damage}: {ran:?}");
        }
        let ran = dormant(home.path(), ["check", "store"]);
        assert!(ran.code == 3 && ran.stdout.contains("damaged"), "{damage}: {ran:?}");
        let ran = dormant(home.path(), ["unused", "store", "a.json"]);
        assert!(ran.code == 3 && ran.stdout.contains("sqs"), "the dump beside it is read: {ran:?}");
        assert_eq!(fs::read(&path).expect("readable"), bytes, "{damage}: left as it is");
    }
    fs::write(&path, &whole).expect("written");
    assert_eq!(dormant(home.path(), ["store", "compact", "store"]).code, 0);
    assert_eq!(verify(&store).code, 0);
}

/// Stores of schema 1 kept what was decoded, and not the originals.
#[test]
fn a_store_of_schema_1_is_refused_with_what_to_do() {
    let (home, store) = small();
    put(store.join("store.json"), r#"{"tool":"dormant","kind":"store","schema_version":1}"#);
    put(store.join("answers/0123.answers"), "dormant");
    for command in
        ["unused store", "check store", "ingest a.json --store store", "store verify store", "store compact store"]
    {
        let ran = dormant(home.path(), command.split(' '));
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        for what in ["store/store.json", "schema version 1", "dormant ingest PATH… --store NEW"] {
            assert!(ran.stderr.contains(what), "{what}: {ran:?}");
        }
    }
    assert!(store.join("answers/0123.answers").exists());
}

/// A dump of one service that was never used, made on a day of 2026.
fn silent(name: &str, day: &str, namespace: &str) -> String {
    let mut dump = answer(name);
    dump["JobCreationDate"] = json!(format!("2026-{day}T08:00:00Z"));
    dump["JobCompletionDate"] = json!(format!("2026-{day}T08:00:01Z"));
    dump["ServicesLastAccessed"] =
        json!([{"ServiceName": namespace, "ServiceNamespace": namespace, "TotalAuthenticatedEntities": 0}]);
    dump.to_string()
}

/// A killed run can leave tables of a dump that was forgotten. The next run publishes over them, and no report reads them.
#[test]
fn tables_of_a_forgotten_dump_never_come_back() {
    let home = TempDir::new().expect("a folder");
    let run = |command: &str| dormant(home.path(), command.split(' '));
    let ingest = || assert_eq!(run("ingest w --store s").code, 0);
    put(home.path().join("w/a.json"), silent("alice", "01-05", "ec2"));
    ingest();
    put(home.path().join("w/z.json"), silent("carl", "01-06", "sqs"));
    ingest();
    let of_carl = |name: &String| name.contains("as_of=2026-01-06");
    let kept = || files(&home.path().join("s")).into_iter().filter(of_carl);
    let before: Vec<_> = kept().map(|name| (name.clone(), fs::read(home.path().join("s").join(&name)))).collect();
    assert_eq!(before.len(), 3);
    assert_eq!(run("store forget s --from 2026-01-06 --to 2026-01-06").code, 0);
    // As if it had been killed before it took these away.
    for (name, bytes) in before {
        put(home.path().join("s").join(name), bytes.expect("readable"));
    }
    put(home.path().join("w/d.json"), silent("dora", "01-07", "kms"));
    ingest();
    for report in ["list --level service", "unused", "unused --at 2027-01-01", "services", "trend"] {
        assert_eq!(run(&format!("{report} s")), run(&format!("{report} w")), "{report}");
    }
    assert_eq!(run("store verify s").code, 0);
}

#[test]
fn every_byte_of_a_pack_is_guarded() {
    let (home, store) = small();
    let path = pack(&store);
    let whole = fs::read(&path).expect("readable");
    let expected = dormant(home.path(), ["list", "store"]).stdout;
    for at in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        fs::write(&path, &damaged).expect("written");
        let ran = dormant(home.path(), ["list", "store"]);
        assert!(ran.code == 1 || ran.stdout == expected, "byte {at}: {ran:?}");
    }
}

#[test]
fn damaged_tables_change_no_report_and_are_written_anew() {
    let (home, store) = small();
    let before = tables(&store);
    let expected = dormant(home.path(), ["list", "store"]).stdout;
    let of = |name: &str| {
        let (path, _) = before.iter().find(|(path, _)| path.starts_with(name)).expect("a table");
        store.join(path)
    };
    let services = fs::read(of("services/")).expect("readable");
    fs::write(of("services/"), &services[..services.len() / 2]).expect("written");
    fs::write(of("dumps/"), services).expect("written");
    fs::remove_file(of("actions/")).expect("removed");
    put(store.join("actions/account_id=1/as_of=x/other.parquet"), "PAR1");
    let ran = verify(&store);
    assert_eq!(ran.code, 1, "{ran:?}");
    for what in ["bytes, not", "is missing", "is not of this program", "dormant store compact"] {
        assert!(ran.stderr.contains(what), "{what}: {ran:?}");
    }
    assert_eq!(dormant(home.path(), ["list", "store"]).stdout, expected);
    assert_eq!(dormant(home.path(), ["store", "compact", "store"]).code, 0);
    fs::remove_file(store.join("actions/account_id=1/as_of=x/other.parquet")).expect("a stranger is left alone");
    assert_eq!(verify(&store).code, 0);
    assert_eq!(tables(&store), before);
}

#[test]
fn a_newer_store_is_refused_and_a_stranger_never_taken_for_one() {
    let (home, store) = small();
    let marker = fs::read_to_string(store.join("store.json")).expect("readable");
    fs::write(store.join("store.json"), marker.replace("\"schema_version\": 2", "\"schema_version\": 3"))
        .expect("written");
    for command in
        ["unused store", "ingest a.json --store store", "store info store", "store forget store --to 2030-01-01"]
    {
        let ran = dormant(home.path(), command.split(' '));
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stderr.contains("schema version 3") && ran.stderr.contains("newer"), "{ran:?}");
    }
    put(home.path().join("photos/a.jpg"), "");
    let ran = dormant(home.path(), ["ingest", "a.json", "--store", "photos"]);
    assert_eq!((ran.code, files(&home.path().join("photos"))), (1, vec!["a.jpg".to_owned()]), "{ran:?}");
    assert!(ran.stderr.contains("not a store"), "{ran:?}");
    let ran = dormant(home.path(), ["store", "info", "photos"]);
    assert!(ran.code == 1 && ran.stderr.contains("no store at"), "{ran:?}");
}

/// A scheduled ingest of a folder that stays empty looked healthy for months.
#[test]
fn what_holds_no_evidence_makes_no_store_and_changes_none() {
    let home = TempDir::new().expect("a folder");
    fs::create_dir(home.path().join("empty")).expect("a folder");
    put(home.path().join("foreign/notes.txt"), "mine");
    put(home.path().join("foreign/package.json"), "{\"name\": \"x\"}");
    put(home.path().join("dumps/a.json"), answer("a").to_string());
    let run = |paths: &[&str]| dormant(home.path(), ["ingest", "--store", "store"].iter().chain(paths));
    for (paths, said) in [
        (&["empty"][..], "no files in `empty`: nothing is stored"),
        (&["foreign"], "no evidence in 2 files of `foreign`: nothing is stored"),
        (&["empty", "foreign"], "no evidence in 2 files of `empty`, `foreign`"),
    ] {
        let ran = run(paths);
        assert!(ran.code == 1 && ran.stderr.contains(said), "{ran:?}");
        assert!(!home.path().join("store").exists(), "{ran:?}");
    }
    assert_eq!(run(&["dumps", "empty", "foreign"]).code, 0);
    let before = files(&home.path().join("store"));
    assert_eq!(run(&["dumps"]).code, 0, "all is stored already");
    for paths in [&["empty"][..], &["foreign"]] {
        assert_eq!(run(paths).code, 1);
    }
    assert_eq!(files(&home.path().join("store")), before);
    // What is damaged is kept for a later program.
    let whole = answer("a").to_string();
    put(home.path().join("cut/a.json"), &whole[..whole.len() - 20]);
    assert_eq!(run(&["cut"]).code, 3);
}

#[cfg(unix)]
#[test]
fn a_disk_that_takes_no_more_leaves_the_store_as_it_was() {
    let (home, store) = small();
    let expected = dormant(home.path(), ["list", "store"]).stdout;
    for copy in 0..200 {
        put(home.path().join(format!("more/{copy}.json")), answer(&format!("role-{copy}")).to_string());
    }
    // Files may grow to one block of 512 bytes.
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" ingest more --store store";
    let mut shell = Command::new("sh");
    let ran = run(shell.args(["-c", script, env!("CARGO_BIN_EXE_dormant")]).current_dir(home.path()));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("cannot write"), "{ran:?}");
    assert_eq!(dormant(home.path(), ["list", "store"]).stdout, expected);
    assert_eq!(verify(&store).code, 0);
    ingest(home.path(), &["more".to_owned()], &store, &[]);
    assert_eq!(verify(&store).code, 0);
}

#[test]
fn what_is_forgotten_is_gone() {
    let samples = root().join("sample-data");
    let home = TempDir::new().expect("a folder");
    let store = home.path().join("store");
    ingest(&samples, &["two-accounts/dumps".to_owned()], &store, &[]);
    let forget = |options: &str| dormant(home.path(), format!("store forget store {options}").split(' '));
    let accounts = || {
        let ran = dormant(home.path(), ["summary", "store", "--format", "json"]);
        ran.rows().iter().map(|row| row["account_id"].as_str().expect("an account").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(accounts(), ["111122223333", "444455556666"]);
    let rehearsal = forget("--account 111122223333 --dry-run");
    assert!(rehearsal.stderr.contains("2 dumps and 2 files") && rehearsal.stderr.contains("would be"), "{rehearsal:?}");
    assert_eq!(accounts().len(), 2);
    assert!(forget("--account 111122223333 --to 2020-01-01").stderr.contains("0 dumps"));
    assert_eq!(forget("--account 111122223333").code, 0);
    assert_eq!(accounts(), ["444455556666"]);
    assert_eq!(verify(&store).code, 0);
    assert!(files(&store).iter().all(|name| !name.contains("111122223333")), "{:?}", files(&store));
    assert!(!dormant(home.path(), ["check", "store"]).stdout.contains("111122223333"));
    assert_eq!(forget("--from 2026-05-04 --to 2026-05-04").code, 0);
    let ran = dormant(home.path(), ["summary", "store"]);
    assert_eq!(ran.code, 1, "nothing is left: {ran:?}");
    ingest(&samples, &["two-accounts/dumps".to_owned()], &store, &[]);
    assert_eq!(accounts().len(), 2);
    assert_eq!(dormant(home.path(), ["store", "forget", "store"]).code, 2);
}

#[test]
fn a_file_that_is_in_already_costs_no_more_than_a_look() {
    let (home, _) = small();
    let begun = Instant::now();
    let again = ingest(home.path(), &["a.json".to_owned()], &home.path().join("store"), &[]);
    assert!(again.stderr.contains("0 files added, 1 file in already"), "{again:?}");
    assert!(begun.elapsed() < Duration::from_mins(1));
    // Another content in the same place is another dump.
    put(home.path().join("a.json"), answer("a").to_string().replace("2026-05-04", "2026-05-11"));
    let again = ingest(home.path(), &["a.json".to_owned()], &home.path().join("store"), &[]);
    assert!(again.stderr.contains("1 file added"), "{again:?}");
    assert_eq!(dormant(home.path(), ["trend", "store", "--format", "json"]).rows().len(), 2);
}

#[test]
fn history_reaches_past_what_the_newest_dump_remembers() {
    let home = TempDir::new().expect("a folder");
    let dump = |day: &str, accessed: Option<&str>| {
        let mut dump = answer("a");
        dump["JobCreationDate"] = json!(format!("{day}T08:00:00Z"));
        dump["JobCompletionDate"] = json!(format!("{day}T08:00:01Z"));
        dump["JobType"] = json!("ACTION_LEVEL");
        let mut s3 = json!({"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0,
            "TrackedActionsLastAccessed": [{"ActionName": "GetBucketAcl"}, {"ActionName": "ListAllMyBuckets"}]});
        if let Some(accessed) = accessed {
            s3["LastAuthenticated"] = json!(accessed);
            s3["TotalAuthenticatedEntities"] = json!(1);
            s3["TrackedActionsLastAccessed"][0]["LastAccessedTime"] = json!(accessed);
        }
        dump["ServicesLastAccessed"] = json!([s3]);
        dump.to_string()
    };
    put(home.path().join("dumps/1.json"), dump("2024-05-06", Some("2024-05-01T00:00:00Z")));
    put(home.path().join("dumps/2.json"), dump("2025-05-05", Some("2024-05-02T00:00:00Z")));
    put(home.path().join("dumps/3.json"), dump("2026-05-04", None));
    ingest(home.path(), &["dumps".to_owned()], &home.path().join("store"), &[]);
    for asked in ["unused", "unused --level action --all-actions", "list"] {
        let of = |path: &str| {
            let ran = dormant(home.path(), format!("{asked} {path} --format json").split(' '));
            let seen = |row: &serde_json::Value| (row["verdict"].clone(), row["last_accessed"].clone());
            ran.rows().iter().map(seen).collect::<Vec<_>>()
        };
        let mut expected = vec![(json!("stale"), json!("2024-05-02T00:00:00Z"))];
        if asked.contains("action") || asked.starts_with("list") {
            expected.push((json!("unused"), json!(null)));
        }
        assert_eq!(of("dumps"), expected, "{asked}");
        assert_eq!(of("store"), expected, "{asked}");
    }
    for (asked, path) in
        [("--from 2024-05-06 --to 2026-05-04", "dumps"), ("--from 2024-05-06 --to 2026-05-04", "store")]
    {
        let ran = dormant(home.path(), format!("diff {path} {asked} --format json").split(' '));
        let row = ran.rows().into_iter().find(|row| row["change"] == "aged-out").expect("an access aged out");
        assert_eq!(row["old_last_accessed"], json!("2024-05-01T00:00:00Z"), "a side is one dump: {path}");
    }
}

/// An answer at action level with a thousand actions.
fn many_actions(name: &str, day: &str) -> String {
    let actions =
        |service: usize| (0..100).map(|at| json!({"ActionName": format!("Do{service}x{at}")})).collect::<Vec<_>>();
    let service = |at: usize| json!({"ServiceName": format!("S{at}"), "ServiceNamespace": format!("s{at}"), "TotalAuthenticatedEntities": 0, "TrackedActionsLastAccessed": actions(at)});
    let arn = format!("arn:aws:iam::111122223333:role/{name}");
    let services: Vec<_> = (0..10).map(service).collect();
    json!({"Arn": arn, "JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "JobCreationDate": format!("{day}T08:00:00Z"),
        "JobCompletionDate": format!("{day}T08:00:01Z"), "IsTruncated": false, "ServicesLastAccessed": services})
    .to_string()
}

#[test]
fn the_rows_of_a_day_stay_where_they_are_when_another_day_comes() {
    let home = TempDir::new().expect("a temporary folder");
    let store = home.path().join("store");
    // More rows than were sorted together once there are two days, and fewer while there is one.
    for day in ["2026-05-04", "2026-05-11"] {
        for role in 0..70 {
            put(home.path().join(format!("dumps/{day}/role-{role}.json")), many_actions(&format!("role-{role}"), day));
        }
        ingest(home.path(), &["dumps".to_owned()], &store, &[]);
    }
    let deep = dormant(&store, ["store", "verify", "--deep", "."]);
    assert_eq!(deep.code, 0, "{}", deep.stderr);
}
