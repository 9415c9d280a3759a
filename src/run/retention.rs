//! Maintenance of a store: fewer files, and nothing in them beyond what is to be kept.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::attribution::{Attribution, AttributionArgs};
use super::cache::DecodeCache;
use super::context::{Decoding, RunContext};
use super::error::RunError;
use super::estate::Estate;
use super::ingest::note_cleared;
use super::publish;
use super::request::{Progress, Request, Silent};
use super::source::InputSides;
use super::split::{Fate, reduced};
use super::stored::{self, StoredFile};
use crate::analyse::{Params, ReportSpec};
use crate::archive::{Accepted, Pack, PackedFile, Published, Store, StoreError, StoreWriter, UNPACKED};
use crate::catalogue::Catalogue;
use crate::decode::bytes::{self, Opened};
use crate::decode::{self, Decoded, Limits, Memory, Outcome};
use crate::model::policy::{PolicyAnswer, PolicyPart};
use crate::model::{AccountId, Answer, Arn, Dump, Instant, OtherAnswer, OtherRows, Sidecar, Source, Symbols};
use crate::problem::{Kind, Problem, counted};
use crate::util::turn::Turn;

/// Writes the originals of `store` as few packs, each once, and all tables again. The attribution of this run, at
/// `now`, is kept. With `accept_losses` the store is taken as it is; the files that this takes off the head or adds to
/// it are returned.
///
/// # Errors
/// If another process has the store, an original is missing or damaged, or a file cannot be written.
pub fn compact(
    store: &Store,
    saying: &AttributionArgs,
    accept_losses: bool,
    now: Instant,
    cache: Option<&DecodeCache>,
    progress: &dyn Progress,
) -> Result<(Published, Vec<Accepted>), RunError> {
    let said = saying.read()?;
    // A store that lost its head is taken as it is.
    let before = packs_of(store).unwrap_or_default();
    let (mut writer, accepted) = if accept_losses {
        StoreWriter::take_as_it_is(store.clone())?
    } else {
        (StoreWriter::take(store.clone(), None)?, Vec::new())
    };
    Attribution::keep(&said, &mut writer, now)?;
    note_cleared(&writer, progress);
    let packs = writer.store().every_pack(|pack| Ok(pack.files().to_vec()))?;
    let files = || {
        packs.iter().enumerate().flat_map(|(p, files)| files.iter().enumerate().map(move |(f, file)| ((p, f), file)))
    };
    // The one that was added last: until then the file had this content.
    let mut best: BTreeMap<_, (bool, Reverse<i64>, (usize, usize))> = BTreeMap::new();
    for (at, file) in files() {
        let this = (file.is_foreign(), Reverse(file.ingested_at), at);
        let known_by = (file.place(), file.path.clone(), file.content().to_owned());
        best.entry(known_by).and_modify(|best| *best = this.min(*best)).or_insert(this);
    }
    let chosen: BTreeSet<(usize, usize)> = best.into_values().map(|(.., at)| at).collect();
    let unpacked: u64 =
        files().flat_map(|(_, file)| &file.documents).map(|document| document.length).fold(0, u64::saturating_add);
    let enough = 1 + usize::try_from(unpacked / UNPACKED).unwrap_or(usize::MAX);
    if packs.len() > enough || chosen.len() < files().count() {
        let store = writer.store().clone();
        let mut repacker = writer.repack();
        let mut p = 0;
        store.in_turn(&mut |pack| {
            let number = p;
            p += 1;
            repacker.add_pack(pack, &|f, _| chosen.contains(&(number, f)))
        })?;
        repacker.finish()?;
    }
    drop_from_cache(cache, &before, store)?;
    Ok((publish::publish(&mut writer, true, cache, progress)?.0, accepted))
}

/// The names of the packs of `store`.
fn packs_of(store: &Store) -> Result<BTreeSet<String>, RunError> {
    let name = |path: &String| path.trim_start_matches("originals/").trim_end_matches(".pack").to_owned();
    Ok(store.head()?.originals.keys().map(name).collect())
}

/// Removes the packs that `store` had before and no longer has from the cache: what is forgotten must be forgotten
/// there too.
fn drop_from_cache(cache: Option<&DecodeCache>, before: &BTreeSet<String>, store: &Store) -> Result<(), RunError> {
    if let Some(cache) = cache {
        let now = packs_of(store)?;
        cache.forget(&before.difference(&now).cloned().collect::<Vec<_>>());
    }
    Ok(())
}

