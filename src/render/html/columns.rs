//! One column to bytes: numbers as offsets from their least, everything else as places in a dictionary.
//!
//! A browser filters and sorts half a million such codes in milliseconds, where half a million objects would take seconds and
//! most of its memory. What a cell *says* is decided by [`cell`] as for every format; numbers travel as numbers only where the
//! script can spell them exactly so.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::Strings;
use crate::frame::Cell;
use crate::render::cell;
use crate::report::ColumnKind;

/// How the script reads a column back.
#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Encoding {
    /// A dictionary of `count` places of texts, 4 bytes each; then a place in it per row.
    Words {
        /// Texts in the dictionary.
        count: usize,
        /// Bytes per row.
        width: u8,
    },
    /// Per row what is to be added to `base`; all bits set is null. Instants are in seconds, dates in days, since 1970.
    Numbers {
        /// The least number of the column.
        base: i64,
        /// Bytes per row.
        width: u8,
    },
}

/// The largest whole number that a script holds exactly.
const MOST_EXACT: i64 = (1 << 53) - 1;
/// Years 0 to 9999, which a script spells in the same four digits.
const PLAIN_SECONDS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// The most names of a column that are known by their places in memory; texts that are no names have as many places as rows.
const MOST_NAMES: usize = 1 << 16;

/// Appends the column to `out` and says how.
pub(super) fn encode<'a>(
    cells: impl Iterator<Item = Cell<'a>> + Clone,
    kind: ColumnKind,
    strings: &mut Strings,
    out: &mut Vec<u8>,
) -> Encoding {
    match numbers(cells.clone(), kind) {
        Some(numbers) => encode_numbers(&numbers, out),
        None => encode_words(cells, kind, strings, out),
    }
}

/// The column as whole numbers; `None` where its kind has none or one of them is out of a script's reach.
fn numbers<'a>(cells: impl Iterator<Item = Cell<'a>>, kind: ColumnKind) -> Option<Vec<Option<i64>>> {
    use ColumnKind::{Count, Date, Days, Instant};
    if !matches!(kind, Count | Days | Instant | Date) {
        return None;
    }
    cells
        .map(|cell| match (cell::settle(cell, kind), kind) {
            (Cell::Null, _) => Some(None),
            (Cell::Int(number), Count | Days) => {
                (number.unsigned_abs() <= MOST_EXACT.unsigned_abs()).then_some(Some(number))
            }
            (Cell::Instant(at), Instant) => {
                let second = at.millis().div_euclid(1000);
                PLAIN_SECONDS.contains(&second).then_some(Some(second))
            }
            (Cell::Day(day), Date) => {
                let number = i64::from(day.0);
                PLAIN_SECONDS.contains(&number.saturating_mul(86_400)).then_some(Some(number))
            }
            _ => None,
        })
        .collect::<Option<Vec<_>>>()
        .filter(|numbers| {
            let known = || numbers.iter().flatten();
            let span = known().max().zip(known().min()).map_or(0, |(most, least)| most - least);
            span < i64::from(u32::MAX)
        })
}

fn encode_numbers(numbers: &[Option<i64>], out: &mut Vec<u8>) -> Encoding {
    let known = || numbers.iter().flatten().copied();
    let base = known().min().unwrap_or(0);
    let span = known().max().unwrap_or(0).saturating_sub(base);
    // One code more than the span, for null.
    let width = width_of(u32::try_from(span + 1).expect("checked when the numbers were taken"));
    let offset = |number: &Option<i64>| match number {
        Some(number) => u32::try_from(number - base).expect("no number exceeds the greatest"),
        None => u32::MAX,
    };
    planes(&numbers.iter().map(offset), width, out);
    Encoding::Numbers { base, width }
}

