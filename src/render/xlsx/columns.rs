//! Which columns a sheet has, in which order, and under which names: first what a person reads, with room for a decision beside it, then
//! everything else, folded away.
//!
//! Labels are those of [`people`], as on every surface; the name that a column has in the files stands in the comment of its head.

use super::column::{Meaning, SheetColumn, SheetPart, capitalized};
use crate::render::words;
use crate::report::people::{self, Field, KEY, Origin};
use crate::report::{ColumnKind, Section};

/// A column that a reader fills in: the name in files, the kind, and what it says.
type ToFillIn = (&'static str, ColumnKind, &'static str);

/// What a reader decides about a finding. A report that knows last year's decisions has columns of these names.
pub(super) const DECISION: [ToFillIn; 5] = [
    ("decision", ColumnKind::Text, "for you to fill in: remove, keep or ask"),
    ("owner", ColumnKind::Text, "for you to fill in: who decides; where owners are known, who answers for the entity"),
    ("due", ColumnKind::Date, "for you to fill in: by when"),
    ("ticket", ColumnKind::Text, "for you to fill in: where the work is tracked"),
    ("comment", ColumnKind::Text, "for you to fill in: why"),
];
/// What a reader finds out about a row of the sample.
const TEST: [ToFillIn; 4] = [
    (
        "result",
        ColumnKind::Text,
        "for you to fill in: confirmed, if what you saw yourself agrees with the row; differs; or not tested",
    ),
    ("tested_by", ColumnKind::Text, "for you to fill in: the initials of who tested it"),
    ("tested_on", ColumnKind::Date, "for you to fill in: when"),
    ("remark", ColumnKind::Text, "for you to fill in: what was looked at, and what was found"),
];
/// What stands before the columns to fill in: the entity and the finding.
const FINDING: [&str; 9] = [
    "entity",
    "account",
    "service",
    "action_name",
    "access_level",
    "verdict",
    "services_to_review",
    "actions_to_review",
    "last_used",
];
/// The same on a sheet with rows about services and about actions.
const SERVICE_OR_ACTION: [&str; 5] = ["entity", "account", "subject", "verdict", "last_used"];

/// What stands first on a sheet that a reader fills in, and what there is to fill in; none on the others.
fn to_fill_in(section: &str) -> Option<(&'static [&'static str], &'static [ToFillIn])> {
    match section {
        "unused-services" | "unused-actions" | "entities" => Some((&FINDING, &DECISION)),
        "kept" => Some((&SERVICE_OR_ACTION, &DECISION)),
        "sample" => Some((&SERVICE_OR_ACTION, &TEST)),
        _ => None,
    }
}

/// What a reader sees of an entity.
const ENTITY_ABOUT: &str =
    "user, role, group or policy, and its name without the path; its ARN has a column of its own";

/// The columns of a section, each of its table at least once.
pub(super) fn of_section(section: &Section) -> Vec<SheetColumn> {
    let total = section.columns.iter().position(|column| column.name == "total");
    let sheet_column = |field: Field, part: SheetPart| {
        let about = match field.source {
            Origin::Entity { .. } => ENTITY_ABOUT,
            _ => section.columns.iter().find(|column| column.name == field.name).map_or("", |column| &column.about),
        };
        let is_after_total = match (total, field.source) {
            (Some(total), Origin::Column(at)) => at > total && field.name != "dumps_incomplete",
            _ => false,
        };
        SheetColumn::of_field(field, &words::without_options(about), part, is_after_total)
    };
    let mut all = people::all_fields(section);
    let mut columns = Vec::with_capacity(all.len() + DECISION.len());
    if let Some((finding, to_fill_in)) = to_fill_in(&section.id) {
        let finding = finding.iter().map(|name| (*name).to_owned());
        let finding: Vec<Field> =
            finding.flat_map(|name| people::chosen(section, &[name]).unwrap_or_default()).collect();
        let filled: Vec<SheetColumn> =
            to_fill_in.iter().map(|&(name, kind, about)| filled_in(section, name, kind, about)).collect();
        let is_there = |field: &Field| {
            finding.iter().any(|there| there.source == field.source)
                || filled.iter().any(|there| there.origin == Some(field.source))
                // An action stands there without its service, which has a column of its own.
                || matches!(field.source, Origin::Action { .. })
        };
        all.retain(|field| !is_there(field));
        columns.extend(finding.into_iter().map(|field| sheet_column(field, SheetPart::Shown)));
        columns.extend(filled);
    }
    let shown = people::fields(section);
    let (shown, technical): (Vec<_>, Vec<_>) = all.into_iter().partition(|field| shown.contains(field));
    columns.extend(shown.into_iter().map(|field| sheet_column(field, SheetPart::Shown)));
    columns.extend(technical.into_iter().map(|field| sheet_column(field, SheetPart::Technical)));
    tell_apart(&mut columns);
    columns
}

/// A column that a reader fills in, with what the report knows already.
fn filled_in(section: &Section, name: &str, kind: ColumnKind, about: &str) -> SheetColumn {
    let at = section.columns.iter().position(|column| column.name == name);
    let mut column = SheetColumn::text(0, name, about, Meaning::Plain);
    column.kind = at.map_or(kind, |at| section.columns[at].kind);
    column.origin = at.map(Origin::Column);
    column.part = SheetPart::Decision;
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
        _ => usize::from(columns.first().is_some_and(|column| column.part == SheetPart::Shown)),
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
