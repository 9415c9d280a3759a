//! What `sql` was asked, settled by the rules of the reports.

use crate::cli::sql::{Dialect, NoStatement};
use dormant::analyse::{Params, ReportSpec, Sort};
use dormant::model::{Instant, Level, OtherOperation};
use dormant::report::Parameter;
use globset::Glob;

use super::asked::{Asked, OutputAsked};
use super::{Refusal, Surroundings, asked, checks, parameters, params, usage_error};
use crate::cli::args::{
    CsvDialectArg, DialectArgs, FilterArgs, LimitArgs, OutputArgs, ReadingArgs, RedactArgs, SqlOtherArgs, SqlPlainArgs,
    SqlReportCommand, ViewArgs, WhoseArgs,
};
use crate::cli::values::{Pattern, When};

/// All that a statement needs.
#[derive(Debug)]
pub struct SqlSettings {
    /// The engine.
    pub dialect: Dialect,
    /// The report.
    pub spec: ReportSpec,
    /// What reports share.
    pub params: Params,
    /// `--entity`.
    pub entities: Vec<Glob>,
    /// `--action`.
    pub actions: Vec<Glob>,
    /// `--as-of`.
    pub as_of: Option<Instant>,
    /// `--from` and `--to`.
    pub sides: Option<(Instant, Instant)>,
    /// What was asked.
    pub parameters: Vec<Parameter>,
}

impl SqlSettings {
    /// Resolves what was typed.
    ///
    /// # Errors
    /// A usage error in clap's own style.
    pub fn resolve(command: &SqlReportCommand, around: &Surroundings) -> Result<Self, clap::Error> {
        settle(command, around).map_err(|why| usage_error("sql", &why))
    }

    /// The same for a report that no statement can give.
    pub fn refusal(why: NoStatement) -> clap::Error {
        usage_error("sql", &why.to_string())
    }
}

fn settle(command: &SqlReportCommand, around: &Surroundings) -> Result<SqlSettings, Refusal> {
    let Parts { engine, asked } = parts(command)?;
    checks::all(&asked, around)?;
    judged_already(&asked)?;
    let end = |when: When| when.end(around.today);
    let globs = |patterns: fn(&FilterArgs) -> &[Pattern]| {
        let patterns = asked.filter.map(patterns).unwrap_or_default();
        patterns.iter().map(|pattern| pattern.glob.clone()).collect()
    };
    Ok(SqlSettings {
        dialect: engine.dialect,
        params: params(&asked, around.today)?,
        entities: globs(|filter| &filter.entity),
        actions: globs(|filter| &filter.action),
        as_of: asked.count.and_then(|count| count.as_of).map(|when| when.start(around.today)),
        sides: asked.from.zip(asked.to).map(|(from, to)| (end(from), end(to))),
        parameters: parameters::of(&asked, around.today),
        spec: asked.specs.into_iter().next().expect("one report"),
    })
}

/// What all documents of an entity come to depends on which of them are seen, and no statement can settle that.
fn judged_already(asked: &Asked<'_>) -> Result<(), Refusal> {
    if asked.count.is_some_and(|count| count.at.is_some()) {
        return Err(
            "the tables of a store hold what all its documents show, and no statement can forget the later ones: \
                    leave --at out, and ask the program itself (dormant REPORT STORE --at DATE), or take sql trend for \
                    earlier days"
                .into(),
        );
    }
    Ok(())
}

/// What a command says, the rules of the reports still to be applied.
struct Parts<'a> {
    engine: DialectArgs,
    asked: Asked<'a>,
}

/// What the commands differ in.
fn parts(command: &SqlReportCommand) -> Result<Parts<'_>, Refusal> {
    Ok(match command {
        SqlReportCommand::Summary(args) => plain(args, ReportSpec::Summary),
        SqlReportCommand::Services(args) => plain(args, ReportSpec::Services),
        SqlReportCommand::Grants(args) => plain(args, ReportSpec::Grants { level: Level::Service }),
        SqlReportCommand::Trend(args) => plain(args, ReportSpec::Trend),
        SqlReportCommand::List(args) => plain(&args.plain, ReportSpec::List { level: args.level }),
        SqlReportCommand::Unused(args) => {
            plain(&args.plain, asked::unused_spec(args.level, args.all_actions, Sort::Entity)?)
        }
        SqlReportCommand::Staleness(args) => {
            plain(&args.plain, ReportSpec::Staleness { by: args.by.into(), level: args.level, long: false })
        }
        SqlReportCommand::Compare(args) => {
            plain(&args.plain, asked::compare_spec(args.level, args.long, args.pairs, args.roles))
        }
        SqlReportCommand::Diff(args) => {
            let spec = ReportSpec::Diff { level: args.level, all: args.all };
            let mut parts = plain(&args.plain, spec);
            (parts.asked.from, parts.asked.to) = (Some(args.from), Some(args.to));
            parts
        }
        SqlReportCommand::Organizations(args) => other_answer(args, OtherOperation::Organizations),
        SqlReportCommand::ServiceEntities(args) => other_answer(args, OtherOperation::Entities),
        SqlReportCommand::Check(engine) => Parts { engine: *engine, asked: asked_of(ReportSpec::Check) },
    })
}

fn plain(args: &SqlPlainArgs, spec: ReportSpec) -> Parts<'_> {
    let asked = Asked { count: Some(&args.count), filter: Some(&args.filter), ..asked_of(spec) };
    Parts { engine: args.engine, asked }
}

fn other_answer(args: &SqlOtherArgs, kind: OtherOperation) -> Parts<'_> {
    let asked = Asked { filter: Some(&args.filter), ..asked_of(ReportSpec::OtherOperation(kind)) };
    Parts { engine: args.engine, asked }
}

/// In the form that the rules know: no path is read, nothing but a statement is written.
fn asked_of<'a>(spec: ReportSpec) -> Asked<'a> {
    static NO_READING: ReadingArgs = ReadingArgs {
        whose: WhoseArgs { manifest: None, path_template: None, no_infer: false },
        made_at: None,
        also_used: Vec::new(),
        accounts: None,
        owner_tag: None,
        catalogue: None,
        service_reference: None,
        limits: LimitArgs {
            max_bytes: None,
            max_members: None,
            max_depth: None,
            max_dump_rows: None,
            follow_links: false,
        },
        memory: None,
        threads: None,
        strict: false,
        redact: RedactArgs { redact: false, redact_key: None },
    };
    const NO_VIEW: ViewArgs = ViewArgs { sort: None, columns: Vec::new(), wide: false, limit: None };
    static NO_OUTPUT: OutputArgs = OutputArgs {
        view: NO_VIEW,
        format: None,
        csv_dialect: CsvDialectArg::Excel,
        output: None,
        force: false,
        mode: None,
        max_rows: None,
    };
    Asked::bare(&NO_READING, vec![spec], OutputAsked::One(&NO_OUTPUT))
}
