//! What several answers say about one entity or one policy, put together.

use std::collections::{BTreeMap, BTreeSet};

use super::Dated;
use crate::model::policy::{BoundaryRecord, EntityRecord, InlinePolicy, PolicyRecord, PolicyVersion};
use crate::model::{AccountId, Arn, EntityKind, Instant, Source};
use crate::problem::{Kind, Problem};

/// One entity, as all answers together have it.
#[derive(Debug)]
pub(super) struct MergedEntity {
    pub arn: Arn,
    pub created: Option<Instant>,
    /// Whether its creation date is there in an answer and cannot be read.
    pub undated: bool,
    pub inline: Option<Vec<InlinePolicy>>,
    pub attached: Option<Vec<String>>,
    /// Those of `attached` that may only be its permissions boundary.
    pub maybe_boundary: BTreeSet<String>,
    pub groups: Option<Vec<String>>,
    pub boundary: BoundaryRecord,
    /// Whether it may hold more than the lists here say.
    pub is_partial: bool,
    pub as_of: Option<Instant>,
    /// What answers of an unknown order say differently about it.
    pub disputes: Vec<Dispute>,
    pub source: String,
}

/// What each of several answers says about one thing. They differ, and nothing tells which is newer.
#[derive(Debug)]
pub(super) enum Dispute {
    /// The inline policies, or one of them.
    Inline(Vec<Vec<InlinePolicy>>),
    /// The ARNs of the attached policies.
    Attached(Vec<Vec<String>>),
    /// The names of the groups.
    Groups(Vec<Vec<String>>),
}

/// One managed policy, as all answers together have it.
#[derive(Debug)]
pub(super) struct MergedPolicy {
    pub record: PolicyRecord,
    /// Its versions, as each answer has them, if answers of an unknown order differ.
    pub disputed: Vec<Vec<PolicyVersion>>,
    pub source: String,
}

/// By account and ARN: a policy by AWS is attached in each account as often as that says.
pub(super) type MergedPolicies = BTreeMap<(Option<AccountId>, Arn), MergedPolicy>;

/// A thing that an answer says, with where and when.
struct Said<'a, T> {
    value: &'a T,
    source: &'a Source,
    made_at: Option<Instant>,
}

/// Gathers what answers say.
#[derive(Default)]
pub(super) struct Merger<'a> {
    entities: BTreeMap<&'a Arn, Vec<Said<'a, EntityRecord>>>,
    policies: BTreeMap<(Option<AccountId>, &'a Arn), Vec<Said<'a, PolicyRecord>>>,
}

impl<'a> Merger<'a> {
    pub fn add(&mut self, dated: &Dated<'a>) {
        let (source, made_at) = (&dated.answer.source, dated.made_at);
        for value in &dated.answer.entities {
            self.entities.entry(&value.arn).or_default().push(Said { value, source, made_at });
        }
        for value in &dated.answer.policies {
            let account = value.arn.account().or(dated.account.as_ref()).cloned();
            self.policies.entry((account, &value.arn)).or_default().push(Said { value, source, made_at });
        }
    }

    pub fn merged(self, problems: &mut Vec<Problem>) -> (BTreeMap<Arn, MergedEntity>, MergedPolicies) {
        let entities = self.entities.into_values().map(|said| entity(&said, problems));
        let entities = entities.map(|entity| (entity.arn.clone(), entity)).collect();
        let policies = self.policies.into_iter();
        let policies = policies.map(|((account, arn), said)| ((account, arn.clone()), policy(&said, problems)));
        (entities, policies.collect())
    }
}

fn entity(said: &[Said<EntityRecord>], problems: &mut Vec<Problem>) -> MergedEntity {
    let arn = &said[0].value.arn;
    let inline = chosen(said, arn, "its inline policies", |record| record.inline.as_ref(), problems);
    let attached = chosen(said, arn, "its attached policies", |record| record.attached.as_ref(), problems);
    let groups = chosen(said, arn, "its groups", |record| record.groups.as_ref(), problems);
    let boundary = chosen(said, arn, "its permissions boundary", boundary_said, problems).agreed();
    let disputes = [
        inline.differing().map(Dispute::Inline),
        attached.differing().map(Dispute::Attached),
        groups.differing().map(Dispute::Groups),
    ];
    // The answer that says what the entity holds is the one to look into.
    let main = said.iter().max_by_key(|one| (one.value.attached.is_some() || one.value.inline.is_some(), one.made_at));
    let main = main.expect("an entity comes from an answer");
    // Users and roles that have lost theirs are told where all creation dates meet.
    let is_undated = said.iter().any(|one| one.value.undated);
    if is_undated && arn.kind() == EntityKind::Group {
        let what = format!(
            "the creation date of {arn} cannot be read, so that nobody knows since when its members have what it grants"
        );
        problems.push(lost_date(main.source, what));
    }
    MergedEntity {
        arn: arn.clone(),
        // Made again under the same name: the later date holds.
        created: said.iter().filter_map(|one| one.value.created).max(),
        undated: is_undated,
        inline: inline.agreed().cloned(),
        attached: attached.agreed().cloned(),
        maybe_boundary: BTreeSet::new(),
        groups: groups.agreed().cloned(),
        boundary: boundary.cloned().unwrap_or(BoundaryRecord::NotSaid),
        is_partial: false,
        as_of: main.made_at,
        disputes: disputes.into_iter().flatten().collect(),
        source: main.source.to_string(),
    }
}

