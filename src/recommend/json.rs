//! JSON without a value model: the members of an object as they are written, and white space for people. Texts and numbers go through
//! byte for byte, so that nothing in a statement changes but what is meant to.

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The members of an object, in their order.
pub(super) struct OrderedMembers<'t>(pub Vec<(String, &'t RawValue)>);

impl<'de: 't, 't> Deserialize<'de> for OrderedMembers<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = map.next_entry()? {
                    all.push(member);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_map(InOrder).map(Self)
    }
}

/// The text as JSON.
pub(super) fn quoted(text: impl Serialize) -> String {
    serde_json::to_string(&text).unwrap_or_default()
}

/// An object of these members.
pub(super) fn object<'m>(members: impl IntoIterator<Item = (&'m str, &'m str)>) -> String {
    let members: Vec<_> = members.into_iter().map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
    format!("{{{}}}", members.join(","))
}

/// An array of these values.
pub(super) fn array(values: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", values.into_iter().collect::<Vec<_>>().join(","))
}

/// The same JSON, four blanks deep, with one line feed at its end, and texts escaped no more than they must be: as the AWS CLI prints it.
/// An empty object or array stays on its line.
pub(super) fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut is_open) = (0_usize, false);
    let mut rest = json.trim_start();
    while let Some(c) = rest.chars().next() {
        let closes = matches!(c, '}' | ']');
        depth -= usize::from(closes && depth > 0);
        if is_open != closes && (is_open || closes) {
            line(&mut out, depth);
        }
        is_open = matches!(c, '{' | '[');
        let end = if c == '"' { end_of_text(rest) } else { c.len_utf8() };
        let token = &rest[..end];
        match c {
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => out.push_str(&serde_json::from_str::<String>(token).map_or_else(|_| token.to_owned(), quoted)),
            _ => out.push(c),
        }
        depth += usize::from(is_open);
        rest = rest[end..].trim_start();
    }
    out.push('\n');
    out
}

/// Where the text that begins here ends, its quotes included.
fn end_of_text(json: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        if byte == b'"' && !is_escaped {
            return at + 1;
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    json.len()
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("    ", depth));
}

/// The length of a document as IAM counts it: without white space.
pub(super) fn policy_size(json: &str) -> usize {
    json.chars().filter(|c| !c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn people_can_read_it_and_nothing_else_changes() {
        let json = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a \" {[,:","Action":["s3:*","x"],"N":1.50e3,"E":{},"L":[]}]}"#;
        let expected = "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n            \"Sid\": \"a \\\" {[,:\",\n            \
                        \"Action\": [\n                \"s3:*\",\n                \"x\"\n            ],\n            \"N\": 1.50e3,\n            \
                        \"E\": {},\n            \"L\": []\n        }\n    ]\n}\n";
        assert_eq!(pretty(json), expected);
        assert_eq!(pretty(expected), expected);
    }

    proptest! {
        #[test]
        fn what_is_said_stays(texts in prop::collection::vec(".{0,12}", 0..5), deep: bool) {
            let json = quoted(&texts);
            let json = if deep { object([("a", json.as_str()), ("b\"", "{}")]) } else { json };
            let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).expect("JSON");
            prop_assert_eq!(value(&pretty(&json)), value(&json));
            prop_assert_eq!(pretty(&pretty(&json)), pretty(&json));
        }
    }
}
