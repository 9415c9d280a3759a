//! The published tables of services and of actions: every row of every dump, with everything that a verdict needs.
//!
//! A verdict depends on the user's threshold, and nothing else here does: `withheld` tells why there is none at any
//! threshold, `observed_since` and `granted_since` since when an access would have been seen. So an engine that reads
//! the tables needs five lines for a verdict, and does not repeat a definition.

use polars::prelude::*;

use super::Params;
use super::groups::{Groups, MemberSets};
use super::histories::History;
use super::names::Names;
use super::rows::SourceColumn;
use super::timeline::{Judged, RowMembers, RowStanding, Scratch, VerdictParams, fold};
use super::unused::access_level;
use crate::catalogue::Catalogue;
use crate::frame::build::Dictionary;
use crate::frame::columns::{AccessColumns, closed_column, entity_columns, instant_column};
use crate::frame::schema::{self, set_of};
use crate::model::{Dump, Instant, Level, ObservedLimit, Symbol, UnknownReason};

/// What the tables are made from.
#[derive(Debug, Clone, Copy)]
pub struct Publishing<'a> {
    /// Public facts.
    pub catalogue: &'a Catalogue,
    /// From symbols to categories.
    pub dictionary: &'a Dictionary,
    /// The meaning of names.
    pub names: &'a Names,
}

/// A table, and for each row its dump, by the position in `dumps`.
pub struct PublishedTable<'d> {
    /// The rows.
    pub frame: DataFrame,
    /// The dump of each row.
    pub dump_of: Vec<IdxSize>,
    /// The dumps with rows.
    pub dumps: Vec<&'d Dump>,
}

/// The tables of `level`, `tables` of them: every row of every usable dump of `histories`, in the table that `table_of` gives. A dump without a
/// table has no rows.
///
/// # Errors
/// If Polars refuses a column, which is a bug.
pub fn published<'d>(
    publishing: &Publishing,
    histories: &'d [History<'d>],
    level: Level,
    tables: usize,
    table_of: impl Fn(&Dump) -> Option<usize>,
) -> PolarsResult<Vec<PublishedTable<'d>>> {
    let mut tables: Vec<(PublishedColumns, MemberSets)> = (0..tables).map(|_| Default::default()).collect();
    let mut scratch = Scratch::default();
    for (of, history) in histories.iter().enumerate() {
        // With a threshold of 0, the reason why there is no verdict is the same for every threshold. What an undated
        // dump proves depends on `--as-of`: it is judged as of a day before every start.
        let undated_until = history.undated_until();
        let as_of = undated_until.map(|_| Instant::from_millis(0));
        let question = &VerdictParams { stale_after: 0, as_of, ..history.question(&Params::default()) };
        let table_of = |dump: usize| table_of(history.speakers[dump].dump);
        let is_wanted = |dump: usize| table_of(dump).is_some();
        let mut take = |row: &Judged, members: RowMembers, stands: RowStanding| {
            let Some((rows, sets)) = table_of(row.dump).and_then(|table| tables.get_mut(table)) else { return };
            // A permission that has two rows, one for the present and one for its dump, counts once, for the dump.
            let is_first = stands.is_snapshot || !stands.is_present;
            match members {
                RowMembers::Service if is_first => {
                    sets.start_service(row.service);
                    rows.of_services = rows.tracked.len();
                }
                RowMembers::Action | RowMembers::Class { .. } if is_first && level == Level::Service => {
                    rows.count_actions(row, members);
                }
                _ => {}
            }
            if (members == RowMembers::Service) == (level == Level::Service) {
                if level == Level::Action {
                    rows.members.push(sets.push(row.action, members).0);
                }
                rows.push((history, of, undated_until), row, stands, publishing.names);
            }
        };
        fold(&history.documents, question, publishing.names, &mut scratch, |timeline, by| {
            timeline.published(is_wanted, by, &mut take);
        });
    }
    let classes = scratch.layouts.into_classes();
    let finish = |(rows, mut sets): (PublishedColumns<'d>, MemberSets<'d>)| {
        sets.close(classes.clone());
        rows.finish(publishing, level, &sets)
    };
    tables.into_iter().map(finish).collect()
}

