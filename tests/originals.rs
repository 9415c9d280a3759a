//! A store keeps originals, byte for byte, and says what it lacks: nothing that is lost, changed, older or added goes unnoticed.

#[allow(dead_code, reason = "each file of tests needs a part of it")]
mod program;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use program::{Ran, answer, dormant, forge_head, put, sha256};
use serde_json::{Value, json};
use tempfile::TempDir;

fn home() -> TempDir {
    TempDir::new().expect("a folder")
}

fn ran(home: &TempDir, line: &str) -> Ran {
    dormant(home.path(), line.split_whitespace())
}

fn done(home: &TempDir, line: &str) -> Ran {
    let ran = ran(home, line);
    assert!(matches!(ran.code, 0 | 3), "{line}: {ran:?}");
    ran
}

/// Two services, kms used two days before the dump or not at all.
fn dump(name: &str, day: &str, used: Option<&str>) -> Value {
    let mut dump = answer(name);
    dump["JobCreationDate"] = json!(format!("{day}T08:00:00Z"));
    dump["JobCompletionDate"] = json!(format!("{day}T08:00:01Z"));
    let mut kms = json!({"ServiceName": "AWS KMS", "ServiceNamespace": "kms", "TotalAuthenticatedEntities": 0});
    if let Some(used) = used {
        kms["LastAuthenticated"] = json!(format!("{used}T12:00:00Z"));
        kms["TotalAuthenticatedEntities"] = json!(1);
    }
    dump["ServicesLastAccessed"] = json!([kms]);
    dump
}

fn of_account(account: &str, name: &str) -> Value {
    let text = answer(name).to_string().replace("123456789012", account);
    serde_json::from_str(&text).expect("JSON")
}

/// Every regular file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.expect("readable"));
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

fn packs(home: &TempDir) -> Vec<PathBuf> {
    files(&home.path().join("s/originals"))
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        put(to.join(file.strip_prefix(from).expect("below")), fs::read(&file).expect("readable"));
    }
}

/// `s`, with an older dump that shows no access of kms and a newer one that does, each in a pack of its own.
fn older_and_newer() -> (TempDir, PathBuf) {
    let home = home();
    put(home.path().join("older/a.json"), dump("a", "2026-01-05", None).to_string());
    put(home.path().join("newer/a.json"), dump("a", "2026-05-04", Some("2026-05-02")).to_string());
    done(&home, "ingest older --store s");
    let old = packs(&home);
    done(&home, "ingest newer --store s");
    let newer = packs(&home).into_iter().find(|pack| !old.contains(pack)).expect("a second pack");
    (home, newer)
}

/// Asserts that every way to look at `s` says `what`, and that nothing is written to it.
fn assert_told(home: &TempDir, what: &str) {
    for line in ["unused s", "unused s --strict", "summary s", "check s"] {
        let ran = ran(home, line);
        assert!(ran.code == 3 && ran.stderr.contains(what), "{line}: {what}: {ran:?}");
    }
    let before: Vec<_> = files(&home.path().join("s")).iter().map(|file| (file.clone(), fs::read(file).ok())).collect();
    for line in ["store verify s", "store compact s", "ingest older --store s", "store forget s --to 2020-01-01"] {
        let ran = ran(home, line);
        assert!(ran.code == 1 && ran.stderr.contains(what), "{line}: {what}: {ran:?}");
    }
    let after: Vec<_> = files(&home.path().join("s")).iter().map(|file| (file.clone(), fs::read(file).ok())).collect();
    assert!(before == after, "{what}: the store has changed");
}

