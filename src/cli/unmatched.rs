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
            messages.note(one.sentence());
        } else if is_gate {
            messages::error(&anyhow!(one.sentence()));
            ended = Some(Exit::Usage);
        } else {
            messages.warning(one.sentence());
        }
    }
    ended
}
