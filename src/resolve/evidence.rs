//! What a joined answer proves, and what the user must do if it does not prove everything.
//!
//! The input is a [`Piece`] with joined pages and a resolved entity. The output is the [`Dump`], and a problem for each
//! thing that a reader must know. Every doubt lowers the evidence; nothing raises it.

use std::sync::Arc;

use super::clues::Clues;
use super::creation::Creations;
use super::ending::Ending;
use super::entity::Who;
use super::join;
use super::partitions::Partitions;
use super::piece::Piece;
use super::service_order::ServiceOrder;
use super::strangers::{self, Strangers};
use crate::catalogue::Catalogue;
use crate::model::{
    Accessed, ActionRow, AsOfSource, Dump, Entity, Evidence, IdentifiedBy, Instant, JobStatus, JobType, ListState,
    PackedRows, Rows, ServiceRow, Shape,
};
use crate::problem::{Kind, Problem, counted};

/// A full answer with at least this many rows, of services or of actions, all of them used, deserves a note.
const ALL_USED_ROWS: usize = 20;

const REPEAT_FOR_PAGES: &str = "The AWS CLI has no paginator for this call: repeat it with --marker until IsTruncated is \
    false, or with --max-items 1000, and save every page.";

const NAME_IT: &str =
    "Check that the file was saved under the right name, or name its entity in a manifest (--manifest).";

/// Resolves dumps, with everything that they are compared with.
pub(super) struct Settler<'a> {
    pub clues: &'a Clues<'a>,
    pub creations: &'a Creations,
    pub partitions: &'a Partitions,
    pub texts: &'a [Arc<str>],
    pub atlas: &'a ServiceOrder<'a>,
    pub catalogue: &'a Catalogue,
    /// Whether a list without its answer has rows with an access and rows without one: then the savers of such lists
    /// keep both.
    pub lists_keep_both: bool,
}

/// The evidence, and why it is not better.
struct Verdict {
    evidence: Evidence,
    why: Option<String>,
}

/// What is known of a dump when its problems are told.
struct Told<'a> {
    evidence: Evidence,
    why: Option<String>,
    strangers: &'a Strangers,
    as_of: Option<Instant>,
    as_of_source: AsOfSource,
    keeps_used_actions: bool,
}

