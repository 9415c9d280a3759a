//! The rows of `unused` as findings for other programs: each row is one finding, and each finding is as the program that takes it demands.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{dormant, put};
use serde_json::Value;

const STORIES: &[&str] =
    &["estate", "two-accounts", "user-and-group", "who-grants-it", "hostile-names", "policy", "truncated"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn story(name: &str) -> String {
    root().join("sample-data").join(name).display().to_string()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("an object")).collect()
}

fn rows(home: &Path, arguments: &[&str]) -> Vec<Value> {
    let ran = dormant(home, [&["unused", "--format", "jsonl"], arguments].concat());
    assert!(matches!(ran.code, 0 | 3), "{ran:?}");
    lines(&ran.stdout)
}

fn events(home: &Path, arguments: &[&str]) -> Vec<Value> {
    let ran = dormant(home, [&["unused", "--format", "ocsf"], arguments].concat());
    assert!(matches!(ran.code, 0 | 3), "{ran:?}");
    lines(&ran.stdout)
}

/// Every finding in a folder, by account.
fn findings(folder: &Path) -> Vec<Value> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            files.extend(fs::read_dir(entry).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
    }
    files.sort();
    let of = |file: &PathBuf| -> Vec<Value> {
        let findings: Vec<Value> = serde_json::from_slice(&fs::read(file).expect("a file")).expect("a list");
        assert!((1..=100).contains(&findings.len()), "{}", file.display());
        let account = file.parent().and_then(Path::file_name).expect("an account").to_str().expect("UTF-8");
        assert!(findings.iter().all(|finding| finding["AwsAccountId"] == account), "{}", file.display());
        findings
    };
    files.iter().flat_map(of).collect()
}

#[test]
fn a_finding_is_a_row_and_a_row_is_a_finding() {
    let home = tempfile::tempdir().expect("a folder");
    for name in STORIES {
        for level in ["service", "action"] {
            let dumps = story(name);
            let arguments = [dumps.as_str(), "--level", level];
            let rows = rows(home.path(), &arguments);
            let events = events(home.path(), &arguments);
            let of_events: Vec<&Value> = events.iter().map(|event| &event["unmapped"]).collect();
            assert_eq!(of_events, rows.iter().collect::<Vec<_>>(), "{name} {level}");
            let ids: BTreeSet<_> = events.iter().map(|event| event["finding_info"]["uid"].to_string()).collect();
            assert_eq!(ids.len(), rows.len(), "{name} {level}: an id belongs to one finding");

            let out = home.path().join(format!("{name}-{level}"));
            let folder = out.display().to_string();
            let ran =
                dormant(home.path(), [&["unused", "--format", "asff", "-o", folder.as_str()], &arguments[..]].concat());
            assert!(matches!(ran.code, 0 | 3), "{ran:?}");
            let of_hub: BTreeSet<_> = findings(&out).iter().map(|finding| finding["Id"].to_string()).collect();
            let with_account = events.iter().filter(|event| !event["cloud"]["account"].is_null());
            let expected: BTreeSet<_> = with_account.map(|event| event["finding_info"]["uid"].to_string()).collect();
            assert_eq!(of_hub, expected, "{name} {level}");
            let left_out = rows.len() - of_hub.len();
            assert_eq!(ran.stderr.contains("no account"), left_out > 0, "{name} {level}: {}", ran.stderr);

            let jira = dormant(home.path(), [&["unused", "--format", "jira"], &arguments[..]].concat());
            let issues = csv::Reader::from_reader(jira.stdout.as_bytes()).into_records();
            let sentences: usize = issues.map(|issue| issue.expect("CSV")[1].lines().count()).sum();
            assert_eq!(sentences, rows.len(), "{name} {level}: each row stands in one issue");
        }
    }
}

