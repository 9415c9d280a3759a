//! The commands, which differ in what they take, brought to one form: [`Asked`].

use std::path::{Path, PathBuf};

use dormant::analyse::{self, ReportSpec, Sort};
use dormant::model::{Level, OtherOperation};
use dormant::render::{CsvDialect, Format};
use dormant::run::Presentation;

use super::{Refusal, checks};
use crate::cli::args::{
    CommonArgs, CountArgs, DecisionArgs, DiffArgs, EngagementArgs, FailOnMore, FilterArgs, FolderArgs, OtherArgs,
    OutputArgs, PlainArgs, ReadingArgs, RecommendArgs, ReportCommand, UnusedArgs,
};
use crate::cli::folder;
use crate::cli::values::{BaselineArg, When};

/// What a report command asks for, still as typed.
#[derive(Debug)]
pub struct Asked<'a> {
    /// What to read; for `diff OLD NEW`, the new side.
    pub paths: Vec<PathBuf>,
    /// The old side of `diff OLD NEW`.
    pub old_paths: Vec<PathBuf>,
    /// `diff --from`.
    pub from: Option<When>,
    /// `diff --to`.
    pub to: Option<When>,
    /// What counts; `check` and the reports on other operations judge nothing.
    pub count: Option<&'a CountArgs>,
    /// What to keep; `check` keeps everything.
    pub filter: Option<&'a FilterArgs>,
    /// What people decided; a report that judges nothing takes none.
    pub decisions: Option<&'a DecisionArgs>,
    /// How to read.
    pub reading: &'a ReadingArgs,
    /// The reports wanted.
    pub specs: Vec<ReportSpec>,
    /// What is made of them.
    pub presentation: Presentation,
    /// Where they go.
    pub output: OutputAsked<'a>,
    /// The options of `recommend`.
    pub recommend: Option<&'a RecommendArgs>,
    /// The region of Security Hub, for findings.
    pub security_hub_region: Option<&'a str>,
    /// What findings are compared with.
    pub baseline: Option<&'a BaselineArg>,
    /// When to exit with 4.
    pub fail_on: &'a [FailOnMore],
}

impl<'a> Asked<'a> {
    /// Reports over no paths yet, which judge, keep and compare nothing.
    pub const fn bare(reading: &'a ReadingArgs, specs: Vec<ReportSpec>, output: OutputAsked<'a>) -> Self {
        Self {
            paths: Vec::new(),
            old_paths: Vec::new(),
            from: None,
            to: None,
            count: None,
            filter: None,
            decisions: None,
            reading,
            specs,
            presentation: Presentation::Reports,
            output,
            recommend: None,
            security_hub_region: None,
            baseline: None,
            fail_on: &[],
        }
    }
}

/// Where the result goes, as typed.
#[derive(Debug, Clone, Copy)]
pub enum OutputAsked<'a> {
    /// One report to stdout or a file.
    One(&'a OutputArgs),
    /// Proposals into a folder.
    Proposals {
        /// The folder.
        path: &'a Path,
        /// How, and what of it.
        typed: &'a OutputArgs,
    },
    /// All of them into a folder.
    Folder {
        /// The folder.
        path: &'a Path,
        /// Whether to replace what it holds.
        force: bool,
        /// The permissions of its files.
        mode: Option<u32>,
        /// What to write; all where nothing is said.
        formats: &'a [Format],
        /// Rows of a table in report.md.
        max_rows: Option<usize>,
        /// How CSV guards texts.
        csv: CsvDialect,
        /// What its maker says about the audit.
        engagement: &'a EngagementArgs,
    },
}

/// What `command` asks for.
///
/// # Errors
/// Where options of the command itself do not go together.
pub fn of(command: &ReportCommand) -> Result<Asked<'_>, Refusal> {
    Ok(match command {
        ReportCommand::Overview(args) => screen(&args.plain, Presentation::Overview, analyse::overview_specs()),
        ReportCommand::Explain(args) => screen(&args.plain, Presentation::Explanation, analyse::explain_specs()),
        ReportCommand::Report(args) => folder_of(args),
        ReportCommand::Summary(args) => plain(args, ReportSpec::Summary),
        ReportCommand::Services(args) => plain(args, ReportSpec::Services),
        ReportCommand::Unused(args) => unused(args)?,
        ReportCommand::Staleness(args) => {
            plain(&args.plain, ReportSpec::Staleness { by: args.by.into(), level: args.level, long: args.long })
        }
        ReportCommand::Compare(args) => plain(&args.plain, compare_spec(args.level, args.long, args.pairs, args.roles)),
        ReportCommand::Diff(args) => diff(args)?,
        ReportCommand::Trend(args) => plain(args, ReportSpec::Trend),
        ReportCommand::List(args) => plain(&args.plain, ReportSpec::List { level: args.level }),
        ReportCommand::Decisions(args) => plain(&args.plain, ReportSpec::Decisions),
        ReportCommand::Credentials(args) => plain(args, ReportSpec::Credentials),
        ReportCommand::Entities(args) => plain(args, ReportSpec::Entities),
        ReportCommand::Grants(args) => plain(&args.plain, ReportSpec::Grants { level: args.level }),
        ReportCommand::Recommend(args) => proposals(args),
        ReportCommand::Organizations(args) => other_answer(args, OtherOperation::Organizations),
        ReportCommand::ServiceEntities(args) => other_answer(args, OtherOperation::Entities),
        ReportCommand::Check(args) => Asked {
            paths: args.paths.clone(),
            fail_on: &args.fail_on.fail_on,
            ..Asked::bare(&args.reading, vec![ReportSpec::Check], OutputAsked::One(&args.output))
        },
    })
}

