//! The rows of one dump, as columns.
//!
//! A dump of an administrator holds ten thousand tracked actions, most of them never used, and the next administrator's
//! dump holds the same ones. So the names of a service's actions are one list, which dumps may share ([`Lists`]), and
//! what only a used action has (date, entity, region) is kept for used actions alone.

pub(super) mod packed;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Accessed, Instant, Symbol};

/// One service row as read, before it is pushed into [`Rows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServiceRow {
    /// `ServiceNamespace`, the key.
    pub namespace: Symbol,
    /// `ServiceName`, for display; it changes over time.
    pub name: Symbol,
    /// `LastAuthenticated`.
    pub accessed: Accessed,
    /// `LastAuthenticatedEntity`.
    pub by: Symbol,
    /// `LastAuthenticatedRegion`.
    pub region: Symbol,
    /// `TotalAuthenticatedEntities`; `None` if the member is absent.
    pub entities: Option<u32>,
    /// Whether `TrackedActionsLastAccessed` is there as a list; without it the row proves nothing about actions.
    pub lists_actions: bool,
}

impl ServiceRow {
    /// A row without names and without any record.
    pub const UNRECORDED: Self = Self {
        namespace: Symbol::NONE,
        name: Symbol::NONE,
        accessed: Accessed::Never,
        by: Symbol::NONE,
        region: Symbol::NONE,
        entities: None,
        lists_actions: false,
    };

    /// Whether anything is recorded about an access to the service itself, apart from the number of entities.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        (self.accessed, self.by, self.region) != (Accessed::Never, Symbol::NONE, Symbol::NONE)
    }

    /// Whether the service was used; one that counts entities was, even if its date is missing.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.accessed != Accessed::Never || self.entities.is_some_and(|total| total > 0)
    }
}

/// One action row as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionRow {
    /// `ActionName`, without the namespace.
    pub name: Symbol,
    /// `LastAccessedTime`.
    pub accessed: Accessed,
    /// `LastAccessedEntity`.
    pub by: Symbol,
    /// `LastAccessedRegion`.
    pub region: Symbol,
}

impl ActionRow {
    /// An action with no record except that it is tracked.
    #[must_use]
    pub const fn unrecorded(name: Symbol) -> Self {
        Self { name, accessed: Accessed::Never, by: Symbol::NONE, region: Symbol::NONE }
    }

    fn is_recorded(&self) -> bool {
        *self != Self::unrecorded(self.name)
    }
}

/// The members that most actions do not have. The position is that among all actions of the dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Record {
    at: u32,
    by: Symbol,
    region: Symbol,
    accessed: Accessed,
}

/// Where the actions of a service end: those of the next one start there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct End {
    /// Among all actions of the dump.
    action: u32,
    /// Among the records. A search for the first record of a service took 5 % of a question to many dates.
    record: u32,
}

/// Service rows, each with its action rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rows {
    services: Vec<ServiceRow>,
    /// For each service, the names of its actions; `None` if it has none, as at service level.
    lists: Vec<Option<Arc<[Symbol]>>>,
    /// For each service.
    ends: Vec<End>,
    /// Ascending by position.
    records: Vec<Record>,
    /// The actions of the service that is pushed next.
    open: Vec<Symbol>,
}

impl Rows {
    /// Appends an action to the service that is pushed next.
    pub fn push_action(&mut self, action: ActionRow) {
        if action.is_recorded() {
            let ActionRow { accessed, by, region, .. } = action;
            let at = self.end().action + index(self.open.len());
            self.records.push(Record { at, by, region, accessed });
        }
        self.open.push(action.name);
    }

    /// Appends an action without a record: the same as [`Rows::push_action`], and faster.
    pub fn push_unrecorded(&mut self, name: Symbol) {
        self.open.push(name);
    }

    /// Ends a service row; the actions that were pushed since the last one belong to it.
    pub fn push_service(&mut self, service: ServiceRow) {
        let list = (!self.open.is_empty()).then(|| Arc::from(self.open.as_slice()));
        self.end_service(service, list);
    }

