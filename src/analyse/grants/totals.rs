//! Sums of policies and risks, by service and by account.

use std::collections::BTreeMap;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::beside::GrantsBeside;
use super::granting::Granting;
use super::present::Texts;
use crate::analyse::Scope;
use crate::analyse::groups::{Group, Groups};
use crate::analyse::removable::{changeable, removable};
use crate::analyse::timeline::ClassId;
use crate::frame::schema::{self, ACCOUNT_ID, ENTITY, MEMBERS, SERVICE_NAMESPACE};
use crate::model::policy::Risk;
use crate::model::{Level, Symbol};

/// The name of a policy, and how many entities have a service through it.
pub const POLICY: &str = "policy";
/// See [`POLICY`].
pub const HOLDING: &str = "holding";

/// How many entities have each service through which policy: [`SERVICE_NAMESPACE`] as all its spellings share it,
/// [`POLICY`], [`HOLDING`].
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn policies_of_services(scope: &Scope) -> PolarsResult<DataFrame> {
    let beside = GrantsBeside::of(scope);
    let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
    if !beside.is_empty() {
        let shared = scope.context.shared_spelling(SERVICE_NAMESPACE);
        let keys = [ENTITY, SERVICE_NAMESPACE].map(col);
        let rows = scope.rows(Level::Service).with_column(shared).select(keys);
        let rows = scope.collect(rows.unique_stable(None, UniqueKeepStrategy::First))?;
        let (entity, namespace) = (Texts::of(&rows, ENTITY)?, Texts::of(&rows, SERVICE_NAMESPACE)?);
        let mut held = GrantedToEntity::default();
        for row in 0..rows.height() {
            let (Some(granting), Some(namespace)) = (held.of(&beside, &entity, row), namespace.get(row)) else {
                continue;
            };
            for policy in granting.service(&namespace).policies {
                *counts.entry((namespace.clone(), policy.name.clone())).or_default() += 1;
            }
        }
    }
    let texts = |column: &str, of: fn(&(String, String)) -> &String| -> PolarsResult<Column> {
        let texts = counts.keys().map(|key| Some(of(key).as_str()));
        Ok(Categorical32Chunked::from_str_iter(column.into(), schema::name(), texts)?.into_column())
    };
    DataFrame::new(
        counts.len(),
        vec![
            texts(SERVICE_NAMESPACE, |key| &key.0)?,
            texts(POLICY, |key| &key.1)?,
            Int64Chunked::from_iter_values(HOLDING.into(), counts.values().copied()).into_column(),
        ],
    )
}

/// What the entity of a row holds. The rows of one entity follow one another.
#[derive(Default)]
struct GrantedToEntity<'s> {
    entity: Option<u32>,
    granting: Option<Granting<'s>>,
}

impl<'s> GrantedToEntity<'s> {
    fn of(&mut self, beside: &GrantsBeside<'s>, entity: &Texts, row: usize) -> Option<&Granting<'s>> {
        if !beside.is_empty() && self.entity != entity.code(row) {
            self.entity = entity.code(row);
            self.granting = entity.get(row).and_then(|key| beside.granting(&key));
        }
        self.granting.as_ref()
    }
}

/// The number of permissions of each risk; the last place is for those about which nothing is known.
type Counts = [i64; Risk::ALL.len() + 1];

fn place(risk: Option<Risk>) -> usize {
    risk.map_or(Risk::ALL.len(), |risk| risk as usize)
}

/// The columns of [`risks_of_accounts`], in the order of the risks.
pub fn risk_columns() -> impl Iterator<Item = String> {
    Risk::ALL.iter().map(|risk| format!("risk_{risk}"))
}

/// How many rows of each risk `unused` lists at both levels, by account: services, and the actions of services that are
/// in use.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn risks_of_accounts(scope: &Scope) -> PolarsResult<DataFrame> {
    let mut accounts: BTreeMap<Option<String>, Counts> = BTreeMap::new();
    let beside = GrantsBeside::of(scope);
    for level in [Level::Service, Level::Action] {
        let rows = if level == Level::Service { scope.rows(level) } else { scope.groups() };
        let rows = changeable(removable(rows, level, scope), scope);
        let more: &[&str] = if level == Level::Service { &[] } else { &[MEMBERS] };
        let columns = [ACCOUNT_ID, ENTITY, SERVICE_NAMESPACE].iter().chain(more).map(|name| col(*name));
        let rows = scope.collect(rows.select(columns.collect::<Vec<_>>()))?;
        let account = Texts::of(&rows, ACCOUNT_ID)?;
        let of_rows = match level {
            Level::Service => of_services(&rows, &beside)?,
            Level::Action => of_actions(&rows, &beside, scope)?,
        };
        let mut by_code: FxHashMap<Option<u32>, Counts> = FxHashMap::default();
        for (row, counts) in of_rows.into_iter().enumerate() {
            add(by_code.entry(account.code(row)).or_default(), &counts);
        }
        let rows_of: FxHashMap<Option<u32>, usize> = (0..rows.height()).map(|row| (account.code(row), row)).collect();
        for (code, counts) in by_code {
            add(accounts.entry(account.get(rows_of[&code])).or_default(), &counts);
        }
    }
    let names = accounts.keys().map(Option::as_deref);
    let mut columns =
        vec![Categorical32Chunked::from_str_iter(ACCOUNT_ID.into(), schema::name(), names)?.into_column()];
    for (at, name) in risk_columns().enumerate() {
        let counts = accounts.values().map(|counts| counts[at]);
        columns.push(Int64Chunked::from_iter_values(name.into(), counts).into_column());
    }
    DataFrame::new(accounts.len(), columns)
}

