//! The two charts: the trend, and the findings by account.

use findings_core::Severity;
use findings_core::rendering::Digest;
use rust_xlsxwriter::{Chart, ChartAxisCrossing, ChartFormat, ChartSolidFill, ChartType, FormatAlign};

use crate::error::RenderError;
use crate::formats::{palette, severity_color};
use crate::sheets::chart;
use crate::sheets::page::{GRID, LEFT, Page, Span};

/// Rows of a table that a chart draws, from 0. The header is the row above the first.
pub(super) struct Series {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) is_empty: bool,
}

/// The rows that the charts draw.
pub(super) struct ChartData {
    pub(super) matrix: Series,
    pub(super) trend: Series,
}

/// Where the charts are inserted.
pub(super) struct ChartAnchor {
    /// Row of their upper edge; `None` if there is nothing to draw.
    row: Option<u32>,
    /// Without findings, there is no chart by account.
    has_findings: bool,
}

/// Number of lines behind the charts. Lines and pixels below are the same height.
const LINES: u32 = 15;
const LINE_POINTS: f64 = 20.0;
const PIXELS: u32 = 400;
/// Number of columns of the grid that a chart takes.
const HALF: u16 = 6;
/// Column of the first severity, in the sheet.
const SEVERITIES: u16 = LEFT + 5;

/// Leaves room for the charts. On the first report, writes a note in place of the trend.
pub(super) fn reserve(page: &mut Page<'_, '_>, digest: &Digest<'_>) -> Result<ChartAnchor, RenderError> {
    let is_first = page.context.report.trend.is_empty();
    let has_findings = digest.counts.total() > 0;
    let has_trend = page.context.report.trend.iter().any(|run| run.counts.total() > 0);
    // an axis without bars says nothing
    if !has_findings && (is_first || !has_trend) {
        return Ok(ChartAnchor { row: None, has_findings });
    }
    page.gap(12.0)?;
    let place = page.row;
    let format = page.formats.prose().set_bold().set_font_size(12).set_font_color(palette::NAVY);
    page.text(Span(0, HALF), trend_heading(page), &format)?;
    if has_findings {
        page.text(Span(HALF, HALF), page.texts.summary.by_account_heading, &format)?;
    }
    page.end_line(22.0)?;
    if is_first {
        let note = page.formats.prose().set_font_color(palette::MUTED).set_align(FormatAlign::Top);
        page.text(Span(0, HALF), page.texts.summary.trend_first, &note)?;
        page.sheet.set_row_height(page.row, 40)?;
    }
    for _ in 0..LINES {
        page.end_line(LINE_POINTS)?;
    }
    Ok(ChartAnchor { row: Some(place + 1), has_findings })
}

/// Returns the heading of the trend. It says if reports are incomplete: their bars are too low, which could be taken
/// for an improvement.
fn trend_heading(page: &Page<'_, '_>) -> &'static str {
    let report = page.context.report;
    let whole = report.is_complete() && report.trend.iter().all(|run| run.complete);
    if whole { page.texts.summary.trend_heading } else { page.texts.summary.trend_heading_incomplete }
}

/// Inserts the charts where [`reserve`] left room for them.
pub(super) fn insert(page: &mut Page<'_, '_>, place: &ChartAnchor, data: &ChartData) -> Result<(), RenderError> {
    let Some(row) = place.row else { return Ok(()) };
    if !data.trend.is_empty {
        let mut chart = base(page, ChartType::ColumnStacked, &data.trend);
        if !place.has_findings {
            chart.set_width(page.pixels(GRID));
        }
        chart.set_alt_text(page.texts.summary.trend_heading);
        chart.x_axis().set_text_axis(true).set_num_format(page.texts.date_format);
        page.sheet.insert_chart_with_offset(row, LEFT, &chart, 0, 0)?;
    }
    if place.has_findings && !data.matrix.is_empty {
        let mut chart = base(page, ChartType::BarStacked, &data.matrix);
        chart.set_alt_text(page.texts.summary.by_account_heading);
        // the worst account at the top, the axis of numbers at the bottom
        chart.y_axis().set_reverse();
        chart.y_axis().set_crossing(ChartAxisCrossing::Max);
        page.sheet.insert_chart_with_offset(row, LEFT + HALF, &chart, 0, 0)?;
    }
    Ok(())
}

fn base(page: &Page<'_, '_>, kind: ChartType, lines: &Series) -> Chart {
    let sheet = page.texts.sheets.summary;
    let mut chart = Chart::new(kind);
    for (col, severity) in (SEVERITIES..).zip(Severity::WORST_FIRST) {
        chart
            .add_series()
            .set_name((sheet, lines.first - 1, col))
            .set_categories((sheet, lines.first, LEFT, lines.last, LEFT))
            .set_values((sheet, lines.first, col, lines.last, col))
            .set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(severity_color(severity))))
            .set_gap(60);
    }
    chart::style(&mut chart, kind, page.texts);
    chart.set_width(page.pixels(HALF) - 8).set_height(PIXELS);
    chart
}
