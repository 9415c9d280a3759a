//! Filters that fit nothing in the inputs. A mistyped name leaves a report empty, and an empty report looks like good
//! news: so each such name is reported, with the most similar names that exist.

use std::collections::BTreeSet;

use globset::GlobSet;
use rustc_hash::FxHashSet;

use super::{Filter, Names};
use crate::catalogue::Catalogue;
use crate::model::{AccountId, Arn, Dump, Entity, EntityKind, OtherReport, OtherRows, folded};
use crate::problem::{Kind, Problem};

/// How many names are suggested.
const SUGGESTED: usize = 3;
/// A name that is less similar than this (Jaro and Winkler, 0 to 1) would be a guess.
const ALIKE: f64 = 0.8;

/// A value of a filter that fits no input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// `--entity`, `--account`, `--service`, `--action`, `--region`, `--at`, `--from`, `--to`, `--applied-by` or
    /// `--protect`.
    pub option: &'static str,
    /// The value, as typed.
    pub asked: String,
    /// Whether the catalogue knows a service or an action of this name: then no entity holds it, and it is not
    /// mistyped.
    pub is_known: bool,
    /// What else could be meant, the most similar first; a pattern or a name.
    pub nearest: Vec<String>,
}

impl Unmatched {
    /// What it does not fit, and what else could be meant.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { option, asked, is_known, nearest } = self;
        let what = match (*option, is_known) {
            ("--account", _) => format!("no input is about the account `{asked}`"),
            ("--at", _) => format!("no dump was made by {asked}"),
            ("--from", _) => format!("no dump was made by {asked}, so that there is nothing to compare with"),
            ("--to", _) => format!("no dump was made by {asked}, so that there is nothing to compare"),
            ("--applied-by", _) => {
                format!("no user or role of the inputs is `{asked}`, so that nothing is kept for it")
            }
            ("--protect", _) => {
                format!("no entity, policy or known action matches `{asked}`, so that it protects nothing")
            }
            ("--region", _) => format!("no access in the inputs was in the region `{asked}`"),
            ("--entity", _) => format!("no entity matches `{asked}`: patterns match whole names and ARNs"),
            ("--service", true) => format!("nobody holds the service `{asked}`: no dump lists it"),
            ("--service", false) => format!("neither the inputs nor the catalogue know a service `{asked}`"),
            (_, true) => format!("no dump lists an action that matches `{asked}`"),
            (_, false) => format!("neither the inputs nor the catalogue know an action that matches `{asked}`"),
        };
        let quoted: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
        let names = match quoted.as_slice() {
            [] => return what,
            [one] => one.clone(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        };
        match *option {
            "--account" => format!("{what}; they are about {}", names.replace(" or ", " and ")),
            "--at" | "--from" | "--to" => format!("{what}: the oldest is of {}", nearest[0]),
            _ => format!("{what}; did you mean {names}?"),
        }
    }

    /// The warning that goes with every report, so that an empty one does not look like a clean one; none about a name that is not mistyped.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        (!self.is_known).then(|| Problem::new(Kind::UnmatchedFilter, "filter", self.sentence()))
    }
}

/// Everything in the inputs that a filter can name.
#[derive(Clone, Copy)]
pub struct Nameable<'a> {
    /// The entities of all documents.
    pub entities: &'a [&'a Entity],
    /// The dumps.
    pub dumps: &'a [&'a Dump],
    /// The answers of other operations.
    pub others: &'a [OtherReport],
    /// The meaning of their names.
    pub names: &'a Names,
    /// Public facts.
    pub catalogue: &'a Catalogue,
}

/// The values of `filter` that fit nothing, option by option in the order in which they were given.
#[must_use]
pub fn unmatched(filter: &Filter, of: Nameable) -> Vec<Unmatched> {
    let mut all = accounts(filter, of);
    all.extend(entities(filter, of));
    all.extend(services(filter, of));
    all.extend(actions(filter, of));
    all.extend(regions(filter, of));
    all
}

