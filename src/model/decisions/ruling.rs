//! Which entry decides about a permission of one entity: the most specific.

use rustc_hash::FxHashMap;

use super::{Choice, Decision, Decisions, is_over, is_wild};
use crate::model::Instant;
use crate::model::policy::glob;

/// Which entry decides, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// None.
    None,
    /// This one.
    By(u32),
    /// These two are equally specific: an error in the decisions.
    Tie(u32, u32),
}

impl Ruling {
    /// The entry, if one decides.
    #[must_use]
    pub const fn entry(self) -> Option<u32> {
        if let Self::By(at) = self { Some(at) } else { None }
    }
}

/// The entries that may apply to one entity.
#[derive(Debug)]
pub struct EntityDecisions<'d> {
    of: &'d Decisions,
    /// The entries about every service.
    whole: Vec<u32>,
    services: FxHashMap<&'d str, OfService<'d>>,
    /// Whether any of them names an action.
    names_actions: bool,
    /// Those that are about another name of the entity, in the order of their numbers.
    followed: Vec<u32>,
}

/// The entries about one service of the entity. A hundred thousand services are looked up in no order of the memory, and most of them have one
/// entry, about the whole service: so that one stands here itself, and all others further away (`unused` with that many entries took 1.1 times
/// as long).
#[derive(Debug, Default)]
struct OfService<'d> {
    /// The first entry about the whole service.
    whole: Option<u32>,
    others: Option<Box<OtherEntries<'d>>>,
}

/// What else there is about one service of the entity.
#[derive(Debug, Default)]
struct OtherEntries<'d> {
    /// The entries about the whole service, except for the first one.
    whole: Vec<u32>,
    actions: FxHashMap<&'d str, Vec<u32>>,
    globs: Vec<u32>,
}

impl OfService<'_> {
    fn whole(&self) -> impl Iterator<Item = u32> {
        self.whole.into_iter().chain(self.others.iter().flat_map(|others| &others.whole).copied())
    }
}

impl OtherEntries<'_> {
    /// The entries that name actions.
    fn of_actions(&self) -> impl Iterator<Item = u32> {
        self.actions.values().flatten().chain(&self.globs).copied()
    }
}

impl<'d> EntityDecisions<'d> {
    pub(super) fn new(of: &'d Decisions) -> Self {
        Self { of, whole: Vec::new(), services: FxHashMap::default(), names_actions: false, followed: Vec::new() }
    }

    pub(super) fn following(self, followed: Vec<u32>) -> Self {
        Self { followed, ..self }
    }

    /// Whether the entry names the entity as it was called before, or on another path.
    #[must_use]
    pub fn is_followed(&self, at: u32) -> bool {
        self.followed.binary_search(&at).is_ok()
    }

    pub(super) fn push(&mut self, at: u32) {
        let Decision { service, action, .. } = self.of.get(at);
        let Some(service) = service else { return self.whole.push(at) };
        self.names_actions |= action.is_some();
        let of_service = self.services.entry(service).or_default();
        if action.is_none() && of_service.whole.is_none() {
            of_service.whole = Some(at);
            return;
        }
        let others = of_service.others.get_or_insert_default();
        match action.as_deref() {
            None => others.whole.push(at),
            Some(action) if is_wild(action) => others.globs.push(at),
            Some(action) => others.actions.entry(action).or_default().push(at),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.services.is_empty()
    }

    /// All of them, in the order of their numbers.
    #[must_use]
    pub fn all(&self) -> Vec<u32> {
        let of_services = self.services.values().flat_map(|of| {
            let of_actions = of.others.iter().flat_map(|others| others.of_actions());
            of.whole().chain(of_actions)
        });
        let mut all: Vec<u32> = self.whole.iter().copied().chain(of_services).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The entry that decides about the entity as a whole, as of `as_of`; without a date no entry has expired.
    #[must_use]
    pub fn entity(&self, as_of: Option<Instant>) -> Ruling {
        self.best(self.whole.iter().copied(), as_of)
    }

    /// The entry that decides about a service, given in lower case.
    #[must_use]
    pub fn service(&self, service: &str, as_of: Option<Instant>) -> Ruling {
        self.best(self.about_service(service), as_of)
    }

    /// The entry that decides about an action; service and action are given in lower case.
    #[must_use]
    pub fn action(&self, service: &str, action: &str, as_of: Option<Instant>) -> Ruling {
        self.best(self.about_service(service).chain(self.about_action(service, action)), as_of)
    }

    /// Every entry about the whole service, given in lower case, whether it decides or another one does.
    pub fn about_service(&self, service: &str) -> impl Iterator<Item = u32> {
        let own = self.services.get(service).into_iter().flat_map(OfService::whole);
        self.whole.iter().copied().chain(own)
    }

    /// Every such entry that names actions; service and action are given in lower case.
    pub fn about_action(&self, service: &str, action: &str) -> impl Iterator<Item = u32> {
        let of = self.others(service);
        let globs = of.into_iter().flat_map(|of| &of.globs);
        let matches = |at: &&u32| self.of.get(**at).action.as_deref().is_some_and(|pattern| glob(pattern, action));
        let exact = of.and_then(|of| of.actions.get(action)).into_iter().flatten();
        exact.chain(globs.filter(matches)).copied()
    }

    fn others(&self, service: &str) -> Option<&OtherEntries<'d>> {
        self.services.get(service)?.others.as_deref()
    }

    /// The entries that keep actions of the service, given in lower case, as of `as_of`, in the order of their numbers.
    #[must_use]
    pub fn keeping_actions(&self, service: &str, as_of: Option<Instant>) -> Vec<u32> {
        let all = self.others(service).into_iter().flat_map(OtherEntries::of_actions);
        let keeps = |at: &u32| {
            let decision = self.of.get(*at);
            decision.choice == Choice::Keep && !decision.is_expired(as_of)
        };
        let mut all: Vec<u32> = all.filter(keeps).collect();
        all.sort_unstable();
        all
    }

    /// Whether an entry names an action of any service.
    #[must_use]
    pub const fn names_actions(&self) -> bool {
        self.names_actions
    }

    /// Whether an entry names an action of the service, given in lower case.
    #[must_use]
    pub fn decides_actions(&self, service: &str) -> bool {
        self.names_actions
            && self.others(service).is_some_and(|others| !others.actions.is_empty() || !others.globs.is_empty())
    }

    /// Which of `entries` decides about a permission that they are all about.
    #[must_use]
    pub fn best(&self, entries: impl Iterator<Item = u32>, as_of: Option<Instant>) -> Ruling {
        let mut best = Ruling::None;
        for at in entries.filter(|at| !is_over(self.of.ends[*at as usize], as_of)) {
            let (Ruling::By(other) | Ruling::Tie(other, _)) = best else {
                best = Ruling::By(at);
                continue;
            };
            best = match self.of.ranks[at as usize].cmp(&self.of.ranks[other as usize]) {
                std::cmp::Ordering::Less => best,
                std::cmp::Ordering::Equal if self.is_followed(at) => best,
                std::cmp::Ordering::Equal if self.is_followed(other) => Ruling::By(at),
                std::cmp::Ordering::Equal => Ruling::Tie(other.min(at), other.max(at)),
                std::cmp::Ordering::Greater => Ruling::By(at),
            };
        }
        best
    }
}
