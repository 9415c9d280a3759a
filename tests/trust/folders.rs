//! Folders of reports: what `--force` replaces, what a marker can hide, and who may read them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use super::{answer, dormant, home, ingested, put, walk};

#[test]
fn force_removes_only_what_the_manifest_lists() {
    let home = home();
    let root = home.path();
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit"]).code, 0);
    assert_eq!(
        dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code,
        0,
        "an audit as it was written is replaced"
    );
    // The dumps that are read, a note, a link, and a report that somebody has worked in.
    put(root.join("audit/dumps/a.json"), answer("prod-api").to_string());
    let refused = dormant(root, ["report", "audit/dumps", "-o", "audit", "--force"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("dumps/a.json"), "{}", refused.stderr);
    fs::remove_dir_all(root.join("audit/dumps")).expect("removed");
    put(root.join("audit/notes.txt"), "mine");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code, 1);
    fs::remove_file(root.join("audit/notes.txt")).expect("removed");
    let workbook = fs::read(root.join("audit/report.xlsx")).expect("readable");
    fs::write(root.join("audit/report.xlsx"), [&workbook[..], b"decided"].concat()).expect("written");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code, 1);
    assert!(fs::read(root.join("audit/report.xlsx")).expect("readable").ends_with(b"decided"));
    fs::write(root.join("audit/report.xlsx"), workbook).expect("written");
    symlink(root.join("dumps"), root.join("audit/link")).expect("a link");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code, 1);
    assert!(root.join("dumps/a.json").exists());
    // A marker of one line makes no folder ours.
    put(root.join("mine/manifest.json"), r#"{"tool":"dormant"}"#);
    put(root.join("mine/thesis.txt"), "years of work");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "mine", "--force"]).code, 1);
    assert!(root.join("mine/thesis.txt").exists());
}

