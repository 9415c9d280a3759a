//! The entity of an answer that only has a name: `roles/app.json` without an account, `"RoleName": "app"`, a column
//! `role_name`, a key `app`.
//!
//! The input is pieces, and every entity that documents name. The output is the same pieces, named where exactly one
//! entity fits and nothing leaves room for another. Where the kind or the account may be another, or several fit, the
//! piece stays a label and knows which entities it may be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::clues::Clues;
use super::entity::Who;
use super::join;
use super::piece::Piece;
use super::strangers::{self, Strangers};
use crate::model::{AccountId, Arn, EntityKind, IdentifiedBy, Mention, Stated};

/// Names the pieces that have no ARN.
pub(super) fn name(pieces: &mut [Piece], texts: &[Arc<str>], clues: &Clues) {
    let is_open = |piece: &Piece| !piece.who.is_settled();
    let accounts: BTreeSet<&AccountId> =
        pieces.iter().filter_map(|piece| piece.who.account.as_ref()).chain(clues.known.accounts()).collect();
    let has_one_account = accounts.len() == 1;
    let fitting: Vec<Vec<Arn>> =
        pieces.par_iter().map(|piece| if is_open(piece) { fitting(piece, texts, clues) } else { Vec::new() }).collect();
    // Two places with one name and no account are two entities, as far as anybody knows.
    let mut places: BTreeMap<&Arn, BTreeSet<String>> = BTreeMap::new();
    for (piece, arns) in pieces.iter().zip(&fitting).filter(|(piece, _)| !says_account(&piece.who)) {
        for arn in arns {
            places.entry(arn).or_default().insert(piece.who.place.clone());
        }
    }
    let is_sure: Vec<bool> = pieces
        .iter()
        .zip(&fitting)
        .map(|(piece, arns)| match arns.as_slice() {
            [arn] => {
                let is_alone = || places.get(arn).is_none_or(|places| places.len() == 1);
                let is_there = has_id(&piece.who) || says_account(&piece.who) || has_one_account && is_alone();
                is_there && says_kind(&piece.who, arn.kind())
            }
            _ => false,
        })
        .collect();
    for ((piece, arns), is_sure) in pieces.iter_mut().zip(fitting).zip(is_sure) {
        match arns.as_slice() {
            [arn] if is_sure => {
                let by = if piece.who.name.is_some() { IdentifiedBy::Path } else { IdentifiedBy::Member };
                piece.who.take(arn.clone(), by);
                piece.actor = None;
            }
            _ => piece.who.may_be = arns,
        }
    }
}

/// The entities that the piece may be about: something calls it like them, and nothing speaks against it.
fn fitting(piece: &Piece, texts: &[Arc<str>], clues: &Clues) -> Vec<Arn> {
    let who = &piece.who;
    let mut called: BTreeSet<&Arn> = names(who).into_iter().flat_map(|name| clues.known.called(name)).collect();
    called.extend(ids(who).filter_map(|id| clues.by_unique_id.get(id)).flatten());
    let fits = |arn: &&Arn| {
        clues.has_named(arn)
            && who.account.as_ref().is_none_or(|account| arn.account() == Some(account))
            && said_accounts(who).all(|account| arn.account() == Some(account))
            && who.kind.is_none_or(|kind| kind == arn.kind())
            && who.name.as_ref().is_none_or(|name| name.eq_ignore_ascii_case(arn.name()))
            && who.kinds_in_path.iter().all(|(kind, _)| *kind == arn.kind())
            && who.beside.iter().all(|mention| mention.may_mean(arn))
            && ids(who).all(|id| clues.by_unique_id.get(id).is_none_or(|arns| arns.contains(*arn)))
            && !is_by_another(piece, arn, texts, clues)
    };
    called.into_iter().filter(fits).cloned().collect()
}

/// Whether the rows hold an access that `arn` cannot have made, by its ARN or by its unique id.
fn is_by_another(piece: &Piece, arn: &Arn, texts: &[Arc<str>], clues: &Clues) -> bool {
    let mut who = piece.who.clone();
    who.take(arn.clone(), IdentifiedBy::Unknown);
    if strangers::among(&piece.rows, &who, texts) != Strangers::None {
        return true;
    }
    let is_actor = matches!(arn.kind(), EntityKind::User | EntityKind::Role);
    let has_another = |id: &str| clues.by_unique_id.get(id).is_some_and(|arns| !arns.contains(arn));
    is_actor && piece.rows.actors().iter().map(|by| join::text(texts, *by)).any(has_another)
}

/// What the piece is called: by its members and keys, otherwise by its path, otherwise by its file.
fn names(who: &Who) -> Vec<&str> {
    let last = |name: &'_ str| name.rsplit('/').next().map(str::len);
    let mentioned = who.beside.iter().filter_map(|mention| match mention {
        Mention::Name(_, name) => last(name).map(|length| &name[name.len() - length..]),
        Mention::Account(_) | Mention::Arn(_) | Mention::Kind(_) | Mention::Id(..) => None,
    });
    let mentioned: Vec<&str> = mentioned.chain(who.name.as_deref()).collect();
    // A position in a document has another entity than its file.
    let is_whole_file = who.label == who.file_label && ids(who).next().is_none();
    if mentioned.is_empty() && is_whole_file { vec![&who.file_label] } else { mentioned }
}

fn ids(who: &Who) -> impl Iterator<Item = &str> {
    who.beside.iter().filter_map(|mention| match mention {
        Mention::Id(_, id) if Stated::is_unique_id(id) => Some(id.as_str()),
        _ => None,
    })
}

fn has_id(who: &Who) -> bool {
    ids(who).next().is_some()
}

fn said_accounts(who: &Who) -> impl Iterator<Item = &AccountId> {
    who.beside.iter().filter_map(|mention| match mention {
        Mention::Account(account) => Some(account),
        _ => None,
    })
}

/// Whether the path, a key or a member gives the account.
fn says_account(who: &Who) -> bool {
    who.account.is_some() || said_accounts(who).next().is_some()
}

/// Whether something says that it is about an entity of `kind`: `app.json` may be a policy of that name.
fn says_kind(who: &Who, kind: EntityKind) -> bool {
    let is_said = |mention: &Mention| matches!(mention, Mention::Name(Some(said), _) | Mention::Kind(said) | Mention::Id(said, _) if *said == kind);
    who.kind == Some(kind) || who.kinds_in_path.iter().any(|(said, _)| *said == kind) || who.beside.iter().any(is_said)
}
