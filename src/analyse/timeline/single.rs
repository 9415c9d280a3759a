//! Judges the present of an entity: as it is read where one answer is all there is, else through its timeline.

use super::age::age_known_by;
use super::documents::Read;
use super::judge::watched;
use super::silence::{Silence, window_start};
use super::verdict::{About, Known, judged};
use super::{Documents, Judged, Sighting, Spellings, Timeline, UsableAnswer, VerdictParams, Witness};
use crate::model::{Instant, ServiceRow, Symbol};

/// Memory that is kept from one entity to the next: which names a list has shown already.
#[derive(Debug, Default)]
pub struct Scratch {
    seen_in: Vec<u32>,
    list: u32,
}

impl Scratch {
    fn start_list(&mut self) {
        if self.list == u32::MAX {
            self.seen_in.clear();
            self.list = 0;
        }
        self.list += 1;
    }

    /// Whether the list that was started last shows `name` for the first time.
    fn is_new(&mut self, name: Symbol) -> bool {
        let Some(at) = name.index().map(|number| number as usize) else { return false };
        if self.seen_in.len() <= at {
            self.seen_in.resize(at + 1, 0);
        }
        std::mem::replace(&mut self.seen_in[at], self.list) != self.list
    }
}

/// Judges every row of the present of one entity and gives each to `emit`; a service before its actions.
///
/// Costs one pass over the rows and no memory for each where one answer is all there is, and a [`Timeline`] else.
pub fn judge_newest(
    documents: &Documents,
    question: &VerdictParams,
    names: &impl Spellings,
    scratch: &mut Scratch,
    emit: &mut impl FnMut(Judged),
) {
    match alone(documents, question).filter(|answer| lists_each_once(answer, names, scratch)) {
        Some(answer) => Single::new(documents, answer, question, names).judge(emit),
        None => Timeline::new(documents, names).present(question, names, emit),
    }
}

/// The one answer, where nothing else can bear on its rows but what is stated about the entity itself.
fn alone<'a, 'd>(documents: &'a Documents<'d>, question: &VerdictParams) -> Option<&'a UsableAnswer<'d>> {
    let [answer] = documents.answers.as_slice() else { return None };
    let has_no_ids = documents.statements.iter().all(|statement| statement.unique_id == Symbol::NONE);
    let is_alone = documents.accesses.is_empty() && documents.same_name.is_empty() && has_no_ids;
    (is_alone && question.at.is_none()).then_some(answer)
}

/// Whether no service, and no action of one, stands twice in any spelling.
fn lists_each_once(answer: &UsableAnswer, names: &impl Spellings, scratch: &mut Scratch) -> bool {
    let rows = answer.rows;
    scratch.start_list();
    if !rows.services().iter().all(|service| scratch.is_new(names.folded(service.namespace))) {
        return false;
    }
    (0..rows.services().len()).all(|service| {
        scratch.start_list();
        rows.action_names_of(service).iter().all(|&action| scratch.is_new(names.folded(action)))
    })
}

/// One answer that is all there is.
struct Single<'a, 'd, N> {
    answer: &'a UsableAnswer<'d>,
    about: About,
    silence: Option<Silence>,
    is_lost: bool,
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
        let about = About {
            made_at,
            as_of,
            created,
            creation_is_unreadable: documents.creation_is_unreadable(None),
            recreated: None,
            recording: documents.recording,
            watched: watched(made_at, as_of, || answer.rows.latest()),
            age_known_by: age_known_by(documents, created.is_some(), as_of, None, question),
        };
        let silence = made_at.map(|made_at| Silence { from: window_start(made_at), is_chain: false });
        Self { answer, about, silence, is_lost: answer.lost_its_dates(), question, names }
    }

    fn judge(&self, emit: &mut impl FnMut(Judged)) {
        for (place, service) in self.answer.rows.services().iter().enumerate() {
            emit(self.judge_service(place, service));
            let tracking = self.names.tracking(service.namespace);
            for action in self.answer.rows.actions_of(place) {
                let read = Read::action(&action);
                let accesses = Accesses::default().and(self.witness(read, true));
                emit(self.judge_row((service, action.name), read, &accesses, Some(tracking)));
            }
        }
    }

    /// Rule 9: an access of an action is one of its service too.
    fn judge_service(&self, place: usize, service: &ServiceRow) -> Judged {
        let own = Read::service(service);
        let actions = self.answer.rows.recorded_actions_of(place).map(|(_, action)| Read::action(&action));
        let accesses = actions
            .fold(Accesses::default().and(self.witness(own, false)), |all, read| all.and(self.witness(read, true)));
        self.judge_row((service, Symbol::NONE), own, &accesses, None)
    }

    fn judge_row(
        &self,
        (service, action): (&ServiceRow, Symbol),
        own: Read,
        accesses: &Accesses,
        tracking: Option<Instant>,
    ) -> Judged {
        let known = Known {
            shown: self.shown((service, action), own, accesses),
            last: accesses.last,
            undated: accesses.undated,
            is_contradicted: false,
            granted_since: None,
            silence: self.silence,
            is_used_after: false,
            tracking,
        };
        judged(&known, &self.about, self.question)
    }

    fn shown(&self, (service, action): (&ServiceRow, Symbol), own: Read, accesses: &Accesses) -> Sighting {
        let says_nothing = !own.accessed();
        Sighting {
            dump: 0,
            service: service.namespace,
            action,
            service_name: service.name,
            at: accesses.last.and_then(|witness| witness.at),
            undated: accesses.undated.is_some(),
            silent: says_nothing && !self.is_lost && !self.answer.strangers,
            lost: says_nothing && self.is_lost,
            strange: says_nothing && self.answer.strangers && !self.is_lost,
            with_actions: self.answer.action_level,
        }
    }

    fn witness(&self, read: Read, of_action: bool) -> Option<Witness> {
        let Read { at, by, region, .. } = read;
        let (made_at, contradicts) = (self.answer.made_at, self.answer.named);
        let witness = Witness { made_at, at, by, region, source: 0, contradicts, of_action, newest_so_far: None };
        read.accessed().then_some(witness)
    }
}

/// The newest dated access and the first undated one of a permission in one answer.
#[derive(Debug, Clone, Copy, Default)]
struct Accesses {
    last: Option<Witness>,
    undated: Option<Witness>,
}

impl Accesses {
    /// Of equal ones the first stays: the service's own.
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