impl Settler<'_> {
    /// Makes the dump of a piece.
    pub fn settle(&self, mut piece: Piece, problems: &mut Vec<Problem>) -> Dump {
        if is_unfinished(&piece) {
            piece.rows = only_used(&piece.rows.open()).into();
        }
        let strangers = strangers::among(&piece.rows, &piece.who, self.texts);
        let keeps_used_actions = self.keeps_used_actions(&piece.rows);
        let lacks_actions = keeps_used_actions || lists_were_taken_out(&piece);
        let Verdict { evidence, why } = self.evidence(&piece, &strangers);
        let own = match (piece.own_date(), self.clues.options.made_at) {
            ((None, _), Some(made_at)) => (Some(made_at), AsOfSource::MadeAt),
            (own, _) => own,
        };
        let (as_of, as_of_source) = self.clues.options.as_of.map_or(own, |at| (Some(at), AsOfSource::Override));
        let told = Told { evidence, why, strangers: &strangers, as_of, as_of_source, keeps_used_actions };
        problems.extend(self.problems(&piece, &told));

        let listed = piece.list == ListState::Present;
        let empty = piece.rows.service_count() == 0;
        let by_rows = || if piece.rows.has_actions() { JobType::ActionLevel } else { JobType::ServiceLevel };
        let status = piece.job.status.or((listed && !empty).then_some(JobStatus::Completed));
        Dump {
            entity: Entity {
                partition: self.partitions.of(&piece, self.texts),
                ..self.creations.complete_any(piece.who.entity(), &piece.who.may_be, &piece.rows)
            },
            identified_by: piece.who.by,
            shape: piece.shape,
            job_type: piece.job.job_type.or_else(|| listed.then(by_rows)),
            job_status: status,
            created_at: piece.job.created,
            made_at: own.0,
            as_of,
            as_of_source,
            evidence,
            lacks_actions,
            may_be: piece.who.may_be,
            strangers: matches!(strangers, Strangers::Some(_)),
            pages: u32::try_from(piece.sources.len()).unwrap_or(u32::MAX),
            error: piece.job.error,
            rows: piece.rows,
            sources: piece.sources,
            duplicates: sorted(piece.duplicates),
            notes: piece.notes,
        }
    }

    /// What people have to know about a dump.
    fn problems(&self, piece: &Piece, told: &Told<'_>) -> Vec<Problem> {
        let Told { evidence, why, strangers, as_of, as_of_source, keeps_used_actions } = told;
        let (source, locator) = piece.at();
        let mut found = Vec::new();
        let mut report = |kind, what: String, advice: &str| {
            found.push(Problem::new(kind, source, what).at(locator).advise(advice));
        };
        report_evidence(*evidence, why.as_deref(), piece, &mut report);
        report_all_used(*evidence, &piece.rows, &mut report);
        report_unknown(&piece.who, &mut report);
        if let Some((created, completed)) = piece.dates_apart() {
            let what = format!(
                "its job began at {created} and ended at {completed}, and no job takes a day; neither date is believed"
            );
            report(Kind::Contradiction, what, "Save the answer again, unchanged; or give --made-at or --as-of.");
        }
        report_date(piece, *as_of, *as_of_source, &mut report);
        self.report_future(piece, *as_of, *as_of_source, &mut report);
        report_strangers(strangers, &piece.who, &mut report);
        if *keeps_used_actions {
            let what = "lists no action without an access, although AWS tracks more of its services' actions; it is read as a dump without the others";
            report(Kind::Note, what.to_owned(), "If the saver kept only used actions, save the whole answer.");
        }
        found
    }

    /// What a piece is worth. The first of these that speaks decides: a job that failed or has not finished, a list that is about another entity, one that
    /// is cut, one that a saver seems to have filtered, and how it ends.
    fn evidence(&self, piece: &Piece, strangers: &Strangers) -> Verdict {
        self.without_list(piece)
            .or_else(|| contradicted(piece, strangers))
            .or_else(|| self.cut(piece))
            .or_else(|| self.filtered(piece))
            .unwrap_or_else(|| by_ending(piece))
    }

    fn without_list(&self, piece: &Piece) -> Option<Verdict> {
        let is_empty = piece.rows.service_count() == 0;
        let may_be_pending = || is_empty && !self.clues.writes_null(piece.at().0);
        if is_unfinished(piece) && !is_empty {
            let why = "its job had not finished or had failed, and it lists accesses; only these are used";
            return Some(Verdict { evidence: Evidence::UsedOnly, why: Some(why.to_owned()) });
        }
        let (evidence, why) = match (piece.job.status, piece.list) {
            (_, ListState::NoAnswer) => (Evidence::Failed, piece.job.error.as_ref().map(|error| error.message.clone())),
            (Some(JobStatus::Failed), _) => (Evidence::Failed, None),
            (Some(JobStatus::Completed), ListState::Missing | ListState::Null) => {
                (Evidence::Failed, Some("COMPLETED, but the list of services is missing".to_owned()))
            }
            (Some(JobStatus::InProgress), _) | (None, ListState::Missing | ListState::Null) => {
                (Evidence::Pending, None)
            }
            (None, ListState::Present) if may_be_pending() => {
                let why = "an empty list without a status: some clients write it while the job runs";
                (Evidence::Pending, Some(why.to_owned()))
            }
            (Some(JobStatus::Completed) | None, ListState::Present) => return None,
        };
        Some(Verdict { evidence, why })
    }

    fn cut(&self, piece: &Piece) -> Option<Verdict> {
        let rows = piece.rows.service_count();
        let is_cut = || {
            (piece.ending == Ending::Cut).then(|| {
                let rows = counted(rows, "service", "services");
                format!("IsTruncated is true, or there is a token for more, after {rows}, and no page follows")
            })
        };
        Some(Verdict { evidence: Evidence::Truncated, why: Some(self.missing(piece).or_else(is_cut)?) })
    }

    /// Nothing tells how a list without its answer was made; a table of accesses may hold nothing but accesses.
    fn filtered(&self, piece: &Piece) -> Option<Verdict> {
        let (services, used) = (piece.rows.service_count(), piece.rows.used_service_count());
        if is_said(piece) || services == 0 {
            return None;
        }
        // Aardvark keeps every row.
        let may_lack_used = !self.lists_keep_both && piece.shape != Shape::Aardvark;
        let (evidence, why) = if used == services {
            (Evidence::UsedOnly, "a list without its answer, in which every service was used")
        } else if used == 0 && may_lack_used {
            let why = "a list without its answer, in which no service was used, as in every such list here: the saver may have left the others out";
            (Evidence::Suspect, why)
        } else {
            return None;
        };
        Some(Verdict { evidence, why: Some(why.to_owned()) })
    }

    /// Whether the lists of actions seem to hold only the used ones. AWS lists every granted action that it tracks, so
    /// some action without an access is to be expected: in a service that was never used, or among so many. A role that
    /// has few actions and uses them all is different.
    fn keeps_used_actions(&self, rows: &PackedRows) -> bool {
        let may_use_all = rows.has_actions() && rows.used_count() == rows.action_count();
        if !self.catalogue.has_service_reference() || !may_use_all {
            return false;
        }
        let rows = rows.open();
        let is_used = |action: ActionRow| action.accessed != Accessed::Never;
        if !rows.iter().all(|(_, mut actions)| actions.all(is_used)) {
            return false;
        }
        let lacks_actions = |(service, actions): (&ServiceRow, _)| {
            ExactSizeIterator::len(&actions) == 0
                && service.accessed == Accessed::Never
                && self.catalogue.tracks_any(join::text(self.texts, service.namespace))
        };
        rows.action_count() >= ALL_USED_ROWS || rows.iter().any(lacks_actions)
    }

    /// Which pages are missing, and how that is known.
    fn missing(&self, piece: &Piece) -> Option<String> {
        let first_page = piece.first_page.filter(|&page| page > 1);
        let by_number = first_page.map(|page| format!("begins with page {page}, the pages before it are missing"));
        let by_order = || {
            let first = self.atlas.missing_head(&piece.rows, self.texts)?;
            let why = "lists nearly every service from there on, and none before it: the first page is missing";
            Some(format!("begins with {first}, {why}"))
        };
        by_number.or_else(|| piece.flaws.missing.clone()).or_else(by_order)
    }

    fn report_future(
        &self,
        piece: &Piece,
        as_of: Option<Instant>,
        source: AsOfSource,
        report: &mut impl FnMut(Kind, String, &str),
    ) {
        let Some(as_of) = as_of else { return };
        // A path that names a day does not tell the hour.
        let within = |at: Instant| source == AsOfSource::Path && piece.who.date.is_some_and(|date| date.holds(at));
        let is_late = |accessed: Accessed| accessed.instant().is_some_and(|at| at > as_of && !within(at));
        if piece.rows.latest().is_none_or(|latest| latest <= as_of) {
            return;
        }
        let rows = piece.rows.open();
        let mut late = rows.iter().flat_map(|(service, actions)| {
            let namespace = join::text(self.texts, service.namespace);
            let own = (namespace.to_owned(), service.accessed);
            let of_actions = actions
                .filter(|action| is_late(action.accessed))
                .map(move |action| (format!("{namespace}:{}", join::text(self.texts, action.name)), action.accessed));
            std::iter::once(own).filter(|own| is_late(own.1)).chain(of_actions)
        });
        let Some((name, Accessed::At(at))) = late.next() else { return };
        let count = 1 + late.count();
        let what = format!(
            "{} later than the dump ({as_of}): {name} at {at}{}; counted as 0 days ago",
            counted(count, "access is", "accesses are"),
            if count > 1 { ", …" } else { "" }
        );
        report(Kind::FutureAccess, what, "Check the date of the dump, or the --as-of that was given.");
    }
}

