//! The answers as clients print them, and objects that look like one and are not.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::*;
use crate::decode::{Decoded, Limits, Memory, decode};
use crate::model::policy::{Actions, PolicyAnswer};
use crate::model::{Outcome, Source, Symbols};

fn decoded(text: &str) -> Decoded {
    let symbols = Symbols::default();
    decode(&Source::file("a.json"), text.as_bytes(), true, &Limits::default(), &mut Memory::new(&symbols))
}

fn answers(value: &Value) -> Vec<PolicyAnswer> {
    let decoded = decoded(&value.to_string());
    assert_eq!((decoded.outcome, decoded.problems.as_slice()), (Outcome::Read, [].as_slice()), "{value}");
    decoded.policies
}

fn only(value: &Value) -> PolicyAnswer {
    let mut answers = answers(value);
    assert_eq!(answers.len(), 1, "{value}");
    answers.remove(0)
}

fn statement(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

/// As `aws iam get-account-authorization-details` prints it, shortened.
fn details() -> Value {
    json!({
        "UserDetailList": [{
            "Path": "/", "UserName": "ana", "UserId": "AIDA1111111EXAMPLE",
            "Arn": "arn:aws:iam::111122223333:user/ana", "CreateDate": "2024-05-05T10:20:30+00:00",
            "GroupList": ["Admins"],
            "AttachedManagedPolicies": [],
            "PermissionsBoundary": {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/edge"
            },
            "Tags": []
        }],
        "GroupDetailList": [{
            "Path": "/", "GroupName": "Admins", "GroupId": "AGPA1111111EXAMPLE",
            "Arn": "arn:aws:iam::111122223333:group/Admins", "CreateDate": "2023-05-05T10:20:30+00:00",
            "GroupPolicyList": [{"PolicyName": "all", "PolicyDocument": statement("*")}],
            "AttachedManagedPolicies": [
                {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
            ]
        }],
        "RoleDetailList": [{
            "Path": "/app/", "RoleName": "prod-api", "RoleId": "AROA1111111EXAMPLE",
            "Arn": "arn:aws:iam::111122223333:role/app/prod-api", "CreateDate": "2022-05-05T10:20:30+00:00",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]},
            "InstanceProfileList": [],
            "RolePolicyList": [{"PolicyName": "s3", "PolicyDocument": statement("s3:Get*")}],
            "AttachedManagedPolicies": [
                {"PolicyName": "edge", "PolicyArn": "arn:aws:iam::111122223333:policy/edge"}],
            "Tags": [], "RoleLastUsed": {"LastUsedDate": "2026-01-01T00:00:00+00:00", "Region": "eu-west-1"}
        }],
        "Policies": [{
            "PolicyName": "edge", "PolicyId": "ANPA1111111EXAMPLE",
            "Arn": "arn:aws:iam::111122223333:policy/edge", "Path": "/", "DefaultVersionId": "v2",
            "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 1, "IsAttachable": true,
            "CreateDate": "2021-05-05T10:20:30+00:00", "UpdateDate": "2025-05-05T10:20:30+00:00",
            "PolicyVersionList": [
                {"Document": statement("ec2:*"), "VersionId": "v2", "IsDefaultVersion": true,
                 "CreateDate": "2025-05-05T10:20:30+00:00"},
                {"Document": statement("sqs:*"), "VersionId": "v1", "IsDefaultVersion": false,
                 "CreateDate": "2021-05-05T10:20:30+00:00"}]
        }]
    })
}

fn patterns(document: &ReadDocument) -> Vec<String> {
    let document = document.as_ref().expect("a document");
    let Actions::Listed(patterns) = &document.statements[0].actions else { panic!("{document:?}") };
    patterns.iter().map(|pattern| pattern.written().to_owned()).collect()
}

