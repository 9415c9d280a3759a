//! Which dump speaks for an entity: the newest usable one, and for actions the newest usable one that has them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::{Dump, Instant, Level};

/// The usable dumps that say something at `level`.
pub fn usable<'d>(dumps: &[&'d Dump], level: Level) -> impl Iterator<Item = &'d Dump> {
    dumps
        .iter()
        .copied()
        .filter(move |dump| dump.evidence.is_usable() && (level == Level::Service || dump.has_action_level()))
}

/// Of each entity (and, beyond that, of each value of `apart`) the newest usable dump.
///
/// At the same time `ACTION_LEVEL` wins, then the dump that proves more; the rest of the order only keeps the choice from depending
/// on the order of the files.
pub fn newest<'d, K: Ord>(dumps: &[&'d Dump], level: Level, apart: impl Fn(&Dump) -> K) -> Vec<&'d Dump> {
    let mut best: BTreeMap<(&str, K), &Dump> = BTreeMap::new();
    for dump in usable(dumps, level) {
        best.entry((&dump.entity.key, apart(dump)))
            .and_modify(|held| {
                if rank(dump) > rank(held) {
                    *held = dump;
                }
            })
            .or_insert(dump);
    }
    best.into_values().collect()
}

fn rank(dump: &Dump) -> impl Ord {
    (dump.made_at, dump.has_action_level(), dump.evidence.is_whole(), dump.rows.service_count(), Reverse(&dump.sources))
}

/// Whether a dump was made not after `at`; one without a date cannot be shown to be.
pub fn not_after(dump: &Dump, at: Option<Instant>) -> bool {
    at.is_none_or(|at| dump.made_at.is_some_and(|made| made <= at))
}
