//! Judges the present of an entity: while it is read if there is only one answer, otherwise through its timeline.

use super::age::Age;
use super::documents::{LostDates, Read};
use super::judge::watched;
use super::silence::{Silence, believed_date, window_start_of};
use super::verdict::{EntityDates, Known, judged};
use super::{
    Documents, Judged, Layouts, RowMembers, Scratch, Sighting, Spellings, UsableAnswer, VerdictParams, Witness, fold,
};
use crate::model::{ActionRow, Instant, ServiceRow, Symbol};

/// Judges every row of the present of one entity and hands each to `emit`; a service comes before its actions.
///
/// If there is only one answer, it takes one pass over the accesses and no memory for each, otherwise a
/// [`Timeline`](super::Timeline).
pub fn judge_newest<'d>(
    documents: &'d Documents<'d>,
    question: &VerdictParams,
    names: &impl Spellings,
    scratch: &mut Scratch<'d>,
    emit: &mut impl FnMut(&Judged, RowMembers),
) {
    if let Some(answer) = alone(documents, question).filter(|answer| lists_each_once(answer, names, scratch)) {
        return Single::new(documents, answer, question, names).judge(&scratch.layouts, emit);
    }
    fold(documents, question, names, scratch, |timeline, by| timeline.present(by, emit));
}

/// The only answer, if nothing else can affect its rows except statements about the entity itself.
fn alone<'a, 'd>(documents: &'a Documents<'d>, question: &VerdictParams) -> Option<&'a UsableAnswer<'d>> {
    let [answer] = documents.answers.as_slice() else { return None };
    let mut ids = documents.statements.iter().map(|statement| statement.unique_id).filter(|id| *id != Symbol::NONE);
    let first = ids.next();
    let is_one = ids.all(|id| Some(id) == first);
    let is_alone = documents.accesses.is_empty() && documents.same_name.is_empty() && is_one;
    (is_alone && question.at.is_none()).then_some(answer)
}

/// Whether no service, and no action of a service, occurs twice in any spelling.
fn lists_each_once<'d>(answer: &UsableAnswer<'d>, names: &impl Spellings, scratch: &mut Scratch<'d>) -> bool {
    let rows: &'d _ = answer.rows;
    let services: Vec<Symbol> = rows.services().iter().map(|service| service.namespace).collect();
    if !scratch.layouts.names_each_once(&services, names) {
        return false;
    }
    (0..services.len()).all(|service| {
        let list = rows.action_names_of(service);
        list.is_empty() || scratch.layouts.plain(list, names).is_some()
    })
}

/// The only answer about an entity.
struct Single<'a, 'd, N> {
    answer: &'a UsableAnswer<'d>,
    entity: EntityDates,
    silence: Option<Silence>,
    lost: LostDates,
    question: &'a VerdictParams,
    names: &'a N,
}

impl<'a, 'd, N: Spellings> Single<'a, 'd, N> {
    fn new(
        documents: &'a Documents<'d>,
        answer: &'a UsableAnswer<'d>,
        question: &'a VerdictParams,
        names: &'a N,
    ) -> Self {
        let made_at = answer.made_at;
        let as_of = question.as_of.or(made_at);
        let created = documents.created(None);
        let latest = answer.rows.latest();
        let believed = believed_date(made_at, latest);
        let entity = EntityDates {
            made_at,
            as_of,
            created,
            silence_is_unread: documents.silence_is_unread(None),
            recreated: None,
            recording: documents.recording,
            watched: watched(made_at, as_of, || latest),
            age: Age::of(documents, std::iter::once((believed, answer.rows.earliest())), created.is_some(), None),
        };
        let silence = made_at.map(|made_at| Silence { from: window_start_of(made_at, latest), is_chain: false });
        Self { answer, entity, silence, lost: answer.lost_dates(), question, names }
    }

    fn judge(&self, layouts: &Layouts, emit: &mut impl FnMut(&Judged, RowMembers)) {
        let mut excluded = Vec::new();
        for (place, service) in self.answer.rows.services().iter().enumerate() {
            let list = self.answer.rows.action_names_of(place);
            let actions = ServiceActions { service, place, is_used_untracked: self.is_used_untracked(place, service) };
            emit(&self.judge_service(&actions), RowMembers::Service);
            if list.is_empty() {
                continue;
            }
            let tracking = self.names.tracking(service.namespace);
            excluded.clear();
            for action in self.singles(service, place, list) {
                emit(&self.judge_action(&actions, &action, tracking), RowMembers::Action);
                excluded.push(action.name);
            }
            if let Some(class) = layouts.known(list).filter(|_| excluded.len() < list.len()) {
                let row = self.judge_action(&actions, &ActionRow::unrecorded(Symbol::NONE), tracking);
                emit(&row, RowMembers::Class { class, names: list, excluded: &excluded });
            }
        }
    }