#[test]
fn a_pack_that_is_lost_renamed_or_changed_is_said() {
    let (home, newer) = older_and_newer();
    let bytes = fs::read(&newer).expect("readable");
    assert!(!ran(&home, "unused s").stdout.contains("kms"));
    fs::remove_file(&newer).expect("removed");
    assert_told(&home, "is missing");
    let other = newer.with_file_name(format!("{}.pack", "a".repeat(64)));
    fs::write(&other, &bytes).expect("written");
    assert_told(&home, "is not listed");
    fs::remove_file(&other).expect("removed");
    let old = packs(&home).remove(0);
    fs::copy(&old, &newer).expect("copied");
    assert_told(&home, "is damaged");
    let mut changed = bytes.clone();
    changed[100] ^= 1;
    fs::write(&newer, &changed).expect("written");
    assert_told(&home, "is damaged");
    fs::write(&newer, &bytes).expect("written");
    assert_eq!(ran(&home, "store verify s --deep").code, 0);

    // The way out where there is no copy.
    fs::remove_file(&newer).expect("removed");
    let accepted = done(&home, "store compact s --accept-losses");
    assert!(accepted.stderr.contains("is missing"), "{accepted:?}");
    assert_eq!((ran(&home, "store verify s --deep").code, ran(&home, "unused s").code), (0, 0));
}

#[test]
fn an_older_head_and_older_originals_are_said() {
    let home = home();
    put(home.path().join("older/a.json"), dump("a", "2026-01-05", None).to_string());
    put(home.path().join("newer/a.json"), dump("a", "2026-05-04", Some("2026-05-02")).to_string());
    done(&home, "ingest older --store s");
    copy(&home.path().join("s"), &home.path().join("before"));
    done(&home, "ingest newer --store s");
    copy(&home.path().join("s"), &home.path().join("after"));
    // The old head over what is newer.
    fs::copy(home.path().join("before/head.json"), home.path().join("s/head.json")).expect("copied");
    assert_told(&home, "is not listed");
    done(&home, "store compact s --accept-losses");
    assert!(!ran(&home, "unused s").stdout.contains("kms"), "the newer original is taken in");
    assert_eq!(ran(&home, "store verify s").code, 0);
    // The old originals under what is newer.
    fs::remove_dir_all(home.path().join("s")).expect("removed");
    copy(&home.path().join("after"), &home.path().join("s"));
    fs::remove_dir_all(home.path().join("s/originals")).expect("removed");
    copy(&home.path().join("before/originals"), &home.path().join("s/originals"));
    assert_told(&home, "is missing");
    // All originals lost, and no head.
    fs::remove_dir_all(home.path().join("s/originals")).expect("removed");
    for line in ["unused s", "store verify s", "store compact s"] {
        assert_eq!(ran(&home, line).code, 1, "{line}");
    }
    copy(&home.path().join("after"), &home.path().join("s"));
    fs::remove_file(home.path().join("s/head.json")).expect("removed");
    for line in ["unused s", "store verify s", "store compact s", "ingest older --store s"] {
        let ran = ran(&home, line);
        assert!(ran.code == 1 && ran.stderr.contains("head.json"), "{line}: {ran:?}");
    }
    done(&home, "store compact s --accept-losses");
    assert_eq!(ran(&home, "store verify s --deep").code, 0);
    assert!(!ran(&home, "unused s").stdout.contains("kms"));
}

#[test]
fn an_attribution_that_is_lost_is_said() {
    let home = home();
    put(home.path().join("older/a.json"), dump("a", "2026-01-05", None).to_string());
    done(&home, "ingest older --store s --as-of 2026-06-01");
    let attribution = files(&home.path().join("s/attributions")).remove(0);
    fs::remove_file(attribution).expect("removed");
    assert_told(&home, "is missing");
}

#[test]
fn a_forged_table_changes_no_report_and_verify_deep_finds_it() {
    let (home, _) = older_and_newer();
    let reports = ["summary s", "unused s", "list s", "trend s"];
    let expected: Vec<Ran> = reports.iter().map(|report| ran(&home, report)).collect();
    let services: Vec<_> = files(&home.path().join("s/services"));
    fs::copy(&services[0], &services[1]).expect("copied");
    assert_eq!(ran(&home, "store verify s").code, 1);
    let forged = fs::read(&services[1]).expect("readable");
    let name = services[1].strip_prefix(home.path().join("s")).expect("below").to_str().expect("UTF-8").to_owned();
    forge_head(&home.path().join("s"), |head| {
        head["tables"][&name]["file"] = json!({"bytes": forged.len(), "sha256": sha256(&forged)});
    });
    assert_eq!(ran(&home, "store verify s").code, 0, "it is as its head says");
    let deep = ran(&home, "store verify s --deep");
    assert!(deep.code == 1 && deep.stderr.contains(&name), "{deep:?}");
    assert_eq!(reports.iter().map(|report| ran(&home, report)).collect::<Vec<_>>(), expected);
    done(&home, "store compact s");
    assert_eq!(ran(&home, "store verify s --deep").code, 0);
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("begun");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::default());
    gz.write_all(bytes).expect("written");
    gz.finish().expect("finished")
}

