//! The entity of a dump: every layout that savers are known to use, and how much each kind of evidence counts.

use super::build::*;
use crate::model::{
    Arn, ClaimKind, EntityKind, Evidence, IdentifiedBy, JobStatus, JobType, Mention, Sidecar, Source, Stated,
};
use crate::problem::Kind;
use crate::resolve::{Manifest, Options, PathTemplate};

fn generate(path: &str, job: &str) -> Sidecar {
    Sidecar::Generate { source: Source::file(path), locator: String::new(), job_id: job.to_owned(), arn: None }
}

fn entity(path: &str, arn: &str, created: Option<&str>) -> Sidecar {
    let stated = Stated { created: created.map(instant), ..Stated::default() };
    Sidecar::Entity { source: Source::file(path), arn: arn.to_owned(), stated, alone: true }
}

fn manifest(text: &str) -> Options {
    Options { manifest: Some(Manifest::parse(text.as_bytes()).expect("a manifest")), ..Options::default() }
}

fn template(text: &str) -> Options {
    Options { template: Some(PathTemplate::parse(text).expect("a template")), ..Options::default() }
}

#[test]
fn members_and_keys_name_the_entity() {
    let run = run(vec![
        Draft::new("a.json", rows_of(ROLE)).claims(ROLE, ClaimKind::Member),
        Draft::new("b.json", rows_of(ALICE)).claims(ALICE, ClaimKind::Key).at(ALICE),
    ]);
    assert_eq!((arn(run.from("a.json")), run.from("a.json").identified_by), (ROLE, IdentifiedBy::Member));
    assert_eq!((arn(run.from("b.json")), run.from("b.json").identified_by), (ALICE, IdentifiedBy::Key));
    assert_eq!(run.from("a.json").entity.key, format!("123456789012|{ROLE}"));
    assert_eq!(run.problems, []);
}

#[test]
fn a_claim_that_is_no_entity_is_not_taken() {
    let session = "arn:aws:sts::123456789012:assumed-role/prod-api/i-1";
    let run = run(vec![Draft::new("a.json", vec![unused("s3")]).claims(session, ClaimKind::Member)]);
    assert_eq!(run.only().identified_by, IdentifiedBy::Unknown);
    assert!(run.problem(Kind::Note).what.contains(session));
}

#[test]
fn account_type_name_tree() {
    let other = "arn:aws:iam::999999999999:role/app/prod-api";
    let run = run(vec![
        Draft::new("123456789012/roles/nothing/access-advisor.json", vec![]),
        Draft::new("123456789012/roles/prod-api/access-advisor.json", rows_of(ROLE)),
        Draft::new("123456789012/users/alice/access-advisor.json", rows_of(ALICE)),
        Draft::new("999999999999/roles/nothing/access-advisor.json", vec![]),
        Draft::new("999999999999/roles/prod-api/access-advisor.json", rows_of(other)),
    ]);
    let keys: Vec<&str> = run.dumps.iter().map(|dump| dump.entity.key.as_str()).collect();
    let expected = [
        format!("123456789012|{ROLE}"),
        format!("123456789012|{ALICE}"),
        "123456789012|role/nothing".to_owned(),
        format!("999999999999|{other}"),
        "999999999999|role/nothing".to_owned(),
    ];
    assert_eq!(keys, expected);
    assert!(run.dumps.iter().all(|dump| dump.identified_by == IdentifiedBy::Path));
    assert_eq!(run.problems, []);
}

#[test]
fn cloudmapper_joins_on_the_job() {
    let quoted =
        "acct/us-east-1/iam-generate-service-last-accessed-details/arn%3Aaws%3Aiam%3A%3A123456789012%3Agroup%2Fdevs";
    let path = format!("acct/us-east-1/iam-get-service-last-accessed-details/{JOB}");
    let rows = vec![used("iam", ALICE), used("s3", BOB)];
    let run = run_with(vec![Draft::new(&path, rows)], &[generate(quoted, JOB)], &Options::default());
    assert_eq!(arn(run.only()), "arn:aws:iam::123456789012:group/devs");
    assert_eq!(run.only().identified_by, IdentifiedBy::Sidecar);
}

