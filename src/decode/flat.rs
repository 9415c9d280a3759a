//! Flat rows, one per service, as tables and databases keep them; they are gathered into one answer per entity and job.

use std::collections::HashMap;

use super::members::{Members, NormalName, normal};
use super::place::Place;

/// One row: pairs of a normalized member name and the raw JSON text of its value.
#[derive(Debug, Clone, Default)]
pub struct FlatRow(pub Vec<(NormalName, String)>);

impl FlatRow {
    /// A row about one action as a row about its service, with that action in it.
    pub fn with_its_action(self) -> Self {
        let is_action = self.get(&["actionname"]).is_some();
        let Some(namespace) = self.get(&["servicenamespace"]).filter(|_| is_action) else { return self };
        let members = self.0.iter().map(|(name, raw)| format!("{}: {raw}", serde_json::Value::from(name.as_str())));
        let action = format!("[{{{}}}]", members.collect::<Vec<_>>().join(", "));
        let own = |name: &str| name.starts_with("last");
        let access = self.0.iter().filter(|(name, _)| own(name)).cloned();
        let service =
            [("servicenamespace".into(), namespace.to_owned()), ("trackedactionslastaccessed".into(), action)];
        Self(service.into_iter().chain(access).collect())
    }

    /// The members of an object as a row.
    pub fn of(members: &Members) -> Self {
        Self(members.iter().map(|(name, value)| (normal(name), value.get().to_owned())).collect())
    }

    /// The same without long lists, which tell nothing about the object itself. Terraform keeps the use of a role in a list of one.
    pub fn without_lists(members: &Members) -> Self {
        let is_use = |name: &str| normal(name) == "rolelastused";
        let short = members.iter().filter(|(name, value)| !value.get().starts_with('[') || is_use(name));
        Self(short.map(|(name, value)| (normal(name), value.get().to_owned())).collect())
    }

    /// The raw JSON text of the first of `names` that the row has.
    pub fn get(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.0.iter().find(|(n, _)| n == name)).map(|(_, value)| value.as_str())
    }

    /// What tells one entity from another if no ARN does.
    pub fn whose(&self) -> String {
        let names =
            ["accountid", "account", "rolename", "username", "groupname", "policyname", "entityname", "principalname"];
        names.map(|name| self.get(&[name]).unwrap_or_default()).join("|")
    }

    /// The members that tell nothing about services and accesses: they may name an entity.
    pub fn around(&self) -> impl Iterator<Item = (&str, &str)> {
        let is_of_rows = |name: &str| ["service", "last", "total", "tracked"].iter().any(|word| name.starts_with(word));
        self.0.iter().map(|(name, raw)| (name.as_str(), raw.as_str())).filter(move |(name, _)| !is_of_rows(name))
    }

    /// What tells one job of an entity from another, if the rows hold it.
    fn job(&self) -> String {
        let dates = ["jobid", "jobcreationdate", "jobcompletiondate", "jobtype"];
        dates.map(|name| self.get(&[name]).unwrap_or_default()).join("|")
    }
}

/// Rows gathered so far, in the order in which their answers began.
#[derive(Default)]
pub struct FlatRows {
    answers: Vec<(Place, Vec<FlatRow>)>,
    at: HashMap<(String, String), usize>,
    rows: usize,
}

impl FlatRows {
    /// How many rows were added.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a row to the answer that it belongs to.
    pub fn push(&mut self, place: &Place, row: FlatRow) {
        self.rows += 1;
        let key = (place.claim_text().map_or_else(|| row.whose(), str::to_owned), row.job());
        let next = self.answers.len();
        let at = *self.at.entry(key).or_insert(next);
        if at == next {
            self.answers.push((place.clone(), Vec::new()));
        }
        self.answers[at].1.push(row);
    }

    /// The rows of each answer, with the place of the first; the rows of a table have no place of their own.
    pub fn into_answers(self) -> impl Iterator<Item = (Place, Vec<FlatRow>)> {
        let several = self.answers.len() > 1;
        self.answers.into_iter().enumerate().map(move |(at, (mut place, rows))| {
            if several && place.locator.is_empty() {
                place.locator = place.claim_text().map_or_else(|| format!("#{}", at + 1), str::to_owned);
            }
            (place, rows)
        })
    }
}
