//! Stores that somebody else could write to.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use dormant::archive::Head;

use super::{dormant, fifo, home, ingested, program, put};

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

/// The one pack of `store`, below it.
fn pack_of(root: &Path) -> String {
    let names = fs::read_dir(root.join("store/originals")).expect("a folder").flatten().map(|entry| entry.file_name());
    format!("originals/{}", names.map(|name| name.into_string().expect("UTF-8")).next().expect("a pack"))
}

/// Every command that reads or writes the store.
const COMMANDS: [&[&str]; 9] = [
    &["summary", "store"],
    &["check", "store"],
    &["store", "info", "store"],
    &["store", "verify", "store"],
    &["store", "verify", "store", "--deep"],
    &["store", "forget", "store", "--account", "123456789012", "--dry-run"],
    &["ingest", "dumps", "--store", "store"],
    &["store", "compact", "store"],
    &["store", "compact", "store", "--accept-losses"],
];

#[test]
fn links_below_the_folders_of_a_store_lead_nowhere() {
    let home = home();
    let root = home.path();
    // A lock: what it leads to is not made, and not locked.
    ingested(root);
    fs::remove_file(root.join("store/locks/store.lock")).expect("removed");
    symlink(root.join("outside.lock"), root.join("store/locks/store.lock")).expect("a link");
    for command in [&["ingest", "dumps", "--store", "store"][..], &["store", "compact", "store"]] {
        let ran = dormant(root, command.iter().copied());
        assert!(ran.code == 1 && ran.stderr.contains("store.lock"), "{}", ran.stderr);
    }
    assert!(!root.join("outside.lock").exists());
    // A folder of one account and one day, and the file in it.
    for depth in 1..4 {
        let _ = fs::remove_dir_all(root.join("store"));
        ingested(root);
        let head: serde_json::Value = serde_json::from_str(
            fs::read_to_string(root.join("store/head.json")).expect("a head").lines().next().expect("a line"),
        )
        .expect("JSON");
        let table = head["tables"].as_object().expect("tables").keys().find(|path| path.starts_with("services/"));
        let parts: Vec<&str> = table.expect("a table").split('/').collect();
        let linked = root.join("store").join(parts[..=depth].join("/"));
        let rest = parts[depth + 1..].join("/");
        let _ = fs::remove_dir_all(root.join("outside"));
        let target = root.join("outside").join(&rest);
        put(root.join("outside/x"), "");
        put(if rest.is_empty() { root.join("outside/file") } else { target.clone() }, "mine");
        if depth == 3 { fs::remove_file(&linked) } else { fs::remove_dir_all(&linked) }.expect("removed");
        symlink(if depth == 3 { root.join("outside/file") } else { root.join("outside") }, &linked).expect("a link");
        for command in COMMANDS {
            dormant(root, command.iter().copied());
        }
        let kept = if depth == 3 { root.join("outside/file") } else { target };
        assert_eq!(fs::read(kept).expect("still there"), b"mine", "a link at {depth}");
    }
    // A pack behind a link is not read, although it has the right content.
    let _ = fs::remove_dir_all(root.join("store"));
    ingested(root);
    let pack = pack_of(root);
    fs::rename(root.join("store").join(&pack), root.join("pack")).expect("moved");
    symlink(root.join("pack"), root.join("store").join(&pack)).expect("a link");
    assert_eq!(dormant(root, ["summary", "store"]).code, 1);
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 1);
}

#[test]
fn only_names_of_ours_are_removed() {
    let home = home();
    let root = home.path();
    // Spark writes such names; without a lock of ours no `ingest` began here.
    for file in ["proj/tmp/part-00000.csv", "two/tmp/part-abcdef"] {
        put(root.join(file), "mine");
        let folder = file.split('/').next().expect("a folder");
        assert_eq!(dormant(root, ["ingest", "dumps", "--store", folder]).code, 1);
        assert!(root.join(file).exists());
    }
    // What a killed run leaves goes, and is named.
    ingested(root);
    for file in [
        "tmp/part-00000.csv",
        "services/mine/part-0.parquet",
        "services/part-0.parquet.bak",
        "dumps/a/b/c/part-0.parquet",
    ] {
        put(root.join("store").join(file), "mine");
    }
    put(root.join("store/tmp/part-aB3dE6"), "half");
    let ran = dormant(root, ["ingest", "dumps", "--store", "store"]);
    assert!(ran.code == 0 && ran.stderr.contains("part-aB3dE6"), "{}", ran.stderr);
    assert_eq!(dormant(root, ["store", "compact", "store"]).code, 0);
    assert!(!root.join("store/tmp/part-aB3dE6").exists());
    for file in [
        "tmp/part-00000.csv",
        "services/mine/part-0.parquet",
        "services/part-0.parquet.bak",
        "dumps/a/b/c/part-0.parquet",
    ] {
        assert!(root.join("store").join(file).exists(), "{file}");
    }
    // A head that says of a listed original that it is on its way out removes nothing.
    let pack = pack_of(root);
    program::forge_head(&root.join("store"), |head| head["in_transit"] = serde_json::json!([pack]));
    dormant(root, ["ingest", "dumps", "--store", "store"]);
    assert!(root.join("store").join(pack).exists());
}

