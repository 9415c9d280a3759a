//! The path template that a user gives if a saver's folders follow a rule of their own: `{account}/{type}/{name}.json`.
//!
//! The input is the template as typed, then the logical path of a source. The output is what each placeholder matched.
//! The template is matched with the end of the path, so folders above the estate do not matter; `.gz` at the end of a
//! path is ignored.

use std::fmt;

use rustc_hash::FxHashSet;

use super::dates::{self, PathDate};
use super::encoded;
use super::words;
use crate::model::{AccountId, Arn, EntityKind};
use crate::util::shown::printable;

/// Every placeholder, as an error message lists them.
const ACCEPTED: &str = "{account}, {type}, {name}, {path}, {arn}, {date}, {jobid} and {*} (or a bare *)";

/// Why a path template was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A `{` without its `}`.
    #[error("the path template has a {{ without its }}; accepted are {}", ACCEPTED)]
    Unclosed,
    /// A placeholder that does not exist.
    #[error("the path template has the unknown placeholder {{{}}}; accepted are {}", .0, ACCEPTED)]
    Unknown(String),
    /// A placeholder that occurs twice.
    #[error("the path template has the placeholder {{{0}}} twice")]
    Twice(String),
    /// No placeholder in it tells anything about an entity.
    #[error("the path template has no placeholder that says something; accepted are {}", ACCEPTED)]
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placeholder {
    Account,
    Type,
    Name,
    Path,
    Arn,
    Date,
    JobId,
    Anything,
}

impl Placeholder {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "account" => Self::Account,
            "type" => Self::Type,
            "name" => Self::Name,
            "path" => Self::Path,
            "arn" => Self::Arn,
            "date" => Self::Date,
            "jobid" => Self::JobId,
            "*" => Self::Anything,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum TemplatePart {
    Text(String),
    Field(Placeholder),
}

/// A template, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathTemplate {
    typed: String,
    parts: Vec<TemplatePart>,
    /// The same, with the names of files as reports show them.
    shown: Vec<TemplatePart>,
}

/// What the placeholders of a template matched in one path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TemplateMatch {
    pub account: Option<AccountId>,
    pub kind: Option<EntityKind>,
    pub name: Option<String>,
    /// Folders of the IAM path, without the outer slashes.
    pub iam_path: Option<String>,
    pub arn: Option<Arn>,
    pub date: Option<PathDate>,
    pub job_id: Option<String>,
}

impl PathTemplate {
    /// Reads a template.
    ///
    /// `{account}` is 12 digits, `{type}` a kind in singular or plural, `{name}` part of one folder or file name,
    /// `{path}` any number of whole folders (also none), `{arn}` an ARN in any form that can be undone, `{date}` a
    /// date, `{jobid}` a UUID, `{*}` and `*` anything within one folder or file name.
    ///
    /// # Errors
    /// The error names the placeholder that is unknown or occurs twice, and those that are accepted.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text.trim_start_matches("./").trim_start_matches('/');
        while let Some(at) = rest.find(['{', '*']) {
            push_text(&mut parts, &rest[..at]);
            if rest[at..].starts_with('*') {
                parts.push(TemplatePart::Field(Placeholder::Anything));
                rest = &rest[at + 1..];
                continue;
            }
            let end = at + rest[at..].find('}').ok_or(TemplateError::Unclosed)?;
            let name = &rest[at + 1..end];
            let field = Placeholder::parse(name).ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
            let part = TemplatePart::Field(field);
            if field != Placeholder::Anything && parts.contains(&part) {
                return Err(TemplateError::Twice(name.to_owned()));
            }
            parts.push(part);
            rest = &rest[end + 1..];
        }
        push_text(&mut parts, rest);
        if parts.iter().all(|part| matches!(part, TemplatePart::Text(_) | TemplatePart::Field(Placeholder::Anything))) {
            return Err(TemplateError::Nothing);
        }
        let shown = parts.iter().map(TemplatePart::shown).collect();
        Ok(Self { typed: text.to_owned(), parts, shown })
    }

    /// What the template finds in a logical path; `None` if it does not fit.
    pub(super) fn matches(&self, path: &str) -> Option<TemplateMatch> {
        let unpacked = path.strip_suffix(".gz").unwrap_or(path);
        let found_by = |parts: &[TemplatePart]| {
            [path, unpacked].iter().find_map(|text| {
                let mut fitting = Fitting { parts, text, dead: FxHashSet::default() };
                let starts = std::iter::once(0).chain(text.match_indices('/').map(|(at, _)| at + 1));
                starts.into_iter().find_map(|start| fitting.from(MatchPlace { part: 0, at: start, in_slash: false }))
            })
        };
        let is_shown_otherwise = self.shown != self.parts;
        found_by(&self.parts).or_else(|| is_shown_otherwise.then(|| found_by(&self.shown)).flatten())
    }
}

