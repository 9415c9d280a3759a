//! What is never proposed, row by row of `docs/recommend.md`.

use serde_json::{Value, json};

use crate::estate::{ACCOUNT, Account, Listed, allow, arn};
use crate::program::dormant;

const S3: &[Listed] = &[("s3", true, &["CreateBucket!", "DeleteBucket"])];

fn buckets() -> Value {
    json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))])
}

/// The account in which something can be proposed; each test takes one thing away.
fn plain() -> Account {
    let account = Account::of_role(buckets(), S3);
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    account
}

fn is_none(account: &Account, reason: &str) {
    assert_eq!(account.proposals(&[]).outcome("p"), ("none", reason));
}

#[test]
fn nothing_from_a_dump_that_is_cut() {
    let mut account = plain();
    account.dumps[0]["IsTruncated"] = json!(true);
    is_none(&account, "dump-incomplete");
}

#[test]
fn nothing_from_a_dump_that_is_suspect() {
    // Exactly as many rows as a page has, and no word about whether there are more.
    let names: Vec<String> = (0..99).map(|at| format!("a-service-{at:03}")).collect();
    let mut services: Vec<Listed> = names.iter().map(|name| (name.as_str(), false, &[] as &[&str])).collect();
    services.extend_from_slice(S3);
    let mut account = Account::of_role(buckets(), &services);
    account.dumps[0].as_object_mut().unwrap().remove("IsTruncated");
    is_none(&account, "dump-incomplete");
    account.dumps[0]["IsTruncated"] = json!(false);
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
}

#[test]
fn nothing_from_a_job_that_is_pending_or_failed() {
    for status in ["IN_PROGRESS", "FAILED"] {
        let mut account = plain();
        account.dumps[0]["JobStatus"] = json!(status);
        // What it lists as used counts, and nothing else.
        is_none(&account, "dump-incomplete");
        account.dumps[0]["ServicesLastAccessed"] = json!([]);
        is_none(&account, "no-dump");
    }
}

#[test]
fn nothing_from_a_list_of_used_services_alone() {
    let mut account = Account::of_role(
        json!([allow(json!(["s3:CreateBucket", "sqs:SendMessage"]))]),
        &[("s3", true, &["CreateBucket!"])],
    );
    let list = account.dumps.pop().unwrap()["ServicesLastAccessed"].clone();
    account
        .more
        .push(("role/r.json".to_owned(), json!({"Arn": arn("role/r"), "ServicesLastAccessed": list}).to_string()));
    is_none(&account, "dump-incomplete");
}

#[test]
fn nothing_without_a_dump() {
    let mut account = plain();
    account.dumps.clear();
    is_none(&account, "no-dump");
}

#[test]
fn no_action_from_a_dump_at_service_level() {
    let mut account = plain();
    account.dumps[0]["JobType"] = json!("SERVICE_LEVEL");
    account.dumps[0]["ServicesLastAccessed"][0].as_object_mut().unwrap().remove("TrackedActionsLastAccessed");
    is_none(&account, "nothing-unused");
}

#[test]
fn no_permission_of_which_the_verdict_is_unknown() {
    let mut account = plain();
    account.roles[0]["CreateDate"] = json!("2026-04-01T00:00:00+00:00");
    is_none(&account, "nothing-unused");
}

#[test]
fn nothing_of_an_entity_that_is_younger_than_the_threshold() {
    let mut young = plain();
    young.roles[0]["CreateDate"] = json!("2026-04-01T00:00:00+00:00");
    is_none(&young, "nothing-unused");
    assert_eq!(young.proposals(&["--stale-after", "30d"]).outcome("p"), ("narrow", ""));
}

/// What a whole dump does not list is denied, or newer than the dump; and what it lists beside is granted by somebody who is not known.
#[test]
fn nothing_of_a_service_about_which_the_dump_and_the_policies_disagree() {
    let actions = json!(["s3:CreateBucket", "s3:DeleteBucket", "sqs:SendMessage", "sqs:*"]);
    let listed: &[Listed] = &[("s3", true, &["CreateBucket!", "DeleteBucket"]), ("sns", false, &["Publish"])];
    let made = Account::of_role(json!([allow(actions)]), listed).proposals(&[]);
    assert_eq!(made.actions("p"), ["s3:CreateBucket", "sqs:SendMessage", "sqs:*"]);
    assert_eq!(made.reason("sqs:SendMessage"), "kept unknown");
    assert!(!made.file("changes.csv").contains("sns:"));
}

#[test]
fn nothing_of_an_entity_whose_age_is_unknown() {
    let mut unused = Account::of_role(json!([allow(json!("sqs:SendMessage"))]), &[("sqs", false, &[])]);
    unused.roles[0].as_object_mut().unwrap().remove("CreateDate");
    is_none(&unused, "nothing-unused");
}

#[test]
fn no_action_that_the_dump_does_not_list_while_its_service_stays() {
    let account = Account::of_role(
        json!([allow(json!(["s3:GetObject", "s3:CreateBucket"]))]),
        &[("s3", true, &["CreateBucket!"])],
    );
    is_none(&account, "nothing-unused");
}

#[test]
fn not_all_of_a_service_that_was_used() {
    let account = Account::of_role(
        json!([allow(json!(["ec2:RunInstances", "ec2:CreateVpc", "s3:CreateBucket", "sqs:SendMessage"]))]),
        &[
            ("ec2", true, &["RunInstances", "CreateVpc"]),
            ("s3", true, &["CreateBucket!"]),
            ("sqs", false, &["SendMessage"]),
        ],
    );
    let made = account.proposals(&[]);
    assert_eq!(made.actions("p"), ["ec2:RunInstances", "ec2:CreateVpc", "s3:CreateBucket"]);
    assert_eq!(made.reason("ec2:RunInstances"), "kept service-used");
}

