//! Long names above their rows.
//!
//! A name of 64 characters and an account fill a narrow terminal, and nothing is left for the verdict. Then each entity has a line of its
//! own, with the account, and the rows about it follow below, set in. Rows that follow one another and are about one entity share the line.

use std::borrow::Cow;

use super::layout::{GAP, Layout};
use crate::report::people::{Field, KEY, Origin, Unit};
use crate::util::wrap::{cut_middle, width};

/// How far rows are set in below each line of names.
const INDENT: usize = 2;

/// The columns that stand above the rows, by their places: one list for each line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heads(Vec<Vec<usize>>);

impl Heads {
    /// The names to place above the rows, and the layout of the columns below; none where `plain` shows as much.
    pub(super) fn instead_of(
        plain: &Layout,
        fields: &[Field],
        natural: &[usize],
        limit: usize,
    ) -> Option<(Self, Layout)> {
        let heads = Self::of(fields, natural, limit);
        let rest: Vec<usize> = (0..fields.len()).filter(|at| !heads.hold(*at)).collect();
        if heads.0.is_empty() || rest.is_empty() || missing(plain, fields, natural, &[]) == (0, 0) {
            return None;
        }
        let (rest_fields, widths): (Vec<Field>, Vec<usize>) =
            rest.iter().map(|&at| (fields[at].clone(), natural[at])).unzip();
        let mut below = Layout::fit(&rest_fields, &widths, Some(limit.saturating_sub(heads.indent())));
        below.shown.iter_mut().for_each(|at| *at = rest[*at]);
        // On a wider terminal, where names stand in their rows again, no column goes that a narrower one has.
        let later = Layout::first_with(fields, natural, KEY + 1);
        let stays: Vec<bool> = below.shown.iter().map(|at| later.shown.contains(at)).collect();
        if stays.contains(&false) {
            let fewer: Vec<usize> = rest.iter().copied().filter(|at| later.shown.contains(at)).collect();
            let (fields, widths): (Vec<Field>, Vec<usize>) =
                fewer.iter().map(|&at| (fields[at].clone(), natural[at])).unzip();
            below = Layout::fit(&fields, &widths, Some(limit.saturating_sub(heads.indent())));
            below.shown.iter_mut().for_each(|at| *at = fewer[*at]);
        }
        let held: Vec<usize> = heads.0.iter().flatten().copied().collect();
        // An entity and its account take two lines of their own rather than be cut.
        let room = |level: usize| limit.saturating_sub(level * INDENT);
        let lines = heads.0.iter().enumerate();
        let cut: usize =
            lines.flat_map(|(level, line)| line.iter().map(move |&at| natural[at].saturating_sub(room(level)))).sum();
        below.cuts_names |= cut > 0;
        let (cut_below, left_out) = missing(&below, fields, natural, &held);
        ((cut_below + cut, left_out) < missing(plain, fields, natural, &[])).then_some((heads, below))
    }

    /// Each entity begins a line. The account that identifies it stands behind it, if all of them fit there; where there is one entity only,
    /// its account can stand with the row.
    fn of(fields: &[Field], natural: &[usize], limit: usize) -> Self {
        let mut lines: Vec<Vec<usize>> = Vec::new();
        let keys = || fields.iter().enumerate().filter(|(_, field)| field.rank == KEY);
        let is_entity = |field: &Field| matches!(field.source, Origin::Entity { .. } | Origin::Arn(_));
        let is_one = keys().filter(|(_, field)| is_entity(field)).count() == 1;
        for (at, field) in keys() {
            if is_entity(field) {
                lines.push(vec![at]);
            } else if let Some(line) = lines.last_mut().filter(|_| field.name.starts_with("account_")) {
                let together = line.iter().map(|at| natural[*at] + GAP).sum::<usize>() + natural[at];
                if !is_one || together <= limit {
                    line.push(at);
                }
            }
        }
        Self(lines)
    }

    /// Whether the column at this place stands above the rows.
    pub(super) fn hold(&self, at: usize) -> bool {
        self.0.iter().flatten().any(|held| *held == at)
    }

    /// How far the rows are set in.
    pub(super) fn indent(&self) -> usize {
        self.0.len() * INDENT
    }

