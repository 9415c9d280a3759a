//! The rows of the report on decisions.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::cells::{days, decision_columns, names};
use super::fate::{DecidedUse, DecisionFate};
use super::gone::NAME_UNKNOWN;
use crate::analyse::verdict::{VERDICT, verdicts};
use crate::frame::columns::{closed_column, instant_column};
use crate::frame::schema::{self, set_of};
use crate::model::{AccountId, Arn, DecidedEntity, Decision, DecisionState, Decisions, Entity, EntityKind, Instant};

/// The state of a decision.
pub const STATE: &str = "state";
/// Rows that an entry hides.
pub const ROWS_KEPT: &str = "rows_kept";
/// Those of them of which the entry expires soon.
pub const EXPIRING: &str = "expiring";
/// The file and the line of an entry.
pub const DECIDED_IN: &str = "decided_in";
/// How many rows are added up in a row that nobody reads.
pub const ROWS: &str = "rows";

/// The columns, in their order.
pub const COLUMNS: [&str; 22] = [
    schema::ACCOUNT_ID,
    schema::ENTITY_TYPE,
    schema::ENTITY_NAME,
    schema::ENTITY_ARN,
    schema::SERVICE_NAMESPACE,
    schema::ACTION_NAME,
    STATE,
    "since",
    "note",
    "decision",
    "owner",
    "due",
    "ticket",
    "comment",
    "decided",
    VERDICT,
    schema::LAST_ACCESSED,
    schema::AS_OF,
    schema::LAST_ACCESSED_SOURCE,
    ROWS_KEPT,
    EXPIRING,
    DECIDED_IN,
];

/// One row.
#[derive(Debug, Clone, Default)]
pub struct FateRow {
    pub account: Option<String>,
    pub kind: Option<EntityKind>,
    pub name: Option<String>,
    pub arn: Option<String>,
    pub service: Option<String>,
    pub action: Option<String>,
    /// The number of the entry.
    pub entry: u32,
    /// Nothing where two entries decide: then `note` says which.
    pub fate: Option<DecisionFate>,
    pub note: Option<String>,
    pub shown: Option<DecidedUse>,
    pub source: Option<String>,
    pub expiring: usize,
}

impl FateRow {
    /// About an entity of the documents.
    pub fn of_entity(entity: &Entity, entry: u32) -> Self {
        Self {
            account: entity.account.as_ref().map(ToString::to_string),
            kind: entity.kind,
            name: Some(entity.name.clone()),
            arn: entity.arn.as_ref().map(ToString::to_string),
            entry,
            ..Self::default()
        }
    }

    /// About what an entry names, where no document does.
    pub fn of_entry(decision: &Decision, entry: u32) -> Self {
        let arn = if let DecidedEntity::Arn(arn) = &*decision.entity { Some(arn) } else { None };
        let account = decision.account.as_ref().or_else(|| arn.and_then(Arn::account));
        Self {
            account: account.map(AccountId::to_string),
            kind: arn.map(Arn::kind),
            name: Some(arn.map_or_else(|| decision.entity.as_str().to_owned(), |arn| arn.name().to_owned())),
            arn: arn.map(ToString::to_string),
            service: decision.service.as_deref().map(str::to_owned),
            action: decision.action.as_deref().map(str::to_owned),
            entry,
            ..Self::default()
        }
    }
}

/// Rows that nobody reads: how many there are of each state, and of which entry where the state is a problem.
#[derive(Debug, Default)]
pub struct AddedUp(BTreeMap<(DecisionState, Option<u32>), Sums>);

/// How many rows there are, how many others they hide, and how many of these come back soon.
#[derive(Debug, Default)]
struct Sums {
    rows: usize,
    hidden: usize,
    expiring: usize,
}

impl AddedUp {
    /// Adds a row of an entry, with the numbers of the rows that it hides.
    pub fn add(&mut self, entry: u32, state: DecisionState, (hidden, expiring): (usize, usize)) {
        let sums = self.0.entry((state, Some(entry).filter(|_| is_problem(state)))).or_default();
        sums.rows += 1;
        sums.hidden += hidden;
        sums.expiring += expiring;
    }
}

/// An entry is named only where it is a problem.
const fn is_problem(state: DecisionState) -> bool {
    matches!(state, DecisionState::Expired | DecisionState::Unmatched)
}