#[test]
fn neither_pass_role_nor_what_is_checked_inside_other_calls() {
    let kept = json!([
        "iam:PassRole",
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "sts:SetContext",
        "s3:BypassGovernanceRetention",
        "logs:CreateLogDelivery",
        "sns:AllowVendedLogDeliveryForResource",
        "codestar-connections:PassConnection"
    ]);
    let account = Account::of_role(
        json!([allow(kept)]),
        &[
            ("codestar-connections", false, &[]),
            ("iam", false, &[]),
            ("logs", false, &[]),
            ("s3", false, &[]),
            ("sns", false, &[]),
            ("sts", false, &[]),
        ],
    );
    is_none(&account, "all-kept");
}

#[test]
fn nothing_that_an_action_that_stays_depends_on() {
    let account = Account::of_role(
        json!([allow(json!(["access-analyzer:CreateAnalyzer", "iam:CreateServiceLinkedRole"]))]),
        &[("access-analyzer", true, &["CreateAnalyzer!"]), ("iam", false, &["CreateServiceLinkedRole"])],
    );
    is_none(&account, "all-kept");
}

fn of_customer(versions: &[(&str, Value)]) -> Account {
    let mut account = Account::new();
    account.policy(&arn("policy/p"), 1, versions);
    account.role("r", &[], &[&arn("policy/p")]);
    account.dump("role/r", S3);
    account
}

/// Nobody knows whether the change came before the dump or after it.
#[test]
fn no_change_of_a_policy_of_which_a_date_cannot_be_read() {
    for lost in [json!("x"), json!(null)] {
        for member in ["CreateDate", "UpdateDate"] {
            let mut account = of_customer(&[("2022-01-01", buckets())]);
            account.policies[0][member] = lost.clone();
            is_none(&account, "policy-changed");
        }
        let mut account = of_customer(&[("2022-01-01", buckets())]);
        account.policies[0]["PolicyVersionList"][0]["CreateDate"] = lost;
        is_none(&account, "policy-changed");
    }
}

#[test]
fn nothing_that_a_member_holds_through_a_group_of_which_the_date_cannot_be_read() {
    let made = |date: Value| {
        let mut account = Account::new();
        account.group("g", &[("p", buckets())], &[]);
        account.groups[0]["CreateDate"] = date;
        account.user("u", &["g"]);
        account.dump("user/u", S3);
        account
    };
    assert_eq!(made(json!("2022-01-01T00:00:00+00:00")).proposals(&[]).outcome("p"), ("narrow", ""));
    for date in [json!("2026-05-01T00:00:00+00:00"), json!("x"), json!(null)] {
        let proposals = made(date).proposals(&[]);
        assert_eq!(proposals.outcome("p").0, "none");
    }
}

/// AWS takes no such statement, and one in a file must not end the run.
#[test]
fn a_statement_without_an_action_stays() {
    let statements = json!([allow(json!([])), allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))]);
    let proposals = Account::of_role(statements, S3).proposals(&[]);
    assert_eq!(proposals.outcome("p"), ("narrow", ""));
    assert_eq!(proposals.statements("p")[0]["Action"], json!([]));
}

#[test]
fn no_change_of_a_policy_that_was_changed_after_the_dump() {
    assert_eq!(of_customer(&[("2022-01-01", buckets())]).proposals(&[]).outcome("p"), ("narrow", ""));
    is_none(&of_customer(&[("2022-01-01", buckets()), ("2026-05-06", buckets())]), "policy-changed");
}

#[test]
fn no_change_where_who_holds_what_was_saved_on_a_later_day() {
    let mut account = plain();
    account.more.push(("2026-05-09/authorization-details.json".to_owned(), account.details().to_string()));
    is_none(&account, "policies-newer");
}

#[test]
fn nothing_that_the_policy_grants_for_less_than_the_threshold() {
    let before = json!([allow(json!("s3:CreateBucket"))]);
    is_none(&of_customer(&[("2022-01-01", before.clone()), ("2026-04-01", buckets())]), "nothing-unused");
    // Another policy granted it before, so the verdict is `unused`; this one is young all the same.
    let mut account = of_customer(&[("2022-01-01", before), ("2026-04-01", buckets())]);
    account.roles[0]["RolePolicyList"] =
        json!([{"PolicyName": "old", "PolicyDocument": {"Version": "2012-10-17", "Statement": buckets()}}]);
    is_none(&account, "all-kept");
}

#[test]
fn nothing_where_the_default_version_was_set_back_at_an_unknown_time() {
    let mut account =
        of_customer(&[("2022-01-01", buckets()), ("2022-02-01", json!([allow(json!("s3:CreateBucket"))]))]);
    account.policies[0]["DefaultVersionId"] = json!("v1");
    account.policies[0]["PolicyVersionList"][0]["IsDefaultVersion"] = json!(true);
    account.policies[0]["PolicyVersionList"][1]["IsDefaultVersion"] = json!(false);
    is_none(&account, "all-kept");
}

#[test]
fn nothing_where_not_all_holders_are_known() {
    let mut account = of_customer(&[("2022-01-01", buckets())]);
    account.policies[0]["AttachmentCount"] = json!(2);
    is_none(&account, "holders-unknown");
    account.policies[0].as_object_mut().unwrap().remove("AttachmentCount");
    is_none(&account, "holders-unknown");
}

#[test]
fn nothing_of_a_group_of_which_the_members_may_be_missing() {
    let mut account = Account::new();
    account.users.clear();
    account.group("g", &[("p", buckets())], &[]);
    account.dump("group/g", S3);
    is_none(&account, "holders-unknown");
}

#[test]
fn nothing_of_a_policy_that_may_be_a_boundary() {
    let mut account = of_customer(&[("2022-01-01", buckets())]);
    account.policies[0].as_object_mut().unwrap().remove("PermissionsBoundaryUsageCount");
    is_none(&account, "holders-unknown");
}

/// A policy of which the own dump shows no use, and a role that holds it beside an old one.
fn held_by_two(second_created: &str) -> Account {
    let mut account = Account::new();
    let policy = arn("policy/p");
    account.policy(&policy, 2, &[("2022-01-01", buckets())]);
    account.role("old", &[], &[&policy]);
    account.role("second", &[], &[&policy])["CreateDate"] = json!(second_created);
    account.dump("policy/p", S3);
    account
}

