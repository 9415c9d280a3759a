//! What answers tell about passwords, access keys and roles, joined credential by credential.
//!
//! The input is every answer of a run. The output is each [`Credential`] once. A use in any answer counts, whichever
//! answer is newest; whether the credential can be used is taken from the newest answer. The answer of
//! `get-access-key-last-used` does not name its key. If neither its path nor the number of keys tells which one it is,
//! the use counts for every key of the user, so that no key is called unused that may be the one.

use std::collections::BTreeMap;

use super::grants::{account_of, made_at};
use crate::model::policy::{PolicyAnswer, PolicyOperation};
use crate::model::{
    Accessed, AccountId, Arn, Credential, CredentialKind, CredentialRecord, Entity, EntityKind, Instant, Source,
};

/// A record, with its date and its document.
#[derive(Clone)]
struct Said<'a> {
    record: CredentialRecord,
    made_at: Option<Instant>,
    source: &'a Source,
}

/// Account, name of the owner, and kind.
type Owner = (Option<AccountId>, String, CredentialKind);

/// Joins the answers, in the order of accounts and owners. `known` are the entities of the dumps: answers about keys
/// name a user and not its ARN.
#[must_use]
pub fn settle<'a>(
    answers: impl IntoIterator<Item = &'a PolicyAnswer>,
    known: impl IntoIterator<Item = &'a Entity>,
) -> Vec<Credential> {
    let mut arns: BTreeMap<(Option<AccountId>, String), String> = BTreeMap::new();
    for arn in known.into_iter().filter_map(|entity| entity.arn.as_ref()).filter(|arn| arn.kind() == EntityKind::User) {
        arns.insert((arn.account().cloned(), arn.name().to_owned()), arn.to_string());
    }
    let mut found: Vec<(Option<AccountId>, Said)> = Vec::new();
    for answer in answers {
        let of_answer = account_of(answer);
        for record in &answer.credentials {
            let account = record.arn.as_deref().and_then(account_in).or_else(|| of_answer.clone());
            if let Some(arn) = &record.arn {
                arns.insert((account.clone(), record.owner.clone()), arn.clone());
            }
            let mut record = record.clone();
            if answer.operation == PolicyOperation::AccessKeyLastUsed && record.id.is_none() {
                record.id = key_in_path(&answer.source);
            }
            let said = Said { record, made_at: made_at(answer), source: &answer.source };
            found.push((account, said));
        }
        for entity in &answer.entities {
            arns.insert((entity.arn.account().cloned(), entity.arn.name().to_owned()), entity.arn.to_string());
        }
    }
    let mut owners: BTreeMap<Owner, Vec<Said>> = BTreeMap::new();
    for (account, said) in found {
        for account in accounts_of(&said.record, account, &arns) {
            owners.entry((account, said.record.owner.clone(), said.record.kind)).or_default().push(said.clone());
        }
    }
    let mut all = Vec::new();
    for ((account, owner, kind), mut said) in owners {
        said.sort_by(|a, b| (a.made_at, a.source).cmp(&(b.made_at, b.source)));
        let arn = said
            .iter()
            .find_map(|one| one.record.arn.clone())
            .or_else(|| arns.get(&(account.clone(), owner.clone())).cloned());
        let of_each = if kind == CredentialKind::AccessKey { by_key(said) } else { vec![said] };
        all.extend(of_each.into_iter().map(|said| credential(&said, account.clone(), arn.clone())));
    }
    all
}

/// The accounts in which the owner of a record may be: its own, or, if nothing tells which one, every account that has
/// a user of that name. A use counts in each, so that no key is called unused that may be the one.
fn accounts_of(
    record: &CredentialRecord,
    account: Option<AccountId>,
    arns: &BTreeMap<(Option<AccountId>, String), String>,
) -> Vec<Option<AccountId>> {
    let is_of_it = |(account, owner): &&(Option<AccountId>, String)| account.is_some() && *owner == record.owner;
    let named = arns.keys().filter(is_of_it).map(|(account, _)| account.clone());
    let named: Vec<_> = if account.is_none() { named.collect() } else { Vec::new() };
    if named.is_empty() { vec![account] } else { named }
}

fn account_in(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4).and_then(AccountId::parse)
}

/// The id of an access key in the path of a file, if there is only one.
fn key_in_path(source: &Source) -> Option<String> {
    let path = source.logical_path();
    let mut ids = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| {
        let is_id = word.len() >= 16 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        is_id && (word.starts_with("AKIA") || word.starts_with("ASIA"))
    });
    let id = ids.next().map(str::to_owned);
    id.filter(|_| ids.next().is_none())
}

/// The records of each key of a user: keys are told apart by their ids, and, if an answer has none, by their creation
/// dates.
fn by_key(said: Vec<Said>) -> Vec<Vec<Said>> {
    let (named, unnamed): (Vec<Said>, Vec<Said>) =
        said.into_iter().partition(|one| one.record.id.is_some() || one.record.created.is_some());
    let mut keys: Vec<Vec<Said>> = Vec::new();
    for one in named {
        let is_same = |key: &&mut Vec<Said>| {
            key.iter().any(|other| {
                let ids = one.record.id.as_ref().zip(other.record.id.as_ref());
                ids.map_or_else(
                    || one.record.created.is_some() && is_one_moment(one.record.created, other.record.created),
                    |(a, b)| a == b,
                )
            })
        };
        match keys.iter_mut().find(is_same) {
            Some(key) => key.push(one),
            None => keys.push(vec![one]),
        }
    }
    if keys.is_empty() && !unnamed.is_empty() {
        return vec![unnamed];
    }
    // The use of a key that only has an id also counts for every key that only has a date: they may be the same key.
    let only_named = |key: &Vec<Said>| key.iter().all(|one| one.record.created.is_none());
    let only_dated = |key: &Vec<Said>| key.iter().all(|one| one.record.id.is_none());
    let of_any_dated: Vec<Said> = keys.iter().filter(|key| only_named(key)).flatten().cloned().collect();
    for key in &mut keys {
        let of_any = if only_dated(key) { of_any_dated.as_slice() } else { &[] };
        let uses = unnamed.iter().chain(of_any);
        let uses = uses.map(|one| Said { record: CredentialRecord { id: None, ..one.record.clone() }, ..*one });
        key.extend(uses.collect::<Vec<_>>());
    }
    keys
}

/// Whether two dates are the same moment; clients round differently.
fn is_one_moment(one: Option<Instant>, other: Option<Instant>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one.millis().abs_diff(other.millis()) < 1000)
}

/// Joins the records of one credential; `said` is in the order of time, oldest first.
fn credential(said: &[Said], account: Option<AccountId>, arn: Option<String>) -> Credential {
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
    let owner = main.record.owner.clone();
    let entity = arn.as_deref().and_then(|arn| Arn::parse(arn).ok()).map(|arn| Entity::of(arn).key);
    Credential {
        entity: entity.or_else(|| arn.clone()).unwrap_or_else(|| owner.clone()),
        account,
        record: CredentialRecord {
            arn,
            owner,
            kind: main.record.kind,
            id: said.iter().rev().find_map(|one| one.record.id.clone()),
            is_active: newest(|record| record.is_active),
            // It was created again, or changed since: the later date counts.
            created: said.iter().filter_map(|one| one.record.created).max(),
            used,
            region: place.and_then(|record| record.region.clone()),
            service: place.and_then(|record| record.service.clone()),
        },
        undated: unreadable,
        as_of: main.made_at,
        source: main.source.to_string(),
    }
}
