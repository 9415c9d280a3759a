//! Lists of services that a `--query` or another tool renamed: without any name of the API, known by the namespaces and
//! the dates in them.
//!
//! `[["ec2", "2026-05-01T08:00:00Z"], ["s3", null]]` tells nothing certain: a member that was left out may say that a
//! service was used. But it is an answer about an entity, and not the file of another program, so it is refused by name.

use serde_json::Value;

use super::members::normal;
use super::time;
use crate::catalogue::Catalogue;
use crate::model::Arn;

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
    if rows.iter().any(is_named_like_a_service) {
        return false;
    }
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

/// Whether a row names its entity by an ARN with the name of a service: `role/batch`. Then the service is no service.
fn is_named_like_a_service(row: &Value) -> bool {
    let cells: Vec<&str> = match row {
        Value::Array(cells) => cells.iter().filter_map(Value::as_str).collect(),
        Value::Object(cells) => cells.values().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    is_own_name(&cells)
}

/// Whether one of the cells is an ARN, and ends with a name of a service that is in another cell.
fn is_own_name(cells: &[&str]) -> bool {
    let names = cells.iter().filter_map(|cell| Arn::parse(cell).ok());
    names.into_iter().any(|arn| is_namespace(arn.name()) && cells.contains(&arn.name()))
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
    ["", "-", "none", "null", "n/a", "never", "not accessed"].contains(&text.to_ascii_lowercase().as_str())
        || is_date(text)
}

fn is_date(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 10
        && text.starts_with(|c: char| c.is_ascii_digit())
        && time::parse_json(&format!("{text:?}")).instant().is_some()
}

fn is_dated(value: &Value) -> bool {
    value.as_str().is_some_and(is_date)
}

/// A longer text is not searched for uses: it would be held as a tree.
const LONGEST_OF_USES: usize = 32 << 20;

/// Whether a text holds the dates of accesses of services, beside what it tells of its entities: `arn,create_date,service,last_accessed`. A
/// document from which something else was taken needs surer signs than one that nobody knows.
pub fn holds_uses(text: &str) -> bool {
    let trimmed = text.trim();
    if !trimmed.starts_with(['{', '[']) {
        return names_a_service(trimmed) && are_lines_of_uses(trimmed);
    }
    let values = || serde_json::Deserializer::from_str(trimmed).into_iter::<Value>().map_while(Result::ok);
    trimmed.len() <= LONGEST_OF_USES && names_a_service(trimmed) && values().any(|value| holds_use(&value, 0))
}

fn holds_use(value: &Value, depth: usize) -> bool {
    let is_below = |value: &Value| depth < DEEPEST && holds_use(value, depth + 1);
    match value {
        Value::Array(rows) => are_uses(rows) || rows.iter().any(is_below),
        Value::Object(members) => {
            let is_map = members.iter().all(|(name, value)| is_namespace(name) && is_access(value));
            let tells = is_map && members.values().any(is_dated);
            // Single rows, as in JSON lines.
            let is_row = members.values().any(is_dated) && are_uses(std::slice::from_ref(value));
            // Anybody may give a tag the name of a service.
            tells || is_row || members.iter().any(|(name, value)| normal(name) != "tags" && is_below(value))
        }
        _ => false,
    }
}

/// Whether a cell is a namespace, or the source of an event: `s3.amazonaws.com`.
fn is_service(cell: &str) -> bool {
    is_namespace(cell.strip_suffix(".amazonaws.com").unwrap_or(cell))
}

/// Whether a member or a column may hold the name of a service.
fn names_services(name: &str) -> bool {
    let name = normal(name);
    name.contains("service") || name.contains("namespace")
}

/// Whether a member may hold the date of an access.
fn is_of_access(name: &str) -> bool {
    let name = name.to_lowercase();
    ["last", "used", "access", "auth", "seen"].iter().any(|word| name.contains(word))
}

/// Whether rows have the name of a service in one member, and in another one dates of accesses.
fn are_uses(rows: &[Value]) -> bool {
    if rows.iter().any(is_named_like_a_service) {
        return false;
    }
    let objects: Vec<_> = rows.iter().filter_map(Value::as_object).collect();
    let Some(first) = objects.first().filter(|_| objects.len() == rows.len()) else { return false };
    let is_service = |cell: Option<&Value>| cell.and_then(Value::as_str).is_some_and(is_service);
    let of_services = |name: &&String| {
        let mut cells = objects.iter().map(|row| is_service(row.get(*name)));
        if names_services(name) { cells.any(|is| is) } else { cells.all(|is| is) }
    };
    let Some(service) = first.keys().find(of_services) else { return false };
    let names = objects.iter().flat_map(|row| row.keys()).filter(|name| *name != service && is_of_access(name));
    names
        .into_iter()
        .any(|name| objects.iter().any(|row| is_service(row.get(service)) && row.get(name).is_some_and(is_dated)))
}

/// Whether lines of cells have the name of a service and a date: all of them, or those of a table with a column for services.
fn are_lines_of_uses(text: &str) -> bool {
    let cells = |line: &str| -> Vec<String> {
        line.split(['\t', ',', ';', '|']).map(|cell| cell.trim_matches([' ', '"']).to_owned()).collect()
    };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).map(cells);
    let Some(header) = lines.next() else { return false };
    let has_column = header.iter().any(|name| names_services(name) && !is_of_access(name));
    let (mut uses, mut others) = (0, 0);
    for cells in lines {
        let texts: Vec<&str> = cells.iter().map(String::as_str).collect();
        let is_use = texts.iter().any(|cell| is_service(cell)) && !is_own_name(&texts);
        let is_dated = texts.iter().any(|cell| is_date(cell));
        uses += usize::from(is_use && is_dated);
        others += usize::from(!is_use);
    }
    uses > 0 && (has_column || others == 0)
}

