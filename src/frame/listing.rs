//! A table that is too long to be sorted as a whole: the rows of each batch are already in order.
//!
//! The input is frames, each sorted. The output is one [`Table`] in the same order. Rows with the same leading values
//! (an entity, for example) are next to each other in their frame, so it is enough to put these stretches in order: no
//! row is moved, and frames may be packed in the meantime. If two frames share such a key, its rows, and only those,
//! are sorted together.

use polars::prelude::*;

use super::piece::{RowBudget, TablePiece, named};
use super::table::{Stretch, Table};

/// Some rows of a listing, with the leading values of their order.
#[derive(Debug)]
pub struct Listed {
    schema: SchemaRef,
    pieces: Vec<TablePiece>,
    /// The rows of each key, with their piece.
    stretches: Vec<(Key, usize, Range)>,
}

type Range = std::ops::Range<usize>;

/// The leading values in the order of a row.
type Key = Vec<KeyPart>;

/// One value of a key; a member of a closed set is a number. Nulls come first, as everywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum KeyPart {
    Null,
    Member(u32),
    Name(Box<str>),
}

impl Listed {
    /// Takes a sorted frame; the columns `lead`, names and members of closed sets, lead its order. It is packed if
    /// `budget` has no more room.
    ///
    /// # Errors
    /// If Polars refuses, which is a bug.
    pub fn new(frame: &DataFrame, lead: &[&str], budget: &RowBudget) -> PolarsResult<Self> {
        let frame = named(frame)?;
        let schema = Arc::clone(frame.schema());
        let stretches = stretches(&frame, lead)?;
        match TablePiece::within(frame, budget) {
            Ok(piece) => {
                let stretches = stretches.into_iter().map(|(key, rows)| (key, 0, rows)).collect();
                Ok(Self { schema, pieces: vec![piece], stretches })
            }
            Err(frame) => Self::packed(&frame, stretches),
        }
    }

    /// Packed pieces of rows that will be next to each other in the listing.
    ///
    /// Batches are whole entities in the order of accounts and names, and a listing has the type of an entity before
    /// its name: between the users and the roles of a batch are those of the account's other batches. A piece that has
    /// both is unpacked again for each of them, which took a third of the time of an audit with a million rows.
    fn packed(frame: &DataFrame, stretches: Vec<(Key, Range)>) -> PolarsResult<Self> {
        let mut pieces = Vec::new();
        let mut placed = Vec::with_capacity(stretches.len());
        for together in cut(stretches) {
            let start = together[0].1.start;
            let height = together.iter().map(|(_, rows)| rows.len()).sum();
            let from = i64::try_from(start).expect("no frame holds 2^63 rows");
            placed.extend(
                together.into_iter().map(|(key, rows)| (key, pieces.len(), rows.start - start..rows.end - start)),
            );
            pieces.push(TablePiece::packed(&frame.slice(from, height))?);
        }
        Ok(Self { schema: Arc::clone(frame.schema()), pieces, stretches: placed })
    }
}

/// The rows of a packed piece, unless its group has fewer and no other follows: each piece takes some kilobytes.
const PIECE_ROWS: usize = 1 << 12;

/// The stretches in groups of at least [`PIECE_ROWS`] rows; only where one of the first two values of the key changes
/// does a group end.
fn cut(stretches: Vec<(Key, Range)>) -> Vec<Vec<(Key, Range)>> {
    let mut groups: Vec<Vec<(Key, Range)>> = Vec::new();
    let mut height = 0;
    for stretch in stretches {
        let goes_on = |above: &(Key, Range)| above.0.iter().zip(&stretch.0).take(2).all(|(above, own)| above == own);
        let rows = stretch.1.len();
        match groups.last_mut() {
            Some(group) if height < PIECE_ROWS || group.last().is_none_or(goes_on) => group.push(stretch),
            _ => {
                groups.push(vec![stretch]);
                height = 0;
            }
        }
        height += rows;
    }
    groups
}

