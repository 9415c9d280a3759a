//! Pages, parts and copies.

use super::build::*;
use crate::model::{ClaimKind, Evidence, Job, Shape};
use crate::problem::Kind;

/// Three pages of an administrator; nothing on the last one was used.
fn pages(name: impl Fn(usize) -> String) -> Vec<Draft> {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    let mut last = broad(400, all_services() - 400, admin);
    for row in &mut last {
        *row = unused(&row.namespace);
    }
    vec![
        Draft::new(&name(1), broad(0, 200, admin)).cut(),
        Draft::new(&name(2), broad(200, 200, admin)).cut(),
        Draft::new(&name(3), last),
    ]
}

fn whole(path: &str) -> Draft {
    let rows = pages(|_| String::new()).into_iter().flat_map(|page| page.rows.expect("rows")).collect();
    Draft::new(path, rows)
}

#[test]
fn pages_side_by_side_are_joined_before_anyone_is_named() {
    for name in ["AdminRole.page", "AdminRole-page-", "AdminRole_p", "AdminRole.part"] {
        let run = run(pages(|n| format!("pages/{name}{n}.json")));
        let dump = run.only();
        assert_eq!(
            (dump.evidence, dump.pages, arn(dump)),
            (Evidence::Complete, 3, "arn:aws:iam::123456789012:role/AdminRole")
        );
        assert_eq!(dump.rows.opened().services().len(), all_services());
        assert_eq!(run.problems, [], "{name}");
    }
}

#[test]
fn pages_in_one_document_are_joined() {
    let run = run(pages(|_| "all.jsonl".to_owned())
        .into_iter()
        .enumerate()
        .map(|(n, page)| page.at(&format!("#{}", n + 1)))
        .collect());
    assert_eq!((run.only().evidence, run.only().pages), (Evidence::Complete, 3));
}

#[test]
fn pages_under_unlike_names_are_joined_by_entity() {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    let names = ["x.json", "y.json", "z.json"];
    let run =
        run(pages(|n| names[n - 1].to_owned()).into_iter().map(|page| page.claims(admin, ClaimKind::Member)).collect());
    assert_eq!((run.only().evidence, run.only().pages), (Evidence::Complete, 3));
}

#[test]
fn pages_without_dates_are_joined_by_number() {
    let bare = |page: Draft| {
        let mut page = page.job(|job| *job = Job::default());
        page.answer.shape = Shape::BareList;
        page
    };
    let run = run(pages(|n| format!("AdminRole.page{n}.json")).into_iter().map(bare).collect());
    assert_eq!((run.only().evidence, run.only().pages), (Evidence::Complete, 3));
}

#[test]
fn a_page_that_is_not_there_leaves_a_gap() {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    for missing in 0..3 {
        // With and without numbers in the names.
        for name in ["AdminRole.page", "AdminRole-"] {
            let mut pages = pages(|n| format!("{name}{n}.json"));
            pages.remove(missing);
            let pages = pages.into_iter().map(|page| page.claims(admin, ClaimKind::Member)).collect();
            let run = run(pages);
            assert_eq!(run.only().evidence, Evidence::Truncated, "page {} of {name}", missing + 1);
            assert!(run.problem(Kind::Truncated).advice.contains("--marker"));
        }
    }
}

#[test]
fn the_last_page_alone_is_known_by_its_density() {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    let from = all_services() - 45;
    let run_of = |rows| run(vec![Draft::new("AdminRole.json", rows)]);
    assert_eq!(run_of(broad(from, 45, admin)).only().evidence, Evidence::Truncated);
    let sparse: Vec<Row> = broad(from, 45, admin).into_iter().step_by(2).collect();
    assert!(sparse.len() >= 20);
    assert_eq!(run_of(sparse).only().evidence, Evidence::Complete);
}

#[test]
fn a_narrow_role_has_gaps_that_mean_nothing() {
    let rows = |names: &[&str]| names.iter().map(|name| used(name, ROLE)).collect::<Vec<_>>();
    let run = run(vec![
        Draft::new("r.page1.json", rows(&["a4b", "ec2", "iam"])).cut(),
        Draft::new("r.page2.json", rows(&["s3", "sqs", "xray"])),
    ]);
    assert_eq!((run.only().evidence, run.only().pages), (Evidence::Complete, 2));
}

#[test]
fn pages_that_overlap_are_suspect() {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    let run = run(vec![
        Draft::new("A.page1.json", broad(0, 200, admin)).cut(),
        Draft::new("A.page2.json", broad(190, all_services() - 190, admin)),
    ]);
    assert_eq!((run.only().evidence, run.only().rows.opened().services().len()), (Evidence::Suspect, all_services()));
}

