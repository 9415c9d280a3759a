//! Rule 25, with the dates of policies: a permission that a policy has granted since last week cannot have been unused
//! for longer.

use std::sync::Arc;

use super::judge::{Spoken, statements};
use crate::analyse::Context;
use crate::analyse::timeline::{Judged, RowMembers};
use crate::model::policy::{Effect, Held, HeldPolicy, Holder, PolicyDocument, Statement};
use crate::model::{DAY_MS, Entity, Instant, ObservedLimit, Symbol, UnknownReason, Verdict};

/// Passes `row`, a row of the entity, to `emit`, corrected by the policies that the entity holds. The actions of a
/// class are passed one by one if they may have been granted at different times.
pub fn limited(
    context: &Context,
    entity: &Entity,
    row: &Judged,
    members: RowMembers,
    mut emit: impl FnMut(&Judged, RowMembers),
) {
    let silent_since = match row.verdict {
        Verdict::Unused => row.observed_since,
        Verdict::Stale => row.last_accessed,
        Verdict::Active | Verdict::Unknown => None,
    };
    let holder = entity.arn.as_ref().and_then(|arn| context.grants.holder(entity.account.as_ref(), arn));
    let at = context.params.at;
    let is_seen = |holder: &&Holder| holder.as_of.zip(at).is_none_or(|(made, at)| made <= at);
    let (Some(since), Some(holder)) = (silent_since, holder.filter(is_seen)) else { return emit(row, members) };
    if !may_be_younger(holder, since) {
        return emit(row, members);
    }
    let service = context.names.text(row.service).to_lowercase();
    let of = |action: Symbol| {
        let name = (action != Symbol::NONE).then(|| context.names.text(action).to_lowercase());
        let asked =
            Asked { service: &service, action: name.as_deref(), since, until: row.observed_until.or(row.as_of) };
        let start = start(context, holder, &asked).max(attached(holder, &asked));
        with_start(&Judged { action, ..*row }, start, context.params.stale_after)
    };
    match members {
        RowMembers::Service => emit(&of(Symbol::NONE), members),
        RowMembers::Action => emit(&of(row.action), members),
        RowMembers::Class { .. } => members.each(Symbol::NONE, |action| emit(&of(action), RowMembers::Action)),
    }
}

/// A permission without an access.
struct Asked<'a> {
    service: &'a str,
    /// The name of the action, if the permission is an action.
    action: Option<&'a str>,
    /// Since when it shows no access.
    since: Instant,
    /// The end of that silence.
    until: Option<Instant>,
}

impl Asked<'_> {
    fn is_granted_by(&self, statement: &Statement) -> bool {
        let speaks = match self.action {
            None => statement.reaches_service(self.service),
            Some(action) => statement.matches(self.service, action),
        };
        statement.effect == Effect::Allow && speaks
    }
}

/// Whether the entity may hold any of its policies, or all of them, only since a time after `since`.
fn may_be_younger(holder: &Holder, since: Instant) -> bool {
    let is_young = |held: &Held| is_younger(&held.policy, since) || held.group_created > Some(since);
    holder.held.iter().any(is_young)
        || holder.earlier.iter().any(|earlier| earlier.at > since)
        || holder.as_of > Some(since)
}

/// The newest moment within the silence at which all that the entity held is known, and none of it granted the
/// permission.
fn attached(holder: &Holder, asked: &Asked) -> Option<Instant> {
    let is_within = |at: Instant| at > asked.since && Some(at) <= asked.until;
    let grants = |document: &Arc<PolicyDocument>| document.statements.iter().any(|one| asked.is_granted_by(one));
    let held = || holder.held.iter().filter_map(|held| held.policy.document.as_ref());
    let newest = holder.as_of.filter(|&at| holder.is_complete && is_within(at) && !held().any(grants));
    let earlier = holder.earlier.iter().rev().filter(|earlier| is_within(earlier.at));
    newest.or_else(|| earlier.filter(|earlier| !earlier.documents.iter().any(grants)).map(|earlier| earlier.at).next())
}

/// Whether any version of the policy was made after `since`.
fn is_younger(policy: &HeldPolicy, since: Instant) -> bool {
    policy.history.as_ref().is_some_and(|history| history.versions.iter().any(|version| version.created > since))
}

/// When the permission was granted at the latest; `None` if that may have been before `since`, or if nothing tells it.
fn start(context: &Context, holder: &Holder, asked: &Asked) -> Option<Instant> {
    let Asked { service, action, since, .. } = *asked;
    let universe = &context.grants.universe;
    let place = action.and_then(|action| universe.place(service, action));
    let grants = |spoken: &Spoken| {
        let is_allow = spoken.statement.effect == Effect::Allow;
        is_allow
            && match (action, place) {
                (None, _) => spoken.statement.reaches_service(service),
                (Some(_), Some(place)) => spoken.actions.contains(place),
                (Some(action), None) => spoken.statement.matches(service, action),
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
        let group_created = held.group_created.filter(|created| *created > since);
        for spoken in statements(policy).filter(grants) {
            if !is_younger(policy, since) {
                // The document is older, but the entity may hold it for a shorter time.
                let start = group_created?;
                earliest = Some(earliest.map_or(start, |earliest| earliest.min(start)));
                continue;
            }
            let dated = |action: &str| policy.granted_since(service, action).0;
            let start = if let Some(action) = action {
                dated(action)
            } else {
                // As early as the earliest of its actions; if none of them is known, the time is unknown.
                let places = spoken.actions.places_in(universe.service(service));
                places.map(|at| dated(universe.action(at).1)).reduce(|one, other| Some(one?.min(other?)))?
            };
            let start = start.max(group_created).filter(|start| *start > since)?;
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
    let is_young = as_of.millis() - start.millis() < stale_after * DAY_MS || days < stale_after;
    let row = Judged { granted_since: row.granted_since.max(Some(start)), ..*row };
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
