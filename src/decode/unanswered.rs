//! Elements of a document that name an entity and hold no answer.
//!
//! A saver that asks about many entities keeps something for each of them: an answer, or what it got instead, as `{}`,
//! `"timeout"`, `{"status": "pending"}` or only the name. Such an element is not an answer, but without it the entity
//! would look as if its answer had never been needed. So it counts as a dump without an answer if other elements, named
//! in the same way at the same depth, have one. If none has, the document belongs to another program: tags, owners and
//! policies are kept by ARN too.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use super::members::{Members, NormalName, is_arn_member, members as members_of, normal};
use super::place::{Place, Step};
use super::refuse::UnreadEntities;
use super::shapes::{Explorer, MOST_SILENT, claim_of};
use super::wire::AnswerBody;
use crate::model::{Arn, ClaimKind, Job, JobError, JobStatus, ListState, Shape, Sidecar};
use crate::util::sanitize::harmless;

/// What a document has found about its named elements so far.
#[derive(Default)]
pub struct NamedElements {
    /// Those without an answer, in the order of the document.
    unanswered: Vec<Unanswered>,
    /// How many more of them there are that are not kept.
    more: usize,
    /// The ways to the elements with an answer.
    ways: BTreeSet<u64>,
    /// The members of these elements that lead to the answer.
    firsts: BTreeSet<Rc<str>>,
    /// Lines of text that name an entity: the line without the ARN, and the ARN.
    lines: Vec<(String, String)>,
}

struct Unanswered {
    place: Place,
    what: String,
    /// Whether the document is certainly ours, whatever its other elements are.
    is_certain: bool,
    /// The member names of an element that describes the entity itself, as a row of a listing does.
    described: Option<BTreeSet<NormalName>>,
}

/// How many characters of what stands instead of an answer are shown.
const LONGEST_SAID: usize = 80;

impl NamedElements {
    /// Notes the place where an answer was found.
    pub(super) fn answered(&mut self, body: &AnswerBody, place: &Place) {
        let names_ours = |error: &JobError| error.message.contains("ServiceLastAccessed");
        let is_of_ours = body.list == ListState::Present
            || body.job.created.is_some()
            || body.job.status.is_some_and(|status| status != JobStatus::Failed)
            || body.job.error.as_ref().is_some_and(names_ours);
        if !is_of_ours {
            return;
        }
        let own = body.claim.as_ref().map(|claim| claim.text.as_str());
        let is_named_itself = own.is_some() && own != place.claim_text();
        self.ways.extend(if is_named_itself { Some(place.way) } else { place.named_at });
        if !place.first.is_empty() {
            self.firsts.insert(Rc::clone(&place.first));
        }
    }

    /// Notes a line of text that names an entity.
    pub(super) fn line(&mut self, line: &str, arn: &str) {
        if self.lines.len() < MOST_SILENT {
            self.lines.push((line.replace(arn, "*"), arn.to_owned()));
        }
    }

    fn add(&mut self, element: Unanswered) {
        if self.unanswered.len() < MOST_SILENT {
            self.unanswered.push(element);
        } else {
            self.more += 1;
        }
    }

    /// Whether other elements like `element` have an answer, so that it should have one.
    fn should_have_one(&self, element: &Unanswered) -> bool {
        let is_like_others = || element.place.named_at.is_some_and(|way| self.ways.contains(&way));
        let has_their_member =
            |members: &BTreeSet<NormalName>| self.firsts.iter().any(|name| members.contains(&normal(name)));
        element.is_certain || is_like_others() && element.described.as_ref().is_none_or(has_their_member)
    }
}

impl Explorer<'_, '_> {
    /// Looks into a value that may name an entity, or is named by its key; remembers it if it names one and holds no
    /// answer.
    pub(super) fn element(&mut self, json: &str, place: &Place) {
        let (found, sidecars) = (self.found(), self.sidecars.len());
        self.value(json, place);
        if self.found() == found {
            self.remember(json, place, sidecars);
        }
    }

    /// Does the same for a whole JSON value, which may stand among others.
    pub fn whole_element(&mut self, json: &str, place: &Place) {
        let (found, sidecars) = (self.found(), self.sidecars.len());
        self.outermost(json, place);
        if self.found() == found {
            self.remember(json, place, sidecars);
        }
    }

    fn found(&self) -> usize {
        self.answers.len() + self.flat.rows() + self.others.len() + self.policies.len()
    }

    fn remember(&mut self, json: &str, place: &Place, sidecars: usize) {
        let json = json.trim();
        if !json.starts_with('{') && !place.is_named_here() {
            return;
        }
        // A record that a job was started, or one that names the entity of other files, counts by itself.
        let is_another = |sidecar: &Sidecar| !matches!(sidecar, Sidecar::Entity { alone: false, .. });
        if self.sidecars[sidecars..].iter().any(is_another) {
            return;
        }
        let members = members_of(json).unwrap_or_default();
        let Some(place) = named_here(place, &members) else { return };
        let is_entity = place.claim_text().is_some_and(|text| Arn::parse(text).is_ok());
        if !is_entity || is_caller(&members) {
            return;
        }
        let is_described = self.sidecars.len() > sidecars;
        let described = is_described.then(|| members.iter().map(|(name, _)| normal(name)).collect());
        let what = match said(json, &members) {
            said if said.is_empty() => "the entity is named, but there is no answer next to its name".to_owned(),
            said => format!("where the others have an answer, there is only {said}"),
        };
        self.named.add(Unanswered { place, what, is_certain: false, described });
    }

