//! All documents of each entity of a batch, as the [`timeline`](super::timeline) reads them.
//!
//! Every dump is here, even those that the filters or `--at` exclude: a filter chooses what the question is about, and
//! never the evidence for the answer.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Params;
use super::names::Names;
use super::timeline::{Documents, SameName, UsableAnswer, VerdictParams};
use crate::catalogue::Catalogue;
use crate::model::{
    AsOfSource, DocumentsBeside, Dump, Entity, EntityFact, EntityKind, Evidence, Instant, Named, Symbol,
};

/// All documents about one entity.
#[derive(Debug)]
pub struct History<'d> {
    /// The entity.
    pub entity: &'d Entity,
    /// Every dump, usable or not; those without a date first, then by date.
    pub dumps: Vec<&'d Dump>,
    /// What the timeline reads.
    pub documents: Documents<'d>,
    /// The usable dumps as the timeline counts them: all answers of one moment count as one.
    pub speakers: Vec<Speaker<'d>>,
    /// Whether a file about the entity could not be read: on the old side of `diff OLD NEW`, and on the only or the new one.
    pub unread: (bool, bool),
    /// The newest listing or description of the entity, on the same sides.
    pub named: (Option<Named>, Option<Named>),
    /// The date of the oldest one where there is one side.
    pub first_named: Option<Instant>,
    /// The dumps behind the answers of [`History::documents`], in their order.
    answers: Vec<&'d Dump>,
}

/// All usable answers of one moment.
#[derive(Debug, Clone, Copy)]
pub struct Speaker<'d> {
    /// The answer that proves most: the columns of a row about its dump describe this one.
    pub dump: &'d Dump,
    /// Whether a permission that none of them lists is not granted.
    pub whole: bool,
    /// The same for actions.
    pub whole_actions: bool,
    /// Whether any of them tells anything about actions.
    pub action_level: bool,
}

