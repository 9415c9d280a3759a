//! `--decisions` and `dormant decisions`: what people decided, what it hides, and what became of it. The cases are those that
//! `docs/decisions.md` promises, each with dumps as AWS gives them.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fmt::Write;

use program::{Ran, Service, dormant, dump_of, put};
use serde_json::{Value, json};
use tempfile::TempDir;

const ACCOUNT: &str = "111122223333";
const ROLE: &str = "arn:aws:iam::111122223333:role/ci/deploy";

fn dump(day: &str, services: &[Service]) -> Value {
    dump_of(ROLE, day, services)
}

/// ec2 never used; s3 in use, and one of its actions never.
const USUAL: &[Service] = &[
    ("ec2", None, &[("RunInstances", None)]),
    ("s3", Some("2026-05-01T10:00:00Z"), &[("CreateBucket", None), ("ListAllMyBuckets", Some("2026-05-01T10:00:00Z"))]),
];

fn cut(mut dump: Value) -> Value {
    dump["IsTruncated"] = json!(true);
    dump["Marker"] = json!("more");
    dump
}

fn pending(day: &str) -> Value {
    json!({"Arn": ROLE, "JobStatus": "IN_PROGRESS", "JobType": "ACTION_LEVEL", "JobCreationDate": format!("{day}T08:00:00Z")})
}

/// Authorization details of one role.
fn details(arn: &str, day: &str) -> Value {
    let name = arn.rsplit('/').next().expect("a name");
    json!({"ResponseMetadata": {"HTTPHeaders": {"date": format!("{day}T09:00:00Z")}},
        "UserDetailList": [], "GroupDetailList": [], "Policies": [], "IsTruncated": false, "RoleDetailList": [{
        "Path": "/", "RoleName": name, "RoleId": "AROAEXAMPLE", "Arn": arn, "CreateDate": "2020-01-01T00:00:00+00:00",
        "RolePolicyList": [], "AttachedManagedPolicies": []}]})
}

/// A folder of documents and a file of decisions.
struct Estate(TempDir);

impl Estate {
    fn of(documents: &[Value], decisions: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        for (at, document) in documents.iter().enumerate() {
            // Answers about policies have no date of their own: it is that of their folder.
            let day = document["ResponseMetadata"]["HTTPHeaders"]["date"].as_str().map_or("dumps", |date| &date[..10]);
            put(home.path().join(format!("dumps/{day}/{at}.json")), document.to_string());
        }
        put(home.path().join("decisions.toml"), decisions);
        Self(home)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        dormant(self.0.path(), [arguments, &["dumps", "--decisions", "decisions.toml"]].concat())
    }

    /// Each row of the report as words.
    fn states(&self, more: &[&str]) -> Vec<String> {
        let ran = self.run(&[&["decisions", "--format", "json"], more].concat());
        assert!([0, 3, 4].contains(&ran.code), "{ran:?}");
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let line = |row: &Value| {
            let names = ["service_namespace", "action_name", "decision", "state", "since", "note"];
            let words = names.map(|name| text(row, name));
            words.iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>().join(" ")
        };
        ran.rows().iter().map(line).collect()
    }

