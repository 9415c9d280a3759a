//! One value as one cell: numbers, dates and flags as what they are, everything else as a text.
//!
//! Values are settled by [`cell::settle`] as for every other format, so a number here is the number
//! of the CSV. What a spreadsheet cannot hold as a number is written as the text that the CSV has.

use std::borrow::Cow;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::column::{Meaning, SheetColumn, SheetPart};
use super::grid::SheetCell;
use crate::frame::Cell;
use crate::model::DAY_MS;
use crate::render::cell;
use crate::report::ColumnKind;

/// The longest text of a cell, in UTF-16 units.
const LONGEST_TEXT: usize = 32_767;
/// What a text that was cut ends in.
const CUT: &str = "… [cut here: too long for a spreadsheet; the CSV file has it whole]";
/// Whole numbers beyond this are not exact as a spreadsheet's number, which is a float.
const LARGEST_EXACT: u64 = 1 << 53;
/// 1970-01-01 as a spreadsheet counts days.
pub(super) const UNIX_EPOCH: i64 = 25_569;
/// The days that every spreadsheet counts alike: 1900-03-01 to 9999-12-31.
const COUNTED_ALIKE: std::ops::RangeInclusive<i64> = 61..=2_958_465;

/// What stands in a cell.
pub(super) enum CellValue<'c> {
    /// Nothing.
    Empty,
    /// True or false.
    Flag(bool),
    /// A number, a day or an instant.
    Number(f64),
    /// A text, longer perhaps than a cell can hold.
    Text(Cow<'c, str>),
}

/// What `value` is in a sheet.
pub(super) fn shown<'c>(value: SheetCell<'c>, about: &SheetColumn) -> CellValue<'c> {
    let settled = match value {
        SheetCell::Text(text) => return CellValue::Text(text),
        SheetCell::Value(value) => cell::settle(value, about.kind),
    };
    match (settled, number_of(settled, about)) {
        (Cell::Flag(flag), _) => CellValue::Flag(flag),
        (_, Some(number)) => CellValue::Number(number),
        _ => as_text(settled, about).map_or(CellValue::Empty, CellValue::Text),
    }
}

/// The width that `value` needs, in characters.
pub(super) fn width(value: SheetCell<'_>, about: &SheetColumn) -> usize {
    let value = match value {
        SheetCell::Text(text) => return text_width(&text),
        SheetCell::Value(value) => cell::settle(value, about.kind),
    };
    match (value, number_of(value, about)) {
        (Cell::Flag(_), _) => 5,
        (_, Some(_)) => width_of(value, about),
        _ => as_text(value, about).map_or(0, |text| text_width(&text)),
    }
}

/// Writes what `value` is.
pub(super) fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: SheetCell<'_>,
    about: &SheetColumn,
) -> Result<(), XlsxError> {
    match shown(value, about) {
        CellValue::Empty => Ok(()),
        CellValue::Flag(flag) => sheet.write_boolean(row, column, flag).map(drop),
        CellValue::Number(number) => sheet.write_number(row, column, number).map(drop),
        CellValue::Text(text) => sheet.write_string(row, column, clip(&text)).map(drop),
    }
}

fn as_text<'c>(settled: Cell<'c>, about: &SheetColumn) -> Option<Cow<'c, str>> {
    match settled {
        Cell::Null => None,
        Cell::Text(text) => Some(Cow::Borrowed(text)),
        other => {
            let mut spelt = String::new();
            cell::push(&mut spelt, other, about.kind);
            Some(Cow::Owned(spelt))
        }
    }
}

/// The value as a number, where a spreadsheet can hold it exactly.
fn number_of(value: Cell<'_>, about: &SheetColumn) -> Option<f64> {
    match value {
        Cell::Int(n) if n.unsigned_abs() <= LARGEST_EXACT => Some(n as f64),
        // A percentage is a share that the sheet shows as one.
        Cell::Float(n) if about.kind == ColumnKind::Percent => Some((n * 10.0).round() / 1000.0),
        Cell::Float(n) => Some(n),
        Cell::Instant(at) => {
            let day = i64::from(at.day().0) + UNIX_EPOCH;
            let second = at.millis().rem_euclid(DAY_MS) / 1000;
            COUNTED_ALIKE.contains(&day).then(|| day as f64 + second as f64 / 86_400.0)
        }
        Cell::Day(day) => {
            Some(i64::from(day.0) + UNIX_EPOCH).filter(|day| COUNTED_ALIKE.contains(day)).map(|day| day as f64)
        }
        // Days without their words: the text of an integer, exactly as this program spells one.
        Cell::Text(text) if matches!(about.meaning, Meaning::DaysOrWord | Meaning::DaysOfEntity) => {
            text.parse::<u32>().ok().filter(|days| days.to_string() == text).map(f64::from)
        }
        Cell::Int(_) | Cell::Text(_) | Cell::Null | Cell::Flag(_) => None,
    }
}

