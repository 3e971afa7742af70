//! The sheet Accepted: issues that decisions of the project take out of the report, where the decisions can be changed.

use findings_core::rendering;
use findings_core::report::{AcceptedIssue, Report};

use crate::cell::{Cell, Column, Context, Kind, Width};
use crate::column_id::ColumnId;
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
        lines: (2, 8),
        paper: Paper::OneLargePage,
        tab: palette::MUTED,
        // there is at least one row
        empty: "",
        // each row has a decision
        fades_decided: false,
    };
    add_sheets(table, file, context, &context.report.accepted)?;
    Ok(())
}

type Col = Column<AcceptedIssue>;

#[rustfmt::skip]
pub(crate) const COLUMNS: [Col; 15] = [
    Col { id: ColumnId::Severity, width: Width::Fit(17, 23), kind: Kind::Severity,
        value: |r, c| Cell::text(c.texts.severity(r.issue.severity)) },
    Col { id: ColumnId::Control, width: Width::Fit(16, 26), kind: Kind::Text,
        value: |r, _| Cell::optional(r.issue.control_id.as_ref()) },
    Col { id: ColumnId::Title, width: Width::Fixed(46), kind: Kind::Wrapped,
        value: |r, _| Cell::text(title(r)) },
    Col { id: ColumnId::Account, width: Width::Fixed(16), kind: Kind::Id,
        value: |r, _| Cell::owned(r.issue.account.to_string()) },
    Col { id: ColumnId::AccountName, width: Width::Fit(16, 30), kind: Kind::Wrapped,
        value: |r, c| Cell::optional(rendering::account_name(c.report, r.issue.account)) },
    Col { id: ColumnId::Region, width: Width::Fit(13, 20), kind: Kind::Text,
        value: |r, _| Cell::optional(r.issue.region.as_ref()) },
    Col { id: ColumnId::Resource, width: Width::Fixed(44), kind: Kind::Wrapped,
        value: |r, _| Cell::optional(r.issue.resource.as_ref()) },
    Col { id: ColumnId::EndsOn, width: Width::Fixed(13), kind: Kind::Date,
        value: |r, c| r.decision.accepted_until().map_or(Cell::text(c.texts.no_end), Cell::Day) },
    Col { id: ColumnId::DaysLeft, width: Width::Fixed(11), kind: Kind::Count,
        value: days_left },
    Col { id: ColumnId::DecidedBy, width: Width::Fit(16, 30), kind: Kind::Wrapped,
        value: |r, _| Cell::optional(r.decision.by.as_ref()) },
    Col { id: ColumnId::DecidedOn, width: Width::Fixed(13), kind: Kind::Date,
        value: |r, _| Cell::Moment(r.decision.at) },
    Col { id: ColumnId::Decision, width: Width::Fixed(16), kind: Kind::EntryChoice,
        value: |r, c| entry::decision(&r.decision, c) },
    Col { id: ColumnId::Owner, width: Width::Fixed(22), kind: Kind::EntryText,
        value: |r, _| entry::owner(&r.decision) },
    Col { id: ColumnId::Due, width: Width::Fixed(13), kind: Kind::EntryDate,
        value: |r, _| entry::due(&r.decision) },
    Col { id: ColumnId::Comment, width: Width::Fixed(40), kind: Kind::EntryText,
        value: |r, _| entry::comment(&r.decision) },
];

#[rustfmt::skip]
const KEY: Col =
    Col { id: ColumnId::Key, width: Width::Fixed(7), kind: Kind::Key,
        value: |r, _| Cell::owned(r.row_key().to_string()) };

fn columns(report: &Report) -> Vec<Col> {
    COLUMNS.into_iter().chain(report.returning.is_some().then_some(KEY)).collect()
}

fn title(row: &AcceptedIssue) -> &str {
    let title = &row.issue.title;
    row.issue.control_id.as_deref().map_or(title, |id| rendering::title_without_id(title, id))
}

fn days_left<'a>(row: &AcceptedIssue, context: &Context<'a>) -> Cell<'a> {
    let end = row.decision.accepted_until();
    end.map_or(Cell::Empty, |end| Cell::count(dates::days_from(context.report.today(), end)))
}
