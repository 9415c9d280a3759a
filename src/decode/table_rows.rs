//! CSV with one row per service: what databases and pandas export.

use std::rc::Rc;

use serde_json::json;
use serde_json::value::RawValue;

use super::flat::FlatRow;
use super::members::{NormalName, is_arn_member, normal};
use super::named_twice::named_apart;
use super::place::Place;
use super::refuse;
use super::shapes::Explorer;
use super::stated;
use super::table_text::{TableDamage, TableText, cell, is_header};
use crate::model::{Claim, ClaimKind, Shape};
use crate::problem::{Kind, Problem};

/// Reads `text` as CSV if its header names a namespace, and an entity or anything about access; returns whether it did.
///
/// # Errors
/// If a record does not fit the header: what and where.
pub fn explore(text: &str, explorer: &mut Explorer) -> Option<Result<(), TableDamage>> {
    let table = TableText::of(text)?;
    if refuse::is_sql(table.header()) {
        return None;
    }
    let text = table.text();
    let names: Vec<NormalName> = table.reader(false).headers().ok()?.iter().map(normal).collect();
    let is_ours = names.iter().any(|n| n == "servicenamespace")
        && names.iter().any(|n| n.starts_with("last") || n.starts_with("total") || is_arn_member(n));
    if is_ours {
        return Some(read(&table, &names, explorer));
    }
    // Before the dates: a database that keeps answers says when it stored each.
    if names.len() > 1
        && text.contains('{')
        && let Some(found) = answers(&table, explorer)
    {
        return Some(found);
    }
    let tells = stated::tells(&names);
    if names.iter().any(|n| is_arn_member(n)) {
        // Rows about services would be lost without a word: without the namespace, they are last-accessed data in a form of their own.
        let has_accesses =
            names.iter().any(|n| n.starts_with("lastauthenticated") || n == "totalauthenticatedentities");
        let is_told = !has_accesses && (tells || stated::tells_of_use(&names) && text.contains(":iam::"));
        return is_told.then(|| entities(&table, &names, explorer));
    }
    let of_dates = (tells && names.iter().any(|n| n == "rolename")).then(stated::without_arn);
    let refused = of_dates.or_else(|| stated::is_use_by_name(&names).then(stated::used_without_arn))?;
    explorer.refuse(&Place::top(String::new(), Shape::FlatRows, None), refused);
    Some(Ok(()))
}