/// Whether a list came with the status of a job without a result. AWS gives none then; a saver that keeps the status of an earlier call does.
const fn is_unfinished(piece: &Piece) -> bool {
    matches!(piece.job.status, Some(JobStatus::InProgress | JobStatus::Failed))
        && matches!(piece.list, ListState::Present)
}

/// The rows with an access: an access is one in any answer (rule 9), and only that of a finished job shows silence.
fn only_used(rows: &Rows) -> Rows {
    let mut used = Rows::default();
    for (service, actions) in rows.iter() {
        let mut is_listed = service.is_used() || service.is_recorded();
        let is_recorded = |action: &ActionRow| *action != ActionRow::unrecorded(action.name);
        for action in actions.filter(is_recorded) {
            used.push_action(action);
            is_listed = true;
        }
        if is_listed {
            used.push_service(*service);
        }
    }
    used
}

/// Whether a list came with its answer, which tells how it ends.
const fn is_said(piece: &Piece) -> bool {
    piece.job.status.is_some() || piece.job.is_truncated.is_some() || piece.job.has_marker
}

/// Whether any list without its answer has rows with an access and rows without one.
pub(super) fn lists_keep_both(pieces: &[Piece]) -> bool {
    let keeps_both = |rows: &PackedRows| (1..rows.service_count()).contains(&rows.used_service_count());
    pieces.iter().any(|piece| !is_said(piece) && keeps_both(&piece.rows))
}

