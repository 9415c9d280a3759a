//! The order in which answers are read changes nothing, and no answer is lost.

use proptest::prelude::*;

use super::build::*;
use crate::model::{ClaimKind, Dump, Evidence, JobStatus, Sidecar, Source, Stated};
use crate::resolve::Options;

/// A little of everything, so that every rule meets every other.
fn estate() -> Vec<Draft> {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    let mut drafts = vec![
        Draft::new("a/prod-api.json", rows_of(ROLE)),
        Draft::new("b/copy of prod-api.json", rows_of(ROLE)),
        Draft::new("b/prod-api-2024-02-14.json", rows_of(ROLE)).on("2024-02-14"),
        Draft::new("123456789012/roles/prod-api/access-advisor.json", vec![unused("s3")]).on("2024-03-01"),
        Draft::new("123456789012/roles/app/one.json", vec![]),
        Draft::new("123456789012/roles/app/two.json", vec![]),
        Draft::new("arn_aws_iam__123456789012_user_team_alice.json", vec![unused("s3")]),
        Draft::new("x.json", rows_of(ALICE)).claims(ALICE, ClaimKind::Key).at(ALICE),
        Draft::new("x.json", rows_of(ALICE)).claims(ROLE, ClaimKind::Key).at(ROLE),
        Draft::new(&format!("{JOB}.json"), vec![unused("sqs")]),
        Draft::without_list("stuck.json", Some(JobStatus::InProgress)),
        Draft::without_list("stuck-copy.json", Some(JobStatus::Failed)),
        Draft::bare_list("2024-05-14/list.json", vec![used("s3", BOB)]),
        Draft::bare_list("list.json", vec![used("s3", BOB), unused("sqs")]),
        Draft::new("AdminRole.json", broad(0, 445, admin)).cut(),
        Draft::new("role_billing.json", rows_of(BOB)),
    ];
    for (page, from) in [(1, 0), (2, 200), (3, 400)] {
        let draft = Draft::new(&format!("pages/AdminRole_p{page}.json"), broad(from, 200, admin));
        drafts.push(if page < 3 { draft.cut() } else { draft });
        let draft = Draft::new("all.jsonl", broad(from, 100, BOB)).at(&format!("#{page}"));
        drafts.push(if page < 3 { draft.cut() } else { draft });
    }
    drafts
}

fn sidecars() -> Vec<Sidecar> {
    let generate = |path: &str| Sidecar::Generate {
        source: Source::file(path),
        locator: String::new(),
        job_id: JOB.to_owned(),
        arn: None,
    };
    vec![
        generate("arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fbob"),
        generate("arn_aws_iam__123456789012_user_carol"),
        Sidecar::Entity {
            source: Source::file("a/prod-api.role.json"),
            arn: ROLE.to_owned(),
            stated: Stated::default(),
            alone: true,
        },
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_order_gives_the_same(drafts in Just(estate()).prop_shuffle(), beside in Just(sidecars()).prop_shuffle()) {
        let expected = told(&run_with(estate(), &sidecars(), &Options::default()));
        prop_assert_eq!(told(&run_with(drafts, &beside, &Options::default())), expected);
    }

    #[test]
    fn any_path_gives_a_dump(path in "([a-zé0-9_.%:/-]|20|24-05|arn|aws|iam|role|page|12345678901[0-9]){1,40}") {
        let run = run_with(vec![Draft::new(&path, rows_of(ROLE))], &[], &Options::default());
        prop_assert_eq!(&run.only().sources[0].0.path, &path);
    }

    #[test]
    fn every_answer_is_in_one_dump(drafts in proptest::sample::subsequence(estate(), 0..=estate().len())) {
        let mut places: Vec<_> = drafts.iter().map(|d| (d.answer.source.clone(), d.answer.locator.clone())).collect();
        let run = run_with(drafts, &sidecars(), &Options::default());
        // A job that was started for an entity and has no answer is a dump of its own.
        let started = |dump: &&Dump| dump.sources[0].0.path.starts_with("arn") && dump.evidence == Evidence::Pending;
        let answered = run.dumps.iter().filter(|dump| !started(dump));
        let mut kept: Vec<_> = answered.flat_map(|d| d.sources.iter().chain(&d.duplicates)).cloned().collect();
        places.sort();
        kept.sort();
        prop_assert_eq!(kept, places);
    }
}

/// Everything about a run, with names for symbols: the numbers of symbols depend on the order of reading.
fn told(run: &Run) -> String {
    let name = |symbol| run.symbols.text(symbol).unwrap_or_default();
    let dumps: Vec<_> = run
        .dumps
        .iter()
        .map(|dump| {
            let rows: Vec<_> =
                dump.rows.opened().services().iter().map(|s| (name(s.namespace), name(s.by), s.accessed)).collect();
            (crate::model::Dump { rows: crate::model::Rows::default().into(), ..dump.clone() }, rows)
        })
        .collect();
    format!("{dumps:#?}\n{:#?}", run.problems)
}
