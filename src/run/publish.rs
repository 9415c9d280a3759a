//! The tables of a store, for other engines: what all its originals give when they are resolved together.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use sha2::{Digest, Sha256};

use super::attribution::Attribution;
use super::batch::{Batch, Name, by_name};
use super::cache::DecodeCache;
use super::context::RunContext;
use super::error::RunError;
use super::estate::Estate;
use super::export::PolicyTables;
use super::request::{Progress, Request, Silent};
use super::source::InputSides;
use super::stored;
use crate::analyse::{
    self, History, Names, Needs, Params, PublishedTable, Publishing, ReportSpec, STATEMENT_NEEDS, Scope, Sides,
    entity_rows, published, together,
};
use crate::archive::{FILE, Part, Published, Store, StoreError, StoreWriter, hex};
use crate::catalogue::Catalogue;
use crate::frame::build::{self, Dictionary};
use crate::frame::{Frames, Sink, other_operations, schema};
use crate::model::{AccountId, Day, Dump, Instant, Level, Symbols};
use crate::problem::Problem;
use crate::report::InputFile;

/// Hive's name for the partition of rows without a value.
const NOWHERE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The column that names the dump of a row. One entity can have several dumps of one instant, for example of both
/// levels.
const DUMP: &str = "dump";

/// The program that made the rows: another version may make other rows from the same answers.
const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), ", rows in pieces of the partition");

/// An account and a day, as far as they are known.
type Key<'d> = (Option<&'d AccountId>, Option<Day>);

fn key(dump: &Dump) -> Key<'_> {
    (dump.entity.account.as_ref(), dump.as_of.map(Instant::day))
}

/// Updates the tables of the store to its originals: those that have changed, or `all` of them. Returns what was done,
/// and every problem of the inputs.
///
/// # Errors
/// If an original cannot be read or a table cannot be written.
pub fn publish(
    writer: &mut StoreWriter,
    all: bool,
    cache: Option<&DecodeCache>,
    progress: &dyn Progress,
) -> Result<(Published, Vec<Problem>), RunError> {
    let store = writer.store().clone();
    with_parts(&store, cache, progress, |parts| Ok(writer.publish(parts, all, &|| progress.advance(1))?))
}

/// Makes every table of `store` once more, in memory and from the originals alone, and returns the tables of the store
/// that differ: path and finding.
///
/// # Errors
/// If an original cannot be read.
pub fn verify_tables(store: &Store, progress: &dyn Progress) -> Result<Vec<(String, String)>, RunError> {
    let head = store.head()?;
    let wrong = with_parts(store, None, progress, |parts| Ok(store.compare_tables(parts, &|| progress.advance(1))?))?.0;
    // What a writer has changed since the originals were read is not wrong.
    if !wrong.is_empty() && store.head()? != head {
        return Err(StoreError::Locked { root: store.root().to_owned() }.into());
    }
    Ok(wrong)
}

/// Hands `work` every table that the originals of `store` give. Returns its result, and every problem of the inputs.
fn with_parts<T>(
    store: &Store,
    cache: Option<&DecodeCache>,
    progress: &dyn Progress,
    work: impl FnOnce(&[Part]) -> Result<T, RunError>,
) -> Result<(T, Vec<Problem>), RunError> {
    let symbols = Symbols::default();
    let request = Request {
        hash_inputs: true,
        cache: cache.cloned(),
        ..Request::new(vec![store.root().to_owned()], Params::default(), vec![ReportSpec::Check])
    };
    let options = Attribution::to([store])?.options()?;
    let catalogue = Catalogue::builtin();
    let context = RunContext { request: &request, options: &options, catalogue, symbols: &symbols, progress: &Silent };
    let estate = Estate::read(&InputSides::of(&request)?, &context)?;
    // Tables of a part of the originals would look like those of the whole.
    if let Some(loss) = estate.problems.iter().find(|problem| stored::is_loss(problem)) {
        return Err(RunError::Input(loss.to_string()));
    }
    let dictionary = Dictionary::new(&symbols)?;
    let names = Names::new(&symbols, catalogue, estate.dumps.iter());
    let publishing = Publishing { catalogue, dictionary: &dictionary, names: &names };
    // All documents of an entity are needed: an older one may lengthen a silence, a newer one may end the present.
    let entities = by_name(&estate.dumps, &estate.besides);
    let hashes: BTreeMap<&str, &str> =
        estate.files.iter().filter_map(|file| Some((file.source.as_str(), file.sha256.as_deref()?))).collect();
    let hash = |source: &str| hashes.get(source.split('!').next()?).map(|hash| (*hash).to_owned());
    let mut partitions: BTreeMap<Key, Vec<&Dump>> = BTreeMap::new();
    for dump in &estate.dumps {
        partitions.entry(key(dump)).or_default().push(dump);
    }
    let mut parts = Vec::new();
    for (key, dumps) in &partitions {
        let about: Vec<&Batch> = together_of(dumps).into_iter().filter_map(|name| entities.get(&name)).collect();
        parts.extend(of_partition(*key, dumps, &about, publishing, hash));
    }
    parts.extend(of_the_whole(&estate, catalogue)?);
    parts.extend(of_policies(&estate, publishing));
    progress.begin("publishing", parts.len() as u64);
    let done = work(&parts)?;
    drop(parts);
    Ok((done, estate.problems))
}

