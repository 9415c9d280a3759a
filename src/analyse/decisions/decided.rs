//! `decisions`: what became of each decision, permission by permission.
//!
//! An entry that names one permission of one entity has one row. One with a wildcard has a row for each permission that it decides about; of
//! a decision to keep only those that it keeps from being advice, since the others need none. An entry that decides nothing has a row that
//! says so.

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::fate::{DecidedUse, DecisionFate, fate};
use super::gone::{
    ENTITY_REMOVED, NAME_UNKNOWN, NEWER_ACCESS, RENAMED, ServiceSeen, gone, keeps_untracked, removed, still_there,
};
use super::kept::RuledGroups;
use super::rows::{AddedUp, COLUMNS, FateRow, frame, to_add_up};
use super::{CodeMemory, RowAdvice, Rulings, ruled_services, tie};
use crate::analyse::grants::Texts;
use crate::analyse::groups::Groups;
use crate::analyse::histories::History;
use crate::analyse::ruled::NameNumbers;
use crate::analyse::verdict::VERDICT;
use crate::analyse::{Analysis, Combined, Context, Needs, Scope, sorted};
use crate::frame::schema::{
    ACTION_NAME, ACTIONS, AS_OF, ENTITY, LAST_ACCESSED, LAST_ACCESSED_SOURCE, MEMBERS, SERVICE_NAMESPACE,
    WITHOUT_ACTIONS,
};
use crate::model::{
    Choice, DAY_MS, Decision, DecisionState, Decisions, Entity, EntityDecisions, Instant, Remedy, Verdict, folded,
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
        let mut found = DecidedRows::of(scope, self.is_shown);
        if !found.rulings.is_empty() {
            found.count_hidden()?;
            found.services()?;
            found.actions()?;
            for (number, history) in (0..).zip(scope.asked) {
                found.absent(number, history);
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
            self.frame(&found.rows, &found.added_up, decisions)?.lazy(),
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
        let all = rows.vstack(&self.frame(&more, &AddedUp::default(), context.decisions)?)?;
        if !self.is_shown {
            return Ok(all.lazy().into());
        }
        let keys = [COLUMNS[0], COLUMNS[1], COLUMNS[2], COLUMNS[3], SERVICE_NAMESPACE, ACTION_NAME, "decided_in"];
        Ok(sorted(all.lazy(), &keys).into())
    }
}

impl Decided {
    fn frame(&self, rows: &[FateRow], added_up: &AddedUp, decisions: &Decisions) -> PolarsResult<DataFrame> {
        if self.is_shown { frame(rows, decisions) } else { to_add_up(rows, added_up, decisions) }
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

/// The row of an entry with wildcards that keeps nothing which could go. With no permissions at all, it is about actions that AWS does not track.
fn only_in_passing(decision: &Decision, at: u32, all: i64, active: i64) -> FateRow {
    let is_used_again = all > 0 && all == active;
    let fate =
        if is_used_again { DecisionFate::new(DecisionState::UsedAgain, None) } else { DecisionFate::waiting(decision) };
    let note = match (all, is_used_again) {
        (0, _) => "not-tracked",
        (_, true) => "all-in-use",
        (_, false) => "nothing-unused",
    };
    FateRow { fate: Some(fate), note: Some(note.to_owned()), ..FateRow::of_entry(decision, at) }
}

fn unmatched(decision: &Decision, at: u32) -> FateRow {
    let fate = DecisionFate::new(DecisionState::Unmatched, None);
    FateRow { fate: Some(fate), note: Some("matches-nothing".to_owned()), ..FateRow::of_entry(decision, at) }
}

/// What an entry hides: the entry, and the numbers of the entity, of the service, and of the action where it names one.
type Hidden = (u32, u32, u32, Option<u32>);

/// The rows of a batch while they come.
struct DecidedRows<'s, 'b> {
    scope: &'b Scope<'s>,
    is_shown: bool,
    rulings: Rulings<'s>,
    /// Rows that are hidden, and how many of them come back soon.
    hidden: FxHashMap<Hidden, (usize, usize)>,
    rows: Vec<FateRow>,
    /// In place of rows that nobody reads.
    added_up: AddedUp,
    seen: FxHashSet<u32>,
    passed: FxHashMap<u32, (i64, i64)>,
    /// Entries that name one permission of an entity and match a row.
    present: FxHashSet<(u32, u32)>,
    /// The services that rows list, by the numbers of the entity and of the service.
    services: FxHashMap<(u32, u32), ServiceSeen>,
    /// The entities that rows list.
    listed: FxHashSet<u32>,
    places: FxHashMap<&'s str, AskedEntity<'s>>,
    /// Of services and actions, by their names in lower case.
    numbers: NameNumbers,
    /// The entries that may decide about a permission: the memory for them is taken once.
    candidates: Vec<u32>,
}

/// An entity that the question is about.
#[derive(Clone, Copy)]
struct AskedEntity<'s> {
    /// Its position among them.
    number: u32,
    history: &'s History<'s>,
    /// When it was not there any more.
    removed: Option<Instant>,
}

/// A name in lower case, and its number.
#[derive(Clone)]
struct Numbered {
    folded: String,
    number: u32,
}

/// One permission of the present.
struct PresentPermission<'p> {
    place: AskedEntity<'p>,
    about: &'p EntityDecisions<'p>,
    service: (&'p str, &'p Numbered),
    action: Option<(&'p str, &'p Numbered)>,
    shown: DecidedUse,
    source: Option<&'p str>,
}

impl<'s, 'b> DecidedRows<'s, 'b> {
    fn of(scope: &'b Scope<'s>, is_shown: bool) -> Self {
        let rulings = Rulings::of(scope);
        let place = |(number, history): (u32, &'s History<'s>)| {
            let key = history.entity.key.as_str();
            let removed = rulings.about(key).and_then(|_| removed(history, &scope.context));
            (key, AskedEntity { number, history, removed })
        };
        let places = (0..).zip(scope.asked).map(place).collect();
        Self {
            scope,
            is_shown,
            rulings,
            hidden: FxHashMap::default(),
            rows: Vec::new(),
            added_up: AddedUp::default(),
            seen: FxHashSet::default(),
            passed: FxHashMap::default(),
            present: FxHashSet::default(),
            services: FxHashMap::default(),
            listed: FxHashSet::default(),
            places,
            numbers: NameNumbers::default(),
            candidates: Vec::new(),
        }
    }

    fn numbered(&mut self, name: &str) -> Numbered {
        let folded = folded(name);
        let number = self.numbers.of(&folded);
        Numbered { folded, number }
    }

    fn count_hidden(&mut self) -> PolarsResult<()> {
        let services = ruled_services(self.scope)?;
        let kept = services.kept_mask(self.scope.context.params.include_aws_controlled)?;
        let entries =
            services.ruled.entries.iter().zip(kept.iter()).map(|(at, kept)| at.filter(|_| kept == Some(true)));
        self.hide(&services.rows, entries, |_| 1)?;

        let groups = RuledGroups::of(self.scope)?;
        let actions = groups.rows.column(ACTIONS)?.u32()?.clone();
        let kept = |standing| standing == RowAdvice::Kept;
        let entries = groups.ruled.iter().map(|of| of.and_then(|(at, of)| at.filter(|_| kept(of))));
        self.hide(&groups.rows, entries, |row| actions.get(row).unwrap_or(0) as usize)?;

        let (rows, ruled) = groups.named(self.scope, |ruling| ruling.is_none())?;
        let entries = ruled.entries.iter().zip(&ruled.standings).map(|(at, of)| at.filter(|_| kept(*of)));
        self.hide(&rows, entries, |_| 1)
    }

    /// Counts `rows`, each with the entry that keeps it, if one does, as many times as `weight` gives.
    fn hide(
        &mut self,
        rows: &DataFrame,
        entries: impl Iterator<Item = Option<u32>>,
        weight: impl Fn(usize) -> usize,
    ) -> PolarsResult<()> {
        let (entity, service) = (Texts::of(rows, ENTITY)?, Texts::of(rows, SERVICE_NAMESPACE)?);
        let action = Texts::of(rows, ACTION_NAME).ok();
        let as_of = rows.column(AS_OF)?.datetime()?.physical().clone();
        let (mut places, mut services) = (CodeMemory::default(), CodeMemory::default());
        let mut actions = CodeMemory::default();
        let decisions = self.scope.context.decisions;
        for (row, at) in entries.enumerate() {
            let Some(at) = at else { continue };
            let place = places.get(entity.code(row), || self.places.get(entity.text(row)?).map(|of| of.number));
            let Some(place) = *place else { continue };
            let decision = decisions.get(at);
            let service =
                *services.get(service.code(row), || self.numbered(service.text(row).unwrap_or_default()).number);
            let action = action.as_ref().filter(|_| decision.action.is_some()).and_then(|action| {
                *actions.get(action.code(row), || action.text(row).map(|name| self.numbered(name).number))
            });
            let ends = decision.expires.zip(as_of.get(row)).map(|(day, as_of)| day.end().millis() - as_of);
            let is_soon = ends.is_some_and(|left| left < SOON_DAYS * DAY_MS);
            let hidden = self.hidden.entry((at, place, service, action)).or_default();
            let count = weight(row);
            *hidden = (hidden.0 + count, hidden.1 + if is_soon { count } else { 0 });
        }
        Ok(())
    }

    /// Every service that an entry decides about.
    fn services(&mut self) -> PolarsResult<()> {
        let rows = &ruled_services(self.scope)?.rows;
        let (cells, decided) = (Cells::of(rows)?, self.scope.decided());
        let without_actions = rows.column(WITHOUT_ACTIONS)?.bool()?.clone();
        let (mut places, mut names) = (CodeMemory::default(), CodeMemory::default());
        for row in 0..rows.height() {
            let Some((place, about)) = *places.get(cells.entity.code(row), || {
                let key = cells.entity.text(row)?;
                self.places.get(key).copied().zip(decided.get(key))
            }) else {
                continue;
            };
            let Some(service) = cells.service.text(row) else { continue };
            let name = names.get(cells.service.code(row), || self.numbered(service));
            let seen =
                if without_actions.get(row) == Some(true) { ServiceSeen::WithoutActions } else { ServiceSeen::Whole };
            self.services.insert((place.number, name.number), seen);
            self.listed.insert(place.number);
            let (shown, source) = (cells.shown(row), cells.source.text(row));
            self.decide(&PresentPermission { place, about, service: (service, name), action: None, shown, source });
        }
        Ok(())
    }

    /// Every action that an entry names.
    fn actions(&mut self) -> PolarsResult<()> {
        let decided = self.scope.decided();
        if !decided.values().any(EntityDecisions::names_actions) {
            return Ok(());
        }
        let columns = [ENTITY, SERVICE_NAMESPACE, VERDICT, LAST_ACCESSED, AS_OF, LAST_ACCESSED_SOURCE, MEMBERS];
        let rows = self.scope.collect(self.scope.groups().select(columns.map(col)))?;
        let rows = self.rulings.decided_alone(&rows)?;
        let cells = Cells::of(&rows)?;
        let names = self.scope.context.names;
        let (mut services, mut of_symbols) = (CodeMemory::default(), FxHashMap::default());
        for (row, (_, group)) in (Groups { frame: &rows, sets: self.scope.sets() }).rows()?.enumerate() {
            let (Some(entity), Some(service)) = (cells.entity.text(row), cells.service.text(row)) else { continue };
            let of_service = services.get(cells.service.code(row), || self.numbered(service)).clone();
            let Some(about) = decided.get(entity).filter(|about| about.decides_actions(&of_service.folded)) else {
                continue;
            };
            let Some(place) = self.places.get(entity).copied() else { continue };
            let (shown, source) = (cells.shown(row), cells.source.text(row));
            let mut actions = Vec::new();
            group.each(|action| actions.push(action));
            for symbol in actions {
                let action = names.text(symbol);
                let of_action = of_symbols.entry(symbol).or_insert_with(|| self.numbered(action));
                let (service, action) = ((service, &of_service), Some((action, &*of_action)));
                self.decide(&PresentPermission { place, about, service, action, shown, source });
            }
        }
        Ok(())
    }

    /// What entries of the level of a permission say about it.
    fn decide(&mut self, of: &PresentPermission) {
        let decisions = self.scope.context.decisions;
        let service = &of.service.1.folded;
        let of_service = of.about.about_service(service);
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        candidates.extend(of_service);
        if let Some((_, action)) = of.action {
            candidates.extend(of.about.about_action(service, &action.folded));
        }
        let rule = |as_of| of.about.best(candidates.iter().copied(), as_of);
        // A lone entry that has not expired decides with the date and without it.
        let held = rule(of.shown.as_of);
        let ever = if candidates.len() == 1 && held.entry().is_some() { held } else { rule(None) };
        let is_of_level = |at: &u32| decisions.get(*at).action.is_some() == of.action.is_some();
        let matching = candidates.iter().copied().filter(is_of_level);
        for at in matching.filter(|at| !decisions.get(*at).is_wild()) {
            self.present.insert((at, of.place.number));
        }
        self.candidates = candidates;
        if let Some((one, other)) = tie(held).or_else(|| tie(ever)) {
            return self.tie(of, one, other);
        }
        let (first, second) = (held.entry(), ever.entry().filter(|at| held.entry() != Some(*at)));
        for at in first.into_iter().chain(second).filter(is_of_level) {
            self.row(of, at);
        }
    }

    fn tie(&mut self, of: &PresentPermission, one: u32, other: u32) {
        let decisions = self.scope.context.decisions;
        let (one_at, other_at) = (decisions.get(one).place(), decisions.get(other).place());
        let permission =
            of.action.map_or_else(|| of.service.0.to_owned(), |(name, _)| format!("{}:{name}", of.service.0));
        let entity = of.place.history.entity.title();
        let note = format!(
            "{one_at} and {other_at} both decide about {permission} of {entity}, and neither is more specific: name the entity by its ARN, \
             an action or the account in one of them"
        );
        self.rows.push(FateRow { note: Some(note), entry: one, ..FateRow::default() });
    }

    fn row(&mut self, of: &PresentPermission, at: u32) {
        let AskedEntity { number, history, removed } = of.place;
        let decision = self.scope.context.decisions.get(at);
        let key = (at, number, of.service.1.number, of.action.map(|(_, action)| action.number));
        let (hidden, expiring) = self.hidden.get(&key).copied().unwrap_or_default();
        let shown = DecidedUse { hidden, ..of.shown };
        let mut fate = fate(decision, &shown, self.scope.context.params.due_days);
        let mut note = None;
        let is_settled = decision.choice == Choice::Keep || fate.state == DecisionState::Contradicted;
        if let Some(since) = removed.filter(|_| !is_settled) {
            let is_used_since = of.shown.last.is_some_and(|last| last > since);
            note = still_there(history, since, &self.scope.context).or(is_used_since.then_some(NEWER_ACCESS));
            if note.is_none() {
                (fate, note) = (DecisionFate::new(DecisionState::Done, Some(since)), Some(ENTITY_REMOVED));
            }
        }
        if of.about.is_followed(at) {
            note = Some(RENAMED);
        }
        let is_silent = matches!(of.shown.verdict, Verdict::Unused | Verdict::Stale);
        // Where the whole service could go, its actions are in no list of their own.
        let is_changeable = history.entity.remedy() != Remedy::None;
        let would_go_with_service = of.action.is_some() && is_changeable;
        let is_in_passing = decision.is_wild()
            && decision.choice == Choice::Keep
            && hidden == 0
            && !(is_silent && (fate.state == DecisionState::Expired || would_go_with_service));
        if is_in_passing {
            let counts = self.passed.entry(at).or_default();
            *counts = (counts.0 + 1, counts.1 + i64::from(of.shown.verdict == Verdict::Active));
            return;
        }
        self.push(at, fate.state, (hidden, expiring), || FateRow {
            service: Some(of.service.0.to_owned()),
            action: of.action.map(|(name, _)| name.to_owned()),
            fate: Some(fate),
            note: note.map(str::to_owned),
            shown: Some(shown),
            source: of.source.map(str::to_owned),
            expiring,
            ..FateRow::of_entity(history.entity, at)
        });
    }

    /// Adds a row of an entry: as a whole where somebody reads it, else to the sums. The numbers are those of the rows that it hides.
    fn push(&mut self, at: u32, state: DecisionState, hides: (usize, usize), row: impl FnOnce() -> FateRow) {
        self.seen.insert(at);
        if self.is_shown {
            self.rows.push(row());
        } else {
            self.added_up.add(at, state, hides);
        }
    }

    /// Entries that name one permission of an entity, or the whole of one, which no row lists.
    fn absent(&mut self, number: u32, history: &'s History<'s>) {
        let context = self.scope.context;
        let decided = self.scope.decided();
        let Some(about) = decided.get(history.entity.key.as_str()) else { return };
        for at in about.all() {
            let decision = context.decisions.get(at);
            let is_of_glob = decision.action.as_deref().is_some_and(|action| action.contains(['*', '?']));
            if is_of_glob && self.is_asked(decision) {
                let seen = self.service_seen(number, decision);
                if keeps_untracked(decision, history, seen, &context) {
                    self.passed.entry(at).or_default();
                }
            }
            let is_absent = !decision.entity.is_wild() && !self.present.contains(&(at, number));
            // Of a permission that it has under no name, the row about the name in the entry speaks.
            if !is_absent || about.is_followed(at) || !self.is_asked(decision) {
                continue;
            }
            if decision.is_wild() && (decision.service.is_some() || self.listed.contains(&number)) {
                continue;
            }
            let (fate, note) = gone(decision, history, self.service_seen(number, decision), &context);
            self.push_absent(history.entity, at, fate, note);
        }
    }

    /// What rows show of the service of an entry, with the entity of this number.
    fn service_seen(&self, number: u32, decision: &Decision) -> ServiceSeen {
        let service = decision.service.as_ref().and_then(|service| self.numbers.get(service));
        let seen = service.and_then(|service| self.services.get(&(number, service)).copied());
        seen.unwrap_or(ServiceSeen::Not)
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
                    self.push_absent(&holder.entity, at, DecisionFate::waiting(decision), "no-dump");
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

    fn push_absent(&mut self, entity: &Entity, at: u32, fate: DecisionFate, note: &str) {
        let decision = self.scope.context.decisions.get(at);
        let row = || FateRow {
            service: decision.service.as_deref().map(str::to_owned),
            action: decision.action.as_deref().map(str::to_owned),
            fate: Some(fate),
            note: Some(note.to_owned()),
            ..FateRow::of_entity(entity, at)
        };
        // A name that nobody knows is a problem in every report, and the sums have no notes.
        if note == NAME_UNKNOWN && !self.is_shown {
            self.seen.insert(at);
            return self.rows.push(row());
        }
        self.push(at, fate.state, (0, 0), row);
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
