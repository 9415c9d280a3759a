//! How wide each column of a terminal table is.

use crate::report::{Column, ColumnKind};

/// Blanks between two columns.
pub(super) const GAP: u16 = 2;

/// The least width that a wrapped text is given: narrower, and an ARN becomes a ladder of letters.
const TEXT_WIDTH: u16 = 20;

/// Columns that a reader at a terminal can do without, least missed first.
const EXPENDABLE: &[&str] = &[
    "age_known_by",
    "last_accessed_source",
    "aws_controlled",
    "remedy",
    "used_untracked",
    "granted_since",
    "identified_by",
    "unknown_reason",
    "entity_name",
    "as_of",
    "service_name",
    "observed_limit",
    "observed_days",
    "access_level",
    "last_accessed_region",
    "entity_type",
    "account_a",
    "account_b",
    "job_status",
    "job_type",
    "outcome",
    "new_as_of",
    "old_as_of",
    "last_accessed_by",
    "bucket",
    "evidence",
    "account_id",
];

/// How the rows of a section are laid out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// As a table of these columns, with these widths, gaps not counted.
    Grid {
        /// Places of the columns shown.
        shown: Vec<usize>,
        /// The width of each of them.
        widths: Vec<u16>,
    },
    /// Each row as a list of names and values.
    Lists,
}

impl Layout {
    /// Fits columns of the `natural` widths of their content into `limit`; without one, into what the grid can count.
    ///
    /// Names fold at `_` first, then the widest texts wrap, then columns are left out. Numbers and dates never wrap: a number over two
    /// lines reads as two numbers.
    pub(super) fn fit(columns: &[Column], natural: &[u16], limit: Option<u16>) -> Self {
        let mut shown: Vec<usize> = (0..columns.len()).collect();
        let mut expendable = EXPENDABLE.iter();
        loop {
            let of_shown: Vec<&Column> = shown.iter().map(|&at| &columns[at]).collect();
            let natural_of_shown: Vec<u16> = shown.iter().map(|&at| natural[at]).collect();
            if let Some(widths) = widths(&of_shown, &natural_of_shown, limit) {
                return Self::Grid { shown, widths };
            }
            let Some(next) = expendable.next() else { return Self::Lists };
            shown.retain(|&at| columns[at].name != *next);
        }
    }
}

/// The widths of `columns`, if they fit into `limit`.
fn widths(columns: &[&Column], natural: &[u16], limit: Option<u16>) -> Option<Vec<u16>> {
    let with_names = |least: fn(&str) -> usize| -> Vec<u16> {
        let least = |column: &Column| u16::try_from(least(&column.name)).unwrap_or(u16::MAX);
        columns.iter().zip(natural).map(|(column, &width)| width.max(least(column))).collect()
    };
    let whole_names = with_names(|name| name.chars().count());
    let limit = u32::from(limit.unwrap_or(u16::MAX));
    if total(&whole_names) <= limit {
        return Some(whole_names);
    }
    let folded = with_names(|name| pieces(name).map(|piece| piece.chars().count()).max().unwrap_or(0));
    let fits = |cap: u16| total(&capped(columns, &folded, cap)) <= limit;
    greatest(TEXT_WIDTH, u16::MAX, fits).map(|cap| capped(columns, &folded, cap))
}

/// The widths, those of texts no more than `cap`.
fn capped(columns: &[&Column], widths: &[u16], cap: u16) -> Vec<u16> {
    let capped = |(column, &width): (&&Column, &u16)| match column.kind {
        ColumnKind::Text => width.min(cap),
        _ => width,
    };
    columns.iter().zip(widths).map(capped).collect()
}

/// The greatest number from `low` to `high` that `fits`, where all below one that fits do too.
fn greatest(mut low: u16, mut high: u16, fits: impl Fn(u16) -> bool) -> Option<u16> {
    if !fits(low) {
        return None;
    }
    while low < high {
        let middle = high - (high - low) / 2;
        if fits(middle) { low = middle } else { high = middle - 1 }
    }
    Some(low)
}

/// The width of the whole table; the last column needs no gap.
fn total(widths: &[u16]) -> u32 {
    let gaps = (widths.len().saturating_sub(1) as u32) * u32::from(GAP);
    widths.iter().map(|&width| u32::from(width)).sum::<u32>() + gaps
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

    fn grid(shown: &[usize], widths: &[u16]) -> Layout {
        Layout::Grid { shown: shown.to_vec(), widths: widths.to_vec() }
    }

    #[test]
    fn folds_names_before_it_wraps_texts() {
        let fit = |limit| Layout::fit(&columns(), &[30, 2], limit);
        assert_eq!(fit(None), grid(&[0, 1], &[30, 15]));
        assert_eq!(fit(Some(47)), grid(&[0, 1], &[30, 15]));
        assert_eq!(fit(Some(46)), grid(&[0, 1], &[30, 9]));
        assert_eq!(fit(Some(40)), grid(&[0, 1], &[29, 9]));
        assert_eq!(fit(Some(31)), grid(&[0, 1], &[20, 9]));
        assert_eq!(fit(Some(30)), Layout::Lists);
    }

    #[test]
    fn leaves_out_what_is_missed_least() {
        let names = ["account_id", "entity_arn", "verdict", "as_of", "aws_controlled"];
        let columns = names.map(|name| Column { name: name.into(), kind: ColumnKind::Text, about: String::new() });
        let fit = |limit| Layout::fit(&columns, &[12, 40, 7, 20, 5], Some(limit));
        assert_eq!(fit(94), grid(&[0, 1, 2, 3, 4], &[12, 37, 7, 20, 10]));
        assert_eq!(fit(60), grid(&[0, 1, 2], &[12, 37, 7]));
        assert_eq!(fit(30), grid(&[1, 2], &[21, 7]));
    }

    #[test]
    fn a_table_is_never_wider_than_the_grid_can_count() {
        let wide = vec![columns(); 2000].concat();
        assert_eq!(Layout::fit(&wide, &[u16::MAX, 9].repeat(2000), None), Layout::Lists);
        assert_eq!(Layout::fit(&columns(), &[u16::MAX, 9], None), grid(&[0, 1], &[u16::MAX - 11, 9]));
    }

    #[test]
    fn folds_after_underscores() {
        assert_eq!(fold_name("services_unused_pct", 9), "services_\nunused_\npct");
        assert_eq!(fold_name("services_unused_pct", 16), "services_unused_\npct");
        assert_eq!(fold_name("verdict", 3), "verdict");
    }
}
