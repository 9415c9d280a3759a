//! The first sheet of an audit: what was tested, when, how, how completely, on which evidence, and where to sign.

use std::iter;

use rust_xlsxwriter::{Format, Worksheet, XlsxError};

use super::{look, measure, sheet};
use crate::render::audit;
use crate::render::words::counted;
use crate::report::{Report, Workpaper};

/// The name of the sheet.
pub(super) const NAME: &str = "Workpaper";
/// The column of labels, in characters.
const LABEL: u32 = 17;
/// The columns of texts: the first, the last, and the characters of each.
const TEXT: (u16, u16, u32) = (1, 6, 14);
/// As many characters fit on a line of text.
const CHARACTERS: usize = 96;

/// Writes the sheet.
pub(super) fn write(sheet: &mut Worksheet, report: &Report, workpaper: &Workpaper) -> Result<(), XlsxError> {
    sheet.set_name(NAME)?;
    sheet.set_tab_color(look::tab("workpaper"));
    sheet.set_column_width(0, LABEL)?;
    (TEXT.0..=TEXT.1).try_for_each(|column| sheet.set_column_width(column, TEXT.2).map(drop))?;
    let mut form = Form { sheet, row: 0 };
    form.heading(&report.title, &look::title())?;
    form.head(workpaper)?;
    form.scope(report, workpaper)?;
    form.said("Method", &audit::method(report))?;
    form.said("Limits", &audit::LIMITS.map(str::to_owned))?;
    form.results(report, workpaper)?;
    form.evidence(report, workpaper)?;
    form.sign(workpaper)?;
    let last = form.row;
    sheet::lay_out_page(sheet, &report.title);
    sheet.set_portrait().set_print_area(0, 0, last, TEXT.1)?;
    let widths: Vec<usize> =
        iter::once(LABEL).chain((TEXT.0..=TEXT.1).map(|_| TEXT.2)).map(|width| width as usize).collect();
    sheet.set_print_scale(measure::scale(&widths, measure::PORTRAIT));
    Ok(())
}

/// The sheet, and the next row of it.
struct Form<'s> {
    sheet: &'s mut Worksheet,
    row: u32,
}

impl Form<'_> {
    fn heading(&mut self, text: &str, format: &Format) -> Result<(), XlsxError> {
        sheet::across(self.sheet, (self.row, 0, TEXT.1), text, CHARACTERS, format)?;
        self.row += 1;
        Ok(())
    }

    /// A label, and a text beside it.
    fn line(&mut self, label: &str, text: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, label, &look::label())?;
        let format = look::fact_text().set_text_wrap();
        sheet::across(self.sheet, (self.row, TEXT.0, TEXT.1), text, CHARACTERS, &format)?;
        self.row += 1;
        Ok(())
    }

    /// A label, and room to write beside it.
    fn blank(&mut self, label: &str, text: &str, (from, to): (u16, u16)) -> Result<(), XlsxError> {
        if !label.is_empty() {
            self.sheet.write_string_with_format(self.row, from - 1, label, &look::label())?;
        }
        let text = (text, text.chars().count().max(1));
        sheet::across(self.sheet, (self.row, from, to), text.0, text.1.max(CHARACTERS), &look::to_fill_in())
    }

    /// Room between two parts, half a line: the sheet is meant to be signed on the page that it begins on.
    fn gap(&mut self) -> Result<(), XlsxError> {
        self.sheet.set_row_height_pixels(self.row, 10)?;
        self.row += 1;
        Ok(())
    }

    /// Sentences, a line each, under one label.
    fn said(&mut self, label: &str, sentences: &[String]) -> Result<(), XlsxError> {
        self.gap()?;
        for (at, sentence) in sentences.iter().enumerate() {
            self.line(if at == 0 { label } else { "" }, sentence)?;
        }
        Ok(())
    }

    fn head(&mut self, workpaper: &Workpaper) -> Result<(), XlsxError> {
        self.row += 1;
        let reference = workpaper.engagement.reference.as_deref().unwrap_or_default();
        self.blank("Reference, control", reference, (TEXT.0, TEXT.1))?;
        self.row += 1;
        self.line(
            "Purpose",
            "To find permissions of IAM users, roles, groups and policies that are granted and not used, so that they can be reviewed and taken away.",
        )
    }

    fn scope(&mut self, report: &Report, workpaper: &Workpaper) -> Result<(), XlsxError> {
        let headline = report.headline.clone().unwrap_or_default();
        let filters = audit::filters(&report.parameters);
        let filters = filters.map_or_else(
            || "No filter narrows it: every entity with a dump is in it.".to_owned(),
            |filters| format!("Narrowed to {filters}."),
        );
        self.said("Scope", &[audit::scope(&headline, workpaper), filters])?;
        self.said("Period", &[audit::period(&headline, &report.parameters)])?;
        self.said("Completeness", &audit::completeness(&workpaper.completeness, audit::MOST_NAMES))
    }

    fn results(&mut self, report: &Report, workpaper: &Workpaper) -> Result<(), XlsxError> {
        let mut results: Vec<String> = report.headline.iter().flat_map(audit::results).collect();
        results.extend(audit::without_use(workpaper));
        results.extend(audit::attention(report).map(str::to_owned));
        let first = audit::first_entities(workpaper).into_iter().next();
        results.extend(
            first.map(|first| format!("First to review, {} of {}: {}", first.entity, first.account, first.sentence)),
        );
        self.said("Results", &results)?;
        match report.sections.iter().find(|section| section.id == "sample") {
            Some(sample) => {
                // The sheet says how many rows each stratum has: thirty of them would push the signatures off the page.
                let to_fill_in = format!(
                    "{} drawn. The sheet Sample has the strata, and room for the result of each test, who tested it, and when.",
                    counted(sample.table.height() as i64, "row is", "rows are")
                );
                let how = sample.remarks.iter().take(2).cloned();
                self.said("Sample", &how.chain([to_fill_in]).collect::<Vec<_>>())
            }
            None => Ok(()),
        }
    }

    fn evidence(&mut self, report: &Report, workpaper: &Workpaper) -> Result<(), XlsxError> {
        self.said(
            "Evidence",
            &[
                format!(
                    "{}{} Sources lists each with its length and SHA-256.",
                    audit::not_read(report),
                    audit::sources(report, workpaper)
                ),
                format!(
                    "SHA-256 of the list of inputs, as sha256sum prints it for the files in the order of manifest.json: {}",
                    workpaper.inputs_sha256
                ),
            ],
        )?;
        self.said("How this was made", &[audit::made(report)])
    }

    /// Room for the conclusion and the signatures.
    fn sign(&mut self, workpaper: &Workpaper) -> Result<(), XlsxError> {
        self.gap()?;
        self.sheet.set_row_height_pixels(self.row, 70)?;
        self.blank("Conclusion", "", (TEXT.0, TEXT.1))?;
        let by = workpaper.engagement.prepared_by.as_deref().unwrap_or_default();
        for (label, name) in [("Prepared by", by), ("Reviewed by", "")] {
            self.row += 1;
            self.sheet.set_row_height_pixels(self.row, 28)?;
            self.blank(label, name, (TEXT.0, TEXT.0 + 1))?;
            self.blank("Date", "", (TEXT.0 + 3, TEXT.0 + 3))?;
            self.blank("Signature", "", (TEXT.1, TEXT.1))?;
        }
        Ok(())
    }
}
