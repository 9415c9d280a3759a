//! Rule 25, with the dates of policies: a permission that a policy has granted since last week cannot have been unused
//! for longer.

use std::cell::OnceCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::judge::{Spoken, statements};
use crate::analyse::Context;
use crate::analyse::timeline::{Judged, RowMembers};
use crate::model::policy::{
    ActionSet, Actions, DisputedHoldings, EarlierHoldings, Effect, Held, HeldPolicy, Holder, Lacked, PatternKind,
    PolicyDocument, SavedVersion, SavedVersions, Statement, TimeBound,
};
use crate::model::{DAY_MS, Entity, Instant, ObservedLimit, Symbol, UnknownReason, Verdict};

/// What the policies of one entity say about its rows. It is made once for each entity: a row that no policy limits costs little.
pub struct GrantLimits<'a> {
    context: &'a Context<'a>,
    /// By what the newest answers describe, and by what older ones do where those leave something open.
    of: Vec<HolderLimits<'a>>,
}

impl<'a> GrantLimits<'a> {
    /// Those of `entity`.
    #[must_use]
    pub fn new(context: &'a Context<'a>, entity: &Entity) -> Self {
        let arn = entity.arn.as_ref();
        let holders = arn.into_iter().flat_map(|arn| context.grants.now_and_before(entity.account.as_ref(), arn));
        Self { context, of: holders.map(|holder| HolderLimits::new(context, holder)).collect() }
    }

    /// Passes `row`, a row of the entity, to `emit`, corrected by the policies that the entity holds. The actions of a
    /// class are passed one by one if they may have been granted at different times.
    pub fn limited(&self, row: &Judged, members: RowMembers, mut emit: impl FnMut(&Judged, RowMembers)) {
        let Some(started) = self.starts_of(row) else { return emit(row, members) };
        let stale_after = self.context.params.stale_after;
        let of = |action: Symbol| with_start(&Judged { action, ..*row }, started(action), stale_after);
        match members {
            RowMembers::Service => emit(&of(Symbol::NONE), members),
            RowMembers::Action => emit(&of(row.action), members),
            RowMembers::Class { .. } => {
                let mut is_limited = false;
                members.each(Symbol::NONE, |action| is_limited = is_limited || started(action).is_some());
                if is_limited {
                    members.each(Symbol::NONE, |action| emit(&of(action), RowMembers::Action));
                } else {
                    emit(row, members);
                }
            }
        }
    }

    /// Passes to `emit` the actions of `row` that were granted within its silence, with the time; for a row of a service no action.
    pub fn dates(&self, row: &Judged, members: RowMembers, mut emit: impl FnMut(Symbol, Instant)) {
        let Some(started) = self.starts_of(row) else { return };
        let mut pass = |action: Symbol| {
            if let Some(start) = started(action) {
                emit(action, start);
            }
        };
        match members {
            RowMembers::Service => pass(Symbol::NONE),
            RowMembers::Action => pass(row.action),
            RowMembers::Class { .. } => members.each(Symbol::NONE, pass),
        }
    }

    /// Whether nothing can limit a silence of the entity, however long it is.
    #[must_use]
    pub fn are_none(&self) -> bool {
        let always = Instant::from_millis(i64::MIN);
        !self.of.iter().any(|holder| holder.may_limit(always))
    }

    /// When an action was granted within the silence of `row`, if it was; [`Symbol::NONE`] means the service. `None` where the row has
    /// no silence that policies may limit.
    fn starts_of(&self, row: &Judged) -> Option<impl Fn(Symbol) -> Option<Instant>> {
        let silent_since = match row.verdict {
            Verdict::Unused => row.observed_since,
            Verdict::Stale => row.last_accessed,
            Verdict::Active | Verdict::Unknown => None,
        };
        let since = silent_since?;
        if !self.of.iter().any(|holder| holder.may_limit(since)) {
            return None;
        }
        let names = self.context.names;
        let service = names.text(row.service).to_lowercase();
        let until = row.observed_until.or(row.as_of);
        Some(move |action: Symbol| {
            let action = (action != Symbol::NONE).then(|| SilentAction {
                place: self.context.grants.universe.place(&service, names.text(action)),
                spelt: names.text(action),
                lower: OnceCell::new(),
            });
            let asked = SilentPermission { service: &service, action: action.as_ref(), since, until };
            self.of.iter().filter_map(|holder| holder.start(&asked)).max()
        })
    }
}