    /// The permissions that `unused` lists.
    fn unused(&self, level: &str) -> Vec<String> {
        let ran = self.run(&["unused", "--level", level, "--format", "json"]);
        assert!([0, 3].contains(&ran.code), "{ran:?}");
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let shown = |row: &Value| {
            format!("{} {} {}", text(row, "service_namespace"), text(row, "action_name"), text(row, "decision"))
        };
        ran.rows().iter().map(|row| shown(row).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }
}

/// One entry, from its keys as TOML.
fn entry(keys: &str) -> String {
    let mut text = "[[decision]]\n".to_owned();
    for key in keys.split(';') {
        writeln!(text, "{}", key.trim()).expect("written");
    }
    if !keys.contains("entity =") {
        writeln!(text, "entity = \"{ROLE}\"").expect("written");
    }
    text + "owner = \"platform@example.com\"\n\n"
}

fn keep(keys: &str) -> String {
    entry(&format!("{keys}; decision = \"keep\"; reason = \"yearly rotation\""))
}

fn remove(keys: &str) -> String {
    entry(&format!("{keys}; decision = \"remove\"; decided = 2026-02-01"))
}

/// What became of one decision about these documents.
fn fate(documents: &[Value], decision: &str) -> String {
    let states = Estate::of(documents, decision).states(&[]);
    assert_eq!(states.len(), 1, "{states:?}");
    states[0].clone()
}

const EC2: &str = "service = \"ec2\"";

#[test]
fn a_removal_is_done_only_where_a_whole_dump_shows_it() {
    let (before, after) = (dump("2026-02-01", USUAL), dump("2026-05-04", &USUAL[1..]));
    let done = fate(&[before.clone(), after.clone()], &remove(EC2));
    assert_eq!(done, "ec2 remove done 2026-05-04T08:00:01Z not-granted");
    assert_eq!(fate(std::slice::from_ref(&after), &remove(EC2)), done, "one dump is enough");
    let due = format!("{EC2}; due = 2026-12-31");
    assert_eq!(fate(&[before.clone(), cut(after.clone())], &remove(&due)), "ec2 remove open 2026-02-01T00:00:00Z");
    assert_eq!(fate(&[cut(after)], &remove(&due)), "ec2 remove open 2026-02-01T00:00:00Z dump-incomplete");
    assert_eq!(fate(&[pending("2026-05-04"), before], &remove(&due)), "ec2 remove open 2026-02-01T00:00:00Z");
}

#[test]
fn an_entity_is_gone_only_where_a_list_of_its_account_shows_it() {
    let before = dump("2026-02-01", USUAL);
    let other = "arn:aws:iam::111122223333:role/other";
    let gone = details(other, "2026-05-04");
    let due = format!("{EC2}; due = 2026-12-31");
    assert_eq!(
        fate(&[before.clone(), gone.clone()], &remove(&due)),
        "ec2 remove done 2026-05-04T09:00:00Z entity-removed"
    );
    let open = "ec2 remove open 2026-02-01T00:00:00Z";
    assert_eq!(fate(&[before.clone(), dump_of(other, "2026-05-04", USUAL)], &remove(&due)), open, "others were dumped");
    assert_eq!(fate(&[before.clone(), details(ROLE, "2026-05-04")], &remove(&due)), open, "it is in the list");
    assert_eq!(fate(&[before.clone(), details(other, "2026-01-01")], &remove(&due)), open, "the list is older");
    assert_eq!(fate(&[before.clone(), gone.clone(), pending("2026-06-01")], &remove(&due)), open, "a job is pending");
    let mut page = gone;
    page["IsTruncated"] = json!(true);
    page["Marker"] = json!("more");
    assert_eq!(fate(&[before, page], &remove(&due)), open, "the list is cut");
}

/// The same with an inline policy that grants `action`.
fn details_with(arn: &str, day: &str, action: &str) -> Value {
    let mut details = details(arn, day);
    details["RoleDetailList"][0]["RolePolicyList"] = json!([{"PolicyName": "own", "PolicyDocument": {
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}}]);
    details
}

/// A with-entities answer: the role used ec2.
fn with_entities(day: &str, used: &str) -> Value {
    json!({"ServiceNamespace": "ec2", "JobStatus": "COMPLETED", "JobCreationDate": format!("{day}T08:00:00Z"),
        "JobCompletionDate": format!("{day}T08:00:01Z"), "IsTruncated": false,
        "EntityDetailsList": [{"EntityInfo": {"Arn": ROLE, "Name": "deploy", "Type": "ROLE", "Id": "AROAEXAMPLEEXAMPLE0", "Path": "/ci/"},
            "LastAuthenticated": used}]})
}

/// A dump of a policy that the role used for ec2.
fn policy_dump(day: &str, used: &str) -> Value {
    let mut dump = dump_of(
        "arn:aws:iam::111122223333:policy/shared",
        day,
        &[("ec2", Some(used), &[("RunInstances", Some(used))])],
    );
    dump["ServicesLastAccessed"][0]["LastAuthenticatedEntity"] = json!(ROLE);
    dump["ServicesLastAccessed"][0]["TrackedActionsLastAccessed"][0]["LastAccessedEntity"] = json!(ROLE);
    dump
}

#[test]
fn nothing_is_done_against_newer_evidence() {
    let (before, after) = (dump("2026-02-01", USUAL), dump("2026-05-04", &USUAL[1..]));
    let both = || vec![before.clone(), after.clone()];
    let with = |more: Value| [both(), vec![more]].concat();
    let cut_later = cut(dump("2026-05-11", &USUAL[1..]));
    let open = |note: &str| format!("ec2 remove open 2026-06-01T00:00:00Z {note}");
    let late = |keys: &str| entry(&format!("{keys}; decision = \"remove\"; decided = 2026-06-01"));
    let action = "service = \"ec2\"; action = \"RunInstances\"";
    // The list lacks it, and something newer shows otherwise.
    assert_eq!(fate(&with(cut_later), &late(EC2)), open("dump-incomplete"));
    let used = "2026-05-10T10:00:00Z";
    for newer in [with_entities("2026-05-11", used), policy_dump("2026-05-11", used)] {
        assert_eq!(fate(&with(newer.clone()), &late(EC2)), open("newer-access"), "{newer}");
        let contradicted = format!("ec2 remove contradicted {used} not-granted");
        assert_eq!(fate(&with(newer.clone()), &remove(EC2)), contradicted, "{newer}");
        let kept = keep(&format!("{EC2}; permanent = true"));
        assert_eq!(fate(&with(newer), &kept), "ec2 keep kept newer-access", "not unmatched");
    }
    for granting in ["ec2:*", "ec2:RunInstances", "*", "ec2:Run*"] {
        for day in ["2026-05-04", "2026-05-11"] {
            assert_eq!(fate(&with(details_with(ROLE, day, granting)), &late(EC2)), open("granted-by-policy"));
            let of_action = fate(&with(details_with(ROLE, day, granting)), &late(action));
            assert_eq!(of_action, "ec2 runinstances remove open 2026-06-01T00:00:00Z granted-by-policy");
        }
    }
    // What is older than the list that lacks it says nothing against it.
    let done = "ec2 remove done 2026-05-04T08:00:01Z not-granted";
    let older = "2026-01-10T10:00:00Z";
    for old in [
        with_entities("2026-04-01", older),
        details_with(ROLE, "2026-05-03", "ec2:*"),
        details_with(ROLE, "2026-05-04", "s3:*"),
        policy_dump("2026-04-01", older),
        cut(dump("2026-04-01", &USUAL[1..])),
    ] {
        assert_eq!(fate(&with(old.clone()), &late(EC2)), done, "{old}");
    }
    let mut denied = details_with(ROLE, "2026-05-04", "ec2:*");
    let statements = denied.pointer_mut("/RoleDetailList/0/RolePolicyList/0/PolicyDocument/Statement").expect("a list");
    statements.as_array_mut().expect("a list").push(json!({"Effect": "Deny", "Action": "ec2:*", "Resource": "*"}));
    assert_eq!(fate(&with(denied), &late(EC2)), done, "a Deny takes all of it away");

    // A line of --also-used, and explain beside it.
    let estate = Estate::of(&both(), &late(EC2));
    let of_role = ["explain", "--entity", ROLE, "--service", "ec2"];
    let plain = |ran: Ran| ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain(estate.run(&of_role)).contains("ec2 is not granted"), "{:?}", estate.run(&of_role));
    put(estate.0.path().join("used.csv"), format!("arn,service,action,time\n{ROLE},ec2,RunInstances,{used}\n"));
    assert_eq!(estate.states(&["--also-used", "used.csv"]), [open("newer-access")]);
    let explained = plain(estate.run(&[&of_role[..], &["--also-used", "used.csv"]].concat()));
    assert!(explained.contains("does not list ec2, but the entity was used at 2026-05-10"), "{explained}");
    let granted = Estate::of(&with(details_with(ROLE, "2026-05-04", "ec2:*")), &late(EC2));
    let explained = plain(granted.run(&of_role));
    assert!(explained.contains("does not list ec2, but a policy that it holds grants it"), "{explained}");

