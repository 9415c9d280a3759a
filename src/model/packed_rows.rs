//! Rows between the stages, where they only wait: packed, a fifth of their size.
//!
//! The input is the [`Rows`] of an answer. The output is [`PackedRows`], which keeps the facts that are needed of every
//! dump (how many rows, the first and the last service, the entities that accessed) and unpacks the rest. All of it is
//! in memory, so nothing here can fail.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;

use super::codec::{Damaged, Reader, Writer};
use super::rows::packed;
use super::{Instant, Rows, ServiceRow, Symbol};

/// Rows, packed or not, and the facts that are known in either form.
#[derive(Debug, Clone)]
pub struct PackedRows {
    gist: Gist,
    form: Form,
}

/// Facts that are needed too often to unpack the rows for them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Gist {
    services: u32,
    actions: u32,
    used_services: u32,
    used: u32,
    /// The highest count of entities in a row; `None` if no row counts them.
    most_entities: Option<u32>,
    latest: Option<Instant>,
    first: Symbol,
    last: Symbol,
    /// Those that accessed a service, then those that only accessed actions.
    actors: Box<[Symbol]>,
    /// How many of the actors accessed a service.
    service_actors: u32,
}

#[derive(Debug, Clone)]
enum Form {
    Open(Rows),
    Packed { bytes: Arc<[u8]>, terms: Arc<RowTerms> },
}

/// The meaning of the numbers in packed rows.
#[derive(Debug, Default)]
pub struct RowTerms {
    /// The names by number, unless the numbers are those of the symbols themselves.
    names: Option<Vec<Symbol>>,
    lists: RwLock<NumberedLists>,
}

/// Lists of action names by number: dumps share them, also after they are unpacked.
#[derive(Debug, Default)]
struct NumberedLists {
    numbers: FxHashMap<Arc<[Symbol]>, u32>,
    lists: Vec<Arc<[Symbol]>>,
    /// The same by the address of a list, together with the list, so that no other list can get that address. Decoding
    /// shares nearly every list, and hashing its names again took 4 % of the time of `services`.
    by_address: FxHashMap<usize, (u32, Arc<[Symbol]>)>,
}

impl NumberedLists {
    fn at(&self, list: &Arc<[Symbol]>) -> Option<u32> {
        self.by_address.get(&address(list)).map(|(number, _)| *number)
    }
}

/// How many equal lists are held for each: every thread that decodes shares its own.
const MOST_TWINS: usize = 8;

fn address(list: &Arc<[Symbol]>) -> usize {
    list.as_ptr().addr()
}

/// Gives new numbers to names and lists, for rows that outlive the run.
#[derive(Debug, Default)]
pub struct RowNumbers {
    names: FxHashMap<Symbol, u32>,
    all_names: Vec<Symbol>,
    lists: FxHashMap<Arc<[Symbol]>, u32>,
    all_lists: Vec<Vec<u32>>,
}

impl RowNumbers {
    fn name(&mut self, name: Symbol) -> u32 {
        let next = self.all_names.len() as u32;
        let number = *self.names.entry(name).or_insert(next);
        if number == next {
            self.all_names.push(name);
        }
        number
    }

    fn list(&mut self, list: &Arc<[Symbol]>) -> u32 {
        if let Some(known) = self.lists.get(list) {
            return *known;
        }
        let names = list.iter().map(|name| self.name(*name)).collect();
        let number = self.all_lists.len() as u32;
        self.all_lists.push(names);
        self.lists.insert(Arc::clone(list), number);
        number
    }

    /// The names by number, with the texts in `texts`, which holds them by symbol; and the lists, each as the numbers
    /// of its names.
    ///
    /// # Panics
    /// If `texts` lacks a name.
    #[must_use]
    pub fn finish(self, texts: &[Arc<str>]) -> (Vec<String>, Vec<Vec<u32>>) {
        let text = |name: &Symbol| texts[name.index().expect("a name has a number") as usize].to_string();
        (self.all_names.iter().map(text).collect(), self.all_lists)
    }
}

