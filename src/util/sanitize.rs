//! Names from inputs, without the characters that act on a terminal.
//!
//! No name that AWS gives holds a control character, but a document that someone made may hold any, and so may the name
//! of a file. In an output such a name must not move the cursor, recolor the screen, reverse the reading direction or
//! hide a part of itself: neither on a terminal nor in CSV and JSON, which people print to one. Every output asks this
//! file which characters these are.

use std::borrow::Cow;

/// Whether `c` acts instead of being shown, or is shown as nothing: control characters (C0, DEL, C1), line and paragraph
/// separators, everything that Unicode calls `Default_Ignorable_Code_Point`, which includes the bidirectional overrides
/// and the variation selectors, other letters and marks that look like nothing, and characters without a defined look
/// (private use, noncharacters). Spaces of every width are shown as blanks.
#[must_use]
pub const fn acts(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}')
        || is_ignorable(c)
        || looks_like_nothing(c)
        || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{f0000}'..)
        || c as u32 & 0xfffe == 0xfffe
}

/// `Default_Ignorable_Code_Point` of Unicode 17, with the code points that it reserves for later ones.
const fn is_ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Not ignorable to Unicode, and yet invisible: the empty Braille pattern, the filler of Khitan, the empty notehead, and
/// format characters of annotations and hieroglyphs.
const fn looks_like_nothing(c: char) -> bool {
    matches!(c, '\u{2800}' | '\u{16fe4}' | '\u{1d159}' | '\u{fff9}'..='\u{fffc}' | '\u{13430}'..='\u{1343f}')
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
    fn nothing_invisible_is_left() {
        let ignorable = [
            (0xad, 0xad),
            (0x34f, 0x34f),
            (0x61c, 0x61c),
            (0x115f, 0x1160),
            (0x17b4, 0x17b5),
            (0x180b, 0x180f),
            (0x200b, 0x200f),
            (0x202a, 0x202e),
            (0x2060, 0x206f),
            (0x3164, 0x3164),
            (0xfe00, 0xfe0f),
            (0xfeff, 0xfeff),
            (0xffa0, 0xffa0),
            (0xfff0, 0xfff8),
            (0x1bca0, 0x1bca3),
            (0x1d173, 0x1d17a),
            (0xe0000, 0xe0fff),
        ];
        let blank = [
            (0x2800, 0x2800),
            (0x16fe4, 0x16fe4),
            (0x1d159, 0x1d159),
            (0xfff9, 0xfffc),
            (0x13430, 0x1343f),
            (0xfffe, 0xffff),
        ];
        for code in ignorable.into_iter().chain(blank).flat_map(|(first, last)| first..=last) {
            let c = char::from_u32(code).expect("a character");
            assert_eq!(harmless(&format!("role/x{c}y")), format!("role/x\\u{{{code:x}}}y"));
        }
        for shown in ["\u{ff9f}", "\u{3163}", "\u{27ff}", "\u{2801}", "\u{a0}x", "\u{3000}x", "e\u{301}", "\u{fffd}"] {
            assert_eq!(harmless(shown), shown, "{shown:?}");
        }
    }

    #[test]
    fn spelling_out_twice_changes_nothing() {
        let once = harmless("\u{202e}\n").into_owned();
        assert_eq!(harmless(&once), once);
    }
}
