//! One section as Parquet: zstd, statistics, row groups of a quarter of a million rows.
//!
//! Categories are written as plain strings. Polars would write them as Arrow dictionaries with notes of its own beside them, which
//! other readers understand only in part; as strings every reader agrees, and Parquet's own dictionary encoding keeps them as small.
//! The one file of `render` that knows Polars types.

use std::io::{self, Write};

use polars::prelude::*;
use polars_io::parquet::write::BatchedWriter;
use polars_io::prelude::{ParquetCompression, ParquetWriter, StatisticsOptions};

use super::{RenderError, cell};
use crate::frame::Frames;
use crate::model::Instant;
use crate::report::{Column as ReportColumn, ColumnKind, Section};

/// Rows per row group: enough for statistics to pay, few enough that one group's strings are soon let go.
const GROUP_ROWS: usize = 1 << 18;

/// Writes the section, its numbers rounded and its instants in whole seconds as in every other format.
pub(super) fn write(section: &Section, out: &mut dyn Write) -> Result<(), RenderError> {
    let table = &section.table;
    encode(out, |groups| {
        groups.push(DataFrame::empty_with_schema(table.schema()))?;
        table.frames().try_for_each(|frame| groups.push(settle(&frame, &section.columns)?))
    })
    .map(drop)
}

/// Writes a table that is no report (the dumps, services and actions behind one) with full precision; gives the number of its rows.
///
/// # Errors
/// What `out` or the encoder reports.
pub fn write_table(frames: &Frames, out: &mut dyn Write) -> Result<u64, RenderError> {
    encode(out, |groups| frames(&mut |frame| groups.push(frame)))
}

fn encode(
    out: &mut dyn Write,
    fill: impl FnOnce(&mut RowGroups<'_, '_>) -> PolarsResult<()>,
) -> Result<u64, RenderError> {
    let mut out = Remembering { out, failure: None };
    let mut groups = RowGroups { out: Some(&mut out), writer: None, held: DataFrame::empty(), rows: 0 };
    let encoded = fill(&mut groups).and_then(|()| groups.finish());
    encoded.map_err(|refused| match out.failure {
        Some(failure) => RenderError::Io(failure),
        None => RenderError::Parquet(refused),
    })
}

/// Gathers frames until they make a row group.
struct RowGroups<'o, 'w> {
    out: Option<&'o mut Remembering<'w>>,
    writer: Option<BatchedWriter<&'o mut Remembering<'w>>>,
    held: DataFrame,
    rows: u64,
}

impl RowGroups<'_, '_> {
    /// Takes some rows; the first frame tells the schema, and may be empty.
    fn push(&mut self, frame: DataFrame) -> PolarsResult<()> {
        if let Some(out) = self.out.take() {
            self.writer = Some(
                ParquetWriter::new(out)
                    .with_compression(ParquetCompression::Zstd(None))
                    .with_statistics(StatisticsOptions::default())
                    .batched(plain(&frame.clear())?.schema())?,
            );
            self.held = frame;
        } else {
            self.held.vstack_mut_owned(frame)?;
        }
        while self.held.height() >= GROUP_ROWS {
            let (group, rest) = self.held.split_at(GROUP_ROWS as i64);
            self.write(&group)?;
            self.held = rest;
        }
        Ok(())
    }

    fn write(&mut self, rows: &DataFrame) -> PolarsResult<()> {
        let mut group = plain(rows)?;
        group.rechunk_mut_par();
        self.rows += group.height() as u64;
        self.writer.as_mut().map_or(Ok(()), |writer| writer.write_batch(&group))
    }

    /// Writes what is left; gives the number of all rows.
    fn finish(&mut self) -> PolarsResult<u64> {
        if self.held.height() > 0 {
            let rest = std::mem::take(&mut self.held);
            self.write(&rest)?;
        }
        self.writer.as_mut().map_or(Ok(0), |writer| writer.finish())?;
        Ok(self.rows)
    }
}

/// Keeps the error of the writer below: the encoder hands it on as a text, and a closed pipe must be told from a full disk.
struct Remembering<'a> {
    out: &'a mut dyn Write,
    failure: Option<io::Error>,
}

impl Remembering<'_> {
    fn remember<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        done.map_err(|failure| {
            let handed_on = io::Error::new(failure.kind(), failure.to_string());
            self.failure = Some(failure);
            handed_on
        })
    }
}

impl Write for Remembering<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.out.write(bytes);
        self.remember(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.out.flush();
        self.remember(done)
    }
}

/// The frame with every category as a string.
fn plain(frame: &DataFrame) -> PolarsResult<DataFrame> {
    change(frame, |_, column| match column.dtype() {
        DataType::Categorical(..) | DataType::Enum(..) => column.cast(&DataType::String),
        _ => Ok(column.clone()),
    })
}

/// The frame with the same values that other formats spell.
fn settle(frame: &DataFrame, columns: &[ReportColumn]) -> PolarsResult<DataFrame> {
    change(frame, |at, column| match column.dtype() {
        DataType::Float64 => Ok(settle_floats(column.f64()?, columns[at].kind)),
        DataType::Datetime(TimeUnit::Milliseconds, zone) => settle_instants(column, zone.clone()),
        _ => Ok(column.clone()),
    })
}

fn settle_floats(values: &Float64Chunked, kind: ColumnKind) -> Column {
    let settled = values.iter().map(|value| value.filter(|v| v.is_finite()).map(|v| cell::round(v, kind)));
    Float64Chunked::from_iter_options(values.name().clone(), settled).into_column()
}

fn settle_instants(column: &Column, zone: Option<TimeZone>) -> PolarsResult<Column> {
    let millis = column.datetime()?.physical();
    let seconds = millis.apply_values(|ms| cell::whole_second(Instant::from_millis(ms)).millis());
    Ok(seconds.into_datetime(TimeUnit::Milliseconds, zone).into_column())
}

fn change(frame: &DataFrame, new: impl Fn(usize, &Column) -> PolarsResult<Column>) -> PolarsResult<DataFrame> {
    let height = frame.height();
    let columns = frame.columns().iter().enumerate().map(|(at, column)| new(at, column));
    DataFrame::new(height, columns.collect::<PolarsResult<Vec<_>>>()?)
}