impl RowTerms {
    /// Terms in which the number of a name, and of a list, is its position; equal lists are shared with `all`. `None`
    /// if a list has the number of a name that is not there.
    #[must_use]
    pub fn of(names: Vec<Symbol>, lists: &[Vec<u32>], all: &Self) -> Option<Arc<Self>> {
        let name = |number: &u32| names.get(*number as usize).copied();
        let list = |numbers: &Vec<u32>| Some(all.shared(numbers.iter().map(name).collect::<Option<Vec<_>>>()?.into()));
        let lists = lists.iter().map(list).collect::<Option<Vec<_>>>()?;
        let lists = RwLock::new(NumberedLists { lists, ..NumberedLists::default() });
        Some(Arc::new(Self { names: Some(names), lists }))
    }

    fn name(&self, number: u32) -> Option<Symbol> {
        match &self.names {
            None => Some(Symbol::at(number)),
            Some(names) => names.get(number as usize).copied(),
        }
    }

    /// The rows that `bytes` hold.
    fn rows(&self, bytes: &[u8]) -> Result<Rows, Damaged> {
        // The lock is taken once: a dump has hundreds of lists.
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        packed::read(bytes, |number| self.name(number), |number| lists.lists.get(number as usize).cloned())
    }

    /// The list equal to `list` that all dumps share.
    fn shared(&self, list: Arc<[Symbol]>) -> Arc<[Symbol]> {
        self.list(self.number(&list)).unwrap_or(list)
    }

    /// The number of `list`, new or known.
    fn number(&self, list: &Arc<[Symbol]>) -> u32 {
        if let Some(known) = self.lists.read().unwrap_or_else(PoisonError::into_inner).at(list) {
            return known;
        }
        let NumberedLists { numbers, lists, by_address } =
            &mut *self.lists.write().unwrap_or_else(PoisonError::into_inner);
        let number = *numbers.entry(Arc::clone(list)).or_insert_with(|| {
            lists.push(Arc::clone(list));
            u32::try_from(lists.len() - 1).expect("fewer than 2^32 distinct lists")
        });
        // Lists that are not shared would be held for nothing.
        if by_address.len() < lists.len() * MOST_TWINS {
            by_address.insert(address(list), (number, Arc::clone(list)));
        }
        number
    }

    fn list(&self, number: u32) -> Option<Arc<[Symbol]>> {
        self.lists.read().unwrap_or_else(PoisonError::into_inner).lists.get(number as usize).cloned()
    }
}

/// What lists of action names tell, found once for each list: dumps share theirs once they are packed, and a list has far
/// more names than a dump has lists.
#[derive(Debug, Default)]
pub struct ListFacts<T> {
    /// By the address of each list that tells something. The terms hold the lists, so no other list gets that address.
    known: FxHashMap<usize, T>,
    _terms: Arc<RowTerms>,
}

impl<T> ListFacts<T> {
    /// What `of` tells of each list of `terms`, which are those of a run.
    pub fn new(terms: &Arc<RowTerms>, of: impl Fn(&[Symbol]) -> Option<T>) -> Self {
        let lists = terms.lists.read().unwrap_or_else(PoisonError::into_inner);
        let known = lists.lists.iter().filter_map(|list| Some((address(list), of(list)?))).collect();
        Self { known, _terms: Arc::clone(terms) }
    }

    /// Hands what the lists of `rows` tell to `each`, in the order of the dump. The lists of rows that are not packed are
    /// looked through by `of`, which has to be the same function.
    ///
    /// # Panics
    /// Never: what is packed was packed here.
    pub fn each(&self, rows: &PackedRows, of: impl Fn(&[Symbol]) -> Option<T>, mut each: impl FnMut(&T)) {
        match &rows.form {
            Form::Open(rows) => rows.lists().filter_map(|list| of(list)).for_each(|fact| each(&fact)),
            Form::Packed { .. } if self.known.is_empty() => {}
            Form::Packed { bytes, terms } => {
                let lists = terms.lists.read().unwrap_or_else(PoisonError::into_inner);
                let each = |number: u32| {
                    if let Some(fact) = self.known.get(&address(&lists.lists[number as usize])) {
                        each(fact);
                    }
                };
                packed::each_list(bytes, each).expect("rows are packed as they are unpacked");
            }
        }
    }
}

