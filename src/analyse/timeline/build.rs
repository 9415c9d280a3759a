//! Folds the documents into tracks, service by service, each from all answers in order of time.

use super::contradiction::rows_that_may_lack;
use super::documents::{LostDates, Read};
use super::layout::{Layout, Layouts};
use super::{About, Arenas, Documents, Joined, Scratch, Sighting, Span, Spellings, Timeline, UsableAnswer, Witness};
use crate::model::{ActionRow, Instant, OtherAccess, ServiceRow, Symbol};
use rustc_hash::FxHashMap;

/// The answers that list each service, in order of time: chains through one vector, so that nothing is allocated for
/// each service.
#[derive(Debug, Default)]
pub(super) struct Listings {
    numbers: FxHashMap<Symbol, usize>,
    /// The first and the last listing of each service.
    ends: Vec<(usize, usize)>,
    all: Vec<Listing>,
}

#[derive(Debug, Clone, Copy)]
struct Listing {
    answer: usize,
    dump: usize,
    place: usize,
    next: Option<usize>,
}

impl Listings {
    fn clear(&mut self) {
        self.numbers.clear();
        self.ends.clear();
        self.all.clear();
    }

    fn push(&mut self, service: Symbol, listing: Listing) {
        let at = self.all.len();
        self.all.push(listing);
        let next = self.ends.len();
        let number = *self.numbers.entry(service).or_insert(next);
        if number == next {
            self.ends.push((at, at));
        } else {
            let last = std::mem::replace(&mut self.ends[number].1, at);
            self.all[last].next = Some(at);
        }
    }

    fn of(&self, service: usize, into: &mut Vec<Listing>) {
        into.clear();
        let mut next = Some(self.ends[service].0);
        while let Some(at) = next {
            into.push(self.all[at]);
            next = self.all[at].next;
        }
    }
}

impl<'d> Timeline<'d> {
    /// Folds all documents of one entity.
    #[must_use]
    pub fn new(documents: &'d Documents<'d>, names: &impl Spellings, scratch: &mut Scratch<'d>) -> Self {
        let Scratch { layouts, services_only, arenas } = scratch;
        let Arenas { mut spans, mut sightings, mut witnesses, mut excluded, listings } = std::mem::take(arenas);
        spans.clear();
        sightings.clear();
        witnesses.clear();
        excluded.clear();
        arenas.listings = listings;
        let mut timeline = Self {
            documents,
            dumps: Vec::new(),
            spans,
            sightings,
            witnesses,
            excluded,
            has_misdated: false,
            made_again: Vec::new(),
        };
        timeline.list(&mut arenas.listings, names);
        let mut folding = Folding {
            timeline: &mut timeline,
            layouts,
            services_only: *services_only,
            names,
            lost: documents.answers.iter().map(UsableAnswer::lost_dates).collect(),
            listings: Vec::new(),
            lists: Vec::new(),
            list_of: Vec::new(),
            singles: Vec::new(),
        };
        for service in 0..arenas.listings.ends.len() {
            arenas.listings.of(service, &mut folding.listings);
            folding.push_service();
        }
        timeline.has_misdated = timeline.dumps.iter().any(Joined::is_misdated);
        timeline.made_again = timeline.find_made_again(documents.created(None), &timeline.new_ids(None));
        timeline
    }

    /// Rule 6: the usable answers of one moment are one dump.
    fn list(&mut self, listings: &mut Listings, names: &impl Spellings) {
        listings.clear();
        let answers = &self.documents.answers;
        let mut order: Vec<usize> = (0..answers.len()).collect();
        order.sort_by_key(|&at| (answers[at].made_at, at));
        for at in order {
            let answer = &answers[at];
            let joined = Joined::of(answer);
            match self.dumps.last_mut().filter(|dump| dump.made_at == answer.made_at) {
                Some(dump) => dump.join(&joined),
                None => self.dumps.push(joined),
            }
            let dump = self.dumps.len() - 1;
            for (place, service) in answer.rows.services().iter().enumerate() {
                let listing = Listing { answer: at, dump, place, next: None };
                listings.push(names.folded(service.namespace), listing);
            }
        }
    }
}