fn boundary_said(record: &EntityRecord) -> Option<&BoundaryRecord> {
    Some(&record.boundary).filter(|boundary| **boundary != BoundaryRecord::NotSaid)
}

fn versions_said(record: &PolicyRecord) -> Option<&Vec<PolicyVersion>> {
    Some(&record.versions).filter(|versions| !versions.is_empty())
}

/// What answers say about one thing.
enum Chosen<'a, T> {
    /// None speaks of it.
    Nothing,
    /// What all say, or what the newest says.
    Agreed(&'a T),
    /// They differ, and nothing tells which is newer.
    Differing(Vec<&'a T>),
}

impl<'a, T: Clone> Chosen<'a, T> {
    fn agreed(&self) -> Option<&'a T> {
        if let Self::Agreed(value) = self { Some(value) } else { None }
    }

    fn differing(&self) -> Option<Vec<T>> {
        if let Self::Differing(all) = self { Some(all.iter().map(|value| (*value).clone()).collect()) } else { None }
    }
}

/// Chooses among what the answers say about one thing.
fn chosen<'a, R, T: PartialEq>(
    said: &[Said<'a, R>],
    whose: &Arn,
    what: &str,
    part: impl Fn(&'a R) -> Option<&'a T>,
    problems: &mut Vec<Problem>,
) -> Chosen<'a, T> {
    let mut speaking: Vec<(&Said<R>, &T)> = said.iter().filter_map(|one| Some((one, part(one.value)?))).collect();
    speaking.sort_by_key(|(one, _)| (one.made_at, one.source));
    let Some((last, newest)) = speaking.last().copied() else { return Chosen::Nothing };
    let is_older = |one: &Said<R>| one.made_at.is_some() && one.made_at < last.made_at;
    let rivals = || speaking.iter().filter(|(one, value)| *value != newest && !is_older(one));
    let Some((rival, _)) = rivals().next() else { return Chosen::Agreed(newest) };
    let text = format!(
        "and {} differ about {whose}: {what}; which one is newer is unknown, and neither was used",
        last.source
    );
    let problem = Problem::new(Kind::Contradiction, rival.source, text);
    problems.push(problem.advise("Keep the newer file, or put each into a folder that is named by its date."));
    Chosen::Differing(rivals().map(|(_, value)| *value).chain([newest]).collect())
}

fn policy(said: &[Said<PolicyRecord>], problems: &mut Vec<Problem>) -> MergedPolicy {
    let arn = &said[0].value.arn;
    // A listing has no versions, and says nothing against an answer that has.
    let chosen = chosen(said, arn, "its versions", versions_said, problems);
    let versions = chosen.agreed();
    let of_versions = |one: &&Said<PolicyRecord>| versions.is_some_and(|versions| &one.value.versions == versions);
    let main = said.iter().find(of_versions).unwrap_or(&said[0]);
    let mut record = main.value.clone();
    record.versions = versions.cloned().unwrap_or_default();
    record.created = record.created.or_else(|| said.iter().find_map(|one| one.value.created));
    record.undated = said.iter().any(|one| one.value.undated);
    if record.has_lost_a_date() {
        let what = format!("a date of {arn} cannot be read, so that nobody knows since when it grants what it grants");
        problems.push(lost_date(main.source, what));
    }
    MergedPolicy { record, disputed: chosen.differing().unwrap_or_default(), source: main.source.to_string() }
}

pub(super) fn lost_date(source: &Source, what: String) -> Problem {
    Problem::new(Kind::UnreadableDate, source, what).advise("Save the answer again, unchanged.")
}