#[test]
fn export_gives_every_original_back() {
    let home = home();
    let one = |name: &str| answer(name).to_string().into_bytes();
    let broken = b"{\"JobStatus\": \"COMPLETED\", \"ServicesLastAccessed\": [".to_vec();
    let whole = zip(&[("x.json", &one("x")), ("README.txt", b"prose"), ("in/y.json", &one("y"))]);
    let cut = zip(&[("z.json", &one("z"))]);
    let cut = &cut[..cut.len() - 10];
    put(home.path().join("d/a.json"), one("a"));
    put(home.path().join("d/broken.json"), &broken);
    put(home.path().join("d/empty.json"), "");
    put(home.path().join("d/notes.txt"), "of somebody else");
    put(home.path().join("d/g.json.gz"), gz(&one("g")));
    put(home.path().join("d/whole.zip"), &whole);
    put(home.path().join("d/cut.zip"), cut);
    done(&home, "ingest d --store s");
    put(home.path().join("d/a.json"), dump("a", "2026-06-01", None).to_string());
    done(&home, "ingest d --store s");
    done(&home, "store export s -o out");
    let out = home.path().join("out");
    let read = |name: &str| fs::read(out.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    for (name, bytes) in [
        ("d/broken.json", &broken[..]),
        ("d/empty.json", b""),
        ("d/g.json", &one("g")),
        ("d/whole.zip!x.json", &one("x")),
        ("d/whole.zip!in/y.json", &one("y")),
        ("d/cut.zip", cut),
    ] {
        assert!(read(name) == bytes, "{name}");
    }
    let both = files(&out.join("d")).into_iter().filter(|path| path.to_str().expect("UTF-8").contains("d/a"));
    let mut both: Vec<_> = both.map(|path| fs::read(path).expect("readable")).collect();
    both.sort();
    let mut expected = vec![one("a"), dump("a", "2026-06-01", None).to_string().into_bytes()];
    expected.sort();
    assert!(both == expected, "both contents of one place");
    let sums = String::from_utf8(read("SHA256SUMS")).expect("UTF-8");
    assert_eq!(sums.lines().count(), 8);
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").expect("two parts");
        assert_eq!(sum, sha256(&read(name)), "{name}");
    }
    assert_eq!(ran(&home, "store export s -o out").code, 1, "it is there already");
}

#[test]
fn files_that_could_not_be_read_are_kept_and_those_of_others_by_name() {
    let home = home();
    let nested = format!("{}{}{}", "[".repeat(20), answer("deep"), "]".repeat(20));
    put(home.path().join("d/deep.json"), &nested);
    put(home.path().join("d/notes.txt"), "a secret of somebody else");
    let first = ran(&home, "ingest d --store s --max-depth 8");
    assert_eq!(first.code, 3, "{first:?}");
    let again = done(&home, "ingest d --store s");
    assert!(again.stderr.contains("0 files added, 2 files in already"), "{again:?}");
    for report in ["check", "check --max-depth 8", "list", "list --max-depth 8"] {
        assert_eq!(ran(&home, &format!("{report} s")), ran(&home, &format!("{report} d")), "{report}");
    }
    done(&home, "store export s -o out");
    assert_eq!(files(&home.path().join("out")).len(), 2);
    let info = ran(&home, "store info s").stdout;
    assert!(info.lines().any(|line| line.starts_with("other files, by name") && line.ends_with(" 1")), "{info}");
}

