//! The sheets, one file each.

pub(crate) mod about;
pub(crate) mod accepted;
pub(crate) mod accounts;
pub(crate) mod chart;
pub(crate) mod controls;
pub(crate) mod findings;
pub(crate) mod owners;
pub(crate) mod page;
pub(crate) mod resolved;
pub(crate) mod summary;
pub(crate) mod week;

use findings_core::rendering;
use findings_core::report::Conclusion;

use crate::cell::{Cell, Context};

/// Returns the sentence for an empty table of findings: an incomplete report must not seem clean on any sheet.
fn no_rows(context: &Context<'_>) -> &'static str {
    let texts = context.texts;
    match context.report.certainty().conclusion(0) {
        Conclusion::Unknown => texts.no_findings_incomplete_row,
        Conclusion::NotAllSeen => texts.no_findings_partial_row,
        _ => texts.no_findings_row,
    }
}

/// Returns the resource of an issue as people read it.
fn resource<'a>(id: Option<&'a str>, context: &Context<'_>) -> Cell<'a> {
    id.map_or(Cell::Empty, |id| Cell::Text(rendering::resource_name(id, context.report.locale)))
}
