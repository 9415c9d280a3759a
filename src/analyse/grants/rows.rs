//! The rows of one entity.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::granting::Granting;
use super::judge::{Spoken, statements};
use super::present::{ListedAction, ListedService, Present, Subject};
use super::risk::{self, Assessed};
use crate::model::policy::{
    ActionPattern, Actions, Agreement, BoundaryWord, Denied, Effect, GrantPattern, Held, Holder, PatternKind, SinceKind,
};
use crate::model::{Instant, Level};

/// The name of a row that is about all services or actions that no other row names.
const EVERY: &str = "*";

/// One row.
pub struct GrantRow<'a> {
    /// The namespace.
    pub service: &'a str,
    /// The action, at action level.
    pub action: Option<String>,
    /// Whether a catalogue or a dump has the action.
    pub is_known: bool,
    /// What the dump lists about the service.
    pub listed: Option<&'a ListedService>,
    /// What the dump lists about the action.
    pub listed_action: Option<&'a ListedAction>,
    /// The policy; `None` if no known policy grants the permission.
    pub held: Option<&'a Held>,
    /// The statement; `None` if the policy has no document.
    pub grant: Option<StatementGrant<'a>>,
    /// A group of the user, if no document tells what the group grants.
    pub missing_group: Option<&'a str>,
    /// What the permission is worth; `None` if nothing is known about it.
    pub risk: Option<Assessed>,
    /// Whether dump and policies agree about the service.
    pub agreement: Agreement,
    /// What a reader should know.
    pub notes: Vec<&'static str>,
}

/// The statement of a row, and what is left of what it grants.
pub struct StatementGrant<'a> {
    /// The statement.
    pub spoken: Spoken<'a>,
    /// The pattern that says the most.
    pub pattern: Option<&'a ActionPattern>,
    /// How much the pattern covers.
    pub breadth: GrantPattern,
    /// How much Deny statements take away.
    pub denied: Denied,
    /// What the boundary says.
    pub boundary: BoundaryWord,
    /// Since when the policy grants it.
    pub since: (Option<Instant>, SinceKind),
}

/// Passes the rows of `subject` to `push`.
pub fn of<'a>(subject: &'a Subject<'a>, present: &'a Present<'a>, level: Level, push: &mut dyn FnMut(GrantRow<'a>)) {
    let Some(holder) = subject.holder else {
        let (agreement, note) = (Agreement::Unknown, "policies-unknown");
        let every = |_: Option<&str>| true;
        let services = subject.services.values();
        return services.for_each(|service| ungranted(present, service, level, &every, (agreement, note), push));
    };
    let granting = Granting::of(holder, &present.grants.universe, present.risks);
    let reached = reached(subject, &granting);
    let maker = Maker { subject, present, level, holder, granting, reached };
    let mut made = Made::default();
    for held in &holder.held {
        maker.of_policy(held, &mut made);
    }
    let Made { rows, granted } = made;
    let mut shown = ShownActions::default();
    for mut row in rows {
        row.agreement = maker.agreement(&row, &granted);
        let actions = shown.entry(row.service).or_default();
        actions.extend(row.action.as_ref().map(|action| action.to_ascii_lowercase()));
        push(row);
    }
    for group in &holder.missing_groups {
        let notes = vec!["group-missing"];
        push(GrantRow { missing_group: Some(group), notes, ..GrantRow::bare(EVERY, level) });
    }
    maker.leftovers(&shown, push);
}

/// The services that have a row, with the actions that have one, in lower case.
type ShownActions<'a> = FxHashMap<&'a str, BTreeSet<String>>;

/// The services that the dump lists or that an Allow statement names, in lower case; none where no statement is about others than it names.
fn reached<'a>(subject: &'a Subject, granting: &Granting<'a>) -> BTreeSet<&'a str> {
    if !granting.allows().any(|spoken| spoken.statement.reaches_unnamed()) {
        return BTreeSet::new();
    }
    let named = granting.allows().flat_map(|spoken| spoken.statement.services_named());
    subject.services.keys().map(String::as_str).chain(named).collect()
}

impl<'a> GrantRow<'a> {
    fn bare(service: &'a str, level: Level) -> Self {
        let action = (level == Level::Action).then(|| EVERY.to_owned());
        Self {
            service,
            action,
            is_known: false,
            listed: None,
            listed_action: None,
            held: None,
            grant: None,
            missing_group: None,
            risk: None,
            agreement: Agreement::Unknown,
            notes: Vec::new(),
        }
    }

    /// Whether it says that a policy grants the permission.
    pub fn is_granted(&self) -> bool {
        self.grant.as_ref().is_some_and(|grant| grant.denied != Denied::Whole)
    }
}

