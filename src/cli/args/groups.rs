//! Options that several commands share, in the groups under which `--help` lists them.

use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Args, ValueEnum, value_parser};
use dormant::model::{AccountId, EntityKind, Verdict};
use dormant::render::{CsvDialect, Format};

use crate::cli::values::{self, Buckets, Bytes, Days, Order, Pattern, When, one_of};

/// What every command takes, before or after its name.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Messages")]
pub struct GlobalArgs {
    /// Show warnings and skipped files on stderr (-vv: stages too)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Show only errors and inputs that are not read or incomplete
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Colors; auto obeys the terminal, `NO_COLOR` and `CLICOLOR_FORCE`
    #[arg(hide_short_help = true, long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorWhen,
}

/// When to write colors.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Paths and options of every report.
#[derive(Debug, Clone, Args)]
pub struct CommonArgs {
    /// Files, folders or archives of dumps, or stores; `-` is stdin
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
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
}

/// What people decided about permissions.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Decisions")]
pub struct DecisionArgs {
    /// Decisions to keep, remove or ask (TOML or CSV); what is kept is counted and not listed; may be repeated [default: those that a
    /// store keeps]
    #[arg(hide_short_help = true, long, value_name = "FILE")]
    pub decisions: Vec<PathBuf>,
    /// A decision to remove that names no due date is overdue this long after it was made [default: 30d]
    #[arg(hide_short_help = true, long, value_name = "DURATION", value_parser = values::days)]
    pub due: Option<Days>,
}

/// What counts as used, and which dumps speak.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "What counts")]
pub struct CountArgs {
    /// Unused or stale after this long: 7d, 12w, 6m (30 days each), 1y (365 days)
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = values::days)]
    pub stale_after: Days,
    /// Lower bounds of the age buckets, in days
    #[arg(hide_short_help = true, long, value_name = "DAYS", default_value = "30,90,180,365", value_parser = values::buckets)]
    pub buckets: Buckets,
    /// Count ages from DATE instead of from each dump's own date; a day means its start (UTC)
    #[arg(hide_short_help = true, long, value_name = "DATE|today", value_parser = values::when)]
    pub as_of: Option<When>,
    /// Use only documents made on or before DATE; a day means its end (UTC)
    #[arg(hide_short_help = true, long, value_name = "DATE", value_parser = values::when, conflicts_with = "as_of")]
    pub at: Option<When>,
    /// Use each entity's newest dump, or all of them [default: newest]
    #[arg(hide_short_help = true, long, value_name = "WHICH", value_enum)]
    pub snapshots: Option<Snapshots>,
    /// Include service-linked roles, SSO roles and AWS-managed policies, which you cannot edit
    #[arg(hide_short_help = true, long)]
    pub include_aws_controlled: bool,
    /// Treat permissions as unknown where no document shows that the entity is as old as the threshold
    #[arg(hide_short_help = true, long)]
    pub strict_age: bool,
}

/// Which dumps of an entity count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Snapshots {
    /// The newest usable one.
    Newest,
    /// Every usable one.
    All,
}

/// Which rows to keep. All conditions must hold; values of one option are alternatives.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArgs {
    /// Keep these accounts
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = values::account)]
    pub account: Vec<AccountId>,
    /// Keep these types of entity
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = one_of(EntityKind::ALL, EntityKind::as_str))]
    pub kind: Vec<EntityKind>,
    /// Keep entities with a matching name, role/NAME or ARN; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = values::entity_pattern)]
    pub entity: Vec<Pattern>,
    /// Keep these service namespaces: ec2,s3
    #[arg(long, value_name = "NS", value_delimiter = ',', value_parser = values::namespace)]
    pub service: Vec<String>,
    /// Keep actions that match, as Action or namespace:Action; may be repeated
    #[arg(long, value_name = "GLOB", value_parser = values::action_pattern)]
    pub action: Vec<Pattern>,
    /// Keep rows last accessed in these regions
    #[arg(hide_short_help = true, long, value_name = "REGION", value_delimiter = ',', value_parser = values::region)]
    pub region: Vec<String>,
    /// Keep these verdicts
    #[arg(long, value_name = "VERDICT", value_delimiter = ',', value_parser = one_of(Verdict::ALL, Verdict::as_str))]
    pub verdict: Vec<Verdict>,
    /// Keep rows accessed within this long before the dump: 7d, 12w, 6m, 1y
    #[arg(hide_short_help = true, long, value_name = "DURATION", value_parser = values::days)]
    pub within: Option<Days>,
    /// Keep rows with an access
    #[arg(hide_short_help = true, long)]
    pub used: bool,
    /// Keep rows that are unused
    #[arg(hide_short_help = true, long, conflicts_with = "used")]
    pub unused: bool,
}

