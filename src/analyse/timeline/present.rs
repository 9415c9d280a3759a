//! Rules 7, 8, 33 and 34: which dump a row is from, and what it may see.

use super::documents::is_seen;
use super::verdict::About;
use super::{Joined, Judged, Spellings, Timeline, Track, VerdictParams};
use crate::model::Instant;

impl Timeline<'_> {
    /// Judges the rows of the present: each from the newest usable dump that lists it and is not older than the newest whole one.
    pub fn present(&self, question: &VerdictParams, names: &impl Spellings, emit: &mut impl FnMut(Judged)) {
        if let Some(dump) = self.speaking_without_date(question) {
            return self.judge_dump(dump, None, question, names, emit);
        }
        let mut abouts: Vec<Option<About>> = vec![None; self.dumps.len()];
        // Of each track, whether it has a row of the present and since when that is granted.
        let mut rows: Vec<Option<Option<Instant>>> = vec![None; self.tracks.len()];
        for (place, track) in self.tracks.iter().enumerate() {
            let of_service = rows[track.service];
            // Rule 34: an action is gone where its service is.
            if track.is_action && of_service.is_none() {
                continue;
            }
            let Some(dump) = self.present_dump(track, question.at) else { continue };
            let about = abouts[dump].get_or_insert_with(|| self.about(dump, question.at, question));
            let row = self.judge_row(track, (dump, question.at), (about, of_service.flatten()), question, names);
            if let Some(row) = row {
                rows[place] = Some(row.granted_since);
                emit(row);
            }
        }
    }

    /// Judges every row of the dump made at `made_at`, as `--snapshots all` and `trend` show it: the newest one as the present sees
    /// it, an older one by what was known when it was made.
    pub fn snapshot(
        &self,
        made_at: Option<Instant>,
        question: &VerdictParams,
        names: &impl Spellings,
        emit: &mut impl FnMut(Judged),
    ) {
        let Some(dump) = self.dumps.iter().position(|dump| dump.made_at == made_at) else { return };
        let newest = self.dumps.iter().rposition(|dump| is_seen(dump.made_at, question.at));
        let moment = if made_at.is_none() || newest == Some(dump) { question.at } else { made_at };
        self.judge_dump(dump, moment, question, names, emit);
    }

    /// Rule 8: an undated dump speaks only where no dump has a date, and never with `--at`.
    fn speaking_without_date(&self, question: &VerdictParams) -> Option<usize> {
        let [Joined { made_at: None, .. }] = self.dumps.as_slice() else { return None };
        question.at.is_none().then_some(0)
    }

    /// Rule 33: the newest dump up to `moment` that lists the permission and is not older than the newest whole one; for actions
    /// among those that say anything about actions.
    fn present_dump(&self, track: &Track, moment: Option<Instant>) -> Option<usize> {
        let is_dated = |dump: &Joined| dump.made_at.is_some() && is_seen(dump.made_at, moment);
        let whole = |dump: &Joined| if track.is_action { dump.whole_actions } else { dump.whole };
        let newest_whole = self.dumps.iter().rposition(|dump| is_dated(dump) && whole(dump)).unwrap_or(0);
        let lists = track.seen.iter().rev().map(|sighting| sighting.dump as usize);
        lists.take_while(|&dump| dump >= newest_whole).find(|&dump| is_dated(&self.dumps[dump]))
    }
}
