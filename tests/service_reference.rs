//! `--service-reference`: what AWS's own files say about actions, beside the dumps.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use program::{dormant, put};
use serde_json::{Value, json};
use tempfile::TempDir;

const USER: &str = "arn:aws:iam::111122223333:user/ann";

/// A dump at action level: s3 used through one action, sqs not used, with the `others` that it lists without an access.
fn dump(others: &[(&str, &str)]) -> Value {
    let used = json!({"ActionName": "ListAllMyBuckets", "LastAccessedTime": "2026-05-01T09:00:00+00:00", "LastAccessedEntity": USER});
    let of = |service: &str| {
        let names = others.iter().filter(|(of, _)| *of == service);
        names.map(|(_, name)| json!({"ActionName": name})).collect::<Vec<_>>()
    };
    let of_s3: Vec<Value> = [vec![used], of("s3")].concat();
    json!({
        "Arn": USER, "JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "IsTruncated": false,
        "JobCreationDate": "2026-05-04T08:00:00+00:00", "JobCompletionDate": "2026-05-04T08:00:02+00:00",
        "ServicesLastAccessed": [
            {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "LastAuthenticated": "2026-05-01T09:00:00+00:00",
             "LastAuthenticatedEntity": USER, "TotalAuthenticatedEntities": 1, "TrackedActionsLastAccessed": of_s3},
            {"ServiceName": "Amazon SQS", "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0,
             "TrackedActionsLastAccessed": of("sqs")},
        ],
    })
}

fn home(others: &[(&str, &str)]) -> TempDir {
    let home = TempDir::new().expect("a folder");
    put(home.path().join("ann.json"), dump(others).to_string());
    let action = |name: &str| json!({"Name": name, "SupportedBy": {"IAM Action Last Accessed": true}});
    let file = |service: &str, names: &[&str]| {
        let actions: Vec<Value> = names.iter().map(|name| action(name)).collect();
        json!({"Name": service, "Actions": actions}).to_string()
    };
    put(home.path().join("reference/s3.json"), file("s3", &["ListAllMyBuckets", "CreateBucket"]));
    put(home.path().join("reference/sqs.json"), file("sqs", &["CreateQueue"]));
    home
}

/// `entities_without_actions` of each service.
fn without_actions(home: &TempDir, options: &[&str]) -> Vec<String> {
    let ran = dormant(home.path(), ["services", "ann.json", "--format", "csv"].iter().chain(options));
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut rows = csv::Reader::from_reader(ran.stdout.as_bytes());
    let at = rows.headers().expect("a header").iter().position(|name| name == "entities_without_actions");
    let at = at.expect("the column");
    rows.records().map(|row| row.expect("a row")[at].to_owned()).collect()
}

#[test]
fn a_list_of_which_only_the_used_actions_were_kept_says_nothing_about_the_others() {
    let home = home(&[]);
    assert_eq!(without_actions(&home, &["--service-reference", "reference"]), ["1", "1"]);
    // Without AWS's files an empty list of actions is what AWS prints where it tracks none.
    assert_eq!(without_actions(&home, &[])[0], "0");
    let check = dormant(home.path(), ["check", "ann.json", "--service-reference", "reference"]);
    assert!(check.stdout.contains("lists no action without an access"), "{check:?}");
}

#[test]
fn a_list_with_an_action_that_was_not_used_is_whole() {
    let home = home(&[("s3", "CreateBucket"), ("sqs", "CreateQueue")]);
    assert_eq!(without_actions(&home, &["--service-reference", "reference"]), ["0", "0"]);
}

/// Verdict, reason and `observed_days` of each action of s3.
fn judged(home: &TempDir, paths: &[&str], options: &[&str]) -> Vec<[String; 4]> {
    let arguments = [&["list"], paths, &["--level", "action", "--service", "s3", "--format", "csv"], options].concat();
    let ran = dormant(home.path(), arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut rows = csv::Reader::from_reader(ran.stdout.as_bytes());
    let header = rows.headers().expect("a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("the column");
    let columns = ["action_name", "verdict", "unknown_reason", "observed_days"].map(at);
    rows.records().map(|row| row.map(|row| columns.map(|at| row[at].to_owned())).expect("a row")).collect()
}

#[test]
fn the_silence_of_an_action_that_aws_does_not_track_proves_nothing() {
    let home = home(&[("s3", "CreateBucket"), ("s3", "GETOBJECT"), ("s3", "PutObject")]);
    let action =
        |name: &str, tracked: bool| json!({"Name": name, "SupportedBy": {"IAM Action Last Accessed": tracked}});
    let actions = [("ListAllMyBuckets", false), ("CreateBucket", true), ("GetObject", false)];
    let s3 = json!({"Name": "S3", "Actions": actions.map(|(name, tracked)| action(name, tracked))});
    put(home.path().join("reference/s3.json"), s3.to_string());
    // The same entity three weeks before, with another list: several dumps are judged in another way than one.
    let mut older = dump(&[("s3", "GETOBJECT"), ("s3", "PutObject")]);
    older["JobCreationDate"] = json!("2026-04-13T08:00:00+00:00");
    older["JobCompletionDate"] = json!("2026-04-13T08:00:00+00:00");
    older["ServicesLastAccessed"][0]["LastAuthenticated"] = Value::Null;
    older["ServicesLastAccessed"][0]["TrackedActionsLastAccessed"][0] = json!({"ActionName": "ListAllMyBuckets"});
    put(home.path().join("older.json"), older.to_string());
    for paths in [&["ann.json"][..], &["ann.json", "older.json"]] {
        let of = |options: &[&str]| {
            judged(&home, paths, options)
                .into_iter()
                .map(|[name, verdict, reason, days]| {
                    (name, format!("{verdict} {reason} {}", if days.is_empty() { "-" } else { "observed" }))
                })
                .collect::<std::collections::BTreeMap<_, _>>()
        };
        let (without, with) = (of(&[]), of(&["--service-reference", "reference"]));
        assert_eq!(without["GETOBJECT"], "unused  observed", "{paths:?}");
        assert_eq!(with["GETOBJECT"], "unknown no-start -", "{paths:?}");
        // The files do not have it; and a recorded access proves more than the flag.
        for name in ["PutObject", "ListAllMyBuckets"] {
            assert_eq!(with[name], without[name], "{paths:?} {name}");
        }
        assert!(with["ListAllMyBuckets"].starts_with("active"), "{with:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_folder_is_not_waited_for() {
    let home = home(&[]);
    for (name, option) in [("reference/a.json", "--service-reference"), ("catalogue/services.csv", "--catalogue")] {
        put(home.path().join(name), "");
        std::fs::remove_file(home.path().join(name)).expect("removed");
        let made = std::process::Command::new("mkfifo").arg(home.path().join(name)).status().expect("mkfifo runs");
        assert!(made.success());
        let folder = name.split('/').next().expect("a folder");
        let ran = dormant(home.path(), ["services", "ann.json", option, folder]);
        assert!(ran.code == 1 && ran.stderr.contains("not a file"), "{ran:?}");
    }
}

#[test]
fn what_is_no_service_reference_stops_the_program_before_it_reads_a_dump() {
    let home = home(&[]);
    put(home.path().join("wrong/s3.json"), "{\"Name\": \"s3\"}");
    for path in ["absent", "wrong", "ann.json"] {
        let ran = dormant(home.path(), ["services", "ann.json", "--service-reference", path]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{path}: {ran:?}");
        assert!(ran.stderr.contains(path), "{path}: {ran:?}");
    }
}
