//! What an analysis sees of one partition: the dumps, and its service and action rows with the vocabulary added.

use polars::prelude::*;

use super::present::{newest, usable};
use super::{Params, filter, verdict};
use crate::catalogue::Catalogue;
use crate::frame::build::{self, Dictionary};
use crate::model::{Dump, Level};

/// What all partitions of a run share.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What the user asked for.
    pub params: &'a Params,
    /// Public facts.
    pub catalogue: &'a Catalogue,
    /// From symbols to categories.
    pub dictionary: &'a Dictionary,
}

impl Context<'_> {
    /// The rows of `dumps` at `level`, with the vocabulary added; filtered by key (`--service`, `--action`), not yet by what
    /// a row says.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn rows(&self, level: Level, dumps: &[&Dump]) -> PolarsResult<LazyFrame> {
        let table = match level {
            Level::Service => build::services(dumps, self.dictionary)?,
            Level::Action => build::actions(dumps, self.dictionary)?,
        };
        let rows = self.params.filter.keys(table.lazy(), level);
        Ok(rows
            .with_columns([verdict::days_since(), verdict::observed_days(level, self.catalogue)])
            .with_column(verdict::verdict(self.params))
            .with_column(verdict::bucket(self.params)))
    }
}

/// One partition, prepared: whole entities of one account.
pub struct Scope<'a> {
    /// What all partitions share.
    pub context: Context<'a>,
    /// The dumps that the filters on entities and `--at` leave, usable or not.
    pub dumps: Vec<&'a Dump>,
    /// The two sides of a diff.
    pub sides: Sides<'a>,
    /// Which dumps speak for the services of the present.
    pub present: Vec<&'a Dump>,
    services: LazyFrame,
    actions: LazyFrame,
}

/// The dumps on each side of a diff, usable or not.
#[derive(Debug, Clone, Default)]
pub struct Sides<'a> {
    /// The earlier side.
    pub old: Vec<&'a Dump>,
    /// The later side.
    pub new: Vec<&'a Dump>,
}

/// Which tables an analysis reads; what nobody reads is not built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// The service rows of the present.
    pub services: bool,
    /// The action rows of the present.
    pub actions: bool,
}

impl Needs {
    /// What both need together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { services: self.services || other.services, actions: self.actions || other.actions }
    }

    /// The table of `level`.
    #[must_use]
    pub const fn level(level: Level) -> Self {
        match level {
            Level::Service => Self { services: true, actions: false },
            Level::Action => Self { services: false, actions: true },
        }
    }
}

impl<'a> Scope<'a> {
    /// Prepares the rows of the present, as plans.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn new(context: Context<'a>, dumps: &[&'a Dump], sides: Sides<'a>, needs: Needs) -> PolarsResult<Self> {
        let dumps = filter::considered(dumps, context.params);
        let choose = |level| {
            if context.params.all_snapshots { usable(&dumps, level).collect() } else { newest(&dumps, level, |_| ()) }
        };
        let present: Vec<&Dump> = choose(Level::Service);
        let rows = |level, wanted: bool| {
            let chosen = if wanted { choose(level) } else { Vec::new() };
            context.rows(level, &chosen)
        };
        let services = rows(Level::Service, needs.services)?;
        let actions = rows(Level::Action, needs.actions)?;
        Ok(Self { context, dumps, sides, present, services, actions })
    }

    /// Replaces the plans by what `collect` makes of them, so that several analyses share the work.
    ///
    /// # Errors
    /// Whatever `collect` returns.
    pub fn materialised(mut self, collect: impl Fn(LazyFrame) -> PolarsResult<DataFrame>) -> PolarsResult<Self> {
        self.services = collect(self.services)?.lazy();
        self.actions = collect(self.actions)?.lazy();
        Ok(self)
    }

    /// The rows of the present at `level` that all filters keep.
    pub fn rows(&self, level: Level) -> LazyFrame {
        let rows = self.all_rows(level);
        match self.context.params.filter.row_condition() {
            Some(condition) => rows.filter(condition),
            None => rows,
        }
    }

    /// The same before the filters on what a row says.
    pub fn all_rows(&self, level: Level) -> LazyFrame {
        match level {
            Level::Service => self.services.clone(),
            Level::Action => self.actions.clone(),
        }
    }
}
