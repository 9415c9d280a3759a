//! Names from inputs, without the characters that act on a terminal.
//!
//! No name that AWS gives holds a control character, but a document that someone made may hold any, and so may the name
//! of a file. In an output such a name must not move the cursor, recolor the screen, reverse the reading direction or
//! hide a part of itself: neither on a terminal nor in CSV and JSON, which people print to one. Every output asks this
//! file which characters these are.

use std::borrow::Cow;

/// Whether `c` acts instead of being shown: control characters (C0, DEL, C1), line and paragraph separators, invisible
/// format characters, including the bidirectional overrides, and private-use characters, which have no defined look.
#[must_use]
pub const fn acts(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// `text` with every such character escaped: `\n`, `\u{1b}`, `\u{202e}`. Text that is already an escape stays as it is.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    // Nearly every name is printable ASCII, and a report has millions.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let Some(first) = text.find(acts) else { return Cow::Borrowed(text) };
    let mut spelt = String::with_capacity(text.len() + 16);
    spelt.push_str(&text[..first]);
    for c in text[first..].chars() {
        match c {
            '\n' | '\r' | '\t' => spelt.extend(c.escape_default()),
            c if acts(c) => spelt.extend(c.escape_unicode()),
            c => spelt.push(c),
        }
    }
    Cow::Owned(spelt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_spelt_out_and_the_rest_is_kept() {
        for plain in ["arn:aws:iam::123456789012:role/x \\ ~", "Größe \\ 😀"] {
            assert!(matches!(harmless(plain), Cow::Borrowed(_)));
        }
        assert_eq!(harmless("ü\r\n\tc\u{1b}[31m\u{7}\u{9b}"), "ü\\r\\n\\tc\\u{1b}[31m\\u{7}\\u{9b}");
        assert_eq!(
            harmless("x\u{202e}y\u{200f}\u{2066}\u{feff}\u{200b}"),
            "x\\u{202e}y\\u{200f}\\u{2066}\\u{feff}\\u{200b}"
        );
    }

    #[test]
    fn spelling_out_twice_changes_nothing() {
        let once = harmless("\u{202e}\n").into_owned();
        assert_eq!(harmless(&once), once);
    }
}
