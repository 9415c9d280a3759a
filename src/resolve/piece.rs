//! An answer on its way to a dump: alone, or joined with the other pages of its job.
//!
//! The input is answers. The output is [`Piece`]s with sorted rows; each knows how it ends and why it might be incomplete.
//! [`pages`](super::pages) decides which pieces belong together, [`evidence`](super::evidence) what the result proves.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::dates::PathDate;
use super::ending::Ending;
use super::entity::Who;
use super::infer;
use super::join::{self, Spelt};
use crate::model::{
    Answer, Arn, AsOfSource, IdentifiedBy, Instant, Job, JobType, ListState, Mention, PackedRows, Shape, Source, Stated,
};

use crate::problem::counted;

/// A job that took longer than a day has a wrong date.
const LONGEST_JOB_MS: u64 = 24 * 60 * 60 * 1000;

/// Reasons, other than its ending, why a list might be incomplete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Flaws {
    /// Pages that are missing.
    pub missing: Option<String>,
    /// Pages that overlap.
    pub overlap: Option<String>,
    /// Why it may be about another entity: the same answer is there under another name.
    pub rival: Option<String>,
}

/// One answer, or several joined.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub who: Who,
    pub shape: Shape,
    pub job: Job,
    pub list: ListState,
    pub rows: PackedRows,
    pub ending: Ending,
    pub flaws: Flaws,
    /// The entity behind every access, if nothing else names the entity: pages of two entities cannot be pages of one
    /// answer.
    pub actor: Option<Arn>,
    /// The number in the name of the first and of the last page.
    pub first_page: Option<u32>,
    pub last_page: Option<u32>,
    /// One place for each page.
    pub sources: Vec<(Source, String)>,
    pub duplicates: Vec<(Source, String)>,
    pub notes: Vec<String>,
    /// What each answer in it tells about the entity itself.
    pub stated: Vec<(Source, Stated)>,
}

/// What pages of one job share, besides their entity.
pub(super) type JobKey = (Option<Instant>, Option<Instant>, Option<JobType>);

impl Piece {
    /// A single answer; its rows are sorted, and repeated namespaces are joined.
    pub fn new(answer: Answer, who: Who, mut notes: Vec<String>, spelt: Spelt) -> Self {
        let texts = spelt.texts;
        let Answer { source, locator, shape, job, list, rows, stated, .. } = answer;
        let ending = Ending::of(&job, rows.service_count());
        let (rows, repeated) = join::normalised(rows, spelt);
        if repeated > 0 {
            let services = counted(repeated, "service", "services");
            notes.push(format!("{services} stood in it more than once and were joined"));
        }
        let page = who.page;
        let stated = if stated.is_empty() { Vec::new() } else { vec![(source.clone(), stated)] };
        let actor = if who.arn.is_none() { infer::sole_actor(&rows.open(), texts) } else { None };
        Self {
            who,
            shape,
            job,
            list,
            rows,
            ending,
            flaws: Flaws::default(),
            actor,
            first_page: page,
            last_page: page,
            sources: vec![(source, locator)],
            duplicates: Vec::new(),
            notes,
            stated,
        }
    }

    /// Creation, completion and type of the job.
    pub fn job_key(&self) -> JobKey {
        (self.job.created, self.job.completed, self.job.job_type)
    }

    /// Whether anything tells when the job ran; without it, nothing shows that two pieces belong to one job.
    pub fn has_job_date(&self) -> bool {
        self.job.created.is_some() || self.job.completed.is_some()
    }

    /// The dates of its job, if they contradict each other: a job takes minutes.
    pub fn dates_apart(&self) -> Option<(Instant, Instant)> {
        let (created, completed) = self.job.created.zip(self.job.completed)?;
        (created.millis().abs_diff(completed.millis()) > LONGEST_JOB_MS).then_some((created, completed))
    }

    /// When it was made, as far as anything in it tells, and what tells that.
    pub fn own_date(&self) -> (Option<Instant>, AsOfSource) {
        let is_believed = self.dates_apart().is_none();
        let candidates = [
            (self.job.completed.filter(|_| is_believed), AsOfSource::Completed),
            (self.job.created.filter(|_| is_believed), AsOfSource::Created),
            (self.who.date.map(PathDate::start), AsOfSource::Path),
        ];
        candidates.into_iter().find(|(at, _)| at.is_some()).unwrap_or((None, AsOfSource::None))
    }

