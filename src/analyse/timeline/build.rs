//! Folds the documents into tracks, answer by answer in order of time.

use super::documents::{OtherAccess, Read};
use super::{Documents, Joined, Permission, Sighting, Spellings, Timeline, Track, UsableAnswer, Witness};
use crate::model::{ActionRow, Instant, ServiceRow, Symbol};

impl<'d> Timeline<'d> {
    /// Folds all documents of one entity.
    #[must_use]
    pub fn new(documents: &'d Documents<'d>, names: &impl Spellings) -> Self {
        let mut timeline = Self {
            documents,
            dumps: Vec::new(),
            tracks: Vec::new(),
            places: std::collections::HashMap::default(),
            made_again: Vec::new(),
        };
        let mut order: Vec<usize> = (0..documents.answers.len()).collect();
        order.sort_by_key(|&at| (documents.answers[at].made_at, at));
        for at in order {
            timeline.push_answer(&documents.answers[at], at as u32, names);
        }
        for (at, access) in documents.accesses.iter().enumerate() {
            timeline.push_access(access, (documents.answers.len() + at) as u32, names);
        }
        timeline.tracks.iter_mut().for_each(order_witnesses);
        timeline.made_again = timeline.find_made_again(documents.created(None), &timeline.new_ids(None));
        timeline
    }

    /// Rule 6: the usable answers of one moment are one dump, whole where one of them is whole.
    fn push_answer(&mut self, answer: &UsableAnswer, source: u32, names: &impl Spellings) {
        let whole = answer.proves_absence();
        let joined = Joined {
            made_at: answer.made_at,
            whole,
            whole_actions: whole && answer.action_level,
            named: answer.named,
            strangers: answer.strangers,
            earliest: None,
        };
        match self.dumps.last_mut().filter(|dump| dump.made_at == answer.made_at) {
            Some(dump) => dump.join(&joined),
            None => self.dumps.push(joined),
        }
        let mut from = From { answer, source, names, is_lost: answer.lost_its_dates() };
        for (service, actions) in answer.rows.iter() {
            self.push_service(service, actions, &mut from);
        }
    }

    /// A service and its actions; an access of an action is one of its service too (rule 9).
    fn push_service<N: Spellings>(
        &mut self,
        row: &ServiceRow,
        actions: impl Iterator<Item = ActionRow>,
        from: &mut From<N>,
    ) {
        let folded = from.names.folded(row.namespace);
        let service = self.track((folded, Symbol::NONE));
        self.show(service, from, (row, Symbol::NONE), Read::service(row));
        for action in actions {
            let read = Read::action(&action);
            let track = self.track((folded, from.names.folded(action.name)));
            self.show(track, from, (row, action.name), read);
            if read.accessed() {
                self.share_with_service(service, from, read);
            }
        }
    }

    /// Rules 6, 13, 14 and 48: what the row of one answer adds to that of its dump.
    fn show<N: Spellings>(
        &mut self,
        track: usize,
        from: &From<N>,
        (service, action): (&ServiceRow, Symbol),
        read: Read,
    ) {
        let dump = self.dumps.len() - 1;
        let says_nothing = !read.accessed();
        let sighting = Sighting {
            dump: dump as u32,
            service: service.namespace,
            action,
            service_name: service.name,
            at: read.at,
            undated: read.undated,
            silent: says_nothing && !from.is_lost && !from.answer.strangers,
            lost: says_nothing && from.is_lost,
            strange: says_nothing && from.answer.strangers && !from.is_lost,
            with_actions: from.answer.action_level,
        };
        let seen = &mut self.tracks[track].seen;
        match seen.last_mut().filter(|last| last.dump == sighting.dump) {
            Some(last) => last.join(&sighting, from.names),
            None => seen.push(sighting),
        }
        if read.accessed() {
            self.tracks[track].witnesses.push(from.witness(read, action != Symbol::NONE));
            self.note_earliest(read.at);
        }
    }

    fn share_with_service<N: Spellings>(&mut self, service: usize, from: &From<N>, read: Read) {
        let track = &mut self.tracks[service];
        track.witnesses.push(from.witness(read, true));
        let shown = track.seen.last_mut().expect("the service is shown before its actions");
        shown.at = shown.at.max(read.at);
        shown.undated |= read.undated;
    }

    fn note_earliest(&mut self, at: Option<Instant>) {
        let dump = self.dumps.last_mut().expect("a row stands in a dump");
        dump.earliest = dump.earliest.into_iter().chain(at).min();
    }

    /// Rules 10 and 11: an access that is no row of a dump.
    fn push_access(&mut self, access: &OtherAccess, source: u32, names: &impl Spellings) {
        let OtherAccess { service, action, made_at, at, contradicts } = *access;
        let of_action = action != Symbol::NONE;
        let (by, region) = (Symbol::NONE, Symbol::NONE);
        let witness = Witness { made_at, at, by, region, source, contradicts, of_action, newest_so_far: None };
        let service = names.folded(service);
        let track = self.track((service, Symbol::NONE));
        self.tracks[track].witnesses.push(witness);
        if of_action {
            let track = self.track((service, names.folded(action)));
            self.tracks[track].witnesses.push(witness);
        }
    }

    /// The place of the track of `permission`, which is new or known; the service has one already.
    fn track(&mut self, permission: Permission) -> usize {
        let next = self.tracks.len();
        let place = *self.places.entry(permission).or_insert(next);
        if place == next {
            let is_action = permission.1 != Symbol::NONE;
            let service = self.places.get(&(permission.0, Symbol::NONE)).copied().unwrap_or(next);
            self.tracks.push(Track { service, is_action, ..Track::default() });
        }
        place
    }
}

/// The answer that is being folded.
struct From<'a, 'd, N> {
    answer: &'a UsableAnswer<'d>,
    source: u32,
    names: &'a N,
    is_lost: bool,
}

impl<N> From<'_, '_, N> {
    fn witness(&self, read: Read, of_action: bool) -> Witness {
        let Read { at, by, region, .. } = read;
        let (made_at, contradicts) = (self.answer.made_at, self.answer.named);
        Witness { made_at, at, by, region, source: self.source, contradicts, of_action, newest_so_far: None }
    }
}

impl Joined {
    fn join(&mut self, other: &Self) {
        self.whole |= other.whole;
        self.whole_actions |= other.whole_actions;
        self.named |= other.named;
        self.strangers |= other.strangers;
    }
}

impl Sighting {
    /// Rule 6: the newest access counts, and an undated one stays beside it. Rule 51: of two spellings, the first.
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
    }
}

fn order_witnesses(track: &mut Track) {
    track.witnesses.sort_by_key(|witness| witness.made_at);
    let mut newest = None;
    for witness in &mut track.witnesses {
        newest = newest.max(witness.at);
        witness.newest_so_far = newest;
    }
}
