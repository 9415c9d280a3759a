//! What an analysis sees of one partition: the dumps, and its service and action rows with the vocabulary added.

use std::iter::repeat_n;

use polars::prelude::*;

use super::present::{newest, usable};
use super::{Params, filter, vocabulary};
use crate::catalogue::Catalogue;
use crate::frame::build::{self, Dictionary};
use crate::frame::groups;
use crate::frame::schema;
use crate::model::policy::{Grants, Holder};
use crate::model::{Dump, Entity, Level};

/// What all partitions of a run share.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What the user asked for.
    pub params: &'a Params,
    /// Public facts.
    pub catalogue: &'a Catalogue,
    /// From symbols to categories.
    pub dictionary: &'a Dictionary,
    /// Who holds which policy.
    pub grants: &'a Grants,
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
        Ok(self.params.filter.keys(self.with_vocabulary(table, level)?, level))
    }

    /// As [`Context::rows`] at service level, with the place of each row's dump among `dumps` as [`schema::DUMP`].
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn services_by_dump(&self, dumps: &[&Dump]) -> PolarsResult<LazyFrame> {
        let mut table = build::services(dumps, self.dictionary)?;
        let places = dumps.iter().zip(0u32..).flat_map(|(dump, at)| repeat_n(at, dump.rows.service_count()));
        table.with_column(UInt32Chunked::from_iter_values(schema::DUMP.into(), places).into_column())?;
        Ok(self.params.filter.keys(self.with_vocabulary(table, Level::Service)?, Level::Service))
    }

    /// The actions of `dumps` as [`groups`], with the vocabulary added; filtered by key, not yet by what a row says.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn groups(&self, dumps: &[&Dump]) -> PolarsResult<LazyFrame> {
        let filter = &self.params.filter;
        let keeps = filter.keeps_action(self.dictionary);
        let keeps = keeps.as_ref().map(|keeps| keeps as &dyn Fn(_, _) -> bool);
        let table = groups::actions(dumps, self.dictionary, keeps)?;
        Ok(filter.services(self.with_vocabulary(table, Level::Action)?))
    }

    fn with_vocabulary(&self, rows: DataFrame, level: Level) -> PolarsResult<LazyFrame> {
        Ok(vocabulary::with_vocabulary(rows, level, self.params, self.catalogue)?.lazy())
    }
}

/// One partition, prepared: whole entities.
pub struct Scope<'a> {
    /// What all partitions share.
    pub context: Context<'a>,
    /// The dumps that the filters on entities and `--at` leave, usable or not.
    pub dumps: Vec<&'a Dump>,
    /// The two sides of a diff.
    pub sides: Sides<'a>,
    /// The entities of the batch that answers about policies describe.
    pub holders: Vec<&'a Holder>,
    /// Which dumps speak for the services of the present.
    pub present: Vec<&'a Dump>,
    services: LazyFrame,
    actions: LazyFrame,
    groups: LazyFrame,
    grouped: Vec<&'a Dump>,
    collect: Collect,
}

/// How a plan is run; the caller's choice.
pub type Collect = fn(LazyFrame) -> PolarsResult<DataFrame>;

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
#[expect(clippy::struct_excessive_bools, reason = "a set of tables: each is wanted or not, whatever the others are")]
pub struct Needs {
    /// The service rows of the present.
    pub services: bool,
    /// The action rows of the present, one by one.
    pub actions: bool,
    /// The action rows of the present, those that say the same together.
    pub groups: bool,
    /// Single action rows of other dumps, in tables that the analysis makes itself.
    pub other_actions: bool,
    /// What answers about policies say of the entities.
    pub holders: bool,
}

impl Needs {
    /// No table.
    pub const NOTHING: Self =
        Self { services: false, actions: false, groups: false, other_actions: false, holders: false };

