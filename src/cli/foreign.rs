//! Options and commands that people know from other programs: each is answered with what to type here.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::command_line;

/// Options of other programs, and what to say about them.
const FOREIGN: &[(&str, &str)] = &[
    ("--access-key", NO_CREDENTIALS),
    ("--assume-role", NO_CREDENTIALS),
    ("--credentials", NO_CREDENTIALS),
    ("--csv", "Use `--format csv`."),
    ("--days", "Use `--stale-after 90d`."),
    ("--html", "Use `--format html -o FILE`."),
    ("--json", "Use `--format json`."),
    ("--jsonl", "Use `--format jsonl`."),
    ("--markdown", "Use `--format md`."),
    ("--md", "Use `--format md`."),
    ("--no-color", "Use `--color never`."),
    ("--output-format", "Use `--format FORMAT`."),
    ("--profile", NO_CREDENTIALS),
    ("--query", "Use `--columns NAMES` to choose columns, and the filters in `--help` to choose rows."),
    ("--recursive", "Folders are read with everything below them: leave it out."),
    (
        "--region",
        "The command takes no region: dormant reads saved dumps. Use `dormant list --region NAME` to filter rows.",
    ),
    ("--role-arn", NO_CREDENTIALS),
    ("--severity", "Use `--sort risk`."),
    ("--since", "Use `--from DATE` with `dormant diff`, or `--within DURATION` to filter rows."),
    ("--until", "Use `--at DATE`."),
];

const NO_CREDENTIALS: &str =
    "dormant reads saved dumps and never connects to AWS. `dormant collect-script` prints a script that saves them.";

/// Commands of other programs, and what to say about them.
const FOREIGN_COMMANDS: &[(&str, &str)] = &[
    ("analyze", "Use `dormant report PATH -o DIR`, or `dormant overview PATH`."),
    ("audit", "Use `dormant report PATH -o DIR`."),
    ("collect", "`dormant collect-script` prints a script that saves dumps."),
    ("scan", "Use `dormant report PATH -o DIR`, or `dormant overview PATH`."),
    ("version", "Use `dormant --version`."),
];

/// `error`, or where it is about an option or a command of another program, one that says what to type.
pub fn explained(error: clap::Error) -> clap::Error {
    if error.kind() == ErrorKind::InvalidSubcommand {
        let Some(ContextValue::String(command)) = error.get(ContextKind::InvalidSubcommand) else { return error };
        let known = FOREIGN_COMMANDS.iter().find(|(foreign, _)| foreign == command);
        let told = match known {
            Some((command, sentence)) => format!("unknown command `{command}`. {sentence}"),
            None if is_of_the_program(&error) => no_such_word(command, &error),
            // `dormant sql` and `dormant store` take no path in the place of a command.
            None => return error,
        };
        return command_line().error(ErrorKind::InvalidSubcommand, told);
    }
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return error };
    match sentence(option) {
        Some(sentence) => {
            let message = format!("unknown option `{option}`. {sentence}");
            command_line().error(ErrorKind::UnknownArgument, message)
        }
        None => error,
    }
}

/// Whether the word stands where a command of the program does, and not one of its commands'.
fn is_of_the_program(error: &clap::Error) -> bool {
    error.get(ContextKind::Usage).is_some_and(|usage| usage.to_string().contains("dormant [OPTIONS] <COMMAND>"))
}

/// The first word may have been meant as a command, or as dumps.
fn no_such_word(word: &str, error: &clap::Error) -> String {
    let near = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(near)) => near.first(),
        Some(ContextValue::String(near)) => Some(near),
        _ => None,
    };
    let near = near.map_or_else(String::new, |near| format!(" Did you mean `dormant {near}`?"));
    format!("`{word}` is no command, and no such file or folder.{near}")
}

fn sentence(option: &str) -> Option<&'static str> {
    let name = option.split('=').next().unwrap_or(option);
    FOREIGN.iter().find(|(foreign, _)| *foreign == name).map(|(_, sentence)| *sentence)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn options_of_other_programs_get_their_own_sentence() {
        for (line, hint) in [
            ("dormant unused dumps/ --json", "`--format json`"),
            ("dormant unused dumps/ --profile=prod", "never connects to AWS"),
            ("dormant check dumps/ --region eu-west-1", "takes no region"),
            ("dormant version", "`dormant --version`"),
            ("dormant collect", "`dormant collect-script`"),
            ("dormant dmups", "`dmups` is no command, and no such file or folder"),
            ("dormant unsued", "Did you mean `dormant unused`?"),
        ] {
            let error = Cli::try_parse_from(line.split(' ')).expect_err("no such option");
            let told = explained(error).to_string();
            assert!(told.contains(hint), "{told}");
        }
    }

    #[test]
    fn no_option_of_this_program_is_called_foreign_everywhere() {
        let root = command_line();
        let own = |command: &clap::Command| {
            let options = command.get_arguments().filter_map(clap::Arg::get_long).map(str::to_owned);
            options.collect::<Vec<_>>()
        };
        let everywhere: Vec<String> = own(&root);
        let is_own = |name: &str| root.get_subcommands().any(|command| command.get_name() == name);
        assert!(FOREIGN_COMMANDS.is_sorted() && !FOREIGN_COMMANDS.iter().any(|(command, _)| is_own(command)));
        assert!(FOREIGN.is_sorted() && FOREIGN.iter().all(|(option, _)| !everywhere.contains(&option[2..].to_owned())));
    }
}
