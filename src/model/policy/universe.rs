//! Every known action in one order, so that the actions that a policy names are a set of bits. A policy version is
//! expanded once, however many entities hold it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashTable;
use rustc_hash::FxHashMap;

use super::{ActionPattern, Actions, Effect, PatternKind, PolicyDocument, Statement};

/// The actions that exist, sorted without case. Two spellings of one action count as one.
#[derive(Debug, Default)]
pub struct Universe {
    actions: Vec<Known>,
    /// The positions of the actions of each service.
    services: FxHashMap<Arc<str>, Range<usize>>,
    /// The position of each action, by [`hash_of`] its name. A search among the sorted names, which are all over the memory, took 6 % of a
    /// question about actions.
    places: HashTable<u32>,
}

/// One action.
#[derive(Debug)]
struct Known {
    /// In lower case.
    service: Arc<str>,
    /// In lower case.
    action: Box<str>,
    /// In the spelling of the first source that named it.
    spelt: Box<str>,
    /// Whether a catalogue has it.
    is_listed: bool,
}

/// A set of actions of one [`Universe`]. It has bits only from its first action to its last one: most statements are about
/// one service, and thousands of policies have thousands of them.
#[derive(Debug, Clone)]
pub struct ActionSet {
    /// The place of the first bit of `words`, in words.
    start: usize,
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
        let lists = lists.into_iter().map(|pair| (pair, true));
        let names = names.into_iter().map(|pair| (pair, false));
        // It goes service by service: twenty thousand actions are sorted in a third of the time of one sort of them
        // all.
        let mut services: BTreeMap<Arc<str>, Vec<Known>> = BTreeMap::new();
        for ((service, action), is_listed) in lists.chain(names) {
            let service = lower(service);
            let service =
                services.get_key_value(&*service).map_or_else(|| Arc::from(service), |(known, _)| Arc::clone(known));
            let known =
                Known { action: lower(action).into(), spelt: action.into(), is_listed, service: Arc::clone(&service) };
            services.entry(service).or_default().push(known);
        }
        let mut all: Vec<Known> = Vec::with_capacity(services.values().map(Vec::len).sum());
        let mut ranges = FxHashMap::default();
        for (service, mut actions) in services {
            // The sort is stable: the catalogue's spelling stays before all others.
            actions.sort_by(|a, b| a.action.cmp(&b.action));
            actions.dedup_by(|b, a| a.action == b.action);
            ranges.insert(service, all.len()..all.len() + actions.len());
            all.append(&mut actions);
        }
        let hash_at = |place: &u32| all[*place as usize].hash();
        let mut places = HashTable::with_capacity(all.len());
        for (place, known) in (0..).zip(&all) {
            places.insert_unique(known.hash(), place, hash_at);
        }
        Self { actions: all, services: ranges, places }
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
        let is_it = |place: &u32| {
            let known = &self.actions[*place as usize];
            known.action.eq_ignore_ascii_case(action) && known.service.eq_ignore_ascii_case(service)
        };
        self.places.find(hash_of(service, action), is_it).map(|place| *place as usize)
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
        let mut set = ActionSet::empty(self.len());
        self.add(pattern, &mut set);
        set.places().collect()
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
        match (pattern.kind(), pattern.parts()) {
            (PatternKind::All, _) => set.insert_all(0..self.len()),
            (_, None) => self.scan(0..self.len(), pattern, set),
            (PatternKind::Service, Some((service, _))) => set.insert_all(self.service(service)),
            (PatternKind::Exact, Some((service, action))) => {
                self.place(service, action).into_iter().for_each(|place| set.insert(place));
            }
            (PatternKind::Prefix, Some((service, action))) => {
                set.insert_all(self.beginning_with(service, action.trim_end_matches('*')));
            }
            (_, Some((service, _))) => self.scan(self.service(service), pattern, set),
        }
    }

    /// The positions of the actions of a service that begin with `start`, which is in lower case.
    fn beginning_with(&self, service: &str, start: &str) -> Range<usize> {
        let range = self.service(service);
        let actions = &self.actions[range.clone()];
        let first = actions.partition_point(|known| *known.action < *start);
        let count = actions[first..].partition_point(|known| known.action.starts_with(start));
        range.start + first..range.start + first + count
    }

    fn scan(&self, range: Range<usize>, pattern: &ActionPattern, set: &mut ActionSet) {
        let matches = |place: &usize| {
            let (service, action) = self.action(*place);
            pattern.matches(service, action)
        };
        range.filter(matches).for_each(|place| set.insert(place));
    }
}

