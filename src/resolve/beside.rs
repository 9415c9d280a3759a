//! What documents other than the dumps tell about each entity.
//!
//! The input is the dumps, the answers of other operations and about access keys, and accesses known from elsewhere.
//! The output is one [`DocumentsBeside`] for each entity about which a document other than a dump tells something, in
//! the order of their keys.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::also_used::{AlsoUsed, UsedRow, User, namespace_of_key};
use super::credentials::key_in_path;
use super::dates::in_path as made_at_by_path;
use super::entity;
use super::grants::account_of;
use super::words;
use crate::catalogue::Catalogue;
use crate::model::policy::{Grants, PolicyAnswer};
use crate::model::{
    Accessed, AccountId, Arn, CredentialKind, CredentialRecord, DocumentsBeside, Dump, Entity, EntityFact, EntityKind,
    EntityStatement, EntityUse, IdentifiedBy, Instant, Named, OtherAccess, OtherReport, OtherRows, Rows, ServiceRow,
    Source, Stated, Symbol, Symbols, folded,
};
use crate::problem::{Kind, Problem};
use crate::util::sanitize::harmless;

/// Lines of a table of accesses that have no effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VetoingNothing {
    /// How many are about an entity without a dump.
    pub entities: usize,
    /// How many name a service that no dump lists.
    pub services: usize,
    /// How many name a service that the catalogue does not have either.
    pub unknown_services: usize,
    /// How many name an action that no dump lists, of a service with actions.
    pub actions: usize,
    /// How many name an action that the catalogue does not have either.
    pub unknown_actions: usize,
}

impl VetoingNothing {
    /// Reports them, so that a misspelled ARN or service does not silently lose a veto.
    #[must_use]
    pub fn problems(self, table: &AlsoUsed) -> Vec<Problem> {
        let of = table.rows.len();
        let said = [
            (
                self.entities,
                "are by entities that no dump is about",
                "Compare the ARNs with those of `dormant check`; accesses of other entities need nothing.",
            ),
            (
                self.services,
                "are to services that no dump lists",
                "A service is named by its namespace, such as `cloudwatch`; `dormant services` lists those of the dumps.",
            ),
            (
                self.unknown_services,
                "are to services of which nobody knows which they are: silent permissions of these entities are unknown",
                "Write the namespace of the service, such as `cloudwatch`, or the event source of CloudTrail.",
            ),
            (
                self.actions,
                "are of actions that no dump lists: they count for the service alone",
                "AWS does not track every action.",
            ),
            (
                self.unknown_actions,
                "are events of which nobody knows which action of the service permits them: its silent actions are unknown",
                "An event of CloudTrail may have another name than its action in IAM. Write the action, if you know it.",
            ),
        ];
        let said = said.into_iter().filter(|(lines, ..)| *lines > 0);
        let problem = |(lines, what, advice): (usize, &str, &'static str)| {
            let source = Source::file(table.path.display().to_string());
            Problem::new(Kind::Note, source, format!("{lines} of {of} accesses {what}")).advise(advice)
        };
        said.map(problem).collect()
    }
}

/// What the dumps list, in lower case.
struct ListedNames {
    /// Each service, with its actions.
    services: FxHashMap<String, FxHashSet<String>>,
}

impl ListedNames {
    fn of(dumps: &[&Dump], symbols: &Symbols) -> Self {
        let mut pairs: FxHashMap<Symbol, FxHashSet<Symbol>> = FxHashMap::default();
        for dump in dumps {
            let rows = dump.rows.open();
            for (place, service) in rows.services().iter().enumerate() {
                pairs.entry(service.namespace).or_default().extend(rows.action_names_of(place));
            }
        }
        let text = |name: Symbol| Some(folded(&symbols.text(name)?));
        let mut services: FxHashMap<String, FxHashSet<String>> = FxHashMap::default();
        for (namespace, actions) in pairs {
            let Some(namespace) = text(namespace) else { continue };
            services.entry(namespace).or_default().extend(actions.into_iter().filter_map(text));
        }
        Self { services }
    }
}

/// What the dumps list and what the catalogue knows, for the names in a table of accesses.
struct KnownNames<'c> {
    listed: ListedNames,
    catalogue: &'c Catalogue,
    /// Each action of the catalogue in lower case, with the namespaces that have it.
    actions: FxHashMap<String, Vec<&'c str>>,
}

/// What an access was to, by its names.
enum AccessedName<'n> {
    /// A service of which only this name is known.
    UnknownService,
    /// An action of the service, or the service alone.
    Permission(&'n str),
    /// An event that no action of the service has the name of: any of them may permit it.
    Event {
        /// The only other service that has an action of this name: some services write their events under the name of another.
        also: Option<&'n str>,
    },
}

/// Services that write their events under the source of another one: the other, then this one.
const SHARED_SOURCES: [(&str, &str); 1] = [("autoscaling", "application-autoscaling")];

impl<'c> KnownNames<'c> {
    fn new(listed: ListedNames, catalogue: &'c Catalogue) -> Self {
        let mut actions: FxHashMap<String, Vec<&str>> = FxHashMap::default();
        for (namespace, action) in catalogue.known_actions() {
            actions.entry(action.to_lowercase()).or_default().push(namespace);
        }
        Self { listed, catalogue, actions }
    }

