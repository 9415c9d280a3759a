//! From tables to reports. The input is dumps, batch by batch. The output is one finished frame per report, and its
//! definitions.
//!
//! An [`Analysis`] has two halves. `partials` works on one batch of whole entities, so every rule about an entity is
//! local to it; `combine` joins the results of the batches, using only sums, maxima and sets of names. Memory holds a
//! few batches at a time, whatever the size of the estate. A new report is one file here and one line in [`analysis`].

mod accounts;
mod action_counts;
mod check;
mod columns;
mod compare;
mod credentials;
mod decisions;
mod describe;
mod diff;
mod entities;
mod explain;
mod filter;
mod grant_dates;
mod grants;
mod groups;
mod headline;
mod histories;
mod inventory;
mod list;
mod names;
mod other_operations;
mod overview;
mod pairs;
mod params;
mod permissions;
mod removable;
mod roles;
mod rows;
mod ruled;
mod sample;
mod scope;
mod services;
mod staleness;
mod summary;
mod tables;
mod tally;
pub mod timeline;
mod trend;
mod unmatched;
mod unused;
mod usage;
mod verdict;
mod workpaper;

use polars::prelude::*;
use rustc_hash::FxHashMap;

pub use accounts::with_names;
pub use check::{CHECK_COLUMNS, SourceRow, check_frame};
pub use columns::{define, definitions};
pub use decisions::{DecisionTotals, decision_totals, wanted_actions};
pub use describe::{Description, describe, totals};
pub use entities::entity_rows;
pub use explain::{AskedPermissions, Explained, FittingEntity, explain, explain_specs};
pub use filter::names_type;
pub use grant_dates::grant_dates;
pub use grants::{Granting, RiskTable, STATEMENT_NEEDS, attachments, disagreement, statements};
pub use headline::{Headlines, headline, rows_with};
pub use histories::History;
pub use names::Names;
pub use other_operations::other_operation_frame;
pub use overview::{overview, overview_specs, with_rows_to_review};
pub use params::{By, Filter, Params, ReportSpec, Sort};
pub use roles::together;
pub use sample::{GRANTED_ACTIONS, SAMPLE, sample};
pub use scope::{Collect, Context, Findings, Needs, Scope, Sides, asked};
pub use tables::{PublishedTable, Publishing, published};
pub use unmatched::{Nameable, Unmatched, unmatched};
pub use usage::usages;
pub use verdict::bucket_names;
pub use workpaper::{with_hashes, workpaper};

/// The computation of one report.
pub trait Analysis: Sync {
    /// Which rows of the present `partials` reads.
    fn needs(&self) -> Needs;

    /// What one batch contributes: always the same number of frames with the same schemas.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>>;

    /// Makes partials of several batches smaller, without changing what [`Analysis::combine`] makes of them: they are
    /// held in memory until all others are there. Most hold little, or nothing twice.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    fn condense(&self, parts: Vec<DataFrame>) -> PolarsResult<Vec<LazyFrame>> {
        Ok(parts.into_iter().map(IntoLazy::lazy).collect())
    }

    /// Leading sort columns of a listing, which are names and members of closed sets. If there are any, the first frame
    /// of `partials` holds finished rows of the report, which only lack their order: they are merged by these columns,
    /// may be packed in the meantime, and are not passed to `combine`.
    fn listed_by(&self) -> Option<&'static [&'static str]> {
        None
    }

    /// The rows of a listing in their order.
    fn in_order(&self, rows: DataFrame, _: &Context) -> LazyFrame {
        rows.lazy()
    }

    /// The report from all contributions: one frame for each that `partials` gives, the rows of the batches below one
    /// another.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    fn combine(&self, parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined>;
}

/// A report's frame as a plan, in its final order, and what was left out of it.
pub struct Combined {
    /// The rows; `None` for a listing.
    pub frame: Option<LazyFrame>,
    /// Sentences that belong next to the numbers.
    pub remarks: Vec<String>,
    /// Entities, each with its account, that may hold a permission of the report that none of their rows lists (rule
    /// 44). Only the long form of `compare` needs this: it has no cell that could hold a `?`.
    pub unseen_entities: Vec<(String, Option<String>)>,
}

impl From<LazyFrame> for Combined {
    fn from(frame: LazyFrame) -> Self {
        Self { frame: Some(frame), remarks: Vec::new(), unseen_entities: Vec::new() }
    }
}

impl Combined {
    /// What belongs next to the rows of a listing.
    fn listed(remarks: Vec<String>) -> Self {
        Self { frame: None, remarks, unseen_entities: Vec::new() }
    }
}

