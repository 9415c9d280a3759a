//! Filters that fit nothing, told: a name that nobody knows may be mistyped, and a gate that looks for nothing is always open.

use anyhow::anyhow;
use dormant::analyse::Unmatched;
use dormant::run::Presentation;

use super::exit::Exit;
use super::messages::{self, Messages};
use super::settings::Settings;

/// Tells each; gives how the program ends where the answer would mislead: under `--fail-on`, and where one entity is asked about that there is
/// not. What an explanation says of a permission that nothing lists is an answer too.
pub fn told(unmatched: &[Unmatched], settings: &Settings, messages: Messages) -> Option<Exit> {
    let explains = settings.request.presentation == Presentation::Explanation;
    let mut ended = None;
    for one in unmatched {
        let is_permission = matches!(one.option, "--service" | "--action");
        let is_gate = !settings.fail_on.is_empty() || explains && !is_permission;
        if one.is_known {
            messages.note(sentence(one));
        } else if is_gate {
            messages::error(&anyhow!(sentence(one)));
            ended = Some(Exit::Usage);
        } else {
            messages.warning(sentence(one));
        }
    }
    ended
}

fn sentence(of: &Unmatched) -> String {
    let Unmatched { option, asked, is_known, nearest } = of;
    let what = match (*option, is_known) {
        ("--account", _) => format!("no input is about the account `{asked}`"),
        ("--at", _) => format!("no dump was made by {asked}"),
        ("--region", _) => format!("no access in the inputs was in the region `{asked}`"),
        ("--entity", _) => format!("no entity matches `{asked}`: patterns match whole names and ARNs"),
        ("--service", true) => format!("nobody holds the service `{asked}`: no dump lists it"),
        ("--service", false) => format!("neither the inputs nor the catalogue know a service `{asked}`"),
        (_, true) => format!("no dump lists an action that matches `{asked}`"),
        (_, false) => format!("neither the inputs nor the catalogue know an action that matches `{asked}`"),
    };
    let quoted: Vec<String> = nearest.iter().map(|name| format!("`{name}`")).collect();
    let names = match quoted.as_slice() {
        [] => return what,
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    };
    match *option {
        "--account" => format!("{what}; they are about {}", names.replace(" or ", " and ")),
        "--at" => format!("{what}: the oldest is of {}", nearest[0]),
        _ => format!("{what}; did you mean {names}?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(option: &'static str, is_known: bool, nearest: &[&str]) -> String {
        let nearest = nearest.iter().map(|name| (*name).to_owned()).collect();
        sentence(&Unmatched { option, asked: "Admin".to_owned(), is_known, nearest })
    }

    #[test]
    fn the_nearest_names_are_offered() {
        assert_eq!(
            of("--entity", false, &["AdminRole", "*Admin*"]),
            "no entity matches `Admin`: patterns match whole names and ARNs; did you mean `AdminRole` or `*Admin*`?"
        );
        assert_eq!(of("--service", true, &[]), "nobody holds the service `Admin`: no dump lists it");
        assert_eq!(of("--at", false, &["2026-01-05"]), "no dump was made by Admin: the oldest is of 2026-01-05");
        assert_eq!(
            of("--account", false, &["1", "2"]),
            "no input is about the account `Admin`; they are about `1` and `2`"
        );
    }
}
