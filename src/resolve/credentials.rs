//! What answers tell about passwords, access keys and roles, joined credential by credential.
//!
//! The input is every answer of a run. The output is each [`Credential`] once. A use in any answer counts, whichever
//! answer is newest; whether the credential can be used is taken from the newest answer. The answer of
//! `get-access-key-last-used` does not name its key. If neither its path nor the number of keys tells which one it is,
//! a use counts for every key of the user, so that no key is called unused that may be the one, and the lack of a use
//! counts for none. An owner that was created again has other credentials than the one before (rules 18 to 21), and what
//! a newer list does not have any more cannot be used.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use super::grants::{account_of, made_at};
use super::owners::{OwnerFacts, Owners, account_in, is_day_later};
use crate::model::policy::{PolicyAnswer, PolicyOperation};
use crate::model::{
    Accessed, AccountId, Arn, Credential, CredentialKind, CredentialRecord, Dump, Entity, EntityKind, EntityStatement,
    Instant, Source,
};
use crate::problem::{Kind, Problem};

/// A record, with its date and its document.
#[derive(Clone)]
struct Said<'a> {
    record: CredentialRecord,
    /// Which answer it is from.
    answer: usize,
    operation: PolicyOperation,
    made_at: Option<Instant>,
    source: &'a Source,
}

impl Said<'_> {
    fn shows_use(&self) -> bool {
        matches!(self.record.used, Some(Accessed::At(_) | Accessed::Unreadable))
    }

    /// The record where nothing tells that it is about this credential: only a use counts.
    fn uses_alone(&self) -> Self {
        let used = self.record.used.filter(|_| self.shows_use());
        Self { record: CredentialRecord { used, ..self.record.clone() }, ..*self }
    }

    /// Whether it says that its owner has no password.
    fn is_of_none(&self) -> bool {
        let record = &self.record;
        record.kind == CredentialKind::Password && record.is_active == Some(false) && record.used.is_none()
    }
}

/// The order of time.
fn in_time(one: &Said, other: &Said) -> Ordering {
    (one.made_at, one.source).cmp(&(other.made_at, other.source))
}

/// Account, name of the owner in lower case, and kind: the names of an account differ in more than case.
type Owner = (Option<AccountId>, String, CredentialKind);

/// What is known of an owner, by its account and its name in lower case.
#[derive(Default)]
struct KnownOwners {
    /// The ARNs.
    arns: BTreeMap<(Option<AccountId>, String), String>,
    /// The keys of those that only the path of a dump names.
    keys: BTreeMap<(Option<AccountId>, String), String>,
}

impl KnownOwners {
    fn of<'a>(entities: impl IntoIterator<Item = &'a Entity>) -> Self {
        let mut known = Self::default();
        for entity in entities.into_iter().filter(|entity| entity.kind == Some(EntityKind::User)) {
            let name = (entity.account.clone(), entity.name.to_lowercase());
            match &entity.arn {
                Some(arn) => known.arns.insert(name, arn.to_string()),
                None => known.keys.insert(name, entity.key.clone()),
            };
        }
        known
    }

    fn take(&mut self, account: Option<AccountId>, name: &str, arn: String) {
        self.arns.insert((account, name.to_lowercase()), arn);
    }

    /// By the name: the accounts that have an owner of it.
    fn accounts(&self) -> BTreeMap<&str, BTreeSet<&AccountId>> {
        let mut by_name: BTreeMap<&str, BTreeSet<&AccountId>> = BTreeMap::new();
        for (account, name) in self.arns.keys().chain(self.keys.keys()) {
            if let Some(account) = account {
                by_name.entry(name).or_default().insert(account);
            }
        }
        by_name
    }
}

