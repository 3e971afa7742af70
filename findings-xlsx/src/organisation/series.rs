//! The sheet Projects by week: the open issues of each project, with a line that shows their way.
//!
//! The line stands beside its numbers, in the same row, so that it keeps to its project when a reader sorts the rows.

use std::ops::Range;

use findings_core::organisation::{ProjectSummary, WeekState};
use rust_xlsxwriter::{ChartEmptyCells, Sparkline, Workbook};

use super::projects::ordered;
use super::view::View;
use crate::cell::Kind;
use crate::error::RenderError;
use crate::formats::palette;
use crate::grid::{Grid, GridColumn, Value};
use crate::lang::fill;
use crate::table::Paper;

/// Maximum number of weeks: a year and the week that is not over.
const SHOWN_WEEKS: usize = 53;
/// Columns of the line and of the first week.
const LINE: u16 = 1;
const FIRST: u16 = 2;

pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let known = view.known_weeks();
    let weeks = known.end.saturating_sub(SHOWN_WEEKS).max(known.start)..known.end;
    let grid = grid(&weeks, weeks.start - known.start, view);
    let projects = u32::try_from(grid.rows.len())?;
    let sheet = grid.write(book, &view.setting())?;
    // one week is no line
    if projects == 0 || weeks.len() < 2 {
        return Ok(());
    }
    let last_col = FIRST + u16::try_from(weeks.len())? - 1;
    let lines = Sparkline::new()
        .set_range((grid.name, 1, FIRST, projects, last_col))
        // a week that is not known is a gap: a line across it would claim to know the way
        .show_empty_cells_as(ChartEmptyCells::Gaps)
        .set_sparkline_color(palette::NAVY)
        .show_last_point(true)
        .set_last_point_color(palette::ALARM);
    match projects {
        1 => sheet.add_sparkline(1, LINE, &lines)?,
        last_row => sheet.add_sparkline_group(1, LINE, last_row, LINE, &lines)?,
    };
    Ok(())
}

/// The table of these weeks; `left_out` is the number of known weeks before them.
fn grid<'a>(weeks: &Range<usize>, left_out: usize, view: &View<'a>) -> Grid<'a> {
    let (notes, columns) = (&view.own.notes, &view.own.columns);
    let mut heads =
        vec![GridColumn::fit(columns.project, Kind::Wrapped, 22, 40), GridColumn::fixed(columns.line, Kind::Text, 26)];
    let day = |week: usize| view.report.weeks[week].first_day.strftime("%m-%d").to_string();
    heads.extend(weeks.clone().map(|week| GridColumn::new(day(week), Kind::Count, 8)));
    let mut below = vec![notes.series.to_owned()];
    if left_out > 0 {
        let (shown, left) = (view.number(weeks.len() as u64), view.number(left_out as u64));
        below.push(fill(notes.series_left_out, &[("n", &shown), ("left", &left)]));
    }
    Grid {
        name: view.own.sheets.series,
        columns: heads,
        rows: ordered(view).into_iter().map(|project| row(project, weeks.clone())).collect(),
        frozen: FIRST,
        lines: 2,
        paper: Paper::TwoPages,
        tab: palette::NAVY,
        empty: notes.no_projects,
        notes: below,
    }
}

fn row(project: &ProjectSummary, weeks: Range<usize>) -> Vec<Value<'_>> {
    let mut row = vec![Value::text(&project.project), Value::EMPTY];
    row.extend(weeks.map(|week| match project.series.state.get(week) {
        Some(WeekState::Complete) => open(project, week).map_or(Value::EMPTY, Value::count),
        Some(WeekState::Incomplete) => Value::Gap,
        _ => Value::EMPTY,
    }));
    row
}

/// The open issues of a project at the end of a week.
fn open(project: &ProjectSummary, week: usize) -> Option<u64> {
    let series = &project.series;
    let severities =
        [&series.open_critical, &series.open_high, &series.open_medium, &series.open_low, &series.open_informational];
    severities.iter().map(|column| column.get(week).copied().flatten()).sum()
}
