//! Decisions beside rows: which entry decides about a permission, and whether its row is still advice.
//!
//! A decision to keep hides a row from those who take permissions away, and changes no count. What is hidden is decided here and nowhere
//! else: the lists, the numbers that lead a report and the report on decisions ask the same function.

mod cells;
mod decided;
mod fate;
mod gone;
mod kept;
mod rows;
mod totals;

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

pub use cells::{KEPT_ACTIONS, decision_columns};
pub use decided::Decided;
pub use kept::{Kept, kept_counts};
pub use totals::{DecisionTotals, decision_totals, wanted_actions};

use super::grants::Texts;
use super::removable::{dormant, without_actions_of};
use super::scope::DecidedEntities;
use super::{Context, Scope};
use crate::frame::schema::{ACTION_NAME, AS_OF, ENTITY, SERVICE_NAMESPACE};
use crate::model::{Choice, EntityDecisions, Instant, Level, Ruling};

/// Where a row stands that could go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowAdvice {
    /// In the list.
    Listed,
    /// A decision keeps it.
    Kept,
    /// It is an action, and the decision that keeps its whole service is the one about it too.
    KeptWithService,
}

/// What decides about the rows of a table, row by row.
#[derive(Debug, Default)]
pub struct Ruled {
    /// The number of the entry.
    pub entries: Vec<Option<u32>>,
    /// What follows for a row that could go.
    pub standings: Vec<RowAdvice>,
}

impl Ruled {
    /// The rows that stand so.
    pub fn mask(&self, standing: RowAdvice) -> BooleanChunked {
        self.standings.iter().map(|of| Some(*of == standing)).collect_ca(PlSmallStr::from_static("mask"))
    }
}

/// The decisions about the entities of a batch.
pub struct Rulings<'s> {
    context: Context<'s>,
    /// By the key of the entity; those alone that an entry may apply to.
    of: DecidedEntities<'s>,
    /// The services that could go and are kept, each with its entity, in lower case.
    kept_services: FxHashSet<(String, String)>,
}

impl<'s> Rulings<'s> {
    /// Of the entities that `scope` asks about.
    pub fn of(scope: &Scope<'s>) -> Self {
        Self { context: scope.context, of: scope.decided(), kept_services: FxHashSet::default() }
    }

