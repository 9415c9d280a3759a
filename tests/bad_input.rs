//! What people really type and have lying about: each ends with the right exit code, one message that says what to do, and nothing
//! half-written.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::path::Path;
use std::process::Command;

use program::{Ran, answer, dormant, dump_of, put};
use tempfile::TempDir;

/// A folder with one healthy dump, `dumps/a.json`.
fn home() -> TempDir {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("dumps/a.json"), answer("prod-api").to_string());
    home
}

/// Asserts that there is no report, and that the last line of stderr says all of `words`.
fn no_report(ran: &Ran, code: i32, words: &[&str]) {
    assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{}", ran.stderr);
    for word in words {
        assert!(ran.stderr.contains(word), "{word:?} is not in: {}", ran.stderr);
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_path_that_leads_nowhere() {
    let home = home();
    for arguments in [["summary", "dumsp"], ["check", "dumps/b.json"]] {
        no_report(&dormant(home.path(), arguments), 1, &["no such file or folder", arguments[1]]);
    }
    // One of two is as fatal: half a report would look like the whole.
    no_report(&dormant(home.path(), ["summary", "dumps", "dumsp"]), 1, &["`dumsp`"]);
    no_report(&dormant(home.path(), ["report", "dumsp", "-o", "audit"]), 1, &["`dumsp`"]);
    assert_eq!(names(home.path()), ["dumps"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read() {
    let home = home();
    // Refuses to be read even to root.
    std::os::unix::fs::symlink("/proc/self/mem", home.path().join("dumps/mem.json")).expect("a link");
    let ran = dormant(home.path(), ["summary", "dumps", "--follow-links"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("dumps/mem.json: cannot be read: "), "{}", ran.stderr);
    no_report(
        &dormant(home.path(), ["summary", "dumps/mem.json"]),
        1,
        &["dumps/mem.json: cannot be read: ", "error: "],
    );
}

#[test]
fn an_empty_folder_and_one_with_only_strangers() {
    let home = home();
    fs::create_dir(home.path().join("empty")).expect("a folder");
    for command in ["summary", "check", "overview"] {
        no_report(&dormant(home.path(), [command, "empty"]), 1, &["no files in `empty`"]);
    }
    put(home.path().join("foreign/README.md"), "# hello");
    put(home.path().join("foreign/package.json"), r#"{"name": "web-app"}"#);
    let wanted = ["no usable dump in 2 files", "get-service-last-accessed-details", "`dormant check`"];
    no_report(&dormant(home.path(), ["summary", "foreign"]), 1, &wanted);
    no_report(&dormant(home.path(), ["report", "foreign", "-o", "audit"]), 1, &wanted);
    assert!(!home.path().join("audit").exists());
    let wanted = ["no answer about policies in 2 files", "get-account-authorization-details"];
    no_report(&dormant(home.path(), ["grants", "foreign"]), 1, &wanted);
    no_report(&dormant(home.path(), ["recommend", "foreign"]), 1, &wanted);
    let wanted = ["no password, access key or use of a role in 2 files", "get-credential-report"];
    no_report(&dormant(home.path(), ["credentials", "foreign"]), 1, &wanted);
    let wanted = ["no usable organizations access report in 2 files", "get-organizations-access-report"];
    no_report(&dormant(home.path(), ["organizations", "foreign"]), 1, &wanted);
    let check = dormant(home.path(), ["check", "foreign", "--format", "json"]);
    assert_eq!((check.code, check.counts()), (0, [2, 0, 2, 0]));
}

/// Uses and dates of creation next to a dump, in forms that are not read.
const LOST: [(&str, &str, &str); 13] = [
    ("rows.csv", "wrong-format", "arn,service,last_used\nARN,sqs,\nARN,dynamodb,2026-04-30\n"),
    ("rows.csv", "wrong-format", "arn,create_date,service,last_accessed\nARN,2020-01-01,dynamodb,2026-04-30\n"),
    ("rows.json", "wrong-format", r#"[{"arn": "ARN", "service": "dynamodb", "last_used": "2026-04-30"}]"#),
    ("role.json", "wrong-format", r#"{"Arn": "ARN", "CreateDate": "2020-01-01", "LastUsed": {"s3": "2026-05-01"}}"#),
    ("list-roles.json", "wrong-format", r#"[["ARN", "2026-04-20T00:00:00+00:00"]]"#),
    ("list-roles.json", "wrong-format", r#"[{"a": "ARN", "c": "2026-04-20T00:00:00+00:00"}]"#),
    ("used.csv", "wrong-operation", "arn,service,action,time\nARN,dynamodb,PutItem,2026-04-30T00:00:00Z\n"),
    ("used.jsonl", "wrong-operation", r#"{"arn": "ARN", "service": "dynamodb", "time": "2026-04-30T00:00:00Z"}"#),
    ("athena.csv", "wrong-operation", "useridentity_arn,eventsource,eventname\nARN,dynamodb.amazonaws.com,PutItem\n"),
    ("insights.json", "wrong-operation", r#"[{"userIdentity.arn": "ARN", "eventSource": "dynamodb.amazonaws.com"}]"#),
    (
        "table.md",
        "wrong-format",
        "| arn | service | last used |\n|---|---|---|\n| ARN | s3 | 2026-05-01 |\n| ARN | sqs |  |\n",
    ),
    (
        "table.html",
        "wrong-format",
        "<table><tr><th>Service</th><th>Last accessed</th></tr><tr><td>Amazon S3</td><td>2 days ago</td></tr></table>",
    ),
    (
        "sharedStrings.xml",
        "wrong-format",
        "<sst><si><t>Role ARN</t></si><si><t>Service</t></si><si><t>Last used</t></si><si><t>ARN</t></si></sst>",
    ),
];

#[test]
fn uses_and_dates_in_forms_that_are_not_read_are_told() {
    let arn = "arn:aws:iam::111122223333:role/app";
    for (name, kind, content) in LOST {
        let home = tempfile::tempdir().expect("a folder");
        put(home.path().join("dumps/app.json"), dump_of(arn, "2026-03-01", &[("s3", None, &[])]).to_string());
        put(home.path().join("dumps").join(name), content.replace("ARN", arn));
        let unused = dormant(home.path(), ["unused", "dumps"]);
        assert_eq!(unused.code, 3, "{content}: {}", unused.stderr);
        let check = dormant(home.path(), ["check", "dumps", "--format", "csv"]);
        assert!(check.stdout.contains(kind), "{content}: {}", check.stdout);
    }
}

#[test]
fn a_table_of_uses_among_the_dumps_that_is_given_as_such_is_not_lost() {
    let arn = "arn:aws:iam::111122223333:role/app";
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("dumps/app.json"), dump_of(arn, "2026-03-01", &[("s3", None, &[])]).to_string());
    put(home.path().join("dumps/used.csv"), format!("arn,service,action,time\n{arn},s3,,2026-02-20T00:00:00Z\n"));
    let unused = dormant(home.path(), ["unused", "dumps", "--also-used", "./dumps/used.csv"]);
    assert_eq!(unused.code, 0, "{}", unused.stderr);
}

#[test]
fn a_comparison_with_a_day_before_all_dumps() {
    let home = tempfile::tempdir().expect("a folder");
    let dump = |account: &str, day: &str| {
        let arn = format!("arn:aws:iam::{account}:role/app");
        put(
            home.path().join(format!("dumps/{account}-{day}.json")),
            dump_of(&arn, day, &[("s3", None, &[])]).to_string(),
        );
    };
    dump("111122223333", "2026-01-05");
    dump("111122223333", "2026-04-02");
    dump("444455556666", "2026-04-02");
    let told = |command: &str| dormant(home.path(), command.split(' ')).stderr;
    let nothing = "no dump was made by 2025-06-01, so that there is nothing to compare";
    assert!(told("diff dumps --from 2025-01-01 --to 2025-06-01").contains(nothing));
    let first = "warning: no dump was made by 2026-01-01, so that there is nothing to compare with: the oldest is of 2026-01-05";
    assert!(told("diff dumps --from 2026-01-01 --to 2026-05-01").contains(first));
    let both = told("diff dumps --from 2026-02-01 --to 2026-05-01");
    let wanted = "note: Dumps of 2026-01-05 are compared with dumps of 2026-04-02. The first side has no dump of 444455556666: \
                  nothing is compared there.";
    assert!(both.contains(wanted) && !both.contains("warning"), "{both}");
    let gate = told("unused dumps --fail-on new --baseline 2026-01-01");
    assert!(
        gate.contains("warning: --baseline: no dump was made by 2026-01-01: the oldest is of 2026-01-05"),
        "{gate}"
    );
}

/// Lists of an account, and dumps that cannot be used, name entities. They show no use.
#[test]
fn documents_without_a_usable_dump() {
    let home = home();
    let details = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/estate/2026-07-06/444455556666");
    let details = fs::read(details.join("authorization-details.json")).expect("a sample");
    put(home.path().join("lists/authorization-details.json"), details);
    put(home.path().join("broken/prod-api.json"), "");
    for folder in ["lists", "broken"] {
        for command in [["summary", folder].as_slice(), &["overview", folder], &["report", folder, "-o", "audit"]] {
            no_report(&dormant(home.path(), command), 1, &["no usable dump in 1 file"]);
            let gate = command.iter().chain(&["--fail-on", "incomplete"]);
            no_report(&dormant(home.path(), gate), 1, &["no usable dump in 1 file"]);
        }
    }
    assert!(!home.path().join("audit").exists());
    assert_eq!(dormant(home.path(), ["entities", "lists"]).code, 0);
}

#[test]
fn a_stranger_named_by_itself_is_no_stranger() {
    let home = home();
    put(home.path().join("package.json"), r#"{"name": "web-app"}"#);
    put(home.path().join("photo.bin"), [0, 1, 2, 3, 255]);
    for file in ["package.json", "photo.bin"] {
        no_report(&dormant(home.path(), ["summary", file]), 1, &[&format!("not read: {file}: ")]);
        let ran = dormant(home.path(), ["check", file, "--format", "json"]);
        assert_eq!((ran.code, ran.counts()), (3, [1, 0, 0, 1]), "{}", ran.stderr);
        assert_eq!(dormant(home.path(), ["summary", "dumps", file]).code, 3);
    }
}

#[test]
fn the_output_of_another_operation() {
    let home = home();
    put(home.path().join("finding.json"), r#"{"findingType": "UnusedPermission", "findingDetails": []}"#);
    put(home.path().join("generated.json"), r#"{"JobId": "5034abcc-d373-5266-9cce-340a60c5741d"}"#);
    let wanted = ["accessanalyzer get-finding-v2", "Save the response of `aws iam get-service-last-accessed-details"];
    no_report(&dormant(home.path(), ["summary", "finding.json"]), 1, &wanted);
    no_report(&dormant(home.path(), ["summary", "generated.json"]), 1, &["get-service-last-accessed-details"]);
}

#[test]
fn an_answer_about_policies_is_read_and_is_no_dump() {
    let home = home();
    let granting =
        r#"{"PoliciesGrantingServiceAccess": [{"ServiceNamespace": "s3", "Policies": []}], "IsTruncated": false}"#;
    put(home.path().join("dumps/granting.json"), granting);
    let told = ["list-policies-granting-service-access", "which says what is granted, not what is used"];
    no_report(&dormant(home.path(), ["summary", "dumps/granting.json"]), 1, &told);
    let check = dormant(home.path(), ["check", "dumps", "--format", "json"]);
    assert_eq!((check.code, check.counts()[2..].to_vec()), (0, vec![0, 0]), "{}", check.stderr);
    assert!(check.stdout.contains("list-policies-granting-service-access"), "{}", check.stdout);
    assert_eq!(dormant(home.path(), ["summary", "dumps"]).code, 0);
}

#[test]
fn json_that_ends_in_the_middle() {
    let home = home();
    let whole = answer("cut").to_string();
    for end in 1..whole.len() {
        put(home.path().join(format!("cut/{end:04}.json")), &whole[..end]);
    }
    let check = dormant(home.path(), ["check", "cut", "--format", "json"]);
    let [found, read, skipped, failed] = check.counts();
    assert_eq!((check.code, found as usize, read), (3, whole.len() - 1, 0), "nothing half-read is kept");
    assert!(failed > skipped, "{skipped} cuts are taken for strangers");
    put(home.path().join("cut.json"), &whole[..300]);
    no_report(
        &dormant(home.path(), ["summary", "cut.json"]),
        1,
        &["cut.json (line 1, column 300): the JSON ends in the middle"],
    );
}

#[test]
fn a_mistyped_value_is_never_ignored() {
    let home = home();
    for (arguments, accepted) in [
        (["list", "dumps", "--verdict", "unsued"], "active, stale, unused, unknown"),
        (["list", "dumps", "--type", "rol"], "group, policy, role, user"),
        (["list", "dumps", "--within", "7"], "7d, 12w"),
        (["list", "dumps", "--as-of", "yesterday"], "2026-04-01"),
        (["list", "dumps", "--account", "12345"], "12 digits"),
        (["list", "dumps", "--level", "actions"], "service, action"),
        (["list", "dumps", "--format", "jason"], "csv"),
        (["list", "dumps", "--max-bytes", "ten"], "--max-bytes"),
        (["unused", "dumps", "--fail-on", "unuse"], "unused"),
        (["staleness", "dumps", "--by", "name"], "entity"),
        (["list", "dumps", "--path-template", "{acount}/{name}.json"], "{account}"),
        (["list", "dumps", "--manifest", "jobs.csv"], "jobs.csv"),
    ] {
        let ran = dormant(home.path(), arguments);
        let code = if arguments[2].starts_with("--manifest") || arguments[2] == "--path-template" { 1 } else { 2 };
        assert!(ran.code == 2 || ran.code == code, "{arguments:?}: {}", ran.code);
        no_report(&ran, ran.code, &[accepted]);
    }
}

#[test]
fn an_output_that_is_there_already() {
    let home = home();
    let root = home.path();
    put(root.join("list.csv"), "mine");
    no_report(&dormant(root, ["list", "dumps", "-o", "list.csv"]), 1, &["list.csv", "--force"]);
    assert_eq!(fs::read_to_string(root.join("list.csv")).expect("a file"), "mine");
    assert_eq!(dormant(root, ["list", "dumps", "-o", "list.csv", "--force"]).code, 0);
    assert!(fs::read_to_string(root.join("list.csv")).expect("a file").starts_with("account_id,"));

    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit"]).code, 0);
    let before = names(&root.join("audit"));
    no_report(&dormant(root, ["report", "dumps", "-o", "audit"]), 1, &["audit", "--force"]);
    put(root.join("audit/notes.csv"), "mine");
    no_report(&dormant(root, ["report", "dumps", "-o", "audit", "--force"]), 1, &["audit", "notes.csv"]);
    fs::remove_file(root.join("audit/notes.csv")).expect("removed");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code, 0);
    assert_eq!(names(&root.join("audit")), before, "the old report is gone as a whole");

    put(root.join("thesis/chapter.txt"), "years of work");
    for force in [&[] as &[&str], &["--force"]] {
        let ran = dormant(root, ["report", "dumps", "-o", "thesis"].iter().chain(force));
        no_report(&ran, 1, &["thesis"]);
        assert_eq!(names(&root.join("thesis")), ["chapter.txt"]);
    }
    // A file of that name, made by another program, does not make the folder ours.
    put(root.join("thesis/manifest.json"), r#"{"tool": "someone else's"}"#);
    no_report(&dormant(root, ["report", "dumps", "-o", "thesis", "--force"]), 1, &["thesis"]);
    assert_eq!(names(root), ["audit", "dumps", "list.csv", "thesis"], "nothing is left beside them");
}

/// A file system of 64 KiB that only the command sees, so that nothing has to be cleaned up.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs the right to mount a file system: tests/run"]
fn a_full_disk() {
    let home = home();
    let disk = home.path().join("disk");
    fs::create_dir(&disk).expect("a folder");
    let script = r#"
        mount -t tmpfs -o size=64k none disk || { echo "cannot mount a tmpfs" >&2; exit 77; }
        echo old > disk/list.jsonl
        "$0" "$@"
        code=$?
        echo "left: $(ls -A disk | tr '\n' ' ')$(cat disk/list.jsonl | head -c 100)"
        exit $code
    "#;
    // Much more than 64 KiB in whatever form it is written.
    let many: Vec<_> = (0..2000).map(|n| answer(&format!("role-{n}"))).collect();
    put(home.path().join("dumps/many.json"), serde_json::Value::from(many).to_string());
    for arguments in [
        &["report", "dumps", "-o", "disk/audit"] as &[&str],
        &["list", "dumps", "--level", "service", "-o", "disk/list.jsonl", "--force"],
    ] {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "bash", "-c", script, env!("CARGO_BIN_EXE_dormant")]);
        let mut ran = run_any(command.args(arguments).current_dir(home.path()));
        if ran.0 == 77 || ran.2.contains("unshare") {
            let mut as_root = Command::new("unshare");
            as_root.args(["--mount", "bash", "-c", script, env!("CARGO_BIN_EXE_dormant")]);
            ran = run_any(as_root.args(arguments).current_dir(home.path()));
        }
        let (code, stdout, stderr) = ran;
        assert!(code != 77, "this test has to mount a tmpfs, as root or in a user namespace: {stderr}");
        assert_eq!(code, 1, "{arguments:?}: {stderr}");
        assert!(
            stderr.contains("No space left on device") && stderr.contains(arguments.last().map_or("", |_| "disk/")),
            "{stderr}"
        );
        assert_eq!(
            stdout.trim(),
            "left: list.jsonl old",
            "{arguments:?}: the old file stays, nothing half-written is left"
        );
    }
    let full = fs::File::options().write(true).open("/dev/full").expect("a device that is always full");
    let status = Command::new(env!("CARGO_BIN_EXE_dormant"))
        .args(["list", "dumps", "--level", "service"])
        .current_dir(home.path())
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status()
        .expect("runs");
    assert_eq!(status.code(), Some(1), "a report that did not arrive is no success");
}

/// Exit code, stdout and stderr of a command that need not be this program.
#[cfg(target_os = "linux")]
fn run_any(command: &mut Command) -> (i32, String, String) {
    let output = command.output().expect("unshare is there");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("not ended by a signal"), text(output.stdout), text(output.stderr))
}
