//! Short documents that a saver leaves where the answer should be: `{}`, `"ERROR"`, `{"Code": "Throttling", "Message":
//! …}`, `timeout`.
//!
//! By itself such a document tells nothing about any entity. If it has a name like those of the dumps next to it, it is
//! in the place of one: `resolve` decides that.

use serde_json::Value;

use super::members::normal;
use super::unanswered::shortened;

/// The most bytes of such a document.
const LONGEST: usize = 2048;

/// The most bytes of such a document if it is not JSON.
const LONGEST_TEXT: usize = 512;

/// Members that tell how a call went, and nothing else.
const ABOUT_THE_CALL: &[&str] = &[
    "arn",
    "cause",
    "code",
    "detail",
    "details",
    "description",
    "elapsed",
    "failed",
    "failure",
    "jobid",
    "message",
    "messages",
    "msg",
    "ok",
    "origin",
    "rc",
    "reason",
    "requestid",
    "result",
    "retries",
    "retryable",
    "returncode",
    "state",
    "statuscode",
    "stderr",
    "stdout",
    "success",
    "time",
    "timestamp",
    "type",
];

/// The text of `text`, shortened, if it is such a document.
pub fn said(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    let says_nothing = match serde_json::from_str::<Value>(text) {
        Ok(value) => is_about_a_call(&value),
        Err(_) => text.len() <= LONGEST_TEXT,
    };
    says_nothing.then(|| shortened(text))
}

fn is_about_a_call(value: &Value) -> bool {
    let is_hollow = |value: &Value| match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    match value {
        Value::Object(members) => members.keys().all(|name| is_of_calls(&normal(name))),
        Value::Array(elements) => elements.iter().all(is_hollow),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

fn is_of_calls(name: &str) -> bool {
    let has = |word: &str| name.contains(word);
    ABOUT_THE_CALL.contains(&name.trim_start_matches('_'))
        || has("error")
        || has("exception")
        || has("status")
        || name.ends_with("metadata")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_call_is_told_from_other_documents() {
        for text in [
            "{}",
            "[{}]",
            "0",
            "\"ERROR\"",
            "timeout",
            "Promise { <pending> }",
            r#"{"Code": "Throttling", "Message": "Rate exceeded"}"#,
            r#"{"Errors": [{"Code": "x"}], "ResponseMetadata": {"HTTPStatusCode": 400}}"#,
            r#"{"__type": "AccessDenied", "requestId": "1"}"#,
        ] {
            assert_eq!(said(text).as_deref(), Some(text));
        }
        for text in [
            r#"{"Version": "2012-10-17", "Statement": []}"#,
            r#"{"name": "web", "status": "ok"}"#,
            r#"["arn:aws:iam::111122223333:role/app"]"#,
            r#"{"arn:aws:s3:::a-bucket": {}}"#,
            &"timeout ".repeat(100),
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }
}
