//! `unused`: what may be taken away. It is the listing on which people act, so it leaves out what you cannot edit, and
//! an action if its whole service is already listed.

use polars::prelude::*;

use super::decisions::{GroupRuling, RowAdvice, Rulings, advisable, decision_columns, mask};
use super::grants::{CLOSES, GRANTED_BY, POLICY_AUTHOR, RISK, RISK_BASIS, RISK_CATEGORY, columns_beside};
use super::groups::Groups;
use super::removable::changeable;
use super::rows::NOTE;
use super::scope::kept;
use super::verdict::{DAYS_SINCE, OBSERVED_DAYS, VERDICT, verdict_is};
use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, Sort, sorted_whole};
use crate::catalogue::Catalogue;
use crate::frame::build::{Dictionary, names_of};
use crate::frame::schema::{
    self, ACCESS_LEVEL, ACTION_NAME, ACTIONS, AGE_KNOWN_BY, AS_OF, AWS_CONTROLLED, ENTITY, EVIDENCE, GRANTED_SINCE,
    IDENTIFIED_BY, LAST_ACCESSED, LAST_ACCESSED_SOURCE, MADE_AT, OBSERVED_LIMIT, REMEDY, SERVICE_NAME,
    SERVICE_NAMESPACE,
};
use crate::model::{Level, Verdict};
use crate::problem::counted;

const FACTS: [&str; 11] = [
    VERDICT,
    LAST_ACCESSED,
    DAYS_SINCE,
    OBSERVED_DAYS,
    RISK,
    RISK_CATEGORY,
    CLOSES,
    GRANTED_BY,
    REMEDY,
    NOTE,
    AWS_CONTROLLED,
];
const EVIDENCE_OF_IT: [&str; 6] = [AS_OF, EVIDENCE, IDENTIFIED_BY, OBSERVED_LIMIT, GRANTED_SINCE, AGE_KNOWN_BY];

/// When the entity was created.
pub const CREATED_AT: &str = "created_at";

/// The report; see the module.
pub struct Unused {
    /// Services or actions.
    pub level: Level,
    /// Keep the actions of services that are themselves stale or unused.
    pub all_actions: bool,
    /// The order of the rows.
    pub sort: Sort,
}

impl Analysis for Unused {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: self.level == Level::Action, evidence: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let rows = match self.level {
            Level::Service => {
                let one = lit(1u32).cast(DataType::UInt32).alias(ACTIONS);
                scope.listed(Level::Service).with_column(one)
            }
            Level::Action => kept(scope.groups(), scope.context.params),
        };
        let rows = advisable(rows, self.level, self.all_actions, scope)?;
        let controlled = rows.clone().filter(col(AWS_CONTROLLED)).select([col(ENTITY), col(ACTIONS)]);
        let mut rows = scope.collect(changeable(rows, scope))?;
        let rulings = self.rulings(scope)?;
        if let Some(rulings) = rulings.as_ref().filter(|_| self.level == Level::Action) {
            // Names take time: those of rows that a decision keeps as a whole are not needed.
            let is_listed = |ruling: GroupRuling| ruling.is_none_or(|(_, of)| of == RowAdvice::Listed);
            rows = rows.filter(&mask(&rulings.rule_groups(&rows)?, is_listed))?;
        }
        let mut rows = match self.level {
            Level::Service => rows,
            Level::Action => {
                let mut named = Groups { frame: &rows, sets: scope.sets() }.named(scope.context.dictionary)?;
                named.with_column(access_level(&named, scope.context.catalogue, scope.context.dictionary)?)?;
                named
            }
        };
        let decided = match &rulings {
            Some(rulings) => self.without_kept(&mut rows, rulings, scope)?,
            None => Vec::new(),
        };
        for column in columns_beside(&rows, self.level, scope)? {
            rows.with_column(column)?;
        }
        for column in &decided {
            rows.with_column(column.clone())?;
        }
        let decided = decided.iter().map(|column| col(column.name().clone()));
        Ok(vec![
            rows.lazy().select(columns(self.level, &scope.context).into_iter().chain(decided).collect::<Vec<_>>()),
            controlled,
        ])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        // The permissions that are worth most come first, in any batch.
        (self.sort == Sort::Entity).then_some(&ENTITY_KEY)
    }

    fn in_order(&self, rows: DataFrame, context: &Context) -> LazyFrame {
        sorted_whole(rows, context, self.level)
    }

    fn combine(&self, mut parts: Vec<DataFrame>, context: &Context) -> PolarsResult<Combined> {
        let controlled = parts.pop().expect("as many as partials gives");
        let by_risk = parts.pop().map(|rows| by_risk(self.in_order(rows, context)));
        let mut remarks = Vec::new();
        if !context.params.include_aws_controlled && controlled.height() > 0 {
            let rows = controlled.column(ACTIONS)?.u32()?.sum().unwrap_or(0) as usize;
            remarks.push(format!(
                "Not listed: {} of {} (service-linked roles, roles under /aws-reserved/, AWS-managed policies), which you cannot edit in \
                 the account. Include them with --include-aws-controlled.",
                counted(rows, "row", "rows"),
                counted(controlled.column(ENTITY)?.n_unique()?, "AWS-controlled entity", "AWS-controlled entities"),
            ));
        }
        Ok(Combined { frame: by_risk, ..Combined::listed(remarks) })
    }
}

