//! `entities`: one row per user, role, group and policy, including those without a dump: what each may do, and when it
//! last used anything.

mod row;

use std::collections::BTreeMap;

use polars::prelude::*;

use super::decisions::{Rulings, decision_columns};
use super::grants::{GrantsBeside, Texts};
use super::groups::Groups;
use super::timeline::Activity;
use super::verdict::{OBSERVED_DAYS, VERDICT, verdict_is};
use super::{Analysis, Combined, Context, ENTITY_KEY, Needs, Scope, sorted};
use crate::frame::schema::{ENTITY, MADE_AT, MEMBERS, SERVICE_NAMESPACE};
use crate::model::policy::Holder;
use crate::model::{Accessed, Credential, EntityKind, Level, Verdict};
use row::{InventoryColumns, InventorySubject};

/// The report; see the module.
pub struct Inventory;

impl Analysis for Inventory {
    fn needs(&self) -> Needs {
        Needs { services: true, groups: true, evidence: true, holders: true, ..Needs::NOTHING }
    }

    fn partials(&self, scope: &Scope) -> PolarsResult<Vec<LazyFrame>> {
        let params = scope.context.params;
        let permissions = permissions(scope)?;
        let beside = GrantsBeside::of(scope);
        let uses = uses(scope);
        let mut columns = InventoryColumns::default();
        let none = ListedPermissions::default();
        let decisions = scope.context.decisions;
        let rulings = Rulings::of(scope);
        let mut entries = Vec::new();
        for history in scope.asked {
            let permissions = permissions.get(&history.entity.key).unwrap_or(&none);
            let holder = beside.holder(&history.entity.key);
            let used = uses.get(history.entity.key.as_str()).copied().unwrap_or_default();
            let subject =
                InventorySubject { entity: history.entity, history: Some(history), holder, permissions, used };
            if subject.is_of_later(params) {
                continue;
            }
            let about = rulings.about(&history.entity.key);
            entries.push(about.and_then(|about| about.entity(subject.as_of(params)).entry()));
            columns.push(&subject, scope);
        }
        let asked: std::collections::BTreeSet<&str> =
            scope.asked.iter().map(|history| history.entity.key.as_str()).collect();
        let is_alone = |holder: &&&Holder| {
            !asked.contains(holder.entity.key.as_str()) && params.filter.keeps_entity(&holder.entity)
        };
        for holder in scope.holders.iter().filter(is_alone) {
            let used = uses.get(holder.entity.key.as_str()).copied().unwrap_or_default();
            let subject = InventorySubject {
                entity: &holder.entity,
                history: None,
                holder: Some(holder),
                permissions: &none,
                used,
            };
            if subject.is_of_later(params) {
                continue;
            }
            entries.push(decisions.of(subject.entity).entity(subject.as_of(params)).entry());
            columns.push(&subject, scope);
        }
        let mut rows = columns.finish()?;
        let decided = if decisions.is_empty() { Vec::new() } else { decision_columns(&entries, decisions)? };
        for column in &decided {
            rows.with_column(column.clone())?;
        }
        let rows = rows.lazy();
        let rows = match params.filter.row_condition() {
            Some(condition) => rows.filter(condition),
            None => rows,
        };
        let decided = decided.iter().map(|column| col(column.name().clone()));
        let made = scope.context.is_dated_otherwise.then(|| col(MADE_AT));
        Ok(vec![rows.select(row::NAMES.map(col).into_iter().chain(made).chain(decided).collect::<Vec<_>>())])
    }

    fn listed_by(&self) -> Option<&'static [&'static str]> {
        Some(&ENTITY_KEY)
    }

    fn in_order(&self, rows: DataFrame, _: &Context) -> LazyFrame {
        sorted(rows.lazy(), &ENTITY_KEY)
    }

    fn combine(&self, _: Vec<DataFrame>, _: &Context) -> PolarsResult<Combined> {
        Ok(Combined::listed(Vec::new()))
    }
}

