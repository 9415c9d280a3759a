//! Value to text, once, for every format: what a cell says must not depend on the file it stands in.
//!
//! [`settle`] rounds, [`push`] spells. Formats that keep types (JSON, Parquet) take the settled value, so that a number read
//! from one output equals the number read from another. Escaping is no business of this file: each format has its own dangers.

use std::fmt::Write;

use crate::frame::Cell;
use crate::model::{DAY_MS, Instant};
use crate::report::ColumnKind;

/// How many decimals a kind of column has; `None` where its values are not rounded.
pub(super) const fn decimals(kind: ColumnKind) -> Option<u8> {
    match kind {
        ColumnKind::Percent => Some(1),
        ColumnKind::Ratio => Some(4),
        _ => None,
    }
}

/// Whether a column of this kind reads best aligned to the right.
pub(super) const fn is_number(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Count | ColumnKind::Days | ColumnKind::Percent | ColumnKind::Ratio)
}

/// The value as every output gives it: numbers rounded to the decimals of their kind, instants in whole seconds. A number that is
/// none (0/0) is not defined, hence null; there is no negative zero.
pub(super) fn settle(cell: Cell<'_>, kind: ColumnKind) -> Cell<'_> {
    match cell {
        Cell::Float(value) if !value.is_finite() => Cell::Null,
        Cell::Float(value) => Cell::Float(round(value, kind)),
        Cell::Instant(at) => Cell::Instant(whole_second(at)),
        other => other,
    }
}

/// `value` rounded half away from zero to the decimals of `kind`, and never -0.0.
pub(super) fn round(value: f64, kind: ColumnKind) -> f64 {
    let rounded = match decimals(kind) {
        Some(places) => {
            let scale = 10_f64.powi(places.into());
            (value * scale).round() / scale
        }
        None => value,
    };
    // Adding positive zero turns -0.0 into 0.0 and leaves every other number alone.
    rounded + 0.0
}

/// The second in which `at` falls. Accesses are recorded in whole seconds, so no age changes by this.
pub(super) fn whole_second(at: Instant) -> Instant {
    Instant::from_millis(at.millis().div_euclid(1000) * 1000)
}

/// Appends the spelling of `cell` to `out`; null is nothing. Text comes as it is.
pub(super) fn push(out: &mut String, cell: Cell<'_>, kind: ColumnKind) {
    let written = match settle(cell, kind) {
        Cell::Null => Ok(()),
        Cell::Text(text) => out.write_str(text),
        Cell::Int(value) => write!(out, "{value}"),
        Cell::Float(value) => match decimals(kind) {
            Some(places) => write!(out, "{value:.*}", usize::from(places)),
            None => write!(out, "{value}"),
        },
        Cell::Instant(at) => write_instant(out, at),
        Cell::Day(day) => write!(out, "{day}"),
        Cell::Flag(value) => write!(out, "{value}"),
    };
    written.expect("a String takes whatever is written to it");
}

/// `2026-04-01T01:53:35Z`, by hand because a format string is parsed anew for each of a million cells.
pub(super) fn write_instant(out: &mut impl Write, at: Instant) -> std::fmt::Result {
    let second = at.millis().rem_euclid(DAY_MS) / 1000;
    write!(out, "{}T{:02}:{:02}:{:02}Z", at.day(), second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Day;

    fn text(cell: Cell<'_>, kind: ColumnKind) -> String {
        let mut out = String::new();
        push(&mut out, cell, kind);
        out
    }

    #[test]
    fn rounds_half_away_from_zero() {
        for (value, expected) in
            [(0.25, "0.3"), (-0.25, "-0.3"), (0.35, "0.4"), (99.95, "100.0"), (100.0 / 3.0, "33.3")]
        {
            assert_eq!(text(Cell::Float(value), ColumnKind::Percent), expected);
        }
        assert_eq!(text(Cell::Float(0.000_05), ColumnKind::Ratio), "0.0001");
        assert_eq!(text(Cell::Float(2.0 / 3.0), ColumnKind::Ratio), "0.6667");
    }

    #[test]
    fn has_no_negative_zero_and_no_nan() {
        assert_eq!(text(Cell::Float(-0.04), ColumnKind::Percent), "0.0");
        assert_eq!(text(Cell::Float(-0.0), ColumnKind::Count), "0");
        assert_eq!(text(Cell::Float(f64::NAN), ColumnKind::Percent), "");
        assert_eq!(text(Cell::Float(f64::INFINITY), ColumnKind::Ratio), "");
    }

    #[test]
    fn spells_times_in_whole_seconds() {
        let at = Instant::from_millis(1_775_008_415_999);
        assert_eq!(text(Cell::Instant(at), ColumnKind::Instant), "2026-04-01T01:53:35Z");
        assert_eq!(text(Cell::Instant(Instant::from_millis(-1)), ColumnKind::Instant), "1969-12-31T23:59:59Z");
        assert_eq!(text(Cell::Day(Day(20_544)), ColumnKind::Date), "2026-04-01");
    }

    #[test]
    fn spells_the_rest() {
        assert_eq!(text(Cell::Null, ColumnKind::Percent), "");
        assert_eq!(text(Cell::Int(-7), ColumnKind::Days), "-7");
        assert_eq!(text(Cell::Flag(true), ColumnKind::Flag), "true");
        assert_eq!(text(Cell::Text("=x"), ColumnKind::Text), "=x");
    }
}
