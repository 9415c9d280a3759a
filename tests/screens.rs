//! `overview` and `explain`: what they say is what the reports say, they fit every terminal, and they work on folders, archives and stores.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Ran, dormant, dump_of, put, run};
use serde_json::{Value, json};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data")
}

fn ran(line: &str) -> Ran {
    dormant(&samples(), shlex::split(line).expect("words"))
}

fn section<'r>(report: &'r Value, id: &str) -> &'r Vec<Value> {
    let sections = report["sections"].as_array().expect("sections");
    sections.iter().find(|section| section["id"] == id).expect("a section")["rows"].as_array().expect("rows")
}

#[test]
fn a_path_is_an_overview() {
    let overview = ran("overview estate");
    assert_eq!((overview.code, ran("estate").stdout), (0, overview.stdout.clone()), "{overview:?}");
    let lines = overview.stdout.lines().count();
    assert!((10..=20).contains(&lines), "{lines} lines\n{}", overview.stdout);
    for said in [
        "16 entities in 2 accounts",
        "newest dump 2026-07-06",
        "66 services",
        "role/AdminRole",
        "dormant explain estate",
    ] {
        assert!(overview.stdout.contains(said), "{said}\n{}", overview.stdout);
    }
    assert!(!overview.stdout.contains(" ago"), "only a terminal knows a clock");
    assert_eq!(ran("no-such-folder").code, 2);
}

