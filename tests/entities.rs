//! Who is there and what each did last: `entities`, `credentials`, and the names of accounts and owners beside every report.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use program::{Ran, dormant, put};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

fn arn(kind_and_name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind_and_name}")
}

/// A whole dump of `entity`: services, with the date of the last access or none.
fn dump(entity: &str, services: &[(&str, Option<&str>)]) -> Value {
    let row = |(service, used): &(&str, Option<&str>)| match used {
        None => json!({"ServiceName": service, "ServiceNamespace": service, "TotalAuthenticatedEntities": 0}),
        Some(at) => json!({"ServiceName": service, "ServiceNamespace": service, "TotalAuthenticatedEntities": 1,
            "LastAuthenticated": at, "LastAuthenticatedEntity": arn(entity)}),
    };
    json!({"Arn": arn(entity), "JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL", "IsTruncated": false,
           "JobCreationDate": "2026-05-04T08:00:00Z", "JobCompletionDate": "2026-05-04T08:00:00Z",
           "ServicesLastAccessed": services.iter().map(row).collect::<Vec<_>>()})
}

fn role(name: &str, more: &Value) -> Value {
    let mut role = json!({"RoleName": name, "Arn": arn(&format!("role/{name}")), "CreateDate": "2022-01-01T00:00:00Z",
        "RolePolicyList": [], "AttachedManagedPolicies": []});
    role.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    role
}

fn details(roles: &[Value]) -> Value {
    json!({"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": roles})
}

fn ran(files: &[(&str, String)], arguments: &[&str]) -> Ran {
    let home = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        put(home.path().join(name), text);
    }
    dormant(home.path(), [arguments, &[".", "--format", "json"]].concat())
}

fn rows(files: &[(&str, String)], arguments: &[&str]) -> Vec<Value> {
    let ran = ran(files, arguments);
    assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
    ran.rows()
}

/// The row of the entity, with these columns.
fn of<const N: usize>(rows: &[Value], name: &str, columns: [&str; N]) -> [Value; N] {
    let found: Vec<_> = rows.iter().filter(|row| row["entity_name"] == name).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    columns.map(|column| found[0][column].clone())
}

#[test]
fn an_entity_is_judged_by_all_that_it_did() {
    let roles = ["busy", "idle", "never", "cut", "none", "missing"].map(|name| role(name, &json!({})));
    let mut cut = dump("role/cut", &[("s3", None)]);
    cut["IsTruncated"] = json!(true);
    let files = [
        ("details.json", details(&roles).to_string()),
        ("busy.json", dump("role/busy", &[("s3", Some("2026-05-01T00:00:00Z")), ("ec2", None)]).to_string()),
        ("idle.json", dump("role/idle", &[("s3", Some("2025-06-01T00:00:00Z")), ("ec2", None)]).to_string()),
        ("never.json", dump("role/never", &[("s3", None), ("ec2", None)]).to_string()),
        ("cut.json", cut.to_string()),
        ("none.json", dump("role/none", &[]).to_string()),
    ];
    let rows = rows(&files, &["entities"]);
    let word = |name| of(&rows, name, ["verdict", "missing"]);
    assert_eq!(word("busy"), [json!("active"), json!(false)]);
    assert_eq!(word("idle"), [json!("stale"), json!(false)]);
    assert_eq!(word("never"), [json!("unused"), json!(false)]);
    assert_eq!(word("cut"), [json!("unknown"), json!(false)], "what it does not list may have been used");
    assert_eq!(
        word("none"),
        [json!("unknown"), json!(false)],
        "it may do nothing now, and may have done something before"
    );
    assert_eq!(word("missing"), [json!("unknown"), json!(true)], "known, and without a dump");
    let counts = ["services_granted", "services_active", "services_stale", "services_unused", "services_unknown"];
    assert_eq!(of(&rows, "busy", counts), [2, 1, 0, 1, 0].map(|n| json!(n)));
    assert_eq!(of(&rows, "missing", counts), [Value::Null, Value::Null, Value::Null, Value::Null, Value::Null]);
    let facts = ["last_accessed", "days_since", "observed_days", "created_at"];
    let created = json!("2022-01-01T00:00:00Z");
    assert_eq!(of(&rows, "idle", facts), [json!("2025-06-01T00:00:00Z"), json!(337), Value::Null, created.clone()]);
    assert_eq!(of(&rows, "never", facts), [Value::Null, Value::Null, json!(400), created]);
}

