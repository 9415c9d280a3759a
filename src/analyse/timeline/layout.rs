//! Which actions of a service need no row of their own.
//!
//! An administrator's dump lists ten thousand actions, most of them never used, and the dump of the week before lists
//! the same ones. For actions that are in the same lists and have no access in any, all conclusions are the same, so
//! they are one class: one row is judged for all of them. What lists have in common is computed once for each
//! combination of lists, because the dumps of many entities share them.

use std::borrow::Cow;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::Spellings;
use crate::model::Symbol;

/// A class of actions, in [`Layouts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(u32);

impl ClassId {
    /// Its position among all classes.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A list of action names, identified by its address in memory: dumps share equal lists, and two equal lists at
/// different addresses only cost time.
type ListId = (*const Symbol, usize);

fn id(list: &[Symbol]) -> ListId {
    (list.as_ptr(), list.len())
}

/// The classes of all lists that were seen.
#[derive(Debug, Default)]
pub struct Layouts<'d> {
    classes: Vec<Cow<'d, [Symbol]>>,
    plain: FxHashMap<ListId, Option<ClassId>>,
    mixed: FxHashMap<Vec<ListId>, Rc<Mixed>>,
    /// For each name, the number of the last check that met it: so a check for names that occur twice needs no
    /// clearing.
    met: Vec<u32>,
    checks: u32,
}

impl<'d> Layouts<'d> {
    /// The names of a class, in the order of a dump.
    #[must_use]
    pub fn names(&self, class: ClassId) -> &[Symbol] {
        &self.classes[class.index()]
    }

