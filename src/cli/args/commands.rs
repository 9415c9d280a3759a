//! The commands, each with the options that are its own.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Arg, ArgGroup, Args, Subcommand, ValueEnum};
use clap_complete::Shell;
use dormant::analyse;
use dormant::archive::Shard;
use dormant::model::policy::AdviceStyle;
use dormant::model::{AccountId, Level, Mention};
use dormant::render::Format;
use dormant::report::{Engagement, SampleAsked};

use super::collect::{self, CollectScriptArgs};
use super::demo::{self, DemoArgs};
use super::examples;
use super::groups::{
    CommonArgs, CountArgs, CsvDialectArg, DecisionArgs, FailOn, FailOnMore, FailOnParser, FilterArgs, LimitArgs,
    OutputArgs, ReadingArgs, SayingArgs,
};
use super::sql::SqlArgs;
use crate::cli::values::{self, BaselineArg, Days, Pattern, When, one_of};

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Read dumps and report on them.
    #[command(flatten)]
    Report(Box<ReportCommand>),
    /// Import dumps into a store, so each is parsed once and history stays queryable
    #[command(after_help = examples::INGEST)]
    Ingest(IngestArgs),
    /// Inspect, verify, compact or prune a store
    #[command(after_help = examples::STORE)]
    Store(StoreArgs),
    /// Print a report as SQL, for DuckDB, Spark, Trino and Athena over a store
    #[command(after_help = examples::SQL)]
    Sql(SqlArgs),
    /// Write sample dumps into a folder, to try everything on
    #[command(after_help = demo::EXAMPLES)]
    Demo(DemoArgs),
    /// Print a script that saves dumps from AWS, or the IAM policy it needs
    #[command(after_help = collect::EXAMPLES)]
    CollectScript(CollectScriptArgs),
    /// Read the decisions that people wrote into workbooks, into a file for --decisions
    #[command(after_help = examples::IMPORT_DECISIONS)]
    ImportDecisions(ImportDecisionsArgs),
    /// Verify the folder of an audit: whether its files and its inputs are as manifest.json lists them
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyAuditArgs),
    /// Print the completions of a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the man page, or write one page per command into a folder
    #[command(after_help = examples::MAN)]
    Man(ManArgs),
}

/// The commands that read dumps. The first is the main job; the others print one of its reports each.
#[derive(Debug, Clone, Subcommand)]
pub enum ReportCommand {
    /// Say in twenty lines what is unused, which entities to look at first and what to do next
    #[command(after_help = examples::OVERVIEW)]
    Overview(OverviewArgs),
    /// Say all that is known about one entity: what it uses and does not, why, and from which file
    #[command(after_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// Write every report into a folder
    #[command(after_help = examples::REPORT)]
    Report(FolderArgs),
    /// Count granted, used and unused permissions per account
    #[command(after_help = examples::SUMMARY)]
    Summary(PlainArgs),
    /// Count entities and unused actions per service
    #[command(after_help = examples::SERVICES)]
    Services(PlainArgs),
    /// List unused and stale permissions, the ones to remove
    #[command(after_help = examples::UNUSED)]
    Unused(UnusedArgs),
    /// Count last accesses by age
    #[command(after_help = examples::STALENESS)]
    Staleness(StalenessArgs),
    /// Compare entities side by side, in pairs, or by role name across accounts
    #[command(after_help = examples::COMPARE)]
    Compare(CompareArgs),
    /// Show what changed between two sets of dumps, or two dates of one
    #[command(after_help = examples::DIFF, visible_alias = "changes")]
    Diff(DiffArgs),
    /// Count permissions per account and day of dump
    #[command(after_help = examples::TREND)]
    Trend(PlainArgs),
    /// List every permission with its last access
    #[command(after_help = examples::LIST)]
    List(ListArgs),
    /// List which policy and which statement grants each permission, next to its use
    #[command(after_help = examples::GRANTS)]
    Grants(GrantsArgs),
    /// Propose smaller policies, with scripts that apply and undo them
    #[command(after_help = examples::RECOMMEND)]
    Recommend(RecommendArgs),
    /// List users, roles, groups and policies with their last activity, and those without a dump
    #[command(after_help = examples::ENTITIES)]
    Entities(PlainArgs),
    /// Say what became of each decision to keep, remove or ask
    #[command(after_help = examples::DECISIONS)]
    Decisions(DecisionsArgs),
    /// List passwords, access keys and roles with their last use
    #[command(after_help = examples::CREDENTIALS)]
    Credentials(PlainArgs),
    /// List the services of an organization, from organizations access reports
    #[command(after_help = examples::ORGANIZATIONS)]
    Organizations(OtherArgs),
    /// List who may use a service and when each last did, from with-entities answers
    #[command(after_help = examples::SERVICE_ENTITIES)]
    ServiceEntities(OtherArgs),
    /// Check every input file: what it is, which entity it covers, whether it is complete
    #[command(after_help = examples::CHECK, visible_alias = "sources")]
    Check(CheckArgs),
}

