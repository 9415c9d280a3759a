//! Every other shape in which answers are saved: maps, lists, flat rows, wrappers, other spellings.
//!
//! The input is the text of one JSON value that the exact parser of [`wire`] refused. Values are looked at one level at
//! a time, as slices of the text, so that a file of a whole organization is never held as a tree; the nesting is
//! checked against [`Limits::nesting`] before anything recurses.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::value::RawValue;

use super::Limits;
use super::beside::Beside;
use super::coded;
use super::cut;
use super::document::{self, TextPiece};
use super::flat::{FlatRow, FlatRows};
use super::from_xml;
use super::members::{Members, NormalName, is_arn_member, members as members_of, normal};
use super::named_twice::{named_apart, named_twice};
use super::operations::{Operation, is_the_caller, operation_of};
use super::other_operations;
use super::place::Place;
use super::policy_answers;
use super::quoted;
use super::refuse::{self, Refused, UnreadEntities};
use super::stated;
use super::table_rows;
use super::time;
use super::tolerant;
use super::unanswered::NamedElements;
use super::wire::{self, AnswerBody, DateNotes, Memory};
use crate::model::policy::{PolicyAnswer, PolicyOperation};
use crate::model::{
    Accessed, AccountId, Answer, Arn, Claim, ClaimKind, CredentialRecord, EntityKind, Job, JobError, JobStatus,
    JobType, ListState, Mention, OtherAnswer, Shape, Sidecar, Source, Stated,
};
use crate::problem::{Kind, Problem, Severity, counted};

/// How many answers of one document may be without content because their jobs are not done or failed. Each costs 4 KB
/// of memory, which is ninety times the bytes that `null` and an ARN take.
pub(super) const MOST_SILENT: usize = 50_000;

/// What one document has given so far.
pub struct Explorer<'a, 's> {
    pub(super) source: &'a Source,
    limits: &'a Limits,
    memory: &'a mut Memory<'s>,
    pub(super) flat: FlatRows,
    /// Members of named objects without a list, or with an empty one: they are answers if the document uses the same
    /// member name for its lists.
    hollow: Vec<(Place, ListState)>,
    /// Elements that name an entity, with or without an answer.
    pub(super) named: NamedElements,
    /// The names of members that hold lists of rows.
    lists: BTreeSet<NormalName>,
    /// How many answers without a list of services were found so far.
    pub(super) silent: usize,
    /// Answers found, in the order of the document.
    pub answers: Vec<Answer>,
    /// Documents that name the entity of others.
    pub sidecars: Vec<Sidecar>,
    /// Answers of other operations.
    pub others: Vec<OtherAnswer>,
    /// Answers about policies.
    pub policies: Vec<PolicyAnswer>,
    /// Refusals.
    pub problems: Vec<Problem>,
    /// Entities that the refused parts name.
    pub unread: UnreadEntities,
}

/// The most mentions that are kept. More of them tell nothing new: hardly two of them can mean one entity.
const MOST_MENTIONS: usize = 16;

impl<'a, 's> Explorer<'a, 's> {
    /// An explorer that has not found anything in `source` yet.
    pub fn new(source: &'a Source, limits: &'a Limits, memory: &'a mut Memory<'s>) -> Self {
        let flat = FlatRows::default();
        let (answers, sidecars, others, policies, problems) = Default::default();
        let (hollow, named, lists, unread) = Default::default();
        let silent = 0;
        Self {
            source,
            limits,
            memory,
            flat,
            hollow,
            named,
            lists,
            silent,
            answers,
            sidecars,
            others,
            policies,
            problems,
            unread,
        }
    }

    /// Reads the whole document as one exact answer; returns whether it is one.
    pub fn exact(&mut self, document: &[u8]) -> bool {
        let Ok(body) = wire::parse(document, self.memory) else { return false };
        self.push(body, &Place::top(String::new(), Shape::Answer, None));
        true
    }

    /// Looks at `json`, one whole JSON value of any kind, unless it nests too deep.
    pub fn outermost(&mut self, json: &str, place: &Place) {
        if !document::nests_deeper(json, self.limits.nesting) {
            let is_ours = |_: &String| refuse::mentions_dump(json) || refuse::describes_entities(json);
            let lists = from_xml::with_lists(json).filter(is_ours);
            return self.value(lists.as_deref().unwrap_or(json), place);
        }
        // Any other value that nests so deep belongs to another program.
        if refuse::mentions_dump(json) || refuse::describes_entities(json) {
            let what = format!("nests more than {} deep, and was not read", self.limits.nesting);
            let problem = Problem::new(Kind::TooLarge, self.source, what).at(&place.locator);
            self.problems
                .push(problem.advise("No client writes that; raise the ceiling with --max-depth if it is right."));
        }
    }

    pub(super) fn value(&mut self, json: &str, place: &Place) {
        let json = json.trim();
        match json.as_bytes().first() {
            Some(b'{') => self.object(json, place),
            Some(b'[') => self.list(json, place),
            Some(b'"') => self.string(json, place),
            _ if json == "null" && (place.depth == 0 || place.is_named()) => {
                let body = AnswerBody { list: ListState::Null, ..AnswerBody::default() };
                self.push(body, place);
            }
            _ => {}
        }
    }

    /// Counts an answer without content; returns whether there are now so many that this one is not kept.
    fn has_told_enough(&mut self) -> bool {
        self.silent += 1;
        self.silent > MOST_SILENT
    }

    /// Ends the document: flat rows have no end of their own, and a member that has the name of other lists is a list.
    pub fn finish(&mut self) {
        for (place, list) in std::mem::take(&mut self.hollow) {
            let name = normal(&place.member);
            let is_null = list == ListState::Null;
            if self.lists.contains(&name) || names_a_list(&name) || (is_null && may_hold_answer(&name)) {
                self.push(AnswerBody { list, ..AnswerBody::default() }, &place);
            }
        }
        let flat = std::mem::take(&mut self.flat);
        for (place, rows) in flat.into_answers() {
            let place = beside_values(&place, rows.iter().flat_map(FlatRow::around));
            match tolerant::answer_of_rows(&rows, &mut self.memory.names) {
                Ok(body) => self.push(body, &place),
                Err(what) => self.refuse(&place, what),
            }
        }
        self.tell_unanswered();
        if let Some(more @ 1..) = self.silent.checked_sub(MOST_SILENT) {
            let what = format!("holds {more} more answers without a list of services, which were not kept");
            let problem = Problem::new(Kind::TooLarge, self.source, what);
            self.problems.push(problem.advise("Save fewer entities in one file."));
        }
    }