#[test]
fn the_overview_counts_what_the_lists_count() {
    for story in ["estate", "who-grants-it", "broken", "two-accounts", "admin-role"] {
        let overview = ran(&format!("overview {story} --format json")).json();
        assert_eq!(overview["headline"], ran(&format!("summary {story} --format json")).json()["headline"]);
        let services = ran(&format!("unused {story} --format json")).rows();
        let actions = ran(&format!("unused {story} --level action --format json")).rows();
        for entity in section(&overview, "overview-entities") {
            let of = |rows: &[Value]| {
                let same = |row: &&Value| {
                    ["account_id", "entity_type", "entity_name"].iter().all(|key| row[key] == entity[key])
                };
                rows.iter().filter(same).count() as u64
            };
            assert_eq!(entity["services_to_review"].as_u64(), Some(of(&services)), "{story}: {entity}");
            assert_eq!(entity["actions_to_review"].as_u64(), Some(of(&actions)), "{story}: {entity}");
        }
        let dangerous = section(&overview, "overview-permissions");
        for permission in dangerous {
            let is_it = |row: &&Value| {
                row["verdict"] == "unused"
                    && row["risk"] == permission["risk"]
                    && row["service_namespace"] == permission["service_namespace"]
                    && row.get("action_name").unwrap_or(&Value::Null) == &permission["action_name"]
            };
            let holders = services.iter().chain(&actions).filter(is_it).count() as u64;
            assert_eq!(permission["entities"].as_u64(), Some(holders), "{story}: {permission}");
        }
        let ranks = ["critical", "high", "medium", "low", "info"];
        let rank = |row: &Value| ranks.iter().position(|risk| row["risk"] == *risk).expect("a risk");
        assert!(dangerous.is_sorted_by_key(rank), "{dangerous:?}");
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [60, 80, 100, 120, 160, 200, 250] {
        for line in [
            "overview estate",
            "overview broken",
            "overview who-grants-it",
            "overview hostile-names",
            "explain estate --entity AdminRole",
            "explain who-grants-it --entity worker",
            "explain admin-role --entity AdminRole --service iam",
        ] {
            let mut program = Command::new("script");
            let command = format!("{} {line} 2>/dev/null", env!("CARGO_BIN_EXE_dormant"));
            program.args(["-qec", &command, "/dev/null"]).env("COLUMNS", width.to_string()).current_dir(samples());
            let screen = run(&mut program);
            let long = screen.stdout.lines().filter(|line| line.trim_end().chars().count() > width);
            assert_eq!(long.collect::<Vec<_>>(), Vec::<&str>::new(), "{line} at {width}");
            assert!(screen.stdout.lines().count() > 8, "{line} at {width}: {screen:?}");
            assert!(
                line.starts_with("explain") || screen.stdout.contains(" ago"),
                "a terminal says how old the data is"
            );
        }
    }
}

/// What a terminal of this width shows, without the messages on stderr.
fn at_width(width: usize, line: &str) -> Vec<String> {
    let mut program = Command::new("script");
    let command = format!("{} {line} 2>/dev/null", env!("CARGO_BIN_EXE_dormant"));
    program.args(["-qec", &command, "/dev/null"]).env("COLUMNS", width.to_string()).current_dir(samples());
    run(&mut program).stdout.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn an_overview_is_one_look_with_commands_to_copy() {
    for story in ["estate", "who-grants-it", "two-accounts", "admin-role", "broken"] {
        for width in [80, 100, 120, 160, 250] {
            let lines = at_width(width, &format!("overview {story}"));
            assert!((10..=20).contains(&lines.len()), "{story} at {width}: {lines:#?}");
            let commands: Vec<&str> = lines.iter().filter_map(|line| Some(&line[line.find("dormant ")?..])).collect();
            assert!(commands.len() >= 2, "{story} at {width}: {lines:#?}");
            for command in commands {
                let command = command.split("   # ").next().expect("a command").trim_start_matches("dormant ");
                let whole = if command.starts_with("report") { "-o audit" } else { command };
                assert!(command.ends_with(whole) && !command.contains('…'), "{command}");
                if !command.starts_with("report") {
                    assert!(matches!(ran(command).code, 0 | 3), "{command}");
                }
            }
        }
    }
    let lines = at_width(120, "overview admin-role");
    let list = lines.iter().position(|line| line.starts_with("Most dangerous")).expect("a list");
    assert!(lines[list + 1..].iter().take_while(|line| line.starts_with("  ")).count() >= 4, "{lines:#?}");
}

#[test]
fn an_explanation_is_one_screen() {
    let lines = at_width(100, "explain estate --entity AdminRole");
    assert!((20..=40).contains(&lines.len()), "{} lines: {lines:#?}", lines.len());
    let times = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert_eq!((times(" in estate/"), times("estate/2026")), (1, 0), "{lines:#?}");
    assert_eq!(times("all 60 services"), 1, "what stands above is not listed again: {lines:#?}");
    let other = ran("explain broken --entity no-date");
    assert!(!other.stderr.contains("is not JSON"), "{}", other.stderr);
    let text = other.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("not read and") && text.contains("dormant check"), "{text}");
}

#[test]
fn an_explanation_holds_the_rows_of_the_reports() {
    let explained = ran("explain estate --entity AdminRole --format json").json();
    let rows = |line: &str| ran(&format!("{line} --format json")).rows();
    assert_eq!(*section(&explained, "services"), rows("list estate --level service --entity AdminRole"));
    assert_eq!(*section(&explained, "actions"), rows("list estate --entity AdminRole"));
    assert_eq!(section(&explained, "evidence").len(), 3, "three dates");
    let changes = rows("diff estate --from 2026-04-06 --to 2026-07-06 --entity AdminRole");
    assert_eq!(*section(&explained, "changes-of-services"), changes);

    let text = ran("explain estate --entity AdminRole --service ec2 --action 'Describe*'").stdout;
    assert!(text.contains("ec2") && !text.contains("glue"), "{text}");
}

#[test]
fn an_explanation_says_why() {
    for (line, said) in [
        ("seed-article --entity build-agent", "AWS has not watched for as long as the threshold"),
        ("who-grants-it --entity worker", "it was granted less than the threshold ago"),
        ("who-grants-it --entity worker", "policy queues"),
        ("broken --entity no-date", "the dump has no date to count from"),
        ("young-role --entity young-batch", "the creation of the entity"),
        ("estate --entity AdminRole --service comprehend", "is not granted: the newest dump is whole"),
        (
            "admin-role --entity AdminRole --service ec2 --action NoSuchAction",
            "it is not granted, or AWS does not track it",
        ),
    ] {
        let explained = ran(&format!("explain {line}"));
        let words = explained.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(said), "{line}: {said}\n{}{}", explained.stdout, explained.stderr);
    }
}

#[test]
fn a_name_of_several_entities_lists_them() {
    let several = ran("explain estate --entity ci-deploy");
    assert_eq!(several.code, 2, "{several:?}");
    for account in ["111122223333", "444455556666"] {
        assert!(several.stderr.contains(&format!("arn:aws:iam::{account}:role/ci/ci-deploy")), "{several:?}");
    }
    assert!(
        ran("explain estate --entity ci-deploy --quiet").stderr.contains("role/ci/ci-deploy"),
        "who chooses needs it"
    );
    assert_eq!(ran("explain estate --entity ci-deploy --account 444455556666").code, 0);
    let nobody = ran("explain estate --entity AdminRoel");
    assert!(nobody.code == 2 && nobody.stderr.contains("did you mean `AdminRole`?"), "{nobody:?}");
}

