//! `decisions`: what became of each decision, permission by permission.
//!
//! An entry that names one permission of one entity has one row. One with a wildcard has a row for each permission that it decides about; of
//! a decision to keep only those that it keeps from being advice, since the others need none. An entry that decides nothing has a row that
//! says so.

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::fate::{DecidedUse, DecisionFate, fate};
use super::gone::{ENTITY_REMOVED, NEWER_ACCESS, ServiceSeen, gone, removed};
use super::kept::kept_rows;
use super::rows::{COLUMNS, FateRow, frame, to_add_up};
use super::{Rulings, folded, tie};
use crate::analyse::grants::Texts;
use crate::analyse::groups::Groups;
use crate::analyse::histories::History;
use crate::analyse::verdict::VERDICT;
use crate::analyse::{Analysis, Combined, Context, Needs, Scope, sorted};
use crate::frame::schema::{
    ACTION_NAME, AS_OF, ENTITY, LAST_ACCESSED, LAST_ACCESSED_SOURCE, MEMBERS, SERVICE_NAMESPACE, WITHOUT_ACTIONS,
};
use crate::model::{
    Choice, DAY_MS, Decision, DecisionState, Decisions, EntityDecisions, Instant, Level, Ruling, Verdict,
};

/// See the module.
pub struct Decided {
    /// Whether somebody reads the rows: those that are only added up need no names and no order.
    pub is_shown: bool,
}

/// A decision that expires in fewer days than this expires soon.
const SOON_DAYS: i64 = 30;

/// Of an entry with wildcards: how many permissions it decides about that need no decision, and how many of these are in use.
const IN_PASSING: [&str; 3] = ["entry", "passed", "active"];

impl Analysis for Decided {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: true, evidence: true, holders: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let decisions = scope.context.decisions;
        let mut found = Found::of(scope)?;
        if !found.rulings.is_empty() {
            found.services()?;
            found.actions()?;
            for history in scope.asked {
                found.absent(history);
            }
        }
        found.without_dumps();
        let seen: Vec<u32> = found.seen.iter().copied().collect();
        let passed: Vec<_> = found.passed.iter().map(|(at, (all, active))| (*at, *all, *active)).collect();
        let counts = |name: &str, of: fn(&(u32, i64, i64)) -> i64| {
            Int64Chunked::from_iter_values(name.into(), passed.iter().map(of)).into_column()
        };
        let [entry, all, active] = IN_PASSING;
        let entries = UInt32Chunked::from_iter_values(entry.into(), passed.iter().map(|of| of.0)).into_column();
        Ok(vec![
            self.frame(&found.rows, decisions)?.lazy(),
            DataFrame::new(seen.len(), vec![UInt32Chunked::from_vec(entry.into(), seen).into_column()])?.lazy(),
            DataFrame::new(passed.len(), vec![entries, counts(all, |of| of.1), counts(active, |of| of.2)])?.lazy(),
        ])
    }

    fn combine(&self, mut parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let (passed, seen) = (parts.pop().expect("three parts"), parts.pop().expect("three parts"));
        let rows = parts.pop().expect("three parts");
        let mut seen: FxHashSet<u32> = seen.column(IN_PASSING[0])?.u32()?.into_no_null_iter().collect();
        let mut more = Vec::new();
        let sums = sums(&passed)?;
        let mut in_passing: Vec<_> = sums.into_iter().collect();
        in_passing.sort_unstable();
        for (at, (all, active)) in in_passing {
            if seen.insert(at) {
                more.push(only_in_passing(context.decisions.get(at), at, all, active));
            }
        }
        // A filter leaves out what entries are about.
        if context.params.filter.narrowing().is_none() {
            let all = (0..).zip(context.decisions.all());
            more.extend(all.filter(|(at, _)| !seen.contains(at)).map(|(at, decision)| unmatched(decision, at)));
        }
        let all = rows.vstack(&self.frame(&more, context.decisions)?)?;
        if !self.is_shown {
            return Ok(all.lazy().into());
        }
        let keys = [COLUMNS[0], COLUMNS[1], COLUMNS[2], COLUMNS[3], SERVICE_NAMESPACE, ACTION_NAME, "decided_in"];
        Ok(sorted(all.lazy(), &keys).into())
    }
}

impl Decided {
    fn frame(&self, rows: &[FateRow], decisions: &Decisions) -> PolarsResult<DataFrame> {
        if self.is_shown { frame(rows, decisions) } else { to_add_up(rows, decisions) }
    }
}

