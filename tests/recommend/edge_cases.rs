//! Cases in which the answer is not plain, each with the answer that is right.

use serde_json::json;

use crate::estate::{Account, Listed, allow, arn};

#[test]
fn a_service_wildcard_gives_way_to_all_that_stays() {
    let account = Account::of_role(json!([allow(json!("s3:*"))]), &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let made = account.proposals(&[]);
    let actions = made.actions("p");
    let has = |name: &str| actions.iter().any(|action| action == name);
    assert!(!has("s3:DeleteBucket"), "{actions:?}");
    for kept in ["s3:CreateBucket", "s3:GetObject", "s3:ListBucket", "s3:TagResource", "s3:UntagResource"] {
        assert!(has(kept), "{kept} of {actions:?}");
    }
    assert!(actions.is_sorted(), "{actions:?}");
    assert_eq!(made.row("p")["closes_wildcard"], "yes");
    assert_eq!(made.reason("s3:GetObject"), "kept untracked");
    assert_eq!(made.reason("s3:DeleteBucket"), "removed action-unused");
    assert_eq!(made.reason("s3:CreateBucket"), "kept used");
}

#[test]
fn a_pattern_of_which_nothing_goes_stays_byte_for_byte() {
    let patterns = json!(["EC2:describe*", "ec2:RunInstances"]);
    let account = Account::of_role(json!([allow(patterns)]), &[("ec2", true, &["DescribeInstances!", "RunInstances"])]);
    let made = account.proposals(&[]);
    assert_eq!(made.actions("p"), ["EC2:describe*"]);
    assert_eq!(made.row("p")["closes_wildcard"], "no");
}

#[test]
fn an_unused_service_takes_its_statement_with_it_untracked_actions_too() {
    let queue =
        json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:111122223333:q"});
    let other = allow(json!("ec2:DescribeInstances"));
    let account =
        Account::of_role(json!([queue, other]), &[("ec2", true, &["DescribeInstances!"]), ("sqs", false, &[])]);
    let made = account.proposals(&[]);
    assert_eq!(made.statements("p"), [allow(json!("ec2:DescribeInstances"))]);
    assert_eq!(made.reason("sqs:SendMessage"), "removed service-unused");
}

#[test]
fn iam_unused_leaves_pass_role_and_what_others_need() {
    let account = Account::of_role(
        json!([allow(json!("iam:*")), allow(json!("ec2:RunInstances"))]),
        &[("ec2", true, &["RunInstances!"]), ("iam", false, &["CreateUser"])],
    );
    let made = account.proposals(&[]);
    let actions = made.actions("p");
    assert!(actions.contains(&"iam:PassRole".to_owned()), "{actions:?}");
    assert!(!actions.contains(&"iam:CreateUser".to_owned()) && !actions.contains(&"iam:*".to_owned()), "{actions:?}");
    assert!(made.row("p")["closes_paths"].as_str().unwrap().contains("access-key"));
}

#[test]
fn a_path_that_a_boundary_or_a_deny_shuts_is_not_closed() {
    let statements = json!([allow(json!(["iam:AttachRolePolicy", "iam:CreateAccessKey", "s3:ListBuckets"]))]);
    let services: &[Listed] = &[("s3", true, &[]), ("iam", false, &["AttachRolePolicy", "CreateAccessKey"])];
    let mut account = Account::of_role(statements.clone(), services);
    assert_eq!(account.proposals(&[]).row("p")["closes_paths"], "attach-role-policy, access-key");
    let boundary = arn("policy/edge");
    account.policy(&boundary, 0, &[("2022-01-01", json!([allow(json!(["s3:*", "iam:CreateAccessKey"]))]))]);
    account.roles[0]["PermissionsBoundary"] =
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary});
    assert_eq!(account.proposals(&[]).row("p")["closes_paths"], "access-key");

    let deny = json!({"Effect": "Deny", "Action": "iam:Attach*", "Resource": "*"});
    let statements = json!([statements[0], deny]);
    let account = Account::of_role(statements, services);
    assert_eq!(account.proposals(&[]).row("p")["closes_paths"], "access-key");
}