impl ReportCommand {
    /// The name as typed.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Overview(_) => "overview",
            Self::Explain(_) => "explain",
            Self::Report(_) => "report",
            Self::Summary(_) => "summary",
            Self::Services(_) => "services",
            Self::Unused(_) => "unused",
            Self::Staleness(_) => "staleness",
            Self::Compare(_) => "compare",
            Self::Diff(_) => "diff",
            Self::Trend(_) => "trend",
            Self::List(_) => "list",
            Self::Grants(_) => "grants",
            Self::Recommend(_) => "recommend",
            Self::Entities(_) => "entities",
            Self::Decisions(_) => "decisions",
            Self::Credentials(_) => "credentials",
            Self::Organizations(_) => "organizations",
            Self::ServiceEntities(_) => "service-entities",
            Self::Check(_) => "check",
        }
    }
}

/// The formats of one screen of text; the rows behind it are for programs.
const SCREENS: &[Format] = &[Format::Table, Format::Md, Format::Json];

/// `overview`.
#[derive(Debug, Clone, Args)]
#[command(mut_arg("format", as_screen))]
pub struct OverviewArgs {
    /// Paths, shared options, output.
    #[command(flatten)]
    pub plain: PlainArgs,
}

/// `explain`.
#[derive(Debug, Clone, Args)]
#[command(mut_arg("format", as_screen), mut_arg("entity", |arg| arg.required(true)))]
pub struct ExplainArgs {
    /// Paths, shared options, output.
    #[command(flatten)]
    pub plain: PlainArgs,
}

fn as_screen(arg: Arg) -> Arg {
    arg.value_parser(one_of(SCREENS, Format::as_str))
        .help("How to write it [default: by the name of FILE, else table, which is text]")
}

/// `decisions`.
#[derive(Debug, Clone, Args)]
#[command(mut_arg("decisions", |arg| arg.hide_short_help(false)))]
pub struct DecisionsArgs {
    /// Paths, shared options, output.
    #[command(flatten)]
    pub plain: PlainArgs,
}

