//! The manifest: a table from the user that tells which file or job is about which entity.
//!
//! The input is a CSV or JSON file. The format is recognized by the content, and the columns by their values. The
//! output is the entity for a source or a `JobId`. The user wrote the manifest, so a line that is not understood is an
//! error with its number, and is never skipped.

mod json;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::words;
use crate::model::{AccountId, Arn, Instant, Source};
use crate::util::sanitize::harmless;

pub use read::ManifestError;
pub(super) use read::instant;

/// What one row of a manifest tells about its file or job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ManifestRow {
    pub arn: Arn,
    /// The account in which an AWS-managed policy was looked at.
    pub account: Option<AccountId>,
}

/// A manifest, read and free of contradictions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// By path, file name or stem, `/` between parts.
    by_path: BTreeMap<String, ManifestRow>,
    /// By `JobId` in lower case.
    by_job: BTreeMap<String, ManifestRow>,
    /// When entities were created.
    created: BTreeMap<Arn, Instant>,
    /// The service of a with-entities answer, by path or `JobId`.
    services: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// CSV (comma, semicolon or tab; with or without a header) or JSON (`{path: arn}`, `{arn: jobid}`, or a list of
    /// objects). Each row has one ARN and a path, a file name or a `JobId`; a creation date (`created_at`,
    /// `CreateDate`, …) and a 12-digit account are read if there are any.
    ///
    /// # Errors
    /// If the file cannot be read, a row has no ARN or nothing but an ARN, or two rows contradict each other. The
    /// message names the file and the line.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let text = std::fs::read(path).map_err(|reason| ManifestError::Unreadable { path: path.to_owned(), reason })?;
        Self::of_bytes(&text, path)
    }

    /// Does the same for the bytes of a manifest; `path` is its name in an error.
    ///
    /// # Errors
    /// Those of [`Manifest::read`], except that of reading the file.
    pub fn of_bytes(bytes: &[u8], path: &Path) -> Result<Self, ManifestError> {
        Self::parse(bytes).map_err(|wrong| wrong.of(path))
    }

    /// Adds what a later manifest lists; if the two contradict each other, the later one counts.
    pub fn extend(&mut self, later: Self) {
        self.by_path.extend(later.by_path);
        self.by_job.extend(later.by_job);
        self.created.extend(later.created);
        self.services.extend(later.services);
    }

    /// Keeps the rows with texts (a path, an ARN, an account) that `keeps` accepts all.
    pub fn retain(&mut self, keeps: impl Fn(&str) -> bool) {
        let keeps_listed = |key: &String, listed: &mut ManifestRow| {
            let account = listed.account.as_ref().is_none_or(|account| keeps(account.as_str()));
            account && keeps(key) && keeps(listed.arn.as_str())
        };
        self.by_path.retain(keeps_listed);
        self.by_job.retain(keeps_listed);
        self.created.retain(|arn, _| keeps(arn.as_str()));
        self.services.retain(|key, _| keeps(key));
    }

    /// Every ARN listed.
    pub(super) fn arns(&self) -> impl Iterator<Item = &Arn> {
        self.by_path.values().chain(self.by_job.values()).map(|listed| &listed.arn).chain(self.created.keys())
    }

    /// When entities were created, if the manifest tells.
    pub(super) fn creations(&self) -> impl Iterator<Item = (&Arn, Instant)> {
        self.created.iter().map(|(arn, created)| (arn, *created))
    }

    /// What is listed for a job.
    pub(super) fn job(&self, id: &str) -> Option<&ManifestRow> {
        self.by_job.get(&id.to_ascii_lowercase())
    }

    /// The service that is listed for the with-entities answer at `source`: by its `JobId` (its own, or that of its
    /// file name), or by the longest listed end of its path.
    pub(super) fn service(&self, source: &Source, job: Option<&str>) -> Option<&str> {
        let whole = whole_path(source);
        let stem = words::job_id(words::without_extensions(file_name(&whole)));
        let by_job = job.map(str::to_ascii_lowercase).or(stem).and_then(|id| self.services.get(&id));
        let bare = without_extensions(&whole);
        let by_path = || tails(&whole).chain(tails(&bare)).find_map(|tail| self.services.get(tail));
        by_job.or_else(by_path).map(String::as_str)
    }

    /// Matches the listed paths with the sources: a listed path is a source's own path or the end of it (or the other
    /// way round, if the source was typed from inside the listed folder). Each source comes with its place, which is
    /// the path without dates: a listed path that would fit several places names none of them.
    pub(super) fn lay_out(&self, sources: &[(&Source, String)]) -> Layout<'_> {
        let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in self.by_path.keys() {
            by_name.entry(file_name(path)).or_default().push(path);
        }
        let mut fitting: Vec<(&Source, Vec<&str>)> = Vec::new();
        let mut places: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (source, place) in sources {
            let whole = whole_path(source);
            let name = file_name(&whole);
            let stem = words::without_extensions(name);
            let names = [name].into_iter().chain((stem != name).then_some(stem));
            let near = names.filter_map(|name| by_name.get(name)).flatten();
            let fit: Vec<&str> = near.copied().filter(|listed| fits(listed, &whole)).collect();
            for listed in &fit {
                places.entry(listed).or_default().insert(place);
            }
            if !fit.is_empty() {
                fitting.push((source, fit));
            }
        }
        let fitting_paths = places.keys().copied().collect();
        let ambiguous: BTreeSet<&str> =
            places.into_iter().filter(|(_, at)| at.len() > 1).map(|(path, _)| path).collect();
        let listed = fitting
            .into_iter()
            .filter_map(|(source, mut paths)| {
                paths.retain(|path| !ambiguous.contains(path));
                Some((source.clone(), self.best(&whole_path(source), &paths)?))
            })
            .collect();
        Layout { listed, ambiguous, fitting: fitting_paths }
    }

    /// The entities of rows that fit nothing: neither does a source fit their paths, nor is one of their jobs among the inputs.
    pub(super) fn unfit(&self, layout: &Layout, has_job: impl Fn(&str) -> bool) -> BTreeSet<&Arn> {
        let by_path = self.by_path.iter().map(|(path, row)| (&row.arn, layout.fitting.contains(path.as_str())));
        let by_job = self.by_job.iter().map(|(job, row)| (&row.arn, has_job(job)));
        let (fit, unfit): (Vec<_>, Vec<_>) = by_path.chain(by_job).partition(|(_, fits)| *fits);
        let fit: BTreeSet<&Arn> = fit.into_iter().map(|(arn, _)| arn).collect();
        unfit.into_iter().map(|(arn, _)| arn).filter(|arn| !fit.contains(arn)).collect()
    }

    /// The longest path that `whole` ends with; otherwise the entry on which all paths that end with `whole` agree.
    fn best(&self, whole: &str, paths: &[&str]) -> Option<&ManifestRow> {
        let inside = paths.iter().filter(|path| path.len() <= whole.len()).max_by_key(|path| (path.len(), **path));
        if let Some(path) = inside {
            return self.by_path.get(*path);
        }
        let mut listed = paths.iter().filter_map(|path| self.by_path.get(*path));
        let first = listed.next()?;
        listed.all(|other| other == first).then_some(first)
    }
}

