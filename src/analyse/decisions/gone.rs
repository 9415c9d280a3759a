//! What became of a decision about a permission that no row lists: it is gone only where whole dumps prove it.

use super::fate::{DecisionFate, is_used_after};
use crate::analyse::Context;
use crate::analyse::grants::is_granted;
use crate::analyse::histories::{History, Speaker};
use crate::model::policy::{Holder, NarrowList, glob};
use crate::model::{Accessed, Choice, Decision, DecisionState, Entity, Instant, Level, OtherAccess, Symbol, folded};

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
    let own = Past::of(decision, history, context);
    let contradicted = |note| (DecisionFate::new(DecisionState::Contradicted, own.last), note);
    if let Some(since) = removed(history, context).filter(|_| decision.choice != Choice::Keep) {
        return if is_used_after(decision, own.last) {
            contradicted(ENTITY_REMOVED)
        } else if let Some(note) = still_there(history, since, context) {
            waiting(note)
        } else {
            (DecisionFate::new(DecisionState::Done, Some(since)), ENTITY_REMOVED)
        };
    }
    if history.newest(at).is_none() {
        return waiting("no-usable-dump");
    }
    // Where the service itself is gone, a dump of services shows that its actions are.
    let level = if decision.action.is_some() && seen != ServiceSeen::Not { Level::Action } else { Level::Service };
    if level == Level::Action && seen == ServiceSeen::WithoutActions {
        return waiting("actions-not-shown");
    }
    // An older whole list proves nothing beside a newer one that is cut: what it lacks may be granted again.
    let Some(whole) = newest_whole(history, level, at) else { return waiting("dump-incomplete") };
    if is_used_after(decision, own.last) {
        return contradicted("not-granted");
    }
    let unmatched = |note| (DecisionFate::new(DecisionState::Unmatched, None), note);
    if !own.is_listed && !is_known(decision, context) {
        // A pattern of a policy grants names that no list has, and a proposal keeps what is to be kept of them.
        let stays =
            decision.choice != Choice::Remove && is_granted_by_policies(decision, history, whole.dump.made_at, context);
        return if stays { waiting(NAME_UNKNOWN) } else { unmatched(NAME_UNKNOWN) };
    }
    if own.is_used_since(whole.dump.made_at) {
        return waiting(NEWER_ACCESS);
    }
    if own.is_listed_undated && whole.dump.made_at.is_some() {
        return waiting("dump-undated");
    }
    // AWS does not track every action, and what it does not track is in no list: it may well be granted.
    if level == Level::Action && !own.is_listed && !is_listed_elsewhere(decision, context) {
        return waiting("not-tracked");
    }
    if is_granted_by_policies(decision, history, whole.dump.made_at, context) {
        return waiting("granted-by-policy");
    }
    if decision.choice == Choice::Keep {
        return unmatched("not-granted");
    }
    (DecisionFate::new(DecisionState::Done, whole.dump.made_at), "not-granted")
}

/// The newest dump with rows of the level, if it is whole.
fn newest_whole<'h, 'd>(history: &'h History<'d>, level: Level, at: Option<Instant>) -> Option<&'h Speaker<'d>> {
    match level {
        Level::Service => history.newest(at).filter(|newest| newest.whole),
        Level::Action => {
            let with_actions = history.speaking(at).iter().rfind(|speaker| speaker.action_level);
            with_actions.filter(|newest| newest.whole_actions)
        }
    }
}

/// Whether policies that are not known to be older than the dump made at `made_at` grant what the decision is about. What
/// a Deny statement takes away entirely is no grant, and AWS does not look at permissions boundaries.
fn is_granted_by_policies(decision: &Decision, history: &History, made_at: Option<Instant>, context: &Context) -> bool {
    let Some(holder) = present_holder(history, made_at, context) else { return false };
    is_granted(holder, &context.grants.universe, decision.service.as_deref(), decision.action.as_deref())
}

/// The entity with its policies, where they are not known to be older than the dump made at `made_at`.
fn present_holder<'c>(history: &History, made_at: Option<Instant>, context: &Context<'c>) -> Option<&'c Holder> {
    let holder =
        history.entity.arn.as_ref().and_then(|arn| context.grants.holder(history.entity.account.as_ref(), arn));
    let is_older = |holder: &Holder| holder.as_of.zip(made_at).is_some_and(|(saved, made)| saved.day() < made.day());
    let is_later = |holder: &Holder| holder.as_of.zip(context.params.at).is_some_and(|(saved, at)| saved > at);
    holder.filter(|holder| !is_older(holder) && !is_later(holder))
}

/// The note of a decision about a permission that was used after the list that lacks it.
pub const NEWER_ACCESS: &str = "newer-access";

/// Whether an entry to keep or to ask about a glob over actions is about one that the entity may have, listed or not: AWS does not track every
/// action, and a proposal keeps those too.
pub fn keeps_untracked(decision: &Decision, history: &History, seen: ServiceSeen, context: &Context) -> bool {
    let about = decision.service.as_deref().zip(decision.action.as_deref());
    let Some((service, pattern)) = about.filter(|_| decision.choice != Choice::Remove) else { return false };
    let made_at = history.newest(context.params.at).and_then(|newest| newest.dump.made_at);
    let Some(holder) = present_holder(history, made_at, context) else {
        // Nobody knows what policies grant: a service that a dump lists may have all of its actions.
        let mut known = context.catalogue.access_levels().filter(|(of, ..)| *of == service);
        return seen != ServiceSeen::Not && known.any(|(_, action, _)| glob(pattern, &action.to_lowercase()));
    };
    let universe = &context.grants.universe;
    let mut matching = universe.service(service).filter(|place| glob(pattern, universe.action(*place).1));
    matching.any(|place| is_granted(holder, universe, Some(service), Some(universe.action(place).1)))
}

