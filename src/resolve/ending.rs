//! How an answer ends: whether more pages may follow it.

use crate::model::Job;

/// Lengths of a page as the API cuts them: the documented one, the observed one, and the most that a caller may ask
/// for.
const PAGE_LENGTHS: [usize; 3] = [100, 200, 1000];

/// How the list of a piece ends, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    /// `IsTruncated` is false.
    Whole,
    /// Nothing tells, and the length is not that of a page.
    Unsaid,
    /// Nothing tells, and the list is exactly a page long.
    PageLong,
    /// `IsTruncated` is true on a list that is longer than a page: most likely pages were merged and the flag of the
    /// first one was kept.
    StaleFlag,
    /// `IsTruncated` is true, or there is a `Marker`.
    Cut,
}

impl Ending {
    /// Whether another page may follow.
    pub const fn may_go_on(self) -> bool {
        !matches!(self, Self::Whole | Self::Unsaid)
    }

    /// How a list of `rows` services of this job ends.
    pub fn of(job: &Job, rows: usize) -> Self {
        let flagged = job.has_marker || job.is_truncated == Some(true);
        match job.is_truncated {
            _ if flagged && rows > 200 && rows != 1000 => Self::StaleFlag,
            _ if flagged => Self::Cut,
            Some(_) => Self::Whole,
            None if PAGE_LENGTHS.contains(&rows) => Self::PageLong,
            None => Self::Unsaid,
        }
    }
}
