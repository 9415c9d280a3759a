//! The rows of `check`: one for each answer in a source, and one for a source without an answer.

use std::collections::{BTreeMap, BTreeSet};

use super::files::Loaded;
use crate::analyse::SourceRow;
use crate::decode::{Decoded, Outcome};
use crate::model::policy::PolicyAnswer;
use crate::model::{Answer, Dump, Entity, EntityKind, Evidence, OtherOperation, OtherReport, Sidecar, Source};
use crate::problem::{Kind, Problem, Severity, counted};
use crate::util::sanitize::harmless;

/// A place in the inputs: source and locator, as shown.
type ShownPlace = (String, String);

/// How many rows each answer has by itself, noted before pages are joined.
#[derive(Debug, Default)]
pub struct Sizes(BTreeMap<ShownPlace, (usize, usize)>);

impl Sizes {
    /// Notes the sizes of the answers in `loaded`.
    pub fn of(loaded: &Loaded) -> Self {
        let answers = loaded.documents.iter().flat_map(|d| &d.answers);
        let size = |answer: &Answer| (answer.rows.service_count(), answer.rows.action_count());
        Self(answers.map(|a| (at(&a.source, &a.locator), size(a))).collect())
    }
}

fn at(source: &Source, locator: &str) -> ShownPlace {
    (source.to_string(), locator.to_owned())
}

/// One row for each answer, sidecar, and document or file that gave nothing. `agreements` are notes by the place of a dump.
pub fn rows(
    loaded: &Loaded,
    sizes: &Sizes,
    dumps: &[Dump],
    others: &[OtherReport],
    problems: &[Problem],
    agreements: &BTreeMap<usize, String>,
) -> Vec<SourceRow> {
    let told = Told::of(problems, &loaded.documents);
    let mut rows = dump_rows(dumps, agreements, sizes, &told);
    rows.extend(others.iter().map(|report| other_operation_row(report, &told)));
    let settled: BTreeSet<(&Source, &str)> =
        dumps.iter().flat_map(|dump| &dump.sources).map(|(source, locator)| (source, locator.as_str())).collect();
    for document in &loaded.documents {
        rows.extend(sidecar_row(document, &settled, &told));
        rows.extend(document.policies.iter().map(|answer| policy_row(answer, &told)));
        rows.extend(not_read_row(document, &told));
    }
    rows.extend(loaded.problems.iter().filter_map(problem_row));
    rows
}

/// One row for each page of a dump, and for each document that holds the same.
fn dump_rows(dumps: &[Dump], agreements: &BTreeMap<usize, String>, sizes: &Sizes, told: &Told) -> Vec<SourceRow> {
    let mut rows = Vec::new();
    for (place, dump) in dumps.iter().enumerate() {
        for (page, (source, locator)) in dump.sources.iter().enumerate() {
            let mut row = answer_row(dump, source, locator, sizes, told);
            if let Some(differs) = agreements.get(&place).filter(|_| page == 0) {
                row.note = joined([row.note, differs.clone()]);
            }
            if dump.sources.len() > 1 {
                row.note = joined([format!("page {} of {}", page + 1, dump.sources.len()), row.note]);
            }
            rows.push(row);
        }
        for (source, locator) in &dump.duplicates {
            rows.push(answer_row(dump, source, locator, sizes, told));
        }
    }
    rows
}

/// The row of a document that says something about the dumps of others.
fn sidecar_row(document: &Decoded, settled: &BTreeSet<(&Source, &str)>, told: &Told) -> Option<SourceRow> {
    // A job without an answer, and a short document in the place of an answer, are dumps and have rows of their
    // own.
    let says_more = |sidecar: &&Sidecar| match sidecar {
        Sidecar::Entity { .. } => true,
        Sidecar::Generate { source, locator, .. } => !settled.contains(&(source, locator.as_str())),
        Sidecar::NoAnswer { .. } => false,
    };
    let sidecars = document.sidecars.iter().filter(says_more).count();
    (sidecars > 0 && document.policies.is_empty()).then(|| {
        let note = format!("names the entities of other files, or says when they were created ({sidecars})");
        let note = joined([note].into_iter().chain(told.of_answer(&document.source, "")));
        bare_row(&document.source, Some("sidecar"), Outcome::Read, note)
    })
}

/// The row of a document that was not read, or of which a part was not.
fn not_read_row(document: &Decoded, told: &Told) -> Option<SourceRow> {
    if document.outcome != Outcome::Read {
        let note = joined(told.of_document(&document.source));
        return Some(bare_row(&document.source, None, document.outcome, note));
    }
    let mut lost = document.problems.iter().filter(|problem| problem.severity() == Severity::NotRead).peekable();
    lost.peek()?;
    Some(bare_row(&document.source, None, Outcome::Failed, joined(lost.map(in_words))))
}