    // An entity that is not in the list of its account, and was used later.
    let other = "arn:aws:iam::111122223333:role/other";
    let gone = [before, details(other, "2026-05-04"), policy_dump("2026-05-11", used)];
    let due = late(&format!("{EC2}; due = 2026-12-31"));
    assert_eq!(fate(&gone, &due), "ec2 remove open 2026-06-01T00:00:00Z newer-access");
}

#[test]
fn sides_of_a_diff_that_were_exchanged_are_told_and_not_compared() {
    let used = &[("ec2", Some("2026-05-03T10:00:00Z"), &[][..])];
    let home = tempfile::tempdir().expect("a folder");
    let dumps = [("old", dump("2026-02-01", &[("ec2", None, &[])])), ("new", dump("2026-05-04", used))];
    for (side, dump) in &dumps {
        put(home.path().join(side).join("deploy.json"), dump.to_string());
    }
    let ran = |sides: [&str; 2]| dormant(home.path(), ["diff", sides[0], sides[1], "--format", "csv"]);
    let right = ran(["old", "new"]);
    assert!(right.stdout.contains("\nstarted,") && !right.stderr.contains("other way round"), "{right:?}");
    let wrong = ran(["new", "old"]);
    assert!(wrong.stderr.contains("the sides are the other way round"), "{wrong:?}");
    assert_eq!(wrong.stdout.lines().skip(1).filter(|line| line.starts_with("not-comparable,")).count(), 1, "{wrong:?}");
    assert_eq!(wrong.stdout.lines().count(), 2, "{wrong:?}");
}

#[test]
fn a_use_after_the_decision_contradicts_it() {
    let used = |at| dump("2026-05-04", &[("ec2", Some(at), &[("RunInstances", Some(at))])]);
    let after = used("2026-05-01T10:00:00Z");
    let contradicted = "ec2 remove contradicted 2026-05-01T10:00:00Z";
    assert_eq!(fate(std::slice::from_ref(&after), &remove(EC2)), contradicted);
    assert_eq!(fate(&[used("2026-02-01T23:00:00Z")], &remove(EC2)), "ec2 remove contradicted 2026-02-01T23:00:00Z");
    assert_eq!(fate(&[used("2026-01-31T23:00:00Z")], &remove(EC2)), "ec2 remove overdue 2026-03-04T00:00:00Z");
    // Removed after it was used: somebody may miss it.
    let without = dump("2026-06-01", &USUAL[1..]);
    assert_eq!(fate(&[after.clone(), without], &remove(EC2)), format!("{contradicted} not-granted"));

    let estate = Estate::of(&[after], &remove(EC2));
    assert_eq!(estate.run(&["decisions", "--fail-on", "contradicted-decision"]).code, 4);
    assert_eq!(estate.run(&["unused", "--fail-on", "contradicted-decision"]).code, 4);
    assert_eq!(estate.run(&["unused", "--fail-on", "overdue,expired-decision,unmatched-decision"]).code, 0);
}

#[test]
fn a_removal_is_overdue_after_its_day_and_30_days_without_one() {
    let at = |day| dump(day, USUAL);
    assert_eq!(fate(&[at("2026-03-03")], &remove(EC2)), "ec2 remove open 2026-02-01T00:00:00Z");
    assert_eq!(fate(&[at("2026-03-04")], &remove(EC2)), "ec2 remove overdue 2026-03-04T00:00:00Z");
    let due = remove(&format!("{EC2}; due = 2026-04-01"));
    assert_eq!(fate(&[at("2026-04-01")], &due), "ec2 remove open 2026-02-01T00:00:00Z");
    assert_eq!(fate(&[at("2026-04-02")], &due), "ec2 remove overdue 2026-04-02T00:00:00Z");
    let estate = Estate::of(&[at("2026-03-04")], &remove(EC2));
    assert_eq!(estate.states(&["--due", "60d"]), ["ec2 remove open 2026-02-01T00:00:00Z"]);
    assert_eq!(estate.run(&["decisions", "--fail-on", "overdue"]).code, 4);
    assert_eq!(estate.run(&["decisions", "--fail-on", "overdue", "--due", "60d"]).code, 0);
}

#[test]
fn what_is_kept_is_counted_and_not_listed() {
    let decisions = keep(&format!("{EC2}; expires = 2026-05-20"));
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &decisions);
    assert_eq!(estate.unused("service"), [""; 0]);
    assert_eq!(estate.unused("action"), ["s3 CreateBucket"]);
    assert_eq!(estate.states(&[]), ["ec2 keep kept"]);
    let summary = estate.run(&["summary", "--format", "json"]).json();
    let row = &summary["sections"][0]["rows"][0];
    assert_eq!((&row["services_unused"], &row["actions_unused"]), (&json!(1), &json!(2)));
    let leading = &summary["headline"]["services"];
    assert_eq!((&leading["to_review"], &leading["kept_by_decision"]), (&json!(0), &json!(1)));
    assert_eq!(summary["headline"]["actions"]["to_review"], json!(1));
    let listed = estate.run(&["list", "--level", "service", "--format", "csv"]);
    assert_eq!(listed.stdout.lines().count(), 3, "{}", listed.stdout);
    let remark =
        "1 row is kept by decision (1 expires within 30 days): counted, and not in the lists of what could go.";
    for report in ["summary", "services", "unused", "staleness", "list", "trend", "entities", "compare"] {
        let ran = estate.run(&[report, "--format", "csv"]);
        assert!(ran.stderr.contains(remark), "{report}: {}", ran.stderr);
    }
}

