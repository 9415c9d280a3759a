//! The numbers that lead a report: each is computed once, in `analyse::headline`, and every output shows the same one.

use crate::model::{Instant, UnknownReason};

/// The numbers of the whole question, all accounts together. Filters of rows, such as `--verdict` and `--used`, change
/// none of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headline {
    /// Accounts that are known by their number.
    pub accounts: i64,
    /// Entities with a usable dump.
    pub entities: i64,
    /// Those of them of which nothing tells the account.
    pub in_no_account: i64,
    /// Dumps that are neither complete nor empty.
    pub dumps_incomplete: i64,
    /// Date of the oldest dump that speaks for an entity.
    pub oldest: Option<Instant>,
    /// Date of the newest such dump.
    pub newest: Option<Instant>,
    /// Whether such a dump has no date.
    pub has_undated: bool,
    /// Entity × service pairs.
    pub services: Permissions,
    /// Entity × tracked action pairs.
    pub actions: Permissions,
}

/// How the permissions of one level were judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// All of them: the sum of the verdicts below.
    pub granted: i64,
    /// Used less than the threshold before the dump was made.
    pub active: i64,
    /// Used, but not within the threshold.
    pub stale: i64,
    /// Never used while watched for at least the threshold.
    pub unused: i64,
    /// Nothing can be concluded.
    pub unknown: i64,
    /// The reasons of the unknown ones with their numbers, in the order of the closed set; a reason that none has is
    /// left out.
    pub unknown_because: Vec<(UnknownReason, i64)>,
    /// Stale and unused ones that are left out of the lists because AWS controls the entity; 0 if the user asks for
    /// them.
    pub aws_controlled: i64,
    /// Stale and unused actions that are left out of the list because their whole service is listed, or kept; 0 for
    /// services.
    pub listed_with_service: i64,
    /// Stale and unused ones that are left out of the lists because a decision keeps them.
    pub kept_by_decision: i64,
    /// What a person has to look at: the rows of the list of unused services, or of unused actions.
    pub to_review: i64,
}