/// The columns of a published table while its rows are added.
#[derive(Default)]
struct PublishedColumns<'d> {
    dumps: Vec<&'d Dump>,
    dump: Vec<IdxSize>,
    service: Vec<Symbol>,
    service_name: Vec<Symbol>,
    access: AccessColumns,
    entities: Vec<Option<u32>>,
    tracked: Vec<Option<u32>>,
    used: Vec<Option<u32>>,
    members: Vec<u32>,
    withheld: Vec<Option<u8>>,
    limit: Vec<Option<u8>>,
    instants: [Vec<Option<i64>>; 6],
    flags: [Vec<bool>; 7],
    sources: SourceColumn,
    /// The first row of the service that was pushed last.
    of_services: usize,
}

/// Why there is no verdict at any threshold. An action's grant can be later than its dump, like that of its service:
/// then its age is below 0, and so below any threshold, but not at a later `--as-of`.
fn withheld(row: &Judged) -> Option<UnknownReason> {
    let is_of_a_threshold = |reason: &UnknownReason| {
        matches!(reason, UnknownReason::GrantedRecently | UnknownReason::WindowTooShort | UnknownReason::AgeUnknown)
    };
    let reason = row.unknown_reason.filter(|reason| !is_of_a_threshold(reason));
    let has_date = row.made_at.is_some();
    if has_date {
        reason
    } else {
        reason.filter(|reason| *reason != UnknownReason::NoStart).or(Some(UnknownReason::NoDate))
    }
}

/// Until when the permission was observed. An engine takes the earlier of this and its own `--as-of`.
///
/// A row of an undated dump has it if some `--as-of` could prove its silence. If such a row lacks an `observed_since`,
/// the start of its partition is not known.
fn observed_until(row: &Judged, undated_until: Option<Instant>) -> Option<Instant> {
    let is_provable = row.observed_until.is_some() || row.unknown_reason == Some(UnknownReason::NoStart);
    if row.made_at.is_none() { undated_until.filter(|_| is_provable) } else { row.observed_until.and(row.made_at) }
}

/// The columns of [`PublishedColumns::instants`].
const INSTANTS: [&str; 6] = [
    schema::OBSERVED_SINCE,
    schema::OBSERVED_UNTIL,
    schema::GRANTED_SINCE,
    schema::DUMP_LAST_ACCESSED,
    schema::FIRST_DUMP_AT,
    schema::FIRST_ACCESS_AT,
];

/// The columns of [`PublishedColumns::flags`].
const FLAGS: [&str; 7] = [
    schema::WITHOUT_ACTIONS,
    schema::USED_UNTRACKED,
    schema::DUMP_ACCESS_UNDATED,
    schema::DUMP_SILENT,
    schema::AGE_STATED,
    schema::IS_PRESENT,
    schema::IS_SNAPSHOT,
];

