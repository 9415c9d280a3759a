//! What is newer than the dumps that an explanation is based on: until when they prove anything, and what is to be saved first.

use super::page::SectionRows;
use crate::model::{Evidence, Instant};
use crate::render::words;
use crate::report::{GoneEntity, ParameterValue, Report, UnlistedEntity};

/// The entity, if it is not there any more.
pub(super) fn gone(report: &Report) -> Option<&GoneEntity> {
    let section = report.sections.iter().find(|section| section.id == "entity")?;
    let rows = SectionRows::of(report, "entity")?;
    let (arn, account) = (rows.text(0, "entity_arn"), rows.text(0, "account_id"));
    section.gone.iter().find(|gone| gone.named() == (Some(&arn), Some(&account)))
}

/// The newer list that lacks the entity, with its day, if one does.
pub(super) fn unlisted(report: &Report) -> Option<String> {
    let section = report.sections.iter().find(|section| section.id == "entity")?;
    let rows = SectionRows::of(report, "entity")?;
    let (arn, account) = (rows.text(0, "entity_arn"), rows.text(0, "account_id"));
    section.unlisted.iter().find(|one| one.named() == (Some(&arn), Some(&account))).map(UnlistedEntity::place)
}

/// Whether ages are counted from a given date: the rows do not have the dates of their dumps then.
pub(super) fn is_dated_otherwise(report: &Report) -> bool {
    report.parameters.iter().any(|asked| asked.name == "as_of" && asked.value != ParameterValue::Usual)
}

/// Whether the file of a row of the evidence could not be read.
pub(super) fn is_unread(rows: &SectionRows, row: usize) -> bool {
    rows.text(row, "outcome") == "failed"
}

/// When the newest of everything about the entity was made or happened; `None` if nothing is newer than the dumps can be.
pub(super) fn newest(report: &Report) -> Option<Instant> {
    if is_dated_otherwise(report) {
        return None;
    }
    let used = SectionRows::of(report, "entity").and_then(|rows| rows.instant(0, "last_accessed"));
    let files = SectionRows::of(report, "evidence");
    let made = files.iter().flat_map(|rows| (0..rows.height()).filter_map(|row| rows.instant(row, "as_of")));
    made.chain(used).max()
}

/// Why a new dump has to be saved before anything is taken away: the newest usable one is incomplete, or something is newer.
pub(super) fn save_first(report: &Report) -> Option<String> {
    let entity = SectionRows::of(report, "entity")?;
    let dump = entity.instant(0, "as_of").filter(|_| !is_dated_otherwise(report))?;
    let used = entity.instant(0, "last_accessed").filter(|used| used.day() > dump.day());
    let used =
        used.map(|used| format!("it was used on {}, after its newest usable dump of {}", used.day(), dump.day()));
    let files = SectionRows::of(report, "evidence");
    let jobs = files.iter().flat_map(|rows| (0..rows.height()).filter_map(|row| job(rows, row, dump)));
    let unread = files.as_ref().map_or(0, |rows| (0..rows.height()).filter(|row| is_unread(rows, *row)).count());
    let files =
        words::counted(unread as i64, "file that names it could not be read", "files that name it could not be read");
    let evidence = Evidence::parse(&entity.text(0, "evidence"));
    let is_cut = evidence.is_some_and(|evidence| evidence.is_usable() && !evidence.is_whole());
    let cut = is_cut.then(|| {
        let evidence = entity.text(0, "evidence");
        format!(
            "its dump of {} is incomplete ({evidence}), so that older dumps judge what it does not list",
            dump.day()
        )
    });
    let why: Vec<String> = used.into_iter().chain(cut).chain(jobs).chain((unread > 0).then_some(files)).collect();
    (!why.is_empty()).then(|| format!("Save a new dump of it first: {}.", why.join("; ")))
}

/// A job that was made after the newest usable dump, and has no data.
fn job(rows: &SectionRows, row: usize, dump: Instant) -> Option<String> {
    let made = rows.instant(row, "as_of").filter(|made| *made > dump)?;
    let what = match Evidence::parse(&rows.text(row, "evidence"))? {
        Evidence::Pending => "had not finished",
        Evidence::Failed => "failed",
        Evidence::Contradicted => "is about another entity",
        _ => return None,
    };
    Some(format!("the job of {} {what}", made.day()))
}