/// The table of all `parts`, of which there is at least one; `sort` puts the rows of several parts in order.
///
/// # Errors
/// If Polars refuses, which is a bug.
pub fn table(
    parts: Vec<Listed>,
    sort: impl Fn(DataFrame) -> PolarsResult<DataFrame>,
    budget: &RowBudget,
) -> PolarsResult<Table> {
    let schema = Arc::clone(&parts.first().expect("a run has a partition").schema);
    let mut pieces = Vec::with_capacity(parts.len());
    let mut stretches = Vec::new();
    for Listed { pieces: own, stretches: rows, .. } in parts {
        stretches.extend(rows.into_iter().map(|(key, piece, rows)| (key, pieces.len() + piece, rows)));
        pieces.extend(own);
    }
    // Equal keys are in the order of their positions, so that the result does not depend on the sort.
    stretches.sort_unstable_by(|a, b| (&a.0, a.1, a.2.start).cmp(&(&b.0, b.1, b.2.start)));

    let mut placed: Vec<Stretch> = Vec::new();
    for same in stretches.chunk_by(|a, b| a.0 == b.0) {
        if let [(_, piece, rows)] = same {
            place(&mut placed, *piece, rows.clone());
            continue;
        }
        let shared = same.iter().map(|(_, piece, rows): &(_, usize, Range)| {
            let from = i64::try_from(rows.start).expect("no frame holds 2^63 rows");
            pieces[*piece].frame(&schema).slice(from, rows.len())
        });
        let shared = shared.reduce(|above, below| above.vstack(&below).expect("parts of one table"));
        let shared = sort(shared.unwrap_or_else(|| DataFrame::empty_with_schema(&schema)))?;
        let rows = 0..shared.height();
        pieces.push(TablePiece::open_or_packed(shared, budget)?);
        place(&mut placed, pieces.len() - 1, rows);
    }
    Ok(Table::of_pieces(schema, pieces, placed))
}

/// Appends rows of a piece; if they continue the last ones, to those.
fn place(placed: &mut Vec<Stretch>, piece: usize, rows: Range) {
    let start = placed.last().map_or(0, |last| last.rows.end);
    match placed.last_mut() {
        Some(last) if last.piece == piece && last.from + last.rows.len() == rows.start => last.rows.end += rows.len(),
        _ => placed.push(Stretch { piece, from: rows.start, rows: start..start + rows.len() }),
    }
}