    /// Drops rows that have no answer around them and may be the rest of a longer list; returns whether there are any.
    pub fn drop_fragments(&mut self) -> bool {
        let before = self.answers.len();
        let is_whole = |answer: &Answer| {
            let says_its_end = answer.job.status.is_some() || answer.job.is_truncated.is_some();
            answer.shape != Shape::FlatRows && says_its_end
        };
        self.answers.retain(is_whole);
        self.answers.len() < before
    }

    /// Whether nothing was found, not even a problem.
    pub fn is_empty(&self) -> bool {
        let found = self.answers.len() + self.sidecars.len() + self.others.len() + self.problems.len();
        found == 0
    }

    /// Whether only documents about entities and policies were taken, and nothing was refused.
    pub fn has_no_rows(&self) -> bool {
        let is_told = |problem: &Problem| problem.severity() == Severity::NotRead;
        self.answers.is_empty() && self.others.is_empty() && !self.problems.iter().any(is_told)
    }

    /// Adds what `around` gives to every answer that has no name.
    pub fn told_beside(&mut self, around: impl FnOnce() -> Beside) {
        let nameless = |answer: &&mut Answer| answer.claim.is_none();
        if self.answers.iter_mut().any(|answer| answer.claim.is_none()) {
            let mentions = around().mentions;
            for answer in self.answers.iter_mut().filter(nameless) {
                answer.beside.extend(mentions.iter().take(MOST_MENTIONS).cloned());
            }
        }
    }

    /// Takes the error of a client instead of an answer: for a named entity it is a failed job; otherwise it is a
    /// problem.
    fn client_error(&mut self, error: JobError, place: &Place) {
        if place.is_named() {
            let job = Job { status: Some(JobStatus::Failed), error: Some(error), ..Job::default() };
            return self.push(AnswerBody { job, ..AnswerBody::default() }, place);
        }
        let refused = refuse::client_error();
        self.problems.push(refused.problem(self.source).at(&place.locator));
    }

    fn object(&mut self, json: &str, place: &Place) {
        if let Ok(body) = wire::parse(json.as_bytes(), self.memory) {
            return self.push(body, place);
        }
        let Ok(mut members) = members_of(json) else { return };
        if is_the_caller(&members) || (is_of_template(&members) && !refuse::holds_accesses(json)) {
            return;
        }
        let columns = rows_of_columns(&members);
        let rows = columns.iter().flatten().find_map(|row| named_twice(row).or_else(|| two_owners(row)));
        let two = || two_owners(&members).filter(|_| refuse::holds_accesses(json));
        if let Some(refused) = rows.or_else(|| named_twice(&members)).or_else(two) {
            return self.refuse(place, refused);
        }
        if let Some(rows) = columns {
            return self.table(&rows, place);
        }
        let place = &if claim_of(&members).is_some() {
            named_by_member(place, &members)
        } else {
            named_nearer(place, &members, json)
        };
        // A value that holds last-accessed data is searched for that first.
        let operations = policy_answers::operations_of(&members, || names_a_user(place, self.source));
        if !operations.is_empty() && !refuse::holds_accesses(json) {
            for operation in &operations {
                self.policy_answer(&members, *operation, place);
            }
            // What an answer tells about entities is evidence about their dumps: it is searched further. Nothing else is below the rows of
            // authorization details, which are passed here one by one.
            if operations.contains(&PolicyOperation::AuthorizationDetails) {
                return;
            }
            if !operations.iter().any(|operation| operation.names_entities()) {
                return self.beside_lists(&members, &operations, place);
            }
            let read: Vec<_> = operations.into_iter().filter(|operation| !operation.names_entities()).collect();
            members.retain(|(name, _)| !policy_answers::is_list_of(&read, name));
        }
        match operation_of(&members) {
            Some(Operation::Answer) => self.answer(&members, &beside_members(place, &members)),
            Some(Operation::Row) => {
                let place = Place { shape: Shape::FlatRows, ..place.clone() };
                self.flat.push(&place, FlatRow::of(&members));
            }
            Some(Operation::Generate(job_id)) => {
                self.begun(job_id, place);
            }
            Some(Operation::Entity { arn, stated }) => self.entity(arn, stated, true),
            Some(Operation::Report(text)) => drop(table_rows::explore(&text, self)),
            Some(Operation::OtherAnswer(kind)) => match other_operations::answer(&members, kind) {
                Ok(body) => self.push_other_answer(body, claim_of(&members), place),
                Err(what) => self.refuse(place, what),
            },
            Some(Operation::Error(error)) => self.client_error(error, place),
            Some(Operation::Other(other)) => self.problems.push(other.problem(self.source, &place.locator)),
            None => match with_its_list(&members) {
                Some(answer) => self.answer(&answer, &beside_members(place, &members)),
                None => self.containers(&members, &beside_members(place, &members)),
            },
        }
    }

    fn answer(&mut self, members: &Members, place: &Place) {
        let others = || members.iter().filter(|(name, _)| !names_the_list(&normal(name)));
        if others().any(|(_, value)| are_actions_without_service(value.get())) {
            return self.refuse(
                place,
                tolerant::bad("a list of actions next to the services does not say which service each belongs to"),
            );
        }
        match tolerant::answer(members, &mut self.memory.names) {
            Ok(body) => self.push(body, place),
            Err(what) => self.refuse(place, what),
        }
        self.nested_answers(members, place);
    }

    /// Looks into what a saver put next to the list of an answer: the answer of a second job, of an earlier day, or of
    /// the roles that this one assumes. Without that, a role that is only there would keep the `unused` of an older
    /// file.
    fn nested_answers(&mut self, members: &Members, place: &Place) {
        let job = LazyCell::new(|| tolerant::job(&FlatRow::of(members), &mut DateNotes::default()));
        for (name, value) in members.iter().filter(|(_, value)| may_hold_any(value.get())) {
            if names_the_list(&normal(name)) {
                self.entities_in_rows(value.get(), members, &place.below(&format!(".{name}"), Shape::Wrapped));
            } else {
                let below = Place { member: (&**name).into(), ..place.below(&format!(".{name}"), Shape::Wrapped) };
                if !self.more_rows(value.get(), || (*job).clone(), &below) {
                    self.element(value.get(), &below);
                }
            }
        }
    }

