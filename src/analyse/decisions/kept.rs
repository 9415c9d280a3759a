//! `kept`: the rows that a decision keeps out of the lists of what could go.

use polars::prelude::*;

use super::cells::{DECISION_COLUMNS, decision_columns, names};
use super::{GroupRuling, RowAdvice, Rulings, advisable, ruled_services};
use crate::analyse::groups::Groups;
use crate::analyse::removable::changeable;
use crate::analyse::ruled::Ruled;
use crate::analyse::verdict::{DAYS_SINCE, OBSERVED_DAYS, VERDICT};
use crate::analyse::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, sorted};
use crate::frame::schema::{ACTION_NAME, ACTIONS, AS_OF, LAST_ACCESSED, SERVICE_NAME, SERVICE_NAMESPACE};
use crate::model::Level;

/// See the module.
pub struct Kept;

const COLUMNS: [&str; 8] =
    [SERVICE_NAMESPACE, SERVICE_NAME, ACTION_NAME, VERDICT, LAST_ACCESSED, DAYS_SINCE, OBSERVED_DAYS, AS_OF];

impl Analysis for Kept {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: true, evidence: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let of_level = |level| -> PolarsResult<LazyFrame> {
            let (rows, entries) = kept_rows(scope, level)?;
            let mut rows = rows;
            for column in decision_columns(&entries, scope.context.decisions)? {
                rows.with_column(column)?;
            }
            let columns = ENTITY_KEY.iter().chain(&COLUMNS).chain(&DECISION_COLUMNS);
            Ok(rows.lazy().select(columns.map(|name| col(*name)).collect::<Vec<_>>()))
        };
        let both = [of_level(Level::Service)?, of_level(Level::Action)?];
        Ok(vec![concat(both, UnionArgs::default())?])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        Some(&ENTITY_KEY)
    }

    fn in_order(&self, rows: DataFrame, _: &Context) -> LazyFrame {
        let keys: Vec<_> = ENTITY_KEY.iter().chain(&[SERVICE_NAMESPACE, ACTION_NAME]).copied().collect();
        sorted(rows.lazy(), &keys)
    }

    fn combine(&self, _: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        Ok(Combined::listed(Vec::new()))
    }
}

/// How many rows of the list of `level` a decision keeps, and how many actions go with a service that is kept.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn kept_counts(scope: &Scope, level: Level) -> PolarsResult<[i64; 2]> {
    if scope.decided().is_empty() {
        return Ok([0, 0]);
    }
    if level == Level::Service {
        return Ok([
            ruled_services(scope)?.kept_mask(scope.context.params.include_aws_controlled)?.sum().map_or(0, i64::from),
            0,
        ]);
    }
    let groups = RuledGroups::of(scope)?;
    let actions = groups.rows.column(ACTIONS)?.u32()?.clone();
    let ruled = groups.named(scope, |ruling| ruling.is_none())?.1;
    let count = |standing| {
        let of_groups =
            groups.ruled.iter().zip(actions.iter()).filter(|(of, _)| of.is_some_and(|(_, of)| of == standing));
        let of_groups: i64 = of_groups.map(|(_, actions)| i64::from(actions.unwrap_or(0))).sum();
        of_groups + ruled.standings.iter().filter(|of| **of == standing).count() as i64
    };
    Ok([count(RowAdvice::Kept), count(RowAdvice::KeptWithService)])
}

/// The rows that are kept out of the list of `level`, each with the entry that keeps it. A row about a service has no action.
///
/// # Errors
/// Where Polars refuses: a bug.
fn kept_rows(scope: &Scope, level: Level) -> PolarsResult<(DataFrame, Vec<Option<u32>>)> {
    if level == Level::Service {
        let services = ruled_services(scope)?;
        let kept = services.kept_mask(scope.context.params.include_aws_controlled)?;
        let entries = services.ruled.entries.iter().zip(kept.iter()).filter(|(_, kept)| *kept == Some(true));
        let mut rows = services.rows.filter(&kept)?;
        rows.with_column(names(ACTION_NAME, std::iter::repeat_n(None, rows.height()))?)?;
        return Ok((rows, entries.map(|(at, _)| *at).collect()));
    }
    let may_be_kept = |ruling: GroupRuling| ruling.is_none_or(|(_, of)| of == RowAdvice::Kept);
    let (rows, ruled) = RuledGroups::of(scope)?.named(scope, may_be_kept)?;
    let entries = ruled.entries.iter().zip(&ruled.standings).filter(|(_, of)| **of == RowAdvice::Kept);
    Ok((rows.filter(&ruled.mask(RowAdvice::Kept))?, entries.map(|(at, _)| *at).collect()))
}

/// The rows of equal actions that are in the list of actions unless a decision keeps them, of the entities that an entry may apply to.
pub(super) struct RuledGroups<'s> {
    rulings: Rulings<'s>,
    /// The rows.
    pub rows: DataFrame,
    /// What is ruled on each.
    pub ruled: Vec<GroupRuling>,
}

impl<'s> RuledGroups<'s> {
    /// Rules on those of `scope`.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn of(scope: &Scope<'s>) -> PolarsResult<Self> {
        let rulings = Rulings::beside_services(scope)?;
        let rows = if rulings.is_empty() { scope.groups().limit(0) } else { scope.groups() };
        let rows = scope.collect(changeable(advisable(rows, Level::Action, false, scope)?, scope))?;
        let rows = rulings.decided_alone(&rows)?;
        let ruled = rulings.rule_groups(&rows)?;
        Ok(Self { rulings, rows, ruled })
    }

    /// The actions of the rows that `is_wanted` chooses, one by one, and what is ruled on them.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn named(&self, scope: &Scope, is_wanted: impl Fn(GroupRuling) -> bool) -> PolarsResult<(DataFrame, Ruled)> {
        let rows = self.rows.filter(&mask(&self.ruled, is_wanted))?;
        let rows = Groups { frame: &rows, sets: scope.sets() }.named(scope.context.dictionary)?;
        let ruled = self.rulings.rule(&rows, Level::Action)?;
        Ok((rows, ruled))
    }
}

/// Which rows of equal actions `is_wanted` chooses.
pub fn mask(ruled: &[GroupRuling], is_wanted: impl Fn(GroupRuling) -> bool) -> BooleanChunked {
    ruled.iter().map(|of| Some(is_wanted(*of))).collect_ca(PlSmallStr::from_static("mask"))
}