#[test]
fn what_any_document_shows_keeps_an_entity_from_being_unused() {
    let never = || dump("role/r", &[("s3", None)]).to_string();
    let word = |files: &[(&str, String)]| of(&rows(files, &["entities"]), "r", ["verdict"])[0].clone();
    let old = |service: &str, at: &str| {
        let mut old = dump("role/r", &[("s3", None), (service, Some(at))]);
        old["JobCreationDate"] = json!("2026-04-01T08:00:00Z");
        old["JobCompletionDate"] = json!("2026-04-01T08:00:00Z");
        old.to_string()
    };
    assert_eq!(word(&[("new.json", never())]), "unused");
    // A service that was revoked since was used.
    assert_eq!(word(&[("new.json", never()), ("old.json", old("sqs", "2026-03-20T00:00:00Z"))]), "active");
    assert_eq!(word(&[("new.json", never()), ("old.json", old("sqs", "2025-09-20T00:00:00Z"))]), "stale");
    let used = details(&[role(
        "r",
        &json!({"RoleLastUsed": {"LastUsedDate": "2026-05-02T00:00:00Z", "Region": "us-east-1"}}),
    )]);
    assert_eq!(word(&[("new.json", never()), ("details.json", used.to_string())]), "active");
}

#[test]
fn who_manages_an_entity_and_what_it_holds() {
    let policy = json!({"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": "*"}]}});
    let mut reserved = role("AWSReservedSSO_Audit_0123456789abcdef", &json!({}));
    reserved["Arn"] = json!(arn("role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit_0123456789abcdef"));
    let roles = [
        role(
            "own",
            &json!({"RolePolicyList": [policy],
            "AttachedManagedPolicies": [{"PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/x"}]}),
        ),
        reserved,
    ];
    let files =
        [("details.json", details(&roles).to_string()), ("own.json", dump("role/own", &[("iam", None)]).to_string())];
    let rows = rows(&files, &["entities"]);
    let columns = ["managed_by", "permission_set", "attached_policies", "inline_policies"];
    assert_eq!(of(&rows, "own", columns), [json!("account"), Value::Null, json!(1), json!(1)]);
    let set = of(&rows, "AWSReservedSSO_Audit_0123456789abcdef", columns);
    assert_eq!(set, [json!("identity-center"), json!("Audit"), json!(0), json!(0)]);
    assert_eq!(
        of(&rows, "own", ["risk", "closes", "risk_basis"]),
        [json!("critical"), json!("policy-version"), json!("granted")]
    );
}