    /// The service that may have been used as well: it has an action of this name too, and its events have the same source.
    fn of_the_same_source(&self, row: &UsedRow) -> Option<&'static str> {
        let (_, other) = SHARED_SOURCES.iter().find(|(source, _)| row.service.eq_ignore_ascii_case(source))?;
        let having = self.actions.get(&row.action.to_lowercase())?;
        having.contains(other).then_some(*other)
    }

    fn of<'n>(&'n self, row: &'n UsedRow) -> AccessedName<'n> {
        let (service, action) = (row.service.to_lowercase(), row.action.to_lowercase());
        let listed = self.listed.services.get(&service);
        let is_service = listed.is_some() || self.catalogue.service_name(&service).is_some();
        let having = self.actions.get(&action).map(Vec::as_slice).unwrap_or_default();
        let is_known = action.is_empty()
            || listed.is_some_and(|actions| actions.contains(&action))
            || having.iter().any(|namespace| namespace.eq_ignore_ascii_case(&service));
        if is_known && is_service {
            return AccessedName::Permission(&row.action);
        }
        match having {
            [also] => AccessedName::Event { also: Some(also) },
            _ if is_service => AccessedName::Event { also: None },
            _ => AccessedName::UnknownService,
        }
    }
}

/// The documents of one run, entity by entity.
#[derive(Debug, Default)]
pub struct Besides {
    pub(super) keys: BTreeMap<String, DocumentsBeside>,
}

impl Besides {
    /// What is known about `entity` so far.
    pub fn of(&mut self, entity: &Entity) -> &mut DocumentsBeside {
        let new = || DocumentsBeside {
            entity: entity.clone(),
            accesses: Vec::new(),
            facts: Vec::new(),
            unread: (false, false),
            named: (None, None),
            first_named: None,
        };
        self.keys.entry(entity.key.clone()).or_insert_with(new)
    }

    /// Rules 11 and 21: each access in a with-entities answer, as of the end of its job, and the unique ids in it. If
    /// nothing tells which service the answer is about, the entity used *some* service (rule 12).
    pub fn take_other_operations(&mut self, reports: &[OtherReport], entities: &DumpedEntities, symbols: &Symbols) {
        for report in reports.iter().filter(|report| report.evidence.is_usable() && report.duplicate_of.is_none()) {
            let OtherRows::Entities(rows) = &report.other_answer.rows else { continue };
            let job = &report.other_answer.job;
            for row in rows {
                self.take_id(row, job.completed.or(job.created), report.subject.is_none(), entities, symbols);
            }
            let Some(service) = &report.subject else { continue };
            let source = symbols.intern(&report.other_answer.source.to_string());
            let service = symbols.intern(service);
            let access = OtherAccess {
                service,
                action: Symbol::NONE,
                is_of_unknown_action: false,
                made_at: job.completed.or(job.created),
                at: None,
                by: Symbol::NONE,
                contradicts: true,
                source,
            };
            for row in rows {
                self.take_use(row, access, entities, symbols);
            }
            // Those who used a service through a policy or a group used the policy or the group.
            for about in asked_about(report, entities) {
                let used = rows.iter().filter(|row| row.accessed != Accessed::Never);
                let uses = used.map(|row| {
                    let (at, by) = (row.accessed.instant(), symbols.intern(&row.arn));
                    OtherAccess { at, by, contradicts: false, ..access }
                });
                self.of(about).accesses.extend(uses);
            }
        }
    }

    /// Rules 18, 21 and 32: creation dates, unique ids and last uses.
    pub fn take_statements(&mut self, statements: &[EntityStatement], entities: &DumpedEntities, symbols: &Symbols) {
        for EntityStatement { source, entity, made_at, stated } in statements {
            let fact = EntityFact {
                made_at: *made_at,
                created: stated.created,
                unreadable: stated.unreadable.is_some(),
                unique_id: stated.unique_id.as_deref().map_or(Symbol::NONE, |id| symbols.intern(id)),
                last_used: stated.last_used,
                used_undated: stated.used_undated,
                used_unknown: false,
                from_template: stated.from_template,
            };
            self.of(entity).facts.push(fact);
            if let Some(used) = use_in(&fact) {
                entities.renamed(entity).for_each(|other| self.of(other).facts.push(used));
            }
            // The date in the path of a listing bounds nothing; it only orders the unique ids.
            if let (None, Some(made_at)) = (fact.made_at, made_at_by_path(source)) {
                self.of(entity).facts.extend(of_id(fact.unique_id, made_at));
            }
        }
    }

    /// Rule 54: the listings and descriptions that show an entity to be there, on the old side of a diff or on the other.
    pub fn take_names(&mut self, statements: &[EntityStatement], is_old: bool) {
        // What an answer says of its own entity is of the date of the answer, and the manifest is of no side.
        let is_listing = |one: &&EntityStatement| one.made_at.is_none() && one.source.path != "manifest";
        for statement in statements.iter().filter(is_listing) {
            let named = Some(made_at_by_path(&statement.source).map_or(Named::Undated, Named::At));
            let known = self.of(&statement.entity);
            if let (Some(Named::At(at)), false) = (named, is_old) {
                known.first_named = Some(known.first_named.map_or(at, |first| first.min(at)));
            }
            let side = if is_old { &mut known.named.0 } else { &mut known.named.1 };
            *side = named.max(*side);
        }
    }

