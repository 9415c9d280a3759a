//! Texts that come from outside, as Markdown that shows just these texts.

use std::fmt::{self, Display, Write as _};

use crate::util::sanitize::harmless;

/// Shows a text as just that text, wherever in a line it stands.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = harmless(self.0);
        for (at, c) in text.char_indices() {
            let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                // An underscore inside a word is never emphasis; left alone, column names stay readable in the raw text.
                '_' if in_word(before.chars().next_back()) && in_word(after.chars().next()) => f.write_char(c)?,
                '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '$' => write!(f, "\\{c}")?,
                // At the start these would make a list or an indented block.
                '-' | '+' if before.is_empty() => write!(f, "\\{c}")?,
                ' ' if before.is_empty() => f.write_str("&#32;")?,
                '.' | ')' if !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit()) => write!(f, "\\{c}")?,
                // Bare addresses become links on GitHub.
                '/' if before.ends_with(':') => f.write_str("\\/")?,
                '.' if before.ends_with("www") => f.write_str("\\.")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

fn in_word(neighbour: Option<char>) -> bool {
    neighbour.is_some_and(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text() {
        for (text, escaped) in [
            ("a|b", "a\\|b"),
            ("<script>&", "&lt;script&gt;&amp;"),
            ("[x](javascript:1)", "\\[x\\](javascript:1)"),
            ("`*_~", "\\`\\*\\_\\~"),
            ("two\nlines", "two\\\\nlines"),
            ("\u{1b}[2J", "\\\\u{1b}\\[2J"),
            ("service_name", "service_name"),
            ("__x__", "\\_\\_x\\_\\_"),
            ("- x", "\\- x"),
            ("a-b", "a-b"),
            ("12. x", "12\\. x"),
            ("1.5", "1\\.5"),
            ("    x", "&#32;   x"),
            ("http://x", "http:\\//x"),
            ("www.x", "www\\.x"),
            ("arn:aws:iam::1:role/x", "arn:aws:iam::1:role/x"),
        ] {
            assert_eq!(Escaped(text).to_string(), escaped);
        }
    }
}
