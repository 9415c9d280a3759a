//! The command-line program: arguments in, a report on stdout or in files, everything else on stderr, an exit code.
//!
//! The order of a run: [`args`] (as typed) → [`settings`] (resolved and cross-checked) → outputs checked → the library's run →
//! result written → problems told → [`exit`]. Only this part of the crate knows a terminal or a clock, and only this part uses
//! `anyhow`: the library's errors are typed.

mod args;
mod baseline;
mod cache;
mod collect;
mod demo;
mod exit;
mod fail_on;
mod findings;
mod folder;
mod foreign;
mod generate;
mod import_decisions;
mod memory;
mod messages;
mod progress;
mod proposals;
mod redact;
#[cfg(test)]
mod sample_for_tests;
mod screen;
mod settings;
mod signals;
mod sql;
mod store;
mod threads;
mod unmatched;
mod values;
mod verify;
mod view;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anyhow::{Result, bail};
use clap::FromArgMatches;
use dormant::analyse::ReportSpec;
use dormant::model::{Instant, Level, OtherOperation};
use dormant::problem::{Kind, counted};
use dormant::render::output::Target;
use dormant::render::{Format, render};
use dormant::report::{InputCounts, Parameter, Report};
use dormant::run::{self, Outcome, Request, RunError};
use dormant::util::numbers::thousands;

use args::{Cli, ColorWhen, Command, ReportCommand, SqlArgs, command_line};
use baseline::Baseline;
use exit::Exit;
use messages::Messages;
use progress::Bar;
use settings::{Destination, Settings, Surroundings};

/// Runs the program and says how it ended.
pub fn main() -> ExitCode {
    signals::clean_up();
    let parsed = command_line()
        .try_get_matches_from(screen::with_overview(std::env::args_os().collect()))
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(answer) => return told_by_clap(&foreign::explained(answer)).into(),
    };
    color_choice(cli.global.color).write_global();
    let messages = Messages::new(&cli.global);
    let ended = match &cli.command {
        Command::Report(command) => report(command, messages),
        Command::Sql(args) => statement(args),
        Command::Ingest(args) => store::ingest(args, messages),
        Command::Store(args) => store::store(&args.command, messages),
        Command::Demo(args) => demo::demo(args, messages).map(|()| Exit::Complete.into()),
        Command::CollectScript(args) => collect::collect_script(args).map(|()| Exit::Complete.into()),
        Command::ImportDecisions(args) => import_decisions::run(args, surroundings().today, messages).map(Into::into),
        Command::Verify(args) => verify::verify(args, messages).map(|()| Exit::Complete.into()),
        Command::Completions(args) => generate::completions(args).map(|()| Exit::Complete.into()),
        Command::Man(args) => generate::man(args).map(|()| Exit::Complete.into()),
    };
    ended.unwrap_or_else(|error| {
        messages::error(&error);
        exit::of_error(&error).into()
    })
}

