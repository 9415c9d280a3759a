//! Whole command lines, resolved at a desk where it is always 2026-05-06 and stdout is no terminal.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Parser;
use dormant::model::{Day, Level};
use dormant::render::output::{Placing, Target};
use dormant::render::{Format, RenderOptions};
use dormant::report::Parameter;

use dormant::analyse::ReportSpec;

use super::*;
use crate::cli::args::{Cli, Command, FailOn};

const fn any(what: FailOn) -> FailOnMore {
    FailOnMore { what, allowed: 0 }
}

fn desk() -> Surroundings {
    let today = NaiveDate::from_ymd_opt(2026, 5, 6).expect("a date");
    Surroundings {
        memory: None,
        cache: None,
        today: Day::of_date(today),
        stdout_is_terminal: false,
        stdout_takes_color: false,
        columns: Some(120),
    }
}

fn resolve_at(around: &Surroundings, line: &str) -> Result<Settings, clap::Error> {
    let cli = Cli::try_parse_from(line.split_whitespace())?;
    match &cli.command {
        Command::Report(command) => Settings::resolve(command, around),
        other => panic!("{other:?} makes no report"),
    }
}

fn resolved(line: &str) -> Settings {
    resolve_at(&desk(), line).unwrap_or_else(|refusal| panic!("{line}\n{refusal}"))
}

/// What is said about a command line that must be refused as a usage error.
fn refusal(line: &str) -> String {
    let Err(refusal) = resolve_at(&desk(), line) else { panic!("{line} is not refused") };
    assert_eq!(refusal.exit_code(), 2, "{line}");
    refusal.to_string()
}

fn format(settings: &Settings) -> Format {
    match &settings.destination {
        Destination::One { format, .. } => *format,
        Destination::Findings { .. } => Format::Asff,
        Destination::Proposals { .. } | Destination::Folder { .. } => panic!("a folder has many formats"),
    }
}

#[test]
fn findings_for_security_hub_are_a_folder() {
    let settings = resolved("dormant unused dumps/ --format asff -o findings --security-hub-region eu-central-1");
    assert_eq!(format(&settings), Format::Asff);
    let Destination::Findings { region, placing, .. } = &settings.destination else { panic!("no folder") };
    assert_eq!((region.as_deref(), placing.force), (Some("eu-central-1"), false));
    assert!(settings.request.hash_inputs, "its manifest lists the inputs");
    refusal("dormant unused dumps/ --format asff");
}

#[test]
fn defaults_are_those_of_the_library() {
    let request = resolved("dormant unused dumps/").request;
    let (usual, limits) = (Params::default(), Limits::default());
    assert_eq!(request.params.stale_after, usual.stale_after);
    assert_eq!(request.params.buckets, usual.buckets);
    assert_eq!(request.limits.document_bytes, limits.document_bytes);
    assert_eq!(request.limits.archive_members, limits.archive_members);
    assert!(request.saying.is_nothing() && !request.hash_inputs && !request.audit);
}

#[test]
fn a_document_may_take_a_quarter_of_memory_unless_more_is_typed() {
    let of = |typed: &str| {
        let around = Surroundings { memory: Some(1 << 30), ..desk() };
        let settings = resolve_at(&around, typed).expect("a command line that can be obeyed");
        (settings.request.limits.document_bytes, settings.request.limits.unpacked_bytes)
    };
    assert_eq!(of("dormant list dumps/"), (256 << 20, 1 << 20));
    assert_eq!(of("dormant list dumps/ --max-bytes 2G"), (2 << 30, 2 << 30));
    assert_eq!(of("dormant list dumps/ --max-bytes 1M"), (1 << 20, 1 << 20));
}

#[test]
fn the_help_states_the_defaults_of_the_library() {
    let help = command_line().find_subcommand_mut("unused").expect("a command").render_long_help().to_string();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let (limits, rows) = (Limits::default(), RenderOptions::default().max_rows);
    assert!(help.contains(&format!("{}GiB at most]", limits.document_bytes >> 30)), "{help}");
    assert!(help.contains(&format!("[default: {}]", limits.archive_members)), "{help}");
    assert!(help.contains(&format!("[default: {rows}]")), "{help}");
}

