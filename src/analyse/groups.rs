//! Action rows, with equal ones held together.
//!
//! A row is about one action, or about all actions of a class that have no row of their own: everything that is true of
//! the row is true of each of them. Nine tenths of an estate's actions were never used, so verdicts are counted and
//! filtered on a tenth of the rows, and [`Groups`] names the actions of a row if a report needs names.

use std::borrow::Cow;
use std::ops::Range;

use polars::prelude::*;
use rustc_hash::FxHashMap;

use super::timeline::{ClassId, RowMembers};
use crate::frame::build::Dictionary;
use crate::frame::schema;
use crate::model::Symbol;

/// The actions of each row of a table, which holds their position here as [`schema::MEMBERS`].
#[derive(Debug, Default)]
pub struct MemberSets<'d> {
    /// Each set with the number of its service in [`MemberSets::services`].
    sets: Vec<(u32, Set)>,
    services: Vec<Symbol>,
    excluded: Vec<Symbol>,
    classes: Vec<Cow<'d, [Symbol]>>,
}

#[derive(Debug)]
enum Set {
    One(Symbol),
    Class { class: ClassId, excluded: Range<u32> },
}

impl<'d> MemberSets<'d> {
    /// Begins a service, of this or another entity; the rows that are pushed next belong to it.
    pub fn start_service(&mut self, namespace: Symbol) {
        self.services.push(namespace);
    }

    /// Adds the actions of a row; returns their position and their number.
    ///
    /// # Panics
    /// If the row is about a service.
    pub fn push(&mut self, action: Symbol, members: RowMembers) -> (u32, u32) {
        let place = self.sets.len() as u32;
        let set = match members {
            RowMembers::Service => unreachable!("a service has no members"),
            RowMembers::Action => Set::One(action),
            RowMembers::Class { class, excluded, .. } => {
                let start = self.excluded.len() as u32;
                self.excluded.extend_from_slice(excluded);
                Set::Class { class, excluded: start..self.excluded.len() as u32 }
            }
        };
        let service = self.services.len() - 1;
        self.sets.push((service as u32, set));
        (place, members.count() as u32)
    }

    /// Takes the names of all classes, after the last row.
    pub fn close(&mut self, classes: Vec<Cow<'d, [Symbol]>>) {
        self.classes = classes;
    }

    fn namespace(&self, place: u32) -> Symbol {
        self.services[self.sets[place as usize].0 as usize]
    }

    fn group(&self, place: u32) -> Group<'_> {
        match &self.sets[place as usize].1 {
            Set::One(action) => Group::One(*action),
            Set::Class { class, excluded } => Group::Class {
                class: *class,
                names: &self.classes[class.index()],
                excluded: &self.excluded[excluded.start as usize..excluded.end as usize],
            },
        }
    }
}

/// The actions of one row.
#[derive(Debug, Clone, Copy)]
pub enum Group<'g> {
    /// One action.
    One(Symbol),
    /// All actions of a class, except some.
    Class {
        /// The class.
        class: ClassId,
        /// All its names.
        names: &'g [Symbol],
        /// Those that have rows of their own, in the order of the class.
        excluded: &'g [Symbol],
    },
}

impl Group<'_> {
    /// Hands each action to `take`.
    pub fn each(self, mut take: impl FnMut(Symbol)) {
        match self {
            Self::One(action) => take(action),
            Self::Class { names, excluded, .. } => {
                let mut excluded = excluded.iter().peekable();
                names.iter().filter(|name| excluded.next_if_eq(name).is_none()).for_each(|name| take(*name));
            }
        }
    }
}

/// Rows of a table with the column [`schema::MEMBERS`].
#[derive(Debug, Clone, Copy)]
pub struct Groups<'g> {
    /// Any of its rows.
    pub frame: &'g DataFrame,
    /// The sets that the whole table was made with.
    pub sets: &'g MemberSets<'g>,
}

impl<'g> Groups<'g> {
    /// The namespace and the actions of every row.
    ///
    /// # Errors
    /// If the column is missing, which is a bug.
    pub fn rows(&self) -> PolarsResult<impl Iterator<Item = (Symbol, Group<'g>)> + use<'g>> {
        let (sets, members) = (self.sets, self.frame.column(schema::MEMBERS)?.u32()?);
        Ok(members.into_no_null_iter().map(move |place| (sets.namespace(place), sets.group(place))))
    }

    /// One row per action: each row of the frame is repeated for its names, which are its [`schema::ACTION_NAME`].
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn named(&self, dictionary: &Dictionary) -> PolarsResult<DataFrame> {
        let members: Vec<u32> = self.frame.column(schema::MEMBERS)?.u32()?.into_no_null_iter().collect();
        let mut named = NamedRows::default();
        for (row, &place) in (0..).zip(&members) {
            named.push(self.sets.sets[place as usize].0, row, self.sets.group(place));
        }
        named.flush();
        let NamedRows { rows, names, .. } = named;
        let mut named = self.frame.take(&IdxCa::from_vec("rows".into(), rows))?;
        named.with_column(dictionary.column(schema::ACTION_NAME, names)?)?;
        Ok(named)
    }
}

/// Rows and their names, service by service.
#[derive(Default)]
struct NamedRows {
    rows: Vec<IdxSize>,
    names: Vec<Symbol>,
    service: u32,
    /// Actions of this service with rows of their own, held until the class that they belong to.
    singles: Vec<(IdxSize, Symbol)>,
    places: FxHashMap<Symbol, IdxSize>,
}

impl NamedRows {
    fn push(&mut self, service: u32, row: IdxSize, group: Group) {
        if service != self.service {
            self.flush();
            self.service = service;
        }
        match group {
            Group::One(action) => self.singles.push((row, action)),
            Group::Class { names, excluded, .. } => self.push_class(row, names, excluded),
        }
    }

    /// Adds rows in the order of the dump, which is mostly alphabetical: then nothing is left to sort.
    fn push_class(&mut self, row: IdxSize, names: &[Symbol], excluded: &[Symbol]) {
        self.places.clear();
        for (row, action) in &self.singles {
            // In a published dump one action can have two rows: that of the present, and that of the dump by itself.
            if let Some(other) = self.places.insert(*action, *row) {
                self.rows.push(other);
                self.names.push(*action);
            }
        }
        let mut excluded = excluded.iter().peekable();
        for name in names {
            let is_single = excluded.next_if_eq(&name).is_some();
            let of_row = if is_single { self.places.remove(name) } else { Some(row) };
            self.rows.extend(of_row);
            self.names.extend(of_row.map(|_| *name));
        }
        let places = &self.places;
        self.singles.retain(|(row, action)| places.get(action) == Some(row));
    }

    fn flush(&mut self) {
        self.rows.extend(self.singles.iter().map(|(row, _)| *row));
        self.names.extend(self.singles.drain(..).map(|(_, action)| action));
    }
}