#[test]
fn nothing_that_somebody_holds_who_was_made_lately() {
    assert_eq!(held_by_two("2022-01-01T00:00:00+00:00").proposals(&[]).outcome("p"), ("narrow", ""));
    is_none(&held_by_two("2026-05-01T00:00:00+00:00"), "all-kept");
    let mut of_unknown_age = held_by_two("2022-01-01T00:00:00+00:00");
    of_unknown_age.roles[1].as_object_mut().unwrap().remove("CreateDate");
    is_none(&of_unknown_age, "all-kept");
    // The same of a member of a group.
    let mut account = Account::new();
    account.group("g", &[("p", buckets())], &[]);
    account.user("old", &["g"]);
    account.dump("group/g", S3);
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    account.user("new", &["g"])["CreateDate"] = json!("2026-05-01T00:00:00+00:00");
    is_none(&account, "all-kept");
}

/// Whether a member needs what the group was made for nobody had the time to see.
#[test]
fn nothing_that_a_member_of_a_young_group_also_holds_directly() {
    let made = |group_created: &str| {
        let mut account = Account::new();
        let policy = arn("policy/p");
        let attached = json!([{"PolicyName": "p", "PolicyArn": policy}]);
        account.policy(&policy, 2, &[("2022-01-01", buckets())]);
        account.group("g", &[], &[&policy]);
        account.groups[0]["CreateDate"] = json!(group_created);
        account.user("u", &["g"])["AttachedManagedPolicies"] = attached;
        account.dump("policy/p", S3);
        account
    };
    assert_eq!(made("2022-01-01T00:00:00+00:00").proposals(&[]).outcome("p"), ("narrow", ""));
    is_none(&made("2026-05-01T00:00:00+00:00"), "all-kept");
}

#[test]
fn nothing_of_a_policy_of_which_the_own_dump_is_cut() {
    let mut account = of_customer(&[("2022-01-01", buckets())]);
    account.dump("policy/p", S3)["IsTruncated"] = json!(true);
    is_none(&account, "dump-incomplete");
}

/// The use that a pending or cut dump lacks would hide behind the dumps of the others.
#[test]
fn nothing_of_what_several_hold_while_a_dump_about_it_is_pending_or_cut() {
    let pending = |dump: &mut Value| dump["JobStatus"] = json!("IN_PROGRESS");
    let failed = |dump: &mut Value| dump["JobStatus"] = json!("FAILED");
    let cut = |dump: &mut Value| dump["IsTruncated"] = json!(true);
    let weaker: [&dyn Fn(&mut Value); 3] = [&pending, &failed, &cut];
    let mut account = Account::new();
    account.group("g", &[("p", buckets())], &[]);
    account.user("one", &["g"]);
    account.dump("user/one", S3);
    account.dump("group/g", S3);
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    let whole = account.dumps.clone();
    for weaken in weaker {
        for at in [0, 1] {
            account.dumps.clone_from(&whole);
            weaken(&mut account.dumps[at]);
            is_none(&account, "dump-incomplete");
        }
    }
    // The same of a customer policy, and of who has no dump at all its own one speaks.
    let mut account = held_by_two("2022-01-01T00:00:00+00:00");
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    account.dump("role/second", S3);
    for weaken in weaker {
        for at in [0, 1] {
            let whole = account.dumps.clone();
            weaken(&mut account.dumps[at]);
            is_none(&account, "dump-incomplete");
            account.dumps = whole;
        }
    }
}

#[test]
fn no_action_that_is_listed_for_less_than_the_threshold_although_its_service_is_unused() {
    let mut account = Account::of_role(buckets(), &[("s3", false, &["CreateBucket", "DeleteBucket"])]);
    assert_eq!(account.proposals(&[]).outcome("p"), ("delete-inline", ""));
    // Ten days before, the dump was whole and did not list it: the role cannot have it for longer.
    let earlier = account.dump("role/r", &[("s3", false, &["CreateBucket"])]);
    earlier["JobCreationDate"] = json!("2026-04-24T08:00:00Z");
    earlier["JobCompletionDate"] = json!("2026-04-24T08:00:00Z");
    let made = account.proposals(&[]);
    assert_eq!(made.actions("p"), ["s3:DeleteBucket"]);
    assert_eq!(made.reason("s3:DeleteBucket"), "kept unknown");
}

#[test]
fn nothing_that_the_policy_grants_lately_where_a_dump_names_actions_that_nobody_else_does() {
    // What follows `DeleteBucket` in the alphabet is granted since 2022.
    let long = json!(["s3:CreateBucket", "s3:DeleteBucket?*"]);
    let now = json!(["s3:CreateBucket", "s3:DeleteBucket?*", "s3:DeleteBucket"]);
    let mut account = Account::new();
    account.policy(&arn("policy/p"), 1, &[("2022-01-01", json!([allow(long)])), ("2026-04-01", json!([allow(now)]))]);
    account.role("r", &[], &[&arn("policy/p")]);
    account.dump("role/r", &[("s3", false, &["AnActionOfNextYear", "CreateBucket"])]);
    let made = account.proposals(&[]);
    assert_eq!(made.actions("p"), ["s3:DeleteBucket"]);
    assert_eq!(made.reason("s3:DeleteBucket"), "kept granted-recently");
}

#[test]
fn nothing_that_aws_may_have_added_to_its_policy_lately() {
    let policy = "arn:aws:iam::aws:policy/AmazonS3SomeAccess";
    let of = |date: &str| {
        let mut account = Account::new();
        account.policy(policy, 1, &[(date, buckets())]);
        // As AWS gives it: the version in force alone.
        let saved = account.policies.last_mut().expect("a policy");
        saved["DefaultVersionId"] = json!("v7");
        saved["PolicyVersionList"][0]["VersionId"] = json!("v7");
        saved["CreateDate"] = json!("2015-02-06T00:00:00+00:00");
        account.role("r", &[], &[policy]);
        account.dump("role/r", S3);
        account
    };
    assert_eq!(of("2025-01-01").proposals(&[]).outcome("AmazonS3SomeAccess"), ("copy-and-swap", ""));
    assert_eq!(of("2026-04-20").proposals(&[]).outcome("AmazonS3SomeAccess"), ("none", "all-kept"));
}