#[test]
fn what_has_expired_is_advice_again_and_a_problem() {
    let decisions = keep(&format!("{EC2}; expires = 2026-05-01"));
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &decisions);
    assert_eq!(estate.unused("service"), ["ec2"]);
    assert_eq!(estate.states(&[]), ["ec2 keep expired 2026-05-02T00:00:00Z"]);
    let ran = estate.run(&["unused", "-v"]);
    let problem = "decisions.toml (line 1): the decision to keep arn:aws:iam::111122223333:role/ci/deploy and ec2 expired on 2026-05-01";
    assert!(ran.stderr.contains(problem), "{}", ran.stderr);
    assert_eq!((ran.code, estate.run(&["unused", "--strict"]).code), (0, 3));
    assert_eq!(estate.run(&["unused", "--fail-on", "expired-decision"]).code, 4);
    // The last day counts, by the date of the dump and not by the clock.
    let last_day = Estate::of(&[dump("2026-05-01", USUAL)], &decisions);
    assert_eq!(last_day.states(&[]), ["ec2 keep kept"]);
    assert_eq!(last_day.states(&["--as-of", "2026-05-02"]), ["ec2 keep expired 2026-05-02T00:00:00Z"]);
}

#[test]
fn decisions_that_need_attention_are_told_beside_the_numbers() {
    let decisions =
        keep(&format!("{EC2}; expires = 2026-05-01")) + &remove("entity = \"role/other\"; service = \"s3\"");
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &decisions);
    let remark = "Rows of decisions that need attention: 2 (1 expired, 1 unmatched). The report Decisions lists them.";
    assert!(estate.run(&["summary", "--format", "csv"]).stderr.contains(remark));
    assert_eq!(estate.run(&["report", "-o", "audit"]).code, 0);
    let audit = estate.0.path().join("audit");
    assert!(std::fs::read_to_string(audit.join("report.md")).expect("written").contains(remark));
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(audit.join("report.xlsx")).expect("a workbook");
    for sheet in ["Summary", "Workpaper"] {
        let cells = calamine::Reader::worksheet_range(&mut book, sheet).expect("a sheet");
        assert!(cells.used_cells().any(|(_, _, cell)| cell.to_string().contains(remark)), "{sheet}");
    }
    let settled = Estate::of(&[dump("2026-05-04", USUAL)], &keep(&format!("{EC2}; expires = 2026-05-20")));
    assert!(!settled.run(&["summary", "--format", "csv"]).stderr.contains("attention"));
}

#[test]
fn what_is_kept_and_in_use_again_needs_no_entry() {
    let kept = keep("service = \"s3\"; permanent = true");
    let used = dump("2026-05-04", &[("s3", Some("2026-05-01T10:00:00Z"), &[])]);
    assert_eq!(fate(&[used], &kept), "s3 keep used-again 2026-05-01T10:00:00Z");
    // Of this service an action is kept from being advice, and the entry is needed.
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &kept);
    assert_eq!(estate.states(&[]), ["s3 keep kept"]);
    assert_eq!(estate.unused("action"), [""; 0]);
    let asked = entry("service = \"s3\"; decision = \"ask\"");
    assert_eq!(fate(&[dump("2026-05-04", USUAL)], &asked), "s3 ask used-again 2026-05-01T10:00:00Z");
    let asked = entry(&format!("{EC2}; decision = \"ask\"; due = 2026-05-01"));
    assert_eq!(fate(&[dump("2026-05-04", USUAL)], &asked), "ec2 ask overdue 2026-05-02T00:00:00Z");
}

#[test]
fn an_entry_that_decides_nothing_is_unmatched() {
    let documents = [dump("2026-05-04", USUAL)];
    let permanent = |keys: &str| keep(&format!("{keys}; permanent = true"));
    for (decision, wanted) in [
        (permanent("entity = \"role/nobody\"; service = \"ec2\""), "ec2 keep unmatched matches-nothing"),
        (permanent("entity = \"role/x*\"; service = \"ec2\""), "ec2 keep unmatched matches-nothing"),
        (
            permanent("account = \"999999999999\"; entity = \"role/*\"; service = \"ec2\""),
            "ec2 keep unmatched matches-nothing",
        ),
        (permanent("service = \"sqs\""), "sqs keep unmatched not-granted"),
        (remove("service = \"ecc2\""), "ecc2 remove unmatched name-unknown"),
        (remove("service = \"s3\"; action = \"CreateBukket\""), "s3 createbukket remove unmatched name-unknown"),
        // No dump lists it: AWS may not track it.
        (
            remove("service = \"s3\"; action = \"GetObject\""),
            "s3 getobject remove open 2026-02-01T00:00:00Z not-tracked",
        ),
        (permanent("service = \"s3\"; action = \"GetObject\""), "s3 getobject keep kept not-tracked"),
    ] {
        assert_eq!(fate(&documents, &decision), wanted, "{decision}");
    }
    let estate = Estate::of(&documents, &remove("service = \"ecc2\""));
    assert_eq!(estate.run(&["decisions", "--fail-on", "unmatched-decision"]).code, 4);
    // What a filter leaves out is not unmatched.
    let narrowed = estate.run(&["decisions", "--service", "s3", "--fail-on", "unmatched-decision"]);
    assert_eq!(narrowed.code, 0, "{narrowed:?}");
}

#[test]
fn an_action_is_gone_where_a_whole_dump_with_actions_does_not_list_it() {
    let without: &[Service] =
        &[("s3", Some("2026-05-01T10:00:00Z"), &[("ListAllMyBuckets", Some("2026-05-01T10:00:00Z"))])];
    let action = remove("service = \"s3\"; action = \"CreateBucket\"");
    let (before, after) = (dump("2026-02-01", USUAL), dump("2026-05-04", without));
    let done = "s3 createbucket remove done 2026-05-04T08:00:01Z not-granted";
    assert_eq!(fate(&[before, after.clone()], &action), done);
    let other = dump_of("arn:aws:iam::111122223333:role/other", "2026-05-04", USUAL);
    assert_eq!(fate(&[after.clone(), other], &action), done, "AWS tracks it: another dump lists it");
    let open = "s3 createbucket remove open 2026-02-01T00:00:00Z";
    assert_eq!(fate(std::slice::from_ref(&after), &action), format!("{open} not-tracked"));
    let mut services = after;
    services["JobType"] = json!("SERVICE_LEVEL");
    services["ServicesLastAccessed"][0].as_object_mut().expect("a row").remove("TrackedActionsLastAccessed");
    assert_eq!(fate(&[services], &action), format!("{open} actions-not-shown"));
}

