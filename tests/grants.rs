//! `dormant grants`: who holds what, by which policy and statement, on answers as `aws iam` prints them. The rows of random accounts are
//! held against a second computation (`tests/independent/grants.py`).

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::path::Path;
use std::process::Command;

use program::{dormant, put};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

fn arn(kind_and_name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind_and_name}")
}

fn document(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(actions: &Value) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

/// Authorization details with one role `r`, which has these statements in an inline policy.
fn details(statements: &Value) -> Value {
    json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
        "Path": "/", "RoleName": "r", "RoleId": "AROAEXAMPLE", "Arn": arn("role/r"), "CreateDate": "2022-01-01T00:00:00+00:00",
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": document(statements)}], "AttachedManagedPolicies": []}]})
}

/// A whole dump of `entity`: services with their tracked actions, none of them used.
fn dump(entity: &str, services: &[(&str, &[&str])]) -> Value {
    let row = |(service, actions): &(&str, &[&str])| {
        let actions: Vec<_> = actions.iter().map(|action| json!({"ActionName": action})).collect();
        json!({"ServiceName": service, "ServiceNamespace": service, "TotalAuthenticatedEntities": 0,
               "TrackedActionsLastAccessed": actions})
    };
    json!({"Arn": arn(entity), "JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", "IsTruncated": false,
           "JobCreationDate": "2026-05-04T08:00:00Z", "JobCompletionDate": "2026-05-04T08:00:00Z",
           "ServicesLastAccessed": services.iter().map(row).collect::<Vec<_>>()})
}

fn rows(files: &[&Value], arguments: &[&str]) -> Vec<Value> {
    let home = tempfile::tempdir().expect("a folder");
    for (at, file) in files.iter().enumerate() {
        put(home.path().join(format!("{at}.json")), file.to_string());
    }
    let ran = dormant(home.path(), [&["grants", ".", "--format", "json"], arguments].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.rows()
}

fn actions(files: &[&Value]) -> Vec<Value> {
    rows(files, &["--level", "action"])
}

/// The columns of the row of `action`.
fn of<'r>(rows: &'r [Value], action: &str) -> &'r Value {
    let found: Vec<_> = rows.iter().filter(|row| row["action_name"] == action).collect();
    assert_eq!(found.len(), 1, "{action}: {found:?}");
    found[0]
}

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["action_name"].as_str().expect("a name")).collect()
}

#[test]
fn patterns_match_as_iam_matches_them() {
    let of = |actions_of: Value| actions(&[&details(&json!([allow(&actions_of)]))]);
    let exact = of(json!("S3:getobject"));
    assert_eq!((names(&exact), &exact[0]["pattern"]), (vec!["GetObject"], &json!("S3:getobject")));
    let keys = of(json!("iam:*AccessKey*"));
    assert!(names(&keys).contains(&"CreateAccessKey") && names(&keys).contains(&"GetAccessKeyLastUsed"));
    assert!(!names(&keys).contains(&"CreateServiceLinkedRole"));
    assert_eq!(names(&of(json!("ec2:Describe?mages"))), ["DescribeImages"]);
    // IAM does not store these; in an Allow they count, so that no grant is overlooked.
    let malformed = of(json!(["s*:GetQueueUrl", "sqs:SendMessage"]));
    let url = malformed.iter().find(|row| row["action_name"] == "GetQueueUrl").expect("counted");
    assert_eq!((&url["pattern"], &url["pattern_kind"]), (&json!("s*:GetQueueUrl"), &json!("malformed")));
}

#[test]
fn nothing_but_a_star_and_a_question_mark_is_special_in_a_pattern() {
    // Written to be taken for a regular expression, for another alphabet, or for blanks: each grants what its letters say, and no known action.
    let strange = [
        "sqs:Send.essage",
        "sqs:[S]endMessage",
        "sqs:SendMessage+",
        "sqs:^SendMessage$",
        r"sqs:Send\u{4d}essage",
        "sqs:SendMe\u{17f}\u{17f}age",
        "sqs:(SendMessage|x)",
        "sqs:SendMessage?",
        "sqs:?SendMessage",
        "\u{ff53}qs:*",
        "sq\u{17f}:*",
        "sqs:Send Message",
        "sqs: SendMessage",
    ];
    for pattern in strange {
        let files = [details(&json!([allow(&json!(pattern))])), dump("role/r", &[("sqs", &["SendMessage"])])];
        let found = actions(&[&files[0], &files[1]]);
        assert_eq!(of(&found, "SendMessage")["policy_name"], Value::Null, "{pattern}: {found:?}");
        assert!(found.iter().any(|row| row["pattern"] == pattern), "{pattern} is a grant all the same: {found:?}");
    }
    for pattern in [
        "sqs:S*M*e",
        "SQS:?end*",
        "sqs:****SendMessage",
        "sqs:Send*Message",
        "sqs:*s*s*e",
        "sqs:?end?????ge",
        "sqs:*?*",
    ] {
        let found =
            actions(&[&details(&json!([allow(&json!(pattern))])), &dump("role/r", &[("sqs", &["SendMessage"])])]);
        assert_eq!(of(&found, "SendMessage")["pattern"], pattern);
    }
}

#[test]
fn a_statement_that_lists_nothing_grants_nothing_or_all() {
    let service = |statement: Value| {
        let found = rows(&[&details(&json!([statement])), &dump("role/r", &[("sqs", &["SendMessage"])])], &[]);
        let text = |row: &Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
        let [row] = found.as_slice() else { panic!("{found:?}") };
        [text(row, "service_namespace"), text(row, "agreement")]
    };
    let (ok, dump_only) = (["sqs", "ok"], ["sqs", "dump-only"]);
    assert_eq!(service(json!({"Effect": "Allow", "Action": [], "Resource": "*"})), dump_only);
    assert_eq!(service(json!({"Effect": "Allow", "NotAction": [], "Resource": "*"})), ok);
    assert_eq!(service(json!({"Effect": "Allow", "NotAction": "*", "Resource": "*"})), dump_only);
    assert_eq!(service(json!({"Effect": "Allow", "NotAction": ["sqs:SendMessage"], "Resource": "*"})), ok);
    assert_eq!(service(json!({"Effect": "Allow", "NotAction": ["SQS:*"], "Resource": "*"})), dump_only);
    // A malformed pattern of NotAction takes nothing out: no grant is overlooked.
    assert_eq!(service(json!({"Effect": "Allow", "NotAction": ["*:*", "sqs"], "Resource": "*"})), ok);
}

