//! A report for a person at a terminal.
//!
//! The table has the columns of [`people`](crate::report::people), and no line is wider than the terminal: where a section is too wide,
//! columns that matter less are left out and named below. Where long names leave no room for what the rows say about them, a name stands
//! on a line of its own above its rows, see [`heads`]. Whatever acts on a terminal is spelt out first, see [`harmless`].
//!
//! Rows go through twice: once to measure, once to write. A million rows need no more memory than one does.

mod heads;
mod layout;
mod paint;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use self::heads::Heads;
use self::layout::{GAP, Layout};
use super::{RenderOptions, people as spelt, words};
use crate::frame::TableReader;
use crate::model::policy::{BoundaryWord, Denied};
use crate::report::people::{Field, KEY, Origin, Unit};
use crate::report::{Parameter, Report, Section, common_folder};
use crate::util::numbers::thousands;
use crate::util::sanitize::harmless;
use crate::util::wrap::{cut_middle, width, wrap};

/// The room before the names of a comparison: a number, and a gap.
const LEGEND: usize = 5;

/// Writes the whole report.
pub(super) fn write(report: &Report, options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { out, width: options.width.map_or(usize::MAX, usize::from) };
    page.prose("", &report.title)?;
    for Parameter { label, shown, .. } in &report.parameters {
        page.prose("  ", &format!("{label}: {shown}"))?;
    }
    for (label, text) in report.headline.iter().flat_map(|headline| words::headline(headline, options.today)) {
        page.prose("  ", &format!("{label}: {text}"))?;
    }
    for section in &report.sections {
        write_section(section, &report.title, options, &mut page)?;
    }
    page.line("")?;
    page.prose("", &format!("Inputs {}", words::foot(report, options.today)))?;
    match words::problem_counts(report) {
        // It has named them.
        Some(counts) if report.id == "check" => page.prose("", &counts),
        Some(counts) => page.prose("", &format!("{counts}: run `dormant check`")),
        None => Ok(()),
    }
}

/// Lines that are no wider than the terminal.
struct Page<'o> {
    out: &'o mut dyn Write,
    width: usize,
}

impl Page<'_> {
    /// Sentences, each line of them behind `indent`.
    fn prose(&mut self, indent: &str, text: &str) -> io::Result<()> {
        for line in wrap(&harmless(text), self.width.saturating_sub(indent.len())) {
            self.line(&format!("{indent}{line}"))?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{}", line.trim_end())
    }
}

fn headed(section: &Section) -> String {
    format!("{}: {}", section.title, section.caption)
}

fn write_section(section: &Section, title: &str, options: &RenderOptions, page: &mut Page<'_>) -> io::Result<()> {
    page.line("")?;
    if section.title == title { page.prose("", &section.caption) } else { page.prose("", &headed(section)) }?;
    for remark in &section.remarks {
        page.prose("  ", remark)?;
    }
    page.line("")?;
    let height = section.table.height();
    if height == 0 {
        page.line("(no rows)")?;
    } else {
        write_table(section, options, height, page)?;
    }
    if !section.totals.is_empty() {
        page.line("")?;
        page.prose("", &format!("Total: {}", words::totals(&section.totals)))?;
    }
    Ok(())
}

fn write_table(section: &Section, options: &RenderOptions, height: usize, page: &mut Page<'_>) -> io::Result<()> {
    let mut fields = spelt::fields(section, options);
    let shown = options.limit.map_or(height, |limit| limit.min(height));
    let mut rows = ShownRows { reader: section.table.reader(), height: shown, folder: None };
    if !options.wide && options.columns.is_empty() {
        rows.folder = rows.common_folder(&fields);
    }
    // All columns together are for a pager that scrolls sideways.
    let limit = options.width.filter(|_| !options.wide).map(usize::from);
    let mut natural = rows.natural_widths(&fields);
    if !options.wide && options.columns.is_empty() {
        keep_what_is_not_in_force(&mut fields, &rows);
        leave_out_empty(&mut fields, &mut natural);
    }
    let mut layout = Layout::fit(&fields, &natural, limit);
    let numbered = section.id == "compare" && layout.shown.len() < fields.len();
    if numbered {
        // With a number in place of its name, an entity takes no more room than its cells.
        let names: Vec<String> = fields.iter().map(|field| field.label.clone()).collect();
        number(&mut fields);
        layout = Layout::fit(&fields, &natural, limit);
        write_names(&fields, &names, &layout, page)?;
        // What is left out below the table is left out by its name.
        for (at, name) in names.into_iter().enumerate().filter(|(at, _)| !layout.shown.contains(at)) {
            fields[at].label = name;
        }
    }
    let (heads, layout) = match limit.and_then(|limit| Heads::instead_of(&layout, &fields, &natural, limit)) {
        Some((heads, below)) => (heads, below),
        None => (Heads::default(), layout),
    };
    let columns: Vec<(&Field, usize)> =
        layout.shown.iter().map(|&at| &fields[at]).zip(layout.widths.iter().copied()).collect();
    if let Some((_, folder)) = &rows.folder {
        page.prose("", &format!("Files in {folder}"))?;
    }
    write_heading(&heads, &fields, &columns, page)?;
    let alike: Vec<HashSet<String>> = columns.iter().map(|(field, width)| rows.alike(field, *width)).collect();
    let mut above = Vec::new();
    for row in 0..rows.height {
        let names = heads.names(&fields, page.width, |field| rows.text(field, row));
        for line in heads::news(&above, &names) {
            page.line(line)?;
        }
        above = names;
        let cells = columns.iter().zip(&alike);
        let cells = cells.map(|(&(field, width), alike)| lines_of(field, &rows.text(field, row), width, alike));
        write_row(&columns, &cells.collect::<Vec<_>>(), options.color, heads.indent(), page)?;
    }
    write_left_out((&fields, &natural), &heads, &layout, (shown, height), page)
}

