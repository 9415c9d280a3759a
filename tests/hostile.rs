//! Inputs made by someone who wishes the program ill, or by a very bad day: nothing is dropped in silence, nothing crashes,
//! nothing hangs, and nothing of it reaches the terminal raw.

#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use program::{Ran, answer, dormant, put};
use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

fn check(folder: &Path, more: &[&str]) -> Ran {
    dormant(folder, ["check", ".", "--format", "json"].iter().chain(more))
}

/// How many rows of `check` have this outcome.
fn rows_with(rows: &[Value], outcome: &str) -> u64 {
    rows.iter().filter(|row| row["outcome"] == outcome).count() as u64
}

fn note_of(rows: &[Value], source: &str) -> String {
    let row = rows.iter().find(|row| row["source"].as_str().is_some_and(|s| s.ends_with(source)));
    row.unwrap_or_else(|| panic!("{source} has no row"))["note"].as_str().expect("a note").to_owned()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

fn zipped<'a>(members: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(name, SimpleFileOptions::default()).expect("in memory");
        zip.write_all(content).expect("in memory");
    }
    zip.finish().expect("in memory").into_inner()
}

#[test]
fn ten_thousand_files_are_all_accounted_for() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let (mut read, mut skipped, mut failed) = (0, 0, 0);
    let write = |path: PathBuf, content: &[u8]| -> u64 {
        put(path, content);
        1
    };
    for n in 0..10_000 {
        let path = |ending: &str| root.join(format!("{:02}", n % 100)).join(format!("{n:05}{ending}"));
        let healthy = answer(&format!("role-{n}")).to_string();
        let healthy = healthy.as_bytes();
        match n % 20 {
            0 => skipped += write(path("-foreign.json"), br#"{"name": "web-app", "version": "1.0.0"}"#),
            1 => skipped += write(path("-foreign.bin"), &[0, 159, 146, 150, 1, 2, 3, 0]),
            2 => read += write(path("-pending.json"), br#"{"JobStatus": "IN_PROGRESS", "JobCreationDate": 0}"#),
            3 => read += write(path("-null.json"), b"null\n"),
            4 => failed += write(path("-empty.json"), b""),
            5 => failed += write(path("-cut.json"), &healthy[..200]),
            6 => read += write(path("-doubled.json"), answer("role-6").to_string().as_bytes()),
            7 => failed += write(path("-damaged.gz"), &gzip(healthy)[..60]),
            8 => {
                read += write(path("-zip/two.zip"), &zipped([("a.json", healthy), ("README", b"two")]));
                skipped += 1;
            }
            9 => {
                read += write(path("-links/here.json"), healthy);
                for (link, target) in [("dangling", "nowhere"), ("up", ".."), ("itself", "itself")] {
                    symlink(target, path("-links").join(link)).expect("a link");
                    failed += 1;
                }
            }
            _ => read += write(path(".json"), healthy),
        }
    }
    let ran = check(root, &[]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert_eq!(ran.counts(), [read + skipped + failed, read, skipped, failed]);
    let rows = ran.rows();
    assert_eq!(rows_with(&rows, "read"), read);
    assert_eq!(rows_with(&rows, "skipped"), skipped);
    assert_eq!(rows_with(&rows, "failed"), failed);
    assert!(rows.iter().all(|row| row["outcome"] == "read" || row["note"] != ""), "a file was left out without a word");

    let report = dormant(root, ["summary", ".", "--format", "json"]);
    assert_eq!((report.code, report.counts()), (3, ran.counts()));
    // What is doubled 500 times counts once.
    let entities: u64 = report.rows().iter().filter_map(|row| row["entities"].as_u64()).sum();
    assert_eq!(entities, 10_000 * 12 / 20 + 1);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_read() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    put(root.join("good.json"), answer("good").to_string());
    // A file that opens and whose first byte cannot be read, whoever asks.
    symlink("/proc/self/mem", root.join("mem.json")).expect("a link");
    symlink("b", root.join("a")).expect("a link");
    symlink("a", root.join("b")).expect("a link");
    symlink(".", root.join("here")).expect("a link");
    let ran = check(root, &[]);
    assert_eq!(ran.code, 3);
    assert_eq!(ran.counts(), [5, 1, 0, 4]);
    let rows = ran.rows();
    for source in ["mem.json", "a", "b", "here"] {
        let note = note_of(&rows, &format!("/{source}"));
        assert!(note.starts_with("unreadable: "), "{source}: {note}");
    }
}

/// Names and contents that would move the cursor, recolor the screen or forge a line of output.
const ACTS: &str = "\u{1b}[31mred\u{1b}]0;title\u{7}\r\nforged: line\u{9b}2J\u{202e}";

/// Characters that are not seen and that an ARN may hold without being refused.
const UNSEEN: &str = "\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}\u{200b}";

#[test]
fn what_is_not_seen_in_an_arn_is_spelt_out_in_every_format() {
    let home = tempfile::tempdir().expect("a folder");
    put(home.path().join("dump.json"), answer(&format!("x{UNSEEN}y")).to_string());
    let spelt: String = UNSEEN.chars().flat_map(char::escape_unicode).collect();
    for command in ["list", "unused", "check", "summary"] {
        for format in ["csv", "json", "jsonl", "md", "table"] {
            let level: &[&str] = if command == "list" { &["--level", "service"] } else { &[] };
            let ran = dormant(home.path(), [command, ".", "-vv", "--format", format].iter().chain(level));
            assert_eq!(ran.code, 0, "{command} as {format}: {}", ran.stderr);
            for text in [&ran.stdout, &ran.stderr] {
                assert!(!text.contains(|c| UNSEEN.contains(c)), "{command} as {format}: {text:?}");
            }
            if command == "list" && format != "table" {
                let name = format!("x{spelt}y");
                // JSON writes a backslash as two, and so does Markdown.
                let escaped = name.replace('\\', "\\\\");
                assert!(ran.stdout.contains(&name) || ran.stdout.contains(&escaped), "{format}: {}", ran.stdout);
            }
        }
    }
}

/// Whether `text` holds anything that acts on a terminal.
fn acts(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}')
}

#[test]
fn nothing_that_acts_on_a_terminal_is_printed() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let name = |start: &str, end: &str| root.join(format!("{start}{ACTS}{end}"));
    put(name("whole", ".json"), answer("whole").to_string());
    put(name("broken", ".json"), &answer("broken").to_string()[..120]);
    put(name("foreign", ".txt"), "hello");
    put(name("folder", "").join("inner.json"), answer("inner").to_string());
    put(root.join(OsStr::from_bytes(b"not-utf8-\xff\xfe.json")), answer("not-utf8").to_string());
    put(root.join("pack.zip"), zipped([(format!("{ACTS}.json").as_str(), answer("zipped").to_string().as_bytes())]));

    let mut rows = answer("texts");
    for member in ["ServiceName", "ServiceNamespace", "LastAuthenticatedEntity", "LastAuthenticatedRegion"] {
        rows["ServicesLastAccessed"][0][member] = json!(format!("x{ACTS}"));
    }
    rows["ServicesLastAccessed"][0]["TrackedActionsLastAccessed"] = json!([{"ActionName": format!("Get{ACTS}")}]);
    put(root.join("texts.json"), rows.to_string());
    let mut unreadable = answer("unreadable");
    unreadable["ServicesLastAccessed"][0]["LastAuthenticated"] = json!(format!("2026{ACTS}"));
    put(root.join("unreadable.json"), unreadable.to_string());
    let failed =
        json!({"JobStatus": "FAILED", "JobCreationDate": 1_715_677_200, "Error": {"Code": ACTS, "Message": ACTS}});
    put(root.join("failed.json"), failed.to_string());
    put(root.join("status.json"), json!({"JobStatus": ACTS, "ServicesLastAccessed": []}).to_string());
    put(
        root.join("arn.json"),
        json!({"Arn": format!("arn:aws:iam::1:role/{ACTS}"), "JobStatus": "COMPLETED", "ServicesLastAccessed": []})
            .to_string(),
    );
    put(root.join("key.json"), json!({format!("arn:aws:iam::123456789012:role/{ACTS}"): answer("x")["ServicesLastAccessed"], ACTS: {"JobStatus": "FAILED", "Error": 1}}).to_string());
    put(root.join("aws:role%2F%1B%5B31m%0Ared.json"), answer("percent")["ServicesLastAccessed"].to_string());
    put(root.join("table.csv"), format!("service_namespace,last_authenticated,x\n\"s{ACTS}3\",2026-05-01,\n"));

    for command in [&["check"] as &[_], &["list", "--level", "service"], &["list"], &["compare"], &["summary"]] {
        for format in ["table", "csv", "md", "json", "jsonl"] {
            let ran = dormant(root, command.iter().chain(&[".", "-vv", "--format", format]));
            assert!(ran.code == 0 || ran.code == 3, "{}", ran.stderr);
            for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
                let line = text.lines().find(|line| acts(line));
                assert_eq!(line, None, "{command:?} as {format} prints this to {stream}");
                assert!(!text.lines().any(|line| line.starts_with("forged")), "{command:?} as {format} to {stream}");
            }
        }
    }
}

