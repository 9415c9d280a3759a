//! The entity of an answer: the best evidence first, and never a silent guess.
//!
//! The input is an answer and the [`Clues`] of the run. The output is [`Who`], which is an ARN, or account, kind and
//! name, or a label with its path. [`infer`](super::infer) may add an ARN later, when pages that were saved together
//! are joined.

use super::clues::Clues;
use super::dates::PathDate;
use super::manifest::ManifestRow;
use super::path::{self, PathFacts};
use super::template::TemplateMatch;
use crate::model::{AccountId, Answer, Arn, ClaimKind, Entity, EntityKind, IdentifiedBy, Mention};
use crate::problem::{Kind, Problem};

/// What is known about the entity of one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    pub arn: Option<Arn>,
    pub by: IdentifiedBy,
    pub account: Option<AccountId>,
    pub kind: Option<EntityKind>,
    /// The name in a form that identifies it; a bare file name is only in `label`.
    pub name: Option<String>,
    pub iam_path: String,
    pub label: String,
    /// The whole file name, if kind and name were read from it.
    pub bare: Option<String>,
    /// The path without dates, pages and extensions, and the position in the document.
    pub place: String,
    /// What pages that were saved together have in common.
    pub page_group: String,
    pub page: Option<u32>,
    pub date: Option<PathDate>,
    /// What stands next to the answer and names entities.
    pub beside: Vec<Mention>,
    /// The name of the file; `label` also tells where in the file the answer is.
    pub file_label: String,
    /// Kinds that are words of the path, and the part of the path that holds them.
    pub kinds_in_path: Vec<(EntityKind, String)>,
    /// Entities that it may be, if nothing tells whether it is one of them.
    pub may_be: Vec<Arn>,
    /// Whether a guess was refused; the refusal was reported at that time.
    pub is_refused: bool,
}

impl Who {
    /// Two answers are about one entity exactly when their keys are equal.
    pub fn key(&self) -> String {
        let account = self.account.as_ref().map_or("-", AccountId::as_str);
        match (&self.arn, &self.kind, &self.name) {
            (Some(arn), ..) => format!("{account}|{arn}"),
            (None, Some(kind), Some(name)) if self.account.is_some() => {
                let path = if self.iam_path.is_empty() { String::new() } else { format!("{}/", self.iam_path) };
                format!("{account}|{kind}/{path}{name}")
            }
            _ => format!("path:{}", self.place),
        }
    }

    /// Whether the key is based on more than the place of the file.
    pub fn is_settled(&self) -> bool {
        self.arn.is_some() || (self.account.is_some() && self.kind.is_some() && self.name.is_some())
    }

    /// The entity, for the dump; [`creation`](super::creation) adds when it was created.
    pub fn entity(&self) -> Entity {
        let name = self.arn.as_ref().map(Arn::name).or(self.name.as_deref()).unwrap_or(&self.label);
        Entity {
            key: self.key(),
            name: name.to_owned(),
            arn: self.arn.clone(),
            account: self.account.clone(),
            kind: self.kind,
            partition: None,
            created: None,
            creation_unreadable: false,
        }
    }

    pub fn take(&mut self, arn: Arn, by: IdentifiedBy) {
        self.may_be.clear();
        self.account = arn.account().cloned().or(self.account.take());
        self.kind = Some(arn.kind());
        self.name = Some(arn.name().to_owned());
        self.by = by;
        self.arn = Some(arn);
    }
}

/// The entity that an ARN names.
pub(super) fn of_arn(arn: &Arn) -> Entity {
    let account = arn.account().map_or("-", AccountId::as_str);
    Entity {
        key: format!("{account}|{arn}"),
        name: arn.name().to_owned(),
        partition: None,
        created: None,
        creation_unreadable: false,
        arn: Some(arn.clone()),
        account: arn.account().cloned(),
        kind: Some(arn.kind()),
    }
}

