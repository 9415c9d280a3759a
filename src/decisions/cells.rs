//! Cells of a sheet, as people and spreadsheet programs leave them.

use calamine::Data;

use crate::model::Day;

/// What a cell says.
#[derive(Debug, Clone, PartialEq)]
pub enum FilledCell {
    /// A text without the blanks around it; empty where there is none.
    Text(String),
    /// A number.
    Number(f64),
    /// A day.
    Day(Day),
    /// A formula, which is not trusted.
    Formula,
}

/// The day 0 of spreadsheets, as days before 1970.
const SERIAL_OF_1970: f64 = 25_569.0;

impl FilledCell {
    /// Of a workbook.
    pub fn of_workbook(data: &Data) -> Self {
        match data {
            Data::Empty => Self::Text(String::new()),
            Data::String(text) => Self::Text(text.trim().to_owned()),
            Data::Int(number) => Self::Number(*number as f64),
            Data::Float(number) => Self::Number(*number),
            Data::DateTime(at) => {
                let (year, month, day, ..) = at.to_ymd_hms_milli();
                Day::parse(&format!("{year:04}-{month:02}-{day:02}"))
                    .map_or_else(|| Self::Number(at.as_f64()), Self::Day)
            }
            Data::DateTimeIso(text) => Self::of_text(text.get(..10).unwrap_or(text)),
            Data::Bool(flag) => Self::Text(flag.to_string()),
            Data::DurationIso(text) => Self::Text(text.clone()),
            Data::Error(error) => Self::Text(error.to_string()),
        }
    }

    /// Of a CSV. What a spreadsheet would run begins with an apostrophe there; where it does not, it is a formula.
    pub fn of_csv(text: &str) -> Self {
        let text = text.trim();
        match text.strip_prefix('\'') {
            Some(guarded) if guarded.starts_with(['=', '+', '-', '@', '\t', '\r']) => Self::Text(guarded.to_owned()),
            _ if text.starts_with('=') => Self::Formula,
            _ => Self::of_text(text),
        }
    }

    fn of_text(text: &str) -> Self {
        Day::parse(text).map_or_else(|| Self::Text(text.to_owned()), Self::Day)
    }

    /// The text, where it is one.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Formula => String::new(),
        }
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    /// The day: a date, a text such as 2026-07-06, or with a time behind it, or the number that spreadsheets have for a day. `None` for anything
    /// else.
    pub fn day(&self) -> Option<Day> {
        match self {
            Self::Day(day) => Some(*day),
            Self::Text(text) => Day::parse(text.get(..10).unwrap_or(text)),
            // Days of this century.
            Self::Number(serial) if (36_526.0..73_050.0).contains(serial) => {
                Some(Day((serial.floor() - SERIAL_OF_1970) as i32))
            }
            Self::Number(_) | Self::Formula => None,
        }
    }
}
