//! The entities of a batch: what the dumps list for each at present, beside the policies that it holds.

use std::collections::BTreeMap;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::risk::RiskTable;
use crate::analyse::Scope;
use crate::analyse::verdict::{OBSERVED_DAYS, VERDICT};
use crate::catalogue::Catalogue;
use crate::frame::schema::{
    self, ACCESS_UNDATED, ACCOUNT_ID, ACTION_NAME, AS_OF, ENTITY, ENTITY_ARN, ENTITY_NAME, ENTITY_TYPE, EVIDENCE,
    LAST_ACCESSED, LAST_ACCESSED_REGION, SERVICE_NAME, SERVICE_NAMESPACE, TRACKED_ACTIONS,
};
use crate::model::policy::{Grants, Holder};
use crate::model::{AccountId, Arn, EntityKind, Evidence, Instant, Level};

/// A batch.
pub struct Present<'a> {
    /// What is known about grants.
    pub grants: &'a Grants,
    /// Public facts.
    pub catalogue: &'a Catalogue,
    /// What the known actions are worth.
    pub risk: RiskTable,
    /// Its entities.
    pub subjects: Vec<Subject<'a>>,
    /// The rows of the level that is asked for.
    pub listed: DataFrame,
}

/// One entity: of a dump, of an answer about policies, or of both.
#[derive(Default)]
pub struct Subject<'a> {
    /// Its account.
    pub account: Option<String>,
    /// Its ARN, where it is known.
    pub arn: Option<String>,
    /// User, group, role or policy.
    pub kind: Option<EntityKind>,
    /// Its name.
    pub name: String,
    /// Whether AWS, not the account's owner, edits it.
    pub is_managed: bool,
    /// What it holds; `None` where no answer describes it.
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
    /// As the dump spells it.
    pub namespace: String,
    /// `ServiceName`.
    pub name: Option<String>,
    /// Whether the dump tracks actions of it.
    pub lists_actions: bool,
    /// Its row among [`Present::listed`], at service level.
    pub row: Option<IdxSize>,
    /// Its actions by their names in lower case, at action level.
    pub actions: BTreeMap<String, ListedAction>,
}

/// An action that a dump lists.
pub struct ListedAction {
    /// As the dump spells it.
    pub name: String,
    /// Its row among [`Present::listed`].
    pub row: IdxSize,
}

impl<'a> Present<'a> {
    /// The entities of the scope that the filters keep.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn of(scope: &Scope<'a>, level: Level) -> PolarsResult<Self> {
        let services = scope.collect(scope.all_rows(Level::Service))?;
        let (mut subjects, places) = subjects_of(&services)?;
        let listed = match level {
            Level::Service => services,
            Level::Action => {
                let actions = scope.collect(scope.all_rows(Level::Action))?;
                add_actions(&actions, &mut subjects, &places)?;
                actions
            }
        };
        let grants = scope.context.grants;
        let mut subjects: BTreeMap<(Option<String>, Option<String>, String), Subject> =
            subjects.into_iter().map(|subject| (subject.key(), subject)).collect();
        for subject in subjects.values_mut() {
            subject.find_holder(grants);
        }
        for dump in scope.present.iter().filter(|dump| dump.evidence == Evidence::Empty) {
            let entity = &dump.entity;
            let subject = Subject {
                account: entity.account.as_ref().map(ToString::to_string),
                arn: entity.arn.as_ref().map(ToString::to_string),
                kind: entity.kind,
                name: entity.name.clone(),
                is_managed: entity.is_managed(),
                has_dump: true,
                is_whole: true,
                as_of: dump.as_of.map(Instant::millis),
                ..Subject::default()
            };
            let subject = subjects.entry(subject.key()).or_insert(subject);
            subject.find_holder(grants);
        }
        for holder in &scope.holders {
            let subject = Subject::of_holder(holder);
            subjects.entry(subject.key()).or_insert(subject);
        }
        let filter = &scope.context.params.filter;
        let keeps = |subject: &Subject| {
            filter.keeps(subject.account.as_deref(), subject.kind, &subject.name, subject.arn.as_deref())
        };
        let subjects = subjects.into_values().filter(keeps).collect();
        let catalogue = scope.context.catalogue;
        let risk = RiskTable::new(&grants.universe, catalogue);
        Ok(Self { grants, catalogue, risk, subjects, listed: facts(&listed)? })
    }
}

impl<'a> Subject<'a> {
    /// What makes it one: an ARN in an account, or a label.
    fn key(&self) -> (Option<String>, Option<String>, String) {
        (self.account.clone(), self.arn.clone(), self.name.clone())
    }

