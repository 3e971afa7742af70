//! The sheets, one file each.

pub(crate) mod about;
pub(crate) mod accounts;
pub(crate) mod controls;
pub(crate) mod findings;
mod page;
pub(crate) mod resolved;
pub(crate) mod summary;

use crate::cell::Context;
use crate::trust;

/// Returns the sentence for an empty table of findings: an incomplete report must not seem clean on any sheet.
fn no_rows(context: &Context<'_>) -> &'static str {
    let texts = context.texts;
    if trust::is_whole(context.report) { texts.no_findings_row } else { texts.no_findings_incomplete_row }
}