    /// Rule 39: an answer about what an entity holds names the entity, also where nothing else does.
    pub fn take_owners<'a>(&mut self, answers: impl IntoIterator<Item = &'a PolicyAnswer>) {
        for claim in answers.into_iter().filter_map(|answer| answer.claim.as_deref()) {
            if let Ok(arn) = Arn::parse(claim) {
                self.of(&entity::of_arn(&arn));
            }
        }
    }

    fn take_id(
        &mut self,
        row: &EntityUse,
        made_at: Option<Instant>,
        is_of_any_service: bool,
        entities: &DumpedEntities,
        symbols: &Symbols,
    ) {
        let Ok(user) = User::read(&row.arn) else { return };
        let last_used = row.accessed.instant().filter(|_| is_of_any_service);
        let used_undated = is_of_any_service && row.accessed == Accessed::Unreadable;
        // The id of a session is not that of its role.
        let id = row.id.as_deref().filter(|id| Stated::is_unique_id(id));
        if let (User::Entity(arn), Some(id)) = (&user, id) {
            let unique_id = symbols.intern(id);
            self.of(&entity::of_arn(arn)).facts.push(EntityFact { made_at, unique_id, ..EntityFact::NOTHING });
        }
        if let Some(used) = use_in(&EntityFact { made_at, last_used, used_undated, ..EntityFact::NOTHING }) {
            entities.of(&user).iter().for_each(|entity| self.of(entity).facts.push(used));
        }
    }

    fn take_use(&mut self, row: &EntityUse, access: OtherAccess, entities: &DumpedEntities, symbols: &Symbols) {
        let Ok(user) = User::read(&row.arn) else { return };
        for entity in entities.of(&user) {
            let access = OtherAccess { by: actor(&entity, symbols), ..access };
            let entity = self.of(&entity);
            match row.accessed {
                Accessed::Never => {}
                Accessed::At(at) => entity.accesses.push(OtherAccess { at: Some(at), ..access }),
                Accessed::Unreadable => entity.accesses.push(access),
            }
        }
    }

    /// Rule 10: each line is a document that was made at its own time. Returns how many lines of each table have no
    /// effect, or another than they seem to.
    pub fn take_also_used(
        &mut self,
        tables: &[AlsoUsed],
        dumps: &[&Dump],
        entities: &DumpedEntities,
        (catalogue, symbols): (&Catalogue, &Symbols),
    ) -> Vec<VetoingNothing> {
        if tables.is_empty() {
            return Vec::new();
        }
        let known = KnownNames::new(ListedNames::of(dumps, symbols), catalogue);
        tables.iter().map(|table| self.take_table(table, &known, entities, symbols)).collect()
    }

    fn take_table(
        &mut self,
        table: &AlsoUsed,
        known: &KnownNames,
        entities: &DumpedEntities,
        symbols: &Symbols,
    ) -> VetoingNothing {
        let source = symbols.intern(&table.path.display().to_string());
        let mut unmatched = VetoingNothing::default();
        for row in &table.rows {
            let about = entities.of(&row.by);
            unmatched.entities += usize::from(!about.iter().any(|entity| entities.has(entity)));
            let listed = known.listed.services.get(&row.service.to_lowercase());
            let (mut names, mut is_of_unknown_action) = (Vec::new(), false);
            match known.of(row) {
                AccessedName::UnknownService => unmatched.unknown_services += 1,
                AccessedName::Permission(action) => {
                    unmatched.services += usize::from(listed.is_none());
                    let is_unlisted = |actions: &FxHashSet<String>| {
                        !actions.is_empty() && !action.is_empty() && !actions.contains(&action.to_lowercase())
                    };
                    unmatched.actions += usize::from(listed.is_some_and(is_unlisted));
                    names.push((row.service.as_str(), action));
                    names.extend(known.of_the_same_source(row).map(|service| (service, row.action.as_str())));
                }
                AccessedName::Event { also } => {
                    unmatched.unknown_actions += 1;
                    is_of_unknown_action = true;
                    names.push((row.service.as_str(), ""));
                    let of_source = known.of_the_same_source(row).filter(|service| also != Some(*service));
                    names.extend(also.into_iter().chain(of_source).map(|service| (service, row.action.as_str())));
                }
            }
            for entity in &about {
                let (at, by) = (Some(row.at), actor(entity, symbols));
                let of = self.of(entity);
                if names.is_empty() {
                    of.facts.push(EntityFact { made_at: at, used_unknown: true, ..EntityFact::NOTHING });
                }
                for (service, action) in &names {
                    let action = if action.is_empty() { Symbol::NONE } else { symbols.intern(action) };
                    of.accesses.push(OtherAccess {
                        service: symbols.intern(service),
                        action,
                        is_of_unknown_action: is_of_unknown_action && action == Symbol::NONE,
                        made_at: at,
                        at,
                        by,
                        contradicts: false,
                        source,
                    });
                }
            }
        }
        unmatched
    }

    /// Rule 9: what the dump of one entity shows about another one. An access belongs to the user or role that it
    /// names, whatever dump it is in: the dump of a group or a policy, or one that a file name gives to the wrong
    /// entity. And a user or group that was moved has another ARN: what it did under the old one still counts.
    ///
    /// Without this, a role would stay `unused` for a service that a policy's dump shows it to use, and so would a user
    /// that was moved.
    pub fn take_accesses_of_others<'d>(&mut self, dumps: &[&'d Dump], entities: &DumpedEntities, symbols: &Symbols) {
        let mut known: FxHashMap<Symbol, Vec<Entity>> = FxHashMap::default();
        let of_others = |dump: &&'d Dump| {
            let (namesakes, names_others) = (entities.namesakes(&dump.entity), names_others(dump, symbols));
            (!namesakes.is_empty() || names_others).then_some((*dump, namesakes, names_others))
        };
        let dumps = dumps.par_iter().filter(|dump| dump.rows.service_count() > 0);
        let mut dumps: Vec<_> = dumps.filter_map(of_others).collect();
        // If several documents show the same access, the first in the order of their files is named.
        dumps.sort_by(|(a, ..), (b, ..)| a.sources.cmp(&b.sources));
        for (dump, namesakes, names_others) in dumps {
            let source = first_source(dump, symbols);
            let is_sure = dump.may_be.is_empty();
            let contradicts = is_sure && !matches!(dump.identified_by, IdentifiedBy::Inferred | IdentifiedBy::Unknown);
            for (service, action, accessed, by) in accesses(&dump.rows.open()) {
                let (at, made_at) = (accessed.instant(), dump.made_at);
                let access =
                    OtherAccess { service, action, is_of_unknown_action: false, made_at, at, by, contradicts, source };
                for entity in &namesakes {
                    self.of(entity).accesses.push(access);
                }
                if by == Symbol::NONE || !names_others {
                    continue;
                }
                // An actor that no other document names proves nothing about the present: it may have been deleted long
                // ago.
                let is_there = |entity: &Entity| entities.has(entity) || self.keys.contains_key(&entity.key);
                let about = known
                    .entry(by)
                    .or_insert_with(|| entities.of_actor(by, symbols).into_iter().filter(is_there).collect());
                for entity in about.iter().filter(|entity| entity.key != dump.entity.key) {
                    self.of(entity).accesses.push(access);
                }
            }
        }
    }

    /// Rule 12: the answers about access keys name the service for which a key was used last. They can only veto. Returns a note about each name
    /// of which nobody knows the service: it may be any of those that the user's dumps call silent.
    pub fn take_credentials<'a>(
        &mut self,
        answers: impl IntoIterator<Item = &'a PolicyAnswer, IntoIter: Clone>,
        dumps: &[&Dump],
        entities: &DumpedEntities,
        (catalogue, symbols): (&Catalogue, &Symbols),
    ) -> Vec<Problem> {
        let answers = answers.into_iter();
        let keys = KeyOwners::of(answers.clone());
        let mut undumped = UndumpedOwners::of(self.keys.values().map(|beside| &beside.entity), entities);
        let listed = LazyCell::new(|| ListedNames::of(dumps, symbols).services);
        let mut problems = Vec::new();
        for answer in answers {
            let of_answer = account_of(answer);
            for record in &answer.credentials {
                let Some(service) = record.service.as_ref().filter(|_| record.kind == CredentialKind::AccessKey) else {
                    continue;
                };
                let at = match record.used {
                    Some(Accessed::At(at)) => Some(at),
                    Some(Accessed::Unreadable) => None,
                    _ => continue,
                };
                let namespace = namespace_of_key(service);
                let is_known = catalogue.service_name(&namespace).is_some() || listed.contains_key(&namespace);
                let access = OtherAccess {
                    service: symbols.intern(&namespace),
                    action: Symbol::NONE,
                    is_of_unknown_action: false,
                    // As everything that comes from documents other than the dumps, it always counts.
                    made_at: None,
                    at,
                    by: Symbol::NONE,
                    contradicts: false,
                    source: symbols.intern(&answer.source.to_string()),
                };
                let mut owners = entities.owners(record, of_answer.as_ref());
                owners.extend(undumped.owners(record, of_answer.as_ref()).cloned());
                owners.extend(keys.others(record, answer, entities));
                let renamed: Vec<Entity> = owners.iter().flat_map(|owner| entities.renamed(owner)).cloned().collect();
                owners.extend(renamed);
                owners.sort_by(|a, b| a.key.cmp(&b.key));
                owners.dedup_by(|a, b| a.key == b.key);
                for entity in &owners {
                    let by = actor(entity, symbols);
                    if !self.keys.contains_key(&entity.key) {
                        undumped.take(entity, entities);
                    }
                    let entity = self.of(entity);
                    if is_known {
                        entity.accesses.push(OtherAccess { by, ..access });
                    } else {
                        entity.facts.push(EntityFact { used_unknown: true, ..EntityFact::NOTHING });
                    }
                }
                if !is_known && !owners.is_empty() {
                    problems.push(of_unknown_service(answer, &record.owner, service));
                }
            }
        }
        problems
    }

    /// Everything that was gathered, in the order of the keys.
    #[must_use]
    pub fn finish(self) -> Vec<DocumentsBeside> {
        self.keys.into_values().collect()
    }
}