#[test]
fn a_part_beside_the_merged_list_is_folded_into_it() {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    let named = |draft: Draft| draft.claims(admin, ClaimKind::Member);
    let mut files = pages(|n| format!("p{n}.json"));
    files.truncate(1);
    files.push(whole("merged.json"));
    let run = run(files.into_iter().map(named).collect());
    let dump = run.only();
    assert_eq!((dump.evidence, dump.pages, dump.duplicates.len()), (Evidence::Complete, 1, 1));
    assert!(dump.notes.iter().any(|note| note.contains("p1.json")));
}

#[test]
fn all_pages_show_that_a_stale_flag_is_stale() {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    let alone = run(vec![whole("merged.json").cut()]);
    assert_eq!(alone.only().evidence, Evidence::Suspect);
    let mut files = pages(|n| format!("p{n}.json"));
    files.push(whole("merged.json").cut());
    let run = run(files.into_iter().map(|draft| draft.claims(admin, ClaimKind::Member)).collect());
    assert_eq!((run.only().evidence, run.only().duplicates.len()), (Evidence::Complete, 3));
}

#[test]
fn the_same_answer_counts_once() {
    let run = run(vec![Draft::new("b/prod-api.json", rows_of(ROLE)), Draft::new("a/x.json", rows_of(ROLE))]);
    let dump = run.only();
    assert_eq!((dump.sources[0].0.path.as_str(), dump.duplicates[0].0.path.as_str()), ("a/x.json", "b/prod-api.json"));
    assert_eq!(run.kinds(), [Kind::Duplicate]);
    assert_eq!(run.problems[0].source, "b/prod-api.json");
}

#[test]
fn two_jobs_are_two_snapshots() {
    let run = run(vec![
        Draft::new("2024-02-14/prod-api.json", rows_of(ROLE)).on("2024-05-13"),
        Draft::new("2024-05-14/prod-api.json", rows_of(ROLE)),
    ]);
    assert_eq!(run.dumps.len(), 2);
    assert_eq!(run.dumps[0].entity.key, run.dumps[1].entity.key);
}

#[test]
fn undated_copies_in_dated_folders_stay_snapshots() {
    let run = run(vec![
        Draft::bare_list("2024-02-14/prod-api.json", rows_of(ROLE)),
        Draft::bare_list("2024-05-14/prod-api.json", rows_of(ROLE)),
    ]);
    assert_eq!(run.dumps.len(), 2);
}

#[test]
fn names_that_end_like_pages_are_not_joined() {
    let run = run(vec![Draft::new("db-p1.json", vec![]), Draft::new("db-p2.json", vec![unused("s3")])]);
    assert_eq!(run.dumps.len(), 2);
    assert_ne!(run.dumps[0].entity.key, run.dumps[1].entity.key);
    assert!(run.dumps.iter().all(|dump| dump.evidence != Evidence::Truncated));
}

#[test]
fn pages_that_are_only_numbered_are_joined_where_one_is_cut() {
    for (first, second) in [("AdminRole.1.json", "AdminRole.2.json"), ("AdminRole-001.json", "AdminRole-002.json")] {
        let rows = broad(200, 100, ROLE).into_iter().map(|row| unused(&row.namespace)).collect();
        let run = run(vec![Draft::new(first, broad(0, 200, ROLE)).cut(), Draft::new(second, rows)]);
        assert_eq!((run.only().pages, run.only().entity.name.as_str()), (2, "prod-api"));
    }
    let lists = [Draft::new("v.1.json", vec![used("s3", BOB)]), Draft::new("v.2.json", vec![unused("s3")])];
    assert_eq!(run(lists.to_vec()).dumps.len(), 2, "two lists that are whole");
    let other_job = Draft::new("v.2.json", vec![unused("sqs")]).on("2024-05-15");
    assert_eq!(run(vec![Draft::new("v.1.json", vec![used("s3", BOB)]).cut(), other_job]).dumps.len(), 2);
}

#[test]
fn files_that_name_two_entities_are_no_pages_of_one_another() {
    for [first, second] in [["dump-01.json", "dump-07.json"], ["x_p1.json", "x_p2.json"]] {
        let cut = Draft::new(first, rows_of(ROLE)).claims(ROLE, ClaimKind::Member).cut();
        let own = Draft::new(second, rows_of(BOB)).claims(BOB, ClaimKind::Member);
        let run = run(vec![cut, own]);
        assert_eq!((arn(run.from(second)), run.from(second).evidence), (BOB, Evidence::Complete), "{second}");
    }
}

#[test]
fn a_page_beside_one_that_is_named_is_of_its_entity() {
    let named = |draft: Draft| draft.claims(ROLE, ClaimKind::Member);
    let rows = broad(200, 100, ROLE).into_iter().map(|row| unused(&row.namespace)).collect();
    let run = run(vec![named(Draft::new("x.1.json", broad(0, 200, ROLE)).cut()), Draft::new("x.2.json", rows)]);
    assert_eq!((run.only().pages, arn(run.only())), (2, ROLE));
}

