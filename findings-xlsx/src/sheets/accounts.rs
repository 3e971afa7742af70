//! The sheet Accounts: one row per account, with its coverage and the number of its findings.

use findings_core::Severity;
use findings_core::rendering::{self, AccountRow, Digest};
use findings_core::report::AccountSummary;

use super::no_rows;
use crate::cell::{Cell, Column, Context, Kind, Width};
use crate::column_id::ColumnId;
use crate::error::RenderError;
use crate::formats::palette;
use crate::package::file::WorkbookFile;
use crate::package::table_rows::add_sheets;
use crate::table::{Paper, Table};

pub(crate) fn write<'r>(
    file: &mut WorkbookFile<'r>,
    context: Context<'r>,
    digest: &'r Digest<'r>,
) -> Result<(), RenderError> {
    let table = Table {
        name: context.texts.sheets.accounts,
        columns: columns().into(),
        frozen: 2,
        lines: (1, 6),
        paper: Paper::OnePage,
        tab: palette::NAVY,
        empty: no_rows(&context),
        fades_decided: false,
    };
    add_sheets(table, file, context, &digest.accounts)?;
    Ok(())
}

type Col<'r> = Column<AccountRow<'r>>;

#[rustfmt::skip]
pub(crate) fn columns<'r>() -> [Col<'r>; 13] {
    [
        Col { id: ColumnId::Account, width: Width::Fixed(16), kind: Kind::Id,
            value: |r, _| Cell::owned(r.id.to_string()) },
        Col { id: ColumnId::AccountName, width: Width::Fit(20, 44), kind: Kind::Text,
            value: |r, _| Cell::optional(r.name) },
        Col { id: ColumnId::Coverage, width: Width::Fit(15, 22), kind: Kind::Coverage,
            value: |r, c| r.summary.map_or(Cell::Empty, |s| Cell::text(c.texts.verdict(s.verdict()))) },
        Col { id: ColumnId::Why, width: Width::Fit(12, 52), kind: Kind::Wrapped,
            value: |r, c| r.summary.map_or(Cell::Empty, |s| Cell::owned(rendering::coverage_reasons(s, c.report.locale))) },
        Col { id: ColumnId::LastCheck, width: Width::Fixed(19), kind: Kind::DateTime,
            value: |r, _| r.summary.and_then(AccountSummary::last_check).map_or(Cell::Empty, Cell::Moment) },
        Col { id: ColumnId::Read, width: Width::Fit(18, 60), kind: Kind::Read,
            value: |r, c| Cell::text(if r.complete { c.texts.finding.read_completely } else { c.texts.finding.read_incompletely }) },
        severity(Severity::Critical),
        severity(Severity::High),
        severity(Severity::Medium),
        severity(Severity::Low),
        severity(Severity::Informational),
        Col { id: ColumnId::Total, width: Width::Fixed(11), kind: Kind::Count,
            value: |r, _| Cell::count(r.counts.total()) },
        Col { id: ColumnId::NewestUpdate, width: Width::Fixed(19), kind: Kind::DateTime,
            value: |r, _| r.newest_update.map_or(Cell::Empty, Cell::Moment) },
    ]
}

/// Returns the column of a severity. A function pointer cannot capture the severity, so each has its own.
fn severity<'r>(severity: Severity) -> Col<'r> {
    let value: for<'a> fn(&'a AccountRow<'r>, &Context<'a>) -> Cell<'a> = match severity {
        Severity::Critical => |r, _| Cell::count(r.counts.critical),
        Severity::High => |r, _| Cell::count(r.counts.high),
        Severity::Medium => |r, _| Cell::count(r.counts.medium),
        Severity::Low => |r, _| Cell::count(r.counts.low),
        Severity::Informational => |r, _| Cell::count(r.counts.informational),
    };
    Col { id: ColumnId::SeverityCount(severity), width: Width::Fit(11, 15), kind: Kind::SeverityCount(severity), value }
}
