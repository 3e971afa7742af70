//! The sheet This week: what is new, worse, reopened or due, one line for each problem.

use std::ops::Range;

use findings_core::rendering::{self, ControlRow, Digest, WeekLine};
use findings_core::report::{ReportFinding, ReportFindings};
use findings_core::wording::ReturnColumn;

use crate::cell::{Cell, Context, Kind};
use crate::column::{Column, Name, Value, Width};
use crate::error::RenderError;
use crate::formats::palette;
use crate::package::file::WorkbookFile;
use crate::package::table_rows::{RowSource, add_sheets};
use crate::place;
use crate::table::{Paper, Table};

/// A row of the sheet.
#[derive(Debug)]
pub(crate) struct WeekRow<'r> {
    line: &'r WeekLine,
    /// The finding that leads.
    row: ReportFinding,
    group: &'r ControlRow,
}

/// The rows of the sheet.
#[derive(Clone, Copy, Debug)]
struct WeekRows<'r> {
    findings: &'r ReportFindings,
    digest: &'r Digest<'r>,
    lines: &'r [WeekLine],
}

impl<'r> RowSource<WeekRow<'r>> for WeekRows<'r> {
    fn count(&self) -> usize {
        self.lines.len()
    }

    fn each(
        &self,
        range: Range<usize>,
        mut take: impl FnMut(&WeekRow<'r>) -> Result<(), RenderError>,
    ) -> Result<(), RenderError> {
        self.lines[range].iter().try_for_each(|line| {
            let (row, group) = (self.findings.get(line.issue.index)?, &self.digest.controls[line.issue.group]);
            take(&WeekRow { line, row, group })
        })
    }
}

/// Writes the sheet, unless there is no finding at all.
pub(crate) fn write<'r>(
    file: &mut WorkbookFile<'r>,
    context: Context<'r>,
    digest: &'r Digest<'r>,
    lines: &'r [WeekLine],
) -> Result<(), RenderError> {
    if context.report.findings.is_empty() {
        return Ok(());
    }
    let complete = context.report.is_complete();
    let table = Table {
        name: context.texts.sheets.week,
        columns: columns().into(),
        frozen: 2,
        folded: 0..0,
        lines: (2, 8),
        paper: Paper::OnePage,
        tab: if complete { palette::NAVY } else { palette::ALARM },
        empty: rendering::nothing_this_week(context.report),
        fades_decided: false,
        view: None,
    };
    add_sheets(table, file, context, WeekRows { findings: &context.report.findings, digest, lines })?;
    Ok(())
}

type Col<'r> = Column<WeekRow<'r>>;

#[rustfmt::skip]
fn columns<'r>() -> [Col<'r>; 10] {
    [
        Col { name: Name::new("severity", |t| t.columns.severity),
            width: Width::Fit(15, 23), kind: Kind::Severity,
            value: Value::Own(|r, c| Cell::text(c.texts.severity(r.row.finding.severity))) },
        Col { name: Name::new("why", |t| t.columns.why),
            width: Width::Fixed(20), kind: Kind::Wrapped,
            value: Value::Own(|r, c| Cell::owned(r.line.why(c.report.locale))) },
        Col { name: Name::new("fix_by", |t| t.columns.fix_by),
            width: Width::Fixed(13), kind: Kind::Date,
            value: Value::Own(|r, _| r.row.due.map_or(Cell::Empty, |due| Cell::Day(due.date))) },
        Col { name: Name::new("control", |t| t.columns.control),
            width: Width::Fit(14, 24), kind: Kind::Text,
            value: Value::Own(control) },
        Col { name: Name::new("title", |t| t.columns.title),
            width: Width::Fixed(44), kind: Kind::Wrapped,
            value: Value::Own(|r, c| Cell::Text(r.group.title(c.report.locale))) },
        Col { name: Name::new("resource", |t| t.columns.resource),
            width: Width::Fixed(36), kind: Kind::Wrapped,
            value: Value::Own(resource) },
        Col { name: Name::new("region", |t| t.columns.region),
            width: Width::Fit(13, 24), kind: Kind::Wrapped,
            value: Value::Own(|r, _| Cell::owned(r.line.issue.regions_text())) },
        Col { name: Name::new("account", |t| t.wording.return_column(ReturnColumn::Account)),
            width: Width::Fixed(15), kind: Kind::Id,
            value: Value::Own(|r, _| Cell::owned(r.row.finding.account.to_string())) },
        Col { name: Name::new("account_name", |t| t.columns.account_name),
            width: Width::Fit(14, 22), kind: Kind::Wrapped,
            value: Value::Own(|r, c| Cell::optional(rendering::account_name(c.report, r.row.finding.account))) },
        Col { name: Name::new("what_to_do", |t| t.columns.what_to_do),
            width: Width::Fixed(32), kind: Kind::Link,
            value: Value::Own(what_to_do) },
    ]
}

/// Returns the control, which leads to the row of the finding. It is short: LibreOffice does not wrap a text with a link.
fn control<'a>(row: &'a WeekRow<'_>, context: &Context<'a>) -> Cell<'a> {
    let label = row.group.label();
    if label.is_empty() {
        return Cell::Empty;
    }
    Cell::Jump { text: label.into(), place: place::of_finding(row.line.issue.index, context) }
}

/// Returns what to do, as the organisation says or else as the finding does.
fn what_to_do<'a>(row: &'a WeekRow<'_>, context: &Context<'a>) -> Cell<'a> {
    let (finding, locale) = (&row.row.finding, context.report.locale);
    let found = rendering::advice(finding, locale);
    let told = rendering::what_to_do(finding.control_id.as_deref(), found, context.guidance, locale);
    told.map_or(Cell::Empty, Cell::advice)
}

fn resource<'a>(row: &'a WeekRow<'_>, context: &Context<'a>) -> Cell<'a> {
    let first = crate::columns::resource(&row.row, context);
    let Some(more) = context.texts.wording.further_places(row.line.further + 1) else { return first };
    match first {
        Cell::Text(text) => Cell::owned(format!("{text}\n{more}")),
        _ => Cell::owned(more),
    }
}
