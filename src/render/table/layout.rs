//! How wide each column of a terminal table is.

use crate::report::{Column, ColumnKind};

/// Blanks between two columns.
pub(super) const GAP: u16 = 2;

/// The least width that a wrapped text is given: narrower, and an ARN becomes a ladder of letters.
const TEXT_WIDTH: u16 = 20;

/// How the rows of a section are laid out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// As a table with these widths, gaps not counted.
    Grid(Vec<u16>),
    /// Each row as a list of names and values.
    Lists,
}

impl Layout {
    /// Fits columns of the `natural` widths of their content into `limit`.
    ///
    /// Names fold at `_` first, then the widest texts wrap. Numbers, dates and closed words never do: a number over two lines reads
    /// as two numbers.
    pub(super) fn fit(columns: &[Column], natural: &[u16], limit: Option<u16>) -> Self {
        let with_names = |least: fn(&str) -> usize| -> Vec<u16> {
            let least = |column: &Column| u16::try_from(least(&column.name)).unwrap_or(u16::MAX);
            columns.iter().zip(natural).map(|(column, &width)| width.max(least(column))).collect()
        };
        let whole_names = with_names(|name| name.chars().count());
        let Some(limit) = limit.filter(|&limit| total(&whole_names) > u32::from(limit)) else {
            return Self::Grid(whole_names);
        };
        let mut widths = with_names(|name| pieces(name).map(|piece| piece.chars().count()).max().unwrap_or(0));
        while total(&widths) > u32::from(limit) {
            match widest_text(columns, &widths) {
                Some(at) => widths[at] -= 1,
                None => return Self::Lists,
            }
        }
        Self::Grid(widths)
    }
}

/// The width of the whole table; the last column needs no gap.
fn total(widths: &[u16]) -> u32 {
    let gaps = (widths.len().saturating_sub(1) as u32) * u32::from(GAP);
    widths.iter().map(|&width| u32::from(width)).sum::<u32>() + gaps
}

/// The widest column that may still be made narrower.
fn widest_text(columns: &[Column], widths: &[u16]) -> Option<usize> {
    let texts = (0..columns.len()).filter(|&at| columns[at].kind == ColumnKind::Text && widths[at] > TEXT_WIDTH);
    texts.max_by_key(|&at| widths[at])
}

/// `services_unused_pct` as `services_`, `unused_`, `pct`.
fn pieces(name: &str) -> impl Iterator<Item = &str> {
    name.split_inclusive('_')
}

/// The name over as few lines as `width` allows, broken after `_`.
pub(super) fn fold_name(name: &str, width: usize) -> String {
    let (mut folded, mut used) = (String::with_capacity(name.len() + 4), 0);
    for piece in pieces(name) {
        let length = piece.chars().count();
        if used > 0 && used + length > width {
            folded.push('\n');
            used = 0;
        }
        folded.push_str(piece);
        used += length;
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        [("entity_arn", ColumnKind::Text), ("services_unused", ColumnKind::Count)]
            .map(|(name, kind)| Column { name: name.into(), kind, about: String::new() })
            .into()
    }

    #[test]
    fn folds_names_before_it_wraps_texts() {
        let fit = |limit| Layout::fit(&columns(), &[30, 2], limit);
        assert_eq!(fit(None), Layout::Grid(vec![30, 15]));
        assert_eq!(fit(Some(47)), Layout::Grid(vec![30, 15]));
        assert_eq!(fit(Some(46)), Layout::Grid(vec![30, 9]));
        assert_eq!(fit(Some(40)), Layout::Grid(vec![29, 9]));
        assert_eq!(fit(Some(31)), Layout::Grid(vec![20, 9]));
        assert_eq!(fit(Some(30)), Layout::Lists);
    }

    #[test]
    fn folds_after_underscores() {
        assert_eq!(fold_name("services_unused_pct", 9), "services_\nunused_\npct");
        assert_eq!(fold_name("services_unused_pct", 16), "services_unused_\npct");
        assert_eq!(fold_name("verdict", 3), "verdict");
    }
}
