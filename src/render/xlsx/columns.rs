//! Which columns a sheet has, in which order, and under which names: first what a person reads, with room for a decision beside it, then
//! everything else, folded away.
//!
//! Labels are those of [`people`], as on every surface; the name that a column has in the files stands in the comment of its head.

use super::column::{Meaning, Part, SheetColumn, capitalized};
use crate::report::people::{self, Field, KEY, Origin};
use crate::report::{ColumnKind, Section};

/// What a reader fills in beside a finding: the name in files, the kind, and what it says. A report that knows last year's has columns of these
/// names.
pub(super) const DECISION: [(&str, ColumnKind, &str); 5] = [
    ("decision", ColumnKind::Text, "for you to fill in: remove, keep or ask"),
    ("owner", ColumnKind::Text, "for you to fill in: who decides; where owners are known, who answers for the entity"),
    ("due", ColumnKind::Date, "for you to fill in: by when"),
    ("ticket", ColumnKind::Text, "for you to fill in: where the work is tracked"),
    ("comment", ColumnKind::Text, "for you to fill in: why"),
];
/// The sheets on which it is decided.
const DECIDED: [&str; 3] = ["unused-services", "unused-actions", "entities"];
/// What stands before the decision: the entity and the finding.
const FINDING: [&str; 7] = ["entity", "account", "service", "action_name", "access_level", "verdict", "last_used"];

/// What a reader sees of an entity.
const ENTITY_ABOUT: &str =
    "user, role, group or policy, and its name without the path; its ARN has a column of its own";

/// The columns of a section, each of its table at least once.
pub(super) fn of_section(section: &Section) -> Vec<SheetColumn> {
    let total = section.columns.iter().position(|column| column.name == "total");
    let sheet_column = |field: Field, part: Part| {
        let about = match field.source {
            Origin::Entity { .. } => ENTITY_ABOUT,
            _ => section.columns.iter().find(|column| column.name == field.name).map_or("", |column| &column.about),
        };
        let is_after_total = match (total, field.source) {
            (Some(total), Origin::Column(at)) => at > total,
            _ => false,
        };
        SheetColumn::of_field(field, about, part, is_after_total)
    };
    let is_decided = DECIDED.contains(&section.id.as_str());
    let mut all = people::all_fields(section);
    let mut columns = Vec::with_capacity(all.len() + DECISION.len());
    if is_decided {
        let names = FINDING.map(str::to_owned);
        let finding =
            names.iter().flat_map(|name| people::chosen(section, std::slice::from_ref(name)).unwrap_or_default());
        let finding: Vec<Field> = finding.collect();
        let decision = DECISION.map(|(name, kind, about)| decision(section, name, kind, about));
        let is_there = |field: &Field| {
            finding.iter().any(|there| there.source == field.source)
                || decision.iter().any(|there| there.origin == Some(field.source))
                // An action stands there without its service, which has a column of its own.
                || matches!(field.source, Origin::Action { .. })
        };
        all.retain(|field| !is_there(field));
        columns.extend(finding.into_iter().map(|field| sheet_column(field, Part::Shown)));
        columns.extend(decision);
    }
    let shown = people::fields(section);
    let (shown, technical): (Vec<_>, Vec<_>) = all.into_iter().partition(|field| shown.contains(field));
    columns.extend(shown.into_iter().map(|field| sheet_column(field, Part::Shown)));
    columns.extend(technical.into_iter().map(|field| sheet_column(field, Part::Technical)));
    tell_apart(&mut columns);
    columns
}

/// A column that a reader fills in, with what the report knows already.
fn decision(section: &Section, name: &str, kind: ColumnKind, about: &str) -> SheetColumn {
    let at = section.columns.iter().position(|column| column.name == name);
    let mut column = SheetColumn::text(0, name, about, Meaning::Plain);
    column.kind = at.map_or(kind, |at| section.columns[at].kind);
    column.origin = at.map(Origin::Column);
    column.part = Part::Decision;
    column
}

/// No two columns of a sheet have one label: the later one gets its name in words.
fn tell_apart(columns: &mut [SheetColumn]) {
    for at in 1..columns.len() {
        let (before, rest) = columns.split_at_mut(at);
        if before.iter().any(|column| column.label == rest[0].label) {
            rest[0].label = capitalized(&rest[0].name.replace('_', " "));
        }
    }
}

/// How many of the first columns stay in view: those that say which entity, service or account a row is about.
pub(super) fn frozen(section: &Section, columns: &[SheetColumn]) -> usize {
    let keys = people::fields(section).into_iter().filter(|field| field.rank == KEY).count();
    match section.id.as_str() {
        "pairs" => keys,
        _ => usize::from(columns.first().is_some_and(|column| column.part == Part::Shown)),
    }
}

/// The sheet of a section, named as the section everywhere: `unused-services` becomes `Unused services`. A title may be longer than a tab allows.
pub(super) fn sheet_name(id: &str) -> String {
    match id {
        "check" => "Sources".to_owned(),
        "compare-long" => "Compare".to_owned(),
        "diff" => "Changes".to_owned(),
        id => capitalized(&id.replace('-', " ")),
    }
}