/// The entity that account, kind and name give if no ARN is known.
pub(super) fn of_parts(account: AccountId, kind: EntityKind, name: String, iam_path: &str) -> Entity {
    let path = if iam_path.is_empty() { String::new() } else { format!("{iam_path}/") };
    Entity {
        key: format!("{account}|{kind}/{path}{name}"),
        name,
        partition: None,
        created: None,
        creation_unreadable: false,
        arn: None,
        account: Some(account),
        kind: Some(kind),
    }
}

/// Names the entity of `answer`, as far as anything but the rows can tell.
pub(super) fn identify(answer: &Answer, clues: &Clues, notes: &mut Vec<String>, problems: &mut Vec<Problem>) -> Who {
    let facts = path::read(&answer.source, super::clues::said_by(answer), &clues.around, &clues.known);
    let template = clues.options.template.as_ref().and_then(|t| t.matches(&answer.source.logical_path()));
    let by_template = template.as_ref().is_some_and(|found| found.name.is_some());
    let template = template.unwrap_or_default();
    let listed = listed(answer, &facts, &template, clues, problems);

    let mut found: Vec<(IdentifiedBy, Arn)> = claimed(answer, problems).into_iter().collect();
    found.extend(listed.map(|listed| (IdentifiedBy::Manifest, listed.arn.clone())));
    found.extend(sidecar(answer, &facts, &template, clues).map(|arn| (IdentifiedBy::Sidecar, arn)));
    found.extend(template.arn.clone().map(|arn| (IdentifiedBy::Template, arn)));
    found.extend(facts.arn.clone().map(|arn| (IdentifiedBy::Path, arn)));
    warn_where_they_differ(&found, answer, problems);

    let fitting = facts.fitting.clone();
    let mut who = half_known(answer, facts, template, by_template, listed);
    match found.into_iter().next() {
        Some((by, arn)) => who.take(arn, by),
        None if fitting.is_empty() => complete(&mut who, clues, notes),
        None => notes.push(may_mean(&fitting)),
    }
    who
}

/// What path and template tell if they give no ARN.
fn half_known(
    answer: &Answer,
    facts: PathFacts,
    template: TemplateMatch,
    by_template: bool,
    listed: Option<&ManifestRow>,
) -> Who {
    let account = listed
        .and_then(|listed| listed.account.clone())
        .or_else(|| answer.account.as_deref().and_then(AccountId::parse))
        .or(template.account)
        .or(facts.account);
    let kind = template.kind.or(facts.kind);
    let name = template.name.or(facts.name);
    let by = match (&kind, &name) {
        (Some(_), Some(_)) if by_template => IdentifiedBy::Template,
        (Some(_), Some(_)) => IdentifiedBy::Path,
        _ => IdentifiedBy::Unknown,
    };
    let within = &answer.locator;
    let joint = if within.starts_with(|c: char| c.is_alphanumeric()) { ":" } else { "" };
    Who {
        arn: None,
        by,
        account,
        kind,
        bare: facts.bare.filter(|_| !by_template),
        iam_path: template.iam_path.unwrap_or(if by_template { String::new() } else { facts.iam_path }),
        label: format!("{}{joint}{within}", name.as_deref().unwrap_or(&facts.label)),
        file_label: facts.label,
        kinds_in_path: facts.kinds,
        is_refused: false,
        may_be: Vec::new(),
        name,
        place: format!("{}{joint}{within}", facts.place),
        page_group: if within.is_empty() { facts.page_group } else { format!("{}!", answer.source) },
        page: facts.page,
        date: template.date.or(facts.date),
        beside: said_beside(answer),
    }
}

/// What stands next to the answer, and also a claim that is meant to name its entity and is not an ARN.
fn said_beside(answer: &Answer) -> Vec<Mention> {
    let claim = answer.claim.iter().filter(|claim| Arn::parse(&claim.text).is_err());
    let claimed = claim.map(|claim| Mention::of_claim(&claim.text));
    answer.beside.iter().cloned().chain(claimed).collect()
}

