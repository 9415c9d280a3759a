//! What documents beside the dumps say about each entity.
//!
//! Comes in: the dumps, the answers of other operations, and accesses known from elsewhere. Goes out: one [`DocumentsBeside`] for each entity about
//! which anything but a dump says something, in the order of their keys.

use std::collections::BTreeMap;

use super::also_used::AlsoUsed;
use super::entity;
use crate::model::{
    Accessed, Arn, DocumentsBeside, Dump, Entity, EntityFact, EntityKind, EntityStatement, EntityUse, OtherAccess,
    OtherReport, OtherRows, Source, Symbol, Symbols,
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
    pub fn take_also_used(&mut self, tables: &[AlsoUsed], dumps: &[Dump], symbols: &Symbols) -> Vec<usize> {
        let mut entities: BTreeMap<&str, &Entity> = BTreeMap::new();
        for dump in dumps {
            entities.entry(&dump.entity.key).or_insert(&dump.entity);
        }
        tables.iter().map(|table| self.take_table(table, &entities, symbols)).collect()
    }

    fn take_table(&mut self, table: &AlsoUsed, entities: &BTreeMap<&str, &Entity>, symbols: &Symbols) -> usize {
        let source = symbols.intern(&table.path.display().to_string());
        let mut strange = 0;
        for row in &table.rows {
            let service = symbols.intern(&row.service);
            let action = if row.action.is_empty() { Symbol::NONE } else { symbols.intern(&row.action) };
            let at = Some(row.at);
            let access = OtherAccess { service, action, made_at: at, at, by: Symbol::NONE, contradicts: false, source };
            let about: Vec<&Entity> = entities.values().copied().filter(|entity| row.by.is(entity)).collect();
            strange += usize::from(about.is_empty());
            for entity in about {
                let access = OtherAccess { by: actor(entity, symbols), ..access };
                self.of(entity).accesses.push(access);
            }
        }
        strange
    }

    /// All of it, in the order of the keys.
    #[must_use]
    pub fn finish(self) -> Vec<DocumentsBeside> {
        self.by_key.into_values().collect()
    }
}

/// Who makes the accesses of `entity`: a user or a role itself. A group and a policy have members and holders, and nothing says which.
fn actor(entity: &Entity, symbols: &Symbols) -> Symbol {
    let acts = matches!(entity.kind, Some(EntityKind::User | EntityKind::Role));
    entity.arn.as_ref().filter(|_| acts).map_or(Symbol::NONE, |arn| symbols.intern(arn.as_str()))
}
