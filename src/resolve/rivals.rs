//! One answer under the names of several entities.
//!
//! A job is about one entity. Two answers with the same rows, of jobs that began and ended in the same millisecond, are
//! one answer that was saved twice; it belongs to one of the names, and the others are guesses. If one name is better
//! identified than all others, the answer keeps it; otherwise nothing tells which name is right, and the answer proves
//! nothing about any of them. An empty list calls nothing unused under any name.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use super::piece::{JobKey, Piece};
use super::strangers::{self, Strangers};
use crate::model::{EntityKind, IdentifiedBy, Instant, ListState};

/// Marks each piece that may be about another entity.
pub(super) fn mark(pieces: &mut [Piece], texts: &[Arc<str>]) {
    let mut same: BTreeMap<(JobKey, u64), Vec<usize>> = BTreeMap::new();
    for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| tells_its_job(piece)) {
        same.entry((piece.job_key(), 0)).or_default().push(at);
    }
    // Nearly every job has one answer, and rows are only compared where it has several.
    let several = std::mem::take(&mut same).into_iter().filter(|(_, pieces)| pieces.len() > 1);
    for ((job, _), group) in several {
        for at in group {
            same.entry((job, FxBuildHasher.hash_one(&pieces[at].rows))).or_default().push(at);
        }
    }
    for mut group in same.into_values() {
        group.retain(|at| may_be_its_own(&pieces[*at], texts));
        let named = |at: &usize| (rank(pieces[*at].who.by), pieces[*at].who.key());
        let Some((best, key)) = group.iter().map(named).min() else { continue };
        let keeps = |at: &usize| named(at).1 == key;
        let is_best_alone = group.iter().filter(|at| named(at).0 == best).all(keeps);
        let marks: Vec<(usize, String)> = group
            .iter()
            .filter(|at| !(is_best_alone && keeps(at)))
            .filter_map(|at| Some((*at, group.iter().find(|other| named(other).1 != named(at).1)?)))
            .map(|(at, other)| (at, why(&pieces[at], &pieces[*other])))
            .collect();
        for (at, why) in marks {
            pieces[at].flaws.rival = Some(why);
        }
    }
}

/// Rule 46: what a document says itself comes first.
const fn rank(by: IdentifiedBy) -> u8 {
    match by {
        IdentifiedBy::Member | IdentifiedBy::Key => 0,
        IdentifiedBy::Manifest => 1,
        IdentifiedBy::Sidecar => 2,
        IdentifiedBy::Template | IdentifiedBy::Path => 3,
        IdentifiedBy::Inferred | IdentifiedBy::Unknown => 4,
    }
}

/// Whether the accesses may be those of the entity: of a user or a role, only its own.
fn may_be_its_own(piece: &Piece, texts: &[Arc<str>]) -> bool {
    let is_actor = matches!(piece.who.kind, Some(EntityKind::User | EntityKind::Role));
    !is_actor || strangers::among(&piece.rows, &piece.who, texts) == Strangers::None
}

fn why(piece: &Piece, other: &Piece) -> String {
    let ((own, _), (source, at)) = (piece.at(), other.at());
    let at = if at.is_empty() { String::new() } else { format!(" ({at})") };
    let place = if own == source { format!("its own file{at}") } else { format!("{source}{at}") };
    format!("the same answer, to the millisecond of its job, is in {place} under the name of {}", other.who.title())
}

/// Whether the piece has a name, and the dates of its job tell it from every other job: dates without milliseconds do
/// not, because a script starts many jobs in a second.
fn tells_its_job(piece: &Piece) -> bool {
    let has_millis = |at: Option<Instant>| at.is_some_and(|at| at.millis() % 1000 != 0);
    piece.list == ListState::Present
        && piece.who.is_settled()
        && piece.rows.service_count() > 0
        && piece.job.created.is_some()
        && piece.job.completed.is_some()
        && (has_millis(piece.job.created) || has_millis(piece.job.completed))
}
