//! From answers to dumps: which entity each is about, which answers belong together, and what they prove.
//!
//! The input is every [`Answer`] and [`Sidecar`] of a run, in any order. The output is [`Resolved`]: each answer in
//! exactly one [`Dump`] (as a page or as a duplicate), and a [`Problem`] for everything that a reader must know. This
//! is separate from `decode`, because a name in one file can depend on any other file, and from `analyse`, because no
//! report may see an answer before its evidence is decided.

pub mod accounts;
mod also_used;
mod beside;
mod cleaned;
mod clues;
mod creation;
pub mod credentials;
mod dates;
pub mod decisions;
mod encoded;
mod ending;
mod entity;
mod evidence;
pub mod grants;
mod holders;
mod infer;
mod join;
mod known;
mod labels;
mod manifest;
mod named;
pub mod other_operations;
mod owners;
mod pages;
pub mod partitions;
mod path;
mod piece;
mod rivals;
mod service_order;
mod strangers;
mod template;
#[cfg(test)]
mod tests;
mod unanswered;
pub mod unread;
mod user_table;
mod words;

use std::collections::BTreeSet;

use rayon::prelude::*;

pub use also_used::AlsoUsed;
pub use beside::{Besides, DumpedEntities, VetoingNothing};
pub use manifest::{Manifest, ManifestError};
pub use named::NamesBeside;
pub use template::{PathTemplate, TemplateError};
pub use user_table::UserTableError;

/// The folders of `path` that can tell an account, a kind or a date, as one text.
#[must_use]
pub fn telling_folders(path: &str) -> String {
    path::telling(path).join("/")
}

use crate::catalogue::Catalogue;
use crate::model::{AccountId, Answer, Arn, Dump, EntityStatement, IdentifiedBy, Instant, Sidecar, Source, Symbols};
use crate::problem::{Kind, Problem};
use clues::Clues;
use creation::Creations;
use evidence::Settler;
use join::{Spelt, Twins};
use pages::Joiner;
use partitions::Partitions;
use piece::Piece;
use service_order::ServiceOrder;

/// What the user tells about the entities of the answers and about their dates.
#[derive(Debug, Clone)]
pub struct Options {
    /// `--manifest`.
    pub manifest: Option<Manifest>,
    /// `--path-template`.
    pub template: Option<PathTemplate>,
    /// `false` with `--no-infer`: never take the only user or role seen in a dump for its entity.
    pub infer: bool,
    /// `--as-of`: overrides the date of every dump.
    pub as_of: Option<Instant>,
    /// `--made-at`: when dumps without a date were made.
    pub made_at: Option<Instant>,
    /// ARNs from elsewhere: from the other side of a diff, from the answers of other operations and about policies, from
    /// tables of accesses.
    pub known_arns: BTreeSet<Arn>,
    /// Names that these documents give to entities without their ARN.
    pub known_names: BTreeSet<String>,
    /// Partitions that documents other than dumps tell, each with its account if they tell that.
    pub partitions: BTreeSet<(Option<AccountId>, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            manifest: None,
            template: None,
            infer: true,
            as_of: None,
            made_at: None,
            known_arns: BTreeSet::new(),
            known_names: BTreeSet::new(),
            partitions: BTreeSet::new(),
        }
    }
}

/// The result for all answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Sorted by account, key, `as_of` and place; the same for the same answers in any order.
    pub dumps: Vec<Dump>,
    /// What documents state about entities themselves, including entities without a dump; sorted.
    pub statements: Vec<EntityStatement>,
    /// Sorted.
    pub problems: Vec<Problem>,
}

