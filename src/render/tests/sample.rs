//! The report that all formats are tested on: every kind of column, every dtype, nulls, hostile names, every severity.

use polars::prelude::*;

use crate::frame::Table;
use crate::model::{DAY_MS, Instant, UnknownReason};
use crate::problem::{Kind, Problem};
use crate::report::{
    Column as ReportColumn, ColumnKind, Headline, InputCounts, Parameter, ParameterValue, Permissions, Report, Section,
};

/// 2026-04-01, in days since 1970.
const APRIL: i32 = 20_544;

/// Names that try to be something else in one format or another.
pub const HOSTILE: [&str; 12] = [
    "=cmd()",
    "@x",
    "+1",
    "-1",
    "'quoted",
    "a|b",
    "two\nlines, \"quoted\"\r",
    "\u{1b}[31mred",
    "right\u{200f}to\u{202e}left",
    "<script>alert(1)</script>&amp;",
    "[click](https://example.com) `code` *bold* __it__ C:\\x",
    "\ttab",
];

/// Two sections: all kinds and dtypes, and hostile names.
pub fn report() -> Report {
    Report {
        id: "unused".into(),
        title: "Unused <services>".into(),
        parameters: vec![
            Parameter::shown_as("stale_after_days", ParameterValue::Number(90), "stale after", "90 days"),
            Parameter::texts("entity", "entity", vec!["*|prod".into()]),
            Parameter::shown_as("as_of", ParameterValue::Usual, "as of", "the date of each dump"),
        ],
        headline: Some(headline()),
        sections: vec![kinds(), names()],
        inputs: InputCounts { found: 12, read: 7, skipped: 3, failed: 2 },
        newest_dump: None,
        problems: problems(),
        workpaper: None,
    }
}

/// Numbers of every size, and a reason for what is unknown.
fn headline() -> Headline {
    let april = Instant::from_millis(i64::from(APRIL) * DAY_MS);
    let services = Permissions {
        granted: 141,
        active: 51,
        stale: 15,
        unused: 73,
        unknown: 2,
        unknown_because: vec![(UnknownReason::WindowTooShort, 2)],
        aws_controlled: 19,
        listed_with_service: 0,
        kept_by_decision: 0,
        to_review: 69,
    };
    let actions =
        Permissions { granted: 2_964_024, unused: 2_964_024, listed_with_service: 4, ..Permissions::default() };
    let actions = Permissions { to_review: 2_964_020, ..actions };
    let (oldest, newest) = (Some(Instant::from_millis(0)), Some(april));
    Headline {
        accounts: 2,
        entities: 1,
        in_no_account: 0,
        dumps_incomplete: 1,
        oldest,
        newest,
        has_undated: false,
        services,
        actions,
    }
}

/// A report with only one of the two sections, for the formats that hold one table.
pub fn report_of(section: Section) -> Report {
    Report { sections: vec![section], ..report() }
}

