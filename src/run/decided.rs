//! Which decisions hold in a run, and what they need to know about the documents as a whole.

use std::path::PathBuf;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::attribution::Attribution;
use super::error::RunError;
use super::request::{Demand, Progress, Request};
use crate::analyse::{Names, wanted_actions};
use crate::model::{Decisions, Dump, Symbol, folded};
use crate::resolve::decisions::read;

/// The decisions of a run.
#[derive(Debug, Default)]
pub struct Deciding {
    /// The files that hold them, as they were typed.
    pub files: Vec<PathBuf>,
    /// What is in them.
    pub entries: Decisions,
    /// Those of the files that the run names itself, in place of what a store keeps.
    pub own: Vec<PathBuf>,
}

/// The decisions that hold: those that the run names, else those that the stores among its inputs keep.
///
/// # Errors
/// If a file cannot be read, an entry is not understood, or the run needs decisions and there are none.
pub fn decisions(request: &Request, kept: &Attribution, progress: &dyn Progress) -> Result<Deciding, RunError> {
    if !request.decisions.is_empty() {
        let entries = read(&request.decisions).map_err(RunError::Decisions)?;
        return Ok(Deciding { files: request.decisions.clone(), entries, own: request.decisions.clone() });
    }
    let files = kept.decision_files();
    if files.is_empty() && request.demand == Demand::Required {
        let what =
            "there are no decisions: give --decisions FILE, or a store that keeps some (dormant ingest --decisions)";
        return Err(RunError::Decisions(what.to_owned()));
    }
    if !files.is_empty() && request.params.all_snapshots {
        progress
            .note("the decisions in the store are about the present, and are not used with --snapshots all".to_owned());
        // Named as its own, so that the report does not say that they were used.
        return Ok(Deciding { own: files, ..Deciding::default() });
    }
    Ok(Deciding { entries: kept.decisions()?, files, own: Vec::new() })
}

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
    let is_wanted = |service: Symbol| services.contains(folded(names.text(service)).as_str());
    // Thousands of dumps list the same actions: a thread takes each once.
    let listed = |(mut asked, mut listed): (FxHashMap<Symbol, bool>, FxHashSet<_>), dump: &&Dump| {
        for (service, actions) in dump.rows.open().iter() {
            if *asked.entry(service.namespace).or_insert_with(|| is_wanted(service.namespace)) {
                listed.extend(actions.map(|action| (service.namespace, action.name)));
            }
        }
        (asked, listed)
    };
    let dumps: Vec<&Dump> = dumps.collect();
    let all = dumps.par_iter().fold(Default::default, listed).map(|(_, listed)| listed);
    let union = |all: FxHashSet<_>, more: FxHashSet<_>| {
        let (mut all, more) = if all.len() < more.len() { (more, all) } else { (all, more) };
        all.extend(more);
        all
    };
    let all = all.reduce(FxHashSet::default, union);
    let folded = |symbol| folded(names.text(symbol));
    all.into_iter()
        .map(|(service, action)| (folded(service), folded(action)))
        .filter(|pair| wanted.contains(pair))
        .collect()
}
