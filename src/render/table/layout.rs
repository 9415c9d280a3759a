//! Which columns of a terminal table are shown, and how wide each is.

use crate::report::people::{Field, KEY, Unit};
use crate::util::wrap::width;

/// Blanks between two columns.
pub(super) const GAP: usize = 2;

/// The least room for sentences: narrower, and they become a ladder of words.
const PROSE: usize = 24;

/// The columns shown and their widths.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Places of the columns shown.
    pub(super) shown: Vec<usize>,
    /// The width of each of them, the gap not counted.
    pub(super) widths: Vec<usize>,
    /// Whether names had to be cut: not even the columns that identify a row fit.
    pub(super) cuts_names: bool,
}

impl Layout {
    /// Fits columns of the `natural` widths of their content into `limit`; without one, as wide as they are.
    ///
    /// Headings fold first, then texts are cut that may be, then the columns that matter least are left out. The columns that identify a
    /// row stay, and only where they alone are too wide, names are cut too.
    pub(super) fn fit(fields: &[Field], natural: &[usize], limit: Option<usize>) -> Self {
        let mut shown: Vec<usize> = (0..fields.len()).collect();
        loop {
            let columns: Vec<RoomNeeded> = shown.iter().map(|&at| RoomNeeded::of(&fields[at], natural[at])).collect();
            if let Some(widths) = fitting(&columns, limit.unwrap_or(usize::MAX)) {
                return Self { shown, widths, cuts_names: false };
            }
            let Some(goes) = least_telling(fields, &shown) else {
                let widths = cut(&columns, limit.unwrap_or(usize::MAX));
                return Self { shown, widths, cuts_names: true };
            };
            shown.retain(|&at| at != goes);
        }
    }

    /// The layout in the least room in which every column of at most `rank` is shown.
    pub(super) fn first_with(fields: &[Field], natural: &[usize], rank: u8) -> Self {
        let of = fields.iter().zip(natural).filter(|(field, _)| field.rank <= rank);
        let least: Vec<usize> = of.map(|(field, natural)| RoomNeeded::of(field, *natural).least).collect();
        Self::fit(fields, natural, Some(total(&least)))
    }
}

/// Of the columns shown, the one to leave out next: the greatest rank, and of equal ones the last.
fn least_telling(fields: &[Field], shown: &[usize]) -> Option<usize> {
    shown.iter().copied().filter(|&at| fields[at].rank != KEY).max_by_key(|&at| (fields[at].rank, at))
}

/// How much room a column needs.
struct RoomNeeded {
    /// With its heading on one line.
    whole: usize,
    /// With its heading folded at blanks.
    folded: usize,
    /// With its texts cut.
    least: usize,
}

impl RoomNeeded {
    fn of(field: &Field, content: usize) -> Self {
        let word = field.label.split(' ').map(width).max().unwrap_or(0);
        let least = match field.unit {
            Unit::Whole => content,
            Unit::Cut(least) => content.min(least.into()),
            Unit::Prose => content.min(PROSE),
        };
        Self { whole: content.max(width(&field.label)), folded: content.max(word), least: least.max(word) }
    }
}

/// The widths of all columns, if they fit into `limit` without a name cut.
fn fitting(columns: &[RoomNeeded], limit: usize) -> Option<Vec<usize>> {
    let whole: Vec<usize> = columns.iter().map(|needs| needs.whole).collect();
    let folded: Vec<usize> = columns.iter().map(|needs| needs.folded).collect();
    if let Some(fits) = [whole, folded].into_iter().find(|widths| total(widths) <= limit) {
        return Some(fits);
    }
    let capped =
        |cap: usize| -> Vec<usize> { columns.iter().map(|needs| needs.folded.min(cap.max(needs.least))).collect() };
    greatest(limit, |cap| total(&capped(cap)) <= limit).map(capped)
}

/// The widths of columns that do not fit: the widest are cut.
fn cut(columns: &[RoomNeeded], limit: usize) -> Vec<usize> {
    let capped = |cap: usize| -> Vec<usize> { columns.iter().map(|needs| needs.least.min(cap)).collect() };
    capped(greatest(limit, |cap| total(&capped(cap)) <= limit).unwrap_or(1).max(1))
}

/// The greatest number up to `high` that `fits`, where all below one that fits do too.
fn greatest(mut high: usize, fits: impl Fn(usize) -> bool) -> Option<usize> {
    let mut low = 0;
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
pub(super) fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + widths.len().saturating_sub(1) * GAP
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ColumnKind;
    use crate::report::people::Origin;

    fn field(label: &str, rank: u8, unit: Unit) -> Field {
        let (name, source) = (label.replace(' ', "_"), Origin::Column(0));
        Field { name, label: label.to_owned(), rank, unit, kind: ColumnKind::Text, source }
    }

    fn fields() -> Vec<Field> {
        vec![
            field("entity", KEY, Unit::Whole),
            field("services unused", 1, Unit::Whole),
            field("granted by", 2, Unit::Cut(12)),
            field("owner", 2, Unit::Whole),
        ]
    }

    fn fit(limit: usize) -> (Vec<usize>, Vec<usize>, bool) {
        let Layout { shown, widths, cuts_names } = Layout::fit(&fields(), &[20, 3, 30, 8], Some(limit));
        (shown, widths, cuts_names)
    }

    #[test]
    fn headings_fold_then_texts_are_cut_then_columns_go() {
        assert_eq!(fit(79), (vec![0, 1, 2, 3], vec![20, 15, 30, 8], false));
        assert_eq!(fit(72), (vec![0, 1, 2, 3], vec![20, 8, 30, 8], false));
        assert_eq!(fit(60), (vec![0, 1, 2, 3], vec![20, 8, 18, 8], false));
        assert_eq!(fit(54), (vec![0, 1, 2, 3], vec![20, 8, 12, 8], false));
        assert_eq!(fit(53), (vec![0, 1, 2], vec![20, 8, 21], false));
        assert_eq!(fit(40), (vec![0, 1], vec![20, 15], false));
        assert_eq!(fit(29), (vec![0], vec![20], false));
    }

    #[test]
    fn keys_stay_and_are_cut_only_alone() {
        assert_eq!(fit(19), (vec![0], vec![19], true));
        assert_eq!(fit(1), (vec![0], vec![1], true));
    }

    #[test]
    fn without_a_limit_all_is_shown() {
        let whole = Layout::fit(&fields(), &[20, 3, 3000, 8], None);
        assert_eq!((whole.shown.len(), whole.widths[2]), (4, 3000));
    }
}
