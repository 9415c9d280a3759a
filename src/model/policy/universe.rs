//! Every known action in one order, so that the actions that a policy names are a set of bits. A policy version is
//! expanded once, however many entities hold it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{ActionPattern, Actions, Effect, PatternKind, PolicyDocument, Statement};

/// The actions that exist, sorted without case. Two spellings of one action count as one.
#[derive(Debug, Default)]
pub struct Universe {
    actions: Vec<Known>,
    /// The positions of the actions of each service.
    services: FxHashMap<Box<str>, Range<usize>>,
}

/// One action.
#[derive(Debug)]
struct Known {
    /// In lower case.
    service: Box<str>,
    /// In lower case.
    action: Box<str>,
    /// In the spelling of the first source that named it.
    spelt: Box<str>,
    /// Whether a catalogue has it.
    is_listed: bool,
}

/// A set of actions of one [`Universe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionSet {
    words: Vec<u64>,
    len: usize,
}

impl Universe {
    /// The universe of these `(service, action)` pairs: those in the catalogue, `lists`, and those that anything else
    /// `names`.
    pub fn new<'a>(
        lists: impl IntoIterator<Item = (&'a str, &'a str)>,
        names: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let known = |(service, action): (&str, &str), is_listed| Known {
            service: service.to_ascii_lowercase().into(),
            action: action.to_ascii_lowercase().into(),
            spelt: action.into(),
            is_listed,
        };
        let lists = lists.into_iter().map(|pair| known(pair, true));
        let names = names.into_iter().map(|pair| known(pair, false));
        // It goes service by service: twenty thousand actions are sorted in a third of the time of one sort of them
        // all.
        let mut services: BTreeMap<Box<str>, Vec<Known>> = BTreeMap::new();
        for action in lists.chain(names) {
            match services.get_mut(&action.service) {
                Some(actions) => actions.push(action),
                None => drop(services.insert(action.service.clone(), vec![action])),
            }
        }
        let mut all = Vec::with_capacity(services.values().map(Vec::len).sum());
        let mut ranges = FxHashMap::default();
        for (service, mut actions) in services {
            // The sort is stable: the catalogue's spelling stays before all others.
            actions.sort_by(|a, b| a.action.cmp(&b.action));
            actions.dedup_by(|b, a| a.action == b.action);
            ranges.insert(service, all.len()..all.len() + actions.len());
            all.append(&mut actions);
        }
        Self { actions: all, services: ranges }
    }

    /// How many actions there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.actions.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// The position of an action, by which sets hold it; `None` if it is not known.
    #[must_use]
    pub fn place(&self, service: &str, action: &str) -> Option<usize> {
        let (range, action) = (self.service(service), lower(action));
        let found = self.actions[range.clone()].binary_search_by(|known| (*known.action).cmp(&*action));
        found.ok().map(|at| range.start + at)
    }

    /// Service and action at `place`, in lower case.
    ///
    /// # Panics
    /// If `place` is not below [`len`](Self::len).
    #[must_use]
    pub fn action(&self, place: usize) -> (&str, &str) {
        let known = &self.actions[place];
        (&known.service, &known.action)
    }

    /// The action at `place` in the catalogue's spelling, or otherwise as it is named.
    ///
    /// # Panics
    /// If `place` is not below [`len`](Self::len).
    #[must_use]
    pub fn spelt(&self, place: usize) -> &str {
        &self.actions[place].spelt
    }

    /// `service:Action` of the action at `place`, in the same spelling.
    ///
    /// # Panics
    /// If `place` is not below [`len`](Self::len).
    #[must_use]
    pub fn titled(&self, place: usize) -> String {
        format!("{}:{}", self.action(place).0, self.spelt(place))
    }

    /// Whether a catalogue has the action at `place`.
    ///
    /// # Panics
    /// If `place` is not below [`len`](Self::len).
    #[must_use]
    pub fn is_listed(&self, place: usize) -> bool {
        self.actions[place].is_listed
    }

    /// The positions of all actions of a service.
    #[must_use]
    pub fn service(&self, service: &str) -> Range<usize> {
        self.services.get(&*lower(service)).cloned().unwrap_or(0..0)
    }

    /// The known actions that the statement is about.
    #[must_use]
    pub fn expand(&self, statement: &Statement) -> ActionSet {
        let mut set = ActionSet::empty(self.len());
        let (Actions::Listed(patterns) | Actions::AllBut(patterns)) = &statement.actions;
        patterns.iter().filter(|pattern| statement.heeds(pattern)).for_each(|pattern| self.add(pattern, &mut set));
        if matches!(statement.actions, Actions::AllBut(_)) {
            set.invert();
        }
        set
    }

    /// The positions of the known actions that the pattern matches, ascending.
    #[must_use]
    pub fn matched(&self, pattern: &ActionPattern) -> Vec<usize> {
        let range = match (pattern.parts(), pattern.kind()) {
            (None, _) => 0..self.len(),
            (Some((service, action)), PatternKind::Exact) => {
                return self.place(service, action).into_iter().collect();
            }
            (Some((service, _)), _) => self.service(service),
        };
        let matches = |place: &usize| {
            let (service, action) = self.action(*place);
            pattern.matches(service, action)
        };
        range.filter(matches).collect()
    }

    /// The known actions that the document allows, without those that it denies wholly. An action that it denies under
    /// a condition or on some resources is still granted.
    #[must_use]
    pub fn granted(&self, document: &PolicyDocument) -> ActionSet {
        let mut granted = ActionSet::empty(self.len());
        let of = |effect| document.statements.iter().filter(move |statement| statement.effect == effect);
        of(Effect::Allow).for_each(|statement| granted.union(&self.expand(statement)));
        of(Effect::Deny).filter(|deny| deny.denies_wholly()).for_each(|deny| granted.subtract(&self.expand(deny)));
        granted
    }

    fn add(&self, pattern: &ActionPattern, set: &mut ActionSet) {
        let Some((service, action)) = pattern.parts() else {
            return self.scan(0..self.len(), pattern, set);
        };
        let range = self.service(service);
        match pattern.kind() {
            PatternKind::Service => range.for_each(|place| set.insert(place)),
            PatternKind::Exact => self.place(service, action).into_iter().for_each(|place| set.insert(place)),
            _ => self.scan(range, pattern, set),
        }
    }

    fn scan(&self, range: Range<usize>, pattern: &ActionPattern, set: &mut ActionSet) {
        let matches = |place: &usize| {
            let (service, action) = self.action(*place);
            pattern.matches(service, action)
        };
        range.filter(matches).for_each(|place| set.insert(place));
    }
}