/// The rows of what a dump lists for a service, although no known policy grants it, as far as they are wanted: the
/// question is asked with the action in lower case at action level.
fn ungranted<'a>(
    present: &Present,
    service: &'a ListedService,
    level: Level,
    is_wanted: &dyn Fn(Option<&str>) -> bool,
    (agreement, note): (Agreement, &'static str),
    push: &mut dyn FnMut(GrantRow<'a>),
) {
    let row = || GrantRow {
        listed: Some(service),
        is_known: true,
        agreement,
        notes: vec![note].into_iter().filter(|note| !note.is_empty()).collect(),
        ..GrantRow::bare(&service.namespace, level)
    };
    let universe = &present.grants.universe;
    match level {
        Level::Service if !is_wanted(None) => {}
        Level::Service => {
            let risk = risk::potential_of_service(&service.namespace, universe, present.risks);
            push(GrantRow { risk, ..row() });
        }
        Level::Action => {
            for (_, action) in service.actions.iter().filter(|(lower, _)| is_wanted(Some(lower))) {
                let place = universe.place(&service.namespace, &action.name);
                let risk = place.and_then(|place| risk::potential(place, present.risks));
                push(GrantRow { action: Some(action.name.clone()), listed_action: Some(action), risk, ..row() });
            }
        }
    }
}

/// The rows of one entity so far.
#[derive(Default)]
struct Made<'a> {
    rows: Vec<GrantRow<'a>>,
    /// The namespaces of services in which at least one statement still grants something after the Deny statements.
    granted: FxHashSet<&'a str>,
}

/// What makes the rows of one entity.
struct Maker<'a> {
    subject: &'a Subject<'a>,
    present: &'a Present<'a>,
    level: Level,
    holder: &'a Holder,
    granting: Granting<'a>,
    reached: BTreeSet<&'a str>,
}

impl<'a> Maker<'a> {
    fn of_policy(&self, held: &'a Held, made: &mut Made<'a>) {
        if held.policy.document.is_none() {
            let notes = vec!["document-missing"];
            return made.rows.push(GrantRow { held: Some(held), notes, ..GrantRow::bare(EVERY, self.level) });
        }
        for spoken in statements(&held.policy).filter(|spoken| spoken.statement.effect == Effect::Allow) {
            let unnamed = spoken.statement.reaches_unnamed();
            let mut services: Vec<&str> = spoken.statement.services_named().collect();
            if unnamed {
                let reached = self.reached.iter().copied();
                services.extend(reached.filter(|service| spoken.statement.reaches_service(service)));
            }
            services.sort_unstable();
            services.dedup();
            for service in services {
                self.of_statement(held, spoken, service, made);
            }
            // Only a whole dump tells which services there are.
            if unnamed && !(self.subject.has_dump && self.subject.is_whole) {
                let fits = |pattern: &ActionPattern| pattern.parts().is_none();
                let nothing = (None, SinceKind::Unknown);
                let grant = grant(spoken, Denied::None, BoundaryWord::Unknown, nothing, fits);
                let risk = self.granting.highest(spoken, spoken.actions.places());
                let row = GrantRow::bare(EVERY, self.level);
                made.rows.push(GrantRow { held: Some(held), grant: Some(grant), risk, ..row });
            }
        }
    }

    fn of_statement(&self, held: &'a Held, spoken: Spoken<'a>, service: &'a str, made: &mut Made<'a>) {
        let universe = &self.present.grants.universe;
        let listed = self.subject.services.get(service);
        let namespace = listed.map_or(service, |listed| &listed.namespace);
        // Both levels judge the service as a whole, so that dump and policies agree at both levels or at neither.
        let denied = self.granting.denies.of_service(spoken, service, universe);
        if denied != Denied::Whole {
            made.granted.insert(namespace);
        }
        let before = made.rows.len();
        let row = GrantRow { held: Some(held), listed, ..GrantRow::bare(namespace, self.level) };
        if self.level == Level::Action {
            self.actions(held, spoken, service, &row, &mut made.rows);
        }
        if made.rows.len() == before {
            made.rows.push(self.of_service(held, spoken, service, denied, row));
        }
    }

