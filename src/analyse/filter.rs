//! The filters, the same for every report. What they say about entities is decided on dumps, before any table is built; what
//! they say about keys and rows is an expression.

use std::cell::RefCell;

use globset::GlobSet;
use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::verdict::{VERDICT, accessed, is_one_of};
use super::{Filter, Params};
use crate::frame::build::Dictionary;
use crate::frame::schema;
use crate::model::{DAY_MS, Dump, EntityKind, Level, Symbol, Verdict};

impl Filter {
    /// `--account`, `--type` and `--entity`.
    #[must_use]
    pub fn keeps_entity(&self, dump: &Dump) -> bool {
        let entity = &dump.entity;
        let account = entity.account.as_ref().map(crate::model::AccountId::as_str);
        self.keeps(account, entity.kind, &entity.name, entity.arn.as_ref().map(crate::model::Arn::as_str))
    }

    /// The same for an entity that is no dump's.
    pub(super) fn keeps(&self, account: Option<&str>, kind: Option<EntityKind>, name: &str, arn: Option<&str>) -> bool {
        let named = |globs: &GlobSet| globs.is_match(name) || arn.is_some_and(|arn| globs.is_match(arn));
        (self.accounts.is_empty() || account.is_some_and(|a| self.accounts.iter().any(|wanted| wanted == a)))
            && (self.types.is_empty() || kind.is_some_and(|kind| self.types.contains(&kind)))
            && self.entities.as_ref().is_none_or(named)
    }

    /// `--service` and `--action`: what a row is about. Both sides of a diff are filtered by these before they meet.
    pub(super) fn keys(&self, rows: LazyFrame, level: Level) -> LazyFrame {
        let rows = self.services(rows);
        match &self.actions {
            Some(globs) if level == Level::Action => rows.filter(action_matches(globs.clone())),
            _ => rows,
        }
    }

    /// `--service`.
    pub(super) fn services(&self, rows: LazyFrame) -> LazyFrame {
        if self.services.is_empty() {
            return rows;
        }
        let services: Vec<_> = self.services.iter().map(String::as_str).collect();
        rows.filter(is_one_of(schema::SERVICE_NAMESPACE, &services))
    }

    /// `--action`, for names that are not in a table yet; `None` where all are kept.
    pub(super) fn keeps_action(&self, dictionary: &Dictionary) -> Option<impl Fn(Symbol, Symbol) -> bool> {
        let globs = self.actions.as_ref()?;
        let known = RefCell::new(FxHashMap::default());
        Some(move |namespace, action| {
            let text = |symbol| dictionary.text_of(symbol).unwrap_or_default();
            let is_match = || names_match(globs, text(namespace), text(action));
            *known.borrow_mut().entry((namespace, action)).or_insert_with(is_match)
        })
    }

    /// `--region`, `--verdict`, `--within`, `--used` and `--unused`: what a row says; `None` where all rows are kept.
    pub(super) fn row_condition(&self) -> Option<Expr> {
        let mut conditions = Vec::new();
        if !self.regions.is_empty() {
            let regions: Vec<_> = self.regions.iter().map(String::as_str).collect();
            conditions.push(is_one_of(schema::LAST_ACCESSED_REGION, &regions));
        }
        if !self.verdicts.is_empty() {
            let verdicts: Vec<_> = self.verdicts.iter().map(|v| v.as_str()).collect();
            conditions.push(is_one_of(VERDICT, &verdicts));
        }
        if let Some(days) = self.within {
            let millis = |column| col(column).cast(DataType::Int64);
            let since = millis(schema::AS_OF) - lit(days * DAY_MS);
            conditions.push(millis(schema::LAST_ACCESSED).gt(since).fill_null(lit(false)));
        }
        if self.used {
            conditions.push(accessed());
        }
        if self.unused {
            conditions.push(super::verdict::verdict_is(Verdict::Unused));
        }
        conditions.into_iter().reduce(Expr::and)
    }
}

/// Globs of actions are tried against `Action` and `namespace:Action`.
fn names_match(globs: &GlobSet, namespace: &str, action: &str) -> bool {
    globs.is_match(action) || globs.is_match(format!("{namespace}:{action}"))
}

/// `--action`: the globs are tried once per distinct name.
fn action_matches(globs: GlobSet) -> Expr {
    let matches = move |names: &mut [Column]| {
        let (namespaces, actions) = (names[0].cat32()?, names[1].cat32()?);
        let text = |of: &Categorical32Chunked, code| of.get_mapping().cat_to_str(code).unwrap_or_default().to_owned();
        let mut known = FxHashMap::default();
        let matches = namespaces.physical().iter().zip(actions.physical().iter()).map(|pair| {
            let (Some(namespace), Some(action)) = pair else { return false };
            let is_match = || names_match(&globs, &text(namespaces, namespace), &text(actions, action));
            *known.entry((namespace, action)).or_insert_with(is_match)
        });
        Ok(BooleanChunked::from_iter_values("matches".into(), matches).into_column())
    };
    col(schema::SERVICE_NAMESPACE)
        .map_many(matches, &[col(schema::ACTION_NAME)], |_, _| Ok(Field::new("matches".into(), DataType::Boolean)))
}

/// What the reports of `params` keep of `dumps`: entities by filter, dates by `--at`.
pub fn considered<'d>(dumps: &[&'d Dump], params: &Params) -> Vec<&'d Dump> {
    dumps
        .iter()
        .copied()
        .filter(|dump| params.filter.keeps_entity(dump) && super::present::not_after(dump, params.at))
        .collect()
}
