//! The entities of a batch: what the dumps list for each at present, together with the policies that it holds.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::risk::RiskTable;
use crate::analyse::Scope;
use crate::analyse::verdict::{OBSERVED_DAYS, VERDICT};
use crate::catalogue::Catalogue;
use crate::frame::schema::{
    ACCESS_UNDATED, ACTION_NAME, ENTITY, LAST_ACCESSED, LAST_ACCESSED_REGION, SERVICE_NAME, SERVICE_NAMESPACE,
    WITHOUT_ACTIONS,
};
use crate::model::policy::{Grants, Holder};
use crate::model::{Entity, EntityKind, Instant, Level};

/// A batch.
pub struct Present<'a> {
    /// What is known about grants.
    pub grants: &'a Grants,
    /// Public facts.
    pub catalogue: &'a Catalogue,
    /// The risks of the known actions.
    pub risks: &'a RiskTable,
    /// Its entities.
    pub subjects: Vec<Subject<'a>>,
    /// The rows of the level that is asked for.
    pub listed: DataFrame,
}

/// One entity, from a dump, from an answer about policies, or from both.
#[derive(Default)]
pub struct Subject<'a> {
    /// What tells it from all others.
    pub key: String,
    /// Its account.
    pub account: Option<String>,
    /// Its ARN, if it is known.
    pub arn: Option<String>,
    /// User, group, role or policy.
    pub kind: Option<EntityKind>,
    /// Its name.
    pub name: String,
    /// Whether AWS edits it and the owner of the account cannot.
    pub is_aws_controlled: bool,
    /// What it holds; `None` if no answer describes it.
    pub holder: Option<&'a Holder>,
    /// Whether a dump says anything about it.
    pub has_dump: bool,
    /// Whether that dump lists all that is granted.
    pub is_whole: bool,
    /// The date of the dump.
    pub as_of: Option<i64>,
    /// What the dump lists, by the namespace in lower case.
    pub services: BTreeMap<String, ListedService>,
}

/// A service that a dump lists.
pub struct ListedService {
    /// The name as the dump writes it.
    pub namespace: String,
    /// `ServiceName`.
    pub name: Option<String>,
    /// Whether the dump tracks actions of the service.
    pub lists_actions: bool,
    /// Its row among [`Present::listed`], at service level.
    pub row: Option<IdxSize>,
    /// Its actions by their names in lower case, at action level.
    pub actions: BTreeMap<String, ListedAction>,
}

/// An action that a dump lists.
pub struct ListedAction {
    /// The name as the dump writes it.
    pub name: String,
    /// Its row among [`Present::listed`].
    pub row: IdxSize,
}

impl<'a> Present<'a> {
    /// The entities of the scope that the filters keep.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn of(scope: &Scope<'a>, level: Level) -> PolarsResult<Self> {
        let (grants, catalogue) = (scope.context.grants, scope.context.catalogue);
        let mut subjects: BTreeMap<String, Subject> = BTreeMap::new();
        for history in scope.asked {
            let newest = history.newest(scope.context.params.at);
            let subject = Subject {
                holder: holder_of(grants, history.entity),
                has_dump: newest.is_some(),
                is_whole: newest.is_some_and(|newest| newest.whole),
                as_of: newest.and_then(|newest| newest.dump.as_of).map(Instant::millis),
                ..Subject::of(history.entity)
            };
            subjects.insert(history.entity.key.clone(), subject);
        }
        let filter = &scope.context.params.filter;
        for holder in scope.holders.iter().filter(|holder| filter.keeps_entity(&holder.entity)) {
            let subject = Subject { holder: Some(holder), ..Subject::of(&holder.entity) };
            subjects.entry(holder.entity.key.clone()).or_insert(subject);
        }
        let services = scope.collect(scope.rows(Level::Service))?;
        add_services(&services, &mut subjects)?;
        let listed = match level {
            Level::Service => services,
            Level::Action => {
                let actions = scope.collect(scope.rows(Level::Action))?;
                add_actions(&actions, &mut subjects)?;
                actions
            }
        };
        // If only the existence of an entity is known, it has no rows. A policy without a dump has none either: its
        // holders have them.
        let holds = |holder: &Holder| holder.arn.kind() != EntityKind::Policy;
        let has_rows = |subject: &Subject| subject.has_dump || subject.holder.is_some_and(holds);
        let subjects = subjects.into_values().filter(has_rows).collect();
        let risks = scope.context.risks;
        Ok(Self { grants, catalogue, risks, subjects, listed: facts(&listed)? })
    }
}

