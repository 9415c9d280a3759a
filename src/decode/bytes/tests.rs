//! Archives built in memory, whole and damaged, and the files that real clients wrote.

use std::fs;
use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn zip_by(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in members {
        if name.ends_with('/') {
            writer.add_directory(*name, options).expect("in memory");
        } else {
            writer.start_file(*name, options).expect("in memory");
            writer.write_all(bytes).expect("in memory");
        }
    }
    writer.finish().expect("in memory").into_inner()
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_by(members, CompressionMethod::Deflated)
}

fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        append(&mut builder, name, bytes, tar::EntryType::Regular);
    }
    builder.into_inner().expect("in memory")
}

/// Writes the name unchanged, even with `..`, which the builder's own methods refuse.
fn append(builder: &mut tar::Builder<Vec<u8>>, name: &str, bytes: &[u8], kind: tar::EntryType) {
    let mut header = tar::Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(bytes.len() as u64);
    header.set_entry_type(kind);
    header.set_cksum();
    builder.append(&header, bytes).expect("in memory");
}

/// Everything that came out of one file: what was reported, and each document as `place=content`.
fn opened_as(name: &str, bytes: &[u8], limits: &Limits) -> (Opened, Vec<String>) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("stored");
    fs::write(&path, bytes).expect("a file");
    let found = Found { source: Source::file(name), path, named: true };
    let mut documents = Vec::new();
    let mut scratch = StoredBytes::default();
    scratch.buffer().extend(b"left over from the file before");
    let opened = open(&found, limits, true, &mut scratch, &mut |source, bytes| {
        documents.push(format!("{source}={}", String::from_utf8_lossy(bytes)));
    });
    assert_eq!(opened.documents, documents.len());
    (opened, documents)
}

fn opened(name: &str, bytes: &[u8]) -> (Opened, Vec<String>) {
    opened_as(name, bytes, &Limits::default())
}

/// The kinds of the problems, with the places they are at.
fn kinds(opened: &Opened) -> Vec<(Kind, &str)> {
    opened.problems.iter().map(|p| (p.kind, p.source.as_str())).collect()
}

#[test]
fn a_plain_file_is_one_document() {
    let (opened, documents) = opened("a.json", b"abc");
    assert_eq!(documents, ["a.json=abc"]);
    assert_eq!((opened.bytes, opened.failed, opened.skipped), (3, 0, 0));
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(opened.sha256.as_deref(), Some(hash));
}

