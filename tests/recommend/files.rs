//! The folder of proposals.

use std::path::Path;
use std::process::Command;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::estate::{Account, allow};
use crate::program::dormant;

fn account() -> Account {
    let statements = json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))]);
    Account::of_role(statements, &[("s3", true, &["CreateBucket!", "DeleteBucket"])])
}

#[test]
fn every_file_is_there_and_the_rows_say_where() {
    let made = account().proposals(&[]);
    let folder = "111122223333/role/r";
    assert_eq!(made.row("p")["folder"], folder);
    let names = [
        "README.md",
        "apply.sh",
        "changes.csv",
        "p.current.json",
        "p.proposed.json",
        "policy.cfn.json",
        "policy.tf",
        "rollback.sh",
    ];
    let expected: Vec<String> = names.iter().map(|name| format!("{folder}/{name}")).collect();
    let files = made.files();
    let found: Vec<&String> = files.keys().filter(|path| path.starts_with(folder)).collect();
    assert_eq!(found, expected.iter().collect::<Vec<_>>());
    assert!(files.contains_key("recommendations.csv") && files.contains_key("manifest.json"));
    let current: Value = serde_json::from_str(&made.file("p.current.json")).unwrap();
    assert_eq!(current, account().roles[0]["RolePolicyList"][0]["PolicyDocument"]);
    assert!(files.values().all(|text| !text.contains('\r') && text.ends_with('\n')));
}

#[test]
fn a_folder_is_replaced_only_by_force_and_is_no_input() {
    let made = account().proposals(&[]);
    let again = dormant(made.home.path(), ["recommend", "in", "-o", "out"]);
    assert_eq!(again.code, 1, "{}", again.stderr);
    assert_eq!(dormant(made.home.path(), ["recommend", "in", "-o", "out", "--force"]).code, 0);
    let read = dormant(made.home.path(), ["recommend", ".", "--format", "json"]);
    assert_eq!(read.rows().len(), 1, "{}", read.stderr);
}

#[test]
fn options_about_single_rows_are_refused() {
    let home = account().write();
    for option in [["--verdict", "unused"], ["--at", "2026-05-05"], ["--snapshots", "all"], ["--within", "7d"]] {
        let ran = dormant(home.path(), [&["recommend", "in"], option.as_slice()].concat());
        assert_eq!(ran.code, 2, "{option:?} {}", ran.stderr);
    }
    assert_eq!(dormant(home.path(), ["recommend", "in", "-o", "out", "--format", "json"]).code, 2);
}

#[test]
fn a_document_in_a_text_is_read_and_written() {
    let mut account = account();
    let document = account.roles[0]["RolePolicyList"][0]["PolicyDocument"].to_string();
    let encoded = utf8_percent_encode(&document, NON_ALPHANUMERIC).to_string();
    account.roles[0]["RolePolicyList"][0]["PolicyDocument"] = json!(encoded);
    assert_eq!(account.proposals(&[]).actions("p"), ["s3:CreateBucket"]);
}

#[test]
#[ignore = "needs Python, moto, awscli, python-hcl2, cfn-lint and parliament: tests/run"]
fn proposals_are_applied_and_undone_for_real() {
    let program = Path::new(env!("CARGO_BIN_EXE_dormant"));
    let python = program.ancestors().nth(2).expect("a target folder").join("venv/bin/python3");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recommend/applied.py");
    let status = Command::new(&python).arg(script).arg(program).status();
    assert!(status.expect("tests/run installs Python's packages").success());
}