#[test]
fn as_of_today_is_the_start_of_the_day_and_shown_as_a_date() {
    let settings = resolved("dormant unused dumps/ --as-of today");
    assert_eq!(settings.request.saying.as_of.map(|i| i.to_string()), Some("2026-05-06T00:00:00Z".into()));
    let as_of = Parameter::text("as_of", "as of", "2026-05-06".into());
    assert!(settings.parameters.contains(&as_of), "{:?}", settings.parameters);
}

#[test]
fn at_includes_the_whole_day() {
    let at = resolved("dormant unused dumps/ --at 2026-04-01").request.params.at;
    assert_eq!(at.map(|i| i.to_string()), Some("2026-04-01T23:59:59.999Z".into()));
}

#[test]
fn the_parameters_name_the_filters() {
    let settings =
        resolved("dormant list dumps/ --service ec2,s3 --within 7d --entity prod-* --entity *-api --no-infer");
    let shown: Vec<String> =
        settings.parameters.iter().map(|asked| format!("{}: {}", asked.label, asked.shown)).collect();
    assert_eq!(
        shown,
        [
            "stale after: 90 days",
            "buckets: 30,90,180,365",
            "as of: the date of each dump",
            "entities: prod-*, *-api",
            "services: ec2, s3",
            "accessed within: 7 days",
            "inferred entities: not accepted",
        ]
    );
}

#[test]
fn a_terminal_gets_a_table_and_nothing_binary() {
    let terminal = Surroundings { stdout_is_terminal: true, stdout_takes_color: true, ..desk() };
    let at_terminal = |line| resolve_at(&terminal, line);
    let options = RenderOptions { width: Some(120), limit: Some(40), color: true, ..RenderOptions::default() };
    // Only a person at a terminal is told how old the data is.
    let options = RenderOptions { today: Some(terminal.today), ..options };
    assert_eq!(
        at_terminal("dormant list dumps/").expect("is fine").destination,
        Destination::One { target: Target::Stdout, placing: Placing::default(), format: Format::Table, options }
    );
    assert_eq!(format(&at_terminal("dormant list dumps/ --format csv").expect("is fine")), Format::Csv);
    assert!(at_terminal("dormant list dumps/ --format parquet").is_err());
    assert_eq!(format(&at_terminal("dormant list dumps/ -o x --format parquet").expect("is fine")), Format::Parquet);
}

#[test]
fn a_file_has_the_format_of_its_name_unless_told_otherwise() {
    assert_eq!(format(&resolved("dormant list dumps/")), Format::Csv);
    assert_eq!(format(&resolved("dormant list dumps/ -o x.MD")), Format::Md);
    assert_eq!(format(&resolved("dormant list dumps/ -o x.html")), Format::Html);
    assert_eq!(format(&resolved("dormant list dumps/ -o x.md --format json")), Format::Json);
    assert_eq!(format(&resolved("dormant list dumps/ -o x")), Format::Csv);
    assert!(refusal("dormant list dumps/ -o x.ods").contains("--format table|csv|md"));
    assert_eq!(format(&resolved("dormant list dumps/ -o x.xlsx")), Format::Xlsx);
    assert!(refusal("dormant list dumps/ --format xlsx").contains("give -o FILE"));
    assert!(refusal("dormant list dumps/ --max-rows 5").contains("--format md"));
}

#[test]
fn report_asks_for_the_tables_and_hashes_of_its_folder() {
    let settings = resolved("dormant report dumps/ -o audit --fail-on unused,incomplete");
    assert!(settings.request.hash_inputs && settings.request.audit);
    // Two of them are rows for the page alone.
    assert_eq!(settings.request.specs.len(), 18);
    assert_eq!(resolved("dormant report dumps/ -o audit --formats csv,md").request.specs.len(), 16);
    assert_eq!(settings.fail_on, [any(FailOn::Unused), any(FailOn::Incomplete)]);
    assert!(refusal("dormant report dumps/").contains("--output <DIR>"));
}

#[test]
fn diff_has_two_sides() {
    let request = resolved("dormant diff old new").request;
    assert_eq!((request.old_paths, request.paths), (vec![PathBuf::from("old")], vec![PathBuf::from("new")]));
    let request = resolved("dormant diff dumps/ --from 2026-01-31 --to 2026-04-30").request;
    assert_eq!(request.from.map(|i| i.to_string()), Some("2026-01-31T23:59:59.999Z".into()));
    assert!(request.old_paths.is_empty());
    refusal("dormant diff dumps/");
    refusal("dormant diff a b c");
    refusal("dormant diff old new --from 2026-01-31 --to 2026-04-30");
    refusal("dormant diff dumps/ --from 2026-01-31");
    assert!(refusal("dormant diff dumps/ --from 2026-04-30 --to 2026-04-29").contains("after"));
    refusal("dormant diff old new --at 2026-04-30");
    refusal("dormant diff old new --snapshots all");
    refusal("dormant diff - -");
}