    /// The actions that need a row of their own, in their order: those with more than a name, and those of which AWS says
    /// that it does not track them.
    fn singles(&self, service: &ServiceRow, place: usize, list: &[Symbol]) -> impl Iterator<Item = ActionRow> {
        let list = if self.names.has_untracked(service.namespace) { list } else { &[] };
        let is_untracked = |(_, name): &(usize, &Symbol)| self.names.is_untracked(service.namespace, **name);
        let untracked: Vec<(usize, ActionRow)> =
            list.iter().enumerate().filter(is_untracked).map(|(at, name)| (at, ActionRow::unrecorded(*name))).collect();
        let mut untracked = untracked.into_iter().peekable();
        let mut recorded = self.answer.rows.recorded_actions_of(place).peekable();
        std::iter::from_fn(move || {
            let Some(&(at, _)) = untracked.peek() else { return recorded.next().map(|(_, action)| action) };
            if let Some((_, action)) = recorded.next_if(|(place, _)| *place < at) {
                return Some(action);
            }
            let (at, silent) = untracked.next()?;
            recorded.next_if(|(place, _)| *place == at).map(|(_, action)| action).or(Some(silent))
        })
    }

    /// Rule 59.
    fn is_used_untracked(&self, place: usize, service: &ServiceRow) -> bool {
        let lists_actions = !self.answer.rows.action_names_of(place).is_empty();
        let accessed = |(_, action): (usize, ActionRow)| Read::action(&action).accessed();
        lists_actions
            && !self.lost.of_actions
            && Read::service(service).accessed()
            && !self.answer.rows.recorded_actions_of(place).any(accessed)
    }

    /// Rule 9: an access to an action is also one to its service.
    fn judge_service(&self, actions: &ServiceActions) -> Judged {
        let own = Read::service(actions.service);
        let recorded = self.answer.rows.recorded_actions_of(actions.place);
        let accesses = recorded
            .map(|(_, action)| Read::action(&action))
            .fold(Accesses::default().and(self.witness(own, false)), |all, read| all.and(self.witness(read, true)));
        self.judge_row(actions, Symbol::NONE, own, &accesses, None)
    }

    fn judge_action(&self, actions: &ServiceActions, action: &ActionRow, tracking: Instant) -> Judged {
        let read = Read::action(action);
        let accesses = Accesses::default().and(self.witness(read, true));
        self.judge_row(actions, action.name, read, &accesses, Some(tracking))
    }

    fn judge_row(
        &self,
        actions: &ServiceActions,
        action: Symbol,
        own: Read,
        accesses: &Accesses,
        tracking: Option<Instant>,
    ) -> Judged {
        let is_lost = if tracking.is_some() { self.lost.of_actions } else { self.lost.of_services };
        let known = Known {
            shown: self.shown((actions.service, action), own, accesses, is_lost),
            last: accesses.last,
            undated: accesses.undated,
            is_contradicted: false,
            granted_since: None,
            listed_since: None,
            silence: self.silence,
            is_out_of_date: false,
            is_used_since: false,
            tracking,
            is_untracked: tracking.is_some() && self.names.is_untracked(actions.service.namespace, action),
            is_used_untracked: actions.is_used_untracked,
            is_without_actions: tracking.is_none() && !(self.answer.action_level && self.answer.proves_absence()),
        };
        judged(&known, &self.entity, self.question)
    }

    fn shown(
        &self,
        (service, action): (&ServiceRow, Symbol),
        own: Read,
        accesses: &Accesses,
        is_lost: bool,
    ) -> Sighting {
        let says_nothing = !own.accessed();
        Sighting {
            dump: 0,
            service: service.namespace,
            action,
            service_name: service.name,
            at: accesses.last.and_then(|witness| witness.at),
            undated: accesses.undated.is_some(),
            silent: says_nothing && !is_lost && !self.answer.strangers,
            lost: says_nothing && is_lost,
            strange: says_nothing && self.answer.strangers && !is_lost,
            with_actions: self.answer.action_level,
            entities: service.entities,
            lists_actions: service.lists_actions,
            own: own.accessed(),
            untracked: None,
        }
    }

    fn witness(&self, read: Read, of_action: bool) -> Option<Witness> {
        let Read { at, by, region, .. } = read;
        let (made_at, contradicts) = (self.answer.made_at, self.answer.named);
        let witness = Witness {
            made_at,
            at,
            by,
            region,
            source: 0,
            contradicts,
            is_of_unknown_action: false,
            rank: u8::from(of_action),
            newest_so_far: None,
        };
        read.accessed().then_some(witness)
    }
}

/// A service and the position of its actions.
struct ServiceActions<'r> {
    service: &'r ServiceRow,
    place: usize,
    is_used_untracked: bool,
}

/// The newest dated access and the first undated one of a permission in one answer.
#[derive(Debug, Clone, Copy, Default)]
struct Accesses {
    last: Option<Witness>,
    undated: Option<Witness>,
}

impl Accesses {
    /// Adds an access; of equal ones the first stays, which is the service's own.
    fn and(mut self, witness: Option<Witness>) -> Self {
        let Some(witness) = witness else { return self };
        if witness.at.is_none() {
            self.undated = self.undated.or(Some(witness));
        } else if self.last.is_none_or(|last| witness.at > last.at) {
            self.last = Some(witness);
        }
        self
    }
}
