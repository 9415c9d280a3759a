//! Everything that the documents about one entity say together: one timeline for each permission, and what follows from it.
//!
//! Comes in: [`Documents`], all of one entity. Goes out: one [`Judged`] for each permission that a dump lists. It is a pure
//! function of plain values, so files, the store and every report can share it: one dump alone does not show that a permission
//! is unused where another document shows its access. Comments name the rules of `docs/reports.md` by their numbers.
//!
//! Most entities have one dump. Such a dump is judged as it is read, without a table of permissions ([`judge_newest`]).

mod accesses;
mod age;
mod build;
mod contradiction;
mod documents;
mod granted;
mod judge;
mod present;
mod recreated;
mod silence;
mod single;
#[cfg(test)]
mod tests;
mod verdict;

pub use documents::{Documents, EntityFact, OtherAccess, Spellings, UsableAnswer, VerdictParams};
pub use single::{Scratch, judge_newest};
pub use verdict::Judged;

use rustc_hash::FxHashMap;

use crate::model::{Instant, Symbol};

/// A service, or one of its actions, without case; the action is [`Symbol::NONE`] where the service is meant.
type Permission = (Symbol, Symbol);

/// All usable answers of one moment, as one dump.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the dump")]
struct Joined {
    made_at: Option<Instant>,
    whole: bool,
    whole_actions: bool,
    named: bool,
    strangers: bool,
    /// The earliest access that it shows.
    earliest: Option<Instant>,
}

/// What one dump shows of one permission.
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
    /// An answer whose dates are lost shows nothing.
    lost: bool,
    /// An answer that is partly about another entity shows nothing.
    strange: bool,
    /// Of a service: an answer that has actions lists it.
    with_actions: bool,
}

impl Sighting {
    fn accessed(&self) -> bool {
        self.at.is_some() || self.undated
    }

    /// Whether the dump says neither that there was an access nor that there was none.
    fn says_nothing(&self) -> bool {
        !self.silent && !self.accessed()
    }
}

/// One access of a permission, and the document that shows it.
#[derive(Debug, Clone, Copy)]
struct Witness {
    made_at: Option<Instant>,
    /// `None` where the access has no date.
    at: Option<Instant>,
    by: Symbol,
    region: Symbol,
    source: u32,
    contradicts: bool,
    of_action: bool,
    /// The newest access among the documents up to this one.
    newest_so_far: Option<Instant>,
}

/// All that is known about one permission, oldest first.
#[derive(Debug, Default)]
struct Track {
    /// The place of the service among the tracks; its own for a service.
    service: usize,
    is_action: bool,
    seen: Vec<Sighting>,
    witnesses: Vec<Witness>,
}

impl Track {
    /// What the dump at `dump` shows of it.
    fn in_dump(&self, dump: usize) -> Option<&Sighting> {
        let at = self.seen.binary_search_by_key(&dump, |sighting| sighting.dump as usize).ok()?;
        Some(&self.seen[at])
    }
}

/// The documents of one entity, folded.
#[derive(Debug)]
pub struct Timeline<'d> {
    documents: &'d Documents<'d>,
    /// Undated ones first, then by date.
    dumps: Vec<Joined>,
    /// A service stands before its actions.
    tracks: Vec<Track>,
    places: FxHashMap<Permission, usize>,
    /// When the entity was made again, as far as accesses show it; for the creation date that all documents give.
    made_again: Vec<Instant>,
}
