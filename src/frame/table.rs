//! A finished table, and the only way in which renderers see its values.
//!
//! The input is one frame, or the pieces of a [`listing`](super::listing). The output is cells, by row and column. If
//! pieces are packed, a reader holds only the one that it reads from: a table of any height that is read row by row
//! needs the memory of a few pieces.

use std::cell::{Cell as Slot, RefCell};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use polars::prelude::*;

use super::cells::{Cell, TypedColumns};
use super::piece::TablePiece;

/// Rows in their final order. A clone is the same table.
#[derive(Debug, Clone)]
pub struct Table(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    schema: SchemaRef,
    height: usize,
    pieces: Vec<TablePiece>,
    stretches: Vec<Stretch>,
    /// The pieces that were asked for last, oldest first.
    unpacked: Mutex<Vec<(usize, Arc<Unpacked>)>>,
}

/// A piece that is unpacked once: threads that ask for it meanwhile wait.
type Unpacked = OnceLock<Arc<TypedColumns>>;

/// Rows that follow one another in the table and in their piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The piece.
    pub piece: usize,
    /// The first row in the piece.
    pub from: usize,
    /// The rows in the table.
    pub rows: Range<usize>,
}

/// How many pieces stay unpacked: each of two files that are written at a time is at the end of one and at the beginning
/// of the next.
const STAY: usize = 4;

impl Table {
    /// Takes a collected frame; each of its columns becomes one chunk, so that it is fast to read by row.
    #[must_use]
    pub fn new(frame: DataFrame) -> Self {
        let stretches = vec![Stretch { piece: 0, from: 0, rows: 0..frame.height() }];
        Self::of_pieces(Arc::clone(frame.schema()), vec![TablePiece::open(frame)], stretches)
    }

    /// The rows of `stretches`, which follow one another.
    pub(super) fn of_pieces(schema: SchemaRef, pieces: Vec<TablePiece>, stretches: Vec<Stretch>) -> Self {
        let height = stretches.last().map_or(0, |last| last.rows.end);
        Self(Arc::new(Inner { schema, height, pieces, stretches, unpacked: Mutex::default() }))
    }

    /// The number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.0.height
    }

    /// The names of the columns.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.schema.iter_names().map(PlSmallStr::as_str)
    }

    /// The dtypes of the columns, for `render::parquet`.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.0.schema
    }

    /// The rows in their order as frames, for `render::parquet`.
    pub fn frames(&self) -> impl Iterator<Item = DataFrame> {
        self.0.stretches.iter().map(|stretch| {
            let from = i64::try_from(stretch.from).expect("no frame holds 2^63 rows");
            self.0.pieces[stretch.piece].frame(&self.0.schema).slice(from, stretch.rows.len())
        })
    }

    /// The same table, all of it in memory, for a caller that reads it column by column.
    #[must_use]
    pub fn in_memory(&self) -> Self {
        if self.0.pieces.iter().all(|piece| piece.columns().is_some()) {
            return self.clone();
        }
        let mut whole = DataFrame::empty_with_schema(&self.0.schema);
        for frame in self.frames() {
            whole.vstack_mut_owned(frame).expect("parts of one table");
        }
        Self::new(whole)
    }

    /// Typed access to every column, for one thread.
    ///
    /// # Panics
    /// If a column has a dtype that no report uses: a bug that the smoke test over all dtypes finds.
    #[must_use]
    pub fn reader(&self) -> TableReader<'_> {
        let dtypes = self.0.schema.iter_values().collect();
        TableReader { table: &self.0, dtypes, at_hand: Slot::default(), unpacked: RefCell::default() }
    }

    /// The rows `rows`, in runs that are together in memory: the fastest way to read many.
    pub fn runs(&self, rows: Range<usize>) -> impl Iterator<Item = Run<'_>> {
        let first = self.0.stretches.partition_point(|stretch| stretch.rows.end <= rows.start);
        let stretches = self.0.stretches[first..].iter().take_while(move |stretch| stretch.rows.start < rows.end);
        stretches.map(move |stretch| {
            let piece = self.0.pieces[stretch.piece].columns();
            Run {
                rows: stretch.rows.start.max(rows.start)..stretch.rows.end.min(rows.end),
                stretch,
                columns: piece.map_or_else(|| Lent::Unpacked(self.0.unpack(stretch.piece)), Lent::Open),
                schema: &self.0.schema,
            }
        })
    }
}

