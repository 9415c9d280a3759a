//! Smaller documents that no policy holds: in parts, or not at all.

use serde_json::{Value, json};

use crate::estate::{Account, Listed, Proposals, allow, arn};

/// The names of the actions of a service in the catalogue.
fn names_of(service: &str) -> Vec<String> {
    let catalogue = include_str!("../../src/catalogue/data/actions.csv");
    let rows = catalogue.lines().filter_map(|line| line.strip_prefix(service)?.strip_prefix(','));
    rows.map(|rest| rest.split(',').next().unwrap_or_default().to_owned()).collect()
}

/// A dump in which every second action of EC2 is unused, so that neither names nor prefixes nor a Deny statement are short.
fn every_second(account: &mut Account, entity: &str) {
    assert!(names_of("ec2").len() > 500);
    every_second_of(account, entity, &["ec2"]);
}

/// The same of other services.
fn every_second_of(account: &mut Account, entity: &str, services: &[&str]) {
    let used = |(at, name): (usize, String)| if at % 2 == 0 { format!("{name}!") } else { name };
    let listed: Vec<Vec<String>> =
        services.iter().map(|service| names_of(service).into_iter().enumerate().map(used).collect()).collect();
    let listed: Vec<Vec<&str>> = listed.iter().map(|names| names.iter().map(String::as_str).collect()).collect();
    let rows: Vec<Listed> = services.iter().zip(&listed).map(|(service, names)| (*service, true, &names[..])).collect();
    account.dump(entity, &rows);
}

/// The parts of the smaller document of a policy.
fn parts(made: &Proposals, policy: &str) -> Vec<Value> {
    let files = made.files();
    let parts = files.iter().filter(|(path, _)| path.contains(&format!("/{policy}.proposed.")));
    parts.map(|(_, text)| serde_json::from_str(text).expect("JSON")).collect()
}

fn actions(parts: &[Value]) -> Vec<&str> {
    let statements = parts.iter().flat_map(|part| part["Statement"].as_array().expect("statements"));
    let actions = statements.flat_map(|statement| match &statement["Action"] {
        Value::Array(many) => many.as_slice(),
        one => std::slice::from_ref(one),
    });
    actions.map(|action| action.as_str().expect("a text")).collect()
}

