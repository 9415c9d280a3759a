//! A screen of text: headings, lines that fit, and the cells of a section by the names of their columns.

use std::io::{self, Write};

use crate::frame::{Cell, TableReader};
use crate::model::Instant;
use crate::render::words;
use crate::report::{Report, Section};
use crate::util::sanitize::harmless;

/// Narrower than this nothing can be laid out, and wider no line is read.
const WIDTHS: (usize, usize) = (40, 110);

/// So much of a name is always shown: what stands beside it goes to the next line first.
const KEY: usize = 30;

/// How many lines of names stand in a list before the rest is counted.
pub(super) const LINES: usize = 2;
/// How many rows of a kind are shown one by one.
pub(super) const ROWS: usize = 6;

/// Where the lines go.
pub(super) struct Screen<'o> {
    out: &'o mut dyn Write,
    /// How wide a line may be.
    pub(super) width: usize,
}

impl<'o> Screen<'o> {
    pub(super) fn new(width: Option<u16>, out: &'o mut dyn Write) -> Self {
        let width = width.map_or(100, usize::from);
        Self { out, width: width.clamp(WIDTHS.0, WIDTHS.1) }
    }

    /// A heading after an empty line.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.line(text, 0)
    }

    /// A line that is folded between words where it is too long; what follows is set in by `indent`. A word that no line can hold is
    /// shortened in its middle: the other formats have it whole.
    pub(super) fn line(&mut self, text: &str, indent: usize) -> io::Result<()> {
        let text = harmless(text);
        let lead = text.chars().take_while(|c| *c == ' ').count();
        let (mut line, mut used) = (" ".repeat(lead), lead);
        let mut is_empty = true;
        for word in text.trim_start().split(' ') {
            let word = shortened(word, self.width - indent.max(lead));
            let length = word.chars().count();
            if !is_empty && used + 1 + length > self.width {
                writeln!(self.out, "{}", line.trim_end())?;
                (line, used, is_empty) = (" ".repeat(indent), indent, true);
            }
            if !is_empty {
                line.push(' ');
                used += 1;
            }
            line.push_str(&word);
            used += length;
            is_empty = false;
        }
        writeln!(self.out, "{}", line.trim_end())
    }

    /// Rows of texts in columns that are as wide as their longest text. The first column is shortened where all together are too wide.
    pub(super) fn columns(&mut self, rows: &[Vec<String>], indent: usize) -> io::Result<()> {
        self.labelled_columns("", rows, indent)
    }

    /// Whether [`Screen::columns`] has room for every text, but for the middle of a long name in the first column.
    pub(super) fn fits(&self, rows: &[Vec<String>], indent: usize) -> bool {
        let widest = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|text| text.chars().count()).max();
        let rest: usize = (1..).map_while(widest).map(|width| width + 2).sum();
        indent + widest(0).unwrap_or(0).min(KEY) + rest <= self.width
    }

    /// The same with a label before the first row.
    pub(super) fn labelled_columns(&mut self, label: &str, rows: &[Vec<String>], indent: usize) -> io::Result<()> {
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths: Vec<usize> = (0..count)
            .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|text| text.chars().count()).max().unwrap_or(0))
            .collect();
        let all: usize = indent + widths.iter().sum::<usize>() + 2 * count.saturating_sub(1);
        if let Some(first) = widths.first_mut() {
            *first = first.saturating_sub(all.saturating_sub(self.width)).max(KEY.min(*first));
        }
        for (at, row) in rows.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let cells = row.iter().zip(&widths).enumerate().map(|(at, (text, width))| {
                let text = if at == 0 { shortened(text, *width) } else { text.clone() };
                format!("{text:width$}")
            });
            let line = cells.collect::<Vec<_>>().join("  ");
            self.exact(&format!("{label:indent$}{}", line.trim_end()), indent + 2)?;
        }
        Ok(())
    }

    /// A line with blanks that mean something, folded only where it is too long.
    fn exact(&mut self, text: &str, indent: usize) -> io::Result<()> {
        if text.chars().count() <= self.width {
            return writeln!(self.out, "{}", harmless(text));
        }
        self.line(text, indent)
    }
}

/// `text`, its middle left out where it is longer than `width`.
fn shortened(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width || width < 3 {
        return text.to_owned();
    }
    let front = (width - 1) / 2;
    let end = text.chars().skip(length - (width - 1 - front));
    text.chars().take(front).chain(['…']).chain(end).collect()
}

/// As many names as `room` columns hold, one at least, and how many more there are.
pub(super) fn listed(names: &[String], room: usize) -> String {
    let (mut text, mut shown) = (String::new(), 0);
    for name in names {
        let longer = text.chars().count() + name.chars().count() + 2;
        if shown > 0 && longer > room {
            break;
        }
        if shown > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
        shown += 1;
    }
    match names.len() - shown {
        0 => text,
        more => format!("{text}, and {} more", words::grouped(more as i64)),
    }
}