/// Adds the ARN for account, kind and name, but only if exactly one such ARN is known: nothing else tells the IAM path.
fn complete(who: &mut Who, clues: &Clues, notes: &mut Vec<String>) {
    let (Some(account), Some(kind), Some(name)) = (&who.account, who.kind, &who.name) else { return };
    match clues.one_named(account, kind, name, &who.iam_path) {
        Ok(arn) => {
            let by = who.by;
            who.take(arn, by);
        }
        Err(several) if several.is_empty() => {}
        Err(several) => notes.push(may_mean(&several)),
    }
}

fn may_mean(several: &[Arn]) -> String {
    let names: Vec<&str> = several.iter().map(Arn::as_str).collect();
    format!("the path may mean {}", names.join(" or "))
}

fn claimed(answer: &Answer, problems: &mut Vec<Problem>) -> Option<(IdentifiedBy, Arn)> {
    let claim = answer.claim.as_ref()?;
    match Arn::parse(&claim.text) {
        Ok(arn) => {
            let by = match claim.kind {
                ClaimKind::Member => IdentifiedBy::Member,
                ClaimKind::Key => IdentifiedBy::Key,
            };
            Some((by, arn))
        }
        Err(error) => {
            let what = format!("names {} as its entity, which {error}; it is not taken", claim.text);
            problems.push(Problem::new(Kind::Note, &answer.source, what).at(&answer.locator));
            None
        }
    }
}

fn job_id(answer: &Answer, facts: &PathFacts, template: &TemplateMatch) -> Option<String> {
    let own = answer.job.id.as_ref().map(|id| id.to_ascii_lowercase());
    own.or_else(|| template.job_id.clone()).or_else(|| facts.job_id.clone())
}

/// What the manifest lists for the file or its job; nothing if the two disagree.
fn listed<'c>(
    answer: &Answer,
    facts: &PathFacts,
    template: &TemplateMatch,
    clues: &Clues<'c>,
    problems: &mut Vec<Problem>,
) -> Option<&'c ManifestRow> {
    let manifest = clues.options.manifest.as_ref()?;
    let by_path = clues.layout.listed.get(&answer.source).copied();
    let by_job = job_id(answer, facts, template).and_then(|id| manifest.job(&id));
    match (by_path, by_job) {
        (Some(path), Some(job)) if path.arn != job.arn => {
            let what =
                format!("the manifest says {} for the file and {} for its job; neither is taken", path.arn, job.arn);
            let problem = Problem::new(Kind::Contradiction, &answer.source, what).at(&answer.locator);
            problems.push(problem.advise("Correct the manifest."));
            None
        }
        (path, job) => path.or(job),
    }
}

fn sidecar(answer: &Answer, facts: &PathFacts, template: &TemplateMatch, clues: &Clues) -> Option<Arn> {
    let by_job = job_id(answer, facts, template).and_then(|id| clues.of_job(&id).cloned());
    by_job.or_else(|| clues.beside(&answer.source).cloned())
}

fn warn_where_they_differ(found: &[(IdentifiedBy, Arn)], answer: &Answer, problems: &mut Vec<Problem>) {
    let Some(((by, arn), others)) = found.split_first() else { return };
    if let Some((other_by, other)) = others.iter().find(|(_, other)| other != arn) {
        let what = format!("the {by} says {arn}, but the {other_by} says {other}; the {by} is believed");
        problems.push(Problem::new(Kind::Contradiction, &answer.source, what).at(&answer.locator));
    }
}

impl Who {
    /// The ARN, or otherwise a description.
    pub fn title(&self) -> String {
        self.arn.as_ref().map_or_else(|| self.described(), ToString::to_string)
    }

    /// What the path tells, in words.
    pub fn described(&self) -> String {
        let account = self.account.as_ref().map(|account| format!("account {account}"));
        let name = self.name.as_ref().zip(self.kind).map(|(name, kind)| format!("{kind} {name}"));
        let kind = self.kind.map(|kind| kind.to_string());
        let said: Vec<String> = name.or(kind).into_iter().chain(account).collect();
        said.join(" in ")
    }
}
