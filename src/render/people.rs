//! What a cell says to a person: `role/AdminRole`, `iam:CreateUser`, `363 d ago`, a day in place of a second.
//!
//! Which columns there are says [`people`]; this file spells them. Escaping is left to the format.

use std::borrow::Cow;

use super::{RenderOptions, cell, words};
use crate::frame::{Cell, TableReader};
use crate::report::people::{self, Field, Origin, short_arn};
use crate::report::{ColumnKind, Section};

/// What stands where no access is seen, and nobody knows for how long AWS was watching.
const NOT_SEEN: &str = "-";

/// The columns of a table for people, in order.
pub(super) fn fields(section: &Section, options: &RenderOptions) -> Vec<Field> {
    if !options.columns.is_empty() {
        // Names that the section does not have were refused before.
        return people::chosen(section, &options.columns).unwrap_or_default();
    }
    if options.wide { people::all_fields(section) } else { people::fields(section) }
}

/// Whether a column stands best at the right.
pub(super) fn is_number(field: &Field) -> bool {
    matches!(field.source, Origin::Column(_)) && cell::is_number(field.kind)
}

/// The text of `field` in `row`.
pub(super) fn text<'r>(field: &Field, reader: &TableReader<'r>, row: usize) -> Cow<'r, str> {
    text_from(field.source, field.kind, reader, row)
}

/// The text of `row` that comes from `source`, where its values are of `kind`.
pub(super) fn text_from<'r>(source: Origin, kind: ColumnKind, reader: &TableReader<'r>, row: usize) -> Cow<'r, str> {
    let word = |at: usize| match reader.cell(row, at) {
        Cell::Text(text) => text,
        _ => "",
    };
    match source {
        Origin::Column(at) => plain(reader.cell(row, at), kind),
        Origin::Arn(at) => short_arn(word(at)),
        Origin::Entity { kind, name } => joined(word(kind), '/', word(name)),
        Origin::Action { service, action } => joined(word(service), ':', word(action)),
        Origin::Advice { remedy, author, identified_by } => {
            Cow::Borrowed(words::advice(word(remedy), word(author), word(identified_by)))
        }
        Origin::LastUsed { days, at, observed } => {
            let observed = observed.map_or(Cell::Null, |at| reader.cell(row, at));
            match (reader.cell(row, days), reader.cell(row, at), observed) {
                // The access is less than a day before the dump, or another document shows it after the dump: the day says which.
                (Cell::Int(0), at @ Cell::Instant(_), _) => plain(at, ColumnKind::Instant),
                (Cell::Int(days), ..) => Cow::Owned(format!("{days} d ago")),
                (_, Cell::Null, Cell::Int(watched)) => Cow::Owned(format!("> {watched} d")),
                (_, Cell::Null, _) => Cow::Borrowed(NOT_SEEN),
                (_, at, _) => plain(at, ColumnKind::Instant),
            }
        }
    }
}

/// The columns that the texts of `source` are made of.
pub(super) fn made_of(source: Origin) -> impl Iterator<Item = usize> {
    let columns = match source {
        Origin::Column(at) | Origin::Arn(at) => [Some(at), None, None],
        Origin::Entity { kind, name } => [Some(kind), Some(name), None],
        Origin::Action { service, action } => [Some(service), Some(action), None],
        Origin::Advice { remedy, author, identified_by } => [Some(remedy), Some(author), Some(identified_by)],
        Origin::LastUsed { days, at, observed } => [Some(days), Some(at), observed],
    };
    columns.into_iter().flatten()
}

/// `role/AdminRole`; the second alone where the first is not known.
pub(super) fn joined<'r>(first: &'r str, by: char, second: &'r str) -> Cow<'r, str> {
    match (first, second) {
        ("", second) => Cow::Borrowed(second),
        (first, "") => Cow::Borrowed(first),
        (first, second) => Cow::Owned(format!("{first}{by}{second}")),
    }
}

/// A cell as it is; of an instant the day, of a flag `yes` or `no`.
fn plain(cell: Cell<'_>, kind: ColumnKind) -> Cow<'_, str> {
    match cell {
        Cell::Text(text) => Cow::Borrowed(text),
        Cell::Null => Cow::Borrowed(""),
        Cell::Instant(at) => Cow::Owned(at.day().to_string()),
        Cell::Flag(yes) => Cow::Borrowed(if yes { "yes" } else { "no" }),
        value => {
            let mut text = String::new();
            cell::push(&mut text, value, kind);
            Cow::Owned(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_a_type_stands_alone() {
        assert_eq!(joined("role", '/', "AdminRole"), "role/AdminRole");
        assert_eq!(joined("", '/', "<root_account>"), "<root_account>");
        assert_eq!(joined("iam", ':', ""), "iam");
    }
}