fn sums(passed: &DataFrame) -> PolarsResult<FxHashMap<u32, (i64, i64)>> {
    let [entry, all, active] = IN_PASSING;
    let (all, active) = (passed.column(all)?.i64()?, passed.column(active)?.i64()?);
    let mut sums: FxHashMap<u32, (i64, i64)> = FxHashMap::default();
    let counts = all.into_no_null_iter().zip(active.into_no_null_iter());
    for (entry, (all, active)) in passed.column(entry)?.u32()?.into_no_null_iter().zip(counts) {
        let sum = sums.entry(entry).or_default();
        *sum = (sum.0 + all, sum.1 + active);
    }
    Ok(sums)
}

/// The row of an entry with wildcards that keeps nothing which could go.
fn only_in_passing(decision: &Decision, at: u32, all: i64, active: i64) -> FateRow {
    let fate =
        if all == active { DecisionFate::new(DecisionState::UsedAgain, None) } else { DecisionFate::waiting(decision) };
    let note = if all == active { "all-in-use" } else { "nothing-unused" };
    FateRow { fate: Some(fate), note: Some(note.to_owned()), ..FateRow::of_entry(decision, at) }
}

fn unmatched(decision: &Decision, at: u32) -> FateRow {
    let fate = DecisionFate::new(DecisionState::Unmatched, None);
    FateRow { fate: Some(fate), note: Some("matches-nothing".to_owned()), ..FateRow::of_entry(decision, at) }
}

/// What an entry hides: the entry, the entity, the service, and the action where it names one.
type Hidden = (u32, String, String, Option<String>);

/// The rows of a batch while they come.
struct Found<'s, 'b> {
    scope: &'b Scope<'s>,
    rulings: Rulings<'s>,
    /// Rows that are hidden, and how many of them come back soon.
    hidden: FxHashMap<Hidden, (usize, usize)>,
    rows: Vec<FateRow>,
    seen: FxHashSet<u32>,
    passed: FxHashMap<u32, (i64, i64)>,
    /// Entries that name one permission of an entity and match a row.
    present: FxHashSet<(u32, String)>,
    /// The services that rows list.
    services: FxHashMap<(String, String), ServiceSeen>,
    places: FxHashMap<&'s str, &'s History<'s>>,
}

/// One permission of the present.
struct Permission<'p> {
    entity: &'p str,
    service: (&'p str, &'p str),
    action: Option<(&'p str, &'p str)>,
    shown: DecidedUse,
    source: Option<String>,
}

impl<'s, 'b> Found<'s, 'b> {
    fn of(scope: &'b Scope<'s>) -> PolarsResult<Self> {
        let rulings = Rulings::of(scope);
        let places = scope.asked.iter().map(|history| (history.entity.key.as_str(), history)).collect();
        let mut found = Self {
            scope,
            rulings,
            hidden: FxHashMap::default(),
            rows: Vec::new(),
            seen: FxHashSet::default(),
            passed: FxHashMap::default(),
            present: FxHashSet::default(),
            services: FxHashMap::default(),
            places,
        };
        if !found.rulings.is_empty() {
            found.count_hidden(Level::Service)?;
            found.count_hidden(Level::Action)?;
        }
        Ok(found)
    }

    fn count_hidden(&mut self, level: Level) -> PolarsResult<()> {
        let (rows, entries) = kept_rows(self.scope, level)?;
        let (entity, service) = (Texts::of(&rows, ENTITY)?, Texts::of(&rows, SERVICE_NAMESPACE)?);
        let action = Texts::of(&rows, ACTION_NAME)?;
        let as_of = rows.column(AS_OF)?.datetime()?.physical().clone();
        for (row, at) in entries.into_iter().enumerate() {
            let Some((at, key)) = at.zip(entity.get(row)) else { continue };
            let decision = self.scope.context.decisions.get(at);
            let action = action.get(row).filter(|_| decision.action.is_some()).map(|name| folded(&name));
            let service = folded(&service.get(row).unwrap_or_default());
            let ends = decision.expires.zip(as_of.get(row)).map(|(day, as_of)| day.end().millis() - as_of);
            let is_soon = ends.is_some_and(|left| left < SOON_DAYS * DAY_MS);
            let hidden = self.hidden.entry((at, key, service, action)).or_default();
            *hidden = (hidden.0 + 1, hidden.1 + usize::from(is_soon));
        }
        Ok(())
    }

    /// Every service that an entry decides about.
    fn services(&mut self) -> PolarsResult<()> {
        let columns = [ENTITY, SERVICE_NAMESPACE, VERDICT, LAST_ACCESSED, AS_OF, LAST_ACCESSED_SOURCE, WITHOUT_ACTIONS];
        let rows = self.scope.collect(self.scope.rows(Level::Service).select(columns.map(col)))?;
        let rows = self.rulings.decided_alone(&rows)?;
        let cells = Cells::of(&rows)?;
        let without_actions = rows.column(WITHOUT_ACTIONS)?.bool()?.clone();
        for row in 0..rows.height() {
            let (Some(entity), Some(service)) = (cells.entity.get(row), cells.service.get(row)) else { continue };
            let folded = folded(&service);
            let seen =
                if without_actions.get(row) == Some(true) { ServiceSeen::WithoutActions } else { ServiceSeen::Whole };
            self.services.insert((entity.clone(), folded.clone()), seen);
            let permission = Permission {
                entity: &entity,
                service: (&service, &folded),
                action: None,
                shown: cells.shown(row),
                source: cells.source.get(row),
            };
            self.decide(&permission);
        }
        Ok(())
    }