impl<'d> History<'d> {
    /// The histories of all entities that `dumps` and `besides` are about, in the order of listings.
    pub fn all(dumps: &[&'d Dump], besides: &[&'d DocumentsBeside], catalogue: &Catalogue) -> Vec<Self> {
        let mut found: BTreeMap<&str, (&'d Entity, Vec<&'d Dump>, Vec<&'d DocumentsBeside>)> = BTreeMap::new();
        for &dump in dumps {
            found.entry(&dump.entity.key).or_insert_with(|| (&dump.entity, Vec::new(), Vec::new())).1.push(dump);
        }
        for &beside in besides {
            found.entry(&beside.entity.key).or_insert_with(|| (&beside.entity, Vec::new(), Vec::new())).2.push(beside);
        }
        let of_entity =
            |(entity, dumps, besides): (_, _, Vec<&'d DocumentsBeside>)| Self::of(entity, dumps, &besides, catalogue);
        let mut all: Vec<Self> = found.into_values().map(of_entity).collect();
        let of_namesakes = of_namesakes(&all);
        for (history, of_namesakes) in all.iter_mut().zip(of_namesakes) {
            history.documents.same_name = of_namesakes.same_name;
            history.documents.statements.extend(of_namesakes.stated);
            history.documents.namesake_uses = of_namesakes.uses;
        }
        all.sort_by(|a, b| listing_order(a.entity).cmp(&listing_order(b.entity)));
        all
    }

    fn of(
        entity: &'d Entity,
        mut dumps: Vec<&'d Dump>,
        besides: &[&'d DocumentsBeside],
        catalogue: &Catalogue,
    ) -> Self {
        dumps.sort_by(|a, b| (a.made_at, &a.sources).cmp(&(b.made_at, &b.sources)));
        let mut answers: Vec<&Dump> = dumps.iter().copied().filter(|dump| dump.evidence.is_usable()).collect();
        answers.sort_by(|a, b| a.sources.cmp(&b.sources));
        // A statement of a document has the date of the document; a dump alone has only the date that all documents
        // state together.
        let states_creation = |fact: &EntityFact| fact.created.is_some() || fact.unreadable;
        let has_facts = besides.iter().flat_map(|beside| &beside.facts).any(states_creation);
        let created = || dumps.iter().find_map(|dump| dump.entity.created).map(stated_creation);
        let stated = if has_facts { None } else { created() };
        let partition = entity.partition().unwrap_or("aws");
        let documents = Documents {
            kind: entity.kind,
            recording: catalogue.partition_start(partition),
            answers: answers.iter().filter_map(|dump| UsableAnswer::of(dump)).collect(),
            accesses: besides.iter().flat_map(|beside| &beside.accesses).copied().collect(),
            statements: stated.into_iter().chain(besides.iter().flat_map(|beside| &beside.facts).copied()).collect(),
            same_name: Vec::new(),
            namesake_uses: Vec::new(),
        };
        let speakers = speakers(&dumps);
        let unread = besides.iter().fold((false, false), |all, one| (all.0 | one.unread.0, all.1 | one.unread.1));
        let named = besides.iter().fold((None, None), |all, one| (one.named.0.max(all.0), one.named.1.max(all.1)));
        let first_named = besides.iter().filter_map(|one| one.first_named).min();
        Self { entity, dumps, documents, speakers, unread, named, first_named, answers }
    }

    /// The question about its permissions.
    #[must_use]
    pub fn question(&self, params: &Params) -> VerdictParams {
        let as_of =
            self.dumps.iter().find(|dump| dump.as_of_source == AsOfSource::Override).and_then(|dump| dump.as_of);
        let Params { stale_after, at, strict_age, .. } = *params;
        VerdictParams { stale_after, as_of, at, strict_age }
    }

    /// The dated speakers up to `at`; the undated one if there is no other and no `--at`.
    pub fn speaking(&self, at: Option<Instant>) -> &[Speaker<'d>] {
        let dated = self.speakers.partition_point(|speaker| speaker.dump.made_at.is_none());
        if dated == self.speakers.len() {
            return if at.is_none() { &self.speakers } else { &[] };
        }
        let until = |at| self.speakers.partition_point(|speaker| speaker.dump.made_at <= Some(at));
        let end = at.map_or(self.speakers.len(), until);
        &self.speakers[dated..end.max(dated)]
    }

    /// Rule 8: until when an entity that only has undated dumps was observed, which is the newest access in the only
    /// one. `None` if there is a dated dump or another undated one, or nothing has a date.
    pub fn undated_until(&self) -> Option<Instant> {
        let is_dated = self.documents.answers.iter().any(|answer| answer.made_at.is_some());
        self.documents.undated_until().filter(|_| !is_dated)
    }

    /// The newest usable dump up to `at`.
    pub fn newest(&self, at: Option<Instant>) -> Option<&Speaker<'d>> {
        self.speaking(at).last()
    }

    /// Rule 39: whether a service that no row lists may still be granted: the newest usable dump is not whole, or there
    /// is none.
    pub fn is_hidden(&self, at: Option<Instant>) -> bool {
        self.newest(at).is_none_or(|newest| !newest.whole)
    }

    /// The dumps up to `at`, unfinished ones included.
    pub fn dumps_until(&self, at: Option<Instant>) -> impl Iterator<Item = &'d Dump> + '_ {
        self.dumps.iter().copied().filter(move |dump| is_until(dump, at))
    }

    /// The dumps up to `at` that are neither complete nor empty; the usable ones of one moment count as one dump.
    pub fn incomplete_dumps(&self, at: Option<Instant>) -> impl Iterator<Item = &'d Dump> + '_ {
        let usable = self.speakers.iter().map(|speaker| speaker.dump).filter(move |dump| is_until(dump, at));
        let unusable = self.dumps_until(at).filter(|dump| !dump.evidence.is_usable());
        usable.chain(unusable).filter(|dump| !dump.evidence.is_whole())
    }

    /// The number of these dumps.
    pub fn incomplete(&self, at: Option<Instant>) -> u32 {
        self.incomplete_dumps(at).count() as u32
    }

    /// The file behind the answer, or otherwise behind the other access, at `source`.
    #[must_use]
    pub fn source(&self, source: u32) -> FileOf<'d> {
        let at = source as usize;
        match self.answers.get(at) {
            Some(dump) => FileOf::Dump(dump),
            None => FileOf::Name(self.documents.accesses[at - self.answers.len()].source),
        }
    }
}

/// The place of an access.
#[derive(Debug, Clone, Copy)]
pub enum FileOf<'d> {
    /// In the first file of this dump.
    Dump(&'d Dump),
    /// In the file of this name.
    Name(Symbol),
}

impl FileOf<'_> {
    /// The name of the file.
    #[must_use]
    pub fn name(&self, names: &Names) -> String {
        match self {
            Self::Dump(dump) => {
                dump.sources.first().map(|(source, _)| names.file(&source.to_string()).to_owned()).unwrap_or_default()
            }
            Self::Name(name) => names.file(names.text(*name)).to_owned(),
        }
    }
}

fn is_until(dump: &Dump, at: Option<Instant>) -> bool {
    at.is_none_or(|at| dump.made_at.is_some_and(|made| made <= at))
}

fn stated_creation(created: Instant) -> EntityFact {
    EntityFact { created: Some(created), ..EntityFact::NOTHING }
}