fn size(part: &Value) -> usize {
    part.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

/// The lines of a script that change something, each by its verb.
fn verbs(script: &str) -> Vec<&str> {
    let words = script.lines().filter_map(|line| line.trim_start().strip_prefix("aws iam ")?.split(' ').next());
    words.filter(|word| !word.starts_with("get-") && !word.starts_with("list-")).collect()
}

#[test]
fn a_customer_policy_keeps_one_part_and_new_policies_get_the_others_first() {
    let mut account = Account::new();
    let policy = arn("policy/team/wide");
    let mut statement = allow(json!("ec2:*"));
    statement["Sid"] = json!("Ours");
    statement["Condition"] = json!({"Bool": {"aws:SecureTransport": "true"}});
    account.policy(&policy, 2, &[("2022-01-01", json!([statement, allow(json!("ec2:DescribeVpcs"))]))]);
    account.role("one", &[], &[&policy]);
    account.group("g", &[], &[&policy]);
    account.user("two", &["g"]);
    every_second(&mut account, "role/one");
    every_second(&mut account, "user/two");
    let made = account.proposals(&[]);
    let row = made.row("wide");
    assert_eq!(made.outcome("wide"), ("narrow", ""));
    assert!(row["size_after"].as_u64() <= Some(6144), "{row}");
    let parts = parts(&made, "wide");
    assert_eq!(row["parts"], parts.len());
    assert!(parts.len() > 1 && parts.iter().all(|part| size(part) <= 6144), "{row}");
    let statements = || parts.iter().flat_map(|part| part["Statement"].as_array().expect("statements"));
    for of_ours in statements().filter(|statement| statement["Sid"] == "Ours") {
        assert_eq!(of_ours["Condition"], statement["Condition"]);
    }
    let is_allowed = |name: &str| {
        let name = format!("ec2:{name}").to_lowercase();
        actions(&parts).iter().any(|pattern| {
            let pattern = pattern.to_lowercase();
            pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
        })
    };
    for (at, name) in names_of("ec2").iter().enumerate() {
        // What an action that stays needs stays too.
        let stays = at % 2 == 0 || !made.reason(&format!("ec2:{name}")).starts_with("removed");
        assert_eq!(is_allowed(name), stays, "{name}");
    }
    let apply = made.file("apply.sh");
    let found = verbs(&apply);
    let shrinks = found.iter().position(|verb| *verb == "create-policy-version").expect("a new version");
    assert_eq!(shrinks, found.len() - 1, "nothing comes after what takes away: {found:?}");
    let count = |verb: &str| found.iter().filter(|found| **found == verb).count();
    let added = parts.len() - 1;
    let counts = ["create-policy", "attach-role-policy", "attach-group-policy"].map(count);
    assert_eq!(counts, [added; 3], "{found:?}");
    assert!(apply.contains("--policy-name='wide-part-2' --path='/team/'"), "{apply}");
    let rollback = made.file("rollback.sh");
    let found = verbs(&rollback);
    let back = found.iter().position(|verb| *verb == "set-default-policy-version").expect("the old version");
    assert!(found[..back].iter().all(|verb| !verb.starts_with("detach")), "{found:?}");
    assert_eq!(found.iter().filter(|verb| verb.starts_with("detach")).count(), 2 * added);
    let terraform = made.file("policy.tf");
    let resources = terraform.lines().filter(|line| line.starts_with("resource \"aws_iam_policy\"")).count();
    assert_eq!((resources, terraform.matches("depends_on").count()), (parts.len(), 1), "{terraform}");
    let template: Value = serde_json::from_str(&made.file("policy.cfn.json")).expect("JSON");
    assert_eq!(template["Resources"]["Policy"]["DependsOn"][0], "Policy2");
    assert_eq!(template["Resources"]["Policy2"]["Properties"]["Groups"], json!(["g"]));
    assert!(made.file("README.md").contains("`wide.proposed.2.json` is the new policy `wide-part-2`"));
}

#[test]
fn an_inline_policy_without_room_gives_way_to_customer_policies() {
    let mut account = Account::new();
    account.user("u", &[]);
    account.users[1]["UserPolicyList"] =
        json!([{"PolicyName": "p", "PolicyDocument": crate::estate::document(json!([allow(json!("ec2:*"))]))}]);
    every_second(&mut account, "user/u");
    let made = account.proposals(&[]);
    assert_eq!(made.outcome("p"), ("copy-and-swap", ""));
    let row = made.row("p");
    assert_eq!((&row["limit"], row["parts"].as_u64() > Some(1)), (&json!(6144), true), "{row}");
    let apply = made.file("apply.sh");
    assert_eq!(verbs(&apply).last(), Some(&"delete-user-policy"));
    assert!(apply.contains("--policy-name='p-of-user-u-part-2'"), "{apply}");
    let rollback = made.file("rollback.sh");
    assert_eq!(verbs(&rollback).first(), Some(&"put-user-policy"));
}

/// The limit of the inline policies of a user is below that of a managed policy: one part may be too much for them.
#[test]
fn an_inline_policy_without_room_gives_way_to_one_customer_policy_that_has_it() {
    let mut account = Account::new();
    account.user("u", &[]);
    let document = crate::estate::document(json!([allow(json!(["iam:*", "rds:*"]))]));
    account.users[1]["UserPolicyList"] = json!([{"PolicyName": "p", "PolicyDocument": document}]);
    every_second_of(&mut account, "user/u", &["iam", "rds"]);
    let made = account.proposals(&[]);
    let row = made.row("p");
    assert_eq!((&row["parts"], &row["limit"]), (&json!(1), &json!(6144)), "{row}");
    assert!(row["size_after"].as_u64() > Some(2048), "{row}");
    assert_eq!(made.outcome("p"), ("copy-and-swap", ""));
    let apply = made.file("apply.sh");
    assert_eq!(verbs(&apply), ["create-policy", "attach-user-policy", "delete-user-policy"]);
    assert!(apply.contains("--policy-name='p-of-user-u'"), "{apply}");
    let rollback = made.file("rollback.sh");
    assert_eq!(verbs(&rollback), ["put-user-policy", "detach-user-policy"]);
    let template: Value = serde_json::from_str(&made.file("policy.cfn.json")).expect("JSON");
    assert_eq!(template["Resources"]["Policy"]["Type"], "AWS::IAM::ManagedPolicy");
    assert!(made.file("README.md").contains("The copy is called `p-of-user-u`"));
}

#[test]
fn a_policy_by_aws_gives_way_to_as_many_copies_as_it_takes() {
    let mut account = Account::new();
    let policy = "arn:aws:iam::aws:policy/AmazonEC2FullAccess";
    account.policy(policy, 1, &[("2015-02-06", json!([allow(json!("ec2:*"))]))]);
    account.role("r", &[], &[policy]);
    every_second(&mut account, "role/r");
    let made = account.proposals(&[]);
    assert_eq!(made.outcome("AmazonEC2FullAccess"), ("copy-and-swap", ""));
    assert!(made.row("AmazonEC2FullAccess")["parts"].as_u64() > Some(1));
    let apply = made.file("apply.sh");
    assert_eq!(verbs(&apply).last(), Some(&"detach-role-policy"));
}

/// An account with a role that has the policy `wide`, which only parts can hold, and `others` policies more.
fn wide_beside(others: usize) -> Account {
    let mut account = Account::new();
    let policy = arn("policy/wide");
    account.policy(&policy, 1, &[("2022-01-01", json!([allow(json!("ec2:*"))]))]);
    let mut attached = vec![policy.clone()];
    for number in 0..others {
        let other = arn(&format!("policy/other-{number}"));
        account.policy(&other, 1, &[("2022-01-01", json!([allow(json!("sns:Publish"))]))]);
        attached.push(other);
    }
    let attached: Vec<&str> = attached.iter().map(String::as_str).collect();
    account.role("r", &[], &attached);
    every_second(&mut account, "role/r");
    account
}

#[test]
fn parts_are_not_proposed_where_too_many_policies_are_attached() {
    for (others, expected) in [(7, "narrow"), (9, "none")] {
        let made = wide_beside(others).proposals(&[]);
        let reason = if expected == "none" { "no-slot" } else { "" };
        assert_eq!(made.outcome("wide"), (expected, reason), "{others} {}", made.row("wide"));
    }
}

/// The quotas of `aws iam get-account-summary` count where the usual ones do not hold.
#[test]
fn a_saved_summary_of_the_account_tells_how_much_policies_may_hold() {
    let mut account = wide_beside(9);
    let summary = |quotas: Value| ("summary.json".to_owned(), json!({"SummaryMap": quotas}).to_string());
    assert_eq!(account.proposals(&[]).outcome("wide"), ("none", "no-slot"));
    account.more = vec![summary(json!({"PolicySizeQuota": 6144, "AttachedPoliciesPerRoleQuota": 20}))];
    assert_eq!(account.proposals(&[]).outcome("wide"), ("narrow", ""));
    account.more = vec![summary(json!({"PolicySizeQuota": 60, "AttachedPoliciesPerRoleQuota": 20}))];
    let made = account.proposals(&[]);
    assert_eq!((made.outcome("wide"), made.row("wide")["limit"].as_u64()), (("none", "too-large"), Some(60)));
    // A summary without an account is of nobody in particular if there are several: then it raises nothing.
    account.more = vec![summary(json!({"PolicySizeQuota": 6144, "AttachedPoliciesPerRoleQuota": 20}))];
    let user = json!({"UserName": "u", "Arn": "arn:aws:iam::444455556666:user/u", "CreateDate": "2020-01-01T00:00:00Z", "GroupList": [],
        "AttachedManagedPolicies": []});
    account.more.push((
        "other.json".to_owned(),
        json!({"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}).to_string(),
    ));
    assert_eq!(account.proposals(&[]).outcome("wide"), ("none", "no-slot"));
    account.more[0].0 = "111122223333/summary.json".to_owned();
    assert_eq!(account.proposals(&[]).outcome("wide"), ("narrow", ""));
}

/// Each proposal for itself would have its places. Together they have not.
#[test]
fn two_policies_do_not_take_the_same_places() {
    let mut account = Account::new();
    let mut attached = Vec::new();
    for number in 0..8 {
        let policy = arn(&format!("policy/p{number}"));
        let actions = if number < 2 { json!("ec2:*") } else { json!("sns:Publish") };
        account.policy(&policy, 1, &[("2022-01-01", json!([allow(actions)]))]);
        attached.push(policy);
    }
    let attached: Vec<&str> = attached.iter().map(String::as_str).collect();
    account.role("r", &[], &attached);
    every_second(&mut account, "role/r");
    let made = account.proposals(&[]);
    let new: u64 = made.rows.iter().filter_map(|row| row["parts"].as_u64()).map(|parts| parts - 1).sum();
    assert!(new <= 2, "{:?}", made.rows);
    // What one of them keeps for want of a place, the other keeps too: it would change nothing.
    let steps = [made.outcome("p0"), made.outcome("p1")];
    assert!(steps.contains(&("none", "no-slot")) || new > 0, "{steps:?}");
}

#[test]
fn a_deny_statement_that_is_asked_for_is_split_too() {
    let mut account = Account::new();
    let policy = arn("policy/wide");
    account.policy(&policy, 1, &[("2022-01-01", json!([allow(json!("ec2:*"))]))]);
    account.role("r", &[], &[&policy]);
    every_second(&mut account, "role/r");
    let made = account.proposals(&["--style", "deny"]);
    assert_eq!((made.outcome("wide"), &made.row("wide")["form"]), (("narrow", ""), &json!("deny")));
    let parts = parts(&made, "wide");
    let statements: Vec<&Value> =
        parts.iter().flat_map(|part| part["Statement"].as_array().expect("statements")).collect();
    let denies = statements.iter().filter(|statement| statement["Effect"] == "Deny" && statement["Resource"] == "*");
    assert!(denies.count() > 1 && statements.iter().filter(|statement| statement["Effect"] == "Allow").count() == 1);
}

/// A document that is longer than any that is read is no bug of the program: another form is split, or none.
#[test]
fn a_document_that_nobody_could_read_is_not_split() {
    let catalogue = include_str!("../../src/catalogue/data/actions.csv");
    let rows = catalogue.lines().filter(|line| !line.starts_with('#')).skip(1);
    let services: std::collections::BTreeSet<&str> = rows.filter_map(|line| line.split(',').next()).collect();
    let listed: Vec<(&str, Vec<String>)> = services
        .iter()
        .map(|service| {
            let names = names_of(service).into_iter().enumerate();
            (*service, names.map(|(at, name)| if at % 2 == 0 { format!("{name}!") } else { name }).collect())
        })
        .collect();
    let listed: Vec<(&str, Vec<&str>)> =
        listed.iter().map(|(service, names)| (*service, names.iter().map(String::as_str).collect())).collect();
    let listed: Vec<Listed> = listed.iter().map(|(service, names)| (*service, true, names.as_slice())).collect();
    let account = Account::of_role(json!([allow(json!("*"))]), &listed);
    let made = account.proposals(&[]);
    assert_eq!(made.outcome("p"), ("none", "too-large"));
}
