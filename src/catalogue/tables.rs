//! The five tables: the columns of each, and what a row must satisfy.

use std::collections::hash_map::Entry;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::csv_table::CsvTable;
use super::{ActionLevels, CatalogueError};
use crate::model::Instant;

/// AWS's own words for what an action can do.
const ACCESS_LEVELS: [&str; 5] = ["List", "Read", "Write", "Tagging", "Permissions management"];

/// The row for every service without a row of its own.
const ALL_OTHERS: &str = "*";

/// Start of action tracking by namespace, and that of all other services.
pub(super) fn tracking(table: &CsvTable) -> Result<(FxHashMap<String, Instant>, Instant), CatalogueError> {
    let mut starts = dated(table, ["service_namespace", "tracking_start"])?;
    let others = starts.remove(ALL_OTHERS).ok_or_else(|| {
        table.error(table.last_line(), "there is no row `*`, which stands for every service not listed".to_owned())
    })?;
    Ok((starts, others))
}

/// Start of tracking by region.
pub(super) fn regions(table: &CsvTable) -> Result<FxHashMap<String, Instant>, CatalogueError> {
    dated(table, ["region", "tracking_start"])
}

/// Partition, start of recording and the source of that date, sorted by partition.
pub(super) fn partitions(table: &CsvTable) -> Result<Vec<(String, Instant, String)>, CatalogueError> {
    let mut starts = FxHashMap::default();
    table.rows(["partition", "tracking_start", "source"], |[partition, date, source]| {
        insert(&mut starts, partition, (midnight(date)?, source.to_owned()))
    })?;
    let mut sorted: Vec<_> =
        starts.into_iter().map(|(partition, (start, source))| (partition, start, source)).collect();
    sorted.sort_unstable();
    Ok(sorted)
}

/// Namespace and name, sorted by namespace.
pub(super) fn services(table: &CsvTable) -> Result<Vec<(String, String)>, CatalogueError> {
    let mut names = FxHashMap::default();
    table.rows(["service_namespace", "service_name"], |[namespace, name]| {
        insert(&mut names, namespace, name.to_owned())
    })?;
    let mut sorted: Vec<_> = names.into_iter().collect();
    sorted.sort_unstable();
    Ok(sorted)
}

/// Access level by namespace and action.
pub(super) fn actions(table: &CsvTable) -> Result<ActionLevels, CatalogueError> {
    let mut services = ActionLevels::default();
    table.rows(["service_namespace", "action_name", "access_level"], |[namespace, action, level]| {
        let level = ACCESS_LEVELS
            .into_iter()
            .find(|&known| known == level)
            .ok_or_else(|| format!("`{level}` is not an access level; use one of {}", ACCESS_LEVELS.join(", ")))?;
        if !services.contains_key(namespace) {
            services.insert(namespace.to_owned(), FxHashMap::default());
        }
        let service = services.get_mut(namespace).expect("inserted above");
        insert(service, action, level)
    })?;
    Ok(services)
}

/// A table of a name and a date.
fn dated(table: &CsvTable, columns: [&str; 2]) -> Result<FxHashMap<String, Instant>, CatalogueError> {
    let mut starts = FxHashMap::default();
    table.rows(columns, |[name, date]| insert(&mut starts, name, midnight(date)?))?;
    Ok(starts)
}

fn midnight(date: &str) -> Result<Instant, String> {
    let day = NaiveDate::parse_from_str(date, "%Y-%m-%d");
    day.map(Instant::midnight).map_err(|_| format!("`{date}` is not a date: write YYYY-MM-DD"))
}

/// Adds a row; with two rows of one key, the result would depend on their order.
fn insert<V>(map: &mut FxHashMap<String, V>, key: &str, value: V) -> Result<(), String> {
    match map.entry(key.to_owned()) {
        Entry::Occupied(_) => Err(format!("`{key}` is listed twice")),
        Entry::Vacant(slot) => {
            slot.insert(value);
            Ok(())
        }
    }
}
