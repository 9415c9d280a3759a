//! 700 changes to a pack with a name and checksums that fit: what a person can do who can write to a store, in contrast
//! to a failing disk.
//!
//! The tests next to it show that every flipped byte is noticed as long as the name does not fit. Here it always fits.
//! Then a pack is either refused, or every document that it gives has the SHA-256 that the pack lists for it; nothing
//! panics, and nothing is unpacked beyond the ceilings.

use super::*;

/// The same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }
}

/// Files as people save them: small, similar, one of them an archive.
fn honest() -> Vec<u8> {
    let mut writer = PackWriter::default();
    for at in 0..100 {
        writer.file(file(&format!("dumps/{at:03}.json")));
        for member in 0..=usize::from(at % 10 == 0) {
            let inside = (at % 10 == 0).then(|| format!("m{member}.json"));
            let text = format!(
                r#"{{"JobStatus": "COMPLETED", "at": {at}, "member": {member}, "pad": "{}"}}"#,
                "x".repeat(at * 7)
            );
            writer.document(inside.as_deref(), text.as_bytes()).expect("added");
        }
    }
    writer.finish().expect("packed").1
}

/// The position of the footer, and its JSON.
fn taken_apart(pack: &[u8]) -> (usize, Vec<u8>) {
    let trailer = &pack[pack.len() - TRAILER..];
    let number = |at: usize| u64::from_le_bytes(trailer[8 * at..8 * at + 8].try_into().expect("eight bytes")) as usize;
    let (at, packed) = (number(0), number(1));
    (at, unpacked(&pack[at..at + packed], number(2), FOOTER).expect("it is whole"))
}

/// A pack of these frames and this footer, with every checksum and length right.
fn put_together(frames: &[u8], footer: &[u8]) -> Vec<u8> {
    let packed = compressed(footer).expect("in memory");
    let mut bytes = [frames, &packed].concat();
    for number in [frames.len(), packed.len(), footer.len()] {
        bytes.extend((number as u64).to_le_bytes());
    }
    bytes.extend(Sha256::digest(&bytes));
    bytes.extend(MAGIC);
    bytes
}

/// `text` with one number, letter or piece of it changed.
fn changed(text: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut text = text.to_vec();
    let at = dice.roll(text.len());
    match dice.roll(5) {
        0 => text[at] ^= 1 << dice.roll(8),
        1 => {
            // Another number instead of an existing one.
            let digits: Vec<usize> = (0..text.len()).filter(|&at| text[at].is_ascii_digit()).collect();
            let numbers =
                ["0", "1", "7", "64", "4294967296", "9223372036854775807", "18446744073709551615", "-1", "1e3"];
            let at = digits[dice.roll(digits.len())];
            let number = numbers[dice.roll(numbers.len())].bytes();
            drop(text.splice(at..=at, number));
        }
        2 => drop(text.drain(at..text.len().min(at + 1 + dice.roll(40)))),
        3 => {
            let piece = text[at..text.len().min(at + 1 + dice.roll(200))].to_vec();
            let to = dice.roll(text.len());
            drop(text.splice(to..to, piece));
        }
        _ => text.truncate(at),
    }
    text
}

/// A pack made from `pack` with one part that the program would not write.
fn forged(pack: &[u8], dice: &mut Dice) -> Vec<u8> {
    let (at, footer) = taken_apart(pack);
    match dice.roll(3) {
        0 => put_together(&pack[..at], &changed(&footer, dice)),
        1 => put_together(&changed(&pack[..at], dice), &footer),
        _ => {
            // The documents themselves, in frames that are whole.
            let frames: Footer = serde_json::from_slice(&footer).expect("it is whole");
            let frame = &frames.frames[dice.roll(frames.frames.len())];
            let raw = unpacked(&pack[frame.at..frame.at + frame.packed], frame.unpacked, FRAME).expect("it is whole");
            let packed = compressed(&changed(&raw, dice)).expect("in memory");
            let bytes = [&pack[..frame.at], &packed, &pack[frame.at + frame.packed..at]].concat();
            put_together(&bytes, &footer)
        }
    }
}

#[test]
fn changes_behind_right_checksums_are_refused_or_give_what_is_listed() {
    let pack = honest();
    let mut dice = Dice(7);
    let (mut refused, mut whole) = (0, 0);
    for number in 0..700 {
        let bytes = forged(&pack, &mut dice);
        let name = hex(&Sha256::digest(&bytes));
        let read = Pack::new(&name, bytes).and_then(|pack| {
            pack.checked(&mut |_, listed, parts| {
                let document = parts.whole(&mut Turn::default())?;
                assert_eq!(hex(&Sha256::digest(&document)), listed.sha256, "change {number}");
                assert_eq!(document.len() as u64, listed.length, "change {number}");
                Ok(())
            })
        });
        match read {
            Ok(()) => whole += 1,
            Err(PackError::Damaged(_) | PackError::Io(_)) => refused += 1,
            Err(other) => panic!("change {number}: {other}"),
        }
    }
    assert!(refused > 400, "only {refused} of 700 are refused, and {whole} are read: the changes are too tame");
}
