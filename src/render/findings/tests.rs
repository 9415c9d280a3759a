//! A finding is a row that shows a permission to be dormant, and nothing else is.

use polars::prelude::*;
use serde_json::Value;

use super::{asff_files, write_asff, write_jira, write_ocsf};
use crate::frame::Table;
use crate::model::EntityKind;
use crate::render::CsvDialect;
use crate::report::{Column as ReportColumn, ColumnKind, InlineOwner, Section};

/// A report with a row for each verdict, of a role with this name; the last row has no account.
fn section(name: &str, rows: usize) -> Section {
    let verdicts = ["unused", "stale", "unknown", "active"];
    let texts = |value: &str| Column::new("".into(), vec![value; rows]);
    let day = 20_544_i64 * 86_400_000;
    let instants = Series::new("as_of".into(), vec![day; rows]);
    let instants = instants
        .cast(&DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)))
        .expect("instants")
        .into_column();
    let account = (0..rows).map(|row| (row + 1 < rows).then_some("111122223333")).collect::<Vec<_>>();
    let service = (0..rows).map(|row| format!("svc{row}")).collect::<Vec<_>>();
    let verdict = (0..rows).map(|row| verdicts[row % verdicts.len()]).collect::<Vec<_>>();
    let columns = [
        ("account_id", ColumnKind::Text, Column::new("".into(), account)),
        ("entity_type", ColumnKind::Text, texts("role")),
        ("entity_name", ColumnKind::Text, texts(name)),
        ("entity_arn", ColumnKind::Text, texts(&format!("arn:aws:iam::111122223333:role/{name}"))),
        ("service_namespace", ColumnKind::Text, Column::new("".into(), service)),
        ("verdict", ColumnKind::Text, Column::new("".into(), verdict)),
        ("risk", ColumnKind::Text, texts("high")),
        ("as_of", ColumnKind::Instant, instants),
    ];
    let described = columns.iter().map(|(name, kind, _)| ReportColumn {
        name: (*name).to_owned(),
        kind: *kind,
        about: "A column.".to_owned(),
    });
    let described = described.collect();
    let columns = columns.into_iter().map(|(name, _, column)| column.with_name(name.into())).collect();
    Section {
        id: "unused-services".into(),
        title: "Unused services".into(),
        caption: "One row per service.".into(),
        columns: described,
        table: Table::new(DataFrame::new(rows, columns).expect("columns of one height")),
        totals: Vec::new(),
        remarks: Vec::new(),
        unseen_entities: Vec::new(),
        gone: Vec::new(),
        unlisted: Vec::new(),
        inline_owners: Vec::new(),
    }
}

fn events(section: &Section) -> Vec<Value> {
    let mut out = Vec::new();
    write_ocsf(section, &mut out).expect("a Vec takes everything");
    let text = String::from_utf8(out).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
}

#[test]
fn what_is_unknown_or_in_use_is_never_a_finding() {
    let events = events(&section("deploy", 8));
    let verdicts: Vec<_> =
        events.iter().map(|event| event["unmapped"]["verdict"].as_str().expect("a verdict")).collect();
    assert_eq!(verdicts, ["unused", "stale", "unused", "stale"]);
    let unused: Vec<_> =
        events.iter().map(|event| &event["permission_analysis_results"][0]["unused_services_count"]).collect();
    assert_eq!(unused, [1, 0, 1, 0]);
    let mut issues = Vec::new();
    write_jira(&section("deploy", 8), CsvDialect::Excel, &mut issues).expect("a Vec takes everything");
    let issues = String::from_utf8(issues).expect("UTF-8");
    assert!(issues.contains("svc0") && issues.contains("svc5"), "{issues}");
    assert!(!issues.contains("svc2") && !issues.contains("svc3"), "{issues}");
}

#[test]
fn an_id_is_that_of_the_entity_and_the_permission_alone() {
    let ids = |name| -> Vec<String> {
        events(&section(name, 8)).iter().map(|e| e["finding_info"]["uid"].to_string()).collect()
    };
    let mut all = ids("deploy");
    assert_eq!(all, ids("deploy"));
    all.extend(ids("build"));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 8);
}

