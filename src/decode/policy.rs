//! One document of an identity policy, in any form in which a client saves it: as an object, as JSON in a string, or
//! URL-encoded as the API sends it.
//!
//! A document that is wrong anywhere is an error as a whole. A part of it could grant less than the policy grants, or
//! deny more.

use std::collections::BTreeSet;
use std::fmt;

use percent_encoding::percent_decode_str;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::Value;

use super::time;
use crate::model::Instant;
use crate::model::policy::{
    ActionPattern, Actions, Effect, PolicyDocument, ResourceScope, Statement, StatementTimes, TimeBound,
    WrittenDocument,
};

/// AWS's own ceiling is 131,072 characters; a document that is wrapped and quoted is longer.
const MAX_BYTES: usize = 10 << 20;
const MAX_STATEMENTS: usize = 10_000;
/// Characters of the actions with `*` or `?` in one document. A whole inline policy has at most 10,240 characters in
/// IAM. Each pattern is compared with 20,000 actions, and 340 KB of patterns took more than two minutes.
const MAX_PATTERNS: usize = 20_480;

/// Why a document is not a policy that can be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Longer than any policy.
    #[error("the policy document is longer than {MAX_BYTES} bytes")]
    TooLarge,
    /// More statements than any policy.
    #[error("the policy document has more than {MAX_STATEMENTS} statements")]
    TooManyStatements,
    /// More wildcards than any policy.
    #[error("the policy document has more than {MAX_PATTERNS} characters of actions with wildcards")]
    TooManyPatterns,
    /// URL-encoded more than once, or the bytes behind the encoding are not text.
    #[error("the policy document is URL-encoded more than once, or wrongly")]
    BadEncoding,
    /// Not the JSON of a policy: the reader's message.
    #[error("the policy document cannot be read: {0}")]
    BadJson(String),
    /// A statement that IAM would not store.
    #[error("statement {number} of the policy document {what}")]
    BadStatement {
        /// From 1.
        number: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// It has a Principal: a trust policy or the policy of a resource.
    #[error("statement {number} has a Principal: this is not an identity policy")]
    NotAnIdentityPolicy {
        /// From 1.
        number: usize,
    },
}

/// Reads `json`: the value of `PolicyDocument` or `Document`, with its quotes if it is a string.
///
/// # Errors
/// If any part of it is not as IAM stores it, or it is too large. The policy is then unknown, which is not the same as
/// empty.
pub fn policy_document(json: &str) -> Result<PolicyDocument, PolicyError> {
    if json.len() > MAX_BYTES {
        return Err(PolicyError::TooLarge);
    }
    if json.trim_start().starts_with('"') {
        let text: String = parse(json)?;
        let text = unquoted(&text)?;
        document(parse(&text)?, &text)
    } else {
        document(parse(json)?, json)
    }
}

fn parse<'j, T: Deserialize<'j>>(json: &'j str) -> Result<T, PolicyError> {
    serde_json::from_str(json).map_err(|error| PolicyError::BadJson(error.to_string()))
}

/// The JSON in a string: plain, or URL-encoded once. A `+` means a plus sign and not a blank.
fn unquoted(text: &str) -> Result<String, PolicyError> {
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| PolicyError::BadEncoding)?;
    if decoded.trim_start().starts_with('{') { Ok(decoded.into_owned()) } else { Err(PolicyError::BadEncoding) }
}

fn document(wire: WireDocument, text: &str) -> Result<PolicyDocument, PolicyError> {
    let statements = wire.statement.0;
    if statements.len() > MAX_STATEMENTS {
        return Err(PolicyError::TooManyStatements);
    }
    let actions = statements.iter().flat_map(|wire| [&wire.action, &wire.not_action]).flatten();
    let patterns = actions.flat_map(|patterns| &patterns.0).map(|WirePattern(pattern)| pattern.written());
    let wild = patterns.filter(|written| written.contains(['*', '?']));
    if wild.map(str::len).fold(0, usize::saturating_add) > MAX_PATTERNS {
        return Err(PolicyError::TooManyPatterns);
    }
    let statements = statements.into_iter().enumerate().map(|(at, wire)| statement(at + 1, wire));
    let statements = statements.collect::<Result<_, _>>()?;
    Ok(PolicyDocument { version: wire.version, statements, text: WrittenDocument::new(text) })
}