/// `report`.
#[derive(Debug, Clone, Args)]
pub struct FolderArgs {
    /// Paths and shared options.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Write the reports into DIR; it is created if missing
    #[arg(short, long, value_name = "DIR", required = true, help_heading = "Output")]
    pub output: PathBuf,
    /// Replace the reports that DIR contains
    #[arg(long, help_heading = "Output")]
    pub force: bool,
    /// Permissions of the files in DIR, such as 600; a folder can be entered by those who may read them [default: what the umask leaves]
    #[arg(hide_short_help = true, long, value_name = "MODE", help_heading = "Output", value_parser = values::mode)]
    pub mode: Option<u32>,
    /// Write these only [default: all but json]
    ///
    /// What they cost for 2,000 dumps of 1,000 entities (6.7 million rows of actions, 730 MB): md 10 kB, html 4 MB, parquet 19 MB, xlsx 51 MB, csv 125 MB,
    /// json 340 MB. All need 2.5 s of processor time to read and to judge; html and xlsx take another second, parquet two, the others half a second.
    #[arg(long, alias = "format", value_name = "FORMAT", value_delimiter = ',', help_heading = "Output",
        value_parser = one_of(crate::cli::folder::FORMATS, Format::as_str))]
    pub formats: Vec<Format>,
    /// How CSV guards texts that a spreadsheet could run: excel puts an apostrophe before them, plain writes them as they are
    #[arg(hide_short_help = true, long, value_name = "DIALECT", help_heading = "Output", value_enum, default_value_t)]
    pub csv_dialect: CsvDialectArg,
    /// Maximum rows of a table in report.md; 0 shows all [default: 5]
    #[arg(hide_short_help = true, long, value_name = "N", allow_negative_numbers = true, help_heading = "Output", value_parser = values::whole)]
    pub max_rows: Option<usize>,
    /// Exit with 4 if the reports list such a permission, or if inputs are incomplete; 'unused>100' allows 100 of them
    #[arg(hide_short_help = true, long, value_name = "CONDITION[>N]", value_delimiter = ',', help_heading = "Output",
        value_parser = FailOnParser(FailOn::ALL))]
    pub fail_on: Vec<FailOnMore>,
    /// With --fail-on new: what findings are compared with, the folder of an older audit, or a date (the same inputs as of then)
    #[arg(hide_short_help = true, long, value_name = "AUDIT|DATE", help_heading = "Output", value_parser = values::baseline)]
    pub baseline: Option<BaselineArg>,
    /// What its maker says about the audit.
    #[command(flatten)]
    pub engagement: EngagementArgs,
}

/// What stands on the workpaper of an audit beside what was found.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Workpaper")]
pub struct EngagementArgs {
    /// Name of the audit, and of the client or the system that it is about [default: IAM access audit]
    #[arg(long, value_name = "TEXT", value_parser = values::line)]
    pub title: Option<String>,
    /// Number of the workpaper, and the control that is tested
    #[arg(long, value_name = "TEXT", value_parser = values::line)]
    pub reference: Option<String>,
    /// Who made the audit
    #[arg(long, value_name = "TEXT", value_parser = values::line)]
    pub prepared_by: Option<String>,
    /// Draw N rows of each stratum to be checked by hand: of the findings, and of all that is granted
    #[arg(long, value_name = "N", allow_negative_numbers = true, requires = "seed", value_parser = values::positive)]
    pub sample: Option<NonZeroUsize>,
    /// Which rows are drawn: an auditor chooses a number, and anybody who knows it draws the same rows
    #[arg(long, value_name = "S", requires = "sample")]
    pub seed: Option<u64>,
}

impl EngagementArgs {
    /// As the audit says it.
    pub fn engagement(&self) -> Engagement {
        let Self { title, reference, prepared_by, sample, seed } = self.clone();
        let sample = sample.zip(seed).map(|(rows, seed)| SampleAsked { rows: rows.get(), seed });
        Engagement { title, reference, prepared_by, sample }
    }
}

/// A report without options of its own: `summary`, `services`, `trend`, `entities`, `credentials`.
#[derive(Debug, Clone, Args)]
pub struct PlainArgs {
    /// Paths and shared options.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// When to exit with 4.
    #[command(flatten)]
    pub fail_on: FailOnInputs,
}

/// `--fail-on` of a report that lists nothing to remove.
#[derive(Debug, Clone, Args)]
pub struct FailOnInputs {
    /// Exit with 4, not 3, if inputs are incomplete; or if decisions are expired, unmatched, overdue or contradicted
    #[arg(hide_short_help = true, long, value_name = "CONDITION[>N]", value_delimiter = ',', help_heading = "Output",
        value_parser = FailOnParser(FailOn::INPUTS))]
    pub fail_on: Vec<FailOnMore>,
}

/// `--fail-on` of a report that does not take decisions.
#[derive(Debug, Clone, Args)]
pub struct FailOnDocuments {
    /// Exit with 4, not 3, if inputs are incomplete
    #[arg(hide_short_help = true, long, value_name = "CONDITION[>N]", value_delimiter = ',', help_heading = "Output",
        value_parser = FailOnParser(FailOn::WITHOUT_DECISIONS))]
    pub fail_on: Vec<FailOnMore>,
}