/// Gives each entity of a comparison its number as its heading.
fn number(fields: &mut [Field]) {
    let entities = fields.iter_mut().filter(|field| field.rank != KEY);
    for (at, field) in entities.enumerate() {
        field.label = (at + 1).to_string();
    }
}

/// What the numbers of a comparison mean.
fn write_names(fields: &[Field], names: &[String], layout: &Layout, page: &mut Page<'_>) -> io::Result<()> {
    let entities = layout.shown.iter().map(|&at| (&fields[at], &names[at])).filter(|(field, _)| field.rank != KEY);
    for (field, name) in entities {
        for (at, line) in wrap(name, page.width.saturating_sub(LEGEND)).iter().enumerate() {
            page.line(&format!("{:>3}  {line}", if at == 0 { field.label.as_str() } else { "" }))?;
        }
    }
    page.line("")
}

/// What a Deny or a boundary takes away of a permission stands beside the statement that grants it, however narrow the terminal is.
fn keep_what_is_not_in_force(fields: &mut [Field], rows: &ShownRows) {
    let takes_away = |field: &Field, row| match field.name.as_str() {
        "deny" => [Denied::Whole, Denied::Partly].iter().any(|of| of.as_str() == rows.text(field, row)),
        "boundary" => rows.text(field, row) == BoundaryWord::Excludes.as_str(),
        _ => false,
    };
    for field in fields.iter_mut().filter(|field| ["deny", "boundary"].contains(&field.name.as_str())) {
        if (0..rows.height).any(|row| takes_away(field, row)) {
            field.rank = KEY;
        }
    }
}

/// Leaves out columns that say nothing in any row. An entity of a comparison stays: that it holds nothing is what its column says.
fn leave_out_empty(fields: &mut Vec<Field>, natural: &mut Vec<usize>) {
    let says = |field: &Field, width: usize| width > 0 || field.rank == KEY || field.name.starts_with("arn:");
    let kept: Vec<bool> = fields.iter().zip(&*natural).map(|(field, width)| says(field, *width)).collect();
    let mut of_fields = kept.iter();
    fields.retain(|_| *of_fields.next().expect("one for each"));
    let mut of_widths = kept.iter();
    natural.retain(|_| *of_widths.next().expect("one for each"));
}

/// What a reader does not see: rows, columns, and the middle of names.
fn write_left_out(
    (fields, natural): (&[Field], &[usize]),
    heads: &Heads,
    layout: &Layout,
    (shown, height): (usize, usize),
    page: &mut Page<'_>,
) -> io::Result<()> {
    let hidden = fields.iter().enumerate().filter(|(at, _)| !layout.shown.contains(at) && !heads.hold(*at));
    let used = heads.indent() + layout::total(&layout.widths) + GAP;
    // Below names on lines of their own, a column that a wider terminal hides is hidden although it would fit.
    let fits = hidden.clone().any(|(at, field)| used + natural[at].max(width(&field.label)) <= page.width);
    let hidden: Vec<&str> = hidden.map(|(_, field)| field.label.as_str()).collect();
    if shown < height || !hidden.is_empty() || layout.cuts_names {
        page.line("")?;
    }
    if shown < height {
        let (shown, height) = (thousands(shown as u64), thousands(height as u64));
        page.prose("", &format!("Showing {shown} of {height} rows (`--limit 0` shows all)."))?;
    }
    let names = match hidden.as_slice() {
        [] => String::new(),
        // A comparison has a column for each entity.
        many if many.len() > 12 => format!("{} of {} columns", many.len(), fields.len()),
        few => few.join(", "),
    };
    if !names.is_empty() {
        let why = if fits { String::new() } else { format!(" to fit {} columns", page.width) };
        page.prose("", &format!("Hidden{why}: {names} (`--wide` shows all)."))?;
    }
    if layout.cuts_names {
        page.prose("", &format!("Names are cut (…) to fit {} columns (`--wide` shows them whole).", page.width))?;
    }
    Ok(())
}

