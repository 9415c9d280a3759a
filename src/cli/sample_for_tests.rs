//! What a run could have given, for the tests of what is done with it.

use dormant::frame::Table;
use dormant::report::{Column, ColumnKind, InputCounts, InputFile, Report, Section};
use dormant::run::{Outcome, TableExport};
use polars::prelude::{DataFrame, NamedFrom, Series};

/// A report of one section with one row for each verdict.
pub fn report(verdicts: &[&str]) -> Report {
    let column = |name: &str| Column { name: name.into(), kind: ColumnKind::Text, about: "A word.".into() };
    Report {
        id: "unused-services".into(),
        title: "Unused services".into(),
        parameters: Vec::new(),
        headline: None,
        sections: vec![Section {
            id: "unused".into(),
            title: "Unused services".into(),
            caption: "One row per service.".into(),
            columns: vec![column("service_namespace"), column("verdict")],
            table: table(verdicts),
            totals: Vec::new(),
            remarks: Vec::new(),
            unseen_entities: Vec::new(),
            gone: Vec::new(),
            unlisted: Vec::new(),
            inline_owners: Vec::new(),
        }],
        inputs: InputCounts { found: 1, read: 1, skipped: 0, failed: 0 },
        newest_dump: None,
        problems: Vec::new(),
        workpaper: None,
    }
}

fn table(verdicts: &[&str]) -> Table {
    let namespaces = vec!["s3"; verdicts.len()];
    let columns = [Series::new("service_namespace".into(), namespaces), Series::new("verdict".into(), verdicts)];
    Table::new(DataFrame::new_infer_height(columns.map(Into::into).to_vec()).expect("columns of one height"))
}

fn behind(name: &'static str) -> TableExport {
    let rows = table(&["active"]);
    TableExport { name, frames: Box::new(move |sink| rows.frames().try_for_each(&mut *sink)) }
}

/// The answer to a request for `reports` and the tables.
pub fn outcome(reports: Vec<Report>) -> Outcome {
    Outcome {
        reports,
        headline: None,
        tables: ["dumps", "services", "actions"].map(behind).into(),
        inputs: InputCounts { found: 1, read: 1, skipped: 0, failed: 0 },
        problems: Vec::new(),
        sources: vec![InputFile { source: "dumps/a.json".into(), root: 5, bytes: 7, sha256: None }],
        unmatched: Vec::new(),
        decisions: None,
        inventories: Vec::new(),
        inventories_left_out: 0,
        accounts_without_dump: Vec::new(),
        said: Vec::new(),
        recommendations: Vec::new(),
        redactor: None,
    }
}
