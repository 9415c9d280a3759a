//! The lines of a table in TOML: the tables of one array.
//!
//! Each is read by itself, so that a file of a hundred thousand tables takes no more memory than a file of one, and an
//! error is reported for its own entry.

use serde::de::DeserializeOwned;
use toml_edit::{Document, Item, TomlError, Value};

use super::{Fault, ends_of_lines};

/// No person writes a table that is longer.
const MOST_BYTES: usize = 64 << 10;

/// Hands each table of the array `name` in `text` to `each`. A value is read as the text that CSV would have for it.
pub(super) fn lines<L: DeserializeOwned>(
    text: &str,
    name: &str,
    mut each: impl FnMut(u64, L) -> Result<(), Fault>,
) -> Result<(), Fault> {
    for (at, part) in parts(text, name) {
        let Some((at, table, wrong)) = table(part, name, at)? else { continue };
        let read = serde_json::from_value(table).map_err(|error| (at, error.to_string()));
        // That a key is unknown is told before what is wrong with its value.
        match (read, wrong) {
            (Err(error), None) => return Err(error),
            (Err(error), _) if error.1.starts_with("unknown field") => return Err(error),
            (_, Some(wrong)) => return Err(wrong),
            (Ok(line), None) => each(at, line)?,
        }
    }
    Ok(())
}

/// The text before the first header, and each header with the text after it; every part with the number of its first
/// line.
pub(crate) fn parts<'t>(text: &'t str, name: &str) -> impl Iterator<Item = (u64, &'t str)> {
    let header = format!("[[{name}]]");
    let mut rest = text;
    let mut at = 1_u64;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            if end > 0 && is_header(line, &header) {
                break;
            }
            end += line.len();
        }
        let (part, after) = rest.split_at(end);
        rest = after;
        let from = at;
        at += ends_of_lines(part.as_bytes());
        Some((from, part))
    })
}

/// Whether a line is the header, perhaps with blanks in it or a comment after it.
fn is_header(line: &str, header: &str) -> bool {
    line.trim_start().starts_with('[')
        && line.split('#').next().is_some_and(|line| line.split_whitespace().collect::<String>() == header)
}

/// The table of a part: its line, its values, and what is wrong with the first value that is no text.
type TableOfPart = (u64, serde_json::Value, Option<Fault>);

/// The only table of a part; none for the part before the first header.
fn table(part: &str, name: &str, at: u64) -> Result<Option<TableOfPart>, Fault> {
    let line = |offset: usize| at + ends_of_lines(&part.as_bytes()[..offset.min(part.len())]);
    if part.len() > MOST_BYTES {
        return Err((at, format!("an entry has more than {} KiB", MOST_BYTES >> 10)));
    }
    let broken = |error: TomlError| (error.span().map_or(at, |span| line(span.start)), first_line(error.message()));
    let document = Document::parse(part).map_err(broken)?;
    let mut found = None;
    for (key, item) in document.as_table() {
        let tables = item.as_array_of_tables().filter(|_| key == name);
        let Some(tables) = tables else {
            let at = document.as_table().key(key).and_then(toml_edit::Key::span).map_or(at, |span| line(span.start));
            return Err((at, format!("{key} is no key here: begin each entry with [[{name}]]")));
        };
        for table in tables {
            let at = table.span().map_or(at, |span| line(span.start));
            let (mut cells, mut wrong) = (serde_json::Map::new(), None);
            for (key, item) in table {
                let of_key = table.key(key).and_then(toml_edit::Key::span).map_or(at, |span| line(span.start));
                let value = cell(key, item).unwrap_or_else(|what| {
                    wrong.get_or_insert((of_key, what));
                    serde_json::Value::Null
                });
                cells.insert(key.to_owned(), value);
            }
            found = Some((at, serde_json::Value::Object(cells), wrong));
        }
    }
    Ok(found)
}

/// The text of a value.
fn cell(key: &str, item: &Item) -> Result<serde_json::Value, String> {
    let text = match item {
        Item::Value(Value::String(text)) => text.value().clone(),
        Item::Value(Value::Datetime(at)) => at.value().to_string(),
        Item::Value(Value::Boolean(flag)) => flag.value().to_string(),
        Item::Value(Value::Integer(_) | Value::Float(_)) => return Err(format!("{key} is a text: write it in quotes")),
        _ => return Err(format!("{key} is a text, a date or true")),
    };
    Ok(serde_json::Value::String(text))
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}