/// The policy or group with a dump that a with-entities answer is about: by its ARN, or by the path of its file (`policies/shared.s3.json`).
fn asked_about<'d>(report: &OtherReport, entities: &DumpedEntities<'d>) -> Vec<&'d Entity> {
    let answer = &report.other_answer;
    let is_shared = |kind: EntityKind| matches!(kind, EntityKind::Policy | EntityKind::Group);
    if let Some(arn) = answer.claim.as_deref().and_then(|claim| Arn::parse(claim).ok()) {
        let named = entities.named(arn.kind(), arn.name(), arn.account()).filter(|_| is_shared(arn.kind()));
        return named.filter(|entity| entity.arn.as_ref().is_none_or(|own| *own == arn)).collect();
    }
    let path = answer.source.logical_path();
    let mut folders = path.split('/').rev();
    let stem = folders.next().and_then(|file| file.split('.').next()).unwrap_or_default();
    let folders: Vec<&str> = folders.collect();
    let account = folders.iter().find_map(|folder| AccountId::parse(folder));
    let mut kinds = folders.iter().filter_map(|folder| words::kind_of_folder(folder));
    let kind = kinds.find(|kind| is_shared(*kind));
    kind.into_iter().flat_map(|kind| entities.named(kind, stem, account.as_ref())).collect()
}