/// Whose the dumps are. Under whatever heading stands above.
#[derive(Debug, Clone, Args)]
pub struct WhoseArgs {
    /// CSV or JSON that maps paths or `JobId`s to ARNs
    #[arg(hide_short_help = true, long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// How paths name entities: {account}/{type}/{name}.json
    #[arg(hide_short_help = true, long, value_name = "TEMPLATE")]
    pub path_template: Option<String>,
    /// Do not infer the entity of a dump from the only role or user that used what it lists
    #[arg(hide_short_help = true, long)]
    pub no_infer: bool,
}

/// What a store is told about its dumps.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Kept in the store, for every report and the tables")]
pub struct SayingArgs {
    /// Whose the dumps are.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Count ages from DATE instead of from each dump's own date; a day means its start (UTC)
    #[arg(long, value_name = "DATE|today", value_parser = values::when)]
    pub as_of: Option<When>,
    /// Decisions to keep, remove or ask (TOML or CSV), in place of those that were kept from a file of this name; may be repeated
    #[arg(long, value_name = "FILE")]
    pub decisions: Vec<PathBuf>,
}

/// How inputs are read and entities made out.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// Whose the dumps are.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Date of dumps that have no date of their own; a day means its start (UTC)
    #[arg(hide_short_help = true, long, value_name = "DATE", value_parser = values::when)]
    pub made_at: Option<When>,
    /// Accesses known from elsewhere (CSV or JSON lines: arn, service, action, time); may be repeated
    #[arg(hide_short_help = true, long, value_name = "FILE")]
    pub also_used: Vec<PathBuf>,
    /// Names and owners of accounts (CSV or JSON lines: `account_id`, name, owner)
    #[arg(hide_short_help = true, long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// The tag of users and roles that names their owner, in account authorization details
    #[arg(hide_short_help = true, long, value_name = "NAME")]
    pub owner_tag: Option<String>,
    /// Replace the built-in dates and names with the CSV files in DIR
    #[arg(hide_short_help = true, long, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,
    /// AWS's service reference: a folder of its JSON files, one of them, or a zip; says which actions AWS tracks
    #[arg(hide_short_help = true, long, value_name = "PATH")]
    pub service_reference: Option<PathBuf>,
    /// Ceilings.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Memory for rows of a listing; the rest is packed [default: 64MiB]
    #[arg(hide_short_help = true, long, value_name = "SIZE", value_parser = values::bytes)]
    pub memory: Option<Bytes>,
    /// Threads to work with [default: one per processor]
    #[arg(hide_short_help = true, long, value_name = "N", allow_negative_numbers = true, value_parser = values::threads)]
    pub threads: Option<NonZeroUsize>,
    /// Exit with 3 on warnings about inputs too
    #[arg(hide_short_help = true, long)]
    pub strict: bool,
    /// Pseudonyms.
    #[command(flatten)]
    pub redact: RedactArgs,
}

/// Whether names are shown.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct RedactArgs {
    /// Replace names of accounts, entities, policies, people and files with pseudonyms, everywhere; AWS's own names stay
    #[arg(hide_short_help = true, long)]
    pub redact: bool,
    /// Make the pseudonyms with the secret in FILE, so that every run has the same [default: a random one for the run]
    #[arg(hide_short_help = true, long, value_name = "FILE", requires = "redact")]
    pub redact_key: Option<PathBuf>,
}

