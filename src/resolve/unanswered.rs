//! Dumps that should be there: for jobs that were started and never fetched, and for short files without an answer in
//! the place of a dump.
//!
//! The input is the named answers of a run, and its sidecars. The output is an answer without a list for each, so that
//! its entity is known and unseen (rule 39 of `docs/reports.md`), and a problem for each short document that only
//! looked like one and belongs to another program.

use std::collections::{BTreeMap, BTreeSet};

use super::cleaned::{name_without_date_and_page, without_dates};
use super::clues::Clues;
use super::known::Known;
use super::path::{self, OtherPaths, PathFacts, Said};
use super::piece::Piece;
use super::words;
use crate::model::{
    AccountId, Answer, Arn, Claim, ClaimKind, Job, JobError, ListState, PackedRows, Shape, Sidecar, Source, Stated,
};
use crate::problem::{Kind, Problem};

/// What is missing.
pub(super) struct Missing {
    /// Answers without a list, each with the entity of the other files of its place.
    pub answers: Vec<(Answer, Option<Arn>)>,
    /// What the paths of the run tell if these answers are among its documents; `None` where no short document is.
    pub around: Option<OtherPaths>,
}

/// The answers that are missing among `pieces`.
pub(super) fn among(pieces: &[Piece], sidecars: &[Sidecar], clues: &Clues, problems: &mut Vec<Problem>) -> Missing {
    let (short, around) = short_documents(pieces, sidecars, clues, problems);
    let jobs = jobs(pieces, sidecars, clues).into_iter().map(|answer| (answer, None));
    Missing { answers: jobs.chain(short).collect(), around }
}

/// Jobs of entities that have no answer.
fn jobs(pieces: &[Piece], sidecars: &[Sidecar], clues: &Clues) -> Vec<Answer> {
    let answered: BTreeSet<&Arn> = pieces.iter().filter_map(|piece| piece.who.arn.as_ref()).collect();
    let unanswered = |sidecar: &Sidecar| {
        let Sidecar::Generate { source, locator, job_id, arn } = sidecar else { return None };
        let about = clues.asked_about(source, arn.as_deref())?;
        if answered.contains(&about) {
            return None;
        }
        let kind = if *locator == about.as_str() { ClaimKind::Key } else { ClaimKind::Member };
        let claim = arn.clone().map(|text| Claim { text, kind });
        let job = Job { id: Some(job_id.clone()), ..Job::default() };
        Some(Answer { claim, job, locator: locator.clone(), ..empty(source) })
    };
    sidecars.iter().filter_map(unanswered).collect()
}

/// Short documents with names like those of the dumps of the run.
fn short_documents(
    pieces: &[Piece],
    sidecars: &[Sidecar],
    clues: &Clues,
    problems: &mut Vec<Problem>,
) -> (Vec<(Answer, Option<Arn>)>, Option<OtherPaths>) {
    let short: Vec<(&Source, &String, bool)> = sidecars
        .iter()
        .filter_map(|sidecar| match sidecar {
            Sidecar::NoAnswer { source, said, named } => Some((source, said, *named)),
            Sidecar::Generate { .. } | Sidecar::Entity { .. } => None,
        })
        .collect();
    if short.is_empty() {
        return (Vec::new(), None);
    }
    let of_pieces = || pieces.iter().flat_map(|piece| piece.sources.iter().map(move |(source, _)| (piece, source)));
    let said_of = |piece: &Piece| Said { job: piece.job.date(), ..Said::default() };
    let all = of_pieces().map(|(piece, source)| (source, said_of(piece)));
    let without = short.iter().map(|(source, ..)| (*source, Said::default()));
    let around = OtherPaths::survey(all.chain(without), &clues.known);
    let mut forms = BTreeSet::new();
    // One place at two dates is one entity; `None` if its files are about several.
    let mut by_place: BTreeMap<String, Option<Arn>> = BTreeMap::new();
    for (piece, source) in of_pieces() {
        let facts = path::read(source, said_of(piece), &around, &clues.known);
        if names(&facts, piece) {
            forms.extend(form(source, &facts, &clues.known));
            let arn = by_place.entry(facts.place).or_insert_with(|| piece.who.arn.clone());
            *arn = arn.take().filter(|arn| piece.who.arn.as_ref() == Some(arn));
        }
    }
    let mut answers = Vec::new();
    for (source, said, named) in short {
        let facts = path::read(source, Said::default(), &around, &clues.known);
        if form(source, &facts, &clues.known).is_some_and(|form| forms.contains(&form)) {
            let message = format!("the file has a name like the dumps next to it, but holds no answer, only {said}");
            let job = Job { error: Some(JobError { code: String::new(), message }), ..Job::default() };
            let about = by_place.get(&facts.place).cloned().flatten();
            answers.push((Answer { job, list: ListState::NoAnswer, ..empty(source) }, about));
        } else {
            let kind = if named { Kind::NotADump } else { Kind::Foreign };
            problems.push(Problem::new(kind, source, "no last-accessed data in it"));
        }
    }
    (answers, Some(around))
}

