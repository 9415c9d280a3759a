//! `overview` and `explain`: one screen made of the reports of a run, and the short way to the first.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use anyhow::{Result, anyhow};
use dormant::analyse::{self, Explained, FittingEntity};
use dormant::catalogue::{Catalogue, ServiceReference};
use dormant::frame::Cell;
use dormant::problem::{Problem, Severity};
use dormant::report::Section;
use dormant::run::{Outcome, Presentation};
use dormant::util::numbers::thousands;
use globset::GlobSet;

use super::args::command_line;
use super::exit::Exit;
use super::messages::{self, Messages};
use super::settings::Settings;

/// `dormant dumps/` is `dormant overview dumps/`: where the first word is no command and is there.
pub fn with_overview(mut typed: Vec<OsString>) -> Vec<OsString> {
    let mut words = typed.iter().enumerate().skip(1);
    let first = loop {
        match words.next() {
            Some((_, word)) if word == "--color" => drop(words.next()),
            Some((_, word)) if word.as_encoded_bytes().starts_with(b"-") && word != "-" => {}
            first => break first,
        }
    };
    if let Some((at, word)) = first {
        let is_command = command_line().get_subcommands().any(|command| word == command.get_name()) || word == "help";
        if !is_command && Path::new(word).exists() {
            typed.insert(at, OsString::from("overview"));
        }
    }
    typed
}

/// Makes one screen of the reports, in their place. Gives how the program ends where there is none.
///
/// # Errors
/// Where Polars refuses, or the service reference cannot be read.
pub fn compose(outcome: &mut Outcome, settings: &Settings) -> Result<Option<Exit>> {
    match settings.request.presentation {
        Presentation::Reports => {}
        Presentation::Overview => {
            let paths: Vec<String> =
                settings.request.paths.iter().map(|path| quoted(&shown(&path.to_string_lossy(), outcome))).collect();
            let typed: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
            // A name that was typed may be one that must not be shown.
            let typed = if outcome.redactor.is_some() { Vec::new() } else { typed };
            let words = |command: &str| [paths.clone(), options_for(&typed, command)].concat().join(" ");
            let overview = analyse::overview(&outcome.reports, outcome.headline.as_ref(), &words)?;
            outcome.reports = vec![overview];
        }
        Presentation::Explanation => {
            let reference = settings.request.service_reference.as_deref().map(ServiceReference::read).transpose()?;
            let tracks = |service: &str, actions: &GlobSet| {
                let is_asked = |of: &str, action: &str| {
                    let is_match = || actions.is_match(action) || actions.is_match(format!("{service}:{action}"));
                    of.eq_ignore_ascii_case(service) && is_match()
                };
                if Catalogue::builtin().untracked().any(|(of, action)| is_asked(of, action)) {
                    return Some(false);
                }
                let reference = reference.as_ref()?;
                let (_, action, _) = reference.access_levels().find(|(of, action, _)| is_asked(of, action))?;
                reference.is_tracked(service, action)
            };
            let at = settings.request.params.at;
            match analyse::explain(&outcome.reports, &settings.explained, at, &tracks)? {
                Explained::One(explanation) => outcome.reports = vec![*explanation],
                Explained::Nobody => {
                    messages::error(&anyhow!("no entity passes these filters together"));
                    return Ok(Some(Exit::Usage));
                }
                Explained::Several(fitting) => {
                    // Who chooses needs the list, with `--quiet` too.
                    let what = "choose one by its name, --account or --type";
                    messages::error(&anyhow!("{} entities fit, and explain is about one: {what}", fitting.len()));
                    several(&fitting).for_each(|line| messages::choice(&line));
                    return Ok(Some(Exit::Usage));
                }
            }
        }
    }
    Ok(None)
}

/// What was wrong with the inputs. An explanation of one entity lists what is wrong with the files about it, and counts the rest.
pub fn tell_problems(outcome: &Outcome, settings: &Settings, messages: Messages) {
    if settings.request.presentation != Presentation::Explanation || messages.is_verbose() {
        return messages.problems(&outcome.problems);
    }
    let sections = outcome.reports.iter().flat_map(|report| &report.sections);
    let files: BTreeSet<String> = sections.filter(|section| section.id == "evidence").flat_map(sources).collect();
    let (own, others): (Vec<Problem>, Vec<Problem>) =
        outcome.problems.iter().cloned().partition(|problem| files.contains(file_of(&problem.source)));
    messages.problems(&own);
    let of = |severity| others.iter().filter(|problem| problem.severity() == severity).count();
    let counts = [(of(Severity::NotRead), "not read"), (of(Severity::Incomplete), "incomplete")];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, what)| format!("{} {what}", thousands(count as u64))).collect();
    if !counts.is_empty() {
        let command = "`dormant check` with the same paths names them";
        messages.note(format!("of the inputs that are not known to be about it, {} ({command})", counts.join(" and ")));
    }
}

