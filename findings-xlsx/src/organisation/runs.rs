//! The sheet Runs: what each run delivered, and what was incomplete and why.

use findings_core::organisation::{RunOverview, RunRemark};
use rust_xlsxwriter::Workbook;

use super::values::severity_columns;
use super::view::{View, short_name};
use crate::cell::{Cell, Kind};
use crate::error::RenderError;
use crate::formats::palette;
use crate::grid::{Grid, GridColumn, Value, by_severity};
use crate::lang::fill;
use crate::table::Paper;

/// Maximum number of names in a cell.
const NAMES: usize = 20;
/// Maximum number of remarks in a cell.
const REMARKS: usize = 20;

pub(super) fn write(book: &mut Workbook, view: &View<'_>) -> Result<(), RenderError> {
    let grid = Grid {
        name: view.own.sheets.runs,
        columns: columns(view),
        rows: view.report.runs.iter().rev().map(|run| row(run, view)).collect(),
        frozen: 2,
        lines: 8,
        paper: Paper::TwoPages,
        tab: palette::NAVY,
        empty: view.own.notes.no_runs,
        notes: vec![view.own.notes.remarks.to_owned()],
    };
    grid.write(book, &view.setting())?;
    Ok(())
}

fn columns<'a>(view: &View<'_>) -> Vec<GridColumn<'a>> {
    let (columns, count) = (&view.own.columns, Kind::Count);
    let new = GridColumn::fixed;
    let mut all = vec![
        GridColumn::fit(columns.run, Kind::Text, 22, 30),
        new(columns.at, Kind::DateTime, 18),
        new(columns.projects, count, 12),
        new(columns.told, count, 13),
        new(columns.incomplete_projects, Kind::Wrapped, 28),
        new(columns.incomplete_accounts, count, 13),
    ];
    all.extend(severity_columns(view));
    all.extend(
        [view.texts.columns.open_findings, columns.new, columns.reopened].map(|heading| new(heading, count, 12)),
    );
    all.extend([columns.fixed, columns.stale].map(|heading| new(heading, count, 12)));
    all.push(new(columns.remarks, Kind::Wrapped, 60));
    all
}

fn row<'a>(run: &'a RunOverview, view: &View<'_>) -> Vec<Value<'a>> {
    let words = &view.own.words;
    let mut row = vec![
        Value::text(run.run_id.as_str()),
        Value::Plain(Cell::Moment(run.at)),
        Value::count(run.projects),
        Value::count(run.told),
        Value::owned(view.project_names(&run.incomplete, NAMES)),
        Value::count(run.incomplete_accounts),
    ];
    row.extend(by_severity(&run.findings));
    let changes = &run.changes;
    row.extend(
        [run.findings.total(), changes.new, changes.reopened, changes.resolved, changes.stale].map(Value::count),
    );
    row.push(match run.remarks.as_deref() {
        None => Value::text(words.not_known),
        Some([]) => Value::text(words.none),
        Some(remarks) => Value::owned(listed(remarks, view)),
    });
    row
}

/// The remarks, one in a line.
fn listed(remarks: &[RunRemark], view: &View<'_>) -> String {
    let line = |remark: &RunRemark| match &remark.project {
        Some(project) => view.texts.wording.at(&short_name(project), &remark.message),
        None => remark.message.clone(),
    };
    let mut lines: Vec<String> = remarks.iter().take(REMARKS).map(line).collect();
    let hidden = remarks.len().saturating_sub(REMARKS);
    if hidden > 0 {
        lines.push(fill(view.own.words.and_more, &[("n", &view.number(hidden as u64))]));
    }
    lines.join("\n")
}
