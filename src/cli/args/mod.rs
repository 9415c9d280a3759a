//! The command line as typed: words into checked values, no file and no clock touched, nothing resolved yet.
//!
//! What an option means beside the others is settled in [`settings`](super::settings).

mod collect;
mod commands;
mod demo;
mod examples;
mod groups;
mod sql;

pub use collect::{CollectScriptArgs, CollectShell};
pub use commands::{
    Command, CompactArgs, CompletionsArgs, DiffArgs, EngagementArgs, ExportArgs, FolderArgs, ForgetArgs,
    ImportDecisionsArgs, IngestArgs, ManArgs, OtherArgs, PlainArgs, RecommendArgs, ReportCommand, StoreCommand,
    UnusedArgs, VerifyArgs, VerifyAuditArgs,
};
pub use demo::DemoArgs;
pub use groups::{
    ColorWhen, CommonArgs, CountArgs, CsvDialectArg, DecisionArgs, FailOn, FailOnMore, FilterArgs, GlobalArgs,
    LimitArgs, OutputArgs, ReadingArgs, RedactArgs, SayingArgs, Snapshots, ViewArgs, WhoseArgs,
};

pub use sql::{DialectArgs, SqlArgs, SqlCommand, SqlOtherArgs, SqlPlainArgs, SqlReportCommand};

use std::sync::LazyLock;

use clap::{CommandFactory, Parser};

use dormant::util::wrap::wrap;

use super::exit;

/// Finds the AWS permissions that nobody uses, in saved IAM last-accessed dumps.
///
/// Reads saved output of `aws iam get-service-last-accessed-details` and two related commands: files, folders, archives. Works offline: nothing leaves this machine.
///
/// A permission is called unused only if the dumps prove it: a complete list, at least --stale-after of watching, and no
/// access. Inputs that are not read or incomplete are named on stderr and by `dormant check`.
#[derive(Debug, Parser)]
#[command(name = "dormant", version = VERSION.as_str(), after_help = root_epilogue(), max_term_width = WIDEST_HELP)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// The program's version and the date of its list of services and actions, which ages faster than the program.
static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} (catalogue of {})", env!("CARGO_PKG_VERSION"), dormant::catalogue::DATE));

fn root_epilogue() -> String {
    format!("{}\n\n{}", examples::ROOT, exit::table())
}

/// The whole command line as clap sees it: for parsing, completions, the man page, and errors in clap's own style.
pub fn command_line() -> clap::Command {
    let without = |arg: clap::Arg, refused: &[&str]| {
        let is_hidden = arg.is_hide_set() || refused.contains(&arg.get_id().as_str());
        arg.hide(is_hidden)
    };
    let root = REFUSED.iter().fold(Cli::command(), |root, (command, refused)| {
        root.mut_subcommand(command, |command| command.mut_args(|arg| without(arg, refused)))
    });
    let template = template(&root);
    root.help_template(template)
}

/// The shared options that a command always refuses, with a reason: its help and its man page leave them out.
const REFUSED: [(&str, &[&str]); 12] = [
    (
        "overview",
        &[
            "service",
            "action",
            "region",
            "verdict",
            "within",
            "used",
            "unused",
            "sort",
            "columns",
            "wide",
            "limit",
            "snapshots",
        ],
    ),
    ("explain", &["region", "verdict", "within", "used", "unused", "sort", "columns", "wide", "limit", "snapshots"]),
    ("decisions", &["region", "verdict", "within", "used", "unused", "snapshots"]),
    (
        "recommend",
        &[
            "region",
            "verdict",
            "within",
            "used",
            "unused",
            "snapshots",
            "at",
            "include_aws_controlled",
            "redact",
            "redact_key",
        ],
    ),
    ("report", &["service", "action", "region", "verdict", "within", "used", "unused", "snapshots"]),
    ("diff", &["at", "snapshots"]),
    ("compare", &["snapshots"]),
    ("grants", &["snapshots"]),
    ("entities", &["service", "action", "region", "snapshots"]),
    ("credentials", &["service", "action", "snapshots"]),
    ("organizations", &["account", "kind", "entity", "action", "verdict", "unused"]),
    ("service-entities", &["action", "region", "verdict", "unused"]),
];

/// The commands as help lists them, by what a reader wants to do.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Start here", &["demo", "collect-script", "overview", "explain", "report", "unused", "summary", "check"]),
    (
        "Look closer",
        &[
            "services",
            "entities",
            "credentials",
            "decisions",
            "staleness",
            "list",
            "grants",
            "recommend",
            "compare",
            "organizations",
            "service-entities",
        ],
    ),
    ("Over time", &["diff", "trend"]),
    ("Store and pipelines", &["ingest", "store", "sql", "import-decisions", "verify", "completions", "man", "help"]),
];

/// What stands before the description of a command: two blanks, its name, two blanks.
const INDENT: usize = 20;

/// As clap finds it: the terminal, then COLUMNS, and lines that are easy to read.
fn width_of_help() -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let told = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal.or_else(told).unwrap_or(WIDEST_HELP).min(WIDEST_HELP)
}

const WIDEST_HELP: usize = 100;

/// The help of the program: as clap writes it, but with the commands in groups, which clap does not know.
fn template(root: &clap::Command) -> String {
    let width = width_of_help();
    let mut text = String::from("{about-with-newline}\n{usage-heading} {usage}\n");
    for (heading, names) in GROUPS {
        text.extend(["\n", heading, ":\n"]);
        for name in names {
            let about = root.find_subcommand(name).and_then(clap::Command::get_about).map(ToString::to_string);
            let about = about.unwrap_or_else(|| "Show the help of a command".to_owned());
            let lines = wrap(&about, width.saturating_sub(INDENT));
            text.extend([&format!("  {name:16}  "), &*lines.join(&format!("\n{}", " ".repeat(INDENT))), "\n"]);
        }
    }
    text.push_str("\nOptions:\n{options}{after-help}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let root = command_line();
        let mut commands: Vec<&str> = root.get_subcommands().map(clap::Command::get_name).chain(["help"]).collect();
        listed.sort_unstable();
        commands.sort_unstable();
        assert_eq!(listed, commands);
    }

    #[test]
    fn clap_finds_no_contradiction() {
        command_line().debug_assert();
    }

    #[test]
    fn every_command_shows_examples() {
        let root = command_line();
        for command in root.get_subcommands() {
            let epilogue = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let own = format!("dormant {}", command.get_name());
            assert!(epilogue.contains("Examples:") && epilogue.contains(&own), "{own}: {epilogue}");
        }
    }

    #[test]
    fn every_example_is_a_command_line_that_parses() {
        let root = command_line();
        let epilogues = root.get_subcommands().chain([&root]).filter_map(clap::Command::get_after_help);
        let mut examples = 0;
        for line in epilogues.flat_map(|text| text.to_string().lines().map(str::to_owned).collect::<Vec<_>>()) {
            let Some(words) = line.trim().strip_prefix("dormant ") else { continue };
            let words = words.split(['|', '>', '<']).next().unwrap_or(words);
            let words = words.split_whitespace().map(|word| word.trim_matches('\''));
            // A first word that is a path and no command is an overview of it.
            let words: Vec<_> = words.collect();
            let short = words.first().filter(|word| word.ends_with('/')).map(|_| "overview");
            if let Err(error) = Cli::try_parse_from(["dormant"].into_iter().chain(short).chain(words)) {
                panic!("{line}\n{error}");
            }
            examples += 1;
        }
        assert!(examples > 20, "only {examples} examples were found");
    }
}
