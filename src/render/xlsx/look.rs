//! How a sheet looks: number formats, widths, and the colors of verdicts and ages.
//!
//! Colors are rules of the sheet, not of single cells: they follow a reader who sorts or edits, and cost nothing per row.

use std::collections::BTreeSet;

use rust_xlsxwriter::{
    Color, ConditionalFormat2ColorScale, ConditionalFormat3ColorScale, ConditionalFormatBlank, ConditionalFormatCell,
    ConditionalFormatCellRule, ConditionalFormatType, Format, FormatAlign, FormatBorder, Worksheet, XlsxError,
};

use super::column::{Meaning, SheetColumn, SheetPart};
use super::grid::{Grid, SheetCell};
use crate::frame::Cell;
use crate::model::{Evidence, Verdict};
use crate::report::ColumnKind;

/// Days at which the color scale of ages ends; what AWS promises to keep.
const LONGEST_WINDOW: i32 = 400;

const YOUNG: u32 = 0x63_BE_7B;
const MIDDLE: u32 = 0xFF_EB_84;
const OLD: u32 = 0xF8_69_6B;
const NEVER: u32 = 0xC0_39_4B;
const UNKNOWN: u32 = 0xBF_BF_BF;
const HEADER: u32 = 0x1F_3A_5F;
const TO_FILL_IN: u32 = 0x7F_60_00;
const TECHNICAL: u32 = 0x59_59_59;

/// The solid color of a verdict, for charts.
pub(super) const fn verdict_color(verdict: Verdict) -> Color {
    Color::RGB(match verdict {
        Verdict::Active => 0x4C_9F_70,
        Verdict::Stale => 0xF2_B1_34,
        Verdict::Unused => 0xD1_49_5B,
        Verdict::Unknown => 0x9E_9E_9E,
    })
}

/// The colors of the buckets `names`, from young to old; unused and unknown have their own.
pub(super) fn bucket_colors(names: &[&str]) -> Vec<Color> {
    bucket_shades(names).map(Color::RGB).collect()
}

fn bucket_shades<'n>(names: &'n [&str]) -> impl Iterator<Item = u32> + use<'n> {
    let ages = names.iter().filter(|name| !matches!(**name, "unused" | "unknown")).count();
    names.iter().enumerate().map(move |(at, name)| match *name {
        "unused" => NEVER,
        "unknown" => UNKNOWN,
        _ => shade(at, ages),
    })
}

/// The color with some white in it, so that black numbers can be read on it.
fn readable(color: u32) -> Color {
    let channel = |shift: u32| ((((color >> shift) & 0xFF) * 2 + 0xFF) / 3) << shift;
    Color::RGB(channel(16) | channel(8) | channel(0))
}

/// The color of step `at` of `steps` from young over middle to old.
fn shade(at: usize, steps: usize) -> u32 {
    let (at, last) = (2 * at as u32, 2 * steps.saturating_sub(1).max(1) as u32);
    let (from, to, at) = if 2 * at <= last { (YOUNG, MIDDLE, at) } else { (MIDDLE, OLD, at - last / 2) };
    let channel = |shift: u32| {
        let (from, to, half) = ((from >> shift) & 0xFF, (to >> shift) & 0xFF, last / 2);
        ((from * half.saturating_sub(at) + to * at.min(half)) / half) << shift
    };
    channel(16) | channel(8) | channel(0)
}

/// The heading of a sheet.
pub(super) fn title() -> Format {
    Format::new().set_bold().set_font_size(14)
}

/// The heading of a part of a sheet.
pub(super) fn subtitle() -> Format {
    Format::new().set_bold().set_font_size(12).set_font_color(Color::RGB(HEADER))
}

/// A remark above a table.
pub(super) fn remark() -> Format {
    Format::new().set_italic().set_font_color(Color::RGB(0x59_59_59)).set_align(FormatAlign::Top).set_text_wrap()
}

/// A label beside a value.
pub(super) fn label() -> Format {
    Format::new().set_font_color(Color::RGB(0x59_59_59)).set_align(FormatAlign::Top)
}

/// A number beside its label.
pub(super) fn fact_number() -> Format {
    Format::new().set_num_format("#,##0").set_align(FormatAlign::Left).set_align(FormatAlign::Top)
}

/// Room for a reader to write in.
pub(super) fn to_fill_in() -> Format {
    let pale = Format::new().set_background_color(Color::RGB(0xFF_F9_E5)).set_border(FormatBorder::Thin);
    pale.set_border_color(Color::RGB(0xE5_DB_B5))
        .set_align(FormatAlign::Top)
        .set_align(FormatAlign::Left)
        .set_text_wrap()
}

/// The name of a sheet, which leads to it.
pub(super) fn link() -> Format {
    Format::new().set_hyperlink().set_align(FormatAlign::Top)
}