#[test]
fn what_a_decision_keeps_is_no_finding_and_is_counted() {
    let home = tempfile::tempdir().expect("a folder");
    let dumps = story("estate");
    let all = events(home.path(), &[&dumps]);
    let row = &all[0]["unmapped"];
    let (arn, service) = (row["entity_arn"].as_str().expect("an ARN"), row["service_namespace"].as_str().expect("one"));
    let other = &all[1]["unmapped"];
    let entries = format!(
        "[[decision]]\nentity = \"{arn}\"\nservice = \"{service}\"\ndecision = \"keep\"\nowner = \"a\"\nreason = \"b\"\npermanent = true\n\
         [[decision]]\nentity = {}\nservice = {}\ndecision = \"remove\"\nowner = \"a\"\ndecided = 2026-07-06\ndue = 2026-08-01\n",
        other["entity_arn"], other["service_namespace"]
    );
    put(home.path().join("decisions.toml"), entries);
    let arguments = [dumps.as_str(), "--decisions", "decisions.toml"];
    let decided = events(home.path(), &arguments);
    assert_eq!(decided.len(), all.len() - 1);
    assert!(decided.iter().all(|event| event["finding_info"]["uid"] != all[0]["finding_info"]["uid"]));
    assert_eq!(decided[0]["status"], "In Progress");
    assert!(decided[1..].iter().all(|event| event["status"] == "New"));
    let ran = dormant(home.path(), [&["unused", "--format", "ocsf"], &arguments[..]].concat());
    assert!(ran.stderr.contains("1 row is kept by decision"), "{}", ran.stderr);
    let jira = dormant(home.path(), [&["unused", "--format", "jira"], &arguments[..]].concat());
    let issues: Vec<csv::StringRecord> =
        csv::Reader::from_reader(jira.stdout.as_bytes()).into_records().collect::<Result<_, _>>().expect("CSV");
    assert_eq!(issues.iter().filter(|issue| &issue[3] == "2026-08-01").count(), 1);
}

#[test]
fn a_folder_of_findings_is_replaced_by_findings_alone_and_verified() {
    let home = tempfile::tempdir().expect("a folder");
    let dumps = story("estate");
    let write = |more: &[&str]| {
        dormant(home.path(), [&["unused", dumps.as_str(), "--format", "asff", "-o", "findings"], more].concat())
    };
    assert_eq!(write(&[]).code, 0);
    assert_eq!(write(&[]).code, 1, "it is there");
    assert_eq!(write(&["--force", "--security-hub-region", "eu-central-1"]).code, 0);
    let all = findings(&home.path().join("findings"));
    let product = all[0]["ProductArn"].as_str().expect("an ARN");
    let account = all[0]["AwsAccountId"].as_str().expect("an account");
    assert_eq!(product, format!("arn:aws:securityhub:eu-central-1:{account}:product/{account}/default"));
    assert_eq!(dormant(home.path(), ["verify", "findings"]).code, 0);
    let manifest = std::fs::read(home.path().join("findings/manifest.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    assert!(manifest["oldest_as_of"].as_str().is_some_and(|date| date.starts_with("2026-07-06")), "{manifest}");
    let refused = dormant(home.path(), ["report", &dumps, "-o", "findings", "--force"]);
    assert!(refused.code == 1 && refused.stderr.contains("findings of dormant unused"), "{refused:?}");
    // And it is no input: no file of it is read as a dump.
    let read = dormant(home.path(), ["check", "findings", "--format", "json"]);
    assert_eq!(read.counts()[1], 0, "{read:?}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let dumps = story("estate");
    let cases = [
        (&["unused", "--format", "asff"][..], "give -o DIR"),
        (&["unused", "--format", "ocsf", "--columns", "verdict"], "leave --columns out"),
        (&["unused", "--format", "ocsf", "--snapshots", "all"], "leave --snapshots out"),
        (&["unused", "--format", "ocsf", "--security-hub-region", "eu-central-1"], "give --format asff too"),
        (&["list", "--format", "ocsf"], "invalid value 'ocsf'"),
    ];
    for (arguments, message) in cases {
        let ran = dormant(home.path(), [arguments, &[dumps.as_str()]].concat());
        assert!(ran.code == 2 && ran.stderr.contains(message), "{arguments:?}: {ran:?}");
    }
}

#[test]
#[ignore = "needs Python with ocsf-json-schema and botocore: tests/run"]
fn findings_are_as_their_schemas_demand() {
    let home = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    for name in STORIES {
        for level in ["service", "action"] {
            let dumps = story(name);
            let (ocsf, asff) = (format!("{name}-{level}.jsonl"), format!("{name}-{level}"));
            for (format, out) in [("ocsf", &ocsf), ("asff", &asff)] {
                let ran = dormant(
                    home.path(),
                    ["unused", &dumps, "--level", level, "--include-aws-controlled", "--format", format, "-o", out],
                );
                assert!(matches!(ran.code, 0 | 3), "{ran:?}");
                files.push(out.clone());
            }
        }
    }
    let target = Path::new(env!("CARGO_BIN_EXE_dormant")).ancestors().nth(2).expect("a target folder");
    let installed = target.join("venv/bin/python3");
    let mut python = Command::new(if installed.exists() { installed.as_path() } else { Path::new("python3") });
    let ran = python.arg(root().join("tests/schema/findings.py")).args(&files).current_dir(home.path()).output();
    let ran = ran.expect("python3 is needed; tests/run installs it");
    let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && said.contains("findings are valid"), "{said}");
}
