//! From when and until when a statement speaks, by its conditions about the time: tools that give access for a day write
//! them.

use crate::model::Instant;

/// The bounds that conditions on `aws:CurrentTime` and `aws:EpochTime` set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatementTimes {
    /// The statement says nothing before this.
    pub from: Option<TimeBound>,
    /// The statement says nothing after this.
    pub until: Option<TimeBound>,
}

/// One end of the time in which a statement speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeBound {
    /// A moment.
    At(Instant),
    /// A condition that cannot be read, or that is no simple bound: it may be any time.
    Unreadable,
}

impl TimeBound {
    /// The moment, and `latest` at the latest.
    #[must_use]
    pub fn by(self, latest: Option<Instant>) -> Option<Instant> {
        match self {
            Self::At(at) => latest.map_or(Some(at), |latest| Some(at.min(latest))),
            Self::Unreadable => latest,
        }
    }

    /// Whether it is after `since`, or may be.
    #[must_use]
    pub fn is_after(self, since: Instant) -> bool {
        match self {
            Self::At(at) => at > since,
            Self::Unreadable => true,
        }
    }

    /// The bound for which both conditions hold, or any of two values does; `chosen` is the earlier or the later one.
    #[must_use]
    pub fn with(self, other: Option<Self>, chosen: fn(Instant, Instant) -> Instant) -> Self {
        match (self, other) {
            (bound, None) => bound,
            (Self::At(one), Some(Self::At(other))) => Self::At(chosen(one, other)),
            _ => Self::Unreadable,
        }
    }
}
