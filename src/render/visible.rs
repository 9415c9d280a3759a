//! Characters that act instead of being seen, made visible: `\n`, `\u{1b}`, `\u{202e}`.
//!
//! Names in dumps and file names are chosen by others. Shown to a person they must not move the cursor, recolour the screen, turn
//! the reading direction round or hide. Only for eyes: what machines read (CSV, JSON, Parquet) keeps the characters as they are.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` with every acting character spelt out.
pub fn visible(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(acts) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if acts(c) => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a String takes whatever is written to it"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Control characters (C0, DEL, C1), line and paragraph separators, invisible format characters with the bidirectional overrides
/// among them, and private-use characters, whose look is anyone's guess and of which `table` makes use itself.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_plain_text_alone() {
        assert!(matches!(visible("arn:aws:iam::123456789012:role/Größe 😀"), Cow::Borrowed(_)));
    }

    #[test]
    fn spells_out_what_acts() {
        assert_eq!(visible("a\nb\r\tc"), "a\\nb\\r\\tc");
        assert_eq!(visible("\u{1b}[31m\u{7}\u{9b}"), "\\u{1b}[31m\\u{7}\\u{9b}");
        assert_eq!(visible("x\u{202e}y\u{200f}\u{2066}"), "x\\u{202e}y\\u{200f}\\u{2066}");
    }
}
