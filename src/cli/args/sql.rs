//! `sql`: the reports as statements for other engines. Takes what the reports take, but no paths: the engine reads the store.

use crate::cli::sql::Dialect;
use clap::{Args, Subcommand};
use dormant::model::Level;

use super::commands::ByArg;
use super::examples;
use super::groups::{CountArgs, FilterArgs};
use crate::cli::values::{self, When, one_of};

/// `sql`.
#[derive(Debug, Clone, Args)]
pub struct SqlArgs {
    /// Which statement.
    #[command(subcommand)]
    pub statement: SqlCommand,
}

/// The statements.
#[derive(Debug, Clone, Subcommand)]
pub enum SqlCommand {
    /// Print the statements that declare a store's tables and views to the engine; the reports read those
    #[command(after_help = examples::SQL_SCHEMA)]
    Schema(SchemaArgs),
    /// Print a report as one statement.
    #[command(flatten)]
    Report(Box<SqlReportCommand>),
}

/// The reports that a store can answer.
#[derive(Debug, Clone, Subcommand)]
pub enum SqlReportCommand {
    /// Print the statement of `dormant summary`
    Summary(SqlPlainArgs),
    /// Print the statement of `dormant services`
    Services(SqlPlainArgs),
    /// Print the statement of `dormant unused`
    Unused(SqlUnusedArgs),
    /// Print the statement of `dormant staleness`
    Staleness(SqlStalenessArgs),
    /// Print the statement of `dormant compare`
    Compare(SqlCompareArgs),
    /// Print the statement of `dormant diff`, between two dates
    Diff(SqlDiffArgs),
    /// Print the statement of `dormant trend`
    Trend(SqlPlainArgs),
    /// Print the statement of `dormant list`
    List(SqlListArgs),
    /// Print the statement of `dormant grants`, at service level
    Grants(SqlPlainArgs),
    /// Print the statement of `dormant organizations`
    Organizations(SqlOtherArgs),
    /// Print the statement of `dormant service-entities`
    ServiceEntities(SqlOtherArgs),
    /// Print the statement of `dormant check`
    Check(DialectArgs),
}

/// The engine.
#[derive(Debug, Clone, Copy, Args)]
pub struct DialectArgs {
    /// The engine
    #[arg(long, value_name = "DIALECT", value_parser = one_of(Dialect::ALL, Dialect::as_str))]
    pub dialect: Dialect,
}

/// `sql schema`.
#[derive(Debug, Clone, Args)]
pub struct SchemaArgs {
    /// The engine.
    #[command(flatten)]
    pub engine: DialectArgs,
    /// The store, as the engine finds it: a folder, or a URL such as `s3://bucket/store`
    #[arg(long, value_name = "DIR")]
    pub store: String,
}

/// A report without options of its own, and what all share.
#[derive(Debug, Clone, Args)]
#[command(mut_arg("at", |at| at.hide(true)))]
pub struct SqlPlainArgs {
    /// The engine.
    #[command(flatten)]
    pub engine: DialectArgs,
    /// What counts as used.
    #[command(flatten)]
    pub count: CountArgs,
    /// Which rows to keep.
    #[command(flatten)]
    pub filter: FilterArgs,
}

/// `sql unused`.
#[derive(Debug, Clone, Args)]
pub struct SqlUnusedArgs {
    /// List services, or the actions of services that are in use
    #[arg(long, value_name = "LEVEL", default_value = "service", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Level,
    /// With --level action: include actions of services that are stale or unused as a whole
    #[arg(long)]
    pub all_actions: bool,
    /// What all share.
    #[command(flatten)]
    pub plain: SqlPlainArgs,
}

/// `sql staleness`.
#[derive(Debug, Clone, Args)]
pub struct SqlStalenessArgs {
    /// What a row is about
    #[arg(long, value_name = "KEY", value_enum, default_value_t)]
    pub by: ByArg,
    /// Count services or actions
    #[arg(long, value_name = "LEVEL", default_value = "service", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Level,
    /// What all share.
    #[command(flatten)]
    pub plain: SqlPlainArgs,
}

/// `sql compare`.
#[derive(Debug, Clone, Args)]
pub struct SqlCompareArgs {
    /// Compare services or actions [default: service]
    #[arg(long, value_name = "LEVEL", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Option<Level>,
    /// One row per entity and permission; a column per entity is beyond SQL
    #[arg(long)]
    pub long: bool,
    /// One row per pair of entities: what they share
    #[arg(long, conflicts_with = "long")]
    pub pairs: bool,
    /// One row per role name across accounts, and service
    #[arg(long, conflicts_with_all = ["long", "pairs", "level"])]
    pub roles: bool,
    /// What all share.
    #[command(flatten)]
    pub plain: SqlPlainArgs,
}

/// `sql diff`.
#[derive(Debug, Clone, Args)]
pub struct SqlDiffArgs {
    /// The old side: each entity's newest dump of this date or before; a day means its end (UTC)
    #[arg(long, value_name = "DATE", value_parser = values::when)]
    pub from: When,
    /// The new side: each entity's newest dump of this date or before; a day means its end (UTC)
    #[arg(long, value_name = "DATE", value_parser = values::when)]
    pub to: When,
    /// Compare services or actions
    #[arg(long, value_name = "LEVEL", default_value = "service", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Level,
    /// Include permissions with only a newer date
    #[arg(long)]
    pub all: bool,
    /// What all share.
    #[command(flatten)]
    pub plain: SqlPlainArgs,
}

/// `sql list`.
#[derive(Debug, Clone, Args)]
pub struct SqlListArgs {
    /// List services or actions
    #[arg(long, value_name = "LEVEL", default_value = "action", value_parser = one_of(Level::ALL, Level::as_str))]
    pub level: Level,
    /// What all share.
    #[command(flatten)]
    pub plain: SqlPlainArgs,
}

/// `sql organizations` and `sql service-entities`: nothing is judged.
#[derive(Debug, Clone, Args)]
pub struct SqlOtherArgs {
    /// The engine.
    #[command(flatten)]
    pub engine: DialectArgs,
    /// Which rows to keep.
    #[command(flatten)]
    pub filter: FilterArgs,
}
