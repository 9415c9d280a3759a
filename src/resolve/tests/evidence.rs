//! What a dump proves, and the date from which its ages are counted.

use super::build::*;
use crate::model::{Accessed, AsOfSource, ClaimKind, Evidence, Job, JobError, JobStatus, JobType, ListState};
use crate::problem::Kind;
use crate::resolve::Options;

fn evidence(draft: Draft) -> (Evidence, Vec<Kind>) {
    let run = run(vec![draft.claims(ROLE, ClaimKind::Member)]);
    (run.only().evidence, run.kinds())
}

#[test]
fn finished_failed_pending_and_empty() {
    assert_eq!(evidence(Draft::new("a", rows_of(ROLE))), (Evidence::Complete, vec![]));
    assert_eq!(evidence(Draft::new("a", vec![])), (Evidence::Empty, vec![]));
    assert_eq!(
        evidence(Draft::without_list("a", Some(JobStatus::InProgress))),
        (Evidence::Pending, vec![Kind::Pending])
    );
    assert_eq!(evidence(Draft::without_list("a", None)), (Evidence::Pending, vec![Kind::Pending]));
    assert_eq!(
        evidence(Draft::without_list("a", Some(JobStatus::Completed))),
        (Evidence::Failed, vec![Kind::FailedJob])
    );
    let in_progress = Draft::new("a", vec![]).job(|job| job.status = Some(JobStatus::InProgress));
    assert_eq!(evidence(in_progress), (Evidence::Pending, vec![Kind::Pending]));
    let mut null = Draft::bare_list("a", vec![]);
    null.answer.list = ListState::Null;
    assert_eq!(evidence(null), (Evidence::Pending, vec![Kind::Pending]));
    let (found, kinds) = evidence(Draft::bare_list("a", vec![]));
    assert!(found == Evidence::Pending && kinds.contains(&Kind::Pending));
}

/// `{arn: list | null}`: a saver that writes `null` for an unfinished job means `[]` literally.
#[test]
fn an_empty_list_beside_a_null_is_an_answer() {
    let mut pending = Draft::bare_list("a", vec![]).at("one");
    pending.answer.list = ListState::Null;
    let run = run(vec![pending, Draft::bare_list("a", vec![]).at("two")]);
    let found: Vec<_> = run.dumps.iter().map(|dump| dump.evidence).collect();
    assert_eq!(found, [Evidence::Pending, Evidence::Empty]);
}

#[test]
fn a_failed_job_says_why() {
    let error = JobError { code: "InternalFailure".into(), message: "try again".into() };
    let draft = Draft::without_list("a", Some(JobStatus::Failed)).job(|job| job.error = Some(error.clone()));
    let run = run(vec![draft.claims(ROLE, ClaimKind::Member)]);
    assert_eq!((run.only().evidence, run.only().error.as_ref()), (Evidence::Failed, Some(&error)));
    assert!(run.problem(Kind::FailedJob).what.contains("InternalFailure: try again"));
}

#[test]
fn a_cut_list_says_so() {
    let cut = Draft::new("a", rows_of(ROLE)).cut();
    assert_eq!(evidence(cut), (Evidence::Truncated, vec![Kind::Truncated]));
    let marker = Draft::new("a", rows_of(ROLE)).job(|job| (job.is_truncated, job.has_marker) = (None, true));
    assert_eq!(evidence(marker).0, Evidence::Truncated);
}

#[test]
fn page_long_lists_without_a_flag_are_suspect() {
    for (rows, expected) in [(100, Evidence::Suspect), (200, Evidence::Suspect), (201, Evidence::Complete)] {
        let draft = |flag| Draft::new("a", broad(0, rows, ROLE)).job(|job| job.is_truncated = flag);
        assert_eq!(evidence(draft(None)).0, expected, "{rows}");
        assert_eq!(evidence(draft(Some(false))).0, Evidence::Complete, "{rows}");
    }
    let thousand: Vec<Row> = (0..1000).map(|n| unused(&format!("s{n:04}"))).collect();
    assert_eq!(evidence(Draft::new("a", thousand.clone()).job(|job| job.is_truncated = None)).0, Evidence::Suspect);
    assert_eq!(evidence(Draft::new("a", thousand).cut()).0, Evidence::Truncated);
    assert_eq!(evidence(Draft::new("a", broad(0, 445, ROLE)).cut()).0, Evidence::Suspect);
}

