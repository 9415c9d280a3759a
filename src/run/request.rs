//! What is asked of a run, what it gives, and why it may give nothing.

use std::path::PathBuf;

use globset::GlobSet;

use super::attribution::AttributionArgs;
use super::cache::DecodeCache;
use super::export::TableExport;
use crate::analyse::{DecisionTotals, Params, ReportSpec, Unmatched};
use crate::decode::Limits;
use crate::model::policy::{AdviceStyle, SavedInventory};
use crate::model::{Instant, OtherOperation};
use crate::problem::Problem;
use crate::recommend::Recommendation;
use crate::report::{Headline, InputCounts, InputFile, Parameter, Report};

/// All that a run needs to know, every value checked and resolved.
#[derive(Debug, Clone)]
pub struct Request {
    /// Files, folders, archives and stores to read; `-` is stdin. For `diff OLD NEW`, the new side.
    pub paths: Vec<PathBuf>,
    /// The old side of `diff OLD NEW`; else empty.
    pub old_paths: Vec<PathBuf>,
    /// `diff --from`: the old side is the newest usable dump not after this.
    pub from: Option<Instant>,
    /// `diff --to`: the new side is the newest usable dump not after this.
    pub to: Option<Instant>,
    /// Ceilings for hostile input.
    pub limits: Limits,
    /// About how many bytes of rows of listings are held as they are; the rest is packed.
    pub memory: u64,
    /// Whether to list every input, with its SHA-256.
    pub hash_inputs: bool,
    /// The attribution, beside what the stores among the paths keep.
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
    /// `--catalogue DIR`: replaces compiled-in facts.
    pub catalogue: Option<PathBuf>,
    /// `--service-reference PATH`: what AWS says about each action, on top.
    pub service_reference: Option<PathBuf>,
    /// What the analyses share.
    pub params: Params,
    /// The reports wanted, in order.
    pub specs: Vec<ReportSpec>,
    /// What is made of the reports.
    pub presentation: Presentation,
    /// Whether this is the whole audit: reports that have nothing to say (one date only, too many pairs) come without a section.
    pub audit: bool,
    /// Whether the three tables behind the reports are given too.
    pub tables: bool,
    /// What is asked of recommendations.
    pub recommend: RecommendRequest,
    /// What the decoder made of packs before, in the user's own folder. It changes no result.
    pub cache: Option<DecodeCache>,
}

impl Request {
    /// What is asked where nothing else is said.
    #[must_use]
    pub fn new(paths: Vec<PathBuf>, params: Params, specs: Vec<ReportSpec>) -> Self {
        Self {
            paths,
            old_paths: Vec::new(),
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
            catalogue: None,
            service_reference: None,
            params,
            specs,
            presentation: Presentation::Reports,
            audit: false,
            tables: false,
            recommend: RecommendRequest::default(),
            cache: None,
        }
    }

    /// Whether a report that is asked for shows the answers of a other operation.
    pub(super) fn wants(&self, kind: OtherOperation) -> bool {
        self.audit || self.specs.iter().any(|spec| spec.shows(kind))
    }

    /// Whether the numbers that lead the answer are wanted: beside what counts everything, and on the cover of an audit.
    pub(super) fn wants_headline(&self) -> bool {
        self.audit || self.presentation == Presentation::Overview || self.specs.contains(&ReportSpec::Summary)
    }

    /// Whether a report that is asked for rests on answers about policies.
    pub(super) fn wants_grants(&self) -> bool {
        // Verdicts rest on what policies say about the start of a grant.
        let judges = |spec: &ReportSpec| {
            use ReportSpec::{Compare, List, Pairs, Permissions, Roles, Services, Staleness};
            matches!(
                spec,
                Services | Staleness { .. } | Compare { .. } | Pairs { .. } | Roles | List { .. } | Permissions { .. }
            )
        };
        !self.decisions.is_empty() || self.wants_risks() || self.specs.iter().any(judges)
    }

    /// Whether a report that is asked for is about policies, and needs no dump.
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

    /// Whether a report that is asked for says what permissions are worth, which it does without any policy too.
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

/// What is asked of recommendations, beside what every report is asked.
#[derive(Debug, Clone)]
pub struct RecommendRequest {
    /// `--style`.
    pub style: AdviceStyle,
    /// `--protect`, in lower case.
    pub protect: Vec<String>,
    /// `--include-recovery`.
    pub include_recovery: bool,
    /// `--applied-by`.
    pub applied_by: Option<String>,
    /// `--only`.
    pub only: Option<GlobSet>,
    /// Whether every action is accounted for, as the files do.
    pub with_rows: bool,
}

impl Default for RecommendRequest {
    fn default() -> Self {
        let (protect, applied_by, only) = Default::default();
        Self { style: AdviceStyle::Auto, protect, include_recovery: false, applied_by, only, with_rows: false }
    }
}

/// What is made of the reports of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presentation {
    /// Nothing: they are the answer.
    Reports,
    /// One screen about everything: what leads the reports is wanted too.
    Overview,
    /// One screen about one entity: of two dates, the last day and the day before it count, not the first.
    Explanation,
}

/// `--memory`, where nothing else is said: some hundred thousand rows of a listing.
pub const MEMORY: u64 = 64 << 20;

/// Told how far the run is; called from several threads.
pub trait Progress: Sync {
    /// A new stage begins, with `total` steps.
    fn begin(&self, stage: &'static str, total: u64);
    /// `steps` more steps of the stage are done.
    fn advance(&self, steps: u64);
    /// Something that has been done beside what was asked for.
    fn note(&self, _what: String) {}
}

/// Tells no one.
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
    /// The numbers that lead the answer, where a report counts everything.
    pub headline: Option<Headline>,
    /// The three tables, where they were asked for.
    pub tables: Vec<TableExport>,
    /// How the inputs fared.
    pub inputs: InputCounts,
    /// Every problem, sorted.
    pub problems: Vec<Problem>,
    /// Every input with its length and SHA-256, where [`Request::hash_inputs`] asks for them; else none.
    pub sources: Vec<InputFile>,
    /// What there is to be tested, as far as lists of accounts were saved; only for an audit.
    pub inventories: Vec<SavedInventory>,
    /// Values of filters that nothing in the inputs has.
    pub unmatched: Vec<Unmatched>,
    /// What became of the decisions, where any were given.
    pub decisions: Option<DecisionTotals>,
    /// What was said to the stores among the paths and holds in this run.
    pub said: Vec<Parameter>,
    /// What is recommended for each policy, where that is asked for.
    pub recommendations: Vec<Recommendation>,
}