#[test]
fn an_empty_file_is_a_document_too() {
    assert_eq!(opened("a.json", b"").1, ["a.json="]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem() {
    let found = Found { source: Source::file("gone"), path: "/no/such/file".into(), named: false };
    let opened =
        open(&found, &Limits::default(), true, &mut StoredBytes::default(), &mut |_, _| panic!("nothing was read"));
    assert_eq!(kinds(&opened), [(Kind::Unreadable, "gone")]);
    assert_eq!((opened.failed, opened.sha256), (1, None));
}

#[test]
fn files_of_real_clients_open() {
    for (name, bytes) in [
        ("x.gz", &include_bytes!("../../../tests/data/default-str.json.gz")[..]),
        ("x.zip", include_bytes!("../../../tests/data/one.zip")),
    ] {
        let (opened, documents) = opened(name, bytes);
        assert_eq!((documents.len(), opened.problems.len()), (1, 0));
        assert!(documents[0].contains("\"JobStatus\"") && documents[0].trim_end().ends_with('}'));
    }
    let powershell = include_bytes!("../../../tests/data/powershell51-redirect-utf16le-bom-crlf.json");
    assert!(text(powershell).expect("UTF-16").text.starts_with("{\r\n"));
}

#[test]
fn gzip_is_known_by_its_bytes_and_may_have_several_members() {
    let two = [gzip(b"{\"a\":"), gzip(b"1}")].concat();
    assert_eq!(opened("a.json", &two).1, ["a.json={\"a\":1}"]);
    let padded = [gzip(b"x"), vec![0; 700]].concat();
    assert!(opened("a", &padded).0.problems.is_empty());
}

#[test]
fn bytes_after_a_gzip_stream_are_said() {
    let (opened, documents) = opened("a", &[gzip(b"x"), b"tail".to_vec()].concat());
    assert_eq!(documents, ["a=x"]);
    assert_eq!(kinds(&opened), [(Kind::Note, "a")]);
    assert!(opened.problems[0].what.starts_with("4 bytes"));
}

#[test]
fn nothing_is_kept_of_a_gzip_stream_that_is_cut_or_wrong() {
    let whole = gzip(b"some text that is long enough to be cut");
    let mut wrong = whole.clone();
    let checksum = wrong.len() - 8;
    wrong[checksum] ^= 1;
    for damaged in [&whole[..whole.len() - 3], &whole[..12], &wrong, &[whole.as_slice(), &whole[..20]].concat()] {
        let (opened, documents) = opened("a.gz", damaged);
        assert!(documents.is_empty());
        assert_eq!((kinds(&opened), opened.failed), (vec![(Kind::DamagedArchive, "a.gz")], 1));
    }
}

#[test]
fn members_come_sorted_whatever_the_archive_s_order() {
    let members: [(&str, &[u8]); 4] = [("z.json", b"1"), ("a/", b""), ("a/x.json", b"2"), ("b", b"3")];
    let expected = ["d!a/x.json=2", "d!b=3", "d!z.json=1"];
    assert_eq!(opened("d", &zip_of(&members)).1, expected);
    assert_eq!(opened("d", &zip_by(&members, CompressionMethod::Stored)).1, expected);
    assert_eq!(opened("d", &tar_of(&members)).1, expected);
    assert_eq!(opened("d", &gzip(&tar_of(&members))).1, expected);
}

#[test]
fn archives_in_archives_are_opened_up_to_a_depth() {
    let inner = zip_of(&[("a.json.gz", &gzip(b"deep")), ("b.json", b"flat")]);
    let outer = gzip(&tar_of(&[("inner.zip", &inner)]));
    assert_eq!(opened("o.tgz", &outer).1, ["o.tgz!inner.zip!a.json.gz=deep", "o.tgz!inner.zip!b.json=flat"]);
    let (opened, documents) = opened_as("o.tgz", &outer, &Limits { archive_depth: 2, ..Limits::default() });
    assert_eq!(documents, ["o.tgz!inner.zip!b.json=flat"]);
    assert_eq!(kinds(&opened), [(Kind::TooLarge, "o.tgz!inner.zip!a.json.gz")]);
    assert_eq!(opened.failed, 1);
}

#[test]
fn names_that_climb_or_hide_are_only_names() {
    let members: [(&str, &[u8]); 3] = [("../../etc/passwd", b"1"), ("/abs", b"2"), ("esc\x1b[2J\n", b"3")];
    let expected = ["d!../../etc/passwd=1", "d!/abs=2", "d!esc\\u{1b}[2J\\n=3"];
    assert_eq!(opened("d", &tar_of(&members)).1, expected);
    assert_eq!(opened("d", &zip_of(&members)).1.len(), 3);
}

#[test]
fn a_ceiling_names_its_flag_and_spares_the_others() {
    let limits = Limits { document_bytes: 1000, ..Limits::default() };
    let bomb = vec![b' '; 100_000];
    let members: [(&str, &[u8]); 3] = [("a", b"1"), ("bomb", &bomb), ("c", b"3")];
    let (opened, documents) = opened_as("d", &zip_of(&members), &limits);
    assert_eq!(documents, ["d!a=1", "d!c=3"]);
    assert_eq!(kinds(&opened), [(Kind::TooLarge, "d!bomb")]);
    assert!(opened.problems[0].advice.contains("--max-bytes"));
    for stored in [bomb.clone(), gzip(&bomb), [gzip(&bomb[..900]), gzip(&bomb[..200])].concat()] {
        let (opened, documents) = opened_as("f", &stored, &limits);
        assert_eq!((kinds(&opened), documents.len()), (vec![(Kind::TooLarge, "f")], 0));
    }
    assert_eq!(opened_as("f", &bomb[..1000], &limits).1.len(), 1);
}

#[test]
fn too_many_members_are_counted_as_failed() {
    let members: [(&str, &[u8]); 4] = [("d", b"4"), ("a", b"1"), ("c", b"3"), ("b", b"2")];
    let limits = Limits { archive_members: 2, ..Limits::default() };
    for archive in [zip_of(&members), tar_of(&members)] {
        let (opened, documents) = opened_as("x", &archive, &limits);
        assert_eq!(documents, ["x!a=1", "x!b=2"]);
        assert_eq!((kinds(&opened), opened.failed), (vec![(Kind::TooLarge, "x")], 2));
        assert!(opened.problems[0].advice.contains("--max-members"));
    }
}

#[test]
fn whole_members_of_a_damaged_zip_are_kept() {
    let mut archive = zip_by(&[("a", b"first"), ("b", b"second"), ("c", b"third")], CompressionMethod::Stored);
    let at = memchr::memmem::find(&archive, b"second").expect("stored as it is");
    archive[at] ^= 1;
    let (opened, documents) = opened("z", &archive);
    assert_eq!(documents, ["z!a=first", "z!c=third"]);
    assert_eq!((kinds(&opened), opened.failed), (vec![(Kind::DamagedArchive, "z!b")], 1));
}

#[test]
fn a_zip_without_its_end_is_damaged_as_a_whole() {
    let archive = zip_of(&[("a", b"first"), ("b", b"second")]);
    let (opened, documents) = opened("z", &archive[..archive.len() / 2]);
    assert!(documents.is_empty());
    assert_eq!((kinds(&opened), opened.failed), (vec![(Kind::DamagedArchive, "z")], 1));
}

#[test]
fn encrypted_and_unknown_methods_are_named() {
    let whole = zip_of(&[("a", b"first")]);
    let central = memchr::memmem::find(&whole, b"PK\x01\x02").expect("a central directory");
    let with = |local: usize, directory: usize, value: u8| {
        let mut archive = whole.clone();
        (archive[local], archive[central + directory]) = (value, value);
        opened("z", &archive).0
    };
    let (encrypted, method) = (with(6, 8, 1), with(8, 10, 93));
    assert_eq!(kinds(&encrypted), [(Kind::WrongFormat, "z!a")], "{:?}", encrypted.problems);
    assert!(encrypted.problems[0].what.contains("encrypted"), "{:?}", encrypted.problems);
    assert_eq!(kinds(&method), [(Kind::WrongFormat, "z!a")]);
    assert!(method.problems[0].what.contains("zstd"), "{:?}", method.problems);
    assert_eq!(kinds(&opened("x.json.zst", b"\x28\xb5\x2f\xfdxxxx").0), [(Kind::WrongFormat, "x.json.zst")]);
}

#[test]
fn whole_members_of_a_cut_tar_are_kept_and_the_cut_is_said() {
    let whole = tar_of(&[("a", b"first"), ("b", &[b'x'; 2000])]);
    let (in_the_middle, documents) = opened("t", &whole[..512 * 4]);
    assert_eq!(documents, ["t!a=first"]);
    assert_eq!(kinds(&in_the_middle), [(Kind::DamagedArchive, "t!b"), (Kind::DamagedArchive, "t")]);
    let (between, documents) = opened("t", &whole[..512 * 2]);
    assert_eq!(documents, ["t!a=first"]);
    assert_eq!(kinds(&between), [(Kind::DamagedArchive, "t")]);
}

#[test]
fn a_tar_member_that_comes_twice_is_read_twice() {
    let (opened, documents) = opened("t", &tar_of(&[("a", b"old"), ("b", b"2"), ("a", b"new"), ("b", b"2")]));
    assert_eq!(documents, ["t!a=old", "t!a=new", "t!b=2"]);
    assert_eq!(kinds(&opened), [(Kind::Note, "t")]);
}

#[test]
fn zip_members_that_are_not_in_the_table_of_contents_are_counted() {
    let (first, second) = (zip_of(&[("a", b"first"), ("b", b"x")]), zip_of(&[("c", b"second")]));
    let joined = [first.clone(), second].concat();
    let (after_another, documents) = opened("z", &joined);
    assert_eq!(documents, ["z!c=second"]);
    assert_eq!((kinds(&after_another), after_another.failed), (vec![(Kind::DamagedArchive, "z")], 2));

    // The writer refuses a second member of one name, so it gets another one and is renamed.
    let mut twice = zip_by(&[("app.json", b"old"), ("apq.json", b"new"), ("z/", b"")], CompressionMethod::Stored);
    let names: Vec<usize> = memchr::memmem::find_iter(&twice, b"apq.json").collect();
    for at in names {
        twice[at + 2] = b'p';
    }
    let (same_name, documents) = opened("z", &twice);
    assert_eq!(documents, ["z!app.json=new"]);
    assert_eq!((kinds(&same_name), same_name.failed), (vec![(Kind::DamagedArchive, "z")], 1));

    let whole = opened("z", &first).0;
    assert_eq!((kinds(&whole), whole.documents), (vec![], 2));
}

#[test]
fn links_in_a_tar_are_resolved_or_said() {
    let mut builder = tar::Builder::new(Vec::new());
    append(&mut builder, "a", b"content", tar::EntryType::Regular);
    for (name, target, kind) in [
        ("hard", "a", tar::EntryType::Link),
        ("soft", "a", tar::EntryType::Symlink),
        ("lost", "z", tar::EntryType::Link),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_link(&mut header, name, target).expect("in memory");
    }
    let (opened, documents) = opened("t", &builder.into_inner().expect("in memory"));
    assert_eq!(documents, ["t!a=content", "t!hard=content"]);
    assert_eq!(kinds(&opened), [(Kind::DamagedArchive, "t!lost"), (Kind::Foreign, "t!soft")]);
    assert_eq!((opened.skipped, opened.failed), (1, 1));
}

#[test]
fn long_names_in_a_tar_are_whole() {
    let name = format!("{}/x.json", "deep/".repeat(60).trim_end_matches('/'));
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    builder.append_data(&mut header, &name, b"1".as_slice()).expect("in memory");
    assert_eq!(opened("t", &builder.into_inner().expect("in memory")).1, [format!("t!{name}=1")]);
}

#[test]
fn an_old_tar_is_known_by_name_and_checksum() {
    let mut archive = tar_of(&[("a", b"1")]);
    archive[257..265].fill(0);
    let mut header = tar::Header::from_byte_slice(&archive[..512]).clone();
    header.set_cksum();
    archive[..512].copy_from_slice(header.as_bytes());
    assert_eq!(opened("t.tar", &archive).1, ["t.tar!a=1"]);
    assert_eq!(opened("t.bin", &archive).1.len(), 1);
    let json = format!("{:600}", "{}");
    assert_eq!(opened("misnamed.tar", json.as_bytes()).1, [format!("misnamed.tar={json}")]);
}

#[test]
fn an_archive_without_files_is_said() {
    for archive in [zip_of(&[]), zip_of(&[("folder/", b"")]), tar_of(&[("folder/", b"")])] {
        let (opened, _) = opened("e", &archive);
        assert_eq!((kinds(&opened), opened.failed), (vec![(Kind::EmptyFile, "e")], 1));
    }
}

#[test]
fn backslashes_of_old_windows_archives_part_folders() {
    assert_eq!(opened("z", &zip_of(&[("roles\\x.json", b"1")])).1, ["z!roles/x.json=1"]);
}

/// One bit of a small archive changed, or its end cut off.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let members: [(&str, &[u8]); 2] = [("a.json", b"{\"a\": 1}"), ("b.json", b"{\"b\": 2}")];
    let archives = vec![zip_of(&members), tar_of(&members), gzip(&tar_of(&members)), gzip(&zip_of(&members))];
    let change = (any::<prop::sample::Index>(), any::<u8>());
    (prop::sample::select(archives), prop::collection::vec(change, 0..4), any::<prop::sample::Index>(), any::<bool>())
        .prop_map(|(mut bytes, changes, cut, is_cut)| {
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            if is_cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000), prefix in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"\x1f\x8b\x08", b"\xff\xfe"])) {
        let bytes = [prefix, &bytes].concat();
        let _ = (opened("x.tar", &bytes), text(&bytes));
    }

    #[test]
    fn a_damaged_archive_gives_whole_documents_or_a_problem(bytes in damaged()) {
        let (opened, documents) = opened("x", &bytes);
        prop_assert!(documents.len() == 2 || !opened.problems.is_empty() || documents.len() == 1, "{:?}", opened);
        prop_assert_eq!(opened.failed > 0, opened.problems.iter().any(|p| !matches!(p.kind, Kind::Note | Kind::Foreign)));
    }
}

