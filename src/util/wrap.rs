//! Texts for a screen of a certain width: how wide a text is, sentences over several lines, and a text without its middle.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns of a terminal `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// `text` over lines of at most `limit` columns, broken at blanks. A longer word is broken after the last `/`, `:` or
/// `,` that fits, or, if it has none, at the end of the line.
#[must_use]
pub fn wrap(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word;
        let line = lines.last_mut().expect("one line at least");
        if !line.is_empty() && width(line) + 1 + width(word) <= limit {
            line.push(' ');
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(String::new());
        }
        while width(word) > limit {
            let (head, rest) = word.split_at(break_of(word, limit));
            lines.last_mut().expect("one line at least").push_str(head);
            lines.push(String::new());
            word = rest;
        }
        lines.last_mut().expect("one line at least").push_str(word);
    }
    lines
}

/// Where a word that is wider than `limit` is broken.
fn break_of(word: &str, limit: usize) -> usize {
    let fits = end_of(word, limit).max(word.chars().next().map_or(1, char::len_utf8));
    let seam = word[..fits].rfind(['/', ':', ',']).map(|at| at + 1);
    seam.filter(|at| *at > fits / 3).unwrap_or(fits)
}

/// The end of the longest beginning of `text` that takes no more than `limit` columns.
fn end_of(text: &str, limit: usize) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > limit {
            return at;
        }
    }
    text.len()
}

/// `text` in at most `limit` columns: if it is wider, `…` replaces its middle.
#[must_use]
pub fn cut_middle(text: &str, limit: usize) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let room = limit.saturating_sub(1);
    let head = &text[..end_of(text, room.div_ceil(2))];
    let mut tail = text.len();
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(0);
        if used > room / 2 {
            break;
        }
        tail = at;
    }
    format!("{head}…{}", &text[tail..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_at_blanks_and_long_words_at_seams() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""]);
        assert_eq!(wrap("see dumps/2026/role.json now", 12), ["see", "dumps/2026/", "role.json", "now"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
    }

    #[test]
    fn no_line_is_wider_than_the_limit() {
        let text = "note: arn:aws:iam::111122223333:role/a-very-long/path/of/roles, 日本語, and 1 more of them";
        for limit in 2..120 {
            let lines = wrap(text, limit);
            assert!(lines.iter().all(|line| width(line) <= limit), "{limit}: {lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }

    #[test]
    fn the_middle_goes_first() {
        assert_eq!(cut_middle("AdminRole", 9), "AdminRole");
        assert_eq!(cut_middle("abcdefghi", 8), "abcd…ghi");
        assert_eq!(cut_middle("AdminRole", 1), "…");
        assert_eq!(cut_middle("日本語日本語", 6), "日…語");
    }
}
