//! What was asked: as a label and a text for people, as a name and a value for programs.

/// One option that decides a number or a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Stable, for programs: `stale_after_days`.
    pub name: &'static str,
    /// For programs.
    pub value: ParameterValue,
    /// For people: "stale after".
    pub label: String,
    /// For people: "90 days".
    pub shown: String,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterValue {
    /// The default, which has no value of its own: ages are counted from each dump's own date.
    Usual,
    /// Given.
    Flag(bool),
    /// A number, in the unit that the name ends in.
    Number(i64),
    /// Several numbers.
    Numbers(Vec<i64>),
    /// A date, a path, a name.
    Text(String),
    /// Several.
    Texts(Vec<String>),
}

impl Parameter {
    /// An option that is shown as it is typed.
    #[must_use]
    pub fn text(name: &'static str, label: &str, text: String) -> Self {
        Self { name, value: ParameterValue::Text(text.clone()), label: label.to_owned(), shown: text }
    }

    /// An option that takes several values.
    #[must_use]
    pub fn texts(name: &'static str, label: &str, texts: Vec<String>) -> Self {
        Self { name, label: label.to_owned(), shown: texts.join(", "), value: ParameterValue::Texts(texts) }
    }

    /// An option that is shown in other words.
    #[must_use]
    pub fn shown_as(name: &'static str, value: ParameterValue, label: &str, shown: &str) -> Self {
        Self { name, value, label: label.to_owned(), shown: shown.to_owned() }
    }

    /// `--no-infer`, which a store can be told too.
    #[must_use]
    pub fn no_infer() -> Self {
        Self::shown_as("no_infer", ParameterValue::Flag(true), "inferred entities", "not accepted")
    }
}
