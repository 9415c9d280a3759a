//! The exact answer, as the API's clients print it: the common path, which nearly all bytes take.
//!
//! The input is the bytes of one JSON value. The output is the job and its rows; names are interned and dates are read
//! as the bytes stream by, without an intermediate tree or a string per row. Anything unusual (a member that the API
//! does not have or that occurs twice, a value of another type, an escape in a name, a date that cannot be read) is
//! [`Unusual`] here and costs only itself: the half-built answer is thrown away, and the tolerant path of
//! [`shapes`](super::shapes) starts again from the beginning. So this parser may refuse as much as it likes, as long as
//! it reads everything that it accepts as the tolerant path would.

mod cursor;
mod memory;
mod tails;
mod trail;

use super::cut;
use super::members::is_arn_member;
use super::time::{self, DateReading};
use crate::model::{
    Accessed, ActionRow, Claim, ClaimKind, Job, JobStatus, JobType, ListState, Rows, ServiceRow, Stated, Symbol,
};
use cursor::Cursor;
pub use memory::Memory;
use memory::NamePlace;

/// Not exactly an answer: the tolerant path reads it, and reports what is wrong if anything is.
#[derive(Debug)]
pub struct Unusual;

/// An answer without its surroundings.
#[derive(Debug)]
pub struct AnswerBody {
    /// The job's members.
    pub job: Job,
    /// Whether the list was there.
    pub list: ListState,
    /// Its rows.
    pub rows: Rows,
    /// The ARN in a member next to the list.
    pub claim: Option<Claim>,
    /// What a reader should know about its dates.
    pub dates: DateNotes,
    /// What it tells about the entity itself.
    pub stated: Stated,
    /// A member with dated rows of actions under a name that AWS does not give it; they are not read.
    pub actions_elsewhere: Option<String>,
}

impl Default for AnswerBody {
    fn default() -> Self {
        Self {
            job: Job::default(),
            list: ListState::Missing,
            rows: Rows::default(),
            claim: None,
            dates: DateNotes::default(),
            stated: Stated::default(),
            actions_elsewhere: None,
        }
    }
}

/// What a reader should know about the dates of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateNotes {
    /// Dates without an offset, read as UTC.
    pub without_offset: u32,
    /// Dates that could not be read: how many, the first one, and why.
    pub unreadable: Option<(u32, String, &'static str)>,
}

impl DateNotes {
    /// Turns a reading into the access of a row; `text` is only called if the date cannot be read.
    pub fn accessed(&mut self, reading: DateReading, text: impl FnOnce() -> String) -> Accessed {
        match reading {
            DateReading::Never => Accessed::Never,
            DateReading::At(instant) => Accessed::At(instant),
            DateReading::AtNoOffset(instant) => {
                self.without_offset += 1;
                Accessed::At(instant)
            }
            DateReading::Unreadable(why) => {
                match &mut self.unreadable {
                    Some((count, _, _)) => *count += 1,
                    none => *none = Some((1, text(), why)),
                }
                Accessed::Unreadable
            }
        }
    }
}

/// Reads one answer.
///
/// # Errors
/// If the text is not JSON, or not exactly an answer.
pub fn parse(json: &[u8], memory: &mut Memory) -> Result<AnswerBody, Unusual> {
    memory.rows.clear();
    let cursor = Cursor::new(json);
    let mut reader = AnswerReader { cursor, memory, body: AnswerBody::default(), tells: false, of_job: false };
    reader.answer()?;
    let AnswerReader { mut body, tells, of_job, memory, .. } = reader;
    // If no row has a member that tells used from unused, the tolerant path refuses the rows and gives the reason.
    let silent = !tells && !memory.rows.services().is_empty();
    // A row without the number that others have was changed; the tolerant path tells what it shows.
    let lacks_its_count = memory.rows.services().iter().any(|row| row.entities.is_none())
        && memory.rows.services().iter().any(|row| row.entities == Some(0));
    // Without a list, `operation_of` decides whether this is an answer at all, unless there is a job.
    let is_answer = match body.list {
        ListState::Present => true,
        ListState::Null => body.job.status.is_some(),
        ListState::Missing | ListState::NoAnswer => body.job.status.is_some() && of_job,
    };
    if silent || lacks_its_count || !is_answer {
        return Err(Unusual);
    }
    body.rows = memory.rows.trimmed();
    Ok(body)
}

/// The members of an object that have been met.
#[derive(Default)]
struct Met(u32);

impl Met {
    /// Notes a member. If it occurs twice, nobody knows which of the two a saver meant.
    fn once(&mut self, member: u32) -> Result<(), Unusual> {
        let bit = 1 << member;
        if self.0 & bit != 0 {
            return Err(Unusual);
        }
        self.0 |= bit;
        Ok(())
    }

    /// Whether exactly these have been met.
    fn are(&self, members: &[u32]) -> bool {
        self.0 == members.iter().fold(0, |bits, member| bits | 1 << member)
    }
}

