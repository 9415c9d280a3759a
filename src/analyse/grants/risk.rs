//! What a permission is worth to a person who should not have it: a word with its reasons, without a score.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;

use super::judge::{Bounded, Denies, Spoken};
use crate::catalogue::{Catalogue, PathReach, escalation_paths, risk_actions};
use crate::model::policy::{BoundaryWord, Denied, Held, ResourceScope, Risk, RiskBasis, RiskCategory, Universe};

/// What the lists and the access levels say about each known action.
#[derive(Debug, Default)]
pub struct RiskTable {
    /// A bit for each [`RiskCategory`], by the place of the action.
    categories: Vec<u16>,
    paths: Vec<Path>,
    /// The paths of each action that is part of at least one.
    paths_of: FxHashMap<usize, Vec<usize>>,
}

#[derive(Debug)]
struct Path {
    name: &'static str,
    is_direct: bool,
    legs: Vec<usize>,
}

const DESTRUCTIVE: [&str; 6] = ["delete", "terminate", "purge", "destroy", "disable", "deregister"];

const fn bit(category: RiskCategory) -> u16 {
    1 << category as u16
}

impl RiskTable {
    /// The risks of all actions in `universe`.
    #[must_use]
    pub fn new(universe: &Universe, catalogue: &Catalogue) -> Self {
        let mut categories: Vec<u16> = (0..universe.len()).map(|place| by_level(universe, catalogue, place)).collect();
        for (category, service, action) in risk_actions() {
            if let Some((place, category)) = universe.place(service, action).zip(RiskCategory::parse(category)) {
                categories[place] |= bit(category);
            }
        }
        let mut paths = Vec::new();
        let mut paths_of: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
        for path in escalation_paths() {
            let legs: Option<Vec<usize>> =
                path.actions.iter().map(|(service, action)| universe.place(service, action)).collect();
            // A path leads nowhere if one of its actions does not exist.
            let Some(legs) = legs else { continue };
            for leg in &legs {
                categories[*leg] |= bit(RiskCategory::Escalation);
                paths_of.entry(*leg).or_default().push(paths.len());
            }
            paths.push(Path { name: path.name, is_direct: path.reach == PathReach::Direct, legs });
        }
        Self { categories, paths, paths_of }
    }

    /// The actions of a path, by their places.
    pub fn legs(&self, path: usize) -> &[usize] {
        &self.paths[path].legs
    }

    /// The paths that the action at `place` is part of.
    fn paths_through(&self, place: usize) -> &[usize] {
        let paths = if is_leg(self.categories[place]) { self.paths_of.get(&place) } else { None };
        paths.map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the action at `place` is a path by itself.
    fn is_way(&self, place: usize) -> bool {
        self.paths_through(place).iter().any(|path| self.paths[*path].legs.len() == 1)
    }

    /// The names of the paths that are open to an entity.
    pub fn open_to<'t>(&'t self, standing: &'t Standing) -> impl Iterator<Item = &'static str> + 't {
        self.paths.iter().filter(|path| standing.opens(path)).map(|path| path.name)
    }

    /// The names of paths.
    pub fn names<'t>(&'t self, paths: &'t [usize]) -> impl Iterator<Item = &'static str> + 't {
        paths.iter().map(|path| self.paths[*path].name)
    }
}

fn by_level(universe: &Universe, catalogue: &Catalogue, place: usize) -> u16 {
    let (service, action) = universe.action(place);
    match catalogue.access_level(service, universe.spelt(place)) {
        Some("Permissions management") => bit(RiskCategory::Exposure),
        Some("Write") if DESTRUCTIVE.iter().any(|word| action.starts_with(word)) => bit(RiskCategory::Destructive),
        Some("Write") => bit(RiskCategory::Write),
        Some("Tagging") => bit(RiskCategory::Tagging),
        Some("Read") => bit(RiskCategory::Read),
        Some("List") => bit(RiskCategory::List),
        _ => 0,
    }
}

/// To what extent an entity has an action.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Has {
    /// Not at all.
    Not,
    /// Under a condition, or on some resources.
    Narrowly,
    /// On all resources, without a condition.
    Widely,
}

/// To what extent one entity has each action of all paths.
pub struct Standing(FxHashMap<usize, Has>);

impl Standing {
    /// Computed from the Allow statements `allows` of the entity.
    pub fn of(
        allows: &[(&Held, Spoken)],
        denies: &Denies,
        limits: &Bounded,
        table: &RiskTable,
        universe: &Universe,
    ) -> Self {
        let has = |place: &usize| {
            let (service, action) = universe.action(*place);
            let denied = denies.of_action(service, action, Some(*place));
            if denied == Denied::Whole || limits.of_action(service, action, Some(*place)) == BoundaryWord::Excludes {
                return Has::Not;
            }
            let granting = allows.iter().map(|(_, allow)| *allow).filter(|allow| allow.actions.contains(*place));
            let widely = granting
                .map(|allow| if is_wide(allow) && denied == Denied::None { Has::Widely } else { Has::Narrowly });
            widely.max().unwrap_or(Has::Not)
        };
        Self(table.paths_of.keys().map(|place| (*place, has(place))).collect())
    }

    /// Whether the entity has every action of the path.
    fn opens(&self, path: &Path) -> bool {
        path.legs.iter().all(|leg| self.has(*leg) != Has::Not)
    }

    fn has(&self, place: usize) -> Has {
        self.0.get(&place).copied().unwrap_or(Has::Not)
    }
}

fn is_wide(allow: Spoken) -> bool {
    allow.statement.conditions == 0 && allow.statement.resources == ResourceScope::All
}

