//! The JSON of a policy document as it was saved: a rewritten document starts from it.

use std::sync::Arc;

/// The JSON of one document, as written. Two are equal if they have the same content: white space and the order of
/// members do not count.
#[derive(Debug, Clone, Default)]
pub struct WrittenDocument(Arc<str>);

impl WrittenDocument {
    /// The JSON `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The JSON, without a copy of it.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// The JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for WrittenDocument {
    fn eq(&self, other: &Self) -> bool {
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        self.0 == other.0 || value(&self.0).is_some_and(|own| Some(own) == value(&other.0))
    }
}

impl Eq for WrittenDocument {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_counts_and_not_how_it_is_written() {
        let document = |text| WrittenDocument::new(text);
        assert_eq!(document(r#"{"a": 1, "b": [2]}"#), document(r#"{"b":[2],"a":1}"#));
        assert_ne!(document(r#"{"Resource": "a"}"#), document(r#"{"Resource": "b"}"#));
        assert_ne!(document("{"), document("["));
    }
}
