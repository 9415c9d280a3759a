//! Rules 7, 8, 33 and 34: from which dump a row is taken, and which documents count for it.

use std::ops::Range;

use super::documents::is_seen;
use super::verdict::EntityDates;
use super::{Asking, Joined, Judged, RowMembers, Spellings, Timeline, Track, VerdictParams};
use crate::model::Instant;

/// The sets of rows to which a row belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowStanding {
    /// Whether it is one of the rows of the present.
    pub is_present: bool,
    /// Whether it is one of the rows of its dump, as known when the dump was made.
    pub is_snapshot: bool,
}

impl Timeline<'_> {
    /// Judges the rows of the present: each from the newest usable dump that lists it and is not older than the newest
    /// whole one.
    pub fn present(&self, by: &Asking<impl Spellings>, emit: &mut impl FnMut(&Judged, RowMembers)) {
        let dumps = self.speaking(by.question);
        self.newest_of(dumps, |_| by.question.at, by, emit);
    }

    /// The dumps that may count: the dated ones up to `--at`. Rule 8: an undated dump counts only if no dump has a
    /// date, and never with `--at`.
    fn speaking(&self, question: &VerdictParams) -> Range<usize> {
        let first = self.dumps.partition_point(|dump| dump.made_at.is_none());
        if first == self.dumps.len() {
            return if question.at.is_none() { 0..first } else { 0..0 };
        }
        let end = self.dumps.iter().rposition(|dump| is_seen(dump.made_at, question.at));
        first..end.map_or(first, |last| last + 1).max(first)
    }

    /// Judges the rows of one day as [`Timeline::present`] does, only from the dumps that were made on that day, each
    /// as known then.
    pub fn day(&self, day: Range<Instant>, by: &Asking<impl Spellings>, emit: &mut impl FnMut(&Judged, RowMembers)) {
        let start = self.dumps.partition_point(|dump| dump.made_at < Some(day.start));
        let is_of_day =
            |dump: &&Joined| dump.made_at.is_some_and(|made| made < day.end) && is_seen(dump.made_at, by.question.at);
        let dumps = self.dumps[start..].iter().take_while(is_of_day).count();
        self.newest_of(start..start + dumps, |dump| self.moment_of(dump, by.question), by, emit);
    }

    /// Rule 33 for the dumps at `dumps`, each judged up to its moment.
    fn newest_of(
        &self,
        dumps: Range<usize>,
        moment_of: impl Fn(usize) -> Option<Instant>,
        by: &Asking<impl Spellings>,
        emit: &mut impl FnMut(&Judged, RowMembers),
    ) {
        self.newest_with_places(dumps, moment_of, by, &mut |place, row| emit(row, self.members(place, by.layouts)));
    }

    /// The same; each row comes with the position of its track.
    fn newest_with_places(
        &self,
        dumps: Range<usize>,
        moment_of: impl Fn(usize) -> Option<Instant>,
        by: &Asking<impl Spellings>,
        emit: &mut impl FnMut(usize, &Judged),
    ) {
        let mut entities: Vec<Option<EntityDates>> = vec![None; self.dumps.len()];
        // For each track, whether it has a row and since when that is granted.
        let mut rows: Vec<Option<Option<Instant>>> = vec![None; self.spans.len()];
        let newest_whole = self.newest_whole(&dumps);
        for (place, track) in self.tracks().enumerate() {
            let of_service = rows[track.service];
            // Rule 34: an action is gone if its service is.
            if track.is_action && of_service.is_none() {
                continue;
            }
            let newest_whole = if track.is_action { newest_whole.1 } else { newest_whole.0 };
            let Some(dump) = lists(&track, newest_whole..dumps.end) else { continue };
            let moment = moment_of(dump);
            let entity = entities[dump].get_or_insert_with(|| self.entity(dump, moment, by.question));
            if let Some(row) = self.judge_row(&track, (dump, moment), (entity, of_service.flatten()), by) {
                rows[place] = Some(row.granted_since);
                emit(place, &row);
            }
        }
    }

    /// The newest whole dump among those at `dumps`, for services and for actions; the first if none is whole.
    fn newest_whole(&self, dumps: &Range<usize>) -> (usize, usize) {
        let newest = |whole: fn(&Joined) -> bool| {
            let among = self.dumps[dumps.clone()].iter().rposition(whole);
            dumps.start + among.unwrap_or(0)
        };
        (newest(|dump| dump.whole), newest(|dump| dump.whole_actions))
    }

    /// Judges every row of every dump up to `--at`, as `--snapshots all` shows them.
    pub fn snapshots(&self, by: &Asking<impl Spellings>, emit: &mut impl FnMut(&Judged, RowMembers)) {
        for dump in self.speaking(by.question) {
            self.judge_dump(dump, self.moment_of(dump, by.question), by, emit);
        }
    }

    /// Judges every row of every dump, and tells for each whether it belongs to the present, to its dump as known then,
    /// or to both. Only the dumps that `wants` accepts, by their positions, are judged.
    pub fn published(
        &self,
        wants: impl Fn(usize) -> bool,
        by: &Asking<impl Spellings>,
        emit: &mut impl FnMut(&Judged, RowMembers, RowStanding),
    ) {
        let mut present: Vec<Option<Judged>> = vec![None; self.spans.len()];
        let speaking = self.speaking(by.question);
        self.newest_with_places(speaking.clone(), |_| by.question.at, by, &mut |place, row| {
            present[place] = Some(*row);
        });
        for dump in (0..self.dumps.len()).filter(|dump| wants(*dump)) {
            self.judge_with_places(dump, self.moment_of(dump, by.question), by, &mut |place, row| {
                let members = self.members(place, by.layouts);
                let now = present[place].filter(|now| now.dump == dump);
                let is_same = now == Some(*row);
                emit(row, members, RowStanding { is_present: is_same, is_snapshot: speaking.contains(&dump) });
                if let Some(now) = now.filter(|_| !is_same) {
                    emit(&now, members, RowStanding { is_present: true, is_snapshot: false });
                }
            });
        }
    }

    /// Judges every row of the dump made at `made_at`: the newest one as the present sees it, an older one by what was
    /// known when it was made.
    pub fn snapshot(
        &self,
        made_at: Option<Instant>,
        by: &Asking<impl Spellings>,
        emit: &mut impl FnMut(&Judged, RowMembers),
    ) {
        let Some(dump) = self.dumps.iter().position(|dump| dump.made_at == made_at) else { return };
        self.judge_dump(dump, self.moment_of(dump, by.question), by, emit);
    }

    /// Judges every permission in two dumps, each up to the moment of that dump, as `diff` compares them.
    pub fn compare(
        &self,
        (old, new): (usize, usize),
        by: &Asking<impl Spellings>,
        emit: &mut impl FnMut(Option<&Judged>, Option<&Judged>, RowMembers),
    ) {
        let sides = [old, new].map(|dump| (dump, self.moment_of(dump, by.question)));
        let entities = sides.map(|(dump, moment)| self.entity(dump, moment, by.question));
        let mut granted = vec![[None; 2]; self.spans.len()];
        for (place, track) in self.tracks().enumerate() {
            let of_service = granted[track.service];
            let row = |side: usize| self.judge_row(&track, sides[side], (&entities[side], of_service[side]), by);
            let rows = [row(0), row(1)];
            granted[place] = rows.map(|row| row.and_then(|row| row.granted_since));
            if let [None, None] = rows {
                continue;
            }
            emit(rows[0].as_ref(), rows[1].as_ref(), self.members(place, by.layouts));
        }
    }

    /// Rule 7, for a dump that is shown by itself.
    fn moment_of(&self, dump: usize, question: &VerdictParams) -> Option<Instant> {
        let made_at = self.dumps[dump].made_at;
        let newest = self.dumps.iter().rposition(|dump| is_seen(dump.made_at, question.at));
        if made_at.is_none() || newest == Some(dump) { question.at } else { made_at }
    }
}

/// The newest of the dumps at `among` that lists the permission.
fn lists(track: &Track, among: Range<usize>) -> Option<usize> {
    let listed = track.seen.iter().rev().map(|sighting| sighting.dump as usize);
    listed.take_while(|&dump| dump >= among.start).find(|&dump| dump < among.end)
}