/// `unused`.
#[derive(Debug, Clone, Args)]
#[command(mut_arg("format", with_findings), mut_arg("verdict", of_unused))]
pub struct UnusedArgs {
    /// List services, or the actions of services that are in use
    #[arg(long, value_name = "LEVEL", default_value = "service", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Level,
    /// With --level action: include actions of services that are stale or unused as a whole
    #[arg(long)]
    pub all_actions: bool,
    /// Paths and shared options.
    #[command(flatten)]
    pub common: CommonArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Region of Security Hub, in the ARN of each finding of asff [default: where AWS runs IAM, us-east-1]
    #[arg(hide_short_help = true, long, value_name = "REGION", help_heading = "Output", value_parser = values::region)]
    pub security_hub_region: Option<String>,
    /// Exit with 4 if a row has this verdict or is new, or if inputs are incomplete; 'unused>100' allows 100 of them
    #[arg(hide_short_help = true, long, value_name = "CONDITION[>N]", value_delimiter = ',', help_heading = "Output",
        value_parser = FailOnParser(FailOn::ALL))]
    pub fail_on: Vec<FailOnMore>,
    /// With --fail-on new: what findings are compared with, the folder of an older audit, or a date (the same inputs as of then)
    #[arg(hide_short_help = true, long, value_name = "AUDIT|DATE", help_heading = "Output", value_parser = values::baseline)]
    pub baseline: Option<BaselineArg>,
}

fn with_findings(arg: Arg) -> Arg {
    arg.value_parser(one_of(Format::OF_UNUSED, Format::as_str))
        .help("How to write the report; ocsf, asff and jira make a finding of each row [default: by the name of FILE, else a table on a terminal, else csv]")
}

/// Who asks for another verdict is told which command has it.
fn of_unused(arg: Arg) -> Arg {
    arg.hide_possible_values(true).help("Keep these verdicts: stale, unused")
}

/// `staleness`.
#[derive(Debug, Clone, Args)]
pub struct StalenessArgs {
    /// What a row is about
    #[arg(long, value_name = "KEY", value_enum, default_value_t)]
    pub by: ByArg,
    /// Count services or actions
    #[arg(long, value_name = "LEVEL", default_value = "service", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Level,
    /// One row per KEY and age, instead of one column for each age
    #[arg(long)]
    pub long: bool,
    /// Paths, shared options, output.
    #[command(flatten)]
    pub plain: PlainArgs,
}

/// `--by`, as typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ByArg {
    /// One row per entity.
    #[default]
    Entity,
    /// One row per service (or action).
    Service,
    /// One row per account.
    Account,
}

impl From<ByArg> for analyse::By {
    fn from(by: ByArg) -> Self {
        match by {
            ByArg::Entity => Self::Entity,
            ByArg::Service => Self::Service,
            ByArg::Account => Self::Account,
        }
    }
}

/// `compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// Compare services or actions [default: service]
    #[arg(long, value_name = "LEVEL", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Option<Level>,
    /// One row per entity and permission instead of one column per entity
    #[arg(long)]
    pub long: bool,
    /// One row per pair of entities: what they share
    #[arg(long, conflicts_with = "long")]
    pub pairs: bool,
    /// One row per role name across accounts, and service
    #[arg(long, conflicts_with_all = ["long", "pairs", "level"])]
    pub roles: bool,
    /// Paths, shared options, output.
    #[command(flatten)]
    pub plain: PlainArgs,
}

/// `diff`.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// OLD and NEW; or one PATH with --from and --to
    #[arg(required = true, num_args = 1..=2, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The old side: each entity's newest dump of this date or before; a day means its end (UTC)
    #[arg(long, value_name = "DATE", value_parser = values::when, requires = "to")]
    pub from: Option<When>,
    /// The new side: each entity's newest dump of this date or before; a day means its end (UTC)
    #[arg(long, value_name = "DATE", value_parser = values::when, requires = "from")]
    pub to: Option<When>,
    /// Compare services or actions
    #[arg(long, value_name = "LEVEL", default_value = "service", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Level,
    /// Include permissions with only a newer date
    #[arg(long)]
    pub all: bool,
    /// What counts as used.
    #[command(flatten)]
    pub count: CountArgs,
    /// Which rows to keep.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// What people decided.
    #[command(flatten)]
    pub decisions: DecisionArgs,
    /// How to read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// When to exit with 4.
    #[command(flatten)]
    pub fail_on: FailOnInputs,
}