/// What answers about policies say about an entity.
pub fn holder_of<'g>(grants: &'g Grants, entity: &Entity) -> Option<&'g Holder> {
    grants.holder(entity.account.as_ref(), entity.arn.as_ref()?)
}

impl Subject<'_> {
    fn of(entity: &Entity) -> Self {
        Self {
            key: entity.key.clone(),
            account: entity.account.as_ref().map(ToString::to_string),
            arn: entity.arn.as_ref().map(ToString::to_string),
            kind: entity.kind,
            name: entity.name.clone(),
            is_aws_controlled: entity.is_aws_controlled(),
            ..Self::default()
        }
    }
}

/// The columns of listed rows that a report on grants shows or filters by.
fn facts(listed: &DataFrame) -> PolarsResult<DataFrame> {
    listed.select([VERDICT, LAST_ACCESSED, OBSERVED_DAYS, LAST_ACCESSED_REGION, ACCESS_UNDATED])
}

/// A column of names, by row.
pub struct Texts<'f>(&'f Categorical32Chunked);

impl<'f> Texts<'f> {
    /// The column of `frame`.
    ///
    /// # Errors
    /// If it holds no names, which is a bug.
    pub fn of(frame: &'f DataFrame, column: &str) -> PolarsResult<Self> {
        Ok(Self(frame.column(column)?.cat32()?))
    }

    /// The code of the name in a row: one name has the same code in all rows.
    pub fn code(&self, row: usize) -> Option<u32> {
        self.0.physical().get(row)
    }

    /// The name in a row.
    pub fn get(&self, row: usize) -> Option<String> {
        self.text(row).map(str::to_owned)
    }

    /// The same, without a copy.
    pub fn text(&self, row: usize) -> Option<&'f str> {
        self.0.get_mapping().cat_to_str(self.code(row)?)
    }
}

/// Puts the service rows under their entities.
fn add_services(rows: &DataFrame, subjects: &mut BTreeMap<String, Subject>) -> PolarsResult<()> {
    let text = |column| Texts::of(rows, column);
    let (entity, namespace, name) = (text(ENTITY)?, text(SERVICE_NAMESPACE)?, text(SERVICE_NAME)?);
    let without_actions = rows.column(WITHOUT_ACTIONS)?.bool()?.rechunk();
    for row in 0..rows.height() {
        let Some(subject) = entity.get(row).and_then(|key| subjects.get_mut(&key)) else { continue };
        let Some(namespace) = namespace.get(row) else { continue };
        let service = ListedService {
            name: name.get(row),
            lists_actions: without_actions.get(row) == Some(false),
            row: Some(row as IdxSize),
            actions: BTreeMap::new(),
            namespace,
        };
        subject.services.insert(service.namespace.to_ascii_lowercase(), service);
    }
    Ok(())
}

/// Puts the action rows under their services.
fn add_actions(rows: &DataFrame, subjects: &mut BTreeMap<String, Subject>) -> PolarsResult<()> {
    for service in subjects.values_mut().flat_map(|subject| subject.services.values_mut()) {
        service.row = None;
    }
    let text = |column| Texts::of(rows, column);
    let (entity, namespace, action) = (text(ENTITY)?, text(SERVICE_NAMESPACE)?, text(ACTION_NAME)?);
    for row in 0..rows.height() {
        let Some(subject) = entity.get(row).and_then(|key| subjects.get_mut(&key)) else { continue };
        let (Some(namespace), Some(name)) = (namespace.get(row), action.get(row)) else { continue };
        let service = subject.services.entry(namespace.to_ascii_lowercase());
        // An older dump at action level may list a service that the newest one does not.
        let of_older_dump =
            || ListedService { namespace, name: None, lists_actions: false, row: None, actions: BTreeMap::new() };
        let service = service.or_insert_with(of_older_dump);
        service.actions.insert(name.to_ascii_lowercase(), ListedAction { name, row: row as IdxSize });
    }
    Ok(())
}