#[test]
fn folders_archives_and_stores_say_the_same() {
    let home = tempfile::tempdir().expect("a folder");
    let store = home.path().join("store");
    let archive = home.path().join("estate.tar");
    assert_eq!(ran(&format!("ingest estate --store {}", store.display())).code, 0);
    run(Command::new("tar").arg("cf").arg(&archive).arg("estate").current_dir(samples()));
    for line in ["overview PATH", "explain PATH --entity AdminRole"] {
        let of = |path: &str| {
            let mut json = ran(&format!("{} --format json", line.replace("PATH", path))).json();
            let rows = json["sections"].as_array_mut().expect("sections");
            rows.retain(|section| section["id"] != "evidence" && section["id"] != "overview-next");
            let rows = serde_json::to_string(&json["sections"]).expect("JSON").replace("estate.tar!", "");
            let inside = rows.split("source\"").map(|part| part.split_once(',').map_or("", |(_, rest)| rest));
            (json["headline"].clone(), inside.map(str::to_owned).collect::<Vec<_>>())
        };
        assert_eq!(of("estate"), of(store.to_str().expect("UTF-8")), "{line}");
        assert_eq!(of("estate"), of(archive.to_str().expect("UTF-8")), "{line}");
    }
}

#[test]
fn a_part_of_an_entity_is_refused() {
    for line in
        ["overview estate --service s3", "overview estate --verdict unused", "explain estate --entity AdminRole --used"]
    {
        assert_eq!(ran(line).code, 2, "{line}");
    }
    assert_eq!(ran("overview estate --format csv").code, 2);
    assert_eq!(ran("explain estate").code, 2);
}

#[test]
fn a_filter_that_fits_nothing_is_named() {
    let said = |line: &str| {
        let ran = ran(line);
        (ran.code, ran.stderr)
    };
    for (filter, nearest) in [
        ("--entity Admin", "did you mean `AdminRole` or `*Admin*`?"),
        ("--service ecc2", "`ec2`"),
        ("--account 999999999999", "they are about `111122223333` and `444455556666`"),
    ] {
        let (code, told) = said(&format!("unused estate {filter}"));
        assert!(code == 0 && told.contains("warning: ") && told.contains(nearest), "{filter}: {code} {told}");
        let gate = ran(&format!("unused estate {filter} --fail-on unused"));
        assert_eq!((gate.code, gate.stdout.as_str()), (2, ""), "{filter}: {gate:?}");
        assert!(gate.stderr.contains(nearest), "{filter}: {gate:?}");
    }
    let (code, told) = said("unused estate --level action --action DescribeInstancess --fail-on unused");
    assert!(code == 2 && told.contains("`DescribeInstances`"), "{told}");
    let (code, told) = said("unused estate --service comprehend --fail-on unused");
    assert!(code == 0 && told.contains("note: nobody holds the service `comprehend`"), "{code} {told}");
    let (code, told) = said("unused estate --service iam,ecc2");
    assert!(code == 0 && told.contains("`ecc2`") && !told.contains("`iam`"), "{told}");
    // What is there and gives no row is no slip.
    let (code, told) = said("unused estate --entity 'staging-*' --service s3 --fail-on unused");
    assert!(matches!(code, 0 | 4) && !told.contains("match"), "{code} {told}");
}

#[test]
fn an_explanation_of_a_day_knows_nothing_of_later_ones() {
    let text = ran("explain estate --entity AdminRole --service s3 --at 2026-04-30").stdout;
    assert!(text.contains("2026-04-06") && !text.contains("2026-07-06"), "{text}");
    assert!(text.contains("Changes from 2026-01-05 to 2026-04-06"), "{text}");
}

#[test]
fn a_region_that_no_access_was_in_opens_no_gate() {
    let said = |line: &str| ran(line);
    let mistyped = said("list estate --region eu-wset-1 --fail-on contradicted");
    assert!(mistyped.code == 2 && mistyped.stderr.contains("did you mean `eu-west-1`"), "{mistyped:?}");
    assert_eq!(said("list estate --region eu-west-1 --fail-on contradicted").code, 0);
    assert_eq!(said("list estate --region eu-wset-1").code, 0);
}

