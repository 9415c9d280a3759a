//! From what was typed and where the program runs to what will be done: [`Settings`], every value final.
//!
//! Comes in: [`Cli`](super::args::Cli)'s command and [`Surroundings`]. Goes out: the [`Request`], where the result goes,
//! and the parameters that travel with it. Apart from the arguments because here options meet each other, the clock and the
//! terminal; [`checks`] refuses what does not go together. No input is opened here.

mod asked;
mod checks;
mod destination;
mod parameters;
mod sql;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;

use clap::error::ErrorKind;
use dormant::analyse::{AskedPermissions, Filter, Params, ReportSpec, Sort};
use dormant::decode::Limits;
use dormant::model::Day;
use dormant::render::Format;
use dormant::report::Parameter;
use dormant::run::{AttributionArgs, DecodeCache, Demand, MEMORY, Presentation, RecommendRequest, Request};
use dormant::util::replaced::Replaced;
use globset::{GlobSet, GlobSetBuilder};

use asked::{Asked, OutputAsked};
pub use destination::{Destination, is_for_people, told};
pub use parameters::with_said;
pub use sql::SqlSettings;

use super::args::{
    CountArgs, FailOnMore, FilterArgs, LimitArgs, RecommendArgs, RedactArgs, ReportCommand, Snapshots, WhoseArgs,
    command_line,
};
use super::baseline::Baseline;
use super::values::{BaselineArg, Order, Pattern, When};

/// Why a command line cannot be obeyed: one sentence that says what to type instead.
type Refusal = String;

/// What the place where the program runs says; read once, so that resolving is a function.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The UTC day.
    pub today: Day,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stdout takes colors: --color, the usual variables and the terminal considered.
    pub stdout_takes_color: bool,
    /// The memory of the machine or of the container, in bytes, where it is known.
    pub memory: Option<u64>,
    /// The cache of the user.
    pub cache: Option<DecodeCache>,
    /// The width of the terminal, where it is known.
    pub columns: Option<u16>,
}

/// All that a run of a report needs.
#[derive(Debug)]
pub struct Settings {
    /// What a run is asked.
    pub request: Request,
    /// Where the result goes.
    pub destination: Destination,
    /// What was asked, for every report.
    pub parameters: Vec<Parameter>,
    /// Which permissions an explanation is about.
    pub explained: AskedPermissions,
    /// The order of the rows, where it is not that of files.
    pub order: Option<Order>,
    /// What findings are compared with.
    pub baseline: Option<Baseline>,
    /// When to exit with 4.
    pub fail_on: Vec<FailOnMore>,
    /// Whether warnings count as shortcomings of the inputs.
    pub strict: bool,
    /// `--threads`.
    pub threads: Option<NonZeroUsize>,
    /// Whether names are shown, and the secret of the pseudonyms in place of them.
    pub redact: RedactArgs,
}

impl Settings {
    /// Resolves what was typed.
    ///
    /// # Errors
    /// A usage error in clap's own style, with the usage of the command it is about.
    pub fn resolve(command: &ReportCommand, around: &Surroundings) -> Result<Self, clap::Error> {
        asked::of(command).and_then(|asked| settle(asked, around)).map_err(|why| usage_error(command.name(), &why))
    }
}