    /// Does the same, and shares the list of names with other dumps.
    pub fn push_service_sharing(&mut self, service: ServiceRow, lists: &mut Lists) {
        let list = (!self.open.is_empty()).then(|| lists.shared(service.namespace, &self.open));
        self.end_service(service, list);
    }

    /// Appends a service that already has its whole list of action names: the same as [`Rows::push_service`] after its
    /// actions, at the cost of the recorded ones only. `recorded` gives their positions in `list`, ascending, each
    /// below its length.
    pub fn push_service_listed(
        &mut self,
        service: ServiceRow,
        list: Option<&Arc<[Symbol]>>,
        recorded: impl Iterator<Item = (u32, Accessed, Symbol, Symbol)>,
    ) {
        let start = self.end().action;
        self.records.extend(recorded.map(|(place, accessed, by, region)| Record {
            at: start + place,
            by,
            region,
            accessed,
        }));
        self.services.push(service);
        let action = start + index(list.map_or(0, |list| list.len()));
        self.ends.push(End { action, record: index(self.records.len()) });
        self.lists.push(list.map(Arc::clone));
    }

    fn end_service(&mut self, service: ServiceRow, list: Option<Arc<[Symbol]>>) {
        let action = self.end().action + index(self.open.len());
        self.services.push(service);
        self.lists.push(list);
        self.ends.push(End { action, record: index(self.records.len()) });
        self.open.clear();
    }

    /// Where the actions of the last service end.
    fn end(&self) -> End {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Where the actions of the service at index `service` start, and where they end.
    fn bounds(&self, service: usize) -> (End, End) {
        (service.checked_sub(1).map_or_else(End::default, |before| self.ends[before]), self.ends[service])
    }

    /// The same rows in no more memory than they need. What was pushed since the last service is not among them.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        // A clone of a vector has no spare capacity.
        Self {
            services: self.services.clone(),
            lists: self.lists.clone(),
            ends: self.ends.clone(),
            records: self.records.clone(),
            open: Vec::new(),
        }
    }