/// The tables of one account and day: its dumps, and the rows of `about`, which holds all documents about their entities.
fn of_partition<'d>(
    of: Key<'d>,
    dumps: &[&'d Dump],
    about: &[&'d Batch<'d>],
    publishing: Publishing<'d>,
    hash: impl Fn(&str) -> Option<String> + Copy + Send + Sync + 'd,
) -> [Part<'d>; 3] {
    let fingerprint = fingerprint(of, dumps, about, hash);
    let part = |table: &str, frames| {
        let path = format!("{}/{FILE}", folder(table, of));
        Part { path, fingerprint: fingerprint.clone(), frames }
    };
    let id = move |dump: &Dump| id(dump, hash);
    let dumps = dumps.to_vec();
    let of_dumps = Box::new(move |sink: &mut Sink| {
        let frame = build::dumps(&dumps, hash)?;
        let all = (0..dumps.len() as IdxSize).collect::<Vec<_>>();
        sink(with_dump(PublishedTable { frame, dump_of: all, dumps: dumps.clone() }, id)?)
    });
    let rows = |level| rows(about.to_vec(), of, level, publishing, id);
    let (of_services, of_actions) = (rows(Level::Service), rows(Level::Action));
    [part("dumps", of_dumps), part("services", of_services), part("actions", of_actions)]
}

/// The tables of one file each that hold no policies.
fn of_the_whole<'e>(estate: &Estate, catalogue: &Catalogue) -> Result<Vec<Part<'e>>, RunError> {
    let said = (PROGRAM, &estate.source_rows, &estate.others);
    let fingerprint = digest(&[format!("{said:?}")]);
    let dumps: Vec<_> = estate.dumps.iter().collect();
    let besides: Vec<_> = estate.besides.iter().collect();
    let sources = analyse::check_frame(estate.source_rows.clone())?.frames().next().expect("a table has a frame");
    let tables = [
        ("sources", fingerprint.clone(), sources),
        ("org_services", fingerprint.clone(), other_operations::org_services(&estate.others)?),
        ("service_entities", fingerprint, other_operations::service_entities(&estate.others, |_, _| true)?),
        ("entities", of_entities(estate), entity_rows(&dumps, &besides, catalogue)?),
    ];
    let part = |(table, fingerprint, frame): (&str, String, DataFrame)| Part {
        path: format!("{table}/{FILE}"),
        fingerprint,
        frames: Box::new(move |sink: &mut Sink| sink(frame.clone())),
    };
    Ok(tables.into_iter().map(part).collect())
}

/// The tables of policies.
fn of_policies<'e>(estate: &'e Estate, publishing: Publishing<'e>) -> [Part<'e>; 3] {
    let fingerprint = of_grants(estate);
    let part = |table: &str, frames| Part { path: format!("{table}/{FILE}"), fingerprint: fingerprint.clone(), frames };
    [
        part("attachments", Box::new(|sink| sink(analyse::attachments(&estate.grants)?))),
        part("statements", Box::new(move |sink| statements(estate, publishing, sink))),
        part("grant_dates", Box::new(move |sink| policies_of(estate, publishing).grant_dates(sink))),
    ]
}

