//! Where a whole dump and the policies of its entity say different things: one of them is older, or a file is missing.

use std::collections::BTreeSet;

use super::judge::{Denies, Spoken, statements};
use crate::model::policy::{Denied, Effect, Holder, Universe};

/// Of the services in lower case that a whole dump `lists`, those that no known policy of `holder` grants; and the others that a statement names,
/// grants, and the dump does not list. The same as `agreement` in the rows of `grants`.
#[must_use]
pub fn disagreement(holder: &Holder, universe: &Universe, lists: &BTreeSet<String>) -> [Vec<String>; 2] {
    let denies = Denies::of(holder, universe);
    let spoken = holder.held.iter().flat_map(|held| statements(&held.policy));
    let allows: Vec<_> = spoken.filter(|spoken| spoken.statement.effect == Effect::Allow).collect();
    let is_granted = |service: &str| {
        let reaching = allows.iter().filter(|spoken| spoken.statement.reaches_service(service));
        reaching.into_iter().any(|spoken| denies.of_service(*spoken, service, universe) != Denied::Whole)
    };
    let named: BTreeSet<&str> = allows.iter().flat_map(|spoken| spoken.statement.services_named()).collect();
    let only_listed = lists.iter().filter(|service| !is_granted(service)).cloned();
    let only_granted = named.into_iter().filter(|service| !lists.contains(*service) && is_granted(service));
    [only_listed.collect(), only_granted.map(str::to_owned).collect()]
}

/// Whether any known policy of `holder` grants the service, or the action of it, both in lower case; without a service, anything. What Deny
/// statements take away entirely is not granted.
#[must_use]
pub fn is_granted(holder: &Holder, universe: &Universe, service: Option<&str>, action: Option<&str>) -> bool {
    let spoken = holder.held.iter().flat_map(|held| statements(&held.policy));
    let mut allows = spoken.filter(|spoken| spoken.statement.effect == Effect::Allow);
    let Some(service) = service else { return allows.next().is_some() };
    let place = action.and_then(|action| universe.place(service, action));
    let reaches = |spoken: &Spoken| match (action, place) {
        (None, _) => spoken.statement.reaches_service(service),
        (Some(_), Some(place)) => spoken.actions.contains(place),
        (Some(action), None) => spoken.statement.matches(service, action),
    };
    let mut reaching = allows.filter(reaches).peekable();
    if reaching.peek().is_none() {
        return false;
    }
    let denies = Denies::of(holder, universe);
    match action {
        None => reaching.any(|spoken| denies.of_service(spoken, service, universe) != Denied::Whole),
        Some(action) => denies.of_action(service, action, place) != Denied::Whole,
    }
}
