//! The sheet By owner: one row for each owner, and one for what is nobody's.

use findings_core::rendering::{self, OwnerRow};
use findings_core::{Severity, SeverityCounts};

use crate::cell::{Cell, Context, Kind};
use crate::column::{Column, Counted, Name, Value, Width};
use crate::error::RenderError;
use crate::formats::palette;
use crate::package::file::WorkbookFile;
use crate::package::table_rows::add_sheets;
use crate::table::{Paper, Table};

/// Writes the sheet, unless no rules say whose findings are.
pub(crate) fn write<'r>(
    file: &mut WorkbookFile<'r>,
    context: Context<'r>,
    rows: &'r [OwnerRow<'r>],
) -> Result<(), RenderError> {
    if rows.is_empty() {
        return Ok(());
    }
    let table = Table {
        name: context.texts.sheets.owners,
        columns: Vec::from(columns()),
        frozen: 1,
        folded: 0..0,
        lines: (1, 4),
        paper: Paper::OnePage,
        tab: palette::NAVY,
        empty: super::no_rows(&context),
        fades_decided: false,
        view: None,
    };
    add_sheets(table, file, context, rows)?;
    Ok(())
}

type Col<'r> = Column<OwnerRow<'r>>;

#[rustfmt::skip]
pub(crate) fn columns<'r>() -> [Col<'r>; 10] {
    [
        Col { name: Name::new("owner", |t| t.wording.return_column(findings_core::wording::ReturnColumn::Owner)),
            width: Width::Fixed(44), kind: Kind::Wrapped,
            value: Value::Own(|r, c| Cell::text(r.owner.map_or(c.texts.nobody, |owner| &**owner))) },
        Column::of_severity(Severity::Critical, 10),
        Column::of_severity(Severity::High, 10),
        Column::of_severity(Severity::Medium, 10),
        Column::of_severity(Severity::Low, 10),
        Column::of_severity(Severity::Informational, 10),
        Col { name: Name::new("open_findings", |t| t.columns.open_findings),
            width: Width::Fixed(12), kind: Kind::Count,
            value: Value::Own(|r, _| Cell::count(r.counts.total())) },
        Col { name: Name::new("new_findings", |t| t.columns.new_findings),
            width: Width::Fixed(12), kind: Kind::Count,
            value: Value::Own(|r, _| Cell::count(r.new)) },
        Col { name: Name::new("overdue_findings", |t| t.columns.overdue_findings),
            width: Width::Fixed(12), kind: Kind::Count,
            value: Value::Own(|r, _| Cell::count(r.overdue)) },
        Col { name: Name::new("oldest_days", |t| t.columns.oldest_days),
            width: Width::Fixed(12), kind: Kind::Count,
            value: Value::Own(|r, c| Cell::count(rendering::days_between(r.oldest, c.report.generated_at).unsigned_abs())) },
    ]
}

impl Counted for OwnerRow<'_> {
    fn counts(&self) -> &SeverityCounts {
        &self.counts
    }
}
