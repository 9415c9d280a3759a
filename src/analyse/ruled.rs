//! What is ruled on the rows of a batch: which entry decides about each, and what follows. The scope of a batch keeps what is ruled on services.

use std::sync::Arc;

use polars::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::frame::schema::AWS_CONTROLLED;

/// Where a row stands that could go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowAdvice {
    /// In the list.
    Listed,
    /// A decision keeps it.
    Kept,
    /// It is an action, and the decision that keeps its whole service is the one about it too.
    KeptWithService,
}

/// What decides about the rows of a table, row by row.
#[derive(Debug, Default)]
pub struct Ruled {
    /// The number of the entry.
    pub entries: Vec<Option<u32>>,
    /// What follows for a row that could go.
    pub standings: Vec<RowAdvice>,
}

impl Ruled {
    /// The rows that stand so.
    pub fn mask(&self, standing: RowAdvice) -> BooleanChunked {
        self.standings.iter().map(|of| Some(*of == standing)).collect_ca(PlSmallStr::from_static("mask"))
    }
}

/// The service rows of a batch, with what is ruled on them. Several analyses ask, and to rule takes longer than the rest of what they do.
#[derive(Debug)]
pub struct RuledServices {
    /// All service rows of the present, whether they could go or not.
    pub rows: DataFrame,
    /// What is ruled on each.
    pub ruled: Ruled,
    /// Which of them could go.
    pub dormant: BooleanChunked,
    /// Those that could go and are kept.
    pub kept: Arc<KeptServices>,
}

impl RuledServices {
    /// The rows that could go and stand so.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn of(&self, standing: RowAdvice) -> PolarsResult<DataFrame> {
        self.rows.filter(&(&self.ruled.mask(standing) & &self.dormant))
    }

    /// Which rows a decision keeps out of the list of services that could go. The rows that AWS controls are in that list where
    /// `with_aws_controlled` says so.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn kept_mask(&self, with_aws_controlled: bool) -> PolarsResult<BooleanChunked> {
        let kept = &self.ruled.mask(RowAdvice::Kept) & &self.dormant;
        if with_aws_controlled {
            return Ok(kept);
        }
        let is_controlled = self.rows.column(AWS_CONTROLLED)?.bool()?.clone();
        Ok(&kept & &!is_controlled)
    }
}

/// Numbers for names, which take the place of the names in sets of many rows.
#[derive(Debug, Default)]
pub struct NameNumbers(FxHashMap<String, u32>);

impl NameNumbers {
    /// The number of `name`; a name that is new gets the next one.
    pub fn of(&mut self, name: &str) -> u32 {
        self.get(name).unwrap_or_else(|| {
            let next = self.0.len() as u32;
            self.0.insert(name.to_owned(), next);
            next
        })
    }

    /// The number of `name`, if it has one.
    pub fn get(&self, name: &str) -> Option<u32> {
        self.0.get(name).copied()
    }
}

/// The services that could go and are kept, of each entity.
#[derive(Debug, Default)]
pub struct KeptServices {
    /// Of services, by their names in lower case.
    numbers: NameNumbers,
    /// The codes of entities with the numbers of services.
    pairs: FxHashSet<(u32, u32)>,
}

impl KeptServices {
    /// Adds the service, given in lower case, of the entity with this code.
    pub fn add(&mut self, entity: u32, service: &str) {
        self.pairs.insert((entity, self.numbers.of(service)));
    }

    /// Whether the service, given in lower case, of the entity with this code is one of them.
    pub fn contains(&self, entity: Option<u32>, service: &str) -> bool {
        let number = self.numbers.get(service);
        entity.zip(number).is_some_and(|(entity, number)| self.pairs.contains(&(entity, number)))
    }
}