/// The rows of a section as texts that are safe to show.
struct ShownRows<'a> {
    reader: TableReader<'a>,
    height: usize,
    /// The column of files, and the folder in which all of them are: it is said once, above the rows.
    folder: Option<(usize, String)>,
}

impl<'a> ShownRows<'a> {
    /// The widest content of each column, headings apart.
    fn natural_widths(&self, fields: &[Field]) -> Vec<usize> {
        let mut widths = vec![0; fields.len()];
        for row in 0..self.height {
            for (widest, field) in widths.iter_mut().zip(fields) {
                *widest = width(&self.text(field, row)).max(*widest);
            }
        }
        widths
    }

    fn text(&self, field: &Field, row: usize) -> Cow<'a, str> {
        let text = match spelt::text(field, &self.reader, row) {
            Cow::Borrowed(text) if field.name == "change" => Cow::Borrowed(words::change(text)),
            Cow::Borrowed(text) => harmless(text),
            Cow::Owned(text) => Cow::Owned(harmless(&text).into_owned()),
        };
        match &self.folder {
            Some((column, folder)) if field.source == Origin::Column(*column) => {
                text.strip_prefix(&**folder).map(str::to_owned).map_or(text, Cow::Owned)
            }
            _ => text,
        }
    }

    /// The column of files and the folder that all of them are in, if there is one.
    fn common_folder(&self, fields: &[Field]) -> Option<(usize, String)> {
        let field = fields.iter().find(|field| field.name == "source")?;
        let Origin::Column(column) = field.source else { return None };
        let texts = (0..self.height).map(|row| self.text(field, row));
        let folder = common_folder(texts);
        (!folder.is_empty()).then_some((column, folder))
    }

    /// Texts without their middle that are the same for several texts: these are shown whole, over several lines, so that rows are told apart.
    fn alike(&self, field: &Field, room: usize) -> HashSet<String> {
        let (mut seen, mut alike) = (HashMap::new(), HashSet::new());
        if !matches!(field.unit, Unit::Cut(_)) {
            return alike;
        }
        for row in 0..self.height {
            let text = self.text(field, row);
            if width(&text) <= room {
                continue;
            }
            let cut = cut_middle(&text, room);
            if seen.get(&cut).is_some_and(|other| *other != text) {
                alike.insert(cut);
            } else {
                seen.insert(cut, text);
            }
        }
        alike
    }
}

/// A cell as the lines that it takes: more than one only for sentences, and for a text that is not told apart without its middle.
fn lines_of(field: &Field, text: &str, room: usize, alike: &HashSet<String>) -> Vec<String> {
    if field.unit == Unit::Prose {
        return wrap(text, room);
    }
    let cut = cut_middle(text, room);
    if alike.contains(&cut) { wrap(text, room) } else { vec![cut] }
}

/// The headings, folded at blanks, over a rule.
fn write_heading(heads: &Heads, fields: &[Field], columns: &[(&Field, usize)], page: &mut Page<'_>) -> io::Result<()> {
    let above = heads.names(fields, page.width, |field| Cow::Borrowed(field.label.as_str()));
    for line in above.iter().flatten() {
        page.line(line)?;
    }
    let folded = columns.iter().map(|(field, room)| {
        let words = wrap(&harmless(&field.label), *room);
        words.iter().map(|word| cut_middle(word, *room)).collect()
    });
    write_row(columns, &folded.collect::<Vec<_>>(), false, heads.indent(), page)?;
    let widths: Vec<usize> = columns.iter().map(|(_, room)| *room).collect();
    let rule = above.iter().flatten().map(|line| width(line)).chain([heads.indent() + layout::total(&widths)]).max();
    page.line(&"─".repeat(rule.unwrap_or(0)))
}

/// Cells side by side behind `indent` blanks, each with its lines from the top.
fn write_row(
    columns: &[(&Field, usize)],
    cells: &[Vec<String>],
    color: bool,
    indent: usize,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let lines = cells.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..lines {
        let mut line = " ".repeat(indent);
        for ((field, room), cell) in columns.iter().zip(cells) {
            let text = cell.get(at).map_or("", String::as_str);
            let blanks = " ".repeat(room.saturating_sub(width(text)));
            let text = if color { paint::paint(&field.name, text) } else { Cow::Borrowed(text) };
            let (before, after) = if spelt::is_number(field) { (&*text, "") } else { ("", &*text) };
            line.extend([after, &blanks, before]);
            line.push_str(&" ".repeat(GAP));
        }
        page.line(&line)?;
    }
    Ok(())
}
