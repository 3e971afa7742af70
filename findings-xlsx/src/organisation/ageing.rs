//! The sheet Ageing: how long issues have been open, and how long fixes and decisions took.

use findings_core::organisation::{DurationStats, ProjectSummary, SeverityNow, SeverityPeriod};
use rust_xlsxwriter::Workbook;

use super::projects::ordered;
use super::values::share;
use super::view::View;
use crate::cell::Kind;
use crate::error::RenderError;
use crate::formats::palette;
use crate::grid::{Grid, GridColumn, Value};
use crate::table::Paper;

pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let report = view.report;
    let severities = report.severities.iter().zip(&report.period.current.severities);
    let mut rows: Vec<_> = severities.map(|(now, period)| of_severity(now, period, view)).collect();
    rows.extend(ordered(view).into_iter().map(|project| of_project(project, view)));
    let grid = Grid {
        name: view.own.sheets.ageing,
        columns: columns(view),
        rows,
        frozen: 2,
        lines: 3,
        paper: Paper::OnePage,
        tab: palette::NAVY,
        empty: view.own.notes.no_projects,
        notes: vec![view.own.notes.small_groups.to_owned()],
    };
    grid.write(book, &view.setting())?;
    Ok(())
}

fn columns<'a>(view: &View<'_>) -> Vec<GridColumn<'a>> {
    let (columns, count) = (&view.own.columns, Kind::Count);
    let new = GridColumn::fixed;
    let mut all = vec![
        GridColumn::fit(columns.project, Kind::Wrapped, 22, 40),
        new(view.texts.columns.severity, Kind::Text, 15),
        new(columns.open, Kind::Bar, 11),
    ];
    all.extend(columns.ages.map(|age| new(age, count, 11)));
    all.extend([
        new(columns.overdue, Kind::Bar, 12),
        new(columns.undecided, count, 12),
        new(columns.fix_median, Kind::Decimal, 13),
        new(columns.fix_p90, Kind::Decimal, 13),
        new(columns.fix_count, count, 11),
        new(columns.within_target, Kind::Percent, 13),
        new(columns.within_target_of, count, 12),
        new(columns.decision_median, Kind::Decimal, 13),
        new(columns.decision_p90, Kind::Decimal, 13),
        new(columns.decision_count, count, 12),
    ]);
    all
}

fn of_severity<'a>(now: &SeverityNow, period: &SeverityPeriod, view: &View<'_>) -> Vec<Value<'a>> {
    let words = &view.own.words;
    let mut row = vec![Value::text(words.all_projects), Value::Severity(now.severity), Value::count(now.open)];
    row.extend(now.open_by_age.map(Value::count));
    row.extend([Value::count_or(now.overdue, words.no_target), Value::count(now.undecided)]);
    row.extend(durations(&period.time_to_fix, view));
    row.extend(share(period.within_target.as_ref(), view));
    row.extend(durations(&period.time_to_decision, view));
    row
}

fn of_project<'a>(project: &'a ProjectSummary, view: &View<'_>) -> Vec<Value<'a>> {
    let words = &view.own.words;
    let overdue = project.overdue.as_ref().map(findings_core::SeverityCounts::total);
    let mut row =
        vec![Value::text(&project.project), Value::text(words.all_severities), Value::count(project.open.total())];
    row.extend(project.open_by_age.map(Value::count));
    row.extend([Value::count_or(overdue, words.no_target), Value::count(project.undecided)]);
    row.extend(durations(&project.time_to_fix, view));
    row.extend(share(project.within_target.as_ref(), view));
    row
}

/// The median, the 90th percentile, and the number of values that they are of.
fn durations<'a>(stats: &DurationStats, view: &View<'_>) -> [Value<'a>; 3] {
    let days = |days: Option<f64>| Value::or_word(days, Value::number, view.own.words.too_few);
    [days(stats.median_days), days(stats.p90_days), Value::count(stats.count)]
}