/// `list`.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// List services or actions
    #[arg(long, value_name = "LEVEL", default_value = "action", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Level,
    /// Paths, shared options, output.
    #[command(flatten)]
    pub plain: PlainArgs,
}

/// `grants`.
#[derive(Debug, Clone, Args)]
pub struct GrantsArgs {
    /// List services or actions
    #[arg(long, value_name = "LEVEL", default_value = "service", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Level,
    /// Paths, shared options, output.
    #[command(flatten)]
    pub plain: PlainArgs,
}

/// `recommend`.
#[derive(Debug, Clone, Args)]
#[command(mut_arg("output", into_folder), mut_arg("force", |arg| arg.help("Replace the proposals that DIR contains")))]
pub struct RecommendArgs {
    /// auto names what stays or, if that is too long, what goes, in a Deny statement; deny always writes that statement
    #[arg(long, value_name = "STYLE", default_value = "auto", value_parser = one_of(AdviceStyle::ALL, AdviceStyle::as_str))]
    pub style: AdviceStyle,
    /// Propose nothing about actions (iam:Create*), entities and policies that match; may be repeated
    #[arg(long, value_name = "GLOB")]
    pub protect: Vec<String>,
    /// Propose to remove only whole services: a policy of many services stays short, and no list goes stale
    #[arg(long)]
    pub service_level: bool,
    /// Propose to remove actions on keys, backups, restores and failovers too, which are needed seldom but urgently
    #[arg(long)]
    pub include_recovery: bool,
    /// The user, role or session that will apply the proposals: it keeps the actions with which it can repair policies
    #[arg(long, value_name = "ARN", value_parser = values::caller)]
    pub applied_by: Option<Mention>,
    /// Propose only about policies with a matching name or ARN; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = values::entity_pattern)]
    pub only: Vec<Pattern>,
    /// Paths, shared options, output.
    #[command(flatten)]
    pub plain: PlainArgs,
}

fn into_folder(arg: Arg) -> Arg {
    arg.value_name("DIR")
        .help("Write the proposals into DIR: documents, scripts, Terraform, CloudFormation; it is created if missing")
}

/// `organizations` and `service-entities`: rows of other operations, in which nothing is judged.
#[derive(Debug, Clone, Args)]
pub struct OtherArgs {
    /// Files, folders or archives of saved answers; `-` is stdin
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Which rows to keep.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// How to read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// When to exit with 4.
    #[command(flatten)]
    pub fail_on: FailOnDocuments,
}

/// `check`: about the inputs, so nothing is filtered and nothing is judged.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// Files, folders or archives of dumps, or stores; `-` is stdin
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How to read.
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// When to exit with 4.
    #[command(flatten)]
    pub fail_on: FailOnDocuments,
}

/// `verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyAuditArgs {
    /// The folder that `dormant report` wrote
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The folder that holds the inputs now; once for each of `input_roots` in manifest.json, in their order [default: these]
    #[arg(long, value_name = "DIR")]
    pub inputs: Vec<PathBuf>,
}

/// `import-decisions`.
#[derive(Debug, Clone, Args)]
#[command(override_usage = "dormant import-decisions [OPTIONS] -o TOML FILE...")]
pub struct ImportDecisionsArgs {
    /// Workbooks that `report` wrote, or their sheets saved as CSV
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The file of decisions (TOML); what is in it stays, with its comments
    #[arg(short, long, value_name = "TOML", required = true, value_parser = values::place())]
    pub output: PathBuf,
    /// If two files disagree about a row, this one counts
    #[arg(long, value_name = "FILE")]
    pub prefer: Option<PathBuf>,
    /// A decision to keep that names no due date expires this long after it was made [default: 1y]
    #[arg(long, value_name = "DURATION", value_parser = values::days)]
    pub expires_after: Option<Days>,
    /// The day of the decisions [default: the date of the dump next to each]
    #[arg(long, value_name = "DATE|today", value_parser = values::when)]
    pub decided: Option<When>,
    /// Who answers for decisions without an owner
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
}

