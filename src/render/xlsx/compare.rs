//! `compare` in the form that a sheet can show: a matrix, or the long form where there are more entities than columns.
//!
//! Comes in: a section of `compare`, in either form. Goes out: a [`Grid`]. The audit asks for the long form, which its CSV file holds and
//! which does not grow with entities × permissions; the matrix is made of it here, 32 bytes for each of its rows. Apart because no
//! other format has a limit of columns.

use std::collections::{BTreeMap, BTreeSet};

use super::SheetLimits;
use super::column::{Meaning, SheetColumn, SheetPart, capitalized};
use super::grid::{Cells, Grid};
use crate::frame::{Cell, Table, TableReader};
use crate::model::Arn;
use crate::render::words;
use crate::report::people::{Origin, label, short_arn};
use crate::report::{Column, Section};

const ENTITY: &str = "entity_arn";
const CELL: &str = "cell";
const ACCOUNT: &str = "account_id";
const MATRIX_CAPTION: &str = "One row per permission, one column per entity: days since the last access. Empty: not granted. \
                              unused: no access in the days that AWS was watching. unknown: nothing can be concluded.";

/// The section as a sheet can show it; every section but `compare` is shown as it is.
pub(super) fn grid(section: &Section, limits: SheetLimits) -> Grid<'_> {
    let place = |name: &str| section.columns.iter().position(|column| column.name == name);
    if section.id != "compare" {
        return Grid::of_section(section);
    }
    match (place(ENTITY), place(CELL)) {
        // Which actions an entity may hold, its services say, and the long form has no rows of these.
        (Some(_), Some(_)) if place("action_name").is_some() && !section.unseen_entities.is_empty() => {
            Grid::of_section(section)
        }
        (Some(entity), Some(cell)) => matrix(section, entity, cell, place(ACCOUNT), limits),
        _ if section.columns.len() > limits.columns => long(section),
        _ => matrix_as_it_is(section),
    }
}

fn matrix_as_it_is(section: &Section) -> Grid<'_> {
    let keys = key_count(section);
    let columns = section.columns.iter().enumerate();
    let columns =
        columns.map(|(at, column)| if at < keys { key(at, column) } else { of_entity(at, &column.name, column) });
    let mut grid = Grid::new(section, columns.collect(), keys, section.table.height(), Cells::Table(&section.table));
    MATRIX_CAPTION.clone_into(&mut grid.caption);
    grid
}

/// How many columns of a matrix name the permission.
fn key_count(section: &Section) -> usize {
    section.columns.iter().take_while(|column| is_key(column)).count()
}

/// Whether a column names the permission.
fn is_key(column: &Column) -> bool {
    matches!(column.name.as_str(), "service_namespace" | "action_name")
}

/// A column as it is, at the place `at` of the sheet.
fn key(at: usize, column: &Column) -> SheetColumn {
    SheetColumn {
        name: column.name.clone(),
        label: capitalized(&label(&column.name)),
        kind: column.kind,
        about: words::without_options(&column.about).into_owned(),
        meaning: if column.name == CELL { Meaning::DaysOrWord } else { Meaning::Plain },
        part: SheetPart::Shown,
        origin: Some(Origin::Column(at)),
    }
}

fn of_entity(at: usize, name: &str, like: &Column) -> SheetColumn {
    let about = format!("days since {name} last accessed it, unused, or unknown; empty where it is not granted");
    let (name, label) = (name.to_owned(), on_two_lines(name));
    let origin = Some(Origin::Column(at));
    SheetColumn { name, label, kind: like.kind, about, meaning: Meaning::DaysOfEntity, part: SheetPart::Shown, origin }
}