#[test]
fn jobs_with_a_manifest() {
    let text = format!("arn,job_id\n{ROLE},{JOB}\n");
    let run = run_with(vec![Draft::new(&format!("{JOB}.json"), vec![unused("s3")])], &[], &manifest(&text));
    assert_eq!((arn(run.only()), run.only().identified_by), (ROLE, IdentifiedBy::Manifest));
}

#[test]
fn rows_of_a_manifest_that_fit_nothing_are_told() {
    let told = |rows: &str| {
        let text = format!("path,arn\n{rows}");
        let run = run_with(vec![Draft::new("dumps/app.json", vec![unused("s3")])], &[], &manifest(&text));
        run.problems.into_iter().find(|problem| problem.source == "manifest").map(|problem| problem.what)
    };
    assert_eq!(told(&format!("app.json,{ROLE}\n")), None);
    let mistyped = told(&format!("apq.json,{ROLE}\n{JOB},{ALICE}\n")).expect("a note");
    assert_eq!(mistyped, format!("lists {ROLE} and 1 more for files or jobs of which no answer was read"));
}

#[test]
fn a_manifest_that_contradicts_itself_names_no_one() {
    let text = format!("{ROLE},{JOB}\n{ALICE},x/{JOB}.json\n");
    let run = run_with(vec![Draft::new(&format!("x/{JOB}.json"), vec![unused("s3")])], &[], &manifest(&text));
    assert_eq!(arn(run.only()), "-");
    assert!(run.kinds().contains(&Kind::Contradiction));
}

#[test]
fn one_file_per_role_name() {
    let run = run(vec![
        Draft::new("prod-api.json", rows_of(ROLE)),
        Draft::new("nothing.json", vec![]),
        Draft::without_list("stuck.json", Some(JobStatus::InProgress)),
    ]);
    assert_eq!(
        (arn(run.from("prod-api.json")), run.from("prod-api.json").identified_by),
        (ROLE, IdentifiedBy::Inferred)
    );
    let nothing = run.from("nothing.json");
    assert_eq!((nothing.entity.key.as_str(), nothing.entity.name.as_str()), ("path:nothing", "nothing"));
    assert_eq!(nothing.identified_by, IdentifiedBy::Unknown);
    assert_eq!(run.kinds(), [Kind::UnknownEntity, Kind::Pending, Kind::UnknownEntity]);
}

#[test]
fn both_granularities_of_one_role() {
    let action = Draft::new("prod-api-action.json", rows_of(ROLE)).job(|job| job.job_type = Some(JobType::ActionLevel));
    let run = run(vec![action, Draft::new("prod-api-service.json", rows_of(ROLE))]);
    let levels: Vec<_> = run.dumps.iter().map(|dump| (arn(dump), dump.job_type)).collect();
    assert_eq!(levels, [(ROLE, Some(JobType::ServiceLevel)), (ROLE, Some(JobType::ActionLevel))]);
}

#[test]
fn flattened_arns_are_held_against_those_seen() {
    let flat = |rest: &str| format!("arn_aws_iam__123456789012_{rest}.json");
    let used_by_two = vec![used("iam", ALICE), used("s3", BOB)];
    let run = run(vec![
        Draft::new(&flat("group_devs"), used_by_two.clone()),
        Draft::new(&flat("role_app_prod-api"), rows_of(ROLE)),
        Draft::new(&flat("role_app_other"), vec![]),
        Draft::new(&flat("user_team_alice"), vec![unused("s3")]),
    ]);
    assert_eq!(arn(run.from(&flat("group_devs"))), "arn:aws:iam::123456789012:group/devs");
    assert_eq!(arn(run.from(&flat("role_app_prod-api"))), ROLE);
    assert_eq!(arn(run.from(&flat("user_team_alice"))), ALICE);
    let open = run.from(&flat("role_app_other"));
    assert_eq!((arn(open), open.entity.key.as_str()), ("-", "123456789012|role/app_other"));
    assert_eq!((open.entity.kind, open.entity.name.as_str()), (Some(EntityKind::Role), "app_other"));
    assert!(run.dumps.iter().all(|dump| dump.identified_by == IdentifiedBy::Path));
}