/// What is to be dropped: all given conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Forget {
    /// Dumps of these accounts; of any account if the list is empty.
    pub accounts: Vec<AccountId>,
    /// Dumps made at this instant or later.
    pub from: Option<Instant>,
    /// Dumps made at this instant or before.
    pub to: Option<Instant>,
    /// Whether all attributions are dropped too.
    pub said: bool,
    /// Whether an original that also holds documents that stay is replaced by these documents.
    pub split: bool,
}

/// What was dropped, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Dumps.
    pub dumps: usize,
    /// Files that are dropped completely.
    pub files: usize,
    /// Originals that are replaced by those of their documents that stay.
    pub split: usize,
    /// What was done to the tables.
    pub published: Published,
}

impl Forget {
    fn names(&self, account: Option<&AccountId>) -> bool {
        self.accounts.is_empty() || account.is_some_and(|account| self.accounts.contains(account))
    }

    /// Whether a date is in the range; a dump without a date is in no range.
    fn spans(&self, made: Option<Instant>) -> bool {
        let (from, to) =
            (self.from.is_none_or(|from| made >= Some(from)), self.to.is_none_or(|to| made.is_some_and(|at| at <= to)));
        self.has_no_dates() || (made.is_some() && from && to)
    }

    /// Whether dumps are to be dropped.
    const fn is_of_dumps(&self) -> bool {
        !self.accounts.is_empty() || !self.has_no_dates()
    }

    const fn has_no_dates(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    fn dump(&self, dump: &Dump) -> bool {
        self.is_of_dumps() && self.names(dump.entity.account.as_ref()) && self.spans(dump.made_at)
    }

    /// Whether everything of the account is dropped.
    fn drops(&self, account: &AccountId) -> bool {
        self.has_no_dates() && self.accounts.contains(account)
    }

    /// Whether a text, such as a path with its folders, names an account that is dropped completely.
    fn owns(&self, text: &str) -> bool {
        accounts_in(text).iter().any(|account| self.drops(account))
    }

    /// Whether a problem of an archive at `path` is about a member of an account that is dropped completely, or loses
    /// nothing.
    fn owns_unread(&self, problem: &Problem, path: &str) -> bool {
        let member = problem.source.strip_prefix(path).and_then(|rest| rest.strip_prefix('!'));
        matches!(problem.kind, Kind::Note | Kind::Foreign) || member.is_some_and(|member| self.owns(member))
    }

    fn of_path(&self, source: &Source) -> Fate {
        Fate::of(self.owns(&source.logical_path()))
    }

    /// The fate of a document at `source` that names the accounts of `texts`. Its path decides only if it names none: a
    /// list of the roles of one account can lie in the folder of another.
    fn of_texts<'t>(&self, texts: impl Iterator<Item = &'t str>, source: &Source) -> Fate {
        let accounts = texts.flat_map(account_of);
        let fates = accounts.map(|account| Fate::of(self.drops(&account)));
        fates.fold(None, |fate, next| Fate::joined(fate, Some(next))).unwrap_or_else(|| self.of_path(source))
    }

    fn sidecar(&self, sidecar: &Sidecar) -> Fate {
        match sidecar {
            Sidecar::Entity { source, arn, .. } => self.of_texts([&**arn].into_iter(), source),
            Sidecar::Generate { source, arn, .. } => self.of_texts(arn.iter().map(|arn| &**arn), source),
            Sidecar::NoAnswer { source, .. } => self.of_path(source),
        }
    }

    /// The fate of an answer about policies. A list of accounts that also names one that stays, stays.
    fn policies(&self, answer: &PolicyAnswer) -> Fate {
        let entities = answer.entities.iter().map(|entity| entity.arn.as_str());
        let policies = answer.policies.iter().map(|policy| policy.arn.as_str());
        let stated = answer.account.iter().map(AccountId::as_str).chain(answer.claim.as_deref());
        let of_part: Vec<&str> = match &answer.part {
            Some(PolicyPart::Attached(policies)) => policies.iter().map(String::as_str).collect(),
            Some(PolicyPart::Members { group, users }) => [group].into_iter().chain(users).map(Arn::as_str).collect(),
            _ => Vec::new(),
        };
        if !answer.accounts.is_empty() {
            return Fate::of(answer.accounts.iter().all(|account| self.drops(&account.id)));
        }
        self.of_texts(entities.chain(policies).chain(stated).chain(of_part), &answer.source)
    }

