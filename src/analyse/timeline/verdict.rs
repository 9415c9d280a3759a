//! Rules 19, 20, 28, 30, 36 and 37: the verdict of a row, from what is known about its permission and its entity.

use super::age::Age;
use super::silence::Silence;
use super::{Sighting, VerdictParams, Witness};
use crate::model::{AgeKnownBy, DAY_MS, Instant, ObservedLimit, Symbol, UnknownReason, Verdict};

/// A row with everything that is concluded about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the row")]
pub struct Judged {
    /// The namespace, as the dump writes it.
    pub service: Symbol,
    /// The action, as the dump writes it; [`Symbol::NONE`] for a service, and for a class of actions.
    pub action: Symbol,
    /// The display name of the service.
    pub service_name: Symbol,
    /// The position of the dump among those of the entity: those without a date first, then by date.
    pub dump: usize,
    /// When the dump was made.
    pub made_at: Option<Instant>,
    /// The date from which ages are counted.
    pub as_of: Option<Instant>,
    /// The newest access that any document shows.
    pub last_accessed: Option<Instant>,
    /// Whether an access without a date counts.
    pub access_undated: bool,
    /// The entity that made it.
    pub last_accessed_by: Symbol,
    /// The region of the access.
    pub last_accessed_region: Symbol,
    /// The document that shows the access: its position among the answers, then among the other accesses.
    pub source: Option<u32>,
    /// Whole days from the last access to `as_of`, never below 0.
    pub days_since: Option<i64>,
    /// When the newest whole dump was made that does not list the permission.
    pub granted_since: Option<Instant>,
    /// When the first dump after that one was made that lists it: it may have been granted on that day.
    pub listed_since: Option<Instant>,
    /// Since when an access would have been seen: the latest of all possible starts.
    pub observed_since: Option<Instant>,
    /// Until when an access would have been seen: the moment of the dump, or an earlier `as_of`.
    pub observed_until: Option<Instant>,
    /// The number of whole days in which an access would have been seen.
    pub observed_days: Option<i64>,
    /// The start of these days.
    pub observed_limit: Option<ObservedLimit>,
    /// What shows the age of the entity.
    pub age_known_by: AgeKnownBy,
    /// What may be concluded.
    pub verdict: Verdict,
    /// Why nothing can be concluded; filled exactly if the verdict is `unknown`.
    pub unknown_reason: Option<UnknownReason>,
    /// What is known about the age of the entity.
    pub age: Age,
    /// What the dump itself shows.
    pub shown: Shown,
    /// Rule 59: whether its service was used through actions that AWS does not track, according to this dump.
    pub is_used_untracked: bool,
    /// Rule 35, for an action: whether a document made after its dump shows a later use of its service.
    pub is_service_used_since: bool,
    /// Rule 40, for a service: whether the dumps do not show its actions.
    pub is_without_actions: bool,
}

/// What one dump by itself shows about a permission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown {
    /// The newest access with a date.
    pub at: Option<Instant>,
    /// Whether there is an access without a date.
    pub undated: bool,
    /// Whether an answer shows that there was no access.
    pub silent: bool,
    /// For a service: how many entities it counts.
    pub entities: Option<u32>,
    /// For a service: whether an answer has a list of its actions, even an empty one.
    pub lists_actions: bool,
}

/// What is known about the entity for a speaking dump.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntityDates {
    pub made_at: Option<Instant>,
    pub as_of: Option<Instant>,
    pub created: Option<Instant>,
    pub silence_is_unread: bool,
    pub recreated: Option<Instant>,
    pub recording: Option<Instant>,
    /// From when to when the dump shows the absence of accesses.
    pub watched: Option<(Instant, Instant)>,
    pub age: Age,
}

/// What is known about one permission for a speaking dump.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about the permission")]
pub(super) struct Known {
    pub shown: Sighting,
    pub last: Option<Witness>,
    pub undated: Option<Witness>,
    pub is_contradicted: bool,
    pub granted_since: Option<Instant>,
    pub listed_since: Option<Instant>,
    pub silence: Option<Silence>,
    pub is_out_of_date: bool,
    pub is_used_since: bool,
    pub tracking: Option<Instant>,
    /// For an action: whether AWS says that it does not track it.
    pub is_untracked: bool,
    pub is_used_untracked: bool,
    pub is_without_actions: bool,
}

/// The row, judged.
pub(super) fn judged(known: &Known, entity: &EntityDates, question: &VerdictParams) -> Judged {
    let witness = known.last.or(known.undated);
    let last_accessed = known.last.and_then(|witness| witness.at);
    let days_since = last_accessed.zip(entity.as_of).map(|(at, as_of)| days_between(at, as_of));
    let mut row = Judged {
        service: known.shown.service,
        action: known.shown.action,
        service_name: known.shown.service_name,
        dump: known.shown.dump as usize,
        made_at: entity.made_at,
        as_of: entity.as_of,
        last_accessed,
        access_undated: known.undated.is_some(),
        last_accessed_by: witness.map_or(Symbol::NONE, |witness| witness.by),
        last_accessed_region: witness.map_or(Symbol::NONE, |witness| witness.region),
        source: witness.map(|witness| witness.source),
        days_since,
        granted_since: known.granted_since,
        listed_since: known.listed_since,
        observed_since: None,
        observed_until: None,
        observed_days: None,
        observed_limit: None,
        age_known_by: entity
            .age
            .known_by(entity.as_of.map(|as_of| entity.made_at.map_or(as_of, |made| as_of.min(made))), question),
        verdict: Verdict::Unknown,
        unknown_reason: None,
        age: entity.age,
        shown: Shown {
            at: known.shown.at,
            undated: known.shown.undated,
            silent: known.shown.silent,
            entities: known.shown.entities,
            lists_actions: known.shown.lists_actions,
        },
        is_used_untracked: known.is_used_untracked,
        is_service_used_since: known.is_used_since,
        is_without_actions: known.is_without_actions,
    };
    let verdict = if witness.is_some() {
        of_access(&row, known, entity, question)
    } else {
        observe(&mut row, known, entity);
        of_silence(&row, known, entity, question)
    };
    match verdict {
        Ok(verdict) => row.verdict = verdict,
        Err(reason) => row.unknown_reason = Some(reason),
    }
    row
}