#[test]
fn authorization_details_give_holders_and_policies() {
    let answer = only(&details());
    assert_eq!((answer.operation, answer.rows, answer.is_truncated), (PolicyOperation::AuthorizationDetails, 4, false));
    let [ana, admins, api] = answer.entities.as_slice() else { panic!("{answer:?}") };
    assert_eq!((ana.arn.name(), ana.groups.as_deref()), ("ana", Some(["Admins".to_owned()].as_slice())));
    // The client leaves the list of inline policies out if there are none.
    assert_eq!((ana.inline.as_deref(), ana.attached.as_deref()), (Some([].as_slice()), Some([].as_slice())));
    assert_eq!(ana.boundary, BoundaryRecord::Policy("arn:aws:iam::111122223333:policy/edge".to_owned()));
    assert_eq!(ana.created.map(|at| at.to_string()).as_deref(), Some("2024-05-05T10:20:30Z"));
    let inline = admins.inline.as_deref().expect("a list");
    assert_eq!((inline[0].name.as_str(), patterns(&inline[0].document)), ("all", vec!["*".to_owned()]));
    assert_eq!(api.boundary, BoundaryRecord::None);
    assert_eq!(api.attached.as_deref(), Some(["arn:aws:iam::111122223333:policy/edge".to_owned()].as_slice()));
    let [edge] = answer.policies.as_slice() else { panic!("{answer:?}") };
    assert_eq!((edge.attachments, edge.default_version.as_deref()), (Some(1), Some("v2")));
    let versions = edge.versions.iter().map(|version| (version.id.as_str(), version.is_default));
    assert_eq!(versions.collect::<Vec<_>>(), [("v2", true), ("v1", false)]);
    assert_eq!(patterns(edge.versions[0].document.as_ref().expect("a document")), ["ec2:*"]);
}

#[test]
fn a_list_that_is_not_there_is_not_an_empty_list() {
    let answer = only(&json!({"RoleDetailList": [{"Arn": "arn:aws:iam::111122223333:role/r", "RoleName": "r"}]}));
    let role = &answer.entities[0];
    assert_eq!(
        (&role.inline, &role.attached, &role.groups, &role.boundary),
        (&None, &None, &None, &BoundaryRecord::NotSaid)
    );
}

#[test]
fn documents_may_be_texts_and_names_spelt_otherwise() {
    let text = utf8_percent_encode(&statement("s3:Get*").to_string(), NON_ALPHANUMERIC).to_string();
    let boto = json!({"RoleDetailList": [{
        "Arn": "arn:aws:iam::111122223333:role/r", "RoleName": "r", "CreateDate": "2022-05-05 10:20:30+00:00",
        "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": text}], "AttachedManagedPolicies": []}],
        "ResponseMetadata": {"HTTPHeaders": {"date": "Tue, 03 Nov 2026 10:00:00 GMT"}}});
    let ruby = json!({"role_detail_list": [{
        "arn": "arn:aws:iam::111122223333:role/r", "role_name": "r", "create_date": "2022-05-05T10:20:30Z",
        "role_policy_list": [{"policy_name": "p", "policy_document": text}], "attached_managed_policies": []}]});
    let (boto, ruby) = (only(&boto), only(&ruby));
    assert_eq!(boto.entities, ruby.entities);
    assert_eq!(patterns(&boto.entities[0].inline.as_ref().expect("a list")[0].document), ["s3:Get*"]);
    assert_eq!(boto.made_at.map(|at| at.to_string()).as_deref(), Some("2026-11-03T10:00:00Z"));
}

#[test]
fn pages_maps_and_lists_of_answers_are_looked_into() {
    let mut page = details();
    page["IsTruncated"] = json!(true);
    page["Marker"] = json!("AAAA");
    let pages = answers(&json!([page, details()]));
    assert_eq!(pages.iter().map(|answer| answer.is_truncated).collect::<Vec<_>>(), [true, false]);
    let by_account = only(&json!({"111122223333": details()}));
    assert_eq!(by_account.account.map(String::from).as_deref(), Some("111122223333"));
    let cut = only(&json!({"Roles": [{"Arn": "arn:aws:iam::111122223333:role/r", "RoleName": "r"}], "NextToken": "x"}));
    assert!(cut.is_truncated);
}

#[test]
fn a_managed_policy_among_the_roles_is_one() {
    // A file that Cloudsplaining downloads.
    let mut value = details();
    let policy = value["Policies"][0].take();
    value["Policies"] = json!([]);
    value["RoleDetailList"].as_array_mut().expect("a list").push(policy);
    let answer = only(&value);
    assert_eq!((answer.entities.len(), answer.policies.len()), (3, 1));
}