struct AnswerReader<'j, 'm, 's> {
    cursor: Cursor<'j>,
    memory: &'m mut Memory<'s>,
    body: AnswerBody,
    /// Whether any service row has a member that tells used from unused.
    tells: bool,
    /// Whether there is a member, besides the status, that only jobs have.
    of_job: bool,
}

impl<'j> AnswerReader<'j, '_, '_> {
    fn answer(&mut self) -> Result<(), Unusual> {
        self.cursor.space();
        let mut met = Met::default();
        let mut more = self.cursor.object()?;
        while more {
            match self.cursor.key()? {
                b"JobStatus" => {
                    met.once(0)?;
                    self.body.job.status = Some(self.word(JobStatus::parse)?);
                }
                b"JobType" => {
                    met.once(1)?;
                    self.body.job.job_type = Some(self.word(JobType::parse)?);
                }
                b"JobCreationDate" => {
                    met.once(2)?;
                    self.of_job = true;
                    self.body.job.created = self.date()?.instant();
                }
                b"JobCompletionDate" => {
                    met.once(3)?;
                    self.body.job.completed = self.date()?.instant();
                }
                b"IsTruncated" => {
                    met.once(4)?;
                    self.body.job.is_truncated = self.cursor.truth()?;
                }
                b"Marker" => {
                    met.once(5)?;
                    self.body.job.has_marker = self.text()?.is_some_and(|marker| !marker.is_empty());
                }
                b"Error" => {
                    // The tolerant path reads the error of a failed job.
                    met.once(6)?;
                    self.of_job = true;
                    self.cursor.null()?;
                }
                b"ServicesLastAccessed" => {
                    met.once(7)?;
                    self.body.list = self.services()?;
                }
                b"ResponseMetadata" | b"ResultMetadata" | b"$metadata" => {
                    let start = self.cursor.position();
                    self.cursor.skip()?;
                    if cut::may_be_said_in(self.cursor.since(start)) {
                        return Err(Unusual);
                    }
                }
                key => {
                    // The tolerant path reads an object under such a name (`Role`, …).
                    met.once(8)?;
                    let key = std::str::from_utf8(key).map_err(|_| Unusual)?;
                    let text = if is_arn_member(key) { self.text()?.ok_or(Unusual)? } else { return Err(Unusual) };
                    self.body.claim = Some(Claim { text: text.to_owned(), kind: ClaimKind::Member });
                }
            }
            more = self.cursor.next(b'}')?;
        }
        self.cursor.end()
    }

    fn services(&mut self) -> Result<ListState, Unusual> {
        if self.cursor.is_null() {
            return Ok(ListState::Null);
        }
        let mut more = self.cursor.list()?;
        while more {
            self.service()?;
            more = self.cursor.next(b']')?;
        }
        Ok(ListState::Present)
    }

    /// A service, member by member, as in the API's reference. It runs for each service of each dump, so the members stay in one function: nothing is
    /// handed from one to the next.
    fn service(&mut self) -> Result<(), Unusual> {
        let mut row = ServiceRow::UNRECORDED;
        let mut met = Met::default();
        // Where the names end, if they came first.
        let mut named = None;
        let used_before = self.memory.rows.used_count();
        let told_before = std::mem::take(&mut self.tells);
        let mut more = self.cursor.object()?;
        while more {
            match self.cursor.key()? {
                b"ServiceName" => {
                    met.once(0)?;
                    row.name = self.name(NamePlace::ServiceName, None)?;
                }
                b"ServiceNamespace" => {
                    met.once(1)?;
                    row.namespace = self.name(NamePlace::Namespace, Some(row.name))?;
                    if met.are(&[0, 1]) {
                        if self.passes_tail(row) {
                            self.tells |= told_before;
                            return Ok(());
                        }
                        named = Some(self.cursor.position());
                    }
                }
                b"LastAuthenticated" => {
                    met.once(2)?;
                    row.accessed = self.date()?;
                    self.tells = true;
                }
                b"LastAuthenticatedEntity" => {
                    met.once(3)?;
                    row.by = self.name(NamePlace::By, None)?;
                }
                b"LastAuthenticatedRegion" => {
                    met.once(4)?;
                    row.region = self.name(NamePlace::Region, None)?;
                }
                b"TotalAuthenticatedEntities" => {
                    met.once(5)?;
                    row.entities = self.cursor.count()?;
                    self.tells = true;
                }
                b"TrackedActionsLastAccessed" => {
                    met.once(6)?;
                    row.lists_actions = self.actions(row.namespace)?;
                }
                _ => return Err(Unusual),
            }
            more = self.cursor.next(b'}')?;
        }
        if row.namespace == Symbol::NONE {
            return Err(Unusual);
        }
        let Memory { rows, lists, tails, .. } = &mut *self.memory;
        rows.push_service_sharing(row, lists);
        if let Some(end_of_names) = named.filter(|_| !row.is_recorded() && rows.used_count() == used_before) {
            let tail = self.cursor.since(end_of_names);
            tails.lay(row.namespace, tail, row.entities, self.tells, rows.last_list());
        }
        self.tells |= told_before;
        Ok(())
    }

