//! Rule 25, by policies: what a policy grants since last week nobody can have failed to use for longer.

use super::judge::{Spoken, statements};
use crate::analyse::Context;
use crate::analyse::timeline::{Judged, RowMembers};
use crate::model::policy::{Effect, HeldPolicy, Holder};
use crate::model::{DAY_MS, Entity, Instant, ObservedLimit, Symbol, UnknownReason, Verdict};

/// Gives `row`, a row of the entity, to `emit` as it stands with the policies that the entity holds: one by one the actions of a class, where
/// these may have been granted at different times.
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
    if !holder.held.iter().any(|held| is_younger(&held.policy, since)) {
        return emit(row, members);
    }
    let service = context.names.text(row.service).to_lowercase();
    let of = |action: Symbol| {
        let name = (action != Symbol::NONE).then(|| context.names.text(action).to_lowercase());
        let start = start(context, holder, &service, name.as_deref(), since);
        with_start(&Judged { action, ..*row }, start, context.params.stale_after)
    };
    match members {
        RowMembers::Service => emit(&of(Symbol::NONE), members),
        RowMembers::Action => emit(&of(row.action), members),
        RowMembers::Class { .. } => members.each(Symbol::NONE, |action| emit(&of(action), RowMembers::Action)),
    }
}

/// Whether any version of the policy was made after `since`.
fn is_younger(policy: &HeldPolicy, since: Instant) -> bool {
    policy.history.as_ref().is_some_and(|history| history.versions.iter().any(|version| version.created > since))
}

/// When the permission was granted at the latest; `None` where that may have been before `since`, or nothing says it.
fn start(context: &Context, holder: &Holder, service: &str, action: Option<&str>, since: Instant) -> Option<Instant> {
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
    for policy in holder.held.iter().map(|held| &held.policy) {
        for spoken in statements(policy).filter(grants) {
            if !is_younger(policy, since) {
                return None;
            }
            let dated = |action: &str| policy.granted_since(service, action).0;
            let start = if let Some(action) = action {
                dated(action)
            } else {
                // As early as any of its actions; without one that is known, nobody knows.
                let places = spoken.actions.places_in(universe.service(service));
                places.map(|at| dated(universe.action(at).1)).reduce(|one, other| Some(one?.min(other?)))?
            };
            let start = start.filter(|start| *start > since)?;
            earliest = Some(earliest.map_or(start, |earliest| earliest.min(start)));
        }
    }
    earliest
}

/// The row with a watch that begins no earlier than `start`. A policy that is younger than the dump says nothing about it.
fn with_start(row: &Judged, start: Option<Instant>, stale_after: i64) -> Judged {
    let (Some(start), Some(as_of)) = (start, row.as_of) else { return *row };
    if start > as_of {
        return *row;
    }
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