impl Default for PackedRows {
    fn default() -> Self {
        Rows::default().into()
    }
}

impl From<Rows> for PackedRows {
    fn from(rows: Rows) -> Self {
        let services = rows.services();
        let mut actors: Vec<Symbol> = Vec::new();
        let mut service_actors = 0;
        for (at, (_, by)) in rows.accesses().enumerate() {
            if by != Symbol::NONE && !actors.contains(&by) {
                actors.push(by);
            }
            if at < services.len() {
                service_actors = actors.len();
            }
        }
        let namespace = |service: Option<&ServiceRow>| service.map_or(Symbol::NONE, |service| service.namespace);
        let gist = Gist {
            services: services.len() as u32,
            actions: rows.action_count() as u32,
            used_services: services.iter().filter(|service| service.is_used()).count() as u32,
            used: rows.used_count() as u32,
            most_entities: services.iter().filter_map(|service| service.entities).max(),
            latest: rows.latest(),
            first: namespace(services.first()),
            last: namespace(services.last()),
            actors: actors.into(),
            service_actors: service_actors as u32,
        };
        Self { gist, form: Form::Open(rows) }
    }
}

impl PackedRows {
    /// The number of service rows.
    #[must_use]
    pub const fn service_count(&self) -> usize {
        self.gist.services as usize
    }

    /// The number of action rows of all services.
    #[must_use]
    pub const fn action_count(&self) -> usize {
        self.gist.actions as usize
    }

    /// How many actions of all services have more recorded than their name.
    #[must_use]
    pub const fn used_count(&self) -> usize {
        self.gist.used as usize
    }

    /// Whether any service lists at least one tracked action.
    #[must_use]
    pub const fn has_actions(&self) -> bool {
        self.gist.actions > 0
    }

    /// How many services were used; see [`ServiceRow::is_used`].
    #[must_use]
    pub const fn used_service_count(&self) -> usize {
        self.gist.used_services as usize
    }

    /// The highest count of entities in a service row; `None` if no row counts them.
    #[must_use]
    pub const fn most_entities(&self) -> Option<u32> {
        self.gist.most_entities
    }

    /// The newest access to any service or action.
    #[must_use]
    pub const fn latest(&self) -> Option<Instant> {
        self.gist.latest
    }

    /// The namespace of the first service; [`Symbol::NONE`] if there is none.
    #[must_use]
    pub const fn first(&self) -> Symbol {
        self.gist.first
    }

    /// The namespace of the last service; [`Symbol::NONE`] if there is none.
    #[must_use]
    pub const fn last(&self) -> Symbol {
        self.gist.last
    }

    /// Every entity that accessed a service, each once.
    #[must_use]
    pub fn service_actors(&self) -> &[Symbol] {
        &self.gist.actors[..self.gist.service_actors as usize]
    }

    /// Every entity that accessed a service or an action, each once.
    #[must_use]
    pub fn actors(&self) -> &[Symbol] {
        &self.gist.actors
    }

    /// Hands the namespace of every service to `each`, in the order of the dump, at a third of the cost of [`PackedRows::open`].
    ///
    /// # Panics
    /// Never: what is packed was packed here.
    pub fn each_namespace(&self, each: impl FnMut(Symbol)) {
        match &self.form {
            Form::Open(rows) => rows.services().iter().map(|service| service.namespace).for_each(each),
            Form::Packed { bytes, terms } => packed::each_namespace(bytes, |number| terms.name(number), each)
                .expect("rows are packed as they are unpacked"),
        }
    }