    /// Every action that an entry names.
    fn actions(&mut self) -> PolarsResult<()> {
        let columns = [ENTITY, SERVICE_NAMESPACE, VERDICT, LAST_ACCESSED, AS_OF, LAST_ACCESSED_SOURCE, MEMBERS];
        let rows = self.scope.collect(self.scope.groups().select(columns.map(col)))?;
        let rows = self.rulings.decided_alone(&rows)?;
        let cells = Cells::of(&rows)?;
        let names = self.scope.context.names;
        for (row, (_, group)) in (Groups { frame: &rows, sets: self.scope.sets() }).rows()?.enumerate() {
            let (Some(entity), Some(service)) = (cells.entity.get(row), cells.service.get(row)) else { continue };
            let of_service = folded(&service);
            if !self.rulings.about(&entity).is_some_and(|about| about.decides_actions(&of_service)) {
                continue;
            }
            let (shown, source) = (cells.shown(row), cells.source.get(row));
            let mut actions = Vec::new();
            group.each(|action| actions.push(names.text(action)));
            for action in actions {
                let of_action = folded(action);
                let permission = Permission {
                    entity: &entity,
                    service: (&service, &of_service),
                    action: Some((action, &of_action)),
                    shown,
                    source: source.clone(),
                };
                self.decide(&permission);
            }
        }
        Ok(())
    }

    /// What entries of the level of a permission say about it.
    fn decide(&mut self, of: &Permission) {
        let Some(about) = self.rulings.about(of.entity) else { return };
        let decisions = self.scope.context.decisions;
        let rule = |as_of| match of.action {
            None => about.service(of.service.1, as_of),
            Some((_, action)) => about.action(of.service.1, action, as_of),
        };
        let (held, ever) = (rule(of.shown.as_of), rule(None));
        let matching: Vec<u32> = match of.action {
            None => about.about_service(of.service.1).collect(),
            Some((_, action)) => about.about_action(of.service.1, action).collect(),
        };
        let is_of_level = |at: &u32| decisions.get(*at).action.is_some() == of.action.is_some();
        for at in matching.into_iter().filter(|at| !decisions.get(*at).is_wild()) {
            self.present.insert((at, of.entity.to_owned()));
        }
        if let Some((one, other)) = tie(held).or_else(|| tie(ever)) {
            return self.tie(of, one, other);
        }
        let deciding: Vec<u32> = [held, ever].into_iter().filter_map(Ruling::entry).collect();
        let (first, second) = (deciding.first(), deciding.get(1).filter(|at| deciding.first() != Some(at)));
        for at in first.into_iter().chain(second).copied().filter(is_of_level) {
            self.row(of, at);
        }
    }

    fn tie(&mut self, of: &Permission, one: u32, other: u32) {
        let decisions = self.scope.context.decisions;
        let (one_at, other_at) = (decisions.get(one).place(), decisions.get(other).place());
        let permission =
            of.action.map_or_else(|| of.service.0.to_owned(), |(name, _)| format!("{}:{name}", of.service.0));
        let entity = self.places.get(of.entity).map_or(of.entity, |history| history.entity.title());
        let note = format!(
            "{one_at} and {other_at} both decide about {permission} of {entity}, and neither is more specific: name the entity by its ARN, \
             an action or the account in one of them"
        );
        self.rows.push(FateRow { note: Some(note), entry: one, ..FateRow::default() });
    }

