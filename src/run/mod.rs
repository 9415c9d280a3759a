//! The whole run, stage by stage, in order: the only file that names every stage. Start with [`run`].

mod agreement;
mod analysis;
mod attribution;
mod batch;
mod below;
mod cache;
mod check_rows;
mod context;
mod day_rows;
mod decided;
mod error;
mod estate;
mod export;
mod files;
mod folders;
mod ingest;
mod originals;
mod publish;
mod read_file;
mod recommendations;
mod redacted;
mod request;
mod retention;
mod sides;
mod source;
mod split;
mod stored;

use std::sync::Arc;

use crate::analyse::{
    self, Analysis, Context, DecisionTotals, Findings, Headlines, Names, Needs, ReportSpec, RiskTable,
};
use crate::archive::StoreError;
use crate::catalogue::{Catalogue, ServiceReference};
use crate::frame::RowBudget;
use crate::frame::build::Dictionary;
use crate::model::{AsOfSource, Decisions, Symbols};
use crate::problem::Problem;
use crate::recommend::Recommendation;
use crate::report::{self, Headline, Report};
use crate::resolve;
use analysis::{Computed, analyse_all};
pub use attribution::{Attribution, AttributionArgs};
use batch::batches;
pub use cache::DecodeCache;
use context::RunContext;
pub use error::RunError;
use estate::Estate;
use export::Exporter;
pub use export::TableExport;
pub use ingest::{IngestRequest, Ingested, ingest};
pub use originals::export;
pub use publish::verify_tables;
pub use request::{Demand, MEMORY, Outcome, Presentation, Progress, RecommendRequest, Request, Silent};
pub use retention::{Forget, Forgotten, compact, forget};
use source::InputSides;

/// How many times the originals are read if a writer changes the attributions of a store meanwhile. A writer that does so this
/// often in a row does not stop.
const ATTEMPTS: usize = 10;

/// With more entities than this, the pairs of an audit are left out: their number grows with the square.
const MOST_PAIRED: usize = 500;

/// Reads everything, resolves which entity each dump is about, computes every report that the request names.
///
/// # Errors
/// If there can be no report at all; see [`RunError`]. [`StoreError::Locked`] if a writer to a store never stops.
pub fn run(request: &Request, progress: &dyn Progress) -> Result<Outcome, RunError> {
    let sides = InputSides::of(request)?;
    redacted::check(request, &sides)?;
    let attempts = if sides.has_stdin() { 1 } else { ATTEMPTS };
    for _ in 0..attempts {
        // An original must not be read with attributions that were there before it, or after it.
        if let Some(outcome) = run_once(request, &sides, progress)? {
            return Ok(outcome);
        }
    }
    let written = sides.stores().next().map(|store| store.root().to_owned());
    Err(StoreError::Locked { root: written.unwrap_or_default() }.into())
}

