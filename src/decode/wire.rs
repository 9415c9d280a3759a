//! The exact answer, as the API's clients print it: the common path, on which nearly all bytes travel.
//!
//! Comes in: the bytes of one JSON value. Goes out: job and rows, with names interned and dates read as they stream by; no
//! intermediate tree, no string per row. Anything unusual (a member that the API does not have, a value of another type) is an
//! error here and costs only itself: the caller throws the half-built answer away and takes the tolerant path of
//! [`shapes`](super::shapes).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::members::is_arn_member;
use super::time::{self, DateReading};
use crate::model::{
    Accessed, ActionRow, Claim, ClaimKind, Job, JobError, JobStatus, JobType, ListState, Rows, ServiceRow, Symbol,
    SymbolCache,
};

/// An answer without its surroundings.
#[derive(Debug)]
pub struct Body {
    /// The job's members.
    pub job: Job,
    /// Whether the list was there.
    pub list: ListState,
    /// Its rows.
    pub rows: Rows,
    /// An ARN member beside the list.
    pub claim: Option<Claim>,
    /// What happened to dates on the way.
    pub dates: DateNotes,
}

impl Default for Body {
    fn default() -> Self {
        Self {
            job: Job::default(),
            list: ListState::Missing,
            rows: Rows::default(),
            claim: None,
            dates: DateNotes::default(),
        }
    }
}

/// What a reader should know about the dates of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateNotes {
    /// Dates without an offset, read as UTC.
    pub without_offset: u32,
    /// Dates that could not be read: how many, the first one, and why.
    pub unreadable: Option<(u32, String, &'static str)>,
}

impl DateNotes {
    /// Turns a reading into what a row says; `text` is asked for only where it cannot be read.
    pub fn accessed(&mut self, reading: DateReading, text: impl FnOnce() -> String) -> Accessed {
        match reading {
            DateReading::Never => Accessed::Never,
            DateReading::At(instant) => Accessed::At(instant),
            DateReading::AtNoOffset(instant) => {
                self.without_offset += 1;
                Accessed::At(instant)
            }
            DateReading::Unreadable(why) => {
                match &mut self.unreadable {
                    Some((count, _, _)) => *count += 1,
                    none => *none = Some((1, text(), why)),
                }
                Accessed::Unreadable
            }
        }
    }
}

/// Reads one answer.
///
/// # Errors
/// Where the text is not JSON, or not exactly an answer.
pub fn parse(json: &[u8], names: &mut SymbolCache) -> Result<Body, serde_json::Error> {
    let mut body = Body::default();
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    AnswerSeed { body: &mut body, names }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    let known = body.job.status.is_some() || body.list == ListState::Present;
    if known { Ok(body) } else { Err(Error::custom("neither JobStatus nor a list of services")) }
}

/// The member names that decide what to read next; everything else is unusual.
enum Member {
    JobStatus,
    JobType,
    JobCreationDate,
    JobCompletionDate,
    Services,
    IsTruncated,
    Marker,
    Error,
    Arn,
    Metadata,
    Unusual,
}

impl Member {
    fn of(name: &str) -> Self {
        match name {
            "JobStatus" => Self::JobStatus,
            "JobType" => Self::JobType,
            "JobCreationDate" => Self::JobCreationDate,
            "JobCompletionDate" => Self::JobCompletionDate,
            "ServicesLastAccessed" => Self::Services,
            "IsTruncated" => Self::IsTruncated,
            "Marker" => Self::Marker,
            "Error" => Self::Error,
            "ResponseMetadata" | "ResultMetadata" | "$metadata" => Self::Metadata,
            name if is_arn_member(name) => Self::Arn,
            _ => Self::Unusual,
        }
    }
}

/// Names of the members of a service row.
enum ServiceMember {
    Name,
    Namespace,
    Accessed,
    By,
    Region,
    Total,
    Actions,
    Unusual,
}

impl ServiceMember {
    fn of(name: &str) -> Self {
        match name {
            "ServiceName" => Self::Name,
            "ServiceNamespace" => Self::Namespace,
            "LastAuthenticated" => Self::Accessed,
            "LastAuthenticatedEntity" => Self::By,
            "LastAuthenticatedRegion" => Self::Region,
            "TotalAuthenticatedEntities" => Self::Total,
            "TrackedActionsLastAccessed" => Self::Actions,
            _ => Self::Unusual,
        }
    }
}

