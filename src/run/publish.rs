//! The tables of a store, for other engines: what all its answers come to when they are settled together.

use std::collections::BTreeMap;

use polars::prelude::*;
use sha2::{Digest, Sha256};

use super::attribution::Attribution;
use super::estate::Estate;
use super::export::in_chunks;
use super::request::{MEMORY, Progress, Request, RunError, Silent};
use crate::analyse::{self, Params, ReportSpec};
use crate::archive::{FILE, Part, Settled, Store, hex};
use crate::catalogue::Catalogue;
use crate::frame::build::{self, Dictionary};
use crate::frame::{Frames, other_operations};
use crate::model::{AccountId, Day, Dump, Instant, SpillFile, Symbols};
use crate::problem::Problem;

/// What Hive calls the partition of rows that have no value.
const NOWHERE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The column that says to which dump a row belongs. One entity can have several dumps of one instant, of both levels, say.
const DUMP: &str = "dump";

/// The program that made the rows: another version may make other rows of the same answers.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// An account and a day, as far as they are known.
type Key<'d> = (Option<&'d AccountId>, Option<Day>);

fn key(dump: &Dump) -> Key<'_> {
    (dump.entity.account.as_ref(), dump.as_of.map(Instant::day))
}

/// Brings the tables of `store` up to its answers. Gives what was done, and every problem of the inputs.
///
/// # Errors
/// Where an answer cannot be read or a table not be written.
pub fn publish(store: &Store, progress: &dyn Progress) -> Result<(Settled, Vec<Problem>), RunError> {
    let symbols = Symbols::default();
    let request = Request {
        hash_inputs: true,
        ..Request::new(vec![store.root().to_owned()], Params::default(), vec![ReportSpec::Check])
    };
    let options = Attribution::to(store)?.options()?;
    let room = SpillFile::new(MEMORY);
    let estate = Estate::read(&request, &options, Catalogue::builtin(), &symbols, &room, &Silent)?;
    let dictionary = Dictionary::new(&symbols)?;
    let hashes: BTreeMap<&str, &str> =
        estate.files.iter().filter_map(|file| Some((file.source.as_str(), file.sha256.as_deref()?))).collect();
    let hash = |source: &str| hashes.get(source.split('!').next()?).map(|hash| (*hash).to_owned());

    let mut partitions: BTreeMap<Key, Vec<&Dump>> = BTreeMap::new();
    for dump in &estate.dumps {
        partitions.entry(key(dump)).or_default().push(dump);
    }
    let mut parts = Vec::new();
    for (key, dumps) in &partitions {
        let fingerprint = fingerprint(dumps, hash);
        let usable: Vec<&Dump> = dumps.iter().copied().filter(|dump| dump.evidence.is_usable()).collect();
        let part = |table: &str, frames| {
            let path = format!("{}/{FILE}", folder(table, *key));
            Part { path, fingerprint: fingerprint.clone(), frames }
        };
        let (dictionary, hash, room) = (&dictionary, &hash, &*room);
        let (of_services, of_actions) = (usable.clone(), usable);
        let id = move |dump: &Dump| id(dump, hash);
        let of_dumps = with_dump(dumps.clone(), |_| 1, room, id, move |dumps| build::dumps(dumps, hash));
        let services = |dump: &Dump| dump.rows.service_count();
        let of_services = with_dump(of_services, services, room, id, move |dumps| build::services(dumps, dictionary));
        let actions = |dump: &Dump| dump.rows.action_count();
        let of_actions = with_dump(of_actions, actions, room, id, move |dumps| build::actions(dumps, dictionary));
        parts.extend([part("dumps", of_dumps), part("services", of_services), part("actions", of_actions)]);
    }
    let said = (PROGRAM, &estate.source_rows, &estate.others);
    let fingerprint = digest(&[format!("{said:?}")]);
    let whole = [
        ("sources", analyse::check_frame(estate.source_rows.clone())?.frames().next().expect("a table has a frame")),
        ("org_services", other_operations::org_services(&estate.others)?),
        ("entities_by_service", other_operations::entities_by_service(&estate.others, |_, _| true)?),
    ];
    parts.extend(whole.into_iter().map(|(table, frame)| {
        let path = format!("{table}/{FILE}");
        Part { path, fingerprint: fingerprint.clone(), frames: Box::new(move |sink| sink(frame.clone())) }
    }));

    progress.begin("settling", parts.len() as u64);
    let settled = store.settle(&parts, &|| progress.advance(1))?;
    Ok((settled, estate.problems))
}

/// The rows of `dumps`, built some dumps at a time, with the column [`DUMP`] added to them.
fn with_dump<'d>(
    dumps: Vec<&'d Dump>,
    rows: impl Fn(&Dump) -> usize + Send + Sync + 'd,
    room: &'d SpillFile,
    id: impl Fn(&Dump) -> String + Send + Sync + 'd,
    build: impl Fn(&[&Dump]) -> PolarsResult<DataFrame> + Send + Sync + 'd,
) -> Frames<'d> {
    Box::new(move |sink| {
        let built = |dumps: &[&Dump]| -> PolarsResult<DataFrame> {
            let mut frame = build(dumps)?;
            let mut ids = StringChunkedBuilder::new(DUMP.into(), frame.height());
            for dump in dumps {
                let id = id(dump);
                (0..rows(dump)).for_each(|_| ids.append_value(&id));
            }
            frame.with_column(ids.finish().into_column())?;
            Ok(frame)
        };
        in_chunks(&dumps, &rows, room, |some| sink(built(some)?))
    })
}

/// Names a dump by the first answer in it, which is in no other: the same whenever the tables are settled. Twelve digits are as many
/// as Polars keeps without a second look.
fn id(dump: &Dump, hash: impl Fn(&str) -> Option<String>) -> String {
    let first = dump.sources.first().map(|(source, at)| (hash(&source.to_string()), source, at));
    let mut id = digest(&[format!("{first:?}")]);
    id.truncate(12);
    id
}

/// Where the rows of an account and a day lie, as Hive spells it.
fn folder(table: &str, (account, day): Key) -> String {
    let account = account.map_or(NOWHERE.to_owned(), ToString::to_string);
    let day = day.map_or(NOWHERE.to_owned(), |day| day.to_string());
    format!("{table}/account_id={account}/as_of={day}")
}

/// Equal exactly where the rows made of `dumps` are: these follow from the files that the dumps were read from, and from what was
/// settled about them.
fn fingerprint(dumps: &[&Dump], hash: impl Fn(&str) -> Option<String>) -> String {
    let mut said = vec![PROGRAM.to_owned()];
    for dump in dumps {
        let sources: Vec<_> = dump.sources.iter().map(|(source, at)| (hash(&source.to_string()), source, at)).collect();
        let who = (&dump.entity, dump.identified_by, dump.evidence, dump.pages);
        let when = (dump.created_at, dump.made_at, dump.as_of);
        said.push(format!("{:?}", (sources, who, when, dump.job_type, dump.job_status, &dump.error)));
    }
    digest(&said)
}

fn digest<T: AsRef<[u8]>>(parts: &[T]) -> String {
    let mut digest = Sha256::new();
    for part in parts.iter().map(AsRef::as_ref) {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    hex(&digest.finalize()[..16])
}
