//! Which pieces belong together: another copy of the same answer, a part next to its whole, the pages of one job.
//!
//! The input is pieces, each with its entity. The output is fewer pieces, and a problem for each file that holds
//! nothing of its own. Nothing is dropped: a place that adds nothing is listed with the piece that holds the same rows.

use std::hash::BuildHasher;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::dates::PathDate;
use super::ending::Ending;
use super::join;
use super::piece::{JobKey, Piece};
use super::service_order::ServiceOrder;
use crate::model::ListState;
use crate::problem::{Kind, Problem};

/// More pieces of one job than this are not pages: an administrator's list has 455 services, and a page at least one.
/// They are not compared with each other, which takes the square of their number.
const MOST_PAGES: usize = 1000;

/// Why the pieces of a group are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bond {
    /// They are in one document, which may be about several entities: only a page that visibly continues is joined.
    Document,
    /// They are about one entity, as far as can be known.
    Entity,
}

/// Joins pieces: the texts of the symbols, and the order of all known services.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joiner<'a> {
    pub texts: &'a [Arc<str>],
    pub atlas: &'a ServiceOrder<'a>,
}

type GroupKey = (String, JobKey, Option<PathDate>);

impl Joiner<'_> {
    /// First round: pages that were saved side by side, of entities that have no name yet. The accesses of a page on
    /// which nothing was used name no entity, so this comes before inference.
    pub fn saved_together(&self, pieces: Vec<Piece>, problems: &mut Vec<Problem>) -> Vec<Piece> {
        if pieces.iter().all(|piece| piece.who.is_settled()) {
            return pieces;
        }
        let (mut pieces, open): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| piece.who.is_settled());
        let (alone, in_documents): (Vec<_>, Vec<_>) = open.into_iter().partition(|piece| piece.at().1.is_empty());
        let page_group = |piece: &Piece| piece.who.page_group.clone();
        pieces.extend(self.by_groups(alone, page_group, Bond::Entity, problems));
        pieces.extend(self.by_groups(in_documents, page_group, Bond::Document, problems));
        pieces
    }

    /// Second round: pieces of one entity and one job, from any place.
    pub fn same_job(&self, pieces: Vec<Piece>, problems: &mut Vec<Problem>) -> Vec<Piece> {
        self.by_groups(pieces, |piece| piece.who.key(), Bond::Entity, problems)
    }

    fn by_groups(
        &self,
        pieces: Vec<Piece>,
        name: impl Fn(&Piece) -> String + Sync,
        bond: Bond,
        problems: &mut Vec<Problem>,
    ) -> Vec<Piece> {
        let key = |piece: &Piece| -> GroupKey {
            // Without the date of a job, the date in the path keeps snapshots apart.
            let date = piece.who.date.filter(|_| !piece.has_job_date());
            (name(piece), piece.job_key(), date)
        };
        let keys: Vec<GroupKey> = pieces.par_iter().map(key).collect();
        let mut order: Vec<usize> = (0..pieces.len()).collect();
        order.par_sort_by(|&a, &b| keys[a].cmp(&keys[b]));
        let mut pieces: Vec<Option<Piece>> = pieces.into_iter().map(Some).collect();
        let mut settled = Vec::with_capacity(pieces.len());
        for group in order.chunk_by(|&a, &b| keys[a] == keys[b]) {
            let mut members = group.iter().filter_map(|&at| pieces[at].take());
            match group {
                // Nearly every group has one piece.
                [_] => settled.extend(members.next()),
                _ => settled.extend(self.settle(members.collect(), bond, problems)),
            }
        }
        settled
    }

    fn settle(&self, mut group: Vec<Piece>, bond: Bond, problems: &mut Vec<Problem>) -> Vec<Piece> {
        group.sort_by(|a, b| a.sources.cmp(&b.sources));
        if bond == Bond::Entity {
            group = fold_equal(group, problems);
        }
        if group.len() > MOST_PAGES {
            return left_apart(group);
        }
        if bond == Bond::Entity {
            group = self.fold_parts(group);
        }
        let (listed, mut rest): (Vec<_>, Vec<_>) = group.into_iter().partition(|p| p.list == ListState::Present);
        rest.extend(self.chain(listed, bond));
        rest
    }

    /// Merges pieces into those that hold all their rows: page 1 next to the merged list.
    fn fold_parts(&self, mut group: Vec<Piece>) -> Vec<Piece> {
        group.sort_by(|a, b| b.rows.service_count().cmp(&a.rows.service_count()).then(a.sources.cmp(&b.sources)));
        let mut wholes: Vec<(Piece, Vec<Piece>)> = Vec::new();
        for piece in group {
            let may_fold = piece.rows.service_count() > 0 && piece.has_job_date();
            let whole = wholes.iter_mut().find(|(whole, _)| {
                may_fold
                    && piece.may_share_entity(whole)
                    && join::is_part(&piece.rows.open(), &whole.rows.open(), self.texts)
            });
            match whole {
                Some((_, parts)) => parts.push(piece),
                None => wholes.push((piece, Vec::new())),
            }
        }
        wholes.into_iter().map(|(whole, parts)| self.fold_into(whole, parts)).collect()
    }

    fn fold_into(&self, mut whole: Piece, parts: Vec<Piece>) -> Piece {
        for chain in self.chain(parts, Bond::Entity) {
            let places: Vec<String> = chain.sources.iter().map(|(source, at)| place(source, at)).collect();
            whole.notes.push(format!("its rows are also in {}", places.join(", ")));
            if chain.rows == whole.rows {
                whole.absorb_equal(chain);
            } else {
                whole.absorb(chain);
            }
        }
        whole
    }

    /// Joins pages, each to the first chain that it continues.
    fn chain(&self, mut pieces: Vec<Piece>, bond: Bond) -> Vec<Piece> {
        pieces.sort_by(|a, b| a.order(b, self.texts));
        let mut chains: Vec<Piece> = Vec::new();
        for mut piece in pieces {
            match chains.iter_mut().find(|chain| self.goes_on(chain, &piece, bond)) {
                Some(chain) => {
                    self.look_between(chain, &mut piece);
                    chain.append(piece, self.texts);
                }
                None => chains.push(piece),
            }
        }
        chains
    }

    /// Whether `next` is the page after `chain`.
    fn goes_on(&self, chain: &Piece, next: &Piece, bond: Bond) -> bool {
        let numbers = chain.last_page.zip(next.first_page);
        let numbered = numbers.is_some_and(|(last, first)| first > last);
        let repeated = numbers.is_some_and(|(last, first)| first <= last);
        let flagged = matches!(chain.ending, Ending::Cut | Ending::StaleFlag);
        let in_one_place = || numbered || chain.at().0 == next.at().0;
        // Two answers of different days list the same services; pages do not.
        let same_job = chain.has_job_date() || in_one_place() && !self.overlap(chain, next);
        (flagged || numbered)
            && !repeated
            && same_job
            && chain.may_share_entity(next)
            && (bond == Bond::Entity || self.visibly_goes_on(chain, next))
    }

    /// Whether `next` begins before the end of `chain`.
    fn overlap(&self, chain: &Piece, next: &Piece) -> bool {
        next.rows.service_count() > 0 && next.first(self.texts) <= chain.last(self.texts)
    }

    /// Whether a page continues a chain in a document of answers without names. Another entity's job may have the same
    /// dates: its services may come later in the alphabet too, but hardly right after those of this one.
    fn visibly_goes_on(&self, chain: &Piece, next: &Piece) -> bool {
        next.rows.service_count() > 0
            && next.first(self.texts) > chain.last(self.texts)
            && self.atlas.gap(&chain.rows.open(), &next.rows.open(), self.texts).is_none()
    }

    /// Notes on `next` which rows are missing, or occur twice, between it and the pages before.
    fn look_between(&self, chain: &Piece, next: &mut Piece) {
        if let Some((last, first)) = chain.last_page.zip(next.first_page).filter(|(last, first)| first - last > 1) {
            next.flaws.missing = Some(format!("between page {last} and page {first} a page is missing"));
        }
        if next.rows.service_count() == 0 {
            return;
        }
        let (last, first) = (chain.last(self.texts), next.first(self.texts));
        if self.overlap(chain, next) {
            next.flaws.overlap = Some(format!("its pages overlap between {first} and {last}"));
        } else if let Some(between) = self.atlas.gap(&chain.rows.open(), &next.rows.open(), self.texts) {
            let what = format!("{between} services that AWS knows between {last} and {first} are in no page of it");
            next.flaws.missing.get_or_insert(what);
        }
    }
}

