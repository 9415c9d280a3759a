//! Everything in a run that may name the entity of an answer, gathered before the first one is named.
//!
//! The input is all answers and sidecars, the manifest, the template. The output is [`Clues`], which
//! [`entity`](super::entity) consults for each answer. This is a module of its own because a name in one file can
//! depend on any other file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::Options;
use super::also_used::User;
use super::cleaned;
use super::ending::Ending;
use super::join;
use super::known::Known;
use super::manifest::Layout;
use super::path::{self, OtherPaths, Said};
use super::words;
use crate::model::{AccountId, Answer, Arn, ArnError, EntityKind, Instant, ListState, Sidecar, Source, Symbol};
use crate::problem::{Kind, Problem};
use crate::util::numbers::thousands;

/// Names of files such as `role.json` next to `access-advisor.json`: the file does not name its entity, its folder
/// does.
const ENTITY_FILES: &[&str] =
    &["role", "user", "group", "policy", "get-role", "get-user", "get-group", "get-policy", "entity"];

/// What a run knows about the entities of its answers.
#[derive(Debug)]
pub(super) struct Clues<'o> {
    pub options: &'o Options,
    pub around: OtherPaths,
    pub known: Known,
    /// ARNs that only the rows of answers name: such an entity may have been deleted long ago.
    only_actors: BTreeSet<Arn>,
    /// By unique id, the entities that have it.
    pub by_unique_id: BTreeMap<String, BTreeSet<Arn>>,
    /// What the manifest lists for each source.
    pub layout: Layout<'o>,
    /// The entity of a job; `None` if sidecars disagree.
    jobs: BTreeMap<String, Option<Arn>>,
    /// The entity that a sidecar of this folder and stem names.
    by_stem: BTreeMap<(String, String), Option<Arn>>,
    /// The entity that the only sidecar of this folder names.
    by_folder: BTreeMap<String, Option<Arn>>,
    /// Documents in which an answer is `null`: their saver writes `null` for a job that has not finished.
    writes_null: BTreeSet<Source>,
    /// Jobs, in lower case, that an answer in the run names as its own.
    answered: BTreeSet<String>,
    /// Entities that a sidecar or the manifest is about: no answer is inferred to be about them.
    documented: BTreeSet<Arn>,
}

impl<'o> Clues<'o> {
    /// Looks through everything once.
    pub fn gather(
        answers: &[Answer],
        sidecars: &[Sidecar],
        texts: &[Arc<str>],
        options: &'o Options,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut all = arns_named(answers, sidecars, options);
        let actors: Vec<&str> = actors(answers, texts).collect();
        let only_actors: BTreeSet<Arn> =
            actors.iter().filter_map(|text| Arn::parse(text).ok()).filter(|arn| !all.contains(arn)).collect();
        all.extend(only_actors.iter().cloned());
        let known = Known::new(all);
        let known = known.with_names(options.known_names.iter().cloned().chain(roles_of_sessions(&actors)));
        let said = |answer| Said { span: span(answer, texts), ..said_by(answer) };
        let around = OtherPaths::survey(answers.iter().map(|answer| (&answer.source, said(answer))), &known);
        let is_asked_for = options.manifest.is_some() || options.template.is_some();
        let sources: BTreeSet<&Source> = answers.iter().map(|answer| &answer.source).filter(|_| is_asked_for).collect();
        let places: Vec<(&Source, String)> =
            sources.into_iter().map(|source| (source, path::snapshot_place(source, &around, &known))).collect();
        let layout = options.manifest.as_ref().map(|manifest| manifest.lay_out(&places)).unwrap_or_default();
        for path in &layout.ambiguous {
            let what = "is in the manifest, but files in several folders are called so";
            problems
                .push(Problem::new(Kind::Note, path, what).advise("Write the path with its folders in the manifest."));
        }
        let mut clues = Self {
            options,
            around,
            known,
            only_actors,
            by_unique_id: by_unique_id(sidecars),
            layout,
            jobs: BTreeMap::new(),
            by_stem: BTreeMap::new(),
            by_folder: BTreeMap::new(),
            answered: answers.iter().filter_map(|a| a.job.id.as_ref()).map(|id| id.to_ascii_lowercase()).collect(),
            documented: options.manifest.iter().flat_map(|manifest| manifest.arns().cloned()).collect(),
            writes_null: answers.iter().filter(|a| a.list == ListState::Null).map(|a| a.source.clone()).collect(),
        };
        clues.check_template(&places, problems);
        for sidecar in sidecars {
            clues.take(sidecar, problems);
        }
        clues.check_manifest(&places, problems);
        clues.documented.extend(clues.jobs.values().flatten().cloned());
        clues
    }

