//! Every finding, one row each.

use std::ops::RangeInclusive;

use super::no_rows;
use crate::cell::Context;
use crate::columns::{FINDINGS, FROZEN};
use crate::error::RenderError;
use crate::file::File;
use crate::formats::palette;
use crate::table::{Paper, Table};
use crate::trust;

pub(crate) fn write<'r>(file: &mut File<'r>, context: Context<'r>) -> Result<RangeInclusive<usize>, RenderError> {
    let texts = context.texts;
    let complete = trust::is_whole(context.report);
    let table = Table {
        name: texts.sheets.findings,
        columns: FINDINGS.to_vec(),
        frozen: FROZEN,
        lines: (3, 10),
        paper: Paper::ThreeLargePages,
        tab: if complete { palette::NAVY } else { palette::ALARM },
        empty: no_rows(&context),
    };
    table.add(file, context, &context.report.findings)
}