/// Of the rows only what is added up, and what is added up already: a table that nobody reads needs no names.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn to_add_up(rows: &[FateRow], added_up: &AddedUp, decisions: &Decisions) -> PolarsResult<DataFrame> {
    let count = |name: &str, of: fn(&FateRow) -> usize, sum: fn(&Sums) -> usize| {
        let all = rows.iter().map(of).chain(added_up.0.values().map(sum));
        Int64Chunked::from_iter_values(name.into(), all.map(|count| count as i64)).into_column()
    };
    let is_named = |row: &FateRow, state| is_problem(state) || row.note.as_deref() == Some(NAME_UNKNOWN);
    let place =
        |row: &FateRow| row.fate.filter(|fate| is_named(row, fate.state)).map(|_| decisions.get(row.entry).place());
    let places = rows.iter().map(place);
    let places = places.chain(added_up.0.keys().map(|(_, entry)| entry.map(|at| decisions.get(at).place())));
    let places: Vec<Option<String>> = places.collect();
    let states = rows.iter().map(|row| row.fate.map(|fate| fate.state as u8));
    let states = states.chain(added_up.0.keys().map(|(state, _)| Some(*state as u8)));
    let notes = rows.iter().map(|row| row.note.as_deref()).chain(added_up.0.keys().map(|_| None));
    let columns = vec![
        closed_column(STATE, &set_of!(DecisionState), states),
        names("note", notes)?,
        count(ROWS_KEPT, |row| row.shown.map_or(0, |shown| shown.hidden), |sums| sums.hidden),
        count(EXPIRING, |row| row.expiring, |sums| sums.expiring),
        names(DECIDED_IN, places.iter().map(Option::as_deref))?,
        count(ROWS, |_| 1, |sums| sums.rows),
    ];
    DataFrame::new(places.len(), columns)
}

/// The rows as a table with [`COLUMNS`].
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn frame(rows: &[FateRow], decisions: &Decisions) -> PolarsResult<DataFrame> {
    let text = |name: &str, of: fn(&FateRow) -> Option<&str>| names(name, rows.iter().map(of));
    let instant = |name: &str, of: fn(&FateRow) -> Option<Instant>| {
        instant_column(name, rows.iter().map(|row| of(row).map(Instant::millis)).collect())
    };
    let count = |name: &str, of: fn(&FateRow) -> usize| {
        Int64Chunked::from_iter_values(name.into(), rows.iter().map(|row| of(row) as i64)).into_column()
    };
    let set =
        |name: &str, dtype: DataType, of: fn(&FateRow) -> Option<u8>| closed_column(name, &dtype, rows.iter().map(of));
    let entries: Vec<_> = rows.iter().map(|row| Some(row.entry)).collect();
    let places: Vec<String> = rows.iter().map(|row| decisions.get(row.entry).place()).collect();
    let mut columns = vec![
        text(schema::ACCOUNT_ID, |row| row.account.as_deref())?,
        set(schema::ENTITY_TYPE, set_of!(EntityKind), |row| row.kind.map(|kind| kind as u8)),
        text(schema::ENTITY_NAME, |row| row.name.as_deref())?,
        text(schema::ENTITY_ARN, |row| row.arn.as_deref())?,
        text(schema::SERVICE_NAMESPACE, |row| row.service.as_deref())?,
        text(schema::ACTION_NAME, |row| row.action.as_deref())?,
        set(STATE, set_of!(DecisionState), |row| row.fate.map(|fate| fate.state as u8)),
        instant("since", |row| row.fate.and_then(|fate| fate.since)),
        text("note", |row| row.note.as_deref())?,
    ];
    columns.extend(decision_columns(&entries, decisions)?);
    columns.extend([
        days("decided", rows.iter().map(|row| decisions.get(row.entry).decided)),
        set(VERDICT, verdicts(), |row| row.shown.map(|shown| shown.verdict as u8)),
        instant(schema::LAST_ACCESSED, |row| row.shown.and_then(|shown| shown.last)),
        instant(schema::AS_OF, |row| row.shown.and_then(|shown| shown.as_of)),
        text(schema::LAST_ACCESSED_SOURCE, |row| row.source.as_deref())?,
        count(ROWS_KEPT, |row| row.shown.map_or(0, |shown| shown.hidden)),
        count(EXPIRING, |row| row.expiring),
        names(DECIDED_IN, places.iter().map(|place| Some(place.as_str())))?,
    ]);
    DataFrame::new(rows.len(), columns)
}