/// A region that no access of any input names. Nothing knows all regions that there are; a row is in one only where an access was.
fn regions(filter: &Filter, of: Nameable) -> Vec<Unmatched> {
    if filter.regions.is_empty() {
        return Vec::new();
    }
    let mut known = FxHashSet::default();
    for dump in of.dumps {
        for (service, actions) in dump.rows.open().iter() {
            known.extend(std::iter::once(service.region).chain(actions.map(|action| action.region)));
        }
    }
    let mut names: BTreeSet<String> = known.into_iter().map(|name| folded(of.names.text(name))).collect();
    for report in of.others {
        if let OtherRows::Organizations(services) = &report.other_answer.rows {
            names.extend(services.iter().filter_map(|service| service.region.as_deref().map(folded)));
        }
    }
    names.remove("");
    let missing = filter.regions.iter().filter(|region| !names.contains(&folded(region)));
    let of_region = |asked: &String| {
        let mut nearest = nearest(asked, names.iter().map(String::as_str));
        if nearest.is_empty() {
            nearest = names.iter().take(SUGGESTED).cloned().collect();
        }
        Unmatched { option: "--region", asked: asked.clone(), is_known: false, nearest }
    };
    missing.map(of_region).collect()
}

fn accounts(filter: &Filter, of: Nameable) -> Vec<Unmatched> {
    if filter.accounts.is_empty() {
        return Vec::new();
    }
    let uses =
        of.others.iter().flat_map(uses).filter_map(|arn| arn.account().map(|account| account.as_str().to_owned()));
    let known = of.entities.iter().filter_map(|entity| entity.account.as_ref()).map(AccountId::to_string);
    let known: BTreeSet<String> = known.chain(uses).collect();
    let missing = filter.accounts.iter().filter(|account| !known.contains(*account));
    let nearest: Vec<String> = known.iter().take(SUGGESTED).cloned().collect();
    missing
        .map(|asked| Unmatched { option: "--account", asked: asked.clone(), is_known: false, nearest: nearest.clone() })
        .collect()
}

/// The entities that answers of other operations list.
fn uses(report: &OtherReport) -> impl Iterator<Item = Arn> + use<> {
    let uses = match &report.other_answer.rows {
        OtherRows::Entities(uses) => uses.iter().filter_map(|of| Arn::parse(&of.arn).ok()).collect(),
        OtherRows::Organizations(_) => Vec::new(),
    };
    uses.into_iter()
}

fn entities(filter: &Filter, of: Nameable) -> Vec<Unmatched> {
    if filter.entities.is_none() {
        return Vec::new();
    }
    let mut left: BTreeSet<usize> = (0..filter.entity_patterns.len()).collect();
    let mut names = BTreeSet::new();
    let mut note = |kind: Option<EntityKind>, name: &str, arn: Option<&str>| {
        for at in filter.patterns_of(kind, name, arn) {
            left.remove(&at);
        }
        names.insert(name.to_owned());
    };
    of.entities.iter().for_each(|entity| note(entity.kind, &entity.name, entity.arn.as_ref().map(Arn::as_str)));
    of.others.iter().flat_map(uses).for_each(|arn| note(Some(arn.kind()), arn.name(), Some(arn.as_str())));
    let of_pattern = |at: usize| {
        let asked = filter.entity_patterns[at].clone();
        // A type or a path in front of it makes a name less alike.
        let name = asked.rsplit('/').next().unwrap_or_default();
        let mut nearest = nearest(name, names.iter().map(String::as_str));
        let is_part = |name: &String| name.to_lowercase().contains(&asked.to_lowercase());
        if !asked.contains(['*', '?', '[', '{']) && names.iter().any(|name| is_part(name) && name.contains(&asked)) {
            nearest.push(format!("*{asked}*"));
        }
        Unmatched { option: "--entity", asked, is_known: false, nearest }
    };
    left.into_iter().map(of_pattern).collect()
}

fn services(filter: &Filter, of: Nameable) -> Vec<Unmatched> {
    let mut left: Vec<&String> = filter.services.iter().collect();
    let mut seen = BTreeSet::new();
    for report in of.others {
        if let OtherRows::Organizations(services) = &report.other_answer.rows {
            seen.extend(services.iter().map(|service| folded(&service.namespace)));
        }
        seen.extend(report.subject.as_deref().map(folded));
    }
    left.retain(|asked| !seen.contains(&folded(asked)));
    for dump in of.dumps {
        if left.is_empty() {
            return Vec::new();
        }
        for service in dump.rows.open().services() {
            let namespace = folded(of.names.text(service.namespace));
            left.retain(|asked| folded(asked) != namespace);
            seen.insert(namespace);
        }
    }
    let catalogue = of.catalogue.namespaces().iter().map(|(namespace, _)| namespace.as_str());
    let known: BTreeSet<&str> = catalogue.chain(seen.iter().map(String::as_str)).collect();
    let of_service = |asked: &String| {
        let is_known = of.catalogue.service_name(&folded(asked)).is_some();
        let nearest = if is_known { Vec::new() } else { nearest(asked, known.iter().copied()) };
        Unmatched { option: "--service", asked: asked.clone(), is_known, nearest }
    };
    left.into_iter().map(of_service).collect()
}