/// Says that a key was used for a service that no catalogue and no dump has.
fn of_unknown_service(answer: &PolicyAnswer, owner: &str, service: &str) -> Problem {
    let what = format!(
        "an access key of {owner} was last used for {:?}, and nobody knows which service that is: silent permissions of this user are unknown",
        harmless(service)
    );
    let problem = Problem::new(Kind::Note, &answer.source, what).at(&answer.locator);
    problem.advise("If it is the namespace of a service, give a catalogue with it (--catalogue).")
}

/// Entities that other documents name and that have no dump, found by what a credential tells of its owner. A credential
/// report has a record for each key of an account: with a look at each entity for each of them, a report about 10,000
/// users took eight times as long.
#[derive(Default)]
struct UndumpedOwners {
    by_arn: FxHashMap<Arn, Vec<Entity>>,
    /// The users among them.
    by_name: FxHashMap<String, Vec<Entity>>,
}

impl UndumpedOwners {
    fn of<'e>(named: impl Iterator<Item = &'e Entity>, entities: &DumpedEntities) -> Self {
        let mut all = Self::default();
        named.for_each(|entity| all.take(entity, entities));
        all
    }

    /// Adds an entity, unless it has a dump.
    fn take(&mut self, entity: &Entity, entities: &DumpedEntities) {
        if entities.has(entity) {
            return;
        }
        if let Some(arn) = &entity.arn {
            self.by_arn.entry(arn.clone()).or_default().push(entity.clone());
        }
        if entity.kind == Some(EntityKind::User) {
            self.by_name.entry(entity.name.clone()).or_default().push(entity.clone());
        }
    }

    /// Those that may own a credential: the one of its ARN, or those of its name.
    fn owners(&self, record: &CredentialRecord, account: Option<&AccountId>) -> impl Iterator<Item = &Entity> {
        let own = record.arn.as_deref().and_then(|arn| Arn::parse(arn).ok());
        // The account is a part of the ARN.
        let account = account.filter(|_| own.is_none());
        let found = own.map_or_else(|| self.by_name.get(&record.owner), |arn| self.by_arn.get(&arn));
        let is_there = move |entity: &&Entity| account.is_none() || entity.account.as_ref() == account;
        found.into_iter().flatten().filter(is_there)
    }
}

/// Who owns each access key, by its id. A key cannot be given to another user, so a second owner is the first under another name.
struct KeyOwners<'a> {
    by_key: BTreeMap<String, Vec<(&'a CredentialRecord, Option<AccountId>)>>,
}

impl<'a> KeyOwners<'a> {
    fn of(answers: impl Iterator<Item = &'a PolicyAnswer>) -> Self {
        let mut by_key: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for answer in answers {
            for record in answer.credentials.iter().filter(|record| record.kind == CredentialKind::AccessKey) {
                if let Some(id) = key_id(record, answer) {
                    by_key.entry(id).or_default().push((record, account_of(answer)));
                }
            }
        }
        Self { by_key }
    }

    /// The dumped entities that other answers call the owner of the key in a record of `answer`.
    fn others(&self, record: &CredentialRecord, answer: &PolicyAnswer, entities: &DumpedEntities) -> Vec<Entity> {
        let account = account_of(answer);
        let known = key_id(record, answer).and_then(|id| self.by_key.get(&id)).into_iter().flatten();
        let same = known
            .filter(|(other, of)| other.owner != record.owner && (account.is_none() || of.is_none() || *of == account));
        same.flat_map(|(other, of)| entities.owners(other, of.as_ref())).collect()
    }
}

/// The id of an access key; the answer to `get-access-key-last-used` has it in the path of its file at best.
fn key_id(record: &CredentialRecord, answer: &PolicyAnswer) -> Option<String> {
    record.id.clone().or_else(|| key_in_path(answer))
}

/// The fact that a document of `made_at` has the id, if it has one.
fn of_id(unique_id: Symbol, made_at: Instant) -> Option<EntityFact> {
    let fact = EntityFact { made_at: Some(made_at), unique_id, ..EntityFact::NOTHING };
    (unique_id != Symbol::NONE).then_some(fact)
}

/// Whether `dump` names other entities than its own as those that made an access. A copy `app (1).json` is the dump of
/// `app`, whatever its path says.
fn names_others(dump: &Dump, symbols: &Symbols) -> bool {
    let is_actor = matches!(dump.entity.kind, Some(EntityKind::User | EntityKind::Role));
    let own = dump.entity.arn.as_ref().map(|arn| symbols.intern(arn.as_str()));
    // The rows of actions are only looked at if the rows of services make it likely that they name others.
    !is_actor || dump.strangers || dump.rows.service_actors().iter().any(|by| Some(*by) != own)
}

/// The first file of a dump.
pub(super) fn first_source(dump: &Dump, symbols: &Symbols) -> Symbol {
    let source = dump.sources.first().map(|(source, _)| source.to_string());
    symbols.intern(&source.unwrap_or_default())
}

