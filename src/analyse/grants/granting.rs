//! The permissions that one entity holds, and what each is worth. Code that asks about them one after another asks
//! here.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::judge::{Bounded, Denies, Spoken, statements};
use super::risk::{self, Assessed, RiskTable, Standing};
use crate::model::policy::{BoundaryWord, Denied, Effect, Held, HeldPolicy, Holder, Risk, Universe};

/// An entity.
pub struct Granting<'a> {
    universe: &'a Universe,
    risks: &'a RiskTable,
    /// The Deny statements, which take permissions away.
    pub denies: Denies<'a>,
    /// Its permissions boundary.
    pub limits: Bounded<'a>,
    standing: Standing,
    /// Whether every policy that it holds was examined. Otherwise a risk may be higher than what is known shows.
    is_complete: bool,
    allows: Vec<(&'a Held, Spoken<'a>)>,
    /// The places of those among them that name each service, and under [`EVERY`] of those that are about others than they name. It is made
    /// when it is first asked for.
    naming: OnceCell<FxHashMap<&'a str, Vec<usize>>>,
}

/// No service has this name.
const EVERY: &str = "*";

/// What is known about a permission.
#[derive(Default)]
pub struct Permission<'a> {
    /// The policies that grant it, each once.
    pub policies: Vec<&'a HeldPolicy>,
    /// Whether policies that nobody examined may grant it too.
    pub may_have_others: bool,
    /// What it is worth; `None` if nothing is known about it.
    pub risk: Option<Assessed>,
}

impl<'a> Granting<'a> {
    /// The permissions of `holder`.
    pub fn of(holder: &'a Holder, universe: &'a Universe, risks: &'a RiskTable) -> Self {
        let (denies, limits) = (Denies::of(holder, universe), Bounded::of(holder, universe));
        let spoken = |held: &'a Held| statements(&held.policy).map(move |spoken| (held, spoken));
        let allows: Vec<_> = holder
            .held
            .iter()
            .flat_map(spoken)
            .filter(|(_, spoken)| spoken.statement.effect == Effect::Allow)
            .collect();
        let standing = Standing::of(&allows, &denies, &limits, risks, universe);
        Self {
            universe,
            risks,
            denies,
            limits,
            standing,
            is_complete: holder.is_complete,
            allows,
            naming: OnceCell::new(),
        }
    }