/// For answers that count as one dump, the one that proves most; if several do, the order of the dumps decides, so that
/// the choice does not depend on the order of the files.
fn speakers<'d>(dumps: &[&'d Dump]) -> Vec<Speaker<'d>> {
    let usable: Vec<&Dump> = dumps.iter().copied().filter(|dump| dump.evidence.is_usable()).collect();
    let of_moment = |answers: &[&'d Dump]| {
        let dump = answers.iter().copied().min_by_key(|dump| (proof(dump.evidence), Reverse(dump.has_action_level())));
        Speaker {
            dump: dump.expect("a moment has an answer"),
            whole: answers.iter().any(|dump| dump.proves_absence()),
            whole_actions: answers.iter().any(|dump| dump.proves_absence() && dump.has_action_level()),
            action_level: answers.iter().any(|dump| dump.has_action_level()),
        }
    };
    usable.chunk_by(|a, b| a.made_at == b.made_at).map(of_moment).collect()
}

/// The order in which one answer describes the dump rather than another.
fn proof(evidence: Evidence) -> usize {
    let order = [Evidence::Complete, Evidence::Empty, Evidence::Suspect, Evidence::Truncated, Evidence::UsedOnly];
    order.iter().position(|of| *of == evidence).unwrap_or(order.len())
}

/// What documents about entities of the same name tell about one of them (rule 23).
#[derive(Debug, Clone, Default)]
struct OfNamesakes {
    /// What shows that a role or policy of its name was there in another path or spelling.
    same_name: Vec<SameName>,
    /// What is stated about a user or group under another path: it can be moved, and keeps its creation date and its id.
    stated: Vec<EntityFact>,
    /// The uses that documents under another path or spelling show.
    uses: Vec<EntityFact>,
}

impl OfNamesakes {
    fn take(&mut self, one: &Entity, other: &History) {
        let facts = &other.documents.statements;
        self.uses.extend(uses(&other.documents));
        // A path alone tells neither the partition nor the IAM path: the two may be one entity under one path.
        if one.arn.is_none() || other.entity.arn.is_none() {
            return;
        }
        if matches!(one.kind, Some(EntityKind::User | EntityKind::Group)) {
            let stated = |fact: &EntityFact| EntityFact { last_used: None, used_undated: false, ..*fact };
            self.stated.extend(facts.iter().map(stated));
        } else {
            let dumps = other.dumps.iter().filter_map(|dump| dump.made_at);
            let created = facts.iter().filter_map(|fact| Some(SameName { at: fact.created?, made_at: fact.made_at }));
            self.same_name.extend(dumps.map(|at| SameName { at, made_at: Some(at) }).chain(created));
        }
    }
}

/// The uses that `documents` show, each with the date of its document.
fn uses(documents: &Documents) -> Vec<EntityFact> {
    let fact =
        |made_at, last_used, used_undated| EntityFact { made_at, last_used, used_undated, ..EntityFact::NOTHING };
    let of_answers = documents.answers.iter().map(|answer| {
        let activity = answer.activity();
        fact(answer.made_at, activity.last, activity.undated)
    });
    let of_others = documents.accesses.iter().map(|access| fact(access.made_at, access.at, access.at.is_none()));
    let stated = documents.statements.iter().map(|one| fact(one.made_at, one.last_used, one.used_undated));
    let is_use = |fact: &EntityFact| fact.last_used.is_some() || fact.used_undated;
    of_answers.chain(of_others).chain(stated).filter(is_use).collect()
}

/// Rule 23, for each entity: what the documents about its namesakes tell.
fn of_namesakes(histories: &[History]) -> Vec<OfNamesakes> {
    let name = |entity: &Entity| {
        let is_known = entity.arn.is_some() || entity.account.is_some();
        let kind = entity.kind.filter(|_| is_known)?;
        Some((entity.account.clone(), kind, entity.name.to_lowercase()))
    };
    let mut by_name: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, history) in histories.iter().enumerate() {
        if let Some(name) = name(history.entity) {
            by_name.entry(name).or_default().push(at);
        }
    }
    let is_elsewhere =
        |one: &Entity, other: &Entity| one.partition().zip(other.partition()).is_some_and(|(one, other)| one != other);
    let mut found = vec![OfNamesakes::default(); histories.len()];
    for together in by_name.values().filter(|together| together.len() > 1) {
        for &one in together {
            let entity = histories[one].entity;
            let others = together.iter().filter(|other| **other != one).map(|&other| &histories[other]);
            for other in others.filter(|other| !is_elsewhere(entity, other.entity)) {
                found[one].take(entity, other);
            }
        }
    }
    found
}

/// The order of entities in a listing: that of [`ENTITY_KEY`](super::ENTITY_KEY).
fn listing_order(entity: &Entity) -> impl Ord {
    let Entity { account, kind, name, arn, .. } = entity;
    (account.as_ref(), kind.as_ref(), name, arn.as_ref())
}
