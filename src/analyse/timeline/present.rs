//! Rules 7, 8, 33 and 34: which dump a row is from, and what it may see.

use std::ops::Range;

use super::documents::is_seen;
use super::verdict::Entity;
use super::{Joined, Judged, Members, Spellings, Timeline, Track, VerdictParams};
use crate::model::Instant;

impl Timeline<'_> {
    /// Judges the rows of the present: each from the newest usable dump that lists it and is not older than the newest whole one.
    pub fn present(&self, question: &VerdictParams, names: &impl Spellings, emit: &mut impl FnMut(&Judged, Members)) {
        if let Some(dump) = self.speaking_without_date(question) {
            return self.judge_dump(dump, None, question, names, emit);
        }
        let dated = |dump: &Joined| dump.made_at.is_some() && is_seen(dump.made_at, question.at);
        let Some(first) = self.dumps.iter().position(dated) else { return };
        let end = self.dumps.iter().rposition(dated).map_or(first, |last| last + 1);
        self.newest_of(first..end, |_| question.at, question, names, emit);
    }

    /// Judges the rows of one day as [`Timeline::present`] does, from the dumps that were made on it alone, each as it stood then.
    pub fn day(
        &self,
        day: Range<Instant>,
        question: &VerdictParams,
        names: &impl Spellings,
        emit: &mut impl FnMut(&Judged, Members),
    ) {
        let start = self.dumps.partition_point(|dump| dump.made_at < Some(day.start));
        let is_of_day =
            |dump: &&Joined| dump.made_at.is_some_and(|made| made < day.end) && is_seen(dump.made_at, question.at);
        let dumps = self.dumps[start..].iter().take_while(is_of_day).count();
        self.newest_of(start..start + dumps, |dump| self.moment_of(dump, question), question, names, emit);
    }

    /// Rule 33 among the dumps at `dumps`, each judged up to its moment.
    fn newest_of(
        &self,
        dumps: Range<usize>,
        moment_of: impl Fn(usize) -> Option<Instant>,
        question: &VerdictParams,
        names: &impl Spellings,
        emit: &mut impl FnMut(&Judged, Members),
    ) {
        let mut entities: Vec<Option<Entity>> = vec![None; self.dumps.len()];
        // Of each track, whether it has a row and since when that is granted.
        let mut rows: Vec<Option<Option<Instant>>> = vec![None; self.spans.len()];
        let newest_whole = self.newest_whole(&dumps);
        for (place, track) in self.tracks().enumerate() {
            let of_service = rows[track.service];
            // Rule 34: an action is gone where its service is.
            if track.is_action && of_service.is_none() {
                continue;
            }
            let newest_whole = if track.is_action { newest_whole.1 } else { newest_whole.0 };
            let Some(dump) = lists(&track, newest_whole..dumps.end) else { continue };
            let moment = moment_of(dump);
            let entity = entities[dump].get_or_insert_with(|| self.entity(dump, moment, question));
            let row = self.judge_row(&track, (dump, moment), (entity, of_service.flatten()), question, names);
            if let Some(row) = row {
                rows[place] = Some(row.granted_since);
                emit(&row, self.members(place));
            }
        }
    }

    /// The newest whole dump among those at `dumps`, for services and for actions; the first where none is whole.
    fn newest_whole(&self, dumps: &Range<usize>) -> (usize, usize) {
        let newest = |whole: fn(&Joined) -> bool| {
            let among = self.dumps[dumps.clone()].iter().rposition(whole);
            dumps.start + among.unwrap_or(0)
        };
        (newest(|dump| dump.whole), newest(|dump| dump.whole_actions))
    }

    /// Judges every row of every dump up to `--at`, as `--snapshots all` shows them.
    pub fn snapshots(&self, question: &VerdictParams, names: &impl Spellings, emit: &mut impl FnMut(&Judged, Members)) {
        if let Some(dump) = self.speaking_without_date(question) {
            return self.judge_dump(dump, None, question, names, emit);
        }
        for dump in 0..self.dumps.len() {
            let made_at = self.dumps[dump].made_at;
            if made_at.is_some() && is_seen(made_at, question.at) {
                self.judge_dump(dump, self.moment_of(dump, question), question, names, emit);
            }
        }
    }

    /// Judges every row of the dump made at `made_at`: the newest one as the present sees it, an older one by what was known when it
    /// was made.
    pub fn snapshot(
        &self,
        made_at: Option<Instant>,
        question: &VerdictParams,
        names: &impl Spellings,
        emit: &mut impl FnMut(&Judged, Members),
    ) {
        let Some(dump) = self.dumps.iter().position(|dump| dump.made_at == made_at) else { return };
        self.judge_dump(dump, self.moment_of(dump, question), question, names, emit);
    }

    /// Rule 7, for a dump that is shown by itself.
    fn moment_of(&self, dump: usize, question: &VerdictParams) -> Option<Instant> {
        let made_at = self.dumps[dump].made_at;
        let newest = self.dumps.iter().rposition(|dump| is_seen(dump.made_at, question.at));
        if made_at.is_none() || newest == Some(dump) { question.at } else { made_at }
    }

    /// Rule 8: an undated dump speaks only where no dump has a date, and never with `--at`.
    fn speaking_without_date(&self, question: &VerdictParams) -> Option<usize> {
        let [Joined { made_at: None, .. }] = self.dumps.as_slice() else { return None };
        question.at.is_none().then_some(0)
    }
}

/// The newest of the dumps at `among` that lists the permission.
fn lists(track: &Track, among: Range<usize>) -> Option<usize> {
    let listed = track.seen.iter().rev().map(|sighting| sighting.dump as usize);
    listed.take_while(|&dump| dump >= among.start).find(|&dump| dump < among.end)
}