/// Decides which entity each answer is about, joins pages, and decides what the result proves.
pub fn resolve(
    mut answers: Vec<Answer>,
    sidecars: &[Sidecar],
    symbols: &Symbols,
    catalogue: &Catalogue,
    options: &Options,
) -> Resolved {
    answers.sort_by(|a, b| (&a.source, &a.locator).cmp(&(&b.source, &b.locator)));
    let mut sidecars = sidecars.to_vec();
    sidecars.sort_by_cached_key(sidecar_order);
    let texts = symbols.texts();
    let atlas = ServiceOrder::new(catalogue);
    let mut problems = Vec::new();

    let mut clues = Clues::gather(&answers, &sidecars, &texts, options, &mut problems);
    let twins = Twins::among(symbols.numbered(&texts).map(|(symbol, _)| symbol), &texts, symbols.row_terms());
    let spelt = Spelt { texts: &texts, twins: &twins };
    let pieces = in_parallel(answers, &mut problems, |answer, found| name(answer, &clues, spelt, found));
    let joiner = Joiner { texts: &texts, atlas: &atlas };
    let mut pieces = joiner.saved_together(pieces, &mut problems);
    labels::name(&mut pieces, &texts, &clues);
    if options.infer {
        infer::infer(&mut pieces, &texts, &clues, &mut problems);
    }
    let missing = unanswered::among(&pieces, &sidecars, &clues, &mut problems);
    if !missing.answers.is_empty() {
        if let Some(around) = missing.around {
            clues.around = around;
        }
        pieces.extend(in_parallel(missing.answers, &mut problems, |(answer, about), found| {
            let mut piece = name(answer, &clues, spelt, found);
            if let Some(arn) = about.filter(|_| piece.who.arn.is_none()) {
                piece.who.take(arn, IdentifiedBy::Path);
            }
            piece
        }));
    }
    let mut pieces = joiner.same_job(pieces, &mut problems);
    rivals::mark(&mut pieces, &texts);
    let partitions = Partitions::gather(&pieces, &clues, &texts);
    let creations = Creations::gather(&pieces, &sidecars, &clues, &mut problems);
    let lists_keep_both = evidence::lists_keep_both(&pieces);
    let settler = Settler {
        clues: &clues,
        creations: &creations,
        partitions: &partitions,
        texts: &texts,
        atlas: &atlas,
        catalogue,
        lists_keep_both,
    };
    let mut dumps: Vec<Dump> = in_parallel(pieces, &mut problems, |piece, found| settler.settle(piece, found));

    dumps.par_sort_by(|a, b| order(a).cmp(&order(b)));
    warn_of_rivals(&dumps, &mut problems);
    problems.sort();
    problems.dedup();
    Resolved { dumps, statements: creations.into_statements(), problems }
}

/// Every ARN that the answers, their paths, the sidecars or the options name; the other side of a diff uses them.
pub fn arns_seen(answers: &[Answer], sidecars: &[Sidecar], symbols: &Symbols, options: &Options) -> BTreeSet<Arn> {
    clues::arns_seen(answers, sidecars, &symbols.texts(), options)
}

/// Maps every item separately; the problems are sorted later, so their order does not matter.
fn in_parallel<T: Send, U: Send>(
    items: Vec<T>,
    problems: &mut Vec<Problem>,
    map: impl Fn(T, &mut Vec<Problem>) -> U + Sync,
) -> Vec<U> {
    let with_problems = |item| {
        let mut found = Vec::new();
        (map(item, &mut found), found)
    };
    let (mut mapped, mut found) = (Vec::new(), Vec::new());
    items.into_par_iter().map(with_problems).unzip_into_vecs(&mut mapped, &mut found);
    problems.extend(found.into_iter().flatten());
    mapped
}

fn name(answer: Answer, clues: &Clues, spelt: Spelt, problems: &mut Vec<Problem>) -> Piece {
    let mut notes = Vec::new();
    let who = entity::identify(&answer, clues, &mut notes, problems);
    Piece::new(answer, who, notes, spelt)
}

/// Warns of two answers of one job for one entity, which cannot be. If the entity is only a label, there are most
/// likely two entities.
fn warn_of_rivals(dumps: &[Dump], problems: &mut Vec<Problem>) {
    let job = |dump: &Dump| (dump.created_at, dump.as_of, dump.job_type);
    for pair in dumps.windows(2) {
        let [one, other] = pair else { continue };
        let usable = one.evidence.is_usable() && other.evidence.is_usable();
        if usable && one.created_at.is_some() && one.entity.key == other.entity.key && job(one) == job(other) {
            let ((first, _), (second, at)) = (&one.sources[0], &other.sources[0]);
            let what = format!("and {first} hold different answers of one job about {}", one.entity.title());
            let problem = Problem::new(Kind::Contradiction, second, what).at(at);
            problems
                .push(problem.advise("Check what the two files are about, and name them in a manifest (--manifest)."));
        }
    }
}

/// A total order: no two dumps share a source.
fn order(dump: &Dump) -> impl Ord {
    (dump.entity.account.as_ref(), &dump.entity.key, dump.as_of, dump.job_type, dump.created_at, &dump.sources)
}

fn sidecar_order(sidecar: &Sidecar) -> (Source, String, Option<Instant>) {
    match sidecar {
        Sidecar::Generate { source, job_id, .. } => (source.clone(), job_id.clone(), None),
        Sidecar::Entity { source, arn, stated, .. } => (source.clone(), arn.clone(), stated.created),
        Sidecar::NoAnswer { source, said, .. } => (source.clone(), said.clone(), None),
    }
}