/// Joins the answers, in the order of accounts and owners, for a question about the moment `at`. The `dumps` know the
/// ARNs of users that answers about keys only name; the `statements` tell when the owners were created.
#[must_use]
pub fn settle(
    answers: &[&PolicyAnswer],
    dumps: &[Dump],
    statements: &[EntityStatement],
    at: Option<Instant>,
) -> Vec<Credential> {
    let mut known = KnownOwners::of(dumps.iter().map(|dump| &dump.entity));
    let owners = Owners::of(answers, dumps, statements, at);
    let mut by_owner: BTreeMap<Owner, Vec<Said>> = BTreeMap::new();
    let said = gather(answers, &mut known);
    let accounts_by_name = known.accounts();
    for (account, said) in said {
        let name = said.record.owner.to_lowercase();
        let accounts = accounts_of(&name, account, &accounts_by_name);
        let is_of_one = accounts.len() == 1;
        // In which of them there is no password, nobody knows.
        for account in accounts.into_iter().filter(|_| is_of_one || !said.is_of_none()) {
            let said = if is_of_one { said.clone() } else { said.uses_alone() };
            by_owner.entry((account, name.clone(), said.record.kind)).or_default().push(said);
        }
    }
    let lists = KeyLists::of(&by_owner);
    let mut all = Vec::new();
    for ((account, name, kind), mut said) in by_owner {
        said.sort_by(in_time);
        if said.iter().all(Said::is_of_none) {
            continue;
        }
        let facts = owners.facts(account.as_ref(), &name, kind);
        let newest = lists.newest(account.as_ref(), &name).max(said.last().and_then(|one| one.made_at));
        let is_gone = owners.is_gone(account.as_ref(), &name, kind, newest);
        let of_each = if kind == CredentialKind::AccessKey { by_key(said) } else { vec![said] };
        let owner = (account, name);
        for said in of_each {
            let is_gone = if lists.lack(&owner, &said) { Some(true) } else { is_gone };
            all.push(with_owner(said, facts, is_gone, |said| credential(said, &owner, &known)));
        }
    }
    all
}

/// The records of all answers, each with its account. Adds the owners that answers name to those that are known.
fn gather<'a>(answers: &[&'a PolicyAnswer], known: &mut KnownOwners) -> Vec<(Option<AccountId>, Said<'a>)> {
    let mut found = Vec::new();
    for (at, answer) in answers.iter().enumerate() {
        let of_answer = account_of(answer);
        for record in &answer.credentials {
            let account = record.arn.as_deref().and_then(account_in).or_else(|| of_answer.clone());
            if let Some(arn) = &record.arn {
                known.take(account.clone(), &record.owner, arn.clone());
            }
            let mut record = record.clone();
            if answer.operation == PolicyOperation::AccessKeyLastUsed && record.id.is_none() {
                record.id = key_in_path(answer);
            }
            let operation = answer.operation;
            found.push((
                account,
                Said { record, answer: at, operation, made_at: made_at(answer), source: &answer.source },
            ));
        }
        for entity in &answer.entities {
            known.take(entity.arn.account().cloned(), entity.arn.name(), entity.arn.to_string());
        }
    }
    found
}

/// When answers were made that list every key of a user: by the account and the name.
struct KeyLists(BTreeMap<(Option<AccountId>, String), Vec<Instant>>);

impl KeyLists {
    fn of(by_owner: &BTreeMap<Owner, Vec<Said>>) -> Self {
        let mut lists: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for ((account, name, kind), said) in by_owner.iter().filter(|((.., kind), _)| *kind != CredentialKind::Role) {
            let is_list = |one: &&Said| match one.operation {
                PolicyOperation::CredentialReport => true,
                operation => operation == PolicyOperation::AccessKeys && *kind == CredentialKind::AccessKey,
            };
            let of_user = said.iter().filter(is_list).filter_map(|one| one.made_at);
            lists.entry((account.clone(), name.clone())).or_default().extend(of_user);
        }
        Self(lists)
    }

    /// When the newest of them was made.
    fn newest(&self, account: Option<&AccountId>, name: &str) -> Option<Instant> {
        let of_user = self.0.get(&(account.cloned(), name.to_owned()));
        of_user.into_iter().flatten().max().copied()
    }

    /// Whether one that was made a day after the newest answer about a key, or later, does not have the key. The report
    /// has no ids, so it would not show a key of which nobody knows when it was created.
    fn lack(&self, owner: &(Option<AccountId>, String), key: &[Said]) -> bool {
        let is_dated = key.iter().any(|one| one.record.created.is_some());
        let Some(named) = key.iter().filter_map(|one| one.made_at).max() else { return false };
        let is_key = key.iter().all(|one| one.record.kind == CredentialKind::AccessKey);
        let lists = self.0.get(owner).into_iter().flatten().filter(|_| is_key && is_dated);
        lists.into_iter().any(|made_at| is_day_later(*made_at, named))
    }
}