#[test]
fn policies_that_nobody_listed_are_not_counted_as_none() {
    let named = |list: &str, name: &str, arn: &str| {
        json!({list: [{"Path": "/", name: arn.rsplit('/').next(), "Arn": arn, "CreateDate": "2020-01-01T00:00:00+00:00"}],
            "IsTruncated": false})
    };
    let (own, ana) = (arn("role/own"), arn("user/ana"));
    let lists = [
        ("list-roles.json", named("Roles", "RoleName", &own).to_string()),
        ("list-users.json", named("Users", "UserName", &ana).to_string()),
        ("own.json", dump("role/own", &[("iam", None)]).to_string()),
        ("ana.json", dump("user/ana", &[("iam", None)]).to_string()),
    ];
    let columns = ["attached_policies", "inline_policies", "group_policies"];
    let of_lists = rows(&lists, &["entities"]);
    assert_eq!(of(&of_lists, "own", columns), [Value::Null, Value::Null, json!(0)], "a role is in no group");
    assert_eq!(of(&of_lists, "ana", columns), [Value::Null, Value::Null, Value::Null]);
    let risk = ["risk", "risk_basis"];
    let bare = rows(&lists[2..], &["entities"]);
    assert_eq!(of(&of_lists, "own", risk), of(&bare, "own", risk), "a name takes no risk away");
    let attached = json!({"AttachedPolicies": [{"PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/x"}], "IsTruncated": false});
    let attached =
        [&lists[..], &[("111122223333/role/own/list-attached-role-policies.json", attached.to_string())]].concat();
    let of_attached = rows(&attached, &["entities"]);
    assert_eq!(of(&of_attached, "own", columns), [json!(1), Value::Null, json!(0)], "nobody listed the inline ones");
}

#[test]
fn entities_are_judged_by_all_their_services() {
    for option in [["--service", "s3"], ["--region", "us-east-1"], ["--snapshots", "all"]] {
        let files = [("r.json", dump("role/r", &[("s3", None)]).to_string())];
        assert_eq!(ran(&files, &[&["entities"][..], &option].concat()).code, 2, "{option:?}");
    }
}

const REPORT: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,\
mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,\
access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
<root_account>,arn:aws:iam::111122223333:root,2019-01-01T00:00:00+00:00,not_supported,2026-05-01T00:00:00+00:00,not_supported,not_supported,\
true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A
ana,arn:aws:iam::111122223333:user/ana,2020-01-01T00:00:00+00:00,true,no_information,2021-01-01T00:00:00+00:00,N/A,false,\
true,2022-01-01T00:00:00+00:00,2025-06-01T00:00:00+00:00,eu-west-1,s3,true,2026-04-20T00:00:00+00:00,N/A,N/A,N/A,false,N/A,false,N/A
";

/// Kind, creation and verdict of the credentials of `owner`.
fn credentials(rows: &[Value], owner: &str) -> Vec<[Value; 3]> {
    let of_owner = rows.iter().filter(|row| row["entity_name"] == owner);
    of_owner.map(|row| ["credential", "created_at", "verdict"].map(|column| row[column].clone())).collect()
}

#[test]
fn passwords_and_keys_are_judged_by_the_same_words() {
    let files = [("2026-05-04/report.csv", REPORT.to_owned())];
    let rows = rows(&files, &["credentials"]);
    assert_eq!(
        credentials(&rows, "<root_account>"),
        [[json!("password"), json!("2019-01-01T00:00:00Z"), json!("active")]]
    );
    assert_eq!(
        credentials(&rows, "ana"),
        [
            [json!("password"), json!("2021-01-01T00:00:00Z"), json!("unused")],
            [json!("access-key"), json!("2022-01-01T00:00:00Z"), json!("stale")],
            [json!("access-key"), json!("2026-04-20T00:00:00Z"), json!("unknown")],
        ]
    );
    let key = rows.iter().find(|row| row["verdict"] == "stale").expect("a key");
    assert_eq!(
        (&key["service_namespace"], &key["last_accessed_region"], &key["days_since"]),
        (&json!("s3"), &json!("eu-west-1"), &json!(337))
    );
    let young = rows.iter().find(|row| row["verdict"] == "unknown").expect("a key");
    assert_eq!((&young["unknown_reason"], &young["observed_days"]), (&json!("window-too-short"), &json!(14)));
    // Without a date nothing can be counted.
    let undated = rows_of_undated();
    assert!(undated.iter().all(|row| row["verdict"] == "unknown" && row["unknown_reason"] == "no-date"), "{undated:?}");
}

fn rows_of_undated() -> Vec<Value> {
    rows(&[("report.csv", REPORT.to_owned())], &["credentials"])
}

