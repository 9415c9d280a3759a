//! Rule 9: what the holders of a policy and the members of a group did after its newest dump.
//!
//! Comes in: the dumps, what other documents show, and who has or had which policy and group. Goes out: the accesses that count for a policy or
//! a group. AWS counts an access for every policy from which the permission may have come, and an old dump cannot show it yet. Without this, a
//! policy would stay `unused` for a service that the newest dump of its only holder shows to be used.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::beside::{Besides, DumpedEntities, accesses, actor, first_source};
use super::grants::Tie;
use crate::model::policy::{Grants, Holder, Via};
use crate::model::{
    Accessed, AccountId, Arn, Dump, Entity, EntityFact, EntityKind, Instant, OtherAccess, SHOWN_WITHIN_MS, Symbol,
    Symbols, folded,
};

/// Policies and groups that have dumps, by the key of an entity that has or had them.
type Shared<'d> = BTreeMap<String, Vec<&'d Entity>>;

impl Besides {
    /// Adds to each policy and group of `dumps` what its holders and members did later, those of today in `grants` and those of any time in
    /// `ties`. It comes last: what other documents show of the holders counts too.
    pub fn take_accesses_of_holders(
        &mut self,
        dumps: &[&Dump],
        grants: &Grants,
        ties: impl FnOnce() -> BTreeSet<(Arn, Tie)>,
        entities: &DumpedEntities,
        symbols: &Symbols,
    ) {
        let mut spelling = Spelling { symbols, folded: FxHashMap::default() };
        let shown = shown_of_shared(dumps, &mut spelling);
        if shown.is_empty() {
            return;
        }
        let mut dumps_of: FxHashMap<&str, Vec<&Dump>> = FxHashMap::default();
        for dump in dumps.iter().filter(|dump| dump.evidence.is_usable()) {
            dumps_of.entry(dump.entity.key.as_str()).or_default().push(dump);
        }
        // One access of each permission is enough, and a policy may have thousands of holders.
        let mut later: Vec<(&Entity, OtherAccess)> = Vec::new();
        let mut of_unknown_service: Vec<(&Entity, Option<Instant>)> = Vec::new();
        let mut places: FxHashMap<(&str, Symbol, Symbol), usize> = FxHashMap::default();
        for (holder, shared) in shared_by_holders(grants, &ties(), entities) {
            let of_dumps = dumps_of.get(holder.as_str()).into_iter().flatten();
            let mut all: Vec<OtherAccess> = of_dumps.flat_map(|dump| accesses_in(dump, symbols)).collect();
            let beside = self.keys.get(&holder);
            all.extend(beside.into_iter().flat_map(|beside| beside.accesses.iter().copied()));
            let facts = beside.into_iter().flat_map(|beside| &beside.facts);
            let unknown: Vec<Option<Instant>> =
                facts.filter(|fact| fact.used_unknown).map(|fact| fact.made_at).collect();
            for entity in shared {
                let Some(shown) = shown.get(entity.key.as_str()) else { continue };
                let unknown = unknown.iter().filter(|at| is_after(**at, shown.whole));
                of_unknown_service.extend(unknown.map(|at| (entity, *at)));
                for access in all.iter().filter(|access| shown.cannot_show(access, &mut spelling)) {
                    let access = OtherAccess { contradicts: false, ..*access };
                    let place = places.entry((&entity.key, access.service, access.action)).or_insert(later.len());
                    match later.get_mut(*place) {
                        Some((_, known)) if known.at >= access.at => {}
                        Some((_, known)) => *known = access,
                        None => later.push((entity, access)),
                    }
                }
            }
        }
        for (entity, access) in later {
            self.of(entity).accesses.push(access);
        }
        for (entity, made_at) in of_unknown_service {
            let fact = EntityFact { made_at, used_unknown: true, ..EntityFact::NOTHING };
            let facts = &mut self.of(entity).facts;
            if !facts.contains(&fact) {
                facts.push(fact);
            }
        }
    }
}