#[test]
fn names_that_are_not_utf8_stay_apart() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let bare = |n: u8| json!([{"ServiceNamespace": "s3", "TotalAuthenticatedEntities": n}]).to_string();
    put(root.join(OsStr::from_bytes(b"a\xff.json")), bare(0));
    put(root.join(OsStr::from_bytes(b"a\xfe.json")), bare(1));
    put(root.join("a\\xFF.json"), bare(2));
    let ran = check(root, &[]);
    assert_eq!(ran.counts(), [3, 3, 0, 0]);
    let mut sources: Vec<_> = ran.rows().iter().map(|row| row["source"].to_string()).collect();
    sources.sort();
    sources.dedup();
    assert_eq!(sources.len(), 3, "{sources:?}");
    let entities = dormant(root, ["list", ".", "--level", "service", "--format", "json"]).rows();
    assert_eq!(entities.len(), 3, "three files, three entities");
}

#[test]
fn a_bomb_stops_at_the_ceiling() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let blanks = vec![b' '; 64 << 20];
    let bomb = gzip(&blanks);
    assert!(bomb.len() < 100_000, "it has to be small to be a bomb: {}", bomb.len());
    put(root.join("bomb.json.gz"), &bomb);
    put(root.join("bomb.gz.gz"), gzip(&bomb));
    put(
        root.join("bomb.zip"),
        zipped([("bomb.json", blanks.as_slice()), ("good.json", answer("good").to_string().as_bytes())]),
    );
    put(root.join("bomb.tar.gz"), gzip(&tarred(&[("bomb.json", &blanks)])));
    let ran = check(root, &["--max-bytes", "8MiB"]);
    assert_eq!(ran.counts(), [5, 1, 0, 4], "{}", ran.stdout);
    for source in ["bomb.json.gz", "bomb.gz.gz", "bomb.tar.gz"] {
        let note = note_of(&ran.rows(), source);
        // One document, or all that a tiny file unpacks to: whichever is reached first.
        let said = ["is longer than 8388608 bytes", "unpacks to more than 8388608 bytes"];
        assert!(said.iter().any(|said| note.contains(said)) && note.contains("--max-bytes"), "{note}");
    }
    let ran = dormant(root, ["list", "bomb.zip", "--level", "service", "--max-bytes", "8MiB", "--format", "json"]);
    assert_eq!((ran.code, ran.rows().len()), (3, 2), "the member beside the bomb is read");
}