#[test]
fn a_flattened_arn_that_fits_two_is_neither() {
    let twins = ["arn:aws:iam::123456789012:role/app/x", "arn:aws:iam::123456789012:role/app_x"];
    let known_arns = twins.iter().map(|text| Arn::parse(text).expect("an ARN")).collect();
    let options = Options { known_arns, ..Options::default() };
    let run = run_with(vec![Draft::new("arn_aws_iam__123456789012_role_app_x.json", vec![])], &[], &options);
    assert_eq!(arn(run.only()), "-");
    let note = &run.only().notes[0];
    assert!(twins.iter().all(|twin| note.contains(twin)), "{note}");
}

#[test]
fn quoted_arns_are_exact_also_with_a_date() {
    let quoted = "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp%2Fprod-api";
    let run = run(vec![
        Draft::new(&format!("{quoted}.json"), vec![]),
        Draft::new(&format!("{quoted}-2024-02-14.json"), vec![]).on("2024-02-14"),
        Draft::new(&format!("{quoted}-2019-01.json"), vec![]).on("2024-02-15"),
    ]);
    let arns: Vec<&str> = run.dumps.iter().map(arn).collect();
    assert_eq!(arns, [ROLE, ROLE, "arn:aws:iam::123456789012:role/app/prod-api-2019-01"]);
}

#[test]
fn what_a_saver_appends_to_an_arn_is_no_part_of_it() {
    let quoted = "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp%2Fprod-api-last-accessed.json";
    let flat = "arn_aws_iam__123456789012_role_nothing_2024-05-14.json";
    let policy = "123456789012/arn_aws_iam__aws_policy_ReadOnlyAccess.json";
    let run = run(vec![Draft::new(quoted, rows_of(ROLE)), Draft::new(flat, vec![]), Draft::new(policy, vec![])]);
    assert_eq!(arn(run.from(quoted)), ROLE);
    assert_eq!(arn(run.from(flat)), "arn:aws:iam::123456789012:role/nothing");
    assert_eq!(run.from(policy).entity.key, "123456789012|arn:aws:iam::aws:policy/ReadOnlyAccess");
}

#[test]
fn type_before_the_name() {
    let run = run(vec![
        Draft::new("role_prod-api.json", rows_of(ROLE)),
        Draft::new("role_nothing.json", vec![]),
        Draft::new("user-alice.json", rows_of(ALICE)),
        Draft::new("policy_shared.json", vec![used("s3", ROLE)]),
        Draft::new("group_devs.json", vec![used("iam", ALICE), used("s3", BOB)]),
    ]);
    assert_eq!(
        (arn(run.from("role_prod-api.json")), run.from("role_prod-api.json").identified_by),
        (ROLE, IdentifiedBy::Path)
    );
    assert_eq!(arn(run.from("user-alice.json")), ALICE);
    let policy = run.from("policy_shared.json");
    assert_eq!(
        (arn(policy), policy.entity.kind, policy.entity.name.as_str()),
        ("-", Some(EntityKind::Policy), "shared")
    );
    let nothing = run.from("role_nothing.json");
    assert_eq!((nothing.entity.key.as_str(), nothing.entity.name.as_str()), ("path:role_nothing", "nothing"));
    assert_eq!(run.problems, []);
}

#[test]
fn a_name_in_the_path_forbids_another_inference() {
    let run = run(vec![Draft::new("role_billing.json", rows_of(ROLE))]);
    assert_eq!((arn(run.only()), run.only().entity.name.as_str()), ("-", "billing"));
    assert_eq!(run.only().evidence, Evidence::Contradicted);
    let what = &run.problem(Kind::Contradicted).what;
    assert!(what.contains("role billing") && what.contains(ROLE), "{what}");
}

#[test]
fn a_bare_label_does_not() {
    let run = run(vec![Draft::new("dump1.json", rows_of(ROLE)), Draft::new("team/whatever.json", rows_of(ALICE))]);
    assert_eq!(arn(run.from("dump1.json")), ROLE);
    assert_eq!(arn(run.from("team/whatever.json")), ALICE);
    assert_eq!(run.problems, []);
}

