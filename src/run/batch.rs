//! The unit of work: whole entities, as many as make a table of a convenient size.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::analyse::{Needs, Sides, together};
use crate::model::policy::{Grants, Holder};
use crate::model::{Day, DocumentsBeside, Dump, Instant};
use crate::report::{BEHIND, NOT_COMPARED};

/// The most rows of a batch, unless one entity has more. It is large enough that Polars' cost per query does not
/// matter, and small enough that a few tables of this height take little memory.
const ROWS: usize = 100_000;

/// How many accounts a remark names.
const MOST_NAMES: usize = 10;

/// The dumps of some entities.
#[derive(Debug, Default)]
pub struct Batch<'d> {
    /// The dumps of the only side, or of the new side of `diff OLD NEW`.
    pub dumps: Vec<&'d Dump>,
    /// The dumps of the old side of `diff OLD NEW`.
    pub old: Vec<&'d Dump>,
    /// What other documents tell about these entities, and about entities without a dump.
    pub besides: Vec<&'d DocumentsBeside>,
    /// What answers about policies tell about the same entities, and about those without a dump.
    pub holders: Vec<&'d Holder>,
}

impl<'d> Batch<'d> {
    /// The same dumps with their rows unpacked, for as long as the batch is worked on.
    pub fn unpacked(&self) -> UnpackedBatch<'d> {
        let unpack = |dumps: &[&'d Dump]| dumps.iter().map(|dump| unpacked(dump)).collect();
        let (besides, holders) = (self.besides.clone(), self.holders.clone());
        UnpackedBatch { dumps: unpack(&self.dumps), old: unpack(&self.old), besides, holders }
    }
}

fn unpacked(dump: &Dump) -> Cow<'_, Dump> {
    if dump.rows.are_open() {
        return Cow::Borrowed(dump);
    }
    Cow::Owned(Dump { rows: dump.rows.unpacked(), ..dump.clone() })
}

/// Owns what a [`Batch`] unpacked.
#[derive(Debug)]
pub struct UnpackedBatch<'d> {
    dumps: Vec<Cow<'d, Dump>>,
    old: Vec<Cow<'d, Dump>>,
    besides: Vec<&'d DocumentsBeside>,
    holders: Vec<&'d Holder>,
}

impl UnpackedBatch<'_> {
    /// The batch to work on.
    pub fn batch(&self) -> Batch<'_> {
        let (besides, holders) = (self.besides.clone(), self.holders.clone());
        Batch { dumps: lent(&self.dumps), old: lent(&self.old), besides, holders }
    }
}

