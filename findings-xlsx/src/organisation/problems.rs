//! The sheet Problems: what hurts most, by control.

use findings_core::organisation::ProblemSummary;
use findings_core::rendering;
use rust_xlsxwriter::Workbook;

use super::values::severity_columns;
use super::view::View;
use crate::cell::{Cell, Kind};
use crate::error::RenderError;
use crate::formats::palette;
use crate::grid::{Grid, GridColumn, Value, by_severity};
use crate::table::Paper;

pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let grid = Grid {
        name: view.own.sheets.problems,
        columns: columns(view),
        rows: view.report.problems.iter().map(|problem| row(problem, view)).collect(),
        frozen: 2,
        lines: 4,
        paper: Paper::OnePage,
        tab: palette::NAVY,
        empty: view.own.notes.no_problems,
        notes: Vec::new(),
    };
    grid.write(book, &view.setting())?;
    Ok(())
}

/// The control and the title of a problem, which does not repeat the control.
pub(super) fn name<'a>(problem: &'a ProblemSummary, view: &View<'_>) -> (&'a str, &'a str) {
    let control = problem.control.as_deref();
    let title = rendering::issue_title(&problem.title, control, view.document.locale);
    (control.unwrap_or(view.own.words.no_control), title)
}

fn columns<'a>(view: &View<'_>) -> Vec<GridColumn<'a>> {
    let (columns, shared, count) = (&view.own.columns, &view.texts.columns, Kind::Count);
    let new = GridColumn::fixed;
    let mut all = vec![
        GridColumn::fit(shared.control, Kind::Text, 14, 26),
        new(shared.title, Kind::Wrapped, 46),
        new(columns.points, Kind::Bar, 11),
    ];
    all.extend(severity_columns(view));
    all.extend([
        new(columns.open, count, 10),
        new(columns.overdue, count, 12),
        new(columns.projects, count, 12),
        new(shared.accounts_touched, count, 12),
        new(columns.weeks_open, count, 11),
        new(columns.oldest_opened, Kind::Date, 14),
        new(shared.first_seen, Kind::Date, 13),
        new(columns.first_reported, Kind::Date, 14),
        new(columns.first_time, Kind::Text, 14),
        new(columns.has_guidance, Kind::Text, 13),
    ]);
    all
}

fn row<'a>(problem: &'a ProblemSummary, view: &View<'_>) -> Vec<Value<'a>> {
    let words = &view.own.words;
    let yes_or_no = |known: Option<bool>| {
        Value::or_word(known, |is| Value::text(if is { words.yes } else { words.no }), words.not_known)
    };
    let moment = |at| Value::Plain(Cell::Moment(at));
    let (control, title) = name(problem, view);
    let control = if problem.control.is_some() { Value::text(control) } else { Value::Word(words.no_control) };
    let mut row = vec![control, Value::text(title), Value::count(problem.points)];
    row.extend(by_severity(&problem.open));
    row.extend([
        Value::count(problem.open.total()),
        Value::count_or(problem.overdue, words.no_target),
        Value::count(problem.projects.len() as u64),
        Value::count(problem.accounts),
        Value::count(problem.weeks_open),
        moment(problem.oldest_opened_at),
        moment(problem.first_seen),
        moment(problem.first_reported),
        yes_or_no(problem.is_first_time),
        yes_or_no(problem.has_guidance),
    ]);
    row
}
