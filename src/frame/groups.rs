//! Action rows, those that say the same held together.
//!
//! Comes in: the dumps of one partition. Goes out: a table in which all actions of one service of one dump that were never used
//! are one row, and every other action is one. Whatever is true of a row is true of each of its actions: they share dump,
//! service and access, and nothing else decides a verdict. Nine tenths of an estate's action rows say "never used", so
//! verdicts are computed, counted and filtered on a tenth of the rows; [`Groups`] names the actions behind a row where a
//! report wants names. Tables of single rows are in [`build`](super::build).

use polars::prelude::*;

use super::build::Dictionary;
use super::columns::{AccessColumns, entity_columns, frame};
use super::schema;
use crate::model::{ActionRow, Dump, Symbol};

/// Which actions to keep, by namespace and name; `None` keeps all.
pub type Keeps<'k> = Option<&'k dyn Fn(Symbol, Symbol) -> bool>;

/// The table of [`schema::ACTION_GROUPS`].
///
/// # Errors
/// Where Polars refuses a column: a bug.
pub fn actions(dumps: &[&Dump], dictionary: &Dictionary, keeps: Keeps) -> PolarsResult<DataFrame> {
    // At most one for each service, and one for each action that has more than its name; with `keeps` there may be more.
    let most = dumps.iter().map(|dump| dump.rows.service_count() + dump.rows.used_count()).sum();
    let mut rows = GroupRows::with_capacity(most);
    let mut repeated = Vec::with_capacity(dumps.len());
    for (at, dump) in dumps.iter().enumerate() {
        let before = rows.height();
        for service in 0..dump.rows.here().services().len() {
            rows.push_service(dump, at as u32, service, keeps);
        }
        repeated.push((*dump, rows.height() - before));
    }
    let mut columns = entity_columns(&repeated)?;
    rows.finish(&mut columns, dictionary)?;
    frame(columns, &schema::ACTION_GROUPS)
}

struct GroupRows {
    access: AccessColumns,
    namespace: Vec<Symbol>,
    name: Vec<Symbol>,
    count: Vec<u32>,
    dump: Vec<u32>,
    service: Vec<u32>,
    action: Vec<Option<u32>>,
}

impl GroupRows {
    fn with_capacity(rows: usize) -> Self {
        Self {
            access: AccessColumns::with_capacity(rows),
            namespace: Vec::with_capacity(rows),
            name: Vec::with_capacity(rows),
            count: Vec::with_capacity(rows),
            dump: Vec::with_capacity(rows),
            service: Vec::with_capacity(rows),
            action: Vec::with_capacity(rows),
        }
    }

    const fn height(&self) -> usize {
        self.count.len()
    }

    fn push_service(&mut self, dump: &Dump, at: u32, service: usize, keeps: Keeps) {
        let row = &dump.rows.here().services()[service];
        let names = dump.rows.here().action_names_of(service);
        let mut push = |action: ActionRow, count: usize, place: Option<usize>| {
            self.access.push(action.accessed, action.by, action.region);
            self.namespace.push(row.namespace);
            self.name.push(row.name);
            self.count.push(count as u32);
            self.dump.push(at);
            self.service.push(service as u32);
            self.action.push(place.map(|place| place as u32));
        };
        if let Some(keeps) = keeps {
            // Some of the names, so each is a row of its own.
            let kept = dump.rows.here().actions_of(service).enumerate().filter(|(_, a)| keeps(row.namespace, a.name));
            return kept.for_each(|(place, action)| push(action, 1, Some(place)));
        }
        let mut single = 0;
        for (place, action) in dump.rows.here().recorded_actions_of(service) {
            push(action, 1, Some(place));
            single += 1;
        }
        if names.len() > single {
            push(ActionRow::unrecorded(Symbol::NONE), names.len() - single, None);
        }
    }

    fn finish(self, columns: &mut Vec<Column>, dictionary: &Dictionary) -> PolarsResult<()> {
        columns.push(dictionary.column(schema::SERVICE_NAMESPACE, self.namespace)?);
        let undated = self.access.finish(columns, dictionary)?;
        columns.push(undated);
        columns.push(dictionary.column(schema::SERVICE_NAME, self.name)?);
        columns.push(UInt32Chunked::from_vec(schema::ACTIONS.into(), self.count).into_column());
        columns.push(UInt32Chunked::from_vec(schema::DUMP.into(), self.dump).into_column());
        columns.push(UInt32Chunked::from_vec(schema::SERVICE.into(), self.service).into_column());
        let action = UInt32Chunked::from_iter_options(schema::ACTION.into(), self.action.into_iter());
        columns.push(action.into_column());
        Ok(())
    }
}