#[test]
fn the_action_wins_over_its_service() {
    let decisions = keep(&format!("{EC2}; permanent = true"))
        + &remove(&format!("{EC2}; action = \"RunInstances\"; due = 2026-12-31"))
        + &keep("service = \"s3\"; action = \"create*\"; permanent = true");
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &decisions);
    assert_eq!(estate.unused("service"), [""; 0]);
    assert_eq!(estate.unused("action"), ["ec2 RunInstances remove"]);
    let states = estate.states(&[]);
    let wanted = ["ec2 keep kept", "ec2 RunInstances remove open 2026-02-01T00:00:00Z", "s3 CreateBucket keep kept"];
    assert_eq!(states, wanted);
    let summary = estate.run(&["summary", "--format", "json"]).json();
    let actions = &summary["headline"]["actions"];
    assert_eq!((&actions["to_review"], &actions["kept_by_decision"]), (&json!(1), &json!(1)));
}

#[test]
fn decisions_as_specific_as_each_other_are_refused_by_name() {
    let decisions = keep("entity = \"role/*\"; service = \"ec2\"; permanent = true")
        + &remove("entity = \"role/ci/*\"; service = \"ec2\"");
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &decisions);
    let ran = estate.run(&["unused"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let wanted = "decisions.toml, line 1 and decisions.toml, line 9 both decide about ec2 of ";
    assert!(ran.stderr.contains(wanted), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    let wrong = Estate::of(&[dump("2026-05-04", USUAL)], "[[decision]]\nentity = \"role/a\"\n");
    let ran = wrong.run(&["summary"]);
    assert_eq!((ran.code, ran.stderr.contains("decisions in decisions.toml, line 1: there is no decision")), (2, true));
}

#[test]
fn a_glob_has_a_row_for_each_permission_that_it_keeps() {
    let decisions = keep("entity = \"role/ci/*\"; permanent = true");
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &decisions);
    assert_eq!((estate.unused("service"), estate.unused("action")), (Vec::new(), Vec::new()));
    assert_eq!(estate.states(&[]), ["ec2 keep kept", "s3 keep kept"]);
    let idle = Estate::of(&[dump("2026-05-04", &[("s3", Some("2026-05-01T10:00:00Z"), &[])])], &decisions);
    assert_eq!(idle.states(&[]), ["keep used-again all-in-use"]);
}

#[test]
fn the_folder_of_reports_has_both_lists() {
    let decisions = keep(&format!("{EC2}; expires = 2026-05-20; ticket = \"SEC-1\""));
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &decisions);
    let ran = estate.run(&["report", "-o", "audit"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let read = |file: &str| std::fs::read_to_string(estate.0.path().join("audit").join(file)).expect(file);
    assert_eq!(read("kept.csv").lines().count(), 2);
    assert!(
        read("decisions.csv").lines().nth(1).is_some_and(|row| row.contains(",kept,")),
        "{}",
        read("decisions.csv")
    );
    assert!(
        read("unused-services.csv")
            .lines()
            .next()
            .is_some_and(|head| head.ends_with("decision,owner,due,ticket,comment,kept_actions"))
    );
    assert!(read("report.md").contains("kept by decision"));
    let without = dormant(estate.0.path(), ["report", "dumps", "-o", "plain"]);
    assert!(!without.stderr.contains("kept.csv"), "{}", without.stderr);
    assert!(!estate.0.path().join("plain/kept.csv").exists());
}

#[test]
fn conditions_and_filters_that_do_not_go_together_are_refused() {
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], "");
    let refused = |arguments: &[&str]| dormant(estate.0.path(), arguments);
    for arguments in [
        &["unused", "dumps", "--fail-on", "overdue"][..],
        &["decisions", "dumps"],
        &["decisions", "dumps", "--decisions", "decisions.toml", "--verdict", "unused"],
        &["unused", "dumps", "--decisions", "decisions.toml", "--snapshots", "all"],
        &["check", "dumps", "--fail-on", "overdue"],
        &["unused", "dumps", "--due", "3d"],
    ] {
        assert_eq!(refused(arguments).code, 2, "{arguments:?}");
    }
    let missing = refused(&["unused", "dumps", "--decisions", "nowhere.toml"]);
    assert!(missing.code == 2 && missing.stderr.contains("cannot read the decisions in nowhere.toml"), "{missing:?}");
    assert_eq!(refused(&["unused", "dumps", "--decisions", "decisions.toml"]).code, 0, "nothing is decided yet");
}

#[test]
fn owners_of_decisions_go_before_owners_of_entities() {
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &remove(&format!("{EC2}; due = 2026-12-31")));
    put(estate.0.path().join("accounts.csv"), format!("account_id,owner\n{ACCOUNT},team\n"));
    let rows =
        |level| estate.run(&["unused", "--level", level, "--accounts", "accounts.csv", "--format", "json"]).rows();
    assert_eq!(rows("service")[0]["owner"], json!("platform@example.com"));
    assert_eq!(rows("action")[0]["owner"], json!("team"));
}

#[test]
fn a_hundred_thousand_decisions_are_all_answered() {
    let mut decisions = String::from("entity,service,action,decision,reason,owner,permanent\n");
    for at in 0..100_000 {
        writeln!(decisions, "arn:aws:iam::{ACCOUNT}:role/r{at},s3,CreateBucket,keep,r,o,true").expect("written");
    }
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], "");
    put(estate.0.path().join("decisions.csv"), decisions);
    let ran = dormant(estate.0.path(), ["decisions", "dumps", "--decisions", "decisions.csv", "--format", "csv"]);
    assert_eq!(ran.stdout.lines().count(), 100_001);
}

