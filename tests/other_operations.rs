//! The answers of the two other operations, as aws-cli 1.46.3 saved them: each has its rows, its report and its table, and no
//! number about permissions rests on them.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::Path;

use program::{answer, dormant, put};
use serde_json::{Value, json};

const ENTITIES: &str = include_str!("data/with-entities.json");
const ORGANIZATIONS: &str = include_str!("data/org-access-report.json");
const ORGANIZATIONS_PATH: &str = "o-a1b2c3d4e5/r-f6g7h8i9j0example";

fn rows(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let ran = dormant(folder, arguments.iter().chain(&["--format", "json"]));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.rows()
}

#[test]
fn every_entity_of_a_with_entities_answer_is_a_row() {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("policy.s3.json"), ENTITIES);
    let expected = json!([
        {"service_namespace": "s3", "account_id": "123456789012", "entity_type": "role", "entity_name": "prod-api",
         "entity_arn": "arn:aws:iam::123456789012:role/service-role/prod-api", "entity_id": "AROAEAEXAMPLEIANXSIU4",
         "entity_path": "/service-role/", "last_accessed": null, "days_since": null, "as_of": "2024-05-14T10:20:31Z",
         "evidence": "complete", "identified_by": "path", "source": "./policy.s3.json"},
        {"service_namespace": "s3", "account_id": "123456789012", "entity_type": "user", "entity_name": "bob",
         "entity_arn": "arn:aws:iam::123456789012:user/bob", "entity_id": "AIDAEX2EXAMPLEB6IGCDC", "entity_path": "/",
         "last_accessed": "2024-05-10T08:00:00Z", "days_since": 4, "as_of": "2024-05-14T10:20:31Z",
         "evidence": "complete", "identified_by": "path", "source": "./policy.s3.json"}
    ]);
    assert_eq!(Value::from(rows(home.path(), &["service-entities", "."])), expected);
    for (filter, names) in [
        (&["--used"] as &[&str], &["bob"] as &[&str]),
        (&["--within", "5d"], &["bob"]),
        (&["--within", "4d"], &[]),
        (&["--type", "role"], &["prod-api"]),
        (&["--entity", "*/service-role/*"], &["prod-api"]),
        (&["--account", "123456789012", "--service", "s3"], &["prod-api", "bob"]),
        (&["--account", "999999999999"], &[]),
        (&["--service", "sqs"], &[]),
    ] {
        let kept = rows(home.path(), &[&["service-entities", "."], filter].concat());
        let kept: Vec<_> = kept.iter().map(|row| row["entity_name"].as_str().expect("a name")).collect();
        assert_eq!(kept, names, "{filter:?}");
    }
}

#[test]
fn what_an_answer_leaves_out_of_an_entity_its_arn_says() {
    let home = tempfile::tempdir().expect("a folder");
    let bare = ENTITIES.replace("\"Name\": \"bob\",", "").replace("\"Type\": \"USER\",", "");
    put(home.path().join("s3.json"), bare);
    let named = rows(home.path(), &["service-entities", ".", "--entity", "bob", "--type", "user"]);
    let names: Vec<_> = named.iter().map(|row| (&row["entity_name"], &row["entity_type"])).collect();
    assert_eq!(names, [(&json!("bob"), &json!("user"))]);
}