    /// Takes a second list of services or actions next to the list of an answer: its accesses are of the same entity and
    /// of the same job. Returns whether it is such a list.
    fn more_rows(&mut self, json: &str, job: impl FnOnce() -> Result<Job, tolerant::Refusal>, place: &Place) -> bool {
        let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(json) else { return false };
        let rows: Option<Vec<Members>> = elements.iter().map(|element| members_of(element.get()).ok()).collect();
        let is_row = |row: &Members| matches!(operation_of(row), Some(Operation::Row)) && claim_of(row).is_none();
        let Some(rows) = rows.filter(|rows| !rows.is_empty() && rows.iter().all(is_row)) else { return false };
        let rows: Vec<FlatRow> = rows.iter().map(|row| FlatRow::of(row).with_its_action()).collect();
        match tolerant::answer_of_rows(&rows, &mut self.memory.names).and_then(|body| Ok((body, job()?))) {
            Ok((body, job)) => self.push(AnswerBody { job, ..body }, place),
            Err(what) => self.refuse(place, what),
        }
        true
    }

    /// Takes with-entities answers that stand in the rows of their services; their job is that of the whole answer.
    fn entities_in_rows(&mut self, list: &str, answer: &Members, place: &Place) {
        let is_of_job =
            |name: &str| matches!(normal(name).as_str(), "jobstatus" | "jobcreationdate" | "jobcompletiondate");
        let rows: Vec<&RawValue> = serde_json::from_str(list).unwrap_or_default();
        for (at, row) in rows.iter().enumerate() {
            let Ok(row) = members_of(row.get()) else { continue };
            let Some((_, service)) = row.iter().find(|(name, _)| normal(name) == "servicenamespace") else { continue };
            for (name, value) in row.iter().filter(|(_, value)| tolerant::entity_details(value.get()).is_some()) {
                let inner = members_of(value.get()).unwrap_or_default();
                let nested = inner.iter().find(|(name, _)| normal(name) == "entitydetailslist");
                let list = nested.map_or(*value, |(_, list)| *list);
                let job = answer.iter().filter(|(name, _)| is_of_job(name)).cloned();
                let own = [(Cow::Borrowed("ServiceNamespace"), *service), (Cow::Borrowed("EntityDetailsList"), list)];
                let members: Members = own.into_iter().chain(job).collect();
                let place = place.below(&format!("[{at}].{name}"), Shape::Wrapped);
                match other_operations::answer(&members, crate::model::OtherOperation::Entities) {
                    Ok(body) => self.push_other_answer(body, None, &place),
                    Err(what) => self.refuse(&place, what),
                }
            }
        }
    }

    /// An object without a meaning of its own: its members may have one.
    fn containers(&mut self, members: &Members, place: &Place) {
        let before = self.taken();
        self.below(members, place);
        // What is in its members, an answer in base64 for example, is worth more than what it lacks.
        let by_name = without_arn(members).filter(|_| place.claim_text().is_none() && self.taken() == before);
        let is_new = |refused: &tolerant::Refusal| !self.problems.iter().any(|problem| problem.what == refused.what);
        if let Some(refused) = by_name.filter(is_new) {
            self.refuse(place, refused);
        }
    }

    /// How much was taken so far, refusals included.
    fn taken(&self) -> usize {
        let found = self.answers.len() + self.sidecars.len() + self.others.len() + self.policies.len();
        found + self.problems.len()
    }