    /// Where it was first read.
    pub fn at(&self) -> (&Source, &str) {
        let (source, locator) = &self.sources[0];
        (source, locator)
    }

    /// Its first namespace.
    pub fn first<'t>(&self, texts: &'t [Arc<str>]) -> &'t str {
        join::text(texts, self.rows.first())
    }

    /// Its last namespace.
    pub fn last<'t>(&self, texts: &'t [Arc<str>]) -> &'t str {
        join::text(texts, self.rows.last())
    }

    /// Whether both may be about one entity: different names mean no.
    pub fn may_share_entity(&self, other: &Self) -> bool {
        let differ = |one: &Option<Arn>, another: &Option<Arn>| one.is_some() && another.is_some() && one != another;
        !differ(&self.who.arn, &other.who.arn) && !differ(&self.actor, &other.actor) && !self.is_named_otherwise(other)
    }

    /// Whether names or ids of entities stand next to both, and none next to both of them: `"RoleName": "app"`, `"RoleName": "web"`.
    fn is_named_otherwise(&self, other: &Self) -> bool {
        let is_name = |mention: &&Mention| matches!(mention, Mention::Name(Some(_), _) | Mention::Id(..));
        let names = |piece: &Self| -> BTreeSet<Mention> { piece.who.beside.iter().filter(is_name).cloned().collect() };
        let (own, others) = (names(self), names(other));
        !own.is_empty() && !others.is_empty() && own.is_disjoint(&others)
    }

    /// Merges a piece that adds nothing: the same answer, or a part of it.
    pub fn absorb(&mut self, other: Self) {
        self.duplicates.extend(other.sources);
        self.duplicates.extend(other.duplicates);
        self.stated.extend(other.stated);
        self.learn(other.who);
    }

    /// Merges a piece with equal rows, which may be better or worse evidence of where they end.
    pub fn absorb_equal(&mut self, other: Self) {
        let both = [self.ending, other.ending];
        self.ending = if both.contains(&Ending::Whole) {
            // Rule 6: the dump is whole if one of the answers is. The flag of the other one is a leftover, of a merged list or of a page that
            // was the last.
            Ending::Whole
        } else {
            self.ending.max(other.ending)
        };
        if self.flaws != other.flaws {
            // One of the two does not have a flaw of the other: all the rows are there.
            self.flaws.missing = self.flaws.missing.take().filter(|_| other.flaws.missing.is_some());
            self.flaws.overlap = self.flaws.overlap.take().filter(|_| other.flaws.overlap.is_some());
        }
        self.absorb(other);
    }

    /// Appends the next page.
    pub fn append(&mut self, next: Self, texts: &[Arc<str>]) {
        self.rows = join::joined(&[&self.rows.open(), &next.rows.open()], texts).into();
        self.actor = if self.who.arn.is_none() { infer::sole_actor(&self.rows.open(), texts) } else { None };
        self.ending = next.ending;
        self.last_page = next.last_page;
        self.sources.extend(next.sources);
        self.duplicates.extend(next.duplicates);
        self.stated.extend(next.stated);
        for note in next.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        self.flaws.missing = self.flaws.missing.take().or(next.flaws.missing);
        self.flaws.overlap = self.flaws.overlap.take().or(next.flaws.overlap);
        self.learn(next.who);
    }

    /// Keeps the better of two names.
    fn learn(&mut self, other: Who) {
        let rank = |who: &Who| (who.arn.is_none(), who.by == IdentifiedBy::Inferred, who.by);
        let beside = [std::mem::take(&mut self.who.beside), other.beside.clone()].concat();
        if rank(&other) < rank(&self.who) {
            self.who = Who { page: self.who.page, ..other };
        }
        self.who.beside = beside;
    }

    /// The order of the pages of one job. It is total: places differ if nothing else does.
    pub fn order(&self, other: &Self, texts: &[Arc<str>]) -> Ordering {
        let empty = |piece: &Self| piece.rows.service_count() == 0;
        let by_rows = empty(self).cmp(&empty(other)).then_with(|| self.first(texts).cmp(other.first(texts)));
        by_rows.then_with(|| self.first_page.cmp(&other.first_page)).then_with(|| self.sources.cmp(&other.sources))
    }
}