fn lent<'f>(dumps: &'f [Cow<'_, Dump>]) -> Vec<&'f Dump> {
    dumps.iter().map(|dump| &**dump).collect()
}

/// The two sides of a diff.
#[derive(Debug, Clone)]
pub enum Diffed {
    /// Two sets of files.
    Sets,
    /// One set at two dates.
    Dates {
        from: Option<Instant>,
        to: Option<Instant>,
        /// Which dumps that means.
        remark: Option<String>,
        /// Accounts without a dump on the first side: nothing is compared there.
        unseen: BTreeSet<String>,
        /// Entities without a dump of the last day.
        behind: Option<String>,
    },
    /// One set, the first day of each account compared with its last.
    FirstAndLast {
        days: BTreeMap<String, (Day, Day)>,
        /// Accounts that have one day, which is not compared with itself.
        of_one_day: Vec<String>,
        /// Entities without a dump of the last day.
        behind: Option<String>,
    },
}

impl Diffed {
    /// The first and the last day of every account in `dumps`, of those made up to `at`; with `latest`, the last day
    /// but one instead of the first, or the only day.
    pub fn first_and_last(dumps: &[&Dump], at: Option<Instant>, latest: bool) -> Self {
        let mut days: BTreeMap<String, BTreeSet<Day>> = BTreeMap::new();
        for dump in dumps.iter().copied().filter(|d| d.evidence.is_usable()) {
            let seen = dump.made_at.filter(|made| at.is_none_or(|at| *made <= at));
            let Some(day) = seen.map(Instant::day) else { continue };
            days.entry(account(dump).to_owned()).or_default().insert(day);
        }
        let of_one_day = days.iter().filter(|(_, days)| days.len() == 1 && !latest);
        let of_one_day: Vec<String> = of_one_day.map(|(account, _)| account.clone()).collect();
        days.retain(|account, _| !of_one_day.contains(account));
        let two = |days: BTreeSet<Day>| {
            let last = *days.last()?;
            let before = if latest { days.iter().nth_back(1) } else { days.first() };
            Some((before.copied().unwrap_or(last), last))
        };
        let days: BTreeMap<_, _> = days.into_iter().filter_map(|(account, days)| Some((account, two(days)?))).collect();
        // An explanation names the dates of its dumps.
        let first = |account: &str| days.get(account).map(|(first, _)| first.end());
        let behind = if latest { None } else { behind(dumps, first, at) };
        Self::FirstAndLast { days, of_one_day, behind }
    }

    /// One set at two dates.
    pub fn dates(dumps: &[&Dump], from: Option<Instant>, to: Option<Instant>) -> Self {
        let compared = from.zip(to).and_then(|(from, to)| compared(dumps, from, to));
        let (remark, unseen) = compared.map_or_else(Default::default, |(remark, unseen)| (Some(remark), unseen));
        let behind = behind(dumps, |account| from.filter(|_| !unseen.contains(account)), to);
        Self::Dates { from, to, remark, unseen, behind }
    }

    /// Which dumps are compared, which accounts are not, and which entities have no dump of the last day.
    pub fn remarks(&self) -> Vec<String> {
        let (remark, behind) = match self {
            Self::Sets => return Vec::new(),
            Self::Dates { remark, behind, .. } => (remark.clone(), behind),
            Self::FirstAndLast { of_one_day, behind, .. } => {
                let named: Vec<String> = of_one_day.iter().map(|account| named(account)).collect();
                ((!named.is_empty()).then(|| format!("{NOT_COMPARED}: {}.", listed(&named))), behind)
            }
        };
        remark.into_iter().chain(behind.clone()).collect()
    }

    /// The two sides of `batch`.
    pub fn sides<'d>(&self, batch: &Batch<'d>) -> Sides<'d> {
        let chosen = |is_chosen: &dyn Fn(&Dump) -> bool| -> Vec<&'d Dump> {
            batch.dumps.iter().copied().filter(|dump| is_chosen(dump)).collect()
        };
        let made_by = |dump: &Dump, end: Instant| dump.made_at.is_some_and(|made| made <= end);
        match self {
            Self::Sets => Sides { old: batch.old.clone(), new: batch.dumps.clone(), ..Sides::default() },
            Self::Dates { from, to, unseen, .. } => {
                let is_seen = |dump: &Dump| !unseen.contains(account(dump));
                let until =
                    |end: Option<Instant>| chosen(&|dump| is_seen(dump) && end.is_none_or(|end| made_by(dump, end)));
                let end = |dump: &&Dump| Some((account(dump).to_owned(), (*from)?));
                Sides { old: until(*from), new: until(*to), old_ends: batch.dumps.iter().filter_map(end).collect() }
            }
            Self::FirstAndLast { days, .. } => {
                let until = |which: fn(&(Day, Day)) -> Day| {
                    chosen(&|dump| days.get(account(dump)).is_some_and(|days| made_by(dump, which(days).end())))
                };
                let old_ends = days.iter().map(|(account, (first, _))| (account.clone(), first.end())).collect();
                Sides { old: until(|(first, _)| *first), new: until(|(_, last)| *last), old_ends }
            }
        }
    }
}

/// The days of the dumps that count on both sides, the newest of each entity up to the two moments, and the accounts that have none up to the
/// first.
fn compared(dumps: &[&Dump], from: Instant, to: Instant) -> Option<(String, BTreeSet<String>)> {
    let side = |end: Instant| {
        let mut newest: BTreeMap<&str, Instant> = BTreeMap::new();
        let made = dumps.iter().filter(|dump| dump.evidence.is_usable()).filter_map(|dump| Some((dump, dump.made_at?)));
        for (dump, made) in made.filter(|(_, made)| *made <= end) {
            newest.entry(&dump.entity.key).and_modify(|known| *known = made.max(*known)).or_insert(made);
        }
        newest
    };
    let days = |side: &BTreeMap<&str, Instant>| {
        let (first, last) = (side.values().min()?.day(), side.values().max()?.day());
        Some(if first == last { first.to_string() } else { format!("{first} to {last}") })
    };
    let (old, new) = (side(from), side(to));
    let (old_days, new_days) = (days(&old)?, days(&new)?);
    let accounts = |side: &BTreeMap<&str, Instant>| -> BTreeSet<&str> {
        dumps.iter().filter(|dump| side.contains_key(dump.entity.key.as_str())).map(|dump| account(dump)).collect()
    };
    let (before, after) = (accounts(&old), accounts(&new));
    let unseen: BTreeSet<String> = after.difference(&before).map(|account| (*account).to_owned()).collect();
    let names: Vec<String> = unseen.iter().map(|account| named(account)).collect();
    let without = if names.is_empty() {
        String::new()
    } else {
        format!(" The first side has no dump of {}: nothing is compared there.", listed(&names))
    };
    Some((format!("Dumps of {old_days} are compared with dumps of {new_days}.{without}"), unseen))
}