/// A store with the documents and decisions of an estate.
fn stored(estate: &Estate) {
    let ran = dormant(estate.0.path(), ["ingest", "dumps", "--store", "store", "--decisions", "decisions.toml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_store_keeps_decisions_for_every_report() {
    let decisions =
        keep(&format!("{EC2}; expires = 2026-05-20")) + &remove("service = \"s3\"; action = \"CreateBucket\"");
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &decisions);
    stored(&estate);
    for report in [
        &["unused"][..],
        &["unused", "--level", "action"],
        &["summary"],
        &["decisions"],
        &["list"],
        &["trend"],
        &["unused", "--fail-on", "overdue"],
    ] {
        for format in ["csv", "md"] {
            let of_files = estate.run(&[report, &["--format", format]].concat());
            let of_store = dormant(estate.0.path(), [report, &["store", "--format", format]].concat());
            let rows = |ran: &Ran| ran.stdout.replace("store/", "").replace("dumps/dumps", "dumps");
            assert_eq!((rows(&of_store), of_store.code), (rows(&of_files), of_files.code), "{report:?} {format}");
        }
    }
    let folder = dormant(estate.0.path(), ["report", "store", "-o", "audit"]);
    assert_eq!(folder.code, 0, "{folder:?}");
    let names = ["kept.csv", "decisions.csv"];
    assert!(names.iter().all(|name| estate.0.path().join("audit").join(name).exists()));
    // One that a report names itself goes first, and the store keeps what it had.
    put(estate.0.path().join("own.toml"), "");
    let own = dormant(estate.0.path(), ["unused", "store", "--decisions", "own.toml", "--format", "csv"]);
    assert_eq!(own.stdout.lines().count(), 2, "{own:?}");
    let again = dormant(estate.0.path(), ["unused", "store", "--format", "csv"]);
    assert_eq!(again.stdout.lines().count(), 1, "{again:?}");
    let info = dormant(estate.0.path(), ["store", "info", "store"]);
    assert!(
        info.stdout.lines().any(|line| line.starts_with("decisions ") && line.ends_with("decisions.toml")),
        "{info:?}"
    );
}

#[test]
fn a_file_that_is_given_again_replaces_what_a_store_kept_of_it() {
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &keep(&format!("{EC2}; permanent = true")));
    stored(&estate);
    let listed = || dormant(estate.0.path(), ["unused", "store", "--format", "csv"]).stdout.lines().count() - 1;
    assert_eq!(listed(), 0);
    // Another file adds to it.
    put(estate.0.path().join("more.toml"), keep("service = \"iam\"; permanent = true"));
    let more = dormant(estate.0.path(), ["store", "compact", "store", "--decisions", "more.toml"]);
    assert_eq!((more.code, listed()), (0, 0), "{more:?}");
    put(estate.0.path().join("decisions.toml"), remove(EC2));
    stored(&estate);
    assert_eq!(listed(), 1);
    let states = dormant(estate.0.path(), ["decisions", "store", "--format", "json"]).rows();
    let states: Vec<&str> = states.iter().map(|row| row["state"].as_str().expect("a state")).collect();
    assert_eq!(states, ["overdue", "unmatched"]);
    // One that is wrong changes nothing.
    put(estate.0.path().join("decisions.toml"), "[[decision]]\nentity = \"role/a\"\n");
    let wrong = dormant(estate.0.path(), ["ingest", "dumps", "--store", "store", "--decisions", "decisions.toml"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("line 1"), "{wrong:?}");
    assert_eq!(listed(), 1);
}

#[test]
fn a_store_takes_care_of_decisions_as_of_its_originals() {
    let other = "[[decision]]\nentity = \"role/*\"\naccount = \"444455556666\"\nservice = \"s3\"\ndecision = \"ask\"\nowner = \"me\"\n";
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &(keep(&format!("{EC2}; permanent = true")) + other));
    stored(&estate);
    let home = estate.0.path();
    assert_eq!(dormant(home, ["store", "verify", "store", "--deep"]).code, 0);
    // A changed byte in them is told, and nothing is hidden by what is left.
    let folder = home.join("store/attributions");
    let kept = std::fs::read_dir(&folder).expect("a folder").next().expect("a file").expect("an entry").path();
    let whole = std::fs::read_to_string(&kept).expect("text");
    std::fs::write(&kept, whole.replace("yearly", "dearly")).expect("written");
    assert_eq!(dormant(home, ["store", "verify", "store"]).code, 1);
    let damaged = dormant(home, ["unused", "store", "--format", "csv"]);
    assert_eq!((damaged.code, damaged.stdout.lines().count()), (3, 2), "{damaged:?}");
    std::fs::write(&kept, &whole).expect("written");
    assert_eq!(dormant(home, ["store", "verify", "store"]).code, 0);
    // What is forgotten with an account is gone, and the rest stays.
    assert_eq!(dormant(home, ["store", "forget", "store", "--account", ACCOUNT]).code, 0);
    let left = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let left: String = left.map(|path| std::fs::read_to_string(path).expect("text")).collect();
    assert!(!left.contains(ACCOUNT) && left.contains("444455556666"), "{left}");
    assert_eq!(dormant(home, ["store", "forget", "store", "--attributions"]).code, 0);
    let asked = dormant(home, ["decisions", "store"]);
    assert!(asked.code == 2 && asked.stderr.contains("there are no decisions"), "{asked:?}");
}

#[test]
fn the_decisions_of_a_store_are_about_the_present() {
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &keep(&format!("{EC2}; permanent = true")));
    stored(&estate);
    let all = dormant(estate.0.path(), ["unused", "store", "--snapshots", "all", "--format", "csv"]);
    assert_eq!((all.code, all.stdout.lines().count()), (0, 2), "{all:?}");
    assert!(all.stderr.contains("not used with --snapshots all"), "{all:?}");
}

#[test]
fn a_decision_to_keep_an_action_that_others_have_is_unmatched() {
    // A dump of another role lists it, so AWS tracks it, and this role does not have it any more.
    let other =
        dump_of("arn:aws:iam::111122223333:role/other", "2026-05-04", &[("s3", None, &[("DeleteBucket", None)])]);
    let decision = keep("service = \"s3\"; action = \"DeleteBucket\"; permanent = true");
    assert_eq!(fate(&[dump("2026-05-04", USUAL), other], &decision), "s3 deletebucket keep unmatched not-granted");
}