/// Every access: the service, the action, the time and the entity. Rule 13: a count, an actor or a region without a date is an access at an
/// unknown time.
pub(super) fn accesses(rows: &Rows) -> impl Iterator<Item = (Symbol, Symbol, Accessed, Symbol)> + '_ {
    let of_service = |(place, service): (usize, &ServiceRow)| {
        let namespace = service.namespace;
        let leaves_a_trace = service.is_recorded() || service.entities.is_some_and(|entities| entities > 0);
        let itself = leaves_a_trace.then_some((Symbol::NONE, service.accessed, service.by));
        let of_actions = rows.recorded_actions_of(place).map(|(_, row)| (row.name, row.accessed, row.by));
        of_actions.chain(itself).map(move |(action, accessed, by)| (namespace, action, accessed, by))
    };
    rows.services().iter().enumerate().flat_map(of_service)
}

/// What two ARNs of one entity share. The account is the last, so that all entities of one name stand together.
type Alike = (EntityKind, String, Option<AccountId>);

/// The entities of the dumps of a run, found by the names that other documents use for them.
#[derive(Debug, Default)]
pub struct DumpedEntities<'d> {
    keys: BTreeMap<&'d str, &'d Entity>,
    arns: BTreeMap<&'d str, &'d Entity>,
    /// By kind and by name without case: a session names its role without its path, and a user that was moved has
    /// another path.
    names: BTreeMap<(EntityKind, String), Vec<&'d Entity>>,
    /// Roles and users without a dump that answers about policies list, by the same.
    listed: BTreeMap<(EntityKind, String), Vec<&'d Entity>>,
    /// Entities with nothing but a name, by the kind, the name without case and the account of each entity that they may be.
    labels: BTreeMap<Alike, Vec<&'d Entity>>,
    /// By the key of such an entity: the entities that it may be.
    of_labels: BTreeMap<&'d str, Vec<Entity>>,
    /// By the unique id that AWS gives an entity once and for all: the entities that have it, under each of their names.
    by_id: BTreeMap<String, Vec<Entity>>,
    /// By the key of an entity: its unique ids.
    ids: BTreeMap<String, BTreeSet<String>>,
}

impl<'d> DumpedEntities<'d> {
    /// The entities of `dumps`.
    #[must_use]
    pub fn of_dumps(dumps: impl IntoIterator<Item = &'d Dump>) -> Self {
        let mut all = Self::default();
        for dump in dumps {
            let entity = &dump.entity;
            all.take_label(entity, &dump.may_be);
            let Some(kind) = entity.kind else { continue };
            if all.keys.insert(&entity.key, entity).is_none() {
                all.arns.extend(entity.arn.as_ref().map(|arn| (arn.as_str(), entity)));
                all.names.entry((kind, entity.name.to_ascii_lowercase())).or_default().push(entity);
            }
        }
        all
    }

    fn take_label(&mut self, label: &'d Entity, may_be: &[Arn]) {
        if may_be.is_empty() || self.of_labels.contains_key(label.key.as_str()) {
            return;
        }
        self.of_labels.insert(&label.key, may_be.iter().map(entity::of_arn).collect());
        for arn in may_be {
            let alike = (arn.kind(), arn.name().to_ascii_lowercase(), arn.account().cloned());
            self.labels.entry(alike).or_default().push(label);
        }
    }

    /// The entities with nothing but a name that may be `entity`, or that it may be if it has no more itself.
    fn maybe_same<'s>(&'s self, entity: &'s Entity) -> impl Iterator<Item = &'s Entity> {
        let alike = entity.kind.map(|kind| (kind, entity.name.to_ascii_lowercase(), entity.account.clone()));
        let labels = alike.and_then(|alike| self.labels.get(&alike)).into_iter().flatten().copied();
        labels.chain(self.of_labels.get(entity.key.as_str()).into_iter().flatten())
    }

    /// These, and the roles and users in `grants` that have no dump: a session names a role without its path, and a user that was moved
    /// has another one.
    #[must_use]
    pub fn with_listed(mut self, grants: &'d Grants) -> Self {
        for entity in grants.holders.values().map(|holder| &holder.entity) {
            let actor = entity.kind.filter(|kind| matches!(kind, EntityKind::Role | EntityKind::User));
            if let Some(kind) = actor.filter(|_| !self.has(entity)) {
                self.listed.entry((kind, entity.name.to_ascii_lowercase())).or_default().push(entity);
            }
        }
        self
    }

    /// These, with the unique ids that documents state. An id that one document gives to two entities is made up, as in examples.
    #[must_use]
    pub fn with_ids(mut self, statements: &[EntityStatement], reports: &[OtherReport]) -> Self {
        let mut stated: BTreeMap<&str, BTreeMap<&Source, Vec<Entity>>> = BTreeMap::new();
        for EntityStatement { source, entity, stated: facts, .. } in statements {
            if let Some(id) = facts.unique_id.as_deref() {
                stated.entry(id).or_default().entry(source).or_default().push(entity.clone());
            }
        }
        for report in reports {
            let OtherRows::Entities(rows) = &report.other_answer.rows else { continue };
            for row in rows {
                let id = row.id.as_deref().filter(|id| Stated::is_unique_id(id));
                if let Some((id, Ok(arn))) = id.map(|id| (id, Arn::parse(&row.arn))) {
                    let of_id = stated.entry(id).or_default();
                    of_id.entry(&report.other_answer.source).or_default().push(entity::of_arn(&arn));
                }
            }
        }
        for (id, by_source) in stated {
            let is_one = |entities: &Vec<Entity>| entities.iter().all(|entity| entity.key == entities[0].key);
            if by_source.values().all(is_one) {
                let mut entities: Vec<Entity> = by_source.into_values().flatten().collect();
                entities.sort_by(|a, b| a.key.cmp(&b.key));
                entities.dedup_by(|a, b| a.key == b.key);
                for entity in &entities {
                    self.ids.entry(entity.key.clone()).or_default().insert(id.to_owned());
                }
                self.by_id.insert(id.to_owned(), entities);
            }
        }
        self
    }