/// `s3`, or `s3:GetObject`.
pub(super) fn name(rows: &SectionRows, row: usize) -> String {
    let (service, action) = (rows.text(row, "service_namespace"), rows.text(row, "action_name"));
    if action.is_empty() { service } else { format!("{service}:{action}") }
}

/// How many more there are than are shown.
pub(super) fn rest(all: usize, shown: usize, (one, many): (&str, &str), screen: &mut Screen) -> io::Result<()> {
    if all > shown {
        let more = words::counted((all - shown) as i64, one, many);
        screen.line(&format!("  and {more} more: --format json has them all"), 4)
    } else {
        Ok(())
    }
}

/// The rows of a section by the names of their columns.
pub(super) struct SectionRows<'s> {
    section: &'s Section,
    reader: TableReader<'s>,
}

impl<'s> SectionRows<'s> {
    /// The section `id` of the report; `None` where it has none.
    pub(super) fn of(report: &'s Report, id: &str) -> Option<Self> {
        let section = report.sections.iter().find(|section| section.id == id)?;
        Some(Self { section, reader: section.table.reader() })
    }

    pub(super) fn height(&self) -> usize {
        self.section.table.height()
    }

    pub(super) fn total(&self, label: &str) -> i64 {
        self.section.totals.iter().find(|(of, _)| of == label).map_or(0, |(_, sum)| *sum)
    }

    fn cell(&self, row: usize, name: &str) -> Cell<'_> {
        let column = self.section.columns.iter().position(|column| column.name == name);
        column.map_or(Cell::Null, |at| self.reader.cell(row, at))
    }

    /// The text of a cell; empty where there is none.
    pub(super) fn text(&self, row: usize, name: &str) -> String {
        if let Cell::Text(text) = self.cell(row, name) { harmless(text).into_owned() } else { String::new() }
    }

    pub(super) fn number(&self, row: usize, name: &str) -> Option<i64> {
        if let Cell::Int(number) = self.cell(row, name) { Some(number) } else { None }
    }

    pub(super) fn instant(&self, row: usize, name: &str) -> Option<Instant> {
        if let Cell::Instant(at) = self.cell(row, name) { Some(at) } else { None }
    }

    /// The day of a cell; empty where there is none.
    pub(super) fn day(&self, row: usize, name: &str) -> String {
        match self.cell(row, name) {
            Cell::Instant(at) => at.day().to_string(),
            Cell::Day(day) => day.to_string(),
            _ => String::new(),
        }
    }

    pub(super) fn flag(&self, row: usize, name: &str) -> bool {
        self.cell(row, name) == Cell::Flag(true)
    }

    /// Whether the flag is there, and not set.
    pub(super) fn is_off(&self, row: usize, name: &str) -> bool {
        self.cell(row, name) == Cell::Flag(false)
    }

    /// `role/AdminRole`.
    pub(super) fn entity(&self, row: usize) -> String {
        let (kind, name) = (self.text(row, "entity_type"), self.text(row, "entity_name"));
        if kind.is_empty() { name } else { format!("{kind}/{name}") }
    }

    /// `Payments (111122223333)`, or the number alone.
    pub(super) fn account(&self, row: usize) -> String {
        let (number, name) = (self.text(row, "account_id"), self.text(row, "account_name"));
        match (number.as_str(), name.as_str()) {
            ("", _) => "no account".to_owned(),
            (_, "") => number,
            _ => format!("{name} ({number})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: u16, write: impl FnOnce(&mut Screen) -> io::Result<()>) -> Vec<String> {
        let mut out = Vec::new();
        write(&mut Screen::new(Some(width), &mut out)).expect("written");
        String::from_utf8(out).expect("UTF-8").lines().map(str::to_owned).collect()
    }

    #[test]
    fn no_line_is_wider_than_the_screen_and_no_word_is_lost() {
        let text = "  dormant explain dumps --entity 'prod-*'   one two three four five six seven eight nine ten";
        for width in [40, 60, 80] {
            let lines = written(width, |screen| screen.line(text, 4));
            assert!(lines.iter().all(|line| line.chars().count() <= usize::from(width)), "{lines:?}");
            let words: Vec<_> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
            assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
        }
        let long = "x".repeat(200);
        let lines = written(60, |screen| screen.line(&format!("  {long}"), 2));
        assert_eq!((lines.len(), lines[0].chars().count()), (1, 60));
    }

    #[test]
    fn the_first_column_gives_way() {
        let rows =
            vec![vec!["role/".to_owned() + &"n".repeat(64), "12 of 60".to_owned()], vec!["b".into(), "1".into()]];
        let lines = written(60, |screen| screen.columns(&rows, 2));
        assert_eq!(lines[0].chars().count(), 60);
        assert!(lines[0].contains('…') && lines[0].ends_with("12 of 60"), "{lines:?}");
        assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["b", "1"]);
    }
}