/// Names of the members of an action row.
enum ActionMember {
    Name,
    Accessed,
    By,
    Region,
    Unusual,
}

impl ActionMember {
    fn of(name: &str) -> Self {
        match name {
            "ActionName" => Self::Name,
            "LastAccessedTime" => Self::Accessed,
            "LastAccessedEntity" => Self::By,
            "LastAccessedRegion" => Self::Region,
            _ => Self::Unusual,
        }
    }
}

/// Reads a member name into one of the enums above without allocating.
struct Name<M>(fn(&str) -> M);

impl<'de, M> DeserializeSeed<'de> for Name<M> {
    type Value = M;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<M> Visitor<'_> for Name<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a member name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<M, E> {
        Ok((self.0)(name))
    }
}

fn unusual<E: Error>() -> E {
    E::custom("a member that the API does not have")
}

struct AnswerSeed<'a, 's> {
    body: &'a mut Body,
    names: &'a mut SymbolCache<'s>,
}

impl<'de> DeserializeSeed<'de> for AnswerSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for AnswerSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an answer of get-service-last-accessed-details")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Body { job, list, rows, claim, dates } = self.body;
        while let Some(member) = map.next_key_seed(Name(Member::of))? {
            match member {
                Member::JobStatus => job.status = Some(map.next_value_seed(Word(JobStatus::parse))?),
                Member::JobType => job.job_type = Some(map.next_value_seed(Word(JobType::parse))?),
                Member::JobCreationDate => job.created = map.next_value_seed(DateSeed(dates))?.instant(),
                Member::JobCompletionDate => job.completed = map.next_value_seed(DateSeed(dates))?.instant(),
                Member::IsTruncated => job.is_truncated = map.next_value()?,
                Member::Marker => job.has_marker = map.next_value::<Option<IgnoredAny>>()?.is_some(),
                Member::Error => job.error = map.next_value::<Option<WireError>>()?.map(JobError::from),
                Member::Services => {
                    let seed = ServicesSeed { rows: &mut *rows, dates: &mut *dates, names: &mut *self.names };
                    *list = map.next_value_seed(seed)?;
                }
                // An object under such a name (`Role`, …) is for the tolerant path.
                Member::Arn if claim.is_none() => {
                    *claim = Some(Claim { text: map.next_value()?, kind: ClaimKind::Member });
                }
                Member::Metadata => {
                    map.next_value::<IgnoredAny>()?;
                }
                Member::Arn | Member::Unusual => return Err(unusual()),
            }
        }
        Ok(())
    }
}

#[derive(serde::Deserialize)]
struct WireError {
    #[serde(rename = "Code", default)]
    code: Option<String>,
    #[serde(rename = "Message", default)]
    message: Option<String>,
}

impl From<WireError> for JobError {
    fn from(error: WireError) -> Self {
        Self { code: error.code.unwrap_or_default(), message: error.message.unwrap_or_default() }
    }
}

/// A word of a closed set.
struct Word<T>(fn(&str) -> Option<T>);

impl<'de, T> DeserializeSeed<'de> for Word<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T> Visitor<'_> for Word<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("one of the API's words")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
        (self.0)(word).ok_or_else(|| E::custom(format_args!("{word} is not one of the API's words")))
    }
}

/// A date in a string, or `null`.
struct DateSeed<'a>(&'a mut DateNotes);

