//! Colour for the few words that a reader looks for: verdicts, buckets, evidence.
//!
//! Escape sequences have no width on the screen but would have one in the layout. So [`mark`] first spells a word in private-use
//! characters, one for each letter and as wide, and [`paint`] turns those into letters and colours when the lines are laid out,
//! even where a word was wrapped. No other text holds such characters: [`harmless`](crate::util::sanitize::harmless) spells them out.

use crate::model::{Evidence, Verdict};

/// SGR parameters, in the order of the private-use planes that stand for them.
const STYLES: [&str; 5] = ["32", "33", "31", "2", "35"];
const GREEN: u32 = 0;
const YELLOW: u32 = 1;
const RED: u32 = 2;
const DIM: u32 = 3;
const MAGENTA: u32 = 4;

/// The first private-use character; each style has room for the 128 ASCII characters.
const BASE: u32 = 0xE000;

/// `word` marked for painting, where the column named `column` holds words of a closed set and this is one of them.
pub(super) fn mark(column: &str, word: &str) -> String {
    match style_of(column, word) {
        Some(style) => word.bytes().map(|byte| marked(style, byte)).collect(),
        None => word.to_owned(),
    }
}

fn style_of(column: &str, word: &str) -> Option<u32> {
    match column {
        "evidence" => Evidence::parse(word).filter(|evidence| !evidence.is_whole()).map(|_| MAGENTA),
        "verdict" | "old_verdict" | "new_verdict" | "bucket" | "cell" => match Verdict::parse(word) {
            Some(Verdict::Active) => Some(GREEN),
            Some(Verdict::Stale) => Some(YELLOW),
            Some(Verdict::Unused) => Some(RED),
            Some(Verdict::Unknown) => Some(DIM),
            None => None,
        },
        _ => None,
    }
}

fn marked(style: u32, byte: u8) -> char {
    char::from_u32(BASE + style * 128 + u32::from(byte)).expect("five times 128 is within the private-use area")
}

/// The line with marked letters turned into letters and SGR sequences; a line without marks as it is.
pub(super) fn paint(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut on = None;
    for c in line.chars() {
        let mark = u32::from(c).checked_sub(BASE).filter(|&code| code < STYLES.len() as u32 * 128);
        let style = mark.map(|code| code / 128);
        if style != on {
            if on.is_some() {
                out.push_str("\x1b[0m");
            }
            if let Some(style) = style {
                out.push_str("\x1b[");
                out.push_str(STYLES[style as usize]);
                out.push('m');
            }
            on = style;
        }
        out.push(mark.map_or(c, |code| char::from((code % 128) as u8)));
    }
    if on.is_some() {
        out.push_str("\x1b[0m");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paints_words_of_closed_sets_only_in_their_columns() {
        assert_eq!(paint(&mark("verdict", "unused")), "\x1b[31munused\x1b[0m");
        assert_eq!(paint(&format!("{} x", mark("evidence", "truncated"))), "\x1b[35mtruncated\x1b[0m x");
        assert_eq!(mark("evidence", "complete"), "complete");
        assert_eq!(mark("entity_name", "unused"), "unused");
        assert_eq!(mark("bucket", "0-29"), "0-29");
    }

    #[test]
    fn a_marked_word_is_as_long_as_the_word() {
        assert_eq!(mark("verdict", "active").chars().count(), "active".len());
    }
}
