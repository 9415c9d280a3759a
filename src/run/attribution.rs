//! Attribution: what a user states about dumps (which entity, which date), for a run, or for a store, which keeps it
//! for every later run.
//!
//! A later attribution overrides an earlier one: a manifest adds its lines and wins if it contradicts; of templates and
//! dates the last one counts; inference stays off after it was turned off once. The options of a run come last, and
//! hold for that run alone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::error::RunError;
use crate::archive::{Store, StoreError, StoreWriter};
use crate::model::{DAY_MS, Decisions, Instant};
use crate::report::Parameter;
use crate::resolve::decisions::{self, DecisionFile};
use crate::resolve::{Manifest, Options, PathTemplate};

/// The options for attribution, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributionArgs {
    /// `--manifest FILE`.
    pub manifest: Option<PathBuf>,
    /// `--path-template`.
    pub path_template: Option<String>,
    /// `--no-infer`.
    pub no_infer: bool,
    /// `--as-of`: overrides the date of every dump.
    pub as_of: Option<Instant>,
    /// `--decisions FILE` of `ingest` and `compact`: what people decided. A report has its own in its request.
    pub decisions: Vec<PathBuf>,
}

/// All attributions, merged. A field that only a later version knows is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribution {
    /// The lines of all manifests together.
    manifest: Option<Manifest>,
    /// The names of the manifests, as typed.
    manifests: Vec<String>,
    path_template: Option<String>,
    no_infer: bool,
    as_of: Option<Instant>,
    /// The files of decisions, in the order in which they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    decisions: Vec<DecisionFile>,
}

impl AttributionArgs {
    /// Whether no option is given.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The attribution that the options make, with the manifest read.
    ///
    /// # Errors
    /// If the manifest or the template is wrong.
    pub fn read(&self) -> Result<Attribution, RunError> {
        let manifest = self.manifest.as_deref().map(Manifest::read).transpose();
        let said = Attribution {
            manifest: manifest.map_err(|wrong| RunError::Input(wrong.to_string()))?,
            manifests: self.manifest.iter().map(|path| path.display().to_string()).collect(),
            path_template: self.path_template.clone(),
            no_infer: self.no_infer,
            as_of: self.as_of,
            decisions: self
                .decisions
                .iter()
                .map(|path| DecisionFile::read(path))
                .collect::<Result<_, _>>()
                .map_err(RunError::Decisions)?,
        };
        // A template that is kept must be valid.
        said.options()?;
        // Entries that contradict one another are told now, and not by every report.
        said.decisions().map(|_| said)
    }
}