#[test]
fn an_action_filter_needs_rows_about_actions() {
    resolved("dormant list dumps/ --action ec2:*");
    resolved("dormant unused dumps/ --level action --action ec2:*");
    assert!(refusal("dormant unused dumps/ --action ec2:*").contains("--level action"));
    assert!(refusal("dormant compare dumps/ --roles --action ec2:*").contains("use list"));
    resolved("dormant services dumps/ --action ec2:*");
    assert!(refusal("dormant report dumps/ -o audit --action ec2:*").contains("whole entities"));
    refusal("dormant unused dumps/ --all-actions");
}

#[test]
fn filters_that_keep_no_row_are_refused() {
    refusal("dormant list dumps/ --used --unused");
    refusal("dormant list dumps/ --unused --within 7d");
    refusal("dormant list dumps/ --unused --region eu-central-1");
    refusal("dormant list dumps/ --used --verdict unused");
    refusal("dormant list dumps/ --unused --verdict active,stale");
    refusal("dormant unused dumps/ --verdict active");
    resolved("dormant list dumps/ --used --verdict unused,stale");
    resolved("dormant list dumps/ --unused --verdict unused");
    resolved("dormant unused dumps/ --verdict stale");
}

#[test]
fn dates_that_undo_each_other_are_refused() {
    refusal("dormant list dumps/ --as-of today --at 2026-04-01");
    refusal("dormant compare dumps/ --pairs --snapshots all");
    refusal("dormant grants dumps/ --snapshots all");
}

#[test]
fn a_condition_is_taken_only_where_it_means_something() {
    assert_eq!(resolved("dormant unused dumps/ --fail-on stale").fail_on, [any(FailOn::Stale)]);
    let typed = resolved("dormant unused dumps/ --fail-on stale>0,unused>100").fail_on;
    assert_eq!(typed, [any(FailOn::Stale), FailOnMore { what: FailOn::Unused, allowed: 100 }]);
    assert_eq!(resolved("dormant list dumps/ --fail-on incomplete").fail_on, [any(FailOn::Incomplete)]);
    let of_list = "[possible values: contradicted, incomplete, expired-decision, unmatched-decision, overdue, contradicted-decision]";
    assert!(refusal("dormant list dumps/ --fail-on unused").contains(of_list));
    assert!(refusal("dormant check dumps/ --fail-on overdue").contains("[possible values: contradicted, incomplete]"));
    for wrong in ["unused>", "unused>-1", "unused>1.5", "unused>many", "unused>99999999999999999999"] {
        let refusal = refusal(&format!("dormant unused dumps/ --fail-on {wrong}"));
        assert!(refusal.contains("a whole number, as in 'unused>100'"), "{refusal}");
    }
    // Whether there are any is known when the stores among the paths are open.
    assert_eq!(resolved("dormant list dumps/ --fail-on overdue").request.demand, Demand::Required);
    assert_eq!(resolved("dormant list dumps/ --due 3d").request.demand, Demand::Required);
    assert_eq!(resolved("dormant list dumps/ --fail-on incomplete").request.demand, Demand::Optional);
}

#[test]
fn compare_is_one_of_three() {
    let specs = |line| resolved(line).request.specs;
    assert_eq!(specs("dormant compare d --long"), [ReportSpec::Compare { level: Level::Service, long: true }]);
    assert_eq!(specs("dormant compare d --pairs --level action"), [ReportSpec::Pairs { level: Level::Action }]);
    assert_eq!(specs("dormant compare d --roles"), [ReportSpec::Roles]);
    refusal("dormant compare d --roles --pairs");
    refusal("dormant compare d --pairs --long");
    refusal("dormant compare d --roles --level action");
}

