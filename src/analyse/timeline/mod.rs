//! Everything that the documents about one entity tell together: one timeline for each permission, and its conclusions.
//!
//! The input is [`Documents`], all those of one entity. The output is one [`Judged`] for each permission that a dump
//! lists. It is a pure function of plain values, so files, the store and every report can share it: one dump alone does
//! not show that a permission is unused if another document shows its access. Comments give the rules of
//! `docs/reports.md` by their numbers.
//!
//! Most entities have one dump. Such a dump is judged while it is read, without a table of permissions
//! ([`judge_newest`]). Actions that the same dumps list, all without an access, share every conclusion: they are one
//! *class*, judged once ([`layout`]).

mod accesses;
mod activity;
mod age;
mod build;
mod contradiction;
mod documents;
mod granted;
mod judge;
mod layout;
mod present;
mod recreated;
mod silence;
mod single;
#[cfg(test)]
mod tests;
mod verdict;

use std::ops::Range;

pub use activity::Activity;
pub use age::Age;
pub use documents::{Documents, SameName, Spellings, UsableAnswer, VerdictParams};
pub use layout::{ClassId, Layouts};
pub use present::RowStanding;
pub use silence::{window_days, window_start};
pub use single::judge_newest;
pub use verdict::{Judged, Shown};

use crate::model::{Instant, Symbol};

/// Memory that is kept from one entity to the next.
#[derive(Debug, Default)]
pub struct Scratch<'d> {
    /// Which actions belong to which class.
    pub layouts: Layouts<'d>,
    /// Whether nobody wants the rows of actions. Classes, which have no access that a service could take over, are then
    /// left out of timelines.
    services_only: bool,
    arenas: Arenas,
}

impl Scratch<'_> {
    /// Empty memory, for the rows of services alone or for all rows.
    #[must_use]
    pub fn new(services_only: bool) -> Self {
        Self { services_only, ..Self::default() }
    }
}

/// The parts of a [`Timeline`], emptied and kept for the next.
#[derive(Debug, Default)]
struct Arenas {
    spans: Vec<Span>,
    sightings: Vec<Sighting>,
    witnesses: Vec<Witness>,
    excluded: Vec<Symbol>,
    listings: build::Listings,
}

/// The actions that a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowMembers<'t> {
    /// None: the row is about a service.
    Service,
    /// One, which the row names.
    Action,
    /// All actions of a class except those that have rows of their own.
    Class {
        /// The class, in [`Layouts`].
        class: ClassId,
        /// All its names, in the order of a dump.
        names: &'t [Symbol],
        /// Those that have rows of their own, in the order of the class.
        excluded: &'t [Symbol],
    },
}

impl RowMembers<'_> {
    /// How many permissions the row is about: one service, or its actions.
    #[must_use]
    pub const fn count(self) -> usize {
        match self {
            Self::Service | Self::Action => 1,
            Self::Class { names, excluded, .. } => names.len() - excluded.len(),
        }
    }

    /// Hands every action to `each`: `action` if the row names one, and [`Symbol::NONE`] for a service.
    pub fn each(self, action: Symbol, mut each: impl FnMut(Symbol)) {
        let Self::Class { names, excluded, .. } = self else { return each(action) };
        let mut excluded = excluded.iter().peekable();
        names.iter().filter(|name| excluded.next_if_eq(name).is_none()).copied().for_each(each);
    }
}

/// All usable answers of one moment, as one dump.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the dump")]
struct Joined {
    made_at: Option<Instant>,
    whole: bool,
    whole_actions: bool,
    action_level: bool,
    named: bool,
    inferred: bool,
    strangers: bool,
    /// The earliest access that it shows.
    earliest: Option<Instant>,
    /// The latest access that it shows.
    latest: Option<Instant>,
}

/// What one dump shows about one permission.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "joined answers can show all of it at once")]
struct Sighting {
    dump: u32,
    service: Symbol,
    action: Symbol,
    service_name: Symbol,
    at: Option<Instant>,
    undated: bool,
    /// An answer shows that there was no access.
    silent: bool,
    /// An answer that lost its dates shows nothing.
    lost: bool,
    /// An answer that is partly about another entity shows nothing.
    strange: bool,
    /// For a service: an answer that has actions lists it.
    with_actions: bool,
    /// For a service: how many entities it counts.
    entities: Option<u32>,
    /// For a service: whether an answer has a list of its actions, even an empty one.
    lists_actions: bool,
    /// For a service: an access is recorded for the service itself.
    own: bool,
    /// For a service: at least one of its actions is listed, and none of those may have been used.
    untracked: Option<bool>,
}

impl Sighting {
    const fn accessed(&self) -> bool {
        self.at.is_some() || self.undated
    }