    /// The members of an object without a meaning of its own.
    fn below(&mut self, members: &Members, place: &Place) {
        // Under its ARN as a key, as scripts write what they found about each role.
        let keyed = || place.claim_text().filter(|text| *text == place.locator).map(str::to_owned);
        let is_record = is_record(members);
        let about = claim_of(members).or_else(keyed).filter(|arn| Arn::parse(arn).is_ok());
        if let Some((arn, stated)) =
            about.map(|arn| (arn, stated::of_single(members))).filter(|(_, stated)| !stated.is_empty())
        {
            self.entity(arn, stated, false);
        }
        if place.is_named() && self.failed_or_begun(members, place) {
            return;
        }
        let aardvark = ["page", "total", "count"].iter().all(|m| members.iter().any(|(name, _)| name == m));
        let recording = members.iter().any(|(name, _)| name == "status_code");
        let cut = cut::said_by(members).map(Rc::from).or_else(|| place.cut.clone());
        let place = &Place { cut, ..place.clone() };
        for (name, value) in members.iter().filter(|(name, _)| !cut::is_key(name)) {
            let shape = match () {
                () if aardvark => Shape::Aardvark,
                () if name.starts_with("arn:") => Shape::ByArn,
                () if recording => Shape::Wrapped,
                () if place.depth == 0 && place.shape == Shape::Answer => Shape::Wrapped,
                () => place.shape,
            };
            let mut below = Place { member: (&**name).into(), ..place.below(&format!(".{name}"), shape) };
            if place.is_named_here() {
                below.first = (&**name).into();
            }
            if name.starts_with("arn:") {
                below = below.keyed(name.to_string());
                below.locator = name.to_string();
                below.member = "".into();
            } else if let Some(text) = arn_within(name) {
                below = below.keyed(text);
            } else if name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit()) {
                below.account = Some(name.to_string());
            } else if !is_record && (!place.is_named() || refuse::may_hold_rows(value.get())) {
                let mut key = Beside::default();
                key.read_key(name);
                below = if place.is_named() { below.unless_nearer(key) } else { below.with_beside(key) };
            }
            // Any member may be null; only a null member of an answer means that there is no answer.
            if value.get() != "null" || below.locator == **name {
                self.element(value.get(), &below);
            } else if place.is_named() {
                self.hollow.push((below, ListState::Null));
            }
        }
    }

    /// Takes an object that names an entity and, instead of an answer, holds an error in words or the id of a job;
    /// returns whether it is such an object.
    fn failed_or_begun(&mut self, members: &Members, place: &Place) -> bool {
        let is_about_it = claim_of(members).is_some() || place.claim_text() == Some(&place.locator);
        if !is_about_it || members.iter().any(|(_, value)| refuse::may_hold_rows(value.get())) {
            return false;
        }
        if let Some(message) = error_in_words(members) {
            self.client_error(JobError { code: String::new(), message }, place);
            return true;
        }
        let job = members.iter().find(|(name, _)| normal(name) == "jobid").map(|(_, value)| value.get());
        let job = job.and_then(|raw| tolerant::text_of(raw).ok().flatten());
        let is_begun = job.is_some() && members.iter().all(|(_, value)| !value.get().starts_with(['{', '[']));
        if let Some(job_id) = job.filter(|_| is_begun) {
            self.begun(job_id, place);
        }
        is_begun
    }

    /// Takes the id of a job that was started, with its entity if something names it.
    fn begun(&mut self, job_id: String, place: &Place) {
        let (source, locator, arn) = (self.source.clone(), place.locator.clone(), place.asked_arn());
        self.sidecars.push(Sidecar::Generate { source, locator, job_id, arn });
    }

    fn list(&mut self, json: &str, place: &Place) {
        let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(json) else { return };
        if elements.is_empty() {
            if place.depth == 0 || (place.is_named() && place.member.is_empty()) {
                let shape = if place.depth == 0 { Shape::BareList } else { place.shape };
                self.push(
                    AnswerBody { list: ListState::Present, ..AnswerBody::default() },
                    &Place { shape, ..place.clone() },
                );
            } else if place.is_named() {
                self.hollow.push((place.clone(), ListState::Present));
            }
            return;
        }
        if self.bare_list(&elements, place) {
            return;
        }
        // A value that holds last-accessed data is searched for that first, here as in an object.
        if let Some(name) = list_of_details(&elements).filter(|_| !refuse::holds_accesses(json)) {
            return self.object(&format!("{{\"{name}\":{json}}}"), place);
        }
        let coded = coded::from_bytes(&elements).or_else(|| coded::from_lines(&elements));
        if let Some(text) = coded.filter(|_| place.depth < self.limits.nesting) {
            if self.credential_table(&text) {
                drop(table_rows::explore(&text, self));
                return;
            }
            if refuse::may_hold_rows(&text)
                && (place.depth > 0 || elements[0].get().starts_with(|c: char| c.is_ascii_digit()))
            {
                self.within_text(&text, place);
                return;
            }
        }
        if self.table_in_lines(json, &elements, place) {
            return;
        }
        if let Some(answer) = positional(&elements, place) {
            return self.answer(&answer, &named_by_member(place, &answer));
        }
        // Python's `list(answers.items())` gives pairs of ARN and answer.
        if let [arn, answer] = elements[..]
            && let Ok(arn) = serde_json::from_str::<String>(arn.get())
            && arn.starts_with("arn:")
        {
            return self.element(answer.get(), &place.below("[1]", place.shape).keyed(arn));
        }
        let shape = if place.depth == 0 { Shape::List } else { place.shape };
        let place = &beside_values(place, elements.iter().map(|element| ("", element.get())));
        for (at, element) in elements.iter().enumerate() {
            self.element(element.get(), &place.below(&format!("[{at}]"), shape));
        }
    }

    /// Refuses the lines of a text that holds a table of accesses, as a notebook keeps what a cell printed; returns whether it does.
    fn table_in_lines(&mut self, json: &str, elements: &[&RawValue], place: &Place) -> bool {
        let is_text = elements.len() > 1 && elements.iter().all(|element| element.get().starts_with('"'));
        if !is_text || !refuse::names_the_api(json) {
            return false;
        }
        let lines = elements.iter().map_while(|element| serde_json::from_str::<String>(element.get()).ok());
        let text = lines.collect::<Vec<_>>().join("\n");
        let holds_table = quoted::holds_table(&text);
        if holds_table {
            self.refuse_text(&text, place);
        }
        holds_table
    }

    /// Takes the list as the services of one answer, if its elements are service rows that name no entity.
    fn bare_list(&mut self, elements: &[&RawValue], place: &Place) -> bool {
        // Most lists are none of services, which their first element shows.
        let is_row = |row: &Members| matches!(operation_of(row), Some(Operation::Row));
        let rows = elements.iter().map(|element| members_of(element.get()).ok().filter(is_row));
        let Some(rows) = rows.collect::<Option<Vec<Members>>>() else { return false };
        if let Some(refused) = rows.iter().find_map(|row| named_twice(row).or_else(|| two_owners(row))) {
            self.refuse(place, refused);
            return true;
        }
        let flat: Vec<_> = rows.iter().map(FlatRow::of).collect();
        let of_several = || flat.windows(2).any(|pair| pair[0].whose() != pair[1].whose());
        if rows.iter().any(|row| claim_of(row).is_some()) || of_several() {
            self.table(&rows, place);
            return true;
        }
        self.lists.insert(normal(&place.member));
        let rows = flat;
        let shape = if place.depth == 0 { Shape::BareList } else { place.shape };
        let place = Place { shape, ..beside_values(place, rows.iter().flat_map(FlatRow::around)) };
        match tolerant::answer_of_rows(&rows, &mut self.memory.names) {
            Ok(body) => self.push(body, &place),
            Err(what) => self.refuse(&place, what),
        }
        true
    }

    /// Takes service rows that name their entities.
    fn table(&mut self, rows: &[Members], place: &Place) {
        for (at, row) in rows.iter().enumerate() {
            let place = named_by_member(&place.below(&format!("[{at}]"), Shape::FlatRows), row);
            self.flat.push(&place, FlatRow::of(row));
        }
    }

    /// A JSON string: JSON inside it, or the message of a client about an entity.
    fn string(&mut self, json: &str, place: &Place) {
        let Ok(text) = serde_json::from_str::<String>(json) else { return };
        if place.is_named() && refuse::is_client_error(&text) {
            return self.client_error(JobError { code: String::new(), message: text.trim().to_owned() }, place);
        }
        // Each string in a string could add as many levels again.
        if place.depth < self.limits.nesting && text.trim_start().starts_with(['{', '[', '"']) {
            let place = place.below("", Shape::Wrapped);
            if serde_json::from_str::<&RawValue>(text.trim()).is_ok() {
                return self.whole_element(&text, &place);
            }
        }
        if place.depth < self.limits.nesting {
            let decoded = coded::from_letters(&text);
            if let Some(lost) = decoded.is_none().then(|| coded::lost(&text)).flatten() {
                let Refused { kind, what, advice } = lost.refused;
                self.unread.add(refuse::entities_in(&lost.text));
                return self.refuse(place, tolerant::Refusal { kind, what: what.to_owned(), advice });
            }
            self.other_text(decoded.as_deref().unwrap_or(&text), place);
        }
    }

    /// A text in a string that is not one JSON value: the values in it, or a refusal if it holds last-accessed data in another form.
    fn other_text(&mut self, text: &str, place: &Place) {
        if self.credential_table(text) {
            drop(table_rows::explore(text, self));
            return;
        }
        let is_ours = refuse::may_hold_rows(text) || refuse::describes_entities(text);
        let has_values = is_ours && self.within_text(text, place);
        if !has_values && refuse::is_other_text_of_rows(text) {
            self.refuse_text(text, place);
        }
    }

    pub(super) fn refuse_text(&mut self, text: &str, place: &Place) {
        let what =
            "a text in it holds last-accessed data that is not JSON, such as a table; nothing of that text was used";
        let advice = "Save that text as a file of its own, or what the client prints, unchanged.";
        self.unread.add(refuse::entities_in_table(text));
        self.refuse(place, tolerant::Refusal { kind: Kind::WrongFormat, what: what.to_owned(), advice });
    }

    /// Values within a longer text in a string, as in messages of a log: `INFO {"JobStatus": …}`. Returns whether there are any, whole or not.
    fn within_text(&mut self, text: &str, place: &Place) -> bool {
        let mut number = 0;
        let mut is_broken = false;
        for piece in document::pieces(text) {
            match piece {
                TextPiece::Value(json) => {
                    number += 1;
                    let step = if number == 1 { String::new() } else { format!("#{number}") };
                    self.outermost(json, &place.below(&step, Shape::Wrapped));
                }
                TextPiece::Broken { what, cut_off, .. } => {
                    let kind = if cut_off { Kind::CutOff } else { Kind::BrokenJson };
                    let what =
                        format!("a text in it holds what is not whole JSON: {what}; nothing of that value was used");
                    let problem = Problem::new(kind, self.source, what).at(&place.locator);
                    self.problems.push(problem.advise("Save the answer again."));
                    is_broken = true;
                }
                TextPiece::Line(_) => {}
            }
        }
        number > 0 || is_broken
    }

    /// Takes what a document tells about an entity itself.
    pub fn entity(&mut self, arn: String, stated: Stated, alone: bool) {
        self.sidecars.push(Sidecar::Entity { source: self.source.clone(), arn, stated, alone });
    }

    /// Takes one row of a table that is not JSON.
    pub fn row(&mut self, row: FlatRow, claim: Option<String>, account: Option<String>) {
        let claim = claim.map(|text| Claim { text, kind: ClaimKind::Member });
        let place = Place { account, ..Place::top(String::new(), Shape::FlatRows, claim) };
        self.flat.push(&place, row);
    }

    pub(super) fn push(&mut self, mut body: AnswerBody, place: &Place) {
        if body.list != ListState::Present && self.has_told_enough() {
            return;
        }
        if self.is_too_long(body.rows.services().len() + body.rows.action_count(), place) {
            return;
        }
        self.named.answered(&body, place);
        self.tell_of_dates(body.dates, place);
        if let Some(member) = &body.actions_elsewhere {
            // Otherwise the actions would count as not granted.
            body.job.job_type = None;
            let what = format!(
                "the rows of its actions are in `{member}`, a name that AWS does not give them; they were not read"
            );
            let advice = "Save what `aws iam get-service-last-accessed-details` prints, unchanged.";
            self.problems.push(Problem::new(Kind::BadValue, self.source, what).at(&place.locator).advise(advice));
        }
        let claim = body.claim.or_else(|| place.claim.clone());
        let is_named = claim.is_some();
        // Next to a named answer there may be thousands of others without one, each with a name.
        let most = if is_named { 0 } else { MOST_MENTIONS };
        let beside: BTreeSet<&Mention> = place.mentions().take(most).collect();
        // Next to named answers there may be the job ids of other answers.
        let id = body.job.id.or_else(|| place.asked_job().filter(|_| !is_named).cloned());
        // If an answer tells itself whether it is cut, the surrounding text is about other answers.
        let cut = place.cut.as_ref().filter(|_| body.job.is_truncated.is_none());
        let is_truncated = cut.map_or(body.job.is_truncated, |_| Some(true));
        self.answers.push(Answer {
            source: self.source.clone(),
            locator: place.locator.clone(),
            shape: place.shape,
            claim,
            account: place.account.clone(),
            beside: beside.into_iter().cloned().collect(),
            stated: body.stated,
            job: Job { id, is_truncated, ..body.job },
            list: body.list,
            rows: body.rows.into(),
        });
    }

    fn push_other_answer(&mut self, body: other_operations::OtherAnswerBody, claim: Option<String>, place: &Place) {
        if self.is_too_long(body.rows.len(), place) {
            return;
        }
        self.tell_of_dates(body.dates, place);
        self.others.push(OtherAnswer {
            source: self.source.clone(),
            locator: place.locator.clone(),
            claim: claim.or_else(|| place.claim_text().map(str::to_owned)),
            stated: body.stated,
            job: body.job,
            list: body.list,
            accessible: body.accessible,
            rows: body.rows,
        });
    }

    /// Looks at what the user put next to lists about policies: the creation of their entity, other answers.
    fn beside_lists(&mut self, members: &Members, operations: &[PolicyOperation], place: &Place) {
        if !operations.iter().all(|operation| policy_answers::is_listing(*operation)) {
            return;
        }
        let own = members.iter().filter(|(name, _)| !policy_answers::is_list_of(operations, name));
        let own: Members = own.cloned().collect();
        if let Some(arn) = claim_of(&own).filter(|arn| Arn::parse(arn).is_ok()) {
            let stated = stated::of(&own);
            if !stated.is_empty() {
                self.entity(arn, stated, false);
            }
        }
        for (name, value) in own.iter().filter(|(_, value)| value.get().starts_with(['{', '['])) {
            self.element(value.get(), &place.below(&format!(".{name}"), place.shape));
        }
    }

    fn policy_answer(&mut self, members: &Members, operation: PolicyOperation, place: &Place) {
        let mut answer = PolicyAnswer {
            locator: place.locator.clone(),
            account: place.account.as_deref().and_then(AccountId::parse),
            claim: place.claim_text().map(str::to_owned),
            ..PolicyAnswer::empty(self.source.clone(), operation)
        };
        let troubles = policy_answers::read(members, &mut answer, &mut |row| {
            let Some(arn) = claim_of(row).filter(|arn| Arn::parse(arn).is_ok()) else { return };
            let stated = stated::of(row);
            if !stated.is_empty() {
                self.entity(arn, stated, false);
            }
        });
        if self.is_too_long(answer.rows, place) {
            return;
        }
        for trouble in troubles {
            let at = &trouble.place;
            let place = if place.locator.is_empty() { at.clone() } else { format!("{} {at}", place.locator) };
            self.problems.push(Problem { source: self.source.to_string(), place, ..trouble });
        }
        self.tell_of_uses(&answer.credentials);
        self.policies.push(answer);
    }

    /// Takes `text` if it is a table about passwords and access keys, such as the credential report as CSV; returns
    /// whether it is.
    pub fn credential_table(&mut self, text: &str) -> bool {
        let Some((operation, rows, credentials)) = policy_answers::credential_table(text) else { return false };
        self.tell_of_uses(&credentials);
        let table = PolicyAnswer::empty(self.source.clone(), operation);
        self.policies.push(PolicyAnswer { rows, credentials, ..table });
        true
    }

    /// Tells how many passwords, keys and roles were used at a time that cannot be read.
    fn tell_of_uses(&mut self, credentials: &[CredentialRecord]) {
        let undated = credentials.iter().filter(|record| record.used == Some(Accessed::Unreadable)).count();
        if undated > 0 {
            let uses = counted(
                undated,
                "use of a password, an access key or a role",
                "uses of passwords, access keys or roles",
            );
            let what = format!("{uses} without a date that can be read");
            let advice = "When they were used is unknown; save the dates as the client prints them.";
            self.problems.push(Problem::new(Kind::UnreadableDate, self.source, what).advise(advice));
        }
    }

    /// Whether an answer has more rows than `limits` allow; then it is refused.
    fn is_too_long(&mut self, rows: usize, place: &Place) -> bool {
        if rows <= self.limits.rows {
            return false;
        }
        let what =
            format!("holds {rows} rows, more than the {} that one answer may; it was not used", self.limits.rows);
        let problem = Problem::new(Kind::TooLarge, self.source, what).at(&place.locator);
        self.problems.push(problem.advise("Raise the ceiling with --max-dump-rows."));
        true
    }

    /// Reports the dates that were read as UTC without proof, and those that could not be read.
    fn tell_of_dates(&mut self, dates: DateNotes, place: &Place) {
        if dates.without_offset > 0 {
            let dates = counted(dates.without_offset as usize, "date carries", "dates carry");
            let problem = Problem::new(Kind::Note, self.source, format!("{dates} no offset; read as UTC"));
            self.problems.push(problem.at(&place.locator));
        }
        if let Some((count, first, why)) = dates.unreadable {
            let dates = counted(count as usize, "date", "dates");
            let what = format!("{dates} cannot be read; the first is {first:?}: {why}");
            let problem = Problem::new(Kind::UnreadableDate, self.source, what)
                .at(&place.locator)
                .advise("The verdict of those rows is unknown; save the dates as the client prints them.");
            self.problems.push(problem);
        }
    }

    pub(super) fn refuse(&mut self, place: &Place, what: tolerant::Refusal) {
        self.without_answer(place, "its answer cannot be read, so nothing is known about it".to_owned());
        let problem = Problem::new(what.kind, self.source, what.what).at(&place.locator).advise(what.advice);
        self.problems.push(problem);
    }
}