    fn row(&mut self, of: &Permission, at: u32) {
        let Some(history) = self.places.get(of.entity) else { return };
        let decision = self.scope.context.decisions.get(at);
        let key = (at, of.entity.to_owned(), of.service.1.to_owned(), of.action.map(|(_, name)| name.to_owned()));
        let (hidden, expiring) = self.hidden.get(&key).copied().unwrap_or_default();
        let shown = DecidedUse { hidden, ..of.shown };
        let mut fate = fate(decision, &shown, self.scope.context.params.due_days);
        let mut note = None;
        let is_settled = decision.choice == Choice::Keep || fate.state == DecisionState::Contradicted;
        if let Some(since) = removed(history, &self.scope.context).filter(|_| !is_settled) {
            if of.shown.last.is_some_and(|last| last > since) {
                note = Some(NEWER_ACCESS.to_owned());
            } else {
                (fate, note) = (DecisionFate::new(DecisionState::Done, Some(since)), Some(ENTITY_REMOVED.to_owned()));
            }
        }
        let is_in_passing = decision.is_wild()
            && decision.choice == Choice::Keep
            && hidden == 0
            && !(fate.state == DecisionState::Expired && matches!(of.shown.verdict, Verdict::Unused | Verdict::Stale));
        if is_in_passing {
            let counts = self.passed.entry(at).or_default();
            *counts = (counts.0 + 1, counts.1 + i64::from(of.shown.verdict == Verdict::Active));
            return;
        }
        self.seen.insert(at);
        self.rows.push(FateRow {
            service: Some(of.service.0.to_owned()),
            action: of.action.map(|(name, _)| name.to_owned()),
            fate: Some(fate),
            note,
            shown: Some(shown),
            source: of.source.clone(),
            expiring,
            ..FateRow::of_entity(history.entity, at)
        });
    }

    /// Entries that name one permission of an entity, or the whole of one, which no row lists.
    fn absent(&mut self, history: &'s History<'s>) {
        let context = self.scope.context;
        let key = history.entity.key.as_str();
        let Some(about) = self.rulings.about(key) else { return };
        for at in about.all() {
            let decision = context.decisions.get(at);
            if decision.entity.is_wild() || !self.is_asked(decision) || self.present.contains(&(at, key.to_owned())) {
                continue;
            }
            let of_service = decision.service.as_ref().map(|service| (key.to_owned(), service.clone()));
            let is_of_nothing = decision.service.is_none() && !self.services.keys().any(|(of, _)| of == key);
            if decision.is_wild() && !is_of_nothing {
                continue;
            }
            let seen = of_service.and_then(|key| self.services.get(&key).copied()).unwrap_or(ServiceSeen::Not);
            let (fate, note) = gone(decision, history, seen, &context);
            self.push_absent(FateRow::of_entity(history.entity, at), decision, fate, note);
        }
    }

    /// Entries about entities that only answers about policies describe.
    fn without_dumps(&mut self) {
        let context = self.scope.context;
        let holders = self.scope.holders.clone();
        for holder in holders {
            let key = holder.entity.key.as_str();
            if self.places.contains_key(key) || !context.params.filter.keeps_entity(&holder.entity) {
                continue;
            }
            let about: EntityDecisions = context.decisions.of(&holder.entity);
            for at in about.all() {
                let decision = context.decisions.get(at);
                if !decision.entity.is_wild() && self.is_asked(decision) {
                    let row = FateRow::of_entity(&holder.entity, at);
                    self.push_absent(row, decision, DecisionFate::waiting(decision), "no-dump");
                }
            }
        }
    }

    /// Whether `--service` and `--action` keep what the entry is about.
    fn is_asked(&self, decision: &Decision) -> bool {
        let filter = &self.scope.context.params.filter;
        let service = decision.service.as_deref();
        let action = service.zip(decision.action.as_deref());
        service.is_none_or(|service| filter.keeps_service(service))
            && action.is_none_or(|(service, action)| filter.keeps_action(service, action))
    }

    fn push_absent(&mut self, row: FateRow, decision: &Decision, fate: DecisionFate, note: &str) {
        self.seen.insert(row.entry);
        self.rows.push(FateRow {
            service: decision.service.clone(),
            action: decision.action.clone(),
            fate: Some(fate),
            note: Some(note.to_owned()),
            ..row
        });
    }
}

/// The columns that both levels have.
struct Cells<'f> {
    entity: Texts<'f>,
    service: Texts<'f>,
    source: Texts<'f>,
    verdict: UInt8Chunked,
    last: Int64Chunked,
    as_of: Int64Chunked,
}

impl<'f> Cells<'f> {
    fn of(rows: &'f DataFrame) -> PolarsResult<Self> {
        let instants = |name| PolarsResult::Ok(rows.column(name)?.datetime()?.physical().clone());
        Ok(Self {
            entity: Texts::of(rows, ENTITY)?,
            service: Texts::of(rows, SERVICE_NAMESPACE)?,
            source: Texts::of(rows, LAST_ACCESSED_SOURCE)?,
            verdict: rows.column(VERDICT)?.cat8()?.physical().clone(),
            last: instants(LAST_ACCESSED)?,
            as_of: instants(AS_OF)?,
        })
    }

    fn shown(&self, row: usize) -> DecidedUse {
        let verdict = self.verdict.get(row).map_or(Verdict::Unknown, |at| Verdict::ALL[usize::from(at)]);
        let instant = |of: &Int64Chunked| of.get(row).map(Instant::from_millis);
        DecidedUse { verdict, last: instant(&self.last), as_of: instant(&self.as_of), hidden: 0 }
    }
}
