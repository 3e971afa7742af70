//! The two charts of the summary, drawn from the sheet Weeks.

use findings_core::Severity;
use findings_core::organisation::WeekState;
use rust_xlsxwriter::{
    Chart, ChartEmptyCells, ChartFormat, ChartPatternFill, ChartPatternFillType, ChartPoint, ChartSolidFill, ChartType,
    Color,
};

use super::view::OrganisationPage;
use super::weeks::{CAME, FIXED, SEVERITIES, WEEK};
use crate::error::RenderError;
use crate::formats::{palette, severity_color};
use crate::sheets::chart;
use crate::sheets::page::{LEFT, Span};

/// Maximum number of weeks in a chart.
const SHOWN_WEEKS: usize = 53;
/// Number of columns of the grid that a chart takes.
const HALF: u16 = 6;
const LINES: u32 = 13;
const LINE_POINTS: f64 = 18.0;

/// The weeks that charts show.
struct Weeks {
    /// Rows of the sheet Weeks.
    first: u32,
    last: u32,
    /// Whether each of them is incomplete.
    incomplete: Vec<bool>,
    has_gaps: bool,
}

/// Writes the charts; nothing without a run.
pub(super) fn write(page: &mut OrganisationPage<'_, '_>) -> Result<(), RenderError> {
    let Some(weeks) = weeks(page)? else { return Ok(()) };
    let (own, texts) = (page.context.own, page.texts);
    page.gap(8.0)?;
    let heading = page.formats.prose().set_bold().set_font_color(palette::NAVY);
    let left = if weeks.has_gaps { own.summary.open_chart_gaps } else { own.summary.open_chart };
    page.text(Span(0, HALF), left, &heading.clone().set_shrink().unset_text_wrap())?;
    page.text(Span(HALF, HALF), own.summary.flow_chart, &heading)?;
    page.end_line(20.0)?;
    let row = page.row;
    for _ in 0..LINES {
        page.end_line(LINE_POINTS)?;
    }
    let name = own.sheets.weeks;
    let mut open = Chart::new(ChartType::ColumnStacked);
    for (col, severity) in (SEVERITIES..).zip(Severity::WORST_FIRST) {
        add(&mut open, name, &weeks, col, severity_color(severity));
    }
    let mut flow = Chart::new(ChartType::Column);
    add(&mut flow, name, &weeks, CAME, palette::ENTRY);
    add(&mut flow, name, &weeks, FIXED, palette::CALM);
    for (at, mut chart, alt) in [(0, open, left), (HALF, flow, own.summary.flow_chart)] {
        chart::style(&mut chart, ChartType::Column, texts);
        chart.show_empty_cells_as(ChartEmptyCells::Gaps).set_alt_text(alt);
        chart.x_axis().set_text_axis(true).set_num_format(texts.date_format);
        // lines and pixels are the same height
        chart.set_width(page.pixels(HALF) - 8).set_height(LINES * 24 - 4);
        page.sheet.insert_chart_with_offset(row, LEFT + at, &chart, 0, 0)?;
    }
    Ok(())
}

fn weeks(page: &OrganisationPage<'_, '_>) -> Result<Option<Weeks>, RenderError> {
    let view = page.context;
    let known = view.known_weeks();
    let first = known.end.saturating_sub(SHOWN_WEEKS).max(known.start);
    let shown = &view.report.weeks[first..known.end];
    if !shown.iter().any(|week| week.numbers.is_some()) {
        return Ok(None);
    }
    Ok(Some(Weeks {
        // the header is row 0
        first: u32::try_from(first)? + 1,
        last: u32::try_from(known.end)?,
        incomplete: shown.iter().map(|week| week.state == WeekState::Incomplete).collect(),
        has_gaps: shown.iter().any(|week| !matches!(week.state, WeekState::Complete | WeekState::Pending)),
    }))
}

/// Adds a column of the sheet Weeks. What is incomplete is hatched, so that a low bar is not taken for an improvement.
fn add(chart: &mut Chart, sheet: &str, weeks: &Weeks, col: u16, color: Color) {
    let hatched = ChartPatternFill::new()
        .set_pattern(ChartPatternFillType::DiagonalStripesWideUpwards)
        .set_foreground_color(color)
        .set_background_color(palette::WHITE)
        .clone();
    let point = |incomplete: &bool| match incomplete {
        true => ChartPoint::new().set_format(ChartFormat::new().set_pattern_fill(&hatched)),
        false => ChartPoint::default(),
    };
    let points: Vec<ChartPoint> = weeks.incomplete.iter().map(point).collect();
    chart
        .add_series()
        .set_name((sheet, 0, col))
        .set_categories((sheet, weeks.first, WEEK, weeks.last, WEEK))
        .set_values((sheet, weeks.first, col, weeks.last, col))
        .set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(color)))
        .set_points(&points)
        .set_gap(50);
}
