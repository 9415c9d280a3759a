//! How wide the columns of a sheet are, how high its head is, and how many columns are printed.
//!
//! A printed page is read at a table: nothing on it is smaller than 8 points, on A4 and on Letter. A sheet has a scale of its own and is not fitted
//! to the page, because a program that lacks Calibri takes a wider font, and a sheet that is fitted would shrink with it. So everything here is
//! measured in the widest font that is taken, `DejaVu Sans`.

use super::column::{Meaning, SheetColumn, SheetPart};
use super::grid::Grid;

/// Columns that nobody reads often are not made wider than this, whatever they hold.
const WIDEST: usize = 60;
/// Sentences wrap at this width.
const WIDTH_OF_PROSE: usize = 40;
/// Other texts wrap at this width, unless a list says otherwise.
const WIDTH_OF_TEXT: usize = 30;
/// As wide is an entity of a matrix at most.
const WIDTH_OF_ENTITY: usize = 22;
/// The arrow of a filter takes this much room beside a head.
const FILTER_ARROW: usize = 3;
/// The most lines of a head that words may take; a single word is never broken for it.
const HEAD_LINES: usize = 2;
/// A row is not made higher than so many lines; a sheet allows 27.
const MOST_LINES: usize = 20;
/// The height of a line in a head, in pixels.
const LINE: usize = 20;
/// The characters of a column that nobody has made wider or narrower.
const USUAL: usize = 8;
/// The pixels of a digit in `DejaVu Sans`; in Calibri it has 7. The columns of a sheet are measured in digits.
const DIGIT: f64 = 9.4;
/// The least percentage at which 11 points are printed as 8.
const LEAST_SCALE: u16 = 73;
/// The pixels between the margins of a quarter of an inch: Letter in landscape, which is narrower than A4.
const LANDSCAPE: f64 = 10.5 * 96.0;
/// The same of A4 in portrait, which is narrower than Letter.
pub(super) const PORTRAIT: f64 = 7.77 * 96.0;

/// The most that columns are wide beside a decision, in characters: the finding and the decision about it fit on a page.
const BESIDE_DECISION: [(&str, usize); 12] = [
    ("entity_arn", 20),
    ("account_id", 12),
    ("service_namespace", 12),
    ("action_name", 16),
    ("access_level", 11),
    ("verdict", 8),
    ("last_accessed", 10),
    ("decision", 10),
    ("owner", 9),
    ("due", 10),
    ("ticket", 7),
    ("comment", 9),
];
/// The same for the columns that only Entities and Sample have, which have fewer others.
const ON_ONE_SHEET: [(&str, usize); 6] = [
    ("services_to_review", 10),
    ("actions_to_review", 10),
    ("result", 11),
    ("tested_by", 9),
    ("tested_on", 10),
    ("remark", 16),
];
/// To what width these grow where a page has room, the first ones first.
const GROW: [(&str, usize); 6] = [
    ("action_name", 26),
    ("service_namespace", 16),
    ("entity_arn", 30),
    ("owner", 14),
    ("comment", 40),
    ("remark", 40),
];
/// Texts that are long by nature.
const LONG: [(&str, usize); 4] = [("source", 50), ("sha256", 64), ("meaning", 70), ("problem", 50)];

/// The most characters of a column before its texts wrap.
fn most(column: &SheetColumn, is_decided: bool) -> usize {
    let listed = |list: &[(&str, usize)]| list.iter().find(|(name, _)| *name == column.name).map(|(_, width)| *width);
    let usual = match (column.part, column.meaning) {
        (SheetPart::Technical, _) => return WIDEST,
        (_, Meaning::DaysOfEntity) => return WIDTH_OF_ENTITY,
        (_, Meaning::Prose) => WIDTH_OF_PROSE,
        _ => WIDTH_OF_TEXT,
    };
    let beside = || listed(&BESIDE_DECISION).or_else(|| listed(&ON_ONE_SHEET));
    let beside = if is_decided { beside() } else { None };
    beside.or_else(|| listed(&LONG)).unwrap_or(usual)
}

