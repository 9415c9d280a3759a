//! One random change of evidence, and what is wrong with what is said after it.

use std::fmt::Write as _;

use crate::estates::{self, Answer, DAY, Estate, Rng, Shape, State, Use};
use crate::rules::{describe, is_only_document, new_unused, others_that_differ, stronger, weaker, without_sources};
use crate::said::Said;

/// What is wrong with what is said after a change, given what was said before.
pub type Judge = Box<dyn Fn(&Said, &Said) -> Vec<String>>;

/// One change of evidence: in words, the estate after it, and what is wrong with what is said then.
pub struct Change {
    pub words: String,
    pub after: Estate,
    pub judge: Judge,
    /// Whether something of the only document about an entity is lost, so that nothing can be newly unused.
    pub is_of_the_only_document: bool,
}

fn weaken(estate: &Estate, rng: &mut Rng) -> Option<Change> {
    let at = rng.below(estate.answers.len());
    let answer = &estate.answers[at];
    if answer.shape != Shape::Answer || !answer.usable() {
        return None;
    }
    let mut after = estate.clone();
    let what = match rng.below(4) {
        // A cut takes a service away whole, and never the rows by which an answer gives itself away.
        0 if !answer.gives_itself_away() && !answer.services.is_empty() => {
            let gone = answer.services[rng.below(answer.services.len())].namespace.to_lowercase();
            after.answers[at].services.retain(|service| service.namespace.to_lowercase() < gone);
            after.answers[at].state = State::Cut;
            "is cut"
        }
        1 if answer.actions && !answer.gives_itself_away() => {
            without_actions(&mut after.answers[at]);
            "loses its actions"
        }
        2 if is_named_elsewhere(estate, at) => {
            after.answers.remove(at);
            "is removed"
        }
        _ => {
            after.answers[at].state = State::Pending;
            "is pending"
        }
    };
    let (before, arn) = (estate.clone(), answer.arn.clone());
    let words = format!("dump {at} of {arn} {what}");
    let is_of_the_only_document = is_only_document(estate, &arn);
    let judge = Box::new(move |old: &Said, new: &Said| weaker(&before, &arn, old, new));
    Some(Change { words, after, judge, is_of_the_only_document })
}

/// As AWS answers without action level: the accesses stay, at the service.
fn without_actions(answer: &mut Answer) {
    answer.actions = false;
    for service in &mut answer.services {
        let dates = service.actions.iter().filter_map(|action| action.used.date()).max();
        let undated = service
            .actions
            .iter()
            .map(|action| action.used)
            .find(|used| matches!(used, Use::By | Use::Region | Use::Count));
        if let (Use::None, Some(used)) = (service.used, undated) {
            service.used = used;
        } else if dates > service.used.date() && !matches!(service.used, Use::By | Use::Region | Use::Count) {
            service.used = dates.map_or(Use::None, Use::At);
        }
        service.actions.clear();
    }
}

fn is_named_elsewhere(estate: &Estate, at: usize) -> bool {
    let arn = estate.answers[at].arn.as_str();
    let others = estate.answers.iter().enumerate().any(|(n, answer)| n != at && answer.arn == arn);
    others || estate.beside.iter().any(|beside| beside.names().contains(&arn))
}

fn add_access(estate: &Estate, rng: &mut Rng) -> Option<Change> {
    let at = rng.below(estate.answers.len());
    let answer = &estate.answers[at];
    // A date shows that a saver keeps dates, and a list without a status may come to look as if only used rows were kept.
    if answer.shape != Shape::Answer || !answer.usable() || answer.lost || answer.services.is_empty() {
        return None;
    }
    let (mut after, arn) = (estate.clone(), answer.arn.clone());
    let end = answer.made.unwrap_or(1_777_852_800);
    let (days, seconds) = (rng.days(500), rng.days(DAY));
    let used = if rng.chance(80) { Use::At(end - days * DAY - seconds) } else { Use::Region };
    let row = rng.below(answer.services.len());
    let service = &mut after.answers[at].services[row];
    let mut name = service.namespace.clone();
    if service.actions.is_empty() || rng.chance(50) {
        service.used = newer(service.used, used);
    } else {
        let action = rng.below(service.actions.len());
        service.actions[action].used = newer(service.actions[action].used, used);
        let _ = write!(name, ":{}", service.actions[action].name);
    }
    let words = format!("{name} in dump {at} of {arn} was used: {used:?}");
    let judge = Box::new(move |old: &Said, new: &Said| stronger(&arn, old, new));
    Some(Change { words, after, judge, is_of_the_only_document: false })
}

fn newer(one: Use, other: Use) -> Use {
    if one.date() > other.date() { one } else { other }
}

fn add_entities(estate: &Estate, rng: &mut Rng) -> Option<Change> {
    let arn = estate.answers[rng.below(estate.answers.len())].arn.clone();
    if !arn.contains(":role/") && !arn.contains(":user/") {
        return None;
    }
    let mut after = estate.clone();
    after.beside.push(estates::entities(rng, &arn));
    let words = format!("with-entities: {:?}", after.beside.last());
    let judge = Box::new(move |old: &Said, new: &Said| stronger(&arn, old, new));
    Some(Change { words, after, judge, is_of_the_only_document: false })
}

/// The same answer once more, or without its name: both prove less than what is there.
fn add_copy(estate: &Estate, rng: &mut Rng) -> Change {
    let at = rng.below(estate.answers.len());
    let mut copy = estate.answers[at].clone();
    copy.number = estate.answers.len();
    copy.named = copy.shape != Shape::Answer || rng.chance(50);
    let (named, arn) = (copy.named, copy.arn.clone());
    if !named {
        copy.made = copy.made.map(|made| made + rng.days(40) * DAY);
        copy.created = None;
    }
    let mut after = estate.clone();
    after.answers.push(copy);
    let words = format!("a copy of dump {at} of {arn}{}", if named { "" } else { ", without its name" });
    let judge = move |old: &Said, new: &Said| {
        let mut wrong: Vec<_> =
            new_unused(old, new).filter(|(key, _)| !key[3].is_empty()).map(|(k, r)| describe(k, r, old)).collect();
        if named {
            wrong.extend(others_that_differ(&without_sources(old), &without_sources(new), "nobody"));
        }
        wrong
    };
    Change { words, after, judge: Box::new(judge), is_of_the_only_document: false }
}

pub fn change(estate: &Estate, rng: &mut Rng) -> Option<Change> {
    match rng.below(10) {
        0..=3 => weaken(estate, rng),
        4..=6 => add_access(estate, rng),
        7 | 8 => add_entities(estate, rng),
        _ => Some(add_copy(estate, rng)),
    }
}