/// `role/AdminRole` above its account. A heading with the account behind an ARN is that of an entity that several accounts have.
fn on_two_lines(heading: &str) -> String {
    let (arn, account) = match heading.split_once(" (") {
        Some((arn, account)) => (arn, Some(account.trim_end_matches(')').to_owned())),
        None => (heading, Arn::parse(heading).ok().and_then(|arn| arn.account().map(ToString::to_string))),
    };
    let short = short_arn(arn);
    account.map_or_else(|| short.clone().into_owned(), |account| format!("{short}\n{account}"))
}

fn said_long(entities: usize) -> String {
    format!("In the long form: {entities} entities are more than a sheet has columns.")
}

/// The long form turned into a matrix, unless it has too many entities.
fn matrix(section: &Section, entity: usize, cell: usize, account: Option<usize>, limits: SheetLimits) -> Grid<'_> {
    let reader = section.table.reader();
    // Names and owners of accounts belong to the entity: as part of the key they would give a permission one row for each account.
    let keys: Vec<usize> = (0..section.columns.len()).filter(|at| is_key(&section.columns[*at])).collect();
    let entities = Numbered::of(section.table.height(), |row| {
        (text(&reader, row, entity).unwrap_or_default(), account.and_then(|account| text(&reader, row, account)))
    });
    if entities.members.len() + keys.len() > limits.columns {
        let mut grid = Grid::of_section(section);
        grid.remarks.push(said_long(entities.members.len()));
        return grid;
    }
    let permissions =
        Numbered::of(section.table.height(), |row| keys.iter().map(|key| text(&reader, row, *key)).collect::<Vec<_>>());
    let mut columns: Vec<SheetColumn> = (0..).zip(&keys).map(|(at, from)| key(at, &section.columns[*from])).collect();
    let frozen = columns.len();
    let of_entities = (frozen..).zip(headings(&entities.members));
    columns.extend(of_entities.map(|(at, name)| of_entity(at, &name, &section.columns[cell])));
    let height = permissions.members.len();
    let long = words::counted(section.table.height() as i64, "row", "rows");
    // Row by row, as the table is read best; what is shown stands permission by permission.
    let of_row = permissions.of_row.iter().zip(&entities.of_row).enumerate();
    let mut placed: Vec<_> = of_row.map(|(row, (p, e))| (*p, *e, reader.cell(row, cell))).collect();
    placed.sort_unstable_by_key(|(permission, entity, _)| (*permission, *entity));
    let starts = (0..=height).map(|permission| placed.partition_point(|(p, ..)| (*p as usize) < permission)).collect();
    let placed = placed.into_iter().map(|(_, entity, cell)| (entity, cell)).collect();
    let unseen: BTreeSet<_> =
        section.unseen_entities.iter().map(|(arn, account)| (arn.as_str(), account.as_deref())).collect();
    let unseen = entities.members.iter().map(|entity| unseen.contains(entity)).collect();
    let matrix = Matrix { keys: permissions.members, starts, placed, unseen };
    let mut grid = Grid::new(section, columns, frozen, height, Cells::Matrix(matrix));
    grid.caption = format!(
        "{MATRIX_CAPTION} The CSV file has the same as a list, a row for each permission of an entity: {long}."
    );
    grid
}

/// The ARN of each entity; with the account where several accounts have an entity of that ARN, as AWS-managed policies do.
fn headings(entities: &[(&str, Option<&str>)]) -> Vec<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (arn, _) in entities {
        *times.entry(arn).or_default() += 1;
    }
    let heading = |(arn, account): &(&str, Option<&str>)| match account {
        Some(account) if times[arn] > 1 => format!("{arn} ({account})"),
        _ => (*arn).to_owned(),
    };
    entities.iter().map(heading).collect()
}

fn text<'a>(reader: &TableReader<'a>, row: usize, column: usize) -> Option<&'a str> {
    match reader.cell(row, column) {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}

/// The different values of all rows in order, and which of them each row has.
struct Numbered<T> {
    members: Vec<T>,
    of_row: Vec<u32>,
}

