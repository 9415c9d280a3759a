//! When entities were created, from every document that tells.
//!
//! The input is the sidecars, the manifest, and what answers tell next to their lists. The output is, for each entity,
//! the latest date, and each [`EntityStatement`]. The latest date counts because an entity that was created again has
//! had less time to use anything; comments give the rules of `docs/reports.md` by their numbers.

use std::collections::BTreeMap;

use super::clues::Clues;
use super::piece::Piece;
use crate::model::{Arn, DAY_MS, Entity, EntityStatement, Instant, PackedRows, Sidecar, Source, Stated};
use crate::problem::{Kind, Problem};

/// Creation dates by the key of the entity.
#[derive(Debug, Default)]
pub(super) struct Creations {
    by_key: BTreeMap<String, Creation>,
    statements: Vec<EntityStatement>,
}

#[derive(Debug, Default)]
struct Creation {
    /// The latest date, and the document that holds it.
    latest: Option<(Instant, String)>,
    /// A date that differs from it, and the document that holds it.
    other: Option<(Instant, String)>,
    /// A date that cannot be read, and the document that holds it.
    unreadable: Option<(String, String)>,
}

/// Dates that differ by less belong to one creation: clients round them differently.
const ONE_MOMENT_MS: i64 = 1000;

impl Creations {
    /// Gathers what `pieces`, `sidecars` and the manifest tell.
    pub fn gather(pieces: &[Piece], sidecars: &[Sidecar], clues: &Clues, problems: &mut Vec<Problem>) -> Self {
        let mut all = Self::default();
        for piece in pieces {
            for (source, stated) in &piece.stated {
                all.take(source, piece.who.entity(), piece.own_date().0, stated);
            }
        }
        for sidecar in sidecars {
            let Sidecar::Entity { source, arn, stated, .. } = sidecar else { continue };
            // An AWS-managed policy belongs to every account.
            let arn = Arn::parse(arn).ok().filter(|arn| arn.account().is_some());
            // Even if it states nothing, it shows that the entity exists, and that its dump is missing (rule 39).
            if let Some(arn) = arn {
                all.take(source, Entity::of(arn), None, stated);
            }
        }
        for (arn, created) in clues.options.manifest.iter().flat_map(super::Manifest::creations) {
            let stated = Stated { created: Some(created), ..Stated::default() };
            all.take(&Source::file("manifest"), Entity::of(arn.clone()), None, &stated);
        }
        all.warn(problems);
        all
    }

    fn take(&mut self, source: &Source, entity: Entity, made_at: Option<Instant>, stated: &Stated) {
        let of = self.by_key.entry(entity.key.clone()).or_default();
        if let Some(created) = stated.created {
            of.take(created, source);
        }
        if let Some(text) = &stated.unreadable {
            of.unreadable.get_or_insert_with(|| (text.clone(), source.to_string()));
        }
        self.statements.push(EntityStatement { source: source.clone(), entity, made_at, stated: stated.clone() });
    }

    /// Rule 18: dates that differ, and those that cannot be read, are reported once for each entity.
    fn warn(&self, problems: &mut Vec<Problem>) {
        for (key, creation) in &self.by_key {
            let title = key.split_once('|').map_or(key.as_str(), |(_, title)| title);
            if let (Some((latest, at)), Some((other, other_at))) = (&creation.latest, &creation.other) {
                let what = format!(
                    "says that {title} was created at {latest}, and {other_at} says {other}; the later date counts"
                );
                problems.push(Problem::new(Kind::Contradiction, at, what));
            }
            if let Some((text, at)) = &creation.unreadable {
                let what =
                    format!("the creation date {text:?} of {title} cannot be read; its silent permissions are unknown");
                let advice = "Save it as the client prints it.";
                problems.push(Problem::new(Kind::UnreadableDate, at, what).advise(advice));
            }
        }
    }

    /// `entity` with what is known about its creation.
    pub fn complete(&self, mut entity: Entity) -> Entity {
        if let Some(creation) = self.by_key.get(&entity.key) {
            entity.created = creation.latest.as_ref().map(|(at, _)| *at);
            entity.creation_unreadable = creation.unreadable.is_some();
        }
        entity
    }

    /// The same, for an entity that may be one of `others`: the latest date of all counts, but for those that were
    /// created after an access in its `rows`.
    pub fn complete_any(&self, entity: Entity, others: &[Arn], rows: &PackedRows) -> Entity {
        let mut entity = self.complete(entity);
        if others.is_empty() {
            return entity;
        }
        let first = rows.open().accesses().filter_map(|(accessed, _)| accessed.instant()).min();
        let is_older = |other: &Entity| first.is_none_or(|first| other.created.is_none_or(|created| created <= first));
        for other in others.iter().map(|arn| self.complete(Entity::of(arn.clone()))).filter(is_older) {
            entity.created = entity.created.max(other.created);
            entity.creation_unreadable |= other.creation_unreadable;
        }
        entity
    }

    /// Each statement, in the order of its source.
    pub fn into_statements(mut self) -> Vec<EntityStatement> {
        let statements = std::mem::take(&mut self.statements);
        let mut completed: Vec<EntityStatement> = statements
            .into_iter()
            .map(|statement| EntityStatement { entity: self.complete(statement.entity), ..statement })
            .collect();
        completed.sort_by(|a, b| (&a.source, &a.entity.key, a.made_at).cmp(&(&b.source, &b.entity.key, b.made_at)));
        completed
    }
}

impl Creation {
    fn take(&mut self, created: Instant, source: &Source) {
        let mut new = (created, source.to_string());
        let Some(latest) = &mut self.latest else {
            self.latest = Some(new);
            return;
        };
        if new > *latest {
            std::mem::swap(latest, &mut new);
        }
        let apart = latest.0.millis() - new.0.millis();
        // A date without its time of day does not contradict one with it.
        let is_day = new.0.millis() % DAY_MS == 0 && apart < DAY_MS;
        if apart >= ONE_MOMENT_MS && !is_day {
            self.other = self.other.take().max(Some(new));
        }
    }
}
