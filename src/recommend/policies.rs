//! The documents that could change, each with everybody who has permissions by it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::RecommendInputs;
use super::known::KnownActions;
use crate::model::policy::{
    ActionPattern, ActionSet, Actions, Effect, Held, HeldPolicy, Holder, PatternKind, PolicyKind, Statement, Via,
};
use crate::model::{AccountId, Arn, EntityKind};

/// One document: an inline policy of its owner, a customer policy, or a policy by AWS as one user, role or group has it.
pub(super) struct PolicyUse<'a> {
    pub policy: Arc<HeldPolicy>,
    /// The account.
    pub account: Option<AccountId>,
    /// Of an inline policy its owner, of one by AWS whom it is attached to; of a customer policy nobody.
    pub owner: Option<&'a Holder>,
    /// Users, roles and groups that a managed policy is attached to.
    pub attached_to: BTreeSet<&'a Arn>,
    /// The places, among all subjects, of the users and roles that have permissions by it.
    pub subjects: Vec<usize>,
    /// Whether a group is on the way to any of them.
    pub has_group: bool,
    /// The known actions that patterns in it allow, which could give way.
    pub editable: ActionSet,
    /// Those that `NotAction` and malformed patterns allow.
    pub fixed: ActionSet,
}

impl PolicyUse<'_> {
    /// Whether `held`, of `holder`, is this policy.
    pub fn is_held_by(&self, holder: &Holder, held: &Held) -> bool {
        let (own, policy) = (&self.policy, &held.policy);
        let leads_here = self.owner.is_none_or(|owner| match &held.via {
            Via::Direct | Via::Itself => owner.arn == holder.arn,
            Via::Group(name) => owner.arn.kind() == EntityKind::Group && owner.arn.name() == name,
        });
        own.kind == policy.kind && own.name == policy.name && own.arn == policy.arn && leads_here
    }
}

/// A user or role.
pub(super) struct HolderPolicies<'a> {
    pub holder: &'a Holder,
    /// The places of the documents.
    pub policies: Vec<usize>,
}

/// All documents and all who have permissions by them.
pub(super) struct PolicyUses<'a> {
    pub uses: Vec<PolicyUse<'a>>,
    pub subjects: Vec<HolderPolicies<'a>>,
}

/// What tells documents apart: the account, the owner's ARN or nothing, and name or ARN.
type Key = (Option<AccountId>, Option<Arn>, PolicyKind, String);

struct Gatherer<'a, 'k> {
    places: BTreeMap<Key, usize>,
    uses: Vec<PolicyUse<'a>>,
    known: &'k KnownActions,
    /// What each managed policy allows: many hold it.
    expanded: BTreeMap<String, Vec<(Arc<HeldPolicy>, ActionSet, ActionSet)>>,
}

impl<'a> PolicyUses<'a> {
    /// Of everything in `inputs`.
    pub fn of(inputs: &RecommendInputs<'a>, known: &KnownActions) -> Self {
        let grants = inputs.grants;
        let groups: BTreeMap<(Option<&AccountId>, &str), &Holder> = grants
            .entities()
            .filter(|holder| holder.arn.kind() == EntityKind::Group)
            .map(|group| ((group.arn.account(), group.arn.name()), group))
            .collect();
        let (places, uses, expanded) = Default::default();
        let mut all = Gatherer { places, uses, known, expanded };
        let mut subjects: Vec<HolderPolicies> = Vec::new();
        for holder in grants.entities() {
            let is_group = holder.arn.kind() == EntityKind::Group;
            let mut policies = Vec::new();
            for held in &holder.held {
                let via = match &held.via {
                    Via::Direct | Via::Itself => Some(holder),
                    Via::Group(name) => groups.get(&(holder.arn.account(), name.as_str())).copied(),
                };
                let Some(owner) = via else { continue };
                let place = all.place(&held.policy, owner);
                if !policies.contains(&place) {
                    policies.push(place);
                }
                if !is_group {
                    let at = &mut all.uses[place];
                    at.has_group |= owner.arn != holder.arn;
                    if at.subjects.last() != Some(&subjects.len()) {
                        at.subjects.push(subjects.len());
                    }
                }
            }
            if !is_group {
                subjects.push(HolderPolicies { holder, policies });
            }
        }
        // Customer policies that nobody is known to hold have a row too.
        for holder in grants.holders.values().filter(|holder| holder.arn.kind() == EntityKind::Policy) {
            for held in holder.held.iter().filter(|held| held.policy.kind == PolicyKind::Customer) {
                all.managed(&held.policy, holder);
            }
        }
        let mut uses = all.uses;
        for of in &mut uses {
            let owners = of.owner.map(|owner| &owner.arn);
            of.has_group |= of.attached_to.iter().copied().chain(owners).any(|arn| arn.kind() == EntityKind::Group);
        }
        Self { uses, subjects }
    }
}

