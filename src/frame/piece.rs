//! A part of a table: in memory while there is room, else in the temporary file.
//!
//! What waits is Parquet of the columns as they lie in memory, names as the numbers of their categories: they stay what they are for
//! as long as the run lasts.

use std::io::Cursor;

use polars::prelude::*;
use polars_io::prelude::{ParquetCompression, ParquetReader, ParquetWriter, SerReader, StatisticsOptions};

use super::cells::Columns;
use super::schema;
use crate::model::{Away, SpillFile};

/// Some rows of a table.
#[derive(Debug)]
pub struct Piece(Place);

#[derive(Debug)]
enum Place {
    Here(DataFrame, Columns),
    Away(Away),
}

impl Piece {
    /// A frame in memory.
    pub(super) fn here(mut frame: DataFrame) -> Self {
        frame.rechunk_mut_par();
        let columns = Columns::of(&frame);
        Self(Place::Here(frame, columns))
    }

    /// A frame of `room`: it waits if there is no more room in memory. Where that fails it stays, and [`SpillFile::check`] says why.
    ///
    /// # Errors
    /// Where Polars refuses: a bug.
    pub(super) fn in_room(frame: DataFrame, room: &Arc<SpillFile>) -> PolarsResult<Self> {
        if room.has_room_for(frame.estimated_size()) {
            return Ok(Self::here(frame));
        }
        let away = room.put_away(&packed(&frame)?);
        Ok(away.map_or_else(|| Self::here(frame), |away| Self(Place::Away(away))))
    }

    /// Its columns, where they are in memory.
    pub(super) const fn columns(&self) -> Option<&Columns> {
        match &self.0 {
            Place::Here(_, columns) => Some(columns),
            Place::Away(_) => None,
        }
    }

    /// Its rows, which have `schema`; `None` where they cannot be fetched, and [`SpillFile::check`] says why.
    pub(super) fn frame(&self, schema: &Schema) -> Option<DataFrame> {
        match &self.0 {
            Place::Here(frame, _) => Some(frame.clone()),
            Place::Away(away) => away.fetch(|bytes| unpacked(bytes, schema)),
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

fn unpacked(bytes: Vec<u8>, schema: &Schema) -> PolarsResult<DataFrame> {
    let numbers = ParquetReader::new(Cursor::new(bytes)).finish()?;
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
    frame.rechunk_mut_par();
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    /// A column of each type that a report may hold, texts set aside.
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
    fn a_frame_that_waited_is_what_it_was() {
        let frame = every_type();
        let room = SpillFile::new(0);
        let piece = Piece::in_room(frame.clone(), &room).expect("a piece");
        assert!(piece.columns().is_none() && room.away() > 0);
        let back = piece.frame(frame.schema()).expect("it is there");
        assert!(back.equals_missing(&frame) && back.schema() == frame.schema(), "{back:?}");
    }
}
