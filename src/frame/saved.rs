//! A finished table as bytes, for a later run of this program.
//!
//! Comes in: a [`Table`]. Goes out: Parquet with Polars' own categories, some rows apiece, so that neither side holds more than a
//! piece at a time beside what there is room for.

use std::io::Cursor;

use polars::prelude::*;
use polars_io::prelude::{ParquetCompression, ParquetReader, ParquetWriter, SerReader, StatisticsOptions};
use rayon::prelude::*;

use super::piece::{Piece, named};
use super::table::{Stretch, Table};
use crate::model::WaitingRoom;

/// Rows of a piece: as many as a thread reads in some milliseconds.
const ROWS: usize = 1 << 15;

/// The rows of `table`, at least one piece, which tells the columns.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn saved(table: &Table) -> PolarsResult<Vec<Vec<u8>>> {
    let mut pieces = Vec::new();
    let mut held = DataFrame::empty_with_schema(table.schema());
    for frame in table.frames() {
        held.vstack_mut_owned(frame)?;
        while held.height() > ROWS {
            let (piece, rest) = held.split_at(ROWS as i64);
            pieces.push(encoded(&piece)?);
            held = rest;
        }
    }
    pieces.push(encoded(&held)?);
    Ok(pieces)
}

/// The table that was [`saved`]; what there is no room for waits in `room`.
///
/// # Errors
/// Where the bytes are not what was saved.
pub fn read(pieces: &[&[u8]], room: &Arc<WaitingRoom>) -> PolarsResult<Table> {
    let read: Vec<(SchemaRef, usize, Piece)> = pieces
        .par_iter()
        .map(|bytes| {
            let frame = ParquetReader::new(Cursor::new(bytes.to_vec())).finish()?;
            Ok((Arc::clone(frame.schema()), frame.height(), Piece::in_room(frame, room)?))
        })
        .collect::<PolarsResult<_>>()?;
    let schema = read.first().map(|(schema, ..)| Arc::clone(schema));
    let schema = schema.ok_or_else(|| polars_err!(NoData: "a table has a piece"))?;
    let (mut pieces, mut stretches, mut rows) = (Vec::new(), Vec::new(), 0..0);
    for (of, height, piece) in read {
        polars_ensure!(of == schema, SchemaMismatch: "pieces of two tables");
        rows = rows.end..rows.end + height;
        stretches.push(Stretch { piece: pieces.len(), from: 0, rows: rows.clone() });
        pieces.push(piece);
    }
    Ok(Table::of_pieces(schema, pieces, stretches, Some(Arc::clone(room))))
}

fn encoded(rows: &DataFrame) -> PolarsResult<Vec<u8>> {
    // Pieces that wait lend no texts.
    let mut rows = named(rows)?;
    rows.rechunk_mut_par();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::empty())
        .finish(&mut rows)?;
    Ok(bytes)
}