#[test]
fn a_marker_hides_nothing() {
    let home = home();
    let root = home.path();
    let rows = |paths: &[&str]| {
        let ran = dormant(root, ["list", "--level", "service"].iter().chain(paths).copied());
        (ran.code, ran.stdout.lines().count())
    };
    let all = rows(&["dumps"]);
    put(root.join("dumps/b/manifest.json"), r#"{"tool":"dormant"}"#);
    put(root.join("dumps/b/store.json"), r#"{"tool":"dormant","kind":"store","schema_version":1}"#);
    assert_eq!(rows(&["dumps"]).1, all.1, "a folder with markers of one line is read");
    let ran = dormant(root, ["list", "dumps", "--strict"]);
    assert!(
        ran.code == 3 && ran.stderr.contains("dumps/b/manifest.json"),
        "and that they are there is said: {}",
        ran.stderr
    );
    fs::remove_file(root.join("dumps/b/manifest.json")).expect("removed");
    fs::remove_file(root.join("dumps/b/store.json")).expect("removed");
    // A real audit among the dumps is passed by, which is said, and is incomplete where strictness is asked for.
    assert_eq!(dormant(root, ["report", "dumps", "-o", "dumps/audit"]).code, 0);
    let ran = dormant(root, ["list", "dumps", "--level", "service"]);
    assert_eq!(ran.stdout.lines().count(), all.1);
    assert!(ran.stderr.contains("dumps/audit"), "{}", ran.stderr);
    assert_eq!(dormant(root, ["list", "dumps", "--strict"]).code, 3);
    // So is a dump that somebody puts into it: only what the manifest lists is passed by.
    put(root.join("dumps/audit/new.json"), answer("new").to_string());
    assert!(dormant(root, ["list", "dumps", "--level", "service"]).stdout.lines().count() > all.1);
}

#[test]
fn force_replaces_no_input_and_no_file_of_a_store() {
    let home = home();
    let root = home.path();
    ingested(root);
    symlink(root.join("dumps/a.json"), root.join("link.json")).expect("a link");
    let dump = fs::read(root.join("dumps/a.json")).expect("readable");
    let marker = fs::read(root.join("store/store.json")).expect("readable");
    for (input, output) in [
        ("dumps/a.json", "dumps/a.json"),
        ("link.json", "dumps/a.json"),
        ("dumps/a.json", "link.json"),
        ("dumps", "store/store.json"),
        ("store", "store/store.json"),
    ] {
        let ran = dormant(root, ["list", input, "--format", "json", "-o", output, "--force"]);
        assert_eq!((ran.code, ran.stderr.contains(output)), (1, true), "{input}, {output}: {}", ran.stderr);
    }
    assert_eq!(fs::read(root.join("dumps/a.json")).expect("readable"), dump);
    assert_eq!(fs::read(root.join("store/store.json")).expect("readable"), marker);
    assert_eq!(dormant(root, ["list", "dumps", "-o", "dumps/list.csv"]).code, 0);
    assert_ne!(dormant(root, ["list", "dumps", "-o", "dumps/list.csv", "--force"]).code, 1, "a report beside dumps");
}

/// A dump that the walk found is as little replaced as one that was named: under its own name, a link, or a second name of the file.
#[test]
fn force_replaces_nothing_that_the_walk_read() {
    let home = home();
    let root = home.path();
    symlink(root.join("dumps/b/b.json"), root.join("link.json")).expect("a link");
    fs::hard_link(root.join("dumps/a.json"), root.join("twin.json")).expect("a second name");
    symlink("dumps", root.join("linked")).expect("a link");
    let report = "user,arn,user_creation_time,password_enabled,password_last_used\n\
                  ada,arn:aws:iam::123456789012:user/ada,2020-01-01T00:00:00+00:00,true,2026-01-01T00:00:00+00:00\n";
    put(root.join("dumps/credentials.csv"), report);
    put(root.join("dumps/cut.json"), &answer("cut").to_string()[..200]);
    let before: Vec<_> = walk(root).into_iter().map(|file| (fs::read(&file).expect("readable"), file)).collect();
    for (paths, output) in [
        ("dumps", "dumps/a.json"),
        ("dumps", "dumps/b/../b/b.json"),
        ("dumps", "dumps/cut.json"),
        ("dumps", "dumps/credentials.csv"),
        ("dumps", "link.json"),
        ("dumps", "twin.json"),
        ("dumps", "linked/a.json"),
        ("linked", "dumps/a.json"),
        (".", "dumps/a.json"),
    ] {
        for command in ["list", "unused", "check"] {
            let ran = dormant(root, [command, paths, "--format", "json", "-o", output, "--force"]);
            let is_told =
                ran.stderr.contains(&format!("{output} would replace ")) && ran.stderr.contains("is an input");
            assert_eq!((ran.code, is_told), (1, true), "{command} {paths} {output}: {}", ran.stderr);
        }
        let ran = dormant(root, ["diff", "link.json", paths, "--format", "json", "-o", output, "--force"]);
        assert!(ran.code == 1 && ran.stderr.contains("would replace"), "{paths} {output}: {}", ran.stderr);
    }
    for (content, file) in before {
        assert_eq!(fs::read(&file).expect("readable"), content, "{}", file.display());
    }
    fs::remove_file(root.join("dumps/cut.json")).expect("removed");
    put(
        root.join("dumps/unused.json"),
        super::program::dump_of("arn:aws:iam::123456789012:role/idle", "2026-05-04", &[("kms", None, &[])]).to_string(),
    );
    // A report from an earlier run is not read as a dump, in whichever format.
    for output in ["list.csv", "list.json", "list.jsonl", "list.md", "list.html", "list.xlsx", "list.parquet"] {
        let output = &format!("dumps/{output}");
        for options in [["--level", "service"], ["--service", "kms"], ["--verdict", "stale"]] {
            let ran = dormant(root, ["list", "dumps", "-o", output, "--force"].into_iter().chain(options));
            assert_ne!(ran.code, 1, "{output}: {}", ran.stderr);
        }
    }
}

/// The shell gives the streams: what is read from a file is not written to it.
#[test]
fn no_stream_writes_into_an_input() {
    let home = home();
    let root = home.path();
    let dump = fs::read(root.join("dumps/a.json")).expect("readable");
    let program = env!("CARGO_BIN_EXE_dormant");
    for line in [
        "list dumps/a.json >> dumps/a.json",
        "list dumps >> dumps/a.json",
        "overview dumps >> dumps/a.json",
        "list - < dumps/a.json >> dumps/a.json",
        "list - --format json -o dumps/a.json --force < dumps/a.json",
    ] {
        let ran = super::program::run(Command::new("sh").args(["-c", &format!("{program} {line}")]).current_dir(root));
        assert!(ran.code == 1 && ran.stderr.contains("is an input of this report"), "{line}: {}", ran.stderr);
        assert_eq!(fs::read(root.join("dumps/a.json")).expect("readable"), dump, "{line}");
    }
    for line in
        ["list dumps > dumps/list.csv", "list dumps >> dumps/list.csv", "list dumps < dumps/a.json > dumps/none"]
    {
        let ran = super::program::run(Command::new("sh").args(["-c", &format!("{program} {line}")]).current_dir(root));
        assert!(!ran.stderr.contains("is an input of this report"), "{line}: {}", ran.stderr);
    }
}

/// No file that an option names is replaced, and nothing in a folder that it names.
#[test]
fn force_replaces_nothing_that_an_option_names() {
    let home = home();
    let root = home.path();
    let arn = "arn:aws:iam::123456789012:role/prod-api";
    put(root.join("owners.csv"), format!("path,arn\na.json,{arn}\n"));
    put(root.join("decisions.toml"), "");
    put(root.join("more.toml"), "");
    put(root.join("accounts.csv"), "account_id,name\n123456789012,prod\n");
    put(root.join("used.csv"), format!("arn,service_namespace,last_access\n{arn},s3,2026-01-01\n"));
    put(root.join("key"), "0123456789abcdef0123456789abcdef");
    put(root.join("catalogue/services.csv"), "service_namespace,service_name\nzz,Last\n");
    put(root.join("reference/s3.json"), r#"{"Name":"s3","Actions":[]}"#);
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--formats", "csv"]).code, 0);
    for (option, value, output) in [
        ("--manifest", "owners.csv", "owners.csv"),
        ("--decisions", "decisions.toml", "decisions.toml"),
        ("--accounts", "accounts.csv", "accounts.csv"),
        ("--also-used", "used.csv", "used.csv"),
        ("--redact-key", "key", "key"),
        ("--catalogue", "catalogue", "catalogue/services.csv"),
        ("--service-reference", "reference", "reference/s3.json"),
        ("--service-reference", "reference/s3.json", "reference/s3.json"),
        ("--baseline", "audit", "audit/unused-services.csv"),
        ("--baseline", "audit", "audit"),
    ] {
        let before = fs::read(root.join(output)).unwrap_or_default();
        let mut arguments = match output {
            "audit" => vec!["report", "dumps", "-o", output, "--force", option, value],
            _ => vec!["unused", "dumps", "--format", "csv", "-o", output, "--force", option, value],
        };
        arguments.extend(["--redact"].iter().filter(|_| option == "--redact-key"));
        arguments.extend(["--fail-on", "new"].iter().filter(|_| option == "--baseline"));
        let ran = dormant(root, arguments);
        let is_told = ran.stderr.contains(&format!("{output} would replace {value}, which is an input of this report"));
        assert_eq!((ran.code, is_told), (1, true), "{option} {output}: {}", ran.stderr);
        assert_eq!(fs::read(root.join(output)).unwrap_or_default(), before, "{option} {output}");
    }
    // Elsewhere than what is read, the same options give a report.
    let ran = dormant(root, ["unused", "dumps", "--manifest", "owners.csv", "-o", "audit/kept.csv"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    symlink("more.toml", root.join("link.csv")).expect("a link");
    put(root.join("more.toml"), "account,service\n");
    let ran = dormant(root, ["import-decisions", "link.csv", "-o", "more.toml"]);
    assert!(ran.code == 1 && ran.stderr.contains("more.toml is an input"), "{}", ran.stderr);
}

/// The permissions of everything below `root`, and of it.
fn modes(root: &Path) -> std::collections::BTreeSet<String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| {
        let there = fs::metadata(path).expect("it is there");
        format!("{}{:o}", if there.is_dir() { "d" } else { "" }, there.permissions().mode() & 0o777)
    };
    let mut modes: std::collections::BTreeSet<String> = walk(root).iter().map(|file| mode(file)).collect();
    modes.extend(folders(root).iter().map(|folder| mode(folder)));
    modes
}

fn folders(root: &Path) -> Vec<std::path::PathBuf> {
    let below = fs::read_dir(root).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut all: Vec<_> = below.filter(|path| path.is_dir()).flat_map(|path| folders(&path)).collect();
    all.push(root.to_owned());
    all
}

#[test]
fn a_store_is_private_and_a_report_is_as_open_as_asked_for() {
    let home = home();
    let root = home.path();
    ingested(root);
    assert!(
        modes(&root.join("store")).iter().map(String::as_str).eq(["600", "d700"]),
        "{:?}",
        modes(&root.join("store"))
    );
    // What a store lets in is decided at its folder.
    fs::create_dir(root.join("shared")).expect("made");
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o750);
    fs::set_permissions(root.join("shared"), open).expect("set");
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "shared"]).code, 0);
    assert!(
        modes(&root.join("shared")).iter().map(String::as_str).eq(["640", "d750"]),
        "{:?}",
        modes(&root.join("shared"))
    );

    for (mode, expected) in [("600", ["600", "d700"]), ("640", ["640", "d750"]), ("0644", ["644", "d755"])] {
        assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--mode", mode, "--force"]).code, 0);
        assert!(modes(&root.join("audit")).iter().map(String::as_str).eq(expected), "{mode}");
        assert_eq!(dormant(root, ["list", "dumps", "-o", "list.csv", "--mode", mode, "--force"]).code, 0);
        put(root.join("alone/x"), "");
        fs::rename(root.join("list.csv"), root.join("alone/x")).expect("moved");
        assert!(modes(&root.join("alone")).contains(expected[0]), "{mode}");
    }
    // Without it the umask decides, as it does for every other program.
    assert_eq!(dormant(root, ["report", "dumps", "-o", "plain"]).code, 0);
    fs::create_dir(root.join("by-hand")).expect("made");
    put(root.join("by-hand/file"), "");
    assert_eq!(modes(&root.join("plain")), modes(&root.join("by-hand")));
    for mode in ["6000", "66", "755", "400", "rw", "000", "4600"] {
        assert_eq!(dormant(root, ["report", "dumps", "-o", "no", "--mode", mode]).code, 2, "{mode}");
    }
    assert_eq!(dormant(root, ["list", "dumps", "--mode", "600"]).code, 2, "stdout has no permissions of its own");
}

