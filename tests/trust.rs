//! Attacks on what is not ours: crafted folders, stores and markers. No command removes a file that the program did not write, waits
//! for a FIFO, or lets a folder vanish without a word.
#![cfg(unix)]

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use program::{answer, dormant, put};
use tempfile::TempDir;

/// A folder with `dumps/a.json` and `dumps/b/b.json`.
fn home() -> TempDir {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("dumps/a.json"), answer("prod-api").to_string());
    put(home.path().join("dumps/b/b.json"), answer("batch").to_string());
    home
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

fn ingested(root: &Path) {
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "store"]).code, 0);
}

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
fn a_named_store_with_a_damaged_marker_is_an_error() {
    let home = home();
    let root = home.path();
    ingested(root);
    let marker = root.join("store/store.json");
    for damage in [r#"{"tool":"dormant","kind":"storf","schema_version":1}"#, "{", ""] {
        fs::write(&marker, damage).expect("written");
        let ran = dormant(root, ["summary", "store", "dumps"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{damage}: {}", ran.stderr);
        assert!(ran.stderr.contains("store.json"), "{}", ran.stderr);
    }
    fs::remove_file(&marker).expect("removed");
    assert_eq!(dormant(root, ["summary", "store", "dumps"]).code, 1, "a store without its marker");
}

#[test]
fn a_fifo_or_8_gb_of_nothing_as_a_marker_is_passed_by() {
    let home = home();
    let root = home.path();
    for name in ["manifest.json", "store.json"] {
        fs::create_dir_all(root.join("dumps/c")).expect("made");
        fifo(&root.join("dumps/c").join(name));
    }
    assert_eq!(dormant(root, ["summary", "dumps"]).code, 0);
    fs::create_dir_all(root.join("t")).expect("made");
    fifo(&root.join("t/store.json"));
    assert_ne!(dormant(root, ["summary", "t"]).code, 0);
    ingested(root);
    fifo(&root.join("store/originals").join(format!("{}.pack", "0".repeat(64))));
    fs::create_dir_all(root.join("store/attributions")).expect("made");
    fifo(&root.join("store/attributions/000000000000001-000000000000000000000000.json"));
    assert_eq!(dormant(root, ["summary", "store"]).code, 3, "they are not listed");
    dormant(root, ["store", "verify", "store"]);
    let pack = fs::read_dir(root.join("store/originals")).expect("a folder").flatten().map(|entry| entry.path());
    for path in pack.collect::<Vec<_>>() {
        fs::remove_file(&path).expect("removed");
        fifo(&path);
    }
    assert_eq!(dormant(root, ["summary", "store"]).code, 1);
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 1);
    fs::remove_file(root.join("store/head.json")).expect("removed");
    fifo(&root.join("store/head.json"));
    assert_eq!(dormant(root, ["summary", "store"]).code, 1);
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 1);
}