#[test]
fn an_original_that_also_holds_what_stays_is_refused_or_split() {
    let (one, other) = ("111111111111", "222222222222");
    let (a, b, c) = (of_account(one, "a"), of_account(other, "b"), of_account(other, "c"));
    let by_arn = json!({a["Arn"].as_str().expect("an ARN"): a, b["Arn"].as_str().expect("an ARN"): b});
    let archive = zip(&[("a.json", a.to_string().as_bytes()), ("b.json", b.to_string().as_bytes())]);
    let cases: [(&str, Vec<u8>, bool); 5] = [
        ("list.json", json!([a, b, c]).to_string().into_bytes(), true),
        ("by-arn.json", by_arn.to_string().into_bytes(), true),
        ("lines.json", format!("{a}\n{b}\n").into_bytes(), true),
        ("cut.zip", archive[..archive.len() - 1].to_vec(), false),
        ("whole.zip", archive, false),
    ];
    for (name, bytes, is_refused) in cases {
        let home = home();
        put(home.path().join("d").join(name), &bytes);
        if name == "cut.zip" {
            // An archive that ends too soon is kept as it is, and nothing of it is read.
            continue;
        }
        done(&home, "ingest d --store s");
        let rows =
            |path: &str| ran(&home, &format!("list {path} --account {other} --format csv --level service")).stdout;
        let expected = rows("d");
        if is_refused {
            let refused = ran(&home, &format!("store forget s --account {one}"));
            assert!(
                refused.code == 1 && refused.stderr.contains(name) && refused.stderr.contains("--split"),
                "{refused:?}"
            );
            assert_eq!(ran(&home, "check s"), ran(&home, "check d"), "nothing was dropped");
            done(&home, &format!("store forget s --account {one} --split"));
        } else {
            done(&home, &format!("store forget s --account {one}"));
        }
        assert_eq!(rows("s"), expected, "{name}");
        assert!(!ran(&home, "check s --format csv").stdout.contains(one), "{name}");
        assert_eq!(ran(&home, "store verify s --deep").code, 0, "{name}");
        done(&home, "store export s -o out");
        let left: String =
            files(&home.path().join("out/d")).iter().map(|path| fs::read_to_string(path).expect("text")).collect();
        assert!(!left.contains(one) && left.contains(other), "{name}: {left}");
        let again = done(&home, "ingest d --store s");
        assert!(again.stderr.contains("1 file added"), "what was forgotten can come in again: {again:?}");
    }
}

/// A file that is written over every week has one place and many contents.
#[test]
fn of_a_place_with_many_contents_only_the_dates_that_are_meant_are_forgotten() {
    let home = home();
    for day in ["2026-05-04", "2026-05-11", "2026-05-18"] {
        put(home.path().join("d/latest.json"), dump("a", day, None).to_string());
        done(&home, "ingest d --store s");
    }
    done(&home, "store forget s --from 2026-05-11 --to 2026-05-11");
    let rows = ran(&home, "list s --snapshots all --level service --format json").rows();
    let days: Vec<_> = rows.iter().map(|row| row["as_of"].as_str().expect("a date")[..10].to_owned()).collect();
    assert_eq!(days, ["2026-05-04", "2026-05-18"]);
    assert_eq!(packs(&home).len(), 1);
}

/// Any bit of any file of a store that is flipped, and any file that is cut, is said.
#[test]
fn four_hundred_damages_are_said() {
    let (home, _) = older_and_newer();
    done(&home, "ingest older --store s --as-of 2026-06-01");
    let store = home.path().join("s");
    let all: Vec<_> = files(&store).into_iter().filter(|file| !file.starts_with(store.join("locks"))).collect();
    let mut number = 7_u64;
    let mut below = |n: usize| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(number >> 33).expect("31 bits") % n
    };
    for round in 0..400 {
        let path = &all[below(all.len())];
        let whole = fs::read(path).expect("readable");
        let mut damaged = whole.clone();
        match round % 3 {
            0 => damaged[below(whole.len())] ^= 1 << below(8),
            1 => damaged.truncate(below(whole.len())),
            _ => damaged.push(0),
        }
        fs::write(path, &damaged).expect("written");
        let verified = ran(&home, "store verify s");
        // Blanks around the marker mean nothing.
        if path.ends_with("store.json") {
            assert!(matches!(verified.code, 0 | 1), "{}: {verified:?}", path.display());
        } else {
            assert_eq!(verified.code, 1, "{} in round {round}: {verified:?}", path.display());
        }
        fs::write(path, whole).expect("written");
    }
    assert_eq!(ran(&home, "store verify s").code, 0);
}
