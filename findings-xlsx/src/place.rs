//! Places in the workbook that other sheets lead to.

use crate::cell::Context;
use crate::limits::{self, MAX_ROWS};

/// Returns the cell at which the row of a finding begins, such as `'Findings'!A5`. The index is that in the report. The
/// place is right until somebody sorts the sheet.
pub(crate) fn of_finding(index: usize, context: &Context<'_>) -> String {
    // the header takes a row of each sheet
    let rows = usize::try_from(context.max_rows.clamp(2, MAX_ROWS) - 1).unwrap_or(usize::MAX);
    let sheet = limits::sheet_name(context.texts.sheets.findings, index / rows + 1);
    format!("'{sheet}'!A{}", index % rows + 2)
}
