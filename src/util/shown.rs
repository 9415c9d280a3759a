//! How the name of a file is shown, and which file has the name that is shown.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::sanitize::acts;

/// A name as text that is safe to print and different for different names: bytes that are not UTF-8 as `\xNN`; control
/// characters, and those that reorder the text around them, as `\n` or `\u{1b}`; a backslash as two.
pub(crate) fn printable(name: &[u8]) -> String {
    let mut shown = String::with_capacity(name.len());
    push_printable(&mut shown, name);
    shown
}

/// Adds the name to the text.
pub(crate) fn push_printable(shown: &mut String, name: &[u8]) {
    for chunk in name.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' | '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
                c if acts(c) => shown.extend(c.escape_unicode()),
                c => shown.push(c),
            }
        }
        for byte in chunk.invalid() {
            write!(shown, "\\x{byte:02X}").expect("a String takes everything");
        }
    }
}

/// The path that is shown as `shown`. A path that is shown in no such way, because a person typed it, is that path.
#[must_use]
pub fn path_of(shown: &Path) -> PathBuf {
    let text = shown.to_str().filter(|text| text.contains('\\'));
    text.and_then(name_of).and_then(os_string).map_or_else(|| shown.to_owned(), PathBuf::from)
}

/// The bytes that [`printable`] shows as `shown`; no two names are shown alike.
fn name_of(shown: &str) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(shown.len());
    let mut rest = shown;
    while let Some(at) = rest.find('\\') {
        name.extend(&rest.as_bytes()[..at]);
        let escape = rest[at + 1..].chars().next()?;
        rest = &rest[at + 1 + escape.len_utf8()..];
        match escape {
            '\\' => name.push(b'\\'),
            'n' => name.push(b'\n'),
            'r' => name.push(b'\r'),
            't' => name.push(b'\t'),
            'x' => {
                name.push(u8::from_str_radix(rest.get(..2)?, 16).ok()?);
                rest = &rest[2..];
            }
            'u' => {
                let (code, after) = rest.strip_prefix('{')?.split_once('}')?;
                let c = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
                name.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            _ => return None,
        }
    }
    name.extend(rest.as_bytes());
    (printable(&name) == shown).then_some(name)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "on other systems there are bytes that are no name")]
fn os_string(name: Vec<u8>) -> Option<OsString> {
    Some(std::os::unix::ffi::OsStringExt::from_vec(name))
}

#[cfg(not(unix))]
fn os_string(name: Vec<u8>) -> Option<OsString> {
    String::from_utf8(name).ok().map(OsString::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_name_is_found_by_what_is_shown(name in any::<Vec<u8>>(), text in "[a\\\\nux{}0-9\u{202e}\n\u{fe0f}]*") {
            prop_assert_eq!(name_of(&printable(&name)), Some(name));
            prop_assert_eq!(name_of(&printable(text.as_bytes())), Some(text.into_bytes()));
        }

        #[test]
        fn what_shows_no_name_is_none(text in "[a\\\\nux{}0-9fe]*") {
            prop_assert!(name_of(&text).is_none_or(|name| printable(&name) == text));
        }
    }

    #[test]
    fn a_path_that_a_person_typed_stays() {
        for typed in ["dumps/a.json", r"C:\dumps\users", r"a\u{61}", r"a\", "☁\u{fe0f}/a.json"] {
            assert_eq!(path_of(Path::new(typed)), Path::new(typed));
        }
        assert_eq!(path_of(Path::new(r"d/☁\u{fe0f}\n\\.json")), Path::new("d/☁\u{fe0f}\n\\.json"));
    }
}