    /// How much memory the rows take, without lists that others share.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let of_service = size_of::<ServiceRow>() + size_of::<Option<Arc<[Symbol]>>>() + size_of::<End>();
        size_of::<Self>() + self.services.len() * of_service + self.records.len() * size_of::<Record>()
    }

    /// Forgets every row and keeps the memory.
    pub fn clear(&mut self) {
        self.services.clear();
        self.lists.clear();
        self.ends.clear();
        self.records.clear();
        self.open.clear();
    }

    /// The service rows, in the order of the dump.
    #[must_use]
    pub fn services(&self) -> &[ServiceRow] {
        &self.services
    }

    /// The number of action rows of all services.
    #[must_use]
    pub fn action_count(&self) -> usize {
        self.end().action as usize
    }

    /// The names of the actions of the service at index `service`, in the order of the dump.
    #[must_use]
    pub fn action_names_of(&self, service: usize) -> &[Symbol] {
        self.lists[service].as_deref().unwrap_or_default()
    }

    /// The actions of the service at index `service`.
    pub fn actions_of(&self, service: usize) -> impl ExactSizeIterator<Item = ActionRow> + '_ {
        let mut recorded = self.recorded_actions_of(service).peekable();
        self.action_names_of(service).iter().enumerate().map(move |(at, &name)| {
            recorded.next_if(|(of, _)| *of == at).map_or(ActionRow::unrecorded(name), |(_, action)| action)
        })
    }

    /// The actions of the service at index `service` that have more recorded than their name, with their positions in
    /// [`Rows::action_names_of`], ascending.
    pub fn recorded_actions_of(&self, service: usize) -> impl Iterator<Item = (usize, ActionRow)> + '_ {
        let (start, end) = self.bounds(service);
        let names = self.action_names_of(service);
        self.records[start.record as usize..end.record as usize].iter().map(move |record| {
            let Record { at, by, region, accessed } = *record;
            let at = (at - start.action) as usize;
            (at, ActionRow { name: names[at], accessed, by, region })
        })
    }

    /// The action at `place` among those of the service at index `service`.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn action_at(&self, service: usize, place: usize) -> ActionRow {
        let (start, end) = self.bounds(service);
        let name = self.action_names_of(service)[place];
        let at = start.action + index(place);
        let records = &self.records[start.record as usize..end.record as usize];
        let record = records.binary_search_by_key(&at, |record| record.at).map(|found| records[found]);
        record.map_or(ActionRow::unrecorded(name), |Record { by, region, accessed, .. }| ActionRow {
            name,
            accessed,
            by,
            region,
        })
    }

    /// The lists of the services that have one, in the order of the dump.
    pub fn lists(&self) -> impl Iterator<Item = &Arc<[Symbol]>> {
        self.lists.iter().flatten()
    }

    /// The list of the service that was pushed last; `None` if it has none.
    #[must_use]
    pub fn last_list(&self) -> Option<&Arc<[Symbol]>> {
        self.lists.last().and_then(Option::as_ref)
    }

    /// How many actions of all services have more recorded than their name.
    #[must_use]
    pub fn used_count(&self) -> usize {
        self.records.len()
    }

    /// Every service with its actions.
    pub fn iter(&self) -> impl Iterator<Item = (&ServiceRow, impl ExactSizeIterator<Item = ActionRow> + '_)> {
        self.services.iter().enumerate().map(|(i, s)| (s, self.actions_of(i)))
    }

    /// The entity of every recorded access, once for each access.
    pub fn actors(&self) -> impl Iterator<Item = Symbol> {
        let of_services = self.services.iter().map(|service| service.by);
        of_services.chain(self.records.iter().map(|record| record.by)).filter(|&by| by != Symbol::NONE)
    }

    /// The access of every service, and of every action that records one, with the entity that made it.
    pub fn accesses(&self) -> impl Iterator<Item = (Accessed, Symbol)> {
        let of_services = self.services.iter().map(|service| (service.accessed, service.by));
        of_services.chain(self.records.iter().map(|record| (record.accessed, record.by)))
    }

    /// Whether any service lists at least one tracked action.
    #[must_use]
    pub fn has_actions(&self) -> bool {
        self.action_count() > 0
    }

    /// Whether any row has a date, even one that cannot be read.
    #[must_use]
    pub fn has_dates(&self) -> bool {
        let is_dated = |accessed: Accessed| accessed != Accessed::Never;
        self.services.iter().any(|s| is_dated(s.accessed))
            || self.records.iter().any(|record| is_dated(record.accessed))
    }

    /// The earliest readable date of any row.
    #[must_use]
    pub fn earliest(&self) -> Option<Instant> {
        let services = self.services.iter().filter_map(|s| s.accessed.instant());
        services.chain(self.records.iter().filter_map(|record| record.accessed.instant())).min()
    }

    /// The latest readable date of any row.
    #[must_use]
    pub fn latest(&self) -> Option<Instant> {
        let services = self.services.iter().filter_map(|s| s.accessed.instant());
        services.chain(self.records.iter().filter_map(|record| record.accessed.instant())).max()
    }
}

/// Lists of action names that have been seen, so that equal ones are held once.
#[derive(Debug, Default)]
pub struct Lists {
    known: FxHashSet<Arc<[Symbol]>>,
    /// The last list of each service: it is faster to compare with it than to search among all.
    last: FxHashMap<Symbol, Arc<[Symbol]>>,
}

impl Lists {
    fn shared(&mut self, service: Symbol, names: &[Symbol]) -> Arc<[Symbol]> {
        if let Some(last) = self.last.get(&service).filter(|last| ***last == *names) {
            return Arc::clone(last);
        }
        let list = self.known.get(names).cloned().unwrap_or_else(|| Arc::from(names));
        self.known.insert(Arc::clone(&list));
        self.last.insert(service, Arc::clone(&list));
        list
    }
}

fn index(len: usize) -> u32 {
    u32::try_from(len).expect("a dump holds fewer than 2^32 rows: the byte ceiling sees to it")
}
