//! Dumps into a store: a known file costs one hash, a new one is kept byte for byte, and the tables are published.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::attribution::{Attribution, AttributionArgs};
use super::cache::DecodeCache;
use super::error::RunError;
use super::export::file_of;
use super::files::Workers;
use super::folders::Folders;
use super::publish;
use super::request::Progress;
use super::source::DataSource;
use super::stored::says_nothing;
use crate::archive::{
    PackWriter, PackedFile, PackedProblem, Published, Shard, Store, StoreError, StoreWriter, UNPACKED,
};
use crate::decode::bytes::{self, Opened, StoredBytes};
use crate::decode::{self, Decoded, Limits, Memory, Outcome};
use crate::discover::{Found, STDIN, discover};
use crate::model::{Instant, Source, Symbols};
use crate::problem::Problem;
use crate::resolve::telling_folders;

/// How many files a thread reads and compresses together: as many as share a frame.
const CHUNK_FILES: usize = 64;

/// The most bytes of these files.
const CHUNK_BYTES: u64 = 32 << 20;

/// The most bytes that a store lists for one file. An archive with more, in a hundred thousand members or in their
/// names, is kept as it is.
const MOST_LISTED: usize = 16 << 20;

/// What to add, and to which store.
#[derive(Debug, Clone)]
pub struct IngestRequest {
    /// Files, folders and archives to read, and stores; `-` is stdin.
    pub paths: Vec<PathBuf>,
    /// The store; it is created if there is none.
    pub store: PathBuf,
    /// Only this part of the input, and no tables.
    pub shard: Option<Shard>,
    /// Ceilings for hostile input.
    pub limits: Limits,
    /// The attribution: it is kept, for every report and for the tables.
    pub saying: AttributionArgs,
    /// What the decoder made of packs in earlier runs, in the user's own folder.
    pub cache: Option<DecodeCache>,
    /// The time of the clock.
    pub now: Instant,
}

/// The result of an ingest.
#[derive(Debug, Default)]
pub struct Ingested {
    /// Files that were added.
    pub added: usize,
    /// Files that were there already.
    pub known: usize,
    /// Files of other shards.
    pub left_to_others: usize,
    /// What is wrong with the new files of this run; sorted.
    pub problems: Vec<Problem>,
    /// What was done to the tables; `None` for a shard, which leaves them alone.
    pub published: Option<Published>,
}

/// A file that the user typed like this one, and that accounts, kinds and dates above it cannot tell from it: its path
/// as typed, the telling folders above it if they are known, and its content.
type TypedAlike = (String, Option<String>, String);

/// What a store already keeps.
#[derive(Debug, Default)]
struct Known {
    /// By place: the contents, with the moment at which each was added last.
    kept: BTreeMap<String, BTreeMap<String, i64>>,
    typed: BTreeSet<TypedAlike>,
    /// Files that are kept by name and hash only. Such a file is looked at again: a later program may find a dump in
    /// it.
    foreign: BTreeSet<TypedAlike>,
}

impl Known {
    fn to(store: &Store) -> Result<Self, StoreError> {
        let files = |pack: &crate::archive::Pack| {
            let split = |file: &&PackedFile| file.sha256.is_some();
            let file = |file: &PackedFile| (file.place(), file.ingested_at, Self::typed(file), file.is_foreign());
            Ok(pack.files().iter().filter(split).map(file).collect::<Vec<_>>())
        };
        let mut known = Self::default();
        for (place, at, typed, is_foreign) in store.every_pack(files)?.into_iter().flatten() {
            if is_foreign {
                known.foreign.insert(typed);
                continue;
            }
            let last = known.kept.entry(place).or_default().entry(typed.2.clone()).or_insert(at);
            *last = at.max(*last);
            known.typed.insert(typed);
        }
        Ok(known)
    }

    fn typed(file: &PackedFile) -> TypedAlike {
        (file.path.clone(), file.folder.as_deref().map(telling_folders), file.content().to_owned())
    }

    /// Whether this file of another store is already kept, and was not added there later than here.
    fn holds(&self, file: &PackedFile) -> bool {
        let keeps =
            |contents: &BTreeMap<String, i64>| contents.get(file.content()).is_some_and(|at| *at >= file.ingested_at);
        self.kept.get(&file.place()).is_some_and(keeps)
            || (file.is_foreign() && self.foreign.contains(&Self::typed(file)))
    }

