//! The request for a run, its outcome, and how it reports progress.

use std::path::PathBuf;
use std::sync::Arc;

use globset::GlobSet;

use super::attribution::AttributionArgs;
use super::cache::DecodeCache;
use super::export::TableExport;
use crate::analyse::{DecisionTotals, Filter, Params, ReportSpec, Unmatched};
use crate::decode::Limits;
use crate::model::policy::{AdviceStyle, SavedInventory};
use crate::model::{Instant, Mention, OtherOperation};
use crate::problem::Problem;
use crate::recommend::Recommendation;
use crate::report::{Headline, InputCounts, InputFile, Parameter, Redactor, Report};
use crate::util::pseudonym::PseudonymKey;
use crate::util::replaced::Replaced;

/// Everything that a run needs to know, every value checked and resolved.
#[derive(Debug, Clone)]
pub struct Request {
    /// Files, folders, archives and stores to read; `-` is stdin. For `diff OLD NEW`, the new side.
    pub paths: Vec<PathBuf>,
    /// The old side of `diff OLD NEW`; otherwise empty.
    pub old_paths: Vec<PathBuf>,
    /// The files that the result is going to replace: the run fails if it reads one of them.
    pub replaced: Replaced,
    /// `diff --from`: the old side is the newest usable dump not after this.
    pub from: Option<Instant>,
    /// `diff --to`: the new side is the newest usable dump not after this.
    pub to: Option<Instant>,
    /// Ceilings for hostile input.
    pub limits: Limits,
    /// About how many bytes of rows of listings are held unpacked; the rest is packed.
    pub memory: u64,
    /// Whether to list every input, with its SHA-256.
    pub hash_inputs: bool,
    /// The attribution of this run, in addition to what the stores among the paths keep.
    pub saying: AttributionArgs,
    /// `--made-at`: when dumps without a date were made.
    pub made_at: Option<Instant>,
    /// `--also-used FILE`: accesses known from elsewhere.
    pub also_used: Vec<PathBuf>,
    /// `--accounts FILE`: names and owners of accounts.
    pub accounts: Option<PathBuf>,
    /// `--owner-tag NAME`: the tag of entities that names their owner.
    pub owner_tag: Option<String>,
    /// `--decisions FILE`: what people decided.
    pub decisions: Vec<PathBuf>,
    /// Whether there must be decisions: a store among the paths may keep them.
    pub demand: Demand,
    /// `--catalogue DIR`: replaces compiled-in facts.
    pub catalogue: Option<PathBuf>,
    /// `--service-reference PATH`: AWS's own facts about each action, on top.
    pub service_reference: Option<PathBuf>,
    /// The parameters that the analyses share.
    pub params: Params,
    /// The filter as it was given, if that of `params` keeps more: an explanation of one permission looks at all of its
    /// entity. Its names have to be known.
    pub typed: Option<Filter>,
    /// The requested reports, in order.
    pub specs: Vec<ReportSpec>,
    /// How the reports are presented.
    pub presentation: Presentation,
    /// Whether this is the whole audit: reports without content (there is only one date, or there are too many pairs)
    /// come without a section.
    pub audit: bool,
    /// Whether the tables behind the reports are returned too.
    pub tables: bool,
    /// The options for recommendations.
    pub recommend: RecommendRequest,
    /// `--redact`: the key of the pseudonyms in place of names in the outcome.
    pub redact: Option<PseudonymKey>,
    /// What the decoder made of packs in earlier runs, in the user's own folder. It changes no result.
    pub cache: Option<DecodeCache>,
}

impl Request {
    /// A request with the default options.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>, params: Params, specs: Vec<ReportSpec>) -> Self {
        Self {
            paths,
            old_paths: Vec::new(),
            replaced: Replaced::default(),
            from: None,
            to: None,
            limits: Limits::default(),
            memory: MEMORY,
            hash_inputs: false,
            saying: AttributionArgs::default(),
            made_at: None,
            also_used: Vec::new(),
            accounts: None,
            owner_tag: None,
            decisions: Vec::new(),
            demand: Demand::Optional,
            catalogue: None,
            service_reference: None,
            params,
            specs,
            typed: None,
            presentation: Presentation::Reports,
            audit: false,
            tables: false,
            recommend: RecommendRequest::default(),
            redact: None,
            cache: None,
        }
    }

    /// Whether a requested report shows the answers of another operation.
    pub(super) fn wants(&self, kind: OtherOperation) -> bool {
        self.audit || self.specs.iter().any(|spec| spec.shows(kind))
    }

    /// Whether the numbers at the beginning of the answer are needed: next to a report that counts everything, and on
    /// the cover of an audit.
    pub(super) fn wants_headline(&self) -> bool {
        self.audit || self.presentation == Presentation::Overview || self.specs.contains(&ReportSpec::Summary)
    }

    /// Whether a requested report uses answers about policies.
    pub(super) fn wants_grants(&self) -> bool {
        // Verdicts depend on the start of a grant, which policies tell; `check` tells whether they agree with the dumps.
        let judges = |spec: &ReportSpec| {
            use ReportSpec::{Check, Compare, List, Pairs, Permissions, Roles, Services, Staleness};
            matches!(
                spec,
                Check
                    | Services
                    | Staleness { .. }
                    | Compare { .. }
                    | Pairs { .. }
                    | Roles
                    | List { .. }
                    | Permissions { .. }
            )
        };
        !self.decisions.is_empty() || self.wants_risks() || self.specs.iter().any(judges)
    }

    /// Whether a requested report is about policies, and needs no dump.
    pub(super) fn wants_policies(&self) -> bool {
        let is_about = |spec: &ReportSpec| {
            matches!(
                spec,
                ReportSpec::Grants { .. }
                    | ReportSpec::Recommend
                    | ReportSpec::Entities
                    | ReportSpec::Credentials
                    | ReportSpec::Check
            )
        };
        self.specs.iter().any(is_about)
    }

    /// Whether a requested report gives the risk of permissions, which it does even without any policy.
    pub(super) fn wants_risks(&self) -> bool {
        let says = |spec: &ReportSpec| {
            matches!(
                spec,
                ReportSpec::Grants { .. }
                    | ReportSpec::Recommend
                    | ReportSpec::Unused { .. }
                    | ReportSpec::Permissions { .. }
                    | ReportSpec::Summary
                    | ReportSpec::Entities
            )
        };
        self.specs.iter().any(says)
    }
}