#[test]
fn keys_of_several_answers_are_one() {
    let keys = json!({"AccessKeyMetadata": [
        {"UserName": "ana", "AccessKeyId": "AKIAEXAMPLEEXAMPLE01", "Status": "Active", "CreateDate": "2022-01-01T00:00:00Z"},
        {"UserName": "ana", "AccessKeyId": "AKIAEXAMPLEEXAMPLE02", "Status": "Active", "CreateDate": "2026-04-20T00:00:00Z"}]});
    let used = json!({"UserName": "ana", "AccessKeyLastUsed": {"LastUsedDate": "2026-05-01T00:00:00Z", "ServiceName": "sqs", "Region": "us-east-1"}});
    let report = ("2026-05-04/111122223333/report.csv", REPORT.to_owned());
    let listed = ("2026-05-04/111122223333/keys.json", keys.to_string());
    let shown = |used_as: &str| {
        let files = [report.clone(), listed.clone(), (used_as, used.to_string())];
        let rows = rows(&files, &["credentials", "--entity", "ana"]);
        let keys = rows.iter().filter(|row| row["credential"] == "access-key");
        keys.map(|row| ["access_key_id", "enabled", "verdict"].map(|column| row[column].clone())).collect::<Vec<_>>()
    };
    let (one, two) = (json!("AKIAEXAMPLEEXAMPLE01"), json!("AKIAEXAMPLEEXAMPLE02"));
    assert_eq!(
        shown("2026-05-04/111122223333/AKIAEXAMPLEEXAMPLE02.json"),
        [[one.clone(), json!(true), json!("stale")], [two.clone(), json!(true), json!("active")]]
    );
    // Nothing says which of the two it was.
    assert_eq!(
        shown("2026-05-04/111122223333/used.json"),
        [[one, json!(true), json!("active")], [two, json!(true), json!("active")]]
    );
}

/// A credential report with a user for each of `users`: the name, and of both keys the state and the last use. All keys
/// were made in the same second.
fn report_of_twins(users: &[(&str, [(&str, &str); 2])]) -> String {
    let mut text = format!("{}\n", REPORT.lines().next().expect("a header"));
    for (name, keys) in users {
        let key = |(active, used): (&str, &str)| format!("{active},2024-01-01T06:00:00+00:00,{used},N/A,N/A");
        let [one, two] = keys.map(key);
        let arn = format!("arn:aws:iam::111122223333:user/{name}");
        let row =
            format!("{name},{arn},2021-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,{one},{two},false,N/A,false,N/A\n");
        text.push_str(&row);
    }
    text
}

/// Id, state and verdict of the keys of bob in `files`.
fn keys_of_bob(files: &[(&str, String)]) -> Vec<[Value; 3]> {
    let rows = rows(files, &["credentials", "--entity", "bob"]);
    let keys = rows.iter().filter(|row| row["credential"] == "access-key");
    keys.map(|row| ["access_key_id", "enabled", "verdict"].map(|column| row[column].clone())).collect()
}

#[test]
fn two_keys_of_one_second_are_two_rows() {
    let used = "2026-05-01T00:00:00+00:00";
    let bob = [("bob", [("true", used), ("false", "N/A")])];
    let right = [[json!(null), json!(true), json!("active")], [json!(null), json!(false), json!("unused")]];
    let report = report_of_twins(&bob);
    assert_eq!(keys_of_bob(&[("2026-05-04/report.csv", report.clone())]), right);
    // A report of another day has them at the same places.
    assert_eq!(
        keys_of_bob(&[("2026-05-03/report.csv", report.clone()), ("2026-05-04/report.csv", report.clone())]),
        right
    );
    // The row of one key that stands in a file twice is still about one key.
    let twice = format!("{report}{}\n", report.lines().last().expect("bob"));
    assert_eq!(keys_of_bob(&[("2026-05-04/report.csv", twice)]), right);
}