#[test]
fn every_service_of_an_organizations_report_is_a_row() {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join(ORGANIZATIONS_PATH).join("report.json"), ORGANIZATIONS);
    let source = format!("./{ORGANIZATIONS_PATH}/report.json");
    let found = rows(home.path(), &["organizations", "."]);
    let expected = json!([
        {"organizations_path": ORGANIZATIONS_PATH, "service_namespace": "dynamodb", "service_name": "Amazon DynamoDB",
         "last_accessed": "2024-05-01T00:00:00Z",
         "last_accessed_path": "o-a1b2c3d4e5/r-f6g7h8i9j0example/ou-1a2b3c-k9l8m7n6o5example/111122223333",
         "last_accessed_region": "us-east-1", "accounts_accessed": 2, "days_since": 13, "as_of": "2024-05-14T10:20:31Z",
         "job_status": "COMPLETED", "evidence": "complete", "identified_by": "path", "source": source},
        {"organizations_path": ORGANIZATIONS_PATH, "service_namespace": "s3", "service_name": "Amazon S3",
         "last_accessed": null, "last_accessed_path": null, "last_accessed_region": null, "accounts_accessed": 0,
         "days_since": null, "as_of": "2024-05-14T10:20:31Z", "job_status": "COMPLETED", "evidence": "complete",
         "identified_by": "path", "source": source}
    ]);
    assert_eq!(Value::from(found), expected);
    assert_eq!(
        rows(home.path(), &["organizations", ".", "--region", "us-east-1", "--service", "dynamodb,s3"]).len(),
        1
    );
}

#[test]
fn the_service_is_known_by_the_best_evidence() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let job = "5034abcc-d373-5266-9cce-340a60c5741d";
    // Each a job of its own, or they would be one answer saved several times.
    let saved = |minute: u32| ENTITIES.replace("10:20:30", &format!("10:{minute}:30"));
    put(root.join("member.json"), saved(11).replacen('{', "{\"ServiceNamespace\": \"sqs\",", 1));
    put(root.join(format!("{job}.json")), saved(12));
    put(root.join("listed.json"), saved(13));
    put(root.join("lambda.json"), saved(14));
    put(root.join("ec2/with-entities.json"), saved(15));
    put(root.join("s3.sqs.json"), saved(16));
    put(root.join("unsaid.json"), saved(17));
    let manifest = tempfile::tempdir().expect("a folder");
    let jobs = manifest.path().join("jobs.csv");
    put(&jobs, format!("job_id,file,service_namespace\n{job},,kms\n,listed.json,iam\n"));
    let found = rows(root, &["service-entities", ".", "--type", "user", "--manifest", jobs.to_str().expect("UTF-8")]);
    let mut found: Vec<_> = found
        .iter()
        .map(|row| {
            let source = row["source"].as_str().expect("a source").trim_start_matches("./").to_owned();
            (source, row["service_namespace"].as_str(), row["identified_by"].as_str().expect("a word"))
        })
        .collect();
    found.sort();
    let jobfile = format!("{job}.json");
    let expected = [
        (jobfile.as_str(), Some("kms"), "manifest"),
        ("ec2/with-entities.json", Some("ec2"), "path"),
        ("lambda.json", Some("lambda"), "path"),
        ("listed.json", Some("iam"), "manifest"),
        ("member.json", Some("sqs"), "member"),
        ("s3.sqs.json", None, "unknown"),
        ("unsaid.json", None, "unknown"),
    ];
    assert_eq!(found, expected.map(|(source, service, by)| (source.to_owned(), service, by)));
}