#[test]
fn all_that_one_file_unpacks_to_is_bounded() {
    let limits = Limits { unpacked_bytes: 10_000, ..Limits::default() };
    let blanks = vec![b' '; 4_000];
    let members: [(&str, &[u8]); 5] = [("a", b"1"), ("b", &blanks), ("c", &blanks), ("d", &blanks), ("e", b"5")];
    let bomb = zip_of(&members);
    // The zip of five members unpacks to more than 200 times its length, which is its ceiling; so it lies in another
    // archive.
    let (opened, documents) = opened_as("d", &bomb, &limits);
    assert_eq!((documents.len(), opened.failed), (5, 0), "the length of this file explains what it unpacks to");
    let many: Vec<_> = (0..1000).map(|at| (format!("m{at:04}"), blanks.as_slice())).collect();
    let many: Vec<_> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let inner = zip_of(&many);
    for outer in [zip_of(&[("a.zip", &inner), ("b", b"2")]), gzip(&inner), gzip(&gzip(&vec![b' '; 4_000_000]))] {
        let ceiling = (outer.len() * 200).max(10_000);
        let (opened, documents) = opened_as("f", &outer, &Limits { archive_members: 2_000, ..limits });
        assert!(documents.iter().map(String::len).sum::<usize>() < ceiling + 20_000, "{}", documents.len());
        assert!(opened.failed > 0 && opened.documents + opened.failed <= 1001, "{opened:?}");
        let said = &opened.problems[0];
        assert_eq!(said.kind, Kind::TooLarge);
        assert!(said.what.contains(&format!("unpacks to more than {ceiling} bytes")), "{said}");
        assert!(said.advice.contains("--max-bytes"), "{said}");
        let generous = Limits { unpacked_bytes: 1 << 30, ..limits };
        assert_eq!(opened_as("f", &outer, &generous).0.failed, 0);
    }
}

