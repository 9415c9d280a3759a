//! The rows of one dump, as columns.
//!
//! One `Vec` per member instead of one struct per row: a dump of an administrator holds ten thousand tracked actions, most of
//! them never used, and rows go from the parser into these columns and from here into Polars columns without a stop.

use super::{Accessed, Instant, Symbol};

/// One service row as read, before it is pushed into [`Rows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServiceRow {
    /// `ServiceNamespace`, the key.
    pub namespace: Symbol,
    /// `ServiceName`, for display; drifts between dates.
    pub name: Symbol,
    /// `LastAuthenticated`.
    pub accessed: Accessed,
    /// `LastAuthenticatedEntity`.
    pub by: Symbol,
    /// `LastAuthenticatedRegion`.
    pub region: Symbol,
    /// `TotalAuthenticatedEntities`; `None` where the member is absent.
    pub entities: Option<u32>,
    /// Whether `TrackedActionsLastAccessed` is there as a list; without it the row proves nothing about actions.
    pub lists_actions: bool,
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

/// Service rows, each followed by its action rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Rows {
    services: Vec<ServiceRow>,
    /// For each service, where its actions end; they start where those of the service before end.
    ends: Vec<u32>,
    names: Vec<Symbol>,
    /// What most actions do not have: kept only for those that do, by ascending index into `names`.
    uses: Vec<(u32, Accessed, Symbol, Symbol)>,
}

impl Rows {
    /// Appends an action to the service that is pushed next.
    pub fn push_action(&mut self, action: ActionRow) {
        if action.accessed != Accessed::Never || action.by != Symbol::NONE || action.region != Symbol::NONE {
            self.uses.push((index(self.names.len()), action.accessed, action.by, action.region));
        }
        self.names.push(action.name);
    }

    /// Ends a service row; the actions pushed since the last one are its own.
    pub fn push_service(&mut self, service: ServiceRow) {
        self.services.push(service);
        self.ends.push(index(self.names.len()));
    }

    /// The service rows, in the order of the dump.
    #[must_use]
    pub fn services(&self) -> &[ServiceRow] {
        &self.services
    }

    /// The number of action rows of all services.
    #[must_use]
    pub fn action_count(&self) -> usize {
        self.names.len()
    }

    /// The actions of the service at index `service`.
    pub fn actions_of(&self, service: usize) -> impl ExactSizeIterator<Item = ActionRow> + '_ {
        let (start, end) = self.span(service);
        let first_use = self.uses.partition_point(|u| u.0 < start);
        let mut uses = self.uses[first_use..].iter().peekable();
        self.names[start as usize..end as usize].iter().enumerate().map(move |(offset, &name)| {
            match uses.next_if(|u| u.0 == start + index(offset)) {
                Some(&(_, accessed, by, region)) => ActionRow { name, accessed, by, region },
                None => ActionRow { name, accessed: Accessed::Never, by: Symbol::NONE, region: Symbol::NONE },
            }
        })
    }

    /// How many actions of the service at index `service` have an access recorded, dated or not.
    #[must_use]
    pub fn used_actions_of(&self, service: usize) -> usize {
        let (start, end) = self.span(service);
        let first = self.uses.partition_point(|u| u.0 < start);
        self.uses[first..].iter().take_while(|u| u.0 < end).filter(|u| u.1 != Accessed::Never).count()
    }

    fn span(&self, service: usize) -> (u32, u32) {
        (if service == 0 { 0 } else { self.ends[service - 1] }, self.ends[service])
    }

    /// Every service with its actions.
    pub fn iter(&self) -> impl Iterator<Item = (&ServiceRow, impl ExactSizeIterator<Item = ActionRow> + '_)> {
        self.services.iter().enumerate().map(|(i, s)| (s, self.actions_of(i)))
    }

    /// Whether any service lists at least one tracked action.
    #[must_use]
    pub fn has_actions(&self) -> bool {
        !self.names.is_empty()
    }

    /// The latest readable date of any row.
    #[must_use]
    pub fn latest(&self) -> Option<Instant> {
        let services = self.services.iter().filter_map(|s| s.accessed.instant());
        services.chain(self.uses.iter().filter_map(|u| u.1.instant())).max()
    }
}

fn index(len: usize) -> u32 {
    u32::try_from(len).expect("a dump holds fewer than 2^32 rows: the byte ceiling sees to it")
}
