//! The sheet Findings: one row per finding.

use std::ops::RangeInclusive;

use findings_core::report::ReportFinding;

use super::no_rows;
use crate::cell::Context;
use crate::columns::{self, FROZEN};
use crate::error::RenderError;
use crate::formats::palette;
use crate::package::file::WorkbookFile;
use crate::package::table_rows::add_sheets;
use crate::table::{Paper, Table};

pub(crate) fn write<'r>(
    file: &mut WorkbookFile<'r>,
    context: Context<'r>,
) -> Result<RangeInclusive<usize>, RenderError> {
    add_sheets(table(&context), file, context, &context.report.findings)
}

pub(crate) fn table(context: &Context<'_>) -> Table<ReportFinding> {
    let complete = context.report.is_complete();
    Table {
        name: context.texts.sheets.findings,
        columns: columns::findings(context.report),
        frozen: FROZEN,
        lines: (3, 10),
        paper: Paper::ThreeLargePages,
        tab: if complete { palette::NAVY } else { palette::ALARM },
        empty: no_rows(context),
        fades_decided: true,
    }
}
