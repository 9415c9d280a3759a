//! What every report writes as JSON is as `docs/report.schema.json` says, judged by a validator that shares nothing with this program.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{dormant, put};

const REPORTS: &[&str] = &[
    "summary",
    "services",
    "unused",
    "unused --level action --sort risk",
    "staleness",
    "staleness --by service --level action",
    "staleness --by account",
    "staleness --by account --long",
    "compare",
    "compare --long",
    "compare --pairs",
    "compare --roles",
    "trend",
    "list",
    "list --level service --entity * --type role,user --verdict unused,unknown --within 900d",
    "summary --as-of 2026-08-01 --include-aws-controlled --strict-age --no-infer --made-at 2026-05-05",
    "list --snapshots all --used --region us-east-1",
    "entities",
    "check",
    "organizations",
    "service-entities",
    "grants",
    "grants --level action",
    "recommend",
    "recommend --style deny --protect x --include-recovery --applied-by arn:aws:iam::111122223333:role/x --only *",
    "credentials",
    "overview",
    "explain --entity AdminRole --account 111122223333",
    "explain --entity worker",
];

/// The names of the parameters stand in the source as the first argument of what adds one.
#[test]
fn the_schema_has_every_parameter() {
    let source = fs::read_to_string(root().join("src/cli/settings/parameters.rs")).expect("the source");
    let schema = fs::read_to_string(root().join("docs/report.schema.json")).expect("the schema");
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    let adders = [".text(\"", ".texts(\"", ".number(\"", ".days(\"", ".flag(\"", "shown_as(\"", "Parameter::text(\""];
    let names = adders.iter().flat_map(|adder| source.split(adder).skip(1)).filter_map(|rest| rest.split('"').next());
    let names: Vec<&str> = names.collect();
    assert!(names.len() > 30 && names.contains(&"due_days"), "{names:?}");
    for name in names {
        assert!(schema["properties"]["parameters"]["properties"].get(name).is_some(), "{name} is not in the schema");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn validate(files: &[PathBuf]) {
    let target = Path::new(env!("CARGO_BIN_EXE_dormant")).ancestors().nth(2).expect("a target folder");
    let installed = target.join("venv/bin/python3");
    let mut python = Command::new(if installed.exists() { installed.as_path() } else { Path::new("python3") });
    python.arg(root().join("tests/schema/validate.py")).arg(root().join("docs/report.schema.json")).args(files);
    let run = python.output().expect("python3 is needed; tests/run installs it");
    assert!(run.status.success(), "{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
}

#[test]
#[ignore = "needs Python and jsonschema: tests/run"]
fn every_report_is_as_the_schema_says() {
    let home = tempfile::tempdir().expect("a folder");
    let samples = root().join("sample-data");
    let mut files = Vec::new();
    let mut keep = |json: String| {
        let file = home.path().join(format!("{}.json", files.len()));
        put(&file, json);
        files.push(file);
    };
    for report in REPORTS {
        let inputs: &[&str] = match report.split(' ').next() {
            Some("grants" | "recommend" | "credentials") => &["who-grants-it"],
            Some("organizations" | "service-entities") => &["broken"],
            Some("explain") if report.contains("worker") => &["who-grants-it"],
            Some("explain") => &["estate", "broken"],
            _ => &["estate", "broken", "hostile-names", "who-grants-it", "truncated"],
        };
        let ran = dormant(&samples, report.split(' ').chain(inputs.iter().copied()).chain(["--format", "json"]));
        assert!(matches!(ran.code, 0 | 3), "{report}: {ran:?}");
        keep(ran.stdout);
    }
    for dates in [&["two-dates", "--from", "2026-01-05", "--to", "2026-04-06", "--all"][..], &["estate", "broken"]] {
        keep(dormant(&samples, [&["diff", "--format", "json"], dates].concat()).stdout);
    }
    let audit = home.path().join("audit");
    dormant(&samples, ["report", "estate", "broken", "--formats", "json", "-o", audit.to_str().expect("UTF-8")]);
    keep(fs::read_to_string(audit.join("report.json")).expect("the audit as JSON"));
    validate(&files);
}
