//! Judged rows as columns: one builder for services and for actions.
//!
//! The input is each [`Judged`] row of a batch. The output is a table in which a row tells everything about itself: its
//! entity and the dump that it is from, the last access, the verdict and, if a report lists rows, the evidence behind
//! it.

use polars::prelude::*;

use super::Params;
use super::groups::MemberSets;
use super::histories::History;
use super::names::Names;
use super::timeline::{Judged, RowMembers};
use super::verdict::{BUCKET, DAYS_SINCE, OBSERVED_DAYS, UNKNOWN_REASON, VERDICT, bucket_names, bucket_of, verdicts};
use crate::frame::build::Dictionary;
use crate::frame::columns::{AccessColumns, closed_column, entity_columns, instant_column};
use crate::frame::schema::{self, set_of};
use crate::model::{AgeKnownBy, Dump, Instant, Level, ObservedLimit, Symbol, UnknownReason, Verdict};

/// What a reader of the row should keep in mind.
pub const NOTE: &str = "note";

/// What a [`RowColumns`] is made for.
#[derive(Debug, Clone, Copy)]
pub struct RowsFor<'a> {
    /// The user's parameters.
    pub params: &'a Params,
    /// The meaning of names.
    pub names: &'a Names,
    /// Whether the columns that explain a verdict are needed.
    pub evidence: bool,
}

/// The rows of one level.
#[derive(Debug)]
pub struct RowColumns<'a, 'd> {
    of: RowsFor<'a>,
    dumps: Vec<&'d Dump>,
    dump: Vec<IdxSize>,
    service: Vec<Symbol>,
    service_name: Vec<Symbol>,
    access: AccessColumns,
    days_since: Vec<Option<i64>>,
    verdict: Vec<u8>,
    bucket: Vec<IdxSize>,
    without_actions: Vec<bool>,
    used_untracked: Vec<bool>,
    /// Whether the entity's newest usable dump leaves open what else is granted.
    hidden: Vec<bool>,
    /// The same for the present entity: computed once for each, and not for each of its rows.
    is_hidden: bool,
    evidence: Evidence,
    /// For action rows: how many actions each row is about, and which.
    actions: Vec<u32>,
    members: Vec<u32>,
}

/// The columns that explain a verdict.
#[derive(Debug, Default)]
struct Evidence {
    reason: Vec<Option<u8>>,
    days: Vec<Option<i64>>,
    limit: Vec<Option<u8>>,
    granted_since: Vec<Option<i64>>,
    may_be_pass_role: Vec<Option<u8>>,
    age_known_by: Vec<Option<u8>>,
    sources: SourceColumn,
}

/// [`schema::LAST_ACCESSED_SOURCE`]: each file name is held once for the rows that follow one another.
#[derive(Debug, Default)]
pub struct SourceColumn {
    /// For each row, the position of its file.
    rows: Vec<Option<IdxSize>>,
    files: Vec<String>,
    /// The number of the entity of the last file, and that of the document.
    last: Option<(usize, u32)>,
}

impl SourceColumn {
    /// Adds the file that shows the last access of `row`, a row of an entity with the number `of`: any that no other one has.
    pub fn push(&mut self, history: &History, of: usize, row: &Judged, names: &Names) {
        let file = row.source.map(|source| {
            if self.last != Some((of, source)) {
                self.files.push(history.source(source).name(names));
                self.last = Some((of, source));
            }
            (self.files.len() - 1) as IdxSize
        });
        self.rows.push(file);
    }

    /// The column.
    ///
    /// # Errors
    /// If Polars refuses it, which is a bug.
    pub fn finish(self) -> PolarsResult<Column> {
        let files = self.files.iter().map(|file| Some(file.as_str())).chain([None]);
        let files = Categorical32Chunked::from_str_iter("files".into(), schema::name(), files)?.into_column();
        let none = self.files.len() as IdxSize;
        let places = self.rows.into_iter().map(|file| file.unwrap_or(none)).collect();
        Ok(files.take(&IdxCa::from_vec("files".into(), places))?.with_name(schema::LAST_ACCESSED_SOURCE.into()))
    }
}