fn report(command: &ReportCommand, messages: Messages) -> Result<ExitCode> {
    let mut settings = match Settings::resolve(command, &surroundings()) {
        Ok(settings) => settings,
        Err(refusal) => return Ok(told_by_clap(&refusal).into()),
    };
    if let Some(ended) = threads::settle(settings.threads)? {
        return Ok(ended);
    }
    for line in settings.destination.clear_leftovers() {
        messages.note(line);
    }
    settings.destination.check()?;
    settings.request.replaced = settings.destination.replaced();
    refuse_to_replace_what_is_named(&settings)?;
    settings.request.redact = redact::key(&settings.redact)?;
    let mut outcome = run(&settings, messages)?;
    if let Some(ended) = unmatched::told(&outcome.unmatched, &settings, messages) {
        return Ok(ended.into());
    }
    if let Some(ended) = screen::compose(&mut outcome, &settings)? {
        return Ok(ended.into());
    }
    let parameters = settings::with_said(&settings.parameters, &outcome.said);
    let parameters = outcome.redactor.as_ref().map_or(parameters.clone(), |redactor| redactor.parameters(&parameters));
    for report in &mut outcome.reports {
        // What was asked comes first; an analysis may have added what it found out.
        report.parameters.splice(0..0, parameters.iter().cloned());
    }
    let reports = match shown(&settings, &outcome.reports)? {
        Ok(reports) => reports,
        Err(refusal) => return Ok(told_by_clap(&settings::usage_error(command.name(), &refusal)).into()),
    };
    let new = baseline::count_new(&settings, &outcome.reports, messages)?;
    let short_inputs = exit::short_inputs(&outcome.problems, settings.strict);
    let met = |inputs: u64| {
        let (asked, specs) = (&settings.fail_on, &settings.request.specs);
        let shortcomings = fail_on::Shortcomings { new, inputs };
        fail_on::met(asked, specs, &outcome.reports, outcome.decisions.as_ref(), shortcomings)
    };
    let ends = |inputs: u64| Exit::of_report(!met(inputs).is_empty(), inputs > 0);
    let written = write(&settings, &parameters, &outcome, &reports, ends(short_inputs), messages);
    let (is_whole, last) = match written {
        // The report is there, and the reader of it has to know what was not read.
        Err(error) if exit::is_done(&error) => {
            messages::error(&error);
            (false, None)
        }
        written => (true, written?),
    };
    screen::tell_problems(&outcome, &settings, messages);
    if let Some(last) = last {
        messages.done(last);
    }
    // A result that is not whole falls short like an input.
    let short = short_inputs + u64::from(!is_whole);
    for condition in met(short) {
        messages::met(&condition);
    }
    Ok(ends(short).into())
}

/// `--force` on a file that is read would destroy what cannot be made again. The run itself looks at the files in folders of dumps.
fn refuse_to_replace_what_is_named(settings: &Settings) -> Result<()> {
    let request = &settings.request;
    let baseline = match &settings.baseline {
        Some(Baseline::Audit(folder)) => Some(folder),
        _ => None,
    };
    let files = request.paths.iter().chain(&request.old_paths).chain(&request.also_used).chain(&request.decisions);
    let files = files.chain(&request.saying.manifest).chain(&request.accounts).chain(&settings.redact.redact_key);
    let folders = [&request.catalogue, &request.service_reference].into_iter().flatten().chain(baseline);
    let named = files.map(|file| (file, request.replaced.holds(file)));
    let mut named = named.chain(folders.map(|folder| (folder, request.replaced.holds_any_of(folder))));
    match named.find(|(_, is_replaced)| *is_replaced) {
        Some((input, _)) => {
            let output = request.replaced.output().to_owned();
            Err(RunError::ReplacesInput { output, input: input.clone() }.into())
        }
        None => Ok(()),
    }
}

fn statement(args: &SqlArgs) -> Result<ExitCode> {
    match sql::text(&args.statement, &surroundings()) {
        Ok(text) => sql::print(&text).map(|()| Exit::Complete.into()),
        Err(refusal) => Ok(told_by_clap(&refusal).into()),
    }
}

/// The run, with a bar while it works. Where there is nothing to report on, the reasons are told before the error.
fn run(settings: &Settings, messages: Messages) -> Result<Outcome> {
    let bar = Bar::new(messages);
    let ended = run::run(&settings.request, &bar);
    bar.clear();
    match ended {
        Ok(outcome) => Ok(outcome),
        Err(RunError::NothingUsable { found, problems, has_policies }) => {
            messages.problems(&problems);
            let wanted = wanted_operation(&settings.request.specs);
            if found == 0 {
                let paths = settings.request.paths.iter().map(|path| format!("`{}`", path.display()));
                let paths: Vec<String> = paths.filter(|_| settings.request.redact.is_none()).collect();
                let paths = if paths.is_empty() { "the paths that were given".to_owned() } else { paths.join(", ") };
                bail!("no files in {paths}. `dormant collect-script` prints a script that saves dumps")
            }
            let files = counted(found, "file", "files");
            // One file of many says nothing about the others.
            let answer_of_another = problems.iter().find(|problem| problem.kind == Kind::OtherReport);
            let hint = answer_of_another.filter(|_| found == 1).map_or_else(
                || "Run `dormant check` with the same paths to see what each file is.".to_owned(),
                ToString::to_string,
            );
            let missing = missing(&settings.request.specs);
            let is_served =
                is_about_policies(&settings.request.specs) || settings.request.specs == [ReportSpec::Credentials];
            let of_policies = if has_policies && !is_served {
                " What the answers about policies tell is in `dormant grants`, `dormant entities` and `dormant credentials`."
            } else {
                ""
            };
            bail!("no {missing} in {files}. Expected output of `aws iam {wanted}`. {hint}{of_policies}")
        }
        Err(error) => Err(error.into()),
    }
}