/// An answer with its list under another name, `{"IsTruncated": true, "Services": […]}`: the members of its job are
/// about that list.
fn with_its_list<'t>(members: &Members<'t>) -> Option<Members<'t>> {
    let of_jobs = ["istruncated", "jobcompletiondate", "jobcreationdate", "jobstatus", "marker"];
    members.iter().find(|(name, _)| of_jobs.contains(&normal(name).as_str()))?;
    let is_list = |value: &RawValue| {
        let elements = serde_json::from_str::<Vec<&RawValue>>(value.get()).unwrap_or_default();
        let first = elements.first().and_then(|element| members_of(element.get()).ok());
        first.is_some_and(|row| matches!(operation_of(&row), Some(Operation::Row)) && claim_of(&row).is_none())
    };
    let at = members.iter().position(|(_, value)| is_list(value))?;
    let mut answer = members.clone();
    answer[at].0 = Cow::Borrowed("ServicesLastAccessed");
    Some(answer)
}

/// The members of an answer that `--query [JobStatus,IsTruncated,ServicesLastAccessed]` wrote by position: a status,
/// and otherwise only scalars and one list of rows, or no list yet.
fn positional<'t>(elements: &[&'t RawValue], place: &Place) -> Option<Members<'t>> {
    let mut dates = vec!["JobCompletionDate", "JobCreationDate"];
    let named = elements.iter().map(|element| {
        let text = element.get();
        let word: String = serde_json::from_str(text).unwrap_or_default();
        let name = match text.as_bytes().first()? {
            b'{' => return None,
            b'[' => "ServicesLastAccessed",
            b't' | b'f' => "IsTruncated",
            _ if JobStatus::parse(&word).is_some() => "JobStatus",
            _ if JobType::parse(&word).is_some() => "JobType",
            _ if word.starts_with("arn:") => "Arn",
            _ if text == "null" => "",
            _ if time::parse_json(text).instant().is_some() => dates.pop()?,
            // A text of no other kind: a JobId, or a token for the rest.
            _ if word.len() == 36 && word.matches('-').count() == 4 => "JobId",
            _ => "Marker",
        };
        Some((Cow::Borrowed(name), *element))
    });
    let members: Members = named.collect::<Option<_>>()?;
    let count = |wanted: &str| members.iter().filter(|(name, _)| name == wanted).count();
    let is_row = |row: &&RawValue| members_are_row(row.get());
    let rows = members.iter().find(|(name, _)| name == "ServicesLastAccessed").map(|(_, list)| list.get());
    let is_list =
        rows.is_none_or(|list| serde_json::from_str::<Vec<&RawValue>>(list).is_ok_and(|rows| rows.iter().all(is_row)));
    // Many lists hold such a word; without rows, only a whole document that holds nothing else is an answer.
    let is_hollow = || place.depth == 0 && elements.len() > 1 && count("") + 1 == elements.len();
    let is_ours = count("JobStatus") == 1 && is_list && (count("ServicesLastAccessed") == 1 || is_hollow());
    is_ours.then_some(members)
}