    /// The rows, unpacked if they are packed.
    ///
    /// # Panics
    /// Never: packed rows were packed here.
    #[must_use]
    pub fn open(&self) -> Cow<'_, Rows> {
        match &self.form {
            Form::Open(rows) => Cow::Borrowed(rows),
            Form::Packed { bytes, terms } => {
                Cow::Owned(terms.rows(bytes).expect("rows are packed as they are unpacked"))
            }
        }
    }

    /// The rows of a dump in the batch that is being worked on.
    ///
    /// # Panics
    /// If they are packed, which is a bug: a batch is unpacked before any work on it.
    #[must_use]
    pub fn opened(&self) -> &Rows {
        match &self.form {
            Form::Open(rows) => rows,
            Form::Packed { .. } => unreachable!("the rows of a batch are unpacked before anyone works on it"),
        }
    }

    /// Packs the rows; `terms` holds the meaning of the numbers in them.
    pub fn pack(&mut self, terms: &Arc<RowTerms>) {
        let Form::Open(rows) = &self.form else { return };
        let name = |name: Symbol| name.index().expect("a name has a number");
        let bytes = packed::write(rows, name, |list| terms.number(list));
        self.form = Form::Packed { bytes: bytes.into(), terms: Arc::clone(terms) };
    }

    /// The rows as bytes, in which names and lists have the numbers that `numbers` gives them; before them, the facts.
    #[must_use]
    pub fn numbered(&self, numbers: &mut RowNumbers) -> Vec<u8> {
        let Gist { services, actions, used_services, used, most_entities, latest, first, last, actors, service_actors } =
            &self.gist;
        let mut facts = Writer::default();
        for count in [services, actions, used_services, used, service_actors] {
            facts.number((*count).into());
        }
        facts.number(most_entities.map_or(0, |most| u64::from(most) + 1));
        facts.number(u64::from(latest.is_some()));
        facts.signed(latest.map_or(0, Instant::millis));
        let mut symbol = |name: Symbol| match name {
            Symbol::NONE => facts.number(0),
            name => facts.number(u64::from(numbers.name(name)) + 1),
        };
        symbol(*first);
        symbol(*last);
        actors.iter().for_each(|actor| symbol(*actor));
        facts.number(0);
        let numbers = std::cell::RefCell::new(numbers);
        let rows =
            packed::write(&self.open(), |name| numbers.borrow_mut().name(name), |list| numbers.borrow_mut().list(list));
        [facts.0, rows].concat()
    }

    /// Packed rows, with the meaning of their numbers. Only the facts are looked at: that the rows are as they were
    /// written has to be known, by a checksum.
    ///
    /// # Errors
    /// If the bytes do not begin with such facts.
    pub fn with_terms(bytes: &[u8], terms: &Arc<RowTerms>) -> Result<Self, Damaged> {
        let mut facts = Reader::new(bytes);
        let count = |facts: &mut Reader| u32::try_from(facts.number()?).map_err(|_| Damaged);
        let mut counts = [0; 5];
        for of in &mut counts {
            *of = count(&mut facts)?;
        }
        let [services, actions, used_services, used, service_actors] = counts;
        let most_entities = facts.number()?.checked_sub(1).map(u32::try_from).transpose().map_err(|_| Damaged)?;
        let is_dated = facts.number()? == 1;
        let latest = Some(Instant::from_millis(facts.signed()?)).filter(|_| is_dated);
        let mut symbol = || match count(&mut facts)?.checked_sub(1) {
            None => Ok(Symbol::NONE),
            Some(number) => terms.name(number).ok_or(Damaged),
        };
        let (first, last) = (symbol()?, symbol()?);
        let mut actors = Vec::new();
        loop {
            match symbol()? {
                Symbol::NONE => break,
                actor => actors.push(actor),
            }
        }
        if actors.len() < service_actors as usize {
            return Err(Damaged);
        }
        let gist = Gist {
            services,
            actions,
            used_services,
            used,
            most_entities,
            latest,
            first,
            last,
            actors: actors.into(),
            service_actors,
        };
        Ok(Self { gist, form: Form::Packed { bytes: facts.rest().into(), terms: Arc::clone(terms) } })
    }

    /// Whether the rows are unpacked.
    #[must_use]
    pub const fn are_open(&self) -> bool {
        matches!(self.form, Form::Open(_))
    }

    /// The same rows, unpacked.
    #[must_use]
    pub fn unpacked(&self) -> Self {
        Self { gist: self.gist.clone(), form: Form::Open(self.open().into_owned()) }
    }
}