/// Rows of a table made of [`schema::ACTION_GROUPS`], and the dumps that it was made of.
#[derive(Debug, Clone, Copy)]
pub struct Groups<'g> {
    /// Any of its rows, with at least its last three columns.
    pub frame: &'g DataFrame,
    /// Exactly the dumps of [`actions`].
    pub dumps: &'g [&'g Dump],
}

/// One row of [`Groups`].
#[derive(Debug, Clone, Copy)]
pub struct Group<'g> {
    dump: &'g Dump,
    service: usize,
    action: Option<usize>,
}

impl<'g> Group<'g> {
    /// The namespace of its service.
    #[must_use]
    pub fn namespace(&self) -> Symbol {
        self.dump.rows.here().services()[self.service].namespace
    }

    /// The names of its actions, in the order of the dump.
    pub fn names(&self) -> impl Iterator<Item = Symbol> + use<'g> {
        let list = self.list();
        self.places().map(move |place| list[place])
    }

    /// The names of all actions of its service.
    fn list(&self) -> &'g [Symbol] {
        self.dump.rows.here().action_names_of(self.service)
    }

    /// Whether both are of one service of one dump.
    fn is_beside(&self, other: &Self) -> bool {
        std::ptr::eq(self.dump, other.dump) && self.service == other.service
    }

    /// Where these stand among the actions of their service.
    fn places(&self) -> impl Iterator<Item = usize> + use<'g> {
        let rows = self.dump.rows.here();
        let all = if self.action.is_some() { 0 } else { self.list().len() };
        let mut recorded = rows.recorded_actions_of(self.service).map(|(place, _)| place).peekable();
        let unrecorded = (0..all).filter(move |place| recorded.next_if_eq(place).is_none());
        self.action.into_iter().chain(unrecorded)
    }

    /// Where the row stands for all actions of its service but those that have rows of their own: the names of all of them.
    #[must_use]
    pub fn whole_list(&self) -> Option<&'g [Symbol]> {
        self.action.is_none().then(|| self.list())
    }

    /// Where [`Group::whole_list`] is one: the names that have rows of their own.
    pub fn others(&self) -> impl Iterator<Item = Symbol> + use<'g> {
        self.dump.rows.here().recorded_actions_of(self.service).map(|(_, action)| action.name)
    }
}

impl<'g> Groups<'g> {
    /// Every row.
    ///
    /// # Errors
    /// Where a column is missing: a bug.
    pub fn rows(&self) -> PolarsResult<impl Iterator<Item = Group<'g>> + use<'g>> {
        let column = |name: &str| self.frame.column(name)?.u32();
        let (dump, service) = (column(schema::DUMP)?, column(schema::SERVICE)?);
        let action = column(schema::ACTION)?;
        let dumps = self.dumps;
        let places = dump.into_no_null_iter().zip(service.into_no_null_iter()).zip(action.iter());
        Ok(places.map(move |((dump, service), action)| Group {
            dump: dumps[dump as usize],
            service: service as usize,
            action: action.map(|place| place as usize),
        }))
    }

    /// One row per action: each row of the frame repeated for its names, and these as [`schema::ACTION_NAME`].
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub fn named(&self, dictionary: &Dictionary) -> PolarsResult<DataFrame> {
        let groups: Vec<(IdxSize, Group)> = (0..).zip(self.rows()?).collect();
        let (mut rows, mut names, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for of_service in groups.chunk_by(|(_, a), (_, b)| a.is_beside(b)) {
            let list = of_service[0].1.list();
            places.extend(of_service.iter().flat_map(|(row, group)| group.places().map(move |place| (place, *row))));
            // In the order of the dump, which mostly is that of the alphabet: then nothing is left to be sorted.
            places.sort_unstable();
            rows.extend(places.iter().map(|(_, row)| *row));
            names.extend(places.drain(..).map(|(place, _)| list[place]));
        }
        let mut named = self.frame.take(&IdxCa::from_vec("rows".into(), rows))?;
        named.with_column(dictionary.column(schema::ACTION_NAME, names)?)?;
        Ok(named)
    }
}