fn members_are_row(json: &str) -> bool {
    members_of(json).is_ok_and(|row| matches!(operation_of(&row), Some(Operation::Row)))
}

/// The error message that a script kept instead of an answer: `{"Arn": …, "Error": "AccessDenied"}`.
fn error_in_words(members: &Members) -> Option<String> {
    let text =
        |value: &RawValue| serde_json::from_str::<String>(value.get()).ok().filter(|text| !text.trim().is_empty());
    let is_error = |name: &str| {
        let name = normal(name);
        name.starts_with("error") || name.ends_with("error") || matches!(name.as_str(), "exception" | "failure")
    };
    let said = members.iter().find_map(|(name, value)| is_error(name).then(|| text(value))?);
    let failed = members.iter().any(|(name, value)| normal(name) == "failed" && value.get() == "true");
    let spoken = ["stderr", "msg", "message"];
    let of_failure = || {
        let find = |wanted: &&str| members.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| text(value));
        spoken.iter().find_map(find).unwrap_or_else(|| "the call failed".to_owned())
    };
    said.or_else(|| failed.then(of_failure))
}

/// The rows of a table that pandas wrote by column: `{"ServiceNamespace": {"0": "s3", "1": "sqs"}, "LastAuthenticated":
/// {…}}`. `None` if it is not such a table, or if its columns do not have the same rows.
fn rows_of_columns<'t>(columns: &Members<'t>) -> Option<Vec<Members<'t>>> {
    let (_, namespaces) = columns.iter().find(|(name, _)| normal(name) == "servicenamespace")?;
    let index =
        members_of(namespaces.get()).ok().filter(|cells| cells.iter().all(|(at, _)| at.parse::<u64>().is_ok()))?;
    let mut rows: Vec<Members> = index.iter().map(|_| Vec::with_capacity(columns.len())).collect();
    for (name, cells) in columns {
        let cells = members_of(cells.get()).ok().filter(|cells| cells.len() == rows.len())?;
        for ((row, (at, cell)), (expected, _)) in rows.iter_mut().zip(cells).zip(&index) {
            row.extend((at == *expected).then(|| (name.clone(), cell)));
        }
    }
    rows.iter().all(|row| row.len() == columns.len()).then_some(rows)
}

