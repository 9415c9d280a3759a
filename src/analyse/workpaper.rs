//! The workpaper of an audit: it is made from the finished rows of the audit's reports, so that each of its numbers is
//! also in one of them.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::overview;
use crate::frame::{Cell, Table, TableReader, schema};
use crate::model::policy::{PolicyOperation, SavedInventory};
use crate::model::{Arn, EntityKind, Evidence, Instant};
use crate::report::{
    Completeness, Counted, Engagement, Headline, InputFile, Report, Section, Workpaper, hash_of_list, input_folder,
};

/// The kinds that an inventory lists, and their plurals.
const KINDS: [(EntityKind, &str); 4] = [
    (EntityKind::Role, "roles"),
    (EntityKind::User, "users"),
    (EntityKind::Group, "groups"),
    (EntityKind::Policy, "policies"),
];

/// The workpaper of `reports`, in the order of [`overview_specs`](super::overview_specs).
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn workpaper(
    engagement: Engagement,
    reports: &[Report],
    headline: Option<&Headline>,
    files: &[InputFile],
    inventories: &[SavedInventory],
) -> PolarsResult<Workpaper> {
    let entities = reports.last().and_then(|report| report.sections.first());
    let seen = entities.map(|section| seen(&section.table)).unwrap_or_default();
    let of_kind = |kind: EntityKind| seen.values().filter(|one| one.kind == Some(kind) && one.has_dump).count();
    let kinds = KINDS.map(|(kind, many)| (many, of_kind(kind))).into_iter().filter(|(_, count)| *count > 0).collect();
    let of_no_kind = seen.values().filter(|one| one.has_dump && one.kind.is_none()).count() as i64;
    let mut first = overview(reports, headline, &|_| String::new())?.sections;
    first.retain(|section| ["overview-entities", "overview-permissions"].contains(&section.id.as_str()));
    let completeness = completeness(&seen, inventories);
    Ok(Workpaper {
        engagement,
        inputs_sha256: hash_of_list(files),
        files: files.len(),
        kinds,
        of_no_kind,
        completeness,
        first,
    })
}

/// A row of the report on entities.
#[derive(Debug, Clone)]
struct Seen {
    account: Option<String>,
    kind: Option<EntityKind>,
    name: String,
    /// When its newest dump was made.
    made_at: Option<Instant>,
    /// Whether it has a usable dump. A job that is pending, that failed, or that is about another entity tests nothing.
    has_dump: bool,
}

impl Seen {
    fn shown(&self) -> String {
        let kind = self.kind.map_or("", EntityKind::as_str);
        let of = self.account.as_ref().map(|account| format!(" of {account}")).unwrap_or_default();
        format!("{kind}/{}{of}", self.name)
    }
}

/// The rows of the report on entities, by ARN and account: an AWS-managed policy has the same ARN in every account.
fn seen(entities: &Table) -> BTreeMap<(String, Option<String>), Seen> {
    let names: Vec<&str> = entities.names().collect();
    let reader = entities.reader();
    let cell =
        |row: usize, name: &str| names.iter().position(|of| *of == name).map_or(Cell::Null, |at| reader.cell(row, at));
    let text =
        |row: usize, name: &str| if let Cell::Text(text) = cell(row, name) { Some(text.to_owned()) } else { None };
    let of_row = |row: usize| {
        let name = text(row, schema::ENTITY_NAME).unwrap_or_default();
        let arn = text(row, schema::ENTITY_ARN).unwrap_or_else(|| name.clone());
        let account = text(row, schema::ACCOUNT_ID);
        let kind = text(row, schema::ENTITY_TYPE).and_then(|kind| EntityKind::parse(&kind));
        let evidence = text(row, schema::EVIDENCE).and_then(|word| Evidence::parse(&word));
        let has_dump = evidence.is_some_and(Evidence::is_usable);
        // With `--as-of` the date of the dump has a column of its own.
        let date = if names.contains(&schema::MADE_AT) { schema::MADE_AT } else { schema::AS_OF };
        let made_at = if let Cell::Instant(at) = cell(row, date) { Some(at) } else { None };
        ((arn, account.clone()), Seen { account, kind, name, made_at, has_dump })
    };
    (0..entities.height()).map(of_row).collect()
}