impl TemplatePart {
    fn shown(&self) -> Self {
        match self {
            Self::Text(text) => Self::Text(printable(text.as_bytes())),
            Self::Field(field) => Self::Field(*field),
        }
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.typed)
    }
}

fn push_text(parts: &mut Vec<TemplatePart>, text: &str) {
    if !text.is_empty() {
        parts.push(TemplatePart::Text(text.to_owned()));
    }
}

/// How far a template has been matched in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct MatchPlace {
    /// The next part.
    part: usize,
    /// The next byte.
    at: usize,
    /// Whether the slash at the beginning of the next part has already been matched.
    in_slash: bool,
}

/// Matches a template with the end of a text, and goes back if a choice fails. A place that failed once is not tried
/// again: with many `*` there are more ways to it than there is time.
struct Fitting<'a> {
    parts: &'a [TemplatePart],
    text: &'a str,
    dead: FxHashSet<MatchPlace>,
}

impl Fitting<'_> {
    fn from(&mut self, place: MatchPlace) -> Option<TemplateMatch> {
        if self.dead.contains(&place) {
            return None;
        }
        let found = self.go_on(place);
        if found.is_none() {
            self.dead.insert(place);
        }
        found
    }

    fn go_on(&mut self, place: MatchPlace) -> Option<TemplateMatch> {
        let (text, parts) = (&self.text[place.at..], self.parts);
        let Some(part) = parts.get(place.part) else {
            return text.is_empty().then(TemplateMatch::default);
        };
        let after = |length| MatchPlace { part: place.part + 1, at: place.at + length, in_slash: false };
        match part {
            TemplatePart::Text(literal) => {
                let literal = if place.in_slash { &literal[1..] } else { literal };
                text.starts_with(literal).then(|| self.from(after(literal.len())))?
            }
            TemplatePart::Field(Placeholder::Path) => self.path(text, after),
            TemplatePart::Field(field) => lengths(*field, text).find_map(|length| {
                let mut found = TemplateMatch::default();
                take(*field, &text[..length], &mut found).then_some(())?;
                Some(merge(found, self.from(after(length))?))
            }),
        }
    }

    /// Matches `{path}`, which takes nothing, or whole folders.
    fn path(&mut self, text: &str, after: impl Fn(usize) -> MatchPlace) -> Option<TemplateMatch> {
        let next = after(0);
        // `{path}/{name}` with an empty path: the slash belongs to the path.
        let has_slash =
            matches!(self.parts.get(next.part), Some(TemplatePart::Text(literal)) if literal.starts_with('/'));
        let empty = has_slash.then(|| self.from(MatchPlace { in_slash: true, ..next })).flatten();
        empty.or_else(|| self.from(next)).or_else(|| {
            text.match_indices('/').filter(|(at, _)| *at > 0).find_map(|(at, _)| {
                let found = TemplateMatch { iam_path: Some(text[..at].to_owned()), ..TemplateMatch::default() };
                Some(merge(found, self.from(after(at))?))
            })
        })
    }
}

/// No ARN is longer, even if it is encoded twice.
const LONGEST_ARN: usize = 4096;

/// How much of `text` a placeholder may take, the first choice first: a name takes as much as it can, `*` as little as
/// it can.
fn lengths(field: Placeholder, text: &str) -> Box<dyn Iterator<Item = usize> + '_> {
    let reach = match field {
        Placeholder::Arn if !text.contains("arn") => 0,
        Placeholder::Arn => text.len().min(LONGEST_ARN),
        _ => text.find('/').unwrap_or(text.len()),
    };
    let ends = (0..=reach).filter(|&at| text.is_char_boundary(at));
    match field {
        Placeholder::Anything => Box::new(ends),
        Placeholder::Account => Box::new((text.len() >= 12 && text.is_char_boundary(12)).then_some(12).into_iter()),
        Placeholder::JobId => Box::new((text.len() >= 36 && text.is_char_boundary(36)).then_some(36).into_iter()),
        _ => Box::new(ends.rev().filter(|&len| len > 0)),
    }
}