/// `ingest`.
#[derive(Debug, Clone, Args)]
pub struct IngestArgs {
    /// Files, folders or archives of dumps, or other stores; `-` is stdin
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The store: a folder, created if missing
    #[arg(long, value_name = "DIR", required = true, value_parser = values::place())]
    pub store: PathBuf,
    /// Import only the I-th of N parts of the input, for N machines at once; `dormant store compact` then makes the tables
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// What is said about the dumps.
    #[command(flatten)]
    pub saying: SayingArgs,
    /// Ceilings.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Threads to work with [default: one per processor]
    #[arg(hide_short_help = true, long, value_name = "N", allow_negative_numbers = true, help_heading = "Reading", value_parser = values::threads)]
    pub threads: Option<NonZeroUsize>,
    /// Exit with 3 on warnings about inputs too
    #[arg(hide_short_help = true, long, help_heading = "Reading")]
    pub strict: bool,
}

/// `store`.
#[derive(Debug, Clone, Args)]
pub struct StoreArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: StoreCommand,
}

/// What may be done with a store.
#[derive(Debug, Clone, Subcommand)]
pub enum StoreCommand {
    /// Show what is in a store, and how large it is
    Info(StoreDir),
    /// Verify a store: find what is missing, damaged or out of date
    Verify(VerifyArgs),
    /// Export the original documents, byte for byte
    Export(ExportArgs),
    /// Rewrite a store as few files, and update its tables for other engines
    Compact(CompactArgs),
    /// Delete the dumps of accounts, of a range of dates, or of both; or their attributions
    Forget(ForgetArgs),
}

/// The store that a command is about.
#[derive(Debug, Clone, Args)]
pub struct StoreDir {
    /// The store
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// `store verify`.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// The store.
    #[command(flatten)]
    pub store: StoreDir,
    /// Rebuild every table from the originals in memory, and compare
    #[arg(long)]
    pub deep: bool,
}

/// `store export`.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// The store.
    #[command(flatten)]
    pub store: StoreDir,
    /// The folder to write; it must not exist
    #[arg(short, long, value_name = "OUT", required = true, value_parser = values::place())]
    pub output: PathBuf,
}

/// `store compact`.
#[derive(Debug, Clone, Args)]
pub struct CompactArgs {
    /// The store.
    #[command(flatten)]
    pub store: StoreDir,
    /// What is said about the dumps.
    #[command(flatten)]
    pub saying: SayingArgs,
    /// Accept the store as it is: permanently remove missing or damaged originals from its list, and add originals that the list lacks
    #[arg(long)]
    pub accept_losses: bool,
}

/// `store forget`.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("dumps").args(["account", "from", "to", "attributions"]).required(true).multiple(true))]
pub struct ForgetArgs {
    /// The store.
    #[command(flatten)]
    pub store: StoreDir,
    /// Delete the dumps of these accounts
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = values::account)]
    pub account: Vec<AccountId>,
    /// Delete dumps made on this date or later; a day means its start (UTC)
    #[arg(long, value_name = "DATE", value_parser = values::when)]
    pub from: Option<When>,
    /// Delete dumps made on this date or before; a day means its end (UTC)
    #[arg(long, value_name = "DATE", value_parser = values::when)]
    pub to: Option<When>,
    /// Delete what --manifest, --path-template, --no-infer and --as-of recorded at ingest
    #[arg(long)]
    pub attributions: bool,
    /// If an original also contains dumps that stay, replace it with those
    #[arg(long)]
    pub split: bool,
    /// Only show what would be deleted
    #[arg(long)]
    pub dry_run: bool,
}

/// `completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// Write dormant.1, dormant-report.1, … into DIR instead of printing dormant.1
    #[arg(value_parser = values::place())]
    pub dir: Option<PathBuf>,
    /// Replace pages that DIR holds
    #[arg(long, requires = "dir")]
    pub force: bool,
}