#[test]
fn keys_stay_while_a_service_that_may_call_them_stays() {
    let statements =
        json!([allow(json!(["kms:Decrypt", "kms:GenerateDataKey", "kms:ListKeys"])), allow(json!("s3:GetObject"))]);
    let account =
        Account::of_role(statements, &[("kms", false, &["Decrypt", "GenerateDataKey", "ListKeys"]), ("s3", true, &[])]);
    let made = account.proposals(&["--include-recovery"]);
    assert_eq!(made.actions("p"), ["kms:Decrypt", "kms:GenerateDataKey"]);
    assert!(made.reason("kms:Decrypt").starts_with("kept dependent: "), "{}", made.reason("kms:Decrypt"));
    assert_eq!(made.row("p")["kept_dependent"], 2);
    let readme = made.file("README.md");
    assert!(readme.contains("  - 2 `dependent`: an action that stays needs it\n"), "{readme}");
}

#[test]
fn two_statements_that_grant_one_action_are_both_narrowed() {
    let mut conditional = allow(json!(["s3:DeleteBucket", "s3:CreateBucket"]));
    conditional["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let statements = json!([allow(json!(["s3:DeleteBucket", "s3:CreateBucket"])), conditional]);
    let account = Account::of_role(statements, &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let statements = account.proposals(&[]).statements("p");
    assert!(statements.iter().all(|statement| statement["Action"] == json!(["s3:CreateBucket"])), "{statements:?}");
    assert_eq!(statements[1]["Condition"], json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}));
}