    /// Whether this very file is already kept with its present content. If it had other contents since, it is added
    /// again: what it holds now is not older than those. Only a file in a known place can be kept, so a new one is read
    /// once.
    fn holds_file(&self, file: &Found, place: Option<String>) -> bool {
        let Some(contents) = place.and_then(|place| self.kept.get(&place)) else { return false };
        // A file that cannot be read now does not stop the command here: the reader will report it.
        bytes::hash_of(file).is_ok_and(|sha256| Self::is_last(contents, &sha256))
    }

    fn is_last(contents: &BTreeMap<String, i64>, content: &str) -> bool {
        let last = contents.values().max();
        contents.get(content).is_some_and(|at| Some(at) == last)
    }

    /// Whether `file` is already kept, now that it has been read: the file itself, or, if anything can be concluded
    /// from it, one that was typed alike in another folder, such as the copy that a pipeline fetches every week. A
    /// file that `says_nothing` tells what is missing in its own place only.
    fn holds_read(&self, file: &PackedFile, is_foreign: bool, says_nothing: bool) -> bool {
        let typed = Self::typed(file);
        // An earlier program did not keep the folder.
        let alike = |among: &BTreeSet<TypedAlike>| {
            among.contains(&typed) || among.contains(&(typed.0.clone(), None, typed.2.clone()))
        };
        match self.kept.get(&file.place()) {
            Some(contents) => Self::is_last(contents, file.content()) || (is_foreign && alike(&self.foreign)),
            None => (!says_nothing && alike(&self.typed)) || (is_foreign && alike(&self.foreign)),
        }
    }
}

/// A function from the bytes of a document to answers. Only one part of its result decides what is stored: whether a
/// document belongs to another program.
type Decoder = fn(&Source, &[u8], bool, &Limits, &mut Memory) -> Decoded;

/// Adds everything below the paths to the store. If it is killed at any point, the store holds a part of them, and the
/// next run adds the rest.
///
/// # Errors
/// If a path leads nowhere, or the store is not a store, is held by another process, is damaged or cannot be written.
pub fn ingest(request: &IngestRequest, progress: &dyn Progress) -> Result<Ingested, RunError> {
    ingest_with(decode::decode, request, progress)
}

fn ingest_with(decoder: Decoder, request: &IngestRequest, progress: &dyn Progress) -> Result<Ingested, RunError> {
    let source = DataSource::of(&request.paths)?;
    let found = discover(&source.paths, request.limits.follow_links).map_err(|e| RunError::Input(e.to_string()))?;
    let said = request.saying.read()?;
    if source.stores.is_empty()
        && let Some(mut problems) = nothing_but_others(&found.files, decoder, &request.limits)
    {
        problems.extend(found.problems);
        problems.sort();
        problems.dedup();
        return Err(RunError::NothingUsable { found: found.files.len(), problems, has_policies: false });
    }
    let mut writer = StoreWriter::begin(&request.store, request.shard)?;
    note_cleared(&writer, progress);
    Attribution::keep(&Attribution::to(&source.stores)?.then(said), &mut writer, request.now)?;
    let known = Known::to(writer.store())?;
    let mut ingested = Ingested::default();
    for other in source.stores {
        add_kept(&other, &mut writer, request.shard, &known, &mut ingested)?;
    }

    let all = found.files.len();
    let mine = |file: &Found| request.shard.is_none_or(|shard| shard.holds(&file.source));
    let files: Vec<Found> = found.files.into_iter().filter(mine).collect();
    ingested.left_to_others += all - files.len();
    ingested.problems = found.problems;
    let total = files.len();
    let folders = Folders::of(&source.paths);
    let is_new = |file: &Found| !known.holds_file(file, folders.place(file));
    let files: Vec<Found> = files.into_par_iter().filter(is_new).collect();
    ingested.known += total - files.len();
    let new: BTreeSet<String> = files.iter().map(|file| file.source.to_string()).collect();
    let before = Before { known: &known, folders: &folders };
    progress.begin("reading", files.len() as u64);
    for batch in batches(files, UNPACKED, usize::MAX) {
        let taken = take_in(batch, &mut writer, decoder, request, &before, &mut ingested, progress);
        let added = ingested.added;
        taken.map_err(|error| if added > 0 { RunError::Partly { added, error: Box::new(error) } } else { error })?;
    }
    if writer.is_alone() {
        let published = publish::publish(&mut writer, false, request.cache.as_ref(), progress);
        let (published, problems) = published.map_err(|error| RunError::Behind(Box::new(error)))?;
        let is_new = |problem: &Problem| file_of(&problem.source, |file| new.get(file)).is_some();
        ingested.problems.extend(problems.into_iter().filter(is_new));
        ingested.published = Some(published);
    }
    ingested.problems.sort();
    ingested.problems.dedup();
    Ok(ingested)
}