#[test]
fn a_deny_that_may_leave_something_is_never_whole() {
    let denied = |deny: Value| {
        let value = details(&json!([allow(&json!("sqs:*")), deny]));
        let rows = rows(&[&value, &dump("role/r", &[("sqs", &["SendMessage"])])], &[]);
        rows[0]["deny"].as_str().expect("a word").to_owned()
    };
    let deny = |changes: &[(&str, Value)]| {
        let mut statement = json!({"Effect": "Deny", "Action": "sqs:*", "Resource": "*"});
        for (member, value) in changes {
            statement[*member] = value.clone();
        }
        statement
    };
    assert_eq!(denied(deny(&[])), "whole");
    assert_eq!(denied(deny(&[("Resource", json!(["arn:aws:sqs:*:*:a", "*"]))])), "whole");
    assert_eq!(denied(deny(&[("Condition", json!({}))])), "whole");
    assert_eq!(denied(deny(&[("Condition", json!({"Bool": {}}))])), "whole");
    assert_eq!(denied(deny(&[("Resource", json!("arn:aws:sqs:*:*:*"))])), "partly");
    assert_eq!(denied(deny(&[("Resource", json!([]))])), "partly");
    assert_eq!(denied(deny(&[("Condition", json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}))])), "partly");
    assert_eq!(denied(deny(&[("Action", json!("sqs:?*"))])), "partly");
    assert_eq!(denied(deny(&[("Action", json!(["*:*", "s*:*"]))])), "none");
    assert_eq!(denied(json!({"Effect": "Deny", "NotAction": ["sts:*"], "Resource": "*"})), "whole");
    assert_eq!(denied(json!({"Effect": "Deny", "NotAction": ["sqs:Nothing"], "Resource": "*"})), "partly");
}

#[test]
fn an_action_that_no_catalogue_has_is_a_grant() {
    let rows = actions(&[&details(&json!([allow(&json!(["deepracer:GetTrackOfMine", "madeup:Do*"]))]))]);
    let seen = rows.iter().map(|row| [&row["service_namespace"], &row["action_name"], &row["action_known"]]);
    let expected =
        [[json!("deepracer"), json!("GetTrackOfMine"), json!(false)], [json!("madeup"), json!("Do*"), json!(false)]];
    assert_eq!(seen.map(|row| row.map(Clone::clone)).collect::<Vec<_>>(), expected);
}

#[test]
fn everything_reaches_the_services_of_the_dump() {
    let dump = dump("role/r", &[("sqs", &[]), ("sns", &[])]);
    let all = details(&json!([allow(&json!("*"))]));
    let services = |files: &[&Value]| -> Vec<String> {
        rows(files, &[]).iter().map(|row| row["service_namespace"].as_str().expect("a service").to_owned()).collect()
    };
    assert_eq!(services(&[&all, &dump]), ["sns", "sqs"]);
    assert_eq!(services(&[&all]), ["*"]);
    let but = json!([{"Effect": "Allow", "NotAction": ["sns:*", "organizations:*"], "Resource": "*"}]);
    let rows = rows(&[&details(&but), &dump], &[]);
    let seen =
        rows.iter().map(|row| [&row["service_namespace"], &row["pattern_kind"], &row["agreement"]].map(Clone::clone));
    let expected = [["sns", "", "dump-only"], ["sqs", "not-action", "ok"]];
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(seen.map(|row| row.map(text)).collect::<Vec<_>>(), expected);
}

#[test]
fn a_deny_takes_away_only_what_it_surely_denies() {
    let deny = |more: Value| {
        let mut deny = json!({"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"});
        deny.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        details(&json!([allow(&json!("s3:*")), deny]))
    };
    let word = |more| of(&actions(&[&deny(more)]), "DeleteBucket")["deny"].clone();
    assert_eq!(word(json!({})), "whole");
    assert_eq!(word(json!({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}})), "partly");
    assert_eq!(word(json!({"Resource": ["arn:aws:s3:::b"]})), "partly");
    let but = json!([allow(&json!(["sts:AssumeRole", "sqs:SendMessage"])),
                     {"Effect": "Deny", "NotAction": ["sts:*"], "Resource": "*"}]);
    let rows = actions(&[&details(&but)]);
    assert_eq!(
        (&of(&rows, "AssumeRole")["deny"], &of(&rows, "SendMessage")["deny"]),
        (&json!("none"), &json!("whole"))
    );
    // A malformed pattern of a Deny is ignored.
    let malformed = json!([allow(&json!("sqs:SendMessage")), {"Effect": "Deny", "Action": "s*:*", "Resource": "*"}]);
    assert_eq!(of(&actions(&[&details(&malformed)]), "SendMessage")["deny"], "none");
}

#[test]
fn a_service_is_denied_wholly_only_with_what_nobody_knows_yet() {
    let dump = dump("role/r", &[("sts", &[])]);
    let known: Vec<String> =
        names(&actions(&[&details(&json!([allow(&json!("sts:*"))]))])).iter().map(|n| format!("sts:{n}")).collect();
    let with = |deny: Value| {
        let statements = json!([allow(&json!("sts:*")), {"Effect": "Deny", "Action": deny, "Resource": "*"}]);
        let row = &rows(&[&details(&statements), &dump], &[])[0];
        [row["deny"].clone(), row["agreement"].clone()]
    };
    assert_eq!(with(json!("sts:*")), [json!("whole"), json!("dump-only")]);
    assert_eq!(with(json!(known)), [json!("partly"), json!("ok")], "an action of tomorrow is granted");
    assert_eq!(with(json!("sqs:*")), [json!("none"), json!("ok")]);
}

#[test]
fn what_is_granted_twice_has_two_rows() {
    let mut value = details(&json!([]));
    value["RoleDetailList"] = json!([]);
    value["UserDetailList"] = json!([{
        "UserName": "ana", "Arn": arn("user/ana"), "GroupList": ["Admins", "Gone"], "AttachedManagedPolicies": [],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document(&json!([allow(&json!("sqs:SendMessage"))]))}]}]);
    value["GroupDetailList"] = json!([{
        "GroupName": "Admins", "Arn": arn("group/Admins"), "AttachedManagedPolicies": [],
        "GroupPolicyList": [{"PolicyName": "all", "PolicyDocument": document(&json!([allow(&json!("sqs:*"))]))}]}]);
    let rows = actions(&[&value, &dump("user/ana", &[("sqs", &["SendMessage"])])]);
    let sends = rows.iter().filter(|row| row["entity_name"] == "ana" && row["action_name"] == "SendMessage");
    let seen: Vec<_> =
        sends.map(|row| (row["policy_name"].clone(), row["via"].clone(), row["via_name"].clone())).collect();
    assert_eq!(seen, [(json!("all"), json!("group"), json!("Admins")), (json!("own"), json!("direct"), Value::Null)]);
    // Nothing says what the other group grants.
    let gone = rows.iter().find(|row| row["via_name"] == "Gone").expect("a row");
    assert_eq!((&gone["service_namespace"], &gone["note"]), (&json!("*"), &json!("group-missing")));
}

#[test]
fn a_boundary_is_shown_and_takes_nothing_away() {
    let mut value = details(&json!([allow(&json!(["sqs:SendMessage", "sqs:PurgeQueue"]))]));
    value["RoleDetailList"][0]["PermissionsBoundary"] =
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/edge")});
    let unknown = actions(&[&value]);
    assert!(unknown.iter().all(|row| row["boundary"] == "unknown"), "its document is missing");
    value["Policies"] = json!([{"PolicyName": "edge", "Arn": arn("policy/edge"), "DefaultVersionId": "v1",
        "AttachmentCount": 0, "CreateDate": "2022-01-01T00:00:00Z", "PolicyVersionList": [{"VersionId": "v1",
        "IsDefaultVersion": true, "CreateDate": "2022-01-01T00:00:00Z", "Document": document(&json!([allow(&json!("sqs:Send*"))]))}]}]);
    let rows = actions(&[&value, &dump("role/r", &[("sqs", &["SendMessage"])])]);
    let word = |action| of(&rows, action)["boundary"].clone();
    assert_eq!((rows.len(), word("SendMessage"), word("PurgeQueue")), (2, json!("allows"), json!("excludes")));
    assert_eq!(of(&rows, "PurgeQueue")["agreement"], "ok");
}

