//! What the dumps tell about the use of each permission, entity by entity: the verdicts of `list`, as the basis for a
//! change of policies.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::Context;
use super::grants::GrantLimits;
use super::histories::{History, Speaker};
use super::scope::present;
use super::timeline::{Judged, RowMembers, Scratch};
use crate::model::policy::{ActionUse, EntityUsage, ServiceUse, UsageProof};
use crate::model::{DAY_MS, Evidence, Instant, Symbol, Verdict};

/// The use of each entity's permissions, for every entity of the batch and without the filters: what another entity
/// uses counts too.
#[must_use]
pub fn usages<'a>(context: &Context<'a>, histories: &'a [History<'a>]) -> Vec<EntityUsage> {
    let mut scratch = Scratch::default();
    histories.iter().map(|history| usage(context, history, &mut scratch)).collect()
}

fn usage<'a>(context: &Context<'a>, history: &'a History<'a>, scratch: &mut Scratch<'a>) -> EntityUsage {
    let newest = history.newest(context.params.at);
    let mut usage = EntityUsage {
        entity: history.entity.clone(),
        identified_by: newest.map(|newest| newest.dump.identified_by),
        proof: newest.map_or(UsageProof::None, |newest| match newest.dump.evidence {
            Evidence::Complete | Evidence::Empty if !newest.whole || newest.dump.strangers => UsageProof::Incomplete,
            Evidence::Complete | Evidence::Empty if newest.whole_actions => UsageProof::Actions,
            Evidence::Complete | Evidence::Empty => UsageProof::Services,
            _ => UsageProof::Incomplete,
        }),
        is_unfinished: history.dumps_until(context.params.at).any(|dump| {
            let is_newer = |newest: &Speaker| dump.made_at.is_none() || dump.made_at > newest.dump.made_at;
            !dump.evidence.is_usable() && newest.is_none_or(is_newer)
        }),
        made_at: newest.and_then(|newest| newest.dump.made_at),
        as_of: newest.and_then(|newest| newest.dump.as_of),
        created: history.documents.created(None),
        from_template: history.documents.statements.iter().any(|fact| fact.from_template),
        services: BTreeMap::new(),
    };
    // A dump of the entity that could not be read may show any use, whether or not there is another one.
    if history.unread.0 || history.unread.1 {
        usage.proof = usage.proof.min(UsageProof::Incomplete);
        usage.is_unfinished = true;
    }
    let made_at = usage.made_at;
    let mut gather = |row: &Judged, members: RowMembers| add(context, made_at, &mut usage.services, row, members);
    let limits = GrantLimits::new(context, history.entity);
    present(context, history, scratch, &mut |row, members| limits.limited(row, members, &mut gather));
    add_accesses(context, history, &mut usage.services);
    add_earlier(context, history, &mut usage.services);
    usage
}

/// Adds what only earlier dumps list. A later one that does not list it says that nobody is allowed to do it; but where a pattern in a policy
/// allows it, the names in the place of the pattern have to have it, the more so if it was used.
fn add_earlier(context: &Context, history: &History, services: &mut BTreeMap<String, ServiceUse>) {
    let answers = &history.documents.answers;
    if answers.len() < 2 {
        return;
    }
    let present: BTreeSet<String> = services.keys().cloned().collect();
    // The actions that are known, each with its place if only an earlier dump lists it; and the list that was seen last.
    let mut known: FxHashMap<String, FxHashMap<Symbol, Option<usize>>> = FxHashMap::default();
    let mut seen: FxHashMap<String, &[Symbol]> = FxHashMap::default();
    for answer in answers {
        for (at, row) in answer.rows.services().iter().enumerate() {
            let namespace = context.names.text(row.namespace).to_ascii_lowercase();
            let is_present = present.contains(&namespace);
            let service = services.entry(namespace.clone()).or_insert(UNLISTED);
            let is_counted = row.entities.is_some_and(|entities| entities > 0);
            service.is_accessed |= !is_present && (row.is_recorded() || is_counted);
            let list = answer.rows.action_names_of(at);
            let is_seen = seen.insert(namespace.clone(), list) == Some(list);
            let places = known
                .entry(namespace)
                .or_insert_with(|| service.actions.iter().map(|action| (action.action, None)).collect());
            for &action in list.iter().filter(|_| !is_seen) {
                places.entry(action).or_insert_with(|| {
                    service.actions.push(ActionUse { action, ..UNLISTED_ACTION });
                    Some(service.actions.len() - 1)
                });
            }
            for (_, action) in answer.rows.recorded_actions_of(at) {
                if let Some(Some(place)) = places.get(&action.name) {
                    service.actions[*place].is_accessed = true;
                }
            }
        }
    }
}

/// Adds accesses in other documents (rules 9 to 12), if no row of a dump shows them because the entity has no dump or
/// its dump does not list the service. Without this, a policy would lose an action that a holder without a dump is
/// known to use.
fn add_accesses(context: &Context, history: &History, services: &mut BTreeMap<String, ServiceUse>) {
    let listed: BTreeSet<String> = services.keys().cloned().collect();
    for access in &history.documents.accesses {
        let namespace = context.names.text(access.service).to_ascii_lowercase();
        if listed.contains(&namespace) {
            continue;
        }
        let service = services.entry(namespace).or_insert(UNLISTED);
        service.is_accessed = true;
        if access.action != Symbol::NONE {
            service.actions.push(ActionUse { action: access.action, is_accessed: true, ..UNLISTED_ACTION });
        }
    }
}

/// What is known about a service that no dump lists.
const UNLISTED: ServiceUse = ServiceUse {
    verdict: Verdict::Unknown,
    is_accessed: false,
    is_current: false,
    observed_days: None,
    may_be_new: false,
    actions: Vec::new(),
};

/// What is known about an action that no newer dump lists.
const UNLISTED_ACTION: ActionUse = ActionUse {
    action: Symbol::NONE,
    verdict: Verdict::Unknown,
    is_accessed: false,
    is_current: false,
    observed_days: None,
    may_be_new: false,
};

fn add(
    context: &Context,
    made_at: Option<Instant>,
    services: &mut BTreeMap<String, ServiceUse>,
    row: &Judged,
    members: RowMembers,
) {
    let namespace = context.names.text(row.service).to_ascii_lowercase();
    let service = services.entry(namespace).or_insert(UNLISTED);
    let is_accessed = row.last_accessed.is_some() || row.access_undated;
    let is_current = row.made_at == made_at;
    let observed_days = row.observed_days.and_then(|days| u32::try_from(days).ok());
    let stale_after = context.params.stale_after * DAY_MS;
    let is_young = |at: Instant| row.as_of.is_none_or(|as_of| at.millis() > as_of.millis() - stale_after);
    let may_be_new = row.listed_since.is_some_and(is_young);
    if members == RowMembers::Service {
        (service.verdict, service.is_accessed) = (row.verdict, service.is_accessed || is_accessed);
        (service.is_current, service.observed_days) = (is_current, observed_days);
        service.may_be_new = may_be_new;
        return;
    }
    let is_current = is_current && !row.is_service_used_since;
    let one = |action| ActionUse { action, verdict: row.verdict, is_accessed, is_current, observed_days, may_be_new };
    match members {
        RowMembers::Class { .. } => members.each(Symbol::NONE, |action| service.actions.push(one(action))),
        _ => service.actions.push(one(row.action)),
    }
}
