//! The first sheet: what was asked, what the answer rests on, the numbers of each account, and where everything else is.
//!
//! From top to bottom: what to review first, the result, the worst of what was not read; parameters, inputs, evidence and ages beside
//! the charts that show them; the accounts; the list of sheets. In this order because rows are written once, from the top, and because
//! one printed page holds what is read aloud. The list of sheets is for a screen: paper has no links.

use rust_xlsxwriter::{Url, Worksheet, XlsxError};

use super::charts::{self, Strip};
use super::column::SheetPart;
use super::grid::Grid;
use super::pages::Page;
use super::sheet::Layout;
use super::{look, measure, sheet, value};
use crate::model::Evidence;
use crate::problem::Severity;
use crate::render::{audit, words};
use crate::report::{Parameter, Report, Section, Workpaper};

/// The name of the sheet.
pub(super) const NAME: &str = "Summary";
/// How many problems stand here; a sheet of their own has them all.
const PROBLEMS_SHOWN: usize = 10;
/// Where labels stand, in characters.
const LABEL_WIDTH: usize = 26;
/// The columns of a value, which end where the charts begin.
const VALUE: (u16, u16) = (1, 3);
/// The columns of labels and values, in characters.
const FACTS: [usize; 4] = [LABEL_WIDTH, 13, 9, 9];
/// About as many characters fit into those of a value.
const VALUE_WIDTH: usize = 33;
/// How many entities, and how many permissions, are to be looked at first: what one page has room for.
const FIRST: (usize, usize) = (5, 4);

/// Writes the sheet. `accounts` is the summary of accounts, where the report has one; `pages` are the sheets that follow.
pub(super) fn write(
    sheet: &mut Worksheet,
    report: &Report,
    accounts: Option<&Grid>,
    pages: &[Page],
) -> Result<(), XlsxError> {
    sheet.set_name(NAME)?;
    sheet.set_tab_color(look::tab("summary"));
    set_widths(sheet)?;
    let mut widths = FACTS.to_vec();
    if let Some(grid) = accounts {
        let layout = Layout::of(&page_of(grid));
        let shown = grid.columns().iter().filter(|column| column.part == SheetPart::Shown).count();
        widths.extend(layout.widths.iter().take(shown).skip(FACTS.len()));
    }
    let mut cover = Cover { sheet, row: 0, printed: measure::on_page(&widths) };
    cover.line(&report.title, &look::title())?;
    let made = "Ages are counted from the date of each dump. All times are UTC. The last sheet explains every column.";
    cover.line(&format!("Made by dormant {}. {made}", env!("CARGO_PKG_VERSION")), &look::remark())?;
    cover.row += 1;
    if let Some(workpaper) = &report.workpaper {
        cover.first(report, workpaper)?;
    }
    cover.results(report)?;
    cover.not_read(report)?;
    let charts_at = cover.row;
    let height = charts::height_in_rows(accounts.map_or(0, Grid::height));
    let ages = cover.facts(report)?;
    if let Some(ages) = &ages {
        charts::ages(cover.sheet, charts_at, height, ages)?;
    }
    if ages.is_some() || accounts.is_some() {
        cover.row = cover.row.max(charts_at + height);
    }
    if let Some(grid) = accounts {
        cover.accounts(grid, charts_at, report.workpaper.is_none())?;
    }
    let last_printed = cover.row.saturating_sub(2);
    cover.sheets(pages)?;
    sheet::lay_out_page(cover.sheet, &report.title);
    let last = cover.last();
    cover.sheet.set_print_area(0, 0, last_printed, last)?;
    cover.sheet.set_print_scale(measure::scale_in_landscape(&cover.printed, last));
    Ok(())
}

/// Makes the columns of labels and values as wide as they are meant to be.
fn set_widths(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    (0..).zip(FACTS).try_for_each(|(column, width)| sheet.set_column_width(column, measure::in_sheet(width)).map(drop))
}

/// The table of accounts as it stands here.
fn page_of<'g>(grid: &'g Grid<'g>) -> Page<'g> {
    Page { name: NAME.to_owned(), grid, rows: 0..grid.height(), lead: Vec::new() }
}

/// The sheet, and the next row of it.
struct Cover<'s> {
    sheet: &'s mut Worksheet,
    row: u32,
    /// The widths of the columns that are printed, in characters.
    printed: Vec<usize>,
}

