//! The answers of other operations: what each is about, and what it proves.
//!
//! The input is every [`OtherAnswer`] of a run, in any order. The output is an [`OtherReport`] for each, with its
//! problems. They are separate from the dumps because none of them is about one entity: nothing in them may decide
//! which entity another file is about. Their pages are not joined: the rows of each page are true by themselves, and
//! nothing shows that no page between two is missing.

use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::also_used;
use super::encoded::percent_decoded;
use super::{Options, words};
use crate::catalogue::Catalogue;
use crate::model::{
    Accessed, AccountId, Evidence, IdentifiedBy, JobStatus, ListState, OtherAnswer, OtherOperation, OtherReport,
    OtherRows, Source,
};
use crate::problem::{Kind, Problem, counted};

/// Lengths of a page: the default of the two operations, and the most that a caller may ask for.
const PAGE_LENGTHS: [usize; 2] = [100, 1000];

/// Resolves each answer, in the order of their places. If several files hold the same answer, the first one counts.
pub fn settle(
    mut others: Vec<OtherAnswer>,
    catalogue: &Catalogue,
    options: &Options,
) -> Vec<(OtherReport, Vec<Problem>)> {
    others.sort_by(|a, b| (&a.source, &a.locator).cmp(&(&b.source, &b.locator)));
    let mut settled: Vec<(OtherReport, Vec<Problem>)> = Vec::new();
    let mut by_hash: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    for other_answer in others {
        let (subject, identified_by) = subject(&other_answer, catalogue, options);
        let (evidence, mut problems) = evidence(&other_answer);
        let same = FxBuildHasher.hash_one((&subject, &other_answer.claim, &other_answer.job, &other_answer.rows));
        let alike = by_hash.entry(same).or_default();
        let twin = alike.iter().map(|at| &settled[*at].0).find(|twin| {
            twin.subject == subject
                && twin.other_answer.claim == other_answer.claim
                && twin.other_answer.job == other_answer.job
                && twin.other_answer.rows == other_answer.rows
        });
        let duplicate_of = twin.map(|twin| twin.other_answer.source.to_string());
        // One of several equal answers is enough to recognize the next.
        if duplicate_of.is_none() {
            alike.push(settled.len());
        }
        if let Some(first) = &duplicate_of {
            let what = format!("is the same answer as {first}, and counts once");
            problems.push(Problem::new(Kind::Duplicate, &other_answer.source, what).at(&other_answer.locator));
        }
        let as_of = options.as_of.or(other_answer.job.completed).or(other_answer.job.created);
        settled.push((OtherReport { other_answer, subject, identified_by, evidence, as_of, duplicate_of }, problems));
    }
    settled
}

/// The organizations path or the service, by the best evidence.
fn subject(other_answer: &OtherAnswer, catalogue: &Catalogue, options: &Options) -> (Option<String>, IdentifiedBy) {
    let from_path = || match other_answer.rows.kind() {
        OtherOperation::Organizations => organizations_path(&other_answer.source),
        OtherOperation::Entities => service_in_path(&other_answer.source, catalogue),
    };
    let listed = || {
        let manifest = options.manifest.as_ref().filter(|_| other_answer.rows.kind() == OtherOperation::Entities)?;
        manifest.service(&other_answer.source, other_answer.job.id.as_deref()).map(str::to_owned)
    };
    let stated = other_answer.stated.as_deref().and_then(|stated| match other_answer.rows.kind() {
        OtherOperation::Organizations => Some(stated.to_owned()),
        OtherOperation::Entities => service_of(stated, catalogue),
    });
    let stated = stated.map(|subject| (subject, IdentifiedBy::Member));
    let keyed = || {
        let key = other_answer.locator.rsplit(['.', ' ']).next()?.split('[').next()?.to_lowercase();
        let is_service = other_answer.rows.kind() == OtherOperation::Entities && catalogue.service_name(&key).is_some();
        is_service.then_some(key)
    };
    let known = stated
        .or_else(|| keyed().map(|subject| (subject, IdentifiedBy::Key)))
        .or_else(|| listed().map(|subject| (subject, IdentifiedBy::Manifest)))
        .or_else(|| from_path().map(|subject| (subject, IdentifiedBy::Path)));
    known.map_or((None, IdentifiedBy::Unknown), |(subject, by)| (Some(subject), by))
}

