//! A finished table as bytes, for a later run of this program.
//!
//! Comes in: a [`Table`]. Goes out: runs of bytes, and a table again. The first run has the texts of all names; the others are rows
//! as Parquet, some apiece, in which a name is its number in the first: so a text is looked up once and not in every row, and
//! neither side holds more than a few pieces beside what there is room for.

use std::io::Cursor;

use polars::prelude::*;
use polars_io::prelude::{ParquetCompression, ParquetReader, ParquetWriter, SerReader, StatisticsOptions};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cells::is_readable;
use super::piece::{Piece, members, named};
use super::schema;
use super::table::{Stretch, Table};
use crate::model::SpillFile;
use crate::model::codec::{Damaged, Reader, Writer};
use crate::util::zstd_framed::{packed, unpacked};

/// Rows of a piece.
const ROWS: usize = 1 << 15;

/// The table as runs of bytes.
///
/// # Errors
/// Where Polars refuses: a bug.
pub fn saved(table: &Table) -> PolarsResult<Vec<Vec<u8>>> {
    let mut names = Names::default();
    let mut runs = vec![Vec::new()];
    let mut held = named(&DataFrame::empty_with_schema(table.schema()))?;
    let meanings = meanings(&held);
    for frame in table.frames() {
        // Pieces that wait lend no texts.
        held.vstack_mut_owned(named(&frame)?)?;
        while held.height() > ROWS {
            let (piece, rest) = held.split_at(ROWS as i64);
            runs.push(encoded(&piece, &mut names)?);
            held = rest;
        }
    }
    runs.push(encoded(&held, &mut names)?);
    runs[0] = packed(&head(&names.texts, &meanings))?;
    Ok(runs)
}

/// The table that was [`saved`]; what there is no room for waits in `room`. `None` where the bytes are not what was saved.
pub fn read(runs: &[&[u8]], room: &Arc<SpillFile>) -> Option<Table> {
    let [head, rows @ ..] = runs else { return None };
    let head = unpacked(head).ok()?;
    let (texts, meanings) = understood(&head).ok()?;
    let names = Column::new(PlSmallStr::EMPTY, texts).cast(&schema::name()).ok()?;
    let piece = |bytes: &&[u8]| -> PolarsResult<(SchemaRef, usize, Piece)> {
        let frame = decoded(bytes, &names, &meanings)?;
        Ok((Arc::clone(frame.schema()), frame.height(), Piece::in_room(frame, room)?))
    };
    let read: Vec<_> = rows.par_iter().map(piece).collect::<PolarsResult<_>>().ok()?;
    let schema = read.first().map(|(schema, ..)| Arc::clone(schema))?;
    let (mut pieces, mut stretches, mut rows) = (Vec::new(), Vec::new(), 0..0);
    for (of, height, piece) in read {
        if of != schema {
            return None;
        }
        rows = rows.end..rows.end + height;
        stretches.push(Stretch { piece: pieces.len(), from: 0, rows: rows.clone() });
        pieces.push(piece);
    }
    Some(Table::of_pieces(schema, pieces, stretches, Some(Arc::clone(room))))
}

/// Every name of a table, numbered by first appearance.
#[derive(Default)]
struct Names {
    texts: Vec<String>,
    numbers: FxHashMap<u32, u32>,
}

impl Names {
    /// The numbers of the names in a column.
    fn numbers(&mut self, column: &Column) -> PolarsResult<Column> {
        let names = column.cat32()?;
        let (texts, mapping) = (&mut self.texts, names.get_mapping());
        let numbers = &mut self.numbers;
        let mut number = |code: u32| {
            *numbers.entry(code).or_insert_with(|| {
                texts.push(mapping.cat_to_str(code).expect("a name in use").to_owned());
                texts.len() as u32 - 1
            })
        };
        let numbered = names.physical().iter().map(|code| code.map(&mut number));
        Ok(UInt32Chunked::from_iter_options(column.name().clone(), numbered).into_column())
    }
}

/// What a column is whose numbers stand for something.
#[derive(Debug, Clone, PartialEq)]
enum Meaning {
    /// A name.
    Name,
    /// A member of a closed set.
    Member(DataType),
    /// What it says.
    Itself,
}

fn meanings(frame: &DataFrame) -> Vec<Meaning> {
    let meaning = |column: &Column| match column.dtype() {
        DataType::Categorical(..) => Meaning::Name,
        set @ DataType::Enum(..) => Meaning::Member(set.clone()),
        _ => Meaning::Itself,
    };
    frame.columns().iter().map(meaning).collect()
}

