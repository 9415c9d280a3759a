//! A part of a table: unpacked while there is room in memory, otherwise packed.
//!
//! The packed form is Parquet of the columns as they are in memory, with names as the numbers of their categories:
//! these do not change during a run. It takes a twentieth of the memory, so a listing of any length is held whole, and
//! nothing here can fail.

use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};

use polars::prelude::*;
use polars_io::prelude::{
    ParallelStrategy, ParquetCompression, ParquetReader, ParquetWriter, SerReader, StatisticsOptions,
};

use super::cells::TypedColumns;
use super::schema;

/// How many bytes of rows of listings are held unpacked; the rest is packed. There is one budget per run.
#[derive(Debug)]
pub struct RowBudget {
    bytes: u64,
    held: AtomicU64,
}

impl RowBudget {
    /// Holds about `bytes`.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self { bytes, held: AtomicU64::new(0) }
    }

    /// Whether there is room for `bytes` more. If there is, they count as held from now on.
    fn has_room_for(&self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let held = self.held.fetch_add(bytes, Ordering::Relaxed);
        let fits = held.checked_add(bytes).is_some_and(|held| held <= self.bytes);
        if !fits {
            self.held.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }
}

/// Some rows of a table.
#[derive(Debug)]
pub struct TablePiece(Form);

#[derive(Debug)]
enum Form {
    Open(DataFrame, TypedColumns),
    Packed(Vec<u8>),
}

impl TablePiece {
    /// A frame, unpacked.
    pub(super) fn open(mut frame: DataFrame) -> Self {
        frame.rechunk_mut_par();
        let columns = TypedColumns::of(&frame);
        Self(Form::Open(frame, columns))
    }

    /// A frame, unpacked, if `budget` has room for it.
    ///
    /// # Errors
    /// The frame, if there is no more room.
    pub(super) fn within(frame: DataFrame, budget: &RowBudget) -> Result<Self, DataFrame> {
        if budget.has_room_for(frame.estimated_size()) { Ok(Self::open(frame)) } else { Err(frame) }
    }

    /// A frame, packed.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub(super) fn packed(frame: &DataFrame) -> PolarsResult<Self> {
        Ok(Self(Form::Packed(packed(frame)?)))
    }

    /// A frame, packed if `budget` has no more room.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub(super) fn open_or_packed(frame: DataFrame, budget: &RowBudget) -> PolarsResult<Self> {
        Self::within(frame, budget).or_else(|frame| Self::packed(&frame))
    }

    /// Its columns, unless they are packed.
    pub(super) const fn columns(&self) -> Option<&TypedColumns> {
        match &self.0 {
            Form::Open(_, columns) => Some(columns),
            Form::Packed(_) => None,
        }
    }

    /// Its rows, which have `schema`.
    ///
    /// # Panics
    /// If Polars does not read what it wrote, which is a bug.
    pub(super) fn frame(&self, schema: &Schema) -> DataFrame {
        match &self.0 {
            Form::Open(frame, _) => frame.clone(),
            Form::Packed(bytes) => unpacked(bytes, schema).expect("rows are packed as they are unpacked"),
        }
    }
}

/// The frame with its texts as names, which outlive it.
pub(super) fn named(frame: &DataFrame) -> PolarsResult<DataFrame> {
    let name = |column: &Column| match column.dtype() {
        DataType::String => column.cast(&schema::name()),
        _ => Ok(column.clone()),
    };
    DataFrame::new(frame.height(), frame.columns().iter().map(name).collect::<PolarsResult<Vec<_>>>()?)
}

/// The members of the closed set `set` that have these numbers, which are as small as the set allows.
fn members(numbers: &Column, set: &DataType) -> PolarsResult<Column> {
    Ok(match numbers.u8() {
        Ok(codes) => Categorical8Chunked::from_cats_and_dtype(codes.clone(), set.clone()).into_column(),
        Err(_) => Categorical16Chunked::from_cats_and_dtype(numbers.u16()?.clone(), set.clone()).into_column(),
    })
}

fn packed(frame: &DataFrame) -> PolarsResult<Vec<u8>> {
    let numbers = frame.columns().iter().map(Column::to_physical_repr);
    let mut numbers = DataFrame::new(frame.height(), numbers.collect())?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Lz4Raw)
        .with_statistics(StatisticsOptions::empty())
        .finish(&mut numbers)?;
    Ok(bytes)
}

fn unpacked(bytes: &[u8], schema: &Schema) -> PolarsResult<DataFrame> {
    // On this thread alone: one that waits for the threads of Polars takes up other work meanwhile, which can ask for
    // the piece that it is about to unpack.
    let numbers = ParquetReader::new(Cursor::new(bytes)).read_parallel(ParallelStrategy::None).finish()?;
    let meant = |(column, (name, dtype)): (&Column, (&PlSmallStr, &DataType))| {
        polars_ensure!(column.name() == name, SchemaMismatch: "{} where {name} was", column.name());
        Ok(match dtype {
            DataType::Categorical(..) => {
                Categorical32Chunked::from_cats_and_dtype(column.u32()?.clone(), dtype.clone()).into_column()
            }
            DataType::Enum(..) => members(column, dtype)?,
            _ => column.cast(dtype)?,
        })
    };
    let columns = numbers.columns().iter().zip(schema.iter()).map(meant);
    let mut frame = DataFrame::new(numbers.height(), columns.collect::<PolarsResult<Vec<_>>>()?)?;
    frame.rechunk_mut();
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    /// A column of each type that a report may hold, except texts.
    fn every_type() -> DataFrame {
        let verdicts = schema::closed_set(Verdict::ALL.iter().map(|verdict| verdict.as_str()));
        let columns = [
            Column::new("name".into(), &[Some("s3"), None, Some("ec2")]).cast(&schema::name()),
            Column::new("other".into(), &[Some("ec2"), Some("ec2"), Some("")]).cast(&schema::name()),
            Column::new("verdict".into(), &[Some("unused"), Some("active"), None]).cast(&verdicts),
            Column::new("at".into(), &[None, Some(-1_i64), Some(1_700_000_000_123)]).cast(&schema::instant()),
            Column::new("day".into(), &[Some(0_i32), None, Some(20_000)]).cast(&DataType::Date),
            Ok(Column::new("flag".into(), &[Some(true), Some(false), None])),
            Ok(Column::new("count".into(), &[Some(7_u32), None, Some(u32::MAX)])),
            Ok(Column::new("share".into(), &[Some(0.5), None, Some(-0.0)])),
        ];
        let columns = columns.into_iter().collect::<PolarsResult<Vec<_>>>().expect("columns");
        DataFrame::new(3, columns).expect("a frame")
    }

    #[test]
    fn a_frame_that_was_packed_is_what_it_was() {
        let frame = every_type();
        let piece = TablePiece::open_or_packed(frame.clone(), &RowBudget::new(0)).expect("a piece");
        assert!(piece.columns().is_none());
        let back = piece.frame(frame.schema());
        assert!(back.equals_missing(&frame) && back.schema() == frame.schema(), "{back:?}");
    }

    #[test]
    fn what_fits_is_not_packed() {
        let budget = RowBudget::new(1 << 20);
        let piece = TablePiece::within(every_type(), &budget).expect("a piece");
        assert!(piece.columns().is_some() && !budget.has_room_for(1 << 20) && budget.has_room_for(1 << 10));
    }
}
