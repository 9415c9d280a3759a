//! What became of a decision about a permission that no row lists: it is gone only where whole dumps prove it.

use super::fate::{DecisionFate, is_used_after};
use super::folded;
use crate::analyse::Context;
use crate::analyse::histories::{History, Speaker};
use crate::model::{Choice, Decision, DecisionState, Instant, Level};

/// What is known about the service of an entry, of one entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceSeen {
    /// A row lists it, with its actions.
    Whole,
    /// A row lists it, and the dumps do not show its actions.
    WithoutActions,
    /// No row lists it.
    Not,
}

/// What became of `decision`, which names one permission of the entity of `history`, or the entity as a whole.
pub fn gone(
    decision: &Decision,
    history: &History,
    seen: ServiceSeen,
    context: &Context,
) -> (DecisionFate, &'static str) {
    let at = context.params.at;
    let waiting = |note| (DecisionFate::waiting(decision), note);
    if let Some(since) = removed(history, context).filter(|_| decision.choice != Choice::Keep) {
        return (DecisionFate::new(DecisionState::Done, Some(since)), ENTITY_REMOVED);
    }
    if history.newest(at).is_none() {
        return waiting("no-usable-dump");
    }
    let is_whole = |speaker: &&Speaker, level| match level {
        Level::Service => speaker.whole,
        Level::Action => speaker.whole_actions,
    };
    let newest = |level| history.speaking(at).iter().rfind(|speaker| is_whole(speaker, level));
    // Where the service itself is gone, a dump of services shows that its actions are.
    let level = if decision.action.is_some() && seen != ServiceSeen::Not { Level::Action } else { Level::Service };
    if level == Level::Action && seen == ServiceSeen::WithoutActions {
        return waiting("actions-not-shown");
    }
    let Some(whole) = newest(level) else { return waiting("dump-incomplete") };
    let own = Past::of(decision, history, context);
    if is_used_after(decision, own.last) {
        return (DecisionFate::new(DecisionState::Contradicted, own.last), "not-granted");
    }
    let unmatched = |note| (DecisionFate::new(DecisionState::Unmatched, None), note);
    if !own.is_listed && !is_known(decision, context) {
        return unmatched("name-unknown");
    }
    // AWS does not track every action, and what it does not track is in no list: it may well be granted.
    if level == Level::Action && !own.is_listed && !is_listed_elsewhere(decision, context) {
        return waiting("not-tracked");
    }
    if decision.choice == Choice::Keep {
        return unmatched("not-granted");
    }
    (DecisionFate::new(DecisionState::Done, whole.dump.made_at), "not-granted")
}

/// The note of a decision about an entity that is not there any more.
pub const ENTITY_REMOVED: &str = "entity-removed";

/// When the entity was not in the list of its account any more, made after all of its dumps.
pub fn removed(history: &History, context: &Context) -> Option<Instant> {
    let removed = context.grants.removed(history.entity, history.dumps.iter().map(|dump| dump.made_at));
    removed.filter(|removed| context.params.at.is_none_or(|at| *removed <= at))
}

/// What the dumps of the entity show of a permission, those included that do not speak any more.
struct Past {
    is_listed: bool,
    last: Option<Instant>,
}

impl Past {
    fn of(decision: &Decision, history: &History, context: &Context) -> Self {
        let mut past = Self { is_listed: decision.service.is_none(), last: None };
        let at = context.params.at;
        for dump in history.dumps.iter().filter(|dump| at.is_none_or(|at| dump.made_at.is_some_and(|made| made <= at)))
        {
            let rows = dump.rows.open();
            for (service, actions) in rows.iter() {
                if decision.service.as_deref() != Some(&folded(context.names.text(service.namespace))) {
                    continue;
                }
                match &decision.action {
                    None => past.note(service.accessed.instant()),
                    Some(wanted) => actions
                        .filter(|action| folded(context.names.text(action.name)) == *wanted)
                        .for_each(|action| past.note(action.accessed.instant())),
                }
            }
        }
        past
    }

    fn note(&mut self, at: Option<Instant>) {
        self.is_listed = true;
        self.last = self.last.max(at);
    }
}

/// Whether the catalogue knows the service, and the action where one is named.
fn is_known(decision: &Decision, context: &Context) -> bool {
    let Some(service) = decision.service.as_deref() else { return true };
    match decision.action.as_deref() {
        None => context.catalogue.service_name(service).is_some(),
        Some(action) => {
            context.catalogue.access_levels().any(|(of, name, _)| of == service && name.eq_ignore_ascii_case(action))
        }
    }
}

/// Whether AWS tracks the action, as far as the documents of the run say: a dump of anybody lists it.
fn is_listed_elsewhere(decision: &Decision, context: &Context) -> bool {
    let pair = decision.service.as_deref().zip(decision.action.as_deref());
    pair.is_some_and(|(service, action)| context.tracked_actions.contains(&(service.to_owned(), action.to_owned())))
}
