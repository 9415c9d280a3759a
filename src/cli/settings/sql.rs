//! What `sql` was asked, settled by the rules of the reports.

use std::path::Path;

use dormant::analyse::{Params, ReportSpec};
use dormant::model::Instant;
use dormant::sql::{Dialect, NoStatement};
use globset::Glob;

use super::asked::{Asked, OutputAsked};
use super::{Refusal, Surroundings, asked, checks, parameters, params, usage_error};
use crate::cli::args::{OutputArgs, ReadingArgs, SqlPlainArgs, SqlReportCommand};
use crate::cli::values::{Pattern, When};

/// All that a statement needs.
#[derive(Debug)]
pub struct SqlSettings<'a> {
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
    /// Label and value of what was asked.
    pub parameters: Vec<(String, String)>,
    /// `--catalogue`.
    pub catalogue: Option<&'a Path>,
}

impl<'a> SqlSettings<'a> {
    /// Resolves what was typed.
    ///
    /// # Errors
    /// A usage error in clap's own style.
    pub fn resolve(command: &'a SqlReportCommand, around: &Surroundings) -> Result<Self, clap::Error> {
        settle(command, around).map_err(|why| usage_error("sql", &why))
    }

    /// The same for a report that no statement can give.
    pub fn refusal(why: &NoStatement) -> clap::Error {
        usage_error("sql", &why.to_string())
    }
}

fn settle<'a>(command: &'a SqlReportCommand, around: &Surroundings) -> Result<SqlSettings<'a>, Refusal> {
    let (plain, spec, sides) = parts(command)?;
    let asked = asked(plain, spec.clone(), sides);
    checks::all(&asked, around)?;
    let end = |when: When| when.end(around.today);
    let globs = |patterns: &[Pattern]| patterns.iter().map(|pattern| pattern.glob.clone()).collect();
    Ok(SqlSettings {
        dialect: plain.engine.dialect,
        spec,
        params: params(&asked, around.today)?,
        entities: globs(&plain.filter.entity),
        actions: globs(&plain.filter.action),
        as_of: plain.count.as_of.map(|when| when.start(around.today)),
        sides: sides.map(|(from, to)| (end(from), end(to))),
        parameters: parameters::of(&asked, around.today),
        catalogue: plain.catalogue.as_deref(),
    })
}

/// `--from` and `--to`.
type Dates = Option<(When, When)>;

/// What the commands differ in.
fn parts(command: &SqlReportCommand) -> Result<(&SqlPlainArgs, ReportSpec, Dates), Refusal> {
    Ok(match command {
        SqlReportCommand::Summary(args) => (args, ReportSpec::Summary, None),
        SqlReportCommand::Services(args) => (args, ReportSpec::Services, None),
        SqlReportCommand::Trend(args) => (args, ReportSpec::Trend, None),
        SqlReportCommand::List(args) => (&args.plain, ReportSpec::List { level: args.level }, None),
        SqlReportCommand::Unused(args) => (&args.plain, asked::unused_spec(args.level, args.all_actions)?, None),
        SqlReportCommand::Staleness(args) => {
            (&args.plain, ReportSpec::Staleness { by: args.by.into(), level: args.level }, None)
        }
        SqlReportCommand::Compare(args) => {
            (&args.plain, asked::compare_spec(args.level, args.long, args.pairs, args.roles), None)
        }
        SqlReportCommand::Diff(args) => {
            let spec = ReportSpec::Diff { level: args.level, all: args.all };
            (&args.plain, spec, Some((args.from, args.to)))
        }
    })
}

/// In the form that the rules know: no path is read, nothing but a statement is written.
fn asked(plain: &SqlPlainArgs, spec: ReportSpec, sides: Dates) -> Asked<'_> {
    static NO_READING: ReadingArgs = ReadingArgs {
        manifest: None,
        path_template: None,
        no_infer: false,
        catalogue: None,
        max_bytes: None,
        max_members: None,
        max_depth: None,
        max_dump_rows: None,
        memory: None,
        threads: None,
        strict: false,
    };
    static NO_OUTPUT: OutputArgs = OutputArgs { format: None, output: None, force: false, max_rows: None };
    Asked {
        paths: Vec::new(),
        old_paths: Vec::new(),
        from: sides.map(|(from, _)| from),
        to: sides.map(|(_, to)| to),
        count: Some(&plain.count),
        filter: Some(&plain.filter),
        reading: &NO_READING,
        specs: vec![spec],
        output: OutputAsked::One(&NO_OUTPUT),
        fail_on: &[],
    }
}
