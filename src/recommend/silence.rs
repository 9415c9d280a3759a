//! What one entity does not use, as far as its dumps prove it.

use std::collections::BTreeSet;

use super::known::KnownActions;
use super::protected;
use crate::model::policy::ReasonNone;
use crate::model::policy::{ActionSet, EntityUsage, UsageProof};
use crate::model::{IdentifiedBy, Instant, Symbol, Verdict};

/// The use of one entity, as sets of places.
pub(super) struct Silence<'a> {
    pub usage: &'a EntityUsage,
    /// Why nothing can be concluded from what it does not use.
    pub trouble: Option<ReasonNone>,
    /// Services of which nothing was used; all of their actions go, those too that nobody knows.
    pub services: BTreeSet<&'a str>,
    /// Actions that are not used, each for itself.
    pub actions: ActionSet,
    /// Actions that the newest dump lists and of which it proves nothing: granted for too short a time, and nobody used the service since.
    pub unproven: ActionSet,
    /// Services that may have been granted within the threshold: between two dumps, of which the first does not list them.
    pub new_services: BTreeSet<&'a str>,
    /// Such actions.
    pub new_actions: ActionSet,
    /// Actions that the dumps list.
    pub listed: ActionSet,
    /// Actions with an access.
    pub accessed: ActionSet,
    /// Services with an access.
    pub accessed_services: BTreeSet<&'a str>,
}

impl<'a> Silence<'a> {
    pub fn of(usage: &'a EntityUsage, known: &KnownActions) -> Self {
        let empty = || ActionSet::empty(known.universe.len());
        let mut silence = Self {
            usage,
            trouble: trouble(usage),
            services: BTreeSet::new(),
            actions: empty(),
            unproven: empty(),
            new_services: BTreeSet::new(),
            new_actions: empty(),
            listed: empty(),
            accessed: empty(),
            accessed_services: BTreeSet::new(),
        };
        for (service, of) in &usage.services {
            let mut any_access = of.is_accessed;
            let places = known.places(service);
            for action in &of.actions {
                let Some(&place) = places.and_then(|places| places.get(&action.action)) else { continue };
                silence.listed.insert(place);
                if action.may_be_new {
                    silence.new_actions.insert(place);
                }
                any_access |= action.is_accessed;
                if action.is_accessed {
                    silence.accessed.insert(place);
                } else if action.verdict == Verdict::Unused && action.is_current && usage.proof == UsageProof::Actions {
                    silence.actions.insert(place);
                } else if action.verdict != Verdict::Unused && action.is_current {
                    silence.unproven.insert(place);
                }
            }
            if of.may_be_new {
                silence.new_services.insert(service);
            }
            if any_access {
                silence.accessed_services.insert(service);
            } else if of.verdict == Verdict::Unused && of.is_current {
                silence.services.insert(service);
            }
        }
        silence
    }

    /// Whether the action may have been granted within the threshold, as far as the dumps tell.
    pub fn may_be_new(&self, place: usize, service: &str) -> bool {
        self.new_actions.contains(place) || self.new_services.contains(service)
    }

    /// What the dumps say of the action, or else of its service, and for how many days an access would have been seen. Of an action that AWS
    /// never records the silence of its service says nothing.
    pub fn verdict(&self, place: usize, known: &KnownActions) -> (Option<&'static str>, Option<u32>) {
        let (service, name) = known.universe.action(place);
        let Some(of_service) = self.usage.services.get(service) else { return (None, None) };
        let places = known.places(service);
        let is_it = |action: &Symbol| places.and_then(|places| places.get(action)) == Some(&place);
        if let Some(own) = of_service.actions.iter().find(|action| is_it(&action.action)) {
            return (Some(own.verdict.as_str()), own.observed_days);
        }
        if protected::is_permission_only(service, name) {
            return (None, None);
        }
        let verdict = self.services.contains(service).then_some(of_service.verdict.as_str());
        (verdict, of_service.observed_days)
    }

    /// Whether the newest dump lists the service.
    pub fn lists(&self, service: &str) -> bool {
        self.usage.services.get(service).is_some_and(|of| of.is_current)
    }

    /// Whether a dump is there and does not hold all that it should.
    pub fn is_partial(&self) -> bool {
        self.usage.proof == UsageProof::Incomplete || self.usage.is_unfinished
    }

    /// When the dump was made.
    pub fn made_at(&self) -> Option<Instant> {
        self.usage.made_at.or(self.usage.as_of)
    }
}

fn trouble(usage: &EntityUsage) -> Option<ReasonNone> {
    match (usage.proof, usage.identified_by) {
        (UsageProof::None, _) | (_, None) => Some(ReasonNone::NoDump),
        (_, Some(IdentifiedBy::Inferred | IdentifiedBy::Unknown)) => Some(ReasonNone::EntityInferred),
        (UsageProof::Incomplete, _) => Some(ReasonNone::DumpIncomplete),
        (UsageProof::Services | UsageProof::Actions, _) => None,
    }
}
