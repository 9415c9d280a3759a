//! What is large: kept byte for byte, and never more of it in memory than a part.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{answer, dormant, program, put};

/// An answer with so much space between its members that two of them are more than a thread may hold beside others (64 MiB). The space does not
/// shrink like a bomb.
fn large_answer(name: &str) -> Vec<u8> {
    let mut dice = 1u64;
    let space = std::iter::repeat_with(|| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b" \t\r\n"[(dice >> 62) as usize]
    });
    let text = answer(name).to_string();
    let (begin, rest) = text.split_at(1);
    begin.bytes().chain(space.take(40 << 20)).chain(rest.bytes()).collect()
}

/// Two answers in an archive that is not compressed, and, where it cannot be opened whole, a link.
fn zip_of_two(with_link: bool) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for name in ["one", "two"] {
        zip.start_file(format!("{name}.json"), stored).expect("begun");
        zip.write_all(&large_answer(name)).expect("in memory");
    }
    if with_link {
        zip.add_symlink("link.json", "one.json", stored).expect("added");
    }
    zip.finish().expect("in memory").into_inner()
}

fn two_in_one_file() -> Vec<u8> {
    [&large_answer("three"), &b"\n"[..], &large_answer("four")].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).expect("in memory");
    gz.finish().expect("in memory")
}

#[test]
fn a_store_keeps_what_is_large_byte_for_byte() {
    let home = tempfile::tempdir().expect("a folder");
    let root = home.path();
    let kinds = [
        ("plain", "a.json", two_in_one_file()),
        ("packed", "a.json.gz", gzip(&two_in_one_file())),
        ("archive", "a.zip", zip_of_two(false)),
        ("not-whole", "a.zip", zip_of_two(true)),
    ];
    for (kind, name, bytes) in kinds {
        let store = format!("{kind}-store");
        put(root.join(kind).join(name), &bytes);
        let list = |path: &str| dormant(root, ["list", path, "--level", "service", "--format", "csv"]);
        let expected = list(kind);
        assert_eq!(expected.stdout.lines().count(), 5, "{kind}: {}", expected.stderr);
        assert_eq!(dormant(root, ["ingest", kind, "--store", &store]).code, expected.code, "{kind}");
        let ran = dormant(root, ["store", "verify", &store, "--deep"]);
        assert_eq!(ran.code, 0, "{kind}: {}", ran.stderr);
        let kept = list(&store);
        assert_eq!((&kept.stdout, kept.code), (&expected.stdout, expected.code), "{kind}: {}", kept.stderr);
        // Written again, and given back.
        assert_eq!(dormant(root, ["ingest", &store, "--store", "all"]).code, expected.code, "{kind}");
        let out = format!("{kind}-out");
        assert_eq!(dormant(root, ["store", "export", &store, "-o", &out]).code, 0, "{kind}");
        assert_eq!(list(&out).stdout.lines().count(), 5, "{kind}");
        if ["plain", "not-whole"].contains(&kind) {
            assert!(fs::read(root.join(&out).join(kind).join(name)).expect("given back") == bytes, "{kind}");
        }
        for path in [kind, &store, &out] {
            fs::remove_dir_all(root.join(path)).expect("removed");
        }
    }
    assert_eq!(dormant(root, ["store", "verify", "all", "--deep"]).code, 0);
}

/// Puts `dumps/x.tar` there: the dumps of so many roles, under the names that `name` makes.
fn put_tar(root: &Path, roles: usize, name: impl Fn(usize) -> String) {
    let mut tar = tar::Builder::new(Vec::new());
    for at in 0..roles {
        let text = answer(&format!("r{at}")).to_string();
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, name(at), text.as_bytes()).expect("in memory");
    }
    put(root.join("dumps/x.tar"), tar.into_inner().expect("in memory"));
}

