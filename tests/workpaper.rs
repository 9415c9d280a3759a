//! The workpaper of an audit: what was tested, how completely, and on which evidence, said on the first sheet and true of the files.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader as _, Xlsx};
use program::dormant;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data")
}

/// The audit of a story, in a folder that lives as long as the first value.
fn audit(story: &str, more: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("audit");
    let words = ["report", story, "-o", folder.to_str().expect("UTF-8")];
    let ended = dormant(&samples(), words.iter().chain(more));
    assert!(folder.join("manifest.json").exists(), "{}", ended.stderr);
    (home, folder)
}

/// The lines of a sheet, cells joined by blanks.
fn lines(folder: &Path, sheet: &str) -> Vec<String> {
    let mut book: Xlsx<_> = calamine::open_workbook(folder.join("report.xlsx")).expect("a workbook");
    let range = book.worksheet_range(sheet).expect("a sheet");
    let text = |row: &[Data]| {
        row.iter().map(ToString::to_string).filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" ")
    };
    range.rows().map(text).collect()
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).expect("a manifest")).expect("JSON")
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[test]
fn the_first_sheet_says_what_was_tested_when_how_and_where_to_sign() {
    let words = ["--title", "Review of Example Ltd", "--reference", "WP 4.2, A.5.18", "--prepared-by", "R. Auditor"];
    let (_home, folder) = audit("estate", &words);
    let found = lines(&folder, "Workpaper");
    let said = |beginning: &str| found.iter().any(|line| line.starts_with(beginning));
    for beginning in [
        "Review of Example Ltd",
        "Reference, control WP 4.2, A.5.18",
        "Purpose To find",
        "Scope 16 entities with a usable dump in 2 accounts: 11 roles, 2 users, 1 group, 2 policies.",
        "No filter narrows it",
        "Period The dumps that count were made on 2026-07-06.",
        "Completeness Tested against get-account-authorization-details of 111122223333, get-account-authorization-details of 444455556666.",
        "4 users named, 2 with a usable dump, 2 missing.",
        "Method The evidence is",
        "Limits AWS does not record every action",
        "to review: 66 services",
        "Evidence 49 inputs: 48 read, 1 skipped, 0 failed.",
        "Conclusion",
        "Prepared by R. Auditor Date Signature",
        "Reviewed by Date Signature",
    ] {
        assert!(said(beginning), "{beginning} is not in {found:#?}");
    }
    let method = found.iter().skip_while(|line| !line.starts_with("Method")).take_while(|line| !line.is_empty());
    assert_eq!(method.count(), 6, "six sentences");
    assert_eq!(manifest(&folder)["parameters"]["reference"], "WP 4.2, A.5.18");
    let (_home, narrow) = audit("estate", &["--account", "444455556666", "--type", "role"]);
    assert!(lines(&narrow, "Workpaper").contains(&"Narrowed to accounts: 444455556666; types: role.".to_owned()));
}

#[test]
fn completeness_is_held_against_the_lists_of_accounts() {
    let (_home, folder) = audit("who-grants-it", &[]);
    let found = lines(&folder, "Workpaper");
    let entities = fs::read(folder.join("entities.csv")).expect("a table");
    let mut rows = csv::Reader::from_reader(&*entities);
    let names = rows.headers().expect("a head").clone();
    let at = |name: &str| names.iter().position(|of| of == name).expect("a column");
    let missing: Vec<String> = rows
        .records()
        .map(|row| row.expect("a row"))
        .filter(|row| &row[at("missing")] == "true")
        .map(|row| format!("{}/{} of {}", &row[at("entity_type")], &row[at("entity_name")], &row[at("account_id")]))
        .collect();
    assert!(missing.len() >= 2, "{missing:?}");
    let line = found.iter().find(|line| line.starts_with("Without a usable dump: ")).expect("names");
    for name in &missing {
        assert!(line.contains(name), "{name} is not in {line}");
    }
    assert_eq!(line.matches(" of ").count(), missing.len(), "{line}");
    assert!(found.contains(&"6 roles named, 4 with a usable dump, 2 missing.".to_owned()), "{found:#?}");
    // Filters narrow what there is to be tested.
    let (_home, narrow) = audit("who-grants-it", &["--type", "user"]);
    let found = lines(&narrow, "Workpaper");
    assert!(found.contains(&"1 user named, 1 with a usable dump, 0 missing.".to_owned()), "{found:#?}");
    assert!(!found.iter().any(|line| line.contains("roles named")));
}