/// The rows of statements, some entities at a time; none where no policy is known.
fn statements(estate: &Estate, publishing: Publishing, sink: &mut Sink) -> PolarsResult<()> {
    if estate.grants.is_empty() {
        return sink(DataFrame::empty_with_schema(&schema::STATEMENTS));
    }
    policies_of(estate, publishing).in_batches(STATEMENT_NEEDS, |context, asked, holders| {
        let scope = Scope::new(context, asked, Sides::default(), STATEMENT_NEEDS, LazyFrame::collect)?;
        sink(analyse::statements(&scope.with_holders(holders))?)
    })
}

const fn policies_of<'e>(estate: &'e Estate, publishing: Publishing<'e>) -> PolicyTables<'e> {
    PolicyTables {
        grants: &estate.grants,
        dumps: estate.dumps.as_slice(),
        besides: estate.besides.as_slice(),
        publishing,
    }
}

fn together_of<'d>(dumps: &[&'d Dump]) -> BTreeSet<Name<'d>> {
    dumps.iter().map(|dump| together(&dump.entity)).collect()
}

/// The rows of the dumps of `key`, each judged by all documents about its entity.
fn rows<'d>(
    about: Vec<&'d Batch<'d>>,
    of: Key<'d>,
    level: Level,
    publishing: Publishing<'d>,
    id: impl Fn(&Dump) -> String + Send + Sync + 'd,
) -> Frames<'d> {
    Box::new(move |sink| {
        let mut rest = about.as_slice();
        loop {
            let (some, others) = rest.split_at(in_one_piece(of, rest, level));
            let batch = Batch {
                dumps: some.iter().flat_map(|entity| &entity.dumps).copied().collect(),
                besides: some.iter().flat_map(|entity| &entity.besides).copied().collect(),
                ..Batch::default()
            };
            let unpacked = batch.unpacked();
            let batch = unpacked.batch();
            let histories = History::all(&batch.dumps, &batch.besides, publishing.catalogue);
            let rows = published(&publishing, &histories, level, |dump| key(dump) == of)?;
            sink(with_dump(rows, &id)?)?;
            rest = others;
            if rest.is_empty() {
                return Ok(());
            }
        }
    })
}

/// Rows of a partition that are made at a time. They are sorted together, so only the partition itself may decide how many entities they
/// are of: with documents of other days in the count, each new day moved the rows of older ones, and `store verify --deep` called these wrong.
const PIECE_ROWS: usize = 1 << 13;

/// How many of the first entities have the rows of the next piece.
fn in_one_piece(of: Key, entities: &[&Batch], level: Level) -> usize {
    let needs = Needs { other_actions: level == Level::Action, ..Needs::NOTHING };
    let mut rows = 0;
    let is_within = |entity: &&&Batch| {
        let fits = rows < PIECE_ROWS;
        rows += entity.dumps.iter().filter(|dump| key(dump) == of).map(|dump| needs.rows_of(dump)).sum::<usize>();
        fits
    };
    entities.iter().take_while(is_within).count()
}

/// The rows with the additional column [`DUMP`].
fn with_dump(rows: PublishedTable, id: impl Fn(&Dump) -> String) -> PolarsResult<DataFrame> {
    let PublishedTable { mut frame, dump_of, dumps } = rows;
    let ids: Vec<String> = dumps.iter().map(|dump| id(dump)).collect();
    let mut column = StringChunkedBuilder::new(DUMP.into(), frame.height());
    for at in dump_of {
        column.append_value(&ids[at as usize]);
    }
    frame.with_column(column.finish().into_column())?;
    Ok(frame)
}

/// Names a dump by the first answer in it, which is in no other dump: the name is the same whenever the tables are
/// published. Polars keeps up to twelve bytes of text inside a column, so the name has twelve digits.
fn id(dump: &Dump, hash: impl Fn(&str) -> Option<String>) -> String {
    let first = dump.sources.first().map(|(source, at)| (hash(&source.to_string()), source, at));
    let mut id = digest(&[format!("{first:?}")]);
    id.truncate(12);
    id
}

