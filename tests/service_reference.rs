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
