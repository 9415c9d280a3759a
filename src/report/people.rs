//! Columns for people: under which label a reader sees a column, which columns identify a row, and which of the others matter most.
//!
//! CSV, JSON and Parquet have every column under its machine name. A person sees a selection of them: `role/AdminRole` in place of an ARN,
//! `363 d ago` in place of an instant. Every surface for people asks this file, so that a column has one label.

mod labels;
mod lists;

use std::borrow::Cow;

use labels::LABELS;
use lists::REPORTS;

use super::{Column, ColumnKind, Section};
use crate::model::Arn;

/// How a terminal treats the texts of a column that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A name, a number, a date or a word of a closed set: it is shown whole, or its column is left out.
    Whole,
    /// A text that may be cut in the middle, down to this many columns.
    Cut(u16),
    /// Sentences, which go over as many lines as they need.
    Prose,
}

/// The rank of a column that identifies a row.
pub const KEY: u8 = 0;

/// The rank of a column that is in no list.
const LAST: u8 = u8::MAX;

/// One column as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The column that says the same exactly, by its machine name.
    pub name: String,
    /// In words: `last used`.
    pub label: String,
    /// [`KEY`] for a column that is always shown; of the others the greatest rank is left out first.
    pub rank: u8,
    /// What may happen to its texts where the room is short.
    pub unit: Unit,
    /// The kind of its values.
    pub kind: ColumnKind,
    /// Where its texts come from.
    pub source: Origin,
}

/// Where the texts of a [`Field`] come from: places of columns in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A column, as it is.
    Column(usize),
    /// A column that holds ARNs, shown as `role/AdminRole`.
    Arn(usize),
    /// `role/AdminRole`, from type and name.
    Entity {
        /// `entity_type`.
        kind: usize,
        /// `entity_name`.
        name: usize,
    },
    /// `iam:CreateUser`, from service and action.
    Action {
        /// `service_namespace`.
        service: usize,
        /// `action_name`.
        action: usize,
    },
    /// What to do, in words.
    Advice {
        /// `remedy`.
        remedy: usize,
        /// `policy_author`.
        author: usize,
        /// `identified_by`.
        identified_by: usize,
    },
    /// `363 d ago`, or `> 400 d` where no access is seen: a dump proves no more than the days that AWS was watching. An access of the last
    /// 24 hours, or after the dump, has its date.
    LastUsed {
        /// `days_since`.
        days: usize,
        /// `last_accessed`, for an access without a date to count from.
        at: usize,
        /// `observed_days`, where the report has them.
        observed: Option<usize>,
    },
}

/// The label of the column `name`: its machine name in words where no better one is listed.
#[must_use]
pub fn label(name: &str) -> String {
    let listed = LABELS.iter().find(|(of, _)| *of == name).map(|(_, label)| (*label).to_owned());
    listed.unwrap_or_else(|| match Arn::parse(name) {
        Ok(arn) => entity_heading(&arn),
        Err(_) if is_bucket(name) => format!("{name} d"),
        Err(_) => name.replace('_', " "),
    })
}

/// `0-29` or `365+`.
fn is_bucket(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+');
    name.bytes().all(is_part) && name.bytes().next().is_some_and(|first| first.is_ascii_digit())
}

/// What people call a column; its machine name is the other name.
const ALIASES: [(&str, &str); 6] = [
    ("account", "account_id"),
    ("service", "service_namespace"),
    ("action", "action_name"),
    ("entity", "entity_arn"),
    ("permission", "service_namespace"),
    ("last_used", "last_accessed"),
];

/// The machine name of `name`, which may be the short name that people use.
#[must_use]
pub fn machine_name(name: &str) -> &str {
    ALIASES.iter().find(|(short, _)| *short == name).map_or(name, |(_, machine)| machine)
}

