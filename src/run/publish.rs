//! The tables of a store, for other engines: what all its originals give when they are resolved together.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use polars::prelude::*;
use sha2::{Digest, Sha256};

use super::attribution::Attribution;
use super::batch::{Batch, Name, by_name};
use super::cache::DecodeCache;
use super::context::RunContext;
use super::day_rows::{AccountDay, DayRows};
use super::error::RunError;
use super::estate::Estate;
use super::export::PolicyTables;
use super::request::{Progress, Request, Silent};
use super::source::InputSides;
use super::stored;
use crate::analyse::{
    self, Names, Params, PublishedTable, Publishing, ReportSpec, STATEMENT_NEEDS, Scope, Sides, entity_rows, together,
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
const PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), ", entities in the order of names");

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
    let current = if all { BTreeMap::new() } else { writer.tables_in_place() };
    let is_wanted = |path: &str, fingerprint: &str| current.get(path).is_none_or(|current| current != fingerprint);
    let publish = |parts: &[Part]| Ok(writer.publish(parts, all, &|| progress.advance(1))?);
    with_parts(&store, cache, progress, is_wanted, publish)
}

/// Makes every table of `store` once more, in memory and from the originals alone, and returns the tables of the store
/// that differ: path and finding.
///
/// # Errors
/// If an original cannot be read.
pub fn verify_tables(store: &Store, progress: &dyn Progress) -> Result<Vec<(String, String)>, RunError> {
    let head = store.head()?;
    let compare = |parts: &[Part]| Ok(store.compare_tables(parts, &|| progress.advance(1))?);
    let wrong = with_parts(store, None, progress, |_, _| true, compare)?.0;
    // What a writer has changed since the originals were read is not wrong.
    if !wrong.is_empty() && store.head()? != head {
        return Err(StoreError::Locked { root: store.root().to_owned() }.into());
    }
    Ok(wrong)
}

/// Hands `work` every table that the originals of `store` give; it will ask for the rows of those of which `is_wanted` accepts the path and the
/// fingerprint. Returns its result, and every problem of the inputs.
fn with_parts<T>(
    store: &Store,
    cache: Option<&DecodeCache>,
    progress: &dyn Progress,
    is_wanted: impl Fn(&str, &str) -> bool,
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
    let mut accounts: BTreeMap<_, BTreeMap<Option<Day>, Vec<&Dump>>> = BTreeMap::new();
    for dump in &estate.dumps {
        let (account, day) = key(dump);
        accounts.entry(account).or_default().entry(day).or_default().push(dump);
    }
    let digests = Digests::of(&estate.dumps, hash);
    let mut parts = Vec::new();
    for (account, days) in accounts {
        let with_fingerprint = |(day, dumps)| {
            let mut day = day_of(day, dumps, &entities);
            let fingerprint = fingerprint((account, day.day), &day, &digests);
            let is_due = |table: &&str| is_wanted(&path(table, (account, day.day)), &fingerprint);
            day.is_wanted = TABLES_OF_A_DAY.iter().any(is_due);
            (day, fingerprint)
        };
        let (days, fingerprints): (Vec<AccountDay>, Vec<String>) = days.into_iter().map(with_fingerprint).unzip();
        parts.extend(of_account(account, &days.into(), fingerprints, publishing, hash));
    }
    parts.extend(of_the_whole(&estate, catalogue)?);
    parts.extend(of_policies(&estate, publishing));
    progress.begin("publishing", parts.len() as u64);
    let done = work(&parts)?;
    drop(parts);
    Ok((done, estate.problems))
}

/// One day of an account, with the documents about its entities.
fn day_of<'d>(day: Option<Day>, dumps: Vec<&'d Dump>, entities: &'d BTreeMap<Name<'d>, Batch<'d>>) -> AccountDay<'d> {
    let names = together_of(&dumps).into_iter();
    let about = names.filter_map(|name| entities.get(&name).map(|entity| (name, entity))).collect();
    AccountDay { day, dumps, about, is_wanted: true }
}

/// The tables of each day of an account.
const TABLES_OF_A_DAY: [&str; 3] = ["dumps", "services", "actions"];

