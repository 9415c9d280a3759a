//! `diff`: what changed between two dumps of each entity.
//!
//! Both sides are one set of documents; a side only chooses the dump that counts for it (rule 52). The change itself
//! compares what the two dumps show, and absence proves something only if a list is whole: a cut list revokes nothing
//! and grants nothing.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::histories::{History, Speaker};
use super::scope::KeyFilter;
use super::timeline::{Judged, RowMembers, Scratch, fold, window_days};
use super::verdict::verdicts;
use super::{Analysis, Combined, Context, Needs, Scope, sorted};
use crate::frame::columns::{closed_column, entity_columns, instant_column};
use crate::frame::schema::{self, ACTION_NAME, SERVICE_NAMESPACE};
use crate::model::{AccountId, DAY_MS, Dump, Instant, Level, Named, Symbol, Verdict};

const CHANGE: &str = "change";

/// The columns: first what happened, then to which entity.
const COLUMNS: [&str; 13] = [
    CHANGE,
    schema::ACCOUNT_ID,
    schema::ENTITY_TYPE,
    schema::ENTITY_NAME,
    schema::ENTITY_ARN,
    SERVICE_NAMESPACE,
    ACTION_NAME,
    "old_last_accessed",
    "new_last_accessed",
    "old_verdict",
    "new_verdict",
    "old_as_of",
    "new_as_of",
];

/// The report; see the module.
pub struct Diff {
    /// Services or actions.
    pub level: Level,
    /// Whether to show rows that only got a newer date too.
    pub all: bool,
}

impl Analysis for Diff {
    fn needs(&self) -> Needs {
        Needs { other_actions: self.level == Level::Action, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let sides = Chosen::of(scope);
        let mut changes = Changes { context: scope.context, rows: Vec::new() };
        let mut scratch = Scratch::default();
        let mut keys = KeyFilter::new(&scope.context.params.filter, scope.context.names);
        for history in scope.asked {
            self.compare(history, &sides, (&mut scratch, &mut keys), &mut changes);
        }
        Ok(vec![changes.finish()?])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        Some(&COLUMNS[..5])
    }

    fn in_order(&self, rows: DataFrame, _: &Context) -> LazyFrame {
        sorted(rows.lazy(), &COLUMNS)
    }

    fn combine(&self, _: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        Ok(Combined::listed(Vec::new()))
    }
}

/// The dumps on each side.
struct Chosen<'s> {
    old: BTreeSet<*const Dump>,
    new: BTreeSet<*const Dump>,
    old_ends: &'s BTreeMap<String, Instant>,
}

impl<'s> Chosen<'s> {
    fn of(scope: &'s Scope) -> Self {
        let chosen = |dumps: &[&Dump]| dumps.iter().map(|dump| std::ptr::from_ref(*dump)).collect();
        Self { old: chosen(&scope.sides.old), new: chosen(&scope.sides.new), old_ends: &scope.sides.old_ends }
    }

    /// Whether a list names the entity that is of the old side by its date.
    fn was_named(&self, history: &History) -> bool {
        let account = history.entity.account.as_ref().map_or("", AccountId::as_str);
        self.old_ends.get(account).zip(history.first_named).is_some_and(|(end, first)| first <= *end)
    }
}

/// One entity on one side.
struct Side<'d> {
    /// Whether there is anything about it, including pending and failed dumps, files that could not be read, and lists that name it.
    is_seen: bool,
    /// The newest usable dump of the compared level, by its position among the speakers.
    rows: Option<usize>,
    /// The newest usable dump of any level.
    newest: Option<Speaker<'d>>,
}

impl<'d> Side<'d> {
    fn of(history: &History<'d>, chosen: &BTreeSet<*const Dump>, is_known: bool, level: Level) -> Self {
        let is_chosen = |dump: &&Dump| chosen.contains(&std::ptr::from_ref(*dump));
        let made: BTreeSet<_> = history
            .dumps
            .iter()
            .filter(|dump| is_chosen(dump) && dump.evidence.is_usable())
            .map(|d| d.made_at)
            .collect();
        let is_on_side = |speaker: &Speaker| made.contains(&speaker.dump.made_at);
        let has_level = |speaker: &Speaker| level == Level::Service || speaker.action_level;
        Self {
            is_seen: is_known || history.dumps.iter().any(is_chosen),
            rows: history.speakers.iter().rposition(|speaker| is_on_side(speaker) && has_level(speaker)),
            newest: history.speakers.iter().rfind(|speaker| is_on_side(speaker)).copied(),
        }
    }