/// A text beside its label.
pub(super) fn fact_text() -> Format {
    Format::new().set_align(FormatAlign::Left).set_align(FormatAlign::Top).set_quote_prefix()
}

/// The head of a column: what a reader fills in is set apart, and what only a program needs stands back. `is_apart` as for [`cells`].
pub(super) fn header(column: &SheetColumn, is_apart: bool) -> Format {
    let ground = match column.part {
        SheetPart::Shown => HEADER,
        SheetPart::Decision => TO_FILL_IN,
        SheetPart::Technical => TECHNICAL,
    };
    let format = Format::new().set_bold().set_font_color(Color::White).set_background_color(Color::RGB(ground));
    let format = format.set_text_wrap().set_align(FormatAlign::Bottom);
    if column.is_number() || column.meaning == Meaning::DaysOfEntity {
        format.set_align(FormatAlign::Center)
    } else {
        format.set_align(FormatAlign::Left).set_indent(u8::from(is_apart))
    }
}

/// The color of a sheet's tab: what the reader signs, what to decide on, what helps to decide, what it rests on.
pub(super) fn tab(id: &str) -> Color {
    Color::RGB(match id {
        "workpaper" | "summary" => HEADER,
        "entities" | "unused-services" | "unused-actions" | "kept" | "decisions" | "diff" | "sample" => NEVER,
        "sources" | "check" | "not-read" | "definitions" => UNKNOWN,
        _ => 0x5B_8D_C9,
    })
}

/// The format of a column's cells. Where `wraps`, a long text goes over several lines; where `is_apart`, it keeps away from numbers before it.
pub(super) fn cells(column: &SheetColumn, wraps: bool, is_apart: bool) -> Format {
    let format = Format::new().set_align(FormatAlign::Top);
    // A number on the left ends where a text begins, but for this.
    let apart = format.clone().set_align(FormatAlign::Left).set_indent(u8::from(is_apart));
    let apart = if wraps { apart.set_text_wrap() } else { apart };
    match (column.kind, column.meaning) {
        (_, Meaning::Proposal) => apart.set_quote_prefix().set_hyperlink(),
        (_, Meaning::DaysOrWord | Meaning::DaysOfEntity) => format.set_num_format("0").set_align(FormatAlign::Right),
        // Nobody's formula, until somebody writes one.
        (ColumnKind::Text, _) if column.origin.is_none() => apart,
        // The mark of a text: a name like =1+1 stays one even when its cell is edited.
        (ColumnKind::Text, _) => apart.set_quote_prefix(),
        (ColumnKind::Count, _) => format.set_num_format("#,##0"),
        (ColumnKind::Days, _) => format.set_num_format("0"),
        (ColumnKind::Percent, _) => format.set_num_format("0.0%"),
        (ColumnKind::Ratio, _) => format.set_num_format("0.0000"),
        (ColumnKind::Instant, _) if column.part == SheetPart::Technical => apart.set_num_format("yyyy-mm-dd hh:mm:ss"),
        (ColumnKind::Instant | ColumnKind::Date, _) => apart.set_num_format("yyyy-mm-dd"),
        // Excel shows a flag as TRUE or FALSE whatever its format is; LibreOffice would show it as 1 or 0.
        (ColumnKind::Flag, _) => apart.set_num_format("\"yes\";;\"no\""),
    }
}

/// Lays the rules for colors over the rows `first` to `last` of the sheet.
pub(super) fn color(sheet: &mut Worksheet, grid: &Grid, first: u32, last: u32) -> Result<(), XlsxError> {
    let columns = grid.columns();
    let buckets: Vec<&str> = columns
        .iter()
        .filter(|column| column.meaning == Meaning::BucketCount)
        .map(|column| column.name.as_str())
        .collect();
    let mut bucket_color = bucket_shades(&buckets).map(readable);
    let entities = columns.iter().position(|column| column.meaning == Meaning::DaysOfEntity);
    if let Some(from) = entities {
        color_days(sheet, (first, from as u16, last, columns.len() as u16 - 1))?;
    }
    for (at, column) in (0_u16..).zip(columns) {
        let place = (first, at, last, at);
        match column.meaning {
            Meaning::Verdict => {
                Verdict::ALL.iter().try_for_each(|v| word(sheet, place, v.as_str(), &verdict_fill(*v)))?;
            }
            Meaning::Evidence => {
                let partial = Evidence::ALL.iter().filter(|evidence| !evidence.is_whole());
                partial.into_iter().try_for_each(|e| word(sheet, place, e.as_str(), &verdict_fill(Verdict::Stale)))?;
            }
            Meaning::Bucket => color_buckets(sheet, grid, at, place)?,
            Meaning::BucketCount => {
                let full = bucket_color.next().unwrap_or(Color::White);
                rule(
                    sheet,
                    place,
                    &ConditionalFormat2ColorScale::new().set_minimum_color(Color::White).set_maximum_color(full),
                )?;
            }
            Meaning::DaysOrWord => color_days(sheet, place)?,
            Meaning::Plain if column.kind == ColumnKind::Percent => rule(sheet, place, &percent_scale())?,
            Meaning::Plain | Meaning::Prose | Meaning::Proposal | Meaning::DaysOfEntity => {}
        }
    }
    Ok(())
}

