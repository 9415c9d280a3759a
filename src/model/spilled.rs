//! Rows between the stages, where they only wait: in memory while there is room, else in a temporary file.
//!
//! Comes in: the [`Rows`] of an answer. Goes out: [`SpilledRows`], which knows by heart what is asked of every dump (how many rows,
//! the first and the last service, who accessed) and fetches the rest from its [`SpillFile`].

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::rows::packed;
use super::spill::{Away, SpillFile};
use super::{Rows, Symbol};

/// Rows, or where they wait and what is known of them meanwhile.
#[derive(Debug, Clone)]
pub struct SpilledRows {
    gist: Gist,
    place: Place,
}

/// What is asked of rows too often to fetch them for it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Gist {
    services: u32,
    actions: u32,
    used: u32,
    first: Symbol,
    last: Symbol,
    actors: Box<[Symbol]>,
}

#[derive(Debug, Clone)]
enum Place {
    Here(Rows),
    Away(Away),
}

impl From<Rows> for SpilledRows {
    fn from(rows: Rows) -> Self {
        let mut actors: Vec<Symbol> = Vec::new();
        for service in rows.services() {
            if service.by != Symbol::NONE && !actors.contains(&service.by) {
                actors.push(service.by);
            }
        }
        let namespace = |service: Option<&super::ServiceRow>| service.map_or(Symbol::NONE, |service| service.namespace);
        let gist = Gist {
            services: rows.services().len() as u32,
            actions: rows.action_count() as u32,
            used: rows.used_count() as u32,
            first: namespace(rows.services().first()),
            last: namespace(rows.services().last()),
            actors: actors.into(),
        };
        Self { gist, place: Place::Here(rows) }
    }
}

impl SpilledRows {
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

    /// The namespace of the first service; [`Symbol::NONE`] where there is none.
    #[must_use]
    pub const fn first(&self) -> Symbol {
        self.gist.first
    }

    /// The namespace of the last service; [`Symbol::NONE`] where there is none.
    #[must_use]
    pub const fn last(&self) -> Symbol {
        self.gist.last
    }

    /// Everyone by whom a service was accessed, each once.
    #[must_use]
    pub fn service_actors(&self) -> &[Symbol] {
        &self.gist.actors
    }

    /// The rows, fetched where they are away. Where that fails they are empty, and [`SpillFile::check`] says why.
    #[must_use]
    pub fn open(&self) -> Cow<'_, Rows> {
        match &self.place {
            Place::Here(rows) => Cow::Borrowed(rows),
            Place::Away(away) => {
                let list = |number| away.room().list(number);
                Cow::Owned(away.fetch(|bytes| packed::read(&bytes, list)).unwrap_or_default())
            }
        }
    }

    /// The rows of a dump whose partition is at work.
    ///
    /// # Panics
    /// Where they are away: a bug, because who works on a partition fetches it first.
    #[must_use]
    pub fn here(&self) -> &Rows {
        match &self.place {
            Place::Here(rows) => rows,
            Place::Away(_) => unreachable!("the rows of a partition are fetched before anyone works on it"),
        }
    }

    /// Puts the rows away if `room` has no more in memory. Where that fails they stay, and [`SpillFile::check`] says why.
    pub fn wait_in(&mut self, room: &Arc<SpillFile>) {
        let Place::Here(rows) = &self.place else { return };
        if room.has_room_for(rows.bytes()) {
            return;
        }
        if let Some(away) = room.put_away(&packed::write(rows, |list| room.number(list))) {
            self.place = Place::Away(away);
        }
    }

    /// Whether the rows are in memory.
    #[must_use]
    pub const fn are_here(&self) -> bool {
        matches!(self.place, Place::Here(_))
    }

    /// The same with the rows in memory.
    #[must_use]
    pub fn fetched(&self) -> Self {
        // The gist anew: rows that could not be fetched are none, and nobody may count on them.
        self.open().into_owned().into()
    }
}

impl PartialEq for SpilledRows {
    fn eq(&self, other: &Self) -> bool {
        self.gist == other.gist && self.open() == other.open()
    }
}

impl Eq for SpilledRows {}

impl Hash for SpilledRows {
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
    fn what_is_put_away_comes_back_as_it_was() {
        let symbols = Symbols::default();
        let room = SpillFile::new(0);
        for many in [0, 1, 2, 300] {
            let rows = some_rows(&symbols, many);
            let mut kept = SpilledRows::from(rows.clone());
            let held = kept.clone();
            kept.wait_in(&room);
            assert_eq!((kept.are_here(), kept.service_count()), (false, many as usize));
            assert_eq!(*kept.open(), rows);
            assert_eq!(kept.fetched(), held);
            assert_eq!(*kept.fetched().here(), rows);
        }
        assert!(room.away() > 0 && room.check().is_ok());
    }

    #[test]
    fn what_fits_stays() {
        let symbols = Symbols::default();
        let mut kept = SpilledRows::from(some_rows(&symbols, 10));
        let room = SpillFile::new(1 << 20);
        kept.wait_in(&room);
        assert!(kept.are_here() && room.away() == 0);
    }

    #[test]
    fn rows_that_cannot_be_fetched_are_told() {
        let symbols = Symbols::default();
        let room = SpillFile::new(0);
        let mut kept = SpilledRows::from(some_rows(&symbols, 10));
        kept.wait_in(&room);
        room.cut_the_file(3);
        assert_eq!(*kept.open(), Rows::default());
        assert_eq!(kept.fetched().service_count(), 0);
        let told = room.check().expect_err("it cannot be read").to_string();
        assert!(told.contains("cannot be read") && told.contains("TMPDIR"), "{told}");
    }
}