impl<'de> DeserializeSeed<'de> for DateSeed<'_> {
    type Value = Accessed;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Accessed, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for DateSeed<'_> {
    type Value = Accessed;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a date")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Accessed, E> {
        Ok(self.0.accessed(time::parse_str(text), || text.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Accessed, E> {
        Ok(Accessed::Never)
    }
}

/// A name to intern, or `null`.
struct NameSeed<'a, 's>(&'a mut SymbolCache<'s>);

impl<'de> DeserializeSeed<'de> for NameSeed<'_, '_> {
    type Value = Symbol;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Symbol, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for NameSeed<'_, '_> {
    type Value = Symbol;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Symbol, E> {
        Ok(if text.is_empty() { Symbol::NONE } else { self.0.intern(text) })
    }

    fn visit_unit<E: Error>(self) -> Result<Symbol, E> {
        Ok(Symbol::NONE)
    }
}

struct ServicesSeed<'a, 's> {
    rows: &'a mut Rows,
    dates: &'a mut DateNotes,
    names: &'a mut SymbolCache<'s>,
}

impl<'de> DeserializeSeed<'de> for ServicesSeed<'_, '_> {
    type Value = ListState;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ListState, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ServicesSeed<'_, '_> {
    type Value = ListState;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of services")
    }

    fn visit_unit<E: Error>(self) -> Result<ListState, E> {
        Ok(ListState::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<ListState, A::Error> {
        while list.next_element_seed(ServiceSeed(&mut self))?.is_some() {}
        Ok(ListState::Present)
    }
}

struct ServiceSeed<'b, 'a, 's>(&'b mut ServicesSeed<'a, 's>);

impl<'de> DeserializeSeed<'de> for ServiceSeed<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ServiceSeed<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a service row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let ServicesSeed { rows, dates, names } = self.0;
        let mut row = ServiceRow {
            namespace: Symbol::NONE,
            name: Symbol::NONE,
            accessed: Accessed::Never,
            by: Symbol::NONE,
            region: Symbol::NONE,
            entities: None,
            lists_actions: false,
        };
        while let Some(member) = map.next_key_seed(Name(ServiceMember::of))? {
            match member {
                ServiceMember::Name => row.name = map.next_value_seed(NameSeed(names))?,
                ServiceMember::Namespace => row.namespace = map.next_value_seed(NameSeed(names))?,
                ServiceMember::Accessed => row.accessed = map.next_value_seed(DateSeed(dates))?,
                ServiceMember::By => row.by = map.next_value_seed(NameSeed(names))?,
                ServiceMember::Region => row.region = map.next_value_seed(NameSeed(names))?,
                ServiceMember::Total => row.entities = map.next_value()?,
                ServiceMember::Actions => {
                    row.lists_actions = map.next_value_seed(ActionsSeed { rows, dates, names })?;
                }
                ServiceMember::Unusual => return Err(unusual()),
            }
        }
        if row.namespace == Symbol::NONE {
            return Err(A::Error::custom("a service row without ServiceNamespace"));
        }
        rows.push_service(row);
        Ok(())
    }
}

struct ActionsSeed<'a, 's> {
    rows: &'a mut Rows,
    dates: &'a mut DateNotes,
    names: &'a mut SymbolCache<'s>,
}

impl<'de> DeserializeSeed<'de> for ActionsSeed<'_, '_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ActionsSeed<'_, '_> {
    /// Whether any action was listed; version 2 of the JavaScript SDK writes `[]` where nothing was asked.
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of actions")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<bool, A::Error> {
        let mut any = false;
        while list.next_element_seed(ActionSeed(&mut self))?.is_some() {
            any = true;
        }
        Ok(any)
    }
}

struct ActionSeed<'b, 'a, 's>(&'b mut ActionsSeed<'a, 's>);

impl<'de> DeserializeSeed<'de> for ActionSeed<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ActionSeed<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an action row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let ActionsSeed { rows, dates, names } = self.0;
        let mut row =
            ActionRow { name: Symbol::NONE, accessed: Accessed::Never, by: Symbol::NONE, region: Symbol::NONE };
        while let Some(member) = map.next_key_seed(Name(ActionMember::of))? {
            match member {
                ActionMember::Name => row.name = map.next_value_seed(NameSeed(names))?,
                ActionMember::Accessed => row.accessed = map.next_value_seed(DateSeed(dates))?,
                ActionMember::By => row.by = map.next_value_seed(NameSeed(names))?,
                ActionMember::Region => row.region = map.next_value_seed(NameSeed(names))?,
                ActionMember::Unusual => return Err(unusual()),
            }
        }
        if row.name == Symbol::NONE {
            return Err(A::Error::custom("an action row without ActionName"));
        }
        rows.push_action(row);
        Ok(())
    }
}