/// The file of a source, without its member.
fn file_of(source: &str) -> &str {
    source.split_once('!').map_or(source, |(file, _)| file)
}

/// The files of a section of sources.
fn sources(section: &Section) -> Vec<String> {
    let Some(column) = section.columns.iter().position(|column| column.name == "source") else { return Vec::new() };
    let reader = section.table.reader();
    let text =
        |row| if let Cell::Text(text) = reader.cell(row, column) { Some(file_of(text).to_owned()) } else { None };
    (0..section.table.height()).filter_map(text).collect()
}

/// A path as the report shows it.
fn shown(path: &str, outcome: &Outcome) -> String {
    outcome.redactor.as_ref().map_or_else(|| path.to_owned(), |redactor| redactor.path(path))
}

/// The options among the words `typed` that choose what is read, counted and shown, as far as `command` takes them: what
/// is suggested is about the same.
fn options_for(typed: &[String], command: &str) -> Vec<String> {
    let mut whole = command_line();
    whole.build();
    let args_of = |name: &str| whole.find_subcommand(name).map(|command| command.get_arguments().collect::<Vec<_>>());
    let (Some(own), Some(taken)) = (args_of("overview"), args_of(command)) else { return Vec::new() };
    let mut words = typed.iter();
    let mut options = Vec::new();
    while let Some(word) = words.next().filter(|word| *word != "--") {
        let Some(name) = word.strip_prefix("--").map(|rest| rest.split('=').next().unwrap_or_default()) else {
            continue;
        };
        let Some(arg) = own.iter().find(|arg| arg.get_long() == Some(name)) else { continue };
        let value = if arg.get_action().takes_values() && !word.contains('=') { words.next() } else { None };
        let is_of_output = matches!(arg.get_help_heading(), Some("Output" | "Messages"));
        // The entity is the one that the suggestion is about.
        let is_said = command == "explain" && name == "entity";
        if !is_of_output && !is_said && taken.iter().any(|other| other.get_long() == Some(name)) {
            options.extend([word].into_iter().chain(value).map(|word| quoted(word)));
        }
    }
    options
}

/// More than this, and a list is no help.
const MOST: usize = 20;

/// A line for each of the first entities: what to type for it.
fn several(fitting: &[FittingEntity]) -> impl Iterator<Item = String> {
    let more = fitting.len().saturating_sub(MOST);
    let more = (more > 0).then(|| format!("and {} more: --account or --type tells fewer", thousands(more as u64)));
    let first = fitting.iter().take(MOST).map(|of| {
        if fitting.iter().any(|other| other != of && of.fits_also(other)) {
            let account = of.account.as_deref().map_or_else(String::new, |account| format!(" in {account}"));
            return format!(
                "{}{account} after naming its entity with --manifest: no option tells it from the others",
                of.name
            );
        }
        let account = of.account.as_deref().map_or_else(String::new, |account| format!(" --account {account}"));
        let kind = of.kind.as_deref().map_or_else(String::new, |kind| format!(" --type {kind}"));
        format!("--entity {}{account}{kind}", quoted(&of.name))
    });
    first.chain(more)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggested_commands_have_the_options_that_they_take() {
        let typed =
            "dormant d --account 111122223333 --as-of=2026-12-01 -v --format json --entity app --decisions a.toml";
        let typed: Vec<String> = typed.split(' ').map(str::to_owned).collect();
        let of = |command| options_for(&typed, command).join(" ");
        let all = "--account 111122223333 --as-of=2026-12-01 --entity app --decisions a.toml";
        assert_eq!((of("unused").as_str(), of("report").as_str()), (all, all));
        assert_eq!(of("explain"), "--account 111122223333 --as-of=2026-12-01 --decisions a.toml");
        assert_eq!(of("check"), "");
    }

    #[test]
    fn a_path_in_the_place_of_a_command_is_an_overview() {
        let read = |words: &str| {
            let typed = words.split(' ').map(OsString::from).collect();
            let read = with_overview(typed).into_iter().map(|word| word.into_string().expect("UTF-8"));
            read.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(read("dormant src --account 1"), "dormant overview src --account 1");
        assert_eq!(read("dormant -q --color never src"), "dormant -q --color never overview src");
        for whole in ["dormant unused src", "dormant no-such-file", "dormant --help", "dormant help"] {
            assert_eq!(read(whole), whole);
        }
    }

    #[test]
    fn a_word_is_quoted_where_a_shell_would_change_it() {
        assert_eq!(quoted("dumps/2026-05"), "dumps/2026-05");
        assert_eq!(quoted("my dumps"), "'my dumps'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
