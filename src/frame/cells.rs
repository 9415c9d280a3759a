//! The columns of one frame, typed, so that a cell costs an index.

use std::ops::Range;

use polars::prelude::*;

use crate::model::{Day, Instant};

/// One value, with a type as far as a reader can tell the difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Not recorded, or not defined.
    Null,
    /// Any text, hostile text included.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A percentage or a ratio.
    Float(f64),
    /// A point in time.
    Instant(Instant),
    /// A calendar day.
    Day(Day),
    /// True or false.
    Flag(bool),
}

/// Typed columns. They share their memory with the frame.
#[derive(Debug)]
pub(super) struct TypedColumns(Vec<Values>);

/// The only chunk of a column, so that no value has to be searched for among several.
type Chunk<T> = <T as PolarsDataType>::Array;

#[derive(Debug)]
enum Values {
    Text(Chunk<StringType>),
    Name8(Chunk<UInt8Type>),
    Name16(Chunk<UInt16Type>),
    Name32(Chunk<UInt32Type>),
    U32(Chunk<UInt32Type>),
    I64(Chunk<Int64Type>),
    F64(Chunk<Float64Type>),
    Flag(Chunk<BooleanType>),
    Instant(Chunk<Int64Type>),
    Day(Chunk<Int32Type>),
}

impl TypedColumns {
    /// The columns of a frame that has one chunk per column.
    ///
    /// # Panics
    /// If a column has a dtype that no report uses.
    pub fn of(frame: &DataFrame) -> Self {
        Self(frame.columns().iter().map(|column| Values::of(column.as_materialized_series())).collect())
    }

    /// The value at `row` and `column`, a column of `dtype`.
    pub fn cell<'a>(&'a self, row: usize, column: usize, dtype: &'a DataType) -> Cell<'a> {
        match &self.0[column] {
            Values::Text(values) => values.get(row).map_or(Cell::Null, Cell::Text),
            values => values.cell(row, dtype),
        }
    }

    /// Calls `each` for the first of `rows`, and for every other row with another value in a column of `dtype` than the
    /// row above.
    pub fn changes<'a>(
        &'a self,
        rows: Range<usize>,
        column: usize,
        dtype: &'a DataType,
        mut each: impl FnMut(usize, Cell<'a>),
    ) {
        let values = &self.0[column];
        let each = |row| each(row, self.cell(row, column, dtype));
        match values {
            Values::Text(values) => changes(rows, |row| values.get(row), each),
            Values::Name8(codes) => changes(rows, |row| codes.get(row), each),
            Values::Name16(codes) => changes(rows, |row| codes.get(row), each),
            Values::Name32(codes) | Values::U32(codes) => changes(rows, |row| codes.get(row), each),
            Values::I64(values) | Values::Instant(values) => changes(rows, |row| values.get(row), each),
            Values::F64(values) => changes(rows, |row| values.get(row), each),
            Values::Flag(values) => changes(rows, |row| values.get(row), each),
            Values::Day(values) => changes(rows, |row| values.get(row), each),
        }
    }

    /// The same if the columns will not last: `dtype` lends the names.
    ///
    /// # Panics
    /// If the column holds texts and not names: nothing could lend them.
    pub fn lasting_cell<'a>(&self, row: usize, column: usize, dtype: &'a DataType) -> Cell<'a> {
        self.0[column].cell(row, dtype)
    }
}

/// A function for each type, so that the type is checked once and not in every row.
fn changes<T: PartialEq>(rows: Range<usize>, value: impl Fn(usize) -> T, mut each: impl FnMut(usize)) {
    let mut above = None;
    for row in rows {
        let value = Some(value(row));
        if value != above {
            each(row);
            above = value;
        }
    }
}

impl Values {
    fn of(series: &Series) -> Self {
        let typed = || -> PolarsResult<Self> {
            Ok(match series.dtype() {
                DataType::String => Self::Text(series.str()?.downcast_as_array().clone()),
                DataType::Categorical(..) => Self::Name32(series.cat32()?.physical().downcast_as_array().clone()),
                DataType::Enum(..) => match series.cat8() {
                    Ok(names) => Self::Name8(names.physical().downcast_as_array().clone()),
                    Err(_) => Self::Name16(series.cat16()?.physical().downcast_as_array().clone()),
                },
                DataType::UInt32 => Self::U32(series.u32()?.downcast_as_array().clone()),
                DataType::Int64 => Self::I64(series.i64()?.downcast_as_array().clone()),
                DataType::Float64 => Self::F64(series.f64()?.downcast_as_array().clone()),
                DataType::Boolean => Self::Flag(series.bool()?.downcast_as_array().clone()),
                DataType::Datetime(TimeUnit::Milliseconds, _) => {
                    Self::Instant(series.datetime()?.physical().downcast_as_array().clone())
                }
                DataType::Date => Self::Day(series.date()?.physical().downcast_as_array().clone()),
                other => polars_bail!(ComputeError: "a report may not hold a column of type {other}"),
            })
        };
        typed().unwrap_or_else(|e| panic!("column {}: {e}", series.name()))
    }

    fn cell<'a>(&self, row: usize, dtype: &'a DataType) -> Cell<'a> {
        let name = |code: u32| match dtype {
            DataType::Categorical(_, names) | DataType::Enum(_, names) => names.cat_to_str(code).map(Cell::Text),
            other => unreachable!("{other} has no names"),
        };
        match self {
            Self::Text(_) => unreachable!("texts that do not last are names"),
            Self::Name8(codes) => codes.get(row).and_then(|code| name(code.into())),
            Self::Name16(codes) => codes.get(row).and_then(|code| name(code.into())),
            Self::Name32(codes) => codes.get(row).and_then(name),
            Self::U32(values) => values.get(row).map(|v| Cell::Int(v.into())),
            Self::I64(values) => values.get(row).map(Cell::Int),
            Self::F64(values) => values.get(row).map(Cell::Float),
            Self::Flag(values) => values.get(row).map(Cell::Flag),
            Self::Instant(values) => values.get(row).map(|ms| Cell::Instant(Instant::from_millis(ms))),
            Self::Day(values) => values.get(row).map(|day| Cell::Day(Day(day))),
        }
        .unwrap_or(Cell::Null)
    }
}