#[test]
fn only_used_rows() {
    let rows = vec![used("ec2", ROLE), used("s3", ROLE)];
    let bare = run(vec![Draft::bare_list("a", rows.clone())]);
    assert_eq!(bare.only().evidence, Evidence::UsedOnly);
    assert!(bare.kinds().contains(&Kind::UsedOnly));
    assert_eq!(run(vec![Draft::bare_list("a", rows_of(ROLE))]).only().evidence, Evidence::Complete);
    assert_eq!(evidence(Draft::new("a", rows)), (Evidence::Complete, vec![]));
    let silent = |name| Draft::bare_list(name, vec![unused("ec2"), unused("s3")]);
    assert_eq!(run(vec![silent("a")]).only().evidence, Evidence::Suspect);
    let beside_both = run(vec![silent("a"), Draft::bare_list("b", rows_of(ROLE))]);
    assert!(beside_both.dumps.iter().all(|dump| dump.evidence == Evidence::Complete), "{:?}", beside_both.kinds());
    let twenty: Vec<Row> = broad(0, 20, ROLE).iter().map(|row| used(&row.namespace, ROLE)).collect();
    assert_eq!(evidence(Draft::new("a", twenty)), (Evidence::Complete, vec![Kind::Note]));
}

#[test]
fn a_counted_entity_without_a_date_was_used() {
    let mut row = unused("s3");
    row.total = 1;
    assert_eq!(run(vec![Draft::bare_list("a", vec![row])]).only().evidence, Evidence::UsedOnly);
}

#[test]
fn as_of_in_order_of_trust() {
    let as_of = |draft: Draft, options: &Options| {
        let run = run_with(vec![draft], &[], options);
        (run.only().as_of.map(|at| at.to_string()), run.only().as_of_source, run.kinds())
    };
    let draft = || Draft::new("2024-05-15/prod-api.json", rows_of(ROLE));
    let none = Options::default();
    let fixed = Options { as_of: Some(midnight(2024, 6, 1)), ..Options::default() };
    assert_eq!(as_of(draft(), &fixed), (Some("2024-06-01T00:00:00Z".into()), AsOfSource::Override, vec![]));
    assert_eq!(as_of(draft(), &none), (Some("2024-05-14T10:20:31.456Z".into()), AsOfSource::Completed, vec![]));
    let created = draft().job(|job| job.completed = None);
    assert_eq!(as_of(created, &none), (Some("2024-05-14T10:20:30.123Z".into()), AsOfSource::Created, vec![]));
    let path = draft().job(|job| *job = Job::default());
    assert_eq!(as_of(path, &none), (Some("2024-05-15T00:00:00Z".into()), AsOfSource::Path, vec![Kind::Note]));
    let nothing = Draft::bare_list("prod-api.json", rows_of(ROLE));
    assert_eq!(as_of(nothing, &none), (None, AsOfSource::None, vec![Kind::NoDate]));
}

#[test]
fn accesses_after_the_dump_are_counted() {
    let late = Accessed::At(instant("2024-06-01T00:00:00Z"));
    let mut rows = rows_of(ROLE);
    rows[0].at = late;
    rows[2].actions = vec![("GetBucketAcl", late), ("ListBucket", Accessed::Never)];
    let run = run(vec![Draft::new("prod-api.json", rows)]);
    assert_eq!(run.kinds(), [Kind::FutureAccess]);
    let what = &run.problems[0].what;
    assert!(what.starts_with("2 accesses") && what.contains("cloudwatch at 2024-06-01T00:00:00Z"), "{what}");
}

#[test]
fn an_access_on_the_day_of_the_path_is_not_late() {
    let mut rows = rows_of(ROLE);
    rows[0].at = Accessed::At(instant("2024-05-15T09:00:00Z"));
    let run = run(vec![Draft::bare_list("2024-05-15/prod-api.json", rows)]);
    assert_eq!(run.kinds(), [Kind::Note]);
}

#[test]
fn job_type_and_status_where_nothing_states_them() {
    let mut rows = rows_of(ROLE);
    rows[0].actions = vec![("PutMetricData", Accessed::Never)];
    let with_actions = run(vec![Draft::bare_list("prod-api.json", rows)]);
    assert_eq!(with_actions.only().job_type, Some(JobType::ActionLevel));
    assert_eq!(with_actions.only().job_status, Some(JobStatus::Completed));
    let without = run(vec![Draft::bare_list("prod-api.json", rows_of(ROLE))]);
    assert_eq!(without.only().job_type, Some(JobType::ServiceLevel));
    let pending = run(vec![Draft::without_list("prod-api.json", None).job(|job| job.job_type = None)]);
    assert_eq!((pending.only().job_type, pending.only().job_status), (None, None));
}