    /// The row of a service. At action level, the row of a pattern that matches no known action: it is still a grant.
    fn of_service(
        &self,
        held: &'a Held,
        spoken: Spoken<'a>,
        service: &str,
        denied: Denied,
        row: GrantRow<'a>,
    ) -> GrantRow<'a> {
        let fits = |pattern: &ActionPattern| pattern.reaches_service(service);
        let boundary = self.granting.limits.of_service(spoken, service, &self.present.grants.universe);
        let since = self.since_in(held, spoken, service);
        let grant = grant(spoken, denied, boundary, since, fits);
        let written = grant.pattern.and_then(|pattern| pattern.written().split_once(':'));
        let action = row.action.as_ref().map(|_| written.map_or(EVERY, |(_, action)| action).to_owned());
        let risk =
            self.granting.highest(spoken, spoken.actions.places_in(self.present.grants.universe.service(service)));
        GrantRow { action, is_known: self.level == Level::Service, grant: Some(grant), risk, ..row }
    }

    /// Adds a row for each action of the service that the statement covers.
    fn actions(
        &self,
        held: &'a Held,
        spoken: Spoken<'a>,
        service: &str,
        row: &GrantRow<'a>,
        rows: &mut Vec<GrantRow<'a>>,
    ) {
        let universe = &self.present.grants.universe;
        let mut push = |action: &str, place: Option<usize>, is_known: bool| {
            let listed_action = row.listed.and_then(|listed| listed.actions.get(&action.to_ascii_lowercase()));
            let name = listed_action.map_or(action, |listed| &listed.name).to_owned();
            let denied = self.granting.denies.of_action(service, action, place);
            let boundary = self.granting.limits.of_action(service, action, place);
            let since = match place {
                Some(place) => held.policy.granted_since_at(place),
                None => held.policy.granted_since(service, action),
            };
            let fits = |pattern: &ActionPattern| pattern.matches(service, action);
            rows.push(GrantRow {
                action: Some(name),
                is_known: is_known || listed_action.is_some(),
                listed: row.listed,
                listed_action,
                held: Some(held),
                grant: Some(grant(spoken, denied, boundary, since, fits)),
                risk: place.and_then(|place| self.granting.risk(place, spoken, denied, boundary)),
                ..GrantRow::bare(row.service, self.level)
            });
        };
        for place in spoken.actions.places_in(universe.service(service)) {
            push(universe.spelt(place), Some(place), universe.is_listed(place));
        }
        // Actions that no catalogue knows yet, but the dump lists.
        for (lower, action) in row.listed.iter().flat_map(|listed| &listed.actions) {
            if universe.place(service, lower).is_none() && spoken.statement.matches(service, lower) {
                push(&action.name, None, true);
            }
        }
    }

    /// Since when the policy grants anything of what the statement grants in the service: the time of its earliest
    /// action.
    fn since_in(&self, held: &Held, spoken: Spoken, service: &str) -> (Option<Instant>, SinceKind) {
        let universe = &self.present.grants.universe;
        let has_one_version = held.policy.history.as_ref().is_none_or(|history| history.versions.len() < 2);
        let places = spoken.actions.places_in(universe.service(service));
        let all = places.take(if has_one_version { 1 } else { usize::MAX });
        let since = all.map(|place| held.policy.granted_since_at(place));
        let earliest = since.min_by_key(|(at, _)| (at.is_none(), *at));
        earliest.unwrap_or_else(|| {
            let written = spoken.statement.best_pattern(|pattern| pattern.reaches_service(service));
            let action = written.and_then(ActionPattern::parts).map_or("", |(_, action)| action);
            held.policy.granted_since(service, &action.replace(['*', '?'], "x"))
        })
    }

    fn agreement(&self, row: &GrantRow, granted: &FxHashSet<&str>) -> Agreement {
        let is_whole = self.subject.has_dump && self.subject.is_whole;
        match (is_whole, row.listed.is_some(), granted.contains(row.service)) {
            _ if row.service == EVERY => Agreement::Unknown,
            (false, ..) => Agreement::Unknown,
            (true, true, true) => Agreement::Ok,
            (true, true, false) => Agreement::DumpOnly,
            (true, false, _) => Agreement::PolicyOnly,
        }
    }

    /// Adds the rows of what the dump lists and no known policy grants.
    fn leftovers(&self, shown: &ShownActions, push: &mut dyn FnMut(GrantRow<'a>)) {
        let agreement = if self.subject.is_whole { Agreement::DumpOnly } else { Agreement::Unknown };
        let note = if self.holder.is_complete { "" } else { "policies-incomplete" };
        for service in self.subject.services.values() {
            let shown = shown.get(&*service.namespace);
            let is_wanted = |action: Option<&str>| match action {
                Some(action) => shown.is_none_or(|shown| !shown.contains(action)),
                None => shown.is_none(),
            };
            ungranted(self.present, service, self.level, &is_wanted, (agreement, note), push);
        }
    }
}

/// The cells that a statement adds to a row.
fn grant(
    spoken: Spoken<'_>,
    denied: Denied,
    boundary: BoundaryWord,
    since: (Option<Instant>, SinceKind),
    fits: impl Fn(&ActionPattern) -> bool,
) -> StatementGrant<'_> {
    let pattern = spoken.statement.best_pattern(fits);
    let breadth = match (&spoken.statement.actions, pattern.map(ActionPattern::kind)) {
        (Actions::AllBut(_), _) => GrantPattern::NotAction,
        (_, Some(PatternKind::Exact)) => GrantPattern::Exact,
        (_, Some(PatternKind::Prefix)) => GrantPattern::Prefix,
        (_, Some(PatternKind::Wildcard)) => GrantPattern::Wildcard,
        (_, Some(PatternKind::Service)) => GrantPattern::Service,
        (_, Some(PatternKind::All)) => GrantPattern::All,
        (_, Some(PatternKind::Malformed) | None) => GrantPattern::Malformed,
    };
    StatementGrant { spoken, pattern, breadth, denied, boundary, since }
}
