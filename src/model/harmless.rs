//! Text from documents without what acts on whoever reads it.
//!
//! No name that AWS gives holds a control character, but a document that someone made may, and its names go into every output.
//! Terminals are guarded once more where lines are written; this keeps CSV and JSON lines harmless too, which people `cat`.

use std::borrow::Cow;

/// Control characters, and characters that are not seen themselves but reorder or break the line around them.
#[must_use]
pub const fn acts(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `text` with every such character spelt out: `\n`, `\u{1b}`.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut spelt = String::with_capacity(text.len() + 16);
    for c in text.chars() {
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
        assert!(matches!(harmless("Größe \\ 😀"), Cow::Borrowed(_)));
        assert_eq!(harmless("a\nb\tc\u{1b}[31m\u{9b}\u{202e}"), "a\\nb\\tc\\u{1b}[31m\\u{9b}\\u{202e}");
    }
}
