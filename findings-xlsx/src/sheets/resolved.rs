//! The sheet Resolved: issues that were open in the last report and no longer are.

use findings_core::rendering;
use findings_core::report::ResolvedIssue;

use crate::cell::{Cell, Column, Context, Kind, Width};
use crate::column_id::ColumnId;
use crate::error::RenderError;
use crate::formats::palette;
use crate::package::file::WorkbookFile;
use crate::package::table_rows::add_sheets;
use crate::table::{Paper, Table};

pub(crate) fn write<'r>(file: &mut WorkbookFile<'r>, context: Context<'r>) -> Result<(), RenderError> {
    let texts = context.texts;
    let is_first = context.report.previous().is_none();
    let table = Table {
        name: texts.sheets.resolved,
        columns: COLUMNS.to_vec(),
        frozen: 3,
        lines: (2, 8),
        paper: Paper::OnePage,
        tab: palette::CALM,
        empty: if is_first { texts.finding.first_report_resolved } else { texts.finding.nothing_resolved },
        fades_decided: false,
    };
    add_sheets(table, file, context, &context.report.resolved)?;
    Ok(())
}

type Col = Column<ResolvedIssue>;

#[rustfmt::skip]
pub(crate) const COLUMNS: [Col; 10] = [
    Col { id: ColumnId::Severity, width: Width::Fit(17, 23), kind: Kind::Severity,
        value: |r, c| Cell::text(c.texts.severity(r.severity)) },
    Col { id: ColumnId::Control, width: Width::Fit(16, 26), kind: Kind::Text,
        value: |r, _| Cell::optional(r.control_id.as_ref()) },
    Col { id: ColumnId::Title, width: Width::Fixed(52), kind: Kind::Wrapped,
        value: |r, _| Cell::text(r.control_id.as_deref().map_or(&r.title, |id| rendering::title_without_id(&r.title, id))) },
    Col { id: ColumnId::Account, width: Width::Fixed(16), kind: Kind::Id,
        value: |r, _| Cell::owned(r.account.to_string()) },
    Col { id: ColumnId::AccountName, width: Width::Fit(16, 30), kind: Kind::Wrapped,
        value: |r, c| Cell::optional(rendering::account_name(c.report, r.account)) },
    Col { id: ColumnId::Resource, width: Width::Fixed(48), kind: Kind::Wrapped,
        value: |r, _| Cell::optional(r.resource.as_ref()) },
    Col { id: ColumnId::FirstSeen, width: Width::Fixed(13), kind: Kind::Date,
        value: |r, _| Cell::Moment(r.first_seen) },
    Col { id: ColumnId::ResolvedAt, width: Width::Fixed(18), kind: Kind::DateTime,
        value: |r, _| Cell::Moment(r.resolved_at) },
    Col { id: ColumnId::DaysOpen, width: Width::Fixed(11), kind: Kind::Count,
        value: |r, _| Cell::count(rendering::days_between(r.opened_at, r.resolved_at).unsigned_abs()) },
    Col { id: ColumnId::Why, width: Width::Fixed(36), kind: Kind::Wrapped,
        value: |r, c| Cell::text(c.texts.resolution(r.resolution)) },
];