    /// The names of every class, at their positions.
    #[must_use]
    pub fn into_classes(self) -> Vec<Cow<'d, [Symbol]>> {
        self.classes
    }

    /// The class of all names of `list`; `None` if one of them occurs twice in it, in any spelling.
    pub(super) fn plain(&mut self, list: &'d [Symbol], names: &impl Spellings) -> Option<ClassId> {
        if let Some(known) = self.plain.get(&id(list)) {
            return *known;
        }
        let class = self.names_each_once(list, names).then(|| self.add(Cow::Borrowed(list)));
        self.plain.insert(id(list), class);
        class
    }

    /// The class of all names of a list that [`Layouts::plain`] has seen.
    pub(super) fn known(&self, list: &[Symbol]) -> Option<ClassId> {
        *self.plain.get(&id(list))?
    }

    /// Whether no name occurs twice in `list`, in any spelling.
    pub(super) fn names_each_once(&mut self, list: &[Symbol], names: &impl Spellings) -> bool {
        if self.checks == u32::MAX {
            (self.met, self.checks) = (Vec::new(), 0);
        }
        self.checks += 1;
        list.iter().all(|&name| self.is_met_first(names.folded(name)))
    }

    fn is_met_first(&mut self, name: Symbol) -> bool {
        let Some(at) = name.index().map(|number| number as usize) else { return false };
        if self.met.len() <= at {
            self.met.resize(at + 1, 0);
        }
        std::mem::replace(&mut self.met[at], self.checks) != self.checks
    }

    fn add(&mut self, names: Cow<'d, [Symbol]>) -> ClassId {
        let class = ClassId(u32::try_from(self.classes.len()).expect("fewer than 2^32 classes"));
        self.classes.push(names);
        class
    }

    /// The classes of one service that several answers list; `lists` are its lists, each once, in their order.
    pub(super) fn of(&mut self, lists: &[&'d [Symbol]], names: &impl Spellings) -> Layout {
        if let [list] = lists
            && let Some(class) = self.plain(list, names)
        {
            return Layout::Plain { class, names: list.len() };
        }
        let key: Vec<ListId> = lists.iter().map(|list| id(list)).collect();
        if let Some(known) = self.mixed.get(&key) {
            return Layout::Mixed(Rc::clone(known));
        }
        let mixed = Rc::new(self.mix(lists, names));
        self.mixed.insert(key, Rc::clone(&mixed));
        Layout::Mixed(mixed)
    }

    fn mix(&mut self, lists: &[&'d [Symbol]], names: &impl Spellings) -> Mixed {
        let mut numbers: FxHashMap<Symbol, u32> = FxHashMap::default();
        let mut all: Vec<SpeltName> = Vec::new();
        let mut at: Vec<Vec<u32>> = Vec::with_capacity(lists.len());
        for (number, list) in lists.iter().enumerate() {
            let mut of_list = Vec::with_capacity(list.len());
            for (place, &spelt) in list.iter().enumerate() {
                let next = all.len() as u32;
                let name = *numbers.entry(names.folded(spelt)).or_insert(next);
                if name == next {
                    all.push(SpeltName { spelt, places: Vec::new(), is_alone: false, class: None });
                }
                let known = &mut all[name as usize];
                let stands_twice = known.places.last().is_some_and(|(of, _)| *of == number as u32);
                known.is_alone |= stands_twice || known.spelt != spelt;
                known.places.push((number as u32, place as u32));
                of_list.push(name);
            }
            at.push(of_list);
        }
        let classes = self.classes_of(&mut all);
        Mixed { names: all, at, classes }
    }

    /// Makes one class of the names that are in the same lists, once in each and always in the same spelling.
    fn classes_of(&mut self, names: &mut [SpeltName]) -> Vec<(ClassId, Vec<u32>)> {
        let mut by_lists: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
        let mut members: Vec<(Vec<u32>, Vec<Symbol>)> = Vec::new();
        for name in names.iter_mut().filter(|name| !name.is_alone) {
            let lists: Vec<u32> = name.places.iter().map(|(list, _)| *list).collect();
            let class = *by_lists.entry(lists.clone()).or_insert_with(|| {
                members.push((lists, Vec::new()));
                members.len() - 1
            });
            members[class].1.push(name.spelt);
            name.class = Some(class);
        }
        members.into_iter().map(|(lists, names)| (self.add(Cow::Owned(names)), lists)).collect()
    }
}

/// The actions of one service in the lists of several answers.
#[derive(Debug, Clone)]
pub(super) enum Layout {
    /// One list, in which each name occurs once: a name's number is its position.
    Plain { class: ClassId, names: usize },
    /// Several lists.
    Mixed(Rc<Mixed>),
}

#[derive(Debug)]
pub(super) struct Mixed {
    names: Vec<SpeltName>,
    /// For each list, the number of the name at each position.
    at: Vec<Vec<u32>>,
    /// Each class, and the lists that hold it.
    classes: Vec<(ClassId, Vec<u32>)>,
}

#[derive(Debug)]
struct SpeltName {
    spelt: Symbol,
    /// List and position, in their order.
    places: Vec<(u32, u32)>,
    /// Whether it occurs twice in a list or has two spellings, and so needs a row of its own.
    is_alone: bool,
    /// Its position among the classes of the layout.
    class: Option<usize>,
}

impl Mixed {
    /// A name as the first list writes it.
    pub fn spelling(&self, name: u32) -> Symbol {
        self.names[name as usize].spelt
    }
}

impl Layout {
    /// The number of the name at `place` of the list at `list`.
    pub fn name_at(&self, list: usize, place: usize) -> u32 {
        match self {
            Self::Plain { .. } => place as u32,
            Self::Mixed(mixed) => mixed.at[list][place],
        }
    }

    /// The positions of a name in the list at `list`.
    pub fn places(&self, name: u32, list: usize) -> impl Iterator<Item = usize> + '_ {
        let (plain, mixed) = match self {
            Self::Plain { .. } => (Some(name as usize), &[][..]),
            Self::Mixed(mixed) => (None, mixed.names[name as usize].places.as_slice()),
        };
        let of_list = mixed.iter().filter(move |(of, _)| *of as usize == list).map(|(_, place)| *place as usize);
        plain.into_iter().chain(of_list)
    }

    /// The names that are in no class.
    pub fn alone(&self) -> impl Iterator<Item = u32> + '_ {
        let names = if let Self::Mixed(mixed) = self { mixed.names.as_slice() } else { &[] };
        names.iter().zip(0..).filter(|(name, _)| name.is_alone).map(|(_, number)| number)
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        if let Self::Mixed(mixed) = self { mixed.classes.len() } else { 1 }
    }

    /// The class at `at`, and how many names it has.
    pub fn class(&self, at: usize, layouts: &Layouts) -> (ClassId, usize) {
        match self {
            Self::Plain { class, names } => (*class, *names),
            Self::Mixed(mixed) => (mixed.classes[at].0, layouts.names(mixed.classes[at].0).len()),
        }
    }

    /// Whether the list at `list` holds the class at `at`.
    pub fn holds(&self, list: usize, at: usize) -> bool {
        if let Self::Mixed(mixed) = self { mixed.classes[at].1.contains(&(list as u32)) } else { true }
    }

    /// The class of a name, by its position among those of the layout.
    pub fn class_of(&self, name: u32) -> Option<usize> {
        if let Self::Mixed(mixed) = self { mixed.names[name as usize].class } else { Some(0) }
    }
}
