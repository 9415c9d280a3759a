//! What decisions need to know about the documents as a whole.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::analyse::{Names, wanted_actions};
use crate::model::{Decisions, Dump};

/// The actions that decisions name and that any of `dumps` lists: service and action in lower case.
pub fn tracked_actions<'d>(
    decisions: &Decisions,
    dumps: impl Iterator<Item = &'d Dump>,
    names: &Names,
) -> FxHashSet<(String, String)> {
    let wanted = wanted_actions(decisions);
    if wanted.is_empty() {
        return wanted;
    }
    let services: FxHashSet<&str> = wanted.iter().map(|(service, _)| service.as_str()).collect();
    let listed = |dump: &&Dump| {
        let mut listed = FxHashSet::default();
        for (service, actions) in dump.rows.open().iter() {
            let service = names.text(service.namespace).trim().to_lowercase();
            if services.contains(service.as_str()) {
                let of_service = actions.map(|action| (service.clone(), names.text(action.name).trim().to_lowercase()));
                listed.extend(of_service.filter(|pair| wanted.contains(pair)));
            }
        }
        listed
    };
    let dumps: Vec<&Dump> = dumps.collect();
    let union = |mut all: FxHashSet<_>, more: FxHashSet<_>| {
        all.extend(more);
        all
    };
    dumps.par_iter().map(listed).reduce(FxHashSet::default, union)
}
