//! CSV with one row per service: what databases and pandas export.

use serde_json::json;

use super::flat::FlatRow;
use super::members::{is_arn_member, normal};
use super::named_twice::named_apart;
use super::place::Place;
use super::refuse;
use super::shapes::Explorer;
use super::stated;
use super::table_text::{TableText, cell};
use crate::model::{Claim, ClaimKind, Shape};

/// Reads `text` as CSV if its header names a namespace, and an entity or anything about access; returns whether it did.
///
/// # Errors
/// If a record does not fit the header: what and where.
pub fn explore(text: &str, explorer: &mut Explorer) -> Option<Result<(), csv::Error>> {
    let table = TableText::of(text)?;
    if refuse::is_sql(table.header()) {
        return None;
    }
    let text = table.text();
    let reader = || table.reader(false);
    let mut first = reader();
    let names: Vec<String> = first.headers().ok()?.iter().map(normal).collect();
    let is_ours = names.iter().any(|n| n == "servicenamespace")
        && names.iter().any(|n| n.starts_with("last") || n.starts_with("total") || is_arn_member(n));
    if is_ours {
        return Some(read(first, &names, explorer));
    }
    // Before the dates: a database that keeps answers says when it stored each.
    if names.len() > 1
        && text.contains('{')
        && let Some(found) = answers(first, &names, explorer)
    {
        return Some(found);
    }
    let tells = stated::tells(&names);
    if names.iter().any(|n| is_arn_member(n)) {
        let is_told = tells || stated::tells_of_use(&names) && text.contains(":iam::");
        return is_told.then(|| entities(reader(), &names, explorer));
    }
    let of_dates = (tells && names.iter().any(|n| n == "rolename")).then(stated::without_arn);
    let refused = of_dates.or_else(|| stated::is_use_by_name(&names).then(stated::used_without_arn))?;
    explorer.refuse(&Place::top(String::new(), Shape::FlatRows, None), refused);
    Some(Ok(()))
}

/// Reads a table of entities that tells when they were created or used: the credential report, or a listing.
fn entities(mut reader: csv::Reader<&[u8]>, names: &[String], explorer: &mut Explorer) -> Result<(), csv::Error> {
    for record in reader.records().collect::<Result<Vec<_>, _>>()? {
        let cells = || names.iter().zip(record.iter().map(cell));
        let arn = cells().find(|(n, v)| is_arn_member(n) && v.starts_with("arn:")).map(|(_, v)| v.to_owned());
        let row = cells().filter(|(_, v)| !v.is_empty()).map(|(name, v)| (name.clone(), json!(v).to_string()));
        let stated = stated::of_entity(&FlatRow(row.collect()));
        if let Some(arn) = arn.filter(|_| !stated.is_empty()) {
            explorer.entity(arn, stated, false);
        }
    }
    Ok(())
}

/// Reads a table that holds whole answers in its cells, as JSON; `None` if it holds none.
fn answers(
    mut reader: csv::Reader<&[u8]>,
    names: &[String],
    explorer: &mut Explorer,
) -> Option<Result<(), csv::Error>> {
    let records: Vec<_> = match reader.records().collect() {
        Ok(records) => records,
        Err(_) => return None,
    };
    let (mut cells, mut unanswered) = (Vec::new(), Vec::new());
    for record in &records {
        let arn = names.iter().zip(record).find(|(name, cell)| is_arn_member(name) && cell.starts_with("arn:"));
        let json = record.iter().find(|cell| cell.starts_with(['{', '[']) && refuse::mentions_dump(cell));
        // An answer may name its entity itself.
        cells.extend(json.map(|json| (arn.map(|(_, arn)| arn.to_owned()), json)));
        unanswered.extend(arn.filter(|_| json.is_none()).map(|(_, arn)| arn));
    }
    if cells.is_empty() {
        return None;
    }
    for (at, (arn, json)) in cells.into_iter().enumerate() {
        let claim = arn.clone().map(|text| Claim { text, kind: ClaimKind::Member });
        let place = arn.unwrap_or_else(|| format!("#{}", at + 1));
        explorer.outermost(json, &Place::top(place, Shape::Wrapped, claim));
    }
    for arn in unanswered {
        let claim = Some(Claim { text: arn.to_owned(), kind: ClaimKind::Member });
        let what = "no cell of its row holds an answer".to_owned();
        explorer.without_answer(&Place::top(arn.to_owned(), Shape::Wrapped, claim), what);
    }
    Some(Ok(()))
}

fn read(mut reader: csv::Reader<&[u8]>, names: &[String], explorer: &mut Explorer) -> Result<(), csv::Error> {
    // Every record is read before any is taken: a damaged table gives nothing, not half.
    let records = reader.records().collect::<Result<Vec<_>, _>>()?;
    let two = |record: &csv::StringRecord| named_apart(names.iter().map(String::as_str).zip(record));
    if let Some(refused) = records.iter().find_map(two) {
        explorer.refuse(&Place::top(String::new(), Shape::FlatRows, None), refused);
        return Ok(());
    }
    for record in records {
        let cells = || names.iter().zip(record.iter().map(cell));
        let filled = |wanted: &dyn Fn(&str) -> bool| {
            cells().find(|(n, v)| wanted(n) && !v.is_empty()).map(|(_, v)| v.to_owned())
        };
        let claim = cells().find(|(n, v)| is_arn_member(n) && v.starts_with("arn:")).map(|(_, v)| v.to_owned());
        let account = filled(&|name| matches!(name, "accountid" | "account")).filter(|a| a.len() == 12);
        // An empty column about access tells something too.
        let row = cells().filter(|(n, v)| !v.is_empty() || n.starts_with("last"));
        let row = row.map(|(name, value)| (name.clone(), json!(value).to_string()));
        explorer.row(FlatRow(row.collect()), claim, account);
    }
    Ok(())
}