#[test]
fn a_manifest_names_nothing_outside_and_no_dump() {
    let home = home();
    let root = home.path();
    put(root.join("victim.csv"), "mine");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit"]).code, 0);
    let whole = fs::read_to_string(root.join("audit/manifest.json")).expect("a manifest");
    let absolute = root.join("victim.csv");
    for path in ["../victim.csv", "tables/../../victim.csv", absolute.to_str().expect("UTF-8")] {
        let mut manifest: serde_json::Value = serde_json::from_str(&whole).expect("JSON");
        let listed = serde_json::json!({"path": path, "bytes": 4, "sha256": super::program::sha256(b"mine")});
        manifest["files"].as_array_mut().expect("files").push(listed);
        fs::write(root.join("audit/manifest.json"), manifest.to_string()).expect("written");
        let ran = dormant(root, ["report", "dumps", "-o", "audit", "--force"]);
        assert_eq!(ran.code, 1, "{path}: {}", ran.stderr);
        assert!(root.join("victim.csv").exists() && root.join("audit/report.md").exists(), "{path}");
    }
    fs::write(root.join("audit/manifest.json"), &whole).expect("written");
    // An empty folder is somebody's, too.
    fs::create_dir_all(root.join("audit/mine/empty")).expect("made");
    let ran = dormant(root, ["report", "dumps", "-o", "audit", "--force"]);
    assert!(ran.code == 1 && ran.stderr.contains("mine") && root.join("audit/mine/empty").exists(), "{}", ran.stderr);
    fs::remove_dir_all(root.join("audit/mine")).expect("removed");
    assert_eq!(dormant(root, ["report", "dumps", "-o", "audit", "--force"]).code, 0);
    // A manifest that lists a dump, hash and all, hides none.
    let all = dormant(root, ["list", "dumps", "--level", "service"]).stdout;
    let dump = fs::read(root.join("dumps/b/b.json")).expect("a dump");
    let listed = serde_json::json!({"path": "b.json", "bytes": dump.len(), "sha256": super::program::sha256(&dump)});
    put(root.join("dumps/b/manifest.json"), serde_json::json!({"tool": "dormant", "files": [listed]}).to_string());
    let ran = dormant(root, ["list", "dumps", "--level", "service"]);
    assert_eq!(ran.stdout, all);
    assert!(ran.stderr.contains("dumps/b/manifest.json"), "{}", ran.stderr);
}