fn shared(second: &[(&str, bool, &[&str])]) -> Account {
    let mut account = Account::new();
    let policy = arn("policy/shared");
    account.policy(
        &policy,
        2,
        &[("2022-01-01", json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket", "ec2:RunInstances"]))]))],
    );
    account.role("one", &[], &[&policy]);
    account.role("two", &[], &[&policy]);
    let first: &[(&str, bool, &[&str])] =
        &[("ec2", false, &["RunInstances"]), ("s3", true, &["CreateBucket!", "DeleteBucket"])];
    account.dump("role/one", first);
    account.dump("role/two", second);
    account
}

#[test]
fn what_another_holder_uses_stays_in_a_shared_policy() {
    let account = shared(&[("ec2", false, &["RunInstances"]), ("s3", true, &["CreateBucket", "DeleteBucket!"])]);
    let made = account.proposals(&[]);
    assert_eq!(made.actions("shared"), ["s3:CreateBucket", "s3:DeleteBucket"]);
    assert_eq!(made.reason("s3:DeleteBucket"), "kept other-holder: two uses it; split or detach for the others");
    assert_eq!(made.row("shared")["folder"], "111122223333/policy/shared");
    assert_eq!(made.row("shared")["holders"], 2);
}

#[test]
fn the_own_dump_of_a_policy_speaks_for_all_who_hold_it() {
    let mut account = shared(&[]);
    account.dumps.truncate(1);
    account
        .dump("policy/shared", &[("ec2", false, &["RunInstances"]), ("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    assert_eq!(account.proposals(&[]).actions("shared"), ["s3:CreateBucket"]);
}

#[test]
fn an_action_that_a_holder_uses_stays_although_the_dump_of_the_policy_shows_no_use() {
    let mut account = shared(&[("ec2", true, &["RunInstances!"]), ("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    account
        .dump("policy/shared", &[("ec2", false, &["RunInstances"]), ("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    assert_eq!(account.proposals(&[]).actions("shared"), ["s3:CreateBucket", "ec2:RunInstances"]);
}

#[test]
fn administrator_access_of_which_some_is_used_is_split() {
    let mut account = Account::new();
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    account.policy(policy, 1, &[("2015-02-06", json!([allow(json!("*"))]))]);
    account.role("admin", &[], &[policy]);
    let unused: Vec<String> = (0..).map(|at| format!("service-with-a-long-name-{at:03}")).take(400).collect();
    let mut services: Vec<(&str, bool, &[&str])> =
        unused.iter().map(|name| (name.as_str(), false, &[] as &[&str])).collect();
    services.extend([("ec2", true, &["RunInstances!"] as &[&str]), ("sqs", false, &["CreateQueue"])]);
    account.dump("role/admin", &services);
    let known: Vec<String> = unused.iter().map(|name| format!("{name}:DoIt")).collect();
    account.role("knows-all-names", &[("names", json!([allow(json!(known))]))], &[]);
    let made = account.proposals(&[]);
    assert_eq!(made.outcome("AdministratorAccess"), ("copy-and-swap", ""));
    let row = made.row("AdministratorAccess");
    assert!(row["parts"].as_u64() > Some(1) && row["size_after"].as_u64() <= row["limit"].as_u64(), "{row}");
}

#[test]
fn administrator_access_becomes_the_services_in_use() {
    let used =
        ["dynamodb", "ec2", "ecs", "eks", "iam", "lambda", "logs", "rds", "route53", "s3", "sns", "sqs", "ssm", "sts"];
    let services: Vec<Listed> = used.iter().map(|service| (*service, true, &[] as &[&str])).collect();
    let mut account = Account::of_everything(&services);
    let policy = "arn:aws:iam::aws:policy/AdministratorAccess";
    account.policy(policy, 1, &[("2015-02-06", json!([allow(json!("*"))]))]);
    account.roles.clear();
    account.role("r", &[], &[policy]);
    let made = account.proposals(&["--service-level"]);
    assert_eq!(made.outcome("AdministratorAccess"), ("copy-and-swap", ""));
    let row = made.row("AdministratorAccess");
    assert!(row["size_after"].as_u64() <= Some(6144) && row["services_removed"].as_u64() > Some(350), "{row}");
    let actions = made.actions("AdministratorAccess");
    for service in used {
        assert!(actions.contains(&format!("{service}:*")), "{service} in {actions:?}");
    }
    assert!(!actions.iter().any(|action| action.starts_with("sagemaker:") || action == "*"), "{actions:?}");
}

#[test]
fn at_service_level_no_single_action_goes() {
    let account = Account::of_role(
        json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket", "sqs:*"]))]),
        &[("s3", true, &["CreateBucket!", "DeleteBucket"]), ("sqs", false, &["CreateQueue"])],
    );
    let made = account.proposals(&["--service-level"]);
    assert_eq!(made.actions("p"), ["s3:CreateBucket", "s3:DeleteBucket"]);
    assert_eq!(made.reason("s3:DeleteBucket"), "kept not-asked");
}

#[test]
fn a_policy_by_aws_that_is_longer_than_any_copy_goes_whole_or_stays() {
    let catalogue = include_str!("../../src/catalogue/data/actions.csv");
    let rows = catalogue.lines().filter(|line| !line.starts_with('#')).skip(1).filter_map(|line| line.split_once(','));
    let reads: Vec<(&str, String)> = rows
        .filter_map(|(service, rest)| Some((service, rest.strip_suffix(",Read").or(rest.strip_suffix(",List"))?)))
        // Not those that are only checked inside other calls.
        .filter(|(service, action)| *service != "sts" && !action.contains("LogDeliver") && !action.starts_with("Pass"))
        .map(|(service, action)| (service, format!("{service}:{action}")))
        .take(3_000)
        .collect();
    let policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let services: std::collections::BTreeSet<&str> = reads.iter().map(|(service, _)| *service).collect();
    for (is_used, expected) in [(false, ("detach", "")), (true, ("none", "too-large"))] {
        let mut account = Account::new();
        let names: Vec<&str> = reads.iter().map(|(_, name)| name.as_str()).collect();
        account.policy(policy, 1, &[("2015-02-06", json!([allow(json!(names))]))]);
        account.role("r", &[], &[policy]);
        let last = *services.last().expect("a service");
        let listed: Vec<Listed> =
            services.iter().map(|service| (*service, is_used && *service != last, &[] as &[&str])).collect();
        account.dump("role/r", &listed);
        let made = account.proposals(&["--include-recovery"]);
        assert_eq!(made.outcome("ReadOnlyAccess"), expected, "{}", made.row("ReadOnlyAccess"));
    }
}

#[test]
fn a_policy_by_aws_of_which_nothing_is_used_is_detached() {
    let mut account = Account::new();
    let policy = "arn:aws:iam::aws:policy/AmazonSQSFullAccess";
    account.policy(policy, 1, &[("2015-02-06", json!([allow(json!("sqs:*"))]))]);
    account.role("r", &[], &[policy]);
    account.dump("role/r", &[("sqs", false, &["CreateQueue"])]);
    let made = account.proposals(&[]);
    assert_eq!(made.outcome("AmazonSQSFullAccess"), ("detach", ""));
    assert!(made.file("apply.sh").contains("aws iam detach-role-policy --role-name='r'"));
    assert!(!made.files().keys().any(|path| path.ends_with("proposed.json") || path.ends_with("cfn.json")));
}

#[test]
fn a_policy_by_aws_of_which_some_is_used_gives_way_to_a_copy() {
    let mut account = Account::new();
    let policy = "arn:aws:iam::aws:policy/AmazonSQSFullAccess";
    account.policy(policy, 1, &[("2015-02-06", json!([allow(json!("sqs:*"))]))]);
    account.role("r", &[], &[policy]);
    account.dump("role/r", &[("sqs", true, &["CreateQueue!", "DeleteQueue"])]);
    let made = account.proposals(&[]);
    assert_eq!(made.outcome("AmazonSQSFullAccess"), ("copy-and-swap", ""));
    let script = made.file("apply.sh");
    let place = |text: &str| script.find(text).unwrap_or_else(|| panic!("no {text} in {script}"));
    assert!(place("create-policy --policy-name='AmazonSQSFullAccess-for-role-r'") < place("attach-role-policy"));
    assert!(place("attach-role-policy") < place("detach-role-policy"));
}

#[test]
fn a_policy_variable_is_the_same_in_json_and_escaped_for_terraform() {
    let statement = json!({"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:DeleteBucket"],
                           "Resource": "arn:aws:s3:::home-${aws:username}-%{x}"});
    let account = Account::of_role(json!([statement]), &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let made = account.proposals(&[]);
    assert_eq!(made.statements("p")[0]["Resource"], "arn:aws:s3:::home-${aws:username}-%{x}");
    assert!(made.file("policy.tf").contains("home-$${aws:username}-%%{x}"));
    assert!(
        made.file("policy.cfn.json").contains("home-${aws:username}-%{x}")
            && !made.file("policy.cfn.json").contains("Fn::Sub")
    );
}

#[test]
fn names_with_quotes_blanks_and_commands_are_only_names() {
    let mut account = Account::new();
    let name = "a'b $(touch owned) `x`";
    account.role("r", &[(name, json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))]))], &[]);
    account.dump("role/r", &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let made = account.proposals(&[]);
    assert!(made.file("apply.sh").contains("--policy-name='a'\\''b $(touch owned) `x`'"), "{}", made.file("apply.sh"));
    let files = made.files();
    assert!(
        files.keys().any(|path| path.ends_with("/a%27b%20%24%28touch%20owned%29%20%60x%60.proposed.json")),
        "{files:?}"
    );
}

#[test]
fn a_name_of_dots_stays_in_its_folder() {
    let mut account = Account::new();
    account.role("..", &[("..", json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))]))], &[]);
    account.dump("role/..", &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let made = account.proposals(&[]);
    assert!(made.files().contains_key("111122223333/role/%2E%2E/%2E%2E.proposed.json"), "{:?}", made.files().keys());
}

#[test]
fn the_same_bytes_twice() {
    let account = shared(&[("ec2", false, &["RunInstances"]), ("s3", true, &["CreateBucket", "DeleteBucket!"])]);
    let (one, other) = (account.proposals(&[]).files(), account.proposals(&["--threads", "1"]).files());
    let but_manifest = |files: std::collections::BTreeMap<String, String>| {
        files.into_iter().filter(|(path, _)| path != "manifest.json").collect::<Vec<_>>()
    };
    assert_eq!(but_manifest(one), but_manifest(other));
}

#[test]
fn an_exact_list_that_is_too_long_becomes_prefixes() {
    let account = Account::of_role(json!([allow(json!("ec2:*"))]), &[("ec2", true, &["RunInstances!", "CreateVpc"])]);
    let made = account.proposals(&[]);
    let row = made.row("p");
    assert_eq!((&row["form"], &row["closes_wildcard"]), (&json!("compact"), &json!("partly")));
    let actions = made.actions("p");
    assert!(
        actions.iter().any(|action| action == "ec2:R*") && !actions.contains(&"ec2:CreateVpc".to_owned()),
        "{actions:?}"
    );
    assert!(actions.contains(&"ec2:CreateVpcE*".to_owned()), "{actions:?}");
}

#[test]
fn a_deny_statement_names_what_goes_where_it_is_asked_for() {
    let mut statement = allow(json!("s3:*"));
    statement["Condition"] = json!({"Bool": {"aws:SecureTransport": "true"}});
    statement["Sid"] = json!("DormantUnused1");
    let account = Account::of_role(json!([statement]), &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let statements = account.proposals(&["--style", "deny"]).statements("p");
    assert_eq!(statements[0], statement);
    assert_eq!(
        statements[1],
        json!({"Sid": "DormantUnused2", "Effect": "Deny", "Action": ["s3:DeleteBucket"], "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}}})
    );
}

#[test]
fn a_dump_at_service_level_shows_whole_services_and_no_actions() {
    let mut account = Account::of_role(
        json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"])), allow(json!("sqs:*"))]),
        &[("s3", true, &[]), ("sqs", false, &[])],
    );
    account.dumps[0]["JobType"] = json!("SERVICE_LEVEL");
    for row in account.dumps[0]["ServicesLastAccessed"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("TrackedActionsLastAccessed");
    }
    let made = account.proposals(&[]);
    assert_eq!(made.statements("p"), [allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))]);
}

#[test]
fn an_action_that_no_catalogue_knows_goes_with_its_service_and_stays_otherwise() {
    let account = Account::of_role(
        json!([allow(json!(["s3:NobodyKnowsThis", "s3:CreateBucket", "sqs:NobodyKnowsThis", "sqs:Nob*"]))]),
        &[("s3", true, &["CreateBucket!"]), ("sqs", false, &[])],
    );
    assert_eq!(account.proposals(&[]).actions("p"), ["s3:NobodyKnowsThis", "s3:CreateBucket"]);
}

#[test]
fn a_pattern_that_would_match_nothing_known_stays() {
    let account = Account::of_role(
        json!([allow(json!(["s3:DeleteBucketP*", "s3:CreateBucket", "s3:DeleteBucket"]))]),
        &[("s3", true, &["CreateBucket!", "DeleteBucket", "DeleteBucketPolicy"])],
    );
    let made = account.proposals(&[]);
    assert_eq!(made.actions("p"), ["s3:DeleteBucketP*", "s3:CreateBucket"]);
    assert_eq!(made.reason("s3:DeleteBucketPolicy"), "kept nothing-known-left");
}

#[test]
fn what_another_policy_still_grants_is_not_proposed() {
    let mut account = Account::new();
    let admin = json!([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]);
    account.role("r", &[("p", json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))])), ("all", admin)], &[]);
    account.dump("role/r", &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let made = account.proposals(&[]);
    assert_eq!(made.outcome("p"), ("none", "all-kept"));
}

#[test]
fn what_two_policies_grant_goes_from_both_or_from_none() {
    let statements = || json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket"]))]);
    let mut account = Account::new();
    account.role("r", &[("p", statements()), ("q", statements())], &[]);
    account.dump("role/r", &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let made = account.proposals(&[]);
    assert_eq!(
        (made.actions("p"), made.actions("q")),
        (vec!["s3:CreateBucket".to_owned()], vec!["s3:CreateBucket".to_owned()])
    );
}

#[test]
fn a_group_policy_rests_on_the_dumps_of_all_members() {
    let mut account = Account::new();
    account.group(
        "g",
        &[("p", json!([allow(json!(["s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketPolicy"]))]))],
        &[],
    );
    account.user("one", &["g"]);
    account.user("two", &["g"]);
    account.dump("user/one", &[("s3", true, &["CreateBucket!", "DeleteBucket", "PutBucketPolicy"])]);
    assert_eq!(account.proposals(&[]).outcome("p"), ("none", "holders-unknown"));
    account.dump("user/two", &[("s3", true, &["CreateBucket", "DeleteBucket!", "PutBucketPolicy"])]);
    let made = account.proposals(&[]);
    assert_eq!(made.actions("p"), ["s3:CreateBucket", "s3:DeleteBucket"]);
    assert!(made.file("apply.sh").contains("put-group-policy --group-name='g'"));
}

#[test]
fn inline_policies_of_one_owner_share_its_room() {
    let many: Vec<String> = (0..100).map(|at| format!("arn:aws:s3:::bucket-{at:030}")).collect();
    let large = json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": many}]);
    let mut account = Account::new();
    account.role("r", &[("large", large), ("p", json!([allow(json!("s3:*"))]))], &[]);
    account.dump("role/r", &[("s3", true, &["CreateBucket!", "DeleteBucket"])]);
    let made = account.proposals(&[]);
    let row = made.row("p");
    assert!(row["limit"].as_u64() < Some(5000) && row["size_after"].as_u64() <= row["limit"].as_u64(), "{row}");
    assert_eq!(row["form"], "compact", "{row}");
}

/// The dump of a year before: it lists what the newest does not.
fn and_before(account: &mut Account, services: &[Listed]) {
    let dump = account.dump("role/r", services);
    let text = dump.to_string().replace("2026-05-04", "2025-06-01").replace("2026-05-01", "2025-05-30");
    *dump = serde_json::from_str(&text).expect("JSON");
}

#[test]
fn names_that_only_an_earlier_dump_lists_take_the_place_of_a_pattern_too() {
    let mut account =
        Account::of_role(json!([allow(json!("sqs:*"))]), &[("sqs", true, &["CreateQueue!", "DeleteQueue"])]);
    and_before(&mut account, &[("sqs", true, &["CreateQueue", "DeleteQueue", "UsedOnceUponATime!", "NeverUsed"])]);
    let made = account.proposals(&[]);
    let actions = made.actions("p");
    for kept in ["sqs:CreateQueue", "sqs:UsedOnceUponATime", "sqs:NeverUsed"] {
        assert!(actions.iter().any(|action| action == kept), "{kept} of {actions:?}");
    }
    assert!(!actions.iter().any(|action| action == "sqs:DeleteQueue"), "{actions:?}");
    assert_eq!(made.reason("sqs:UsedOnceUponATime"), "kept used");
}

#[test]
fn a_service_that_only_an_earlier_dump_lists_takes_the_place_of_everything_too() {
    let mut account = Account::of_everything(&[("s3", true, &["CreateBucket!"])]);
    and_before(&mut account, &[("a-gone-service", true, &[]), ("a-service-with-actions", true, &["Do!"])]);
    // A whole list without everything else would show that it was granted since, and nobody knows when.
    account.dumps.last_mut().expect("a dump")["IsTruncated"] = json!(true);
    let made = account.proposals(&["--include-recovery"]);
    let actions = made.actions("p");
    for kept in ["a-gone-service:*", "a-service-with-actions:*", "s3:*"] {
        assert!(actions.iter().any(|action| action == kept), "{kept} of {actions:?}");
    }
}