#[test]
fn entities_have_the_decision_about_them_as_a_whole() {
    let decisions = entry("decision = \"ask\"; due = 2026-12-31; ticket = \"SEC-1\"") + &remove(EC2);
    let estate = Estate::of(
        &[dump("2026-05-04", USUAL), details("arn:aws:iam::111122223333:role/idle", "2026-05-04")],
        &decisions,
    );
    let rows = estate.run(&["entities", "--format", "json"]).rows();
    let columns: Vec<&String> = rows[0].as_object().expect("a row").keys().collect();
    assert_eq!(columns.len(), 34, "{columns:?}");
    let told = |row: &Value| {
        ["decision", "owner", "due", "ticket", "comment"].map(|name| row[name].as_str().map(str::to_owned))
    };
    let expected = [Some("ask"), Some("platform@example.com"), Some("2026-12-31"), Some("SEC-1"), None];
    assert_eq!(told(&rows[0]), expected.map(|text| text.map(str::to_owned)));
    assert_eq!(told(&rows[1]), [const { None }; 5], "{}", rows[1]);
    let without = dormant(estate.0.path(), ["entities", "dumps", "--format", "json"]).rows();
    assert_eq!(without[0].as_object().expect("a row").len(), 29);
    // What was written on the sheet Entities is there again.
    assert_eq!(estate.run(&["report", "-o", "audit"]).code, 0);
    let imported = dormant(estate.0.path(), ["import-decisions", "audit/report.xlsx", "-o", "decisions.toml"]);
    assert!(imported.code == 0 && imported.stderr.contains("0 new and 0 changed"), "{imported:?}");
}

#[test]
fn a_service_names_its_actions_that_are_kept() {
    let decisions = keep("service = \"ec2\"; action = \"Run*\"; permanent = true")
        + &keep("service = \"ec2\"; action = \"StopInstances\"; expires = 2026-05-03");
    let estate = Estate::of(&[dump("2026-05-04", USUAL)], &decisions);
    let rows = estate.run(&["unused", "--format", "json"]).rows();
    assert_eq!((&rows[0]["service_namespace"], &rows[0]["kept_actions"]), (&json!("ec2"), &json!("run*")));
    let later = estate.run(&["unused", "--format", "json", "--as-of", "2026-05-03"]).rows();
    assert_eq!(later[0]["kept_actions"], json!("run*, stopinstances"));
}