/// The rows of each key, in their order.
fn stretches(frame: &DataFrame, lead: &[&str]) -> PolarsResult<Vec<(Key, Range)>> {
    let codes = lead.iter().map(|name| -> PolarsResult<UInt32Chunked> {
        Ok(frame.column(name)?.to_physical_repr().cast(&DataType::UInt32)?.u32()?.rechunk().into_owned())
    });
    let codes = codes.collect::<PolarsResult<Vec<_>>>()?;
    let dtypes: Vec<&DataType> = lead.iter().map(|name| frame.schema().try_get(name)).collect::<PolarsResult<_>>()?;
    let key = |row: usize| -> Key {
        let part = |(codes, dtype): (&UInt32Chunked, &&DataType)| match (codes.get(row), dtype) {
            (None, _) => KeyPart::Null,
            (Some(code), DataType::Categorical(_, names)) => {
                KeyPart::Name(names.cat_to_str(code).expect("a category has a name").into())
            }
            (Some(code), _) => KeyPart::Member(code),
        };
        codes.iter().zip(&dtypes).map(part).collect()
    };
    let goes_on = |row: usize| codes.iter().all(|codes| codes.get(row) == codes.get(row - 1));
    let starts: Vec<usize> = (0..frame.height()).filter(|&row| row == 0 || !goes_on(row)).collect();
    let ends = starts.iter().skip(1).copied().chain([frame.height()]);
    Ok(starts.iter().zip(ends).map(|(&start, end)| (key(start), start..end)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Cell, schema};
    use crate::model::EntityKind;

    const COLUMNS: [&str; 3] = ["kind", "name", "service"];

    /// Rows of kind, name and service.
    type Rows<'t> = &'t [(Option<&'t str>, Option<&'t str>, &'t str)];

    fn frame(rows: Rows) -> DataFrame {
        let kinds = schema::closed_set(EntityKind::ALL.iter().map(|kind| kind.as_str()));
        let columns = [
            Column::new("kind".into(), rows.iter().map(|row| row.0).collect::<Vec<_>>()).cast(&kinds),
            Column::new("name".into(), rows.iter().map(|row| row.1).collect::<Vec<_>>()).cast(&schema::name()),
            Ok(Column::new("service".into(), rows.iter().map(|row| row.2).collect::<Vec<_>>())),
        ];
        DataFrame::new(rows.len(), columns.into_iter().collect::<PolarsResult<Vec<_>>>().expect("columns"))
            .expect("a frame")
    }

    #[allow(clippy::needless_pass_by_value, reason = "as its caller calls it")]
    fn sorted(rows: DataFrame) -> PolarsResult<DataFrame> {
        rows.sort(COLUMNS, SortMultipleOptions::default().with_maintain_order(true))
    }

    fn cells(table: &Table) -> Vec<Vec<Option<String>>> {
        let reader = table.reader();
        let text = |cell| if let Cell::Text(text) = cell { Some(text.to_owned()) } else { None };
        let row = |row| (0..reader.width()).map(|column| text(reader.cell(row, column))).collect();
        (0..table.height()).map(row).collect()
    }

    fn laid(parts: &[Rows], budget: u64) -> Table {
        let budget = RowBudget::new(budget);
        let listed =
            |rows: &Rows| Listed::new(&sorted(frame(rows)).expect("sorted"), &COLUMNS[..2], &budget).expect("listed");
        table(parts.iter().map(listed).collect(), sorted, &budget).expect("a table")
    }

    #[test]
    fn parts_come_in_the_order_of_all_rows() {
        let (user, role) = (Some("user"), Some("role"));
        let parts: [Rows; 4] = [
            &[(role, Some("b"), "s3"), (role, Some("b"), "ec2"), (user, Some("a"), "iam"), (role, Some("d"), "sqs")],
            &[],
            // One key that is in two parts, and one between the rows of another part.
            &[(role, Some("c"), "sns"), (role, Some("b"), "iam"), (None, Some("z"), "kms")],
            &[(role, None, "s3"), (user, Some("a"), "ec2")],
        ];
        let all: Vec<_> = parts.iter().copied().flatten().copied().collect();
        let whole = Table::new(sorted(frame(&all)).expect("sorted"));
        for room in [0, 1 << 20] {
            let table = laid(&parts, room);
            assert_eq!(cells(&table), cells(&whole), "with room for {room} bytes");
            assert_eq!(cells(&table.in_memory()), cells(&whole));
            let frames: Vec<DataFrame> = table.frames().collect();
            assert_eq!(frames.iter().map(DataFrame::height).sum::<usize>(), whole.height());
        }
    }

    #[test]
    fn runs_tell_what_changes_from_row_to_row() {
        let parts: [Rows; 2] =
            [&[(None, Some("a"), "s3"), (None, Some("a"), "ec2")], &[(None, Some("b"), "s3"), (None, Some("c"), "s3")]];
        for room in [0, 1 << 20] {
            let table = laid(&parts, room);
            let told = |column: usize, rows: std::ops::Range<usize>| {
                let mut told = Vec::new();
                for run in table.runs(rows) {
                    run.changes(run.rows(), column, |row, cell| told.push((row, format!("{cell:?}"))));
                }
                told
            };
            let name = |row, name: &str| (row, format!("Text({name:?})"));
            assert_eq!(told(1, 0..4), [name(0, "a"), name(2, "b"), name(3, "c")]);
            assert_eq!(told(2, 0..4), [name(0, "ec2"), name(1, "s3"), name(2, "s3")]);
            assert_eq!(told(1, 1..3), [name(1, "a"), name(2, "b")]);
            assert_eq!(told(0, 2..4), [(2, "Null".to_owned())]);
            assert!(told(1, 4..4).is_empty());
        }
    }

    #[test]
    fn no_rows_are_a_table_with_columns() {
        let table = laid(&[&[], &[]], 0);
        assert_eq!((table.height(), table.names().collect::<Vec<_>>()), (0, COLUMNS.to_vec()));
    }
}
