//! Takes the only user or role behind every access of an answer for its entity, if nothing contradicts that.
//!
//! The input is pieces that have no name yet. The output is the same pieces, some of them named. A policy that one role
//! uses looks exactly like that role, so everything else takes precedence over a guess: it never joins, replaces or
//! dates an entity that a better document is about, and it is refused if anything next to the answer, or its path,
//! names another entity. Comments give the rules of `docs/reports.md` by their numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::clues::Clues;
use super::entity::Who;
use super::piece::{JobKey, Piece};
use crate::model::{AccountId, Arn, EntityKind, IdentifiedBy, Mention, Rows, Symbol};
use crate::problem::{Kind, Problem};

/// The only user or role behind every access of `rows`: the entity itself, unless this is a group or policy that one
/// member uses.
pub(super) fn sole_actor(rows: &Rows, texts: &[Arc<str>]) -> Option<Arn> {
    if rows.services().iter().any(|service| service.entities.is_some_and(|total| total > 1)) {
        return None;
    }
    let mut actors = rows.actors();
    let sole = actors.next()?;
    if actors.any(|by| by != sole) {
        return None;
    }
    // A session or a root user is not an entity of a report.
    let arn = Arn::parse(texts.get(sole.index()? as usize)?).ok()?;
    matches!(arn.kind(), EntityKind::User | EntityKind::Role).then_some(arn)
}

/// Names what can be named: first pages after a page that has a name, then those with a path that fits their accesses,
/// then, by a guess, the rest.
pub(super) fn infer(pieces: &mut [Piece], texts: &[Arc<str>], clues: &Clues, problems: &mut Vec<Problem>) {
    name_pages(pieces);
    for piece in &mut *pieces {
        let Some(actor) = piece.actor.take() else { continue };
        match believes(piece, &actor, clues) {
            Belief::Path => piece.who.take(actor, piece.who.by),
            Belief::Guess => piece.actor = Some(actor),
            Belief::OfOthers => {}
            Belief::Refused(why) => refuse(piece, &actor, &why, problems),
        }
    }
    if pieces.iter().all(|piece| piece.actor.is_none()) {
        return;
    }
    let named = NamedElsewhere::by(pieces);
    let of_others = lists_of_others(pieces, texts);
    let copies = copies_of_named(pieces);
    for (piece, is_copy) in pieces.iter_mut().zip(copies) {
        let Some(actor) = piece.actor.take() else { continue };
        let may_be_of_others = || of_others.get(&namespaces(piece)).is_some_and(|users| users.contains(&actor));
        if is_copy {
            refuse(piece, &actor, "the same answer also exists under the name of its entity", problems);
        } else if !is_called(&piece.who, &actor) && may_be_of_others() {
            let why = "an answer about a group or a policy lists the same services, and this may be another of it";
            refuse(piece, &actor, why, problems);
        } else if named.names(&actor) {
            refuse(piece, &actor, "that entity has a better identified dump of its own", problems);
        } else if clues.documents(&actor) && !piece.who.file_label.eq_ignore_ascii_case(actor.name()) {
            refuse(
                piece,
                &actor,
                "another file or the manifest is about that entity, and not about this file",
                problems,
            );
        } else {
            piece.who.take(actor, IdentifiedBy::Inferred);
        }
    }
}

/// Whether the label of the entity ends with the name of `actor`, as a key above the answer does.
fn is_called(who: &Who, actor: &Arn) -> bool {
    let (label, name) = (who.label.to_ascii_lowercase(), actor.name().to_ascii_lowercase());
    label.strip_suffix(&name).is_some_and(|before| !before.ends_with(char::is_alphanumeric))
}

/// For each piece, whether it waits for a guess and is the same answer as a piece with a name: a copy that lost its
/// name looks like the answer of the entity that made its accesses.
fn copies_of_named(pieces: &[Piece]) -> Vec<bool> {
    let mut named: BTreeMap<JobKey, Vec<usize>> = BTreeMap::new();
    for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| piece.actor.is_none() && piece.has_job_date()) {
        named.entry(piece.job_key()).or_default().push(at);
    }
    let is_copy = |piece: &Piece| {
        let same_job = named.get(&piece.job_key()).into_iter().flatten();
        piece.actor.is_some() && piece.has_job_date() && same_job.into_iter().any(|at| pieces[*at].rows == piece.rows)
    };
    pieces.iter().map(is_copy).collect()
}

/// Lists of services, each with every entity that made a recorded access in an answer about a group or a policy with
/// that list. A later answer about that policy, saved without its name, looks like an answer about the entity that uses
/// it, and would call unused what the entity's other policies grant.
fn lists_of_others(pieces: &[Piece], texts: &[Arc<str>]) -> FxHashMap<Vec<Symbol>, BTreeSet<Arn>> {
    let mut lists: FxHashMap<Vec<Symbol>, BTreeSet<Arn>> = FxHashMap::default();
    let is_of_others = |piece: &&Piece| matches!(piece.who.kind, Some(EntityKind::Policy | EntityKind::Group));
    for piece in pieces.iter().filter(is_of_others) {
        let actors = piece.rows.service_actors().iter().filter_map(|by| texts.get(by.index()? as usize));
        let actors = actors.filter_map(|text| Arn::parse(text).ok());
        lists.entry(namespaces(piece)).or_default().extend(actors);
    }
    lists
}