impl Attribution {
    /// The attribution that `stores` keep, as if all of it had gone to one store: the order of the stores does not matter. A lost
    /// attribution is reported with the originals, see [`super::stored::decoded`].
    ///
    /// # Errors
    /// If it cannot be read, or a later version wrote it.
    pub fn to<'s>(stores: impl IntoIterator<Item = &'s Store>) -> Result<Self, RunError> {
        let mut all: Vec<(String, Self)> = Vec::new();
        for store in stores {
            for (path, bytes) in store.attributions()?.0 {
                let what =
                    |error: serde_json::Error| format!("what was said when dumps went in is not understood: {error}");
                let understood = serde_json::from_slice(&bytes)
                    .map_err(|error| StoreError::Damaged { path: store.root().to_owned(), what: what(error) })?;
                all.push((path, understood));
            }
        }
        // A path begins with the time.
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(all.into_iter().fold(Self::default(), |said, (_, later)| said.then(later)))
    }

    /// Adds `later` to what the store keeps; a writer that has the store alone keeps all of it in one file.
    ///
    /// # Errors
    /// What the system reports. If there are more decisions with wildcards than a report takes; then nothing is kept.
    pub fn keep(later: &Self, writer: &mut StoreWriter, now: Instant) -> Result<(), RunError> {
        let before = Self::to([writer.store()])?;
        let all = before.clone().then(later.clone());
        let is_news = all != before;
        if is_news {
            all.decisions()?;
        }
        if writer.is_alone() && (is_news || writer.store().attributions()?.0.len() > 1) {
            writer.attribute(Some(&all.encode()), true, now)?;
        } else if is_news {
            writer.attribute(Some(&later.encode()), false, now)?;
        }
        Ok(())
    }

    /// Replaces everything that the store keeps by this attribution.
    ///
    /// # Errors
    /// What the system reports.
    pub fn replace(&self, writer: &mut StoreWriter, now: Instant) -> Result<(), RunError> {
        let encoded = (*self != Self::default()).then(|| self.encode());
        Ok(writer.attribute(encoded.as_deref(), true, now)?)
    }

    fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, numbers and maps of texts")
    }

    /// This attribution, with `later` on top of it.
    #[must_use]
    pub fn then(mut self, later: Self) -> Self {
        if let Some(listed) = later.manifest {
            self.manifest.get_or_insert_default().extend(listed);
        }
        self.manifests.retain(|name| !later.manifests.contains(name));
        self.manifests.extend(later.manifests);
        // A file that is given again says what holds now: what was taken out of it holds no more.
        self.decisions.retain(|file| later.decisions.iter().all(|later| later.name() != file.name()));
        self.decisions.extend(later.decisions);
        Self {
            path_template: later.path_template.or(self.path_template),
            no_infer: later.no_infer || self.no_infer,
            as_of: later.as_of.or(self.as_of),
            ..self
        }
    }

    /// This attribution for a question with `--at`: that moment gives each dump its date, and a report on files refuses both options together.
    #[must_use]
    pub fn at(self, moment: Option<Instant>) -> Self {
        Self { as_of: self.as_of.filter(|_| moment.is_none()), ..self }
    }

    /// This attribution without the lines of manifests, and the decisions, that hold a text for which `is_gone` is true.
    #[must_use]
    pub fn without(mut self, is_gone: impl Fn(&str) -> bool) -> Self {
        self.manifests.retain(|name| !is_gone(name));
        self.manifest.iter_mut().for_each(|manifest| manifest.retain(|text| !is_gone(text)));
        self.manifest.take_if(|manifest| *manifest == Manifest::default());
        self.decisions.iter_mut().for_each(|file| file.forget(&is_gone));
        self.decisions.retain(|file| !file.is_empty());
        self
    }

    /// The decisions that are kept.
    ///
    /// # Errors
    /// If an entry is not understood.
    pub fn decisions(&self) -> Result<Decisions, RunError> {
        decisions::kept(&self.decisions).map_err(RunError::Decisions)
    }

    /// The files of decisions, as they were typed.
    #[must_use]
    pub fn decision_files(&self) -> Vec<PathBuf> {
        self.decisions.iter().map(|file| file.name().into()).collect()
    }

    /// The options for the resolver.
    ///
    /// # Errors
    /// If the template is wrong.
    pub fn options(&self) -> Result<Options, RunError> {
        let template = self.path_template.as_deref().map(PathTemplate::parse).transpose();
        Ok(Options {
            manifest: self.manifest.clone(),
            template: template.map_err(|wrong| RunError::Input(wrong.to_string()))?,
            infer: !self.no_infer,
            as_of: self.as_of,
            made_at: None,
            known_arns: BTreeSet::new(),
            known_names: BTreeSet::new(),
            partitions: BTreeSet::new(),
        })
    }

    /// What reports show of this attribution, in a run with the options `own`, which override it.
    #[must_use]
    pub fn shown(&self, own: &AttributionArgs) -> Vec<Parameter> {
        let own_manifest = own.manifest.iter().map(|path| path.display().to_string());
        let manifests = self.manifests.iter().cloned().chain(own_manifest).collect();
        let date = |at: Instant| if at.millis() % DAY_MS == 0 { at.day().to_string() } else { at.to_string() };
        let as_of = self.as_of.filter(|_| own.as_of.is_none()).map(date);
        let template = self.path_template.clone().filter(|_| own.path_template.is_none());
        let shown = [
            as_of.map(|date| Parameter::text("as_of", "as of", date)),
            (!self.manifests.is_empty()).then(|| Parameter::texts("manifest", "manifest", manifests)),
            template.map(|template| Parameter::text("path_template", "path template", template)),
            self.no_infer.then(Parameter::no_infer),
            (!self.decisions.is_empty() && own.decisions.is_empty()).then(|| {
                let names = self.decisions.iter().map(|file| file.name().to_owned());
                Parameter::texts("decisions", "decisions", names.collect())
            }),
        ];
        shown.into_iter().flatten().collect()
    }
}