fn statement(number: usize, wire: WireStatement) -> Result<Statement, PolicyError> {
    let bad = |what| PolicyError::BadStatement { number, what };
    if wire.principal.is_some() || wire.not_principal.is_some() {
        return Err(PolicyError::NotAnIdentityPolicy { number });
    }
    let effect = match wire.effect.as_str() {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        _ => return Err(bad("has an Effect that is neither Allow nor Deny")),
    };
    let patterns = |all: Many<WirePattern>| all.0.into_iter().map(|WirePattern(pattern)| pattern).collect();
    let actions = match (wire.action, wire.not_action) {
        (Some(listed), None) => Actions::Listed(patterns(listed)),
        (None, Some(all_but)) => Actions::AllBut(patterns(all_but)),
        _ => return Err(bad("needs either Action or NotAction")),
    };
    let resources = match (wire.resource, wire.not_resource) {
        (Some(resources), None) if resources.0.iter().any(|resource| resource == "*") => ResourceScope::All,
        (Some(_), None) => ResourceScope::Some,
        (None, Some(_)) => ResourceScope::NotResource,
        _ => return Err(bad("needs either Resource or NotResource")),
    };
    let condition = wire.condition.unwrap_or_default();
    let conditions = condition.0.iter().map(|(_, keys)| keys.0.len()).sum();
    Ok(Statement { number, sid: wire.sid, effect, actions, resources, conditions, times: times(&condition) })
}

/// From when and until when a statement with this condition speaks. All operators and keys must hold, and any value of a
/// list.
fn times(condition: &Condition) -> StatementTimes {
    let mut times = StatementTimes::default();
    for (operator, keys) in &condition.0 {
        for (_, value) in keys.0.iter().filter(|(key, _)| is_time(key)) {
            let operator = operator.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
            let bounds = |chosen| match value {
                Value::Array(values) => values.iter().map(bound).reduce(|one, other| one.with(Some(other), chosen)),
                value => Some(bound(value)),
            };
            if operator.starts_with("dategreaterthan") || operator.starts_with("numericgreaterthan") {
                times.from = bounds(Instant::min).map(|bound| bound.with(times.from, Instant::max));
            } else if operator.starts_with("datelessthan") || operator.starts_with("numericlessthan") {
                times.until = bounds(Instant::max).map(|bound| bound.with(times.until, Instant::min));
            } else {
                times = StatementTimes { from: Some(TimeBound::Unreadable), until: Some(TimeBound::Unreadable) };
            }
        }
    }
    times
}

fn is_time(key: &str) -> bool {
    ["aws:CurrentTime", "aws:EpochTime"].iter().any(|time| time.eq_ignore_ascii_case(key))
}

/// A date, or the seconds since 1970, as a number or a text.
fn bound(value: &Value) -> TimeBound {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let seconds = text.trim().parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1000));
    let at = seconds.map(Instant::from_millis).or_else(|| time::parse_str(&text).instant());
    at.map_or(TimeBound::Unreadable, TimeBound::At)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", expecting = "a policy document")]
struct WireDocument {
    version: Option<String>,
    statement: Many<WireStatement>,
}

/// A statement as JSON. Serde refuses a member that occurs twice, and that is right: nobody can know which of the two
/// IAM took. An unknown member is refused too, because nobody can know what it restricts.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, expecting = "a statement")]
struct WireStatement {
    sid: Option<String>,
    effect: String,
    principal: Option<IgnoredAny>,
    not_principal: Option<IgnoredAny>,
    action: Option<Many<WirePattern>>,
    not_action: Option<Many<WirePattern>>,
    resource: Option<Many<String>>,
    not_resource: Option<Many<String>>,
    condition: Option<Condition>,
}

/// One value, or a list of them.
struct Many<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct One<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for One<T> {
            type Value = Vec<T>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("one value or a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(value) = list.next_element()? {
                    all.push(value);
                }
                Ok(all)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
                T::deserialize(de::value::StrDeserializer::new(text)).map(|value| vec![value])
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(|value| vec![value])
            }
        }
        deserializer.deserialize_any(One(std::marker::PhantomData)).map(Many)
    }
}

/// A pattern, without a text of its own in between.
struct WirePattern(ActionPattern);

impl<'de> Deserialize<'de> for WirePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PatternVisitor;
        impl Visitor<'_> for PatternVisitor {
            type Value = ActionPattern;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an action")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<ActionPattern, E> {
                Ok(ActionPattern::new(text))
            }
        }
        deserializer.deserialize_str(PatternVisitor).map(Self)
    }
}

/// Condition keys by operator. The values are read, because a text in them may be none: half of a surrogate pair.
type Condition = Unique<Unique<Value>>;

/// The members of an object in which no name occurs twice: nobody can know which of the two IAM took.
struct Unique<V>(Vec<(String, V)>);

impl<V> Default for Unique<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Unique<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersOnce<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for MembersOnce<V> {
            type Value = Vec<(String, V)>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object of condition operators and their keys")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<(String, V)>, A::Error> {
                let (mut names, mut members) = (BTreeSet::new(), Vec::new());
                while let Some((name, value)) = map.next_entry::<String, V>()? {
                    if !names.insert(name.clone()) {
                        return Err(A::Error::custom("a Condition has a member twice"));
                    }
                    members.push((name, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(MembersOnce(std::marker::PhantomData)).map(Unique)
    }
}

#[cfg(test)]
mod tests;