/// The result; `None` if a writer changed the attributions of a store while its originals were read.
fn run_once(request: &Request, sides: &InputSides, progress: &dyn Progress) -> Result<Option<Outcome>, RunError> {
    let attributed = sides.attribution_paths()?;
    let attribution = sides.attribution()?.at(request.params.at);
    let decided = decided::decisions(request, &attribution, progress)?;
    let request = &Request { decisions: decided.files, ..request.clone() };
    let decisions = decided.entries;
    let own = AttributionArgs { decisions: decided.own, ..request.saying.clone() };
    let said = attribution.shown(&own);
    let options = attribution.then(request.saying.read()?).options()?;
    let options = resolve::Options { made_at: request.made_at, ..options };
    let own_catalogue = own_catalogue(request)?.map(Arc::new);
    let catalogue = own_catalogue.as_deref().unwrap_or_else(|| Catalogue::builtin());
    if request.wants_risks() {
        // Made after all dumps are read, all threads but one would wait for it.
        let own = own_catalogue.clone();
        rayon::spawn(move || {
            own.as_deref().unwrap_or_else(|| Catalogue::builtin()).universe();
        });
    }
    let symbols = Symbols::default();
    let run = RunContext { request, options: &options, catalogue, symbols: &symbols, progress };
    let mut estate = Estate::read(sides, &run)?;
    if sides.attribution_paths()? != attributed {
        return Ok(None);
    }
    let decisions = decisions.with_other_names(std::mem::take(&mut estate.other_names));
    if !estate.can_serve_any(request) {
        return Err(nothing_usable(&estate, &decisions, &run)?);
    }

    let folder = if request.audit { report::input_folder(&estate.files) } else { String::new() };
    let names = Names::new(&symbols, catalogue, estate.dumps.iter().chain(&estate.old_dumps));
    let names = Arc::new(names.below(folder.clone()));
    let unmatched = estate.take_unmatched(request, &names, catalogue);
    let dictionary = Arc::new(Dictionary::new(&symbols)?);
    let budget = RowBudget::new(request.memory);
    let Answers { computed, headline, totals, recommendations, findings } =
        answers(&estate, &decisions, &names, &dictionary, &run, &budget)?;
    estate.take_findings(findings);
    estate.take_decisions(totals.as_ref());
    let reports = reports(&estate, computed, headline.as_ref(), request)?;
    let reports = below::below(reports, &folder, &budget)?;
    let redactor = redacted::redactor(&estate, &decisions, &run)?;
    let accounts_without_dump = estate.accounts_without_dump(&request.params.filter.accounts);
    let Estate {
        dumps,
        old_dumps,
        besides,
        others,
        files,
        inputs,
        problems,
        inventories,
        inventories_left_out,
        grants,
        ..
    } = estate;
    let dumps = Arc::new(dumps);
    let tables = if request.tables {
        let (of_tables, besides) = (Arc::clone(&dumps), Arc::new(besides));
        let (others, files, catalogue) = (&others, &files, own_catalogue.clone());
        let tables =
            Exporter { dumps: of_tables, besides, others, files, dictionary, names, grants: &grants, catalogue }
                .tables()?;
        below::tables_below(tables, &folder)
    } else {
        Vec::new()
    };
    // It takes time to free millions of rows, and nobody has to wait for that.
    rayon::spawn(move || drop((dumps, old_dumps, decisions, grants)));
    let sources = if request.hash_inputs { files } else { Vec::new() };
    let outcome = Outcome {
        reports,
        headline,
        tables,
        inputs,
        problems,
        sources,
        inventories,
        inventories_left_out,
        accounts_without_dump,
        unmatched,
        decisions: totals,
        said,
        recommendations,
        redactor: None,
    };
    let Some(redactor) = redactor else { return Ok(Some(outcome)) };
    Ok(Some(redacted::redacted(outcome, &redactor, &budget)?))
}

/// The error that tells what is wrong with each input, if no report can be made.
fn nothing_usable(estate: &Estate, decisions: &Decisions, run: &RunContext) -> Result<RunError, RunError> {
    let redactor = redacted::redactor(estate, decisions, run)?;
    let told =
        |problem: &Problem| redactor.as_ref().map_or_else(|| problem.clone(), |redactor| redactor.problem(problem));
    let problems = estate.problems.iter().map(told).collect();
    Ok(RunError::NothingUsable { found: estate.inputs.found, problems, has_policies: !estate.grants.is_empty() })
}

/// What the analyses make of an estate.
struct Answers {
    /// For each report of the request, if it has something to show.
    computed: Vec<Option<Computed>>,
    headline: Option<Headline>,
    /// What became of the decisions, if there are any.
    totals: Option<DecisionTotals>,
    recommendations: Vec<Recommendation>,
    findings: Findings,
}

/// Computes every report of the request from what is known of the estate.
fn answers(
    estate: &Estate,
    decisions: &Decisions,
    names: &Arc<Names>,
    dictionary: &Arc<Dictionary>,
    run: &RunContext,
    budget: &RowBudget,
) -> Result<Answers, RunError> {
    let grants = &estate.grants;
    let context = Context {
        params: &run.request.params,
        is_dated_otherwise: estate.dumps.iter().any(|dump| dump.as_of_source == AsOfSource::Override),
        catalogue: run.catalogue,
        dictionary,
        names,
        grants,
        risks: &RiskTable::new(&grants.universe, run.catalogue),
        decisions,
        tracked_actions: &decided::tracked_actions(decisions, estate.dumps.iter().chain(&estate.old_dumps), names),
        accounts: &estate.accounts,
        credentials: &estate.credentials,
    };
    in_one_pass(estate, context, run.request, budget, run.progress)
}