/// The columns of a section that a person sees, in order.
#[must_use]
pub fn fields(section: &Section) -> Vec<Field> {
    let columns = ColumnsByName(&section.columns);
    let Some(listed) = listed(section) else {
        let rank = |at: usize| u8::try_from(at).unwrap_or(u8::MAX);
        return (0..section.columns.len()).map(|at| columns.plain(at, rank(at))).collect();
    };
    listed.iter().flat_map(|&(name, rank)| columns.fields(name, rank, listed)).collect()
}

/// [`fields`], then all columns that they do not show.
#[must_use]
pub fn all_fields(section: &Section) -> Vec<Field> {
    let mut all = fields(section);
    for (at, column) in section.columns.iter().enumerate() {
        if all.iter().any(|field| field.source == Origin::Column(at)) {
            continue;
        }
        let mut field = ColumnsByName::field(&column.name, LAST, Origin::Column(at), column.kind);
        if all.iter().any(|shown| shown.label == field.label) {
            field.label = column.name.replace('_', " ");
        }
        all.push(field);
    }
    all
}

/// The columns `names` of a section, by machine name or by the short name that people use, each one a key.
///
/// # Errors
/// The first name that the section does not have.
pub fn chosen(section: &Section, names: &[String]) -> Result<Vec<Field>, String> {
    let columns = ColumnsByName(&section.columns);
    let mut chosen = Vec::with_capacity(names.len());
    for name in names {
        let field = columns.named(name, KEY).ok_or_else(|| name.clone())?;
        chosen.push(field);
    }
    Ok(chosen)
}

/// The names that [`chosen`] takes for a section.
pub fn names(section: &Section) -> impl Iterator<Item = &str> {
    let columns = ColumnsByName(&section.columns);
    let short = ALIASES.iter().map(|(short, _)| *short).filter(|short| *short != "permission");
    let short = short.filter(move |short| columns.named(short, KEY).is_some());
    short.chain(section.columns.iter().map(|column| column.name.as_str()))
}

/// The list of a section. The files of an audit do not have the names of the commands that give the same report.
fn listed(section: &Section) -> Option<&'static [(&'static str, u8)]> {
    let id = match section.id.as_str() {
        "sources" => "check",
        "compare" if section.columns.iter().any(|column| column.name == "cell") => "compare-long",
        "all-services" => "unused-services",
        "all-actions" => "unused-actions",
        id => id,
    };
    REPORTS.iter().find(|(report, _)| *report == id).map(|(_, listed)| *listed)
}

/// The columns of a section, found by name.
#[derive(Clone, Copy)]
struct ColumnsByName<'a>(&'a [Column]);

