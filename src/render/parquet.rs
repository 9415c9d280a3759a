//! One section as Parquet: zstd, statistics, row groups of a quarter of a million rows.
//!
//! Categories are written as plain strings. Polars would write them as Arrow dictionaries with notes of its own beside them, which
//! other readers understand only in part; as strings every reader agrees, and Parquet's own dictionary encoding keeps them as small.
//! That encoding is made from the codes of the categories: Polars would spell each of them in every row, and then count by hash which
//! strings there are, which took two thirds of the time. The one file of `render` that knows Polars types.

use std::hash::Hash;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

use polars::prelude::*;
use polars_arrow::array::{Array, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::types::NativeType;
use polars_io::parquet::write::BatchedWriter;
use polars_io::prelude::{ParquetCompression, ParquetWriter, StatisticsOptions};
use polars_parquet::parquet::error::ParquetError;
use polars_parquet::write::{
    CompressedPage, ParquetType, WriteOptions, array_to_columns, compress, get_dtype_encoding,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{RenderError, cell};
use crate::frame::Frames;
use crate::model::Instant;
use crate::report::{Column as ReportColumn, ColumnKind, Section};

/// Rows per row group: enough for statistics and for lists of values to pay. With half as many the table of 6.7 million actions is a quarter larger.
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
    encode(out, |groups| ahead(frames, |frame| groups.push(frame)))
}

/// Gives `each` the frames in order; the next is made while `each` is at work on one.
fn ahead(frames: &Frames, mut each: impl FnMut(DataFrame) -> PolarsResult<()>) -> PolarsResult<()> {
    if rayon::current_num_threads() == 1 {
        return frames(&mut each);
    }
    thread::scope(|scope| {
        let (hand_over, frames_made) = sync_channel(0);
        // A thread of its own, not one of rayon's: it waits, and what waits in rayon takes up other work meanwhile.
        let maker = scope.spawn(move || {
            frames(&mut |frame| {
                hand_over.send(frame).map_err(|_| polars_err!(ComputeError: "nobody takes the frames any more"))
            })
        });
        let taken = frames_made.into_iter().try_for_each(each);
        let made = maker.join().unwrap_or_else(|panic| resume_unwind(panic));
        taken.and(made)
    })
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
        let Some(writer) = &mut self.writer else { return Ok(()) };
        self.rows += rows.height() as u64;
        let types = writer.parquet_schema().fields().to_vec();
        let options = writer.get_writer().lock().map_or_else(|held| held.into_inner().options(), |held| held.options());
        let columns = rows.columns().par_iter().zip(types).map(|(column, type_)| pages(column, type_, options));
        let columns = columns.collect::<PolarsResult<Vec<_>>>()?;
        writer.write_row_group(rows.height() as u64, &columns)
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

/// One column of a row group, encoded and compressed.
fn pages(column: &Column, type_: ParquetType, options: WriteOptions) -> PolarsResult<Vec<CompressedPage>> {
    let series = column.as_materialized_series().rechunk();
    let array = match coded(&series)? {
        Some(array) => array,
        None if series.dtype().is_categorical() || series.dtype().is_enum() => {
            series.cast(&DataType::String)?.rechunk().to_arrow(0, CompatLevel::newest())
        }
        None => series.to_arrow(0, CompatLevel::newest()),
    };
    let encodings = get_dtype_encoding(array.dtype());
    let encoded = array_to_columns(array, type_, options, &encodings)?;
    let compressed = |page: PolarsResult<_>| {
        compress(page?, Vec::new(), options.compression).map_err(|error: ParquetError| error.into())
    };
    encoded.into_iter().flatten().map(compressed).collect()
}

/// A column of names or instants as places in the list of its values; `None` for every other column, and where so many rows differ that the
/// list says nothing shorter.
fn coded(series: &Series) -> PolarsResult<Option<ArrayRef>> {
    let (keys, values): (_, Box<dyn Array>) = match series.dtype() {
        DataType::Categorical(_, names) | DataType::Enum(_, names) => {
            // A closed set has codes of 8 or 16 bits, and an open one of 32.
            let (keys, codes) = match (series.cat8(), series.cat16(), series.cat32()) {
                (Ok(set), ..) => keyed(set.physical().downcast_as_array()),
                (_, Ok(set), _) => keyed(set.physical().downcast_as_array()),
                (.., set) => keyed(set?.physical().downcast_as_array()),
            };
            let texts = codes.into_iter().map(|code: u32| names.cat_to_str(code).unwrap_or_default());
            (keys, Utf8ViewArray::from_slice_values(texts.collect::<Vec<_>>()).boxed())
        }
        DataType::Datetime(..) => {
            let (keys, instants) = keyed::<i64, i64>(series.datetime()?.physical().downcast_as_array());
            (keys, PrimitiveArray::from_vec(instants).boxed())
        }
        _ => return Ok(None),
    };
    if keys.len() > FEW && values.len() * 4 > keys.len() * 3 {
        return Ok(None);
    }
    Ok(Some(DictionaryArray::try_from_keys(keys, values, false)?.boxed()))
}

/// The values of so few rows are listed however many of them differ, as Polars does it.
const FEW: usize = 128;

/// Each value as its place among the different ones, and these in the order in which they come.
fn keyed<T: NativeType + Eq + Hash, U: From<T>>(values: &PrimitiveArray<T>) -> (PrimitiveArray<u32>, Vec<U>) {
    let mut places: FxHashMap<T, u32> = FxHashMap::default();
    let mut different = Vec::new();
    // Rows are sorted: most say what the one above says.
    let mut above = None;
    let mut place_of = |value: T| match above {
        Some((same, place)) if same == value => place,
        _ => {
            let place = *places.entry(value).or_insert_with(|| {
                different.push(value.into());
                (different.len() - 1) as u32
            });
            above = Some((value, place));
            place
        }
    };
    let present = values.validity();
    let keys: Vec<u32> = match present {
        None => values.values().iter().map(|value| place_of(*value)).collect(),
        Some(present) => values
            .values()
            .iter()
            .zip(present)
            .map(|(value, is_there)| if is_there { place_of(*value) } else { 0 })
            .collect(),
    };
    (PrimitiveArray::from_vec(keys).with_validity(present.cloned()), different)
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
