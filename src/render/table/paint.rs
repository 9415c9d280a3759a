//! Color for the few words that a reader looks for: verdicts, buckets, evidence, risks.

use std::borrow::Cow;

use crate::model::{Evidence, Verdict};

const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "31";
const DIM: &str = "2";
const MAGENTA: &str = "35";

/// `word` in its color, where the column named `column` holds words of a closed set and this is one of them.
pub(super) fn paint<'w>(column: &str, word: &'w str) -> Cow<'w, str> {
    style_of(column, word).map_or(Cow::Borrowed(word), |style| Cow::Owned(format!("\x1b[{style}m{word}\x1b[0m")))
}

fn style_of(column: &str, word: &str) -> Option<&'static str> {
    match column {
        "evidence" => Evidence::parse(word).filter(|evidence| !evidence.is_whole()).map(|_| MAGENTA),
        "verdict" | "old_verdict" | "new_verdict" | "bucket" | "cell" => Verdict::parse(word).map(color_of),
        "risk" => match word {
            "critical" | "high" => Some(RED),
            "medium" => Some(YELLOW),
            _ => None,
        },
        _ => None,
    }
}

const fn color_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Active => GREEN,
        Verdict::Stale => YELLOW,
        Verdict::Unused => RED,
        Verdict::Unknown => DIM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paints_words_of_closed_sets_only_in_their_columns() {
        assert_eq!(paint("verdict", "unused"), "\x1b[31munused\x1b[0m");
        assert_eq!(paint("evidence", "truncated"), "\x1b[35mtruncated\x1b[0m");
        assert_eq!(paint("evidence", "complete"), "complete");
        assert_eq!(paint("entity_name", "unused"), "unused");
        assert_eq!(paint("bucket", "0-29"), "0-29");
    }
}