/// One service that is being folded, and memory for it.
struct Folding<'a, 'd, N> {
    timeline: &'a mut Timeline<'d>,
    layouts: &'a mut Layouts<'d>,
    services_only: bool,
    names: &'a N,
    /// For each answer, which dates its saver lost.
    lost: Vec<LostDates>,
    listings: Vec<Listing>,
    /// The different lists of actions.
    lists: Vec<&'d [Symbol]>,
    /// For each listing, which of the lists it has.
    list_of: Vec<Option<usize>>,
    /// The numbers of names that need a track of their own.
    singles: Vec<u32>,
}

impl<N: Spellings> Folding<'_, '_, N> {
    fn push_service(&mut self) {
        let documents = self.timeline.documents;
        let first = self.listings[0];
        let folded = self.names.folded(documents.answers[first.answer].rows.services()[first.place].namespace);
        let service = self.timeline.spans.len();
        self.start(service, About::Service);
        for at in 0..self.listings.len() {
            self.show_service(self.listings[at]);
        }
        for (at, access) in documents.accesses.iter().enumerate() {
            if self.names.folded(access.service) == folded {
                self.witness_other(at, access);
            }
        }
        self.end();
        self.find_lists();
        if !self.lists.is_empty() {
            let layout = self.layouts.of(&self.lists, self.names);
            self.find_singles(&layout, folded);
            self.push_singles(service, &layout, folded);
            if !self.services_only {
                self.push_classes(service, &layout);
            }
        }
    }

    fn start(&mut self, service: usize, about: About) {
        let Timeline { spans, sightings, witnesses, .. } = &mut *self.timeline;
        let (seen, witnesses) = (sightings.len()..sightings.len(), witnesses.len()..witnesses.len());
        spans.push(Span { service, about, seen, witnesses, may_lack_an_access: false });
    }

    fn end(&mut self) {
        let Timeline { spans, sightings, witnesses, dumps, .. } = &mut *self.timeline;
        let span = spans.last_mut().expect("a track was started");
        span.seen.end = sightings.len();
        span.witnesses.end = witnesses.len();
        let witnesses = &mut witnesses[span.witnesses.clone()];
        order_witnesses(witnesses);
        span.may_lack_an_access = rows_that_may_lack(&sightings[span.seen.clone()], witnesses, dumps).next().is_some();
    }

    /// Adds the service's row of one answer; an access to an action is also one to its service (rule 9). Of the
    /// accesses to actions, the newest and one without a date are enough: every rule needs only the newest that a
    /// document shows.
    fn show_service(&mut self, listing: Listing) {
        let answer = &self.timeline.documents.answers[listing.answer];
        let row = &answer.rows.services()[listing.place];
        let read = Read::service(row);
        let lost = self.lost[listing.answer];
        let (mut newest, mut undated) = (None::<Read>, None::<Read>);
        for (_, action) in answer.rows.recorded_actions_of(listing.place) {
            let read = Read::action(&action);
            if read.undated {
                undated = undated.or(Some(read));
            } else if read.at.is_some() {
                self.timeline.dumps[listing.dump].note_access(read.at);
                newest = newest.filter(|known| known.at >= read.at).or(Some(read));
            }
        }
        let is_used = newest.is_some() || undated.is_some();
        let lists_actions = !answer.rows.action_names_of(listing.place).is_empty();
        let untracked = lists_actions.then_some(!is_used && !lost.of_actions);
        let sighting =
            Sighting { untracked, ..sighting(listing.dump, answer, (row, Symbol::NONE), read, lost.of_services) };
        self.show(sighting);
        for (read, of_action) in [(Some(read), false), (newest, true), (undated, true)] {
            if let Some(read) = read.filter(Read::accessed) {
                self.witness(listing, read, of_action);
                let shown = self.timeline.sightings.last_mut().expect("the service is shown");
                shown.at = shown.at.max(read.at);
                shown.undated |= read.undated;
            }
        }
        self.timeline.dumps[listing.dump].note_access(read.at);
    }

    /// Rules 6, 13, 14 and 48: adds the row of one answer to that of its dump.
    fn show(&mut self, sighting: Sighting) {
        let Timeline { spans, sightings, .. } = &mut *self.timeline;
        let start = spans.last().expect("a track was started").seen.start;
        match sightings[start..].last_mut().filter(|last| last.dump == sighting.dump) {
            Some(last) => last.join(&sighting, self.names),
            None => sightings.push(sighting),
        }
    }

