//! `compare --pairs`: for every two entities, how much they share of what they may do and of what they do.
//!
//! This uses sets as bits and not a self-join: 500 administrators of 400 services would make 50 million joined rows to
//! count, and are 125,000 pairs of seven words each.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::compare::entity_title;
use super::entities::{self, INCOMPLETE};
use super::tally::PASSES;
use super::verdict::accessed;
use super::{Analysis, Combined, Context, Needs, Scope, permission_key, sorted, tally};
use crate::frame::schema::{ACCOUNT_ID, ENTITY_ARN};
use crate::model::Level;

const USED: &str = "used";
const ACCOUNT_A: &str = "account_a";
const ACCOUNT_B: &str = "account_b";

/// The report; see the module.
pub struct Pairs {
    /// Sets of services or of actions.
    pub level: Level,
}

impl Analysis for Pairs {
    fn needs(&self) -> Needs {
        Needs::level(self.level)
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let keys = permission_key(self.level).iter();
        let keys = keys.map(|c| scope.context.shared_spelling(c).cast(DataType::String));
        let key = keys.reduce(|a, b| a + lit(":") + b).expect("a key has a column").alias("key");
        let account = col(ACCOUNT_ID).cast(DataType::String);
        let title = entity_title().cast(DataType::String);
        let passes = scope.context.params.filter.row_condition().unwrap_or_else(|| lit(true)).alias(PASSES);
        let dumps = entities::incomplete(scope)?.lazy();
        let dumps = dumps.select([title.clone(), account.clone(), col(INCOMPLETE)]);
        Ok(vec![scope.rows(self.level).select([title, account, key, accessed().alias(USED), passes]), dumps])
    }

    fn combine(&self, mut parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        let dumps = parts.pop().expect("as many as partials gives");
        let rows = parts.pop().expect("as many as partials gives");
        let sets = sets(&rows, &dumps)?;
        let ordered: Vec<_> = sets.iter().collect();
        let pairs = (0..ordered.len()).flat_map(|a| (a + 1..ordered.len()).map(move |b| (a, b)));
        let pairs: Vec<_> = pairs.filter(|(a, b)| ordered[*a].1.passes || ordered[*b].1.passes).collect();
        let text = |column: &str, side: fn(&(usize, usize)) -> usize, of: fn(&Member) -> Option<&str>| {
            let texts = pairs.iter().map(|pair| of(ordered[side(pair)].0));
            StringChunked::from_iter_options(column.into(), texts).into_column()
        };
        let count = |column: &str, value: &dyn Fn(&Sets, &Sets) -> usize| {
            let counts = pairs.iter().map(|&(a, b)| value(ordered[a].1, ordered[b].1) as i64);
            Int64Chunked::from_iter_values(column.into(), counts).into_column()
        };
        let counted = DataFrame::new(
            pairs.len(),
            vec![
                text("entity_a", |pair| pair.0, |member| Some(&member.title)),
                text("entity_b", |pair| pair.1, |member| Some(&member.title)),
                count("granted_a", &|a, _| a.granted.len()),
                count("granted_b", &|_, b| b.granted.len()),
                count("granted_both", &|a, b| a.granted.shared(&b.granted)),
                count("used_a", &|a, _| a.used.len()),
                count("used_b", &|_, b| b.used.len()),
                count("used_both", &|a, b| a.used.shared(&b.used)),
                text(ACCOUNT_A, |pair| pair.0, |member| member.account.as_deref()),
                text(ACCOUNT_B, |pair| pair.1, |member| member.account.as_deref()),
                count(INCOMPLETE, &|a, b| a.incomplete + b.incomplete),
            ],
        )?;
        let jaccard = |set: &str| {
            let union = col(format!("{set}_a")) + col(format!("{set}_b")) - col(format!("{set}_both"));
            (union.alias(format!("{set}_any")), tally::ratio(&format!("{set}_both"), &format!("{set}_any")))
        };
        let (granted_any, granted) = jaccard("granted");
        let (used_any, used) = jaccard("used");
        let names = [ACCOUNT_A, "entity_a", ACCOUNT_B, "entity_b"];
        let counts = ["granted_a", "granted_b", "granted_both", "used_a", "used_b", "used_both"];
        let columns = names.into_iter().chain(counts).chain(["jaccard_granted", "jaccard_used", INCOMPLETE]);
        let with_ratios = counted
            .lazy()
            .with_columns([granted_any, used_any])
            .with_columns([granted.alias("jaccard_granted"), used.alias("jaccard_used")])
            .select(columns.map(col).collect::<Vec<_>>());
        Ok(sorted(with_ratios, &["entity_a", "entity_b", ACCOUNT_A, ACCOUNT_B]).into())
    }
}

/// One entity: an AWS-managed policy has one ARN and is a separate entity in every account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Member {
    title: String,
    account: Option<String>,
}

/// What one entity may do, and does.
#[derive(Default)]
struct Sets {
    granted: Bits,
    used: Bits,
    passes: bool,
    incomplete: usize,
}

/// A set of small numbers.
#[derive(Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn insert(&mut self, bit: usize) {
        let word = bit / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (bit % 64);
    }

    fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    fn shared(&self, other: &Self) -> usize {
        self.0.iter().zip(&other.0).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }
}

fn sets(rows: &DataFrame, dumps: &DataFrame) -> PolarsResult<BTreeMap<Member, Sets>> {
    let (entities, keys) = (rows.column(ENTITY_ARN)?.str()?, rows.column("key")?.str()?);
    let (used, accounts) = (rows.column(USED)?.bool()?, rows.column(ACCOUNT_ID)?.str()?);
    let passes = rows.column(PASSES)?.bool()?;
    let mut number_of = BTreeMap::new();
    let mut sets: BTreeMap<Member, Sets> = BTreeMap::new();
    for row in 0..rows.height() {
        let next = number_of.len();
        let number = *number_of.entry(keys.get(row)).or_insert(next);
        let text = |column: &StringChunked| column.get(row).map(str::to_owned);
        let member = Member { title: text(entities).unwrap_or_default(), account: text(accounts) };
        let of_entity = sets.entry(member).or_default();
        of_entity.granted.insert(number);
        if used.get(row) == Some(true) {
            of_entity.used.insert(number);
        }
        of_entity.passes |= passes.get(row) == Some(true);
    }
    let (entities, accounts) = (dumps.column(ENTITY_ARN)?.str()?, dumps.column(ACCOUNT_ID)?.str()?);
    for ((title, account), incomplete) in
        entities.iter().zip(accounts.iter()).zip(dumps.column(INCOMPLETE)?.i64()?.iter())
    {
        let member = Member { title: title.unwrap_or_default().to_owned(), account: account.map(str::to_owned) };
        if let Some(of_entity) = sets.get_mut(&member) {
            of_entity.incomplete += usize::try_from(incomplete.unwrap_or(0)).expect("a count");
        }
    }
    Ok(sets)
}