/// The operation whose answers the reports rest on.
fn wanted_operation(specs: &[ReportSpec]) -> &'static str {
    match specs {
        [ReportSpec::OtherOperation(kind)] => kind.operation(),
        [ReportSpec::Credentials] => "get-credential-report",
        specs if is_about_policies(specs) => "get-account-authorization-details",
        _ => "get-service-last-accessed-details",
    }
}

/// What the reports rest on, in a sentence about its lack.
fn missing(specs: &[ReportSpec]) -> &'static str {
    match specs {
        [ReportSpec::OtherOperation(OtherOperation::Organizations)] => "usable organizations access report",
        [ReportSpec::OtherOperation(OtherOperation::Entities)] => "usable answer about the entities of a service",
        [ReportSpec::Credentials] => "password, access key or use of a role",
        specs if is_about_policies(specs) => "answer about policies",
        _ => "usable dump",
    }
}

/// Whether the reports rest on answers about policies.
fn is_about_policies(specs: &[ReportSpec]) -> bool {
    matches!(specs, [ReportSpec::Grants { .. } | ReportSpec::Recommend])
}

/// The reports as they are asked for, or why that cannot be.
fn shown(settings: &Settings, reports: &[Report]) -> Result<Result<Vec<Report>, String>> {
    let (format, options) = match &settings.destination {
        Destination::One { format, options, .. } => (*format, options),
        Destination::Findings { options, .. } => (Format::Asff, options),
        Destination::Folder { .. } | Destination::Proposals { .. } => return Ok(Ok(Vec::new())),
    };
    let shown = reports.iter().map(|report| view::view(report, settings.order.as_ref(), format, options));
    shown.collect()
}

/// Writes the result, and gives the last line to show: what is written, and where.
fn write(
    settings: &Settings,
    parameters: &[Parameter],
    outcome: &Outcome,
    reports: &[Report],
    ends: Exit,
    messages: Messages,
) -> Result<Option<String>> {
    let mut last = None;
    match &settings.destination {
        Destination::One { target, placing, format, options } => {
            for report in reports {
                target.write(*placing, |out| render(report, *format, options, out))?;
            }
            if let Target::File(path) = target {
                let most = options.limit.unwrap_or(usize::MAX);
                let rows: usize =
                    reports.iter().flat_map(|report| &report.sections).map(|s| s.table.height().min(most)).sum();
                let rows = counted(rows, "row", "rows");
                last = Some(format!("{rows} as {} in {}", format.as_str(), path.display()));
            }
            if format.holds_one_table() {
                // A bare table has no room for what qualifies its numbers.
                for remark in reports.iter().flat_map(|report| &report.sections).flat_map(|s| &s.remarks) {
                    messages.note(remark);
                }
            }
            if reports.iter().flat_map(|report| &report.sections).all(|section| section.table.height() == 0) {
                messages.note(no_rows(&settings.request));
            }
        }
        Destination::Folder { path, placing, formats, max_rows, csv, engagement } => {
            let bar = Bar::new(messages);
            let contents =
                folder::Contents { formats, max_rows: *max_rows, csv: *csv, engagement, exit_code: ends.code() };
            let written = folder::write(outcome, parameters, path, *placing, contents, &bar);
            bar.clear();
            return Ok(Some(end_of_report(path, &written?, outcome.inputs, messages)));
        }
        Destination::Findings { path, placing, region, options } => {
            let folder =
                findings::FindingsFolder { path, placing: *placing, csv: options.csv, region: region.as_deref() };
            return folder.write(outcome, reports, parameters, ends.code(), messages).map(Some);
        }
        Destination::Proposals { path, placing, csv } => {
            return proposals::write(outcome, parameters, path, *placing, *csv, ends.code(), messages).map(Some);
        }
    }
    Ok(last)
}

