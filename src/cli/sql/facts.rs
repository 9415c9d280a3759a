//! What AWS publishes and no dump carries, written into the statement so that it needs no table of ours.

use std::collections::BTreeMap;

use super::Dialect;
use dormant::analyse::RECORDING_BEGAN;
use dormant::catalogue::Catalogue;
use dormant::model::Instant;

/// Since when accesses are recorded, by partition, in milliseconds.
pub fn recording_began(catalogue: &Catalogue, dialect: Dialect) -> String {
    starts("partition", catalogue.partition_starts(), RECORDING_BEGAN, dialect)
}

/// Since when accesses of actions are recorded, by service, in milliseconds.
pub fn tracking_began(catalogue: &Catalogue, dialect: Dialect) -> String {
    starts("service_namespace", catalogue.action_tracking(), catalogue.action_tracking_default(), dialect)
}

fn starts<'c>(
    column: &str,
    starts: impl Iterator<Item = (&'c str, Instant)>,
    otherwise: Instant,
    dialect: Dialect,
) -> String {
    let mut by_start: BTreeMap<Instant, Vec<&str>> = BTreeMap::new();
    for (value, start) in starts.filter(|(_, start)| *start != otherwise) {
        by_start.entry(start).or_default().push(value);
    }
    let millis = |at: Instant| format!("CAST({} AS BIGINT) /* {} */", at.millis(), at.day());
    let cases = by_start.into_iter().map(|(start, mut values)| {
        values.sort_unstable();
        format!("WHEN {column} IN ({}) THEN {}", dialect.literals(values), millis(start))
    });
    let cases = cases.collect::<Vec<_>>().join(" ");
    if cases.is_empty() { millis(otherwise) } else { format!("CASE {cases} ELSE {} END", millis(otherwise)) }
}

/// The actions of each service and access level, as rows of three texts; of all services, or of those in `services`.
pub fn access_levels(catalogue: &Catalogue, services: &[String], dialect: Dialect) -> String {
    let mut names: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let wanted = |namespace: &str| services.is_empty() || services.iter().any(|service| service == namespace);
    for (namespace, action, level) in catalogue.access_levels().filter(|(namespace, ..)| wanted(namespace)) {
        names.entry((namespace, level)).or_default().push(action);
    }
    let rows = names.into_iter().map(|((namespace, level), mut actions)| {
        actions.sort_unstable();
        format!("({})", dialect.literals([namespace, level, &format!(",{},", actions.join(","))]))
    });
    let rows = rows.collect::<Vec<_>>().join(",\n    ");
    if rows.is_empty() { "SELECT '', '', ''".to_owned() } else { format!("VALUES\n    {rows}") }
}