/// A credential with what is known of its owner. Rule 20: what answers from before the creation show is of a former
/// owner, if there is a later answer; otherwise that is all that is known.
fn with_owner(
    mut said: Vec<Said>,
    facts: &OwnerFacts,
    is_gone: Option<bool>,
    joined: impl Fn(&[Said]) -> Credential,
) -> Credential {
    let is_former = |one: &Said| one.made_at.zip(facts.created).is_some_and(|(made_at, created)| made_at < created);
    let speaks = |one: &Said| one.record.used.is_some() && one.made_at.is_some() && !is_former(one);
    let mut former_use = None;
    if said.iter().any(speaks) {
        let of_former = said.extract_if(.., |one| is_former(one));
        former_use = of_former.filter_map(|one| one.record.used?.instant()).max();
    }
    let is_gone = if said.last().is_some_and(Said::is_of_none) { Some(true) } else { is_gone };
    let mut credential = joined(&said);
    let record = &mut credential.record;
    if record.kind == CredentialKind::Role {
        record.created = record.created.max(facts.created);
    }
    if let Some(is_sure) = is_gone {
        record.is_active = Some(false).filter(|_| is_sure);
    }
    Credential {
        is_gone: is_gone.is_some(),
        owner_created: facts.created,
        owner_recreated: facts.recreated,
        creation_unread: facts.is_unreadable,
        former_use,
        ..credential
    }
}

/// The accounts in which the owner of a record may be: its own, or, if nothing tells which one, every account that has
/// a user of that name.
fn accounts_of(
    name: &str,
    account: Option<AccountId>,
    by_name: &BTreeMap<&str, BTreeSet<&AccountId>>,
) -> Vec<Option<AccountId>> {
    let named = by_name.get(name).filter(|_| account.is_none());
    named.map_or_else(|| vec![account], |accounts| accounts.iter().map(|account| Some((*account).clone())).collect())
}

/// The id of an access key in the place of an answer, or in the path of its file, if there is only one.
pub(super) fn key_in_path(answer: &PolicyAnswer) -> Option<String> {
    key_in(&answer.locator).or_else(|| key_in(&answer.source.logical_path()))
}

fn key_in(path: &str) -> Option<String> {
    let mut ids = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| {
        let is_id = word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_id && (word.starts_with("AKIA") || word.starts_with("ASIA"))
    });
    let id = ids.next().map(str::to_owned);
    id.filter(|_| ids.next().is_none())
}

/// Gives the uses of keys of which an answer does not name the owner to the owners that other answers name for these
/// keys. A use without an owner is left out, and is a problem of its document.
pub fn name_owners(mut answers: Vec<&mut PolicyAnswer>) -> Vec<Problem> {
    let mut owners: BTreeMap<String, CredentialRecord> = BTreeMap::new();
    let is_key = |record: &&CredentialRecord| record.kind == CredentialKind::AccessKey && !record.owner.is_empty();
    for answer in &answers {
        for record in answer.credentials.iter().filter(is_key) {
            if let Some(id) = record.id.clone().or_else(|| key_in_path(answer)) {
                owners.entry(id).or_insert_with(|| record.clone());
            }
        }
    }
    let mut problems = Vec::new();
    for answer in &mut answers {
        if answer.credentials.iter().all(|record| !record.owner.is_empty()) {
            continue;
        }
        let (in_path, problem) = (key_in_path(answer), of_nobody(answer));
        for record in answer.credentials.iter_mut().filter(|record| record.owner.is_empty()) {
            record.id = record.id.take().or_else(|| in_path.clone());
            let of_key = record.id.as_ref().and_then(|id| owners.get(id));
            if let Some(known) = of_key {
                (record.owner, record.arn) = (known.owner.clone(), known.arn.clone());
            } else if !matches!(record.used, None | Some(Accessed::Never)) {
                problems.push(problem.clone());
            }
        }
        answer.credentials.retain(|record| !record.owner.is_empty());
    }
    problems
}

/// Says that nothing names the owner of a key that was used.
fn of_nobody(answer: &PolicyAnswer) -> Problem {
    let what = "tells when an access key was used, but not which user has it; the use counts for nobody";
    let problem = Problem::new(Kind::BadValue, &answer.source, what).at(&answer.locator);
    problem.advise("Save `aws iam list-access-keys` of the user with it, and name the file by the id of the key.")
}