/// Whether a query took the lists of actions out of an answer at action level: AWS counts the entities of every
/// service, and a row without that count is not as AWS wrote it. Without this check, the actions of such an answer
/// would count as not granted.
fn lists_were_taken_out(piece: &Piece) -> bool {
    piece.job.job_type == Some(JobType::ActionLevel)
        && !piece.rows.has_actions()
        && piece.rows.service_count() > 0
        && piece.rows.most_entities().is_none()
}

fn contradicted(piece: &Piece, strangers: &Strangers) -> Option<Verdict> {
    let why = match strangers {
        Strangers::All(stranger) => format!("every dated access in it is by {stranger}: it is about another entity"),
        _ => piece.flaws.rival.clone()?,
    };
    Some(Verdict { evidence: Evidence::Contradicted, why: Some(why) })
}

fn by_ending(piece: &Piece) -> Verdict {
    let rows = piece.rows.service_count();
    let suspect = |why| Verdict { evidence: Evidence::Suspect, why: Some(why) };
    if let Some(overlap) = &piece.flaws.overlap {
        return suspect(overlap.clone());
    }
    match piece.ending {
        Ending::StaleFlag => suspect(
            "IsTruncated is true on more services than a page holds: a merged list that kept the first page's flag?"
                .to_owned(),
        ),
        Ending::PageLong => suspect(format!("exactly {rows} services, the length of a page, and no IsTruncated")),
        _ if rows == 0 => Verdict { evidence: Evidence::Empty, why: None },
        _ => Verdict { evidence: Evidence::Complete, why: None },
    }
}