impl<T: Ord + Clone> Numbered<T> {
    fn of(height: usize, value: impl Fn(usize) -> T) -> Self {
        let mut seen: BTreeMap<T, u32> = BTreeMap::new();
        let first_seen: Vec<u32> = (0..height)
            .map(|row| {
                let next = seen.len() as u32;
                *seen.entry(value(row)).or_insert(next)
            })
            .collect();
        let mut order = vec![0_u32; seen.len()];
        for (place, number) in (0_u32..).zip(seen.values()) {
            order[*number as usize] = place;
        }
        let of_row = first_seen.into_iter().map(|number| order[number as usize]).collect();
        Self { members: seen.into_keys().collect(), of_row }
    }
}

/// A long form, read as a matrix.
pub(super) struct Matrix<'a> {
    /// What names each permission.
    keys: Vec<Vec<Option<&'a str>>>,
    /// Where each permission begins in `placed`, and the end.
    starts: Vec<usize>,
    /// Entity and value, by permission, then by entity.
    placed: Vec<(u32, Cell<'a>)>,
    /// Of each entity whether it may hold what it has no value for.
    unseen: Vec<bool>,
}

impl<'a> Matrix<'a> {
    /// The value of a permission and a column.
    pub(super) fn cell(&self, permission: usize, column: usize) -> Cell<'a> {
        let keys = &self.keys[permission];
        let Some(entity) = column.checked_sub(keys.len()) else {
            return keys[column].map_or(Cell::Null, Cell::Text);
        };
        let of_permission = &self.placed[self.starts[permission]..self.starts[permission + 1]];
        match of_permission.binary_search_by_key(&(entity as u32), |(entity, _)| *entity) {
            Ok(at) => of_permission[at].1,
            Err(_) if self.unseen[entity] => Cell::Text("?"),
            Err(_) => Cell::Null,
        }
    }
}

/// A matrix that is too wide for a sheet, in the long form.
fn long(section: &Section) -> Grid<'_> {
    let reader = section.table.reader();
    let keys = key_count(section);
    let mut granted = Vec::new();
    for column in keys..section.columns.len() {
        for row in 0..section.table.height() {
            if reader.cell(row, column) != Cell::Null {
                granted.push((row as u32, column as u32));
            }
        }
    }
    let about = "the entity, or its label where its ARN is not known";
    let mut columns = vec![SheetColumn::text(0, ENTITY, about, Meaning::Plain)];
    columns.extend((1..).zip(&section.columns[..keys]).map(|(at, column)| key(at, column)));
    let about = "days since the last access, unused, or unknown";
    columns.push(SheetColumn::text(keys + 1, CELL, about, Meaning::DaysOrWord));
    let names: Vec<&str> = section.columns.iter().map(|column| column.name.as_str()).collect();
    let height = granted.len();
    let mut grid =
        Grid::new(section, columns, 1, height, Cells::Long(Long { table: &section.table, names, keys, granted }));
    grid.remarks.push(said_long(section.columns.len() - keys));
    grid
}

/// A matrix, read in the long form.
pub(super) struct Long<'a> {
    table: &'a Table,
    /// The columns of the matrix.
    names: Vec<&'a str>,
    /// How many of them name the permission.
    keys: usize,
    /// Row and column of every value, by entity.
    granted: Vec<(u32, u32)>,
}

impl<'a> Long<'a> {
    /// The matrix.
    pub(super) const fn table(&self) -> &'a Table {
        self.table
    }

    /// The value of a row and a column of the long form; `reader` is one of the matrix.
    pub(super) fn cell<'r>(&'r self, reader: &TableReader<'r>, row: usize, column: usize) -> Cell<'r> {
        let (permission, entity) = self.granted[row];
        match column.checked_sub(1) {
            None => Cell::Text(self.names[entity as usize]),
            Some(key) if key < self.keys => reader.cell(permission as usize, key),
            Some(_) => reader.cell(permission as usize, entity as usize),
        }
    }
}