#[test]
fn ingest_takes_no_folder_of_somebody_else_for_a_begun_store() {
    let home = home();
    let root = home.path();
    for folder in ["tmp", "locks"] {
        let file = root.join(folder).join(folder).join("mine.txt");
        put(file.clone(), "mine");
        let ran = dormant(root, ["ingest", "dumps", "--store", folder]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(file.exists());
    }
}

#[test]
fn a_store_removes_nothing_outside_of_it() {
    let home = home();
    let root = home.path();
    put(root.join("outside/part-0.parquet"), "mine");
    put(root.join("outside/part-1"), "mine");
    let commands: [&[&str]; 3] = [
        &["store", "compact", "store"],
        &["ingest", "dumps", "--store", "store"],
        &["store", "forget", "store", "--account", "123456789012"],
    ];
    // Folders of the store that are links.
    for folder in ["tmp", "services", "actions", "dumps", "locks", "originals", "attributions"] {
        let _ = fs::remove_dir_all(root.join("store"));
        ingested(root);
        let _ = fs::remove_dir_all(root.join("store").join(folder));
        symlink(root.join("outside"), root.join("store").join(folder)).expect("a link");
        for command in commands {
            assert_eq!(dormant(root, command.iter().copied()).code, 1, "{folder}, {command:?}");
        }
        let mut left: Vec<_> =
            fs::read_dir(root.join("outside")).expect("a folder").flatten().map(|e| e.file_name()).collect();
        left.sort();
        assert_eq!(left, ["part-0.parquet", "part-1"], "{folder}");
    }
    // A head that names files of others.
    fs::remove_dir_all(root.join("store")).expect("removed");
    ingested(root);
    let absolute = root.join("outside/part-1").to_str().expect("UTF-8").to_owned();
    for path in
        ["../outside/part-0.parquet", "dumps/../../outside/part-0.parquet", absolute.as_str(), "tmp/part-0.parquet"]
    {
        let file = serde_json::json!({"bytes": 1, "sha256": "x"});
        for list in ["originals", "attributions", "tables", "in_transit"] {
            let whole = fs::read(root.join("store/head.json")).expect("readable");
            program::forge_head(&root.join("store"), |head| match list {
                "tables" => head[list][path] = serde_json::json!({"file": file, "rows": 1, "fingerprint": "x"}),
                "in_transit" => head[list] = serde_json::json!([path]),
                _ => head[list][path] = file.clone(),
            });
            dormant(root, ["store", "verify", "store"]);
            for command in commands {
                dormant(root, command.iter().copied());
            }
            dormant(root, ["store", "compact", "store", "--accept-losses"]);
            assert!(root.join("outside/part-0.parquet").exists() && root.join("outside/part-1").exists());
            fs::write(root.join("store/head.json"), whole).expect("written");
        }
    }
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

/// Every hidden name in `folder`.
fn hidden(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    names.filter_map(|name| name.into_string().ok()).filter(|name| name.starts_with('.')).collect()
}

/// Runs a report and ends it by `signal` after so many milliseconds.
fn interrupted(root: &Path, arguments: &[&str], signal: &str, after: u64) {
    let mut run = Command::new(env!("CARGO_BIN_EXE_dormant"))
        .args(arguments)
        .current_dir(root)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(std::time::Duration::from_millis(after));
    let _ = Command::new("kill").args([signal, &run.id().to_string()]).stderr(std::process::Stdio::null()).status();
    run.wait().expect("it ends");
}

#[test]
fn a_signal_leaves_nothing_and_the_next_run_clears_what_a_kill_left() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    for at in 0..300 {
        put(root.join(format!("dumps/{at}.json")), answer(&format!("role-{at}")).to_string());
    }
    let report: &[&str] = &["report", "dumps", "-o", "a", "--force"];
    let list: &[&str] = &["list", "dumps", "-o", "l.csv", "--force"];
    let ingest: &[&str] = &["ingest", "dumps", "--store", "store"];
    for (at, after) in (0..30).map(|at| at * 8).enumerate() {
        let signal = if at % 2 == 0 { "-TERM" } else { "-INT" };
        interrupted(root, [report, list, ingest][at % 3], signal, after);
        assert_eq!(hidden(root), [] as [&str; 0], "after {signal} at {after} ms");
        let left = fs::read_dir(root.join("store/tmp")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "in the store, after {signal} at {after} ms");
    }
    for after in (0..30).map(|at| at * 8) {
        interrupted(root, report, "-KILL", after);
        let left = hidden(root);
        let next = dormant(root, report.iter().copied());
        assert_eq!((next.code, hidden(root).len()), (0, 0), "{}", next.stderr);
        assert!(left.iter().all(|name| next.stderr.contains(name.as_str())), "{left:?} is not named: {}", next.stderr);
    }
    // A folder of such a name that somebody else keeps things in stays, and is named.
    put(root.join(".a.dormant-abcdef/thesis.txt"), "mine");
    let next = dormant(root, report.iter().copied());
    assert!(next.code == 0 && next.stderr.contains(".a.dormant-abcdef"), "{}", next.stderr);
    assert!(root.join(".a.dormant-abcdef/thesis.txt").exists());
}

#[test]
fn a_file_that_may_not_grow_is_an_error_and_no_sudden_death() {
    let home = home();
    let root = home.path();
    let script = format!("ulimit -f 4; exec {} report dumps -o a", env!("CARGO_BIN_EXE_dormant"));
    let ran = Command::new("sh").args(["-c", &script]).current_dir(root).output().expect("sh runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.contains("File too large"), "{said}");
    assert!(!root.join("a").exists() && hidden(root).is_empty());
}

#[test]
fn links_that_lead_out_of_a_folder_are_named_and_not_followed() {
    let home = home();
    let root = home.path();
    put(root.join("private/c.json"), answer("secret").to_string());
    symlink(root.join("private"), root.join("dumps/out")).expect("a link");
    symlink(root.join("dumps/b"), root.join("dumps/in")).expect("a link");
    symlink(root.join("dumps"), root.join("by-link")).expect("a link");
    for folder in ["dumps", "by-link"] {
        let ran = dormant(root, ["list", folder, "--level", "service"]);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(
            ran.stderr.contains(&format!("{folder}/out")) && ran.stderr.contains("--follow-links"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stdout.contains("secret") && ran.stdout.contains("batch"));
        let ran = dormant(root, ["list", folder, "--level", "service", "--follow-links"]);
        assert!(ran.code == 0 && ran.stdout.contains("secret"), "{}", ran.stderr);
    }
    assert!(dormant(root, ["list", "dumps/out", "--level", "service"]).stdout.contains("secret"), "it is named itself");
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "s"]).code, 3);
    assert!(!dormant(root, ["list", "s", "--level", "service"]).stdout.contains("secret"));
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "s", "--follow-links"]).code, 0);
    assert!(dormant(root, ["list", "s", "--level", "service"]).stdout.contains("secret"));
}