    /// The names of one row, where `text` gives the text of a column: the lines of each entity, none wider than `limit`.
    pub(super) fn names<'t>(
        &self,
        fields: &'t [Field],
        limit: usize,
        text: impl Fn(&'t Field) -> Cow<'t, str>,
    ) -> Vec<Vec<String>> {
        let of_entity = |(level, held): (usize, &Vec<usize>)| {
            let room = limit.saturating_sub(level * INDENT);
            let mut lines: Vec<String> = Vec::new();
            for at in held {
                let text = cut_middle(&text(&fields[*at]), room);
                match lines.last_mut() {
                    Some(line) if width(line) + GAP + width(&text) <= room => {
                        line.push_str(&" ".repeat(GAP));
                        line.push_str(&text);
                    }
                    _ => lines.push(text),
                }
            }
            let indent = " ".repeat(level * INDENT);
            lines.iter().map(|line| format!("{indent}{line}")).collect()
        };
        self.0.iter().enumerate().map(of_entity).collect()
    }
}

/// What a reader misses: how much of names is cut, and how many of the columns that matter most do not fit.
fn missing(layout: &Layout, fields: &[Field], natural: &[usize], held: &[usize]) -> (usize, usize) {
    let cut = |(&at, &width): (&usize, &usize)| {
        let is_name = fields[at].rank == KEY && fields[at].unit == Unit::Whole;
        if is_name { natural[at].saturating_sub(width) } else { 0 }
    };
    let is_left_out = |at: &usize| !layout.shown.contains(at) && !held.contains(at);
    let left_out = (0..fields.len()).filter(|at| fields[*at].rank <= KEY + 1 && is_left_out(at)).count();
    (layout.shown.iter().zip(&layout.widths).map(cut).sum(), left_out)
}

/// The lines that are not above the rows already, where the row before has the names `before`: from the first entity that differs.
pub(super) fn news<'n>(before: &[Vec<String>], names: &'n [Vec<String>]) -> impl Iterator<Item = &'n String> {
    let same = before.iter().zip(names).take_while(|(before, name)| before == name).count();
    names[same..].iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ColumnKind;

    fn field(name: &str, rank: u8, source: Origin) -> Field {
        let (name, label) = (name.to_owned(), name.replace('_', " "));
        Field { name, label, rank, unit: Unit::Whole, kind: ColumnKind::Text, source }
    }

    fn fields() -> Vec<Field> {
        vec![
            field("entity_arn", KEY, Origin::Arn(0)),
            field("account_id", KEY, Origin::Column(1)),
            field("verdict", KEY, Origin::Column(2)),
            field("last_used", 1, Origin::Column(3)),
            field("owner", 2, Origin::Column(4)),
        ]
    }

    /// The columns above, those below, and whether names are cut; none where the table stays as it is.
    fn fitted(natural: &[usize], limit: usize) -> Option<(Vec<Vec<usize>>, Vec<usize>, bool)> {
        let fields = fields();
        let plain = Layout::fit(&fields, natural, Some(limit));
        let (heads, below) = Heads::instead_of(&plain, &fields, natural, limit)?;
        Some((heads.0, below.shown, below.cuts_names))
    }

    #[test]
    fn names_stand_above_where_they_hide_what_matters_most() {
        let natural = [40, 12, 7, 8, 10];
        assert_eq!(fitted(&natural, 75), None, "only the owner does not fit");
        assert_eq!(
            fitted(&natural, 72),
            Some((vec![vec![0, 1]], vec![2, 3], false)),
            "at 73, only the owner does not fit"
        );
        assert_eq!(
            fitted(&natural, 50),
            Some((vec![vec![0]], vec![1, 2, 3], false)),
            "the account stands with the row"
        );
        assert_eq!(fitted(&natural, 40), Some((vec![vec![0]], vec![1, 2, 3], false)));
        assert_eq!(
            fitted(&natural, 20),
            Some((vec![vec![0]], vec![1, 2], true)),
            "less of it is cut than beside the rest"
        );
        assert_eq!(fitted(&natural, 36), Some((vec![vec![0]], vec![1, 2, 3], true)), "the name alone is wider");
    }

    #[test]
    fn rows_of_one_entity_share_its_line() {
        let heads = Heads(vec![vec![0, 1], vec![2]]);
        let names = |texts: [&'static str; 3]| {
            let fields = fields();
            heads.names(&fields, 20, |field| {
                let at = fields.iter().position(|of| of.name == field.name).expect("a field");
                Cow::Borrowed(texts[at])
            })
        };
        let first = names(["role/a", "111122223333", "role/b"]);
        assert_eq!(first, [vec!["role/a  111122223333"], vec!["  role/b"]]);
        let second = names(["role/a", "111122223333", "role/c"]);
        assert_eq!(news(&first, &second).collect::<Vec<_>>(), ["  role/c"]);
        let other_account = names(["role/a", "444455556666", "role/c"]);
        assert_eq!(news(&second, &other_account).collect::<Vec<_>>(), ["role/a  444455556666", "  role/c"]);
        let long = names(["role/a-longer-name", "444455556666", ""]);
        assert_eq!(long[0], ["role/a-longer-name", "444455556666"]);
    }
}