/// The folder for the rows of an account and a day, in Hive's form.
fn folder(table: &str, (account, day): Key) -> String {
    let account = account.map_or(NOWHERE.to_owned(), ToString::to_string);
    let day = day.map_or(NOWHERE.to_owned(), |day| day.to_string());
    format!("{table}/account_id={account}/as_of={day}")
}

/// Two fingerprints are equal exactly if the rows of the partition are. The rows follow from the files of its dumps and
/// of the other documents about their entities, and from what was resolved about them. A dump from before the newest
/// whole one of its entity is judged by what was known when it was made, so documents of later days change nothing in
/// its partition.
fn fingerprint(of: Key, dumps: &[&Dump], about: &[&Batch], hash: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = vec![PROGRAM.to_owned()];
    let mut push = |dump: &Dump| {
        let sources: Vec<_> = dump.sources.iter().map(|(source, at)| (hash(&source.to_string()), source, at)).collect();
        let who = (&dump.entity, dump.identified_by, dump.evidence, dump.pages);
        let when = (dump.created_at, dump.made_at, dump.as_of);
        parts.push(format!("{:?}", (sources, who, when, dump.job_type, dump.job_status, &dump.error)));
    };
    for dump in dumps {
        push(dump);
    }
    // Rows of the present can become rows of the past without a change in an older document.
    let mut settled = Vec::new();
    for entity in about {
        let is_settled = of.1.is_some() && is_before_the_present(of, entity);
        let until = |dump: &&&Dump| !is_settled || dump.made_at.map(Instant::day) <= of.1;
        entity.dumps.iter().filter(until).for_each(|dump| push(dump));
        settled.push(is_settled);
    }
    for (entity, is_settled) in about.iter().zip(settled) {
        parts.push(format!("{:?}", (&entity.besides, is_settled)));
    }
    digest(&parts)
}

/// Two fingerprints are equal exactly if the rows of the table of entities are.
fn of_entities(estate: &Estate) -> String {
    let of_dump = |dump: &Dump| {
        format!(
            "{:?}",
            (&dump.entity, dump.evidence, dump.proves_absence(), dump.has_action_level(), dump.made_at, dump.as_of)
        )
    };
    let of_besides = estate.besides.iter().map(|beside| format!("{:?}", beside.entity));
    let parts: Vec<_> =
        [PROGRAM.to_owned()].into_iter().chain(estate.dumps.iter().map(of_dump)).chain(of_besides).collect();
    digest(&parts)
}

/// Equal exactly where the rows about policies are: these follow from all files, and from what was settled about the dumps in them.
fn of_grants(estate: &Estate) -> String {
    let of_file = |file: &InputFile| format!("{:?}", (&file.source, &file.sha256));
    let of_dump = |dump: &Dump| {
        let settled = (&dump.entity, dump.identified_by, dump.evidence, dump.made_at, dump.as_of, dump.job_type);
        format!("{:?}", (&dump.sources, settled))
    };
    let of_besides = estate.besides.iter().map(|beside| format!("{beside:?}"));
    let parts = [PROGRAM.to_owned()].into_iter().chain(estate.files.iter().map(of_file));
    let parts: Vec<_> = parts.chain(estate.dumps.iter().map(of_dump)).chain(of_besides).collect();
    digest(&parts)
}

/// Whether every entity has a later whole dump with action level than those of the partition, so that none of these
/// counts for the present.
fn is_before_the_present(of: Key, entity: &Batch) -> bool {
    let keys: BTreeSet<&str> =
        entity.dumps.iter().filter(|dump| key(dump) == of).map(|d| d.entity.key.as_str()).collect();
    keys.iter().all(|of_entity| {
        entity.dumps.iter().any(|dump| {
            let is_later = dump.made_at.map(Instant::day) > of.1 && dump.entity.key == *of_entity;
            is_later && dump.proves_absence() && dump.has_action_level()
        })
    })
}

fn digest<T: AsRef<[u8]>>(parts: &[T]) -> String {
    let mut digest = Sha256::new();
    for part in parts.iter().map(AsRef::as_ref) {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    hex(&digest.finalize()[..16])
}