/// The width of `column`, whose widest value needs `widest` characters, and whether its texts wrap. `is_decided` says whether there are decisions on
/// the sheet.
pub(super) fn width(column: &SheetColumn, widest: usize, is_decided: bool) -> (usize, bool) {
    let most = most(column, is_decided);
    if column.part == SheetPart::Decision {
        return (most, true);
    }
    let head = if column.part == SheetPart::Technical { one_line(&column.label) } else { head(&column.label) };
    // Numbers are never cut, and of a word no letter is.
    let values = if column.is_number() { widest } else { widest.min(most) };
    (values.max(head.min(most)), widest > most)
}

/// The width of a column whose texts do not wrap.
pub(super) fn unwrapped(column: &SheetColumn, widest: usize) -> usize {
    widest.min(WIDEST).max(head(&column.label))
}

/// Gives the room that a page has left beside a decision to the columns that use it; `widest` is what their values need.
pub(super) fn grow(columns: &[SheetColumn], widths: &mut [usize], widest: &[usize]) {
    // What stands behind the decision is printed where it fits; the first of it always.
    let decided = columns.iter().rposition(|column| column.part == SheetPart::Decision).map_or(0, |at| at + 2);
    let printed = |widths: &[usize]| {
        let of_people =
            columns.iter().zip(widths).take(decided).filter(|(column, _)| column.part != SheetPart::Technical);
        of_people.map(|(_, width)| digits(*width)).sum::<f64>()
    };
    let mut room = LANDSCAPE * 100.0 / f64::from(LEAST_SCALE) / DIGIT - printed(widths);
    for (name, most) in GROW {
        let is_it = |column: &SheetColumn| column.name == name && column.part != SheetPart::Technical;
        let Some(at) = columns.iter().position(is_it) else { continue };
        let wanted = if columns[at].part == SheetPart::Decision { most } else { widest[at].min(most) };
        while widths[at] < wanted && room >= 1.0 {
            widths[at] += 1;
            room -= 1.0;
        }
    }
}

/// The width of a column of so many characters, as `rust_xlsxwriter` wants it, which adds the edges.
pub(super) fn in_sheet(characters: usize) -> f64 {
    characters as f64 + 0.3
}

/// The same as the file has it, in digits.
fn digits(characters: usize) -> f64 {
    characters as f64 + 1.0
}

/// The percentage at which columns of these widths fill a page: no more than all of it, and no less than can be read.
pub(super) fn scale(widths: &[usize], page: f64) -> u16 {
    let pixels = widths.iter().map(|width| digits(*width)).sum::<f64>() * DIGIT;
    (LEAST_SCALE..=100).rev().find(|scale| pixels * f64::from(*scale) <= page * 100.0).unwrap_or(LEAST_SCALE)
}

/// That of a sheet in landscape.
pub(super) fn scale_in_landscape(widths: &[usize], last: u16) -> u16 {
    scale(&widths[..widths.len().min(usize::from(last) + 1)], LANDSCAPE)
}

fn one_line(label: &str) -> usize {
    label.chars().count() + FILTER_ARROW
}

/// The narrowest width at which a head stands on [`HEAD_LINES`] lines.
fn head(label: &str) -> usize {
    let longest = label.split([' ', '\n']).map(|word| word.chars().count()).max().unwrap_or(0);
    let whole = label.chars().count();
    (longest..=whole).find(|width| lines(label, *width) <= HEAD_LINES.max(label.lines().count())).unwrap_or(whole)
        + FILTER_ARROW
}

/// The lines that `text` takes, wrapped at `width`: behind blanks, behind the slashes of paths, and in a word that is longer than a line.
fn lines(text: &str, width: usize) -> usize {
    let of_line = |line: &str| {
        let (mut lines, mut used) = (1, 0);
        for word in line.split_inclusive([' ', '/']) {
            let length = word.chars().count();
            if used > 0 && used + word.trim_end().chars().count() > width {
                (lines, used) = (lines + 1, 0);
            }
            used += length;
            while used > width.max(1) + 1 {
                (lines, used) = (lines + 1, used - width.max(1));
            }
        }
        lines
    };
    text.lines().map(of_line).sum::<usize>().max(1)
}