fn add(to: &mut Counts, more: &Counts) {
    to.iter_mut().zip(more).for_each(|(count, more)| *count += more);
}

fn one(risk: Option<Risk>) -> Counts {
    let mut counts = Counts::default();
    counts[place(risk)] = 1;
    counts
}

fn of_services(rows: &DataFrame, beside: &GrantsBeside) -> PolarsResult<Vec<Counts>> {
    let (entity, namespace) = (Texts::of(rows, ENTITY)?, Texts::of(rows, SERVICE_NAMESPACE)?);
    let mut held = GrantedToEntity::default();
    let mut potential: FxHashMap<Option<u32>, Option<Risk>> = FxHashMap::default();
    let risk = |row: usize| {
        let name = || namespace.get(row).unwrap_or_default();
        match held.of(beside, &entity, row) {
            Some(granting) => granting.service(&name()).risk.map(|assessed| assessed.risk),
            None => {
                *potential.entry(namespace.code(row)).or_insert_with(|| Some(beside.potential(&name(), None)?.risk))
            }
        }
    };
    Ok((0..rows.height()).map(risk).map(one).collect())
}

/// The counts of action rows. One row can be about many actions.
fn of_actions(rows: &DataFrame, beside: &GrantsBeside, scope: &Scope) -> PolarsResult<Vec<Counts>> {
    let entity = Texts::of(rows, ENTITY)?;
    let names = scope.context.names;
    let mut held = GrantedToEntity::default();
    let mut potential: FxHashMap<(Symbol, Symbol), Option<Risk>> = FxHashMap::default();
    let mut classes: FxHashMap<(Symbol, ClassId), Counts> = FxHashMap::default();
    let groups = Groups { frame: rows, sets: scope.sets() }.rows()?;
    let mut all = Vec::with_capacity(rows.height());
    for (row, (namespace, group)) in groups.enumerate() {
        let granting = held.of(beside, &entity, row);
        let mut alone = |action: Symbol| {
            let look_up = || Some(beside.potential(names.text(namespace), Some(names.text(action)))?.risk);
            place(*potential.entry((namespace, action)).or_insert_with(look_up))
        };
        let mut counts = Counts::default();
        match (granting, group) {
            (None, Group::One(action)) => counts[alone(action)] += 1,
            (None, Group::Class { class, names, excluded }) => {
                let of_class = classes.entry((namespace, class)).or_insert_with(|| {
                    let mut counts = Counts::default();
                    for action in names {
                        counts[alone(*action)] += 1;
                    }
                    counts
                });
                counts = *of_class;
                for action in excluded {
                    counts[alone(*action)] -= 1;
                }
            }
            (Some(granting), group) => group.each(|action| {
                let permission = granting.action(names.text(namespace), names.text(action));
                counts[place(permission.risk.map(|assessed| assessed.risk))] += 1;
            }),
        }
        all.push(counts);
    }
    Ok(all)
}
