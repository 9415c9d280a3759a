//! Answers of IAM's Query API that a tool made JSON of, such as Python's `xmltodict`.
//!
//! The API itself answers in XML, where a list is `<ServicesLastAccessed><member>…</member></ServicesLastAccessed>`. The input is the JSON of
//! such an answer: `{"ServicesLastAccessed": {"member": […]}}`, or one row in place of the list, or `null`. The output is the same with lists
//! as every client of AWS writes them.

use serde_json::value::RawValue;

use super::members::members;

/// `json` with the lists of such an answer as lists; `None` if there are none.
pub fn with_lists(json: &str) -> Option<String> {
    let mut written = String::new();
    (json.contains("\"member\"") && write(json, &mut written)).then_some(written)
}

/// Writes a value; returns whether a list in it had this form.
fn write(json: &str, out: &mut String) -> bool {
    let json = json.trim();
    let is_list = json.starts_with('[');
    if is_list && let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(json) {
        return write_all(elements.into_iter().map(|element| (None, element)), ['[', ']'], out);
    }
    let Ok(members) = members(json) else {
        out.push_str(json);
        return false;
    };
    match &members[..] {
        [(name, value)] if name == "member" => {
            let is_one = !value.get().starts_with('[');
            if value.get() == "null" {
                out.push_str("[]");
            } else if is_one {
                write_all([(None, *value)].into_iter(), ['[', ']'], out);
            } else {
                write(value.get(), out);
            }
            true
        }
        _ => write_all(members.iter().map(|(name, value)| (Some(&**name), *value)), ['{', '}'], out),
    }
}

fn write_all<'v>(
    values: impl Iterator<Item = (Option<&'v str>, &'v RawValue)>,
    [start, end]: [char; 2],
    out: &mut String,
) -> bool {
    let mut found = false;
    out.push(start);
    for (at, (name, value)) in values.enumerate() {
        if at > 0 {
            out.push(',');
        }
        if let Some(name) = name {
            out.push_str(&serde_json::Value::from(name).to_string());
            out.push(':');
        }
        found |= write(value.get(), out);
    }
    out.push(end);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_become_lists() {
        let written = |json: &str| with_lists(json);
        assert_eq!(
            written(r#"{"R": {"ServicesLastAccessed": {"member": [{"a": {"member": {"b": 1}}}, 2]}, "x": null}}"#)
                .as_deref(),
            Some(r#"{"R":{"ServicesLastAccessed":[{"a":[{"b":1}]},2],"x":null}}"#)
        );
        assert_eq!(written(r#"{"R": {"member": null}}"#).as_deref(), Some(r#"{"R":[]}"#));
        // Nothing is lost where a name occurs twice, and other documents stay as they are.
        assert_eq!(written(r#"[{"a": 1, "a": {"member": []}}]"#).as_deref(), Some(r#"[{"a":1,"a":[]}]"#));
        for other in [r#"{"a": "member"}"#, r#"{"member": [], "b": 1}"#, "\"member\""] {
            assert_eq!(written(other), None, "{other}");
        }
    }
}
