use super::*;

fn file(path: &str) -> PackedFile {
    let path = path.to_owned();
    PackedFile {
        path,
        root: 0,
        folder: None,
        named: false,
        bytes: 3,
        sha256: None,
        ingested_at: 1,
        split_from: None,
        documents: Vec::new(),
    }
}

fn packed(documents: &[Vec<u8>]) -> (String, Vec<u8>) {
    let mut writer = PackWriter::default();
    for (i, document) in documents.iter().enumerate() {
        writer.file(file(&format!("{i:05}.json")));
        writer.document(None, document).expect("added");
    }
    writer.finish().expect("packed")
}

fn documents_of(pack: &Pack) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let mut each = |_: &PackedFile, _: &PackedDocument, parts: &DocumentParts| {
        all.push(parts.whole(&mut Turn::default())?.into_owned());
        Ok(())
    };
    pack.checked(&mut each).expect("whole");
    all
}

#[test]
fn documents_come_back_byte_for_byte() {
    let mut documents: Vec<Vec<u8>> = (0..150u8).map(|i| vec![i; usize::from(i)]).collect();
    // A document that takes two frames and ends within the third, and one after it.
    documents.push((0..2 * FRAME + 5).map(|i| (i >> 10) as u8).collect());
    documents.push(b"last".to_vec());
    let (name, bytes) = packed(&documents);
    let pack = Pack::new(&name, bytes).expect("a pack");
    assert!(documents_of(&pack) == documents);
    assert!(pack.footer.frames.iter().all(|frame| frame.unpacked <= FRAME));
}

#[test]
fn a_document_that_comes_in_parts_is_the_same_as_a_whole_one() {
    let document: Vec<u8> = (0..2 * FRAME + 5).map(|i| (i >> 10) as u8).collect();
    let (name, bytes) = packed(&[b"first".to_vec(), document.clone()]);
    let pack = Pack::new(&name, bytes).expect("a pack");
    let (mut writer, mut longest) = (PackWriter::default(), 0);
    pack.checked(&mut |file, listed, parts| {
        writer.file(file.clone());
        writer.begin_document(None, listed.length, listed.sha256.clone())?;
        parts.each(&mut |part| {
            longest = longest.max(part.len());
            Ok(writer.add_part(part)?)
        })
    })
    .expect("whole");
    assert_eq!(longest, FRAME);
    assert_eq!(writer.finish().expect("packed").0, name);
}

#[test]
fn one_large_original_at_a_time() {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    let (name, bytes) = packed(&[vec![b'x'; 2 * FRAME + 1], b"small".to_vec()]);
    let pack = Pack::new(&name, bytes).expect("a pack");
    let (at_once, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let read = || {
        pack.checked(&mut |_, _, parts| {
            let mut turn = Turn::default();
            let document = parts.whole(&mut turn)?;
            if document.len() > FRAME {
                most.fetch_max(at_once.fetch_add(1, SeqCst) + 1, SeqCst);
                std::thread::yield_now();
                at_once.fetch_sub(1, SeqCst);
            }
            Ok(())
        })
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4).map(|_| scope.spawn(read)).collect();
        for reader in readers {
            reader.join().expect("no panic").expect("whole");
        }
    });
    assert_eq!(most.into_inner(), 1);
}

/// An archive can have names of any length.
#[test]
fn no_pack_is_written_that_lists_more_than_can_be_read() {
    let listing = |bytes: usize| {
        let mut writer = PackWriter::default();
        writer.file(file(&"x".repeat(bytes)));
        writer.document(None, b"{}").expect("added");
        writer
    };
    let mut writer = listing(LISTED / 2);
    assert!(!writer.is_full_for_all(&listing(LISTED / 4)) && writer.is_full_for_all(&listing(LISTED / 2)));
    assert!(!writer.is_full_for(&file("a")) && writer.is_full_for(&file(&"x".repeat(LISTED / 2))));
    assert!(!PackWriter::default().is_full_for_all(&listing(2 * LISTED)), "it has to go somewhere");
    writer.append(listing(LISTED)).expect("appended");
    let (name, bytes) = writer.finish().expect("packed");
    assert_eq!(Pack::new(&name, bytes).expect("a pack").files().len(), 2);
    let refused = listing(FOOTER).finish().expect_err("too much");
    assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
}

