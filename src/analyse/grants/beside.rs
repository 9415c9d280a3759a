//! Columns that reports on use add to their rows: which policy grants the permission of a row, and what it is worth.

use std::collections::BTreeMap;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::columns::{CLOSES, RISK, RISK_BASIS, RISK_CATEGORY};
use super::granting::{Granting, Permission};
use super::present::{Texts, holder_of};
use super::risk::{self, Assessed};
use super::words::Words;
use crate::analyse::Scope;
use crate::analyse::verdict::VERDICT;
use crate::frame::columns::closed_column;
use crate::frame::schema::{ACTION_NAME, ENTITY, SERVICE_NAMESPACE, set_of};
use crate::model::policy::{Holder, PolicyAuthor, Risk, RiskBasis};
use crate::model::{Level, Verdict};

/// The policy that grants a permission, and how many others do.
pub const GRANTED_BY: &str = "granted_by";

/// Who writes these policies.
pub const POLICY_AUTHOR: &str = "policy_author";

/// What answers about policies say about the entities of a batch.
pub struct GrantsBeside<'s> {
    scope: &'s Scope<'s>,
    /// By the key of the entity. Empty if no answer is known: then no row is looked up in vain.
    holders: BTreeMap<&'s str, &'s Holder>,
}

impl<'s> GrantsBeside<'s> {
    /// For the entities that `scope` asks about.
    pub fn of(scope: &'s Scope<'s>) -> Self {
        let grants = scope.context.grants;
        let asked = scope.asked.iter().map(|history| history.entity).filter(|_| !grants.is_empty());
        let holders = asked.filter_map(|entity| Some((entity.key.as_str(), holder_of(grants, entity)?))).collect();
        Self { scope, holders }
    }

    /// Whether nothing is known about any of them.
    pub fn is_empty(&self) -> bool {
        self.holders.is_empty()
    }

    /// What an answer says about the entity with this key.
    pub fn holder(&self, entity: &str) -> Option<&'s Holder> {
        self.holders.get(entity).copied()
    }

    /// The same, after it was judged.
    pub fn granting(&self, entity: &str) -> Option<Granting<'s>> {
        let context = self.scope.context;
        let holder = self.holder(entity)?;
        Some(Granting::of(holder, &context.grants.universe, context.risks))
    }

    /// The risk of a permission of an entity without known policies.
    pub fn potential(&self, namespace: &str, action: Option<&str>) -> Option<Assessed> {
        let (universe, risks) = (&self.scope.context.grants.universe, self.scope.context.risks);
        match action {
            Some(action) => risk::potential(universe.place(namespace, action)?, risks),
            None => risk::potential_of_service(namespace, universe, risks),
        }
    }
}

/// The cells of a row.
#[derive(Clone, Copy, Default)]
struct Cells {
    granted_by: Option<IdxSize>,
    risk: Option<u8>,
    category: Option<IdxSize>,
    closes: Option<IdxSize>,
    basis: Option<u8>,
    author: Option<u8>,
}

/// The columns [`GRANTED_BY`], [`RISK`], [`RISK_CATEGORY`], [`CLOSES`], [`RISK_BASIS`] and [`POLICY_AUTHOR`] for `rows` at `level`.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn columns(rows: &DataFrame, level: Level, scope: &Scope) -> PolarsResult<Vec<Column>> {
    let beside = GrantsBeside::of(scope);
    let (entity, namespace) = (Texts::of(rows, ENTITY)?, Texts::of(rows, SERVICE_NAMESPACE)?);
    let action = if level == Level::Action { Some(Texts::of(rows, ACTION_NAME)?) } else { None };
    let verdicts = rows.column(VERDICT)?.cat8()?.physical();
    let mut words = Words::default();
    let mut cells = Vec::with_capacity(rows.height());
    // The rows of one entity follow one another.
    let mut held: (Option<u32>, Option<Granting>) = (None, None);
    let mut potential: FxHashMap<(Option<u32>, Option<u32>), Cells> = FxHashMap::default();
    for row in 0..rows.height() {
        let names = || (namespace.get(row).unwrap_or_default(), action.as_ref().and_then(|action| action.get(row)));
        if !beside.is_empty() && held.0 != entity.code(row) {
            held = (entity.code(row), entity.get(row).and_then(|key| beside.granting(&key)));
        }
        let Some(granting) = &held.1 else {
            let key = (namespace.code(row), action.as_ref().and_then(|action| action.code(row)));
            let look_up = || {
                let (namespace, action) = names();
                let risk = beside.potential(&namespace, action.as_deref());
                of_permission(&Permission { risk, ..Permission::default() }, false, scope, &mut words)
            };
            cells.push(*potential.entry(key).or_insert_with(look_up));
            continue;
        };
        let permission = match names() {
            (namespace, Some(action)) => granting.action(&namespace, &action),
            (namespace, None) => granting.service(&namespace),
        };
        let is_unused = verdicts.get(row) == Some(Verdict::Unused as u8);
        cells.push(of_permission(&permission, is_unused, scope, &mut words));
    }
    in_columns(&cells, &words)
}

/// Only a permission that is shown to be unused may be removed, so only such a permission closes a path.
fn of_permission(permission: &Permission, is_unused: bool, scope: &Scope, words: &mut Words) -> Cells {
    let risk = permission.risk.as_ref();
    let category = risk.map(|assessed| assessed.categories().collect::<Vec<_>>().join(", "));
    let closes = risk
        .filter(|_| is_unused)
        .map(|assessed| scope.context.risks.names(&assessed.open).collect::<Vec<_>>().join(", "));
    let mut place = |text: Option<String>| text.filter(|text| !text.is_empty()).map(|text| words.place(&text));
    Cells {
        granted_by: place(permission.granted_by()),
        risk: risk.map(|assessed| assessed.risk as u8),
        category: place(category),
        closes: place(closes),
        basis: risk.map(|assessed| assessed.basis as u8),
        author: PolicyAuthor::of(permission.policies.iter().map(|policy| policy.kind)).map(|author| author as u8),
    }
}

fn in_columns(cells: &[Cells], words: &Words) -> PolarsResult<Vec<Column>> {
    let words = words.finish()?;
    let texts = |name, of: fn(&Cells) -> Option<IdxSize>| words.column(name, &cells.iter().map(of).collect::<Vec<_>>());
    Ok(vec![
        texts(GRANTED_BY, |cells| cells.granted_by)?,
        closed_column(RISK, &set_of!(Risk), cells.iter().map(|cells| cells.risk)),
        texts(RISK_CATEGORY, |cells| cells.category)?,
        texts(CLOSES, |cells| cells.closes)?,
        closed_column(RISK_BASIS, &set_of!(RiskBasis), cells.iter().map(|cells| cells.basis)),
        closed_column(POLICY_AUTHOR, &set_of!(PolicyAuthor), cells.iter().map(|cells| cells.author)),
    ])
}
