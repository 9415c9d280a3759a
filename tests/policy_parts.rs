//! Answers about a part of what an entity holds, saved one by one by people who may not call `get-account-authorization-details`: lists, single
//! inline policies, single versions, permission sets. What they show is granted; what they do not show is never said to be nothing.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::path::Path;

use program::{dormant, put};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111122223333:role/app/worker";
const QUEUES: &str = "arn:aws:iam::111122223333:policy/shared/queues";
const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-aaaabbbbccccdddd";
const RESERVED: &str =
    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Operators_0123456789abcdef";

fn document(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

fn dump(arn: &str, services: &[&str]) -> Value {
    let row =
        |service: &&str| json!({"ServiceName": service, "ServiceNamespace": service, "TotalAuthenticatedEntities": 0});
    json!({"Arn": arn, "JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL", "IsTruncated": false,
           "JobCreationDate": "2026-05-04T08:00:00Z", "JobCompletionDate": "2026-05-04T08:00:00Z",
           "ServicesLastAccessed": services.iter().map(row).collect::<Vec<_>>()})
}

/// A folder with these files.
fn folder(files: &[(&str, Value)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for (path, value) in files {
        put(home.path().join(path), value.to_string());
    }
    home
}

/// Service, policy, version, agreement and note of every row of `grants`, and what stands on stderr.
fn granted(home: &Path) -> (Vec<[String; 5]>, String) {
    granted_with(home, 0)
}

/// The same, where the program ends with this code.
fn granted_with(home: &Path, code: i32) -> (Vec<[String; 5]>, String) {
    let ran = dormant(home, ["grants", ".", "--include-aws-controlled", "--format", "json"]);
    assert_eq!(ran.code, code, "{}", ran.stderr);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let columns = ["service_namespace", "policy_name", "policy_version", "agreement", "note"];
    (ran.rows().iter().map(|row| columns.map(|column| text(&row[column]))).collect(), ran.stderr)
}

/// What `aws iam` prints about one role, file by file.
fn parts() -> Vec<(&'static str, Value)> {
    vec![
        ("dump.json", dump(ROLE, &["sqs", "sns", "ec2"])),
        ("roles/worker/attached.json", json!({"AttachedPolicies": [{"PolicyName": "queues", "PolicyArn": QUEUES}]})),
        ("roles/worker/inline.json", json!({"PolicyNames": ["topics"]})),
        ("any/where.json", json!({"RoleName": "worker", "PolicyName": "topics", "PolicyDocument": document("sns:*")})),
        (
            "policies/queues/v2.json",
            json!({"PolicyVersion": {"VersionId": "v2", "IsDefaultVersion": true, "Document": document("sqs:*"),
                   "CreateDate": "2025-05-04T08:00:00Z"}}),
        ),
        (
            "policies/queues.versions.json",
            json!({"Versions": [
                {"VersionId": "v2", "IsDefaultVersion": true, "CreateDate": "2025-05-04T08:00:00Z"},
                {"VersionId": "v1", "IsDefaultVersion": false, "CreateDate": "2021-05-04T08:00:00Z"}]}),
        ),
    ]
}

#[test]
fn parts_that_were_saved_one_by_one_are_put_together() {
    let (rows, stderr) = granted(folder(&parts()).path());
    assert!(!stderr.contains("note:"), "{stderr}");
    assert_eq!(
        rows,
        [["ec2", "", "", "dump-only", ""], ["sns", "topics", "", "ok", ""], ["sqs", "queues", "v2", "ok", ""],]
            .map(|row| row.map(str::to_owned))
    );
}

#[test]
fn what_one_part_does_not_show_is_unknown_and_never_nothing() {
    // Whatever file is missing, what it would have said is not taken for nothing.
    let all = parts();
    let without = |missing: &str| {
        let some: Vec<_> = all.iter().filter(|(path, _)| *path != missing).cloned().collect();
        granted(folder(&some).path()).0
    };
    let has = |rows: &[[String; 5]], row: [&str; 5]| {
        assert!(rows.iter().any(|one| *one == row.map(str::to_owned)), "{row:?} in {rows:?}");
    };
    for missing in ["roles/worker/attached.json", "roles/worker/inline.json"] {
        has(&without(missing), ["ec2", "", "", "dump-only", "policies-incomplete"]);
    }
    let rows = without("roles/worker/inline.json");
    has(&rows, ["sns", "topics", "", "ok", ""]);
    let rows = without("any/where.json");
    has(&rows, ["*", "topics", "", "unknown", "document-missing"]);
    has(&rows, ["sns", "", "", "dump-only", "policies-incomplete"]);
    let rows = without("policies/queues/v2.json");
    has(&rows, ["*", "queues", "v2", "unknown", "document-missing"]);
}

#[test]
fn pages_of_a_list_are_one_list_and_a_missing_page_is_unknown() {
    let mut files = parts();
    files[1].1["IsTruncated"] = json!(true);
    files[1].1["Marker"] = json!("more");
    // What another role's list says is no last page of this one.
    files.push(("roles/other/attached.json", json!({"AttachedPolicies": []})));
    files.push(("other.json", dump("arn:aws:iam::111122223333:role/other", &[])));
    let (rows, stderr) = granted_with(folder(&files).path(), 3);
    assert_eq!(rows[0][4], "policies-incomplete", "{rows:?}");
    assert!(stderr.contains("roles/worker/attached.json: another page follows"), "{stderr}");
    files.push(("roles/worker/attached-policies.json", json!({"AttachedPolicies": []})));
    let (rows, _) = granted(folder(&files).path());
    assert_eq!(rows[0][4], "", "{rows:?}");
}

#[test]
fn whose_a_part_is_is_not_guessed() {
    // Two accounts have a role of that name, and the place does not say which.
    let far = "arn:aws:iam::999988887777:role/worker";
    let mut files = parts();
    files.push(("far.json", dump(far, &["sqs"])));
    let (_, stderr) = granted(folder(&files[1..]).path());
    assert!(!stderr.contains("does not name its owner"), "one role of the name is left: {stderr}");
    let home = folder(&files);
    let ran = dormant(home.path(), ["check", ".", "--format", "json"]);
    let notes: Vec<_> = ran.rows().iter().map(|row| row["note"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(notes.iter().filter(|note| note.contains("does not name its owner")).count(), 3, "{notes:?}");
    // A folder of the account does say.
    let moved: Vec<_> = files.iter().map(|(path, value)| (format!("111122223333/{path}"), value.clone())).collect();
    let moved: Vec<(&str, Value)> = moved.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    let (rows, _) = granted(folder(&moved).path());
    assert!(rows.iter().any(|row| row[1] == "topics"), "{rows:?}");
}

#[test]
fn an_arn_beside_a_part_or_in_its_file_name_is_whose_it_is() {
    let files = [
        ("dump.json", dump(ROLE, &["sqs", "sns"])),
        ("lists.json", json!({(ROLE): {"AttachedPolicies": [{"PolicyName": "queues", "PolicyArn": QUEUES}]}})),
        ("arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fapp%2Fworker.json", json!({"PolicyNames": ["topics"]})),
        (
            "versions.json",
            json!({(QUEUES): {"PolicyVersion": {"VersionId": "v1", "IsDefaultVersion": true,
            "Document": document("sqs:*"), "CreateDate": "2025-05-04T08:00:00Z"}}}),
        ),
    ];
    let (rows, _) = granted(folder(&files).path());
    let names: Vec<_> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(names, [("*", "topics"), ("sns", ""), ("sqs", "queues")]);
}

/// The documents of a permission set, and a dump of the role that is made from it.
fn permission_set() -> Vec<(&'static str, Value)> {
    vec![
        ("dump.json", dump(RESERVED, &["sqs", "s3"])),
        (
            "sets/Operators/set.json",
            json!({"PermissionSet": {"Name": "Operators", "PermissionSetArn": SET,
            "CreatedDate": "2024-05-04T08:00:00Z", "SessionDuration": "PT8H"}}),
        ),
        ("sets/Operators/inline.json", json!({"InlinePolicy": document("sqs:*").to_string()})),
        (
            "sets/Operators/managed.json",
            json!({"AttachedManagedPolicies": [
            {"Name": "ViewOnlyAccess", "Arn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"}]}),
        ),
        (
            "sets/Operators/customer.json",
            json!({"CustomerManagedPolicyReferences": [{"Name": "queues", "Path": "/shared/"}]}),
        ),
    ]
}

#[test]
fn a_permission_set_is_what_its_reserved_roles_hold() {
    let (rows, stderr) = granted(folder(&permission_set()).path());
    assert!(!stderr.contains("does not name its owner"), "{stderr}");
    assert_eq!(
        rows,
        [
            ["*", "queues", "", "unknown", "document-missing"],
            ["*", "ViewOnlyAccess", "", "unknown", "document-missing"],
            ["s3", "", "", "dump-only", "policies-incomplete"],
            ["sqs", "AwsSSOInlinePolicy", "", "ok", ""],
        ]
        .map(|row| row.map(str::to_owned))
    );
    // By the number of the set in a file name too; a set without an inline policy has an empty one.
    let mut files = permission_set();
    files[2] = ("ps-aaaabbbbccccdddd.inline.json", json!({"InlinePolicy": ""}));
    let (rows, _) = granted(folder(&files).path());
    assert!(rows.iter().all(|row| row[1] != "AwsSSOInlinePolicy"), "{rows:?}");
}

#[test]
fn two_permission_sets_of_one_name_are_neither() {
    let mut files = permission_set();
    files.push((
        "other.json",
        json!({"PermissionSet": {"Name": "Operators",
        "PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-5555666677778888/ps-1111222233334444"}}),
    ));
    let home = folder(&files);
    let ran = dormant(home.path(), ["check", ".", "--format", "json"]);
    let lost =
        ran.rows().iter().filter(|row| row["note"].as_str().unwrap_or_default().contains("not name its owner")).count();
    assert_eq!(lost, 3, "{}", ran.stderr);
}

#[test]
fn authorization_details_lead_and_no_part_is_lost() {
    let details = json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{
        "Path": "/app/", "RoleName": "worker", "RoleId": "AROAEXAMPLE", "Arn": ROLE, "CreateDate": "2022-01-01T00:00:00+00:00",
        "RolePolicyList": [{"PolicyName": "topics", "PolicyDocument": document("sns:*")}], "AttachedManagedPolicies": []}]});
    let mut files = parts();
    files.push(("details.json", details));
    let (rows, _) = granted(folder(&files).path());
    // Nobody knows which is older, so the policy that only a part attaches is granted, and there may be more.
    assert_eq!(
        rows.iter().map(|row| [&*row[0], &*row[1], &*row[4]]).collect::<Vec<_>>(),
        [["ec2", "", "policies-incomplete"], ["sns", "topics", ""], ["sqs", "queues", ""]]
    );
    // A part of an earlier day is of what is not there any more.
    let dated: Vec<_> = files
        .iter()
        .map(|(path, value)| {
            let day = if *path == "details.json" { "2026-05-04" } else { "2026-04-01" };
            (format!("{day}/{path}"), value.clone())
        })
        .collect();
    let dated: Vec<(&str, Value)> = dated.iter().map(|(path, value)| (path.as_str(), value.clone())).collect();
    let (rows, _) = granted(folder(&dated).path());
    assert_eq!(
        rows.iter().map(|row| [&*row[0], &*row[1], &*row[4]]).collect::<Vec<_>>(),
        [["ec2", "", ""], ["sns", "topics", ""], ["sqs", "", ""]]
    );
    // The same document in both is one; another one in each is none that counts.
    files[3].1["PolicyDocument"] = document("ec2:*");
    let (rows, stderr) = granted(folder(&files).path());
    assert!(stderr.contains("differ about the inline policy topics") || stderr.contains("warning"), "{stderr}");
    assert!(rows.iter().any(|row| row[1] == "topics" && row[4] == "document-missing"), "{rows:?}");
}

#[test]
fn check_says_where_dump_and_policies_differ() {
    let home = folder(&parts());
    let ran = dormant(home.path(), ["check", ".", "--format", "json"]);
    let rows = ran.rows();
    let of = |file: &str| rows.iter().find(|row| row["source"].as_str().is_some_and(|at| at.ends_with(file)));
    let note = of("dump.json").expect("a row")["note"].clone();
    assert_eq!(note, "dump and policies differ: 1 service that no policy grants (ec2)");
}

const USER: &str = "arn:aws:iam::111122223333:user/ana";
const GROUP: &str = "arn:aws:iam::111122223333:group/staff/devs";

/// As `aws iam get-group` prints it.
fn members(users: &[&str]) -> Value {
    let user = |arn: &&str| {
        json!({"Path": "/", "UserName": arn.rsplit('/').next(), "UserId": "AIDAEXAMPLE", "Arn": arn,
                                   "CreateDate": "2022-05-04T08:00:00Z"})
    };
    json!({"Users": users.iter().map(user).collect::<Vec<_>>(),
           "Group": {"Path": "/staff/", "GroupName": "devs", "GroupId": "AGPAEXAMPLE", "Arn": GROUP,
                     "CreateDate": "2021-05-04T08:00:00Z"}})
}

/// As `aws iam list-entities-for-policy` prints it.
fn holders(groups: &[&str], users: &[&str], roles: &[&str]) -> Value {
    let rows = |member: &str, names: &[&str]| {
        names.iter().map(|name| json!({(member): name, "Id": "EXAMPLE"})).collect::<Vec<_>>()
    };
    json!({"PolicyGroups": rows("GroupName", groups), "PolicyUsers": rows("UserName", users),
           "PolicyRoles": rows("RoleName", roles)})
}

fn version(action: &str, created: &str) -> Value {
    json!({"PolicyVersion": {"VersionId": "v1", "IsDefaultVersion": true, "Document": document(action), "CreateDate": created}})
}

#[test]
fn members_of_a_group_have_its_policies_and_maybe_more() {
    let mut files = vec![
        ("ana.json", dump(USER, &["sqs", "ec2"])),
        ("devs.get-group.json", members(&[USER])),
        ("p.json", json!({"GroupName": "devs", "PolicyName": "queues", "PolicyDocument": document("sqs:*")})),
    ];
    let rows = |files: &[(&str, Value)]| {
        let ran = dormant(folder(files).path(), ["grants", ".", "--type", "user", "--format", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let columns = ["service_namespace", "policy_name", "via_name", "note"];
        ran.rows().iter().map(|row| columns.map(|column| text(&row[column]))).collect::<Vec<_>>()
    };
    let with_group =
        [["ec2", "", "", "policies-incomplete"], ["sqs", "queues", "devs", ""]].map(|row| row.map(str::to_owned));
    assert_eq!(rows(&files), with_group);
    // Whoever the group no longer has on a later day is no member.
    files[1].0 = "2026-05-01/devs.json";
    files.push(("2026-05-03/devs.json", members(&[])));
    let without = rows(&files);
    assert!(without.iter().all(|row| row[1].is_empty()), "{without:?}");
    // The user's own list of groups leads, and a membership that it lacks is not lost.
    files.truncate(3);
    files.push((
        "users/ana/groups.json",
        json!({"Groups": [{"Arn": "arn:aws:iam::111122223333:group/ops",
        "GroupName": "ops", "CreateDate": "2021-05-04T08:00:00Z"}]}),
    ));
    let both = rows(&files);
    assert!(both.contains(&with_group[1]), "{both:?}");
    assert!(both.iter().any(|row| row[3] == "policies-incomplete"), "{both:?}");
}

#[test]
fn those_who_have_a_policy_hold_it_and_maybe_more() {
    let mut files = vec![
        ("dump.json", dump(ROLE, &["sqs", "ec2"])),
        ("policies.json", json!({"Policies": [{"PolicyName": "queues", "Arn": QUEUES, "DefaultVersionId": "v1"}]})),
        ("policies/queues/v1.json", version("sqs:*", "2024-05-04T08:00:00Z")),
        ("policies/queues/entities-for-policy.json", holders(&[], &[], &["worker"])),
    ];
    let of_role = |files: &[(&str, Value)]| {
        let mut rows = granted(folder(files).path()).0;
        rows.sort();
        rows
    };
    let expected = [["ec2", "", "", "dump-only", "policies-incomplete"], ["sqs", "queues", "v1", "ok", ""]];
    assert_eq!(of_role(&files), expected.map(|row| row.map(str::to_owned)));
    // What is attached is listed, and the policy is not among it: then it is the boundary of the role, or one of the lists is older.
    files.push(("roles/worker/attached.json", json!({"AttachedPolicies": []})));
    let lacking =
        [["ec2", "", "", "dump-only", "policies-incomplete"], ["sqs", "", "", "dump-only", "policies-incomplete"]];
    assert_eq!(of_role(&files), lacking.map(|row| row.map(str::to_owned)));
    // A name that no document has as an ARN is said.
    files[3].1 = holders(&["devs"], &[], &["worker", "gone"]);
    let home = folder(&files);
    let ran = dormant(home.path(), ["check", ".", "--format", "json"]);
    let notes: Vec<_> = ran.rows().iter().map(|row| row["note"].as_str().unwrap_or_default().to_owned()).collect();
    assert!(notes.iter().any(|note| note.contains("group devs, role gone")), "{notes:?}");
}

#[test]
fn an_old_boundary_does_not_hide_that_a_grant_is_young() {
    // The old policy may be the boundary of the role. If it counted as a grant of 2020, the grant of last week would seem watched for 400 days.
    let old = "arn:aws:iam::111122223333:policy/edge";
    let policies = json!({"Policies": [
        {"PolicyName": "queues", "Arn": QUEUES, "DefaultVersionId": "v1", "CreateDate": "2026-04-28T08:00:00Z"},
        {"PolicyName": "edge", "Arn": old, "DefaultVersionId": "v1", "CreateDate": "2020-05-04T08:00:00Z"}]});
    let mut files = vec![
        ("dump.json", dump(ROLE, &["sqs"])),
        ("policies.json", policies),
        ("policies/queues/v1.json", version("sqs:*", "2026-04-28T08:00:00Z")),
        ("policies/edge/v1.json", version("*", "2020-05-04T08:00:00Z")),
        // The last page is missing, so more may be attached.
        (
            "roles/worker/attached.json",
            json!({"AttachedPolicies": [{"PolicyName": "queues", "PolicyArn": QUEUES}],
                                              "IsTruncated": true, "Marker": "more"}),
        ),
    ];
    let verdict = |files: &[(&str, Value)]| {
        let ran = dormant(folder(files).path(), ["list", ".", "--level", "service", "--format", "json"]);
        let row = &ran.rows()[0];
        (
            row["verdict"].as_str().unwrap_or_default().to_owned(),
            row["unknown_reason"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let young = ("unknown".to_owned(), "granted-recently".to_owned());
    assert_eq!(verdict(&files), young);
    files.push(("policies/edge/entities.json", holders(&[], &[], &["worker"])));
    assert_eq!(verdict(&files), young);
    // Alone it counts for what it may be.
    files.remove(4);
    assert_eq!(verdict(&files).0, "unused");
}

#[test]
fn what_describes_entities_in_another_form_is_read_or_refused_by_name() {
    use base64::Engine as _;

    let role = json!({"Path": "/", "RoleName": "worker", "RoleId": "AROAEXAMPLE", "Arn": ROLE, "CreateDate": "2022-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": {}});
    let whole = json!({ "Roles": [role] }).to_string();
    let home = tempfile::tempdir().expect("a folder");
    let files = [
        ("roles.cut.json", whole[..whole.len() - 30].to_owned(), "failed"),
        ("roles.comma.json", whole.replace("}]", "},]"), "failed"),
        ("roles.yaml", format!("Roles:\n- Arn: {ROLE}\n  CreateDate: '2022-01-01'\n  RoleId: AROAEXAMPLE\n"), "failed"),
        ("roles.txt", whole.replace('"', "'"), "failed"),
        (
            "roles.b64.json",
            json!({ "body": base64::engine::general_purpose::STANDARD.encode(&whole) }).to_string(),
            "read",
        ),
        ("template.yaml", format!("Resources:\n  R:\n    GroupId: sg-1\n    RoleId: x\n    Arn: {ROLE}\n"), "skipped"),
    ];
    for (name, text, _) in &files {
        put(home.path().join(name), text.clone());
    }
    let ran = dormant(home.path(), ["check", ".", "--format", "json"]);
    for (name, _, outcome) in &files {
        let rows = ran.rows();
        let row = rows.iter().find(|row| row["source"].as_str().is_some_and(|source| source.ends_with(name)));
        assert_eq!(row.map(|row| &row["outcome"]), Some(&json!(outcome)), "{name}: {row:?}");
    }
    assert_eq!(ran.code, 3);
}

#[test]
fn a_lost_date_of_a_version_that_was_saved_alone_is_a_warning() {
    let version = |date: &str| {
        let document =
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]});
        json!({"PolicyVersion": {"Document": document, "VersionId": "v2", "IsDefaultVersion": true, "CreateDate": date}})
    };
    let dump = json!({"Arn": "arn:aws:iam::111122223333:policy/p", "JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL",
        "JobCompletionDate": "2026-05-04T08:00:00Z", "IsTruncated": false,
        "ServicesLastAccessed": [{"ServiceName": "Amazon SQS", "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0}]});
    for (date, warnings) in [("soon", 1), ("2024-05-04T08:00:00Z", 0)] {
        let home = folder(&[("p.json", dump.clone()), ("p.get-policy-version.json", version(date))]);
        let ran = dormant(home.path(), ["list", ".", "--level", "service", "-v"]);
        assert_eq!(ran.stderr.matches("the date of version v2").count(), warnings, "{}", ran.stderr);
    }
}

#[test]
fn what_is_about_an_entity_that_no_input_has_says_so() {
    let files = [
        ("other.json", dump("arn:aws:iam::111122223333:role/other", &[])),
        ("111122223333/roles/x/list-attached-role-policies.json", json!({"AttachedPolicies": []})),
        ("named.json", json!({"UserName": "ana", "PolicyNames": []})),
    ];
    let home = folder(&files);
    let ran = dormant(home.path(), ["check", ".", "--format", "json"]);
    let notes: Vec<_> = ran.rows().iter().map(|row| row["note"].as_str().unwrap_or_default().to_owned()).collect();
    for whom in ["is about the role x, which no other input has", "is about the user ana, which no other input has"] {
        assert!(notes.iter().any(|note| note.contains(whom)), "{notes:?}");
    }
}
