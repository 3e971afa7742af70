//! The page about the report itself.

use findings_core::report::Report;

use crate::lang::{Texts, fill};

/// Regions or files that the findings come from.
pub(crate) fn sources(report: &Report, texts: &Texts) -> String {
    if report.sources.is_empty() { texts.about.none.to_owned() } else { report.sources.join(texts.list_separator) }
}

/// What was asked for, as a phrase.
pub(crate) fn selection(report: &Report, texts: &Texts) -> String {
    let states: Vec<_> = report.selection.record_states.iter().map(|s| texts.record_state(*s)).collect();
    let workflow: Vec<_> = report.selection.workflow.iter().map(|s| texts.workflow(*s)).collect();
    let values = [("states", &*states.join(texts.list_separator)), ("workflow", &*workflow.join(texts.list_separator))];
    fill(texts.about.selection_value, &values)
}