/// Whether a text is a drawn table, or JSON with a list, of entities and their dates without the names of the API: pairs (`--query 'Roles[].[Arn,CreateDate]'`),
/// or members with names of their own (`{a: Arn, c: CreateDate}`). A date under a name with another meaning is that of something else.
pub fn holds_entity_dates(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.len() > LONGEST || !trimmed.contains(":iam::") {
        return false;
    }
    if trimmed.starts_with('|') {
        return trimmed
            .lines()
            .any(|line| is_dated_entity(&line.split('|').map(|cell| Value::from(cell.trim())).collect()));
    }
    if !trimmed.starts_with(['{', '[']) {
        return false;
    }
    let values = serde_json::Deserializer::from_str(trimmed).into_iter::<Value>();
    values.map_while(Result::ok).any(|value| holds_dated(&value, 0))
}

fn holds_dated(value: &Value, depth: usize) -> bool {
    let is_below = |value: &Value| depth < DEEPEST && holds_dated(value, depth + 1);
    match value {
        Value::Array(rows) => {
            is_dated_entity(value) || !rows.is_empty() && rows.iter().all(is_dated_entity) || rows.iter().any(is_below)
        }
        Value::Object(members) => members.values().any(is_below),
        _ => false,
    }
}

/// Whether a row has the ARN of an entity and a date that may be that of its creation.
fn is_dated_entity(row: &Value) -> bool {
    let is_arn = |cell: &Value| cell.as_str().is_some_and(|text| Arn::parse(text).is_ok());
    let may_be_creation = |name: &str| {
        let name = normal(name);
        name.len() <= 2 || name.contains("creat") || ["born", "date", "made", "since", "when"].contains(&name.as_str())
    };
    match row {
        Value::Array(cells) => cells.iter().any(is_arn) && cells.iter().any(is_dated),
        Value::Object(cells) => {
            cells.values().any(is_arn) && cells.iter().any(|(name, cell)| is_dated(cell) && may_be_creation(name))
        }
        _ => false,
    }
}