fn actions(filter: &Filter, of: Nameable) -> Vec<Unmatched> {
    let Some(globs) = &filter.actions else { return Vec::new() };
    let mut left: BTreeSet<usize> = (0..filter.action_patterns.len()).collect();
    for dump in of.dumps {
        if left.is_empty() {
            return Vec::new();
        }
        for (service, actions) in dump.rows.open().iter() {
            let service = of.names.text(service.namespace);
            for action in actions {
                let fitting = fitting(globs, service, of.names.text(action.name));
                left.retain(|at| !fitting.contains(at));
            }
        }
    }
    let known: Vec<(&str, &str)> = of.catalogue.access_levels().map(|(service, action, _)| (service, action)).collect();
    let of_pattern = |at: usize| {
        let asked = filter.action_patterns[at].clone();
        let is_known = known.iter().any(|(service, action)| fitting(globs, service, action).contains(&at));
        let name = asked.rsplit(':').next().unwrap_or(&asked);
        let service = asked.rsplit_once(':').map(|(service, _)| folded(service));
        let candidates = known.iter().filter(|(of, _)| service.as_ref().is_none_or(|service| service == of));
        let nearest = if is_known { Vec::new() } else { nearest(name, candidates.map(|(_, action)| *action)) };
        Unmatched { option: "--action", asked, is_known, nearest }
    };
    left.into_iter().map(of_pattern).collect()
}

/// The globs that fit an action.
fn fitting(globs: &GlobSet, service: &str, action: &str) -> Vec<usize> {
    let mut fitting = globs.matches(action.trim());
    fitting.extend(globs.matches(format!("{}:{}", service.trim(), action.trim())));
    fitting
}

/// The names most similar to `asked`, without wildcards and case.
fn nearest<'n>(asked: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let asked = folded(asked).replace(['*', '?'], "");
    let alike = |name: &str| strsim::jaro_winkler(&asked, &folded(name));
    let mut ranked: Vec<(f64, &str)> = names.map(|name| (alike(name), name)).filter(|(of, _)| *of >= ALIKE).collect();
    ranked.sort_by(|(one, name), (other, of)| other.total_cmp(one).then(name.cmp(of)));
    ranked.dedup_by_key(|(_, name)| *name);
    ranked.into_iter().take(SUGGESTED).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_come_first() {
        let names = ["AdminRole", "ci-deploy", "ci-deploy-old", "prod-api"];
        assert_eq!(nearest("AdminRoel", names.into_iter()), ["AdminRole"]);
        assert_eq!(nearest("ci-deploi", names.into_iter()), ["ci-deploy", "ci-deploy-old"]);
        assert!(nearest("billing", names.into_iter()).is_empty());
    }

    fn of(option: &'static str, is_known: bool, nearest: &[&str]) -> String {
        let nearest = nearest.iter().map(|name| (*name).to_owned()).collect();
        Unmatched { option, asked: "Admin".to_owned(), is_known, nearest }.sentence()
    }

    #[test]
    fn the_nearest_names_are_offered() {
        assert_eq!(
            of("--entity", false, &["AdminRole", "*Admin*"]),
            "no entity matches `Admin`: patterns match whole names and ARNs; did you mean `AdminRole` or `*Admin*`?"
        );
        assert_eq!(of("--service", true, &[]), "nobody holds the service `Admin`: no dump lists it");
        let from = "no dump was made by Admin, so that there is nothing to compare with: the oldest is of 2026-01-05";
        assert_eq!(of("--from", false, &["2026-01-05"]), from);
        assert_eq!(of("--at", false, &["2026-01-05"]), "no dump was made by Admin: the oldest is of 2026-01-05");
        assert_eq!(
            of("--account", false, &["1", "2"]),
            "no input is about the account `Admin`; they are about `1` and `2`"
        );
    }
}