    /// Passes the rest of a service after its names, if it is the same text as before.
    fn passes_tail(&mut self, row: ServiceRow) -> bool {
        let Memory { rows, tails, .. } = &mut *self.memory;
        let Some(tail) = tails.follow(row.namespace, self.cursor.rest()) else { return false };
        let row = ServiceRow { entities: tail.entities, lists_actions: tail.list.is_some(), ..row };
        rows.push_service_listed(row, tail.list.as_ref(), std::iter::empty());
        self.tells |= tail.tells;
        self.cursor.advance(tail.length());
        true
    }

    /// Whether any action is listed: version 2 of the JavaScript SDK writes `[]` if the job did not ask for actions.
    fn actions(&mut self, service: Symbol) -> Result<bool, Unusual> {
        if self.cursor.is_null() {
            return Ok(false);
        }
        let mut more = self.cursor.list()?;
        let any = more;
        let mut before = None;
        while more {
            before = self.action(service, before)?;
            more = self.cursor.next(b']')?;
        }
        Ok(any)
    }

    /// Reads a row, and on the way every row that the trail knows to follow it.
    fn action(&mut self, service: Symbol, before: Option<NamedRow>) -> Result<Option<NamedRow>, Unusual> {
        let mut row = ActionRow::unrecorded(Symbol::NONE);
        let mut named = None;
        let mut met = Met::default();
        let mut more = self.cursor.object()?;
        while more {
            match self.cursor.key()? {
                b"ActionName" => {
                    let is_first = met.0 == 0;
                    met.once(0)?;
                    if is_first {
                        (row.name, named) = self.first_name(service, before)?;
                    } else {
                        row.name = self.memory.name(&mut self.cursor)?;
                    }
                }
                b"LastAccessedTime" => {
                    met.once(1)?;
                    row.accessed = self.date()?;
                }
                b"LastAccessedEntity" => {
                    met.once(2)?;
                    row.by = self.name(NamePlace::By, None)?;
                }
                b"LastAccessedRegion" => {
                    met.once(3)?;
                    row.region = self.name(NamePlace::Region, None)?;
                }
                _ => return Err(Unusual),
            }
            more = self.cursor.next(b'}')?;
        }
        if row.name == Symbol::NONE {
            return Err(Unusual);
        }
        self.memory.rows.push_action(row);
        Ok(named.map(|named| NamedRow { is_bare: met.0 == 1, ..named }))
    }

    /// Reads the name at the beginning of a row, lays the trail to it, then follows the trail over every row that is
    /// the same text as before. The row at which the trail ends is still open, and its name is returned.
    fn first_name(&mut self, service: Symbol, before: Option<NamedRow>) -> Result<(Symbol, Option<NamedRow>), Unusual> {
        let memory = &mut *self.memory;
        let guess = before.and_then(|before| memory.trail.next(before.step));
        let guess = guess.filter(|&step| memory.passes(memory.trail.name(step), &mut self.cursor));
        let mut step = if let Some(step) = guess {
            step
        } else {
            let name = memory.name(&mut self.cursor)?;
            let Some(step) = memory.trail.step(service, name) else { return Ok((name, None)) };
            step
        };
        if let Some(before) = before.filter(|before| before.is_bare) {
            memory.trail.lay(before.step, self.cursor.since(before.end), step);
        }
        while let Some((length, next)) = memory.trail.follow(step, self.cursor.rest()) {
            memory.rows.push_unrecorded(memory.trail.name(step));
            self.cursor.advance(length);
            step = next;
        }
        let name = memory.trail.name(step);
        Ok((name, Some(NamedRow { step, end: self.cursor.position(), is_bare: true })))
    }

    fn word<T>(&mut self, parse: fn(&str) -> Option<T>) -> Result<T, Unusual> {
        self.text()?.and_then(parse).ok_or(Unusual)
    }

    /// A text without escapes, or `null`.
    fn text(&mut self) -> Result<Option<&'j str>, Unusual> {
        if self.cursor.is_null() { Ok(None) } else { cursor::verbatim(self.cursor.string()?).map(Some) }
    }

    fn date(&mut self) -> Result<Accessed, Unusual> {
        let Some(text) = self.text()? else { return Ok(Accessed::Never) };
        match time::parse_str(text) {
            DateReading::Unreadable(_) => Err(Unusual),
            reading => Ok(self.body.dates.accessed(reading, String::new)),
        }
    }

    fn name(&mut self, place: NamePlace, before: Option<Symbol>) -> Result<Symbol, Unusual> {
        self.memory.name_in(place, before, &mut self.cursor)
    }
}

/// A row that began with its name.
#[derive(Debug, Clone, Copy)]
struct NamedRow {
    step: trail::Step,
    /// Where the name ends.
    end: usize,
    /// Whether the row has nothing but its name.
    is_bare: bool,
}

#[cfg(test)]
mod tests;
