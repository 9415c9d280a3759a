//! Other texts in the place of those of a table: the same rows, and each column of texts with what a function makes of it.

use polars::prelude::*;

use super::piece::{RowBudget, TablePiece};
use super::schema;
use super::table::Stretch;
use super::{Frames, Table};

/// What is made of the texts of a table.
pub trait Renaming: Sync {
    /// The name of a column, which can be that of an entity.
    fn column(&self, name: &str) -> String;

    /// Whether the texts of the column of this name change at all.
    fn changes(&self, column: &str) -> bool;

    /// The text in the place of `text` in the column of this name.
    fn text(&self, column: &str, text: &str) -> String;
}

/// The frame with other texts. Closed sets, numbers and dates stay as they are.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn renamed_frame(frame: &DataFrame, renaming: &dyn Renaming) -> PolarsResult<DataFrame> {
    let of_column = |column: &Column| -> PolarsResult<Column> {
        let name = column.name().as_str();
        let to = renaming.column(name);
        let is_text = matches!(column.dtype(), DataType::String | DataType::Categorical(..));
        let made = if is_text && renaming.changes(name) { texts(column, renaming)? } else { column.clone() };
        Ok(made.with_name(to.into()))
    };
    DataFrame::new(frame.height(), frame.columns().iter().map(of_column).collect::<PolarsResult<Vec<_>>>()?)
}

/// The same rows as `frames` makes, with other texts.
pub fn renamed_frames(frames: Frames<'static>, renaming: impl Renaming + Send + 'static) -> Frames<'static> {
    Box::new(move |sink| frames(&mut |frame| sink(renamed_frame(&frame, &renaming)?)))
}

impl Table {
    /// The table with other texts. As much of it is unpacked as `budget` has room for.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn renamed(&self, renaming: &dyn Renaming, budget: &RowBudget) -> PolarsResult<Self> {
        let (mut pieces, mut stretches, mut height) = (Vec::new(), Vec::new(), 0);
        for frame in self.in_bulk() {
            let frame = renamed_frame(&frame, renaming)?;
            let rows = height..height + frame.height();
            height = rows.end;
            stretches.push(Stretch { piece: pieces.len(), from: 0, rows });
            // Only the rows of a listing, which are names, can be packed.
            let is_listing = frame.columns().iter().all(|column| column.dtype() != &DataType::String);
            pieces.push(if is_listing { TablePiece::open_or_packed(frame, budget)? } else { TablePiece::open(frame) });
        }
        let empty = renamed_frame(&DataFrame::empty_with_schema(self.schema()), renaming)?;
        if pieces.is_empty() {
            return Ok(Self::new(empty));
        }
        Ok(Self::of_pieces(SchemaRef::clone(empty.schema()), pieces, stretches))
    }

    /// The rows in their order, many at a time: the stretches of a listing can be short.
    fn in_bulk(&self) -> impl Iterator<Item = DataFrame> {
        let mut frames = self.frames().peekable();
        std::iter::from_fn(move || {
            let mut bulk = frames.next()?;
            while bulk.height() < BULK_ROWS {
                let Some(more) = frames.next() else { break };
                bulk.vstack_mut_owned(more).expect("parts of one table");
            }
            Some(bulk)
        })
    }
}

/// How many rows are held unpacked at least while they are renamed.
const BULK_ROWS: usize = 1 << 16;

/// The column with other texts, each distinct text made once.
fn texts(column: &Column, renaming: &dyn Renaming) -> PolarsResult<Column> {
    let name = column.name().as_str();
    let dtype = column.dtype().clone();
    let names = column.cast(&schema::name())?;
    let names = names.cat32()?;
    let DataType::Categorical(_, mapping) = schema::name() else { unreachable!("names are categorical") };
    let mut places: rustc_hash::FxHashMap<u32, IdxSize> = rustc_hash::FxHashMap::default();
    let mut made: Vec<Option<String>> = Vec::new();
    let mut taken = Vec::with_capacity(column.len());
    for category in names.physical().iter() {
        let place = category.map(|category| {
            *places.entry(category).or_insert_with(|| {
                made.push(mapping.cat_to_str(category).map(|text| renaming.text(name, text)));
                (made.len() - 1) as IdxSize
            })
        });
        taken.push(place);
    }
    let made = Column::new(name.into(), made);
    let taken = IdxCa::from_iter(taken);
    made.cast(&dtype)?.take(&taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Cell;

    /// Everything in capitals, apart from one column.
    struct Capitals;

    impl Renaming for Capitals {
        fn column(&self, name: &str) -> String {
            if name == "entity" { "who".to_owned() } else { name.to_owned() }
        }

        fn changes(&self, column: &str) -> bool {
            column != "service"
        }

        fn text(&self, _: &str, text: &str) -> String {
            text.to_uppercase()
        }
    }

    #[test]
    fn texts_change_and_everything_else_stays() {
        let words = FrozenCategories::new(["low", "high"]).expect("distinct words");
        let risk = Column::new("risk".into(), ["high", "low", "high"]);
        let columns = vec![
            Column::new("entity".into(), [Some("a"), None, Some("b")]),
            Column::new("service".into(), ["s3", "ec2", "s3"]),
            Column::new("name".into(), ["x", "x", "y"]).cast(&schema::name()).expect("names"),
            risk.cast(&DataType::from_frozen_categories(words)).expect("words"),
            Column::new("rows".into(), [1_i64, 2, 3]),
        ];
        let table = Table::new(DataFrame::new(3, columns).expect("a frame"));
        for budget in [0, u64::MAX] {
            // A listing that has no room is packed, and holds names.
            let table =
                if budget == 0 { table.select(&["name", "risk", "rows"]).expect("columns") } else { table.clone() };
            let other = table.renamed(&Capitals, &RowBudget::new(budget)).expect("other texts");
            let at = |name: &str| other.names().position(|of| of == name);
            let reader = other.reader();
            let cells =
                |name: &str| (0..3).map(|row| reader.cell(row, at(name).expect("a column"))).collect::<Vec<_>>();
            assert_eq!(cells("name"), [Cell::Text("X"), Cell::Text("X"), Cell::Text("Y")]);
            assert_eq!(cells("rows"), [Cell::Int(1), Cell::Int(2), Cell::Int(3)]);
            assert_eq!(cells("risk")[0], Cell::Text("high"));
            if budget > 0 {
                assert_eq!(at("entity"), None);
                assert_eq!(cells("who")[..2], [Cell::Text("A"), Cell::Null]);
                assert_eq!(cells("service")[1], Cell::Text("ec2"));
            }
        }
        assert_eq!(table.head(0).renamed(&Capitals, &RowBudget::new(0)).expect("no rows").height(), 0);
    }
}