#[test]
fn what_is_not_whole_is_said() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let with = |from: &str, member: &str, value: Value| {
        let mut answer: Value = serde_json::from_str(from).expect("JSON");
        answer[member] = value;
        answer.to_string()
    };
    put(root.join("s3.json"), ENTITIES);
    put(root.join("copy/s3.json"), ENTITIES);
    put(root.join("iam.json"), with(ENTITIES, "IsTruncated", json!(true)));
    put(root.join("sqs.json"), with(ENTITIES, "EntityDetailsList", json!([])));
    put(root.join("org-pages.json"), with(ORGANIZATIONS, "NumberOfServicesAccessible", json!(300)));
    put(root.join("org-pending.json"), with(ORGANIZATIONS, "JobStatus", json!("IN_PROGRESS")));
    let mut failed: Value = serde_json::from_str(ORGANIZATIONS).expect("JSON");
    failed["JobStatus"] = json!("FAILED");
    failed["ErrorDetails"] = json!({"Code": "Boom", "Message": "It broke."});
    put(root.join("org-failed.json"), failed.to_string());
    put(root.join("org-unreadable.json"), ORGANIZATIONS.replace("2024-05-01T00:00:00Z", "05/01/2024"));
    put(root.join("org-broken.json"), ORGANIZATIONS.replace("\"ServiceNamespace\": \"s3\",", ""));

    let check = dormant(root, ["check", ".", "--format", "json"]);
    assert_eq!((check.code, check.counts()), (3, [9, 8, 0, 1]));
    let told: Vec<_> = check
        .rows()
        .iter()
        .map(|row| format!("{} {} {} {}", row["source"], row["shape"], row["evidence"], row["note"]).replace('"', ""))
        .collect();
    for (source, shape, evidence, note) in [
        ("s3.json", "with-entities", "complete", "is the same answer as ./copy/s3.json"),
        ("copy/s3.json", "with-entities", "complete", "2 entities"),
        ("iam.json", "with-entities", "truncated", "IsTruncated is true after 2 rows"),
        ("sqs.json", "with-entities", "empty", "0 entities"),
        ("org-pages.json", "organizations-access-report", "truncated", "lists 2 of 300 accessible services"),
        ("org-pending.json", "organizations-access-report", "pending", "had not finished"),
        ("org-failed.json", "organizations-access-report", "failed", "Boom: It broke"),
        ("org-unreadable.json", "organizations-access-report", "complete", "1 date cannot be read"),
        ("org-broken.json", "null", "null", "a service row has no ServiceNamespace"),
    ] {
        let start = format!("./{source} {shape} {evidence} ");
        let line = told.iter().find(|line| line.starts_with(&start));
        assert!(line.is_some_and(|line| line.contains(note)), "{start}…{note}: {told:#?}");
    }
    let entities = dormant(root, ["service-entities", ".", "--format", "json"]);
    assert_eq!((entities.code, entities.rows().len()), (3, 4), "two of s3 once, two of iam");
    let organizations = dormant(root, ["organizations", ".", "--format", "json"]);
    let sources: Vec<_> = organizations.rows().iter().map(|row| row["source"].to_string()).collect();
    assert_eq!(sources.len(), 4, "{sources:?}");
    let unreadable = organizations
        .rows()
        .into_iter()
        .find(|row| row["source"] == "./org-unreadable.json" && row["service_namespace"] == "dynamodb");
    assert_eq!(unreadable.expect("a row")["last_accessed"], Value::Null);
}

#[test]
fn no_number_about_permissions_rests_on_them() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    put(root.join("dump.json"), answer("prod-api").to_string());
    let alone = rows(root, &["list", ".", "--level", "service"]);
    put(root.join("s3.json"), ENTITIES.replace("\"IsTruncated\": false", "\"IsTruncated\": true"));
    put(root.join("org.json"), ORGANIZATIONS);
    assert_eq!(rows(root, &["list", ".", "--level", "service"]), alone);
    let told = dormant(root, ["summary", ".", "-v"]).stderr;
    assert!(told.contains("get-organizations-access-report") && told.contains("`dormant organizations`"), "{told}");
    assert!(told.contains("with-entities") && told.contains("`dormant service-entities`"), "{told}");

    let report = dormant(root, ["report", ".", "-o", "../audit-of-others", "--force"]);
    assert_eq!(report.code, 3, "{}", report.stderr);
    let tables = root.join("../audit-of-others/tables");
    for table in ["org_services", "service_entities"] {
        let bytes = fs::read(tables.join(format!("{table}.parquet"))).expect("a table");
        assert!(bytes.starts_with(b"PAR1"), "{table}");
    }
    fs::remove_dir_all(root.join("../audit-of-others")).expect("removed");
}

#[test]
fn the_wrong_report_says_which_is_right() {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("s3.json"), ENTITIES);
    for (command, right) in [("summary", "`dormant service-entities`"), ("organizations", "`dormant service-entities`")]
    {
        let ran = dormant(home.path(), [command, "s3.json"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(right), "{}", ran.stderr);
    }
    for (command, option) in
        [("organizations", "--unused"), ("organizations", "--type=role"), ("service-entities", "--region=us-east-1")]
    {
        let ran = dormant(home.path(), [command, "s3.json", option]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains("leave"), "{}", ran.stderr);
    }
}
