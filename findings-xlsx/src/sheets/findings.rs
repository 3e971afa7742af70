//! Every finding, one row each.

use rust_xlsxwriter::Workbook;

use super::no_rows;
use crate::cell::Context;
use crate::columns::{FINDINGS, FROZEN};
use crate::error::RenderError;
use crate::formats::palette;
use crate::table::{Paper, Table};
use crate::trust;

pub(crate) fn write(book: &mut Workbook, context: &Context<'_>) -> Result<u64, RenderError> {
    let texts = context.texts;
    let complete = trust::is_whole(context.report);
    let table = Table {
        name: texts.sheets.findings,
        columns: &FINDINGS,
        frozen: FROZEN,
        lines: (3, 10),
        paper: Paper::ThreeLargePages,
        tab: if complete { palette::NAVY } else { palette::ALARM },
        empty: no_rows(context),
    };
    table.write(book, context, context.report.findings.iter())
}