fn settle(asked: Asked<'_>, around: &Surroundings) -> Result<Settings, Refusal> {
    checks::all(&asked, around)?;
    let destination = destination::settle(&asked, around)?;
    let parameters = parameters::of(&asked, around.today);
    let into_folder = matches!(destination, Destination::Folder { .. });
    let into_proposals = matches!(destination, Destination::Proposals { .. });
    let into_findings = matches!(destination, Destination::Findings { .. });
    let tables = matches!(&destination, Destination::Folder { formats, .. } if formats.contains(&Format::Parquet));
    let (order, specs) = order(&asked, &destination);
    let end = |when: When| when.end(around.today);
    let baseline = asked.baseline.map(|baseline| match baseline {
        BaselineArg::Audit(folder) => Baseline::Audit(folder.clone()),
        BaselineArg::Date(date) => Baseline::Date(end(*date)),
    });
    let reading = asked.reading;
    let mut params = params(&asked, around.today)?;
    let explains = asked.presentation == Presentation::Explanation;
    let typed = explains.then(|| params.filter.clone());
    let explained = if explains { explained(&mut params.filter) } else { AskedPermissions::default() };
    let request = Request {
        limits: limits(&reading.limits, around.memory),
        memory: reading.memory.map_or(MEMORY, |bytes| bytes.0),
        hash_inputs: into_folder || into_proposals || into_findings,
        saying: saying(&reading.whose, asked.count.and_then(|count| count.as_of), around.today),
        made_at: reading.made_at.map(|when| when.start(around.today)),
        also_used: reading.also_used.clone(),
        accounts: reading.accounts.clone(),
        owner_tag: reading.owner_tag.clone(),
        decisions: asked.decisions.map(|of| of.decisions.clone()).unwrap_or_default(),
        demand: demand(&asked),
        catalogue: reading.catalogue.clone(),
        service_reference: reading.service_reference.clone(),
        params,
        typed,
        presentation: asked.presentation,
        audit: into_folder,
        tables,
        recommend: asked.recommend.map(|typed| recommend(typed, into_proposals)).transpose()?.unwrap_or_default(),
        redact: None,
        cache: around.cache.clone(),
        from: asked.from.map(end),
        to: asked.to.map(end),
        paths: asked.paths,
        old_paths: asked.old_paths,
        replaced: Replaced::default(),
        specs,
    };
    Ok(Settings {
        explained,
        request,
        destination,
        parameters,
        order,
        baseline,
        fail_on: asked.fail_on.to_vec(),
        strict: reading.strict,
        threads: reading.threads,
        redact: reading.redact.clone(),
    })
}

/// Whether something asked makes no sense without decisions.
fn demand(asked: &Asked<'_>) -> Demand {
    let is_due = asked.decisions.is_some_and(|of| of.due.is_some());
    let is_asked =
        asked.specs == [ReportSpec::Decisions] || asked.fail_on.iter().any(|on| on.what.is_about_decisions());
    if is_due || is_asked { Demand::Required } else { Demand::Optional }
}

/// Takes from a filter what an explanation is about: why something is not there can be told only where all that is there is known.
fn explained(filter: &mut Filter) -> AskedPermissions {
    let service = std::mem::take(&mut filter.services).into_iter().next().map(|service| service.to_lowercase());
    filter.action_patterns.clear();
    AskedPermissions { service, actions: filter.actions.take() }
}

/// The order of the rows, and the reports that come in it by themselves. Where nothing is said, a table begins with what is worth most to an
/// attacker.
fn order(asked: &Asked<'_>, destination: &Destination) -> (Option<Order>, Vec<ReportSpec>) {
    let OutputAsked::One(typed) = asked.output else { return (None, asked.specs.clone()) };
    let is_table = matches!(destination, Destination::One { format: Format::Table, .. });
    let has_risk = |spec: &ReportSpec| {
        matches!(spec, ReportSpec::Unused { .. } | ReportSpec::Entities | ReportSpec::Grants { .. })
    };
    let usual = || (is_table && asked.specs.iter().all(has_risk)).then(Order::by_risk);
    let order = typed.view.sort.clone().or_else(usual).filter(|order| !order.is_of_files());
    match asked.specs.as_slice() {
        // By risk this report has an order of its own: paths closed, verdict and days watched come after the risk.
        [ReportSpec::Unused { level, all_actions, .. }] if order.as_ref().is_some_and(Order::is_by_risk) => {
            (None, vec![ReportSpec::Unused { level: *level, all_actions: *all_actions, sort: Sort::Risk }])
        }
        specs => (order, specs.to_vec()),
    }
}

