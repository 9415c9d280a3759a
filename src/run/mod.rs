//! The whole run, stage by stage, in order: the only file that names every stage, and the only place that collects a
//! `LazyFrame`. Start with [`run`].

mod attribution;
mod batch;
mod export;
mod files;
mod ingest;
mod publish;
mod retention;
mod sources;
mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars::prelude::*;
use rayon::prelude::*;

use crate::analyse::{self, Analysis, Context, Needs, Params, ReportSpec, Scope};
use crate::catalogue::Catalogue;
use crate::decode::Limits;
use crate::frame::Table;
use crate::frame::build::Dictionary;
use crate::frame::listing::{self, Listed};
use crate::model::{
    Dump, Evidence, IdentifiedBy, Instant, OtherOperation, OtherReport, SpillError, SpillFile, Symbols,
};
use crate::problem::Problem;
use crate::report::{InputCounts, InputFile, Report, Section};
use crate::resolve;
pub use attribution::{Attribution, AttributionArgs};
use batch::{Batch, Diffed, batches};
use export::Exporter;
pub use export::TableExport;
pub use ingest::{IngestRequest, Ingested, ingest};
pub use retention::{Forget, Forgotten, compact, forget};

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
    /// About how many bytes of rows are held in memory; the rest waits in a temporary file.
    pub memory: u64,
    /// Whether to list every input, with its SHA-256.
    pub hash_inputs: bool,
    /// Whose the dumps are and when they were made, beside what was said to the stores among the paths.
    pub saying: AttributionArgs,
    /// `--catalogue DIR`: replaces compiled-in facts.
    pub catalogue: Option<PathBuf>,
    /// What the analyses share.
    pub params: Params,
    /// The reports wanted, in order.
    pub specs: Vec<ReportSpec>,
    /// Whether this is the whole audit: reports that have nothing to say (one date only, too many pairs) come without a section.
    pub audit: bool,
    /// Whether the three tables behind the reports are given too.
    pub tables: bool,
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
            catalogue: None,
            params,
            specs,
            audit: false,
            tables: false,
        }
    }

    /// Whether a report that is asked for shows the answers of a other operation.
    fn wants(&self, kind: OtherOperation) -> bool {
        self.audit || self.specs.iter().any(|spec| spec.shows(kind))
    }
}

/// `--memory`, where nothing else is said: the rows of about three thousand dumps at action level.
pub const MEMORY: u64 = 64 << 20;