fn report_evidence(evidence: Evidence, why: Option<&str>, piece: &Piece, report: &mut impl FnMut(Kind, String, &str)) {
    let why = why.unwrap_or_default();
    match evidence {
        Evidence::Complete | Evidence::Empty => {}
        Evidence::Truncated => {
            let what = format!("the list is incomplete: {why}; services that are not listed are unknown");
            report(Kind::Truncated, what, REPEAT_FOR_PAGES);
        }
        Evidence::Suspect => {
            let what = format!("the list may be cut: {why}");
            report(
                Kind::Suspect,
                what,
                "Save the whole answer with its IsTruncated; with --max-items 1000 it is one page.",
            );
        }
        Evidence::UsedOnly => {
            let is_of_job = piece.job.status.is_some();
            let guess = if is_of_job { "" } else { ": the saver seems to have left out what was not" };
            let advice = if is_of_job {
                "Fetch the answer again once JobStatus is COMPLETED."
            } else {
                "Save the whole answer, without a --query that filters."
            };
            report(Kind::UsedOnly, format!("{why}{guess}"), advice);
        }
        Evidence::Pending => {
            let what =
                if why.is_empty() { "the job had not finished when this was saved".to_owned() } else { why.to_owned() };
            let advice = "Repeat get-service-last-accessed-details with the same JobId, as the same caller, until JobStatus is COMPLETED.";
            report(Kind::Pending, what, advice);
        }
        Evidence::Contradicted => {
            let what = format!(
                "is taken to be about {} ({}), but {why}, and nothing of it was used",
                piece.who.title(),
                piece.who.by.told()
            );
            report(Kind::Contradicted, what, NAME_IT);
        }
        Evidence::Failed => {
            let what = match &piece.job.error {
                _ if piece.list == ListState::NoAnswer => why.to_owned(),
                Some(error) if error.code.is_empty() => format!("the job failed: {}", error.message),
                Some(error) => format!("the job failed: {}: {}", error.code, error.message),
                None if why.is_empty() => "the job failed".to_owned(),
                None => why.to_owned(),
            };
            report(Kind::FailedJob, what, "Run generate-service-last-accessed-details again and save the new answer.");
        }
    }
}

fn report_all_used(evidence: Evidence, rows: &PackedRows, report: &mut impl FnMut(Kind, String, &str)) {
    let services = rows.service_count();
    let all_used = rows.used_service_count() == services;
    if all_used && services >= ALL_USED_ROWS && evidence.is_usable() && evidence != Evidence::UsedOnly {
        let what = format!("every one of its {services} services was used, which is rare");
        report(Kind::Note, what, "If the saver kept only used services, save the whole answer.");
    }
}

fn report_strangers(strangers: &Strangers, who: &Who, report: &mut impl FnMut(Kind, String, &str)) {
    if let Strangers::Some(why) = strangers {
        let (title, by) = (who.title(), who.by.told());
        let what = format!("is taken to be about {title} ({by}), but {why}; what it shows as silent proves nothing");
        report(Kind::Contradiction, what, NAME_IT);
    }
}

fn report_unknown(who: &Who, report: &mut impl FnMut(Kind, String, &str)) {
    if who.by == IdentifiedBy::Unknown && who.arn.is_none() && !who.is_refused {
        let what = format!("its entity is unknown; it is listed under its path as {:?}", who.label);
        let advice = "Name it in a manifest (--manifest FILE: path or JobId, and ARN) or give a --path-template.";
        report(Kind::UnknownEntity, what, advice);
    }
}

fn report_date(piece: &Piece, as_of: Option<Instant>, source: AsOfSource, report: &mut impl FnMut(Kind, String, &str)) {
    match (as_of, source) {
        (Some(as_of), AsOfSource::Path) => {
            let what = format!("the answer carries no date; {as_of} is taken from its path");
            report(Kind::Note, what, "If that is wrong, give --as-of.");
        }
        (None, _) if piece.list == ListState::Present => {
            let what = "it has no date, so ages are unknown".to_owned();
            report(
                Kind::NoDate,
                what,
                "Save the whole answer, with its JobCompletionDate. Or say with --made-at DATE when it was made.",
            );
        }
        _ => {}
    }
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}
