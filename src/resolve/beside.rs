//! What documents beside the dumps say about each entity.
//!
//! Comes in: the dumps, the answers of other operations and about access keys, and accesses known from elsewhere. Goes out: one [`DocumentsBeside`] for each entity about
//! which anything but a dump says something, in the order of their keys.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::also_used::{AlsoUsed, User};
use super::entity;
use super::grants::{account_of, made_at};
use crate::model::policy::PolicyAnswer;
use crate::model::{
    Accessed, AccountId, Arn, CredentialKind, CredentialRecord, DocumentsBeside, Dump, Entity, EntityFact, EntityKind,
    EntityStatement, EntityUse, IdentifiedBy, OtherAccess, OtherReport, OtherRows, Source, Symbol, Symbols,
};
use crate::problem::{Kind, Problem};

/// Says that lines of a table are about no entity of a dump, so that a misspelt ARN is no lost veto.
#[must_use]
pub fn unmatched_accesses(table: &AlsoUsed, lines: usize) -> Problem {
    let of = table.rows.len();
    let what = format!("{lines} of {of} accesses are by entities that no dump is about");
    Problem::new(Kind::Note, Source::file(table.path.display().to_string()), what)
        .advise("Compare the ARNs with those of `dormant check`; accesses of other entities need nothing.")
}

/// The documents of one run, entity by entity.
#[derive(Debug, Default)]
pub struct Besides {
    by_key: BTreeMap<String, DocumentsBeside>,
}

impl Besides {
    /// What is known of `entity` so far.
    pub fn of(&mut self, entity: &Entity) -> &mut DocumentsBeside {
        let new = || DocumentsBeside {
            entity: entity.clone(),
            accesses: Vec::new(),
            facts: Vec::new(),
            unread: (false, false),
        };
        self.by_key.entry(entity.key.clone()).or_insert_with(new)
    }

    /// Rule 11: each access in a with-entities answer, as of the end of its job.
    pub fn take_other_operations(&mut self, reports: &[OtherReport], symbols: &Symbols) {
        for report in reports.iter().filter(|report| report.evidence.is_usable() && report.duplicate_of.is_none()) {
            let OtherRows::Entities(rows) = &report.other_answer.rows else { continue };
            let Some(service) = &report.subject else { continue };
            let job = &report.other_answer.job;
            let source = symbols.intern(&report.other_answer.source.to_string());
            let service = symbols.intern(service);
            let access = OtherAccess {
                service,
                action: Symbol::NONE,
                made_at: job.completed.or(job.created),
                at: None,
                by: Symbol::NONE,
                contradicts: true,
                source,
            };
            for row in rows {
                self.take_use(row, access, symbols);
            }
        }
    }

    /// Rules 18, 21 and 32: creation dates, unique ids and last uses.
    pub fn take_statements(&mut self, statements: &[EntityStatement], symbols: &Symbols) {
        for EntityStatement { entity, made_at, stated, .. } in statements {
            let fact = EntityFact {
                made_at: *made_at,
                created: stated.created,
                unreadable: stated.unreadable.is_some(),
                unique_id: stated.unique_id.as_deref().map_or(Symbol::NONE, |id| symbols.intern(id)),
                last_used: stated.last_used,
            };
            self.of(entity).facts.push(fact);
        }
    }

    fn take_use(&mut self, row: &EntityUse, access: OtherAccess, symbols: &Symbols) {
        let Ok(arn) = Arn::parse(&row.arn) else { return };
        let entity = entity::of_arn(&arn);
        let access = OtherAccess { by: actor(&entity, symbols), ..access };
        let entity = self.of(&entity);
        match row.accessed {
            Accessed::Never => {}
            Accessed::At(at) => entity.accesses.push(OtherAccess { at: Some(at), ..access }),
            Accessed::Unreadable => entity.accesses.push(access),
        }
    }

    /// Rule 10: each line is a document that was made at its own time. Gives the lines of each table that are about no entity of a dump.
    pub fn take_also_used(&mut self, tables: &[AlsoUsed], entities: &DumpedEntities, symbols: &Symbols) -> Vec<usize> {
        tables.iter().map(|table| self.take_table(table, entities, symbols)).collect()
    }

    fn take_table(&mut self, table: &AlsoUsed, entities: &DumpedEntities, symbols: &Symbols) -> usize {
        let source = symbols.intern(&table.path.display().to_string());
        let mut strange = 0;
        for row in &table.rows {
            let service = symbols.intern(&row.service);
            let action = if row.action.is_empty() { Symbol::NONE } else { symbols.intern(&row.action) };
            let at = Some(row.at);
            let access = OtherAccess { service, action, made_at: at, at, by: Symbol::NONE, contradicts: false, source };
            let about = entities.of(&row.by);
            strange += usize::from(about.is_empty());
            for entity in about {
                let access = OtherAccess { by: actor(entity, symbols), ..access };
                self.of(entity).accesses.push(access);
            }
        }
        strange
    }

