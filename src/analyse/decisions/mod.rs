//! Decisions beside rows: which entry decides about a permission, and whether its row is still advice.
//!
//! A decision to keep hides a row from those who take permissions away, and changes no count. What is hidden is decided here and nowhere
//! else: the lists, the numbers that lead a report and the report on decisions ask the same function.

mod cells;
mod decided;
mod fate;
pub mod gone;
mod kept;
mod rows;
mod totals;

use std::sync::Arc;

use polars::prelude::*;
use rustc_hash::FxHashMap;

pub use cells::{KEPT_ACTIONS, decision_columns};
pub use decided::Decided;
pub use kept::{Kept, kept_counts, mask};
pub use totals::{DecisionTotals, decision_totals, wanted_actions};

use super::grants::Texts;
use super::removable::{dormant, without_actions_of};
pub use super::ruled::RowAdvice;
use super::ruled::{KeptServices, Ruled, RuledServices};
use super::scope::DecidedEntities;
use super::{Context, Scope};
use crate::frame::schema::{ACTION_NAME, AS_OF, ENTITY, SERVICE_NAMESPACE};
use crate::model::{Choice, EntityDecisions, Instant, Level, Ruling, folded};

/// The decisions about the entities of a batch.
pub struct Rulings<'s> {
    context: Context<'s>,
    /// By the key of the entity; those alone that an entry may apply to.
    of: DecidedEntities<'s>,
    /// The services that could go and are kept, to rule on actions of the other list.
    kept_services: Option<Arc<KeptServices>>,
}

/// What is ruled on a row of equal actions: the entry and what follows, or nothing where entries name actions of the service.
pub type GroupRuling = Option<(Option<u32>, RowAdvice)>;

impl<'s> Rulings<'s> {
    /// Of the entities that `scope` asks about.
    pub fn of(scope: &Scope<'s>) -> Self {
        Self { context: scope.context, of: scope.decided(), kept_services: None }
    }

    /// The same, to rule on actions of the list that leaves out those of services in the other list.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn beside_services(scope: &Scope<'s>) -> PolarsResult<Self> {
        let rulings = Self::of(scope);
        if rulings.of.is_empty() {
            return Ok(rulings);
        }
        Ok(Self { kept_services: Some(Arc::clone(&ruled_services(scope)?.kept)), ..rulings })
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
        let is_decided =
            |row| *known.get(entity.code(row), || entity.text(row).is_some_and(|key| self.of.contains_key(key)));
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
        let (mut services, mut actions) = (CodeMemory::default(), CodeMemory::default());
        let mut ruled = Ruled::default();
        for row in 0..height {
            let about = decided.get(entity.code(row), || entity.text(row).and_then(|key| self.of.get(key)));
            let Some(about) = *about else {
                ruled.entries.push(None);
                ruled.standings.push(RowAdvice::Listed);
                continue;
            };
            let name = services.get(service.code(row), || folded(service.text(row).unwrap_or_default()));
            let as_of = as_of.get(row).map(Instant::from_millis);
            let entry = match &action {
                None => about.service(name, as_of),
                Some(action) => {
                    let action = actions.get(action.code(row), || folded(action.text(row).unwrap_or_default()));
                    about.action(name, action, as_of)
                }
            };
            let entry = entry.entry();
            let goes_with_service = || self.is_kept_service(entity.code(row), name);
            ruled.standings.push(self.standing(entry, action.is_some(), goes_with_service));
            ruled.entries.push(entry);
        }
        Ok(ruled)
    }

    /// Rules on rows of equal actions, which could all go, without naming them. Where no entry names an action of the service, one entry
    /// decides about all actions of a row.
    ///
    /// # Errors
    /// Where a column is missing: a bug.
    pub fn rule_groups(&self, rows: &DataFrame) -> PolarsResult<Vec<GroupRuling>> {
        if self.of.is_empty() {
            return Ok(vec![Some((None, RowAdvice::Listed)); rows.height()]);
        }
        let (entity, service) = (Texts::of(rows, ENTITY)?, Texts::of(rows, SERVICE_NAMESPACE)?);
        let as_of = rows.column(AS_OF)?.datetime()?.physical().clone();
        let (mut decided, mut services) = (CodeMemory::default(), CodeMemory::default());
        let ruling = |row| {
            let about = decided.get(entity.code(row), || entity.text(row).and_then(|key| self.of.get(key)));
            let Some(about) = *about else { return Some((None, RowAdvice::Listed)) };
            let name = services.get(service.code(row), || folded(service.text(row).unwrap_or_default()));
            if about.decides_actions(name) {
                return None;
            }
            let entry = about.service(name, as_of.get(row).map(Instant::from_millis)).entry();
            Some((entry, self.standing(entry, true, || self.is_kept_service(entity.code(row), name))))
        };
        Ok((0..rows.height()).map(ruling).collect())
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

    /// Whether a decision keeps the service, given in lower case, that could go.
    fn is_kept_service(&self, entity: Option<u32>, service: &str) -> bool {
        self.kept_services.as_ref().is_some_and(|kept| kept.contains(entity, service))
    }

    fn standing(&self, entry: Option<u32>, is_action: bool, is_kept_service: impl FnOnce() -> bool) -> RowAdvice {
        let Some(decision) = entry.map(|at| self.context.decisions.get(at)) else { return RowAdvice::Listed };
        if decision.choice != Choice::Keep {
            return RowAdvice::Listed;
        }
        let goes_with_service = is_action && decision.action.is_none() && is_kept_service();
        if goes_with_service { RowAdvice::KeptWithService } else { RowAdvice::Kept }
    }
}

/// What is ruled on the service rows of the present; it is done once for all that ask.
///
/// # Errors
/// Where Polars refuses: a bug.
fn ruled_services<'b>(scope: &'b Scope) -> PolarsResult<&'b RuledServices> {
    if let Some(ruled) = scope.ruled_services.get() {
        return Ok(ruled);
    }
    let rows = scope.collect(scope.rows(Level::Service))?;
    let dormant = scope.collect(rows.clone().lazy().select([dormant().fill_null(lit(false)).alias("dormant")]))?;
    let dormant = dormant.column("dormant")?.bool()?.clone();
    let ruled = Rulings::of(scope).rule(&rows, Level::Service)?;
    let (entity, service) = (Texts::of(&rows, ENTITY)?, Texts::of(&rows, SERVICE_NAMESPACE)?);
    let (mut kept, mut services) = (KeptServices::default(), CodeMemory::default());
    let is_kept = &ruled.mask(RowAdvice::Kept) & &dormant;
    for row in (0..rows.height()).filter(|row| is_kept.get(*row) == Some(true)) {
        let Some(of) = entity.code(row) else { continue };
        kept.add(of, services.get(service.code(row), || folded(service.text(row).unwrap_or_default())));
    }
    let ruled = RuledServices { rows, ruled, dormant, kept: Arc::new(kept) };
    Ok(scope.ruled_services.get_or_init(|| ruled))
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
    if scope.decided().is_empty() {
        return Ok(scope.rows(Level::Service).filter(dormant()));
    }
    Ok(ruled_services(scope)?.of(RowAdvice::Listed)?.lazy())
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