    /// The Allow statements of all policies that it holds.
    pub fn allows(&self) -> impl Iterator<Item = Spoken<'a>> {
        self.allows.iter().map(|(_, spoken)| *spoken)
    }

    /// A service: the policies that grant any of its actions, and the highest risk of these actions.
    pub fn service(&self, namespace: &str) -> Permission<'a> {
        let service = namespace.to_ascii_lowercase();
        let mut permission = Permission { may_have_others: !self.is_complete, ..Permission::default() };
        for (held, spoken) in self.reaching(&service) {
            let is_left = self.denies.of_service(*spoken, &service, self.universe) != Denied::Whole;
            let risk = self.highest(*spoken, spoken.actions.places_in(self.universe.service(&service)));
            permission.add(&held.policy, is_left, risk);
        }
        permission.risk = self.unless_higher(permission.risk, self.universe.service(&service));
        let potential = || risk::potential_of_service(&service, self.universe, self.risks);
        permission.or_potential(potential)
    }

    /// An action: the policies that grant it, and its risk.
    pub fn action(&self, namespace: &str, action: &str) -> Permission<'a> {
        let (service, action) = (namespace.to_ascii_lowercase(), action.to_ascii_lowercase());
        let place = self.universe.place(&service, &action);
        let mut permission = Permission { may_have_others: !self.is_complete, ..Permission::default() };
        for (held, spoken) in &self.allows {
            let matches = match place {
                Some(place) => spoken.actions.contains(place),
                None => spoken.statement.matches(&service, &action),
            };
            if matches {
                let denied = self.denies.of_action(&service, &action, place);
                let boundary = self.limits.of_action(&service, &action, place);
                let risk = place.and_then(|place| self.risk(place, *spoken, denied, boundary));
                permission.add(&held.policy, denied != Denied::Whole, risk);
            }
        }
        permission.or_potential(|| risk::potential(place?, self.risks))
    }

    /// The Allow statements that may be about an action of the service, in their order.
    fn reaching(&self, service: &str) -> impl Iterator<Item = &(&'a Held, Spoken<'a>)> {
        let naming = self.naming.get_or_init(|| {
            let mut naming: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
            for (at, (_, spoken)) in self.allows.iter().enumerate() {
                let every = spoken.statement.reaches_unnamed().then_some(EVERY);
                spoken
                    .statement
                    .services_named()
                    .chain(every)
                    .for_each(|name| naming.entry(name).or_default().push(at));
            }
            naming
        });
        let mut places: Vec<usize> =
            [service, EVERY].iter().filter_map(|name| naming.get(name)).flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let allows = places.into_iter().map(|at| &self.allows[at]);
        allows.filter(move |(_, spoken)| spoken.statement.reaches_service(service))
    }

    /// The names of the escalation paths that are open to the entity, in the order of reports.
    pub fn open_paths(&self) -> impl Iterator<Item = &'static str> {
        self.risks.open_to(&self.standing)
    }

    /// The highest risk of everything that the entity may do.
    pub fn of_all(&self) -> Option<Assessed> {
        let all = self.allows.iter().filter_map(|(_, spoken)| self.highest(*spoken, spoken.actions.places()));
        Assessed::highest(all)
    }

    /// The highest risk of what a statement grants, of the known actions at `places`.
    pub fn highest(&self, spoken: Spoken, places: impl Iterator<Item = usize> + Clone) -> Option<Assessed> {
        let limits = (&self.denies, &self.limits);
        let known = risk::highest_granted(places.clone(), spoken, limits, &self.standing, self.risks);
        self.unless_higher(known, places)
    }

    /// `known`, the risk of the actions at `places` as the known policies show it. If a policy may be missing, it may grant them on more resources,
    /// or open a path: then the risk is at least that of the actions alone. Nothing is higher than critical, and no policy gives back
    /// what a Deny or the boundary takes away.
    fn unless_higher(&self, known: Option<Assessed>, places: impl Iterator<Item = usize> + Clone) -> Option<Assessed> {
        if self.is_complete || known.as_ref().is_none_or(|known| known.risk == Risk::Critical) {
            return known;
        }
        let left = places.filter(|place| !self.denies.take(*place) && !self.limits.exclude(*place));
        match risk::potential_of(left, self.risks) {
            Some(potential) => Assessed::highest([known?, potential].into_iter()),
            None => known,
        }
    }

    /// The risk of the action at `place` that the statement grants.
    pub fn risk(&self, place: usize, spoken: Spoken, denied: Denied, boundary: BoundaryWord) -> Option<Assessed> {
        let known = risk::granted(place, spoken, denied, boundary, &self.standing, self.risks);
        self.unless_higher(known, std::iter::once(place))
    }
}

impl<'a> Permission<'a> {
    fn add(&mut self, policy: &'a HeldPolicy, is_left: bool, risk: Option<Assessed>) {
        if is_left && !self.policies.iter().any(|known| std::ptr::eq(*known, policy)) {
            self.policies.push(policy);
        }
        self.risk = Assessed::highest(self.risk.take().into_iter().chain(risk));
    }

    /// If no known policy grants a permission, its risk is that of the action alone.
    fn or_potential(mut self, potential: impl FnOnce() -> Option<Assessed>) -> Self {
        self.risk = self.risk.or_else(potential);
        self
    }

    /// The policies as the text of a cell: the first, how many others there are, and whether that may not be all.
    pub fn granted_by(&self) -> Option<String> {
        let (first, others) = self.policies.split_first()?;
        let known = with_others(&first.name, others.len());
        Some(match (self.may_have_others, others) {
            (false, _) => known,
            (true, []) => format!("{known} +perhaps others"),
            (true, _) => format!("{known}, perhaps others"),
        })
    }
}

/// The name of a policy, and how many others there are.
pub fn with_others(policy: &str, others: usize) -> String {
    if others == 0 { policy.to_owned() } else { format!("{policy} +{others} more") }
}