/// A whole dump of 2026-03-02 with a silent service, without a word on whose it is.
fn of_nobody() -> String {
    let mut dump = dump_of("arn:aws:iam::111122223333:role/app", "2026-03-02", &[("ec2", None, &[])]);
    let members = dump.as_object_mut().expect("an object");
    members.retain(|name, _| !name.eq_ignore_ascii_case("arn"));
    dump.to_string()
}

#[test]
fn what_nobody_can_name_is_to_be_named_first() {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("dumps/7.json"), of_nobody());
    let said = |line: &str| {
        let ran = dormant(home.path(), line.split(' '));
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let overview = said("overview dumps");
    assert!(overview.contains("Not listed: 1 dump that tells no entity (7)."), "{overview}");
    assert!(overview.contains("next: dormant check dumps # which dumps tell no entity"), "{overview}");
    assert!(!overview.contains("dormant explain"), "{overview}");
    let explained = said("explain dumps --entity 7");
    assert!(explained.contains("name it with --manifest. Take nothing away before."), "{explained}");
    assert!(!explained.contains("Take away what"), "{explained}");
    assert!(!dormant(home.path(), ["explain", "dumps", "--entity", "7"]).stdout.contains("account\n\n  unused"));
    assert!(said("unused dumps").contains("ec2"), "its rows stay");
}

#[test]
fn an_access_after_the_dump_has_its_date() {
    let home = tempfile::tempdir().expect("a folder");
    let arn = "arn:aws:iam::111122223333:role/app";
    put(home.path().join("dumps/app.json"), dump_of(arn, "2026-03-02", &[("ec2", None, &[])]).to_string());
    let used = json!({ "LastUsedDate": "2026-11-21T06:00:00+00:00", "Region": "eu-central-1" });
    let role = json!({ "Path": "/", "RoleName": "app", "RoleId": "AROAEXAMPLEEXAMPLE", "Arn": arn,
        "CreateDate": "2023-01-01T06:00:00+00:00", "AssumeRolePolicyDocument": {}, "RoleLastUsed": used });
    put(home.path().join("dumps/role.json"), json!({ "Role": role }).to_string());
    let entities = dormant(home.path(), ["entities", "dumps", "--format", "md"]);
    assert!(entities.stdout.contains("| 2026-11-21 |") && !entities.stdout.contains("0 d ago"), "{entities:?}");
}

#[test]
fn no_advice_is_about_a_policy_that_does_not_grant_it() {
    let home = tempfile::tempdir().expect("a folder");
    let arn = "arn:aws:iam::111122223333:role/app";
    put(home.path().join("dumps/app.json"), dump_of(arn, "2026-03-02", &[("sqs", None, &[])]).to_string());
    let document =
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }] });
    let role = json!({ "Path": "/", "RoleName": "app", "RoleId": "AROAEXAMPLEEXAMPLE", "Arn": arn,
        "CreateDate": "2023-01-01T06:00:00+00:00", "AssumeRolePolicyDocument": {}, "InstanceProfileList": [],
        "RolePolicyList": [{ "PolicyName": "b", "PolicyDocument": document }], "AttachedManagedPolicies": [] });
    let all = json!({ "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": [], "IsTruncated": false });
    put(home.path().join("dumps/account-authorization-details.json"), all.to_string());
    let explained = dormant(home.path(), ["explain", "dumps", "--entity", "app"]).stdout;
    assert!(explained.contains("no known policy: sqs"), "{explained}");
    assert!(
        explained.contains("No known policy grants what is unused") && !explained.contains("Take away"),
        "{explained}"
    );
}