/// The name in lower case, which most names are already.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}

impl ActionSet {
    /// A set without actions, of a universe of `len`.
    #[must_use]
    pub fn empty(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    /// Whether the action at `place` is in it.
    #[must_use]
    pub fn contains(&self, place: usize) -> bool {
        self.words.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// How many actions are in it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The positions in it, ascending.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        let bits = |(at, word): (usize, u64)| {
            let ones = std::iter::successors(Some(word), |left| Some(left & left.wrapping_sub(1)));
            ones.take_while(|left| *left != 0).map(move |left| at * 64 + left.trailing_zeros() as usize)
        };
        self.words.iter().copied().enumerate().flat_map(bits)
    }

    /// The positions in it within `range`, ascending.
    pub fn places_in(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        range.filter(|place| self.contains(*place))
    }

    /// Adds all of `other`, a set of the same universe.
    pub fn union(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, more)| *word |= more);
    }

    /// Removes all of `other`, a set of the same universe.
    pub fn subtract(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, less)| *word &= !less);
    }

    /// Adds the action at `place`.
    ///
    /// # Panics
    /// If `place` is not below the length of the universe.
    pub fn insert(&mut self, place: usize) {
        self.words[place / 64] |= 1 << (place % 64);
    }

    /// Takes the action at `place` out.
    pub fn remove(&mut self, place: usize) {
        if let Some(word) = self.words.get_mut(place / 64) {
            *word &= !(1 << (place % 64));
        }
    }

    /// Keeps only what is in `other` too, a set of the same universe.
    pub fn intersect(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, kept)| *word &= kept);
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    fn invert(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        let used = self.len % 64;
        if let Some(last) = self.words.last_mut().filter(|_| used > 0) {
            *last &= (1 << used) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::Catalogue;
    use crate::model::policy::{ResourceScope, WrittenDocument};

    fn statement(effect: Effect, not: bool, patterns: &[&str]) -> Statement {
        let patterns = patterns.iter().map(|pattern| ActionPattern::new(pattern)).collect();
        let actions = if not { Actions::AllBut(patterns) } else { Actions::Listed(patterns) };
        Statement { number: 1, sid: None, effect, actions, resources: ResourceScope::All, conditions: 0 }
    }

    fn catalogue() -> Universe {
        Universe::new(Catalogue::builtin().access_levels().map(|(service, action, _)| (service, action)), [])
    }

    fn names(universe: &Universe, set: &ActionSet) -> Vec<String> {
        set.places()
            .map(|place| universe.action(place))
            .map(|(service, action)| format!("{service}:{action}"))
            .collect()
    }

    #[test]
    fn an_exact_action_a_service_and_everything() {
        let universe = catalogue();
        let expand = |patterns: &[&str]| universe.expand(&statement(Effect::Allow, false, patterns));
        assert_eq!(names(&universe, &expand(&["S3:getobject"])), ["s3:getobject"]);
        assert_eq!(expand(&["ec2:Describe?mages"]).count(), 1);
        assert_eq!(expand(&["s3:*"]).count(), universe.service("s3").len());
        assert_eq!(expand(&["*"]).count(), universe.len());
        assert_eq!(expand(&["deepracer-of-mine:GetTrack"]).count(), 0);
    }

    #[test]
    fn a_deny_of_everything_but_one_service_leaves_that_service() {
        let universe = catalogue();
        let statements = vec![statement(Effect::Allow, false, &["*"]), statement(Effect::Deny, true, &["sts:*"])];
        let granted = universe.granted(&PolicyDocument { version: None, statements, text: WrittenDocument::default() });
        assert_eq!(granted.places().collect::<Vec<_>>(), universe.service("sts").collect::<Vec<_>>());
    }

    #[test]
    fn a_conditional_deny_takes_nothing_away() {
        let universe = catalogue();
        let place = universe.place("s3", "DeleteBucket").expect("known");
        let deny = statement(Effect::Deny, false, &["s3:DeleteBucket"]);
        for (conditions, expected) in [(0, false), (1, true)] {
            let deny = Statement { conditions, ..deny.clone() };
            let statements = vec![statement(Effect::Allow, false, &["s3:*"]), deny];
            assert_eq!(
                universe
                    .granted(&PolicyDocument { version: None, statements, text: WrittenDocument::default() })
                    .contains(place),
                expected
            );
        }
    }

    proptest! {
        #[test]
        fn sets_agree_with_every_action_asked_alone(
            actions in prop::collection::vec(("[ab]{1,2}", "[abAB]{1,3}"), 0..150),
            patterns in prop::collection::vec("\\*|[abAB*]{1,2}:[abA*?]{0,4}|[ab:*]{0,3}", 0..4),
            not: bool, deny: bool,
        ) {
            let universe = Universe::new(actions.iter().map(|(service, action)| (service.as_str(), action.as_str())), []);
            let effect = if deny { Effect::Deny } else { Effect::Allow };
            let patterns: Vec<_> = patterns.iter().map(String::as_str).collect();
            let statement = statement(effect, not, &patterns);
            let set = universe.expand(&statement);
            for place in 0..universe.len() {
                let (service, action) = universe.action(place);
                prop_assert_eq!(set.contains(place), statement.matches(service, action), "{}:{}", service, action);
            }
            prop_assert_eq!(set.count(), set.places().count());
        }
    }
}