/// Handles pieces that are too many to be pages of one job. If one of them has the mark of a page, none counts as
/// whole.
fn left_apart(mut group: Vec<Piece>) -> Vec<Piece> {
    let is_page = |piece: &Piece| matches!(piece.ending, Ending::Cut | Ending::StaleFlag) || piece.first_page.is_some();
    if group.iter().any(is_page) {
        let what = format!("one of {} pieces of one job, which are more than a job has pages", group.len());
        for piece in &mut *group {
            piece.flaws.missing = Some(what.clone());
        }
    }
    group
}

/// Joins copies of the same answer: it counts once, at the first place by the order of the sources.
fn fold_equal(group: Vec<Piece>, problems: &mut Vec<Problem>) -> Vec<Piece> {
    // Most answers are alone; their rows may be packed, and need not be unpacked if there is nothing to compare.
    if group.len() < 2 {
        return group;
    }
    let mut kept: Vec<Piece> = Vec::new();
    let mut by_hash: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    for piece in group {
        let alike = by_hash.entry(FxBuildHasher.hash_one(&piece.rows)).or_default();
        let same = alike.iter().copied().find(|&at| {
            let other = &kept[at];
            other.job.status == piece.job.status
                && other.job.error == piece.job.error
                && other.list == piece.list
                && other.rows == piece.rows
                && other.may_share_entity(&piece)
        });
        let Some(first) = same.map(|at| &mut kept[at]) else {
            alike.push(kept.len());
            kept.push(piece);
            continue;
        };
        for (source, at) in &piece.sources {
            let (of, of_at) = first.at();
            let what = format!("holds the same answer as {}; it counts once", place(of, of_at));
            problems.push(Problem::new(Kind::Duplicate, source, what).at(at));
        }
        first.absorb_equal(piece);
    }
    kept
}

fn place(source: &crate::model::Source, at: &str) -> String {
    if at.is_empty() { source.to_string() } else { format!("{source} ({at})") }
}
