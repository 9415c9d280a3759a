//! From the text of one document to the JSON values in it, with everything that stands between them.
//!
//! People save what their terminal shows: polling noise, a line that names the role, several answers one after another,
//! a closing "Done." All of that is text between values; a JSON value that is not whole is a problem with line and
//! column.

use serde_json::value::RawValue;

/// One piece of a document.
#[derive(Debug)]
pub enum TextPiece<'t> {
    /// A whole JSON value.
    Value(&'t str),
    /// A line of other text.
    Line(&'t str),
    /// The place where a value begins that does not end, or breaks a rule; line and column are those of the document,
    /// from 1, and `text` is what is lost with it.
    Broken { line: usize, column: usize, what: String, cut_off: bool, text: &'t str },
}

/// How many times the length of a text may be read in the search for values before the rest is given up.
const MOST_READINGS: usize = 8;

/// Splits `text`. After something broken, reading continues at the next line that begins a value in its first column,
/// so that one bad line of JSON lines loses only itself.
pub fn pieces(text: &str) -> Vec<TextPiece<'_>> {
    let mut pieces = Vec::new();
    let mut lines = Lines::new(text);
    // In a text of a million `[`, each may begin a value that never ends.
    let mut patience = text.len().saturating_mul(MOST_READINGS);
    let mut at = 0;
    while let Some(start) = next_content(text, at) {
        let rest = &text[start..];
        if !begins_value(rest) {
            let line = rest.lines().next().unwrap_or(rest);
            let inner = within(line).filter(|_| patience > 0);
            let (end, found) = inner.map_or((start + line.len(), None), |inner| {
                patience = patience.saturating_sub(line.len());
                embedded(text, start + inner, start + line.len(), &mut lines, &mut patience)
            });
            let before =
                if let Some(TextPiece::Value(_)) = found { &line[..inner.unwrap_or(line.len())] } else { line };
            pieces.push(TextPiece::Line(before.trim_end()));
            pieces.extend(found);
            at = end;
            continue;
        }
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        match values.next() {
            Some(Ok(value)) => {
                pieces.push(TextPiece::Value(value.get()));
                at = start + values.byte_offset();
            }
            Some(Err(error)) => {
                let next = next_value_line(text, start);
                let read = if error.is_eof() { rest.len() } else { line_start(rest, error.line()) + error.column() };
                let left = patience.checked_sub(read);
                let mut broken = lines.broken(start..next.unwrap_or(text.len()), &error);
                if let (Some(_), None, TextPiece::Broken { what, .. }) = (next, left, &mut broken) {
                    what.push_str(", like much before it; the rest of the document was not read");
                }
                pieces.push(broken);
                let (Some(next), Some(left)) = (next, left) else { break };
                (at, patience) = (next, left);
            }
            None => break,
        }
    }
    pieces
}

/// Where a value may begin in a line of other text: `… INFO answer={"JobStatus": …}`, `answer = {`.
fn within(line: &str) -> Option<usize> {
    let may_begin = |at: &usize| holds_members(&line[*at..]) || line[*at..].trim_end().len() == 1;
    line.match_indices(['{', '[']).map(|(at, _)| at).take(MOST_BRACKETS).find(may_begin)
}

/// How many brackets before the JSON on its line may be brackets of a log: `[INFO]`, `audit[123]:`.
const MOST_BRACKETS: usize = 8;

/// The value that begins at `start`, within the line that ends at `end`, and where to continue. Something that only
/// looks like a value, perhaps in a program, is text; but if the line leaves it open, the indented lines below it are
/// skipped, because its rows are values too.
fn embedded<'t>(
    text: &'t str,
    start: usize,
    end: usize,
    lines: &mut Lines<'t>,
    patience: &mut usize,
) -> (usize, Option<TextPiece<'t>>) {
    let rest = &text[start..];
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
    match values.next() {
        Some(Ok(value)) if holds_members(value.get()) => {
            (start + values.byte_offset(), Some(TextPiece::Value(value.get())))
        }
        Some(Err(error)) => {
            let read = if error.is_eof() { rest.len() } else { line_start(rest, error.line()) + error.column() };
            *patience = patience.saturating_sub(read);
            let is_meant = error.is_eof() || error.line() > 3;
            let is_open = text[start..end].trim_end().len() == 1;
            let next = if is_open { next_value_line(text, start).unwrap_or(text.len()) } else { end };
            let found = is_meant.then(|| lines.broken(start..next, &error));
            (next, found)
        }
        _ => (end, None),
    }
}

/// Whether an object with members begins here, or a list of such objects.
fn holds_members(rest: &str) -> bool {
    let inner = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '['));
    inner.starts_with('"') && rest.contains('{')
}

/// Whether containers nest more than `most` deep in `json`, a JSON value.
pub fn nests_deeper(json: &str, most: usize) -> bool {
    let mut depth = 0usize;
    let mut at = 0;
    let bytes = json.as_bytes();
    while let Some(offset) = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']')) {
        at += offset;
        match bytes[at] {
            b'"' => {
                at += string_end(&json[at..]);
                continue;
            }
            b'{' | b'[' => depth += 1,
            _ => depth = depth.saturating_sub(1),
        }
        if depth > most {
            return true;
        }
        at += 1;
    }
    false
}

fn next_content(text: &str, from: usize) -> Option<usize> {
    // A comma between values is left over from an array that was written by hand. `\u{1e}` is the record separator of
    // JSON text sequences.
    let between = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | ',' | '\u{1e}');
    text[from..].find(|c| !between(c)).map(|offset| from + offset)
}

