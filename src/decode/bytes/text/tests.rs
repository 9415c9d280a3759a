//! The same small document in every encoding.

use proptest::prelude::*;

use super::*;

const DOCUMENT: &str = "{\"a\": [1, 2], \"name\": \"Amazon Zürich €\"}\r\n";

fn utf16_of(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes_of).collect()
}

fn read(bytes: &[u8]) -> String {
    text(bytes).unwrap_or_else(|error| panic!("{error}")).text.into_owned()
}

#[test]
fn plain_utf_8_is_borrowed() {
    assert!(matches!(text(DOCUMENT.as_bytes()), Ok(Text { text: Cow::Borrowed(DOCUMENT), note: None })));
    let marked = format!("\u{feff}{DOCUMENT}");
    assert!(matches!(text(marked.as_bytes()), Ok(Text { text: Cow::Borrowed(DOCUMENT), note: None })));
    assert_eq!(read(b""), "");
}

#[test]
fn utf_16_is_known_by_its_mark_or_by_its_nul_bytes() {
    for bytes_of in [u16::to_le_bytes, u16::to_be_bytes] {
        assert_eq!(read(&utf16_of(DOCUMENT, bytes_of)), DOCUMENT);
        assert_eq!(read(&utf16_of(&format!("\u{feff}{DOCUMENT}"), bytes_of)), DOCUMENT);
        assert_eq!(read(&utf16_of("{}", bytes_of)), "{}");
        assert_eq!(read(&[utf16_of(DOCUMENT, bytes_of), vec![0; 9]].concat()), DOCUMENT);
        assert_eq!(read(&[vec![0; 8], utf16_of(DOCUMENT, bytes_of)].concat()), DOCUMENT);
    }
}

#[test]
fn nul_padding_is_taken_off() {
    let padded = [vec![0; 3], DOCUMENT.as_bytes().to_vec(), vec![0; 500]].concat();
    assert_eq!(read(&padded), DOCUMENT);
    assert_eq!(read(&[0; 64]), "");
}

#[test]
fn marks_between_documents_are_taken_out_and_those_in_names_are_not() {
    assert_eq!(read("\u{feff}{}\r\n\u{feff}{}\u{feff}[]".as_bytes()), "{}\r\n{}[]");
    let in_a_name = "{\"a\":\"b\u{feff}c\"}";
    assert_eq!(read(in_a_name.as_bytes()), in_a_name);
    assert_eq!(read(&utf16_of("\u{feff}{}\r\n\u{feff}{}", u16::to_le_bytes)), "{}\r\n{}");
}

#[test]
fn windows_1252_is_read_and_said() {
    let old = b"{\"name\": \"Caf\xe9 \x80\"}";
    assert_eq!(text(old), Ok(Text { text: "{\"name\": \"Café €\"}".into(), note: Some(WINDOWS_1252_NOTE) }));
}

#[test]
fn broken_utf_8_is_an_error_at_its_byte() {
    let mixed = [DOCUMENT.as_bytes(), b"\xff"].concat();
    assert_eq!(text(&mixed), Err(TextError::Utf8 { offset: DOCUMENT.len() }));
    assert_eq!(text(b"{\"a\": \"caf\xc3"), Err(TextError::Utf8 { offset: 10 }));
    assert_eq!(text(b"\0\0{\x81}"), Err(TextError::Utf8 { offset: 3 }));
}

#[test]
fn broken_utf_16_is_an_error_at_its_byte() {
    let lone_surrogate = [&b"\xff\xfe{\0"[..], b"\x00\xd8", b"}\0"].concat();
    assert_eq!(text(&lone_surrogate), Err(TextError::Utf16 { offset: 4 }));
    assert_eq!(text(b"\xff\xfe{\0}"), Err(TextError::Utf16 { offset: 4 }));
}

#[test]
fn documents_in_several_encodings_are_all_read() {
    let wide = |unit: fn(u16) -> [u8; 2]| DOCUMENT.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let (little, big, narrow) = (wide(u16::to_le_bytes), wide(u16::to_be_bytes), DOCUMENT.as_bytes().to_vec());
    for parts in [
        vec![&b"\xff\xfe"[..], &little, &narrow],
        vec![&narrow, &little],
        vec![&narrow, b"\xff\xfe", &little, &narrow],
        vec![b"\xff\xfe", &little, b"\xfe\xff", &big],
    ] {
        let many = parts.iter().filter(|part| part.len() > 2).count();
        let read = text(&parts.concat()).expect("text").text.into_owned();
        assert_eq!(read.matches(DOCUMENT.trim()).count(), many, "{read}");
    }
    // A broken part is not left out.
    let broken = [&little[..], b"{\"ServiceName\": \"\xc3\xbc caf\xc3\"}"].concat();
    assert_eq!(text(&broken), Err(TextError::Mixed));
}

#[test]
fn binary_and_utf_32_are_refused() {
    assert_eq!(text(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0"), Err(TextError::Binary));
    assert_eq!(text(b"ab\0\0\0cd"), Err(TextError::Binary));
    assert_eq!(text(&[1; 100]), Err(TextError::Binary));
    assert_eq!(text(b"a\0b"), Err(TextError::Utf16 { offset: 2 }));
    assert_eq!(text(b"\xff\xfe\0\0{\0\0\0"), Err(TextError::Utf32));
    assert_eq!(text(b"\0\0\xfe\xff\0\0\0{"), Err(TextError::Utf32));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = text(&bytes);
    }

    #[test]
    fn text_comes_back_as_it_was(name in "[^\\p{C}\\p{Z}]{1,20}") {
        let document = format!("{{\"ServiceName\": \"{name}\"}}");
        prop_assert_eq!(&read(document.as_bytes()), &document);
        let marked = format!("\u{feff}{document}");
        prop_assert_eq!(&read(&utf16_of(&marked, u16::to_le_bytes)), &document);
    }
}

/// A shared library of 48 MB took 110 seconds: each of its millions of parts was looked for to the end of the file. Four
/// megabytes of these bytes would take days that way.
#[test]
fn a_large_program_is_refused_at_its_first_part() {
    let mut program = b"\x7fELF\x02\x01\x01\0".to_vec();
    program.resize(4 << 20, 0);
    program.extend_from_slice(b"end");
    assert_eq!(text(&program), Err(TextError::Binary));
    let words = b"text\0\x01\x02\0".repeat(1 << 19);
    assert_eq!(text(&words), Err(TextError::Binary));
}
