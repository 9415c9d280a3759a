//! The reports as the user wants to see them: in another order, with fewer columns, only the first rows.
//!
//! Exit codes rest on the reports as they are, so this works on copies of them.

use anyhow::Result;
use dormant::render::{Format, RenderOptions};
use dormant::report::people;
use dormant::report::{Report, Section};

use super::settings::is_for_people;
use super::values::Order;

/// `report` in the order `order`, with the columns and rows that `options` want. A table for people chooses its columns itself.
///
/// # Errors
/// Inside, what to type instead of a column that the report does not have; outside, where Polars refuses: a bug.
pub fn view(
    report: &Report,
    order: Option<&Order>,
    format: Format,
    options: &RenderOptions,
) -> Result<Result<Report, String>> {
    let mut report = report.clone();
    for section in &mut report.sections {
        let asked = options.columns.iter().chain(order.map(|order| &order.column));
        if let Some(unknown) = asked.into_iter().find(|name| !has(section, name)) {
            return Ok(Err(refusal(section, unknown)));
        }
        if let Some(order) = order {
            section.table = section.table.sorted_by(people::machine_name(&order.column), order.descending)?;
        }
        if !is_for_people(format) && !options.columns.is_empty() {
            select(section, &options.columns)?;
        }
        if let Some(limit) = options.limit.filter(|limit| format != Format::Table && *limit < section.table.height()) {
            section.remarks.push(format!("Showing {limit} of {} rows (--limit).", section.table.height()));
            section.table = section.table.head(limit);
        }
    }
    Ok(Ok(report))
}

fn has(section: &Section, name: &str) -> bool {
    people::chosen(section, &[name.to_owned()]).is_ok()
}

/// Only the columns `names`, each once.
fn select(section: &mut Section, names: &[String]) -> Result<()> {
    let mut columns = Vec::with_capacity(names.len());
    for name in names.iter().map(|name| people::machine_name(name)) {
        let column = section.columns.iter().find(|column| column.name == name);
        if let Some(column) = column.filter(|column| !columns.contains(*column)) {
            columns.push(column.clone());
        }
    }
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    section.table = section.table.select(&names)?;
    section.columns = columns;
    Ok(())
}

fn refusal(section: &Section, unknown: &str) -> String {
    let names: Vec<&str> = people::names(section).filter(|name| !name.starts_with("arn:")).collect();
    format!("this report has no column `{unknown}`; it has {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::sample_for_tests::report;

    fn viewed(order: Option<&str>, format: Format, options: &RenderOptions) -> Result<Report, String> {
        let order = order.map(|text| super::super::values::order(text).expect("an order"));
        view(&report(&["unused", "stale", "unused"]), order.as_ref(), format, options).expect("no bug")
    }

    #[test]
    fn machines_get_the_columns_and_rows_asked_for() {
        let options = RenderOptions { columns: vec!["verdict".into()], limit: Some(2), ..RenderOptions::default() };
        let few = viewed(Some("verdict"), Format::Csv, &options).expect("a column");
        let section = &few.sections[0];
        assert_eq!((section.columns.len(), section.table.height()), (1, 2));
        assert_eq!(section.remarks, ["Showing 2 of 3 rows (--limit)."]);
    }

    #[test]
    fn a_column_that_is_not_there_is_refused_by_name() {
        let options = RenderOptions { columns: vec!["color".into()], ..RenderOptions::default() };
        let refused = viewed(None, Format::Table, &options).expect_err("no such column");
        assert_eq!(refused, "this report has no column `color`; it has service, service_namespace, verdict");
        assert!(viewed(Some("color:desc"), Format::Json, &RenderOptions::default()).is_err());
    }
}