/// Authorization details of one user, who may do all in sqs and sns.
fn user_details(path: &str, name: &str, day: &str) -> Value {
    json!({"ResponseMetadata": {"HTTPHeaders": {"date": format!("{day}T09:00:00Z")}},
        "GroupDetailList": [], "RoleDetailList": [], "Policies": [], "IsTruncated": false, "UserDetailList": [{
        "Path": path, "UserName": name, "UserId": "AIDAEXAMPLEEXAMPLE01", "Arn": format!("arn:aws:iam::{ACCOUNT}:user{path}{name}"),
        "CreateDate": "2020-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["sqs:CreateQueue", "sns:ListTopics"], "Resource": "*"}]}}]}]})
}

/// sqs never used, sns in use.
const OF_USER: &[Service] = &[
    ("sqs", None, &[("CreateQueue", None)]),
    ("sns", Some("2026-05-01T10:00:00Z"), &[("ListTopics", Some("2026-05-01T10:00:00Z"))]),
];

/// The documents of a user that was alice in January, and has this path and name in May.
fn renamed(path: &str, name: &str) -> Vec<Value> {
    let old = format!("arn:aws:iam::{ACCOUNT}:user/alice");
    let mut before = dump_of(&old, "2026-01-05", OF_USER);
    before["ServicesLastAccessed"].as_array_mut().expect("rows").pop();
    let now = format!("arn:aws:iam::{ACCOUNT}:user{path}{name}");
    vec![
        before,
        user_details("/", "alice", "2026-01-05"),
        dump_of(&now, "2026-05-04", OF_USER),
        user_details(path, name, "2026-05-04"),
    ]
}

#[test]
fn what_is_kept_follows_a_user_that_was_renamed_or_moved() {
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/alice");
    let all = [("/", "alicia"), ("/x/", "alice"), ("/x/", "alicia")];
    for (path, name) in all {
        for entity in ["user/alice", "user/alic?", &arn] {
            for more in ["", "; action = \"CreateQueue\"", "; action = \"Create*\""] {
                let decisions = keep(&format!("entity = \"{entity}\"; service = \"sqs\"{more}; permanent = true"));
                let estate = Estate::of(&renamed(path, name), &decisions);
                let what = format!("{entity} {more} as {path}{name}");
                if more.is_empty() {
                    assert_eq!(estate.unused("service"), Vec::<String>::new(), "{what}");
                }
                let made = estate.run(&["recommend", "--format", "json"]).rows();
                assert_eq!((&made[0]["kept_decision"], &made[0]["actions_removed"]), (&json!(1), &json!(0)), "{what}");
                let states = estate.states(&[]);
                assert!(states.iter().all(|state| state.contains("keep kept")), "{states:?}");
                assert!(!states.iter().any(|state| state.contains("unmatched")), "{what}: {states:?}");
            }
        }
    }
    // An access key cannot be given to another user.
    let key = |name: &str, day: &str| {
        let metadata = json!({"UserName": name, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "Status": "Active", "CreateDate": "2021-01-01T00:00:00Z"});
        json!({"ResponseMetadata": {"HTTPHeaders": {"date": format!("{day}T09:00:00Z")}}, "AccessKeyMetadata": [metadata], "IsTruncated": false})
    };
    let documents = [&renamed("/", "alicia")[2..], &[key("alice", "2026-01-05"), key("alicia", "2026-05-04")]].concat();
    for entity in ["user/alice", &arn] {
        let kept =
            keep(&format!("entity = \"{entity}\"; account = \"{ACCOUNT}\"; service = \"sqs\"; permanent = true"));
        assert_eq!(fate(&documents, &kept), "sqs keep kept renamed", "{entity}");
    }
    // The ARN alone, of which no document speaks, or a path.
    let moved = renamed("/x/", "alice").split_off(2);
    let kept = keep(&format!("entity = \"{arn}\"; service = \"sqs\"; permanent = true"));
    assert_eq!(fate(&moved, &kept), "sqs keep kept renamed");
    let of_path = format!("account = \"{ACCOUNT}\"; entity = \"user/y/alice\"; service = \"sqs\"; permanent = true");
    assert_eq!(fate(&moved, &keep(&of_path)), "sqs keep kept renamed");
    // Another user is no earlier name, nor is the same name in another account.
    let other = keep("entity = \"user/bob\"; service = \"sqs\"; permanent = true");
    assert_eq!(fate(&moved, &other), "sqs keep unmatched matches-nothing");
    let other = keep("entity = \"arn:aws:iam::999999999999:user/alice\"; service = \"sqs\"; permanent = true");
    assert_eq!(fate(&moved, &other), "sqs keep unmatched matches-nothing");
}

#[test]
fn an_entry_about_the_name_of_today_goes_before_one_about_an_earlier_name() {
    let kept = keep("entity = \"user/alice\"; service = \"sqs\"; permanent = true");
    let removed = remove("entity = \"user/alicia\"; service = \"sqs\"; due = 2026-12-31");
    let estate = Estate::of(&renamed("/", "alicia"), &(kept + &removed));
    assert_eq!(estate.unused("service"), ["sqs remove"]);
    // A removal does not follow, and is not done because the name is gone.
    let removed = remove("entity = \"user/alice\"; service = \"sqs\"; due = 2026-12-31");
    let estate = Estate::of(&renamed("/", "alicia"), &removed);
    assert_eq!(estate.states(&[]), ["sqs remove open 2026-02-01T00:00:00Z renamed"]);
    // A question protects until it is answered.
    let asked = entry("entity = \"user/alice\"; service = \"sqs\"; decision = \"ask\"");
    let made = Estate::of(&renamed("/", "alicia"), &asked).run(&["recommend", "--format", "json"]).rows();
    assert_eq!(made[0]["kept_decision"], json!(1));
}

#[test]
fn an_entity_that_is_used_after_the_list_that_lacks_it_is_not_gone_for_any_permission() {
    let whole = remove("due = 2026-12-31");
    let other = "arn:aws:iam::111122223333:role/other";
    let (before, list) = (dump("2026-01-05", USUAL), details(other, "2026-05-04"));
    let done = |service: &str| format!("{service} remove done 2026-05-04T09:00:00Z entity-removed");
    let without = Estate::of(&[before.clone(), list.clone()], &whole);
    assert_eq!(without.states(&[])[0], done("ec2"));
    let used = "2026-05-10T10:00:00Z";
    let mut s3_alone = policy_dump("2026-05-11", used);
    s3_alone["ServicesLastAccessed"][0]["ServiceNamespace"] = json!("s3");
    s3_alone["ServicesLastAccessed"][0]["TrackedActionsLastAccessed"] = json!([]);
    let estate = Estate::of(&[before.clone(), list.clone(), s3_alone], &whole);
    assert_eq!(estate.states(&[])[0], "ec2 remove open 2026-02-01T00:00:00Z newer-access");
    let estate = Estate::of(&[before, list], &whole);
    put(estate.0.path().join("used.csv"), format!("arn,service,action,time\n{ROLE},s3,CreateBucket,{used}\n"));
    let states = estate.states(&["--also-used", "used.csv"]);
    assert_eq!(states[0], "ec2 remove open 2026-02-01T00:00:00Z newer-access");
    assert!(states[1].starts_with("s3 remove contradicted"), "{states:?}");
}

#[test]
fn decisions_say_kept_of_all_that_a_proposal_keeps() {
    let documents = [
        dump_of(
            ROLE,
            "2026-05-04",
            &[("s3", Some("2026-05-01T10:00:00Z"), &[]), ("sns", None, &[("CreateTopic", None)])],
        ),
        details_with(ROLE, "2026-05-04", "sns:*"),
    ];
    let kept = |action: &str| keep(&format!("service = \"sns\"; action = \"{action}\"; permanent = true"));
    for (action, wanted, name) in [
        ("Subscri*", "sns subscri* keep kept not-tracked", "sns:Subscribe"),
        ("Subscribe", "sns subscribe keep kept not-tracked", "sns:Subscribe"),
        ("FutureThing", "sns futurething keep kept name-unknown", "sns:futurething"),
        ("CreateTopic", "sns CreateTopic keep kept", "sns:CreateTopic"),
        // The whole service could go, so its actions are in no list of their own.
        ("Create*", "sns CreateTopic keep kept", "sns:CreateTopic"),
    ] {
        let estate = Estate::of(&documents, &kept(action));
        assert_eq!(estate.states(&[]), [wanted], "{action}");
        let ran = estate.run(&["recommend", "-o", "proposals"]);
        assert!([0, 3].contains(&ran.code), "{ran:?}");
        let proposed = estate.0.path().join("proposals/111122223333/role/deploy/own.proposed.json");
        let proposed = std::fs::read_to_string(proposed).expect("a proposal");
        assert!(proposed.contains(&format!("\"{name}\"")) && !proposed.contains("sns:*"), "{action}: {proposed}");
    }
    // A name that nobody knows may be misspelt: every report says so.
    let estate = Estate::of(&documents, &kept("FutureThing"));
    for report in ["decisions", "unused"] {
        let ran = estate.run(&[report, "-v"]);
        assert!(ran.stderr.contains("names \"futurething\", which no list has"), "{ran:?}");
    }
    for action in ["Nothing*", "Nothing"] {
        let of_other = details_with(ROLE, "2026-05-04", "sns:CreateTopic");
        let state = fate(&[documents[0].clone(), of_other], &kept(action));
        assert!(state.contains("keep unmatched"), "{action}: {state}");
    }
}