/// Whether the API, or a known saver, uses this name for the list of services.
fn names_a_list(name: &str) -> bool {
    let names = [
        "access",
        "accessadvisor",
        "accessdetails",
        "accessedservices",
        "advisor",
        "lastaccessed",
        "lastaccesseddetails",
        "lastaccessedservices",
        "servicelastaccessed",
        "servicelastaccesseddetails",
        "services",
        "serviceslastaccessed",
    ];
    names.contains(&name)
}

/// Whether a member may hold an answer, or rows of one.
fn may_hold_any(json: &str) -> bool {
    refuse::may_hold_answer(json) || refuse::may_hold_rows(json)
}

/// The list of `get-account-authorization-details` that these are the elements of, as `--query RoleDetailList` leaves it: each tells what its
/// entity holds.
fn list_of_details(elements: &[&RawValue]) -> Option<&'static str> {
    const LISTS: [(&str, &str, &str); 3] = [
        ("RoleDetailList", "rolename", "rolepolicylist"),
        ("UserDetailList", "username", "userpolicylist"),
        ("GroupDetailList", "groupname", "grouppolicylist"),
    ];
    let list_of = |element: &RawValue| {
        let json = element.get();
        let may_be = json.contains("AttachedManagedPolicies") || json.contains("PolicyList");
        let row = members_of(json).ok().filter(|_| may_be)?;
        let has = |wanted: &str| row.iter().any(|(name, _)| normal(name) == wanted);
        let is_of =
            |(_, name, policies): &&(&str, &str, &str)| has(name) && (has(policies) || has("attachedmanagedpolicies"));
        LISTS.iter().find(is_of).filter(|_| has("arn")).map(|(list, ..)| *list)
    };
    let first = list_of(elements.first()?)?;
    elements[1..].iter().all(|element| list_of(element) == Some(first)).then_some(first)
}

/// Why nothing is taken from an object that tells when an entity was created or used, and does not name it by an ARN.
fn without_arn(members: &Members) -> Option<tolerant::Refusal> {
    if is_entity_without_arn(members) {
        return Some(stated::without_arn());
    }
    let is_told = |value: &RawValue| value.get().contains(|c: char| c.is_ascii_digit());
    let inner = |name: &str, value: &RawValue| {
        members_of(value.get())
            .ok()
            .map_or_else(Vec::new, |inner| inner.iter().map(|(member, _)| normal(&format!("{name}{member}"))).collect())
    };
    let told = members.iter().filter(|(name, value)| normal(name).ends_with("name") || is_told(value));
    let names: Vec<NormalName> =
        told.flat_map(|(name, value)| [vec![normal(name)], inner(name, value)].concat()).collect();
    let is_whole = claim_of(members).is_some() || members.iter().any(|(_, value)| may_hold_any(value.get()));
    (!is_whole && stated::is_use_by_name(&names)).then(stated::used_without_arn)
}