impl Inner {
    /// The columns of a packed piece, unpacked unless they still are from the last time.
    fn unpack(&self, piece: usize) -> Arc<TypedColumns> {
        let place = {
            let mut unpacked = self.unpacked.lock().unwrap_or_else(PoisonError::into_inner);
            // The one that was asked for last is at the end.
            let place = match unpacked.iter().position(|(of, _)| *of == piece) {
                Some(at) => unpacked.remove(at).1,
                None => Arc::default(),
            };
            if unpacked.len() == STAY {
                unpacked.remove(0);
            }
            unpacked.push((piece, Arc::clone(&place)));
            place
        };
        Arc::clone(place.get_or_init(|| Arc::new(TypedColumns::of(&self.pieces[piece].frame(&self.schema)))))
    }
}

/// Rows of a [`Table`] that are together in memory.
pub struct Run<'t> {
    rows: Range<usize>,
    stretch: &'t Stretch,
    columns: Lent<'t>,
    schema: &'t Schema,
}

enum Lent<'t> {
    Open(&'t TypedColumns),
    Unpacked(Arc<TypedColumns>),
}

impl Run<'_> {
    /// Which rows of the table they are.
    #[must_use]
    pub fn rows(&self) -> Range<usize> {
        self.rows.clone()
    }

    /// Calls `each` for the first of `rows`, which are among these, and for every other row with another value in
    /// `column` than the row above.
    ///
    /// # Panics
    /// If the table has no such column.
    pub fn changes<'r>(&'r self, rows: Range<usize>, column: usize, mut each: impl FnMut(usize, Cell<'r>)) {
        let (_, dtype) = self.schema.get_at_index(column).expect("a column of the table");
        let columns = match &self.columns {
            Lent::Open(columns) => columns,
            Lent::Unpacked(columns) => &**columns,
        };
        let in_piece = |row: usize| row - self.stretch.rows.start + self.stretch.from;
        let in_table = |row: usize| row + self.stretch.rows.start - self.stretch.from;
        columns.changes(in_piece(rows.start)..in_piece(rows.end), column, dtype, |row, cell| each(in_table(row), cell));
    }
}

/// Reads single cells of a [`Table`]; it is fastest row by row.
pub struct TableReader<'a> {
    table: &'a Inner,
    dtypes: Vec<&'a DataType>,
    at_hand: Slot<AtHand>,
    /// Columns of the piece that is in use, if it is packed.
    unpacked: RefCell<Option<Arc<TypedColumns>>>,
}

/// The rows of the table that are in use: a stretch of one piece.
#[derive(Debug, Clone, Copy, Default)]
struct AtHand {
    start: usize,
    end: usize,
    piece: usize,
    from: usize,
}

impl<'a> TableReader<'a> {
    /// The value at `row` and `column`, both from 0.
    ///
    /// # Panics
    /// If the table has no such cell.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Cell<'a> {
        let mut at_hand = self.at_hand.get();
        if !(at_hand.start..at_hand.end).contains(&row) {
            at_hand = self.turn_to(row);
        }
        let (at, dtype) = (at_hand.from + row - at_hand.start, self.dtypes[column]);
        if let Some(columns) = self.table.pieces[at_hand.piece].columns() {
            return columns.cell(at, column, dtype);
        }
        let unpacked = self.unpacked.borrow();
        unpacked.as_ref().expect("the piece at hand is unpacked").lasting_cell(at, column, dtype)
    }

    /// The number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.dtypes.len()
    }

    #[cold]
    fn turn_to(&self, row: usize) -> AtHand {
        let at = self.table.stretches.partition_point(|stretch| stretch.rows.end <= row);
        let Stretch { piece, from, ref rows } = self.table.stretches[at];
        let is_packed = self.table.pieces[piece].columns().is_none();
        *self.unpacked.borrow_mut() = is_packed.then(|| self.table.unpack(piece));
        let at_hand = AtHand { start: rows.start, end: rows.end, piece, from };
        self.at_hand.set(at_hand);
        at_hand
    }
}