/// The records of each key of a user: keys are told apart by their ids, and, if an answer has none, by their creation
/// dates. Two records of one row of a report are two keys, whatever their dates.
fn by_key(said: Vec<Said>) -> Vec<Vec<Said>> {
    let (named, unnamed): (Vec<Said>, Vec<Said>) =
        said.into_iter().partition(|one| one.record.id.is_some() || one.record.created.is_some());
    // Those with an id first: an answer with an id and a date ties one that has only the id to one that has only the date. In the order of time
    // the two were two keys, one of them gone.
    let (with_id, dated): (Vec<Said>, Vec<Said>) = named.into_iter().partition(|one| one.record.id.is_some());
    let mut keys: Vec<Vec<Said>> = Vec::new();
    for one in with_id.into_iter().chain(dated) {
        // A report that is saved again has a key at the same place.
        let same = (0..keys.len()).filter(|at| may_be_of(&one, &keys[*at]));
        match same.max_by_key(|at| (has_id_of(&one, &keys[*at]), has_place_of(&one, &keys[*at]), Reverse(*at))) {
            Some(at) => keys[at].push(one),
            None => keys.push(vec![one]),
        }
    }
    for key in &mut keys {
        key.sort_by(in_time);
    }
    share_between_twins(&mut keys);
    if keys.is_empty() && !unnamed.is_empty() {
        return vec![unnamed];
    }
    let is_only_key = |silent: &Said| keys.len() == 1 && keys[0].iter().any(|one| is_as_new(one, silent));
    let unnamed: Vec<Said> = unnamed.into_iter().filter(|one| one.shows_use() || is_only_key(one)).collect();
    // The use of a key that only has an id also counts for every key that only has a date: they may be the same key.
    let only_named = |key: &Vec<Said>| key.iter().all(|one| one.record.created.is_none());
    let only_dated = |key: &Vec<Said>| key.iter().all(|one| one.record.id.is_none());
    let of_any_dated: Vec<Said> =
        keys.iter().filter(|key| only_named(key)).flatten().filter(|one| one.shows_use()).cloned().collect();
    for key in &mut keys {
        let of_any = if only_dated(key) { of_any_dated.as_slice() } else { &[] };
        let uses = unnamed.iter().chain(of_any);
        let uses = uses.map(|one| Said { record: CredentialRecord { id: None, ..one.record.clone() }, ..*one });
        key.extend(uses.collect::<Vec<_>>());
    }
    keys
}

/// Whether `one`, which names a key, was made on the day of `silent` or later: the user had this key when `silent` was
/// made.
fn is_as_new(one: &Said, silent: &Said) -> bool {
    one.made_at.map(Instant::day) >= silent.made_at.map(Instant::day)
}

/// Whether a record may be about the key of some others: its id is theirs, or, where one of the two sides has no id, they
/// were created at one moment. A key is in each row of a report once.
fn may_be_of(one: &Said, key: &[Said]) -> bool {
    let has_other_id = one.record.id.is_some() && key.iter().any(|other| other.record.id.is_some());
    let is_of_the_row = |other: &Said| row_of(one).is_some() && row_of(one) == row_of(other);
    let is_of_the_moment = |other: &Said| is_one_moment(one.record.created, other.record.created);
    if has_other_id { has_id_of(one, key) } else { key.iter().any(is_of_the_moment) && !key.iter().any(is_of_the_row) }
}

fn has_id_of(one: &Said, key: &[Said]) -> bool {
    one.record.id.is_some() && key.iter().any(|other| other.record.id == one.record.id)
}

fn has_place_of(one: &Said, key: &[Said]) -> bool {
    let number = |said: &Said| said.record.place.map(|place| place.number);
    number(one).is_some() && key.iter().any(|other| number(other) == number(one))
}

/// The row of a report that a record is from.
fn row_of(said: &Said) -> Option<(usize, usize)> {
    said.record.place.map(|place| (said.answer, place.row))
}