#[test]
fn no_number_in_a_head_makes_it_panic_or_takes_memory() {
    let home = home();
    let root = home.path();
    ingested(root);
    let whole = fs::read(root.join("store/head.json")).expect("a head");
    let pack = pack_of(root);
    let hole = format!("originals/{}.pack", "0".repeat(64));
    let said = format!("attributions/000000000000001-{}.json", "0".repeat(24));
    for (path, bytes) in
        [(&hole, 2u64 << 30), (&said, 2 << 30), (&hole, u64::MAX), (&said, u64::MAX), (&pack, u64::MAX), (&pack, 0)]
    {
        put(
            root.join("store").join(path),
            if path == &pack { fs::read(root.join("store").join(path)).expect("a pack") } else { Vec::new() },
        );
        if path != &pack {
            // Holes take no room on the disk.
            let file = fs::File::options().write(true).open(root.join("store").join(path)).expect("a file");
            file.set_len(bytes.min(2 << 30)).expect("a hole");
        }
        let list = if path == &said { "attributions" } else { "originals" };
        program::forge_head(&root.join("store"), |head| {
            head[list][path] = serde_json::json!({"bytes": bytes, "sha256": "0".repeat(64)});
            for table in head["tables"].as_object_mut().expect("tables").values_mut() {
                table["rows"] = u64::MAX.into();
                table["file"]["bytes"] = u64::MAX.into();
            }
        });
        // 1 GiB of addresses are enough for all of them.
        for command in &COMMANDS[..6] {
            let script = format!("ulimit -v 1500000; exec {} {}", env!("CARGO_BIN_EXE_dormant"), command.join(" "));
            let ran = program::run(Command::new("sh").args(["-c", &script]).current_dir(root));
            assert!([0, 1, 3].contains(&ran.code), "{path}, {bytes}, {command:?}: {}", ran.stderr);
            let must_say = command[1] == "verify" || command[0] == "summary";
            assert!(!must_say || ran.code != 0, "{path}, {bytes}, {command:?}");
        }
        fs::write(root.join("store/head.json"), &whole).expect("written");
        if path != &pack {
            fs::remove_file(root.join("store").join(path)).expect("removed");
        }
    }
    // A head of 1 GB of nothing.
    let head = fs::File::options().write(true).open(root.join("store/head.json")).expect("a head");
    head.set_len(1 << 30).expect("a hole");
    let script = format!("ulimit -v 700000; exec {} summary store", env!("CARGO_BIN_EXE_dormant"));
    assert_eq!(program::run(Command::new("sh").args(["-c", &script]).current_dir(root)).code, 1);
}

#[test]
fn names_that_are_no_text_are_said_and_end_no_run() {
    use std::os::unix::ffi::OsStrExt;
    let home = home();
    let root = home.path();
    ingested(root);
    let odd = |name: &[u8]| root.join("store").join(std::ffi::OsStr::from_bytes(name));
    put(odd(b"head-shard-\xff.json"), "{");
    put(odd(b"head-shard-x.json"), "{");
    assert_eq!(dormant(root, ["summary", "store"]).code, 0, "no list of a shard has such a name");
    for name in [&b"originals/\xff.pack"[..], b"originals/notes", b"attributions/\x1b[31m"] {
        put(odd(name), "x");
        let ran = dormant(root, ["store", "verify", "store"]);
        assert!(
            ran.code == 1 && ran.stderr.contains("is not listed") && !ran.stderr.contains('\u{1b}'),
            "{}",
            ran.stderr
        );
        assert_eq!(dormant(root, ["ingest", "dumps", "--store", "store"]).code, 1);
        fs::remove_file(odd(name)).expect("removed");
    }
    for name in
        [&b"originals/folder"[..], b"originals/1111111111111111111111111111111111111111111111111111111111111111.pack"]
    {
        fs::create_dir_all(odd(name)).expect("made");
        assert_eq!(dormant(root, ["store", "verify", "store"]).code, 1, "{name:?}");
        dormant(root, ["store", "compact", "store", "--accept-losses"]);
        fs::remove_dir(odd(name)).expect("still there");
    }
    fifo(&odd(b"originals/pipe"));
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 1);
    fs::remove_file(odd(b"originals/pipe")).expect("removed");
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 0);
}

