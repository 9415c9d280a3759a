//! The charts of the first sheet. They are the spreadsheet's own and draw the cells beside them: no number is in them that is not
//! on the sheet.

use rust_xlsxwriter::{
    Chart, ChartAxisLabelPosition, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartPoint, ChartSolidFill,
    ChartType, Color, Worksheet, XlsxError,
};

use super::cover::NAME;
use super::grid::Grid;
use super::look;
use crate::model::Verdict;

/// The bars of so many accounts have room in a low chart, with which the sheet fits on one printed page.
const FEW_ACCOUNTS: usize = 6;
/// Two of them, side by side, are printed with the labels and values.
const WIDTH: u32 = 262;
/// The column at which they begin: the columns before it hold labels and values.
const COLUMN: u16 = 4;
/// More bars than this cannot be told apart.
const MOST_ACCOUNTS: usize = 30;

/// Numbers below one another: names in the first column, values in the second.
pub(super) struct Strip {
    /// The first row.
    pub(super) first: u32,
    /// The last row.
    pub(super) last: u32,
    /// The names, in order.
    pub(super) names: Vec<String>,
}

/// How many rows of usual height a chart covers, beside one that has a bar for each of `accounts`.
pub(super) const fn height_in_rows(accounts: usize) -> u32 {
    if accounts <= FEW_ACCOUNTS { 12 } else { 20 }
}

/// One column for each bucket, in `height` rows.
pub(super) fn ages(sheet: &mut Worksheet, row: u32, height: u32, strip: &Strip) -> Result<(), XlsxError> {
    let names: Vec<&str> = strip.names.iter().map(String::as_str).collect();
    let points: Vec<ChartPoint> =
        look::bucket_colors(&names).into_iter().map(|color| ChartPoint::new().set_format(&mut filled(color))).collect();
    let mut chart = Chart::new(ChartType::Column);
    chart
        .add_series()
        .set_name("permissions")
        .set_categories((NAME, strip.first, 0, strip.last, 0))
        .set_values((NAME, strip.first, 1, strip.last, 1))
        .set_points(&points)
        .set_gap(40);
    chart.title().set_name("Days since the last access").set_font(&title_font());
    chart.legend().set_hidden();
    chart.y_axis().set_major_gridlines_line(&pale_line()).set_font(&axis_font());
    chart.x_axis().set_font(&axis_font());
    chart.set_alt_text("Column chart: how many permissions were last accessed how many days before the dump.");
    insert(sheet, (row, height), WIDTH + 15, &mut chart)
}

/// One bar for each account, of its services by verdict. The table of `grid` has its header in row `header`.
pub(super) fn verdicts(sheet: &mut Worksheet, row: u32, grid: &Grid, header: u32) -> Result<(), XlsxError> {
    let place = |name: &str| grid.columns().iter().position(|column| column.name == name).map(|at| at as u16);
    let shown = grid.height().min(MOST_ACCOUNTS);
    let Some(account) = place("account_id").filter(|_| shown > 0) else { return Ok(()) };
    let (first, last) = (header + 1, header + shown as u32);
    let mut chart = Chart::new(ChartType::BarPercentStacked);
    for verdict in Verdict::ALL {
        let Some(column) = place(&format!("services_{verdict}")) else { continue };
        chart
            .add_series()
            .set_name(verdict.as_str())
            .set_categories((NAME, first, account, last, account))
            .set_values((NAME, first, column, last, column))
            .set_format(&mut filled(look::verdict_color(*verdict)))
            .set_gap(40);
    }
    let of =
        if shown < grid.height() { format!(" (first {shown} of {} accounts)", grid.height()) } else { String::new() };
    chart.title().set_name(&format!("Services by verdict{of}")).set_font(&title_font());
    chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&axis_font());
    // Bars lie on their side, and so do their axes. The first account stands on top, as in the table.
    chart.y_axis().set_reverse().set_font(&axis_font());
    let across = chart.x_axis().set_major_gridlines_line(&pale_line()).set_label_position(ChartAxisLabelPosition::High);
    across.set_font(&axis_font());
    chart.set_alt_text("Bar chart: the services granted in each account, by verdict.");
    insert(sheet, (row, height_in_rows(grid.height())), 0, &mut chart)
}

/// Inserts a chart at a row, over so many rows.
fn insert(
    sheet: &mut Worksheet,
    (row, height): (u32, u32),
    from_left: u32,
    chart: &mut Chart,
) -> Result<(), XlsxError> {
    chart.set_width(WIDTH).set_height(height * 20 - 10);
    sheet.insert_chart_with_offset(row, COLUMN, chart, 20 + from_left, 0)?;
    Ok(())
}

fn filled(color: Color) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(color));
    format
}

fn pale_line() -> ChartLine {
    let mut line = ChartLine::new();
    line.set_color(Color::RGB(0xD9_D9_D9));
    line
}

fn title_font() -> ChartFont {
    let mut font = ChartFont::new();
    font.set_size(11).set_bold();
    font
}

/// As large as the cells, so that it can be read in print.
fn axis_font() -> ChartFont {
    let mut font = ChartFont::new();
    font.set_size(11);
    font
}