    fn witness(&mut self, listing: Listing, read: Read, of_action: bool) {
        let answer = &self.timeline.documents.answers[listing.answer];
        let Read { at, by, region, .. } = read;
        let (made_at, contradicts, source) = (answer.made_at, answer.named, listing.answer as u32);
        let witness = Witness {
            made_at,
            at,
            by,
            region,
            source,
            contradicts,
            is_of_unknown_action: false,
            rank: u8::from(of_action),
            newest_so_far: None,
        };
        self.timeline.witnesses.push(witness);
    }

    /// Rules 10 and 11: adds an access that is not a row of a dump.
    fn witness_other(&mut self, at: usize, access: &OtherAccess) {
        let OtherAccess { action, made_at, at: when, by, contradicts, is_of_unknown_action, .. } = *access;
        let region = Symbol::NONE;
        let source = (self.timeline.documents.answers.len() + at) as u32;
        let rank = Witness::OF_SERVICE_ELSEWHERE + u8::from(action != Symbol::NONE);
        let witness = Witness {
            made_at,
            at: when,
            by,
            region,
            source,
            contradicts,
            is_of_unknown_action,
            rank,
            newest_so_far: None,
        };
        self.timeline.witnesses.push(witness);
    }

    fn find_lists(&mut self) {
        self.lists.clear();
        self.list_of.clear();
        for listing in &self.listings {
            let list = self.timeline.documents.answers[listing.answer].rows.action_names_of(listing.place);
            let known = self.lists.iter().position(|known| std::ptr::eq(*known, list));
            let number = known.or_else(|| {
                (!list.is_empty()).then(|| {
                    self.lists.push(list);
                    self.lists.len() - 1
                })
            });
            self.list_of.push(number.filter(|_| !list.is_empty()));
        }
    }

    /// Finds the actions that need a track of their own: those with more than a name in any answer, with an access in
    /// another document, or of which AWS says that it does not track them.
    fn find_singles(&mut self, layout: &Layout, folded: Symbol) {
        let documents = self.timeline.documents;
        let mut singles = std::mem::take(&mut self.singles);
        singles.clear();
        singles.extend(layout.alone());
        for (listing, list) in self.listings.iter().zip(&self.list_of) {
            let Some(list) = *list else { continue };
            let recorded = documents.answers[listing.answer].rows.recorded_actions_of(listing.place);
            singles.extend(recorded.map(|(place, _)| layout.name_at(list, place)));
        }
        for access in documents.accesses.iter().filter(|access| access.action != Symbol::NONE) {
            if self.names.folded(access.service) == folded {
                let action = self.names.folded(access.action);
                for (list, names) in self.lists.iter().enumerate() {
                    let place = names.iter().position(|&name| self.names.folded(name) == action);
                    singles.extend(place.map(|place| layout.name_at(list, place)));
                }
            }
        }
        if self.names.has_untracked(folded) {
            for (list, names) in self.lists.iter().enumerate() {
                let untracked = names.iter().enumerate().filter(|(_, name)| self.names.is_untracked(folded, **name));
                singles.extend(untracked.map(|(place, _)| layout.name_at(list, place)));
            }
        }
        singles.sort_unstable();
        singles.dedup();
        self.singles = singles;
    }

    fn push_singles(&mut self, service: usize, layout: &Layout, folded: Symbol) {
        let singles = std::mem::take(&mut self.singles);
        for &name in &singles {
            self.push_single(service, name, layout, folded);
        }
        self.singles = singles;
    }

    fn push_single(&mut self, service: usize, name: u32, layout: &Layout, folded: Symbol) {
        let documents = self.timeline.documents;
        self.start(service, About::Action);
        let mut action = Symbol::NONE;
        for at in 0..self.listings.len() {
            let (listing, Some(list)) = (self.listings[at], self.list_of[at]) else { continue };
            let rows = documents.answers[listing.answer].rows;
            for place in layout.places(name, list) {
                let row = rows.action_at(listing.place, place);
                action = self.names.folded(row.name);
                self.show_action(listing, &row);
            }
        }
        for (at, access) in documents.accesses.iter().enumerate() {
            let is_of = access.action != Symbol::NONE && self.names.folded(access.action) == action;
            if is_of && self.names.folded(access.service) == folded {
                self.witness_other(at, access);
            }
        }
        self.end();
    }

    fn show_action(&mut self, listing: Listing, action: &ActionRow) {
        let answer = &self.timeline.documents.answers[listing.answer];
        let row = &answer.rows.services()[listing.place];
        let read = Read::action(action);
        self.show(sighting(listing.dump, answer, (row, action.name), read, self.lost[listing.answer].of_actions));
        if read.accessed() {
            self.witness(listing, read, true);
        }
    }