/// Whether this describes a user, role or group and tells when it was created, but does not name it by an ARN. Keys and
/// passwords have the name of their user and a date, too, and so have the users of other programs.
fn is_entity_without_arn(members: &Members) -> bool {
    let has = |wanted: &str| members.iter().any(|(name, _)| name == wanted);
    let is_named = |wanted: &str| members.iter().any(|(name, _)| normal(name) == wanted);
    let others =
        ["AccessKeyId", "CertificateId", "PasswordResetRequired", "ServiceSpecificCredentialId", "SSHPublicKeyId"];
    let is_role = is_named("rolename") && is_named("createdate");
    (is_role || has("CreateDate") && (has("UserName") || has("GroupName")))
        && !others.into_iter().any(has)
        && claim_of(members).is_none()
        && !members.iter().any(|(_, value)| may_hold_any(value.get()))
}

/// Whether this is the record that a program keeps of one entity: the ARN, and the name that belongs to it. The names of its members are
/// the program's words then, and no names of entities.
fn is_record(members: &Members) -> bool {
    let Some(arn) = claim_of(members).and_then(|text| Arn::parse(&text).ok()) else { return false };
    let mut named = Beside::default();
    let of_kind = |name: &str| matches!(normal(name).as_str(), "groupname" | "policyname" | "rolename" | "username");
    for (name, value) in members.iter().filter(|(name, _)| of_kind(name)) {
        named.read_name(name, value.get());
    }
    !named.mentions.is_empty() && !named.names_another(&arn)
}

/// Whether this is a resource of a `CloudFormation` template. It tells what somebody wants to be there, such as a policy
/// that this program proposed, and not what is there.
fn is_of_template(members: &Members) -> bool {
    let value = |wanted: &str| members.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.get());
    value("Type").is_some_and(|kind| kind.starts_with("\"AWS::")) && value("Properties").is_some()
}

/// Whether `json` is a list of actions of which any does not name its service.
fn are_actions_without_service(json: &str) -> bool {
    let may_be =
        json.starts_with('[') && ["ActionName", "actionName", "action_name"].iter().any(|name| json.contains(name));
    let elements: Vec<&RawValue> = if may_be { serde_json::from_str(json).unwrap_or_default() } else { Vec::new() };
    elements.iter().filter_map(|element| members_of(element.get()).ok()).any(|row| {
        let names = |wanted: &str| row.iter().any(|(name, _)| normal(name) == wanted);
        names("actionname") && !names("servicenamespace")
    })
}

/// Whether the API uses this name for the list of an answer.
fn names_the_list(name: &str) -> bool {
    matches!(name, "serviceslastaccessed" | "entitydetailslist")
}

/// Whether a member of this name that is null would most likely hold an answer otherwise.
fn may_hold_answer(name: &str) -> bool {
    let words = ["access", "service", "answer", "data", "detail", "response", "result"];
    !name.contains("error") && !name.contains("accesskey") && words.iter().any(|word| name.contains(word))
}

/// The ARN that a member gives, directly or one level down (`{"Role": {"Arn": …}}`).
pub fn claim_of(members: &Members) -> Option<String> {
    let arn = |value: &RawValue| tolerant::text_of(value.get()).ok().flatten().filter(|text| text.starts_with("arn:"));
    let direct = members.iter().find_map(|(name, value)| is_arn_member(name).then(|| arn(value))?);
    direct.or_else(|| {
        let holders = ["role", "user", "group", "policy", "entity", "principal"];
        let told =
            members.iter().filter(|(name, _)| holders.contains(&normal(name).as_str())).filter_map(|(_, holder)| {
                let inner = members_of(holder.get()).ok()?;
                inner.iter().find_map(|(name, value)| (normal(name) == "arn").then(|| arn(value))?)
            });
        let told: BTreeSet<String> = told.collect();
        // Of two, nothing tells which one the answer is about.
        if told.len() == 1 { told.into_iter().next() } else { None }
    })
}

/// Why nothing can be taken from an object with last-accessed data, if its members name two entities.
fn two_owners(members: &Members) -> Option<tolerant::Refusal> {
    let texts = members.iter().filter(|(name, _)| is_arn_member(name));
    let texts = texts.filter_map(|(name, value)| Some((&**name, tolerant::text_of(value.get()).ok().flatten()?)));
    let texts: Vec<(&str, String)> = texts.collect();
    named_apart(texts.iter().map(|(name, arn)| (*name, arn.as_str())))
}

/// The ARN of an entity within a longer key, such as a tuple that Python printed.
fn arn_within(key: &str) -> Option<String> {
    let arn = key.find("arn:aws").and_then(|at| super::arn_in(&key[at..]))?;
    Arn::parse(&arn).is_ok().then_some(arn)
}

/// `place`, with what the members of an object at it tell about entities.
fn beside_members(place: &Place, members: &Members) -> Place {
    beside_values(place, members.iter().map(|(name, value)| (&**name, value.get())))
}

/// `place`, with what those members of a container tell that hold no answer. If the place has a name, nothing is read:
/// it is not needed.
fn beside_values<'t>(place: &Place, values: impl Iterator<Item = (&'t str, &'t str)>) -> Place {
    let mut own = Beside::default();
    for (name, value) in values.filter(|(_, value)| !place.is_named() && !refuse::may_hold_rows(value)) {
        own.read_member(name, value);
    }
    place.with_beside(own)
}

/// `place`, without the entity that is named around it if the object names another one: `{"RoleName": "web", …}` in
/// `{"arn": "…:role/collector", "roles": […]}`.
fn named_nearer(place: &Place, members: &Members, json: &str) -> Place {
    let is_row = || members.iter().any(|(name, _)| normal(name) == "servicenamespace");
    if !place.is_named() || is_row() || !refuse::may_hold_rows(json) {
        return place.clone();
    }
    let mut nearer = Beside::default();
    for (name, value) in members {
        nearer.read_name(name, value.get());
    }
    place.clone().unless_nearer(nearer)
}

/// Whether a place is one of a user, or of a list of groups: an empty list of that name may be anything elsewhere.
fn names_a_user(place: &Place, source: &Source) -> bool {
    if let Some(arn) = place.claim_text().and_then(|text| Arn::parse(text).ok()) {
        return arn.kind() == EntityKind::User;
    }
    // Which user it is, the names of the users say later.
    let path = source.logical_path().to_lowercase();
    let file = path.rsplit('/').next().unwrap_or_default();
    path.contains("user") || file.contains("groups")
}

fn named_by_member(place: &Place, members: &Members) -> Place {
    match claim_of(members) {
        Some(text) => place.clone().named(text, ClaimKind::Member),
        None => place.clone(),
    }
}