/// Whether a value begins here: `{`, a `[` that is not a log prefix such as `[INFO]`, `null` alone, or a string that
/// holds JSON, perhaps itself in a string.
fn begins_value(rest: &str) -> bool {
    let mut chars = rest.chars();
    match chars.next() {
        Some('{') => true,
        Some('[') => rest[1..].trim_start().starts_with(['{', '[', ']', '"']) || rest[1..].trim_start().is_empty(),
        Some('"') => chars.as_str().trim_start_matches(['\\', '"']).starts_with(['{', '[']),
        Some('n') => rest.lines().next().is_some_and(|line| line.trim() == "null"),
        _ => false,
    }
}

fn next_value_line(text: &str, after: usize) -> Option<usize> {
    let newlines = text[after..].match_indices('\n').map(|(offset, _)| after + offset + 1);
    newlines.into_iter().find(|&start| text[start..].starts_with(['{', '[']) && begins_value(&text[start..]))
}

/// Where the line of this number, counted from 1, begins.
fn line_start(text: &str, number: usize) -> usize {
    number.checked_sub(2).and_then(|nth| text.match_indices('\n').nth(nth)).map_or(0, |(newline, _)| newline + 1)
}

/// Counts the lines of a text while it is read, each once.
struct Lines<'t> {
    text: &'t str,
    counted: usize,
    before: usize,
}

impl<'t> Lines<'t> {
    const fn new(text: &'t str) -> Self {
        Self { text, counted: 0, before: 0 }
    }

    /// The piece for a value that is broken as `error` says, and for the part of the text that is lost with it. The
    /// start never goes back.
    fn broken(&mut self, lost: std::ops::Range<usize>, error: &serde_json::Error) -> TextPiece<'t> {
        let start = lost.start;
        self.before += self.text[self.counted..start].matches('\n').count();
        self.counted = start;
        let column_before = start - self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let first_line = error.line() <= 1;
        let line = self.before + error.line().max(1);
        let column = if first_line { column_before + error.column() } else { error.column() };
        let full = error.to_string();
        let what = full.rsplit_once(" at line ").map_or(full.as_str(), |(what, _)| what).to_owned();
        TextPiece::Broken { line, column, what, cut_off: error.is_eof(), text: &self.text[lost] }
    }
}

/// Replaces what Python writes and JSON does not know: `NaN`, which is not a value, by `null`; `Infinity`, which is a
/// value that no reader understands, by text. `None` if the text has neither outside strings.
pub fn without_nan(text: &str) -> Option<String> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return None;
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find(['"', 'N', 'I', '-']) {
        cleaned.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('"') {
            let end = string_end(rest);
            cleaned.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if let Some(word) = ["NaN", "-Infinity", "Infinity"].iter().find(|word| rest.starts_with(**word)) {
            cleaned.push_str(if *word == "NaN" { "null" } else { "\"Infinity\"" });
            rest = &rest[word.len()..];
            changed = true;
        } else {
            cleaned.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    cleaned.push_str(rest);
    changed.then_some(cleaned)
}

/// The length of the JSON string that `text` begins with.
fn string_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_lines_keep_their_order() {
        let text = "IN_PROGRESS\nRole: arn:x\n{\"a\": 1}\n[INFO] done\n[\n {}]{\"b\":2}\nnull\nDone.";
        let seen: Vec<_> = pieces(text).iter().map(|p| format!("{p:?}")).collect();
        assert_eq!(
            seen,
            [
                "Line(\"IN_PROGRESS\")",
                "Line(\"Role: arn:x\")",
                "Value(\"{\\\"a\\\": 1}\")",
                "Line(\"[INFO] done\")",
                "Value(\"[\\n {}]\")",
                "Value(\"{\\\"b\\\":2}\")",
                "Value(\"null\")",
                "Line(\"Done.\")",
            ]
        );
    }

    #[test]
    fn a_broken_line_costs_only_itself_and_is_found_by_line_and_column() {
        let text = "{\"a\": 1}\n{\"b\": }\n{\"c\": 3}\n{\"d\": 4";
        let found = pieces(text);
        assert!(matches!(found[1], TextPiece::Broken { line: 2, column: 7, cut_off: false, .. }), "{found:?}");
        assert!(matches!(found[2], TextPiece::Value("{\"c\": 3}")));
        assert!(matches!(found[3], TextPiece::Broken { line: 4, cut_off: true, .. }), "{found:?}");
    }

    #[test]
    fn a_value_may_begin_within_a_line_and_is_not_looked_into_where_it_is_broken() {
        let shown = |text| pieces(text).iter().map(|p| format!("{p:?}")).collect::<Vec<_>>();
        let line = "06:15 INFO answer={\"a\": 1} done";
        assert_eq!(shown(line), ["Line(\"06:15 INFO answer=\")", "Value(\"{\\\"a\\\": 1}\")", "Line(\"done\")"]);
        let line = "host audit[123]: {\"a\": 1}";
        assert_eq!(shown(line), ["Line(\"host audit[123]:\")", "Value(\"{\\\"a\\\": 1}\")"]);
        let program = "rows.append({\n    \"a\": a,\n    \"b\": [\n        {\"c\": 1}]})\n";
        assert_eq!(shown(program), ["Line(\"rows.append({\")"]);
        let cut = "answer = {\n  \"a\": [\n    {\"b\": 1},\n    {\"c\": 2}\n";
        assert!(matches!(pieces(cut)[..], [TextPiece::Line(_), TextPiece::Broken { cut_off: true, .. }]), "{cut}");
    }

    #[test]
    fn nan_becomes_null_and_infinity_text_outside_strings_only() {
        assert_eq!(
            without_nan(r#"{"a": NaN, "NaN": "x\"NaN", "b": -Infinity}"#).as_deref(),
            Some(r#"{"a": null, "NaN": "x\"NaN", "b": "Infinity"}"#)
        );
        assert_eq!(without_nan(r#"{"a": "NaN"}"#), None);
    }
}