impl PartialEq for PackedRows {
    fn eq(&self, other: &Self) -> bool {
        self.gist == other.gist && self.open() == other.open()
    }
}

impl Eq for PackedRows {}

impl Hash for PackedRows {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.open().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Accessed, ActionRow, Instant, ServiceRow, Symbols};

    fn some_rows(symbols: &Symbols, many: u32) -> Rows {
        let mut rows = Rows::default();
        for at in 0..many {
            let accessed =
                [Accessed::Never, Accessed::Unreadable, Accessed::At(Instant::from_millis(i64::from(at) * 7 - 9))];
            let accessed = accessed[at as usize % 3];
            let by = if at % 2 == 0 { symbols.intern("arn:aws:iam::111122223333:role/x") } else { Symbol::NONE };
            for name in 0..at % 5 {
                let by = if name == 3 { symbols.intern("arn:aws:iam::111122223333:role/y") } else { by };
                let name = symbols.intern(&format!("Do{name}"));
                rows.push_action(ActionRow { name, accessed, by, region: Symbol::NONE });
                rows.push_unrecorded(name);
            }
            rows.push_service(ServiceRow {
                namespace: symbols.intern(&format!("service-{at}")),
                name: Symbol::NONE,
                accessed,
                by,
                region: symbols.intern("eu-west-1"),
                entities: (at % 2 == 0).then_some(at),
                lists_actions: at % 5 > 0,
            });
        }
        rows
    }

    #[test]
    fn rows_with_numbers_of_their_own_are_the_same_in_another_run() {
        let symbols = Symbols::default();
        let rows = some_rows(&symbols, 300);
        let mut numbers = RowNumbers::default();
        let bytes = PackedRows::from(rows).numbered(&mut numbers);
        let (names, lists) = numbers.finish(&symbols.written());
        let later = Symbols::default();
        later.intern("a name that shifts all numbers");
        let terms = |names: &[String]| {
            let names = names.iter().map(|name| later.intern(name)).collect();
            RowTerms::of(names, &lists, later.row_terms())
        };
        let there = terms(&names).expect("every name is there");
        let back = PackedRows::with_terms(&bytes, &there).expect("as it was written");
        assert_eq!(*back.open(), some_rows(&later, 300));
        assert!(terms(&names[..1]).is_none());
        assert_eq!(back, PackedRows::from(some_rows(&later, 300)), "the facts, too");
        assert_eq!((back.service_actors().len(), back.actors().len()), (1, 2));
        assert_eq!((back.used_service_count(), back.most_entities()), (249, Some(298)));
        assert_eq!(back.latest(), Some(Instant::from_millis(299 * 7 - 9)));
        let names = |list: &[Symbol]| Some(list.to_vec());
        let facts = ListFacts::new(later.row_terms(), names);
        let of = |rows: &PackedRows| {
            let mut lists = Vec::new();
            facts.each(rows, names, |list| lists.push(list.clone()));
            lists
        };
        assert_eq!(of(&back).len(), 240, "four of five services have actions, in lists that all dumps share");
        assert_eq!(of(&back), of(&PackedRows::from(some_rows(&later, 300))));
        assert!(PackedRows::with_terms(&bytes[..3], &there).is_err());
    }

    #[test]
    fn what_is_packed_comes_back_as_it_was() {
        let symbols = Symbols::default();
        let terms = Arc::default();
        for many in [0, 1, 2, 300] {
            let rows = some_rows(&symbols, many);
            let mut kept = PackedRows::from(rows.clone());
            let open = kept.clone();
            kept.pack(&terms);
            assert_eq!((kept.are_open(), kept.service_count()), (false, many as usize));
            assert_eq!(*kept.open(), rows);
            assert_eq!(kept.unpacked(), open);
            assert_eq!(*kept.unpacked().opened(), rows);
        }
    }
}
