//! An original that holds both answers that go and answers that stay: the document without the answers that go.
//!
//! The position of an answer is never taken for granted. Each value of the document is decoded by itself, and goes or
//! stays by the answers that it gives; what is left is decoded once more, and must give exactly the answers that stay.

use serde_json::Value;

use crate::decode::{self, Decoded, Limits, Memory, bytes};
use crate::model::Answer;

/// The fate of an answer, a document, an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is dropped.
    Goes,
    /// It stays.
    Stays,
    /// It holds both what goes and what stays.
    Mixed,
}

impl Fate {
    /// Whether it goes or stays.
    pub const fn of(goes: bool) -> Self {
        if goes { Self::Goes } else { Self::Stays }
    }

    /// The fate of two things together.
    pub fn joined(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) if one != other => Some(Self::Mixed),
            (one, other) => one.or(other),
        }
    }
}

/// The bytes of `document`, from which `whole` was decoded, without the answers that go by `fate`.
///
/// # Errors
/// Why it cannot be split.
pub fn reduced(
    whole: &Decoded,
    document: &[u8],
    memory: &mut Memory,
    fate: &dyn Fn(&Answer) -> Fate,
) -> Result<Vec<u8>, String> {
    if !(whole.sidecars.is_empty() && whole.others.is_empty() && whole.policies.is_empty() && whole.unread.is_empty()) {
        return Err("it holds more than answers about one entity each, which cannot be told apart".to_owned());
    }
    let text = bytes::text(document).map_err(|_| "its text cannot be read".to_owned())?.text;
    let values: Vec<Value> = serde_json::Deserializer::from_str(&text)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|_| "it holds more than JSON values".to_owned())?;
    let fates: Vec<(&Answer, Fate)> = whole.answers.iter().map(|answer| (answer, fate(answer))).collect();
    let mut cut = Cut { whole, fates, memory };
    let mut left = Vec::new();
    for value in values {
        if let Some(rest) = cut.rest(value, &|value| value)? {
            serde_json::to_writer(&mut left, &rest).map_err(|error| error.to_string())?;
            left.push(b'\n');
        }
    }
    cut.check(&left)?;
    Ok(left)
}

struct Cut<'c, 'm, 's> {
    whole: &'c Decoded,
    fates: Vec<(&'c Answer, Fate)>,
    memory: &'m mut Memory<'s>,
}

impl Cut<'_, '_, '_> {
    /// What is left of `value`, which `within` puts into the document around it.
    fn rest(&mut self, value: Value, within: &dyn Fn(Value) -> Value) -> Result<Option<Value>, String> {
        let alone = serde_json::to_vec(&within(value.clone())).map_err(|error| error.to_string())?;
        match self.fate_of(&alone)? {
            Some(Fate::Goes) => Ok(None),
            Some(Fate::Stays) | None => Ok(Some(value)),
            Some(Fate::Mixed) => self.rest_of_mixed(value, within),
        }
    }

    fn rest_of_mixed(&mut self, value: Value, within: &dyn Fn(Value) -> Value) -> Result<Option<Value>, String> {
        match value {
            Value::Array(items) => {
                let of_one = |item| within(Value::Array(vec![item]));
                let mut left = Vec::new();
                for item in items {
                    left.extend(self.rest(item, &of_one)?);
                }
                Ok(Some(Value::Array(left)))
            }
            Value::Object(members) => {
                let mut left = serde_json::Map::new();
                for (key, member) in members {
                    let of_one = |member| within(Value::Object([(key.clone(), member)].into_iter().collect()));
                    if let Some(rest) = self.rest(member, &of_one)? {
                        left.insert(key.clone(), rest);
                    }
                }
                Ok(Some(Value::Object(left)))
            }
            _ => Err("its answers cannot be told apart".to_owned()),
        }
    }

    fn fate_of(&mut self, document: &[u8]) -> Result<Option<Fate>, String> {
        let mut joined = None;
        for answer in self.decode(document).answers {
            let mut same = self.fates.iter().filter(|(other, _)| is_same(&answer, other)).map(|(_, fate)| *fate);
            let first = same.next().ok_or("an answer in it depends on what stands around it")?;
            let fate = same.try_fold(first, |one, other| (one == other).then_some(one));
            joined = Fate::joined(joined, Some(fate.ok_or("two equal answers in it have different fates")?));
        }
        Ok(joined)
    }

    /// Checks that what is left gives exactly the answers that stay.
    fn check(&mut self, left: &[u8]) -> Result<(), String> {
        let found = self.decode(left).answers;
        let mut stay = self.fates.iter().filter(|(_, fate)| *fate == Fate::Stays).map(|(answer, _)| answer);
        let is_as_it_was = found.iter().all(|answer| stay.next().is_some_and(|other| is_same(answer, other)));
        if is_as_it_was && stay.next().is_none() {
            return Ok(());
        }
        Err("what is left of it would say something else".to_owned())
    }

    fn decode(&mut self, document: &[u8]) -> Decoded {
        decode::decode(&self.whole.source, document, false, &Limits::default(), self.memory)
    }
}

/// Whether two answers are the same, in any place.
fn is_same(one: &Answer, other: &Answer) -> bool {
    (&one.claim, &one.account, &one.job, one.list) == (&other.claim, &other.account, &other.job, other.list)
        && one.rows == other.rows
}