fn tarred(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = tar::Header::new_ustar();
        header.as_ustar_mut().expect("ustar").name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append(&header, *content).expect("in memory");
    }
    tar.into_inner().expect("in memory")
}

#[test]
fn members_of_archives_are_counted_and_bounded_and_their_names_are_only_names() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let names: Vec<String> = (0..5000).map(|n| format!("../../etc/{n}.json")).collect();
    let contents: Vec<String> = (0..5000).map(|n| answer(&format!("r{n}")).to_string()).collect();
    let members: Vec<(&str, &[u8])> =
        names.iter().map(String::as_str).zip(contents.iter().map(String::as_bytes)).collect();
    put(root.join("many.zip"), zipped(members.clone()));
    put(root.join("many.tar"), tarred(&members));
    put(root.join("absolute.tar"), tarred(&[("/etc/passwd", answer("absolute").to_string().as_bytes())]));
    let ran = check(root, &[]);
    assert_eq!(ran.counts(), [10_001, 10_001, 0, 0]);
    let ran = check(root, &["--max-members", "1000"]);
    assert_eq!(ran.counts(), [10_001, 2001, 0, 8000]);
    assert_eq!(ran.stderr.matches("--max-members").count(), 2, "{}", ran.stderr);
    let mut left = fs::read_dir(root).expect("a folder").count();
    left += fs::read_dir(root.parent().expect("above"))
        .expect("a folder")
        .filter(|e| e.as_ref().is_ok_and(|e| e.file_name() == "etc"))
        .count();
    assert_eq!(left, 3, "nothing is ever unpacked onto the disk");
}