/// The analysis that computes `spec`; `None` for `check`, which is about files, for `recommend`, which is about
/// policies, and for the reports on other operations, which are not about dumps.
#[must_use]
pub fn analysis(spec: &ReportSpec) -> Option<Box<dyn Analysis>> {
    Some(match *spec {
        ReportSpec::Summary => Box::new(summary::Summary),
        ReportSpec::Services => Box::new(services::Services),
        ReportSpec::Unused { level, all_actions, sort } => Box::new(unused::Unused { level, all_actions, sort }),
        ReportSpec::Staleness { by, level, long } => Box::new(staleness::Staleness { by, level, long }),
        ReportSpec::Compare { level, long } => Box::new(compare::Compare { level, long }),
        ReportSpec::Pairs { level } => Box::new(pairs::Pairs { level }),
        ReportSpec::Roles => Box::new(roles::Roles),
        ReportSpec::Diff { level, all } => Box::new(diff::Diff { level, all }),
        ReportSpec::Trend => Box::new(trend::Trend),
        ReportSpec::List { level } => Box::new(list::List { level }),
        ReportSpec::Permissions { level } => Box::new(permissions::AllPermissions { level }),
        ReportSpec::SampledActions(asked) => Box::new(sample::SampledActions(asked)),
        ReportSpec::Credentials => Box::new(credentials::Credentials),
        ReportSpec::Entities => Box::new(inventory::Inventory),
        ReportSpec::Grants { level } => Box::new(grants::GrantRows { level }),
        ReportSpec::Decisions => Box::new(decisions::Decided { is_shown: true }),
        ReportSpec::Kept => Box::new(decisions::Kept),
        ReportSpec::Check | ReportSpec::Recommend | ReportSpec::OtherOperation(_) => return None,
    })
}

/// What became of each decision, to be added up by [`decision_totals`].
#[must_use]
pub fn decision_states() -> Box<dyn Analysis> {
    Box::new(decisions::Decided { is_shown: false })
}

/// Sorts by `keys` from the left, nulls first: the final order of a report.
fn sorted(frame: LazyFrame, keys: &[&str]) -> LazyFrame {
    let keys: Vec<_> = keys.iter().map(|key| by_letters(key)).collect();
    frame.sort_by_exprs(keys, SortMultipleOptions::default().with_maintain_order(true))
}

/// A column to sort by: for names, their positions in the alphabet, so that each name is compared with others once and
/// not in every row.
fn by_letters(column: &str) -> Expr {
    let rank = |names: Column| {
        let DataType::Categorical(_, mapping) = names.dtype() else { return Ok(names) };
        let codes = names.cat32()?.physical();
        let mut places: FxHashMap<u32, u32> = codes.iter().flatten().map(|code| (code, 0)).collect();
        let mut order: Vec<u32> = places.keys().copied().collect();
        order.sort_unstable_by_key(|code| mapping.cat_to_str(*code));
        places.extend((0..).zip(order).map(|(place, code)| (code, place)));
        let ranks = codes.iter().map(|code| code.map(|code| places[&code]));
        Ok(UInt32Chunked::from_iter_options(names.name().clone(), ranks).into_column())
    };
    let ranked = |_: &Schema, field: &Field| {
        let is_names = matches!(field.dtype(), DataType::Categorical(..));
        let dtype = if is_names { DataType::UInt32 } else { field.dtype().clone() };
        Ok(Field::new(field.name().clone(), dtype))
    };
    col(column).map(rank, ranked)
}

/// Sorts rows of entity × permission by their columns from the left, words by their letters. The key can only repeat if
/// every snapshot is kept.
fn sorted_whole(rows: DataFrame, context: &Context, level: crate::model::Level) -> LazyFrame {
    let key: Vec<_> = ENTITY_KEY.iter().chain(permission_key(level)).copied().collect();
    if !context.params.all_snapshots {
        return sorted(rows.lazy(), &key);
    }
    let spelt = |column: &Column| match column.dtype() {
        DataType::Enum(..) => col(column.name().clone()).cast(DataType::String),
        _ => by_letters(column.name()),
    };
    let keys: Vec<_> = rows.columns().iter().map(spelt).collect();
    rows.lazy().sort_by_exprs(keys, SortMultipleOptions::default().with_maintain_order(true))
}

/// The columns that identify an entity in a report.
const ENTITY_KEY: [&str; 4] = [
    crate::frame::schema::ACCOUNT_ID,
    crate::frame::schema::ENTITY_TYPE,
    crate::frame::schema::ENTITY_NAME,
    crate::frame::schema::ENTITY_ARN,
];

/// The columns that identify a permission, service first.
fn permission_key(level: crate::model::Level) -> &'static [&'static str] {
    use crate::frame::schema::{ACTION_NAME, SERVICE_NAMESPACE};
    match level {
        crate::model::Level::Service => &[SERVICE_NAMESPACE],
        crate::model::Level::Action => &[SERVICE_NAMESPACE, ACTION_NAME],
    }
}
