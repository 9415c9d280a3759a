//! Dumps into a store: what is there already costs one hash, what is new is read and added, and the tables are settled.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::attribution::{Attribution, AttributionArgs};
use super::files::read_files;
use super::request::{MEMORY, Progress, RunError};
use super::{publish, stored};
use crate::archive::{Known, Settled, Shard, Store, StoredFile};
use crate::decode::Limits;
use crate::decode::bytes;
use crate::discover::{Found, discover};
use crate::model::{Instant, SpillFile, Symbols};
use crate::problem::Problem;

/// A batch of files is closed after this many bytes: what is lost at most where the run is killed, and how much is held.
const BATCH_BYTES: u64 = 512 << 20;

/// What is to be taken into which store.
#[derive(Debug, Clone)]
pub struct IngestRequest {
    /// Files, folders and archives to read, and stores; `-` is stdin.
    pub paths: Vec<PathBuf>,
    /// The store, made where there is none.
    pub store: PathBuf,
    /// Only this part of the input, and no tables.
    pub shard: Option<Shard>,
    /// Ceilings for hostile input.
    pub limits: Limits,
    /// Whose the dumps are and when they were made: kept, for every report and the tables.
    pub saying: AttributionArgs,
    /// What the clock says.
    pub now: Instant,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Files that were added.
    pub added: usize,
    /// Files that were there already.
    pub known: usize,
    /// Files of other shards.
    pub left_to_others: usize,
    /// What is wrong with the files of this run, those that were there already set aside; sorted.
    pub problems: Vec<Problem>,
    /// What became of the tables; `None` for a shard, which leaves them.
    pub settled: Option<Settled>,
}

/// Takes everything below the paths into the store. Killed at any point it leaves a store that holds a part, and running it again
/// adds the rest.
///
/// # Errors
/// Where a path leads nowhere, the store is no store, is held by another process, damaged or cannot be written.
pub fn ingest(request: &IngestRequest, progress: &dyn Progress) -> Result<Ingested, RunError> {
    let (stores, paths) = stored::apart(&request.paths)?;
    let found = discover(&paths, request.limits.follow_links).map_err(|e| RunError::Input(e.to_string()))?;
    let said = request.saying.read()?;
    let store = Store::open_or_create(&request.store)?;
    let _lock = store.lock(request.shard)?;
    let said_elsewhere =
        stores.iter().try_fold(Attribution::default(), |said, other| Attribution::to(other).map(|to| said.then(to)))?;
    Attribution::keep(&said_elsewhere.then(said), &store, request.now, request.shard.is_none())?;
    let in_store = store.known()?;
    let mut ingested = Ingested::default();
    for other in stores {
        add_kept(&other, &store, request, &in_store, &mut ingested)?;
    }
    let known = by_place(in_store);

    let all = found.files.len();
    let mine = |file: &Found| request.shard.is_none_or(|shard| shard.holds(&file.source));
    let files: Vec<Found> = found.files.into_iter().filter(mine).collect();
    ingested.left_to_others += all - files.len();
    ingested.problems = found.problems;
    let mut new = BTreeSet::new();
    for batch in batches(files) {
        let total = batch.len();
        let batch: Vec<Found> = batch.into_par_iter().filter(|file| !is_known(file, &known)).collect();
        ingested.known += total - batch.len();
        let symbols = Symbols::default();
        // A batch is small, and is written at once.
        let room = SpillFile::boundless();
        let read = read_files(&batch, &request.limits, true, &symbols, &room, progress);
        for file in &read {
            new.insert(file.source.to_string());
            ingested.problems.extend(file.opened.problems.iter().cloned());
            ingested.problems.extend(file.documents.iter().flat_map(|document| document.problems.iter().cloned()));
        }
        let keep: Vec<_> = read.into_iter().filter_map(|file| stored::keepable(file, request.now)).collect();
        ingested.added += keep.len();
        store.add(&keep, &symbols, &room)?;
    }
    if request.shard.is_none() {
        let (settled, problems) = publish::publish(&store, progress)?;
        let is_new = |problem: &Problem| new.contains(problem.source.split('!').next().unwrap_or_default());
        ingested.problems.extend(problems.into_iter().filter(is_new));
        ingested.settled = Some(settled);
    }
    ingested.problems.sort();
    ingested.problems.dedup();
    Ok(ingested)
}

/// Adds what another store keeps: as it was read then, under the day on which it was taken in there.
fn add_kept(
    from: &Store,
    store: &Store,
    request: &IngestRequest,
    known: &BTreeSet<Known>,
    ingested: &mut Ingested,
) -> Result<(), RunError> {
    let symbols = Symbols::default();
    let room = SpillFile::new(MEMORY);
    let files = from.files(&symbols, &room)?;
    let all = files.len();
    let mine = |file: &StoredFile| request.shard.is_none_or(|shard| shard.holds(&file.source));
    let mine: Vec<StoredFile> = files.into_iter().filter(mine).collect();
    ingested.left_to_others += all - mine.len();
    let (known, new): (Vec<StoredFile>, Vec<StoredFile>) =
        mine.into_iter().partition(|file| known.contains(&file.known_by()));
    ingested.known += known.len();
    ingested.added += new.len();
    Ok(store.add(&new, &symbols, &room)?)
}

fn by_place(known: BTreeSet<Known>) -> BTreeMap<String, BTreeSet<String>> {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (place, sha256) in known {
        places.entry(place).or_default().insert(sha256);
    }
    places
}

/// Whether this file is kept already. Only one whose place is known can be, so a new one is read once.
fn is_known(file: &Found, known: &BTreeMap<String, BTreeSet<String>>) -> bool {
    let Some(hashes) = known.get(&file.source.logical_path()) else { return false };
    // What cannot be read now is no reason to stop here: reading it says why.
    bytes::hash_of(file).is_ok_and(|sha256| hashes.contains(&sha256))
}

fn batches(files: Vec<Found>) -> Vec<Vec<Found>> {
    let mut batches: Vec<Vec<Found>> = Vec::new();
    let mut held = 0;
    for file in files {
        let bytes = std::fs::metadata(&file.path).map_or(0, |there| there.len());
        match batches.last_mut() {
            Some(open) if held + bytes <= BATCH_BYTES => {
                held += bytes;
                open.push(file);
            }
            _ => {
                held = bytes;
                batches.push(vec![file]);
            }
        }
    }
    batches
}
