//! Lists of services that a `--query` or another tool renamed: without any name of the API, known by the namespaces and
//! the dates in them.
//!
//! `[["ec2", "2026-05-01T08:00:00Z"], ["s3", null]]` tells nothing certain: a member that was left out may say that a
//! service was used. But it is an answer about an entity, and not the file of another program, so it is refused by name.

use serde_json::Value;

use super::time;
use crate::catalogue::Catalogue;

/// A longer text is not searched: what a query leaves of an answer is short.
const LONGEST: usize = 4 << 20;

/// How deep such a list may be in other containers.
const DEEPEST: usize = 6;

/// Whether a text holds such a list, as JSON or as lines.
pub fn is_projected(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.len() > LONGEST || !names_a_service(trimmed) {
        return false;
    }
    if !trimmed.starts_with(['{', '[']) {
        return are_lines(trimmed);
    }
    let values = serde_json::Deserializer::from_str(trimmed).into_iter::<Value>();
    values.map_while(Result::ok).any(|value| holds_list(&value, 0))
}

/// Whether any word in the text is a namespace: nearly every other text ends here.
fn names_a_service(text: &str) -> bool {
    let is_of_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.split(|c: char| !is_of_word(c)).any(is_namespace)
}

fn is_namespace(word: &str) -> bool {
    (2..=40).contains(&word.len()) && Catalogue::builtin().service_name(word).is_some()
}

fn holds_list(value: &Value, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    match value {
        Value::Array(rows) => are_rows(rows) || rows.iter().any(|row| holds_list(row, depth + 1)),
        Value::Object(members) => {
            let is_map =
                members.len() > 1 && members.iter().all(|(name, value)| is_namespace(name) && is_access(value));
            is_map || members.values().any(|value| holds_list(value, depth + 1))
        }
        _ => false,
    }
}

/// Whether each row has a namespace in one place, and in another one a date or nothing.
fn are_rows(rows: &[Value]) -> bool {
    // A namespace somewhere in the first row, before all rows are looked at.
    let Some(places) = rows.first().map(places).filter(|places| (2..=12).contains(&places.len())) else {
        return false;
    };
    let is_list = rows.first().is_some_and(Value::is_array);
    let all = |place: &str, fits: fn(&Value) -> bool| rows.iter().all(|row| at(row, place).is_some_and(fits));
    let is_service = |cell: &Value| cell.as_str().is_some_and(is_namespace);
    let Some(service) = places.iter().find(|place| all(place, is_service)) else { return false };
    places.iter().any(|place| {
        let is_of_access = ["last", "used", "access", "auth"].iter().any(|word| place.to_lowercase().contains(word));
        place != service && (is_list || is_of_access || rows.len() > 1) && all(place, is_access)
    })
}

/// The places of the cells in a row: their numbers, or their names.
fn places(row: &Value) -> Vec<String> {
    match row {
        Value::Array(cells) => (0..cells.len()).map(|at| at.to_string()).collect(),
        Value::Object(cells) => cells.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The cell in a place; an object may lack it, and a list may not.
fn at<'r>(row: &'r Value, place: &str) -> Option<&'r Value> {
    match row {
        Value::Array(cells) => cells.get(place.parse::<usize>().ok()?),
        Value::Object(cells) => Some(cells.get(place).unwrap_or(&Value::Null)),
        _ => None,
    }
}

/// Whether a value is what is in the place of the date of an access.
fn is_access(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => is_access_text(text),
        _ => false,
    }
}

fn is_access_text(text: &str) -> bool {
    let text = text.trim();
    let is_date = || {
        text.len() >= 10
            && text.starts_with(|c: char| c.is_ascii_digit())
            && time::parse_json(&format!("{text:?}")).instant().is_some()
    };
    ["", "-", "none", "null", "n/a", "never", "not accessed"].contains(&text.to_ascii_lowercase().as_str()) || is_date()
}

/// Whether each line is such a row: the cells of `--output text` and of a table without names. A header and drawn rules
/// may stand above them.
fn are_lines(text: &str) -> bool {
    let is_drawn = |line: &&str| line.chars().any(char::is_alphanumeric);
    let lines: Vec<&str> = text.lines().filter(is_drawn).collect();
    let is_row = |line: &str| {
        let line = line.trim_matches(|c: char| c.is_whitespace() || c == '|');
        let cells = || line.split(['\t', ',', ';', '|']).map(|cell| cell.trim_matches([' ', '"']));
        cells().count() > 1 && cells().any(is_namespace) && cells().any(is_access_text)
    };
    // A title and a line with the names of the columns.
    let above = lines.iter().take(2).take_while(|line| !is_row(line)).count();
    let rows = &lines[above..];
    !rows.is_empty() && (rows.len() > 1 || above == 0) && rows.iter().all(|line| is_row(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_renamed_members_and_lines_are_lists_of_services() {
        for text in [
            r#"[["ec2", "2026-05-01T08:00:00Z"], ["s3", null]]"#,
            r#"[["s3", null]]"#,
            r#"[{"ns": "ec2", "last_used": "2026-05-01T08:00:00Z"}, {"ns": "s3", "last_used": null}]"#,
            r#"{"Done": "2026-05-04", "Svc": [{"ns": "s3", "last_used": null}]}"#,
            r#"{"ec2": "2026-05-01T08:00:00Z", "s3": null}"#,
            "ec2\t2026-05-01T08:00:00+00:00\ns3\tNone\n",
            "ns,last_used\nec2,2026-05-01T08:00:00Z\ns3,\n",
            "---------\n|  Get  |\n+---+---+\n|  ec2 |  None |\n|  s3 |  2026-05-01T08:00:00Z |\n+---+---+\n",
        ] {
            assert!(is_projected(text), "{text}");
        }
        for text in [
            r#"[{"name": "s3", "version": "1.2"}, {"name": "left-pad", "version": null}]"#,
            r#"{"s3": {"bucket": "x"}, "ec2": null}"#,
            r#"["s3", "ec2"]"#,
            r#"{"region": "us-east-1", "s3": null}"#,
            "s3 is used, and ec2 is not\n",
            "service,price\ns3,12\n",
        ] {
            assert!(!is_projected(text), "{text}");
        }
    }
}