fn width_of(number: Cell<'_>, about: &SheetColumn) -> usize {
    match number {
        Cell::Instant(_) if about.part == SheetPart::Technical => 19,
        Cell::Instant(_) | Cell::Day(_) => 10,
        Cell::Int(n) => {
            let digits = n.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
            digits + (digits - 1) / 3 + usize::from(n < 0)
        }
        _ => 7,
    }
}

/// The width of `text` in characters of a usual font: letters of East Asia take two.
fn text_width(text: &str) -> usize {
    if text.is_ascii() && !text.contains(['\n', '\r']) {
        return text.len();
    }
    let of_line = |line: &str| {
        line.chars()
            .map(
                |c| if ('\u{1100}'..'\u{ff61}').contains(&c) && !('\u{2000}'..'\u{2e80}').contains(&c) { 2 } else { 1 },
            )
            .sum()
    };
    text.lines().map(of_line).max().unwrap_or(0)
}

/// The text, or as much as a cell can hold, and a word that it was cut.
pub(super) fn clip(text: &str) -> Cow<'_, str> {
    // A char is never longer in UTF-16 units than in UTF-8 bytes.
    if text.len() <= LONGEST_TEXT || text.encode_utf16().count() <= LONGEST_TEXT {
        return Cow::Borrowed(text);
    }
    let mut room = LONGEST_TEXT - CUT.encode_utf16().count();
    let kept = text.chars().take_while(|c| match room.checked_sub(c.len_utf16()) {
        Some(rest) => {
            room = rest;
            true
        }
        None => false,
    });
    Cow::Owned(kept.chain(CUT.chars()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Day, Instant};

    fn column(kind: ColumnKind, meaning: Meaning) -> SheetColumn {
        SheetColumn { kind, ..SheetColumn::text(0, "x", "", meaning) }
    }

    #[test]
    fn a_percentage_is_a_share() {
        assert_eq!(number_of(Cell::Float(54.4), &column(ColumnKind::Percent, Meaning::Plain)), Some(0.544));
        assert_eq!(number_of(Cell::Float(54.4), &column(ColumnKind::Ratio, Meaning::Plain)), Some(54.4));
    }

    #[test]
    fn a_text_is_cut_only_where_a_cell_cannot_hold_it() {
        let fits = "é".repeat(LONGEST_TEXT);
        assert_eq!(clip(&fits), fits);
        for long in ["x".repeat(LONGEST_TEXT + 1), "😀".repeat(LONGEST_TEXT / 2 + 1)] {
            let cut = clip(&long);
            assert!((LONGEST_TEXT - 1..=LONGEST_TEXT).contains(&cut.encode_utf16().count()));
            assert!(cut.ends_with(CUT));
        }
    }

    #[test]
    fn dates_are_the_days_that_a_spreadsheet_counts() {
        let number = |value| number_of(value, &column(ColumnKind::Instant, Meaning::Plain));
        // As documented for the serial numbers of ECMA-376: 2008-01-01 is day 39448.
        let day = Day(39_448 - 25_569);
        assert_eq!(day.to_string(), "2008-01-01");
        assert_eq!(number(Cell::Day(day)), Some(39_448.0));
        let noon = Instant::from_millis(i64::from(day.0) * DAY_MS + DAY_MS / 2);
        assert_eq!(number(Cell::Instant(noon)), Some(39_448.5));
        assert_eq!(number(Cell::Day(Day(-25_568))), None, "1900 began differently in every spreadsheet");
        assert_eq!(number(Cell::Instant(Instant::from_millis(i64::MAX))), None);
    }

    #[test]
    fn only_days_that_are_spelt_like_ours_become_numbers() {
        let number = |text, meaning| number_of(Cell::Text(text), &column(ColumnKind::Text, meaning));
        assert_eq!(number("400", Meaning::DaysOrWord), Some(400.0));
        for text in ["unused", "unknown", "", "007", "+7", "-7", "1e3", "4294967296"] {
            assert_eq!(number(text, Meaning::DaysOrWord), None, "{text}");
        }
        assert_eq!(number("400", Meaning::Plain), None);
    }

    #[test]
    fn numbers_that_a_float_would_change_stay_texts() {
        let number = |value| number_of(Cell::Int(value), &column(ColumnKind::Count, Meaning::Plain));
        assert_eq!(number(1 << 53), Some(9_007_199_254_740_992.0));
        assert_eq!([number((1 << 53) + 1), number(i64::MIN)], [None, None]);
    }
}