#[test]
fn a_label_that_begins_with_a_kind_is_still_a_label() {
    let service = "arn:aws:iam::123456789012:role/user-service";
    let run = run(vec![Draft::new("user-service.json", rows_of(service))]);
    assert_eq!((arn(run.only()), run.only().identified_by), (service, IdentifiedBy::Inferred));
}

#[test]
fn inference_needs_one_user_or_role_alone() {
    let mut counted = rows_of(ROLE);
    counted[0].total = 2;
    let session = "arn:aws:sts::123456789012:assumed-role/prod-api/i-1";
    for rows in [counted, vec![used("iam", ALICE), used("s3", BOB)], vec![unused("s3")], rows_of(session)] {
        let run = run(vec![Draft::new("a.json", rows)]);
        assert_eq!((arn(run.only()), run.only().identified_by), ("-", IdentifiedBy::Unknown));
    }
    let options = Options { infer: false, ..Options::default() };
    assert_eq!(arn(run_with(vec![Draft::new("a.json", rows_of(ROLE))], &[], &options).only()), "-");
}

#[test]
fn an_account_folder_that_disagrees_forbids_inference() {
    let run = run(vec![Draft::new("999999999999/prod-api.json", rows_of(ROLE))]);
    assert_eq!(arn(run.only()), "-");
    assert_eq!(run.only().entity.account.as_ref().expect("an account").as_str(), "999999999999");
    assert!(run.kinds().contains(&Kind::Contradiction));
}

#[test]
fn a_label_at_two_dates_is_one_entity() {
    let run = run(vec![
        Draft::new("dated/2024-02-14/nothing.json", vec![]).on("2024-02-14"),
        Draft::new("dated/2024-05-14/nothing.json", vec![]),
        Draft::new("dated/2024-05-14/nothing-else.json", vec![]),
        Draft::new("nothing-2024-05-14.json", vec![]),
    ]);
    let keys: Vec<&str> = run.dumps.iter().map(|dump| dump.entity.key.as_str()).collect();
    assert_eq!(keys, ["path:dated/nothing", "path:dated/nothing", "path:dated/nothing-else", "path:nothing"]);
}

#[test]
fn a_date_that_belongs_to_the_name_stays_in_the_key() {
    let run = run(vec![Draft::new("migration-2019-01.json", vec![]), Draft::new("migration-2019-02.json", vec![])]);
    assert_ne!(run.dumps[0].entity.key, run.dumps[1].entity.key);
}

#[test]
fn a_known_name_keeps_its_number_and_its_month() {
    let names = ["backup-2024-05", "landing-page-2", "app_p1", "job-1", "audit-last-accessed", "alice.log", "report"];
    let listed = |name: &&str| Sidecar::Entity {
        source: Source::file("list-roles.json"),
        arn: format!("arn:aws:iam::123456789012:role/{name}"),
        stated: Stated::default(),
        alone: false,
    };
    let sidecars: Vec<Sidecar> = names.iter().map(listed).collect();
    for name in names {
        let quoted = format!("arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2F{name}.json");
        for path in [format!("123456789012/roles/{name}.json"), quoted] {
            let draft = Draft::new(&path, vec![unused("s3")]);
            let run = run_with(vec![draft], &sidecars, &Options::default());
            assert_eq!(arn(run.only()), format!("arn:aws:iam::123456789012:role/{name}"), "{path}");
            assert_eq!(run.only().evidence, Evidence::Complete, "{path}");
        }
    }
}

#[test]
fn a_month_at_the_end_of_a_name_dates_nothing_by_itself() {
    let list = |path| Draft::bare_list(path, vec![unused("ec2"), used("s3", BOB)]);
    let run_of_role = run(vec![list("123456789012/roles/sunset-2027-01.json")]);
    assert_eq!((run_of_role.only().made_at, run_of_role.only().entity.name.as_str()), (None, "sunset-2027-01"));
    let run_of_bob = run(vec![list("bob-2024-05.json")]);
    assert_eq!((run_of_bob.only().made_at, arn(run_of_bob.only())), (Some(midnight(2024, 5, 1)), BOB));
    let quoted = Draft::new("arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fsunset-2024-05.json", vec![]);
    assert_eq!(arn(run(vec![quoted]).only()), "arn:aws:iam::123456789012:role/sunset-2024-05");
}

