//! When an entity last used anything: from every permission of every document, and from what documents tell about the
//! entity itself.

use super::accesses::Speaking;
use super::documents::{is_seen, is_shown};
use super::{Documents, UsableAnswer};
use crate::model::{Accessed, EntityKind, Instant};

/// The activity of an entity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// The newest date that any document shows.
    pub last: Option<Instant>,
    /// Whether a document shows an access without a date.
    pub undated: bool,
}

impl Activity {
    fn take(&mut self, accessed: Accessed) {
        match accessed {
            Accessed::At(at) => self.last = self.last.max(Some(at)),
            Accessed::Unreadable => self.undated = true,
            Accessed::Never => {}
        }
    }

    fn add(&mut self, other: Self) {
        self.last = self.last.max(other.last);
        self.undated |= other.undated;
    }
}

impl Documents<'_> {
    /// What the documents up to `moment` show about the entity, for a dump made at `made_at`: documents from before it
    /// was created again show nothing about it (rule 20).
    #[must_use]
    pub fn activity(&self, made_at: Option<Instant>, moment: Option<Instant>) -> Activity {
        let speaking = Speaking { made_at, moment, created: self.created(moment) };
        let counts = |made_at: Option<Instant>| is_seen(made_at, moment) && !speaking.is_hidden(made_at);
        let mut activity = Activity::default();
        for answer in self.answers.iter().filter(|answer| counts(answer.made_at)) {
            activity.add(answer.activity());
        }
        let accesses = self.accesses.iter().filter(|access| is_shown(access.made_at, access.at, moment));
        for access in accesses.filter(|access| counts(access.made_at)) {
            activity.take(access.at.map_or(Accessed::Unreadable, Accessed::At));
        }
        // A document that shows a later use was made later, also where it has no date.
        let is_later = |used: Option<Instant>| used.zip(moment).is_some_and(|(used, moment)| used > moment);
        // Rule 23: a user or a group can be moved to another path.
        let is_moved = matches!(self.kind, Some(EntityKind::User | EntityKind::Group));
        let of_namesakes = self.namesake_uses.iter().filter(|_| is_moved);
        let stated = self.statements.iter().chain(of_namesakes);
        for fact in stated.filter(|one| counts(one.made_at) && !is_later(one.last_used)) {
            activity.add(Activity { last: fact.last_used, undated: fact.used_undated });
        }
        activity
    }

    /// The last dated use by any entity of the same name in another path or spelling, as the documents up to `moment` show it.
    #[must_use]
    pub fn namesake_last_used(&self, moment: Option<Instant>) -> Option<Instant> {
        let seen = self.namesake_uses.iter().filter(|fact| is_shown(fact.made_at, fact.last_used, moment));
        seen.filter_map(|fact| fact.last_used).max()
    }
}

impl UsableAnswer<'_> {
    /// What this answer alone shows.
    #[must_use]
    pub fn activity(&self) -> Activity {
        let mut activity = Activity::default();
        self.rows.accesses().for_each(|(accessed, _)| activity.take(accessed));
        let counted = |entities: Option<u32>| entities.is_some_and(|entities| entities > 0);
        let mut services = self.rows.services().iter();
        activity.undated |= services.any(|service| counted(service.entities) && service.accessed == Accessed::Never);
        activity
    }
}