/// Each file has a ceiling of its own, so the ceiling of all files is the sum: it must be small for a file of a few
/// bytes.
#[test]
fn many_small_archives_unpack_to_no_more_than_their_lengths_explain() {
    let limits = Limits::default();
    let blanks = vec![b' '; 4 << 20];
    let bombs = [gzip(&gzip(&blanks)), gzip(&zip_of(&[("a", &blanks)])), zip_of(&[("a.gz", &gzip(&blanks))])];
    for bomb in bombs {
        let (opened, documents) = opened_as("f", &bomb, &limits);
        assert!(bomb.len() < 6_000 && documents.is_empty(), "{} bytes", bomb.len());
        assert_eq!((kinds(&opened)[0].0, opened.failed), (Kind::TooLarge, 1), "{opened:?}");
        assert!(opened.problems[0].what.contains("unpacks to more than"), "{opened:?}");
    }
    // The strongest compression of an honest file: thousands of equal roles that never used anything.
    let service = |at: usize| {
        format!(
            r#"    {{"ServiceName": "SERVICE{at}", "ServiceNamespace": "service{at}", "TotalAuthenticatedEntities": 0}}"#
        )
    };
    let services = (0..20).map(service).collect::<Vec<_>>().join(",\n");
    let role = |at: usize| {
        format!("\"arn:aws:iam::111122223333:role/r{at}\": {{\"ServicesLastAccessed\": [\n{services}\n    ]}}")
    };
    let roles = format!("{{{}}}", (0..2_000).map(role).collect::<Vec<_>>().join(",\n"));
    let packed = gzip(roles.as_bytes());
    assert!(roles.len() > 2 << 20 && roles.len() / packed.len() > 40, "{} times", roles.len() / packed.len());
    assert_eq!(opened_as("f", &packed, &limits).1, [format!("f={roles}")]);
}