/// How high a row must be for `text` in a cell of so many characters, in pixels; none where one line is enough.
pub(super) fn height(text: &str, characters: usize) -> Option<u32> {
    // On a long line the letters make up for each other: they are narrower than digits.
    let lines = lines(text, (characters + characters / 8).max(1));
    (lines > 1).then(|| (lines.min(MOST_LINES) * LINE) as u32)
}

/// The characters that stand side by side in the columns up to `last`.
pub(super) fn characters(widths: &[usize], last: u16) -> usize {
    widths.iter().take(usize::from(last) + 1).map(|width| width + 1).sum()
}

/// How high the head must be for all columns, in pixels.
pub(super) fn head_height(columns: &[SheetColumn], widths: &[usize]) -> u32 {
    let of_column =
        |(column, width): (&SheetColumn, &usize)| lines(&column.label, width.saturating_sub(FILTER_ARROW - 1));
    (columns.iter().zip(widths).map(of_column).max().unwrap_or(1) * LINE + 4) as u32
}

/// The last column that is printed: as many of the columns for people as are as wide as a page.
pub(super) fn last_printed(grid: &Grid, widths: &[usize]) -> u16 {
    let of_people = grid.columns().iter().zip(widths).take_while(|(column, _)| column.part != SheetPart::Technical);
    fitting(of_people.map(|(_, width)| *width))
}

/// The columns up to the last one on a page, of which the first have `widths` and the others the usual one.
pub(super) fn on_page(widths: &[usize]) -> Vec<usize> {
    let all = || widths.iter().copied().chain(std::iter::repeat(USUAL));
    all().take(usize::from(fitting(all())) + 1).collect()
}

/// The last of so many columns as are as wide as a page, at the least scale.
fn fitting(widths: impl Iterator<Item = usize>) -> u16 {
    let mut room = LANDSCAPE * 100.0 / f64::from(LEAST_SCALE) / DIGIT;
    let fitting = widths.take_while(|width| {
        room -= digits(*width);
        room >= 0.0
    });
    (fitting.count().max(1) - 1) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_takes_two_lines_and_breaks_no_word() {
        assert_eq!(head("Verdict"), 7 + FILTER_ARROW);
        assert_eq!(head("Services unused %"), 8 + FILTER_ARROW);
        assert_eq!(head("role/AdminRole\n111122223333"), 14 + FILTER_ARROW);
        assert_eq!([lines("Services unused %", 8), lines("", 3), lines("abcdefgh", 4)], [2, 1, 2]);
        assert_eq!(lines("role/AWSReservedSSO_ReadOnly_0123456789abcdef", 23), 3);
    }

    #[test]
    fn a_finding_and_its_decision_fit_on_a_page_of_letter() {
        let room = LANDSCAPE * 100.0 / f64::from(LEAST_SCALE) / DIGIT;
        let digits = |(_, width): &(&str, usize)| digits(*width);
        assert!(BESIDE_DECISION.iter().map(digits).sum::<f64>() <= room);
        let without = |left_out: &[&str]| {
            let all = BESIDE_DECISION.iter().chain(&ON_ONE_SHEET);
            all.filter(|(name, _)| !left_out.contains(name)).map(digits).sum::<f64>()
        };
        let of_sample = ["result", "tested_by", "tested_on", "remark"];
        let of_entities = ["services_to_review", "actions_to_review"];
        let of_actions = ["service_namespace", "action_name", "access_level"];
        assert!(without(&[of_sample.as_slice(), &of_actions].concat()) <= room);
        let of_decision = ["decision", "owner", "due", "ticket", "comment", "service_namespace", "access_level"];
        assert!(without(&[of_entities.as_slice(), &of_decision].concat()) <= room);
    }
}