#[test]
fn a_store_that_lost_both_markers_does_not_vanish() {
    let home = home();
    let root = home.path();
    ingested(root);
    for name in ["store.json", "head.json"] {
        fs::remove_file(root.join("store").join(name)).expect("removed");
    }
    let ran = dormant(root, ["summary", "store", "dumps"]);
    assert!(ran.code == 1 && ran.stderr.contains("store.json"), "{}", ran.stderr);
    // Among dumps it is named, and counts where strictness is asked for.
    fs::rename(root.join("store"), root.join("dumps/store")).expect("moved");
    let ran = dormant(root, ["summary", "dumps"]);
    assert!(ran.stderr.contains("dumps/store: holds originals"), "{}", ran.stderr);
    assert_eq!(dormant(root, ["summary", "dumps", "--strict"]).code, 3);
}

/// What a store that comes from somebody else says of itself is shown, and acts nowhere.
#[test]
fn names_in_a_head_are_spelt_out() {
    let home = home();
    let root = home.path();
    ingested(root);
    let evil = "\u{1b}]0;x\u{7}\u{202e}<b>";
    program::forge_head(&root.join("store"), |head| {
        let file = serde_json::json!({"bytes": 1, "sha256": evil});
        let table = serde_json::json!({"file": file, "rows": 1, "fingerprint": evil});
        head["originals"][evil] = file.clone();
        head["attributions"][evil] = file;
        head["tables"][evil] = table.clone();
        head["tables"][format!("dumps/account_id={evil}/as_of={evil}/part-0.parquet")] = table;
    });
    for command in COMMANDS {
        let ran = dormant(root, command.iter().copied());
        let all = ran.stdout + &ran.stderr;
        assert!(!all.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{command:?}: {all}");
    }
}

#[test]
fn accepting_losses_keeps_every_whole_original() {
    let home = home();
    let root = home.path();
    ingested(root);
    let right = dormant(root, ["list", "store", "--level", "service"]).stdout;
    let pack = pack_of(root);
    // The head has the wrong length of a pack that is whole.
    program::forge_head(&root.join("store"), |head| head["originals"][&pack]["bytes"] = 1.into());
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 1);
    let ran = dormant(root, ["store", "compact", "store", "--accept-losses"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(dormant(root, ["list", "store", "--level", "service"]).stdout, right);
    // One that is damaged stays where it is, and the rest is taken.
    put(root.join("more/c.json"), super::answer("more").to_string());
    assert_eq!(dormant(root, ["ingest", "more", "--store", "store"]).code, 0);
    let damaged = root.join("store").join(&pack);
    let mut bytes = fs::read(&damaged).expect("a pack");
    bytes[20] ^= 1;
    fs::write(&damaged, bytes).expect("written");
    let ran = dormant(root, ["store", "compact", "store", "--accept-losses"]);
    assert!(ran.code == 0 && ran.stderr.contains(&pack) && damaged.exists(), "{}", ran.stderr);
    assert!(dormant(root, ["list", "store", "--level", "service"]).stdout.contains("role/more"));
}

#[test]
fn a_file_of_any_length_that_nothing_lists_is_named_and_not_read() {
    let home = home();
    let root = home.path();
    ingested(root);
    // A file system takes no file of a petabyte from everybody; 900 GB of nothing would take a quarter of an hour.
    let endless = |name: &str| {
        let path = root.join("store").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(path).expect("opened");
        file.set_len(900 << 30).expect("a sparse file");
    };
    let unlisted = format!("originals/{}.pack", "a".repeat(64));
    endless(&unlisted);
    endless(&format!("attributions/{}-{}.json", "0".repeat(15), "a".repeat(24)));
    endless("attributions/x");
    // To read 900 GB takes minutes: the test would not end.
    for command in COMMANDS {
        let ran = dormant(root, command.iter().copied());
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    }
    assert_eq!(dormant(root, ["store", "verify", "store", "--deep"]).code, 1);
    let ran = dormant(root, ["store", "compact", "store", "--accept-losses"]);
    assert!(ran.code == 0 && ran.stderr.contains(&format!("{unlisted} is not whole")), "{}", ran.stderr);
    // Nor is a listed pack or table that grew.
    let pack = pack_of(root);
    endless(&pack);
    endless("entities/part-0.parquet");
    let ran = dormant(root, ["store", "verify", "store"]);
    assert!(ran.code == 1 && ran.stderr.contains(&pack), "{}", ran.stderr);
    assert_eq!(dormant(root, ["summary", "store", "dumps"]).code, 3);
}

#[test]
fn no_output_is_written_into_a_store() {
    let home = home();
    let root = home.path();
    ingested(root);
    let before = super::walk(&root.join("store"));
    symlink(root.join("store/originals"), root.join("link")).expect("a link");
    for output in ["store/list.csv", "store/originals/list.csv", "link/list.csv"] {
        let ran = dormant(root, ["list", "dumps", "-o", output]);
        assert!(ran.code == 1 && ran.stderr.contains("is a store"), "{output}: {}", ran.stderr);
        let ran = dormant(root, ["report", "store", "-o", output]);
        assert!(ran.code == 1 && ran.stderr.contains("is a store"), "{output}: {}", ran.stderr);
        let ran = dormant(root, ["store", "export", "store", "-o", output]);
        assert!(ran.code == 1 && ran.stderr.contains("is a store"), "{output}: {}", ran.stderr);
    }
    assert_eq!(super::walk(&root.join("store")), before);
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 0);
    // One that lost its head or its marker still holds evidence.
    let pack = pack_of(root);
    for lost in ["head.json", "store.json"] {
        fs::rename(root.join("store").join(lost), root.join("lost")).expect("moved");
        for output in [format!("store/{pack}"), "store/list.csv".to_owned()] {
            let ran = dormant(root, ["list", "dumps", "--format", "csv", "-o", &output, "--force"]);
            assert!(ran.code == 1 && ran.stderr.contains("is a store"), "{lost}, {output}: {}", ran.stderr);
        }
        fs::rename(root.join("lost"), root.join("store").join(lost)).expect("moved back");
    }
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 0);
}