/// What is wrong with `files`, where they hold nothing that a store keeps as evidence: there are none, all are of other programs, or none
/// can be opened. It is asked before a store is created or changed. The first file with evidence ends the search; a pipe can be read
/// only once, and is left for the ingest.
fn nothing_but_others(files: &[Found], decoder: Decoder, limits: &Limits) -> Option<Vec<Problem>> {
    let symbols = Symbols::default();
    let workers = Workers::new(&symbols);
    let of_other = |found: &Found| {
        let is_file = found.path != Path::new(STDIN) && found.path.is_file();
        if !is_file {
            return None;
        }
        workers.with_own(|scratch, memory| {
            let (mut is_foreign, mut problems) = (true, Vec::new());
            let opened = bytes::open(found, limits, true, scratch, &mut |source, document| {
                if is_foreign {
                    let named = found.named && source.inside.is_none();
                    let decoded = decoder(source, document, named, limits, memory);
                    is_foreign = decoded.outcome == Outcome::Skipped;
                    problems.extend(decoded.problems);
                }
            });
            let opens_whole = opened.failed == 0 && opened.skipped == 0 && opened.problems.is_empty();
            let is_kept = opened.sha256.is_some() && !(opens_whole && is_foreign);
            problems.extend(opened.problems);
            (!is_kept).then_some(problems)
        })
    };
    let all: Option<Vec<Vec<Problem>>> = files.par_iter().map(of_other).collect();
    all.map(|problems| problems.into_iter().flatten().collect())
}

/// What was known before this run.
struct Before<'b> {
    known: &'b Known,
    folders: &'b Folders,
}

/// Reports what a killed run left in the store.
pub(super) fn note_cleared(writer: &StoreWriter, progress: &dyn Progress) {
    for path in writer.cleared() {
        progress.note(format!("{} is removed: a run that was killed left it", path.display()));
    }
}

/// Adds `batch` as one pack, or as several if one would list too much.
fn take_in(
    batch: Vec<Found>,
    writer: &mut StoreWriter,
    decoder: Decoder,
    request: &IngestRequest,
    before: &Before,
    ingested: &mut Ingested,
    progress: &dyn Progress,
) -> Result<(), RunError> {
    let symbols = Symbols::default();
    let workers = Workers::new(&symbols);
    let read = |chunk: &Vec<Found>| -> io::Result<Taken> {
        let mut taken = Taken::default();
        for file in chunk {
            workers.with_own(|scratch, memory| taken.add(file, decoder, request, before, scratch, memory))?;
            progress.advance(1);
        }
        Ok(taken)
    };
    let chunks: Vec<io::Result<Taken>> =
        batches(batch, CHUNK_BYTES, CHUNK_FILES).par_iter().with_max_len(1).map(read).collect();
    let failed = |reason| {
        let (doing, path) = ("compress the originals for", request.store.clone());
        StoreError::Io { doing, path, reason }
    };
    let mut pack = PackWriter::default();
    for taken in chunks {
        let taken = taken.map_err(failed)?;
        ingested.known += taken.known;
        ingested.problems.extend(taken.problems);
        if pack.is_full_for_all(&taken.pack) {
            ingested.added += add(writer, std::mem::take(&mut pack))?;
        }
        pack.append(taken.pack).map_err(failed)?;
    }
    ingested.added += add(writer, pack)?;
    Ok(())
}

