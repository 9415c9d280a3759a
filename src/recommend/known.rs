//! Every action that anything names: the catalogue, a document, a dump. What is written in the place of a pattern names all that stays, so
//! a name that is known from anywhere must not be forgotten.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::RecommendInputs;
use super::protected::KEY_USES;
use crate::catalogue::dependents;
use crate::model::policy::{ActionSet, HeldPolicy, SinceKind, Universe, glob};
use crate::model::{Instant, Symbol};

/// The places of the actions of one service that dumps list.
type Places = FxHashMap<Symbol, usize>;

/// Every known action, and which need others.
pub(super) struct KnownActions {
    pub universe: Universe,
    /// The place of each action that a dump lists, by service and name.
    listed: FxHashMap<String, Places>,
    /// Places: an action, and what it needs.
    dependents: Vec<(usize, Vec<usize>)>,
    /// For each service, the places of the actions that write, and of those that tag. AWS checks the latter inside a call that creates
    /// a resource with tags.
    tags: Vec<(Vec<usize>, Vec<usize>)>,
    /// What services call with keys in the name of the caller.
    key_uses: Vec<usize>,
    /// Every action on keys.
    keys: ActionSet,
    /// The place of each action in the universe of the grants, which lacks what dumps alone name.
    in_grants: Vec<Option<usize>>,
}

impl KnownActions {
    /// `decided` are the actions, each after its service, that decisions keep.
    pub fn of(inputs: &RecommendInputs, decided: &[(&str, &str)]) -> Self {
        let named = &inputs.grants.universe;
        let in_documents = (0..named.len()).filter(|place| !named.is_listed(*place));
        let in_documents = in_documents.map(|place| (named.action(place).0, named.spelt(place)));
        let mut seen: FxHashSet<(&str, Symbol)> = FxHashSet::default();
        for usage in inputs.usages {
            for (service, of) in &usage.services {
                seen.extend(of.actions.iter().map(|action| (service.as_str(), action.action)));
            }
        }
        let mut in_dumps: Vec<_> =
            seen.into_iter().map(|(service, action)| (service, inputs.names.text(action), action)).collect();
        in_dumps.sort_unstable_by_key(|(service, name, _)| (*service, *name));
        let names = in_documents.chain(in_dumps.iter().map(|(service, name, _)| (*service, *name)));
        let names = names.chain(decided.iter().copied());
        let universe = Universe::new(inputs.catalogue.known_actions(), names);
        let mut listed: FxHashMap<String, Places> = FxHashMap::default();
        for (service, name, action) in &in_dumps {
            let places = listed.entry((*service).to_owned()).or_default();
            places.extend(universe.place(service, name).map(|place| (*action, place)));
        }
        let at = |name: &str| name.split_once(':').and_then(|(service, action)| universe.place(service, action));
        let needs = |(action, needed): (&str, _)| {
            let needed: Vec<usize> = Iterator::filter_map(needed, at).collect();
            Some((at(action)?, needed))
        };
        let dependents = dependents().filter_map(|(action, needed)| needs((action, needed))).collect();
        let mut tags: BTreeMap<&str, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for (service, action, level) in inputs.catalogue.access_levels() {
            let Some(place) = universe.place(service, action) else { continue };
            let (writes, tagging) = tags.entry(service).or_default();
            match level {
                "Write" => writes.push(place),
                "Tagging" if !["Untag", "Remove", "Delete"].iter().any(|verb| action.starts_with(verb)) => {
                    tagging.push(place);
                }
                _ => {}
            }
        }
        let mut tags: Vec<_> = tags.into_values().filter(|(_, tagging)| !tagging.is_empty()).collect();
        // The catalogue has no order, and the first that stays is named.
        for (writes, tagging) in &mut tags {
            writes.sort_unstable();
            tagging.sort_unstable();
        }
        let is_use = |place: &usize| KEY_USES.iter().any(|pattern| glob(pattern, universe.action(*place).1));
        let key_uses = universe.service("kms").filter(is_use).collect();
        let mut keys = ActionSet::empty(universe.len());
        universe.service("kms").for_each(|place| keys.insert(place));
        let in_grants = (0..universe.len()).map(|place| {
            let (service, action) = universe.action(place);
            named.place(service, action)
        });
        let in_grants = in_grants.collect();
        Self { universe, listed, dependents, tags, key_uses, keys, in_grants }
    }

    /// The places of the actions of a service that dumps list.
    pub fn places(&self, service: &str) -> Option<&Places> {
        self.listed.get(service)
    }

    /// Since when the policy grants the action at `place`. What the grants say by place, they say of their own universe: one action that a
    /// dump alone names would move all that follow it.
    pub fn granted_since(&self, policy: &HeldPolicy, place: usize) -> (Option<Instant>, SinceKind) {
        let (service, action) = self.universe.action(place);
        self.in_grants[place]
            .map_or_else(|| policy.granted_since(service, action), |place| policy.granted_since_at(place))
    }

    /// What somebody who keeps `kept` needs, each with the action that needs it.
    pub fn needed<'a>(&'a self, kept: &'a ActionSet) -> impl Iterator<Item = (usize, usize)> + 'a {
        let own = self.dependents.iter().filter(|(action, _)| kept.contains(*action));
        let own = own.flat_map(|(action, needed)| needed.iter().map(move |place| (*place, *action)));
        let tags = self.tags.iter().filter_map(|(writes, tagging)| {
            let by = *writes.iter().find(|place| kept.contains(**place))?;
            Some(tagging.iter().map(move |place| (*place, by)))
        });
        let own = own.chain(tags.flatten());
        let other = kept.places().find(|place| !self.keys.contains(*place));
        own.chain(other.into_iter().flat_map(|other| self.key_uses.iter().map(move |place| (*place, other))))
    }
}