impl Known {
    fn hash(&self) -> u64 {
        hash_of(&self.service, &self.action)
    }
}

/// The same number for all spellings of an action: FNV-1a of the name in lower case, which allocates nothing.
fn hash_of(service: &str, action: &str) -> u64 {
    let bytes = service.bytes().chain([b':']).chain(action.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The name in lower case, which most names are already.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}

impl ActionSet {
    /// A set without actions, of a universe of `len`.
    #[must_use]
    pub const fn empty(len: usize) -> Self {
        Self { start: 0, words: Vec::new(), len }
    }

    /// Whether the action at `place` is in it.
    #[must_use]
    pub fn contains(&self, place: usize) -> bool {
        self.word(place / 64) >> (place % 64) & 1 == 1
    }

    /// How many actions are in it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The positions in it, ascending.
    pub fn places(&self) -> impl Iterator<Item = usize> + Clone {
        self.places_in(0..self.len)
    }

    /// The positions in it within `range`, ascending.
    pub fn places_in(&self, range: Range<usize>) -> impl Iterator<Item = usize> + Clone {
        let words = (range.start / 64).max(self.start)..range.end.div_ceil(64).min(self.start + self.words.len());
        let bits = move |at: usize| {
            let ones = std::iter::successors(Some(self.word(at)), |left| Some(left & left.wrapping_sub(1)));
            ones.take_while(|left| *left != 0).map(move |left| at * 64 + left.trailing_zeros() as usize)
        };
        words.flat_map(bits).filter(move |place| range.contains(place))
    }

    /// Adds all of `other`, a set of the same universe.
    pub fn union(&mut self, other: &Self) {
        if other.words.is_empty() {
            return;
        }
        self.reach(other.start..other.start + other.words.len());
        let own = &mut self.words[other.start - self.start..];
        own.iter_mut().zip(&other.words).for_each(|(word, more)| *word |= more);
    }

    /// Removes all of `other`, a set of the same universe.
    pub fn subtract(&mut self, other: &Self) {
        let own = (self.start..).zip(&mut self.words);
        own.for_each(|(at, word)| *word &= !other.word(at));
    }

    /// Adds the action at `place`.
    ///
    /// # Panics
    /// If `place` is not below the length of the universe.
    pub fn insert(&mut self, place: usize) {
        assert!(place < self.len, "an action of the universe");
        let at = place / 64;
        self.reach(at..at + 1);
        self.words[at - self.start] |= 1 << (place % 64);
    }

    /// Adds the actions at all places of `range`, which are below the length of the universe.
    fn insert_all(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        self.reach(range.start / 64..range.end.div_ceil(64));
        for at in range.start / 64..range.end.div_ceil(64) {
            let from = range.start.max(at * 64) - at * 64;
            let count = range.end.min((at + 1) * 64) - at * 64 - from;
            self.words[at - self.start] |= (u64::MAX >> (64 - count)) << from;
        }
    }

    /// Takes the action at `place` out.
    pub fn remove(&mut self, place: usize) {
        let at = (place / 64).checked_sub(self.start);
        if let Some(word) = at.and_then(|at| self.words.get_mut(at)) {
            *word &= !(1 << (place % 64));
        }
    }

    /// Keeps only what is in `other` too, a set of the same universe.
    pub fn intersect(&mut self, other: &Self) {
        let own = (self.start..).zip(&mut self.words);
        own.for_each(|(at, word)| *word &= other.word(at));
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The bits of the word `at`, counted from the first action of the universe.
    fn word(&self, at: usize) -> u64 {
        at.checked_sub(self.start).and_then(|at| self.words.get(at)).copied().unwrap_or(0)
    }

    /// Has bits for all `words`, at least.
    fn reach(&mut self, words: Range<usize>) {
        if self.words.is_empty() {
            self.start = words.start;
        }
        if words.start < self.start {
            let missing = self.start - words.start;
            self.words.splice(..0, std::iter::repeat_n(0, missing));
            self.start = words.start;
        }
        if words.end > self.start + self.words.len() {
            self.words.resize(words.end - self.start, 0);
        }
    }

    fn invert(&mut self) {
        self.reach(0..self.len.div_ceil(64));
        self.words.iter_mut().for_each(|word| *word = !*word);
        let used = self.len % 64;
        if let Some(last) = self.words.last_mut().filter(|_| used > 0) {
            *last &= (1 << used) - 1;
        }
    }
}

impl PartialEq for ActionSet {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && (0..self.len.div_ceil(64)).all(|at| self.word(at) == other.word(at))
    }
}

impl Eq for ActionSet {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::Catalogue;
    use crate::model::policy::{ResourceScope, StatementTimes, WrittenDocument};

    fn statement(effect: Effect, not: bool, patterns: &[&str]) -> Statement {
        let patterns = patterns.iter().map(|pattern| ActionPattern::new(pattern)).collect();
        let actions = if not { Actions::AllBut(patterns) } else { Actions::Listed(patterns) };
        Statement {
            number: 1,
            sid: None,
            effect,
            actions,
            resources: ResourceScope::All,
            conditions: 0,
            times: StatementTimes::default(),
        }
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

        #[test]
        fn sets_of_bits_are_sets(
            one in prop::collection::btree_set(0_usize..300, 0..8), other in prop::collection::btree_set(0_usize..300, 0..8),
            range in (0_usize..320, 0_usize..320),
        ) {
            let set = |places: &std::collections::BTreeSet<usize>, backwards: bool| {
                let mut set = ActionSet::empty(300);
                let mut places: Vec<usize> = places.iter().copied().collect();
                if backwards {
                    places.reverse();
                }
                for place in places {
                    set.insert(place);
                }
                set
            };
            let (own, more) = (set(&one, false), set(&other, true));
            let check = |set: &ActionSet, expected: std::collections::BTreeSet<usize>| {
                assert_eq!(set.places().collect::<Vec<_>>(), expected.iter().copied().collect::<Vec<_>>());
                assert_eq!(set.count(), expected.len());
                assert_eq!(set.is_empty(), expected.is_empty());
                let within = expected.iter().copied().filter(|place| (range.0..range.1).contains(place));
                assert_eq!(set.places_in(range.0..range.1).collect::<Vec<_>>(), within.collect::<Vec<_>>());
                assert!((0..310).all(|place| set.contains(place) == expected.contains(&place)));
            };
            check(&own, one.clone());
            let changed = |change: fn(&mut ActionSet, &ActionSet)| {
                let mut set = own.clone();
                change(&mut set, &more);
                set
            };
            check(&changed(ActionSet::union), &one | &other);
            check(&changed(ActionSet::subtract), &one - &other);
            check(&changed(ActionSet::intersect), &one & &other);
            let mut rest = own.clone();
            for place in &other {
                rest.remove(*place);
            }
            check(&rest, &one - &other);
            prop_assert_eq!(&rest, &changed(ActionSet::subtract));
            prop_assert_eq!(own == more, one == other);
            let mut inverted = own.clone();
            inverted.invert();
            check(&inverted, (0..300).filter(|place| !one.contains(place)).collect());
        }
    }
}