/// Adds a pack; returns the number of its files.
fn add(writer: &mut StoreWriter, pack: PackWriter) -> Result<usize, StoreError> {
    let files = pack.files();
    writer.add(pack).map(|()| files)
}

/// Some files as a part of a pack.
#[derive(Debug, Default)]
struct Taken {
    pack: PackWriter,
    known: usize,
    problems: Vec<Problem>,
}

/// What the decoder finds in a document that is about to be stored.
struct Looked {
    is_foreign: bool,
    says_nothing: bool,
    problems: Vec<Problem>,
    is_member: bool,
    length: usize,
    /// The most bytes that a store lists for it.
    listed: usize,
}

impl Taken {
    /// Reads `found` and adds its originals: the file itself, or the members of an archive that opens completely. For a
    /// document of another program, only name, hash and problems are kept.
    fn add(
        &mut self,
        found: &Found,
        decoder: Decoder,
        request: &IngestRequest,
        before: &Before,
        scratch: &mut StoredBytes,
        memory: &mut Memory,
    ) -> io::Result<()> {
        let limits = &request.limits;
        let mut looked = Vec::new();
        let opened = bytes::open(found, limits, true, scratch, &mut |source, document| {
            let named = found.named && source.inside.is_none();
            let decoded = decoder(source, document, named, limits, memory);
            let texts = decoded.problems.iter().flat_map(|told| [&told.place, &told.what, &told.advice]);
            let texts: usize = texts.chain(&source.inside).map(|text| 2 * text.len() + 64).sum();
            looked.push(Looked {
                is_foreign: decoded.outcome == Outcome::Skipped,
                says_nothing: says_nothing(&decoded),
                listed: texts + 512,
                problems: decoded.problems,
                is_member: source.inside.is_some(),
                length: document.len(),
            });
        });
        self.problems.extend(opened.problems.iter().cloned());
        self.problems.extend(looked.iter().flat_map(|looked| looked.problems.iter().cloned()));
        // A file that could not be read is reported and not kept.
        let Some(sha256) = opened.sha256.clone() else { return Ok(()) };
        let listed: usize = looked.iter().map(|looked| looked.listed).sum();
        let opens_whole =
            opened.failed == 0 && opened.skipped == 0 && opened.problems.is_empty() && listed <= MOST_LISTED;
        let is_plain =
            matches!(&looked[..], [only] if !only.is_member && only.length as u64 == opened.bytes) || !opens_whole;
        let is_foreign = opens_whole && looked.iter().all(|looked| looked.is_foreign);
        let file = PackedFile {
            path: found.source.path.clone(),
            root: found.source.root,
            folder: before.folders.around(found),
            named: found.named,
            bytes: opened.bytes,
            sha256: Some(sha256.clone()),
            ingested_at: request.now.millis(),
            split_from: None,
            documents: Vec::new(),
        };
        let says_nothing = looked.iter().all(|looked| looked.says_nothing);
        if before.known.holds_read(&file, is_foreign, says_nothing) {
            self.known += 1;
            return Ok(());
        }
        self.pack.file(file);
        match &looked[..] {
            [only] if is_plain && is_foreign => self.pack.foreign(None, scratch.bytes(), packed(&only.problems)),
            _ if is_plain => self.pack.document_of(None, scratch.bytes(), sha256),
            _ => self.add_members(found, limits, scratch, &looked),
        }
    }

    fn add_members(
        &mut self,
        found: &Found,
        limits: &Limits,
        stored: &mut StoredBytes,
        looked: &[Looked],
    ) -> io::Result<()> {
        let mut looked = looked.iter();
        let mut added = Ok(());
        stored.unpack(&found.source, limits, Opened::default(), &mut |source, document| {
            let inside = source.inside.as_deref();
            if let (Ok(()), Some(looked)) = (&added, looked.next()) {
                added = if looked.is_foreign {
                    self.pack.foreign(inside, document, packed(&looked.problems))
                } else {
                    self.pack.document(inside, document)
                };
            }
        });
        added
    }
}

fn packed(problems: &[Problem]) -> Vec<PackedProblem> {
    let packed = |problem: &Problem| PackedProblem {
        place: problem.place.clone(),
        kind: problem.kind.code().to_owned(),
        what: problem.what.clone(),
        advice: problem.advice.clone(),
    };
    problems.iter().map(packed).collect()
}

