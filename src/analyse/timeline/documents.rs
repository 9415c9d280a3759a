//! The input of the timeline: every document about one entity, as plain values.

use crate::model::{
    Accessed, ActionRow, Dump, EntityFact, EntityKind, IdentifiedBy, Instant, OtherAccess, Rows, ServiceRow, Symbol,
};

/// One answer that can be used.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the answer")]
pub struct UsableAnswer<'d> {
    /// When it was made.
    pub made_at: Option<Instant>,
    /// Whether a permission that it does not list is not granted.
    pub whole: bool,
    /// Whether it tells anything about actions.
    pub action_level: bool,
    /// Whether its entity is more than a guess.
    pub named: bool,
    /// Whether its entity was inferred from its accesses.
    pub inferred: bool,
    /// Whether some of its accesses are by an entity that it cannot be about.
    pub strangers: bool,
    /// Its rows.
    pub rows: &'d Rows,
}

impl<'d> UsableAnswer<'d> {
    /// `dump` as evidence, if it is usable and its rows are in memory.
    #[must_use]
    pub fn of(dump: &'d Dump) -> Option<Self> {
        (dump.evidence.is_usable() && dump.rows.are_open()).then(|| Self {
            made_at: dump.made_at,
            whole: dump.evidence.is_whole(),
            action_level: dump.has_action_level(),
            named: !matches!(dump.identified_by, IdentifiedBy::Inferred | IdentifiedBy::Unknown),
            inferred: dump.identified_by == IdentifiedBy::Inferred,
            strangers: dump.strangers,
            rows: dump.rows.opened(),
        })
    }

    /// Whether absence from it proves anything: an answer that is partly about another entity proves nothing.
    pub const fn proves_absence(&self) -> bool {
        self.whole && !self.strangers
    }

    /// Rule 14: which dates its saver lost. Every date, if services count entities and nothing has a date; those of the
    /// services, if one of them has none although an action of it has one: AWS dates both.
    pub(super) fn lost_dates(&self) -> LostDates {
        let counts = |service: &ServiceRow| service.entities.is_some_and(|entities| entities > 0);
        if self.rows.services().iter().any(counts) && !self.rows.has_dates() {
            return LostDates { of_services: true, of_actions: true };
        }
        let is_dated = |(_, action): (usize, ActionRow)| action.accessed != Accessed::Never;
        let lacks_its_own = |(at, service): (usize, &ServiceRow)| {
            service.accessed == Accessed::Never && self.rows.recorded_actions_of(at).any(is_dated)
        };
        let of_services = self.rows.services().iter().enumerate().any(lacks_its_own);
        LostDates { of_services, of_actions: false }
    }
}

/// The levels of an answer at which a row without an access shows nothing, because dates were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LostDates {
    pub of_services: bool,
    pub of_actions: bool,
}

/// That an entity with the same name in another path or spelling was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SameName {
    /// When it was: its dump was made then, or it was created then.
    pub at: Instant,
    /// When the document was made that shows it; `None` if it has no date.
    pub made_at: Option<Instant>,
}

/// All documents about one entity.
#[derive(Debug, Clone, Default)]
pub struct Documents<'d> {
    /// User, role, group or policy.
    pub kind: Option<EntityKind>,
    /// Since when AWS records in the entity's partition, if that is known.
    pub recording: Option<Instant>,
    /// In the order of their sources.
    pub answers: Vec<UsableAnswer<'d>>,
    /// Accesses known from other documents.
    pub accesses: Vec<OtherAccess>,
    /// Creation dates, unique ids and uses.
    pub statements: Vec<EntityFact>,
    /// For roles and policies: what shows an entity with the same name in another path or spelling.
    pub same_name: Vec<SameName>,
    /// The uses by entities with the same name in another path or spelling, each with the date of its document.
    pub namesake_uses: Vec<EntityFact>,
}