#[test]
fn strangers_in_one_document_are_not_pages() {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    let run = run(vec![
        Draft::new("all.jsonl", broad(0, 200, admin)).cut().at("#1"),
        Draft::new("all.jsonl", vec![unused("s3"), unused("sqs")]).at("#2"),
        Draft::new("all.jsonl", vec![used("s3", BOB)]).at("#3"),
    ]);
    assert_eq!(run.dumps.len(), 3);
}

#[test]
fn rival_answers_of_one_job_are_said() {
    let run = run(vec![
        Draft::new("a.json", vec![unused("s3")]).claims(ROLE, ClaimKind::Member),
        Draft::new("b.json", vec![unused("sqs")]).claims(ROLE, ClaimKind::Member),
    ]);
    assert_eq!(run.dumps.len(), 2);
    assert_eq!(run.kinds(), [Kind::Contradiction]);
}

#[test]
fn an_empty_last_page_ends_the_list() {
    let admin = "arn:aws:iam::123456789012:role/AdminRole";
    let run = run(vec![Draft::new("A.page1.json", broad(0, 200, admin)).cut(), Draft::new("A.page2.json", vec![])]);
    assert_eq!((run.only().evidence, run.only().rows.opened().services().len()), (Evidence::Complete, 200));
}

#[test]
fn unsorted_and_repeated_rows_are_put_in_order() {
    let run = run(vec![Draft::new("a.json", vec![used("s3", ROLE), unused("ec2"), unused("s3")])]);
    assert_eq!(run.namespaces(run.only()), ["ec2", "s3"]);
    assert!(run.only().rows.opened().services()[1].accessed.instant().is_some());
    assert!(run.only().notes.iter().any(|note| note.contains("more than once")));
}

#[test]
fn undated_lists_under_numbered_names_are_not_joined() {
    let long = |path, by| Draft::bare_list(path, broad(0, 200, by));
    for [first, second] in [["role-1.json", "role-2.json"], ["role_p1.json", "role_p2.json"], ["x.0.json", "x.1.json"]]
    {
        let rows = broad(200, 100, ROLE).into_iter().map(|row| unused(&row.namespace)).collect();
        let run = run(vec![long(first, ROLE), Draft::bare_list(second, rows)]);
        assert_eq!(run.dumps.len(), 2, "{first}: nothing shows that they are of one job");
        assert_eq!((run.from(first).evidence, run.from(second).evidence), (Evidence::Suspect, Evidence::Suspect));
    }
}

#[test]
fn undated_answers_that_list_the_same_services_are_not_pages() {
    let undated = |draft: Draft| draft.job(|job| (job.created, job.completed) = (None, None));
    let of_role = |draft: Draft| undated(draft).claims(ROLE, ClaimKind::Member);
    let older = of_role(Draft::new("weekly.jsonl", vec![unused("ec2"), used("s3", ROLE)]).cut().at("#1"));
    let newer = of_role(Draft::new("weekly.jsonl", vec![unused("a4b"), used("s3", ROLE)]).at("#2"));
    let run_of_lines = run(vec![older, newer]);
    assert_eq!(run_of_lines.dumps.len(), 2, "nothing tells which is the newest");
    let pages = ["x.page1.json", "x.page2.json"].map(|path| undated(Draft::new(path, rows_of(ROLE)).cut()));
    let [first, mut second] = pages;
    second.rows = Some(vec![unused("s3"), used("sqs", ROLE)]);
    assert_eq!(run(vec![first, second]).dumps.len(), 2);
}

#[test]
fn numbers_of_other_jobs_are_names() {
    let first = Draft::new("app-p1.json", vec![used("s3", BOB)]).cut();
    let other_job = Draft::new("app-p2.json", vec![unused("sqs")]).on("2024-05-15");
    let run_of_jobs = run(vec![first, other_job]);
    assert_ne!(run_of_jobs.dumps[0].entity.key, run_of_jobs.dumps[1].entity.key);
    // The jobs of two roles may begin in one second.
    let same_second = run(vec![
        Draft::new("job-1.json", vec![unused("ec2"), unused("s3")]).cut(),
        Draft::new("job-2.json", vec![unused("s3"), unused("sqs")]),
    ]);
    assert_eq!(same_second.dumps.len(), 2);
}

#[test]
fn answers_that_all_say_that_they_are_whole_are_no_pages() {
    let whole = |path| Draft::new(path, vec![unused("s3")]);
    let names = run(vec![whole("landing-page-1.json"), whole("landing-page-2.json").on("2024-05-15")]);
    assert!(names.dumps.iter().all(|dump| dump.evidence == Evidence::Complete));
    assert_ne!(names.dumps[0].entity.key, names.dumps[1].entity.key);
    // A page of an earlier run, next to an answer that needs one page only.
    let leftover = run(vec![
        Draft::new("app.page1.json", vec![used("s3", "arn:aws:iam::123456789012:role/app")]),
        whole("app.page2.json").on("2024-05-13"),
    ]);
    assert_eq!(leftover.from("app.page2.json").evidence, Evidence::Truncated);
}