    fn made_at(&self, history: &History) -> Option<Instant> {
        self.rows.map_or(self.newest, |at| Some(history.speakers[at])).and_then(|speaker| speaker.dump.made_at)
    }
}

impl Diff {
    /// Rules 52 to 54.
    fn compare<'a>(
        &self,
        history: &'a History<'a>,
        sides: &Chosen,
        (scratch, keys): (&mut Scratch<'a>, &mut KeyFilter),
        changes: &mut Changes<'a>,
    ) {
        let was_named = history.named.0.is_some() || sides.was_named(history);
        let old = Side::of(history, &sides.old, history.unread.0 || was_named, self.level);
        let last = old.newest.and_then(|speaker| speaker.dump.made_at);
        // A list of the day of the old dump, or of an earlier one, does not show that the entity is still there.
        let is_later = |named| match (named, last) {
            (Named::At(at), Some(last)) => at.day() > last.day(),
            _ => true,
        };
        let is_named = history.named.1.is_some_and(is_later);
        let new = Side::of(history, &sides.new, history.unread.1 || is_named, self.level);
        let Some(dump) = new.newest.or(old.newest).map(|speaker| speaker.dump) else { return };
        let dates = (old.made_at(history), new.made_at(history));
        let mut of_entity = |change| changes.rows.push(DiffRow { change, dump, dates, ..DiffRow::of(dump) });
        match (old.rows, new.rows) {
            _ if old.newest.is_none() => of_entity(if old.is_seen { "not-comparable" } else { "entity-added" }),
            _ if new.newest.is_none() => of_entity(if new.is_seen { "not-comparable" } else { "entity-removed" }),
            (Some(old), Some(new)) if old != new && !is_swapped(history, old, new) => {
                let whole = (self.is_whole(&history.speakers[old]), self.is_whole(&history.speakers[new]));
                if !(whole.0 && whole.1) {
                    of_entity("not-comparable");
                }
                let context = changes.context;
                self.changed_rows(
                    history,
                    (old, new),
                    whole,
                    (scratch, keys),
                    (&context, &mut |row| {
                        changes.rows.push(DiffRow { dump, dates, ..row });
                    }),
                );
            }
            _ => of_entity("not-comparable"),
        }
    }

    const fn is_whole(&self, speaker: &Speaker) -> bool {
        match self.level {
            Level::Service => speaker.whole,
            Level::Action => speaker.whole_actions,
        }
    }