/// Numbers of one are in the singular, on every surface.
#[test]
fn one_is_singular() {
    let role = "arn:aws:iam::111122223333:role/app";
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    let home = tempfile::tempdir().expect("a folder");
    for (at, day) in ["2026-01-05", "2026-02-05", "2026-03-05", "2026-04-05"].into_iter().enumerate() {
        put(home.path().join(format!("dumps/{at}.json")), dump_of(role, day, &[("sqs", None, &[])]).to_string());
    }
    let of_aws = dump_of(linked, "2026-04-05", &[("ec2", None, &[]), ("sqs", None, &[])]);
    put(home.path().join("dumps/linked.json"), of_aws.to_string());
    let other = dump_of("arn:aws:iam::222233334444:role/app", "2026-04-05", &[("sqs", None, &[])]);
    put(home.path().join("dumps/other.json"), other.to_string());
    let said = |line: &str| {
        let ran = dormant(home.path(), line.split(' '));
        format!("{}{}", ran.stdout, ran.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let explained = said("explain dumps --entity app --account 111122223333");
    assert!(explained.contains("and 1 file more"), "{explained}");
    let listed = said("unused dumps");
    assert!(listed.contains("Not listed: 2 rows of 1 AWS-controlled entity ("), "{listed}");
    let overview = said("overview dumps");
    assert!(overview.contains("1 of 1 service unused"), "{overview}");
}

#[test]
fn a_label_that_no_option_tells_from_a_name_is_named_first() {
    let home = tempfile::tempdir().expect("a folder");
    let mut unnamed = dump_of("", "2026-03-02", &[("sqs", None, &[])]);
    unnamed.as_object_mut().expect("an object").remove("Arn");
    put(home.path().join("dumps/111122223333/carl.json"), unnamed.to_string());
    let user = dump_of("arn:aws:iam::111122223333:user/carl", "2026-04-02", &[("sqs", None, &[])]);
    put(home.path().join("dumps/user.json"), user.to_string());
    let ran = dormant(home.path(), ["explain", "dumps", "--entity", "carl"]);
    assert!(
        ran.code == 2 && ran.stderr.contains("carl in 111122223333 after naming its entity with --manifest"),
        "{ran:?}"
    );
    // Every other line is what works.
    for line in ran.stderr.lines().filter_map(|line| line.strip_prefix("choose: --")) {
        assert_eq!(dormant(home.path(), format!("explain dumps --{line}").split(' ')).code, 0, "{line}");
    }
}

#[test]
fn what_is_denied_or_excluded_is_shown_at_every_width() {
    for width in ["20", "60", "80", "100", "120", "200"] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_dormant"));
        let words = ["grants", "estate", "--service", "codeartifact,iam", "--entity", "ci-deploy", "--format", "table"];
        let told = run(program.args(words).current_dir(samples()).env("COLUMNS", width)).stdout;
        let (table, _) = told.split_once("Total:").expect("a total");
        assert!(table.contains("whole") && table.contains("excludes"), "{width}: {told}");
    }
}

#[test]
fn a_list_without_actions_leads_to_the_services() {
    for (command, is_told) in
        [("list estate --entity bob", true), ("list estate --entity bob --level service --within 1d", false)]
    {
        let told = ran(command);
        assert!(
            told.stderr.contains("no rows match the options and filters") && told.stdout.lines().count() == 1,
            "{told:?}"
        );
        assert_eq!(told.stderr.contains("--level service has a row for every service"), is_told, "{told:?}");
    }
    assert!(ran("list estate --entity bob --level service").stdout.lines().count() > 1);
}

#[test]
fn an_entity_with_accesses_that_cannot_be_read_did_something() {
    let home = tempfile::tempdir().expect("a folder");
    let services = [("s3", Some("01/05/2026 12:00"), [].as_slice()), ("sqs", None, &[])];
    put(home.path().join("dumps/a.json"), dump_of(STAYS, "2026-04-02", &services).to_string());
    // The permission that is asked about has no access.
    for asked in ["explain dumps --entity stays", "explain dumps --entity stays --service sqs"] {
        let explained = told(home.path(), asked);
        assert!(explained.contains("unknown: it was used, at times that cannot be read"), "{explained}");
    }
    let old = [("s3", Some("2025-12-01T00:00:00Z"), [].as_slice())];
    put(home.path().join("dumps/old.json"), dump_of(STAYS, "2026-01-02", &old).to_string());
    let explained = told(home.path(), "explain dumps --entity stays");
    assert!(explained.contains("used 2025-12-01, and at times that cannot be read"), "{explained}");
}

#[test]
fn a_change_of_a_whole_entity_says_so() {
    let home = tempfile::tempdir().expect("a folder");
    let mut cut = dump_of(STAYS, "2026-04-02", &[("sqs", Some("2026-04-01T00:00:00Z"), &[])]);
    cut["IsTruncated"] = json!(true);
    cut["Marker"] = json!("more");
    put(home.path().join("dumps/cut.json"), cut.to_string());
    put(home.path().join("dumps/old.json"), dump_of(STAYS, "2026-03-02", &[("sqs", None, &[])]).to_string());
    let explained = told(home.path(), "explain dumps --entity stays");
    assert!(explained.contains("cannot be compared: the whole entity"), "{explained}");
}

#[test]
fn a_list_that_is_cut_says_of_how_many() {
    let home = tempfile::tempdir().expect("a folder");
    for at in 0..12 {
        let arn = format!("arn:aws:iam::111122223333:role/r{at}");
        put(
            home.path().join(format!("dumps/{at}.json")),
            dump_of(&arn, "2026-03-02", &[("sqs", None, &[])]).to_string(),
        );
    }
    let overview = told(home.path(), "overview dumps");
    assert!(overview.contains(" of 12 entities) role/"), "{overview}");
}

/// Saves `text` as the newest answers of account 111122223333 in June.
fn put_june(home: &Path, name: &str, text: &Value) {
    put(home.join("dumps/2026-06-10/111122223333").join(name), text.to_string());
}

const STAYS: &str = "arn:aws:iam::111122223333:role/stays";
const GONE: &str = "arn:aws:iam::111122223333:role/sandbox";

/// Two roles with dumps of March; in June the account has one of them, which has used something since.
fn with_a_role_that_is_gone() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for (name, arn) in [("stays", STAYS), ("sandbox", GONE)] {
        let dump = dump_of(arn, "2026-03-02", &[("sqs", None, &[("CreateQueue", None)])]);
        put(home.path().join(format!("dumps/2026-03-02/{name}.json")), dump.to_string());
    }
    let role = json!({"Arn": STAYS, "RoleName": "stays", "RoleId": "AROASTAYS", "Path": "/", "CreateDate": "2020-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": {}, "InstanceProfileList": [], "AttachedManagedPolicies": [],
        "RolePolicyList": [{"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}}],
        "RoleLastUsed": {"LastUsedDate": "2026-06-09T00:00:00Z", "Region": "eu-west-1"}});
    let details = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": [], "IsTruncated": false});
    put_june(home.path(), "account-authorization-details.json", &details);
    home
}

fn told(home: &Path, line: &str) -> String {
    let ran = dormant(home, line.split(' '));
    format!("{}{}", ran.stdout, ran.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_entity_that_a_list_of_roles_lacks_may_be_gone() {
    let home = tempfile::tempdir().expect("a folder");
    put(
        home.path().join("dumps/2026-05-04/sandbox.json"),
        dump_of(GONE, "2026-05-04", &[("sqs", None, &[])]).to_string(),
    );
    let list = home.path().join("dumps/2026-06-10/111122223333/list-roles.json");
    let listed = |name: &str| {
        let role = json!({"RoleName": name, "Path": "/", "RoleId": "AROAEXAMPLE0000000002",
            "Arn": format!("arn:aws:iam::111122223333:role/{name}"), "CreateDate": "2020-01-01T00:00:00Z"});
        put(&list, json!({"Roles": [role], "IsTruncated": false}).to_string());
    };
    listed("other");
    let explained = told(home.path(), "explain dumps --entity sandbox");
    assert!(
        explained.contains("What to do It is not in list-roles of 2026-06-10: check whether it still exists."),
        "{explained}"
    );
    // A filter of the list cannot be seen in it.
    assert!(!explained.contains("Gone"), "{explained}");
    let said = told(home.path(), "unused dumps");
    let named = format!(
        "which may have been saved with a filter: {GONE} (list-roles of 2026-06-10). Check whether it still exists."
    );
    assert!(said.contains(&named), "{said}");
    let ticket = told(home.path(), "unused dumps --format jira");
    assert!(ticket.contains("It is not in list-roles of 2026-06-10: check whether it still exists."), "{ticket}");
    listed("Sandbox");
    assert!(!told(home.path(), "unused dumps").contains("newer list"), "names of an account differ in more than case");
}

#[test]
fn an_entity_that_is_gone_is_not_to_be_edited() {
    let home = with_a_role_that_is_gone();
    let explained = told(home.path(), "explain dumps --entity sandbox");
    for said in [
        "Gone since 2026-06-10: the list of its account does not have it.",
        "Granted by No policy: the list of its account does not have it.",
        "What to do Nothing: it is gone since 2026-06-10.",
    ] {
        assert!(explained.contains(said), "{said}\n{explained}");
    }
    assert!(!explained.contains("Take away") && !explained.contains("get-account-authorization-details` saves"));
    let overview = told(home.path(), "overview dumps");
    let (_, first) = overview.split_once("Look at first").expect("a list");
    assert!(first.contains("Not listed: 1 entity that is gone") && first.matches("sandbox").count() == 1, "{overview}");
    assert_eq!(dormant(home.path(), ["report", "dumps", "-o", "audit"]).code, 0);
    let report = std::fs::read_to_string(home.path().join("audit/report.md")).expect("written");
    let (_, review) = report.split_once("## Review first").expect("a part");
    assert!(review.split("\n## ").next().is_some_and(|lists| !lists.contains("sandbox")), "{report}");
    assert!(
        report.contains(&format!(
            "1 entity is gone, because the list of its account does not have it: {GONE} since 2026-06-10."
        )),
        "{report}"
    );
    // The rows stay: they are evidence.
    assert!(std::fs::read_to_string(home.path().join("audit/unused-services.csv")).expect("written").contains(GONE));
    let ticket = told(home.path(), "unused dumps --format jira --entity sandbox");
    assert!(ticket.contains("Nothing: the list of its account does not have the entity any more."), "{ticket}");
    let later = dump_of(GONE, "2026-06-11", &[("sqs", None, &[])]);
    put(home.path().join("dumps/2026-06-11/sandbox.json"), later.to_string());
    assert!(!told(home.path(), "explain dumps --entity sandbox").contains("Gone"), "a newer dump names it");
}

#[test]
fn what_is_newer_than_the_dump_comes_before_the_advice() {
    let home = with_a_role_that_is_gone();
    let explained = told(home.path(), "explain dumps --entity stays");
    for said in [
        "AWS watched for 400 days, until 2026-03-02, without an access",
        "What to do Save a new dump of it first: it was used on 2026-06-09, after its newest usable dump of 2026-03-02. Take away",
    ] {
        assert!(explained.contains(said), "{said}\n{explained}");
    }
    let failed = json!({"Arn": STAYS, "JobStatus": "FAILED", "JobCreationDate": "2026-06-10T08:00:00Z",
        "JobCompletionDate": "2026-06-10T08:00:01Z", "Error": {"Code": "SERVICE_ERROR", "Message": "internal"}});
    put_june(home.path(), "stays.json", &failed);
    let explained = told(home.path(), "explain dumps --entity stays");
    assert!(explained.contains("usable dump of 2026-03-02; the job of 2026-06-10 failed. Take away"), "{explained}");
    let whole = dump_of(STAYS, "2026-06-11", &[("sqs", None, &[("CreateQueue", None)])]);
    put(home.path().join("dumps/2026-06-11/stays.json"), whole.to_string());
    let explained = told(home.path(), "explain dumps --entity stays");
    assert!(!explained.contains("until 2026") && !explained.contains("Save a new dump"), "{explained}");
}

#[test]
fn an_explanation_says_since_when_a_permission_is_granted_and_how() {
    let worker = told(&samples(), "explain who-grants-it --entity worker");
    assert!(worker.contains("counted from 2026-04-20, when the policy queues began to grant it"), "{worker}");
    assert!(!worker.contains("the last dump that does not list it"), "{worker}");
    let export = told(&samples(), "explain estate --entity data-export");
    assert!(export.contains("counted from 2026-06-01, when the policy analytics began to grant it"), "{export}");
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("dumps/old.json"), dump_of(STAYS, "2026-03-02", &[("s3", None, &[])]).to_string());
    let both = dump_of(STAYS, "2026-03-12", &[("s3", None, &[]), ("sqs", None, &[])]);
    put(home.path().join("dumps/new.json"), both.to_string());
    let listed = told(home.path(), "explain dumps --entity stays");
    assert!(
        listed.contains("counted from the last dump that does not list it; granted no earlier than 2026-03-02"),
        "{listed}"
    );
    let denied = told(&samples(), "explain who-grants-it --entity guarded");
    let (granted, denied) = denied.split_once("Allowed by a statement, but denied").expect("a part");
    assert!(granted.contains("partly denied") && !granted.contains("s3:DeleteBucket"), "{granted}");
    assert!(denied.contains("inline policy buckets, statement 1 (resources: all): s3:DeleteBucket"), "{denied}");
}

/// `get-account-authorization-details` with one role, which has the policies of `statements` and AWS's own policies `managed`.
fn details(statement: &Value, managed: &[&str]) -> Value {
    let inline =
        json!([{"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]);
    let attached: Vec<_> = managed
        .iter()
        .map(|name| json!({"PolicyName": name, "PolicyArn": format!("arn:aws:iam::aws:policy/{name}")}))
        .collect();
    let role = json!({"Arn": STAYS, "RoleName": "stays", "RoleId": "AROASTAYS", "Path": "/", "CreateDate": "2020-01-01T00:00:00Z",
        "AssumeRolePolicyDocument": {}, "InstanceProfileList": [], "AttachedManagedPolicies": attached,
        "RolePolicyList": if statement.is_null() { json!([]) } else { inline }});
    json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": [], "IsTruncated": false})
}

#[test]
fn iam_may_be_pass_role_only_where_a_policy_may_grant_it() {
    let allow = |action: &str| json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    for (statement, managed, may) in [
        (allow("iam:GetUser"), vec![], false),
        (allow("iam:Pass*"), vec![], true),
        (allow("*"), vec![], true),
        (json!({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}), vec![], true),
        (json!({"Effect": "Allow", "NotAction": "iam:Pass*", "Resource": "*"}), vec![], false),
        (allow("iam:GetUser"), vec!["SomethingOfAws"], true),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        put(home.path().join("dumps/stays.json"), dump_of(STAYS, "2026-06-10", &[("iam", None, &[])]).to_string());
        put_june(home.path(), "details.json", &details(&statement, &managed));
        let explained = told(home.path(), "explain dumps --entity stays");
        assert_eq!(explained.contains("iam:PassRole"), may, "{statement} {managed:?}\n{explained}");
        let missing = "aws policy SomethingOfAws, whose document is not among the inputs";
        assert_eq!(explained.contains(missing), !managed.is_empty(), "{explained}");
        assert!(!explained.contains("statement 0"), "{explained}");
    }
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("dumps/stays.json"), dump_of(STAYS, "2026-06-10", &[("iam", None, &[])]).to_string());
    let explained = told(home.path(), "explain dumps --entity stays");
    assert!(explained.contains("iam:PassRole"), "no policy is known: {explained}");
}

#[test]
fn an_explanation_says_what_to_do_next() {
    for (line, said) in [
        ("estate --entity report-builder", "Wait until 2026-08-10, when it is 90 days old, then save another dump."),
        (
            "estate --entity retired-importer",
            "What to do Its newest dump lists no service, and it has no policy: it can do only what policies of resources allow it. Delete it if nobody needs it; it was last used on 2025-07-20.",
        ),
        ("estate --entity retired-importer", "Granted by Nothing: it has no policy."),
        ("pending-failed-empty --entity empty", "Its newest dump lists no service: there is nothing to take away."),
        ("pending-failed-empty --entity empty", "Granted by None of its policies is among the inputs;"),
        ("estate --entity bob", "counted from the start of AWS's window for the oldest dump that shows no use"),
    ] {
        let explained = told(&samples(), &format!("explain {line}"));
        assert!(explained.contains(said), "{line}: {said}\n{explained}");
    }
    let home = tempfile::tempdir().expect("a folder");
    let role = |last: Value| {
        json!({"RoleList": [], "Roles": [{"Arn": STAYS, "RoleName": "stays", "RoleId": "AROASTAYS", "Path": "/",
        "CreateDate": "2020-01-01T00:00:00Z", "AssumeRolePolicyDocument": {}, "RoleLastUsed": last}], "IsTruncated": false})
    };
    put_june(home.path(), "list-roles.json", &role(json!({})));
    let explained = told(home.path(), "explain dumps --entity stays");
    for said in [
        "because no dump is about it. Save a dump of it.",
        "No dump is about it; it is",
        "None of its policies is among the inputs",
    ] {
        assert!(explained.contains(said), "{said}\n{explained}");
    }
    let mut of_june = details(&Value::Null, &[]);
    of_june["RoleDetailList"][0]["RoleLastUsed"] = json!({});
    put_june(home.path(), "details.json", &of_june);
    let explained = told(home.path(), "explain dumps --entity stays");
    for said in [
        "RoleLastUsed: unused, no use in the 400 days before 2026-06-10",
        "It has no policy, and no credential of it was used",
    ] {
        assert!(explained.contains(said), "{said}\n{explained}");
    }
    assert_eq!(
        section(&dormant(home.path(), "explain dumps --entity stays --format json".split(' ')).json(), "credentials")
            .len(),
        1
    );
    let pending = json!({"Arn": STAYS, "JobStatus": "IN_PROGRESS", "JobCreationDate": "2026-06-10T08:00:00Z"});
    put_june(home.path(), "stays.json", &pending);
    let explained = told(home.path(), "explain dumps --entity stays");
    assert!(explained.contains("Save the answer of its job again when the job is COMPLETED."), "{explained}");
}