    /// Whether the saver of `source` writes `null` for a job that has not finished, so that its `[]` is an answer.
    pub fn writes_null(&self, source: &Source) -> bool {
        self.writes_null.contains(source)
    }

    /// Whether a sidecar or the manifest is about `arn`.
    pub fn documents(&self, arn: &Arn) -> bool {
        self.documented.contains(arn)
    }

    /// Whether something other than the rows of answers names `arn`.
    pub fn has_named(&self, arn: &Arn) -> bool {
        self.known.contains(arn) && !self.only_actors.contains(arn)
    }

    /// The entity of a job, by its id.
    pub fn of_job(&self, id: &str) -> Option<&Arn> {
        self.jobs.get(id)?.as_ref()
    }

    /// The entity that another file next to `source` names.
    pub fn beside(&self, source: &Source) -> Option<&Arn> {
        let (folder, file) = path::folder_and_file(source);
        let raw = words::without_extensions(&file);
        let plain = cleaned::name_without_date_and_page(raw, &self.known);
        let stems = [raw, plain.as_str(), words::without_appended(&plain)];
        let by_stem = stems.iter().find_map(|stem| self.by_stem.get(&(folder.clone(), (*stem).to_owned())));
        let by_folder = || self.by_folder.get(&folder).filter(|_| path::says_nothing(&plain));
        by_stem.or_else(by_folder)?.as_ref()
    }

    /// A row with a mistyped path would leave its dump without an entity, or with a wrong one.
    fn check_manifest(&self, places: &[(&Source, String)], problems: &mut Vec<Problem>) {
        let Some(manifest) = &self.options.manifest else { return };
        let job_in_path = |source: &Source| {
            let by_template = self.options.template.as_ref().and_then(|t| t.matches(&source.logical_path())?.job_id);
            by_template.or_else(|| words::job_id(words::without_extensions(&path::folder_and_file(source).1)))
        };
        let in_names: BTreeSet<String> = places.iter().filter_map(|(source, _)| job_in_path(source)).collect();
        let has_job = |id: &str| self.answered.contains(id) || self.jobs.contains_key(id) || in_names.contains(id);
        let unfit = manifest.unfit(&self.layout, has_job);
        let Some(first) = unfit.first() else { return };
        let more = match unfit.len() {
            1 => String::new(),
            many => format!(" and {} more", thousands(many as u64 - 1)),
        };
        let what = format!("lists {first}{more} for files or jobs of which no answer was read");
        let advice = "Compare its paths and JobIds with those that `dormant check` shows.";
        problems.push(Problem::new(Kind::Note, "manifest", what).advise(advice));
    }

    fn check_template(&self, places: &[(&Source, String)], problems: &mut Vec<Problem>) {
        let Some(template) = &self.options.template else { return };
        if !places.is_empty() && places.iter().all(|(source, _)| template.matches(&source.logical_path()).is_none()) {
            let what = format!("the path template {template} fits none of the files");
            let advice = "Compare it with a path as the check report shows it; it is laid against the end of the path.";
            problems.push(Problem::new(Kind::Note, "path template", what).advise(advice));
        }
    }

    fn take(&mut self, sidecar: &Sidecar, problems: &mut Vec<Problem>) {
        match sidecar {
            Sidecar::Generate { source, job_id, arn, .. } => {
                if let Some(arn) = self.asked_about(source, arn.as_deref()) {
                    let before = self.jobs.entry(job_id.to_ascii_lowercase()).or_insert_with(|| Some(arn.clone()));
                    settle(before, &arn, source, problems);
                } else if !self.is_answered(job_id) {
                    let what = "this is the answer of `aws iam generate-service-last-accessed-details`: a JobId, and \
                                the entity of the job is unknown";
                    let advice = "Save the response of `aws iam get-service-last-accessed-details --job-id …`; a manifest \
                                  can name the entity of the job (--manifest: JobId and ARN).";
                    problems.push(Problem::new(Kind::WrongOperation, source, what).advise(advice));
                }
            }
            Sidecar::Entity { source, arn, alone, .. } => match Arn::parse(arn) {
                Ok(arn) => self.take_entity(source, &arn, *alone, problems),
                // Every credential report has a row of the root user, and no dump is about it.
                Err(ArnError::Kind) if arn.ends_with(":root") => {}
                Err(error) => problems.push(Problem::new(Kind::Note, source, format!("names {arn}, which {error}"))),
            },
            Sidecar::NoAnswer { .. } => {}
        }
    }