/// The tables of an account: for each of its days the dumps, the services and the actions.
fn of_account<'d>(
    account: Option<&'d AccountId>,
    days: &Arc<[AccountDay<'d>]>,
    fingerprints: Vec<String>,
    publishing: Publishing<'d>,
    hash: impl Fn(&str) -> Option<String> + Copy + Send + Sync + 'd,
) -> Vec<Part<'d>> {
    let id = move |dump: &Dump| id(dump, hash);
    let rows = |level| {
        let finish = Box::new(move |table: PublishedTable| with_dump(table, id));
        Arc::new(DayRows::new(Arc::clone(days), level, publishing, finish))
    };
    let [services, actions] = [Level::Service, Level::Action].map(rows);
    let of_day = |(at, fingerprint): (usize, String)| {
        let of_dumps = {
            let days = Arc::clone(days);
            Box::new(move |sink: &mut Sink| {
                let dumps = &days[at].dumps;
                let frame = build::dumps(dumps, hash)?;
                let all = (0..dumps.len() as IdxSize).collect::<Vec<_>>();
                sink(with_dump(PublishedTable { frame, dump_of: all, dumps: dumps.clone() }, id)?)
            })
        };
        let of_rows = |rows: &Arc<DayRows<'d>>| -> Frames<'d> {
            let rows = Arc::clone(rows);
            Box::new(move |sink: &mut Sink| rows.write(at, sink))
        };
        let frames: [Frames<'d>; 3] = [of_dumps, of_rows(&services), of_rows(&actions)];
        let key = (account, days[at].day);
        let part = move |(table, frames)| Part { path: path(table, key), fingerprint: fingerprint.clone(), frames };
        TABLES_OF_A_DAY.into_iter().zip(frames).map(part).collect::<Vec<_>>()
    };
    fingerprints.into_iter().enumerate().flat_map(of_day).collect()
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

/// The file for the rows of an account and a day, in folders of Hive's form.
fn path(table: &str, (account, day): Key) -> String {
    let account = account.map_or(NOWHERE.to_owned(), ToString::to_string);
    let day = day.map_or(NOWHERE.to_owned(), |day| day.to_string());
    format!("{table}/account_id={account}/as_of={day}/{FILE}")
}

/// Two fingerprints are equal exactly if the rows of the partition are. The rows follow from the files of its dumps and
/// of the other documents about their entities, and from what was resolved about them. A dump from before the newest
/// whole one of its entity is judged by what was known when it was made, so documents of later days change nothing in
/// its partition.
fn fingerprint(of: Key, day: &AccountDay, digests: &Digests) -> String {
    let mut parts = vec![PROGRAM.to_owned()];
    parts.extend(day.dumps.iter().map(|dump| digests.dump(dump).to_owned()));
    // Rows of the present can become rows of the past without a change in an older document.
    for entity in day.about.values() {
        let is_settled = of.1.is_some() && is_before_the_present(of, entity);
        let until = |dump: &&&Dump| !is_settled || dump.made_at.map(Instant::day) <= of.1;
        parts.extend(entity.dumps.iter().filter(until).map(|dump| digests.dump(dump).to_owned()));
        parts.push(format!("{:?}", (&entity.besides, is_settled)));
    }
    digest(&parts)
}

/// A hash of what the rows of each dump follow from.
struct Digests(HashMap<*const Dump, String>);

impl Digests {
    fn of(dumps: &[Dump], hash: impl Fn(&str) -> Option<String>) -> Self {
        let of_dump = |dump: &Dump| {
            let sources: Vec<_> =
                dump.sources.iter().map(|(source, at)| (hash(&source.to_string()), source, at)).collect();
            let who = (&dump.entity, dump.identified_by, dump.evidence, dump.pages);
            let when = (dump.created_at, dump.made_at, dump.as_of);
            digest(&[format!("{:?}", (sources, who, when, dump.job_type, dump.job_status, &dump.error))])
        };
        Self(dumps.iter().map(|dump| (std::ptr::from_ref(dump), of_dump(dump))).collect())
    }

    fn dump(&self, dump: &Dump) -> &str {
        &self.0[&std::ptr::from_ref(dump)]
    }
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