    /// Whether the dump shows neither an access nor the absence of one.
    const fn says_nothing(&self) -> bool {
        !self.silent && !self.accessed()
    }

    /// Rule 59: the service was used, and no listed action was.
    fn is_used_untracked(&self) -> bool {
        self.own && self.untracked == Some(true)
    }
}

/// One access of a permission, and the document that shows it.
#[derive(Debug, Clone, Copy)]
struct Witness {
    made_at: Option<Instant>,
    /// `None` if the access has no date.
    at: Option<Instant>,
    by: Symbol,
    region: Symbol,
    source: u32,
    contradicts: bool,
    is_of_unknown_action: bool,
    /// The order among documents of one moment: the row itself, an action of the service, then the same in documents that
    /// are no dumps of the entity.
    rank: u8,
    /// The newest access among the documents up to this one.
    newest_so_far: Option<Instant>,
}

impl Witness {
    /// The rank of an access to a service that a document other than a dump of the entity shows, without an action.
    const OF_SERVICE_ELSEWHERE: u8 = 2;
}

/// The positions of the parts of one track.
#[derive(Debug, Clone)]
struct Span {
    service: usize,
    about: About,
    seen: Range<usize>,
    witnesses: Range<usize>,
    /// Whether a row of it may lack an access which an older document shows.
    may_lack_an_access: bool,
}

/// What a track is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum About {
    Service,
    Action,
    Class { class: ClassId, excluded: Range<usize> },
}

/// Everything that is known about one permission, or one class of actions, oldest first.
#[derive(Debug, Clone, Copy)]
struct Track<'t> {
    /// The position of the service among the tracks; for a service, its own.
    service: usize,
    is_action: bool,
    seen: &'t [Sighting],
    witnesses: &'t [Witness],
}

impl<'t> Track<'t> {
    /// What the dump at `dump` shows about it.
    fn in_dump(&self, dump: usize) -> Option<&'t Sighting> {
        let at = self.seen.binary_search_by_key(&dump, |sighting| sighting.dump as usize).ok()?;
        Some(&self.seen[at])
    }
}

/// What is needed to judge rows.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a, 'd, N> {
    /// The question.
    pub question: &'a VerdictParams,
    /// The meaning of names.
    pub names: &'a N,
    /// The classes of actions with which the timeline was folded.
    pub layouts: &'a Layouts<'d>,
}

/// Folds all documents of one entity, lets `ask` judge rows by the result, and keeps the memory for the next entity.
pub fn fold<'d, N: Spellings>(
    documents: &'d Documents<'d>,
    question: &VerdictParams,
    names: &N,
    scratch: &mut Scratch<'d>,
    ask: impl FnOnce(&Timeline, &Asking<N>),
) {
    let timeline = Timeline::new(documents, names, scratch);
    ask(&timeline, &Asking { question, names, layouts: &scratch.layouts });
    timeline.recycle(scratch);
}

/// The documents of one entity, folded.
#[derive(Debug)]
pub struct Timeline<'d> {
    documents: &'d Documents<'d>,
    /// Those without a date first, then by date.
    dumps: Vec<Joined>,
    /// A service comes before its actions.
    spans: Vec<Span>,
    sightings: Vec<Sighting>,
    witnesses: Vec<Witness>,
    excluded: Vec<Symbol>,
    /// Whether a dump shows an access that disproves its date.
    has_misdated: bool,
    /// When the entity was created again, as far as accesses show it; for the creation date that all documents give.
    made_again: Vec<Instant>,
}

impl Timeline<'_> {
    fn track(&self, at: usize) -> Track<'_> {
        let Span { service, ref about, ref seen, ref witnesses, .. } = self.spans[at];
        let is_action = *about != About::Service;
        Track { service, is_action, seen: &self.sightings[seen.clone()], witnesses: &self.witnesses[witnesses.clone()] }
    }

    fn tracks(&self) -> impl Iterator<Item = Track<'_>> {
        (0..self.spans.len()).map(|at| self.track(at))
    }

    fn members<'t>(&'t self, at: usize, layouts: &'t Layouts) -> RowMembers<'t> {
        match &self.spans[at].about {
            About::Service => RowMembers::Service,
            About::Action => RowMembers::Action,
            About::Class { class, excluded } => RowMembers::Class {
                class: *class,
                names: layouts.names(*class),
                excluded: &self.excluded[excluded.clone()],
            },
        }
    }

    /// Returns the memory for the next entity.
    fn recycle(self, scratch: &mut Scratch) {
        let Self { spans, sightings, witnesses, excluded, .. } = self;
        let listings = std::mem::take(&mut scratch.arenas.listings);
        scratch.arenas = Arenas { spans, sightings, witnesses, excluded, listings };
    }
}
