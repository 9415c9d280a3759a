//! A finished table, and the only way in which renderers see its values.

use polars::prelude::*;

use crate::model::{Day, Instant};

/// One value, typed as far as a reader can tell the difference.
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

/// A collected frame in its final order.
#[derive(Debug, Clone)]
pub struct Table {
    frame: DataFrame,
}

impl Table {
    /// Takes a collected frame; its columns are brought into one chunk each, so that reading by row is cheap.
    #[must_use]
    pub fn new(mut frame: DataFrame) -> Self {
        frame.rechunk_mut_par();
        Self { frame }
    }

    /// The number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.frame.height()
    }

    /// The frame itself, for `render::parquet`.
    #[must_use]
    pub const fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// Typed access to every column.
    ///
    /// # Panics
    /// Where a column has a dtype that no report uses: a bug that the smoke test over all dtypes finds.
    #[must_use]
    pub fn reader(&self) -> TableReader<'_> {
        TableReader {
            columns: self.frame.columns().iter().map(|c| ColumnReader::of(c.as_materialized_series())).collect(),
        }
    }
}

/// Reads single cells of a [`Table`].
pub struct TableReader<'a> {
    columns: Vec<ColumnReader<'a>>,
}

impl<'a> TableReader<'a> {
    /// The value at `row` and `column`, both from 0.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Cell<'a> {
        self.columns[column].get(row)
    }

    /// The number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns.len()
    }
}

/// The one chunk of a column, so that no value is looked for among several.
type Values<'a, T> = &'a <T as PolarsDataType>::Array;

enum ColumnReader<'a> {
    Text(Values<'a, StringType>),
    Cat8(Values<'a, UInt8Type>, &'a CategoricalMapping),
    Cat16(Values<'a, UInt16Type>, &'a CategoricalMapping),
    Cat32(Values<'a, UInt32Type>, &'a CategoricalMapping),
    U32(Values<'a, UInt32Type>),
    I64(Values<'a, Int64Type>),
    F64(Values<'a, Float64Type>),
    Flag(Values<'a, BooleanType>),
    Instant(Values<'a, Int64Type>),
    Day(Values<'a, Int32Type>),
}

impl<'a> ColumnReader<'a> {
    fn of(series: &'a Series) -> Self {
        macro_rules! category {
            ($variant:ident, $chunked:expr) => {
                Self::$variant($chunked.physical().downcast_as_array(), $chunked.get_mapping())
            };
        }
        let typed = || -> PolarsResult<Self> {
            Ok(match series.dtype() {
                DataType::String => Self::Text(series.str()?.downcast_as_array()),
                DataType::Categorical(..) => category!(Cat32, series.cat32()?),
                DataType::Enum(..) => match series.cat8() {
                    Ok(cat) => category!(Cat8, cat),
                    Err(_) => category!(Cat16, series.cat16()?),
                },
                DataType::UInt32 => Self::U32(series.u32()?.downcast_as_array()),
                DataType::Int64 => Self::I64(series.i64()?.downcast_as_array()),
                DataType::Float64 => Self::F64(series.f64()?.downcast_as_array()),
                DataType::Boolean => Self::Flag(series.bool()?.downcast_as_array()),
                DataType::Datetime(TimeUnit::Milliseconds, _) => {
                    Self::Instant(series.datetime()?.physical().downcast_as_array())
                }
                DataType::Date => Self::Day(series.date()?.physical().downcast_as_array()),
                other => polars_bail!(ComputeError: "a report may not hold a column of type {other}"),
            })
        };
        typed().unwrap_or_else(|e| panic!("column {}: {e}", series.name()))
    }

    fn get(&self, row: usize) -> Cell<'a> {
        macro_rules! category {
            ($codes:expr, $mapping:expr) => {
                $codes.get(row).and_then(|code| $mapping.cat_to_str(code.into())).map(Cell::Text)
            };
        }
        match self {
            Self::Text(values) => values.get(row).map(Cell::Text),
            Self::Cat8(codes, mapping) => category!(codes, mapping),
            Self::Cat16(codes, mapping) => category!(codes, mapping),
            Self::Cat32(codes, mapping) => category!(codes, mapping),
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