/// Reads a table of entities that tells when they were created or used: the credential report, or a listing.
fn entities(table: &TableText, names: &[NormalName], explorer: &mut Explorer) -> Result<(), TableDamage> {
    for (names, record) in with_their_columns(table, names)? {
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

/// Reads a table that holds whole answers in its cells, as JSON; `None` if it holds none. Each row is read as the object that its cells
/// make: other cells may hold a second answer, the date when the entity was created, or what is left of an answer that was cut.
fn answers(table: &TableText, explorer: &mut Explorer) -> Option<Result<(), TableDamage>> {
    let names = table.reader(false).headers().ok()?.clone();
    let records = table.records().ok()?;
    // The cells of Athena's structs begin like JSON, and have no quotes.
    let is_json = |cell: &str| cell.trim_start_matches(['{', '[', ' ', '\n', '\r']).starts_with('"');
    let is_answer = |cell: &str| cell.starts_with(['{', '[']) && is_json(cell) && refuse::mentions_dump(cell);
    let has_answer = |record: &csv::StringRecord| record.iter().any(is_answer);
    if !records.iter().any(has_answer) {
        return None;
    }
    let mut at = 0;
    for record in &records {
        let arn = names.iter().zip(record).find(|(name, cell)| is_arn_member(name) && cell.starts_with("arn:"));
        let arn = arn.map(|(_, arn)| arn.to_owned());
        if has_answer(record) {
            at += 1;
            let place = arn.unwrap_or_else(|| format!("#{at}"));
            explorer.outermost(&object_of(&names, record), &Place::top(place, Shape::Wrapped, None));
        } else if let Some(arn) = arn {
            let claim = Some(Claim { text: arn.clone(), kind: ClaimKind::Member });
            let what = "no cell of its row holds an answer".to_owned();
            explorer.without_answer(&Place::top(arn, Shape::Wrapped, claim), what);
        }
    }
    Some(Ok(()))
}

/// The cells of a row that hold something as the members of an object, in JSON.
fn object_of(names: &csv::StringRecord, record: &csv::StringRecord) -> String {
    let cells = names.iter().zip(record).filter(|(_, cell)| !cell.is_empty());
    let members = cells.map(|(name, cell)| {
        let is_json = cell.starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(cell).is_ok();
        let value = if is_json { cell.to_owned() } else { json!(cell).to_string() };
        format!("{}:{value}", json!(name))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn read(table: &TableText, names: &[NormalName], explorer: &mut Explorer) -> Result<(), TableDamage> {
    let records = with_their_columns(table, names)?;
    let two = |(names, record): &Columned| named_apart(names.iter().map(NormalName::as_str).zip(record));
    if let Some(refused) = records.iter().find_map(two) {
        explorer.refuse(&Place::top(String::new(), Shape::FlatRows, None), refused);
        explorer.unread.add(refuse::entities_in_table(table.text()));
        return Ok(());
    }
    let last = records.len().saturating_sub(1);
    for (at, (names, record)) in records.iter().enumerate() {
        let cells = || names.iter().zip(record.iter().map(cell));
        let filled = |wanted: &dyn Fn(&str) -> bool| {
            cells().find(|(n, v)| wanted(n) && !v.is_empty()).map(|(_, v)| v.to_owned())
        };
        let claim = cells().find(|(n, v)| is_arn_member(n) && v.starts_with("arn:")).map(|(_, v)| v.to_owned());
        let account = filled(&|name| matches!(name, "accountid" | "account")).filter(|a| a.len() == 12);
        // An empty column about access tells something too.
        let row = cells().filter(|(n, v)| !v.is_empty() || n.starts_with("last"));
        let mut row: Vec<(NormalName, String)> =
            row.map(|(name, value)| (name.clone(), json!(value).to_string())).collect();
        if at == last && table.ends_in_an_empty_cell() && is_about_access(names.last()) {
            cut_off(&mut row, explorer);
        }
        explorer.row(FlatRow(row), claim, account);
    }
    Ok(())
}

/// A row with the names of its columns.
type Columned = (Rc<[NormalName]>, csv::StringRecord);

/// The rows of `table`, and of the tables that were appended to it, each with the columns of its own header.
fn with_their_columns(table: &TableText, names: &[NormalName]) -> Result<Vec<Columned>, TableDamage> {
    let mut columns: Rc<[NormalName]> = names.into();
    let mut rows = Vec::new();
    for record in table.records()? {
        if !is_header(&record, &columns, normal) {
            rows.push((Rc::clone(&columns), record));
            continue;
        }
        columns = record.iter().map(normal).collect();
        if columns.iter().any(|name| !names.contains(name)) {
            return Err(TableDamage::AnotherTable(record.position().map_or(1, csv::Position::line)));
        }
    }
    Ok(rows)
}

fn is_about_access(column: Option<&NormalName>) -> bool {
    column.is_some_and(|name| name.starts_with("last") || name.starts_with("total"))
}

/// The last row of a table that ends within the line: what its last cell held, a date or nothing, is not known.
fn cut_off(row: &mut Vec<(NormalName, String)>, explorer: &mut Explorer) {
    row.retain(|(_, raw)| raw != "\"\"");
    if !row.iter().any(|(name, _)| name.starts_with("last")) {
        row.push(("lastauthenticated".into(), json!("cut off").to_string()));
    }
    let what = "the table ends with an empty cell and without an end of the line: its last cell may be cut off";
    let problem = Problem::new(Kind::BadValue, explorer.source, what);
    let advice = "Export it again. If the cell is empty, add the end of the line.";
    explorer.problems.push(problem.advise(advice));
}