#[test]
fn archives_in_archives_end_at_a_depth() {
    let home = tempfile::tempdir().expect("a folder");
    let mut pack = answer("deep").to_string().into_bytes();
    for _ in 0..200 {
        pack = zipped([("in.zip", pack.as_slice())]);
    }
    put(home.path().join("deep.zip"), &pack);
    let mut pack = answer("deep").to_string().into_bytes();
    for _ in 0..200 {
        pack = gzip(&pack);
    }
    put(home.path().join("deep.gz"), &pack);
    let ran = check(home.path(), &[]);
    assert_eq!(ran.counts(), [2, 0, 0, 2]);
    assert!(ran.rows().iter().all(|row| row["note"].as_str().is_some_and(|n| n.contains("archives deep"))));
}

#[test]
fn deep_documents_neither_overflow_nor_take_long() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let inner = answer("deep").to_string();
    let deep = 20_000;
    put(root.join("lists.json"), format!("{}{inner}{}", "[".repeat(deep), "]".repeat(deep)));
    put(root.join("objects.json"), format!("{}{inner}{}", "{\"a\":".repeat(deep), "}".repeat(deep)));
    put(root.join("open.json"), format!("{}{inner}", "[".repeat(deep)));
    put(root.join("row.json"), inner.replace("\"s3\"", &format!("{}1{}", "[".repeat(deep), "]".repeat(deep))));
    put(
        root.join("extra.json"),
        inner.replacen('{', &format!("{{\"more\":{}1{},", "[".repeat(deep), "]".repeat(deep)), 1),
    );
    // Each string in a string doubles the backslashes, so twenty are a megabyte.
    let mut text = inner.clone();
    for _ in 0..16 {
        text = serde_json::to_string(&text).expect("JSON");
    }
    put(root.join("strings.json"), &text);
    let ran = check(root, &[]);
    let [found, read, _, failed] = ran.counts();
    assert_eq!((found, read + failed), (6, 6), "{}", ran.stdout);
    let rows = ran.rows();
    for source in ["lists.json", "objects.json", "open.json", "row.json", "extra.json"] {
        let row = rows.iter().find(|row| row["source"].as_str().is_some_and(|s| s.ends_with(source))).expect("a row");
        assert_eq!(row["outcome"], "failed", "{source}: {row}");
        assert_ne!(row["note"], "", "{source}");
    }
}

#[test]
fn a_dump_with_too_many_rows_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let rows: Vec<Value> =
        (0..5000).map(|n| json!({"ServiceNamespace": format!("s{n}"), "TotalAuthenticatedEntities": 0})).collect();
    put(home.path().join("rows.json"), json!(rows).to_string());
    let ran = check(home.path(), &["--max-dump-rows", "4999"]);
    assert_eq!(ran.counts(), [1, 0, 0, 1]);
    assert!(ran.stderr.contains("holds 5000 rows") && ran.stderr.contains("--max-dump-rows"), "{}", ran.stderr);
    assert_eq!(check(home.path(), &["--max-dump-rows", "5000"]).counts(), [1, 1, 0, 0]);
}