impl Unused {
    /// What decides about the rows, if there are decisions.
    fn rulings<'s>(&self, scope: &Scope<'s>) -> PolarsResult<Option<Rulings<'s>>> {
        if scope.context.decisions.is_empty() {
            return Ok(None);
        }
        let is_beside = self.level == Level::Action && !self.all_actions;
        Ok(Some(if is_beside { Rulings::beside_services(scope)? } else { Rulings::of(scope) }))
    }

    /// Removes the rows that a decision keeps from `rows`; returns the decisions about the others, if there are any.
    fn without_kept(&self, rows: &mut DataFrame, rulings: &Rulings, scope: &Scope) -> PolarsResult<Vec<Column>> {
        let ruled = rulings.rule(rows, self.level)?;
        *rows = rows.filter(&ruled.mask(RowAdvice::Listed))?;
        let advised = ruled.entries.iter().zip(&ruled.standings).filter(|(_, of)| **of == RowAdvice::Listed);
        let mut columns = decision_columns(&advised.map(|(at, _)| *at).collect::<Vec<_>>(), scope.context.decisions)?;
        if self.level == Level::Service {
            columns.push(rulings.kept_actions(rows)?);
        }
        Ok(columns)
    }
}

/// The columns of the report: what identifies a row, what is known about it, and what that is based on.
pub fn columns(level: Level, context: &Context) -> Vec<Expr> {
    let of_action = [ACTION_NAME, ACCESS_LEVEL].into_iter().filter(|_| level == Level::Action);
    let key = ENTITY_KEY.into_iter().chain([SERVICE_NAMESPACE, SERVICE_NAME]).chain(of_action);
    let names = key.chain(FACTS).chain(EVIDENCE_OF_IT).map(col);
    let created = col(schema::ENTITY_CREATED_AT).alias(CREATED_AT);
    let made = context.is_dated_otherwise.then(|| col(MADE_AT));
    names.chain([created, col(LAST_ACCESSED_SOURCE), col(RISK_BASIS), col(POLICY_AUTHOR)]).chain(made).collect()
}

/// Puts the permissions that are worth most first: the highest risk, then those that close most paths, unused before
/// stale, and those that were observed longest.
fn by_risk(rows: LazyFrame) -> LazyFrame {
    let keys = [col(RISK).to_physical(), closed_paths(), verdict_is(Verdict::Stale), col(OBSERVED_DAYS)];
    let order = SortMultipleOptions::default()
        .with_order_descending_multi([false, true, false, true])
        .with_nulls_last(true)
        .with_maintain_order(true);
    rows.sort_by_exprs(keys, order)
}

/// How many paths [`CLOSES`] names.
fn closed_paths() -> Expr {
    let counted = |closes: Column| {
        let names = closes.cat32()?;
        let of_code = |code| names.get_mapping().cat_to_str(code).map_or(0, |names| names.split(", ").count() as u32);
        let counts = names.physical().iter().map(|code| code.map_or(0, of_code));
        Ok(UInt32Chunked::from_iter_values(closes.name().clone(), counts).into_column())
    };
    col(CLOSES).map(counted, |_, field| Ok(Field::new(field.name().clone(), DataType::UInt32)))
}

/// `List`, `Read`, `Write`, `Tagging` or `Permissions management`; null if the catalogue does not know the action.
pub fn access_level(rows: &DataFrame, catalogue: &Catalogue, dictionary: &Dictionary) -> PolarsResult<Column> {
    let code = |name: &str| Ok::<_, PolarsError>(rows.column(name)?.cat32()?.physical().iter());
    let actions = code(SERVICE_NAMESPACE)?.zip(code(ACTION_NAME)?);
    let known = dictionary.access_levels(catalogue.access_levels())?;
    let levels = actions.map(|(service, action)| known.get(&service.zip(action)?).copied());
    Ok(names_of(UInt32Chunked::from_iter_options(ACCESS_LEVEL.into(), levels)))
}