/// Gives an unread document a row for each entity that it names, for an explanation of one of them.
pub fn name_unread(rows: &mut Vec<SourceRow>, named: &[(&Source, Entity)]) {
    let mut by_place: BTreeMap<(String, Option<String>), BTreeMap<&str, &Entity>> = BTreeMap::new();
    for (source, entity) in named {
        by_place.entry((source.path.clone(), member(source, ""))).or_default().insert(&entity.key, entity);
    }
    let with = |row: &SourceRow, entity: &Entity| SourceRow {
        entity_arn: entity.arn.as_ref().map(|arn| arn.as_str().to_owned()),
        entity_name: Some(entity.name.clone()),
        ..row.clone()
    };
    let mut of_entities = Vec::new();
    for row in rows.iter().filter(|row| row.outcome == Outcome::Failed.as_str()) {
        let entities = by_place.get(&(row.source.clone(), row.member.clone()));
        of_entities.extend(entities.into_iter().flat_map(BTreeMap::values).map(|entity| with(row, entity)));
    }
    rows.extend(of_entities);
}

/// The row of a path that was not even a document, such as a folder of the program's own.
fn problem_row(problem: &Problem) -> Option<SourceRow> {
    let outcome = match (problem.kind, problem.severity()) {
        (Kind::OwnFolder, _) | (_, Severity::Skipped) => Outcome::Skipped,
        (_, Severity::NotRead) => Outcome::Failed,
        _ => return None,
    };
    let outcome = outcome.as_str().to_owned();
    Some(SourceRow { source: problem.source.clone(), outcome, note: in_words(problem), ..SourceRow::default() })
}

/// The problems by source and place: a document may hold a hundred thousand answers, each with its own.
struct Told<'p> {
    by_place: BTreeMap<(&'p str, &'p str), Vec<&'p Problem>>,
    /// The places that have had several contents: a store keeps each of them, and a problem does not tell which one it
    /// is about.
    with_versions: BTreeSet<&'p Source>,
}

impl<'p> Told<'p> {
    fn of(problems: &'p [Problem], documents: &'p [Decoded]) -> Self {
        let mut by_place: BTreeMap<_, Vec<&Problem>> = BTreeMap::new();
        for problem in problems {
            by_place.entry((problem.source.as_str(), problem.place.as_str())).or_default().push(problem);
        }
        let mut seen = BTreeSet::new();
        let sources = documents.iter().map(|document| &document.source);
        let with_versions = sources.filter(|source| !seen.insert(*source)).collect();
        Self { by_place, with_versions }
    }

    /// The problems of a dump's answer. Nothing is missing in one that is complete: what says so there is about another
    /// content of the same place.
    fn of_dump(&self, dump: &Dump, source: &Source, locator: &str) -> Vec<String> {
        let is_of_other = |problem: &Problem| {
            let is_lack = matches!(problem.severity(), Severity::NotRead | Severity::Incomplete);
            is_lack && dump.evidence == Evidence::Complete && self.with_versions.contains(source)
        };
        self.at(source, locator).filter(|problem| !is_of_other(problem)).map(in_words).collect()
    }

    /// The problems of one answer: those of its place, after those of the whole document.
    fn of_answer(&self, source: &Source, locator: &str) -> Vec<String> {
        self.at(source, locator).map(in_words).collect()
    }

    fn at(&self, source: &Source, locator: &str) -> impl Iterator<Item = &'p Problem> {
        let (source, locator) = (source.to_string(), &*harmless(locator));
        let places = [Some(""), Some(locator).filter(|locator| !locator.is_empty())];
        let problems = places.into_iter().flatten().filter_map(|place| self.by_place.get(&(source.as_str(), place)));
        let problems: Vec<&Problem> = problems.flatten().copied().collect();
        problems.into_iter()
    }

    /// The problems of a whole document, at any place.
    fn of_document(&self, source: &Source) -> Vec<String> {
        let source = source.to_string();
        let from = self.by_place.range((source.as_str(), "")..);
        let problems = from.take_while(|((of, _), _)| *of == source).flat_map(|(_, problems)| problems);
        problems.map(|problem| in_words(problem)).collect()
    }
}