    /// Adds one track for each class that has a member without a track of its own.
    fn push_classes(&mut self, service: usize, layout: &Layout) {
        for at in 0..layout.classes() {
            let (class, names) = layout.class(at, self.layouts);
            let start = self.timeline.excluded.len();
            let singles = self.singles.iter().filter(|single| layout.class_of(**single) == Some(at));
            let class_names = self.layouts.names(class);
            let spelt = singles.map(|&single| match layout {
                Layout::Plain { .. } => class_names[single as usize],
                Layout::Mixed(mixed) => mixed.spelling(single),
            });
            self.timeline.excluded.extend(spelt);
            let excluded = start..self.timeline.excluded.len();
            if excluded.len() == names {
                self.timeline.excluded.truncate(start);
                continue;
            }
            self.start(service, About::Class { class, excluded });
            for at_listing in 0..self.listings.len() {
                let (listing, Some(list)) = (self.listings[at_listing], self.list_of[at_listing]) else { continue };
                if layout.holds(list, at) {
                    self.show_action(listing, &ActionRow::unrecorded(Symbol::NONE));
                }
            }
            self.end();
        }
    }
}

fn sighting(
    dump: usize,
    answer: &UsableAnswer,
    (service, action): (&ServiceRow, Symbol),
    read: Read,
    is_lost: bool,
) -> Sighting {
    let says_nothing = !read.accessed();
    Sighting {
        dump: dump as u32,
        service: service.namespace,
        action,
        service_name: service.name,
        at: read.at,
        undated: read.undated,
        silent: says_nothing && !is_lost && !answer.strangers,
        lost: says_nothing && is_lost,
        strange: says_nothing && answer.strangers && !is_lost,
        with_actions: answer.action_level,
        entities: service.entities,
        lists_actions: service.lists_actions,
        own: read.accessed(),
        untracked: None,
    }
}

impl Joined {
    fn of(answer: &UsableAnswer) -> Self {
        let whole = answer.proves_absence();
        Self {
            made_at: answer.made_at,
            whole,
            whole_actions: whole && answer.action_level,
            action_level: answer.action_level,
            named: answer.named,
            inferred: answer.inferred,
            strangers: answer.strangers,
            earliest: None,
            latest: None,
        }
    }

    fn join(&mut self, other: &Self) {
        self.whole |= other.whole;
        self.whole_actions |= other.whole_actions;
        self.action_level |= other.action_level;
        self.named |= other.named;
        self.inferred &= other.inferred;
        self.strangers |= other.strangers;
    }

    fn note_access(&mut self, at: Option<Instant>) {
        self.earliest = self.earliest.into_iter().chain(at).min();
        self.latest = self.latest.max(at);
    }
}

impl Sighting {
    /// Rule 6: the newest access counts, and an undated one is kept next to it. Rule 51: of two spellings, the first
    /// counts.
    fn join(&mut self, other: &Self, names: &impl Spellings) {
        let first = |one: Symbol, other: Symbol| {
            let takes_other = one == Symbol::NONE || (other != Symbol::NONE && names.stands_before(other, one));
            if takes_other { other } else { one }
        };
        self.service = first(self.service, other.service);
        self.action = first(self.action, other.action);
        self.service_name = first(self.service_name, other.service_name);
        self.at = self.at.max(other.at);
        self.undated |= other.undated;
        self.silent |= other.silent;
        self.lost |= other.lost;
        self.strange |= other.strange;
        self.with_actions |= other.with_actions;
        self.entities = self.entities.max(other.entities);
        self.lists_actions |= other.lists_actions;
        self.own |= other.own;
        self.untracked = match (self.untracked, other.untracked) {
            (Some(one), Some(other)) => Some(one && other),
            (one, other) => one.or(other),
        };
    }
}

/// Puts witnesses in order. Answers are already in order of time; other documents come after them.
fn order_witnesses(witnesses: &mut [Witness]) {
    if !witnesses.is_sorted_by_key(|witness| witness.made_at) {
        witnesses.sort_by_key(|witness| witness.made_at);
    }
    let mut newest = None;
    for witness in witnesses {
        newest = newest.max(witness.at);
        witness.newest_so_far = newest;
    }
}