/// Whether each line is such a row: the cells of `--output text` and of a table without names. A header and drawn rules
/// may stand above them.
fn are_lines(text: &str) -> bool {
    let is_drawn = |line: &&str| line.chars().any(char::is_alphanumeric);
    let lines: Vec<&str> = text.lines().filter(is_drawn).collect();
    let is_row = |line: &str| {
        let line = line.trim();
        let line = line.strip_prefix('|').unwrap_or(line);
        // The last cell of a drawn row may be empty.
        let line = line.strip_suffix('|').unwrap_or(line);
        let cells = || line.split(['\t', ',', ';', '|']).map(|cell| cell.trim_matches([' ', '"']));
        let is_own = || is_own_name(&cells().collect::<Vec<_>>());
        cells().count() > 1 && cells().any(is_namespace) && cells().any(is_access_text) && !is_own()
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
            "| arn | service | last used |\n|---|---|---|\n| x | s3 | 2026-05-01 |\n| x | sqs |  |\n",
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
            r#"[{"a": "arn:aws:iam::111122223333:role/batch", "n": "batch", "last_used": null}]"#,
        ] {
            assert!(!is_projected(text), "{text}");
        }
    }

    #[test]
    fn uses_of_services_are_seen_beside_what_is_told_of_entities() {
        let arn = "arn:aws:iam::111122223333:role/app";
        for text in [
            format!("arn,service,last_used\n{arn},sqs,\n{arn},dynamodb,2026-04-30\n"),
            format!(
                "ARN;CreateDate;Service;LastUsed\n{arn};2020-01-01T00:00:00Z;new-service;\n{arn};2020-01-01;s3;2026-05-01\n"
            ),
            format!(r#"[{{"arn": "{arn}", "service": "dynamodb", "last_used": "2026-04-30"}}]"#),
            format!("arn,create_date,event_source\n{arn},2020-01-01,s3.amazonaws.com\n"),
            format!(r#"{{"arn": "{arn}", "service": "dynamodb", "last_used": "2026-04-30"}}"#),
            format!(
                r#"{{"Arn": "{arn}", "CreateDate": "2020-01-01", "services": [{{"name": "sqs", "last_used": null}}, {{"name": "s3", "last_used": "2026-05-01"}}]}}"#
            ),
            format!(
                r#"{{"Arn": "{arn}", "CreateDate": "2020-01-01", "LastUsed": {{"s3": "2026-05-01", "sqs": null}}}}"#
            ),
        ] {
            assert!(holds_uses(&text), "{text}");
        }
        let batch = "arn:aws:iam::111122223333:role/batch";
        for text in [
            format!("arn,role_name,create_date\n{batch},batch,2020-01-01\n"),
            format!("arn,create_date,owner\n{arn},2020-01-01,team-a\n"),
            format!(
                r#"{{"Role": {{"Arn": "{batch}", "RoleName": "batch", "RoleLastUsed": {{"LastUsedDate": "2026-05-01", "Region": "eu-west-1"}}}}}}"#
            ),
            format!(r#"{{"Arn": "{arn}", "CreateDate": "2020-01-01", "Tags": {{"s3": "2026-05-01"}}}}"#),
            format!(
                r#"{{"Arn": "{arn}", "CreateDate": "2020-01-01", "Tags": [{{"Key": "batch", "Value": "2026-05-01"}}]}}"#
            ),
        ] {
            assert!(!holds_uses(&text), "{text}");
        }
    }

    #[test]
    fn entities_with_dates_by_position_or_under_other_names() {
        let (arn, at) = ("arn:aws:iam::111122223333:role/app", "2026-04-20T00:00:00+00:00");
        for text in [
            format!(r#"[["{arn}", "{at}"]]"#),
            format!(r#"{{"Roles": [["app", "{arn}", "{at}"]]}}"#),
            format!(r#"[{{"a": "{arn}", "c": "{at}"}}]"#),
            format!("| Arn | CreateDate |\n| {arn} | {at} |\n"),
        ] {
            assert!(holds_entity_dates(&text), "{text}");
        }
        for text in [
            format!(r#"[{{"arn": "{arn}", "reviewed": "{at}"}}]"#),
            format!(r#"[{{"arn": "{arn}", "owner": "team-a"}}]"#),
            format!(r#"[["arn:aws:s3:::bucket", "{at}"], ["{arn}", "x"]]"#),
        ] {
            assert!(!holds_entity_dates(&text), "{text}");
        }
    }
}
