//! Values and columns that several sheets of the workbook about the organisation have.

use findings_core::Severity;
use findings_core::organisation::Share;

use super::view::View;
use crate::cell::Kind;
use crate::column::Width;
use crate::grid::{GridColumn, Value};
use crate::limits;

/// The columns of the severities, the worst first.
pub(super) fn severity_columns<'a>(view: &View<'_>) -> [GridColumn<'a>; 5] {
    Severity::WORST_FIRST.map(|severity| {
        let name = view.texts.severity_name(severity);
        let width = Width::Fit(11, 15).bounded(limits::display_width(name) + 3);
        GridColumn::fixed(name, Kind::SeverityCount(severity), width)
    })
}

/// The percentage of a share and the number of issues that it is of.
pub(super) fn share<'a>(share: Option<&Share>, view: &View<'_>) -> [Value<'a>; 2] {
    let words = &view.own.words;
    match share {
        Some(share) => [Value::or_word(share.percent, Value::percent, words.too_few), Value::count(share.of)],
        None => [Value::Word(words.no_target), Value::Word(words.no_target)],
    }
}
