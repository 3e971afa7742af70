//! The sheet Accepted: issues that decisions of the project take out of the report, where the decisions can be changed.

use findings_core::rendering;
use findings_core::report::{AcceptedIssue, Report};
use findings_core::wording::ReturnColumn;

use super::resource;
use crate::cell::{Cell, Context, Kind};
use crate::column::{Column, Name, Value, Width};
use crate::columns::entry;
use crate::dates;
use crate::error::RenderError;
use crate::formats::palette;
use crate::package::file::WorkbookFile;
use crate::package::table_rows::add_sheets;
use crate::table::{Paper, Table};

/// Writes the sheet, unless there is nothing to show.
pub(crate) fn write<'r>(file: &mut WorkbookFile<'r>, context: Context<'r>) -> Result<(), RenderError> {
    if context.report.accepted.is_empty() {
        return Ok(());
    }
    let table = Table {
        name: context.texts.sheets.accepted,
        columns: columns(context.report),
        frozen: 3,
        folded: 0..0,
        lines: (2, 8),
        paper: Paper::OneLargePage,
        tab: palette::MUTED,
        // there is at least one row
        empty: "",
        // each row has a decision
        fades_decided: false,
        view: None,
    };
    add_sheets(table, file, context, &context.report.accepted[..])?;
    Ok(())
}

type Col = Column<AcceptedIssue>;

#[rustfmt::skip]
pub(crate) const COLUMNS: [Col; 15] = [
    Col { name: Name::new("severity", |t| t.columns.severity),
        width: Width::Fit(17, 23), kind: Kind::Severity,
        value: Value::Own(|r, c| Cell::text(c.texts.severity(r.issue.severity))) },
    Col { name: Name::new("control", |t| t.columns.control),
        width: Width::Fit(16, 26), kind: Kind::Text,
        value: Value::Own(|r, _| Cell::optional(r.issue.control_id.as_ref())) },
    Col { name: Name::new("title", |t| t.columns.title),
        width: Width::Fixed(46), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::text(rendering::issue_title(&r.issue.title, r.issue.control_id.as_deref(), c.report.locale))) },
    Col { name: Name::new("account", |t| t.wording.return_column(ReturnColumn::Account)),
        width: Width::Fixed(16), kind: Kind::Id,
        value: Value::Own(|r, _| Cell::owned(r.issue.account.to_string())) },
    Col { name: Name::new("account_name", |t| t.columns.account_name),
        width: Width::Fit(16, 30), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::optional(rendering::account_name(c.report, r.issue.account))) },
    Col { name: Name::new("region", |t| t.columns.region),
        width: Width::Fit(13, 20), kind: Kind::Text,
        value: Value::Own(|r, _| Cell::optional(r.issue.region.as_ref())) },
    Col { name: Name::new("resource", |t| t.columns.resource),
        width: Width::Fixed(44), kind: Kind::Wrapped,
        value: Value::Own(|r, c| resource(r.issue.resource.as_deref(), c)) },
    Col { name: Name::new("ends_on", |t| t.columns.ends_on),
        width: Width::Fixed(13), kind: Kind::Date,
        value: Value::Own(|r, c| r.decision.accepted_until().map_or(Cell::text(c.texts.no_end), Cell::Day)) },
    Col { name: Name::new("days_left", |t| t.columns.days_left),
        width: Width::Fixed(11), kind: Kind::Count,
        value: Value::Own(days_left) },
    Col { name: Name::new("decided_by", |t| t.columns.decided_by),
        width: Width::Fit(16, 30), kind: Kind::Wrapped,
        value: Value::Own(|r, _| Cell::optional(r.decision.by.as_ref())) },
    Col { name: Name::new("decided_on", |t| t.columns.decided_on),
        width: Width::Fixed(13), kind: Kind::Date,
        value: Value::Own(|r, _| Cell::Moment(r.decision.at)) },
    Col { name: Name::new("decision", |t| t.wording.return_column(ReturnColumn::Decision)),
        width: Width::Fixed(16), kind: Kind::EntryChoice,
        value: Value::Own(|r, c| entry::decision(&r.decision, c)) },
    Col { name: Name::new("owner", |t| t.wording.return_column(ReturnColumn::Owner)),
        width: Width::Fixed(22), kind: Kind::EntryText,
        value: Value::Own(|r, _| entry::owner(&r.decision)) },
    Col { name: Name::new("due", |t| t.wording.return_column(ReturnColumn::Due)),
        width: Width::Fixed(13), kind: Kind::EntryDate,
        value: Value::Own(|r, _| entry::due(&r.decision)) },
    Col { name: Name::new("comment", |t| t.wording.return_column(ReturnColumn::Comment)),
        width: Width::Fixed(40), kind: Kind::EntryText,
        value: Value::Own(|r, _| entry::comment(&r.decision)) },
];

#[rustfmt::skip]
const KEY: Col =
    Col { name: Name::new("key", |t| t.wording.return_column(ReturnColumn::Key)),
        width: Width::Fixed(7), kind: Kind::Key,
        value: Value::Own(|r, _| Cell::owned(r.row_key().to_string())) };

fn columns(report: &Report) -> Vec<Col> {
    COLUMNS.into_iter().chain(report.returning.is_some().then_some(KEY)).collect()
}

fn days_left<'a>(row: &AcceptedIssue, context: &Context<'a>) -> Cell<'a> {
    let end = row.decision.accepted_until();
    end.map_or(Cell::Empty, |end| Cell::count(dates::days_from(context.report.today(), end)))
}
