//! The sheets Weeks and Weeks by severity: what was open at the end of each week, and what happened in it.

use findings_core::organisation::{Flow, OrganisationWeek, WeekNumbers, WeekState};
use findings_core::{Severity, SeverityCounts};
use rust_xlsxwriter::Workbook;

use super::values::severity_columns;
use super::view::View;
use crate::cell::Kind;
use crate::error::RenderError;
use crate::formats::palette;
use crate::grid::{Grid, GridColumn, Value};
use crate::table::Paper;

/// Columns of the sheet Weeks that charts draw, from 0.
pub(super) const WEEK: u16 = 0;
pub(super) const SEVERITIES: u16 = 2;
pub(super) const CAME: u16 = 12;
pub(super) const FIXED: u16 = 13;

/// Number of names of projects in a cell.
const NAMES: usize = 20;

/// Writes the sheet Weeks, one row for each week.
pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let rows = view.report.weeks.iter().map(|week| row(week, view)).collect();
    grid(view.own.sheets.weeks, columns(view), rows, Paper::TwoPages, view).write(book, &view.setting())?;
    Ok(())
}

/// Writes the sheet Weeks by severity, five rows for each week.
pub(super) fn write_severities(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let of_week = |week| Severity::WORST_FIRST.map(|severity| severity_row(week, severity, view));
    let rows = view.report.weeks.iter().flat_map(of_week).collect();
    grid(view.own.sheets.severities, severities_columns(view), rows, Paper::OnePage, view)
        .write(book, &view.setting())?;
    Ok(())
}

fn grid<'a>(
    name: &'static str,
    columns: Vec<GridColumn<'a>>,
    rows: Vec<Vec<Value<'a>>>,
    paper: Paper,
    view: &View<'_>,
) -> Grid<'a> {
    let notes = &view.own.notes;
    Grid {
        name,
        columns,
        rows,
        frozen: 2,
        lines: 4,
        paper,
        tab: palette::NAVY,
        empty: notes.no_weeks,
        notes: vec![notes.weeks.to_owned(), notes.doubtful.to_owned()],
    }
}

fn columns<'a>(view: &View<'_>) -> Vec<GridColumn<'a>> {
    let (columns, count) = (&view.own.columns, Kind::Count);
    let new = GridColumn::fixed;
    let mut all = vec![new(columns.week, Kind::Date, 13), GridColumn::fit(columns.state, Kind::Text, 12, 20)];
    all.extend(severity_columns(view));
    all.extend([columns.open, columns.not_confirmed, columns.baseline].map(|heading| new(heading, count, 12)));
    all.extend([columns.new, columns.reopened, columns.came, columns.fixed].map(|heading| new(heading, count, 12)));
    all.extend(
        [columns.suppressed, columns.archived, columns.left, columns.merged].map(|heading| new(heading, count, 13)),
    );
    all.extend([
        new(columns.projects, count, 12),
        new(columns.incomplete_projects, Kind::Wrapped, 30),
        new(columns.without_run, Kind::Wrapped, 30),
    ]);
    all
}

fn row<'a>(week: &OrganisationWeek, view: &View<'_>) -> Vec<Value<'a>> {
    let is_whole = week.state == WeekState::Complete;
    let mut row = vec![Value::day(week.first_day), state(week, view)];
    match &week.numbers {
        Some(numbers) => row.extend(numbers_of(numbers).map(|n| Value::counted(n, is_whole))),
        None => row.extend(std::iter::repeat_with(|| Value::EMPTY).take(16)),
    }
    row.extend([
        Value::count(week.projects),
        Value::owned(view.project_names(&week.incomplete, NAMES)),
        Value::owned(view.project_names(&week.without_run, NAMES)),
    ]);
    row
}

fn state<'a>(week: &OrganisationWeek, view: &View<'_>) -> Value<'a> {
    Value::text(view.state(week.state))
}

fn numbers_of(numbers: &WeekNumbers) -> [u64; 16] {
    let WeekNumbers { open, not_confirmed, flow, .. } = numbers;
    let [critical, high, medium, low, informational] = Severity::WORST_FIRST.map(|severity| open.get(severity));
    let came = flow.new.total() + flow.reopened.total();
    let [baseline, new, reopened, fixed, suppressed, archived, left, merged] = flows(flow).map(SeverityCounts::total);
    let (open, unseen) = (open.total(), not_confirmed.total());
    [
        critical,
        high,
        medium,
        low,
        informational,
        open,
        unseen,
        baseline,
        new,
        reopened,
        came,
        fixed,
        suppressed,
        archived,
        left,
        merged,
    ]
}

fn severities_columns<'a>(view: &View<'_>) -> Vec<GridColumn<'a>> {
    let columns = &view.own.columns;
    let new = GridColumn::fixed;
    let mut all = vec![
        new(columns.week, Kind::Date, 13),
        GridColumn::fit(columns.state, Kind::Text, 12, 20),
        new(view.texts.columns.severity, Kind::Text, 15),
    ];
    let counts = [
        columns.open,
        columns.not_confirmed,
        columns.baseline,
        columns.new,
        columns.reopened,
        columns.fixed,
        columns.suppressed,
        columns.archived,
        columns.left,
        columns.merged,
    ];
    all.extend(counts.map(|heading| new(heading, Kind::Count, 13)));
    all
}

fn severity_row<'a>(week: &OrganisationWeek, severity: Severity, view: &View<'_>) -> Vec<Value<'a>> {
    let mut row = vec![Value::day(week.first_day), state(week, view), Value::Severity(severity)];
    if let Some(WeekNumbers { open, not_confirmed, flow, .. }) = &week.numbers {
        let is_whole = week.state == WeekState::Complete;
        let counts = [open, not_confirmed].into_iter().chain(flows(flow));
        row.extend(counts.map(|counts| Value::counted(counts.get(severity), is_whole)));
    }
    row
}

fn flows(flow: &Flow) -> [&SeverityCounts; 8] {
    let Flow { baseline, new, reopened, fixed, suppressed, archived, left, merged, .. } = flow;
    [baseline, new, reopened, fixed, suppressed, archived, left, merged]
}