    /// What both need together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            services: self.services || other.services,
            actions: self.actions || other.actions,
            groups: self.groups || other.groups,
            other_actions: self.other_actions || other.other_actions,
            holders: self.holders || other.holders,
        }
    }

    /// How many rows the largest table made of `dump` alone has, about.
    #[must_use]
    pub fn rows_of(self, dump: &Dump) -> usize {
        let single = self.actions || self.other_actions;
        // Of the grouped rows there is one for each service, and one for each use of an action: about as many.
        dump.rows.service_count() + if single { dump.rows.action_count() } else { dump.rows.used_count() }
    }

    /// The table of `level`.
    #[must_use]
    pub const fn level(level: Level) -> Self {
        match level {
            Level::Service => Self { services: true, ..Self::NOTHING },
            Level::Action => Self { actions: true, ..Self::NOTHING },
        }
    }
}

impl<'a> Scope<'a> {
    /// Prepares the rows of the present, as plans.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn new(
        context: Context<'a>,
        dumps: &[&'a Dump],
        sides: Sides<'a>,
        needs: Needs,
        collect: Collect,
    ) -> PolarsResult<Self> {
        let dumps = filter::considered(dumps, context.params);
        let choose = |level| {
            let all = context.params.all_snapshots;
            let mut chosen = if all { usable(&dumps, level).collect() } else { newest(&dumps, level, |_| ()) };
            // As listings are sorted: what is in order already costs a look.
            chosen.sort_by(|a, b| listing_order(a).cmp(&listing_order(b)));
            chosen
        };
        let present: Vec<&Dump> = choose(Level::Service);
        let rows = |level, wanted: bool| {
            let chosen = if wanted { choose(level) } else { Vec::new() };
            context.rows(level, &chosen)
        };
        let services = rows(Level::Service, needs.services)?;
        let actions = rows(Level::Action, needs.actions)?;
        let grouped = if needs.groups { choose(Level::Action) } else { Vec::new() };
        let groups = context.groups(&grouped)?;
        let holders = Vec::new();
        Ok(Self { context, dumps, sides, holders, present, services, actions, groups, grouped, collect })
    }

    /// The same with the entities that answers about policies describe.
    #[must_use]
    pub fn with_holders(self, holders: Vec<&'a Holder>) -> Self {
        Self { holders, ..self }
    }

    /// Replaces the plans by what they give, so that several analyses share the work.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn materialised(mut self) -> PolarsResult<Self> {
        self.services = self.collect(self.services.clone())?.lazy();
        self.actions = self.collect(self.actions.clone())?.lazy();
        self.groups = self.collect(self.groups.clone())?.lazy();
        Ok(self)
    }

    /// Runs a plan, for what no expression can say.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn collect(&self, plan: LazyFrame) -> PolarsResult<DataFrame> {
        (self.collect)(plan)
    }

    /// The actions of the present that all filters keep, those that say the same together.
    pub fn groups(&self) -> LazyFrame {
        kept(self.groups.clone(), self.context.params)
    }

    /// The dumps that [`Scope::groups`] is made of, in its order: what [`groups::Groups`] needs beside rows.
    pub fn grouped(&self) -> &[&'a Dump] {
        &self.grouped
    }

    /// The rows of the present at `level` that all filters keep.
    pub fn rows(&self, level: Level) -> LazyFrame {
        kept(self.all_rows(level), self.context.params)
    }

    /// The same before the filters on what a row says.
    pub fn all_rows(&self, level: Level) -> LazyFrame {
        match level {
            Level::Service => self.services.clone(),
            Level::Action => self.actions.clone(),
        }
    }
}

/// The order of entities in a listing: that of [`ENTITY_KEY`](super::ENTITY_KEY).
fn listing_order(dump: &Dump) -> impl Ord {
    let Entity { account, kind, name, arn, .. } = &dump.entity;
    (account.as_ref(), kind.as_ref(), name, arn.as_ref())
}

/// What the filters on what a row says keep.
pub fn kept(rows: LazyFrame, params: &Params) -> LazyFrame {
    match params.filter.row_condition() {
        Some(condition) => rows.filter(condition),
        None => rows,
    }
}