#[test]
fn of_five_versions_the_default_speaks() {
    let version = |number: u32, action: &str, default: bool| {
        json!({"VersionId": format!("v{number}"), "IsDefaultVersion": default, "CreateDate": format!("2025-0{number}-01T00:00:00Z"),
               "Document": document(&json!([allow(&json!(action))]))})
    };
    let mut value = details(&json!([]));
    value["RoleDetailList"][0]["RolePolicyList"] = json!([]);
    value["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([{"PolicyName": "m", "PolicyArn": arn("policy/m")}]);
    value["Policies"] = json!([{"PolicyName": "m", "Arn": arn("policy/m"), "DefaultVersionId": "v3", "AttachmentCount": 3,
        "CreateDate": "2024-12-01T00:00:00Z", "PolicyVersionList": [
            version(5, "sqs:SendMessage", false), version(4, "sqs:SendMessage", false), version(3, "sqs:SendMessage", true),
            version(2, "sqs:Send*", false), version(1, "sns:*", false)]}]);
    let rows = actions(&[&value]);
    let row = of(&rows, "SendMessage");
    assert_eq!(
        (&row["policy_version"], &row["granted_since"], &row["granted_since_kind"]),
        (&json!("v3"), &json!("2025-02-01T00:00:00Z"), &json!("exact"))
    );
    assert_eq!((&row["holders"], &row["holders_complete"]), (&json!(1), &json!(false)));
}

#[test]
fn what_no_answer_describes_is_unknown_and_not_ungranted() {
    let other = json!({"Arn": "arn:aws:iam::999988887777:role/far", "JobStatus": "COMPLETED", "IsTruncated": false,
        "JobCreationDate": "2026-05-04T08:00:00Z", "ServicesLastAccessed": [
            {"ServiceName": "sqs", "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0}]});
    let found = rows(&[&details(&json!([allow(&json!("sqs:*"))])), &other], &["--entity", "far"]);
    let [far] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (&far["agreement"], &far["note"], &far["verdict"]),
        (&json!("unknown"), &json!("policies-unknown"), &json!("unused"))
    );
    // A policy by AWS of which the document was not saved.
    let mut value = details(&json!([allow(&json!("sqs:*"))]));
    value["RoleDetailList"][0]["AttachedManagedPolicies"] =
        json!([{"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]);
    let found = rows(&[&value, &dump("role/r", &[("sqs", &[]), ("sns", &[])])], &[]);
    let seen =
        found.iter().map(|row| [&row["service_namespace"], &row["policy_kind"], &row["agreement"], &row["note"]]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(
        seen.map(|row| row.map(text)).collect::<Vec<_>>(),
        [
            ["*", "aws", "unknown", "document-missing"],
            ["sns", "", "dump-only", "policies-incomplete"],
            ["sqs", "inline", "ok", ""],
        ]
    );
}

#[test]
fn a_document_that_was_not_saved_is_told_with_the_filter_that_saves_it() {
    let role = |name: &str, policies: &[&str]| {
        let attached =
            policies.iter().map(|policy| json!({"PolicyName": "p", "PolicyArn": policy})).collect::<Vec<_>>();
        json!({"RoleName": name, "Arn": arn(&format!("role/{name}")), "RolePolicyList": [], "AttachedManagedPolicies": attached})
    };
    let own = arn("policy/own");
    let by_aws = ["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/C", own.as_str()];
    // As `--filter Role` gives it, with empty lists in place of the others.
    let filtered = json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [],
        "RoleDetailList": [role("r", &by_aws[..3]), role("s", &by_aws[2..])]});
    let ran = problems(&[&filtered, &dump("role/r", &[("sqs", &[])])], &[]);
    let says = "warning: ./0.json: entities hold 4 policies without a saved document, so that nobody knows what is granted there: \
                arn:aws:iam::111122223333:policy/own, arn:aws:iam::aws:policy/A, arn:aws:iam::aws:policy/B and 1 more. Save the \
                authorization details without --filter, or also those with --filter AWSManagedPolicy LocalManagedPolicy, on the same day.";
    assert!(ran.stderr.contains(says) && ran.code == 0, "{}", ran.stderr);
    assert_eq!(problems(&[&filtered], &["--strict"]).code, 3);
    // That answer beside it is all that was missing. A document that cannot be read is another problem.
    let version = |document: Value| json!([{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]);
    let policy = |policy_arn: &&str| {
        let statements =
            if policy_arn.ends_with('A') { json!([{"Effect": "Allow"}]) } else { json!([allow(&json!("sqs:*"))]) };
        json!({"PolicyName": "p", "Arn": policy_arn, "DefaultVersionId": "v1", "PolicyVersionList": version(document(&statements))})
    };
    let policies = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [],
        "Policies": by_aws.iter().map(policy).collect::<Vec<_>>()});
    let ran = problems(&[&filtered, &policies], &[]);
    assert!(!ran.stderr.contains("without a saved document"), "{}", ran.stderr);
    assert!(ran.stderr.contains("policy/A, v1): statement 1 of the policy document needs"), "{}", ran.stderr);
}

#[test]
fn an_action_that_iam_does_not_store_is_told() {
    let deny = json!({"Effect": "Deny", "Action": "sqs", "Resource": "*"});
    let odd = json!([allow(&json!("sqs:*")), allow(&json!(["sqs:*", "s*:Get*"])), deny]);
    let told = "warning: ./0.json (arn:aws:iam::111122223333:role/r, p): statement 2 (and 1 more) of the policy document names an action \
                as IAM does not store it: without a colon, with several, or with a wildcard before it. It is read as what grants more; \
                save the answer again, unchanged.";
    let ran = problems(&[&details(&odd)], &[]);
    assert!(ran.stderr.contains(told) && ran.code == 0, "{}", ran.stderr);
    assert_eq!(problems(&[&details(&odd)], &["--strict"]).code, 3);
    let even = problems(&[&details(&json!([allow(&json!(["*", "sqs:*", "sqs:Get?*"]))]))], &["--strict"]);
    assert!(!even.stderr.contains("does not store") && even.code == 0, "{}", even.stderr);
}

/// What the run on these files says with `-v`.
fn problems(files: &[&Value], arguments: &[&str]) -> program::Ran {
    let home = tempfile::tempdir().expect("a folder");
    for (at, file) in files.iter().enumerate() {
        put(home.path().join(format!("{at}.json")), file.to_string());
    }
    dormant(home.path(), [&["grants", ".", "-v"], arguments].concat())
}

/// The notes of the rows of sqs, where role `r` or user `u` has the members of `row`.
fn notes(files: &[&str], entity: &str) -> Vec<Value> {
    let home = tempfile::tempdir().expect("a folder");
    for (at, file) in files.iter().enumerate() {
        put(home.path().join(format!("{at}.json")), file);
    }
    put(home.path().join("dump.json"), dump(entity, &[("sqs", &[])]).to_string());
    let ran = dormant(home.path(), ["grants", ".", "--service", "sqs", "--format", "json"]);
    ran.rows().iter().map(|row| row["note"].clone()).collect()
}

#[test]
fn a_list_of_policies_in_another_form_is_unknown_and_never_empty() {
    let role = |lists: &str| {
        let arn = arn("role/r");
        format!(r#"{{"RoleDetailList": [{{"Arn": "{arn}", "RoleName": "r", {lists}}}]}}"#)
    };
    let user = |lists: &str| {
        let arn = arn("user/u");
        format!(r#"{{"UserDetailList": [{{"Arn": "{arn}", "UserName": "u", "GroupList": [], {lists}}}]}}"#)
    };
    let (none, attached) = (r#""RolePolicyList": [], "#, r#""AttachedManagedPolicies": []"#);
    assert_eq!(notes(&[&role(&format!("{none}{attached}"))], "role/r"), [Value::Null], "nothing is held");
    assert_eq!(notes(&[&user(attached)], "user/u"), [Value::Null], "IAM leaves the list of a user out");
    let attachment = r#"{"PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/x"}"#;
    for lists in [
        attached.to_owned(),
        format!(r#""RolePolicyList": null, {attached}"#),
        format!(r#""RolePolicyList": {{"PolicyName": "p"}}, {attached}"#),
        format!(r#""RolePolicyList": ["p"], {attached}"#),
        format!(r#""RolePolicyList": [7], {attached}"#),
        format!(r#""RolePolicyList": [], "RolePolicyList": [{{"PolicyName": "p"}}], {attached}"#),
        none.to_owned() + r#""AttachedManagedPolicies": null"#,
        none.to_owned() + r#""AttachedManagedPolicies": ["arn:aws:iam::aws:policy/x"]"#,
        none.to_owned() + r#""AttachedManagedPolicies": [["x"]]"#,
        format!(r#"{none}"AttachedManagedPolicies": {attachment}"#),
        format!(r#"{none}{attached}, "AttachedManagedPolicies": [{attachment}]"#),
    ] {
        assert_eq!(notes(&[&role(&lists)], "role/r"), ["policies-incomplete"], "{lists}");
    }
    for lists in [r#""UserPolicyList": {"PolicyName": "p"}, "#, r#""UserPolicyList": [], "UserPolicyList": ["p"], "#] {
        assert_eq!(notes(&[&user(&format!("{lists}{attached}"))], "user/u"), ["policies-incomplete"], "{lists}");
    }
}

#[test]
fn a_boundary_in_another_form_is_unknown_and_never_none() {
    let word = |boundary: &str| {
        let mut value = details(&json!([allow(&json!("sqs:SendMessage"))])).to_string();
        value.insert_str(value.find(r#""RoleName""#).expect("a role"), boundary);
        let home = tempfile::tempdir().expect("a folder");
        put(home.path().join("details.json"), value);
        dormant(home.path(), ["grants", ".", "--format", "json"]).rows()[0]["boundary"].clone()
    };
    assert_eq!([word(""), word(r#""PermissionsBoundary": null, "#)], ["none", "none"]);
    for boundary in [
        r#""PermissionsBoundary": "arn:aws:iam::111122223333:policy/edge", "#,
        r#""PermissionsBoundary": ["x"], "#,
        r#""PermissionsBoundary": {}, "#,
        r#""PermissionsBoundary": null, "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/edge"}, "#,
    ] {
        assert_eq!(word(boundary), "unknown", "{boundary}");
    }
}

#[test]
fn two_default_versions_are_none() {
    let version = |number: u8, is_default: bool| json!({"VersionId": format!("v{number}"), "IsDefaultVersion": is_default, "Document": document(&json!([allow(&json!("sqs:*"))]))});
    let with = |default: Value, versions: Value| {
        let mut value = details(&json!([]));
        value["RoleDetailList"][0]["AttachedManagedPolicies"] =
            json!([{"PolicyName": "m", "PolicyArn": arn("policy/m")}]);
        value["Policies"] = json!([{"PolicyName": "m", "Arn": arn("policy/m"), "DefaultVersionId": default, "PolicyVersionList": versions}]);
        notes(&[&value.to_string()], "role/r")
    };
    assert_eq!(with(json!("v2"), json!([version(2, true), version(1, false)])), [Value::Null]);
    assert_eq!(with(json!("v2"), json!([version(2, false)])), [Value::Null]);
    assert_eq!(with(Value::Null, json!([version(2, true), version(1, false)])), [Value::Null]);
    assert_eq!(with(json!("v2"), json!([version(2, true), version(1, true)])), ["policies-incomplete"]);
    assert_eq!(with(json!("v2"), json!([version(2, false), version(1, true)])), ["policies-incomplete"]);
    assert_eq!(with(json!("v3"), json!([version(2, false), version(1, true)])), ["policies-incomplete"]);
}

#[test]
fn granted_and_not_listed_is_untracked_where_that_is_proven() {
    let value = details(&json!([allow(&json!(["sqs:SendMessage", "sqs:PurgeQueue"]))]));
    let evidence = |files: &[&Value]| {
        let rows = actions(files);
        [of(&rows, "SendMessage")["evidence_of_action"].clone(), of(&rows, "PurgeQueue")["evidence_of_action"].clone()]
    };
    let whole = dump("role/r", &[("sqs", &["SendMessage"])]);
    assert_eq!(evidence(&[&value, &whole]), ["unused", "untracked"]);
    let mut cut = whole.clone();
    cut["IsTruncated"] = json!(true);
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("details.json"), value.to_string());
    put(home.path().join("cut.json"), cut.to_string());
    let ran = dormant(home.path(), ["grants", ".", "--level", "action", "--format", "json"]);
    assert_eq!((ran.code, &of(&ran.rows(), "PurgeQueue")["evidence_of_action"]), (3, &json!("no-evidence")));
    let mut of_services = whole.clone();
    of_services["JobType"] = json!("SERVICE_LEVEL");
    of_services["ServicesLastAccessed"][0].as_object_mut().expect("a row").remove("TrackedActionsLastAccessed");
    assert_eq!(evidence(&[&value, &of_services]), ["no-evidence", "no-evidence"]);
    assert_eq!(evidence(&[&value]), ["no-evidence", "no-evidence"]);
}

#[test]
fn the_newest_answer_counts_and_two_without_a_date_leave_it_unknown() {
    let (old, new) = (details(&json!([allow(&json!("sqs:*"))])), details(&json!([allow(&json!("sns:*"))])));
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("2026-01-05/details.json"), old.to_string());
    put(home.path().join("2026-04-06/details.json"), new.to_string());
    let ran = dormant(home.path(), ["grants", ".", "--format", "json"]);
    assert_eq!(
        (ran.code, &ran.rows()[0]["service_namespace"], ran.rows().len()),
        (0, &json!("sns"), 1),
        "{}",
        ran.stderr
    );
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("a.json"), old.to_string());
    put(home.path().join("b.json"), new.to_string());
    put(home.path().join("dump.json"), dump("role/r", &[("sqs", &[])]).to_string());
    let ran = dormant(home.path(), ["grants", ".", "-v", "--format", "json"]);
    assert!(ran.stderr.contains("which one is newer is unknown"), "{}", ran.stderr);
    assert_eq!(ran.rows()[0]["note"], "policies-incomplete");
    assert_eq!(ran.rows()[0]["agreement"], "dump-only");
}

#[test]
fn a_later_answer_with_a_filter_hides_no_older_one_in_silence() {
    let (roles, mut users) = (details(&json!([allow(&json!("sqs:*"))])), details(&json!([])));
    users["RoleDetailList"] = json!([]);
    users["UserDetailList"] =
        json!([{"UserName": "u", "Arn": arn("user/u"), "GroupList": [], "AttachedManagedPolicies": []}]);
    let told = |later: &Value| {
        let home = tempfile::tempdir().expect("a folder");
        put(home.path().join("2026-01-05/details.json"), roles.to_string());
        put(home.path().join("2026-04-06/details.json"), later.to_string());
        put(home.path().join("dump.json"), dump("role/r", &[("sqs", &[])]).to_string());
        let ran = dormant(home.path(), ["grants", ".", "-v", "--format", "json"]);
        (ran.rows()[0]["note"].clone(), ran.stderr.contains("has a role of an account of which later"))
    };
    assert_eq!(told(&users), (json!("policies-unknown"), true));
    assert_eq!(told(&details(&json!([allow(&json!("sqs:*"))]))), (Value::Null, false));
}

#[test]
fn there_is_no_report_without_an_answer_about_policies() {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("dump.json"), dump("role/r", &[("sqs", &[])]).to_string());
    let ran = dormant(home.path(), ["grants", "."]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("get-account-authorization-details"), "{}", ran.stderr);
}

/// Risk and category of `action`, and what its removal closes.
fn risk_of(rows: &[Value], action: &str) -> [String; 3] {
    let row = of(rows, action);
    ["risk", "risk_category", "closes"].map(|column| row[column].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_way_to_all_permissions_is_critical_where_it_is_open() {
    let version = |more: Value| {
        let mut statement = allow(&json!("iam:CreatePolicyVersion"));
        statement.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let dump = dump("role/r", &[("iam", &["CreatePolicyVersion"])]);
        risk_of(&actions(&[&details(&json!([statement])), &dump]), "CreatePolicyVersion")
    };
    assert_eq!(version(json!({}))[0], "critical");
    assert_eq!(version(json!({}))[2], "policy-version", "it is shown unused");
    assert_eq!(version(json!({"Resource": "arn:aws:iam::111122223333:policy/x"}))[0], "high");
    let narrow = json!({"Resource": "arn:aws:iam::111122223333:policy/x", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}});
    assert_eq!(version(narrow)[0], "medium");
}

#[test]
fn a_path_is_open_only_where_one_entity_has_all_of_it() {
    let with = |granted: Value| {
        actions(&[&details(&json!([allow(&granted)])), &dump("role/r", &[("ec2", &["RunInstances"]), ("iam", &[])])])
    };
    let open = with(json!(["iam:PassRole", "ec2:RunInstances"]));
    assert_eq!(risk_of(&open, "RunInstances"), ["high", "escalation, write", "ec2-instance"]);
    assert_eq!(
        (risk_of(&open, "PassRole")[0].as_str(), risk_of(&open, "PassRole")[2].as_str()),
        ("high", ""),
        "it is not tracked"
    );
    assert_eq!(risk_of(&with(json!("ec2:RunInstances")), "RunInstances"), ["medium", "escalation, write", ""]);
    let denied = json!([allow(&json!(["iam:PassRole", "ec2:RunInstances"])), {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}]);
    let denied = actions(&[&details(&denied), &dump("role/r", &[("ec2", &["RunInstances"])])]);
    assert_eq!(
        (risk_of(&denied, "RunInstances")[0].as_str(), risk_of(&denied, "PassRole")[0].as_str()),
        ("medium", "info")
    );
}

#[test]
fn a_missing_policy_makes_no_risk_lower() {
    let narrow = json!({"Effect": "Allow", "Action": ["s3:GetObject", "iam:PassRole", "iam:CreateUser"], "Resource": "arn:aws:s3:::x"});
    let others = json!({"Effect": "Allow", "Action": ["iam:CreatePolicyVersion", "sqs:PurgeQueue"], "Resource": "*"});
    let deny = json!({"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"});
    let known = details(&json!([narrow, others, deny]));
    let mut missing = known.clone();
    missing["RoleDetailList"][0]["AttachedManagedPolicies"] =
        json!([{"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]);
    let dump = dump(
        "role/r",
        &[("s3", &["CreateBucket"]), ("iam", &["CreateUser", "CreatePolicyVersion"]), ("sqs", &["PurgeQueue"])],
    );
    let risk = |row: &Value| texts(row, ["risk", "risk_basis"]).join(" ");
    let by_action = |details: &Value| {
        let rows = actions(&[details, &dump]);
        ["GetObject", "PassRole", "CreateUser", "CreatePolicyVersion", "PurgeQueue"].map(|name| risk(of(&rows, name)))
    };
    assert_eq!(by_action(&known), ["low granted", "low granted", "info granted", "critical granted", "info granted"]);
    // Nothing is higher than critical, and what is denied stays denied.
    assert_eq!(
        by_action(&missing),
        ["medium potential", "medium potential", "low potential", "critical granted", "info granted"]
    );
    let services = |details: &Value, command: &str| -> Vec<_> {
        asked(&[details, &dump], &[command])
            .iter()
            .map(|row| row["service_namespace"].as_str().unwrap_or("-").to_owned() + " " + &risk(row))
            .collect()
    };
    assert_eq!(services(&known, "unused"), ["iam critical granted", "s3 low granted", "sqs info granted"]);
    assert_eq!(services(&missing, "unused"), ["iam critical granted", "s3 high potential", "sqs high potential"]);
    assert_eq!(services(&missing, "entities"), ["- critical granted"]);
    let mut page = details(&json!([narrow]));
    page["RoleDetailList"][0].as_object_mut().expect("a role").remove("AttachedManagedPolicies");
    page["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"] = json!("{");
    let ran = |arguments: &[&str]| {
        let home = tempfile::tempdir().expect("a folder");
        put(home.path().join("details.json"), page.to_string());
        put(home.path().join("dump.json"), dump.to_string());
        let ran = dormant(home.path(), [arguments, &[".", "--format", "json"]].concat());
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        ran.rows().iter().map(risk).collect::<Vec<_>>()
    };
    assert_eq!(ran(&["entities"]), ["high potential"]);
    assert_eq!(ran(&["unused"]), ["high potential"; 3]);
}

#[test]
fn risk_rests_on_lists_and_not_on_access_levels_alone() {
    let rows = actions(&[&details(&json!([allow(&json!([
        "iam:CreateAccessKey",
        "s3:GetObject",
        "s3:PutBucketPolicy",
        "s3:DeleteBucket",
        "sqs:TagQueue",
        "sqs:ListQueues",
        "madeup:Thing"
    ]))]))]);
    let word = |action| risk_of(&rows, action)[0].clone();
    assert_eq!(
        ["CreateAccessKey", "PutBucketPolicy", "GetObject", "DeleteBucket"].map(word),
        ["critical", "high", "medium", "medium"]
    );
    assert_eq!(["TagQueue", "ListQueues", "Thing"].map(word), ["low", "info", ""], "what nobody knows has no word");
    assert_eq!(risk_of(&rows, "CreateAccessKey")[1], "escalation, credentials, write");
}

/// The rows of `arguments` on `files`.
fn asked(files: &[&Value], arguments: &[&str]) -> Vec<Value> {
    let home = tempfile::tempdir().expect("a folder");
    for (at, file) in files.iter().enumerate() {
        put(home.path().join(format!("{at}.json")), file.to_string());
    }
    let ran = dormant(home.path(), [arguments, &[".", "--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.rows()
}

fn texts<const N: usize>(row: &Value, columns: [&str; N]) -> [String; N] {
    columns.map(|column| row[column].as_str().unwrap_or_default().to_owned())
}

/// A role that holds two policies and has never used sqs, sns or `iam:CreatePolicyVersion`.
fn role_with_two_policies() -> [Value; 2] {
    let mut value = details(&json!([allow(&json!(["sqs:*", "iam:CreatePolicyVersion", "iam:GetRole"]))]));
    value["RoleDetailList"][0]["AttachedManagedPolicies"] =
        json!([{"PolicyName": "shared", "PolicyArn": arn("policy/shared")}]);
    value["Policies"] = json!([{"PolicyName": "shared", "Arn": arn("policy/shared"), "DefaultVersionId": "v1", "AttachmentCount": 1,
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2024-01-01T00:00:00Z",
        "Document": document(&json!([allow(&json!(["sqs:SendMessage", "sns:Publish"]))]))}]}]);
    let mut dump =
        dump("role/r", &[("iam", &["CreatePolicyVersion", "GetRole"]), ("sns", &[]), ("sqs", &["CreateQueue"])]);
    let iam = dump["ServicesLastAccessed"][0].as_object_mut().expect("a row");
    iam.extend([
        ("LastAuthenticated".to_owned(), json!("2026-05-03T00:00:00Z")),
        ("LastAuthenticatedEntity".to_owned(), json!(arn("role/r"))),
    ]);
    iam["TrackedActionsLastAccessed"][1] = json!({"ActionName": "GetRole", "LastAccessedTime": "2026-05-03T00:00:00Z", "LastAccessedEntity": arn("role/r")});
    [value, dump]
}

#[test]
fn a_list_of_roles_does_not_differ_from_a_dump_in_what_it_grants() {
    let dump = dump("role/r", &[("sqs", &["CreateQueue"])]);
    let listed = json!({"Roles": [{"Path": "/", "RoleName": "r", "Arn": arn("role/r"), "CreateDate": "2022-01-01T00:00:00+00:00",
        "AssumeRolePolicyDocument": {}}]});
    let notes =
        |files: &[&Value]| asked(files, &["check"]).iter().map(|row| row["note"].to_string()).collect::<String>();
    assert!(!notes(&[&dump, &listed]).contains("differ"), "{}", notes(&[&dump, &listed]));
    let nothing = details(&json!([]));
    assert!(notes(&[&dump, &nothing]).contains("dump and policies differ: 1 service that no policy grants (sqs)"));
}

#[test]
fn a_list_that_a_query_left_of_authorization_details_is_read() {
    let whole = details(&json!([allow(&json!("sqs:CreateQueue"))]));
    let dump = dump("role/r", &[("sqs", &["CreateQueue"])]);
    let of_all = rows(&[&whole, &dump], &[]);
    assert_eq!(rows(&[&whole["RoleDetailList"], &dump], &[]), of_all);
    assert_eq!(texts(&of_all[0], ["policy_name", "service_namespace"]), ["p", "sqs"]);
    // A name of the API in it sends nobody in circles.
    let mut odd = whole["RoleDetailList"].clone();
    odd[0]["Tags"] = json!([{"Key": "LastAuthenticated", "Value": "ServicesLastAccessed"}]);
    asked(&[&odd, &dump], &["unused"]);
}

#[test]
fn a_row_of_unused_names_the_policy_and_what_it_is_worth() {
    let [value, dump] = role_with_two_policies();
    let columns = ["service_namespace", "granted_by", "created_at", "risk", "risk_basis"];
    let rows = asked(&[&value, &dump], &["unused"]);
    let seen: Vec<_> = rows.iter().map(|row| texts(row, columns)).collect();
    let created = "2022-01-01T00:00:00Z";
    assert_eq!(seen, [["sns", "shared", created, "low", "granted"], ["sqs", "p +1 more", created, "high", "granted"]]);
    // A policy of which the document was not saved may grant it too.
    let mut missing = value.clone();
    let attached = missing["RoleDetailList"][0]["AttachedManagedPolicies"].as_array_mut().expect("a list");
    attached.push(json!({"PolicyName": "ReadOnlyAccess", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}));
    for (level, expected) in [
        ("service", ["shared +perhaps others", "p +1 more, perhaps others"].as_slice()),
        ("action", ["p +perhaps others"].as_slice()),
    ] {
        let rows = asked(&[&missing, &dump], &["unused", "--level", level]);
        assert_eq!(rows.iter().map(|row| row["granted_by"].clone()).collect::<Vec<_>>()[..expected.len()], *expected);
    }
    let action = &asked(&[&value, &dump], &["unused", "--level", "action"])[0];
    assert_eq!(
        texts(action, ["action_name", "granted_by", "risk", "closes", "risk_basis"]),
        ["CreatePolicyVersion", "p", "critical", "policy-version", "granted"]
    );
    // Without policies the word rests on the action alone, and is high at most.
    let action = &asked(&[&dump], &["unused", "--level", "action"])[0];
    assert_eq!(texts(action, ["granted_by", "risk", "closes", "risk_basis"]), ["", "high", "", "potential"]);
    let services = asked(&[&value, &dump], &["services"]);
    let seen: Vec<_> =
        services.iter().map(|row| texts(row, ["service_namespace", "granted_by", "created_at"])).collect();
    assert!(seen.contains(&["sqs".to_owned(), "p +1 more".to_owned(), created.to_owned()]), "{seen:?}");
}

#[test]
fn nobody_can_have_failed_to_use_a_permission_for_longer_than_it_is_granted() {
    let version = |id: &str, date: &str, actions: Value| json!({"VersionId": id, "IsDefaultVersion": id == "v2", "CreateDate": date, "Document": document(&json!([allow(&actions)]))});
    let with = |second: &str, more: Value| {
        let mut value = details(&json!([]));
        value["RoleDetailList"][0]["RolePolicyList"] = more;
        value["RoleDetailList"][0]["AttachedManagedPolicies"] =
            json!([{"PolicyName": "m", "PolicyArn": arn("policy/m")}]);
        value["Policies"] = json!([{"PolicyName": "m", "Arn": arn("policy/m"), "DefaultVersionId": "v2", "AttachmentCount": 1,
            "CreateDate": "2024-01-01T00:00:00Z", "PolicyVersionList": [
                version("v1", "2024-01-01T00:00:00Z", json!("sqs:CreateQueue")),
                version("v2", second, json!(["sqs:CreateQueue", "sqs:DeleteQueue", "sns:Publish"]))]}]);
        let dump = dump("role/r", &[("sns", &[]), ("sqs", &["CreateQueue", "DeleteQueue"])]);
        let rows = [&["list", "--level", "action"][..], &["list", "--level", "service"]]
            .map(|of| asked(&[&value, &dump], of))
            .concat();
        let word = |name: &str| {
            let row = rows.iter().find(|row| {
                row["action_name"] == name || row["action_name"].is_null() && row["service_namespace"] == name
            });
            let row = row.expect("a row");
            (row["verdict"].clone(), row["observed_days"].clone(), row["unknown_reason"].clone())
        };
        [word("CreateQueue"), word("DeleteQueue"), word("sns"), word("sqs")]
    };
    let unused = |days: u32| (json!("unused"), json!(days), Value::Null);
    let young = (json!("unknown"), json!(14), json!("granted-recently"));
    assert_eq!(with("2026-04-20T00:00:00Z", json!([])), [unused(400), young.clone(), young, unused(400)]);
    assert_eq!(with("2026-01-04T00:00:00Z", json!([])), [unused(400), unused(120), unused(120), unused(400)]);
    // An inline policy may have granted it for as long as there is anything.
    let inline = json!([{"PolicyName": "p", "PolicyDocument": document(&json!([allow(&json!("sqs:*"))]))}]);
    let found = with("2026-04-20T00:00:00Z", inline);
    assert_eq!((&found[0], &found[1], &found[3]), (&unused(400), &unused(400), &unused(400)));
}

#[test]
fn a_service_without_tracked_actions_closes_the_path_through_it() {
    let all = json!(["glue:CreateJob", "glue:StartJobRun", "iam:PassRole"]);
    let dump = dump("role/r", &[("glue", &[]), ("iam", &[])]);
    let with = |statements: Value| {
        let rows = asked(&[&details(&statements), &dump], &["unused"]);
        let glue = rows.iter().find(|row| row["service_namespace"] == "glue").expect("a row");
        (glue["risk"].clone(), glue["closes"].as_str().unwrap_or_default().contains("glue"))
    };
    assert_eq!(with(json!([allow(&all)])), (json!("high"), true));
    // What two policies of two users have together is no path, and a part of one is none.
    assert_eq!(with(json!([allow(&json!(["glue:CreateJob", "glue:StartJobRun"]))])), (json!("medium"), false));
    let passed = json!([allow(&json!(["glue:CreateJob", "glue:StartJobRun"])), {"Effect": "Allow", "Action": "iam:PassRole",
        "Resource": "*", "Condition": {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}}]);
    assert_eq!(with(passed), (json!("high"), true), "a condition may be met");
}

#[test]
fn what_two_users_have_together_is_no_path() {
    let user = |name: &str, action: &str, groups: Value| {
        json!({"UserName": name, "Arn": arn(&format!("user/{name}")), "GroupList": groups, "AttachedManagedPolicies": [],
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document(&json!([allow(&json!(action))]))}]})
    };
    let value = json!({"RoleDetailList": [], "Policies": [],
        "UserDetailList": [user("ana", "iam:PassRole", json!([])), user("ben", "ec2:RunInstances", json!([])),
            user("eva", "ec2:RunInstances", json!(["passing"]))],
        "GroupDetailList": [{"GroupName": "passing", "Arn": arn("group/passing"), "AttachedManagedPolicies": [],
            "GroupPolicyList": [{"PolicyName": "pass", "PolicyDocument": document(&json!([allow(&json!("iam:PassRole"))]))}]}]});
    let dumps = ["ben", "eva"].map(|name| dump(&format!("user/{name}"), &[("ec2", &["RunInstances"]), ("iam", &[])]));
    let found = actions(&[&value, &dumps[0], &dumps[1]]);
    let of_user = |name: &str, action: &str| {
        let mut rows = found.iter().filter(|row| row["entity_name"] == name && row["action_name"] == action);
        texts(rows.next().expect("a row"), ["risk", "closes"])
    };
    assert_eq!(of_user("ana", "PassRole"), ["medium", ""]);
    assert_eq!(of_user("ben", "RunInstances"), ["medium", ""]);
    assert_eq!(of_user("eva", "RunInstances"), ["high", "ec2-instance"], "through her group she has both");
}

#[test]
fn a_path_needs_only_the_actions_that_it_needs() {
    let paths = |granted: Value, service: &str, action: &str| {
        let dump = dump("role/r", &[("iam", &[]), (service, &[action])]);
        risk_of(&actions(&[&details(&json!([allow(&granted)])), &dump]), action)
    };
    assert_eq!(paths(json!(["iam:PassRole", "ecs:RunTask"]), "ecs", "RunTask")[2], "ecs-run");
    assert_eq!(paths(json!(["glue:CreateSession", "glue:RunStatement"]), "glue", "CreateSession")[2], "");
    let session = json!(["iam:PassRole", "glue:CreateSession", "glue:RunStatement"]);
    assert_eq!(paths(session, "glue", "CreateSession")[2], "glue-session");
    assert_eq!(paths(json!("ecs:ExecuteCommand"), "ecs", "ExecuteCommand")[..1], ["high"]);
    // A new version of a policy is a path by itself, whatever else is granted.
    let version = json!(["iam:CreatePolicyVersion", "sts:AssumeRole", "iam:UpdateAssumeRolePolicy"]);
    assert_eq!(paths(version, "iam", "CreatePolicyVersion")[..1], ["critical"]);
}

#[test]
fn an_untracked_action_is_in_grants_and_never_in_unused() {
    let statement =
        json!({"Effect": "Allow", "Action": ["s3:GetObject", "s3:CreateBucket"], "Resource": "arn:aws:s3:::b/*"});
    let (value, dump) = (details(&json!([statement])), dump("role/r", &[("s3", &["CreateBucket"])]));
    let rows = actions(&[&value, &dump]);
    assert_eq!(texts(of(&rows, "GetObject"), ["risk", "evidence_of_action", "verdict"]), ["low", "untracked", ""]);
    let unused = asked(&[&value, &dump], &["unused", "--level", "action", "--all-actions"]);
    assert_eq!(names(&unused), ["CreateBucket"]);
    // A dump at service level, without policies: the highest of all actions of the service.
    let mut of_services = dump.clone();
    of_services["JobType"] = json!("SERVICE_LEVEL");
    of_services["ServicesLastAccessed"][0].as_object_mut().expect("a row").remove("TrackedActionsLastAccessed");
    let rows = asked(&[&of_services], &["unused"]);
    assert_eq!(rows.iter().map(|row| texts(row, ["risk", "risk_basis"])).collect::<Vec<_>>(), [["high", "potential"]]);
}

#[test]
fn authorization_details_that_nest_too_deep_are_named_and_not_skipped() {
    let mut value = details(&json!([allow(&json!("sqs:*"))]));
    let deep = (0..40).fold(json!("x"), |inner, _| json!({"a": inner}));
    value["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"]["Statement"][0]["Condition"] = deep;
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("details.json"), value.to_string());
    put(home.path().join("dump.json"), dump("role/r", &[("sqs", &["SendMessage"])]).to_string());
    let ran = dormant(home.path(), ["unused", "."]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("nests more than 32 deep"), "{}", ran.stderr);
}

#[test]
fn a_narrow_statement_is_one_word_lower() {
    let narrow = |action: &str, more: Value| {
        let mut statement = allow(&json!(action));
        statement.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let rows = actions(&[&details(&json!([statement]))]);
        risk_of(&rows, action.split_once(':').expect("an action").1)[0].clone()
    };
    assert_eq!(narrow("s3:GetObject", json!({})), "medium");
    assert_eq!(narrow("s3:GetObject", json!({"Resource": "arn:aws:s3:::b/*"})), "low");
    assert_eq!(narrow("iam:PassRole", json!({})), "medium");
    let service = json!({"Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}});
    assert_eq!(narrow("iam:PassRole", service), "low");
}

#[test]
fn not_action_grants_all_the_rest() {
    // PowerUserAccess.
    let statements = json!([
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["iam:CreateServiceLinkedRole", "iam:ListRoles"], "Resource": "*"}]);
    let dump = dump("role/r", &[("account", &[]), ("iam", &["ListRoles", "CreateUser"]), ("sqs", &["SendMessage"])]);
    let rows = actions(&[&details(&statements), &dump]);
    let send = of(&rows, "SendMessage");
    assert_eq!(
        (&send["pattern_kind"], &send["statement"], &send["pattern"]),
        (&json!("not-action"), &json!(1), &Value::Null)
    );
    assert_eq!(
        (&of(&rows, "ListRoles")["statement"], &of(&rows, "CreateUser")["agreement"]),
        (&json!(2), &json!("dump-only"))
    );
}

#[test]
fn documents_are_read_in_every_way_in_which_they_are_saved() {
    let document = document(&json!([allow(&json!("sqs:SendMessage"))]));
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let once = encoded(&document.to_string());
    let with = |document: Value| {
        let mut value = details(&json!([]));
        value["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"] = document;
        let home = tempfile::tempdir().expect("a folder");
        put(home.path().join("details.json"), value.to_string());
        let ran = dormant(home.path(), ["grants", ".", "-v", "--level", "action", "--format", "json"]);
        (ran.rows()[0]["action_name"].clone(), ran.stderr)
    };
    for read in [json!(document), json!(document.to_string()), json!(once)] {
        assert_eq!(with(read.clone()).0, "SendMessage", "{read}");
    }
    let mut old = document.clone();
    old["Version"] = json!("2008-10-17");
    assert_eq!(with(old).0, "SendMessage");
    // Encoded twice, nobody knows what IAM has.
    let (action, told) = with(json!(encoded(&once)));
    assert_eq!(action, "*", "what it grants is unknown, and never nothing");
    assert!(told.contains("URL-encoded more than once"), "{told}");
}

#[test]
fn a_policy_among_the_roles_is_a_policy() {
    // As Cloudsplaining downloads it.
    let mut value = details(&json!([]));
    value["RoleDetailList"][0]["RolePolicyList"] = json!([]);
    value["RoleDetailList"][0]["AttachedManagedPolicies"] = json!([{"PolicyName": "m", "PolicyArn": arn("policy/m")}]);
    let policy = json!({"PolicyName": "m", "Arn": arn("policy/m"), "DefaultVersionId": "v1", "AttachmentCount": 1,
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2024-01-01 00:00:00+00:00",
        "Document": document(&json!([allow(&json!("sqs:SendMessage"))]))}]});
    value["RoleDetailList"].as_array_mut().expect("a list").push(policy);
    let rows = actions(&[&value]);
    assert_eq!((rows.len(), &of(&rows, "SendMessage")["policy_kind"]), (1, &json!("customer")));
}

#[test]
fn a_policy_may_be_attached_and_a_boundary_at_once() {
    let mut value = details(&json!([]));
    let role = &mut value["RoleDetailList"][0];
    role["RolePolicyList"] = json!([]);
    role["AttachedManagedPolicies"] = json!([{"PolicyName": "m", "PolicyArn": arn("policy/m")}]);
    role["PermissionsBoundary"] =
        json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/m")});
    value["Policies"] = json!([{"PolicyName": "m", "Arn": arn("policy/m"), "DefaultVersionId": "v1", "AttachmentCount": 1,
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "CreateDate": "2024-01-01T00:00:00Z",
        "Document": document(&json!([allow(&json!("sqs:SendMessage"))]))}]}]);
    let rows = actions(&[&value]);
    let row = of(&rows, "SendMessage");
    assert_eq!((&row["policy_name"], &row["boundary"], &row["holders"]), (&json!("m"), &json!("allows"), &json!(1)));
}

#[test]
fn summary_counts_the_risks_of_the_rows_of_unused() {
    let files = role_with_two_policies();
    let of = |files: &[&Value]| {
        let rows =
            [&["unused"][..], &["unused", "--level", "action"]].map(|arguments| asked(files, arguments)).concat();
        let counted = ["critical", "high", "medium", "low", "info"]
            .map(|word| rows.iter().filter(|row| row["risk"] == word).count() as u64);
        let summary = &asked(files, &["summary"])[0];
        let shown = ["critical", "high", "medium", "low", "info"].map(|word| summary[format!("risk_{word}")].as_u64());
        assert_eq!(shown, counted.map(Some));
        counted
    };
    assert_eq!(of(&[&files[0], &files[1]]), [1, 1, 0, 1, 0]);
    assert_eq!(of(&[&files[1]]), [0, 3, 0, 0, 0]);
}

#[test]
fn what_is_worth_most_comes_first_where_that_is_asked_for() {
    let [value, dump] = role_with_two_policies();
    let rows = asked(&[&value, &dump], &["unused", "--sort", "risk"]);
    assert_eq!(rows.iter().map(|row| row["risk"].as_str()).collect::<Vec<_>>(), [Some("high"), Some("low")]);
    let rows = asked(&[&value, &dump], &["unused", "--sort", "risk", "--level", "action", "--all-actions"]);
    let seen: Vec<_> = rows.iter().map(|row| texts(row, ["action_name", "risk"])).collect();
    assert_eq!(seen, [["CreatePolicyVersion", "critical"], ["CreateQueue", "low"]]);
}

#[test]
fn every_column_is_documented_in_its_place() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/grants.md")).expect("the page");
    let (_, table) = page.split_once("## Columns").expect("a section");
    let names =
        table.lines().skip(4).take_while(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1));
    let names: Vec<_> = names.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("details.json"), details(&json!([allow(&json!("sqs:SendMessage"))])).to_string());
    for level in ["action", "service"] {
        let ran = dormant(home.path(), ["grants", ".", "--level", level, "--format", "csv"]);
        let of_actions = ["action_name", "action_known", "evidence_of_action"];
        let expected = names.iter().filter(|name| level == "action" || !of_actions.contains(*name));
        let header: Vec<_> = ran.stdout.lines().next().expect("a header").split(',').collect();
        assert_eq!(header, expected.copied().collect::<Vec<_>>());
    }
}

fn computed_a_second_time(script: &str, arguments: &[&str]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/independent");
    let mut python = Command::new("python3");
    python.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(folder).args([script, env!("CARGO_BIN_EXE_dormant")]);
    let output = python.args(arguments).output().expect("python3 is needed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs Python: tests/run"]
fn a_second_computation_finds_the_same_rows() {
    computed_a_second_time("grants.py", &["60"]);
}

#[test]
#[ignore = "needs Python: tests/run"]
fn a_second_computation_finds_the_same_risks() {
    computed_a_second_time("risk.py", &["0", "6"]);
}
