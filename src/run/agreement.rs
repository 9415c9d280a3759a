//! What `check` says of a dump beside the policies of its entity.

use std::collections::{BTreeMap, BTreeSet};

use crate::analyse::disagreement;
use crate::model::policy::{Grants, Holder};
use crate::model::{Dump, Symbols};
use crate::problem::counted;

/// How many services a note names.
const NAMED: usize = 5;

/// Of each newest whole dump that does not agree with the policies of its entity what differs, by the place of the dump.
pub fn notes(dumps: &[Dump], grants: &Grants, symbols: &Symbols) -> BTreeMap<usize, String> {
    let mut newest: BTreeMap<&str, (usize, &Dump)> = BTreeMap::new();
    for (at, dump) in dumps.iter().enumerate().filter(|(_, dump)| dump.evidence.is_usable()) {
        let known = newest.entry(&dump.entity.key).or_insert((at, dump));
        if dump.made_at > known.1.made_at {
            *known = (at, dump);
        }
    }
    let of_whole = newest.into_values().filter(|(_, dump)| dump.evidence.is_whole() && !dump.strangers);
    let note = |(at, dump): (usize, &Dump)| {
        let holder = grants.holder(dump.entity.account.as_ref(), dump.entity.arn.as_ref()?)?;
        Some((at, note(dump, holder, grants, symbols)?))
    };
    of_whole.filter_map(note).collect()
}

fn note(dump: &Dump, holder: &Holder, grants: &Grants, symbols: &Symbols) -> Option<String> {
    // A list of users or roles names the entity and tells nothing about its policies.
    if holder.held.is_empty() && !holder.is_complete {
        return None;
    }
    let rows = dump.rows.unpacked();
    let texts = rows.opened().services().iter().filter_map(|service| symbols.text(service.namespace));
    let lists: BTreeSet<String> = texts.map(|text| text.trim().to_ascii_lowercase()).collect();
    let [only_listed, only_granted] = disagreement(holder, &grants.universe, &lists);
    let said = |services: Vec<String>, what: &str| {
        let names = services.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if services.len() > NAMED { ", …" } else { "" };
        (!services.is_empty())
            .then(|| format!("{} {what} ({names}{more})", counted(services.len(), "service", "services")))
    };
    let all = if holder.is_complete { "no policy grants" } else { "no known policy grants" };
    let parts: Vec<_> = [
        said(only_listed, &format!("that {all}")),
        said(only_granted, "that a policy grants and the dump does not list"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| format!("dump and policies differ: {}", parts.join("; ")))
}