#[test]
fn nothing_that_somebody_was_given_lately_by_older_authorization_details() {
    // Ten days before the dump the second role did not have the policy.
    let mut account = held_by_two("2022-01-01T00:00:00+00:00");
    let mut earlier = account.details();
    earlier["RoleDetailList"][1]["AttachedManagedPolicies"] = json!([]);
    earlier["Policies"][0]["AttachmentCount"] = json!(1);
    account.more.push(("2026-04-24/authorization-details.json".to_owned(), earlier.to_string()));
    account.more.push(("2026-05-04/authorization-details.json".to_owned(), account.details().to_string()));
    let home = account.write();
    std::fs::remove_file(home.path().join("in/authorization-details.json")).expect("removed");
    let ran = dormant(home.path(), ["recommend", "in", "--format", "json"]);
    assert_eq!(ran.rows()[0]["reason_none"], "all-kept", "{} {}", ran.stdout, ran.stderr);
}

/// A customer policy that one group has, and its only member, who uses nothing of it.
fn attached_to_a_group() -> Account {
    let mut account = Account::new();
    let policy = arn("policy/p");
    account.policy(&policy, 1, &[("2022-01-01", buckets())]);
    account.group("g", &[], &[&policy]);
    account.user("u", &["g"]);
    account.dump("user/u", S3);
    account
}

/// The dump of a group counts the uses of members who left, and nothing else does.
#[test]
fn nothing_that_the_dump_of_a_group_shows_to_be_used_by_a_policy_attached_to_it() {
    let used: &[Listed] = &[("s3", true, &["CreateBucket!", "DeleteBucket!"])];
    let mut account = attached_to_a_group();
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    account.dump("group/g", used);
    is_none(&account, "nothing-unused");
    account.dump("policy/p", S3);
    is_none(&account, "nothing-unused");
    for weaken in [("JobStatus", json!("FAILED")), ("JobStatus", json!("IN_PROGRESS")), ("IsTruncated", json!(true))] {
        let mut account = attached_to_a_group();
        account.dump("policy/p", S3);
        account.dump("group/g", S3)[weaken.0] = weaken.1;
        is_none(&account, "dump-incomplete");
    }
    let mut account = attached_to_a_group();
    let keep = "[[decision]]\nentity = \"group/g\"\nservice = \"s3\"\naction = \"DeleteBucket\"\ndecision = \"keep\"\nowner = \"Ann\"\ndecided = 2026-05-01\nexpires = 2027-01-01\nreason = \"yearly\"\n";
    account.more.push(("../decisions.toml".to_owned(), keep.to_owned()));
    assert_eq!(account.proposals(&["--decisions", "decisions.toml"]).outcome("p"), ("none", "all-kept"));
}

/// AWS counts every use through its policy in the dump of that policy, whoever made it.
#[test]
fn nothing_that_the_dump_of_a_policy_by_aws_shows_to_be_used() {
    let policy = "arn:aws:iam::aws:policy/AmazonS3SomeAccess";
    let mut account = Account::new();
    account.policy(policy, 1, &[("2022-01-01", buckets())]);
    account.role("r", &[], &[policy]);
    account.dump("role/r", S3);
    assert_eq!(account.proposals(&[]).outcome("AmazonS3SomeAccess"), ("copy-and-swap", ""));
    let dump = account.dump("role/r", &[("s3", true, &["CreateBucket!", "DeleteBucket!"])]);
    dump["Arn"] = json!(policy);
    let answer = account.dumps.pop().expect("a dump");
    account.more.push((format!("{ACCOUNT}/policies/some.json"), answer.to_string()));
    assert_eq!(account.proposals(&[]).outcome("AmazonS3SomeAccess"), ("none", "nothing-unused"));
}

#[test]
fn no_safeguard_without_effect_is_silent() {
    let statements = json!([allow(json!(["iam:PutRolePolicy", "iam:CreateRole"]))]);
    let mut account = Account::new();
    account.role("ops/a", &[("p", statements)], &[]);
    account.dump("role/ops/a", &[("iam", false, &["PutRolePolicy", "CreateRole"])]);
    let home = account.write();
    let told = |option: &str, value: &str| {
        let ran = dormant(home.path(), ["recommend", "in", "--format", "json", option, value]);
        let removed = ran.rows().first().map_or(0, |row| row["actions_removed"].as_u64().unwrap_or(0));
        (removed, ran.stderr.contains("so that"), ran.code)
    };
    for caller in
        ["sts::111122223333:assumed-role/a/session", "iam::111122223333:role/A", "iam::111122223333:role/ops/a"]
    {
        assert_eq!(told("--applied-by", &format!("arn:aws:{caller}")), (1, false, 0), "{caller}");
    }
    assert_eq!(told("--applied-by", "arn:aws:iam::111122223333:role/nobody"), (2, true, 0));
    assert_eq!(dormant(home.path(), ["recommend", "in", "--applied-by", "a"]).code, 2);
    for pattern in ["role/a", "role/ops/a", "a", "*:role/ops/*"] {
        assert_eq!(told("--protect", pattern), (0, false, 0), "{pattern}");
    }
    assert_eq!(told("--protect", "iam:Put*"), (1, false, 0));
    for pattern in ["PutRolePolicy", "iam:Nope*", "role/b"] {
        assert_eq!(told("--protect", pattern), (2, true, 0), "{pattern}");
    }
}

