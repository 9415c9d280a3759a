//! The population of all actions that dumps list, without a row for each of them.
//!
//! A role with `*` lists ten thousand actions, and an audit has no table of them all. So each batch hashes the keys of its actions where they are
//! held together, counts every stratum, and names only the rows that can be in the sample: the first of its own strata.

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::{ACCESS_LEVELS, COUNTS, INSTANTS, STRATUM_ROWS, TEXTS, UNKNOWN_LEVEL, hash_of, key_of};
use crate::analyse::grants::Texts;
use crate::analyse::groups::Groups;
use crate::analyse::scope::kept;
use crate::analyse::unused::access_level;
use crate::analyse::verdict::VERDICT;
use crate::analyse::{Analysis, Combined, Context, Needs, Scope};
use crate::frame::schema::{
    ACCESS_LEVEL, ACCOUNT_ID, ACTION_NAME, ENTITY_ARN, ENTITY_NAME, MEMBERS, SERVICE_NAMESPACE,
};
use crate::model::{Symbol, Verdict};
use crate::report::SampleAsked;
use crate::util::sanitize::harmless;

/// The rows that can be in the sample, with the number of rows of their stratum.
pub struct SampledActions(pub SampleAsked);

/// The position of a stratum among all: verdict, then access level.
type StratumNumber = usize;

const STRATA: usize = Verdict::ALL.len() * ACCESS_LEVELS.len();

/// The columns of the counts: the stratum, and its rows.
const STRATUM_NUMBER: &str = "stratum_number";

/// An action that can be in the sample.
struct Candidate {
    hash: [u8; 32],
    key: String,
    /// Its row, and its name.
    of: (IdxSize, Symbol),
}

/// The first candidates of each stratum, and how many there are.
struct First {
    most: usize,
    strata: Vec<(u64, Vec<Candidate>)>,
}

impl First {
    fn push(&mut self, stratum: StratumNumber, hash: [u8; 32], key: &str, of: (IdxSize, Symbol)) {
        let (all, first) = &mut self.strata[stratum];
        *all += 1;
        let place = first.partition_point(|there| (&there.hash, there.key.as_str()) <= (&hash, key));
        if place < self.most {
            first.insert(place, Candidate { hash, key: key.to_owned(), of });
            first.truncate(self.most);
        }
    }
}

impl SampledActions {
    /// The first rows of each stratum among `rows`.
    fn first(&self, rows: &DataFrame, scope: &Scope) -> PolarsResult<First> {
        let text = |column| Texts::of(rows, column);
        let (account, arn, name) = (text(ACCOUNT_ID)?, text(ENTITY_ARN)?, text(ENTITY_NAME)?);
        let service = text(SERVICE_NAMESPACE)?;
        let verdicts = rows.column(VERDICT)?.cat8()?.physical();
        let Context { names, catalogue, .. } = scope.context;
        // Thousands of entities list the same actions: the level of each is looked up once.
        let mut levels: FxHashMap<(Symbol, Symbol), usize> = FxHashMap::default();
        let look_up = |service: Symbol, action: Symbol| {
            let level = catalogue.access_level(names.text(service), names.text(action)).unwrap_or(UNKNOWN_LEVEL);
            ACCESS_LEVELS.iter().position(|of| *of == level).unwrap_or(ACCESS_LEVELS.len() - 1)
        };
        let strata = std::iter::repeat_with(Default::default).take(STRATA).collect();
        let mut first = First { most: self.0.rows, strata };
        for (row, (namespace, group)) in (Groups { frame: rows, sets: scope.sets() }).rows()?.enumerate() {
            let Some(verdict) = verdicts.get(row) else { continue };
            let entity = arn.text(row).or_else(|| name.text(row));
            // The key of a service ends where that of an action goes on.
            let mut key = key_of([account.text(row), entity, service.text(row), None]);
            let of_service = key.len();
            group.each(|action| {
                let level = *levels.entry((namespace, action)).or_insert_with(|| look_up(namespace, action));
                key.truncate(of_service);
                key.push_str(&harmless(names.text(action)));
                let stratum = usize::from(verdict) * ACCESS_LEVELS.len() + level;
                first.push(stratum, hash_of(self.0.seed, &key), &key, (row as IdxSize, action));
            });
        }
        Ok(first)
    }
}

impl Analysis for SampledActions {
    fn needs(&self) -> Needs {
        Needs { groups: true, evidence: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let columns = TEXTS.iter().chain(&INSTANTS).chain(&COUNTS).filter(|name| **name != ACTION_NAME);
        let columns: Vec<Expr> = columns.chain(&[MEMBERS]).map(|name| col(*name)).collect();
        let rows = scope.collect(kept(scope.groups(), scope.context.params).select(columns))?;
        let First { strata, .. } = self.first(&rows, scope)?;
        let counts = strata.iter().map(|(all, _)| *all).collect();
        let (places, actions): (Vec<IdxSize>, Vec<Symbol>) =
            strata.into_iter().flat_map(|(_, first)| first).map(|candidate| candidate.of).unzip();
        let mut rows = rows.drop(MEMBERS)?.take(&IdxCa::from_vec("rows".into(), places))?;
        rows.with_column(scope.context.dictionary.column(ACTION_NAME, actions)?)?;
        rows.with_column(access_level(&rows, scope.context.catalogue, scope.context.dictionary)?)?;
        let numbers = UInt32Chunked::from_iter_values(STRATUM_NUMBER.into(), 0..STRATA as u32);
        let counts = UInt64Chunked::from_vec(STRATUM_ROWS.into(), counts);
        Ok(vec![rows.lazy(), DataFrame::new(STRATA, vec![numbers.into_column(), counts.into_column()])?.lazy()])
    }

    fn combine(&self, mut parts: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        let counts = parts.pop().expect("two parts");
        let mut rows = parts.pop().expect("two parts");
        let mut all = [0_u64; STRATA];
        let numbers = counts.column(STRATUM_NUMBER)?.u32()?.into_no_null_iter();
        for (number, count) in numbers.zip(counts.column(STRATUM_ROWS)?.u64()?.into_no_null_iter()) {
            all[number as usize] += count;
        }
        let levels = Texts::of(&rows, ACCESS_LEVEL)?;
        let verdicts = rows.column(VERDICT)?.cat8()?.physical();
        let of_row = |(row, verdict): (usize, Option<u8>)| {
            let level = levels.text(row).unwrap_or(UNKNOWN_LEVEL);
            let level = ACCESS_LEVELS.iter().position(|of| *of == level).unwrap_or(ACCESS_LEVELS.len() - 1);
            verdict.map(|verdict| all[usize::from(verdict) * ACCESS_LEVELS.len() + level] as i64)
        };
        let of_rows = Int64Chunked::from_iter_options(STRATUM_ROWS.into(), verdicts.iter().enumerate().map(of_row));
        rows.with_column(of_rows.into_column())?;
        Ok(rows.lazy().into())
    }
}