impl Cover<'_> {
    /// The last column that is printed.
    fn last(&self) -> u16 {
        self.printed.len() as u16 - 1
    }

    /// Writes a text from a column to the edge of the page.
    fn across(&mut self, from: u16, text: &str, format: &rust_xlsxwriter::Format) -> Result<(), XlsxError> {
        let characters = measure::characters(&self.printed[usize::from(from)..], u16::MAX);
        sheet::across(self.sheet, (self.row, from, self.last()), text, characters, format)
    }

    fn line(&mut self, text: &str, format: &rust_xlsxwriter::Format) -> Result<(), XlsxError> {
        self.across(0, text, format)?;
        self.row += 1;
        Ok(())
    }

    fn heading(&mut self, text: &str) -> Result<(), XlsxError> {
        self.line(text, &look::subtitle())
    }

    /// What to look at first: entities, then permissions, a sentence each.
    fn first(&mut self, report: &Report, workpaper: &Workpaper) -> Result<(), XlsxError> {
        let entities = audit::first_entities(workpaper);
        self.heading("Review first")?;
        if entities.is_empty() {
            self.line(audit::nothing_to_review(report), &look::fact_text().set_text_wrap())?;
            self.row += 1;
            return Ok(());
        }
        for first in entities.into_iter().take(FIRST.0) {
            self.entry(&[&first.entity, &first.account], &first.sentence)?;
        }
        if let Some(without) = audit::without_use(workpaper) {
            self.line(&without, &look::remark())?;
        }
        self.row += 1;
        let permissions = audit::first_permissions(workpaper);
        if !permissions.is_empty() {
            self.heading("Most dangerous unused permissions, and who holds them")?;
        }
        for first in permissions.into_iter().take(FIRST.1) {
            let category = if first.category.is_empty() { String::new() } else { format!(" ({})", first.category) };
            self.entry(&[&first.permission, &first.risk], &format!("{}{category}", first.held_by))?;
        }
        self.row += 1;
        Ok(())
    }

    /// Short texts, a column each, and a sentence beside them.
    fn entry(&mut self, texts: &[&str], sentence: &str) -> Result<(), XlsxError> {
        let text = look::fact_text().set_text_wrap();
        for (column, short) in (0_u16..).zip(texts) {
            self.sheet.write_string_with_format(self.row, column, value::clip(short), &text)?;
        }
        self.across(texts.len() as u16, sentence, &text)?;
        // A long name wraps as well.
        if let Some(height) = texts.first().and_then(|name| measure::height(name, LABEL_WIDTH)) {
            self.sheet.set_row_height_pixels(self.row, height)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Everything that is a label and a value; gives where the ages stand, for their chart. A workpaper has the inputs and what was asked.
    fn facts(&mut self, report: &Report) -> Result<Option<Strip>, XlsxError> {
        if report.workpaper.is_none() {
            self.heading("Parameters")?;
            for Parameter { label, shown, .. } in &report.parameters {
                self.text(label, shown)?;
            }
            self.row += 1;
        }
        if report.workpaper.is_none() {
            self.inputs(report)?;
            self.row += 1;
        }
        let evidence = totals_of(report, "evidence", |name| Evidence::parse(name).is_some());
        self.strip("Evidence (sources)", &evidence)?;
        let ages = totals_of(report, "total", |name| name != "total" && name != "rows");
        self.strip("Days since the last access", &ages)
    }

    /// How the inputs fared.
    fn inputs(&mut self, report: &Report) -> Result<(), XlsxError> {
        self.row += 1;
        self.heading("Inputs")?;
        let counts = report.inputs;
        for (label, count) in
            [("found", counts.found), ("read", counts.read), ("skipped", counts.skipped), ("failed", counts.failed)]
        {
            self.number(label, count as f64)?;
        }
        for (label, severity) in [
            ("problems: not read", Severity::NotRead),
            ("problems: incomplete", Severity::Incomplete),
            ("problems: warnings", Severity::Warning),
        ] {
            self.number(label, words::problems_of(report, severity).count() as f64)?;
        }
        Ok(())
    }

    /// The numbers that lead the report, in sentences.
    fn results(&mut self, report: &Report) -> Result<(), XlsxError> {
        let Some(headline) = &report.headline else { return Ok(()) };
        self.heading("Result")?;
        let format = look::fact_text().set_text_wrap();
        audit::results(headline).iter().try_for_each(|sentence| self.line(sentence, &format))?;
        if let Some(attention) = audit::attention(report) {
            self.line(attention, &format)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Numbers under a heading, where there are any; gives where they stand.
    fn strip(&mut self, heading: &str, numbers: &[(&str, f64)]) -> Result<Option<Strip>, XlsxError> {
        if numbers.is_empty() {
            return Ok(None);
        }
        self.heading(heading)?;
        let first = self.row;
        numbers.iter().try_for_each(|(label, number)| self.number(label, *number))?;
        let names = numbers.iter().map(|(name, _)| (*name).to_owned()).collect();
        let last = self.row - 1;
        self.row += 1;
        Ok(Some(Strip { first, last, names }))
    }

    fn label(&mut self, label: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, label, &look::label())?;
        self.row += 1;
        Ok(())
    }

    fn number(&mut self, label: &str, number: f64) -> Result<(), XlsxError> {
        self.sheet.write_number_with_format(self.row, VALUE.0, number, &look::fact_number())?;
        self.label(label)
    }

    fn text(&mut self, label: &str, text: &str) -> Result<(), XlsxError> {
        let text = value::clip(text);
        let lines = text.chars().count().div_ceil(VALUE_WIDTH);
        if lines > 1 {
            // Cells that are merged do not grow by themselves.
            self.sheet.set_row_height_pixels(self.row, 20 * lines.min(20) as u32)?;
            self.sheet.merge_range(self.row, VALUE.0, self.row, VALUE.1, &text, &look::fact_text().set_text_wrap())?;
        } else {
            self.sheet.write_string_with_format(self.row, VALUE.0, text, &look::fact_text())?;
        }
        self.label(label)
    }

    /// The table of accounts, and the chart of their verdicts beside the facts above.
    fn accounts(&mut self, grid: &Grid, charts_at: u32, is_alone: bool) -> Result<(), XlsxError> {
        self.heading("Accounts")?;
        // In an audit they stand above the tables that they are about.
        let mut remarks = grid.remarks.iter().filter(|_| is_alone);
        remarks.try_for_each(|remark| self.line(remark, &look::remark()))?;
        let page = page_of(grid);
        let header = self.row;
        let layout = Layout::of(&page);
        let last = sheet::table(self.sheet, &page, &layout, header, |sheet| {
            sheet::few_rows(sheet, &page, &layout, header + 1)
        })?;
        // The first columns hold labels and values too.
        set_widths(self.sheet)?;
        self.sheet.autofilter(header, 0, last, grid.columns().len() as u16 - 1)?;
        sheet::fold(self.sheet, grid)?;
        charts::verdicts(self.sheet, charts_at, grid, header)?;
        self.row = last + 2;
        Ok(())
    }

    /// The worst problems, and what was skipped.
    fn not_read(&mut self, report: &Report) -> Result<(), XlsxError> {
        self.heading("Problems")?;
        let severities = [Severity::NotRead, Severity::Incomplete, Severity::Warning];
        let problems = || severities.into_iter().flat_map(|severity| words::problems_of(report, severity));
        let mut room = PROBLEMS_SHOWN;
        let of = severities.map(|severity| words::problems_of(report, severity).collect::<Vec<_>>());
        let told = of.iter().flat_map(|of| {
            let told = words::most_telling(of, room.min(of.len()));
            room -= told.len();
            told
        });
        for problem in told.collect::<Vec<_>>() {
            let (text, format) = (problem.to_string(), look::fact_text().set_text_wrap());
            self.across(1, &text, &format)?;
            self.label(problem.severity().as_str())?;
        }
        let count = problems().count();
        if count > PROBLEMS_SHOWN {
            self.line(&format!("{} more: see the sheet Problems.", count - PROBLEMS_SHOWN), &look::remark())?;
        }
        match report.inputs.skipped {
            0 if count == 0 && report.inputs.failed == 0 => {
                self.line("Nothing: every file found was read.", &look::remark())?;
            }
            0 => {}
            1 => self.line("Skipped: 1 file that is not a last-accessed dump.", &look::remark())?,
            n => self.line(&format!("Skipped: {n} files that are not last-accessed dumps."), &look::remark())?,
        }
        self.row += 1;
        Ok(())
    }

    /// The sheets that follow, each a link.
    fn sheets(&mut self, pages: &[Page]) -> Result<(), XlsxError> {
        self.heading("Sheets")?;
        for page in pages {
            let place = Url::new(format!("internal:'{}'!A1", page.name)).set_text(&page.name);
            self.sheet.write_url_with_format(self.row, 0, place, &look::link())?;
            self.sheet.write_number_with_format(self.row, 1, page.rows.len() as f64, &look::fact_number())?;
            // The first line of a page begins with its name, which stands here already; what is special about it comes last.
            let special = page
                .lead
                .last()
                .filter(|line| page.lead.len() > 1 && page.rows.len() < page.grid.height() && !line.is_empty());
            let about =
                special.map_or_else(|| page.grid.caption.clone(), |line| format!("{} {line}", page.grid.caption));
            self.across(2, &about, &look::fact_text().set_text_wrap())?;
            self.row += 1;
        }
        Ok(())
    }
}

/// The totals that some section of the report gives for its column `column`, or for what stands beside it, where `wanted`.
fn totals_of<'r>(report: &'r Report, column: &str, wanted: impl Fn(&str) -> bool) -> Vec<(&'r str, f64)> {
    let has_column = |section: &&Section| section.columns.iter().any(|c| c.name == column);
    let totals = report.sections.iter().filter(has_column).map(|section| {
        let counted = section.totals.iter().filter(|(label, _)| wanted(label));
        counted.map(|(label, count)| (label.as_str(), *count as f64)).collect::<Vec<_>>()
    });
    totals.into_iter().find(|totals| !totals.is_empty()).unwrap_or_default()
}