    /// One row for each permission that changed.
    fn changed_rows<'a>(
        &self,
        history: &'a History<'a>,
        (old, new): (usize, usize),
        whole: (bool, bool),
        (scratch, keys): (&mut Scratch<'a>, &mut KeyFilter),
        (context, emit): (&Context, &mut impl FnMut(DiffRow<'a>)),
    ) {
        let Context { names, params, .. } = *context;
        let question = &history.question(params);
        let mut service_stayed = false;
        let dump = history.speakers[new].dump;
        let mut take = |before: Option<&Judged>, after: Option<&Judged>, members: RowMembers| {
            let is_service = members == RowMembers::Service;
            if is_service {
                service_stayed = before.is_some() && after.is_some();
            }
            if is_service != (self.level == Level::Service) {
                return;
            }
            let Some(shown) = after.or(before) else { return };
            let stayed = !is_service && service_stayed;
            let Some(change) = self.change(before, after, dump.made_at, (stayed, whole)) else { return };
            if !keys.keeps_service(shown.service)
                || ![before, after].into_iter().flatten().any(|row| params.filter.keeps_row(row, names))
            {
                return;
            }
            let row = |action| DiffRow {
                change,
                service: shown.service,
                action,
                accessed: (before.and_then(|row| row.shown.at), after.and_then(|row| row.shown.at)),
                verdict: (before.map(|row| row.verdict), after.map(|row| row.verdict)),
                ..DiffRow::of(dump)
            };
            members.each(shown.action, |action| {
                if is_service || keys.keeps_action(shown.service, action) {
                    emit(row(action));
                }
            });
        };
        fold(&history.documents, question, names, scratch, |timeline, by| timeline.compare((old, new), by, &mut take));
    }

    /// The first change of the documented order that fits.
    fn change(
        &self,
        old: Option<&Judged>,
        new: Option<&Judged>,
        made_at: Option<Instant>,
        (service_stayed, (old_is_whole, new_is_whole)): (bool, (bool, bool)),
    ) -> Option<&'static str> {
        let (Some(old), Some(new)) = (old, new) else {
            let (word, is_proven) = match (old, service_stayed) {
                (None, false) => ("granted", old_is_whole),
                (None, true) => ("listed", old_is_whole),
                (Some(_), false) => ("revoked", new_is_whole),
                (Some(_), true) => ("unlisted", new_is_whole),
            };
            return is_proven.then_some(word);
        };
        let says_nothing = |row: &Judged| row.shown.undated || (row.shown.at.is_none() && !row.shown.silent);
        if says_nothing(old) || says_nothing(new) {
            return None;
        }
        let Some(before) = old.shown.at else { return new.shown.at.map(|_| "started") };
        let is_gone = |after: &Instant| after.millis() < before.millis() - DAY_MS;
        let Some(after) = new.shown.at.filter(|after| !is_gone(after)) else {
            let is_forgotten = made_at.is_some_and(|made| made.millis() - before.millis() >= window_days() * DAY_MS);
            return Some(if is_forgotten { "aged-out" } else { "went-backwards" });
        };
        match (old.verdict, new.verdict) {
            (Verdict::Stale, Verdict::Active) => Some("resumed"),
            (Verdict::Active, Verdict::Stale) => Some("went-stale"),
            _ => (self.all && after > before).then_some("newer-date"),
        }
    }
}

/// Whether the dump of the old side is the later one, which is a mistake.
fn is_swapped(history: &History, old: usize, new: usize) -> bool {
    let made_at = |at: usize| history.speakers[at].dump.made_at;
    made_at(old).zip(made_at(new)).is_some_and(|(old, new)| old > new)
}

/// One change.
#[derive(Debug, Clone, Copy)]
struct DiffRow<'d> {
    change: &'static str,
    dump: &'d Dump,
    service: Symbol,
    action: Symbol,
    accessed: (Option<Instant>, Option<Instant>),
    verdict: (Option<Verdict>, Option<Verdict>),
    dates: (Option<Instant>, Option<Instant>),
}

impl<'d> DiffRow<'d> {
    const fn of(dump: &'d Dump) -> Self {
        let (nothing, never) = (Symbol::NONE, (None, None));
        Self {
            change: "",
            dump,
            service: nothing,
            action: nothing,
            accessed: never,
            verdict: (None, None),
            dates: never,
        }
    }
}

struct Changes<'a> {
    context: Context<'a>,
    rows: Vec<DiffRow<'a>>,
}

impl Changes<'_> {
    fn finish(&self) -> PolarsResult<LazyFrame> {
        let dumps: Vec<&Dump> = self.rows.iter().map(|row| row.dump).collect();
        let mut columns = entity_columns(&dumps, (0..dumps.len() as IdxSize).collect())?;
        let instants = |name: &str, of: fn(&DiffRow) -> Option<Instant>| {
            instant_column(name, self.rows.iter().map(|row| of(row).map(Instant::millis)).collect())
        };
        let words = |name: &str, of: fn(&DiffRow) -> Option<Verdict>| {
            closed_column(name, &verdicts(), self.rows.iter().map(|row| of(row).map(|verdict| verdict as u8)))
        };
        let names =
            |name: &str, of: fn(&DiffRow) -> Symbol| self.context.dictionary.column(name, self.rows.iter().map(of));
        columns.extend([
            StringChunked::from_iter_values(CHANGE.into(), self.rows.iter().map(|row| row.change)).into_column(),
            names(SERVICE_NAMESPACE, |row| row.service)?,
            names(ACTION_NAME, |row| row.action)?,
            instants("old_last_accessed", |row| row.accessed.0),
            instants("new_last_accessed", |row| row.accessed.1),
            words("old_verdict", |row| row.verdict.0),
            words("new_verdict", |row| row.verdict.1),
            instants("old_as_of", |row| row.dates.0),
            instants("new_as_of", |row| row.dates.1),
        ]);
        let frame = DataFrame::new(self.rows.len(), columns)?;
        Ok(frame.lazy().select(COLUMNS.map(col)))
    }
}