fn shared_by_holders<'d>(grants: &Grants, ties: &BTreeSet<(Arn, Tie)>, entities: &DumpedEntities<'d>) -> Shared<'d> {
    let mut shared: Shared = BTreeMap::new();
    for holder in grants.holders.values() {
        let of_holder = shared_by(holder, entities);
        if !of_holder.is_empty() {
            // A user that was moved has dumps under another ARN.
            let others = entities.of_arn(&holder.arn).into_iter().map(|other| other.key);
            for key in others.chain([holder.entity.key.clone()]) {
                shared.entry(key).or_default().extend(&of_holder);
            }
        }
    }
    let of_groups = policies_of_groups(ties, entities);
    for (arn, tie) in ties {
        let of_tie: Vec<&Entity> = match tie {
            Tie::Policy(policy) => policies(policy, arn, entities).collect(),
            Tie::Group(name) => {
                let of_group =
                    of_groups.get(&(arn.account(), name.to_ascii_lowercase())).into_iter().flatten().copied();
                entities.named(EntityKind::Group, name, arn.account()).chain(of_group).collect()
            }
        };
        for holder in entities.of_arn(arn).into_iter().filter(|_| !of_tie.is_empty()) {
            shared.entry(holder.key).or_default().extend(&of_tie);
        }
    }
    for (holder, of_holder) in &mut shared {
        of_holder.retain(|entity| entity.key != *holder);
        of_holder.sort_unstable_by_key(|entity| &entity.key);
        of_holder.dedup_by_key(|entity| &entity.key);
    }
    shared
}

/// The policies with a dump that each group has or had, by its account and its name without case. Its members use them, also one that
/// left before the group lost them.
fn policies_of_groups<'t, 'd>(
    ties: &'t BTreeSet<(Arn, Tie)>,
    entities: &DumpedEntities<'d>,
) -> BTreeMap<(Option<&'t AccountId>, String), Vec<&'d Entity>> {
    let mut of_groups: BTreeMap<_, Vec<&Entity>> = BTreeMap::new();
    for (arn, tie) in ties.iter().filter(|(arn, _)| arn.kind() == EntityKind::Group) {
        if let Tie::Policy(policy) = tie {
            let group = (arn.account(), arn.name().to_ascii_lowercase());
            of_groups.entry(group).or_default().extend(policies(policy, arn, entities));
        }
    }
    of_groups
}

/// The policies that an entity holds and the groups that it is a member of, those with a dump.
fn shared_by<'d>(holder: &Holder, entities: &DumpedEntities<'d>) -> Vec<&'d Entity> {
    let attached = holder.held.iter().filter_map(|held| held.policy.arn.as_deref());
    let policies = attached.flat_map(|policy| policies(policy, &holder.arn, entities));
    let of_group = holder.held.iter().filter_map(|held| match &held.via {
        Via::Group(name) => Some(name),
        Via::Direct | Via::Itself => None,
    });
    let account = holder.entity.account.as_ref();
    let groups =
        of_group.chain(&holder.missing_groups).flat_map(|name| entities.named(EntityKind::Group, name, account));
    policies.chain(groups).collect()
}

/// The dumped entities that the policy `policy` of `holder` may be: a path may name one without its ARN, and nothing may tell of which
/// account a policy by AWS is.
fn policies<'e, 'd>(
    policy: &'e str,
    holder: &Arn,
    entities: &'e DumpedEntities<'d>,
) -> impl Iterator<Item = &'d Entity> + use<'e, 'd> {
    let name = policy.rsplit('/').next().unwrap_or_default();
    let is_there = |entity: &&Entity| entity.account.is_none() || entity.account.as_ref() == holder.account();
    let named: Vec<&Entity> = entities.named(EntityKind::Policy, name, None).filter(is_there).collect();
    named.into_iter().filter(move |entity| entity.arn.as_ref().is_none_or(|own| own.as_str() == policy))
}

/// Names without regard to case, each looked up once.
struct Spelling<'s> {
    symbols: &'s Symbols,
    folded: FxHashMap<Symbol, Symbol>,
}

