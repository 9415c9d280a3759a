//! The filters, the same for every report. Filters of entities are decided on dumps, before any table is built; filters
//! of keys and rows are expressions.

use globset::GlobSet;
use polars::prelude::*;

use super::Filter;
use super::names::Names;
use super::timeline::Judged;
use super::verdict::{VERDICT, accessed, is_one_of};
use crate::frame::schema;
use crate::model::{DAY_MS, Entity, EntityKind, Verdict, folded};

impl Filter {
    /// `--account`, `--type` and `--entity`.
    #[must_use]
    pub fn keeps_entity(&self, entity: &Entity) -> bool {
        let account = entity.account.as_ref().map(crate::model::AccountId::as_str);
        self.keeps(account, entity.kind, &entity.name, entity.arn.as_ref().map(crate::model::Arn::as_str))
    }

    /// The same for an entity without a dump.
    pub(super) fn keeps(&self, account: Option<&str>, kind: Option<EntityKind>, name: &str, arn: Option<&str>) -> bool {
        let named = |globs: &GlobSet| {
            globs.is_match(name)
                || arn.is_some_and(|arn| globs.is_match(arn))
                || self.names_types() && !self.patterns_of(kind, name, arn).is_empty()
        };
        (self.accounts.is_empty() || account.is_some_and(|a| self.accounts.iter().any(|wanted| wanted == a)))
            && (self.types.is_empty() || kind.is_some_and(|kind| self.types.contains(&kind)))
            && self.entities.as_ref().is_none_or(named)
    }

    /// Whether a pattern of `--entity` begins with a type.
    fn names_types(&self) -> bool {
        self.entity_patterns.iter().any(|pattern| names_type(pattern))
    }

    /// The places of the patterns of `--entity` that fit the entity. A pattern that begins with a type is tried against what the reports
    /// print, `role/AdminRole`, and with the path, `role/ci/AdminRole`, too.
    pub(super) fn patterns_of(&self, kind: Option<EntityKind>, name: &str, arn: Option<&str>) -> Vec<usize> {
        let Some(globs) = &self.entities else { return Vec::new() };
        let mut fitting = globs.matches(name);
        fitting.extend(arn.iter().flat_map(|arn| globs.matches(arn)));
        if self.names_types() {
            let typed = kind.map(|kind| format!("{kind}/{name}"));
            let with_path = arn.and_then(|arn| arn.splitn(6, ':').nth(5));
            let spelled = typed.as_deref().into_iter().chain(with_path).flat_map(|text| globs.matches(text));
            fitting.extend(spelled.filter(|at| names_type(&self.entity_patterns[*at])));
        }
        fitting
    }

    /// `--service`: names of services are compared trimmed and without case, as everywhere.
    #[must_use]
    pub fn keeps_service(&self, namespace: &str) -> bool {
        let namespace = folded(namespace);
        self.services.is_empty() || self.services.iter().any(|asked| folded(asked) == namespace)
    }

    /// `--action`: the globs ignore case and are tried against `Action` and `namespace:Action`.
    #[must_use]
    pub fn keeps_action(&self, namespace: &str, action: &str) -> bool {
        let (namespace, action) = (namespace.trim(), action.trim());
        let is_match = |globs: &GlobSet| globs.is_match(action) || globs.is_match(format!("{namespace}:{action}"));
        self.actions.as_ref().is_none_or(is_match)
    }

    /// Whether [`Filter::row_condition`] keeps this row.
    pub(super) fn keeps_row(&self, row: &Judged, names: &Names) -> bool {
        let region = names.text(row.last_accessed_region);
        let is_used = row.last_accessed.is_some() || row.access_undated;
        let is_within = |days: i64| {
            let dates = row.last_accessed.zip(row.as_of);
            dates.is_some_and(|(at, as_of)| at.millis() > as_of.millis() - days * DAY_MS)
        };
        (self.regions.is_empty() || self.regions.iter().any(|asked| asked == region))
            && (self.verdicts.is_empty() || self.verdicts.contains(&row.verdict))
            && self.within.is_none_or(is_within)
            && (is_used || !self.used)
            && (row.verdict == Verdict::Unused || !self.unused)
    }

    /// `--region`, `--verdict`, `--within`, `--used` and `--unused`: the filters of a row's values; `None` if all rows
    /// are kept.
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

/// Whether a pattern of entities begins with a type, as in `role/AdminRole`.
#[must_use]
pub fn names_type(pattern: &str) -> bool {
    EntityKind::ALL.iter().any(|kind| pattern.strip_prefix(kind.as_str()).is_some_and(|rest| rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use globset::{Glob, GlobSet};

    use super::*;

    /// Whether `--entity` with this pattern keeps the role `/ci/deploy`.
    fn keeps(pattern: &str) -> bool {
        let glob = Glob::new(pattern).expect("a glob");
        let entities = Some(GlobSet::new([glob]).expect("a set"));
        let filter = Filter { entities, entity_patterns: vec![pattern.to_owned()], ..Filter::default() };
        let arn = Some("arn:aws:iam::111122223333:role/ci/deploy");
        let is_kept = filter.keeps(Some("111122223333"), Some(EntityKind::Role), "deploy", arn);
        assert_eq!(is_kept, !filter.patterns_of(Some(EntityKind::Role), "deploy", arn).is_empty(), "{pattern}");
        is_kept
    }

    #[test]
    fn an_entity_is_named_as_reports_print_it() {
        for fits in
            ["deploy", "role/deploy", "role/ci/deploy", "role/*", "role/ci/*", "*role/*", "arn:*:role/ci/deploy"]
        {
            assert!(keeps(fits), "{fits}");
        }
        for other in ["ci/deploy", "user/deploy", "role", "*:role/deploy", "role/cd/deploy", "rol*/deploy"] {
            assert!(!keeps(other), "{other}");
        }
    }
}
