//! The sheet Accounts: one row per account, with its coverage and the number of its findings.

use findings_core::rendering::{self, AccountRow, Digest};
use findings_core::report::AccountSummary;
use findings_core::wording::ReturnColumn;
use findings_core::{Severity, SeverityCounts};

use super::no_rows;
use crate::cell::{Cell, Context, Kind};
use crate::column::{Column, Counted, Name, Value, Width};
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
        folded: 0..0,
        lines: (1, 6),
        paper: Paper::OnePage,
        tab: palette::NAVY,
        empty: no_rows(&context),
        fades_decided: false,
        view: None,
    };
    add_sheets(table, file, context, &digest.accounts[..])?;
    Ok(())
}

type Col<'r> = Column<AccountRow<'r>>;

#[rustfmt::skip]
pub(crate) fn columns<'r>() -> [Col<'r>; 13] {
    [
        Col { name: Name::new("account", |t| t.wording.return_column(ReturnColumn::Account)),
        width: Width::Fixed(16), kind: Kind::Id,
            value: Value::Own(|r, _| Cell::owned(r.id.to_string())) },
        Col { name: Name::new("account_name", |t| t.columns.account_name),
        width: Width::Fit(20, 44), kind: Kind::Text,
            value: Value::Own(|r, _| Cell::optional(r.name.as_ref())) },
        Col { name: Name::new("coverage", |t| t.columns.coverage),
        width: Width::Fit(15, 22), kind: Kind::Coverage,
            value: Value::Own(|r, c| r.summary.map_or(Cell::Empty, |s| Cell::text(c.texts.verdict(s.verdict())))) },
        Col { name: Name::new("why", |t| t.columns.why),
        width: Width::Fit(12, 52), kind: Kind::Wrapped,
            value: Value::Own(|r, c| r.summary.map_or(Cell::Empty, |s| Cell::owned(rendering::coverage_reasons(s, c.report.locale)))) },
        Col { name: Name::new("last_check", |t| t.columns.last_check),
        width: Width::Fixed(19), kind: Kind::DateTime,
            value: Value::Own(|r, _| r.summary.and_then(AccountSummary::last_check).map_or(Cell::Empty, Cell::Moment)) },
        Col { name: Name::new("read", |t| t.columns.read),
        width: Width::Fit(18, 60), kind: Kind::Read,
            value: Value::Own(read) },
        Column::of_severity(Severity::Critical, 11),
        Column::of_severity(Severity::High, 11),
        Column::of_severity(Severity::Medium, 11),
        Column::of_severity(Severity::Low, 11),
        Column::of_severity(Severity::Informational, 11),
        Col { name: Name::new("total", |t| t.columns.total),
        width: Width::Fixed(11), kind: Kind::Count,
            value: Value::Own(|r, _| Cell::count(r.counts.total())) },
        Col { name: Name::new("newest_update", |t| t.columns.newest_update),
        width: Width::Fixed(19), kind: Kind::DateTime,
            value: Value::Own(|r, _| r.newest_update.map_or(Cell::Empty, Cell::Moment)) },
    ]
}

impl Counted for AccountRow<'_> {
    fn counts(&self) -> &SeverityCounts {
        &self.counts
    }
}

fn read<'a>(row: &'a AccountRow<'_>, context: &Context<'a>) -> Cell<'a> {
    let texts = context.texts.finding;
    match (row.complete, row.summary.is_none_or(AccountSummary::proves_absence)) {
        (true, true) => Cell::text(texts.read_completely),
        // all that there was, of an account that nobody watches
        (true, false) => Cell::text("–"),
        (false, _) => Cell::text(texts.read_incompletely),
    }
}