    /// Whether the manifest names the job, or there is an answer to it: then a file with only its `JobId` is the
    /// request for it.
    fn is_answered(&self, job_id: &str) -> bool {
        let job_id = job_id.to_ascii_lowercase();
        self.answered.contains(&job_id) || self.options.manifest.as_ref().is_some_and(|m| m.job(&job_id).is_some())
    }

    fn take_entity(&mut self, source: &Source, arn: &Arn, alone: bool, problems: &mut Vec<Problem>) {
        self.documented.insert(arn.clone());
        if !alone {
            return;
        }
        let (folder, file) = path::folder_and_file(source);
        let stem = words::without_extensions(&file);
        if ENTITY_FILES.contains(&stem.to_ascii_lowercase().as_str()) {
            let before = self.by_folder.entry(folder).or_insert_with(|| Some(arn.clone()));
            settle(before, arn, source, problems);
            return;
        }
        let bare =
            stem.rsplit_once('.').filter(|(_, ending)| ENTITY_FILES.contains(ending)).map_or(stem, |(bare, _)| bare);
        let before = self.by_stem.entry((folder, bare.to_owned())).or_insert_with(|| Some(arn.clone()));
        settle(before, arn, source, problems);
    }

    /// The entity of a job that was started: the one in the request next to it, or otherwise in its path.
    pub fn asked_about(&self, source: &Source, arn: Option<&str>) -> Option<Arn> {
        arn.and_then(|arn| Arn::parse(arn).ok()).or_else(|| self.named_by_path(source))
    }

    /// The ARN that the path of a sidecar names: in full, by the template, or by account, kind and name.
    fn named_by_path(&self, source: &Source) -> Option<Arn> {
        let found = self.options.template.as_ref().and_then(|template| template.matches(&source.logical_path()));
        let found = found.unwrap_or_default();
        let facts = path::read(source, Said::default(), &self.around, &self.known);
        found.arn.or(facts.arn).or_else(|| {
            let account = found.account.or(facts.account)?;
            let (kind, name) = (found.kind.or(facts.kind)?, found.name.or(facts.name)?);
            self.one_named(&account, kind, &name, &facts.iam_path).ok()
        })
    }

    /// The only known ARN of this account, kind and name. If there are several, the IAM path may decide.
    ///
    /// # Errors
    /// All ARNs that fit, if it is not exactly one.
    pub fn one_named(
        &self,
        account: &AccountId,
        kind: EntityKind,
        name: &str,
        iam_path: &str,
    ) -> Result<Arn, Vec<Arn>> {
        let named = self.known.named(account, kind, name);
        let by_path = || match named.iter().filter(|arn| arn.path().trim_matches('/') == iam_path).collect::<Vec<_>>()[..]
        {
            [arn] => Ok(arn.clone()),
            _ => Err(named.to_vec()),
        };
        match named {
            [arn] => Ok(arn.clone()),
            _ if iam_path.is_empty() => Err(named.to_vec()),
            _ => by_path(),
        }
    }
}

/// Adds what a sidecar names; two sidecars that name different entities for one place name none.
fn settle(before: &mut Option<Arn>, arn: &Arn, source: &Source, problems: &mut Vec<Problem>) {
    if let Some(other) = before.as_ref().filter(|other| *other != arn) {
        let what = format!("names {arn}, but another file for the same answer names {other}; neither is taken");
        problems.push(
            Problem::new(Kind::Contradiction, source, what).advise("Say which is meant in a manifest (--manifest)."),
        );
        *before = None;
    }
}