#[test]
fn a_refusal_of_the_system_is_told_once() {
    let home = home();
    let root = home.path();
    ingested(root);
    let folder = root.join("store/attributions");
    fs::remove_dir_all(&folder).ok();
    put(&folder, "a file in the place of a folder");
    for command in
        [["summary", "store"].as_slice(), &["store", "verify", "store"], &["ingest", "dumps", "--store", "store"]]
    {
        let ran = dormant(root, command.iter().copied());
        assert_eq!((ran.code, ran.stderr.matches("os error").count()), (1, 1), "{command:?}: {}", ran.stderr);
    }
}

/// The list of a shard is lost with its originals: the name of another list tells that there were two.
#[test]
fn a_lost_shard_is_told() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    for role in 0..8 {
        put(root.join(format!("dumps/{role}.json")), super::answer(&format!("role-{role}")).to_string());
    }
    let shard = |shard| dormant(root, ["ingest", "dumps", "--store", "store", "--shard", shard]).code;
    let pack_names = || super::walk(&root.join("store/originals"));
    assert_eq!(shard("1/2"), 0);
    let of_first = pack_names();
    let told = |expected: i32, what: &str| {
        let ran = dormant(root, ["list", "store"]);
        assert_eq!((ran.code, ran.stderr.contains("shard 2/2")), (expected, expected == 3), "{what}: {}", ran.stderr);
        for command in [
            ["store", "verify", "store"].as_slice(),
            &["store", "compact", "store"],
            &["store", "export", "store", "-o", "out"],
        ] {
            let ran = dormant(root, command.iter().copied());
            let (code, is_told) = (i32::from(expected == 3), expected == 3);
            assert_eq!(
                (ran.code, ran.stderr.contains("shard 2/2")),
                (code, is_told),
                "{what}, {command:?}: {}",
                ran.stderr
            );
        }
        let _ = fs::remove_dir_all(root.join("out"));
    };
    told(3, "before the second has run");
    assert_eq!(shard("2/2"), 0);
    assert_eq!(dormant(root, ["list", "store"]).code, 0);
    for pack in pack_names().iter().filter(|pack| !of_first.contains(pack)) {
        fs::remove_file(pack).expect("removed");
    }
    fs::remove_file(root.join("store/head-shard-2-of-2.json")).expect("removed");
    told(3, "lost");
    let ran = dormant(root, ["store", "compact", "store", "--accept-losses"]);
    assert!(ran.code == 0 && ran.stderr.contains("accepted: shard 2/2"), "{}", ran.stderr);
    told(0, "accepted");
    assert_eq!((shard("2/2"), shard("1/2")), (0, 0));
    told(0, "run again");
    // The list of one that added nothing tells of the others, too.
    assert_eq!(shard("1/2"), 0);
    let of_first = fs::read(root.join("store/head-shard-1-of-2.json")).expect("a list");
    told(3, "the first has nothing new, and the second is lost");
    assert_eq!(shard("2/2"), 0);
    told(0, "both have nothing new");
    // A kill while the lists are removed leaves some, which the head names.
    let list = root.join("store/head-shard-1-of-2.json");
    put(&list, &of_first);
    told(3, "the list of one alone");
    let path = root.join("store/head.json");
    let mut head = Head::decode(&fs::read(&path).expect("a head")).expect("whole");
    head.in_transit.insert("head-shard-1-of-2.json".to_owned());
    put(&path, head.encode());
    told(0, "killed while the lists were removed");
    assert!(!list.exists() && Head::decode(&fs::read(&path).expect("a head")).expect("whole").in_transit.is_empty());
    // A shard that finds no file has run, and a name can tell of billions.
    fs::remove_dir_all(root.join("store")).expect("removed");
    assert_eq!(dormant(root, ["ingest", "dumps/0.json", "--store", "store", "--shard", "1/2"]).code, 0);
    assert_eq!(dormant(root, ["ingest", "dumps/0.json", "--store", "store", "--shard", "2/2"]).code, 0);
    told(0, "one of two is empty");
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "store", "--shard", "1/2"]).code, 0);
    fs::rename(root.join("store/head-shard-1-of-2.json"), root.join("store/head-shard-1-of-4294967295.json"))
        .expect("renamed");
    let ran = dormant(root, ["list", "store"]);
    assert!(ran.code == 3 && ran.stderr.contains("shard 2/4294967295"), "{}", ran.stderr);
}