    /// Rule 9: the dump of a group, of a policy or of an unknown entity names the user or role that made an access, and so shows an access of
    /// that entity too. Before, a role stayed `unused` for a service that a policy's dump showed it to use.
    pub fn take_accesses_of_others(&mut self, dumps: &[&Dump], entities: &DumpedEntities, symbols: &Symbols) {
        let mut known: FxHashMap<Symbol, Vec<&Entity>> = FxHashMap::default();
        for dump in dumps.iter().filter(|dump| dump.evidence.is_usable() && names_others(dump)) {
            let source = dump.sources.first().map(|(source, _)| source.to_string()).unwrap_or_default();
            let source = symbols.intern(&source);
            let contradicts = !matches!(dump.identified_by, IdentifiedBy::Inferred | IdentifiedBy::Unknown);
            let rows = dump.rows.open();
            for (place, service) in rows.services().iter().enumerate() {
                let of_actions = rows.recorded_actions_of(place).map(|(_, row)| (row.name, row.accessed, row.by));
                for (action, accessed, by) in of_actions.chain([(Symbol::NONE, service.accessed, service.by)]) {
                    if accessed == Accessed::Never || by == Symbol::NONE {
                        continue;
                    }
                    let (service, at, made_at) = (service.namespace, accessed.instant(), dump.made_at);
                    let access = OtherAccess { service, action, made_at, at, by, contradicts, source };
                    let about = known.entry(by).or_insert_with(|| entities.of_actor(by, symbols));
                    for entity in about.iter().filter(|entity| entity.key != dump.entity.key) {
                        self.of(entity).accesses.push(access);
                    }
                }
            }
        }
    }

    /// Rule 12: the answers about access keys name the service that a key was used for last. They can only veto.
    pub fn take_credentials<'a>(
        &mut self,
        answers: impl IntoIterator<Item = &'a PolicyAnswer>,
        entities: &DumpedEntities,
        symbols: &Symbols,
    ) {
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
                let access = OtherAccess {
                    service: symbols.intern(service),
                    action: Symbol::NONE,
                    made_at: made_at(answer),
                    at,
                    by: Symbol::NONE,
                    contradicts: false,
                    source: symbols.intern(&answer.source.to_string()),
                };
                for entity in entities.owners(record, of_answer.as_ref()) {
                    self.of(entity).accesses.push(OtherAccess { by: actor(entity, symbols), ..access });
                }
            }
        }
    }

    /// All of it, in the order of the keys.
    #[must_use]
    pub fn finish(self) -> Vec<DocumentsBeside> {
        self.by_key.into_values().collect()
    }
}

/// Whether the accesses in `dump` may be those of other entities than its own.
fn names_others(dump: &Dump) -> bool {
    dump.strangers || !matches!(dump.entity.kind, Some(EntityKind::User | EntityKind::Role))
}

/// The entities of the dumps of a run, to be found by the names that other documents call them by.
#[derive(Debug, Default)]
pub struct DumpedEntities<'d> {
    by_arn: BTreeMap<&'d str, &'d Entity>,
    /// Roles by name without case: a session names its role without its path.
    roles: BTreeMap<String, Vec<&'d Entity>>,
    /// Users by name.
    users: BTreeMap<&'d str, Vec<&'d Entity>>,
}

impl<'d> DumpedEntities<'d> {
    /// The entities of `dumps`.
    #[must_use]
    pub fn of_dumps(dumps: impl IntoIterator<Item = &'d Dump>) -> Self {
        let mut all = Self::default();
        for entity in dumps.into_iter().map(|dump| &dump.entity) {
            let Some(arn) = &entity.arn else { continue };
            if all.by_arn.insert(arn.as_str(), entity).is_some() {
                continue;
            }
            match entity.kind {
                Some(EntityKind::Role) => all.roles.entry(entity.name.to_ascii_lowercase()).or_default().push(entity),
                Some(EntityKind::User) => all.users.entry(&entity.name).or_default().push(entity),
                _ => {}
            }
        }
        all
    }

    fn of(&self, user: &User) -> Vec<&'d Entity> {
        match user {
            User::Entity(arn) => self.by_arn.get(arn.as_str()).copied().into_iter().collect(),
            User::Session { account, role } => {
                let named = self.roles.get(&role.to_ascii_lowercase()).into_iter().flatten().copied();
                named.filter(|entity| entity.account.as_ref() == Some(account)).collect()
            }
        }
    }

    fn of_actor(&self, actor: Symbol, symbols: &Symbols) -> Vec<&'d Entity> {
        let user = symbols.text(actor).and_then(|text| User::read(&text).ok());
        user.map(|user| self.of(&user)).unwrap_or_default()
    }

    /// The users that may own a credential. An answer without an account may be about any of them.
    fn owners(&self, record: &CredentialRecord, account: Option<&AccountId>) -> Vec<&'d Entity> {
        if let Some(arn) = &record.arn {
            return self.by_arn.get(arn.as_str()).copied().into_iter().collect();
        }
        let named = self.users.get(record.owner.as_str()).into_iter().flatten().copied();
        named.filter(|entity| account.is_none() || entity.account.as_ref() == account).collect()
    }
}

/// Who makes the accesses of `entity`: a user or a role itself. A group and a policy have members and holders, and nothing says which.
fn actor(entity: &Entity, symbols: &Symbols) -> Symbol {
    let acts = matches!(entity.kind, Some(EntityKind::User | EntityKind::Role));
    entity.arn.as_ref().filter(|_| acts).map_or(Symbol::NONE, |arn| symbols.intern(arn.as_str()))
}