#[test]
fn an_object_that_names_two_entities_is_not_used() {
    let home = home();
    let root = home.path();
    let (one, other) = ("arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/other");
    let twice = format!(r#""Arn": "{one}", "Arn": "{other}""#);
    let whole = answer("prod-api").to_string();
    let nameless = whole.replacen(r#""Arn":"arn:aws:iam::123456789012:role/prod-api","#, "", 1);
    assert_ne!(nameless, whole);
    let named = format!("{{{twice}, {}", nameless.strip_prefix('{').expect("an object"));
    let row = format!(r#"{{{twice}, "ServiceNamespace": "s3", "ServiceName": "S3", "TotalAuthenticatedEntities": 0}}"#);
    for (name, document) in [
        ("answer", named.clone()),
        ("list", format!("[{named}]")),
        ("spellings", named.replacen("\"Arn\"", "\"arn\"", 1)),
        ("row", row.clone()),
        ("rows", format!("[{row}]")),
        ("role", format!(r#"{{"Role": {{{twice}, "RoleName": "one"}}}}"#)),
        ("beside", format!(r#"{{"Role": {{{twice}}}, {}"#, nameless.strip_prefix('{').expect("an object"))),
    ] {
        put(root.join("twice/x.json"), document);
        let ran = dormant(root, ["list", "twice", "dumps", "--level", "service"]);
        assert_eq!(ran.code, 3, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(one) && ran.stderr.contains(other), "{name}: {}", ran.stderr);
        assert!(!ran.stdout.contains("role/one") && !ran.stdout.contains("role/other"), "{name}");
    }
    // The same ARN twice says nothing else than once.
    put(
        root.join("twice/x.json"),
        named.replace("role/other", "role/one").replace("123456789012:role/prod-api", "111122223333:role/one"),
    );
    let ran = dormant(root, ["list", "twice", "--level", "service"]);
    assert!(ran.code == 0 && ran.stdout.contains("role/one"), "{}", ran.stderr);
}

#[test]
fn what_says_nothing_is_kept_only_so_often() {
    let home = home();
    let root = home.path();
    let silent: Vec<String> = (0..50_010).map(|at| format!(r#""arn:aws:iam::111122223333:role/r{at}":null"#)).collect();
    put(root.join("dumps/m.json"), format!("{{{}}}", silent.join(",")));
    let ran = dormant(root, ["list", "dumps", "--level", "service"]);
    assert_eq!(ran.code, 3);
    let said = dormant(root, ["check", "dumps", "--format", "csv"]);
    assert!(said.stdout.contains("holds 10 more answers without a list of services"), "{}", said.stderr);
    assert!(said.stdout.lines().count() < 50_020);
    let mut tar = tar::Builder::new(Vec::new());
    for at in 0..100 {
        let mut header = tar::Header::new_ustar();
        header.set_path(format!("{}.json", at % 50)).expect("a name");
        header.set_size(2);
        header.set_cksum();
        tar.append(&header, &b"{}"[..]).expect("in memory");
    }
    put(root.join("names/x.tar"), tar.into_inner().expect("in memory"));
    put(root.join("names/a.json"), answer("prod-api").to_string());
    let ran = dormant(root, ["check", "names", "-v"]);
    assert!(ran.stderr.contains("30 more names more than once"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("the last one was read").count(), 20);
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

#[test]
fn one_room_removes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut strays = Vec::new();
    for entry in walk(&root).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs")) {
        let name = entry.strip_prefix(&root).expect("below").to_str().expect("UTF-8").replace('\\', "/");
        let text = fs::read_to_string(&entry).expect("readable");
        let code = text.split("#[cfg(test)]").next().expect("a part before the tests");
        if name != "util/owned.rs"
            && ["remove_file", "remove_dir", "remove_dir_all"].iter().any(|call| code.contains(call))
        {
            strays.push(name);
        }
    }
    strays.retain(|name| !name.contains("tests"));
    assert!(strays.is_empty(), "{strays:?} remove files past util/owned.rs");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