/// Rule 36: the verdict if an access counts.
fn of_access(
    row: &Judged,
    known: &Known,
    entity: &EntityDates,
    question: &VerdictParams,
) -> Result<Verdict, UnknownReason> {
    if is_contradicted(row, known, entity) {
        return Err(UnknownReason::Contradicted);
    }
    if row.days_since.is_some_and(|days| days < question.stale_after) {
        return Ok(Verdict::Active);
    }
    if row.access_undated || (known.shown.lost && known.shown.says_nothing()) {
        return Err(UnknownReason::DateUnreadable);
    }
    if known.is_out_of_date {
        return Err(UnknownReason::NewerAccess);
    }
    let Some(as_of) = entity.as_of else { return Err(UnknownReason::NoDate) };
    let is_young = |granted: &Instant| as_of.millis() - granted.millis() < question.stale_after * DAY_MS;
    if known.granted_since.filter(is_young).is_some_and(|granted| row.last_accessed.is_some_and(|at| at < granted)) {
        return Err(UnknownReason::GrantedRecently);
    }
    Ok(Verdict::Stale)
}

/// Rules 15, 19, 20 and 48.
fn is_contradicted(row: &Judged, known: &Known, entity: &EntityDates) -> bool {
    let is_of_a_former_entity = entity.made_at.is_some_and(|made| entity.created.max(entity.recreated) > Some(made));
    let is_from_before_creation = row.last_accessed.is_some_and(|at| entity.created > Some(at));
    let is_about_strangers = known.shown.strange && known.shown.says_nothing();
    known.is_contradicted || is_of_a_former_entity || is_from_before_creation || is_about_strangers
}

/// Rule 37: the verdict if no document shows an access.
fn of_silence(
    row: &Judged,
    known: &Known,
    entity: &EntityDates,
    question: &VerdictParams,
) -> Result<Verdict, UnknownReason> {
    if known.shown.strange && !known.shown.silent {
        return Err(UnknownReason::Contradicted);
    }
    if has_no_dates(known, entity) {
        return Err(UnknownReason::DateUnreadable);
    }
    if known.is_out_of_date {
        return Err(UnknownReason::NewerAccess);
    }
    if entity.watched.is_none() {
        return Err(UnknownReason::NoDate);
    }
    if entity.recording.is_none() || known.is_untracked {
        return Err(UnknownReason::NoStart);
    }
    match row.observed_days {
        Some(days) if days >= question.stale_after => {}
        _ if row.observed_limit == Some(ObservedLimit::Grant) => return Err(UnknownReason::GrantedRecently),
        _ => return Err(UnknownReason::WindowTooShort),
    }
    if question.strict_age && row.age_known_by == AgeKnownBy::None {
        return Err(UnknownReason::AgeUnknown);
    }
    Ok(Verdict::Unused)
}

fn has_no_dates(known: &Known, entity: &EntityDates) -> bool {
    (known.shown.lost && !known.shown.silent) || entity.silence_is_unread
}

/// Rules 28 and 30: the days from the latest start to the end of the observation, and which start that is.
fn observe(row: &mut Judged, known: &Known, entity: &EntityDates) {
    let Some(((window, end), recording)) = entity.watched.zip(entity.recording) else { return };
    if has_no_dates(known, entity) || known.is_untracked {
        return;
    }
    let silence = known.silence.unwrap_or(Silence { from: window, is_chain: false });
    let silent = if silence.is_chain { ObservedLimit::History } else { ObservedLimit::Window };
    let starts = [
        (known.granted_since, ObservedLimit::Grant),
        (entity.recreated, ObservedLimit::Recreated),
        (entity.created, ObservedLimit::Creation),
        (known.tracking, ObservedLimit::Tracking),
        (Some(recording), ObservedLimit::Recording),
        (Some(silence.from), silent),
    ];
    let mut latest = (silence.from, silent);
    for (start, limit) in starts.into_iter().rev() {
        if let Some(start) = start.filter(|&start| start >= latest.0) {
            latest = (start, limit);
        }
    }
    row.observed_since = Some(latest.0);
    row.observed_until = Some(end);
    row.observed_days = Some(days_between(latest.0, end));
    row.observed_limit = Some(latest.1);
}

/// Whole days, never below 0.
fn days_between(start: Instant, end: Instant) -> i64 {
    (end.millis() - start.millis()).div_euclid(DAY_MS).max(0)
}