/// The note of a decision that names what neither a dump nor the catalogue has.
pub const NAME_UNKNOWN: &str = "name-unknown";

/// The note of a decision about a user or a group that has another name, or another path, now.
pub const RENAMED: &str = "renamed";

/// The note of a decision about an entity that is not there any more.
pub const ENTITY_REMOVED: &str = "entity-removed";

/// A list of a later day than all that names the entity, without the entity: it may be gone.
pub fn lacking<'c>(history: &History, context: &Context<'c>) -> Option<&'c NarrowList> {
    let list = context.grants.lacking(history.entity, seen(history));
    list.filter(|list| context.params.at.is_none_or(|at| list.made_at <= at))
}

/// When the dumps of the entity and the other documents that name it were made.
fn seen(history: &History) -> impl Iterator<Item = Option<Instant>> {
    let stated = history.documents.statements.iter().filter_map(|fact| fact.made_at);
    history.dumps.iter().map(|dump| dump.made_at).chain(stated.map(Some))
}

/// When the entity was not in the list of its account any more, made after all of its dumps and all else that names it.
pub fn removed(history: &History, context: &Context) -> Option<Instant> {
    let removed = context.grants.removed(history.entity, seen(history));
    removed.filter(|removed| context.params.at.is_none_or(|at| *removed <= at))
}

/// Why an entity that the list of `since` lacks may still be there, whatever permission is asked about: it is in the list under another name,
/// or a document shows that it used anything since.
pub fn still_there(history: &History, since: Instant, context: &Context) -> Option<&'static str> {
    let mut others = context.decisions.other_names(history.entity).iter();
    let is_listed = |other: &Entity| {
        other.arn.as_ref().is_some_and(|arn| context.grants.holder(other.account.as_ref(), arn).is_some())
    };
    if others.any(is_listed) {
        return Some(RENAMED);
    }
    let of_moment = |made: Option<Instant>| made.zip(context.params.at).is_none_or(|(made, at)| made <= at);
    let is_since = |made: Option<Instant>, used: Option<Instant>| match used {
        Some(used) => used > since && of_moment(Some(used)),
        None => made.is_none_or(|made| made > since),
    };
    let documents = &history.documents;
    let mut accesses = documents.accesses.iter().filter(|access| of_moment(access.made_at));
    let is_used = accesses.any(|access| is_since(access.made_at, access.at));
    let facts = documents.statements.iter().filter(|fact| of_moment(fact.made_at));
    let mut facts = facts.filter(|fact| fact.last_used.is_some() || fact.used_undated || fact.used_unknown);
    (is_used || facts.any(|fact| is_since(fact.made_at, fact.last_used))).then_some(NEWER_ACCESS)
}

/// What all documents show of a permission, those included that do not speak any more.
#[derive(Default)]
struct Past {
    is_listed: bool,
    /// Whether a dump lists it of which nobody knows when it was made.
    is_listed_undated: bool,
    last: Option<Instant>,
    /// When the documents were made that show an access without a date.
    undated: Vec<Option<Instant>>,
}

impl Past {
    fn of(decision: &Decision, history: &History, context: &Context) -> Self {
        let mut past = Self { is_listed: decision.service.is_none(), ..Self::default() };
        let folded_of = |name: Symbol| folded(context.names.text(name));
        let is_asked = |service: Symbol| decision.service.as_deref().is_none_or(|asked| asked == folded_of(service));
        let is_seen = |made: Option<Instant>| made.zip(context.params.at).is_none_or(|(made, at)| made <= at);
        for dump in history.dumps.iter().filter(|dump| is_seen(dump.made_at)) {
            let rows = dump.rows.open();
            for (service, actions) in rows.iter().filter(|(service, _)| is_asked(service.namespace)) {
                match decision.action.as_deref() {
                    None => past.list(dump.made_at, service.accessed),
                    Some(wanted) => actions
                        .filter(|action| folded_of(action.name) == wanted)
                        .for_each(|action| past.list(dump.made_at, action.accessed)),
                }
            }
        }
        // An access of the service alone may have been one of the action, but does not show that it was.
        let is_about = |access: &&OtherAccess| match decision.action.as_deref() {
            None => true,
            Some(wanted) => access.action != Symbol::NONE && folded_of(access.action) == wanted,
        };
        let accesses = history.documents.accesses.iter().filter(|access| is_seen(access.made_at));
        for access in accesses.filter(|access| is_asked(access.service)).filter(is_about) {
            past.use_of(access.made_at, access.at.map_or(Accessed::Unreadable, Accessed::At));
        }
        past
    }

    fn list(&mut self, made_at: Option<Instant>, accessed: Accessed) {
        self.is_listed = true;
        self.is_listed_undated |= made_at.is_none();
        self.use_of(made_at, accessed);
    }

    fn use_of(&mut self, made_at: Option<Instant>, accessed: Accessed) {
        match accessed {
            Accessed::At(at) => self.last = self.last.max(Some(at)),
            Accessed::Unreadable => self.undated.push(made_at),
            Accessed::Never => {}
        }
    }

    /// Whether it may have been used after the list made at `made_at`, which lacks it.
    fn is_used_since(&self, made_at: Option<Instant>) -> bool {
        let Some(made_at) = made_at else { return self.last.is_some() || !self.undated.is_empty() };
        let is_later = |made: &Option<Instant>| made.is_none_or(|made| made > made_at);
        self.last > Some(made_at) || self.undated.iter().any(is_later)
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