/// Ceilings for hostile input, and how far it reaches.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Reading")]
pub struct LimitArgs {
    /// Reject documents larger than this (unpacked) [default: a quarter of memory, 4GiB at most]
    #[arg(hide_short_help = true, long, value_name = "SIZE", value_parser = values::bytes)]
    pub max_bytes: Option<Bytes>,
    /// Reject archives with more members [default: 100000]
    #[arg(hide_short_help = true, long, value_name = "N", allow_negative_numbers = true, value_parser = values::positive)]
    pub max_members: Option<NonZeroUsize>,
    /// Reject documents with objects and lists that nest deeper [default: 32]
    #[arg(hide_short_help = true, long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(u8).range(1..=100))]
    pub max_depth: Option<u8>,
    /// Reject answers with more service and action rows [default: 10000000]
    #[arg(hide_short_help = true, long, value_name = "N", allow_negative_numbers = true, value_parser = values::positive)]
    pub max_dump_rows: Option<NonZeroUsize>,
    /// Follow links that lead out of the given folders
    #[arg(hide_short_help = true, long)]
    pub follow_links: bool,
}

/// Which rows and columns of a report are written, and in which order.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct ViewArgs {
    /// Order rows by this column; `risk` puts the highest risk first, `entity` is the order of files [default: risk in a table, where it
    /// is known, else entity]
    #[arg(long, value_name = "COLUMN[:desc]", value_parser = values::order)]
    pub sort: Option<Order>,
    /// Write these columns only: `entity,account,service,last_used`, or any other by its name in CSV
    #[arg(long, value_name = "NAMES", value_delimiter = ',', conflicts_with = "wide")]
    pub columns: Vec<String>,
    /// Show every column of a table, including the ARN, in lines of any length
    #[arg(long)]
    pub wide: bool,
    /// Write only the first N rows; 0 writes all [default: 40 on a terminal, else all]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = values::whole)]
    pub limit: Option<usize>,
}

/// Where the report goes, and in which format.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// What of it.
    #[command(flatten)]
    pub view: ViewArgs,
    /// How to write the report [default: by the name of FILE, else a table on a terminal, else csv]
    #[arg(long, alias = "formats", value_name = "FORMAT", value_parser = one_of(Format::ALL, Format::as_str))]
    pub format: Option<Format>,
    /// How CSV guards texts that a spreadsheet could run: excel puts an apostrophe before them, plain writes them as they are
    #[arg(hide_short_help = true, long, value_name = "DIALECT", value_enum, default_value_t)]
    pub csv_dialect: CsvDialectArg,
    /// Write to FILE instead of stdout; `-` is stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace FILE if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
    /// Permissions of the files that are written, such as 600 [default: what the umask leaves]
    #[arg(hide_short_help = true, long, value_name = "MODE", requires = "output", value_parser = values::mode)]
    pub mode: Option<u32>,
    /// Maximum rows of a Markdown table; 0 shows all [default: 200]
    #[arg(hide_short_help = true, long, value_name = "N", allow_negative_numbers = true, value_parser = values::whole)]
    pub max_rows: Option<usize>,
}

/// `--csv-dialect`, as typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CsvDialectArg {
    /// For spreadsheet programs.
    #[default]
    Excel,
    /// For programs that join by names.
    Plain,
}

impl From<CsvDialectArg> for CsvDialect {
    fn from(dialect: CsvDialectArg) -> Self {
        match dialect {
            CsvDialectArg::Excel => Self::Excel,
            CsvDialectArg::Plain => Self::Plain,
        }
    }
}

/// A condition of `--fail-on`, as typed: `unused`, or `unused>100`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailOnMore {
    /// What is counted.
    pub what: FailOn,
    /// How many there may be.
    pub allowed: u64,
}