    /// The fate of an answer of another operation. One about parts of an organization that also names an account that
    /// stays, stays.
    fn other_answer(&self, other_answer: &OtherAnswer) -> Fate {
        if !self.is_of_dumps() || !self.spans(other_answer.job.completed.or(other_answer.job.created)) {
            return Fate::Stays;
        }
        if self.accounts.is_empty() {
            return Fate::Goes;
        }
        let texts: Vec<&str> = match &other_answer.rows {
            OtherRows::Entities(rows) => rows.iter().map(|row| &*row.arn).collect(),
            OtherRows::Organizations(rows) => {
                rows.iter().filter_map(|row| row.path.as_deref()).chain(other_answer.stated.as_deref()).collect()
            }
        };
        let accounts = texts.into_iter().flat_map(account_of);
        let fates = accounts.map(|account| Fate::of(self.accounts.contains(&account)));
        let fate = fates.fold(None, |fate, next| Fate::joined(fate, Some(next)));
        match (fate, &other_answer.rows) {
            (None, _) => self.of_path(&other_answer.source),
            (Some(Fate::Mixed), OtherRows::Organizations(_)) => Fate::Stays,
            (Some(fate), _) => fate,
        }
    }
}

/// The account of an ARN; of any other text, all the numbers in it that can be accounts.
fn account_of(text: &str) -> Vec<AccountId> {
    match Arn::parse(text) {
        Ok(arn) => arn.account().cloned().into_iter().collect(),
        Err(_) => accounts_in(text),
    }
}

/// The numbers of twelve digits in a text.
fn accounts_in(text: &str) -> Vec<AccountId> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(AccountId::parse).collect()
}

/// Drops from `store` the originals of dumps that are to go; or, in a rehearsal, counts them.
///
/// # Errors
/// Those of [`compact`]; an error if an original holds both documents that go and documents that stay, and must not or
/// cannot be split.
pub fn forget(
    store: &Store,
    forget: &Forget,
    is_rehearsal: bool,
    now: Instant,
    cache: Option<&DecodeCache>,
    progress: &dyn Progress,
) -> Result<Forgotten, RunError> {
    let writer = if is_rehearsal { None } else { Some(StoreWriter::take(store.clone(), None)?) };
    if let Some(writer) = &writer {
        note_cleared(writer, progress);
    }
    let said = Attribution::to([store])?;
    let places = Places::of(store, forget, &said)?;
    let fates = {
        let symbols = Symbols::default();
        // The originals alone decide what is dropped.
        let decoding = Decoding { limits: &Limits::default(), symbols: &symbols, cache: None };
        let (packs, differences) = stored::decoded(store, decoding)?;
        // The packs are counted when they are read again: one that cannot be read for a moment would shift what is
        // dropped.
        if let Some(first) = differences.iter().find(|difference| stored::is_loss(difference)) {
            return Err(RunError::Input(format!("{first}; nothing was dropped")));
        }
        let of_files = |files: &Vec<StoredFile>| files.iter().map(|file| fates(file, forget, &places)).collect();
        packs.iter().map(of_files).collect::<Vec<Vec<Vec<Fate>>>>()
    };
    let mixed = mixed(store, &fates)?;
    if !mixed.is_empty() && (is_rehearsal || !forget.split) {
        let split = split_in_vain(store, &fates, forget, &places);
        if !forget.split {
            return Err(RunError::Input(also_holds(&mixed, split.err().as_ref())));
        }
        split?;
    }
    let is_gone = |fates: &&Vec<Fate>| !fates.is_empty() && fates.iter().all(|fate| *fate == Fate::Goes);
    let files = fates.iter().flatten().filter(is_gone).count();
    let mut forgotten = Forgotten { dumps: places.dumps, files, split: mixed.len(), ..Forgotten::default() };
    if let Some(mut writer) = writer {
        let mut repacker = writer.repack();
        let mut packs = fates.iter();
        store.in_turn(&mut |pack| {
            let fates = packs.next().map_or(&[][..], Vec::as_slice);
            repacker.add_pack(pack, &|f, d| fates[f][d] == Fate::Stays)?;
            split_mixed(pack, fates, forget, &places, &mut |file, left| repacker.add_documents(file, left))
        })?;
        let before = packs_of(store)?;
        repacker.finish()?;
        drop_from_cache(cache, &before, store)?;
        let left = if forget.said { Attribution::default() } else { said.clone().without(|text| forget.owns(text)) };
        if left != said {
            left.replace(&mut writer, now)?;
        }
        let published = publish::publish(&mut writer, false, cache, progress);
        forgotten.published = published.map_err(|error| RunError::Behind(Box::new(error)))?.0;
    }
    Ok(forgotten)
}