/// The risk of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessed {
    /// The word.
    pub risk: Risk,
    /// A bit for each [`RiskCategory`].
    categories: u16,
    /// The paths that are open with the permission, and closed without it.
    pub open: Vec<usize>,
    /// What the risk is based on.
    pub basis: RiskBasis,
}

impl Assessed {
    /// The reasons, in the order of the set.
    pub fn categories(&self) -> impl Iterator<Item = &'static str> {
        RiskCategory::ALL.iter().filter(|category| self.categories & bit(**category) != 0).map(|c| c.as_str())
    }

    /// The reasons as a set: a bit for each [`RiskCategory`].
    pub const fn category_bits(&self) -> u16 {
        self.categories
    }

    /// The highest risk of several permissions, with the reasons of all.
    pub fn highest(all: impl Iterator<Item = Self>) -> Option<Self> {
        all.reduce(|mut one, other| {
            one.basis = match one.risk.cmp(&other.risk) {
                Ordering::Less => one.basis,
                Ordering::Equal => one.basis.max(other.basis),
                Ordering::Greater => other.basis,
            };
            one.risk = one.risk.min(other.risk);
            one.categories |= other.categories;
            one.open.extend(other.open);
            one.open.sort_unstable();
            one.open.dedup();
            one
        })
    }
}

/// The risk of the action at `place` that the statement `allow` grants.
pub fn granted(
    place: usize,
    allow: Spoken,
    denied: Denied,
    boundary: BoundaryWord,
    standing: &Standing,
    table: &RiskTable,
) -> Option<Assessed> {
    let categories = table.categories[place];
    if categories == 0 {
        return None;
    }
    let basis = RiskBasis::Granted;
    if denied == Denied::Whole || boundary == BoundaryWord::Excludes {
        return Some(Assessed { risk: Risk::Info, categories, open: Vec::new(), basis });
    }
    let paths = table.paths_through(place).iter().copied();
    let open: Vec<usize> = paths.filter(|path| standing.opens(&table.paths[*path])).collect();
    let is_critical = open.iter().any(|path| {
        let path = &table.paths[*path];
        path.is_direct && path.legs.iter().all(|leg| *leg == place || standing.has(*leg) == Has::Widely)
    });
    let risk = if is_critical {
        Risk::Critical
    } else if open.is_empty() {
        by_category(categories)
    } else {
        Risk::High
    };
    let lowest = if is_leg(categories) { Risk::Low } else { Risk::Info };
    Some(Assessed { risk: lowered(risk, allow).min(lowest.max(risk)), categories, open, basis })
}

/// The highest risk of the actions at `places` that the statement `allow` grants, with the reasons of all: what
/// [`granted`] says of each, put together. Most actions are in no path, so their categories alone decide, and the highest
/// risk of several is that of all their categories.
pub fn highest_granted(
    places: impl Iterator<Item = usize>,
    allow: Spoken,
    (denies, limits): (&Denies, &Bounded),
    standing: &Standing,
    table: &RiskTable,
) -> Option<Assessed> {
    let (mut free, mut taken, mut legs) = (0, 0, Vec::new());
    for place in places {
        let categories = table.categories[place];
        if denies.take(place) || limits.exclude(place) {
            taken |= categories;
        } else if is_leg(categories) {
            legs.extend(granted(place, allow, Denied::None, BoundaryWord::None, standing, table));
        } else {
            free |= categories;
        }
    }
    let of = |categories: u16, risk| {
        let assessed = || Assessed { risk, categories, open: Vec::new(), basis: RiskBasis::Granted };
        (categories != 0).then(assessed)
    };
    let others = [of(free, lowered(by_category(free), allow)), of(taken, Risk::Info)];
    Assessed::highest(others.into_iter().flatten().chain(legs))
}

const fn is_leg(categories: u16) -> bool {
    categories & bit(RiskCategory::Escalation) != 0
}

/// The risk where the statement grants it on some resources, or under a condition.
fn lowered(risk: Risk, allow: Spoken) -> Risk {
    let narrower =
        usize::from(allow.statement.resources != ResourceScope::All) + usize::from(allow.statement.conditions > 0);
    Risk::ALL[(risk as usize + narrower).min(Risk::ALL.len() - 1)]
}

/// The risk of an action if no policy is known.
pub fn potential(place: usize, table: &RiskTable) -> Option<Assessed> {
    potential_of(std::iter::once(place), table)
}

/// The highest risk of all actions of the service, if no policy is known.
pub fn potential_of_service(service: &str, universe: &Universe, table: &RiskTable) -> Option<Assessed> {
    potential_of(universe.service(service), table)
}

/// The highest risk of the actions at `places`, if no policy is known.
pub fn potential_of(places: impl Iterator<Item = usize>, table: &RiskTable) -> Option<Assessed> {
    let (mut categories, mut is_way) = (0, false);
    for place in places {
        categories |= table.categories[place];
        is_way = is_way || table.is_way(place);
    }
    let risk = if is_way { Risk::High } else { by_category(categories) };
    let assessed = || Assessed { risk, categories, open: Vec::new(), basis: RiskBasis::Potential };
    (categories != 0).then(assessed)
}

fn by_category(categories: u16) -> Risk {
    let any = |all: &[RiskCategory]| all.iter().any(|category| categories & bit(*category) != 0);
    if any(&[RiskCategory::Credentials, RiskCategory::Exposure]) {
        Risk::High
    } else if any(&[RiskCategory::Exfiltration, RiskCategory::Destructive, RiskCategory::Escalation]) {
        Risk::Medium
    } else if any(&[RiskCategory::Write, RiskCategory::Tagging]) {
        Risk::Low
    } else {
        Risk::Info
    }
}