#[test]
fn an_inventory_without_its_last_page_is_named() {
    let home = tempfile::tempdir().expect("a folder");
    let arn = "arn:aws:iam::111122223333:role/one";
    let list = serde_json::json!({
        "Roles": [
            {"Arn": arn, "RoleName": "one", "CreateDate": "2020-01-01T00:00:00Z"},
            {"Arn": "arn:aws:iam::111122223333:role/two", "RoleName": "two", "CreateDate": "2020-01-01T00:00:00Z"}
        ],
        "IsTruncated": true,
        "Marker": "more"
    });
    let dump = serde_json::json!({
        "JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL", "JobCreationDate": "2026-07-06T00:00:00Z",
        "JobCompletionDate": "2026-07-06T00:00:10Z", "IsTruncated": false,
        "ServicesLastAccessed": [{"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0}]
    });
    let answers = serde_json::json!({ arn: dump });
    fs::create_dir(home.path().join("in")).expect("a folder");
    fs::write(home.path().join("in/roles.json"), list.to_string()).expect("written");
    fs::write(home.path().join("in/dumps.json"), answers.to_string()).expect("written");
    let ended = dormant(home.path(), ["report", "in", "-o", "audit"]);
    assert!(home.path().join("audit").exists(), "{}", ended.stderr);
    let found = lines(&home.path().join("audit"), "Workpaper");
    let said = |text: &str| found.iter().any(|line| line.ends_with(text));
    assert!(said("2 roles named, 1 with a usable dump, 1 missing."), "{found:#?}");
    assert!(
        said("A last page is missing, so that there may be more entities than named, of: list-roles of 111122223333."),
        "{found:#?}"
    );
}

#[test]
fn each_source_has_its_hash_and_the_list_has_one() {
    let (_home, folder) = audit("estate", &[]);
    let sources = fs::read(folder.join("sources.csv")).expect("a table");
    let mut rows = csv::Reader::from_reader(&*sources);
    let names = rows.headers().expect("a head").clone();
    let at = |name: &str| names.iter().position(|of| of == name).expect("a column");
    let mut seen = 0;
    for row in rows.records().map(|row| row.expect("a row")) {
        let bytes = fs::read(samples().join(&row[at("source")])).expect("an input");
        assert_eq!(&row[at("sha256")], sha256(&bytes), "{row:?}");
        assert_eq!(row[at("bytes")].parse(), Ok(bytes.len()), "{row:?}");
        seen += 1;
    }
    assert_eq!(seen, 49);
    // As `sha256sum` prints it, in the order of the manifest.
    let manifest = manifest(&folder);
    let inputs = manifest["input_files"].as_array().expect("inputs");
    let line = |input: &Value| {
        let (hash, source) = (input["sha256"].as_str().expect("a hash"), input["path"].as_str().expect("a path"));
        format!("{hash}  {source}\n")
    };
    let list: String = inputs.iter().map(line).collect();
    let hash = sha256(list.as_bytes());
    assert!(lines(&folder, "Workpaper").iter().any(|line| line.ends_with(&hash)), "{hash} is not on the workpaper");
}

#[test]
fn the_markdown_report_is_two_pages_and_says_all_that_matters() {
    for story in ["estate", "broken", "truncated", "who-grants-it", "hostile-names", "seed-article"] {
        let (_home, folder) = audit(story, &["--title", "Review | of <b>", "--prepared-by", "R. Auditor"]);
        let page = fs::read_to_string(folder.join("report.md")).expect("Markdown");
        // Each list of problems has up to ten entries more, where inputs are broken.
        let problems =
            page.split("\n## Not read\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a part");
        let page_without = page.replace(problems, "");
        let full = page_without.lines().filter(|line| !line.is_empty());
        let printed: usize = full.map(|line| line.chars().count().div_ceil(110)).sum();
        assert!(printed <= 2 * 60, "{story}: {printed} lines of 110 characters");
        assert!(page.starts_with("# Review \\| of &lt;b&gt;\n\nPrepared by: R. Auditor\n"), "{story}: {page}");
        let headings = ["Scope", "Result", "Review first", "Limits", "Not read", "Where the rest is"];
        let places: Vec<_> = headings.iter().map(|of| page.find(&format!("\n## {of}\n")).unwrap_or_default()).collect();
        assert!(places.is_sorted() && places[0] > 0, "{story}: {places:?}");
    }
    // What is incomplete is said beside the result.
    let (_home, folder) = audit("truncated", &[]);
    let page = fs::read_to_string(folder.join("report.md")).expect("Markdown");
    let result =
        page.split("## Result").nth(1).and_then(|rest| rest.split("## Review first").next()).expect("a result");
    assert!(result.contains("incomplete"), "{result}");
}