impl FailOnMore {
    /// From `unused` or `unused>100`, where `all` are the conditions that the report has; none where it has no such condition.
    fn parse(text: &str, all: &[FailOn]) -> Option<Result<Self, String>> {
        let (name, allowed) = text.split_once('>').map_or((text, None), |(name, allowed)| (name, Some(allowed)));
        let what = all.iter().copied().find(|of| of.as_str() == name)?;
        let Some(allowed) = allowed else { return Some(Ok(Self { what, allowed: 0 })) };
        let is_number = !allowed.is_empty() && allowed.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_number { allowed.parse().ok() } else { None };
        Some(number.map_or_else(
            || Err(format!("write how many are allowed as a whole number, as in '{name}>100'")),
            |allowed| Ok(Self { what, allowed }),
        ))
    }
}

/// Reads [`FailOnMore`]; help and completions list the names of the conditions.
#[derive(Debug, Clone, Copy)]
pub struct FailOnParser(pub &'static [FailOn]);

impl TypedValueParser for FailOnParser {
    type Value = FailOnMore;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<FailOnMore, clap::Error> {
        let text = value.to_str().unwrap_or_default();
        let name = || arg.map_or_else(|| "--fail-on".to_owned(), ToString::to_string);
        match FailOnMore::parse(text, self.0) {
            Some(Ok(condition)) => Ok(condition),
            Some(Err(why)) => {
                let refusal = format!("invalid value '{text}' for '{}': {why}", name());
                Err(clap::Error::raw(ErrorKind::ValueValidation, refusal + "\n").with_cmd(command))
            }
            None => {
                let mut refusal = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
                let names = self.0.iter().map(|of| of.as_str().to_owned()).collect();
                refusal.insert(ContextKind::InvalidArg, ContextValue::String(name()));
                refusal.insert(ContextKind::InvalidValue, ContextValue::String(text.to_owned()));
                refusal.insert(ContextKind::ValidValue, ContextValue::Strings(names));
                Err(refusal)
            }
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(|of| PossibleValue::new(of.as_str()))))
    }
}

impl Display for FailOnMore {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.allowed {
            0 => write!(f, "{}", self.what.as_str()),
            allowed => write!(f, "{}>{allowed}", self.what.as_str()),
        }
    }
}

/// A condition under which a written report ends with exit code 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// A row of an "unused" report, after all filters, was not there before.
    New,
    /// A row of an "unused" report, after all filters, has the verdict `unused`.
    Unused,
    /// The same with `stale`.
    Stale,
    /// A row is contradicted: the documents disprove one another.
    Contradicted,
    /// An input was not read or is incomplete; with `--strict`, or has a warning.
    Incomplete,
    /// A decision to keep has run out.
    ExpiredDecision,
    /// A decision is about nothing that the inputs show.
    UnmatchedDecision,
    /// A permission that was to be removed is still granted after its day.
    Overdue,
    /// A permission that was to be removed was used after that was decided.
    ContradictedDecision,
}

impl FailOn {
    /// The conditions of reports that list what to remove.
    pub const ALL: &[Self] = &[
        Self::Unused,
        Self::Stale,
        Self::New,
        Self::Contradicted,
        Self::Incomplete,
        Self::ExpiredDecision,
        Self::UnmatchedDecision,
        Self::Overdue,
        Self::ContradictedDecision,
    ];
    /// The conditions of all other reports.
    pub const INPUTS: &[Self] = &[
        Self::Contradicted,
        Self::Incomplete,
        Self::ExpiredDecision,
        Self::UnmatchedDecision,
        Self::Overdue,
        Self::ContradictedDecision,
    ];
    /// The conditions of reports that do not take decisions.
    pub const WITHOUT_DECISIONS: &[Self] = &[Self::Contradicted, Self::Incomplete];

    /// Whether it is about decisions.
    pub const fn is_about_decisions(self) -> bool {
        matches!(self, Self::ExpiredDecision | Self::UnmatchedDecision | Self::Overdue | Self::ContradictedDecision)
    }

    /// As typed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unused => "unused",
            Self::Stale => "stale",
            Self::Contradicted => "contradicted",
            Self::Incomplete => "incomplete",
            Self::ExpiredDecision => "expired-decision",
            Self::UnmatchedDecision => "unmatched-decision",
            Self::Overdue => "overdue",
            Self::ContradictedDecision => "contradicted-decision",
        }
    }
}