/// The originals that hold both documents that go and documents that stay, as text.
fn mixed(store: &Store, fates: &[Vec<Vec<Fate>>]) -> Result<Vec<String>, RunError> {
    let (mut mixed, mut packs) = (Vec::new(), fates.iter());
    store.in_turn(&mut |pack| {
        for (file, fates) in pack.files().iter().zip(packs.next().into_iter().flatten()) {
            let documents = file.documents.iter().zip(fates).filter(|(_, fate)| **fate == Fate::Mixed);
            mixed.extend(
                documents.map(|(document, _)| Source { inside: document.inside.clone(), ..file.source() }.to_string()),
            );
        }
        Ok(())
    })?;
    mixed.sort();
    mixed.dedup();
    Ok(mixed)
}

/// Why nothing is dropped: originals also hold what stays; and why they cannot be split, if they cannot.
fn also_holds(mixed: &[String], unsplittable: Option<&StoreError>) -> String {
    let of = counted(mixed.len(), "original also holds", "originals also hold");
    let advice = match unsplittable {
        Some(StoreError::Unsplittable { of, why }) => format!("`{of}` cannot be split: {why}"),
        Some(other) => other.to_string(),
        None if mixed.len() == 1 => "With --split it is replaced by the documents of it that stay".to_owned(),
        None => "With --split each is replaced by the documents of it that stay".to_owned(),
    };
    format!("{of} what stays, and nothing was dropped: {}. {advice}", shown(mixed))
}

/// Splits the originals that hold both, and writes nothing.
fn split_in_vain(store: &Store, fates: &[Vec<Vec<Fate>>], forget: &Forget, places: &Places) -> Result<(), StoreError> {
    let mut packs = fates.iter();
    store.in_turn(&mut |pack| {
        let fates = packs.next().map_or(&[][..], Vec::as_slice);
        split_mixed(pack, fates, forget, places, &mut |_, _| Ok(()))
    })
}

fn shown(names: &[String]) -> String {
    let first: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(first.len());
    if more == 0 { first.join(", ") } else { format!("{} and {more} more", first.join(", ")) }
}

/// Takes a file, and the documents that stay of it.
type Split<'s> = dyn FnMut(PackedFile, &[Staying]) -> Result<(), StoreError> + 's;

/// Hands the part that stays of the originals of `pack` that hold both to `into`.
fn split_mixed(
    pack: &Pack,
    fates: &[Vec<Fate>],
    forget: &Forget,
    places: &Places,
    into: &mut Split,
) -> Result<(), StoreError> {
    let is_mixed = |f: usize, d: usize| fates[f][d] == Fate::Mixed;
    let mut buffer = Vec::new();
    for group in pack.groups() {
        // The originals of a group are in one frame, or there is a single larger one.
        let (mut found, mut turn) = (Vec::new(), Turn::default());
        let read = pack.each_of(&group, &is_mixed, &mut buffer, &mut |f, d, parts| {
            found.push((f, d, parts.whole(&mut turn)?.into_owned()));
            Ok(())
        });
        read.map_err(|error| StoreError::Unsplittable { of: String::new(), why: error.to_string() })?;
        for (f, d, bytes) in found {
            let (file, original) = (&pack.files()[f], &pack.files()[f].documents[d]);
            let unsplittable = |why: String| StoreError::Unsplittable {
                of: Source { inside: original.inside.clone(), ..file.source() }.to_string(),
                why,
            };
            let documents = what_stays(file, d, (&bytes, &mut turn), forget, places).map_err(unsplittable)?;
            let split_from = Some(original.sha256.clone());
            let rest = PackedFile { sha256: None, split_from, named: false, documents: Vec::new(), ..file.clone() };
            into(rest, &documents)?;
        }
    }
    Ok(())
}

/// A document that stays: its name as a member of an archive, and its bytes.
type Staying = (Option<String>, Vec<u8>);