/// A report over paths with the shared options.
fn common<'a>(
    args: &'a CommonArgs,
    specs: Vec<ReportSpec>,
    output: OutputAsked<'a>,
    fail_on: &'a [FailOnMore],
) -> Asked<'a> {
    Asked {
        paths: args.paths.clone(),
        count: Some(&args.count),
        filter: Some(&args.filter),
        decisions: Some(&args.decisions),
        fail_on,
        ..Asked::bare(&args.reading, specs, output)
    }
}

fn screen(args: &PlainArgs, presentation: Presentation, specs: Vec<ReportSpec>) -> Asked<'_> {
    Asked { presentation, ..common(&args.common, specs, OutputAsked::One(&args.output), &args.fail_on.fail_on) }
}

fn plain(args: &PlainArgs, spec: ReportSpec) -> Asked<'_> {
    common(&args.common, vec![spec], OutputAsked::One(&args.output), &args.fail_on.fail_on)
}

fn proposals(args: &RecommendArgs) -> Asked<'_> {
    let asked = plain(&args.plain, ReportSpec::Recommend);
    let typed = &args.plain.output;
    let folder = typed.output.as_deref().filter(|path| *path != Path::new("-"));
    let output = folder.map_or(asked.output, |path| OutputAsked::Proposals { path, typed });
    Asked { recommend: Some(args), output, ..asked }
}

fn other_answer(args: &OtherArgs, kind: OtherOperation) -> Asked<'_> {
    let one = OutputAsked::One(&args.output);
    Asked {
        paths: args.paths.clone(),
        filter: Some(&args.filter),
        fail_on: &args.fail_on.fail_on,
        ..Asked::bare(&args.reading, vec![ReportSpec::OtherOperation(kind)], one)
    }
}

fn folder_of(args: &FolderArgs) -> Asked<'_> {
    let FolderArgs { output, force, mode, formats, max_rows, csv_dialect, engagement, .. } = args;
    let csv = (*csv_dialect).into();
    let output =
        OutputAsked::Folder { path: output, force: *force, mode: *mode, formats, max_rows: *max_rows, csv, engagement };
    let asked = common(&args.common, folder::specs(formats, engagement.engagement().sample), output, &args.fail_on);
    Asked { baseline: args.baseline.as_ref(), ..asked }
}

fn unused(args: &UnusedArgs) -> Result<Asked<'_>, Refusal> {
    let spec = unused_spec(args.level, args.all_actions, Sort::Entity)?;
    let listed = common(&args.common, vec![spec], OutputAsked::One(&args.output), &args.fail_on);
    let security_hub_region = args.security_hub_region.as_deref();
    Ok(Asked { security_hub_region, baseline: args.baseline.as_ref(), ..listed })
}

/// `unused`, as its options say.
pub fn unused_spec(level: Level, all_actions: bool, sort: Sort) -> Result<ReportSpec, Refusal> {
    if all_actions && level != Level::Action {
        return Err("--all-actions is about actions: give --level action too".into());
    }
    Ok(ReportSpec::Unused { level, all_actions, sort })
}

/// `compare`, as its options say.
pub fn compare_spec(level: Option<Level>, long: bool, pairs: bool, roles: bool) -> ReportSpec {
    let level = level.unwrap_or(Level::Service);
    if roles {
        ReportSpec::Roles
    } else if pairs {
        ReportSpec::Pairs { level }
    } else {
        ReportSpec::Compare { level, long }
    }
}

fn diff(args: &DiffArgs) -> Result<Asked<'_>, Refusal> {
    let (old_paths, paths) = checks::diff_sides(args)?;
    Ok(Asked {
        paths,
        old_paths,
        from: args.from,
        to: args.to,
        count: Some(&args.count),
        filter: Some(&args.filter),
        decisions: Some(&args.decisions),
        reading: &args.reading,
        specs: vec![ReportSpec::Diff { level: args.level, all: args.all }],
        presentation: Presentation::Reports,
        output: OutputAsked::One(&args.output),
        recommend: None,
        security_hub_region: None,
        baseline: None,
        fail_on: &args.fail_on.fail_on,
    })
}