    /// The same, to rule on actions of the list that leaves out those of services in the other list.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn beside_services(scope: &Scope<'s>) -> PolarsResult<Self> {
        let mut rulings = Self::of(scope);
        if rulings.of.is_empty() {
            return Ok(rulings);
        }
        let rows = scope.collect(scope.rows(Level::Service).filter(dormant()))?;
        let ruled = rulings.rule(&rows, Level::Service)?;
        let (entity, service) = (Texts::of(&rows, ENTITY)?, Texts::of(&rows, SERVICE_NAMESPACE)?);
        let kept = (0..rows.height()).filter(|row| ruled.standings[*row] == RowAdvice::Kept);
        let kept = kept.filter_map(|row| Some((entity.get(row)?, folded(&service.get(row)?)))).collect();
        rulings.kept_services = kept;
        Ok(rulings)
    }

    /// Whether no entry may apply to any.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// What may apply to the entity of this key.
    pub fn about(&self, entity: &str) -> Option<&EntityDecisions<'s>> {
        self.of.get(entity)
    }

    /// Of `rows` those of entities that an entry may apply to: naming the actions of all others would take long.
    ///
    /// # Errors
    /// Where a column is missing: a bug.
    pub fn decided_alone(&self, rows: &DataFrame) -> PolarsResult<DataFrame> {
        let entity = Texts::of(rows, ENTITY)?;
        let mut known = CodeMemory::default();
        let is_decided = |row| {
            *known.get(entity.code(row), || entity.get(row).is_some_and(|key| self.of.contains_key(key.as_str())))
        };
        let mask: BooleanChunked =
            (0..rows.height()).map(is_decided).map(Some).collect_ca(PlSmallStr::from_static("mask"));
        rows.filter(&mask)
    }

    /// Rules on rows of `level`, which could all go.
    ///
    /// # Errors
    /// Where a column is missing: a bug.
    pub fn rule(&self, rows: &DataFrame, level: Level) -> PolarsResult<Ruled> {
        let height = rows.height();
        if self.of.is_empty() {
            return Ok(Ruled { entries: vec![None; height], standings: vec![RowAdvice::Listed; height] });
        }
        let (entity, service) = (Texts::of(rows, ENTITY)?, Texts::of(rows, SERVICE_NAMESPACE)?);
        let action = if level == Level::Action { Some(Texts::of(rows, ACTION_NAME)?) } else { None };
        let as_of = rows.column(AS_OF)?.datetime()?.physical().clone();
        let mut decided = CodeMemory::default();
        let mut services = CodeMemory::default();
        let mut ruled = Ruled::default();
        for row in 0..height {
            let about =
                decided.get(entity.code(row), || entity.get(row).and_then(|key| self.of.get_key_value(key.as_str())));
            let Some((key, about)) = *about else {
                ruled.entries.push(None);
                ruled.standings.push(RowAdvice::Listed);
                continue;
            };
            let service = services.get(service.code(row), || folded(&service.get(row).unwrap_or_default()));
            let as_of = as_of.get(row).map(Instant::from_millis);
            let name = action.as_ref().map(|action| folded(&action.get(row).unwrap_or_default()));
            let entry = match &name {
                None => about.service(service, as_of),
                Some(action) => about.action(service, action, as_of),
            };
            let entry = entry.entry();
            ruled.standings.push(self.standing(entry, (key, service), name.is_some()));
            ruled.entries.push(entry);
        }
        Ok(ruled)
    }

    /// The column [`KEPT_ACTIONS`] of rows about services: the actions that entries keep, as the entries name them.
    ///
    /// # Errors
    /// Where a column is missing: a bug.
    pub fn kept_actions(&self, rows: &DataFrame) -> PolarsResult<Column> {
        let (entity, service) = (Texts::of(rows, ENTITY)?, Texts::of(rows, SERVICE_NAMESPACE)?);
        let as_of = rows.column(AS_OF)?.datetime()?.physical().clone();
        let named = |row: usize| {
            let about = entity.get(row).and_then(|key| self.of.get(key.as_str()))?;
            let service = folded(&service.get(row)?);
            let entries = about.keeping_actions(&service, as_of.get(row).map(Instant::from_millis));
            let actions = entries.iter().filter_map(|at| self.context.decisions.get(*at).action.as_deref());
            let mut actions: Vec<&str> = actions.collect();
            actions.sort_unstable();
            actions.dedup();
            (!actions.is_empty()).then(|| actions.join(", "))
        };
        let texts: Vec<Option<String>> = (0..rows.height()).map(named).collect();
        cells::names(KEPT_ACTIONS, texts.iter().map(Option::as_deref))
    }

    fn standing(&self, entry: Option<u32>, (entity, service): (&str, &str), is_action: bool) -> RowAdvice {
        let Some(decision) = entry.map(|at| self.context.decisions.get(at)) else { return RowAdvice::Listed };
        if decision.choice != Choice::Keep {
            return RowAdvice::Listed;
        }
        let goes_with_service = is_action
            && decision.action.is_none()
            && !self.kept_services.is_empty()
            && self.kept_services.contains(&(entity.to_owned(), service.to_owned()));
        if goes_with_service { RowAdvice::KeptWithService } else { RowAdvice::Kept }
    }
}

/// Of `rows`, what could go where decisions count: an action of a service that a decision keeps has a row of its own, unless that decision keeps it too.
/// With `all_actions` those of every service are there.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn advisable(rows: LazyFrame, level: Level, all_actions: bool, scope: &Scope) -> PolarsResult<LazyFrame> {
    let rows = rows.filter(dormant());
    Ok(match level {
        Level::Action if !all_actions => without_actions_of(advised_services(scope)?, rows, scope),
        _ => rows,
    })
}

/// The services that could go and that no decision keeps, to leave their actions out of the list of actions.
///
/// # Errors
/// Where Polars refuses: a bug.
fn advised_services(scope: &Scope) -> PolarsResult<LazyFrame> {
    let services = scope.rows(Level::Service).filter(dormant());
    let rulings = Rulings::of(scope);
    if rulings.is_empty() {
        return Ok(services);
    }
    let rows = scope.collect(services)?;
    let advised = rulings.rule(&rows, Level::Service)?.mask(RowAdvice::Listed);
    Ok(rows.filter(&advised)?.lazy())
}

/// A name as all names of permissions are compared.
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// What was made of each name, by its code in a column.
struct CodeMemory<T>(FxHashMap<Option<u32>, T>);

impl<T> Default for CodeMemory<T> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<T> CodeMemory<T> {
    fn get(&mut self, code: Option<u32>, make: impl FnOnce() -> T) -> &T {
        self.0.entry(code).or_insert_with(make)
    }
}

/// The entry of a ruling, or the two that are a tie.
pub(super) const fn tie(ruling: Ruling) -> Option<(u32, u32)> {
    if let Ruling::Tie(one, other) = ruling { Some((one, other)) } else { None }
}