fn namespaces(piece: &Piece) -> Vec<Symbol> {
    piece.rows.open().services().iter().map(|service| service.namespace).collect()
}

/// What the sole actor of a piece is.
enum Belief {
    /// The path has the same kind and name.
    Path,
    /// Nothing contradicts it.
    Guess,
    /// It is about a group or a policy that one entity uses.
    OfOthers,
    /// Something contradicts it: what.
    Refused(String),
}

fn believes(piece: &Piece, actor: &Arn, clues: &Clues) -> Belief {
    let who = &piece.who;
    if who.arn.is_some() || matches!(who.kind, Some(EntityKind::Policy | EntityKind::Group)) {
        return Belief::OfOthers;
    }
    if let Some(mention) = who.beside.iter().find(|mention| !mention.may_mean(actor)) {
        return Belief::Refused(format!("{mention} is named next to it"));
    }
    let is_account = who.account.is_none() || who.account.as_ref() == actor.account();
    // `user-service.json` may be the bare name of a role and not a user with the name `service`.
    let is_label = who.bare.as_deref() == Some(actor.name());
    let is_kind = who.kind.is_none_or(|kind| kind == actor.kind());
    let is_name = who.name.as_deref().is_none_or(|name| name == actor.name());
    let is_named = matches!(who.kind, Some(EntityKind::User | EntityKind::Role)) && who.name.is_some();
    if is_named && !is_label && !(is_account && is_kind && is_name) {
        // Then every access is by a stranger, and the dump proves nothing.
        return Belief::OfOthers;
    }
    if !is_account || !(is_kind && is_name || is_label) {
        return Belief::Refused(format!("the path says {}", who.described()));
    }
    if who.kind.is_some() && who.name.is_some() && is_kind && is_name {
        return Belief::Path;
    }
    match path_hint(who, actor, clues) {
        Some(why) => Belief::Refused(why),
        None => Belief::Guess,
    }
}

/// What the words of the path tell about another entity: `policy-shared.json`, `local-policies/`, or the name of an
/// entity that occurs elsewhere.
fn path_hint(who: &Who, actor: &Arn, clues: &Clues) -> Option<String> {
    let file = &who.file_label;
    if file.eq_ignore_ascii_case(actor.name()) {
        return None;
    }
    let other = who.kinds_in_path.iter().find(|(kind, _)| *kind != actor.kind());
    if let Some((kind, word)) = other {
        return Some(format!("its path says {word:?}, so it may be about a {kind}"));
    }
    clues
        .known
        .called(file)
        .iter()
        .find(|arn| !arn.is_alike(actor))
        .map(|other| format!("the file is called like {other}"))
}

fn refuse(piece: &mut Piece, actor: &Arn, why: &str, problems: &mut Vec<Problem>) {
    piece.who.is_refused = true;
    let (source, locator) = &piece.sources[0];
    let what = format!("every access in it is by {actor}, but {why}; it is not taken to be about {actor}");
    let problem = Problem::new(Kind::Contradiction, source, what).at(locator);
    problems.push(problem.advise("Name its entity in a manifest (--manifest)."));
}

/// The entities that have better evidence than a guess, without case and path.
struct NamedElsewhere(BTreeSet<(Option<AccountId>, EntityKind, String)>);

impl NamedElsewhere {
    fn by(pieces: &[Piece]) -> Self {
        let of = |who: &Who| {
            let (kind, name) = (who.kind?, who.arn.as_ref().map(Arn::name).or(who.name.as_deref())?);
            Some((who.account.clone(), kind, name.to_ascii_lowercase()))
        };
        Self(pieces.iter().filter_map(|piece| of(&piece.who)).collect())
    }

    fn names(&self, arn: &Arn) -> bool {
        let name = arn.name().to_ascii_lowercase();
        let is_there = |account| self.0.contains(&(account, arn.kind(), name.clone()));
        is_there(arn.account().cloned()) || is_there(None)
    }
}

/// Names pages after another page: those next to a page with a name, and of the same job, are about its entity.
fn name_pages(pieces: &mut [Piece]) {
    type Key = (String, JobKey);
    let key = |piece: &Piece| (piece.who.page_group.clone(), piece.job_key());
    let is_page = |piece: &Piece| piece.first_page.is_some() && piece.has_job_date();
    let mut named: BTreeMap<Key, Option<Arn>> = BTreeMap::new();
    for piece in pieces.iter().filter(|piece| is_page(piece)) {
        if let Some(arn) = &piece.who.arn {
            let before = named.entry(key(piece)).or_insert_with(|| Some(arn.clone()));
            *before = before.take().filter(|before| before == arn);
        }
    }
    for piece in pieces.iter_mut().filter(|piece| is_page(piece) && piece.who.arn.is_none()) {
        let Some(Some(arn)) = named.get(&key(piece)) else { continue };
        let is_other = |mention: &Mention| !mention.may_mean(arn);
        if piece.actor.as_ref().is_none_or(|actor| actor == arn) && !piece.who.beside.iter().any(is_other) {
            piece.who.take(arn.clone(), IdentifiedBy::Sidecar);
            piece.actor = None;
        }
    }
}
