//! The folder of proposals.

use std::io::Read as _;
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

/// The addresses to which the sheets of a workbook lead.
fn addresses(workbook: &Path) -> Vec<String> {
    let mut book = zip::ZipArchive::new(std::fs::File::open(workbook).expect("a workbook")).expect("a ZIP");
    let mut found = Vec::new();
    for at in 0..book.len() {
        let mut part = book.by_index(at).expect("a part");
        if part.name().expect("a name").starts_with("xl/worksheets/_rels/") {
            let mut xml = String::new();
            part.read_to_string(&mut xml).expect("UTF-8");
            let links = xml.split("Target=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default());
            found.extend(links.filter(|link| link.ends_with("/README.md")).map(str::to_owned));
        }
    }
    found
}

#[test]
fn each_row_of_page_and_workbook_leads_to_its_proposal() {
    let statements = || json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))]);
    let mut account = Account::new();
    for name in ["r", "..", "kept"] {
        account.role(name, &[("p", statements())], &[]);
    }
    account.dump("role/r", &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    account.dump("role/..", &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    account.dump("role/kept", &[("s3", true, &["CreateBucket!", "DeleteBucket!"])]);
    let made = account.proposals(&[]);
    let found = addresses(&made.out().join("recommendations.xlsx"));
    // An address spells the `%` that is in the name of a folder.
    assert_eq!(found, ["111122223333/role/%252E%252E/README.md", "111122223333/role/r/README.md"]);
    for address in found {
        let path = percent_encoding::percent_decode_str(&address).decode_utf8().expect("UTF-8").into_owned();
        assert!(made.out().join(&path).is_file(), "{path}");
    }
    assert!(made.file("recommendations.html").contains("<title>"));
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
fn force_replaces_no_folder_of_another_kind() {
    let made = account().proposals(&[]);
    let ran = |arguments: &[&str]| dormant(made.home.path(), arguments);
    let refused = ran(&["report", "in", "-o", "out", "--force"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("holds proposals of dormant recommend"), "{}", refused.stderr);
    assert_eq!(ran(&["report", "in", "-o", "audit", "--formats", "csv"]).code, 0);
    let before = std::fs::read(made.home.path().join("audit/manifest.json")).expect("a manifest");
    let refused = ran(&["recommend", "in", "-o", "audit", "--force"]);
    assert!(refused.code == 1 && refused.stderr.contains("holds an audit of dormant report"), "{}", refused.stderr);
    assert_eq!(std::fs::read(made.home.path().join("audit/manifest.json")).expect("a manifest"), before);
    assert_eq!(ran(&["report", "in", "-o", "audit", "--formats", "csv", "--force"]).code, 0);
}

#[test]
fn a_folder_among_its_own_inputs_is_no_input_of_the_next_run() {
    let home = account().write();
    let ran = |arguments: &[&str]| dormant(home.path(), [&["recommend", "in"], arguments].concat());
    assert_eq!(ran(&["-o", "in"]).code, 1, "a folder of dumps is not replaced");
    assert_eq!(ran(&["-o", "in", "--force"]).code, 1);
    assert_eq!(ran(&["-o", "in/out"]).code, 0);
    let file = || std::fs::read(home.path().join("in/out/recommendations.csv")).expect("a file");
    let first = file();
    let again = ran(&["-o", "in/out", "--force"]);
    assert_eq!((again.code, file()), (0, first), "{}", again.stderr);
    assert!(home.path().join("in/0.json").is_file() && home.path().join("in/authorization-details.json").is_file());
}

#[test]
fn names_that_are_spelt_alike_are_several_resources_of_terraform() {
    let statements = || json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))]);
    let mut account = Account::new();
    account.role("r", &[("a.b", statements()), ("a-b", statements()), ("a_b", statements())], &[]);
    account.role("s", &[("a.b", statements())], &[]);
    for role in ["role/r", "role/s"] {
        account.dump(role, &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    }
    let files = account.proposals(&[]).files();
    let texts =
        files.iter().filter(|(path, _)| Path::new(path).extension() == Some("tf".as_ref())).map(|(_, text)| text);
    let resources: Vec<&str> =
        texts.flat_map(|text| text.lines()).filter(|line| line.starts_with("resource ")).collect();
    let distinct: std::collections::BTreeSet<&&str> = resources.iter().collect();
    assert_eq!((resources.len(), distinct.len()), (4, 4), "{resources:?}");
}

/// An `aws` that writes down each of its arguments, and answers that nothing is as it was.
const LISTENER: &str =
    "#!/bin/sh\nfor argument in \"$@\"; do printf '%s\\n' \"$argument\" >> \"$LOG\"; done\necho 111122223333\n";

#[cfg(unix)]
#[test]
fn hostile_names_reach_the_client_as_they_are_and_run_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let name = "a'b $(touch owned) `touch owned` ; touch owned # \"x\" \\ -n\u{7f}é";
    let statements = json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))]);
    let mut account = Account::new();
    account.role("r", &[(name, statements)], &[]);
    account.dump("role/r", &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let made = account.proposals(&[]);
    let script = made.files().into_keys().find(|path| path.ends_with("apply.sh")).expect("a script");
    let bin = made.home.path().join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    std::fs::write(bin.join("aws"), LISTENER).expect("a file");
    std::fs::set_permissions(bin.join("aws"), std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    for (script, options) in [(script.clone(), "--stale-ok"), (script.replace("apply.sh", "rollback.sh"), "")] {
        let log = made.home.path().join("log");
        let script = made.out().join(script);
        let mut sh = Command::new("sh");
        sh.arg(&script)
            .args(options.split_terminator(' '))
            .current_dir(made.home.path())
            .env("PATH", &path)
            .env("LOG", &log)
            .env("AWS_PROFILE", "none");
        assert!(!sh.output().expect("sh runs").status.success(), "the policy is not as it was");
        let said = std::fs::read_to_string(&log).expect("arguments");
        assert!(said.lines().any(|line| line == format!("--policy-name={name}")), "{said}");
        let folders = [made.home.path(), script.parent().expect("a folder")];
        assert!(folders.iter().all(|folder| !folder.join("owned").exists()));
    }
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
#[ignore = "needs Python: tests/run"]
fn proposals_keep_their_promises_on_random_accounts() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/independent/proposals.py");
    let mut python = Command::new("python3");
    python.env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(env!("CARGO_BIN_EXE_dormant")).arg("40");
    let ran = python.output().expect("python3 is needed; tests/run installs it");
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
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