fn empty(source: &Source) -> Answer {
    Answer {
        source: source.clone(),
        locator: String::new(),
        shape: Shape::Answer,
        claim: None,
        account: None,
        beside: Vec::new(),
        stated: Stated::default(),
        job: Job::default(),
        list: ListState::Missing,
        rows: PackedRows::default(),
    }
}

/// Whether a path names the entity of the answer in the file.
fn names(facts: &PathFacts, piece: &Piece) -> bool {
    let who = &piece.who;
    let fits = |said: bool, is_same: bool| !said || is_same;
    if let Some(arn) = &facts.arn {
        return who.arn.as_ref() == Some(arn);
    }
    let name = who.arn.as_ref().map(Arn::name).or(who.name.as_deref()).unwrap_or(&who.file_label);
    facts.name.as_deref().unwrap_or(&facts.label) == name
        && fits(facts.kind.is_some(), facts.kind == who.kind)
        && fits(facts.account.is_some(), facts.account == who.account)
}

/// Names of files that belong to projects and programs.
const OTHERS: &[&str] =
    &["config", "index", "manifest", "meta", "metadata", "package", "settings", "state", "summary", "tsconfig"];

/// The form in which a path names its entity: account, kind and name, or the ARN, are replaced, and dates and IAM paths
/// left out. `None` if it names none.
fn form(source: &Source, facts: &PathFacts, known: &Known) -> Option<String> {
    let (folder, file) = path::folder_and_file(source);
    let raw_stem = words::without_extensions(&file);
    let ending = file[raw_stem.len()..].to_ascii_lowercase();
    let stem = name_without_date_and_page(raw_stem, known);
    let name = facts.name.as_deref().unwrap_or(&facts.label);
    let is_told = facts.arn.is_some() || facts.kind.is_some();
    if name.is_empty() || path::says_nothing(name) || !is_told && OTHERS.contains(&&*name.to_ascii_lowercase()) {
        return None;
    }
    let folders: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let (folders, _) = without_dates(&folders, |_| true);
    let in_iam_path = |part: &&String| facts.iam_path.split('/').any(|folder| folder == part.as_str());
    let mut parts: Vec<String> = folders
        .iter()
        .filter(|part| !in_iam_path(part))
        .map(|part| match () {
            () if AccountId::parse(words::without_key(part)).is_some() => "#".to_owned(),
            () if words::kind_of_folder(words::without_key(part)).is_some() => "kind".to_owned(),
            () if words::without_key(part) == name => "*".to_owned(),
            () => part.clone(),
        })
        .collect();
    parts.push(match () {
        () if facts.arn.is_some() => "arn".to_owned(),
        () if facts.bare.is_some() => "kind*".to_owned(),
        () => {
            let stem = stem.replacen(name, "*", 1);
            facts.account.as_ref().map_or(stem.clone(), |account| stem.replacen(account.as_str(), "#", 1))
        }
    });
    Some(format!("{}{ending}", parts.join("/")))
}