/// Why there may be none: AWS lists the actions of few services.
fn no_rows(request: &Request) -> &'static str {
    use ReportSpec::{Compare, Diff, Grants, List, Pairs, Staleness, Unused};
    let is_of_actions = |spec: &ReportSpec| match spec {
        Compare { level, .. }
        | Diff { level, .. }
        | Grants { level }
        | List { level }
        | Pairs { level }
        | Staleness { level, .. }
        | Unused { level, .. } => *level == Level::Action,
        _ => false,
    };
    if request.params.filter.actions.is_none() && request.specs.iter().any(is_of_actions) {
        "no rows match the options and filters. Dumps list actions of some services only: --level service has a row for every service"
    } else {
        "no rows match the options and filters"
    }
}

/// Bytes of an audit that are worth a word about which format has them.
const NOTABLE: u64 = 5_000_000;

/// What is left out, and the line that a person sees last.
fn end_of_report(path: &Path, written: &folder::Written, inputs: InputCounts, messages: Messages) -> String {
    let InputCounts { found, read, skipped, failed } = inputs;
    let [read, skipped, failed] = [read, skipped, failed].map(|count| thousands(count as u64));
    messages
        .note(format!("{} found: {read} read, {skipped} skipped, {failed} failed", counted(found, "input", "inputs")));
    for line in &written.left_out {
        messages.note(line);
    }
    if written.sizes.iter().map(|(_, bytes)| bytes).sum::<u64>() >= NOTABLE {
        let size = |(format, bytes): &(Format, u64)| format!("{} {:.1} MB", format.as_str(), *bytes as f64 / 1e6);
        let sizes: Vec<String> = written.sizes.iter().map(size).collect();
        messages.note(format!("sizes: {} (--formats chooses)", sizes.join(", ")));
    }
    let [services, actions] = written.to_review;
    let services = counted(services, "unused or stale service", "unused or stale services");
    let actions = counted(actions, "action", "actions");
    let open = path.join(written.first);
    format!(
        "{} in {}: {services} and {actions} to review. Open {}",
        counted(written.files, "file", "files"),
        path.display(),
        open.display()
    )
}

/// Prints what clap has to say: help and version to stdout, refusals to stderr.
fn told_by_clap(answer: &clap::Error) -> Exit {
    if answer.use_stderr() {
        messages::refusal(answer);
        return Exit::Usage;
    }
    // Where the stream is closed there is no one left to tell; the exit code still says it.
    let _ = answer.print();
    Exit::Complete
}

const fn color_choice(when: ColorWhen) -> ColorChoice {
    match when {
        ColorWhen::Auto => ColorChoice::Auto,
        ColorWhen::Always => ColorChoice::Always,
        ColorWhen::Never => ColorChoice::Never,
    }
}

fn surroundings() -> Surroundings {
    let stdout = io::stdout();
    Surroundings {
        today: Instant::from_millis(chrono::Utc::now().timestamp_millis()).day(),
        stdout_is_terminal: stdout.is_terminal(),
        stdout_takes_color: AutoStream::choice(&stdout) != ColorChoice::Never,
        memory: memory::of_this_machine(),
        cache: cache::of_this_user(),
        columns: columns(terminal_size::terminal_size_of(&stdout)),
    }
}

/// The width of the terminal that a stream is, as it says itself; COLUMNS, where it is set, knows better.
fn columns(found: Option<(terminal_size::Width, terminal_size::Height)>) -> Option<u16> {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|&columns| columns > 0);
    told.or_else(|| found.map(|(width, _)| width.0))
}