/// The entities that the inventories name, as far as they pass the filters of the audit, compared with the entities
/// with a dump.
fn completeness(seen: &BTreeMap<(String, Option<String>), Seen>, inventories: &[SavedInventory]) -> Completeness {
    let mut named: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    let mut listed: BTreeSet<(Option<String>, EntityKind)> = BTreeSet::new();
    for inventory in inventories {
        for arn in &inventory.entities {
            let account = arn.account().map(ToString::to_string);
            listed.insert((account.clone(), arn.kind()));
            named.insert((arn.to_string(), account));
        }
    }
    let asked: Vec<&Seen> = named.iter().filter_map(|key| seen.get(key)).collect();
    let counted = |(kind, many): (EntityKind, &'static str)| {
        let of_kind = asked.iter().filter(|one| one.kind == Some(kind));
        let dumped = of_kind.clone().filter(|one| one.has_dump).count();
        Counted { kind: many, named: of_kind.count(), dumped }
    };
    let is_listed = |one: &Seen| one.kind.is_some_and(|kind| listed.contains(&(one.account.clone(), kind)));
    // A policy by AWS is in no account: a list has it only where something holds it.
    let is_of_aws = |arn: &str| Arn::parse(arn).is_ok_and(|arn| arn.account().is_none());
    let is_unlisted = |key: &(String, Option<String>)| !named.contains(key) && !is_of_aws(&key.0);
    let not_named = seen.iter().filter(|(key, one)| one.has_dump && is_listed(one) && is_unlisted(key));
    let with_inventory: BTreeSet<&Option<String>> = listed.iter().map(|(account, _)| account).collect();
    let with_dumps: BTreeSet<&Option<String>> =
        seen.values().filter(|one| one.has_dump && one.account.is_some()).map(|one| &one.account).collect();
    let untested = untested(inventories, &with_seen(seen));
    let shown = |inventory: &SavedInventory| {
        let account = inventory.account.as_ref().map(|account| format!(" of {account}")).unwrap_or_default();
        let made = inventory.made_at.map(|made| format!(" ({})", made.day())).unwrap_or_default();
        format!("{}{account}{made}", inventory.operation.as_str())
    };
    // The newest dump of any account that the list is about.
    let until = |inventory: &SavedInventory| {
        let accounts: BTreeSet<String> =
            inventory.entities.iter().filter_map(|arn| arn.account().map(ToString::to_string)).collect();
        let of_list = |one: &&Seen| one.account.as_ref().is_some_and(|account| accounts.contains(account));
        seen.values().filter(|one| one.has_dump).filter(of_list).filter_map(|one| one.made_at).max()
    };
    let is_older = |inventory: &&SavedInventory| {
        let dates = inventory.made_at.zip(until(inventory));
        dates.is_some_and(|(made, until)| made.day() < until.day())
    };
    let with_until = |inventory: &SavedInventory| {
        let until = until(inventory).map(|until| format!(", dumps until {}", until.day())).unwrap_or_default();
        format!("{}{until}", shown(inventory))
    };
    Completeness {
        inventories: inventories.iter().map(shown).collect(),
        inventories_left_out: 0,
        kinds: KINDS.into_iter().map(counted).filter(|of| of.named > 0).collect(),
        missing: asked.iter().filter(|one| !one.has_dump).map(|one| one.shown()).collect(),
        not_named: not_named.map(|(_, one)| one.shown()).collect(),
        untested,
        without_inventory: with_dumps.difference(&with_inventory).filter_map(|account| (*account).clone()).collect(),
        older: inventories.iter().filter(is_older).map(with_until).collect(),
        undated: inventories.iter().filter(|inventory| inventory.made_at.is_none()).map(shown).collect(),
        cut: inventories.iter().filter(|inventory| inventory.is_cut).map(shown).collect(),
        accounts_without_dump: Vec::new(),
    }
}