#[test]
fn huge_numbers_are_refused_or_unknown_and_never_wrap() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let numbers = [
        "1e400",
        "-1e400",
        "99999999999999999999999999999999999999999",
        "-9223372036854775809",
        "4294967296",
        "1e-400",
    ];
    for (at, number) in numbers.iter().enumerate() {
        let with = |member: &str, value: &str| answer(&format!("{member}{at}")).to_string().replace(value, number);
        put(root.join(format!("date-{at}.json")), with("date", "\"2026-05-01T12:00:00Z\""));
        put(root.join(format!("job-{at}.json")), with("job", "\"2026-05-04T08:00:01Z\""));
        let total = answer(&format!("total{at}")).to_string();
        put(
            root.join(format!("total-{at}.json")),
            total.replace("\"TotalAuthenticatedEntities\":0", &format!("\"TotalAuthenticatedEntities\":{number}")),
        );
    }
    let ran = dormant(root, ["list", ".", "--level", "service", "--format", "json"]);
    assert_eq!(ran.counts()[0], 18);
    for row in ran.rows() {
        let name = row["entity_name"].as_str().expect("a name");
        if name.starts_with("date") && row["service_namespace"] == "s3" {
            assert_ne!(row["verdict"], "unused", "a date that cannot be read is no proof: {row}");
        }
        if name.starts_with("total") && row["service_namespace"] == "sqs" {
            assert_eq!(row["verdict"], "unknown", "someone is counted: {row}");
        }
    }
}

/// What takes quadratic time where the rest is read again for every line.
#[test]
fn many_broken_lines_are_not_read_again_and_again() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let million = 1_000_000;
    put(root.join("brackets.json"), "[\n".repeat(million));
    put(root.join("braces.json"), "{\n".repeat(million));
    put(root.join("named-brackets.json"), format!("{}ServicesLastAccessed", "[\n".repeat(million)));
    put(root.join("named-braces.json"), format!("{}ServicesLastAccessed", "{\n".repeat(million)));
    put(root.join("quotes.json"), "\"{\n".repeat(million));
    put(root.join("nulls.json"), "null \n".repeat(100_000));
    let keys: Vec<String> = (0..300_000).map(|n| format!("\"ServicesLastAccessed{n}\":1")).collect();
    put(root.join("keys.json"), format!("{{{}}}", keys.join(",")));
    put(root.join("half-rows.json"), r#"{"ServiceNamespace":"s3","LastAuthenticated":"#.repeat(100_000));
    put(root.join("marks.json"), format!("JobStatus\n{}", "\u{feff}\n".repeat(million)));
    let good = answer("good").to_string();
    let lines: String = (0..100_000)
        .map(|n| if n == 50_000 { format!("{good}\n") } else { "{\"JobStatus\": \"COMPLETED\", \"Ser\n".to_owned() })
        .collect();
    put(root.join("lines.jsonl"), lines);
    let ran = check(root, &[]);
    assert_eq!(ran.counts()[0], 10);
    let rows = ran.rows();
    assert!(rows.iter().any(|row| row["entity_name"] == "good"), "the one good line of a hundred thousand is read");
    assert!(ran.stderr.lines().count() < 50, "a flood of messages is cut");
}

#[test]
fn a_hundred_thousand_members_of_one_kind_stay_fast() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let many = 100_000;
    let row = |n| json!({"arn": format!("arn:aws:iam::123456789012:role/r{n}"), "service_namespace": "s3", "last_authenticated": null});
    let flat: Vec<String> = (0..many).map(|n| row(n).to_string()).collect();
    put(root.join("flat.jsonl"), flat.join("\n"));
    let same: Vec<Value> =
        (0..many).map(|_| json!({"ServiceNamespace": "s3", "TotalAuthenticatedEntities": 0})).collect();
    put(root.join("same.json"), json!(same).to_string());
    // Pages of one job without end: laid against each other, they would take the square of their number.
    let page = |n: usize, is_truncated: bool| {
        json!({"Arn": "arn:aws:iam::123456789012:role/x", "JobStatus": "COMPLETED", "JobCreationDate": 1_715_677_200,
               "ServicesLastAccessed": [{"ServiceNamespace": format!("s{n:06}"), "TotalAuthenticatedEntities": 0}],
               "IsTruncated": is_truncated})
        .to_string()
    };
    let pages: Vec<_> = (0..many / 2).map(|n| page(n, n + 1 < many / 2)).collect();
    put(root.join("pages.jsonl"), pages.join("\n"));
    let ran = check(root, &[]);
    assert_eq!(ran.counts(), [3, 3, 0, 0]);
    let rows = ran.rows();
    assert_eq!(rows.len(), many + 1 + many / 2);
    let pages = rows.iter().filter(|row| row["source"] == "./pages.jsonl");
    assert!(pages.clone().all(|row| row["evidence"] == "truncated"), "no page is a whole");
}