/// Computes every report of the request, the headline and what became of the decisions, in one pass over all batches.
fn in_one_pass(
    estate: &Estate,
    context: Context,
    request: &Request,
    budget: &RowBudget,
    progress: &dyn Progress,
) -> Result<Answers, RunError> {
    let mut wanted: Vec<_> = request.specs.iter().map(|spec| wanted(spec, request, estate)).collect();
    let counts_all = request.wants_headline();
    wanted.extend(counts_all.then(|| Some(Box::new(Headlines) as Box<dyn Analysis>)));
    let is_decided = !context.decisions.is_empty();
    let shown = request.specs.iter().position(|spec| *spec == ReportSpec::Decisions).filter(|at| wanted[*at].is_some());
    let is_added_up = is_decided && shown.is_none();
    wanted.extend(is_added_up.then(|| Some(analyse::decision_states())));
    let needs = wanted.iter().flatten().fold(Needs::default(), |needs, analysis| needs.and(analysis.needs()));
    let batches = batches(&estate.dumps, &estate.old_dumps, &estate.besides, context.grants, needs);
    let (mut computed, findings) = analyse_all(&wanted, needs, &batches, &estate.diffed, context, budget, progress)?;

    let recommendations = if request.specs.contains(&ReportSpec::Recommend) {
        recommendations::recommendations(&batches, context, request, progress)?
    } else {
        Vec::new()
    };
    for (spec, computed) in request.specs.iter().zip(&mut computed) {
        if *spec == ReportSpec::Recommend {
            *computed = Some(recommendations::computed(&recommendations)?);
        }
    }
    let added_up = computed.pop_if(|_| is_added_up).flatten();
    let decided = added_up.as_ref().or_else(|| computed.get(shown?)?.as_ref()).filter(|_| is_decided);
    let totals = decided.map(|computed| analyse::decision_totals(&computed.table, context.decisions)).transpose();
    let totals = totals.map_err(RunError::Decisions)?;
    let headline = computed.pop_if(|_| counts_all).flatten().map(|computed| analyse::headline(&computed.table));
    Ok(Answers { computed, headline, totals, recommendations, findings })
}

/// The reports of the request.
fn reports(
    estate: &Estate,
    computed: Vec<Option<Computed>>,
    headline: Option<&Headline>,
    request: &Request,
) -> Result<Vec<Report>, RunError> {
    let reports = request.specs.iter().zip(computed);
    reports.map(|(spec, computed)| estate.report(spec, computed, headline, request)).collect()
}

/// The catalogue that the user gave; `None` if the compiled-in one is used.
fn own_catalogue(request: &Request) -> Result<Option<Catalogue>, RunError> {
    let wrong = |error: &dyn std::error::Error| RunError::Input(error.to_string());
    let own = request.catalogue.as_deref().map(Catalogue::from_dir).transpose().map_err(|error| wrong(&error))?;
    let Some(path) = request.service_reference.as_deref() else { return Ok(own) };
    let reference = ServiceReference::read(path).map_err(|error| wrong(&error))?;
    let base = own.map_or_else(Catalogue::owned, Ok).map_err(|error| wrong(&error))?;
    Ok(Some(base.with_service_reference(reference)))
}

/// The analysis of `spec`, unless it would have nothing to show in an audit.
fn wanted(spec: &ReportSpec, request: &Request, estate: &Estate) -> Option<Box<dyn Analysis>> {
    let pointless = match spec {
        ReportSpec::Trend | ReportSpec::Diff { .. } => !estate.has_several_dates(request.params.at),
        ReportSpec::Grants { .. } | ReportSpec::Credentials => !estate.can_serve(spec),
        ReportSpec::Decisions | ReportSpec::Kept => request.decisions.is_empty(),
        ReportSpec::Pairs { .. } => estate.entities() > MOST_PAIRED,
        _ => false,
    };
    if request.audit && pointless { None } else { analyse::analysis(spec) }
}