#[test]
fn a_file_holds_what_one_call_takes_and_no_finding_without_an_account() {
    let long = "a".repeat(2000);
    let section = section(&long, 501);
    let (files, left_out) = asff_files(&section);
    assert_eq!(left_out, 1, "the last row has no account");
    let sizes: Vec<_> = files.iter().map(super::AsffFile::findings).collect();
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(files[2].path, "111122223333/003.asff.json");
    for file in &files {
        let mut out = Vec::new();
        write_asff(&section, file, None, &mut out).expect("a Vec takes everything");
        let findings: Vec<Value> = serde_json::from_slice(&out).expect("a list");
        assert_eq!(findings.len(), file.findings());
        for finding in &findings {
            let characters = |text: &Value| text.as_str().expect("a text").chars().count();
            assert!(characters(&finding["Title"]) <= 256 && characters(&finding["Description"]) <= 1024);
            assert!(characters(&finding["Resources"][0]["Id"]) <= 512);
            assert!(serde_json::to_vec(finding).expect("JSON").len() < 240 << 10);
        }
    }
}

#[test]
fn an_issue_that_is_too_long_goes_on_in_another_and_loses_no_row() {
    let section = section("=cmd()", 2000);
    let mut out = Vec::new();
    write_jira(&section, CsvDialect::Excel, &mut out).expect("a Vec takes everything");
    let issues: Vec<csv::StringRecord> =
        csv::Reader::from_reader(out.as_slice()).into_records().collect::<Result<_, _>>().expect("CSV");
    assert!(issues.len() > 2, "{}", issues.len());
    let sentences: usize = issues.iter().map(|issue| issue[1].lines().count()).sum();
    assert_eq!(sentences, 1000);
    for issue in &issues {
        assert!(issue[0].chars().count() <= 255 && issue[1].chars().count() <= 32_767);
        // A text that begins like a formula is guarded, as in every CSV.
        assert!(issue.iter().all(|field| !field.starts_with(['=', '+', '-', '@'])), "{issue:?}");
    }
}

/// The section with the column `identified_by`, which is `unknown`, and without type, account and ARN.
fn of_nobody() -> Section {
    let mut section = section("dump7", 8);
    let columns = section.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    let mut frame = section.table.frames().next().expect("a frame");
    for name in columns.iter().filter(|name| ["account_id", "entity_type", "entity_arn"].contains(&name.as_str())) {
        frame.with_column(Column::full_null(name.as_str().into(), 8, &DataType::String)).expect("a column");
    }
    frame.with_column(Column::new("identified_by".into(), vec!["unknown"; 8])).expect("a column");
    section.columns.push(ReportColumn {
        name: "identified_by".to_owned(),
        kind: ColumnKind::Text,
        about: "A column.".to_owned(),
    });
    section.table = Table::new(frame);
    section
}