/// Reports accesses to a service that nothing names: they veto nothing, and the permissions that they would veto look
/// unused.
#[must_use]
pub fn without_service(report: &OtherReport) -> Option<Problem> {
    let OtherReport { other_answer, subject, .. } = report;
    let OtherRows::Entities(rows) = &other_answer.rows else { return None };
    let accesses = rows.iter().filter(|row| row.accessed != Accessed::Never).count();
    let is_lost = subject.is_none() && accesses > 0 && report.counts();
    is_lost.then(|| {
        let shown = counted(accesses, "entity that used it", "entities that used it");
        let what = format!("does not say which service it is about, and shows {shown}; no row counts that");
        let advice = "Save it under the name of the service, `s3.json`, or under such a key.";
        Problem::new(Kind::BadValue, &other_answer.source, what).at(&other_answer.locator).advise(advice)
    })
}

/// The namespace that a saver stated: as it is, or as an event source (`s3.amazonaws.com`), or as the name of the service
/// for people (`Amazon S3`); `None` for what no namespace can be (`s3:*`). Any other text would veto nothing.
fn service_of(stated: &str, catalogue: &Catalogue) -> Option<String> {
    let text = stated.trim().to_lowercase();
    let by_display_name = || catalogue.namespaces().iter().find(|(_, name)| name.to_lowercase() == text);
    if let Some((namespace, _)) = by_display_name() {
        return Some(namespace.clone());
    }
    let namespace = also_used::namespace(&text);
    let is_namespace = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (namespace.starts_with(|c: char| c.is_ascii_lowercase()) && namespace.chars().all(is_namespace))
        .then_some(namespace)
}

/// Finds `o-…/r-…/ou-…/123456789012` in a path, in folders or in one name, percent-encoded or with `_` for `/`.
fn organizations_path(source: &Source) -> Option<String> {
    let path = percent_decoded(&source.logical_path());
    let parts: Vec<&str> = path.split(['/', '_', '.']).collect();
    let start = parts.iter().position(|part| is_id(part, "o-"))?;
    let below = parts[start + 1..]
        .iter()
        .take_while(|part| is_id(part, "r-") || is_id(part, "ou-") || AccountId::parse(part).is_some());
    let path: Vec<&str> = std::iter::once(&parts[start]).chain(below).copied().collect();
    (path.len() > 1).then(|| path.join("/"))
}