/// The entities of which the newest dump up to `to` is later than the first side and of an earlier day than the last one of their account:
/// whether they are still there is not known, and what is compared is of that day.
fn behind(dumps: &[&Dump], first: impl Fn(&str) -> Option<Instant>, to: Option<Instant>) -> Option<String> {
    let mut newest: BTreeMap<&str, (Instant, &Dump)> = BTreeMap::new();
    let mut last: BTreeMap<&str, Day> = BTreeMap::new();
    for dump in dumps.iter().copied().filter(|dump| dump.evidence.is_usable()) {
        let Some(made) = dump.made_at.filter(|made| to.is_none_or(|to| *made <= to)) else { continue };
        let known = newest.entry(&dump.entity.key).or_insert((made, dump));
        known.0 = made.max(known.0);
        let last = last.entry(account(dump)).or_insert(made.day());
        *last = made.day().max(*last);
    }
    let is_behind = |(made, dump): &&(Instant, &Dump)| {
        made.day() < last[account(dump)] && first(account(dump)).is_some_and(|first| *made > first)
    };
    let name = |dump: &Dump| dump.entity.arn.as_ref().map_or_else(|| dump.entity.name.clone(), ToString::to_string);
    let named = newest.values().filter(is_behind).map(|(made, dump)| format!("{} ({})", name(dump), made.day()));
    let named: Vec<String> = named.collect();
    (!named.is_empty()).then(|| format!("{BEHIND}, so that an earlier one is compared: {}.", listed(&named)))
}

/// The first names of a list, and how many more there are.
fn listed(names: &[String]) -> String {
    let (first, more) = names.split_at(names.len().min(MOST_NAMES));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    format!("{}{more}", first.join(", "))
}

/// An account in a sentence.
fn named(account: &str) -> String {
    if account.is_empty() { "dumps without an account".to_owned() } else { account.to_owned() }
}

fn account(dump: &Dump) -> &str {
    dump.entity.account.as_ref().map_or("", crate::model::AccountId::as_str)
}

/// Cuts the estate into batches for analyses that have `needs`, in the order of accounts and names.
///
/// Entities of one account stay together if a report or a definition may take their names for the same one.
pub fn batches<'d>(
    dumps: &'d [Dump],
    old: &'d [Dump],
    besides: &'d [DocumentsBeside],
    grants: &'d Grants,
    needs: Needs,
) -> Vec<Batch<'d>> {
    let holders = grants.entities().filter(|_| needs.holders);
    batches_of(dumps, old, besides, holders, needs, ROWS)
}

/// Account and name: entities that share both stay together.
pub type Name<'d> = (Option<&'d str>, String);

/// The dumps and the other documents of all entities of one account and name, together.
pub fn by_name<'d>(
    dumps: impl IntoIterator<Item = &'d Dump>,
    besides: impl IntoIterator<Item = &'d DocumentsBeside>,
) -> BTreeMap<Name<'d>, Batch<'d>> {
    let mut entities: BTreeMap<_, Batch> = BTreeMap::new();
    for dump in dumps {
        entities.entry(together(&dump.entity)).or_default().dumps.push(dump);
    }
    for beside in besides {
        entities.entry(together(&beside.entity)).or_default().besides.push(beside);
    }
    entities
}

/// The same for batches of about `most` rows.
pub fn batches_of<'d>(
    dumps: impl IntoIterator<Item = &'d Dump>,
    old: impl IntoIterator<Item = &'d Dump>,
    besides: impl IntoIterator<Item = &'d DocumentsBeside>,
    holders: impl IntoIterator<Item = &'d Holder>,
    needs: Needs,
    most: usize,
) -> Vec<Batch<'d>> {
    let mut entities = by_name(dumps, besides);
    for dump in old {
        entities.entry(together(&dump.entity)).or_default().old.push(dump);
    }
    for holder in holders {
        entities.entry(together(&holder.entity)).or_default().holders.push(holder);
    }
    let rows_of = |entity: &Batch| -> usize {
        let of_dumps: usize = entity.dumps.iter().chain(&entity.old).map(|dump| needs.rows_of(dump)).sum();
        let of_policies: usize = entity.holders.iter().map(|holder| holder.rows()).sum();
        of_dumps + of_policies + entity.holders.len()
    };
    let all: usize = entities.values().map(rows_of).sum();
    // Each batch ends with its share of all rows, and every thread has as many batches, so that no thread waits for another.
    let (needed, threads) = (all.div_ceil(most).max(1), rayon::current_num_threads());
    let shares = if needed < threads { needed } else { needed.next_multiple_of(threads) };
    // Even without a dump, the analyses tell which columns an empty report has.
    let mut batches = vec![Batch::default()];
    let mut before = 0;
    for entity in entities.into_values() {
        let rows: usize = rows_of(&entity);
        if before > 0 && (before + rows / 2) * shares > batches.len() * all {
            batches.push(Batch::default());
        }
        before += rows;
        let open = batches.last_mut().expect("there is one");
        open.dumps.extend(entity.dumps);
        open.old.extend(entity.old);
        open.besides.extend(entity.besides);
        open.holders.extend(entity.holders);
    }
    batches
}