    /// The same user or group under the names that it had before or has since: AWS lets both be renamed, and keeps their unique ids.
    fn renamed<'s>(&'s self, entity: &'s Entity) -> impl Iterator<Item = &'s Entity> {
        let ids = self.ids.get(&entity.key).into_iter().flatten();
        let all = ids.flat_map(|id| &self.by_id[id]);
        all.filter(move |other| other.key != entity.key && other.kind == entity.kind && other.account == entity.account)
    }

    /// By the key of each user and group that documents show under several names or paths: the others. Rule 23: one unique id, one access
    /// key, or one name in an account is one of them.
    #[must_use]
    pub fn other_names<'a>(&self, answers: impl Iterator<Item = &'a PolicyAnswer>) -> FxHashMap<String, Vec<Entity>> {
        let is_movable = |entity: &Entity| matches!(entity.kind, Some(EntityKind::User | EntityKind::Group));
        let of_ids = self.by_id.values().cloned();
        let of_names = self.names.iter().map(|((kind, name), dumped)| {
            let listed = self.listed.get(&(*kind, name.clone())).into_iter().flatten();
            dumped.iter().chain(listed).map(|entity| (*entity).clone()).collect()
        });
        let of_keys = KeyOwners::of(answers).by_key.into_values().map(|records| {
            let called = |(record, account): (&CredentialRecord, Option<AccountId>)| self.called(record, account);
            in_their_accounts(records.into_iter().flat_map(called).collect())
        });
        let mut all: FxHashMap<String, Vec<Entity>> = FxHashMap::default();
        for same in of_ids.chain(of_names).chain(of_keys) {
            let same: Vec<Entity> = same;
            for entity in same.iter().filter(|entity| is_movable(entity)) {
                let is_other = |other: &&Entity| {
                    other.key != entity.key && other.kind == entity.kind && other.account == entity.account
                };
                let others = same.iter().filter(is_other);
                let mut others = others.cloned().peekable();
                if others.peek().is_some() {
                    all.entry(entity.key.clone()).or_default().extend(others);
                }
            }
        }
        for others in all.values_mut() {
            others.sort_by(|a, b| a.key.cmp(&b.key));
            others.dedup_by(|a, b| a.key == b.key);
        }
        all
    }

    /// The owner of a credential, with a dump, in a list, or by its name alone.
    fn called(&self, record: &CredentialRecord, account: Option<AccountId>) -> Vec<Entity> {
        let arn = record.arn.as_deref().and_then(|arn| Arn::parse(arn).ok());
        let account = arn.as_ref().and_then(|arn| arn.account().cloned()).or(account);
        let listed = self.listed(EntityKind::User, &record.owner, account.as_ref()).filter(|_| arn.is_none());
        let mut called = self.owners(record, account.as_ref());
        called.extend(listed.cloned());
        called.extend(arn.map(Entity::of));
        if called.is_empty() {
            called.push(user_called(&record.owner, account));
        }
        called
    }

    fn listed(&self, kind: EntityKind, name: &str, account: Option<&AccountId>) -> Option<&'d Entity> {
        let named = self.listed.get(&(kind, name.to_ascii_lowercase())).into_iter().flatten().copied();
        named.into_iter().find(|entity| entity.account.as_ref() == account)
    }

    pub(super) fn has(&self, entity: &Entity) -> bool {
        self.keys.contains_key(entity.key.as_str()) || self.of_labels.contains_key(entity.key.as_str())
    }

    pub(super) fn named(
        &self,
        kind: EntityKind,
        name: &str,
        account: Option<&AccountId>,
    ) -> impl Iterator<Item = &'d Entity> {
        let named = self.names.get(&(kind, name.to_ascii_lowercase())).into_iter().flatten().copied();
        named.filter(move |entity| account.is_none() || entity.account.as_ref() == account)
    }

    /// The entities that `user` may be. An entity without a dump is named here, so it is unseen (rule 39).
    fn of(&self, user: &User) -> Vec<Entity> {
        match user {
            User::Entity(arn) => self.of_arn(arn),
            User::Session { account, partition, role } => {
                let mut named: Vec<Entity> = self.named(EntityKind::Role, role, Some(account)).cloned().collect();
                if named.is_empty() {
                    named.extend(self.listed(EntityKind::Role, role, Some(account)).cloned());
                }
                if named.is_empty() {
                    let arn = Arn::parse(&format!("arn:{partition}:iam::{account}:role/{role}"));
                    named.extend(arn.iter().map(entity::of_arn));
                }
                let labels = self.labels.get(&(EntityKind::Role, role.to_ascii_lowercase(), Some(account.clone())));
                named.extend(labels.into_iter().flatten().map(|label| (*label).clone()));
                named
            }
            User::Undumped => Vec::new(),
        }
    }

    /// The entity of an ARN, and the dumped entities that may be the same one under another path.
    pub(super) fn of_arn(&self, arn: &Arn) -> Vec<Entity> {
        let own = self.arns.get(arn.as_str()).map_or_else(|| entity::of_arn(arn), |entity| (*entity).clone());
        let namesakes: Vec<Entity> = self.namesakes(&own).into_iter().cloned().collect();
        // If a path names an entity without its partition and its IAM path, its ARN is not known, and it needs no
        // second name.
        let has_no_arn = |entity: &Entity| entity.arn.is_none() && !self.of_labels.contains_key(entity.key.as_str());
        let is_named_by_a_path = !self.has(&own) && namesakes.iter().any(has_no_arn);
        let own = Some(own).filter(|_| !is_named_by_a_path);
        own.into_iter().chain(namesakes).collect()
    }

    fn of_actor(&self, actor: Symbol, symbols: &Symbols) -> Vec<Entity> {
        let Some(text) = symbols.text(actor) else { return Vec::new() };
        // AWS may name an entity by its unique id, and a session by that of its role and its own name.
        let id = text.split_once(':').map_or(&*text, |(id, _)| id);
        if let Some(entities) = self.by_id.get(id) {
            return entities.clone();
        }
        User::read(&text).map(|user| self.of(&user)).unwrap_or_default()
    }

    /// The other entities with the same name. A user and a group can be moved to another path. A name is unique in an
    /// account, so another ARN with that name is the same entity, or one that was created after the other was deleted.
    /// (A role cannot be moved: rule 23.) An entity that only a path names may be any of that name. And those with another name and the same unique id.
    fn namesakes<'s>(&'s self, entity: &'s Entity) -> Vec<&'s Entity> {
        let Some(kind) = entity.kind.filter(|_| entity.account.is_some()) else {
            return self.maybe_same(entity).collect();
        };
        // An ARN of a role that was made from that of a session lacks the path; and a role of that name that has no dump may
        // be the one before it.
        let is_role_without_dump = kind == EntityKind::Role && !self.has(entity);
        let may_be_one = matches!(kind, EntityKind::User | EntityKind::Group) || is_role_without_dump;
        let is_one = |other: &Entity| match (&entity.arn, &other.arn) {
            (Some(_), Some(_)) => may_be_one && other.partition() == entity.partition(),
            _ => true,
        };
        let is_other = |other: &&Entity| other.key != entity.key && is_one(other);
        let account = entity.account.as_ref();
        let is_moved = kind == EntityKind::User || is_role_without_dump;
        let listed = self.listed(kind, &entity.name, account).filter(|_| is_moved);
        let mut namesakes: Vec<&Entity> =
            self.named(kind, &entity.name, account).chain(listed).filter(is_other).collect();
        for renamed in self.renamed(entity).chain(self.maybe_same(entity)) {
            if namesakes.iter().all(|known| known.key != renamed.key) {
                namesakes.push(renamed);
            }
        }
        namesakes
    }

    /// The users that may own a credential. An answer without an account may be about a user of any account.
    fn owners(&self, record: &CredentialRecord, account: Option<&AccountId>) -> Vec<Entity> {
        if let Some(arn) = record.arn.as_deref().map(Arn::parse) {
            return arn.iter().flat_map(|arn| self.of_arn(arn)).filter(|owner| self.has(owner)).collect();
        }
        let name = record.owner.to_ascii_lowercase();
        let from = self.labels.range((EntityKind::User, name.clone(), None)..);
        let called_so = from.take_while(|((kind, of, _), _)| *kind == EntityKind::User && *of == name);
        let there = called_so.filter(|((.., of), _)| account.is_none() || of.as_ref() == account);
        let labels = there.flat_map(|(_, labels)| labels).copied();
        self.named(EntityKind::User, &record.owner, account).chain(labels).cloned().collect()
    }
}

