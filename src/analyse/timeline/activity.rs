//! When an entity last used anything: from every permission of every document, and from what documents tell about the
//! entity itself.

use super::Documents;
use super::accesses::Speaking;
use super::documents::{is_access_seen, is_seen};
use crate::model::{Accessed, Instant};

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
            answer.rows.accesses().for_each(|(accessed, _)| activity.take(accessed));
            let counted = |entities: Option<u32>| entities.is_some_and(|entities| entities > 0);
            activity.undated |= answer
                .rows
                .services()
                .iter()
                .any(|service| counted(service.entities) && service.accessed == Accessed::Never);
        }
        let accesses = self.accesses.iter().filter(|access| is_access_seen(access.made_at, access.at, moment));
        for access in accesses.filter(|access| counts(access.made_at)) {
            activity.take(access.at.map_or(Accessed::Unreadable, Accessed::At));
        }
        // A document that shows a later use was made later, also where it has no date.
        let is_later = |used: Option<Instant>| used.zip(moment).is_some_and(|(used, moment)| used > moment);
        let stated = self.statements.iter().filter(|one| counts(one.made_at) && !is_later(one.last_used));
        for statement in stated {
            activity.undated |= statement.used_undated;
            activity.take(statement.last_used.map_or(Accessed::Never, Accessed::At));
        }
        activity
    }
}