fn answer_row(dump: &Dump, source: &Source, locator: &str, sizes: &Sizes, told: &Told) -> SourceRow {
    let (services, actions) = if dump.sources.len() == 1 && told.with_versions.contains(source) {
        (dump.rows.service_count(), dump.rows.action_count())
    } else {
        sizes.0.get(&at(source, locator)).copied().unwrap_or_default()
    };
    let has_rows = dump.evidence.is_usable();
    SourceRow {
        source: source.path.clone(),
        member: member(source, locator),
        shape: Some(dump.shape.as_str().to_owned()),
        entity_arn: dump.entity.arn.as_ref().map(|arn| arn.as_str().to_owned()),
        identified_by: Some(dump.identified_by.as_str().to_owned()),
        job_type: dump.job_type.map(|t| t.as_str().to_owned()),
        job_status: dump.job_status.map(|s| s.as_str().to_owned()),
        evidence: Some(dump.evidence.as_str().to_owned()),
        // The date of the document, also with `--as-of`: the row is about the document alone.
        as_of: dump.made_at,
        services: has_rows.then_some(services as i64),
        tracked_actions: has_rows.then_some(actions as i64),
        note: joined(dump.notes.iter().cloned().chain(told.of_dump(dump, source, locator))),
        entity_name: Some(dump.entity.name.clone()),
        outcome: Outcome::Read.as_str().to_owned(),
    }
}

fn other_operation_row(report: &OtherReport, told: &Told) -> SourceRow {
    let other_answer = &report.other_answer;
    let listed = report.evidence.is_usable().then_some(other_answer.rows.len());
    let (services, entities) = match other_answer.rows.kind() {
        OtherOperation::Organizations => (listed, None),
        OtherOperation::Entities => (None, listed.map(|n| counted(n, "entity", "entities"))),
    };
    SourceRow {
        shape: Some(other_answer.rows.kind().as_str().to_owned()),
        member: member(&other_answer.source, &other_answer.locator),
        identified_by: Some(report.identified_by.as_str().to_owned()),
        job_status: other_answer.job.status.map(|status| status.as_str().to_owned()),
        evidence: Some(report.evidence.as_str().to_owned()),
        as_of: other_answer.job.completed.or(other_answer.job.created),
        services: services.map(|n| n as i64),
        entity_name: report.subject.clone(),
        ..bare_row(
            &other_answer.source,
            None,
            Outcome::Read,
            joined(entities.into_iter().chain(told.of_answer(&other_answer.source, &other_answer.locator))),
        )
    }
}

/// The row of an answer about policies: its operation is its shape.
fn policy_row(answer: &PolicyAnswer, told: &Told) -> SourceRow {
    let held = [
        (EntityKind::User, "user", "users"),
        (EntityKind::Group, "group", "groups"),
        (EntityKind::Role, "role", "roles"),
    ];
    let of_kind = |kind| answer.entities.iter().filter(|entity| entity.arn.kind() == kind).count();
    let counts = held.map(|(kind, one, many)| (of_kind(kind), one, many)).into_iter();
    let counts = counts.chain([(answer.policies.len(), "policy", "policies")]).filter(|(count, ..)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, one, many)| counted(count, one, many)).collect();
    let holds = if counts.is_empty() { counted(answer.rows, "row", "rows") } else { counts.join(", ") };
    let rest = if answer.is_truncated { "another page follows" } else { "" };
    let notes = [holds, rest.to_owned()].into_iter().chain(told.of_answer(&answer.source, &answer.locator));
    SourceRow {
        member: member(&answer.source, &answer.locator),
        as_of: answer.made_at,
        ..bare_row(&answer.source, Some(answer.operation.as_str()), Outcome::Read, joined(notes))
    }
}

fn bare_row(source: &Source, shape: Option<&str>, outcome: Outcome, note: String) -> SourceRow {
    SourceRow {
        source: source.path.clone(),
        member: member(source, ""),
        shape: shape.map(str::to_owned),
        note,
        outcome: outcome.as_str().to_owned(),
        ..SourceRow::default()
    }
}

fn member(source: &Source, locator: &str) -> Option<String> {
    let parts = source.inside.iter().map(String::as_str).chain([locator]).filter(|part| !part.is_empty());
    let text = parts.collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| harmless(&text).into_owned())
}

fn in_words(problem: &Problem) -> String {
    let place = if problem.place.is_empty() { String::new() } else { format!(" ({})", problem.place) };
    let advice = if problem.advice.is_empty() { String::new() } else { format!(". {}", problem.advice) };
    format!("{}{place}: {}{advice}", problem.kind.code(), problem.what)
}

fn joined(notes: impl IntoIterator<Item = String>) -> String {
    let mut notes: Vec<_> = notes.into_iter().filter(|note| !note.is_empty()).collect();
    notes.dedup();
    harmless(&notes.join("; ")).into_owned()
}