/// The listed paths, matched with the sources of a run.
#[derive(Debug, Default)]
pub(super) struct Layout<'m> {
    /// What is listed for a source.
    pub listed: BTreeMap<Source, &'m ManifestRow>,
    /// Listed paths that fit several places, and so name none of them.
    pub ambiguous: BTreeSet<&'m str>,
    /// Listed paths that fit a source, or several.
    fitting: BTreeSet<&'m str>,
}

fn fits(listed: &str, whole: &str) -> bool {
    let ends =
        |long: &str, short: &str| long.strip_suffix(short).is_some_and(|head| head.is_empty() || head.ends_with('/'));
    ends(whole, listed) || ends(&without_extensions(whole), listed) || ends(listed, whole)
}

/// The path, with the extensions taken off its last part.
fn without_extensions(whole: &str) -> String {
    match whole.rsplit_once('/') {
        Some((folder, name)) => format!("{folder}/{}", words::without_extensions(name)),
        None => words::without_extensions(whole).to_owned(),
    }
}

/// The path, then the path without its first part, then without the next, down to the file.
fn tails(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.split_once('/').map(|(_, below)| below))
}

fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn whole_path(source: &Source) -> String {
    let whole = match &source.inside {
        None => source.path.clone(),
        Some(inside) => format!("{}/{inside}", source.path),
    };
    normalised(&whole)
}

/// `/` between parts, without a leading `./`. A name as it is and a name as reports show it become the same.
fn normalised(path: &str) -> String {
    let mut normalised = String::with_capacity(path.len());
    for c in harmless(path).replace('\\', "/").chars() {
        // A backslash in a name is shown as two.
        if c != '/' || !normalised.ends_with('/') {
            normalised.push(c);
        }
    }
    normalised.trim_start_matches("./").to_owned()
}

#[cfg(test)]
mod tests;