/// Whether `value` fits the placeholder; if so, keeps it.
fn take(field: Placeholder, value: &str, found: &mut TemplateMatch) -> bool {
    match field {
        Placeholder::Account => {
            found.account = AccountId::parse(value);
            found.account.is_some()
        }
        Placeholder::Type => {
            found.kind = words::kind_of_folder(value);
            found.kind.is_some()
        }
        Placeholder::Name => {
            found.name = Some(encoded::percent_decoded(value));
            true
        }
        Placeholder::Arn => {
            let text = encoded::percent_decoded(value);
            found.arn = Arn::parse(&text).ok().or_else(|| encoded::undone(&text));
            found.arn.is_some()
        }
        Placeholder::Date => {
            found.date = dates::take_out(value).filter(|(rest, _)| rest.is_empty()).map(|(_, date)| date);
            found.date.is_some()
        }
        Placeholder::JobId => {
            found.job_id = words::job_id(value);
            found.job_id.is_some()
        }
        Placeholder::Anything | Placeholder::Path => true,
    }
}

/// Joins two matches. No placeholder occurs twice, so each member is on at most one side.
fn merge(one: TemplateMatch, other: TemplateMatch) -> TemplateMatch {
    TemplateMatch {
        account: one.account.or(other.account),
        kind: one.kind.or(other.kind),
        name: one.name.or(other.name),
        iam_path: one.iam_path.or(other.iam_path),
        arn: one.arn.or(other.arn),
        date: one.date.or(other.date),
        job_id: one.job_id.or(other.job_id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(template: &str, path: &str) -> Option<TemplateMatch> {
        PathTemplate::parse(template).unwrap().matches(path)
    }

    #[test]
    fn takes_account_type_and_name() {
        let found = matched("{account}/{type}/{name}.json", "estate/123456789012/roles/prod-api.json.gz").unwrap();
        assert_eq!(found.account.unwrap().as_str(), "123456789012");
        assert_eq!(found.kind, Some(EntityKind::Role));
        assert_eq!(found.name.as_deref(), Some("prod-api"));
    }

    #[test]
    fn names_are_greedy_and_stars_are_not() {
        assert_eq!(matched("{*}_{name}.json", "a_b_c.json").unwrap().name.as_deref(), Some("b_c"));
        assert_eq!(matched("{name}_*.json", "a_b_c.json").unwrap().name.as_deref(), Some("a_b"));
        let found = matched("{name}-{date}.json", "prod-api-2024-05-14.json").unwrap();
        assert_eq!(found.name.as_deref(), Some("prod-api"));
        assert_eq!(found.date.unwrap().start().to_string(), "2024-05-14T00:00:00Z");
    }

    #[test]
    fn a_path_is_any_number_of_folders() {
        let path = |text| matched("{account}/{type}/{path}/{name}.json", text).map(|m| (m.iam_path, m.name.unwrap()));
        assert_eq!(path("123456789012/role/prod-api.json"), Some((None, "prod-api".into())));
        assert_eq!(path("123456789012/role/a/b/prod-api.json"), Some((Some("a/b".into()), "prod-api".into())));
    }

    #[test]
    fn a_folder_is_named_as_it_is() {
        let found = matched("\u{2601}\u{fe0f}/{name}.json", "x/\u{2601}\\u{fe0f}/prod-api.json").unwrap();
        assert_eq!(found.name.as_deref(), Some("prod-api"));
        assert!(matched(r"a\b/{name}.json", r"x/a\\b/prod-api.json").is_some());
    }

    #[test]
    fn arns_in_any_spelling() {
        let arn = "arn:aws:iam::123456789012:role/app/prod-api";
        for path in [
            "x/arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp%2Fprod-api.json",
            "x/arn:aws:iam::123456789012:role/app/prod-api.json",
        ] {
            assert_eq!(matched("x/{arn}.json", path).unwrap().arn.unwrap().as_str(), arn, "{path}");
        }
    }

    #[test]
    fn what_does_not_fit_gives_nothing() {
        assert_eq!(matched("{account}/{name}.json", "prod/prod-api.json"), None);
        assert_eq!(matched("{type}_{name}.json", "host_prod-api.json"), None);
        assert_eq!(matched("{jobid}.json", "prod-api.json"), None);
    }

    /// A case that a fuzzer found: each `*` doubled the time.
    #[test]
    fn many_stars_end() {
        let template = format!("{}{{arn}}{}x.json", "*".repeat(60), "*".repeat(60));
        assert_eq!(matched(&template, &"a".repeat(250)), None);
    }

    #[test]
    fn errors_name_what_is_accepted() {
        let error = |text| PathTemplate::parse(text).unwrap_err();
        assert_eq!(error("{acount}/{name}"), TemplateError::Unknown("acount".into()));
        assert!(error("{acount}").to_string().contains("{account}"));
        assert_eq!(error("{name"), TemplateError::Unclosed);
        assert_eq!(error("{name}/{name}"), TemplateError::Twice("name".into()));
        assert_eq!(error("*.json"), TemplateError::Nothing);
    }
}