#[test]
fn members_and_foreign_files_keep_what_is_known_of_them() {
    let mut writer = PackWriter::default();
    writer.file(file("a.zip"));
    let problem = PackedProblem {
        place: String::new(),
        kind: "foreign".into(),
        what: "it is no dump".into(),
        advice: String::new(),
    };
    writer.document(Some("x.json"), b"{}").expect("added");
    writer.foreign(Some("y.txt"), b"prose", vec![problem.clone()]).expect("added");
    writer.document(Some("z.json"), b"{").expect("added");
    let (name, bytes) = writer.finish().expect("packed");
    let pack = Pack::new(&name, bytes).expect("a pack");
    let documents = &pack.files()[0].documents;
    let inside: Vec<_> = documents.iter().map(|document| document.inside.as_deref()).collect();
    assert_eq!(inside, [Some("x.json"), Some("y.txt"), Some("z.json")]);
    assert_eq!((&documents[1].foreign[..], documents[1].at, documents[1].length), (&[problem][..], None, 5));
    assert_eq!(documents_of(&pack), [b"{}".to_vec(), b"{".to_vec()]);
}

#[test]
fn packs_that_are_appended_are_one() {
    let documents: Vec<Vec<u8>> = (0..200u8).map(|i| vec![i; usize::from(i)]).collect();
    let mut whole = PackWriter::default();
    for (c, chunk) in documents.chunks(30).enumerate() {
        let mut part = PackWriter::default();
        for (i, document) in chunk.iter().enumerate() {
            part.file(file(&format!("{c}-{i}")));
            part.document(None, document).expect("added");
        }
        whole.append(part).expect("appended");
    }
    let (name, bytes) = whole.finish().expect("packed");
    let pack = Pack::new(&name, bytes).expect("a pack");
    assert_eq!((documents_of(&pack), pack.groups().len()), (documents, 7));
}

#[test]
fn every_flipped_byte_and_every_cut_is_noticed() {
    let (name, bytes) = packed(&[b"one".to_vec(), b"two".to_vec()]);
    for i in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[i] ^= 1;
        assert!(matches!(Pack::new(&name, flipped.clone()), Err(PackError::Name { .. })), "byte {i}");
        // The name fits: the checksum inside must fail, or the magic.
        let renamed = hex(&Sha256::digest(&flipped));
        assert!(matches!(Pack::new(&renamed, flipped), Err(PackError::Damaged(_))), "byte {i}");
        let cut = bytes[..i].to_vec();
        assert!(matches!(Pack::new(&hex(&Sha256::digest(&cut)), cut), Err(PackError::Damaged(_))), "cut at {i}");
    }
}

/// A pack that a person forges, with a name and a checksum that fit.
fn forged(change: impl FnOnce(&mut PackWriter)) -> Result<(), PackError> {
    let mut writer = PackWriter::default();
    writer.file(file("a"));
    writer.document(None, b"document").expect("added");
    writer.end_frame().expect("packed");
    change(&mut writer);
    let (name, bytes) = writer.finish().expect("packed");
    Pack::new(&name, bytes)?.checked(&mut |_, _, _| Ok(()))
}

#[test]
fn forged_lengths_and_places_are_damage() {
    forged(|_| {}).expect("whole");
    let changes: [fn(&mut PackWriter); 8] = [
        |writer| writer.footer.frames[0].unpacked = FRAME + 1,
        |writer| writer.footer.frames[0].unpacked = 7,
        |writer| writer.footer.frames[0].at = usize::MAX,
        |writer| writer.footer.frames[0].packed = 1 << 40,
        |writer| writer.footer.files[0].documents[0].at = Some(At { frame: 9, offset: 0 }),
        |writer| writer.footer.files[0].documents[0].at = Some(At { frame: 0, offset: usize::MAX }),
        |writer| writer.footer.files[0].documents[0].length = 1 << 60,
        |writer| writer.footer.files[0].documents[0].sha256 = "00".into(),
    ];
    for (i, change) in changes.into_iter().enumerate() {
        assert!(matches!(forged(change), Err(PackError::Damaged(_))), "change {i}");
    }
}

#[test]
fn a_bomb_unpacks_to_no_more_than_it_claims() {
    let bomb = compressed(&vec![0; 8 * FRAME]).expect("compressed");
    assert!(matches!(unpacked(&bomb, 10, FRAME), Err(PackError::Damaged(_))));
    assert!(matches!(unpacked(&bomb, 8 * FRAME, FRAME), Err(PackError::Damaged(_))));
}

mod mutations;