    /// Remembers an entity of a document that is ours, for which it holds no answer that can be read.
    pub fn without_answer(&mut self, place: &Place, what: String) {
        if place.claim_text().is_some_and(|text| Arn::parse(text).is_ok()) {
            self.named.add(Unanswered { place: place.clone(), what, is_certain: true, described: None });
        }
    }

    /// Remembers an entity that a line names without telling which answer is about it.
    pub fn unclear_label(&mut self, arn: &str) {
        let place = Place::top(arn.to_owned(), Shape::Concatenated, None).named(arn.to_owned(), ClaimKind::Member);
        let what = "a line names the entity, and it is unclear which answer is about it".to_owned();
        self.without_answer(&place, what);
    }

    /// Makes dumps of the elements that should hold an answer. In a document without answers, what was refused is the
    /// document, and the entities that it names are unread.
    pub(super) fn tell_unanswered(&mut self) {
        let mut named = std::mem::take(&mut self.named);
        if self.answers.is_empty() {
            let certain = named.unanswered.iter().filter(|element| element.is_certain);
            let arns = certain.filter_map(|element| Arn::parse(element.place.claim_text()?).ok());
            self.unread.add(UnreadEntities::told(arns.collect()));
            return;
        }
        if named.unanswered.is_empty() && named.lines.is_empty() {
            return;
        }
        let claims = self.answers.iter().filter_map(|answer| answer.claim.as_ref());
        let mut told: HashSet<String> = claims.map(|claim| claim.text.clone()).collect();
        named.lines_without_answer(&told);
        let unanswered = std::mem::take(&mut named.unanswered);
        let mut is_ours = false;
        for element in unanswered.into_iter().filter(|element| named.should_have_one(element)) {
            is_ours = true;
            let claim = element.place.claim_text().unwrap_or_default();
            if told.insert(claim.to_owned()) {
                let error = JobError { code: String::new(), message: element.what };
                let job = Job { error: Some(error), ..Job::default() };
                self.push(AnswerBody { job, list: ListState::NoAnswer, ..AnswerBody::default() }, &element.place);
            }
        }
        self.silent += if is_ours { named.more } else { 0 };
    }
}

impl NamedElements {
    /// Adds the entities of lines such as `Role: ARN` that no answer follows, if answers follow other lines with the
    /// same words.
    fn lines_without_answer(&mut self, answered: &HashSet<String>) {
        let lines = std::mem::take(&mut self.lines);
        let of_answers: BTreeSet<&str> =
            lines.iter().filter(|(_, arn)| answered.contains(arn)).map(|(words, _)| words.as_str()).collect();
        for (_, arn) in
            lines.iter().filter(|(words, arn)| of_answers.contains(words.as_str()) && !answered.contains(arn))
        {
            let place = Place::top(arn.clone(), Shape::Concatenated, None).named(arn.clone(), ClaimKind::Member);
            let what = "a line names the entity, and no answer follows it".to_owned();
            self.add(Unanswered { place, what, is_certain: true, described: None });
        }
    }
}

/// The place of an element that is named by its key, or by a member of its own. A plain member of an object (`"caller":
/// {"Arn": …}`) is not an element, unless it has the name of the entity.
fn named_here(place: &Place, members: &Members) -> Option<Place> {
    let own = claim_of(members).filter(|arn| place.claim_text() != Some(arn));
    let Some(arn) = own else { return place.is_named_here().then(|| place.clone()) };
    let is_plain_member = place.way & 3 == Step::Member as u64;
    let is_called_so = || arn.rsplit('/').next() == Some(&place.member);
    (!is_plain_member || is_called_so()).then(|| place.clone().named(arn, ClaimKind::Member))
}

/// Whether this is the answer of `aws sts get-caller-identity`, which scripts print before they begin.
fn is_caller(members: &Members) -> bool {
    let names: BTreeSet<NormalName> = members.iter().map(|(name, _)| normal(name)).collect();
    ["account", "arn", "userid"].iter().all(|name| names.contains(*name)) && names.len() == 3
}

/// What an element holds besides the name of its entity, on one line and not too long.
fn said(json: &str, members: &Members) -> String {
    let is_name = |name: &str, value: &str| is_arn_member(name) && value.starts_with("\"arn:");
    let text = if members.iter().any(|(name, value)| is_name(name, value.get())) {
        let rest = members.iter().filter(|(name, value)| !is_name(name, value.get()));
        rest.map(|(name, value)| format!("\"{name}\": {}", value.get())).collect::<Vec<_>>().join(", ")
    } else {
        json.to_owned()
    };
    shortened(&text)
}

/// `text` on one line, harmless, and cut if it is too long.
pub fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = harmless(&text);
    match text.char_indices().nth(LONGEST_SAID) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into_owned(),
    }
}