impl Spelling<'_> {
    fn folded(&mut self, name: Symbol) -> Symbol {
        let symbols = self.symbols;
        let fold = || symbols.text(name).map_or(name, |text| symbols.intern(&folded(&text)));
        *self.folded.entry(name).or_insert_with(fold)
    }
}

/// Until when the dumps of a policy or a group show accesses. The row of a permission is of the newest dump that lists it: one that was made
/// later and lacks it, because it is cut or has no actions, shows nothing of it.
#[derive(Default)]
struct ShownUntil {
    /// The newest dump that lists each service, and each service with its actions.
    services: FxHashMap<(Symbol, bool), Option<Instant>>,
    /// The newest dump.
    newest: Option<Instant>,
    /// The newest whole dump, of the older level if there are two.
    whole: Option<Instant>,
}

impl ShownUntil {
    fn add(&mut self, dump: &Dump, spelling: &mut Spelling) {
        self.newest = self.newest.max(dump.made_at);
        let rows = dump.rows.open();
        for (at, service) in rows.services().iter().enumerate() {
            let namespace = spelling.folded(service.namespace);
            for with_actions in [false, true] {
                if !with_actions || !rows.action_names_of(at).is_empty() {
                    let known = self.services.entry((namespace, with_actions)).or_insert(dump.made_at);
                    *known = (*known).max(dump.made_at);
                }
            }
        }
    }

    /// Whether the dumps cannot show the access yet. Its date may be unknown; then that of its document counts.
    fn cannot_show(&self, access: &OtherAccess, spelling: &mut Spelling) -> bool {
        let of_action = access.action != Symbol::NONE || access.is_of_unknown_action;
        let namespace = spelling.folded(access.service);
        let of_service = self.services.get(&(namespace, false)).copied().unwrap_or(self.newest);
        let of_actions = self.services.get(&(namespace, true)).filter(|_| of_action);
        let shown = of_actions.map_or(of_service, |of_actions| of_service.min(*of_actions));
        is_after(access.at.or(access.made_at), shown)
    }
}

/// Until when the dumps of each policy and each group show accesses, by its key.
fn shown_of_shared<'d>(dumps: &[&'d Dump], spelling: &mut Spelling) -> FxHashMap<&'d str, ShownUntil> {
    let is_shared = |dump: &&&Dump| matches!(dump.entity.kind, Some(EntityKind::Policy | EntityKind::Group));
    let mut shown: FxHashMap<&str, ShownUntil> = FxHashMap::default();
    let mut whole: FxHashMap<(&str, bool), Option<Instant>> = FxHashMap::default();
    for dump in dumps.iter().filter(is_shared).filter(|dump| dump.evidence.is_usable()) {
        shown.entry(&dump.entity.key).or_default().add(dump, spelling);
        if dump.proves_absence() {
            let known = whole.entry((&dump.entity.key, dump.has_action_level())).or_insert(dump.made_at);
            *known = (*known).max(dump.made_at);
        }
    }
    for (key, shown) in &mut shown {
        let of_levels = [false, true].into_iter().filter_map(|level| whole.get(&(*key, level)).copied());
        shown.whole = of_levels.min().flatten();
    }
    shown
}

/// The accesses in a dump, as those of the entity that it is about.
fn accesses_in(dump: &Dump, symbols: &Symbols) -> Vec<OtherAccess> {
    let (source, own) = (first_source(dump, symbols), actor(&dump.entity, symbols));
    let rows = dump.rows.open();
    let access = |(service, action, accessed, _): (Symbol, Symbol, Accessed, Symbol)| {
        let (at, made_at) = (accessed.instant(), dump.made_at);
        OtherAccess { service, action, is_of_unknown_action: false, made_at, at, by: own, contradicts: false, source }
    };
    accesses(&rows).map(access).collect()
}

/// Whether a dump that was made at `shown_until` cannot show an access of this moment yet: it is later, or so shortly before that AWS may not
/// show it, or one of the two has no date.
fn is_after(at: Option<Instant>, shown_until: Option<Instant>) -> bool {
    shown_until.is_none_or(|until| at.is_none_or(|at| at.millis() > until.millis() - SHOWN_WITHIN_MS))
}