impl<'a, 'd> RowColumns<'a, 'd> {
    /// No rows yet.
    pub fn new(of: RowsFor<'a>) -> Self {
        Self {
            of,
            dumps: Vec::new(),
            dump: Vec::new(),
            service: Vec::new(),
            service_name: Vec::new(),
            access: AccessColumns::with_capacity(0),
            days_since: Vec::new(),
            verdict: Vec::new(),
            bucket: Vec::new(),
            without_actions: Vec::new(),
            used_untracked: Vec::new(),
            hidden: Vec::new(),
            is_hidden: false,
            evidence: Evidence::default(),
            actions: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Makes room for the dumps of the next entity; returns the position at which they begin.
    pub fn start_entity(&mut self, history: &History<'d>) -> usize {
        let start = self.dumps.len();
        self.dumps.extend(history.speakers.iter().map(|speaker| speaker.dump));
        self.is_hidden = history.is_hidden(self.of.params.at);
        start
    }

    /// Adds a row about a service of the entity of `history`; its dumps begin at `start`.
    pub fn push_service(&mut self, history: &History, start: usize, row: &Judged) {
        self.push(history, start, row, self.of.evidence && may_be_pass_role(row, self.of.names));
    }

    fn push(&mut self, history: &History, start: usize, row: &Judged, may_be_pass_role: bool) {
        self.dump.push((start + row.dump) as IdxSize);
        self.service.push(row.service);
        self.service_name.push(row.service_name);
        self.access.push(row.last_accessed, row.access_undated, row.last_accessed_by, row.last_accessed_region);
        self.days_since.push(row.days_since);
        self.verdict.push(row.verdict as u8);
        self.bucket.push(bucket_of(row.verdict, row.days_since, &self.of.params.buckets));
        self.without_actions.push(row.is_without_actions);
        self.used_untracked.push(row.is_used_untracked);
        self.hidden.push(self.is_hidden);
        if self.of.evidence {
            self.evidence.push(history, start, row, self.of.names);
            self.evidence.may_be_pass_role.push(may_be_pass_role.then_some(0));
        }
    }

    /// Adds a row of actions, and the actions to `sets`.
    pub fn push_actions(
        &mut self,
        (history, start): (&History, usize),
        row: &Judged,
        members: RowMembers,
        sets: &mut MemberSets,
    ) {
        let (place, count) = sets.push(row.action, members);
        self.members.push(place);
        self.actions.push(count);
        self.push(history, start, row, false);
    }

    /// The table. At the action level, each row has the number of its actions and their position.
    ///
    /// # Errors
    /// If Polars refuses a column, which is a bug.
    pub fn finish(self, level: Level, dictionary: &Dictionary) -> PolarsResult<DataFrame> {
        let mut columns = entity_columns(&self.dumps, self.dump)?;
        columns.push(dictionary.column(schema::SERVICE_NAMESPACE, self.service)?);
        columns.push(dictionary.column(schema::SERVICE_NAME, self.service_name)?);
        let undated = self.access.finish(&mut columns, dictionary)?;
        columns.push(undated);
        columns.push(Int64Chunked::from_iter_options(DAYS_SINCE.into(), self.days_since.into_iter()).into_column());
        columns.push(closed_column(VERDICT, &verdicts(), self.verdict.into_iter().map(Some)));
        columns.push(bucket_column(self.bucket, &self.of.params.buckets)?);
        let flags = [
            (schema::WITHOUT_ACTIONS, self.without_actions),
            (schema::USED_UNTRACKED, self.used_untracked),
            (schema::HIDDEN, self.hidden),
        ];
        columns.extend(flags.map(|(name, flags)| BooleanChunked::from_slice(name.into(), &flags).into_column()));
        if level == Level::Action {
            columns.push(UInt32Chunked::from_vec(schema::ACTIONS.into(), self.actions).into_column());
            columns.push(UInt32Chunked::from_vec(schema::MEMBERS.into(), self.members).into_column());
        }
        if self.of.evidence {
            self.evidence.finish(&mut columns)?;
        }
        DataFrame::new_infer_height(columns)
    }
}

impl Evidence {
    fn push(&mut self, history: &History, start: usize, row: &Judged, names: &Names) {
        self.reason.push(row.unknown_reason.map(|reason| reason as u8));
        self.days.push(row.observed_days);
        self.limit.push(row.observed_limit.map(|limit| limit as u8));
        self.granted_since.push(row.granted_since.map(Instant::millis));
        self.age_known_by.push(Some(row.age_known_by as u8));
        self.sources.push(history, start, row, names);
    }

    fn finish(self, columns: &mut Vec<Column>) -> PolarsResult<()> {
        columns.push(closed_column(UNKNOWN_REASON, &set_of!(UnknownReason), self.reason));
        columns.push(Int64Chunked::from_iter_options(OBSERVED_DAYS.into(), self.days.into_iter()).into_column());
        columns.push(closed_column(schema::OBSERVED_LIMIT, &set_of!(ObservedLimit), self.limit));
        columns.push(instant_column(schema::GRANTED_SINCE, self.granted_since));
        let note = schema::closed_set(["may-be-pass-role"]);
        columns.push(closed_column(NOTE, &note, self.may_be_pass_role));
        columns.push(closed_column(schema::AGE_KNOWN_BY, &set_of!(AgeKnownBy), self.age_known_by));
        columns.push(self.sources.finish()?);
        Ok(())
    }
}

/// Rule 59: whether `row`, which is about a whole service, is one of `iam` that says nothing about `iam:PassRole`, which AWS never records: it was
/// used, but through none of the listed actions, or it seems to be out of use.
pub fn may_be_pass_role(row: &Judged, names: &Names) -> bool {
    let is_doubtful = row.is_used_untracked || matches!(row.verdict, Verdict::Unused | Verdict::Stale);
    is_doubtful && names.text(row.service).trim().eq_ignore_ascii_case("iam")
}

/// The buckets have names from the user's bounds, and there may be many.
fn bucket_column(places: Vec<IdxSize>, edges: &[i64]) -> PolarsResult<Column> {
    let names = bucket_names(edges);
    let dtype = schema::closed_set(names.iter().map(String::as_str));
    let names = StringChunked::from_iter_values(BUCKET.into(), names.iter().map(String::as_str)).cast(&dtype)?;
    names.into_column().take(&IdxCa::from_vec(BUCKET.into(), places))
}