/// The options for recommendations, in addition to those of every report.
#[derive(Debug, Clone)]
pub struct RecommendRequest {
    /// `--style`.
    pub style: AdviceStyle,
    /// `--protect`, in lower case.
    pub protect: Vec<String>,
    /// `--service-level`.
    pub service_level: bool,
    /// `--include-recovery`.
    pub include_recovery: bool,
    /// `--applied-by`.
    pub applied_by: Option<Mention>,
    /// `--only`.
    pub only: Option<GlobSet>,
    /// Whether every action gets a row, as in the files.
    pub with_rows: bool,
}

impl Default for RecommendRequest {
    fn default() -> Self {
        let (protect, applied_by, only) = Default::default();
        let (service_level, include_recovery, with_rows) = (false, false, false);
        Self { style: AdviceStyle::Auto, protect, service_level, include_recovery, applied_by, only, with_rows }
    }
}

/// Whether a run makes sense without decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Those that there are hold.
    Optional,
    /// It is about them: without any it is an error.
    Required,
}

/// How the reports of a run are presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// Not at all: they are the answer.
    Reports,
    /// One screen about everything: the numbers at the beginning of the reports are needed too.
    Overview,
    /// One screen about one entity: of several dates, it compares the last day with the day before it, and not with the
    /// first.
    Explanation,
}

/// The default of `--memory`: some hundred thousand rows of a listing.
pub const MEMORY: u64 = 64 << 20;

/// Learns how far the run is; called from several threads.
pub trait Progress: Sync {
    /// A new stage begins, with `total` steps.
    fn begin(&self, stage: &'static str, total: u64);
    /// `steps` more steps of the stage are done.
    fn advance(&self, steps: u64);
    /// A file of the stage is begun, which may take a while.
    fn open(&self, _file: &str) {}
    /// A file that was begun is done; it is one step of the stage.
    fn close(&self, _file: &str) {
        self.advance(1);
    }
    /// Something that was done in addition to the request.
    fn note(&self, _what: String) {}
}

/// Reports no progress.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: &'static str, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// What a run gives.
#[derive(Debug)]
pub struct Outcome {
    /// One report for each spec, in the same order.
    pub reports: Vec<Report>,
    /// The numbers at the beginning of the answer, if a report counts everything.
    pub headline: Option<Headline>,
    /// The tables behind the reports, if they were requested.
    pub tables: Vec<TableExport>,
    /// What happened to the inputs.
    pub inputs: InputCounts,
    /// Every problem, sorted.
    pub problems: Vec<Problem>,
    /// Every input with its length and SHA-256, if [`Request::hash_inputs`] requests them; otherwise none.
    pub sources: Vec<InputFile>,
    /// The entities that could be examined, as far as lists of accounts were saved; only for an audit.
    pub inventories: Vec<SavedInventory>,
    /// How many such lists are of accounts or of a time that nobody asks about.
    pub inventories_left_out: usize,
    /// The number and the name of each account that an answer of AWS names and no usable dump is of.
    pub accounts_without_dump: Vec<(String, String)>,
    /// Values of filters that match nothing in the inputs.
    pub unmatched: Vec<Unmatched>,
    /// The state of the decisions, if any were given.
    pub decisions: Option<DecisionTotals>,
    /// The attribution of the stores among the paths that holds in this run.
    pub said: Vec<Parameter>,
    /// The recommendation for each policy, if they were requested.
    pub recommendations: Vec<Recommendation>,
    /// What made the pseudonyms of everything above, if that was requested.
    pub redactor: Option<Arc<Redactor>>,
}