/// The facts that `answer` gives about itself and that help to read its path.
pub(super) fn said_by(answer: &Answer) -> Said<'_> {
    let ending = Ending::of(&answer.job, answer.rows.service_count());
    Said {
        job: answer.job.date(),
        entity: answer.claim.as_ref().map(|claim| claim.text.as_str()),
        may_go_on: ending.may_go_on(),
        is_whole: ending == Ending::Whole,
        span: None,
    }
}

/// The first and the last service of an answer, as they stand in it.
fn span<'a>(answer: &Answer, texts: &'a [Arc<str>]) -> Option<(&'a str, &'a str)> {
    let rows = &answer.rows;
    (rows.service_count() > 0).then(|| (join::text(texts, rows.first()), join::text(texts, rows.last())))
}

/// What the rows name as those that made their accesses, each once.
fn actors<'t>(answers: &[Answer], texts: &'t [Arc<str>]) -> impl Iterator<Item = &'t str> {
    let actors: FxHashSet<Symbol> = answers.iter().flat_map(|a| a.rows.service_actors()).copied().collect();
    actors.into_iter().filter_map(|symbol| texts.get(symbol.index()? as usize)).map(AsRef::as_ref)
}

/// The names of the roles behind the sessions that made accesses; a session does not tell the ARN of its role.
fn roles_of_sessions(actors: &[&str]) -> Vec<String> {
    let role = |text: &str| match User::read(text) {
        Ok(User::Session { role, .. }) => Some(role),
        _ => None,
    };
    actors.iter().filter(|text| text.contains(":assumed-role/")).filter_map(|text| role(text)).collect()
}

/// Every ARN that anything in the input, or the options, names.
pub(super) fn arns_seen(
    answers: &[Answer],
    sidecars: &[Sidecar],
    texts: &[Arc<str>],
    options: &Options,
) -> BTreeSet<Arn> {
    let mut seen = arns_named(answers, sidecars, options);
    // An ARN that is not one of an entity (a session, a root user) cannot be the entity of a dump; the code that uses
    // the text reports it.
    seen.extend(actors(answers, texts).filter_map(|text| Arn::parse(text).ok()));
    seen
}

/// The unique ids that documents state.
fn by_unique_id(sidecars: &[Sidecar]) -> BTreeMap<String, BTreeSet<Arn>> {
    let mut by_id: BTreeMap<String, BTreeSet<Arn>> = BTreeMap::new();
    for sidecar in sidecars {
        let Sidecar::Entity { arn, stated, .. } = sidecar else { continue };
        if let Some((id, arn)) = stated.unique_id.clone().zip(Arn::parse(arn).ok()) {
            by_id.entry(id).or_default().insert(arn);
        }
    }
    by_id
}

/// Every ARN that anything but the rows of answers names.
fn arns_named(answers: &[Answer], sidecars: &[Sidecar], options: &Options) -> BTreeSet<Arn> {
    let mut seen = options.known_arns.clone();
    let claims = answers.iter().filter_map(|answer| answer.claim.as_ref()).map(|claim| claim.text.as_str());
    let stated = sidecars.iter().filter_map(|sidecar| match sidecar {
        Sidecar::Entity { arn, .. } => Some(arn.as_str()),
        Sidecar::Generate { arn, .. } => arn.as_deref(),
        Sidecar::NoAnswer { .. } => None,
    });
    seen.extend(claims.chain(stated).filter_map(|text| Arn::parse(text).ok()));
    seen.extend(options.manifest.iter().flat_map(|manifest| manifest.arns().cloned()));
    let generated = sidecars.iter().filter_map(|sidecar| match sidecar {
        Sidecar::Generate { source, .. } => Some((source, None)),
        Sidecar::Entity { .. } | Sidecar::NoAnswer { .. } => None,
    });
    let sources: Vec<(&Source, Option<Instant>)> =
        answers.iter().map(|answer| (&answer.source, answer.job.date())).chain(generated).collect();
    let in_path = |(source, job): &(&Source, Option<Instant>)| {
        let found = options.template.as_ref().and_then(|template| template.matches(&source.logical_path()));
        found.and_then(|found| found.arn).or_else(|| path::spelt_arn(source, *job))
    };
    seen.extend(sources.par_iter().filter_map(in_path).collect::<Vec<_>>());
    seen
}