/// A manifest can list a dump under the name of a report, hash and all.
#[test]
fn no_dump_is_hidden_under_the_name_of_a_report() {
    let home = home();
    let root = home.path();
    let list = || {
        let ran = dormant(root, ["list", "dumps", "--level", "service", "-q"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.stdout.lines().filter(|line| line.contains("later")).count()
    };
    let json = answer("later").to_string();
    let csv = "arn,service_namespace,last_authenticated,total_authenticated_entities,job_completion_date\n\
               arn:aws:iam::123456789012:role/later,s3,2026-05-20T00:00:00Z,1,2026-05-21T00:00:00Z\n\
               arn:aws:iam::123456789012:role/later,sqs,,0,2026-05-21T00:00:00Z\n";
    for (name, content) in [
        ("report.json", json.as_str()),
        ("datapackage.json", &json),
        ("notes.md", &json),
        ("services.csv", csv),
        ("tables/dumps.csv", csv),
    ] {
        let path = root.join("dumps/new").join(name);
        put(&path, content);
        let read = list();
        let listed = serde_json::json!({"path": name, "bytes": content.len(), "sha256": super::program::sha256(content.as_bytes())});
        put(
            root.join("dumps/new/manifest.json"),
            serde_json::json!({"tool": "dormant", "files": [listed]}).to_string(),
        );
        assert_eq!(list(), read, "{name}");
        assert!(read > 0 || name == "notes.md", "{name}");
        fs::remove_dir_all(root.join("dumps/new")).expect("removed");
    }
}

/// The rows of `check` tell of jobs, and an answer tells of one, too.
#[test]
fn a_report_in_json_is_no_answer() {
    let home = home();
    let root = home.path();
    let pending = answer("pending").to_string().replace("COMPLETED", "IN_PROGRESS");
    put(root.join("dumps/pending.json"), pending);
    let rows = || dormant(root, ["list", "dumps", "--level", "service", "-q"]).stdout;
    let all = rows();
    for command in ["check", "list", "summary"] {
        let ran = dormant(root, [command, "dumps", "-o", "dumps/earlier.json"]);
        assert_ne!(ran.code, 1, "{}", ran.stderr);
        assert_eq!(rows(), all, "{command}");
        let told = dormant(root, ["check", "dumps", "--format", "csv", "-q"]).stdout;
        let told: Vec<&str> = told.lines().filter(|line| line.starts_with("dumps/earlier.json")).collect();
        assert!(told.len() == 1 && told[0].contains("a report that dormant wrote"), "{command}: {told:?}");
        fs::remove_file(root.join("dumps/earlier.json")).expect("removed");
    }
}

/// Every file of a whole audit is passed by, also that of decisions and of a sample.
#[test]
fn every_file_of_an_audit_is_passed_by() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let samples = samples.to_str().expect("UTF-8");
    put(
        root.join("decisions.csv"),
        "account,entity,service,action,decision,reason,owner,decided,expires\n\
         111122223333,role/AdminRole,kms,,keep,drills,ada,2026-01-01,2027-01-01\n",
    );
    let formats = "csv,md,xlsx,html,parquet,json";
    let of_audit = [
        "report",
        samples,
        "-o",
        "all/audit",
        "--formats",
        formats,
        "--decisions",
        "decisions.csv",
        "--sample",
        "3",
        "--seed",
        "1",
        "-q",
    ];
    fs::create_dir(root.join("all")).expect("made");
    for command in [
        of_audit.as_slice(),
        &["recommend", samples, "-o", "all/proposals", "-q"],
        &["unused", samples, "--format", "asff", "-o", "all/findings", "-q"],
    ] {
        let ran = dormant(root, command.iter().copied());
        assert!(ran.code == 0 || ran.code == 3, "{command:?}: {}", ran.stderr);
    }
    assert!(
        root.join("all/audit/decisions.csv").exists()
            && root.join("all/audit/kept.csv").exists()
            && root.join("all/audit/sample.csv").exists()
    );
    put(root.join("all/dump.json"), answer("a").to_string());
    let ran = dormant(root, ["check", "all", "--format", "csv", "-q"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let strangers = ran
        .stdout
        .lines()
        .skip(1)
        .filter(|line| !line.starts_with("all/dump.json") && !line.contains("that this program wrote"));
    assert_eq!(strangers.count(), 0, "{}", ran.stdout);
}

#[test]
fn a_store_among_dumps_hides_only_what_it_keeps() {
    let home = home();
    let root = home.path();
    let all = dormant(root, ["list", "dumps", "--level", "service"]).stdout;
    // Markers and folders that make no store.
    put(root.join("dumps/b/store.json"), r#"{"tool":"dormant","kind":"store","schema_version":2}"#);
    fs::create_dir_all(root.join("dumps/b/originals")).expect("made");
    assert_eq!(dormant(root, ["list", "dumps", "--level", "service"]).stdout, all);
    put(root.join("dumps/b/head.json"), "{}\n");
    assert_eq!(dormant(root, ["list", "dumps", "--level", "service", "-q"]).stdout, all);
    fs::remove_file(root.join("dumps/b/head.json")).expect("removed");
    fs::remove_file(root.join("dumps/b/store.json")).expect("removed");
    fs::remove_dir(root.join("dumps/b/originals")).expect("removed");
    // A real one, and dumps that somebody put into it.
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "dumps/s"]).code, 0);
    let ran = dormant(root, ["list", "dumps", "--level", "service"]);
    assert!(ran.stdout == all && ran.code == 0 && ran.stderr.contains("dumps/s"), "{}", ran.stderr);
    assert_eq!(dormant(root, ["list", "dumps", "--strict"]).code, 3);
    for folder in ["", "originals/", "attributions/", "services/x/"] {
        put(root.join(format!("dumps/s/{folder}new.json")), answer("new").to_string());
        let ran = dormant(root, ["list", "dumps", "--level", "service"]);
        assert!(ran.stdout.contains("role/new"), "{folder}: {}", ran.stderr);
        fs::remove_file(root.join(format!("dumps/s/{folder}new.json"))).expect("removed");
    }
}

#[test]
fn a_named_folder_without_files_is_told() {
    let home = home();
    let root = home.path();
    fs::create_dir_all(root.join("empty/more")).expect("made");
    let ran = dormant(root, ["summary", "dumps", "empty", "-v"]);
    assert!(ran.code == 0 && ran.stderr.contains("empty: was named, and no file is in it"), "{}", ran.stderr);
    assert_eq!(dormant(root, ["summary", "dumps", "empty", "--strict"]).code, 3);
}

/// No other user can open what is being written, not even at the moment when it is made.
#[test]
#[ignore = "needs strace: tests/run"]
fn what_is_written_was_never_open_to_others() {
    let home = home();
    let root = home.path();
    for arguments in ["report dumps -o audit", "list dumps -o list.csv", "ingest dumps --store store"] {
        let script = format!(
            "umask 022; exec strace -f -qq -o trace -e trace=openat,open,mkdir,mkdirat,creat {} {arguments}",
            env!("CARGO_BIN_EXE_dormant")
        );
        let ran = super::Command::new("sh").args(["-c", &script]).current_dir(root).output().expect("sh runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let trace = fs::read_to_string(root.join("trace")).expect("a trace");
        // What lies in a folder that only its owner can enter is out of reach. One name is made open: it is empty, and shows the umask.
        let is_temporary = |line: &&str| {
            let name = line.split('"').nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or_default();
            !line.contains(" = -1 ")
                && (name.contains(".dormant-") || name.starts_with("part-") && !name.contains(".p"))
        };
        let named: Vec<&str> = trace
            .lines()
            .filter(|line| line.contains("O_CREAT") || line.contains("mkdir"))
            .filter(is_temporary)
            .collect();
        assert!(named.iter().any(|line| line.contains("0600") || line.contains("0700")), "{named:#?}");
        // A thread that asks for a folder which is there already is seen in the middle of its call.
        let open = named.iter().filter(|line| !line.contains("<unfinished"));
        let open = open.filter(|line| line.contains("0666") || line.contains("0777"));
        assert!(open.count() <= 1, "{named:#?}");
    }
}

/// Without its manifest, a folder of proposals is told, and nothing in it is evidence: neither a policy that is only proposed, nor the one
/// that was there when it was made.
#[test]
fn a_folder_of_proposals_without_its_manifest_is_no_evidence() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let estate = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/estate/2026-07-06");
    let estate = estate.to_str().expect("UTF-8");
    assert_eq!(dormant(root, ["recommend", estate, "-o", "proposals"]).code, 0);
    fs::remove_file(root.join("proposals/manifest.json")).expect("removed");
    // The page is a web page, which is refused by itself.
    fs::remove_file(root.join("proposals/recommendations.html")).expect("removed");
    let told = "is a folder of proposals that this program wrote, and its manifest.json is missing; the proposals are not evidence";
    for folder in ["proposals", "proposals/111122223333", "proposals/111122223333/user/alice"] {
        let ran = dormant(root, ["check", folder, "--format", "csv"]);
        assert_eq!((ran.code, ran.stderr.matches(told).count()), (0, 1), "{folder}: {}", ran.stderr);
        assert!(!ran.stdout.contains(",read,"), "{}", ran.stdout);
        assert_eq!(dormant(root, ["check", folder, "--strict"]).code, 3);
    }
    for report in ["unused", "grants"] {
        let alone = dormant(root, [report, estate, "--format", "csv"]);
        let ran = dormant(root, [report, estate, "proposals", "--format", "csv"]);
        assert_eq!((ran.code, ran.stdout), (alone.code, alone.stdout), "{report}");
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    // A page that begins so among dumps hides none of them.
    let dump = root.join("dumps/111122223333/role/prod-api/policy.cfn.json");
    put(&dump, answer("prod-api").to_string());
    put(dump.with_file_name("README.md"), "# Smaller policies for you");
    let ran = dormant(root, ["list", "dumps", "--level", "service"]);
    assert!(ran.stdout.contains("sqs") && ran.stderr.contains(told), "{} {}", ran.stdout, ran.stderr);
}