/// A user with nothing but a name.
fn user_called(name: &str, account: Option<AccountId>) -> Entity {
    Entity {
        key: format!("{}|user/{name}", account.as_ref().map_or("-", AccountId::as_str)),
        arn: None,
        account,
        kind: Some(EntityKind::User),
        name: name.to_owned(),
        created: None,
        creation_unreadable: false,
        partition: None,
    }
}

/// The owners of one key. An answer without an account names a user of the account that the others are of: a key is in one.
fn in_their_accounts(owners: Vec<Entity>) -> Vec<Entity> {
    let accounts: BTreeSet<AccountId> = owners.iter().filter_map(|owner| owner.account.clone()).collect();
    let in_account = |owner: Entity| match owner.account {
        Some(_) => vec![owner],
        None => accounts.iter().map(|account| user_called(&owner.name, Some(account.clone()))).collect(),
    };
    owners.into_iter().flat_map(in_account).collect()
}

/// The use in a fact, without the rest of it.
fn use_in(fact: &EntityFact) -> Option<EntityFact> {
    let EntityFact { made_at, last_used, used_undated, .. } = *fact;
    let used = EntityFact { made_at, last_used, used_undated, ..EntityFact::NOTHING };
    (last_used.is_some() || used_undated).then_some(used)
}

/// The entity that makes the accesses of `entity`: a user or a role itself. The members of a group and the holders of a
/// policy make theirs, and nothing tells which of them.
pub(super) fn actor(entity: &Entity, symbols: &Symbols) -> Symbol {
    let acts = matches!(entity.kind, Some(EntityKind::User | EntityKind::Role));
    entity.arn.as_ref().filter(|_| acts).map_or(Symbol::NONE, |arn| symbols.intern(arn.as_str()))
}