#[test]
fn a_country_at_the_end_of_a_name_is_no_extension() {
    let users = ["corp.com", "corp.com.br"].map(|domain| format!("123456789012/users/alice@{domain}.json"));
    let run = run(users.iter().map(|path| Draft::new(path, vec![unused("s3")])).collect());
    let names: Vec<&str> = run.dumps.iter().map(|dump| dump.entity.name.as_str()).collect();
    assert_eq!(names, ["alice@corp.com", "alice@corp.com.br"]);
}

#[test]
fn labels_of_two_typed_folders_do_not_merge() {
    let run = run(vec![Draft::new("x.json", vec![]).below("old"), Draft::new("x.json", vec![]).below("new")]);
    let keys: Vec<&str> = run.dumps.iter().map(|dump| dump.entity.key.as_str()).collect();
    assert_eq!(keys, ["path:new/x", "path:old/x"]);
}

#[test]
fn typed_account_folders_name_the_account() {
    let run = run(vec![
        Draft::new("roles/x.json", vec![]).below("dumps/123456789012"),
        Draft::new("roles/x.json", vec![]).below("dumps/999999999999"),
    ]);
    let keys: Vec<&str> = run.dumps.iter().map(|dump| dump.entity.key.as_str()).collect();
    assert_eq!(keys, ["123456789012|role/x", "999999999999|role/x"]);
}

#[test]
fn a_home_folder_is_no_kind() {
    let run = run(vec![Draft::new("/Users/alice/dumps/prod-api.json", rows_of(ROLE))]);
    assert_eq!((arn(run.only()), run.only().identified_by), (ROLE, IdentifiedBy::Inferred));
}

#[test]
fn iam_paths_in_folders() {
    let run = run(vec![
        Draft::new("123456789012/roles/app/prod-api.json", vec![]),
        Draft::new("123456789012/roles/app/prod-web.json", vec![]),
        Draft::new("123456789012/roles/lone/last-week.json", vec![]),
        Draft::new("123456789012/roles/team/x/access-advisor.json", vec![]),
    ]);
    let keys: Vec<&str> = run.dumps.iter().map(|dump| dump.entity.key.as_str()).collect();
    // That `last-week` is alone in its folder says nothing: a file next to it at another date would give it another name.
    let expected = ["role/app/prod-api", "role/app/prod-web", "role/lone/last-week", "role/team/x"];
    assert_eq!(keys, expected.map(|rest| format!("123456789012|{rest}")));
}

#[test]
fn a_name_alone_in_several_folders_is_none() {
    let run = run(vec![
        Draft::new("2024-05-01/123456789012/roles/api/now.json", vec![]),
        Draft::new("2024-05-01/123456789012/roles/web/now.json", vec![]),
        Draft::new("2024-06-01/123456789012/roles/web/now.json", vec![]),
        // A role that was moved between two dates is one.
        Draft::new("2024-05-01/123456789012/roles/old/moved.json", vec![]),
        Draft::new("2024-06-01/123456789012/roles/new/moved.json", vec![]),
    ]);
    let keys: Vec<&str> = run.dumps.iter().map(|dump| dump.entity.key.as_str()).collect();
    let expected = ["role/api", "role/new/moved", "role/old/moved", "role/web"];
    assert_eq!(keys, expected.map(|rest| format!("123456789012|{rest}")));
}

#[test]
fn unnamed_answers_of_one_document_stay_apart() {
    let run = run(vec![
        Draft::new("all.json", rows_of(ROLE)).at("#1"),
        Draft::new("all.json", vec![]).at("#2"),
        Draft::new("all.json", vec![]).at("#3"),
    ]);
    let keys: Vec<&str> = run.dumps.iter().map(|dump| dump.entity.key.as_str()).collect();
    assert_eq!(keys, ["path:all#2", "path:all#3", &format!("123456789012|{ROLE}")]);
}