/// Adds what another store keeps, with the date on which it was added there.
fn add_kept(
    from: &Store,
    writer: &mut StoreWriter,
    shard: Option<Shard>,
    known: &Known,
    ingested: &mut Ingested,
) -> Result<(), RunError> {
    let mut repacker = writer.append();
    from.in_turn(&mut |pack| {
        let is_new = |file: &PackedFile| {
            if shard.is_some_and(|shard| !shard.holds(&file.source())) {
                ingested.left_to_others += 1;
                return false;
            }
            let is_known = file.sha256.is_some() && known.holds(file);
            *(if is_known { &mut ingested.known } else { &mut ingested.added }) += 1;
            !is_known
        };
        let new: Vec<bool> = pack.files().iter().map(is_new).collect();
        repacker.add_pack(pack, &|f, _| new[f])
    })?;
    Ok(repacker.finish()?)
}

/// Groups of files with at most `bytes` and `many` files, unless one file is larger.
fn batches(files: Vec<Found>, bytes: u64, many: usize) -> Vec<Vec<Found>> {
    let mut batches: Vec<Vec<Found>> = Vec::new();
    let mut held = 0;
    for file in files {
        let length = std::fs::metadata(&file.path).map_or(0, |there| there.len());
        match batches.last_mut() {
            Some(open) if held + length <= bytes && open.len() < many => {
                held += length;
                open.push(file);
            }
            _ => {
                held = length;
                batches.push(vec![file]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use polars::prelude::{Column, DataType};

    use crate::analyse::{Params, ReportSpec, Sort};
    use crate::problem::Kind;
    use crate::run::{Request, Silent, run};

    /// A decoder that understands nothing.
    fn understands_nothing(source: &Source, _: &[u8], _: bool, _: &Limits, _: &mut Memory) -> Decoded {
        let problems = vec![Problem::new(Kind::BrokenJson, source, "is beyond me")];
        Decoded { outcome: Outcome::Failed, problems, ..Decoded::nothing(source) }
    }

    /// A decoder that reads, and loses every row.
    fn loses_every_row(source: &Source, document: &[u8], named: bool, limits: &Limits, memory: &mut Memory) -> Decoded {
        let mut decoded = decode::decode(source, document, named, limits, memory);
        decoded.answers.clear();
        decoded
    }

    /// The values of each column, with its name.
    fn report(path: &Path) -> Vec<(String, String)> {
        let spec = ReportSpec::Unused { level: crate::model::Level::Service, all_actions: false, sort: Sort::Entity };
        let outcome =
            run(&Request::new(vec![path.to_owned()], Params::default(), vec![spec]), &Silent).expect("a report");
        let sections = &outcome.reports[0].sections;
        // The file of the last access has another path in front, which a store does not keep.
        let is_value = |column: &&Column| column.name() != crate::frame::schema::LAST_ACCESSED_SOURCE;
        let values = |column: &Column| {
            let texts = column.cast(&DataType::String).expect("text");
            let cells = texts.as_materialized_series().iter().map(|cell| cell.to_string());
            (column.name().to_string(), cells.collect::<Vec<_>>().join("\n"))
        };
        let frames = sections[0].table.frames();
        frames.flat_map(|frame| frame.columns().iter().filter(is_value).map(values).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn a_decoder_that_is_corrected_reaches_what_was_stored_before() {
        let home = tempfile::tempdir().expect("a folder");
        let dumps = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/estate");
        let expected = report(&dumps);
        for (name, wrong) in [("nothing", understands_nothing as Decoder), ("rows", loses_every_row)] {
            let store = home.path().join(name);
            let request = IngestRequest {
                paths: vec![dumps.clone()],
                store: store.clone(),
                shard: None,
                limits: Limits::default(),
                saying: AttributionArgs::default(),
                cache: None,
                now: Instant::from_millis(1),
            };
            ingest_with(wrong, &request, &Silent).expect("stored");
            assert_eq!(report(&store), expected, "{name}");
        }
        assert!(fs::read_dir(home.path().join("rows/originals")).expect("a folder").count() == 1);
    }
}