fn is_id(part: &str, prefix: &str) -> bool {
    let id = part.strip_prefix(prefix).unwrap_or_default();
    id.len() >= 4 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The service in the name of the file: `s3.json`, `prod-api.s3.json`, `s3-with-entities.json`, or
/// `s3/with-entities.json`. A name with several services names none.
fn service_in_path(source: &Source, catalogue: &Catalogue) -> Option<String> {
    let path = percent_decoded(&source.logical_path()).to_lowercase();
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", &path));
    let stem = words::without_extensions(file);
    let stem = [OtherOperation::Entities.operation(), "with-entities", "with_entities", "entities"]
        .iter()
        .fold(stem.to_owned(), |stem, operation| stem.replace(operation, ""));
    let stem = stem.trim_matches(['-', '_', '.', ' ']);
    let is_service = |name: &&str| catalogue.service_name(name).is_some();
    if stem.is_empty() {
        return folders.rsplit('/').next().filter(is_service).map(str::to_owned);
    }
    if is_service(&stem) {
        return Some(stem.to_owned());
    }
    let mut named: Vec<&str> = stem.split(['.', '_', ' ', '+', ',']).filter(is_service).collect();
    named.sort_unstable();
    named.dedup();
    if let [service] = named[..] { Some(service.to_owned()) } else { None }
}

/// Whether an entity in it made an access: that is one, whatever became of the job.
fn shows_accesses(other_answer: &OtherAnswer) -> bool {
    let OtherRows::Entities(entities) = &other_answer.rows else { return false };
    entities.iter().any(|entity| entity.accessed != Accessed::Never)
}

/// What an answer proves, and what the user can do if that is not everything.
fn evidence(other_answer: &OtherAnswer) -> (Evidence, Vec<Problem>) {
    let problem = |kind, what: String, advice: &str| {
        vec![Problem::new(kind, &other_answer.source, what).at(&other_answer.locator).advise(advice)]
    };
    let rows = other_answer.rows.len();
    let job = &other_answer.job;
    let again = "Fetch the answer again once JobStatus is COMPLETED.";
    let rest = "Repeat the call with --marker until IsTruncated is false, and save every page.";
    match (job.status, other_answer.list) {
        (Some(status @ (JobStatus::Failed | JobStatus::InProgress)), ListState::Present)
            if shows_accesses(other_answer) =>
        {
            let kind = if status == JobStatus::Failed { Kind::FailedJob } else { Kind::Pending };
            let what = "its job had not finished or had failed, and it lists accesses; only these are used".to_owned();
            (Evidence::UsedOnly, problem(kind, what, again))
        }
        (Some(JobStatus::Failed), _) => {
            let told = job.error.as_ref().map_or_else(String::new, |e| format!(": {}: {}", e.code, e.message));
            (Evidence::Failed, problem(Kind::FailedJob, format!("the job failed{told}"), "Start the job again."))
        }
        (Some(JobStatus::Completed), ListState::Missing | ListState::Null | ListState::NoAnswer) => {
            let what = "COMPLETED, but the list is missing".to_owned();
            (Evidence::Failed, problem(Kind::FailedJob, what, "Save what the client prints, unchanged."))
        }
        (Some(JobStatus::InProgress), _) | (None, ListState::Missing | ListState::Null | ListState::NoAnswer) => {
            let what = "the job had not finished when this was saved".to_owned();
            (Evidence::Pending, problem(Kind::Pending, what, again))
        }
        (Some(JobStatus::Completed) | None, ListState::Present) => {
            let accessible = other_answer.accessible.map_or(0, |n| n as usize);
            if job.is_truncated == Some(true) || job.has_marker {
                let rows = counted(rows, "row", "rows");
                let what = format!("IsTruncated is true after {rows}: it is one page, and not the last");
                (Evidence::Truncated, problem(Kind::Truncated, what, rest))
            } else if accessible > rows {
                let what = format!("lists {rows} of {accessible} accessible services: pages are missing");
                (Evidence::Truncated, problem(Kind::Truncated, what, rest))
            } else if job.is_truncated.is_none() && PAGE_LENGTHS.contains(&rows) {
                let what = format!("exactly {rows} rows, the length of a page, and no IsTruncated");
                (Evidence::Suspect, problem(Kind::Suspect, what, "Save the whole answer."))
            } else if rows == 0 && job.status.is_none() {
                let what = "an empty list without a status: some clients write it while the job runs".to_owned();
                (Evidence::Pending, problem(Kind::Pending, what, again))
            } else if rows == 0 {
                (Evidence::Empty, Vec::new())
            } else {
                (Evidence::Complete, Vec::new())
            }
        }
    }
}

/// Tells the reader of another report that this answer is not part of it.
#[must_use]
pub fn left_out(report: &OtherReport) -> Problem {
    let kind = report.other_answer.rows.kind();
    let what = format!("this is the answer of `aws iam {}`, which is not about one entity", kind.operation());
    let problem = Problem::new(Kind::OtherReport, &report.other_answer.source, what).at(&report.other_answer.locator);
    let counts = if kind == OtherOperation::Entities { ", and the accesses in it count in every report" } else { "" };
    problem.advise(format!("`dormant {}` reports on it{counts}.", kind.command()))
}

impl OtherReport {
    /// Whether it has rows of its own for a report.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.evidence.is_usable() && self.duplicate_of.is_none()
    }

    /// Whether its rows are those of `kind`.
    #[must_use]
    pub const fn is(&self, kind: OtherOperation) -> bool {
        matches!(
            (&self.other_answer.rows, kind),
            (OtherRows::Organizations(_), OtherOperation::Organizations)
                | (OtherRows::Entities(_), OtherOperation::Entities)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(path: &str) -> Option<String> {
        service_in_path(&Source::file(path), Catalogue::builtin())
    }

    #[test]
    fn a_file_name_names_one_service_or_none() {
        for path in ["s3.json", "a/S3.json.gz", "prod-api.s3.json", "s3-with-entities.json", "s3/with-entities.json"] {
            assert_eq!(service(path).as_deref(), Some("s3"), "{path}");
        }
        assert_eq!(service("policy_access-analyzer.json").as_deref(), Some("access-analyzer"));
        for path in ["with-entities.json", "s3.sqs.json", "prod-s3.json", "s3/prod-api.json", "nothing.json"] {
            assert_eq!(service(path), None, "{path}");
        }
    }

    #[test]
    fn an_organizations_path_is_read_from_folders_and_names() {
        let path = "o-a1b2c3d4e5/r-f6g7h8i9j0/ou-1a2b3c-k9l8m7n6o5/111122223333";
        let names = [format!("{path}.json"), format!("orgs/{path}/report.json"), path.replace('/', "_") + ".json"];
        let quoted = format!("{}.json", path.replace('/', "%2F"));
        for name in names.iter().chain([&quoted]) {
            assert_eq!(organizations_path(&Source::file(name.as_str())).as_deref(), Some(path), "{name}");
        }
        for name in ["o-a1b2c3d4e5.json", "org.json", "r-f6g7h8i9j0/o-a1b2c3d4e5.json"] {
            assert_eq!(organizations_path(&Source::file(name)), None, "{name}");
        }
    }
}