impl<'a> Gatherer<'a, '_> {
    fn place(&mut self, policy: &Arc<HeldPolicy>, owner: &'a Holder) -> usize {
        let place = if policy.kind == PolicyKind::Customer {
            self.managed(policy, owner)
        } else {
            let name = policy.arn.as_ref().unwrap_or(&policy.name).clone();
            let key = (owner.arn.account().cloned(), Some(owner.arn.clone()), policy.kind, name);
            self.at(key, policy, Some(owner))
        };
        if policy.kind != PolicyKind::Inline {
            self.uses[place].attached_to.insert(&owner.arn);
        }
        place
    }

    fn managed(&mut self, policy: &Arc<HeldPolicy>, of: &Holder) -> usize {
        let account = of.arn.account().or(of.entity.account.as_ref()).cloned();
        let key = (account, None, policy.kind, policy.arn.clone().unwrap_or_default());
        self.at(key, policy, None)
    }

    fn at(&mut self, key: Key, policy: &Arc<HeldPolicy>, owner: Option<&'a Holder>) -> usize {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let account = key.0.clone();
        self.places.insert(key, self.uses.len());
        let (editable, fixed) = self.allowed(policy);
        let (attached_to, subjects, has_group) = Default::default();
        let policy = Arc::clone(policy);
        self.uses.push(PolicyUse { policy, account, owner, attached_to, subjects, has_group, editable, fixed });
        self.uses.len() - 1
    }

    fn allowed(&mut self, policy: &Arc<HeldPolicy>) -> (ActionSet, ActionSet) {
        let known = self.known;
        let Some(arn) = &policy.arn else { return allowed(policy, known) };
        let made = self.expanded.entry(arn.clone()).or_default();
        if let Some((_, editable, fixed)) = made.iter().find(|(same, ..)| same.document == policy.document) {
            return (editable.clone(), fixed.clone());
        }
        let (editable, fixed) = allowed(policy, known);
        made.push((Arc::clone(policy), editable.clone(), fixed.clone()));
        (editable, fixed)
    }
}

/// What the Allow statements of a policy allow: by patterns that can be edited, and otherwise.
fn allowed(policy: &HeldPolicy, known: &KnownActions) -> (ActionSet, ActionSet) {
    let universe = &known.universe;
    let (mut editable, mut fixed) = (ActionSet::empty(universe.len()), ActionSet::empty(universe.len()));
    let statements = policy.document.iter().flat_map(|document| &document.statements);
    for statement in statements.filter(|statement| statement.effect == Effect::Allow) {
        match &statement.actions {
            Actions::AllBut(_) => fixed.union(&universe.expand(statement)),
            Actions::Listed(patterns) if patterns.iter().any(|p| p.kind() == PatternKind::Malformed) => {
                let is_malformed = |pattern: &ActionPattern| pattern.kind() == PatternKind::Malformed;
                let (odd, even): (Vec<_>, Vec<_>) = patterns.iter().cloned().partition(is_malformed);
                let with = |patterns| Statement { actions: Actions::Listed(patterns), ..statement.clone() };
                fixed.union(&universe.expand(&with(odd)));
                editable.union(&universe.expand(&with(even)));
            }
            Actions::Listed(_) => editable.union(&universe.expand(statement)),
        }
    }
    (editable, fixed)
}
