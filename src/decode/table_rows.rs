//! CSV with one row per service: what databases and pandas export.

use serde_json::json;

use super::flat::FlatRow;
use super::members::{is_arn_member, normal};
use super::shapes::Explorer;

/// Takes `text` for CSV if its header names a namespace and anything about access; says whether it did.
///
/// # Errors
/// Where a record does not fit the header: what and where.
pub fn explore(text: &str, explorer: &mut Explorer) -> Option<Result<(), csv::Error>> {
    let header = text.lines().next()?;
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| header.bytes().filter(|b| b == d).count())?;
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().ok()?.iter().map(normal).collect();
    let is_ours = names.iter().any(|n| n == "servicenamespace")
        && names.iter().any(|n| n.starts_with("last") || n.starts_with("total"));
    is_ours.then(|| read(reader, &names, explorer))
}

fn read(mut reader: csv::Reader<&[u8]>, names: &[String], explorer: &mut Explorer) -> Result<(), csv::Error> {
    // Every record is read before any is taken: a damaged table gives nothing, not half.
    let records = reader.records().collect::<Result<Vec<_>, _>>()?;
    for record in records {
        let cells = || names.iter().zip(record.iter());
        let filled = |wanted: &dyn Fn(&str) -> bool| {
            cells().find(|(n, v)| wanted(n) && !v.is_empty()).map(|(_, v)| v.to_owned())
        };
        let claim = cells().find(|(n, v)| is_arn_member(n) && v.starts_with("arn:")).map(|(_, v)| v.to_owned());
        let account = filled(&|name| matches!(name, "accountid" | "account")).filter(|a| a.len() == 12);
        let row = cells().filter(|(_, v)| !v.is_empty()).map(|(name, value)| (name.clone(), json!(value).to_string()));
        explorer.row(FlatRow(row.collect()), claim, account);
    }
    Ok(())
}