/// First row, first column, last row, last column.
type Area = (u32, u16, u32, u16);

fn rule<T>(sheet: &mut Worksheet, place: Area, rule: &T) -> Result<(), XlsxError>
where
    T: rust_xlsxwriter::ConditionalFormat + Clone + Send + Sync + 'static,
{
    let (first_row, first_column, last_row, last_column) = place;
    sheet.add_conditional_format(first_row, first_column, last_row, last_column, rule)?;
    Ok(())
}

fn word(sheet: &mut Worksheet, place: Area, word: &str, fill: &Format) -> Result<(), XlsxError> {
    rule(
        sheet,
        place,
        &ConditionalFormatCell::new().set_rule(ConditionalFormatCellRule::EqualTo(word)).set_format(fill),
    )
}

fn verdict_fill(verdict: Verdict) -> Format {
    let (fill, font) = match verdict {
        Verdict::Active => (0xC6_EF_CE, 0x00_61_00),
        Verdict::Stale => (0xFF_EB_9C, 0x7F_60_00),
        Verdict::Unused => (0xFF_C7_CE, 0x9C_00_06),
        Verdict::Unknown => (0xD9_D9_D9, 0x40_40_40),
    };
    Format::new().set_background_color(Color::RGB(fill)).set_font_color(Color::RGB(font))
}

/// Ages from green over yellow to red; words in their own colors.
fn color_days(sheet: &mut Worksheet, place: Area) -> Result<(), XlsxError> {
    word(sheet, place, "unused", &Format::new().set_background_color(Color::RGB(NEVER)).set_font_color(Color::White))?;
    word(sheet, place, "unknown", &Format::new().set_background_color(Color::RGB(0xD9_D9_D9)))?;
    let scale = ConditionalFormat3ColorScale::new()
        .set_minimum(ConditionalFormatType::Number, 0)
        .set_minimum_color(Color::RGB(YOUNG))
        .set_midpoint(ConditionalFormatType::Number, LONGEST_WINDOW / 2)
        .set_midpoint_color(Color::RGB(MIDDLE))
        .set_maximum(ConditionalFormatType::Number, LONGEST_WINDOW)
        .set_maximum_color(Color::RGB(OLD));
    rule(sheet, place, &scale)
}

/// The buckets that occur, in the order of their ages.
fn color_buckets(sheet: &mut Worksheet, grid: &Grid, column: u16, place: Area) -> Result<(), XlsxError> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    grid.reader().changes(0..grid.height(), column.into(), |_, cell| {
        if let SheetCell::Value(Cell::Text(name)) = cell
            && !names.contains(name)
        {
            names.insert(name.to_owned());
        }
    });
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    let age = |name: &str| name.split(['-', '+']).next().and_then(|days| days.parse::<u64>().ok());
    names.sort_by_key(|name| (age(name).is_none(), age(name)));
    let colors = bucket_colors(&names);
    names.iter().zip(colors).try_for_each(|(name, color)| {
        let fill = Format::new().set_background_color(color);
        word(sheet, place, name, &if *name == "unused" { fill.set_font_color(Color::White) } else { fill })
    })
}

/// The redder, the nearer to all.
fn percent_scale() -> ConditionalFormat2ColorScale {
    ConditionalFormat2ColorScale::new()
        .set_minimum(ConditionalFormatType::Number, 0)
        .set_minimum_color(Color::White)
        .set_maximum(ConditionalFormatType::Number, 1)
        .set_maximum_color(readable(OLD))
}

/// The cells that a reader fills in, from column `from` to `to`: pale until there is something, decisions in color.
pub(super) fn color_decisions(
    sheet: &mut Worksheet,
    (from, to): (u16, u16),
    first: u32,
    last: u32,
) -> Result<(), XlsxError> {
    let place = (first, from, last, from);
    for (text, verdict) in [
        ("remove", Verdict::Unused),
        ("keep", Verdict::Active),
        ("ask", Verdict::Stale),
        ("confirmed", Verdict::Active),
        ("differs", Verdict::Unused),
        ("not tested", Verdict::Unknown),
    ] {
        word(sheet, place, text, &verdict_fill(verdict))?;
    }
    let pale = Format::new().set_background_color(Color::RGB(0xFF_F9_E5)).set_border(FormatBorder::Thin);
    let pale = pale.set_border_color(Color::RGB(0xE5_DB_B5));
    rule(sheet, (first, from, last, to), &ConditionalFormatBlank::new().set_format(pale))
}
