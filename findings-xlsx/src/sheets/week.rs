//! The sheet This week: what is new, worse, reopened or due, one line for each problem.

use findings_core::rendering::{self, Digest, WeekLine};
use findings_core::wording::ReturnColumn;

use crate::cell::{Cell, Context, Kind};
use crate::column::{Column, Name, Value, Width};
use crate::error::RenderError;
use crate::formats::palette;
use crate::package::file::WorkbookFile;
use crate::package::table_rows::add_sheets;
use crate::place;
use crate::table::{Paper, Table};

/// A row of the sheet.
#[derive(Debug)]
pub(crate) struct WeekRow<'r> {
    line: WeekLine<'r>,
    /// The label of the group.
    label: &'r str,
    title: String,
}

/// Returns the rows of the sheet.
pub(crate) fn rows<'r>(context: &Context<'r>, digest: &Digest<'r>) -> Vec<WeekRow<'r>> {
    let row = |line: WeekLine<'r>| {
        let group = &digest.controls[line.issue.group];
        WeekRow { label: group.label(), title: group.title(context.report.locale).into_owned(), line }
    };
    rendering::this_week(context.report, digest).into_iter().map(row).collect()
}

/// Writes the sheet, unless there is no finding at all.
pub(crate) fn write<'r>(
    file: &mut WorkbookFile<'r>,
    context: Context<'r>,
    rows: &'r [WeekRow<'r>],
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
    add_sheets(table, file, context, rows)?;
    Ok(())
}

type Col<'r> = Column<WeekRow<'r>>;

#[rustfmt::skip]
fn columns<'r>() -> [Col<'r>; 10] {
    [
        Col { name: Name::new("severity", |t| t.columns.severity),
            width: Width::Fit(15, 23), kind: Kind::Severity,
            value: Value::Own(|r, c| Cell::text(c.texts.severity(r.line.issue.row.finding.severity))) },
        Col { name: Name::new("why", |t| t.columns.why),
            width: Width::Fixed(20), kind: Kind::Wrapped,
            value: Value::Own(|r, c| Cell::owned(r.line.why(c.report.locale))) },
        Col { name: Name::new("fix_by", |t| t.columns.fix_by),
            width: Width::Fixed(13), kind: Kind::Date,
            value: Value::Own(|r, _| r.line.issue.row.due.map_or(Cell::Empty, |due| Cell::Day(due.date))) },
        Col { name: Name::new("control", |t| t.columns.control),
            width: Width::Fit(14, 24), kind: Kind::Text,
            value: Value::Own(control) },
        Col { name: Name::new("title", |t| t.columns.title),
            width: Width::Fixed(44), kind: Kind::Wrapped,
            value: Value::Own(|r, _| Cell::text(&r.title)) },
        Col { name: Name::new("resource", |t| t.columns.resource),
            width: Width::Fixed(36), kind: Kind::Wrapped,
            value: Value::Own(resource) },
        Col { name: Name::new("region", |t| t.columns.region),
            width: Width::Fit(13, 24), kind: Kind::Wrapped,
            value: Value::Own(|r, _| Cell::owned(r.line.issue.regions_text())) },
        Col { name: Name::new("account", |t| t.wording.return_column(ReturnColumn::Account)),
            width: Width::Fixed(15), kind: Kind::Id,
            value: Value::Own(|r, _| Cell::owned(r.line.issue.row.finding.account.to_string())) },
        Col { name: Name::new("account_name", |t| t.columns.account_name),
            width: Width::Fit(14, 22), kind: Kind::Wrapped,
            value: Value::Own(|r, c| Cell::optional(rendering::account_name(c.report, r.line.issue.row.finding.account))) },
        Col { name: Name::new("what_to_do", |t| t.columns.what_to_do),
            width: Width::Fixed(32), kind: Kind::Link,
            value: Value::Own(what_to_do) },
    ]
}

/// Returns the control, which leads to the row of the finding. It is short: LibreOffice does not wrap a text with a link.
fn control<'a>(row: &'a WeekRow<'_>, context: &Context<'a>) -> Cell<'a> {
    if row.label.is_empty() {
        return Cell::Empty;
    }
    Cell::Jump { text: row.label.into(), place: place::of_finding(row.line.issue.index, context) }
}

/// Returns what to do, as the organisation says or else as the finding does.
fn what_to_do<'a>(row: &'a WeekRow<'_>, context: &Context<'a>) -> Cell<'a> {
    let (finding, locale) = (&row.line.issue.row.finding, context.report.locale);
    let found = rendering::advice(finding, locale);
    let told = rendering::what_to_do(finding.control_id.as_deref(), found, context.guidance, locale);
    told.map_or(Cell::Empty, Cell::advice)
}

fn resource<'a>(row: &'a WeekRow<'_>, context: &Context<'a>) -> Cell<'a> {
    let first = crate::columns::resource(row.line.issue.row, context);
    let Some(more) = context.texts.wording.further_places(row.line.further + 1) else { return first };
    match first {
        Cell::Text(text) => Cell::owned(format!("{text}\n{more}")),
        _ => Cell::owned(more),
    }
}
