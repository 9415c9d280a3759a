//! The short way from a store to an estate: what was settled when its tables were made, and the rows of those dumps alone that
//! can speak.
//!
//! Taken where a run reads one store and says nothing beyond what the store was told, that would settle it otherwise. A dump whose rows are not read is there in every
//! other respect, so that counts, remarks and warnings are those of the long way; a test holds them against each other.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Diffed, Estate, Progress, Request};
use crate::analyse::ReportSpec;
use crate::archive::{Memo, Remembered, Store, by_file};
use crate::model::{Dump, Instant, OtherOperation, OtherReport, SymbolCache, Symbols};
use crate::problem::Problem;
use crate::report::InputCounts;
use crate::resolve;

/// The estate of `request`, where it may go the short way, and everything that it leads over is there.
pub fn estate(request: &Request, symbols: &Symbols, progress: &dyn Progress) -> Option<Estate> {
    let [path] = request.paths.as_slice() else { return None };
    // What `check` and the audit tell of single files is not remembered.
    let has_dates = request.from.is_some() || request.to.is_some();
    let is_of_files = |spec: &ReportSpec| match spec {
        ReportSpec::Check => true,
        // Each account's own first and last day.
        ReportSpec::Diff { .. } => !has_dates,
        _ => false,
    };
    if settles_otherwise(request) || request.audit || request.specs.iter().any(is_of_files) {
        return None;
    }
    let store = Store::at(path).ok()??;
    let Memo { mut dumps, others, problems, counts, names } = store.memo()?;
    progress.begin("reading", 1);
    recall(&store, &mut dumps, &names, request, symbols)?;

    let problems = told(problems, &others, |kind| request.wants(kind));
    let [found, read, skipped, failed] = counts;
    let (others, of_others) = others.into_iter().unzip();
    Some(Estate {
        dumps: dumps.into_iter().map(|remembered| remembered.dump).collect(),
        old_dumps: Vec::new(),
        diffed: Diffed::Dates { from: request.from, to: request.to },
        others,
        of_others,
        source_rows: Vec::new(),
        inputs: InputCounts { found, read, skipped, failed },
        problems,
        files: Vec::new(),
    })
}

/// What is told with a report that shows other operations of the kinds that it `wants`: of each other one only that it is left out.
pub fn told(
    problems: Vec<Problem>,
    others: &[(OtherReport, Vec<Problem>)],
    wants: impl Fn(OtherOperation) -> bool,
) -> Vec<Problem> {
    let of_others = others.iter().flat_map(|(report, problems)| {
        let is_wanted = wants(report.other_answer.rows.kind());
        if is_wanted { problems.clone() } else { vec![resolve::other_operations::left_out(report)] }
    });
    let mut problems: Vec<_> = problems.into_iter().chain(of_others).collect();
    problems.sort();
    problems.dedup();
    problems
}

/// Whether anything is said that could make other dumps of the answers, or asks for more than was remembered.
pub fn settles_otherwise(request: &Request) -> bool {
    !request.old_paths.is_empty() || !request.saying.is_nothing() || request.catalogue.is_some() || request.hash_inputs
}

/// Reads the rows of every dump that can speak in a report of `request`.
fn recall(store: &Store, dumps: &mut [Remembered], names: &str, request: &Request, symbols: &Symbols) -> Option<()> {
    let speaks = speakers(dumps, request);
    for (dump, speaks) in dumps.iter_mut().zip(&speaks) {
        // By the first that is wanted the file is read, for all that are in it.
        dump.is_wanted = *speaks;
    }
    let files: Vec<_> =
        by_file(dumps).into_iter().filter(|(_, dumps)| dumps.iter().any(|dump| dump.is_wanted)).collect();
    if files.is_empty() {
        return Some(());
    }
    let shared = store.names_shared().filter(|shared| shared.marks().any(|mark| mark == names))?.symbols(symbols);
    let cache = || SymbolCache::new(symbols);
    let read: Vec<bool> = files
        .into_par_iter()
        .map_init(cache, |cache, (file, mut dumps)| store.recall(&file, &mut dumps, &shared, cache))
        .collect();
    read.into_iter().all(|is_read| is_read).then_some(())
}

/// Which of `dumps` can speak: of each entity the newest, and the newest that tells of actions, at every date that is asked for. All
/// that are equally new may, for what decides between them can stand in their rows.
fn speakers(dumps: &[Remembered], request: &Request) -> Vec<bool> {
    let params = &request.params;
    let is_diff = |spec: &ReportSpec| matches!(spec, ReportSpec::Diff { .. });
    let takes_all = params.all_snapshots || params.history || request.specs.contains(&ReportSpec::Trend);
    let is_of_other_operations = |spec: &ReportSpec| matches!(spec, ReportSpec::OtherOperation(_));
    if request.specs.iter().all(is_of_other_operations) {
        return vec![false; dumps.len()];
    }
    let mut ends: Vec<Option<Instant>> = Vec::new();
    if request.specs.iter().any(is_diff) {
        ends.extend([request.from, request.to]);
    }
    if !request.specs.iter().all(is_diff) {
        ends.push(params.at);
    }
    let usable = |dump: &Remembered| dump.dump.evidence.is_usable() && params.filter.keeps_entity(&dump.dump);
    let mut speaks = vec![false; dumps.len()];
    for end in ends {
        let made_by = |dump: &Dump| end.is_none_or(|end| dump.made_at.is_some_and(|made| made <= end));
        let candidates = || dumps.iter().enumerate().filter(|(_, dump)| usable(dump) && made_by(&dump.dump));
        if takes_all {
            candidates().for_each(|(at, _)| speaks[at] = true);
            continue;
        }
        for at_action_level in [false, true] {
            let tells = |dump: &Remembered| !at_action_level || dump.has_action_level;
            let mut newest: BTreeMap<&str, Option<Instant>> = BTreeMap::new();
            for (_, dump) in candidates().filter(|(_, dump)| tells(dump)) {
                let made = newest.entry(&dump.dump.entity.key).or_insert(dump.dump.made_at);
                *made = dump.dump.made_at.max(*made);
            }
            for (at, dump) in candidates().filter(|(_, dump)| tells(dump)) {
                speaks[at] |= newest[dump.dump.entity.key.as_str()] == dump.dump.made_at;
            }
        }
    }
    speaks
}