/// Nobody could read a pack that lists more than 256 MB, and what was ingested with it would be lost too.
#[test]
fn an_archive_with_endless_names_spoils_no_store() {
    let home = super::home();
    let root = home.path();
    // Of these names 17 MB are listed, more than a store lists of one archive.
    put_tar(root, 4200, |at| format!("{}/{at}.json", "x".repeat(4050)));
    super::ingested(root);
    let ran = dormant(root, ["store", "verify", "store"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows = |path: &str| dormant(root, ["summary", path, "--format", "csv"]).stdout;
    assert!(rows("store").contains("4202") && rows("store") == rows("dumps"), "{}", rows("store"));
    assert_eq!(dormant(root, ["store", "compact", "store"]).code, 0);
    assert_eq!(rows("store"), rows("dumps"));
}

#[test]
fn a_member_with_a_name_of_a_megabyte_is_named_in_short_and_counted() {
    let home = super::home();
    let root = home.path();
    put_tar(root, 3, |at| if at == 2 { "r2.json".to_owned() } else { format!("{}/{at}.json", "x".repeat(1 << 20)) });
    let ran = dormant(root, ["list", "dumps", "--level", "service", "-v"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    assert!(ran.stdout.contains("role/r2") && !ran.stdout.contains("role/r0"), "{}", ran.stdout);
    assert_eq!(ran.stderr.matches("no file system takes").count(), 2, "{}", ran.stderr);
    assert!(ran.stderr.len() < 10_000, "{}", ran.stderr.len());
    // A store keeps such an archive as it is: a later version may read it.
    assert_eq!(dormant(root, ["ingest", "dumps", "--store", "store"]).code, 3);
    assert_eq!(dormant(root, ["store", "verify", "store"]).code, 0);
    assert_eq!(dormant(root, ["list", "store", "--level", "service"]).stdout, ran.stdout);
}

/// Unpacked bytes of a frame at most.
const FRAME: usize = 32 << 20;

/// Puts a pack in the place of those of `store`: some hundred bytes for each of `frames` frames of nothing, which one document claims.
fn forge_pack(store: &Path, frames: usize) {
    let nothing = vec![b' '; FRAME];
    let packed = zstd::bulk::compress(&nothing, 3).expect("in memory");
    let mut digest = Sha256::new();
    let (mut pack, mut listed) = (b"DRMPACK2".to_vec(), Vec::new());
    for _ in 0..frames {
        listed.push(json!({"at": pack.len(), "packed": packed.len(), "unpacked": FRAME}));
        pack.extend(&packed);
        digest.update(&nothing);
    }
    let sha256 = digest.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let length = frames * FRAME;
    let document =
        json!({"inside": null, "sha256": sha256, "length": length, "at": {"frame": 0, "offset": 0}, "foreign": []});
    let file = json!({"path": "dumps/z.json", "root": 0, "named": false, "bytes": length, "sha256": sha256,
        "ingested_at": 1, "split_from": null, "documents": [document]});
    let footer = json!({"frames": listed, "files": [file]}).to_string();
    let small = zstd::bulk::compress(footer.as_bytes(), 3).expect("in memory");
    let numbers = [pack.len(), small.len(), footer.len()];
    pack.extend(small);
    pack.extend(numbers.iter().flat_map(|number| (*number as u64).to_le_bytes()));
    pack.extend(Sha256::digest(&pack));
    pack.extend(b"DRMPACK2");
    let name = program::sha256(&pack);
    assert!(pack.len() < 300_000, "{}", pack.len());
    let path = format!("originals/{name}.pack");
    put(store.join(&path), &pack);
    program::forge_head(store, |head| {
        head["originals"][path] = json!({"bytes": pack.len(), "sha256": name});
    });
}

#[test]
fn a_document_of_many_frames_takes_the_memory_of_one() {
    let home = super::home();
    let root = home.path();
    super::ingested(root);
    // 2 GiB, in 70 KB.
    forge_pack(&root.join("store"), 64);
    for command in ["store verify store", "unused store --max-bytes 64M", "store info store"] {
        let script = format!("ulimit -v 1500000; exec {} {command}", env!("CARGO_BIN_EXE_dormant"));
        let ran = program::run(Command::new("sh").args(["-c", &script]).current_dir(root));
        let expected = if command.starts_with("unused") { 3 } else { 0 };
        assert_eq!(ran.code, expected, "{command}: {}", ran.stderr);
    }
}
