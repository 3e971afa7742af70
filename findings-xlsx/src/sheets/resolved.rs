//! The sheet Resolved: issues that were open in the last report and no longer are.

use findings_core::rendering;
use findings_core::report::ResolvedIssue;
use findings_core::wording::ReturnColumn;

use super::resource;
use crate::cell::{Cell, Context, Kind};
use crate::column::{Column, Name, Value, Width};
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
        folded: 0..0,
        lines: (2, 8),
        paper: Paper::OnePage,
        tab: palette::CALM,
        empty: match (is_first, context.report.is_complete()) {
            (true, _) => texts.finding.first_report_resolved,
            (false, true) => texts.finding.nothing_resolved,
            (false, false) => texts.finding.nothing_resolved_partial,
        },
        fades_decided: false,
        view: None,
    };
    add_sheets(table, file, context, &context.report.resolved[..])?;
    Ok(())
}

type Col = Column<ResolvedIssue>;

#[rustfmt::skip]
pub(crate) const COLUMNS: [Col; 10] = [
    Col { name: Name::new("severity", |t| t.columns.severity),
        width: Width::Fit(17, 23), kind: Kind::Severity,
        value: Value::Own(|r, c| Cell::text(c.texts.severity(r.severity))) },
    Col { name: Name::new("control", |t| t.columns.control),
        width: Width::Fit(16, 26), kind: Kind::Text,
        value: Value::Own(|r, _| Cell::optional(r.control_id.as_ref())) },
    Col { name: Name::new("title", |t| t.columns.title),
        width: Width::Fixed(52), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::text(rendering::issue_title(&r.title, r.control_id.as_deref(), c.report.locale))) },
    Col { name: Name::new("account", |t| t.wording.return_column(ReturnColumn::Account)),
        width: Width::Fixed(16), kind: Kind::Id,
        value: Value::Own(|r, _| Cell::owned(r.account.to_string())) },
    Col { name: Name::new("account_name", |t| t.columns.account_name),
        width: Width::Fit(16, 30), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::optional(rendering::account_name(c.report, r.account))) },
    Col { name: Name::new("resource", |t| t.columns.resource),
        width: Width::Fixed(48), kind: Kind::Wrapped,
        value: Value::Own(|r, c| resource(r.resource.as_deref(), c)) },
    Col { name: Name::new("first_seen", |t| t.columns.first_seen),
        width: Width::Fixed(13), kind: Kind::Date,
        value: Value::Own(|r, _| Cell::Moment(r.first_seen)) },
    Col { name: Name::new("resolved_at", |t| t.columns.resolved_at),
        width: Width::Fixed(18), kind: Kind::DateTime,
        value: Value::Own(|r, _| Cell::Moment(r.resolved_at)) },
    Col { name: Name::new("days_open", |t| t.columns.days_open),
        width: Width::Fixed(11), kind: Kind::Count,
        value: Value::Own(|r, _| Cell::count(rendering::days_between(r.opened_at, r.resolved_at).unsigned_abs())) },
    Col { name: Name::new("why", |t| t.columns.why),
        width: Width::Fixed(36), kind: Kind::Wrapped,
        value: Value::Own(|r, c| Cell::text(c.texts.resolution(r.resolution))) },
];
