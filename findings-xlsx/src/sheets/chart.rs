//! The look of charts.

use rust_xlsxwriter::{Chart, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartType};

use crate::formats::palette;
use crate::lang::Texts;

/// Gives a chart the workbook's typeface and colours.
pub(crate) fn style(chart: &mut Chart, kind: ChartType, texts: &Texts) {
    let mut font = ChartFont::new();
    font.set_name(texts.font.name).set_size(9).set_color(palette::MUTED);
    let grid = ChartLine::new().set_color(palette::LINE).clone();
    chart.title().set_hidden();
    chart.x_axis().set_font(&font);
    chart.y_axis().set_font(&font);
    // rust_xlsxwriter calls the horizontal axis x, even in a bar chart, where it has the numbers
    let numbers = if kind == ChartType::BarStacked { chart.x_axis() } else { chart.y_axis() };
    numbers.set_num_format("#,##0").set_major_gridlines(true).set_major_gridlines_line(&grid);
    chart.legend().set_position(ChartLegendPosition::Bottom).set_font(&font);
    chart.chart_area().set_format(ChartFormat::new().set_no_border());
}