#[test]
fn a_document_that_cannot_be_read_is_unknown_and_named() {
    let mut value = details();
    value["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"] = json!("%257B%2522");
    let decoded = decoded(&value.to_string());
    assert_eq!(decoded.outcome, Outcome::Read);
    let [problem] = decoded.problems.as_slice() else { panic!("{:?}", decoded.problems) };
    assert_eq!(
        (problem.kind.code(), problem.place.as_str()),
        ("bad-value", "arn:aws:iam::111122223333:role/app/prod-api, s3")
    );
    let inline = decoded.policies[0].entities[2].inline.as_deref().expect("a list");
    assert!(inline[0].document.is_err());
}

#[test]
fn smaller_answers_are_known_by_their_operation() {
    let arn = "arn:aws:iam::111122223333:role/r";
    let of = |value: Value| only(&value).operation.as_str();
    assert_eq!(of(json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": statement("*")})), "get-role-policy");
    assert_eq!(of(json!({"UserName": "u", "PolicyName": "p", "PolicyDocument": statement("*")})), "get-user-policy");
    assert_eq!(of(json!({"GroupName": "g", "PolicyName": "p", "PolicyDocument": statement("*")})), "get-group-policy");
    assert_eq!(of(json!({"PolicyVersion": {"Document": statement("*"), "VersionId": "v1"}})), "get-policy-version");
    assert_eq!(of(json!({"Versions": [{"VersionId": "v1", "IsDefaultVersion": true}]})), "list-policy-versions");
    assert_eq!(of(json!({"Roles": [{"Arn": arn, "RoleName": "r"}]})), "list-roles");
    assert_eq!(of(json!({"Users": [{"Arn": "arn:aws:iam::111122223333:user/u", "UserName": "u"}]})), "list-users");
    assert_eq!(of(json!({"Groups": [{"Arn": "arn:aws:iam::111122223333:group/g", "GroupName": "g"}]})), "list-groups");
    let policy = json!({"Arn": "arn:aws:iam::111122223333:policy/p", "PolicyName": "p"});
    assert_eq!(of(json!({"Policies": [policy]})), "list-policies");
    assert_eq!(of(json!({"AttachedPolicies": []})), "list-attached-policies");
    assert_eq!(of(json!({"PolicyNames": ["p"], "IsTruncated": false})), "list-inline-policies");
    let holders = json!({"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": [{"RoleName": "r", "RoleId": "A"}]});
    assert_eq!(of(holders), "list-entities-for-policy");
    let group = json!({"GroupName": "g", "Arn": "arn:aws:iam::111122223333:group/g"});
    let user = json!({"UserName": "u", "Arn": "arn:aws:iam::111122223333:user/u"});
    assert_eq!(of(json!({"Users": [user], "Group": group})), "get-group");
    let granting = json!({"PoliciesGrantingServiceAccess": [{"ServiceNamespace": "s3", "Policies": []}]});
    assert_eq!(of(granting), "list-policies-granting-service-access");
    assert_eq!(of(json!({"AccessKeyMetadata": [{"UserName": "u"}]})), "list-access-keys");
    assert_eq!(of(json!({"UserName": "u", "AccessKeyLastUsed": {"Region": "N/A"}})), "get-access-key-last-used");
    let table = "user,arn,user_creation_time,password_enabled\nana,arn:aws:iam::111122223333:user/ana,2024-05-05T10:20:30+00:00,false\n";
    let report = json!({"Content": table, "ReportFormat": "text/csv", "GeneratedTime": "2026-01-01T00:00:00Z"});
    assert_eq!(of(report), "get-credential-report");
    let csv =
        decoded("user,arn,user_creation_time,password_enabled\n<root_account>,arn:aws:iam::111122223333:root,x,y\n");
    assert_eq!(
        (csv.outcome, csv.policies[0].operation.as_str(), csv.policies[0].rows),
        (Outcome::Read, "get-credential-report", 1)
    );
}

#[test]
fn rows_of_steampipe_give_what_they_hold() {
    let rows = json!([
        {"name": "r", "arn": "arn:aws:iam::111122223333:role/r", "create_date": "2022-05-05T10:20:30Z",
         "inline_policies": [{"PolicyName": "p", "PolicyDocument": statement("S3:Get*")}],
         "inline_policies_std": [{"PolicyName": "p", "PolicyDocument": statement("s3:get*")}],
         "attached_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "permissions_boundary_arn": ""},
        {"name": "p", "arn": "arn:aws:iam::111122223333:policy/p", "default_version_id": "v3", "attachment_count": 2,
         "policy": statement("EC2:*"), "policy_std": statement("ec2:*")},
        {"name": "u", "arn": "arn:aws:iam::111122223333:user/u", "inline_policies": null, "attached_policy_arns": null}
    ]);
    let answers = answers(&rows);
    let role = &answers[0].entities[0];
    assert_eq!(patterns(&role.inline.as_ref().expect("a list")[0].document), ["S3:Get*"]);
    assert_eq!(role.attached.as_deref(), Some(["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()].as_slice()));
    let policy = &answers[1].policies[0];
    assert_eq!(patterns(policy.versions[0].document.as_ref().expect("a document")), ["EC2:*"]);
    assert_eq!((&answers[2].entities[0].inline, &answers[2].entities[0].attached), (&None, &None));
}

#[test]
fn what_holds_accesses_is_looked_into_for_them() {
    let dump = json!({"JobStatus": "COMPLETED", "JobCreationDate": "2026-01-01T00:00:00Z", "IsTruncated": false,
        "ServicesLastAccessed": [{"ServiceName": "S3", "ServiceNamespace": "s3",
            "TotalAuthenticatedEntities": 0}]});
    let mut role = json!({"Arn": "arn:aws:iam::111122223333:role/r", "RoleName": "r"});
    role.as_object_mut().expect("an object").extend(dump.as_object().expect("an object").clone());
    let decoded = decoded(&json!({"Roles": [role]}).to_string());
    assert_eq!((decoded.answers.len(), decoded.policies.len()), (1, 0), "{:?}", decoded.problems);
}

#[test]
fn what_only_looks_like_an_answer_is_none() {
    for value in [
        json!({"Roles": []}),
        json!({"Users": ["ana"]}),
        json!({"Policies": [{"name": "p"}]}),
        json!({"PolicyName": "p", "PolicyDocument": statement("*")}),
        json!({"Groups": [{"GroupName": "g"}], "Version": 1}),
        json!({"Users": [{"Arn": "x", "UserName": "u"}], "Arn": "arn:aws:iam::111122223333:group/g"}),
        statement("*"),
    ] {
        assert_eq!(decoded(&value.to_string()).policies, [], "{value}");
    }
}

#[test]
fn an_empty_list_of_groups_is_one_where_something_names_a_user() {
    let operations = |path: &str, value: &Value| -> Vec<PolicyOperation> {
        let (source, json, symbols) = (Source::file(path), value.to_string(), Symbols::default());
        let decoded = decode(&source, json.as_bytes(), false, &Limits::default(), &mut Memory::new(&symbols));
        decoded.policies.iter().map(|answer| answer.operation).collect()
    };
    let none = json!({"Groups": [], "IsTruncated": false, "ResponseMetadata": {"HTTPStatusCode": 200}});
    let of_bob = json!({"Arn": "arn:aws:iam::111122223333:user/bob", "Groups": []});
    for (path, value) in [
        ("users/bob/a.json", &none),
        ("111122223333/user/bob/list-groups-for-user.json", &none),
        ("bob.groups.json", &none),
        ("arn%3Aaws%3Aiam%3A%3A111122223333%3Auser%2Fbob.json", &none),
        ("x.json", &of_bob),
        ("x.json", &json!({"UserName": "bob", "Groups": []})),
        ("x.json", &json!({"arn:aws:iam::111122223333:user/bob": {"Groups": []}})),
    ] {
        assert_eq!(operations(path, value), [PolicyOperation::Groups], "{path}: {value}");
    }
    for (path, value) in [
        ("x.json", &none),
        ("users/bob/a.json", &json!({"Groups": [], "Instances": [{"InstanceId": "i-1"}]})),
        ("users/bob/a.json", &json!({"Arn": "arn:aws:iam::111122223333:role/a", "Groups": []})),
    ] {
        assert_eq!(operations(path, value), [], "{path}: {value}");
    }
}

/// The answers that are one list each, with the operation that each is.
fn listed() -> Vec<(Value, PolicyOperation)> {
    use PolicyOperation as Of;
    let group = json!({"GroupName": "g", "Arn": "arn:aws:iam::111122223333:group/g"});
    vec![
        (json!({"AttachedPolicies": []}), Of::AttachedPolicies),
        (json!({"PolicyNames": ["x"]}), Of::InlinePolicies),
        (json!({"PolicyGroups": [], "PolicyUsers": [], "PolicyRoles": [{"RoleName": "b"}]}), Of::EntitiesForPolicy),
        (json!({"Versions": [{"VersionId": "v1", "IsDefaultVersion": true}]}), Of::PolicyVersions),
        (json!({"InlinePolicy": ""}), Of::PermissionSetInlinePolicy),
        (json!({"CustomerManagedPolicyReferences": [{"Name": "x"}]}), Of::PermissionSetCustomerPolicies),
        (json!({"AttachedManagedPolicies": [{"Name": "x", "Arn": "y"}]}), Of::PermissionSetPolicies),
        (json!({"Accounts": [{"Id": "111122223333", "Arn": "x", "Name": "n"}]}), Of::Accounts),
        (json!({"AccessKeyMetadata": [{"UserName": "u", "AccessKeyId": "AKIA"}]}), Of::AccessKeys),
        (json!({"Groups": [group]}), Of::Groups),
    ]
}

#[test]
fn what_the_user_wrote_next_to_a_list_may_stand_before_it_or_after_it() {
    for (answer, operation) in listed() {
        let answer = answer.to_string();
        let list = answer.trim_matches(['{', '}']);
        for own in [
            "\"Arn\": \"arn:aws:iam::111122223333:user/u\"",
            "\"PermissionSetArn\": \"arn:aws:sso:::permissionSet/ssoins-1/ps-1\"",
            "\"AccountId\": \"111122223333\"",
            "\"SavedAt\": \"2026-05-04T08:00:00Z\"",
            "\"Note\": {\"by\": [\"me\"]}",
        ] {
            for text in [format!("{{{own}, {list}}}"), format!("{{{list}, {own}}}")] {
                let found = decoded(&text);
                let operations: Vec<_> = found.policies.iter().map(|answer| answer.operation).collect();
                assert_eq!((found.outcome, operations), (Outcome::Read, vec![operation]), "{text}");
            }
        }
    }
}

#[test]
fn two_answers_in_one_object_are_both_read_and_the_creation_next_to_them_too() {
    let both = json!({
        "Arn": "arn:aws:iam::111122223333:role/a", "CreateDate": "2026-05-01T00:00:00Z",
        "PolicyNames": [], "AttachedPolicies": [{"PolicyName": "x", "PolicyArn": "y"}]});
    let found = decoded(&both.to_string());
    let parts: Vec<_> = found.policies.iter().map(|answer| (answer.operation, answer.rows)).collect();
    assert_eq!(parts, [(PolicyOperation::AttachedPolicies, 1), (PolicyOperation::InlinePolicies, 0)]);
    assert!(matches!(&found.sidecars[..], [crate::model::Sidecar::Entity { stated, .. }] if stated.created.is_some()));
}

#[test]
fn a_member_names_the_owner_of_a_list() {
    let owner = |json: Value| only(&json).owner;
    let role = Some((EntityKind::Role, "a".to_owned()));
    assert_eq!(owner(json!({"RoleName": "a", "AttachedPolicies": []})), role);
    assert_eq!(owner(json!({"PolicyNames": [], "RoleName": "a"})), role);
    assert_eq!(owner(json!({"PolicyNames": [], "RoleName": "a", "UserName": "u"})), None);
}

#[test]
fn a_list_of_one_may_be_its_element_and_any_other_form_is_told() {
    let part = |value: serde_json::Value| only(&value).part.expect("a part");
    let (policy, arn) = ("arn:aws:iam::111122223333:policy/p", "arn:aws:iam::111122223333:role/r");
    let attached = PolicyPart::Attached(vec![policy.to_owned()]);
    let one = json!({"PolicyName": "p", "PolicyArn": policy});
    assert_eq!(part(json!({"AttachedPolicies": one, "IsTruncated": false})), attached);
    assert_eq!(part(json!({"AttachedPolicies": {"value": [one], "Count": 1}, "Arn": arn})), attached);
    let holders = PolicyPart::Holders(vec![(EntityKind::Role, "r".to_owned())]);
    assert_eq!(part(json!({"PolicyRoles": {"RoleName": "r", "RoleId": "A"}, "PolicyUsers": []})), holders);
    assert_eq!(part(json!({"PolicyRoles": ["r"], "PolicyUsers": []})), holders);
    let group = json!({"GroupName": "g", "Arn": "arn:aws:iam::111122223333:group/g"});
    for lost in [
        json!({"AttachedPolicies": null, "IsTruncated": false}),
        json!({"AttachedPolicies": "System.Object[]", "Arn": arn}),
        json!({"AttachedPolicies": [format!("@{{PolicyName=p; PolicyArn={policy}}}")], "Arn": arn}),
        json!({"AttachedPolicies": {"value": [], "Count": 1}, "Arn": arn}),
        json!({"PolicyNames": null, "RoleName": "r"}),
        json!({"PolicyRoles": null, "PolicyUsers": []}),
        json!({"PolicyRoles": "System.Object[]", "PolicyUsers": []}),
        json!({"Group": group, "Users": null}),
        json!({"Group": group, "Users": ["ana"]}),
        json!({"Roles": "System.Object[]", "IsTruncated": false}),
        json!({"RoleDetailList": null, "UserDetailList": []}),
        json!({"RoleDetailList": ["@{RoleName=r}"]}),
    ] {
        let codes = decoded(&lost.to_string()).problems.into_iter().map(|problem| problem.kind.code());
        assert_eq!(codes.collect::<Vec<_>>(), ["bad-value"], "{lost}");
    }
    for foreign in
        [json!({"AttachedPolicies": null}), json!({"PolicyNames": null, "InstancePort": 80}), json!({"Users": null})]
    {
        assert!(decoded(&foreign.to_string()).policies.is_empty(), "{foreign}");
    }
}

#[test]
fn the_first_member_with_two_values_is_told_among_many() {
    let object = |members: &[(&str, &str)]| {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!("{{{}}}", members.join(", "))
    };
    let twice = |members: &[(&str, &str)]| {
        let json = object(members);
        let object = Object::of(&members_of(&json).expect("an object"));
        object.twice().map(str::to_owned)
    };
    assert_eq!(twice(&[("a", "1"), ("b", "1"), ("a", "1")]), None);
    assert_eq!(twice(&[("a", "1"), ("b", "1"), ("B", "2"), ("A", "2")]), Some("a".to_owned()));
    assert_eq!(twice(&[("c", "1"), ("a", "1"), ("b", "1"), ("B", "2"), ("C", "1"), ("B", "1")]), Some("b".to_owned()));
}

/// A list of one name that stands there twice is read once if both are the same, and never if they differ.
#[test]
fn a_list_of_details_that_stands_there_twice_counts_once() {
    let role = r#"{"RoleName": "a", "Arn": "arn:aws:iam::111122223333:role/a", "RolePolicyList": [], "AttachedManagedPolicies": []}"#;
    let roles = |first: &str, second: &str| {
        let decoded = decoded(&format!("{{\"RoleDetailList\": {first}, \"Other\": [], \"RoleDetailList\": {second}}}"));
        decoded.policies.iter().map(|answer| answer.entities.len()).sum::<usize>()
    };
    assert_eq!(roles(&format!("[{role}]"), &format!("[{role}]")), 1);
    assert_eq!(roles(&format!("[{role}]"), "[]"), 0);
    assert_eq!(roles("null", &format!("[{role}]")), 0);
}