/// The documents that stay from original `d` of `file`: the members of an archive, or the document without the answers
/// that go.
fn what_stays(
    file: &PackedFile,
    d: usize,
    (stored, turn): (&[u8], &mut Turn),
    forget: &Forget,
    places: &Places,
) -> Result<Vec<Staying>, String> {
    let (symbols, limits) = (Symbols::default(), Limits::default());
    let mut memory = Memory::new(&symbols);
    let (mut left, mut failed) = (Vec::new(), Ok(()));
    let mut each = |source: &Source, document: &[u8]| {
        let decoded = decode::decode(source, document, false, &limits, &mut memory);
        match fate(&decoded, forget, places) {
            Some(Fate::Goes) => {}
            Some(Fate::Stays) | None => left.push((source.inside.clone(), document.to_vec())),
            Some(Fate::Mixed) => match reduced(&decoded, document, &mut memory, &|answer| places.of_answer(answer)) {
                Ok(rest) => left.push((source.inside.clone(), rest)),
                Err(why) => failed = Err(why),
            },
        }
    };
    if file.is_whole() {
        let opened = bytes::unpack(&file.source(), stored, &limits, Opened::default(), turn, &mut each);
        if let Some(lost) = opened.problems.iter().find(|problem| !forget.owns_unread(problem, &file.path)) {
            return Err(format!("it is damaged, and nobody knows what is lost ({})", lost.what));
        }
    } else {
        each(&Source { inside: file.documents[d].inside.clone(), ..file.source() }, stored);
    }
    failed.map(|()| left)
}

/// The places of answers that go, and of those that stay, with the dates of the dumps that hold them.
#[derive(Debug, Default)]
struct Places {
    /// How many dumps go.
    dumps: usize,
    gone: BTreeMap<(Source, String), BTreeSet<Option<Instant>>>,
    left: BTreeMap<(Source, String), BTreeSet<Option<Instant>>>,
}

impl Places {
    fn of(store: &Store, forget: &Forget, said: &Attribution) -> Result<Self, RunError> {
        let request = Request::new(vec![store.root().to_owned()], Params::default(), vec![ReportSpec::Check]);
        let symbols = Symbols::default();
        let options = said.options()?;
        let catalogue = Catalogue::builtin();
        let context =
            RunContext { request: &request, options: &options, catalogue, symbols: &symbols, progress: &Silent };
        let estate = Estate::read(&InputSides::of(&request)?, &context)?;
        let mut places = Self::default();
        for dump in &estate.dumps {
            let goes = forget.dump(dump);
            places.dumps += usize::from(goes);
            let of = if goes { &mut places.gone } else { &mut places.left };
            for place in dump.sources.iter().chain(&dump.duplicates) {
                of.entry(place.clone()).or_default().insert(dump.made_at);
            }
        }
        Ok(places)
    }

    /// The fate of `answer`. One place can have had several contents, week after week: then the answer's own date tells
    /// which one it is.
    fn of_answer(&self, answer: &Answer) -> Fate {
        let place = (answer.source.clone(), answer.locator.clone());
        match (self.gone.get(&place), self.left.get(&place)) {
            (Some(_), None) => Fate::Goes,
            (None, _) => Fate::Stays,
            (Some(gone), Some(left)) => {
                let made = answer.job.completed.or(answer.job.created);
                match (gone.contains(&made), left.contains(&made)) {
                    (true, false) => Fate::Goes,
                    (false, true) => Fate::Stays,
                    _ => Fate::Mixed,
                }
            }
        }
    }
}

/// The fate of each original of `file`.
fn fates(file: &StoredFile, forget: &Forget, places: &Places) -> Vec<Fate> {
    let mut fates: Vec<Option<Fate>> = vec![None; file.names.len()];
    for (decoded, d) in file.read.documents.iter().zip(&file.originals) {
        fates[*d] = Fate::joined(fates[*d], fate(decoded, forget, places));
    }
    // What holds no document of ours is dropped with the account of the folder that it lies in, on disk or in an archive.
    let alone = |name: &Option<String>| {
        let source = Source { inside: name.clone(), ..file.read.source.clone() };
        forget.of_path(&source)
    };
    fates.into_iter().zip(&file.names).map(|(fate, name)| fate.unwrap_or_else(|| alone(name))).collect()
}

/// The fate of one document; `None` if it holds nothing.
fn fate(document: &Decoded, forget: &Forget, places: &Places) -> Option<Fate> {
    let answers = document.answers.iter().map(|answer| places.of_answer(answer));
    let sidecars = document.sidecars.iter().map(|sidecar| forget.sidecar(sidecar));
    let others = document.others.iter().map(|other_answer| forget.other_answer(other_answer));
    let policies = document.policies.iter().map(|answer| forget.policies(answer));
    // What could not be read still names the account.
    let unread = document.unread.iter().filter_map(|arn| Some(Fate::of(forget.drops(arn.account()?))));
    let all = answers.chain(sidecars).chain(others).chain(policies).chain(unread);
    let held = all.fold(None, |fate, next| Fate::joined(fate, Some(next)));
    let is_lost = document.outcome == Outcome::Failed;
    held.or_else(|| is_lost.then(|| forget.of_path(&document.source)))
}