#[test]
fn a_mistyped_word_is_answered_with_the_accepted_ones() {
    let said = refusal("dormant list dumps/ --verdict unsued");
    assert!(said.contains("active") && said.contains("stale") && said.contains("unknown"), "{said}");
    assert!(refusal("dormant list dumps/ --stale-after 90").contains("12w"));
    for threads in ["0", "257", "4096", "100000000", "two"] {
        assert!(refusal(&format!("dormant list dumps/ --threads {threads}")).contains("--threads"), "{threads}");
    }
    assert_eq!(resolved("dormant list dumps/ --threads 256").threads.map(std::num::NonZeroUsize::get), Some(256));
    assert!(refusal("dormant list dumps/ --quiet --verbose").contains("--verbose"));
}

/// Exit code 0 of a gate that nothing can meet looks like good news.
#[test]
fn a_gate_that_no_row_can_meet_is_refused() {
    for closed in [
        "--verdict stale --fail-on unused",
        "--verdict unused --fail-on stale",
        "--unused --fail-on stale",
        "--used --fail-on unused",
        "--within 400d --fail-on unused",
        "--within 90d --fail-on stale",
        "--within 180d --stale-after 180d --fail-on stale>3",
        "--region eu-west-1 --fail-on unused,stale",
        "--within 7d --baseline 2026-01-01 --fail-on new",
        "--used --within 90d --baseline 2026-01-01 --fail-on new",
    ] {
        let refused = refusal(&format!("dormant unused dumps/ {closed}"));
        assert!(refused.contains("keeps none of these: leave one of the two out"), "{closed}\n{refused}");
    }
    for open in [
        "--verdict stale,unused --fail-on unused,stale",
        "--unused --fail-on unused",
        "--used --region eu-west-1 --fail-on stale",
        "--within 91d --fail-on stale",
        "--used --baseline 2026-01-01 --fail-on new",
        "--within 7d --fail-on incomplete,contradicted,overdue",
    ] {
        resolved(&format!("dormant unused dumps/ {open}"));
    }
}

/// What a person might give for an option of this value.
fn typical(arg: &clap::Arg) -> Option<String> {
    if !arg.get_action().takes_values() {
        return Some(String::new());
    }
    if let Some(value) = arg.get_possible_values().first().filter(|_| arg.get_id() != "verdict") {
        return Some(value.get_name().to_owned());
    }
    let names = arg.get_value_names()?;
    let value = match (arg.get_id().as_str(), names.first()?.as_str()) {
        ("verdict", _) => "stale",
        ("output", "FILE") => "x.md",
        ("sample" | "seed" | "baseline" | "path_template", _) => return None,
        (_, "DURATION") => "7d",
        (_, "DAYS") => "30,90",
        (_, "DATE" | "DATE|today") => "2026-05-01",
        (_, "ID") => "111122223333",
        (_, "N") => "5",
        (_, "SIZE") => "1MiB",
        (_, "MODE") => "600",
        (_, "REGION") => "eu-west-1",
        (_, "NS") => "s3",
        (_, "ARN") => "arn:aws:iam::111122223333:role/a",
        (_, "COLUMN[:desc]" | "NAMES") => "entity",
        (_, "FILE" | "DIR" | "PATH" | "GLOB" | "NAME" | "TEXT" | "TEMPLATE") => "x",
        (id, name) => panic!("which value has --{id} {name}?"),
    };
    Some(value.to_owned())
}

/// A help that lists what is always refused sends its reader to an error.
#[test]
fn no_option_in_help_is_always_refused() {
    let (mut tried, mut wrong) = (0, Vec::new());
    let root = crate::cli::args::command_line();
    for command in root.get_subcommands() {
        let needed = match command.get_name() {
            "explain" => "dumps/ --entity x",
            "report" => "dumps/ -o audit",
            "diff" => "old/ new/",
            "ingest" | "store" | "sql" | "demo" | "collect-script" | "import-decisions" | "verify" | "completions"
            | "man" => {
                continue;
            }
            _ => "dumps/",
        };
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let Some((long, value)) = arg.get_long().zip(typical(arg)) else { continue };
            if needed.contains(&format!("--{long} ")) {
                continue;
            }
            let line = format!("dormant {} {needed} --{long} {value}", command.get_name());
            tried += 1;
            let Err(refused) = resolve_at(&desk(), &line) else { continue };
            let refused = refused.to_string();
            // It depends on another option, or on the format.
            let depends = [" too", "leave it out", "-o", "more than once", "required", "cannot be used with"];
            if !depends.iter().any(|word| refused.contains(word)) {
                wrong.push(format!("{line}\n{refused}"));
            }
        }
    }
    assert!(tried > 500 && wrong.is_empty(), "{tried}\n{}", wrong.join("\n"));
}