/// What the policies in one description of an entity say about its silences.
struct HolderLimits<'a> {
    context: &'a Context<'a>,
    holder: &'a Holder,
    allowed: OnceCell<Allowed<'a>>,
    /// The newest time from which an Allow speaks, or until which a Deny does.
    timed: Option<TimeBound>,
}

impl<'a> HolderLimits<'a> {
    fn new(context: &'a Context<'a>, holder: &'a Holder) -> Self {
        let bounds = timed(holder).filter_map(|(_, bound)| bound);
        let timed = bounds.reduce(|one, other| one.with(Some(other), Instant::max));
        Self { context, holder, allowed: OnceCell::new(), timed }
    }

    /// Whether anything may limit a silence that begins at `since`.
    fn may_limit(&self, since: Instant) -> bool {
        may_be_younger(self.holder, since) || self.is_timed_after(since)
    }

    /// Whether a condition about the time may begin or end a grant after `since`.
    fn is_timed_after(&self, since: Instant) -> bool {
        self.timed.is_some_and(|bound| bound.is_after(since))
    }

    /// When the permission was granted, if that was within the silence.
    fn start(&self, asked: &SilentPermission) -> Option<Instant> {
        let holder = self.holder;
        if !self.may_limit(asked.since) {
            return None;
        }
        let dated = if has_young(holder, asked.since) || self.is_timed_after(asked.since) {
            let started = start(self.context, holder, asked).max(self.replaced(asked));
            started.max(lifted(holder, asked)).max(expired(holder, asked))
        } else {
            None
        };
        dated.max(self.attached(asked)).max(self.disputed(asked)).max(freed(holder, asked))
    }

    /// The end of the silence, if answers of an unknown order differ about whether the entity holds the permission: it may have been granted
    /// as late as that.
    fn disputed(&self, asked: &SilentPermission) -> Option<Instant> {
        let holder = self.holder;
        let grants = |documents: &Vec<Arc<PolicyDocument>>| asked.is_granted_in(documents);
        let in_some = |part: &&DisputedHoldings| part.alternatives.iter().any(grants);
        let in_all = |part: &&DisputedHoldings| part.alternatives.iter().all(grants);
        let mut granting = holder.disputed.iter().filter(in_some).peekable();
        granting.peek()?;
        let is_sure = || self.allowed.get_or_init(|| Allowed::of(holder)).grants(asked);
        (!granting.any(|part| in_all(&part)) && !is_sure()).then_some(asked.until).flatten()
    }

    /// The newest moment within the silence at which all that the entity held is known, and none of it granted the
    /// permission; or at which some of it denied all of the permission.
    fn attached(&self, asked: &SilentPermission) -> Option<Instant> {
        let holder = self.holder;
        let is_within = |at: Instant| at > asked.since && Some(at) <= asked.until;
        let lacks_it = || {
            let allowed = self.allowed.get_or_init(|| Allowed::of(holder));
            let is_denied = allowed.denies.iter().any(|statement| asked.is_denied_by(statement));
            is_denied || holder.is_complete && !allowed.grants(asked)
        };
        let as_today = holder.unchanged.iter().copied().chain(holder.as_of).filter(|&at| is_within(at));
        let as_today = as_today.max().filter(|_| lacks_it());
        let earlier = holder.earlier.iter().rev().filter(|one| is_within(one.at) && Some(one.at) > as_today);
        let lacks = |earlier: &&EarlierHoldings| {
            if earlier.is_whole {
                !asked.is_granted_in(&earlier.documents)
            } else {
                earlier.documents.iter().any(|document| asked.is_denied_in(document))
            }
        };
        earlier.filter(lacks).map(|one| one.at).next().or(as_today)
    }

    /// When a version was made that granted the permission, unlike the one before it, if no policy grants it today: what a dump of then lists
    /// was not granted for longer.
    fn replaced(&self, asked: &SilentPermission) -> Option<Instant> {
        if self.allowed.get_or_init(|| Allowed::of(self.holder)).grants(asked) {
            return None;
        }
        let is_within = |at: Instant| at > asked.since && Some(at) <= asked.until;
        let histories = self.holder.held.iter().filter_map(|held| held.policy.history.as_ref());
        let of_history = |history: &SavedVersions| {
            let grants =
                |version: &SavedVersion| version.document.as_ref().is_some_and(|one| asked.is_granted_by_one(one));
            let before = std::iter::once(None).chain(history.versions.iter().map(Some));
            let pairs = history.versions.iter().zip(before);
            let began = pairs.filter(|(version, before)| grants(version) && !before.is_some_and(grants));
            began.map(|(version, _)| version.created).filter(|&at| is_within(at)).max()
        };
        histories.filter_map(of_history).max()
    }
}