#[test]
fn a_use_counts_for_both_keys_of_one_second_if_nothing_tells_which_one_it_was() {
    let used = "2026-05-01T00:00:00+00:00";
    let report = report_of_twins(&[("bob", [("true", used), ("false", "N/A")])]);
    let key = |id: &str, status: &str| json!({"UserName": "bob", "AccessKeyId": id, "Status": status, "CreateDate": "2024-01-01T06:00:00Z"});
    let keys = [key("AKIAEXAMPLEEXAMPLE01", "Inactive"), key("AKIAEXAMPLEEXAMPLE02", "Active")];
    let listed = json!({ "AccessKeyMetadata": keys }).to_string();
    assert_eq!(
        keys_of_bob(&[("2026-05-04/report.csv", report.clone()), ("2026-05-04/111122223333/keys.json", listed)]),
        [
            [json!("AKIAEXAMPLEEXAMPLE01"), json!(false), json!("active")],
            [json!("AKIAEXAMPLEEXAMPLE02"), json!(true), json!("active")]
        ]
    );
    // One of them was deleted, and the other was used since.
    let before = report_of_twins(&[("bob", [("true", "N/A"), ("true", "N/A")])]);
    let after = report.replace("false,2024-01-01T06:00:00+00:00,N/A,N/A,N/A,false", "false,N/A,N/A,N/A,N/A,false");
    assert_ne!(after, report);
    let shown = keys_of_bob(&[("2026-05-02/report.csv", before), ("2026-05-04/report.csv", after)]);
    assert_eq!(shown.iter().filter(|key| key[2] == json!("active")).count(), 2, "{shown:?}");
}

#[test]
fn a_key_in_use_keeps_its_user_from_being_unused() {
    let used = json!({"UserName": "ana", "AccessKeyLastUsed": {"LastUsedDate": "2026-05-01T00:00:00Z", "ServiceName": "sqs", "Region": "us-east-1"}});
    let user = ("111122223333/ana.json", dump("user/ana", &[("s3", None)]).to_string());
    let word = |files: &[(&str, String)]| of(&rows(files, &["entities"]), "ana", ["verdict"])[0].clone();
    assert_eq!(word(std::slice::from_ref(&user)), "unused");
    assert_eq!(word(&[user, ("111122223333/used.json", used.to_string())]), "active");
}

#[test]
fn a_role_is_used_by_whoever_assumes_it() {
    let roles = [
        role("silent", &json!({})),
        role("used", &json!({"RoleLastUsed": {"LastUsedDate": "2026-04-30T00:00:00Z", "Region": "eu-west-1"}})),
        role("by-dump", &json!({})),
    ];
    let dump = ("2026-05-04/by-dump.json", dump("role/by-dump", &[("s3", Some("2026-05-01T00:00:00Z"))]).to_string());
    let rows = rows(&[("2026-05-04/details.json", details(&roles).to_string()), dump], &["credentials"]);
    let word = |name| of(&rows, name, ["credential", "verdict"]);
    assert_eq!(word("silent"), [json!("role"), json!("unused")]);
    assert_eq!(word("used"), [json!("role"), json!("active")]);
    assert_eq!(word("by-dump"), [json!("role"), json!("active")], "a dump shows a use that the answer lacks");
    assert_eq!(of(&rows, "silent", ["observed_days"]), [json!(400)]);
}