fn head(texts: &[String], columns: &[Meaning]) -> Vec<u8> {
    let mut head = Writer::default();
    let write = |head: &mut Writer, texts: Vec<&str>| {
        head.count(texts.len());
        for text in texts {
            head.text(text);
        }
    };
    write(&mut head, texts.iter().map(String::as_str).collect());
    head.count(columns.len());
    for column in columns {
        match column {
            Meaning::Itself => head.number(0),
            Meaning::Name => head.number(1),
            Meaning::Member(set) => {
                head.number(2);
                let members = set.cat_mapping().map(|names| {
                    (0..names.num_cats_upper_bound() as u32).filter_map(|code| names.cat_to_str(code)).collect()
                });
                write(&mut head, members.unwrap_or_default());
            }
        }
    }
    head.0
}

fn understood(head: &[u8]) -> Result<(Vec<&str>, Vec<Meaning>), Damaged> {
    let mut head = Reader::new(head);
    let texts = head.list(Reader::text)?;
    let columns = head.list(|head| {
        Ok(match head.number()? {
            0 => Meaning::Itself,
            1 => Meaning::Name,
            2 => Meaning::Member(schema::closed_set(head.list(Reader::text)?)),
            _ => return Err(Damaged),
        })
    })?;
    if head.is_at_end() { Ok((texts, columns)) } else { Err(Damaged) }
}

fn encoded(rows: &DataFrame, names: &mut Names) -> PolarsResult<Vec<u8>> {
    let number = |column: &Column| match column.dtype() {
        DataType::Categorical(..) => names.numbers(column),
        DataType::Enum(..) => Ok(column.to_physical_repr()),
        _ => Ok(column.clone()),
    };
    let numbers = rows.columns().iter().map(number).collect::<PolarsResult<_>>()?;
    let mut numbers = DataFrame::new(rows.height(), numbers)?;
    numbers.rechunk_mut_par();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::empty())
        .finish(&mut numbers)?;
    Ok(bytes)
}

fn decoded(bytes: &[u8], names: &Column, meanings: &[Meaning]) -> PolarsResult<DataFrame> {
    let numbers = ParquetReader::new(Cursor::new(bytes.to_vec())).finish()?;
    polars_ensure!(numbers.width() == meanings.len(), SchemaMismatch: "{} columns", numbers.width());
    let meant = |(column, meaning): (&Column, &Meaning)| -> PolarsResult<Column> {
        Ok(match meaning {
            Meaning::Itself => {
                polars_ensure!(is_readable(column.dtype()), SchemaMismatch: "a column of type {}", column.dtype());
                column.clone()
            }
            // That its categories exist was looked up once for each name.
            Meaning::Name => names.take(column.u32()?)?.with_name(column.name().clone()),
            Meaning::Member(set) => members(column, set)?,
        })
    };
    let columns = numbers.columns().iter().zip(meanings).map(meant);
    DataFrame::new(numbers.height(), columns.collect::<PolarsResult<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::piece::tests::every_type;

    #[test]
    fn a_table_that_was_saved_is_what_it_was() {
        let frame = every_type();
        for rows in [frame.clone(), frame.clear(), frame.slice(1, 1)] {
            for room in [SpillFile::boundless(), SpillFile::new(0)] {
                let runs = saved(&Table::new(rows.clone())).expect("saved");
                let runs: Vec<&[u8]> = runs.iter().map(Vec::as_slice).collect();
                let back: Vec<_> = read(&runs, &room).expect("read").frames().collect();
                assert!(back[0].equals_missing(&rows) && back[0].schema() == rows.schema(), "{back:?}");
            }
        }
    }

    #[test]
    fn runs_that_do_not_fit_are_no_table() {
        let room = SpillFile::boundless();
        let saved = |frame: DataFrame| saved(&Table::new(frame)).expect("saved");
        let (all, few) = (saved(every_type()), saved(every_type().select(["name", "count"]).expect("columns")));
        let nameless = saved(every_type().slice(1, 1).select(["name", "other"]).expect("columns"));
        let of = |runs: &[&[u8]]| read(runs, &room).is_some();
        assert!(of(&[&all[0], &all[1]]) && of(&[&few[0], &few[1], &few[1]]));
        assert!(!of(&[]) && !of(&[&all[0]]) && !of(&[&all[1], &all[0]]) && !of(&[&few[0], &all[1]]));
        // Columns as wanted, and numbers of names that are not there.
        let two_names = saved(every_type().select(["name", "other"]).expect("columns"));
        assert!(!of(&[&nameless[0], &two_names[1]]) && !of(&[&all[0][..9], &all[1]]));
    }
}