/// A service that no catalogue knows goes with `*` like the others, and is named like them.
#[test]
fn nothing_unnamed() {
    let mut account = Account::of_role(
        json!([allow(json!("*"))]),
        &[("s3", true, &["CreateBucket!"]), ("unheard-of", false, &[]), ("a4b", false, &[])],
    );
    let made = account.proposals(&[]);
    assert_eq!(made.reason("unheard-of:*"), "removed service-unused");
    assert_eq!(made.row("p")["services_removed"], 2);
    // Nothing tells how old a dump without a date is, whatever day it is.
    for date in ["JobCreationDate", "JobCompletionDate"] {
        account.dumps[0].as_object_mut().expect("a dump").remove(date);
    }
    let undated = account.proposals(&["--as-of", "2026-05-04"]);
    assert!(undated.file("apply.sh").contains("Nothing tells when the dump was made."));
    assert!(undated.file("README.md").contains("Nothing tells when the dump was made"));
}

/// Audits are a quarter apart, which is longer than the threshold: what is granted between two of them may be of yesterday.
#[test]
fn nothing_that_may_have_been_granted_on_the_day_of_the_first_answer_that_has_it() {
    let made = |days: &[(&str, bool)]| {
        let mut account = held_by_two("2022-01-01T00:00:00+00:00");
        for (day, is_attached) in days {
            let mut of_day = account.details();
            if !is_attached {
                of_day["RoleDetailList"][1]["AttachedManagedPolicies"] = json!([]);
                of_day["Policies"][0]["AttachmentCount"] = json!(1);
            }
            account.more.push((format!("{day}/authorization-details.json"), of_day.to_string()));
        }
        account.more.push(("2026-05-04/authorization-details.json".to_owned(), account.details().to_string()));
        let home = account.write();
        std::fs::remove_file(home.path().join("in/authorization-details.json")).expect("removed");
        let ran = dormant(home.path(), ["recommend", "in", "--format", "json"]);
        let row = ran.rows()[0].clone();
        (
            row["step"].as_str().unwrap_or_default().to_owned(),
            row["reason_none"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(made(&[("2025-12-01", false)]), ("none".to_owned(), "all-kept".to_owned()));
    assert_eq!(made(&[("2025-12-01", false), ("2026-03-20", true)]), ("none".to_owned(), "all-kept".to_owned()));
    assert_eq!(made(&[("2025-12-01", false), ("2026-01-10", true)]), ("narrow".to_owned(), String::new()));
}

#[test]
fn nothing_that_may_have_been_granted_on_the_day_of_the_first_dump_that_lists_it() {
    const WITHOUT_ACTION: &[Listed] = &[("s3", true, &["CreateBucket!"]), ("sqs", false, &["CreateQueue"])];
    const BOTH: &[Listed] = &[("s3", true, &["CreateBucket!", "DeleteBucket"]), ("sqs", false, &["CreateQueue"])];
    let statements = || json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket", "sqs:CreateQueue", "sqs:X*"]))]);
    let made = |older: &[(&str, &[Listed])]| {
        let mut account = Account::of_role(statements(), BOTH);
        for (day, services) in older {
            let dump = account.dump("role/r", services);
            for date in ["JobCreationDate", "JobCompletionDate"] {
                dump[date] = json!(format!("{day}T08:00:00Z"));
            }
            // What was used on 1 May is in no dump of before.
            dump["ServicesLastAccessed"][0]["LastAuthenticated"] = json!(format!("{day}T00:00:00Z"));
            dump["ServicesLastAccessed"][0]["TrackedActionsLastAccessed"][0]["LastAccessedTime"] =
                json!(format!("{day}T00:00:00Z"));
        }
        account.proposals(&[])
    };
    let of_service = made(&[("2026-01-20", S3)]);
    assert_eq!(of_service.reason("s3:DeleteBucket"), "removed action-unused");
    assert_eq!(of_service.reason("sqs:CreateQueue"), "kept granted-recently: r");
    assert!(of_service.actions("p").contains(&"sqs:X*".to_owned()), "{:?}", of_service.actions("p"));
    let of_action = made(&[("2026-01-20", WITHOUT_ACTION)]);
    assert_eq!(of_action.reason("s3:DeleteBucket"), "kept granted-recently: r");
    assert_eq!(of_action.reason("sqs:CreateQueue"), "removed service-unused");
    let long_ago = made(&[("2025-10-01", S3), ("2026-01-20", BOTH)]);
    assert_eq!(long_ago.reason("sqs:CreateQueue"), "removed service-unused");
}

#[test]
fn nothing_of_a_group_that_was_made_lately() {
    let mut account = Account::new();
    account.group("g", &[("p", buckets())], &[]);
    account.user("old", &["g"]);
    account.dump("group/g", S3);
    account.groups[0]["CreateDate"] = json!("2026-05-01T00:00:00+00:00");
    let made = account.proposals(&[]);
    assert_eq!(made.outcome("p").0, "none", "{:?}", made.rows);
}

#[test]
fn nothing_of_a_role_that_was_made_from_a_template() {
    let mut account = plain();
    let mut role = account.roles[0].clone();
    role["SourceRoleTemplate"] =
        json!({"TemplateArn": "arn:aws:iam::aws:role-template/Example", "TemplateMinorVersion": 1});
    account.more.push(("role.json".to_owned(), json!({"Role": role}).to_string()));
    is_none(&account, "aws-controlled");
}

#[test]
fn no_pattern_of_which_nothing_is_known_that_protect_names_or_that_is_granted_lately() {
    let statements = |more: &str| json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"])), allow(json!(more))]);
    let services: &[Listed] = &[("nobody-knows-it", false, &[]), ("s3", true, &["CreateBucket!", "DeleteBucket"])];
    let account = Account::of_role(statements("nobody-knows-it:Get*"), services);
    assert_eq!(account.proposals(&[]).statements("p").len(), 1);
    let made = account.proposals(&["--protect", "nobody-knows-it:*"]);
    assert_eq!(made.statements("p")[1], allow(json!("nobody-knows-it:Get*")));
    let mut account = Account::new();
    let (before, now) = (statements("s3:CreateBucket"), statements("nobody-knows-it:Get*"));
    account.policy(&arn("policy/p"), 1, &[("2022-01-01", before), ("2026-04-01", now)]);
    account.role("r", &[], &[&arn("policy/p")]);
    account.dump("role/r", services);
    account.dump("policy/p", services);
    assert_eq!(account.proposals(&[]).statements("p")[1], allow(json!("nobody-knows-it:Get*")));
}

#[test]
fn nothing_where_somebody_may_hold_more_than_is_known() {
    let mut account = plain();
    account.roles[0]["AttachedManagedPolicies"] =
        json!([{"PolicyName": "ViewOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"}]);
    is_none(&account, "policies-incomplete");
}

#[test]
fn nothing_of_roles_that_aws_makes_again() {
    for path in ["aws-service-role/ecs.amazonaws.com/", "aws-reserved/sso.amazonaws.com/"] {
        let mut account = Account::new();
        account.role(&format!("{path}r"), &[("p", buckets())], &[]);
        account.dump(&format!("role/{path}r"), S3);
        is_none(&account, "aws-controlled");
    }
}

#[test]
fn nothing_of_policies_that_aws_made_for_one_role() {
    let mut account = Account::new();
    let policy = arn("policy/service-role/p");
    account.policy(&policy, 1, &[("2022-01-01", buckets())]);
    account.role("r", &[], &[&policy]);
    account.dump("role/r", S3);
    is_none(&account, "made-by-aws");
}

#[test]
fn no_edit_of_deny_not_action_condition_resource_version_or_order() {
    let statements = json!([
        {"Sid": "A", "Effect": "Deny", "Action": "s3:PutBucketWebsite", "Resource": "arn:aws:s3:::x"},
        {"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"},
        {"Sid": "B", "Effect": "Allow", "Action": ["s3:PutBucketWebsite", "s3:CreateBucket"], "NotResource": ["arn:aws:s3:::y"],
         "Condition": {"StringLike": {"aws:PrincipalTag/team": ["b", "a"]}, "NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}},
        {"Sid": "C", "Effect": "Allow", "Action": "S3:createbucket", "Resource": ["b", "a"]}
    ]);
    let mut account = Account::of_role(statements.clone(), &[("s3", true, &["CreateBucket!", "PutBucketWebsite"])]);
    account.roles[0]["RolePolicyList"][0]["PolicyDocument"]["Version"] = json!("2008-10-17");
    account.roles[0]["RolePolicyList"][0]["PolicyDocument"]["Id"] = json!("mine");
    let made = account.proposals(&[]);
    let proposed: Value = serde_json::from_str(&made.file("p.proposed.json")).unwrap();
    let mut expected = json!({"Version": "2008-10-17", "Id": "mine", "Statement": statements});
    expected["Statement"][2]["Action"] = json!(["s3:CreateBucket"]);
    assert_eq!(proposed, expected);
}

#[test]
fn no_change_of_a_policy_that_is_a_boundary() {
    let mut account = of_customer(&[("2022-01-01", buckets())]);
    account.policies[0]["PermissionsBoundaryUsageCount"] = json!(1);
    is_none(&account, "boundary");
    let mut account = of_customer(&[("2022-01-01", buckets())]);
    account.users[0]["PermissionsBoundary"] =
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/p")});
    is_none(&account, "boundary");
}

#[test]
fn no_pattern_that_is_wider_than_the_one_before_it() {
    let account = Account::of_role(
        json!([allow(json!(["ec2:*Instances", "ec2:Create*"]))]),
        &[("ec2", true, &["RunInstances!", "StartInstances", "CreateVpc", "CreateSubnet!"])],
    );
    for style in ["auto", "deny"] {
        for statement in account.proposals(&["--style", style]).statements("p") {
            for action in statement["Action"].as_array().unwrap() {
                let action = action.as_str().unwrap();
                let is_within = action.ends_with("Instances") || action.starts_with("ec2:Create");
                assert!(is_within, "{action}");
            }
        }
    }
}

#[test]
fn no_deletion_of_a_user_a_role_a_key_or_a_version() {
    let mut account = of_customer(&[("2022-01-01", buckets())]);
    account.role("s", &[("inline", json!([allow(json!("sqs:*"))]))], &[]);
    account.dump("role/s", &[("sqs", false, &[])]);
    let made = account.proposals(&[]);
    assert_eq!(made.outcome("inline"), ("delete-inline", ""));
    let scripts: Vec<String> = made
        .files()
        .into_iter()
        .filter(|(path, _)| path.ends_with("apply.sh") || path.ends_with("rollback.sh"))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(scripts.len(), 4);
    for script in scripts {
        let deletes = script.lines().filter(|line| line.contains("aws iam delete"));
        assert!(deletes.into_iter().all(|line| line.starts_with("aws iam delete-role-policy ")), "{script}");
    }
}

#[test]
fn no_action_on_keys_backups_restores_and_failovers_unless_that_is_asked_for() {
    let recovery = json!([
        "kms:ScheduleKeyDeletion",
        "backup:StartRestoreJob",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:FailoverDBCluster",
        "ec2:CreateVolume",
        "ec2:CreateSnapshot",
        "ec2:CreateSnapshots",
        "ec2:CopySnapshot",
        "ec2:RestoreSnapshotTier",
        "ec2:CreateImage",
        "ec2:RegisterImage",
        "ec2:CopyImage",
        "route53:ChangeResourceRecordSets",
        "drs:StartRecovery"
    ]);
    let services: &[Listed] = &[
        ("backup", false, &[]),
        ("drs", false, &[]),
        ("ec2", false, &[]),
        ("kms", false, &[]),
        ("rds", false, &[]),
        ("route53", false, &[]),
    ];
    let account = Account::of_role(json!([allow(recovery)]), services);
    is_none(&account, "all-kept");
    assert_eq!(account.proposals(&["--include-recovery"]).outcome("p"), ("delete-inline", ""));
}

#[test]
fn no_repair_action_of_the_entity_that_applies_the_proposals() {
    let account = Account::of_role(
        json!([allow(json!(["iam:PutRolePolicy", "iam:CreatePolicyVersion"]))]),
        &[("iam", false, &["PutRolePolicy"])],
    );
    assert_eq!(account.proposals(&[]).outcome("p"), ("delete-inline", ""));
    assert_eq!(account.proposals(&["--applied-by", &arn("role/r")]).outcome("p"), ("none", "all-kept"));
}

#[test]
fn nothing_about_an_entity_that_was_inferred() {
    let mut account = plain();
    let mut dump = account.dumps.pop().unwrap();
    dump.as_object_mut().unwrap().remove("Arn");
    account.more.push(("some-dump.json".to_owned(), dump.to_string()));
    // The authorization details name the role, and not this file: nothing says that it is about it.
    is_none(&account, "no-dump");
}

#[test]
fn nothing_from_the_access_report_of_an_organization() {
    let mut account = plain();
    account.dumps.clear();
    let report = json!({"JobStatus": "COMPLETED", "JobCreationDate": "2026-05-04T08:00:00Z", "JobCompletionDate": "2026-05-04T08:00:00Z",
        "NumberOfServicesAccessible": 1, "NumberOfServicesNotAccessed": 1, "IsTruncated": false,
        "AccessDetails": [{"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0}]});
    account.more.push(("organization.json".to_owned(), report.to_string()));
    is_none(&account, "no-dump");
}

#[test]
fn nothing_that_protect_names() {
    let account = plain();
    for glob in ["s3:Delete*", "S3:*", "r", "arn:aws:iam::*:role/r", "p"] {
        assert_eq!(account.proposals(&["--protect", glob]).row("p")["step"], "none", "{glob}");
    }
}

#[test]
fn nothing_that_a_decision_keeps() {
    let mut account = plain();
    let decision = |expires: &str| {
        format!(
            "[[decision]]\nentity = \"role/r\"\nservice = \"s3\"\naction = \"DeleteBucket\"\ndecision = \"keep\"\nreason = \"yearly\"\n\
             owner = \"ana@example.com\"\ndecided = 2026-01-01\nexpires = {expires}\n"
        )
    };
    account.more.push(("../decisions.toml".to_owned(), decision("2027-01-01")));
    account.more.push(("../expired.toml".to_owned(), decision("2026-05-01")));
    let made = account.proposals(&["--decisions", "decisions.toml"]);
    assert_eq!((made.outcome("p"), made.row("p")["kept_decision"].as_u64()), (("none", "all-kept"), Some(1)));
    assert_eq!(account.proposals(&["--decisions", "expired.toml"]).outcome("p"), ("narrow", ""));
}

#[test]
fn a_filter_chooses_what_is_proposed_and_never_what_it_rests_on() {
    let mut account = Account::new();
    account.policy(&arn("policy/p"), 2, &[("2022-01-01", buckets())]);
    account.role("one", &[], &[&arn("policy/p")]);
    account.role("two", &[], &[&arn("policy/p")]);
    account.dump("role/one", S3);
    account.dump("role/two", &[("s3", true, &["CreateBucket", "DeleteBucket!"])]);
    assert_eq!(account.proposals(&["--entity", "one"]).outcome("p"), ("none", "nothing-unused"));
    let account = plain();
    assert_eq!(account.proposals(&["--service", "ec2"]).row("p")["step"], "none");
    assert_eq!(account.proposals(&["--action", "s3:CreateBucket"]).row("p")["step"], "none");
    assert_eq!(account.proposals(&["--action", "s3:DeleteBucket"]).row("p")["step"], "narrow");
    assert!(account.proposals(&["--only", "other"]).rows.is_empty());
}

#[test]
fn an_access_from_another_document_keeps_what_it_shows() {
    let mut account = plain();
    account.more.push((
        "used.csv".to_owned(),
        format!("arn,service,action,time\n{},s3,DeleteBucket,2026-05-02T00:00:00Z\n", arn("role/r")),
    ));
    let made = account.proposals(&["--also-used", "in/used.csv"]);
    assert_eq!(made.row("p")["step"], "none", "{:?}", made.rows);
}

#[test]
fn nothing_of_a_policy_while_the_only_dump_of_a_holder_cannot_be_read() {
    let mut account = held_by_two("2022-01-01T00:00:00+00:00");
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    let cut = json!({"Arn": arn("role/second"), "JobStatus": "COMPLETED", "ServicesLastAccessed": []}).to_string();
    account.more.push(("second.json".to_owned(), cut.replace("[]}", "[{")));
    is_none(&account, "dump-incomplete");
    // The same of the policy's own dump.
    let mut account = of_customer(&[("2022-01-01", buckets())]);
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    let cut = json!({"Arn": arn("policy/p"), "JobStatus": "COMPLETED", "ServicesLastAccessed": []}).to_string();
    account.more.push(("p.json".to_owned(), cut.replace("[]}", "[{")));
    is_none(&account, "dump-incomplete");
}

#[test]
fn an_access_of_a_session_keeps_what_it_shows_of_a_role_below_a_path() {
    let mut account = Account::new();
    account.policy(&arn("policy/p"), 1, &[("2022-01-01", buckets())]);
    account.role("team/app", &[], &[&arn("policy/p")]);
    account.dump("policy/p", S3);
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    for by in ["arn:aws:sts::111122223333:assumed-role/app/i-0abc", "arn:aws:iam::111122223333:role/app"] {
        let line = format!("arn,service,action,time\n{by},s3,DeleteBucket,2026-05-02T00:00:00Z\n");
        account.more = vec![("used.csv".to_owned(), line)];
        let made = account.proposals(&["--also-used", "in/used.csv"]);
        assert_eq!(made.row("p")["step"], "none", "{by}: {:?}", made.rows);
    }
}

#[test]
fn an_access_of_a_holder_without_a_dump_keeps_what_it_shows() {
    // The policy has a dump of its own; the role that holds it has none, and other documents show what it uses.
    let held = || {
        let mut account = of_customer(&[("2022-01-01", buckets())]);
        account.dumps.clear();
        account.dump("policy/p", S3);
        assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
        account
    };
    let holder = arn("role/r");
    let mut account = held();
    let line = format!("arn,service,action,time\n{holder},s3,DeleteBucket,2026-05-02T00:00:00Z\n");
    account.more.push(("used.csv".to_owned(), line));
    assert_eq!(account.proposals(&["--also-used", "in/used.csv"]).row("p")["step"], "none");
    let mut account = held();
    let entity = json!({"EntityInfo": {"Arn": holder, "Name": "r", "Type": "ROLE", "Id": "AROAEXAMPLE", "Path": "/"},
                        "LastAuthenticated": "2026-05-02T00:00:00Z"});
    let answer = json!({"ServiceNamespace": "s3", "JobStatus": "COMPLETED", "IsTruncated": false,
                        "JobCreationDate": "2026-05-04T08:00:00Z", "JobCompletionDate": "2026-05-04T08:00:00Z",
                        "EntityDetailsList": [entity]});
    account.more.push(("s3.json".to_owned(), answer.to_string()));
    assert_eq!(account.proposals(&[]).row("p")["step"], "none");
}

#[test]
fn nothing_of_a_group_where_a_user_of_unknown_groups_may_be_a_member() {
    let mut account = Account::new();
    account.group("g", &[("p", buckets())], &[]);
    account.user("bob", &["g"]);
    account.dump("group/g", S3);
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    account.users[0].as_object_mut().unwrap().remove("GroupList");
    is_none(&account, "holders-unknown");
}

#[test]
fn nothing_of_a_group_where_a_user_with_a_dump_is_in_no_list() {
    let mut account = Account::new();
    account.group("g", &[("p", buckets())], &[]);
    account.user("bob", &["g"]);
    account.dump("user/bob", S3);
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
    // Somebody made her after the list was saved, perhaps in the group.
    account.dump("user/eve", &[("s3", true, &["CreateBucket", "DeleteBucket!"])]);
    is_none(&account, "holders-unknown");
    account.user("eve", &[]);
    assert_eq!(account.proposals(&[]).outcome("p"), ("narrow", ""));
}

#[test]
fn no_change_where_who_holds_what_was_saved_long_before_the_dump() {
    let mut account = plain();
    account.more.push(("2026-04-20/authorization-details.json".to_owned(), account.details().to_string()));
    let home = account.write();
    std::fs::remove_file(home.path().join("in/authorization-details.json")).expect("removed");
    let ran = dormant(home.path(), ["recommend", "in", "--format", "json"]);
    assert_eq!(ran.rows()[0]["reason_none"], "policies-older", "{}", ran.stdout);
}

#[test]
fn no_bearer_token_of_a_service_that_asks_for_one_in_the_callers_name() {
    let statements = json!([allow(json!(["codeartifact:GetAuthorizationToken", "sts:GetServiceBearerToken"]))]);
    let listed: &[Listed] = &[("codeartifact", true, &["GetAuthorizationToken!"]), ("sts", false, &[])];
    assert_eq!(Account::of_role(statements, listed).proposals(&[]).row("p")["step"], "none");
}

#[test]
fn no_service_that_is_used_although_none_of_its_actions_is_known() {
    let account = Account::of_everything(&[
        ("brandnew", true, &[]),
        ("halfknown", true, &["DoIt"]),
        ("sqs", true, &["CreateQueue!", "DeleteQueue"]),
    ]);
    for style in ["auto", "deny"] {
        let made = account.proposals(&["--include-recovery", "--style", style]);
        let row = made.row("p");
        if row["step"] == "none" {
            assert_eq!((style, &row["reason_none"]), ("deny", &json!("too-large")));
            continue;
        }
        let actions = made.actions("p");
        for stays in ["brandnew:*", "halfknown:*", "sqs:CreateQueue"] {
            assert!(actions.iter().any(|action| action == stays), "{stays} in {actions:?}");
        }
        assert!(!actions.iter().any(|action| action == "sqs:DeleteQueue" || action.starts_with("ec2:")), "{actions:?}");
    }
}

/// A service that is newer than the catalogue: of its actions only those are known that AWS tracks, and the others may be used every day.
#[test]
fn no_action_of_a_service_that_no_catalogue_has_where_a_pattern_would_give_way_to_names() {
    let patterns = ["brandnew:*", "halfknown:Do*", "byname:DoIt", "byname:MakeIt", "unusednew:*", "sqs:*"];
    let listed: &[Listed] = &[
        ("brandnew", true, &["DoIt!", "MakeIt"]),
        ("byname", true, &["DoIt!", "MakeIt"]),
        ("halfknown", true, &["DoIt!", "DoMore"]),
        ("unusednew", false, &["DoIt"]),
        ("sqs", true, &["CreateQueue!", "DeleteQueue"]),
    ];
    let made = Account::of_role(json!([allow(json!(patterns))]), listed).proposals(&[]);
    for (action, reason) in [
        ("brandnew:MakeIt", "kept nothing-known-left"),
        ("halfknown:DoMore", "kept nothing-known-left"),
        ("byname:MakeIt", "removed action-unused"),
        ("unusednew:DoIt", "removed service-unused"),
        ("sqs:DeleteQueue", "removed action-unused"),
    ] {
        assert_eq!(made.reason(action), reason, "{action}");
    }
    let actions = made.actions("p");
    assert_eq!(actions[..3], ["brandnew:*", "halfknown:Do*", "byname:DoIt"], "{actions:?}");
    let made = Account::of_everything(listed).proposals(&["--include-recovery"]);
    let actions = made.actions("p");
    for stays in ["brandnew:*", "halfknown:*", "byname:*", "sqs:CreateQueue"] {
        assert!(actions.iter().any(|action| action == stays), "{stays} in {actions:?}");
    }
    assert!(!actions.iter().any(|action| action.starts_with("unusednew:") || action == "sqs:*"), "{actions:?}");
}
