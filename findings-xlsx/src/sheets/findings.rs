//! Every finding, one row each.

use rust_xlsxwriter::Workbook;

use crate::columns::{FINDINGS, FROZEN};
use crate::error::RenderError;
use crate::formats::palette;
use crate::table::{Context, Table};
use crate::trust;

pub(crate) fn write(book: &mut Workbook, context: &Context<'_>) -> Result<u64, RenderError> {
    let texts = context.texts;
    let complete = trust::is_whole(context.report);
    let table = Table {
        name: texts.sheets.findings,
        columns: &FINDINGS,
        frozen: FROZEN,
        row_height: 48.0,
        tab: if complete { palette::NAVY } else { palette::ALARM },
        empty: if complete { texts.no_findings_row } else { texts.no_findings_incomplete_row },
    };
    table.write(book, context, context.report.findings.iter())
}