/// Told how far the run is; called from several threads.
pub trait Progress: Sync {
    /// A new stage begins, with `total` steps.
    fn begin(&self, stage: &'static str, total: u64);
    /// `steps` more steps of the stage are done.
    fn advance(&self, steps: u64);
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
    /// The three tables, where they were asked for.
    pub tables: Vec<TableExport>,
    /// How the inputs fared.
    pub inputs: InputCounts,
    /// Every problem, sorted.
    pub problems: Vec<Problem>,
    /// Every input with its length and SHA-256, where [`Request::hash_inputs`] asks for them; else none.
    pub sources: Vec<InputFile>,
    /// Label and value of what was said to the stores among the paths and holds in this run.
    pub said: Vec<(String, String)>,
}

/// Why there is no report at all. One bad file is never one of these; it is a [`Problem`].
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A path that the user typed cannot be read, a manifest is broken, …: the sentence says what to do.
    #[error("{0}")]
    Input(String),
    /// Nothing usable was found; the problems say why.
    #[error("nothing usable was found in the {found} files given")]
    NothingUsable {
        /// How many files were looked at.
        found: usize,
        /// Why none was used.
        problems: Vec<Problem>,
    },
    /// Rows that do not fit into memory cannot be put away.
    #[error("{0}")]
    NoRoom(String),
    /// A store cannot be used.
    #[error(transparent)]
    Store(#[from] crate::archive::StoreError),
    /// A bug in an analysis.
    #[error("the analysis failed: {0}")]
    Analysis(#[from] polars::prelude::PolarsError),
}

impl From<&SpillError> for RunError {
    fn from(error: &SpillError) -> Self {
        Self::NoRoom(error.to_string())
    }
}

/// How many partitions are analysed before what they gave is condensed: many for each thread, lest one waits long for another.
const BATCHES_AT_A_TIME: usize = 16;

/// More entities than this, and the pairs of an audit are left out: their number grows with the square.
const MOST_PAIRED: usize = 500;

/// Reads everything, settles whom it is about, computes every report asked for.
///
/// # Errors
/// Where there can be no report at all; see [`RunError`].
pub fn run(request: &Request, progress: &dyn Progress) -> Result<Outcome, RunError> {
    let room = SpillFile::new(request.memory);
    let said_before = Attribution::to_stores_of(request)?;
    let own_catalogue = request.catalogue.as_deref().map(Catalogue::from_dir).transpose();
    let own_catalogue = own_catalogue.map_err(|e| RunError::Input(e.to_string()))?;
    let catalogue = own_catalogue.as_ref().unwrap_or_else(|| Catalogue::builtin());
    let symbols = Symbols::default();
    let said = said_before.shown(&request.saying);
    let options = said_before.then(request.saying.read()?).options()?;
    let estate = Estate::read(request, &options, catalogue, &symbols, &room, progress)?;
    // An audit of nothing but strangers would look like an audit that found nothing.
    let serves = |spec| estate.can_serve(spec) && !(request.audit && *spec == ReportSpec::Check);
    if !request.specs.iter().any(serves) {
        return Err(RunError::NothingUsable { found: estate.inputs.found, problems: estate.problems });
    }

    let dictionary = Arc::new(Dictionary::new(&symbols)?);
    let context = Context { params: &request.params, catalogue, dictionary: &dictionary };
    let wanted: Vec<_> = request.specs.iter().map(|spec| wanted(spec, request, &estate)).collect();
    let needs = wanted.iter().flatten().fold(Needs::default(), |needs, analysis| needs.and(analysis.needs()));
    let batches = batches(&estate.dumps, &estate.old_dumps, needs);
    let combined = analyse_all(&wanted, needs, &batches, &estate.diffed, context, &room, progress)?;
    // Rows that could not be fetched count as none: no number of such a run may be shown.
    room.check()?;

    let reports = request.specs.iter().zip(combined).map(|(spec, combined)| estate.report(spec, combined, request));
    let reports = reports.collect::<Result<_, _>>()?;
    let dumps = Arc::new(estate.dumps);
    let tables = if request.tables {
        let (others, files, dumps) = (&estate.others, &estate.files, Arc::clone(&dumps));
        Exporter { dumps, others, files, dictionary, room }.tables()?
    } else {
        Vec::new()
    };
    // Freeing millions of rows takes time for which nobody has to wait.
    rayon::spawn(move || drop((dumps, estate.old_dumps)));
    let sources = if request.hash_inputs { estate.files } else { Vec::new() };
    Ok(Outcome { reports, tables, inputs: estate.inputs, problems: estate.problems, sources, said })
}

/// All that was read, settled.
struct Estate {
    dumps: Vec<Dump>,
    old_dumps: Vec<Dump>,
    diffed: Diffed,
    others: Vec<OtherReport>,
    source_rows: Vec<analyse::SourceRow>,
    inputs: InputCounts,
    problems: Vec<Problem>,
    files: Vec<InputFile>,
}

impl Estate {
    fn read(
        request: &Request,
        options: &resolve::Options,
        catalogue: &Catalogue,
        symbols: &Symbols,
        room: &Arc<SpillFile>,
        progress: &dyn Progress,
    ) -> Result<Self, RunError> {
        let mut new = files::load(&request.paths, request, symbols, room, progress)?;
        let mut old = files::load(&request.old_paths, request, symbols, room, progress)?;
        room.check()?;
        // What one side names exactly may settle what the other only hints at.
        let (seen_new, seen_old) = if request.old_paths.is_empty() {
            Default::default()
        } else {
            (files::arns_seen(&new, options, symbols), files::arns_seen(&old, options, symbols))
        };
        let knowing = |known_arns| resolve::Options { known_arns, ..options.clone() };
        let mut estate = Self {
            dumps: Vec::new(),
            old_dumps: Vec::new(),
            diffed: Diffed::Sets,
            others: Vec::new(),
            source_rows: Vec::new(),
            inputs: InputCounts::default(),
            problems: Vec::new(),
            files: Vec::new(),
        };
        progress.begin("resolving", 2);
        estate.dumps = estate.take(&mut new, &knowing(seen_old), request, catalogue, symbols);
        progress.advance(1);
        estate.old_dumps = estate.take(&mut old, &knowing(seen_new), request, catalogue, symbols);
        // What came of joining is new, and has found no room yet.
        room.forget();
        estate.dumps.iter_mut().chain(&mut estate.old_dumps).for_each(|dump| dump.rows.wait_in(room));
        room.check()?;
        estate.problems.sort();
        estate.problems.dedup();
        estate.diffed = match (&request.from, &request.to) {
            _ if !request.old_paths.is_empty() => Diffed::Sets,
            (None, None) => Diffed::first_and_last(&estate.dumps),
            (from, to) => Diffed::Dates { from: *from, to: *to },
        };
        Ok(estate)
    }

    /// Adds one side's account of its files; gives its dumps.
    fn take(
        &mut self,
        loaded: &mut files::Loaded,
        options: &resolve::Options,
        request: &Request,
        catalogue: &Catalogue,
        symbols: &Symbols,
    ) -> Vec<Dump> {
        let sizes = sources::Sizes::of(loaded);
        let resolved = files::settle(loaded, options, catalogue, symbols);
        loaded.refuse(&resolved.problems);
        let others = files::resolve_other_operations(loaded, options, catalogue);
        let of_others = others.iter().flat_map(|(report, problems)| {
            let is_wanted = request.wants(report.other_answer.rows.kind());
            if is_wanted { problems.clone() } else { vec![resolve::other_operations::left_out(report)] }
        });
        let problems: Vec<_> = loaded.all_problems().cloned().chain(resolved.problems).chain(of_others).collect();
        let others: Vec<_> = others.into_iter().map(|(report, _)| report).collect();
        if request.specs.contains(&ReportSpec::Check) {
            self.source_rows.extend(sources::rows(loaded, &sizes, &resolved.dumps, &others, &problems));
        }
        self.others.extend(others);
        let counts = loaded.counts();
        self.inputs.found += counts.found;
        self.inputs.read += counts.read;
        self.inputs.skipped += counts.skipped;
        self.inputs.failed += counts.failed;
        self.problems.extend(problems);
        self.files.append(&mut loaded.files);
        resolved.dumps
    }

    /// Whether there is anything for the report `spec` to rest on.
    fn can_serve(&self, spec: &ReportSpec) -> bool {
        match spec {
            ReportSpec::Check => true,
            ReportSpec::OtherOperation(kind) => self.others.iter().any(|r| r.is(*kind) && r.evidence.is_usable()),
            _ => self.dumps.iter().any(|dump| dump.evidence.is_usable()),
        }
    }

    /// Whether dumps were made on several days, so that there is something to compare.
    fn has_several_dates(&self) -> bool {
        let usable = self.dumps.iter().filter(|d| d.evidence.is_usable());
        let days: BTreeSet<_> = usable.filter_map(|d| d.made_at).map(Instant::day).collect();
        days.len() > 1
    }

    fn entities(&self) -> usize {
        let usable = self.dumps.iter().filter(|d| d.evidence.is_usable());
        usable.map(|d| d.entity.key.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// Sentences that belong beside every number: what rests on less than a whole answer, or on a conclusion about the entity.
    fn remarks(&self) -> Vec<String> {
        let mut incomplete: BTreeMap<Evidence, usize> = BTreeMap::new();
        let dumps = || self.dumps.iter().chain(&self.old_dumps);
        for dump in dumps().filter(|d| !d.evidence.is_whole()) {
            *incomplete.entry(dump.evidence).or_default() += 1;
        }
        let mut remarks = Vec::new();
        if !incomplete.is_empty() {
            let counts: Vec<_> = incomplete.iter().map(|(evidence, n)| format!("{n} {evidence}")).collect();
            remarks.push(format!(
                "{} of {} dumps tell only a part ({}): nothing follows from what they do not list. `dormant check` names them.",
                incomplete.values().sum::<usize>(),
                dumps().count(),
                counts.join(", ")
            ));
        }
        let inferred = dumps().filter(|d| d.identified_by == IdentifiedBy::Inferred).count();
        if inferred > 0 {
            remarks.push(format!(
                "The entity of {inferred} dumps is inferred from who used the permissions; `dormant check` shows which, \
                 --no-infer does without."
            ));
        }
        remarks
    }

    /// Puts what was computed into a report, with all that travels with it.
    fn report(&self, spec: &ReportSpec, combined: Computed, request: &Request) -> Result<Report, RunError> {
        let computed = self.computed(spec, combined, &request.params)?;
        Ok(Report {
            title: analyse::describe(spec).title.to_owned(),
            parameters: Vec::new(),
            sections: computed.map(|(table, remarks)| section(spec, table, remarks)).into_iter().collect(),
            inputs: self.inputs,
            problems: self.problems.clone(),
        })
    }

    /// The table of `spec`, which an analysis `combined` if it is about dumps, and all that belongs beside its numbers.
    fn computed(&self, spec: &ReportSpec, combined: Computed, params: &Params) -> Result<Computed, RunError> {
        Ok(match spec {
            ReportSpec::Check => Some((analyse::check_frame(self.source_rows.clone())?, Vec::new())),
            ReportSpec::OtherOperation(kind) => {
                let rows = analyse::other_operation_frame(&self.others, *kind, params)?;
                Some((Table::new(rows.collect()?), Vec::new()))
            }
            _ => combined.map(|(table, mut remarks)| {
                remarks.extend(self.remarks());
                (table, remarks)
            }),
        })
    }
}

/// The one section of the report on `spec`.
fn section(spec: &ReportSpec, table: Table, remarks: Vec<String>) -> Section {
    let about = analyse::describe(spec);
    Section {
        id: about.id.to_owned(),
        title: about.title.to_owned(),
        caption: about.caption.to_owned(),
        columns: table.names().map(|name| analyse::define(about.id, name)).collect(),
        totals: analyse::totals(spec, &table),
        remarks,
        table,
    }
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

/// A table with its remarks, where there was something to compute.
type Computed = Option<(Table, Vec<String>)>;

/// What the partitions gave for one analysis so far.
#[derive(Default)]
struct Given {
    /// Rows of a listing, in the order of the partitions.
    listed: Vec<Listed>,
    /// Every other contribution, the partitions' rows below one another.
    stacked: Vec<DataFrame>,
}

impl Given {
    fn add(&mut self, more: Self) -> PolarsResult<()> {
        self.listed.extend(more.listed);
        if self.stacked.is_empty() {
            self.stacked = more.stacked;
            return Ok(());
        }
        self.stacked.iter_mut().zip(more.stacked).try_for_each(|(above, below)| above.vstack_mut_owned(below).map(drop))
    }
}

/// Runs every analysis over every partition, partitions in parallel, and combines what they give; `None` where there is no
/// analysis.
fn analyse_all(
    analyses: &[Option<Box<dyn Analysis>>],
    needs: Needs,
    batches: &[Batch],
    diffed: &Diffed,
    context: Context,
    room: &Arc<SpillFile>,
    progress: &dyn Progress,
) -> PolarsResult<Vec<Computed>> {
    let wanted: Vec<&dyn Analysis> = analyses.iter().flatten().map(AsRef::as_ref).collect();
    if wanted.is_empty() {
        return Ok(analyses.iter().map(|_| None).collect());
    }
    progress.begin("analysing", batches.len() as u64);
    let given_by = |scope: &Scope, analysis: &dyn Analysis| -> PolarsResult<Given> {
        let mut given = Given::default();
        let mut partials = analysis.partials(scope)?.into_iter().map(LazyFrame::collect);
        if let Some(lead) = analysis.listed_by() {
            let rows = partials.next().expect("a listing has rows")?;
            given.listed.push(Listed::new(&analysis.in_order(rows, &context).collect()?, lead, room)?);
        }
        given.stacked = partials.collect::<PolarsResult<_>>()?;
        Ok(given)
    };
    let of_batch = |batch: &Batch| -> PolarsResult<Vec<Given>> {
        let fetched = batch.fetched();
        let batch = fetched.batch();
        let scope = Scope::new(context, &batch.dumps, diffed.sides(&batch), needs, LazyFrame::collect)?;
        let scope = if wanted.len() > 1 { scope.materialised()? } else { scope };
        let given = wanted.iter().map(|analysis| given_by(&scope, *analysis)).collect();
        progress.advance(1);
        given
    };
    let mut all: Vec<Given> = wanted.iter().map(|_| Given::default()).collect();
    for some in batches.chunks(BATCHES_AT_A_TIME) {
        // In the order of the batches, not of the threads.
        for given in in_order(some, of_batch) {
            all.iter_mut().zip(given?).try_for_each(|(all, more)| all.add(more))?;
        }
        // Nothing waits where nothing more comes.
        if batches.len() <= BATCHES_AT_A_TIME {
            break;
        }
        for (analysis, given) in wanted.iter().zip(&mut all) {
            let condensed = analysis.condense(std::mem::take(&mut given.stacked))?.into_iter();
            given.stacked = condensed.map(LazyFrame::collect).collect::<PolarsResult<_>>()?;
        }
    }
    let combine = |(analysis, given): (&dyn Analysis, Given)| -> PolarsResult<(Table, Vec<String>)> {
        let combined = analysis.combine(given.stacked, &context)?;
        let in_order = |rows| analysis.in_order(rows, &context).collect();
        let table = match combined.frame {
            Some(frame) => Table::new(frame.collect()?),
            None => listing::table(given.listed, in_order, room)?,
        };
        Ok((table, combined.remarks))
    };
    let combined: Vec<_> = wanted.into_par_iter().zip(all).map(combine).collect::<PolarsResult<_>>()?;
    let mut combined = combined.into_iter();
    Ok(analyses.iter().map(|analysis| analysis.as_ref().and_then(|_| combined.next())).collect())
}

/// Maps every item, as many at a time as there are threads, and gives the results in the order of the items.
///
/// Threads of their own, because one of rayon's that waits for Polars' pool takes up the next item meanwhile: all of them would
/// be begun before one is finished, and all held in memory.
fn in_order<I: Sync, T: Send>(items: &[I], map: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut mapped = Vec::new();
        while let Some((at, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
            mapped.push((at, map(item)));
        }
        mapped
    };
    let threads = rayon::current_num_threads().clamp(1, items.len().max(1));
    let mut mapped = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut mapped = work();
        for other in others {
            mapped.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        mapped
    });
    mapped.sort_by_key(|(at, _)| *at);
    mapped.into_iter().map(|(_, mapped)| mapped).collect()
}