#[test]
fn sidecars_beside_the_answer() {
    let run = run_with(
        vec![
            Draft::new("a/prod-api.json", vec![]),
            Draft::new("b/alice/access-advisor.json", vec![]),
            Draft::new("c/prod-api.json", vec![]),
        ],
        &[entity("a/prod-api.role.json", ROLE, Some("2024-04-01T00:00:00Z")), entity("b/alice/user.json", ALICE, None)],
        &Options::default(),
    );
    let prod = run.from("a/prod-api.json");
    assert_eq!((arn(prod), prod.identified_by), (ROLE, IdentifiedBy::Sidecar));
    assert_eq!(prod.entity.created, Some(midnight(2024, 4, 1)));
    assert_eq!(arn(run.from("b/alice/access-advisor.json")), ALICE);
    assert_eq!(arn(run.from("c/prod-api.json")), "-");
}

#[test]
fn sidecars_that_disagree_name_no_one() {
    let sidecars = [
        generate("role_x/arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fx", JOB),
        generate("arn_aws_iam__123456789012_role_y", JOB),
    ];
    let run = run_with(vec![Draft::new(JOB, vec![])], &sidecars, &Options::default());
    assert_eq!(arn(run.from(JOB)), "-");
    // Both are named, and neither has an answer.
    assert_eq!(run.dumps.iter().filter(|dump| dump.evidence == Evidence::Pending).count(), 2);
    assert!(run.kinds().contains(&Kind::Contradiction));
}

#[test]
fn a_template_beats_the_path() {
    let drafts = || vec![Draft::new("roles/users__123456789012__alice.json", vec![])];
    let run = run_with(drafts(), &[], &template("{type}__{account}__{name}.json"));
    let dump = run.only();
    assert_eq!((dump.entity.key.as_str(), dump.identified_by), ("123456789012|user/alice", IdentifiedBy::Template));
    let run = run_with(drafts(), &[], &template("{account}/{name}.csv"));
    assert!(run.problem(Kind::Note).what.contains("fits none"));
}

#[test]
fn the_better_evidence_is_taken_and_the_difference_said() {
    let quoted = "arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fteam%2Falice.json";
    let run = run(vec![Draft::new(quoted, rows_of(ROLE)).claims(ROLE, ClaimKind::Member)]);
    assert_eq!(arn(run.only()), ROLE);
    let what = &run.problem(Kind::Contradiction).what;
    assert!(what.contains(ROLE) && what.contains(ALICE), "{what}");
}

#[test]
fn an_access_by_someone_else_is_said_once() {
    let run = run(vec![
        Draft::new("a.json", vec![used("iam", BOB), used("s3", BOB), used("sqs", ALICE)])
            .claims(ROLE, ClaimKind::Member),
    ]);
    assert_eq!(run.kinds(), [Kind::Contradiction]);
    assert!(run.problems[0].what.contains(ROLE) && run.problems[0].what.contains(BOB));
}

#[test]
fn a_policy_of_aws_belongs_to_the_account_of_its_folder() {
    let policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let run = run(vec![
        Draft::new("123456789012/a.json", vec![]).claims(policy, ClaimKind::Member),
        Draft::new("999999999999/a.json", vec![]).claims(policy, ClaimKind::Member),
        Draft::new("b.json", vec![unused("s3")]).claims(policy, ClaimKind::Member),
    ]);
    let keys: Vec<&str> = run.dumps.iter().map(|dump| dump.entity.key.as_str()).collect();
    assert_eq!(keys, ["-", "123456789012", "999999999999"].map(|account| format!("{account}|{policy}")));
}

#[test]
fn arns_of_the_other_side_complete_a_path() {
    let known_arns = [Arn::parse(ROLE).expect("an ARN")].into();
    let options = Options { known_arns, ..Options::default() };
    let run = run_with(vec![Draft::new("123456789012/roles/prod-api.json", vec![])], &[], &options);
    assert_eq!((arn(run.only()), run.only().identified_by), (ROLE, IdentifiedBy::Path));
}