impl<'d> PublishedColumns<'d> {
    /// Adds a row of the entity of `history`, which has the number `of`. `undated_until` is the end of the observation if none of its dumps
    /// has a date.
    fn push(
        &mut self,
        (history, of, undated_until): (&History<'d>, usize, Option<Instant>),
        row: &Judged,
        stands: RowStanding,
        names: &Names,
    ) {
        // The rows of a dump follow one another.
        let dump = history.speakers[row.dump].dump;
        if self.dumps.last().is_none_or(|last| !std::ptr::eq(*last, dump)) {
            self.dumps.push(dump);
        }
        self.dump.push((self.dumps.len() - 1) as IdxSize);
        self.service.push(row.service);
        self.service_name.push(row.service_name);
        self.access.push(row.last_accessed, row.access_undated, row.last_accessed_by, row.last_accessed_region);
        self.entities.push(row.shown.entities);
        let counts = row.shown.lists_actions.then_some(0);
        self.tracked.push(counts);
        self.used.push(counts);
        self.withheld.push(withheld(row).map(|reason| reason as u8));
        self.limit.push(row.observed_limit.map(|limit| limit as u8));
        let Judged { observed_since, granted_since, shown, age, .. } = *row;
        let observed_until = observed_until(row, undated_until);
        let instants = [observed_since, observed_until, granted_since, shown.at, age.first_dump, age.first_access];
        for (column, at) in self.instants.iter_mut().zip(instants) {
            column.push(at.map(Instant::millis));
        }
        let flags = [
            row.is_without_actions,
            row.is_used_untracked,
            shown.undated,
            shown.silent,
            age.is_stated,
            stands.is_present,
            stands.is_snapshot,
        ];
        for (column, flag) in self.flags.iter_mut().zip(flags) {
            column.push(flag);
        }
        self.sources.push(history, of, row, names);
    }

    /// Counts the actions of the service that was pushed last, in all its rows.
    fn count_actions(&mut self, row: &Judged, members: RowMembers) {
        let count = members.count() as u32;
        let is_used = row.shown.at.is_some() || row.shown.undated;
        let rows = self.of_services..;
        self.tracked[rows.clone()].iter_mut().flatten().for_each(|tracked| *tracked += count);
        if is_used {
            self.used[rows].iter_mut().flatten().for_each(|used| *used += count);
        }
    }

    fn finish(self, publishing: &Publishing, level: Level, sets: &MemberSets) -> PolarsResult<PublishedTable<'d>> {
        let dictionary = publishing.dictionary;
        let mut columns = entity_columns(&self.dumps, self.dump.clone())?;
        columns.push(dictionary.column(schema::SERVICE_NAMESPACE, self.service)?);
        columns.push(dictionary.column(schema::SERVICE_NAME, self.service_name)?);
        let undated = self.access.finish(&mut columns, dictionary)?;
        columns.push(undated);
        columns.push(closed_column(schema::WITHHELD, &set_of!(UnknownReason), self.withheld));
        columns.push(closed_column(schema::OBSERVED_LIMIT, &set_of!(ObservedLimit), self.limit));
        columns.extend(INSTANTS.into_iter().zip(self.instants).map(|(name, column)| instant_column(name, column)));
        let flag = |(name, flags): (&str, Vec<bool>)| BooleanChunked::from_slice(name.into(), &flags).into_column();
        columns.extend(FLAGS.into_iter().zip(self.flags).map(flag));
        columns.push(self.sources.finish()?);
        let count = |name: &str, counts: Vec<Option<u32>>| {
            UInt32Chunked::from_iter_options(name.into(), counts.into_iter()).into_column()
        };
        let place = UInt32Chunked::from_vec(PLACE.into(), self.dump).into_column();
        let (frame, schema) = match level {
            Level::Service => {
                columns.push(count(schema::AUTHENTICATED_ENTITIES, self.entities));
                columns.push(count(schema::TRACKED_ACTIONS, self.tracked));
                columns.push(count(schema::USED_ACTIONS, self.used));
                columns.push(place);
                (DataFrame::new_infer_height(columns)?, &*schema::SERVICE_ROWS)
            }
            Level::Action => {
                columns.push(UInt32Chunked::from_vec(schema::MEMBERS.into(), self.members).into_column());
                columns.push(place);
                let frame = DataFrame::new_infer_height(columns)?;
                let mut named = Groups { frame: &frame, sets }.named(dictionary)?;
                named.with_column(access_level(&named, publishing.catalogue, dictionary)?)?;
                (named, &*schema::ACTION_ROWS)
            }
        };
        let dump_of = frame.column(PLACE)?.u32()?.into_no_null_iter().collect();
        let frame = frame.select(schema.iter_names().map(PlSmallStr::as_str))?;
        polars_ensure!(**frame.schema() == **schema, SchemaMismatch: "built {:?}, wanted {schema:?}", frame.schema());
        Ok(PublishedTable { frame, dump_of, dumps: self.dumps })
    }
}

/// The dump of a row, while the rows are built.
const PLACE: &str = "place";