/// The accounts of all entities.
fn with_seen(seen: &BTreeMap<(String, Option<String>), Seen>) -> BTreeSet<&str> {
    seen.values().filter_map(|one| one.account.as_deref()).collect()
}

/// The kinds of entities that no list of an account has, of those of `accounts` with a list: `users and groups of 111122223333`.
fn untested(inventories: &[SavedInventory], accounts: &BTreeSet<&str>) -> Vec<String> {
    let mut tested: BTreeMap<&str, BTreeSet<EntityKind>> = BTreeMap::new();
    for inventory in inventories {
        let Some(account) = inventory.account.as_ref() else { continue };
        let kinds: &[EntityKind] = match inventory.operation {
            PolicyOperation::Roles => &[EntityKind::Role],
            PolicyOperation::Users | PolicyOperation::CredentialReport => &[EntityKind::User],
            _ => &KINDS.map(|(kind, _)| kind),
        };
        tested.entry(account.as_str()).or_default().extend(kinds);
    }
    // Many accounts are saved by one script: they lack the same.
    let mut lacking: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (account, tested) in tested.into_iter().filter(|(account, _)| accounts.contains(account)) {
        let missing: Vec<&str> =
            KINDS.iter().filter(|(kind, _)| !tested.contains(kind)).map(|(_, many)| *many).collect();
        let Some((last, before)) = missing.split_last() else { continue };
        let kinds = if before.is_empty() { (*last).to_owned() } else { format!("{} and {last}", before.join(", ")) };
        lacking.entry(kinds).or_default().push(account);
    }
    let said = |(kinds, accounts): (String, Vec<&str>)| match accounts.as_slice() {
        [] | [_] | [_, _] => format!("{kinds} of {}", accounts.join(" and ")),
        many => format!("{kinds} of {} accounts", many.len()),
    };
    lacking.into_iter().map(said).collect()
}

/// The rows of `check` with the length and the SHA-256 of each file: what an audit tells about its sources.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn with_hashes(section: &mut Section, files: &[InputFile]) -> PolarsResult<()> {
    let folder = input_folder(files);
    let below = |file: &'_ InputFile| file.source.strip_prefix(&folder).unwrap_or(&file.source).to_owned();
    let by_source: BTreeMap<String, &InputFile> = files.iter().map(|file| (below(file), file)).collect();
    let Some(source) = section.table.names().position(|name| name == "source") else { return Ok(()) };
    let of_row = |reader: &TableReader<'_>, row: usize| match reader.cell(row, source) {
        Cell::Text(name) => by_source.get(name).copied(),
        _ => None,
    };
    let (bytes, sha256) = {
        let reader = section.table.reader();
        let found: Vec<Option<&InputFile>> = (0..section.table.height()).map(|row| of_row(&reader, row)).collect();
        let bytes =
            Int64Chunked::from_iter_options(BYTES.into(), found.iter().map(|file| Some(file.as_ref()?.bytes as i64)));
        let sha256 =
            StringChunked::from_iter_options(SHA256.into(), found.iter().map(|file| file.as_ref()?.sha256.as_deref()));
        (bytes.into_column(), sha256.into_column())
    };
    let mut frame = DataFrame::empty_with_schema(section.table.schema());
    for part in section.table.frames() {
        frame.vstack_mut_owned(part)?;
    }
    frame.with_column(bytes)?.with_column(sha256)?;
    section.table = Table::new(frame);
    section.columns.extend([BYTES, SHA256].map(|name| super::columns::define("check", name)));
    Ok(())
}

const BYTES: &str = "bytes";
const SHA256: &str = "sha256";
