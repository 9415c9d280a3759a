//! Looking after a store: fewer files, and no more in them than is to be kept.

use std::collections::BTreeSet;

use super::attribution::{Attribution, AttributionArgs};
use super::estate::Estate;
use super::publish;
use super::request::{MEMORY, Progress, Request, RunError, Silent};
use crate::analyse::{Params, ReportSpec};
use crate::archive::{Document, Settled, Store, StoredFile};
use crate::catalogue::Catalogue;
use crate::model::{AccountId, Arn, Dump, Instant, OtherAnswer, OtherRows, Sidecar, Source, SpillFile, Symbols};

/// Writes all that `store` keeps as one file, and its tables as they should be, where files of them are damaged or missing too. What
/// is said meanwhile, at `now`, is kept.
///
/// # Errors
/// Where another process has the store, an answer cannot be read, or a file not be written.
pub fn compact(
    store: &Store,
    saying: &AttributionArgs,
    now: Instant,
    progress: &dyn Progress,
) -> Result<Settled, RunError> {
    let said = saying.read()?;
    let _lock = store.lock(None)?;
    Attribution::keep(&said, store, now, true)?;
    // What is held here is let go before settling reads all of it again.
    {
        let (symbols, room) = (Symbols::default(), SpillFile::new(MEMORY));
        let files = store.files(&symbols, &room)?;
        if store.extent()?.0 > 1 || files.len() < store.known()?.len() {
            store.replace(&files, &symbols, &room)?;
        }
    }
    store.distrust(&store.wrong_tables()?)?;
    Ok(publish::publish(store, progress)?.0)
}

/// What is to be dropped: all conditions that are given must hold.
#[derive(Debug, Clone, Default)]
pub struct Forget {
    /// Of these accounts; of any where there is none.
    pub accounts: Vec<AccountId>,
    /// Made at this instant or later.
    pub from: Option<Instant>,
    /// Made at this instant or before.
    pub to: Option<Instant>,
    /// All that was said about whose the dumps are, too.
    pub said: bool,
}

/// What was dropped, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Dumps.
    pub dumps: usize,
    /// Files of which nothing is left.
    pub files: usize,
    /// What became of the tables.
    pub settled: Settled,
}

impl Forget {
    fn names(&self, account: Option<&AccountId>) -> bool {
        self.accounts.is_empty() || account.is_some_and(|account| self.accounts.contains(account))
    }

    /// What has no date was made in no range of dates.
    fn spans(&self, made: Option<Instant>) -> bool {
        let (from, to) =
            (self.from.is_none_or(|from| made >= Some(from)), self.to.is_none_or(|to| made.is_some_and(|at| at <= to)));
        self.has_no_dates() || (made.is_some() && from && to)
    }

    /// Whether any dump is to go.
    const fn is_of_dumps(&self) -> bool {
        !self.accounts.is_empty() || !self.has_no_dates()
    }

    const fn has_no_dates(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    fn dump(&self, dump: &Dump) -> bool {
        self.is_of_dumps() && self.names(dump.entity.account.as_ref()) && self.spans(dump.made_at)
    }

    /// Whether a text belongs to an account that is dropped whole: as an ARN, or as a path with its folder.
    fn owns(&self, text: &str) -> bool {
        let is_named =
            |account: &AccountId| text.split(|c: char| !c.is_ascii_digit()).any(|part| part == account.as_str());
        self.has_no_dates() && self.accounts.iter().any(is_named)
    }

    fn sidecar(&self, sidecar: &Sidecar) -> bool {
        match sidecar {
            Sidecar::Entity { source, arn, .. } => self.owns(arn) || self.owns(&source.logical_path()),
            Sidecar::Generate { source, arn, .. } => {
                arn.as_ref().is_some_and(|arn| self.owns(arn)) || self.owns(&source.logical_path())
            }
        }
    }

    fn other_answer(&self, other_answer: &OtherAnswer) -> bool {
        let is_of_account = match &other_answer.rows {
            OtherRows::Entities(rows) => rows.iter().any(|row| {
                let arn = Arn::parse(&row.arn).ok();
                !self.accounts.is_empty() && self.names(arn.as_ref().and_then(Arn::account))
            }),
            OtherRows::Organizations(_) => false,
        };
        self.is_of_dumps()
            && (is_of_account || self.accounts.is_empty())
            && self.spans(other_answer.job.completed.or(other_answer.job.created))
    }
}

/// Drops dumps from `store`: their rows, their places, and whatever else only they had; or, in a rehearsal, counts them.
///
/// # Errors
/// As [`compact`].
pub fn forget(
    store: &Store,
    forget: &Forget,
    is_rehearsal: bool,
    now: Instant,
    progress: &dyn Progress,
) -> Result<Forgotten, RunError> {
    let _lock = if is_rehearsal { None } else { Some(store.lock(None)?) };
    let said = Attribution::to(store)?;
    let (dumps, places) = dropped(store, forget, &said)?;
    let (symbols, room) = (Symbols::default(), SpillFile::new(MEMORY));
    let files = store.files(&symbols, &room)?;
    let before = files.len();
    let left: Vec<StoredFile> = files.into_iter().filter_map(|file| without(file, forget, &places)).collect();
    let mut forgotten = Forgotten { dumps, files: before - left.len(), ..Forgotten::default() };
    if !is_rehearsal {
        store.replace(&left, &symbols, &room)?;
        // Settling reads all of it again.
        drop(left);
        let left_said =
            if forget.said { Attribution::default() } else { said.clone().without(|text| forget.owns(text)) };
        if left_said != said {
            left_said.replace(store, now)?;
        }
        forgotten.settled = publish::publish(store, progress)?.0;
    }
    Ok(forgotten)
}

/// How many dumps are to be dropped, and where the answers stand of which they are made.
fn dropped(
    store: &Store,
    forget: &Forget,
    said: &Attribution,
) -> Result<(usize, BTreeSet<(Source, String)>), RunError> {
    let request = Request::new(vec![store.root().to_owned()], Params::default(), vec![ReportSpec::Check]);
    let (symbols, room) = (Symbols::default(), SpillFile::new(MEMORY));
    let estate = Estate::read(&request, &said.options()?, Catalogue::builtin(), &symbols, &room, &Silent)?;
    let dropped: Vec<&Dump> = estate.dumps.iter().filter(|dump| forget.dump(dump)).collect();
    let places = dropped.iter().flat_map(|dump| dump.sources.iter().chain(&dump.duplicates)).cloned().collect();
    Ok((dropped.len(), places))
}

/// What is left of `file`; `None` where that is nothing.
fn without(mut file: StoredFile, forget: &Forget, places: &BTreeSet<(Source, String)>) -> Option<StoredFile> {
    let held = |document: &Document| document.answers.len() + document.sidecars.len() + document.others.len();
    let before = file.documents.len();
    let path = file.source.logical_path();
    file.documents.retain_mut(|document| {
        let before = held(document);
        let problems = &mut document.problems;
        document.answers.retain(|answer| {
            let is_dropped = places.contains(&(answer.source.clone(), answer.locator.clone()));
            if is_dropped {
                problems.retain(|problem| problem.place != answer.locator);
            }
            !is_dropped
        });
        document.sidecars.retain(|sidecar| !forget.sidecar(sidecar));
        document.others.retain(|other_answer| !forget.other_answer(other_answer));
        // A document that held nothing of ours goes with the account whose folder it lay in.
        if before == 0 { !forget.owns(&path) } else { held(document) > 0 }
    });
    (before == 0 || !file.documents.is_empty()).then_some(file)
}
