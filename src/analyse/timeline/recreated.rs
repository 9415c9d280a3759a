//! Rules 21 to 23: when the entity was created again under the same name.

use super::accesses::Speaking;
use super::contradiction::rows_that_may_lack;
use super::documents::is_seen;
use super::{Joined, Sighting, Timeline, Track};
use crate::model::{Instant, Symbol};

impl Timeline<'_> {
    /// `recreated_at`: the latest moment up to `moment` at which the entity was created again.
    pub(super) fn recreated_at(&self, moment: Option<Instant>) -> Option<Instant> {
        let created = self.documents.created(moment);
        let renamed = self.first_under_this_spelling(moment);
        let ids = self.new_ids(moment);
        let known = ids.iter().copied().chain(renamed);
        let is_usual = renamed.is_none() && created == self.documents.created(None);
        if is_usual {
            return self.made_again.iter().copied().filter(|&at| is_seen(Some(at), moment)).chain(ids).max();
        }
        let known: Vec<Instant> = known.collect();
        let found = self.find_made_again(created, &known);
        found.into_iter().filter(|&at| is_seen(Some(at), moment)).chain(known).max()
    }

    /// Rule 21 (a) and rule 22: dumps that contradict an older document while none of their accesses is from before
    /// that document was made. Each dump is compared with documents made since the last recreation, or since the
    /// creation.
    pub(super) fn find_made_again(&self, created: Option<Instant>, known: &[Instant]) -> Vec<Instant> {
        let mut found: Vec<Instant> = Vec::new();
        if !self.documents.keeps_accesses() {
            return found;
        }
        let mut doubtful: Vec<(Track, &Sighting)> = Vec::new();
        for at in (0..self.spans.len()).filter(|&at| self.spans[at].may_lack_an_access) {
            let track = self.track(at);
            let rows = rows_that_may_lack(track.seen, track.witnesses, &self.dumps);
            doubtful.extend(rows.map(|row| (track, row)));
        }
        doubtful.sort_by_key(|(_, row)| row.dump);
        for doubtful in doubtful.chunk_by(|(_, one), (_, other)| one.dump == other.dump) {
            let dump = &self.dumps[doubtful[0].1.dump as usize];
            let Some(made_at) = dump.made_at else { continue };
            let starts = known.iter().copied().chain(found.last().copied()).chain(created);
            let since = starts.filter(|&start| start <= made_at).max();
            if self.is_of_a_new_entity(doubtful, dump, (made_at, created, since)) {
                found.push(made_at);
            }
        }
        found
    }

    /// `doubtful` are the rows of `dump` that may lack an access.
    fn is_of_a_new_entity(
        &self,
        doubtful: &[(Track, &Sighting)],
        dump: &Joined,
        (made_at, created, since): (Instant, Option<Instant>, Option<Instant>),
    ) -> bool {
        let speaking = Speaking { made_at: Some(made_at), moment: Some(made_at), created };
        let earliest = dump.earliest.into_iter().chain(self.earliest_other_access(made_at)).min();
        doubtful.iter().any(|(track, shown)| {
            let older = self.contradicted_by(track, (dump, shown), &speaking, since);
            older.is_some_and(|older| earliest.is_none_or(|earliest| earliest >= older))
        })
    }

    /// The earliest access that with-entities answers of the same moment show.
    fn earliest_other_access(&self, made_at: Instant) -> Option<Instant> {
        let same =
            self.documents.accesses.iter().filter(|access| access.contradicts && access.made_at == Some(made_at));
        same.filter_map(|access| access.at).min()
    }

    /// Rule 21 (b): the first dated documents with another unique id than those before.
    pub(super) fn new_ids(&self, moment: Option<Instant>) -> Vec<Instant> {
        let stated = self.documents.stated(moment).filter(|statement| statement.unique_id != Symbol::NONE);
        let mut ids: Vec<(Instant, Symbol)> = stated.filter_map(|s| Some((s.made_at?, s.unique_id))).collect();
        ids.sort_by_key(|&(made_at, id)| (made_at, id.index()));
        ids.windows(2).filter(|pair| pair[0].1 != pair[1].1).map(|pair| pair[1].0).collect()
    }

    /// Rule 23: the first usable dump after the last time, before the speaking one, at which another spelling was there.
    fn first_under_this_spelling(&self, moment: Option<Instant>) -> Option<Instant> {
        let dates = || self.dumps.iter().filter_map(|dump| dump.made_at).filter(|&made| is_seen(Some(made), moment));
        let newest = dates().next_back()?;
        let seen = self.documents.same_name.iter().filter(|other| is_seen(other.made_at, moment));
        let other = seen.map(|other| other.at).filter(|&other| other < newest).max()?;
        dates().find(|&made| made > other)
    }
}