/// What is said about the dumps as the library wants it.
pub fn saying(whose: &WhoseArgs, as_of: Option<When>, today: Day) -> AttributionArgs {
    let WhoseArgs { manifest, path_template, no_infer } = whose.clone();
    let as_of = as_of.map(|when| when.start(today));
    AttributionArgs { manifest, path_template, no_infer, as_of, decisions: Vec::new() }
}

/// The ceilings as the library wants them, on a machine with so much `memory`.
pub fn limits(typed: &LimitArgs, memory: Option<u64>) -> Limits {
    let usual = Limits::default();
    let quarter = memory.map_or(u64::MAX, |bytes| bytes / 4);
    Limits {
        document_bytes: typed.max_bytes.map_or(usual.document_bytes.min(quarter), |bytes| bytes.0),
        unpacked_bytes: typed.max_bytes.map_or(usual.unpacked_bytes, |bytes| bytes.0.max(usual.unpacked_bytes)),
        archive_members: typed.max_members.map_or(usual.archive_members, NonZeroUsize::get),
        nesting: typed.max_depth.map_or(usual.nesting, usize::from),
        rows: typed.max_dump_rows.map_or(usual.rows, NonZeroUsize::get),
        follow_links: typed.follow_links,
        ..usual
    }
}

fn params(asked: &Asked<'_>, today: Day) -> Result<Params, Refusal> {
    let filter = asked.filter.map(filter).transpose()?.unwrap_or_default();
    let Some(count) = asked.count else { return Ok(Params { filter, ..Params::default() }) };
    let CountArgs { stale_after, buckets, as_of: _, at, snapshots, include_aws_controlled, strict_age } = count;
    Ok(Params {
        stale_after: stale_after.0,
        buckets: buckets.0.clone(),
        at: at.map(|when| when.end(today)),
        all_snapshots: *snapshots == Some(Snapshots::All),
        include_aws_controlled: *include_aws_controlled,
        strict_age: *strict_age,
        due_days: asked.decisions.and_then(|of| of.due).map_or(Params::default().due_days, |days| days.0),
        filter,
    })
}

fn filter(typed: &FilterArgs) -> Result<Filter, Refusal> {
    Ok(Filter {
        accounts: typed.account.iter().map(ToString::to_string).collect(),
        types: typed.kind.clone(),
        entities: glob_set("--entity", &typed.entity)?,
        entity_patterns: typed.entity.iter().map(|pattern| pattern.text.clone()).collect(),
        services: typed.service.clone(),
        actions: glob_set("--action", &typed.action)?,
        action_patterns: typed.action.iter().map(|pattern| pattern.text.clone()).collect(),
        regions: typed.region.clone(),
        verdicts: typed.verdict.clone(),
        within: typed.within.map(|days| days.0),
        used: typed.used,
        unused: typed.unused,
    })
}

fn recommend(typed: &RecommendArgs, with_rows: bool) -> Result<RecommendRequest, Refusal> {
    Ok(RecommendRequest {
        style: typed.style,
        protect: typed.protect.iter().map(|pattern| pattern.to_ascii_lowercase()).collect(),
        service_level: typed.service_level,
        include_recovery: typed.include_recovery,
        applied_by: typed.applied_by.clone(),
        only: glob_set("--only", &typed.only)?,
        with_rows,
    })
}

/// The globs of one option as one set; none where the option was not given.
fn glob_set(option: &str, patterns: &[Pattern]) -> Result<Option<GlobSet>, Refusal> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(pattern.glob.clone());
    }
    set.build().map(Some).map_err(|error| format!("the globs of {option} are too much: {}", error.kind()))
}

/// A refusal as clap would have put it, with the usage line of the command.
pub fn usage_error(name: &str, refusal: &str) -> clap::Error {
    let mut root = command_line();
    root.build();
    match root.find_subcommand_mut(name) {
        Some(command) => command.error(ErrorKind::ArgumentConflict, refusal),
        None => root.error(ErrorKind::ArgumentConflict, refusal),
    }
}