/// Every dtype that a table may hold, as every kind of column, each with a null.
pub fn kinds() -> Section {
    let about = [
        ("entity_arn", ColumnKind::Text, "The ARN."),
        ("service_namespace", ColumnKind::Text, "The service."),
        ("verdict", ColumnKind::Text, "What may be concluded."),
        ("evidence", ColumnKind::Text, "What the dump proves."),
        ("grants", ColumnKind::Count, "Permissions."),
        ("change_of_grants", ColumnKind::Count, "May be negative."),
        ("days_since", ColumnKind::Days, "Days since the last access."),
        ("unused_pct", ColumnKind::Percent, "Share of unused permissions."),
        ("jaccard", ColumnKind::Ratio, "Likeness."),
        ("last_accessed", ColumnKind::Instant, "When."),
        ("date", ColumnKind::Date, "The day."),
        ("aws_controlled", ColumnKind::Flag, "Whether AWS edits it."),
    ];
    let arns = ["arn:aws:iam::123456789012:role/app/prod-api", "arn:aws:iam::123456789012:user/alice"];
    let words = Series::new("verdict".into(), [Some("active"), Some("stale"), Some("unused"), None]);
    let evidence = Series::new("evidence".into(), [Some("complete"), Some("truncated"), None, Some("used-only")]);
    let millis = [Some(i64::from(APRIL) * DAY_MS + 6_815_250), Some(0), None, Some(-1)];
    let columns = vec![
        Column::new("entity_arn".into(), [Some(arns[0]), None, Some(arns[1]), Some("")]),
        cast(&Series::new("service_namespace".into(), [Some("s3"), Some("ec2"), None, Some("s3")]), &categorical()),
        cast(&words, &closed(&["active", "stale", "unused", "unknown"])),
        // More than 256 words make the codes of an enum 16 bits wide.
        cast(&evidence, &closed_wide(&["complete", "truncated", "used-only"])),
        Column::new("grants".into(), [Some(1_u32), Some(u32::MAX), None, Some(0)]),
        Column::new("change_of_grants".into(), [Some(-5_i64), None, Some(i64::MAX), Some(0)]),
        Column::new("days_since".into(), [Some(0_i64), Some(400), None, Some(990)]),
        Column::new("unused_pct".into(), [Some(100.0 / 3.0), Some(0.25), None, Some(-0.04)]),
        Column::new("jaccard".into(), [Some(2.0 / 3.0), Some(f64::NAN), None, Some(1.0)]),
        cast(&Series::new("last_accessed".into(), millis), &instants()),
        cast(&Series::new("date".into(), [Some(APRIL), Some(0), None, Some(-1)]), &DataType::Date),
        Column::new("aws_controlled".into(), [Some(true), Some(false), None, Some(false)]),
    ];
    Section {
        id: "kinds".into(),
        title: "Every kind".into(),
        caption: "One row per service of an entity.".into(),
        columns: described(&about),
        table: Table::new(DataFrame::new(4, columns).expect("columns of one height")),
        totals: vec![("services".into(), 4), ("unused".into(), 1)],
        remarks: vec!["2 rows that AWS controls are left out: `--include-aws-controlled` lists them.".into()],
        unseen_entities: Vec::new(),
        gone: Vec::new(),
        unlisted: Vec::new(),
        inline_owners: Vec::new(),
    }
}

/// One row for each hostile name.
pub fn names() -> Section {
    let about = [("-name", ColumnKind::Text, "A name."), ("grants", ColumnKind::Count, "Permissions.")];
    let grants: Vec<i64> = (0_i64..).take(HOSTILE.len()).map(|n| -n).collect();
    let columns = vec![Column::new("-name".into(), HOSTILE), Column::new("grants".into(), grants)];
    Section {
        id: "names".into(),
        title: "Names *chosen* by others".into(),
        caption: "One row per name.".into(),
        columns: described(&about),
        table: Table::new(DataFrame::new(HOSTILE.len(), columns).expect("columns of one height")),
        totals: Vec::new(),
        remarks: Vec::new(),
        unseen_entities: Vec::new(),
        gone: Vec::new(),
        unlisted: Vec::new(),
        inline_owners: Vec::new(),
    }
}

/// The section without its rows.
pub fn without_rows(section: &Section) -> Section {
    Section { table: Table::new(DataFrame::empty_with_schema(section.table.schema())), ..section.clone() }
}

fn problems() -> Vec<Problem> {
    vec![
        Problem::new(Kind::CutOff, "dumps/a|b.json", "The JSON ends in the middle.")
            .at("line 3, column 7")
            .advise("Save it again."),
        Problem::new(Kind::Unreadable, "dumps/\u{1b}[2J.json", "Permission denied."),
        Problem::new(Kind::Truncated, "dumps/admin.json", "The list is cut at 200 services.")
            .advise("Save the pages after it too: --marker."),
        Problem::new(Kind::UnreadableDate, "dumps/c.json", "`03/04/2026` may be March or April.").at("[2]"),
        Problem::new(Kind::Foreign, "dumps/README.md", "Not one of our documents."),
    ]
}

fn described(columns: &[(&str, ColumnKind, &str)]) -> Vec<ReportColumn> {
    let described =
        |&(name, kind, about): &(&str, _, &str)| ReportColumn { name: name.into(), kind, about: about.into() };
    columns.iter().map(described).collect()
}

fn cast(series: &Series, dtype: &DataType) -> Column {
    series.cast(dtype).expect("a dtype that this build of Polars knows").into_column()
}

fn instants() -> DataType {
    DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC))
}

fn categorical() -> DataType {
    DataType::from_categories(Categories::global())
}

fn closed(words: &[&str]) -> DataType {
    let frozen = FrozenCategories::new(words.iter().copied()).expect("distinct words");
    DataType::from_frozen_categories(frozen)
}

fn closed_wide(words: &[&str]) -> DataType {
    let more: Vec<String> = (0..300).map(|n| format!("word-{n}")).collect();
    let all: Vec<&str> = words.iter().copied().chain(more.iter().map(String::as_str)).collect();
    closed(&all)
}