impl Documents<'_> {
    /// The creation date: the latest that any document up to `moment` states.
    pub fn created(&self, moment: Option<Instant>) -> Option<Instant> {
        self.stated(moment).filter_map(|statement| statement.created).max()
    }

    /// Whether a document up to `moment` states a creation date that cannot be read, or a use of a service that nobody
    /// knows (rule 12): then no silence is proven.
    pub(super) fn silence_is_unread(&self, moment: Option<Instant>) -> bool {
        self.stated(moment).any(|statement| statement.unreadable || statement.used_unknown)
    }

    /// Rule 8: until when the undated dump shows the absence of accesses. Of several undated answers nothing tells which is
    /// the newest: what one of them lists as silent may have been used, revoked or granted when the other was made.
    pub fn undated_until(&self) -> Option<Instant> {
        let mut undated = self.answers.iter().filter(|answer| answer.made_at.is_none());
        let only = undated.next()?;
        only.rows.latest().filter(|_| undated.next().is_none())
    }

    /// The statements of all documents up to `moment`. Rule 7: one without a date that shows a creation after the moment
    /// was made later.
    pub(super) fn stated(&self, moment: Option<Instant>) -> impl Iterator<Item = &EntityFact> {
        self.statements.iter().filter(move |one| is_shown(one.made_at, one.created, moment))
    }

    /// Whether the entity was there at `moment`, as far as documents up to then show it: a dump, a creation or a use.
    #[must_use]
    pub fn was_there(&self, moment: Instant) -> bool {
        let is_until = |at: Option<Instant>| at.is_some_and(|at| at <= moment);
        let activity = self.activity(None, Some(moment));
        self.answers.iter().any(|answer| is_until(answer.made_at))
            || is_until(self.created(Some(moment)))
            || is_until(activity.last)
    }

    /// Whether accesses of the entity cannot disappear: groups and policies lose those of members that leave.
    pub(super) const fn keeps_accesses(&self) -> bool {
        matches!(self.kind, Some(EntityKind::User | EntityKind::Role))
    }
}

/// The question.
#[derive(Debug, Clone, Copy)]
pub struct VerdictParams {
    /// How many whole days without an access make a permission unused.
    pub stale_after: i64,
    /// The moment from which ages are counted, if it is not that of the dump.
    pub as_of: Option<Instant>,
    /// No document that was made later counts.
    pub at: Option<Instant>,
    /// Whether an entity of unknown age has no unused permissions.
    pub strict_age: bool,
}

/// The meaning of names.
pub trait Spellings {
    /// The one name that all spellings of `name` share: trimmed and without case. [`Symbol::NONE`] stays itself.
    fn folded(&self, name: Symbol) -> Symbol;
    /// Whether `one` comes before `other` in byte order.
    fn stands_before(&self, one: Symbol, other: Symbol) -> bool;
    /// Since when AWS tracks the actions of `service`.
    fn tracking(&self, service: Symbol) -> Instant;
    /// Whether AWS says of any action of `service` that it does not track it.
    fn has_untracked(&self, service: Symbol) -> bool;
    /// Whether AWS says that it does not track `action` of `service`: then its silence proves nothing.
    fn is_untracked(&self, service: Symbol, action: Symbol) -> bool;
}

/// Whether a document counts at the moment; one without a date always does.
pub(super) fn is_seen(made_at: Option<Instant>, moment: Option<Instant>) -> bool {
    made_at.zip(moment).is_none_or(|(made_at, moment)| made_at <= moment)
}

/// Whether what a document shows counts at the moment: one without a date was made at the time of the access or the
/// creation that it shows, or later.
pub(super) fn is_shown(made_at: Option<Instant>, at: Option<Instant>, moment: Option<Instant>) -> bool {
    is_seen(made_at.or(at), moment)
}

/// What one row of an answer tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read {
    pub at: Option<Instant>,
    pub undated: bool,
    pub by: Symbol,
    pub region: Symbol,
}

impl Read {
    /// Reads a service row. A count, an actor or a region without a date is an access with a missing date.
    pub(super) fn service(row: &ServiceRow) -> Self {
        let is_counted = row.entities.is_some_and(|entities| entities > 0);
        Self::new(row.accessed, row.by, row.region, is_counted)
    }

    /// Reads an action row. An actor or a region without a date is an access with a missing date.
    pub(super) fn action(row: &ActionRow) -> Self {
        Self::new(row.accessed, row.by, row.region, false)
    }

    fn new(accessed: Accessed, by: Symbol, region: Symbol, is_counted: bool) -> Self {
        let leaves_a_trace = is_counted || by != Symbol::NONE || region != Symbol::NONE;
        let undated = accessed == Accessed::Unreadable || (accessed == Accessed::Never && leaves_a_trace);
        Self { at: accessed.instant(), undated, by, region }
    }

    pub(super) fn accessed(&self) -> bool {
        self.at.is_some() || self.undated
    }
}