fn encode_words<'a>(
    cells: impl Iterator<Item = Cell<'a>>,
    kind: ColumnKind,
    strings: &mut Strings,
    out: &mut Vec<u8>,
) -> Encoding {
    let mut dictionary = Vec::new();
    let mut code_of_string = FxHashMap::default();
    let mut code_of_name = FxHashMap::default();
    let mut codes = Vec::new();
    let mut text = String::new();
    // Rows are sorted, so most cells say what the one above them says. A name is in one place of memory for all rows of a table, other
    // texts are not.
    let mut above: Option<(Cell<'a>, u32)> = None;
    for cell in cells {
        let place = if let Cell::Text(text) = cell { Some((text.as_ptr(), text.len())) } else { None };
        let in_place = place.and_then(|place| code_of_name.get(&place).copied());
        let known = in_place.or_else(|| above.filter(|(same, _)| *same == cell).map(|(_, code)| code));
        let code = known.unwrap_or_else(|| {
            text.clear();
            cell::push(&mut text, cell, kind);
            let string = strings.place(&text);
            *code_of_string.entry(string).or_insert_with(|| {
                dictionary.push(string);
                u32::try_from(dictionary.len() - 1).expect("no longer than the list of all strings")
            })
        });
        if let Some(place) = place.filter(|_| known.is_none() && code_of_name.len() < MOST_NAMES) {
            code_of_name.insert(place, code);
        }
        above = Some((cell, code));
        codes.push(code);
    }
    let count = dictionary.len();
    let width = width_of(u32::try_from(count.saturating_sub(1)).expect("no longer than the list of all strings"));
    planes(&dictionary.into_iter(), 4, out);
    planes(&codes.into_iter(), width, out);
    Encoding::Words { count, width }
}

/// Bytes that hold every number up to `most`.
const fn width_of(most: u32) -> u8 {
    match most {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        _ => 4,
    }
}

/// All lowest bytes, then all second ones, and so on: bytes of one rank resemble one another, and deflate finds that.
fn planes(numbers: &(impl Iterator<Item = u32> + Clone), width: u8, out: &mut Vec<u8>) {
    for rank in 0..width {
        out.extend(numbers.clone().map(|number| number.to_le_bytes()[usize::from(rank)]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Day, Instant};

    fn encoded(cells: &[Cell<'_>], kind: ColumnKind) -> (Encoding, Vec<u8>) {
        let mut out = Vec::new();
        let encoding = encode(cells.iter().copied(), kind, &mut Strings::default(), &mut out);
        (encoding, out)
    }

    #[test]
    fn numbers_are_offsets_and_null_has_all_bits() {
        let (encoding, bytes) = encoded(&[Cell::Int(-5), Cell::Null, Cell::Int(249)], ColumnKind::Count);
        assert_eq!((encoding, bytes), (Encoding::Numbers { base: -5, width: 1 }, vec![0, 255, 254]));
        // 255 itself would read as null.
        let (encoding, bytes) = encoded(&[Cell::Int(0), Cell::Int(255), Cell::Null], ColumnKind::Days);
        assert_eq!((encoding, bytes), (Encoding::Numbers { base: 0, width: 2 }, vec![0, 255, 255, 0, 0, 255]));
        let (encoding, bytes) = encoded(&[Cell::Null], ColumnKind::Days);
        assert_eq!((encoding, bytes), (Encoding::Numbers { base: 0, width: 1 }, vec![255]));
    }

    #[test]
    fn what_a_script_cannot_count_or_spell_travels_as_text() {
        for (cells, kind) in [
            (vec![Cell::Int(i64::MAX)], ColumnKind::Count),
            (vec![Cell::Int(0), Cell::Int(i64::from(u32::MAX))], ColumnKind::Count),
            (vec![Cell::Instant(Instant::from_millis(i64::MAX))], ColumnKind::Instant),
            (vec![Cell::Day(Day(i32::MAX))], ColumnKind::Date),
            (vec![Cell::Float(0.5)], ColumnKind::Percent),
        ] {
            assert!(matches!(encoded(&cells, kind).0, Encoding::Words { .. }), "{cells:?}");
        }
    }

    #[test]
    fn words_are_kept_once() {
        let cells = [Cell::Text("b"), Cell::Text("a"), Cell::Text("a"), Cell::Null, Cell::Text("b")];
        let (encoding, bytes) = encoded(&cells, ColumnKind::Text);
        assert_eq!(encoding, Encoding::Words { count: 3, width: 1 });
        assert_eq!(bytes[bytes.len() - 5..], [0, 1, 1, 2, 0]);
    }
}