/// The entity of the file at `path`, which must not be inferred, and the problem that tells why.
fn refused(run: &Run, path: &str) -> String {
    let dump = run.from(path);
    assert_eq!((arn(dump), dump.identified_by), ("-", IdentifiedBy::Unknown), "{path}");
    let said = run.problems.iter().find(|problem| problem.source == path && problem.kind == Kind::Contradiction);
    said.unwrap_or_else(|| panic!("{path}: {:#?}", run.problems)).what.clone()
}

#[test]
fn a_guess_gives_way_to_a_dump_that_is_better_identified() {
    let own = || Draft::new("a.json", rows_of(ROLE)).claims(ROLE, ClaimKind::Member);
    let pending = Draft::without_list("a.json", Some(JobStatus::InProgress)).claims(ROLE, ClaimKind::Key);
    let in_path = Draft::new("123456789012/roles/prod-api.json", vec![]);
    let elsewhere = Draft::new("x/role_prod-api.json", vec![unused("s3")]);
    for (named, date) in [
        (own(), "2024-05-14"),
        (own(), "2024-02-14"),
        (pending, "2024-05-14"),
        (in_path, "2024-05-14"),
        (elsewhere, "2024-05-14"),
    ] {
        let run = run(vec![named.on(date), Draft::new("shared.json", rows_of(ROLE)[1..].to_vec())]);
        assert!(refused(&run, "shared.json").contains("better identified"));
    }
    let role = entity("roles.json", ROLE, None);
    for (sidecars, options) in [(vec![role], Options::default()), (vec![], manifest(&format!("{ROLE},gone.json")))] {
        let run = run_with(vec![Draft::new("shared.json", rows_of(ROLE))], &sidecars, &options);
        assert!(refused(&run, "shared.json").contains("manifest"));
    }
}

#[test]
fn nothing_is_inferred_where_a_policy_or_a_group_of_the_input_lists_the_same_services() {
    for other in [
        "arn:aws:iam::123456789012:policy/deploy",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::123456789012:group/dev",
    ] {
        let named = Draft::new("a.json", rows_of(ALICE)).claims(other, ClaimKind::Member).on("2024-05-07");
        let later = Draft::new("b.json", rows_of(ALICE));
        let own = Draft::new("c.json", rows_of(ALICE)[..2].to_vec());
        let run = run(vec![named, later, own]);
        assert!(refused(&run, "b.json").contains("lists the same services"), "{other}");
        assert_eq!((arn(run.from("c.json")), run.from("c.json").identified_by), (ALICE, IdentifiedBy::Inferred));
    }
}

#[test]
fn a_listing_does_not_forbid_the_file_that_is_called_by_the_name() {
    let listed = Sidecar::Entity {
        source: Source::file("list-roles.json"),
        arn: ROLE.to_owned(),
        stated: Stated { created: Some(midnight(2024, 4, 1)), ..Stated::default() },
        alone: false,
    };
    let run = run_with(vec![Draft::new("prod-api.json", rows_of(ROLE))], &[listed], &Options::default());
    assert_eq!((arn(run.only()), run.only().identified_by), (ROLE, IdentifiedBy::Inferred));
    assert_eq!(run.only().entity.created, Some(midnight(2024, 4, 1)));
}

#[test]
fn the_latest_creation_date_of_all_documents_counts() {
    let listed = |source: &str, created: &str| Sidecar::Entity {
        source: Source::file(source),
        arn: ROLE.to_owned(),
        stated: Stated { created: Some(instant(created)), ..Stated::default() },
        alone: false,
    };
    let mut own = Draft::new("a.json", rows_of(ROLE)).claims(ROLE, ClaimKind::Member);
    own.answer.stated.created = Some(instant("2024-04-01T09:00:00Z"));
    let of = |other: &str| run_with(vec![own.clone()], &[listed("list-roles.json", other)], &Options::default());
    for (other, latest, kinds) in [
        ("2024-04-20T09:00:00Z", "2024-04-20T09:00:00Z", vec![Kind::Contradiction]),
        ("2024-03-01T09:00:00Z", "2024-04-01T09:00:00Z", vec![Kind::Contradiction]),
        ("2024-04-01T09:00:00.300Z", "2024-04-01T09:00:00.300Z", vec![]),
        ("2024-04-01T00:00:00Z", "2024-04-01T09:00:00Z", vec![]),
    ] {
        let run = of(other);
        assert_eq!((run.only().entity.created, run.kinds()), (Some(instant(latest)), kinds), "{other}");
    }
    own.answer.stated = Stated { unreadable: Some("the 1st of April".to_owned()), ..Stated::default() };
    let run = run_with(vec![own], &[listed("list-roles.json", "2024-04-20T09:00:00Z")], &Options::default());
    assert!(run.only().entity.creation_unreadable && run.only().entity.created.is_some());
    assert_eq!(run.kinds(), [Kind::UnreadableDate]);
}