impl ColumnsByName<'_> {
    fn at(self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column.name == name)
    }

    /// One column as it is.
    fn plain(self, at: usize, rank: u8) -> Field {
        let Column { name, kind, .. } = &self.0[at];
        let source = if matches!(name.as_str(), "entity_a" | "entity_b" | "last_accessed_by") {
            Origin::Arn(at)
        } else {
            Origin::Column(at)
        };
        let field = Self::field(name, rank, source, *kind);
        // With `--as-of` the date of the dump is another one, and has a column of its own.
        if name == "as_of" && self.at("made_at").is_some() {
            return Field { label: "ages from".to_owned(), ..field };
        }
        field
    }

    fn field(name: &str, rank: u8, source: Origin, kind: ColumnKind) -> Field {
        let shown = match source {
            Origin::Entity { .. } => "entity".to_owned(),
            Origin::Arn(_) if name == "entity_arn" => "entity".to_owned(),
            _ => label(name),
        };
        Field { name: name.to_owned(), label: shown, rank, unit: unit(name), kind, source }
    }

    /// The column `name`, by machine name or short name.
    fn named(self, name: &str, rank: u8) -> Option<Field> {
        match name {
            "entity" => self.entity(rank),
            "action" => self.action(rank),
            "permission" => self.action(rank).or_else(|| self.named("service", rank)),
            // Some rows are about a service and others about an action.
            "subject" => self.action(rank).map(|field| Field { label: "service or action".to_owned(), ..field }),
            "last_used" => self.last_used(rank),
            "advice" => self.advice(rank).or_else(|| self.named("remedy", rank)),
            _ => self.at(machine_name(name)).map(|at| self.plain(at, rank)),
        }
    }

    fn entity(self, rank: u8) -> Option<Field> {
        let source = match (self.at("entity_type"), self.at("entity_name"), self.at("entity_arn")) {
            (Some(kind), Some(name), _) => Origin::Entity { kind, name },
            (_, _, Some(arn)) => Origin::Arn(arn),
            _ => return None,
        };
        Some(Self::field("entity_arn", rank, source, ColumnKind::Text))
    }

    fn action(self, rank: u8) -> Option<Field> {
        let (service, action) = (self.at("service_namespace")?, self.at("action_name")?);
        Some(Self::field("action_name", rank, Origin::Action { service, action }, ColumnKind::Text))
    }

    fn advice(self, rank: u8) -> Option<Field> {
        let (remedy, author) = (self.at("remedy")?, self.at("policy_author")?);
        let source = Origin::Advice { remedy, author, identified_by: self.at("identified_by")? };
        Some(Field { label: "what to do".to_owned(), ..Self::field("remedy", rank, source, ColumnKind::Text) })
    }

    fn last_used(self, rank: u8) -> Option<Field> {
        let at = self.at("last_accessed")?;
        let Some(days) = self.at("days_since") else { return Some(self.plain(at, rank)) };
        let source = Origin::LastUsed { days, at, observed: self.at("observed_days") };
        Some(Self::field("last_accessed", rank, source, ColumnKind::Text))
    }

    /// What the entry `name` of a list means in this section.
    fn fields(self, name: &str, rank: u8, listed: &[(&str, u8)]) -> Vec<Field> {
        if name != "*" {
            return self.named(name, rank).into_iter().collect();
        }
        let of_this_run = |column: &Column| {
            !is_of_every_run(&column.name) && !listed.iter().any(|(name, _)| machine_name(name) == column.name)
        };
        let places = self.0.iter().enumerate().filter(|(_, column)| of_this_run(column)).map(|(at, _)| at);
        places.map(|at| self.plain(at, rank)).collect()
    }
}

/// Whether a column is in every report of a kind in which some columns depend on the run.
fn is_of_every_run(name: &str) -> bool {
    const FIXED: [&str; 7] =
        ["account_id", "account_name", "owner", "entity_type", "entity_name", "service_namespace", "action_name"];
    FIXED.contains(&name) || name == "entity_arn"
}

/// How the texts of a column behave where the room is short.
fn unit(name: &str) -> Unit {
    match name {
        "note" => Unit::Prose,
        "source" | "last_accessed_source" | "decided_in" | "organizations_path" | "last_accessed_path" => Unit::Cut(36),
        "account_name" | "account_name_a" | "account_name_b" | "owner" | "service_name" | "granted_by" | "closes"
        | "comment" | "ticket" | "risk_category" | "pattern" | "member" => Unit::Cut(12),
        _ => Unit::Whole,
    }
}

/// `role/AdminRole` of `arn:aws:iam::111122223333:role/ci/AdminRole`: type and name, without account and path. Another text stays.
#[must_use]
pub fn short_arn(text: &str) -> Cow<'_, str> {
    Arn::parse(text).map_or(Cow::Borrowed(text), |arn| Cow::Owned(format!("{}/{}", arn.kind(), arn.name())))
}

/// The heading of a column that is about one entity: name and account, which stand on two lines where the column is narrow.
fn entity_heading(arn: &Arn) -> String {
    let account = arn.account().map(|account| format!(" {account}")).unwrap_or_default();
    format!("{}/{}{account}", arn.kind(), arn.name())
}

#[cfg(test)]
mod tests;
