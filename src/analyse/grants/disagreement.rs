//! Where a whole dump and the policies of its entity say different things: one of them is older, or a file is missing.

use std::collections::BTreeSet;

use super::judge::{Denies, statements};
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