#[test]
fn a_guess_gives_way_to_what_stands_beside_the_answer() {
    let policy = "arn:aws:iam::123456789012:policy/shared";
    let name = |kind, name: &str| Mention::Name(kind, name.to_owned());
    for mention in [
        Mention::Arn(policy.to_owned()),
        name(Some(EntityKind::Policy), "prod-api"),
        name(Some(EntityKind::Role), "billing"),
        name(None, "shared"),
        Mention::Kind(EntityKind::Group),
    ] {
        let run = run(vec![Draft::new("a.json", rows_of(ROLE)).beside(mention.clone())]);
        assert!(refused(&run, "a.json").contains(&mention.to_string()), "{mention}");
    }
    let own = run(vec![Draft::new("a.json", rows_of(ROLE)).beside(name(Some(EntityKind::Role), "Prod-API"))]);
    assert_eq!((arn(own.only()), own.only().identified_by), (ROLE, IdentifiedBy::Inferred));
    let session = "arn:aws:sts::123456789012:assumed-role/billing/x";
    let run = run(vec![Draft::new("a.json", rows_of(ROLE)).claims(session, ClaimKind::Member)]);
    assert!(refused(&run, "a.json").contains("role billing"));
}

#[test]
fn a_guess_gives_way_to_the_words_of_the_path() {
    for path in ["policy-shared.json", "shared-policy.json", "local-policies/shared.json", "iam_groups/x.json"] {
        let run = run(vec![Draft::new(path, rows_of(ROLE))]);
        assert!(refused(&run, path).contains("its path says"), "{path}");
    }
    let run = run(vec![
        Draft::new("alice.json", rows_of(ROLE)),
        Draft::new("b.json", rows_of(ALICE)).claims(ALICE, ClaimKind::Key),
    ]);
    assert!(refused(&run, "alice.json").contains(ALICE));
    let policy_reader = "arn:aws:iam::123456789012:role/policy-reader";
    for (path, role) in [("policy-reader.json", policy_reader), ("role-app-prod-api.json", ROLE)] {
        let run = self::run(vec![Draft::new(path, rows_of(role))]);
        assert_eq!((arn(run.only()), run.only().identified_by), (role, IdentifiedBy::Inferred), "{path}");
    }
}

#[test]
fn a_dump_of_which_every_access_is_by_one_stranger_is_not_used() {
    let dump = |rows: Vec<Row>| run(vec![Draft::new("a.json", rows).claims(ROLE, ClaimKind::Member)]);
    let all = dump(vec![used("iam", BOB), unused("s3")]);
    assert_eq!((all.only().evidence, all.only().strangers), (Evidence::Contradicted, false));
    assert_eq!(all.kinds(), [Kind::Contradicted]);
    let session = "arn:aws:sts::123456789012:assumed-role/prod-api/x";
    for rows in [vec![used("iam", BOB), used("s3", session)], vec![used("iam", BOB), used("s3", ALICE)]] {
        let some = dump(rows);
        assert_eq!((some.only().evidence, some.only().strangers), (Evidence::Complete, true));
        assert_eq!(some.kinds(), [Kind::Contradiction]);
    }
    let own = dump(vec![used("iam", session), used("s3", "AROAEXAMPLE"), used("sqs", ROLE)]);
    assert!(!own.only().strangers && own.problems.is_empty());
}
