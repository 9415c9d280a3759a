//! The rows of the days of one account, several days at a time.
//!
//! The input is the days of an account, each with all documents about its entities. The output is the frames of one of them. A row is judged
//! by all documents about its entity, so these are folded for it: with a fold for each day, the first ingest of 400 days of five entities
//! took 69 s, and twice as many days took four times as long. So the rows of the next days are made together with those of the day that is
//! asked for, and wait until they are asked for too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use polars::prelude::*;

use super::batch::{Batch, Name};
use crate::analyse::{History, Needs, PublishedTable, Publishing, published, together};
use crate::frame::Sink;
use crate::model::{Day, Dump, Instant, Level};
use crate::util::threads::in_order;

/// How many rows may wait: some 70 megabytes. With half as many, an ingest of 13,000 dumps took a sixth longer.
const WAITING_ROWS: usize = 1 << 19;

/// How many rows are made at a time.
const PIECE_ROWS: usize = 1 << 13;

/// One day of an account.
pub struct AccountDay<'d> {
    /// The day of the dumps.
    pub day: Option<Day>,
    /// The dumps.
    pub dumps: Vec<&'d Dump>,
    /// All documents about their entities.
    pub about: BTreeMap<Name<'d>, &'d Batch<'d>>,
    /// Whether anybody will ask for its rows.
    pub is_wanted: bool,
}

/// Makes a frame of a published table, with the names of its dumps.
type Finish<'d> = Box<dyn Fn(PublishedTable) -> PolarsResult<DataFrame> + Send + Sync + 'd>;

/// The rows of one level, of all days of an account.
pub struct DayRows<'d> {
    days: Arc<[AccountDay<'d>]>,
    level: Level,
    needs: Needs,
    publishing: Publishing<'d>,
    finish: Finish<'d>,
    /// The frames that wait, by the position of their day.
    waiting: Mutex<BTreeMap<usize, Vec<DataFrame>>>,
}

impl<'d> DayRows<'d> {
    /// The rows of `days`, which are in the order in which they will be asked for.
    pub fn new(days: Arc<[AccountDay<'d>]>, level: Level, publishing: Publishing<'d>, finish: Finish<'d>) -> Self {
        let needs = Needs { other_actions: level == Level::Action, ..Needs::NOTHING };
        Self { days, level, needs, publishing, finish, waiting: Mutex::default() }
    }

    /// Hands the frames of the day at `at` to `sink`, at least one. The entities are in the order of their names, so that the order of the
    /// rows follows from the day alone, and not from the days that are made with it.
    ///
    /// # Errors
    /// If Polars refuses a column, which is a bug, or what `sink` reports.
    pub fn write(&self, at: usize, sink: &mut Sink) -> PolarsResult<()> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(frames) = waiting.remove(&at) {
            drop(waiting);
            return frames.into_iter().try_for_each(sink);
        }
        let days = self.made_with(at);
        if days.len() == 1 {
            drop(waiting);
            let pieces = self.pieces(&days);
            return pieces.iter().try_for_each(|piece| self.frames(piece, &days)?.into_iter().try_for_each(&mut *sink));
        }
        // Until all are made, nobody else makes rows of these days.
        let mut made = self.ahead(&days)?;
        let frames = made.remove(&at).unwrap_or_default();
        waiting.extend(made);
        drop(waiting);
        frames.into_iter().try_for_each(sink)
    }

    /// The days of which the rows are made with those of the day at `at`, in order.
    fn made_with(&self, at: usize) -> Vec<usize> {
        let rows_of = |at: usize| self.days[at].dumps.iter().map(|dump| self.needs.rows_of(dump)).sum::<usize>();
        let mut rows = rows_of(at);
        let next = (at + 1..self.days.len()).filter(|next| self.days[*next].is_wanted);
        let fitting = next.take_while(|next| {
            rows += rows_of(*next);
            rows <= WAITING_ROWS
        });
        [at].into_iter().chain(fitting).collect()
    }

    /// The frames of several days, by the positions of these.
    fn ahead(&self, days: &[usize]) -> PolarsResult<BTreeMap<usize, Vec<DataFrame>>> {
        let mut made: BTreeMap<usize, Vec<DataFrame>> = days.iter().map(|at| (*at, Vec::new())).collect();
        for frames in in_order(&self.pieces(days), |piece| self.frames(piece, days)) {
            for (frame, of_day) in frames?.into_iter().zip(made.values_mut()) {
                of_day.push(frame);
            }
        }
        Ok(made)
    }

    /// The entities of some days in the order of their names, cut into pieces of a convenient number of rows; at least one piece.
    fn pieces(&self, days: &[usize]) -> Vec<Vec<&'d Batch<'d>>> {
        let entities: BTreeMap<&Name, &'d Batch> =
            days.iter().flat_map(|at| &self.days[*at].about).map(|(name, entity)| (name, *entity)).collect();
        let place_of = self.places(days);
        let mut pieces = vec![Vec::new()];
        let mut rows = 0;
        for entity in entities.into_values() {
            if rows >= PIECE_ROWS {
                pieces.push(Vec::new());
                rows = 0;
            }
            let dumps = entity.dumps.iter().filter(|dump| place_of(dump).is_some());
            rows += dumps.map(|dump| self.needs.rows_of(dump)).sum::<usize>();
            pieces.last_mut().expect("there is one").push(entity);
        }
        pieces
    }

    /// A frame for each of the days, with the rows of these entities.
    fn frames(&self, entities: &[&Batch], days: &[usize]) -> PolarsResult<Vec<DataFrame>> {
        let batch = Batch {
            dumps: entities.iter().flat_map(|entity| &entity.dumps).copied().collect(),
            besides: entities.iter().flat_map(|entity| &entity.besides).copied().collect(),
            ..Batch::default()
        };
        let unpacked = batch.unpacked();
        let batch = unpacked.batch();
        let mut histories = History::all(&batch.dumps, &batch.besides, self.publishing.catalogue);
        histories.sort_by_cached_key(|history| together(history.entity));
        let tables = published(&self.publishing, &histories, self.level, days.len(), self.places(days))?;
        tables.into_iter().map(&self.finish).collect()
    }

    /// The position among `days` of the day of a dump.
    fn places(&self, days: &[usize]) -> impl Fn(&Dump) -> Option<usize> + use<> {
        let places: BTreeMap<Option<Day>, usize> = days.iter().map(|at| self.days[*at].day).zip(0..).collect();
        move |dump| places.get(&dump.as_of.map(Instant::day)).copied()
    }
}