/// `export` asks what every writer asks: nothing that is lost or not listed leaves a store in silence.
#[test]
fn export_tells_that_the_store_differs_from_its_head() {
    let home = home();
    let root = home.path();
    let manifest = "path,arn\na.json,arn:aws:iam::123456789012:role/prod-api\n";
    put(root.join("owners.csv"), manifest);
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "store", "--manifest", "owners.csv"]).code, 0);
    let old = fs::read(root.join("store/head.json")).expect("a head");
    put(root.join("more/c.json"), super::answer("more").to_string());
    assert_eq!(dormant(root, ["ingest", "more", "--store", "store"]).code, 0);
    let new = fs::read(root.join("store/head.json")).expect("a head");
    let refused = |what: &str| {
        let ran = dormant(root, ["store", "export", "store", "-o", "out"]);
        assert!(ran.code == 1 && ran.stderr.contains(what) && !root.join("out").exists(), "{what}: {}", ran.stderr);
        let ran = dormant(root, ["store", "info", "store"]);
        assert!(ran.code == 0 && ran.stdout.contains("the store differs from it"), "{what}: {}", ran.stdout);
    };
    fs::write(root.join("store/head.json"), old).expect("written");
    refused("is not listed in the head");
    fs::write(root.join("store/head.json"), new).expect("written");
    let said = super::walk(&root.join("store/attributions")).pop().expect("an attribution");
    fs::rename(&said, root.join("said")).expect("moved");
    refused("is missing");
    fs::rename(root.join("said"), said).expect("moved back");
    assert_eq!(dormant(root, ["store", "export", "store", "-o", "out"]).code, 0);
}
