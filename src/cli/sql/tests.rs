//! Every statement in every dialect is filled in whole, and nothing that a user typed gets out of its quotes.

use globset::Glob;

use super::*;
use dormant::analyse::{Filter, Sort};
use dormant::model::{EntityKind, Verdict};
use dormant::report::Parameter;

const LEVELS: [Level; 2] = [Level::Service, Level::Action];

fn reports() -> Vec<ReportSpec> {
    let keys = [By::Entity, By::Service, By::Account];
    let of_level = |level| {
        let staleness = keys.map(|by| ReportSpec::Staleness { by, level, long: false });
        let others = [
            ReportSpec::Unused { level, all_actions: false, sort: Sort::Entity },
            ReportSpec::Compare { level, long: true },
            ReportSpec::Pairs { level },
            ReportSpec::Diff { level, all: true },
            ReportSpec::List { level },
        ];
        staleness.into_iter().chain(others)
    };
    let plain = [ReportSpec::Summary, ReportSpec::Services, ReportSpec::Roles, ReportSpec::Trend, ReportSpec::Check];
    let of_others = [OtherOperation::Organizations, OtherOperation::Entities].map(ReportSpec::OtherOperation);
    plain.into_iter().chain(of_others).chain(LEVELS.into_iter().flat_map(of_level)).collect()
}

fn question<'a>(spec: &'a ReportSpec, params: &'a Params, globs: &'a [Glob]) -> Question<'a> {
    Question {
        spec,
        params,
        entities: globs,
        actions: globs,
        as_of: Some(Instant::from_millis(1_775_008_415_999)),
        sides: Some((Instant::from_millis(0), Instant::from_millis(1))),
        parameters: &[],
    }
}

fn params() -> Params {
    let filter = Filter {
        accounts: vec!["012345678901".into()],
        types: vec![EntityKind::Role],
        services: vec!["s3".into()],
        regions: vec!["eu-west-1".into()],
        verdicts: vec![Verdict::Stale],
        within: Some(7),
        used: true,
        ..Filter::default()
    };
    Params { filter, stale_after: 30, ..Params::default() }
}

/// What is left of `sql` when comments and whatever stands in quotes are taken out, as the dialect reads them.
fn outside_quotes(sql: &str, dialect: Dialect) -> String {
    let mut out = String::new();
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' if dialect == Dialect::Spark => drop(chars.next()),
                        '\'' => break,
                        _ => {}
                    }
                }
            }
            '-' if chars.peek() == Some(&'-') => while chars.next_if(|&c| c != '\n').is_some() {},
            _ => out.push(c),
        }
    }
    out
}

#[test]
fn every_statement_is_filled_in() {
    let globs = [Glob::new("*").expect("a glob")];
    let params = &params();
    for spec in &reports() {
        for &dialect in Dialect::ALL {
            let sql = report(&question(spec, params, &globs), dialect).expect("a statement");
            assert!(!sql.contains(['{', '}']), "{spec:?} for {dialect:?}:\n{sql}");
            assert!(sql.ends_with(";\n") && sql.matches(';').count() == 1, "{spec:?} for {dialect:?}:\n{sql}");
        }
    }
}

#[test]
fn what_a_user_types_stays_in_its_quotes() {
    let params = Params::default();
    let plain = [Glob::new("x").expect("a glob")];
    for hostile in
        ["x' OR '1'='1", "'; DROP VIEW dumps; --", "x\n; SELECT 1; --", "\\\\' OR TRUE --", "'{stale_after}", "\"`"]
    {
        let globs = [Glob::new(hostile).expect("a glob")];
        for &dialect in Dialect::ALL {
            let spec = ReportSpec::List { level: Level::Action };
            let sql = |globs| report(&question(&spec, &params, globs), dialect).expect("a statement");
            let (of_hostile, of_plain) = (sql(&globs), sql(&plain));
            assert_eq!(
                outside_quotes(&of_hostile, dialect),
                outside_quotes(&of_plain, dialect),
                "{hostile}\n{of_hostile}"
            );
        }
    }
}

#[test]
fn a_comment_ends_where_it_should() {
    let spec = ReportSpec::Summary;
    let params = Params::default();
    let told = [Parameter::text("entity", "entities", "x\nDROP VIEW dumps\u{2028};".to_owned())];
    let question = Question { parameters: &told, ..question(&spec, &params, &[]) };
    let sql = report(&question, Dialect::DuckDb).expect("a statement");
    assert!(sql.contains("-- entities: x\\nDROP VIEW dumps\\u{2028};\nWITH\n"), "{sql}");
}

#[test]
fn what_no_statement_gives_is_refused_with_the_reason() {
    let params = Params::default();
    let refusal = |spec: ReportSpec| {
        let question = Question { sides: None, ..question(&spec, &params, &[]) };
        report(&question, Dialect::Spark).expect_err("a refusal").to_string()
    };
    assert!(refusal(ReportSpec::Compare { level: Level::Service, long: false }).contains("--long"));
    assert!(refusal(ReportSpec::Diff { level: Level::Service, all: false }).contains("--from DATE"));
}

#[test]
fn a_store_without_actions_has_no_files_to_read() {
    let sql = schema("store/", Dialect::DuckDb, &|table| table != "actions");
    assert!(sql.contains("'store/services/*/*/*.parquet'") && !sql.contains("store/actions"), "{sql}");
    for &dialect in Dialect::ALL {
        let sql = schema("s3://o'clock", dialect, &|_| true);
        let tables = [
            "dumps",
            "services",
            "actions",
            "entities",
            "sources",
            "org_services",
            "service_entities",
            "attachments",
            "statements",
            "grant_dates",
        ];
        let makes = |table: &&str| sql.contains(&format!(" {table} ")) && sql.contains(&format!("clock/{table}"));
        assert!(!sql.contains("o'clock") && tables.iter().all(makes), "{sql}");
    }
}
