//! The whole run, stage by stage, in order: the only file that names every stage. Start with [`run`].

mod analysis;
mod attribution;
mod batch;
mod estate;
mod export;
mod files;
mod ingest;
mod originals;
mod publish;
mod read_file;
mod request;
mod retention;
mod sources;
mod split;
mod stored;

use std::sync::Arc;

use crate::analyse::{self, Analysis, Context, Names, Needs, ReportSpec};
use crate::catalogue::Catalogue;
use crate::frame::RowBudget;
use crate::frame::build::Dictionary;
use crate::model::Symbols;
use crate::resolve;
use analysis::analyse_all;
pub use attribution::{Attribution, AttributionArgs};
use batch::batches;
use estate::Estate;
use export::Exporter;
pub use export::TableExport;
pub use ingest::{IngestRequest, Ingested, ingest};
pub use originals::export;
pub use publish::verify_tables;
pub use request::{MEMORY, Outcome, Progress, Request, RunError, Silent};
pub use retention::{Forget, Forgotten, compact, forget};

/// More entities than this, and the pairs of an audit are left out: their number grows with the square.
const MOST_PAIRED: usize = 500;

/// Reads everything, settles whom it is about, computes every report asked for.
///
/// # Errors
/// Where there can be no report at all; see [`RunError`].
pub fn run(request: &Request, progress: &dyn Progress) -> Result<Outcome, RunError> {
    let said_before = Attribution::to_stores_of(request)?;
    let own_catalogue = request.catalogue.as_deref().map(Catalogue::from_dir).transpose();
    let own_catalogue = own_catalogue.map_err(|e| RunError::Input(e.to_string()))?.map(Arc::new);
    let catalogue = own_catalogue.as_deref().unwrap_or_else(|| Catalogue::builtin());
    let symbols = Symbols::default();
    let said = said_before.shown(&request.saying);
    let options = said_before.then(request.saying.read()?).options()?;
    let options = resolve::Options { made_at: request.made_at, ..options };
    let mut estate = Estate::read(request, &options, catalogue, &symbols, progress)?;
    // An audit of nothing but strangers would look like an audit that found nothing.
    let serves = |spec| estate.can_serve(spec) && !(request.audit && *spec == ReportSpec::Check);
    if !request.specs.iter().any(serves) {
        return Err(RunError::NothingUsable { found: estate.inputs.found, problems: estate.problems });
    }

    let dictionary = Arc::new(Dictionary::new(&symbols)?);
    let names = Arc::new(Names::new(&symbols, catalogue));
    let grants = &estate.grants;
    let context = Context { params: &request.params, catalogue, dictionary: &dictionary, names: &names, grants };
    let wanted: Vec<_> = request.specs.iter().map(|spec| wanted(spec, request, &estate)).collect();
    let needs = wanted.iter().flatten().fold(Needs::default(), |needs, analysis| needs.and(analysis.needs()));
    let batches = batches(&estate.dumps, &estate.old_dumps, &estate.besides, grants, needs);
    let budget = RowBudget::new(request.memory);
    let (combined, findings) = analyse_all(&wanted, needs, &batches, &estate.diffed, context, &budget, progress)?;

    estate.take_findings(findings);
    let reports = request.specs.iter().zip(combined).map(|(spec, combined)| estate.report(spec, combined, request));
    let reports = reports.collect::<Result<_, _>>()?;
    let dumps = Arc::new(estate.dumps);
    let tables = if request.tables {
        let (others, files, dumps) = (&estate.others, &estate.files, Arc::clone(&dumps));
        let besides = Arc::new(estate.besides);
        let catalogue = own_catalogue.clone();
        Exporter { dumps, besides, others, files, dictionary, names, catalogue }.tables()?
    } else {
        Vec::new()
    };
    // Freeing millions of rows takes time for which nobody has to wait.
    rayon::spawn(move || drop((dumps, estate.old_dumps)));
    let sources = if request.hash_inputs { estate.files } else { Vec::new() };
    Ok(Outcome { reports, tables, inputs: estate.inputs, problems: estate.problems, sources, said })
}

/// The analysis of `spec`, unless an audit has nothing to say with it.
fn wanted(spec: &ReportSpec, request: &Request, estate: &Estate) -> Option<Box<dyn Analysis>> {
    let pointless = match spec {
        ReportSpec::Trend | ReportSpec::Diff { .. } => !estate.has_several_dates(),
        ReportSpec::Pairs { .. } => estate.entities() > MOST_PAIRED,
        _ => false,
    };
    if request.audit && pointless { None } else { analyse::analysis(spec) }
}