/// All that the statements of an entity name, for the question whether they grant a permission.
#[derive(Default)]
struct Allowed<'a> {
    /// Services that a pattern names, in lower case, with whether one covers all of the service.
    services: FxHashMap<&'a str, bool>,
    /// The statements that say more than services: `NotAction`, and patterns without a service.
    others: Vec<&'a Statement>,
    /// All Allow statements.
    statements: Vec<&'a Statement>,
    /// All Deny statements.
    denies: Vec<&'a Statement>,
    /// The known actions.
    actions: Option<ActionSet>,
}

impl<'a> Allowed<'a> {
    fn of(holder: &'a Holder) -> Self {
        let mut allowed = Self::default();
        for Spoken { statement, actions } in holder.held.iter().flat_map(|held| statements(&held.policy)) {
            if statement.effect == Effect::Deny {
                allowed.denies.push(statement);
                continue;
            }
            allowed.statements.push(statement);
            match &mut allowed.actions {
                Some(all) => all.union(actions),
                None => allowed.actions = Some(actions.clone()),
            }
            let is_plain = matches!(statement.actions, Actions::Listed(_))
                && statement.patterns().all(|pattern| pattern.parts().is_some());
            if !is_plain {
                allowed.others.push(statement);
                continue;
            }
            for pattern in statement.patterns() {
                let Some((service, _)) = pattern.parts() else { continue };
                *allowed.services.entry(service).or_default() |= pattern.kind() == PatternKind::Service;
            }
        }
        allowed
    }

    fn grants(&self, asked: &SilentPermission) -> bool {
        let SilentPermission { service, action, .. } = *asked;
        let Some(action) = action else {
            return self.services.contains_key(service) || self.others.iter().any(|one| asked.is_granted_by(one));
        };
        if self.services.get(service).copied().unwrap_or(false) {
            return true;
        }
        match action.place {
            Some(place) => self.actions.as_ref().is_some_and(|actions| actions.contains(place)),
            None => self.statements.iter().any(|one| one.matches(service, action.lower())),
        }
    }
}

/// A permission without an access.
struct SilentPermission<'a> {
    service: &'a str,
    /// The action, if the permission is one.
    action: Option<&'a SilentAction<'a>>,
    /// Since when it shows no access.
    since: Instant,
    /// The end of that silence.
    until: Option<Instant>,
}

/// An action without an access. Its place is looked up once for all policies of an entity.
struct SilentAction<'a> {
    /// `None` if no catalogue and no policy names the action.
    place: Option<usize>,
    spelt: &'a str,
    lower: OnceCell<String>,
}

impl SilentAction<'_> {
    /// Its name in lower case, which patterns want.
    fn lower(&self) -> &str {
        self.lower.get_or_init(|| self.spelt.to_lowercase())
    }
}

impl SilentPermission<'_> {
    fn is_granted_by(&self, statement: &Statement) -> bool {
        let speaks = match self.action {
            None => statement.reaches_service(self.service),
            Some(action) => statement.matches(self.service, action.lower()),
        };
        statement.effect == Effect::Allow && speaks
    }

    /// Whether the statement is about all of it.
    fn is_about(&self, statement: &Statement) -> bool {
        match self.action {
            None => statement.covers_service(self.service),
            Some(action) => statement.matches(self.service, action.lower()),
        }
    }

    /// Whether the statement takes away all of it. AWS does not list what is denied so.
    fn is_denied_by(&self, statement: &Statement) -> bool {
        statement.effect == Effect::Deny && statement.denies_wholly() && self.is_about(statement)
    }

    fn is_denied_in(&self, document: &PolicyDocument) -> bool {
        document.statements.iter().any(|statement| self.is_denied_by(statement))
    }

    /// Whether the document alone grants any of it.
    fn is_granted_by_one(&self, document: &PolicyDocument) -> bool {
        document.statements.iter().any(|one| self.is_granted_by(one)) && !self.is_denied_in(document)
    }

    /// Whether an entity with these documents has any of it.
    fn is_granted_in(&self, documents: &[Arc<PolicyDocument>]) -> bool {
        documents.iter().flat_map(|document| &document.statements).any(|one| self.is_granted_by(one))
            && !documents.iter().any(|document| self.is_denied_in(document))
    }
}