#[test]
fn a_use_that_cannot_be_read_is_a_use() {
    let text = |used: &str| {
        let arn = arn("role/r");
        format!(
            r#"{{"RoleDetailList": [{{"Arn": "{arn}", "RoleName": "r", "CreateDate": "2020-01-01T00:00:00Z", "RolePolicyList": [],
                "AttachedManagedPolicies": [], {used}}}]}}"#
        )
    };
    let word = |used: &str| {
        let ran = ran(&[("2026-05-04/details.json", text(used))], &["credentials"]);
        ran.rows().iter().map(|row| row["verdict"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(word(r#""RoleLastUsed": {}"#), ["unused"]);
    for used in [
        r#""RoleLastUsed": {"LastUsedDate": "x"}"#,
        r#""RoleLastUsed": ["2026-05-01T00:00:00Z"]"#,
        r#""RoleLastUsed": {}, "RoleLastUsed": {"LastUsedDate": "2026-05-01T00:00:00Z"}"#,
        r#""RoleLastUsed": {"LastUsedDate": "2020-02-01T00:00:00Z", "LastUsedDate": "2026-05-01T00:00:00Z"}"#,
    ] {
        let words = word(used);
        assert!(words.len() == 1 && words[0] != "unused", "{used}: {words:?}");
    }
}

#[test]
fn what_was_used_of_a_credential_report_is_said() {
    let whole = ran(&[("2026-05-04/report.csv", REPORT.to_owned())], &["credentials", "-v"]);
    assert_eq!((whole.code, whole.stderr.contains("report.csv")), (0, false), "{}", whole.stderr);
    let cut = ran(
        &[("2026-05-04/report.csv", format!("{REPORT}zoe,arn:aws:iam::{ACCOUNT}:user/zoe,2020"))],
        &["credentials"],
    );
    assert!(!cut.rows().is_empty() && cut.code == 3, "{}", cut.stderr);
    assert!(cut.stderr.contains("only the rows before the damage were used"), "{}", cut.stderr);
    let beside = ran(&[("2026-05-04/report.csv", REPORT.to_owned())], &["check", "-v"]);
    assert!(!beside.stderr.contains("root"), "{}", beside.stderr);
}

#[test]
fn what_tells_that_there_is_no_credential_is_read() {
    let header = REPORT.lines().next().expect("a header");
    let commas = ",".repeat(header.matches(',').count() - 3);
    let none = format!("{header}\nana,arn:aws:iam::{ACCOUNT}:user/ana,2020-01-01T00:00:00+00:00,false{commas}\n");
    let files = [("2026-02-04/report.csv", REPORT.to_owned()), ("2026-05-04/report.csv", none)];
    let ran = ran(&files, &["credentials", "--entity", "ana"]);
    assert!(!ran.stderr.contains("skipped"), "{}", ran.stderr);
    assert!(ran.stdout.contains("3 credentials are gone, because a newer list"), "{}", ran.stdout);
    let rows = ran.rows();
    assert!(!rows.is_empty() && rows.iter().all(|row| row["enabled"] == false), "{rows:?}");
    let home = tempfile::tempdir().expect("a folder");
    for (path, text) in &files {
        put(home.path().join(path), text);
    }
    let told = dormant(home.path(), ["explain", ".", "--entity", "ana"]).stdout;
    assert!(told.contains("password (not enabled): unused"), "{told}");
}

#[test]
fn a_use_after_the_newest_answer_is_of_nobody_knows_which_credential() {
    let mut user = dump("user/ana", &[("s3", Some("2026-05-03T00:00:00Z"))]);
    user["Arn"] = json!(arn("user/ana"));
    let files = [("2026-03-04/report.csv", REPORT.to_owned()), ("2026-05-04/ana.json", user.to_string())];
    let rows = rows(&files, &["credentials", "--entity", "ana"]);
    assert!(rows.iter().all(|row| row["verdict"] == "unknown"), "{rows:?}");
    assert!(rows.iter().any(|row| row["unknown_reason"] == "newer-access"), "{rows:?}");
    let home = tempfile::tempdir().expect("a folder");
    for (path, text) in &files {
        put(home.path().join(path), text);
    }
    let told = dormant(home.path(), ["explain", ".", "--entity", "ana"]).stdout;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = "unknown, its owner was used since through one of its credentials, and nobody knows which";
    assert!(told.contains(why) && !told.contains("through which action"), "{told}");
}

#[test]
fn a_use_that_no_known_use_explains_was_through_one_of_them() {
    let user = dump("user/ana", &[("s3", Some("2026-04-30T00:00:00Z"))]);
    let files = [("2026-05-04/report.csv", REPORT.to_owned()), ("2026-05-04/ana.json", user.to_string())];
    let rows = rows(&files, &["credentials", "--entity", "ana"]);
    assert!(rows.iter().all(|row| row["verdict"] == "unknown"), "{rows:?}");
}

#[test]
fn accounts_have_names_on_every_surface() {
    let accounts = json!({"Accounts": [{"Id": ACCOUNT, "Arn": "arn:aws:organizations::1:account/o-1/111122223333", "Name": "prod", "Status": "ACTIVE"}]});
    let files = [("accounts.json", accounts.to_string()), ("r.json", dump("role/r", &[("s3", None)]).to_string())];
    for report in [
        &["summary"][..],
        &["unused"],
        &["list", "--level", "service"],
        &["staleness"],
        &["compare", "--long"],
        &["entities"],
        &["trend"],
    ] {
        let rows = rows(&files, report);
        assert!(!rows.is_empty() && rows.iter().all(|row| row["account_name"] == "prod"), "{report:?}: {rows:?}");
    }
    // The user's own table goes before.
    let table =
        ("accounts.csv.txt", "account_id,name,owner\n111122223333,Production,platform@example.com\n".to_owned());
    let row = &rows(&[files[0].clone(), files[1].clone(), table], &["unused", "--accounts", "accounts.csv.txt"])[0];
    assert_eq!((&row["account_name"], &row["owner"]), (&json!("Production"), &json!("platform@example.com")));
    // The owner is no age of a permission.
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("in/r.json"), &files[1].1);
    put(home.path().join("accounts.csv"), "account_id,name,owner\n111122223333,Production,platform@example.com\n");
    let words = ["staleness", "in", "--accounts", "accounts.csv", "--format", "md"];
    let page = dormant(home.path(), words).stdout;
    let total = page.lines().find(|line| line.starts_with("Total: ")).expect("totals");
    assert!(total.contains("0-29 d 0") && !total.contains("owner") && !total.contains("name"), "{total}");
    let bare = &rows(&files[1..], &["unused"])[0];
    assert_eq!((bare.get("account_name"), bare.get("owner")), (None, None));
}

#[test]
fn entities_for_whom_a_permission_has_another_risk_are_counted_too() {
    let home = tempfile::tempdir().expect("a folder");
    for name in ["r", "s"] {
        put(home.path().join(format!("in/{name}.json")), dump(&format!("role/{name}"), &[("kms", None)]).to_string());
    }
    let policy = json!({"PolicyName": "k", "PolicyDocument": {"Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["kms:CreateKey"], "Resource": "*"}]}});
    put(home.path().join("in/details.json"), details(&[role("r", &json!({"RolePolicyList": [policy]}))]).to_string());
    dormant(home.path(), ["report", "in", "-o", "audit", "--formats", "md"]);
    let page = std::fs::read_to_string(home.path().join("audit/report.md")).expect("a report");
    assert!(page.contains("| kms | high | 1 of 2 entities: s |") && page.contains("1 of 2 entities: r"), "{page}");
}

#[test]
fn the_tag_of_an_entity_names_its_owner() {
    let tagged = role("r", &json!({"Tags": [{"Key": "Team", "Value": "billing"}]}));
    let files =
        [("details.json", details(&[tagged]).to_string()), ("r.json", dump("role/r", &[("s3", None)]).to_string())];
    let row = &rows(&files, &["unused", "--owner-tag", "team"])[0];
    assert_eq!(row["owner"], "billing");
    let wrong = ran(&files, &["unused", "--accounts", "details.json"]);
    assert_eq!(wrong.code, 1, "{}", wrong.stderr);
}
