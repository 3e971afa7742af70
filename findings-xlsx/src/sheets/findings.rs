//! The sheet Findings: one row per finding.

use std::ops::RangeInclusive;

use findings_core::report::{Report, ReportFinding};

use super::no_rows;
use crate::cell::Context;
use crate::error::RenderError;
use crate::formats::palette;
use crate::limits;
use crate::package::file::WorkbookFile;
use crate::package::table_rows::add_sheets;
use crate::table::{Paper, Table, View};

/// Number of columns that stay in place when scrolling.
const FROZEN: u16 = 2;

pub(crate) fn write<'r>(
    file: &mut WorkbookFile<'r>,
    context: Context<'r>,
) -> Result<RangeInclusive<usize>, RenderError> {
    add_sheets(table(&context), file, context, &context.report.findings)
}

/// The filter for the owner whose findings the file shows first; `None` for all, and if there is no column to filter.
fn view(context: &Context<'_>) -> Option<View<ReportFinding>> {
    let (column, owner) = context.view()?;
    let shows =
        |row: &ReportFinding, report: &Report| row.responsible().map(|owner| &**owner) == report.view.as_deref();
    Some(View { column, value: limits::cell_text(owner, context.texts).into_owned(), shows })
}

pub(crate) fn table(context: &Context<'_>) -> Table<ReportFinding> {
    let complete = context.report.is_complete();
    let folded = context.columns.folded();
    Table {
        name: context.texts.sheets.findings,
        columns: context.columns.of(context.report),
        frozen: u16::try_from(folded.start).map_or(FROZEN, |first| first.min(FROZEN)),
        folded,
        lines: (3, 10),
        paper: Paper::OneLargePage,
        tab: if complete { palette::NAVY } else { palette::ALARM },
        empty: no_rows(context),
        fades_decided: true,
        view: view(context),
    }
}