/// When the last version that denied the permission was replaced, if that was within the silence: before, the entity did not have it. A version
/// that is newer than the one in force was set back after it was made, nobody knows when.
fn lifted(holder: &Holder, asked: &SilentPermission) -> Option<Instant> {
    let histories = holder.held.iter().filter_map(|held| held.policy.history.as_ref());
    let of_history = |history: &SavedVersions| {
        let denies = |version: &SavedVersion| version.document.as_ref().is_some_and(|one| asked.is_denied_in(one));
        let (until, newer) = history.versions.split_at(history.default + 1);
        let set_back = newer.iter().rev().find(|version| denies(version)).map(|version| version.created);
        let pairs = until.iter().zip(until.iter().skip(1)).rev();
        let mut ends = pairs.filter(|(before, after)| denies(before) && !denies(after)).map(|(_, after)| after.created);
        set_back.filter(|_| !denies(&history.versions[history.default])).or_else(|| ends.next())
    };
    histories.filter_map(of_history).max().filter(|at| *at > asked.since)
}

/// The statements of a holder with the time from which an Allow speaks, and until which a Deny does.
fn timed(holder: &Holder) -> impl Iterator<Item = (&Statement, Option<TimeBound>)> {
    let all = holder.held.iter().flat_map(|held| statements(&held.policy)).map(|spoken| spoken.statement);
    all.map(|statement| match statement.effect {
        Effect::Allow => (statement, statement.times.from),
        Effect::Deny => (statement, statement.times.until),
    })
}

/// When the last Deny of the permission ended by its own condition, if that was within the silence.
fn expired(holder: &Holder, asked: &SilentPermission) -> Option<Instant> {
    let denies = timed(holder).filter(|(statement, _)| statement.effect == Effect::Deny && asked.is_about(statement));
    let ends = denies.filter_map(|(_, bound)| bound?.by(asked.until));
    ends.max().filter(|at| *at > asked.since)
}

/// When the last boundary that shut out the permission was in force, if that was within the silence. One that still does is no reason: it takes
/// nothing away from what AWS lists.
fn freed(holder: &Holder, asked: &SilentPermission) -> Option<Instant> {
    let is_allowed = |document: &PolicyDocument| asked.is_granted_by_one(document);
    let within = holder.former_boundaries().filter(|boundary| boundary.at > asked.since);
    let shut = within.filter(|boundary| boundary.document.as_deref().is_none_or(|document| !is_allowed(document)));
    shut.map(|boundary| boundary.at).max().filter(|_| !holder.is_shut_out(is_allowed))
}

/// Whether the entity may hold any of its policies, or all of them, only since a time after `since`.
fn may_be_younger(holder: &Holder, since: Instant) -> bool {
    has_young(holder, since)
        || !holder.disputed.is_empty()
        || holder.earlier.iter().any(|earlier| earlier.at > since)
        || holder.former_boundaries().any(|boundary| boundary.at > since)
        || holder.is_complete && holder.as_of.max(holder.unchanged.last().copied()) > Some(since)
}

/// Whether any policy, or a group that has one, was made after `since`.
fn has_young(holder: &Holder, since: Instant) -> bool {
    let was_lacked = |held: &Held| held.lacked.iter().any(|lacked| lacked.at.is_none_or(|at| at > since));
    let is_young = |held: &Held| held.group_undated || held.group_created > Some(since) || was_lacked(held);
    holder.held.iter().any(|held| is_younger(&held.policy, since) || is_young(held))
}

/// Whether any version of the policy was made after `since`, or may have been.
fn is_younger(policy: &HeldPolicy, since: Instant) -> bool {
    policy.undated
        || policy.history.as_ref().is_some_and(|history| history.versions.iter().any(|version| version.created > since))
}

/// When the entity was last seen, within the silence, without the permission by this policy. An answer that shows that it had all the same, by
/// another one, tells nothing.
fn last_lacked(held: &Held, holder: &Holder, asked: &SilentPermission) -> Option<Instant> {
    let grants = |document: &Arc<PolicyDocument>| asked.is_granted_in(std::slice::from_ref(document));
    let had_it = |lacked: &Lacked| {
        let mut of_day = holder.earlier.iter().filter(|earlier| Some(earlier.at.day()) == lacked.at.map(Instant::day));
        of_day.any(|earlier| earlier.is_whole && asked.is_granted_in(&earlier.documents))
    };
    let without = held.lacked.iter().filter(|lacked| !lacked.document.as_ref().is_some_and(grants) && !had_it(lacked));
    without.filter_map(|lacked| lacked.at.or(asked.until)).max().filter(|at| *at > asked.since)
}