/// The last use of any password, key or role, by the key of its owner.
fn uses<'s>(scope: &Scope<'s>) -> BTreeMap<&'s str, Activity> {
    let at = scope.context.params.at;
    let is_seen = |credential: &&Credential| credential.as_of.zip(at).is_none_or(|(as_of, at)| as_of <= at);
    let mut uses: BTreeMap<&str, Activity> = BTreeMap::new();
    for credential in scope.context.credentials.iter().filter(is_seen) {
        let of_owner = uses.entry(&credential.entity).or_default();
        of_owner.last = of_owner.last.max(credential.record.used.and_then(Accessed::instant));
        of_owner.undated |= credential.undated;
    }
    uses
}

/// What the newest dump lists for an entity.
#[derive(Debug, Default)]
pub(super) struct ListedPermissions {
    /// Services of each verdict.
    counts: [i64; Verdict::ALL.len()],
    /// The services, with whether each is shown unused, by their names in lower case.
    services: BTreeMap<String, bool>,
    /// The actions that are shown unused in services that are not, in lower case.
    unused_actions: BTreeMap<String, Vec<String>>,
    /// The least number of days for which AWS was recording each service without an access.
    watched: Option<i64>,
}

impl ListedPermissions {
    /// Whether the action is shown to be unused.
    fn is_unused(&self, service: &str, action: &str) -> bool {
        let by_itself =
            || self.unused_actions.get(service).is_some_and(|actions| actions.iter().any(|one| one == action));
        self.services.get(service) == Some(&true) || by_itself()
    }
}

/// The permissions of every entity that has rows, by its key.
fn permissions(scope: &Scope) -> PolarsResult<BTreeMap<String, ListedPermissions>> {
    let mut all: BTreeMap<String, ListedPermissions> = BTreeMap::new();
    let rows = scope
        .collect(scope.rows(Level::Service).select([ENTITY, SERVICE_NAMESPACE, VERDICT, OBSERVED_DAYS].map(col)))?;
    let (entity, namespace) = (Texts::of(&rows, ENTITY)?, Texts::of(&rows, SERVICE_NAMESPACE)?);
    let verdicts = rows.column(VERDICT)?.cat8()?.physical();
    let days = rows.column(OBSERVED_DAYS)?.i64()?;
    for row in 0..rows.height() {
        let (Some(key), Some(namespace), Some(verdict)) = (entity.get(row), namespace.get(row), verdicts.get(row))
        else {
            continue;
        };
        let of = all.entry(key).or_default();
        of.counts[usize::from(verdict)] += 1;
        let is_unused = verdict == Verdict::Unused as u8;
        of.services.insert(namespace.to_lowercase(), is_unused);
        if is_unused {
            of.watched = of.watched.into_iter().chain(days.get(row)).min();
        }
    }
    if !scope.context.grants.is_empty() {
        add_unused_actions(scope, &mut all)?;
    }
    Ok(all)
}

/// Adds unused actions. Only an open path needs them, and only answers about policies open one.
fn add_unused_actions(scope: &Scope, all: &mut BTreeMap<String, ListedPermissions>) -> PolarsResult<()> {
    let rows = scope.groups().filter(verdict_is(Verdict::Unused)).select([ENTITY, MEMBERS].map(col));
    let rows = scope.collect(rows)?;
    let entity = Texts::of(&rows, ENTITY)?;
    let names = scope.context.names;
    for (row, (namespace, group)) in (Groups { frame: &rows, sets: scope.sets() }).rows()?.enumerate() {
        let Some(of) = entity.get(row).and_then(|key| all.get_mut(&key)) else { continue };
        let service = names.text(namespace).to_lowercase();
        if of.services.get(&service) != Some(&true) {
            let actions = of.unused_actions.entry(service).or_default();
            group.each(|action| actions.push(names.text(action).to_lowercase()));
        }
    }
    Ok(())
}

/// Whether an entity of this kind can lack a dump: an AWS-managed policy is in every account and belongs to none.
pub(super) const fn is_expected(kind: Option<EntityKind>, has_account: bool) -> bool {
    !matches!(kind, Some(EntityKind::Policy)) || has_account
}