#[test]
fn what_nobody_can_name_is_to_be_named_and_not_to_be_taken_away() {
    let section = of_nobody();
    let mut issues = Vec::new();
    write_jira(&section, CsvDialect::Excel, &mut issues).expect("a Vec takes everything");
    let issues = String::from_utf8(issues).expect("UTF-8");
    assert!(issues.contains("\ndump dump7: name its entity (4 permissions),"), "{issues}");
    let events = events(&section);
    assert_eq!(events.len(), 4, "its rows stay findings");
    let texts = events.iter().map(|event| format!("{} {}", event["finding_info"], event["remediation"]));
    for text in texts.chain([issues]) {
        assert!(text.contains("--manifest"), "{text}");
        for word in ["Remove the permission", "Detach", "//dump7 did", "\" dump7"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

#[test]
fn nobody_is_told_to_edit_a_policy_that_aws_writes() {
    for (author, said) in [
        (
            "account",
            "Remove the permission from the policy that grants it, unless another holder of the policy uses it",
        ),
        ("aws", "AWS writes the policies that grant it: detach them"),
        ("both", "Remove the permission from your own policies that grant it, unless another holder of them uses it"),
    ] {
        let mut section = section("deploy", 8);
        let mut frame = section.table.frames().next().expect("a frame");
        for (name, value) in [("remedy", "edit-policy"), ("policy_author", author)] {
            frame.with_column(Column::new(name.into(), vec![value; 8])).expect("a column");
            section.columns.push(ReportColumn { name: name.into(), kind: ColumnKind::Text, about: "A column.".into() });
        }
        section.table = Table::new(frame);
        let events = events(&section);
        assert!(events.iter().all(|event| event["remediation"]["desc"].as_str().expect("a text").starts_with(said)));
        let mut issues = Vec::new();
        write_jira(&section, CsvDialect::Excel, &mut issues).expect("a Vec takes everything");
        assert_eq!(String::from_utf8(issues).expect("UTF-8").matches(said).count(), 4, "{author}");
    }
}

#[test]
fn a_row_of_iam_says_that_pass_role_may_be_in_use() {
    let mut section = section("deploy", 8);
    let mut frame = section.table.frames().next().expect("a frame");
    frame.with_column(Column::new("note".into(), vec!["may-be-pass-role"; 8])).expect("a column");
    section.columns.push(ReportColumn { name: "note".into(), kind: ColumnKind::Text, about: "A column.".into() });
    section.table = Table::new(frame);
    let events = events(&section);
    assert!(!events.is_empty());
    for event in events {
        assert!(event.to_string().contains("AWS never records iam:PassRole"), "{event}");
    }
}

#[test]
fn an_inline_policy_is_an_issue_of_its_own() {
    let issues = |inline: bool| {
        let mut issues = Vec::new();
        let mut section = section("deploy", 8);
        let mut frame = section.table.frames().next().expect("a frame");
        let arn = |name: &str| format!("arn:aws:iam::111122223333:{name}");
        let arns = [arn("role/deploy"), arn("role/build"), arn("user/ann"), arn("user/bob")];
        let of_rows: Vec<&String> = (0..8).map(|row| &arns[row / 2]).collect();
        let texts: Vec<&str> = of_rows.iter().map(|arn| arn.as_str()).collect();
        frame.with_column(Column::new("entity_arn".into(), texts)).expect("a column");
        frame.with_column(Column::new("verdict".into(), vec!["unused"; 8])).expect("a column");
        frame.with_column(Column::new("account_id".into(), vec!["111122223333"; 8])).expect("a column");
        frame.with_column(Column::new("granted_by".into(), vec!["inline +1 more"; 8])).expect("a column");
        section.columns.push(ReportColumn {
            name: "granted_by".into(),
            kind: ColumnKind::Text,
            about: "A column.".into(),
        });
        section.table = Table::new(frame);
        let owners = [
            (EntityKind::Role, "deploy"),
            (EntityKind::Role, "build"),
            (EntityKind::Group, "devs"),
            (EntityKind::Group, "devs"),
        ];
        let policies = arns.iter().zip(owners).filter(|_| inline).map(|(holder, (kind, owner))| InlineOwner {
            holder: holder.clone(),
            name: "inline".to_owned(),
            owner: (kind, owner.to_owned()),
        });
        section.inline_owners = policies.collect();
        write_jira(&section, CsvDialect::Excel, &mut issues).expect("a Vec takes everything");
        let issues =
            csv::Reader::from_reader(issues.as_slice()).into_records().map(|issue| issue.expect("CSV")[0].to_owned());
        issues.collect::<Vec<_>>()
    };
    assert_eq!(issues(false), ["policy inline: 8 permissions to review in 111122223333"]);
    assert_eq!(
        issues(true),
        [
            "policy inline of role deploy: 2 permissions to review in 111122223333",
            "policy inline of role build: 2 permissions to review in 111122223333",
            "policy inline of group devs: 4 permissions to review in 111122223333",
        ]
    );
}