/// When the permission was granted at the latest; `None` if that may have been before `since`, or if nothing tells it.
fn start(context: &Context, holder: &Holder, asked: &SilentPermission) -> Option<Instant> {
    let SilentPermission { service, action, since, until } = *asked;
    let universe = &context.grants.universe;
    let place = action.and_then(|action| action.place);
    let grants = |spoken: &Spoken| {
        let is_allow = spoken.statement.effect == Effect::Allow;
        is_allow
            && match (action, place) {
                (None, _) => spoken.statement.reaches_service(service),
                (Some(_), Some(place)) => spoken.actions.contains(place),
                (Some(action), None) => spoken.statement.matches(service, action.lower()),
            }
    };
    let mut earliest: Option<Instant> = None;
    // What may only be the boundary says nothing where another policy grants it: an old boundary would hide that the grant is young.
    let is_sure = |held: &&Held| !held.may_be_boundary;
    let mut sure = holder.held.iter().filter(is_sure);
    let is_sure_alone = holder.held.iter().any(|held| held.may_be_boundary)
        && sure.any(|held| statements(&held.policy).any(|spoken| grants(&spoken)));
    for held in holder.held.iter().filter(|held| !is_sure_alone || is_sure(held)) {
        let policy = &held.policy;
        // A date that cannot be read may be as late as the dump.
        let group_created =
            if held.group_undated { until } else { held.group_created.filter(|created| *created > since) };
        let held_since = group_created.max(last_lacked(held, holder, asked));
        for spoken in statements(policy).filter(grants) {
            let timed = spoken.statement.times.from.and_then(|bound| bound.by(until)).filter(|at| *at > since);
            let held_since = held_since.max(timed);
            if !is_younger(policy, since) {
                // The document is older, but the entity may hold it, or it may speak, for a shorter time.
                let start = held_since?;
                earliest = Some(earliest.map_or(start, |earliest| earliest.min(start)));
                continue;
            }
            let start = match (action, place) {
                _ if policy.undated => until,
                (Some(_), Some(place)) => policy.granted_since_at(place).0,
                (Some(action), None) => policy.granted_since(service, action.lower()).0,
                // As early as the earliest of its actions; if none of them is known, as early as the first version that names the service.
                (None, _) => {
                    let places = spoken.actions.places_in(universe.service(service));
                    let of_actions = places.map(|at| policy.granted_since_at(at).0);
                    let earliest = of_actions.reduce(|one, other| Some(one?.min(other?)));
                    earliest.unwrap_or_else(|| policy.service_since(service))
                }
            };
            let start = start.max(held_since).filter(|start| *start > since)?;
            earliest = Some(earliest.map_or(start, |earliest| earliest.min(start)));
        }
    }
    earliest
}

/// The row with a watch that begins at `start` or later. A permission that is younger than the dump was not watched at
/// all: the dump shows one that another policy granted.
fn with_start(row: &Judged, start: Option<Instant>, stale_after: i64) -> Judged {
    let (Some(start), Some(as_of)) = (start, row.as_of) else { return *row };
    let until = row.observed_until.map_or(as_of, |until| until.min(as_of));
    let days = (until.millis() - start.millis()).div_euclid(DAY_MS).max(0);
    // A date that nobody can read is judged as that of the dump: too young for every threshold, and no date to show.
    let is_undated = start == until;
    let is_young = is_undated || as_of.millis() - start.millis() < stale_after * DAY_MS || days < stale_after;
    let shown = Some(start).filter(|_| !is_undated);
    let row = Judged { granted_since: row.granted_since.max(shown), ..*row };
    let unknown = Judged { verdict: Verdict::Unknown, unknown_reason: Some(UnknownReason::GrantedRecently), ..row };
    match row.verdict {
        Verdict::Unused => Judged {
            observed_since: Some(start),
            observed_days: Some(days),
            observed_limit: Some(ObservedLimit::Grant),
            ..if is_young { unknown } else { row }
        },
        Verdict::Stale if is_young => unknown,
        Verdict::Stale | Verdict::Active | Verdict::Unknown => row,
    }
}