#[test]
fn what_begins_with_nothing_is_not_read_to_its_end() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("hole");
    // 8 GB of nothing, which take no space on the disk.
    fs::File::create(&path).and_then(|file| file.set_len(8 << 30)).expect("a file with a hole");
    let found = Found { source: Source::file("hole"), path, named: false };
    let limits = Limits { document_bytes: 16 << 30, ..Limits::default() };
    let mut scratch = StoredBytes::default();
    let opened = open(&found, &limits, false, &mut scratch, &mut |_, _| panic!("nothing is in it"));
    assert_eq!((kinds(&opened), opened.bytes), (vec![(Kind::TooLarge, "hole")], LARGE));
    scratch.release();
    assert_eq!(scratch.buffer().capacity(), 0, "what it took is given back");
    let blanks = gzip(&vec![b'\n'; 2 * LARGE as usize]);
    let (opened, documents) = opened_as("f", &blanks, &Limits { unpacked_bytes: 1 << 30, ..limits });
    assert_eq!((kinds(&opened), documents.len()), (vec![(Kind::TooLarge, "f")], 0));
}

#[test]
fn one_large_document_at_a_time() {
    let large = gzip(&vec![b'x'; (LARGE + 1) as usize]);
    let small = gzip(&vec![b' '; 1 << 20]);
    let at_once = std::sync::atomic::AtomicUsize::new(0);
    let most = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for stored in [&large, &large, &large, &small, &small] {
            let (at_once, most) = (&at_once, &most);
            let limits = Limits { unpacked_bytes: 1 << 30, ..Limits::default() };
            scope.spawn(move || {
                let source = Source::file("f");
                let opened =
                    unpack(&source, stored, &limits, Opened::default(), &mut Turn::default(), &mut |_, bytes| {
                        if bytes.len() as u64 > LARGE {
                            let now = at_once.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                            most.fetch_max(now, std::sync::atomic::Ordering::SeqCst);
                            std::thread::yield_now();
                            at_once.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        }
                    });
                assert_eq!(opened.documents, 1, "{opened:?}");
            });
        }
    });
    assert_eq!(most.into_inner(), 1);
}

/// Between the walk and the read, something else can take the place of a file.
#[cfg(unix)]
#[test]
fn what_took_the_place_of_a_found_file_is_refused_and_nothing_waits() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (fifo, link, file) = (dir.path().join("fifo"), dir.path().join("link"), dir.path().join("file"));
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo runs").success());
    fs::write(&file, "1").expect("a file");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    for path in [fifo, link, dir.path().to_owned()] {
        let found = Found { source: Source::file("f"), path, named: false };
        let opened =
            open(&found, &Limits::default(), true, &mut StoredBytes::default(), &mut |_, _| panic!("nothing is read"));
        assert_eq!(kinds(&opened), [(Kind::Unreadable, "f")]);
        hash_of(&found).expect_err("no regular file");
    }
}