/// Two keys of one moment, made by a script, are told apart by their places in a report only. If a record does not tell
/// which of them it is about, because the other answers have ids or because its row has only one of them, its use counts
/// for both, so that no key is called unused that may be the one.
fn share_between_twins(keys: &mut [Vec<Said>]) {
    let before = keys.to_vec();
    for (at, key) in keys.iter_mut().enumerate() {
        let is_twin = |other: &[Said]| {
            let moments =
                |said: &Said| before[at].iter().any(|one| is_one_moment(one.record.created, said.record.created));
            other.iter().any(moments)
        };
        let twins: Vec<&Vec<Said>> =
            before.iter().enumerate().filter(|(of, twin)| *of != at && is_twin(twin)).map(|(_, twin)| twin).collect();
        if twins.is_empty() {
            continue;
        }
        let has_id = |key: &[Said]| key.iter().any(|one| one.record.id.is_some());
        let is_alone = |said: &Said| {
            row_of(said).is_some() && before.iter().flatten().filter(|other| row_of(other) == row_of(said)).count() == 1
        };
        let any_id = has_id(key) || twins.iter().any(|twin| has_id(twin));
        let is_unsure = |said: &Said| said.record.id.is_none() && (any_id || is_alone(said));
        // Which of them it calls active is not known, either.
        if has_id(key) {
            key.iter_mut().filter(|said| said.record.id.is_none()).for_each(|said| said.record.is_active = None);
        }
        let of_twins = twins.into_iter().flatten().filter(|said| is_unsure(said) && said.shows_use());
        key.extend(of_twins.map(|said| {
            let record = CredentialRecord { is_active: None, place: None, ..said.record.clone() };
            Said { record, ..*said }
        }));
        key.sort_by(in_time);
    }
}

/// Whether two dates are the same moment; clients round differently.
fn is_one_moment(one: Option<Instant>, other: Option<Instant>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.millis().abs_diff(other.millis()) < 1000)
}

/// When it was last switched off, if the newest answer that says it has it switched on. Nobody could use it then.
fn off_until(said: &[Said]) -> Option<Instant> {
    let states = || said.iter().filter_map(|one| Some((one.record.is_active?, one.made_at)));
    let off = states().filter(|(is_active, _)| !is_active).filter_map(|(_, made_at)| made_at).max();
    off.filter(|_| states().next_back().is_some_and(|(is_active, _)| is_active))
}

/// Joins the records of one credential of `owner`; `said` is in the order of time, oldest first.
fn credential(said: &[Said], owner: &(Option<AccountId>, String), known: &KnownOwners) -> Credential {
    let arn = said.iter().find_map(|one| one.record.arn.clone()).or_else(|| known.arns.get(owner).cloned());
    let speaking = said.iter().rev().find(|one| one.record.used.is_some());
    let main = speaking.or_else(|| said.last()).expect("a credential comes from an answer");
    let newest = |of: fn(&CredentialRecord) -> Option<bool>| said.iter().rev().find_map(|one| of(&one.record));
    let last = said.iter().filter_map(|one| Some((one.record.used?.instant()?, one))).max_by_key(|(at, _)| *at);
    let unreadable = said.iter().any(|one| one.record.used == Some(Accessed::Unreadable));
    let used = match (last, unreadable) {
        (Some((at, _)), _) => Some(Accessed::At(at)),
        (None, true) => Some(Accessed::Unreadable),
        (None, false) => speaking.map(|_| Accessed::Never),
    };
    let place = last.map(|(_, one)| &one.record);
    let name = main.record.owner.clone();
    let entity = arn.as_deref().and_then(|arn| Arn::parse(arn).ok()).map(|arn| Entity::of(arn).key);
    let by_path = || known.keys.get(owner).cloned();
    Credential {
        entity: entity.or_else(|| arn.clone()).or_else(by_path).unwrap_or_else(|| name.clone()),
        account: owner.0.clone(),
        record: CredentialRecord {
            arn,
            owner: name,
            kind: main.record.kind,
            id: said.iter().rev().find_map(|one| one.record.id.clone()),
            place: None,
            is_active: newest(|record| record.is_active),
            // It was created again, or changed since: the later date counts.
            created: said.iter().filter_map(|one| one.record.created).max(),
            used,
            region: place.and_then(|record| record.region.clone()),
            service: place.and_then(|record| record.service.clone()),
        },
        undated: unreadable,
        as_of: main.made_at,
        off_until: off_until(said),
        source: main.source.to_string(),
        is_gone: false,
        owner_created: None,
        owner_recreated: None,
        creation_unread: false,
        former_use: None,
    }
}