    fn of_holder(holder: &'a Holder) -> Self {
        Self {
            account: holder.account.as_ref().map(ToString::to_string),
            arn: Some(holder.arn.to_string()),
            kind: Some(holder.arn.kind()),
            name: holder.arn.name().to_owned(),
            is_managed: holder.arn.is_managed(),
            holder: Some(holder),
            ..Self::default()
        }
    }

    fn find_holder(&mut self, grants: &'a Grants) {
        let arn = self.arn.as_deref().and_then(|arn| Arn::parse(arn).ok());
        let account = self.account.as_deref().and_then(AccountId::parse);
        self.holder = arn.and_then(|arn| grants.holder(account.as_ref(), &arn));
    }
}

/// The columns of listed rows that a report on grants shows or filters by.
fn facts(listed: &DataFrame) -> PolarsResult<DataFrame> {
    listed.select([VERDICT, LAST_ACCESSED, OBSERVED_DAYS, LAST_ACCESSED_REGION, ACCESS_UNDATED])
}

/// A column of names, by row.
struct Texts<'f>(&'f Categorical32Chunked);

impl<'f> Texts<'f> {
    fn of(frame: &'f DataFrame, column: &str) -> PolarsResult<Self> {
        Ok(Self(frame.column(column)?.cat32()?))
    }

    fn code(&self, row: usize) -> Option<u32> {
        self.0.physical().get(row)
    }

    fn get(&self, row: usize) -> Option<String> {
        self.0.get_mapping().cat_to_str(self.code(row)?).map(str::to_owned)
    }
}

/// The places of entities, by the code of each.
type Places = FxHashMap<Option<u32>, usize>;

/// The entities of service rows with what is listed for each, and their places by entity code.
fn subjects_of<'a>(rows: &DataFrame) -> PolarsResult<(Vec<Subject<'a>>, Places)> {
    let text = |column| Texts::of(rows, column);
    let (entity, arn, account, name) = (text(ENTITY)?, text(ENTITY_ARN)?, text(ACCOUNT_ID)?, text(ENTITY_NAME)?);
    let (namespace, service_name) = (text(SERVICE_NAMESPACE)?, text(SERVICE_NAME)?);
    let kinds = rows.column(ENTITY_TYPE)?.cat8()?.physical().rechunk();
    let evidence = rows.column(EVIDENCE)?.cat8()?.physical().rechunk();
    let managed = rows.column(schema::MANAGED)?.bool()?.rechunk();
    let as_of = rows.column(AS_OF)?.datetime()?.physical().rechunk();
    let tracked = rows.column(TRACKED_ACTIONS)?.u32()?.rechunk();
    let mut subjects: Vec<Subject> = Vec::new();
    let mut places = Places::default();
    for row in 0..rows.height() {
        let at = *places.entry(entity.code(row)).or_insert_with(|| {
            subjects.push(Subject {
                account: account.get(row),
                arn: arn.get(row),
                kind: kinds.get(row).map(|code| EntityKind::ALL[code as usize]),
                name: name.get(row).unwrap_or_default(),
                is_managed: managed.get(row) == Some(true),
                has_dump: true,
                is_whole: true,
                ..Subject::default()
            });
            subjects.len() - 1
        });
        let subject = &mut subjects[at];
        subject.is_whole &= evidence.get(row).is_some_and(|code| Evidence::ALL[code as usize].is_whole());
        subject.as_of = subject.as_of.or(as_of.get(row));
        let Some(namespace) = namespace.get(row) else { continue };
        let service = ListedService {
            name: service_name.get(row),
            lists_actions: tracked.get(row).is_some(),
            row: Some(row as IdxSize),
            actions: BTreeMap::new(),
            namespace,
        };
        subject.services.insert(service.namespace.to_ascii_lowercase(), service);
    }
    Ok((subjects, places))
}

/// Puts the action rows under their services.
fn add_actions(rows: &DataFrame, subjects: &mut [Subject], places: &FxHashMap<Option<u32>, usize>) -> PolarsResult<()> {
    let text = |column| Texts::of(rows, column);
    let (entity, namespace, action) = (text(ENTITY)?, text(SERVICE_NAMESPACE)?, text(ACTION_NAME)?);
    for subject in subjects.iter_mut() {
        subject.services.values_mut().for_each(|service| service.row = None);
    }
    for row in 0..rows.height() {
        let Some(at) = places.get(&entity.code(row)) else { continue };
        let (Some(namespace), Some(name)) = (namespace.get(row), action.get(row)) else { continue };
        let service = subjects[*at].services.entry(namespace.to_ascii_lowercase());
        // An older dump at action level may list a service that the newest one does not.
        let of_older_dump =
            || ListedService { namespace, name: None, lists_actions: false, row: None, actions: BTreeMap::new() };
        let service = service.or_insert_with(of_older_dump);
        service.actions.insert(name.to_ascii_lowercase(), ListedAction { name, row: row as IdxSize });
    }
    Ok(())
}
